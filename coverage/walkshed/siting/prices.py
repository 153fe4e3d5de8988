"""Bounds by prices: a bound that holds for large problems where no program can be solved.

Lagrangian relaxation [1]_: what ties sites to doors is taken out of the rules and paid for, each
door at its own price. What is left falls apart into doors, and sites that are chosen by what they
earn. Whatever the prices, the sum of both is a bound; prices are moved so that it falls.

Any model brings its own relaxation here; of the rules only the number of posts and the budget are
kept, each alone. Where worth is a sum of best gains, `lagrangian` keeps all rows by a linear
program and tells more, which pays as its bound is asked for again in every part of the question.

References
----------
.. [1] Galvão, R. D. and ReVelle, C. (1996). A Lagrangean heuristic for the maximal covering
   location problem. European Journal of Operational Research 88, 114-123.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np

from .clock import now_s
from .problem import Bools, Floats
from .rules import SideRows

PRICED_FROM = 20_000  # pairs of doors and sites; smaller programs are proven without prices
ROUNDS = 400
PATIENCE = 12  # rounds without a better bound before steps are halved
SMALLEST_STEP = 0.005


@dataclass(frozen=True, eq=False)
class Relaxed:
    """The relaxed question at some prices.

    Attributes
    ----------
    of_doors
        What doors are worth at these prices.
    of_sites
        What each column earns at these prices, 0 or more.
    slope
        How the sum of both changes with the prices when these (shares of) columns are chosen.
    """

    of_doors: float
    of_sites: Floats
    slope: Callable[[Floats], Floats]


Relax: TypeAlias = Callable[[Floats], Relaxed]


@dataclass(frozen=True, eq=False)
class PriceBound:
    """The lowest bound found.

    Attributes
    ----------
    bound
        No choice is worth more.
    out, inside
        Columns that no choice better than the known one holds, and that all better ones do.
    interrupted
        Whether the user stopped the search.
    """

    bound: float
    out: Bools
    inside: Bools
    interrupted: bool = False


def no_prices(side: SideRows, most: float = np.inf) -> PriceBound:
    """Know a bound from elsewhere, and nothing about columns."""
    nothing = np.zeros(side.columns.size, dtype=bool)
    return PriceBound(most, nothing, nothing)


def price_bound(
    pairs: int,
    relax: Relax,
    first: Floats,
    rows: SideRows,
    may_build: Bools,
    *,
    known: float,
    most: float,
    project: Callable[[Floats], Floats],
    deadline: float,
    stopped: bool,
) -> PriceBound:
    """Lower the bound by moving prices against the slope (subgradient method, Polyak's steps).

    Parameters
    ----------
    pairs
        How many pairs of doors and sites the question has; where they are few, nothing is done.
    relax
        The relaxed question at given prices.
    first
        Prices to begin with.
    rows, may_build
        The rules; of them the number of posts, the budget, and what is required are kept.
    known
        Worth of a known choice, at which steps aim.
    most
        A bound known without prices.
    project
        The nearest prices that are allowed.
    deadline
        A time of `time.perf_counter`.
    stopped
        Whether the user has stopped the search before; then nothing is done.
    """
    found, prices = no_prices(rows, most), first
    step, waiting = 1.0, 0
    if stopped or pairs < PRICED_FROM:
        return replace(found, interrupted=stopped)
    try:
        for _ in range(ROUNDS):
            if now_s() >= deadline or step < SMALLEST_STEP or found.bound <= known:
                break
            relaxed = relax(prices)
            earned, chosen = most_earned(relaxed.of_sites, rows, may_build)
            value = relaxed.of_doors + earned
            waiting = 0 if value < found.bound - 1e-6 * abs(found.bound) else waiting + 1
            found = _sharpened(found, value, relaxed.of_sites, rows, may_build, known)
            if waiting >= PATIENCE:
                step, waiting = step / 2, 0
            slope = relaxed.slope(chosen)
            steep = float(slope @ slope)
            if steep == 0:
                break
            prices = project(prices - step * max(value - known, 0.0) / steep * slope)
    except KeyboardInterrupt:
        return replace(found, interrupted=True)
    return found


def most_earned(earns: Floats, rows: SideRows, may_build: Bools) -> tuple[float, Floats]:
    """Bound what columns can earn together by the number of posts and by the budget.

    Returns
    -------
    tuple
        The bound, and the share of each column that reaches it.

    Examples
    --------
    Two of three posts earn 9 + 5; but with 4 to spend, at prices of 4, 1 and 2, the second is
    bought first, and three quarters of the first for what is left.

    >>> from scipy import sparse
    >>> rows = SideRows(
    ...     columns=np.arange(3), matrix=sparse.csr_array([[1.0, 1.0, 1.0], [4.0, 1.0, 2.0]]),
    ...     lower=np.full(2, -np.inf), upper=np.array([2.0, 4.0]),
    ...     must_open=np.zeros(3, dtype=bool), names=("new_posts", "budget"),
    ...     posts_row=0, budget_row=1,
    ... )
    >>> most_earned(np.array([9.0, 5.0, 4.0]), rows, np.ones(3, dtype=bool))
    (11.75, array([0.75, 1.  , 0.  ]))
    """
    certain = rows.must_open | ~may_build
    free = ~certain & (earns > 0)
    best = certain.astype(float) + free
    for row in (rows.posts_row, rows.budget_row):
        if row is None:
            continue
        price = rows.matrix[[row]].toarray().ravel()
        left = float(rows.upper[row] - price[certain].sum())
        left += rows.closings if row == rows.posts_row else 0  # each allows one more to be built
        chosen = certain + _knapsack(earns, np.where(free, price, np.inf), max(left, 0.0))
        if chosen @ earns < best @ earns:
            best = chosen
    return float(best @ earns), best


def _knapsack(earns: Floats, price: Floats, room: float) -> Floats:
    """Fill the room with the best earnings for the price; the last may be taken in part."""
    with np.errstate(divide="ignore"):
        rate = np.where(np.isfinite(price), earns / price, -1.0)
    order = np.argsort(-rate, kind="stable")[: int(np.isfinite(price).sum())]
    before = np.cumsum(price[order]) - price[order]
    share = np.zeros(earns.size)
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.where(price[order] > 0, (room - before) / price[order], 1.0)
    share[order] = np.clip(part, 0.0, 1.0)
    return share


def _sharpened(
    found: PriceBound,
    value: float,
    earns: Floats,
    rows: SideRows,
    may_build: Bools,
    known: float,
) -> PriceBound:
    """Take up a bound, and what it says about single columns.

    With p posts to choose, holding a column below the p best costs it the difference to the
    p-th; leaving out one of the p best costs its difference to the next.
    """
    found = replace(found, bound=min(found.bound, max(value, known)))
    free = np.flatnonzero(may_build & ~rows.must_open)
    if rows.posts_row is None:
        return found
    standing = (rows.must_open | ~may_build).sum()
    posts = int(rows.upper[rows.posts_row] - standing) + rows.closings
    if not 0 < posts < free.size:
        return found
    ranked = -np.sort(-earns[free])
    by_count = float(ranked[:posts].sum() + earns[rows.must_open | ~may_build].sum())
    top = value - most_earned(earns, rows, may_build)[0] + by_count
    aim = known + 1e-9 * abs(known)
    out, inside = found.out.copy(), found.inside.copy()
    out[free] |= top - np.maximum(ranked[posts - 1] - earns[free], 0.0) < aim
    inside[free] |= top - np.maximum(earns[free] - ranked[posts], 0.0) < aim
    return replace(found, out=out, inside=inside)
