"""Build a `WalkNetwork` from an `OsmExtract`.

Ways are cut where they end or meet; a bridge joins what it leads to and nothing that it crosses,
because only shared OSM nodes connect. What is added and cut before (obstacles, squares, sidewalks,
private yards) is told in the modules of those names.
"""

import math
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from ..errors import CRSError, SourceError
from ..schemas import require_metric_crs
from ..sources.osm import Streets
from ..sources.water import is_water
from .enclaves import Gates, without_through_traffic
from .graph import FloatArray, IntArray, WalkNetwork, texts
from .obstacles import with_obstacles
from .pedestrian import (
    PedestrianRules,
    gate_rules,
    obstacle_kinds,
    pedestrian_rules,
    road_class,
    walk_rules,
)
from .runs import Runs, project
from .sidewalks import with_step_offs
from .squares import square_ways, with_relations, with_squares

UTM_NORTH, UTM_SOUTH = 32600, 32700
"""EPSG codes of WGS 84 / UTM, less the number of the zone: zones are counted from 180 W."""

ZONE_DEGREES = 6

RAILWAYS = ("rail", "light_rail", "narrow_gauge")
RIVERS = ("river", "canal")
FENCES = ("fence", "wall", "city_wall", "retaining_wall", "hedge")
EDGE_TAGS = ["way_id", "highway", "name", "kind", "way", "lit", "bridge", "tunnel", "indoor"]


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
    zone = max(math.ceil((lon + 180) / ZONE_DEGREES), 1)
    return f"EPSG:{(UTM_NORTH if lat >= 0 else UTM_SOUTH) + zone}"


def build_network(
    extract: Streets,
    *,
    crs: str,
    speed_kmh: float,
    steps_speed_kmh: float,
    rules: PedestrianRules | None = None,
) -> WalkNetwork:
    """Build the walkable graph of an extract.

    A direction in which nobody may walk (`oneway:foot`, escalators) takes infinite seconds.
    Lines across squares and links from sidewalks to their streets bear the id, the name and the
    tags of the square and of the sidewalk; a square that is a relation bears its id as a negative
    number.

    Parameters
    ----------
    extract
        What `read_streets` or `read_osm` returns.
    crs
        Metric CRS of the result, see `metric_crs`.
    speed_kmh, steps_speed_kmh
        Walking speed along streets and along steps.
    rules
        Who may walk where, what `pedestrian_rules` returns; the standard table when left out.

    Raises
    ------
    SourceError
        No way of the extract can be walked.
    """
    require_metric_crs(gpd.GeoDataFrame(geometry=[], crs=crs), "the walking network")
    layout = lay_out(extract, crs=crs, rules=rules or pedestrian_rules())
    runs = layout.runs
    start, end = runs.cut()
    refs = np.concatenate([runs.ref[start], runs.ref[end]])
    ends, node_ref = pd.factorize(refs, sort=True)
    shape, shape_start = _shapes(start, end)
    edge_xy = runs.xy[shape]
    length_m = lengths_m(edge_xy, shape_start)
    tags = layout.ways[EDGE_TAGS].iloc[runs.way[start]]
    kind = tags["kind"].to_numpy(object)
    seconds = length_m / (np.where(kind == "steps", steps_speed_kmh, speed_kmh) / 3.6)
    node_xy = np.empty((len(node_ref), 2))
    node_xy[ends] = np.concatenate([runs.xy[start], runs.xy[end]])
    return WalkNetwork(
        crs=crs,
        node_ref=node_ref,
        node_xy=node_xy,
        edge_u=ends[: len(start)].astype(np.int32),
        edge_v=ends[len(start) :].astype(np.int32),
        edge_length_m=length_m,
        edge_forward_s=np.where(tags["way"] == "backward", np.inf, seconds),
        edge_backward_s=np.where(tags["way"] == "forward", np.inf, seconds),
        edge_way_id=tags["way_id"].to_numpy(np.int64),
        edge_class=texts(road_class(tags["highway"])),
        edge_name=texts(tags["name"]),
        edge_kind=texts(kind),
        edge_lit=_lit(tags["lit"]),
        edge_is_open=~_off_the_ground(tags),
        xy=edge_xy,
        xy_start=shape_start.astype(np.int32),
    )


@dataclass(frozen=True)
class Layout:
    """All that can be walked, before it is cut into edges.

    Attributes
    ----------
    ways
        The extract's ways, the pieces of them that are obstacles, and the squares that are
        relations, with the columns of `walk_rules`.
    gates
        The verdict of `gate_rules` on each barrier of the extract.
    drawn, with_squares, with_step_offs, runs
        The chains as they are drawn; with the lines across squares; with the links between
        sidewalks and streets; and without ways through private yards, which is the last word.
    """

    ways: pd.DataFrame
    gates: pd.Series
    drawn: Runs
    with_squares: Runs
    with_step_offs: Runs
    runs: Runs


def lay_out(extract: Streets, *, crs: str, rules: PedestrianRules) -> Layout:
    """Apply the rules to an extract; see `build_network`."""
    ways = pd.concat([extract.ways, walk_rules(extract.ways, rules=rules)], axis=1)
    if not (ways["walk"] == "open").any():
        raise SourceError(
            f"{extract.name}: holds no street that can be walked; give another extract"
        )
    nodes = extract.node_tags
    gates = gate_rules(nodes[nodes["barrier"] != ""], rules=rules)
    walkable = ways["walk"].isin(["open", "residents"]).to_numpy()
    drawn, keys = _chains(extract, walkable, gates, crs)
    ways, drawn = with_obstacles(ways, drawn, obstacle_kinds(nodes, rules=rules))
    ways, across = with_relations(ways, drawn, extract, crs=crs, rules=rules)
    square = square_ways(ways, across)
    ways.loc[square, "kind"] = "square"
    across = with_squares(across, square=square, places_max=rules.limits.square_places_max)
    linked = across
    if (ways["footway"] == "sidewalk").any():
        barriers = np.concatenate([find(extract, crs=crs) for find in (barrier_lines, fence_lines)])
        linked = with_step_offs(across, ways, limits=rules.limits, barriers=barriers)
    private_way = (ways["walk"] == "residents").to_numpy()
    runs = without_through_traffic(
        linked, keys, private_way=private_way, enclave_max_m=rules.limits.enclave_max_m
    )
    return Layout(ways, gates, drawn, across, linked, runs)


def barrier_lines(extract: Streets, *, crs: str) -> npt.NDArray[np.object_]:
    """Lines that nobody steps over on the way from a door to the street: rails and water.

    Railways and rivers that run in a tunnel are left out, and railways on a bridge: one walks
    below. Shores of lakes and wide rivers are the outlines of their areas, that of the sea is the
    coastline.
    """
    lines = extract.lines
    under = lines["tunnel"].isin(["yes", "culvert", "covered"])
    rails = lines["railway"].isin(RAILWAYS) & lines["bridge"].isin(["", "no"])
    shores = lines["waterway"].isin(RIVERS) | (lines["natural"] == "coastline")
    water = extract.areas.geometry[is_water(extract.areas)].to_crs(crs)
    found = [lines.geometry[(rails | shores) & ~under].to_crs(crs), water.boundary]
    parts: npt.NDArray[np.object_] = shapely.get_parts(
        np.concatenate([part.to_numpy() for part in found])
    )
    return parts


def fence_lines(extract: Streets, *, crs: str) -> npt.NDArray[np.object_]:
    """Walls, fences and hedges: what a leg from a door to the street goes around where it can.

    Their gates are often not mapped, least of all that of the house's own plot: so they turn a
    leg to another street, but shut nobody in, see `snap`.
    """
    lines = extract.lines.geometry[extract.lines["barrier"].isin(FENCES)].to_crs(crs)
    parts: npt.NDArray[np.object_] = shapely.get_parts(lines.to_numpy())
    return parts


def _chains(
    extract: Streets, walkable: npt.NDArray[np.bool_], gate: pd.Series, crs: str
) -> tuple[Runs, Gates]:
    """Every vertex of every walkable way, and the gates to which residents have the key.

    A chain is a way, or a part of it between closed gates: a closed gate is doubled, one copy ends
    a chain and the other begins the next, each with an id of its own, so nothing joins there.
    """
    way = np.repeat(np.arange(len(extract.ways)), np.diff(extract.way_start))
    closed = np.isin(extract.node_ref, gate.index[gate != "open"].to_numpy())
    vertex = np.repeat(np.arange(len(way)), np.where(closed, 2, 1))
    vertex = vertex[walkable[way[vertex]]]
    begins = np.diff(way[vertex], prepend=-1) != 0
    begins |= np.diff(vertex, prepend=-1) == 0
    lonely = begins & np.append(begins[1:], True)
    vertex, begins = vertex[~lonely], begins[~lonely]
    ref = extract.node_ref[vertex]
    at_gate = np.flatnonzero(closed[vertex])
    gate_ref = ref[at_gate]
    ref[at_gate] = copies = min(int(ref.min()), 0) - 1 - np.arange(len(at_gate))
    has_key = gate.reindex(gate_ref).to_numpy() == "residents"
    xy = project(extract.node_lonlat[vertex], crs)
    return Runs(begins, way[vertex], ref, xy), Gates(copies[has_key], gate_ref[has_key])


def _shapes(start: IntArray, end: IntArray) -> tuple[IntArray, IntArray]:
    """Vertices of each edge, both ends included, and where each edge's vertices start."""
    size = end - start + 1
    shape_start = np.concatenate([[0], np.cumsum(size)])
    within = np.arange(shape_start[-1]) - np.repeat(shape_start[:-1], size)
    return np.repeat(start, size) + within, shape_start.astype(np.int64)


def lengths_m(xy: FloatArray, start: IntArray) -> FloatArray:
    """Length along each edge's shape."""
    step = np.hypot(*np.diff(xy, axis=0, append=xy[-1:]).T)
    step[start[1:] - 1] = 0.0
    return np.add.reduceat(step, start[:-1])


def _off_the_ground(tags: pd.DataFrame) -> npt.NDArray[np.bool_]:
    tunnel = ~tags["tunnel"].isin(["", "no", "building_passage", "covered"])
    bridge = ~tags["bridge"].isin(["", "no"])
    indoors = (tags["indoor"] == "yes") | tags["highway"].isin(["corridor", "elevator"])
    return (tunnel | bridge | indoors).to_numpy()


def _lit(lit: pd.Series) -> npt.NDArray[np.int8]:
    return np.select([lit == "", lit == "no"], [-1, 0], 1).astype(np.int8)


def street_lines(network: WalkNetwork) -> gpd.GeoDataFrame:
    """Streets as lines for drawing: `road_class`, `name`, geometry in the network's CRS.

    Lines of sight across squares are walked, not drawn.

    Examples
    --------
    >>> import networkx as nx
    >>> graph = nx.Graph(crs="EPSG:32642")
    >>> graph.add_nodes_from([(1, {"x": 0, "y": 0}), (2, {"x": 400, "y": 0})])
    >>> graph.add_edge(1, 2, highway="primary", name="Tole bi")
    >>> street_lines(WalkNetwork.from_networkx(graph))
      road_class     name                 geometry
    0      major  Tole bi  LINESTRING (0 0, 400 0)
    """
    drawn = network.edge_kind != "square"
    return gpd.GeoDataFrame(
        {
            "road_class": np.asarray(network.edge_class[drawn]),
            "name": np.asarray(network.edge_name[drawn]),
        },
        geometry=network.edge_lines[drawn],
        crs=network.crs,
    )
