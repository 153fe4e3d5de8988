"""The frame of the planner's map in a browser: its colours, hands, paper, pictures and words."""

import json
import re
from pathlib import Path
from typing import Any

import folium
import pytest
from axe_playwright_python.base import AXE_SCRIPT
from matplotlib.image import imread

from test_map_page import DESKTOP, PHONE, Opened, Opener, browser, open_page, visible_words
from test_maps import SOUTH, STEP, WEST, town
from walkshed.maps import OfflineMap, study_map
from walkshed.study.files import study_map_of

__all__ = ["browser", "open_page"]  # fixtures shared with the page's other tests

pytestmark = pytest.mark.browser

SMALL_PHONE = {"width": 360, "height": 640}
LANGUAGES = ("ru", "kk", "en")


def until(opened: Opened, condition: str) -> None:
    """Wait for the page, which may be slow where other work is done."""
    for _ in range(50):
        if opened.run(condition):
            return
        opened.page.wait_for_timeout(100)
    pytest.fail(f"never: {condition}")


@pytest.fixture(scope="module")
def studied_page(studied: Any) -> str:
    """A small study with its walk inside, so that the page can be asked «what if»."""
    html: str = study_map_of(studied).to_html()
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


# ---- colours


def test_the_page_is_dark_where_the_computer_is_and_light_by_its_button(open_page: Opener) -> None:
    opened = open_page(study_map(**town()).to_html())

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
    opened = open_page(study_map(**town(schematic=False)).to_html())
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


# ---- hands


def test_a_distance_is_measured_by_clicks(open_page: Opener) -> None:
    opened = open_page(study_map(**town(language="en")).to_html())
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
    opened = open_page(study_map(**town(language="en")).to_html())
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
    opened = open_page(study_map(**town()).to_html())
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
    opened = open_page(study_map(**town()).to_html())
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
    opened = open_page(study_map(**town()).to_html())
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
    opened = open_page(study_map(**town()).to_html())
    opened.run("document.querySelector('#view-measure').removeAttribute('aria-label');0")
    opened.run("document.querySelector('#view-measure').removeAttribute('title');0")
    opened.run(AXE_SCRIPT + "; 0")
    found = opened.run("axe.run(document).then(({ violations }) => violations.map(({id}) => id))")
    assert found == ["button-name"]


# ---- phones


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


# ---- paper and pictures

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
    opened = open_page(study_map(**town(schematic=False)).to_html())
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


# ---- words


def pseudo_translated(html: str) -> str:
    """Give the page with each of its messages in brackets instead of Russian."""

    def bracketed(match: re.Match[str]) -> str:
        data = json.loads(match.group(2))
        data["words"]["ru"] = {message: f"⟦{message}⟧" for message in data["words"]["ru"]}
        text = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
        return match.group(1) + text + match.group(3)

    pattern = r'(<script type="application/json" id="walkshed-data">)(.*?)(</script>)'
    return re.sub(pattern, bracketed, html, count=1, flags=re.DOTALL)


def untranslated(said: list[str]) -> set[str]:
    """Words that are neither in brackets nor written by us as a number or a unit."""
    found = set()
    for text in said:
        rest = text
        while re.search(r"⟦[^⟦⟧]*⟧", rest):
            rest = re.sub(r"⟦[^⟦⟧]*⟧", " ", rest)
        found |= set(re.findall(r"[^\W\d_]{2,}", rest))
    return found


def all_texts(opened: Opened) -> list[str]:
    """Every text node and label of the page, shown or not."""
    found: list[str] = opened.run(
        """(() => {
          const found = [];
          const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
          while (walk.nextNode())
            if (!walk.currentNode.parentElement.closest('script, style'))
              found.push(walk.currentNode.data);
          for (const node of document.querySelectorAll('*'))
            for (const name of ['aria-label', 'title', 'placeholder', 'alt'])
              if (node.hasAttribute(name)) found.push(node.getAttribute(name));
          return found;
        })()"""
    )
    return found


def texts_of_every_state(opened: Opened) -> list[str]:
    """Texts of the page as it is brought from state to state."""
    page = opened.page
    page.click("#language-ru")
    said = all_texts(opened)
    for name in opened.run("[...document.querySelectorAll('.layer input')].map(({id}) => id)"):
        page.check(f"#{name}")
    page.click("#view-measure")
    said += all_texts(opened)
    page.click("#measure-end")
    for scenario in ("after", "whatif"):
        if page.locator(f"#scenario-{scenario}").count():
            page.click(f"#scenario-{scenario}")
            said += all_texts(opened)
    for row in ("#spot-0", "#site-0"):
        if page.locator(row).count():
            page.click(row)
            said += all_texts(opened)
    page.locator(".leaflet-marker-icon").first.press("Enter")
    said += all_texts(opened)
    if page.locator("#try-add").count():
        for tool in ("add", "close", "link"):
            page.click(f"#try-{tool}")
            said += all_texts(opened)
        page.click("#try-propose")
        page.wait_for_timeout(500)
        said += all_texts(opened)
    return said


def test_every_text_of_the_page_goes_through_the_catalogue(open_page: Opener) -> None:
    own = {"title": "Т", "post": "П", "place": "М", "neighbourhood": "Р", "near": "у"}
    inputs = town(**own, standard="н", sources=[{"name": "и", "date": "2023", "licence": "л"}])
    inputs["neighbourhoods"]["name"] = ["Р", "Р"]
    inputs["posts"]["source_url"] = ""
    opened = open_page(pseudo_translated(study_map(**inputs).to_html()))
    said = texts_of_every_state(opened)
    assert sum("⟦" in text for text in said) > 100
    data = {"РУС", "ҚАЗ", "ENG", "января", "мая", "новых", "поста", "mclp", "Окраина"}
    assert untranslated(said) <= data
    assert untranslated(["⟦a ⟦b⟧ c⟧", "Left out", "⟦x⟧ km"]) == {"Left", "out", "km"}


def test_every_text_of_the_what_if_goes_through_the_catalogue(
    open_page: Opener, studied_page: str, studied: Any
) -> None:
    opened = open_page(pseudo_translated(studied_page))
    said = texts_of_every_state(opened)
    data = re.search(r'id="walkshed-data">(.*?)</script>', studied_page, re.DOTALL)
    island = json.loads(data.group(1)) if data else {}
    island.pop("words")
    own = set(re.findall(r"[^\W\d_]{2,}", json.dumps(island, ensure_ascii=False)))
    assert untranslated(said) <= own | {"РУС", "ҚАЗ", "ENG", "walkshed", "run", "scenario"}


def test_numbers_minutes_and_lengths_are_written_as_planners_read_them(open_page: Opener) -> None:
    opened = open_page(study_map(**town()).to_html())
    wrote = {"ru": "3\u00a0252", "kk": "3\u00a0252", "en": "3,252"}
    for language, number in wrote.items():
        opened.page.click(f"#language-{language}")
        assert number in opened.page.inner_text(".figure")
        minutes = re.findall(r"\d+(?:[.,]\d+)?(?=\s(?:мин|min))", visible_words(opened))
        assert minutes
        assert all(text.isdigit() for text in minutes), minutes


def test_a_walk_just_over_a_limit_is_not_written_as_the_limit(open_page: Opener) -> None:
    inputs = town(language="en")
    inputs["summary"]["nearest_min"] = {"median": 10.0, "p90": 10.02, "max": 10.6}
    opened = open_page(study_map(**inputs).to_html())
    told = opened.text(".headline table")
    assert "half of residents walk at most 10 min" in told
    assert "nine in ten walk at most over 10 min" in told
    assert "the longest walk 11 min" in told


def test_fonts_of_the_page_have_every_letter_of_kazakh(open_page: Opener) -> None:
    opened = open_page(study_map(**town(language="kk")).to_html())
    drawn = opened.run(
        """(() => {
          const font = getComputedStyle(document.body).fontFamily;
          const draw = (letter) => {
            const canvas = document.createElement('canvas');
            canvas.width = canvas.height = 48;
            const pen = canvas.getContext('2d');
            pen.font = `32px ${font}`;
            pen.fillText(letter, 6, 34);
            return [...pen.getImageData(0, 0, 48, 48).data].join();
          };
          const missing = draw('\\u0378');
          return [...'әғқңөұүһіӘҒҚҢӨҰҮҺІ'].map((letter) => [letter, draw(letter)])
            .map(([letter, picture], place, all) => [letter, picture === missing,
              all.some(([other, same]) => other !== letter && same === picture)]);
        })()"""
    )
    assert len(drawn) == 18
    assert [letter for letter, missing, doubled in drawn if missing or doubled] == []


# ---- truth on the page


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_says_what_its_numbers_rest_on(open_page: Opener, language: str) -> None:
    words = {
        "ru": ("2 из 3 извест", "не более 10 минут", "1 января 2023", "приблизительно", "разрыв"),
        "kk": (
            "түсірілген бекеттер: 2",
            "белгілі бекеттер: 3",
            "2023 ж. 1 қаңтар",
            "шамамен",
            "алшақтық 0,0",
        ),
        "en": ("2 of 3 known", "не более 10 минут", "1 January 2023", "approximate", "gap 0.0%"),
    }
    opened = open_page(study_map(**town(language=language)).to_html())
    said = re.sub(r"\s+", " ", opened.page.inner_text("body"))
    for told in words[language]:
        assert told in said, told
    assert "Условный город" in opened.text(".about")
    assert "Условный город" in opened.text("#credit")


# ---- the frame


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


# ---- a first-time visitor


def test_a_visitor_finds_tries_prints_and_switches_language(
    open_page: Opener, studied_page: str
) -> None:
    opened = open_page(studied_page, DESKTOP)
    page = opened.page
    worst = opened.text("#spot-0 .what")
    page.click("#spot-0")  # 1. the worst neighbourhood: named, framed and told
    assert opened.text("#info h3") == worst
    now = opened.text(".figure strong")
    page.click("#scenario-after")  # 2. what the new posts add
    assert float(re.sub(r"[^\d,]", "", opened.text(".figure strong")).replace(",", ".")) >= float(
        re.sub(r"[^\d,]", "", now).replace(",", ".")
    )
    page.click("#scenario-whatif")  # 3. move one, and read the loss
    before = opened.text("#try-numbers")
    page.click("#close")
    marker = page.locator(".leaflet-marker-icon").first
    marker.focus()
    for _ in range(12):
        page.keyboard.press("Shift+ArrowDown")
    assert opened.text("#try-numbers") != before
    page.click("#language-kk")  # 4. Kazakh
    assert opened.run("document.documentElement.lang") == "kk"
    assert "Егер" in opened.text(".trying h2")
    pdf = page.pdf(prefer_css_page_size=True, print_background=True)  # 5. paper
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf)) == 1
    assert opened.errors == []
