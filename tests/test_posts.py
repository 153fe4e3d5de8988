"""The registry of posts: what is read and what is told apart."""

import json
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from shapely import Point

from registries import HOSTILE, told, write
from walkshed.errors import SourceError, TableError
from walkshed.sources.posts import (
    existing,
    located,
    located_count,
    of_settlement,
    read_posts,
    walk_in,
)

TARAZ_CSV = Path(__file__).parents[1] / "data" / "taraz" / "posts.csv"
TARAZ_BOX = (71.20, 42.80, 71.56, 42.99)


# -- reading ---------------------------------------------------------------------------------------


def test_id_and_coordinates_are_enough(tmp_path) -> None:
    posts = read_posts(write(tmp_path, "id,lat,lon\nA,42.9,71.37\n"))
    assert posts.crs == "EPSG:4326"
    assert posts.index.to_list() == ["A"]
    assert posts.index.name == "post_id"
    row = posts.loc["A"]
    assert (row.geometry.x, row.geometry.y) == (71.37, 42.9)
    assert (row["kind"], row["status"], row["origin"]) == ("precinct_point", "existing", "registry")
    assert (row["location_precision"], row["precision_m"]) == ("exact", 0)
    assert (row["name_ru"], row["number"], row["source_url"]) == ("", "", "")


@pytest.mark.parametrize(
    "text",
    [
        "id,lat,lon\nA,42.898,71.37\n",
        "\ufeffid;lat;lon\r\nA;42,898;71,37\r\n",
        "id\tlat\tlon\nA\t42.898\t71.37\n",
        " ID , Lat , LON \n A , 42.898 , 71.37 \n",
        'id,lat,lon\nA,"42,898","71,37"\n',
        "\n\nid,lat,lon\n\n\nA,42.898,71.37\n\n",
    ],
)
def test_what_spreadsheets_write_is_read(tmp_path, text) -> None:
    posts = read_posts(write(tmp_path, text))
    assert posts.index.to_list() == ["A"]
    assert posts.geometry.iloc[0].equals(Point(71.37, 42.898))


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_in_names_survives_verbatim(tmp_path, hostile) -> None:
    quoted = '"' + hostile.replace('"', '""') + '"'
    text = f"id,lat,lon,name_ru,name_kk,notes\nA,42.9,71.37,{quoted},{quoted},{quoted}\n"
    post = read_posts(write(tmp_path, text)).loc["A"]
    assert (post["name_ru"], post["name_kk"], post["notes"]) == (hostile, hostile, hostile)


def test_result_can_be_asked_for_in_another_crs(tmp_path) -> None:
    path = write(
        tmp_path,
        "id,lat,lon,location_precision\nA,42.9,71.37,\nB,,,unlocated\n",
    )
    posts = read_posts(path, crs_of_result=32642)
    assert posts.crs == "EPSG:32642"
    back = posts.to_crs(4326).geometry["A"]
    assert (back.x, back.y) == pytest.approx((71.37, 42.9))
    assert posts.geometry["B"] is None


def test_range_of_ids_stands_for_one_post_each(tmp_path) -> None:
    text = "id,count,kind,location_precision,name_ru\nMOD-2021-2..4,3,modular_post,unlocated,Пост\n"
    posts = read_posts(write(tmp_path, text))
    assert posts.index.to_list() == ["MOD-2021-2", "MOD-2021-3", "MOD-2021-4"]
    assert posts["kind"].to_list() == ["modular_post"] * 3
    assert posts["name_ru"].to_list() == ["Пост"] * 3
    assert len(located(posts)) == 0


def test_precision_gives_the_radius_of_uncertainty(tmp_path) -> None:
    precisions = ["exact", "address", "landmark", "microdistrict", "district"]
    rows = "".join(f"{name},42.9,71.37,{name}\n" for name in precisions)
    posts = read_posts(write(tmp_path, "id,lat,lon,location_precision\n" + rows))
    assert posts["precision_m"].to_list() == [0, 50, 300, 700, 2000]


def test_columns_of_the_users_own_are_left_out(tmp_path) -> None:
    posts = read_posts(write(tmp_path, "id,lat,lon,colour\nA,42.9,71.37,red\n"))
    assert "colour" not in posts.columns


# -- GeoJSON ---------------------------------------------------------------------------------------


def geojson(*features: dict[str, object], **members: object) -> str:
    return json.dumps({"type": "FeatureCollection", "features": list(features)} | members)


def feature(lon: object = 71.37, lat: object = 42.9, **properties: object) -> dict[str, object]:
    return {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "Point", "coordinates": [lon, lat]},
    }


def test_geojson_gives_the_same_posts_as_csv(tmp_path) -> None:
    text = geojson(
        feature(
            id="A", kind="department", number=17.0, source_date="2021-08-11", name_ru=HOSTILE[0]
        ),
        {
            "type": "Feature",
            "id": "B",
            "properties": {"location_precision": "unlocated", "name_en": None},
            "geometry": None,
        },
    )
    rows = (
        "id,kind,number,source_date,name_ru,lat,lon,location_precision\n"
        f"A,department,17,2021-08-11,{HOSTILE[0]},42.9,71.37,\n"
        "B,,,,,,,unlocated\n"
    )
    from_json = read_posts(write(tmp_path, text, "posts.geojson"))
    from_csv = read_posts(write(tmp_path, rows))
    pd.testing.assert_frame_equal(pd.DataFrame(from_json), pd.DataFrame(from_csv))


def test_geojson_of_geopandas_is_read_to_the_last_digit(tmp_path) -> None:
    made = gpd.GeoDataFrame(
        {"id": ["A"], "name_kk": ["Қарасу"]}, geometry=[Point(71.373341, 42.897993)], crs=4326
    )
    made.to_file(tmp_path / "posts.geojson", driver="GeoJSON", engine="pyogrio")
    posts = read_posts(tmp_path / "posts.geojson", extent=TARAZ_BOX)
    assert posts.geometry["A"].equals(made.geometry.iloc[0])
    assert posts.loc["A", "name_kk"] == "Қарасу"


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("{", SourceError, "not GeoJSON"),
        ("[" * 100_000, SourceError, "not GeoJSON"),
        ("[1, 2]", SourceError, "not a GeoJSON collection"),
        ('{"type": "FeatureCollection", "features": [3]}', SourceError, "not a GeoJSON collection"),
        (geojson(), SourceError, "no features; give at least one"),
        (geojson(feature(id="A", lat="north")), TableError, "feature 1: `lat` is `north`"),
        (geojson(feature(id="A", lat=float("nan"))), TableError, "feature 1: `lat` is `NaN`"),
        (geojson(feature(kind="department")), TableError, "feature 1: `id` is empty"),
        (
            geojson(feature(id="A"), {"id": "B", "geometry": {"type": "Polygon"}}),
            TableError,
            "feature 2: a geometry of type `Polygon`; wanted a Point",
        ),
        (
            geojson({"id": "B", "geometry": {"type": "Point", "coordinates": [1]}}),
            TableError,
            "feature 1: a Point without two coordinates",
        ),
        (
            geojson(feature(id="A"), crs={"type": "name", "properties": {"name": "EPSG:32642"}}),
            TableError,
            "look like degrees, yet their CRS is EPSG:32642",
        ),
    ],
)
def test_bad_geojson_is_told_what_is_wrong(tmp_path, text, error, message) -> None:
    found = told(write(tmp_path, text, "posts.geojson"), error)
    assert message in found
    assert "\n" not in found


def test_half_a_character_in_geojson_becomes_one_that_files_can_hold(tmp_path) -> None:
    text = geojson(feature(id="A", name_ru="X")).replace('"X"', '"X\\ud800"')
    post = read_posts(write(tmp_path, text, "posts.geojson")).loc["A"]
    assert post["name_ru"].encode("utf-8").decode("utf-8") == "X\ufffd"


# -- places ----------------------------------------------------------------------------------------


def test_swapped_coordinates_are_found_by_the_extent(tmp_path) -> None:
    path = write(tmp_path, "id,lat,lon\nA,42.9,71.37\nB,71.37,42.9\n")
    assert len(read_posts(path)) == 2
    assert told(path, extent=TARAZ_BOX).startswith("row 3: `lat` and `lon` look swapped")


def test_post_far_outside_the_extent_is_refused_and_one_in_the_next_village_is_not(
    tmp_path,
) -> None:
    village = "id,lat,lon\nSarykemer,43.00929,71.51010\nAsa,43.03735,71.14737\n"
    assert len(read_posts(write(tmp_path, village), extent=TARAZ_BOX)) == 2
    # Almaty lies about 440 km from Taraz.
    message = told(write(tmp_path, village + "Almaty,43.238,76.889\n"), extent=TARAZ_BOX)
    assert message.startswith("row 4: 4")
    assert "km outside the study area" in message


def test_distance_outside_is_the_distance_on_the_ground(tmp_path) -> None:
    # One degree of latitude is 111 km at 43 degrees north.
    message = told(write(tmp_path, "id,lat,lon\nA,43.99,71.3\n"), extent=TARAZ_BOX)
    assert message.startswith("row 2: 111 km outside")


# -- the registry of Taraz -------------------------------------------------------------------------


def test_registry_of_taraz_locates_none_of_its_13_known_posts() -> None:
    posts = of_settlement(read_posts(TARAZ_CSV, extent=TARAZ_BOX), "taraz")
    assert located_count(posts) == (0, 13)


def test_registry_of_taraz_expands_to_one_row_a_post() -> None:
    posts = read_posts(TARAZ_CSV)
    assert len(posts) == 29
    assert posts["kind"].value_counts().to_dict() == {
        "precinct_point": 3,
        "modular_post": 10,
        "housing_point": 10,
        "department": 5,
        "transport_police": 1,
    }
    assert posts["status"].value_counts().to_dict() == {"existing": 18, "planned": 11}


def test_address_in_words_is_kept_and_is_no_coordinate() -> None:
    post = read_posts(TARAZ_CSV).loc["OP-2"]
    assert post["location_text"] == "Тараз, ул. Абая, 280"
    assert post["description_precision"] == "address"
    assert post["location_precision"] == "unlocated"
    assert post.geometry is None


# -- choosing --------------------------------------------------------------------------------------


@pytest.fixture
def mixed(tmp_path) -> gpd.GeoDataFrame:
    text = (
        "id,kind,status,lat,lon,location_precision,settlement\n"
        "A,precinct_point,existing,42.9,71.37,address,Taraz\n"
        "B,modular_post,planned,42.91,71.37,,Taraz\n"
        "C,department,closed,42.92,71.37,,\n"
        "D,transport_police,existing,42.85,71.30,,Taraz\n"
        "E,housing_point,existing,,,unlocated,Baizak district\n"
    )
    return read_posts(write(tmp_path, text))


def test_planned_and_closed_posts_do_not_exist(mixed) -> None:
    assert existing(mixed).index.to_list() == ["A", "D", "E"]


def test_transport_police_receives_nobody(mixed) -> None:
    assert walk_in(mixed).index.to_list() == ["A", "B", "C", "E"]


def test_known_are_the_existing_and_located_are_those_with_a_point(mixed) -> None:
    assert located(mixed).index.to_list() == ["A", "B", "C", "D"]
    assert located_count(mixed) == (2, 3)
    assert located_count(mixed.iloc[:0]) == (0, 0)


def test_rows_without_a_settlement_belong_to_every_study(mixed) -> None:
    assert of_settlement(mixed, " TARAZ ").index.to_list() == ["A", "B", "C", "D"]
    assert of_settlement(mixed, "Baizak district").index.to_list() == ["C", "E"]
