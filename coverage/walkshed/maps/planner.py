"""The planner's page: a study's tables become the data that the page's script draws.

Nothing is computed here.  Columns are rounded for transport (residents to 4 decimals, shares
to 6) and written as lists; the page chooses what to show and in which of the languages.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import pandas as pd

from .about import AboutMap
from .backdrop import Backdrop
from .frame import page_map
from .ground import along_curve, corners_of, degrees
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
    bounds = (areas if len(areas) else located).total_bounds
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
        **about.rows(),
        "summary": plain(summary),
        "newPosts": posts_in_words(int(plan.get("new_posts") or 0)),
        "bounds": corners_of(bounds),
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
    return page_map(data, language=language, online=online)
