"""What can be walked to at each weekday and hour: the posts that are open then."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from ..scores import band_scores
from ..scores.opening import open_in_week, opening_scores
from ..standards import Band
from .bands import inside
from .walk import Walk, nearest_post


def opening_hours_table(
    walk: Walk, measured: Walk, bands: Sequence[Band], *, monday: dt.date
) -> pd.DataFrame:
    """Coverage by the existing posts that are open, hour by hour of one week.

    Parameters
    ----------
    walk, measured
        The quickest walks, and those that the bands belong to.
    monday
        The week; see `open_in_week`.

    Returns
    -------
    DataFrame
        As of `opening_scores`; the scores are `share_within_<band>` and `median_min`, `p90_min`
        of those who reach a post. Posts that are planned have no hours and are not counted.
    """
    hours = walk.posts.get("opening_hours", pd.Series("", index=walk.posts.index))
    doors = walk.doors
    city = pd.Series("city", index=doors.index)

    def scores_of(posts: pd.Index) -> dict[str, Any]:
        within = inside(bands, doors, _minutes_to(measured, posts))
        minutes = _minutes_to(walk, posts)
        row = band_scores(minutes, doors["residents"], city, inside=within).iloc[0]
        shares = [f"share_within_{band.label}" for band in bands]
        return {name: float(row[name]) for name in (*shares, "median_min", "p90_min")}

    return opening_scores(open_in_week(hours, monday), scores_of)


def _minutes_to(walk: Walk, posts: pd.Index) -> pd.Series:
    """Minutes of each door to the nearest of some posts; never less than to the nearest of all."""
    had = walk.doors["nearest_min"]
    if not len(posts):
        return pd.Series(np.inf, index=had.index)
    positions = walk.post_positions[walk.post_positions.index.isin(posts)]
    minutes: pd.Series = nearest_post(walk, walk.doors, positions)["nearest_min"].clip(lower=had)
    return minutes
