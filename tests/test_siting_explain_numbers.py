"""Sentences about a plan: every number in them is one that can be counted from the walks."""

import re
from collections import Counter
from dataclasses import replace
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import get_args

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from walkshed.language import LANGUAGES
from walkshed.siting import (
    SitingProblem,
    SitingRules,
    gradual_coverage,
    mclp,
    p_median,
    plan_facts,
)
from walkshed.siting.explain import sentences
from walkshed.siting.plan import SMALLER_IS_BETTER, Measure, status_of
from walkshed.travel_times import TravelTimes

SPACE = "\u00a0"
AREAS = ["Karasu", "Center", "Nauryz", "Airport", "Hydro"]


def numbers(text: str, language: str) -> list[Decimal]:
    """Read every number of a text as its language writes them, percent and minus signs too."""
    thousands, point = (",", r"\.") if language == "en" else (SPACE, ",")
    found = re.findall(rf"\u2212?\d+(?:{thousands}\d{{3}})*(?:{point}\d+)?", text)
    plain = [one.replace(thousands, "").replace(",", ".").replace("\u2212", "-") for one in found]
    return [Decimal(one) for one in plain]


def rounded(value: float, decimals: int = 0) -> Decimal:
    return Decimal(value).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def ceiled(value: float, decimals: int = 0) -> Decimal:
    return Decimal(value - 1e-6).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_CEILING)


def random_problem(rng: np.random.Generator) -> SitingProblem:
    doors, sites = int(rng.integers(3, 25)), int(rng.integers(2, 8))
    minutes = np.where(rng.random((doors, sites)) < 0.6, rng.uniform(0.1, 20, (doors, sites)), 0)
    door_ids = pd.RangeIndex(doors)
    site_ids = pd.Index([letter * 2 for letter in "ABCDEFGH"[:sites]])
    status = rng.choice(["existing", "candidate", "required"], sites, p=[0.35, 0.55, 0.1])
    places = gpd.points_from_xy(np.arange(sites) * 700.0, np.zeros(sites), crs="EPSG:32642")
    table = gpd.GeoDataFrame(
        {
            "status": status,
            "may_close": rng.random(sites) < 0.5,
            "cost": rng.integers(0, 9, sites) / 4,
            "closing_cost": rng.integers(0, 2, sites) / 2,
            "group": rng.choice(np.array([None, "g"], dtype=object), sites, p=[0.7, 0.3]),
        },
        index=site_ids,
        geometry=places,
    )
    if (table["status"] == "required").sum() > 1:
        table["group"] = None
    cutoff = rng.uniform(5, 12, doors) if rng.random() < 0.3 else float(rng.integers(10, 30)) / 2
    areas = pd.Series(rng.choice(AREAS, doors), index=door_ids) if rng.random() < 0.8 else None
    people = pd.Series(rng.gamma(0.8, 900, doors) * (rng.random(doors) < 0.9), index=door_ids)
    people.iloc[0] = 100.25
    seconds = sparse.csc_array(minutes * 60)
    times = TravelTimes(seconds, door_ids, site_ids, 20)
    return SitingProblem(times, people, table, cutoff, areas)


def random_plan(seed: int, measure: str, model: str):
    """Solve a small question, and tell its plan in a measure, proven or not, with a next best."""
    rng = np.random.default_rng(seed)
    problem = random_problem(rng)
    needed = int((problem.sites["status"] == "required").sum())
    rules = SitingRules(
        new_posts=min(needed + int(rng.integers(0, 4)), int(problem.choosable.sum())),
        budget=None if rng.random() < 0.5 else 20.5,
        closed_posts=int(rng.integers(0, 3)),
        least_distance_m=float(rng.choice([0, 400])),
    )
    options = {"full_min": 4, "none_min": 15} if model == "gradual_coverage" else {}
    plan = MODELS[model](problem, rules, **options)
    if measure != plan.measure or rng.random() < 0.5:
        small = measure in {"worst_share", "mean_min", "longest_min", "new_posts", "cost"}
        objective = float(rng.uniform(0.2, 0.9) * (1.0 if small else problem.total))
        apart = float(rng.uniform(0.001, 0.5)) * objective if rng.random() < 0.7 else 0.0
        bound = objective - apart if measure in SMALLER_IS_BETTER else objective + apart
        stopped = bool(rng.random() < 0.5)
        plan = replace(
            plan,
            measure=measure,
            objective=objective,
            bound=bound,
            status=status_of(objective, bound, measure, interrupted=stopped),
        )
    if rng.random() < 0.6 and plan.site_ids:
        other = plan.objective * float(rng.uniform(0.5, 1.5))
        table = pd.DataFrame({"objective": [other], "site_ids": [("XX",)]})
        plan = replace(plan, alternatives=table.assign(site_ids=[plan.site_ids[1:]]))
    return plan


MODELS = {"mclp": mclp, "p_median": p_median, "gradual_coverage": gradual_coverage}


class Counted:
    """What a reader could count from the walks with a table of all of them."""

    def __init__(self, plan) -> None:
        problem = plan.problem
        sites = problem.sites
        walks = problem.times.seconds.toarray() / 60
        self.walks = np.where(walks > 0, walks, np.inf)
        self.people = problem.residents.to_numpy()
        self.limit = problem.cutoff_min
        self.areas = problem.neighbourhoods
        stands = sites["status"].eq("existing").to_numpy()
        closed = sites.index.isin(plan.closed_ids)
        self.now, self.kept = stands, stands & ~closed
        self.after = self.kept | sites.index.isin(plan.site_ids)
        self.new = sites["status"].isin(["candidate", "required"]).to_numpy()

    def nearest(self, posts) -> np.ndarray:
        return self.walks[:, posts].min(axis=1, initial=np.inf)

    def inside(self, posts) -> np.ndarray:
        return self.nearest(posts) <= self.limit

    def twice(self, posts) -> float:
        count = (self.walks[:, posts] <= np.reshape(self.limit, (-1, 1))).sum(axis=1)
        return self.people[count >= 2].sum()

    def within(self, posts) -> float:
        return self.people[self.inside(posts)].sum()

    def share(self, posts) -> Decimal:
        return rounded(100 * self.within(posts) / self.people.sum(), 1)

    def cutoff(self) -> list[Decimal]:
        return [] if np.ndim(self.limit) else [Decimal(self.limit)]

    def by_area(self) -> pd.DataFrame:
        rows = {}
        for area in sorted(set(self.areas if self.areas is not None else [])):
            here = (self.areas == area).to_numpy()
            all_here = self.people[here].sum()
            if all_here > 0:
                then = self.people[here & self.inside(self.after)].sum()
                before = self.people[here & self.inside(self.now)].sum()
                rows[area] = (then - before, all_here - then, before / all_here, then / all_here)
        columns = ["gained", "outside", "before", "after"]
        return pd.DataFrame.from_dict(rows, orient="index", columns=columns)


def expected(plan, inspectors: int, norm: float) -> dict[str, list[Decimal]]:
    """Work out, apart from the package, which numbers each subject must hold."""
    count, rules, measure = Counted(plan), plan.rules, plan.measure
    problem, people = plan.problem, count.people
    total = people.sum()
    weighted = measure in {"residents_weighted", "residents_backed_up"}

    asked = [] if rules.new_posts is None else [Decimal(rules.new_posts)]
    names_cutoff = {"residents_within", "residents_backed_up", "residents_served", "worst_share"}
    if measure in names_cutoff or (
        measure == "residents_weighted" and plan.model != "gradual_coverage"
    ):
        asked += count.cutoff()
    if rules.budget is not None:
        asked.append(Decimal("20.5"))
    required = int((problem.sites["status"] == "required").sum())
    asked += [Decimal(required)] if required else []
    stands = problem.sites[count.now]
    asked += [Decimal(rules.closed_posts)] if stands["may_close"].any() else []
    asked += [Decimal(400)] if rules.least_distance_m else []

    now, after = count.within(count.now), count.within(count.after)
    gained = [*count.cutoff(), rounded(now), rounded(total), count.share(count.now)]
    gained += [rounded(after), count.share(count.after)]
    gained += [rounded(abs(after - now))] if abs(after - now) >= 1e-6 else []
    gained += _of_measure(plan, count)

    areas = count.by_area()
    for_whom: list[Decimal] = []
    for gains in (areas["gained"], -areas["gained"]):
        for area in gains[gains >= 0.5].sort_values(ascending=False, kind="stable").index[:3]:
            row = areas.loc[area]
            shares = [rounded(100 * row["before"], 1), rounded(100 * row["after"], 1)]
            for_whom += [rounded(row["gained"]), *shares]
    out = areas[areas["after"] < 1].sort_values(
        ["after", "outside"], ascending=[True, False], kind="stable"
    )
    for _, row in out.head(3).iterrows():
        for_whom += [rounded(100 * row["after"], 1), rounded(row["outside"])]

    cost = problem.sites["cost"][list(plan.site_ids)].sum()
    cost += problem.sites["closing_cost"][list(plan.closed_ids)].sum()
    money = [Decimal(str(cost))]
    if rules.budget is not None:
        money.append(Decimal("20.5"))
    elif not cost and measure != "cost":
        money = []

    order: list[Decimal] = [Decimal(len(plan.site_ids))] if plan.site_ids else []
    posts = count.kept.copy()
    for rank, site in enumerate(plan.site_ids, start=1):
        before = count.within(posts)
        posts[problem.sites.index.get_loc(site)] = True
        order += [Decimal(rank), rounded(count.within(posts) - before), count.share(posts)]

    closed: list[Decimal] = []
    if plan.closed_ids:
        lost = count.inside(count.now) & ~count.inside(count.kept)
        left = count.inside(count.now) & ~count.inside(count.after)
        closed = [*count.cutoff(), rounded(people[lost].sum()), rounded(people[left].sum())]

    apart = abs(plan.bound - plan.objective)
    proof = [_difference(measure, apart, weighted)]
    if plan.status == "optimal":
        proof = [Decimal(int(count.new.sum()))]
    next_best: list[Decimal] = []
    if len(plan.alternatives):
        other = abs(plan.alternatives.iloc[0]["objective"] - plan.objective)
        next_best = [_difference(measure, other, weighted)]

    posts_now, posts_after = int(count.now.sum()), int(count.after.sum())
    staff = [rounded(total / posts) for posts in (posts_now, posts_after) if posts]
    staff += [rounded(inspectors / posts, 1) for posts in (posts_now, posts_after) if posts]
    staff += [Decimal(inspectors)] if posts_after > posts_now > 0 else []
    staff += [rounded(total / inspectors), rounded(norm), ceiled(total / norm)]

    beyond = people[np.isinf(count.nearest(count.after))].sum()
    return {
        "asked": asked,
        "gained": gained,
        "for_whom": for_whom,
        "cost": money,
        "order": order,
        "closed": closed,
        "next_best": next_best,
        "staff": staff,
        "proof": proof,
        "limits": [rounded(beyond), Decimal(20)] if beyond > 1e-6 else [],
    }


def _difference(measure: str, value: float, weighted: bool) -> Decimal:
    if measure in {"mean_min", "longest_min"}:
        return ceiled(value, 1)
    if measure == "worst_share":
        return ceiled(100 * value, 1)
    return ceiled(value, 2) if measure == "cost" else ceiled(value)


def _of_measure(plan, count: Counted) -> list[Decimal]:
    people, total = count.people, count.people.sum()
    both = (count.now, count.after)
    share = rounded(100 * plan.objective / total, 1)
    match plan.measure:
        case "mean_min":
            walks = [np.minimum(count.nearest(posts), 20) for posts in both]
            return [rounded((walk * people).sum() / total, 1) for walk in walks]
        case "longest_min":
            longest = [count.nearest(posts)[people > 0].max() for posts in both]
            said = [Decimal(20) if np.isinf(walk) else rounded(walk, 1) for walk in longest]
            return said + ([rounded(plan.objective, 1)] if plan.objective < longest[1] else [])
        case "worst_share":
            areas = count.by_area()
            worst = [areas["before"].min(), areas["after"].min()] if len(areas) else [0, 0]
            return [rounded(100 * share, 1) for share in worst]
        case "residents_weighted":
            return [rounded(plan.objective)]
        case "residents_backed_up":
            return [*count.cutoff(), *(rounded(count.twice(posts)) for posts in both)]
        case "residents_served":
            return [rounded(plan.objective), share, rounded(total - plan.objective)]
    return []


@settings(max_examples=50)
@given(st.integers(0, 2**31), st.sampled_from(get_args(Measure)), st.sampled_from(sorted(MODELS)))
def test_every_number_in_every_sentence_can_be_counted_from_the_walks(
    seed: int, measure: str, model: str
) -> None:
    plan = random_plan(seed, measure, model)
    facts = plan_facts(plan, inspectors=37, residents_per_inspector=2000)
    wanted = expected(plan, 37, 2000)
    for language in LANGUAGES:
        said = sentences(facts, language)
        assert list(said) == list(wanted)
        for subject, lines in said.items():
            found = numbers(" ".join(lines), language)
            assert Counter(found) == Counter(wanted[subject]), (language, subject, lines)


CRIME = re.compile(
    "crim|offen|safe|преступ|правонаруш|безопас|қылмыс|құқық бұз|қауіпсіз", re.IGNORECASE
)


@pytest.mark.parametrize("measure", get_args(Measure))
def test_no_plan_is_said_to_change_crime(measure: str) -> None:
    for seed in range(2):
        facts = plan_facts(random_plan(seed, measure, "mclp"), inspectors=9)
        for language in LANGUAGES:
            lines = [line for some in sentences(facts, language).values() for line in some]
            assert [line for line in lines if CRIME.search(line)] == lines[-1:]  # "not studied"
            assert not any("{" in line or "  " in line for line in lines)
