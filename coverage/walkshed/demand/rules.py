"""Which rule gave how many people their door: the table that a figure can be checked by."""

import geopandas as gpd
import numpy as np
import pandas as pd

from ..standards import HousingDefaults
from .buildings import use_of_buildings

RULE = ["origin", "use", "building", "levels_from"]


def residents_by_rule(
    doors: gpd.GeoDataFrame, areas: gpd.GeoDataFrame, *, housing: HousingDefaults
) -> pd.DataFrame:
    """Count doors, floor area and residents by the rule that made them.

    Parameters
    ----------
    doors
        All doors of a study, with `origin`, `building`, `levels_known`, `floor_area_m2`.
    areas
        Areas of the extract: buildings that nobody lives in are counted too.
    housing
        The rules.

    Returns
    -------
    DataFrame
        One row a rule, in order. `origin` ("building", "street", "centre", "point", "planned");
        for buildings `use` ("residential", "unknown", "not_residential"), `building` (the tag)
        and `levels_from` ("tag" or "default"); `doors`, `floor_area_m2` (NaN where there is no
        floor), `residents`. The sum of residents is that of the doors.
    """
    is_building = doors["origin"] == "building"
    from_tag = np.where(doors["levels_known"].astype(bool), "tag", "default")
    rule = pd.DataFrame(
        {
            "origin": doors["origin"],
            "use": doors["building"].map(housing.use_of).where(is_building, ""),
            "building": doors["building"],
            "levels_from": np.where(is_building, from_tag, ""),
        }
    )
    table = doors[["floor_area_m2", "residents"]].join(rule).assign(doors=1)
    sums = table.groupby(RULE)[["doors", "residents"]].sum()
    sums["floor_area_m2"] = table.groupby(RULE)["floor_area_m2"].sum(min_count=1)
    use = use_of_buildings(areas, housing=housing)
    nobody = areas["building"].loc[use.index[use == "not_residential"]].value_counts()
    empty = pd.DataFrame(
        {
            "origin": "building",
            "use": "not_residential",
            "building": nobody.index,
            "levels_from": "",
            "doors": 0,
            "buildings_without_residents": nobody.to_numpy(),
            "floor_area_m2": np.nan,
            "residents": 0.0,
        }
    )
    lived_in = sums.reset_index().assign(buildings_without_residents=0)
    columns = [*RULE, "doors", "buildings_without_residents", "floor_area_m2", "residents"]
    both: pd.DataFrame = pd.concat([part for part in (lived_in, empty) if len(part)])
    return both.sort_values(RULE)[columns].set_index(RULE)
