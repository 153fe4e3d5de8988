"""The engine of choices where only counts matter: presolve, search, bounds, branching."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from siting_towns import (
    best_by_enumeration,
    crowded_town,
    fano_town,
    gives,
    problem_of,
    random_town,
    reached,
    solve,
    street_town,
    unmerged,
)
from walkshed.siting import SitingRules, choice, longest_walk, mclp, p_center, p_median
from walkshed.siting.benefit import presolve
from walkshed.siting.bound import Quotas, lagrangian_bound
from walkshed.siting.curve import tightened
from walkshed.siting.exact import best_plan
from walkshed.siting.rules import only_counts
from walkshed.siting.search import greedy, swap
from walkshed.siting.sizes import best_plans


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
    for posts in range(5):
        plan, best = solve(*town, posts), best_by_enumeration(*town, posts)
        assert plan.objective == pytest.approx(best, abs=1e-9)
        assert plan.bound == pytest.approx(best, rel=1e-6)


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


@st.composite
def towns(draw):
    doors, sites = draw(st.integers(1, 12)), draw(st.integers(1, 7))
    row = st.lists(st.booleans(), min_size=sites, max_size=sites)
    sees = np.array(draw(st.lists(row, min_size=doors, max_size=doors)), dtype=bool)
    tenths = st.lists(st.integers(0, 500), min_size=doors, max_size=doors)
    covered = st.lists(st.booleans(), min_size=doors, max_size=doors)
    return sees, np.array(draw(tenths)) / 10, np.array(draw(covered), dtype=bool)


law = settings(max_examples=60, deadline=None, derandomize=True)


def test_presolve_gives_the_same_groups_in_any_order_of_doors():
    sees, residents, _ = street_town(9)
    order = np.random.default_rng(0).permutation(len(residents))
    benefit = presolve(gives(sees, residents))
    shuffled = presolve(gives(sees[order], residents[order]))
    for before, after in zip(benefit.rows, shuffled.rows, strict=True):
        assert (before == after).all()


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


def test_bounds_of_neighbouring_sizes_help_each_other():
    bounds = [0.0, 100.0, 250.0, 240.0, 400.0]
    found = tightened([0.0] * 5, bounds, "residents_within", from_nothing=True)
    assert found == [0.0, 100.0, 200.0, 240.0, 320.0]


@pytest.mark.parametrize("model", [mclp, p_median, p_center])
@pytest.mark.parametrize("seed", range(5))
def test_what_cannot_bind_is_no_rule_and_the_fast_engine_answers(monkeypatch, model, seed):
    plain = problem_of(*random_town(seed))
    sites = plain.sites.assign(
        may_close=plain.is_("existing"),  # and the rules let none be closed
        group=[f"of its own {site}" for site in plain.sites.index],
    )
    rules = SitingRules(new_posts=min(2, int(plain.choosable.sum())))
    reachable = mclp(plain, rules).figures.share_within
    own = {"share": 0.9 * reachable} if model is p_center else {}
    best = model(plain, rules, **own)

    def too_slow(*_, **__):
        raise AssertionError("the engine of rules was asked")

    monkeypatch.setattr(choice, "best_under_rows", too_slow)
    monkeypatch.setattr(longest_walk, "_shortest_longest", too_slow)
    plan = model(replace(plain, sites=sites), rules, **own)
    assert (plan.site_ids, plan.closed_ids) == (best.site_ids, ())
    assert (plan.objective, plan.bound, plan.status) == (best.objective, best.bound, "optimal")
    assert plan.figures == best.figures


def test_posts_that_rules_let_close_are_a_rule():
    problem = problem_of(*random_town(0))
    problem = replace(problem, sites=problem.sites.assign(may_close=True))
    assert only_counts(problem, SitingRules(new_posts=1))
    assert not only_counts(problem, SitingRules(new_posts=1, closed_posts=1))
    twice = replace(problem, sites=problem.sites.assign(group="one for all"))
    assert not only_counts(twice, SitingRules(new_posts=1))
