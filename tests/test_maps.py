"""The planner's map as a file: offline, the same each time, and safe from any text."""

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import folium
import pytest
from folium import plugins
from hypothesis import given
from hypothesis import strategies as st

from map_town import SOUTH, WEST, town, town_summary
from walkshed.errors import CRSError, InputError, TableError
from walkshed.maps import OfflineMap, pack_backdrop, study_map
from walkshed.maps.ground import (
    unpack_integers,
)
from walkshed.maps.offline import LiteralElement, json_island


def island(page: str) -> dict[str, Any]:
    found = re.findall(r'<script type="application/json" id="walkshed-data">(.*?)</script>', page)
    assert len(found) == 1
    return dict(json.loads(found[0]))


# ---- one file, nothing fetched


def test_page_names_no_address_that_a_browser_would_fetch() -> None:
    page = study_map(**town()).to_html()
    assert not re.findall(r"<(?:script|img|iframe|link)[^>]+(?:src|href)=", page)
    assert not re.findall(r"url\((?!data:|#)[^)]*\)", page.split("<body>")[0])


def test_same_tables_give_the_same_bytes() -> None:
    assert study_map(**town()).to_html() == study_map(**town()).to_html()


def test_writing_a_map_twice_gives_the_same_bytes() -> None:
    page = study_map(**town())
    assert page.to_html() == page.to_html()


def test_layers_of_data_can_be_added_as_to_any_folium_map() -> None:
    page = OfflineMap(title="own", location=[SOUTH, WEST])
    folium.CircleMarker([SOUTH, WEST], radius=5).add_to(page)
    html = page.to_html()
    assert "L.circleMarker" in html
    assert "https://cdn" not in html


@pytest.mark.parametrize(
    ("layer", "name"),
    [
        (lambda: folium.TileLayer("OpenStreetMap"), "TileLayer"),
        (lambda: folium.CircleMarker([0, 0], popup="text"), "Popup"),
        (lambda: plugins.Fullscreen(), "Control.Fullscreen"),
    ],
)
def test_what_needs_the_network_is_refused_by_name(layer: Any, name: str) -> None:
    page = OfflineMap(location=[SOUTH, WEST])
    layer().add_to(page)
    with pytest.raises(InputError, match=re.escape(name)):
        page.to_html()


def test_tiles_of_an_offline_map_are_refused_and_those_of_an_online_one_are_not() -> None:
    tiles = {"tiles": "https://tile.example.org/{z}/{x}/{y}.png", "attr": "Example"}
    with pytest.raises(InputError, match=r"tiles: .*online=True"):
        OfflineMap(**tiles)
    assert "tile.example.org" in OfflineMap(online=True, **tiles).to_html()


def test_an_online_map_loads_what_its_layers_name_and_nothing_else_may_run() -> None:
    page = OfflineMap(online=True, location=[SOUTH, WEST])
    folium.Marker([SOUTH, WEST], popup="text").add_to(page)
    plugins.Fullscreen().add_to(page)
    html = page.to_html()
    loaded = re.findall(r'<script src="([^"]+)"', html)
    assert any("Control.FullScreen" in url for url in loaded)
    assert any("jquery" in url for url in loaded)
    assert not any("leaflet.js" in url for url in loaded)  # Leaflet stands in the page
    policy = re.findall(r'Content-Security-Policy" content="([^"]+)"', html)[0]
    rule = policy.split("script-src")[1].split(";")[0].split()
    assert [part for part in rule if not part.startswith("'sha256-")] == sorted(loaded)
    offline = study_map(**town()).to_html()
    assert "https:" not in re.findall(r'Content-Security-Policy" content="([^"]+)"', offline)[0]


def test_a_study_s_map_takes_tiles_only_when_it_is_asked_to_be_online() -> None:
    tiles = folium.TileLayer("https://tile.example.org/{z}/{x}/{y}.png", attr="Example")
    refusing = study_map(**town())
    tiles.add_to(refusing)
    with pytest.raises(InputError, match=r"TileLayer: .*online=True"):
        refusing.to_html()
    page = study_map(**town(), online=True)
    folium.TileLayer("https://tile.example.org/{z}/{x}/{y}.png", attr="Example").add_to(page)
    assert "tile.example.org" in page.to_html()


def test_a_map_shows_itself_in_a_notebook() -> None:
    shown = study_map(**town())._repr_html_()
    assert "<iframe srcdoc=" in shown
    assert "walkshed-data" in shown


def test_only_scripts_that_stand_in_the_page_may_run() -> None:
    page = study_map(**town()).to_html()
    policy = re.findall(r'Content-Security-Policy" content="([^"]+)"', page)[0]
    assert policy.startswith("default-src 'none'; ")
    scripts = re.findall(r"<script>(.*?)</script>", page, flags=re.DOTALL)
    for script in scripts:
        digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy
    script_rule = policy.split("script-src")[1].split(";")[0]
    assert "unsafe" not in script_rule


# ---- text is only ever text

HOSTILE = "</script><script>window.__xss=1</script>{{7*191}}{% raw %}\u2028&<!--"


def test_hostile_text_leaves_the_island_as_it_went_in() -> None:
    page = study_map(
        **town(
            title=HOSTILE,
            post=HOSTILE,
            place=HOSTILE,
            neighbourhood=HOSTILE,
            near=HOSTILE,
        )
    ).to_html()
    data = island(page)
    assert data["title"] == dict.fromkeys(("ru", "kk", "en"), HOSTILE)
    assert data["posts"][0]["names"]["kk"] == HOSTILE
    assert data["places"][0][-1] == HOSTILE
    assert data["neighbourhoods"]["names"][0] == HOSTILE
    assert data["proposed"][0]["near"] == HOSTILE
    assert "<script>window.__xss" not in page


def test_title_of_the_page_is_escaped() -> None:
    page = study_map(**town(title="</title><script>alert(1)</script>")).to_html()
    assert "<title>&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;</title>" in page


def test_literal_text_is_never_compiled_as_a_template() -> None:
    assert LiteralElement("{{7*7}}{% raw %}").render() == "{{7*7}}{% raw %}"


@given(st.text(max_size=40))
def test_no_text_can_end_the_island(text: str) -> None:
    html = json_island({"name": text}, "data").render()
    inside = html.removeprefix('<script type="application/json" id="data">').removesuffix(
        "</script>"
    )
    assert not set("<>&\u2028\u2029") & set(inside)
    assert json.loads(inside) == {"name": text}


def package_files(pattern: str) -> list[Path]:
    package = Path(__file__).parents[1] / "coverage" / "walkshed"
    found = sorted(package.rglob(pattern))
    assert found
    return found


FORBIDDEN_JS = (
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function|srcdoc"
)
FORBIDDEN_PY = r"\b(?:Popup|Tooltip|GeoJson\w*|Marker|DivIcon|Html|IFrame)\("


def test_no_script_of_ours_writes_markup() -> None:
    for path in package_files("*.js"):
        assert re.findall(FORBIDDEN_JS, path.read_text("utf-8")) == [], path.name
    assert re.findall(FORBIDDEN_JS, "box.innerHTML = name")


def test_no_module_of_ours_gives_text_to_folium_templates() -> None:
    for path in package_files("*.py"):
        assert re.findall(FORBIDDEN_PY, path.read_text("utf-8")) == [], path.name
    assert re.findall(FORBIDDEN_PY, "folium.Popup(name)")


# ---- numbers are the tables' own


def test_tables_reach_the_page_with_their_numbers() -> None:
    data = island(study_map(**town()).to_html())
    assert data["hexagons"]["ids"] == ["a", "b", "c"]
    assert data["hexagons"]["columns"]["share_within_10"] == [1, 0.5, 0]
    assert data["hexagons"]["columns"]["residents_within_10_after"] == [2000, 900, 50]
    assert data["neighbourhoods"]["columns"]["median_min"] == [7.25, 7.25]
    assert data["summary"]["share_within"] == {"5": 0.25, "10": 0.813, "15": 0.975}
    assert data["summary"]["nearest_min"]["max"] == "inf"
    assert [site["added"] for site in data["proposed"]] == [300, 100]
    assert (data["located"], data["known"]) == (2, 3)
    assert [post["id"] for post in data["posts"]] == ["p1", "p2"]


def test_doors_carry_minutes_posts_and_reasons_in_the_same_order() -> None:
    doors = island(study_map(**town()).to_html())["doors"]
    read = {name: unpack_integers(doors[name]).tolist() for name in doors if name != "shape"}
    columns = ("residents", "nearest_min", "nearest_min_after")
    columns += ("nearest_post", "nearest_post_after", "reason")
    rows = set(zip(*(read[name] for name in columns), strict=True))
    assert rows == {
        (10_000, 400, 400, 0, 0, 0),
        (2_500, 1000, 650, 0, -2, 0),
        (7_000, 1001, 800, 1, -3, 0),
        (1_000, -1, -1, -1, -1, 2),
    }


def test_a_study_without_plan_neighbourhoods_and_doors_is_drawn() -> None:
    summary = {
        name: value for name, value in town_summary().items() if name not in {"after", "plan"}
    }
    bare = town(
        proposed=None, neighbourhoods=None, service_areas=None, doors=None, curve=None,
        summary=summary, schematic=False,
    )  # fmt: skip
    bare["backdrop"] = pack_backdrop({}, hexagons=bare["hexagons"], posts=bare["posts"])
    data = island(study_map(**bare).to_html())
    assert (data["proposed"], data["neighbourhoods"], data["doors"]) == ([], None, None)


def test_missing_columns_are_named_all_at_once() -> None:
    inputs = town()
    inputs["hexagons"] = inputs["hexagons"].drop(columns=["median_min", "share_within_5"])
    with pytest.raises(TableError, match=r"(?s)`hexagons`.*share_within_5") as caught:
        study_map(**inputs)
    assert "median_min" in str(caught.value)


def test_a_table_without_crs_is_refused_by_name() -> None:
    inputs = town()
    inputs["posts"] = inputs["posts"].set_crs(None, allow_override=True)
    with pytest.raises(CRSError, match="posts: the CRS is missing"):
        study_map(**inputs)
