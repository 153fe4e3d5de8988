"""Build a `WalkNetwork` from an `OsmExtract`.

Ways are cut where they end or meet; a bridge joins what it leads to and nothing that it crosses,
because only shared OSM nodes connect.
"""

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS, Transformer
from pyproj.aoi import AreaOfInterest
from pyproj.database import query_utm_crs_info

from ..errors import CRSError, SourceError
from ..sources.osm import OsmExtract
from .graph import FloatArray, IntArray, WalkNetwork
from .pedestrian import blocks_walkers, not_walkable_reason, road_class

RAILWAYS = ("rail", "light_rail", "narrow_gauge")
RIVERS = ("river", "canal")


def metric_crs(bounds: tuple[float, float, float, float]) -> str:
    """Choose the metric CRS of a city: the UTM zone of its middle.

    Lengths differ from those on the ground by at most 0.1 % inside a zone.

    Parameters
    ----------
    bounds
        West, south, east, north in degrees.

    Examples
    --------
    >>> metric_crs((71.2, 42.8, 71.6, 43.0))
    'EPSG:32642'

    Raises
    ------
    CRSError
        The bounds are no degrees.
    """
    west, south, east, north = bounds
    if not (-180 <= west <= east <= 180 and -80 <= south <= north <= 84):
        raise CRSError(f"{bounds}: not degrees between 80 S and 84 N; no metric CRS fits")
    lon, lat = (west + east) / 2, (south + north) / 2
    zone = query_utm_crs_info("WGS 84", AreaOfInterest(lon, lat, lon, lat))[0]
    return f"EPSG:{zone.code}"


def build_network(
    extract: OsmExtract, *, crs: str, speed_kmh: float, steps_speed_kmh: float
) -> WalkNetwork:
    """Build the walkable graph of an extract.

    Parameters
    ----------
    extract
        What `read_osm` returns.
    crs
        Metric CRS of the result, see `metric_crs`.
    speed_kmh, steps_speed_kmh
        Walking speed along streets and along steps.

    Raises
    ------
    SourceError
        No way of the extract can be walked.
    """
    walkable = (not_walkable_reason(extract.ways) == "").to_numpy()
    if not walkable.any():
        raise SourceError(
            f"{extract.name}: holds no street that can be walked; give another extract"
        )
    run, way, ref, lonlat = _vertices(extract, walkable)
    start, end = _cut(run, ref)
    node_ref, ends = np.unique(np.concatenate([ref[start], ref[end]]), return_inverse=True)
    xy = _project(lonlat, crs)
    shape, shape_start = _shapes(start, end)
    edge_xy = xy[shape]
    length_m = _lengths(edge_xy, shape_start)
    tags = extract.ways.iloc[way[start]]
    kmh = np.where(tags["highway"] == "steps", steps_speed_kmh, speed_kmh)
    seconds = length_m / (kmh / 3.6)
    node_xy = np.empty((len(node_ref), 2))
    node_xy[ends] = np.concatenate([xy[start], xy[end]])
    return WalkNetwork(
        crs=crs,
        node_ref=node_ref,
        node_xy=node_xy,
        edge_u=ends[: len(start)].astype(np.int64),
        edge_v=ends[len(start) :].astype(np.int64),
        edge_length_m=length_m,
        edge_forward_s=seconds,
        edge_backward_s=seconds,
        edge_way_id=tags["way_id"].to_numpy(np.int64),
        edge_class=road_class(tags["highway"]).to_numpy(object),
        edge_name=tags["name"].to_numpy(object),
        edge_kind=_kind(tags),
        edge_lit=_lit(tags["lit"]),
        edge_is_open=~_off_the_ground(tags),
        xy=edge_xy,
        xy_start=shape_start,
    )


def barrier_lines(extract: OsmExtract, *, crs: str) -> npt.NDArray[np.object_]:
    """Lines that nobody steps over on the way from a door to the street: rails and water.

    Railways and rivers that run in a tunnel are left out, and railways on a bridge: one walks
    below. Shores of lakes and wide rivers are the outlines of their areas.
    """
    lines = extract.lines.to_crs(crs)
    under = lines["tunnel"].isin(["yes", "culvert", "covered"])
    rails = lines["railway"].isin(RAILWAYS) & lines["bridge"].isin(["", "no"])
    rivers = lines["waterway"].isin(RIVERS)
    areas = extract.areas
    water = areas[(areas["natural"] == "water") | (areas["waterway"] == "riverbank")].to_crs(crs)
    found = [lines.geometry[(rails | rivers) & ~under], water.geometry.boundary]
    parts: npt.NDArray[np.object_] = shapely.get_parts(
        np.concatenate([part.to_numpy() for part in found])
    )
    return parts


def _vertices(
    extract: OsmExtract, walkable: npt.NDArray[np.bool_]
) -> tuple[IntArray, IntArray, IntArray, FloatArray]:
    """Every vertex of every walkable way: its run, its way, its OSM id, its coordinates.

    A run is a way, or a part of it between closed gates: a closed gate is doubled, one copy ends
    a run and the other begins the next, each with a negative id of its own, so nothing joins there.
    """
    way = np.repeat(np.arange(len(extract.ways)), np.diff(extract.way_start))
    gates = extract.node_tags.index[blocks_walkers(extract.node_tags)].to_numpy()
    is_gate = np.isin(extract.node_ref, gates)
    vertex = np.repeat(np.arange(len(way)), np.where(is_gate, 2, 1))
    vertex = vertex[walkable[way[vertex]]]
    is_copy = np.diff(vertex, prepend=-1) == 0
    run = np.cumsum((np.diff(way[vertex], prepend=-1) != 0) | is_copy)
    ref = extract.node_ref[vertex]
    at_gate = np.flatnonzero(is_gate[vertex])
    ref[at_gate] = -1 - np.arange(len(at_gate))
    return run, way[vertex], ref, extract.node_lonlat[vertex]


def _cut(run: IntArray, ref: IntArray) -> tuple[IntArray, IntArray]:
    """Cut runs at ends and junctions: first and last vertex of each edge."""
    _, inverse, count = np.unique(ref, return_inverse=True, return_counts=True)
    begins = np.diff(run, prepend=-1) != 0
    ends = np.append(begins[1:], True)
    nodes = np.flatnonzero((count[inverse] > 1) | begins | ends)
    same_run = run[nodes[:-1]] == run[nodes[1:]]
    return nodes[:-1][same_run], nodes[1:][same_run]


def _shapes(start: IntArray, end: IntArray) -> tuple[IntArray, IntArray]:
    """Vertices of each edge, both ends included, and where each edge's vertices start."""
    size = end - start + 1
    shape_start = np.concatenate([[0], np.cumsum(size)])
    within = np.arange(shape_start[-1]) - np.repeat(shape_start[:-1], size)
    return np.repeat(start, size) + within, shape_start.astype(np.int64)


def _lengths(xy: FloatArray, start: IntArray) -> FloatArray:
    """Length along each edge's shape."""
    step = np.hypot(*np.diff(xy, axis=0, append=xy[-1:]).T)
    step[start[1:] - 1] = 0.0
    return np.add.reduceat(step, start[:-1])


def _project(lonlat: FloatArray, crs: str) -> FloatArray:
    to_metres = Transformer.from_crs(CRS("EPSG:4326"), CRS(crs), always_xy=True)
    return np.column_stack(to_metres.transform(lonlat[:, 0], lonlat[:, 1]))


def _off_the_ground(tags: pd.DataFrame) -> npt.NDArray[np.bool_]:
    tunnel = ~tags["tunnel"].isin(["", "no", "building_passage", "covered"])
    bridge = ~tags["bridge"].isin(["", "no"])
    return (tunnel | bridge).to_numpy()


def _lit(lit: pd.Series) -> npt.NDArray[np.int8]:
    return np.select([lit == "", lit == "no"], [-1, 0], 1).astype(np.int8)


def _kind(tags: pd.DataFrame) -> npt.NDArray[np.object_]:
    """Tell what a walker meets on each way."""
    kind = np.where(road_class(tags["highway"]) == "path", "footway", "street").astype(object)
    kind[(tags["footway"] == "crossing") | (tags["path"] == "crossing")] = "crossing"
    kind[~tags["ford"].isin(["", "no"])] = "ford"
    kind[tags["highway"] == "steps"] = "steps"
    return kind


def street_lines(network: WalkNetwork) -> gpd.GeoDataFrame:
    """All edges as lines for drawing: `road_class`, `name`, geometry in the network's CRS."""
    return gpd.GeoDataFrame(
        {"road_class": network.edge_class, "name": network.edge_name},
        geometry=network.edge_lines,
        crs=network.crs,
    )
