"""The user's own list of places where a post could stand, and ground he rules out."""

import math
from collections.abc import Iterator
from pathlib import Path

import geopandas as gpd
import numpy as np
import shapely

from ..errors import SourceError, TableError, one_message
from ._gdal import for_gdal
from ._geofile import LAYER_ERRORS, check_layers
from ._sheets import Problem, Row, Sheet, read_sheet
from .posts import FAR_OUTSIDE_KM, Extent, outside_km

_COLUMNS = (
    *("id", "name", "lat", "lon", "owner", "cost", "kind"),
    *("status", "group", "inspectors"),
)
SITE_STATUSES = ("candidate", "required", "forbidden")
"""What a place on the list can be; "candidate" where nothing is said."""


def read_sites(path: str | Path, *, extent: Extent | None = None) -> gpd.GeoDataFrame:
    """Read a list of places where a post could stand.

    The columns: `id`, required and unique; `lat` and `lon` in degrees, required; and where known
    `name`, `owner` (whose ground or premises), `cost` (a number from 0 up, in any one currency),
    `kind` (in the user's own words: "ground floor"), `status` ("required": a post must be built
    there; "forbidden": none may), `group` (of places of one group at most one is built at) and
    `inspectors` (how many a post there can hold).

    Parameters
    ----------
    path
        A file as `read_posts` takes it.
    extent
        West, south, east and north of the study in degrees: places far outside are refused.

    Returns
    -------
    GeoDataFrame
        By `id`, in the order of the file: `name`, `owner`, `kind`, `group` (texts, "" when
        unknown), `status`, `cost` and `inspectors` (NaN when unknown); points in EPSG:4326.

    Raises
    ------
    SourceError
        When the file is missing, empty, or not a text of its format.
    TableError
        With all problems of the rows, numbered as a spreadsheet does.
    """
    sheet = read_sheet(path)
    problems = [*_column_problems(sheet), *sheet.problems, *_repeated(sheet)]
    blank = dict.fromkeys(sheet.columns, "")
    problems += [
        Problem(text, number)
        for number, row in sheet.rows
        for text in _row_problems(blank | dict(row), extent)
    ]
    if problems:
        raise TableError(one_message(str(path), sheet.told(problems)))
    rows = [row for _, row in sheet.rows]
    texts = {
        name: [_text(row, name) for row in rows] for name in ("name", "owner", "kind", "group")
    }
    texts["status"] = [_text(row, "status") or "candidate" for row in rows]
    lat, lon, cost, inspectors = (
        np.array([_number(_text(row, key)) for row in rows], dtype=float)
        for key in ("lat", "lon", "cost", "inspectors")
    )
    table = gpd.GeoDataFrame(
        {**texts, "cost": cost, "inspectors": inspectors},
        geometry=shapely.points(lon, lat),
        crs="EPSG:4326",
    )
    table.index = table.index.map(dict(enumerate(_text(row, "id") for row in rows)))
    return table.rename_axis("id")


def read_exclusions(path: Path) -> gpd.GeoDataFrame:
    """Read polygons where no post may stand: GeoJSON or GeoPackage with a `reason` each.

    Returns
    -------
    GeoDataFrame
        `reason`, geometry in EPSG:4326, in the order of the file.

    Raises
    ------
    SourceError
        The file is missing or cannot be read.
    TableError
        A feature is no valid polygon or has no reason, or the CRS is missing; all in one message.
    """
    check_layers(path)
    try:
        zones = gpd.read_file(for_gdal(path))
    except LAYER_ERRORS as error:
        raise SourceError(f"{path}: cannot be read ({error}); export it as GeoJSON") from None
    problems = list(_zone_problems(zones))
    if problems:
        sheet = Sheet(str(path), "feature", (), ())
        raise TableError(one_message(str(path), sheet.told(problems)))
    reasons = zones["reason"].astype(str).str.strip()
    return gpd.GeoDataFrame({"reason": reasons}, geometry=zones.geometry).to_crs(4326)


def _zone_problems(zones: gpd.GeoDataFrame) -> Iterator[Problem]:
    if not isinstance(zones, gpd.GeoDataFrame) or not len(zones):
        yield Problem("no polygons; draw at least one, or leave the file out")
        return
    if zones.crs is None:
        yield Problem("the CRS is missing; export the file with it")
    if "reason" not in zones:
        yield Problem("no column `reason`; say in it why nothing may stand there")
    for i, shape in enumerate(zones.geometry, start=1):
        kind = "nothing" if shape is None else shape.geom_type
        if kind not in ("Polygon", "MultiPolygon"):
            yield Problem(f"a geometry of type `{kind}`; wanted a Polygon", i)
        elif (
            shape.is_empty
            or not np.isfinite(shapely.get_coordinates(shape)).all()
            or not shape.is_valid
        ):
            yield Problem("the polygon is empty or crosses itself; draw it again", i)
    for i, reason in enumerate(zones.get("reason", ()), start=1):
        if not isinstance(reason, str) or not reason.strip():
            yield Problem("`reason` is empty; say why nothing may stand there", i)


def _column_problems(sheet: Sheet) -> Iterator[Problem]:
    for column in ("id", "lat", "lon"):
        if column not in sheet.columns:
            yield Problem(f"no column `{column}`; add it ({sheet})")
    for column, meant in sheet.misspelt(_COLUMNS):
        yield Problem(f"no use for the column `{column}`; if it is `{meant}`, rename it")


def _repeated(sheet: Sheet) -> Iterator[Problem]:
    rows_by_id: dict[str, list[int]] = {}
    for number, row in sheet.rows:
        rows_by_id.setdefault(_text(row, "id"), []).append(number)
    for site_id, rows in rows_by_id.items():
        if site_id and len(rows) > 1:
            text = f"the id `{site_id}` more than once; give each its own"
            yield from (Problem(text, row) for row in rows)


def _row_problems(row: Row, extent: Extent | None) -> Iterator[str]:
    if "id" in row and not _text(row, "id"):
        yield "`id` is empty; give the place a name of its own"
    for key in ("cost", "inspectors"):
        if _text(row, key) and not _number(_text(row, key)) >= 0:
            yield f"`{key}` is `{_text(row, key)}`; wanted a number from 0 up, or nothing"
    if _text(row, "status") not in ("", *SITE_STATUSES):
        there_is = ", ".join(SITE_STATUSES)
        yield f"`status` is `{_text(row, 'status')}`; wanted one of {there_is}, or nothing"
    if "lat" not in row or "lon" not in row:
        return
    lat, lon = _number(_text(row, "lat")), _number(_text(row, "lon"))
    if not (abs(lat) <= 90 and abs(lon) <= 180):
        yield (
            f"`lat` is `{_text(row, 'lat')}` and `lon` is `{_text(row, 'lon')}`; wanted degrees, "
            "such as 42.898 and 71.373"
        )
    elif extent is not None and (km := outside_km(lat, lon, extent)) > FAR_OUTSIDE_KM:
        yield f"{km:.0f} km outside the study area; check the coordinates, or leave the place out"


def _text(row: Row, column: str) -> str:
    return row.get(column, "").strip()


def _number(text: str) -> float:
    """Read a number with a decimal point or comma; NaN when it is none or endless."""
    try:
        number = float(text.replace("\u00a0", "").replace(" ", "").replace(",", "."))
    except ValueError:
        return math.nan
    return number if math.isfinite(number) else math.nan
