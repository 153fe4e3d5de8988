"""Kinds of post as options of a site, and residents mixed with need."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from siting_cases import CASES, problem_of, random_case, within_cutoff
from walkshed.errors import InputError
from walkshed.siting import (
    SitingRules,
    beside_residents,
    capacitated_coverage,
    mclp,
    with_kinds,
    with_need,
)

KINDS = pd.DataFrame(
    {"cost": [2.0, 5.0], "capacity_residents": [10.0, 30.0], "allowed_at": [["housing"], None]},
    index=["room", "modular post"],
)


def town(places=("housing", "street", "street"), **columns):
    seconds = np.full((2, len(places)), 300)
    sites = pd.DataFrame({"place": places, **columns})
    return problem_of(seconds, [25, 15], sites)


def test_a_site_has_one_option_for_each_kind_that_may_stand_there():
    options = with_kinds(town(), KINDS)
    assert options.sites.index.tolist() == [
        ("site 0", "room"),
        ("site 0", "modular post"),
        ("site 1", "modular post"),
        ("site 2", "modular post"),
    ]
    assert options.sites["cost"].tolist() == [2, 5, 5, 5]
    assert options.sites["site"].tolist() == ["site 0", "site 0", "site 1", "site 2"]


def test_at_most_one_kind_is_built_at_a_site():
    plan = capacitated_coverage(with_kinds(town(("housing",)), KINDS), SitingRules(budget=100))
    assert plan.site_ids == (("site 0", "modular post"),)


def test_sites_of_a_group_keep_it_so_that_one_of_all_their_options_is_built():
    options = with_kinds(town(group=["block", "block", None]), KINDS)
    plan = capacitated_coverage(options, SitingRules(budget=100))
    assert plan.objective == 40
    assert len({site for site, _ in plan.site_ids} & {"site 0", "site 1"}) == 1


def test_posts_that_stand_stay_as_they_are_and_required_sites_take_their_kind():
    start = town(
        status=["existing", "required", "candidate"],
        kind=["old post", "room", ""],
        cost=[9.0, 0.0, 0.0],
    )
    options = with_kinds(start, KINDS)
    assert options.sites.index.tolist() == ["site 0", "site 1", ("site 2", "modular post")]
    assert options.sites["cost"].tolist() == [9, 2, 5]
    assert options.sites["kind"].tolist() == ["old post", "room", "modular post"]


def test_capacity_is_inspectors_times_the_norm():
    kinds = pd.DataFrame({"inspectors": [1, 3]}, index=["room", "post"])
    options = with_kinds(town(("street",)), kinds, residents_per_inspector=2000)
    assert options.sites["capacity_residents"].tolist() == [2000, 6000]
    assert options.sites["inspectors"].tolist() == [1, 3]


@pytest.mark.parametrize(
    ("kinds", "words"),
    [
        (KINDS.iloc[:0], "one row"),
        (KINDS.assign(cost=[1, -1]), "`cost` of kind 'modular post'"),
        (KINDS.assign(allowed_at=[["moon"], None]), "only at moon"),
        (KINDS.assign(allowed_at=["housing", None]), "no list of places"),
        (pd.DataFrame({"inspectors": [1]}, index=["room"]), "residents_per_inspector"),
    ],
)
def test_a_table_of_kinds_that_makes_no_sense_is_refused(kinds, words):
    with pytest.raises(InputError, match=words):
        with_kinds(town(), kinds)


def test_places_are_needed_to_tell_where_a_kind_may_stand():
    with pytest.raises(InputError, match="place"):
        with_kinds(problem_of([[300]], [1]), KINDS)


def test_a_required_site_must_name_its_kind():
    with pytest.raises(InputError, match="site 1"):
        with_kinds(town(status=["candidate", "required", "candidate"]), KINDS)


def best_with_kinds(problem, kinds, budget):
    """Try every kind, or nothing, at every site: most residents reached for the money."""
    inside = within_cutoff(problem)
    candidates = np.flatnonzero(problem.choosable)
    best = 0.0
    for choice in product(range(-1, len(kinds)), repeat=candidates.size):
        built = [site for site, kind in zip(candidates, choice, strict=True) if kind >= 0]
        of_kinds = sum(kinds["cost"].iloc[kind] for kind in choice if kind >= 0)
        if of_kinds + problem.sites["cost"].iloc[built].sum() <= budget:
            posts = [*built, *np.flatnonzero(problem.standing)]
            best = max(best, problem.people[inside[:, posts].any(axis=1)].sum())
    return best


def test_under_a_budget_sites_and_kinds_are_chosen_together():
    kinds = pd.DataFrame({"cost": [2.0, 3.0]}, index=["room", "post"])
    for seed in CASES[:40]:
        problem, _ = random_case(seed)
        sites = problem.sites.assign(group=None, may_close=False).replace(
            {"status": {"required": "candidate"}}
        )
        problem = type(problem)(problem.times, problem.residents, sites, problem.cutoff_min)
        plan = mclp(with_kinds(problem, kinds), SitingRules(budget=11))
        assert plan.objective == pytest.approx(best_with_kinds(problem, kinds, 11))


def test_mixing_with_need_keeps_the_total_and_its_ends():
    problem, _ = random_case(4)
    need = pd.Series(np.arange(len(problem.residents)) + 1.0, index=problem.residents.index)
    for share in (0.0, 0.3, 1.0):
        mixed = with_need(problem, need, share)
        assert mixed.total == pytest.approx(problem.total)
    assert with_need(problem, need, 0.0).residents.equals(problem.residents)
    parts = with_need(problem, need, 1.0).residents / need
    assert parts.to_numpy() == pytest.approx(parts.iloc[0])


def test_what_mixing_costs_is_told_in_residents():
    problem = problem_of([[300, 0], [0, 300]], [60, 40])
    need = pd.Series([0.0, 5.0], index=problem.residents.index)
    rules = SitingRules(new_posts=1)
    plan = mclp(with_need(problem, need, 0.5), rules)
    beside = beside_residents(plan, mclp(problem, rules))
    assert plan.objective == 70
    assert beside.loc["residents_within"].tolist() == [40, 60, -20]
    with pytest.raises(InputError, match="different"):
        beside_residents(plan, mclp(problem_of([[300]], [1]), rules))


@pytest.mark.parametrize(
    ("need", "share", "words"),
    [
        ([0, 0], 0.5, "0 at all doors"),
        ([1, -1], 0.5, "without a number"),
        ([1, np.nan], 0.5, "without a number"),
        ([1, 1], 1.5, "share"),
    ],
)
def test_need_that_makes_no_sense_is_refused(need, share, words):
    problem = problem_of([[300], [300]], [60, 40])
    with pytest.raises(InputError, match=words):
        with_need(problem, pd.Series(need, index=problem.residents.index, dtype=float), share)
