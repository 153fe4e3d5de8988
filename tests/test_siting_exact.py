"""The exact engine on benefits of any kind: decay and p-median, quotas, time that runs out."""

import time
from itertools import combinations

import numpy as np
import pytest
from scipy import sparse

from siting_towns import best_worth, fano_town, gives, street_town, unmerged
from walkshed.siting import _kernels
from walkshed.siting.benefit import presolve
from walkshed.siting.bound import Quotas, lagrangian_bound
from walkshed.siting.exact import best_plan


def coverage_town(rng):
    """Benefits of covering: a door gives all its residents or nothing."""
    doors, sites = int(rng.integers(2, 14)), int(rng.integers(2, 9))
    sees = rng.random((doors, sites)) < rng.uniform(0.2, 0.7)
    return sees * rng.integers(1, 40, doors)[:, None].astype(float)


def median_town(rng):
    """Benefits of being near: residents by what a site is nearer than the farthest one."""
    doors, sites = int(rng.integers(2, 14)), int(rng.integers(2, 9))
    away = rng.uniform(0, 9, (doors, sites))
    return (away.max() - away) * rng.integers(1, 40, doors)[:, None]


@pytest.mark.parametrize("make", [coverage_town, median_town])
def test_five_hundred_small_towns_agree_with_enumeration(make):
    for seed in range(500):
        rng = np.random.default_rng(seed)
        town = make(rng)
        posts = int(rng.integers(1, town.shape[1] + 1))
        benefit = presolve(sparse.csc_array(town))
        solved = best_plan(benefit, posts, deadline=np.inf)
        best = best_worth(town, posts)
        assert town[:, benefit.sites[list(solved.plan)]].max(
            axis=1, initial=0.0
        ).sum() == pytest.approx(solved.objective, rel=1e-12)
        assert solved.objective == pytest.approx(best, rel=1e-9)
        assert best * (1 - 1e-12) <= solved.bound <= best * (1 + 2e-8)


def test_order_of_doors_changes_no_bit_and_order_of_sites_no_worth():
    rng = np.random.default_rng(5)
    town = np.maximum(0.0, rng.normal(0.2, 1.0, (60, 20)))
    doors, sites = rng.permutation(60), rng.permutation(20)
    first = best_plan(presolve(sparse.csc_array(town)), 4, deadline=np.inf)
    shuffled = best_plan(presolve(sparse.csc_array(town[doors])), 4, deadline=np.inf)
    relabelled = best_plan(presolve(sparse.csc_array(town[:, sites])), 4, deadline=np.inf)
    assert first.plan == shuffled.plan
    assert (first.objective, first.bound) == (shuffled.objective, shuffled.bound)
    assert relabelled.objective == pytest.approx(first.objective, rel=1e-9)


def test_a_bound_with_quotas_and_held_sites_holds_for_all_plans_that_keep_them():
    for seed in range(40):
        rng = np.random.default_rng(seed)
        town = rng.uniform(0, 9, (12, 7)) * (rng.random((12, 7)) < 0.5)
        benefit = presolve(sparse.csc_array(town), drop_dominated=False)
        sites = benefit.sites.size
        one, two = rng.random((2, sites)) < 0.5
        held = np.arange(sites) == int(rng.integers(sites))
        quotas = Quotas(np.array([1.0 * one, -1.0 * two]), np.array([1.0, -1.0]))
        known = lagrangian_bound(
            benefit, 3, held, quotas, np.zeros(benefit.groups), np.zeros(2),
            target=0.0, rounds=60, step=1.0, deadline=np.inf,
        )  # fmt: skip
        for plan in combinations(range(sites), 3):
            at = list(plan)
            if held[at].any() and one[at].sum() <= 1 <= two[at].sum():
                worth = benefit.worth(plan)
                assert worth <= known.upper + 1e-9
                assert (worth <= known.with_site[at] + 1e-9).all()
                rest = np.setdiff1d(np.arange(sites), at)
                assert (worth <= known.without_site[rest] + 1e-9).all()


def test_without_numba_sums_above_prices_are_the_same():
    rng = np.random.default_rng(1)
    benefit = presolve(sparse.csc_array(np.maximum(0.0, rng.normal(0, 1, (50, 9)))))
    price = rng.uniform(0, 1, benefit.groups)
    compiled, plain = np.empty(benefit.sites.size), np.empty(benefit.sites.size)
    _kernels._sum_above_compiled(*benefit.rows, price, compiled)
    _kernels._sum_above_numpy(*benefit.rows, price, plain)
    assert plain == pytest.approx(compiled, rel=1e-12)


def hard_town():
    sees, residents, _ = fano_town(1, quarters=6)
    return presolve(gives(sees, residents))


def test_when_time_runs_out_plan_and_bound_come_back():
    solved = best_plan(hard_town(), 9, deadline=time.perf_counter() + 0.2)
    assert len(set(solved.plan)) == 9
    assert solved.objective < solved.bound


def test_a_city_comes_back_soon_after_its_deadline_too(monkeypatch):
    """Passes over all doors are counted, not seconds: other programs may be at work."""
    rng = np.random.default_rng(8)
    doors, sites, near = 40_000, 5_000, 250
    first = rng.normal(doors / 2, 1_500, sites).astype(int)  # crowded: the best sites overlap
    sees = first[:, None] + np.sort(rng.integers(0, 3 * near, (sites, near)), axis=1)
    gives_all = sparse.coo_array(
        (
            rng.integers(1, 41, doors)[sees.ravel()],
            (sees.ravel(), np.repeat(np.arange(sites), near)),
        ),
        shape=(doors, sites),
    )
    benefit, passes = presolve(gives_all), []
    one_pass = _kernels.sum_above
    monkeypatch.setattr(_kernels, "sum_above", lambda *given: passes.append(1) or one_pass(*given))
    solved = best_plan(benefit, 10, deadline=time.perf_counter())
    assert len(passes) <= 100
    assert len(set(solved.plan)) == 10
    assert 0 < solved.objective < solved.bound < np.inf


def test_interrupting_hands_back_the_best_plan_and_a_bound():
    def interrupt(objective, bound):
        heard.append((objective, bound))
        if len(heard) == 3:
            raise KeyboardInterrupt

    heard = []
    solved = best_plan(hard_town(), 9, deadline=np.inf, tell=interrupt)
    assert (solved.objective, solved.bound) == heard[-1]
    assert len(set(solved.plan)) == 9


def test_objective_and_bound_are_told_as_they_close_in():
    heard = []
    sees, residents, _ = street_town(3)
    benefit = presolve(gives(sees, residents))
    solved = best_plan(benefit, 6, deadline=np.inf, tell=lambda *now: heard.append(now))
    values, bounds = map(list, zip(*heard, strict=True))
    assert values == sorted(values)
    assert bounds == sorted(bounds, reverse=True)
    assert (values[-1], bounds[-1]) == (solved.objective, solved.bound)
    assert solved.objective == benefit.worth(solved.plan)


def test_as_many_posts_as_sites_take_all_and_none_take_none():
    benefit = unmerged(gives(np.eye(3, dtype=bool), [1.0, 2.0, 4.0]))
    assert best_plan(benefit, 3, deadline=0.0).plan == (0, 1, 2)
    assert best_plan(benefit, 9, deadline=0.0).bound == 7.0
    assert best_plan(benefit, 0, deadline=0.0).plan == ()
