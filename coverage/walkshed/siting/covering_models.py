"""Models that cover a share of residents: fewest posts, least money, shortest longest walk."""

import math
import time

import numpy as np
from scipy import sparse

from ..errors import InfeasibleError, InputError, SolverError
from .exact_step import Proven, proven
from .finish import Search, finished_plan
from .plan import SitingPlan
from .prices import no_prices
from .problem import Bools, Floats, Ints, SitingProblem, Sparse
from .program import Status, Tell, solve
from .rules import SideRows, SitingRules, side_rows
from .share_cover import (
    SHARE_TOLERANCE,
    ShareCover,
    cover_program,
    program_values,
    quick_cover,
    share_cover,
    without_spare,
)

WHOLE = 1e-6  # a bound on a number of posts is rounded up past this


def lscp(
    problem: SitingProblem,
    rules: SitingRules,
    *,
    share: float = 1.0,
    time_limit_s: float = 60.0,
    seed: int = 0,
    tell: Tell | None = None,
) -> SitingPlan:
    r"""Choose the fewest new posts that bring a share of all residents within the cutoff.

    The location set covering problem [1]_ with standing posts, which cover for nothing; with a
    share below 1 its partial form [2]_:

    .. math:: \min \sum_j x_j, \quad \sum_i w_i y_i \ge s \sum_i w_i, \quad
              y_i \le \sum_{j \in N_i} x_j,

    where w are residents, N_i the sites within the cutoff of door i, x the sites built, and s is
    `share`. Required sites are built and count. The other rules hold too: `new_posts` and
    `budget` are limits. Posts that may be closed stay open, since closing one never saves a post.

    Parameters
    ----------
    problem, rules, time_limit_s, seed, tell
        As for `mclp`; `SitingRules()` sets no limit.
    share
        Share of all residents that must be within the cutoff, above 0 and up to 1.

    Returns
    -------
    SitingPlan
        `measure` is "new_posts"; `bound` is a whole number that no plan can go below.

    Raises
    ------
    InfeasibleError
        If too many residents are out of reach of all sites together: the message names doors,
        the largest share that can be reached, and the least cutoff that would do. Also if no
        plan keeps to the rules.
    InputError
        If `share` makes no sense.
    SolverError
        If the time ran out before any plan was found.

    References
    ----------
    .. [1] Toregas, C., Swain, R., ReVelle, C. and Bergman, L. (1971). The location of emergency
       service facilities. Operations Research 19, 1363-1373.
    .. [2] Daskin, M. S. and Owen, S. H. (1999). Two new location covering problems: the partial
       p-center problem and the partial set covering problem. Geographical Analysis 31, 217-235.

    Examples
    --------
    Site P reaches doors a and b, Q b and c, R c alone. P and Q (or P and R) cover all; Q alone
    covers 90 of 100 residents.

    >>> import numpy as np, pandas as pd
    >>> from scipy import sparse
    >>> from walkshed.siting import problem_of_coverage
    >>> sees = sparse.csr_array(np.array([[1, 0, 0], [1, 1, 0], [0, 1, 1]], dtype=bool))
    >>> doors = pd.Series([10.0, 50.0, 40.0], index=list("abc"))
    >>> nobody = np.zeros(3, dtype=bool)
    >>> town = problem_of_coverage(sees, doors, pd.Index(["P", "Q", "R"]), covered=nobody)
    >>> plan = lscp(town, SitingRules())
    >>> plan.new_posts, plan.bound, plan.status
    (2, 2.0, 'optimal')
    >>> lscp(town, SitingRules(), share=0.9).site_ids
    ('Q',)
    """
    search = Search(problem, rules, time_limit_s=time_limit_s, seed=seed, tell=tell)
    side, cover = _stated("lscp", search, share)
    price = problem.choosable[side.columns].astype(float)
    found = _cheapest("lscp", search, side, cover, price)
    posts = float(price[found.open_columns(side)].sum())
    return finished_plan(
        "lscp",
        "new_posts",
        search,
        _open_sites(problem, side, found.open_columns(side)),
        objective=posts,
        bound=min(posts, math.ceil(-found.bound - WHOLE)),
        interrupted=found.interrupted,
        seconds=time.perf_counter() - search.started,
    )


def least_cost_cover(
    problem: SitingProblem,
    rules: SitingRules,
    *,
    share: float = 1.0,
    time_limit_s: float = 60.0,
    seed: int = 0,
    tell: Tell | None = None,
) -> SitingPlan:
    r"""Choose the new posts of least cost that bring a share of residents within the cutoff.

    As `lscp`, but each site counts with its `cost`:

    .. math:: \min \sum_j c_j x_j

    Parameters
    ----------
    problem, rules, share, time_limit_s, seed, tell
        As for `lscp`; sites need a `cost`.

    Returns
    -------
    SitingPlan
        `measure` is "cost".

    Raises
    ------
    InputError
        If no site costs anything: then `lscp` is meant.
    InfeasibleError, InputError, SolverError
        As for `lscp`.

    Examples
    --------
    P and Q reach a door each and cost 2 each; the site that reaches both doors costs 5.

    >>> import pandas as pd
    >>> from scipy import sparse
    >>> from walkshed.travel_times import TravelTimes
    >>> seconds = sparse.csc_array([[60.0, 0.0, 60.0], [0.0, 60.0, 60.0]])
    >>> ids, doors = pd.Index(["P", "Q", "both"]), pd.Index(["a", "b"])
    >>> sites = pd.DataFrame({"cost": [2.0, 2.0, 5.0]}, index=ids)
    >>> people = pd.Series([10.0, 10.0], index=doors)
    >>> town = SitingProblem(TravelTimes(seconds, doors, ids, 15), people, sites, 10)
    >>> plan = least_cost_cover(town, SitingRules())
    >>> sorted(plan.site_ids), plan.objective
    (['P', 'Q'], 4.0)
    >>> lscp(town, SitingRules()).site_ids
    ('both',)
    """
    search = Search(problem, rules, time_limit_s=time_limit_s, seed=seed, tell=tell)
    side, cover = _stated("least_cost_cover", search, share)
    costs = problem.sites["cost"].to_numpy(float)
    if not costs[problem.choosable].any():
        raise InputError(
            "least_cost_cover: no candidate site has a `cost`; give them one, or use lscp, which "
            "counts posts"
        )
    price = np.where(problem.choosable, costs, 0.0)[side.columns]
    found = _cheapest("least_cost_cover", search, side, cover, price)
    money = math.fsum(price[found.open_columns(side)])
    return finished_plan(
        "least_cost_cover",
        "cost",
        search,
        _open_sites(problem, side, found.open_columns(side)),
        objective=money,
        bound=min(money, -found.bound),
        interrupted=found.interrupted,
        seconds=time.perf_counter() - search.started,
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
    _check_share("p_center", share)
    side = side_rows(problem, rules)
    is_open, bound_s, interrupted = _shortest_longest(search, side, share)
    open_sites = _open_sites(problem, side, is_open)
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


def longest_walk_s(problem: SitingProblem, walks_s: Floats, share: float) -> float:
    """Tell within how many seconds the nearest share of residents is; walks by door."""
    lived_in = np.flatnonzero(problem.people > 0)
    if lived_in.size == 0:
        return 0.0
    order = lived_in[np.argsort(walks_s[lived_in], kind="stable")]
    reached = np.cumsum(problem.people[order])
    enough = reached >= share * reached[-1] - SHARE_TOLERANCE * reached[-1]
    last = int(enough.argmax()) if share < 1 else -1
    return float(walks_s[order[last]])


def _check_share(model: str, share: float) -> None:
    if not 0 < share <= 1:
        raise InputError(f"{model}: `share` is {share}; give a number above 0 and up to 1")


def _open_sites(problem: SitingProblem, side: SideRows, is_open: Bools) -> list[int]:
    return [*np.flatnonzero(problem.standing).tolist(), *side.columns[is_open].tolist()]


def _usable(problem: SitingProblem) -> Ints:
    """Positions of all sites that may be open."""
    return np.flatnonzero(problem.standing | problem.closable | problem.choosable)


def _stated(model: str, search: Search, share: float) -> tuple[SideRows, ShareCover]:
    """State who must be covered, and refuse what all sites together cannot do."""
    _check_share(model, share)
    problem = search.problem
    side = side_rows(problem, search.rules)
    cover = share_cover(problem, side, problem.coverage(), share)
    if not cover.is_met(np.ones(side.columns.size, dtype=bool)):
        raise InfeasibleError(f"{model}: {_out_of_reach(problem, share)}")
    return side, cover


def _out_of_reach(problem: SitingProblem, share: float) -> str:
    """Say who cannot be reached by any site, and what share or cutoff would do."""
    usable = _usable(problem)
    reached = problem.coverage()[:, usable].sum(axis=1) > 0
    missing = np.flatnonzero(~reached & (problem.people > 0))
    doors = ", ".join(str(door) for door in problem.residents.index[missing[:5]])
    more = f" and {missing.size - 5} more" if missing.size > 5 else ""
    best = math.floor(1e6 * math.fsum(problem.people[reached]) / problem.total) / 1e6
    who = (
        f"{missing.size} doors with {math.fsum(problem.people[missing]):.0f} residents are within "
        f"the cutoff of no site (doors {doors}{more}); all sites together reach a share of "
        f"{best:g}, but {share:g} is asked for"
    )
    needed = longest_walk_s(problem, problem.nearest_seconds(usable), share) / 60
    cutoff = (
        f"a cutoff of {math.ceil(100 * needed) / 100:g} min would do"
        if math.isfinite(needed)
        else f"no cutoff up to the {problem.times.cutoff_min:g} min of the times would do"
    )
    return f"{who}; {cutoff}; lower `share`, add candidate sites, or allow a longer walk"


def _cheapest(
    model: str, search: Search, side: SideRows, cover: ShareCover, price: Floats
) -> Proven:
    start = quick_cover(cover, search, side, price)
    return proven(
        model,
        cover_program(cover, search, side, price),
        side,
        search,
        start=None if start is None else program_values(cover, start),
        prices=no_prices(side, most=0.0),
        as_measured=lambda worth: -worth + 0.0,
    )


def _shortest_longest(search: Search, side: SideRows, share: float) -> tuple[Bools, float, bool]:
    """Halve the walks between what no plan can do and what one does.

    Returns
    -------
    tuple
        Which columns are open, seconds that no plan can go below, and whether the user stopped.
    """
    problem = search.problem
    usable = _usable(problem)
    least = longest_walk_s(problem, problem.nearest_seconds(usable), share)
    best, status = _plan_within(search, side, share, problem.limit_s)
    if best is None or not math.isfinite(least):
        if status in {"time_limit", "interrupted"} and math.isfinite(least):
            raise SolverError(
                f"p_center: no plan was found in {search.time_limit_s:g} s; give it more time"
            )
        raise InfeasibleError(
            f"p_center: every plan leaves more than {1 - share:.6g} of the residents farther from "
            f"a post than the {problem.times.cutoff_min:g} min that walks are known for; search "
            "the times further, allow more posts, or ask for a smaller `share`"
        )
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


def _place(
    walks: Floats, problem: SitingProblem, side: SideRows, is_open: Bools, share: float
) -> int:
    nearest = problem.nearest_seconds(_open_sites(problem, side, is_open))
    return int(np.searchsorted(walks, longest_walk_s(problem, nearest, share)))


def _plan_within(
    search: Search, side: SideRows, share: float, walk_s: float
) -> tuple[Bools | None, Status]:
    """Find any plan that covers the share within so many seconds."""
    problem = search.problem
    may_build = problem.choosable[side.columns]
    cover = share_cover(problem, side, _reach(problem, walk_s), share)
    if not cover.is_met(np.ones(side.columns.size, dtype=bool)):
        return None, "infeasible"
    price = may_build.astype(float)
    is_open = quick_cover(cover, search, side, price)
    status: Status = "optimal"
    if is_open is None:
        program = cover_program(cover, search, side, np.zeros(price.size))
        found = solve(program, deadline=search.deadline, seed=search.seed)
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
