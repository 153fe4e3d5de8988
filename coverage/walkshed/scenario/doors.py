"""Which doors a scenario changes, so that a new street never makes a walk longer.

A point is snapped to its nearest street. A new street may lie nearer and yet be the worse way: a
cul-de-sac behind the house, say, while the front door opens on the main street. Snapped anew, the
door would lose minutes because a street was added. So a scenario gives each point two positions:
the one it had, carried over by `ChangedNetwork.move_positions`, and its nearest one now. It may
take either, and takes the quicker.

Closing has the same snag turned round: a door whose street is closed is snapped to the next one,
which may be quicker than the street it had. That is no gain, so minutes are held to what they are
when nothing is closed (`at_least_min`).
"""

import numpy as np
import pandas as pd

from ..errors import TableError

CHANGED_MIN = 1e-6
"""Minutes that a door's walk must change by to count as changed: more than rounding."""


def both_positions(kept: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Rows of posts at the positions they had, then those whose nearest position is another.

    Ids come twice where a post has two positions: whoever walks to the post takes the nearer.
    Posts that have no position at all come once, as in `new`.

    Parameters
    ----------
    kept, new
        Positions on the new network, the same index: moved over, and snapped anew.

    Examples
    --------
    Post A stays where it was; a new street passes nearer to post B, which has both places now:

    >>> kept = pd.DataFrame({"edge": [0, 1], "offset_m": [5.0, 30.0]}, index=["A", "B"])
    >>> new = pd.DataFrame({"edge": [0, 7], "offset_m": [5.0, 10.0]}, index=["A", "B"])
    >>> both_positions(kept, new)
       edge  offset_m
    A     0       5.0
    B     1      30.0
    B     7      10.0
    """
    _same_rows(kept.index, new.index)
    was, now = kept["edge"].to_numpy() >= 0, new["edge"].to_numpy() >= 0
    same = (kept["edge"].to_numpy() == new["edge"].to_numpy()) & (
        kept["offset_m"].to_numpy() == new["offset_m"].to_numpy()
    )
    table: pd.DataFrame = pd.concat([kept[was], new[(now & ~same) | ~(was | now)]])
    return table


def quicker(
    kept: pd.DataFrame, new: pd.DataFrame, *, at_least_min: pd.Series | None = None
) -> pd.DataFrame:
    """Row by row the quicker of two positions, with all that belongs to it.

    Parameters
    ----------
    kept, new
        Positions joined with what `nearest_facility` gives for them (`edge`, `minutes` and any
        other columns); the same index and columns. `kept` are the old positions moved over, `new`
        the nearest now. Of equals the old one is kept, unless it is closed.
    at_least_min
        Minutes by the same scenario with nothing closed (for a scenario of closings alone: the
        minutes before). No row gets fewer.

    Examples
    --------
    >>> kept = pd.DataFrame({"edge": [0, 1, -1], "minutes": [4.0, 7.0, np.inf]})
    >>> new = pd.DataFrame({"edge": [5, 6, 7], "minutes": [9.0, 3.0, 2.0]})
    >>> quicker(kept, new)["minutes"].tolist()
    [4.0, 3.0, 2.0]
    >>> quicker(kept, new, at_least_min=pd.Series([4.0, 3.0, 6.0]))["minutes"].tolist()
    [4.0, 3.0, 6.0]
    """
    _same_rows(kept.index, new.index)
    take_new = (new["minutes"] < kept["minutes"]) | (kept["edge"] < 0)
    rows = np.where(take_new, len(kept) + np.arange(len(kept)), np.arange(len(kept)))
    table = pd.concat([kept, new[kept.columns]]).iloc[rows]
    if at_least_min is None:
        return table
    _same_rows(kept.index, at_least_min.index)
    return table.assign(minutes=np.maximum(table["minutes"], at_least_min))


def doors_changed(before_min: pd.Series, after_min: pd.Series) -> pd.DataFrame:
    """Doors whose minutes to the nearest post change by more than `CHANGED_MIN`.

    Parameters
    ----------
    before_min, after_min
        Minutes, infinite where no post can be reached; the same doors, in any order.

    Returns
    -------
    DataFrame
        Index `door_id`, in the order of `before_min`; `minutes_before`, `minutes_after`,
        `minutes_saved` (negative when lost; infinite for a door that is reached for the first
        time, or no longer) and `change`: "gained" or "lost".

    Examples
    --------
    >>> before = pd.Series([5.0, 9.0, np.inf, np.inf], index=["a", "b", "c", "d"])
    >>> after = pd.Series([5.0, 7.5, 12.0, np.inf], index=["a", "b", "c", "d"])
    >>> doors_changed(before, after)["change"].to_dict()
    {'b': 'gained', 'c': 'gained'}

    Raises
    ------
    TableError
        The doors differ, an id comes twice, or minutes are missing.
    """
    if not before_min.index.is_unique or not after_min.index.is_unique:
        raise TableError("doors: an id comes more than once; make ids unique")
    _same_rows(before_min.index.sort_values(), after_min.index.sort_values())
    before = before_min.to_numpy(float)
    after = after_min.reindex(before_min.index).to_numpy(float)
    if np.isnan(before).any() or np.isnan(after).any():
        raise TableError("doors: minutes are missing; give infinity where nobody gets")
    saved = np.zeros(len(before))
    differs = before != after
    saved[differs] = before[differs] - after[differs]
    table = pd.DataFrame(
        {
            "minutes_before": before,
            "minutes_after": after,
            "minutes_saved": saved,
            "change": np.where(saved > 0, "gained", "lost"),
        },
        index=before_min.index.rename("door_id"),
    )
    return table[np.abs(saved) > CHANGED_MIN]


def _same_rows(left: pd.Index, right: pd.Index) -> None:
    if not left.equals(right):
        raise TableError("doors: the two tables hold different rows; give them the same index")
