"""Ways to the front between two measures: plans that may be on it, and what is proven of them."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ..errors import InfeasibleError
from .choice import best_choice
from .clock import left_s, now_s
from .curve import best_of_each_size
from .equity import mclp_with_least_share
from .figures import PlanFigures, figures_of
from .finish import Search
from .models import Model, mclp
from .plan import PROVEN_GAP, SitingPlan, improvement
from .problem import Floats, Ints
from .rules import SitingRules
from .worth import Worth, covered, gains_of, nearness, total_worth

LEAST_STEP = 1e-6  # plans whose costs differ by less of them, or shares by less, are equal in these


@dataclass(frozen=True)
class Point:
    """A plan on the way to the front."""

    figures: PlanFigures
    open_sites: tuple[int, ...]
    proven: bool


@dataclass(frozen=True)
class Found:
    """Plans that may be on the front, and whether any may be missing."""

    points: list[Point]
    complete: bool


def _point(plan: SitingPlan, *, proven: bool) -> Point:
    return Point(plan.figures, tuple(np.flatnonzero(plan.is_open).tolist()), proven)


def by_number(model: Model, search: Search) -> Found:
    """Take the best plan of each size; it is proven if no plan of fewer posts can be as good."""
    plans = best_of_each_size(model, search)
    cut_short = any(plan.status == "interrupted" for plan in plans.values())
    points = []
    for plan in plans.values():
        fewer = plans.get(plan.new_posts - 1)
        if fewer is None:
            alone = plan.new_posts == 0 or not cut_short
        else:
            alone = improvement(fewer.bound, plan.objective, plan.measure) > 0
        points.append(_point(plan, proven=alone and plan.status == "optimal"))
    return Found(points, complete=all(plan.status == "optimal" for plan in plans.values()))


def by_budget(model: Model, search: Search, points: int) -> Found:
    """Ask for cheaper and cheaper plans; a saving is money below 0."""

    def best(least_saved: float | None, time_limit_s: float) -> SitingPlan | None:
        budget = search.rules.budget if least_saved is None else -least_saved
        if budget is not None and budget < 0:
            return None
        rules = replace(search.rules, budget=budget)
        return _or_none(model, search, rules, time_limit_s)

    return _step_by_step(search, points, best, lambda figures: -figures.cost, most=0.0)


def by_least_share(search: Search, points: int) -> Found:
    """Ask for a larger and larger share of the worst-off neighbourhood."""

    def best(least_share: float | None, time_limit_s: float) -> SitingPlan | None:
        if least_share is None:
            return _or_none(mclp, search, search.rules, time_limit_s)
        if least_share > 1:
            return None
        return _or_none(
            mclp_with_least_share, search, search.rules, time_limit_s, least_share=least_share
        )

    return _step_by_step(search, points, best, lambda figures: figures.worst_share or 0.0, most=1.0)


def _or_none(
    model: Model, search: Search, rules: SitingRules, time_limit_s: float, **own: float
) -> SitingPlan | None:
    """Ask a model; None if no plan keeps to the rules."""
    try:
        return model(
            search.problem,
            rules,
            time_limit_s=time_limit_s,
            seed=search.seed,
            tell=search.tell,
            **own,
        )
    except InfeasibleError:
        return None


def _step_by_step(
    search: Search,
    points: int,
    best: Callable[[float | None, float], SitingPlan | None],
    figure: Callable[[PlanFigures], float],
    most: float,
) -> Found:
    """Take the best plan, then the best of those with more of the second figure, up to `most`.

    The next plan has barely more than the last one: if it is worse, the last one is proven. Where
    it has less than a step more, the one after is asked for a whole step.
    """

    def within_time(least: float | None) -> SitingPlan | None:
        left = left_s(search.deadline)
        return best(least, min(left, max(left / 4, search.time_limit_s / (2 * points))))

    plan = within_time(None)
    if plan is None:
        raise InfeasibleError("pareto_front: no plan keeps to the rules")
    found, complete = [], True
    step = (most - figure(plan.figures)) / points
    while plan is not None:
        now = figure(plan.figures)
        fresh = within_time(now + LEAST_STEP * max(1.0, abs(now)))
        alone = fresh is None or improvement(fresh.bound, plan.objective, plan.measure) > 0
        found.append(_point(plan, proven=alone and plan.status == "optimal"))
        complete = complete and plan.status == "optimal"
        if plan.status == "interrupted" or now_s() >= search.deadline:
            return Found(found, complete=False)
        if alone and fresh is not None and figure(fresh.figures) < now + step:
            complete = False  # there may be more between this plan and the next
            fresh = within_time(now + step)
        plan = fresh
    return Found(found, complete)


def by_weights(search: Search, points: int) -> Found:
    """Take the best plans for sums of residents within the cutoff and seconds saved.

    Between two plans the weights under which both are worth the same are tried next: either a
    third is worth more, and takes its place between them, or both are proven.
    """
    problem = search.problem
    worths = (covered(problem), nearness(problem))
    found: dict[tuple[int, ...], bool] = {}

    def values(open_sites: tuple[int, ...]) -> Floats:
        return np.array([total_worth(problem, worth, open_sites) for worth in worths])

    def best(weights: Floats) -> tuple[tuple[int, ...], float, bool]:
        gains = gains_of(problem, search.rules, _sum_of(worths, weights))
        chosen = best_choice(
            problem,
            search.rules,
            gains,
            deadline=now_s() + left_s(search.deadline) / 4,
            seed=search.seed,
            tell=search.telling(lambda gain: gains.standing + gain),
        )
        found.setdefault(chosen.open_sites, False)
        return chosen.open_sites, gains.standing + chosen.bound, chosen.interrupted

    most, bound_of_most, stop = best(np.array([1.0, 0.0]))
    nearest, bound_of_nearest, _ = best(np.array([0.0, 1.0]))
    between, no_more = [(most, nearest)], np.array([bound_of_most, bound_of_nearest])
    while between and not stop and now_s() < search.deadline and points > 2:
        first, last = between.pop(0)
        more, less = values(first), values(last)
        if not (more[0] > less[0] and more[1] < less[1]):
            continue  # one of them is as good in both
        weights = np.array([1.0, (more[0] - less[0]) / (less[1] - more[1])])
        fresh, bound, stop = best(weights)
        worth = float(weights @ more)
        points -= 1
        if weights @ values(fresh) > worth * (1 + PROVEN_GAP):
            between += [(first, fresh), (fresh, last)]
        elif bound <= worth * (1 + PROVEN_GAP):
            found[first] = found[last] = True
    return Found(
        [
            Point(
                figures_of(problem, sites),
                sites,
                is_proven or bool((values(sites) * (1 + PROVEN_GAP) >= no_more).all()),
            )
            for sites, is_proven in found.items()
        ],
        complete=False,
    )


def _sum_of(worths: tuple[Worth, Worth], weights: Floats) -> Worth:
    def worth(seconds: Floats, doors: Ints) -> Floats:
        both: Floats = np.stack([part(seconds, doors) for part in worths])
        total: Floats = weights @ both
        return total

    return worth
