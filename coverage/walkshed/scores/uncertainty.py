"""How sure a share is, when speed, residents and places of posts are not.

In: minutes of each door, residents, limits of the bands, spreads. Out: shares of each draw, and
the interval that nine of ten draws lie in. The same seed gives the same draws.
"""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..travel_times import within
from .draws import FloatArray, Spreads, door_order, residents_factors, speed_factor

MinutesOf = Callable[[int], pd.DataFrame]
IntArray = npt.NDArray[np.intp]

NAMES = ["scenario", "band"]
LOW, HIGH = 0.05, 0.95
"""Nine of ten draws lie between these shares of all draws."""


def share_draws(
    minutes_of: MinutesOf,
    residents: pd.Series,
    limits_min: pd.DataFrame,
    *,
    spreads: Spreads,
    draws: int,
    seed: int,
    neighbourhoods: pd.Series | None = None,
) -> pd.DataFrame:
    """Share of residents within each band, in cities that are a little different each time.

    Parameters
    ----------
    minutes_of
        Minutes of each door to its nearest post in the draw of a number (from 0 on), as it would
        be at the speed that everybody is taken to walk: one column a scenario, indexed as
        `residents`. All walks take `1 / speed factor` times as long in a draw.
    residents, neighbourhoods
        Of each door, same index; doors of one neighbourhood share a factor.
    limits_min
        Limit of each door by band, in minutes: one column a band, indexed as `residents`.
    spreads, draws, seed
        See `draws.Spreads`; how many draws, and the seed of them.

    Returns
    -------
    DataFrame
        Index: numbers of draws; columns `(scenario, band)`: share of all residents, 0 to 1 (NaN
        where nobody lives).

    Examples
    --------
    Nothing is unsure, so every draw is the same:

    >>> minutes = pd.DataFrame({"existing": [4.0, 9.0]})
    >>> people, limit = pd.Series([60.0, 40.0]), pd.DataFrame({"5": [5.0, 5.0]})
    >>> sure = Spreads(speed=0.0, doors=0.0)
    >>> found = share_draws(lambda _: minutes, people, limit, spreads=sure, draws=2, seed=1)
    >>> found[("existing", "5")].to_list()
    [0.6, 0.6]
    """
    (found,) = shares_side_by_side(
        [(minutes_of, spreads)],
        residents,
        limits_min,
        draws=draws,
        seed=seed,
        neighbourhoods=neighbourhoods,
    )
    return found


def shares_side_by_side(
    variants: Sequence[tuple[MinutesOf, Spreads]],
    residents: pd.Series,
    limits_min: pd.DataFrame,
    *,
    draws: int,
    seed: int,
    neighbourhoods: pd.Series | None = None,
) -> list[pd.DataFrame]:
    """Draw shares in several ways at once: each as of `share_draws`, to the same bit.

    What several ways share in a draw, or one has from draw to draw, is made once: minutes, who
    lives where, and the doors within each limit.

    Parameters
    ----------
    variants
        `minutes_of` and `spreads` of each way; `minutes_of` gives the same table, not an equal
        one, where nothing is drawn.
    residents, limits_min, draws, seed, neighbourhoods
        As of `share_draws`.
    """
    people = residents.to_numpy(float)
    limits = [limits_min[band].to_numpy(float) for band in limits_min]
    is_drawn = any(spreads.doors or spreads.neighbourhoods for _, spreads in variants)
    order = door_order(residents.index, neighbourhoods) if is_drawn else None
    shares: list[list[list[float]]] = [[] for _ in variants]
    reached: dict[tuple[int, float], tuple[pd.DataFrame, list[IntArray]]] = {}
    for draw in range(draws):
        minutes_now = {way: way(draw) for way in dict.fromkeys(way for way, _ in variants)}
        living: dict[tuple[float, float], tuple[FloatArray, float]] = {}
        before, reached = reached, {}
        for own, (way, spreads) in zip(shares, variants, strict=True):
            key = spreads.doors, spreads.neighbourhoods
            if key not in living:
                there = people
                if order is not None and any(key):
                    there = people * residents_factors(order, spreads, seed, draw)
                living[key] = there, float(there.sum()) or np.nan
            minutes, speed = minutes_now[way], speed_factor(spreads, seed, draw)
            walk = id(minutes), speed  # of a table that is held, so no other has its id
            if walk not in reached:
                reached[walk] = before.get(walk) or (minutes, _reached(minutes, speed, limits))
            there, total = living[key]
            own.append([there[rows].sum() / total for rows in reached[walk][1]])
    return [
        pd.DataFrame(
            own,
            pd.RangeIndex(draws, name="draw"),
            pd.MultiIndex.from_product([list(way(0)), map(str, limits_min)], names=NAMES),
        )
        for own, (way, _) in zip(shares, variants, strict=True)
    ]


def _reached(minutes: pd.DataFrame, speed: float, limits: Sequence[FloatArray]) -> list[IntArray]:
    """Rows of the doors within each limit at a speed, by scenario and band."""
    walks = [minutes[name].to_numpy(float) / speed for name in minutes]
    return [np.flatnonzero(within(walk, limit)) for walk in walks for limit in limits]


def intervals(draws: pd.DataFrame) -> pd.DataFrame:
    """Median of the draws, and between what nine of ten of them lie.

    Parameters
    ----------
    draws
        One row a draw, as `share_draws` gives.

    Returns
    -------
    DataFrame
        One row for each column of the draws, in order: `scenario`, `band`, `share_median`,
        `share_low`, `share_high`.

    Examples
    --------
    >>> columns = pd.MultiIndex.from_tuples([("existing", "5")], names=["scenario", "band"])
    >>> intervals(pd.DataFrame({0: [0.1, 0.2, 0.3]}).set_axis(columns, axis=1)).round(3)
       scenario band  share_median  share_low  share_high
    0  existing    5           0.2       0.11        0.29
    """
    quantiles = draws.quantile([0.5, LOW, HIGH]).T
    quantiles.columns = pd.Index(["share_median", "share_low", "share_high"])
    return quantiles.reset_index()
