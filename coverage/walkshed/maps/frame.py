"""The frame of every map in one file: the page's scripts and styles, its words, its data.

What is shown on it (`planner` a study, `comparing` two of them, `cities` many) comes as data. All
text goes into one JSON island and is shown by the scripts as text (see `offline`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from ..language import LANGUAGES, translate

if TYPE_CHECKING:
    from .offline import OfflineMap


@dataclass(frozen=True)
class Page:
    """The files of `page/` that a page is made of, in their order; the last script has `start`."""

    scripts: tuple[str, ...]
    styles: tuple[str, ...]


SCRIPTS = (
    "words.js",
    "bands.js",
    "colours.js",
    "frame.js",
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
PLANNER = Page(SCRIPTS, ("colours.css", "planner.css", "view.css", "paper.css"))
DATA_ISLAND = "walkshed-data"
"""Id of the element that holds a page's data; `page/words.js` reads it."""


def page_map(
    data: Mapping[str, Any], *, language: str, page: Page = PLANNER, online: bool = False
) -> "OfflineMap":
    """Put the data of a page, and the script that draws them, into a map in one file.

    Parameters
    ----------
    data
        What the page's script reads beside its words: plain values that JSON knows, among them
        `title` in each language and `bounds` in degrees (see `ground.corners_of`).
    language
        The language the page opens in.
    page
        What draws them.
    online
        Allow Folium layers to be added that need the network (see `OfflineMap`).
    """
    from .offline import LiteralElement, OfflineMap, PagePart, json_island

    (south, west), (north, east) = data["bounds"]
    drawn = OfflineMap(
        title=data["title"][language],
        language=language,
        online=online,
        location=((south + north) / 2, (west + east) / 2),
        zoom_start=12,
        zoom_control=False,
        attribution_control=False,  # Leaflet's writes HTML; the page has its own
    )
    words = {"language": language, "languages": LANGUAGES, "words": page_words(page)}
    scripts = _joined(page.scripts)
    script = f"(() => {{\n'use strict';\n{scripts}\nstart({drawn.get_name()});\n}})();"
    drawn.add_child(
        PagePart(
            head=LiteralElement(f"<style>{_joined(page.styles)}</style>"),
            body=json_island({**words, **data}, DATA_ISLAND),
            script=LiteralElement(script),
        ),
        name="planner",
    )
    return drawn


def _page_file(name: str) -> str:
    return (resources.files(__package__) / "page" / name).read_text("utf-8")


@lru_cache(maxsize=4)
def _joined(names: tuple[str, ...]) -> str:
    return "\n".join(_page_file(name) for name in names)


@lru_cache(maxsize=2)
def page_words(page: Page) -> dict[str, dict[str, str]]:
    """Translate every message that a page's scripts name; English needs no table."""
    from babel.messages.extract import extract

    found: set[str] = set()
    for name in page.scripts:
        with (resources.files(__package__) / "page" / name).open("rb") as script:
            found |= {str(message) for _, message, *_ in extract("javascript", script, {"t": None})}
    return {
        language: {message: translate(message, language) for message in sorted(found)}
        for language in LANGUAGES
        if language != "en"
    }
