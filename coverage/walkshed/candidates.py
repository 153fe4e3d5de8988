"""Places where a post could stand: along streets, at least a spacing apart.

In: a `WalkNetwork` and areas where nothing may stand. Out: candidate sites as positions on edges,
junctions of main streets first; excluded ones stay in the table with their reason. Straight-line
metres apart, in the network's CRS.
"""

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from .network import WalkNetwork
from .sources.osm import OsmExtract

EXCLUDED_AREAS: Mapping[tuple[str, str], str] = {
    ("natural", "water"): "water",
    ("waterway", "riverbank"): "water",
    ("landuse", "reservoir"): "water",
    ("landuse", "basin"): "water",
    ("landuse", "cemetery"): "cemetery",
    ("amenity", "grave_yard"): "cemetery",
    ("landuse", "industrial"): "industry",
    ("landuse", "railway"): "railway land",
    ("landuse", "military"): "military",
    ("landuse", "quarry"): "quarry or landfill",
    ("landuse", "landfill"): "quarry or landfill",
}
RANK: Mapping[str, int] = {"major": 0, "minor": 1, "path": 2}


def exclusion_zones(extract: OsmExtract, *, crs: str) -> gpd.GeoDataFrame:
    """Areas where no post may stand, with the `reason` of each."""
    areas = extract.areas
    reason = pd.Series("", index=areas.index)
    for (key, value), why in EXCLUDED_AREAS.items():
        reason = reason.mask((areas[key] == value) & (reason == ""), why)
    chosen = areas[reason != ""]
    return gpd.GeoDataFrame(
        {"reason": reason[reason != ""]}, geometry=chosen.geometry, crs=areas.crs
    ).to_crs(crs)


def candidate_sites(
    network: WalkNetwork, *, spacing_m: float, island_max_m: float, exclusions: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Candidate sites along streets, at least `spacing_m` apart.

    Every place on an open street (no tunnel, no bridge, no island) has a site within the spacing
    plus half of it along the street, or an excluded one.

    Parameters
    ----------
    network
        The walkable graph.
    spacing_m
        Least straight-line distance between two sites.
    island_max_m
        Connected components with less street than this get no site.
    exclusions
        Polygons with a `reason`, see `exclusion_zones`.

    Returns
    -------
    GeoDataFrame
        Index `site_id` ("S1", "S2" ...); `edge`, `offset_m`, `access_m` (0), `status`
        ("snapped"), `road_class`, `near` (street name or ""), `exclude_reason` ("" where a post
        may stand), geometry Point in the network's CRS.
    """
    edge, offset_m, at_junction = _positions(network, spacing_m / 2, island_max_m)
    xy = network.position_xy(edge, offset_m)
    reason = _reason(xy, exclusions)
    rank = np.array([RANK[name] for name in network.edge_class[edge]])
    unnamed = network.edge_name[edge] == ""
    order = np.lexsort([xy[:, 1], xy[:, 0], unnamed, ~at_junction, rank, reason != ""])
    chosen = order[_spread(xy[order], spacing_m)]
    return gpd.GeoDataFrame(
        {
            "edge": edge[chosen],
            "offset_m": offset_m[chosen],
            "access_m": 0.0,
            "status": "snapped",
            "road_class": np.asarray(network.edge_class[edge[chosen]]),
            "near": np.asarray(network.edge_name[edge[chosen]]),
            "exclude_reason": reason[chosen],
        },
        index=pd.Index([f"S{i + 1}" for i in range(len(chosen))], name="site_id"),
        geometry=shapely.points(xy[chosen]),
        crs=network.crs,
    )


def _positions(
    network: WalkNetwork, step_m: float, island_max_m: float
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Both ends of every open edge and positions between them: edge, offset, at a junction."""
    usable = np.flatnonzero(network.edge_is_open & (network.component_length_m >= island_max_m))
    length_m = network.edge_length_m[usable]
    parts = np.maximum(np.ceil(length_m / step_m).astype(np.int64), 1)
    edge = np.repeat(usable, parts + 1)
    first = np.repeat(np.cumsum(parts + 1) - parts - 1, parts + 1)
    step = np.arange(len(edge)) - first
    share = step / np.repeat(parts, parts + 1)
    ends = np.concatenate([network.edge_u, network.edge_v])
    degree = np.bincount(ends, minlength=network.n_nodes)
    node = np.where(step == 0, network.edge_u[edge], network.edge_v[edge])
    at_end = (share == 0) | (share == 1)
    return edge, share * network.edge_length_m[edge], at_end & (degree[node] > 2)


def _reason(xy: npt.NDArray[np.float64], exclusions: gpd.GeoDataFrame) -> npt.NDArray[np.object_]:
    """Why nothing may stand at each place; "" where it may."""
    reason = np.full(len(xy), "", dtype=object)
    place, zone = exclusions.sindex.query(shapely.points(xy), predicate="intersects")
    reason[place] = exclusions["reason"].to_numpy(object)[zone]
    return reason


def _spread(xy: npt.NDArray[np.float64], spacing_m: float) -> npt.NDArray[np.int64]:
    """Take places in order, leaving out those nearer than the spacing to one taken before."""
    places = shapely.points(xy)
    tree = shapely.STRtree(places)
    nearer_m = spacing_m * (1 - 1e-9)
    free = np.ones(len(xy), dtype=bool)
    taken = []
    for i in range(len(xy)):
        if free[i]:
            taken.append(i)
            free[tree.query(places[i], predicate="dwithin", distance=nearer_m)] = False
    return np.array(taken, dtype=np.int64)
