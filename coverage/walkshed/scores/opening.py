"""When posts are open: what can be walked to at a weekday and an hour.

In: opening hours of posts in the syntax of OpenStreetMap. Out: whether each post is open at each
hour of a week, and a table of what is covered then. Posts whose hours are not known, or not in
that syntax, are neither open nor closed: every figure is told twice, as if they were closed and as
if they were open, and the truth lies between.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd

HOURS = 24
WEEKDAYS = 7


def open_in_week(opening_hours: pd.Series, monday: dt.date) -> pd.DataFrame:
    """Say of each post whether it is open at each full hour of a week.

    Public holidays are not looked at, and «sunrise» is 7:00, «sunset» 19:00: where the post is
    does not matter.

    Parameters
    ----------
    opening_hours
        Texts by post, "" where unknown.
    monday
        First day of the week; the season matters only to hours that differ by season.

    Returns
    -------
    DataFrame
        Index of the posts; columns `weekday` (1 is Monday) and `hour` (0 to 23): 1.0 open,
        0.0 closed, NaN not known.

    Raises
    ------
    ValueError
        The day is no Monday.

    Examples
    --------
    >>> hours = pd.Series({"P": "Mo-Fr 17:00-20:00", "Q": "24/7", "R": "", "S": "ask at the door"})
    >>> week = open_in_week(hours, dt.date(2026, 10, 5))
    >>> week[(5, 17)].to_dict()
    {'P': 1.0, 'Q': 1.0, 'R': nan, 'S': nan}
    >>> week[(5, 20)].to_dict()["P"], week[(6, 17)].to_dict()["P"]
    (0.0, 0.0)
    """
    if monday.isoweekday() != 1:
        raise ValueError(f"{monday} is no Monday; give the first day of a week")
    start = dt.datetime.combine(monday, dt.time())
    times = [start + dt.timedelta(hours=hour) for hour in range(WEEKDAYS * HOURS)]
    texts = opening_hours.fillna("").astype(str)
    by_text = {text: _open_at(text, times) for text in pd.unique(texts)}
    columns = pd.MultiIndex.from_tuples(
        [(time.isoweekday(), time.hour) for time in times], names=["weekday", "hour"]
    )
    rows = np.array([by_text[text] for text in texts]).reshape(len(texts), len(times))
    return pd.DataFrame(rows, index=opening_hours.index, columns=columns)


def _open_at(text: str, times: list[dt.datetime]) -> list[float]:
    from opening_hours import OpeningHours, validate

    if not text.strip() or not validate(text):
        return [np.nan] * len(times)
    hours = OpeningHours(text)
    return [np.nan if hours.is_unknown(time) else float(hours.is_open(time)) for time in times]


def posts_open(week: pd.DataFrame, weekday: int, hour: int, *, unknown_are_open: bool) -> pd.Index:
    """Give the posts that are open at a weekday (1 is Monday) and a full hour.

    Examples
    --------
    >>> week = open_in_week(pd.Series({"P": "Mo-Fr 17:00-20:00", "R": ""}), dt.date(2026, 10, 5))
    >>> [list(posts_open(week, 1, 18, unknown_are_open=unknown)) for unknown in (False, True)]
    [['P'], ['P', 'R']]
    """
    at = week[(weekday, hour)].fillna(float(unknown_are_open))
    return week.index[at.to_numpy() > 0]


def opening_scores(
    week: pd.DataFrame, scores_of: Callable[[pd.Index], Mapping[str, Any]]
) -> pd.DataFrame:
    """What is covered at each hour of a week.

    Parameters
    ----------
    week
        What `open_in_week` gives.
    scores_of
        Scores by name of the city when these posts alone are open; asked once for each set of
        posts that are open together, however many hours they are.

    Returns
    -------
    DataFrame
        One row an hour, in order: `weekday` (1 is Monday), `hour`; `posts_open`, `posts_closed`,
        `posts_unknown`; each score twice, `_unknown_closed` and `_unknown_open`.

    Examples
    --------
    >>> week = open_in_week(pd.Series({"P": "Mo-Fr 17:00-20:00", "R": ""}), dt.date(2026, 10, 5))
    >>> table = opening_scores(week, lambda posts: {"reached": len(posts)})
    >>> len(table), table.iloc[17].to_dict()
    (168, {'weekday': 1, 'hour': 17, 'posts_open': 1, 'posts_closed': 0, 'posts_unknown': 1, \
'reached_unknown_closed': 1, 'reached_unknown_open': 2})
    """
    known: dict[tuple[Any, ...], Mapping[str, Any]] = {}
    rows = []
    for place in range(week.shape[1]):
        weekday, hour = 1 + place // HOURS, place % HOURS
        at = week[(weekday, hour)]
        row: dict[str, Any] = {
            "weekday": weekday,
            "hour": hour,
            "posts_open": int((at == 1).sum()),
            "posts_closed": int((at == 0).sum()),
            "posts_unknown": int(at.isna().sum()),
        }
        for name, unknown_are_open in (("unknown_closed", False), ("unknown_open", True)):
            posts = posts_open(week, weekday, hour, unknown_are_open=unknown_are_open)
            key = tuple(posts)
            if key not in known:
                known[key] = scores_of(posts)
            row |= {f"{score}_{name}": value for score, value in known[key].items()}
        rows.append(row)
    return pd.DataFrame(rows)
