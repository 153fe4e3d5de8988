"""Who is within the cutoff of which site, made as small as it can be without changing an optimum.

Doors that see the same sites act as one, so they are merged into one group and their residents
summed. Sites that reach nobody, and sites whose every group is also reached by one other site,
are never needed. Rows are groups of doors, columns are sites.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import sparse

from .merge import merge_rows

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]
Bools: TypeAlias = npt.NDArray[np.bool_]
Sparse: TypeAlias = Any  # a scipy sparse matrix or array; its stubs change with every release

SITES_AT_ONCE = 512  # keeps the table of shared groups small


@dataclass(frozen=True)
class Cover:
    """Groups of doors (rows) within the cutoff of sites (columns).

    Attributes
    ----------
    matrix
        Sparse by columns, 1.0 where the group is within the cutoff of the site.
    residents
        Residents of each group, all above 0.
    sites
        For each column, the site's position in the table that was presolved.
    """

    matrix: Sparse
    residents: Floats
    sites: Ints

    def reached_by(self, site: int) -> npt.NDArray[np.int32]:
        """List the groups within the cutoff of one site."""
        start, stop = self.matrix.indptr[site : site + 2]
        groups: npt.NDArray[np.int32] = self.matrix.indices[start:stop]
        return groups

    def times_reached(self, plan: Sequence[int]) -> Ints:
        """Count, for each group, the sites of a plan that reach it."""
        times = np.zeros(self.residents.size, dtype=np.int64)
        for site in plan:
            times[self.reached_by(site)] += 1
        return times

    def residents_within(self, plan: Sequence[int]) -> float:
        """Sum the residents within the cutoff of at least one site of a plan."""
        return float(self.residents[self.times_reached(plan) > 0].sum())


def presolve(coverage: Sparse, residents: Floats, *, drop_dominated: bool = True) -> Cover:
    """Merge equal doors and drop useless sites; the best plan of any size keeps its value.

    The order of doors changes nothing, to the last bit.

    Parameters
    ----------
    coverage
        Sparse, doors by sites; anything stored and not 0 means within the cutoff.
    residents
        Residents of each door, 0 or more.
    drop_dominated
        Whether to drop sites that some other site replaces fully. Of two equal sites the first
        stays.

    Examples
    --------
    The first two doors see the same two sites, the last sees none. The second site reaches all
    that the first does, and more; the last site reaches nobody.

    >>> sees = sparse.csr_matrix([[1, 1, 0], [1, 1, 0], [0, 1, 0], [0, 0, 0]])
    >>> small = presolve(sees, np.array([30.0, 12.0, 5.0, 9.0]))
    >>> small.sites.tolist(), small.residents.tolist()
    ([1], [47.0])
    """
    cover = _merge_equal_doors(coverage, residents)
    useful = np.flatnonzero(np.diff(cover.matrix.indptr))
    if drop_dominated:
        useful = useful[~_dominated(cover.matrix[:, useful])]
    return restrict(cover, useful)


def restrict(cover: Cover, keep: Ints) -> Cover:
    """Keep some sites only (by column, ascending), and merge the groups that have become equal."""
    if keep.size == cover.sites.size:
        return cover
    smaller = _merge_equal_doors(cover.matrix[:, keep], cover.residents)
    return Cover(smaller.matrix, smaller.residents, cover.sites[keep])


def _merge_equal_doors(coverage: Sparse, residents: Floats) -> Cover:
    rows, people = merge_rows(sparse.csr_matrix(coverage, dtype=bool), residents)
    matters = (np.diff(rows.indptr) > 0) & (people > 0)
    merged = rows[matters].tocsc().astype(np.float64)
    merged.sort_indices()
    return Cover(merged, people[matters], np.arange(merged.shape[1]))


def _dominated(matrix: Sparse) -> Bools:
    """Tell which sites some other site replaces fully (of equals, all but the first)."""
    size = np.diff(matrix.indptr)
    dominated = np.zeros(size.size, dtype=bool)
    for start in range(0, size.size, SITES_AT_ONCE):
        shared = (matrix[:, start : start + SITES_AT_ONCE].T @ matrix).tocoo()
        site, other = shared.row + start, shared.col
        within = shared.data == size[site]
        better = (size[other] > size[site]) | ((size[other] == size[site]) & (other < site))
        dominated[site[within & better]] = True
    return dominated
