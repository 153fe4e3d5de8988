"""Simplify a network: join edges that only continue each other, and put it in an order of places.

Walks stay what they were, to the rounding of a sum: edges are joined only where a walker notices
nothing, neither a junction nor a change of what the edge is or of the pace on it.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from .graph import FloatArray, IntArray, PlaceArray, WalkNetwork

SAME_PACE = 1e-9
"""Relative difference of seconds per metre up to which two edges are walked at one pace."""

MORTON_BITS = 16


@dataclass(frozen=True, eq=False)
class Chains:
    """Edges in walking order, chain by chain: what `simplify` makes of a network.

    Attributes
    ----------
    edge, is_turned
        Every edge of the old network once, and whether its chain walks it from `edge_v`.
    start
        Chain `i`, which is edge `i` of the simplified network, is rows `start[i]:start[i + 1]`.
    node
        The nodes of the old network at which chains end, in the order of the simplified one.
    """

    edge: IntArray
    is_turned: npt.NDArray[np.bool_]
    start: IntArray
    node: IntArray


def simplify(network: WalkNetwork) -> WalkNetwork:
    """Join edges that only continue each other; order nodes and edges by place.

    Two edges are joined where nothing else meets them, if they are alike in class, name, kind,
    light, openness and pace. Shape, length and seconds of a chain are those of its edges together;
    `edge_way_id` is the way of its longest edge. Loops and parallel edges stay. Nodes and edges
    follow a Morton curve, so that what is near on the ground is near in memory.

    Walks from door to door do not change (but for the rounding of sums), points snapped before
    are carried over by `simplified_positions`.

    Examples
    --------
    A street drawn in two parts of 100 m and 300 m is one of 400 m, 300 s at 4.8 km/h:

    >>> import networkx as nx
    >>> graph = nx.Graph([(1, 2), (2, 3)], crs="EPSG:32642")
    >>> x_m = {1: 0, 2: 100, 3: 400}
    >>> nx.set_node_attributes(graph, {node: {"x": x, "y": 0} for node, x in x_m.items()})
    >>> street = simplify(WalkNetwork.from_networkx(graph))
    >>> street.n_edges, street.edge_length_m.tolist(), street.edge_forward_s.round(6).tolist()
    (1, [400.0], [300.0])
    >>> street.xy.tolist()
    [[0.0, 0.0], [100.0, 0.0], [400.0, 0.0]]
    """
    return _joined(network, chains(network))


def simplified_positions(
    network: WalkNetwork, chains: Chains, positions: pd.DataFrame
) -> pd.DataFrame:
    """Positions on a network, as positions on what `simplify` makes of it.

    Parameters
    ----------
    network
        The network before.
    chains
        Its `chains`.
    positions
        As `snap` gives them; those not snapped stay so.
    """
    length_m = network.edge_length_m[chains.edge]
    before_m = np.cumsum(length_m) - length_m
    before_m -= np.repeat(before_m[chains.start[:-1]], np.diff(chains.start))
    row_of_edge = np.argsort(chains.edge)
    chain_of_row = np.repeat(np.arange(len(chains.start) - 1), np.diff(chains.start))
    is_snapped = positions["edge"].to_numpy() >= 0
    edge = positions["edge"].to_numpy(np.int64)[is_snapped]
    offset_m = positions["offset_m"].to_numpy(float)[is_snapped]
    row = row_of_edge[edge]
    along_m = np.where(chains.is_turned[row], network.edge_length_m[edge] - offset_m, offset_m)
    moved = positions.copy()
    moved.loc[is_snapped, "edge"] = chain_of_row[row]
    moved.loc[is_snapped, "offset_m"] = before_m[row] + along_m
    return moved


def chains(network: WalkNetwork) -> Chains:
    """Find the edges that only continue each other, in the order of the simplified network."""
    near, far = _continuations(network)
    edge, is_turned, size = _walked(near, far, network.n_edges)
    start = np.concatenate([[0], np.cumsum(size)])
    first, last = edge[start[:-1]], edge[start[1:] - 1]
    u = np.where(is_turned[start[:-1]], network.edge_v[first], network.edge_u[first])
    v = np.where(is_turned[start[1:] - 1], network.edge_u[last], network.edge_v[last])
    place = np.full(network.n_nodes, -1)
    place[u] = place[v] = 0
    kept = np.flatnonzero(place == 0)
    place[kept] = _morton(network.node_xy[kept])
    order = np.lexsort([first, place[v], place[u]])
    rows = _ranges(start[:-1][order], size[order])
    return Chains(
        edge=edge[rows],
        is_turned=is_turned[rows],
        start=np.concatenate([[0], np.cumsum(size[order])]),
        node=kept[np.argsort(place[kept], kind="stable")],
    )


def _continuations(network: WalkNetwork) -> tuple[IntArray, IntArray]:
    """For each end of an edge, the end that continues it, or -1.

    Ends are numbered `2 * edge` at `edge_u` and `2 * edge + 1` at `edge_v`.
    """
    node = np.column_stack([network.edge_u, network.edge_v]).ravel()
    end = np.argsort(node, kind="stable")
    is_pair = np.bincount(node, minlength=network.n_nodes) == 2
    end = end[is_pair[node[end]]]
    one, other = end[0::2], end[1::2]
    alike = (one // 2 != other // 2) & _alike(network, one, other)
    one, other = one[alike], other[alike]
    follows = np.full(2 * network.n_edges, -1)
    follows[one], follows[other] = other, one
    return follows[0::2], follows[1::2]


def _alike(network: WalkNetwork, one: IntArray, other: IntArray) -> npt.NDArray[np.bool_]:
    """Whether a walker notices nothing in passing from one edge's end to the other's."""
    a, b = one // 2, other // 2
    alike = np.ones(len(a), dtype=bool)
    for name in ("edge_class", "edge_name", "edge_kind", "edge_lit", "edge_is_open"):
        values = getattr(network, name)
        alike &= values[a] == values[b]
    # walked in at `one` and out at `other`: ahead is out of `a`'s end and into `b`'s
    ahead_a, back_a = _paced(network, one, out=True), _paced(network, one, out=False)
    ahead_b, back_b = _paced(network, other, out=False), _paced(network, other, out=True)
    length_a, length_b = network.edge_length_m[a], network.edge_length_m[b]
    for seconds_a, seconds_b in ((ahead_a, ahead_b), (back_a, back_b)):
        alike &= _same_pace(seconds_a, length_a, seconds_b, length_b)
    return alike


def _paced(network: WalkNetwork, end: IntArray, *, out: bool) -> FloatArray:
    """Seconds along an edge that leaves it at the given end, or enters it there."""
    forward, backward = network.edge_forward_s[end // 2], network.edge_backward_s[end // 2]
    return np.where((end % 2 == 1) == out, forward, backward)


def _same_pace(
    seconds_a: FloatArray, length_a: FloatArray, seconds_b: FloatArray, length_b: FloatArray
) -> npt.NDArray[np.bool_]:
    closed = np.isinf(seconds_a) | np.isinf(seconds_b)
    open_a, open_b = np.where(closed, 0.0, seconds_a), np.where(closed, 0.0, seconds_b)
    cross_a, cross_b = open_a * length_b, open_b * length_a
    same = np.abs(cross_a - cross_b) <= SAME_PACE * np.maximum(cross_a, cross_b)
    # an edge of no length takes no time, or it is a wait that must not be spread out
    no_wait = ((length_a > 0) | (open_a == 0)) & ((length_b > 0) | (open_b == 0))
    answer: npt.NDArray[np.bool_] = np.where(closed, seconds_a == seconds_b, same & no_wait)
    return answer


def _walked(
    near: IntArray, far: IntArray, n_edges: int
) -> tuple[IntArray, npt.NDArray[np.bool_], IntArray]:
    """Walk along all chains: edges in walking order, whether turned, and how many a chain has."""
    single = np.flatnonzero((near < 0) & (far < 0))
    follows = np.column_stack([near, far]).ravel().tolist()
    seen = ((near < 0) & (far < 0)).tolist()
    tips = np.flatnonzero((near < 0) != (far < 0)).tolist()
    ends: list[int] = []
    size: list[int] = []
    # first the chains with ends, then the rings, which start at their first edge
    for edge in [*tips, *range(n_edges)]:
        if seen[edge]:
            continue
        entry = 2 * edge + (follows[2 * edge] >= 0 and follows[2 * edge + 1] < 0)
        before = len(ends)
        while entry >= 0 and not seen[entry // 2]:
            seen[entry // 2] = True
            ends.append(entry)
            entry = follows[entry ^ 1]
        size.append(len(ends) - before)
    walked = np.array(ends, dtype=np.int64)
    return (
        np.concatenate([single, walked // 2]),
        np.concatenate([np.zeros(len(single), dtype=bool), walked % 2 == 1]),
        np.concatenate([np.ones(len(single), dtype=np.int64), np.array(size, dtype=np.int64)]),
    )


def _joined(network: WalkNetwork, chains: Chains) -> WalkNetwork:
    """Make the network of the chains; nodes that no edge ends at any more are left out."""
    edge, turned, start = chains.edge, chains.is_turned, chains.start
    first, last = start[:-1], start[1:] - 1
    u = np.where(turned, network.edge_v[edge], network.edge_u[edge])[first]
    v = np.where(turned, network.edge_u[edge], network.edge_v[edge])[last]
    number = np.full(network.n_nodes, -1)
    number[chains.node] = np.arange(len(chains.node))
    ahead = np.where(turned, network.edge_backward_s[edge], network.edge_forward_s[edge])
    back = np.where(turned, network.edge_forward_s[edge], network.edge_backward_s[edge])
    length_m = network.edge_length_m[edge]
    chain = np.repeat(np.arange(len(first)), np.diff(start))
    by_length = np.lexsort([-length_m, chain])
    longest = edge[by_length[first]]
    row, xy_start = _vertices(network, chains)
    return replace(
        network,
        node_ref=network.node_ref[chains.node],
        node_xy=network.node_xy[chains.node],
        edge_u=number[u].astype(np.int32),
        edge_v=number[v].astype(np.int32),
        edge_length_m=np.add.reduceat(length_m, first) if len(first) else length_m,
        edge_forward_s=np.add.reduceat(ahead, first) if len(first) else ahead,
        edge_backward_s=np.add.reduceat(back, first) if len(first) else back,
        edge_way_id=network.edge_way_id[longest],
        edge_class=network.edge_class[longest],
        edge_name=network.edge_name[longest],
        edge_kind=network.edge_kind[longest],
        edge_lit=network.edge_lit[longest],
        edge_is_open=network.edge_is_open[longest],
        xy=network.xy[row],
        xy_start=xy_start.astype(np.int32),
    )


def _vertices(network: WalkNetwork, chains: Chains) -> tuple[IntArray, IntArray]:
    """Rows of `xy` along each chain; where two edges join, their common vertex comes once."""
    size = np.diff(network.xy_start)[chains.edge]
    row = _ranges(network.xy_start[chains.edge], size)
    of_edge = np.repeat(np.arange(len(size)), size)
    step = np.arange(len(row)) - np.repeat(np.cumsum(size) - size, size)
    last = network.xy_start[chains.edge + 1][of_edge] - 1
    row = np.where(chains.is_turned[of_edge], last - step, row)
    is_first = np.zeros(len(size), dtype=bool)
    is_first[chains.start[:-1]] = True
    kept = (step > 0) | is_first[of_edge]
    shape_size = np.add.reduceat(kept, np.cumsum(size) - size).astype(np.int64)
    xy_start = np.concatenate([[0], np.cumsum(shape_size)])[chains.start]
    return row[kept], xy_start


def _ranges(first: IntArray | PlaceArray, size: IntArray) -> IntArray:
    """`first[i], first[i] + 1, ...`, `size[i]` of them, for each i in turn."""
    ranges: IntArray = np.repeat(first - np.cumsum(size) + size, size) + np.arange(size.sum())
    return ranges


def _morton(xy: FloatArray) -> IntArray:
    """Place of points along a Morton curve through their square."""
    low = xy.min(axis=0)
    side = max(float((xy.max(axis=0) - low).max()), 1e-9)
    cell = ((xy - low) / side * (2**MORTON_BITS - 1)).astype(np.int64)
    code = np.zeros(len(xy), dtype=np.int64)
    for bit in range(MORTON_BITS):
        code |= ((cell[:, 0] >> bit) & 1) << (2 * bit)
        code |= ((cell[:, 1] >> bit) & 1) << (2 * bit + 1)
    return code
