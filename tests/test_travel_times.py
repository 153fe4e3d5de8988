"""Walking times in towns where the answer is arithmetic."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
import shapely

from towns import ADULT_KMH, DRAWN_M, Edge, Town, grid_town, network_of, positions_of
from walks import dense, nearest
from walkshed.travel_times import (
    nearest_facilities,
    node_seconds,
    one_to_all,
    reached_streets,
    seconds_to_nearest,
    walking_path,
    walking_times,
    within,
)

pytestmark = pytest.mark.usefixtures("engine")


# --- towns on paper ----------------------------------------------------------------------------

LINE = network_of([(0, 0), (400, 0), (1000, 0)], [Edge(0, 1), Edge(1, 2)])


def test_four_hundred_metres_at_adult_speed_take_exactly_five_minutes_and_count():
    doors = positions_of(LINE, [(0, 0.0, 0.0)])
    posts = positions_of(LINE, [(0, 1.0, 0.0)], letter="p")
    minutes = nearest(LINE, doors, posts)["minutes"].iloc[0]
    assert minutes == pytest.approx(5, abs=1e-12)
    assert within(minutes, 5)
    times = walking_times(LINE, doors, posts, speed_kmh=ADULT_KMH, cutoff_min=5)
    assert times.coverage(5).toarray().tolist() == [[True]]


def test_a_centimetre_beyond_the_cutoff_does_not_count():
    doors = positions_of(LINE, [(0, 0.0, 0.01)])
    posts = positions_of(LINE, [(0, 1.0, 0.0)], letter="p")
    minutes = nearest(LINE, doors, posts)["minutes"].iloc[0]
    assert not within(minutes, 5)
    times = walking_times(LINE, doors, posts, speed_kmh=ADULT_KMH, cutoff_min=5)
    assert times.seconds.nnz == 0
    assert not times.coverage(5).toarray().any()


def test_a_walk_that_rounding_puts_a_hair_over_the_cutoff_counts():
    # seven blocks of 400/7 m: the seconds of the parts add up to a little more than 300
    blocks = [(400 * i / 7 + 1e-9 * (i == 7), 0) for i in range(8)]
    network = network_of(blocks, [Edge(i, i + 1) for i in range(7)])
    doors = positions_of(network, [(0, 0.0, 0.0)])
    posts = positions_of(network, [(6, 1.0, 0.0)], letter="p")
    minutes = nearest(network, doors, posts)["minutes"].to_numpy()
    assert minutes[0] > 5
    assert within(minutes, 5).all()
    times = walking_times(network, doors, posts, speed_kmh=ADULT_KMH, cutoff_min=5)
    assert times.coverage(5).nnz == 1


def test_both_access_legs_count():
    doors = positions_of(LINE, [(0, 0.5, 40.0)])
    posts = positions_of(LINE, [(1, 0.5, 60.0)], letter="p")
    # 40 m to the street, 200 + 300 m along it, 60 m to the post
    assert nearest(LINE, doors, posts)["minutes"].iloc[0] == pytest.approx(600 / 80)


def test_a_door_and_a_post_on_one_edge_walk_along_it():
    doors = positions_of(LINE, [(1, 0.25, 8.0), (1, 0.75, 8.0)])
    posts = positions_of(LINE, [(1, 0.5, 0.0)], letter="p")
    # 150 m along an edge of 600 m, whichever side; by the ends it would be 450 m
    assert nearest(LINE, doors, posts)["minutes"].tolist() == pytest.approx([158 / 80] * 2)


def test_the_way_round_by_the_ends_wins_when_it_is_shorter_than_along_the_edge():
    hairpin = Edge(0, 1, via=((0, 1000), (10, 1000)))
    network = network_of([(0, 0), (10, 0)], [hairpin, Edge(0, 1)])
    length_m = network.edge_length_m[0]
    doors = positions_of(network, [(0, 20 / length_m, 0.0)])
    posts = positions_of(network, [(0, 1 - 30 / length_m, 0.0)], letter="p")
    assert nearest(network, doors, posts)["minutes"].iloc[0] == pytest.approx((20 + 10 + 30) / 80)


def test_of_parallel_edges_the_quicker_is_walked():
    bow = Edge(0, 1, via=((200, 300),))
    network = network_of([(0, 0), (400, 0)], [bow, Edge(0, 1), Edge(1, 0, slow_ahead=0.5)])
    doors = positions_of(network, [(0, 0.0, 0.0)])
    posts = positions_of(network, [(0, 1.0, 0.0)], letter="p")
    assert nearest(network, doors, posts)["minutes"].iloc[0] == pytest.approx(5)
    # the third edge is quick from its `u`, node 1, to node 0: the other direction
    assert nearest(network, posts, doors)["minutes"].iloc[0] == pytest.approx(2.5)


def test_a_loop_is_walked_the_shorter_way_round():
    loop = Edge(0, 0, via=((100, 0), (100, 100), (0, 100)))
    network = network_of([(0, 0), (-80, 0)], [loop, Edge(0, 1)])
    posts = positions_of(network, [(1, 1.0, 0.0)], letter="p")
    doors = positions_of(network, [(0, 0.1, 0.0), (0, 0.9, 0.0), (0, 0.5, 0.0)])
    minutes = nearest(network, doors, posts)["minutes"].tolist()
    assert minutes == pytest.approx([(40 + 80) / 80, (40 + 80) / 80, (200 + 80) / 80])
    on_loop = positions_of(network, [(0, 0.95, 0.0)], letter="p")
    # 20 m from the post to the node and 40 m on, across the start of the loop
    assert nearest(network, doors, on_loop)["minutes"].iloc[0] == pytest.approx(60 / 80)


def test_a_town_of_one_edge_has_walks():
    network = network_of([(0, 0), (80, 0)], [Edge(0, 1)])
    doors = positions_of(network, [(0, 0.0, 0.0), (0, 1.0, 0.0)])
    assert dense(network, doors, doors).tolist() == [[0, 1], [1, 0]]


def test_a_door_at_the_post_walks_nothing_and_the_walk_is_kept():
    doors = positions_of(LINE, [(0, 0.3, 0.0)])
    times = walking_times(LINE, doors, doors, speed_kmh=ADULT_KMH, cutoff_min=5)
    assert times.seconds.nnz == 1
    assert times.seconds.data.tolist() == [0.0]
    assert times.coverage(5).toarray().tolist() == [[True]]


def test_an_edge_of_no_length_is_crossed_in_no_time():
    network = network_of([(0, 0), (80, 0), (80, 0), (160, 0)], [Edge(0, 1), Edge(1, 2), Edge(2, 3)])
    doors = positions_of(network, [(0, 0.0, 0.0), (1, 0.5, 0.0)])
    posts = positions_of(network, [(2, 1.0, 0.0)], letter="p")
    assert nearest(network, doors, posts)["minutes"].tolist() == pytest.approx([2, 1])


def test_what_cannot_be_reached_is_infinite_and_has_no_post():
    network = network_of([(0, 0), (100, 0), (0, 500), (100, 500)], [Edge(0, 1), Edge(2, 3)])
    doors = positions_of(network, [(1, 0.5, 0.0), (-1, 0.0, 0.0), (0, 0.5, 0.0)])
    posts = positions_of(network, [(0, 0.0, 0.0)], letter="p")
    table = nearest(network, doors, posts)
    assert table["minutes"].tolist() == [np.inf, np.inf, 50 / 80]
    assert table["facility"].tolist() == ["", "", "p0"]
    assert np.isinf(dense(network, doors, posts)[:2]).all()


def test_a_post_that_is_not_snapped_serves_nobody_and_keeps_its_column():
    doors = positions_of(LINE, [(0, 0.5, 0.0)])
    posts = positions_of(LINE, [(-1, 0.0, 0.0), (0, 1.0, 0.0)], letter="p")
    assert nearest(LINE, doors, posts)["facility"].tolist() == ["p1"]
    assert dense(LINE, doors, posts).tolist() == [[np.inf, 200 / 80]]
    lost = nearest(LINE, doors, posts.iloc[:1])
    assert lost["minutes"].tolist() == [np.inf]
    assert lost["facility"].tolist() == [""]


def test_no_doors_and_no_posts_give_empty_tables():
    doors = positions_of(LINE, [(0, 0.5, 0.0)])
    none = doors.iloc[:0]
    assert nearest(LINE, doors, none)["minutes"].tolist() == [np.inf]
    assert nearest(LINE, none, doors).empty
    for rows, columns in ((doors, none), (none, doors), (none, none)):
        times = walking_times(LINE, rows, columns, speed_kmh=ADULT_KMH, cutoff_min=5)
        assert times.seconds.shape == (len(rows), len(columns))
        assert times.coverage(5).nnz == 0


def test_times_keep_the_labels_of_doors_and_posts():
    doors = positions_of(LINE, [(0, 0.5, 0.0), (-1, 0.0, 0.0)])
    posts = positions_of(LINE, [(1, 0.5, 0.0)], letter="p")
    times = walking_times(LINE, doors, posts, speed_kmh=ADULT_KMH, cutoff_min=15)
    assert list(times.door_ids) == ["d0", "d1"]
    assert list(times.facility_ids) == ["p0"]
    assert list(nearest(LINE, doors, posts).index) == ["d0", "d1"]


def test_coverage_beyond_what_was_searched_is_refused():
    doors = positions_of(LINE, [(0, 0.5, 0.0)])
    times = walking_times(LINE, doors, doors, speed_kmh=ADULT_KMH, cutoff_min=5)
    with pytest.raises(ValueError, match="5 min"):
        times.coverage(10)


def test_a_slope_is_walked_slower_up_than_down():
    # from node 0 down to node 1 at adult speed, back up at half of it
    network = network_of([(0, 0), (160, 0)], [Edge(0, 1, slow_back=2.0)])
    top = positions_of(network, [(0, 0.0, 0.0)])
    middle = positions_of(network, [(0, 0.5, 0.0)])
    bottom = positions_of(network, [(0, 1.0, 0.0)])
    assert nearest(network, top, bottom)["minutes"].iloc[0] == pytest.approx(2)
    assert nearest(network, bottom, top)["minutes"].iloc[0] == pytest.approx(4)
    assert nearest(network, middle, top)["minutes"].iloc[0] == pytest.approx(2)
    assert nearest(network, middle, bottom)["minutes"].iloc[0] == pytest.approx(1)


def test_ids_of_any_kind_are_kept():
    ids = ["17", 17, ("Тараз", 17), 2.5]
    posts = positions_of(LINE, [(0, i / 4, 0.0) for i in range(4)])
    posts.index = pd.Index(ids, dtype=object, tupleize_cols=False)
    doors = posts.iloc[::-1]
    assert nearest(LINE, doors, posts)["facility"].tolist() == ids[::-1]
    ranks = nearest_facilities(LINE, doors, posts, speed_kmh=ADULT_KMH, k=1)
    assert ranks["facility"].tolist() == ranks["door_id"].tolist() == ids[::-1]
    times = walking_times(LINE, doors, posts, speed_kmh=ADULT_KMH, cutoff_min=1)
    assert list(times.facility_ids) == ids


# --- streets that are closed ---------------------------------------------------------------------


def closed(network, edge, *, ahead=True, back=True):
    forward, backward = network.edge_forward_s.copy(), network.edge_backward_s.copy()
    forward[edge] = np.inf if ahead else forward[edge]
    backward[edge] = np.inf if back else backward[edge]
    return replace(network, edge_forward_s=forward, edge_backward_s=backward)


def test_a_closed_street_carries_nobody():
    square = [Edge(0, 1), Edge(1, 2), Edge(2, 3), Edge(3, 0)]
    network = closed(network_of([(0, 0), (80, 0), (80, 80), (0, 80)], square), 0)
    doors = positions_of(network, [(3, 1.0, 0.0), (0, 0.5, 0.0), (0, 0.25, 0.0)])
    posts = positions_of(network, [(1, 0.0, 0.0), (0, 0.75, 0.0)], letter="p")
    expected = [[3, np.inf], [np.inf, np.inf], [np.inf, np.inf]]
    assert dense(network, doors, posts).tolist() == expected
    assert nearest(network, doors, posts)["facility"].tolist() == ["p0", "", ""]
    assert walking_path(network, doors.loc["d1"], posts.loc["p1"], speed_kmh=4.8).is_empty


def test_who_stands_at_the_end_of_a_closed_street_stands_on_the_corner():
    network = closed(LINE, 0)
    doors = positions_of(network, [(0, 1.0, 0.0), (0, 0.0, 0.0)])
    posts = positions_of(network, [(1, 1.0, 0.0), (0, 1.0, 0.0)], letter="p")
    assert dense(network, doors, posts).tolist() == [[7.5, 0], [np.inf, np.inf]]
    assert dense(network, posts, doors).tolist() == [[7.5, np.inf], [0, np.inf]]


def test_a_street_closed_in_one_direction_is_walked_in_the_other():
    network = closed(LINE, 0, ahead=False)
    west, east = (positions_of(network, [(0, share, 0.0)]) for share in (0.25, 0.75))
    assert dense(network, west, east).tolist() == [[2.5]]
    assert dense(network, east, west).tolist() == [[np.inf]]


# --- the second nearest, nodes, ways, streets ----------------------------------------------------


def test_the_nearest_posts_of_a_door_come_by_rank():
    doors = positions_of(LINE, [(0, 0.0, 0.0), (-1, 0.0, 0.0)])
    posts = positions_of(LINE, [(1, 0.0, 0.0), (0, 0.5, 0.0), (-1, 0.0, 0.0)], letter="p")
    table = nearest_facilities(LINE, doors, posts, speed_kmh=ADULT_KMH, k=3)
    assert table["door_id"].tolist() == ["d0"] * 3 + ["d1"] * 3
    assert table["rank"].tolist() == [1, 2, 3] * 2
    assert table["facility"].tolist() == ["p1", "p0", "", "", "", ""]
    assert table["minutes"].tolist() == [2.5, 5, *[np.inf] * 4]


def test_less_than_one_post_is_refused():
    doors = positions_of(LINE, [(0, 0.0, 0.0)])
    with pytest.raises(ValueError, match="one facility at least"):
        nearest_facilities(LINE, doors, doors, speed_kmh=ADULT_KMH, k=0)


def test_no_posts_at_all_leave_every_rank_empty():
    doors = positions_of(LINE, [(0, 0.0, 0.0)])
    table = nearest_facilities(LINE, doors, doors.iloc[:0], speed_kmh=ADULT_KMH, k=2)
    assert table["minutes"].tolist() == [np.inf, np.inf]
    assert nearest_facilities(LINE, doors.iloc[:0], doors, speed_kmh=ADULT_KMH, k=2).empty


def test_nodes_are_as_far_as_the_street_is_long():
    posts = positions_of(LINE, [(0, 0.5, 40.0), (-1, 0.0, 0.0), (1, 1.0, 0.0)], letter="p")
    kmh = {"speed_kmh": ADULT_KMH}
    assert (seconds_to_nearest(LINE, posts, **kmh) / 60).tolist() == pytest.approx([3, 3, 0])
    near = seconds_to_nearest(LINE, posts, limit_s=60, **kmh)
    assert near.tolist() == [np.inf, np.inf, 0]
    each = node_seconds(LINE, posts, limit_s=180, **kmh)
    assert each.nnz == 3
    assert each.toarray().tolist() == pytest.approx(np.array([[180, 0, 0], [180, 0, 0], [0] * 3]))
    assert seconds_to_nearest(LINE, posts.iloc[:0], **kmh).tolist() == [np.inf] * 3


def test_one_to_all_goes_both_ways():
    network = network_of([(0, 0), (160, 0), (320, 0)], [Edge(0, 1, slow_back=2.0), Edge(1, 2)])
    middle = positions_of(network, [(0, 1.0, 0.0)]).loc["d0"]
    to_it = one_to_all(network, middle, speed_kmh=ADULT_KMH)
    from_it = one_to_all(network, middle, speed_kmh=ADULT_KMH, direction="from")
    assert (to_it / 60).tolist() == pytest.approx([2, 0, 2])
    assert (from_it / 60).tolist() == pytest.approx([4, 0, 2])
    cut = one_to_all(network, middle, speed_kmh=ADULT_KMH, direction="from", cutoff_min=2)
    assert np.isinf(cut).tolist() == [True, False, False]


def test_a_way_is_drawn_from_the_door_to_the_post():
    bent = network_of([(0, 0), (100, 100)], [Edge(0, 1, via=((100, 0),))])
    doors = positions_of(bent, [(0, 0.25, 10.0)]).assign(geometry=[shapely.Point(50, 10)])
    posts = positions_of(bent, [(0, 0.75, 0.0)], letter="p")
    way = walking_path(bent, doors.loc["d0"], posts.loc["p0"], speed_kmh=ADULT_KMH)
    assert list(way.coords) == [(50, 10), (50, 0), (100, 0), (100, 50)]
    back = walking_path(bent, posts.loc["p0"], doors.loc["d0"], speed_kmh=ADULT_KMH)
    assert list(back.coords) == list(way.coords)[::-1]


def test_a_way_to_where_one_stands_is_a_point_and_no_way_is_empty():
    doors = positions_of(LINE, [(0, 0.25, 0.0), (-1, 0.0, 0.0)])
    still = walking_path(LINE, doors.loc["d0"], doors.loc["d0"], speed_kmh=ADULT_KMH)
    assert set(still.coords) == {(100, 0)}
    assert walking_path(LINE, doors.loc["d0"], doors.loc["d1"], speed_kmh=ADULT_KMH).is_empty
    assert walking_path(LINE, doors.loc["d1"], doors.loc["d0"], speed_kmh=ADULT_KMH).is_empty


def test_streets_are_cut_exactly_where_the_time_is_up():
    posts = positions_of(LINE, [(0, 0.5, 40.0)], letter="p")
    streets = reached_streets(LINE, posts, minutes=[5, 1.5], speed_kmh=ADULT_KMH)
    # 40 m to the street; then 80 m in the first band and 280 m further in the second
    assert streets["minutes"].tolist() == [1.5, 5, 5, 5]
    assert streets["edge"].tolist() == [0, 0, 0, 1]
    ends = [sorted(x for x, _ in line.coords) for line in streets.geometry]
    assert ends == [pytest.approx(e) for e in ([120, 280], [0, 120], [280, 400], [400, 560])]
    assert streets.crs == LINE.crs


def test_no_posts_reach_no_streets():
    posts = positions_of(LINE, [(-1, 0.0, 0.0)], letter="p")
    assert reached_streets(LINE, posts, minutes=[5], speed_kmh=ADULT_KMH).empty
    assert reached_streets(LINE, posts.iloc[:0], minutes=[], speed_kmh=ADULT_KMH).empty


def test_downhill_streets_are_reached_farther():
    # who walks from node 1 to node 0 goes uphill
    network = network_of([(0, 0), (800, 0)], [Edge(0, 1, slow_back=2.0)])
    posts = positions_of(network, [(0, 0.5, 0.0)], letter="p")
    kmh = {"speed_kmh": ADULT_KMH}
    for direction, expected in (("to", (320, 440)), ("from", (360, 480))):
        (line,) = reached_streets(network, posts, minutes=[1], direction=direction, **kmh).geometry
        assert sorted(x for x, _ in line.coords) == pytest.approx(expected)


# --- towns drawn as OpenStreetMap data -----------------------------------------------------------


def test_in_a_grid_the_walk_is_the_sum_of_the_blocks():
    town = grid_town()
    assert town.minutes((0, 0), (300, 300)) == pytest.approx(600 / 80, abs=DRAWN_M / 80)
    assert town.minutes((50, 0), (300, 150)) == pytest.approx(400 / 80, abs=DRAWN_M / 80)
    # 20 m to the street, 80 + 200 m along streets, 10 m from the street
    assert town.minutes((20, -20), (100, 210)) == pytest.approx(310 / 80, abs=DRAWN_M / 80)


def test_steps_are_walked_at_half_the_speed():
    town = Town()
    town.street((0, 0), (80, 0))
    town.way((80, 0), (120, 0), highway="steps")
    town.street((120, 0), (200, 0))
    walk = town.minutes((0, 0), (200, 0))
    assert walk == pytest.approx((80 + 40 * 2 + 80) / 80, abs=DRAWN_M / 80)


def test_a_dead_end_is_walked_back():
    town = Town()
    town.street((0, 0), (100, 0), (200, 0))
    town.street((100, 0), (100, 100))
    assert town.minutes((100, 100), (0, 0)) == pytest.approx(200 / 80, abs=DRAWN_M / 80)


def river_town(*, bridge: bool) -> Town:
    """Two parallel streets 60 m apart, a river between, and perhaps a bridge 1 km off."""
    town = Town()
    town.street((0, 0), (1000, 0))
    town.street((0, 60), (1000, 60))
    town.way((-500, 30), (1500, 30), waterway="river", name="Ұлы өзен")
    if bridge:
        town.street((1000, 0), (1000, 60), bridge="yes")
    return town


def test_a_door_across_the_river_is_not_near():
    assert river_town(bridge=False).minutes((0, 0), (0, 60)) == np.inf


def test_a_river_is_crossed_by_its_bridge_only():
    walk = river_town(bridge=True).minutes((0, 0), (0, 60))
    assert walk == pytest.approx((1000 + 60 + 1000) / 80, abs=DRAWN_M / 80)


def test_a_door_between_the_river_and_its_street_does_not_step_over_the_water():
    # 35 m north of the southern street, 25 m south of the northern one, but south of the water
    town = river_town(bridge=True)
    walk = town.minutes((500, 29), (500, 0))
    assert walk == pytest.approx(29 / 80, abs=DRAWN_M / 80)
    assert town.minutes((500, 31), (500, 0)) > 10


def test_maxspeed_changes_nothing():
    doors, posts = (0, 0), (300, 250)
    plain = grid_town().minutes(doors, posts)
    for maxspeed in ("60", "5", "RU:urban", "none", "-1"):
        assert grid_town(maxspeed=maxspeed, oneway="yes").minutes(doors, posts) == plain
