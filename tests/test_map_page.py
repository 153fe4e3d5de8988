"""The planner's map in a real browser with the network off."""

import re

import pytest

from browsing import DESKTOP, HOSTILE, PHONE, Opened, Opener, visible_words
from map_pages import town_page, with_markup_written
from map_town import MARKUP, SOUTH, STEP, WEST, metre_town, town
from walkshed.maps import study_map

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def seen(keep_page: Opener) -> Opened:
    """The drawn town's page, for tests that only look."""
    return keep_page(town_page())


def test_page_opens_offline_with_one_request_and_no_error(seen: Opened) -> None:
    seen.page.wait_for_timeout(500)
    assert len(seen.requests) == 1
    assert seen.failed == []
    assert seen.errors == []


def test_every_row_of_every_table_is_decoded(seen: Opened) -> None:
    assert seen.run("window.walkshed.counts") == {
        "green": 1, "water": 1, "rivers": 1, "rail": 1, "buildings": 4, "path": 1, "minor": 2,
        "major": 1, "places": 2, "hexagons": 3, "neighbourhoods": 2, "serviceAreas": 6, "doors": 4,
        "posts": 2, "proposed": 2,
    }  # fmt: skip
    assert seen.page.locator(".leaflet-marker-icon").count() == 4


def test_ground_is_painted_where_it_lies(open_page: Opener) -> None:
    html = town_page(schematic=False)
    opened = open_page(html)
    opened.run(
        "for (const pane of document.querySelectorAll('.leaflet-pane > .leaflet-pane'))"
        "  if (!pane.classList.contains('leaflet-tile-pane')) pane.style.display = 'none';"
        f"window.walkshed.map.setView([{SOUTH + 2.25 * STEP}, {WEST + 2.3 * STEP}], 18,"
        " {animate: false}); 0"
    )
    opened.page.wait_for_timeout(800)
    colours = opened.run(
        """[...document.querySelectorAll('.leaflet-tile-pane canvas')].map((tile) => {
          const box = tile.getBoundingClientRect();
          const map = document.querySelector('.folium-map').getBoundingClientRect();
          const x = map.left + map.width / 2 - box.left, y = map.top + map.height / 2 - box.top;
          const inside = x >= 0 && y >= 0 && x < box.width && y < box.height;
          return inside ? [...tile.getContext('2d').getImageData(x, y, 1, 1).data] : null;
        }).filter(Boolean)"""
    )
    assert colours == [[0xB4, 0xD0, 0xE4, 255]]  # the pond's water, beside its island


def test_numbers_of_the_panel_are_those_of_the_tables(seen: Opened) -> None:
    headline = seen.text(".headline")
    assert "81,3 %" in headline
    assert "3 252 из 4 000 жителей" in headline
    assert "91,3 % 3 652" in headline
    assert "6 мин" in headline
    assert "недоступно" in headline
    assert seen.text("#located") == "На карту нанесено постов: 2 из 3 известных."
    assert "+300" in seen.text("#site-0")
    assert "улица Первая" in seen.text("#site-0")
    assert "разрыв 0,0 %" in seen.text("#plan")
    assert "2 новых поста" in seen.text("#plan")
    assert "750 из 1 500" in seen.text("#spots")


def test_page_tells_how_much_rests_on_posts_with_an_approximate_place(
    open_page: Opener, seen: Opened
) -> None:
    tables = town()
    assert seen.page.query_selector("#approximate") is None
    shares = {"5": 0.125, "10": 0.25, "15": 0.5}
    summary = {**tables["summary"], "approximate_share_of_covered": shares}
    opened = open_page(study_map(**{**tables, "summary": summary}).to_html())
    told = "Из жителей в пределах 10 мин у 25,0 % ближайший пост нанесён лишь приблизительно."
    assert opened.text("#approximate") == told


def test_scenario_and_minutes_change_the_numbers_shown(open_page: Opener) -> None:
    opened = open_page(town_page())
    opened.page.click("#scenario-after")
    assert "91,3 %" in opened.text(".figure")
    opened.page.click("#cutoff-5")
    assert "35,0 %" in opened.text(".figure")
    assert opened.page.get_attribute("#cutoff-5", "aria-pressed") == "true"
    assert opened.run("document.activeElement.id") == "cutoff-5"


def test_a_standard_in_metres_is_told_with_its_figures_and_sites_with_why(
    open_page: Opener,
) -> None:
    opened = open_page(study_map(**metre_town()).to_html())
    assert "81,3 %" in opened.text(".figure")
    assert "в пределах 500/800 м" in opened.text(".figure")
    assert opened.page.get_attribute("#cutoff-500_800", "aria-pressed") == "true"
    opened.run("document.querySelector('#figures').open = true; 0")
    assert MARKUP in opened.text("#figures")  # as text, and never as a tag
    assert "прочитано в источнике" in opened.text("#figures")
    assert "участковых: 2" in opened.text("#staffing")
    opened.page.click("#site-0")
    told = opened.text("#info")
    assert f"список пользователя: ground floor «{MARKUP}»" in told
    assert "1 500" in told
    opened.page.check("#layer-areas")
    opened.page.click("#scenario-after")
    assert "91,3 %" in opened.text(".figure")
    assert opened.page.locator("img[src=x]").count() == 0
    assert opened.errors == []


def test_a_hexagon_a_post_and_a_house_answer_a_click(open_page: Opener) -> None:
    opened = open_page(town_page())

    def press(east: float, north: float, zoom: int) -> str:
        opened.run(
            f"window.walkshed.map.setView([{SOUTH + north * STEP}, {WEST + east * STEP}], {zoom}, "
            "{animate: false}); 0"
        )
        opened.page.wait_for_timeout(300)
        box = opened.page.locator(".folium-map").bounding_box()
        opened.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        opened.page.wait_for_timeout(100)
        return opened.text("#info")

    told = press(3.6, 0.6, 14)
    assert "Сейчас Жители" in told
    assert "50,0 % (750) в пределах" in told
    opened.page.click("#scenario-after")
    told = opened.text("#info")
    assert "Сейчас → С новыми постами" in told
    assert "50,0 % (750) → 60,0 % (900)" in told
    house = press(1.35, 1.35, 17)
    assert "Ближайший пост Предлагаемый пост 1 Пешком 7 мин" in house
    opened.page.click("#scenario-now")
    house = opened.text("#info")
    assert "Пешком 10 мин" in house
    assert "С новыми постами Предлагаемый пост 1, 7 мин" in house
    assert "за преградой" in press(3.35, 1.35, 17)
    assert "Опорный пункт" in press(1.2, 1.1, 17)
    opened.page.keyboard.press("Escape")
    assert opened.page.is_hidden("#info")


def test_rows_fly_to_their_place(open_page: Opener) -> None:
    opened = open_page(town_page())
    opened.page.click("#site-1")
    opened.page.wait_for_timeout(600)
    centre = opened.run("(({lat, lng}) => [lat, lng])(window.walkshed.map.getCenter())")
    assert centre == pytest.approx([SOUTH + 3 * STEP, WEST + 0.5 * STEP], abs=1e-4)
    opened.page.click("#spot-0")
    assert "Южный" in opened.text("#info")


@pytest.mark.parametrize("language", ["ru", "kk"])
def test_no_english_is_left_in_the_other_languages(open_page: Opener, language: str) -> None:
    opened = open_page(town_page("en"))
    opened.page.click(f"#language-{language}")
    opened.run("document.querySelector('details').open = true; 0")
    for name in ("areas", "neighbourhoods"):
        opened.page.check(f"#layer-{name}")
    said = visible_words(opened)
    for row in ("#spot-0", "#site-0"):
        opened.page.click(row)
        said += visible_words(opened)
    opened.page.locator(".leaflet-marker-icon").nth(1).press("Enter")
    said += visible_words(opened)
    assert set(re.findall(r"[A-Za-z]{2,}", said)) == {"ENG", "https", "example", "org"}
    assert opened.run("document.documentElement.lang") == language


def test_english_has_only_the_user_s_own_words_in_other_letters(open_page: Opener) -> None:
    opened = open_page(study_map(**town(language="en", title="Town", schematic=False)).to_html())
    own = {
        "РУС",
        "ҚАЗ",
        "улица",
        "Первая",
        "Опорный",
        "пункт",
        "Северный",
        "Южный",
        "Центр",
        "Окраина",
    }
    own |= {"Условный", "город", "свободно", "не", "более", "минут"}
    assert set(re.findall(r"[^\W\dA-Za-z_]+", visible_words(opened))) <= own


def test_a_made_up_city_says_so_on_panel_legend_and_map(open_page: Opener) -> None:
    opened = open_page(town_page())
    places = ("#panel .dated", "#ramp", "#watermark", ".about")
    words = {"ru": ("схема", "вымышлены"), "kk": ("сызба", "ойдан"), "en": ("schematic", "made up")}
    for language, (badge, about) in words.items():
        opened.page.click(f"#language-{language}")
        said = [opened.text(place).lower() for place in places]
        assert all(badge in text for text in said[:3])
        assert about in said[3]
    real = open_page(town_page(schematic=False))
    assert not re.search("схема", visible_words(real), flags=re.IGNORECASE)


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_hostile_names_do_nothing_and_show_as_they_are(open_page: Opener, name: str) -> None:
    text = HOSTILE[name]
    inputs = town(title=text, post=text, place=text, neighbourhood=text, near=text)
    opened = open_page(study_map(**inputs).to_html())
    assert opened.run("document.title").strip() == text
    assert opened.run("document.querySelector('h1').firstChild.textContent") == text
    assert opened.page.text_content("#site-0 .what") == text
    assert text in opened.page.text_content("#spots")
    assert text in opened.page.locator(".place").all_text_contents()
    opened.page.click("#spot-1")
    assert opened.page.text_content("#info h3") == text
    opened.page.click("#site-0")
    assert text in opened.page.text_content("#info dl")
    opened.page.locator(".leaflet-marker-icon").first.press("Enter")
    assert opened.page.text_content("#info h3") == text
    for language in ("kk", "en", "ru"):
        opened.page.click(f"#language-{language}")
    opened.page.wait_for_timeout(200)
    assert opened.run("window.__xss") is None
    assert opened.errors == []
    assert len(opened.requests) == 1


def test_a_dangerous_address_is_never_a_link(open_page: Opener) -> None:
    opened = open_page(town_page())
    links = opened.page.locator("#info a")
    opened.page.locator(".leaflet-marker-icon").nth(0).press("Enter")
    assert "javascript:window.__xss=1" in opened.text("#info")
    assert links.count() == 0
    opened.page.locator(".leaflet-marker-icon").nth(1).press("Enter")
    assert links.get_attribute("href") == "https://example.org/a"


def test_the_check_sees_an_attack_when_text_is_written_as_markup(open_page: Opener) -> None:
    html = with_markup_written(study_map(**town(post=HOSTILE["img"])).to_html())
    unguarded = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", html)
    opened = open_page(unguarded, wait=False)
    opened.page.wait_for_timeout(500)
    assert opened.run("window.__xss") == 1


def test_a_changed_page_does_not_run_at_all(open_page: Opener) -> None:
    opened = open_page(with_markup_written(town_page()), wait=False)
    opened.page.wait_for_timeout(300)
    assert opened.run("window.walkshed") is None


def test_panel_never_covers_the_map(open_page: Opener) -> None:
    for size in (DESKTOP, PHONE):
        opened = open_page(town_page(), size)
        chart = opened.page.locator(".folium-map").bounding_box()
        panel = opened.page.locator("#panel").bounding_box()
        beside = panel["x"] >= chart["x"] + chart["width"] - 1
        below = panel["y"] >= chart["y"] + chart["height"] - 1
        assert beside or below


def test_a_phone_leaves_at_least_half_of_its_height_to_the_map(open_page: Opener) -> None:
    opened = open_page(town_page(), PHONE)
    chart = opened.page.locator(".folium-map")
    assert chart.bounding_box()["width"] == PHONE["width"]
    assert chart.bounding_box()["height"] >= PHONE["height"] / 2
    assert opened.run("document.documentElement.scrollWidth") <= PHONE["width"]
    opened.page.click("#fold")
    opened.page.wait_for_timeout(300)
    assert chart.bounding_box()["height"] >= PHONE["height"] * 0.8
    assert opened.page.get_attribute("#fold", "aria-expanded") == "false"
    assert opened.text("#fold") == "Развернуть"


def test_keyboard_reaches_every_control_and_shows_where_it_is(open_page: Opener) -> None:
    opened = open_page(town_page())
    reached = set()
    opened.page.focus("#language-ru")
    for _ in range(60):
        opened.page.keyboard.press("Tab")
        reached.add(opened.run("document.activeElement.id"))
    wanted = opened.run(
        "[...document.querySelectorAll('#panel button, #panel input')].map((n) => n.id)"
    )
    assert set(wanted) - {"language-ru"} <= reached | {"language-ru"}
    assert all(wanted)
    opened.page.focus("#print")
    opened.page.keyboard.press("Tab")
    assert opened.run("getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_a_layer_can_be_hidden_and_shown(open_page: Opener) -> None:
    opened = open_page(town_page())
    markers = opened.page.locator(".leaflet-marker-icon")
    opened.page.uncheck("#layer-posts")
    assert markers.count() == 2
    opened.page.check("#layer-posts")
    assert markers.count() == 4
    opened.page.uncheck("#layer-hexagons")
    assert opened.page.locator("#ramp .steps").count() == 0


def test_paper_has_the_map_the_legend_and_the_sources_but_no_buttons(open_page: Opener) -> None:
    opened = open_page(town_page())
    opened.page.emulate_media(media="print")
    for shown in (".folium-map", ".headline", ".legend", ".about", "#ramp", "#watermark", "h1"):
        assert opened.page.is_visible(shown), shown
    for hidden in ("#print", "#fold", "#scenario-now", "#language-kk", ".leaflet-control-zoom"):
        assert opened.page.is_hidden(hidden), hidden


def test_the_page_never_says_that_a_post_lowers_crime(open_page: Opener) -> None:
    opened = open_page(town_page())
    for language in ("ru", "kk", "en"):
        opened.page.click(f"#language-{language}")
        assert not re.search(
            "преступ|қылмыс|құқық бұзу|crime|offence", visible_words(opened), re.IGNORECASE
        )
