"""Single values as people write them: amounts, dates, opening hours, one of a few words.

Each reader takes a text that is not blank and gives what it means, or says what is wrong, or
gives the text as it is with a note. Nothing is raised, so that a file tells all at once.
"""

import datetime as dt
import math
import re
from collections.abc import Callable, Mapping
from functools import lru_cache, partial
from types import MappingProxyType
from typing import Any, NamedTuple

from ._vocabulary import CHOICES, choice_words, word_key

_EXCEL_DAY_0 = dt.date(1899, 12, 30)
_EXCEL_DAYS = range(20_000, 80_000)
"""Serial numbers of 1954 to 2119; smaller whole numbers are years or slips."""

_LONGEST_HOURS = 1_000
"""OpenStreetMap holds no more than 255 letters."""
_UNITS = re.compile(r"(тг|тенге|теңге|₸|kzt|чел|человек|ед)\.?$", re.IGNORECASE)


class Meaning(NamedTuple):
    """What a text means; `problem` when it means nothing, `note` when its user should know."""

    value: Any
    problem: str = ""
    note: str = ""


def amount(column: str, text: str) -> Meaning:
    r"""Read an amount from 0 up: any blanks between thousands, decimal point or comma.

    Examples
    --------
    >>> amount("cost", "4\N{NO-BREAK SPACE}500\N{THIN SPACE}000,5 тг").value
    4500000.5
    >>> amount("cost", "4,500").problem
    '`cost` is `4,500`: is it 4500 or 4.5? write one of these'
    """
    plain = _UNITS.sub("", re.sub(r"\s", "", text))
    if re.fullmatch(r"[1-9][0-9]{0,2},[0-9]{3}", plain):
        whole, decimal = plain.replace(",", ""), plain.replace(",", ".").rstrip("0").rstrip(".")
        return Meaning(
            math.nan, f"`{column}` is `{text}`: is it {whole} or {decimal}? write one of these"
        )
    if re.fullmatch(r"[0-9]{1,3}(,[0-9]{3}){2,}", plain):
        plain = plain.replace(",", "")
    if re.fullmatch(r"[0-9]{1,15}([.,][0-9]{1,15})?", plain) is None:
        wanted = "a number from 0 up, or nothing when unknown"
        return Meaning(math.nan, f"`{column}` is `{text}`; wanted {wanted}")
    return Meaning(float(plain.replace(",", ".")))


def date(column: str, text: str) -> Meaning:
    """Read a date to ISO 8601: a day, a month or a year; `?` behind it, uncertain, is kept.

    Days are 2021-12-31, 31.12.2021, 12/31/2021 (or 31/12/2021: where both could be a month, the
    date is refused) and the serial numbers of Excel. A time of day behind a day is left out.

    Examples
    --------
    >>> [date("opened", text).value for text in ("31.12.2021", "12/31/2021", "44561", "2021?")]
    ['2021-12-31', '2021-12-31', '2021-12-31', '2021?']
    >>> date("opened", "03/04/2021").problem
    '`opened` is `03/04/2021`: day or month first? write 2021-04-03 or 2021-03-04'
    """
    day = _day(text.strip())
    if day is None:
        wanted = "a date such as 2021-12-31, 31.12.2021 or 2021"
        return Meaning("", f"`{column}` is `{text}`; wanted {wanted}")
    if isinstance(day, tuple):
        return Meaning(
            "", f"`{column}` is `{text}`: day or month first? write {day[0]} or {day[1]}"
        )
    return Meaning(day)


@lru_cache(maxsize=4096)
def _day(text: str) -> str | tuple[str, str] | None:
    text = re.sub(r"[T ][0-9]{1,2}:[0-9]{2}(:[0-9.]+)?Z?$", "", text)
    if match := re.fullmatch(r"([0-9]{4})(-[0-9]{2})?(-[0-9]{2})?(\??)", text):
        year, month, day = match[1], match[2] or "", match[3] or ""
        return text if _iso(year, month.strip("-") or "1", day.strip("-") or "1") else None
    if re.fullmatch(r"[0-9]{5}(\.[0-9]+)?", text) and int(float(text)) in _EXCEL_DAYS:
        return (_EXCEL_DAY_0 + dt.timedelta(days=int(float(text)))).isoformat()
    if match := re.fullmatch(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})( ?г\.?)?", text):
        return _iso(match[3], match[2], match[1]) or None
    if match := re.fullmatch(r"([0-9]{1,2})\.([0-9]{4})", text):
        return _iso(match[2], match[1], "1")[:7] or None
    if match := re.fullmatch(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})", text):
        day_first = _iso(match[3], match[2], match[1])
        month_first = _iso(match[3], match[1], match[2])
        if day_first and month_first and day_first != month_first:
            return day_first, month_first
        return day_first or month_first or None
    return None


def _iso(year: str, month: str, day: str) -> str:
    try:
        return dt.date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return ""


def date_or_text(column: str, text: str) -> Meaning:
    """Read a date; any other words are kept, with a note."""
    read = date(column, text)
    if not read.problem:
        return read
    return Meaning(text, note=f"`{column}` is `{text}`: kept as text, it is no date")


def opening_hours(column: str, text: str) -> Meaning:
    """Read opening hours in the syntax of OpenStreetMap, or plain Russian, Kazakh or English.

    How plain words were understood is told in a note. What cannot be read is kept as text, with
    a note: a person will understand it.

    Examples
    --------
    >>> opening_hours("opening_hours", "пн–пт 17.00–20.00; вс выходной").value
    'Mo-Fr 17:00-20:00; Su off'
    >>> opening_hours("opening_hours", "тәулік бойы").value
    '24/7'
    >>> opening_hours("opening_hours", "по звонку").note
    '`opening_hours` is `по звонку`: kept as text, it is not in the syntax of OpenStreetMap'
    """
    hours = _hours(text)
    if hours:
        read_as = f"`{column}` is `{text}`: read as {hours}"
        return Meaning(hours, note="" if hours == text.strip() else read_as)
    why = "kept as text, it is not in the syntax of OpenStreetMap"
    return Meaning(text, note=f"`{column}` is `{text}`: {why}")


_HOURS_WORDS = (
    (r"круглосуточно|тәулік бойы|24 часа|around the clock", "24/7"),
    (r"ежедневно|күн сайын|без выходных|daily", "Mo-Su"),
    (r"понедельник|дүйсенбі|\bпон\b|\bпн\b|\bдс\b|\bmon(day)?\b", "Mo"),
    (r"вторник|сейсенбі|\bвт\b|\bсс\b|\btue(sday)?\b", "Tu"),
    (r"среда|среду|сәрсенбі|\bср\b|\bwed(nesday)?\b", "We"),
    (r"четверг|бейсенбі|\bчт\b|\bбс\b|\bthu(rsday)?\b", "Th"),
    (r"пятница|пятницу|жұма|\bпт\b|\bжм\b|\bfri(day)?\b", "Fr"),
    (r"суббота|субботу|сенбі|\bсб\b|\bсн\b|\bsat(urday)?\b", "Sa"),
    (r"воскресенье|жексенбі|\bвс\b|\bжс\b|\bжк\b|\bsun(day)?\b", "Su"),
    (r"выходной|выходные|демалыс( күні)?|closed", "off"),
    (r"\s*[–—−]\s*", "-"),
    (r"\bс (?=[0-9])", ""),
    (r"(?<=[0-9]) (до|дейін) (?=[0-9])", "-"),
    (r"\b([0-9]{1,2})[.:]([0-9]{2})\b", r"\1:\2"),
    (r"(?<![0-9:])([0-9]):(?=[0-9]{2})", r"0\1:"),
    (r":(?=\s)", ""),
)


@lru_cache(maxsize=4096)
def _hours(text: str) -> str:
    """Give the hours as OpenStreetMap writes them, or nothing."""
    from opening_hours import validate

    plain = " ".join(text.split())
    if len(plain) > _LONGEST_HOURS:
        return ""
    if validate(plain):
        return plain
    plain = plain.casefold()
    for words, osm in _HOURS_WORDS:
        plain = re.sub(words, osm, plain)
    return plain if validate(plain) else ""


def choice(column: str, text: str) -> Meaning:
    """Read one of a few words, in any of the languages.

    Examples
    --------
    >>> choice("kind", " УПП ").value, choice("has_cameras", "иә").value
    ('precinct_point', 'yes')
    """
    words = choice_words(column)
    value = words.get(word_key(text))
    if value is None:
        wanted = ", ".join(filter(None, CHOICES[column]("en")))
        return Meaning("", f"`{column}` is `{text}`; wanted one of {wanted}")
    return Meaning(value)


READERS: Mapping[str, Callable[[str], Meaning]] = MappingProxyType(
    {
        **{column: partial(choice, column) for column in CHOICES},
        **{c: partial(amount, c) for c in ("inspectors", "inspectors_establishment", "cost")},
        **{column: partial(date, column) for column in ("opened", "closed", "planned_for")},
        "source_date": partial(date_or_text, "source_date"),
        "opening_hours": partial(opening_hours, "opening_hours"),
    }
)
"""How the columns are read that are no plain texts."""
