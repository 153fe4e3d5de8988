"""The choice of most worth under rules: as enumeration finds it, and never beyond its bound."""

import itertools
import math
import time

import numpy as np
import pytest
from scipy import sparse

from walkshed.errors import InfeasibleError
from walkshed.siting import _kernels, constrained
from walkshed.siting.constrained import best_under_rows
from walkshed.siting.plain import plain_program, steps_of
from walkshed.siting.program import solve
from walkshed.siting.reduced import Rows, whole
from walkshed.siting.row_prices import row_pricer
from walkshed.siting.rules import SideRows

N = 12  # of each kind; hundreds of others held too


def random_gains(rng, worth, doors, sites):
    """Doors x sites: what a covered, a fading or a nearest walk is worth to the residents."""
    apart = rng.random((doors, sites))
    people = np.round(rng.gamma(2, 10, doors), 2)[:, None]
    reach = rng.uniform(0.2, 0.6)
    value = {
        "mclp": (apart < reach).astype(float),
        "gradual": np.clip((reach - apart) / reach * 2, 0, 1),
        "p_median": np.maximum(reach - apart, 0) * 600,
    }[worth]
    twice = rng.integers(0, doors, doors // 3)  # doors that see what others see
    value[: twice.size] = value[twice]
    return sparse.csc_array(people * value)


def random_rows(rng, sites):
    """A mixture of rules; the last few sites are posts that may be closed."""
    old = np.arange(sites) >= sites - rng.integers(0, 3)
    new = (~old).astype(float)
    rows = [("new_posts", new, -np.inf, float(rng.integers(1, 4)))]
    if old.any():
        rows.append(("closed_posts", old.astype(float), old.sum() - rng.integers(0, 3.0), np.inf))
    if rng.random() < 0.4:  # no more new posts than are closed, and one
        rows.append(("relocation", np.ones(sites), -np.inf, old.sum() + 1.0))
    if rng.random() < 0.5:
        cost = np.where(old, -rng.choice([0.0, 2.0], sites), rng.choice([3.0, 5.0, 8.0], sites))
        rows.append(("budget", cost, -np.inf, rng.uniform(4, 16) + cost[old].sum()))
    if rng.random() < 0.5:
        group = rng.integers(0, 4, sites)
        rows += [("group", new * (group == k), -np.inf, 1.0) for k in range(4)]
    if rng.random() < 0.5:
        at = rng.random((sites, 2))
        for a, b in itertools.combinations(np.flatnonzero(~old), 2):
            if np.hypot(*(at[a] - at[b])) < 0.35:
                rows.append(
                    ("least_distance_m", np.isin(np.arange(sites), [a, b]) * 1.0, -np.inf, 1.0)
                )
    if rng.random() < 0.2:  # at least so many of some: a start must be looked for
        rows.append(("least", new * (rng.random(sites) < 0.5), 1.0, np.inf))
    must = (rng.random(sites) < 0.07) & ~old
    return side(rows, must)


def side(rows, must):
    names, values, lower, upper = zip(*rows, strict=True)
    matrix = sparse.csr_array(np.array(values))
    matrix.eliminate_zeros()
    columns = np.arange(must.size)
    return SideRows(columns, matrix, np.array(lower), np.array(upper), must, names)


def keeps(rows, is_open):
    value = rows.matrix.toarray() @ is_open
    fits = (value >= rows.lower - 1e-9) & (value <= rows.upper + 1e-9)
    return fits.all() and not (rows.must_open & ~is_open).any()


def worth(gains, plan):
    chosen = gains.toarray()[:, list(plan)]
    return math.fsum(chosen.max(axis=1)) if chosen.size else 0.0


def best_by_enumeration(gains, rows):
    dense, best = gains.toarray(), -np.inf
    for bits in itertools.product([False, True], repeat=gains.shape[1]):
        is_open = np.array(bits)
        if keeps(rows, is_open):
            value = dense[:, is_open].max(axis=1).sum() if is_open.any() else 0.0
            best = max(best, value)
    return best


def find(gains, rows, *, seconds=60.0, **options):
    deadline = time.perf_counter() + seconds
    return best_under_rows(gains, rows, deadline=deadline, seed=0, tell=None, **options)


@pytest.mark.parametrize("model", ["mclp", "gradual", "p_median"])
@pytest.mark.parametrize("exact_step", ["HiGHS", "branching"])
def test_the_choice_is_the_best_of_all(model, exact_step, monkeypatch):
    if exact_step == "branching":
        monkeypatch.setattr(constrained, "SMALL", 0)
        monkeypatch.setattr(constrained, "WHOLE", (4, 1.0, 0.5))  # leaves much to the parts
    infeasible = 0
    for seed in range(N):
        rng = np.random.default_rng([seed, len(model)])
        sites = int(rng.integers(2, 10))
        gains = random_gains(rng, model, int(rng.integers(1, 20)), sites)
        rows = random_rows(rng, sites)
        best = best_by_enumeration(gains, rows)
        if best == -np.inf:
            infeasible += 1
            with pytest.raises(InfeasibleError):
                find(gains, rows)
            continue
        found = find(gains, rows)
        is_open = np.isin(np.arange(sites), found.plan)
        assert keeps(rows, is_open), seed
        assert worth(gains, found.plan) == pytest.approx(best, rel=1e-9, abs=1e-9), seed
        assert found.bound >= best * (1 - 1e-12), seed
        assert found.bound <= best * (1 + 1e-6) + 1e-9, seed
    assert infeasible < N / 2


def a_case(seed=3, sites=20):
    rng = np.random.default_rng(seed)
    gains = random_gains(rng, "gradual", 25, sites)
    cost = rng.choice([3.0, 5.0, 8.0], sites)
    group = np.arange(sites) // 5
    rows = [("budget", cost, -np.inf, 17.0)]
    rows += [("group", (group == k) * 1.0, -np.inf, 1.0) for k in range(4)]
    return gains, side(rows, np.zeros(sites, dtype=bool))


@pytest.mark.parametrize("seed", range(3))
def test_the_plain_program_finds_the_same(seed):
    gains, rows = a_case(seed)
    parts = rows.matrix, rows.lower, rows.upper, rows.must_open
    program, scale = plain_program(gains, *parts)
    best = -solve(program, deadline=np.inf).objective / scale
    found = find(gains, rows)
    assert worth(gains, found.plan) == pytest.approx(best, rel=1e-7)
    assert best <= found.bound * (1 + 1e-9)


def test_the_order_of_doors_changes_nothing():
    gains, rows = a_case()
    shuffled = gains[np.random.default_rng(1).permutation(gains.shape[0])]
    assert find(gains, rows) == find(shuffled, rows)


@pytest.mark.parametrize("seed", range(5))
def test_without_time_the_plan_keeps_to_the_rules_and_the_bound_is_true(seed):
    gains, rows = a_case(seed)
    best = worth(gains, find(gains, rows).plan)
    found = find(gains, rows, seconds=1e-9)
    assert keeps(rows, np.isin(np.arange(gains.shape[1]), found.plan))
    assert worth(gains, found.plan) <= best <= found.bound
    assert not found.interrupted


def test_plan_and_bound_close_in_on_each_other():
    gains, rows = a_case()
    told = []
    found = best_under_rows(
        gains, rows, deadline=np.inf, seed=0, tell=lambda value, bound: told.append((value, bound))
    )
    values, bounds = np.array(told).T
    assert (np.diff(values) >= 0).all()
    assert (np.diff(bounds) <= 0).all()
    assert values[-1] == pytest.approx(worth(gains, found.plan))
    assert bounds[-1] == found.bound


@pytest.mark.parametrize("when", [1, 5, 12])
def test_an_interrupt_gives_what_is_known(when):
    gains, rows = a_case()
    best, calls = worth(gains, find(gains, rows).plan), []

    def tell(value, bound):
        calls.append(value)
        if len(calls) == when:
            raise KeyboardInterrupt

    found = best_under_rows(gains, rows, deadline=np.inf, seed=0, tell=tell)
    assert found.interrupted
    assert worth(gains, found.plan) <= best <= found.bound * (1 + 1e-9)


def test_clashing_rules_are_named():
    gains, rows = a_case()
    must = np.arange(20) < 2  # of one group
    clash = SideRows(rows.columns, rows.matrix, rows.lower, rows.upper, must, rows.names)
    with pytest.raises(InfeasibleError, match="group"):
        find(gains, clash)


def test_sites_that_exclude_each_other_in_pairs_are_priced_as_a_clique():
    # of ten sites, any two too near: half of each would keep to every pair, and be worth five
    pairs = np.array(
        [np.isin(np.arange(10), pair) for pair in itertools.combinations(range(10), 2)]
    )
    rows = Rows(sparse.csr_array(pairs * 1.0), np.full(45, -np.inf), np.ones(45))
    credit = np.ones(10)
    found = row_pricer(rows)(credit)
    assert found.constant + np.maximum(credit - found.by_site, 0).sum() == pytest.approx(1)


@pytest.mark.parametrize("seed", range(20))
def test_prices_of_rows_hold_for_every_choice(seed):
    rng = np.random.default_rng(seed)
    rows = random_rows(rng, 7)
    credit = rng.normal(size=7)
    found = row_pricer(Rows(rows.matrix, rows.lower, rows.upper))(credit)
    for bits in itertools.product([False, True], repeat=7):
        is_open = np.array(bits)
        value = rows.matrix @ is_open
        if ((value >= rows.lower) & (value <= rows.upper)).all():
            priced = found.constant + (credit - found.by_site)[is_open].sum()
            assert credit[is_open].sum() <= priced + 1e-9


def test_merged_doors_gain_what_they_gained():
    rng = np.random.default_rng(5)
    gains = random_gains(rng, "mclp", 40, 6)
    nothing = np.zeros(6, dtype=bool)
    small = whole(gains, Rows(sparse.csr_array((0, 6)), *np.zeros((2, 0))), nothing, nothing)
    assert small.top.size < 40
    for plan in itertools.combinations(range(6), 2):
        assert small.best_of(np.array(plan)).sum() == pytest.approx(worth(gains, plan))
        base = small.best_of(np.array(plan))
        more = [worth(gains, [*plan, site]) - worth(gains, plan) for site in range(6)]
        assert small.beyond(base) == pytest.approx(np.array(more), abs=1e-9)


def test_sums_without_numba_are_the_same(monkeypatch):
    gains, rows = a_case()
    with_numba = find(gains, rows)
    monkeypatch.setattr(_kernels, "sum_above", _kernels._sum_above_numpy)
    assert find(gains, rows).plan == with_numba.plan


def test_a_post_that_nothing_speaks_against_stays_open():
    gains = sparse.csc_array([[4.0, 0.0], [0.0, 3.0]])
    rows = side(
        [
            ("new_posts", np.array([1.0, 0.0]), -np.inf, 1.0),
            ("closed_posts", np.array([0.0, 1.0]), 0.0, np.inf),
        ],
        np.zeros(2, dtype=bool),
    )
    assert find(gains, rows).plan == (0, 1)


def test_steps_add_up_to_what_the_best_site_gives():
    gains = random_gains(np.random.default_rng(2), "p_median", 12, 6)
    reach, weight = steps_of(gains)
    for plan in itertools.combinations(range(6), 3):
        reached = reach[:, list(plan)].sum(axis=1) > 0
        assert weight[reached].sum() == pytest.approx(worth(gains, plan))
