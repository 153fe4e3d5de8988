"""The page of many cities: a circle for each, a table beside them, links to each one's own map.

Nothing is computed here: rows of tables become the data that the page's script draws.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import pandas as pd

from ..language import LANGUAGES, translate
from .frame import Page, page_map
from .values import Words, each_language, plain

if TYPE_CHECKING:
    from .offline import OfflineMap

CITIES = Page(
    scripts=("words.js", "colours.js", "frame.js", "cities_panel.js", "cities.js"),
    styles=("colours.css", "planner.css", "view.css", "cities.css"),
)
LONE_DEGREES = 0.02
"""How far around a single city is shown."""


def cities_map(
    *,
    language: str = "ru",
    scenarios: Mapping[str, Words],
    towns: pd.DataFrame,
    totals: pd.DataFrame,
    stated: pd.DataFrame,
) -> "OfflineMap":
    """Draw many cities as a map in one file that opens with no network.

    Parameters
    ----------
    language
        The language the page opens in.
    scenarios
        What to call each value of the column `scenario`, in the order they are offered; "" is
        called after the studies.
    towns
        A row for each city and scenario: `scenario`, `study` (the name of the folder beside the
        page that holds its own `map.html`), `status` ("done", "failed"), `message`, `schematic`,
        `names` (texts by language), `lat` and `lon` (degrees; missing where not known: the city
        then stands in the table alone), `limit` (words for the planning limit, by language; None
        where not known), and the figures of the region's table, missing where not known.
    totals
        A row for each scenario: `scenario`, `towns`, `towns_done`, `limit` (None where cities
        have different ones) and the same figures.
    stated
        What is stated of other places: `place` and figures.

    Returns
    -------
    OfflineMap
        A Folium map; `to_html()` writes the page.
    """
    places = towns[["lat", "lon"]].dropna().astype(float)
    title = {code: translate("Police within walking distance", code) for code in LANGUAGES}
    data = {
        "title": title,
        "sources": _sources(towns),
        "schematic": bool(len(towns) and towns["schematic"].fillna(value=True).all()),
        "bounds": _bounds(places),
        "scenarios": [
            {"id": scenario, "names": each_language(words)} for scenario, words in scenarios.items()
        ],
        "cities": [_city(row) for row in _rows(towns)],
        "totals": _rows(totals),
        "stated": _rows(stated),
    }
    return page_map(data, language=language, page=CITIES)


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as plain values, without what is missing."""
    return [
        {
            str(name): plain(value)
            for name, value in row.items()
            if isinstance(value, Mapping) or not pd.isna(value)
        }
        for row in table.to_dict("records")
    ]


def _city(row: dict[str, Any]) -> dict[str, Any]:
    at = {"at": [row.pop("lat"), row.pop("lon")]} if "lat" in row else {}
    return {**row, **at}


def _bounds(places: pd.DataFrame) -> Sequence[Sequence[float]]:
    """South-west and north-east corners of a box around all places, never without an extent."""
    if places.empty:
        return [[-60.0, -170.0], [75.0, 170.0]]
    least, most = places.min(), places.max()
    room = LONE_DEGREES if (most - least).max() == 0 else 0.0
    return [
        [least["lat"] - room, least["lon"] - room],
        [most["lat"] + room, most["lon"] + room],
    ]


def _sources(towns: pd.DataFrame) -> list[dict[str, Any]]:
    """Name where the cities are from."""
    osm = {code: translate("© OpenStreetMap contributors, ODbL 1.0", code) for code in LANGUAGES}
    made_up = {
        code: translate("schematic city, drawn from given parameters", code) for code in LANGUAGES
    }
    is_schematic = set(towns["schematic"].dropna())
    found = [words for words, kind in ((osm, False), (made_up, True)) if kind in is_schematic]
    return [{"name": words, "licence": each_language("")} for words in found]
