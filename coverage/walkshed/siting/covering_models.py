"""Models that cover a share of residents: with the fewest posts, or for the least money."""

import math
import time

import numpy as np

from ..errors import InfeasibleError, InputError, SolverError
from .asked import Asked
from .covering import WHOLE, least_sites
from .exact_step import Proven, proven
from .finish import Search, finished_plan
from .infeasible import out_of_reach
from .plan import SitingPlan
from .prices import no_prices
from .problem import Floats, SitingProblem
from .program import Tell
from .rules import SideRows, SitingRules, open_sites_of, side_rows
from .share_cover import (
    EngineTask,
    ShareCover,
    check_share,
    cover_program,
    engine_task,
    program_values,
    quick_cover,
    share_cover,
)


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
    `budget` are limits. The objective counts every new post, the limit new ones less closed ones;
    so a post is closed only where `new_posts` leaves no other room, for closing saves no new post.

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
        open_sites_of(problem, side, found.open_columns(side)),
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

    As `lscp`, but each site counts with its `cost`, and a post that is closed to make room for it
    with its `closing_cost` d:

    .. math:: \min \sum_j c_j x_j + \sum_k d_k (1 - x_k)

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
    closing = problem.sites["closing_cost"].to_numpy(float)
    price = np.where(problem.choosable, costs, -closing)[side.columns]
    found = _cheapest("least_cost_cover", search, side, cover, price)
    money = _paid_to_close_all(price) + math.fsum(price[found.open_columns(side)])
    return finished_plan(
        "least_cost_cover",
        "cost",
        search,
        open_sites_of(problem, side, found.open_columns(side)),
        objective=money,
        bound=min(money, _paid_to_close_all(price) - found.bound),
        interrupted=found.interrupted,
        seconds=time.perf_counter() - search.started,
    )


def _stated(model: str, search: Search, share: float) -> tuple[SideRows, ShareCover]:
    """State who must be covered, and refuse what all sites together cannot do."""
    check_share(model, share)
    problem = search.problem
    side = side_rows(problem, search.rules)
    cover = share_cover(problem, side, problem.coverage(), share)
    if not cover.is_met(np.ones(side.columns.size, dtype=bool)):
        raise out_of_reach(model, Asked(problem, search.rules, share))
    return side, cover


def _cheapest(
    model: str, search: Search, side: SideRows, cover: ShareCover, price: Floats
) -> Proven:
    """Find the cheapest cover: by the covering engine, or the plain program where money limits.

    A price below 0 is what it saves to keep a post; the worth is less by `_paid_to_close_all`.
    """
    engine = engine_task(cover, search, side, price)
    if engine is not None:
        return _by_engine(model, search, engine, price)
    start = quick_cover(cover, search, side, price)
    return proven(
        model,
        cover_program(cover, search, side, price),
        side,
        search,
        start=None if start is None else program_values(cover, start),
        prices=no_prices(side, most=_paid_to_close_all(price)),
        as_measured=lambda worth: _paid_to_close_all(price) - worth,
    )


def _paid_to_close_all(price: Floats) -> float:
    return -math.fsum(price[price < 0])


def _by_engine(model: str, search: Search, task: EngineTask, price: Floats) -> Proven:
    fixed = math.fsum(price[task.stays])
    if task.need <= 0:
        return Proven(task.stays.astype(float), -fixed, -fixed, interrupted=False)
    found = least_sites(
        task.reach,
        task.residents,
        need=task.need,
        cost=price[task.free],
        conflicts=task.conflicts,
        deadline=search.deadline,
        seed=search.seed,
        tell=search.telling(lambda cost: _paid_to_close_all(price) + fixed + cost),
    )
    if found.plan is None and found.status != "infeasible":
        raise SolverError(
            f"{model}: no plan was found in {search.time_limit_s:g} s; give it more time"
        )
    if found.plan is None:
        raise InfeasibleError(
            f"{model}: sites of one group, or too near to each other, would be needed to cover "
            "enough; loosen groups or `least_distance_m`, or lower `share`"
        )
    fewest, limit = fixed + found.bound, search.rules.new_posts
    if limit is not None and fewest > limit + WHOLE:
        raise InfeasibleError(
            f"{model}: at least {math.ceil(fewest - WHOLE)} new posts are needed, but `new_posts` "
            f"allows {limit}; allow more, or lower `share`"
        )
    if limit is not None and fixed + found.objective > limit:
        raise SolverError(
            f"{model}: in {search.time_limit_s:g} s no plan with {limit} new posts was found, nor "
            "proven that there is none; give it more time"
        )
    is_open = task.stays.copy()
    is_open[task.free[list(found.plan)]] = True
    worth = -(fixed + found.objective)
    stopped = found.status == "interrupted"
    return Proven(is_open.astype(float), worth, -(fixed + found.bound), interrupted=stopped)
