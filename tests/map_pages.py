"""The page of the town that map_town draws, and a hand on its map."""

from functools import cache

from browsing import Opened
from map_town import SOUTH, STEP, WEST, town
from walkshed.maps import study_map


@cache
def town_page(language: str = "ru", *, schematic: bool = True) -> str:
    """Give the page of the drawn town, without a walk."""
    html: str = study_map(**town(language=language, schematic=schematic)).to_html()
    return html


def press_map(opened: Opened, east: float, north: float) -> None:
    """Click on the map at a place of the drawn town, as a mouse does."""
    x, y = opened.run(
        f"(() => {{ const box = document.querySelector('.folium-map').getBoundingClientRect();"
        f"const at = window.walkshed.map.latLngToContainerPoint("
        f"[{SOUTH + north * STEP}, {WEST + east * STEP}]);"
        "return [box.left + at.x, box.top + at.y]; })()"
    )
    opened.page.mouse.click(x, y)


def with_markup_written(html: str) -> str:
    """Give the same page made careless: a name is written as markup."""
    careless = html.replace(
        "async function start(map) {",
        "async function start(map) { document.body.appendChild(document.createElement('div'))"
        ".innerHTML = inLanguage(data.posts[0].names);",
        1,
    )
    assert careless != html
    return careless
