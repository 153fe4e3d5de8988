"""Stretches of railway and river that nobody can cross, though people live on both sides.

Along each line places are looked at, four a `crossing_beside_m`, that no street crosses within
that distance. At each the nearest home on either side is taken, and the walk between the two. At
the border of the data nothing is told: the way round may lie beyond it. Whether a crossing is
missing on the ground or only on the map no figure can tell.
"""

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import KDTree

from ..language import format_metres, format_minutes, translate
from ..network.build import RAILWAYS, RIVERS
from ..sources.osm import OsmExtract
from ..standards import DoctorLimits
from ..study.walk import Walk
from ._ways_round import ways_round_m
from .barriers import lines_of, rails, rivers
from .findings import Finding, FloatArray, Severity, lonlat_of

WORTH_A_WARNING_MIN = 1.0
"""A crossing that brings nobody a minute nearer to a post is a note."""


def missing_crossings(
    walk: Walk, extract: OsmExtract, limits: DoctorLimits, language: str
) -> Iterator[Finding]:
    """Places where people live on both sides of a railway or river and the way across is long.

    Of places near each other the one whose crossing would save most minutes is told.
    """
    lines = extract.lines
    railway, river = lines["railway"].isin(RAILWAYS), lines["waterway"].isin(RIVERS)
    for code, found, every, what in (
        (
            "crossing_missing_rail",
            rails(extract, walk),
            lines_of(lines[railway], walk),
            translate(
                "People live on both sides of the railway; across it is {straight}, "
                "on foot {way_round}; {gain}",
                language,
            ),
        ),
        (
            "crossing_missing_water",
            rivers(extract, walk),
            lines_of(lines[river], walk),
            translate(
                "People live on both sides of the water; across it is {straight}, "
                "on foot {way_round}; {gain}",
                language,
            ),
        ),
    ):
        places = _without_crossing(walk, found, every, limits)
        yield from _told(places, code, what, walk, limits, language)


def _told(
    places: pd.DataFrame, code: str, what: str, walk: Walk, limits: DoctorLimits, language: str
) -> Iterator[Finding]:
    todo = translate(
        "Look at the place: if one can cross, map the crossing; if not, a scenario with a crossing "
        "here tells who would gain.",
        language,
    )
    where = lonlat_of(places[["x", "y"]].to_numpy(float), walk.network.crs)
    for (lon, lat), place in zip(where, places.to_dict("records"), strict=True):
        said = what.format(
            straight=format_metres(place["straight_m"], language),
            way_round=_long(place["way_round_m"], limits, language),
            gain=_gain(place["saved_min"], language),
        )
        worth_it = place["saved_min"] >= WORTH_A_WARNING_MIN
        severity: Severity = "warning" if worth_it else "note"
        whom = place["doors"], place["residents"]
        yield Finding(severity, code, said, todo, place["osm_id"], lon, lat, *whom)


def _without_crossing(
    walk: Walk, lines: gpd.GeoSeries, every: gpd.GeoSeries, limits: DoctorLimits
) -> pd.DataFrame:
    """Places to tell, the most worth first; `every` line, on bridges too, may be crossed."""
    doors = walk.doors[(walk.doors["edge"] >= 0) & (walk.doors["residents"] > 0)]
    beside_m = limits.crossing_beside_m.value
    places = _along(lines, beside_m / 4)
    at = places[["x", "y"]].to_numpy(float)
    inner = _away_from_border(at, walk, beside_m) & _uncrossed(at, walk, every, beside_m)
    pairs = _homes_across(places[inner], doors, limits)
    one, other = (doors.iloc[pairs[name].to_numpy(int)] for name in ("one", "other"))
    ends = [shapely.get_coordinates(home.geometry.to_numpy()) for home in (one, other)]
    legs = shapely.linestrings(np.stack(ends, axis=1))
    pairs["straight_m"] = shapely.length(legs)
    crossed = shapely.intersects(legs, lines.loc[pairs["osm_id"]].to_numpy())
    pairs["way_round_m"] = (
        one["access_m"].to_numpy(float)
        + other["access_m"].to_numpy(float)
        + ways_round_m(
            walk.network,
            one,
            other,
            speed_kmh=walk.speed_kmh,
            longest_m=limits.way_round_told_m.value,
        )
    )
    pairs["saved_min"] = _saved_min(one, other, pairs["straight_m"].to_numpy(), walk.speed_kmh)
    longer_m = pairs["way_round_m"] - pairs["straight_m"]
    near = pairs["straight_m"] <= beside_m
    told = pairs[crossed & near & (longer_m >= limits.crossing_way_round_min_m.value)]
    return _apart(told, beside_m)


def _homes_across(
    places: pd.DataFrame, doors: gpd.GeoDataFrame, limits: DoctorLimits
) -> pd.DataFrame:
    """Places with enough residents on either side, and the rows of the nearest doors there."""
    xy = shapely.get_coordinates(doors.geometry.to_numpy())
    residents = doors["residents"].to_numpy(float)
    columns = ["osm_id", "x", "y", "one", "other", "doors", "residents"]
    if not len(doors):
        return pd.DataFrame(columns=columns)
    tree = KDTree(xy)
    found = []
    for place in places.itertuples(index=False):
        at = np.array([place.x, place.y], dtype=float)
        rows = np.array(tree.query_ball_point(at, limits.crossing_beside_m.value), dtype=int)
        away = xy[rows] - at
        left = place.east * away[:, 1] - place.north * away[:, 0] > 0
        sides = [rows[left], rows[~left]]
        if min(residents[side].sum() for side in sides) < limits.crossing_residents_min.value:
            continue
        nearest = [side[np.argmin(np.hypot(*(xy[side] - at).T))] for side in sides]
        found.append((place.osm_id, *at, *nearest, len(rows), float(residents[rows].sum())))
    return pd.DataFrame(found, columns=columns)


def _saved_min(
    one: pd.DataFrame, other: pd.DataFrame, straight_m: FloatArray, speed_kmh: float
) -> FloatArray:
    """Minutes that the worse side would save by walking straight across; never less than none."""
    here, there = (home["nearest_min"].to_numpy(float) for home in (one, other))
    lost = np.isinf(here) & np.isinf(there)
    more = np.abs(np.where(lost, 0.0, here) - np.where(lost, 0.0, there))
    saved: FloatArray = np.maximum(more - straight_m / (speed_kmh / 3.6) / 60, 0.0)
    return saved


def _away_from_border(at: FloatArray, walk: Walk, far_m: float) -> np.ndarray:
    """Which places are so far from the border of the data that a way round would be in them."""
    low, high = walk.network.xy.min(axis=0) + far_m, walk.network.xy.max(axis=0) - far_m
    found: np.ndarray = ((at >= low) & (at <= high)).all(axis=1)
    return found


def _uncrossed(at: FloatArray, walk: Walk, every: gpd.GeoSeries, near_m: float) -> np.ndarray:
    """Which places have no street across any of the lines nearby."""
    streets, shapes = walk.network.edge_lines, every.to_numpy()
    line, edge = shapely.STRtree(streets).query(shapes, predicate="intersects")
    crossed = shapely.get_coordinates(shapely.intersection(streets[edge], shapes[line]))
    if not len(crossed):
        return np.ones(len(at), dtype=bool)
    distance_m, _ = KDTree(crossed).query(at)
    found: np.ndarray = np.asarray(distance_m) > near_m
    return found


def _apart(places: pd.DataFrame, apart_m: float) -> pd.DataFrame:
    """Of places near each other the one that saves most, then the one most people live at."""
    order = places.assign(gain=places["saved_min"] * places["residents"])
    order = order.sort_values(["gain", "residents", "x", "y"], ascending=False)
    xy = order[["x", "y"]].to_numpy(float)
    kept: list[int] = []
    for i in range(len(order)):
        if (np.hypot(*(xy[kept] - xy[i]).T) > apart_m).all():
            kept.append(i)
    return order.iloc[kept]


def _along(lines: gpd.GeoSeries, step_m: float) -> pd.DataFrame:
    """Places along lines: `osm_id`, `x`, `y`, and the way the line runs there, `east`, `north`."""
    parts = lines.explode(index_parts=False)
    shapes, ids = parts.to_numpy(), parts.index.to_numpy(object)
    count = np.maximum(np.ceil(shapely.length(shapes) / step_m).astype(int), 1)
    part = np.repeat(np.arange(len(shapes)), count)
    share = (np.arange(len(part)) - np.repeat(np.cumsum(count) - count, count) + 0.5) / count[part]
    where_m = share * shapely.length(shapes)[part]
    nudge_m = np.minimum(1.0, where_m / 2)
    behind, at, ahead = (
        shapely.get_coordinates(shapely.line_interpolate_point(shapes[part], where_m + step))
        for step in (-nudge_m, 0.0, nudge_m)
    )
    along = ahead - behind
    return pd.DataFrame(
        {
            "osm_id": ids[part],
            "x": at[:, 0],
            "y": at[:, 1],
            "east": along[:, 0],
            "north": along[:, 1],
        }
    )


def _gain(saved_min: float, language: str) -> str:
    if np.isinf(saved_min):
        return translate("without a crossing no post is reached from one side", language)
    return translate(
        "a crossing would save {minutes} to the nearest post",
        language,
        minutes=format_minutes(saved_min, language),
    )


def _long(metres: float, limits: DoctorLimits, language: str) -> str:
    if np.isfinite(metres):
        return format_metres(metres, language)
    longest = format_metres(limits.way_round_told_m.value, language)
    return translate("more than {length}", language, length=longest)
