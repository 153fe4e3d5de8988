"""How unequal the walks of residents are: mean, worst tenth, Gini coefficient and Palma ratio.

All of them weigh each door by its residents, as if every resident were asked, and speak of those
who can walk to a post: who reaches none has no minutes, is left out here, and is counted beside in
`residents_not_reached` of `coverage_scores`. A low Gini is no good news by itself: a zone that is
equally far from everything is equal too. Read it beside the mean.
"""

import numpy as np
import pandas as pd

from .spread import FloatArray, Spread, spread_over_residents, sum_between, sum_by_zone

WORST_SHARE = 0.1
"""Share of residents with the longest walks: the tenth of the Palma ratio and of its mean."""
BEST_SHARE = 0.4
"""Share of residents with the shortest walks in the Palma ratio."""


def equity_scores(minutes: pd.Series, residents: pd.Series, zone: pd.Series) -> pd.DataFrame:
    r"""How unequally the minutes of each zone are spread over its residents.

    With :math:`F(x)` the share of residents who walk at most :math:`x` minutes and :math:`\mu`
    their mean, the Gini coefficient is half the mean difference of two residents over the mean
    [1]_:

    .. math:: G = \frac{1}{\mu} \int_0^\infty F(x) \, (1 - F(x)) \, dx

    and the Palma ratio is the minutes walked by the tenth of residents with the longest walks
    over those walked by the four tenths with the shortest [2]_. A door on the border of a tenth
    is split.

    Parameters
    ----------
    minutes, residents, zone
        Minutes to the nearest post (infinite when not reached), residents, and id of the zone;
        one row a door, same index.

    Returns
    -------
    DataFrame
        Index: the zones in order. `mean_min`; `worst_tenth_min`, mean of the tenth of residents
        who walk longest; `gini`, 0 where all walk alike and always under 1; `palma`, 1/4 where
        all walk alike. NaN where nobody is reached; `palma` also where the four tenths with the
        shortest walks walk no time at all.

    References
    ----------
    .. [1] R. Dorfman, "A formula for the Gini coefficient", Review of Economics and Statistics
       61(1), 1979, 146-149.
    .. [2] J. G. Palma, "Homogeneous middles vs. heterogeneous tails, and the end of the
       'inverted-U'", Development and Change 42(1), 2011, 87-153: there of incomes.

    Examples
    --------
    Of ten residents nine walk 5 minutes and one 15. Two residents differ by 10 minutes in 18 of
    100 pairs, by 1.8 on average; half of that over the mean of 6 is 0.15. The worst tenth walks
    15 minutes, the best four tenths 20:

    >>> minutes, residents = pd.Series([5.0, 15.0, np.inf]), pd.Series([9.0, 1.0, 3.0])
    >>> equity_scores(minutes, residents, pd.Series(["A", "A", "B"])).round(12).T
    zone                 A   B
    mean_min          6.00 NaN
    worst_tenth_min  15.00 NaN
    gini              0.15 NaN
    palma             0.75 NaN
    """
    return equity_of(spread_over_residents(minutes, residents, zone))


def equity_of(walks: Spread) -> pd.DataFrame:
    """Score minutes that are spread already; see `equity_scores`."""
    mean = _over(sum_between(walks, 0, 1), walks.total)
    worst = sum_between(walks, 1 - WORST_SHARE, 1)
    return pd.DataFrame(
        {
            "mean_min": mean,
            "worst_tenth_min": _over(worst, WORST_SHARE * walks.total),
            "gini": _gini(walks, mean),
            "palma": _over(worst, sum_between(walks, 0, BEST_SHARE)),
        },
        index=walks.zones.rename("zone"),
    )


def _gini(walks: Spread, mean: FloatArray) -> FloatArray:
    """Gini coefficient of each zone: the integral is a sum over the gaps between two rows."""
    within_zone = walks.zone[1:] == walks.zone[:-1]
    zone, gap = walks.zone[:-1][within_zone], np.diff(walks.figure)[within_zone]
    share = (walks.up_to[:-1] / walks.total[walks.zone[:-1]])[within_zone]
    area = sum_by_zone(walks, zone, share * (1 - share) * gap)
    gini = _over(area, mean)
    gini[mean == 0] = 0.0  # all live at the post: nobody differs
    return gini


def _over(amount: FloatArray, base: FloatArray) -> FloatArray:
    """Divide; NaN where there is nothing to divide by."""
    found: FloatArray = np.full(len(base), np.nan)
    np.divide(amount, base, out=found, where=base > 0)
    return found
