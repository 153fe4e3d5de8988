"""How many inspectors live outside their precinct, told so that nobody can be recognised.

In: what `read_inspectors` leaves of a list of inspectors, which holds no home. Out: counts by
group, such as the precinct, the small ones left out, and of the others as many as it takes that
the small ones cannot be found by subtraction from the total.
"""

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from .inspectors import SMALLEST_TOLD

TOTAL = "all"
IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]


def housing_counts(inspectors: pd.DataFrame, group: pd.Series) -> pd.DataFrame:
    """Count inspectors who live outside their precinct, by group and in all.

    A count is not told where it, or the count of those who live inside, is from 1 to 4. What else
    is not told is chosen so that, from the total and the counts that are told, each such count
    may still be anything from 0 to 5, or to all inspectors of the group if they are fewer; where
    even that is not enough no group is told. Why a count is missing cannot be seen.

    Parameters
    ----------
    inspectors
        `lives_in_precinct` of each inspector: yes, no, or "" where not known.
    group
        Group of each inspector, same index, "" for none.

    Returns
    -------
    DataFrame
        Index: the groups in order, then "all": `inspectors`, `home_known`, `living_elsewhere`
        (missing where not told) and `share_elsewhere`, of those whose home is known.

    Examples
    --------
    Of 30 inspectors 8 live elsewhere, 2 of them in the precinct 7, which are too few to tell. If 8
    were told for all and 6 for the precinct 8, anybody could subtract, so neither is told:

    >>> lives = pd.DataFrame({"lives_in_precinct": ["no"] * 2 + ["yes"] * 8 + ["no"] * 6
    ...                                            + ["yes"] * 14})
    >>> precinct = pd.Series(["7"] * 10 + ["8"] * 20)
    >>> housing_counts(lives, precinct)["living_elsewhere"].to_list()
    [<NA>, <NA>, 8]
    """
    lives = inspectors["lives_in_precinct"].set_axis(group)
    listed = lives.groupby(level=0, sort=True).size()
    known = (lives != "").groupby(level=0, sort=True).sum().reindex(listed.index)
    elsewhere = (lives == "no").groupby(level=0, sort=True).sum().reindex(listed.index)
    known_n = np.asarray(known.to_numpy(), dtype=np.int64)
    elsewhere_n = np.asarray(elsewhere.to_numpy(), dtype=np.int64)
    totals = np.array([known_n.sum()]), np.array([elsewhere_n.sum()])
    total_hidden = _is_small(*totals)
    hidden = _hidden(known_n, elsewhere_n, total_is_told=not total_hidden[0])
    table = pd.DataFrame(
        {
            "inspectors": [*listed, len(lives)],
            "home_known": [*known_n, *totals[0]],
            "living_elsewhere": pd.array([*elsewhere_n, *totals[1]], dtype="Int64"),
        },
        index=pd.Index([*map(str, listed.index), TOTAL], name="group"),
    )
    not_told = np.concatenate([hidden, total_hidden])
    table["living_elsewhere"] = table["living_elsewhere"].mask(not_told)
    told = table["living_elsewhere"].astype("Float64").to_numpy(float, na_value=np.nan)
    with_homes = table["home_known"].where(table["home_known"] > 0)
    table["share_elsewhere"] = told / with_homes
    return table


def district_of_inspectors(
    inspectors: pd.DataFrame,
    posts: gpd.GeoDataFrame,
    precincts: gpd.GeoDataFrame | None,
    districts: gpd.GeoDataFrame,
) -> pd.Series:
    """City district in which each inspector serves: that of his precinct, else of his post.

    Parameters
    ----------
    inspectors
        `precinct` and `post` of each.
    posts, precincts, districts
        By id, all in EPSG:4326.

    Returns
    -------
    Series
        Ids of districts by inspector, "" where precinct and post lie in none or are not known.
    """
    at_post = inspectors["post"].map(_district_of_each(posts[posts.geometry.notna()], districts))
    found = at_post
    if precincts is not None:
        found = inspectors["precinct"].map(_district_of_each(precincts, districts)).fillna(at_post)
    return found.fillna("").astype(object)


def _district_of_each(
    places: gpd.GeoDataFrame, districts: gpd.GeoDataFrame
) -> dict[object, object]:
    """Id of the first district that holds the middle of each place."""
    middle = places.geometry.representative_point()
    return {
        place: key
        for key in reversed(districts.index)
        for place in places.index[middle.intersects(districts.geometry[key]).to_numpy()]
    }


def _is_small(known: IntArray, elsewhere: IntArray) -> BoolArray:
    inside = known - elsewhere
    few: BoolArray = (elsewhere > 0) & (elsewhere < SMALLEST_TOLD)
    few |= (inside > 0) & (inside < SMALLEST_TOLD)
    return few


def _hidden(known: IntArray, elsewhere: IntArray, *, total_is_told: bool) -> BoolArray:
    """The groups that are not told: the small ones, and others until none can be worked out."""
    small = _is_small(known, elsewhere)
    hidden = small.copy()
    others = [
        group for group in np.argsort(known, kind="stable") if known[group] and not small[group]
    ]
    while (
        total_is_told and small.any() and others and not _is_safe(known, elsewhere, small, hidden)
    ):
        hidden[others.pop(0)] = True
    return hidden


def _is_safe(known: IntArray, elsewhere: IntArray, small: BoolArray, hidden: BoolArray) -> bool:
    """Whether each small count may be anything that matters, for all that the total says."""
    all_known, all_elsewhere = known[hidden].sum(), elsewhere[hidden].sum()
    least = np.maximum(0, all_elsewhere - (all_known - known[small]))
    most = np.minimum(known[small], all_elsewhere)
    return bool((most - least >= np.minimum(known[small], SMALLEST_TOLD)).all())
