"""The tables of a run as an Excel workbook: headings explained, filters, formats, charts.

Every text is written as text, so that none becomes a formula or a link. The same tables give the
same bytes.
"""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from ..language import translate
from .assumptions import assumptions_sheet, methods, sources_sheet
from .catalogue import Column, Form
from .columns import in_words, limits_in_words
from .facts import (
    Fact,
    facts,
    located_in_words,
    proof_in_words,
    standard_in_words,
    warnings_in_words,
)
from .files import new_workbook
from .read import RunTables
from .sheets import Sheet, sheets

NUMBER_FORMATS: Mapping[Form, str] = {
    "text": "General",
    "count": "#,##0",
    "share": "0.0%",
    "staff": "#,##0.0",
    "minutes": "0.0",
    "metres": "#,##0",
    "number": "#,##0.00",
}
WIDTH_MIN, WIDTH_MAX = 9, 48
BARS_MAX = 40
_SHEET_NAME_MAX = 31


def write_workbook(run: RunTables, path: Path, language: str) -> None:
    """Write the workbook of a run in a language."""
    with new_workbook(path, title=_title(run, language)) as book:
        formats = _Formats(book)
        _summary(book, formats, run, language)
        for sheet in [
            *sheets(run, language),
            sources_sheet(run, language),
            assumptions_sheet(run, language),
        ]:
            page = _table(book, formats, sheet, language)
            if sheet.name == "curve":
                _curve_chart(book, page, sheet)
            if sheet.name == "neighbourhoods":
                _coverage_chart(book, page, sheet, run, language)
        _methods(book, formats, language)


class _Formats:
    """Cell formats of one workbook."""

    def __init__(self, book: Any) -> None:
        self.heading = book.add_format(
            {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#dfe8f1", "border": 1}
        )
        self.title = book.add_format({"bold": True, "font_size": 16})
        self.warning = book.add_format({"bold": True, "font_color": "#9a3412", "text_wrap": True})
        self.words = book.add_format({"text_wrap": True, "valign": "top"})
        self.of = {
            form: book.add_format({"num_format": text, "valign": "top"})
            for form, text in NUMBER_FORMATS.items()
        }


def _title(run: RunTables, language: str) -> str:
    title = run.manifest["settings"]["title"]
    return str(title.get(language) or run.summary["city"])


def _summary(book: Any, formats: _Formats, run: RunTables, language: str) -> None:
    """Write the first sheet: title, warnings, and the headline figures now and after."""
    page = book.add_worksheet(translate("Summary", language))
    page.hide_gridlines(2)
    page.set_column(0, 0, 52)
    page.set_column(1, 2, 22)
    page.write_string(0, 0, _title(run, language), formats.title)
    lines = [
        *((line, formats.warning) for line in warnings_in_words(run, language)),
        (standard_in_words(run, language), formats.words),
        (located_in_words(run, language), formats.words),
        (proof_in_words(run, language), formats.words),
    ]
    for row, (line, style) in enumerate(lines, start=1):
        page.merge_range(row, 0, row, 2, "", style)
        page.write_string(row, 0, line, style)
        page.set_row(row, 30)
    top = len(lines) + 2
    headings = (
        translate("Figure", language),
        translate("Now", language),
        translate("With new posts", language),
    )
    for column, heading in enumerate(headings):
        page.write_string(top, column, heading, formats.heading)
    rows = [fact for fact in facts(run, language).values() if fact.now is not None]
    for row, fact in enumerate(rows, start=top + 1):
        _fact(page, formats, row, fact, language)


def _fact(page: Any, formats: _Formats, row: int, fact: Fact, language: str) -> None:
    page.write_string(row, 0, fact.label, formats.words)
    _cell(page, row, 1, fact.now, fact.form, formats, language)
    _cell(page, row, 2, fact.after, fact.form, formats, language)


def _table(book: Any, formats: _Formats, sheet: Sheet, language: str) -> Any:
    """Write one table: headings with notes, a filter, the first row and column kept in sight."""
    page = book.add_worksheet(_sheet_name(sheet.title))
    columns = list(sheet.columns.items())
    for place, (name, column) in enumerate(columns):
        page.write_string(0, place, column.title, formats.heading)
        note = "\n".join(text for text in (column.note, f"[{name}]") if text)
        page.write_comment(0, place, note, {"x_scale": 2, "author": "walkshed"})
        page.set_column(place, place, _width(column, sheet.table[name]))
        for row, value in enumerate(sheet.table[name], start=1):
            _cell(page, row, place, value, column.form, formats, language)
    page.set_row(0, 48)
    page.freeze_panes(1, 2 if len(columns) > 2 else 1)
    page.autofilter(0, 0, len(sheet.table), max(len(columns) - 1, 0))
    page.set_landscape()
    page.set_paper(9)
    page.fit_to_pages(1, 0)
    page.repeat_rows(0)
    return page


def _cell(
    page: Any,
    row: int,
    column: int,
    value: Any,
    form: Form,
    formats: _Formats,
    language: str,
) -> None:
    """Write a number as a number and a text as a text; infinity in words, the unknown empty."""
    style = formats.of[form]
    if isinstance(value, bool | np.bool_):
        page.write_string(row, column, in_words(value, form, language), style)
    elif isinstance(value, str):
        if value:
            page.write_string(row, column, value, style)
    elif value is None or pd.isna(value):
        page.write_blank(row, column, None, style)
    elif math.isinf(value):
        page.write_string(row, column, translate("not reached", language), style)
    else:
        is_whole = form == "staff" and float(value).is_integer()
        page.write_number(row, column, float(value), formats.of["count"] if is_whole else style)


def _methods(book: Any, formats: _Formats, language: str) -> None:
    page = book.add_worksheet(translate("Methods", language))
    page.set_column(0, 0, 120)
    for row, line in enumerate(methods(language)):
        page.write_string(row, 0, line, formats.words)


def _curve_chart(book: Any, page: Any, sheet: Sheet) -> None:
    """Draw residents within the limit by the number of new posts."""
    chart = book.add_chart({"type": "line"})
    _series(chart, sheet, "new_posts", "residents_within", range(len(sheet.table)))
    chart.set_x_axis({"name": sheet.columns["new_posts"].title})
    chart.set_legend({"none": True})
    page.insert_chart(2, len(sheet.columns) + 1, chart, {"object_position": 3})


def _coverage_chart(book: Any, page: Any, sheet: Sheet, run: RunTables, language: str) -> None:
    """Draw the share within the planning limit by neighbourhood, now and with the plan."""
    band = run.summary["plan"]["band"]
    names = [f"share_within_{band}", f"share_within_{band}_after"]
    rows = range(min(len(sheet.table), BARS_MAX))
    chart = book.add_chart({"type": "bar"})
    for name in names:
        _series(chart, sheet, "name", name, rows)
    limit = limits_in_words(run.summary, language)[band]
    chart.set_title({"name": translate("Share within {limit}", language, limit=limit)})
    chart.set_y_axis({"reverse": True})
    chart.set_x_axis({"min": 0, "max": 1, "num_format": "0%"})
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": 720, "height": 120 + 36 * len(rows)})
    page.insert_chart(2, len(sheet.columns) + 1, chart, {"object_position": 3})


def _series(chart: Any, sheet: Sheet, of: str, name: str, rows: Sequence[int]) -> None:
    """Add a column of a sheet to a chart, by the cells it stands in."""
    places, tab = list(sheet.columns), _sheet_name(sheet.title)
    first, last = rows[0] + 1, rows[-1] + 1
    chart.add_series(
        {
            "name": [tab, 0, places.index(name)],
            "categories": [tab, first, places.index(of), last, places.index(of)],
            "values": [tab, first, places.index(name), last, places.index(name)],
            "marker": {"type": "circle"},
        }
    )


def _width(column: Column, values: "pd.Series[Any]") -> float:
    """Fit a column to its heading, over two lines, and to its texts."""
    longest = max((len(text) for text in values if isinstance(text, str)), default=0)
    return min(max(WIDTH_MIN, longest, len(column.title) / 2 + 3), WIDTH_MAX)


def _sheet_name(title: str) -> str:
    return title[:_SHEET_NAME_MAX]
