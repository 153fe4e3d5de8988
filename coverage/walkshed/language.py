"""The words people read, in Russian, Kazakh and English, and how numbers are written.

Messages are written in English in the code; `locale/<language>/LC_MESSAGES/walkshed.po`
holds their translations, made with the glossary of the project.  The catalogues are read as
they are (no compiled file is kept), once per language, when the first word is asked for.

Numbers follow the offices that read them: «422 800» and «5,3» in Russian and Kazakh, with
no-break spaces, so that a number never breaks over two lines; "422,800" and "5.3" in English.
Halves are rounded away from zero, as in the map's page.
"""

import datetime as dt
import gettext
import io
import math
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from importlib import resources
from typing import Literal

from .errors import InputError

LANGUAGES = ("ru", "kk", "en")

_NO_BREAK = "\u00a0"


def translate(message: str, language: str, **values: object) -> str:
    """Give one of our own messages in a language, with its `{placeholders}` filled.

    Parameters
    ----------
    message
        English text as it stands in the code; never text from a file or a user.
    language
        One of `LANGUAGES`.
    values
        What the placeholders stand for.  Values may be anybody's text: they are put in once
        and not read as a pattern again.

    Examples
    --------
    >>> translate("Proposed posts", "ru")
    'Предлагаемые посты'
    >>> translate("within {limit}", "kk", limit="10 мин")
    '10 мин шегінде'
    """
    text = _catalogue(language).gettext(message)
    return text.format(**values) if values else text


def translate_count(singular: str, plural: str, count: int, language: str, **values: object) -> str:
    """Give one of our own messages in the form that belongs to a number.

    `{count}` in the message is the number, written as `format_number` writes it.
    Russian has three forms; in Kazakh the noun stays singular after a numeral.

    Examples
    --------
    >>> [translate_count("{count} new post", "{count} new posts", n, "ru") for n in (1, 2, 6)]
    ['1 новый пост', '2 новых поста', '6 новых постов']
    >>> translate_count("{count} new post", "{count} new posts", 6, "kk")
    '6 жаңа бекет'
    """
    text = _catalogue(language).ngettext(singular, plural, count)
    return text.format(count=format_number(count, language), **values)


def format_number(value: float, language: str, decimals: int = 0) -> str:
    """Write a number with its thousands apart; what is not finite becomes a dash.

    Examples
    --------
    >>> format_number(422800, "en"), format_number(5.25, "en", decimals=1)
    ('422,800', '5.3')
    >>> format_number(422800, "ru") == "422\N{NO-BREAK SPACE}800"
    True
    >>> format_number(5.25, "kk", decimals=1)
    '5,3'
    """
    _check(language)
    if not math.isfinite(value):
        return "—"
    step = Decimal(1).scaleb(-decimals)
    text = f"{Decimal(float(value)).quantize(step, rounding=ROUND_HALF_UP):,f}"
    if not text.strip("-0.,"):
        text = text.lstrip("-")  # minus zero
    if language == "en":
        return text
    return text.translate({ord(","): _NO_BREAK, ord("."): ","})


def format_share(share: float, language: str, decimals: int = 1) -> str:
    """Write a share of one as a percentage.

    Examples
    --------
    >>> format_share(0.813, "en")
    '81.3%'
    >>> format_share(0.813, "ru") == "81,3\N{NO-BREAK SPACE}%"
    True
    """
    gap = "" if language == "en" else _NO_BREAK
    return f"{format_number(share * 100, language, decimals)}{gap}%"


def format_minutes(minutes: float, language: str, decimals: int = 0) -> str:
    """Write a walking time; infinity, a post nobody can reach, is said in words.

    Examples
    --------
    >>> format_minutes(7.24, "en", decimals=1) == "7.2\N{NO-BREAK SPACE}min"
    True
    >>> format_minutes(float("inf"), "ru")
    'недоступно'
    """
    if minutes == math.inf:
        return translate("not reached", language)
    number = format_number(minutes, language, decimals)
    return f"{number}{_NO_BREAK}{translate('min', language)}"


def format_limits(limits: Sequence[float], unit: Literal["min", "m"], language: str) -> str:
    """Write the limits of a band: those of different houses apart by a stroke.

    Examples
    --------
    >>> format_limits([10], "min", "en"), format_limits([500, 800], "m", "ru")
    ('10 min', '500/800 м')
    """
    numbers = "/".join(format_number(limit, language) for limit in limits)
    word = translate("min", language) if unit == "min" else translate("m", language)
    return f"{numbers} {word}"


def format_metres(metres: float, language: str) -> str:
    """Write a length: whole metres below one kilometre, kilometres with one decimal above.

    Examples
    --------
    >>> format_metres(999.4, "en") == "999\N{NO-BREAK SPACE}m"
    True
    >>> format_metres(1250, "en") == "1.3\N{NO-BREAK SPACE}km"
    True
    """
    if metres < 999.5:
        return f"{format_number(metres, language)}{_NO_BREAK}{translate('m', language)}"
    return f"{format_number(metres / 1000, language, 1)}{_NO_BREAK}{translate('km', language)}"


def format_date(iso: str, language: str) -> str:
    """Write a date such as `2023-01-31` out; anything else is given back as it is.

    Examples
    --------
    >>> format_date("2023-01-01", "en")
    '1 January 2023'
    >>> format_date("2024", "ru")
    '2024'
    """
    from babel.dates import format_date as written

    _check(language)
    try:
        day = dt.date.fromisoformat(iso)
    except ValueError:
        return iso
    locale = "en_GB" if language == "en" else language
    return str(written(day, format="long", locale=locale)).replace("\u202f", _NO_BREAK)


def _check(language: str) -> None:
    if language not in LANGUAGES:
        raise InputError(f"language `{language}`: use one of {', '.join(LANGUAGES)}")


@lru_cache(maxsize=len(LANGUAGES))
def _catalogue(language: str) -> gettext.GNUTranslations:
    """Read a catalogue and keep it, compiled, in memory."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    _check(language)
    file = resources.files(__package__) / "locale" / language / "LC_MESSAGES" / "walkshed.po"
    compiled = io.BytesIO()
    with file.open("rb") as source:
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
