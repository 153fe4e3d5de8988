"""Points of GeoJSON and GeoPackage as rows of texts: `lat`, `lon`, and `crs` where not WGS 84."""

import json
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from pyogrio.errors import DataLayerError, DataSourceError
from pyproj import CRS
from pyproj.exceptions import ProjError
from shapely.errors import ShapelyError

from ..errors import SourceError
from ..given_files import LARGEST_TABLE_BYTES, check_file, json_of
from ._gdal import for_gdal
from ._table import Headings, Problem, Row, Sheet, column_of, worded

LAYER_ERRORS = (DataSourceError, DataLayerError, LookupError, ProjError, ShapelyError, ValueError)
"""What GDAL, PROJ and GEOS, each through its library, have against a file of shapes."""

SQLITE, FLATGEOBUF, SHAPEFILE = b"SQLite format 3\0", b"fgb", b"\0\0\x27\x0a"
"""How files of shapes begin that are no JSON."""


def geojson_sheet(text: str, path: str, headings: Headings) -> Sheet:
    """Make a sheet of a GeoJSON collection of points.

    A member `crs`, which old GeoJSON has, goes into the column `crs` unless it is WGS 84.

    Raises
    ------
    SourceError
        When the text is not GeoJSON.
    """
    try:
        collection = json_of(text)
    except ValueError as error:
        raise SourceError(f"{path}: not GeoJSON ({error}); export it again") from None
    features = collection.get("features") if isinstance(collection, dict) else None
    if not isinstance(features, list) or not all(isinstance(item, dict) for item in features):
        raise SourceError(f"{path}: not a GeoJSON collection of features; export it again")
    crs, problems = _crs_of(collection)
    rows: list[tuple[int, Row]] = []
    for i, feature in enumerate(features, start=1):
        properties = feature.get("properties") or {}
        if not isinstance(properties, dict):
            problems.append(Problem("`properties` are no keys with values; export it again", i))
            properties = {}
        row = {"id": worded(feature.get("id"))}
        row |= {column_of(str(key), headings): worded(value) for key, value in properties.items()}
        point, problem = _point(feature.get("geometry"))
        rows.append((i, row | point | crs))
        problems += [Problem(problem, i)] if problem else []
    columns = tuple(dict.fromkeys(["lat", "lon", *(column for _, row in rows for column in row)]))
    return Sheet(path, "feature", columns, tuple(rows), tuple(problems))


def _crs_of(collection: Mapping[str, Any]) -> tuple[dict[str, str], list[Problem]]:
    """Name the CRS for the column `crs`: nothing for WGS 84, which GeoJSON is in by default."""
    if "crs" not in collection:
        return {}, []
    member = collection["crs"]
    inner = member.get("properties") if isinstance(member, dict) else None
    name = inner.get("name") if isinstance(inner, dict) else member
    try:
        crs = CRS.from_user_input(str(name))
    except ProjError:
        told = json.dumps(member, ensure_ascii=False)
        return {}, [Problem(f"the CRS {told} is not known; export it in EPSG:4326")]
    return ({} if _is_wgs84(crs) else {"crs": crs.to_string()}), []


def _is_wgs84(crs: CRS) -> bool:
    return bool(crs.is_geographic and "WGS 84" in crs.name)


def _point(geometry: Any) -> tuple[dict[str, str], str]:
    """Give `lat` and `lon` as texts (empty without a geometry), and a problem or nothing."""
    if geometry is None:
        return {"lat": "", "lon": ""}, ""
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind != "Point":
        return {}, f"a geometry of type `{kind}`; wanted a Point"
    match geometry.get("coordinates"):
        case [lon, lat, *_]:
            return {"lat": worded(lat), "lon": worded(lon)}, ""
    return {}, "a Point without two coordinates; wanted [longitude, latitude]"


def geopackage_sheet(path: Path, headings: Headings) -> Sheet:
    """Make a sheet of the layers of a GeoPackage, features counted through all of them.

    Raises
    ------
    SourceError
        When the file is missing or no GeoPackage.
    """
    from pyogrio import list_layers, read_dataframe

    check_layers(path)
    check_geopackage(path)
    rows: list[tuple[int, Row]] = []
    problems: list[Problem] = []
    try:
        file = for_gdal(path)
        tables = [read_dataframe(file, layer=name) for name, _ in list_layers(file)]
    except LAYER_ERRORS as error:
        raise SourceError(f"{path}: not a GeoPackage ({error}); export it again") from None
    for table in tables:
        crs: dict[str, str] = {}
        geometry = getattr(table, "active_geometry_name", None)
        if geometry and table.crs is None:
            problems.append(Problem("a layer without a CRS; set one, such as EPSG:4326"))
        elif geometry and not _is_wgs84(CRS.from_user_input(table.crs)):
            crs = {"crs": CRS.from_user_input(table.crs).to_string()}
        for record in table.astype(object).where(table.notna(), None).to_dict("records"):
            shape = record.pop(geometry, None) if geometry else None
            row = {column_of(str(key), headings): worded(value) for key, value in record.items()}
            point, problem = _point_of(shape) if geometry else ({}, "")
            rows.append((len(rows) + 1, row | point | crs))
            problems += [Problem(problem, len(rows))] if problem else []
    columns = tuple(dict.fromkeys(column for _, row in rows for column in row))
    return Sheet(str(path), "feature", columns, tuple(rows), tuple(problems))


def check_layers(path: Path, *, advice: str = "check the name and the folder") -> None:
    """Refuse all but the files that are maps themselves before GDAL opens one.

    GDAL goes by the content, and knows formats that are lists of other files or of addresses.

    Raises
    ------
    SourceError
        When the file is missing, or by its first bytes no GeoJSON, GeoPackage or the like.
    """
    check_file(path, advice=advice)
    with path.open("rb") as file:
        start = file.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(SQLITE):
        check_geopackage(path)
    elif start.startswith(b"{"):
        check_file(path, largest_bytes=LARGEST_TABLE_BYTES)
    elif not start.startswith((FLATGEOBUF, SHAPEFILE)):
        raise SourceError(
            f"{path}: cannot be read (not GeoJSON, nor GeoPackage); export it as one of these"
        )


def check_geopackage(path: Path) -> None:
    """Refuse what is no GeoPackage before GDAL tries to open it.

    Raises
    ------
    SourceError
        When the file is missing or holds no tables of a GeoPackage.
    """
    check_file(path)
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as database:
            database.execute("SELECT table_name FROM gpkg_contents").fetchall()
            made = database.execute("SELECT sql FROM sqlite_master WHERE type = 'view'").fetchall()
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise SourceError(f"{path}: not a GeoPackage ({error}); export it again") from None
    if any("recursive" in str(sql).casefold() for (sql,) in made):
        raise SourceError(
            f"{path}: has a view that is worked out step by step and may never end; export it "
            "again, with tables only"
        )


def _point_of(shape: Any) -> tuple[dict[str, str], str]:
    if shape is None or shape.is_empty:
        return {"lat": "", "lon": ""}, ""
    parts = getattr(shape, "geoms", [shape])
    if len(parts) != 1 or parts[0].geom_type != "Point":
        return {}, f"a geometry of type `{shape.geom_type}`; wanted a Point"
    return {"lat": worded(float(parts[0].y)), "lon": worded(float(parts[0].x))}, ""
