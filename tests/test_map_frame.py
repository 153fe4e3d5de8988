"""The frame of the planner's map in a browser: light and dark, and layers of folium beside ours."""

import folium
import pytest

from browsing import Opener, until
from map_pages import town_page
from map_town import SOUTH, STEP, WEST, town
from walkshed.maps import OfflineMap, study_map

pytestmark = pytest.mark.browser


def test_the_page_is_dark_where_the_computer_is_and_light_by_its_button(open_page: Opener) -> None:
    opened = open_page(town_page())

    def paper_is(colour: str) -> str:
        return f"getComputedStyle(document.body).backgroundColor === '{colour}'"

    white, black = paper_is("rgb(255, 255, 255)"), paper_is("rgb(27, 33, 40)")
    until(opened, white)
    opened.page.emulate_media(color_scheme="dark")
    until(opened, black)
    opened.page.click("#view-theme")
    until(opened, white)
    opened.page.click("#view-theme")
    until(opened, black)
    opened.page.emulate_media(color_scheme="dark", media="print")
    until(opened, white)
    assert opened.errors == []


def test_the_ground_is_painted_anew_in_the_dark(open_page: Opener) -> None:
    opened = open_page(town_page(schematic=False))
    middle = """(() => {
      const map = document.querySelector('.folium-map').getBoundingClientRect();
      for (const tile of document.querySelectorAll('.leaflet-tile-pane canvas')) {
        const box = tile.getBoundingClientRect();
        const x = map.left + map.width / 2 - box.left, y = map.top + map.height / 2 - box.top;
        if (x >= 0 && y >= 0 && x < box.width && y < box.height)
          return [...tile.getContext('2d').getImageData(x, y, 1, 1).data];
      }
    })()"""
    opened.run(
        f"window.walkshed.map.setView([{SOUTH + 2.25 * STEP}, {WEST + 2.3 * STEP}], 18,"
        " {animate: false}); 0"
    )
    opened.page.wait_for_timeout(600)
    assert opened.run(middle) == [0xB4, 0xD0, 0xE4, 255]
    opened.page.click("#view-theme")
    opened.page.wait_for_timeout(600)
    assert opened.run(middle) == [0x16, 0x30, 0x4A, 255]


def test_layers_of_folium_draw_beside_ours_with_no_network(open_page: Opener) -> None:
    page = study_map(**town())
    line = {"type": "LineString", "coordinates": [[WEST, SOUTH], [WEST + STEP, SOUTH + STEP]]}
    folium.GeoJson({"type": "Feature", "properties": {}, "geometry": line}).add_to(page)
    folium.Circle([SOUTH, WEST], radius=300).add_to(page)
    opened = open_page(page.to_html())
    assert opened.errors == []
    assert len(opened.requests) == 1
    assert opened.run("document.querySelectorAll('.leaflet-overlay-pane path').length") == 2


def test_a_map_of_folium_s_layers_alone_opens_with_no_network(open_page: Opener) -> None:
    page = OfflineMap(location=[SOUTH, WEST], zoom_start=14)
    folium.Marker([SOUTH, WEST]).add_to(page)
    folium.PolyLine([[SOUTH, WEST], [SOUTH + STEP, WEST]]).add_to(page)
    opened = open_page(page.to_html(), wait=False)
    opened.page.wait_for_timeout(300)
    assert (opened.errors, opened.failed, len(opened.requests)) == ([], [], 1)
    assert opened.page.locator(".leaflet-marker-icon").count() == 1
