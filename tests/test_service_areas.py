"""Service areas: valid, nested, around what is reached, and labelled as approximate."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from towns import ADULT_KMH, CRS, Edge, drawings, network_of, positions_of, spots
from walkshed.service_areas import SIMPLIFY_M, STRIP_M, service_areas
from walkshed.travel_times import nearest_facility, within

BANDS = [5, 10, 15]
SURELY_M = STRIP_M * np.cos(np.pi / 8) - SIMPLIFY_M
"""Within this of a reached street the strip surely holds: eight-cornered ends, simplified."""


def areas_of(network, posts, minutes=BANDS):
    return service_areas(network, posts, minutes=minutes, speed_kmh=ADULT_KMH)


def reached_m(geometry):
    """How far a polygon along the x axis reaches, west and east, without the strip."""
    west, _, east, _ = geometry.bounds
    return west + STRIP_M, east - STRIP_M


def street(*, post, access_m=0.0, nodes=((0, 0), (1000, 0), (3000, 0))):
    network = network_of(list(nodes), [Edge(i, i + 1) for i in range(len(nodes) - 1)])
    share = post / network.edge_length_m[0]
    return network, positions_of(network, [(0, share, access_m)], letter="p")


def test_along_a_street_the_area_ends_where_the_time_is_up():
    network, posts = street(post=500)
    areas = areas_of(network, posts).geometry
    # 400, 800 and 1,200 m both ways; the street begins 500 m west of the post
    assert reached_m(areas[0]) == pytest.approx((100, 900), abs=1)
    assert reached_m(areas[1]) == pytest.approx((0, 1300), abs=1)
    assert reached_m(areas[2]) == pytest.approx((0, 1700), abs=1)


def test_the_far_end_of_a_street_that_is_reached_in_part_is_not_drawn():
    network, posts = street(post=900)
    five = areas_of(network, posts).geometry[0]
    assert five.geom_type == "MultiPolygon"
    assert not five.intersects(shapely.Point(3000, 0))
    assert five.area == pytest.approx(800 * 2 * STRIP_M + np.pi * STRIP_M**2, rel=0.02)


def test_the_access_leg_of_the_post_counts():
    network, posts = street(post=500, access_m=80)
    areas = areas_of(network, posts).geometry
    assert reached_m(areas[0]) == pytest.approx((500 - 320, 500 + 320), abs=1)


def test_a_post_farther_from_the_street_than_a_band_has_an_empty_band():
    network, posts = street(post=500, access_m=480)
    areas = areas_of(network, posts).geometry
    assert areas[0].is_empty
    assert reached_m(areas[1]) == pytest.approx((500 - 320, 500 + 320), abs=1)


def test_steps_are_climbed_slower():
    nodes = [(0, 0), (200, 0), (2000, 0)]
    network = network_of(nodes, [Edge(0, 1), Edge(1, 2, slow_ahead=2.0, slow_back=2.0)])
    posts = positions_of(network, [(0, 0.0, 0.0)], letter="p")
    # 200 m of street in 2.5 minutes, then 100 m of steps
    assert reached_m(areas_of(network, posts).geometry[0])[1] == pytest.approx(300, abs=1)


def test_an_island_that_no_walk_reaches_is_not_drawn():
    network = network_of([(0, 0), (300, 0), (0, 200), (300, 200)], [Edge(0, 1), Edge(2, 3)])
    posts = positions_of(network, [(0, 0.5, 0.0)], letter="p")
    fifteen = areas_of(network, posts).geometry[2]
    assert not fifteen.intersects(network.edge_lines[1])


def test_bands_come_in_growing_order_and_say_that_they_are_approximate():
    network, posts = street(post=500)
    table = areas_of(network, posts, minutes=[15, 5, 10])
    assert table["minutes"].tolist() == [5, 10, 15]
    assert table["approximate"].tolist() == [True, True, True]
    assert table.crs == CRS
    assert set(table.geom_type) == {"MultiPolygon"}


def test_posts_that_are_not_snapped_serve_nothing():
    network, posts = street(post=500)
    lost = positions_of(network, [(-1, 0.0, 0.0)], letter="p")
    table = areas_of(network, lost)
    assert table["minutes"].tolist() == BANDS
    assert table.geometry.is_empty.all()
    assert areas_of(network, posts.iloc[:0]).geometry.is_empty.all()


def test_the_area_of_two_posts_holds_that_of_each():
    network, _ = street(post=0)
    posts = positions_of(network, [(0, 0.2, 0.0), (1, 0.9, 0.0)], letter="p")
    both = areas_of(network, posts).geometry
    for i in range(2):
        alone = areas_of(network, posts.iloc[[i]]).geometry
        assert (alone.difference(both.buffer(SIMPLIFY_M)).area < 1e-6).all()


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_areas_are_valid_nested_hold_their_posts_and_the_doors_that_are_well_in_time(data):
    nodes, edges = data.draw(drawings(two_way=True))
    network = network_of(nodes, edges)
    at = data.draw(spots(len(edges), min_size=1, max_size=4))
    posts = positions_of(network, [(e, s, min(a, 10.0)) for e, s, a in at], letter="p")
    table = areas_of(network, posts, minutes=[1, 5, 15])
    assert table.geometry.is_valid.all()
    smaller, larger = table.geometry.iloc[:-1].array, table.geometry.iloc[1:].array
    assert (shapely.area(shapely.difference(smaller, larger)) < 1e-3).all()
    snapped = posts[posts["edge"] >= 0]
    assert table.geometry.is_empty.tolist() == [snapped.empty] * 3
    if snapped.empty:
        return
    feet = network.position_xy(snapped["edge"].to_numpy(), snapped["offset_m"].to_numpy())
    for area in table.geometry:
        assert shapely.covers(area, shapely.points(feet)).all()
    along = positions_of(network, [(e, s, 0.0) for e in range(len(edges)) for s in (0.1, 0.5, 1.0)])
    minutes = nearest_facility(network, along, posts, speed_kmh=ADULT_KMH)["minutes"].to_numpy()
    spot = shapely.points(
        network.position_xy(along["edge"].to_numpy(), along["offset_m"].to_numpy())
    )
    for cutoff_min, area in zip((1, 5, 15), table.geometry, strict=True):
        in_time = within(minutes, cutoff_min)
        beside = shapely.buffer(spot[in_time], SURELY_M - 1)
        assert shapely.area(shapely.difference(beside, area)).max(initial=0) < 1


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_nothing_is_drawn_that_is_far_from_all_that_is_reached(data):
    nodes, edges = data.draw(drawings(two_way=True))
    network = network_of(nodes, edges)
    at = data.draw(spots(len(edges), min_size=1, max_size=3))
    posts = positions_of(network, [(e, s, 0.0) for e, s, _ in at], letter="p")
    five = areas_of(network, posts, minutes=[5]).geometry[0]
    shares = np.linspace(0, 1, 41)
    along = positions_of(network, [(e, s, 0.0) for e in range(len(edges)) for s in shares])
    minutes = nearest_facility(network, along, posts, speed_kmh=ADULT_KMH)["minutes"].to_numpy()
    spot = shapely.points(
        network.position_xy(along["edge"].to_numpy(), along["offset_m"].to_numpy())
    )
    # every drawn place lies beside a spot in time; spots are at most 1/40 of an edge apart
    apart_m = network.edge_length_m.max() / 40
    reached = shapely.union_all(spot[within(minutes, 5)])
    far = reached.buffer(STRIP_M + SIMPLIFY_M + apart_m + 1)
    assert five.difference(far).area < 1
