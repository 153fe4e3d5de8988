"""Workbooks of Excel (and .ods) as rows of texts: merged cells, formulas, several sheets.

Values are read by calamine, which is ten times quicker than openpyxl. It cannot tell a formula
that was never computed, or `#REF!`, from an empty cell, so openpyxl looks at the formulas
of workbooks that have any.
"""

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from ..errors import SourceError
from ..given_files import LARGEST_TABLE_BYTES, check_file
from ._table import (
    SHEET_STEP,
    Headings,
    Problem,
    Sheet,
    header_at,
    known_headings,
    sheet_of_lines,
    worded,
)
from ._workbook_bounds import MOST_CELLS, check_cells, check_unpacked

SUFFIXES = (".xlsx", ".xlsm", ".xls", ".ods")
_DAMAGE = (
    *(CalamineError, zipfile.BadZipFile, zlib.error, EOFError, OSError),
    *(NotImplementedError, RuntimeError, LookupError, ValueError),
)
"""What calamine, openpyxl and zipfile raise on a file that is no workbook, or half of one."""

_OLD_FORMAT = b"\xd0\xcf\x11\xe0"
"""How .xls begins, and any workbook that a password locks: no zip archive."""

Lines = list[tuple[int, list[str]]]
Merged = tuple[tuple[int, int], tuple[int, int]]
"""Row and column of the first cell, and of the last, from 0."""


def workbook_sheet(path: Path, headings: Headings) -> Sheet:
    """Read the visible sheets of a workbook as one.

    With known headings every sheet that has two of them is read, without only the first that
    is not empty. Formulas give the value Excel computed last. Cells merged downwards give their
    value to each row; a row that is one merged or lone text is a heading, and told in a note.

    Raises
    ------
    SourceError
        When the file is missing, locked by a password, or no workbook.
    """
    book = _opened(path)
    parts: list[tuple[str, Sheet]] = []
    notes: list[Problem] = []
    for name in _visible(book):
        with _readable(path):
            cells, merged = _cells(book.get_sheet_by_name(name), path)
        lines, problems, remarks = _lines(cells, merged)
        if not lines:
            continue
        if headings and max(known_headings(cells, headings) for _, cells in lines[:20]) < 2:
            notes.append(Problem(f"the sheet «{name}» has no headings that are known; left out"))
            continue
        with _readable(path):
            problems += _uncomputed(path, name) if _has_formulas(path) else []
        parts.append((name, _numbered(lines, str(path), headings, problems, remarks)))
        if not headings:
            break
    return _joined(str(path), parts, notes)


def _opened(path: Path) -> Any:
    check_file(path, largest_bytes=LARGEST_TABLE_BYTES)
    with _readable(path):
        with path.open("rb") as file:
            is_old = file.read(4) == _OLD_FORMAT
        if not is_old:
            check_unpacked(path)
        return CalamineWorkbook.from_path(str(path))


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """Turn what libraries have against a workbook into one message."""
    try:
        yield
    except SourceError:
        raise
    except PasswordError:
        raise SourceError(f"{path}: is locked by a password; save it without") from None
    except _DAMAGE as error:
        told = str(error).partition("\n")[0] or type(error).__name__
        raise SourceError(f"{path}: not a workbook ({told}); save it again as .xlsx") from None


def _visible(book: Any) -> Iterator[str]:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    for sheet in book.sheets_metadata:
        if sheet.visible == SheetVisibleEnum.Visible and sheet.typ == SheetTypeEnum.WorkSheet:
            yield sheet.name


def _cells(sheet: Any, path: Path) -> tuple[list[list[str]], list[Merged]]:
    """Give the texts of a sheet, from its first row and column on, and what is merged there."""
    last_row, last_column = sheet.end or (0, 0)
    check_cells(path, last_row + 1, last_column + 1)
    cells = [[worded(value) for value in row] for row in sheet.to_python(skip_empty_area=False)]
    merged = list(sheet.merged_cell_ranges or [])
    area = sum((bottom - top + 1) * (right - left + 1) for (top, left), (bottom, right) in merged)
    if len(merged) > 1 and area > MOST_CELLS:
        raise SourceError(f"{path}: merged cells that overlap; unmerge them")
    return cells, merged


def _lines(
    cells: list[list[str]], merged: Sequence[Merged]
) -> tuple[Lines, list[Problem], list[Problem]]:
    """Give the lines that are not blank, numbered from 1, with merged cells filled."""
    problems: list[Problem] = []
    notes: list[Problem] = []
    headings_at: set[int] = set()
    for (top, left), (bottom, right) in merged:
        if top >= len(cells) or left >= len(cells[top]):
            continue
        value = cells[top][left]
        alone = sum(map(bool, map(str.strip, cells[top]))) == 1
        if right > left and alone and bottom == top:
            headings_at.add(top)
            continue
        for i in range(top, min(bottom, len(cells) - 1) + 1):
            cells[i][left : right + 1] = [value] * len(cells[i][left : right + 1])
        if value and bottom > top > 0:
            text = f"«{value}» is one merged cell down to row {bottom + 1}: read in each row"
            notes.append(Problem(text, top + 1))
        elif value and right > left and top > 0:
            text = f"«{value}» is one cell merged across columns; unmerge it"
            problems.append(Problem(text, top + 1))
    lines = [(i, row) for i, row in enumerate(cells, start=1) if any(map(str.strip, row))]
    return _without_headings(lines, headings_at, problems, notes)


def _without_headings(
    lines: Lines, headings_at: set[int], problems: list[Problem], notes: list[Problem]
) -> tuple[Lines, list[Problem], list[Problem]]:
    """Take out rows that are one text across columns, but for the first."""
    kept: Lines = []
    for i, row in lines:
        if i - 1 in headings_at and kept:
            text = next(filter(str.strip, row))
            notes.append(Problem(f"«{text}» across columns: read as a heading, not as a row", i))
        else:
            kept.append((i, row))
    return kept, problems, notes


def _numbered(
    lines: Lines,
    path: str,
    headings: Headings,
    problems: Sequence[Problem],
    notes: Sequence[Problem],
) -> Sheet:
    """Make one sheet; what is merged in the rows of its header is no problem."""
    sheet = sheet_of_lines(lines, path, headings, ",")
    header = lines[header_at(lines, headings)][0]
    found = [problem for problem in problems if problem.row is None or problem.row > header]
    told = [note for note in notes if note.row is None or note.row > header]
    return Sheet(
        path, "row", sheet.columns, sheet.rows, (*sheet.problems, *found), (*sheet.notes, *told)
    )


def _joined(path: str, parts: Sequence[tuple[str, Sheet]], notes: Sequence[Problem]) -> Sheet:
    """Join the sheets of a workbook; rows of the later ones are numbered from `SHEET_STEP` on."""

    def moved(problems: Sequence[Problem], place: int) -> list[Problem]:
        name = f"sheet «{parts[place][0]}»: " if len(parts) > 1 else ""
        return [
            Problem(name + text) if row is None else Problem(text, row + place * SHEET_STEP)
            for text, row in problems
        ]

    sheets = [sheet for _, sheet in parts]
    return Sheet(
        path,
        "row",
        tuple(dict.fromkeys(column for sheet in sheets for column in sheet.columns)),
        tuple(
            (number + place * SHEET_STEP, row)
            for place, sheet in enumerate(sheets)
            for number, row in sheet.rows
        ),
        tuple(p for place, sheet in enumerate(sheets) for p in moved(sheet.problems, place)),
        (*notes, *(p for place, sheet in enumerate(sheets) for p in moved(sheet.notes, place))),
        tuple(name for name, _ in parts),
    )


def _has_formulas(path: Path) -> bool:
    if path.suffix.lower() not in (".xlsx", ".xlsm"):
        return False
    with zipfile.ZipFile(path) as archive:
        sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/")]
        contents = [archive.read(name) for name in sheets]
    return any(mark in content for content in contents for mark in (b"<f>", b"<f ", b't="e"'))


def _uncomputed(path: Path, name: str) -> list[Problem]:
    """Look for formulas without a value, and for values that are errors."""
    from openpyxl import load_workbook

    found: list[Problem] = []
    formulas = load_workbook(path, read_only=True)
    values = load_workbook(path, read_only=True, data_only=True)
    try:
        for book in (formulas, values):
            book[name].reset_dimensions()  # what a sheet says of its size need not be so
        pairs = zip(formulas[name].iter_rows(), values[name].iter_rows(), strict=False)
        for written, computed in pairs:
            for cell, result in zip(written, computed, strict=False):
                if result.data_type == "e":
                    text = f"the cell {cell.coordinate} holds the error {result.value}; mend it"
                    found.append(Problem(text, cell.row))
                elif cell.data_type == "f" and result.value in (None, ""):
                    text = (
                        f"the formula in {cell.coordinate} has no computed value; open the file "
                        "in Excel and save it, or write the value itself"
                    )
                    found.append(Problem(text, cell.row))
    finally:
        formulas.close()
        values.close()
    return found
