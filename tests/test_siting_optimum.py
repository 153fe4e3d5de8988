"""Siting against enumeration, a plain HiGHS model, and the laws a covering model obeys."""

from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from siting_towns import (
    best_by_enumeration,
    best_by_plain_model,
    crowded_town,
    fano_town,
    random_town,
    reached,
    solve,
    street_town,
    unmerged,
)
from walkshed.siting.cover import presolve
from walkshed.siting.curve import best_plans, tighten
from walkshed.siting.proof import prove
from walkshed.siting.search import Bounds, greedy, lagrangian_bound, swap

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


@pytest.mark.parametrize("seed", range(8))
def test_where_bounds_cannot_close_the_exact_step_finds_the_optimum(seed):
    town = fano_town(seed)
    cover = presolve(sparse.csr_matrix(town[0]), town[1])
    plan = swap(cover, greedy(cover, (), 3))
    known = lagrangian_bound(cover, plan, np.ones(cover.residents.size), deadline=np.inf)
    assert known.upper > 1.02 * best_by_enumeration(*town, 3)
    proven = solve(*town, 4).curve
    for posts in range(5):
        best = best_by_enumeration(*town, posts)
        assert proven.loc[posts, "residents_within"] == pytest.approx(best, abs=1e-9)
        assert proven.loc[posts, "bound"] == pytest.approx(best, rel=1e-6)


@pytest.mark.parametrize("seed", [0, 30, 51, 56, 63, 88])
def test_the_exact_step_finds_plans_that_no_search_found(seed):
    town = crowded_town(seed)
    cover = presolve(sparse.csr_matrix(town[0]), town[1])
    plan, price = (), np.ones(cover.residents.size)
    for size in range(1, 6):
        plan = swap(cover, greedy(cover, plan, size))
        known = lagrangian_bound(cover, plan, price, deadline=np.inf)
        plan, price = known.plan, known.price
    best = best_by_enumeration(*town, 5)
    assert cover.residents_within(plan) < best - 0.1
    assert solve(*town, 5).objective == pytest.approx(best, abs=1e-9)


def test_a_poor_plan_is_replaced_by_the_exact_step():
    sees, residents, _ = fano_town(5, quarters=1)
    cover = unmerged(sees, residents)
    anything = Bounds(np.inf, np.full(7, np.inf), np.ones(7), (0, 1))
    worst = min(combinations(range(7), 3), key=cover.residents_within)
    plan, bound = prove(cover, worst, anything, deadline=np.inf, seed=0)
    assert cover.residents_within(plan) == pytest.approx(residents.sum())
    assert bound == pytest.approx(residents.sum(), rel=1e-9)
    assert cover.residents_within(worst) < bound


def test_swapping_leaves_a_plan_that_greedy_cannot_leave():
    # Greedy takes the middle site (12), which the sites left and right of it (11 each) replace.
    left, middle, right = [1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1]
    cover = unmerged(np.array([left, middle, right], dtype=bool).T, np.array([5.0, 6.0, 6.0, 5.0]))
    plan = greedy(cover, (), 2)
    assert (plan[0], cover.residents_within(plan)) == (1, 17.0)
    assert sorted(swap(cover, plan)) == [0, 2]


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
    covers = [
        presolve(sparse.csr_matrix(sees), people),
        presolve(sparse.csr_matrix(sees), people, drop_dominated=False),
        unmerged(sees, people),
    ]
    for cover in covers:
        plans, bounds = best_plans(cover, posts, deadline=np.inf, seed=0)
        values = [cover.residents_within(plan) for plan in plans]
        for size in range(posts + 1):
            best = best_by_enumeration(sees, people, np.zeros(len(people), dtype=bool), size)
            assert values[size] == pytest.approx(best, rel=1e-8)
            assert bounds[size] == pytest.approx(best, rel=1e-6)


def test_presolve_keeps_the_first_of_equal_sites_and_the_larger_of_nested_ones():
    sees = np.array([[1, 1, 1, 0, 0], [1, 1, 1, 0, 0], [0, 1, 1, 0, 0], [0, 0, 0, 1, 0]])
    cover = presolve(sparse.csr_matrix(sees), np.array([1.0, 2.0, 4.0, 8.0]))
    assert cover.sites.tolist() == [1, 3]
    assert sorted(cover.residents) == [7.0, 8.0]


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
    cover = presolve(sparse.csr_matrix(sees), residents)
    shuffled = presolve(sparse.csr_matrix(sees[order]), residents[order])
    assert (shuffled.matrix.indices == cover.matrix.indices).all()
    assert (shuffled.matrix.indptr == cover.matrix.indptr).all()
    assert (shuffled.residents == cover.residents).all()


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
    cover = unmerged(sees, people)
    nobody = np.zeros(len(people), dtype=bool)
    prices = np.linspace(0, 1, len(people))
    known = lagrangian_bound(cover, greedy(cover, (), posts), prices, deadline=0.0)
    for plan in combinations(range(sees.shape[1]), posts):
        value = reached(sees, people, nobody, plan)
        assert value <= known.upper + 1e-9
        assert (value <= known.by_site[list(plan)] + 1e-9).all()


def test_no_limit_on_time_is_a_limit_too():
    assert solve(*fano_town(2), 3, time_limit_s=np.inf).status == "optimal"


def test_same_inputs_give_the_same_plan():
    town = fano_town(3)
    first, second = solve(*town, 4), solve(*town, 4)
    assert first.site_ids == second.site_ids
    pd.testing.assert_frame_equal(first.curve, second.curve, check_exact=True)


def test_bounds_of_neighbouring_sizes_help_each_other():
    assert tighten([0.0, 100.0, 250.0, 240.0, 400.0]) == [0.0, 100.0, 200.0, 240.0, 320.0]
