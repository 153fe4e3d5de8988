"""The best plan of every size, and the best order of building one plan."""

import time
from collections.abc import Sequence

import numpy as np

from .cover import Cover, presolve
from .problem import Problem
from .proof import prove
from .search import Plan, greedy, lagrangian_bound, swap

EXACT_ORDER_UP_TO = 14  # sites; 2^14 subsets are looked at


def best_plans(
    cover: Cover, posts: int, *, deadline: float, seed: int
) -> tuple[list[Plan], list[float]]:
    """Find the best plan of each size 0, 1, .. `posts`, and what no plan of that size can pass.

    Each size starts from the plan and the prices of the size before, and has an even share of the
    time left. A plan of as many posts as there are useful sites takes them all, and so do all
    larger ones, which stay that short.
    """
    plans: list[Plan] = [()]
    bounds = [0.0]
    price = np.ones(cover.residents.size)
    sites = cover.sites.size
    for size in range(1, posts + 1):
        if size >= sites:
            plans.append(tuple(range(sites)))
            bounds.append(cover.residents_within(plans[-1]))
            continue
        now = time.perf_counter()
        until = now + max(0.0, deadline - now) / (posts - size + 1)
        plan = swap(cover, greedy(cover, plans[-1], size))
        known = lagrangian_bound(cover, plan, price, deadline=until)
        plan, bound = prove(cover, known.plan, known, deadline=until, seed=seed)
        plans.append(plan)
        bounds.append(bound)
        price = known.price
    return plans, tighten(bounds)


def tighten(bounds: Sequence[float]) -> list[float]:
    """Let bounds of different sizes help each other; the first is of size 0.

    A plan of k posts without its least useful one still reaches (k - 1) / k of its residents, and
    a larger plan never reaches fewer.

    Examples
    --------
    >>> tighten([0.0, 60.0, 130.0, 125.0])
    [0.0, 60.0, 120.0, 125.0]
    """
    tight = list(bounds)
    for size in range(2, len(tight)):
        tight[size] = min(tight[size], tight[size - 1] * size / (size - 1))
    for size in range(len(tight) - 2, 0, -1):
        tight[size] = min(tight[size], tight[size + 1])
    return tight


def best_order(problem: Problem, sites: Sequence[int]) -> list[int]:
    """Order the sites of a plan so that the most residents are reached early on.

    The order has the largest sum, over the stages of building, of the residents within the
    cutoff. It is found over all subsets for up to 14 sites; beyond that the site that adds most
    comes next, which need not be the best order. Sites that add nobody come last, as given.

    Examples
    --------
    The first site reaches doors a and b, the second b and c, the third nobody.

    >>> import pandas as pd
    >>> from scipy import sparse
    >>> sees = sparse.csc_matrix([[True, False, False], [True, True, False], [False, True, False]])
    >>> nobody = np.zeros(3, dtype=bool)
    >>> town = Problem(sees, np.array([5.0, 20.0, 9.0]), nobody, pd.Index(["A", "B", "C"]))
    >>> best_order(town, [2, 0, 1])
    [1, 0, 2]
    """
    unserved = ~problem.served
    plan = problem.coverage[:, list(sites)].tocsr()[unserved]
    cover = presolve(plan, problem.residents[unserved], drop_dominated=False)
    if cover.sites.size > EXACT_ORDER_UP_TO:
        order = greedy(cover, (), cover.sites.size)
    else:
        order = _best_order_of_all(cover)
    useful = [sites[cover.sites[column]] for column in order]
    return useful + [site for site in sites if site not in useful]


def _best_order_of_all(cover: Cover) -> Plan:
    sites = cover.sites.size
    everything = 2**sites - 1
    seen_by = (cover.matrix @ (2 ** np.arange(sites))).astype(np.int64)
    within = np.bincount(seen_by, weights=cover.residents, minlength=everything + 1)
    for site in range(sites):  # now sum over subsets: residents whom only sites in the set reach
        halves = within.reshape(-1, 2, 2**site)
        halves[:, 1] += halves[:, 0]
    reached = (within[everything] - within[::-1]).tolist()  # `::-1` is the set of all other sites

    total, last = [0.0] * (everything + 1), [0] * (everything + 1)
    for chosen in range(1, everything + 1):
        before = ((total[chosen ^ 1 << s], s) for s in range(sites) if chosen >> s & 1)
        best, last[chosen] = max(before)
        total[chosen] = best + reached[chosen]
    order, chosen = [], everything
    while chosen:
        order.append(last[chosen])
        chosen ^= 1 << last[chosen]
    return tuple(reversed(order))
