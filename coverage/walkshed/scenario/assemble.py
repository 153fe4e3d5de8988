"""Put the pieces of a network together again.

What no longer needs a split is healed first, so that a street added and taken away again leaves
the very network there was. Old edges keep their order, and their numbers as long as none of them
is closed as a whole; the further pieces of split edges follow, then the new streets.
"""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..network import WalkNetwork
from ..network.graph import FloatArray, IntArray, texts
from .pieces import Pieces

logger = logging.getLogger(__name__)

SecondsOf = Callable[[WalkNetwork], tuple[FloatArray, FloatArray]]
"""Walking seconds forward and backward along each edge of a network of new streets alone."""


@dataclass(frozen=True, eq=False)
class Assembled:
    """A network, and what its edges are: edge `i` is strand `strand[i]` from `from_m[i]` on."""

    network: WalkNetwork
    strand: IntArray
    from_m: FloatArray


class _Parts(NamedTuple):
    """Pieces in the order of the edges to be."""

    strand: IntArray
    start_m: FloatArray
    end_m: FloatArray
    u: IntArray
    v: IntArray

    def take(self, rows: IntArray) -> "_Parts":
        """Some of the parts, in another order."""
        return _Parts(
            self.strand[rows], self.start_m[rows], self.end_m[rows], self.u[rows], self.v[rows]
        )


def assemble(pieces: Pieces, *, seconds_of: SecondsOf, closings: bool) -> Assembled:
    """Make a network of pieces; without closings nothing is closed, and all else is the same.

    New streets that cannot be walked (infinite seconds both ways) are left out, and told in the
    log.
    """
    old = pieces.network
    timed_s = _street_seconds(pieces, seconds_of)
    used = pieces.live | (not closings)
    never = np.flatnonzero(np.isinf(timed_s).all(axis=0))
    if closings and len(never):
        edits = ", ".join(str(pieces.streets[i].edit) for i in never)
        logger.warning("scenario: this walker cannot use the new streets of features %s", edits)
    used &= ~np.isin(pieces.strand, old.n_edges + never)
    parts = _Parts(
        pieces.strand[used],
        pieces.start_m[used],
        pieces.end_m[used],
        pieces.u[used],
        pieces.v[used],
    )
    for gate in [] if closings else pieces.gates:
        for side in (parts.u, parts.v):
            side[np.isin(side, gate)] = min(gate)
    parts = _ordered(_healed(parts, old.n_nodes), old.n_edges)
    if _is_old(parts, old):
        return Assembled(old, parts.strand, parts.start_m)
    gates = [node for gate in pieces.gates for node in gate] if closings else []
    return Assembled(_network(pieces, parts, timed_s, gates), parts.strand, parts.start_m)


def _street_seconds(pieces: Pieces, seconds_of: SecondsOf) -> FloatArray:
    """Seconds along each new street as a whole: forward and backward, in rows."""
    streets = pieces.streets
    if not streets:
        return np.empty((2, 0))
    node_xy = np.concatenate([street.xy[[0, -1]] for street in streets])
    nodes = np.arange(len(node_xy), dtype=np.int32)
    length_m = np.array([street.length_m for street in streets])
    alone = WalkNetwork(
        crs=pieces.network.crs,
        node_ref=-1 - nodes.astype(np.int64),
        node_xy=node_xy,
        edge_u=nodes[::2],
        edge_v=nodes[1::2],
        edge_length_m=length_m,
        edge_forward_s=np.zeros(len(streets)),
        edge_backward_s=np.zeros(len(streets)),
        edge_way_id=np.array([-street.edit for street in streets]),
        edge_class=texts(street.road_class for street in streets),
        edge_name=texts(street.name for street in streets),
        edge_kind=texts(street.kind for street in streets),
        edge_lit=np.array([street.lit for street in streets], dtype=np.int8),
        edge_is_open=np.array([street.is_open for street in streets]),
        xy=np.concatenate([street.xy for street in streets]),
        xy_start=np.cumsum([0, *(len(street.xy) for street in streets)], dtype=np.int32),
    )
    return np.stack(seconds_of(alone))


def _healed(parts: _Parts, old_nodes: int) -> _Parts:
    """Take out new nodes at which one part of a strand only goes on as the next part."""
    strand, start_m, end_m, u, v = parts
    end_m, u, v = end_m.copy(), u.copy(), v.copy()
    keep = np.ones(len(strand), dtype=bool)
    ends = np.concatenate([u, v])
    for node in np.unique(ends[ends >= old_nodes]):
        comes, goes = np.flatnonzero((v == node) & keep), np.flatnonzero((u == node) & keep)
        if len(comes) != 1 or len(goes) != 1:
            continue
        first, then = comes[0], goes[0]
        if strand[first] == strand[then] and end_m[first] == start_m[then]:
            end_m[first], v[first] = end_m[then], v[then]
            keep[then] = False
    return _Parts(strand, start_m, end_m, u, v).take(np.flatnonzero(keep))


def _ordered(parts: _Parts, old_edges: int) -> _Parts:
    """First parts of old edges, then their further parts, then new streets."""
    parts = parts.take(np.lexsort([parts.start_m, parts.strand]))
    first = np.diff(parts.strand, prepend=-1) != 0
    rank = np.where(parts.strand >= old_edges, 2, np.where(first, 0, 1))
    return parts.take(np.argsort(rank, kind="stable"))


def _is_old(parts: _Parts, old: WalkNetwork) -> bool:
    m = old.n_edges
    u, v = old.edge_u.astype(np.int64), old.edge_v.astype(np.int64)
    before = _Parts(np.arange(m), np.zeros(m), old.edge_length_m, u, v)
    return all(np.array_equal(a, b) for a, b in zip(parts, before, strict=True))


def _network(pieces: Pieces, parts: _Parts, timed_s: FloatArray, gates: list[int]) -> WalkNetwork:
    old, streets = pieces.network, pieces.streets
    length_m = parts.end_m - parts.start_m
    whole_m = [*old.edge_length_m, *(street.length_m for street in streets)]
    strand_m = np.array(whole_m)[parts.strand]
    share = np.divide(length_m, strand_m, out=np.ones_like(length_m), where=strand_m > 0)
    node_ref, node_xy, ends = _nodes(pieces, parts, gates)
    xy, xy_start = _shapes(pieces, parts)

    def column(name: str, values: Sequence[Any] | FloatArray) -> npt.NDArray[Any]:
        before = np.asarray(getattr(old, name))
        new = np.empty(len(values), dtype=before.dtype)
        new[:] = values
        return np.concatenate([before, new])[parts.strand]

    return WalkNetwork(
        crs=old.crs,
        node_ref=node_ref,
        node_xy=node_xy,
        edge_u=ends[: len(length_m)].astype(np.int32),
        edge_v=ends[len(length_m) :].astype(np.int32),
        edge_length_m=length_m,
        edge_forward_s=share * column("edge_forward_s", timed_s[0]),
        edge_backward_s=share * column("edge_backward_s", timed_s[1]),
        edge_way_id=column("edge_way_id", [-street.edit for street in streets]),
        edge_class=texts(column("edge_class", [street.road_class for street in streets])),
        edge_name=texts(column("edge_name", [street.name for street in streets])),
        edge_kind=texts(column("edge_kind", [street.kind for street in streets])),
        edge_lit=column("edge_lit", [street.lit for street in streets]),
        edge_is_open=column("edge_is_open", [street.is_open for street in streets]),
        xy=xy,
        xy_start=xy_start.astype(np.int32),
    )


def _nodes(
    pieces: Pieces, parts: _Parts, gates: list[int]
) -> tuple[IntArray, FloatArray, IntArray]:
    """OSM id and coordinates of the nodes in use, and the nodes of all `u`, then all `v`.

    New nodes, and nodes that a closed gate takes apart, get negative ids that were not in use.
    """
    old = pieces.network
    ends = np.concatenate([parts.u, parts.v])
    all_xy = np.concatenate([old.node_xy, np.reshape(pieces.new_xy, (-1, 2))])
    is_used = np.zeros(len(all_xy), dtype=bool)
    is_used[ends] = True
    was_alone = np.ones(old.n_nodes, dtype=bool)
    was_alone[old.edge_u] = was_alone[old.edge_v] = False
    is_used[: old.n_nodes] |= was_alone
    ref = np.concatenate([old.node_ref, np.zeros(len(pieces.new_xy), dtype=np.int64)])
    is_new = np.arange(len(ref)) >= old.n_nodes
    is_new[gates] = True
    is_new &= is_used
    ref[is_new] = min(0, int(old.node_ref.min())) - 1 - np.arange(is_new.sum())
    number = np.cumsum(is_used) - 1
    return ref[is_used], all_xy[is_used], number[ends].astype(np.int64)


def _shapes(pieces: Pieces, parts: _Parts) -> tuple[FloatArray, IntArray]:
    """Vertices of all parts, and where those of each start; whole edges are copied as they are."""
    old = pieces.network
    m = old.n_edges
    length_m = np.append(old.edge_length_m, np.zeros(len(pieces.streets)))[parts.strand]
    whole = (parts.strand < m) & (parts.start_m == 0) & (parts.end_m == length_m)
    cut = [
        pieces.shape_between(int(parts.strand[i]), parts.start_m[i], parts.end_m[i])[0]
        for i in np.flatnonzero(~whole)
    ]
    source = np.where(whole, parts.strand, 0)
    first = old.xy_start[source]
    size = old.xy_start[source + 1] - first
    size[~whole] = [len(xy) for xy in cut]
    first[~whole] = len(old.xy) + np.cumsum(size[~whole]) - size[~whole]
    xy_start = np.concatenate([[0], np.cumsum(size)]).astype(np.int64)
    row = np.arange(xy_start[-1]) + np.repeat(first - xy_start[:-1], size)
    return np.concatenate([old.xy, *cut])[row], xy_start
