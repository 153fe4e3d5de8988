"""Candidate sites: spaced, outside excluded areas, everywhere along the streets."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.distance import pdist

from towns import CRS, Edge, Town, drawings, network_of
from walkshed.candidates import candidate_sites, exclusion_zones

NOWHERE = gpd.GeoDataFrame({"reason": []}, geometry=[], crs=CRS)
COLUMNS = [
    "edge", "offset_m", "access_m", "status", "kind", "place", "name", "owner", "cost", "listed_id",
    "road_class", "near", "crosses", "why", "exclude_reason", "geometry",
]  # fmt: skip


def sites_of(network, *, spacing_m=400.0, island_max_m=0.0, exclusions=NOWHERE):
    return candidate_sites(
        network, spacing_m=spacing_m, island_max_m=island_max_m, exclusions=exclusions
    )


def excluded(*shapes, reason="water"):
    return gpd.GeoDataFrame({"reason": [reason] * len(shapes)}, geometry=list(shapes), crs=CRS)


def xy(sites):
    return np.column_stack([sites.geometry.x, sites.geometry.y])


def grid(blocks=4, block_m=100.0, **kinds):
    line = range(blocks + 1)
    nodes = [(x * block_m, y * block_m) for y in line for x in line]
    edges = []
    for y in line:
        for x in line:
            at = y * (blocks + 1) + x
            if x < blocks:
                edges.append(Edge(at, at + 1, **kinds))
            if y < blocks:
                edges.append(Edge(at, at + blocks + 1, **kinds))
    return network_of(nodes, edges)


def test_a_street_of_800_m_has_sites_every_400_m():
    sites = sites_of(network_of([(0, 0), (800, 0)], [Edge(0, 1)]))
    assert sorted(sites.geometry.x.round(6)) == [0, 400, 800]
    assert list(sites.index) == ["S1", "S2", "S3"]
    assert sites.index.name == "site_id"


def test_sites_are_positions_on_edges_that_lie_where_their_points_lie():
    network = grid()
    sites = sites_of(network, spacing_m=150)
    assert set(COLUMNS) <= set(sites.columns)
    assert (sites["access_m"] == 0).all()
    assert (sites["status"] == "snapped").all()
    there = network.position_xy(sites["edge"].to_numpy(), sites["offset_m"].to_numpy())
    assert there == pytest.approx(xy(sites), abs=1e-9)
    assert sites.crs == CRS


def test_junctions_of_main_streets_come_first():
    nodes = [(0, 0), (250, 0), (500, 0), (250, 300), (250, -300), (0, 300), (500, 300)]
    edges = [
        Edge(0, 1, road_class="minor", name="Side"),
        Edge(1, 2, road_class="minor", name="Side"),
        Edge(1, 3, road_class="major", name="Main"),
        Edge(1, 4, road_class="major", name="Main"),
        Edge(3, 5, road_class="path"),
        Edge(3, 6, road_class="path"),
    ]
    first = sites_of(network_of(nodes, edges)).iloc[0]
    assert first["road_class"] == "major"
    assert first["near"] == "Main"
    assert (first.geometry.x, first.geometry.y) in {(250, 0), (250, 300)}


def test_bridges_tunnels_and_islands_have_no_sites():
    nodes = [(0, 0), (100, 0), (900, 0), (1000, 0), (0, 5000), (100, 5000)]
    edges = [Edge(0, 1), Edge(1, 2, is_open=False), Edge(2, 3), Edge(4, 5)]
    network = network_of(nodes, edges)
    sites = sites_of(network, spacing_m=50, island_max_m=500)
    assert set(sites["edge"]) == {0, 2}
    assert set(sites_of(network, spacing_m=50, island_max_m=100)["edge"]) == {0, 2, 3}


def test_a_town_of_islands_has_no_sites():
    sites = sites_of(network_of([(0, 0), (100, 0)], [Edge(0, 1)]), island_max_m=500)
    assert sites.empty
    assert set(COLUMNS) <= set(sites.columns)


def test_excluded_sites_stay_in_the_table_with_their_reason():
    lake = shapely.box(-50, -50, 250, 450)
    sites = sites_of(grid(), spacing_m=100, exclusions=excluded(lake))
    inside = sites.geometry.intersects(lake)
    assert sites["exclude_reason"][inside].tolist() == ["water"] * inside.sum()
    assert (sites["exclude_reason"][~inside] == "").all()
    assert inside.any()
    assert (~inside).any()


def test_a_town_that_is_excluded_altogether_has_only_excluded_sites():
    sites = sites_of(grid(), exclusions=excluded(shapely.box(-1e4, -1e4, 1e4, 1e4)))
    assert len(sites)
    assert (sites["exclude_reason"] == "water").all()


def test_an_excluded_place_does_not_push_a_good_one_away():
    network = network_of([(0, 0), (800, 0)], [Edge(0, 1, name="Long")])
    near_zero = excluded(shapely.box(-10, -10, 10, 10))
    sites = sites_of(network, spacing_m=300, exclusions=near_zero)
    good = sites[sites["exclude_reason"] == ""]
    without = sites_of(network, spacing_m=300)
    assert len(good) >= len(without) - 1
    assert good.geometry.x.min() < 300


@pytest.mark.parametrize(
    ("tags", "reason", "strip_m"),
    [
        ({"natural": "water"}, "water or within 35 m of it", 35),
        ({"landuse": "cemetery"}, "cemetery", 0),
        ({"amenity": "grave_yard"}, "cemetery", 0),
        ({"landuse": "industrial"}, "industry", 0),
        ({"landuse": "military"}, "military", 0),
        ({"landuse": "railway"}, "railway land or within 20 m of it", 20),
    ],
)
def test_exclusion_zones_say_why(tags, reason, strip_m):
    town = Town()
    town.street((0, 0), (100, 0))
    town.square(0, 0, 500, **tags)
    town.square(2000, 0, 500, landuse="residential")
    zones = exclusion_zones(town.extract(), crs=CRS)
    assert zones["reason"].tolist() == [reason]
    assert zones.crs == CRS
    around_m2 = 4 * 500 * strip_m + np.pi * strip_m**2
    assert zones.area.iloc[0] == pytest.approx(250_000 + around_m2, rel=1e-3)


def test_a_town_without_areas_excludes_nothing():
    town = Town()
    town.street((0, 0), (1000, 0))
    zones = exclusion_zones(town.extract(), crs=CRS)
    assert zones.empty
    assert (sites_of(town.network(), exclusions=zones)["exclude_reason"] == "").all()


LAW = settings(max_examples=40, deadline=None)
CLASSES = st.sampled_from(["major", "minor", "path"])


@st.composite
def towns_with_lakes(draw):
    nodes, edges = draw(drawings())
    edges = [
        Edge(e.u, e.v, e.via, is_open=draw(st.booleans()), road_class=draw(CLASSES)) for e in edges
    ]
    corner = st.integers(-1, 10).map(lambda i: 100 * i + 37)
    lakes = [
        shapely.box(x, y, x + 300, y + 200)
        for x, y in draw(st.lists(st.tuples(corner, corner), max_size=3))
    ]
    return nodes, edges, excluded(*lakes) if lakes else NOWHERE


@LAW
@given(towns_with_lakes(), st.sampled_from([60.0, 150.0, 400.0]))
def test_sites_hold_their_spacing_and_leave_no_street_without_one(town, spacing_m):
    nodes, edges, lakes = town
    network = network_of(nodes, edges)
    sites = sites_of(network, spacing_m=spacing_m, exclusions=lakes)
    assert sites.index.is_unique
    if len(sites) > 1:
        assert pdist(xy(sites)).min() >= spacing_m * (1 - 1e-6)
    assert network.edge_is_open[sites["edge"]].all()
    water = shapely.union_all(lakes.geometry.to_numpy())
    wet = shapely.intersects(sites.geometry.to_numpy(), water)
    assert np.array_equal(wet, (sites["exclude_reason"] != "").to_numpy())
    assert ((sites["why"] == "") == (sites["exclude_reason"] != "")).all()
    for line in network.edge_lines[network.edge_is_open]:
        places = shapely.line_interpolate_point(line, np.linspace(0, line.length, 60))
        nearest_m = shapely.distance(places[:, None], sites.geometry.to_numpy()[None, :]).min(
            axis=1
        )
        assert nearest_m.max() <= 1.5 * spacing_m


@LAW
@given(towns_with_lakes(), st.data())
def test_sites_do_not_depend_on_the_order_of_edges(town, data):
    nodes, edges, lakes = town
    once = sites_of(network_of(nodes, edges), spacing_m=150, exclusions=lakes)
    again = sites_of(network_of(nodes, edges), spacing_m=150, exclusions=lakes)
    pd.testing.assert_frame_equal(pd.DataFrame(once), pd.DataFrame(again))
    order = data.draw(st.permutations(range(len(edges))))
    network = network_of(nodes, [edges[i] for i in order])
    other = sites_of(network, spacing_m=150, exclusions=lakes)
    assert xy(other) == pytest.approx(xy(once), abs=1e-9)
    assert other["exclude_reason"].tolist() == once["exclude_reason"].tolist()
    assert other["road_class"].tolist() == once["road_class"].tolist()
