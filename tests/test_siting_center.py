"""The shortest longest walk against enumeration, published optima of the kind, and laws."""

import time
from itertools import combinations

import numpy as np
import pytest
from scipy import sparse
from scipy.sparse.csgraph import shortest_path

from walkshed.siting import center
from walkshed.siting.center import least_longest_walk


def stored(walks):
    """Store every finite walk, a walk of 0 seconds too."""
    site, row = np.nonzero(np.isfinite(walks.T))
    start = np.searchsorted(site, np.arange(walks.shape[1] + 1))
    return sparse.csc_matrix((walks[row, site], row, start), shape=walks.shape)


def solve(walks, residents, posts, deadline=np.inf, **options):
    return least_longest_walk(stored(walks), residents, posts=posts, deadline=deadline, **options)


def longest_walk(walks, residents, plan, share, standing_s):
    nearest = np.minimum(standing_s, walks[:, list(plan)].min(axis=1, initial=np.inf))
    for limit_s in np.unique(nearest):
        if residents[nearest <= limit_s].sum() >= share * residents.sum() - 1e-7:
            return limit_s
    return 0.0


def random_walks(rng):
    """Make walks between 0 and 9 s with gaps, so that many are equal, and doors of nobody."""
    doors, sites = int(rng.integers(1, 11)), int(rng.integers(1, 8))
    walks = rng.integers(0, 10, (doors, sites)).astype(float)
    walks[rng.random((doors, sites)) < rng.uniform(0, 0.4)] = np.inf
    residents = np.round(rng.gamma(2, 10, doors), 2) * (rng.random(doors) < 0.9)
    residents[rng.integers(doors)] = 5.0
    standing_s = np.where(rng.random(doors) < 0.2, rng.integers(0, 10, doors), np.inf)
    return walks, residents, standing_s


def street_walks(seed, doors, sites):
    rng = np.random.default_rng(seed)
    at, where = rng.uniform(0, 3000, (doors, 2)), rng.uniform(0, 3000, (sites, 2))
    return np.abs(at[:, None, :] - where[None, :, :]).sum(axis=2), rng.lognormal(2, 1, doors)


def graph_walks(seed, nodes):
    """Make walks as OR-Library's p-median files do: random edges, and all shortest paths."""
    rng = np.random.default_rng(seed)
    edges = np.zeros((nodes, nodes))
    ring = rng.permutation(nodes)
    for a, b in [*zip(ring, np.roll(ring, 1), strict=True), *rng.integers(0, nodes, (nodes, 2))]:
        if a != b:
            edges[a, b] = edges[b, a] = rng.integers(1, 101)
    return shortest_path(edges, directed=False)


@pytest.mark.parametrize("batch", range(5))
def test_the_longest_walk_is_as_short_as_by_enumeration(batch):
    rng = np.random.default_rng(batch)
    statuses = set()
    for _ in range(100):
        walks, residents, standing_s = random_walks(rng)
        posts = int(rng.integers(0, walks.shape[1] + 1))
        share = float(rng.choice([1.0, 1.0, 0.9, 0.6]))
        answer = solve(walks, residents, posts, share=share, standing_s=standing_s)
        plans = combinations(range(walks.shape[1]), posts)
        best = min(longest_walk(walks, residents, p, share, standing_s) for p in plans)
        assert answer.objective_s == answer.bound_s == best
        statuses.add(answer.status)
        assert answer.status == ("optimal" if np.isfinite(best) else "infeasible")
        if answer.plan is not None:
            assert len(answer.plan) <= posts
            assert longest_walk(walks, residents, answer.plan, share, standing_s) == best
    assert statuses == {"optimal", "infeasible"}


def test_doors_that_neither_site_nor_post_reaches_are_named():
    away = np.inf
    walks = np.array([[3.0, away], [away, away], [away, 4.0], [away, away], [away, away]])
    residents, standing_s = np.array([1.0, 1, 1, 1, 0]), np.array([away, 7.0, away, away, away])
    answer = solve(walks, residents, 2, standing_s=standing_s)
    assert (answer.status, answer.plan, answer.unreachable) == ("infeasible", None, (3,))
    most = solve(walks, residents, 2, standing_s=standing_s, share=0.75)
    assert (most.status, most.objective_s, most.plan) == ("optimal", 7.0, (0, 1))


def test_too_few_posts_within_the_limit_of_the_matrix_is_infeasible():
    away = np.inf
    answer = solve(np.array([[3.0, away], [away, 4.0]]), np.ones(2), 1)
    assert (answer.status, answer.objective_s, answer.bound_s) == ("infeasible", away, away)
    assert answer.unreachable == ()


def test_standing_posts_alone_may_be_enough():
    answer = solve(np.array([[9.0], [9.0]]), np.ones(2), 1, standing_s=np.array([2.0, 5.0]))
    assert (answer.plan, answer.objective_s, answer.status) == ((), 5.0, "optimal")
    nothing = solve(np.array([[9.0], [9.0]]), np.ones(2), 0, standing_s=np.array([2.0, 5.0]))
    assert (nothing.plan, nothing.objective_s) == ((), 5.0)


@pytest.mark.parametrize("posts", [3, 8])
def test_bounds_and_the_exact_step_agree_with_a_scan_of_all_walks(posts, monkeypatch):
    walks = graph_walks(posts, 60)
    answer = solve(walks, np.ones(60), posts)
    assert answer.status == "optimal"
    walks_s = np.unique(walks)
    shorter = walks_s[np.searchsorted(walks_s, answer.objective_s) - 1]
    assert (np.sort(walks[:, list(answer.plan)].min(axis=1))[-1]) == answer.objective_s
    known = [center._within(w, shorter, posts, np.inf, 0) for w in [as_walks(walks)]]
    assert known[0].lower > posts


def as_walks(walks):
    doors = len(walks)
    nobody = np.full(doors, np.inf)
    return center._Walks(stored(walks), nobody, np.ones(doors), float(doors))


def test_more_posts_and_a_smaller_share_never_make_the_walk_longer():
    walks, residents = street_walks(1, doors=80, sites=25)
    by_posts = [solve(walks, residents, posts).objective_s for posts in (1, 2, 4, 8, 25)]
    assert by_posts == sorted(by_posts, reverse=True)
    by_share = [solve(walks, residents, 4, share=share).objective_s for share in (0.5, 0.9, 1.0)]
    assert by_share == sorted(by_share)
    assert by_share[0] < by_share[-1]


def test_the_order_of_doors_changes_nothing():
    walks, residents = street_walks(2, doors=120, sites=30)
    order = np.random.default_rng(0).permutation(120)
    for share in (1.0, 0.8):
        answer = solve(walks, residents, 5, share=share)
        assert solve(walks[order], residents[order], 5, share=share) == answer


def test_when_the_time_is_up_a_plan_and_a_true_bound_come_back():
    walks, residents = street_walks(3, doors=1200, sites=300)
    solve(*street_walks(3, 20, 5), 2, share=0.9)  # compiles
    answer = solve(walks, residents, 12, share=0.95, deadline=time.perf_counter() + 1.5)
    assert answer.status == "time_limit"
    assert answer.bound_s < answer.objective_s < 3000
    assert answer.objective_s == longest_walk(walks, residents, answer.plan, 0.95, np.inf)


def test_walk_and_bound_are_told_and_an_interrupt_keeps_them():
    walks, residents = street_walks(4, doors=150, sites=40)
    told = []
    answer = solve(walks, residents, 6, tell=lambda *news: told.append(news))
    walk_s, bound_s = np.array(told).T
    assert (np.diff(walk_s) <= 0).all()
    assert (np.diff(bound_s) >= 0).all()
    assert (walk_s[-1], bound_s[-1]) == (answer.objective_s, answer.bound_s)

    def enough(walk_s, bound_s):
        if np.isfinite(walk_s):
            raise KeyboardInterrupt

    stopped = solve(walks, residents, 6, tell=enough)
    assert stopped.status == "interrupted"
    assert stopped.bound_s <= answer.objective_s <= stopped.objective_s < np.inf
