"""What the rows are worth: the best choice by a sum over sites, relaxed to shares of sites.

Sites that exclude each other in pairs would give a weak relaxation (half of each), so pairs stay
out of the program until an answer breaks one; then the row of a whole clique around it goes in.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from scipy import sparse

from .problem import Bools, Floats, Ints, Sparse
from .reduced import Rows

BROKEN = 1e-6  # by how much two shares must pass 1 together before their clique is added
CLIQUE_ROUNDS = 4  # times that cliques are added for one question
SCALE = 1e3  # HiGHS sees credits up to this


@dataclass(frozen=True, eq=False)
class RowPrices:
    """Shares of sites worth most, and prices that prove it.

    Attributes
    ----------
    share
        Of each site, 0 to 1.
    constant, by_site
        No choice that keeps to the rows is worth more than `constant` + the sum, over the sites
        in it, of their credit - `by_site`.
    """

    share: Floats
    constant: float
    by_site: Floats


Pricer: TypeAlias = Callable[[Floats], RowPrices | None]


def row_pricer(rows: Rows) -> Pricer:
    """Make a function from the credit of each site to prices; it answers None if nothing fits.

    The program is kept from call to call, so that the next one begins where the last one ended.

    Examples
    --------
    Two of three sites, of which the first two exclude each other.

    >>> rows = Rows(
    ...     sparse.csr_array([[1.0, 1.0, 1.0], [1.0, 1.0, 0.0]]),
    ...     np.array([-np.inf, -np.inf]), np.array([2.0, 1.0]),
    ... )
    >>> found = row_pricer(rows)(np.array([5.0, 4.0, 1.0]))
    >>> found.share.round().astype(int).tolist()
    [1, 0, 1]
    >>> float(found.constant + np.maximum([5, 4, 1] - found.by_site, 0).sum())
    6.0
    """
    is_pair = _pairs(rows)
    kept = Rows(rows.matrix[~is_pair], rows.lower[~is_pair], rows.upper[~is_pair])
    near = _graph(rows.matrix[is_pair])
    by_site = sparse.csr_array(kept.matrix.T)
    cliques: list[Ints] = []
    solver = _solver(kept)

    def prices(credit: Floats) -> RowPrices | None:
        scale = SCALE / max(float(np.abs(credit).max(initial=0.0)), 1e-300)
        sites = np.arange(credit.size, dtype=np.int32)
        solver.changeColsCost(credit.size, sites, -scale * credit)
        for _ in range(CLIQUE_ROUNDS):
            solver.run()
            if solver.getModelStatus().name == "kInfeasible":
                return None
            answer = solver.getSolution()
            share = np.clip(np.array(answer.col_value, dtype=float), 0.0, 1.0)
            fresh = list(_broken_cliques(near, share, credit))
            if not fresh:
                break
            cliques.extend(fresh)
            for clique in fresh:
                solver.addRow(
                    -np.inf, 1.0, clique.size, clique.astype(np.int32), np.ones(clique.size)
                )
        dual = -np.array(answer.row_dual, dtype=float) / scale
        return _proof(kept, by_site, cliques, dual, share)

    return prices


def _proof(
    kept: Rows, by_site: Sparse, cliques: list[Ints], dual: Floats, share: Floats
) -> RowPrices:
    """Turn duals, whatever their quality, into prices that are true."""
    price = dual[: kept.lower.size].copy()
    price[~np.isfinite(kept.upper) & (price > 0)] = 0.0
    price[~np.isfinite(kept.lower) & (price < 0)] = 0.0
    limit = np.where(price > 0, kept.upper, np.where(price < 0, kept.lower, 0.0))
    total, on_site = float(price @ limit), by_site @ price
    for clique, of_clique in zip(cliques, dual[kept.lower.size :], strict=False):
        if of_clique > 0:
            total += of_clique
            on_site[clique] += of_clique
    return RowPrices(share, total, on_site)


def _pairs(rows: Rows) -> Bools:
    """Tell the rows by which two sites exclude each other."""
    ones = np.bincount(
        np.repeat(np.arange(rows.lower.size), np.diff(rows.matrix.indptr)),
        weights=rows.matrix.data == 1.0,
        minlength=rows.lower.size,
    )
    found: Bools = (
        (np.diff(rows.matrix.indptr) == 2)
        & (ones == 2)
        & (rows.upper >= 1)
        & (rows.upper < 2)
        & (rows.lower <= 0)
    )
    return found


def _graph(pairs: Sparse) -> Sparse:
    """Which sites exclude which."""
    first, second = pairs.indices[0::2], pairs.indices[1::2]
    ends = np.r_[first, second], np.r_[second, first]
    sites = pairs.shape[1]
    return sparse.csr_array((np.ones(2 * first.size, dtype=bool), ends), shape=(sites, sites))


def _broken_cliques(near: Sparse, share: Floats, credit: Floats) -> "list[Ints]":
    if not near.nnz:
        return []
    some = np.flatnonzero(share > BROKEN)
    among = near[some][:, some].tocoo()
    first, second = some[among.coords[0]], some[among.coords[1]]
    broken = (first < second) & (share[first] + share[second] > 1 + BROKEN)
    found: list[Ints] = []
    for pair in zip(first[broken].tolist(), second[broken].tolist(), strict=True):
        if not any(np.isin(pair, clique).all() for clique in found):
            found.append(_clique_around(near, pair, share, credit))
    return found


def _clique_around(near: Sparse, pair: tuple[int, int], share: Floats, credit: Floats) -> Ints:
    """Add to two sites that exclude each other all that exclude each other too, best first."""
    clique = list(pair)
    common = np.intersect1d(_beside(near, pair[0]), _beside(near, pair[1]))
    common = common[np.lexsort((-credit[common], -share[common]))]
    while common.size:
        clique.append(int(common[0]))
        common = common[np.isin(common, _beside(near, clique[-1]))]
    return np.sort(np.array(clique))


def _beside(near: Sparse, site: int) -> Ints:
    beside: Ints = near.indices[near.indptr[site] : near.indptr[site + 1]]
    return beside


def _solver(rows: Rows) -> Any:
    import highspy

    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("presolve", "off")  # begins where the last one ended
    solver.setOptionValue("solver", "simplex")
    count, sites = rows.matrix.shape
    solver.passModel(
        *(sites, count, rows.matrix.nnz),
        *(int(highspy.MatrixFormat.kRowwise), int(highspy.ObjSense.kMinimize), 0.0),
        *(np.zeros(sites), np.zeros(sites), np.ones(sites), rows.lower, rows.upper),
        *(rows.matrix.indptr, rows.matrix.indices, rows.matrix.data.astype(float)),
        np.zeros(sites, dtype=np.int32),
    )
    return solver
