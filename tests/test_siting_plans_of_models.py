"""Curves, stages, alternatives and robustness of the models that do not weigh walks."""

import numpy as np
import pytest

import siting_plans_towns as towns
from walkshed.errors import InputError
from walkshed.siting import (
    SitingRules,
    backup_coverage,
    best_alternatives,
    capacitated_coverage,
    lscp,
    p_center,
    robustness,
    staged_plan,
    whole_curve,
)

MODELS = [
    (backup_coverage, max),
    (capacitated_coverage, max),
    (p_center, min),
]
TOWN = {"sites": 5, "doors": 10}


def town(seed):
    """Make a town in which every door is known from every site, and posts serve 60 residents."""
    problem = towns.random_town(seed, sites=5, doors=10)
    seconds = np.minimum(towns.dense(problem), towns.LIMIT_MIN * 60 - 1.0)
    sites = problem.sites
    return towns.town(
        seconds, problem.residents.to_numpy(), sites["status"].tolist(),
        cost=sites["cost"].to_numpy(), capacity_residents=60.0,
    )  # fmt: skip


@pytest.mark.parametrize(("model", "best"), MODELS)
def test_a_curve_has_the_plan_that_the_model_finds_for_each_size(model, best):
    problem = town(1)
    curve = whole_curve(model, problem, SitingRules(new_posts=3)).curve
    assert curve.index.tolist() == [0, 1, 2, 3]
    for size, row in curve.iterrows():
        plan = model(problem, SitingRules(new_posts=size))
        assert row["objective"] == pytest.approx(plan.objective)
        assert row["status"] == "optimal"
    assert (curve["gain"].dropna() >= 0).all()
    assert best(curve["objective"]) == curve["objective"].iloc[-1]


def test_a_curve_of_a_model_that_counts_posts_is_refused():
    with pytest.raises(InputError, match="lscp finds the new_posts itself"):
        whole_curve(lscp, town(1), SitingRules(new_posts=5), share=0.5)


@pytest.mark.parametrize(("model", "best"), MODELS)
def test_stages_of_any_model_are_nested_and_bounded_by_its_free_plans(model, best):
    problem = town(2)
    plan = staged_plan(model, problem, new_posts={1: 1, 2: 1})
    sign = 1 if best is max else -1
    assert [len(ids) for ids in plan.stages["site_ids"]] == [1, 1]
    assert (plan.stages["regret"] >= 0).all()
    assert sign * (plan.bound - plan.objective) >= 0
    # by asking the model about every order
    from walkshed.siting.settled import objective_of

    rules, ids = SitingRules(), towns.candidates(problem)
    one = {a: objective_of(model, problem, rules, [a]) for a in ids}
    orders = [
        one[a] + objective_of(model, problem, rules, [a, b]) for a in ids for b in ids if a != b
    ]
    assert sign * (best(orders) - plan.objective) >= -1e-6  # a heuristic may stay behind
    assert sign * (plan.bound - best(orders)) >= -1e-6
    if plan.status == "optimal":
        assert plan.objective == pytest.approx(best(orders))


@pytest.mark.parametrize(("model", "best"), MODELS)
def test_alternatives_of_any_model_are_sorted_and_none_is_another_one_again(model, best):
    problem = town(3)
    plan = best_alternatives(model, model(problem, SitingRules(new_posts=2)), 3)
    table = plan.alternatives
    assert len(table) == 3
    assert table["given_up"].is_monotonic_increasing
    assert (table["given_up"] >= -1e-6).all()
    sets = [set(plan.site_ids), *map(set, table["site_ids"])]
    for n, one in enumerate(sets):
        assert not any(one <= other or one >= other for other in sets[:n])


@pytest.mark.parametrize(("model", "best"), MODELS)
def test_robustness_of_any_model_measures_the_plan_by_its_own_yardstick(model, best):
    problem = town(4)
    found = robustness(
        model, problem, SitingRules(new_posts=1), draws=3, speed_spread=0.0, residents_spread=0.4
    )
    assert (found.draws["regret"] >= 0).all()
    assert (found.draws["status"] == "optimal").all()
    lost = (found.draws["objective"] - found.draws["planned_objective"]).abs()
    assert np.allclose(lost, found.draws["regret"])
