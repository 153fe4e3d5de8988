"""The best order of building the sites of one plan."""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from .problem import Floats, Ints, SitingProblem, Sparse

EXACT_ORDER_UP_TO = 14  # sites; 2^14 subsets are looked at


def best_order(problem: SitingProblem, standing: Sequence[int], sites: Sequence[int]) -> list[int]:
    """Order the sites of a plan so that the most residents are within the cutoff early on.

    The order has the largest sum, over the stages of building, of the residents within the
    cutoff. It is found over all subsets for up to 14 sites; beyond that the site that adds most
    comes next, which need not be the best order. Sites that add nobody come last, as given.

    Parameters
    ----------
    problem
        Doors and walks.
    standing
        Positions of posts that stand from the beginning.
    sites
        Positions of the sites to be ordered.

    Examples
    --------
    The first site reaches doors a and b, the second b and c, the third nobody.

    >>> import pandas as pd
    >>> from scipy import sparse
    >>> from walkshed.siting import problem_of_coverage
    >>> sees = sparse.csc_matrix([[True, False, False], [True, True, False], [False, True, False]])
    >>> people = pd.Series([5.0, 20.0, 9.0], index=["a", "b", "c"])
    >>> nobody = np.zeros(3, dtype=bool)
    >>> town = problem_of_coverage(sees, people, pd.Index(["A", "B", "C"]), covered=nobody)
    >>> best_order(town, [], [2, 0, 1])
    [1, 0, 2]
    """
    served = np.zeros(len(problem.residents), dtype=bool)
    served[problem.coverage(standing).indices] = True
    left = np.where(served, 0.0, problem.people)
    plan = problem.coverage(sites)
    useful = np.flatnonzero(plan.T.astype(float) @ left > 0)
    best = _best_order_of_all if useful.size <= EXACT_ORDER_UP_TO else _greedy_order
    order = [sites[useful[column]] for column in best(plan[:, useful].tocsc(), left)]
    return order + [site for site in sites if site not in order]


def _greedy_order(plan: Sparse, left: Floats) -> list[int]:
    order: list[int] = []
    left = left.copy()
    while len(order) < plan.shape[1]:
        gains = plan.T.astype(float) @ left
        gains[order] = -1.0
        order.append(int(gains.argmax()))
        start, stop = plan.indptr[order[-1] : order[-1] + 2]
        left[plan.indices[start:stop]] = 0.0
    return order


def _best_order_of_all(plan: Sparse, left: Floats) -> list[int]:
    sites = plan.shape[1]
    everything = 2**sites - 1
    reached = _reached_by_sets(plan, left).tolist()
    total, last = [0.0] * (everything + 1), [0] * (everything + 1)
    for chosen in range(1, everything + 1):
        before = ((total[chosen ^ 1 << site], site) for site in range(sites) if chosen >> site & 1)
        best, last[chosen] = max(before)
        total[chosen] = best + reached[chosen]
    order, chosen = [], everything
    while chosen:
        order.append(last[chosen])
        chosen ^= 1 << last[chosen]
    return order[::-1]


def _reached_by_sets(plan: Sparse, left: Floats) -> Floats:
    """Residents reached by each set of sites, sets as bits; the order of doors changes nothing."""
    sites = plan.shape[1]
    seen_by: Ints = plan.astype(np.int64) @ (2 ** np.arange(sites))
    by_set = np.argsort(seen_by, kind="stable")
    starts = np.searchsorted(seen_by[by_set], np.arange(2**sites + 1))
    within = np.array([math.fsum(left[by_set[a:b]]) for a, b in pairwise(starts)])
    for site in range(sites):  # sum over subsets: residents whom only sites in the set reach
        halves = within.reshape(-1, 2, 2**site)
        halves[:, 1] += halves[:, 0]
    reached: Floats = within[-1] - within[::-1]  # `::-1` is the set of all other sites
    return reached
