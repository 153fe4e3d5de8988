"""Snap points to the nearest position on an edge, by a straight leg that crosses no barrier.

A point's leg ends on the nearest edge that may be stepped onto (no tunnel, no bridge), that is
part of no small island, and that can be reached without crossing a railway or water.
"""

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from ..errors import CRSError
from .graph import IntArray, WalkNetwork

SNAP_STATUSES = ("snapped", "moved_off_island", "behind_barrier", "too_far")

TOUCH_M = 0.01
"""How far from the street a leg may meet a barrier and still only touch it."""

Shapes = npt.NDArray[np.object_]
Flags = npt.NDArray[np.bool_]


def snap(
    network: WalkNetwork,
    points: gpd.GeoSeries,
    *,
    snap_max_m: float,
    island_max_m: float,
    barriers: Shapes,
) -> pd.DataFrame:
    """Snap points to positions on edges.

    Parameters
    ----------
    network
        The walkable graph.
    points
        Points in the network's CRS; any index.
    snap_max_m
        Longest straight leg from a point to the street; exactly this long still counts.
    island_max_m
        Connected components with less street than this are islands: nobody is snapped to them
        while another street is in reach.
    barriers
        Lines that no leg may cross, see `barrier_lines`.

    Returns
    -------
    DataFrame
        Same index; `edge` (position in the network's edges, -1 when not snapped), `offset_m`
        from `edge_u`, `access_m` (length of the leg; inf when not snapped) and `status`:
        "snapped", "moved_off_island" (a nearer street is part of an island), "behind_barrier"
        or "too_far" (the last two are not snapped).

    Raises
    ------
    CRSError
        Points and network differ in CRS.
    """
    if points.crs is None or points.crs != network.crs:
        raise CRSError(f"points are in {points.crs}, the network is in {network.crs}; convert them")
    shapes = points.to_numpy()
    edge, status = _nearest_free_edge(network, shapes, snap_max_m, island_max_m, barriers)
    found = edge >= 0
    lines = network.edge_lines[edge[found]]
    offset_m = np.full(len(shapes), np.nan)
    access_m = np.full(len(shapes), np.inf)
    offset_m[found] = shapely.line_locate_point(lines, shapes[found])
    access_m[found] = shapely.distance(lines, shapes[found])
    return pd.DataFrame(
        {"edge": edge, "offset_m": offset_m, "access_m": access_m, "status": status},
        index=points.index,
    )


def _nearest_free_edge(
    network: WalkNetwork, points: Shapes, snap_max_m: float, island_max_m: float, barriers: Shapes
) -> tuple[IntArray, npt.NDArray[np.object_]]:
    """Nearest edge of each point under the rules, -1 where there is none, and the status."""
    open_edges = np.flatnonzero(network.edge_is_open)
    lines = network.edge_lines[open_edges]
    is_island = network.component_length_m[open_edges] < island_max_m
    tree = shapely.STRtree(lines)
    barrier_tree = shapely.STRtree(barriers)
    nearest = np.full(len(points), -1)
    point, line = tree.query_nearest(points, max_distance=snap_max_m, all_matches=False)
    nearest[point] = line
    status = np.where(nearest >= 0, "snapped", "too_far").astype(object)
    if not len(lines):
        return nearest, status
    doubtful = _crosses(barrier_tree, points, lines, nearest)
    doubtful |= (nearest >= 0) & is_island[nearest]
    for i in np.flatnonzero(doubtful):
        near = tree.query(points[i], predicate="dwithin", distance=snap_max_m)
        near = near[np.argsort(shapely.distance(lines[near], points[i]), kind="stable")]
        nearest[i], status[i] = _first_allowed(points[i], near, lines, is_island, barrier_tree)
    return np.where(nearest >= 0, open_edges[nearest], -1), status


def _first_allowed(
    point: shapely.Point, near: IntArray, lines: Shapes, is_island: Flags, barriers: shapely.STRtree
) -> tuple[int, str]:
    """First edge, from near to far, on the mainland and on this side of every barrier.

    A point that reaches nothing but an island stays on the island.
    """
    free = near[~_crosses(barriers, np.full(len(near), point), lines, near)]
    if not len(free):
        return -1, "behind_barrier"
    mainland = free[~is_island[free]]
    if not len(mainland):
        return int(free[0]), "snapped"
    return int(mainland[0]), "snapped" if mainland[0] == free[0] else "moved_off_island"


def _crosses(barriers: shapely.STRtree, points: Shapes, lines: Shapes, line: IntArray) -> Flags:
    """Whether the leg from each point to its line crosses a barrier; False where line is -1.

    A leg whose end on the street touches a barrier does not cross it: a quay may be drawn along
    the very shore.
    """
    legs = shapely.shortest_line(points, lines[line])
    length_m = shapely.length(legs)
    end = shapely.line_interpolate_point(legs, np.maximum(length_m - TOUCH_M, 0))
    ends = np.stack([shapely.get_coordinates(points), shapely.get_coordinates(end)], axis=1)
    hit = np.zeros(len(points), dtype=bool)
    hit[barriers.query(shapely.linestrings(ends), predicate="intersects")[0]] = True
    hit &= length_m > TOUCH_M
    return hit & (line >= 0)
