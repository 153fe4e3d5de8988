"""The area of a study: a bounding box, or polygons of a file."""

import warnings
from pathlib import Path

import geopandas as gpd
import shapely

from ..errors import SourceError, one_message
from ..settings import SourceSettings
from ._gdal import for_gdal
from ._geofile import LAYER_ERRORS, check_layers


def study_boundary(settings: SourceSettings) -> shapely.Geometry | None:
    """Get the area that a study is clipped to, in EPSG:4326; None where it names none.

    Raises
    ------
    SourceError
        The file of `boundary` cannot be used.

    Examples
    --------
    >>> study_boundary(SourceSettings(bbox=(71.3, 42.8, 71.5, 43.0))).bounds
    (71.3, 42.8, 71.5, 43.0)
    """
    if settings.bbox:
        return shapely.box(*settings.bbox)
    return read_boundary(settings.boundary) if settings.boundary else None


def read_boundary(path: Path) -> shapely.Geometry:
    """Read the polygons of a file (GeoJSON, GeoPackage ...) as one area, in EPSG:4326.

    Raises
    ------
    SourceError
        The file is missing or unreadable, an outline does not close, or a feature is no polygon,
        crosses itself, or lies off the earth: all of the latter in one message.
    """
    check_layers(path, advice="give a GeoJSON file with the study's polygon")
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Non closed ring detected")  # it is refused below
            table = gpd.read_file(for_gdal(path))
        shapes = table.geometry if table.crs is None else table.to_crs("EPSG:4326").geometry
    except (AttributeError, *LAYER_ERRORS) as error:  # the first: a table without geometry
        raise SourceError(
            f"{path}: cannot be read as polygons ({error}); give a GeoJSON file with one or more "
            "closed polygons"
        ) from error
    if not len(shapes):
        raise SourceError(f"{path}: holds no polygon; add the outline of the study")
    problems = [
        f"feature {i}: {problem}" for i, shape in enumerate(shapes, 1) if (problem := _wrong(shape))
    ]
    if problems:
        raise SourceError(one_message(str(path), problems))
    return shapely.union_all(shapes.to_numpy())


def _wrong(shape: shapely.Geometry | None) -> str:
    """Say what keeps a shape from being the area of a study; empty if nothing does."""
    if shape is None or shape.is_empty:
        return "is empty; draw a polygon"
    if shape.geom_type not in ("Polygon", "MultiPolygon"):
        return f"is a {shape.geom_type}; draw a polygon"
    west, south, east, north = shape.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        return f"reaches to {west:g} {south:g} {east:g} {north:g}, no degrees; save it in EPSG:4326"
    if not shape.is_valid:
        return f"crosses itself ({shapely.is_valid_reason(shape)}); correct its outline"
    return "" if shape.area > 0 else "has no area; draw a polygon"
