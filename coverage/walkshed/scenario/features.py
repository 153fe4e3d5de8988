"""One feature of a scenario: what its actions need, and what is wrong with it.

Problems are found feature by feature and never raised here, so that a file tells all at once.
"""

import difflib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import shapely

from ..errors import one_message
from ..network.pedestrian import PedestrianRules, Rule, road_class
from ..schemas import KINDS


class Action(NamedTuple):
    """Geometries that an action may have, and the properties it reads."""

    geometry: tuple[str, ...]
    keys: tuple[str, ...]


_STREET = ("highway", "bridge", "tunnel", "lit", "joins")
_POST = ("id", "kind", "number", "name_ru", "name_kk", "name_en")

ACTIONS: Mapping[str, Action] = MappingProxyType(
    {
        "add_street": Action(("LineString",), _STREET),
        "close": Action(("Point", "LineString", "Polygon"), ()),
        "open": Action(("Point", "LineString"), _STREET),
        "add_post": Action(("Point",), _POST),
        "move_post": Action(("Point",), ("post_id",)),
        "close_post": Action(("null", "Point"), ("post_id",)),
    }
)

COMMON = ("action", "reason", "date", "name")
FLAGS = ("bridge", "tunnel", "joins")
POST_ID = {"add_post": "id", "move_post": "post_id", "close_post": "post_id"}
COLUMNS = (
    *COMMON, *_STREET, "post_id", "kind", "number", "name_ru", "name_kk", "name_en", "properties",
)  # fmt: skip
DEFAULT_HIGHWAY = "footway"
DEFAULT_KIND = "precinct_point"
_EDITS_TOLD = 10


def told(name: str, problems: Iterable[tuple[str, int]]) -> str:
    """Tell problems with the numbers of their features, one line for those that share one.

    Examples
    --------
    >>> print(told("a.geojson", [("no `id`", 4), ("no `date`", 3), ("no `id`", 2)]))
    a.geojson: 2 problems
      - features 2, 4: no `id`
      - feature 3: no `date`
    """
    numbers: dict[str, list[int]] = {}
    for text, number in sorted(problems, key=lambda problem: problem[1]):
        numbers.setdefault(text, []).append(number)
    return one_message(name, (f"{_which(found)}: {text}" for text, found in numbers.items()))


def _which(numbers: list[int]) -> str:
    more = f" and {len(numbers) - _EDITS_TOLD} more" if len(numbers) > _EDITS_TOLD else ""
    listed = ", ".join(map(str, numbers[:_EDITS_TOLD]))
    return f"feature{'s' if len(numbers) > 1 else ''} {listed}{more}"


def edit_of(feature: Mapping[str, Any], rules: PedestrianRules) -> tuple[dict[str, Any], list[str]]:
    """Give one feature as a row of the table, and what is wrong with it."""
    properties = feature.get("properties") or {}
    blank: dict[str, Any] = {column: False if column in FLAGS else "" for column in COLUMNS}
    if not isinstance(properties, dict):
        return blank, ["`properties` must be a list of keys and values; add `action`"]
    action = properties.get("action")
    if not isinstance(action, str) or action not in ACTIONS:
        given = f"`action` is {_shown(action)}" if action else "no `action`"
        return blank, [f"{given}; wanted one of {', '.join(ACTIONS)}"]
    known = (*COMMON, *ACTIONS[action].keys)
    values = {key: properties.get(key) for key in known}
    shape, wrong = _geometry(feature.get("geometry"), ACTIONS[action].geometry)
    row, problems = _texts_and_flags(values)
    if "highway" in known and shape is not None and shape.geom_type == "LineString":
        row["highway"] = row["highway"] or DEFAULT_HIGHWAY
    if action == "add_post":
        row["kind"] = row["kind"] or DEFAULT_KIND
    problems += _misspelt(properties, known)
    problems += _value_problems(action, row, rules)
    row["geometry"] = shape
    row["properties"] = {key: value for key, value in properties.items() if key not in known}
    return blank | row, [*problems, *wrong]


def _texts_and_flags(values: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Values as texts and booleans, empty and false where they are missing."""
    row: dict[str, Any] = {}
    problems = []
    for key, given in values.items():
        value = "" if given is None else given
        if key in FLAGS or key == "lit":
            if value not in (True, False, "yes", "no", ""):
                problems.append(f"`{key}` is {_shown(value)}; wanted true or false")
            yes = value in (True, "yes")
            row[key] = yes if key in FLAGS else "" if value == "" else "yes" if yes else "no"
            continue
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if not isinstance(value, str):
            problems.append(f"`{key}` is {_shown(value)}; wanted a text")
            value = ""
        row["post_id" if key == "id" else key] = value
    return row, problems


def _misspelt(properties: Mapping[str, Any], known: tuple[str, ...]) -> Iterator[str]:
    missing = [key for key in known if key not in properties]
    for key in properties:
        if key not in known and (near := difflib.get_close_matches(key, missing, 1, 0.8)):
            yield f"no use for `{key}`; if it is `{near[0]}`, rename it"


def _value_problems(action: str, row: Mapping[str, Any], rules: PedestrianRules) -> Iterator[str]:
    if action in POST_ID and not row["post_id"].strip():
        yield f"no `{POST_ID[action]}`; give the id of the post"
    if row["date"] and not _is_date(row["date"]):
        yield f"`date` is {_shown(row['date'])}; write it as 2026, 2026-11 or 2026-11-22"
    if action == "add_post" and row["kind"] not in KINDS:
        yield f"`kind` is {_shown(row['kind'])}; wanted one of {', '.join(KINDS)}"
    if row.get("highway") and (reason := highway_rule(row["highway"], rules).reason):
        yield f"`highway` is {_shown(row['highway'])}: {reason}; name another"


class HighwayRule(NamedTuple):
    """What a value of `highway` means to a walker: why he may not go there, kind and class."""

    reason: str
    kind: str
    road_class: str


def highway_rule(highway: str, rules: PedestrianRules) -> HighwayRule:
    """Tell what the rules for walkers say of one value of `highway`.

    Examples
    --------
    >>> from walkshed.network import pedestrian_rules
    >>> highway_rule("steps", pedestrian_rules())
    HighwayRule(reason='', kind='steps', road_class='path')
    """
    line = rules.highway.get(highway) or rules.highway.get("*") or Rule()
    of_class = road_class(pd.Series([highway])).iloc[0]
    reason = "" if line.walk in (None, "open") else line.reason or line.walk
    return HighwayRule(reason, line.kind or "footway", str(of_class))


def _is_date(text: str) -> bool:
    if not re.fullmatch("[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?", text):
        return False
    try:
        date.fromisoformat(text + "-01-01"[len(text) - 4 :])
    except ValueError:
        return False
    return True


def _geometry(value: Any, wanted: tuple[str, ...]) -> tuple[shapely.Geometry | None, list[str]]:
    """Give the geometry in two dimensions, or what is wrong with it."""
    kind = value.get("type") if isinstance(value, dict) else value
    kind = "null" if kind is None else kind
    if kind not in wanted:
        return None, [f"a geometry of type {_shown(kind)}; wanted {' or '.join(wanted)}"]
    if kind == "null":
        return None, []
    try:
        shape = shapely.force_2d(shapely.from_geojson(json.dumps(value)))
    except shapely.errors.GEOSException:
        return None, [f"the coordinates are not those of a {kind}; draw it again"]
    xy = shapely.get_coordinates(shape)
    if not len(xy):
        return None, [f"a {kind} without coordinates; draw it again"]
    if problem := _off_the_earth(xy):
        return None, [problem]
    if not shape.is_valid or (kind == "LineString" and shape.length == 0):
        return None, [f"a {kind} that crosses itself or has no extent; draw it again"]
    return shape, []


def _off_the_earth(lonlat: np.ndarray) -> str:
    off = (np.abs(lonlat) > (180, 90)).any(axis=1)
    if not off.any():
        return ""
    lon, lat = lonlat[off][0]
    if (np.abs(lonlat[:, ::-1]) <= (180, 90)).all():
        return f"latitude {lat:g} is beyond 90: give longitude first, then latitude"
    return f"no place has longitude {lon:g} and latitude {lat:g}; give degrees (EPSG:4326)"


def repeated_ids(rows: list[dict[str, Any]]) -> Iterator[tuple[str, int]]:
    """Look for ids that more than one `add_post` gives."""
    numbers: dict[str, list[int]] = {}
    for number, row in enumerate(rows, start=1):
        if row["action"] == "add_post" and row["post_id"]:
            numbers.setdefault(row["post_id"], []).append(number)
    for post_id, found in numbers.items():
        if len(found) > 1:
            problem = f"`add_post` with the id {_shown(post_id)} more than once; give each its own"
            yield from ((problem, number) for number in found)


def _shown(value: Any) -> str:
    """Show a value in a message, cut where it is long."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"`{text[:60]}…`" if len(text) > 60 else f"`{text}`"
