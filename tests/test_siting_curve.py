"""The best plan of every size."""

from dataclasses import replace

import numpy as np
import pytest

import siting_plans_towns as towns
from walkshed.errors import InfeasibleError, InputError
from walkshed.siting import SitingRules, gradual_coverage, mclp, p_median, whole_curve
from walkshed.siting.curve import tightened
from walkshed.siting.settled import objective_of

FADING = {"full_min": 4.0, "none_min": 14.0}
MODELS = [
    (mclp, {}, towns.residents_within, max),
    (gradual_coverage, FADING, towns.weighted, max),
    (p_median, {}, towns.mean_min, min),
]


@pytest.mark.parametrize(("model", "own", "value", "best"), MODELS)
@pytest.mark.parametrize("seed", range(6))
def test_every_size_is_as_good_as_the_best_of_all_sets(model, own, value, best, seed):
    problem = towns.random_town(seed, sites=6)
    plan = whole_curve(model, problem, SitingRules(new_posts=4), **own)
    assert plan.curve.index.tolist() == [0, 1, 2, 3, 4]
    assert (plan.curve["status"] == "optimal").all()
    for size, row in plan.curve.iterrows():
        sets = towns.subsets(towns.candidates(problem), size)
        assert row["objective"] == pytest.approx(best(value(problem, some) for some in sets))
        assert value(problem, row["site_ids"]) == pytest.approx(row["objective"])
        assert len(row["site_ids"]) <= size
        assert row["residents_within"] == pytest.approx(
            towns.residents_within(problem, row["site_ids"])
        )
    assert plan.objective == plan.curve["objective"].iloc[-1]
    assert plan.rules.new_posts == 4


@pytest.mark.parametrize("model", [mclp, p_median])
def test_more_posts_are_never_worse_and_bounds_never_passed_even_out_of_time(model):
    problem = towns.random_town(3, sites=60, doors=400)
    curve = whole_curve(model, problem, SitingRules(new_posts=8), time_limit_s=0.4).curve
    sign = -1 if model is p_median else 1
    assert (curve["gain"].dropna() >= 0).all()
    assert np.diff(sign * curve["bound"]).min() >= 0
    assert (sign * (curve["bound"] - curve["objective"]) >= 0).all()


def test_a_bound_of_one_size_bounds_the_sizes_beside_it():
    objectives, bounds = [0, 50, 90, 100], [0, 60, 200, 125]
    # one post reaches at most 60, so two reach at most 120; three at most 125, so two do as well
    shared = tightened(objectives, bounds, "residents_within", from_nothing=True)
    assert shared == [0, 60, 120, 125]
    apart = tightened(objectives, bounds, "residents_within", from_nothing=False)
    assert apart == [0, 60, 125, 125]
    assert tightened([20, 15, 12], [20, 15, 4], "mean_min", from_nothing=True) == [20, 15, 10]


@pytest.mark.parametrize("seed", range(20))
def test_bounds_that_help_each_other_stay_true(seed):
    problem = towns.random_town(seed, sites=6)
    rng = np.random.default_rng(seed)
    ids = towns.candidates(problem)
    best = [
        max(towns.residents_within(problem, some) for some in towns.subsets(ids, size))
        for size in range(5)
    ]
    loose = [best[0], *(value + rng.uniform(0, 60) for value in best[1:])]
    tight = tightened(best, loose, "residents_within", from_nothing=True)
    assert all(tight[n] >= best[n] for n in range(5))
    assert all(tight[n] <= loose[n] for n in range(5))


def test_sizes_below_the_required_sites_have_no_row():
    problem = towns.random_town(1, sites=5)
    status = ["required", "required", *problem.sites["status"][2:]]
    asked = towns.town(towns.dense(problem), problem.residents.to_numpy(), status)
    plan = whole_curve(mclp, asked, SitingRules(new_posts=4))
    assert plan.curve.index.tolist() == [2, 3, 4]
    assert all({"s0", "s1"} <= set(ids) for ids in plan.curve["site_ids"])
    with pytest.raises(InfeasibleError):
        whole_curve(mclp, asked, SitingRules(new_posts=1))


def test_a_curve_under_a_budget_keeps_to_it():
    problem = towns.random_town(2, sites=6)
    plan = whole_curve(mclp, problem, SitingRules(new_posts=4, budget=11))
    for size, row in plan.curve.iterrows():
        allowed = [
            some
            for some in towns.subsets(towns.candidates(problem), size)
            if towns.cost(problem, some) <= 11
        ]
        best = max(towns.residents_within(problem, some) for some in allowed)
        assert row["objective"] == pytest.approx(best)


def test_a_curve_without_a_largest_size_is_refused():
    with pytest.raises(InputError, match="give `new_posts`, the largest"):
        whole_curve(mclp, towns.random_town(0), SitingRules(budget=10))


def test_a_model_that_counts_posts_itself_is_refused():
    def counts_posts(problem, rules, **options):
        plan = mclp(problem, rules, **options)
        return replace(plan, model="lscp", measure="new_posts", objective=2.0, bound=2.0)

    with pytest.raises(InputError, match="lscp finds the new_posts itself"):
        whole_curve(counts_posts, towns.random_town(0), SitingRules(new_posts=2))


def test_ctrl_c_keeps_the_sizes_that_were_solved():
    asked = []

    def stops(problem, rules, *, tell, **options):
        asked.append(rules.new_posts)

        def press(objective, bound):
            raise KeyboardInterrupt

        late = rules.new_posts < 3
        return mclp(problem, rules, tell=press if late else tell, **options)

    problem = towns.random_town(5, sites=30, doors=200)
    curve = whole_curve(stops, problem, SitingRules(new_posts=4)).curve
    assert asked[:2] == [4, 3]
    assert curve.index.tolist() == list(range(min(asked), 5))
    assert (curve["bound"] >= curve["objective"]).all()


@pytest.mark.parametrize(("model", "own", "value", "best"), MODELS)
def test_settled_sites_are_measured_as_the_model_does(model, own, value, best):
    problem = towns.random_town(4)
    rules = SitingRules(new_posts=2)
    plan = model(problem, rules, **own)
    assert objective_of(model, problem, rules, plan.site_ids, **own) == plan.objective

    def of_another_kind(*asked, **options):
        return model(*asked, **options)

    for some in (["s1", "s4"], [], ["s2"]):
        for way in (model, of_another_kind):
            assert objective_of(way, problem, rules, some, **own) == pytest.approx(
                value(problem, some)
            )
