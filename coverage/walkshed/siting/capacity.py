"""Capacitated coverage: posts that can serve only so many, and who is left unserved."""

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from .allotment import DUST, most_served, served_residents, summing
from .clock import now_s
from .door_groups import door_groups
from .exact_step import Proven, is_stopped, proven
from .finish import Search, finished_plan
from .greedy import Appraisal, greedy_choice
from .plan import SitingPlan
from .prices import PriceBound, Relax, Relaxed, price_bound
from .problem import Bools, Floats, SitingProblem, Sparse
from .program import Program, Tell
from .rules import SideRows, SitingRules, open_sites_of, side_rows

PROGRAM_UP_TO = 1_000_000  # pairs of doors and sites; beyond, prices alone give the bound


def capacitated_coverage(
    problem: SitingProblem,
    rules: SitingRules,
    *,
    time_limit_s: float = 60.0,
    seed: int = 0,
    tell: Tell | None = None,
) -> SitingPlan:
    r"""Choose new posts so that the most residents are served, where a post serves only so many.

    The capacitated maximal covering location problem [1]_ with standing posts: each post serves
    residents within their cutoff up to its `capacity_residents` (inspectors x norm); those of one
    door may be shared among posts.

    .. math:: \max \sum_{ij} z_{ij}, \quad \sum_j z_{ij} \le w_i, \quad
              \sum_i z_{ij} \le C_j x_j, \quad 0 \le z_{ij} \le w_i x_j,

    where z are the residents of door i that post j serves, w residents, C capacities (of
    standing posts too), x the posts that are open, and j runs over posts within the cutoff of i.

    Parameters
    ----------
    problem, rules, time_limit_s, seed, tell
        As for `mclp`; sites need a `capacity_residents`, else this is `mclp`.

    Returns
    -------
    SitingPlan
        `measure` is "residents_served"; `allocation` and `post_loads` tell who is served by
        which post, and who is not. `figures` and `build_order` count who is within the cutoff,
        served or not.

    Raises
    ------
    InfeasibleError, InputError, SolverError
        As for `mclp`.

    Notes
    -----
    A large city (more than a million pairs of doors and sites that may matter) is not proven by
    a program: the plan is then heuristic, its bound comes from prices, and the gap says how far
    off it can be.

    References
    ----------
    .. [1] Current, J. R. and Storbeck, J. E. (1988). Capacitated covering models. Environment and
       Planning B 15, 153-163.

    Examples
    --------
    Both sites reach the 100 residents of door a; Q reaches the 30 of b as well. A post serves 60:
    one alone serves 60, both together 120, so 10 are left unserved.

    >>> import pandas as pd
    >>> from scipy import sparse
    >>> from walkshed.travel_times import TravelTimes
    >>> seconds = sparse.csc_array([[120.0, 60.0], [0.0, 300.0]])
    >>> ids, doors = pd.Index(["P", "Q"]), pd.Index(["a", "b"])
    >>> people = pd.Series([100.0, 30.0], index=doors)
    >>> sites = pd.DataFrame({"capacity_residents": [60.0, 60.0]}, index=ids)
    >>> town = SitingProblem(TravelTimes(seconds, doors, ids, 15), people, sites, 10)
    >>> plan = capacitated_coverage(town, SitingRules(new_posts=2))
    >>> plan.objective, plan.status
    (120.0, 'optimal')
    >>> allocation(town, [0, 1])[
    ...     ["served", "unserved", "posts"]
    ... ]  # doctest: +NORMALIZE_WHITESPACE
          served  unserved   posts
    door
    a      100.0       0.0  (P, Q)
    b       20.0      10.0    (Q,)
    >>> post_loads(town, [0, 1])  # doctest: +NORMALIZE_WHITESPACE
          capacity_residents  residents_served  free
    post
    P                   60.0              60.0   0.0
    Q                   60.0              60.0   0.0
    """
    search = Search(problem, rules, time_limit_s=time_limit_s, seed=seed, tell=tell)
    side = side_rows(problem, rules)
    found = _choice(search, side, _capacity_groups(problem, side))
    open_sites = open_sites_of(problem, side, found.open_columns(side))
    objective = math.fsum(served_residents(problem, open_sites).data)
    return finished_plan(
        "capacitated_coverage",
        "residents_served",
        search,
        open_sites,
        objective=objective,
        bound=max(objective, found.bound),
        interrupted=found.interrupted,
        too_large=found.too_large,
        seconds=time.perf_counter() - search.started,
    )


def allocation(problem: SitingProblem, open_sites: Sequence[int]) -> pd.DataFrame:
    """Share residents out among open posts, so that most are served, and by the nearest.

    Of all ways that serve the most residents, one with the least walking in all is taken. Doors
    with the same walks are served in the same proportion, so the order of doors changes nothing.

    Parameters
    ----------
    open_sites
        Positions in the problem's sites.

    Returns
    -------
    DataFrame
        One row for each door (index `door`): `residents`, those `served` and `unserved`, and the
        `posts` that serve them, as a tuple of ids in the order of sites.
    """
    served = sparse.csr_array(served_residents(problem, open_sites))
    ids = problem.sites.index[sorted(open_sites)]
    sums = np.minimum(served.sum(axis=1), problem.people)
    posts = [
        tuple(ids[np.sort(served.indices[start:stop])])
        for start, stop in zip(served.indptr[:-1], served.indptr[1:], strict=True)
    ]
    return pd.DataFrame(
        {
            "residents": problem.people,
            "served": sums,
            "unserved": problem.people - sums,
            "posts": pd.Series(posts, dtype=object).array,
        },
        index=problem.residents.index.rename("door"),
    )


def post_loads(problem: SitingProblem, open_sites: Sequence[int]) -> pd.DataFrame:
    """Tell how many residents each open post serves, and how many more it could.

    Returns
    -------
    DataFrame
        One row for each open post, in the order of sites (index `post`): `capacity_residents`,
        `residents_served` as in `allocation`, and what is `free`; infinite where a post has no
        limit.
    """
    posts = sorted(open_sites)
    capacity = problem.sites["capacity_residents"].to_numpy(float)[posts]
    load = np.minimum(served_residents(problem, open_sites).sum(axis=0), capacity)
    return pd.DataFrame(
        {"capacity_residents": capacity, "residents_served": load, "free": capacity - load},
        index=problem.sites.index[posts].rename("post"),
    )


@dataclass(frozen=True, eq=False)
class _CapacityGroups:
    """Groups of doors by the posts that reach them: those that stand, then the rules' columns."""

    reach: Sparse
    residents: Floats
    capacity: Floats
    standing: int


def _capacity_groups(problem: SitingProblem, side: SideRows) -> _CapacityGroups:
    standing = np.flatnonzero(problem.standing)
    posts = np.concatenate([standing, side.columns])
    capacity = problem.sites["capacity_residents"].to_numpy(float)[posts]
    reach = sparse.csc_array(problem.coverage()[:, posts].astype(float))
    reach = reach @ sparse.diags_array((capacity > 0).astype(float))
    reach.eliminate_zeros()
    groups = door_groups(problem.people, reach)
    return _CapacityGroups(
        sparse.csc_array(groups.reach), groups.residents, capacity, standing.size
    )


def _choice(search: Search, side: SideRows, groups: _CapacityGroups) -> Proven:
    may_build = search.problem.choosable[side.columns]
    start, stopped = greedy_choice(side, may_build, _appraisal(groups), deadline=search.deadline)
    values = None if start is None else _start_values(groups, start)
    known = 0.0 if values is None else float(_weights(groups) @ values)
    prices = price_bound(
        groups.reach.nnz,
        _relaxation(groups),
        np.zeros(groups.residents.size),
        side,
        may_build,
        known=known,
        most=math.fsum(groups.residents),
        project=lambda price: np.clip(price, 0.0, 1.0),
        deadline=search.deadline,
        stopped=stopped,
    )
    if values is not None and _pairs_left(groups, prices) > PROGRAM_UP_TO:
        stopped = prices.interrupted or is_stopped(search.tell, known, prices.bound)
        in_time = now_s() < search.deadline
        return Proven(values, known, prices.bound, stopped, too_large=in_time)
    return proven(
        "capacitated_coverage", _program(side, groups), side, search, start=values, prices=prices
    )


def _pairs_left(groups: _CapacityGroups, prices: PriceBound) -> int:
    of_site = np.diff(groups.reach.indptr)
    left: int = of_site[: groups.standing].sum() + of_site[groups.standing :][~prices.out].sum()
    return left


def _appraisal(groups: _CapacityGroups) -> Appraisal:
    """Worth of open posts that serve one after another; a little less than the most they can."""
    reach, people, capacity = groups.reach, groups.residents, groups.capacity
    always = np.ones(groups.standing, dtype=bool)

    def appraise(is_open: Bools) -> tuple[float, Floats]:
        posts = np.flatnonzero(np.r_[always, is_open])
        choice = np.asarray(reach[:, posts].sum(axis=1))
        left = people.copy()
        for post in posts:
            near = reach.indices[reach.indptr[post] : reach.indptr[post + 1]]
            near = near[np.argsort(choice[near], kind="stable")]
            before = np.cumsum(left[near]) - left[near]
            left[near] -= np.clip(capacity[post] - before, 0.0, left[near])
        now = float(people.sum() - left.sum())
        more = np.minimum(capacity, reach.T @ left)[groups.standing :]
        return now, now + np.where(is_open, 0.0, more)

    return appraise


def _relaxation(groups: _CapacityGroups) -> Relax:
    """Price each resident served once more than lives there; posts take the cheapest first."""
    by_row = sparse.csr_array(groups.reach)
    people, capacity, standing = groups.residents, groups.capacity, groups.standing

    def relax(prices: Floats) -> Relaxed:
        order = np.argsort(prices, kind="stable")
        columns = sparse.csc_array(by_row[order])  # doors of each site, the cheapest first
        size = people[order][columns.indices]
        total = np.r_[0.0, np.cumsum(size)]
        starts = np.repeat(total[columns.indptr[:-1]], np.diff(columns.indptr))
        room = np.repeat(capacity, np.diff(columns.indptr)) - (total[:-1] - starts)
        taken = np.clip(room, 0.0, size)
        earned = np.r_[0.0, np.cumsum(taken * (1.0 - prices[order][columns.indices]))]
        of_posts = np.maximum(earned[columns.indptr[1:]] - earned[columns.indptr[:-1]], 0.0)

        def slope(chosen: Floats) -> Floats:
            share = np.r_[np.ones(standing), chosen]
            load = taken * np.repeat(share, np.diff(columns.indptr))
            served = np.bincount(order[columns.indices], load, minlength=people.size)
            return people - served

        of_doors = float(people @ prices + of_posts[:standing].sum())
        return Relaxed(of_doors, of_posts[standing:], slope)

    return relax


def _weights(groups: _CapacityGroups) -> Floats:
    """Worth of the unknowns: columns, then pairs of groups and posts, post by post."""
    columns = groups.capacity.size - groups.standing
    return np.concatenate([np.zeros(columns), groups.residents[groups.reach.indices]])


def _start_values(groups: _CapacityGroups, is_open: Bools) -> Floats:
    """Give the values of the unknowns for open columns that serve as many as they can."""
    reach = groups.reach
    if reach.nnz == 0:
        return is_open.astype(float)
    posts = np.r_[np.ones(groups.standing, dtype=bool), is_open]
    some = sparse.csr_array(reach[:, posts])
    served = most_served(some, groups.residents, groups.capacity[posts], 1.0)
    share = sparse.csc_array(served @ sparse.eye_array(posts.size, format="csr")[posts])
    row = reach.indices
    column = np.repeat(np.arange(posts.size), np.diff(reach.indptr))
    return np.concatenate([is_open.astype(float), np.asarray(share[row, column]).ravel()])


def _program(side: SideRows, groups: _CapacityGroups) -> Program:
    """State the whole question; a pair tells the share of the group that the post serves."""
    reach, standing = groups.reach, groups.standing
    row = reach.indices
    post = np.repeat(np.arange(groups.capacity.size), np.diff(reach.indptr))
    sites, size, pairs = side.columns.size, reach.shape[0], row.size
    unit = np.where(np.isfinite(groups.capacity), groups.capacity, 1.0)
    load = summing(post, groups.residents[row] / np.maximum(unit[post], DUST), unit.size)
    limited = np.flatnonzero(np.isfinite(groups.capacity) & (groups.capacity > 0))
    is_new = limited >= standing
    opened = sparse.csr_array(
        (-np.ones(int(is_new.sum())), (np.flatnonzero(is_new), limited[is_new] - standing)),
        shape=(limited.size, sites),
    )
    chosen = np.flatnonzero(post >= standing)
    link = sparse.csr_array(
        (-np.ones(chosen.size), (np.arange(chosen.size), post[chosen] - standing)),
        shape=(chosen.size, sites),
    )
    once = summing(row, np.ones(pairs), size)
    own = sparse.eye_array(pairs, format="csr")[chosen]
    return Program(
        cost=-_weights(groups),
        rows=sparse.block_array(
            [[None, once], [opened, load[limited]], [link, own], [side.matrix, None]],
            format="csr",
        ),
        row_lower=np.r_[np.full(size + limited.size + chosen.size, -np.inf), side.lower],
        row_upper=np.r_[np.ones(size), 1.0 - is_new, np.zeros(chosen.size), side.upper],
        lower=np.r_[side.must_open.astype(float), np.zeros(pairs)],
        upper=np.ones(sites + pairs),
        is_integer=np.arange(sites + pairs) < sites,
    )
