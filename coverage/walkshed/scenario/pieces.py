"""A network taken to pieces that edits split, join and close.

A strand is an edge of the old network, or a new street: strands from the number of old edges on. A
piece is a part of a strand between two nodes. Edits split pieces and close them; `assemble` makes
a network of what is left.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from ..network import WalkNetwork
from ..network.graph import FloatArray, IntArray

Flags = npt.NDArray[np.bool_]

TOUCH_M = 0.02
"""Places nearer to each other than this are one: a file keeps 7 decimals of a degree, 1 cm."""

EXACT_M = 1e-6
"""Cuts nearer to an end of a piece than this are at the end: rounding only."""


@dataclass(frozen=True, eq=False)
class Street:
    """A new street: its shape in metres, the number of its edit, and what edges carry."""

    xy: FloatArray
    edit: int
    road_class: str
    kind: str
    name: str
    lit: int
    is_open: bool
    drawn: shapely.LineString

    @property
    def length_m(self) -> float:
        """Length along the shape."""
        return float(_along(self.xy, None)[-1])


class Place(NamedTuple):
    """A position on a piece, and how far it is from where it was looked for."""

    distance_m: float
    piece: int
    offset_m: float
    xy: FloatArray


class Pieces:
    """The pieces of a network, while edits are applied to them."""

    def __init__(self, network: WalkNetwork) -> None:
        self.network = network
        self.streets: list[Street] = []
        self.strand: IntArray = np.arange(network.n_edges)
        self.start_m: FloatArray = np.zeros(network.n_edges)
        self.end_m: FloatArray = network.edge_length_m.astype(np.float64)
        self.u: IntArray = network.edge_u.astype(np.int64)
        self.v: IntArray = network.edge_v.astype(np.int64)
        self.live: Flags = np.ones(network.n_edges, dtype=bool)
        self.new_xy: list[FloatArray] = []
        self.gates: list[list[int]] = []

    # -- looking -----------------------------------------------------------------------------------

    def node_xy(self, node: int) -> FloatArray:
        """Coordinates of a node."""
        n = self.network.n_nodes
        xy: FloatArray = self.network.node_xy[node] if node < n else self.new_xy[node - n]
        return xy

    def is_open(self, piece: int) -> bool:
        """Whether one may step onto a piece from beside it: no bridge, no tunnel."""
        strand, m = int(self.strand[piece]), self.network.n_edges
        old = self.network.edge_is_open
        return bool(old[strand]) if strand < m else self.streets[strand - m].is_open

    def shape(self, piece: int) -> tuple[FloatArray, FloatArray]:
        """Vertices of a piece, and the offset of each along its strand."""
        start_m, end_m = float(self.start_m[piece]), float(self.end_m[piece])
        return self.shape_between(int(self.strand[piece]), start_m, end_m)

    def shape_between(
        self, strand: int, start_m: float, end_m: float
    ) -> tuple[FloatArray, FloatArray]:
        """Vertices of a strand between two offsets, and the offset of each."""
        xy, along_m = self._whole(strand)
        inner = (along_m > start_m) & (along_m < end_m)
        ends_m = np.array([start_m, end_m])
        ends = np.column_stack([np.interp(ends_m, along_m, column) for column in xy.T])
        offsets = np.concatenate([ends_m[:1], along_m[inner], ends_m[1:]])
        return np.concatenate([ends[:1], xy[inner], ends[1:]]), offsets

    def near(self, xy: FloatArray, within_m: float) -> list[Place]:
        """Nearest position of each live piece within a distance, from near to far.

        Of pieces equally far that of the oldest strand comes first.
        """
        found = self.touched(shapely.Point(xy), within_m)
        places = [place for piece in found if (place := self._nearest(piece, xy))[0] <= within_m]
        return sorted(
            places,
            key=lambda at: (round(at.distance_m, 6), self.strand[at.piece], self.start_m[at.piece]),
        )

    def touched(self, shape: shapely.Geometry, within_m: float) -> list[int]:
        """Live pieces of strands that come within a distance of a shape; all of new streets."""
        old = self._tree.query(shape, predicate="dwithin", distance=within_m)
        new = self.strand >= self.network.n_edges
        return [int(i) for i in np.flatnonzero(self.live & (new | np.isin(self.strand, old)))]

    def around(self, shape: shapely.Geometry, within_m: float) -> Iterator[tuple[int, FloatArray]]:
        """Live pieces all of which lie within a distance of a line, with their vertices."""
        area = shape.buffer(within_m)
        for piece in self.touched(shape, within_m):
            xy, _ = self.shape(piece)
            if area.covers(shapely.LineString(xy)):
                yield piece, xy

    def _whole(self, strand: int) -> tuple[FloatArray, FloatArray]:
        """Vertices of a strand, and the offset of each; the last is the strand's length."""
        network, m = self.network, self.network.n_edges
        if strand >= m:
            return self.streets[strand - m].xy, _along(self.streets[strand - m].xy, None)
        xy = network.xy[network.xy_start[strand] : network.xy_start[strand + 1]]
        return xy, _along(xy, float(network.edge_length_m[strand]))

    def _nearest(self, piece: int, xy: FloatArray) -> Place:
        vertices, offsets = self.shape(piece)
        ahead = np.diff(vertices, axis=0)
        size2 = np.maximum((ahead**2).sum(axis=1), 1e-300)
        share = np.clip(((xy - vertices[:-1]) * ahead).sum(axis=1) / size2, 0, 1)
        at = vertices[:-1] + share[:, None] * ahead
        distance_m = np.hypot(*(at - xy).T)
        i = int(distance_m.argmin())
        offset_m = offsets[i] + share[i] * (offsets[i + 1] - offsets[i])
        return Place(float(distance_m[i]), piece, float(offset_m), at[i])

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return shapely.STRtree(self.network.edge_lines)

    # -- changing ----------------------------------------------------------------------------------

    def split(self, piece: int, offset_m: float, *, touch_m: float) -> int:
        """Give the node at an offset: a new one, or an end that is nearer than `touch_m`."""
        before_m, after_m = offset_m - self.start_m[piece], self.end_m[piece] - offset_m
        if min(before_m, after_m) <= touch_m:
            return int(self.u[piece] if before_m <= after_m else self.v[piece])
        xy, along_m = self._whole(int(self.strand[piece]))
        node = self._new_node(np.array([np.interp(offset_m, along_m, column) for column in xy.T]))
        self._append(int(self.strand[piece]), offset_m, float(self.end_m[piece]), node, piece)
        self.end_m[piece], self.v[piece] = offset_m, node
        return node

    def add(self, street: Street, at: dict[int, int]) -> None:
        """Add a street whose vertices `at` are nodes; its first and its last vertex must be."""
        xy = street.xy.copy()
        for vertex, node in at.items():
            xy[vertex] = self.node_xy(node)
        strand = self.network.n_edges + len(self.streets)
        self.streets.append(replace(street, xy=xy))
        along_m = _along(xy, None)
        joined = sorted(at)
        for first, last in pairwise(joined):
            self._append(strand, float(along_m[first]), float(along_m[last]), at[last], None)
            self.u[-1] = at[first]

    def close(self, pieces: Iterable[int]) -> None:
        """Close whole pieces."""
        self.live[list(pieces)] = False

    def close_between(self, piece: int, stretches: list[tuple[float, float]]) -> None:
        """Close stretches of one piece, given from the first to the last."""
        for start_m, end_m in reversed(stretches):
            self.split(piece, end_m, touch_m=EXACT_M)
            self.split(piece, start_m, touch_m=EXACT_M)
            middle = (start_m + end_m) / 2
            same = (self.strand == self.strand[piece]) & self.live
            self.close(np.flatnonzero(same & (self.start_m <= middle) & (middle <= self.end_m)))

    def close_gate(self, node: int) -> None:
        """Take a node apart, so that nobody passes it."""
        ends = [(side, i) for side in (self.u, self.v) for i in np.flatnonzero(side == node)]
        ends = [(side, i) for side, i in ends if self.live[i]]
        parts = [node]
        for side, i in sorted(ends, key=lambda end: int(end[1]))[1:]:
            parts.append(self._new_node(self.node_xy(node)))
            side[i] = parts[-1]
        if len(parts) > 1:
            self.gates.append(parts)

    def closed_gates(self) -> Iterator[list[int]]:
        """Groups of nodes that a closed gate keeps apart, those of the old network included."""
        yield from self.gates
        network = self.network
        used = np.unique(np.concatenate([self.u[self.live], self.v[self.live]]))
        used = used[used < network.n_nodes]
        gates = used[network.node_ref[used] < 0]
        _, group = np.unique(network.node_xy[gates].round(3), axis=0, return_inverse=True)
        for number in range(group.max() + 1 if len(group) else 0):
            if (group == number).sum() > 1:
                yield [int(node) for node in gates[group == number]]

    def open_gate(self, nodes: list[int]) -> None:
        """Join nodes that a closed gate kept apart."""
        first = min(nodes)
        for side in (self.u, self.v):
            side[np.isin(side, nodes)] = first
        self.gates = [gate for gate in self.gates if gate != nodes]

    def _new_node(self, xy: FloatArray) -> int:
        self.new_xy.append(xy)
        return self.network.n_nodes + len(self.new_xy) - 1

    def _append(
        self, strand: int, start_m: float, end_m: float, node: int, before: int | None
    ) -> None:
        """Append a piece: the rest of the piece `before` from a node on, or one up to a node."""
        u, v = (node, self.v[before]) if before is not None else (node, node)
        self.strand = np.append(self.strand, strand)
        self.start_m = np.append(self.start_m, start_m)
        self.end_m = np.append(self.end_m, end_m)
        self.u, self.v = np.append(self.u, u), np.append(self.v, v)
        self.live = np.append(self.live, True if before is None else self.live[before])


def _along(xy: FloatArray, length_m: float | None) -> FloatArray:
    """Offset of each vertex; with a length the last offset is that length exactly."""
    along_m = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(xy, axis=0).T))])
    if length_m is None:
        return along_m
    if along_m[-1] == 0:
        return np.linspace(0.0, length_m, len(xy))
    along_m *= length_m / along_m[-1]
    along_m[-1] = length_m
    return along_m
