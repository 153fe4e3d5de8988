"""Who is served by which post, where each post serves only so many: a linear program."""

from collections.abc import Sequence

import numpy as np
from scipy import sparse

from ..errors import SolverError
from .merge import equal_rows
from .problem import Floats, Ints, SitingProblem, Sparse
from .program import Program, solve

DUST = 1e-9  # shares of a door below this are rounding of the optimiser


def served_residents(problem: SitingProblem, open_sites: Sequence[int]) -> Sparse:
    """Residents of each door that each open post serves: doors by open posts, in their order."""
    posts = sorted(open_sites)
    near = problem.coverage()[:, posts]
    seconds = problem.times.seconds[:, posts]
    walks = sparse.csr_matrix(sparse.csc_array(seconds + _ones(seconds)).multiply(near))
    walks.sort_indices()
    group, first = equal_rows(walks)
    residents = np.bincount(group, problem.people, minlength=first.size).astype(float)
    capacity = problem.sites["capacity_residents"].to_numpy(float)[posts]
    shares = most_served(walks[first], residents, capacity, problem.limit_s + 1)
    by_door = sparse.csc_array(sparse.diags_array(problem.people) @ shares[group])
    by_door.eliminate_zeros()
    return by_door


def _ones(matrix: Sparse) -> Sparse:
    """One for each walk that is stored: a walk of no length is a walk as well."""
    ones = np.ones(matrix.nnz)
    return sparse.csc_array((ones, matrix.indices, matrix.indptr), shape=matrix.shape)


def most_served(walks: Sparse, residents: Floats, capacity: Floats, limit: float) -> Sparse:
    """Shares of groups that posts serve: most residents first, then the least walking.

    To serve one resident more, others may have to change posts along a chain that passes no post
    twice, and so walk longer by the limit at most for each post: a resident served is made worth
    more than that.
    """
    pairs = sparse.coo_array(walks)
    row, post = (np.asarray(places, dtype=np.int64) for places in pairs.coords)
    kept = (capacity[post] > 0) & (residents[row] > 0)
    row, post, walk = row[kept], post[kept], pairs.data[kept]
    if row.size == 0:
        return sparse.csr_array(walks.shape)
    prize = (capacity.size + 1) * limit - walk
    weight = residents[row]
    limited = np.flatnonzero(np.isfinite(capacity))
    unit = np.where(np.isfinite(capacity) & (capacity > 0), capacity, 1.0)
    loads = summing(post, weight / unit[post], walks.shape[1])[limited]
    once = summing(row, np.ones(row.size), walks.shape[0])
    rows: Sparse = sparse.csr_array(sparse.vstack([once, loads]))
    found = solve(
        Program(
            cost=-weight * prize / (residents.sum() * prize.max()) * 1e4,
            rows=rows,
            row_lower=np.full(rows.shape[0], -np.inf),
            row_upper=np.ones(rows.shape[0]),
            lower=np.zeros(row.size),
            upper=np.ones(row.size),
            is_integer=np.zeros(row.size, dtype=bool),
        ),
        deadline=np.inf,
    )
    if found.values is None:
        raise SolverError("capacity: HiGHS found no allotment; this is a fault, please report it")
    share = np.where(found.values < DUST, 0.0, found.values)
    share /= np.maximum(np.bincount(row, share, minlength=walks.shape[0]), 1.0)[row]
    load = np.bincount(post, share * weight, minlength=capacity.size)
    share /= np.maximum(load / np.where(capacity > 0, capacity, 1.0), 1.0)[post]
    return sparse.csr_array((share, (row, post)), shape=walks.shape)


def summing(group: Ints, values: Floats, size: int) -> Sparse:
    """Make the matrix that sums values by group."""
    return sparse.csr_array((values, (group, np.arange(group.size))), shape=(size, group.size))
