"""Backup coverage: residents with a second post in reach, for when the first one is out."""

import math
import time
from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import sparse

from ..errors import InputError
from .door_groups import DoorGroups, door_groups
from .exact_step import Proven, proven
from .finish import Search, finished_plan
from .greedy import Appraisal, greedy_choice
from .plan import SitingPlan
from .prices import Relax, Relaxed, price_bound
from .problem import Bools, Floats, Ints, SitingProblem
from .program import Program, Tell
from .rules import SideRows, SitingRules, open_sites_of, side_rows


def backup_coverage(
    problem: SitingProblem,
    rules: SitingRules,
    *,
    backup_share: float,
    time_limit_s: float = 60.0,
    seed: int = 0,
    tell: Tell | None = None,
) -> SitingPlan:
    r"""Choose new posts so that many residents have a post in reach, and many a second one.

    Backup coverage [1]_ (their second model, BACOP2), with standing posts:

    .. math:: \max \sum_i w_i \left((1 - b)\, y_i + b\, u_i\right), \quad
              y_i + u_i \le \sum_{j \in N_i} x_j, \quad u_i \le y_i,

    where w are residents, N_i the posts within the cutoff of door i, y tells whether there is
    one, u whether there are two, and b is `backup_share`. With b = 0 it is `mclp`; with b = 1
    only second posts count.

    Parameters
    ----------
    problem, rules, time_limit_s, seed, tell
        As for `mclp`.
    backup_share
        Weight of a second post against a first one, 0 to 1: the b of the formula.

    Returns
    -------
    SitingPlan
        `measure` is "residents_backed_up", the weighted sum of the formula;
        `residents_by_posts` tells how many residents have one post and how many have two.

    Raises
    ------
    InputError
        If `backup_share` is not between 0 and 1.
    InfeasibleError, InputError, SolverError
        As for `mclp`.

    References
    ----------
    .. [1] Hogan, K. and ReVelle, C. (1986). Concepts and applications of backup coverage.
       Management Science 32, 1434-1444.

    Examples
    --------
    A post reaches 100 residents at door a. Site `beside` reaches a and the 10 residents of b,
    site `away` the 60 of c. Counting a second post half as much as the whole, `away` is worth
    0.5 x 60, `beside` 0.5 x 10 + 0.5 x 100.

    >>> import numpy as np, pandas as pd
    >>> from scipy import sparse
    >>> from walkshed.siting import problem_of_coverage
    >>> doors = pd.Series([100.0, 10.0, 60.0], index=list("abc"))
    >>> sees = sparse.csr_array(np.array([[True, False], [True, False], [False, True]]))
    >>> sites = pd.Index(["beside", "away"])
    >>> town = problem_of_coverage(sees, doors, sites, covered=doors.index == "a")
    >>> plan = backup_coverage(town, SitingRules(new_posts=1), backup_share=0.5)
    >>> plan.site_ids, plan.objective
    (('beside',), 105.0)
    >>> backup_coverage(town, SitingRules(new_posts=1), backup_share=0.0).site_ids
    ('away',)
    """
    if not 0 <= backup_share <= 1:
        raise InputError(
            f"backup_coverage: `backup_share` is {backup_share}; give a number from 0 to 1"
        )
    search = Search(problem, rules, time_limit_s=time_limit_s, seed=seed, tell=tell)
    side = side_rows(problem, rules)
    reach = problem.coverage()[:, side.columns]
    groups = door_groups(problem.people, reach, _standing_posts(problem))
    found = _choice(search, side, groups, backup_share)
    open_sites = open_sites_of(problem, side, found.open_columns(side))
    objective = _worth_of(residents_by_posts(problem, open_sites), backup_share)
    return finished_plan(
        "backup_coverage",
        "residents_backed_up",
        search,
        open_sites,
        objective=objective,
        bound=max(objective, found.bound),
        interrupted=found.interrupted,
        seconds=time.perf_counter() - search.started,
    )


def residents_by_posts(problem: SitingProblem, open_sites: Sequence[int]) -> pd.Series:
    """Count residents by how many open posts are within their cutoff.

    Parameters
    ----------
    open_sites
        Positions in the problem's sites.

    Returns
    -------
    Series
        Residents, index `posts`: 0, 1, and 2 for two or more. They sum to all residents.

    Examples
    --------
    >>> from walkshed.siting import problem_of_coverage
    >>> doors = pd.Series([100.0, 10.0, 60.0], index=list("abc"))
    >>> sees = sparse.csr_array(np.array([[True, True], [True, False], [False, False]]))
    >>> nobody = np.zeros(3, dtype=bool)
    >>> town = problem_of_coverage(sees, doors, pd.Index(["P", "Q"]), covered=nobody)
    >>> residents_by_posts(town, [0, 1]).to_dict()
    {0: 60.0, 1: 10.0, 2: 100.0}
    """
    posts = np.minimum(_posts_in_reach(problem, np.asarray(open_sites, dtype=np.int64)), 2)
    sums = [math.fsum(problem.people[posts == count]) for count in range(3)]
    return pd.Series(sums, index=pd.RangeIndex(3, name="posts"), name="residents")


def _worth_of(by_posts: pd.Series, share: float) -> float:
    return float((1 - share) * (by_posts[1] + by_posts[2]) + share * by_posts[2])


def _posts_in_reach(problem: SitingProblem, sites: Ints) -> Ints:
    posts: Ints = problem.coverage()[:, sites].astype(np.int64).sum(axis=1)
    return posts


def _standing_posts(problem: SitingProblem) -> Ints:
    return np.minimum(_posts_in_reach(problem, np.flatnonzero(problem.standing)), 2)


def _choice(search: Search, side: SideRows, groups: DoorGroups, share: float) -> Proven:
    may_build = search.problem.choosable[side.columns]
    appraise = _appraisal(groups, share)
    start, stopped = greedy_choice(side, may_build, appraise, deadline=search.deadline)
    relax, first = _relaxation(groups, share)
    prices = price_bound(
        groups.reach.nnz,
        relax,
        first,
        side,
        may_build,
        known=0.0 if start is None else appraise(start)[0],
        most=math.fsum(groups.residents),
        project=lambda price: np.maximum(price, 0.0),
        deadline=search.deadline,
        stopped=stopped,
    )
    return proven(
        "backup_coverage",
        _program(side, groups, share),
        side,
        search,
        start=None if start is None else _values(groups, start),
        prices=prices,
    )


def _appraisal(groups: DoorGroups, share: float) -> Appraisal:
    """Worth of open columns: the steps from no post to one, and from one to two."""
    (posts,) = groups.labels
    reached_by = sparse.csr_array(groups.reach.T)
    level = np.array([0.0, 1 - share, 1.0, 1.0])

    def appraise(is_open: Bools) -> tuple[float, Floats]:
        count = np.minimum(posts + groups.reach @ is_open.astype(float), 2).astype(np.int64)
        now = float(level[count] @ groups.residents)
        gain = reached_by @ (groups.residents * (level[count + 1] - level[count]))
        return now, now + np.where(is_open, 0.0, gain)

    return appraise


def _relaxation(groups: DoorGroups, share: float) -> tuple[Relax, Floats]:
    """Price the posts that each group counts on: it takes as many as pay for it, two at most."""
    (posts,) = groups.labels
    reached_by = sparse.csr_array(groups.reach.T)
    level = np.array([0.0, 1 - share, 1.0])
    count = np.arange(3)
    more = level[np.minimum(posts[:, None] + count, 2)] * groups.residents[:, None]

    def relax(prices: Floats) -> Relaxed:
        worth = more - prices[:, None] * count
        taken = worth.argmax(axis=1)
        return Relaxed(
            math.fsum(worth.max(axis=1)),
            reached_by @ prices,
            lambda chosen: groups.reach @ chosen - taken,
        )

    in_reach = np.maximum(np.diff(groups.reach.indptr), 1)
    return relax, (more[:, 2] - more[:, 0]) / np.maximum(in_reach, 4)


def _values(groups: DoorGroups, is_open: Bools) -> Floats:
    """Unknowns of the program for open columns: columns, first posts, second posts."""
    (posts,) = groups.labels
    count = posts + groups.reach @ is_open.astype(float)
    values: Floats = np.r_[is_open, count >= 1, count >= 2].astype(float)
    return values


def _program(side: SideRows, groups: DoorGroups, share: float) -> Program:
    """State the whole question; the cost is worth below 0.

    Where a second post counts more than a first, a half of each would pay: then u is whole.
    """
    (posts,) = groups.labels
    size, sites = groups.reach.shape
    one = sparse.eye_array(size)
    rows = sparse.block_array(
        [[-groups.reach, one, one], [None, -one, one], [side.matrix, None, None]], format="csr"
    )
    weight = np.r_[np.zeros(sites), (1 - share) * groups.residents, share * groups.residents]
    unknowns = sites + 2 * size
    is_integer = np.arange(unknowns) < sites
    if share > 0.5:
        is_integer[sites + size :] = True
    return Program(
        cost=-weight,
        rows=rows,
        row_lower=np.r_[np.full(2 * size, -np.inf), side.lower],
        row_upper=np.r_[posts.astype(float), np.zeros(size), side.upper],
        lower=np.r_[side.must_open.astype(float), np.zeros(2 * size)],
        upper=np.ones(unknowns),
        is_integer=is_integer,
    )
