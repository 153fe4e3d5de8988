"""Equity: the worst-off neighbourhood, and a least share of each, equal to enumeration."""

import numpy as np
import pytest

from siting_cases import CASES, allowed_plans, problem_of, random_case, within_cutoff
from walkshed.errors import InfeasibleError, InputError
from walkshed.siting import (
    SitingRules,
    mclp,
    mclp_with_least_share,
    prices,
    worst_neighbourhood,
)


def shares_of(problem, plan):
    """Residents reached, and the share of each neighbourhood with residents."""
    inside = within_cutoff(problem)[:, plan].any(axis=1)
    people, where = problem.people, problem.neighbourhoods.to_numpy()
    shares = [
        people[inside & (where == name)].sum() / people[where == name].sum()
        for name in np.unique(where)
        if people[where == name].sum() > 0
    ]
    return people[inside].sum(), shares


@pytest.mark.parametrize("priced_from", [0, 20_000])
def test_no_plan_leaves_the_worst_neighbourhood_better_off(priced_from, monkeypatch):
    monkeypatch.setattr(prices, "PRICED_FROM", priced_from)
    for seed in CASES[: len(CASES) if priced_from else len(CASES) // 2]:
        problem, rules = random_case(seed, neighbourhoods=True)
        if problem.total == 0:
            continue
        plans = [shares_of(problem, plan) for plan in allowed_plans(problem, rules)]
        if not plans:
            with pytest.raises(InfeasibleError):
                worst_neighbourhood(problem, rules)
            continue
        best = max(min(shares) for _, shares in plans)
        most = max(reached for reached, shares in plans if min(shares) >= best - 1e-9)
        plan = worst_neighbourhood(problem, rules)
        assert plan.status == "optimal"
        assert plan.objective == pytest.approx(best, abs=1e-7)
        assert plan.bound >= best - 1e-9
        assert plan.figures.residents_within == pytest.approx(most, abs=1e-5)


@pytest.mark.parametrize("priced_from", [0, 20_000])
def test_no_plan_with_the_least_share_reaches_more_residents(priced_from, monkeypatch):
    monkeypatch.setattr(prices, "PRICED_FROM", priced_from)
    for seed in CASES[: len(CASES) if priced_from else len(CASES) // 2]:
        problem, rules = random_case(seed, neighbourhoods=True)
        if problem.total == 0:
            continue
        least = float(np.random.default_rng(seed).choice([0.0, 0.2, 0.5, 0.8]))
        plans = [shares_of(problem, plan) for plan in allowed_plans(problem, rules)]
        fit = [reached for reached, shares in plans if min(shares) >= least - 1e-9]
        if not fit:
            with pytest.raises(InfeasibleError):
                mclp_with_least_share(problem, rules, least_share=least)
            continue
        plan = mclp_with_least_share(problem, rules, least_share=least)
        assert plan.status == "optimal"
        assert plan.objective == pytest.approx(max(fit), abs=1e-5)
        assert plan.figures.worst_share >= least - 1e-8


def two_quarters():
    """Site 0 reaches 90 of 100 in the north, site 1 half of the south, site 2 a fifth of each."""
    seconds = [[60, 0, 0], [60, 0, 60], [0, 0, 0], [0, 60, 0], [0, 60, 60], [0, 0, 0]]
    where = ["north"] * 3 + ["south"] * 3
    return problem_of(seconds, [70, 20, 10, 30, 20, 50], neighbourhoods=where)


def test_the_neighbourhoods_that_cannot_have_the_share_are_named_with_their_best():
    with pytest.raises(InfeasibleError) as refused:
        mclp_with_least_share(two_quarters(), SitingRules(new_posts=2), least_share=0.6)
    assert "south 0.5" in str(refused.value)
    assert "north" not in str(refused.value)


def test_shares_that_only_clash_with_each_other_are_told_apart():
    with pytest.raises(InfeasibleError, match="each could have it alone, but not all together"):
        mclp_with_least_share(two_quarters(), SitingRules(new_posts=1), least_share=0.5)


def test_the_worst_share_may_cost_residents():
    town, one = two_quarters(), SitingRules(new_posts=1)
    fair, most = worst_neighbourhood(town, one), mclp(town, one)
    assert fair.objective == pytest.approx(0.2)
    assert fair.figures.residents_within < most.figures.residents_within


def test_a_least_share_of_nothing_is_maximal_covering():
    problem, rules = random_case(9, neighbourhoods=True)
    plan = mclp_with_least_share(problem, rules, least_share=0.0)
    assert plan.objective == pytest.approx(mclp(problem, rules).objective)


@pytest.mark.parametrize("model", [worst_neighbourhood, mclp_with_least_share])
def test_without_neighbourhoods_there_is_no_equity(model):
    options = {} if model is worst_neighbourhood else {"least_share": 0.5}
    with pytest.raises(InputError, match="neighbourhoods"):
        model(problem_of([[300]], [1]), SitingRules(new_posts=1), **options)


def test_a_least_share_that_makes_no_sense_is_refused():
    with pytest.raises(InputError, match="least_share"):
        mclp_with_least_share(two_quarters(), SitingRules(), least_share=2)
