"""Trade-offs between two measures: the plans of which none is better in both.

Coverage or mean walk against the number of posts, against money, against each other.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd

from ..errors import InfeasibleError, InputError, one_message
from .choice import best_choice
from .clock import now_s
from .curve import best_of_each_size
from .equity import mclp_with_least_share
from .figures import PlanFigures, figures_of
from .finish import Search
from .models import Model, mclp, p_median
from .plan import PROVEN_GAP, SitingPlan, improvement
from .problem import Bools, Floats, Ints, SitingProblem
from .program import Tell
from .rules import SitingRules
from .worth import Worth, covered, gains_of, nearness, total_worth

Figure: TypeAlias = Literal["residents_within", "mean_min", "new_posts", "cost", "worst_share"]

PAIRS: list[set[str]] = [
    {"residents_within", "new_posts"},
    {"residents_within", "cost"},
    {"residents_within", "worst_share"},
    {"residents_within", "mean_min"},
    {"mean_min", "new_posts"},
    {"mean_min", "cost"},
]
FEWER_IS_BETTER = frozenset({"mean_min", "new_posts", "cost"})
MODELS: dict[str, Model] = {"residents_within": mclp, "mean_min": p_median}
LEAST_STEP = 1e-6  # plans whose costs differ by less of them, or shares by less, are equal in these


@dataclass(frozen=True, eq=False, repr=False)
class ParetoFront:
    """Plans of which none is better in one measure and no worse in the other.

    Attributes
    ----------
    measures
        The two.
    points
        One row for each plan (index `point`, from 1), the best in the first measure first: all of
        `PlanFigures`, `site_ids`, `closed_ids`, and whether it is `proven` that no plan under the
        rules, found or not, is better in one measure and no worse in the other. Where it is not,
        time ran out; the plan is not dominated by any that was found.
    complete
        Whether all such plans are here: but of plans equal in both measures only one is.
    seed, seconds
        Seed of the searches, and the time they took.
    """

    measures: tuple[Figure, Figure]
    points: pd.DataFrame
    complete: bool
    seed: int
    seconds: float

    def __repr__(self) -> str:
        """Tell the story in a line."""
        proven = f"{int(self.points['proven'].sum())} of {len(self.points)} points proven"
        rest = "complete" if self.complete else "there may be more between them"
        return f"ParetoFront({' against '.join(self.measures)}: {proven}, {rest})"


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


def pareto_front(
    problem: SitingProblem,
    rules: SitingRules,
    measures: tuple[Figure, Figure] = ("residents_within", "cost"),
    *,
    points: int = 20,
    time_limit_s: float = 120.0,
    seed: int = 0,
    tell: Tell | None = None,
) -> ParetoFront:
    """Find the plans between which a planner must choose.

    Four ways, by the pair of measures:

    - with `new_posts`: the best plan of each size (`whole_curve`). Complete.
    - with `cost`: the best plan under a budget, then under a smaller one [1]_. The next budget is
      just below the cost of the last plan, which proves that plan, or a step lower where the steps
      would be more than `points`. Complete where no step was skipped.
    - `residents_within` against `worst_share`: in the same way, asking for more and more of the
      worst-off neighbourhood (`mclp_with_least_share`).
    - `residents_within` against `mean_min`: the best plans for sums of both with different weights
      [2]_. What is found is proven; what no weights find, a plan in a dent of the front, is not
      found, so this front never claims to be complete.

    Parameters
    ----------
    problem, rules
        As for `mclp`. Against `new_posts` these must be limited; a `budget` is the largest looked
        at.
    measures
        "residents_within" or "mean_min" with "new_posts", "cost" or each other, or
        "residents_within" with "worst_share".
    points
        At most about so many, where there may be more.
    time_limit_s
        Seconds for all.
    seed, tell
        As for the models; `tell` hears of each search in turn.

    Raises
    ------
    InfeasibleError, SolverError
        As for `mclp`.
    InputError
        If no way leads from one measure to the other; if nothing costs anything.

    References
    ----------
    .. [1] Haimes, Y. Y., Lasdon, L. S. and Wismer, D. A. (1971). On a bicriterion formulation of
       the problems of integrated system identification and system optimization. IEEE Transactions
       on Systems, Man, and Cybernetics 1, 296-297.
    .. [2] Aneja, Y. P. and Nair, K. P. K. (1979). Bicriteria transportation problem. Management
       Science 25, 73-78.

    Examples
    --------
    Sites of 30, 20 and 5 residents cost 9, 4 and 4. The last alone is dominated by the second.

    >>> from scipy import sparse
    >>> from walkshed.siting import problem_of_coverage
    >>> people = pd.Series([30.0, 20.0, 5.0], index=list("abc"))
    >>> sees, nobody = sparse.eye(3, dtype=bool), np.zeros(3, dtype=bool)
    >>> town = problem_of_coverage(sees, people, pd.Index(list("PQR")), covered=nobody)
    >>> town = replace(town, sites=town.sites.assign(cost=[9.0, 4.0, 4.0, 0.0]))
    >>> front = pareto_front(town, SitingRules())
    >>> front
    ParetoFront(residents_within against cost: 6 of 6 points proven, complete)
    >>> front.points[["residents_within", "cost"]].to_numpy(int).tolist()
    [[55, 17], [50, 13], [30, 9], [25, 8], [20, 4], [0, 0]]
    """
    search = Search(problem, rules, time_limit_s=time_limit_s, seed=seed, tell=tell)
    if isinstance(points, bool) or points < 2:
        raise InputError(f"pareto_front: `points` is {points}; give 2 or more")
    problems = list(_about_measures(problem, rules, measures))
    if problems:
        raise InputError(one_message("pareto_front", problems))
    model = MODELS[next(name for name in measures if name in MODELS)]
    if "new_posts" in measures:
        found = _by_number(model, search)
    elif "cost" in measures:
        found = _by_budget(model, search, points)
    elif "worst_share" in measures:
        found = _by_least_share(search, points)
    else:
        found = _by_weights(search, points)
    return ParetoFront(
        measures=measures,
        points=_table(problem, measures, found.points),
        complete=found.complete,
        seed=seed,
        seconds=time.perf_counter() - search.started,
    )


def _about_measures(
    problem: SitingProblem, rules: SitingRules, measures: tuple[Figure, Figure]
) -> Iterator[str]:
    if set(measures) not in PAIRS:
        pairs = "; ".join(" and ".join(sorted(pair, reverse=True)) for pair in PAIRS)
        yield f"no way leads from {' to '.join(measures)}; give one of these pairs: {pairs}"
    if "new_posts" in measures and rules.new_posts is None:
        yield "give `new_posts`, the largest number to look at"
    if "new_posts" in measures and rules.closed_posts and problem.closable.any():
        yield (
            "plans of a size differ in new posts where posts are moved; set `closed_posts` to 0, "
            "or compare with cost"
        )
    if "cost" in measures and not problem.sites["cost"][problem.choosable].any():
        yield "no site costs anything; give `sites` a `cost`"
    if "worst_share" in measures and problem.neighbourhoods is None:
        yield "the problem has no `neighbourhoods`, so none is worst off"


def non_dominated(values: Floats, fewer_is_better: Bools) -> Ints:
    """Tell which rows no other row is better than in one column and no worse in all others.

    Of equal rows only the first stays.

    Examples
    --------
    Residents and cost: the second is dominated by the first, the third is not.

    >>> rows = np.array([[50.0, 8.0], [40.0, 8.0], [30.0, 4.0], [30.0, 4.0]])
    >>> non_dominated(rows, np.array([False, True])).tolist()
    [0, 2]
    """
    more = np.where(fewer_is_better, -values, values)
    kept = []
    for row, own in enumerate(more):
        as_good = (more >= own).all(axis=1)
        better = as_good & (more > own).any(axis=1)
        if not better.any() and not as_good[:row].any():
            kept.append(row)
    return np.array(kept, dtype=np.int64)


def _table(
    problem: SitingProblem, measures: tuple[Figure, Figure], points: list[Point]
) -> pd.DataFrame:
    figures = pd.DataFrame([asdict(point.figures) for point in points])
    ids = problem.sites.index
    is_open = [np.isin(np.arange(len(ids)), point.open_sites) for point in points]
    built = [tuple(ids[some & problem.choosable]) for some in is_open]
    closed = [tuple(ids[~some & problem.closable]) for some in is_open]
    table = figures.assign(
        site_ids=pd.Series(built, dtype=object),
        closed_ids=pd.Series(closed, dtype=object),
        proven=[point.proven for point in points],
    )
    fewer = np.array([name in FEWER_IS_BETTER for name in measures])
    # of points that are equal the proven one stands for them
    table = table.sort_values("proven", ascending=False, kind="stable")
    kept = table.iloc[non_dominated(table[list(measures)].to_numpy(float), fewer)]
    ordered = kept.sort_values(measures[0], ascending=bool(fewer[0]), kind="stable")
    return ordered.set_index(pd.RangeIndex(1, len(ordered) + 1, name="point"))


def _point(plan: SitingPlan, *, proven: bool) -> Point:
    return Point(plan.figures, tuple(np.flatnonzero(plan.is_open).tolist()), proven)


def _by_number(model: Model, search: Search) -> Found:
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


def _by_budget(model: Model, search: Search, points: int) -> Found:
    """Ask for cheaper and cheaper plans; a saving is money below 0."""

    def best(least_saved: float | None, time_limit_s: float) -> SitingPlan | None:
        budget = search.rules.budget if least_saved is None else -least_saved
        if budget is not None and budget < 0:
            return None
        rules = replace(search.rules, budget=budget)
        return _or_none(model, search, rules, time_limit_s)

    return _step_by_step(search, points, best, lambda figures: -figures.cost, most=0.0)


def _by_least_share(search: Search, points: int) -> Found:
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
        left_s = max(search.deadline - now_s(), 1e-3)
        return best(least, min(left_s, max(left_s / 4, search.time_limit_s / (2 * points))))

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


def _by_weights(search: Search, points: int) -> Found:
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
        left_s = max(search.deadline - now_s(), 0.0)
        gains = gains_of(problem, search.rules, _sum_of(worths, weights))
        chosen = best_choice(
            problem,
            search.rules,
            gains,
            deadline=now_s() + left_s / 4,
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
