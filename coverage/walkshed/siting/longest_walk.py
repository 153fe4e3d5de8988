"""The shortest longest walk: the p-center, by halving between covers."""

import time

import numpy as np
from scipy import sparse

from ..errors import InfeasibleError, SolverError, WalkshedError
from .center import least_longest_walk
from .clock import first_by
from .figures import longest_walk_s
from .finish import Search, finished_plan
from .plan import SitingPlan
from .problem import Bools, Floats, SitingProblem, Sparse
from .program import SolverStatus, Tell, solve
from .rules import SideRows, SitingRules, only_counts, open_sites_of, side_rows
from .share_cover import (
    check_share,
    cover_program,
    quick_cover,
    share_cover,
    without_spare,
)


def p_center(
    problem: SitingProblem,
    rules: SitingRules,
    *,
    share: float = 1.0,
    time_limit_s: float = 60.0,
    seed: int = 0,
    tell: Tell | None = None,
) -> SitingPlan:
    r"""Choose new posts so that the longest walk to the nearest post is shortest.

    The p-center problem [1]_ with standing posts; with a share below 1 the longest walk of the
    nearest such share of residents counts (the partial p-center [2]_). The cutoff of the problem
    plays no part but in the figures of the plan.

    .. math:: \min \max_{i:\, w_i > 0} \min_{j \text{ open}} t_{ij}

    Solved by halving: a walk of r seconds can be kept to if and only if sites that cover the
    share within r keep to the rules. Sites that are not needed for the longest walk are not
    built, so that a plan may hold fewer posts than allowed.

    Parameters
    ----------
    problem, rules, time_limit_s, seed, tell
        As for `mclp`; all rules can be combined.
    share
        Share of all residents whose walks count, above 0 and up to 1.

    Returns
    -------
    SitingPlan
        `measure` is "longest_min". `figures.longest_min` is of all residents, whatever the share.

    Raises
    ------
    InfeasibleError
        If every plan leaves too many residents farther than walks are known.
    InputError
        If `share` makes no sense.
    SolverError
        If the time ran out before any plan was found.

    References
    ----------
    .. [1] Hakimi, S. L. (1964). Optimum locations of switching centers and the absolute centers
       and medians of a graph. Operations Research 12, 450-459.
    .. [2] Daskin, M. S. and Owen, S. H. (1999), as in `lscp`.

    Examples
    --------
    P is 2 minutes from door a and 9 from b, Q is 6 from both: Q has the shorter longest walk.

    >>> import pandas as pd
    >>> from scipy import sparse
    >>> from walkshed.travel_times import TravelTimes
    >>> seconds = sparse.csc_array([[120.0, 360.0], [540.0, 360.0]])
    >>> ids, doors = pd.Index(["P", "Q"]), pd.Index(["a", "b"])
    >>> people = pd.Series([30.0, 10.0], index=doors)
    >>> sites = pd.DataFrame(index=ids)
    >>> town = SitingProblem(TravelTimes(seconds, doors, ids, 15), people, sites, 10)
    >>> plan = p_center(town, SitingRules(new_posts=1))
    >>> plan.site_ids, plan.objective
    (('Q',), 6.0)
    >>> plan = p_center(town, SitingRules(new_posts=1), share=0.75)
    >>> plan.site_ids, plan.objective
    (('P',), 2.0)
    """
    search = Search(problem, rules, time_limit_s=time_limit_s, seed=seed, tell=tell)
    check_share("p_center", share)
    side = side_rows(problem, rules)
    posts = (rules.new_posts or 0) - int(problem.is_("required").sum())
    if only_counts(problem, rules) and posts > 0 and problem.total > 0:
        is_open, bound_s, interrupted = _by_counts(search, side, share, posts)
    else:
        is_open, bound_s, interrupted = _shortest_longest(search, side, share)
    open_sites = open_sites_of(problem, side, is_open)
    longest_s = longest_walk_s(problem, problem.nearest_seconds(open_sites), share)
    return finished_plan(
        "p_center",
        "longest_min",
        search,
        open_sites,
        objective=longest_s / 60,
        bound=min(bound_s, longest_s) / 60,
        interrupted=interrupted,
        seconds=time.perf_counter() - search.started,
    )


def _shortest_longest(search: Search, side: SideRows, share: float) -> tuple[Bools, float, bool]:
    """Halve the walks between what no plan can do and what one does.

    Returns
    -------
    tuple
        Which columns are open, seconds that no plan can go below, and whether the user stopped.
    """
    problem = search.problem
    usable = np.flatnonzero(problem.permitted)
    least = longest_walk_s(problem, problem.nearest_seconds(usable), share)
    best, status = _plan_within(search, side, share, problem.limit_s, is_first=True)
    if best is None:
        raise _nothing_short_enough(search, share, status)
    walks = np.unique(problem.times.seconds[:, usable].data)
    walks = walks[walks >= least]
    low, high = 0, _place(walks, problem, side, best, share)
    try:
        while low < high and status not in {"time_limit", "interrupted"}:
            if search.tell is not None:
                search.tell(float(walks[high]) / 60, float(walks[low]) / 60)
            middle = (low + high) // 2
            found, status = _plan_within(search, side, share, float(walks[middle]))
            if found is not None:
                best, high = found, _place(walks, problem, side, found, share)
            elif status == "infeasible":
                low = middle + 1
    except KeyboardInterrupt:
        status = "interrupted"
    return best, float(walks[low]) if walks.size else 0.0, status == "interrupted"


def _nothing_short_enough(search: Search, share: float, status: SolverStatus) -> WalkshedError:
    if status in {"time_limit", "interrupted"}:
        return SolverError(
            f"p_center: no plan was found in {search.time_limit_s:g} s; give it more time"
        )
    return InfeasibleError(
        f"p_center: every plan leaves more than {1 - share:.6g} of the residents farther from a "
        f"post than the {search.problem.times.cutoff_min:g} min that walks are known for; search "
        "the times further, allow more posts, or ask for a smaller `share`"
    )


def _by_counts(
    search: Search, side: SideRows, share: float, posts: int
) -> tuple[Bools, float, bool]:
    """As `_shortest_longest`, by the engine of the p-center, with so many posts to choose."""
    problem = search.problem
    free = np.flatnonzero(problem.choosable & ~problem.is_("required"))
    stays = np.setdiff1d(np.flatnonzero(problem.permitted), free)
    found = least_longest_walk(
        problem.times.seconds[:, free],
        problem.people,
        posts=posts,
        share=share,
        standing_s=problem.nearest_seconds(stays),
        deadline=search.deadline,
        seed=search.seed,
        tell=search.telling(lambda seconds: seconds / 60),
    )
    if found.plan is None:
        raise _nothing_short_enough(search, share, found.status)
    is_open = np.isin(side.columns, np.r_[stays, free[list(found.plan)]])
    cover = share_cover(problem, side, _reach(problem, found.objective_s), share)
    may_build = problem.choosable[side.columns]
    is_open = without_spare(cover, side, may_build, is_open, may_build.astype(float))
    return is_open, found.bound_s, found.status == "interrupted"


def _place(
    walks: Floats, problem: SitingProblem, side: SideRows, is_open: Bools, share: float
) -> int:
    nearest = problem.nearest_seconds(open_sites_of(problem, side, is_open))
    return int(np.searchsorted(walks, longest_walk_s(problem, nearest, share)))


def _plan_within(
    search: Search, side: SideRows, share: float, walk_s: float, *, is_first: bool = False
) -> tuple[Bools | None, SolverStatus]:
    """Find any plan that covers the share within so many seconds."""
    problem = search.problem
    may_build = problem.choosable[side.columns]
    cover = share_cover(problem, side, _reach(problem, walk_s), share)
    if not cover.is_met(np.ones(side.columns.size, dtype=bool)):
        return None, "infeasible"
    price = may_build.astype(float)
    is_open = quick_cover(cover, search, side, price)
    status: SolverStatus = "optimal"
    if is_open is None:
        program = cover_program(cover, search, side, np.zeros(price.size))
        found = solve(
            program,
            deadline=first_by(search.deadline) if is_first else search.deadline,
            seed=search.seed,
        )
        status = found.status
        if found.values is not None:
            is_open = found.values[: side.columns.size] > 0.5
    if is_open is not None:
        is_open = without_spare(cover, side, may_build, is_open, price)
    return is_open, status


def _reach(problem: SitingProblem, walk_s: float) -> Sparse:
    seconds = problem.times.seconds
    reach = sparse.csc_array(
        (seconds.data <= walk_s, seconds.indices.copy(), seconds.indptr.copy()),
        shape=seconds.shape,
    )
    reach.eliminate_zeros()
    return reach
