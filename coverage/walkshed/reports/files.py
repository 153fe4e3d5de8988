"""Write tables so that the same tables give the same bytes, and old files stay until the end."""

import errno
import io
import json
import math
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely
from pandas.api.types import is_numeric_dtype

from ..alone import ASIDE, alone_in
from ..errors import SettingsError
from ..sources._gdal import to_be_written

FIXED_DATE = "2000-01-01T00:00:00Z"
"""Written as the time of GeoPackages and workbooks; the true time is in the manifest."""

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""A cell of CSV that begins so is a formula to Excel and its kin (OWASP, «CSV injection»)."""

GPKG_SCHEMA = """
CREATE TABLE gpkg_data_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL, name TEXT,
  title TEXT, description TEXT, mime_type TEXT, constraint_name TEXT,
  CONSTRAINT pk_gdc PRIMARY KEY (table_name, column_name),
  CONSTRAINT gdc_tn UNIQUE (table_name, name));
CREATE TABLE gpkg_data_column_constraints (constraint_name TEXT NOT NULL,
  constraint_type TEXT NOT NULL, value TEXT, min NUMERIC, min_is_inclusive BOOLEAN, max NUMERIC,
  max_is_inclusive BOOLEAN, description TEXT,
  CONSTRAINT gdcc_ntv UNIQUE (constraint_name, constraint_type, value));
INSERT INTO gpkg_extensions (table_name, extension_name, definition, scope) VALUES
  ('gpkg_data_columns', 'gpkg_schema',
   'http://www.geopackage.org/spec121/#extension_schema', 'read-write'),
  ('gpkg_data_column_constraints', 'gpkg_schema',
   'http://www.geopackage.org/spec121/#extension_schema', 'read-write');
"""
"""Tables of the extension «Schema» of GeoPackage 1.2.1, annex F.9."""

LAST = "manifest.json"
"""Moved in place after all else: where it is new, everything is."""

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""Errors of a disk, or of a user's share of it, that is full or takes no file so large."""

ROOM_BYTES = 64 * 1000**2
"""A disk that has not even this room left is full; one layer of a large city takes as much."""

OTHERS_END_S = 30.0
"""How long another who writes into the same folder is waited for: writing takes seconds."""

SYNCED_AT_ONCE = 16
"""Files handed to the disk at once, which takes them together: twice as quick as one by one."""


@contextmanager
def staged(folder: Path) -> Iterator[Path]:
    """Lend a temporary folder whose files are moved into `folder` when all are written.

    The folder is made if need be; files in it that the run does not write stay. When anything
    fails nothing is moved, and what stood in `folder` before is whole. Files are on the disk, not
    only in its queue, before they are moved, and all others before the manifest is: after a power
    cut, too, a manifest that is there speaks the truth.

    Raises
    ------
    SettingsError
        The folder cannot be made or written, another writes there, or the disk is full.
    """
    with alone_in(folder, wait_s=OTHERS_END_S):
        stage = _made_aside(folder)
        try:
            yield stage
            _move(stage, folder)
        except (OSError, RuntimeError, sqlite3.Error) as error:  # GDAL, typst say it in own words
            if not _is_full(error, stage):
                raise
            raise SettingsError(
                f"{folder}: the disk is full; what stood there is whole: make room, or choose "
                "another folder with --out"
            ) from error
        finally:
            shutil.rmtree(stage, ignore_errors=True)


def _made_aside(folder: Path) -> Path:
    try:
        return Path(tempfile.mkdtemp(prefix=ASIDE, dir=folder))
    except OSError as error:
        raise SettingsError(
            f"{folder}: cannot write there ({error.strerror}); choose another with --out"
        ) from error


def _is_full(error: Exception, stage: Path) -> bool:
    """Whether writing failed for want of room: as the error says, or as a try to write more shows.

    A library that failed may have given back the room that its last step had taken.
    """
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno in FULL
    try:
        with (stage / "room").open("wb") as file:
            file.write(bytes(ROOM_BYTES))
            os.fsync(file.fileno())
    except OSError as refused:
        return refused.errno in FULL
    return False


def _move(stage: Path, folder: Path) -> None:
    """Move all files in place, or none where a folder stands in the way."""
    files = sorted(stage.iterdir(), key=lambda file: (file.name == LAST, file.name))
    blocked = [file.name for file in files if (folder / file.name).is_dir()]
    if blocked:
        raise SettingsError(
            f"{folder}: a folder is in the place of {', '.join(blocked)}; remove it, or choose "
            "another folder with --out"
        )
    synced(files)
    for file in files:
        if file.name == LAST:
            synced([folder])
        file.replace(folder / file.name)
    synced([folder])


def synced(paths: Iterable[Path]) -> None:
    """Wait until files, or the names in folders, are on the disk."""
    with ThreadPoolExecutor(SYNCED_AT_ONCE) as threads:
        list(threads.map(_synced, paths))


def _synced(path: Path) -> None:
    if path.is_dir() and os.name == "nt":  # Windows knows no such thing for folders
        return
    handle = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_geopackage(
    path: Path,
    layers: Mapping[str, gpd.GeoDataFrame],
    descriptions: Mapping[str, str] = MappingProxyType({}),
    columns: Mapping[str, tuple[str, str]] = MappingProxyType({}),
) -> None:
    """Write layers into one GeoPackage, each with what it is; the index becomes a column.

    `columns` gives the title and the meaning of a column: QGIS and GDAL show them as its alias and
    comment (GeoPackage, extension «Schema»).
    """
    settings = _gdal(OGR_CURRENT_DATE=FIXED_DATE, OGR_GPKG_ALLOW_THREADED_RTREE="NO")
    with settings, to_be_written(path) as file:
        for name, table in layers.items():
            _in_one_piece(table.reset_index()).to_file(
                file,
                layer=name,
                driver="GPKG",
                engine="pyogrio",
                use_arrow=not table.empty,  # the same bytes in half the time
                layer_options={"DESCRIPTION": descriptions.get(name, "")},
            )
    if columns:
        _name_columns(path, layers, columns)


def _in_one_piece(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Join the pieces that texts of a column may be held in.

    GDAL writes each piece in a transaction of its own, and a GeoPackage counts them: equal tables
    would not give the same bytes.
    """
    import pyarrow as pa

    joined = {}
    for name, column in table.items():
        if isinstance(column.dtype, pd.StringDtype):
            held = column.array.__arrow_array__()
            if isinstance(held, pa.ChunkedArray) and held.num_chunks > 1:
                whole = column.dtype.__from_arrow__(held.combine_chunks())  # type: ignore[attr-defined]
                joined[str(name)] = pd.Series(whole, index=table.index)
    return table.assign(**joined)


def _name_columns(
    path: Path, layers: Mapping[str, gpd.GeoDataFrame], columns: Mapping[str, tuple[str, str]]
) -> None:
    """Write titles and meanings of columns into the tables of the extension «Schema»."""
    rows = [
        (layer, str(column), *columns[str(column)])
        for layer, table in layers.items()
        for column in table.reset_index().columns
        if str(column) in columns
    ]
    with closing(sqlite3.connect(path)) as file, file:
        file.executescript(GPKG_SCHEMA)
        file.executemany(
            "INSERT INTO gpkg_data_columns (table_name, column_name, title, description) "
            "VALUES (?, ?, ?, ?)",
            rows,
        )


def write_parquet(
    folder: Path,
    tables: Mapping[str, pd.DataFrame],
    descriptions: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Write each table as `name.parquet`, GeoParquet where it has geometry.

    What a table is stands in the file's metadata, under `description`.
    """
    import pyarrow.parquet as pq

    for name, table in tables.items():
        path = folder / f"{name}.parquet"
        table.to_parquet(path, index=True)
        if name in descriptions:
            whole = pq.read_table(path)
            words = {b"description": descriptions[name].encode()}
            pq.write_table(
                whole.replace_schema_metadata({**(whole.schema.metadata or {}), **words}), path
            )


def write_geojson(
    folder: Path,
    layers: Mapping[str, gpd.GeoDataFrame],
    descriptions: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Write each layer as `name.geojson`, in degrees to 1e-7 (about a centimetre).

    The index becomes a property; outer rings run counterclockwise (RFC 7946), numbers that JSON
    lacks are null, and `description` says what the layer is.
    """
    for name, table in layers.items():
        degrees = table.to_crs("EPSG:4326").reset_index()
        degrees = degrees.set_geometry(
            shapely.transform(
                shapely.orient_polygons(degrees.geometry.array), lambda points: points.round(7)
            )
        )
        features = degrees.to_geo_dict(drop_id=True)["features"]
        whole = {
            "type": "FeatureCollection",
            "name": name,
            "description": descriptions.get(name, ""),
            "features": [one | {"properties": plain(one["properties"])} for one in features],
        }
        text = json.dumps(whole, ensure_ascii=False, allow_nan=False)
        (folder / f"{name}.geojson").write_text(text + "\n", encoding="utf-8")


def write_csv(folder: Path, tables: Mapping[str, pd.DataFrame]) -> None:
    """Write each table as `name.csv`; points become `lon` and `lat` in degrees.

    A text that a spreadsheet would take for a formula has an apostrophe before it; the readers of
    tables take it off again. The other formats hold it as it is.
    """
    for name, table in tables.items():
        plain = pd.DataFrame(table)
        if isinstance(table, gpd.GeoDataFrame):
            plain = plain.drop(columns=table.geometry.name)
            if (table.geom_type == "Point").all():
                at = table.geometry.to_crs("EPSG:4326")
                plain = plain.assign(lon=at.x.round(7), lat=at.y.round(7))
        whole = plain.reset_index(drop=plain.index.names == [None])
        for column in whole.columns:
            if not is_numeric_dtype(whole[column]):  # numbers hold no texts
                whole[column] = whole[column].map(guarded_text)
        whole.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")


@contextmanager
def new_workbook(path: Path, **properties: str) -> Iterator[Any]:
    """Lend a workbook of Excel in which every text stays a text, and write it at the end.

    It is written in one go, so that a full disk is an error like any other.
    """
    import xlsxwriter

    whole = io.BytesIO()
    texts = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(whole, {**texts, "in_memory": True}) as book:
        book.set_properties({**properties, "created": datetime.fromisoformat(FIXED_DATE)})
        yield book
    path.write_bytes(whole.getvalue())


def guarded_text(value: Any) -> Any:
    """Keep a text from becoming a formula in a spreadsheet; other values stay as they are.

    Examples
    --------
    >>> guarded_text("=1+1"), guarded_text("Post 1"), guarded_text(-5.0)
    ("'=1+1", 'Post 1', -5.0)
    """
    is_formula = isinstance(value, str) and value.startswith(FORMULA_STARTS)
    return f"'{value}" if is_formula else value


def write_json(path: Path, value: Mapping[str, Any]) -> None:
    """Write JSON with plain numbers; NaN and infinity, which JSON lacks, become null."""
    text = json.dumps(plain(value), ensure_ascii=False, indent=2, allow_nan=False)
    path.write_text(text + "\n", encoding="utf-8")


def plain(value: Any) -> Any:
    """Turn numpy numbers, paths and tuples into what JSON knows.

    Examples
    --------
    >>> plain({"minutes": float("inf"), "sites": ("S1", "S2")})
    {'minutes': None, 'sites': ['S1', 'S2']}
    """
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return str(value) if isinstance(value, Path) else value


@contextmanager
def _gdal(**options: str) -> Iterator[None]:
    """Keep GDAL from writing the time of day, and from indexing in a thread with its own pace."""
    before = {name: os.environ.get(name) for name in options}
    os.environ.update(options)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
