"""What a page holds whatever posts are planned: its ground, its streets, what its search finds.

It is most of a page and follows from the city alone, so plans of one city can share it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from .finding import Findable, pack_finding
from .ground import along_curve, degrees, origin_of, pack_ground
from .rounding import rounded_network
from .rows import place_rows
from .travelling import PageWalk, pack_network


@dataclass(frozen=True, eq=False)
class Backdrop:
    """The packed part of a page that does not depend on the plan: plain values that JSON knows.

    Attributes
    ----------
    origin
        Longitude and latitude that all layers of the page are counted from.
    ground
        What `pack_ground` gives.
    places
        Rows of `place_rows`.
    streets
        What `pack_network` gives; None where the page has no walk.
    find
        What `pack_finding` gives.
    names_in
        By language, from a name of a street or a place to what it is called in it.
    """

    origin: tuple[float, float]
    ground: dict[str, Any]
    places: list[list[Any]]
    streets: dict[str, Any] | None
    find: dict[str, Any]
    names_in: dict[str, dict[str, str]]


def pack_backdrop(
    ground: Mapping[str, gpd.GeoDataFrame],
    *,
    hexagons: gpd.GeoDataFrame,
    posts: gpd.GeoDataFrame,
    doors: gpd.GeoDataFrame | None = None,
    walk: PageWalk | None = None,
    findable: Findable | None = None,
    names_in: Mapping[str, Mapping[str, str]] | None = None,
) -> Backdrop:
    """Pack what a page holds whatever posts are planned.

    Parameters
    ----------
    ground
        What `ground.pack_ground` takes, and `places` (points with `name` and `rank`; the lowest
        rank is named first).
    hexagons, posts
        As of `study_map`; they say where the page is.
    doors
        As of `study_map`; what is found beside a door is told by its place among them.
    walk
        The study's walk; its streets are drawn in place of those of `ground`. Not without doors.
    findable
        What else the page's search finds: addresses, landmarks, other names.
    names_in
        By language, from a name of a street or a place to what it is called in it; the map is
        lettered in its reader's language where it can be.
    """
    areas = degrees(hexagons[hexagons["residents"] > 0], "hexagons")
    origin = origin_of((areas if len(areas) else degrees(posts, "posts")).total_bounds)
    houses = pd.Index([]) if doors is None else along_curve(degrees(doors, "doors")).index
    streets = None
    if walk is not None and len(houses):
        network = rounded_network(walk.network)
        streets = pack_network(network, walk.may_step_on, origin=origin)
        ground = {name: table for name, table in ground.items() if name != "streets"}
    return Backdrop(
        origin=origin,
        ground=pack_ground(ground, origin=origin),
        places=place_rows(ground.get("places")),
        streets=streets,
        find=pack_finding(findable or Findable(), doors=houses, origin=origin),
        names_in={language: dict(names) for language, names in (names_in or {}).items()},
    )
