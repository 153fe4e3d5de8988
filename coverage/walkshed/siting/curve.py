"""The best plan of every size, and the best order of building one plan."""

import time
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy import sparse

from .benefit import Benefit, Plan, presolve
from .exact import Solved, Tell, best_plan
from .problem import Problem
from .search import greedy

EXACT_ORDER_UP_TO = 14  # sites; 2^14 subsets are looked at


def best_plans(
    benefit: Benefit, posts: int, *, deadline: float, seed: int = 0, tell: Tell | None = None
) -> list[Solved]:
    """Find the best plan of each size 0, 1, .. `posts`, and what no plan of that size can pass.

    Each size starts from the plan and the prices of the size before, and has an even share of the
    time left. A plan of as many posts as there are useful sites takes them all, and so do all
    larger ones, which stay that short. `tell` hears of one size after the other.
    """
    solved = [Solved((), 0.0, 0.0, np.zeros(benefit.groups))]
    for size in range(1, posts + 1):
        now = time.perf_counter()
        solved.append(
            best_plan(
                benefit,
                size,
                start=solved[-1].plan,
                price=solved[-1].price,
                deadline=now + max(0.0, deadline - now) / (posts - size + 1),
                seed=seed,
                tell=tell,
            )
        )
    bounds = tighten([each.bound for each in solved])
    return [
        replace(each, bound=max(each.objective, bound))
        for each, bound in zip(solved, bounds, strict=True)
    ]


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
    people = sparse.diags_array(problem.residents[unserved])
    benefit = presolve(
        people @ problem.coverage[:, list(sites)].tocsr()[unserved], drop_dominated=False
    )
    if benefit.sites.size > EXACT_ORDER_UP_TO:
        order = greedy(benefit, (), benefit.sites.size)
    else:
        order = _best_order_of_all(benefit)
    useful = [sites[benefit.sites[column]] for column in order]
    return useful + [site for site in sites if site not in useful]


def _best_order_of_all(benefit: Benefit) -> Plan:
    sites = benefit.sites.size
    everything = 2**sites - 1
    worth = _worth_of_all_subsets(benefit)

    total, last = [0.0] * (everything + 1), [0] * (everything + 1)
    for chosen in range(1, everything + 1):
        before = ((total[chosen ^ 1 << s], s) for s in range(sites) if chosen >> s & 1)
        best, last[chosen] = max(before)
        total[chosen] = best + worth[chosen]
    order, chosen = [], everything
    while chosen:
        order.append(last[chosen])
        chosen ^= 1 << last[chosen]
    return tuple(reversed(order))


def _worth_of_all_subsets(benefit: Benefit) -> list[float]:
    """Tell what every subset of sites is worth; site j is bit j of a subset's number.

    With its k best sites a group gains, over what the next one would give, something that any of
    those k brings, and only subsets without all k miss.
    """
    begin, site, gives = benefit.rows
    sites, is_last = benefit.sites.size, np.zeros(site.size, dtype=bool)
    is_last[begin[1:] - 1] = True
    gains = gives - np.where(is_last, 0.0, np.append(gives[1:], 0.0))
    bits = np.cumsum(2 ** site.astype(np.int64))
    bits -= np.repeat(np.append(0, bits)[begin[:-1]], np.diff(begin))
    missed = np.bincount(bits, weights=gains, minlength=2**sites)
    for one in range(sites):  # now sum over subsets
        halves = missed.reshape(-1, 2, 2**one)
        halves[:, 1] += halves[:, 0]
    worth: list[float] = (missed[-1] - missed[::-1]).tolist()  # `::-1` is the set of all others
    return worth
