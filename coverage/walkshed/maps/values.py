"""Values as the page's data hold them: texts in every language, dates, rounded numbers, points.

Texts stay as they are, for the page shows them as text.
"""

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from ..language import LANGUAGES, format_date, translate_count

Words = str | Mapping[str, str]
"""One text, or one for each language."""


def each_language(words: Words) -> dict[str, str]:
    """Give one text for each language; the first there is where one is missing."""
    if isinstance(words, str):
        return dict.fromkeys(LANGUAGES, words)
    first = next(iter(words.values()), "")
    return {language: str(words.get(language) or first) for language in LANGUAGES}


def dates_in_words(iso: Any) -> dict[str, str]:
    """Write a date in each language, "" where there is none."""
    text = "" if iso is None or pd.isna(iso) else str(iso)
    return {language: format_date(text, language) for language in LANGUAGES}


def posts_in_words(count: int) -> dict[str, str]:
    """Say how many new posts, in each language."""
    return {
        code: translate_count("{count} new post", "{count} new posts", count, code)
        for code in LANGUAGES
    }


def text_of(row: Mapping[str, Any], column: str) -> str:
    """Text of a column, "" where there is none."""
    value = row.get(column, "")
    return "" if value is None or pd.isna(value) else str(value)


def rounded(value: float, decimals: int) -> float | str | None:
    """Round for transport: infinity is said in words, what is not a number is left out."""
    if math.isnan(value):
        return None
    if math.isinf(value):
        return "inf"
    short = round(float(value), decimals)
    return int(short) if short.is_integer() else short


def plain(value: Any) -> Any:
    """Make numbers of any library, and infinities, fit for JSON; 12 decimals are kept."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return rounded(value, 12)
    return value


def latitude_longitude(geometry: Any) -> list[float]:
    """Give a point in degrees as the page's map takes it."""
    return [round(geometry.y, 6), round(geometry.x, 6)]
