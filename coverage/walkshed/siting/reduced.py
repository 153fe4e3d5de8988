"""A question of most worth under rows, made as small as it can be without changing its answer.

Doors that gain alike are merged, sites that are settled are taken out, and what is open in any
case is counted once and for all.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy import sparse

from .problem import Bools, Floats, Ints, Sparse

ROW_TOLERANCE = 1e-12  # relative: rounding only, rules bring the slack of sums of money


@dataclass(frozen=True, eq=False)
class Rows:
    """Rows that a choice of sites must keep to: `lower <= matrix @ open <= upper`.

    Attributes
    ----------
    matrix
        Sparse by rows, one column for each site.
    lower, upper
        Limits of each row; infinite where there is none.
    """

    matrix: Sparse
    lower: Floats
    upper: Floats

    @cached_property
    def entry_row(self) -> Ints:
        """Row of each entry of the matrix."""
        return np.repeat(np.arange(self.lower.size), np.diff(self.matrix.indptr))

    @cached_property
    def slack(self) -> Floats:
        """By how much each row may be off."""
        limit = np.where(np.isfinite(self.upper), self.upper, self.lower)
        return ROW_TOLERANCE * np.maximum(1.0, np.abs(np.where(np.isfinite(limit), limit, 0.0)))

    def hold(self, is_open: Bools) -> bool:
        """Tell whether a choice keeps to all rows."""
        value, slack = self.matrix @ is_open.astype(float), self.slack
        return bool(((value >= self.lower - slack) & (value <= self.upper + slack)).all())

    def without(self, settled: Bools, opened: Bools) -> "Rows":
        """Take out settled sites, some of them open; rows that say nothing any more are left out.

        A row without sites that does not hold stays.
        """
        value = self.matrix @ opened.astype(float)
        rest = Rows(self.matrix[:, ~settled], self.lower - value, self.upper - value)
        least, most = rest.reach()
        slack = self.slack
        speaks = (least < rest.lower - slack) | (most > rest.upper + slack)
        return Rows(rest.matrix[speaks], rest.lower[speaks], rest.upper[speaks])

    def reach(self) -> tuple[Floats, Floats]:
        """Give the least and the most each row can come to."""
        ones = np.ones(self.matrix.shape[1])
        return self.matrix.minimum(0.0) @ ones, self.matrix.maximum(0.0) @ ones


@dataclass(frozen=True, eq=False)
class Reduced:
    """What is left of a question.

    Attributes
    ----------
    by_door
        What each site gives to each group of doors, sparse by rows, the best site first.
    by_site
        The same, sparse by columns.
    top
        What the best site gives, by group.
    rows
        What a choice must keep to.
    columns
        The column of the whole question, by site.
    opened
        Columns of the whole question that are open in any case.
    worth
        What these give.
    """

    by_door: Sparse
    by_site: Sparse
    top: Floats
    rows: Rows
    columns: Ints
    opened: Ints
    worth: float

    def best_of(self, plan: Ints) -> Floats:
        """Give what each group gains by its best site of a plan, beyond what is open anyway."""
        return best_of(self.by_site, plan)

    def beyond(self, base: Floats) -> Floats:
        """Sum, for each site, what it gives to each group beyond a base."""
        from . import _kernels

        total, table = np.empty(self.columns.size), self.by_door
        _kernels.sum_above(table.indptr, table.indices, table.data, base, total)
        return total

    def whole_plan(self, plan: Ints) -> tuple[int, ...]:
        """Name a plan by the columns of the whole question, with what is open anyway."""
        return tuple(sorted([*self.columns[plan].tolist(), *self.opened.tolist()]))


def best_of(by_site: Sparse, plan: Ints) -> Floats:
    """Give what each door gains by its best site of a plan."""
    base = np.zeros(by_site.shape[0])
    for site in plan:
        start, stop = by_site.indptr[site : site + 2]
        doors = by_site.indices[start:stop]
        base[doors] = np.maximum(base[doors], by_site.data[start:stop])
    return base


def whole(gains: Sparse, rows: Rows, closed: Bools, opened: Bools) -> Reduced:
    """Put a question in the form of `Reduced`; the sites that are closed or open must be settled.

    Equal doors are merged, and the order of doors changes nothing.
    """
    columns = np.arange(rows.matrix.shape[1])
    return _smaller(sparse.csc_array(gains), rows, columns, closed, opened)[0]


def restrict(
    question: Reduced, closed: Bools, opened: Bools, prices: Floats
) -> tuple[Reduced, Floats] | None:
    """Settle some sites, and all that the rows settle then; None if no choice keeps to the rows.

    `prices` has a number for each group of doors, at least 0; what it becomes is returned too.
    """
    settled = settle(question.rows, closed, opened)
    if settled is None:
        return None
    if not (settled[0] | settled[1]).any():
        return question, prices
    smaller, base, group = _smaller(question.by_site, question.rows, question.columns, *settled)
    left = np.bincount(
        group[group >= 0],
        weights=np.maximum(prices - base, 0.0)[group >= 0],
        minlength=smaller.top.size,
    )
    opened_before = np.r_[question.opened, smaller.opened]
    whole_worth = question.worth + smaller.worth
    return (
        replace(smaller, opened=opened_before, worth=whole_worth),
        np.minimum(left, smaller.top),
    )


def _smaller(
    by_site: Sparse, rows: Rows, columns: Ints, closed: Bools, opened: Bools
) -> tuple[Reduced, Floats, Ints]:
    """Take out settled sites; also give what each door has by the open ones, and its new group."""
    gone = closed | opened
    base = best_of(by_site, np.flatnonzero(opened))
    some = by_site[:, ~gone]
    beyond = sparse.csc_array(
        (np.maximum(some.data - base[some.indices], 0.0), some.indices, some.indptr),
        shape=some.shape,
    )
    beyond.eliminate_zeros()
    table, top, group = _merged(beyond)
    smaller = Reduced(
        *_both_ways(table),
        top,
        rows.without(gone, opened),
        columns[~gone],
        columns[opened],
        float(base.sum()),
    )
    return smaller, base, group


def settle(rows: Rows, closed: Bools, opened: Bools) -> tuple[Bools, Bools] | None:
    """Find the sites that must be open or closed by the rows; None if no choice keeps to them."""
    closed, opened = closed.copy(), opened.copy()
    row, site, value = rows.entry_row, rows.matrix.indices, rows.matrix.data
    slack = rows.slack
    while True:
        if (closed & opened).any():
            return None
        least = np.where(value < 0, value, 0.0)
        most = np.where(value > 0, value, 0.0)
        fixed = closed[site] | opened[site]
        held = np.where(opened[site], value, 0.0)
        least, most = np.where(fixed, held, least), np.where(fixed, held, most)
        low = np.bincount(row, weights=least, minlength=rows.lower.size)
        high = np.bincount(row, weights=most, minlength=rows.lower.size)
        if ((low > rows.upper + slack) | (high < rows.lower - slack)).any():
            return None
        size = np.where(fixed, 0.0, np.abs(value))
        too_much = low[row] + size > (rows.upper + slack)[row]
        too_little = high[row] - size < (rows.lower - slack)[row]
        shut = site[~fixed & ((too_much & (value > 0)) | (too_little & (value < 0)))]
        need = site[~fixed & ((too_much & (value < 0)) | (too_little & (value > 0)))]
        if not (shut.size or need.size):
            return closed, opened
        closed[shut] = True
        opened[need] = True


def never_harms(rows: Rows) -> Bools:
    """Tell the sites that can be opened in any plan without a row being broken by it."""
    return _free(rows, 1.0)


def never_missed(rows: Rows) -> Bools:
    """Tell the sites that can be left out of any plan without a row being broken by it."""
    return _free(rows, -1.0)


def _free(rows: Rows, sign: float) -> Bools:
    row, site, value = rows.entry_row, rows.matrix.indices, sign * rows.matrix.data
    bad = ((value > 0) & np.isfinite(rows.upper[row])) | (
        (value < 0) & np.isfinite(rows.lower[row])
    )
    free = np.ones(rows.matrix.shape[1], dtype=bool)
    free[site[bad]] = False
    return free


def _both_ways(table: Sparse) -> tuple[Sparse, Sparse]:
    from . import _kernels

    by_site = sparse.csc_array(table)
    by_site.sort_indices()
    _kernels.best_first(table.indptr, table.indices, table.data)
    return table, by_site


def _merged(gains: Sparse) -> tuple[Sparse, Floats, Ints]:
    """Merge doors whose gains are alike but for a factor.

    Groups are in an order of their own, so that the order of doors changes nothing; also returned
    are what the best site gives to each group, and the group of each door (-1 if nothing does).
    """
    rows = gains.tocsr()
    size = np.diff(rows.indptr)
    some = np.flatnonzero(size)
    top = np.zeros(size.size)
    if rows.nnz:
        top[some] = np.maximum.reduceat(rows.data, rows.indptr[some])
    rows.data /= np.repeat(top, size)
    random = np.random.default_rng(0)  # numbers for columns, as good as any
    key, second = (rows @ random.random(rows.shape[1]) for _ in range(2))
    order = some[np.lexsort((top[some], second[some], key[some]))]
    new = ~_as_before(rows, order, (size[order], key[order], second[order]))
    group = np.full(size.size, -1, dtype=np.int64)
    group[order] = np.cumsum(new) - 1
    first = np.flatnonzero(new)
    table = rows[order[first]]
    weight = np.add.reduceat(top[order], first) if first.size else np.zeros(0)
    table.data *= np.repeat(weight, np.diff(table.indptr))
    return table, weight, group


def _as_before(rows: Sparse, order: Ints, marks: tuple[Floats, ...]) -> Bools:
    """Tell which rows, all with entries, are in this order exactly the one before."""
    alike = np.ones(order.size, dtype=bool)
    alike[:1] = False
    for mark in marks:
        alike[1:] &= mark[1:] == mark[:-1]
    there = np.flatnonzero(alike)
    if there.size:
        these, before = rows[order[there]], rows[order[there - 1]]
        same = (these.indices == before.indices) & (these.data == before.data)
        alike[there] = np.logical_and.reduceat(same, these.indptr[:-1])
    return alike
