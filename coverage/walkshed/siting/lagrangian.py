"""A bound on what any choice can be worth under rows, and which sites a better one can hold."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from .problem import Floats, Ints
from .reduced import Reduced
from .row_prices import Pricer, row_pricer

PATIENCE = 10  # steps without progress before the step length is cut
STEP_CUT = 0.6
PROGRESS = 1e-3  # of the gap
BETWEEN = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
MEMORY = 0.3  # weight of the newest slope


@dataclass(frozen=True, eq=False)
class Bound:
    """What is known after some steps.

    Attributes
    ----------
    upper
        No choice that keeps to the rows is worth more; -inf if none keeps to them.
    prices
        Of each group of doors, with which `upper` was found.
    if_open, if_closed
        For each site: no choice with it, or without it, is worth more.
    share
        Mean share of each site over the steps: about what a relaxed best choice holds.
    """

    upper: float
    prices: Floats
    if_open: Floats
    if_closed: Floats
    share: Floats


def descent(
    question: Reduced, prices: Floats, value: float, *, steps: int, first: float, shortest: float
) -> Iterator[Bound]:
    r"""Bound the worth of any choice that keeps to the rows, closer with each step.

    Every group i of doors that is reached beyond u_i is paid for beyond it; u_i itself counts in
    any case. With prices y of the rows too, no choice is worth more than

    .. math:: L(u, y) = \sum_i u_i + y b + \sum_j \max(0, c_j - y a_j),
              \quad c_j = \sum_i \max(0, B_{ij} - u_i)

    for any u at least 0 and any y of the right sign, whatever the program that proposed y. A
    choice that must hold a site with c_j < y a_j is bounded by as much less, one that must not
    hold a site with c_j > y a_j likewise. Subgradient steps with a memory of the slope [1]_ move
    u, a linear program over the sites finds y.

    Parameters
    ----------
    prices
        Where u begins.
    value
        Worth of the best plan known; the descent ends when the bound is down to it.
    steps
        How many at most.
    first, shortest
        Relative step length at first, and the one at which the descent ends.

    References
    ----------
    .. [1] Camerini, P., Fratta, L. and Maffioli, F. (1975). On improving relaxation methods by
       modified gradient techniques. Mathematical Programming Study 3, 26-34.
    """
    pricer, sites = row_pricer(question.rows), question.columns.size
    u, slope, stalled, step = prices, np.ones(prices.size), 0, first
    unknown = np.full(sites, np.inf)
    best, weight = Bound(np.inf, u, unknown, unknown, np.zeros(sites)), 0.0
    for number in range(steps):
        found = _one(question, pricer, u)
        if found is None:
            yield replace(best, upper=-np.inf)
            return
        upper, share, reduced = found
        stalled = 0 if upper < best.upper - PROGRESS * max(best.upper - value, 0.0) else stalled + 1
        best = Bound(
            *((upper, u) if upper < best.upper else (best.upper, best.prices)),
            np.minimum(best.if_open, upper + np.minimum(reduced, 0.0)),
            np.minimum(best.if_closed, upper - np.maximum(reduced, 0.0)),
            best.share,
        )
        yield best
        now = _slope(question, u, share)
        slope = MEMORY * now + (1 - MEMORY) * slope if number else now
        if stalled > PATIENCE:
            step, stalled, u = step * STEP_CUT, 0, best.prices
        moves = np.where((u <= 0) & (slope > 0) | (u >= question.top) & (slope < 0), 0.0, slope)
        length = float((moves * moves * question.top).sum())
        if step < shortest or length == 0:
            return
        size = step * max(upper - value, 0.0) / length
        u = np.clip(u - size * question.top * moves, 0.0, question.top)
        weight += size
        part = size / weight if weight > 0 else 1.0
        best = replace(best, share=best.share + part * (share - best.share))


def first_prices(question: Reduced, plan: Ints) -> Floats:
    """Find prices to begin with: those that fit a good plan, and others as well as may be.

    With prices anywhere from what the second best site of a plan gives to what the best does, the
    plan itself is worth what it is; the best of a few such prices is taken.
    """
    best, second = np.zeros(question.top.size), np.zeros(question.top.size)
    for site in plan:
        start, stop = question.by_site.indptr[site : site + 2]
        doors, gain = question.by_site.indices[start:stop], question.by_site.data[start:stop]
        second[doors] = np.maximum(second[doors], np.minimum(best[doors], gain))
        best[doors] = np.maximum(best[doors], gain)
    pricer = row_pricer(question.rows)
    prices = [second + part * (best - second) for part in BETWEEN]
    found = [_one(question, pricer, u) for u in prices]
    uppers = [np.inf if one is None else one[0] for one in found]
    return prices[int(np.argmin(uppers))]


def _one(question: Reduced, pricer: Pricer, u: Floats) -> tuple[float, Floats, Floats] | None:
    """Give the bound of some prices, the shares of sites that make it, and what sites earn."""
    credit = question.beyond(u)
    found = pricer(credit)
    if found is None:
        return None
    reduced = credit - found.by_site
    upper = question.worth + u.sum() + found.constant + np.maximum(reduced, 0.0).sum()
    return float(upper), found.share, reduced


def _slope(question: Reduced, u: Floats, share: Floats) -> Floats:
    """Give, for each group, 1 less the shares that reach it beyond its price."""
    slope, table = np.ones(u.size), question.by_site
    for site in np.flatnonzero(share > 0):
        start, stop = table.indptr[site : site + 2]
        doors = table.indices[start:stop]
        slope[doors[table.data[start:stop] > u[doors]]] -= share[site]
    return slope
