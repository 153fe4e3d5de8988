"""The planner's map on paper and as a picture, in a browser."""

import re
from pathlib import Path
from typing import Any

import pytest
from matplotlib.image import imread

from browsing import Opened, Opener, until
from map_pages import town_page

pytestmark = pytest.mark.browser


PAPERS = {
    "A4-landscape": (842, 595),
    "A4-portrait": (595, 842),
    "A3-landscape": (1191, 842),
    "A3-portrait": (842, 1191),
}


def test_the_page_is_printed_on_one_sheet_of_the_chosen_paper(
    open_page: Opener, studied_page: str
) -> None:
    opened = open_page(studied_page)
    opened.page.click("#scenario-after")
    for paper, size in PAPERS.items():
        opened.page.select_option("#paper", paper)
        pdf = opened.page.pdf(prefer_css_page_size=True, print_background=True)
        assert len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf)) == 1, paper
        corner = re.findall(rb"/MediaBox\s*\[\s*0 0 ([\d.]+) ([\d.]+)", pdf)[0]
        assert [float(side) for side in corner] == pytest.approx(size, abs=1.5), paper


def test_paper_holds_all_of_map_numbers_legend_scale_and_sources(
    open_page: Opener, studied_page: str
) -> None:
    opened = open_page(studied_page)
    for paper in PAPERS:
        opened.page.emulate_media(media="screen")
        opened.page.select_option("#paper", paper)
        opened.page.emulate_media(media="print")
        until(opened, "Boolean(document.documentElement.style.getPropertyValue('--fit'))")
        assert_all_on_paper(opened)


def assert_all_on_paper(opened: Opened) -> None:
    sheet = opened.page.locator("html").bounding_box()
    shown = {}
    for part in (".folium-map", "h1", ".headline", ".legend", ".about", ".leaflet-control-scale"):
        box = opened.page.locator(part).bounding_box()
        shown[part] = box
        assert box["width"] > 10
        assert box["height"] > 10
        assert box["x"] + box["width"] <= sheet["x"] + sheet["width"] + 1, part
        assert box["y"] + box["height"] <= sheet["y"] + sheet["height"] + 1, part
    chart = shown[".folium-map"]
    assert chart["width"] * chart["height"] >= 0.4 * sheet["width"] * sheet["height"]


def saved_picture(opened: Opened, folder: Path) -> Any:
    with opened.page.expect_download() as download:
        opened.page.click("#view-picture")
    download.value.save_as(folder / "map.png")
    return imread(folder / "map.png")[:, :, :3]


def share_of(picture: Any, colour: str) -> float:
    """Share of pixels of a colour such as #62b5cc."""
    wanted = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    return float((abs(picture - wanted).max(axis=2) < 0.01).mean())


def test_a_picture_of_the_view_has_map_legend_and_words(open_page: Opener, tmp_path: Path) -> None:
    opened = open_page(town_page(schematic=False))
    picture = saved_picture(opened, tmp_path)
    chart = opened.page.locator(".folium-map").bounding_box()
    assert picture.shape[0] > 2 * chart["height"]
    assert picture.shape[1] > 2 * (chart["width"] + 300)
    left, right = picture[:, : int(2 * chart["width"])], picture[:, int(2 * chart["width"] + 120) :]
    assert share_of(left, "#f6f4ef") > 0.1  # the ground
    assert share_of(left, "#1c3f6e") > 0.0001  # a post
    assert share_of(left, "#c2410c") > 0.0001  # a proposed one
    for colour in ("#fdf3bf", "#cfe8b4", "#97d4ba", "#62b5cc", "#5790c6"):
        assert share_of(right, colour) > 0.001, colour
    assert share_of(right, "#1c2733") > 0.002  # words
    opened.page.uncheck("#layer-hexagons")
    assert share_of(saved_picture(opened, tmp_path)[:, -600:], "#62b5cc") == 0
    assert len(opened.requests) == 1 + len(
        [url for url in opened.requests if url.startswith(("data:", "blob:"))]
    )
    assert opened.errors == []
