"""The next best plans after a plan."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import shapely

import siting_plans_towns as towns
from walkshed.errors import InputError
from walkshed.siting import SitingRules, best_alternatives, gradual_coverage, mclp, p_median

FADING = {"full_min": 4.0, "none_min": 14.0}
MODELS = [
    (mclp, {}, towns.residents_within, max),
    (gradual_coverage, FADING, towns.weighted, max),
    (p_median, {}, towns.mean_min, min),
]


def next_best_by_enumeration(problem, rules, first, value, best, alternatives):
    """Values of the next best plans: neither within an earlier one nor around it."""
    before = [set(first)]
    values = []
    allowed = [
        some
        for some in towns.subsets(towns.candidates(problem), rules.new_posts)
        if rules.budget is None or towns.cost(problem, some) <= rules.budget
    ]
    for _ in range(alternatives):
        left = [some for some in allowed if not any(some <= old or some >= old for old in before)]
        if not left:
            break
        found = best(left, key=lambda some: value(problem, some))
        before.append(found)
        values.append(value(problem, found))
    return values


@pytest.mark.parametrize(("model", "own", "value", "best"), MODELS)
@pytest.mark.parametrize("rules", [SitingRules(new_posts=2), SitingRules(new_posts=3, budget=13)])
@pytest.mark.parametrize("seed", range(3))
def test_alternatives_are_the_best_that_are_left(model, own, value, best, rules, seed):
    problem = towns.random_town(seed, sites=5, doors=10)
    plan = best_alternatives(model, model(problem, rules, **own), 3, time_limit_s=600, **own)
    table = plan.alternatives
    # ties make the choice open, but never what it is worth, as long as the first one is tied
    expected = next_best_by_enumeration(problem, rules, plan.site_ids, value, best, 1)
    assert table["objective"].iloc[0] == pytest.approx(expected[0])
    assert (table["status"] == "optimal").all()
    assert table["given_up"].is_monotonic_increasing
    assert (table["given_up"] >= -1e-9).all()
    for row in table.itertuples():
        assert value(problem, row.site_ids) == pytest.approx(row.objective)
        assert len(row.site_ids) <= rules.new_posts
        assert abs(row.objective - plan.objective) == pytest.approx(row.given_up)
    sets = [set(plan.site_ids), *map(set, table["site_ids"])]
    for n, one in enumerate(sets):
        assert not any(one <= other or one >= other for other in sets[:n])


@pytest.mark.parametrize("seed", range(4))
def test_all_plans_come_in_turn_where_no_two_are_worth_the_same(seed):
    rng = np.random.default_rng(seed)
    seconds = np.where(np.eye(6, dtype=bool), 60.0, np.inf)
    problem = towns.town(seconds, 2.0 ** rng.permutation(6), ["candidate"] * 5 + ["existing"])
    rules = SitingRules(new_posts=2)
    plan = best_alternatives(mclp, mclp(problem, rules), 20)
    expected = next_best_by_enumeration(
        problem, rules, plan.site_ids, towns.residents_within, max, 20
    )
    assert plan.alternatives["objective"].tolist() == expected
    assert len(expected) == 9  # ten pairs of five sites, less the plan
    assert plan.alternatives.index.tolist() == list(range(2, 11))


def test_likeness_is_told_by_sites_by_residents_and_by_metres():
    # a street: s0 at 0 m, s1 at 400 m, s2 at 2000 m; a post far away at no door
    walk = np.array([[60, 300, np.inf], [300, 60, np.inf], [np.inf, np.inf, 60]], dtype=float)
    problem = towns.town(walk, [50, 45, 10], ["candidate"] * 3, cutoff_min=2)
    points = gpd.GeoSeries(
        shapely.points([0, 400, 2000], [0, 0, 0]), index=problem.sites.index, crs="EPSG:32642"
    )
    placed = replace(problem, sites=gpd.GeoDataFrame(problem.sites, geometry=points))
    plan = mclp(placed, SitingRules(new_posts=1))
    assert plan.site_ids == ("s0",)
    first, second = best_alternatives(mclp, plan, 2).alternatives.itertuples()
    assert (first.site_ids, first.given_up, first.apart_m) == (("s1",), 5.0, 400.0)
    assert (second.site_ids, second.given_up, second.apart_m) == (("s2",), 40.0, 2000.0)
    assert (first.same_sites, second.same_sites) == (0.0, 0.0)
    # nobody has the same post; but under s0 and s1 alike the third door has none at all
    assert first.same_nearest_share == pytest.approx(10 / 105)
    assert second.same_nearest_share == 0.0
    assert np.isnan(
        best_alternatives(mclp, mclp(problem, SitingRules(1)), 1).alternatives["apart_m"].iloc[0]
    )


def test_closing_a_post_for_nothing_is_no_alternative():
    walk = np.where(np.eye(4, dtype=bool), 60.0, np.inf)
    problem = towns.town(walk, [20, 10, 40, 30], ["existing"] * 2 + ["candidate"] * 2)
    problem = replace(problem, sites=problem.sites.assign(may_close=True))
    plan = best_alternatives(mclp, mclp(problem, SitingRules(new_posts=1, closed_posts=1)), 5)
    # s1 (10 residents) is moved: s0, s2 and s3 reach 90. Moving s0 reaches 80, no closing 70 or 60.
    assert (set(plan.site_ids), plan.closed_ids) == ({"s2", "s3"}, ("s1",))
    assert [set(ids) for ids in plan.alternatives["site_ids"]] == [{"s2", "s3"}, {"s2"}, {"s3"}]
    assert plan.alternatives["closed_ids"].tolist() == [("s0",), (), ()]
    assert plan.alternatives["given_up"].tolist() == [10.0, 20.0, 30.0]


def test_a_plan_without_posts_has_no_alternatives():
    problem = towns.random_town(1)
    plan = best_alternatives(mclp, mclp(problem, SitingRules(new_posts=0)), 3)
    assert plan.alternatives.empty
    assert list(plan.alternatives)[:2] == ["site_ids", "closed_ids"]


def test_another_model_or_no_number_is_refused():
    plan = mclp(towns.random_town(1), SitingRules(new_posts=1))
    with pytest.raises(InputError, match="the plan is of mclp, but p_median was given"):
        best_alternatives(p_median, plan)
    with pytest.raises(InputError, match="`alternatives` is 0; give 1 or more"):
        best_alternatives(mclp, plan, 0)
