"""Buildings as doors, weighted by their floor area.

In: building areas of an extract and, if known, the number of residents. Out: demand points, one
for each building that may be lived in, with `residents`. Without a known number the floor area
per resident gives an estimate, and the result says so.
"""

import geopandas as gpd
import pandas as pd

from ..errors import SourceError
from ..schemas import require_metric_crs
from ..standards import HousingDefaults

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
        Index of `homes`, named `door_id`; `residents`, `floor_area_m2`, `levels`,
        `levels_known`, `building`, `origin` ("building"), geometry: a point inside the outline.

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
            "give an extract with buildings"
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
            "levels_known": homes["levels_known"],
            "building": homes["building"],
            "origin": "building",
        },
        geometry=homes.representative_point(),
        crs=homes.crs,
    )
    return doors.rename_axis("door_id")
