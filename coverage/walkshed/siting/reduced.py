"""A question of most worth under rows, made as small as it can be without changing its answer.

Doors that gain alike are merged, sites that are settled are taken out, and what is open in any
case is counted once and for all.
"""

from dataclasses import dataclass
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
        base = np.zeros(self.top.size)
        for site in plan:
            start, stop = self.by_site.indptr[site : site + 2]
            doors = self.by_site.indices[start:stop]
            base[doors] = np.maximum(base[doors], self.by_site.data[start:stop])
        return base

    def beyond(self, base: Floats) -> Floats:
        """Sum, for each site, what it gives to each group beyond a base."""
        from ..network import _numba

        total = np.zeros(self.columns.size)
        table = self.by_door
        if _numba.HAS_NUMBA:
            from . import _gain_kernels

            _gain_kernels.beyond(table.indptr, table.indices, table.data, base, total)
            return total
        table = self.by_site
        more = np.maximum(table.data - base[table.indices], 0.0)
        site = np.repeat(np.arange(total.size), np.diff(table.indptr))
        return np.bincount(site, weights=more, minlength=total.size)

    def whole_plan(self, plan: Ints) -> tuple[int, ...]:
        """Name a plan by the columns of the whole question, with what is open anyway."""
        return tuple(sorted([*self.columns[plan].tolist(), *self.opened.tolist()]))


def whole(gains: Sparse, rows: Rows) -> Reduced:
    """Put a question in the form of `Reduced`, with equal doors merged."""
    columns = sparse.csc_array(gains)
    table, top, _ = _merged(columns)
    return Reduced(
        *_both_ways(table), top, rows, np.arange(columns.shape[1]), np.zeros(0, dtype=np.int64), 0.0
    )


def restrict(
    question: Reduced, closed: Bools, opened: Bools, prices: Floats
) -> tuple[Reduced, Floats] | None:
    """Settle some sites, and all that the rows settle then; None if no choice keeps to the rows.

    `prices` has a number for each group of doors, at least 0; what it becomes is returned too.
    """
    settled = settle(question.rows, closed, opened)
    if settled is None:
        return None
    closed, opened = settled
    gone = closed | opened
    if not gone.any():
        return question, prices
    base = question.best_of(np.flatnonzero(opened))
    some = question.by_site[:, ~gone]
    beyond = sparse.csc_array(
        (np.maximum(some.data - base[some.indices], 0.0), some.indices, some.indptr),
        shape=some.shape,
    )
    beyond.eliminate_zeros()
    table, top, group = _merged(beyond)
    left = np.bincount(
        group[group >= 0],
        weights=np.maximum(prices - base, 0.0)[group >= 0],
        minlength=top.size,
    )
    smaller = Reduced(
        *_both_ways(table),
        top,
        question.rows.without(gone, opened),
        question.columns[~gone],
        np.r_[question.opened, question.columns[opened]],
        question.worth + float(base.sum()),
    )
    return smaller, np.minimum(left, top)


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
    from ..network import _numba

    by_site = sparse.csc_array(table)
    by_site.sort_indices()
    if _numba.HAS_NUMBA:
        from . import _gain_kernels

        _gain_kernels.best_first(table.indptr, table.indices, table.data)
    return table, by_site


def _merged(gains: Sparse) -> tuple[Sparse, Floats, Ints]:
    """Merge doors whose gains are alike but for a factor.

    Groups are in an order of their own, so that the order of doors changes nothing; also returned
    are what the best site gives to each group, and the group of each door (-1 if nothing does).
    """
    rows = gains.tocsr()
    some = np.flatnonzero(np.diff(rows.indptr))
    rows = rows[some]
    top = _by_row(np.maximum, rows)
    rows.data = rows.data / np.repeat(top, np.diff(rows.indptr))
    ordinal = np.random.default_rng(0)  # numbers for columns, as good as any
    mark, other = ordinal.random(rows.shape[1]), ordinal.random(rows.shape[1])
    key, second = rows @ mark, rows @ other
    order = np.lexsort((top, second, key))
    rows, top = rows[order], top[order]
    new = ~_as_before(rows)
    group = np.full(gains.shape[0], -1, dtype=np.int64)
    group[some[order]] = np.cumsum(new) - 1
    first = np.flatnonzero(new)
    table = rows[first]
    weight = np.add.reduceat(top, first) if first.size else top
    table.data = table.data * np.repeat(weight, np.diff(table.indptr))
    return table, weight, group


def _as_before(rows: Sparse) -> Bools:
    """Tell which rows, all with entries, are exactly the one before."""
    size = np.diff(rows.indptr)
    alike = np.r_[False, size[1:] == size[:-1]][: size.size]
    there = np.arange(rows.nnz)
    before = np.maximum(there - np.repeat(size, size), 0)
    same = (rows.indices == rows.indices[before]) & (rows.data == rows.data[before])
    found: Bools = alike
    if size.size:
        found = alike & np.logical_and.reduceat(same, rows.indptr[:-1])
    return found


def _by_row(ufunc: np.ufunc, rows: Sparse) -> Floats:
    """Reduce the entries of each row, all of which have some."""
    return ufunc.reduceat(rows.data, rows.indptr[:-1]) if rows.nnz else np.zeros(rows.shape[0])
