"""What the map is drawn on: water, railways, green, buildings and place names of an extract."""

from collections.abc import Mapping

import geopandas as gpd
import pandas as pd

from .osm import OsmExtract
from .water import drawn_water, is_water

GREEN_LANDUSE = (
    "grass",
    "forest",
    "meadow",
    "orchard",
    "village_green",
    "cemetery",
    "recreation_ground",
)
GREEN_LEISURE = ("park", "garden", "nature_reserve", "golf_course")
GREEN_NATURAL = ("wood", "scrub", "grassland", "heath")
PLACE_RANK: Mapping[str, int] = {
    "city": 0, "town": 1, "village": 2, "suburb": 3, "quarter": 4, "hamlet": 4,
    "neighbourhood": 5, "square": 6, "locality": 6,
}  # fmt: skip


def ground_layers(extract: OsmExtract) -> dict[str, gpd.GeoDataFrame]:
    """Layers to draw beneath the results, in EPSG:4326.

    Returns
    -------
    dict
        `water` (the sea too), `green`, `buildings` (areas), `rivers`, `rail` (lines), and
        `places` (points with `name`, `name_ru`, `name_kk`, `name_en` and `rank`, 0 the most
        important).
    """
    areas, lines = extract.areas, extract.lines
    water = drawn_water(extract)
    green = (
        areas["landuse"].isin(GREEN_LANDUSE)
        | areas["leisure"].isin(GREEN_LEISURE)
        | areas["natural"].isin(GREEN_NATURAL)
    )
    under = ~lines["tunnel"].isin(["", "no"])
    return {
        "water": gpd.GeoDataFrame(geometry=water),
        "green": areas[green & ~is_water(areas)][["geometry"]],
        "buildings": areas[~areas["building"].isin(["", "no"])][["geometry"]],
        "rivers": lines[lines["waterway"].isin(["river", "canal", "stream"]) & ~under][
            ["geometry"]
        ],
        "rail": lines[lines["railway"].isin(["rail", "light_rail", "narrow_gauge"]) & ~under][
            ["geometry"]
        ],
        "places": _places(extract),
    }


def _places(extract: OsmExtract) -> gpd.GeoDataFrame:
    found = pd.concat([extract.points, extract.areas])
    found = found[found["place"].isin(list(PLACE_RANK)) & (found["name"] != "")]
    names = {
        f"name_{code}": found[f"name:{code}"].where(found[f"name:{code}"] != "", found["name"])
        for code in ("ru", "kk", "en")
    }
    table = gpd.GeoDataFrame(
        {"name": found["name"], **names, "rank": found["place"].map(PLACE_RANK).astype(int)},
        geometry=found.geometry.representative_point(),
        crs=extract.areas.crs,
    )
    return table.sort_values("rank", kind="stable").drop_duplicates("name")
