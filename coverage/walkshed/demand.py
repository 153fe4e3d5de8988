"""Residents at doors: each building is one door, weighted by its floor area.

In: building areas of an extract and, if known, the number of residents. Out: demand points, one
for each building that may be lived in, with `residents`. Without a known number the floor area
per resident gives an estimate, and the result says so. Fractions of residents are kept: rounding
would lose people.
"""

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd

from .errors import SourceError, TableError
from .schemas import require_metric_crs
from .standards import HousingDefaults

MAX_LEVELS = 100
"""More levels than any building has: a higher tag is a slip of the pen and is not believed."""


def residential_buildings(
    areas: gpd.GeoDataFrame, *, crs: str, housing: HousingDefaults
) -> gpd.GeoDataFrame:
    """Buildings that may be lived in, with their gross floor area.

    Parameters
    ----------
    areas
        Areas of an extract, with `building` and `building:levels`.
    crs
        Metric CRS of the result.
    housing
        Which values of `building` are lived in, and levels where the tag is missing.

    Returns
    -------
    GeoDataFrame
        Index "w123" or "r123"; `building`, `levels`, `levels_known`, `floor_area_m2` (outline
        times levels), geometry as outlines in `crs`.
    """
    require_metric_crs(gpd.GeoDataFrame(geometry=[], crs=crs), "residential buildings")
    is_home = {tag: tag != "" and housing.is_home(tag) for tag in areas["building"].unique()}
    homes = areas[areas["building"].map(is_home).astype(bool)].to_crs(crs)
    tagged = pd.to_numeric(homes["building:levels"], errors="coerce")
    known = tagged.between(0, MAX_LEVELS, inclusive="right")
    levels = tagged.where(known, homes["building"].map(housing.levels_of))
    return gpd.GeoDataFrame(
        {
            "building": homes["building"],
            "levels": levels.astype(float),
            "levels_known": known,
            "floor_area_m2": homes.geometry.area * levels,
        },
        geometry=homes.geometry,
        crs=crs,
    )


def demand_points(
    homes: gpd.GeoDataFrame, *, housing: HousingDefaults, residents: float | None = None
) -> gpd.GeoDataFrame:
    """Residents at doors, shared out by floor area.

    Parameters
    ----------
    homes
        What `residential_buildings` returns.
    housing
        Floor area per resident, used where `residents` is None.
    residents
        Residents of the whole city; their number is kept to rounding of the last digit.

    Returns
    -------
    GeoDataFrame
        Index of `homes`, named `door_id`; `residents`, `floor_area_m2`, `levels`, `building`,
        geometry: a point inside the outline.

    Raises
    ------
    SourceError
        There is no home to live in.

    Examples
    --------
    Two houses of one level, one twice as large, and 300 residents:

    >>> from shapely import box
    >>> from walkshed.standards import housing_defaults
    >>> areas = gpd.GeoDataFrame(
    ...     {"building": ["house", "house"], "building:levels": ["1", "1"]},
    ...     geometry=[box(0, 0, 10, 10), box(50, 0, 70, 10)], crs="EPSG:32642")
    >>> homes = residential_buildings(areas, crs="EPSG:32642", housing=housing_defaults())
    >>> demand_points(homes, housing=housing_defaults(), residents=300)["residents"].tolist()
    [100.0, 200.0]
    """
    floor_area_m2 = homes["floor_area_m2"]
    if not floor_area_m2.sum() > 0:
        raise SourceError(
            "the extract holds no building that may be lived in (an area with a `building` tag); "
            "give an extract with buildings, or residents from another source (a graphml of OSMnx "
            "holds streets only)"
        )
    if residents is None:
        weights = housing.residents_in(1.0) * floor_area_m2
    else:
        weights = floor_area_m2 * (residents / floor_area_m2.sum())
    doors = gpd.GeoDataFrame(
        {
            "residents": weights,
            "floor_area_m2": floor_area_m2,
            "levels": homes["levels"],
            "building": homes["building"],
        },
        geometry=homes.representative_point(),
        crs=homes.crs,
    )
    return doors.rename_axis("door_id")


def scaled_to_totals(
    residents: pd.Series, zone: pd.Series, totals: Mapping[str, float], *, city: float | None = None
) -> pd.Series:
    """Scale residents of doors so that zones, and the city if given, have their known totals.

    Parameters
    ----------
    residents, zone
        Residents and zone of each door, same index.
    totals
        Known residents of some zones; their doors are scaled in proportion.
    city
        Known residents of the city: the doors of all other zones share what is left. Without it
        they keep the residents they have.

    Raises
    ------
    TableError
        A total is for a zone without residents, the totals are more than the city has, or
        nobody is left to hold the rest.

    Examples
    --------
    >>> residents = pd.Series([10.0, 30.0, 40.0])
    >>> zone = pd.Series(["A", "A", "B"])
    >>> scaled_to_totals(residents, zone, {"A": 100}, city=150).tolist()
    [25.0, 75.0, 50.0]
    """
    empty = [name for name in totals if not residents[zone == name].sum() > 0]
    if empty:
        raise TableError(
            f"totals of residents for zones without homes: {', '.join(empty)}; mend their names"
        )
    scaled = residents.astype(float)
    for name, total in totals.items():
        scaled[zone == name] *= total / residents[zone == name].sum()
    if city is None:
        return scaled
    rest, left = ~zone.isin(list(totals)), city - sum(totals.values())
    held = residents[rest].sum()
    if left < 0 or (left > 0 and not held > 0):
        raise TableError(
            f"totals of residents: the zones have {sum(totals.values()):g}, the city {city:g}; "
            "make them agree"
        )
    if held > 0:
        scaled[rest] *= left / held
    return scaled


def with_zone(doors: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, name: str) -> pd.Series:
    """Zone that each door lies in; "" outside all of them.

    A door in two zones, or on the border of two, counts to the first by id, so that every
    resident is in one zone at most.

    Raises
    ------
    TableError
        A zone has no area.
    """
    zones = zones.to_crs(doors.crs)
    if (zones.geometry.area == 0).any():
        empty = ", ".join(map(str, zones.index[zones.geometry.area == 0]))
        raise TableError(f"{name}: zones without area: {empty}; give polygons")
    ordered = zones.loc[sorted(zones.index, key=str)]
    zone, door = ordered.sindex.query(doors.geometry, predicate="intersects")[::-1]
    first = pd.Series(zone).groupby(door).min()
    ids = np.full(len(doors), "", dtype=object)
    ids[first.index.to_numpy(int)] = ordered.index.to_numpy(object)[first.to_numpy(int)]
    return pd.Series(ids, index=doors.index, name=name)
