"""Polygons from files, each with its numbered row of texts, so that messages can name it."""

import json
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from ..errors import SourceError
from ._gdal import for_gdal
from ._geofile import LAYER_ERRORS, check_layers
from ._sheets import Problem, Sheet

VECTOR_SUFFIXES = (".geojson", ".json", ".gpkg", ".fgb", ".shp")
_ON_EARTH = shapely.box(-180, -90, 180, 90)


@dataclass(frozen=True, eq=False)
class Polygons:
    """Features of one file.

    Attributes
    ----------
    sheet
        Their texts, counted from 1, and the problems of their geometries.
    shapes
        Valid polygons by the same numbers, in EPSG:4326; None where there is a problem.
    repaired
        What was mended of each; "" where nothing was.
    """

    sheet: Sheet
    shapes: gpd.GeoSeries
    repaired: pd.Series


def read_polygons(path: Path) -> Polygons:
    """Read the polygons of a GeoJSON, a GeoPackage or another file with one layer of them.

    A polygon that crosses itself is repaired: what it goes around stays, in parts. One whose
    ring does not close is a problem: nobody but its owner knows where the missing side runs.

    Raises
    ------
    SourceError
        The file is missing, of no known format, without features, with several layers, or it
        does not say its CRS.
    """
    meta, wkb, columns = _read(path)
    if not len(wkb):
        raise SourceError(f"{path}: no features; give at least one")
    if not meta["crs"]:
        raise SourceError(f"{path}: has no CRS; set it in the file, EPSG:4326 for degrees")
    names = [str(name).strip().casefold() for name in meta["fields"]]
    texts = [[_text(value) for value in values] for values in columns]
    numbers = range(1, len(wkb) + 1)
    rows = tuple(
        (i, dict(zip(names, (column[i - 1] for column in texts), strict=True))) for i in numbers
    )
    drawn = shapely.from_wkb(wkb, on_invalid="ignore")
    shapes = gpd.GeoSeries(_areal(drawn), index=list(numbers), crs=meta["crs"]).to_crs("EPSG:4326")
    problems = tuple(_problems(wkb, drawn, shapes))
    reasons = shapely.is_valid_reason(drawn)
    mended = ~shapely.is_valid(drawn) & shapes.notna().to_numpy()
    repaired = pd.Series(np.where(mended, reasons, ""), index=shapes.index, dtype=object)
    columns_named = tuple(dict.fromkeys(names))
    return Polygons(
        Sheet(str(path), "feature", columns_named, rows, problems),
        shapes,
        repaired,
    )


def _read(path: Path) -> tuple[Any, npt.NDArray[np.object_], Any]:
    import pyogrio

    check_layers(path)
    file = for_gdal(path)
    try:
        layers = pyogrio.list_layers(file)
        if len(layers) > 1:
            listed = ", ".join(str(name) for name, _ in layers)
            raise SourceError(f"{path}: has the layers {listed}; give a file with one")
        with warnings.catch_warnings():
            # GDAL warns of rings that do not close; they are told one by one, with their names.
            warnings.simplefilter("ignore", RuntimeWarning)
            meta, _, wkb, columns = pyogrio.raw.read(file)
    except SourceError:
        raise
    except LAYER_ERRORS as error:
        raise SourceError(
            f"{path}: not a file of polygons that can be read; export it as GeoJSON or GeoPackage"
        ) from error
    if wkb is None:
        raise SourceError(f"{path}: a table without geometry; give polygons")
    return meta, wkb, columns


def _areal(drawn: npt.NDArray[np.object_]) -> list[Any]:
    """Polygons made valid; None where nothing of an area is left."""
    is_polygon = np.isin(shapely.get_type_id(drawn), (3, 6))
    return [
        _polygons_of(shapely.make_valid(shape)) if usable else None
        for shape, usable in zip(drawn, is_polygon & np.isfinite(shapely.area(drawn)), strict=True)
    ]


def _polygons_of(shape: Any) -> Any:
    parts = [part for part in shapely.get_parts(shape) if part.area > 0]
    parts = [part for part in parts if part.geom_type in ("Polygon", "MultiPolygon")]
    return shapely.union_all(parts) if parts else None


def _problems(
    wkb: npt.NDArray[np.object_], drawn: npt.NDArray[np.object_], shapes: gpd.GeoSeries
) -> Iterator[Problem]:
    for raw, shape, (number, usable) in zip(wkb, drawn, shapes.items(), strict=True):
        if usable is not None and not usable.within(_ON_EARTH):
            yield Problem("coordinates that are no degrees; export it in EPSG:4326", number)
        elif usable is not None:
            continue
        elif raw is None:
            yield Problem("no geometry; draw a polygon", number)
        elif shape is None:
            yield Problem("the ring does not close; draw its last side", number)
        elif shape.geom_type not in ("Polygon", "MultiPolygon"):
            yield Problem(f"a {shape.geom_type}; wanted a Polygon", number)
        else:
            yield Problem("the polygon has no area; draw it again", number)


def _text(value: Any) -> str:
    """Word a value as a spreadsheet would: 17 for 17.0, nothing for what is missing."""
    value = value.tolist() if isinstance(value, np.generic | np.ndarray) else value
    if not isinstance(value, list) and pd.isna(value):
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return value if isinstance(value, str) else json.dumps(value, default=str, ensure_ascii=False)
