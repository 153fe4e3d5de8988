"""Siting against enumeration, a plain HiGHS model, and the laws a covering model obeys."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siting_towns import (
    best_by_enumeration,
    best_by_plain_model,
    crowded_town,
    fano_town,
    gives,
    random_town,
    reached,
    solve,
    street_town,
    unmerged,
)
from walkshed.siting.benefit import presolve
from walkshed.siting.bound import Quotas, lagrangian_bound
from walkshed.siting.curve import best_plans, tighten
from walkshed.siting.exact import best_plan
from walkshed.siting.search import greedy, swap

# --- the optimum --------------------------------------------------------------------------------


@pytest.mark.parametrize("batch", range(8))
def test_every_point_of_the_curve_is_the_optimum_found_by_enumeration(batch):
    for seed in range(30 * batch, 30 * batch + 30):
        town = random_town(seed)
        sites = town[0].shape[1]
        plan = solve(*town, sites)
        expected = [best_by_enumeration(*town, posts) for posts in range(sites + 1)]
        assert plan.curve["residents_within"].to_numpy() == pytest.approx(expected, abs=1e-9)
        assert plan.status == "optimal"
        assert (plan.curve["status"] == "optimal").all()


def relaxed(benefit, posts, price, rounds, held=None, quotas=None):
    """Bound plans of one size from some prices."""
    sites = benefit.sites.size
    quotas = quotas or Quotas(np.empty((0, sites)), np.empty(0))
    return lagrangian_bound(
        benefit,
        posts,
        np.zeros(sites, dtype=bool) if held is None else held,
        quotas,
        price,
        np.zeros(quotas.limits.size),
        target=0.0,
        rounds=rounds,
        step=1.0,
        deadline=np.inf,
    )


@pytest.mark.parametrize("seed", range(4))
def test_where_bounds_cannot_close_the_exact_step_finds_the_optimum(seed):
    town = fano_town(seed)
    benefit = presolve(gives(*town[:2]))
    known = relaxed(benefit, 3, np.zeros(benefit.groups), 600)
    assert known.upper > 1.02 * best_by_enumeration(*town, 3)
    assert best_plan(benefit, 3, deadline=np.inf).nodes > 1
    proven = solve(*town, 4).curve
    for posts in range(5):
        best = best_by_enumeration(*town, posts)
        assert proven.loc[posts, "residents_within"] == pytest.approx(best, abs=1e-9)
        assert proven.loc[posts, "bound"] == pytest.approx(best, rel=1e-6)


@pytest.mark.parametrize("seed", [0, 30, 51, 56, 63, 88])
def test_the_exact_step_finds_the_optimum_in_a_crowd(seed):
    town = crowded_town(seed)
    best = best_by_enumeration(*town, 5)
    assert solve(*town, 5).objective == pytest.approx(best, abs=1e-9)


def test_swapping_leaves_a_plan_that_greedy_cannot_leave():
    # Greedy takes the middle site (12), which the sites left and right of it (11 each) replace.
    left, middle, right = [1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1]
    sees = np.array([left, middle, right]).T
    benefit = unmerged(gives(sees, [5.0, 6.0, 6.0, 5.0]))
    plan = greedy(benefit, (), 2)
    assert (plan[0], benefit.worth(plan)) == (1, 17.0)
    assert sorted(swap(benefit, plan)) == [0, 2]


@pytest.mark.parametrize("seed", [1, 2])
def test_a_plain_model_over_raw_doors_agrees(seed):
    town = street_town(seed)
    plan = solve(*town, 8)
    for posts in (3, 8):
        expected = best_by_plain_model(*town, posts)
        assert plan.curve.loc[posts, "residents_within"] == pytest.approx(expected, rel=1e-7)
    assert plan.curve["gap"].max() <= 1e-6


@pytest.mark.parametrize("make", [random_town, fano_town])
@pytest.mark.parametrize("seed", range(6))
def test_presolve_never_changes_the_optimum(make, seed):
    sees, residents, _ = make(seed)
    people = residents + 1.0
    posts = min(3, sees.shape[1])
    table = gives(sees, people)
    for benefit in (presolve(table), presolve(table, drop_dominated=False), unmerged(table)):
        for size, solved in enumerate(best_plans(benefit, posts, deadline=np.inf)):
            best = best_by_enumeration(sees, people, np.zeros(len(people), dtype=bool), size)
            assert benefit.worth(solved.plan) == solved.objective == pytest.approx(best, rel=1e-8)
            assert solved.bound == pytest.approx(best, rel=1e-6)


def test_presolve_keeps_the_first_of_equal_sites_and_the_larger_of_nested_ones():
    sees = np.array([[1, 1, 1, 0, 0], [1, 1, 1, 0, 0], [0, 1, 1, 0, 0], [0, 0, 0, 1, 0]])
    benefit = presolve(gives(sees, [1.0, 2.0, 4.0, 8.0]))
    assert benefit.sites.tolist() == [1, 3]
    assert sorted(benefit.most) == [7.0, 8.0]


# --- laws ---------------------------------------------------------------------------------------


@st.composite
def towns(draw):
    doors, sites = draw(st.integers(1, 12)), draw(st.integers(1, 7))
    row = st.lists(st.booleans(), min_size=sites, max_size=sites)
    sees = np.array(draw(st.lists(row, min_size=doors, max_size=doors)), dtype=bool)
    tenths = st.lists(st.integers(0, 500), min_size=doors, max_size=doors)
    covered = st.lists(st.booleans(), min_size=doors, max_size=doors)
    return sees, np.array(draw(tenths)) / 10, np.array(draw(covered), dtype=bool)


law = settings(max_examples=60, deadline=None, derandomize=True)


@law
@given(towns())
def test_value_never_falls_with_more_posts_and_never_passes_its_bound(town):
    plan = solve(*town, town[0].shape[1])
    assert (plan.curve["gain"] >= 0).all()
    assert (plan.curve["bound"] >= plan.curve["residents_within"]).all()
    assert plan.curve["bound"].max() <= plan.residents
    assert plan.bound >= plan.objective


@law
@given(towns(), st.randoms(use_true_random=False))
def test_the_order_of_doors_changes_nothing_at_all(town, random):
    sees, residents, covered = town
    order = random.sample(range(len(residents)), len(residents))
    posts = sees.shape[1]
    plan = solve(*town, posts)
    shuffled = solve(sees[order], residents[order], covered[order], posts)
    assert shuffled.site_ids == plan.site_ids
    pd.testing.assert_frame_equal(shuffled.curve, plan.curve, check_exact=True)
    pd.testing.assert_frame_equal(shuffled.build_order, plan.build_order, check_exact=True)


def test_the_order_of_many_fractional_doors_changes_nothing_at_all():
    sees, residents, covered = street_town(9)
    order = np.random.default_rng(0).permutation(len(residents))
    plan = solve(sees, residents, covered, 5)
    shuffled = solve(sees[order], residents[order], covered[order], 5)
    assert shuffled.site_ids == plan.site_ids
    pd.testing.assert_frame_equal(shuffled.curve, plan.curve, check_exact=True)


def test_presolve_gives_the_same_groups_in_any_order_of_doors():
    sees, residents, _ = street_town(9)
    order = np.random.default_rng(0).permutation(len(residents))
    benefit = presolve(gives(sees, residents))
    shuffled = presolve(gives(sees[order], residents[order]))
    for before, after in zip(benefit.rows, shuffled.rows, strict=True):
        assert (before == after).all()


@law
@given(towns(), st.randoms(use_true_random=False))
def test_the_order_of_sites_changes_no_value(town, random):
    sees, residents, covered = town
    order = random.sample(range(sees.shape[1]), sees.shape[1])
    posts = min(3, sees.shape[1])
    before = solve(*town, posts).curve["residents_within"]
    after = solve(sees[:, order], residents, covered, posts).curve["residents_within"]
    assert after.to_numpy() == pytest.approx(before.to_numpy(), rel=1e-9)


@law
@given(towns())
def test_splitting_every_door_in_two_changes_no_value(town):
    sees, residents, covered = town
    posts = min(3, sees.shape[1])
    halves = np.r_[residents * 0.25, residents * 0.75]
    whole = solve(*town, posts).curve["residents_within"]
    split = solve(np.r_[sees, sees], halves, np.r_[covered, covered], posts)
    assert split.curve["residents_within"].to_numpy() == pytest.approx(whole.to_numpy(), rel=1e-9)


@law
@given(towns())
def test_reaching_further_never_lowers_the_value(town):
    sees, residents, covered = town
    posts = min(3, sees.shape[1])
    further = sees | np.roll(sees, 1, axis=0)
    assert (
        solve(further, residents, covered, posts).objective >= solve(*town, posts).objective - 1e-9
    )


@law
@given(towns(), st.integers(1, 6))
def test_any_prices_give_a_bound_in_total_and_for_each_site(town, posts):
    sees, residents, _ = town
    people = residents + 0.1
    posts = min(posts, sees.shape[1] - 1)
    if posts < 1:
        return
    benefit = unmerged(gives(sees, people))
    nobody = np.zeros(len(people), dtype=bool)
    prices = np.linspace(0, 1, benefit.groups) * benefit.most
    known = relaxed(benefit, posts, prices, 3)
    for plan in combinations(range(sees.shape[1]), posts):
        value = reached(sees, people, nobody, plan)
        assert value <= known.upper + 1e-9
        assert (value <= known.with_site[list(plan)] + 1e-9).all()
        others = np.setdiff1d(np.arange(sees.shape[1]), plan)
        assert (value <= known.without_site[others] + 1e-9).all()


def test_no_limit_on_time_is_a_limit_too():
    assert solve(*fano_town(2), 3, time_limit_s=np.inf).status == "optimal"


def test_same_inputs_give_the_same_plan():
    town = fano_town(3)
    first, second = solve(*town, 4), solve(*town, 4)
    assert first.site_ids == second.site_ids
    pd.testing.assert_frame_equal(first.curve, second.curve, check_exact=True)


def test_bounds_of_neighbouring_sizes_help_each_other():
    assert tighten([0.0, 100.0, 250.0, 240.0, 400.0]) == [0.0, 100.0, 200.0, 240.0, 320.0]
