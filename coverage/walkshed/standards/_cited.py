"""What every standard is made of: figures with their sources, read from the TOML files here."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Annotated, Any, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, PlainSerializer

from ..errors import SettingsError

PositiveNumber = Annotated[float, Field(gt=0, allow_inf_nan=False)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Share = Annotated[float, Field(gt=0, le=1)]
ShareOrZero = Annotated[float, Field(ge=0, le=1)]
Names = Annotated[frozenset[str], PlainSerializer(sorted)]
NumberByName = Annotated[
    Mapping[str, PositiveNumber], AfterValidator(MappingProxyType), PlainSerializer(dict)
]

T = TypeVar("T")


class Cited(BaseModel, Generic[T]):
    """A figure and where it comes from.

    `verified` is true only where the figure was read in the named source itself; an assumption
    of ours is never verified.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    value: T
    source: str = Field(min_length=1)
    date: str = Field(pattern=r"^\d{4}(-\d{2}){0,2}$")
    verified: bool


class Standard(BaseModel):
    """A named set of figures, frozen."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str


def named_table(file: str, name: str, what: str) -> dict[str, Any]:
    """Get one table of a file; `what` is what messages call it."""
    there = tables(file)
    if name not in there:
        raise SettingsError(f"no {what} `{name}`; there are: {', '.join(sorted(there))}")
    named: dict[str, Any] = there[name]
    return named


def inherited_table(file: str, name: str, what: str) -> dict[str, Any]:
    """Get a named table together with what it takes over from the one it is `based_on`."""
    own = dict(named_table(file, name, what))
    base = own.pop("based_on", None)
    return {**inherited_table(file, base, what), **own} if base else own


@cache
def tables(file: str) -> dict[str, Any]:
    """Read one of the files."""
    text = resources.files(__package__).joinpath(f"{file}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)
