"""Registry against OpenStreetMap: each kind of contradiction is told, and none where both agree."""

import geopandas as gpd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point

from walkshed.sources.merged_posts import CONFLICTS, MergedPosts, merge_posts, number_key
from walkshed.sources.posts import posts_from_osm, read_posts

METRIC = 32642
CORNER = (693_500.0, 4_752_000.0)


def at(east_m: float) -> Point:
    return gpd.GeoSeries([Point(CORNER[0] + east_m, CORNER[1])], crs=METRIC).to_crs(4326).iloc[0]


def registry_of(tmp_path, **row: str) -> gpd.GeoDataFrame:
    values = {"id": "R", "kind": "precinct_point", "number": "17", "name_ru": "УПП № 17"} | row
    if "location_precision" not in values:
        values |= {"lat": f"{at(0).y:.8f}", "lon": f"{at(0).x:.8f}"}
    path = tmp_path / "posts.csv"
    path.write_text(f"{','.join(values)}\n{','.join(values.values())}\n", encoding="utf-8")
    return read_posts(path)


def osm_of(east_m: float, name: str = "УПП № 17", ref: str = "17") -> gpd.GeoDataFrame:
    tags = {"osm_id": ["n1"], "amenity": ["police"], "name": [name], "ref": [ref]}
    return posts_from_osm(gpd.GeoDataFrame(tags, geometry=[at(east_m)], crs=4326))


def conflicts(merged: MergedPosts) -> list[tuple[str, str, str]]:
    rows = merged.conflicts
    return list(rows[["conflict", "registry_says", "osm_says"]].itertuples(index=False, name=None))


def test_posts_that_agree_have_no_conflict(tmp_path) -> None:
    merged = merge_posts(registry_of(tmp_path), osm_of(20))
    assert merged.dropped.index.to_list() == ["n1"]
    assert conflicts(merged) == []
    assert merged.conflicts.columns.to_list()[0] == "conflict"


@pytest.mark.parametrize(
    ("row", "found", "told"),
    [
        ({}, osm_of(300), ("same_number_other_place", "17", "17")),
        ({}, osm_of(20, ref="№ 30"), ("same_place_other_number", "17", "№ 30")),
        (
            {"kind": "modular_post", "name_ru": ""},
            osm_of(20),
            ("same_place_other_kind", "modular_post", "precinct_point"),
        ),
        (
            {"name_ru": "Опорный пункт «Карасу»"},
            osm_of(20, name="УПП Dulati", ref=""),
            ("same_place_other_name", "Опорный пункт «Карасу»", "УПП Dulati"),
        ),
        ({"status": "closed"}, osm_of(20), ("closed_in_registry", "closed", "existing")),
        ({"status": "planned"}, osm_of(20), ("planned_in_registry", "planned", "existing")),
        (
            {"location_precision": "unlocated"},
            osm_of(20),
            ("same_number_registry_unlocated", "17", "17"),
        ),
    ],
)
def test_each_contradiction_is_told_with_what_both_say(tmp_path, row, found, told) -> None:
    merged = merge_posts(registry_of(tmp_path, **row), found)
    assert told in conflicts(merged)
    assert told[0] in CONFLICTS


def test_a_guessed_department_is_no_other_kind(tmp_path) -> None:
    merged = merge_posts(registry_of(tmp_path), osm_of(20, name="Полиция", ref=""))
    assert "same_place_other_kind" not in merged.conflicts["conflict"].to_list()
    named = merge_posts(registry_of(tmp_path), osm_of(20, name="Отдел полиции", ref=""))
    assert "same_place_other_kind" in named.conflicts["conflict"].to_list()


def test_number_of_another_kind_is_another_post(tmp_path) -> None:
    merged = merge_posts(registry_of(tmp_path), osm_of(300, name="Отдел полиции № 17"))
    assert conflicts(merged) == []


def test_which_post_stays_and_how_far_apart_they_are_is_told(tmp_path) -> None:
    row = merge_posts(registry_of(tmp_path, status="closed"), osm_of(20)).conflicts.iloc[0]
    assert (row["kept_post_id"], row["osm_post_id"]) == ("R", "n1")
    assert row["distance_m"] == pytest.approx(20, abs=0.2)
    both = merge_posts(registry_of(tmp_path), osm_of(300)).conflicts.iloc[0]
    assert (both["kept_post_id"], both["distance_m"]) == ("", pytest.approx(300, abs=1))


def test_texts_of_others_are_kept_as_they_are(tmp_path) -> None:
    merged = merge_posts(registry_of(tmp_path), osm_of(20, ref="{{7*191}}"))
    assert conflicts(merged) == [("same_place_other_number", "17", "{{7*191}}")]


@pytest.mark.parametrize(
    ("number", "key"), [("№ 017", "17"), ("17А", "17а"), ("б/н", ""), ("", ""), ("0", "")]
)
def test_numbers_are_compared_by_their_digits(number, key) -> None:
    assert number_key(number) == key


@given(st.lists(st.floats(0, 400), min_size=1, max_size=8))
@settings(max_examples=40, deadline=None)
def test_near_posts_are_doubles_and_no_others(offsets) -> None:
    ids = [f"n{i}" for i in range(len(offsets))]
    points = gpd.GeoSeries([Point(CORNER[0] + x, CORNER[1]) for x in offsets], crs=METRIC)
    found = posts_from_osm(gpd.GeoDataFrame({"osm_id": ids}, geometry=points, crs=METRIC))
    ours = posts_from_osm(gpd.GeoDataFrame({"osm_id": ["R"]}, geometry=[Point(CORNER)], crs=METRIC))
    merged = merge_posts(ours.to_crs(METRIC), found)
    distance_m = points.distance(Point(CORNER))
    clear = [i for i, d in enumerate(distance_m) if abs(d - 50) > 1e-6]
    doubled = {f"n{i}" for i in clear if distance_m[i] < 50}
    assert doubled == set(merged.dropped.index) & {f"n{i}" for i in clear}
    assert len(merged.posts) == 1 + len(found) - len(merged.dropped)
