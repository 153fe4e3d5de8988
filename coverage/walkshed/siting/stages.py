"""Plans that are built year by year: what stands stays, and each year has its posts or money."""

import math
import time
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from ..errors import InputError, one_message
from .clock import now_s
from .curve import refuse_counting, tightened
from .figures import figures_of
from .finish import Search
from .models import Model, weighing_of
from .order import best_order
from .plan import (
    SMALLER_IS_BETTER,
    Measure,
    SitingPlan,
    Status,
    improvement,
    relative_gap,
    status_of,
)
from .problem import SitingProblem
from .program import Tell
from .rules import SitingRules
from .schedule import Schedule, Staging, forward, packed, swapped, together

TOGETHER_UP_TO_WALKS = 2_000_000
"""Walks in the program of all stages; above, it chooses among sites of plans at hand only."""

WAYS = ("forward", "backward", "swaps", "together")


@dataclass(frozen=True, eq=False, repr=False)
class StagedPlan:
    """Posts year by year, and what the order costs against planning each year freely.

    Attributes
    ----------
    model, measure
        Name of the location model, and what its objective is.
    problem, rules
        What was asked, the years apart.
    stages
        One row for each year (index `year`): `site_ids` built in it, in the best order; its
        `cost`; the number of `new_posts` that stand after it; the `objective` of the model,
        `residents_within` and `share_within` then; the `free_objective` of the best plan for all
        posts or money up to then, were nothing built before, its `free_bound`, `free_status` and
        `free_site_ids`; and the `regret`, by which the stage stays behind `free_objective`.
    tried
        For each way of finding an order (index `way`), the `objective` its plan has: "forward"
        (each stage the best after those before), "backward" (the free plan of the last year, in
        its best order), "swaps" (the better of both, sites exchanged one by one as long as it
        helps), "together" (all stages in one program). Missing where a way gave no plan.
    objective
        The sum of the objective over the stages, so each year weighs the same.
    bound
        What no order of building can pass.
    status
        "optimal" when no order is better, else why the search ended.
    seed, seconds
        Seed of the search, and the time it took.
    """

    model: str
    measure: Measure
    problem: SitingProblem
    rules: SitingRules
    stages: pd.DataFrame
    tried: pd.DataFrame
    objective: float
    bound: float
    status: Status
    seed: int
    seconds: float

    @property
    def site_ids(self) -> tuple[Hashable, ...]:
        """All sites, in the order of building."""
        return tuple(site for built in self.stages["site_ids"] for site in built)

    @property
    def gap(self) -> float:
        """How far the objective may be from the best one, 0 to 1."""
        return relative_gap(self.objective, self.bound, self.measure)

    def __repr__(self) -> str:
        """Tell the story in a line."""
        years = ", ".join(
            f"{year}: {len(built)}" for year, built in self.stages["site_ids"].items()
        )
        proof = "optimal" if self.status == "optimal" else f"{self.status}, gap {self.gap:.2%}"
        share = 100 * self.stages["share_within"].iloc[-1]
        return (
            f"StagedPlan({self.model}: {years}; in the end {share:.1f} % of residents within, "
            f"largest regret {self.stages['regret'].max():.6g}, {proof})"
        )


def staged_plan(
    model: Model,
    problem: SitingProblem,
    *,
    new_posts: Mapping[int, int] | None = None,
    budget: Mapping[int, float] | None = None,
    rules: SitingRules | None = None,
    time_limit_s: float = 120.0,
    seed: int = 0,
    tell: Tell | None = None,
    **own: Any,
) -> StagedPlan:
    r"""Choose what to build year by year, so that the sum over the years is best.

    What is built stays. With S_t the sites built up to stage t and f the model's objective,

    .. math:: \max \sum_t f(S_t), \quad S_1 \subseteq S_2 \subseteq \ldots

    Required sites are built in the first year. What one year leaves unspent does not pass to the
    next. Models that weigh walks (`mclp`, `gradual_coverage`, `p_median`) are solved as one program
    over all stages, which proves the order; where that is too large, or for another model, the
    order is the best of several heuristics (see `StagedPlan.tried`) and the `bound` is the sum of
    the free plans' bounds.

    Parameters
    ----------
    model
        Any location model that takes a number of new posts or a budget.
    problem
        Doors, posts, sites and walks.
    new_posts
        At most so many new posts in each year.
    budget
        Money of each year, in the unit of the sites' `cost`. Give this, `new_posts`, or both for
        the same years.
    rules
        Rules that hold over all years together, such as `least_distance_m`.
    time_limit_s
        Seconds for everything: two plans for each year, then their improvement.
    seed, tell
        As for the model; `tell` hears of each search in turn.
    own
        Options of the model itself.

    Raises
    ------
    InfeasibleError, SolverError
        As the model does.
    InputError
        If there are no years or they do not fit each other; if the rules hold a number, a budget
        or closings of their own.

    Examples
    --------
    The street of `mclp`, one post a year. Freely, one post is best in the middle (105 residents)
    and two are best at the ends (125); who begins in the middle reaches 125 too.

    >>> from scipy import sparse
    >>> from walkshed.siting import mclp, problem_of_coverage
    >>> doors = pd.Series([40.0, 10.0, 30.0, 25.0, 20.0], index=list("abcde"))
    >>> west, mid, east = [1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 0, 1, 1]
    >>> sees = sparse.csr_matrix(np.array([west, mid, east], dtype=bool).T)
    >>> street = pd.Index(["west", "mid", "east"])
    >>> town = problem_of_coverage(sees, doors, street, covered=doors.index == "a")
    >>> plan = staged_plan(mclp, town, new_posts={2022: 1, 2023: 1})
    >>> plan.stages[["site_ids", "objective", "regret"]]  # doctest: +NORMALIZE_WHITESPACE
         site_ids  objective  regret
    year
    2022   (mid,)      105.0     0.0
    2023  (east,)      125.0     0.0
    >>> plan.objective, plan.status
    (230.0, 'optimal')
    """
    rules = SitingRules() if rules is None else rules
    years, limits = _years(problem, rules, new_posts, budget)
    problem = replace(problem, sites=problem.sites.assign(may_close=False))
    staging = Staging(model, problem, rules, limits, seed, own)
    everything = staging.up_to(len(limits) - 1)
    search = Search(problem, everything, time_limit_s=time_limit_s, seed=seed, tell=tell)
    free = _free_plans(staging, search)
    measure = free[0].measure
    tried, bound = _tried(staging, search, free)
    values = {way: staging.values(schedule) for way, schedule in tried.items()}
    best = max(values, key=lambda way: improvement(0.0, math.fsum(values[way]), measure))
    objective = math.fsum(values[best])
    no_better = min if measure in SMALLER_IS_BETTER else max
    bound = no_better(bound, objective)  # what rounding took is given back
    interrupted = any(plan.status == "interrupted" for plan in free)
    sums = [math.fsum(values[way]) if way in values else math.nan for way in WAYS]
    return StagedPlan(
        model=free[0].model,
        measure=measure,
        problem=problem,
        rules=rules,
        stages=_table(staging, tried[best], values[best], free, years),
        tried=pd.DataFrame({"objective": sums}, index=pd.Index(WAYS, name="way")),
        objective=objective,
        bound=bound,
        status=status_of(objective, bound, measure, interrupted=interrupted),
        seed=seed,
        seconds=time.perf_counter() - search.started,
    )


def _years(
    problem: SitingProblem,
    rules: SitingRules,
    new_posts: Mapping[int, int] | None,
    budget: Mapping[int, float] | None,
) -> tuple[list[int], tuple[tuple[float, float], ...]]:
    """Check the years, and give posts and money of each; infinite where there is no limit."""
    problems = list(_about_years(problem, rules, new_posts, budget))
    if problems:
        raise InputError(one_message("staged_plan", problems))
    years = sorted(new_posts or budget or {})
    each = [
        SitingRules(
            new_posts=None if new_posts is None else new_posts[year],
            budget=None if budget is None else budget[year],
        )
        for year in years
    ]
    return years, tuple(
        (
            math.inf if limit.new_posts is None else limit.new_posts,
            math.inf if limit.budget is None else float(limit.budget),
        )
        for limit in each
    )


def _about_years(
    problem: SitingProblem,
    rules: SitingRules,
    new_posts: Mapping[int, int] | None,
    budget: Mapping[int, float] | None,
) -> Iterator[str]:
    if not new_posts and not budget:
        yield "there are no years; give `new_posts`, `budget` or both, as {year: amount}"
    if new_posts is not None and budget is not None and set(new_posts) != set(budget):
        apart = sorted(set(new_posts) ^ set(budget))
        yield (
            f"`new_posts` and `budget` differ in years ({', '.join(map(str, apart))}); give both "
            "for the same years"
        )
    if rules.new_posts is not None or rules.budget is not None:
        yield "`rules` hold `new_posts` or a `budget`; give these by year"
    if rules.closed_posts and problem.closable.any():
        yield "posts cannot be closed in stages; set `closed_posts` to 0, or plan all at once"
    if rules.unlike:
        yield "`unlike` has no meaning in stages; leave it out"


def _free_plans(staging: Staging, search: Search) -> list[SitingPlan]:
    """Plan for each stage as if nothing had been built before it; they take 60 % of the time."""
    stages = len(staging.limits)
    plans: list[SitingPlan] = []
    for stage in range(stages):
        now = now_s()
        until = now + (search.until(0.6) - now) / (stages - stage)
        plans.append(staging.solve(staging.problem, staging.up_to(stage), until, search.tell))
        refuse_counting("staged_plan", plans[-1])
    return plans


def _tried(
    staging: Staging, search: Search, free: list[SitingPlan]
) -> tuple[dict[str, Schedule], float]:
    """Find orders in several ways, and what the sum of no order can pass."""
    measure = free[0].measure
    tried = {"forward": forward(staging, search.until(0.8), search.tell)}
    last = packed(staging, free[-1].site_ids)
    if last is not None:
        tried["backward"] = last
    plans = [*tried.values(), *((plan.site_ids,) for plan in free)]
    pool = list(dict.fromkeys(site for plan in plans for ids in plan for site in ids))
    start = max(
        tried.values(), key=lambda one: improvement(0.0, math.fsum(staging.values(one)), measure)
    )
    tried["swaps"] = swapped(staging, start, pool, measure, search.until(0.85))
    bound = math.fsum(_free_bounds(free))
    weighing = weighing_of(staging.model, staging.problem, **staging.own)
    if weighing is None:
        return tried, bound
    stages = len(staging.limits)
    walks = staging.problem.times.seconds.nnz * stages * (stages + 1) / 2
    among = None if walks <= TOGETHER_UP_TO_WALKS else pool
    schedule, of_these = together(staging, weighing, among, search.deadline, search.tell)
    if schedule is not None:
        tried["together"] = schedule
    if among is None:
        nearer = max if measure in SMALLER_IS_BETTER else min
        bound = nearer(bound, of_these)
    return tried, bound


def _free_bounds(free: list[SitingPlan]) -> list[float]:
    return tightened(
        [plan.objective for plan in free],
        [plan.bound for plan in free],
        free[0].measure,
        from_nothing=False,
    )


def _table(
    staging: Staging,
    schedule: Schedule,
    values: list[float],
    free: list[SitingPlan],
    years: list[int],
) -> pd.DataFrame:
    problem, measure = staging.problem, free[0].measure
    bounds = _free_bounds(free)
    built: list[int] = np.flatnonzero(problem.standing).tolist()
    rows = []
    for ids, value, plan, bound in zip(schedule, values, free, bounds, strict=True):
        order = best_order(problem, built, problem.positions(ids))
        built = [*built, *order]
        figures = figures_of(problem, built)
        behind = improvement(value, plan.objective, measure)
        free_objective = plan.objective if behind > 0 else value  # out of time it may be worse
        rows.append(
            {
                "site_ids": tuple(problem.sites.index[order]),
                "cost": staging.cost(ids),
                "new_posts": figures.new_posts,
                "objective": value,
                "residents_within": figures.residents_within,
                "share_within": figures.share_within,
                "free_objective": free_objective,
                "free_bound": bound,
                "free_status": plan.status,
                "free_site_ids": plan.site_ids,
                "regret": max(behind, 0.0),
            }
        )
    return pd.DataFrame(rows, index=pd.Index(years, name="year"))
