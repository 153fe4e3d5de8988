"""What is left when the nearest post is shut: the second nearest; and how straight the way is."""

import numpy as np
import pandas as pd

from .coverage import residents_by_zone, share_of
from .spread import at_share, spread_over_residents


def second_nearest(ranked: pd.DataFrame, nearest: pd.Series) -> pd.DataFrame:
    """Nearest post of each door besides the one it goes to.

    Parameters
    ----------
    ranked
        What `nearest_facilities` returns: the posts of each door, the nearest first. Where a post
        has several positions, so many ranks more are needed.
    nearest
        Id of the post that each door goes to ("" for none); index: the doors, in the order of
        `ranked`.

    Returns
    -------
    DataFrame
        Index of `nearest`; `second_nearest_post` and `second_nearest_min`: "" and infinite where
        no second post is reached.

    Examples
    --------
    Home is nearest to two doors of one post, in the west:

    >>> ranked = pd.DataFrame(
    ...     {"facility": ["west", "west", "east"], "minutes": [2.0, 3.0, 5.0], "door_id": "home"}
    ... )
    >>> second_nearest(ranked, pd.Series({"home": "west"}))
         second_nearest_post  second_nearest_min
    home                east                 5.0
    """
    ranks = len(ranked) // max(len(nearest), 1)
    shape = len(nearest), max(ranks, 1)
    post = ranked["facility"].to_numpy(object).reshape(shape)
    minutes = ranked["minutes"].to_numpy(float).reshape(shape)
    other = post != nearest.to_numpy(object)[:, None]
    each, rank = np.arange(len(nearest)), other.argmax(axis=1)
    found = other[each, rank] & np.isfinite(minutes[each, rank])
    return pd.DataFrame(
        {
            "second_nearest_post": np.where(found, post[each, rank], ""),
            "second_nearest_min": np.where(found, minutes[each, rank], np.inf),
        },
        index=nearest.index,
    )


def backup_scores(
    second_min: pd.Series, residents: pd.Series, zone: pd.Series, *, inside: pd.DataFrame
) -> pd.DataFrame:
    """Residents of each zone who have two posts to walk to.

    Parameters
    ----------
    second_min, residents, zone
        Minutes to the second nearest post (infinite when there is none), residents, and id of the
        zone; one row a door, same index.
    inside
        Whether the second nearest post of each door is within each band, and so the nearest too:
        one column a band, by its label.

    Returns
    -------
    DataFrame
        Index: the zones in order; for each band `residents_backup_10` and `backup_share_10` (NaN
        in a zone without residents); `median_second_nearest_min` of those who have a second post
        (NaN where nobody has), `residents_no_second_post`: the others.

    Examples
    --------
    >>> second, residents = pd.Series([4.0, 12.0, np.inf]), pd.Series([30.0, 60.0, 10.0])
    >>> inside = pd.DataFrame({"10": [True, False, False]})
    >>> backup_scores(second, residents, pd.Series(["A", "A", "A"]), inside=inside).T
    zone                          A
    residents_backup_10        30.0
    backup_share_10             0.3
    median_second_nearest_min  12.0
    residents_no_second_post   10.0
    """
    counted = {str(band): inside[band] for band in inside}
    sums = residents_by_zone(residents, zone, {**counted, "none": ~np.isfinite(second_min)})
    scores = pd.DataFrame(index=sums.index)
    for band in counted:
        scores[f"residents_backup_{band}"] = sums[band]
        scores[f"backup_share_{band}"] = share_of(sums[band], sums)
    scores["median_second_nearest_min"] = at_share(
        spread_over_residents(second_min, residents, zone), 0.5
    )
    return scores.assign(residents_no_second_post=sums["none"])


def detour_index(walk_m: pd.Series, straight_m: pd.Series) -> pd.Series:
    """Metres of the walk over metres of the straight line, from each door to its nearest post.

    Also called route factor or circuity: 1 for a walk straight ahead, 2 for one of twice the
    straight line. NaN where no post is reached, and where the straight line has no length: a door
    that is the post's own has no direction to go astray from.

    Parameters
    ----------
    walk_m
        Shortest way along the streets, door to door (infinite where there is none).
    straight_m
        Straight line between the same two points.

    References
    ----------
    D. J. Giacomin, D. M. Levinson, "Road network circuity in metropolitan areas", Environment and
    Planning B 42(6), 2015, 1040-1053.

    Examples
    --------
    Round the corner of a block of 300 by 400 m; across an uncrossed river; in the post's house:

    >>> walk_m, straight_m = pd.Series([700.0, np.inf, 0.0]), pd.Series([500.0, 80.0, 0.0])
    >>> detour_index(walk_m, straight_m).tolist()
    [1.4, nan, nan]
    """
    measured = np.isfinite(walk_m) & (straight_m > 0)
    return walk_m.where(measured) / straight_m.where(measured)
