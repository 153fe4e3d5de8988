"""Doors that see the same sites act as one: many doors become few groups, in little memory.

Rows are compared by a hash of 64 bits first, then entry by entry with the first row of the same
hash; those that differ are compared among themselves once more. So a hash that collides costs time
and changes nothing.
"""

from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import sparse

from .problem import Bools, Floats, Ints, Sparse

Hashes: TypeAlias = npt.NDArray[np.uint64]

ROWS_AT_ONCE = 100_000
COARSE, FINE = 2.0**20, 2.0**48  # parts of one resident; see `_exact_parts`


def merge_rows(matrix: Sparse, residents: Floats) -> tuple[Sparse, Floats]:
    """Merge rows that hold the same values in the same columns, and sum their residents.

    Parameters
    ----------
    matrix
        Sparse, doors by sites. Nothing may be stored twice.
    residents
        Residents of each door.

    Returns
    -------
    tuple
        The merged matrix, sparse by rows, and the residents of each of its rows. Rows are in the
        order of the sites they see, a row that sees none comes first; the order of the doors
        changes nothing, to the last bit, up to eight billion residents.

    Examples
    --------
    >>> sees = sparse.csr_matrix([[0, 1, 1], [1, 0, 0], [0, 0, 0], [0, 1, 1]])
    >>> merged, residents = merge_rows(sees, np.array([30.0, 5.0, 2.0, 12.5]))
    >>> merged.toarray().tolist(), residents.tolist()
    ([[0, 0, 0], [1, 0, 0], [0, 1, 1]], [2.0, 5.0, 42.5])
    """
    rows = sparse.csr_matrix(matrix)
    starts = range(0, max(rows.shape[0], 1), ROWS_AT_ONCE)
    return merge_blocks(
        (rows[start : start + ROWS_AT_ONCE], residents[start : start + ROWS_AT_ONCE])
        for start in starts
    )


def merge_blocks(blocks: Iterable[tuple[Sparse, Floats]]) -> tuple[Sparse, Floats]:
    """Merge rows of blocks that come one after another and need not fit in memory together.

    Ten million doors are fed in blocks of a hundred thousand or so; what is kept is the merged
    rows, at times three times as many.

    Parameters
    ----------
    blocks
        At least one pair of what `merge_rows` takes, all with the same sites.

    Returns
    -------
    tuple
        As of `merge_rows`, and the same however the doors are cut into blocks.
    """
    waiting: list[tuple[Sparse, Floats]] = []
    merged_rows = 0
    for matrix, residents in blocks:
        waiting.append((sparse.csr_matrix(matrix), _exact_parts(residents)))
        if sum(rows.shape[0] for rows, _ in waiting) > 2 * merged_rows:
            waiting = [_merge(waiting)]
            merged_rows = waiting[0][0].shape[0]
    rows, parts = waiting[0] if len(waiting) == 1 else _merge(waiting)
    return rows, parts.sum(axis=1)


def equal_rows(rows: Sparse) -> tuple[Ints, Ints]:
    """Number the rows so that equal ones share a number.

    Parameters
    ----------
    rows
        Sparse by rows, with sorted indices and nothing stored twice.

    Returns
    -------
    tuple
        The number of each row, and the first row of each number. Numbers follow the sites that
        rows hold, read as a sequence, and then the values.

    Examples
    --------
    >>> group, first = equal_rows(sparse.csr_matrix([[0, 1, 1], [1, 0, 0], [0, 1, 1]]))
    >>> group.tolist(), first.tolist()
    ([1, 0, 1], [1, 0])
    """
    group = np.empty(rows.shape[0], dtype=np.int64)
    first: list[int] = []
    hashes = _hashes(rows)
    pending = np.arange(rows.shape[0])
    while pending.size:
        _, place, number = np.unique(hashes[pending], return_index=True, return_inverse=True)
        leader = pending[place][number]
        same = _same(rows, pending, leader)
        group[pending] = len(first) + number  # those that differ are numbered again
        first += pending[place].tolist()
        pending = pending[~same]
    order = sorted(range(len(first)), key=list(_contents(rows, first)).__getitem__)
    rank = np.empty(len(first), dtype=np.int64)
    rank[order] = np.arange(len(first))
    return rank[group], np.array(first, dtype=np.int64)[order]


def _merge(blocks: list[tuple[Sparse, Floats]]) -> tuple[Sparse, Floats]:
    rows = sparse.vstack([rows for rows, _ in blocks], format="csr")
    parts = np.concatenate([parts for _, parts in blocks])
    rows.sort_indices()
    group, first = equal_rows(rows)
    sums = [np.bincount(group, weights=part, minlength=first.size) for part in parts.T]
    return rows[first], np.stack(sums, axis=1)


def _exact_parts(residents: Floats) -> Floats:
    """Split each number in two, so that sums of either part are exact in any order.

    The coarse part is a multiple of 2^-20, its sums are exact up to 2^33; the fine part is at most
    2^-21 and a multiple of 2^-48. Less than that of a resident is left out.
    """
    coarse = np.round(residents * COARSE) / COARSE
    fine = np.round((residents - coarse) * FINE) / FINE
    return np.stack([coarse, fine], axis=1)


def _hashes(rows: Sparse) -> Hashes:
    """Sum a number of each entry over each row, modulo 2^64."""
    of_entry = _mixed(np.arange(1, rows.shape[1] + 1, dtype=np.uint64))[rows.indices]
    if rows.data.dtype != bool:
        values = rows.data.astype(np.float64).view(np.uint64)
        of_entry = _mixed(of_entry ^ values)
    # A row that holds nothing has no entry of its own to start from: its sum is 0.
    running = np.concatenate([np.zeros(1, dtype=np.uint64), np.cumsum(of_entry)])
    sums: Hashes = np.diff(running[rows.indptr])
    return sums


def _mixed(numbers: Hashes) -> Hashes:
    """Scatter numbers over 64 bits: the finaliser of splitmix64 (Steele and others, 2014)."""
    numbers = numbers * np.uint64(0x9E3779B97F4A7C15)
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return numbers ^ (numbers >> np.uint64(31))


def _same(rows: Sparse, some: Ints, others: Ints) -> Bools:
    """Compare rows, pair by pair, entry by entry."""
    size = np.diff(rows.indptr)
    same: Bools = size[some] == size[others]
    compared = np.flatnonzero(same & (some != others) & (size[some] > 0))
    if compared.size:
        lengths = size[some[compared]]
        starts = np.cumsum(lengths) - lengths
        within = np.arange(lengths.sum()) - np.repeat(starts, lengths)
        one, other = (
            np.repeat(rows.indptr[which[compared]], lengths) + within for which in (some, others)
        )
        differ = (rows.indices[one] != rows.indices[other]) | (rows.data[one] != rows.data[other])
        same[compared] = ~np.logical_or.reduceat(differ, starts)
    return same


def _contents(rows: Sparse, some: list[int]) -> Iterator[tuple[bytes, bytes]]:
    """What rows hold, as keys that sort by columns first; big-endian bytes sort as numbers do."""
    part = rows[some]
    columns, values = part.indices.astype(">i4"), part.data
    for start, stop in pairwise(part.indptr.tolist()):
        yield columns[start:stop].tobytes(), values[start:stop].tobytes()
