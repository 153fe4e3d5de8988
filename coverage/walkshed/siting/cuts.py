r"""The linear relaxation of siting, solved by cuts: a bound as tight as prices can make it.

A plan is worth, in all groups, the most that one of its sites gives. For any price u_i of group i
that is at most

.. math:: \sum_i u_i + \sum_{j \in plan} \sum_i \max(0, B_{ij} - u_i),

linear in the plan. Groups are shared out among some parts, each has its own such cuts, and a small
linear programme finds the shares of sites that no cut forbids so far; the shares tell the prices of
the next cuts. A few dozen rounds find the optimum of the whole relaxation, where steps along
subgradients are still far away [1]_.

References
----------
.. [1] Cordeau, J.-F., Furini, F. and Ljubić, I. (2019). Benders decomposition for very large scale
   partial set covering and maximal covering location problems. European Journal of Operational
   Research 275, 882-896.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import sparse

from ..errors import SolverError

Floats: TypeAlias = npt.NDArray[np.float64]
Sparse: TypeAlias = Any  # a scipy sparse matrix or array; its stubs change with every release

PARTS = 20
SCALE = 1e4  # the linear programme sees the first bound as this: far above its tolerances
WORTH_A_CUT = 1e-9  # relative to the first bound


@dataclass(frozen=True)
class Relaxation:
    """What no plan of some size can pass, told by cuts.

    Attributes
    ----------
    upper
        No plan is worth more. It holds whatever the tolerances of the optimiser.
    with_site, without_site
        For each site: no plan that holds it, or that does not, is worth more.
    share
        How much of each site (0 to 1) the relaxed optimum holds.
    """

    upper: float
    with_site: Floats
    without_site: Floats
    share: Floats


def relaxations(benefit: Sparse, posts: int, start: Floats) -> Iterator[Relaxation]:
    """Yield one relaxation after another; the last is the linear optimum.

    Bounds of sites never rise from one to the next. Stop whenever the bound or the clock says so.

    Parameters
    ----------
    benefit
        Sparse, groups by sites, what a site gives to a group, all above 0; no row is empty.
    posts
        Sites of a plan, 1 or more, and fewer than there are.
    start
        Share of each site to begin with, such as 1 for the sites of a good plan.

    Examples
    --------
    Each of three sites gives 5 to two of three groups, so one plan of one site is worth 10; half of
    each of two sites is worth no more than that.

    >>> triangle = 5.0 * sparse.csr_matrix([[1, 1, 0], [0, 1, 1], [1, 0, 1]])
    >>> *_, last = relaxations(triangle, 1, np.array([1.0, 0.0, 0.0]))
    >>> round(last.upper, 6)
    10.0
    """
    import highspy

    rows, row = _best_first(benefit)
    sites = rows.shape[1]
    part = _parts(rows)
    to_part = sparse.csr_array((np.ones(part.size), (part, np.arange(part.size))))
    parts = to_part.shape[0]
    constants, cuts = _cuts(rows, row, to_part, start)
    scale = SCALE / (constants.sum() + np.sort(cuts.sum(axis=0))[-posts:].sum())
    solver = _programme(sites, parts, posts)
    blocks = [(constants, sparse.csr_array(cuts), np.arange(parts))]
    _add(solver, *blocks[0], scale)
    upper, with_site, without_site = np.inf, *np.full((2, sites), np.inf)
    while True:
        solver.run()
        status = solver.getModelStatus()
        if status != highspy.HighsModelStatus.kOptimal:
            raise SolverError(
                f"HiGHS ended with '{solver.modelStatusToString(status)}' on the relaxation of "
                f"{sites} sites and {posts} posts; this is a fault of ours or of HiGHS, please "
                "report it"
            )
        solution = solver.getSolution()
        values = np.array(solution.col_value)
        share, told = np.clip(values[:sites], 0.0, 1.0), values[sites:] / scale
        constant, credit = _mixed(blocks, -np.array(solution.row_dual[1:]), parts)
        order = np.argsort(-credit, kind="stable")
        last, following = credit[order[posts - 1 : posts + 1]]
        here = float(constant + credit[order[:posts]].sum())
        upper = min(upper, here)
        with_site = np.minimum(with_site, here - np.maximum(last - credit, 0.0))
        without_site = np.minimum(without_site, here - np.maximum(credit - following, 0.0))
        yield Relaxation(upper, with_site, without_site, share)
        constants, cuts = _cuts(rows, row, to_part, share)
        passed = np.flatnonzero(told > constants + cuts @ share + WORTH_A_CUT * SCALE / scale)
        if not passed.size:
            return
        blocks.append((constants[passed], sparse.csr_array(cuts[passed]), passed))
        _add(solver, *blocks[-1], scale)


def _best_first(benefit: Sparse) -> tuple[Sparse, Any]:
    """Sort each row by falling benefit; also tell the row of each entry."""
    rows = sparse.csr_array(benefit, dtype=np.float64)
    row = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
    order = np.lexsort((rows.indices, -rows.data, row))
    entries = rows.data[order], rows.indices[order], rows.indptr
    return sparse.csr_array(entries, shape=rows.shape), row


def _parts(rows: Sparse) -> Any:
    """Share groups out, those with the same first site together: each cut then has few sites."""
    first = np.minimum.reduceat(rows.indices, rows.indptr[:-1])
    part = np.empty(first.size, dtype=np.int64)
    part[np.argsort(first, kind="stable")] = np.arange(first.size) * PARTS // first.size
    return part


def _cuts(rows: Sparse, row: Any, to_part: Sparse, share: Floats) -> tuple[Floats, Floats]:
    """Make the cut of each part that is tightest at some shares: its constant, and of each site.

    The price of a group is the benefit at which the shares of the best sites add up to 1.
    """
    running = np.concatenate([[0.0], np.cumsum(share[rows.indices])])
    so_far = running[1:] - running[rows.indptr[:-1]][row]
    enough = so_far >= 1 - 1e-9
    price = np.zeros(rows.shape[0])
    np.maximum.at(price, row[enough], rows.data[enough])
    above = np.maximum(rows.data - price[row], 0.0)
    credit = sparse.csr_array((above, rows.indices, rows.indptr), shape=rows.shape)
    return to_part @ price, (to_part @ credit).toarray()


def _programme(sites: int, parts: int, posts: int) -> Any:
    """State the linear programme without cuts: shares of sites, and what each part is worth."""
    import highspy

    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    for option, setting in {"output_flag": False, "threads": 1, "parallel": "off"}.items():
        solver.setOptionValue(option, setting)
    free = np.full(parts, highspy.kHighsInf)
    solver.addVars(sites + parts, np.r_[np.zeros(sites), -free], np.r_[np.ones(sites), free])
    worth = np.r_[np.zeros(sites), -np.ones(parts)]
    solver.changeColsCost(sites + parts, np.arange(sites + parts, dtype=np.int32), worth)
    columns = np.arange(sites, dtype=np.int32)
    solver.addRow(0.0, float(posts), sites, columns, np.ones(sites))
    return solver


def _add(solver: Any, constants: Floats, cuts: Sparse, parts: Any, scale: float) -> None:
    """Add rows: worth of a part - sum of credits of sites <= constant."""
    import highspy

    worth = sparse.csr_array((np.ones(parts.size), (np.arange(parts.size), parts)))
    rows = sparse.csr_array(sparse.hstack([-scale * cuts, worth]))
    solver.addRows(
        parts.size,
        np.full(parts.size, -highspy.kHighsInf),
        scale * constants,
        rows.nnz,
        rows.indptr[:-1].astype(np.int32),
        rows.indices.astype(np.int32),
        rows.data,
    )


def _mixed(
    blocks: list[tuple[Floats, Sparse, Any]], weight: Floats, parts: int
) -> tuple[float, Floats]:
    """Mix the cuts of each part by weights, made to add up to 1, so that the mix is a cut too."""
    weight = np.maximum(weight, 0.0)
    part = np.concatenate([of_part for _, _, of_part in blocks])
    weight = weight / np.bincount(part, weight, minlength=parts)[part]
    constant, credit, begin = 0.0, np.zeros(blocks[0][1].shape[1]), 0
    for constants, cuts, _ in blocks:
        some = weight[begin : begin + constants.size]
        constant += float(some @ constants)
        credit += some @ cuts
        begin += constants.size
    return constant, credit
