"""How often sites are chosen, and what a plan loses, where inputs are not sure."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import siting_plans_towns as towns
from walkshed.errors import InputError
from walkshed.siting import SitingRules, mclp, p_median, robustness
from walkshed.siting.robustness import Spreads, drawn_problem

SPREADS = {"speed_spread": 0.15, "residents_spread": 0.3, "neighbourhood_spread": 0.2}


@pytest.mark.parametrize(
    ("model", "value", "best"),
    [(mclp, towns.residents_within, max), (p_median, towns.mean_min, min)],
)
def test_each_draw_is_planned_best_and_the_plan_measured_in_it(model, value, best):
    problem, rules = towns.random_town(1, sites=5), SitingRules(new_posts=2)
    found = robustness(model, problem, rules, draws=6, seed=4, **SPREADS)
    sets = towns.subsets(towns.candidates(problem), 2)
    chosen = dict.fromkeys(towns.candidates(problem), 0)
    for draw, row in found.draws.iterrows():
        city = drawn_problem(problem, Spreads(0.15, 0.3, 0.2), 4, draw)
        assert row["residents"] == pytest.approx(city.residents.sum())
        assert row["objective"] == pytest.approx(best(value(city, some) for some in sets))
        assert row["planned_objective"] == pytest.approx(value(city, found.plan.site_ids))
        lost = abs(row["objective"] - row["planned_objective"])
        assert row["regret"] == pytest.approx(lost)
        own = model(city, rules)
        for site in own.site_ids:
            chosen[site] += 1
    assert (found.draws["regret"] >= 0).all()
    assert found.mean_regret <= found.worst_regret
    shares = found.sites["chosen_share"]
    assert shares.is_monotonic_decreasing
    assert {site: share * 6 for site, share in shares.items() if share} == pytest.approx(
        {site: count for site, count in chosen.items() if count}
    )
    assert set(found.sites.index[found.sites["in_plan"]]) == set(found.plan.site_ids)


def test_the_same_seed_gives_the_same_tables_and_another_one_others():
    problem, rules = towns.random_town(2), SitingRules(new_posts=2)
    first, again, other = (
        robustness(mclp, problem, rules, draws=5, seed=seed, **SPREADS) for seed in (7, 7, 8)
    )
    pd.testing.assert_frame_equal(first.draws, again.draws)
    pd.testing.assert_frame_equal(first.sites, again.sites)
    assert not np.allclose(first.draws["residents"], other.draws["residents"])


def test_a_draw_is_the_same_whatever_else_is_asked():
    problem, rules = towns.random_town(3), SitingRules(new_posts=1)
    few = robustness(mclp, problem, rules, draws=3, **SPREADS).draws
    many = robustness(p_median, problem, SitingRules(new_posts=2), draws=6, **SPREADS).draws
    still = robustness(mclp, problem, rules, draws=3, **(SPREADS | {"speed_spread": 0.0})).draws
    for name in ("speed_factor", "residents"):
        assert few[name].tolist() == many[name].tolist()[:3]
    assert still["residents"].tolist() == few["residents"].tolist()
    assert still["speed_factor"].tolist() == [1.0] * 3


def test_the_order_of_doors_changes_no_draw():
    problem = towns.random_town(4)
    order = np.random.default_rng(0).permutation(len(problem.residents))
    times = replace(
        problem.times,
        seconds=problem.times.seconds.tocsr()[order].tocsc(),
        door_ids=problem.times.door_ids[order],
    )
    turned = replace(
        problem,
        times=times,
        residents=problem.residents.iloc[order],
        neighbourhoods=problem.neighbourhoods.iloc[order],
    )
    here, there = (drawn_problem(city, Spreads(0.1, 0.3, 0.2), 1, 0) for city in (problem, turned))
    pd.testing.assert_series_equal(here.residents.iloc[order], there.residents)


def test_without_uncertainty_nothing_is_lost():
    found = robustness(
        mclp, towns.random_town(5), SitingRules(2), draws=2, speed_spread=0, residents_spread=0
    )
    assert found.worst_regret == 0.0
    assert found.sites["chosen_share"].tolist() == [1.0, 1.0]
    assert found.draws["objective"].tolist() == [found.plan.objective] * 2
    assert repr(found).startswith("Robustness(mclp: 2 draws; sites of the plan chosen in 100% to")


def test_who_walks_faster_reaches_more_and_who_walks_slower_less():
    problem = towns.random_town(6, doors=60)
    found = robustness(
        mclp, problem, SitingRules(2), draws=12, seed=1, speed_spread=0.2, residents_spread=0
    )
    by_speed = found.draws.sort_values("speed_factor")
    assert by_speed["objective"].is_monotonic_increasing
    assert by_speed["speed_factor"].iloc[0] < 1 < by_speed["speed_factor"].iloc[-1]
    assert by_speed["objective"].iloc[0] <= found.plan.objective < by_speed["objective"].iloc[-1]


def test_a_post_whose_place_is_not_sure_moves_the_plan():
    # the post is at the first door or at the second; a site stands at each
    walk = np.array([[60, 60, np.inf], [np.inf, np.inf, 60]], dtype=float)
    problem = towns.town(walk, [10, 9], ["existing", "candidate", "candidate"])
    walk[:, 0] = walk[::-1, 0]
    moved = towns.town(walk, [10, 9], ["existing", "candidate", "candidate"])

    def times_of(draw):
        return moved.times if draw % 2 else problem.times

    found = robustness(
        mclp, problem, SitingRules(1), draws=4, speed_spread=0, residents_spread=0,
        times_of=times_of,
    )  # fmt: skip
    assert found.plan.site_ids == ("s2",)
    assert found.sites["chosen_share"].to_dict() == {"s1": 0.5, "s2": 0.5}
    assert found.draws["regret"].tolist() == [0.0, 10.0, 0.0, 10.0]


def test_walks_must_be_known_as_far_as_the_fastest_draw_gets():
    problem = towns.random_town(7)
    short = replace(problem, cutoff_min=19.0)
    with pytest.raises(InputError, match=r"the fastest draw walks 1.* search the times up to"):
        robustness(mclp, short, SitingRules(1), draws=20, speed_spread=0.3, residents_spread=0)


def test_numbers_without_sense_are_refused_together():
    spreads = {"speed_spread": -1, "residents_spread": np.nan}
    with pytest.raises(InputError) as told:
        robustness(mclp, towns.random_town(0), SitingRules(1), draws=0, **spreads)
    assert all(
        part in str(told.value) for part in ("`draws` is 0", "`speed_spread` is -1", "is nan")
    )
