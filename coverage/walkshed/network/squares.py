"""Walk across squares: areas of `highway=pedestrian`, `footway` ... with `area=yes`.

Between any two entrances of a square (nodes that its outline shares with other ways) the shortest
walk inside it is a chain of straight lines that bend at corners only. So all lines between
entrances and inner corners that stay inside the area are added; flower beds and buildings that are
holes of a multipolygon are walked around.

A door or a post that stands inside a square meets the nearest of these lines or the outline, and
walks on along it: amid a square of 200 m a door was found to walk 5.0 minutes instead of 3.2.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import shapely

from ..sources.osm import Streets
from .graph import FloatArray, IntArray
from .pedestrian import PedestrianRules, walk_rules
from .runs import Flags, Runs, project

EDGE_M = 0.02
"""How far a line may stray over the outline and still lie inside: rounding of coordinates."""

TURN_M2 = 0.01
"""Corners flatter than this (twice the area of the corner's triangle) are no corners."""

Chain = tuple[int, IntArray, FloatArray]


def square_ways(ways: pd.DataFrame, runs: Runs) -> Flags:
    """Tell the ways that are squares: closed, `area=yes`, open, and no steps."""
    begin, end = np.flatnonzero(runs.begins), np.flatnonzero(runs.ends)
    closed = (runs.ref[begin] == runs.ref[end]) & (end - begin > 2)
    flags = np.zeros(len(ways), dtype=bool)
    flags[runs.way[begin[closed]]] = True
    tagged = (ways["area"] == "yes") & (ways["kind"] != "steps")
    return flags & tagged.to_numpy()


def with_relations(
    ways: pd.DataFrame, runs: Runs, extract: Streets, *, crs: str, rules: PedestrianRules
) -> tuple[pd.DataFrame, Runs]:
    """Add the outlines of squares that are multipolygon relations to the ways and their chains.

    Read from the areas of the extract that bear `highway`; an outline joins the ways that share
    a node with it. Way ids are the relations' ids as negative numbers.
    """
    areas = extract.areas
    if "highway" not in areas:
        return ways, runs
    areas = areas[areas.index.str.startswith("r") & (areas["highway"] != "").to_numpy()].explode()
    verdict = walk_rules(areas, rules=rules)
    fits = (verdict["walk"].isin(["open", "residents"]) & (verdict["kind"] != "steps")).to_numpy()
    if not fits.any():
        return ways, runs
    polygons = areas.geometry.to_numpy()[fits]
    row = len(ways) + np.repeat(
        np.arange(len(polygons)), 1 + shapely.get_num_interior_rings(polygons)
    )
    lonlat, ring = shapely.get_coordinates(shapely.get_rings(polygons), return_index=True)
    ref = _matched(lonlat, extract, runs)
    xy = project(lonlat, crs)
    outlines = [(int(way), ref[ring == i], xy[ring == i]) for i, way in enumerate(row)]
    tags = pd.concat([pd.DataFrame(areas.drop(columns="geometry")), verdict], axis=1)[fits]
    tags = tags.assign(way_id=-tags.index.str[1:].astype(np.int64), area="yes")
    tags = tags.reindex(columns=ways.columns, fill_value="")
    return pd.concat([ways, tags], ignore_index=True), runs.joined(outlines)


def with_squares(runs: Runs, *, square: Flags, places_max: int) -> Runs:
    """Add the straight lines across squares.

    Parameters
    ----------
    runs
        All ways. A square is a closed chain, or several of one way: an outline and its holes.
    square
        For each row of the table of ways whether it is a square.
    places_max
        At most so many entrances and corners of one square are joined by lines; the outline
        joins the others. 0 for none.
    """
    if places_max == 0:
        return runs
    begin, end = np.flatnonzero(runs.begins), np.flatnonzero(runs.ends)
    is_ring = square[runs.way[begin]] & (runs.ref[begin] == runs.ref[end])
    rings: dict[int, list[IntArray]] = {}
    for first, last in zip(begin[is_ring], end[is_ring], strict=True):
        rings.setdefault(int(runs.way[first]), []).append(np.arange(first, last))
    entrance = runs.chains_at > 1
    return runs.joined(
        chain
        for way, parts in rings.items()
        for chain in _lines_across(runs, way, parts, entrance, places_max)
    )


def _lines_across(
    runs: Runs, way: int, rings: list[IntArray], entrance: Flags, places_max: int
) -> Iterator[Chain]:
    """Lines between places of one square that stay inside it, as chains of two vertices."""
    rings = sorted(rings, key=lambda ring: -shapely.Polygon(runs.xy[ring]).area)
    area = shapely.Polygon(runs.xy[rings[0]], [runs.xy[ring] for ring in rings[1:]])
    outline = np.concatenate(rings)
    is_door = entrance[outline]
    if is_door.sum() < 2 or area.area == 0 or not area.is_valid:
        return
    sides = [
        runs.xy[np.concatenate([np.roll(ring, step) for ring in rings])] - runs.xy[outline]
        for step in (1, -1)
    ]
    bends = np.concatenate([_bends(runs.xy[ring], hole=i > 0) for i, ring in enumerate(rings)])
    doors = _thinned(np.flatnonzero(is_door), places_max)
    corners = _thinned(np.flatnonzero(bends & ~is_door), places_max - len(doors))
    place = np.concatenate([doors, corners])
    a, b = (place[i] for i in np.triu_indices(len(place), k=1))
    leg = runs.xy[outline[b]] - runs.xy[outline[a]]
    useful = (is_door[a] | _touches(leg, sides, a)) & (is_door[b] | _touches(-leg, sides, b))
    u, v = outline[a[useful]], outline[b[useful]]
    lines = shapely.linestrings(np.stack([runs.xy[u], runs.xy[v]], axis=1))
    walkable = area.buffer(EDGE_M, join_style="mitre")
    shapely.prepare(walkable)
    inside = shapely.covers(walkable, lines) & ~_on_outline(rings, u, v)
    for i, j in zip(u[inside], v[inside], strict=True):
        yield way, runs.ref[[i, j]], runs.xy[[i, j]]


def _bends(xy: FloatArray, *, hole: bool) -> Flags:
    """Which vertices of a ring a walk inside the area may bend around."""
    turn = _cross(xy - np.roll(xy, 1, axis=0), np.roll(xy, -1, axis=0) - xy)
    leftwards = bool(shapely.is_ccw(shapely.LinearRing(xy)))
    bends: Flags = turn < -TURN_M2 if leftwards != hole else turn > TURN_M2
    return bends


def _touches(leg: FloatArray, sides: list[FloatArray], corner: IntArray) -> Flags:
    """Whether lines only touch the corners at which they begin: a shortest walk turns nowhere else.

    Both sides of the outline then lie to the same hand of the line.
    """
    one, other = (_cross(leg, side[corner]) for side in sides)
    touches: Flags = one * other >= 0
    return touches


def _cross(a: FloatArray, b: FloatArray) -> FloatArray:
    product: FloatArray = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
    return product


def _thinned(places: IntArray, count: int) -> IntArray:
    """At most `count` of the places, evenly spread."""
    if len(places) <= count:
        return places
    return places[np.linspace(0, len(places), count, endpoint=False).astype(np.int64)]


def _on_outline(rings: list[IntArray], u: IntArray, v: IntArray) -> Flags:
    """Whether the outline itself joins two places by one straight piece."""
    low, high = np.minimum(u, v), np.maximum(u, v)
    joined: Flags = high - low == 1
    for ring in rings:
        joined |= (low == ring[0]) & (high == ring[-1])
    return joined


def _matched(lonlat: FloatArray, extract: Streets, runs: Runs) -> IntArray:
    """Ids of the nodes at these coordinates, new ones where no way has a node."""
    keys = [np.round(at * 1e7).astype(np.int64) for at in (extract.node_lonlat, lonlat)]
    known, asked = (key[:, 0] * 4_000_000_000 + key[:, 1] for key in keys)
    distinct, number = np.unique(asked, return_inverse=True)
    at = pd.Index(distinct).get_indexer(pd.Index(known))
    ref = runs.new_refs(len(distinct))
    found = np.flatnonzero(at >= 0)[::-1]  # of several nodes at one place the first one counts
    ref[at[found]] = extract.node_ref[found]
    return ref[number]
