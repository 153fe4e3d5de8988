"""Service areas for drawing: the ground beside the streets that reach a post in time.

In: a `WalkNetwork` and posts on it. Out: one polygon for each number of minutes, each inside the
next. The streets are cut exactly where the time is up; the ground beside them is a strip of a
fixed width, so the polygons are APPROXIMATE: they draw, nothing is counted from them.
"""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.sparse.csgraph import dijkstra
from shapely.ops import substring

from .network import WalkNetwork
from .travel_times import search_graph

STRIP_M = 40.0
"""Half the width of the strip drawn along a reached street."""

SIMPLIFY_M = 4.0
"""Tolerance to which outlines are simplified."""

FloatArray = npt.NDArray[np.float64]
Shapes = npt.NDArray[np.object_]


def service_areas(
    network: WalkNetwork, posts: pd.DataFrame, *, minutes: Sequence[int], speed_kmh: float
) -> gpd.GeoDataFrame:
    """Ground within each number of minutes of any post, approximately.

    Parameters
    ----------
    network
        The walkable graph.
    posts
        Positions, as `snap` gives them; those not snapped serve nothing.
    minutes
        Bands, in any order.
    speed_kmh
        Speed along the posts' access legs.

    Returns
    -------
    GeoDataFrame
        One row a band, in growing order; `minutes`, `approximate` (True), geometry MultiPolygon
        (empty where no post is snapped). Each band holds the one before.
    """
    bands = sorted(minutes)
    snapped = posts[posts["edge"] >= 0]
    if not len(snapped):
        areas = [shapely.MultiPolygon()] * len(bands)
    else:
        areas = _nested(_reached_by_band(network, snapped, bands, speed_kmh))
    return gpd.GeoDataFrame(
        {"minutes": bands, "approximate": True}, geometry=areas, crs=network.crs
    )


def _reached_by_band(
    network: WalkNetwork, posts: pd.DataFrame, bands: Sequence[int], speed_kmh: float
) -> list[Shapes]:
    """Street parts that each band adds."""
    graph = search_graph(network, posts, speed_kmh)
    sources = np.arange(network.n_nodes, graph.shape[0])
    to_node = dijkstra(graph, indices=sources, min_only=True, limit=bands[-1] * 60.0)
    before = np.zeros(network.n_edges)
    added = []
    for band in bands:
        from_u, from_v = _shares_reached(network, to_node, band * 60.0)
        whole = from_u + from_v >= 1
        new = network.edge_lines[whole & (before < 1)]
        part = np.flatnonzero(~whole & (from_u + from_v > 0))
        ends = [
            substring(network.edge_lines[i], start, end, normalized=True)
            for i in part
            for start, end in ((0, from_u[i]), (1 - from_v[i], 1))
            if end > start
        ]
        added.append(np.concatenate([new, _around(network, posts, band, speed_kmh), ends]))
        before = np.where(whole, 1.0, before)
    return added


def _shares_reached(
    network: WalkNetwork, to_node: FloatArray, limit_s: float
) -> tuple[FloatArray, FloatArray]:
    """Share of each edge that is in time by way of `edge_u`, and by way of `edge_v`."""
    left_u = np.clip(limit_s - to_node[network.edge_u], 0, None)
    left_v = np.clip(limit_s - to_node[network.edge_v], 0, None)
    back_s = np.maximum(network.edge_backward_s, 1e-9)
    ahead_s = np.maximum(network.edge_forward_s, 1e-9)
    return np.minimum(left_u / back_s, 1.0), np.minimum(left_v / ahead_s, 1.0)


def _around(network: WalkNetwork, posts: pd.DataFrame, band: int, speed_kmh: float) -> Shapes:
    """The part of each post's own edge that reaches the post directly."""
    edge = posts["edge"].to_numpy()
    left_s = np.clip(band * 60.0 - posts["access_m"].to_numpy() / (speed_kmh / 3.6), 0, None)
    m_per_s = network.edge_length_m[edge] / np.maximum(network.edge_forward_s[edge], 1e-9)
    reach_m = left_s * m_per_s
    offset_m = posts["offset_m"].to_numpy()
    parts = [
        substring(network.edge_lines[e], max(at - reach, 0.0), at + reach)
        for e, at, reach in zip(edge, offset_m, reach_m, strict=True)
        if reach > 0
    ]
    return np.array(parts, dtype=object)


def _nested(added: Sequence[Shapes]) -> list[shapely.MultiPolygon]:
    """Widen the street parts to strips; each band is united with the one before."""
    areas: list[shapely.MultiPolygon] = []
    area = shapely.MultiPolygon()
    for lines in added:
        strips = shapely.buffer(lines, STRIP_M, quad_segs=2)
        new = shapely.simplify(shapely.union_all(strips), SIMPLIFY_M)
        area = shapely.union(area, new)
        parts = [p for p in shapely.get_parts(area) if p.geom_type == "Polygon"]
        area = shapely.multipolygons(parts)
        areas.append(area)
    return areas
