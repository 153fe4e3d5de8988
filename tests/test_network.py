"""The walkable graph of towns drawn on paper."""

import dataclasses

import numpy as np
import pytest
import shapely
from pyproj.aoi import AreaOfInterest
from pyproj.database import query_utm_crs_info

from towns import (
    ADULT_KMH,
    CRS,
    DRAWN_M,
    STEPS_KMH,
    Edge,
    Town,
    components,
    grid_town,
    network_of,
    on_paper,
    positions_of,
)
from walkshed.errors import CRSError
from walkshed.network import barrier_lines, build_network, metric_crs, street_lines

ARRAYS = [
    "node_ref", "node_xy", "edge_u", "edge_v", "edge_length_m", "edge_forward_s",
    "edge_backward_s", "edge_way_id", "edge_class", "edge_name", "edge_kind", "edge_lit",
    "edge_is_open", "xy", "xy_start",
]  # fmt: skip


# --- shape ---------------------------------------------------------------------------------------


def test_a_grid_of_three_by_three_blocks_has_16_nodes_and_24_edges_of_100_m():
    network = grid_town().network()
    assert (network.n_nodes, network.n_edges) == (16, 24)
    assert network.edge_length_m == pytest.approx(100, abs=DRAWN_M)
    assert network.edge_forward_s == pytest.approx(75, abs=0.03)
    assert np.array_equal(network.edge_forward_s, network.edge_backward_s)
    assert components(network) == 1
    assert network.component_length_m == pytest.approx(2400, abs=24 * DRAWN_M)


def test_nodes_lie_where_they_were_drawn_and_edges_end_at_their_nodes():
    network = grid_town().network()
    drawn = {(x, y) for x in (0, 100, 200, 300) for y in (0, 100, 200, 300)}
    found = {(float(x), float(y)) for x, y in on_paper(network.node_xy).round(1)}
    assert found == drawn
    first, last = network.xy_start[:-1], network.xy_start[1:] - 1
    assert np.array_equal(network.xy[first], network.node_xy[network.edge_u])
    assert np.array_equal(network.xy[last], network.node_xy[network.edge_v])


def test_what_many_edges_have_in_common_is_held_once():
    town = grid_town(name="Long")
    town.street((300, 300), (300, 400), name="Side", **{"oneway:foot": "yes"})
    network = town.network()
    assert network.edge_name.codes.itemsize == network.edge_kind.codes.itemsize == 1
    assert list(network.edge_name.categories) == ["Long", "Side"]
    assert network.edge_name[int(np.flatnonzero(network.edge_name == "Side")[0])] == "Side"
    assert not np.shares_memory(network.edge_forward_s, network.edge_backward_s)
    both_ways = grid_town().network()
    assert np.shares_memory(both_ways.edge_forward_s, both_ways.edge_backward_s)
    assert np.shares_memory(both_ways.turned.edge_forward_s, both_ways.edge_forward_s)


def test_bends_keep_their_shape_and_are_no_nodes():
    town = Town()
    town.street((0, 0), (30, 0), (30, 40), (90, 40))
    network = town.network()
    assert (network.n_nodes, network.n_edges) == (2, 1)
    assert network.edge_length_m[0] == pytest.approx(30 + 40 + 60, abs=DRAWN_M)
    assert on_paper(network.xy) == pytest.approx(
        np.array([(0, 0), (30, 0), (30, 40), (90, 40)]), abs=DRAWN_M
    )


def test_a_way_is_cut_where_another_one_meets_it():
    town = Town()
    long_street = town.street((0, 0), (100, 0), (300, 0), name="Long")
    town.street((100, 0), (100, 50), name="Side")
    network = town.network()
    assert sorted(network.edge_length_m.round()) == [50, 100, 200]
    assert sorted(network.edge_length_m[network.edge_way_id == long_street].round()) == [100, 200]
    assert sorted(network.edge_name) == ["Long", "Long", "Side"]


def test_a_way_that_crosses_itself_is_cut_there():
    town = Town()
    town.street((0, 0), (100, 0), (100, 100), (50, 100), (50, 0), (50, -80))
    assert town.network().n_edges == 1  # drawn over itself, without a node there nothing joins
    town = Town()
    town.street((0, 0), (50, 0), (100, 0), (100, 100), (50, 100), (50, 0), (50, -80))
    assert sorted(town.network().edge_length_m.round()) == [50, 80, 300]


def test_parallel_edges_are_kept():
    town = Town()
    town.street((0, 0), (100, 0))
    town.street((0, 0), (50, 50), (100, 0))
    network = town.network()
    assert (network.n_nodes, network.n_edges) == (2, 2)
    assert sorted(network.edge_length_m.round(1)) == [100, 141.4]


def test_a_loop_is_one_edge_from_its_node_to_itself():
    town = Town()
    town.street((0, 0), (100, 0))
    town.street((100, 0), (150, 50), (150, -50), (100, 0))
    network = town.network()
    loop = network.edge_u == network.edge_v
    assert loop.tolist() == [False, True]
    assert network.edge_length_m[loop] == pytest.approx(100 + 2 * 5000**0.5, abs=DRAWN_M)


def test_a_roundabout_that_nothing_meets_is_an_edge_too():
    town = Town()
    town.square(0, 0, 50, highway="residential")
    network = town.network()
    assert (network.n_nodes, network.n_edges) == (1, 1)
    assert network.edge_length_m[0] == pytest.approx(200, abs=2 * DRAWN_M)


def test_islands_are_components_with_their_own_length():
    town = Town()
    town.street((0, 0), (300, 0))
    town.street((0, 500), (40, 500))
    network = town.network()
    assert components(network) == 2
    assert sorted(network.component_length_m.round()) == [40, 300]


def test_a_node_given_twice_in_a_row_makes_no_detour_and_no_gap():
    town = Town()
    middle = town.node(100, 0)
    town.street((0, 0), middle, middle, (200, 0))
    network = town.network()
    assert components(network) == 1
    assert network.edge_length_m.sum() == pytest.approx(200, abs=DRAWN_M)
    assert Town.minutes(town, (0, 0), (200, 0)) == pytest.approx(2.5, abs=DRAWN_M / 80)


def test_missing_nodes_in_a_way_are_never_bridged():
    town = Town()
    gap = town.node(200, 0)
    town.street((0, 0), (100, 0), gap, (300, 0), (400, 0), name="Broken")
    town.missing.add(gap)
    network = town.network()
    assert components(network) == 2
    assert network.edge_length_m == pytest.approx(100, abs=DRAWN_M)
    assert set(network.edge_name) == {"Broken"}


def test_a_bridge_does_not_join_the_street_below():
    town = Town()
    town.street((-100, 0), town.apart(0, 0), (100, 0))
    town.street((0, -100), town.apart(0, 0), (0, 100), bridge="yes", layer="1")
    assert components(town.network()) == 2


def test_streets_that_share_a_node_join_even_where_one_is_a_bridge():
    town = Town()
    town.street((0, 0), (100, 0))
    town.street((100, 0), (200, 0), bridge="yes")
    assert components(town.network()) == 1


def test_the_order_in_which_streets_are_drawn_changes_no_node_and_no_length():
    town = grid_town()
    ids = [way for way, _, _ in town.ways]
    turned = dataclasses.replace(
        town, ways=[(way, *row[1:]) for way, row in zip(ids, town.ways[::-1], strict=True)]
    )
    network, other = town.network(), turned.network()
    assert np.array_equal(network.node_ref, other.node_ref)
    assert np.array_equal(network.node_xy, other.node_xy)
    assert sorted(network.edge_length_m) == sorted(other.edge_length_m)


# --- seconds -------------------------------------------------------------------------------------


def test_seconds_are_length_over_walking_speed_and_steps_are_slower():
    town = Town()
    town.street((0, 0), (80, 0))
    town.way((80, 0), (160, 0), highway="steps")
    network = town.network()
    assert network.edge_forward_s == pytest.approx([60, 120], abs=0.05)
    assert network.edge_backward_s == pytest.approx([60, 120], abs=0.05)


@pytest.mark.parametrize(
    "tags",
    [
        {"maxspeed": "60"},
        {"maxspeed": "5", "oneway": "yes"},
        {"maxspeed:backward": "30", "lanes": "4", "surface": "mud", "oneway": "-1"},
        {"maxspeed": "none", "maxspeed:type": "KZ:urban"},
    ],
)
def test_nothing_that_is_said_about_cars_changes_the_network(tags):
    plain, tagged = grid_town().network(), grid_town(**tags).network()
    for name in ARRAYS:
        assert np.array_equal(getattr(plain, name), getattr(tagged, name)), name


def test_seconds_to_and_from_the_ends_add_up_along_a_slope():
    network = network_of([(0, 0), (80, 0)], [Edge(0, 1, slow_back=3.0)])
    at = positions_of(network, [(0, 0.25, 0.0)])
    to_u, to_v = network.seconds_to_ends(at)
    from_u, from_v = network.seconds_from_ends(at)
    assert (to_u[0], to_v[0]) == pytest.approx((0.25 * 180, 0.75 * 60))
    assert (from_u[0], from_v[0]) == pytest.approx((0.25 * 60, 0.75 * 180))
    end = positions_of(network, [(0, 0.75, 0.0)])
    assert network.seconds_along(at, end)[0] == pytest.approx(30)
    assert network.seconds_along(end, at)[0] == pytest.approx(90)


def test_positions_follow_the_bends():
    network = network_of([(0, 0), (100, 100)], [Edge(0, 1, via=((100, 0),))])
    xy = network.position_xy(np.array([0, 0, 0]), np.array([0.0, 50.0, 150.0]))
    assert xy == pytest.approx(np.array([(0, 0), (50, 0), (100, 50)]))


# --- stepping onto a street ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tags", "is_open"),
    [
        ({}, True),
        ({"bridge": "yes"}, False),
        ({"bridge": "viaduct"}, False),
        ({"bridge": "no"}, True),
        ({"tunnel": "yes"}, False),
        ({"tunnel": "no"}, True),
        ({"tunnel": "building_passage"}, True),
        ({"covered": "yes"}, True),
    ],
)
def test_only_streets_on_the_ground_are_stepped_onto(tags, is_open):
    town = Town()
    town.street((0, 0), (100, 0), **tags)
    assert town.network().edge_is_open.tolist() == [is_open]


# --- barriers ------------------------------------------------------------------------------------


def barriers_of(**tags):
    town = Town()
    town.street((0, 0), (100, 0))
    town.way((0, 50), (100, 50), **tags)
    return barrier_lines(town.extract(), crs=CRS)


@pytest.mark.parametrize(
    "tags",
    [
        {"railway": "rail"},
        {"railway": "light_rail"},
        {"railway": "narrow_gauge"},
        {"railway": "rail", "service": "siding"},
        {"railway": "rail", "bridge": "no", "tunnel": "no"},
        {"waterway": "river"},
        {"waterway": "canal"},
        {"waterway": "river", "tunnel": "no"},
    ],
)
def test_rails_and_rivers_are_barriers(tags):
    lines = barriers_of(**tags)
    assert shapely.length(lines).sum() == pytest.approx(100, abs=DRAWN_M)


@pytest.mark.parametrize(
    "tags",
    [
        {"railway": "tram"},
        {"railway": "platform"},
        {"railway": "abandoned"},
        {"railway": "subway"},
        {"railway": "rail", "tunnel": "yes"},
        {"railway": "rail", "bridge": "yes"},
        {"railway": "rail", "bridge": "viaduct"},
        {"waterway": "river", "tunnel": "culvert"},
        {"waterway": "stream"},
        {"waterway": "ditch"},
        {"barrier": "kerb"},
    ],
)
def test_what_one_steps_over_or_walks_below_is_no_barrier(tags):
    assert len(barriers_of(**tags)) == 0


@pytest.mark.parametrize("tags", [{"natural": "water"}, {"waterway": "riverbank"}])
def test_shores_of_water_are_barriers_with_those_of_their_islands(tags):
    town = Town()
    town.street((0, 0), (100, 0))
    shore, island = town.square(0, 100, 300), town.square(100, 200, 50)
    town.relation(("w", shore, "outer"), ("w", island, "inner"), type="multipolygon", **tags)
    lines = barrier_lines(town.extract(), crs=CRS)
    assert shapely.length(lines).sum() == pytest.approx(1200 + 200, abs=8 * DRAWN_M)


# --- the rest ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bounds", "crs"),
    [
        ((71.2, 42.8, 71.6, 43.0), "EPSG:32642"),
        ((7.40, 43.72, 7.44, 43.75), "EPSG:32632"),
        ((-22.1, 64.0, -21.6, 64.2), "EPSG:32627"),
        ((151.1, -34.0, 151.3, -33.8), "EPSG:32756"),
    ],
)
def test_the_metric_crs_is_the_utm_zone_of_the_city(bounds, crs):
    assert metric_crs(bounds) == crs


@pytest.mark.parametrize("lon", [-180.0, -177.3, -6.0, 0.0, 6.0, 71.4, 72.0, 73.0, 179.9, 180.0])
@pytest.mark.parametrize("lat", [-80.0, -33.4, 0.0, 43.0, 62.0, 78.0, 84.0])
def test_the_metric_crs_is_the_first_that_the_register_of_crs_finds(lon, lat):
    found = query_utm_crs_info("WGS 84", AreaOfInterest(lon, lat, lon, lat))
    assert metric_crs((lon, lat, lon, lat)) == f"EPSG:{found[0].code}"


@pytest.mark.parametrize(
    "bounds",
    [
        (693_000.0, 4_752_000.0, 700_000.0, 4_760_000.0),
        (71.0, 89.0, 71.1, 89.5),
        (72.0, 43.0, 71.0, 44.0),
        (float("nan"), 42.0, 71.0, 43.0),
    ],
)
def test_bounds_that_are_no_degrees_are_refused(bounds):
    with pytest.raises(CRSError, match="degrees"):
        metric_crs(bounds)


def test_streets_are_drawn_with_class_and_name():
    town = Town()
    town.way((0, 0), (100, 0), highway="primary", name="</script>Абай")
    town.way((100, 0), (200, 0), highway="steps")
    table = street_lines(town.network())
    assert table.crs == CRS
    assert table["road_class"].tolist() == ["major", "path"]
    assert table["name"].tolist() == ["</script>Абай", ""]
    assert table.geometry.length.tolist() == pytest.approx([100, 100], abs=DRAWN_M)


def test_a_network_cannot_be_rewritten():
    network = grid_town().network()
    with pytest.raises(dataclasses.FrozenInstanceError):
        network.crs = "EPSG:4326"


def test_a_network_says_what_it_is():
    text = repr(grid_town(blocks=5).network())
    assert "36 nodes" in text
    assert "60 edges" in text
    assert "6 km" in text
    assert CRS in text


def test_other_speeds_scale_all_seconds():
    extract = grid_town().extract()
    slow, fast = (
        build_network(extract, crs=CRS, speed_kmh=kmh, steps_speed_kmh=STEPS_KMH)
        for kmh in (ADULT_KMH, 2 * ADULT_KMH)
    )
    assert slow.edge_forward_s == pytest.approx(2 * fast.edge_forward_s, rel=1e-12)
