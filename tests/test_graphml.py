"""A graph that OSMnx saved is a source: streets only, the same streets as the network it is of."""

import json
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import osmnx
import pytest
import shapely
from pyproj import Transformer

from walkshed.errors import CRSError, SourceError
from walkshed.network import build_network, metric_crs
from walkshed.network.bridges import to_networkx
from walkshed.settings import SourceSettings
from walkshed.sources.choose import open_source
from walkshed.sources.graphml import read_graphml
from walkshed.sources.osm import read_osm

METRIC = "EPSG:32642"
HEAD = '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'


def graph_of(*, crs: str = "epsg:4326", **tags: Any) -> Any:
    """Two streets that meet: 1-2 straight, 2-3 bent, both in two directions."""
    graph = nx.MultiDiGraph(crs=crs, created_date="2026-01-01 10:00:00", simplified=True)
    to = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    place = {1: (71.37, 42.90), 2: (71.38, 42.90), 3: (71.38, 42.91)}
    for node, lonlat in place.items():
        x, y = to.transform(*lonlat)
        graph.add_node(node, x=x, y=y, street_count=1)
    bent = shapely.LineString(
        [to.transform(*lonlat) for lonlat in (place[2], (71.385, 42.905), place[3])]
    )
    common = {"highway": "residential", "maxspeed": "60", "oneway": False, **tags}
    graph.add_edge(1, 2, osmid=10, reversed=False, length=1.0, **common)
    graph.add_edge(2, 1, osmid=10, reversed=True, length=1.0, **common)
    graph.add_edge(2, 3, osmid=[11, 12], reversed=False, geometry=bent, **common)
    graph.add_edge(3, 2, osmid=[11, 12], reversed=True, geometry=bent.reverse(), **common)
    return graph


@pytest.fixture
def saved(tmp_path):
    def save(graph: Any, name: str = "Тараз қаласы.graphml") -> Path:
        path = tmp_path / name
        osmnx.save_graphml(graph, path)
        return path

    return save


def test_two_directions_are_one_street(saved) -> None:
    extract = read_graphml(saved(graph_of(name="Абая")))
    assert extract.ways["way_id"].tolist() == [10, 11]
    assert extract.ways["name"].tolist() == ["Абая", "Абая"]
    assert extract.way_start.tolist() == [0, 2, 5]
    assert extract.node_ref[[0, 1, 2, 4]].tolist() == [1, 2, 2, 3]
    assert extract.node_ref[3] < 0
    assert extract.node_lonlat[3].round(6).tolist() == [71.385, 42.905]


def test_what_a_graph_does_not_hold_is_empty(saved) -> None:
    extract = read_graphml(saved(graph_of()))
    assert extract.osm_date == "", "the date in the file is that of the download"
    for table in (extract.areas, extract.lines, extract.points):
        assert len(table) == 0
        assert table.crs == "EPSG:4326"
    assert repr(extract) == (
        "OsmExtract(Тараз қаласы.graphml, undated: 2 street ways, 0 buildings)"
    )


@pytest.mark.parametrize("crs", ["EPSG:4326", METRIC, "EPSG:3857", "EPSG:28412"])
def test_a_graph_in_any_crs_lies_where_it_lies(crs, saved) -> None:
    extract = read_graphml(saved(graph_of(crs=crs)))
    expected = read_graphml(saved(graph_of(), "other.graphml"))
    assert np.abs(extract.node_lonlat - expected.node_lonlat).max() < 1e-7


def test_parallel_streets_of_different_shape_stay_apart(saved) -> None:
    graph = graph_of()
    graph.add_edge(2, 3, osmid=13, highway="footway", reversed=False)
    assert read_graphml(saved(graph)).ways["way_id"].tolist() == [10, 11, 13]


def test_a_loop_is_kept(saved) -> None:
    graph = graph_of()
    ring = shapely.LineString([(71.38, 42.91), (71.39, 42.91), (71.39, 42.92), (71.38, 42.91)])
    graph.add_edge(3, 3, osmid=14, highway="footway", geometry=ring, reversed=False)
    graph.add_edge(3, 3, osmid=14, highway="footway", geometry=ring.reverse(), reversed=True)
    extract = read_graphml(saved(graph))
    assert extract.ways["way_id"].tolist() == [10, 11, 14]
    assert extract.node_ref[-1] == extract.node_ref[extract.way_start[2]] == 3


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("steps", "steps"),
        (["residential", "steps"], "steps"),
        (["footway", "path"], "footway"),
        ("[Abay]", "[Abay]"),
        ("[" * 500 + "]" * 500, "[" * 500 + "]" * 500),
    ],
)
def test_of_merged_streets_the_cautious_word_counts(value, read, saved) -> None:
    assert set(read_graphml(saved(graph_of(highway=value))).ways["highway"]) == {read}


def test_a_street_that_binds_walkers_keeps_its_direction(saved) -> None:
    graph = graph_of()
    graph.remove_edge(1, 2)
    graph.add_edge(
        2, 1, key=0, osmid=10, highway="footway", reversed=True, **{"oneway:foot": "yes"}
    )
    extract = read_graphml(saved(graph))
    network = build_network(extract, crs=METRIC, speed_kmh=4.8, steps_speed_kmh=2.4)
    one = int(np.flatnonzero(network.edge_way_id == 10)[0])
    from_to = network.node_ref[[network.edge_u[one], network.edge_v[one]]].tolist()
    there, back = network.edge_forward_s[one], network.edge_backward_s[one]
    assert (from_to, np.isfinite(there), np.isfinite(back)) in (
        ([1, 2], True, False),
        ([2, 1], False, True),
    )


def test_a_network_saved_by_osmnx_comes_back_whole(town_of, tmp_path, saved) -> None:
    extract = read_osm(town_of().write(tmp_path / "town.osm"))
    crs = metric_crs(extract.bounds)
    network = build_network(extract, crs=crs, speed_kmh=4.8, steps_speed_kmh=2.4)
    graph = osmnx.project_graph(to_networkx(network), to_crs="EPSG:4326")
    for *_, tags in graph.edges(data=True):
        tags["highway"] = "residential"
    again = build_network(read_graphml(saved(graph)), crs=crs, speed_kmh=4.8, steps_speed_kmh=2.4)
    assert (again.n_nodes, again.n_edges) == (network.n_nodes, network.n_edges)
    assert again.edge_length_m.sum() == pytest.approx(network.edge_length_m.sum(), abs=0.01)
    assert sorted(again.node_ref) == sorted(network.node_ref)


def test_a_study_s_graph_is_clipped(saved) -> None:
    path = saved(graph_of())
    opened = open_source(SourceSettings(graphml=path, bbox=(71.36, 42.89, 71.371, 42.901)))
    assert (opened.source, opened.extract.ways["way_id"].tolist()) == ("graphml", [10])


def test_a_study_of_a_graph_says_that_it_holds_streets_only(
    walkshed, write_study, saved, tmp_path
) -> None:
    saved(graph_of(), "graph.graphml")
    posts = (
        "id,kind,status,lat,lon,location_precision\na,precinct_point,existing,42.9,71.37,exact\n"
    )
    (tmp_path / "posts.csv").write_text(posts, encoding="utf-8")
    study = write_study(
        tmp_path, source={"graphml": "graph.graphml"}, posts={"registry": "posts.csv"}
    )
    ran = walkshed("run", study, "--out", tmp_path / "out")
    assert ran.code == 2
    assert "graph.graphml: " in ran.err
    assert "residents from another source (a graphml of OSMnx holds streets only)" in ran.err


# -- what is no graph ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "", "<html>no</html>", "{}", "<osm></osm>", "\x00",
        f"{HEAD}</graphml>", f'{HEAD}<graph edgedefault="directed">',
        f'{HEAD}<graph><node id="1"><data key="k">7</data></node></graph></graphml>',
    ],
)  # fmt: skip
def test_a_file_that_is_no_graphml_is_told(text, tmp_path) -> None:
    path = tmp_path / "мой граф.graphml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(SourceError, match=r"cannot be read as GraphML|holds no street") as caught:
        read_graphml(path)
    assert str(caught.value).startswith(f"{path}: ")


def test_an_extract_given_as_a_graph_is_told(tmp_path) -> None:
    monaco = Path(__file__).parents[1] / "data" / "monaco" / "monaco.osm.pbf"
    with pytest.raises(SourceError, match="cannot be read as GraphML"):
        read_graphml(monaco)


def test_a_missing_file_is_told(tmp_path) -> None:
    with pytest.raises(SourceError, match=r"none\.graphml: no such file"):
        read_graphml(tmp_path / "none.graphml")


def test_a_graph_without_crs_or_with_an_unknown_one_is_told(saved) -> None:
    graph = graph_of()
    del graph.graph["crs"]
    with pytest.raises(CRSError, match="has no CRS"):
        read_graphml(saved(graph))
    graph.graph["crs"] = "{{7*191}}"
    with pytest.raises(CRSError, match=r"not known \('\{\{7\*191\}\}'\)"):
        read_graphml(saved(graph))


def test_metres_called_degrees_are_told(saved) -> None:
    graph = graph_of(crs=METRIC)
    graph.graph["crs"] = "EPSG:4326"
    with pytest.raises(CRSError, match="no places in its CRS"):
        read_graphml(saved(graph))


def test_all_odd_nodes_are_told_at_once(saved) -> None:
    graph = graph_of()
    del graph.nodes[1]["x"]
    graph.nodes[2]["y"] = "nan"
    graph.add_node("перекрёсток", x=71.37, y=42.9)
    with pytest.raises(SourceError, match=r"2 problems\n  - 1 node ids .*\n  - 2 nodes have no"):
        read_graphml(saved(graph))


@pytest.mark.parametrize("shape", ["POINT (1 2)", "LINESTRING (1 2", "=1+1", "LINESTRING EMPTY"])
def test_an_edge_that_is_no_line_is_told(shape, saved) -> None:
    graph = graph_of()
    graph.edges[2, 3, 0]["geometry"] = shape
    with pytest.raises(SourceError, match=r"1 edges is no LineString \(such as \(2, 3\)\)"):
        read_graphml(saved(graph))


def test_a_graph_without_streets_is_told(saved) -> None:
    graph = graph_of()
    graph.remove_edges_from(list(graph.edges))
    with pytest.raises(SourceError, match="holds no street"):
        read_graphml(saved(graph))


def test_a_hostile_name_is_text(hostile_name, saved) -> None:
    extract = read_graphml(saved(graph_of(name=hostile_name)))
    assert json.dumps(extract.ways["name"].tolist()) == json.dumps([hostile_name] * 2)
