"""Bridges to OSMnx and GeoPandas: a `WalkNetwork` from a networkx graph, and back.

In: a graph as OSMnx makes it (nodes with `x` and `y`, `graph["crs"]`). Out: a `WalkNetwork`; or,
from a network, a graph that OSMnx can use, or two tables. Walking times come from the shape of
the streets and a walking speed, or from `walk_s` where a graph carries it: `speed_kph`,
`travel_time`, `maxspeed` and `oneway` tell about cars and are never read.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError as UnknownCRSError

from ..errors import CRSError, SourceError, one_message
from ..schemas import require_metric_crs
from ..standards import walking_profile
from . import _edge_tags
from ._edge_tags import Tags
from .build import metric_crs
from .graph import FloatArray, IntArray, WalkNetwork, texts

if TYPE_CHECKING:
    import networkx as nx

SAME_SHAPE_M = 0.001
"""Two edges have the same shape if their coordinates, rounded to this, are equal."""


def from_networkx(
    graph: "nx.Graph[int]",
    *,
    crs: str | None = None,
    speed_kmh: float | None = None,
    steps_speed_kmh: float | None = None,
) -> WalkNetwork:
    """Make a `WalkNetwork` of a networkx graph; a graph of OSMnx works as it is.

    What the graph holds is taken as walkable, both ways: have OSMnx download it with
    `network_type="walk"`. An edge from u to v and one from v to u of the same shape are the two
    directions of one street; edges that differ in shape stay apart. An edge without its opposite
    is walked both ways too, unless its tag `oneway:foot` binds walkers.

    Parameters
    ----------
    graph
        Nodes have integer ids, `x` and `y`; edges have a LineString as `geometry` or are straight.
        Read where present: `osmid`, `highway`, `name`, `lit`, `bridge`, `tunnel`, `footway`,
        `ford`, `oneway:foot`, each possibly a list (of ids and names the first is kept, of kinds
        the slowest), and what `to_networkx` writes. `length` is not read: shapes are measured.
    crs
        Metric CRS of the network. By default the graph's own or, where that is in degrees or in
        Web Mercator, the UTM zone of its middle.
    speed_kmh, steps_speed_kmh
        Walking speed along streets and along steps. By default `walk_s` of an edge counts, and
        edges without it are walked at the speeds of the profile "adult". If a speed is given,
        `walk_s` is not read; steps are then as much slower as an adult's, unless given too.

    Raises
    ------
    SourceError
        The graph has no edges, nodes without coordinates or with ids that are no integers, edges
        that are no lines, or a `walk_s` that is no time: all problems in one message.
    CRSError
        The graph has no CRS, or `crs` is not metric.

    Examples
    --------
    >>> import networkx as nx
    >>> graph = nx.MultiDiGraph(crs="EPSG:32642")
    >>> graph.add_node(1, x=0.0, y=0.0)
    >>> graph.add_node(2, x=80.0, y=0.0)
    >>> graph.add_edges_from([(1, 2, {"speed_kph": 60}), (2, 1, {"speed_kph": 60})])
    [0, 0]
    >>> network = from_networkx(graph)
    >>> network
    WalkNetwork(2 nodes, 1 edges, 0 km, EPSG:32642)
    >>> network.edge_forward_s.round(3).tolist()
    [60.0]
    """
    given_crs = _crs_of(graph)
    _refuse_odd_parts(graph)
    given_xy = np.array([(tags["x"], tags["y"]) for _, tags in graph.nodes(data=True)], float)
    target = crs or _metric_crs(given_crs, given_xy)
    _refuse_unmetric(target)
    to_metres = Transformer.from_crs(given_crs, CRS(target), always_xy=True)
    node_xy = np.column_stack(to_metres.transform(*given_xy.T))
    streets = sorted(_streets(_arcs(graph, given_xy, to_metres)), key=_place_in_order)
    shapes = [street.shape for street in streets]
    length_m = np.array([np.hypot(*np.diff(shape, axis=0).T).sum() for shape in shapes])

    def column(read: Callable[[Tags], Any], dtype: type = object) -> npt.NDArray[Any]:
        return np.array([read(street.tags) for street in streets], dtype=dtype)

    kind = column(_edge_tags.kind)
    times = np.array([street.walk_s for street in streets])
    if speed_kmh is not None or steps_speed_kmh is not None:
        times = np.where(np.isinf(times), np.inf, np.nan)
    measured_s = length_m / _metres_per_second(kind, speed_kmh, steps_speed_kmh)
    times = np.where(np.isnan(times), measured_s[:, None], times)
    return WalkNetwork(
        crs=target,
        node_ref=np.array(list(graph.nodes), dtype=np.int64),
        node_xy=node_xy,
        edge_u=np.array([street.u for street in streets], dtype=np.int32),
        edge_v=np.array([street.v for street in streets], dtype=np.int32),
        edge_length_m=length_m,
        edge_forward_s=times[:, 0].copy(),
        edge_backward_s=times[:, 1].copy(),
        edge_way_id=column(_edge_tags.way_id, np.int64),
        edge_class=texts(column(_edge_tags.road_class)),
        edge_name=texts(column(_edge_tags.name)),
        edge_kind=texts(kind),
        edge_lit=column(_edge_tags.is_lit, np.int8),
        edge_is_open=column(_edge_tags.is_open, np.bool_),
        xy=np.concatenate(shapes),
        xy_start=np.cumsum([0, *map(len, shapes)], dtype=np.int32),
    )


def to_networkx(network: WalkNetwork) -> "nx.MultiDiGraph[int]":
    """Make a graph after OSMnx's conventions; its functions can be used on it.

    Nodes: OSM id, `x`, `y`, `street_count`. Edges, one for each direction that can be walked:
    `osmid`, `length` (metres), `geometry` in their own direction, `reversed`, `oneway`, `name` and
    `lit` where known, `walk_s` (walking seconds), and for the way back `edge` (the edge's number,
    as in `snap`), `road_class`, `kind`, `is_open`. An edge that can be walked one way only has the
    tag `oneway:foot`.

    Examples
    --------
    >>> import networkx as nx
    >>> graph = nx.MultiGraph([(1, 2)], crs="EPSG:32642")
    >>> nx.set_node_attributes(graph, {1: 0.0, 2: 80.0}, "x")
    >>> nx.set_node_attributes(graph, 0.0, "y")
    >>> there_and_back = to_networkx(from_networkx(graph))
    >>> [(u, v, round(walk_s)) for u, v, walk_s in there_and_back.edges(data="walk_s")]
    [(1, 2, 60), (2, 1, 60)]
    """
    import networkx as nx

    graph: nx.MultiDiGraph[int] = nx.MultiDiGraph(crs=network.crs, simplified=True)
    ends = np.concatenate([network.edge_u, network.edge_v])
    count = np.bincount(ends, minlength=network.n_nodes)
    ids = network.node_ref.tolist()
    for ref, (x, y), streets in zip(ids, network.node_xy.tolist(), count.tolist(), strict=True):
        graph.add_node(ref, x=x, y=y, street_count=streets)
    ahead = _arc_attributes(network, network.edge_forward_s, network.edge_lines, is_reversed=False)
    back = _arc_attributes(
        network, network.edge_backward_s, shapely.reverse(network.edge_lines), is_reversed=True
    )
    arcs = zip(network.edge_u.tolist(), network.edge_v.tolist(), ahead, back, strict=True)
    for u, v, there, and_back in arcs:
        if np.isfinite(there["walk_s"]):
            graph.add_edge(ids[u], ids[v], **there)
        if np.isfinite(and_back["walk_s"]):
            graph.add_edge(ids[v], ids[u], **and_back)
    return graph


def to_geodataframes(network: WalkNetwork) -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
    """Nodes and edges as tables in the network's CRS.

    Returns
    -------
    nodes
        Index `node` (OSM id), geometry Point.
    edges
        One row a street, not a direction; index `edge`, the number that `snap` gives. `u` and `v`
        (ids of the ends), `length_m`, `forward_s` and `backward_s` (walking seconds from u to v
        and back, infinite where it cannot be walked), `way_id`, `road_class`, `kind`, `name`,
        `lit` (1 yes, 0 no, -1 unknown), `is_open`, geometry LineString from u to v.
    """
    ref = network.node_ref
    nodes = gpd.GeoDataFrame(
        geometry=shapely.points(network.node_xy), index=pd.Index(ref, name="node"), crs=network.crs
    )
    edges = gpd.GeoDataFrame(
        {
            "u": ref[network.edge_u],
            "v": ref[network.edge_v],
            "length_m": network.edge_length_m,
            "forward_s": network.edge_forward_s,
            "backward_s": network.edge_backward_s,
            "way_id": network.edge_way_id,
            "road_class": np.asarray(network.edge_class),
            "kind": np.asarray(network.edge_kind),
            "name": np.asarray(network.edge_name),
            "lit": network.edge_lit,
            "is_open": network.edge_is_open,
        },
        geometry=network.edge_lines,
        index=pd.RangeIndex(network.n_edges, name="edge"),
        crs=network.crs,
    )
    return nodes, edges


# --- from a graph: coordinates -------------------------------------------------------------------


def _crs_of(graph: "nx.Graph[int]") -> CRS:
    given = graph.graph.get("crs")
    if given is None:
        raise CRSError('the graph has no CRS; set `graph.graph["crs"]` (OSMnx does so by itself)')
    try:
        return CRS.from_user_input(given)
    except UnknownCRSError as error:
        raise CRSError(f"the graph's CRS {given!r} is not known; correct it") from error


def _metric_crs(given: CRS, xy: FloatArray) -> str:
    """Keep a CRS in which metres can be measured; replace any other by the UTM zone of the data."""
    try:
        _refuse_unmetric(given)
    except CRSError:
        to_degrees = Transformer.from_crs(given, CRS(4326), always_xy=True)
        lon, lat = to_degrees.transform(*xy.T)
        return metric_crs((min(lon), min(lat), max(lon), max(lat)))
    return given.to_string()


def _refuse_unmetric(crs: CRS | str) -> None:
    require_metric_crs(gpd.GeoDataFrame(geometry=[], crs=crs), "graph")


def _refuse_odd_parts(graph: "nx.Graph[int]") -> None:
    """Tell all that keeps a graph from being a network, with one example of each."""
    problems = []
    if not graph.number_of_edges():
        problems.append("holds no edge; download another area")
    if odd := [n for n in graph if not isinstance(n, int | np.integer)]:
        problems.append(
            f"{len(odd)} node ids are no integers (such as {odd[0]!r}); number them with "
            "`networkx.convert_node_labels_to_integers`"
        )
    if lost := [n for n, tags in graph.nodes(data=True) if not _has_place(tags)]:
        problems.append(f"{len(lost)} nodes have no `x` and `y` (such as {lost[0]!r}); add them")
    edges = list(graph.edges(data=True))
    if bent := [(u, v) for u, v, tags in edges if not _is_line(tags.get("geometry"))]:
        problems.append(f"the `geometry` of {len(bent)} edges is no LineString (such as {bent[0]})")
    if odd_s := [(u, v) for u, v, tags in edges if not _edge_tags.number(tags, "walk_s", 0.0) >= 0]:
        problems.append(
            f"`walk_s` of {len(odd_s)} edges is no time (such as {odd_s[0]}); where edges were "
            'merged use `edge_attr_aggs={"walk_s": sum}`, or remove it and give `speed_kmh`'
        )
    if problems:
        raise SourceError(one_message("graph", problems))


def _has_place(tags: Tags) -> bool:
    return bool(
        np.isfinite(_edge_tags.number(tags, "x", np.nan))
        and np.isfinite(_edge_tags.number(tags, "y", np.nan))
    )


def _is_line(geometry: Any) -> bool:
    return geometry is None or (
        isinstance(geometry, shapely.LineString) and len(geometry.coords) > 1
    )


# --- from a graph: directions and streets --------------------------------------------------------


@dataclass(frozen=True)
class _Arc:
    """One edge of a graph: from node to node (positions), shape in metres and in that order."""

    u: int
    v: int
    shape: FloatArray
    rounded: IntArray
    tags: Tags


@dataclass(frozen=True)
class _Street:
    """A street from node to node, `walk_s` ahead and back: not a number where nothing is known."""

    u: int
    v: int
    shape: FloatArray
    tags: Tags
    walk_s: tuple[float, float]


def _arcs(graph: "nx.Graph[int]", given_xy: FloatArray, to_metres: Transformer) -> Iterator[_Arc]:
    """Each edge with its shape in metres; `given_xy` are the nodes before they are projected.

    Undirected graphs may hold a shape that runs from v to u: it is turned.
    """
    position = {node: i for i, node in enumerate(graph)}
    edges = [(position[u], position[v], tags) for u, v, tags in graph.edges(data=True)]
    lines = np.array([tags.get("geometry") for *_, tags in edges], dtype=object)
    ends = given_xy[np.array([(u, v) for u, v, _ in edges])]
    straight = shapely.is_missing(lines)
    lines[straight] = shapely.linestrings(ends[straight])
    drawn = np.stack([shapely.get_coordinates(shapely.get_point(lines, i)) for i in (0, -1)], 1)
    turned = np.abs(drawn - ends[:, ::-1]).sum((1, 2)) < np.abs(drawn - ends).sum((1, 2))
    lines[turned] = shapely.reverse(lines[turned])
    xy, line = shapely.get_coordinates(lines, return_index=True)
    xy = np.column_stack(to_metres.transform(*xy.T))
    rounded = np.round(xy / SAME_SHAPE_M).astype(np.int64)
    start = np.searchsorted(line, np.arange(len(lines) + 1))
    for i, (u, v, tags) in enumerate(edges):
        part = slice(start[i], start[i + 1])
        yield _Arc(u, v, xy[part], rounded[part], tags)


def _streets(arcs: Iterator[_Arc]) -> Iterator[_Street]:
    """Join each arc with the one that runs back along the same shape."""
    ways: dict[Any, tuple[list[_Arc], list[_Arc]]] = defaultdict(lambda: ([], []))
    for arc in arcs:
        there = arc.u, arc.v, arc.rounded.tobytes()
        back = arc.v, arc.u, arc.rounded[::-1].tobytes()
        one, other = ways[_place_in_order(arc), min(there, back)]
        is_turned = len(one) > len(other) if there == back else back < there
        (other if is_turned else one).append(arc)
    for one, other in ways.values():
        for pair in zip_longest(one, other):
            yield _street(*(arc for arc in pair if arc is not None))


def _street(arc: _Arc, opposite: _Arc | None = None) -> _Street:
    """Make a street of one or two arcs; it runs as the OSM way does, where that is known."""
    if opposite and _edge_tags.is_true(arc.tags.get("reversed")):
        arc, opposite = opposite, arc
    ahead_s = _edge_tags.number(arc.tags, "walk_s", np.nan)
    back_s = _edge_tags.number(opposite.tags, "walk_s", np.nan) if opposite else ahead_s
    u, v, shape = arc.u, arc.v, arc.shape
    if _edge_tags.is_true(arc.tags.get("reversed")):
        u, v, shape, ahead_s, back_s = v, u, shape[::-1], back_s, ahead_s
    bound = _edge_tags.texts(arc.tags, "oneway:foot")
    walk_s = (np.inf if bound == ["-1"] else ahead_s, np.inf if bound == ["yes"] else back_s)
    return _Street(u, v, shape, arc.tags, walk_s)


def _place_in_order(arc: _Arc | _Street) -> float:
    """Number of the edge in the network that a graph was made of; last where there is none."""
    number = _edge_tags.number(arc.tags, "edge", np.inf)
    return np.inf if np.isnan(number) else number


def _metres_per_second(
    kind: npt.NDArray[np.object_], speed_kmh: float | None, steps_speed_kmh: float | None
) -> FloatArray:
    adult = walking_profile("adult")
    kmh = adult.speed_kmh.value if speed_kmh is None else speed_kmh
    if steps_speed_kmh is None:
        steps_speed_kmh = kmh * adult.steps_speed_kmh / adult.speed_kmh.value
    return np.where(kind == "steps", steps_speed_kmh, kmh) / 3.6


# --- to a graph ----------------------------------------------------------------------------------


def _arc_attributes(
    network: WalkNetwork,
    seconds: FloatArray,
    lines: npt.NDArray[np.object_],
    *,
    is_reversed: bool,
) -> Iterator[dict[str, Any]]:
    """What OSMnx expects of each edge in one direction, and what `from_networkx` needs."""
    one_way = np.isfinite(network.edge_forward_s) != np.isfinite(network.edge_backward_s)
    columns = {
        "osmid": network.edge_way_id,
        "length": network.edge_length_m,
        "walk_s": seconds,
        "oneway": one_way,
        "road_class": network.edge_class,
        "kind": network.edge_kind,
        "is_open": network.edge_is_open,
        "name": network.edge_name,
        "lit": network.edge_lit,
    }
    rows = zip(*(column.tolist() for column in columns.values()), strict=True)
    for number, (row, line) in enumerate(zip(rows, lines, strict=True)):
        attributes = dict(zip(columns, row, strict=True), edge=number, reversed=is_reversed)
        lit = attributes.pop("lit")
        if lit >= 0:
            attributes["lit"] = "yes" if lit else "no"
        if attributes["oneway"]:
            attributes["oneway:foot"] = "-1" if is_reversed else "yes"
        if not attributes["name"]:
            del attributes["name"]
        yield {**attributes, "geometry": line}
