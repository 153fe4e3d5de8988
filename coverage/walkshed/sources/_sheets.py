"""Read any table a user may have as numbered rows of texts: the one reader of tables."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from ..errors import SourceError
from ._csv_text import csv_sheet, read_text
from ._geofile import geojson_sheet, geopackage_sheet
from ._table import Headings, Problem, Row, Sheet
from ._workbook import SUFFIXES, workbook_sheet

__all__ = ["Problem", "Row", "Sheet", "read_sheet"]

_NO_HEADINGS: Mapping[str, str] = MappingProxyType({})


def read_sheet(path: str | Path, headings: Headings = _NO_HEADINGS) -> Sheet:
    """Read a table: Excel (`.xlsx`, `.xlsm`, `.xls`), `.ods`, GeoJSON, GeoPackage, else CSV.

    Parameters
    ----------
    path
        The file; what it is follows from the ending of its name.
    headings
        Names of columns as people write them (`heading_key`) and what they are called in the
        result. With them a header below a title is found, and all sheets of a workbook are read.

    Raises
    ------
    SourceError
        When the file is missing, empty, without rows, or not of its format.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix in SUFFIXES:
        sheet = workbook_sheet(path, headings)
    elif suffix == ".gpkg":
        sheet = geopackage_sheet(path, headings)
    else:
        text, note = read_text(path)
        if suffix in (".geojson", ".json"):
            sheet = geojson_sheet(text, str(path), headings)
        else:
            sheet = csv_sheet(text, str(path), headings, note)
    if not sheet.rows:
        raise SourceError(f"{path}: no {sheet.unit}s; give at least one")
    return sheet
