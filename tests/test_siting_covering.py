"""Least sites against enumeration and a plain HiGHS model, and the laws a covering obeys."""

import time
from itertools import combinations

import numpy as np
import pytest
from scipy import optimize, sparse

from siting_towns import FANO_LINES
from walkshed.siting import covering, covering_task
from walkshed.siting._cover_kernels import hold_another, lie_in_another
from walkshed.siting.covering import least_sites


def solve(sees, residents, need, deadline=np.inf, **options):
    return least_sites(sparse.csc_matrix(sees), residents, need=need, deadline=deadline, **options)


def least_by_enumeration(sees, residents, need, cost, conflicts=()):
    least = np.inf
    for posts in range(sees.shape[1] + 1):
        for plan in combinations(range(sees.shape[1]), posts):
            reached = residents[sees[:, list(plan)].any(axis=1)].sum()
            if reached >= need - 1e-7 and not any({*pair} <= {*plan} for pair in conflicts):
                least = min(least, cost[list(plan)].sum())
    return least


def random_town(rng):
    """Make up to 14 doors and 8 sites, with equal rows, useless sites and doors out of reach."""
    doors, sites = int(rng.integers(1, 15)), int(rng.integers(1, 9))
    sees = rng.random((doors, sites)) < rng.uniform(0.1, 0.6)
    return sees, np.round(rng.gamma(2, 10, doors), 2) * (rng.random(doors) < 0.9)


def fano_town(quarters):
    """Make quarters of seven doors, each seen by three of seven sites, any two of which share one.

    Three sites are needed where three sevenths of a site each would do: 7/3 in all.
    """
    quarter = np.zeros((7, 7), dtype=bool)
    for site, doors in enumerate(FANO_LINES):
        quarter[list(doors), site] = True
    return np.kron(np.eye(quarters, dtype=bool), quarter)


def street_town(seed, doors, sites, reach_m=500.0):
    rng = np.random.default_rng(seed)
    at, where = rng.uniform(0, 3000, (doors, 2)), rng.uniform(0, 3000, (sites, 2))
    where[: sites // 2] = at[: sites // 2]
    sees = np.abs(at[:, None, :] - where[None, :, :]).sum(axis=2) <= reach_m
    return sees, rng.lognormal(2, 1, doors)


def crowded_town(seed, doors, sites):
    """Make doors seen by random sites, which is far from any fractional plan."""
    rng = np.random.default_rng(seed)
    sees = rng.random((doors, sites)) < 0.06
    sees[np.arange(doors), rng.integers(0, sites, doors)] = True
    return sees, rng.lognormal(2, 1, doors)


@pytest.mark.parametrize("batch", range(5))
def test_the_least_sites_are_those_found_by_enumeration(batch):
    rng = np.random.default_rng(batch)
    for case in range(100):
        sees, residents = random_town(rng)
        sites = sees.shape[1]
        cost = [np.ones(sites), rng.integers(1, 9, sites) * 3.0, rng.uniform(1, 5, sites)][case % 3]
        need = residents[sees.any(axis=1)].sum() * rng.choice([1.0, 0.9, 0.7, 0.5])
        answer = solve(sees, residents, need, cost=cost)
        assert answer.status == "optimal"
        assert answer.objective == pytest.approx(least_by_enumeration(sees, residents, need, cost))
        assert answer.bound == answer.objective == pytest.approx(cost[list(answer.plan)].sum())
        reached = residents[sees[:, list(answer.plan)].any(axis=1)].sum()
        assert reached >= need * (1 - 1e-8)


def test_sites_that_exclude_each_other_are_never_chosen_together():
    rng = np.random.default_rng(7)
    infeasible = 0
    for case in range(100):
        sees, residents = random_town(rng)
        sites = sees.shape[1]
        conflicts = rng.integers(0, sites, (3, 2))
        conflicts = conflicts[conflicts[:, 0] != conflicts[:, 1]]
        cost = [np.ones(sites), rng.uniform(1, 5, sites)][case % 2]
        need = residents[sees.any(axis=1)].sum() * rng.choice([1.0, 0.7])
        answer = solve(sees, residents, need, cost=cost, conflicts=conflicts)
        least = least_by_enumeration(sees, residents, need, cost, conflicts.tolist())
        assert answer.objective == pytest.approx(least)
        assert answer.bound == answer.objective
        infeasible += answer.status == "infeasible"
        assert (answer.plan is None) == (answer.status == "infeasible")
        assert answer.plan is None or not any({*pair} <= {*answer.plan} for pair in conflicts)
    assert 0 < infeasible < 50


def test_where_reduction_and_prices_cannot_decide_the_exact_step_does(monkeypatch):
    asked = []
    real = covering.solve
    monkeypatch.setattr(covering, "solve", lambda *a, **k: asked.append(real(*a, **k)) or asked[-1])
    for quarters in (1, 2, 3):
        sees = fano_town(quarters)
        answer = solve(sees, np.ones(7 * quarters), 7 * quarters)
        assert (answer.objective, answer.bound) == (3 * quarters, 3 * quarters)
    # One quarter is decided by rounding 7/3 up, two and three (14/3, 7) are not.
    assert len(asked) == 2


def test_an_exact_step_alone_finds_the_same(monkeypatch):
    towns = [street_town(seed, doors=60, sites=20) for seed in range(4)]
    known = [solve(*town, 0.9 * town[1][town[0].any(axis=1)].sum()).objective for town in towns]
    monkeypatch.setattr(covering, "reduced", lambda task: task)
    for town, least in zip(towns, known, strict=True):
        need = 0.9 * town[1][town[0].any(axis=1)].sum()
        assert solve(*town, need).objective == least


@pytest.mark.parametrize("share", [1.0, 0.8])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_plain_model_over_raw_doors_agrees(seed, share):
    sees, residents = street_town(seed, doors=300, sites=40)
    need = share * residents[sees.any(axis=1)].sum()
    doors, sites = sees.shape
    reached = sparse.hstack([sparse.csr_matrix(sees.astype(float)), -sparse.eye(doors)])
    enough = sparse.csr_matrix(np.r_[np.zeros(sites), residents])
    plain = optimize.milp(
        np.r_[np.ones(sites), np.zeros(doors)],
        bounds=optimize.Bounds(0, 1),
        integrality=np.r_[np.ones(sites), np.zeros(doors)],
        constraints=[
            optimize.LinearConstraint(reached.tocsr(), 0, np.inf),
            optimize.LinearConstraint(enough, need * (1 - 1e-9), np.inf),
        ],
    )
    assert plain.status == 0
    assert solve(sees, residents, need).objective == pytest.approx(plain.fun)


def test_doors_that_nobody_reaches_are_named():
    sees = np.array([[1, 0], [0, 0], [1, 1], [0, 0]], dtype=bool)
    residents = np.array([5.0, 7.0, 1.0, 0.0])
    answer = solve(sees, residents, residents.sum())
    assert (answer.status, answer.plan, answer.unreachable) == ("infeasible", None, (1,))
    assert (answer.objective, answer.bound) == (np.inf, np.inf)
    rest = solve(sees, residents, 6.0)
    assert (rest.status, rest.plan, rest.unreachable) == ("optimal", (0,), (1,))


def test_nobody_to_reach_takes_no_site():
    answer = solve(np.ones((2, 2), dtype=bool), np.array([3.0, 4.0]), 0.0)
    assert (answer.plan, answer.objective, answer.status) == ((), 0.0, "optimal")


@pytest.mark.parametrize("share", [1.0, 0.85])
def test_the_order_of_doors_changes_nothing(share):
    sees, residents = street_town(5, doors=300, sites=40)
    order = np.random.default_rng(0).permutation(len(residents))
    need = share * residents[sees.any(axis=1)].sum()
    answer, shuffled = solve(sees, residents, need), solve(sees[order], residents[order], need)
    assert (answer.plan, answer.bound) == (shuffled.plan, shuffled.bound)


@pytest.mark.parametrize("share", [1.0, 0.8])
def test_when_the_time_is_up_a_plan_and_a_true_bound_come_back(share):
    sees, residents = crowded_town(2, doors=600, sites=200)
    need = share * residents[sees.any(axis=1)].sum()
    solve(*crowded_town(2, 30, 10), share)  # compiles
    answer = solve(sees, residents, need, deadline=time.perf_counter() + 0.5)
    assert answer.status == "time_limit"
    assert residents[sees[:, list(answer.plan)].any(axis=1)].sum() >= need * (1 - 1e-8)
    assert answer.objective / 2 < answer.bound < answer.objective


@pytest.mark.parametrize("share", [1.0, 0.8])
def test_search_and_bound_close_in_and_are_told(share):
    sees, residents = crowded_town(0, doors=120, sites=60)
    told = []
    need = share * residents[sees.any(axis=1)].sum()
    answer = solve(sees, residents, need, tell=lambda best, bound: told.append((best, bound)))
    best, bound = np.array(told).T
    assert answer.status == "optimal"
    assert (np.diff(best) <= 0).all()
    assert best[0] > best[-1] == answer.objective
    assert (bound <= answer.objective + 1e-9).all()
    assert bound[-1] > bound[0]


def test_interrupting_gives_what_is_known():
    sees, residents = crowded_town(2, doors=600, sites=200)

    def enough(best, bound):
        if bound > 0:
            raise KeyboardInterrupt

    answer = solve(sees, residents, residents[sees.any(axis=1)].sum(), tell=enough)
    assert answer.status == "interrupted"
    assert answer.plan is not None
    assert 0 < answer.bound < answer.objective


def test_costs_decide_and_are_counted_in_full():
    # The wide site reaches both doors, but two narrow ones together cost less.
    sees = np.array([[1, 1, 0], [1, 0, 1]], dtype=bool)
    people = np.array([10.0, 10.0])
    assert solve(sees, people, 20.0, cost=np.array([15e6, 8e6, 8e6])).plan == (0,)
    assert solve(sees, people, 20.0, cost=np.array([15e6, 7e6, 7e6])).plan == (1, 2)
    assert solve(sees, people, 20.0, cost=np.array([15e6, 7.1e6, 7e6])).objective == 14.1e6


def test_kernels_mark_what_a_plain_comparison_of_all_pairs_marks():
    rng = np.random.default_rng(3)
    for _ in range(60):
        sees = rng.random((rng.integers(1, 12), rng.integers(1, 10))) < 0.4
        sees = sees[sees.any(axis=1)][:, sees[sees.any(axis=1)].any(axis=0)]
        rows, columns = sparse.csr_matrix(sees), sparse.csc_matrix(sees)
        by_row, by_site = (rows.indptr, rows.indices), (columns.indptr, columns.indices)
        sets = [frozenset(np.flatnonzero(row)) for row in sees]
        holds = [
            any(b < a or (b == a and j < i) for j, b in enumerate(sets)) for i, a in enumerate(sets)
        ]
        assert hold_another(*by_row, *by_site).tolist() == holds
        cost = rng.integers(1, 4, sees.shape[1]).astype(float)
        may = rng.random(sees.shape[1]) < 0.8
        sets = [frozenset(np.flatnonzero(site)) for site in sees.T]
        lies = [
            any(
                may[k]
                and a <= b
                and cost[k] <= cost[j]
                and k != j
                and (a < b or cost[k] < cost[j] or k < j or not may[j])
                for k, b in enumerate(sets)
            )
            for j, a in enumerate(sets)
        ]
        assert lie_in_another(*by_site, *by_row, cost, may).tolist() == lies


def test_reduction_leaves_the_least_cost_as_it_was():
    rng = np.random.default_rng(11)
    for _ in range(60):
        sees, residents = random_town(rng)
        need = residents[sees.any(axis=1)].sum() * rng.choice([1.0, 0.8])
        cost = rng.integers(1, 5, sees.shape[1]).astype(float)
        task = covering.covering_task(sparse.csc_matrix(sees), residents, need, cost, None)
        small = covering_task.reduced(task)
        left = small.cover.matrix.toarray() > 0
        least = least_by_enumeration(
            left, small.cover.residents, small.cover.residents.sum() - small.spare, small.cost
        )
        assert small.paid + least == least_by_enumeration(sees, residents, need, cost)
