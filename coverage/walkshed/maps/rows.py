"""A study's tables as the data of the planner's page: rounded for transport, and packed.

Nothing is computed here.  Columns are rounded (residents to 4 decimals, shares to 6) and written as
lists; texts stay as they are, for the page shows them as text.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from ..candidates import why
from ..errors import TableError, one_message
from ..language import LANGUAGES, format_date, translate_count
from .ground import degrees, pack_geometry, pack_integers
from .travelling import rounded_residents

Words = str | Mapping[str, str]
CATCHMENT_M = 1.0
"""Tolerance to which borders of catchments are drawn."""
_POST_COLUMNS = (
    *("kind", "status", "number", "location_precision", "origin", "source_url"),
    *("opening_hours", "address", "landmark"),
)
_CURVE_COLUMNS = (
    *("residents_within", "gain", "bound", "gap", "status"),
    *("site_ids", "residents_added"),
)
DOOR_STATES = ("", "too_far", "behind_barrier", "no_way")


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


def source_row(source: Mapping[str, Any]) -> dict[str, Any]:
    """Name, date and licence of a source, in each language."""
    return {
        "name": each_language(source.get("name") or ""),
        "date": dates_in_words(source.get("date")),
        "licence": each_language(source.get("licence") or ""),
    }


def _number(value: float, decimals: int) -> float | str | None:
    """Round for transport: infinity is said in words, what is not a number is left out."""
    if math.isnan(value):
        return None
    if math.isinf(value):
        return "inf"
    rounded = round(float(value), decimals)
    return int(rounded) if rounded.is_integer() else rounded


def plain(value: Any) -> Any:
    """Make numbers of any library, and infinities, fit for JSON; nothing is rounded."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return _number(value, 12)
    return value


def _records(table: pd.DataFrame | None, columns: Iterable[str]) -> list[dict[str, Any]]:
    if table is None:
        return []
    kept = table[[column for column in columns if column in table]]
    return [plain(row) for row in kept.to_dict("records")]


def curve_rows(curve: pd.DataFrame | None) -> list[dict[str, Any]]:
    """Rows of the curve, each with its number of posts, in figures and in words."""
    if curve is None:
        return []
    counts = [int(count) for count in curve.index]
    rows = zip(counts, _records(curve, _CURVE_COLUMNS), strict=True)
    return [row | {"posts": count, "words": posts_in_words(count)} for count, row in rows]


def posts_in_words(count: int) -> dict[str, str]:
    """Say how many new posts, in each language."""
    return {
        code: translate_count("{count} new post", "{count} new posts", count, code)
        for code in LANGUAGES
    }


def _metrics(bands: Sequence[str]) -> dict[str, int]:
    """Name the columns an area is told about by, and the decimals they travel with."""
    columns = {"median_min": 4, "p90_min": 4, "max_min": 4, "residents_not_reached": 4}
    for band in bands:
        columns |= {f"residents_within_{band}": 4, f"share_within_{band}": 6}
    return {"residents": 4} | columns | {f"{name}_after": n for name, n in columns.items()}


def check_columns(bands: Sequence[str], **tables: gpd.GeoDataFrame | None) -> None:
    """Refuse areas that lack what the page shows; all columns are named at once."""
    wanted = [name for name in _metrics(bands) if not name.endswith("_after")]
    problems = [
        f"`{name}` lacks the column `{column}`"
        for name, table in tables.items()
        if table is not None
        for column in wanted
        if column not in table
    ]
    if problems:
        raise TableError(one_message("study_map", problems))


def populated(areas: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame | None:
    """Keep neighbourhoods where somebody lives, in degrees."""
    if areas is None or not len(areas):
        return None
    return degrees(areas[areas["residents"] > 0], "neighbourhoods")


def area_rows(
    areas: gpd.GeoDataFrame | None,
    bands: Sequence[str],
    origin: tuple[float, float],
    *,
    more: Mapping[str, int] = MappingProxyType({}),
) -> dict[str, Any] | None:
    """Write areas: ids, names, columns now and after, and their shapes.

    `more` names further columns, and the decimals they travel with.
    """
    if areas is None or not len(areas):
        return None
    columns = {
        name: [_number(value, decimals) for value in areas[name].astype(float)]
        for name, decimals in {**_metrics(bands), **more}.items()
        if name in areas
    }
    return {
        "ids": [str(index) for index in areas.index],
        "names": [str(name) for name in areas["name"]] if "name" in areas else None,
        "columns": columns,
        "shape": pack_geometry(areas.geometry, origin=origin),
    }


def _point(geometry: Any) -> list[float]:
    return [round(geometry.y, 6), round(geometry.x, 6)]


def _text(row: Mapping[str, Any], column: str) -> str:
    value = row.get(column, "")
    return "" if value is None or pd.isna(value) else str(value)


def post_rows(posts: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """Write posts: where, what kind, how sure the place is, hours, and the source."""
    return [
        {
            "id": str(index),
            "at": _point(row["geometry"]),
            "names": {code: _text(row, f"name_{code}") for code in LANGUAGES},
            "date": dates_in_words(_text(row, "source_date")),
            "radius": _number(float(row.get("precision_m") or 0), 1) or 0,
            "inspectors": _number(float(row.get("inspectors", math.nan)), 2),
            **{column: _text(row, column) for column in _POST_COLUMNS},
        }
        for index, row in zip(posts.index, posts.to_dict("records"), strict=True)
    ]


def proposed_rows(proposed: gpd.GeoDataFrame | None) -> list[dict[str, Any]]:
    """Write the sites of the plan in building order, with what each adds."""
    if proposed is None or not len(proposed):
        return []
    table = degrees(proposed, "proposed")
    return [
        {
            "rank": int(rank),
            "at": _point(row["geometry"]),
            "near": _text(row, "near"),
            "why": {code: why(row, code) for code in LANGUAGES} if "kind" in row else {},
            "owner": _text(row, "owner"),
            "cost": _number(float(row.get("cost", math.nan)), 2),
            "site": _text(row, "site_id"),
            "added": _number(float(row["residents_added"]), 4),
            "within": _number(float(row["residents_within"]), 4),
            "share": _number(float(row["share_within"]), 6),
        }
        for rank, row in zip(table.index, table.to_dict("records"), strict=True)
    ]


def site_rows(sites: gpd.GeoDataFrame | None) -> dict[str, dict[str, Any]]:
    """Say where each site of any plan is, and why there."""
    if sites is None or not len(sites):
        return {}
    table = degrees(sites, "sites")
    return {
        str(site): {
            "at": _point(row["geometry"]),
            "near": _text(row, "near"),
            "why": {code: why(row, code) for code in LANGUAGES} if "kind" in row else {},
            "owner": _text(row, "owner"),
            "cost": _number(float(row.get("cost", math.nan)), 2),
        }
        for site, row in zip(table.index, table.to_dict("records"), strict=True)
    }


def service_area_rows(
    areas: gpd.GeoDataFrame | None, origin: tuple[float, float]
) -> dict[str, Any] | None:
    """Pack the widest areas first, so that the narrower ones are drawn above them."""
    if areas is None or not len(areas):
        return None
    limited = "metres" if "metres" in areas else "minutes"
    table = degrees(areas, "service_areas").sort_values(limited, ascending=False, kind="stable")
    return {
        "limits": [_number(float(limit), 4) for limit in table[limited]],
        "scenario": [str(scenario) for scenario in table["scenario"]],
        "shape": pack_geometry(table.geometry.simplify(0.3 / 111_000), origin=origin),
    }


def catchment_rows(
    areas: gpd.GeoDataFrame | None, origin: tuple[float, float]
) -> dict[str, Any] | None:
    """Write the ground nearest to each post, and who lives there."""
    if areas is None or not len(areas):
        return None
    table = degrees(areas[areas.geometry.notna()], "catchments")
    return {
        "posts": [str(post) for post in table["post_id"]],
        "scenario": [str(scenario) for scenario in table["scenario"]],
        "residents": [_number(float(residents), 4) for residents in table["residents"]],
        "shape": pack_geometry(table.geometry.simplify(CATCHMENT_M / 111_000), origin=origin),
    }


def door_columns(
    doors: gpd.GeoDataFrame | None,
    bands: Sequence[str],
    posts: Iterable[object],
    proposed: Sequence[Mapping[str, Any]],
    zones: gpd.GeoDataFrame | None,
    cells: gpd.GeoDataFrame,
    origin: tuple[float, float],
) -> dict[str, Any] | None:
    """Pack doors: parts of residents, hundredths of minutes, metres, and posts by their place.

    A zone is told by its place among the neighbourhoods, -1 outside all of them.

    A band is told by its place among the bands, the ground beyond them by the next number, and a
    door that reaches no post by the one after. A post is told by its place in the list (0, 1, ..),
    a proposed one by -1 - rank, none by -1.
    """
    if doors is None or not len(doors):
        return None
    table, zone = doors, _zone_of(doors, "neighbourhood_id", zones)
    cell = _zone_of(doors, "hexagon_id", cells)
    places = {str(post): place for place, post in enumerate(posts)}
    places |= {site["site"]: -1 - site["rank"] for site in proposed}
    packed = {
        "shape": pack_geometry(table.geometry, origin=origin),
        "residents": pack_integers(rounded_residents(table["residents"], zone)),
        "zone": pack_integers(zone),
        "cell": pack_integers(np.diff(cell, prepend=0)),
    }
    for name in ("nearest_min", "nearest_min_after"):
        if name in table:
            minutes = table[name].to_numpy(float)
            reached = np.isfinite(minutes)
            packed[name] = pack_integers(np.where(reached, np.rint(minutes * 100), -1))
    for suffix in ("", "_after"):
        if f"band{suffix}" in table:
            number = table[f"band{suffix}"].map({band: i for i, band in enumerate(bands)})
            beyond = len(bands) + np.isinf(table[f"nearest_min{suffix}"])
            packed[f"band{suffix}"] = pack_integers(number.fillna(beyond).astype(int))
    for name in ("nearest_m", "nearest_m_after", "limit_m"):
        if name in table:
            packed[name] = pack_integers(table[name].replace(math.inf, -1).round().astype(int))
    for name in ("nearest_post", "nearest_post_after"):
        if name in table:
            packed[name] = pack_integers(table[name].map(places).fillna(-1).astype(int))
    if "not_reached_reason" in table:
        reason = table["not_reached_reason"].astype(str)
        numbers = {name: number for number, name in enumerate(DOOR_STATES)}
        packed["reason"] = pack_integers(reason.map(numbers).fillna(0).astype(int))
    return packed


def _zone_of(
    doors: gpd.GeoDataFrame, column: str, zones: gpd.GeoDataFrame | None
) -> npt.NDArray[np.int64]:
    """Place of each door's zone among those that are drawn, -1 outside all of them."""
    if zones is None or column not in doors:
        return np.full(len(doors), -1, dtype=np.int64)
    place = {zone: number for number, zone in enumerate(zones.index)}
    return np.asarray(doors[column].map(place).fillna(-1), dtype=np.int64)


def place_rows(places: gpd.GeoDataFrame | None) -> list[list[Any]]:
    """Write places as latitude, longitude, rank and name, the most important first."""
    if places is None or not len(places):
        return []
    table = degrees(places, "places").sort_values("rank", kind="stable")
    return [
        [*_point(point), int(rank), str(name)]
        for point, rank, name in zip(table.geometry, table["rank"], table["name"], strict=True)
    ]
