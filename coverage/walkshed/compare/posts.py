"""Posts of two states: opened, closed, moved, changed."""

import geopandas as gpd
import numpy as np
import pandas as pd

MOVED_M = 10.0
"""Metres that a post must be elsewhere by to count as moved, unless said otherwise."""

TOLD = (
    *("kind", "status", "number", "name_ru", "name_kk", "name_en", "address", "opening_hours"),
    *("precinct", "owner", "inspectors", "inspectors_establishment", "location_precision"),
)
"""What is compared of a post, where both tables have it."""

SHOWN = ("name_ru", "name_kk", "name_en", "kind", "status")
"""What is told of every post, as it is after, or as it was."""


def compare_posts(
    before: gpd.GeoDataFrame, after: gpd.GeoDataFrame, *, moved_m: float = MOVED_M
) -> gpd.GeoDataFrame:
    """Compare posts by id.

    Parameters
    ----------
    before, after
        Index `post_id`; points in one metric CRS, and any of the columns `TOLD`.
    moved_m
        A post moved by no more than this is where it was: coordinates are drawn anew.

    Returns
    -------
    GeoDataFrame
        Index `post_id`: the posts of `after` in their order, then those that are closed. `change`
        ("opened", "closed", "moved", "changed", "same"), `distance_m` (NaN unless in both),
        `differs` (the columns that differ, apart by commas), `was` and `now` (their values, apart
        by semicolons), `name_ru`, `name_kk`, `name_en`, `kind`, `status`, and where the post is,
        or was.

    Examples
    --------
    >>> import shapely
    >>> crs = "EPSG:32642"
    >>> before = gpd.GeoDataFrame({"kind": ["department", "modular_post"]}, index=["A", "B"],
    ...     geometry=[shapely.Point(0, 0), shapely.Point(500, 0)], crs=crs)
    >>> after = gpd.GeoDataFrame({"kind": ["department", "modular_post"]}, index=["A", "C"],
    ...     geometry=[shapely.Point(0, 40), shapely.Point(0, 900)], crs=crs)
    >>> table = compare_posts(before, after)
    >>> table["change"].to_dict(), table["distance_m"].tolist()
    ({'A': 'moved', 'C': 'opened', 'B': 'closed'}, [40.0, nan, nan])
    """
    index = after.index.append(before.index.difference(after.index, sort=False)).rename("post_id")
    both = index.isin(before.index) & index.isin(after.index)
    old, new = before.reindex(index), after.reindex(index)
    distance_m = old.geometry.distance(new.geometry).where(both)
    told = [column for column in TOLD if column in before and column in after]
    differs = pd.DataFrame(
        {column: both & ~_alike(old[column], new[column]) for column in told}, index=index
    )
    change = np.select(
        [~index.isin(before.index), ~index.isin(after.index), distance_m > moved_m],
        ["opened", "closed", "moved"],
        np.where(differs.any(axis=1) if told else False, "changed", "same"),
    )
    stands = index.isin(after.index)
    names = [column for column in SHOWN if column in old and column in new]
    return gpd.GeoDataFrame(
        {
            "change": change,
            "distance_m": distance_m,
            "differs": [", ".join(differs.columns[row]) for row in differs.to_numpy(bool)],
            "was": _values(old, differs),
            "now": _values(new, differs),
            **{name: new[name].where(stands, old[name]) for name in names},
        },
        index=index,
        geometry=new.geometry.where(stands, old.geometry),
        crs=after.crs,
    )


def _alike(one: pd.Series, other: pd.Series) -> pd.Series:
    return (one == other) | (one.isna() & other.isna())


def _values(posts: pd.DataFrame, differs: pd.DataFrame) -> list[str]:
    """Values of the columns that differ, apart by semicolons."""
    texts = posts[list(differs)].map(_text).to_numpy()
    return ["; ".join(row[of]) for row, of in zip(texts, differs.to_numpy(bool), strict=True)]


def _text(value: object) -> str:
    if isinstance(value, float):
        return "" if np.isnan(value) else f"{value:g}"
    return "" if value is None else str(value)
