"""The location models, side by side: the same call, the same result."""

import time
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from .benefit import Sparse, presolve
from .curve import best_order, best_plans
from .plan import SitingPlan, relative_gap, status_of
from .problem import Problem, check_choices, checked_problem


def mclp(
    coverage: Sparse,
    residents: pd.Series,
    site_ids: pd.Index,
    *,
    new_posts: int,
    cutoff_min: float | None,
    covered: "np.ndarray[Any, Any] | pd.Series",
    time_limit_s: float = 60.0,
    seed: int = 0,
) -> SitingPlan:
    """Choose new posts so that the most residents are within the cutoff of a post.

    The maximal covering location problem [1]_ with existing posts fixed, solved to proven
    optimality for every number of new posts from 0 to the one asked. The plan always holds
    `new_posts` sites: where fewer would do, it is filled up with sites that add nobody, in the
    order of `site_ids`. Among equally good plans the answer depends on the order of sites, never
    on the order of doors.

    Parameters
    ----------
    coverage
        Sparse matrix, doors in rows and candidate sites in columns, True where the walk is
        within the cutoff. Exactly at the cutoff counts; that comparison is the caller's.
    residents
        Residents of each door, by door id; fractions are fine. Doors no site reaches belong here
        too, or shares will be too high.
    site_ids
        An id for each column of `coverage`.
    new_posts
        How many posts to add, 0 or more.
    cutoff_min
        The cutoff behind `coverage`, in minutes; it is only written into the plan. None where
        there is no such number: in metres, or by door.
    covered
        Doors that existing posts serve within the cutoff, in the order of `residents`.
    time_limit_s
        Seconds for the whole curve. When they run out, plan and bound stay valid and the status
        of each size says whether it was proven. The optimiser may take two seconds more.
    seed
        Seed of the optimiser; the same inputs give the same plan unless time runs out.

    Returns
    -------
    SitingPlan
        With the curve over 0..`new_posts`, and the best order of building (`curve.best_order`
        says what that means, and that beyond 14 sites it is greedy).

    Raises
    ------
    InputError
        If tables do not fit each other, or more posts are asked for than there are sites.
    SolverError
        If the optimiser fails.

    References
    ----------
    .. [1] Church, R. and ReVelle, C. (1974). The maximal covering location problem. Papers of the
       Regional Science Association 32, 101-118.

    Examples
    --------
    Five doors along a street, and a post near the first. Site `west` reaches doors a, b, c; site
    `mid` b, c, d; site `east` d, e. Door a is served already, so `mid` gives most for one post
    (10 + 30 + 25 new residents) while two are best placed west and east.

    >>> from scipy import sparse
    >>> doors = pd.Series([40.0, 10.0, 30.0, 25.0, 20.0], index=list("abcde"))
    >>> west, mid, east = [1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 0, 1, 1]
    >>> sees = sparse.csr_matrix(np.array([west, mid, east], dtype=bool).T)
    >>> street = pd.Index(["west", "mid", "east"])
    >>> near_post = doors.index == "a"
    >>> plan = mclp(sees, doors, street, new_posts=2, cutoff_min=10, covered=near_post)
    >>> plan
    SitingPlan(mclp: 2 new posts, 100.0 % of 125 residents within 10 min, optimal)
    >>> plan.curve[["residents_within", "gain", "status"]]  # doctest: +NORMALIZE_WHITESPACE
               residents_within  gain   status
    new_posts
    0                      40.0   0.0  optimal
    1                     105.0  65.0  optimal
    2                     125.0  20.0  optimal
    >>> plan.build_order[["site_id", "residents_added"]]  # doctest: +NORMALIZE_WHITESPACE
         site_id  residents_added
    rank
    1        mid             65.0
    2       east             20.0

    With nothing to build, the plan tells what there is.

    >>> mclp(sees, doors, street, new_posts=0, cutoff_min=10, covered=near_post)
    SitingPlan(mclp: 0 new posts, 32.0 % of 125 residents within 10 min, optimal)
    """
    started = time.perf_counter()
    problem = checked_problem("mclp", coverage, residents, site_ids, covered)
    check_choices(
        "mclp",
        sites=len(problem.site_ids),
        new_posts=new_posts,
        cutoff_min=cutoff_min,
        time_limit_s=time_limit_s,
        seed=seed,
    )
    unserved = ~problem.served
    people = sparse.diags_array(problem.residents[unserved])
    benefit = presolve(people @ problem.coverage.tocsr()[unserved])
    solved = best_plans(benefit, new_posts, deadline=started + time_limit_s, seed=seed)
    # From here on everything is counted again from the raw coverage.
    raw_plans = [benefit.sites[list(each.plan)].tolist() for each in solved]
    curve = _curve(problem, raw_plans, [each.bound for each in solved])
    build_order = _build_order(problem, _filled(raw_plans[-1], new_posts))
    return SitingPlan(
        model="mclp",
        cutoff_min=None if cutoff_min is None else float(cutoff_min),
        new_posts=int(new_posts),
        site_ids=tuple(build_order["site_id"]),
        objective=float(curve["residents_within"].iloc[-1]),
        bound=float(curve["bound"].iloc[-1]),
        status=status_of(curve["residents_within"].iloc[-1], curve["bound"].iloc[-1]),
        residents=problem.total,
        curve=curve,
        build_order=build_order,
        seed=seed,
        seconds=time.perf_counter() - started,
    )


def _filled(sites: list[int], posts: int) -> list[int]:
    """Fill a plan up with the first sites that are not in it."""
    unused = (site for site in range(len(sites) + posts) if site not in sites)
    return sites + [next(unused) for _ in range(posts - len(sites))]


def _curve(problem: Problem, plans: list[list[int]], bounds: list[float]) -> pd.DataFrame:
    existing, total = problem.residents_within(()), problem.total
    within = [problem.residents_within(plan) for plan in plans]
    bound = [
        max(value, min(existing + gain, total)) for value, gain in zip(within, bounds, strict=True)
    ]
    return pd.DataFrame(
        {
            "residents_within": within,
            "bound": bound,
            "gap": [relative_gap(*pair) for pair in zip(within, bound, strict=True)],
            "gain": np.diff(within, prepend=existing),
            "status": [status_of(*pair) for pair in zip(within, bound, strict=True)],
        },
        index=pd.RangeIndex(len(plans), name="new_posts"),
    )


def _build_order(problem: Problem, sites: list[int]) -> pd.DataFrame:
    order = best_order(problem, sites)
    stages = [problem.residents_within(order[:stage]) for stage in range(len(order) + 1)]
    within = np.array(stages[1:])
    return pd.DataFrame(
        {
            "site_id": pd.Series([problem.site_ids[site] for site in order], dtype=object).array,
            "residents_added": np.diff(stages),
            "residents_within": within,
            "share_within": within / problem.total if problem.total else 0.0 * within,
        },
        index=pd.RangeIndex(1, len(order) + 1, name="rank"),
    )
