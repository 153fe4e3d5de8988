"""Where a place beside the street meets it: one rule, for doors, posts and the ground.

A place meets the nearest piece of street that may be stepped onto (no tunnel, no bridge), that is
part of no small island, and that can be reached without crossing a railway or water. A piece is
what lies between two bends. Pieces equally near, to a micrometre, count as one: the first along
the edge of the lowest number is met.

Walls and fences bind less: a place meets the nearest such piece that it reaches without crossing
them, but where there is none the leg crosses them, as if there were a gate: a plot's own gate is
seldom on the map.

`_nearest` holds the rule compiled; where numba is missing shapely does the same, more slowly.
"""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from ..errors import CRSError
from .graph import FloatArray, IntArray, WalkNetwork

SNAP_STATUSES = ("snapped", "moved_off_island", "behind_barrier", "too_far", "across_fence")

TOUCH_M = 0.01
"""How far from the street a leg may meet a barrier and still only touch it."""

TIE_M = 1e-6
"""Legs that differ by less are equally long."""

FINER = 3
"""How much smaller the cells that hold barriers are: shores have many small bends."""

CHUNK = 2_000
"""Places that shapely looks all around at once: bounds the memory, changes nothing."""

Shapes = npt.NDArray[np.object_]
Flags = npt.NDArray[np.bool_]
NO_LINES: Shapes = np.empty(0, dtype=object)


def snap(
    network: WalkNetwork,
    points: gpd.GeoSeries,
    *,
    snap_max_m: float,
    island_max_m: float,
    barriers: Shapes,
    fences: Shapes = NO_LINES,
    keep_components: Collection[int] | IntArray = (),
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
    fences
        Lines that a leg crosses only where it reaches no street of the mainland without that,
        see `fence_lines`.
    keep_components
        Numbers of components (`WalkNetwork.edge_component`) that are never islands, such as
        those that hold a post.

    Returns
    -------
    DataFrame
        Same index; `edge` (position in the network's edges, -1 when not snapped), `offset_m`
        from `edge_u`, `access_m` (length of the leg; inf when not snapped) and `status`:
        "snapped", "moved_off_island" (a nearer street is part of an island), "across_fence" (the
        leg crosses one), "behind_barrier" or "too_far" (the last two are not snapped).

    Examples
    --------
    A house 20 m beside a street, 100 m from its beginning; another 300 m away from it, too far;
    and a third 10 m beside it, but with a fence between:

    >>> import networkx as nx
    >>> graph = nx.Graph([(1, 2)], crs="EPSG:32642")
    >>> nx.set_node_attributes(graph, {1: {"x": 0, "y": 0}, 2: {"x": 400, "y": 0}})
    >>> street = WalkNetwork.from_networkx(graph)
    >>> doors = gpd.GeoSeries.from_xy([100, 200, 350], [20, 300, -10], crs=street.crs)
    >>> fence = [shapely.LineString([(300, -5), (400, -5)])]
    >>> snap(street, doors, snap_max_m=50, island_max_m=0, barriers=fence)
       edge  offset_m  access_m          status
    0     0     100.0      20.0         snapped
    1    -1       NaN       inf         too_far
    2    -1       NaN       inf  behind_barrier

    Raises
    ------
    CRSError
        Points and network differ in CRS.
    """
    if points.crs is None or points.crs != network.crs:
        raise CRSError(f"points are in {points.crs}, the network is in {network.crs}; convert them")
    kerbs = kerbs_of(
        network,
        snap_max_m=snap_max_m,
        island_max_m=island_max_m,
        barriers=barriers,
        fences=fences,
        keep_components=keep_components,
    )
    met = kerbs.meet(shapely.get_coordinates(points.to_numpy()))
    names = np.array(SNAP_STATUSES, dtype=object)
    return pd.DataFrame(
        {
            "edge": met.edge,
            "offset_m": np.where(met.edge >= 0, met.offset_m, np.nan),
            "access_m": met.access_m,
            "status": names[met.status],
        },
        index=points.index,
    )


def components_of(network: WalkNetwork, positions: pd.DataFrame) -> IntArray:
    """Numbers of the components that snapped positions stand on, for `keep_components`.

    Examples
    --------
    Two streets that do not meet, and a post on the second:

    >>> import networkx as nx
    >>> graph = nx.Graph([(1, 2), (3, 4)], crs="EPSG:32642")
    >>> xy = {1: (0, 0), 2: (400, 0), 3: (0, 80), 4: (400, 80)}
    >>> nx.set_node_attributes(graph, {node: {"x": x, "y": y} for node, (x, y) in xy.items()})
    >>> streets = WalkNetwork.from_networkx(graph)
    >>> components_of(streets, pd.DataFrame({"edge": [1, -1]})).tolist()
    [1]
    """
    edge = positions["edge"].to_numpy(np.int64)
    return np.unique(network.edge_component[edge[edge >= 0]])


@dataclass(frozen=True)
class Met:
    """Where places meet the street, as arrays of one length.

    `edge` is -1 and `access_m` infinite where nothing is met; `status` is a position in
    `SNAP_STATUSES`.
    """

    edge: npt.NDArray[np.integer[Any]]
    offset_m: npt.NDArray[np.floating[Any]]
    access_m: npt.NDArray[np.floating[Any]]
    status: npt.NDArray[np.int8]


@dataclass(frozen=True)
class Kerbs:
    """All that a leg may end on and may not cross, ready to be asked.

    Attributes
    ----------
    pieces
        Straight pieces of street that may be stepped onto, in the order of the edges: rows of
        ax, ay, bx, by in metres.
    piece_edge, piece_offset_m, piece_length_m, piece_is_island
        Edge of each piece, length of that edge before it, its own length, whether it is part
        of an island.
    barriers
        Straight pieces of barriers, rows as those of `pieces`.
    fences
        Straight pieces of fences, likewise.
    snap_max_m
        Longest leg.
    """

    pieces: FloatArray
    piece_edge: IntArray
    piece_offset_m: FloatArray
    piece_length_m: FloatArray
    piece_is_island: Flags
    barriers: FloatArray
    fences: FloatArray
    snap_max_m: float

    def meet(self, xy: FloatArray, longest_m: FloatArray | None = None) -> Met:
        """Where places, rows of x and y in metres, meet the street.

        `longest_m` may allow each place a shorter leg than `snap_max_m`: the shorter, the quicker
        it is found that there is none.
        """
        if not len(self.pieces) or not len(xy):
            nothing = np.full(len(xy), np.inf)
            too_far = np.full(len(xy), SNAP_STATUSES.index("too_far"), dtype=np.int8)
            return Met(np.full(len(xy), -1), np.zeros(len(xy)), nothing, too_far)
        xy = np.ascontiguousarray(xy, dtype=np.float64)
        longest_m = np.full(len(xy), self.snap_max_m) if longest_m is None else longest_m
        found = self._found(xy, longest_m, fenced=False)
        if len(self.fences):
            found = self._inside_fences(xy, longest_m, found)
        piece, share, access_m, status = found
        offset_m = self.piece_offset_m[piece] + share * self.piece_length_m[piece]
        edge = np.where(piece >= 0, self.piece_edge[piece], -1)
        return Met(edge, offset_m, access_m, status)

    def _found(self, xy: FloatArray, longest_m: FloatArray, *, fenced: bool) -> "_Found":
        from . import _numba  # takes half a second where numba is there

        search = self._compiled if _numba.HAS_NUMBA else self._by_shapely
        return search(xy, longest_m, fenced)

    def _inside_fences(self, xy: FloatArray, longest_m: FloatArray, found: "_Found") -> "_Found":
        """Turn legs that cross a fence to a street this side of it, where there is one."""
        piece, share, access_m, status = found
        at = np.flatnonzero(piece >= 0)
        at = at[self._crosses_fence(xy[at], piece[at])]
        status[at] = SNAP_STATUSES.index("across_fence")
        inside = self._found(xy[at], np.full(len(at), self.snap_max_m), fenced=True)
        better = inside[0] >= 0
        better &= ~self.piece_is_island[inside[0]] | self.piece_is_island[piece[at]]
        for i in range(len(found)):
            found[i][at[better]] = inside[i][better]
        beyond = access_m > longest_m + TIE_M
        piece[beyond], access_m[beyond] = -1, np.inf
        return piece, share, access_m, status

    def _crosses_fence(self, xy: FloatArray, piece: IntArray) -> Flags:
        from . import _numba

        if not _numba.HAS_NUMBA:
            return self._crosses(self._walls_trees[True], xy, piece)
        from ._nearest import which_cross

        leg = self._legs(xy, piece)[1]
        crosses: Flags = which_cross(xy, leg, self._walls_grids[True], TOUCH_M)
        return crosses

    def _compiled(self, xy: FloatArray, longest_m: FloatArray, fenced: bool) -> "_Found":
        from ._nearest import nearest_pieces

        walls = self._walls_grids[fenced]
        found: _Found = nearest_pieces(xy, longest_m, *self._grids, walls, (TIE_M, TOUCH_M))
        return found

    @cached_property
    def _walls(self) -> tuple[FloatArray, FloatArray]:
        """Pieces that no leg crosses, without the fences and with them."""
        return self.barriers, np.vstack([self.barriers, self.fences])

    @cached_property
    def _walls_grids(self) -> tuple[Any, ...]:
        """Both kinds of walls by the cells of a grid finer than that of the streets."""
        from ._nearest import pieces_by_cell

        west, south, side_m, columns, rows = self._grids[2]
        fine = west, south, side_m / FINER, columns * FINER, rows * FINER
        return tuple((walls, *pieces_by_cell(walls, *fine), fine) for walls in self._walls)

    @cached_property
    def _grids(self) -> tuple[Any, ...]:
        """Pieces by the cells of a grid, about two cells to a piece."""
        from ._nearest import in_order_of_cells, pieces_by_cell, rings_to_street

        around_m = self.snap_max_m + 1
        low = self.pieces.reshape(-1, 2).min(axis=0) - around_m
        high = self.pieces.reshape(-1, 2).max(axis=0) + around_m
        width_m, height_m = high - low
        side_m = float(np.clip(np.sqrt(width_m * height_m / len(self.pieces) / 2), 10, 100))
        columns, rows = int(width_m / side_m) + 1, int(height_m / side_m) + 1
        grid = float(low[0]), float(low[1]), side_m, columns, rows
        start, item = pieces_by_cell(self.pieces, *grid)
        return (
            (self.piece_is_island, start, item, in_order_of_cells(self.pieces, item)),
            rings_to_street(start, *grid[3:]),
            grid,
        )

    def _by_shapely(self, xy: FloatArray, longest_m: FloatArray, fenced: bool) -> "_Found":
        """Take the nearest piece where it may be taken; look all around where it may not."""
        lines, barriers = self._tree, self._walls_trees[fenced]
        points = shapely.points(xy)
        n = len(points)
        near, leg_m = lines.query_nearest(
            points, max_distance=self.snap_max_m + TIE_M, return_distance=True
        )
        reach_m = np.full(n, np.nan)
        reach_m[near[0]] = leg_m + TIE_M
        piece, share, access_m = np.full(n, -1), np.zeros(n), np.full(n, np.inf)
        status = np.full(n, SNAP_STATUSES.index("too_far"), dtype=np.int8)
        at = np.flatnonzero(np.isfinite(reach_m))
        i, s = lines.query(points[at], predicate="dwithin", distance=reach_m[at])
        i = at[i]
        plain = np.ones(n, dtype=bool)
        plain[i[self.piece_is_island[s] | self._crosses(barriers, xy[i], s)]] = False
        todo = at[~plain[at]]
        first = np.lexsort([s, i])
        first = first[(np.diff(i[first], prepend=-1) != 0) & plain[i[first]]]
        i, s = i[first], s[first]
        piece[i], status[i] = s, SNAP_STATUSES.index("snapped")
        share[i], _, access_m[i] = self._legs(xy[i], s)
        for chunk in np.split(todo, range(CHUNK, len(todo), CHUNK)):
            found = self._all_around(xy[chunk], barriers)
            piece[chunk], share[chunk], access_m[chunk], status[chunk] = found
        beyond = access_m > longest_m + TIE_M
        piece[beyond], access_m[beyond] = -1, np.inf
        return piece, share, access_m, status

    def _all_around(self, xy: FloatArray, barriers: shapely.STRtree) -> "_Found":
        """Apply the rule in full, to places that are near some street."""
        i, s = self._tree.query(
            shapely.points(xy), predicate="dwithin", distance=self.snap_max_m + TIE_M
        )
        t, _, leg_m = self._legs(xy[i], s)
        free = ~self._crosses(barriers, xy[i], s)
        is_island = self.piece_is_island[s]
        nearest_m = np.full((2, len(xy)), np.inf)
        np.minimum.at(nearest_m, (is_island[free].astype(int), i[free]), leg_m[free])
        on_island = np.isinf(nearest_m[0])
        fits = free & (is_island == on_island[i])
        fits &= leg_m <= np.where(on_island, nearest_m[1], nearest_m[0])[i] + TIE_M
        first = np.flatnonzero(fits)
        first = first[np.lexsort([s[first], i[first]])]
        first = first[np.diff(i[first], prepend=-1) != 0]
        piece, share, access_m = np.full(len(xy), -1), np.zeros(len(xy)), np.full(len(xy), np.inf)
        piece[i[first]], share[i[first]], access_m[i[first]] = s[first], t[first], leg_m[first]
        moved = ~on_island & (nearest_m[1] < nearest_m[0] - TIE_M)
        behind = SNAP_STATUSES.index("behind_barrier")
        status = np.where(piece >= 0, np.where(moved, 1, 0), behind).astype(np.int8)
        return piece, share, access_m, status

    def _legs(self, xy: FloatArray, piece: IntArray) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Share of the piece before the foot, the leg as a vector, and its length."""
        start, along = self.pieces[piece, :2], self.pieces[piece, 2:] - self.pieces[piece, :2]
        square = (along**2).sum(axis=1)
        per_square = np.where(square > 0, 1 / np.where(square > 0, square, 1.0), 0.0)
        from_start = xy - start
        t = np.clip((from_start * along).sum(axis=1) * per_square, 0.0, 1.0)
        leg = t[:, None] * along - from_start
        return t, leg, np.sqrt((leg**2).sum(axis=1))

    def _crosses(self, barriers: shapely.STRtree, xy: FloatArray, piece: IntArray) -> Flags:
        """Whether the leg from each place to its piece crosses a barrier.

        A leg whose end on the street touches a barrier does not cross it: a quay may be drawn
        along the very shore.
        """
        _, leg, leg_m = self._legs(xy, piece)
        crosses = np.zeros(len(xy), dtype=bool)
        long = np.flatnonzero(leg_m > TOUCH_M)
        cut = (leg_m[long] - TOUCH_M) / leg_m[long]
        ends = np.stack([xy[long], xy[long] + leg[long] * cut[:, None]], axis=1)
        crosses[long[barriers.query(shapely.linestrings(ends), predicate="intersects")[0]]] = True
        return crosses

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree(shapely.linestrings(self.pieces.reshape(-1, 2, 2)))

    @cached_property
    def _walls_trees(self) -> tuple[shapely.STRtree, ...]:
        return tuple(
            shapely.STRtree(shapely.linestrings(walls.reshape(-1, 2, 2))) for walls in self._walls
        )


_Found = tuple[IntArray, FloatArray, FloatArray, npt.NDArray[np.int8]]


def kerbs_of(
    network: WalkNetwork,
    *,
    snap_max_m: float,
    island_max_m: float,
    barriers: Shapes,
    fences: Shapes = NO_LINES,
    keep_components: Collection[int] | IntArray = (),
) -> Kerbs:
    """Get ready to ask where places meet the street; the parameters are those of `snap`."""
    is_island = network.component_length_m < island_max_m
    is_island &= ~np.isin(network.edge_component, np.fromiter(keep_components, dtype=np.int64))
    edge = np.repeat(np.arange(network.n_edges), np.diff(network.xy_start))
    first = np.flatnonzero((edge[:-1] == edge[1:]) & network.edge_is_open[edge[:-1]])
    step_m = np.hypot(*np.diff(network.xy, axis=0).T)
    before_m = np.concatenate([[0.0], np.cumsum(np.where(edge[:-1] == edge[1:], step_m, 0.0))])
    piece_edge = edge[first]
    return Kerbs(
        pieces=np.hstack([network.xy[first], network.xy[first + 1]]),
        piece_edge=piece_edge,
        piece_offset_m=before_m[first] - before_m[network.xy_start[piece_edge]],
        piece_length_m=step_m[first],
        piece_is_island=is_island[piece_edge],
        barriers=_straight_pieces(barriers),
        fences=_straight_pieces(fences),
        snap_max_m=float(snap_max_m),
    )


def _straight_pieces(lines: Shapes) -> FloatArray:
    """Pieces of lines as rows of ax, ay, bx, by."""
    xy, line = shapely.get_coordinates(lines, return_index=True)
    first = np.flatnonzero(line[:-1] == line[1:])
    return np.ascontiguousarray(np.hstack([xy[first], xy[first + 1]]))
