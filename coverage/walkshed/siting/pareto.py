"""Trade-offs between two measures: the plans of which none is better in both.

Coverage or mean walk against the number of posts, against money, against each other.
"""

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd

from ..errors import InputError, one_message
from .finish import Search
from .fronts import Point, by_budget, by_least_share, by_number, by_weights
from .models import Model, mclp, p_median
from .problem import Bools, Floats, Ints, SitingProblem
from .program import Tell
from .rules import SitingRules

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

    >>> from dataclasses import replace
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
        found = by_number(model, search)
    elif "cost" in measures:
        found = by_budget(model, search, points)
    elif "worst_share" in measures:
        found = by_least_share(search, points)
    else:
        found = by_weights(search, points)
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
