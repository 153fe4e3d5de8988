"""Candidate sites: the user's list, public places and places along streets, none twice."""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from ..network import WalkNetwork
from .places import NO_PLACES
from .streets import crossing_streets, spread, street_places
from .words import why

NOT_SNAPPED: Mapping[str, str] = {
    "too_far": "no street near",
    "behind_barrier": "no street this side of a barrier",
}
"""Why a place that met no street is no site, by its `status`."""

_PLACE_COLUMNS = [column for column in NO_PLACES if column != "geometry"]
_POSITION = ["edge", "offset_m", "access_m"]


def candidate_sites(
    network: WalkNetwork,
    *,
    spacing_m: float,
    island_max_m: float,
    exclusions: gpd.GeoDataFrame,
    places: gpd.GeoDataFrame | None = None,
) -> gpd.GeoDataFrame:
    """Candidate sites, at least `spacing_m` apart.

    Of two places nearer than that the better kind stays: the user's, then public places, then
    junctions of streets, then places between. The user's own are never left out for each other.
    Every place on an open street (no tunnel, no bridge, no island) has a site within the spacing
    plus half of it along the street, or an excluded one.

    Parameters
    ----------
    network
        The walkable graph.
    spacing_m
        Least straight-line distance between two sites.
    island_max_m
        Connected components with less street than this get no site along their streets.
    exclusions
        Polygons with a `reason`, see `exclusion_zones`.
    places
        What `listed_places` and `public_places` give, the better first, in the network's CRS and
        with where they meet the street, as `snap` tells it.

    Returns
    -------
    GeoDataFrame
        Index `site_id` ("S1", "S2" ...), the better kinds first; `edge` (-1 where a place met no
        street), `offset_m`, `access_m`, `status` (as of `snap`);
        `kind` ("listed", "public_place", "junction", "street"); `place`, `name`, `owner`, `cost`
        and `listed_id` of places (see `NO_PLACES`); `road_class`, `near` (street name or "") and
        `crosses` (the other street of a junction); `why` it is a candidate, or the
        `exclude_reason` why nothing may stand there: always one of the two, and "" the other.
        Geometry Point in the network's CRS.
    """
    found = _of_places(network, places, exclusions)
    found = _spaced(found, spacing_m)
    taken = shapely.get_coordinates(found.geometry[found["exclude_reason"] == ""])
    along = _along_streets(network, spacing_m, island_max_m, exclusions, taken)
    sites = pd.concat([found, along], ignore_index=True) if len(found) else along
    sites.index = pd.Index([f"S{i + 1}" for i in range(len(sites))], name="site_id")
    return _told(sites)


def without_doubles(
    sites: gpd.GeoDataFrame, reached: Iterable[npt.NDArray[np.integer[Any]]]
) -> gpd.GeoDataFrame:
    """Exclude sites that reach just the doors that a site before them reaches.

    The user's own sites stay, whatever they reach: owner and cost may tell them apart. Sites that
    reach nobody stay too.

    Parameters
    ----------
    sites
        What `candidate_sites` returns, the better kinds first.
    reached
        For each site that is not excluded, in their order: positions of the doors within reach,
        ascending. They are read one by one; of each only a hash of 128 bits is kept.

    Returns
    -------
    GeoDataFrame
        The same rows; `exclude_reason` names the site that stands for a double.

    Examples
    --------
    >>> sites = gpd.GeoDataFrame({"kind": ["public_place", "street"], "why": ["school", "along"],
    ...     "exclude_reason": ""}, index=["S1", "S2"])
    >>> same = [np.array([0]), np.array([0])]
    >>> without_doubles(sites, same)["exclude_reason"].tolist()
    ['', 'reaches the same doors as S1']
    """
    first: dict[bytes, str] = {}
    doubles: dict[str, str] = {}
    possible = sites[sites["exclude_reason"] == ""]
    for site, kind, doors in zip(possible.index, possible["kind"], reached, strict=True):
        key = hashlib.blake2b(doors.astype(np.int64).tobytes(), digest_size=16).digest()
        same = first.setdefault(key, site)
        if doors.size and same != site and kind != "listed":
            doubles[site] = f"reaches the same doors as {same}"
    table = sites.copy()
    table.loc[list(doubles), "why"] = ""
    table.loc[list(doubles), "exclude_reason"] = list(doubles.values())
    return table


def _of_places(
    network: WalkNetwork, places: gpd.GeoDataFrame | None, exclusions: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Sites at places, with why nothing may stand there, if so."""
    if places is None or not len(places):
        return NO_PLACES.to_crs(network.crs).assign(exclude_reason="")
    edge = places["edge"].to_numpy(np.int64)
    snapped = edge >= 0
    reason = _reason(shapely.get_coordinates(places.geometry), exclusions)
    unmet = places["status"].map(NOT_SNAPPED).fillna("").to_numpy(object)
    return gpd.GeoDataFrame(
        {
            **{column: places[column].to_numpy() for column in [*_POSITION, *_PLACE_COLUMNS]},
            "status": places["status"].to_numpy(object),
            "road_class": np.where(snapped, np.asarray(network.edge_class[edge]), ""),
            "near": np.where(snapped, np.asarray(network.edge_name[edge]), ""),
            "crosses": "",
            "exclude_reason": np.where(reason == "", unmet, reason),
        },
        geometry=places.geometry.to_numpy(),
        crs=network.crs,
    )


def _spaced(found: gpd.GeoDataFrame, spacing_m: float) -> gpd.GeoDataFrame:
    """Exclude public places nearer than the spacing to a better one."""
    good = found["exclude_reason"] == ""
    listed, public = (
        np.flatnonzero(good & (found["kind"] == kind)) for kind in ("listed", "public_place")
    )
    xy = shapely.get_coordinates(found.geometry)
    kept = np.concatenate([listed, public[spread(xy[public], spacing_m, xy[listed])]]).astype(int)
    table = found.copy()
    for row in np.setdiff1d(public, kept):
        nearest = kept[np.hypot(*(xy[kept] - xy[row]).T).argmin()]
        table.loc[row, "exclude_reason"] = f"within {spacing_m:g} m of S{nearest + 1}"
    return table


def _along_streets(
    network: WalkNetwork,
    spacing_m: float,
    island_max_m: float,
    exclusions: gpd.GeoDataFrame,
    taken: npt.NDArray[np.float64],
) -> gpd.GeoDataFrame:
    """Sites along streets, away from the places taken; where something may stand comes first."""
    along = street_places(network, step_m=spacing_m / 2, island_max_m=island_max_m)
    reason = _reason(along.xy, exclusions)
    order = np.argsort(reason != "", kind="stable")
    chosen = order[spread(along.xy[order], spacing_m, taken)]
    edge, node = along.edge[chosen], along.node[chosen]
    near = np.asarray(network.edge_name[edge], dtype=object)
    crosses = crossing_streets(network, node, near.tolist())
    return gpd.GeoDataFrame(
        {
            "edge": edge,
            "offset_m": along.offset_m[chosen],
            "access_m": 0.0,
            "kind": np.where(node >= 0, "junction", "street").astype(object),
            "place": "",
            "name": "",
            "owner": "",
            "cost": float("nan"),
            "listed_id": "",
            "status": "snapped",
            "road_class": np.asarray(network.edge_class[edge], dtype=object),
            "near": near,
            "crosses": np.array(crosses, dtype=object),
            "exclude_reason": reason[chosen],
        },
        geometry=shapely.points(along.xy[chosen]),
        crs=network.crs,
    )


def _told(sites: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Add why each site that is not excluded is a candidate."""
    words = [
        "" if row["exclude_reason"] else why(row)
        for row in sites.drop(columns="geometry").to_dict("records")
    ]
    place = sites.columns.get_loc("exclude_reason")
    sites.insert(int(place), "why", pd.Series(words, index=sites.index, dtype=object))
    return sites


def _reason(xy: npt.NDArray[np.float64], exclusions: gpd.GeoDataFrame) -> npt.NDArray[np.object_]:
    """Why nothing may stand at each place; "" where it may. Of several reasons the first."""
    reason = np.full(len(xy), "", dtype=object)
    place, zone = exclusions.sindex.query(shapely.points(xy), predicate="intersects")
    first = np.lexsort([zone, place])
    first = first[np.diff(place[first], prepend=-1) != 0]
    reason[place[first]] = exclusions["reason"].to_numpy(object)[zone[first]]
    return reason
