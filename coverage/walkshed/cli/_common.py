"""What commands share: settings from a study file and options, progress, JSON."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Any, cast

import typer
from rich.console import Console
from rich.text import Text

from ..errors import SettingsError
from ..reports.files import plain
from ..settings import FIND_THE_NUMBER, OWN_OPTIONS, StudySettings, read_settings, settings_from

NUMBERS = frozenset({"new_posts", "stages"})


def given_settings(
    study: Path | None,
    *,
    osm: Path | None = None,
    posts: Path | None = None,
    scenario: Path | None = None,
    siting: Mapping[str, Any] = MappingProxyType({}),
    language: str | None = None,
) -> StudySettings:
    """Read the study file, or make settings from the options alone.

    `siting` are options that overrule the study's `[siting]` table, None where not given.
    """
    if (study is None) == (osm is None):
        raise SettingsError("give either a study file or --osm FILE; see walkshed run --help")
    if study:
        if posts:
            raise SettingsError(f"{study}: --posts goes with --osm; name the registry in the file")
        values = read_settings(study).model_dump()
    else:
        values = {"city": _stem(cast(Path, osm)), "source": {"file": osm}, "language": "en"}
        values["posts"] = {"registry": posts}
    if scenario is not None:
        values["scenario"] = scenario
    values["siting"] = _overruled(values.get("siting", {}), siting)
    if language is not None:
        values["language"] = language
    return settings_from(values, str(study or osm))


def _overruled(siting: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """Lay options over the `[siting]` table of a study.

    Another model than the study's is not asked with the options of the study's own one, nor held
    to its number of posts where it finds the number itself; `new_posts` and `stages` replace
    each other.
    """
    given = {key: value for key, value in options.items() if value is not None}
    left: set[str] = set()
    if "model" in given and given["model"] != siting.get("model"):
        left |= {*OWN_OPTIONS, *(NUMBERS if given["model"] in FIND_THE_NUMBER else ())}
    if given.keys() & NUMBERS:
        left |= NUMBERS
    return {**{key: value for key, value in siting.items() if key not in left}, **given}


@contextmanager
def telling() -> Iterator[Callable[[str], None]]:
    """Tell each step on stderr as it begins."""
    console = Console(stderr=True, highlight=False, markup=False)
    with console.status("walkshed") as status:

        def tell(step: str) -> None:
            status.update(Text(step))
            console.print(f"  {step} ...", style="dim", soft_wrap=True)

        yield tell


def echo_json(value: Any) -> None:
    """Print a value as one line of JSON, for machines."""
    typer.echo(json.dumps(plain(value), ensure_ascii=False, allow_nan=False))


def _stem(path: Path) -> str:
    return path.name.split(".")[0] or path.name
