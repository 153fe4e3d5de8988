"""The city, its districts and its neighbourhoods against the standard: who complies, what lacks."""

import geopandas as gpd
import pandas as pd

from ..siting import shortfall
from ..sources.zones import NAMES
from .plan import SitedStudy

ALL_RESIDENTS = 1.0
"""The share that a standard asks for which names none."""


def target_share(sited: SitedStudy) -> float:
    """Share of residents that should be within the planning band: the study's, else the norm's."""
    chosen = sited.settings.standard.target_share
    of_standard = sited.city.standards.access.target_share
    if chosen is not None:
        return chosen
    return of_standard.value if of_standard else ALL_RESIDENTS


def compliance_table(sited: SitedStudy, doors: pd.DataFrame) -> pd.DataFrame:
    """Hold each zone to the standard as it is today, without the posts of the plan.

    Parameters
    ----------
    sited
        The study up to its plan.
    doors
        `district_id` and `neighbourhood_id` of each door.

    Returns
    -------
    DataFrame
        One row a zone: `level` ("city", "district", "neighbourhood"), `zone`, its names,
        `target_share`, `share_within` the planning band, `complies`, and the columns of
        `shortfall`: residents and posts that are missing. A zone without residents complies; its
        share is NaN.
    """
    survey, share = sited.city.survey, target_share(sited)
    city = pd.Series(sited.settings.city, index=doors.index)
    levels = [_level(sited, "city", city, None, share)]
    for level, areas in (("district", survey.districts), ("neighbourhood", survey.areas)):
        if len(areas):
            levels.append(_level(sited, level, doors[f"{level}_id"], areas, share))
    return pd.concat(levels, ignore_index=True)


def _level(
    sited: SitedStudy, level: str, zone: pd.Series, areas: gpd.GeoDataFrame | None, share: float
) -> pd.DataFrame:
    settings = sited.settings
    lacks = shortfall(
        sited.plan.problem,
        zone,
        share=share,
        time_limit_s=settings.siting.time_limit_s,
        seed=settings.seed,
    )
    if areas is None:
        names = pd.DataFrame({"name": lacks.index}, index=lacks.index)
    else:
        names = pd.DataFrame(areas[list(NAMES)].reindex(lacks.index))
    names = names.reindex(columns=list(NAMES)).astype(object).fillna("")
    share_within = lacks["residents_within"] / lacks["residents"].where(lacks["residents"] > 0)
    complies = lacks["residents_missing"] == 0
    told = names.assign(target_share=share, share_within=share_within, complies=complies)
    table = told.join(lacks).rename_axis("zone").reset_index()
    table.insert(0, "level", level)
    return table
