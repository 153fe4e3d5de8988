"""Cells with residents from a population raster such as WorldPop or GHSL.

Any CRS, any turn of the grid: each cell with people becomes a polygon of its four corners, cut
to the study. Only the part of the file around the study is read.
"""

import math
from pathlib import Path
from typing import Any, Literal, NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from ..errors import SourceError
from .rasters import cells_within, opened_raster

FloatArray = npt.NDArray[np.float64]

_PIECE_DEGREES = 0.01
"""Sides of the study are cut into pieces of this, lest they bend aside in the raster's CRS."""


class RasterCells(NamedTuple):
    """Cells of a raster within a study.

    Attributes
    ----------
    cells
        Index "r12c40" (row and column in the file, from 0); `residents`, polygons in the CRS
        asked for, cut to the study. Cells without people are left out.
    share_covered
        Share of the study's area that the raster lies over.
    share_without_data
        Share of the raster's cells around the study that have no data; nobody is counted there.
    """

    cells: gpd.GeoDataFrame
    share_covered: float
    share_without_data: float


def population_cells(
    path: Path,
    study: shapely.Geometry,
    *,
    crs: str,
    values: Literal["count", "per_km2"] = "count",
) -> RasterCells:
    """Read the residents of a population raster's first band within a study.

    A cell that lies partly in the study counts by the share of its area in it.

    Parameters
    ----------
    path
        GeoTIFF or whatever GDAL reads.
    study
        Polygon in EPSG:4326.
    crs
        Metric CRS of the result.
    values
        Whether a value is the residents of its cell, or of a square kilometre there.

    Raises
    ------
    SourceError
        rasterio is not installed; the file cannot be read or has no CRS; it lies outside the
        study, has nothing but nodata there, nobody, or numbers below 0.
    """
    with opened_raster(path, "population rasters") as raster:
        on_raster = gpd.GeoSeries([shapely.segmentize(study, _PIECE_DEGREES)], crs="EPSG:4326")
        ground = on_raster.to_crs(raster.crs.to_wkt()).iloc[0]
        rows, columns = _window(path, raster, ground)
        number = cells_within(raster, rows, columns)
        outline = _corners(
            raster.transform, np.array([0]), np.array([0]), raster.height, raster.width
        )
        covered = shapely.area(shapely.intersection(outline[0], ground)) / ground.area
        transform, raster_crs = raster.transform, raster.crs.to_wkt()
    known = np.isfinite(number)
    _refuse_useless(path, number, known)
    row, column = np.nonzero(known & (np.nan_to_num(number) > 0))
    cells = gpd.GeoDataFrame(
        {"residents": number[row, column]},
        index=pd.Index(
            [f"r{r}c{c}" for r, c in zip(row + rows[0], column + columns[0], strict=True)],
            name="cell_id",
            dtype=object,
        ),
        geometry=_corners(transform, row + rows[0], column + columns[0]),
        crs=raster_crs,
    ).to_crs(crs)
    cells = _cut(cells, on_raster.to_crs(crs).iloc[0], per_km2=values == "per_km2")
    if cells.empty:
        raise SourceError(f"{path}: nobody lives in the study; check that it is the right raster")
    return RasterCells(cells, float(covered), float(1 - known.mean()))


def _window(path: Path, raster: Any, ground: Any) -> tuple[tuple[int, int], tuple[int, int]]:
    """Rows and columns of the raster around a study, from the first to one after the last."""
    x, y = shapely.get_coordinates(ground).T
    cell = ~raster.transform
    column, row = cell.a * x + cell.b * y + cell.c, cell.d * x + cell.e * y + cell.f
    if np.isfinite(row).all() and np.isfinite(column).all():
        rows = max(math.floor(row.min()), 0), min(math.ceil(row.max()), raster.height)
        columns = max(math.floor(column.min()), 0), min(math.ceil(column.max()), raster.width)
        if rows[0] < rows[1] and columns[0] < columns[1]:
            return rows, columns
    raise SourceError(f"{path}: lies outside the study; give a raster of this city")


def _refuse_useless(path: Path, number: FloatArray, known: npt.NDArray[np.bool_]) -> None:
    if not known.any():
        raise SourceError(
            f"{path}: nothing but nodata in the study; give a raster that covers this city"
        )
    negative = number[known & (np.nan_to_num(number) < 0)]
    if len(negative):
        raise SourceError(
            f"{path}: {len(negative)} cells hold numbers below 0 (such as {negative.min():g}); if "
            "that means no data, say so in the file (`gdal_edit.py -a_nodata`)"
        )


def _corners(
    transform: Any,
    row: npt.NDArray[np.int64],
    column: npt.NDArray[np.int64],
    height: int = 1,
    width: int = 1,
) -> npt.NDArray[np.object_]:
    """Outlines of cells, or of blocks of them, in the raster's CRS."""
    down = row[:, None] + height * np.array([0, 0, 1, 1])
    right = column[:, None] + width * np.array([0, 1, 1, 0])
    x = transform.a * right + transform.b * down + transform.c
    y = transform.d * right + transform.e * down + transform.f
    outlines: npt.NDArray[np.object_] = shapely.polygons(np.stack([x, y], axis=-1))
    return outlines


def _cut(cells: gpd.GeoDataFrame, ground: Any, *, per_km2: bool) -> gpd.GeoDataFrame:
    """Cut cells to the study; their residents go with the share of their area in it."""
    shapely.prepare(ground)
    drawn = cells.geometry.to_numpy()
    inside = drawn.copy()
    across = ~shapely.contains(ground, drawn)
    inside[across] = shapely.intersection(ground, drawn[across])
    area_m2 = shapely.area(inside)
    factor = area_m2 / 1e6 if per_km2 else area_m2 / shapely.area(drawn)
    cut = cells.assign(residents=cells["residents"] * factor).set_geometry(inside, crs=cells.crs)
    return cut[area_m2 > 0]
