"""Zones that results are summed over: neighbourhoods of OpenStreetMap, and H3 hexagons."""

import geopandas as gpd
import h3
import numpy as np
import pandas as pd
import shapely

from ..settings import ZonesSettings
from .osm import OsmExtract


def neighbourhoods(extract: OsmExtract, settings: ZonesSettings) -> gpd.GeoDataFrame:
    """Neighbourhoods of an extract, in EPSG:4326.

    Returns
    -------
    GeoDataFrame
        Index `neighbourhood_id` (OSM id); `name`, `name_ru`, `name_kk`, `name_en`, geometry.
        Empty where the extract has none that close.
    """
    areas = extract.areas
    if settings.boundary_admin_level is not None:
        level = str(settings.boundary_admin_level)
        chosen = areas[(areas["boundary"] == "administrative") & (areas["admin_level"] == level)]
    else:
        chosen = areas[areas["place"].isin(settings.place)]
    names = {
        f"name_{code}": chosen[f"name:{code}"].where(chosen[f"name:{code}"] != "", chosen["name"])
        for code in ("ru", "kk", "en")
    }
    table = gpd.GeoDataFrame(
        {"name": chosen["name"], **names}, geometry=chosen.geometry, crs=areas.crs
    )
    return table.rename_axis("neighbourhood_id").sort_index()


def hexagon_ids(doors: gpd.GeoSeries, resolution: int) -> pd.Series:
    """H3 cell that each door lies in."""
    lonlat = shapely.get_coordinates(doors.to_crs("EPSG:4326"))
    cells = [h3.latlng_to_cell(lat, lon, resolution) for lon, lat in lonlat]
    return pd.Series(cells, index=doors.index, name="hexagon_id", dtype=object)


def hexagons(cells: pd.Index) -> gpd.GeoSeries:
    """Outlines of H3 cells, in EPSG:4326.

    Examples
    --------
    >>> cell = h3.latlng_to_cell(42.9, 71.37, 9)
    >>> hexagons(pd.Index([cell]))[cell].geom_type
    'Polygon'
    """
    outlines = [shapely.Polygon(np.array(h3.cell_to_boundary(cell))[:, ::-1]) for cell in cells]
    return gpd.GeoSeries(outlines, index=cells, crs="EPSG:4326")
