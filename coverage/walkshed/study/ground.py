"""The ground of a study as a small table, for pictures that are drawn from its files alone."""

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ..network import WalkNetwork, street_lines
from ..sources.ground import ground_layers
from ..sources.osm import OsmExtract
from ..sources.zones import NAMES

SIMPLIFY_M = 5.0
GRID_M = 1.0
AREA_MIN_M2 = 2_000.0
LAYERS = ("green", "water", "rivers", "rail", "major", "minor")
PLACE_RANK_MAX = 5
"""Of places only those up to neighbourhoods are named."""


def drawn_ground(network: WalkNetwork, extract: OsmExtract) -> gpd.GeoDataFrame:
    """Ground to draw a whole city on, to 5 m, in the network's CRS.

    Paths, buildings and areas of less than 2,000 m² are left out: on paper they are a grey mist.

    Returns
    -------
    geopandas.GeoDataFrame
        One row for each of `green`, `water` (areas), `rivers`, `rail`, `major` and `minor`
        streets (lines) that is there, and one for each `place` (points with names and `rank`,
        0 the most important); the kind stands in `layer`.
    """
    found = ground_layers(extract)
    streets = street_lines(network)
    tables: Mapping[str, gpd.GeoDataFrame] = {
        **{name: found[name].to_crs(network.crs) for name in ("green", "water", "rivers", "rail")},
        "major": streets[streets["road_class"] == "major"],
        "minor": streets[~streets["road_class"].isin(["major", "path"])],
    }
    there = [name for name in LAYERS if len(tables[name])]
    shapes = gpd.GeoDataFrame(
        {"layer": there},
        geometry=[_as_one(tables[name].geometry) for name in there],
        crs=network.crs,
    )
    places = found["places"].to_crs(network.crs)
    places = places[places["rank"] <= PLACE_RANK_MAX].assign(layer="place")
    ground = pd.concat([shapes, places], ignore_index=True)
    ground[list(NAMES)] = ground[list(NAMES)].fillna("")
    return gpd.GeoDataFrame(ground[["layer", *NAMES, "rank", "geometry"]], crs=network.crs)


def _as_one(shapes: gpd.GeoSeries) -> shapely.Geometry:
    """Collect shapes of one kind into a multi-part one, simplified, on a grid of a metre."""
    parts = shapely.get_parts(np.asarray(shapes[shapes.notna()].array))
    is_area = bool((shapely.get_type_id(parts) == 3).any())
    if is_area:
        parts = parts[shapely.area(parts) >= AREA_MIN_M2]
    joined = parts if is_area else shapely.get_parts(shapely.line_merge(shapely.union_all(parts)))
    thin = shapely.simplify(joined, SIMPLIFY_M, preserve_topology=is_area)
    rounded = shapely.transform(thin, lambda points: np.round(points / GRID_M) * GRID_M)
    return shapely.multipolygons(rounded) if is_area else shapely.multilinestrings(rounded)
