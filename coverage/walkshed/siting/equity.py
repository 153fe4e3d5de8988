"""Equity: the worst-off neighbourhood, and a share of each neighbourhood that a plan must reach."""

import dataclasses
import math
import time

import numpy as np

from ..errors import InfeasibleError, InputError
from .exact_step import Proven, proven
from .figures import SHARE_TOLERANCE, figures_of
from .finish import Search, finished_plan
from .greedy import greedy_choice
from .models import mclp
from .neighbourhood_shares import (
    Shares,
    appraisal_of_shares,
    on_simplex,
    program_of_shares,
    relaxation_of_residents,
    relaxation_of_shares,
    shares_of,
)
from .plan import SitingPlan
from .prices import PriceBound, price_bound
from .problem import Bools, SitingProblem
from .program import Tell
from .rules import SitingRules, open_sites_of


def worst_neighbourhood(
    problem: SitingProblem,
    rules: SitingRules,
    *,
    time_limit_s: float = 60.0,
    seed: int = 0,
    tell: Tell | None = None,
) -> SitingPlan:
    r"""Choose new posts so that the worst-off neighbourhood has the largest share in reach.

    Maximin covering [1]_, with standing posts:

    .. math:: \max \min_k \frac{\sum_{i \in k} w_i y_i}{\sum_{i \in k} w_i}, \quad
              y_i \le \sum_{j \in N_i} x_j,

    where k runs over neighbourhoods with residents, w are residents, N_i the posts within the
    cutoff of door i. Of plans with the same worst share, one that reaches the most residents is
    taken if time allows; the bound is that of the worst share. Doors in no neighbourhood count as
    residents only.

    Parameters
    ----------
    problem, rules, time_limit_s, seed, tell
        As for `mclp`; the problem needs `neighbourhoods`.

    Returns
    -------
    SitingPlan
        `measure` is "worst_share", 0 to 1; `figures.worst_neighbourhood` names the place.

    Raises
    ------
    InputError
        If there are no neighbourhoods with residents.
    InfeasibleError, InputError, SolverError
        As for `mclp`.

    References
    ----------
    .. [1] Rawlsian (maximin) equity as in Marsh, M. T. and Schilling, D. A. (1994). Equity
       measurement in facility location analysis. European Journal of Operational Research 74,
       1-17.

    Examples
    --------
    In the north P reaches 90 of 100 residents, Q 50 of 100 in the south, R 20 in each. One post
    reaches most people at P; but then the south has none, while R gives both a fifth.

    >>> import pandas as pd
    >>> from scipy import sparse
    >>> from walkshed.travel_times import TravelTimes
    >>> seconds = sparse.csc_array(
    ...     [[60.0, 0, 0], [60.0, 0, 60.0], [0, 60.0, 0], [0, 60.0, 60.0], [0, 0, 0]]
    ... )
    >>> ids, doors = pd.Index(["P", "Q", "R"]), pd.Index(list("abcde"))
    >>> people = pd.Series([80.0, 20.0, 30.0, 20.0, 50.0], index=doors)
    >>> where = pd.Series(["north", "north", "south", "south", "south"], index=doors)
    >>> times = TravelTimes(seconds, doors, ids, 15)
    >>> town = SitingProblem(times, people, pd.DataFrame(index=ids), 10, where)
    >>> plan = worst_neighbourhood(town, SitingRules(new_posts=1))
    >>> plan.site_ids, plan.objective
    (('R',), 0.2)
    >>> mclp(town, SitingRules(new_posts=1)).site_ids
    ('P',)
    """
    search = Search(problem, rules, time_limit_s=time_limit_s, seed=seed, tell=tell)
    shares = shares_of("worst_neighbourhood", search)
    found = _best_worst(search, shares)
    is_open, stopped = found.open_columns(shares.side), found.interrupted
    if not stopped:
        is_open, stopped = _most_residents(search, shares, found)
    open_sites = open_sites_of(problem, shares.side, is_open)
    objective = figures_of(problem, open_sites).worst_share or 0.0
    return finished_plan(
        "worst_neighbourhood",
        "worst_share",
        search,
        open_sites,
        objective=objective,
        bound=max(objective, found.bound),
        interrupted=stopped,
        seconds=time.perf_counter() - search.started,
    )


def mclp_with_least_share(
    problem: SitingProblem,
    rules: SitingRules,
    *,
    least_share: float,
    time_limit_s: float = 60.0,
    seed: int = 0,
    tell: Tell | None = None,
) -> SitingPlan:
    r"""Choose new posts that reach the most residents, and a least share of each neighbourhood.

    `mclp` with one more rule for each neighbourhood k with residents:

    .. math:: \sum_{i \in k} w_i y_i \ge s \sum_{i \in k} w_i

    Parameters
    ----------
    problem, rules, time_limit_s, seed, tell
        As for `mclp`; the problem needs `neighbourhoods`.
    least_share
        The s of the formula, 0 to 1.

    Returns
    -------
    SitingPlan
        `measure` is "residents_within".

    Raises
    ------
    InfeasibleError
        If no plan gives each neighbourhood so much: the message tells which cannot have it, and
        what share each of them could have at best.
    InputError
        If `least_share` makes no sense, or there are no neighbourhoods with residents.
    SolverError
        If the time ran out before any plan was found.

    Examples
    --------
    The town of `worst_neighbourhood`: with two posts, P and Q reach most; asked for a fifth of
    each neighbourhood, one post must be R.

    >>> import pandas as pd
    >>> from scipy import sparse
    >>> from walkshed.travel_times import TravelTimes
    >>> seconds = sparse.csc_array(
    ...     [[60.0, 0, 0], [60.0, 0, 60.0], [0, 60.0, 0], [0, 60.0, 60.0], [0, 0, 0]]
    ... )
    >>> ids, doors = pd.Index(["P", "Q", "R"]), pd.Index(list("abcde"))
    >>> people = pd.Series([80.0, 20.0, 30.0, 20.0, 50.0], index=doors)
    >>> where = pd.Series(["north", "north", "south", "south", "south"], index=doors)
    >>> times = TravelTimes(seconds, doors, ids, 15)
    >>> town = SitingProblem(times, people, pd.DataFrame(index=ids), 10, where)
    >>> one = SitingRules(new_posts=1)
    >>> mclp_with_least_share(town, one, least_share=0.2).site_ids
    ('R',)
    >>> mclp_with_least_share(town, one, least_share=0.5)
    Traceback (most recent call last):
    ...
    walkshed.errors.InfeasibleError: mclp_with_least_share: no plan under the rules gives each ...
    """
    if not 0 <= least_share <= 1:
        raise InputError(
            f"mclp_with_least_share: `least_share` is {least_share}; give a number from 0 to 1"
        )
    search = Search(problem, rules, time_limit_s=time_limit_s, seed=seed, tell=tell)
    shares = shares_of("mclp_with_least_share", search)
    try:
        found = _with_least_share(search, shares, least_share)
    except InfeasibleError as error:
        words = _who_falls_short(search, shares, least_share)
        raise InfeasibleError(f"mclp_with_least_share: {words}") from error
    open_sites = open_sites_of(problem, shares.side, found.open_columns(shares.side))
    reached = figures_of(problem, open_sites).residents_within
    return finished_plan(
        "mclp_with_least_share",
        "residents_within",
        search,
        open_sites,
        objective=reached,
        bound=max(reached, shares.standing + found.bound),
        interrupted=found.interrupted,
        seconds=time.perf_counter() - search.started,
    )


def _best_worst(search: Search, shares: Shares) -> Proven:
    """Find the largest worst share; unknowns are columns, groups covered, the worst share."""
    may_build = search.problem.choosable[shares.side.columns]
    appraise = appraisal_of_shares(shares, 1.0)
    start, stopped = greedy_choice(shares.side, may_build, appraise, deadline=search.deadline)
    values = None
    if start is not None:
        covered = shares.covered(start)
        values = np.r_[start.astype(float), covered, shares.of(covered).min()]
    everything = shares.of(shares.covered(np.ones(may_build.size, dtype=bool)))
    size, areas = shares.reach.shape[0], shares.names.size
    prices = price_bound(
        shares.reach.nnz,
        relaxation_of_shares(shares),
        np.r_[np.zeros(size), np.full(areas, 1 / areas)],
        shares.side,
        may_build,
        known=0.0 if values is None else float(values[-1]),
        most=float(everything.min()),
        project=lambda price: np.r_[np.maximum(price[:size], 0.0), on_simplex(price[size:])],
        deadline=search.deadline,
        stopped=stopped,
    )
    program = program_of_shares(shares, np.r_[np.zeros(size), 1.0], shares.now, worst=True)
    return proven("worst_neighbourhood", program, shares.side, search, start=values, prices=prices)


def _most_residents(search: Search, shares: Shares, found: Proven) -> tuple[Bools, bool]:
    """Of the plans with the worst share that was found, take one that reaches most residents."""
    is_open = found.open_columns(shares.side)
    least = float(shares.of(shares.covered(is_open)).min())
    try:
        more = _with_least_share(dataclasses.replace(search, tell=None), shares, least, is_open)
    except KeyboardInterrupt:
        return is_open, True
    return more.open_columns(shares.side), more.interrupted


def _with_least_share(
    search: Search, shares: Shares, least: float, start: Bools | None = None
) -> Proven:
    """Reach most residents, and so much of each neighbourhood; worth is beyond what stands."""
    may_build = search.problem.choosable[shares.side.columns]
    stopped = False
    if start is None:
        appraise = appraisal_of_shares(shares, least)
        start, stopped = greedy_choice(shares.side, may_build, appraise, deadline=search.deadline)
    values = None
    if start is not None:
        covered = shares.covered(start)
        if (shares.of(covered) >= least - SHARE_TOLERANCE).all():
            values = np.r_[start, covered].astype(float)
    reachable = shares.covered(np.ones(may_build.size, dtype=bool))
    prices = price_bound(
        shares.reach.nnz,
        relaxation_of_residents(shares),
        np.zeros(shares.residents.size),
        shares.side,
        may_build,
        known=0.0 if values is None else float(shares.residents @ values[may_build.size :]),
        most=math.fsum(shares.residents[reachable]),
        project=lambda price: np.clip(price, 0.0, 1.0),
        deadline=search.deadline,
        stopped=stopped,
    )
    if values is None:  # columns are told apart by a worth that no plan is known to have
        prices = PriceBound(
            prices.bound, np.zeros_like(prices.out), np.zeros_like(prices.out), prices.interrupted
        )
    needed = np.maximum(least - SHARE_TOLERANCE - shares.now, 0.0)
    program = program_of_shares(shares, shares.residents, -needed, worst=False)
    return proven(
        "mclp_with_least_share",
        program,
        shares.side,
        search,
        start=values,
        prices=prices,
        as_measured=lambda worth: shares.standing + worth,
    )


def _who_falls_short(search: Search, shares: Shares, least: float) -> str:
    """Say which neighbourhoods cannot have the least share, and what each could have at best."""
    problem, best = search.problem, {}
    for name in shares.names:
        residents = problem.residents.where(problem.neighbourhoods == name, 0.0)
        alone = dataclasses.replace(problem, residents=residents)
        plan = mclp(alone, search.rules, time_limit_s=search.time_limit_s, seed=search.seed)
        best[name] = min(1.0, plan.bound / math.fsum(residents))
    short = [name for name in best if best[name] < least - SHARE_TOLERANCE]
    asked = f"no plan under the rules gives each neighbourhood a share of {least:g}"
    if short:
        each = ", ".join(f"{name} {math.floor(1e4 * best[name]) / 1e4:g}" for name in short)
        return (
            f"{asked}; even if all posts were for it alone, these could have at most: {each}; "
            "lower `least_share`, or allow more posts, sites or minutes"
        )
    return (
        f"{asked}; each could have it alone, but not all together; `worst_neighbourhood` finds "
        "the largest share that all can have"
    )
