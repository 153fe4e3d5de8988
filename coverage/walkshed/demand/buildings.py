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


def use_of_buildings(areas: gpd.GeoDataFrame, *, housing: HousingDefaults) -> pd.Series:
    """Tell what is known of living in each building.

    The tag `building` tells; where it does not, the building's `amenity` and the `landuse` of the
    ground it stands on may tell that nobody lives there.

    Returns
    -------
    Series
        "residential", "unknown" (counts as lived in) or "not_residential", for the areas that
        are buildings.
    """
    buildings = areas[areas["building"] != ""]
    use: pd.Series = buildings["building"].map(housing.use_of).astype(object)
    unknown = buildings[(use == "unknown").to_numpy()]
    ground = areas.geometry[areas["landuse"].isin(housing.not_residential_landuse.value)]
    inside, _ = ground.sindex.query(unknown.representative_point(), predicate="intersects")
    nobody = unknown["amenity"].isin(housing.not_residential_amenity.value).to_numpy()
    use[unknown.index[nobody]] = "not_residential"
    use[unknown.index[inside]] = "not_residential"
    return use


def residential_buildings(
    areas: gpd.GeoDataFrame, *, crs: str, housing: HousingDefaults
) -> gpd.GeoDataFrame:
    """Buildings that may be lived in, with their gross floor area.

    Parameters
    ----------
    areas
        Areas of an extract, with `building`, `building:levels`, `amenity` and `landuse`.
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
    use = use_of_buildings(areas, housing=housing)
    homes = areas.loc[use.index[use != "not_residential"]].to_crs(crs)
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
    ...     {"building": ["house", "house"], "building:levels": ["1", "1"],
    ...      "amenity": "", "landuse": ""},
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
            "levels_known": homes["levels_known"],
            "building": homes["building"],
            "origin": "building",
        },
        geometry=homes.representative_point(),
        crs=homes.crs,
    )
    return doors.rename_axis("door_id")
