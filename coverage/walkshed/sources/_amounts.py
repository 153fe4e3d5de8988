"""Numbers as people write them in tables: blanks between thousands, commas for points."""

import math
import re
from collections.abc import Sequence

from ._sheets import Problem, Sheet

_BLANKS = re.compile("[\u00a0\u2007\u2009\u202f ']")
_PLAIN = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,2})?")
_COMMA_OF_THOUSANDS = re.compile(r"[+-]?[0-9]{1,3},[0-9]{3}")


def column_of(sheet: Sheet, names: Sequence[str]) -> str | None:
    """Give the first of the names that the sheet has a column of."""
    return next((name for name in names if name in sheet.columns), None)


def amounts(sheet: Sheet, column: str) -> tuple[list[float], list[Problem]]:
    """Read a column of numbers from 0 up; NaN beside each problem.

    Blanks of all kinds between digits are left out, a comma is a decimal point. A comma that may
    as well part thousands (`1,234`, and nothing else in the column that tells) is a problem: a
    city must not shrink a thousand times.

    Examples
    --------
    >>> rows = ((2, {"n": "1\u00a0234,5"}), (3, {"n": "7"}), (4, {"n": "-1"}), (5, {"n": ""}))
    >>> values, problems = amounts(Sheet("a.csv", "row", ("n",), rows), "n")
    >>> values
    [1234.5, 7.0, nan, nan]
    >>> [problem.row for problem in problems]
    [4, 5]
    """
    texts = {number: _BLANKS.sub("", row.get(column, "")) for number, row in sheet.rows}
    with_comma = [text for text in texts.values() if "," in text]
    unclear = bool(with_comma) and all(map(_COMMA_OF_THOUSANDS.fullmatch, with_comma))
    values, problems = [], []
    for number, text in texts.items():
        value, problem = _amount(text, unclear=unclear)
        values.append(value)
        if problem:
            problems.append(Problem(f"`{column}` {problem}", number))
    return values, problems


def _amount(text: str, *, unclear: bool) -> tuple[float, str]:
    if not text:
        return math.nan, "is empty; write a number, 0 where nobody is"
    if unclear and "," in text:
        thousands, decimal = text.replace(",", ""), text.replace(",", ".")
        return math.nan, f"is `{text}`: write {thousands} or {decimal}, whichever is meant"
    plain = text.replace(",", ".") if text.count(",") == 1 and "." not in text else text
    if _PLAIN.fullmatch(plain) is None:
        return math.nan, f"is `{text}`; write a number from 0 up"
    value = float(plain)
    if value < 0 or math.isinf(value):
        return math.nan, f"is `{text}`; write a number from 0 up"
    return value, ""
