"""What holds for the walking times of every town."""

import itertools

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from towns import ADULT_KMH, Edge, drawings, network_of, positions_of, spots
from walks import dense, nearest
from walkshed.travel_times import (
    CHUNK,
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


@LAW
@given(st.data(), st.integers(1, 9))
def test_the_nearest_posts_are_the_first_of_all_posts_sorted(data, k):
    nodes, edges = data.draw(drawings())
    network = network_of(nodes, edges)
    doors = positions_of(network, data.draw(spots(len(edges), min_size=1)))
    posts = positions_of(network, data.draw(spots(len(edges), min_size=1)), letter="p")
    every = dense(network, doors, posts)
    table = nearest_facilities(network, doors, posts, speed_kmh=ADULT_KMH, k=k)
    found = table["minutes"].to_numpy().reshape(len(doors), k)
    expected = np.full((len(doors), k), np.inf)
    expected[:, : len(posts)] = np.sort(every, axis=1)[:, :k]
    assert np.array_equal(np.isinf(found), np.isinf(expected))
    near = np.isfinite(found)
    assert np.allclose(found[near], expected[near], rtol=0, atol=1e-9)
    reached = table[table["facility"] != ""]
    assert not reached.duplicated(["door_id", "facility"]).any()
    for door, post, minutes in zip(
        reached["door_id"], reached["facility"], reached["minutes"], strict=True
    ):
        by_name = every[doors.index.get_loc(door), posts.index.get_loc(post)]
        assert by_name == pytest.approx(minutes, abs=1e-9)
    first, by_rank = nearest(network, doors, posts)["facility"], table["facility"].iloc[::k]
    columns = dict(zip(posts.index, every.T, strict=True))
    for row, (one, other) in enumerate(zip(first, by_rank, strict=True)):
        # of two posts that differ by less than a sum of seconds can hold, either is the nearer
        assert one == other or columns[one][row] == pytest.approx(columns[other][row], abs=1e-9)


@LAW
@given(st.data())
def test_nodes_are_doors_without_a_leg(data):
    nodes, edges = data.draw(drawings())
    network = network_of(nodes, edges)
    ends = [(e, share, 0.0) for e in range(len(edges)) for share in (0.0, 1.0)]
    at_node = np.column_stack([network.edge_u, network.edge_v]).ravel()
    doors = positions_of(network, ends)
    posts = positions_of(network, data.draw(spots(len(edges), min_size=1)), letter="p")
    node_s = seconds_to_nearest(network, posts, speed_kmh=ADULT_KMH)[at_node]
    door_s = nearest(network, doors, posts)["minutes"].to_numpy() * 60
    assert np.array_equal(np.isfinite(node_s), np.isfinite(door_s))
    reached = np.isfinite(node_s)
    assert np.allclose(node_s[reached], door_s[reached], rtol=0, atol=1e-6)
    each = node_seconds(network, posts, speed_kmh=ADULT_KMH, limit_s=300).tocoo()
    for node, post, seconds in zip(each.row, each.col, each.data, strict=True):
        alone = one_to_all(network, posts.iloc[post], speed_kmh=ADULT_KMH, cutoff_min=5)
        assert alone[node] == seconds


@LAW
@given(st.data())
def test_a_drawn_way_is_as_long_as_the_walk_takes(data):
    nodes, edges = data.draw(drawings())
    network = network_of(nodes, [Edge(e.u, e.v, e.via) for e in edges])
    doors = positions_of(network, data.draw(spots(len(edges), min_size=1, max_size=4)))
    posts = positions_of(network, data.draw(spots(len(edges), min_size=1, max_size=4)), letter="p")
    minutes = dense(network, doors, posts)
    for (i, door), (j, post) in itertools.product(enumerate(doors.index), enumerate(posts.index)):
        way = walking_path(network, doors.loc[door], posts.loc[post], speed_kmh=ADULT_KMH)
        assert way.is_empty == np.isinf(minutes[i, j])
        if not way.is_empty:
            legs_m = doors["access_m"].iloc[i] + posts["access_m"].iloc[j]
            assert way.length + legs_m == pytest.approx(minutes[i, j] * 80, abs=1e-6)


@LAW
@given(st.data())
def test_streets_hold_the_doors_that_are_within_the_minutes(data):
    nodes, edges = data.draw(drawings())
    network = network_of(nodes, edges)
    posts = positions_of(network, data.draw(spots(len(edges), min_size=1, max_size=4)), letter="p")
    streets = reached_streets(network, posts, minutes=[2, 5], speed_kmh=ADULT_KMH)
    steps = 40
    shares = [(e, (i + 0.5) / steps, 0.0) for e in range(len(edges)) for i in range(steps)]
    minutes = nearest(network, positions_of(network, shares), posts)["minutes"].to_numpy()
    for band in (2, 5):
        held = streets[streets["minutes"] <= band]
        held_m = held.geometry.length.groupby(held["edge"]).sum()
        pieces = held.groupby("edge").size()
        reached = within(minutes, band).reshape(len(edges), steps).mean(axis=1)
        for edge, length_m in enumerate(network.edge_length_m):
            expected_m = reached[edge] * length_m
            room_m = (1 + 2 * pieces.get(edge, 0)) * length_m / steps
            assert held_m.get(edge, 0.0) == pytest.approx(expected_m, abs=room_m + 1e-6)
