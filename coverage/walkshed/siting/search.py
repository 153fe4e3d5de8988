"""A good plan and an upper bound, fast: greedy, swap, and a Lagrangian bound.

Plans are tuples of columns of a `Cover`. Nothing here is random, and ties go to the first site.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from .cover import Cover, Floats

Plan = tuple[int, ...]

ROUNDS = 300  # steps of the bound; it stalls before that when it cannot close
PATIENCE = 8  # steps without progress before the step length is cut
STEP_CUT = 0.7
SHORTEST_STEP = 1e-3
PROGRESS = 1e-6  # relative
ROUNDING = 1e-9  # relative; sums of residents are good to about 1e-12


def greedy(cover: Cover, start: Sequence[int], posts: int) -> Plan:
    """Add to a plan, one by one, the site that reaches most residents not yet reached."""
    plan = list(start)
    left = _not_reached(cover, plan)
    while len(plan) < posts:
        best, _ = _best_addition(cover, plan, left)
        plan.append(best)
        left[cover.reached_by(best)] = 0.0
    return tuple(plan)


def swap(cover: Cover, start: Sequence[int]) -> Plan:
    """Exchange one site of a plan for a better one, as long as there is one."""
    plan = list(start)
    value, position, since_change = cover.residents_within(plan), 0, 0
    while since_change < len(plan):
        rest = plan[:position] + plan[position + 1 :]
        left = _not_reached(cover, rest)
        best, gain = _best_addition(cover, rest, left)
        since_change += 1
        if cover.residents_within(rest) + gain > value * (1 + ROUNDING):
            plan[position] = best
            value, since_change = cover.residents_within(plan), 0
        position = (position + 1) % len(plan)
    return tuple(plan)


def _not_reached(cover: Cover, plan: Sequence[int]) -> Floats:
    return np.where(cover.times_reached(plan) > 0, 0.0, cover.residents)


def _best_addition(cover: Cover, plan: Sequence[int], left: Floats) -> tuple[int, float]:
    gains = cover.sum_by_site(left)
    gains[list(plan)] = -1.0
    best = int(gains.argmax())
    return best, float(gains[best])


@dataclass(frozen=True)
class Bounds:
    """What no plan of some size can pass.

    Attributes
    ----------
    upper
        No plan reaches more residents.
    by_site
        For each site: no plan with this site in it reaches more residents.
    price
        For each group, the share of its residents (0 to 1) credited to every site that reaches
        it: the multipliers that gave `upper`, a good start for plans of the next size.
    plan
        The best plan known, which may be better than the one given.
    """

    upper: float
    by_site: Floats
    price: Floats
    plan: Plan


def lagrangian_bound(cover: Cover, plan: Plan, price: Floats, *, deadline: float) -> Bounds:
    r"""Bound the residents that any plan as large as the given one can reach.

    Let every site that reaches group i be credited with the share v_i of its w_i residents, and
    count the other share as reached in any case. Then no plan of p sites reaches more than

    .. math:: L(v) = \sum_i w_i (1 - v_i) + \text{the } p \text{ largest } c_j,
              \quad c_j = \sum_{i \in j} v_i w_i

    for any v in 0..1, since every group the plan reaches is counted with w_i at least. A plan
    that must hold site j is bounded by L with c_j in place of the p-th largest. Subgradient
    steps lower v where several of the p best sites meet and raise it where none is [1]_.
    `deadline` is a time of `time.perf_counter`; one bound is computed even when it has passed.

    Parameters
    ----------
    plan
        A good plan of p sites, 1 or more, and fewer than there are sites.
    price
        Where to start v, one number per group; all 1 when nothing is known.

    References
    ----------
    .. [1] Galvão, R. D. and ReVelle, C. (1996). A Lagrangean heuristic for the maximal covering
       location problem. European Journal of Operational Research 88, 114-123.
    """
    posts, residents = len(plan), cover.residents
    value = cover.residents_within(plan)
    best, best_price, by_site = np.inf, price, np.full(cover.sites.size, np.inf)
    step, stalled = 1.0, 0
    for _ in range(ROUNDS):
        credit = cover.sum_by_site(residents * price)
        top = np.argsort(-credit, kind="stable")[:posts]
        upper = float((residents * (1 - price)).sum() + credit[top].sum())
        by_site = np.minimum(by_site, upper - np.maximum(credit[top[-1]] - credit, 0.0))
        stalled = 0 if upper < best * (1 - PROGRESS) else stalled + 1
        if upper < best:
            best, best_price = upper, price
        times = cover.times_reached(top.tolist())
        found = float(residents[times > 0].sum())
        if found > value * (1 + ROUNDING):
            plan = swap(cover, top.tolist())
            value = cover.residents_within(plan)
        if stalled > PATIENCE:
            step, stalled, price = step * STEP_CUT, 0, best_price
            continue
        # Where all of a group is credited, reaching it no time or once is as good.
        slope = np.where(price < 1, times - 1, np.maximum(times - 1, 0))
        length = float((residents * slope**2).sum())
        closed = best <= value * (1 + ROUNDING)
        if closed or length == 0 or step < SHORTEST_STEP or time.perf_counter() > deadline:
            break
        price = np.clip(price - step * (upper - value) / length * slope, 0.0, 1.0)
    return Bounds(best, by_site, best_price, plan)
