"""Whatever is wrong with an input is told in one message; the exit code is 2; nothing is written.

Each message names the file, the row or key, what is wrong, and what to do.
"""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

MONACO = Path(__file__).parents[1] / "data" / "monaco" / "monaco.osm.pbf"
ADVICE = re.compile(
    r"\b(add|ask|change|check|choose|convert|exchange|export|fill|get|give|greater|leave|lower|"
    r"make|mend|name|one of|put|remove|rename|save|say|see|set|wanted|write)\b"
)


@pytest.fixture
def refused(walkshed, contents, tmp_path) -> Callable[..., str]:
    """Run the command line with a bad input and give its one message."""

    def run(*arguments: object) -> str:
        out = tmp_path / "results"
        out.mkdir()
        (out / "summary.json").write_text("old results", encoding="utf-8")
        (out / "notes.txt").write_text("mine", encoding="utf-8")
        before = contents(tmp_path)
        ran = walkshed("run", *arguments, "--out", out)
        assert ran.code == 2, ran.err
        assert ran.out == ""
        assert "Traceback" not in ran.err
        assert contents(tmp_path) == before
        told = re.findall(r"^(?:walkshed|Error): (.*?)\Z", ran.err, re.DOTALL | re.MULTILINE)
        assert len(told) == 1, ran.err
        assert not re.search("^(walkshed|Error): ", told[0], re.MULTILINE), ran.err
        (message,) = told
        assert ADVICE.search(message), message
        return message.strip()

    return run


@pytest.fixture
def refused_study(refused, write_study, tmp_path) -> Callable[..., str]:
    """Run a study with some keys changed; the message begins with the study file."""

    def run(**changes: Any) -> str:
        study = write_study(tmp_path, **changes)
        message = refused(study)
        assert message.startswith(f"{study}: "), message
        return message.removeprefix(f"{study}: ")

    return run


@pytest.fixture
def refused_posts(refused, town_of, tmp_path) -> Callable[..., str]:
    """Run with a registry of posts; the message begins with its file."""

    def run(text: str | bytes, name: str = "posts.csv") -> str:
        osm = town_of().write(tmp_path / "town.osm")
        posts = tmp_path / name
        posts.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
        message = refused("--osm", osm, "--posts", posts, "--new-posts", 1)
        assert message.startswith(f"{posts}: "), message
        return message.removeprefix(f"{posts}: ")

    return run


# -- the study file --------------------------------------------------------------------------------


def test_missing_study_file(refused, tmp_path) -> None:
    message = refused(tmp_path / "none.toml")
    assert message.startswith(f"{tmp_path / 'none.toml'}: ")
    assert "no such file" in message.lower()


def test_a_folder_is_no_study_file(refused, tmp_path) -> None:
    message = refused(tmp_path)
    assert message.startswith(f"{tmp_path}: ")
    assert re.search("is a (folder|directory)", message.lower())


def test_a_file_taken_for_a_folder(refused, write_study, tmp_path) -> None:
    wrong = write_study(tmp_path) / "study.toml"
    assert refused(wrong).startswith(f"{wrong}: ")


def test_a_study_file_that_is_not_toml(refused, tmp_path) -> None:
    study = tmp_path / "study.toml"
    study.write_text('city = "Test"\nsource = {{\n', encoding="utf-8")
    message = refused(study)
    assert message.startswith(f"{study}: not TOML")
    assert "line 2" in message


def test_a_study_file_that_is_not_utf_8(refused, tmp_path) -> None:
    study = tmp_path / "study.toml"
    study.write_bytes('city = "Тараз"'.encode("cp1251"))
    assert refused(study).startswith(f"{study}: not UTF-8")


@pytest.mark.parametrize(
    ("table", "key", "value"),
    [
        ("walk", "speed_kmh", -4.8),
        ("walk", "snap_max_m", -250),
        ("walk", "snap_max_m", 0),
        ("walk", "island_max_m", -1),
        ("residents", "total", -3000),
        ("residents", "total", 0),
        ("siting", "new_posts", -1),
        ("siting", "candidate_spacing_m", -400),
        ("siting", "time_limit_s", 0),
        ("standard", "planning_cutoff_min", 0),
        ("zones", "hexagon_resolution", 99),
        ("zones", "boundary_admin_level", 0),
    ],
)
def test_numbers_that_make_no_sense(table, key, value, refused_study) -> None:
    message = refused_study(**{table: {key: value}})
    assert f"`{table}.{key}`" in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("table", "key", "value"),
    [
        ("siting", "new_posts", "six"),
        ("siting", "new_posts", 2.5),
        ("siting", "new_posts", True),
        ("siting", "candidate_spacing_m", [400]),
        ("residents", "total", "many"),
        ("source", "file", 5),
        ("posts", "osm", "perhaps"),
        ("posts", "registry", 7),
        ("zones", "place", "suburb"),
        ("walk", "profile", 4.8),
    ],
)
def test_values_of_a_wrong_type(table, key, value, refused_study) -> None:
    assert f"`{table}.{key}`" in refused_study(**{table: {key: value}})


@pytest.mark.parametrize("table", ["source", "posts", "siting"])
def test_a_value_where_a_table_is_due(table, refused_study) -> None:
    assert f"`{table}`" in refused_study(**{table: "town.osm"})


def test_a_whole_number_too_large_for_the_optimiser(refused_study) -> None:
    assert "`seed`" in refused_study(seed=10**30)


def test_a_seed_below_zero(refused_study) -> None:
    assert "`seed`" in refused_study(seed=-1)


def test_an_unknown_language(refused_study) -> None:
    assert "`language`" in refused_study(language="de")


def test_an_empty_city(refused_study) -> None:
    assert "`city`" in refused_study(city="")


def test_a_missing_key(refused_study) -> None:
    assert refused_study(city=None) == "key `city` is missing; add it"


def test_a_study_without_a_source(refused_study) -> None:
    message = refused_study(source={})
    assert "`source`" in message
    assert all(key in message for key in ("`file`", "`snapshot`", "`place`", "`schematic`"))
    assert "the value" not in message


def test_all_wrong_keys_are_told_at_once(refused_study) -> None:
    message = refused_study(
        walk={"sped": 5, "snap_max_m": -1}, siting={"new_posts": "six"}, colour="red", city=None
    )
    assert message.startswith("5 problems\n")
    for key in ("walk.sped", "walk.snap_max_m", "siting.new_posts", "colour", "city"):
        assert message.count(f"`{key}`") == 1


@pytest.mark.parametrize(
    ("table", "key", "there_is"),
    [("walk", "profile", "adult"), ("standard", "name", "minutes_5_10_15")],
)
def test_a_named_choice_that_there_is_not(table, key, there_is, refused_study) -> None:
    message = refused_study(**{table: {key: "unheard-of"}})
    assert f"{table}.{key}" in message
    assert "unheard-of" in message
    assert there_is in message


def test_a_planning_cutoff_that_the_standard_has_not(refused_study) -> None:
    message = refused_study(standard={"planning_cutoff_min": 7})
    assert "`standard.planning_cutoff_min`" in message
    assert "5, 10, 15" in message


def test_more_new_posts_than_candidates(refused_study) -> None:
    message = refused_study(siting={"new_posts": 500, "candidate_spacing_m": 200})
    assert "new_posts" in message
    assert "500" in message
    assert re.search(r"\b\d+ candidate", message)


# -- options ---------------------------------------------------------------------------------------


def test_neither_study_nor_extract(refused) -> None:
    assert "--osm" in refused()


def test_both_study_and_extract(refused, write_study, tmp_path) -> None:
    assert "--osm" in refused(write_study(tmp_path), "--osm", tmp_path / "town.osm")


def test_posts_beside_a_study_file(refused, write_study, tmp_path) -> None:
    study = write_study(tmp_path)
    assert "--posts" in refused(study, "--posts", tmp_path / "posts.csv")


def test_an_extract_alone_without_a_folder_for_results(walkshed, town_of, tmp_path) -> None:
    ran = walkshed("run", "--osm", town_of().write(tmp_path / "town.osm"))
    assert ran.code == 2
    assert "--out" in ran.err
    assert [path.name for path in tmp_path.iterdir()] == ["town.osm"]


def test_an_unknown_source(refused, write_study, tmp_path) -> None:
    message = refused(write_study(tmp_path), "--source", "satellite")
    assert "satellite" in message
    assert all(name in message for name in ("snapshot", "live", "schematic", "file"))


def test_a_source_that_the_study_has_not(refused, write_study, tmp_path) -> None:
    study = write_study(tmp_path)
    message = refused(study, "--source", "live")
    assert str(study) in message
    assert "live" in message


def test_a_snapshot_that_is_not_pinned(refused, write_study, tmp_path) -> None:
    study = write_study(tmp_path, source={"file": "town.osm", "snapshot": "pinned.osm.pbf"})
    message = refused(study, "--source", "snapshot")
    assert str(tmp_path / "pinned.osm.pbf") in message
    assert "no such file" in message


def test_an_unknown_language_option(refused, write_study, tmp_path) -> None:
    message = refused(write_study(tmp_path), "--language", "de")
    assert "language" in message
    assert re.search("\\bde\\b", message)


def test_a_negative_number_of_new_posts(refused, write_study, tmp_path) -> None:
    message = refused(write_study(tmp_path), "--new-posts", -2)
    assert re.search("new.posts", message)
    assert "-2" in message


def test_a_folder_for_results_that_is_a_file(walkshed, write_study, tmp_path) -> None:
    study, out = write_study(tmp_path), tmp_path / "taken"
    out.write_text("mine", encoding="utf-8")
    ran = walkshed("run", study, "--out", out)
    assert (ran.code, ran.out) == (2, "")
    assert f"walkshed: {out}: cannot write there" in ran.err
    assert "--out" in ran.err
    assert out.read_text("utf-8") == "mine"


def test_a_folder_for_results_inside_a_file(walkshed, write_study, tmp_path) -> None:
    study = write_study(tmp_path)
    ran = walkshed("run", study, "--out", study / "results")
    assert (ran.code, ran.out) == (2, "")
    assert f"walkshed: {study / 'results'}: cannot write there" in ran.err


# -- the extract -----------------------------------------------------------------------------------


@pytest.fixture
def refused_extract(refused, tmp_path) -> Callable[..., str]:
    """Run with a bad extract of some bytes; the message names the file."""

    def run(data: bytes, name: str = "town.osm", *options: object) -> str:
        path = tmp_path / name
        path.write_bytes(data)
        message = refused("--osm", path, "--new-posts", 1, *options)
        assert name in message
        return message

    return run


def test_a_missing_extract(refused, tmp_path) -> None:
    path = tmp_path / "none.osm.pbf"
    assert refused("--osm", path, "--new-posts", 1).startswith(f"{path}: no such file")


def test_a_missing_extract_of_a_study(refused, write_study, tmp_path) -> None:
    study = write_study(tmp_path, source={"file": "none.osm.pbf"})
    assert refused(study).startswith(f"{tmp_path / 'none.osm.pbf'}: no such file")


def test_an_empty_extract(refused_extract) -> None:
    assert "no street" in refused_extract(b'<osm version="0.6"></osm>')


@pytest.mark.parametrize("name", ["town.osm", "town.osm.pbf", "town.txt", "town"])
@pytest.mark.parametrize("data", [b"", b"no map at all", bytes(range(256)) * 40])
def test_a_file_that_is_no_openstreetmap_data(name, data, refused_extract) -> None:
    refused_extract(data, name)


def test_openstreetmap_data_by_another_name(refused_extract, town_of) -> None:
    assert ".osm" in refused_extract(town_of().text().encode(), "town.txt")


@pytest.mark.parametrize("share", [0.02, 0.5, 0.98])
def test_a_pbf_cut_off(share, refused_extract) -> None:
    data = MONACO.read_bytes()
    message = refused_extract(data[: int(share * len(data))], "monaco.osm.pbf")
    assert "cut off" in message


def test_a_pbf_with_damaged_bytes(refused_extract) -> None:
    data = bytearray(MONACO.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 2000] = bytes(2000)
    assert "damaged" in refused_extract(bytes(data), "monaco.osm.pbf")


def test_xml_cut_in_half(refused_extract, town_of) -> None:
    data = town_of().text().encode()
    assert "cut off" in refused_extract(data[: len(data) // 2])


def test_an_extract_without_streets(refused_extract, town_of) -> None:
    assert "no street" in refused_extract(town_of(streets=False).text().encode())


def test_an_extract_without_streets_for_walkers(refused_extract, town_of) -> None:
    text = re.sub('k="highway" v="[a-z_]*"', 'k="highway" v="motorway"', town_of().text())
    assert "walked" in refused_extract(text.encode())


def test_an_extract_without_buildings(refused_extract, town_of) -> None:
    assert "no building" in refused_extract(town_of(houses=False).text().encode())


def test_an_extract_with_garages_alone(refused_extract, town_of) -> None:
    text = re.sub('k="building" v="[a-z]*"', 'k="building" v="garage"', town_of().text())
    assert "no building that may be lived in" in refused_extract(text.encode())


def test_an_extract_whose_nodes_are_missing(refused_extract, town_of) -> None:
    text = re.sub("<node .*\n(<tag.*\n)*</node>\n", "", town_of().text())
    assert "<node" not in text
    refused_extract(text.encode())


def test_a_town_too_small_for_one_candidate(refused_extract, new_town) -> None:
    new_town.way([(0, 0), (90, 0)], {"highway": "residential"})
    new_town.node(20, 5, {"amenity": "police"})
    new_town.house(60, 20, {"building": "house"})
    message = refused_extract(new_town.text().encode())
    assert "0 candidate sites" in message


def test_no_post_at_all(refused_extract, town_of) -> None:
    message = refused_extract(town_of(police=False).text().encode())
    assert "no existing post" in message
    assert "amenity=police" in message


def test_a_damaged_snapshot_is_not_passed_over(refused, write_study, tmp_path) -> None:
    (tmp_path / "village.toml").write_text("width_m=600\nheight_m=600\nsuperblock_m=300\nhouses=9")
    (tmp_path / "pinned.osm.pbf").write_bytes(MONACO.read_bytes()[:100_000])
    source = {"snapshot": "pinned.osm.pbf", "schematic": "village.toml"}
    message = refused(write_study(tmp_path, source=source))
    assert message.startswith(f"{tmp_path / 'pinned.osm.pbf'}: ")


def test_a_schematic_city_with_wrong_parameters(refused, write_study, tmp_path) -> None:
    (tmp_path / "village.toml").write_text("width_m = -600\nheight_m = 600\nhowses = 9\n")
    message = refused(write_study(tmp_path, source={"schematic": "village.toml"}))
    assert message.startswith(f"{tmp_path / 'village.toml'}: ")
    assert all(f"`{key}`" in message for key in ("width_m", "howses", "houses"))


# -- the registry of posts -------------------------------------------------------------------------


def test_a_missing_registry(refused, town_of, tmp_path) -> None:
    osm, posts = town_of().write(tmp_path / "town.osm"), tmp_path / "none.csv"
    assert refused("--osm", osm, "--posts", posts).startswith(f"{posts}: no such file")


def test_a_registry_without_coordinates(refused_posts) -> None:
    message = refused_posts("id,kind\nA,department\n")
    assert "`lat`" in message
    assert "`lon`" in message


def test_a_registry_with_swapped_coordinates(refused_posts, lonlat) -> None:
    lon, lat = lonlat(300, 300)
    message = refused_posts(f"id,lat,lon\nA,{lat},{lon}\nB,{lon},{lat}\n")
    assert "row 3" in message
    assert "swapped" in message
    assert "row 2" not in message


def test_a_registry_with_the_same_id_twice(refused_posts, lonlat) -> None:
    lon, lat = lonlat(300, 300)
    message = refused_posts(f"id,lat,lon\nA,{lat},{lon}\nB,{lat},{lon}\nA,{lat},{lon}\n")
    assert "rows 2, 4" in message
    assert "`A`" in message


def test_posts_far_outside_the_extract(refused_posts) -> None:
    message = refused_posts("id,lat,lon\nA,51.13,71.43\n")
    assert "row 2" in message
    assert "km outside" in message


def test_all_problems_of_a_registry_at_once(refused_posts) -> None:
    rows = ["A,42.9,71.37,precinct_point", "A,42.9,71.37,castle", ",x,71.37,", "D,,,"]
    message = refused_posts("\n".join(["id,lat,lon,kind", *rows]))
    assert message.splitlines()[0].endswith(" problems")
    for words in ("rows 2, 3", "`kind` is `castle`", "`id` is empty", "`lat` is `x`", "row 5"):
        assert words in message


def test_a_registry_in_metres_that_does_not_say_so(refused_posts) -> None:
    message = refused_posts(_geojson([693_500.0, 4_752_000.0]), "posts.geojson")
    assert "feature 1" in message
    assert "degrees" in message


def test_a_registry_whose_crs_is_null(refused_posts, lonlat) -> None:
    collection = json.loads(_geojson(list(lonlat(300, 300)))) | {"crs": None}
    assert "CRS" in refused_posts(json.dumps(collection), "posts.geojson")


def test_a_registry_that_is_no_geopackage(refused_posts) -> None:
    message = refused_posts(b"SQLite format 3\0" + bytes(90), "posts.gpkg")
    assert message.startswith("not a GeoPackage")


def test_a_registry_in_which_every_post_is_closed(refused, town_of, tmp_path, lonlat) -> None:
    lon, lat = lonlat(300, 300)
    osm = town_of(police=False).write(tmp_path / "town.osm")
    posts = tmp_path / "posts.csv"
    posts.write_text(f"id,lat,lon,status\nA,{lat},{lon},closed\n", encoding="utf-8")
    message = refused("--osm", osm, "--posts", posts)
    assert message.startswith(f"{posts}: no existing post")


def _geojson(at: list[float], crs: object = None) -> str:
    feature = {
        "type": "Feature",
        "properties": {"id": "A"},
        "geometry": {"type": "Point", "coordinates": at},
    }
    collection = {"type": "FeatureCollection", "features": [feature]}
    return json.dumps(collection | ({"crs": crs} if crs else {}))
