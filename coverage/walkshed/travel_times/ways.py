"""Ways as they are drawn: from a door to a post, and the streets within minutes of posts."""

from collections.abc import Sequence
from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy.sparse.csgraph import dijkstra

from ..network import WalkNetwork
from ._positions import FloatArray, IntArray, access_seconds, by_either_end, one_row, snapped
from ._scipy import search_graph
from .matrix import CUTOFF_TOLERANCE_S
from .nodes import Direction, seconds_to_nearest

SLIVER_M = 1e-6
"""Street parts shorter than this come from rounding and are not drawn."""

Piece = tuple[int, float, float]
Intervals = tuple[IntArray, FloatArray, FloatArray]


def walking_path(
    network: WalkNetwork, door: pd.Series, facility: pd.Series, *, speed_kmh: float
) -> shapely.LineString:
    """The quickest way on foot from a door to a facility, as a line.

    Parameters
    ----------
    network
        The walkable graph.
    door, facility
        One row of positions each: `doors.loc["d17"]`. Where the row holds a point as `geometry`,
        the straight access leg from or to it is part of the line.
    speed_kmh
        Speed along the access legs.

    Returns
    -------
    LineString
        In walking direction and the network's CRS; empty where there is no way.

    Examples
    --------
    Around a corner, from a door 10 m before it to a post 20 m behind it:

    >>> import networkx as nx
    >>> graph = nx.Graph([(1, 2), (2, 3)], crs="EPSG:32642")
    >>> xy = {1: (0, 0), 2: (100, 0), 3: (100, 100)}
    >>> nx.set_node_attributes(graph, {node: {"x": x, "y": y} for node, (x, y) in xy.items()})
    >>> streets = WalkNetwork.from_networkx(graph)
    >>> door = pd.Series({"edge": 0, "offset_m": 90.0, "access_m": 0.0})
    >>> post = pd.Series({"edge": 1, "offset_m": 20.0, "access_m": 0.0})
    >>> walking_path(streets, door, post, speed_kmh=4.8)
    <LINESTRING (90 0, 100 0, 100 20)>
    """
    start, end = one_row(door), one_row(facility)
    if start.empty or end.empty:
        return shapely.LineString()
    pieces = _pieces(network, start, end, speed_kmh)
    if not pieces:
        return shapely.LineString()
    legs = [_point(door), *(_coordinates(network, piece) for piece in pieces), _point(facility)]
    xy = np.concatenate(legs)
    moves = np.flatnonzero((np.diff(xy, axis=0) != 0).any(axis=1))
    return shapely.LineString(xy[np.append(moves, len(xy) - 1)] if len(moves) else xy[:2])


def reached_streets(
    network: WalkNetwork,
    facilities: pd.DataFrame,
    *,
    minutes: Sequence[float],
    speed_kmh: float,
    direction: Direction = "to",
) -> gpd.GeoDataFrame:
    """Streets within minutes of any facility, cut exactly where the time is up.

    Parameters
    ----------
    network
        The walkable graph.
    facilities
        Positions, as `snap` gives them; those not snapped reach nothing.
    minutes
        Bands, in any order; exactly at the limit is within.
    speed_kmh
        Speed along the facilities' access legs.
    direction
        "to" the facilities, as residents go, or "from" them.

    Returns
    -------
    GeoDataFrame
        One row for each part of a street, by band: `minutes` (the least band that holds it, so no
        part comes twice), `edge`, geometry LineString in the network's CRS.

    Examples
    --------
    A street of 400 m with a post at its beginning: 2 minutes reach 2 * 80 m, 5 minutes the rest:

    >>> import networkx as nx
    >>> graph = nx.Graph([(1, 2)], crs="EPSG:32642")
    >>> nx.set_node_attributes(graph, {1: {"x": 0, "y": 0}, 2: {"x": 400, "y": 0}})
    >>> street = WalkNetwork.from_networkx(graph)
    >>> post = pd.DataFrame({"edge": 0, "offset_m": 0.0, "access_m": 0.0}, index=["P1"])
    >>> parts = reached_streets(street, post, minutes=[2, 5], speed_kmh=4.8)
    >>> parts.assign(length_m=parts.length.round(3))[["minutes", "length_m"]].values.tolist()
    [[2.0, 160.0], [5.0, 240.0]]
    """
    streets = {"to": network, "from": network.turned}[direction]
    posts = snapped(facilities)[1]
    bands = sorted(minutes)
    limit_s = max(bands, default=0.0) * 60 + CUTOFF_TOLERANCE_S
    node_s = seconds_to_nearest(streets, posts, speed_kmh=speed_kmh, limit_s=limit_s)
    before: Intervals = (np.empty(0, np.int64), np.empty(0), np.empty(0))
    found = [before]
    for band in bands:
        reached = _reached(streets, node_s, posts, band * 60 + CUTOFF_TOLERANCE_S, speed_kmh)
        found.append(_covered(network, reached, before))
        before = _covered(network, reached)
    edge, begin, end = (np.concatenate(part) for part in zip(*found, strict=True))
    return gpd.GeoDataFrame(
        {"minutes": np.repeat(bands, [len(ring[0]) for ring in found[1:]]), "edge": edge},
        geometry=network.cut(edge, begin, end),
        crs=network.crs,
    )


def _pieces(
    network: WalkNetwork, door: pd.DataFrame, post: pd.DataFrame, speed_kmh: float
) -> list[Piece]:
    """Parts of edges that the quickest way walks, each from a share to a share; none: no way."""
    graph = search_graph(network, post, speed_kmh)
    source = np.array([network.n_nodes])
    (to_post,), (towards,) = dijkstra(graph, indices=source, return_predecessors=True)
    (u,), (v,), (by_u_s,), (by_v_s,) = by_either_end(network, door, speed_kmh)
    door_edge, post_edge = int(door["edge"].iloc[0]), int(post["edge"].iloc[0])
    (door_share,), (post_share,) = network.shares(door), network.shares(post)
    by_end_s = min(to_post[u] + by_u_s, to_post[v] + by_v_s)
    if door_edge == post_edge:
        access_s = access_seconds(door, speed_kmh)[0] + access_seconds(post, speed_kmh)[0]
        along_s = network.seconds_along(door, post)[0] + access_s
        if np.isfinite(along_s) and along_s <= by_end_s:
            return [(door_edge, door_share, post_share)]
    if np.isinf(by_end_s):
        return []
    by_u = to_post[u] + by_u_s <= to_post[v] + by_v_s
    nodes = [int(u if by_u else v)]
    while towards[nodes[-1]] != network.n_nodes:
        nodes.append(int(towards[nodes[-1]]))
    from_u_s, from_v_s = network.seconds_from_ends(post)
    ends = network.edge_u[post_edge], network.edge_v[post_edge]
    from_u = from_u_s[0] <= from_v_s[0] if ends[0] == ends[1] else nodes[-1] == ends[0]
    return [
        (door_edge, door_share, 0.0 if by_u else 1.0),
        *(_whole(network, here, there) for here, there in pairwise(nodes)),
        (post_edge, 0.0 if from_u else 1.0, post_share),
    ]


def _whole(network: WalkNetwork, here: int, there: int) -> Piece:
    """The quickest edge from a node to a neighbour, in walking direction."""
    arcs = network.arcs
    begin, end = arcs.start[there], arcs.start[there + 1]
    edge = int(arcs.edge[begin:end][arcs.head[begin:end] == here][0])
    return (edge, 0.0, 1.0) if network.edge_u[edge] == here else (edge, 1.0, 0.0)


def _coordinates(network: WalkNetwork, piece: Piece) -> FloatArray:
    """Shape of a part of an edge, from its first share to its second."""
    edge, begin, end = piece
    low, high = np.array([min(begin, end)]), np.array([max(begin, end)])
    xy: FloatArray = shapely.get_coordinates(network.cut(np.array([edge]), low, high))
    return xy if begin <= end else xy[::-1]


def _point(row: pd.Series) -> FloatArray:
    """Where a door or post stands itself, if the row tells."""
    xy: FloatArray = shapely.get_coordinates(row.get("geometry"))
    return xy


def _reached(
    network: WalkNetwork, node_s: FloatArray, posts: pd.DataFrame, limit_s: float, speed_kmh: float
) -> Intervals:
    """Parts of edges, as shares, within a limit: by either end, and beside the posts."""
    edges = np.arange(network.n_edges)
    by_u = _share_walked(limit_s - node_s[network.edge_u], network.edge_backward_s)
    by_v = _share_walked(limit_s - node_s[network.edge_v], network.edge_forward_s)
    at = posts["edge"].to_numpy(np.int64)
    share, left_s = network.shares(posts), limit_s - access_seconds(posts, speed_kmh)
    behind = _share_walked(left_s, network.edge_forward_s[at])
    ahead = _share_walked(left_s, network.edge_backward_s[at])
    edge = np.concatenate([edges, edges, at])
    begin = np.concatenate([np.zeros(len(edges)), 1 - by_v, np.maximum(share - behind, 0)])
    end = np.concatenate([by_u, np.ones(len(edges)), np.minimum(share + ahead, 1)])
    return edge, begin, end


def _share_walked(left_s: FloatArray, seconds: FloatArray) -> FloatArray:
    """Share of an edge that can be walked in the seconds left; all of it if it takes none."""
    left_s = np.maximum(left_s, 0.0)
    share = np.divide(left_s, seconds, out=np.ones(len(seconds)), where=seconds > 0)
    return np.where((left_s > 0) & (seconds < np.inf), np.minimum(share, 1.0), 0.0)


def _covered(
    network: WalkNetwork, reached: Intervals, before: Intervals | None = None
) -> Intervals:
    """Parts that some interval covers, overlaps joined; without what was covered before."""
    if before is not None:
        edge, begin, end = _covered(network, reached)
        without = (np.concatenate(part) for part in zip((edge, begin, end), before, strict=True))
        edge, begin, end = without
        step = np.repeat([1, -1], [len(edge) - len(before[0]), len(before[0])])
    else:
        edge, begin, end = reached
        step = np.ones(len(edge), dtype=int)
    at = np.concatenate([begin, end])
    step = np.concatenate([step, -step])
    edge = np.tile(edge, 2)
    order = np.lexsort([-step, at, edge])
    edge, at, depth = edge[order], at[order], np.cumsum(step[order])
    inside = depth > 0
    opens = np.flatnonzero(inside & ~np.append(False, inside[:-1]))
    closes = np.flatnonzero(~inside & np.append(False, inside[:-1]))
    edge, begin, end = edge[opens], at[opens], at[closes]
    long = (end - begin) * network.edge_length_m[edge] > SLIVER_M
    return edge[long], begin[long], end[long]
