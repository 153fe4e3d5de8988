"""A file as numbered rows of texts, so that messages can name the row its user sees.

A spreadsheet counts its header as row 1 and blank lines too; features of GeoJSON are counted
from 1. Texts are kept to the letter; only the names of columns lose outer blanks and capitals.
"""

import datetime as dt
import difflib
import itertools
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ..errors import SourceError

Row = Mapping[str, str]
Headings = Mapping[str, str]
"""Names of columns as people write them, in the form `heading_key` gives, and what we call them."""

SHEET_STEP = 10**9
"""Rows of the second sheet of a workbook are numbered from here on, of the third from twice this.

More than any file has rows; what a user is told is the sheet and its own row.
"""

MOST_COLUMNS = 16_384
"""As in a sheet of Excel; the work that a table takes grows with rows times columns."""

_LONGEST_HEADING = 200
_ROWS_TOLD = 10
_COLUMNS_TOLD = 40
_LONGEST_TOLD = 60
_HEADER_WITHIN = 20
"""A header is looked for in so many rows, below a title."""


class Problem(NamedTuple):
    """What is wrong, and in which row if in one."""

    text: str
    row: int | None = None


@dataclass(frozen=True)
class Sheet:
    """Rows of one file, each with the number its user knows it by.

    `problems` make the file unusable; `notes` are what its user should know all the same.
    """

    path: str
    unit: str
    columns: tuple[str, ...]
    rows: tuple[tuple[int, Row], ...]
    problems: tuple[Problem, ...] = field(default=())
    notes: tuple[Problem, ...] = field(default=())
    names: tuple[str, ...] = field(default=())

    def __str__(self) -> str:
        """Tell the columns there are."""
        first = [f"`{column[:_LONGEST_TOLD]}`" for column in self.columns[:_COLUMNS_TOLD]]
        more = len(self.columns) - len(first)
        return f"the file has {', '.join(first) or 'none'}{f' and {more} more' if more else ''}"

    def told(self, problems: Iterable[Problem]) -> list[str]:
        """Word the problems, one line for rows that share one, in the order of the rows.

        Examples
        --------
        >>> sheet = Sheet("posts.csv", "row", ("id",), ())
        >>> sheet.told([Problem("no `id`", 4), Problem("no `lat`", 3), Problem("no `id`", 2)])
        ['rows 2, 4: no `id`', 'row 3: no `lat`']
        """
        return [where + text for where, text in self._grouped(problems)]

    def _grouped(self, problems: Iterable[Problem]) -> Iterator[tuple[str, str]]:
        rows_by_text: dict[tuple[int, str], list[int]] = {}
        for problem in sorted(problems, key=lambda problem: problem.row or 0):
            sheet, row = divmod(problem.row or 0, SHEET_STEP)
            rows = rows_by_text.setdefault((sheet, problem.text), [])
            rows += [row] if problem.row is not None else []
        for (sheet, text), rows in rows_by_text.items():
            yield self._where(sheet, rows), text

    def _where(self, sheet: int, rows: list[int]) -> str:
        if not rows:
            return ""
        plural = "s" if len(rows) > 1 else ""
        more = f" and {len(rows) - _ROWS_TOLD} more" if len(rows) > _ROWS_TOLD else ""
        name = f"sheet «{self.names[sheet]}», " if len(self.names) > 1 else ""
        return f"{name}{self.unit}{plural} {', '.join(map(str, rows[:_ROWS_TOLD]))}{more}: "

    def place(self, row: int | None) -> dict[str, Any]:
        """Say where a row is, for machines: its `row`, and its `sheet` in a workbook of several.

        Examples
        --------
        >>> Sheet("posts.xlsx", "row", (), (), names=("Taraz", "Baizak")).place(SHEET_STEP + 4)
        {'row': 4, 'sheet': 'Baizak'}
        """
        if row is None:
            return {"row": None}
        sheet, number = divmod(row, SHEET_STEP)
        return {"row": number} | ({"sheet": self.names[sheet]} if len(self.names) > 1 else {})

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


def heading_key(heading: str) -> str:
    """Reduce a heading to what tells it apart: small letters and digits, ё as е, no brackets.

    Examples
    --------
    >>> heading_key(" Широта* (lat) "), heading_key("Name_RU")
    ('широта', 'name ru')
    """
    start = heading[:_LONGEST_HEADING]  # brackets that never close would be sought again and again
    plain = re.sub(r"\([^)]*\)", " ", start.casefold().replace("ё", "е"))
    return " ".join(re.findall(r"[^\W_]+|№", plain)) or heading.strip().casefold()


def column_of(heading: str, headings: Headings) -> str:
    """Name a column: ours where the heading is known, else the heading in small letters."""
    return headings.get(heading_key(heading), heading.strip().casefold())


def sheet_of_lines(
    lines: Sequence[tuple[int, Sequence[str]]], path: str, headings: Headings, delimiter: str
) -> Sheet:
    """Make a sheet of lines that are not blank; one of the first is the header.

    With known headings the header is the line with most of them, and what stands above it is
    told in a note; without, the first line. A row holds each known column of the header, empty
    or not, and of the others those with something in them.

    Raises
    ------
    SourceError
        When it has more than `MOST_COLUMNS`.
    """
    at = header_at(lines, headings)
    if len(lines[at][1]) > MOST_COLUMNS:
        told = f"{len(lines[at][1])} columns, more than the {MOST_COLUMNS} of a spreadsheet"
        raise SourceError(f"{path}: {told}; leave out what is not needed")
    columns = tuple(column_of(cell, headings) for cell in lines[at][1])
    notes = [
        Problem(f"above the header, read as a title: «{_shortened(cells)}»", number)
        for number, cells in lines[:at]
    ]
    problems = [
        Problem(f"the column `{column}` twice; leave one out")
        for column, count in Counter(columns).items()
        if column and count > 1
    ]
    below = [(i, cells) for i, cells in lines[at + 1 :] if list(cells) != list(lines[at][1])]
    problems += [
        Problem(
            f"{len(cells)} cells for {len(columns)} columns; put a text that holds "
            f"`{delimiter}` into quotation marks",
            i,
        )
        for i, cells in below
        if len(cells) > len(columns)
    ]
    ours = set(headings.values())
    known = dict.fromkeys((column for column in columns if column in ours), "")
    rows = tuple((i, known | _held(columns, cells)) for i, cells in below)
    if "" in columns:
        notes += [
            Problem("a value in a column without a heading, left out", i)
            for i, cells in below
            if any(
                not column and cell.strip() for column, cell in zip(columns, cells, strict=False)
            )
        ]
    named = tuple(filter(None, dict.fromkeys(columns)))
    return Sheet(path, "row", named, rows, tuple(problems), tuple(notes))


def _held(columns: Sequence[str], cells: Sequence[str]) -> dict[str, str]:
    """What a row holds: a short or an empty row below many headings takes little memory."""
    return {column: cell for column, cell in zip(columns, cells, strict=False) if cell}


def known_headings(cells: Iterable[str], headings: Headings) -> int:
    """Count the different columns that the cells of a line are known headings of."""
    first = itertools.islice(filter(None, cells), MOST_COLUMNS)
    found = {headings.get(heading_key(cell), "") for cell in first}
    return len(found - {""})


def header_at(lines: Sequence[tuple[int, Sequence[str]]], headings: Headings) -> int:
    """Find the header among the first lines: the one with most known headings, else the first."""
    counts = [known_headings(cells, headings) for _, cells in lines[:_HEADER_WITHIN]]
    return counts.index(max(counts)) if headings and max(counts) > 1 else 0


def _shortened(cells: Iterable[str]) -> str:
    text = " ".join(dict.fromkeys(cell.strip() for cell in cells if cell.strip()))
    return text if len(text) <= 60 else f"{text[:59]}…"


def worded(value: Any) -> str:
    """Word a value of JSON or a spreadsheet: 17 for 17.0, nothing for null, dates by ISO 8601.

    Examples
    --------
    >>> worded(17.0), worded(None), worded(dt.datetime(2021, 12, 31)), worded("«X»")
    ('17', '', '2021-12-31', '«X»')
    """
    if value is None:
        return ""
    if isinstance(value, float):
        if value.is_integer():
            return str(int(value))
        return repr(value) if value == value else "NaN"  # noqa: PLR0124
    if isinstance(value, dt.datetime) and value.time() == dt.time():
        value = value.date()
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        return str(value)
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    # JSON can spell half a character, which no file can hold; the rest stays to the letter.
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
