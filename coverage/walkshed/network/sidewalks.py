"""Leave a sidewalk that is drawn as a way of its own (`footway=sidewalk`).

Mappers draw sidewalks beside the street and often join the two nowhere but at the next junction.
A walker is not bound by that: here he may step from the sidewalk onto its street every few dozen
metres where that street is a quiet one, and at a sidewalk's dead end onto any street. Big roads are
crossed at crossings and junctions alone. The streets themselves stay walkable, `sidewalk=separate`
or not: whose sidewalk is missing on one side is not lost.
"""

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from .graph import FloatArray, IntArray
from .pedestrian import ROAD_CLASS, Limits
from .runs import Flags, Places, Runs

TOUCH_M = 0.5
"""A sidewalk this near to its street has joined it already."""

SAME_VERTEX_M = 0.01


def with_step_offs(
    runs: Runs,
    ways: pd.DataFrame,
    *,
    limits: Limits,
    barriers: npt.NDArray[np.object_],
) -> Runs:
    """Join sidewalks to their streets by short links across the kerb.

    Parameters
    ----------
    runs
        All ways.
    ways
        Their tags, with the column `walk` of `walk_rules`; links bear the sidewalk's row.
    limits
        `step_off_m`, `step_off_every_m`, `step_off_onto`.
    barriers
        Lines that no link may cross, see `barrier_lines` and `fence_lines`.
    """
    on_ground = ways[["bridge", "tunnel"]].isin(["", "no"]).all(axis=1)
    on_ground &= ways["layer"].isin(["", "0"]) & (ways["walk"] == "open")
    begin, end = np.flatnonzero(runs.begins), np.flatnonzero(runs.ends)
    way = runs.way[begin]
    sidewalk = (on_ground & (ways["footway"] == "sidewalk") & (ways["way"] == "")).to_numpy()[way]
    is_street = ways["highway"].isin([*ROAD_CLASS, "service"]) & (ways["footway"] == "")
    street = np.flatnonzero((on_ground & is_street).to_numpy()[way])
    if not (limits.step_off_m > 0 and sidewalk.any() and len(street)):
        return runs
    places, loose = _every(runs, begin[sidewalk], end[sidewalk], limits.step_off_every_m)
    points = shapely.points(places.xy)
    lines = runs.lines(street)
    tree = shapely.STRtree(lines)
    at, hit = tree.query_nearest(points, max_distance=limits.step_off_m, all_matches=False)
    onto, line = street[hit], lines[hit]
    legs = shapely.shortest_line(points[at], line)
    quiet = ways["highway"].isin(limits.step_off_onto).to_numpy()[way[onto]]
    wanted = (quiet | loose[at]) & (shapely.length(legs) > TOUCH_M)
    wanted &= ~_crossed(legs, barriers)
    at, onto, line = at[wanted], onto[wanted], line[wanted]
    offset_m = shapely.line_locate_point(line, points[at])
    return _linked(runs, places[at], runs.place(begin[onto], end[onto], offset_m))


def _every(runs: Runs, begin: IntArray, end: IntArray, every_m: float) -> tuple[Places, Flags]:
    """Places along chains, ends included, and whether each is a dead end."""
    length_m = runs.along_m[end] - runs.along_m[begin]
    pieces = np.maximum(np.ceil(length_m / every_m), 1).astype(np.int64)
    chain = np.repeat(np.arange(len(begin)), pieces + 1)
    nth = np.arange(len(chain)) - np.repeat(np.cumsum(pieces + 1) - pieces - 1, pieces + 1)
    offset_m = nth * (length_m / pieces)[chain]
    dead = runs.chains_at == 1
    loose = ((nth == 0) & dead[begin][chain]) | ((nth == pieces[chain]) & dead[end][chain])
    return runs.place(begin[chain], end[chain], offset_m), loose


def _crossed(legs: npt.NDArray[np.object_], barriers: npt.NDArray[np.object_]) -> Flags:
    hit = np.zeros(len(legs), dtype=bool)
    hit[shapely.STRtree(barriers).query(legs, predicate="intersects")[0]] = True
    return hit


def _linked(runs: Runs, start: Places, stop: Places) -> Runs:
    """Add a link from each start to each stop, with vertices there where there are none."""
    places = Places(
        np.concatenate([start.before, stop.before]),
        np.concatenate([start.at_m, stop.at_m]),
        np.concatenate([start.xy, stop.xy]),
    )
    ref, is_new = _vertices_at(runs, places)
    way = runs.way[start.before]
    ends = np.arange(len(ref)).reshape(2, -1).T.ravel()
    links = Runs(np.tile([True, False], len(way)), np.repeat(way, 2), ref[ends], places.xy[ends])
    return runs.inserted(places[is_new], ref[is_new]).followed_by(links)


def _vertices_at(runs: Runs, places: Places) -> tuple[IntArray, Flags]:
    """Id of the vertex at each place, a new one where none is near."""
    ref = runs.new_refs(len(places.before))
    is_new = np.ones(len(ref), dtype=bool)
    for vertex in (places.before, places.before + 1):
        apart_m: FloatArray = np.hypot(*(runs.xy[vertex] - places.xy).T)
        near = apart_m < SAME_VERTEX_M
        ref[near], is_new[near] = runs.ref[vertex[near]], False
    return ref, is_new
