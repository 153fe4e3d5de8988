"""All scores of zones at once: the same columns for hexagons, neighbourhoods, districts, city."""

from collections.abc import Sequence

import pandas as pd

from .backup import backup_scores
from .coverage import coverage_of, not_reached
from .equity import equity_of
from .spread import at_share, spread_over_residents


def zone_scores(
    doors: pd.DataFrame,
    zone: pd.Series,
    *,
    inside: pd.DataFrame,
    backup: pd.DataFrame,
    reasons: Sequence[str],
) -> pd.DataFrame:
    """Score the zones of one level: coverage, who is not reached, equity, backup, detour.

    Parameters
    ----------
    doors
        One row a door: `residents`, `nearest_min`, `second_nearest_min` (infinite where no post
        is reached), `detour_index` (NaN where there is none), `not_reached_reason` ("" where a
        post is reached).
    zone
        Id of the zone of each door, same index; every id, "" too, is a zone of its own.
    inside, backup
        Whether the nearest and the second nearest post of each door are within each band: one
        column a band, by its label.
    reasons
        The reasons there are.

    Returns
    -------
    DataFrame
        Index: the zones in order; the columns of `band_scores`, `not_reached`, `equity_scores`
        and `backup_scores`, and `median_detour_index`: of residents, not of doors. Residents,
        and every column `residents_*` and `not_reached_*`, add up to those of the doors.

    Examples
    --------
    >>> doors = pd.DataFrame(
    ...     {"residents": [60.0, 40.0], "nearest_min": [4.0, 9.0], "detour_index": [1.2, 1.4],
    ...      "second_nearest_min": [8.0, 9.5], "not_reached_reason": ""}
    ... )
    >>> inside, backup = pd.DataFrame({"5": [True, False]}), pd.DataFrame({"5": [False, False]})
    >>> city = pd.Series(["Taraz", "Taraz"])
    >>> scores = zone_scores(doors, city, inside=inside, backup=backup, reasons=["no_way"])
    >>> scores.loc["Taraz", ["share_within_5", "mean_min", "backup_share_5"]].tolist()
    [0.6, 6.0, 0.0]
    """
    code, ids = pd.factorize(zone, sort=True)
    at = pd.Series(code, index=zone.index)
    residents, minutes = doors["residents"], doors["nearest_min"]
    walks = spread_over_residents(minutes, residents, at)
    detours = spread_over_residents(doors["detour_index"], residents, at)
    tables = [
        coverage_of(walks, minutes, residents, at, inside=inside),
        not_reached(doors["not_reached_reason"], residents, at, reasons=reasons),
        equity_of(walks),
        backup_scores(doors["second_nearest_min"], residents, at, inside=backup),
    ]
    scores = pd.concat(tables, axis=1).assign(median_detour_index=at_share(detours, 0.5))
    return scores.set_axis(pd.Index(ids, name="zone"))
