"""Registries of posts for the tests: hostile names, and files that are read or refused."""

from pathlib import Path

import openpyxl
import pytest

from walkshed.errors import TableError
from walkshed.sources.posts import read_posts, read_registry

TARAZ_BOX = (71.20, 42.80, 71.56, 42.99)
HOSTILE = (
    "<script>alert(1)</script>",
    "{{ 7 * 7 }}{% raw %}",
    "=cmd|'/c calc'!A0",
    "'; drop table posts; --",
    '"quoted", and; split',
    "  two blanks before, one after ",
    "line\nbreak\tand tab",
    "\u202eright to left\u202c \U0001f468\u200d\U0001f469\u200d\U0001f467",
    "Ә Ғ Қ Ң Ө Ұ Ү Һ І",
)


def write(folder: Path, text: str | bytes, name: str = "posts.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return path


def told(path: Path, error: type[Exception] = TableError, **options: object) -> str:
    with pytest.raises(error) as caught:
        read_posts(path, **options)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    return message.removeprefix(f"{path}: ")


def workbook(folder: Path, *sheets: list[list[object]], name: str = "posts.xlsx") -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for i, rows in enumerate(sheets):
        sheet = book.create_sheet(f"Лист{i + 1}")
        for row in rows:
            sheet.append(row)
    path = folder / name
    book.save(path)
    return path


def notes(path: Path) -> list[str]:
    read = read_registry(path)
    return read.sheet.told(read.notes)
