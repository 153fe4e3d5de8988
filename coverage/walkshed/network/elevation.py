"""Heights of the ground from a raster, for the slope of streets.

In: a raster file with heights in metres and a CRS. Out: an `Elevation`, a function of coordinates
in the network's CRS. It reads only the part of the file that is asked for.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pyproj import CRS, Transformer

from ..errors import SourceError
from ..sources.rasters import cells_within, opened_raster
from .graph import FloatArray

METRES = ("", "m", "metre", "metres", "meter", "meters")


@dataclass(frozen=True)
class Elevation:
    """Heights in metres at coordinates in `crs`; NaN outside the raster and where it has none.

    Heights are interpolated between the centres of the four cells around a point (bilinear);
    cells without data are left out of the four, and a point within half a cell of the raster's
    edge takes the outermost cells.
    """

    path: Path
    crs: str

    def __call__(self, xy: FloatArray) -> FloatArray:
        """Heights at (n, 2) coordinates."""
        with opened_raster(self.path, "heights") as raster:
            to_raster = Transformer.from_crs(
                CRS(self.crs), CRS(raster.crs.to_wkt()), always_xy=True
            )
            x, y = to_raster.transform(xy[:, 0], xy[:, 1])
            cell = ~raster.transform
            column, row = cell.a * x + cell.b * y + cell.c, cell.d * x + cell.e * y + cell.f
            inside = (column >= 0) & (column <= raster.width) & (row >= 0) & (row <= raster.height)
            z_m = np.full(len(xy), np.nan)
            if inside.any():
                z_m[inside] = _interpolated(raster, column[inside], row[inside])
        return z_m


def read_elevation(path: Path, crs: str) -> Elevation:
    """Open a raster of ground heights: GeoTIFF or whatever GDAL reads, first band, in metres.

    Parameters
    ----------
    path
        The raster file; any CRS.
    crs
        CRS of the coordinates that will be asked for: the network's.

    Raises
    ------
    SourceError
        The file cannot be read, has no CRS, is not in metres, or rasterio is not installed.
    """
    with opened_raster(path, "heights") as raster:
        unit = raster.units[0] or ""
        if unit.lower() not in METRES:
            raise SourceError(f"{path}: heights are in `{unit}`; convert them to metres")
    return Elevation(path, crs)


def _interpolated(raster: Any, column: FloatArray, row: FloatArray) -> FloatArray:
    """Bilinear heights at positions inside the raster, in cells from its corner."""
    # Centres of cells lie at halves.
    column = np.clip(column - 0.5, 0, raster.width - 1)
    row = np.clip(row - 0.5, 0, raster.height - 1)
    left, top = np.floor(column).astype(int), np.floor(row).astype(int)
    first_row, first_column = int(top.min()), int(left.min())
    rows = (first_row, min(int(top.max()) + 2, raster.height))
    columns = (first_column, min(int(left.max()) + 2, raster.width))
    height_m = cells_within(raster, rows, columns)
    total, weights = np.zeros(len(column)), np.zeros(len(column))
    for down in (0, 1):
        for right in (0, 1):
            i = np.minimum(top + down, rows[1] - 1) - first_row
            j = np.minimum(left + right, columns[1] - 1) - first_column
            weight = (1 - np.abs(row - top - down)) * (1 - np.abs(column - left - right))
            known = np.isfinite(height_m[i, j])
            total += np.where(known, weight * height_m[i, j], 0.0)
            weights += np.where(known, weight, 0.0)
    heights_m: FloatArray = np.full(len(column), np.nan)
    return np.divide(total, weights, out=heights_m, where=weights > 0)
