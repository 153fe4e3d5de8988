"""The search by scipy, where numba cannot be had: the same numbers, more slowly."""

import numpy as np
import pandas as pd
import scipy.sparse as sp
from scipy.sparse.csgraph import dijkstra

from ..network import WalkNetwork
from ._positions import FloatArray, IntArray, NodeArray, by_either_end, on_one_edge, seeds

CHUNK = 64
"""Facilities searched at once: bounds the memory, changes nothing in the result."""


def search_graph(network: WalkNetwork, facilities: pd.DataFrame, speed_kmh: float) -> sp.csr_array:
    """Arcs against the direction of walking, in seconds, for a search from the facilities.

    Nodes beyond `network.n_nodes` are the facilities, in order: sources only, their access legs
    counted. Of parallel edges the quickest is kept; what is closed has no arc.
    """
    arcs = network.arcs
    seed, seed_s = seeds(network, facilities, speed_kmh)
    is_open = np.isfinite(seed_s)
    seconds = np.concatenate([arcs.seconds, seed_s[is_open]])
    head = np.concatenate([arcs.head, seed[is_open].astype(np.int32)])
    start = np.concatenate([arcs.start, arcs.start[-1] + np.cumsum(is_open.sum(axis=1))])
    n = network.n_nodes + len(facilities)
    return sp.csr_array((seconds, head, start), shape=(n, n))


def from_each(
    network: WalkNetwork, posts: pd.DataFrame, speed_kmh: float, limit_s: float
) -> FloatArray:
    """Seconds from every node (columns) to a few posts (rows)."""
    graph = search_graph(network, posts, speed_kmh)
    sources = np.arange(network.n_nodes, graph.shape[0])
    to_post: FloatArray = dijkstra(graph, indices=sources, limit=limit_s)
    return to_post[:, : network.n_nodes]


def nodes_within(
    network: WalkNetwork, posts: pd.DataFrame, speed_kmh: float, limit_s: float
) -> tuple[IntArray, NodeArray, FloatArray]:
    """Count, nodes and seconds of the nodes within the limit of each post."""
    found: list[tuple[IntArray, NodeArray, FloatArray]] = [_NOTHING]
    for first in range(0, len(posts), CHUNK):
        to_post = from_each(network, posts.iloc[first : first + CHUNK], speed_kmh, limit_s)
        found.append(_by_row(to_post, limit_s))
    size, node, seconds = (np.concatenate(part) for part in zip(*found, strict=True))
    return size, node, seconds


def doors_within(
    network: WalkNetwork, doors: pd.DataFrame, posts: pd.DataFrame, speed_kmh: float, limit_s: float
) -> tuple[IntArray, NodeArray, FloatArray]:
    """Count, doors and seconds of the doors within the limit of each post."""
    found: list[tuple[IntArray, NodeArray, FloatArray]] = [_NOTHING]
    for first in range(0, len(posts), CHUNK):
        chunk = posts.iloc[first : first + CHUNK]
        found.append(_by_row(_door_seconds(network, doors, chunk, speed_kmh, limit_s), limit_s))
    size, door, seconds = (np.concatenate(part) for part in zip(*found, strict=True))
    return size, door, seconds


def to_nearest(
    network: WalkNetwork, posts: pd.DataFrame, speed_kmh: float, limit_s: float
) -> tuple[FloatArray, IntArray]:
    """Seconds from every node to the nearest post, and the first of the posts equally near."""
    graph = search_graph(network, posts, speed_kmh)
    sources = np.arange(network.n_nodes, graph.shape[0])
    seconds, _, source = dijkstra(
        graph, indices=sources, min_only=True, return_predecessors=True, limit=limit_s
    )
    label = np.where(np.isfinite(seconds), source - network.n_nodes, len(posts)).astype(np.int64)
    tail = np.repeat(np.arange(graph.shape[0]), np.diff(graph.indptr))
    tight = seconds[tail] + graph.data == seconds[graph.indices]
    tail, head = tail[tight], graph.indices[tight]
    while (label[tail] < label[head]).any():
        np.minimum.at(label, head, label[tail])
    return seconds[: network.n_nodes], label[: network.n_nodes]


def doors_nearest(
    network: WalkNetwork, doors: pd.DataFrame, posts: pd.DataFrame, speed_kmh: float, k: int
) -> tuple[FloatArray, IntArray]:
    """Seconds to the `k` nearest posts of each door, and which they are; both (doors, k)."""
    best_s = np.full((len(doors), k), np.inf)
    best = np.full((len(doors), k), len(posts), dtype=np.int64)
    for first in range(0, len(posts), CHUNK):
        chunk = posts.iloc[first : first + CHUNK]
        found_s = _door_seconds(network, doors, chunk, speed_kmh, np.inf).T
        post = np.broadcast_to(np.arange(first, first + len(chunk)), found_s.shape)
        seconds, post = np.hstack([best_s, found_s]), np.hstack([best, post])
        # stable: of posts equally near the earlier comes first
        order = np.argsort(seconds, axis=1, kind="stable")[:, :k]
        best_s = np.take_along_axis(seconds, order, axis=1)
        best = np.take_along_axis(post, order, axis=1)
    return best_s, best


def _door_seconds(
    network: WalkNetwork, doors: pd.DataFrame, posts: pd.DataFrame, speed_kmh: float, limit_s: float
) -> FloatArray:
    """Seconds from doors (columns) to a few posts (rows)."""
    to_post = from_each(network, posts, speed_kmh, limit_s)
    u, v, by_u_s, by_v_s = by_either_end(network, doors, speed_kmh)
    seconds = np.minimum(to_post[:, u] + by_u_s, to_post[:, v] + by_v_s)
    door, post, along_s = on_one_edge(network, doors, posts, speed_kmh)
    np.minimum.at(seconds, (post, door), along_s)
    return seconds


def _by_row(seconds: FloatArray, limit_s: float) -> tuple[IntArray, NodeArray, FloatArray]:
    near = (seconds <= limit_s) & np.isfinite(seconds)
    row, column = np.nonzero(near)
    size = np.bincount(row, minlength=len(seconds)).astype(np.int64)
    return size, column.astype(np.int32), seconds[row, column]


_NOTHING = (np.empty(0, np.int64), np.empty(0, np.int32), np.empty(0))
