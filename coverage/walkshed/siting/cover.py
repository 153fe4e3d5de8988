"""Who is within the cutoff of which site, made as small as it can be without changing an optimum.

Doors that see the same sites act as one, so they are merged into one group and their residents
summed. Sites that reach nobody are never needed. Rows are groups of doors, columns are sites.

A benefit of 0 or 1 is not enough here (see `benefit`): a cover has a need and costs, so its
engine drops groups and sites by rules of its own (`covering_task`), and its kernels walk sets.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import sparse

from .merge import merge_rows
from .problem import Floats, Ints, Sparse


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


def presolve(coverage: Sparse, residents: Floats) -> Cover:
    """Merge equal doors and drop the sites that reach nobody.

    The order of doors changes nothing, to the last bit.

    Parameters
    ----------
    coverage
        Sparse, doors by sites; anything stored and not 0 means within the cutoff.
    residents
        Residents of each door, 0 or more.

    Examples
    --------
    The first two doors see the same two sites, the last sees none; the last site reaches nobody.

    >>> sees = sparse.csr_matrix([[1, 1, 0], [1, 1, 0], [0, 1, 0], [0, 0, 0]])
    >>> small = presolve(sees, np.array([30.0, 12.0, 5.0, 9.0]))
    >>> small.sites.tolist(), small.residents.tolist()
    ([0, 1], [42.0, 5.0])
    """
    cover = _merge_equal_doors(coverage, residents)
    return restrict(cover, np.flatnonzero(np.diff(cover.matrix.indptr)))


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
