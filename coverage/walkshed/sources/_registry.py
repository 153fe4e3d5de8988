"""The rows of a registry of posts: what is wrong with them, and the posts they stand for.

Problems are found row by row and never raised here, so that a file tells all of them at once.
"""

import logging
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pyproj import Geod
from shapely import Point

from ..schemas import KINDS, PRECISION_RADIUS_M, STATUSES
from ._sheets import Problem, Row, Sheet

logger = logging.getLogger(__name__)

Extent = tuple[float, float, float, float]

FAR_OUTSIDE_KM = 50.0
"""A post further than this outside the extent of the study is taken for a slip of the keys.

Sarykemer and Asa, whose posts a registry of Taraz may well hold, lie 17 and 24 km from its
centre.
"""

DEFAULT_KIND = "precinct_point"
DEFAULT_STATUS = "existing"
DEFAULT_PRECISION = "exact"

_LARGEST_RANGE = 1000
NAMES = ("number", "name_ru", "name_kk", "name_en")
PROVENANCE = ("source_url", "source_date")
REMARKS = ("settlement", "location_text", "description_precision", "opened", "notes")
_FILE_COLUMNS = (
    *("id", "count", "kind", "status", *NAMES, "lat", "lon", "location_precision"),
    *(*PROVENANCE, *REMARKS),
)


def column_problems(sheet: Sheet) -> Iterator[Problem]:
    """Look for what is wrong with the columns as a whole."""
    if "id" not in sheet.columns:
        yield Problem(f"no column `id`; it must hold a name of its own for every post ({sheet})")
    absent = [column for column in ("lat", "lon") if column not in sheet.columns]
    if absent and not all(_is_unlocated(row) for _, row in sheet.rows):
        yield Problem(
            f"no column {' and no column '.join(f'`{column}`' for column in absent)}; add the "
            "coordinates in degrees, or set `location_precision` to `unlocated` in rows that "
            f"have none ({sheet})"
        )
    for column, meant in sheet.misspelt(_FILE_COLUMNS):
        yield Problem(f"no use for the column `{column}`; if it is `{meant}`, rename it")
    ignored = sorted(set(sheet.columns) - set(_FILE_COLUMNS))
    if ignored:
        logger.info("%s: columns without use: %s", sheet.path, ", ".join(ignored))


def row_problems(row: Row, extent: Extent | None) -> Iterator[str]:
    """Look for what is wrong with one row."""
    if "id" in row and not row["id"].strip():
        yield "`id` is empty; give the post a name of its own"
    for column, allowed in {
        "kind": KINDS,
        "status": STATUSES,
        "location_precision": tuple(PRECISION_RADIUS_M),
    }.items():
        if _word(row, column) not in ("", *allowed):
            yield f"`{column}` is `{row[column]}`; wanted one of {', '.join(allowed)}"
    yield from _range_problems(row)
    if "lat" in row and "lon" in row:
        yield from _coordinate_problems(row, extent)


def repeated_ids(posts: Iterable[Mapping[str, Any]]) -> Iterator[Problem]:
    """Look for ids that more than one row gives, ranges included."""
    rows_by_id: dict[str, list[int]] = {}
    for post in posts:
        rows_by_id.setdefault(post["post_id"], []).append(post["row"])
    for post_id, rows in rows_by_id.items():
        if post_id and len(rows) > 1:
            yield from (
                Problem(f"the id `{post_id}` more than once; give each its own", row)
                for row in rows
            )


def posts_of(row: Row) -> Iterator[dict[str, Any]]:
    """Give one post, or one for each id of a range; problems are told elsewhere."""
    lat, lon = _degrees(row.get("lat", "").strip()), _degrees(row.get("lon", "").strip())
    precision = _word(row, "location_precision") or DEFAULT_PRECISION
    texts = {name: row.get(name, "") for name in (*NAMES, *PROVENANCE, *REMARKS)}
    for post_id in _expanded(row.get("id", "").strip()):
        yield texts | {
            "post_id": post_id,
            "kind": _word(row, "kind") or DEFAULT_KIND,
            "status": _word(row, "status") or DEFAULT_STATUS,
            "location_precision": precision,
            "origin": "registry",
            "geometry": None if lat is None or lon is None else Point(lon, lat),
        }


def _range_problems(row: Row) -> Iterator[str]:
    ids, count = _expanded(row.get("id", "").strip()), row.get("count", "").strip()
    if not ids:
        yield f"the range of `id` must grow, and to {_LARGEST_RANGE} posts at most"
    elif count and count != str(len(ids)):
        yield (
            f"`count` is {count}, but `id` names {len(ids)}; write a range such as `MOD-1..4` for "
            "4 posts"
        )
    if len(ids) > 1 and (row.get("lat", "").strip() or row.get("lon", "").strip()):
        yield "several posts cannot share one pair of coordinates; give each a row of its own"


def _coordinate_problems(row: Row, extent: Extent | None) -> Iterator[str]:
    texts = {column: row[column].strip() for column in ("lat", "lon")}
    if not any(texts.values()):
        if not _is_unlocated(row):
            yield "`lat` and `lon` are empty; fill in, or set `location_precision` to `unlocated`"
        return
    if _is_unlocated(row):
        yield "`unlocated`, yet with coordinates; say in `location_precision` what they are worth"
    numbers = {column: _degrees(text) for column, text in texts.items()}
    for column, number in numbers.items():
        if number is None:
            yield f"`{column}` is `{texts[column]}`; wanted degrees, such as 42.898 or 42,898"
    lat, lon = numbers["lat"], numbers["lon"]
    if lat is not None and lon is not None:
        yield from _place_problems(lat, lon, extent)


def _place_problems(lat: float, lon: float, extent: Extent | None) -> Iterator[str]:
    if not _on_earth(lat, lon):
        if _on_earth(lon, lat):
            yield f"`lat` {lat:g} is beyond 90: `lat` and `lon` look swapped; exchange them"
        else:
            yield f"no place has `lat` {lat:g} and `lon` {lon:g}; give degrees (EPSG:4326)"
    elif extent is not None and (km := outside_km(lat, lon, extent)) > 0:
        if _on_earth(lon, lat) and outside_km(lon, lat, extent) == 0:
            yield (
                "`lat` and `lon` look swapped (the other way the place is in the study area); "
                "exchange them"
            )
        elif km > FAR_OUTSIDE_KM:
            yield (
                f"{km:.0f} km outside the study area; check the coordinates, or leave the post out"
            )


def _on_earth(lat: float, lon: float) -> bool:
    return abs(lat) <= 90 and abs(lon) <= 180


def outside_km(lat: float, lon: float, extent: Extent) -> float:
    """Kilometres from a place to an extent; 0 inside."""
    west, south, east, north = extent
    nearest_lon, nearest_lat = min(max(lon, west), east), min(max(lat, south), north)
    *_, distance_m = Geod(ellps="WGS84").inv(lon, lat, nearest_lon, nearest_lat)
    return float(distance_m) / 1000


def _expanded(post_id: str) -> list[str]:
    """Give the ids of a range such as `MOD-2021-1..4`; any other id is itself."""
    match = re.fullmatch(r"(.*?)([0-9]{1,9})\.\.([0-9]{1,9})", post_id, flags=re.DOTALL)
    if match is None:
        return [post_id]
    prefix, first, last = match[1], int(match[2]), int(match[3])
    return [f"{prefix}{i}" for i in range(first, last + 1)] if last - first < _LARGEST_RANGE else []


def _degrees(text: str) -> float | None:
    if re.fullmatch(r"[+-]?[0-9]+([.,][0-9]+)?([eE][+-]?[0-9]{1,2})?", text) is None:
        return None
    return float(text.replace(",", "."))


def _word(row: Row, column: str) -> str:
    return row.get(column, "").strip().casefold()


def _is_unlocated(row: Row) -> bool:
    return _word(row, "location_precision") == "unlocated"
