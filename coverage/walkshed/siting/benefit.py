"""What each site would give to each group of doors, as small as it can be for the same optimum.

Every model of this package has one form: a plan gives to each group the benefit of its best
chosen site, and the benefits are summed. Doors for which the same sites are good in the same order
act as one, so they are merged into one group and their benefits summed. Sites that give nothing,
and sites that one other site replaces for every group, are never needed.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import sparse

from .problem import Floats, Ints, Sparse

Entries: TypeAlias = tuple[Ints, npt.NDArray[np.int32], Floats]
Plan: TypeAlias = tuple[int, ...]


@dataclass(frozen=True, eq=False)
class Benefit:
    """Benefits of sites for groups of doors.

    Attributes
    ----------
    rows
        Where each group begins; the site and the benefit of each entry. All benefits are above 0,
        and the best of a group comes first.
    sites
        For each column, the site's position in the matrix that was presolved.
    """

    rows: Entries
    sites: Ints

    @cached_property
    def columns(self) -> Entries:
        """Where each site begins; the group and the benefit of each entry."""
        from . import _kernels

        columns: Entries = _kernels.transposed(*self.rows, self.sites.size)
        return columns

    @cached_property
    def most(self) -> Floats:
        """The largest benefit that each group can have."""
        begin, _, benefit = self.rows
        return benefit[begin[:-1]]

    @cached_property
    def is_whole(self) -> bool:
        """Whether all benefits are whole numbers, and so the worth of every plan."""
        benefit = self.rows[2]
        return bool((benefit == np.rint(benefit)).all())

    @property
    def groups(self) -> int:
        """How many groups there are."""
        return self.rows[0].size - 1

    @property
    def matrix(self) -> Sparse:
        """The benefits, groups by sites, sparse by columns."""
        begin, group, benefit = self.columns
        return sparse.csc_array((benefit, group, begin), shape=(self.groups, self.sites.size))

    def best_of(self, plan: Sequence[int] | Ints) -> Floats:
        """Find for each group its benefit from the best site of a plan, 0 if there is none."""
        from . import _kernels

        best = np.empty(self.groups)
        _kernels.best_of(*self.columns, np.array(plan, dtype=np.int64), best)
        return best

    def worth(self, plan: Sequence[int] | Ints) -> float:
        """Sum what a plan gives to all groups."""
        return float(self.best_of(plan).sum())

    def above(self, price: Floats) -> Floats:
        """Sum for each site what its benefits are above the price of each group."""
        from . import _kernels

        credit = np.empty(self.sites.size)
        _kernels.sum_above(*self.rows, price, credit)
        return credit


def presolve(matrix: Sparse, *, drop_dominated: bool = True) -> Benefit:
    """Merge doors and drop useless sites; the best plan of any size keeps its worth.

    The order of doors changes nothing, to the last bit: groups stand in an order that follows
    from what they hold, and benefits within a group are summed in such an order too.

    Parameters
    ----------
    matrix
        Sparse, doors by sites: the benefit of each site for each door, 0 or more.
    drop_dominated
        Whether to drop sites that some other site replaces fully. Of two equal sites the first
        stays.

    Examples
    --------
    The first two doors see the same two sites, the last sees none. The second site reaches all
    that the first does, and more; the last site reaches nobody.

    >>> gives = sparse.csr_matrix([[30, 30, 0], [12, 12, 0], [0, 5, 0], [0, 0, 0]])
    >>> small = presolve(gives)
    >>> small.sites.tolist(), small.most.tolist()
    ([1], [47.0])
    """
    from . import _kernels

    doors = matrix.tocsr(copy=True).astype(np.float64, copy=False)
    doors.sum_duplicates()
    rows = (doors.indptr.astype(np.int64), doors.indices.astype(np.int32, copy=False), doors.data)
    _kernels.best_first(*rows)
    sites = np.arange(matrix.shape[1])
    # in place: the rows are ours, and as large as all else together
    *rows, _ = _kernels.kept_columns(*rows, sites, *rows[1:])
    merged = Benefit(_merged(rows)[0], sites)
    useful = np.diff(merged.columns[0]) > 0
    if drop_dominated:
        useful = ~_kernels.dominated(*merged.rows[:2], *merged.columns)
    return restrict(merged, np.flatnonzero(useful))[0]


def restrict(benefit: Benefit, keep: Ints) -> tuple[Benefit, Ints]:
    """Keep some sites only (by column, ascending), and merge the groups that have become alike.

    Returns
    -------
    tuple
        What is left, and for each group of before the one that it is in now (-1 if in none).
    """
    from . import _kernels

    number = np.full(benefit.sites.size, -1, dtype=np.int64)
    number[keep] = np.arange(keep.size)
    size = _kernels.count_kept(*benefit.rows, number)
    kept = np.empty(size, np.int32), np.empty(size)
    *rows, was = _kernels.kept_columns(*benefit.rows, number, *kept)
    merged, group = _merged(rows)
    now = np.full(benefit.groups, -1, dtype=np.int64)
    now[was] = group
    return Benefit(merged, benefit.sites[keep]), now


def _merged(rows: Sequence[Any]) -> tuple[Entries, Ints]:
    """Merge rows with the same sites in the same order; also the group of each row."""
    from . import _kernels

    of_sites, of_benefits = np.empty((2, rows[0].size - 1), dtype=np.uint64)
    _kernels.signatures(*rows[:2], rows[2].view(np.uint64), of_sites, of_benefits)
    order = np.lexsort((of_benefits, of_sites))
    group, first = _kernels.grouped(*rows[:2], order, of_sites)
    return _kernels.summed(*rows, order, group, first), group
