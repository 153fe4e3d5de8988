"""A study's tables as rows and columns of the planner's page, rounded for transport and packed.

Nothing is computed here: residents travel with 4 decimals, shares with 6.
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
from ..language import LANGUAGES
from .ground import degrees, pack_geometry, pack_integers
from .rounding import rounded_residents
from .values import (
    dates_in_words,
    latitude_longitude,
    plain,
    posts_in_words,
    rounded,
    text_of,
)

CATCHMENT_M = 1.0
"""Tolerance to which borders of catchments are drawn."""

DOOR_STATES = ("", "too_far", "behind_barrier", "no_way")
"""Why a door reaches no post, in the order of their numbers."""

_POST_COLUMNS = (
    *("kind", "status", "number", "location_precision", "origin", "source_url"),
    *("opening_hours", "address", "landmark"),
)
_CURVE_COLUMNS = (
    *("residents_within", "gain", "bound", "gap", "status"),
    *("site_ids", "residents_added"),
)


# ---- areas: hexagons, neighbourhoods, service areas, catchments


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


def _metrics(bands: Sequence[str]) -> dict[str, int]:
    """Name the columns an area is told about by, and the decimals they travel with."""
    columns = {"median_min": 4, "p90_min": 4, "max_min": 4, "residents_not_reached": 4}
    for band in bands:
        columns |= {f"residents_within_{band}": 4, f"share_within_{band}": 6}
    return {"residents": 4} | columns | {f"{name}_after": n for name, n in columns.items()}


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
        name: [rounded(value, decimals) for value in areas[name].astype(float)]
        for name, decimals in {**_metrics(bands), **more}.items()
        if name in areas
    }
    return {
        "ids": [str(index) for index in areas.index],
        "names": [str(name) for name in areas["name"]] if "name" in areas else None,
        "columns": columns,
        "shape": pack_geometry(areas.geometry, origin=origin),
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
        "limits": [rounded(float(limit), 4) for limit in table[limited]],
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
        "residents": [rounded(float(residents), 4) for residents in table["residents"]],
        "shape": pack_geometry(table.geometry.simplify(CATCHMENT_M / 111_000), origin=origin),
    }


# ---- posts, the plan and its curve


def post_rows(posts: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """Write posts: where, what kind, how sure the place is, hours, and the source."""
    return [
        {
            "id": str(index),
            "at": latitude_longitude(row["geometry"]),
            "names": {code: text_of(row, f"name_{code}") for code in LANGUAGES},
            "date": dates_in_words(text_of(row, "source_date")),
            "radius": rounded(float(row.get("precision_m") or 0), 1) or 0,
            "inspectors": rounded(float(row.get("inspectors", math.nan)), 2),
            **{column: text_of(row, column) for column in _POST_COLUMNS},
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
            "site": text_of(row, "site_id"),
            **_site(row),
            "added": rounded(float(row["residents_added"]), 4),
            "within": rounded(float(row["residents_within"]), 4),
            "share": rounded(float(row["share_within"]), 6),
        }
        for rank, row in zip(table.index, table.to_dict("records"), strict=True)
    ]


def site_rows(sites: gpd.GeoDataFrame | None) -> dict[str, dict[str, Any]]:
    """Say where each site of any plan is, and why there."""
    if sites is None or not len(sites):
        return {}
    table = degrees(sites, "sites")
    rows = zip(table.index, table.to_dict("records"), strict=True)
    return {str(site): _site(row) for site, row in rows}


def _site(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "at": latitude_longitude(row["geometry"]),
        "near": text_of(row, "near"),
        "why": {code: why(row, code) for code in LANGUAGES} if "kind" in row else {},
        "owner": text_of(row, "owner"),
        "cost": rounded(float(row.get("cost", math.nan)), 2),
    }


def curve_rows(curve: pd.DataFrame | None) -> list[dict[str, Any]]:
    """Rows of the curve, each with its number of posts, in figures and in words."""
    if curve is None:
        return []
    counts = [int(count) for count in curve.index]
    rows = curve[[column for column in _CURVE_COLUMNS if column in curve]].to_dict("records")
    return [
        plain(row) | {"posts": count, "words": posts_in_words(count)}
        for count, row in zip(counts, rows, strict=True)
    ]


# ---- doors, and names of places


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
    zone = _zone_of(doors, "neighbourhood_id", zones)
    cell = _zone_of(doors, "hexagon_id", cells)
    places = {str(post): place for place, post in enumerate(posts)}
    places |= {site["site"]: -1 - site["rank"] for site in proposed}
    packed = {
        "shape": pack_geometry(doors.geometry, origin=origin),
        "residents": pack_integers(rounded_residents(doors["residents"], zone)),
        "zone": pack_integers(zone),
        "cell": pack_integers(np.diff(cell, prepend=0)),
    }
    for suffix in ("", "_after"):
        packed |= _walk_columns(doors, suffix, bands, places)
    if "limit_m" in doors:
        packed["limit_m"] = pack_integers(doors["limit_m"].round().astype(int))
    if "not_reached_reason" in doors:
        reason = doors["not_reached_reason"].astype(str)
        numbers = {name: number for number, name in enumerate(DOOR_STATES)}
        packed["reason"] = pack_integers(reason.map(numbers).fillna(0).astype(int))
    return packed


def _walk_columns(
    doors: gpd.GeoDataFrame, suffix: str, bands: Sequence[str], places: Mapping[str, int]
) -> dict[str, str]:
    """Pack the walk from each door to its nearest post, today ("") or with the plan ("_after")."""
    packed = {}
    minutes, metres = f"nearest_min{suffix}", f"nearest_m{suffix}"
    band, post = f"band{suffix}", f"nearest_post{suffix}"
    if minutes in doors:
        walked = doors[minutes].to_numpy(float)
        packed[minutes] = pack_integers(np.where(np.isfinite(walked), np.rint(walked * 100), -1))
    if band in doors:
        number = doors[band].map({label: i for i, label in enumerate(bands)})
        beyond = len(bands) + np.isinf(doors[minutes])
        packed[band] = pack_integers(number.fillna(beyond).astype(int))
    if metres in doors:
        packed[metres] = pack_integers(doors[metres].replace(math.inf, -1).round().astype(int))
    if post in doors:
        packed[post] = pack_integers(doors[post].map(places).fillna(-1).astype(int))
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
        [*latitude_longitude(point), int(rank), str(name)]
        for point, rank, name in zip(table.geometry, table["rank"], table["name"], strict=True)
    ]
