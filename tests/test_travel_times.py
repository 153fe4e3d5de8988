"""Walking times: towns where the answer is arithmetic, and the laws that every town obeys."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from towns import (
    ADULT_KMH,
    DRAWN_M,
    Edge,
    Town,
    drawings,
    grid_town,
    network_of,
    positions_of,
    spots,
)
from walkshed.travel_times import CHUNK, nearest_facility, walking_times, within


def nearest(network, doors, posts, speed_kmh=ADULT_KMH):
    return nearest_facility(network, doors, posts, speed_kmh=speed_kmh)


def dense(network, doors, posts, *, speed_kmh=ADULT_KMH, cutoff_min=1e6):
    """All walking minutes as a plain matrix; infinite where nothing is stored."""
    times = walking_times(network, doors, posts, speed_kmh=speed_kmh, cutoff_min=cutoff_min)
    minutes = np.full(times.seconds.shape, np.inf)
    walks = times.seconds.tocoo()
    minutes[walks.row, walks.col] = walks.data / 60
    return minutes


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


# --- laws ----------------------------------------------------------------------------------------

LAW = settings(max_examples=40, deadline=None)


@LAW
@given(st.data())
def test_adding_a_post_never_lengthens_a_walk(data):
    nodes, edges = data.draw(drawings())
    network = network_of(nodes, edges)
    doors = positions_of(network, data.draw(spots(len(edges), min_size=1)))
    posts = positions_of(network, data.draw(spots(len(edges), min_size=1)), letter="p")
    after = nearest(network, doors, posts)["minutes"]
    before = nearest(network, doors, posts.iloc[:-1])["minutes"]
    assert (after <= before + 1e-9).all()


@LAW
@given(st.data())
def test_adding_an_edge_never_lengthens_a_walk(data):
    nodes, edges = data.draw(drawings())
    node = st.integers(0, len(nodes) - 1)
    extra = data.draw(st.builds(Edge, u=node, v=node))
    network = network_of(nodes, edges)
    doors = positions_of(network, data.draw(spots(len(edges), min_size=1)))
    posts = positions_of(network, data.draw(spots(len(edges), min_size=1)), letter="p")
    before = nearest(network, doors, posts)["minutes"]
    after = nearest(network_of(nodes, [*edges, extra]), doors, posts)["minutes"]
    assert (after <= before + 1e-9).all()


@LAW
@given(st.data(), st.floats(1.0, 3.0))
def test_more_speed_never_lengthens_a_walk_and_never_lowers_coverage(data, factor):
    nodes, edges = data.draw(drawings())
    slow = network_of(nodes, edges, speed_kmh=ADULT_KMH)
    fast = network_of(nodes, edges, speed_kmh=ADULT_KMH * factor)
    doors = positions_of(slow, data.draw(spots(len(edges), min_size=1)))
    posts = positions_of(slow, data.draw(spots(len(edges), min_size=1)), letter="p")
    before = nearest(slow, doors, posts)["minutes"]
    after = nearest(fast, doors, posts, ADULT_KMH * factor)["minutes"]
    assert (after <= before + 1e-9).all()
    for cutoff_min in (1, 5):
        reached = [
            walking_times(network, doors, posts, speed_kmh=kmh, cutoff_min=5)
            .coverage(cutoff_min)
            .toarray()
            for network, kmh in ((slow, ADULT_KMH), (fast, ADULT_KMH * factor))
        ]
        assert (reached[0] <= reached[1]).all()


@LAW
@given(st.data())
def test_bands_nest(data):
    nodes, edges = data.draw(drawings())
    network = network_of(nodes, edges)
    doors = positions_of(network, data.draw(spots(len(edges), min_size=1)))
    posts = positions_of(network, data.draw(spots(len(edges), min_size=1)), letter="p")
    times = walking_times(network, doors, posts, speed_kmh=ADULT_KMH, cutoff_min=15)
    five, ten, fifteen = (times.coverage(minutes).toarray() for minutes in (5, 10, 15))
    assert (five <= ten).all()
    assert (ten <= fifteen).all()
    assert fifteen.sum() == times.seconds.nnz


@LAW
@given(st.data())
def test_the_order_of_rows_changes_nothing(data):
    nodes, edges = data.draw(drawings())
    network = network_of(nodes, edges)
    doors = positions_of(network, data.draw(spots(len(edges), min_size=1)))
    posts = positions_of(network, data.draw(spots(len(edges), min_size=1)), letter="p")
    other_doors = doors.loc[data.draw(st.permutations(list(doors.index)))]
    other_posts = posts.loc[data.draw(st.permutations(list(posts.index)))]
    expected = nearest(network, doors, posts)
    found = nearest(network, other_doors, other_posts)
    assert list(found.index) == list(other_doors.index)
    pd.testing.assert_frame_equal(found.loc[doors.index], expected, check_exact=True)
    there = pd.DataFrame(dense(network, doors, posts), doors.index, posts.index)
    back = pd.DataFrame(
        dense(network, other_doors, other_posts), other_doors.index, other_posts.index
    )
    pd.testing.assert_frame_equal(back.loc[doors.index, posts.index], there, check_exact=True)


@LAW
@given(st.data(), st.sampled_from([0.0, 1.0, 5.0, 12.5]))
def test_times_within_the_cutoff_are_all_there_and_their_least_is_the_nearest(data, cutoff_min):
    nodes, edges = data.draw(drawings())
    network = network_of(nodes, edges)
    doors = positions_of(network, data.draw(spots(len(edges), min_size=1)))
    posts = positions_of(network, data.draw(spots(len(edges), min_size=1)), letter="p")
    everything = dense(network, doors, posts)
    near = dense(network, doors, posts, cutoff_min=cutoff_min)
    kept = within(everything, cutoff_min)
    assert np.array_equal(np.isfinite(near), kept)
    assert np.allclose(near[kept], everything[kept], rtol=0, atol=1e-12)
    table = nearest(network, doors, posts)
    least = everything.min(axis=1)
    assert np.array_equal(np.isfinite(least), np.isfinite(table["minutes"]))
    reached = np.isfinite(least)
    assert np.allclose(least[reached], table["minutes"][reached], rtol=0, atol=1e-9)
    # the post that is named is one of those nearest, and none is named where none is reached
    for row, (post, minutes) in enumerate(zip(table["facility"], table["minutes"], strict=True)):
        assert (post == "") == np.isinf(minutes)
        if post:
            by_name = everything[row, posts.index.get_loc(post)]
            assert by_name == pytest.approx(minutes, abs=1e-9)


@LAW
@given(st.data())
def test_where_both_directions_are_alike_the_way_back_is_as_long(data):
    nodes, edges = data.draw(drawings(two_way=True))
    network = network_of(nodes, edges)
    doors = positions_of(network, data.draw(spots(len(edges), min_size=1)))
    posts = positions_of(network, data.draw(spots(len(edges), min_size=1)), letter="p")
    there, back = dense(network, doors, posts), dense(network, posts, doors).T
    assert np.array_equal(np.isfinite(there), np.isfinite(back))
    finite = np.isfinite(there)
    assert np.allclose(there[finite], back[finite], rtol=0, atol=1e-9)


@LAW
@given(st.data())
def test_on_slopes_the_way_back_is_the_way_there_with_all_slopes_turned(data):
    nodes, edges = data.draw(drawings())
    turned = [Edge(e.u, e.v, e.via, e.slow_back, e.slow_ahead) for e in edges]
    network = network_of(nodes, edges)
    doors = positions_of(network, data.draw(spots(len(edges), min_size=1)))
    posts = positions_of(network, data.draw(spots(len(edges), min_size=1)), letter="p")
    there = dense(network, doors, posts)
    back = dense(network_of(nodes, turned), posts, doors).T
    assert np.array_equal(np.isfinite(there), np.isfinite(back))
    finite = np.isfinite(there)
    assert np.allclose(there[finite], back[finite], rtol=0, atol=1e-9)


@LAW
@given(st.data())
def test_the_direction_in_which_an_edge_is_drawn_changes_nothing(data):
    nodes, edges = data.draw(drawings())
    redrawn = [Edge(e.v, e.u, e.via[::-1], e.slow_back, e.slow_ahead) for e in edges]
    at = data.draw(spots(len(edges), min_size=1))
    network, other = network_of(nodes, edges), network_of(nodes, redrawn)
    here = positions_of(network, at)
    there = positions_of(other, [(edge, 1 - share, access) for edge, share, access in at])
    minutes, again = dense(network, here, here), dense(other, there, there)
    assert np.array_equal(np.isfinite(minutes), np.isfinite(again))
    finite = np.isfinite(minutes)
    assert np.allclose(minutes[finite], again[finite], rtol=0, atol=1e-9)


def test_posts_searched_in_many_chunks_have_the_times_of_each_alone():
    network = network_of([(0, 0), (3000, 0)], [Edge(0, 1)])
    count = 2 * CHUNK + 1
    posts = positions_of(network, [(0, i / count, 0.0) for i in range(count)], letter="p")
    doors = positions_of(network, [(0, 0.5, 0.0)])
    together = dense(network, doors, posts, cutoff_min=10)
    alone = [dense(network, doors, posts.iloc[[i]], cutoff_min=10)[0, 0] for i in range(count)]
    assert together[0].tolist() == alone
    assert 0 < np.isfinite(together).sum() < count
