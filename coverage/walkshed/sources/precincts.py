"""Administrative precincts: the polygons that inspectors answer for."""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely import make_valid

from ..errors import CRSError, SourceError, TableError, one_message
from ..schemas import check_neighbourhoods
from ._gdal import for_gdal
from ._geofile import LAYER_ERRORS, check_layers
from ._table import Problem, Sheet, column_of, heading_key, worded

_HEADINGS: Mapping[str, str] = {
    heading_key(text): column
    for column, texts in {
        "id": ("id", "код", "номер", "number", "участок", "precinct", "учаске", "нөмірі"),
        "name": ("name", "название", "наименование", "атауы", "name ru"),
    }.items()
    for text in texts
}
_OVERLAP_TOLD = 0.01
"""Precincts that share more than this share of the smaller one are told."""


class PrecinctsRead(NamedTuple):
    """Polygons by `precinct_id` with a `name`, in EPSG:4326, and notes about them."""

    precincts: gpd.GeoDataFrame
    notes: tuple[str, ...]


def read_precincts(path: str | Path) -> PrecinctsRead:
    """Read precincts from GeoJSON or GeoPackage: polygons with an `id`, and a `name` if known.

    A polygon that crosses itself is repaired where that leaves an area, and told in a note;
    precincts that overlap are told too.

    Raises
    ------
    SourceError
        When the file is missing or none of these formats.
    CRSError
        When it does not say of which CRS its coordinates are.
    TableError
        With all problems: no id, an id twice, a shape that is no polygon.
    """
    path = Path(path)
    table = _opened(path)
    if table.crs is None:
        raise CRSError(f"{path}: the CRS is missing; set one, such as EPSG:4326, and export again")
    columns = {name: column_of(str(name), _HEADINGS) for name in table.columns}
    table = table.rename(columns={k: v for k, v in columns.items() if k != "geometry"})
    table = table.loc[:, ~table.columns.duplicated()].to_crs(4326)
    ids = [worded(value).strip() for value in table.get("id", pd.Series([""] * len(table)))]
    names = [worded(value) for value in table.get("name", pd.Series([""] * len(table)))]
    sheet = Sheet(str(path), "feature", tuple(map(str, table.columns)), ())
    problems = list(_problems(ids, table.geometry))
    if problems:
        raise TableError(one_message(str(path), sheet.told(problems)))
    valid = table.geometry.is_valid.to_numpy()
    shapes = table.geometry.where(valid, make_valid(table.geometry.to_numpy()))
    index = pd.Index(ids, name="precinct_id", dtype="object")
    precincts = gpd.GeoDataFrame({"name": names}, index=index, geometry=list(shapes), crs=4326)
    mended = [
        Problem("the outline crossed itself and was repaired; look at it once", i + 1)
        for i in range(len(valid))
        if not valid[i]
    ]
    check_neighbourhoods(precincts, str(path))
    told = sheet.told([*mended, *_overlaps(precincts)])
    return PrecinctsRead(precincts, tuple(f"{path.name}: {text}" for text in told))


def _opened(path: Path) -> gpd.GeoDataFrame:
    from pyogrio import read_dataframe

    check_layers(path)
    try:
        table = read_dataframe(for_gdal(path))
    except LAYER_ERRORS as error:
        raise SourceError(f"{path}: not GeoJSON or GeoPackage ({error}); export it again") from None
    if not isinstance(table, gpd.GeoDataFrame) or not len(table):
        raise SourceError(f"{path}: holds no polygons; give at least one precinct")
    return table


def _problems(ids: list[str], shapes: gpd.GeoSeries) -> Iterator[Problem]:
    counts = Counter(ids)
    for i, (precinct_id, shape) in enumerate(zip(ids, shapes, strict=True), start=1):
        if not precinct_id:
            yield Problem("no `id`; give each precinct its number", i)
        elif counts[precinct_id] > 1:
            yield Problem(f"the id `{precinct_id}` more than once; join its polygons into one", i)
        if shape is None or shape.is_empty:
            yield Problem("no geometry; wanted a Polygon", i)
        elif not (np.abs(shapely.get_coordinates(shape)) <= (180, 90)).all():
            yield Problem("coordinates that are no degrees; export it in EPSG:4326", i)
        elif shape.geom_type not in ("Polygon", "MultiPolygon"):
            yield Problem(f"a geometry of type `{shape.geom_type}`; wanted a Polygon", i)
        elif not shape.is_valid and make_valid(shape).geom_type not in ("Polygon", "MultiPolygon"):
            yield Problem("the outline crosses itself and leaves no area; draw it again", i)


def _overlaps(precincts: gpd.GeoDataFrame) -> Iterator[Problem]:
    west, south, east, north = precincts.total_bounds
    middle = f"+lat_0={(south + north) / 2} +lon_0={(west + east) / 2}"
    metric = precincts.to_crs(f"+proj=laea {middle}")  # keeps areas, anywhere on earth
    shapes = make_valid(metric.geometry.to_numpy())  # a sharp corner may cross itself in metres
    ones, others = metric.sindex.query(metric.geometry, predicate="intersects")
    for one, other in zip(ones, others, strict=True):
        if one >= other:
            continue
        a, b = shapes[one], shapes[other]
        shared_m2 = a.intersection(b).area
        if shared_m2 > _OVERLAP_TOLD * min(a.area, b.area):
            ids = f"`{metric.index[one]}` and `{metric.index[other]}`"
            yield Problem(f"precincts {ids} overlap on {shared_m2:,.0f} m2; one answers, which?")
