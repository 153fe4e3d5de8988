"""Coverage of groups of residents side by side: age groups, and walkers of different pace."""

import pandas as pd

from .coverage import band_scores

ALL = "all"


def group_scores(
    minutes: pd.Series, residents: pd.DataFrame, *, inside: pd.DataFrame
) -> pd.DataFrame:
    """Coverage of each group of residents by each band.

    Parameters
    ----------
    minutes
        Minutes of each door to its nearest post, infinite where there is none.
    residents
        Residents of each door by group, one column a group; missing where not known: only the
        known are counted.
    inside
        Whether each door is within each band, as of `band_scores`.

    Returns
    -------
    DataFrame
        One row a group and band, in their order: `group`, `band`, `residents`,
        `residents_within`, `share_within` (NaN for a group without residents), `median_min`,
        `p90_min`, `residents_not_reached`.

    Examples
    --------
    >>> minutes = pd.Series([4.0, 9.0])
    >>> people = pd.DataFrame({"all": [60.0, 40.0], "children": [5.0, 15.0]})
    >>> inside = pd.DataFrame({"5": [True, False]})
    >>> group_scores(minutes, people, inside=inside)[["group", "share_within", "median_min"]]
          group  share_within  median_min
    0       all          0.60         4.0
    1  children          0.25         9.0
    """
    rows = []
    city = pd.Series("city", index=minutes.index)
    for group in residents:
        known = residents[group].fillna(0.0)
        scores = band_scores(minutes, known, city, inside=inside).iloc[0]
        rows += [
            {
                "group": group,
                "band": band,
                "residents": scores["residents"],
                "residents_within": scores[f"residents_within_{band}"],
                "share_within": scores[f"share_within_{band}"],
                "median_min": scores["median_min"],
                "p90_min": scores["p90_min"],
                "residents_not_reached": scores["residents_not_reached"],
            }
            for band in inside
        ]
    return pd.DataFrame(rows)
