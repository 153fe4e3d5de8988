"""The choice of most worth under rules that are rows over the sites: budget, groups, closing.

The plain program of the question, with one unknown for each site and one for each door and each
step of what it can gain; HiGHS solves it whole.
"""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from ..errors import InfeasibleError
from .problem import Floats, Ints, Sparse
from .program import Program, Tell, solve
from .rules import SideRows

SCALE = 1e4  # HiGHS sees choices worth about this: far above its absolute tolerances


@dataclass(frozen=True)
class BestUnderRows:
    """Columns of the gains that are open, and what no choice can gain more than."""

    plan: tuple[int, ...]
    bound: float
    interrupted: bool


def best_under_rows(
    gains: Sparse,
    rows: SideRows,
    *,
    deadline: float,
    seed: int,
    tell: Tell | None,
) -> BestUnderRows:
    """Choose the columns of most worth that keep to the rows.

    Raises
    ------
    InfeasibleError
        If nothing keeps to the rows.
    """
    program, scale = plain_program(gains, rows)
    found = solve(
        program,
        deadline=deadline,
        seed=seed,
        tell=None if tell is None else lambda cost, bound: tell(-cost / scale, -bound / scale),
    )
    if found.status == "infeasible":
        raise InfeasibleError(f"no plan keeps to the rules ({', '.join(sorted(set(rows.names)))})")
    upper = min(-found.bound / scale, _most(gains))
    if found.values is None:
        return BestUnderRows((), upper, found.status == "interrupted")
    plan = np.flatnonzero(found.values[: rows.columns.size] > 0.5)
    return BestUnderRows(tuple(plan.tolist()), upper, found.status == "interrupted")


def plain_program(gains: Sparse, rows: SideRows) -> tuple[Program, float]:
    """State the whole question, and the scale of its cost.

    Unknowns are the sites, open or not, then the steps of `steps_of`: reached - sum of the open
    sites that reach it <= 0.
    """
    reach, weight = steps_of(gains)
    steps, sites = reach.shape
    scale = SCALE / max(_most(gains), 1.0)
    program = Program(
        cost=np.r_[np.zeros(sites), -scale * weight],
        rows=sparse.csr_array(
            sparse.block_array(
                [[-reach, sparse.eye_array(steps)], [rows.matrix, None]], format="csr"
            )
        ),
        row_lower=np.r_[np.full(steps, -np.inf), rows.lower],
        row_upper=np.r_[np.zeros(steps), rows.upper],
        lower=np.r_[rows.must_open.astype(float), np.zeros(steps)],
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
    members: list[Ints] = []
    weight: list[float] = []
    for door in range(by_door.shape[0]):
        start, stop = by_door.indptr[door : door + 2]
        sites, values = by_door.indices[start:stop], by_door.data[start:stop]
        below = 0.0
        for value in np.unique(values):
            members.append(sites[values >= value])
            weight.append(float(value - below))
            below = float(value)
    row = np.repeat(np.arange(len(members)), [some.size for some in members])
    column = np.concatenate([np.zeros(0, dtype=np.int64), *members])
    shape = (len(members), by_door.shape[1])
    return sparse.csr_array((np.ones(row.size), (row, column)), shape=shape), np.array(weight)


def _most(gains: Sparse) -> float:
    """Worth if every door had its best site."""
    return float(sparse.csr_array(gains).max(axis=1).sum()) if gains.nnz else 0.0
