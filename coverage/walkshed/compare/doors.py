"""Who gains and who loses: two tables of doors become one, and its sums by zone.

Doors are matched by id. Houses come and go between two extracts, and a house may have more or
fewer residents than before, so a difference of residents has four causes, each a column. Of a door
with `w0` residents before and `w1` after (0 where it is not there), `stayed = min(w0, w1)` live
there both times, `w1 - stayed` have arrived and `w0 - stayed` have departed. With `c0` and `c1`
telling whether it is within the limit (0 or 1)::

    w1 c1 - w0 c0  =    stayed c1 (1 - c0)      gained: they stay, and the walk is now within
                      - stayed c0 (1 - c1)      lost: they stay, and the walk no longer is
                      + (w1 - stayed) c1        arrived within: new houses, more residents
                      - (w0 - stayed) c0        departed within: houses gone, fewer residents

Door by door that is an identity, and so it is in every sum: residents within after, less those
before, are gained - lost + arrived - departed. Where the residents are the same both times only
gained and lost remain.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import TableError
from ..scenario.doors import CHANGED_MIN
from ..scores import band_scores

SAME_RESIDENTS = 1e-6
"""Residents that a door's number must differ by to count as different: more than rounding."""

FLOWS = ("gained", "lost", "arrived", "departed")
"""The four causes of a difference, in the order and with the signs + - + -."""

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


def compare_doors(
    before: pd.DataFrame, after: pd.DataFrame, *, bands: Sequence[str]
) -> pd.DataFrame:
    """Compare two tables of doors, door by door.

    Parameters
    ----------
    before, after
        Index `door_id`; `residents`, `nearest_min` (infinite where no post is reached),
        `nearest_post` ("" for none), and for each band `within_<band>`.
    bands
        Labels of the bands that both are held to.

    Returns
    -------
    DataFrame
        Index `door_id`: the doors of `after` in their order, then those that are gone.
        `presence` ("both", "new", "gone"); `residents_before`, `_after`, `_stayed`, `_arrived`,
        `_departed`; `minutes_before`, `_after` (NaN where the door is not there) and
        `minutes_change` (negative: a shorter walk; -inf: reached for the first time; NaN unless
        in both); `walk` ("shorter", "longer", "same", "" unless in both); `post_before`,
        `post_after`. For each band `within_<band>_before`, `_after`, `change_<band>` ("gained",
        "lost", "same", "new", "gone") and the residents of each cause, `residents_gained_<band>`,
        `_lost_`, `_arrived_`, `_departed_`. `changed`: whether anything at all differs.

    Raises
    ------
    TableError
        Ids come twice, or residents or minutes are missing or negative.

    Examples
    --------
    A post opens near `a`. The house `b` is torn down, `c` is built, and `d` is as it was:

    >>> before = pd.DataFrame(
    ...     {"residents": [10.0, 4.0, 5.0], "nearest_min": [12.0, 8.0, 9.0],
    ...      "nearest_post": "P", "within_10": [False, True, True]}, index=["a", "b", "d"])
    >>> after = pd.DataFrame(
    ...     {"residents": [10.0, 6.0, 5.0], "nearest_min": [7.0, 11.0, 9.0],
    ...      "nearest_post": ["Q", "P", "P"], "within_10": [True, False, True]},
    ...     index=["a", "c", "d"])
    >>> table = compare_doors(before, after, bands=["10"])
    >>> table["change_10"].to_dict()
    {'a': 'gained', 'c': 'new', 'd': 'same', 'b': 'gone'}
    >>> table[["residents_gained_10", "residents_departed_10"]].sum().tolist()
    [10.0, 4.0]
    >>> table["changed"].tolist()
    [True, True, False, True]
    """
    _refuse_bad(before, "before")
    _refuse_bad(after, "after")
    index = after.index.append(before.index.difference(after.index, sort=False))
    there = {"before": index.isin(before.index), "after": index.isin(after.index)}
    old, new = before.reindex(index), after.reindex(index)
    both = there["before"] & there["after"]
    presence = np.where(both, "both", np.where(there["after"], "new", "gone"))
    residents = {
        "before": old["residents"].fillna(0.0).to_numpy(float),
        "after": new["residents"].fillna(0.0).to_numpy(float),
    }
    stayed = np.minimum(residents["before"], residents["after"])
    change = _minutes_change(old["nearest_min"], new["nearest_min"])
    columns: dict[str, object] = {
        "presence": presence,
        "residents_before": residents["before"],
        "residents_after": residents["after"],
        "residents_stayed": stayed,
        "residents_arrived": residents["after"] - stayed,
        "residents_departed": residents["before"] - stayed,
        "minutes_before": old["nearest_min"],
        "minutes_after": new["nearest_min"],
        "minutes_change": change,
        "walk": _walk(change),
        "post_before": old["nearest_post"].fillna(""),
        "post_after": new["nearest_post"].fillna(""),
    }
    table = pd.DataFrame(columns, index=index.rename("door_id"))
    for band in bands:
        within = [side[f"within_{band}"].eq(True).to_numpy() for side in (old, new)]
        table = table.join(_band(band, within[0], within[1], table))
    return table.assign(changed=_changed(table, bands))


def _refuse_bad(doors: pd.DataFrame, name: str) -> None:
    if not doors.index.is_unique:
        raise TableError(f"doors {name}: an id comes more than once; make ids unique")
    for column in ("residents", "nearest_min"):
        if not (doors[column] >= 0).all():
            raise TableError(
                f"doors {name}: `{column}` is missing or negative; give 0 for nobody, infinity for "
                "a post that is not reached"
            )


def _minutes_change(before: pd.Series, after: pd.Series) -> Floats:
    """Minutes more (negative: fewer); 0 where they are equal, infinite ones too."""
    old, new = before.to_numpy(float), after.to_numpy(float)
    change = np.zeros(len(old))
    differs = ~(old == new)
    change[differs] = new[differs] - old[differs]
    return change


def _walk(change: Floats) -> npt.NDArray[np.object_]:
    words = np.full(len(change), "same", dtype=object)
    words[change < -CHANGED_MIN] = "shorter"
    words[change > CHANGED_MIN] = "longer"
    words[np.isnan(change)] = ""
    return words


def _band(band: str, before: Bools, after: Bools, doors: pd.DataFrame) -> pd.DataFrame:
    """What changes at each door by one band."""
    both = (doors["presence"] == "both").to_numpy()
    gains, loses = after & ~before & both, before & ~after & both
    change = np.select([gains, loses, both], ["gained", "lost", "same"], doors["presence"])
    flows = (
        np.where(gains, doors["residents_stayed"], 0.0),
        np.where(loses, doors["residents_stayed"], 0.0),
        np.where(after, doors["residents_arrived"], 0.0),
        np.where(before, doors["residents_departed"], 0.0),
    )
    columns = {f"within_{band}_before": before, f"within_{band}_after": after}
    columns |= {f"change_{band}": change}
    columns |= {f"residents_{flow}_{band}": of for flow, of in zip(FLOWS, flows, strict=True)}
    return pd.DataFrame(columns, index=doors.index)


def _changed(doors: pd.DataFrame, bands: Sequence[str]) -> pd.Series:
    moved = (doors["residents_arrived"] > 0) | (doors["residents_departed"] > 0)
    changed = (doors["walk"] != "same") | moved | (doors["post_before"] != doors["post_after"])
    for band in bands:
        changed |= doors[f"change_{band}"] != "same"
    return changed


def compare_zones(doors: pd.DataFrame, zone: pd.Series, *, bands: Sequence[str]) -> pd.DataFrame:
    """Sum what `compare_doors` found over zones.

    Parameters
    ----------
    doors
        What `compare_doors` returns.
    zone
        Id of the zone of each door, the same both times; same index.
    bands
        Labels of the bands.

    Returns
    -------
    DataFrame
        Index: the zones in order. `doors_before`, `doors_after`, `doors_changed`;
        `residents_before`, `_after`, `_arrived`, `_departed`, `residents_walk_shorter` and
        `_walk_longer` (of those who stay). For each band `residents_within_<band>_before` and
        `_after`, the four causes `residents_gained_<band>` ... of `FLOWS`, their sum
        `residents_net_<band>` (after less before), and `share_within_<band>_before`, `_after`,
        `_change` (NaN where nobody lives). `median_min`, `p90_min`, `max_min` and
        `residents_not_reached` of both times (see `scores.band_scores`).

    Examples
    --------
    >>> one = pd.DataFrame({"residents": [30.0, 10.0], "nearest_min": [12.0, 4.0],
    ...                     "nearest_post": "P", "within_10": [False, True]}, index=["a", "b"])
    >>> two = one.assign(nearest_min=[9.0, 4.0], within_10=True)
    >>> city = pd.Series("city", index=["a", "b"])
    >>> table = compare_zones(compare_doors(one, two, bands=["10"]), city, bands=["10"])
    >>> table[["residents_gained_10", "residents_lost_10", "residents_net_10"]].iloc[0].tolist()
    [30.0, 0.0, 30.0]
    >>> table[["share_within_10_before", "share_within_10_after"]].iloc[0].tolist()
    [0.25, 1.0]
    """
    stayed = doors["residents_stayed"]
    sums = doors[["residents_before", "residents_after", "residents_arrived"]].assign(
        residents_departed=doors["residents_departed"],
        residents_walk_shorter=stayed.where(doors["walk"] == "shorter", 0.0),
        residents_walk_longer=stayed.where(doors["walk"] == "longer", 0.0),
    )
    flows = [f"residents_{flow}_{band}" for band in bands for flow in FLOWS]
    counts = pd.DataFrame(
        {
            "doors_before": doors["presence"] != "new",
            "doors_after": doors["presence"] != "gone",
            "doors_changed": doors["changed"],
        }
    )
    by_zone = zone.rename("zone")
    summed = pd.concat([counts, sums, doors[flows]], axis=1).groupby(by_zone, sort=True).sum()
    then = {name: _scores(doors, by_zone, bands, name) for name in ("before", "after")}
    every = pd.concat([then["before"], then["after"]], axis=1).reindex(summed.index)
    amounts = every.columns[every.columns.str.startswith("residents")]
    every[amounts] = every[amounts].fillna(0.0)
    table = summed.join(every)
    for band in bands:
        within = f"within_{band}"
        table[f"residents_net_{band}"] = (
            table[f"residents_{within}_after"] - table[f"residents_{within}_before"]
        )
        table[f"share_{within}_change"] = (
            table[f"share_{within}_after"] - table[f"share_{within}_before"]
        )
    return table[_in_order(table, bands)]


def _scores(doors: pd.DataFrame, zone: pd.Series, bands: Sequence[str], name: str) -> pd.DataFrame:
    """Coverage of each zone before or after, of the doors that are there then."""
    there = doors[doors["presence"] != ("new" if name == "before" else "gone")]
    inside = there[[f"within_{band}_{name}" for band in bands]].set_axis(list(bands), axis=1)
    scores = band_scores(
        there[f"minutes_{name}"], there[f"residents_{name}"], zone[there.index], inside=inside
    )
    return scores.drop(columns="residents").add_suffix(f"_{name}")


def _in_order(table: pd.DataFrame, bands: Sequence[str]) -> list[str]:
    """Columns as one reads them: who lives there, each band, then minutes."""
    by_band = [
        f"{column}_{band}{then}"
        for band in bands
        for column, then in (
            *(("residents_within", "_before"), ("residents_within", "_after")),
            *((f"residents_{flow}", "") for flow in (*FLOWS, "net")),
            *(("share_within", then) for then in ("_before", "_after", "_change")),
        )
    ]
    minutes = [
        f"{column}_{then}"
        for column in ("median_min", "p90_min", "max_min", "residents_not_reached")
        for then in ("before", "after")
    ]
    first = [str(column) for column in table if column not in {*by_band, *minutes}]
    return [*first, *by_band, *minutes]


def residual_residents(zones: pd.DataFrame, bands: Sequence[str]) -> float:
    """Largest difference between a zone's net change and the sum of its causes; 0 without zones.

    It is rounding: a relative 1e-9 of the residents is never exceeded.

    Examples
    --------
    >>> zones = pd.DataFrame({"residents_net_10": [2.0], "residents_gained_10": [5.0],
    ...     "residents_lost_10": [4.0], "residents_arrived_10": [1.0],
    ...     "residents_departed_10": [0.0]})
    >>> residual_residents(zones, ["10"])
    0.0
    """
    worst = 0.0
    for band in bands:
        gained, lost, arrived, departed = (zones[f"residents_{flow}_{band}"] for flow in FLOWS)
        off = (zones[f"residents_net_{band}"] - (gained - lost + arrived - departed)).abs()
        worst = max(worst, float(off.max())) if len(off) else worst
    return worst
