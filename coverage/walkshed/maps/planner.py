"""The planner's page: a study's tables become the data that the page's script draws.

Nothing is computed here.  Columns are rounded for transport (residents to 4 decimals, shares
to 6) and written as lists; the page chooses what to show and in which of the languages.
All text goes into one JSON island and is shown by the script as text (see `offline`).
"""

from collections.abc import Mapping
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from ..language import LANGUAGES, translate
from .about import AboutMap
from .backdrop import Backdrop
from .ground import along_curve, degrees
from .rows import (
    area_rows,
    catchment_rows,
    check_columns,
    curve_rows,
    door_columns,
    populated,
    post_rows,
    proposed_rows,
    service_area_rows,
    site_rows,
)
from .travelling import PageWalk, what_if
from .values import plain, posts_in_words

if TYPE_CHECKING:
    from .offline import OfflineMap


SCRIPTS = (
    "words.js",
    "colours.js",
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
    "walks.js",
    "minutes_ground.js",
    "minutes.js",
    "minutes_layer.js",
    "layers.js",
    "map_words.js",
    "panel.js",
    "curves.js",
    "swipe.js",
    "workload.js",
    "comparing.js",
    "trying.js",
    "view.js",
    "measure.js",
    "picture.js",
    "paper.js",
    "info.js",
    "answering.js",
    "asking.js",
    "trying_panel.js",
    "propose_here.js",
    "trying_map.js",
    "planner.js",
)
STYLES = ("colours.css", "planner.css", "view.css", "paper.css")
DATA_ISLAND = "walkshed-data"
"""Id of the element that holds a page's data; `page/words.js` reads it."""


def study_map(
    *,
    about: AboutMap,
    language: str = "ru",
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
    backdrop: Backdrop,
    walk: PageWalk | None = None,
    online: bool = False,
) -> "OfflineMap":
    """Draw a study as a map in one file that opens with no network.

    Tables are the study's own, in any CRS; `None` stands for a table there is not.  The page
    is shown in Russian, Kazakh or English, and its reader may switch.

    Parameters
    ----------
    about
        Its title, its standard, its sources, how many posts are known.
    language
        The language the page opens in.
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
    backdrop
        What the page holds whatever is planned: what `pack_backdrop` gives for the same tables.
    walk
        The study's walk, as of the backdrop; with it the page can be asked «what if». Doors, posts
        and proposed posts need `edge`, `offset_m` and `access_m` then.
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
    bands = [str(band["label"]) for band in summary["standard"]["bands"]]
    check_columns(bands, hexagons=hexagons, neighbourhoods=neighbourhoods)
    areas = degrees(hexagons[hexagons["residents"] > 0], "hexagons")
    located = degrees(posts, "posts")
    extent = areas if len(areas) else located
    west, south, east, north = (float(value) for value in extent.total_bounds)
    origin = backdrop.origin
    plan = summary.get("plan") or {}
    built = proposed_rows(proposed)
    zones = populated(neighbourhoods)
    houses = None if doors is None else along_curve(degrees(doors, "doors"))
    walks = None
    if walk is not None and backdrop.streets is not None and houses is not None:
        walked = what_if(walk, doors=houses, posts=located, proposed=proposed, sites=sites)
        walks = {"streets": backdrop.streets, **walked}
    data = {
        "language": language,
        "languages": LANGUAGES,
        "words": page_words(),
        **about.rows(),
        "summary": plain(summary),
        "newPosts": posts_in_words(int(plan.get("new_posts") or 0)),
        "bounds": [[south, west], [north, east]],
        "origin": origin,
        "posts": post_rows(located),
        "proposed": built,
        "sites": site_rows(sites),
        "hexagons": area_rows(areas, bands, origin),
        "neighbourhoods": area_rows(zones, bands, origin),
        "serviceAreas": service_area_rows(service_areas, origin),
        "catchments": catchment_rows(catchments, origin),
        "doors": door_columns(houses, bands, located.index, built, zones, areas, origin),
        "walk": walks,
        "curve": curve_rows(curve),
        "ground": backdrop.ground,
        "places": backdrop.places,
        "namesIn": backdrop.names_in,
        "find": backdrop.find,
    }
    return page_map(data, online=online)


def page_map(data: Mapping[str, Any], *, online: bool = False) -> "OfflineMap":
    """Put the data of a page, and the script that draws them, into a map in one file.

    Parameters
    ----------
    data
        What the page's script reads: plain values that JSON knows.
    online
        Allow Folium layers to be added that need the network (see `OfflineMap`).
    """
    from .offline import LiteralElement, OfflineMap, PagePart, json_island

    language, ((south, west), (north, east)) = data["language"], data["bounds"]
    page = OfflineMap(
        title=data["title"][language],
        language=language,
        online=online,
        location=((south + north) / 2, (west + east) / 2),
        zoom_start=12,
        zoom_control=False,
        attribution_control=False,  # Leaflet's writes HTML; the page has its own
    )
    script = f"(() => {{\n'use strict';\n{_script()}\nstart({page.get_name()});\n}})();"
    page.add_child(
        PagePart(
            head=LiteralElement(f"<style>{_page_style()}</style>"),
            body=json_island(data, DATA_ISLAND),
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
def page_words() -> dict[str, dict[str, str]]:
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
