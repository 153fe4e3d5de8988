"""Posts without coordinates: what their words name on the map, and what stays unlocated."""

import geopandas as gpd
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely import Point

from registries import HOSTILE, write
from towns import CRS, MONACO, ORIGIN, Town
from walkshed.schemas import PRECISION_RADIUS_M, check_facilities
from walkshed.settings import PostsSettings, SourceSettings
from walkshed.sources._names import folded, house_number, mentions, name_of
from walkshed.sources.choose import open_source
from walkshed.sources.city_posts import city_posts, police_of
from walkshed.sources.gazetteer import Gazetteer, gazetteer
from walkshed.sources.matching import match_posts, text_answers
from walkshed.sources.osm import read_osm
from walkshed.sources.posts import located_count, of_settlement, read_posts

TARAZ = MONACO.parents[1] / "taraz"


def house(town: Town, x: float, y: float, number: str, **of: str) -> None:
    tags = {f"addr:{key}": value for key, value in of.items()}
    town.square(x, y, 10, building="house", **{"addr:housenumber": number, **tags})


@pytest.fixture(scope="module")
def town() -> Town:
    """Abay street along y = 0, even numbers above it, a far lane, a quarter, landmarks."""
    town = Town()
    names = {"name": "Абай көшесі", "name:ru": "улица Абая", "name:en": "Abay Street"}
    town.street((0, 0), (800, 0), **names)
    town.street((800, 0), (2000, 0), **names)
    for i, number in enumerate(["2", "4", "8", "10А", "12/1"]):
        house(town, 40 * i, 20, number, street="улица Абая")
    house(town, 600, 20, "60", street="улица Абая")
    house(town, 900, 20, "90", street="улица Абая")
    town.street((0, 300), (200, 300), name="улица Короткая")
    town.street((0, 600), (300, 600), name="улица Ленина")
    town.street((0, 6000), (300, 6000), name="улица Ленина")
    house(town, 10, 6020, "7", street="улица Ленина")
    town.street((3000, 0), (3300, 0), name="улица Достык")
    town.street((3000, 100), (3300, 100), name="переулок Достык")
    names = {"name": "15 шағын аудан", "name:ru": "15-й микрорайон"}
    town.square(4000, 0, 600, place="suburb", **names)
    house(town, 4050, 50, "3", place="15-й микрорайон")
    town.apart(5500, 300, place="neighbourhood", name="Қарасу")
    town.square(6000, 0, 3000, place="suburb", name="Великий")
    town.square(1000, 500, 100, amenity="university", name="Университет имени Дулати")
    town.square(1200, 500, 60, amenity="school", name="№17 орта мектеп")
    town.apart(1500, 500, amenity="school", name="Школа-лицей № 8")
    town.square(1600, 2000, 300, aeroway="aerodrome", name="Тараз әуежайы")
    town.apart(0, 900, amenity="police", name="УПП № 30", ref="30")
    return town


@pytest.fixture(scope="module")
def names(town: Town) -> Gazetteer:
    return gazetteer(town.extract(), crs=CRS)


def answer(names: Gazetteer, text: str, home: str = "Тараз"):
    answers = text_answers(text, names, home=home, within=[])
    return answers[0] if answers else None


def where(names: Gazetteer, text: str) -> tuple[float, float, str] | None:
    """Place on paper and precision of the one thing that a text names."""
    found = answer(names, text)
    if found is None or found.found is None:
        return None
    point = found.found.thing.point
    return round(point.x - ORIGIN[0]), round(point.y - ORIGIN[1]), found.found.precision


# -- names -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "alike",
    [
        ("Қарасу", "Карасу", "Karasu", "ҚАРАСУ", "Қарасу "),
        ("Тынышбаев", "Tynyshbayev", "Тынышбаёв"),
        ("Сүлейменов", "Suleimenov", "Suleymenov"),
        ("Жамбыл", "Zhambyl", "Jambyl"),
        ("Төле би", "Толе Би", "Tole-bi"),
        ("Желтоқсан", "Желтоксан", "Zheltoqsan"),
    ],
)
def test_one_name_in_three_spellings_is_one_name(alike) -> None:
    assert len({folded(name) for name in alike}) == 1


@pytest.mark.parametrize(
    "alike",
    [
        (
            "15 мкр",
            "15-й микрорайон",
            "15 шағын аудан",
            "м-н 15",
            "15-ші шағын ауданы",
            "мкр. № 15",
        ),
        ("ул. Абая", "улица Абая", "Абая көшесі", "Абая к-сі", "Abaya str."),
        ("пр. Жамбыла", "проспект Жамбыла", "пр-т Жамбыла", "Жамбыла даңғылы"),
        (
            "массив Карасу",
            "ж/м Карасу",
            "Қарасу алабы",
            "жилой массив Карасу",
            "тұрғын алабы Қарасу",
        ),
        ("пер. Садовый", "переулок Садовый"),
    ],
)
def test_one_name_with_different_words_of_kind_is_one_name(alike) -> None:
    assert len({name_of(name) for name in alike}) == 1


@given(st.text(max_size=80))
def test_any_text_is_read(text) -> None:
    assert folded(text) == folded(f" {text} ")
    house_number(text)
    for part in mentions(text, "Тараз"):
        assert all(mention.name.key for mention in part)


# -- what a text names -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "ул. Абая, 8",
        "г. Тараз, ул. Абая, д. 8",
        "Тараз қаласы, Абай көшесі 8",
        "Abay street 8, Taraz",
        "Абая 8",
        "абай к-сі, 8 үй",
        "ул. Абая 8, кв. 15",
        "Абая ул., дом № 8",
    ],
)
def test_street_and_number_name_a_house_in_any_language(names, text) -> None:
    assert where(names, text) == (85, 25, "address")


def test_letters_and_fractions_of_a_number_are_part_of_it(names) -> None:
    assert where(names, "ул. Абая, 10-а") == (125, 25, "address")
    assert where(names, "ул. Абая 12 / 1") == (165, 25, "address")


def test_missing_house_is_put_between_close_neighbours_of_its_side(names) -> None:
    # 6 lies halfway between 4 (at 45) and 8 (at 85).
    assert where(names, "ул. Абая, 6") == (65, 25, "address")
    assert answer(names, "ул. Абая, 6").found.how == "between houses"


@pytest.mark.parametrize("number", ["5", "70", "500"])
def test_house_without_close_neighbours_on_a_long_street_stays_unlocated(names, number) -> None:
    # 5 has no odd neighbours, 60 and 90 are 300 m apart, nothing is beyond 90.
    found = answer(names, f"ул. Абая, {number}")
    assert found.found is None
    assert f"the map has no house {number} there" in found.reason


def test_short_street_alone_is_worth_a_landmark_and_a_long_one_nothing(names) -> None:
    assert where(names, "улица Короткая") == (100, 300, "landmark")
    assert where(names, "ул. Короткая, 15") == (100, 300, "landmark")
    assert "too large" in answer(names, "улица Абая").reason


def test_two_streets_of_a_name_are_told_and_not_chosen_from(names) -> None:
    for text in ("ул. Ленина", "ул. Ленина, 7"):
        found = answer(names, text)
        assert found.found is None
        assert len(found.alternatives) == 2
        assert "say which one is meant" in found.reason


def test_houses_far_from_the_street_of_their_name_tell_of_a_second_one() -> None:
    town = Town()
    town.street((0, 0), (200, 0), name="улица Мира")
    house(town, 0, 9000, "3", street="улица Мира")
    names = gazetteer(town.extract(), crs=CRS)
    assert where(names, "ул. Мира, 99") is None  # either of the two
    assert where(names, "ул. Мира, 3") is None
    assert len(answer(names, "ул. Мира, 3").alternatives) == 2


def test_street_and_lane_of_one_name_are_two(names) -> None:
    assert where(names, "переулок Достык") == (3150, 100, "landmark")
    assert where(names, "ул. Достык") == (3150, 0, "landmark")
    assert len(answer(names, "Достык").alternatives) == 2


@pytest.mark.parametrize("text", ["15 мкр", "15-й микрорайон, Тараз", "15 шағын аудан", "м-н 15"])
def test_microdistrict_is_found_by_its_number(names, text) -> None:
    assert where(names, text) == (4300, 300, "microdistrict")


def test_house_of_a_microdistrict_is_found_and_else_the_microdistrict(names) -> None:
    assert where(names, "15 мкр, дом 3") == (4055, 55, "address")
    assert where(names, "15 мкр, дом 44") == (4300, 300, "microdistrict")


def test_massif_that_is_a_point_on_the_map(names) -> None:
    assert where(names, "массив Карасу, Тараз (beyond the railway)") == (5500, 300, "microdistrict")
    assert where(names, "Karasu") == (5500, 300, "microdistrict")


def test_area_larger_than_a_microdistrict_locates_nothing(names) -> None:
    assert "too large" in answer(names, "Великий").reason


@pytest.mark.parametrize("text", ["школа № 17", "№17 мектеп", "средняя школа 17", "school 17"])
def test_landmark_is_found_by_what_it_is_and_its_number(names, text) -> None:
    assert where(names, text) == (1230, 530, "landmark")


def test_other_landmarks(names) -> None:
    assert where(names, "возле университета им. Дулати")[2] == "landmark"
    assert where(names, "Taraz airport") == (1750, 2150, "landmark")  # there is one only


@pytest.mark.parametrize(
    "text",
    [
        "Taraz; street address not found in the sources",
        "Taraz; locations not published in the sources",
        "Zheleznodorozhny part of Taraz",
        "not found",
        "улица",
        "17",
        "школа",
        "ул. Абаева, 8",
        "Тараз",
        *HOSTILE,
    ],
)
def test_words_that_name_nothing_locate_nothing(names, text) -> None:
    assert where(names, text) is None


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_names_of_streets_are_names(hostile, names) -> None:
    town = Town()
    town.street((0, 0), (100, 0), name=hostile)
    found = answer(gazetteer(town.extract(), crs=CRS), hostile)
    if found is not None and found.found is not None:
        assert found.found.thing.name == hostile


# -- registries ------------------------------------------------------------------------------------


def registry_of(tmp_path, *rows: str) -> gpd.GeoDataFrame:
    columns = "id,kind,number,settlement,address,landmark,location_text"
    return read_posts(write(tmp_path, "\n".join([columns, *rows]) + "\n"))


def matched(tmp_path, town: Town, *rows: str) -> tuple[gpd.GeoDataFrame, pd.DataFrame]:
    extract = town.extract()
    names = gazetteer(extract, crs=CRS)
    registry = registry_of(tmp_path, *rows)
    return match_posts(registry, police_of(extract), names, home="Taraz")


def test_matched_rows_say_what_they_are_matched_to_and_the_rest_why_not(tmp_path, town) -> None:
    posts, matches = matched(
        tmp_path,
        town,
        'A,,,Taraz,"ул. Абая, 8",,',
        "B,,,Taraz,,,15 мкр",
        "C,,,Taraz,ул. Ленина 7,,",
    )
    check_facilities(posts, "matched")
    assert posts["location_precision"].to_list() == ["address", "microdistrict", "unlocated"]
    assert posts["precision_m"].to_list()[:2] == [
        PRECISION_RADIUS_M["address"],
        PRECISION_RADIUS_M["microdistrict"],
    ]
    assert posts.geometry.notna().to_list() == [True, True, False]
    assert posts["location_source"]["A"].startswith("matched to OSM way ")
    assert posts["location_source"]["C"] == ""
    assert matches["osm_id"].ne("").to_list() == [True, True, False]
    assert "names 2 things" in matches["reason"]["C"]


def test_texts_that_name_places_far_apart_locate_nothing(tmp_path, town) -> None:
    _, matches = matched(tmp_path, town, 'A,,,Taraz,"ул. Абая, 8",Университет Дулати,')
    assert matches["osm_id"]["A"] == ""
    assert "m apart" in matches["reason"]["A"]


def test_microdistrict_says_which_street_of_a_name_is_meant(tmp_path) -> None:
    town = Town()
    for y in (0, 9000):
        town.street((0, y), (200, y), name="улица Мира")
    town.square(-100, -100, 400, place="suburb", name="Юг")
    _, matches = matched(tmp_path, town, 'A,,,Taraz,"мкр Юг, ул. Мира",,', "B,,,Taraz,ул. Мира,,")
    assert matches["location_precision"].to_list() == ["landmark", "unlocated"]


def test_rows_of_another_settlement_are_not_looked_for_in_this_one(tmp_path, town) -> None:
    _, matches = matched(tmp_path, town, "A,,,Baizak district,ул. Абая 8,,")
    assert matches["reason"].to_list() == ["the map has no area named `Baizak district`"]


def test_post_of_a_number_that_openstreetmap_has_is_that_post(tmp_path, town) -> None:
    posts, matches = matched(
        tmp_path, town, "A,precinct_point,№ 30,Taraz,,,?", "B,precinct_point,31,Taraz,,,?"
    )
    assert matches["how"].to_list() == ["post number", ""]
    at = gpd.GeoSeries([posts.geometry["A"]], crs=4326).to_crs(CRS).iloc[0]
    assert at.distance(Point(ORIGIN[0], ORIGIN[1] + 900)) < 0.05


def test_row_order_and_rows_with_coordinates_change_nothing(tmp_path, town) -> None:
    rows = ['A,,,Taraz,"ул. Абая, 8",,', "B,,,Taraz,,,15 мкр", "C,,,Taraz,ул. Ленина 7,,"]
    _, forward = matched(tmp_path, town, *rows)
    _, backward = matched(tmp_path, town, *reversed(rows))
    pd.testing.assert_frame_equal(forward, backward.loc[forward.index])


def test_registry_of_taraz_finds_the_places_that_its_words_name() -> None:
    """A drawn town with the names of Taraz: 4 of the 13 posts are found, 9 say why they are not."""
    town = Town()
    town.street((0, 0), (3000, 0), **{"name": "Абай көшесі", "name:ru": "улица Абая"})
    house(town, 2800, 20, "280", street="улица Абая")
    town.square(4000, 0, 600, place="quarter", name="15 микрорайон")
    town.apart(0, 8000, place="neighbourhood", name="Қарасу")
    town.square(9000, 0, 200, aeroway="aerodrome", name="Тараз әуежайы")
    town.apart(1000, 1000, place="city", name="Тараз")
    extract = town.extract()
    registry = of_settlement(read_posts(TARAZ / "posts.csv"), "Taraz")
    names = gazetteer(extract, crs=CRS)
    posts, matches = match_posts(registry, police_of(extract), names, home="Taraz")
    found = posts[posts.geometry.notna()]
    assert found["location_precision"].to_dict() == {
        "OP-2": "address",
        "LOP-AIRPORT": "landmark",
        "UPP-30": "microdistrict",
        "UPP-KARASU": "microdistrict",
    }
    assert located_count(posts) == (4, 13)
    assert matches["reason"][matches["osm_id"] == ""].ne("").all()


# -- real data -------------------------------------------------------------------------------------


def test_houses_of_monaco_are_found_by_their_addresses() -> None:
    names = gazetteer(read_osm(MONACO), crs="EPSG:32632")
    houses = names.houses.drop_duplicates("osm_id").iloc[::4]
    found = [
        (answers[0].found, row.geometry)
        for row in houses.itertuples()
        if (answers := text_answers(row.name.split(";")[0], names, home="", within=[]))
    ]
    off_m = [one.thing.point.distance(at) for one, at in found if one is not None]
    beyond = [one for one, at in found if one and one.thing.point.distance(at) > one.radius_m + 5]
    assert len(off_m) >= 0.97 * len(houses)
    assert sum(m <= 25 for m in off_m) >= 0.95 * len(off_m)
    assert not beyond


def test_schematic_city_never_holds_a_post_of_the_real_one(tmp_path) -> None:
    path = write(tmp_path, "id,settlement,address\nA,Taraz,ул. Абая 8\n")
    opened = open_source(SourceSettings(schematic=TARAZ / "schematic.toml"))
    known = city_posts(PostsSettings(registry=path), opened, crs=CRS)
    assert known.matches["osm_id"].to_list() == [""]
    assert "schematic" in known.matches["reason"].iloc[0]
    assert known.count == (0, 1)
