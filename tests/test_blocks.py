"""Doors and sites come in blocks: the same answer by any size, and memory of one block only."""

import math
import tracemalloc
from unittest import mock

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from siting_towns import random_town
from towns import ADULT_KMH, drawings, network_of, positions_of, spots
from walkshed.siting import SitingProblem, SitingRules, mclp, problem_of_coverage
from walkshed.siting import worth as of_walks
from walkshed.siting.benefit import presolve
from walkshed.siting.search import Standing
from walkshed.travel_times import TravelTimes, _search, walking_times

LAW = settings(max_examples=15, deadline=None)


@LAW
@given(st.data(), st.integers(1, 7), st.integers(1, 7))
def test_the_size_of_blocks_changes_no_walk(data, block, chunk):
    nodes, edges = data.draw(drawings())
    network = network_of(nodes, edges)
    doors = positions_of(network, data.draw(spots(len(edges), min_size=1)))
    posts = positions_of(network, data.draw(spots(len(edges), min_size=1)), letter="p")
    whole = walking_times(network, doors, posts, speed_kmh=ADULT_KMH, cutoff_min=5).seconds
    with mock.patch.object(_search, "BLOCK", block), mock.patch.object(_search, "CHUNK", chunk):
        cut = walking_times(network, doors, posts, speed_kmh=ADULT_KMH, cutoff_min=5).seconds
    for part in ("indptr", "indices", "data"):
        assert getattr(whole, part).tobytes() == getattr(cut, part).tobytes()


def town_of_walks(seed, doors=30, sites=12):
    """Walks of up to 15 minutes at random; some of them to posts that stand."""
    rng = np.random.default_rng(seed)
    seconds = sparse.random_array((doors, sites), density=0.3, rng=rng, format="csc") * 900.0
    ids = pd.Index([f"s{i}" for i in range(sites)])
    status = np.where(rng.random(sites) < 0.2, "existing", "candidate")
    people = pd.Series(np.round(rng.gamma(2, 10, doors), 2))
    return SitingProblem(
        TravelTimes(seconds, people.index, ids, 15.0),
        people,
        pd.DataFrame({"status": status}, index=ids),
        10.0,
    )


@LAW
@given(st.integers(0, 2**32), st.integers(1, 60))
def test_gains_are_those_of_plain_arrays_whatever_the_size_of_blocks(seed, at_once):
    problem = town_of_walks(seed)
    walk_s = problem.times.seconds.toarray()
    walk_s[walk_s == 0] = np.inf
    stands = problem.standing
    for worth, value in (
        (of_walks.covered(problem), np.where(walk_s <= 600, 1.0, 0.0)),
        (of_walks.nearness(problem), np.maximum(900 - walk_s, 0.0)),
    ):
        has = value[:, stands].max(axis=1, initial=0.0)
        beyond = (value[:, ~stands] - has[:, None]) * problem.people[:, None]
        with mock.patch.object(of_walks, "WALKS_AT_ONCE", at_once):
            gains = of_walks.gains_of(problem, SitingRules(1), worth)
        assert np.array_equal(gains.matrix.toarray(), np.maximum(beyond, 0.0))
        assert (gains.matrix.data > 0).all()


def test_memory_beside_the_gains_does_not_grow_with_the_number_of_sites():
    beside = []
    for sites in (50, 400):
        problem = town_of_walks(1, doors=2_000, sites=sites)
        with mock.patch.object(of_walks, "WALKS_AT_ONCE", 20_000):
            tracemalloc.start()
            gains = of_walks.gains_of(problem, SitingRules(1), of_walks.covered(problem))
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
        room = problem.times.seconds[:, gains.columns].nnz * (4 + 8)  # the most they could be
        beside.append(peak - room)
    assert beside[1] < 1.5 * beside[0]


@LAW
@given(st.integers(0, 2**32), st.lists(st.integers(0, 50), max_size=8))
def test_what_sites_would_add_is_counted_again_to_the_last_bit(seed, turns):
    sees, residents, _ = random_town(seed)
    benefit = presolve(sparse.csc_array(sees * residents[:, None]), drop_dominated=False)
    if benefit.sites.size == 0:
        return
    standing, plan = Standing(benefit, ()), set()
    for turn in turns:
        site = turn % benefit.sites.size
        (standing.close if site in plan else standing.open)(site)
        plan ^= {site}
        best = benefit.best_of(sorted(plan))
        assert np.array_equal(standing.best, best)
        assert np.array_equal(standing.gain, benefit.above(best))


@pytest.mark.parametrize("seed", range(5))
def test_residents_reached_stage_by_stage_are_those_of_one_sum(seed):
    rng = np.random.default_rng(seed)
    sees = rng.random((200, 8)) < 0.1
    people = pd.Series(rng.gamma(2, 10, 200) / 3)
    ids = pd.Index([f"s{i}" for i in range(8)])
    covered = rng.random(200) < 0.1
    town = problem_of_coverage(sparse.csr_array(sees), people, ids, covered=covered)
    plan = mclp(town, SitingRules(new_posts=5))
    inside = covered.copy()
    for row in plan.build_order.itertuples():
        inside |= sees[:, ids.get_loc(row.site_id)]
        assert row.residents_within == math.fsum(people[inside])
