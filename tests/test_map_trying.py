"""«What if» on the map's page, in a real browser: its numbers, its files, its links, its keys."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from test_map_page import HOSTILE, Opened, Opener, browser, open_page, with_markup_written
from walkshed.settings import read_settings
from walkshed.study import run_study
from walkshed.study.files import study_map_of

__all__ = ["browser", "open_page"]  # fixtures of the page's own tests
pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def html(studied: Any) -> str:
    return study_map_of(studied).to_html()


@pytest.fixture
def tried(open_page: Opener, html: str) -> Opened:
    return begin(open_page(html))


def begin(opened: Opened) -> Opened:
    opened.page.click("#scenario-whatif")
    assert opened.errors == []
    return opened


def residents(opened: Opened) -> list[int]:
    """Residents within each band as the table of «What if» says."""
    bands = opened.run("JSON.parse(document.getElementById('walkshed-data').textContent)")
    count = len(bands["summary"]["standard"]["bands"])
    cells = opened.page.locator("#try-numbers .then").all_inner_texts()[:count]
    return [int(cell.replace(",", "")) for cell in cells]


def pixel(opened: Opened, lonlat: tuple[float, float]) -> tuple[float, float]:
    lon, lat = lonlat
    at = opened.run(f"(({{x, y}}) => [x, y])(walkshed.map.latLngToContainerPoint([{lat}, {lon}]))")
    box = opened.page.locator(".folium-map").bounding_box()
    return box["x"] + at[0], box["y"] + at[1]


def look_at(opened: Opened, lonlat: tuple[float, float], zoom: float = 16) -> None:
    lon, lat = lonlat
    opened.run(f"walkshed.map.setView([{lat}, {lon}], {zoom}, {{animate: false}}); 0")
    opened.page.wait_for_timeout(300)


def drag(opened: Opened, start: tuple[float, float], end: tuple[float, float]) -> list[list[int]]:
    """Drag by mouse; gives the residents that were told on the way."""
    (x0, y0), (x1, y1) = pixel(opened, start), pixel(opened, end)
    opened.page.mouse.move(x0, y0)
    opened.page.mouse.down()
    seen = []
    for step in range(1, 9):
        opened.page.mouse.move(x0 + (x1 - x0) * step / 8, y0 + (y1 - y0) * step / 8)
        opened.page.wait_for_timeout(40)
        seen.append(residents(opened))
    opened.page.mouse.up()
    opened.page.wait_for_timeout(100)
    return seen


def press_map(opened: Opened, lonlat: tuple[float, float]) -> None:
    opened.page.mouse.click(*pixel(opened, lonlat))
    opened.page.wait_for_timeout(80)


def saved(opened: Opened, folder: Path) -> Path:
    with opened.page.expect_download() as download:
        opened.page.click("#try-save")
    path = folder / "scenario.geojson"
    download.value.save_as(path)
    return path


def open_file(opened: Opened, path: Path) -> str:
    opened.page.set_input_files("#try-file", path)
    for _ in range(50):
        opened.page.wait_for_timeout(40)
        if opened.page.locator("#try-hint.told").count():
            break
    return str(opened.page.text_content("#try-hint"))


def open_text(opened: Opened, folder: Path, text: str) -> str:
    path = folder / "given.geojson"
    path.write_text(text, encoding="utf-8")
    return open_file(opened, path)


def change(properties: dict[str, Any], geometry: dict[str, Any] | None = None) -> str:
    feature = {"type": "Feature", "properties": properties, "geometry": geometry}
    return json.dumps({"type": "FeatureCollection", "features": [feature]}, ensure_ascii=False)


def as_the_command_says(
    walkshed: Callable[..., Any], study: Path, scenario: Path, folder: Path
) -> list[float]:
    ran = walkshed("run", study, "--scenario", scenario, "--out", folder)
    assert ran.code == 0, ran.err
    summary = json.loads((folder / "summary.json").read_text("utf-8"))
    return list(summary["residents_within"].values())


def test_a_post_dragged_by_mouse_gives_the_numbers_that_the_command_gives(
    tried, written, walkshed, lonlat, tmp_path
):
    look_at(tried, lonlat(400, 300))
    before = residents(tried)
    seen = drag(tried, lonlat(700, 615), lonlat(500, 430))
    assert len({tuple(told) for told in seen}) > 1  # numbers follow the hand
    after = residents(tried)
    assert after != before
    said = as_the_command_says(walkshed, written.study, saved(tried, tmp_path), tmp_path / "out")
    assert after == pytest.approx(said, abs=1)
    tried.page.click("#try-undo")
    assert residents(tried) == before
    tried.page.click("#try-redo")
    assert residents(tried) == after
    assert tried.errors == []


def test_what_a_drag_gives_is_void_once_something_else_is_shown(tried):
    before = residents(tried)
    tried.run(
        """(() => {
          const markers = [];
          walkshed.map.eachLayer((layer) => { if (layer.options.draggable) markers.push(layer); });
          const [post] = markers;
          const { lat, lng } = post.getLatLng();
          post.fire('dragstart').setLatLng([lat + 0.002, lng + 0.002]).fire('drag');
          document.getElementById('scenario-now').click();
          document.getElementById('scenario-whatif').click();
        })()"""
    )
    tried.page.wait_for_timeout(100)
    assert residents(tried) == before
    assert tried.errors == []


def test_the_box_of_an_area_tells_the_numbers_that_are_shown(tried):
    tried.page.locator("[data-post]").first.press("Enter")
    tried.page.click("#try-shut")
    tried.page.click("#spot-0")
    assert tried.text("#told-of") == "Now → What if"
    within, everybody = tried.text("#spot-0 .much").split(" of ")
    told = tried.page.locator("#info dd").all_inner_texts()
    assert told[0] == everybody
    place = ["5", "10", "15"].index("10")
    assert told[1 + place].endswith(f"({within})")
    tried.page.click("#scenario-now")
    assert tried.text("#told-of") == "Now"
    assert "→" not in tried.text("#info")


def test_paper_says_that_it_shows_a_what_if_and_which(tried):
    tried.page.locator("[data-post]").first.press("Enter")
    tried.page.click("#try-shut")
    tried.page.select_option("#try-profile", "older")
    tried.page.emulate_media(media="print")
    assert tried.text("h1").endswith("· What if")
    told = tried.page.locator("#try-changes .what").all_inner_texts()
    assert told[0].startswith("closed: ")
    assert told[1] == "walking speed: older person, 2.9 km/h"
    sheet, list_ = (tried.page.locator(part).bounding_box() for part in ("html", "#try-changes"))
    assert list_["y"] + list_["height"] <= sheet["y"] + sheet["height"]
    for part in ("#try-back-0", "#try-hint", "#proposed"):
        assert tried.page.is_hidden(part)
    tried.page.emulate_media(media="screen")
    assert "What if" not in tried.page.inner_text("h1")
    tried.page.click("#try-back-1")
    assert tried.page.locator("#try-changes .what").count() == 1


def test_all_changes_together_are_accepted_by_the_command_with_the_same_residents(
    tried, written, walkshed, lonlat, tmp_path
):
    look_at(tried, lonlat(1000, 200), 15)
    tried.page.click("#try-add")
    press_map(tried, lonlat(2010, 12))
    tried.page.click("#try-close")
    press_map(tried, lonlat(700, 0))
    tried.page.click("#try-link")
    press_map(tried, lonlat(1000, 2))
    press_map(tried, lonlat(796, 300))
    tried.page.click("#try-link")
    drag(tried, lonlat(100, -15), lonlat(130, 30))
    told = tried.page.locator("#try-changes .what").all_text_contents()
    assert len(told) == 4
    path = saved(tried, tmp_path)
    actions = [item["properties"]["action"] for item in json.loads(path.read_text())["features"]]
    assert sorted(actions) == ["add_post", "add_street", "close", "move_post"]
    said = as_the_command_says(walkshed, written.study, path, tmp_path / "out")
    assert residents(tried) == pytest.approx(said, abs=1)


def test_new_and_closed_ways_are_drawn_and_a_click_on_them_takes_them_back(tried, lonlat):
    look_at(tried, lonlat(900, 150))
    before = residents(tried)
    tried.page.click("#try-close")
    press_map(tried, lonlat(1000, 0))
    closed = tried.page.locator(".leaflet-changes-pane path[stroke='#c81e1e']")
    assert closed.count() == 1
    assert residents(tried) < before
    tried.page.click("#try-close")  # no tool any more: a click is one on what is drawn
    press_map(tried, lonlat(940, 0))
    assert closed.count() == 0
    assert residents(tried) == before
    tried.page.click("#try-link")
    press_map(tried, lonlat(1000, 3))
    press_map(tried, lonlat(800, 150))
    new = tried.page.locator(".leaflet-changes-pane path[stroke='#c2410c'][stroke-dasharray]")
    assert new.count() == 1
    tried.page.click("#try-link")
    press_map(tried, lonlat(950, 37.5))
    assert new.count() == 0
    assert tried.page.locator("#try-changes").count() == 0
    assert tried.page.is_enabled("#try-undo")


def test_an_end_of_a_new_way_far_from_any_street_is_told(tried, lonlat):
    look_at(tried, lonlat(900, 150))
    tried.page.click("#try-link")
    press_map(tried, lonlat(1000, 150))
    assert "25 m" in tried.text("#try-hint")
    assert tried.page.locator("#try-changes").count() == 0


def test_arrow_keys_move_a_focused_post_and_the_move_is_told(tried):
    marker = tried.page.locator("[data-post]").first
    marker.focus()
    post = marker.get_attribute("data-post")
    where = """(() => { const node = document.activeElement;
      const at = L.DomUtil.getPosition(node); const map = walkshed.map;
      const {lat, lng} = map.layerPointToLatLng(at); return [lat, lng]; })()"""
    start = tried.run(where)
    for _ in range(4):
        tried.page.keyboard.press("ArrowUp")
    assert tried.run("document.activeElement.dataset.post") == post
    north = (tried.run(where)[0] - start[0]) * 111_195
    tried.page.keyboard.press("Shift+ArrowDown")
    back = (tried.run(where)[0] - start[0]) * 111_195
    metres_a_pixel = tried.run("40075016 * Math.cos(0.7487) / 256 / 2 ** walkshed.map.getZoom()")
    assert north == pytest.approx(100, abs=2 * metres_a_pixel)
    assert back == pytest.approx(0, abs=2 * metres_a_pixel)
    assert "residents" in tried.text("#try-said")
    for _ in range(5):
        tried.page.click("#try-undo")
    assert not tried.page.is_enabled("#try-undo")


def test_every_tool_can_be_used_at_the_centre_of_the_map_by_keyboard(tried, lonlat):
    look_at(tried, lonlat(1000, 0))
    for tool in ("add", "close", "link"):
        tried.page.focus(f"#try-{tool}")
        tried.page.keyboard.press("Enter")
        tried.page.focus("#try-here")
        tried.page.keyboard.press("Enter")
    look_at(tried, lonlat(800, 100))
    tried.page.focus("#try-here")
    tried.page.keyboard.press("Enter")
    assert tried.page.locator("#try-changes .what").count() == 3
    for _ in range(3):
        tried.page.focus("#try-back-0")
        tried.page.keyboard.press("Enter")
    assert tried.page.locator("#try-changes").count() == 0


def test_a_new_post_is_removed_from_its_own_box(tried, lonlat):
    look_at(tried, lonlat(1000, 0))
    tried.page.click("#try-add")
    press_map(tried, lonlat(1000, 10))
    tried.page.click("#try-add")
    tried.page.locator("[data-post='new-1']").press("Enter")
    tried.page.click("#try-remove")
    assert tried.page.locator("[data-post='new-1']").count() == 0
    assert tried.page.is_hidden("#info")


def test_a_saved_scenario_opens_again_and_so_does_its_link(
    tried, open_page, html, lonlat, tmp_path
):
    look_at(tried, lonlat(1000, 200), 15)
    tried.page.click("#try-add")
    press_map(tried, lonlat(2010, 12))
    tried.page.click("#try-close")
    press_map(tried, lonlat(1000, 0))
    tried.page.select_option("#try-profile", "older")
    tried.page.locator("[data-post]").first.press("Enter")
    tried.page.click("#try-shut")
    told = residents(tried)
    changes = tried.page.locator("#try-changes .what").all_text_contents()
    path = saved(tried, tmp_path)
    tried.page.click("#try-share")
    tried.page.wait_for_selector("#try-address")
    mark = tried.page.input_value("#try-address").split("#")[1]

    other = begin(open_page(html))
    assert open_file(other, path).startswith("Opened")
    assert residents(other) == told
    assert other.page.locator("#try-changes .what").all_text_contents() == changes
    assert saved(other, tmp_path).read_text("utf-8") == path.read_text("utf-8")

    other.run(f"location.hash = '{mark}'; 0")
    linked = open_page(html)
    linked.page.goto(linked.page.url + "#" + mark)
    linked.page.reload()
    linked.page.wait_for_selector("#try-changes")
    assert residents(linked) == told
    assert linked.page.locator("#try-changes .what").all_text_contents() == changes
    assert (linked.errors, other.errors) == ([], [])


WRONG_FILES = [
    ("", "not GeoJSON"),
    ("<html>", "not GeoJSON"),
    ("[]", "a GeoJSON collection"),
    ('{"features": {"length": 3}}', "a GeoJSON collection"),
    ('{"features": [null, 7, {"properties": null}]}', "change 3"),
    (change({"action": "constructor"}), "cannot do «constructor»"),
    (change({"action": "open"}), "cannot do «open»"),
    (change({"action": "close_post", "post_id": "nowhere"}), "no post «nowhere»"),
    (change({"action": "close_post", "post_id": "__proto__"}), "no post «__proto__»"),
    (change({"action": "add_post", "id": "a"}), "a point in degrees"),
    (
        change({"action": "add_post", "id": "a", "kind": "toString"},
               {"type": "Point", "coordinates": [71.37, 42.9]}),
        "no kind of post «toString»",
    ),
    (
        change({"action": "add_post", "id": "a"},
               {"type": "Point", "coordinates": [71.37, 1e999]}),
        "a point in degrees",
    ),
    (
        change({"action": "close"},
               {"type": "LineString", "coordinates": [[0, 0], [0.001, 0]]}),
        "no street of this map",
    ),
    ('{"features": [], "walkshed": {"speed_kmh": "fast"}}', "between 1 and 10 km/h"),
]  # fmt: skip


def test_files_that_are_wrong_are_told_and_change_nothing(tried, lonlat, tmp_path):
    look_at(tried, lonlat(1000, 0))
    tried.page.click("#try-add")
    press_map(tried, lonlat(1000, 10))
    before = residents(tried)
    for text, told in WRONG_FILES:
        tried.page.click("#try-undo")
        tried.page.click("#try-redo")
        assert told in open_text(tried, tmp_path, text.replace("Infinity", "1e999")), text
        assert residents(tried) == before
        assert tried.page.locator("#try-changes .what").count() == 1
    assert tried.errors == []


HOLLOW_LINKS = [
    "#what-if=",
    "#what-if=%3Cimg",
    "#what-if=AAAA",
    "#what-if=eNo",
    "#<img src=x onerror=alert(1)>",
]
HOLLOW_LINKS += ["#what-if=" + "A" * 100_000]


def test_links_that_hold_no_scenario_do_nothing(open_page, html):
    opened = open_page(html)
    for mark in HOLLOW_LINKS:
        opened.run(f"location.hash = {json.dumps(mark)}; 0")
        opened.page.wait_for_timeout(60)
        assert opened.page.get_attribute("#scenario-now", "aria-pressed") == "true"
    assert opened.errors == []


def test_hostile_ids_and_names_of_opened_files_show_as_they_are(tried, lonlat, tmp_path):
    point = {"type": "Point", "coordinates": list(lonlat(1000, 10))}
    for text in HOSTILE.values():
        given = change({"action": "add_post", "id": text, "name": text}, point)
        assert open_text(tried, tmp_path, given).startswith("Opened")
        assert tried.page.text_content("#try-changes .what") == f"added: {text}"
        markers = tried.page.locator("[data-post]")
        labels = [node.get_attribute("aria-label") for node in markers.all()]
        markers.nth(labels.index(text)).press("Enter")
        assert tried.page.text_content("#info h3") == text
        again = json.loads(saved(tried, tmp_path).read_text("utf-8"))["features"][0]["properties"]
        assert (again["id"], again["name"]) == (text, text)
        tried.page.click("#try-share")
        tried.page.click("#try-undo")
        wrong = open_text(tried, tmp_path, change({"action": "close_post", "post_id": text}))
        assert f"no post «{text[:60]}" in wrong
    assert tried.run("window.__xss") is None
    assert tried.errors == []
    assert len(tried.requests) == 1


def test_the_check_sees_an_attack_where_the_page_is_careless(open_page, html, tmp_path):
    careless = html.replace("told(t(\"Nothing was changed.", "document.body.appendChild("
                            "document.createElement('p')).innerHTML = problems.join('');"
                            "told(t(\"Nothing was changed.", 1)  # fmt: skip
    assert careless != html
    careless = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", careless)
    opened = open_page(careless)
    opened.page.click("#scenario-whatif")
    open_text(opened, tmp_path, change({"action": "close_post", "post_id": HOSTILE["img"]}))
    opened.page.wait_for_timeout(300)
    assert opened.run("window.__xss") == 1
    assert with_markup_written(html) != html


def test_posts_proposed_by_the_page_add_the_residents_it_tells_and_call_themselves_a_heuristic(
    tried, written, walkshed, tmp_path
):
    before = residents(tried)
    place = ["5", "10", "15"].index("10")
    tried.page.select_option("#try-count", "2")
    tried.page.click("#try-propose")
    tried.page.wait_for_selector("#try-changes")
    told = tried.text("#try-hint")
    assert "a rule of thumb, not a proof" in told
    after = residents(tried)
    gain = int(re.sub(r"[^\d]", "", told.split(" residents")[0]))
    assert after[place] - before[place] == pytest.approx(gain, abs=1)
    assert gain > 0
    said = as_the_command_says(walkshed, written.study, saved(tried, tmp_path), tmp_path / "out")
    assert after == pytest.approx(said, abs=1)


def test_a_profile_changes_the_speed_and_says_where_it_is_from(tried):
    now = residents(tried)
    tried.page.select_option("#try-profile", "older")
    assert tried.page.input_value("#try-speed") == "2.9"
    assert residents(tried) < now
    tried.run("document.querySelector('#try-profile-source').open = true; 0")
    assert "Western et al. 2018" in tried.text("#try-profile-source")
    assert "and nothing else" in tried.text("#try-profile-source")
    tried.page.select_option("#try-profile", "adult")
    assert residents(tried) == now


@pytest.fixture(scope="module")
def by_metres(tmp_path_factory: Any, write_study: Any) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("metres")
    study = write_study(folder, standard={"name": "everyday_500_800"})
    return study, study_map_of(run_study(read_settings(study))).to_html()


def test_a_standard_in_metres_can_be_asked_too(open_page, by_metres, walkshed, lonlat, tmp_path):
    study, html = by_metres
    opened = begin(open_page(html))
    data = opened.run("JSON.parse(document.getElementById('walkshed-data').textContent)")
    now = list(data["summary"]["residents_within"].values())
    assert residents(opened) == pytest.approx(now, abs=1)
    assert opened.page.locator("#try-speed").count() == 0
    assert "km" in opened.text("#try-numbers")
    look_at(opened, lonlat(1000, 200), 15)
    opened.page.click("#try-add")
    press_map(opened, lonlat(1500, 12))
    after = residents(opened)
    said = as_the_command_says(walkshed, study, saved(opened, tmp_path), tmp_path / "out")
    assert after == pytest.approx(said, abs=1)
    assert after[0] > now[0]
    assert opened.errors == []


def test_the_whole_table_of_neighbourhoods_sums_to_the_change_and_is_sorted_by_it(tried, lonlat):
    look_at(tried, lonlat(1000, 0))
    tried.page.click("#try-add")
    press_map(tried, lonlat(1000, 10))
    tried.run("document.querySelector('#try-all-zones').open = true; 0")
    rows = tried.page.locator("#try-all-zones tbody tr").all_inner_texts()
    changes = [abs(int(row.split("\t")[3].replace("−", "-").replace(",", ""))) for row in rows]
    assert len(rows) == 2
    assert changes == sorted(changes, reverse=True)
    assert changes[0] > 0
