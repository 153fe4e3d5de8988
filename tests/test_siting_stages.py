"""Plans that are built year by year."""

from dataclasses import replace
from itertools import accumulate, combinations, product

import numpy as np
import pytest

import siting_plans_towns as towns
from walkshed.errors import InfeasibleError, InputError
from walkshed.siting import SitingRules, gradual_coverage, mclp, p_median, staged_plan
from walkshed.siting.models import weighing_of
from walkshed.siting.schedule import Staging, packed, swapped, together

FADING = {"full_min": 4.0, "none_min": 14.0}
MODELS = [
    (mclp, {}, towns.residents_within, max),
    (gradual_coverage, FADING, towns.weighted, max),
    (p_median, {}, towns.mean_min, min),
]


def schedules(problem, fits):
    """Every way to build each site in one of the years or never, if each year's sites fit."""
    ids = towns.candidates(problem)
    for when in product(range(len(fits) + 1), repeat=len(ids)):
        built_in = dict(zip(ids, when, strict=True))
        years = [[site for site in ids if built_in[site] == year] for year in range(len(fits))]
        if all(fit(built) for fit, built in zip(fits, years, strict=True)):
            yield years


def total(value, problem, years):
    return sum(value(problem, built) for built in accumulate(years))


def check(plan, problem, value):
    """What holds for every staged plan."""
    stages = plan.stages
    built = []
    for row in stages.itertuples():
        built += row.site_ids
        assert row.objective == pytest.approx(value(problem, built))
        assert row.new_posts == len(built) == len(set(built))
        assert row.residents_within == pytest.approx(towns.residents_within(problem, built))
        assert row.cost == pytest.approx(towns.cost(problem, row.site_ids))
    assert plan.site_ids == tuple(built)
    assert (stages["regret"] >= 0).all()
    assert np.allclose((stages["objective"] - stages["free_objective"]).abs(), stages["regret"])
    assert plan.objective == pytest.approx(stages["objective"].sum())
    more = -1 if plan.measure == "mean_min" else 1
    assert more * (plan.bound - plan.objective) >= 0
    assert more * (plan.objective - plan.tried["objective"].dropna()).min() >= -1e-9


@pytest.mark.parametrize(("model", "own", "value", "best"), MODELS)
@pytest.mark.parametrize("seed", range(4))
def test_the_order_is_the_best_of_all_nested_orders(model, own, value, best, seed):
    problem = towns.random_town(seed, sites=5, doors=12)
    posts = {2022: 1, 2023: 2, 2025: 1}
    plan = staged_plan(model, problem, new_posts=posts, **own)
    fits = [lambda built, n=n: len(built) <= n for n in posts.values()]
    expected = best(total(value, problem, years) for years in schedules(problem, fits))
    assert plan.objective == pytest.approx(expected)
    assert plan.status == "optimal"
    assert plan.stages.index.tolist() == [2022, 2023, 2025]
    assert (plan.stages["site_ids"].map(len) <= list(posts.values())).all()
    check(plan, problem, value)
    for row, size in zip(plan.stages.itertuples(), (1, 3, 4), strict=True):
        free = best(value(problem, some) for some in towns.subsets(towns.candidates(problem), size))
        assert row.free_objective == pytest.approx(free)


@pytest.mark.parametrize(("model", "own", "value", "best"), MODELS[::2])
@pytest.mark.parametrize("seed", range(4))
def test_money_by_year_is_kept_to_and_spent_best(model, own, value, best, seed):
    problem = towns.random_town(seed + 10, sites=5, doors=12)
    plan = staged_plan(model, problem, budget={1: 7.0, 2: 9.0}, new_posts={1: 2, 2: 1}, **own)

    def fits(money, posts):
        return lambda built: len(built) <= posts and towns.cost(problem, built) <= money

    allowed = list(schedules(problem, [fits(7.0, 2), fits(9.0, 1)]))
    expected = best(total(value, problem, years) for years in allowed)
    assert plan.objective == pytest.approx(expected)
    assert (plan.stages["cost"] <= [7.0, 9.0]).all()
    check(plan, problem, value)


def test_nested_years_may_cost_something_against_free_years():
    # `mid` is best alone, the two ends are best together: who begins in the middle stays behind
    sees = np.array([[1, 0, 0], [1, 1, 0], [0, 1, 1], [0, 0, 1]], dtype=bool)
    walk = np.where(sees, 60.0, np.inf)
    problem = towns.town(walk, [10, 30, 30, 10], ["candidate"] * 3)
    plan = staged_plan(mclp, problem, new_posts={2022: 1, 2023: 1})
    assert plan.stages["free_objective"].tolist() == [60.0, 80.0]
    # 60 then 70, or 40 then 80: the first is the better sum
    assert plan.stages["objective"].tolist() == [60.0, 70.0]
    assert plan.stages["regret"].tolist() == [0.0, 10.0]
    assert plan.tried["objective"].round(6).to_dict() == {
        "forward": 130.0,
        "backward": 120.0,
        "swaps": 130.0,
        "together": 130.0,
    }
    assert plan.status == "optimal"
    assert repr(plan).startswith("StagedPlan(mclp: 2022: 1, 2023: 1; in the end 87.5 %")


def test_all_stages_together_can_beat_each_stage_in_turn():
    """Forward, backward and their exchanges are heuristics: here one program is better."""
    better = 0
    for seed in range(5):
        problem = towns.random_town(seed + 40, sites=7, doors=16)
        plan = staged_plan(p_median, problem, new_posts={1: 1, 2: 1, 3: 1})
        tried = plan.tried["objective"]
        assert tried["together"] <= tried.min() + 1e-9
        assert tried["swaps"] <= tried[["forward", "backward"]].min() + 1e-9
        better += tried["together"] < tried["forward"] - 1e-9
    assert better


@pytest.mark.parametrize("seed", range(3))
def test_a_model_of_another_kind_gets_the_best_of_the_heuristics_and_a_true_bound(seed):
    def of_another_kind(problem, rules, **options):
        return p_median(problem, rules, **options)

    problem = towns.random_town(seed + 20, sites=5, doors=12)
    plan = staged_plan(of_another_kind, problem, new_posts={1: 1, 2: 1, 3: 1})
    proven = staged_plan(p_median, problem, new_posts={1: 1, 2: 1, 3: 1})
    check(plan, problem, towns.mean_min)
    assert np.isnan(plan.tried["objective"]["together"])
    assert plan.objective >= proven.objective - 1e-9
    assert plan.bound <= proven.objective + 1e-9
    assert plan.bound == pytest.approx(plan.stages["free_bound"].sum())


def test_exchanges_find_their_way_out_of_a_bad_order():
    problem = towns.random_town(7, sites=6)
    staging = Staging(mclp, problem, SitingRules(), ((1, np.inf), (1, np.inf)))
    pairs = [(a, b) for a, b in combinations(towns.candidates(problem), 2)]
    worst = min(pairs, key=lambda pair: towns.residents_within(problem, pair))
    bad = tuple((site,) for site in worst)
    good = swapped(staging, bad, towns.candidates(problem), "residents_within", np.inf)
    assert sum(staging.values(good)) > sum(staging.values(bad))
    assert [len(ids) for ids in good] == [1, 1]
    same = swapped(staging, bad, towns.candidates(problem), "residents_within", -np.inf)
    assert same == bad  # no time, no exchange


def test_the_program_of_all_stages_can_be_held_to_some_sites():
    problem = towns.random_town(8, sites=6)
    staging = Staging(mclp, problem, SitingRules(), ((1, np.inf), (1, np.inf)))
    weighing = weighing_of(mclp, problem)
    schedule, bound = together(staging, weighing, ["s1", "s2"], np.inf, None)
    assert {site for ids in schedule for site in ids} <= {"s1", "s2"}
    assert bound == pytest.approx(sum(staging.values(schedule)))


def test_sites_too_near_each_other_are_not_built_in_different_years_either():
    problem = towns.random_town(9, sites=6)
    rules = SitingRules(least_distance_m=900)
    plan = staged_plan(mclp, problem, new_posts={1: 1, 2: 1, 3: 1}, rules=rules)
    points = problem.sites.geometry
    built = plan.site_ids
    assert all(points[a].distance(points[b]) >= 900 for a, b in combinations(built, 2))


def test_required_sites_are_built_in_the_first_year():
    problem = towns.random_town(11, sites=5)
    status = ["required", "required", *problem.sites["status"][2:]]
    problem = replace(problem, sites=problem.sites.assign(status=status))
    plan = staged_plan(mclp, problem, new_posts={1: 2, 2: 1})
    assert set(plan.stages["site_ids"][1]) == {"s0", "s1"}
    with pytest.raises(InfeasibleError):
        staged_plan(mclp, problem, new_posts={1: 1, 2: 2})


def test_money_left_over_does_not_pass_to_the_next_year():
    walk = np.where(np.eye(3, dtype=bool), 60.0, np.inf)
    problem = towns.town(walk, [5, 50, 7], ["candidate"] * 3, cost=[3.0, 8.0, 3.0])
    plan = staged_plan(mclp, problem, budget={1: 6.0, 2: 4.0})
    assert set(plan.site_ids) == {"s0", "s2"}  # never s1, though 10 in all would pay for it
    assert plan.stages["regret"].tolist() == [0.0, 38.0]  # freely: s1 for 8 of the 10
    staging = Staging(mclp, problem, SitingRules(), ((np.inf, 6.0), (np.inf, 4.0)))
    assert packed(staging, ["s1"]) is None


def test_years_that_do_not_fit_are_refused_all_at_once():
    problem = towns.random_town(0)
    with pytest.raises(InputError, match="there are no years"):
        staged_plan(mclp, problem)
    with pytest.raises(InputError) as told:
        staged_plan(
            mclp,
            replace(problem, sites=problem.sites.assign(may_close=True)),
            new_posts={1: 1},
            budget={2: 3.0},
            rules=SitingRules(new_posts=3, closed_posts=1),
        )
    for part in ("differ in years (1, 2)", "give these by year", "cannot be closed in stages"):
        assert part in str(told.value)
    with pytest.raises(InputError, match="`new_posts` is -1"):
        staged_plan(mclp, problem, new_posts={1: -1})
    with pytest.raises(InputError, match="`new_posts` is 9, but there are 7 candidate sites"):
        staged_plan(mclp, problem, new_posts={1: 5, 2: 4})
