r"""What no cheaper plan can pass: a lower bound on the cost of covering, by smooth dual ascent.

Let every row offer a price u >= 0 to be covered. A site then costs c_j less the prices of the rows
it covers, and if rows worth a certain need must be covered, at least

.. math:: L(u) = \min_y \Big\{ \sum_i u_i y_i : \sum_i w_i y_i \ge need,\ 0 \le y \le 1 \Big\}
          + \sum_j \min\Big(0,\ c_j - \sum_{i \in j} u_i\Big)

is paid by every plan. Where all rows must be covered every y is 1. L has corners; they are rounded
off ever less while an accelerated gradient ascent climbs [1]_, and every L on the way is a bound.

.. [1] Nesterov, Y. (2005). Smooth minimization of non-smooth functions. Mathematical Programming
   103, 127-152.
"""

from dataclasses import dataclass

import numpy as np

from .clock import now_s
from .problem import Floats, Sparse

ROUGH, FINE = 0.1, 0.001  # how far corners are rounded off at first and at last, in mean costs


@dataclass(frozen=True)
class CoverBound:
    """What plans must cost.

    Attributes
    ----------
    lower
        No plan costs less.
    with_site, without_site
        For each site: no plan with it (without it) costs less.
    price
        What each row offers to be covered, at the end.
    """

    lower: float
    with_site: Floats
    without_site: Floats
    price: Floats


def cover_bound(
    matrix: Sparse,
    cost: Floats,
    residents: Floats,
    spare: float,
    *,
    enough: float,
    rounds: int,
    deadline: float,
) -> CoverBound:
    """Bound the cost of plans that leave at most `spare` residents uncovered, from below.

    Parameters
    ----------
    matrix
        Sparse by columns, rows by sites, 1.0 where a site covers a row; no row without a site.
    enough
        A bound as high as this is high enough: nothing higher is looked for.
    rounds
        How often prices are changed.
    deadline
        A time of `time.perf_counter`; one bound is computed even when it has passed.
    """
    by_site, sizes = matrix.T.tocsr(), np.diff(matrix.indptr)
    by_row = matrix.tocsr()
    each = np.repeat(cost / np.maximum(sizes, 1), sizes)
    price = at = np.full(matrix.shape[0], np.inf)
    np.minimum.at(price, matrix.indices, each)
    steepest = by_row @ sizes / 4  # of the rounded L, in each direction and per unit of rounding
    pace, lower = 1.0, -np.inf
    with_site = without_site = np.full(cost.size, -np.inf)
    rounding = cost.mean() * np.geomspace(ROUGH, FINE, rounds)
    for mu in rounding:
        net = cost - by_site @ at
        owed, share = _rows_part(at, residents, spare, mu)
        this = owed + float(net[net < 0].sum())
        lower = max(lower, this)
        with_site = np.maximum(with_site, this + np.maximum(net, 0.0))
        without_site = np.maximum(without_site, this - np.minimum(net, 0.0))
        if lower >= enough or now_s() > deadline:
            break
        slope = share - by_row @ _soft_step(-net / mu)
        climbed = np.maximum(at + mu / steepest * slope, 0.0)
        next_pace = (1 + np.sqrt(1 + 4 * pace**2)) / 2
        if (climbed - price) @ slope < 0:  # momentum leads astray
            at, next_pace = climbed, 1.0
        else:
            at = np.maximum(climbed + (pace - 1) / next_pace * (climbed - price), 0.0)
        price, pace = climbed, next_pace
    return CoverBound(lower, with_site, without_site, price)


def _soft_step(values: Floats) -> Floats:
    stepped: Floats = 0.5 + 0.5 * np.tanh(values / 2)
    return stepped


def _rows_part(price: Floats, residents: Floats, spare: float, mu: float) -> tuple[float, Floats]:
    """What rows offer at least, and which share of each row is covered for that (corners rounded).

    The dearest rows for their residents stay uncovered, as far as `spare` goes.
    """
    if spare < residents.min():
        return float(price.sum()), np.ones(price.size)
    dear = price / residents
    order = np.argsort(-dear, kind="stable")
    left = np.clip((spare - np.cumsum(residents[order])) / residents[order] + 1, 0.0, 1.0)
    owed = float((price[order] * (1 - left)).sum())
    edge = dear[order[int(np.searchsorted(-left, 0.0))]] if left[-1] == 0 else 0.0
    return owed, _soft_step((residents * edge - price) / mu)
