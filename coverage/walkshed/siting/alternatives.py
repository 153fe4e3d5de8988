"""The next best plans, how alike they are to the best, and what each gives up."""

import math
import time
from collections.abc import Hashable
from dataclasses import replace
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from ..errors import InfeasibleError, InputError
from .clock import left_s
from .models import Model
from .plan import SitingPlan, improvement
from .problem import Bools, SitingProblem
from .program import Tell


def best_alternatives(
    model: Model,
    plan: SitingPlan,
    alternatives: int = 3,
    *,
    time_limit_s: float = 60.0,
    seed: int = 0,
    tell: Tell | None = None,
    **own: Any,
) -> SitingPlan:
    r"""Find the next best plans after a plan.

    Each is the best of all that lack an open site of every plan before it, and have one that plan
    lacks (open sites are the new ones, and posts that may be closed but are not). So each differs
    by a site at least, and none is an earlier plan with a post left out or thrown in. In rows over
    the sites x, for every earlier plan S:

    .. math:: \sum_{j \in S} x_j \le |S| - 1, \quad \sum_{j \notin S} x_j \ge 1

    Parameters
    ----------
    model
        The model that made the plan.
    plan
        The best plan, or the best found.
    alternatives
        How many to look for.
    time_limit_s
        Seconds for all of them; each has an even share of the time left.
    seed, tell
        As for the model.
    own
        Options of the model itself, the same as for the plan.

    Returns
    -------
    SitingPlan
        The same plan with a table `alternatives`, one row for each (index `rank`, from 2 on; the
        plan itself is 1), best first. Fewer rows where there are no more, or after Ctrl-C.

        `site_ids`, `closed_ids`, `objective`, `bound`, `gap`, `status`, `residents_within`
            As in a plan; no plan unlike those before passes the `bound`.
        `given_up`
            What the objective loses against the plan; below 0 only where the plan was not the best.
        `same_sites`
            Share of the new sites of either plan that are new in both [1]_; 0 to 1.
        `same_nearest_share`
            Share of residents who have a nearest post in common under both plans, or none known
            under either.
        `apart_m`
            Mean distance from each of its new sites to the nearest of the plan's, as the crow
            flies; missing where sites have no places.

    Raises
    ------
    InputError
        If the number makes no sense, or the model is not the one that made the plan.
    SolverError
        As the model does.

    References
    ----------
    .. [1] Jaccard, P. (1912). The distribution of the flora in the alpine zone. New Phytologist
       11, 37-50.

    Examples
    --------
    Sites reach 30, 20 and 15 residents of their own: after the best two of them, the next best.

    >>> import numpy as np
    >>> from scipy import sparse
    >>> from walkshed.siting import SitingRules, mclp, problem_of_coverage
    >>> people = pd.Series([30.0, 20.0, 15.0], index=list("abc"))
    >>> sees, nobody = sparse.eye(3, dtype=bool), np.zeros(3, dtype=bool)
    >>> town = problem_of_coverage(sees, people, pd.Index(list("PQR")), covered=nobody)
    >>> plan = best_alternatives(mclp, mclp(town, SitingRules(new_posts=2)))
    >>> table = plan.alternatives[["site_ids", "given_up", "same_sites"]]
    >>> table.round(2)  # doctest: +NORMALIZE_WHITESPACE
         site_ids  given_up  same_sites
    rank
    2      (P, R)       5.0        0.33
    3      (Q, R)      15.0        0.33
    """
    started = time.perf_counter()
    if isinstance(alternatives, bool) or alternatives < 1:
        raise InputError(f"best_alternatives: `alternatives` is {alternatives}; give 1 or more")
    found = [plan]
    for left in range(alternatives, 0, -1):
        unlike = (*plan.rules.unlike, *map(_opened, found))
        try:
            fresh = model(
                plan.problem,
                replace(plan.rules, unlike=unlike),
                time_limit_s=left_s(started + time_limit_s) / left,
                seed=seed,
                tell=tell,
                **own,
            )
        except InfeasibleError:
            break
        if fresh.model != plan.model:
            raise InputError(
                f"best_alternatives: the plan is of {plan.model}, but {fresh.model} was given; "
                "give the model that made the plan"
            )
        found.append(fresh)
        if fresh.status == "interrupted":
            break
    return replace(plan, alternatives=_compared(plan, found[1:]))


def _opened(plan: SitingPlan) -> frozenset[Hashable]:
    """Ids of all sites that are open and need not be."""
    return frozenset(plan.problem.sites.index[plan.is_open & ~plan.problem.standing])


def _compared(plan: SitingPlan, others: list[SitingPlan]) -> pd.DataFrame:
    """Lay plans beside the best, best first: one out of time may be better than one before it."""

    def given_up(other: SitingPlan) -> float:
        return improvement(other.objective, plan.objective, plan.measure)

    others = sorted(others, key=given_up)
    rows = [
        {
            "site_ids": other.site_ids,
            "closed_ids": other.closed_ids,
            "objective": other.objective,
            "bound": other.bound,
            "gap": other.gap,
            "status": other.status,
            "residents_within": other.figures.residents_within,
            "given_up": given_up(other),
            "same_sites": jaccard(plan.site_ids, other.site_ids),
            "same_nearest_share": same_nearest_share(plan.problem, plan.is_open, other.is_open),
            "apart_m": apart_m(plan.problem, plan.site_ids, other.site_ids),
        }
        for other in others
    ]
    columns = [
        *("site_ids", "closed_ids", "objective", "bound", "gap", "status", "residents_within"),
        *("given_up", "same_sites", "same_nearest_share", "apart_m"),
    ]
    ranks = pd.RangeIndex(2, len(rows) + 2, name="rank")
    return pd.DataFrame(rows, columns=columns, index=ranks)


def jaccard(first: tuple[Hashable, ...], second: tuple[Hashable, ...]) -> float:
    """Tell how alike two sets are: the share of all that is in both; 1 for two empty ones.

    Examples
    --------
    >>> jaccard(("P", "Q"), ("Q", "R"))
    0.3333333333333333
    """
    either = set(first) | set(second)
    return len(set(first) & set(second)) / len(either) if either else 1.0


def same_nearest_share(problem: SitingProblem, first: Bools, second: Bools) -> float:
    """Tell for which share of residents a nearest post is the same one under two plans.

    Parameters
    ----------
    problem
        Doors and walks.
    first, second
        Which sites are open in each, standing posts too.
    """
    both_s = problem.nearest_seconds(first & second)
    either_s = problem.nearest_seconds(first | second)
    same = problem.people[both_s == either_s]
    return math.fsum(same) / problem.total if problem.total else 1.0


def apart_m(
    problem: SitingProblem, of: tuple[Hashable, ...], others: tuple[Hashable, ...]
) -> float:
    """Measure the mean metres from each of `others` to the nearest of `of`, as the crow flies."""
    if not (isinstance(problem.sites, gpd.GeoDataFrame) and of and others):
        return math.nan
    places = problem.sites.geometry.to_numpy()
    start, end = places[problem.positions(others)], places[problem.positions(of)]
    return float(shapely.distance(start[:, None], end[None, :]).min(axis=1).mean())
