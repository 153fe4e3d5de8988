"""Which residents are covered: within each band, by which minutes, and who is not reached.

In: minutes to the nearest post and residents, one row a door. Out: tables with one row a zone.
Shares run from 0 to 1. Who cannot reach any post has infinite minutes: he is counted among the
residents and among `residents_not_reached`, and left out of median, 90th percentile and longest,
which speak of those who can walk.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..travel_times import within
from .spread import Spread, at_share, spread_over_residents


def weighted_quantile(
    minutes: npt.NDArray[np.float64], residents: npt.NDArray[np.float64], share: float
) -> float:
    """Least time within which at least the share of residents reach a post.

    Infinite minutes are left out; NaN when nobody is left.

    Examples
    --------
    >>> minutes, residents = np.array([2.0, 4.0, 8.0, np.inf]), np.array([50.0, 40.0, 10.0, 7.0])
    >>> [weighted_quantile(minutes, residents, share) for share in (0.5, 0.9, 1.0)]
    [2.0, 4.0, 8.0]
    >>> weighted_quantile(np.array([np.inf]), np.array([7.0]), 0.5)
    nan
    """
    walks = spread_over_residents(
        pd.Series(minutes), pd.Series(residents), pd.Series(np.zeros(len(minutes)))
    )
    return float(at_share(walks, share)[0]) if len(walks.zones) else float("nan")


def not_reached(
    reason: pd.Series, residents: pd.Series, zone: pd.Series, *, reasons: Sequence[str]
) -> pd.DataFrame:
    """Residents of each zone that reach no post, by the reason why.

    Parameters
    ----------
    reason, residents, zone
        Why the door reaches no post ("" where it does), residents, and id of the zone; one row a
        door, same index.
    reasons
        The reasons there are; each becomes a column.

    Returns
    -------
    DataFrame
        Index: the zones in order; one column `not_reached_<reason>` for each reason.

    Examples
    --------
    >>> reason, residents = pd.Series(["", "no_way"]), pd.Series([100.0, 40.0])
    >>> table = not_reached(reason, residents, pd.Series(["A", "A"]), reasons=["no_way"])
    >>> table["not_reached_no_way"].tolist()
    [40.0]
    """
    counted = {f"not_reached_{why}": reason == why for why in reasons}
    return residents_by_zone(residents, zone, counted).drop(columns="residents")


def coverage_scores(
    minutes: pd.Series, residents: pd.Series, zone: pd.Series, *, cutoffs_min: Sequence[int]
) -> pd.DataFrame:
    """Coverage of each zone.

    Parameters
    ----------
    minutes, residents, zone
        Minutes to the nearest post (infinite when not reached), residents, and id of the zone;
        one row a door, same index. Every id, "" too, is a zone of its own.
    cutoffs_min
        Whole minutes; exactly at the cutoff counts.

    Returns
    -------
    DataFrame
        Index: the zones in order; `residents`; for each cutoff `residents_within_5` and
        `share_within_5` (NaN in a zone without residents); `median_min`, `p90_min`, `max_min`
        (NaN where nobody is reached); `residents_not_reached`.

    Examples
    --------
    >>> minutes = pd.Series([4.0, 10.0, np.inf])
    >>> residents = pd.Series([100.0, 60.0, 40.0])
    >>> zone = pd.Series(["A", "A", "B"])
    >>> coverage_scores(minutes, residents, zone, cutoffs_min=[10]).T
    zone                       A     B
    residents              160.0  40.0
    residents_within_10    160.0   0.0
    share_within_10          1.0   0.0
    median_min               4.0   NaN
    p90_min                 10.0   NaN
    max_min                 10.0   NaN
    residents_not_reached    0.0  40.0
    """
    inside = {str(cut): within(minutes.to_numpy(), cut) for cut in cutoffs_min}
    table = pd.DataFrame(inside, index=minutes.index)
    return band_scores(minutes, residents, zone, inside=table)


def band_scores(
    minutes: pd.Series, residents: pd.Series, zone: pd.Series, *, inside: pd.DataFrame
) -> pd.DataFrame:
    """Coverage of each zone, by bands of any standard.

    Parameters
    ----------
    minutes, residents, zone
        As of `coverage_scores`.
    inside
        Whether each door is within each band: one column a band, by its label.

    Returns
    -------
    DataFrame
        As of `coverage_scores`; the label of a band stands where the cutoff does.

    Examples
    --------
    Two houses 560 and 720 m away, at 80 m a minute: only the second is low enough for 800 m.

    >>> minutes, residents = pd.Series([7.0, 9.0]), pd.Series([60.0, 40.0])
    >>> inside = pd.DataFrame({"500_800": [False, True]})
    >>> city = pd.Series(["A", "A"])
    >>> band_scores(minutes, residents, city, inside=inside)["share_within_500_800"].tolist()
    [0.4]
    """
    walks = spread_over_residents(minutes, residents, zone)
    return coverage_of(walks, minutes, residents, zone, inside=inside)


def coverage_of(
    walks: Spread,
    minutes: pd.Series,
    residents: pd.Series,
    zone: pd.Series,
    *,
    inside: pd.DataFrame,
) -> pd.DataFrame:
    """Score minutes that are spread already; see `band_scores`."""
    sums = residents_by_zone(
        residents,
        zone,
        {
            **{f"residents_within_{band}": inside[band] for band in inside},
            "residents_not_reached": ~np.isfinite(minutes),
        },
    )
    scores = sums[["residents"]].copy()
    for band in inside:
        scores[f"residents_within_{band}"] = sums[f"residents_within_{band}"]
        scores[f"share_within_{band}"] = share_of(sums[f"residents_within_{band}"], sums)
    for name, share in (("median_min", 0.5), ("p90_min", 0.9), ("max_min", 1.0)):
        scores[name] = at_share(walks, share)
    scores["residents_not_reached"] = sums["residents_not_reached"]
    return scores


def residents_by_zone(
    residents: pd.Series, zone: pd.Series, counted: Mapping[str, pd.Series]
) -> pd.DataFrame:
    """Sum the `residents` of each zone, and those of them that each column counts.

    Examples
    --------
    >>> residents, zone = pd.Series([3.0, 4.0]), pd.Series(["A", "A"])
    >>> counted = {"old": pd.Series([False, True])}
    >>> residents_by_zone(residents, zone, counted).loc["A"].to_dict()
    {'residents': 7.0, 'old': 4.0}
    """
    columns = {name: residents.where(who, 0.0) for name, who in counted.items()}
    table = pd.DataFrame({"residents": residents, **columns}, index=residents.index)
    return table.groupby(zone.rename("zone"), sort=True).sum()


def share_of(part: pd.Series, zones: pd.DataFrame) -> pd.Series:
    """Share of the residents of each zone; NaN where nobody lives."""
    return part / zones["residents"].where(zones["residents"] > 0)
