"""An empty registry as an Excel form: drop-downs, help, an example; the reader reads it back."""

import io
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from ..errors import SettingsError
from ..language import LANGUAGES, translate
from ._vocabulary import CHOICES, column_labels, example_word

_ROWS = 5000
"""Rows below the header that have drop-downs."""

_WIDE = {"name_ru": 34, "name_kk": 34, "name_en": 30, "address": 34, "landmark": 34, "notes": 40}
_AMOUNTS = ("inspectors", "inspectors_establishment", "cost")


def write_form(path: str | Path, language: str = "ru") -> None:
    """Write an empty registry of posts as an Excel workbook.

    The first row names the columns and stays in sight; each name has help as a comment, and the
    columns with a few values have drop-downs. The second row is an example, which `read_posts`
    leaves out as long as its id says so. Texts are texts: nothing becomes a formula.

    Parameters
    ----------
    path
        Where to write; the name must end in `.xlsx`. A file that is there is not written over.
    language
        `ru`, `kk` or `en`: the language of headings, values and help.

    Raises
    ------
    SettingsError
        When the name ends otherwise, the file is there, the folder is not, or the language is
        none of ours.
    """
    import xlsxwriter

    path = Path(path)
    if language not in LANGUAGES:
        raise SettingsError(f"language `{language}`: use one of {', '.join(LANGUAGES)}")
    if path.suffix.lower() != ".xlsx":
        raise SettingsError(f"{path}: a form is an Excel workbook; give a name that ends in .xlsx")
    if path.exists():
        raise SettingsError(f"{path}: is there already; give another name, or move it away")
    if not path.parent.is_dir():
        raise SettingsError(f"{path}: there is no such folder; make it first")
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    whole = io.BytesIO()
    with xlsxwriter.Workbook(whole, {**options, "in_memory": True}) as book:
        _fill(book, language)
    try:
        path.write_bytes(whole.getvalue())
    except OSError as error:
        with suppress(OSError):
            path.unlink()
        raise SettingsError(
            f"{path}: cannot be written ({error.strerror}); choose another place"
        ) from error


def _fill(book: Any, language: str) -> None:
    labels, help_texts = column_labels(language), column_help(language)
    sheet = book.add_worksheet(translate("Posts", language))
    head = book.add_format(
        {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#DCE6F1"}
    )
    must = book.add_format(
        {"bold": True, "text_wrap": True, "valign": "top", "bg_color": "#F8CBAD"}
    )
    grey = book.add_format({"italic": True, "font_color": "#7F7F7F"})
    text = book.add_format({"num_format": "@"})
    example = _example(language)
    for place, (column, label) in enumerate(labels.items()):
        plain = text if column not in _AMOUNTS else None
        sheet.set_column(place, place, _WIDE.get(column, 16), plain)
        sheet.write_string(0, place, label, must if column == "id" else head)
        sheet.write_comment(0, place, help_texts[column], {"x_scale": 2, "y_scale": 1.6})
        value = example.get(column, "")
        if isinstance(value, float):
            sheet.write_number(1, place, value, grey)
        else:
            sheet.write_string(1, place, value, grey)
    sheet.set_row(0, 48)
    sheet.freeze_panes(1, 1)
    _add_choices(book, sheet, language)


def _add_choices(book: Any, sheet: Any, language: str) -> None:
    """Add drop-downs; their values stand in a hidden sheet, where no length limits them."""
    lists = book.add_worksheet("lists")
    lists.hide()
    columns = list(column_labels(language))
    for place, (column, choices) in enumerate(CHOICES.items()):
        values = list(choices(language).values())
        lists.write_column(0, place, values)
        letter = chr(ord("A") + place)
        sheet.data_validation(
            *(1, columns.index(column), _ROWS, columns.index(column)),
            {
                "validate": "list",
                "source": f"=lists!${letter}$1:${letter}${len(values)}",
                "error_title": translate("Not in the list", language),
                "error_message": translate("Choose one of the values of the list.", language),
            },
        )
    for column in _AMOUNTS:
        sheet.data_validation(
            *(1, columns.index(column), _ROWS, columns.index(column)),
            {
                "validate": "decimal",
                "criteria": ">=",
                "value": 0,
                "error_title": translate("Not a number", language),
                "error_message": translate(
                    "Write a number from 0 up; leave the cell empty when it is not known.", language
                ),
            },
        )


def _example(language: str) -> Mapping[str, str | float]:
    """Give the example row, made up but for the words of the language."""
    values: dict[str, str | float] = {
        "id": example_word(language),
        "kind": "precinct_point",
        "status": "existing",
        "number": "17",
        "name_ru": "Участковый пункт полиции № 17",
        "name_kk": "№ 17 учаскелік полиция пункті",
        "name_en": "Precinct police point No. 17",
        "settlement": "Тараз",
        "address": translate("Example street, 1", language),
        "landmark": translate("opposite the school", language),
        "lat": "42.898000",
        "lon": "71.373000",
        "location_precision": "exact",
        "opening_hours": "Mo-Fr 17:00-20:00",
        "inspectors": 2.0,
        "inspectors_establishment": 3.0,
        "has_cameras": "yes",
        "has_computers": "no",
        "opened": "2021-12-31",
        "source_date": "2026-11-01",
    }
    return values | {
        column: choices(language)[str(values[column])] for column, choices in CHOICES.items()
    }


def column_help(language: str) -> Mapping[str, str]:
    """Say what to write into each column."""
    date = translate("A date such as 31.12.2021, or a month or a year: 12.2021, 2021.", language)
    number = translate(
        "Write a number from 0 up; leave the cell empty when it is not known.", language
    )
    question = translate("Choose yes or no; unknown when nobody has looked.", language)
    name = translate("The name as it stands on the sign or in the order.", language)
    degrees = translate(
        "In degrees: 42.898, 42,898 or 42°53'52\"N. Leave empty when not known and write the "
        "address or a landmark.",
        language,
    )
    return {
        "id": translate(
            "Required. A code of your own for each post, once in the whole file, such as UPP-17; "
            "keep it from year to year.",
            language,
        ),
        "kind": translate(
            "Choose from the list. A department is open to visitors but is no precinct point; "
            "transport police receive no residents and are not counted as access.",
            language,
        ),
        "status": translate(
            "Choose from the list. Planned and closed posts are shown but serve nobody.", language
        ),
        "number": translate("The number of the post, such as 17.", language),
        "name_ru": name,
        "name_kk": name,
        "name_en": name,
        "settlement": translate("City or village; a study takes the posts of its own.", language),
        "address": translate("Street and house, microdistrict and house.", language),
        "landmark": translate("What stands beside it, where there is no address.", language),
        "lat": degrees,
        "lon": degrees,
        "location_precision": translate(
            "How the coordinates were found: exact (measured at the door or on a map), by address, "
            "by landmark, by microdistrict, by district.",
            language,
        ),
        "opening_hours": translate(
            "When residents are received, such as Mo-Fr 17:00-20:00; 24/7 for day and night.",
            language,
        ),
        "inspectors": number,
        "inspectors_establishment": number,
        "has_cameras": question,
        "has_computers": question,
        "owner": translate("Whose the premises are: akimat, police, a developer.", language),
        "cost": number,
        "precinct": translate("The precincts that the post serves, such as 12, 13.", language),
        "opened": date,
        "closed": date,
        "planned_for": date,
        "source_url": translate("An order, a letter or a web page that says so.", language),
        "source_date": date,
        "verified_by": translate("Who has checked this row: name and post.", language),
        "notes": translate("Anything else. Do not write names of residents.", language),
    }
