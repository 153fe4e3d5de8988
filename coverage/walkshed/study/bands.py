"""The standards of a study, and the access standard door by door: who is within its limit.

A band in metres is compared with a walk by length (`walk.by_length`), whose minutes are
metres / 60, so limits and walks are always told in minutes of the walk they belong to.
"""

from collections.abc import Sequence

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from ..errors import SettingsError
from ..network.ground import Ground
from ..service_areas import service_areas
from ..settings import StandardSettings, StudySettings
from ..standards import (
    AccessStandard,
    Band,
    StaffingNorm,
    WalkingProfile,
    access_standard,
    custom_standard,
    staffing_norm,
    walking_profile,
)
from ..travel_times import within
from .walk import Walk

M_PER_MIN = 60.0
"""Metres that a walk by length counts as a minute: one a second."""


def standards_of(
    settings: StudySettings,
) -> tuple[WalkingProfile, AccessStandard, StaffingNorm]:
    """Get the named standards; a wrong name is told with its key."""
    key = "walk.profile"
    try:
        profile = walking_profile(settings.walk.profile)
        key = "standard.custom" if settings.standard.custom else "standard.name"
        standard = _access_standard(settings.standard)
        key = "standard.staffing"
        return profile, standard, staffing_norm(settings.standard.staffing)
    except SettingsError as error:
        way_out = "mend it" if key == "standard.custom" else "choose one of them"
        raise SettingsError(f"{settings.name}: `{key}`: {error}; {way_out}") from error


def other_walkers(settings: StudySettings) -> tuple[WalkingProfile, ...]:
    """Get the walking profiles that a study looks at beside its own, each once."""
    names = dict.fromkeys(settings.scores.profiles)
    try:
        return tuple(walking_profile(name) for name in names if name != settings.walk.profile)
    except SettingsError as error:
        raise SettingsError(
            f"{settings.name}: `scores.profiles`: {error}; choose some of them"
        ) from error


def _access_standard(settings: StandardSettings) -> AccessStandard:
    """Get the standard that is named, or make the study's own."""
    own = settings.custom
    if own is None:
        return access_standard(settings.name)
    figures = own.model_dump(exclude_none=True, exclude={"source", "date"})
    return custom_standard(figures, source=own.source, date=own.date)


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
    bands: Sequence[Band],
    walk: Walk,
    ground: Ground,
    posts: pd.DataFrame,
    study_area: shapely.Geometry | None,
) -> gpd.GeoDataFrame:
    """Ground within each limit of any post, by `minutes` of the walk that the bands belong to.

    A band by storeys has two limits and so two areas: of multi-storey houses, and of low ones.
    """
    limits = sorted({limit for band in bands for limit in band.limits})
    return service_areas(
        walk.network,
        ground,
        posts,
        minutes=[minutes_of(limit, walk) for limit in limits],
        speed_kmh=walk.speed_kmh,
        study_area=study_area,
    )


def minutes_of(limit: float, walk: Walk) -> float:
    """Give a limit in minutes of a walk, whole ones as such."""
    return limit / M_PER_MIN if walk.unit == "m" else whole(limit)


def in_units_of(areas: gpd.GeoDataFrame, walk: Walk) -> gpd.GeoDataFrame:
    """Tell minutes of a walk by length as the metres they stand for."""
    if walk.unit == "min":
        return areas
    names = {"minutes": "metres", "from_minutes": "from_metres"}
    metres = {
        column: [whole(round(minutes * M_PER_MIN, 6)) for minutes in areas[column]]
        for column in names
        if column in areas
    }
    return areas.assign(**metres).rename(columns=names)


def whole(limit: float) -> int | float:
    """Write a whole number as one: 10 and not 10.0."""
    return int(limit) if limit.is_integer() else limit
