"""Plans between which a planner must choose."""

from dataclasses import replace

import numpy as np
import pytest

import siting_plans_towns as towns
from walkshed.errors import InputError
from walkshed.siting import SitingRules, pareto_front

VALUES = {
    "residents_within": towns.residents_within,
    "mean_min": lambda problem, some: -towns.mean_min(problem, some),
    "cost": lambda problem, some: -towns.cost(problem, some),
    "new_posts": lambda _, some: -len(some),
}


def front_by_enumeration(problem, measures, largest, budget=np.inf):
    """All pairs of values, more being better, that no other set of sites is better than."""
    sets = [
        some
        for some in towns.subsets(towns.candidates(problem), largest)
        if towns.cost(problem, some) <= budget
    ]
    pairs = [tuple(VALUES[name](problem, some) for name in measures) for some in sets]
    front = towns.non_dominated([(first, -second) for first, second in pairs])
    return sorted([(first, -second) for first, second in front], reverse=True)


def values_of(front):
    sign = [-1 if name != "residents_within" else 1 for name in front.measures]
    return [tuple(np.round(row, 6)) for row in front.points[list(front.measures)].to_numpy() * sign]


def check(front, problem):
    """What holds for every front."""
    pairs = values_of(front)
    assert pairs == sorted(set(pairs), reverse=True)
    assert not any(
        other != one and other[0] >= one[0] and other[1] >= one[1]
        for one in pairs
        for other in pairs
    )
    for row in front.points.itertuples():
        assert row.residents_within == pytest.approx(towns.residents_within(problem, row.site_ids))
        assert row.mean_min == pytest.approx(towns.mean_min(problem, row.site_ids))
        assert row.worst_share == pytest.approx(towns.worst_share(problem, row.site_ids))
        assert row.cost == pytest.approx(towns.cost(problem, row.site_ids))
        assert row.new_posts == len(row.site_ids)


@pytest.mark.parametrize("first", ["residents_within", "mean_min"])
@pytest.mark.parametrize("second", ["cost", "new_posts"])
@pytest.mark.parametrize("seed", range(3))
def test_fronts_against_money_and_number_are_those_of_all_sets(first, second, seed):
    problem = towns.random_town(seed, sites=5, doors=10)
    # 500 points: no step between budgets is skipped
    front = pareto_front(problem, SitingRules(new_posts=4), (first, second), points=500)
    assert front.complete
    assert front.points["proven"].all()
    expected = front_by_enumeration(problem, (first, second), 4)
    assert np.allclose(values_of(front), expected, atol=1e-5)
    check(front, problem)


@pytest.mark.parametrize("seed", range(6))
def test_coverage_against_mean_walk_finds_the_plans_of_all_weights(seed):
    problem = towns.random_town(seed + 30, sites=6, doors=20)
    measures = ("residents_within", "mean_min")
    front = pareto_front(problem, SitingRules(new_posts=2), measures)
    expected = front_by_enumeration(problem, measures, 2)
    found = values_of(front)
    assert front.points["proven"].all()
    assert not front.complete
    for pair in found:
        assert np.isclose(expected, pair, atol=1e-5).all(axis=1).any()
    for weight in np.linspace(0.01, 0.99, 25):  # the best for each weight is among them
        best = max(weight * one + (1 - weight) * 50 * two for one, two in expected)
        here = max(weight * one + (1 - weight) * 50 * two for one, two in found)
        assert here == pytest.approx(best, rel=1e-5)
    check(front, problem)


def test_the_measures_may_stand_in_either_order():
    problem = towns.random_town(2, sites=5, doors=10)
    rules = SitingRules(new_posts=3)
    one = pareto_front(problem, rules, ("residents_within", "cost"))
    other = pareto_front(problem, rules, ("cost", "residents_within"))
    assert one.points["site_ids"].tolist() == other.points["site_ids"].tolist()[::-1]
    assert other.points["cost"].is_monotonic_increasing


def test_a_budget_is_the_most_that_is_looked_at():
    problem = towns.random_town(4, sites=5, doors=10)
    front = pareto_front(problem, SitingRules(budget=11))
    assert front.points["cost"].max() <= 11
    expected = front_by_enumeration(problem, ("residents_within", "cost"), 5, budget=11)
    assert np.allclose(values_of(front), expected, atol=1e-5)


def test_few_points_are_proven_but_do_not_claim_to_be_all():
    problem = towns.random_town(5, sites=7, doors=40)
    rules = SitingRules(new_posts=5)
    all_of_them = pareto_front(problem, rules, points=500)
    few = pareto_front(problem, rules, points=3)
    assert len(few.points) < len(all_of_them.points)
    assert all_of_them.complete
    assert not few.complete
    assert few.points["proven"].all()
    assert set(values_of(few)) <= set(values_of(all_of_them))
    assert repr(few).endswith("points proven, there may be more between them)")


def test_out_of_time_nothing_is_claimed():
    problem = towns.random_town(6, sites=40, doors=300)
    front = pareto_front(problem, SitingRules(new_posts=6), points=50, time_limit_s=0.05)
    assert not front.complete
    assert not front.points["proven"].all()


def test_measures_without_a_way_between_them_are_refused():
    problem = towns.random_town(0)
    for measures in (("cost", "new_posts"), ("cost", "cost"), ("mean_min", "share")):
        with pytest.raises(InputError, match="no way leads from"):
            pareto_front(problem, SitingRules(new_posts=1), measures)
    with pytest.raises(InputError, match="give `new_posts`"):
        pareto_front(problem, SitingRules(), ("mean_min", "new_posts"))
    with pytest.raises(InputError, match="`points` is 1; give 2 or more"):
        pareto_front(problem, SitingRules(), points=1)
    free = replace(problem, sites=problem.sites.assign(cost=0.0))
    with pytest.raises(InputError, match="no site costs anything"):
        pareto_front(free, SitingRules())
