"""What the tags of an edge of a networkx graph say to a walker.

A tag may be missing, a text, a list where OSMnx merged edges, and in a GraphML file everything is
a text. Of several values the cautious one counts: the slowest kind, the busiest class, not lit.
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

import pandas as pd

from .pedestrian import road_class as class_of_highway

KINDS_FROM_SLOW = (
    "steps", "elevator", "stile", "narrow_gate", "ford", "crossing", "square", "footway", "street",
)  # fmt: skip
CLASSES_FROM_BUSY = ("major", "minor", "path")

Tags = Mapping[str, Any]


def texts(tags: Tags, key: str) -> list[str]:
    """Values of a tag as texts: none, one, or several where edges were merged."""
    value = tags.get(key)
    if value is None:
        return []
    values = value if isinstance(value, list | tuple | set) else [value]
    return [text for text in map(str, values) if text not in ("", "nan", "None")]


def number(tags: Tags, key: str, default: float) -> float:
    """Read a number, also one that a GraphML file made a text; not a number where it is none."""
    value = tags.get(key)
    if value is None:
        return default
    try:
        return float(value)
    except (TypeError, ValueError):
        return float("nan")


def is_true(value: Any) -> bool:
    return str(value) == "True"


def way_id(tags: Tags) -> int:
    ids = [text for text in texts(tags, "osmid") if text.lstrip("-").isdigit()]
    return int(ids[0]) if ids else 0


def name(tags: Tags) -> str:
    return next(iter(texts(tags, "name")), "")


def kind(tags: Tags) -> str:
    if "kind" in tags:
        return str(tags["kind"])
    found = {"footway" if c == "path" else "street" for c in _classes(tags)} or {"street"}
    if "steps" in texts(tags, "highway"):
        found.add("steps")
    if "elevator" in texts(tags, "highway"):
        found.add("elevator")
    if "crossing" in (*texts(tags, "footway"), *texts(tags, "path")):
        found.add("crossing")
    if set(texts(tags, "ford")) - {"no"}:
        found.add("ford")
    return next(kind for kind in KINDS_FROM_SLOW if kind in found)


def road_class(tags: Tags) -> str:
    if "road_class" in tags:
        return str(tags["road_class"])
    found = _classes(tags)
    return next((c for c in CLASSES_FROM_BUSY if c in found), "minor")


def _classes(tags: Tags) -> set[str]:
    return {_class_of(highway) for highway in texts(tags, "highway")}


@cache
def _class_of(highway: str) -> str:
    return str(class_of_highway(pd.Series([highway])).iloc[0])


def is_lit(tags: Tags) -> int:
    """Lit, unlit or unknown; an edge that is lit in part is unlit."""
    values = texts(tags, "lit")
    if not values:
        return -1
    return 0 if "no" in values else 1


def is_open(tags: Tags) -> bool:
    if "is_open" in tags:
        return is_true(tags["is_open"])
    bridge = set(texts(tags, "bridge")) - {"no"}
    tunnel = set(texts(tags, "tunnel")) - {"no", "building_passage", "covered"}
    return not (bridge or tunnel)
