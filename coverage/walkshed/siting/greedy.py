"""Good plans in little time, with no proof: greedy choice, then swaps, under all rules.

For models whose worth is any function of the open sites (second posts, capacities,
neighbourhoods, shares). Where it is a sum of best gains, kernels tell all gains at once: `search`
where only counts matter, `repair` under rows that may also ask for at least so many.
`greedy_cover` serves programs of which rules are dropped by name.
"""

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from .clock import first_by, now_s
from .problem import Bools, Floats
from .rules import COST_TOLERANCE, SideRows

Appraisal: TypeAlias = Callable[[Bools], tuple[float, Floats]]
"""Of a set of open sites: its worth, and what it would be with each site added, by column."""

BETTER = 1e-9  # relative; less is rounding


def greedy_choice(
    rows: SideRows, may_build: Bools, appraise: Appraisal, *, deadline: float
) -> tuple[Bools | None, bool]:
    """Add the best site while one fits and helps, then swap sites for better ones.

    With a budget the same is done by worth for money, and the better of the two is kept. A post
    that may be closed is, where the room it leaves is worth more to a new one.

    Parameters
    ----------
    rows
        The rules.
    may_build
        Which columns are new sites; all others are posts that may be closed.
    appraise
        Worth of a set, and with each site added.
    deadline
        A time of `time.perf_counter`; the choice made by then, or in a second, is handed back.

    Returns
    -------
    tuple
        Which columns are open, None where no start that keeps to the rules was found; and whether
        the user stopped the search.

    Examples
    --------
    Worth 3, 2 and 2, and the first two are in one group, of which one may be chosen.

    >>> from scipy import sparse
    >>> rows = SideRows(
    ...     columns=np.arange(3), matrix=sparse.csr_array([[1.0, 1.0, 1.0], [1.0, 1.0, 0.0]]),
    ...     lower=np.full(2, -np.inf), upper=np.array([2.0, 1.0]),
    ...     must_open=np.zeros(3, dtype=bool), names=("new_posts", "group"),
    ... )
    >>> worth = np.array([3.0, 2.0, 2.0])
    >>> def appraise(is_open):
    ...     return worth[is_open].sum(), worth[is_open].sum() + np.where(is_open, 0.0, worth)
    >>> is_open, interrupted = greedy_choice(
    ...     rows, np.ones(3, dtype=bool), appraise, deadline=np.inf
    ... )
    >>> is_open.tolist(), interrupted
    ([True, False, True], False)
    """
    first = _first(rows, may_build, appraise)
    if first is None:
        return None, False
    prices = [np.ones(first.size)]
    if rows.budget_row is not None:
        prices.append(above_zero(rows.matrix[[rows.budget_row]].toarray().ravel()))
    best, most = first, appraise(first)[0]
    try:
        for price in prices:
            grown = filled_up(rows, appraise, first, price, deadline=first_by(deadline))
            chosen = _swapped(rows, appraise, grown, price, deadline)
            worth = appraise(chosen)[0]
            if worth > most:
                best, most = chosen, worth
    except KeyboardInterrupt:
        return best, True
    return best, False


def filled_up(
    rows: SideRows, appraise: Appraisal, first: Bools, price: Floats, *, deadline: float
) -> Bools:
    """Add to the open columns the one that adds most for its price, while one fits and helps."""
    is_open = first.copy()
    while now_s() < deadline and (fits := fitting(rows, is_open)).any():
        now, values = appraise(is_open)
        gain = np.where(fits, values - now, 0.0)
        site = int((gain / price).argmax())
        if gain[site] <= BETTER * max(1.0, abs(now)):
            break
        is_open[site] = True
    return is_open


def fitting(rows: SideRows, is_open: Bools) -> Bools:
    """Tell which closed sites could be opened beside the open ones, by the rules."""
    slack = rows.upper - rows.matrix @ is_open.astype(float)
    entries = rows.matrix.tocoo()
    row, column = entries.coords
    fits = ~is_open
    fits[column[entries.data > slack[row] + COST_TOLERANCE]] = False
    return fits


def _first(rows: SideRows, may_build: Bools, appraise: Appraisal) -> Bools | None:
    """Open what is required, and close posts, the least missed first, if that takes the room."""
    is_open = rows.must_open | ~may_build
    for _ in range(rows.closings):
        if keeps_to(rows, is_open):
            break
        nearly = [
            is_open & (np.arange(is_open.size) != post)
            for post in np.flatnonzero(is_open & ~may_build)
        ]
        is_open = max(nearly, key=lambda some: appraise(some)[0])
    return is_open if keeps_to(rows, is_open) else None


def _swapped(
    rows: SideRows,
    appraise: Appraisal,
    is_open: Bools,
    price: Floats,
    deadline: float,
) -> Bools:
    """Take each site out in turn, or post that may be closed, and fill up, while that helps."""
    best, worth = is_open, appraise(is_open)[0]
    pending = np.flatnonzero(best & ~rows.must_open).tolist()
    while pending and now_s() < deadline:
        without = best.copy()
        without[pending.pop(0)] = False
        if not keeps_to(rows, without):
            continue  # no more posts may be closed
        changed = filled_up(rows, appraise, without, price, deadline=deadline)
        value = appraise(changed)[0]
        if value > worth + BETTER * max(1.0, abs(worth)):
            best, worth = changed, value
            pending = np.flatnonzero(best & ~rows.must_open).tolist()
    return best


def above_zero(cost: Floats) -> Floats:
    """Give a small price to what costs nothing, so that worth can be told per price."""
    raised: Floats = np.maximum(cost, 1e-6 * max(1.0, cost.max(initial=0.0)))
    return raised


def keeps_to(rows: SideRows, is_open: Bools) -> bool:
    """Tell whether a set of open columns keeps to all rows, but for what it must hold."""
    value = rows.matrix @ is_open.astype(float)
    low, high = rows.lower - COST_TOLERANCE, rows.upper + COST_TOLERANCE
    return bool(((value >= low) & (value <= high)).all())
