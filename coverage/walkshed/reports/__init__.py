"""Files of a run: GeoPackage, Parquet, CSV, JSON, and the manifest that says what made them.

In: tables that were computed before. Out: files, the same bytes for the same tables. Nothing is
computed here.
"""

from .descriptions import descriptions, titles_of_columns
from .files import (
    staged,
    write_csv,
    write_geojson,
    write_geopackage,
    write_json,
    write_parquet,
)
from .manifest import manifest
from .read import RunTables, read_run

__all__ = [
    "RunTables",
    "descriptions",
    "manifest",
    "read_run",
    "staged",
    "titles_of_columns",
    "write_csv",
    "write_geojson",
    "write_geopackage",
    "write_json",
    "write_parquet",
]
