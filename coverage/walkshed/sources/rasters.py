"""Open a raster, or say plainly why not."""

import warnings
from pathlib import Path
from typing import Any

from ..errors import SourceError
from ..given_files import check_file


def opened_raster(path: Path, what: str) -> Any:
    """Open a raster file that has a CRS; `what` it holds is for the messages.

    Raises
    ------
    SourceError
        rasterio is not installed, the file cannot be read, or it has no CRS.
    """
    try:
        import rasterio
    except ImportError as error:
        raise SourceError(
            f"{path}: {what} are read with rasterio; install it: pip install 'walkshed[raster]'"
        ) from error
    check_file(path, advice="give a GeoTIFF")
    try:
        with warnings.catch_warnings():
            # A raster without georeference also has no CRS, and that is told below.
            warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
            raster = rasterio.open(path)
    except rasterio.errors.RasterioIOError as error:
        raise SourceError(f"{path}: not a raster that can be read ({error})") from error
    if raster.crs is None:
        raster.close()
        raise SourceError(f"{path}: has no CRS; write it into the file (`gdal_edit.py -a_srs`)")
    return raster
