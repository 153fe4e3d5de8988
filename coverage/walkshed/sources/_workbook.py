"""Workbooks of Excel (and .ods) as rows of texts: merged cells, formulas, several sheets.

Values are read by calamine, which is ten times quicker than openpyxl. It cannot tell a formula
that was never computed, or `#REF!`, from an empty cell, so openpyxl looks at the formulas
of workbooks that have any.
"""

import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from ..errors import SourceError
from ._csv_text import read_bytes
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

SUFFIXES = (".xlsx", ".xlsm", ".xls", ".ods")
_LARGEST_BYTES = 1 << 30
"""A workbook that unpacks to more than this is no table of posts."""

Lines = list[tuple[int, list[str]]]


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
        lines, problems, remarks = _lines(book.get_sheet_by_name(name))
        if not lines:
            continue
        if headings and max(known_headings(cells, headings) for _, cells in lines[:20]) < 2:
            notes.append(Problem(f"the sheet «{name}» has no headings that are known; left out"))
            continue
        problems += _uncomputed(path, name) if _has_formulas(path) else []
        parts.append((name, _numbered(lines, str(path), headings, problems, remarks)))
        if not headings:
            break
    return _joined(str(path), parts, notes)


def _opened(path: Path) -> Any:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    read_bytes(path)  # what the system says against the file is told as for any other
    try:
        if path.suffix.lower() in (".xlsx", ".xlsm"):
            with zipfile.ZipFile(path) as archive:
                unpacked = sum(member.file_size for member in archive.infolist())
            if unpacked > _LARGEST_BYTES:
                raise SourceError(f"{path}: unpacks to more than 1 GB; give a smaller workbook")
        return CalamineWorkbook.from_path(str(path))
    except PasswordError:
        raise SourceError(f"{path}: is locked by a password; save it without") from None
    except (CalamineError, zipfile.BadZipFile) as error:
        raise SourceError(f"{path}: not a workbook ({error}); save it again as .xlsx") from None


def _visible(book: Any) -> Iterator[str]:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    for sheet in book.sheets_metadata:
        if sheet.visible == SheetVisibleEnum.Visible and sheet.typ == SheetTypeEnum.WorkSheet:
            yield sheet.name


def _lines(sheet: Any) -> tuple[Lines, list[Problem], list[Problem]]:
    """Give the lines that are not blank, numbered from 1, with merged cells filled."""
    cells = [[worded(value) for value in row] for row in sheet.to_python(skip_empty_area=False)]
    problems: list[Problem] = []
    notes: list[Problem] = []
    headings_at: set[int] = set()
    for (top, left), (bottom, right) in sheet.merged_cell_ranges or []:
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
