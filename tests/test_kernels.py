"""The compiled search against scipy's, number for number; its work memory, its threads."""

import pickle
from contextlib import contextmanager

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from towns import ADULT_KMH, Edge, drawings, network_of, positions_of, spots
from walkshed.network import _numba
from walkshed.travel_times import (
    nearest_facilities,
    nearest_facility,
    node_seconds,
    seconds_to_nearest,
    walking_times,
)

pytestmark = pytest.mark.skipif(not _numba.HAS_NUMBA, reason="numba cannot be had here")


@contextmanager
def by_scipy():
    _numba.HAS_NUMBA = False
    try:
        yield
    finally:
        _numba.HAS_NUMBA = True


def by_both(search):
    """What the compiled search finds, and what scipy finds."""
    found = search()
    with by_scipy():
        return found, search()


def same_numbers(one, other):
    one, other = one.tocoo(), other.tocoo()
    assert one.shape == other.shape
    first, second = (
        pd.Series(m.data, pd.MultiIndex.from_arrays([m.row, m.col])).sort_index()
        for m in (one, other)
    )
    pd.testing.assert_series_equal(first, second, check_exact=True, check_index_type=False)


def chain_of(lengths_m):
    """A street along the x axis, cut into edges of these lengths."""
    at = np.concatenate([[0.0], np.cumsum(lengths_m)])
    return network_of([(x, 0.0) for x in at], [Edge(i, i + 1) for i in range(len(lengths_m))])


def grid_of(side, block_m=100.0):
    nodes = [(block_m * x, block_m * y) for y in range(side) for x in range(side)]
    across = [Edge(i, i + 1) for i in range(side * side) if (i + 1) % side]
    return network_of(nodes, across + [Edge(i, i + side) for i in range(side * (side - 1))])


def random_places(network, count, seed, letter):
    rng = np.random.default_rng(seed)
    edge = rng.integers(0, network.n_edges, count)
    at = zip(edge.tolist(), rng.random(count), rng.random(count) * 50, strict=True)
    return positions_of(network, list(at), letter=letter)


# --- scipy finds the very same numbers -----------------------------------------------------------


@settings(max_examples=80, deadline=None)
@given(st.data(), st.sampled_from([0.0, 1.0, 5.0, 1e6, np.inf]), st.booleans())
def test_compiled_and_scipy_find_the_same_to_the_last_bit(data, cutoff_min, closed):
    nodes, edges = data.draw(drawings())
    network = network_of(nodes, edges)
    if closed:
        network.edge_backward_s[0] = np.inf
        network.edge_forward_s[-1] = np.inf
    doors = positions_of(network, data.draw(spots(len(edges), min_size=1)))
    posts = positions_of(network, data.draw(spots(len(edges), min_size=1)), letter="p")
    kmh = {"speed_kmh": ADULT_KMH}
    times, expected = by_both(
        lambda: walking_times(network, doors, posts, cutoff_min=cutoff_min, **kmh).seconds
    )
    same_numbers(times, expected)
    assert not np.isnan(times.data).any()
    limit_s = cutoff_min * 60
    same_numbers(*by_both(lambda: node_seconds(network, posts, limit_s=limit_s, **kmh)))
    one, other = by_both(lambda: seconds_to_nearest(network, posts, limit_s=limit_s, **kmh))
    assert np.array_equal(one, other)
    one, other = by_both(lambda: nearest_facility(network, doors, posts, **kmh))
    pd.testing.assert_frame_equal(one, other, check_exact=True)
    for k in (1, 2, 9):
        one, other = by_both(lambda k=k: nearest_facilities(network, doors, posts, k=k, **kmh))
        pd.testing.assert_frame_equal(one, other, check_exact=True)


def test_in_a_grid_where_all_ways_tie_both_name_the_same_posts():
    network = grid_of(12)
    doors = positions_of(network, [(edge, 0.5, 0.0) for edge in range(network.n_edges)])
    posts = positions_of(network, [(edge, 0.5, 0.0) for edge in range(0, 260, 13)], letter="p")
    for search in (
        lambda: nearest_facility(network, doors, posts, speed_kmh=ADULT_KMH),
        lambda: nearest_facilities(network, doors, posts, speed_kmh=ADULT_KMH, k=4),
    ):
        found, expected = by_both(search)
        pd.testing.assert_frame_equal(found, expected, check_exact=True)


def test_a_town_of_thousands_of_walks_is_the_same_by_both():
    network = grid_of(25)
    doors = random_places(network, 3000, 1, "d")
    posts = random_places(network, 300, 2, "p")
    times, expected = by_both(
        lambda: walking_times(network, doors, posts, speed_kmh=ADULT_KMH, cutoff_min=12).seconds
    )
    assert times.nnz > 100_000
    same_numbers(times, expected)


# --- near and far ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "lengths_m",
    [[1e5] * 40, [1e9, 1.0, 1e9, 0.0, 1e-9], [0.0] * 30, [21.3] * 3000],
    ids=["days", "years", "nothing", "many"],
)
def test_walks_of_days_and_of_years_are_as_scipy_says(lengths_m):
    network = chain_of(lengths_m)
    ends = positions_of(network, [(0, 0.0, 0.0), (len(lengths_m) - 1, 1.0, 7.0)], letter="p")
    found, expected = by_both(lambda: seconds_to_nearest(network, ends, speed_kmh=ADULT_KMH))
    assert np.isfinite(found).all()
    assert np.array_equal(found, expected)
    same_numbers(*by_both(lambda: node_seconds(network, ends, speed_kmh=ADULT_KMH, limit_s=np.inf)))


@settings(max_examples=40, deadline=None)
@given(st.lists(st.sampled_from([0.0, 1.0, 50.0, 3e4, 1e7]), min_size=9, max_size=9))
def test_long_and_short_streets_mixed_are_walked_rightly(lengths_m):
    corners = [(0, 1), (1, 2), (2, 3), (3, 0), (0, 2), (1, 3), (3, 4), (4, 5), (5, 0)]
    network = network_of([(0, 0)] * 6, [Edge(u, v) for u, v in corners])
    seconds = np.array(lengths_m) / (ADULT_KMH / 3.6)
    network.edge_forward_s[:], network.edge_backward_s[:] = seconds, seconds[::-1]
    posts = positions_of(network, [(edge, 0.0, 0.0) for edge in range(9)], letter="p")
    same_numbers(
        *by_both(lambda: node_seconds(network, posts, speed_kmh=ADULT_KMH, limit_s=np.inf))
    )


def test_a_search_leaves_its_work_memory_as_it_found_it():
    network = grid_of(10)
    posts = random_places(network, 50, 3, "p")
    for limit_s in (0.0, 200.0, np.inf):
        node_seconds(network, posts, speed_kmh=ADULT_KMH, limit_s=limit_s)
    walking_times(network, posts, posts, speed_kmh=ADULT_KMH, cutoff_min=5)
    assert network.arcs.workspaces
    for seconds, is_waiting, *_ in network.arcs.workspaces:
        assert np.isinf(seconds).all()
        assert not is_waiting.any()


# --- memory and threads --------------------------------------------------------------------------


@pytest.mark.parametrize("threads", [1, 2, 7])
def test_the_number_of_threads_changes_nothing(monkeypatch, threads):
    network = grid_of(15)
    doors, posts = random_places(network, 500, 4, "d"), random_places(network, 700, 5, "p")

    def search():
        times = walking_times(network, doors, posts, speed_kmh=ADULT_KMH, cutoff_min=8).seconds
        nodes = node_seconds(network, posts, speed_kmh=ADULT_KMH, limit_s=480)
        return [part for m in (times, nodes) for part in (m.data, m.indices, m.indptr)]

    expected = search()
    monkeypatch.setattr("os.cpu_count", lambda: threads)
    assert all(map(np.array_equal, search(), expected))


def test_work_memory_is_handed_on_only_when_what_was_found_is_copied_out(monkeypatch):
    class TakenAtOnce(list):
        """Work memory that the next thread takes, and writes over, the moment it is free."""

        def append(self, workspace):
            super().append(workspace)
            *_, index, seconds = workspace
            index[:], seconds[:] = -1, np.nan

    network = grid_of(10)
    doors, posts = random_places(network, 300, 4, "d"), random_places(network, 300, 5, "p")

    def search():
        times = walking_times(network, doors, posts, speed_kmh=ADULT_KMH, cutoff_min=8).seconds
        nodes = node_seconds(network, posts, speed_kmh=ADULT_KMH, limit_s=480)
        return [part for m in (times, nodes) for part in (m.data, m.indices, m.indptr)]

    expected = search()
    monkeypatch.setitem(network.arcs.__dict__, "workspaces", TakenAtOnce())
    assert all(map(np.array_equal, search(), expected))


def test_a_walk_takes_at_most_sixteen_bytes():
    network = grid_of(20)
    doors, posts = random_places(network, 4000, 6, "d"), random_places(network, 200, 7, "p")
    seconds = walking_times(network, doors, posts, speed_kmh=ADULT_KMH, cutoff_min=15).seconds
    size = seconds.data.nbytes + seconds.indices.nbytes + seconds.indptr.nbytes
    assert seconds.data.dtype == np.float64
    assert size <= 16 * seconds.nnz


def test_a_network_sent_to_another_process_leaves_its_work_memory_behind():
    network = grid_of(8)
    posts = random_places(network, 5, 9, "p")
    expected = seconds_to_nearest(network, posts, speed_kmh=ADULT_KMH)
    node_seconds(network, posts, speed_kmh=ADULT_KMH, limit_s=60)
    sent = pickle.loads(pickle.dumps(network))
    assert "arcs" in vars(network)
    assert "arcs" not in vars(sent)
    assert np.array_equal(seconds_to_nearest(sent, posts, speed_kmh=ADULT_KMH), expected)


def test_posts_keep_their_columns_whatever_order_they_are_searched_in():
    network = chain_of([100.0] * 400)
    rng = np.random.default_rng(8)
    edge = rng.permutation(400)
    posts = positions_of(network, [(int(e), 0.0, 0.0) for e in edge], letter="p")
    doors = positions_of(network, [(e, 0.0, 0.0) for e in range(400)])
    seconds = walking_times(network, doors, posts, speed_kmh=ADULT_KMH, cutoff_min=0).seconds
    walks = seconds.tocoo()
    assert len(walks.row) == 400
    assert np.array_equal(edge[walks.col], walks.row)
