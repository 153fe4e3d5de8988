"""Good plans that keep to the rows, fast: add the best, then take one or two out and fill again.

As `greedy`, but of a `Reduced` question: gains of all sites come from one kernel, and rows may be
broken at first and mended. `search` does the same where only counts matter, with no rows to check.
"""

from collections.abc import Iterator

import numpy as np

from .problem import Bools, Floats, Ints
from .reduced import Reduced, Rows

NEARLY_FREE = 1e3  # what costs nothing is taken to cost this part of the dearest
BETTER = 1e-9  # relative; sums are good to about 1e-12


def worth_of(question: Reduced, plan: Ints) -> float:
    """Sum what a plan gives, with what is open anyway."""
    return question.worth + float(question.best_of(plan).sum())


def may_open(rows: Rows, is_open: Bools) -> Bools:
    """Tell which one site more leaves all rows kept."""
    value, slack = rows.matrix @ is_open.astype(float), rows.slack
    lower, upper = rows.lower - slack, rows.upper + slack
    broken = (value < lower) | (value > upper)
    row = rows.entry_row
    after = value[row] + rows.matrix.data
    wrong = (after < lower[row]) | (after > upper[row])
    sites = is_open.size
    harmed = np.bincount(rows.matrix.indices[wrong], minlength=sites) > 0
    mended = np.bincount(rows.matrix.indices[broken[row]], minlength=sites)
    found: Bools = ~is_open & ~harmed & (mended == np.count_nonzero(broken))
    return found


def mended(rows: Rows, is_open: Bools, closed: Bools) -> Bools:
    """Open sites one by one, each the one that leaves least broken, as long as that helps."""
    is_open = is_open.copy()
    row, site, entry = rows.entry_row, rows.matrix.indices, rows.matrix.data

    def broken(value: Floats, row: Ints) -> Floats:
        return np.maximum(np.maximum(rows.lower[row] - value, value - rows.upper[row]), 0.0)

    while not rows.hold(is_open):
        value = rows.matrix @ is_open.astype(float)
        change = broken(value[row] + entry, row) - broken(value[row], row)
        by_site = np.bincount(site, change, is_open.size)
        by_site[is_open | closed] = np.inf
        best = int(by_site.argmin())
        if by_site[best] >= 0:
            break
        is_open[best] = True
    return is_open


def filled(question: Reduced, plan: Ints, cost: Floats, barred: Bools | None = None) -> Ints:
    """Add, one by one, the site of most gain for its cost that the rows allow.

    Parameters
    ----------
    cost
        Above 0, by site; all 1 for the most gain whatever the cost.
    barred
        Sites that are not to be added.
    """
    is_open = np.zeros(question.columns.size, dtype=bool)
    is_open[plan] = True
    while True:
        allowed = may_open(question.rows, is_open)
        if barred is not None:
            allowed &= ~barred
        if not allowed.any():
            return np.flatnonzero(is_open)
        gain = question.beyond(question.best_of(np.flatnonzero(is_open)))
        repairs = not question.rows.hold(is_open)
        if not repairs and gain[allowed].max() <= 0:
            return np.flatnonzero(is_open)
        rate = np.where(allowed, gain / cost, -1.0)
        is_open[int(rate.argmax())] = True


def costs_of(rows: Rows) -> list[Floats]:
    """List the costs by which gains can be weighed: none, and each row that costs differ in."""
    sites = rows.matrix.shape[1]
    row, upwards = rows.entry_row, rows.matrix.maximum(0.0)
    value = np.maximum(rows.matrix.data, 0.0)
    most, count = np.zeros(rows.lower.size), np.bincount(row, value > 0, rows.lower.size)
    np.maximum.at(most, row, value)
    differs = np.bincount(row, value, rows.lower.size) < most * count * (1 - BETTER)
    costs = upwards[differs & np.isfinite(rows.upper)].toarray()
    if not costs.size:
        return [np.ones(sites)]
    return [np.ones(sites), *np.maximum(costs, costs.max(axis=1, keepdims=True) / NEARLY_FREE)]


def swapped(question: Reduced, plan: Ints) -> Iterator[Ints]:
    """Improve a plan that keeps to the rows: yield it again and again, better where possible.

    Each site in turn is taken out and the plan filled again, until none helps.
    """
    costs = costs_of(question.rows)
    yield plan
    turn, in_vain = 0, 0
    while in_vain < plan.size:
        found = _refilled(question, plan, plan[[turn % plan.size]], costs)
        turn, in_vain = turn + 1, in_vain + 1
        if found is not None and _is_better(question, found, plan):
            plan, in_vain = found, 0
        yield plan


def shaken(question: Reduced, plan: Ints, seed: int, rounds: int) -> Iterator[Ints]:
    """Improve a plan as `swapped` does, and by taking out two sites at random now and then."""
    rng = np.random.default_rng(seed)
    costs = costs_of(question.rows)
    yield plan
    left = rounds if plan.size else 0
    while left:
        left -= 1
        out = rng.choice(plan, size=min(2, plan.size), replace=False)
        found = _refilled(question, plan, out, costs)
        yield plan
        if found is None:
            continue
        for other in swapped(question, found):
            if _is_better(question, other, plan):
                plan, left = other, rounds
            yield plan


def _is_better(question: Reduced, plan: Ints, than: Ints) -> bool:
    return worth_of(question, plan) > worth_of(question, than) * (1 + BETTER)


def _refilled(question: Reduced, plan: Ints, out: Ints, costs: list[Floats]) -> Ints | None:
    """Take sites out and fill again, by each cost; the best that keeps to the rows.

    The first of them may not come back.
    """
    barred = np.arange(question.columns.size) == out[0]
    rest = plan[~np.isin(plan, out)]
    best, most = None, -np.inf
    for cost in costs:
        found = filled(question, rest, cost, barred)
        if question.rows.hold(np.isin(np.arange(barred.size), found)):
            worth = worth_of(question, found)
            if worth > most:
                best, most = found, worth
    return best
