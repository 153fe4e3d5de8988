"""The planner's map asked for a place: found by name or by a click, answered with the walk."""

import re
from pathlib import Path
from typing import Any

import pytest

import test_map_page as pages
from conftest import Town, lonlat_of
from test_map_page import HOSTILE, PHONE, Opened
from walkshed.settings import read_settings
from walkshed.study import run_study
from walkshed.study.files import study_map_of

pytestmark = pytest.mark.browser
browser, open_page = pages.browser, pages.open_page

HOURS = "Mo-Fr 17:00-20:00; Sa off"


def asking_town() -> Town:
    """A street 1000 m long with houses, a post at each end, and a river and a far meadow."""
    town = Town()
    ends = [(0, 0), (500, 0), (1000, 0)]
    town.way(ends, {"highway": "residential", "name": "улица Абая", "old_name": "Ленина"})
    lane = {"highway": "residential", "name": "Қарасу көшесі", "name:ru": "улица Карасу"}
    town.way([(500, 0), (500, 400)], lane)
    for number, east in enumerate(range(100, 1000, 100), start=1):
        tags = {"building": "house", "addr:street": "улица Абая", "addr:housenumber": str(number)}
        town.house(east, 20, tags)
    town.house(520, 380, {"building": "yes"})
    one = {"name": "Участковый пункт полиции № 1", "ref": "1", "opening_hours": HOURS}
    town.node(0, -15, {"amenity": "police", **one})
    two = {"name": "Опорный пункт", "opening_hours": "24/7", "ref": "2"}
    town.node(1000, -15, {"amenity": "police", **two})
    town.way([(-300, -100), (1300, -100)], {"railway": "rail"})
    town.area(-60, -90, 1060, 450, {"place": "suburb", "name": "15-й микрорайон"})
    town.node(500, 200, {"place": "town", "name": "Тест"})
    school = {"amenity": "school", "name": "№5 мектеп", "name:ru": "Пятая гимназия"}
    town.node(700, 40, school)
    return town


def hostile_town() -> Town:
    """Streets, houses, quarters and posts that bear the names of an attacker."""
    town = Town()
    spine = [(0, -3000), *((0, 100 * i) for i in range(len(HOSTILE)))]
    town.way(spine, {"highway": "residential", "name": "spine"})
    town.house(15, -2900, {"building": "house"})
    for i, text in enumerate(HOSTILE.values()):
        north = 100 * i
        town.way([(0, north), (300, north)], {"highway": "residential", "name": text})
        address = {"addr:street": text, "addr:housenumber": "7"}
        town.house(150, north + 15, {"building": "house", **address})
        post = {"amenity": "police", "name": text, "opening_hours": text, "ref": str(i)}
        town.node(250, north + 12, post)
        town.area(-20, north - 40, 320, north + 50, {"place": "quarter", "name": text})
        town.node(200, north + 12, {"amenity": "library", "name": text})
    return town


def page_of(folder: Path, town: Town, write_study: Any) -> str:
    """Study a town and give its page."""
    town.write(folder / "town.osm")
    study = write_study(folder, language="ru", candidates={"spacing_m": 100})
    html: str = study_map_of(run_study(read_settings(study))).to_html()
    return html


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory, write_study: Any) -> str:
    return page_of(tmp_path_factory.mktemp("asking"), asking_town(), write_study)


@pytest.fixture(scope="module")
def hostile_page(tmp_path_factory: pytest.TempPathFactory, write_study: Any) -> str:
    return page_of(tmp_path_factory.mktemp("hostile"), hostile_town(), write_study)


def seek(opened: Opened, query: str) -> list[str]:
    """Type into the box; give what the list says."""
    opened.page.fill("#ask-input", query)
    said = opened.page.locator("#ask-list li").all_inner_texts()
    return [re.sub(r"\s+", " ", text).strip() for text in said]


def ask(opened: Opened, query: str) -> str:
    """Choose the first thing found; give what the box answers."""
    assert seek(opened, query)
    opened.page.press("#ask-input", "Enter")
    return opened.text("#info")


def press(opened: Opened, east_m: float, north_m: float, zoom: int = 17) -> str:
    """Click on the map at a place of the town; give what the box answers."""
    lon, lat = lonlat_of(east_m, north_m)
    centre = lonlat_of(east_m, north_m)
    opened.run(
        f"window.walkshed.map.setView([{centre[1]}, {centre[0]}], {zoom}, {{animate: false}}); 0"
    )
    opened.page.wait_for_timeout(300)
    x, y = opened.run(
        "(() => { const box = document.querySelector('.folium-map').getBoundingClientRect();"
        f"const at = window.walkshed.map.latLngToContainerPoint([{lat}, {lon}]);"
        "return [box.left + at.x, box.top + at.y]; })()"
    )
    opened.page.mouse.click(x, y)
    opened.page.wait_for_timeout(100)
    return opened.text("#info") if opened.page.is_visible("#info") else ""


def drawn_ways(opened: Opened) -> list[dict[str, Any]]:
    """Lines of the drawn walks: their dashes, and how many vertices they have."""
    lines: list[dict[str, Any]] = opened.run(
        "[...document.querySelectorAll('.leaflet-ways-pane path')].map((path) => ({"
        "dashes: path.getAttribute('stroke-dasharray'),"
        "vertices: (path.getAttribute('d').match(/[ML]/g) || []).length,"
        "bold: Number(path.getAttribute('stroke-width')) }))"
    )
    return lines


def test_a_street_is_found_by_any_of_its_names_and_answered_from_its_middle(open_page, page):
    opened = open_page(page)
    for query in ("абай", "Abai", "АБАЯ ул", "ленина"):
        assert seek(opened, query)[0].startswith("улица Абая Улица"), query
    for query in ("карасу", "Karasu", "қарасу көш"):
        assert seek(opened, query)[0].startswith("Қарасу көшесі Улица · 15-й микрорайон"), query
    told = ask(opened, "Карасу")
    assert "От середины улицы" in told
    assert "9 мин · 7" in told  # 200 m to the corner, 500 m to either post
    assert opened.errors == []


def test_a_house_is_answered_with_both_posts_their_minutes_metres_and_hours(open_page, page):
    opened = open_page(page)
    told = ask(opened, "абая 2")  # 200 m from the western post, 800 m from the eastern one
    assert told.startswith("× улица Абая, 2")
    one = told.index("Участковый пункт полиции № 1 3 мин · 235 м")
    hours = told.index("Часы приёма: пн–пт 17:00–20:00; сб выходной")
    two = told.index("Опорный пункт больше 10 мин · 83")
    assert one < hours < two < told.index("Часы приёма: круглосуточно")
    assert "(оценка)" in told
    lines = drawn_ways(opened)
    assert [line["bold"] for line in lines if not line["dashes"]][:1] == [2.5]
    assert sum(line["dashes"] is not None for line in lines) == 4  # both ends of both walks
    opened.page.click("#asked-0")
    told = opened.text("#info")
    assert "Часы приёма пн–пт 17:00–20:00; сб выходной" in told
    assert "Номер 1" in told
    assert "openstreetmap.org" in told
    assert drawn_ways(opened) == []


def test_the_same_house_is_answered_the_same_by_a_click(open_page, page):
    opened = open_page(page)
    by_name = ask(opened, "Абай 4")
    assert press(opened, 400, 20) == by_name
    assert "улица Абая, 4" in by_name


def test_a_house_that_the_map_lacks_leads_to_its_street(open_page, page):
    opened = open_page(page)
    assert seek(opened, "улица Абая 99") == ["улица Абая Улица · 15-й микрорайон"]
    assert opened.text("#ask-count") == "Этого дома на карте нет; есть его улица"
    assert seek(opened, "Марс") == []
    assert opened.text("#ask-count") == "Ничего не найдено"


def test_a_microdistrict_a_place_and_a_post_are_found(open_page, page):
    opened = open_page(page)
    for query in ("15 мкр", "15 микрорайон", "мкр 15", "15 mkr"):
        assert seek(opened, query)[0] == "15-й микрорайон Район", query
    told = ask(opened, "15 мкр")
    assert "От дома, ближайшего к середине" in told
    assert "половина идёт не дольше" in told
    assert "Участковый" in told
    assert "Опорный пункт" in ask(opened, "опорный")
    assert "Часы приёма круглосуточно" in opened.text("#info")
    assert "Тест" in ask(opened, "тест")


def test_a_landmark_is_found_by_any_of_its_names_and_by_what_it_is(open_page, page):
    opened = open_page(page)
    for query in ("мектеп 5", "mektep", "пятая гимназия", "школа № 5"):
        assert seek(opened, query)[0] == "№5 мектеп школа · 15-й микрорайон", query
    told = ask(opened, "школа")
    assert told.startswith("× №5 мектеп Ближайшие посты пешком · Сейчас Опорный пункт 4 мин")


def test_a_click_on_the_ground_tells_the_walk_and_the_hexagon(open_page, page):
    opened = open_page(page)
    told = press(opened, 540, 250)
    assert told.startswith("× 15-й микрорайон")
    assert "Ближайшие посты пешком" in told
    assert "Шестиугольная ячейка" in told
    (along,) = [line for line in drawn_ways(opened) if line["bold"] == 5]
    assert along["vertices"] >= 3  # down the lane, round the corner, along the street


def test_a_place_that_meets_no_street_says_why(open_page, page):
    opened = open_page(page)
    assert "вода или железная дорога" in press(opened, 300, -130)
    assert "нет ни одной улицы" in press(opened, 1000, 420)
    assert drawn_ways(opened) != []  # the place itself


def test_the_answer_follows_the_scenario_shown_and_what_if(open_page, page):
    opened = open_page(page)
    first = ask(opened, "абая 2")
    assert "Ближайшие посты пешком · Сейчас" in first
    opened.page.click("#scenario-after")
    after = opened.text("#info")
    assert "Ближайшие посты пешком · С новыми постами" in after
    assert "Сейчас Участковый пункт полиции № 1, 3 мин" in after
    opened.page.click("#scenario-now")
    assert opened.text("#info") == first
    opened.page.click("#scenario-whatif")
    opened.page.click("#ask-input")
    ask(opened, "участковый пункт полиции 1")
    opened.page.click("#try-shut")
    told = ask(opened, "абая 2")
    assert "Ближайшие посты пешком · Что если" in told
    assert "Участковый пункт полиции № 1" not in told.split("(оценка)")[0]
    assert "Опорный пункт больше 10 мин" in told
    assert opened.errors == []


def test_a_tool_of_the_what_if_takes_the_click_before_it_is_a_question(open_page, page):
    opened = open_page(page)
    opened.page.click("#scenario-whatif")
    opened.page.click("#try-add")
    assert "Ближайшие посты" not in press(opened, 540, 250)
    opened.page.click("#try-add")
    assert "Новый пост" in press(opened, 500, 330)


def test_the_box_is_a_combobox_for_the_keyboard(open_page, page):
    opened = open_page(page)
    box = opened.page.locator("#ask-input")
    assert box.get_attribute("role") == "combobox"
    assert box.get_attribute("aria-expanded") == "false"
    found = seek(opened, "пункт")
    assert len(found) == 2
    assert box.get_attribute("aria-expanded") == "true"
    assert opened.text("#ask-count") == "Найдено: 2"
    assert box.get_attribute("aria-activedescendant") is None
    for key, place in (("ArrowDown", 0), ("ArrowDown", 1), ("ArrowDown", 0), ("ArrowUp", 1)):
        opened.page.keyboard.press(key)
        assert box.get_attribute("aria-activedescendant") == f"ask-{place}"
        assert opened.page.get_attribute(f"#ask-{place}", "aria-selected") == "true"
    second = opened.text("#ask-1 .what")
    opened.page.keyboard.press("Enter")
    assert second in opened.text("#info h3")
    assert box.get_attribute("aria-expanded") == "false"
    seek(opened, "абая")
    opened.page.keyboard.press("Escape")
    assert opened.page.is_hidden("#ask-list")
    assert opened.page.is_visible("#info")  # Escape closes one thing at a time
    opened.page.keyboard.press("Escape")
    assert box.input_value() == ""


def test_a_phone_shows_the_box_the_list_and_the_answer(open_page, page):
    opened = open_page(page, PHONE)
    assert seek(opened, "пункт")
    for place in ("#ask-input", "#ask-0", "#ask-1"):
        assert opened.page.is_visible(place)
    opened.page.click("#ask-1")
    assert opened.page.is_visible("#info")
    assert opened.run("document.documentElement.scrollWidth") <= PHONE["width"]
    opened.page.click("#fold")
    assert opened.page.is_visible("#ask-input")


@pytest.mark.parametrize("language", ["ru", "kk"])
def test_answers_have_no_english_in_the_other_languages(open_page, page, language):
    opened = open_page(page)
    opened.page.click(f"#language-{language}")
    said = []
    for query in ("абай", "абая 2", "15 мкр", "пункт"):
        said += seek(opened, query)
        said += [opened.text("#ask-count"), ask(opened, query)]
    said += [press(opened, 540, 250), press(opened, 1000, 420), press(opened, 300, -130)]
    label = opened.page.get_attribute("#ask-input", "aria-label")
    words = re.findall(r"[A-Za-z]{2,}", " ".join([*said, label]))
    assert set(words) <= {"https", "www", "openstreetmap", "org", "node", "town", "osm"}


@pytest.mark.parametrize("size", [PHONE])
def test_hostile_names_are_found_and_shown_as_they_are(open_page, hostile_page, size):
    opened = open_page(hostile_page, size)
    shown: set[str] = set()
    for text in HOSTILE.values():
        seek(opened, text)
        kinds = opened.page.locator("#ask-list li")
        for place in range(kinds.count()):
            seek(opened, text)
            name = opened.page.text_content(f"#ask-{place} .what")
            opened.page.click(f"#ask-{place}")
            assert opened.page.text_content("#info h3") in (name, name.strip())
            shown.add(name.removesuffix(", 7"))
    assert set(HOSTILE.values()) <= shown
    assert opened.run("window.__xss") is None
    assert opened.errors == []
    assert len(opened.requests) == 1
