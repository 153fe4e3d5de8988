"""How a figure of doors, such as minutes, is spread over the residents of each zone.

Every figure per zone that needs an order (quantiles, tenths, Gini) is read from one table sorted
once by zone and figure; no zone is gone through on its own.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

ROUNDING = 1e-12
"""Sums of residents are trusted to this share of them: a rounding moves no quantile and splits no
door."""


@dataclass(frozen=True, eq=False)
class Spread:
    """Residents with a finite figure, in rows sorted by zone and then from the least figure up.

    Attributes
    ----------
    zones
        Ids of all zones in order, of those without a row too.
    zone, figure, residents
        One row a door: number of its zone among `zones`, its figure, its residents (over 0).
    up_to, below
        Residents of the zone up to the row with it, and without it.
    first, rows, total
        Of each zone: its first row, its number of rows, the residents in them.
    """

    zones: pd.Index
    zone: IntArray
    figure: FloatArray
    residents: FloatArray
    up_to: FloatArray
    below: FloatArray
    first: IntArray
    rows: IntArray
    total: FloatArray


def spread_over_residents(figure: pd.Series, residents: pd.Series, zone: pd.Series) -> Spread:
    """Sort the residents of each zone by their figure.

    Parameters
    ----------
    figure, residents, zone
        One row a door, same index. Doors without residents, and doors whose figure is infinite
        or NaN, are left out. Every id of a zone, "" too, is a zone of its own.

    Examples
    --------
    >>> minutes, residents = pd.Series([8.0, 2.0, np.inf]), pd.Series([10.0, 50.0, 7.0])
    >>> found = spread_over_residents(minutes, residents, pd.Series(["A", "A", "B"]))
    >>> found.figure.tolist(), found.up_to.tolist(), found.total.tolist()
    ([2.0, 8.0], [50.0, 60.0], [60.0, 0.0])
    """
    code, zones = pd.factorize(zone, sort=True)
    value, people = figure.to_numpy(float), residents.to_numpy(float)
    counted = np.flatnonzero(np.isfinite(value) & (people > 0))
    order = counted[np.lexsort((people[counted], value[counted], code[counted]))]
    code, value, people = code[order], value[order], people[order]
    rows = np.bincount(code, minlength=len(zones))
    first = np.cumsum(rows) - rows
    lived_in = rows > 0
    up_to = pd.Series(people).groupby(code).cumsum().to_numpy(float)
    below = np.concatenate([[0.0], up_to[:-1]])[: len(up_to)]
    below[first[lived_in]] = 0.0
    total = np.zeros(len(zones))
    total[lived_in] = up_to[(first + rows - 1)[lived_in]]
    return Spread(pd.Index(zones), code, value, people, up_to, below, first, rows, total)


def at_share(spread: Spread, share: float) -> FloatArray:
    """Least figure that at least the share of residents do not exceed; NaN where nobody is left.

    Examples
    --------
    >>> minutes, residents = pd.Series([2.0, 4.0, 8.0]), pd.Series([50.0, 40.0, 10.0])
    >>> found = spread_over_residents(minutes, residents, pd.Series(["A", "A", "A"]))
    >>> [at_share(found, share).item() for share in (0.5, 0.9, 1.0)]
    [2.0, 4.0, 8.0]
    """
    enough = (share - ROUNDING) * spread.total
    short = np.bincount(
        spread.zone[spread.up_to < enough[spread.zone]], minlength=len(spread.zones)
    )
    at = spread.first + np.minimum(short, spread.rows - 1)
    found = np.full(len(spread.zones), np.nan)
    lived_in = spread.rows > 0
    found[lived_in] = spread.figure[at[lived_in]]
    return found


def sum_between(spread: Spread, low: float, high: float) -> FloatArray:
    """Sum of the figure over the residents between two shares, counted from the least figure up.

    A door that a share cuts through is split: its residents count in part.

    Examples
    --------
    The tenth of 50 residents who walk longest: all 4 at 9 minutes and 1 of those at 6:

    >>> minutes, residents = pd.Series([3.0, 6.0, 9.0]), pd.Series([40.0, 6.0, 4.0])
    >>> found = spread_over_residents(minutes, residents, pd.Series(["A", "A", "A"]))
    >>> sum_between(found, 0.9, 1.0).tolist()
    [42.0]
    """
    total = spread.total[spread.zone]
    part = np.minimum(spread.up_to, high * total) - np.maximum(spread.below, low * total)
    counted = np.where(part > ROUNDING * total, part, 0.0)
    return sum_by_zone(spread, spread.zone, counted * spread.figure)


def sum_by_zone(spread: Spread, zone: IntArray, amount: FloatArray) -> FloatArray:
    """Sum amounts by the number of their zone, in the order of the rows; 0 for a zone of none."""
    return np.bincount(zone, amount, minlength=len(spread.zones)).astype(float)
