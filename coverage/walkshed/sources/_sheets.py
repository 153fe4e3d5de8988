"""CSV and GeoJSON as numbered rows of texts, so that messages can name the row a user sees.

A spreadsheet counts its header as row 1 and blank lines too; features of GeoJSON are counted
from 1. Texts are kept to the letter; only the names of columns lose outer blanks and capitals.
"""

import csv
import difflib
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from ..errors import SourceError

Row = Mapping[str, str]

_DELIMITERS = ",;\t"
_ROWS_TOLD = 10


class Problem(NamedTuple):
    """What is wrong, and in which row if in one."""

    text: str
    row: int | None = None


@dataclass(frozen=True)
class Sheet:
    """Rows of one file, each with the number its user knows it by."""

    path: str
    unit: str
    columns: tuple[str, ...]
    rows: tuple[tuple[int, Row], ...]
    problems: tuple[Problem, ...] = field(default=())

    def __str__(self) -> str:
        """Tell the columns there are."""
        return f"the file has {', '.join(f'`{column}`' for column in self.columns) or 'none'}"

    def told(self, problems: Iterable[Problem]) -> list[str]:
        """Word the problems, one line for rows that share one, in the order of the rows.

        Examples
        --------
        >>> sheet = Sheet("posts.csv", "row", ("id",), ())
        >>> sheet.told([Problem("no `id`", 4), Problem("no `lat`", 3), Problem("no `id`", 2)])
        ['rows 2, 4: no `id`', 'row 3: no `lat`']
        """
        rows_by_text: dict[str, list[int]] = {}
        for problem in sorted(problems, key=lambda problem: problem.row or 0):
            rows = rows_by_text.setdefault(problem.text, [])
            rows += [problem.row] if problem.row is not None else []
        return [self._where(rows) + text for text, rows in rows_by_text.items()]

    def _where(self, rows: list[int]) -> str:
        if not rows:
            return ""
        plural = "s" if len(rows) > 1 else ""
        more = f" and {len(rows) - _ROWS_TOLD} more" if len(rows) > _ROWS_TOLD else ""
        return f"{self.unit}{plural} {', '.join(map(str, rows[:_ROWS_TOLD]))}{more}: "

    def misspelt(self, known: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        """Give columns that are nearly a known one which is missing, with that one.

        Examples
        --------
        >>> sheet = Sheet("posts.csv", "row", ("id", "statsu", "colour"), ())
        >>> list(sheet.misspelt(("id", "status")))
        [('statsu', 'status')]
        """
        missing = [column for column in known if column not in self.columns]
        for column in self.columns:
            if column not in known and (near := difflib.get_close_matches(column, missing, 1, 0.8)):
                yield column, near[0]


def read_sheet(path: str | Path) -> Sheet:
    """Read a CSV or GeoJSON (`.geojson`, `.json`) file in UTF-8.

    Raises
    ------
    SourceError
        When the file is missing, empty, without rows, or not a text of its format.
    """
    text = _text_of(Path(path))
    is_geojson = Path(path).suffix.lower() in (".geojson", ".json")
    sheet = _geojson(text, str(path)) if is_geojson else _csv(text, str(path))
    if not sheet.rows:
        raise SourceError(f"{path}: no {sheet.unit}s; give at least one")
    return sheet


def _text_of(path: Path) -> str:
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise SourceError(f"{path}: no such file; check the name and the folder") from None
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror}); give a file") from None
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise SourceError(f"{path}: not a UTF-8 text; save it as «CSV UTF-8» or as GeoJSON")
    if not text.strip():
        raise SourceError(f"{path}: the file is empty; give a header and a row for each post")
    return text


def _csv(text: str, path: str) -> Sheet:
    first_line = text.lstrip().splitlines()[0]
    delimiter = max(_DELIMITERS, key=first_line.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        lines = [
            (i, cells) for i, cells in enumerate(reader, start=1) if any(map(str.strip, cells))
        ]
    except csv.Error as error:
        message = f"line {reader.line_num} is not CSV ({error}); look for a stray quotation mark"
        raise SourceError(f"{path}: {message}") from None
    columns = tuple(cell.strip().casefold() for cell in lines[0][1])
    problems = [
        Problem(f"the column `{column}` twice; leave one out")
        for column in dict.fromkeys(columns)
        if column and columns.count(column) > 1
    ]
    problems += [
        Problem(
            f"{len(cells)} cells for {len(columns)} columns; put a text that holds "
            f"`{delimiter}` into quotation marks",
            i,
        )
        for i, cells in lines[1:]
        if len(cells) > len(columns)
    ]
    rows = tuple(
        (i, dict(zip(columns, [*cells, *[""] * len(columns)], strict=False)))
        for i, cells in lines[1:]
    )
    return Sheet(path, "row", tuple(filter(None, dict.fromkeys(columns))), rows, tuple(problems))


def _geojson(text: str, path: str) -> Sheet:
    try:
        collection = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{path}: not GeoJSON ({error}); export it again") from None
    features = collection.get("features") if isinstance(collection, dict) else None
    if not isinstance(features, list) or not all(isinstance(item, dict) for item in features):
        raise SourceError(f"{path}: not a GeoJSON collection of features; export it again")
    problems = []
    crs = json.dumps(collection.get("crs", "CRS84"))
    if "CRS84" not in crs and "4326" not in crs:
        problems.append(Problem(f"the CRS {crs} is not WGS 84; export it in EPSG:4326"))
    rows: list[tuple[int, Row]] = []
    for i, feature in enumerate(features, start=1):
        properties = feature.get("properties")
        row = {"id": _word(feature.get("id"))}
        row |= {
            str(key).strip().casefold(): _word(value) for key, value in (properties or {}).items()
        }
        point, problem = _point(feature.get("geometry"))
        rows.append((i, row | point))
        problems += [Problem(problem, i)] if problem else []
    columns = tuple(dict.fromkeys(["lat", "lon", *(column for _, row in rows for column in row)]))
    return Sheet(path, "feature", columns, tuple(rows), tuple(problems))


def _point(geometry: Any) -> tuple[dict[str, str], str]:
    """Give `lat` and `lon` as texts (empty without a geometry), and a problem or nothing."""
    if geometry is None:
        return {"lat": "", "lon": ""}, ""
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    if kind != "Point":
        return {}, f"a geometry of type `{kind}`; wanted a Point"
    match geometry.get("coordinates"):
        case [lon, lat, *_]:
            return {"lat": _word(lat), "lon": _word(lon)}, ""
    return {}, "a Point without two coordinates; wanted [longitude, latitude]"


def _word(value: Any) -> str:
    """Word a value of JSON as a spreadsheet would: 17 for 17.0, nothing for null."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    # JSON can spell half a character, which no file can hold; the rest stays to the letter.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
