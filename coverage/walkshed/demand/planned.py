"""Planned housing: people who will live where nothing stands yet."""

import geopandas as gpd
import pandas as pd


def with_planned(
    doors: gpd.GeoDataFrame, planned: gpd.GeoDataFrame, *, year: int
) -> gpd.GeoDataFrame:
    """Add planned housing that is lived in by a year, as doors of their own.

    Their residents come on top of all totals: these count who lives there today.

    Parameters
    ----------
    doors
        Demand points.
    planned
        What `sources.population.read_planned` returns, in any CRS.
    year
        Rows of this year and of those before are added.

    Returns
    -------
    GeoDataFrame
        `doors` and below them the rows added, with `origin` "planned"; what is not known of them
        (floor area, levels, age groups not given) is missing.

    Examples
    --------
    >>> from shapely import Point
    >>> doors = gpd.GeoDataFrame(
    ...     {"residents": [40.0], "origin": ["building"], "building": ["yes"]},
    ...     index=["w1"], geometry=[Point(0, 0)], crs=32642)
    >>> planned = gpd.GeoDataFrame(
    ...     {"residents": [900.0, 500.0], "year": [2027, 2030]},
    ...     index=["planned A", "planned B"], geometry=[Point(9, 0), Point(0, 9)], crs=32642)
    >>> with_planned(doors, planned, year=2027)["residents"].to_dict()
    {'w1': 40.0, 'planned A': 900.0}
    """
    lived_in = planned[planned["year"] <= year].to_crs(doors.crs)
    if lived_in.empty:
        return doors
    amounts = [column for column in lived_in if str(column).startswith("residents")]
    added = lived_in[[*amounts, "geometry"]].assign(origin="planned", building="")
    if "levels_known" in doors:
        added["levels_known"] = False
    return pd.concat([doors, added]).rename_axis(doors.index.name)
