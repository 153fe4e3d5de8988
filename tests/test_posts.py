"""The registry of posts and `amenity=police`: what is read, refused, told apart and merged."""

import json
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
from pyproj import Geod
from shapely import LineString, Point, Polygon

from walkshed.errors import CRSError, SourceError, TableError
from walkshed.schemas import check_facilities
from walkshed.sources.merged_posts import merge_posts
from walkshed.sources.posts import (
    existing,
    located,
    located_count,
    of_settlement,
    posts_from_osm,
    read_posts,
    walk_in,
)

TARAZ_CSV = Path(__file__).parents[1] / "data" / "taraz" / "posts.csv"
TARAZ_BOX = (71.20, 42.80, 71.56, 42.99)

HOSTILE = (
    "<script>alert(1)</script>",
    "{{ 7 * 7 }}{% raw %}",
    "=cmd|'/c calc'!A0",
    "'; drop table posts; --",
    '"quoted", and; split',
    "  two blanks before, one after ",
    "line\nbreak\tand tab",
    "\u202eright to left\u202c \U0001f468\u200d\U0001f469\u200d\U0001f467",
    "Ә Ғ Қ Ң Ө Ұ Ү Һ І",
)


def write(folder: Path, text: str | bytes, name: str = "posts.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return path


def told(path: Path, error: type[Exception] = TableError, **options: object) -> str:
    with pytest.raises(error) as caught:
        read_posts(path, **options)
    message = str(caught.value)
    assert message.startswith(f"{path}: ")
    return message.removeprefix(f"{path}: ")


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


# -- bad files -------------------------------------------------------------------------------------


def test_missing_file_and_folder_are_told_apart(tmp_path) -> None:
    assert told(tmp_path / "none.csv", SourceError).startswith("no such file")
    assert "cannot be read" in told(tmp_path, SourceError)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"\xef\xbb\xbf \r\n", "the file is empty"),
        (b"id,lat,lon\n", "no rows; give at least one"),
        (b"PK\x03\x04\x00\x00", "not a text in UTF-8, UTF-16 or cp1251"),
        (b"id,lat,lon\nA,42.9,71.3,\x98\n", "not a text in UTF-8, UTF-16 or cp1251"),
        (b'id,lat,lon\nA,42.9,71.3\n"B,42.9,71.3\n', "is not CSV"),
    ],
)
def test_file_that_is_no_table_of_text_is_refused(tmp_path, content, message) -> None:
    assert message in told(write(tmp_path, content), SourceError)


def test_missing_coordinate_columns_are_told_with_the_columns_there_are(tmp_path) -> None:
    message = told(write(tmp_path, "id,height,title\nA,42.9,x\nB,42.8,y\n"))
    assert message == (
        "no column `lat` and no column `lon`; add the coordinates in degrees, or set "
        "`location_precision` to `unlocated` in rows that have none "
        "(the file has `id`, `height`, `title`)"
    )


def test_missing_id_column_is_told_once(tmp_path) -> None:
    message = told(write(tmp_path, "lat,lon\n42.9,71.3\n42.8,71.3\n"))
    assert message.startswith("no column `id`; ")
    assert "\n" not in message


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (",42.9,71.3,,,", "row 3: `id` is empty; give the post a name of its own"),
        ("B,42.9,71.3,castle,,", "row 3: `kind` is `castle`; wanted one of precinct_point, "),
        ("B,42.9,71.3,,open,", "row 3: `status` is `open`; wanted one of existing, planned, "),
        ("B,42.9,71.3,,,roughly", "row 3: `location_precision` is `roughly`; wanted one of exact"),
        ("B,,,,,", "row 3: `lat` and `lon` are empty; fill in, or set `location_precision` to"),
        ("B,,,,,landmark", "row 3: `lat` and `lon` are empty"),
        ("B,42.9,,,,", "row 3: `lon` is ``; wanted degrees"),
        ("B,north,71.3,,,", "row 3: `lat` is `north`; wanted degrees"),
        ("B,nan,71.3,,,", "row 3: `lat` is `nan`; wanted degrees"),
        ("B,inf,71.3,,,", "row 3: `lat` is `inf`; wanted degrees"),
        ('B,"42.9,5",71.3,,,', "row 3: `lat` is `42.9,5`; wanted degrees"),
        ("B,42.9,71.3,,,unlocated", "row 3: `unlocated`, yet with coordinates"),
        ("B,100.1,42.9,,,", "row 3: `lat` 100.1 is beyond 90: `lat` and `lon` look swapped"),
        ("B,420,713,,,", "row 3: no place has `lat` 420 and `lon` 713"),
        ("B-1..4,42.9,71.3,,,", "row 3: several posts cannot share one pair of coordinates"),
        ("B-4..1,,,,,unlocated", "row 3: the range of `id` must grow, and to 1000 posts"),
        ("B-1..1001,,,,,unlocated", "row 3: the range of `id` must grow, and to 1000 posts"),
        ("B,42.9,71.3,,,,,extra", "row 3: 8 cells for 6 columns; put a text that holds `,`"),
    ],
)
def test_bad_row_is_told_its_number_the_fault_and_the_way_out(tmp_path, row, message) -> None:
    text = f"id,lat,lon,kind,status,location_precision\nA,42.9,71.37,,,\n{row}\n"
    found = told(write(tmp_path, text))
    assert found.startswith(message)
    assert "\n" not in found


def test_count_must_agree_with_the_range(tmp_path) -> None:
    text = "id,count,location_precision\nA,4,unlocated\nB-1..3,4,unlocated\nC-1..3,3,unlocated\n"
    lines = told(write(tmp_path, text)).splitlines()
    assert lines[1].strip().startswith("- row 2: `count` is 4, but `id` names 1;")
    assert lines[2].strip().startswith("- row 3: `count` is 4, but `id` names 3;")
    assert len(lines) == 3


def test_repeated_ids_are_told_with_all_their_rows(tmp_path) -> None:
    text = (
        "id,lat,lon,location_precision\n"
        "A,42.9,71.3,\n"
        "B-1..3,,,unlocated\n"
        "A,42.8,71.3,\n"
        "B-2,42.8,71.3,\n"
    )
    lines = told(write(tmp_path, text)).splitlines()
    assert lines[0] == "2 problems"
    assert lines[1:] == [
        "  - rows 2, 4: the id `A` more than once; give each its own",
        "  - rows 3, 5: the id `B-2` more than once; give each its own",
    ]


def test_long_lists_of_rows_are_cut_and_counted(tmp_path) -> None:
    rows = "".join(f"P{i},,\n" for i in range(30))
    message = told(write(tmp_path, "id,lat,lon\n" + rows))
    assert message.startswith("rows 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 20 more: `lat` and `lon`")


def test_rows_are_numbered_as_a_spreadsheet_numbers_them(tmp_path) -> None:
    text = 'id,lat,lon,notes\nA,42.9,71.3,"two\nlines"\n\nB,x,71.3,\n'
    assert told(write(tmp_path, text)).startswith("row 4: `lat` is `x`")


def test_all_problems_of_a_file_come_in_one_message(tmp_path) -> None:
    text = "id,lat,lon,kind,statsu\nA,42.9,71.3,castle,\n,42.9,71.3,,\nA,x,71.3,,\n"
    lines = told(write(tmp_path, text)).splitlines()
    assert lines[0] == "5 problems"
    assert lines[1] == "  - no use for the column `statsu`; if it is `status`, rename it"
    assert [line.split(":")[0] for line in lines[2:]] == [
        "  - row 2",
        "  - rows 2, 4",
        "  - row 3",
        "  - row 4",
    ]


def test_column_named_twice_is_refused(tmp_path) -> None:
    text = "id,lat,lon,lat\nA,42.9,71.3,42.8\n"
    assert told(write(tmp_path, text)) == "the column `lat` twice; leave one out"


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


# -- OpenStreetMap ---------------------------------------------------------------------------------


def police(**columns: object) -> gpd.GeoDataFrame:
    count = max(len(values) for values in columns.values())
    geometry = columns.pop("geometry", [Point(71.3 + i / 100, 42.9) for i in range(count)])
    ids = columns.pop("osm_id", [f"n{i + 1}" for i in range(count)])
    return gpd.GeoDataFrame({"osm_id": ids} | columns, geometry=geometry, crs=4326)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("Участковый пункт полиции № 17", "precinct_point"),
        ("ОПОРНЫЙ ПУНКТ ПОЛИЦИИ", "precinct_point"),
        ("№30 учаскелік полиция пункті", "precinct_point"),
        ("УПП 5", "precinct_point"),
        ("Модульный пост полиции", "modular_post"),
        ("Линейный отдел полиции на станции", "transport_police"),
        ("Отдел полиции № 2", "department"),
        ("Группа охраны", "department"),
        ("Poste de Police de Fontvieille", "department"),
        ("", "department"),
        (None, "department"),
    ],
)
def test_name_tells_the_kind(name, kind) -> None:
    assert posts_from_osm(police(name=[name]))["kind"].to_list() == [kind]


def test_kind_in_any_language_and_our_own_tag_before_the_name() -> None:
    amenities = police(
        **{
            "name": ["Post", "Участковый пункт", "Участковый пункт"],
            "name:ru": ["Участковый пункт", "", ""],
            "walkshed:kind": ["", "modular_post", "castle"],
        }
    )
    kinds = posts_from_osm(amenities)["kind"].to_list()
    assert kinds == ["precinct_point", "modular_post", "precinct_point"]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_names_of_openstreetmap_survive_verbatim(hostile) -> None:
    row = posts_from_osm(police(**{"name": ["x"], "name:ru": [hostile], "ref": [hostile]})).iloc[0]
    assert (row["name_ru"], row["number"]) == (hostile, hostile)
    assert (row["name_kk"], row["name_en"]) == ("x", "x")


def test_area_becomes_a_point_inside_it() -> None:
    horseshoe = Polygon([(0, 0), (3, 0), (3, 3), (2, 3), (2, 1), (1, 1), (1, 3), (0, 3)])
    assert not horseshoe.contains(horseshoe.centroid)
    amenities = police(
        osm_id=["w1", "r2", "w3"],
        geometry=[horseshoe, Point(1, 1), LineString([(0, 0), (2, 0)])],
    )
    posts = posts_from_osm(amenities)
    assert posts.geometry.geom_type.to_list() == ["Point"] * 3
    assert horseshoe.contains(posts.geometry["w1"])
    assert posts["location_precision"].to_list() == ["exact"] * 3
    assert posts["precision_m"].to_list() == [0, 0, 0]
    assert posts["source_url"].to_list() == [
        "https://www.openstreetmap.org/way/1",
        "https://www.openstreetmap.org/relation/2",
        "https://www.openstreetmap.org/way/3",
    ]


def test_osm_posts_are_existing_facilities_in_degrees() -> None:
    posts = posts_from_osm(police(name=["a", "b"]).to_crs(32642), source_date="2023-12-26")
    check_facilities(posts, "posts")
    assert posts.crs == "EPSG:4326"
    assert posts.geometry.x.to_list() == pytest.approx([71.3, 71.31])
    assert posts["origin"].to_list() == ["osm", "osm"]
    assert posts["status"].to_list() == ["existing", "existing"]
    assert posts["source_date"].to_list() == ["2023-12-26"] * 2


def test_schematic_posts_say_so_and_link_to_nothing() -> None:
    posts = posts_from_osm(police(name=["a"]), origin="schematic")
    assert posts["origin"].to_list() == ["schematic"]
    assert posts["source_url"].to_list() == [""]


def test_other_amenities_and_posts_without_geometry() -> None:
    amenities = police(amenity=["police", "cafe", "police"], geometry=[Point(1, 1), Point(), None])
    posts = posts_from_osm(amenities)
    assert posts.index.to_list() == ["n1", "n3"]
    assert posts["location_precision"].to_list() == ["exact", "unlocated"]


def test_ids_may_be_the_index_and_no_police_is_an_empty_table() -> None:
    amenities = police(amenity=["police", "cafe"]).set_index("osm_id")
    assert posts_from_osm(amenities).index.to_list() == ["n1"]
    none = posts_from_osm(amenities.iloc[1:])
    assert len(none) == 0
    assert none.crs == "EPSG:4326"
    assert located_count(none) == (0, 0)
    assert len(of_settlement(walk_in(none), "Taraz")) == 0


def test_osm_table_without_crs_or_ids_or_with_double_ids_is_refused() -> None:
    amenities = police(name=["a", "b"])
    with pytest.raises(CRSError, match="the CRS is missing"):
        posts_from_osm(amenities.set_crs(None, allow_override=True))
    with pytest.raises(TableError, match="no column `osm_id`"):
        posts_from_osm(amenities.drop(columns="osm_id"))
    with pytest.raises(TableError, match="the same id `n1` more than once"):
        posts_from_osm(amenities.assign(osm_id="n1"))


# -- merging ---------------------------------------------------------------------------------------


def north_of(lat: float, metres: float) -> float:
    _, moved, _ = Geod(ellps="WGS84").fwd(71.37, lat, 0, metres)
    return moved


@pytest.fixture
def registry(tmp_path) -> gpd.GeoDataFrame:
    text = (
        "id,lat,lon,location_precision,name_ru\n"
        "R1,42.9,71.37,,Пункт\n"
        f"R2,{north_of(42.9, 85)},71.37,,Пункт\n"
        "R3,,,unlocated,Пункт\n"
    )
    return read_posts(write(tmp_path, text))


def test_osm_post_within_50_m_of_a_registry_row_is_dropped_and_reported(registry) -> None:
    lats = [north_of(42.9, metres) for metres in (-49.5, -50.5, 40, 1000)]
    osm = posts_from_osm(police(geometry=[Point(71.37, lat) for lat in lats], name=["x"] * 4))
    merged = merge_posts(registry, osm)
    assert merged.posts.index.to_list() == ["R1", "R2", "n2", "n4"]
    assert merged.posts.crs == registry.crs
    assert merged.dropped["kept_post_id"].to_dict() == {"n1": "R1", "n3": "R1"}
    assert merged.dropped["distance_m"].to_list() == pytest.approx([49.5, 40], abs=0.05)
    check_facilities(merged.posts, "posts")


def test_nearest_registry_row_stands_for_the_dropped_post(registry) -> None:
    osm = posts_from_osm(police(geometry=[Point(71.37, north_of(42.9, 45))], name=["x"]))
    # 45 m from R1, 40 m from R2.
    assert merge_posts(registry, osm).dropped["kept_post_id"].to_list() == ["R2"]


@pytest.mark.parametrize(("metres", "dropped"), [(50, ["n1"]), (50.001, [])])
def test_exactly_50_m_still_is_the_same_post(registry, metres, dropped) -> None:
    def at(table: gpd.GeoDataFrame, x: float) -> gpd.GeoDataFrame:
        return table.to_crs(32642).assign(geometry=[Point(x, 4_750_000)])

    osm = posts_from_osm(police(name=["x"]))
    merged = merge_posts(at(registry.iloc[:1], 530_000), at(osm, 530_000 + metres))
    assert merged.dropped.index.to_list() == dropped


def test_merging_in_metres_gives_metres(registry) -> None:
    osm = posts_from_osm(police(geometry=[Point(71.37, north_of(42.9, 30))], name=["x"]))
    merged = merge_posts(registry.to_crs(32642), osm)
    assert merged.posts.crs == "EPSG:32642"
    assert merged.dropped["distance_m"].to_list() == pytest.approx([30], abs=0.05)


def test_merging_with_nothing_keeps_the_rest(registry) -> None:
    osm = posts_from_osm(police(name=["x"]))
    nothing = osm.iloc[:0]
    assert merge_posts(registry, nothing).posts.index.to_list() == ["R1", "R2"]
    assert merge_posts(registry.iloc[2:], osm).posts.index.to_list() == ["n1"]
    both_empty = merge_posts(registry.iloc[2:], nothing)
    assert len(both_empty.posts) == 0
    assert both_empty.dropped.columns.to_list() == ["kept_post_id", "distance_m"]


def test_same_id_in_both_tables_is_refused(registry) -> None:
    osm = posts_from_osm(police(osm_id=["R1"], name=["x"]))
    with pytest.raises(TableError, match="ids both in the registry and in OpenStreetMap: R1"):
        merge_posts(registry, osm)
