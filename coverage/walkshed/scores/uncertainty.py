"""How sure a share is, when speed, residents and places of posts are not.

In: minutes of each door, residents, limits of the bands, spreads. Out: shares of each draw, and
the interval that nine of ten draws lie in. The same seed gives the same draws.
"""

from collections.abc import Callable

import numpy as np
import pandas as pd

from ..travel_times import within
from .draws import Spreads, door_order, residents_factors, speed_factor

LOW, HIGH = 0.05, 0.95
"""Nine of ten draws lie between these shares of all draws."""


def share_draws(
    minutes_of: Callable[[int], pd.DataFrame],
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
    order = door_order(residents.index, neighbourhoods)
    people = residents.to_numpy(float)
    limits = {str(band): limits_min[band].to_numpy(float) for band in limits_min}
    names = [(name, band) for name in minutes_of(0) for band in limits]
    shares = np.full((draws, len(names)), np.nan)
    for draw in range(draws):
        speed = speed_factor(spreads, seed, draw)
        living = people * residents_factors(order, spreads, seed, draw)
        total, minutes = float(living.sum()), minutes_of(draw)
        for column, (name, band) in enumerate(names):
            reached = within(minutes[name].to_numpy(float) / speed, limits[band])
            shares[draw, column] = living[reached].sum() / (total or np.nan)
    columns = pd.MultiIndex.from_tuples(names, names=["scenario", "band"])
    return pd.DataFrame(shares, pd.RangeIndex(draws, name="draw"), columns)


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
