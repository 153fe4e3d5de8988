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
BoolArray = npt.NDArray[np.bool_]

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

    A draw of residents that several ways share is drawn once, and doors are only looked through
    again where minutes or speed differ from those of the draw before.

    Parameters
    ----------
    variants
        `minutes_of` and `spreads` of each way; `minutes_of` gives the same table, not an equal
        one, where nothing is drawn.
    residents, limits_min, draws, seed, neighbourhoods
        As of `share_draws`.
    """
    order = door_order(residents.index, neighbourhoods)
    people = residents.to_numpy(float)
    reached_of = [_reached_in_turn(minutes_of, limits_min) for minutes_of, _ in variants]
    names = [
        [(name, str(band)) for name in minutes_of(0) for band in limits_min]
        for minutes_of, _ in variants
    ]
    shares = [np.full((draws, len(of)), np.nan) for of in names]
    for draw in range(draws):
        living: dict[tuple[float, float], tuple[FloatArray, float]] = {}
        for own, reached_in, (_, spreads) in zip(shares, reached_of, variants, strict=True):
            key = spreads.doors, spreads.neighbourhoods
            if key not in living:
                there = people * residents_factors(order, spreads, seed, draw)
                living[key] = there, float(there.sum()) or np.nan
            there, total = living[key]
            reached = reached_in(draw, speed_factor(spreads, seed, draw))
            own[draw] = [there[rows].sum() / total for rows in reached]
    return [
        pd.DataFrame(
            own,
            pd.RangeIndex(draws, name="draw"),
            pd.MultiIndex.from_tuples(of, names=["scenario", "band"]),
        )
        for own, of in zip(shares, names, strict=True)
    ]


def _reached_in_turn(
    minutes_of: MinutesOf, limits_min: pd.DataFrame
) -> Callable[[int, float], list[BoolArray]]:
    """Give a function of draw and speed: the doors within each limit, by scenario and band."""
    limits = [limits_min[band].to_numpy(float) for band in limits_min]
    last: tuple[pd.DataFrame, float, list[BoolArray]] | None = None

    def reached_in(draw: int, speed: float) -> list[BoolArray]:
        nonlocal last
        minutes = minutes_of(draw)
        if last is None or minutes is not last[0] or speed != last[1]:
            walks = [minutes[name].to_numpy(float) / speed for name in minutes]
            last = minutes, speed, [within(walk, limit) for walk in walks for limit in limits]
        return last[2]

    return reached_in


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
