"""Service areas: they hold the doors that are counted, and no others; valid, nested, with holes."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from towns import (
    ADULT_KMH,
    CRS,
    MONACO,
    Edge,
    drawings,
    grid_town,
    network_of,
    places,
    positions_of,
    spots,
)
from walkshed.network import _numba, barrier_lines, build_network, fence_lines, metric_crs, snap
from walkshed.network.ground import allocate_ground
from walkshed.service_areas import (
    catchments,
    reach_counts,
    rings,
    service_areas,
    service_areas_by_post,
)
from walkshed.sources.osm import read_osm
from walkshed.travel_times import nearest_facility, walking_times, within

BANDS = [5, 10, 15]
CELL_M = 10
RULE = {"snap_max_m": 250.0, "island_max_m": 0.0, "barriers": np.empty(0, dtype=object)}
WALK = {"speed_kmh": ADULT_KMH}
MPS = ADULT_KMH / 3.6


def ground_of(network, *, cell_m=CELL_M, **rule):
    return allocate_ground(network, cell_m=cell_m, **{**RULE, **rule})


def areas_of(network, posts, minutes=BANDS, **options):
    ground = options.pop("ground", None) or ground_of(network)
    return service_areas(network, ground, posts, minutes=minutes, **WALK, **options)


def street(*, post, access_m=0.0, nodes=((0, 0), (1000, 0), (3000, 0))):
    network = network_of(list(nodes), [Edge(i, i + 1) for i in range(len(nodes) - 1)])
    share = post / network.edge_length_m[0]
    return network, positions_of(network, [(0, share, access_m)], letter="p")


def reached_m(area):
    """How far an area reaches west and east along the street at y = 0."""
    west, _, east, _ = shapely.intersection(area, shapely.box(-9e3, -1, 9e3, 1)).bounds
    return west, east


def minutes_from(network, xy, posts, **rule):
    """Truth: doors at these places, snapped and walked door to door."""
    doors = gpd.GeoSeries(shapely.points(xy), index=np.arange(len(xy)), crs=network.crs)
    at = snap(network, doors, **{**RULE, **rule})
    return nearest_facility(network, at, posts, **WALK)["minutes"].to_numpy()


def around_of(doors):
    """Doors, and places around each up to the diagonal of a cell away."""
    turn = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    ways = np.column_stack([np.cos(turn), np.sin(turn)])
    away = [(0, 0), *(r * CELL_M * way for r in (0.05, 0.3, 0.7, 1.0, 1.42) for way in ways)]
    return np.stack([doors + step for step in away])


def test_along_a_street_the_area_ends_where_the_time_is_up():
    network, posts = street(post=500)
    five, ten, fifteen = areas_of(network, posts).geometry
    # 400, 800 and 1,200 m both ways; west of the end of the street one goes on by a leg of 250 m
    assert reached_m(five) == pytest.approx((100, 900), abs=1)
    assert reached_m(ten) == pytest.approx((-250, 1300), abs=5)
    assert reached_m(fifteen) == pytest.approx((-250, 1700), abs=5)


def test_beside_the_street_the_walk_to_the_street_counts():
    network, posts = street(post=500)
    five = areas_of(network, posts).geometry[0]
    # 400 m of walking: along the street and at a right angle to it, 250 m aside at most
    corners = [(100, 0), (350, 250), (650, 250), (900, 0), (650, -250), (350, -250)]
    expected = shapely.Polygon(corners)
    assert shapely.symmetric_difference(five, expected).area < 0.003 * expected.area


def test_the_far_end_of_a_street_that_is_reached_in_part_is_not_drawn():
    network, posts = street(post=900)
    five = areas_of(network, posts).geometry[0]
    assert not five.intersects(shapely.Point(3000, 0))
    assert len(five.geoms) == 1


def test_the_access_leg_of_the_post_counts():
    network, posts = street(post=500, access_m=80)
    assert reached_m(areas_of(network, posts).geometry[0]) == pytest.approx((180, 820), abs=1)


def test_a_post_farther_from_the_street_than_a_band_has_an_empty_band():
    network, posts = street(post=500, access_m=480)
    areas = areas_of(network, posts).geometry
    assert areas[0].is_empty
    assert reached_m(areas[1]) == pytest.approx((180, 820), abs=1)


def test_steps_are_climbed_slower():
    nodes = [(0, 0), (200, 0), (2000, 0)]
    network = network_of(nodes, [Edge(0, 1), Edge(1, 2, slow_ahead=2.0, slow_back=2.0)])
    posts = positions_of(network, [(0, 0.0, 0.0)], letter="p")
    # 200 m of street in 2.5 minutes, then 100 m of steps
    assert reached_m(areas_of(network, posts).geometry[0])[1] == pytest.approx(300, abs=1)


def test_walks_go_towards_the_post_where_directions_differ():
    network = network_of([(0, 0), (2000, 0)], [Edge(0, 1, slow_ahead=1.0, slow_back=4.0)])
    posts = positions_of(network, [(0, 0.5, 0.0)], letter="p")
    # residents in the west walk ahead, those in the east walk back
    west, east = reached_m(areas_of(network, posts).geometry[0])
    assert (west, east) == pytest.approx((600, 1100), abs=1)


def test_an_island_that_no_walk_reaches_is_not_drawn():
    network = network_of([(0, 0), (300, 0), (0, 200), (300, 200)], [Edge(0, 1), Edge(2, 3)])
    posts = positions_of(network, [(0, 0.5, 0.0)], letter="p")
    fifteen = areas_of(network, posts).geometry[2]
    assert not fifteen.intersects(network.edge_lines[1])
    # and the border runs half way between the two, for there doors change to the island
    inside = shapely.intersection(fifteen, shapely.box(0, 0, 300, 400))
    assert inside.bounds[3] == pytest.approx(100, abs=0.5)


def test_ground_between_streets_that_is_nearer_to_one_out_of_time_is_a_hole():
    # a long detour leads to the middle of the square: its doors are not in time
    nodes = [(0, 0), (600, 0), (600, 600), (0, 600), (300, 300), (900, 900), (2500, 900)]
    ring = [Edge(0, 1), Edge(1, 2), Edge(2, 3), Edge(3, 0)]
    detour = [Edge(2, 5), Edge(5, 6), Edge(6, 4, via=((2500, 300), (620, 300)), is_open=False)]
    yard = [Edge(4, 7)]
    network = network_of([*nodes, (320, 300)], [*ring, *detour, *yard])
    posts = positions_of(network, [(0, 0.5, 0.0)], letter="p")
    area = areas_of(network, posts, minutes=[20]).geometry[0]
    assert [len(part.interiors) for part in area.geoms] == [1]
    hole = shapely.Polygon(area.geoms[0].interiors[0])
    assert hole.contains(shapely.Point(310, 300))
    assert not area.contains(shapely.Point(310, 300))
    assert hole.bounds == pytest.approx((150, 150, 450, 450), abs=20)


def test_no_polygon_crosses_a_river_that_no_leg_crosses():
    network, posts = street(post=500)
    river = np.array([shapely.LineString([(-400, 33), (3400, 33)])])
    area = areas_of(network, posts, ground=ground_of(network, barriers=river)).geometry[2]
    assert area.bounds[3] == pytest.approx(33, abs=0.3)
    assert area.bounds[1] == pytest.approx(-250, abs=0.3)


def test_bands_come_in_growing_order_in_the_crs_of_the_network():
    network, posts = street(post=500)
    table = areas_of(network, posts, minutes=[15, 5, 10])
    assert table["minutes"].tolist() == [5, 10, 15]
    assert table.crs == CRS
    assert set(table.geom_type) == {"MultiPolygon"}


def test_posts_that_are_not_snapped_serve_nothing():
    network, posts = street(post=500)
    lost = positions_of(network, [(-1, 0.0, 0.0)], letter="p")
    for none in (lost, posts.iloc[:0]):
        table = areas_of(network, none)
        assert table["minutes"].tolist() == BANDS
        assert table.geometry.is_empty.all()
        assert reach_counts(network, ground_of(network), none, cutoff_min=5, **WALK).empty
        assert catchments(network, ground_of(network), none, **WALK).geometry.is_empty.all()


def test_areas_by_post_are_those_of_each_post_alone():
    network, _ = street(post=0)
    posts = positions_of(network, [(0, 0.2, 0.0), (-1, 0.0, 0.0), (1, 0.9, 9.0)], letter="p")
    ground = ground_of(network)
    table = service_areas_by_post(network, ground, posts, minutes=[10, 5], **WALK)
    assert table["post_id"].tolist() == ["p0", "p0", "p1", "p1", "p2", "p2"]
    assert table["minutes"].tolist() == [5, 10] * 3
    for name, own in table.groupby("post_id"):
        alone = areas_of(network, posts.loc[[name]], minutes=[5, 10], ground=ground)
        assert shapely.equals(own.geometry.to_numpy(), alone.geometry.to_numpy()).all()


def test_rings_are_the_bands_without_the_ones_before():
    network, posts = street(post=500)
    areas = areas_of(network, posts)
    table = rings(areas)
    assert table[["from_minutes", "minutes"]].to_numpy().tolist() == [[0, 5], [5, 10], [10, 15]]
    assert table.geometry.is_valid.all()
    assert table.area.cumsum().tolist() == pytest.approx(areas.area.tolist())
    assert not shapely.contains_xy(table.geometry[1], 500, 0)
    both = pd.concat([posts, posts.rename({"p0": "p1"})])
    by_post = service_areas_by_post(network, ground_of(network), both, minutes=BANDS, **WALK)
    twice = rings(by_post)
    assert twice["from_minutes"].tolist() == [0, 5, 10] * 2
    assert twice.area.tolist() == pytest.approx(table.area.tolist() * 2)


def test_the_ground_belongs_to_the_nearest_post_on_foot():
    network, _ = street(post=0)
    posts = positions_of(network, [(0, 0.2, 0.0), (0, 0.8, 100.0)], letter="p")
    table = catchments(network, ground_of(network), posts, **WALK)
    assert table["post_id"].tolist() == ["p0", "p1"]
    # 600 m apart, the second 100 m off the street: they meet at 200 + 350
    assert reached_m(table.geometry[0]) == pytest.approx((-250, 550), abs=5)
    assert reached_m(table.geometry[1]) == pytest.approx((550, 3250), abs=5)
    near = catchments(network, ground_of(network), posts, cutoff_min=5, **WALK)
    assert reached_m(near.geometry[0]) == pytest.approx((-200, 550), abs=5)
    assert reached_m(near.geometry[1]) == pytest.approx((550, 1100), abs=5)


def test_ground_that_no_walk_reaches_is_in_no_catchment_however_far_one_may_go():
    network = network_of([(0, 0), (300, 0), (0, 200), (300, 200)], [Edge(0, 1), Edge(2, 3)])
    posts = positions_of(network, [(0, 0.5, 0.0)], letter="p")
    own = catchments(network, ground_of(network), posts, **WALK).geometry[0]
    assert own.bounds == pytest.approx((-250, -250, 550, 100), abs=1)


def test_of_posts_equally_near_the_first_name_has_the_ground():
    network, _ = street(post=0)
    posts = positions_of(network, [(0, 0.5, 0.0)] * 2, letter="p").iloc[::-1]
    table = catchments(network, ground_of(network), posts, **WALK)
    assert table["post_id"].tolist() == ["p1", "p0"]
    assert table.geometry.is_empty.tolist() == [True, False]


def test_ground_is_told_apart_by_the_number_of_posts_within_reach():
    network, _ = street(post=0)
    posts = positions_of(network, [(0, 0.2, 0.0), (0, 0.5, 0.0), (-1, 0, 0)], letter="p")
    table = reach_counts(network, ground_of(network), posts, cutoff_min=5, **WALK)
    assert table["posts"].tolist() == [1, 2]
    one, two = table.geometry
    assert reached_m(two) == pytest.approx((100, 600), abs=1)
    assert reached_m(one) == pytest.approx((-200, 900), abs=5)
    assert shapely.intersection(one, two).area == pytest.approx(0, abs=1e-6)
    every = areas_of(network, posts, minutes=[5]).geometry[0]
    assert one.area + two.area == pytest.approx(every.area, rel=1e-3)


def test_positions_of_one_id_are_one_post():
    network, _ = street(post=0)
    posts = positions_of(network, [(0, 0.2, 0.0), (0, 0.5, 0.0), (0, 0.8, 0.0)], letter="p")
    twice = posts.set_axis(["a", "b", "a"])
    ground = ground_of(network)
    table = catchments(network, ground, twice, cutoff_min=5, **WALK)
    assert table["post_id"].tolist() == ["a", "b"]
    assert [len(area.geoms) for area in table.geometry] == [2, 1]
    assert reached_m(table.geometry[1]) == pytest.approx((350, 650), abs=5)
    alone = areas_of(network, twice.loc[["a"]], minutes=[5], ground=ground).geometry[0]
    by_post = service_areas_by_post(network, ground, twice, minutes=[5], **WALK)
    assert by_post["post_id"].tolist() == ["a", "b"]
    assert by_post.geometry[0].equals(alone)
    counts = reach_counts(network, ground, twice, cutoff_min=5, **WALK)
    assert counts["posts"].tolist() == [1, 2]
    assert reached_m(counts.geometry[1]) == pytest.approx((100, 900), abs=1)


def test_everything_is_clipped_to_the_study_area():
    network, posts = street(post=500)
    box = shapely.box(300, -50, 700, 3)
    ground = ground_of(network)
    options = {**WALK, "study_area": box}
    for table in (
        service_areas(network, ground, posts, minutes=BANDS, **options),
        service_areas_by_post(network, ground, posts, minutes=BANDS, **options),
        catchments(network, ground, posts, **options),
        reach_counts(network, ground, posts, cutoff_min=5, **options),
    ):
        assert table.area.tolist() == pytest.approx([box.area] * len(table), rel=1e-6)
        assert set(table.geom_type) == {"MultiPolygon"}


def test_ground_that_was_not_allocated_is_not_drawn():
    network, posts = street(post=500)
    ground = ground_of(network, bounds=(300, -50, 700, 50))
    area = areas_of(network, posts, minutes=[15], ground=ground).geometry[0]
    assert area.bounds == pytest.approx((300, -50, 700, 50), abs=CELL_M)


def test_without_numba_the_areas_are_the_same(monkeypatch):
    network = grid_town(4, 200).network()
    middle = network.node_xy.mean(axis=0) + np.array([13, 40])
    at = gpd.GeoSeries(shapely.points([middle]), index=["p0"], crs=network.crs)
    posts = snap(network, at, **RULE)
    compiled = areas_of(network, posts)
    monkeypatch.setattr(_numba, "HAS_NUMBA", False)
    plain = areas_of(network, posts)
    gap = shapely.symmetric_difference(compiled.geometry.array, plain.geometry.array)
    assert shapely.area(gap) == pytest.approx(np.zeros(3), abs=1e-3)


def test_a_block_town_is_reached_as_counted_by_hand():
    town = grid_town(6, 100)
    network = town.network()
    post = places({"post": (300, 300)})
    posts = snap(network, post, **RULE)
    ground = ground_of(network, cell_m=5)
    area = areas_of(network, posts, minutes=[5], ground=ground).geometry[0]
    x0, y0 = post.iloc[0].x, post.iloc[0].y
    # 400 m by streets: four blocks in all; on the street the corners of a diamond, and a door
    # in a yard has its own way to the street
    for dx, dy, inside in [(0, 290, 1), (150, 200, 1), (150, 270, 0), (95, 300, 1), (105, 300, 0)]:
        assert shapely.contains_xy(area, x0 + dx, y0 + dy) == bool(inside), (dx, dy)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_a_door_is_inside_if_and_only_if_it_is_counted_but_for_those_at_the_border(data):
    nodes, edges = data.draw(drawings())
    network = network_of(nodes, edges)
    at = data.draw(spots(len(edges), min_size=1, max_size=4))
    posts = positions_of(network, at, letter="p")
    place = st.tuples(st.floats(-200, 1200, width=32), st.floats(-200, 1200, width=32))
    walls = [
        shapely.LineString(pair)
        for pair in data.draw(st.lists(st.tuples(place, place), max_size=2))
        if np.hypot(*np.subtract(*pair)) > 1
    ]
    rule = {
        "barriers": np.array(walls, dtype=object),
        "island_max_m": data.draw(st.sampled_from([0.0, 300.0])),
    }
    table = areas_of(network, posts, minutes=[1, 5, 15], ground=ground_of(network, **rule))
    doors = np.array(data.draw(st.lists(place, min_size=1, max_size=12)))
    # a door wrongly in or out must have a neighbour, less than a cell away, of the other kind
    sets = around_of(doors)
    minutes = minutes_from(network, sets.reshape(-1, 2), posts, **rule).reshape(sets.shape[:2])
    for cutoff_min, area in zip((1, 5, 15), table.geometry, strict=True):
        counted = within(minutes, cutoff_min)
        drawn = shapely.contains_xy(area, *doors.T)
        wrong = drawn != counted[0]
        assert (counted != counted[0]).any(axis=0)[wrong].all()


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_areas_are_valid_and_nested_and_posts_only_add_to_them(data):
    nodes, edges = data.draw(drawings())
    network = network_of(nodes, edges)
    posts = positions_of(network, data.draw(spots(len(edges), min_size=1, max_size=4)), letter="p")
    ground = ground_of(network)
    table = areas_of(network, posts, minutes=[1, 5, 15], ground=ground)
    assert table.geometry.is_valid.all()
    smaller, larger = table.geometry.array[:-1], table.geometry.array[1:]
    assert (shapely.area(shapely.difference(smaller, larger)) < 1e-3).all()
    fewer = areas_of(network, posts.iloc[1:], minutes=[1, 5, 15], ground=ground)
    lost = shapely.area(shapely.difference(fewer.geometry.array, table.geometry.array))
    assert (lost <= 0.3 * shapely.length(table.geometry.array) + 1e-3).all()
    turned = areas_of(network, posts.iloc[::-1], minutes=[15, 1, 5], ground=ground)
    assert shapely.equals(turned.geometry.array, table.geometry.array).all()


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_catchments_and_counts_divide_the_ground_without_overlap(data):
    nodes, edges = data.draw(drawings())
    network = network_of(nodes, edges)
    posts = positions_of(network, data.draw(spots(len(edges), min_size=1, max_size=5)), letter="p")
    ground = ground_of(network)
    whole = areas_of(network, posts, minutes=[5], ground=ground).geometry[0]
    for table in (
        catchments(network, ground, posts, cutoff_min=5, **WALK),
        reach_counts(network, ground, posts, cutoff_min=5, **WALK),
    ):
        assert table.geometry.is_valid.all()
        shared = shapely.union_all(table.geometry.array)
        assert table.area.sum() == pytest.approx(shared.area, abs=1e-3)
        slack = 0.3 * whole.length + 0.01 * whole.area
        assert shapely.symmetric_difference(shared, whole).area <= slack


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_a_door_lies_in_the_catchment_of_its_nearest_post_but_for_those_at_the_border(data):
    nodes, edges = data.draw(drawings())
    network = network_of(nodes, edges)
    posts = positions_of(network, data.draw(spots(len(edges), min_size=1, max_size=4)), letter="p")
    table = catchments(network, ground_of(network), posts, **WALK).set_index("post_id").geometry
    place = st.tuples(st.floats(-200, 1200, width=32), st.floats(-200, 1200, width=32))
    doors = np.array(data.draw(st.lists(place, min_size=1, max_size=12)))
    sets = around_of(doors)
    points = gpd.GeoSeries(shapely.points(sets.reshape(-1, 2)), crs=network.crs)
    at = snap(network, points, **RULE)
    minutes = np.column_stack(
        [nearest_facility(network, at, posts.loc[[p]], **WALK)["minutes"] for p in posts.index]
    ).reshape(*sets.shape[:2], len(posts))
    nearest = minutes <= minutes.min(axis=2, keepdims=True) + 1e-6
    nearest &= np.isfinite(minutes)
    drawn = np.column_stack([shapely.contains_xy(table[p], *doors.T) for p in posts.index])
    assert (drawn.sum(axis=1) <= 1).all()
    wrong = (drawn & ~nearest[0]).any(axis=1) | (drawn.any(axis=1) != nearest[0].any(axis=1))
    at_border = (nearest != nearest[0]).any(axis=(0, 2))
    assert at_border[wrong].all()


@pytest.fixture(scope="module")
def monaco():
    extract = read_osm(MONACO)
    crs = metric_crs(extract.bounds)
    network = build_network(extract, crs=crs, speed_kmh=ADULT_KMH, steps_speed_kmh=2.4)
    rule = {
        "snap_max_m": 250.0,
        "island_max_m": 500.0,
        "barriers": barrier_lines(extract, crs=crs),
        "fences": fence_lines(extract, crs=crs),
    }
    areas = extract.areas.to_crs(crs)
    doors = areas[areas["building"] != ""].geometry.representative_point()
    seed = np.random.default_rng(11)
    posts = doors.iloc[np.sort(seed.choice(len(doors), 12, replace=False))]
    posts = posts.set_axis([f"p{i}" for i in range(12)])
    return network, rule, snap(network, doors, **rule), doors, snap(network, posts, **rule)


def test_in_a_real_city_polygons_hold_the_doors_that_are_counted(monaco):
    network, rule, doors, places_of_doors, posts = monaco
    ground = allocate_ground(network, **rule)
    times = walking_times(network, doors, posts, speed_kmh=ADULT_KMH, cutoff_min=15)
    by_post = service_areas_by_post(network, ground, posts, minutes=BANDS, **WALK)
    assert by_post.geometry.is_valid.all()
    points = places_of_doors.to_numpy()
    for cutoff_min in BANDS:
        counted = times.coverage(cutoff_min).toarray()
        areas = by_post[by_post["minutes"] == cutoff_min].geometry.to_numpy()
        drawn = np.column_stack([shapely.intersects(area, points) for area in areas])
        wrong = (drawn != counted).sum()
        assert wrong <= 0.003 * counted.size  # the law
        assert wrong <= 0.01 * counted.sum()  # a stricter figure, of those counted
        assert counted.sum() > 500
    whole = service_areas(network, ground, posts, minutes=BANDS, **WALK)
    for cutoff_min, area in zip(BANDS, whole.geometry, strict=True):
        counted = times.coverage(cutoff_min).toarray().any(axis=1)
        # all posts as one, the border is the longest: 4 of 1,283 doors at 5 minutes when written
        assert (shapely.intersects(area, points) != counted).sum() <= 0.005 * len(points)


def test_in_a_real_city_catchments_hold_the_doors_of_their_posts(monaco):
    network, rule, doors, places_of_doors, posts = monaco
    ground = allocate_ground(network, **rule)
    table = catchments(network, ground, posts, cutoff_min=15, **WALK).set_index("post_id")
    assert table.geometry.is_valid.all()
    nearest = nearest_facility(network, doors, posts, **WALK)
    own = nearest["facility"].where(within(nearest["minutes"].to_numpy(), 15), "")
    points = places_of_doors.to_numpy()
    wrong = sum(
        (shapely.intersects(area, points) != (own == name).to_numpy()).sum()
        for name, area in table.geometry.items()
    )
    assert wrong <= 0.005 * len(points)
