"""White spots: where people live whose walk to a post is longer than the standard allows."""

import pandas as pd

STREETS = 5


def white_spots(
    residents: pd.Series,
    zone: pd.Series,
    *,
    is_within: pd.Series,
    is_within_after: pd.Series,
    minutes: pd.Series,
    street: pd.Series,
) -> pd.DataFrame:
    """Zones by how many of their residents are out of walking distance, the most first.

    Parameters
    ----------
    residents
        People at each door.
    zone
        Zone of each door, such as its neighbourhood.
    is_within, is_within_after
        Whether a door is within the standard, now and with the plan built.
    minutes
        Walk to the nearest post, infinite where none is reached.
    street
        Name of the street that a door is on, empty where it has none.

    Returns
    -------
    pandas.DataFrame
        A row for each zone in which anybody is out of walking distance, by `rank` from 1 on:
        `zone_id`, `residents`, `residents_beyond`, `share_beyond`, `residents_beyond_after`,
        `doors_beyond`, `longest_min` (of those beyond) and `streets`: up to five names, those
        with the most residents beyond first, parted by semicolons. Equal zones stand by their id.

    Examples
    --------
    >>> doors = pd.DataFrame(
    ...     {
    ...         "people": [10, 20, 30],
    ...         "zone": ["a", "a", "b"],
    ...         "now": [False, True, False],
    ...         "then": [True, True, False],
    ...         "walk": [12.0, 4.0, 15.0],
    ...         "street": ["Abay", "Abay", ""],
    ...     }
    ... )
    >>> spots = white_spots(
    ...     doors["people"],
    ...     doors["zone"],
    ...     is_within=doors["now"],
    ...     is_within_after=doors["then"],
    ...     minutes=doors["walk"],
    ...     street=doors["street"],
    ... )
    >>> print(spots[["zone_id", "residents_beyond", "residents_beyond_after", "streets"]].T)
    rank                     1     2
    zone_id                  b     a
    residents_beyond        30    10
    residents_beyond_after  30     0
    streets                     Abay
    """
    doors = pd.DataFrame(
        {
            "zone_id": zone,
            "residents": residents,
            "residents_beyond": residents.where(~is_within, 0),
            "residents_beyond_after": residents.where(~is_within_after, 0),
            "doors_beyond": (~is_within).astype(int),
            "longest_min": minutes.where(~is_within),
        }
    )
    zones = doors.groupby("zone_id")
    sums = ["residents", "residents_beyond", "residents_beyond_after", "doors_beyond"]
    table = zones[sums].sum().assign(longest_min=zones["longest_min"].max())
    table = table[table["residents_beyond"] > 0].reset_index()
    table = table.sort_values(
        ["residents_beyond", "zone_id"], ascending=[False, True], ignore_index=True
    )
    table.insert(3, "share_beyond", table["residents_beyond"] / table["residents"])
    table["streets"] = table["zone_id"].map(_streets(doors, street)).fillna("")
    return table.set_axis(pd.RangeIndex(1, len(table) + 1, name="rank"))


def _streets(doors: pd.DataFrame, street: pd.Series) -> pd.Series:
    """Name the streets of each zone with the most residents beyond."""
    beyond = doors.assign(street=street)[(doors["residents_beyond"] > 0) & (street != "")]
    most = beyond.groupby(["zone_id", "street"])["residents_beyond"].sum().reset_index()
    most = most.sort_values(
        ["zone_id", "residents_beyond", "street"], ascending=[True, False, True]
    )
    most = most[most.groupby("zone_id").cumcount() < STREETS]
    listed: pd.Series = most.groupby("zone_id")["street"].agg("; ".join)
    return listed
