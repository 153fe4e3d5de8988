"""Bridges: graphs of OSMnx in, graphs for OSMnx out, and nothing lost on the way."""

from dataclasses import fields
from pathlib import Path

import geopandas as gpd
import networkx as nx
import numpy as np
import osmnx
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from towns import (
    ADULT_KMH,
    CRS,
    DRAWN_M,
    MONACO,
    ORIGIN,
    STEPS_KMH,
    Edge,
    Town,
    drawings,
    grid_town,
    network_of,
    positions_of,
    spots,
)
from walkshed.errors import CRSError, SourceError
from walkshed.network import WalkNetwork, build_network, snap
from walkshed.network.bridges import from_networkx, to_geodataframes, to_networkx
from walkshed.sources.osm import read_osm
from walkshed.travel_times import nearest_facility

M_PER_S = ADULT_KMH / 3.6


@pytest.fixture(scope="module")
def monaco() -> WalkNetwork:
    extract = read_osm(MONACO)
    return build_network(extract, crs="EPSG:32632", speed_kmh=ADULT_KMH, steps_speed_kmh=STEPS_KMH)


@pytest.fixture(scope="module")
def monaco_graph(monaco) -> nx.MultiDiGraph:
    return to_networkx(monaco)


def osmnx_graph(town: Town, folder: Path, **how: bool) -> nx.MultiDiGraph:
    """Read a town as OSMnx does for walkers."""
    path = town.write(folder / "town.osm")
    return osmnx.graph_from_xml(path, bidirectional=True, retain_all=True, **how)


def line_graph(*edges: dict, crs: object = CRS, kind: type = nx.MultiDiGraph) -> nx.Graph:
    """Make a graph with node 1 at (0, 0), node 2 at (80, 0) and edges between them."""
    graph = kind(crs=crs)
    graph.add_node(1, x=0.0, y=0.0)
    graph.add_node(2, x=80.0, y=0.0)
    for edge in edges:
        tags = {key: value for key, value in edge.items() if key not in ("u", "v")}
        graph.add_edge(edge.get("u", 1), edge.get("v", 2), **tags)
    return graph


def minutes(network: WalkNetwork, doors: list, posts: list) -> np.ndarray:
    """Walk from each door to its nearest post, all given in metres of the network."""
    none = np.array([], dtype=object)
    at = [
        snap(
            network,
            gpd.GeoSeries(list(shapely.points(places)), crs=network.crs),
            snap_max_m=300,
            island_max_m=0,
            barriers=none,
        )
        for places in (doors, posts)
    ]
    return nearest_facility(network, *at, speed_kmh=ADULT_KMH)["minutes"].to_numpy()


def assert_equal(found: WalkNetwork, expected: WalkNetwork) -> None:
    for field in fields(WalkNetwork):
        mine, theirs = getattr(found, field.name), getattr(expected, field.name)
        if field.name == "crs":
            assert mine == theirs
        elif mine.dtype == float:
            np.testing.assert_allclose(mine, theirs, rtol=1e-12, err_msg=field.name)
        else:
            np.testing.assert_array_equal(mine, theirs, err_msg=field.name)


# -- there and back --------------------------------------------------------------------------------


def test_a_city_comes_back_from_networkx_as_it_went(monaco, monaco_graph) -> None:
    assert_equal(from_networkx(monaco_graph), monaco)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_random_towns_come_back_with_every_walk(data) -> None:
    nodes, edges = data.draw(drawings())
    network = network_of(nodes, edges)
    returned = from_networkx(to_networkx(network))
    assert_equal(returned, network)
    doors, posts = (
        positions_of(network, data.draw(spots(len(edges), min_size=1)), letter=letter)
        for letter in "dp"
    )
    before, after = (
        nearest_facility(one, doors, posts, speed_kmh=ADULT_KMH) for one in (network, returned)
    )
    np.testing.assert_allclose(after["minutes"], before["minutes"], rtol=1e-12)


def test_parallel_edges_of_one_shape_keep_their_own_seconds() -> None:
    slow_ahead = Edge(0, 1, slow_ahead=3.0, name="A")
    slow_back = Edge(1, 0, slow_ahead=2.0, name="B")
    network = network_of([(0, 0), (100, 0)], [slow_ahead, slow_back])
    assert_equal(from_networkx(to_networkx(network)), network)


def test_loops_come_back_as_one_edge_each() -> None:
    ring = ((100, 0), (100, 100))
    there_and_back = ((50, 50),)
    network = network_of([(0, 0)], [Edge(0, 0, ring), Edge(0, 0, there_and_back), Edge(0, 0)])
    assert_equal(from_networkx(to_networkx(network)), network)


@pytest.mark.parametrize("ahead", [True, False])
def test_a_street_closed_one_way_to_walkers_comes_back_closed(ahead) -> None:
    closed = {"slow_back" if ahead else "slow_ahead": np.inf}
    network = network_of([(0, 0), (100, 0)], [Edge(0, 1, **closed)])
    graph = to_networkx(network)
    assert list(graph.edges()) == [(1, 2) if ahead else (2, 1)]
    assert_equal(from_networkx(graph), network)


def test_graphml_loses_nothing_that_counts(monaco, monaco_graph, tmp_path) -> None:
    osmnx.save_graphml(monaco_graph, tmp_path / "monaco.graphml")
    returned = from_networkx(osmnx.load_graphml(tmp_path / "monaco.graphml"))
    assert_equal(returned, monaco)


# -- from OSMnx ------------------------------------------------------------------------------------


@pytest.mark.parametrize("simplify", [True, False])
@pytest.mark.parametrize("project", [True, False])
def test_a_graph_of_osmnx_gives_the_walks_of_our_own_network(simplify, project, tmp_path) -> None:
    town = grid_town()
    town.street((0, 0), (50, 40), (100, 0), name="Bend")
    graph = osmnx_graph(town, tmp_path, simplify=simplify)
    found = from_networkx(osmnx.project_graph(graph) if project else graph)
    own = town.network()
    assert found.crs == CRS
    assert found.edge_length_m.sum() == pytest.approx(own.edge_length_m.sum(), abs=1)
    x, y = ORIGIN
    doors = [(x + 30, y - 20), (x + 140, y + 110), (x + 290, y + 310)]
    post = [(x + 100, y + 210)]
    drawn_min = DRAWN_M * 10 / M_PER_S / 60
    np.testing.assert_allclose(
        minutes(found, doors, post), minutes(own, doors, post), atol=drawn_min
    )


def test_both_directions_are_one_edge_and_parallel_streets_stay_apart(tmp_path) -> None:
    town = Town()
    town.street((0, 0), (100, 0))
    town.street((0, 0), (50, 50), (100, 0))
    town.street((100, 0), (200, 0), (200, 100), (100, 0))
    town.street((0, 0), (-30, 0))
    found = from_networkx(osmnx_graph(town, tmp_path))
    assert sorted(found.edge_length_m.round()) == [30, 100, 141, 341]


def test_a_way_that_is_drawn_again_with_another_shape_stays_apart() -> None:
    bend = shapely.LineString([(80, 0), (40, 30), (0, 0)])
    found = from_networkx(line_graph({}, {"u": 2, "v": 1, "geometry": bend}))
    assert found.edge_length_m.tolist() == [80, 100]
    np.testing.assert_allclose(found.edge_forward_s, found.edge_backward_s)


def test_one_way_for_cars_is_walked_both_ways(tmp_path) -> None:
    town = Town()
    town.street((0, 0), (100, 0), oneway="yes")
    graph = osmnx.graph_from_xml(town.write(tmp_path / "town.osm"), retain_all=True)
    assert graph.number_of_edges() == 1
    found = from_networkx(graph)
    np.testing.assert_allclose(found.edge_backward_s, 100 / M_PER_S, rtol=1e-3)
    np.testing.assert_allclose(found.edge_forward_s, 100 / M_PER_S, rtol=1e-3)


@pytest.mark.parametrize(
    ("tag", "ahead_s", "back_s"), [("yes", 60, np.inf), ("-1", np.inf, 60), ("no", 60, 60)]
)
def test_one_way_for_walkers_binds_them(tag, ahead_s, back_s) -> None:
    both = ({"reversed": False}, {"u": 2, "v": 1, "reversed": True})
    for edges in (both, both[:1]):
        found = from_networkx(line_graph(*({**edge, "oneway:foot": tag} for edge in edges)))
        assert found.edge_u.tolist() == [0]
        assert found.edge_forward_s.round(9).tolist() == [ahead_s]
        assert found.edge_backward_s.round(9).tolist() == [back_s]


def test_speeds_of_cars_are_never_read(tmp_path) -> None:
    town = grid_town(maxspeed="60")
    graph = osmnx_graph(town, tmp_path)
    fast = osmnx.add_edge_travel_times(osmnx.add_edge_speeds(graph.copy()))
    assert all("travel_time" in tags for *_, tags in fast.edges(data=True))
    assert_equal(from_networkx(fast), from_networkx(graph))
    walk_s = from_networkx(fast).edge_forward_s.sum()
    assert walk_s == pytest.approx(24 * 100 / M_PER_S, rel=1e-3)


def test_edges_that_osmnx_merged_are_taken_as_the_slowest_of_their_parts(tmp_path) -> None:
    town = Town()
    town.way((0, 0), (100, 0), highway="footway", name="Up")
    stairs = town.way((100, 0), (150, 0), highway="steps", name="Stairs")
    town.way((150, 0), (200, 0), highway="residential", bridge="yes")
    graph = osmnx_graph(town, tmp_path)
    (tags,) = [tags for u, v, tags in graph.edges(data=True) if u < v]
    assert isinstance(tags["osmid"], list)
    assert isinstance(tags["highway"], list)
    found = from_networkx(graph)
    assert found.n_edges == 1
    assert found.edge_way_id[0] in tags["osmid"]
    assert stairs in tags["osmid"]
    assert found.edge_name[0] in ("Up", "Stairs")
    assert (found.edge_kind[0], found.edge_class[0], bool(found.edge_is_open[0])) == (
        "steps",
        "minor",
        False,
    )
    np.testing.assert_allclose(found.edge_forward_s, 2 * 200 / M_PER_S, rtol=1e-3)


def test_an_undirected_graph_may_draw_an_edge_from_its_last_node(tmp_path) -> None:
    bend = shapely.LineString([(80, 0), (0, 60), (0, 0)])
    found = from_networkx(line_graph({"geometry": bend}, kind=nx.MultiGraph))
    assert found.xy.tolist() == [[0, 0], [0, 60], [80, 0]]
    assert found.n_edges == 1
    graph = osmnx.convert.to_undirected(osmnx_graph(grid_town(), tmp_path))
    assert from_networkx(graph).n_edges == 20  # four corners are merged


def test_a_speed_that_is_given_replaces_the_seconds_of_the_graph() -> None:
    graph = line_graph({"walk_s": 10.0}, {"walk_s": 10.0, "highway": "steps", "osmid": 7})
    kept = from_networkx(graph)
    assert kept.edge_forward_s.tolist() == [10, 10]
    slow = from_networkx(graph, speed_kmh=2.4)
    assert slow.edge_forward_s.round(6).tolist() == [120, 240]
    stairs = from_networkx(graph, speed_kmh=4.8, steps_speed_kmh=1.2)
    assert stairs.edge_forward_s.round(6).tolist() == [60, 240]


# -- the CRS ---------------------------------------------------------------------------------------


def test_degrees_and_web_mercator_become_the_utm_zone(tmp_path) -> None:
    graph = osmnx_graph(grid_town(), tmp_path)
    assert from_networkx(graph).crs == CRS
    mercator = osmnx.project_graph(graph, to_crs="EPSG:3857")
    found = from_networkx(mercator)
    assert found.crs == CRS
    assert found.edge_length_m.sum() == pytest.approx(24 * 100, abs=24 * DRAWN_M)


def test_a_crs_may_be_chosen(tmp_path) -> None:
    graph = osmnx_graph(grid_town(), tmp_path)
    assert from_networkx(graph, crs="EPSG:32643").crs == "EPSG:32643"
    with pytest.raises(CRSError, match="degrees"):
        from_networkx(graph, crs="EPSG:4326")


@pytest.mark.parametrize("crs", [None, "EPSG:999999", "nonsense"])
def test_a_graph_without_a_crs_is_refused(crs) -> None:
    with pytest.raises(CRSError, match="the graph"):
        from_networkx(line_graph({}, crs=crs))


# -- what cannot be used ---------------------------------------------------------------------------


def test_everything_wrong_with_a_graph_is_told_at_once() -> None:
    graph = line_graph({"geometry": shapely.Point(0, 0)}, {"walk_s": [1.0, 2.0]})
    graph.add_node("a", x=0.0, y=1.0)
    graph.add_node(3)
    with pytest.raises(SourceError) as caught:
        from_networkx(graph)
    message = str(caught.value)
    assert "4 problems" in message
    for part in ("'a'", "convert_node_labels_to_integers", "`x` and `y`", "LineString", "walk_s"):
        assert part in message


@pytest.mark.parametrize("walk_s", [-1.0, float("nan"), "soon", [3.0]])
def test_seconds_that_are_no_time_are_refused(walk_s) -> None:
    with pytest.raises(SourceError, match="walk_s"):
        from_networkx(line_graph({"walk_s": walk_s}))


def test_a_graph_without_edges_is_refused() -> None:
    with pytest.raises(SourceError, match="no edge"):
        from_networkx(line_graph())


# -- to OSMnx and GeoPandas ------------------------------------------------------------------------


def test_osmnx_accepts_and_uses_our_graph(monaco, monaco_graph, tmp_path) -> None:
    graph = monaco_graph
    osmnx.convert.validate_graph(graph, strict=True)
    assert graph.graph["crs"] == monaco.crs
    nodes, edges = osmnx.graph_to_gdfs(graph)
    walked = np.isfinite([monaco.edge_forward_s, monaco.edge_backward_s]).sum()
    assert (len(nodes), len(edges)) == (monaco.n_nodes, walked)
    stats = osmnx.basic_stats(graph)
    assert stats["street_length_total"] == pytest.approx(monaco.edge_length_m.sum(), rel=0.02)
    x, y = monaco.node_xy.mean(axis=0)
    edge, metres = osmnx.nearest_edges(graph, x, y, return_dist=True)
    assert metres == pytest.approx(shapely.distance(monaco.edge_lines, shapely.Point(x, y)).min())
    assert edge in graph.edges
    osmnx.save_graph_geopackage(graph, tmp_path / "monaco.gpkg")
    lonlat = osmnx.project_graph(graph, to_latlong=True)
    assert from_networkx(lonlat).n_edges == monaco.n_edges


def test_shortest_paths_of_networkx_are_ours(monaco, monaco_graph) -> None:
    graph = monaco_graph.reverse()  # our walks lead to the post
    source = monaco.node_ref[0]
    seconds = nx.single_source_dijkstra_path_length(graph, source, weight="walk_s")
    edge = int(np.flatnonzero((monaco.edge_u == 0) | (monaco.edge_v == 0))[0])
    post = positions_of(monaco, [(edge, float(monaco.edge_v[edge] == 0), 0.0)], letter="p")
    ends = np.unique(monaco.edge_u, return_index=True)[1]
    doors = positions_of(monaco, [(i, 0.0, 0.0) for i in ends])
    found = nearest_facility(monaco, doors, post, speed_kmh=ADULT_KMH)["minutes"] * 60
    expected = [seconds.get(monaco.node_ref[monaco.edge_u[i]], np.inf) for i in ends]
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_geometry_runs_with_each_direction_and_streets_are_counted() -> None:
    network = network_of([(0, 0), (100, 0)], [Edge(0, 1, ((50, 20),)), Edge(1, 1, ((150, 0),))])
    graph = to_networkx(network)
    for u, v, tags in graph.edges(data=True):
        ends = [(graph.nodes[n]["x"], graph.nodes[n]["y"]) for n in (u, v)]
        assert [tags["geometry"].coords[0], tags["geometry"].coords[-1]] == ends
    assert dict(graph.nodes(data="street_count")) == {1: 1, 2: 3}


def test_tables_join_with_snapped_positions(monaco) -> None:
    nodes, edges = to_geodataframes(monaco)
    assert nodes.crs == edges.crs == monaco.crs
    assert nodes.index.tolist() == monaco.node_ref.tolist()
    np.testing.assert_allclose(edges.length, edges["length_m"])
    first = edges.iloc[0]
    assert nodes.geometry[first["u"]].coords[0] == first.geometry.coords[0]
    assert nodes.geometry[first["v"]].coords[0] == first.geometry.coords[-1]
    assert edges.index.name == "edge"
    assert edges.loc[[5, 9], "way_id"].tolist() == monaco.edge_way_id[[5, 9]].tolist()
