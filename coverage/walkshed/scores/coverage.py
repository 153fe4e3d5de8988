"""How well residents are covered: for the city, its neighbourhoods and its hexagons.

In: minutes to the nearest post and residents, one row a door. Out: tables with one row a zone.
Shares run from 0 to 1. Who cannot reach any post has infinite minutes: he is counted among the
residents and among `residents_not_reached`, and left out of median, 90th percentile and longest,
which speak of those who can walk.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..travel_times import within


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
    counted = np.isfinite(minutes) & (residents > 0)
    if not counted.any():
        return float("nan")
    order = np.argsort(minutes[counted], kind="stable")
    below = np.cumsum(residents[counted][order])
    rounding = 1e-12 * below[-1]
    at = int(np.searchsorted(below, share * below[-1] - rounding))
    return float(minutes[counted][order][min(at, len(order) - 1)])


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
    by_reason = {f"not_reached_{why}": residents.where(reason == why, 0.0) for why in reasons}
    return pd.DataFrame(by_reason).groupby(zone.rename("zone"), sort=True).sum()


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
    doors = pd.DataFrame({"minutes": minutes, "residents": residents})
    for band in inside:
        doors[f"residents_within_{band}"] = residents.where(inside[band], 0.0)
    doors["residents_not_reached"] = residents.where(~np.isfinite(minutes), 0.0)
    zones = doors.groupby(zone.rename("zone"), sort=True)
    sums = zones[[column for column in doors if column != "minutes"]].sum()
    scores = sums[["residents"]].copy()
    for band in inside:
        scores[f"residents_within_{band}"] = sums[f"residents_within_{band}"]
        lived_in = sums["residents"].where(sums["residents"] > 0)
        scores[f"share_within_{band}"] = sums[f"residents_within_{band}"] / lived_in
    for name, share in (("median_min", 0.5), ("p90_min", 0.9), ("max_min", 1.0)):
        scores[name] = {
            key: weighted_quantile(part["minutes"].to_numpy(), part["residents"].to_numpy(), share)
            for key, part in zones
        }
    scores["residents_not_reached"] = sums["residents_not_reached"]
    return scores
