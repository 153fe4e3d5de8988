"""The plain program of the whole question, for HiGHS: the oracle of every faster engine.

One unknown for each site, and one for each door and each step of what it can gain. It is solved
whole where it is small; at the size of a city it cannot even be built.
"""

import numpy as np
from scipy import sparse

from .problem import Bools, Floats, Sparse
from .program import SCALE, Program


def plain_program(
    gains: Sparse, matrix: Sparse, lower: Floats, upper: Floats, must_open: Bools
) -> tuple[Program, float]:
    """State the whole question, and the scale of its cost.

    Unknowns are the sites, open or not, then the steps of `steps_of`: reached - sum of the open
    sites that reach it <= 0.

    Parameters
    ----------
    gains
        Doors x sites, what each site gives to each door.
    matrix, lower, upper
        Rows over the sites that a plan must keep to.
    must_open
        Sites that are in every plan.
    """
    reach, weight = steps_of(gains)
    steps, sites = reach.shape
    scale = SCALE / max(most_worth(gains), 1.0)
    program = Program(
        cost=np.r_[np.zeros(sites), -scale * weight],
        rows=sparse.csr_array(
            sparse.block_array([[-reach, sparse.eye_array(steps)], [matrix, None]], format="csr")
        ),
        row_lower=np.r_[np.full(steps, -np.inf), lower],
        row_upper=np.r_[np.zeros(steps), upper],
        lower=np.r_[must_open.astype(float), np.zeros(steps)],
        upper=np.ones(sites + steps),
        is_integer=np.arange(sites + steps) < sites,
    )
    return program, scale


def steps_of(gains: Sparse) -> tuple[Sparse, Floats]:
    """Turn gains of different size into steps that are reached or not.

    A door that gains 2 by one site and 5 by another has a step of 2 that both reach, and one of 3
    more that only the second does: the best of them is the sum of the steps reached.

    Examples
    --------
    >>> reach, weight = steps_of(sparse.csc_array([[2.0, 5.0, 0.0], [4.0, 0.0, 4.0]]))
    >>> reach.toarray().astype(int).tolist(), weight.tolist()
    ([[1, 1, 0], [0, 1, 0], [1, 0, 1]], [2.0, 3.0, 4.0])
    """
    by_door = sparse.csr_array(gains)
    door = np.repeat(np.arange(by_door.shape[0]), np.diff(by_door.indptr))
    best_first = np.lexsort((-by_door.data, door))
    door, value = door[best_first], by_door.data[best_first]
    site = by_door.indices[best_first]
    same_door = np.r_[door[1:] == door[:-1], False][: door.size]
    below = np.where(same_door, np.r_[value[1:], 0.0][: door.size], 0.0)
    ends = np.flatnonzero(value > below)  # a step is held by all that are as good or better
    first = np.searchsorted(door, door[ends])
    size = ends + 1 - first
    start = np.r_[0, np.cumsum(size)]
    member = np.arange(start[-1]) - np.repeat(start[:-1] - first, size)
    upwards = np.lexsort((value[ends], door[ends]))
    reach = sparse.csr_array(
        (np.ones(member.size), site[member], start), shape=(ends.size, by_door.shape[1])
    )[upwards]
    reach.sort_indices()
    return reach, (value - below)[ends][upwards]


def most_worth(gains: Sparse) -> float:
    """Worth if every door had its best site."""
    return float(sparse.csr_array(gains).max(axis=1).sum()) if gains.nnz else 0.0
