"""The rows of a registry of posts: what is wrong with them, and the posts they stand for.

Problems are found row by row and never raised here, so that a file tells all of them at once.
"""

import logging
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from shapely import Point

from ..language import LANGUAGES
from ._coordinates import Extent, Place, place_of, split_pair
from ._sheets import Problem, Row, Sheet
from ._values import READERS
from ._vocabulary import OTHER_COLUMNS, choice_words, column_labels, example_word, word_key

logger = logging.getLogger(__name__)

DEFAULT_KIND = "precinct_point"
DEFAULT_STATUS = "existing"
DEFAULT_PRECISION = "exact"

NAMES = ("number", "name_ru", "name_kk", "name_en")
PROVENANCE = ("source_url", "source_date", "verified_by")
PLACE_WORDS = ("address", "landmark", "location_text", "description_precision")
DATES = ("opened", "closed", "planned_for")
AMOUNTS = ("inspectors", "inspectors_establishment", "cost")
ANSWERS = ("has_cameras", "has_computers")
TEXTS = (
    *(*NAMES, *PROVENANCE, *PLACE_WORDS, *DATES, *ANSWERS),
    *("settlement", "opening_hours", "owner", "precinct", "notes"),
)

_LARGEST_RANGE = 1000
_IDS_TOLD = 10
_RANGE = re.compile(r"(.*?)([0-9]{1,9})\.\.([0-9]{1,9})", flags=re.DOTALL)


class RowRead(NamedTuple):
    """The posts a row stands for, and what there is to say about it."""

    posts: tuple[dict[str, Any], ...]
    problems: tuple[str, ...]
    notes: tuple[str, ...]


@cache
def file_columns() -> tuple[str, ...]:
    """Name the columns of a registry; words are read only when the first registry is."""
    return (*column_labels("en"), *OTHER_COLUMNS)


@cache
def _example_ids() -> frozenset[str]:
    return frozenset(word_key(example_word(language)) for language in LANGUAGES)


def column_problems(sheet: Sheet) -> Iterator[Problem]:
    """Look for what is wrong with the columns as a whole."""
    if "id" not in sheet.columns:
        yield Problem(f"no column `id`; it must hold a name of its own for every post ({sheet})")
    absent = [column for column in ("lat", "lon") if column not in sheet.columns]
    paired = "coordinates" in sheet.columns
    if absent and not paired and not all(_may_be_unlocated(row) for _, row in sheet.rows):
        yield Problem(
            f"no column {' and no column '.join(f'`{column}`' for column in absent)}; add the "
            "coordinates in degrees, or set `location_precision` to `unlocated` in rows that "
            f"have none ({sheet})"
        )
    for column, meant in sheet.misspelt(file_columns()):
        yield Problem(f"no use for the column `{column}`; if it is `{meant}`, rename it")


def column_notes(sheet: Sheet) -> Iterator[Problem]:
    """Name the columns that are left out."""
    misspelt = {column for column, _ in sheet.misspelt(file_columns())}
    ignored = sorted(set(sheet.columns) - set(file_columns()) - misspelt)
    if ignored:
        listed = ", ".join(f"`{column}`" for column in ignored)
        yield Problem(f"columns without use, left out: {listed}")


def is_example(row: Row) -> bool:
    """Tell whether a row is the example that the form brings."""
    return word_key(row.get("id", "")) in _example_ids()


def read_row(row: Row, extent: Extent | None = None, crs: str = "") -> RowRead:
    """Read one row: all of its problems, and its posts as far as they can be told.

    Parameters
    ----------
    row
        Texts by the names of `file_columns`.
    extent
        West, south, east and north of the study in degrees.
    crs
        CRS of rows that name none in their column `crs`; empty for degrees.
    """
    problems: list[str] = []
    notes: list[str] = []
    if "id" in row and not row["id"].strip():
        problems.append("`id` is empty; give the post a name of its own")
    values: dict[str, Any] = {}
    for column, read in READERS.items():
        text = row.get(column, "")
        if text.strip():
            values[column], problem, note = read(text)
            problems += [problem] if problem else []
            notes += [note] if note else []
    problems += _range_problems(row)
    place = _place(row, extent, crs)
    problems += [*place.problems, *_date_problems(values)]
    notes += _date_notes(values)
    post = _post(row, values, place)
    ids = expanded(row.get("id", "").strip())
    return RowRead(
        tuple(post | {"post_id": post_id} for post_id in ids), tuple(problems), tuple(notes)
    )


def _post(row: Row, values: Mapping[str, Any], place: Place) -> dict[str, Any]:
    """Put a post together; `post_id` is still missing."""
    located = place.lat is not None and place.lon is not None
    texts = {name: row.get(name, "") for name in TEXTS}
    stated = values.get("location_precision", "")
    if not located and stated not in ("", "unlocated") and not texts["description_precision"]:
        texts["description_precision"] = stated
    for name in NAMES[1:]:
        texts[name] = texts[name] or row.get("name", "")
    known = {name: values[name] for name in TEXTS if name in values}
    return {
        **texts,
        **known,
        **{name: values.get(name, math.nan) for name in AMOUNTS},
        "kind": values.get("kind") or DEFAULT_KIND,
        "status": values.get("status") or DEFAULT_STATUS,
        "location_precision": (stated or DEFAULT_PRECISION) if located else "unlocated",
        "origin": "registry",
        "geometry": Point(place.lon, place.lat) if located else None,
    }


def repeated_ids(ids: Iterable[tuple[str, int]]) -> Iterator[Problem]:
    """Look for ids that more than one row gives, ranges included.

    The first ten such ids are told with their rows, the others counted.
    """
    rows_by_id: dict[str, list[int]] = {}
    for post_id, row in ids:
        rows_by_id.setdefault(post_id, []).append(row)
    repeated = {post_id: rows for post_id, rows in rows_by_id.items() if post_id and len(rows) > 1}
    for post_id in list(repeated)[:_IDS_TOLD]:
        for row in repeated[post_id]:
            yield Problem(f"the id `{post_id}` more than once; give each its own", row)
    if len(repeated) > _IDS_TOLD:
        yield Problem(f"{len(repeated) - _IDS_TOLD} other ids more than once; give each its own")


def _range_problems(row: Row) -> Iterator[str]:
    ids, count = expanded(row.get("id", "").strip()), row.get("count", "").strip()
    if not ids:
        yield f"the range of `id` must grow, and to {_LARGEST_RANGE} posts at most"
    elif count and count != str(len(ids)):
        yield (
            f"`count` is {count}, but `id` names {len(ids)}; write a range such as `MOD-1..4` for "
            "4 posts"
        )
    if len(ids) > 1 and any(
        row.get(column, "").strip() for column in ("lat", "lon", "coordinates")
    ):
        yield "several posts cannot share one pair of coordinates; give each a row of its own"


def _place(row: Row, extent: Extent | None, crs: str) -> Place:
    """Read where a post is; a row may have no coordinates when it says so or names its place."""
    texts = {column: row.get(column, "").strip() for column in ("lat", "lon")}
    pair = row.get("coordinates", "").strip()
    if not any(texts.values()) and not pair:
        asked = "lat" in row or "lon" in row or "coordinates" in row
        if not asked or _may_be_unlocated(row):
            return Place()
        why = (
            "fill in, or set `location_precision` to `unlocated`, or give an address or a landmark"
        )
        return Place(problems=(f"`lat` and `lon` are empty; {why}",))
    problems = []
    if _precision(row) == "unlocated":
        problems.append(
            "`unlocated`, yet with coordinates; say in `location_precision` what they are worth"
        )
    if not any(texts.values()):
        parts = split_pair(pair)
        if parts is None:
            wanted = "latitude and longitude, such as 42.898, 71.373"
            return Place(problems=(*problems, f"`coordinates` is `{pair}`; wanted {wanted}"))
        texts["lat"], texts["lon"] = parts
    elif "lat" not in row or "lon" not in row:
        return Place(problems=tuple(problems))  # the missing column is told once
    place = place_of(texts["lat"], texts["lon"], row.get("crs", "").strip() or crs, extent)
    return place._replace(problems=(*problems, *place.problems))


def _date_problems(values: Mapping[str, Any]) -> Iterator[str]:
    opened, closed = (values.get(column, "").rstrip("?") for column in ("opened", "closed"))
    if opened and closed and closed < opened[: len(closed)]:
        yield f"`closed` {closed} is before `opened` {opened}; mend one of them"


def _date_notes(values: Mapping[str, Any]) -> Iterator[str]:
    status = values.get("status") or DEFAULT_STATUS
    if status != "closed" and values.get("closed"):
        yield f"has a date in `closed`, yet `status` is {status}: counted as {status}"
    if status == "existing" and values.get("planned_for") and not values.get("opened"):
        yield "has a date in `planned_for`, yet `status` is existing: counted as existing"


def expanded(post_id: str) -> list[str]:
    """Give the ids of a range such as `MOD-2021-1..4`; any other id is itself."""
    match = _RANGE.fullmatch(post_id) if ".." in post_id else None
    if match is None:
        return [post_id]
    prefix, first, last = match[1], int(match[2]), int(match[3])
    return [f"{prefix}{i}" for i in range(first, last + 1)] if last - first < _LARGEST_RANGE else []


def _precision(row: Row) -> str:
    return choice_words("location_precision").get(word_key(row.get("location_precision", "")), "")


def _may_be_unlocated(row: Row) -> bool:
    """Whether a row says that its place is not known, or names it in words."""
    return _precision(row) == "unlocated" or any(
        row.get(column, "").strip() for column in ("address", "landmark", "location_text")
    )
