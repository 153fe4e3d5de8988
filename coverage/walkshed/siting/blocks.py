"""The question of too many doors for one matrix: they come in blocks and are merged on the way."""

from collections.abc import Iterable, Iterator
from typing import TypeAlias

import numpy as np
import pandas as pd
from scipy import sparse

from ..errors import InputError, one_message
from .merge import merge_blocks
from .problem import (
    Bools,
    Floats,
    SitingProblem,
    Sparse,
    about_coverage,
    about_residents,
    problem_of_coverage,
)

Block: TypeAlias = tuple[Sparse, Floats, Bools]
"""Of some doors: coverage (doors by sites), residents, and whether existing posts serve them."""


def problem_of_blocks(blocks: Iterable[Block], site_ids: pd.Index) -> SitingProblem:
    """State the problem of `problem_of_coverage` for doors that do not fit in memory together.

    Doors that the same sites cover, and that existing posts serve or do not, have one best plan
    between them whatever their number: they become one row, and their residents are summed. What
    is kept at any time is one block and, at most, three times as many rows as there will be. The
    order of doors and how they are cut into blocks change nothing, to the last bit.

    Parameters
    ----------
    blocks
        At least one; a generator is read once, block by block. Each is coverage, residents and
        covered as of `problem_of_coverage`, the last two as arrays. A hundred thousand doors at a
        time are a good size.
    site_ids
        An id for each column of every block; all are candidates.

    Returns
    -------
    SitingProblem
        Its doors are groups, numbered from 0. A group that neither a site nor a post reaches is
        among them, so that shares are of all residents.

    Raises
    ------
    InputError
        If there is no block, or tables of a block do not fit each other; the message counts blocks
        from 1.

    Examples
    --------
    Five doors in two blocks. P covers the first, the second and the fourth, Q the second and the
    fourth, a post the third; nothing reaches the last. The second and the fourth become one group
    of 5 + 8 residents.

    >>> one = sparse.csr_array([[True, False], [True, True], [False, False]])
    >>> two = sparse.csr_array([[True, True], [False, False]])
    >>> blocks = [
    ...     (one, np.array([10.0, 5.0, 7.0]), np.array([False, False, True])),
    ...     (two, np.array([8.0, 1.0]), np.array([False, False])),
    ... ]
    >>> town = problem_of_blocks(blocks, pd.Index(["P", "Q"]))
    >>> town.residents.tolist()
    [1.0, 10.0, 13.0, 7.0]
    >>> town
    SitingProblem(4 doors, 31 residents; sites: 1 existing, 2 candidate)
    """
    rows, residents = merge_blocks(_with_posts(blocks, len(site_ids)))
    return problem_of_coverage(
        rows[:, :-1],
        pd.Series(residents, index=pd.RangeIndex(residents.size, name="group")),
        site_ids,
        covered=rows[:, [-1]].toarray().ravel(),
    )


def _with_posts(blocks: Iterable[Block], sites: int) -> Iterator[tuple[Sparse, Floats]]:
    """Check each block, and put what posts serve beside what sites cover, as the last column."""
    number = 0
    for number, (coverage, residents, covered) in enumerate(blocks, start=1):
        people = pd.Series(residents)
        problems = [
            *about_coverage(coverage, people, sites, covered),
            *about_residents(people),
        ]
        if problems:
            raise InputError(one_message(f"siting, block {number}", problems))
        sees = sparse.csr_array(coverage).astype(bool, copy=False)
        served = sparse.csr_array(np.asarray(covered).reshape(-1, 1))
        rows = sparse.hstack([sees, served], format="csr")
        rows.eliminate_zeros()
        yield rows, np.asarray(residents, dtype=np.float64)
    if number == 0:
        raise InputError("siting: `blocks` holds no block; give the coverage of at least one door")
