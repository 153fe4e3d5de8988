"""One search, two engines: the compiled one in chunks on threads, or scipy's.

Chunks are joined in order, so the number of threads changes nothing in the result. The compiled
kernels are imported when the first search is made: numba takes half a second to load.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp

from ..network import WalkNetwork
from ..network.threads import threads
from . import _scipy
from ._positions import (
    FloatArray,
    IntArray,
    NodeArray,
    SeedArray,
    access_seconds,
    by_either_end,
    on_one_edge,
    seeds,
)

CHUNK = 128
"""Posts that a thread searches in one go."""

BLOCK = 4096
"""Posts whose walks are joined to the result in one go: any number gives the same result."""

Found = tuple[IntArray, NodeArray, FloatArray]


def compiled() -> bool:
    """Whether searches are compiled."""
    from ..network import _numba

    return _numba.HAS_NUMBA


def nodes_within(
    network: WalkNetwork, posts: pd.DataFrame, speed_kmh: float, limit_s: float
) -> Found:
    """Nodes within a limit of each post: how many, which, and their seconds, post by post."""
    if not compiled():
        return _scipy.nodes_within(network, posts, speed_kmh, limit_s)
    from ..network import _kernels

    seed, seed_s = seeds(network, posts, speed_kmh)

    def search(part: IntArray, arcs: tuple[Any, ...], workspace: tuple[Any, ...]) -> Found:
        result: Found = _kernels.nodes_within(*arcs, seed[part], seed_s[part], limit_s, *workspace)
        return result

    return _in_blocks(network, seed, search)


def doors_within(
    network: WalkNetwork,
    row: IntArray,
    doors: pd.DataFrame,
    posts: pd.DataFrame,
    speed_kmh: float,
    limit_s: float,
) -> Found:
    """Doors within a limit of each post: how many, their rows, their seconds, post by post."""
    if not compiled():
        size, door, seconds = _scipy.doors_within(network, doors, posts, speed_kmh, limit_s)
        return size, row.astype(np.int32)[door], seconds
    from ..network import _kernels

    # who can never be reached is not within any limit
    limit_s = min(limit_s, float(np.finfo(float).max))
    seed, seed_s = seeds(network, posts, speed_kmh)
    of_edge, at_nodes = _by_node(network, row, doors, speed_kmh)
    edge = posts["edge"].to_numpy(np.int64)
    own_doors = of_edge[edge]
    own_edge_s = np.column_stack([network.edge_forward_s[edge], network.edge_backward_s[edge]])
    share, access_s = network.shares(posts), access_seconds(posts, speed_kmh)

    def search(part: IntArray, arcs: tuple[Any, ...], workspace: tuple[Any, ...]) -> Found:
        post = own_doors[part], own_edge_s[part], share[part], access_s[part]
        result: Found = _kernels.doors_within(
            *arcs, seed[part], seed_s[part], limit_s, *post, *at_nodes, *workspace
        )
        return result

    return _in_blocks(network, seed, search)


def as_columns(found: Found, column: IntArray, shape: tuple[int, int]) -> sp.csc_array:
    """Sparse matrix of what was found, in the columns given; 12 bytes a walk up to 2 ** 31."""
    size, row, seconds = found
    sizes = np.zeros(shape[1], np.int64)
    sizes[column] = size
    start = np.concatenate([[0], np.cumsum(sizes)])
    is_small = start[-1] <= np.iinfo(np.int32).max
    matrix = sp.csc_array(shape, dtype=np.float64)
    matrix.data, matrix.indices = seconds, row if is_small else row.astype(np.int64)
    matrix.indptr = start.astype(matrix.indices.dtype)
    return matrix


def to_nearest(
    network: WalkNetwork, posts: pd.DataFrame, speed_kmh: float, limit_s: float
) -> FloatArray:
    """Seconds from every node to the nearest post, infinite where none is within the limit."""
    if not compiled():
        return _scipy.to_nearest(network, posts, speed_kmh, limit_s)[0]
    from ..network import _kernels

    seed, seed_s = seeds(network, posts, speed_kmh)
    seconds, *waiting, _, _ = _kernels.new_workspace(network.n_nodes)
    _kernels.search(
        *network.arcs.unsigned, seed.ravel(), seed_s.ravel(), limit_s, seconds, *waiting
    )
    node_s: FloatArray = seconds
    return node_s


def which_nearest(
    network: WalkNetwork, posts: pd.DataFrame, speed_kmh: float
) -> tuple[FloatArray, IntArray]:
    """Seconds from every node to the nearest post, and the first of the posts equally near.

    The number of posts stands where none can be reached.
    """
    if not compiled():
        return _scipy.to_nearest(network, posts, speed_kmh, np.inf)
    from ..network import _kernels

    node_s = to_nearest(network, posts, speed_kmh, np.inf)
    seed, seed_s = seeds(network, posts, speed_kmh)
    label = np.full(network.n_nodes, len(posts))
    post, end = np.nonzero(np.isfinite(seed_s) & (seed_s == node_s[seed]))
    np.minimum.at(label, seed[post, end], post)
    order = np.argsort(node_s, kind="stable")[: np.isfinite(node_s).sum()]
    _kernels.spread_labels(order, *network.arcs.unsigned, node_s, label)
    return node_s, label


def doors_nearest(
    network: WalkNetwork, doors: pd.DataFrame, posts: pd.DataFrame, speed_kmh: float, k: int
) -> tuple[FloatArray, IntArray]:
    """Seconds to the `k` nearest posts of each door, and which they are; both (doors, k).

    The number of posts stands where fewer are reached.
    """
    if not compiled():
        return _scipy.doors_nearest(network, doors, posts, speed_kmh, k)
    from ..network import _kernels

    seed, seed_s = seeds(network, posts, speed_kmh)
    node_s, node_post = _no_posts(network.n_nodes, k, len(posts))
    _kernels.nodes_nearest(*network.arcs.unsigned, seed, seed_s, node_s, node_post)
    door, post, along_s = on_one_edge(network, doors, posts, speed_kmh)
    pair_start = np.searchsorted(door, np.arange(len(doors) + 1))
    best_s, best = _no_posts(len(doors), k, len(posts))
    u, v, by_u_s, by_v_s = by_either_end(network, doors, speed_kmh)
    _kernels.doors_nearest(
        node_s, node_post, u, v, by_u_s, by_v_s, pair_start, post, along_s, best_s, best
    )
    return best_s, best


def _in_blocks(network: WalkNetwork, seed: SeedArray, search: Callable[..., Found]) -> Found:
    """Search from all posts, block by block, what is found joined in the order of the posts.

    Besides the result there is never more than what one block found.
    """
    from ..network import _kernels

    size, ends = np.zeros(len(seed), np.int64), 0
    index, seconds = np.empty(0, np.int32), np.empty(0)
    for first in range(0, len(seed), BLOCK):
        block = np.arange(first, min(first + BLOCK, len(seed)))
        found = _in_chunks(network, block[np.argsort(seed[block, 0], kind="stable")], search)
        for chunk, (begin, _, _) in found:
            size[chunk] = np.diff(begin)
        start = np.zeros(len(seed), np.int64)
        start[block] = ends + np.cumsum(size[block]) - size[block]
        ends += int(size[block].sum())
        # where they stand if they can stay: large arrays grow without being copied
        index.resize(ends, refcheck=False)
        seconds.resize(ends, refcheck=False)
        for chunk, (begin, chunk_index, chunk_seconds) in found:
            _kernels.put(begin, chunk_index, chunk_seconds, start[chunk], index, seconds)
    return size, index, seconds


def _in_chunks(
    network: WalkNetwork, order: IntArray, search: Callable[..., Found]
) -> list[tuple[IntArray, Found]]:
    """Search from some posts, chunk by chunk, on as many threads as it may use.

    Neighbours are searched one after another, for what one search has read is still at hand for
    the next: on a city that halves the time.
    """
    from ..network import _kernels

    arcs = network.arcs
    chunks = [order[first : first + CHUNK] for first in range(0, len(order), CHUNK)]

    def one(chunk: IntArray) -> Found:
        try:
            workspace = arcs.workspaces.pop()
        except IndexError:
            workspace = _kernels.new_workspace(network.n_nodes)
        begin, index, seconds = search(chunk, arcs.unsigned, workspace)
        found = begin, index[: begin[-1]].copy(), seconds[: begin[-1]].copy()
        # only now: another thread may take the work memory and write over it at once
        arcs.workspaces.append((*workspace[:-2], index, seconds))
        return found

    if len(chunks) == 1:
        return [(chunks[0], one(chunks[0]))]
    with ThreadPoolExecutor(threads()) as pool:
        return list(zip(chunks, pool.map(one, chunks), strict=True))


def _by_node(
    network: WalkNetwork, row: IntArray, doors: pd.DataFrame, speed_kmh: float
) -> tuple[npt.NDArray[np.uint64], tuple[Any, ...]]:
    """Doors as `_kernels.doors_within` takes them; first where the doors of each edge are."""
    edge = doors["edge"].to_numpy(np.int64)
    u, v, *by_end_s = by_either_end(network, doors, speed_kmh)
    door = np.lexsort([edge, u])
    begin = np.flatnonzero(np.diff(edge[door], prepend=-1))
    end = np.append(begin, len(door))[1:]
    of_edge = np.zeros((network.n_edges, 2), np.uint64)
    of_edge[edge[door[begin]]] = np.column_stack([begin, end])
    # a loop meets its node once
    is_side = u[door[begin]] != v[door[begin]]
    sides = np.column_stack([u[door[begin]], begin, end])[is_side]
    tip, across_s = v[door[begin]][is_side], np.full(network.n_nodes, -np.inf)
    np.maximum.at(across_s, tip, network.edge_forward_s[edge[door[begin]]][is_side])
    by_tip = np.argsort(tip, kind="stable")
    return of_edge, (
        _begins(u, network.n_nodes),
        across_s,
        _begins(tip, network.n_nodes),
        sides[by_tip].astype(np.uint32),
        row.astype(np.int32)[door],
        v.astype(np.uint32)[door],
        np.column_stack(by_end_s)[door],
        network.shares(doors)[door],
        access_seconds(doors, speed_kmh)[door],
    )


def _begins(node: IntArray, n_nodes: int) -> npt.NDArray[np.uint64]:
    """Where the rows of each node begin, and end, once they are sorted by node."""
    size = np.bincount(node, minlength=n_nodes)
    return np.concatenate([[0], np.cumsum(size)]).astype(np.uint64)


def _no_posts(rows: int, k: int, n_posts: int) -> tuple[FloatArray, IntArray]:
    return np.full((rows, k), np.inf), np.full((rows, k), n_posts)
