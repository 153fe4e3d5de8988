"""CSV in the encodings that offices write, and as spreadsheets save it."""

import csv
import io
import re
from pathlib import Path

from ..errors import SourceError
from ..given_files import read_bytes
from ._table import Headings, Problem, Sheet, known_headings, sheet_of_lines

_DELIMITERS = ",;\t"
_KAZAKH_IN_KZ1048 = frozenset(b"\x8d\x8e\x9d\x9e\xa1\xa2\xa3\xa5\xaa\xaf\xb4\xba\xbc\xbd\xbe\xbf")
"""Bytes that are Kazakh letters in KZ-1048, the Kazakh national code page (STRK1048-2002), where
cp1251 has Serbian, Macedonian and Ukrainian ones; all other Cyrillic letters agree."""


def read_text(path: Path) -> tuple[str, str]:
    """Read a text, and say in a note which old encoding it is in, if in one.

    UTF-8 and UTF-16 are told by their marks or by being valid; any other lines are taken for
    cp1251, or for KZ-1048 where they hold letters that only Kazakh has.

    Raises
    ------
    SourceError
        When the file is missing, empty, or no text.
    """
    content = read_bytes(path)
    note = ""
    try:
        text, note = _decoded(content)
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise SourceError(
            f"{path}: not a text in UTF-8, UTF-16 or cp1251; save it as «CSV UTF-8», as an Excel "
            "workbook or as GeoJSON"
        )
    if not text.strip():
        raise SourceError(f"{path}: the file is empty; give a header and a row for each post")
    return text, note


def _decoded(content: bytes) -> tuple[str, str]:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return content.decode("utf-16"), ""
    if b"\0" in content[1::2] and content[1::2].count(0) > len(content) / 8:
        return content.decode("utf-16-le"), ""
    if b"\0" in content:
        return "\0", ""
    try:
        return content.decode("utf-8-sig"), ""
    except UnicodeDecodeError:
        return _by_line(content)


def _by_line(content: bytes) -> tuple[str, str]:
    """Decode each line by itself: files put together from two often have two encodings."""
    lines = content.removeprefix(b"\xef\xbb\xbf").split(b"\n")
    old = [i for i, line in enumerate(lines) if not _is_utf8(line)]
    name = "KZ-1048" if _KAZAKH_IN_KZ1048 & set(b"".join(lines[i] for i in old)) else "cp1251"
    texts = [line.decode("utf-8" if _is_utf8(line) else name) for line in lines]
    mixed = any(not line.isascii() and _is_utf8(line) for line in lines)
    what = f"in two encodings, line {old[0] + 1} and {len(old) - 1} more" if mixed else "the file"
    return "\n".join(texts), f"{what} not in UTF-8: read as {name}; look at the names once"


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def csv_sheet(text: str, path: str, headings: Headings, note: str = "") -> Sheet:
    """Make a sheet of CSV.

    An apostrophe before `=`, `+`, `-` or `@`, which our own CSV files carry so that no
    spreadsheet takes a text for a formula, is taken off again.

    Raises
    ------
    SourceError
        When a quotation mark is not closed, or no cell holds anything.
    """
    delimiter = _delimiter(text, headings)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        lines = [
            (i, [_unguarded(cell) for cell in cells])
            for i, cells in enumerate(reader, start=1)
            if any(map(str.strip, cells))
        ]
    except csv.Error as error:
        message = f"line {reader.line_num} is not CSV ({error}); look for a stray quotation mark"
        raise SourceError(f"{path}: {message}") from None
    if not lines:
        raise SourceError(f"{path}: the file is empty; give at least a header and one row")
    sheet = sheet_of_lines(lines, path, headings, delimiter)
    notes = (*([Problem(note)] if note else []), *sheet.notes)
    return Sheet(path, sheet.unit, sheet.columns, sheet.rows, sheet.problems, notes)


def _delimiter(text: str, headings: Headings) -> str:
    """Take the one that parts most headings, then the one most frequent in the first line."""
    lines = text.lstrip().splitlines()
    best = {
        mark: max(
            known_headings(line.replace('"', "").split(mark), headings) for line in lines[:20]
        )
        for mark in _DELIMITERS
    }
    return max(_DELIMITERS, key=lambda mark: (best[mark], lines[0].count(mark)))


def _unguarded(cell: str) -> str:
    return cell[1:] if re.match(r"'[=+\-@\t\r]", cell) else cell
