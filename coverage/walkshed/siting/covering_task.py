"""What must be covered, by what, at what cost; and how that is made smaller.

Rows are groups of doors, columns are sites. Nothing here changes what the best plan costs.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from scipy import sparse

from .cover import Cover, restrict
from .problem import Floats, Ints
from .program import Program


@dataclass(frozen=True)
class CoveringTask:
    """Groups of doors, of which all or all but a few residents must be covered.

    Attributes
    ----------
    cover
        Groups (rows) within the cutoff of sites (columns); no group without a site.
    cost
        What each site costs.
    spare
        How many residents may stay uncovered.
    rivals
        Pairs of sites (by position in the table the task began with) that exclude each other.
    taken, paid
        Sites already chosen, by the same position, and what they cost.
    """

    cover: Cover
    cost: Floats
    spare: float
    rivals: Ints
    taken: tuple[int, ...] = ()
    paid: float = 0.0

    @cached_property
    def is_full(self) -> bool:
        """Whether every group must be covered."""
        return bool(self.spare < self.cover.residents.min(initial=np.inf))

    @cached_property
    def is_whole(self) -> bool:
        """Whether all costs are whole numbers."""
        return bool((self.cost == np.round(self.cost)).all())

    @property
    def is_hopeless(self) -> bool:
        """Whether all sites together cover too few."""
        return self.spare < 0

    @property
    def is_done(self) -> bool:
        """Whether nothing more need be covered."""
        return bool(self.cover.residents.sum() <= self.spare)

    @cached_property
    def sets(self) -> tuple[Any, Any, Any, Any]:
        """The matrix as the kernels take it: by site, then by group."""
        by_group = sparse.csr_matrix(self.cover.matrix)
        by_group.sort_indices()
        matrix = self.cover.matrix
        return matrix.indptr, matrix.indices, by_group.indptr, by_group.indices


def restricted(task: CoveringTask, keep: Ints) -> CoveringTask:
    """Keep some sites only (by column, ascending); the task may become hopeless."""
    if keep.size == task.cost.size:
        return task
    by_group = task.cover.matrix[:, keep].tocsr()
    lost = task.cover.residents[np.diff(by_group.indptr) == 0].sum()
    return replace(
        task, cover=restrict(task.cover, keep), cost=task.cost[keep], spare=task.spare - lost
    )


def take(task: CoveringTask, columns: Sequence[int]) -> CoveringTask:
    """Choose some sites; what they cover goes."""
    chosen = list(columns)
    open_rows = task.cover.times_reached(chosen) == 0
    others = np.setdiff1d(np.arange(task.cost.size), chosen)
    matrix = task.cover.matrix[:, others][open_rows]
    matrix.sort_indices()
    cover = Cover(matrix, task.cover.residents[open_rows], task.cover.sites[others])
    taken = (*task.taken, *task.cover.sites[chosen].tolist())
    paid = task.paid + float(task.cost[chosen].sum())
    return replace(task, cover=cover, cost=task.cost[others], taken=taken, paid=paid)


def reduced(task: CoveringTask) -> CoveringTask:
    """Drop what cannot matter, until nothing more goes.

    A site goes if another covers all that it does for no more; of equals the first stays. Where
    all groups must be covered, a group goes if another is covered only by sites that cover it
    too, and the only site of a group is taken.
    """
    while not task.is_done and not task.is_hopeless:
        smaller = _without_needless_sites(task)
        if task.is_full:
            smaller = _with_only_choices_taken(_without_needless_groups(smaller))
        if smaller.cover.matrix.shape == task.cover.matrix.shape:
            break
        task = smaller
    return task


def _without_needless_sites(task: CoveringTask) -> CoveringTask:
    from . import _cover_kernels

    useful = np.flatnonzero(np.diff(task.cover.matrix.indptr))
    task = restricted(task, useful)
    has_no_rival = ~np.isin(task.cover.sites, task.rivals)
    needless = _cover_kernels.lie_in_another(*task.sets, task.cost, has_no_rival)
    return restricted(task, np.flatnonzero(~needless))


def _without_needless_groups(task: CoveringTask) -> CoveringTask:
    from . import _cover_kernels

    *by_site, begin, holder = task.sets
    needed = ~_cover_kernels.hold_another(begin, holder, *by_site)
    matrix = task.cover.matrix[needed]
    matrix.sort_indices()
    return replace(task, cover=Cover(matrix, task.cover.residents[needed], task.cover.sites))


def _with_only_choices_taken(task: CoveringTask) -> CoveringTask:
    _, _, begin, holder = task.sets
    only = np.unique(holder[begin[:-1][np.diff(begin) == 1]])
    is_rival = np.isin(task.cover.sites[only], task.rivals)
    return take(task, only[~is_rival].tolist()) if (~is_rival).any() else task


def as_program(task: CoveringTask, dearest: float) -> Program:
    """State a task whose plans may cost no more than `dearest`, as HiGHS takes it.

    Unknowns are sites (built or not) and, unless all must be covered, groups (covered or not).
    Rows are the groups, then rivals, then the cost, then the residents that are to be covered.
    """
    groups, sites = task.cover.matrix.shape
    extra = 0 if task.is_full else groups
    column = {site: number for number, site in enumerate(task.cover.sites.tolist())}
    pairs = [(column[a], column[b]) for a, b in task.rivals.tolist() if a in column and b in column]
    of_pair = np.repeat(np.arange(len(pairs)), 2)
    pair = (np.ones(2 * len(pairs)), (of_pair, np.array(pairs, dtype=int).ravel()))
    rows: list[list[Any]] = [
        [task.cover.matrix],
        [sparse.csr_array(pair, shape=(len(pairs), sites))],
        [sparse.csr_array(task.cost[None, :])],
    ]
    lower = np.r_[np.ones(groups), np.full(len(pairs) + 1, -np.inf)]
    upper = np.r_[np.full(groups, np.inf), np.ones(len(pairs)), dearest]
    if extra:
        residents = task.cover.residents / task.cover.residents.mean()
        spare = task.spare / task.cover.residents.mean()
        lower[:groups] = 0.0
        rows = [[rows[0][0], -sparse.eye_array(groups)], *[[row[0], None] for row in rows[1:]]]
        rows.append([None, sparse.csr_array(residents[None, :])])
        lower, upper = np.r_[lower, residents.sum() - spare], np.r_[upper, np.inf]
    return Program(
        cost=np.r_[task.cost, np.zeros(extra)],
        rows=sparse.csr_array(sparse.block_array(rows)),
        row_lower=lower,
        row_upper=upper,
        lower=np.zeros(sites + extra),
        upper=np.ones(sites + extra),
        is_integer=np.r_[np.ones(sites, dtype=bool), np.zeros(extra, dtype=bool)],
    )
