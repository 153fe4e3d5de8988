"""Where new posts should stand so that the longest walk is as short as it can be.

The p-center problem: a walk is short enough if so many sites reach everybody within it, and that
is a covering problem. So the seconds stored are halved again and again between a walk that is too
short and one that is not.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from .clock import first_by, now_s
from .covering import Known, closing_in, covering_task, tolerance
from .problem import Floats, Sparse
from .program import SolverStatus, Tell

SHARE_OF_TIME = 0.5  # of the time left, that one covering problem may take at first


@dataclass(frozen=True)
class LongestWalk:
    """The best plan known and how short the longest walk can be at best.

    Attributes
    ----------
    plan
        Columns of the matrix, ascending, at most as many as asked for; None where none is known.
    objective_s
        The longest walk with this plan, in seconds.
    bound_s
        No plan makes it shorter; infinite where no plan reaches all within the matrix.
    status
        `optimal`, `infeasible`, or why it ended early: `time_limit`, `interrupted`.
    unreachable
        Rows with residents that neither a site nor a standing post reaches.
    """

    plan: tuple[int, ...] | None
    objective_s: float
    bound_s: float
    status: SolverStatus
    unreachable: tuple[int, ...]


@dataclass(frozen=True)
class _Bracket:
    """A plan, its longest walk, and what no plan can pass."""

    plan: tuple[int, ...] | None
    objective_s: float
    bound_s: float


@dataclass(frozen=True)
class _Walks:
    seconds: Sparse
    standing_s: Floats
    residents: Floats
    need: float


def least_longest_walk(
    seconds: Sparse,
    residents: Floats,
    *,
    posts: int,
    share: float = 1.0,
    standing_s: Floats | None = None,
    deadline: float,
    seed: int = 0,
    tell: Tell | None = None,
) -> LongestWalk:
    """Find sites for at most `posts` new posts that make the longest walk as short as possible.

    Parameters
    ----------
    seconds
        Sparse by columns, rows by sites: the walk in seconds. What is not stored lies beyond the
        limit; a stored 0 is a walk of 0 seconds.
    residents
        Residents of each row, 0 or more; rows without residents do not count.
    posts
        How many sites may be chosen, 0 or more.
    share
        Of the residents, above 0 to 1, those best served, whose longest walk counts; kept to one
        part in a billion.
    standing_s
        The walk from each row to the nearest standing post, infinite where there is none.
    deadline
        A time of `time.perf_counter`, or infinity; the answer may come half a second later.
    seed
        Seed of the search and of HiGHS. Row order changes nothing, unless the time runs out.
    tell
        Called with the longest walk and its bound as they close in. KeyboardInterrupt, there or
        anywhere else, ends the search with what is known.

    Examples
    --------
    Three doors on a street, and sites at both ends; then a door that no site reaches.

    >>> walks = sparse.csc_matrix([[60.0, 300.0], [180.0, 180.0], [300.0, 60.0]])
    >>> people = np.array([5.0, 5.0, 5.0])
    >>> least_longest_walk(walks, people, posts=1, deadline=np.inf).objective_s
    300.0
    >>> least_longest_walk(walks, people, posts=2, deadline=np.inf)
    LongestWalk(plan=(0, 1), objective_s=180.0, bound_s=180.0, status='optimal', unreachable=())
    >>> lonely = sparse.csc_matrix((4, 2)) + sparse.vstack([walks, sparse.csc_matrix((1, 2))])
    >>> least_longest_walk(lonely.tocsc(), np.ones(4), posts=2, deadline=np.inf).unreachable
    (3,)
    """
    standing = np.full(residents.size, np.inf) if standing_s is None else standing_s
    walks = _Walks(
        seconds, standing, residents, share * math.fsum(residents) - tolerance(residents)
    )
    lived_in = residents > 0
    limits = np.unique(np.r_[seconds.data, standing[np.isfinite(standing) & lived_in]])
    nearest_s = _nearest_s(walks, range(seconds.shape[1]))
    least_s = _walk_of_share(walks, nearest_s)
    if not math.isfinite(least_s):
        unreachable = tuple(np.flatnonzero(lived_in & np.isinf(nearest_s)).tolist())
        return LongestWalk(None, math.inf, math.inf, "infeasible", unreachable)
    limits = limits[limits >= least_s]
    status: SolverStatus = "time_limit"
    known = _Bracket(None, math.inf, float(limits[0]))
    try:
        for known in _closing_in(walks, limits, posts, deadline, seed):
            if tell:
                tell(known.objective_s, known.bound_s)
    except KeyboardInterrupt:
        status = "interrupted"
    if known.objective_s == known.bound_s:
        status = "infeasible" if known.plan is None else "optimal"
    plan = None if known.plan is None else tuple(sorted(known.plan))
    return LongestWalk(plan, known.objective_s, known.bound_s, status, ())


def _closing_in(
    walks: _Walks, limits: Floats, posts: int, deadline: float, seed: int
) -> Iterator[_Bracket]:
    """Hand on ever better plans and bounds; the answer is one of `limits`, if there is any."""
    known = _Bracket(None, math.inf, float(limits[0]))
    too_short, untried, enough = -1, -1, limits.size  # positions; nothing is known in between
    share_of_time = SHARE_OF_TIME
    first_deadline = first_by(deadline)
    while too_short < enough - 1 and now_s() < (first_deadline if known.plan is None else deadline):
        if untried >= enough - 1:  # all is tried, and some was not decided in the time it had
            untried, share_of_time = too_short, 1.0
        middle = limits.size - 1 if known.plan is None else (untried + enough) // 2
        now = now_s()
        left_s = (first_deadline if known.plan is None else deadline) - now
        until = now + left_s * share_of_time
        found = _within(walks, float(limits[middle]), posts, until, seed)
        if found.plan is not None and found.upper <= posts:
            walk_s = _walk_of_share(walks, _nearest_s(walks, found.plan))
            known = replace(known, plan=found.plan, objective_s=walk_s)
            enough = int(np.searchsorted(limits, walk_s))
        else:
            untried = middle
        if found.lower > posts:
            too_short = middle
        is_last = too_short == limits.size - 1
        known = replace(known, bound_s=math.inf if is_last else float(limits[too_short + 1]))
        yield known


def _within(walks: _Walks, limit_s: float, posts: int, deadline: float, seed: int) -> Known:
    """Look for so many sites that bring enough residents within a walk, or for proof of none."""
    is_within = walks.seconds.data <= limit_s
    start = np.r_[0, np.cumsum(is_within)][walks.seconds.indptr]
    stored = (np.ones(start[-1]), walks.seconds.indices[is_within], start)
    reaches = sparse.csc_matrix(stored, shape=walks.seconds.shape)
    is_served = walks.standing_s <= limit_s
    need = walks.need - math.fsum(walks.residents[is_served])
    task = covering_task(
        reaches, np.where(is_served, 0.0, walks.residents), need, np.ones(start.size - 1), None
    )
    known = Known()
    for known in closing_in(task, enough=posts, deadline=deadline, seed=seed):
        if known.is_closed(posts):
            break
    return known


def _nearest_s(walks: _Walks, plan: Sequence[int]) -> Floats:
    """Seconds from each row to the nearest of the standing posts and a plan."""
    nearest_s: Floats = walks.standing_s.astype(float)
    for site in plan:
        start, stop = walks.seconds.indptr[site : site + 2]
        rows = walks.seconds.indices[start:stop]
        nearest_s[rows] = np.minimum(nearest_s[rows], walks.seconds.data[start:stop])
    return nearest_s


def _walk_of_share(walks: _Walks, nearest_s: Floats) -> float:
    """Find the longest walk of the best served, as many as count; infinite if they are fewer."""
    by_walk = np.lexsort((walks.residents, nearest_s))
    by_walk = by_walk[walks.residents[by_walk] > 0]
    within = np.cumsum(walks.residents[by_walk])
    last = int(np.searchsorted(within, walks.need))
    return float(nearest_s[by_walk[last]]) if last < by_walk.size else math.inf
