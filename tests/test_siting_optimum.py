"""Siting against enumeration, a plain HiGHS model, and the laws a covering model obeys."""

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
    random_town,
    solve,
    street_town,
    values_of_sizes,
)

# --- the optimum --------------------------------------------------------------------------------


@pytest.mark.parametrize("batch", range(8))
def test_every_number_of_new_posts_has_the_optimum_found_by_enumeration(batch):
    for seed in range(15 * batch, 15 * batch + 15):
        town = random_town(seed)
        sites = town[0].shape[1]
        expected = [best_by_enumeration(*town, posts) for posts in range(sites + 1)]
        assert values_of_sizes(*town, sites) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("seed", range(8))
def test_where_relaxations_cannot_close_the_optimum_is_found(seed):
    town = fano_town(seed)
    for posts in range(5):
        plan, best = solve(*town, posts), best_by_enumeration(*town, posts)
        assert plan.objective == pytest.approx(best, abs=1e-9)
        assert plan.bound == pytest.approx(best, rel=1e-6)


@pytest.mark.parametrize("seed", [0, 30, 51, 56, 63, 88])
def test_plans_that_no_swap_of_one_site_finds_are_found(seed):
    town = crowded_town(seed)
    best = best_by_enumeration(*town, 5)
    assert solve(*town, 5).objective == pytest.approx(best, abs=1e-9)


@pytest.mark.parametrize("seed", [1, 2])
def test_a_plain_model_over_raw_doors_agrees(seed):
    town = street_town(seed)
    for posts in (3, 8):
        plan = solve(*town, posts)
        assert plan.objective == pytest.approx(best_by_plain_model(*town, posts), rel=1e-7)
        assert plan.gap <= 1e-6


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
    sites = town[0].shape[1]
    plans = [solve(*town, posts) for posts in range(sites + 1)]
    values = np.array([plan.objective for plan in plans])
    assert (np.diff(values) >= 0).all()
    assert all(plan.objective <= plan.bound for plan in plans)
    assert all(plan.bound <= plan.problem.total + 1e-6 for plan in plans)


@law
@given(towns(), st.randoms(use_true_random=False))
def test_the_order_of_doors_changes_nothing_at_all(town, random):
    sees, residents, covered = town
    order = random.sample(range(len(residents)), len(residents))
    posts = sees.shape[1]
    plan = solve(*town, posts)
    shuffled = solve(sees[order], residents[order], covered[order], posts)
    assert shuffled.site_ids == plan.site_ids
    assert shuffled.objective == plan.objective
    assert shuffled.bound == pytest.approx(plan.bound, rel=1e-6)
    pd.testing.assert_frame_equal(shuffled.build_order, plan.build_order, check_exact=True)


def test_the_order_of_many_fractional_doors_changes_nothing_at_all():
    sees, residents, covered = street_town(9)
    order = np.random.default_rng(0).permutation(len(residents))
    plan = solve(sees, residents, covered, 5)
    shuffled = solve(sees[order], residents[order], covered[order], 5)
    assert shuffled.site_ids == plan.site_ids
    assert shuffled.objective == plan.objective
    assert shuffled.bound == pytest.approx(plan.bound, rel=1e-6)


@law
@given(towns(), st.integers(0, 3), st.randoms(use_true_random=False))
def test_the_order_of_sites_changes_no_value(town, most, random):
    sees, residents, covered = town
    order = random.sample(range(sees.shape[1]), sees.shape[1])
    posts = min(most, sees.shape[1])
    plan, again = solve(*town, posts), solve(sees[:, order], residents, covered, posts)
    assert plan.status == again.status == "optimal"
    assert again.objective == pytest.approx(plan.objective, rel=1e-9)


@law
@given(towns(), st.integers(0, 3))
def test_splitting_every_door_in_two_changes_no_value(town, most):
    sees, residents, covered = town
    posts = min(most, sees.shape[1])
    halves = np.r_[residents * 0.25, residents * 0.75]
    whole, split = (
        solve(*town, posts),
        solve(np.r_[sees, sees], halves, np.r_[covered, covered], posts),
    )
    assert whole.status == split.status == "optimal"
    assert split.objective == pytest.approx(whole.objective, rel=1e-9)


@law
@given(towns())
def test_reaching_further_never_lowers_the_value(town):
    sees, residents, covered = town
    posts = min(3, sees.shape[1])
    further = sees | np.roll(sees, 1, axis=0)
    assert (
        solve(further, residents, covered, posts).objective >= solve(*town, posts).objective - 1e-9
    )


def test_no_limit_on_time_is_a_limit_too():
    assert solve(*fano_town(2), 3, time_limit_s=np.inf).status == "optimal"


def test_same_inputs_give_the_same_plan():
    town = fano_town(3)
    first, second = solve(*town, 4), solve(*town, 4)
    assert first.site_ids == second.site_ids
    pd.testing.assert_frame_equal(first.curve, second.curve, check_exact=True)
