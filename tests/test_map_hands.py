"""Hands on the planner's map: keys, clicks, fingers, full screen, and no fault for axe."""

import re

import pytest
from axe_playwright_python.base import AXE_SCRIPT

from browsing import LANGUAGES, PHONE, SMALL_PHONE, Opener
from map_pages import press_map, town_page
from map_town import SOUTH, STEP, WEST

pytestmark = pytest.mark.browser


def test_a_distance_is_measured_by_clicks(open_page: Opener) -> None:
    opened = open_page(town_page("en"))
    opened.page.click("#view-measure")
    assert opened.page.get_attribute("#view-measure", "aria-pressed") == "true"
    press_map(opened, 0.2, 1.6)
    press_map(opened, 0.2, 2.6)
    assert opened.text("#measure p") == "In a straight line: 445 m"  # 0.004 degrees of latitude
    press_map(opened, 0.2, 1.6)
    press_map(opened, 0.2, 2.6)
    assert opened.text("#measure p") == "In a straight line: 1.3 km"
    opened.page.click("#measure-back")
    assert opened.text("#measure p") == "In a straight line: 890 m"
    opened.page.click("#measure-end")
    assert opened.page.is_hidden("#measure")
    assert opened.page.is_hidden("#info")
    assert opened.run("document.querySelectorAll('.leaflet-measure-pane path').length") == 0
    assert opened.errors == []


def test_a_distance_is_measured_by_keyboard(open_page: Opener) -> None:
    opened = open_page(town_page("en"))
    opened.page.focus("#view-measure")
    opened.page.keyboard.press("Enter")
    assert opened.run("document.activeElement.id") == "view-measure"
    opened.page.focus(".folium-map")
    opened.page.keyboard.press("Enter")
    opened.page.keyboard.press("ArrowUp")
    opened.page.wait_for_timeout(600)
    opened.page.keyboard.press("Enter")
    metres = opened.run(
        "(() => { const map = window.walkshed.map, size = map.getSize();"
        "return map.containerPointToLatLng([size.x / 2, size.y / 2])"
        ".distanceTo(map.containerPointToLatLng([size.x / 2, size.y / 2 - 80])); })()"
    )
    told = re.findall(r"(\d+) m", opened.text("#measure p"))
    assert [int(text) for text in told] == [pytest.approx(metres, abs=3)]
    opened.page.keyboard.press("Escape")
    assert opened.page.is_hidden("#measure")


def test_enter_on_the_map_asks_about_the_place_in_its_middle(open_page: Opener) -> None:
    opened = open_page(town_page())
    opened.run(
        f"window.walkshed.map.setView([{SOUTH + 0.6 * STEP}, {WEST + 3.6 * STEP}], 14,"
        " {animate: false}); 0"
    )
    opened.page.focus(".folium-map")
    opened.page.keyboard.press("Tab")
    opened.page.keyboard.press("Shift+Tab")
    assert opened.page.is_visible("#crosshair")
    opened.page.keyboard.press("Enter")
    opened.page.wait_for_timeout(100)
    assert "750" in opened.text("#info")


def test_every_button_on_the_map_is_reached_by_tab(open_page: Opener) -> None:
    opened = open_page(town_page())
    opened.page.focus(".folium-map")
    reached = set()
    for _ in range(20):
        opened.page.keyboard.press("Tab")
        reached.add(opened.run("document.activeElement.id"))
        assert opened.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    wanted = opened.run("[...document.querySelectorAll('.view-tools button')].map((n) => n.id)")
    assert len(wanted) >= 3
    assert set(wanted) <= reached


def test_full_screen_is_entered_and_left(open_page: Opener) -> None:
    opened = open_page(town_page())
    opened.page.click("#view-screen")
    opened.page.wait_for_timeout(300)
    assert opened.run("Boolean(document.fullscreenElement)")
    assert opened.page.get_attribute("#view-screen", "aria-label") == (
        "Выйти из полноэкранного режима"
    )
    opened.page.click("#view-screen")
    opened.page.wait_for_timeout(300)
    assert not opened.run("Boolean(document.fullscreenElement)")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_on_the_whole_page(
    open_page: Opener, studied_page: str, scheme: str
) -> None:
    opened = open_page(studied_page)
    opened.page.emulate_media(color_scheme=scheme)
    opened.run(AXE_SCRIPT + "; 0")
    for language, scenario in zip(LANGUAGES, ("now", "after", "whatif"), strict=True):
        opened.page.click(f"#language-{language}")
        opened.page.click(f"#scenario-{scenario}")
        opened.page.click("#spot-0")
        opened.page.click("#view-measure")
        found = opened.run(
            "axe.run(document).then(({ violations }) => violations.map((one) =>"
            " [one.id, one.nodes.map(({ html }) => html.slice(0, 120))]))"
        )
        assert found == [], (language, scenario)
        opened.page.click("#view-measure")


def test_axe_sees_a_fault_that_is_there(open_page: Opener) -> None:
    opened = open_page(town_page())
    opened.run("document.querySelector('#view-measure').removeAttribute('aria-label');0")
    opened.run("document.querySelector('#view-measure').removeAttribute('title');0")
    opened.run(AXE_SCRIPT + "; 0")
    found = opened.run("axe.run(document).then(({ violations }) => violations.map(({id}) => id))")
    assert found == ["button-name"]


@pytest.mark.parametrize("size", [PHONE, SMALL_PHONE])
def test_on_a_phone_the_sheet_is_low_and_targets_are_as_wide_as_a_finger(
    open_page: Opener, studied_page: str, size: dict[str, int]
) -> None:
    opened = open_page(studied_page, size)
    sheet = opened.page.locator("#panel").bounding_box()
    assert sheet["height"] <= 0.45 * size["height"]
    assert opened.run("document.documentElement.scrollWidth") <= size["width"]
    opened.page.click("#scenario-whatif")
    small = opened.run(
        """[...document.querySelectorAll('button, select, summary, .layer label, .leaflet-bar a,'
             + ' .leaflet-marker-icon, input[type=range]')]
             .filter((node) => node.getClientRects().length)
             .map((node) => [node.id || node.className, node.getBoundingClientRect()])
             .filter(([, box]) => box.width < 24 || box.height < 24).map(([name]) => name)"""
    )
    assert [
        name for name in small if name != "try-speed"
    ] == []  # a slider's own height is the browser's
