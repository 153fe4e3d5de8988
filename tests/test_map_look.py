"""How the planner's map looks: colours of either theme, words on the ground, limits in metres."""

import re
from pathlib import Path
from typing import Any

import pytest

import walkshed.maps
from browsing import Opened, Opener, browser, open_page
from test_map_frame import until
from walkshed.maps.frame import PLANNER
from walkshed.settings import settings_from
from walkshed.study import run_study
from walkshed.study.files import study_map_of

__all__ = ["browser", "open_page"]  # fixtures shared with the page's other tests

pytestmark = pytest.mark.browser

PAGE = Path(walkshed.maps.__file__).parent / "page"
NAMED = {"name": "Abay Street", "name:kk": "Абай көшесі", "highway": "residential"}
METRES_EAST = (100, 300, 480, 520, 700, 900)


@pytest.fixture(scope="module")
def metre_study(tmp_path_factory: pytest.TempPathFactory, town_of: Any) -> Any:
    """A street of 1.2 km with the post at its beginning, by a standard in metres."""
    town = type(town_of())()
    town.way([(0, 0), (1200, 0)], NAMED)
    town.node(0, -10, {"amenity": "police", "name": "Post"})
    for east in METRES_EAST:
        town.house(east, 20, {"building": "yes", "building:levels": "1"})
    file = tmp_path_factory.mktemp("metres") / "town.osm"
    town.write(file)
    values = {
        "city": "Test", "source": {"file": str(file)}, "standard": {"name": "everyday_500_800"},
        "siting": {"new_posts": 1}, "candidates": {"spacing_m": 200}, "language": "en",
    }  # fmt: skip
    return run_study(settings_from(values, "study.toml"))


@pytest.fixture(scope="module")
def metre_page(metre_study: Any) -> str:
    html: str = study_map_of(metre_study).to_html()
    return html


def number(text: str) -> int:
    return int(re.sub(r"\D", "", text))


# ---- colours


def test_every_colour_stands_in_one_file_for_light_and_for_dark() -> None:
    light, dark = (PAGE / "colours.css").read_text("utf-8").split('[data-theme="dark"]')
    names = [set(re.findall(r"--([\w-]+):", part)) for part in (light, dark)]
    assert names[0] == names[1]
    assert len(names[0]) > 50
    for file in PAGE.iterdir():
        text = re.sub(r"//.*|/\*.*?\*/", "", file.read_text("utf-8"))
        found = set(re.findall(r"#[0-9a-f]{6}\b|(?<=\")#[0-9a-f]{3}(?=\")", text))
        # "#000" is the unseen line that a finger meets; paper is light
        assert file.name in {"colours.css", "paper.css"} or found <= {"#000"}, file.name


def test_no_two_scripts_of_the_page_declare_one_name() -> None:
    declared = [
        name
        for file in PLANNER.scripts
        for name in re.findall(
            r"^(?:async )?(?:function|const|let|class)\*? +(\w+)",
            (PAGE / file).read_text("utf-8"),
            re.MULTILINE,
        )
    ]
    assert len(declared) > 200
    assert [name for name in declared if declared.count(name) > 1] == []


def test_signs_and_legend_follow_the_theme_and_paper_is_light(
    open_page: Opener, metre_page: str
) -> None:
    opened = open_page(metre_page)

    def sign_is(colour: str) -> str:
        return f"""document.querySelector(".sign path[fill='{colour}']") !== null
            && document.querySelector(".legend .key path[fill='{colour}']") !== null"""

    until(opened, sign_is("#1c3f6e"))
    opened.page.emulate_media(color_scheme="dark")
    until(opened, sign_is("#8fbdf5"))
    opened.page.emulate_media(color_scheme="dark", media="print")
    until(opened, sign_is("#1c3f6e"))
    opened.page.emulate_media(color_scheme="dark", media="screen")
    until(opened, sign_is("#8fbdf5"))
    assert opened.errors == []


# ---- words on the ground


def words_at(opened: Opened, zoom: int, word: str) -> str:
    """A condition: what is written on the map at a zoom has a word in it."""
    opened.run(f"window.walkshed.map.setZoom({zoom}, {{animate: false}}); 0")
    return f"(window.walkshed.words || []).includes('{word}')"


def test_streets_are_named_near_in_the_language_of_the_page(
    open_page: Opener, metre_page: str
) -> None:
    opened = open_page(metre_page)
    until(opened, words_at(opened, 17, "Abay Street"))
    opened.page.click("#language-kk")
    until(opened, words_at(opened, 17, "Абай көшесі"))
    assert "Abay Street" not in opened.run("window.walkshed.words")
    until(opened, words_at(opened, 13, "") + " === false && window.walkshed.words.length === 0")
    assert opened.errors == []


def test_outlines_of_service_areas_say_their_limit(open_page: Opener, metre_page: str) -> None:
    opened = open_page(metre_page)
    assert "500\u00a0m" not in (opened.run("window.walkshed.words") or [])
    opened.page.check("#layer-areas")
    until(opened, words_at(opened, 16, "500\u00a0m"))
    assert opened.errors == []


# ---- limits in metres


def test_a_standard_in_metres_has_a_slider_of_metres_and_the_curve_agrees_with_doors(
    open_page: Opener, metre_page: str, metre_study: Any
) -> None:
    opened = open_page(metre_page)
    doors = metre_study.doors
    for limit in (100, 500, 550, 1000, 2000):
        opened.run(
            f"(() => {{ const slider = document.querySelector('#minutes');"
            f"slider.value = {limit}; slider.dispatchEvent(new Event('input')); }})()"
        )
        expected = doors.loc[doors["nearest_m"] <= limit, "residents"].sum()
        told = number(opened.text("#minutes-numbers tr:first-child td:last-child"))
        assert told == pytest.approx(expected, abs=0.51), limit
    assert opened.text("#minutes-now") == "within 2.0 km"
    assert opened.text(".ramp p") == "Ground within 2.0 km of a post on foot"
    opened.page.click("#fill-surface")
    assert opened.text(".ramp .steps") == "≤250 ≤500 ≤800 ≤1000 ≤1500 ≤2000"
    labels = opened.run(
        "[...document.querySelectorAll('#minutes-curve text')].map((node) => node.textContent)"
    )
    everybody = f"{metre_study.summary['residents']:,.0f}"
    assert everybody in labels  # the axis ends at everybody
    assert {"500", "1000", "2000"} <= set(labels)
    assert opened.errors == []
