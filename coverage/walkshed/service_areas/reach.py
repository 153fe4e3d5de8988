"""How long the walk to the posts takes from wherever a leg meets the street.

The same arithmetic as `travel_times`, for many places at once that all ask for the same posts.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..network import WalkNetwork
from ..network.graph import share_of
from ..network.snapping import Met
from ..travel_times import CUTOFF_TOLERANCE_S, node_seconds, seconds_to_nearest

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

POSTS_AT_ONCE = 64


@dataclass(frozen=True)
class Reach:
    """Walks to the nearest of some posts, up to a limit.

    Attributes
    ----------
    network
        The walkable graph.
    limit_s
        Longest walk, rounding allowed for; places farther away are not reached.
    m_per_s
        Speed along access legs.
    to_u_s, to_v_s
        Seconds to the nearest post from either end of each edge.
    u_post, v_post
        Which post that is, as a position among the posts.
    post_edge, post_share, post_access_s, post
        Posts in the order of their edges: share of the edge before each, seconds of its access
        leg, its position among the posts.
    """

    network: WalkNetwork
    limit_s: float
    m_per_s: float
    to_u_s: FloatArray
    to_v_s: FloatArray
    u_post: IntArray
    v_post: IntArray
    post_edge: IntArray
    post_share: FloatArray
    post_access_s: FloatArray
    post: IntArray

    def nearest(self, met: Met) -> tuple[IntArray, FloatArray, IntArray]:
        """Places that reach a post in time: which they are, seconds, and the nearest post."""
        at = np.flatnonzero(np.append(self.may_be_in_time, False)[met.edge])
        edge = met.edge[at].astype(np.int64)
        length_m = self.network.edge_length_m[edge]
        share = np.clip(met.offset_m[at] / np.where(length_m > 0, length_m, 1.0), 0.0, 1.0)
        by_u = self.to_u_s[edge] + share_of(share, self.network.edge_backward_s[edge])
        by_v = self.to_v_s[edge] + share_of(1 - share, self.network.edge_forward_s[edge])
        seconds = np.minimum(by_u, by_v)
        post = np.where(by_u <= by_v, self.u_post[edge], self.v_post[edge])
        self._walk_along(edge, share, seconds, post)
        seconds += met.access_m[at] / self.m_per_s
        soon = seconds <= self.limit_s
        return at[soon], seconds[soon], post[soon]

    @cached_property
    def _has_post(self) -> npt.NDArray[np.bool_]:
        has_post = np.zeros(self.network.n_edges, dtype=bool)
        has_post[self.post_edge] = True
        return has_post

    @cached_property
    def may_be_in_time(self) -> npt.NDArray[np.bool_]:
        """Edges from which a post may be reached in time."""
        ends_in_time = np.minimum(self.to_u_s, self.to_v_s) <= self.limit_s
        return ends_in_time | self._has_post

    def _walk_along(
        self, edge: IntArray, share: FloatArray, seconds: FloatArray, post: IntArray
    ) -> None:
        """Mend seconds and posts of places on an edge with posts: they walk along it."""
        place = np.flatnonzero(self._has_post[edge])
        first = np.searchsorted(self.post_edge, edge[place], side="left")
        count = np.searchsorted(self.post_edge, edge[place], side="right") - first
        for nth in range(int(count.max(initial=0))):
            here = place[count > nth]
            row = first[count > nth] + nth
            ahead = self.post_share[row] - share[here]
            pace_s = np.where(
                ahead >= 0,
                self.network.edge_forward_s[edge[here]],
                self.network.edge_backward_s[edge[here]],
            )
            along_s = np.abs(ahead) * pace_s + self.post_access_s[row]
            nearer = along_s < seconds[here]
            seconds[here[nearer]] = along_s[nearer]
            post[here[nearer]] = self.post[row[nearer]]


def reach_of_nearest(
    network: WalkNetwork, posts: pd.DataFrame, *, speed_kmh: float, cutoff_min: float
) -> Reach:
    """Walks to the nearest of snapped posts; does not tell which post that is."""
    limit_s = _limit_s(cutoff_min)
    to_node = seconds_to_nearest(network, posts, speed_kmh=speed_kmh, limit_s=limit_s)
    return _reach(network, posts, speed_kmh, limit_s, to_node, np.zeros(network.n_nodes, int))


def reach_with_posts(
    network: WalkNetwork, posts: pd.DataFrame, *, speed_kmh: float, cutoff_min: float
) -> Reach:
    """Walks to the nearest of snapped posts, and which it is; the first of those equally near."""
    limit_s = _limit_s(cutoff_min)
    to_node = np.full(network.n_nodes, np.inf)
    label = np.zeros(network.n_nodes, dtype=np.int64)
    for first in range(0, len(posts), POSTS_AT_ONCE):
        chunk = posts.iloc[first : first + POSTS_AT_ONCE]
        found = node_seconds(network, chunk, speed_kmh=speed_kmh, limit_s=limit_s)
        for column in range(len(chunk)):
            part = slice(found.indptr[column], found.indptr[column + 1])
            node, seconds = found.indices[part], found.data[part]
            nearer = seconds < to_node[node]
            to_node[node[nearer]] = seconds[nearer]
            label[node[nearer]] = first + column
    return _reach(network, posts, speed_kmh, limit_s, to_node, label)


def _limit_s(cutoff_min: float) -> float:
    """Longest walk in seconds, always finite: what is not reached at all is not in time."""
    return min(cutoff_min * 60 + CUTOFF_TOLERANCE_S, float(np.finfo(float).max))


def _reach(
    network: WalkNetwork,
    posts: pd.DataFrame,
    speed_kmh: float,
    limit_s: float,
    to_node: FloatArray,
    label: IntArray,
) -> Reach:
    edge = posts["edge"].to_numpy(np.int64)
    order = np.argsort(edge, kind="stable")
    length_m = network.edge_length_m[edge]
    share = posts["offset_m"].to_numpy(float) / np.where(length_m > 0, length_m, 1.0)
    access_s = posts["access_m"].to_numpy(float) / (speed_kmh / 3.6)
    return Reach(
        network=network,
        limit_s=limit_s,
        m_per_s=speed_kmh / 3.6,
        to_u_s=to_node[network.edge_u],
        to_v_s=to_node[network.edge_v],
        u_post=label[network.edge_u],
        v_post=label[network.edge_v],
        post_edge=edge[order],
        post_share=np.clip(share[order], 0.0, 1.0),
        post_access_s=access_s[order],
        post=order,
    )
