"""Places along streets where a post could stand: junctions first, then places between them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import shapely

from ..network import WalkNetwork

RANK = {"major": 0, "minor": 1, "path": 2}


class Places(NamedTuple):
    """Places on edges, the better before the worse.

    `node` is the junction that the place is, or -1 between junctions; a junction of paths alone
    is none.
    """

    edge: npt.NDArray[np.int64]
    offset_m: npt.NDArray[np.float64]
    xy: npt.NDArray[np.float64]
    node: npt.NDArray[np.int64]


def street_places(network: WalkNetwork, *, step_m: float, island_max_m: float) -> Places:
    """Both ends of every open edge, and places between them at most a step apart.

    Junctions of main streets come first, then those of side streets, then what lies between, main
    streets before paths and named streets before others; at last from west to east.
    """
    edge, offset_m, node = _positions(network, step_m, island_max_m)
    xy = network.position_xy(edge, offset_m)
    rank = np.array([RANK[name] for name in network.edge_class[edge]], dtype=np.int64)
    node = np.where(rank < RANK["path"], node, -1)
    unnamed = network.edge_name[edge] == ""
    order = np.lexsort([xy[:, 1], xy[:, 0], unnamed, rank, node < 0])
    return Places(edge[order], offset_m[order], xy[order], node[order])


def crossing_streets(
    network: WalkNetwork, nodes: npt.NDArray[np.int64], names: Sequence[str]
) -> list[str]:
    """Name of another street at each junction, the main one first; "" where there is none.

    `names` are the streets that are not meant; a node of -1 is no junction.
    """
    ends = np.concatenate([network.edge_u, network.edge_v])
    by_node = np.argsort(ends, kind="stable")
    begin, end = (np.searchsorted(ends[by_node], nodes, side) for side in ("left", "right"))
    return [
        _main_street(network, by_node[first:last] % network.n_edges, name)
        for first, last, name in zip(begin, end, names, strict=True)
    ]


def _main_street(network: WalkNetwork, edges: npt.NDArray[np.int64], name: str) -> str:
    """Name of the main one of these edges that have a name, and another one than this."""
    others = {(RANK[str(network.edge_class[edge])], str(network.edge_name[edge])) for edge in edges}
    return min((street for street in others if street[1] not in ("", name)), default=(0, ""))[1]


def spread(
    xy: npt.NDArray[np.float64], spacing_m: float, taken: npt.NDArray[np.float64]
) -> npt.NDArray[np.int64]:
    """Take places in order, leaving out those nearer than the spacing to one taken before.

    Parameters
    ----------
    xy
        The places, the better first.
    spacing_m
        Least distance between two; exactly so far apart both stay.
    taken
        Places that are taken already.

    Examples
    --------
    >>> spread(np.array([[0.0, 0], [50, 0], [100, 0]]), 100, np.empty((0, 2))).tolist()
    [0, 2]
    """
    places = shapely.points(xy)
    tree = shapely.STRtree(places)
    nearer_m = spacing_m * (1 - 1e-9)
    free = np.ones(len(xy), dtype=bool)
    for place in shapely.points(taken):
        free[tree.query(place, predicate="dwithin", distance=nearer_m)] = False
    chosen = []
    for i in range(len(xy)):
        if free[i]:
            chosen.append(i)
            free[tree.query(places[i], predicate="dwithin", distance=nearer_m)] = False
    return np.array(chosen, dtype=np.int64)


def _positions(
    network: WalkNetwork, step_m: float, island_max_m: float
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """Both ends of every open edge and positions between them: edge, offset, junction or -1."""
    usable = np.flatnonzero(network.edge_is_open & (network.component_length_m >= island_max_m))
    length_m = network.edge_length_m[usable]
    parts = np.maximum(np.ceil(length_m / step_m).astype(np.int64), 1)
    edge = np.repeat(usable, parts + 1)
    first = np.repeat(np.cumsum(parts + 1) - parts - 1, parts + 1)
    step = np.arange(len(edge)) - first
    share = step / np.repeat(parts, parts + 1)
    ends = np.concatenate([network.edge_u, network.edge_v])
    degree = np.bincount(ends, minlength=network.n_nodes)
    node = np.where(step == 0, network.edge_u[edge], network.edge_v[edge]).astype(np.int64)
    is_junction = ((share == 0) | (share == 1)) & (degree[node] > 2)
    return edge, share * network.edge_length_m[edge], np.where(is_junction, node, -1)
