"""The access standard of a study, door by door: the limit of each, and who is within it.

A band in metres is compared with a walk by length (`walk.by_length`), whose minutes are
metres / 60, so limits and walks are always told in minutes of the walk they belong to.
"""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import SettingsError
from ..network.ground import Ground
from ..service_areas import service_areas
from ..settings import StudySettings
from ..standards import AccessStandard, Band
from ..travel_times import within
from .walk import Walk

M_PER_MIN = 60.0
"""Metres that a walk by length counts as a minute: one a second."""


def planning_band(settings: StudySettings, standard: AccessStandard) -> Band:
    """Give the band that new posts are planned for: the study's, else the standard's.

    Raises
    ------
    SettingsError
        The study plans for minutes that are no band of the standard.
    """
    chosen = settings.standard.planning_cutoff_min
    if chosen is None:
        return standard.planning_band
    for band in standard.bands:
        if band.unit == "min" and band.cutoff == chosen:
            return band
    raise SettingsError(
        f"{settings.name}: `standard.planning_cutoff_min` = {chosen}: the cutoffs of standard "
        f"`{standard.name}` are "
        + (
            f"{', '.join(f'{cut:g}' for cut in standard.cutoffs_min.value)}; choose one of them"
            if standard.cutoffs_min
            else f"in metres ({standard.planning_band}); leave the key out"
        )
    )


def cutoffs_min(band: Band, doors: pd.DataFrame) -> npt.NDArray[np.float64]:
    """Limit of each door, in minutes of the walk that the band belongs to."""
    limit = band.cutoff_of(doors["levels"])
    return limit if band.unit == "min" else limit / M_PER_MIN


def inside(bands: Sequence[Band], doors: pd.DataFrame, nearest_min: pd.Series) -> pd.DataFrame:
    """Whether each door is within each band: one column a band, by its label."""
    minutes = nearest_min.to_numpy(float)
    columns = {band.label: within(minutes, cutoffs_min(band, doors)) for band in bands}
    return pd.DataFrame(columns, index=doors.index)


def door_columns(
    bands: Sequence[Band], planning: Band, doors: pd.DataFrame, nearest_min: pd.Series
) -> pd.DataFrame:
    """What the standard says of each door.

    Returns
    -------
    DataFrame
        `band`, the label of the narrowest band that holds the door ("" beyond all), and
        `within_standard`, whether it is within the band that is planned for. For bands in metres
        also `nearest_m`, the shortest way to a post (infinite where there is none).
    """
    table = inside(bands, doors, nearest_min)
    labels = np.array([*table.columns, ""], dtype=object)
    first = np.where(table.any(axis=1), table.to_numpy().argmax(axis=1), len(bands))
    found = pd.DataFrame(
        {"band": labels[first], "within_standard": table[planning.label]}, index=doors.index
    )
    if planning.unit == "m":
        found["nearest_m"] = nearest_min * M_PER_MIN
    return found


def band_areas(
    bands: Sequence[Band], walk: Walk, ground: Ground, posts: pd.DataFrame
) -> gpd.GeoDataFrame:
    """Ground within each limit of any post: by `minutes`, or by `metres` where those are limited.

    A band by storeys has two limits and so two areas: of multi-storey houses, and of low ones.
    """
    limits = sorted({limit for band in bands for limit in band.limits})
    in_metres = walk.unit == "m"
    minutes = [limit / M_PER_MIN if in_metres else whole(limit) for limit in limits]
    areas = service_areas(walk.network, ground, posts, minutes=minutes, speed_kmh=walk.speed_kmh)
    if not in_metres:
        return areas
    named = areas.rename(columns={"minutes": "metres"})
    return named.assign(metres=[whole(limit) for limit in limits])


def whole(limit: float) -> int | float:
    """Write a whole number as one: 10 and not 10.0."""
    return int(limit) if limit.is_integer() else limit
