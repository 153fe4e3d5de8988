"""Where a new post may stand: public places to look at, and ground that is shut to building."""

from collections.abc import Mapping
from functools import cache
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from ._cited import Cited, NotNegative, Standard, tables

Tag = Annotated[str, Field(pattern=r"^[^=]+=[^=]+$")]


class _Rule(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ExclusionRule(_Rule):
    """Ground on which no post may stand: areas and lines of OpenStreetMap, and a strip around."""

    areas: tuple[Tag, ...] = ()
    lines: tuple[Tag, ...] = ()
    distance_m: Cited[NotNegative]


class PlaceRule(_Rule):
    """Tags of one kind of public place."""

    tags: tuple[Tag, ...]


class CandidateRules(Standard):
    """What may be a site for a post.

    Attributes
    ----------
    exclusions
        Ground that is shut, by the reason that is told; where two meet the first one is told.
    public_places
        Kinds of public places that may take in a post, the better first.
    """

    exclusions: Mapping[str, ExclusionRule]
    public_places: Mapping[str, PlaceRule]
    choice: Cited[str]


@cache
def candidate_rules() -> CandidateRules:
    """Get the rules for candidate sites.

    Examples
    --------
    >>> rules = candidate_rules()
    >>> rules.exclusions["water"].distance_m.value, rules.public_places["school"].tags
    (35.0, ('amenity=school',))
    """
    return CandidateRules(name="candidates", **tables("candidates"))
