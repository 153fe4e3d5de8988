"""What the columns of the tables are called, what they mean and in what unit, in each language.

One catalogue for workbooks, PDF and the descriptions inside GeoPackage and Parquet. Columns with a
suffix `_after` hold the same with the plan built; those of a band end in its label.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from ..language import (
    format_limits,
    format_metres,
    format_minutes,
    format_number,
    format_share,
    translate,
)
from .catalogue import Column, Form, columns_in
from .vocabulary import value_in_words, vocabularies

_BAND = re.compile(r"(residents_within|share_within|residents_backup|backup_share)_(?P<band>.+)")
_KIND = re.compile(r"existing_(?P<kind>.+)")
_CATCHMENT = re.compile(r"inspectors_per_1000_(?P<method>\w+)")
_BEYOND = ""
"""The band of a door that is beyond them all."""


def column_of(name: str, language: str, limits: Mapping[str, str]) -> Column | None:
    """Give what is known of a column, None where nothing is.

    Parameters
    ----------
    name
        As in the tables, such as `share_within_10_after`.
    limits
        The bands of the study: label to words, such as `{"10": "10 min"}`.

    Examples
    --------
    >>> column_of("share_within_10_after", "en", {"10": "10 min"}).title
    'Share within 10 min, with new posts'
    """
    known = columns_in(language).get(name)
    if known is not None:
        return known
    for suffix, words in _variants(language).items():
        if name.endswith(suffix):
            plain = column_of(name.removesuffix(suffix), language, limits)
            return plain and replace(plain, title=words.replace("{column}", plain.title))
    return (
        _of_band(name, language, limits)
        or _of_kind(name, language)
        or _of_catchment(name, language)
    )


def _variants(language: str) -> dict[str, str]:
    """Say what a suffix makes of a column."""
    return {
        "_after": translate("{column}, with new posts", language),
        "_unknown_closed": translate("{column}; posts of unknown hours closed", language),
        "_unknown_open": translate("{column}; posts of unknown hours open", language),
    }


def _of_kind(name: str, language: str) -> Column | None:
    """Name a count of the existing posts of one kind."""
    found = _KIND.fullmatch(name)
    kinds = vocabularies(language)["kind"]
    if found is None or found["kind"] not in kinds:
        return None
    return Column(translate("Existing: {kind}", language, kind=kinds[found["kind"]]), "count")


def _of_catchment(name: str, language: str) -> Column | None:
    """Name the supply by one of the methods of floating catchments."""
    found = _CATCHMENT.fullmatch(name)
    if found is None:
        return None
    return Column(
        translate(
            "Inspectors per 1,000 residents within reach ({method})",
            language,
            method=found["method"].upper(),
        ),
        "number",
        translate("Floating catchment; a relative measure of supply against demand.", language),
    )


def _of_band(name: str, language: str, limits: Mapping[str, str]) -> Column | None:
    """Name a column of a band by its limit."""
    band = _BAND.fullmatch(name)
    if band and band["band"] in limits:
        limit = limits[band["band"]]
        if name.startswith("residents_backup"):
            return Column(
                translate("Residents with a second post within {limit}", language, limit=limit),
                "count",
            )
        if name.startswith("backup_share"):
            return Column(
                translate("Share with a second post within {limit}", language, limit=limit),
                "share",
            )
        if name.startswith("share"):
            return Column(
                translate("Share within {limit}", language, limit=limit),
                "share",
                translate("Share of residents who walk at most {limit}.", language, limit=limit),
            )
        return Column(
            translate("Residents within {limit}", language, limit=limit),
            "count",
            translate("Residents who walk at most {limit} to a post.", language, limit=limit),
        )
    return None


def limits_in_words(summary: Mapping[str, Any], language: str) -> dict[str, str]:
    """Give the bands of a run: label to words."""
    return {
        str(band["label"]): format_limits(band["limits"], band["unit"], language)
        for band in summary["standard"]["bands"]
    }


def code_in_words(column: str, value: Any, language: str, limits: Mapping[str, str]) -> Any:
    """Give the word of a code, or of the label of a band; any other value stays as it is.

    Examples
    --------
    >>> code_in_words("band", "10", "en", {"10": "10 min"})
    '10 min'
    """
    if column.removesuffix("_after") == "band":
        beyond = translate("beyond all limits", language)
        return beyond if value == _BEYOND else limits.get(value, value)
    return value_in_words(column, value, language)


def in_words(value: Any, form: Form, language: str) -> str:
    """Write a value as people read it; what is not known is a dash.

    Examples
    --------
    >>> in_words(0.4726, "share", "en"), in_words(None, "count", "en"), in_words(True, "text", "en")
    ('47.3%', '—', 'yes')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool | np.bool_):
        return translate("yes", language) if value else translate("no", language)
    if pd.isna(value):
        return "—"
    return _WRITERS[form](float(value), language)


_WRITERS: Mapping[str, Callable[[float, str], str]] = {
    "text": lambda value, _: f"{value:g}",
    "count": lambda value, language: format_number(value, language),
    "share": lambda value, language: format_share(value, language),
    "staff": lambda value, language: format_number(value, language, 0 if value % 1 == 0 else 1),
    "minutes": lambda value, language: format_minutes(value, language, decimals=1),
    "metres": lambda value, language: format_metres(value, language),
    "number": lambda value, language: format_number(value, language, decimals=2),
}
