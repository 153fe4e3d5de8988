"""Which OpenStreetMap ways a person on foot may use, what he meets there, and why not.

The rules are the table `standards/pedestrian.toml`; a study may change or add lines of it.
They read only tags about walking and access; `maxspeed`, `oneway` and all else about cars is never
looked at. In: tables of tags. Out: tables of verdicts with the same index.
"""

import tomllib
from collections.abc import Mapping
from functools import cache, reduce
from importlib import resources
from typing import Any, Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from .. import standards
from ..errors import SettingsError, one_message
from .graph import IntArray

ROAD_CLASS: Mapping[str, str] = {
    "trunk": "major",
    "trunk_link": "major",
    "primary": "major",
    "primary_link": "major",
    "secondary": "major",
    "secondary_link": "major",
    "tertiary": "major",
    "tertiary_link": "major",
    "unclassified": "minor",
    "residential": "minor",
    "living_street": "minor",
    "pedestrian": "minor",
    "road": "minor",
}

Walk = Literal["open", "residents", "closed", "absent"]
Kind = Literal[
    "street", "footway", "steps", "elevator", "crossing", "square", "ford", "stile", "narrow_gate"
]


class _Table(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Rule(_Table):
    """What one value of a tag means; `None` where it says nothing of the sort."""

    walk: Walk | None = None
    kind: Kind | None = None
    way: Literal["forward", "backward"] | None = None
    reason: str = ""


class Limits(_Table):
    """The figures among the rules, see the comments in `pedestrian.toml`."""

    step_off_m: float = Field(ge=0, allow_inf_nan=False)
    step_off_every_m: float = Field(gt=0, allow_inf_nan=False)
    step_off_onto: tuple[str, ...]
    enclave_max_m: float = Field(ge=0)
    square_places_max: int = Field(ge=0)


class RuleSource(_Table):
    """Where rules come from."""

    source: str
    date: str
    verified: bool


Rules = Mapping[str, Rule]


class PedestrianRules(_Table):
    """The table of rules: for each tag key what each of its values means to a walker."""

    highway: Rules
    motorroad: Rules
    access: Rules
    foot: Rules
    footway: Rules
    path: Rules
    cycleway: Rules
    ford: Rules
    oneway_foot: Rules = Field(alias="oneway:foot")
    foot_backward: Rules = Field(alias="foot:backward")
    foot_forward: Rules = Field(alias="foot:forward")
    conveying: Rules
    barrier: Rules
    limits: Limits
    sources: Mapping[str, RuleSource]


def pedestrian_rules(changes: Mapping[str, Any] | None = None) -> PedestrianRules:
    """Read the table of rules, with a study's own lines laid over it.

    Parameters
    ----------
    changes
        In the form of `pedestrian.toml`: tag key, value, line. What is not named stays.

    Examples
    --------
    >>> pedestrian_rules().highway["motorway"].reason
    'motorway'
    >>> ours = {"highway": {"cycleway": {"walk": "closed", "reason": "for cyclists"}}}
    >>> line = pedestrian_rules(ours).highway["cycleway"]
    >>> line.walk, line.kind, line.reason
    ('closed', 'footway', 'for cyclists')

    Raises
    ------
    SettingsError
        A key or a word that there is not; all of them in one message.
    """
    return _checked(_merged(_table(), changes)) if changes else _rules()


def walk_rules(ways: pd.DataFrame, *, rules: PedestrianRules | None = None) -> pd.DataFrame:
    """Judge ways by their tags.

    A permission for walkers (`foot=yes`, `foot=designated` ...) outweighs every other tag but a
    way that is not there, and `foot:forward=no` with `foot:backward=no`, which close it.

    Parameters
    ----------
    ways
        A column for each tag that the rules read, empty strings where a tag is missing; a column
        that is missing altogether counts as empty.
    rules
        What `pedestrian_rules` returns; the standard ones when left out.

    Returns
    -------
    DataFrame
        Same index; `walk` ("open", "residents", "closed" or "absent"), `reason` (why it is not
        open, "" where it is), `kind`, and `way` ("", "forward" or "backward": the only direction
        in which it may be walked).

    Examples
    --------
    >>> ways = pd.DataFrame(
    ...     [("residential", "", ""), ("service", "private", ""), ("service", "private", "yes"),
    ...      ("motorway", "", ""), ("steps", "", "no")], columns=["highway", "access", "foot"])
    >>> verdict = walk_rules(ways)
    >>> verdict["walk"].tolist()
    ['open', 'residents', 'open', 'closed', 'closed']
    >>> verdict["reason"].tolist()
    ['', 'private', '', 'motorway', 'closed to walkers']
    >>> verdict["kind"].tolist()
    ['street', 'street', 'street', 'street', 'steps']
    """
    keys = [field.alias or name for name, field in PedestrianRules.model_fields.items()]
    tags = ways[ways.columns.intersection(keys)]
    like, first = _alike(tags)
    return _judged(tags.iloc[first], rules or _rules()).take(like).set_axis(ways.index)


def _judged(ways: pd.DataFrame, rules: PedestrianRules) -> pd.DataFrame:
    """The verdicts of `walk_rules`."""
    walk = _said(ways, "highway", rules.highway, "walk").mask(lambda said: said == "", "open")
    reason = _said(ways, "highway", rules.highway, "reason").where(walk != "open", "")
    for key, lines in (("motorroad", rules.motorroad), ("access", rules.access)):
        said = _said(ways, key, lines, "walk")
        stricter = (walk == "open") & (said != "")
        walk = walk.mask(stricter, said)
        reason = reason.mask(stricter, _said(ways, key, lines, "reason"))
    said = _said(ways, "foot", rules.foot, "walk")
    speaks = (said != "") & (walk != "absent")
    kept = speaks & (said != "open") & (walk == "closed")
    walk = walk.mask(speaks, said)
    reason = reason.mask(speaks & ~kept, _said(ways, "foot", rules.foot, "reason"))
    neither = _says_both(ways, rules) & (walk != "absent")
    walk = walk.mask(neither, "closed")
    reason = reason.mask(neither, "closed to walkers both ways")
    return pd.DataFrame(
        {"walk": walk, "reason": reason, "kind": _kind(ways, rules), "way": _way(ways, rules)}
    )


def gate_rules(nodes: pd.DataFrame, *, rules: PedestrianRules | None = None) -> pd.Series:
    """Judge barriers on ways (gates, bollards ...): "open", "residents" or "closed".

    Only what is said to be closed counts: a gate without tags is open, and one that only stops
    vehicles is open to walkers whatever is said of its lock. Residents have the key.

    Parameters
    ----------
    nodes
        Columns `barrier`, `access`, `foot`, `locked`.

    Examples
    --------
    >>> nodes = pd.DataFrame(
    ...     [("gate", "private", "", "yes"), ("gate", "", "", ""), ("bollard", "no", "yes", ""),
    ...      ("gate", "", "", "yes"), ("lift_gate", "private", "", "")],
    ...     columns=["barrier", "access", "foot", "locked"])
    >>> gate_rules(nodes).tolist()
    ['residents', 'open', 'open', 'closed', 'open']
    """
    rules = rules or _rules()
    walk = _said(nodes, "access", rules.access, "walk")
    walk = walk.mask((nodes["locked"] == "yes") & (walk != "residents"), "closed")
    walk = walk.mask(walk == "", "open")
    kind = _said(nodes, "barrier", rules.barrier, "walk")
    walk = walk.mask(kind != "", kind)
    foot = _said(nodes, "foot", rules.foot, "walk")
    return walk.mask(foot != "", foot)


def obstacle_kinds(nodes: pd.DataFrame, *, rules: PedestrianRules | None = None) -> pd.Series:
    """Kinds of the nodes that some walkers cannot pass: fords, stiles, narrow gates.

    Parameters
    ----------
    nodes
        Columns `barrier` and `ford`.

    Returns
    -------
    Series
        Kinds by the index of the nodes, those that stop nobody left out.

    Examples
    --------
    >>> nodes = pd.DataFrame({"barrier": ["stile", "gate", ""], "ford": ["", "", "yes"]})
    >>> obstacle_kinds(nodes).to_dict()
    {0: 'stile', 2: 'ford'}
    """
    rules = rules or _rules()
    kind = _said(nodes, "barrier", rules.barrier, "kind")
    kind = kind.mask(kind == "", _said(nodes, "ford", rules.ford, "kind"))
    return kind[kind != ""]


def road_class(highway: pd.Series) -> pd.Series:
    """Sort `highway` values into "major" roads, "minor" streets and "path" for all else.

    Examples
    --------
    >>> road_class(pd.Series(["primary", "residential", "steps"])).tolist()
    ['major', 'minor', 'path']
    """
    return highway.map(ROAD_CLASS).fillna("path")


def _kind(ways: pd.DataFrame, rules: PedestrianRules) -> pd.Series:
    """What a walker meets; steps stay steps whatever else they are."""
    kind = _said(ways, "highway", rules.highway, "kind").replace("", "footway")
    tables = (
        ("footway", rules.footway),
        ("path", rules.path),
        ("cycleway", rules.cycleway),
        ("ford", rules.ford),
    )
    steps = kind == "steps"
    for key, lines in tables:
        said = _said(ways, key, lines, "kind")
        kind = kind.mask((said != "") & ~steps, said)
    return kind


def _way(ways: pd.DataFrame, rules: PedestrianRules) -> pd.Series:
    """The only direction in which each way may be walked, "" for both."""
    tables = (
        ("conveying", rules.conveying),
        ("oneway:foot", rules.oneway_foot),
        ("foot:forward", rules.foot_forward),
        ("foot:backward", rules.foot_backward),
    )
    told = [_said(ways, key, lines, "way") for key, lines in tables]
    return reduce(lambda before, said: before.mask(said != "", said), told)


def _says_both(ways: pd.DataFrame, rules: PedestrianRules) -> pd.Series:
    """Whether `foot:forward` and `foot:backward` close one direction each."""
    ahead = _said(ways, "foot:backward", rules.foot_backward, "way")
    back = _said(ways, "foot:forward", rules.foot_forward, "way")
    return (ahead != "") & (back != "") & (ahead != back)


def _said(table: pd.DataFrame, key: str, lines: Rules, what: str) -> pd.Series:
    """What the lines for one tag key say of each row: a word, or "" for nothing."""
    if key not in table:
        return pd.Series("", index=table.index, dtype=object)
    codes, values = pd.factorize(table[key])
    silent = Rule()
    otherwise = lines.get("*", silent)
    line_of = [lines.get(v, silent if v in ("", "no") else otherwise) for v in values]
    words = pd.Series([getattr(line, what) or "" for line in line_of], dtype=object)
    return pd.Series(words.to_numpy(object)[codes], index=table.index, dtype=object)


def _alike(table: pd.DataFrame) -> tuple[IntArray, IntArray]:
    """Number the distinct rows of a table: the number of each row, the first row of each number."""
    number = np.zeros(len(table), dtype=np.int64)
    for key in table:
        codes, values = pd.factorize(table[key], use_na_sentinel=False)
        number = pd.factorize(number * len(values) + codes)[0]
    return number, np.unique(number, return_index=True)[1]


@cache
def _rules() -> PedestrianRules:
    return _checked(_table())


@cache
def _table() -> dict[str, Any]:
    file = resources.files(standards).joinpath("pedestrian.toml")
    return tomllib.loads(file.read_text(encoding="utf-8"))


def _merged(table: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """Lay changes over a table, line by line and word by word."""
    merged = dict(table)
    for key, change in changes.items():
        before = merged.get(key)
        both = isinstance(before, Mapping) and isinstance(change, Mapping)
        merged[key] = _merged(before, change) if both else change  # type: ignore[arg-type]
    return merged


def _checked(table: Mapping[str, Any]) -> PedestrianRules:
    try:
        return PedestrianRules.model_validate(table)
    except ValidationError as error:
        problems = [_problem(item["loc"], item["type"], item["msg"]) for item in error.errors()]
        raise SettingsError(one_message("pedestrian rules", problems)) from error


def _problem(location: tuple[int | str, ...], kind: str, message: str) -> str:
    where = ".".join(map(str, location))
    if kind != "extra_forbidden":
        return f"`{where}`: {message}"
    if len(location) > 1:
        known = Limits.model_fields if location[0] == "limits" else Rule.model_fields
    else:
        known = {f.alias or name: f for name, f in PedestrianRules.model_fields.items()}
    return f"`{where}`: no such key; there are: {', '.join(sorted(known))}"
