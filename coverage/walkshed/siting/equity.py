"""Equity: the worst-off neighbourhood, and a share of each neighbourhood that a plan must reach."""

import dataclasses
import math
import time
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from ..errors import InfeasibleError, InputError
from .door_groups import door_groups
from .exact_step import Proven, proven
from .figures import SHARE_TOLERANCE, figures_of
from .finish import Search, finished_plan
from .greedy import Appraisal, greedy_choice
from .models import mclp
from .plan import SitingPlan
from .prices import PriceBound, Relax, Relaxed, price_bound
from .problem import Bools, Floats, SitingProblem, Sparse
from .program import Program, Tell
from .rules import SideRows, SitingRules, open_sites_of, side_rows

TIE = 1e-3  # what reaching everyone weighs beside the worst share, in the quick choice only


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
    shares = _shares("worst_neighbourhood", search)
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
    shares = _shares("mclp_with_least_share", search)
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


@dataclass(frozen=True, eq=False)
class _Shares:
    """Groups of doors that nothing covers for good, and what they add to which neighbourhood.

    `parts` holds, groups by neighbourhoods, the share of the neighbourhood that lives in the
    group; `now` is the share of each that is covered for good, `standing` all residents who are.
    """

    side: SideRows
    reach: Sparse
    residents: Floats
    parts: Sparse
    names: pd.Index
    now: Floats
    standing: float

    def of(self, covered: Bools) -> Floats:
        """Share of each neighbourhood within the cutoff, where these groups are covered."""
        shares: Floats = self.now + self.parts.T @ covered.astype(float)
        return shares

    def covered(self, is_open: Bools) -> Bools:
        """Tell which groups open columns cover."""
        some: Bools = self.reach @ is_open.astype(float) > 0
        return some


def _shares(model: str, search: Search) -> _Shares:
    problem = search.problem
    if problem.neighbourhoods is None:
        raise InputError(f"{model}: the problem has no `neighbourhoods`; give one to each door")
    side = side_rows(problem, search.rules)
    code, names = pd.factorize(problem.neighbourhoods, sort=True)
    everyone = np.bincount(code + 1, problem.people, minlength=len(names) + 1)[1:]
    lived_in = np.flatnonzero(everyone > 0)
    if lived_in.size == 0:
        raise InputError(f"{model}: nobody lives in any neighbourhood; check `residents`")
    sees = problem.coverage()
    covered = sees[:, np.flatnonzero(problem.standing)].sum(axis=1) > 0
    left = np.where(covered, 0.0, problem.people)
    groups = door_groups(left, sees[:, side.columns], code + 1)
    (label,) = groups.labels
    inside = np.flatnonzero(label > 0)
    part = groups.residents[inside] / everyone[label[inside] - 1]
    parts = sparse.csr_array((part, (inside, label[inside] - 1)), shape=(label.size, len(names)))
    reached = np.bincount(code + 1, problem.people - left, minlength=len(names) + 1)[1:]
    return _Shares(
        side=side,
        reach=groups.reach,
        residents=groups.residents,
        parts=sparse.csr_array(parts[:, lived_in]),
        names=pd.Index(names)[lived_in],
        now=(reached[lived_in] / everyone[lived_in]),
        standing=math.fsum(problem.people[covered]),
    )


def _best_worst(search: Search, shares: _Shares) -> Proven:
    """Find the largest worst share; unknowns are columns, groups covered, the worst share."""
    may_build = search.problem.choosable[shares.side.columns]
    appraise = _appraisal(shares, 1.0)
    start, stopped = greedy_choice(shares.side, may_build, appraise, deadline=search.deadline)
    values = None
    if start is not None:
        covered = shares.covered(start)
        values = np.r_[start.astype(float), covered, shares.of(covered).min()]
    everything = shares.of(shares.covered(np.ones(may_build.size, dtype=bool)))
    size, areas = shares.reach.shape[0], shares.names.size
    prices = price_bound(
        shares.reach.nnz,
        _relaxation(shares),
        np.r_[np.zeros(size), np.full(areas, 1 / areas)],
        shares.side,
        may_build,
        known=0.0 if values is None else float(values[-1]),
        most=float(everything.min()),
        project=lambda price: np.r_[np.maximum(price[:size], 0.0), _on_simplex(price[size:])],
        deadline=search.deadline,
        stopped=stopped,
    )
    program = _program(shares, np.r_[np.zeros(size), 1.0], shares.now, worst=True)
    return proven("worst_neighbourhood", program, shares.side, search, start=values, prices=prices)


def _most_residents(search: Search, shares: _Shares, found: Proven) -> tuple[Bools, bool]:
    """Of the plans with the worst share that was found, take one that reaches most residents."""
    is_open = found.open_columns(shares.side)
    least = float(shares.of(shares.covered(is_open)).min())
    try:
        more = _with_least_share(dataclasses.replace(search, tell=None), shares, least, is_open)
    except KeyboardInterrupt:
        return is_open, True
    return more.open_columns(shares.side), more.interrupted


def _with_least_share(
    search: Search, shares: _Shares, least: float, start: Bools | None = None
) -> Proven:
    """Reach most residents, and so much of each neighbourhood; worth is beyond what stands."""
    may_build = search.problem.choosable[shares.side.columns]
    stopped = False
    if start is None:
        appraise = _appraisal(shares, least)
        start, stopped = greedy_choice(shares.side, may_build, appraise, deadline=search.deadline)
    values = None
    if start is not None:
        covered = shares.covered(start)
        if (shares.of(covered) >= least - SHARE_TOLERANCE).all():
            values = np.r_[start, covered].astype(float)
    reachable = shares.covered(np.ones(may_build.size, dtype=bool))
    prices = price_bound(
        shares.reach.nnz,
        _relaxation_of_residents(shares),
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
    program = _program(shares, shares.residents, -needed, worst=False)
    return proven(
        "mclp_with_least_share",
        program,
        shares.side,
        search,
        start=values,
        prices=prices,
        as_measured=lambda worth: shares.standing + worth,
    )


def _program(shares: _Shares, weight: Floats, shift: Floats, *, worst: bool) -> Program:
    """State the question: covered groups are reached, and shares + `shift` >= the worst, or 0."""
    side, reach = shares.side, shares.reach
    size, sites = reach.shape
    areas = shares.names.size
    of_worst = sparse.csr_array(-np.ones((areas, 1))) if worst else sparse.csr_array((areas, 0))
    extra = of_worst.shape[1]
    rows = sparse.block_array(
        [
            [-reach, sparse.eye_array(size), sparse.csr_array((size, extra))],
            [None, shares.parts.T, of_worst],
            [side.matrix, None, None],
        ],
        format="csr",
    )
    unknowns = sites + size + extra
    return Program(
        cost=-np.r_[np.zeros(sites), weight],
        rows=rows,
        row_lower=np.r_[np.full(size, -np.inf), -shift, side.lower],
        row_upper=np.r_[np.zeros(size), np.full(areas, np.inf), side.upper],
        lower=np.r_[side.must_open.astype(float), np.zeros(size + extra)],
        upper=np.ones(unknowns),
        is_integer=np.arange(unknowns) < sites,
    )


def _appraisal(shares: _Shares, least: float) -> Appraisal:
    """Worth of open columns: the worst share, as far as it is below `least`, then residents."""
    reached_by = sparse.csr_array(shares.reach.T)
    total = max(float(shares.residents.sum()), 1.0)
    tie = TIE if least == 1 else 1 / (1 / TIE + shares.names.size)

    def worth(share: Floats, residents: Floats) -> Floats:
        capped = np.minimum(share, least)
        lacking = capped.min(axis=0) + TIE * capped.mean(axis=0)
        value: Floats = lacking + tie * residents / total
        return value

    def appraise(is_open: Bools) -> tuple[float, Floats]:
        covered = shares.covered(is_open)
        left = np.where(covered, 0.0, 1.0)
        share, now = shares.of(covered), float(shares.residents[covered].sum())
        more = (reached_by @ sparse.csr_array(shares.parts.multiply(left[:, None]))).toarray()
        values = worth(share[:, None] + more.T, now + reached_by @ (left * shares.residents))
        value = float(worth(share, np.asarray(now)))
        return value, np.where(is_open, value, values)

    return appraise


def _relaxation(shares: _Shares) -> Relax:
    """Price the cover of each group, per share of its neighbourhood, and weigh neighbourhoods.

    The worst share is at most any weighted mean of shares, if the weights sum to 1.
    """
    size = shares.reach.shape[0]
    part = np.asarray(shares.parts.sum(axis=1)).ravel()
    area = sparse.csr_array(shares.parts > 0)
    reached_by = sparse.csr_array(shares.reach.T)

    def relax(prices: Floats) -> Relaxed:
        price, weight = prices[:size], prices[size:]
        worth = part * (area @ weight - price)
        taken = worth > 0

        def slope(chosen: Floats) -> Floats:
            return np.concatenate([part * (shares.reach @ chosen - taken), shares.of(taken)])

        of_doors = float(weight @ shares.now) + math.fsum(worth[taken])
        return Relaxed(of_doors, reached_by @ (part * price), slope)

    return relax


def _relaxation_of_residents(shares: _Shares) -> Relax:
    """Price the cover of each resident; what neighbourhoods need is left out."""
    people = shares.residents
    reached_by = sparse.csr_array(shares.reach.T)

    def relax(prices: Floats) -> Relaxed:
        return Relaxed(
            float(people @ np.maximum(1.0 - prices, 0.0)),
            reached_by @ (people * prices),
            lambda chosen: people * (shares.reach @ chosen - (prices < 1.0)),
        )

    return relax


def _on_simplex(values: Floats) -> Floats:
    """Give the nearest weights of 0 or more that sum to 1.

    Examples
    --------
    >>> _on_simplex(np.array([0.9, 0.5, -1.0])).round(6).tolist()
    [0.7, 0.3, 0.0]
    """
    ranked = -np.sort(-values)
    excess = (np.cumsum(ranked) - 1) / np.arange(1, values.size + 1)
    weights: Floats = np.maximum(values - excess[np.flatnonzero(ranked > excess)[-1]], 0.0)
    return weights


def _who_falls_short(search: Search, shares: _Shares, least: float) -> str:
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
