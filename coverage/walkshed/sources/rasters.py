"""Open a raster, or say plainly why not."""

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pyproj import CRS, Transformer
from pyproj.exceptions import ProjError

from ..errors import SourceError
from ..given_files import check_file

MOST_CELLS = 50_000_000
"""Cells around one study: a square of 70 km in cells of 10 m."""


def opened_raster(path: Path, what: str) -> Any:
    """Open a raster file that has a CRS; `what` it holds is for the messages.

    Raises
    ------
    SourceError
        rasterio is not installed, the file cannot be read, lists other files in place of cells, or
        has no CRS.
    """
    try:
        import rasterio
    except ImportError as error:
        raise SourceError(
            f"{path}: {what} are read with rasterio; install it: pip install 'walkshed[raster]'"
        ) from error
    check_file(path, advice="give a GeoTIFF")
    with path.open("rb") as file:
        if file.read(512).removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"<", b"{"):
            raise SourceError(f"{path}: names other rasters or a service; give the raster itself")
    try:
        with warnings.catch_warnings():
            # A raster without georeference also has no CRS, and that is told below.
            warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
            raster = rasterio.open(path)
    except rasterio.errors.RasterioIOError as error:
        raise SourceError(
            f"{path}: not a raster that can be read ({error}); get it again"
        ) from error
    if raster.crs is None:
        raster.close()
        raise SourceError(f"{path}: has no CRS; write it into the file (`gdal_edit.py -a_srs`)")
    try:
        Transformer.from_crs(CRS(raster.crs.to_wkt()), CRS("EPSG:4326"))
    except (ProjError, rasterio.errors.CRSError):
        raster.close()
        raise SourceError(
            f"{path}: has a CRS of no place on Earth; write the right one into the file "
            "(`gdal_edit.py -a_srs`)"
        ) from None
    if not raster.count or not abs(raster.transform.determinant) > 0:
        raster.close()
        raise SourceError(f"{path}: has no cells on the ground; give a raster with a georeference")
    return raster


def cells_within(
    raster: Any, rows: tuple[int, int], columns: tuple[int, int]
) -> npt.NDArray[np.float64]:
    """Read the first band from a row and a column to others, in its units; NaN without data.

    Raises
    ------
    SourceError
        That part is damaged, or has more than `MOST_CELLS`.
    """
    import rasterio

    n_cells = (rows[1] - rows[0]) * (columns[1] - columns[0])
    if n_cells > MOST_CELLS:
        raise SourceError(
            f"{raster.name}: {n_cells:,} cells lie around the study, more than {MOST_CELLS:,}; "
            "give a coarser raster"
        )
    try:
        band = raster.read(1, window=(rows, columns), masked=True)
    except (rasterio.errors.RasterioError, ValueError) as error:
        raise SourceError(f"{raster.name}: is damaged ({error}); get it again") from error
    numbers: npt.NDArray[np.float64] = band.astype(float).filled(np.nan)
    numbers *= raster.scales[0]
    numbers += raster.offsets[0]
    return numbers
