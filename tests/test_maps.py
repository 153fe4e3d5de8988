"""The planner's map as a file: offline, the same each time, and safe from any text."""

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import folium
import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from folium import plugins
from hypothesis import given
from hypothesis import strategies as st

from walkshed.errors import CRSError, InputError, TableError
from walkshed.maps import AboutMap, OfflineMap, study_map
from walkshed.maps.ground import (
    PER_DEGREE,
    pack_geometry,
    pack_ground,
    pack_integers,
    unpack_integers,
)
from walkshed.maps.offline import LiteralElement, json_island

WEST, SOUTH = 71.36, 42.89
STEP = 0.004  # of a degree: the town below is four steps wide
METRIC = 32642


def at(east: float, north: float) -> shapely.Point:
    return shapely.Point(WEST + east * STEP, SOUTH + north * STEP)


def way(*places: tuple[float, float]) -> shapely.LineString:
    return shapely.LineString([at(*place) for place in places])


def square(east: float, north: float, side: float = 1.0) -> shapely.Polygon:
    corner = at(east, north)
    return shapely.box(corner.x, corner.y, corner.x + side * STEP, corner.y + side * STEP)


def frame(columns: dict[str, Any], geometry: list[Any], index: Any = None) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=geometry, index=index, crs=4326).to_crs(METRIC)


def town_ground(place: str = "Центр") -> dict[str, gpd.GeoDataFrame]:
    lines = [way((0, 1), (4, 1)), way((0, 2), (4, 2)), way((1, 0), (1, 4)), way((3, 0), (3, 4))]
    pond = square(2.2, 2.2, 0.6).difference(square(2.4, 2.4, 0.2))
    return {
        "streets": frame({"road_class": ["major", "minor", "path", "minor"]}, lines),
        "rail": frame({}, [way((0, 3.5), (2, 3.5), (4, 3.2))]),
        "rivers": frame({}, [way((0, 0.2), (4, 0.4))]),
        "water": frame({}, [pond]),
        "green": frame({}, [square(0, 3, 0.5)]),
        "buildings": frame({}, [square(east + 0.3, 1.3, 0.1) for east in range(4)]),
        "places": frame({"name": [place, "Окраина"], "rank": [1, 4]}, [at(2, 2), at(3.5, 3.8)]),
    }


def area_columns(residents: list[float], shares: list[list[float]]) -> dict[str, Any]:
    """Columns of an area table: shares within 5, 10 and 15 minutes, now, and 0.1 more after."""
    columns: dict[str, Any] = {"residents": residents}
    for place, minutes in enumerate((5, 10, 15)):
        now = [row[place] for row in shares]
        for suffix, more in (("", 0.0), ("_after", 0.1)):
            share = [min(value + more, 1.0) for value in now]
            columns[f"share_within_{minutes}{suffix}"] = share
            columns[f"residents_within_{minutes}{suffix}"] = list(np.multiply(share, residents))
    for suffix in ("", "_after"):
        for name in ("median_min", "p90_min", "max_min"):
            columns[name + suffix] = [7.25] * len(residents)
        columns[f"residents_not_reached{suffix}"] = [0.0] * len(residents)
    return columns


MINUTES = {
    "name": "minutes_5_10_15",
    "planning_band": "10",
    "bands": [{"label": str(cut), "unit": "min", "limits": [cut]} for cut in (5, 10, 15)],
}


def town_summary() -> dict[str, Any]:
    now = {
        "residents_within": {"5": 1000.0, "10": 3252.0, "15": 3900.0},
        "share_within": {"5": 0.25, "10": 0.813, "15": 0.975},
        "nearest_min": {"median": 6.25, "p90": 12.0, "max": float("inf")},
        "residents_not_reached": 100.0,
    }
    after = {**now, "residents_within": {"5": 1400.0, "10": 3652.0, "15": 4000.0}}
    after |= {"share_within": {"5": 0.35, "10": 0.913, "15": 1.0}, "residents_not_reached": 0.0}
    plan = {"cutoff_min": 10, "new_posts": 2, "objective": 3652.0, "bound": 3652.0, "gap": 0.0}
    return {
        "city": "Town", "source": "schematic", "residents": 4000.0, "cutoffs_min": [5, 10, 15],
        "standard": MINUTES,
        **now, "after": after, "plan": {**plan, "status": "optimal", "model": "mclp"},
    }  # fmt: skip


def town_posts(name: str = "Опорный пункт", number: str = "17") -> gpd.GeoDataFrame:
    columns = {
        "kind": ["precinct_point", "modular_post", "department"],
        "status": ["existing", "planned", "existing"],
        "number": [number, "2", ""],
        "name_ru": [name, "", ""],
        "name_kk": [name, "", ""],
        "name_en": [name, "", ""],
        "location_precision": ["exact", "microdistrict", "unlocated"],
        "precision_m": [0.0, 400.0, 0.0],
        "origin": ["registry"] * 3,
        "source_url": ["javascript:window.__xss=1", "https://example.org/a", ""],
        "source_date": ["2024-05-06", "", ""],
    }
    return frame(columns, [at(1.2, 1.1), at(3.1, 2.9), None], ["p1", "p2", "p3"])


def town(
    *,
    title: Any = "Полиция в шаговой доступности",
    standard: str = "не более 10 минут",
    sources: Any = ({"name": "Условный город", "date": "2023-01-01", "licence": "свободно"},),
    schematic: bool = True,
    post: str = "Опорный пункт",
    place: str = "Центр",
    neighbourhood: str = "Северный",
    near: str = "улица Первая",
    **changes: Any,
) -> dict[str, Any]:
    """All that `study_map` takes, for a town of four squares one can draw on paper."""
    shares = [[0.5, 1.0, 1.0], [0.1, 0.5, 0.9], [0.0, 0.0, 0.5], [0.0, 0.0, 0.0]]
    cells = [square(0, 0, 2), square(2, 0, 2), square(0, 2, 2), square(2, 2, 2)]
    residents = [2000.0, 1500.0, 500.0, 0.0]
    named = {"name": [neighbourhood, "Южный"]} | area_columns(
        [2500.0, 1500.0], [[0.5, 0.9, 1.0], shares[1]]
    )
    proposed = {
        "site_id": ["s9", "s4"],
        "residents_added": [300.0, 100.0],
        "residents_within": [3552.0, 3652.0],
        "share_within": [0.888, 0.913],
        "near": [near, ""],
    }
    doors = {
        "residents": [10.0, 2.5, 7.0, 1.0],
        "nearest_min": [4.0, 10.0, 10.01, np.inf],
        "nearest_post": ["p1", "p1", "p2", ""],
        "nearest_min_after": [4.0, 6.5, 8.0, np.inf],
        "nearest_post_after": ["p1", "s9", "s4", ""],
        "band": ["5", "10", "15", ""],
        "band_after": ["5", "10", "10", ""],
        "not_reached_reason": ["", "", "", "behind_barrier"],
    }
    inputs: dict[str, Any] = {
        "about": AboutMap(
            title=title,
            standard=standard,
            schematic=schematic,
            sources=sources,
            data_date="2023-01-01",
            posts_known=3,
            posts_located=2,
        ),
        "posts": town_posts(post),
        "proposed": frame(proposed, [at(2, 0.5), at(0.5, 3)], [1, 2]),
        "hexagons": frame(area_columns(residents, shares), cells, list("abcd")),
        "neighbourhoods": frame(named, [square(0, 2, 4), square(0, 0, 4)], ["n1", "n2"]),
        "service_areas": frame(
            {"minutes": [5, 10, 15] * 2, "scenario": ["existing"] * 3 + ["after"] * 3},
            [at(1, 1).buffer(STEP * size) for size in (0.5, 1, 1.5, 0.6, 1.1, 1.6)],
        ),
        "doors": frame(doors, [at(east + 0.35, 1.35) for east in range(4)], list("wxyz")),
        "curve": pd.DataFrame(
            {"residents_within": [3252.0, 3552.0, 3652.0], "gain": [0.0, 300.0, 100.0]}
        ),
        "summary": town_summary(),
        "ground": town_ground(place),
    }
    return inputs | changes


MARKUP = "</script><img src=x onerror=alert(1)> {{ 7 * 7 }}"


def metre_town() -> dict[str, Any]:
    """The same town by a standard in metres, its sites with why, owner and cost."""
    inputs = town()
    band, summary = "500_800", town_summary()
    for part in (summary, summary["after"]):
        for name in ("residents_within", "share_within"):
            part[name] = {band: part[name]["10"]}
    summary["plan"] |= {"cutoff_min": None, "band": band}
    figure = {"key": "low_rise_m", "value": 800.0, "source": MARKUP, "date": "2008-10-14"}
    summary["standard"] = {
        "name": "everyday_500_800",
        "planning_band": band,
        "bands": [{"label": band, "unit": "m", "limits": [500.0, 800.0]}],
        "figures": [figure | {"verified": True}],
    }
    norm = {"residents_per_inspector": 2000.0, "inspectors": 2.0, "source": MARKUP}
    summary["staffing"] = norm | {"verified": False}
    for name in ("hexagons", "neighbourhoods"):
        table = inputs[name]
        inputs[name] = table.rename(
            columns=lambda column: column.replace("_within_10", f"_within_{band}")
        )
    inputs["service_areas"] = (
        inputs["service_areas"]
        .iloc[[0, 2, 3, 5]]
        .assign(metres=[500, 800] * 2)
        .drop(columns="minutes")
    )
    inputs["doors"] = inputs["doors"].assign(
        band=[band, band, "", ""], band_after=[band, band, band, ""],
        nearest_m=[320.0, 799.6, 801.0, np.inf], nearest_m_after=[320.0, 520.0, 640.0, np.inf],
        limit_m=[500.0, 800.0, 800.0, 500.0],
    )  # fmt: skip
    inputs["proposed"] = inputs["proposed"].assign(
        kind=["listed", "junction"], place=["ground floor", ""], name=[MARKUP, ""],
        crosses=["", ""], owner=[MARKUP, ""], cost=[1500.0, np.nan],
    )  # fmt: skip
    return inputs | {"summary": summary}


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
        summary=summary, ground={}, schematic=False,
    )  # fmt: skip
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


# ---- packing


@given(st.lists(st.integers(-(2**31), 2**31 - 1), max_size=50))
def test_packed_integers_come_back(values: list[int]) -> None:
    assert unpack_integers(pack_integers(values)).tolist() == values


def read_parts(shape: dict[str, Any], origin: tuple[float, float]) -> list[np.ndarray]:
    """Read a packed layer with plain loops: an independent reading of the format."""
    numbers = unpack_integers(shape["stream"]).tolist()
    features = numbers.pop(0)
    parts = [numbers.pop(0) for _ in range(features)]
    lengths = [numbers.pop(0) for _ in range(sum(parts))]
    half = len(numbers) // 2
    steps = np.array([numbers[:half], numbers[half:]]).T
    points = np.array(origin) + steps.cumsum(axis=0) / PER_DEGREE
    return np.split(points, np.cumsum(lengths)[:-1])


def test_packed_geometry_comes_back_within_a_quarter_of_a_metre() -> None:
    pond = square(2.2, 2.2, 0.6).difference(square(2.4, 2.4, 0.2))
    islands = shapely.MultiPolygon([square(0, 0), square(2, 0)])
    shapes = gpd.GeoSeries([way((0, 1), (4, 1)), pond, islands, at(1, 1)])
    packed = pack_geometry(shapes, origin=(WEST, SOUTH))
    assert packed["features"] == 4
    parts = read_parts(packed, (WEST, SOUTH))
    assert [len(part) for part in parts] == [2, 4, 4, 4, 4, 1]
    metres = np.abs(parts[0] - np.array(shapes[0].coords)) * 111_320
    assert metres.max() <= 0.25
    again = shapely.Polygon(parts[1], [parts[2]])
    assert again.area == pytest.approx(pond.area, rel=1e-3)


def test_shells_and_holes_turn_opposite_ways() -> None:
    pond = square(0, 0, 2).difference(square(0.5, 0.5, 0.5))
    shell, hole = read_parts(
        pack_geometry(gpd.GeoSeries([pond]), origin=(WEST, SOUTH)), (WEST, SOUTH)
    )
    assert shapely.is_ccw(shapely.LinearRing(shell)) != shapely.is_ccw(shapely.LinearRing(hole))


def test_ground_counts_every_row_that_has_a_geometry() -> None:
    ground = town_ground()
    ground["buildings"].loc[9] = None
    packed = pack_ground(ground, origin=(WEST, SOUTH))
    assert {name: layer["features"] for name, layer in packed.items()} == {
        "green": 1, "water": 1, "rivers": 1, "rail": 1, "buildings": 4,
        "path": 1, "minor": 2, "major": 1,
    }  # fmt: skip
