"""Whether a workbook may be opened: how much it unpacks to, and how far apart its cells lie.

A small file can claim much: zeros pack a thousand to one, and two cells in far corners make a
table of seventeen thousand million. Both are found out a piece at a time, before any library
unpacks the file whole.
"""

import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

from ..errors import SourceError

LARGEST_BYTES = 1 << 30
"""A workbook that unpacks to more than this is no table of posts."""
MOST_CELLS = 20_000_000
"""Twenty columns in each of the million rows that a sheet may have."""

_PIECE = 1 << 20
_CELL = re.compile(
    rb'<(?:\w+:)?c\s[^<>]{0,200}?\br=["\']([A-Z]{1,3})([0-9]{1,7})["\'][^<>]*(?<!/)>'
)
"""A cell that holds something; one with a look and nothing in it ends in `/>`."""
_LONGEST_CELL = 400


def check_unpacked(path: Path) -> None:
    """Refuse a zip archive (.xlsx, .xlsm, .ods) that is too large unpacked, or a sheet too wide.

    What the archive says of its sizes is not believed: it is unpacked, and counted.

    Raises
    ------
    SourceError
        It is.
    zipfile.BadZipFile, NotImplementedError, RuntimeError
        It is no archive, is damaged, packed in an unknown way, or locked.
    """
    left = LARGEST_BYTES
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            corner, tail = (0, 0), b""
            for piece in _pieces(archive, member):
                left -= len(piece)
                if left < 0:
                    raise SourceError(f"{path}: unpacks to more than 1 GB; give a smaller workbook")
                corner = _furthest(tail + piece, corner)
                check_cells(path, *corner)
                tail = piece[-_LONGEST_CELL:]


def check_cells(path: Path, rows: int, columns: int) -> None:
    """Refuse a table of more than `MOST_CELLS` cells, empty ones between others counted.

    Raises
    ------
    SourceError
        It is.
    """
    if rows * columns > MOST_CELLS:
        raise SourceError(
            f"{path}: a sheet reaches over {rows} rows and {columns} columns; remove the "
            "cells that lie far from the table"
        )


def _pieces(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """Unpack a member to its end, wherever it says that is, but for what is beyond the limit."""
    member.file_size = 2 * LARGEST_BYTES
    with archive.open(member) as packed:
        while piece := packed.read(_PIECE):
            yield piece


def _furthest(text: bytes, corner: tuple[int, int]) -> tuple[int, int]:
    """Rows and columns up to the furthest cells, with those known before."""
    rows, columns = corner
    for letters, digits in _CELL.findall(text):
        rows, columns = max(rows, int(digits)), max(columns, _column(letters))
    return rows, columns


def _column(letters: bytes) -> int:
    """Number of a column.

    Examples
    --------
    >>> _column(b"A"), _column(b"AA"), _column(b"XFD")
    (1, 27, 16384)
    """
    number = 0
    for letter in letters:
        number = 26 * number + letter - ord("A") + 1
    return number
