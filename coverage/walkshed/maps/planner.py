"""The planner's page: a study's tables become the data that the page's script draws.

Nothing is computed here.  Columns are rounded for transport (residents to 4 decimals, shares
to 6) and written as lists; the page chooses what to show and in which of the languages.
All text goes into one JSON island and is shown by the script as text (see `offline`).
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from ..candidates import why
from ..errors import TableError, one_message
from ..language import LANGUAGES, format_date, translate, translate_count
from .finding import pack_finding
from .ground import along_curve, degrees, origin_of, pack_geometry, pack_ground, pack_integers
from .travelling import PageWalk, rounded_residents, what_if

if TYPE_CHECKING:
    from .offline import OfflineMap

Words = str | Mapping[str, str]

SCRIPTS = (
    "words.js",
    "ground.js",
    "engine.js",
    "way.js",
    "search.js",
    "whatif.js",
    "proposing.js",
    "scenario_file.js",
    "streets.js",
    "meeting.js",
    "symbols.js",
    "plans.js",
    "minutes.js",
    "layers.js",
    "panel.js",
    "curves.js",
    "swipe.js",
    "workload.js",
    "trying.js",
    "view.js",
    "measure.js",
    "picture.js",
    "paper.js",
    "answering.js",
    "asking.js",
    "trying_panel.js",
    "trying_map.js",
    "planner.js",
)
STYLES = ("planner.css", "view.css", "paper.css")
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


def study_map(
    *,
    title: Words,
    language: str = "ru",
    schematic: bool,
    posts: gpd.GeoDataFrame,
    proposed: gpd.GeoDataFrame | None,
    hexagons: gpd.GeoDataFrame,
    neighbourhoods: gpd.GeoDataFrame | None,
    service_areas: gpd.GeoDataFrame | None,
    catchments: gpd.GeoDataFrame | None = None,
    doors: gpd.GeoDataFrame | None,
    curve: pd.DataFrame | None,
    sites: gpd.GeoDataFrame | None = None,
    summary: Mapping[str, Any],
    ground: Mapping[str, gpd.GeoDataFrame],
    sources: Sequence[Mapping[str, Any]],
    standard: Words,
    posts_known: int,
    posts_located: int,
    data_date: str,
    walk: PageWalk | None = None,
    addresses: gpd.GeoDataFrame | None = None,
    other_names: Mapping[str, tuple[str, ...]] | None = None,
    online: bool = False,
) -> "OfflineMap":
    """Draw a study as a map in one file that opens with no network.

    Tables are the study's own, in any CRS; `None` stands for a table there is not.  The page
    is shown in Russian, Kazakh or English, and its reader may switch.

    Parameters
    ----------
    title, standard
        One text, or one for each language; `standard` names the norm and the walking speed.
    language
        The language the page opens in.
    schematic
        Whether the city is made up.  The page then says so wherever it is looked at.
    posts
        One row for each known post; those without a geometry are counted, not drawn.
    proposed
        New posts in the order they should be built.
    hexagons, neighbourhoods
        Areas with residents and what share of them reaches a post, now and `_after`.
        Hexagons where nobody lives are not drawn.
    service_areas
        Polygons by `minutes` or `metres`, and `scenario` (`existing`, `after`).
    catchments
        Polygons by `post_id` and `scenario`, with `residents`; rows without geometry are not
        drawn.
    doors
        Where people live, with the nearest post and the `band` each is in; drawn when the map is
        near enough.
    curve
        Residents reached by each number of new posts; `site_ids` of each, to be shown on the map.
    sites
        Sites that `curve` and the stages of `summary` name: index `site_id`, with `edge`,
        `offset_m` and `access_m`. Without them only the proposed posts can be shown.
    summary
        The study's headline numbers, as in its `summary.json`; its `standard` names the bands.
    ground
        What `ground.pack_ground` takes, and `places` (points with `name` and `rank`; the
        lowest rank is named first).
    sources
        `name`, `date` and `licence` of each source of data.
    posts_known, posts_located
        How many posts are known, and how many of these have a place on the map.
    data_date
        Date of the data, as in `2023-01-31`.
    walk
        The study's walk; with it the page can be asked «what if», and draws the network's streets
        in place of those of `ground`. Doors, posts and proposed posts need `edge`, `offset_m` and
        `access_m` then.
    addresses, other_names
        Addresses of houses, and what else streets and places are called, for the page's search;
        see `sources.addresses`.
    online
        Allow Folium layers to be added that need the network, such as tiles (see `OfflineMap`).

    Returns
    -------
    OfflineMap
        A Folium map; `to_html()` writes the page.

    Raises
    ------
    TableError
        When a table lacks columns that the page shows; all of them are named at once.
    """
    from .offline import LiteralElement, OfflineMap, PagePart, json_island

    bands = [str(band["label"]) for band in summary["standard"]["bands"]]
    _check_columns(bands, hexagons=hexagons, neighbourhoods=neighbourhoods)
    areas = degrees(hexagons[hexagons["residents"] > 0], "hexagons")
    located = degrees(posts, "posts")
    extent = areas if len(areas) else located
    west, south, east, north = (float(value) for value in extent.total_bounds)
    origin = origin_of(extent.total_bounds)
    plan = summary.get("plan") or {}
    built = _proposed(proposed)
    zones = _populated(neighbourhoods)
    houses = None if doors is None else along_curve(degrees(doors, "doors"))
    walks = None
    if walk is not None and houses is not None and len(houses):
        walks = what_if(
            walk, doors=houses, posts=located, proposed=proposed, sites=sites, origin=origin
        )
        ground = {name: table for name, table in ground.items() if name != "streets"}
    data = {
        "language": language,
        "languages": LANGUAGES,
        "words": _page_words(),
        "title": _each_language(title),
        "standard": _each_language(standard),
        "date": _dates(data_date),
        "schematic": bool(schematic),
        "known": int(posts_known),
        "located": int(posts_located),
        "summary": _plain(summary),
        "newPosts": _posts_in_words(int(plan.get("new_posts") or 0)),
        "sources": [_source(source) for source in sources],
        "bounds": [[south, west], [north, east]],
        "origin": origin,
        "posts": _posts(located),
        "proposed": built,
        "sites": _sites(sites),
        "hexagons": _areas(areas, bands, origin),
        "neighbourhoods": _areas(zones, bands, origin),
        "serviceAreas": _service_areas(service_areas, origin),
        "catchments": _catchments(catchments, origin),
        "doors": _doors(houses, bands, located.index, built, zones, areas, origin),
        "walk": walks,
        "curve": _curve(curve),
        "ground": pack_ground(ground, origin=origin),
        "places": _places(ground.get("places")),
        "find": pack_finding(
            addresses=addresses,
            other_names=other_names or {},
            doors=pd.Index([]) if houses is None else houses.index,
            origin=origin,
        ),
    }
    middle = ((south + north) / 2, (west + east) / 2)
    page = OfflineMap(
        title=_each_language(title)[language],
        language=language,
        online=online,
        location=middle,
        zoom_start=12,
        zoom_control=False,
        attribution_control=False,  # Leaflet's writes HTML; the page has its own
    )
    script = f"(() => {{\n'use strict';\n{_script()}\nstart({page.get_name()});\n}})();"
    page.add_child(
        PagePart(
            head=LiteralElement(f"<style>{_page_style()}</style>"),
            body=json_island(data, "walkshed-data"),
            script=LiteralElement(script),
        ),
        name="planner",
    )
    return page


def _page_file(name: str) -> str:
    return (resources.files(__package__) / "page" / name).read_text("utf-8")


@lru_cache(maxsize=1)
def _page_style() -> str:
    return "\n".join(_page_file(name) for name in STYLES)


@lru_cache(maxsize=1)
def _script() -> str:
    return "\n".join(_page_file(name) for name in SCRIPTS)


@lru_cache(maxsize=1)
def _page_words() -> dict[str, dict[str, str]]:
    """Translate every message that the page's scripts name; English needs no table."""
    from babel.messages.extract import extract

    found: set[str] = set()
    for name in SCRIPTS:
        with (resources.files(__package__) / "page" / name).open("rb") as script:
            found |= {str(message) for _, message, *_ in extract("javascript", script, {"t": None})}
    return {
        language: {message: translate(message, language) for message in sorted(found)}
        for language in LANGUAGES
        if language != "en"
    }


def _each_language(words: Words) -> dict[str, str]:
    if isinstance(words, str):
        return dict.fromkeys(LANGUAGES, words)
    first = next(iter(words.values()), "")
    return {language: str(words.get(language) or first) for language in LANGUAGES}


def _dates(iso: Any) -> dict[str, str]:
    text = "" if iso is None or pd.isna(iso) else str(iso)
    return {language: format_date(text, language) for language in LANGUAGES}


def _source(source: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": _each_language(source.get("name") or ""),
        "date": _dates(source.get("date")),
        "licence": _each_language(source.get("licence") or ""),
    }


def _number(value: float, decimals: int) -> float | str | None:
    """Round for transport: infinity is said in words, what is not a number is left out."""
    if math.isnan(value):
        return None
    if math.isinf(value):
        return "inf"
    rounded = round(float(value), decimals)
    return int(rounded) if rounded.is_integer() else rounded


def _plain(value: Any) -> Any:
    """Make numbers of any library, and infinities, fit for JSON; nothing is rounded."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return _number(value, 12)
    return value


def _records(table: pd.DataFrame | None, columns: Iterable[str]) -> list[dict[str, Any]]:
    if table is None:
        return []
    kept = table[[column for column in columns if column in table]]
    return [_plain(row) for row in kept.to_dict("records")]


def _curve(curve: pd.DataFrame | None) -> list[dict[str, Any]]:
    """Rows of the curve, each with its number of posts, in figures and in words."""
    if curve is None:
        return []
    counts = [int(count) for count in curve.index]
    rows = zip(counts, _records(curve, _CURVE_COLUMNS), strict=True)
    return [row | {"posts": count, "words": _posts_in_words(count)} for count, row in rows]


def _posts_in_words(count: int) -> dict[str, str]:
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


def _check_columns(bands: Sequence[str], **tables: gpd.GeoDataFrame | None) -> None:
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


def _populated(areas: gpd.GeoDataFrame | None) -> gpd.GeoDataFrame | None:
    if areas is None or not len(areas):
        return None
    return degrees(areas[areas["residents"] > 0], "neighbourhoods")


def _areas(
    areas: gpd.GeoDataFrame | None, bands: Sequence[str], origin: tuple[float, float]
) -> dict[str, Any] | None:
    if areas is None or not len(areas):
        return None
    columns = {
        name: [_number(value, decimals) for value in areas[name].astype(float)]
        for name, decimals in _metrics(bands).items()
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


def _posts(posts: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    return [
        {
            "id": str(index),
            "at": _point(row["geometry"]),
            "names": {code: _text(row, f"name_{code}") for code in LANGUAGES},
            "date": _dates(_text(row, "source_date")),
            "radius": _number(float(row.get("precision_m") or 0), 1) or 0,
            "inspectors": _number(float(row.get("inspectors", math.nan)), 2),
            **{column: _text(row, column) for column in _POST_COLUMNS},
        }
        for index, row in zip(posts.index, posts.to_dict("records"), strict=True)
    ]


def _proposed(proposed: gpd.GeoDataFrame | None) -> list[dict[str, Any]]:
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


def _sites(sites: gpd.GeoDataFrame | None) -> dict[str, dict[str, Any]]:
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


def _service_areas(
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


def _catchments(
    areas: gpd.GeoDataFrame | None, origin: tuple[float, float]
) -> dict[str, Any] | None:
    if areas is None or not len(areas):
        return None
    table = degrees(areas[areas.geometry.notna()], "catchments")
    return {
        "posts": [str(post) for post in table["post_id"]],
        "scenario": [str(scenario) for scenario in table["scenario"]],
        "residents": [_number(float(residents), 4) for residents in table["residents"]],
        "shape": pack_geometry(table.geometry.simplify(CATCHMENT_M / 111_000), origin=origin),
    }


def _doors(
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


def _places(places: gpd.GeoDataFrame | None) -> list[list[Any]]:
    if places is None or not len(places):
        return []
    table = degrees(places, "places").sort_values("rank", kind="stable")
    return [
        [*_point(point), int(rank), str(name)]
        for point, rank, name in zip(table.geometry, table["rank"], table["name"], strict=True)
    ]
