"""The page of a comparison: two states of a city under one bar, and what changes between them.

It is the planner's page (`planner`, `page/`) without its «what if»: what is shown as «now» there is
the state before, what is shown with the plan built is the state after. The ground (streets, houses,
water, names, addresses) is taken from the page of the run after, as it was packed for it. Nothing
is computed here.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from ..errors import SourceError
from ..given_files import json_of
from ..language import LANGUAGES, translate
from .frame import DATA_ISLAND, page_map
from .ground import along_curve, corners_of, degrees, pack_integers
from .rounding import rounded_residents
from .rows import area_rows, catchment_rows, door_columns, post_rows, service_area_rows
from .values import Words, dates_in_words, each_language, plain

if TYPE_CHECKING:
    from .offline import OfflineMap

FLOWS = ("gained", "lost", "arrived", "departed", "net")
FROM_PAGE = (
    *("origin", "ground", "places", "namesIn", "find"),
    *("sources", "standard", "date", "known", "located"),
)
"""What a comparison shows as it stands on the page of the run after."""


def read_page(path: Path) -> dict[str, Any]:
    """Read the data of a map that `study_map` wrote.

    Raises
    ------
    SourceError
        The file is not such a map, or is of an older version.
    """
    opening = f'<script type="application/json" id="{DATA_ISLAND}">'
    try:
        _, _, rest = path.read_text(encoding="utf-8").partition(opening)
        data = json_of(rest.partition("</script>")[0])
    except (OSError, ValueError) as error:
        raise SourceError(f"{path}: no map of walkshed ({error}); run the study again") from error
    if not isinstance(data, dict):
        raise SourceError(f"{path}: no map of walkshed; run the study again")
    lacking = [key for key in (*FROM_PAGE, "language", "title", "summary") if key not in data]
    if lacking:
        raise SourceError(
            f"{path}: the map lacks {', '.join(lacking)}; run the study again with this version"
        )
    return dict(data)


def comparison_map(
    *,
    page: Mapping[str, Any],
    language: str | None = None,
    names: tuple[Words, Words],
    schematic: bool,
    doors: gpd.GeoDataFrame,
    hexagons: gpd.GeoDataFrame,
    neighbourhoods: gpd.GeoDataFrame,
    posts: tuple[gpd.GeoDataFrame, gpd.GeoDataFrame],
    posts_compared: gpd.GeoDataFrame,
    service_areas: tuple[gpd.GeoDataFrame, gpd.GeoDataFrame],
    catchments: tuple[gpd.GeoDataFrame, gpd.GeoDataFrame],
    bands: Sequence[Mapping[str, Any]],
    planning_band: str,
    summary: Mapping[str, Any],
    estimated: bool,
) -> "OfflineMap":
    """Draw two states of a city as a map in one file that opens with no network.

    Pairs are the state before and the state after. Tables are those of `compare.Comparison`, in
    any CRS.

    Parameters
    ----------
    page
        What `read_page` gives for the run after.
    language
        The language the page opens in; by default that of `page`.
    names
        What to call the two states.
    schematic
        Whether one of the cities is made up.
    doors, hexagons, neighbourhoods, posts_compared
        What differs.
    posts, service_areas, catchments
        Tables of both states, as runs have them.
    bands, planning_band
        Bands shown: `label`, `unit`, `limits`; `told` in each language where limits are none.
    summary
        The headline numbers of the comparison.
    estimated
        Whether the number of residents is estimated by floor area.

    Returns
    -------
    OfflineMap
        A Folium map; `to_html()` writes the page.
    """
    labels = [str(band["label"]) for band in bands]
    origin = (float(page["origin"][0]), float(page["origin"][1]))
    cells, zones = (_page_areas(table) for table in (hexagons, neighbourhoods))
    lived_in = degrees(_populated(cells), "hexagons")
    named = degrees(_populated(zones), "neighbourhoods") if len(zones) else None
    extent = lived_in if len(lived_in) else degrees(posts_compared, "posts")
    placed = _in_page_order(doors)
    shown = _posts(posts, posts_compared)
    more = _more_columns(labels)
    walk = page.get("walk")
    data = {
        **{key: page[key] for key in FROM_PAGE},
        "title": {
            code: translate("{title} — comparison", code, title=text)
            for code, text in each_language(page["title"]).items()
        },
        "schematic": bool(schematic),
        "summary": _page_summary(page["summary"], summary, bands, planning_band, estimated),
        "compared": _compared(names, summary),
        "newPosts": dict.fromkeys(LANGUAGES, ""),
        "bounds": corners_of(extent.total_bounds),
        "posts": shown,
        "proposed": [],
        "sites": {},
        "hexagons": area_rows(lived_in, labels, origin, more=more),
        "neighbourhoods": area_rows(named, labels, origin, more=more),
        "serviceAreas": service_area_rows(_both(service_areas), origin),
        "catchments": catchment_rows(_both(catchments), origin),
        "doors": _doors(placed, labels, shown, named, lived_in, origin),
        "walk": None,
        "streets": walk["streets"] if walk else None,
        "curve": [],
    }
    return page_map(data, language=language or page["language"])


def _more_columns(labels: Sequence[str]) -> dict[str, int]:
    """Name the columns of an area that tell what changes, and the decimals they travel with."""
    flows = {f"residents_{flow}_{label}": 4 for label in labels for flow in FLOWS}
    return {"residents_after": 4, **flows}


def _page_areas(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Name columns as the page does: the state before is its «now»."""
    return table.rename(columns=lambda name: str(name).removesuffix("_before"))


def _populated(areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Keep areas where somebody lives, or lived."""
    return areas[(areas["residents"] > 0) | (areas["residents_after"] > 0)]


def _page_summary(
    of_page: Mapping[str, Any],
    found: Mapping[str, Any],
    bands: Sequence[Mapping[str, Any]],
    planning_band: str,
    estimated: bool,
) -> dict[str, Any]:
    """Headline numbers of both states, in the shape of a study's."""
    standard = {**of_page["standard"], "bands": list(bands), "planning_band": planning_band}
    return {
        **_headline(found["city"], bands, "before"),
        "after": _headline(found["city"], bands, "after"),
        "residents_estimated": estimated,
        "standard": plain(standard),
        "staffing": of_page.get("staffing"),
        "plan": None,
        "stages": None,
    }


def _headline(
    city: Mapping[str, Any], bands: Sequence[Mapping[str, Any]], then: str
) -> dict[str, Any]:
    if not city:
        return {"residents": 0}
    labels = [str(band["label"]) for band in bands]
    return {
        "residents": plain(city[f"residents_{then}"]),
        "residents_within": {x: plain(city[f"residents_within_{x}_{then}"]) for x in labels},
        "share_within": {x: plain(city[f"share_within_{x}_{then}"]) for x in labels},
        "nearest_min": {
            name: plain(city[f"{name}_min_{then}"]) for name in ("median", "p90", "max")
        },
        "residents_not_reached": plain(city[f"residents_not_reached_{then}"]),
    }


def _compared(names: tuple[Words, Words], summary: Mapping[str, Any]) -> dict[str, Any]:
    """What only the page of a comparison has: what the two are, and who gains and loses."""
    states = {
        then: {
            "name": each_language(name),
            "date": dates_in_words(summary[then]["osm_date"]),
            "residents": plain(summary[then]["residents"]),
            "posts": summary[then]["posts"],
            "scenario": summary[then]["scenario"] or "",
        }
        for then, name in zip(("before", "after"), names, strict=True)
    }
    return {
        **states,
        "city": {
            str(name): plain(value)
            for name, value in summary["city"].items()
            if str(name).startswith("residents")
        },
        "doors": plain(summary["doors"]),
        "posts": plain(summary["posts"]),
        "allowed": [one["what"] for one in summary["allowed"]],
    }


def _both(areas: tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]) -> gpd.GeoDataFrame | None:
    """Areas of both states by `scenario`; None where they are told in different units."""
    before, after = areas
    if set(before.columns) != set(after.columns):
        return None
    old = before.to_crs(after.crs).assign(scenario="existing")
    return gpd.GeoDataFrame(pd.concat([old, after.assign(scenario="after")]), crs=after.crs)


def _posts(
    posts: tuple[gpd.GeoDataFrame, gpd.GeoDataFrame], compared: gpd.GeoDataFrame
) -> list[dict[str, Any]]:
    """Posts of both states; one that opens, closes or moves says when it is where (`only`)."""
    change = {str(post): str(kind) for post, kind in compared["change"].items()}
    distance = {str(post): value for post, value in compared["distance_m"].items()}
    before, after = (post_rows(degrees(table, "posts")) for table in posts)
    shown = [
        *({**row, "only": "after"} for row in after if change[row["id"]] in ("opened", "moved")),
        *(row for row in after if change[row["id"]] not in ("opened", "moved")),
        *({**row, "only": "now"} for row in before if change[row["id"]] in ("closed", "moved")),
    ]
    return [
        {**row, "change": change[row["id"]], "moved_m": plain(round(distance[row["id"]], 1))}
        for row in shown
    ]


def _in_page_order(doors: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Doors in the order of the run's own page, whose addresses count them; gone ones follow."""
    placed = degrees(doors, "doors")
    gone = placed["presence"] == "gone"
    return gpd.GeoDataFrame(pd.concat([along_curve(placed[~gone]), along_curve(placed[gone])]))


def _doors(
    doors: gpd.GeoDataFrame,
    labels: Sequence[str],
    posts: Sequence[Mapping[str, Any]],
    zones: gpd.GeoDataFrame | None,
    cells: gpd.GeoDataFrame,
    origin: tuple[float, float],
) -> dict[str, Any] | None:
    """Pack doors; in a state that a door is not part of its band is -1."""
    table = doors.rename(
        columns={
            "residents_after": "residents",
            "minutes_before": "nearest_min",
            "minutes_after": "nearest_min_after",
            "post_before": "nearest_post",
            "post_after": "nearest_post_after",
        }
    )
    packed = door_columns(table, labels, [row["id"] for row in posts], [], zones, cells, origin)
    if packed is None:
        return None
    one_zone = np.zeros(len(doors), dtype=np.int64)
    for then, suffix in (("before", ""), ("after", "_after")):
        within = doors[[f"within_{label}_{then}" for label in labels]].to_numpy(bool)
        beyond = len(labels) + np.isinf(doors[f"minutes_{then}"].to_numpy(float))
        number = np.where(within.any(axis=1), within.argmax(axis=1), beyond)
        absent = doors["presence"] == ("new" if then == "before" else "gone")
        packed[f"band{suffix}"] = pack_integers(np.where(absent, -1, number))
    packed["residents_before"] = pack_integers(
        rounded_residents(doors["residents_before"], one_zone)
    )
    return packed
