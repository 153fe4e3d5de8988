"""Read a street graph that OSMnx saved as GraphML: streets only.

Such a file holds no building, no water, no railway and no name of a place: residents and posts must
come from files of their own, and nothing keeps a step from door to street from crossing a river.
Have OSMnx download it with `network_type="walk"`: what a graph for cars leaves out is not here.
"""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError as UnknownCRSError

from ..errors import CRSError, SourceError, one_message
from ..given_files import check_file
from .osm import AREA_TAGS, LINE_TAGS, NODE_TAGS, PLACE_TAGS, WAY_TAGS, OsmExtract, file_sha256

CAUTIOUS = ("no", "private", "steps")
"""Where OSMnx merged streets into one edge and they differ, these values count, else the first."""

SAME_PLACE_DEGREES = 1e-7
"""Two directions of a street have the same shape if their coordinates agree to this."""

Lines = npt.NDArray[np.object_]


def read_graphml(path: Path) -> OsmExtract:
    """Read a GraphML file as OSMnx writes it, in any CRS.

    Each street is one way from node to node, walked both ways; the two directions of a graph are
    one street. Ids of nodes between are made up, and negative. The date of the data is empty: the
    file does not hold it (the date in it is that of the download).

    Raises
    ------
    SourceError
        The file is missing, is no GraphML, or is no street graph: all problems in one message.
    CRSError
        The graph has no CRS, or one that is not known.
    """
    graph = _graph(path)
    edges = [(u, v, tags) for u, v, tags in graph.edges(data=True) if u != v or "geometry" in tags]
    lines = _lines(graph, edges, path)
    tags = _one_each(edges, lines)
    lines = lines[list(tags)]
    ways = pd.DataFrame(list(tags.values()), columns=["way_id", *WAY_TAGS])
    ends = [edges[i][:2] for i in tags]
    turned = np.array([_is_true(edges[i][2].get("reversed")) for i in tags], dtype=bool)
    lines[turned] = shapely.reverse(lines[turned])
    ends = [(v, u) if back else (u, v) for (u, v), back in zip(ends, turned, strict=True)]
    start = np.concatenate([[0], np.cumsum(shapely.get_num_coordinates(lines))]).astype(np.int64)
    ref = -1 - np.arange(start[-1], dtype=np.int64)
    ref[start[:-1]], ref[start[1:] - 1] = np.array(ends, dtype=np.int64).T
    return OsmExtract(
        name=path.name,
        sha256=file_sha256(path),
        osm_date="",
        ways=ways,
        way_start=start,
        node_ref=ref,
        node_lonlat=shapely.get_coordinates(lines),
        node_tags=_barriers(graph),
        areas=_nothing(AREA_TAGS),
        lines=_nothing(LINE_TAGS),
        points=_nothing(PLACE_TAGS),
        defects=pd.DataFrame(columns=["osm_id", "name", "problem"], dtype=object),
    )


def _graph(path: Path) -> Any:
    check_file(path, advice="give a graph that `osmnx.save_graphml` wrote")
    import networkx as nx

    try:
        graph = nx.read_graphml(path, force_multigraph=True)
    except (ParseError, nx.NetworkXException, ValueError, LookupError, TypeError) as error:
        raise SourceError(
            f"{path}: cannot be read as GraphML ({error}); give a graph that "
            "`osmnx.save_graphml` wrote"
        ) from error
    problems = []
    if not graph.number_of_edges():
        problems.append("holds no street; download another area")
    if odd := [node for node in graph if not _is_id(node)]:
        problems.append(
            f"{len(odd)} node ids are no integers (such as {odd[0]!r}); give a graph of OSMnx"
        )
    if lost := [node for node, tags in graph.nodes(data=True) if not _has_place(tags)]:
        problems.append(
            f"{len(lost)} nodes have no `x` and `y` (such as {lost[0]!r}); give a graph of OSMnx"
        )
    if problems:
        raise SourceError(one_message(str(path), problems))
    return nx.relabel_nodes(graph, int)


def _is_id(node: str) -> bool:
    return len(node) < 20 and node.removeprefix("-").isdecimal() and abs(int(node)) < 2**63


def _has_place(tags: Mapping[str, Any]) -> bool:
    try:
        return bool(np.isfinite([float(tags["x"]), float(tags["y"])]).all())
    except (KeyError, TypeError, ValueError):
        return False


def _lines(graph: Any, edges: list[tuple[int, int, dict[str, Any]]], path: Path) -> Lines:
    """Shape of each edge in degrees, from its first node to its second."""
    place = {node: (float(tags["x"]), float(tags["y"])) for node, tags in graph.nodes(data=True)}
    ends = shapely.linestrings([(place[u], place[v]) for u, v, _ in edges])
    drawn = shapely.from_wkt(
        [tags.get("geometry") or None for *_, tags in edges], on_invalid="ignore"
    )
    given = np.array([bool(tags.get("geometry")) for *_, tags in edges])
    is_line = shapely.get_type_id(drawn) == shapely.GeometryType.LINESTRING
    bent = given & ~(is_line & (shapely.get_num_coordinates(drawn) > 1))
    if bent.any():
        first = edges[int(np.flatnonzero(bent)[0])][:2]
        raise SourceError(
            f"{path}: the `geometry` of {bent.sum()} edges is no LineString (such as {first}); "
            "give a graph that `osmnx.save_graphml` wrote"
        )
    begins, ends_at = (shapely.get_point(ends, i) for i in (0, 1))
    backwards = given & (
        shapely.distance(shapely.get_point(drawn, 0), begins)
        > shapely.distance(shapely.get_point(drawn, 0), ends_at)
    )
    drawn[backwards] = shapely.reverse(drawn[backwards])
    lines = np.where(given, drawn, ends)
    to_degrees = Transformer.from_crs(_crs(graph, path), "EPSG:4326", always_xy=True)
    lonlat = shapely.transform(lines, to_degrees.transform, interleaved=False)
    west, south, east, north = shapely.total_bounds(lonlat)
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise CRSError(
            f"{path}: its coordinates are no places in its CRS ({graph.graph['crs']}); correct "
            "the CRS"
        )
    degrees: Lines = lonlat
    return degrees


def _crs(graph: Any, path: Path) -> CRS:
    given = graph.graph.get("crs")
    try:
        return CRS.from_user_input(given)
    except UnknownCRSError as error:
        problem = "has no CRS" if given is None else f"has a CRS that is not known ({given!r})"
        raise CRSError(f'{path}: {problem}; set `graph.graph["crs"]` and save it again') from error


def _one_each(
    edges: list[tuple[int, int, dict[str, Any]]], lines: Lines
) -> dict[int, tuple[Any, ...]]:
    """Position and tags of one edge of each street: the direction in which the way was drawn."""
    found: dict[tuple[Any, ...], int] = {}
    for i, ((u, v, tags), line) in enumerate(zip(edges, lines, strict=True)):
        xy = np.round(shapely.get_coordinates(line) / SAME_PLACE_DEGREES).astype(np.int64)
        street = min((u, v, xy.tobytes()), (v, u, xy[::-1].tobytes()))
        if street not in found or not _is_true(tags.get("reversed")):
            found[street] = i
    return {i: _row(edges[i][2]) for i in sorted(found.values())}


def _row(tags: Mapping[str, Any]) -> tuple[Any, ...]:
    ids = [text for text in _values(tags, "osmid") if _is_id(text)]
    return (int(ids[0]) if ids else 0, *(_value(tags, key) for key in WAY_TAGS))


def _value(tags: Mapping[str, Any], key: str) -> str:
    values = list(_values(tags, key))
    return next((value for value in CAUTIOUS if value in values), values[0] if values else "")


def _values(tags: Mapping[str, Any], key: str) -> Iterator[str]:
    """Values of a tag; a list where OSMnx merged streets, written as Python writes lists."""
    given = tags.get(key)
    values = [given]
    if isinstance(given, str) and given.startswith("[") and given.endswith("]"):
        try:
            values = list(ast.literal_eval(given))
        except (SyntaxError, ValueError, TypeError):
            values = [given]
    return (text for text in map(str, values) if text not in ("", "nan", "None"))


def _is_true(value: Any) -> bool:
    return str(value) == "True"


def _barriers(graph: Any) -> pd.DataFrame:
    found = {
        node: [_value(tags, key) for key in NODE_TAGS]
        for node, tags in graph.nodes(data=True)
        if "barrier" in tags
    }
    return pd.DataFrame.from_dict(found, orient="index", columns=list(NODE_TAGS))


def _nothing(keys: tuple[str, ...]) -> gpd.GeoDataFrame:
    index = pd.Index([], name="osm_id", dtype=object)
    table = pd.DataFrame({key: pd.Series(dtype=object) for key in keys}, index=index)
    return gpd.GeoDataFrame(table, geometry=[], crs="EPSG:4326")
