"""Railways and rivers: streets that cross them unsaid, and stretches that nothing crosses."""

from collections.abc import Iterator
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.spatial import KDTree

from ..language import format_metres, format_minutes, format_number, translate
from ..network.build import RAILWAYS, RIVERS
from ..sources.osm import OsmExtract
from ..standards import DoctorLimits
from ..study.walk import Walk
from ._ways_round import ways_round_m
from .findings import Finding, FloatArray, lonlat_of, neighbours

JOINED_M = 0.05
"""A street and a railway with corners this near to their crossing share the node there."""

SAME_PLACE_M = 100.0
"""Crossings of one street and parallel tracks this near to each other are told once."""


def level_crossings(
    walk: Walk, extract: OsmExtract, limits: DoctorLimits, language: str
) -> Iterator[Finding]:
    """Streets that cross railways on one level: unsaid ones each, the others counted."""
    found = _crossed(walk, _rails(extract, walk))
    todo = translate(
        "Look at the place: give street and railway a common node with `railway=level_crossing` "
        "or `railway=crossing`, or the street its bridge or tunnel.",
        language,
    )
    what = translate("The street crosses the railway {line} and no tag says how", language)
    yield from _unsaid("rail_crossed_unsaid", what, todo, found, walk, limits)
    joined = found[found["joined"]]
    if len(joined):
        yield Finding(
            "note",
            "level_crossings",
            translate(
                "At {count} places streets cross a railway on one level; walkers cross there",
                language,
                count=format_number(len(joined), language),
            ),
            translate(
                "Check that each may be crossed on foot; `foot=no` or a scenario closes one.",
                language,
            ),
        )


def river_crossings(
    walk: Walk, extract: OsmExtract, limits: DoctorLimits, language: str
) -> Iterator[Finding]:
    """Streets that cross a river or canal and are no bridge, tunnel or ford."""
    found = _crossed(walk, _rivers(extract, walk))
    found = found[walk.network.edge_kind[found["edge"].to_numpy(int)] != "ford"]
    todo = translate(
        "Look at the place: tag the bridge or ford of the street, or the culvert of the water.",
        language,
    )
    what = translate("The street crosses the water {line} and is no bridge or ford", language)
    yield from _unsaid("water_crossed_unsaid", what, todo, found, walk, limits)


def missing_crossings(
    walk: Walk, extract: OsmExtract, limits: DoctorLimits, language: str
) -> Iterator[Finding]:
    """Places where people live on both sides of a railway or river and the way across is long.

    Along each line places are looked at, four a `crossing_beside_m`, that no street crosses within
    that distance: the nearest home on either side, and the walk between the two. Of places near
    each other the one that saves most minutes is told, as a note where that is less than one. At
    the border of the data nothing is told: the way round may lie beyond it. Whether a crossing is
    missing on the ground or only on the map no figure can tell.
    """
    todo = translate(
        "Look at the place: if one can cross, map the crossing; if not, a scenario with a crossing "
        "here tells who would gain.",
        language,
    )
    for code, lines, every, what in (
        (
            "crossing_missing_rail",
            _rails(extract, walk),
            _line_parts(extract.lines[extract.lines["railway"].isin(RAILWAYS)], walk),
            translate(
                "People live on both sides of the railway; across it is {straight}, "
                "on foot {way_round}; a crossing would save {minutes} to the nearest post",
                language,
            ),
        ),
        (
            "crossing_missing_water",
            _rivers(extract, walk),
            _line_parts(extract.lines[extract.lines["waterway"].isin(RIVERS)], walk),
            translate(
                "People live on both sides of the water; across it is {straight}, "
                "on foot {way_round}; a crossing would save {minutes} to the nearest post",
                language,
            ),
        ),
    ):
        places = _places_without_crossing(walk, lines, every, limits)
        for place in _apart(places, limits.crossing_beside_m.value):
            (lon, lat), *_ = lonlat_of(np.array(place.xy), walk.network.crs)
            said = what.format(
                straight=format_metres(place.straight_m, language),
                way_round=_long(place.way_round_m, limits, language),
                minutes=format_minutes(place.saved_min, language),
            )
            yield Finding(
                "warning" if place.saved_min >= 1 else "note",
                code,
                said,
                todo,
                place.osm_id,
                lon,
                lat,
                place.doors,
                place.residents,
            )


class _Place(NamedTuple):
    osm_id: str
    xy: tuple[float, float]
    straight_m: float
    way_round_m: float
    saved_min: float
    doors: int
    residents: float


def _places_without_crossing(
    walk: Walk, lines: gpd.GeoSeries, every: gpd.GeoSeries, limits: DoctorLimits
) -> list[_Place]:
    """Places along lines that no street crosses nearby; `every` line, on bridges too, counts."""
    doors = walk.doors[(walk.doors["edge"] >= 0) & (walk.doors["residents"] > 0)]
    if lines.empty or doors.empty:
        return []
    beside_m, told_m = limits.crossing_beside_m.value, limits.way_round_told_m.value
    xy = shapely.get_coordinates(doors.geometry.to_numpy())
    people = doors["residents"].to_numpy(float)
    osm_id, at, along = _along(lines, beside_m / 4)
    inner = _away_from_border(at, walk, beside_m) & _uncrossed(at, walk, every, beside_m)
    osm_id, at, along = osm_id[inner], at[inner], along[inner]
    tree = KDTree(xy)
    listed_near = [tree.query_ball_point(place, beside_m) for place in at]
    enough = limits.crossing_residents_min.value
    pairs: list[tuple[int, int, int, int, float]] = []
    for i, listed in enumerate(listed_near):
        rows = np.array(listed, dtype=int)
        away = xy[rows] - at[i]
        left = along[i, 0] * away[:, 1] - along[i, 1] * away[:, 0] > 0
        if min(people[rows[left]].sum(), people[rows[~left]].sum()) < enough:
            continue
        distance_m = np.hypot(*away.T)
        one, other = (rows[side][np.argmin(distance_m[side])] for side in (left, ~left))
        pairs.append((i, int(one), int(other), len(rows), float(people[rows].sum())))
    if not pairs:
        return []
    place, here, there = np.array([pair[:3] for pair in pairs]).T
    straight_m = np.hypot(*(xy[here] - xy[there]).T)
    legs_m = doors["access_m"].to_numpy(float)
    way_round_m = legs_m[here] + legs_m[there]
    way_round_m = way_round_m + ways_round_m(
        walk.network,
        doors.iloc[here],
        doors.iloc[there],
        speed_kmh=walk.speed_kmh,
        longest_m=told_m,
    )
    minutes = doors["nearest_min"].to_numpy(float)
    with np.errstate(invalid="ignore"):
        difference = np.abs(minutes[here] - minutes[there])
    walk_min = straight_m / (walk.speed_kmh / 3.6) / 60
    saved_min = np.where(np.isnan(difference), 0.0, np.maximum(difference - walk_min, 0.0))
    crosses = shapely.intersects(
        shapely.linestrings(np.stack([xy[here], xy[there]], axis=1)),
        lines.geometry.loc[osm_id[place]].to_numpy(),
    )
    near = straight_m <= beside_m
    long = way_round_m >= limits.crossing_way_round_min_m.value + straight_m
    return [
        _Place(
            str(osm_id[place[k]]),
            (float(at[place[k], 0]), float(at[place[k], 1])),
            float(straight_m[k]),
            float(way_round_m[k]),
            float(saved_min[k]),
            pairs[k][3],
            pairs[k][4],
        )
        for k in np.flatnonzero(crosses & near & long)
    ]


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


def _apart(places: list[_Place], apart_m: float) -> list[_Place]:
    """Of places near each other the one that saves most, then the one most people live at."""
    kept: list[_Place] = []
    for place in sorted(places, key=lambda p: (-p.saved_min * p.residents, -p.residents, p.xy)):
        if all(np.hypot(place.xy[0] - k.xy[0], place.xy[1] - k.xy[1]) > apart_m for k in kept):
            kept.append(place)
    return kept


def _along(lines: gpd.GeoSeries, step_m: float) -> tuple[np.ndarray, FloatArray, FloatArray]:
    """Places along lines, and the direction of the line there: id, (n, 2), (n, 2)."""
    parts = lines.explode(index_parts=False)
    shapes, ids = parts.to_numpy(), parts.index.to_numpy(object)
    count = np.maximum(np.ceil(shapely.length(shapes) / step_m).astype(int), 1)
    part = np.repeat(np.arange(len(shapes)), count)
    share = (np.arange(len(part)) - np.repeat(np.cumsum(count) - count, count) + 0.5) / count[part]
    at = shapely.line_interpolate_point(shapes[part], share, normalized=True)
    nudge = np.minimum(1.0, shapely.length(shapes)[part] / 4)
    where = shapely.line_locate_point(shapes[part], at)
    ahead = shapely.line_interpolate_point(shapes[part], where + nudge)
    behind = shapely.line_interpolate_point(shapes[part], np.maximum(where - nudge, 0.0))
    along: FloatArray = shapely.get_coordinates(ahead) - shapely.get_coordinates(behind)
    return ids[part], shapely.get_coordinates(at), along


def _rails(extract: OsmExtract, walk: Walk) -> gpd.GeoSeries:
    lines = extract.lines
    on_ground = _none(lines["tunnel"]) & _none(lines["bridge"])
    return _line_parts(lines[lines["railway"].isin(RAILWAYS) & on_ground], walk)


def _rivers(extract: OsmExtract, walk: Walk) -> gpd.GeoSeries:
    lines = extract.lines
    return _line_parts(lines[lines["waterway"].isin(RIVERS) & _none(lines["tunnel"])], walk)


def _line_parts(lines: gpd.GeoDataFrame, walk: Walk) -> gpd.GeoSeries:
    found = lines.geometry[~lines.geometry.is_empty]
    return found.to_crs(walk.network.crs)


def _none(tag: pd.Series) -> pd.Series:
    return tag.isin(["", "no"])


def _crossed(walk: Walk, lines: gpd.GeoSeries) -> pd.DataFrame:
    """Where streets on the ground cross lines: `edge`, `line`, `x`, `y`, `joined`."""
    network = walk.network
    edges = np.flatnonzero(network.edge_is_open & (network.edge_kind != "square"))
    streets, shapes = network.edge_lines[edges], lines.to_numpy()
    tree = shapely.STRtree(streets)
    line, edge = tree.query(shapes, predicate="intersects")
    met = shapely.intersection(streets[edge], shapes[line])
    xy, of = shapely.get_coordinates(met, return_index=True)
    place = shapely.points(xy)
    corners = [
        shapely.distance(shapely.multipoints(shapely.get_coordinates(one)), point) <= JOINED_M
        and shapely.distance(shapely.multipoints(shapely.get_coordinates(other)), point) <= JOINED_M
        for one, other, point in zip(streets[edge[of]], shapes[line[of]], place, strict=True)
    ]
    table = pd.DataFrame(
        {
            "edge": edges[edge[of]],
            "way": network.edge_way_id[edges[edge[of]]],
            "line": lines.index.to_numpy(object)[line[of]],
            "x": xy[:, 0],
            "y": xy[:, 1],
            "joined": np.array(corners, dtype=bool),
        }
    )
    cell = (table[["x", "y"]] // SAME_PLACE_M).astype(int)
    again = pd.concat([table[["way", "joined"]], cell], axis=1).duplicated()
    return table[~again].reset_index(drop=True)


def _unsaid(
    code: str,
    what: str,
    todo: str,
    crossed: pd.DataFrame,
    walk: Walk,
    limits: DoctorLimits,
) -> Iterator[Finding]:
    """Crossings whose street and line have no common node."""
    apart = crossed[~crossed["joined"]]
    xy = apart[["x", "y"]].to_numpy(float)
    near = neighbours(walk.doors, xy, limits.near_m.value)
    for i, (lon, lat) in enumerate(lonlat_of(xy, walk.network.crs)):
        row = apart.iloc[i]
        yield Finding(
            "warning",
            code,
            what.format(line=row["line"]),
            todo,
            f"w{row['way']}",
            lon,
            lat,
            int(near.doors[i]),
            float(near.residents[i]),
        )


def _long(metres: float, limits: DoctorLimits, language: str) -> str:
    if np.isfinite(metres):
        return format_metres(metres, language)
    longest = format_metres(limits.way_round_told_m.value, language)
    return translate("more than {length}", language, length=longest)
