"""Reading OpenStreetMap files: what is kept, what is refused, what is listed as a defect."""

import datetime as dt
import hashlib

import numpy as np
import osmium
import pandas as pd
import pytest
import shapely
from osmium.osm import mutable

from towns import MONACO, Town, grid_town
from walkshed.errors import SourceError
from walkshed.network import build_network, explain_network, metric_crs
from walkshed.sources.osm import file_sha256, read_osm, read_streets

HOSTILE = [
    "<script>alert('1')</script>",
    "{{ 7 * 7 }}{% raw %}",
    '\'; DROP TABLE ways; -- "&amp;"',
    "Қазақ ұлы көшесі — №17 \U0001f6d1",
    "line\nbreak\ttab",
    "  spaces  ",
    "=SUM(A1:A9)",
    "\u202eright to left\u202c",
    "x" * 255,
    "nan",
]


@pytest.fixture(scope="module")
def monaco():
    return read_osm(MONACO)


def assert_same_tables(one, other):
    for name in ("ways", "node_tags", "defects"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))
    for name in ("way_start", "node_ref", "node_lonlat"):
        assert np.array_equal(getattr(one, name), getattr(other, name)), name
    for name in ("areas", "lines", "points"):
        table, again = getattr(one, name), getattr(other, name)
        assert list(table.index) == list(again.index), name
        assert table.crs == again.crs == "EPSG:4326"
        tags = table.columns.drop("geometry")
        pd.testing.assert_frame_equal(pd.DataFrame(table[tags]), pd.DataFrame(again[tags]))
        assert table.geometry.to_wkb().equals(again.geometry.to_wkb()), name


def convert(source, target):
    """Write the objects of one file into another of another type."""
    with osmium.SimpleWriter(str(target)) as writer:
        for item in osmium.FileProcessor(str(source)):
            writer.add(item)
    return target


def busy_town():
    town = grid_town(name="Абай көшесі")
    town.node(100, 100, barrier="gate", access="private", locked="yes")
    town.square(20, 20, 30, building="house", **{"building:levels": "2"})
    town.node(50, 250, amenity="police", name="УПП № 30", opening_hours="Mo-Fr 18:00-20:00")
    town.node(150, 250, place="suburb", name="Шеткі", **{"name:ru": "Окраина"})
    town.way((-100, -50), (400, -50), railway="rail")
    town.way((-100, 350), (400, 350), waterway="river", name="Talas")
    outer, inner = town.square(500, 0, 200), town.square(550, 50, 50)
    town.relation(
        ("w", outer, "outer"), ("w", inner, "inner"),
        type="multipolygon", natural="water", name="Lake",
    )  # fmt: skip
    return town


# --- what is kept --------------------------------------------------------------------------------


def test_every_kind_of_thing_goes_to_its_table():
    extract = busy_town().extract()
    assert len(extract.ways) == 8
    assert set(extract.ways["name"]) == {"Абай көшесі"}
    assert extract.node_tags[["barrier", "access", "locked"]].to_numpy().tolist() == [
        ["gate", "private", "yes"]
    ]
    buildings = extract.areas[extract.areas["building"] != ""]
    assert buildings[["building", "building:levels"]].to_numpy().tolist() == [["house", "2"]]
    assert sorted(extract.lines["railway"] + extract.lines["waterway"]) == ["rail", "river"]
    assert extract.points["amenity"].tolist() == ["police", ""]
    assert extract.points["name:ru"].tolist() == ["", "Окраина"]
    assert extract.defects.empty


def test_a_lake_keeps_its_island():
    lake = busy_town().extract().areas.loc["r901"]
    assert lake["natural"] == "water"
    assert lake["name"] == "Lake"
    assert [len(part.interiors) for part in lake.geometry.geoms] == [1]


def test_nodes_of_a_way_are_kept_in_their_order_with_id_and_place():
    town = Town()
    town.street((0, 0), (100, 0), (100, 100))
    extract = town.extract()
    assert extract.way_start.tolist() == [0, 3]
    assert extract.node_ref.tolist() == [1, 2, 3]
    west, south, east, north = extract.bounds
    assert west < east
    assert south < north
    assert 71 < west < 72
    assert 42 < south < 43


@pytest.mark.parametrize("name", ["town.osm", "town.osm.pbf"])
def test_hostile_values_survive_verbatim(name):
    town = Town()
    for i, value in enumerate(HOSTILE):
        town.street((0, 10 * i), (100, 10 * i), name=value)
        town.square(0, 1000 + 100 * i, 50, building=value, **{"building:levels": value})
        town.node(500, 10 * i, amenity="police", name=value, operator=value)
    extract = town.extract(name)
    assert extract.ways["name"].tolist() == HOSTILE
    assert extract.areas["building"].tolist() == HOSTILE
    assert extract.areas["building:levels"].tolist() == HOSTILE
    assert extract.points[["name", "operator"]].to_numpy().tolist() == [[v, v] for v in HOSTILE]


@pytest.mark.parametrize("suffix", ["osm", "osm.gz", "osm.bz2"])
def test_all_file_types_give_the_same_tables(suffix):
    town = busy_town()
    town.square(0, 5000, 100, building="house", name=HOSTILE[0])
    assert_same_tables(town.extract("town.osm.pbf"), town.extract(f"town.{suffix}"))


def test_monaco_as_xml_gives_the_same_tables(monaco, tmp_path):
    as_xml = read_osm(convert(MONACO, tmp_path / "monaco.osm"))
    assert_same_tables(monaco, as_xml)


def test_the_bytes_are_hashed(tmp_path):
    path = grid_town().write(tmp_path / "town.osm")
    expected = hashlib.sha256(path.read_bytes()).hexdigest()
    assert file_sha256(path) == expected
    assert read_osm(path).sha256 == expected
    assert read_osm(path).name == "town.osm"


def test_the_date_is_that_of_the_newest_street_where_the_header_does_not_say(tmp_path):
    path = tmp_path / "town.osm.pbf"
    with osmium.SimpleWriter(str(path)) as writer:
        for node in (1, 2, 3):
            writer.add_node(mutable.Node(id=node, location=(71 + node / 1000, 43), tags={}))
        for way, year in ((1, 2019), (2, 2024), (3, 2021)):
            stamp = dt.datetime(year, 5, 17, tzinfo=dt.UTC)
            tags = {"highway": "path"}
            writer.add_way(mutable.Way(id=way, nodes=[1, 2, 3], tags=tags, timestamp=stamp))
    assert read_osm(path).osm_date == "2024-05-17"


def test_a_file_that_says_no_date_has_none():
    assert grid_town().extract().osm_date == ""


def test_missing_nodes_cut_a_way_in_runs_that_keep_its_tags():
    town = Town()
    gap, lone = town.node(200, 0), town.node(500, 0)
    way = town.street((0, 0), (100, 0), gap, (300, 0), (400, 0), lone, (600, 0), name="Broken")
    town.missing |= {gap, lone}
    extract = town.extract()
    assert extract.ways["way_id"].tolist() == [way, way]
    assert extract.ways["name"].tolist() == ["Broken", "Broken"]
    assert extract.way_start.tolist() == [0, 2, 4]
    assert not np.isin([gap, lone], extract.node_ref).any()


# --- defects -------------------------------------------------------------------------------------


def test_monaco_has_six_wards_that_close_and_three_that_do_not(monaco):
    level = monaco.areas[monaco.areas["admin_level"] == "10"]
    assert len(level[level["boundary"] == "administrative"]) == 6
    unclosed = monaco.defects.set_index("osm_id")["name"]
    wards = {
        "r5986473": "Jardin Exotique",
        "r5986474": "Les Monegetti",
        "r5986475": "Ravin de Sainte-Dévote",
    }
    assert unclosed[list(wards)].to_dict() == wards
    assert not set(wards) & set(monaco.areas.index)
    assert not set(unclosed.index) & set(monaco.areas.index)


def test_monaco_says_what_it_is(monaco):
    assert "monaco.osm.pbf" in repr(monaco)
    assert "1283 buildings" in repr(monaco)
    assert monaco.osm_date == "2023-12-26"
    assert (shapely.get_type_id(monaco.points.geometry) == 0).all()
    assert monaco.areas.geometry.is_valid.all()


def unclosed_relation(**tags):
    town = Town()
    town.street((0, 0), (100, 0))
    half = town.way((0, 100), (100, 100), (100, 200))
    town.relation(("w", half, "outer"), ("w", 9999, "outer"), name="Half", **tags)
    return town.extract()


@pytest.mark.parametrize(
    "tags",
    [
        {"type": "boundary", "boundary": "administrative", "admin_level": "10"},
        {"type": "multipolygon", "place": "suburb"},
        {"type": "multipolygon", "building": "apartments"},
        {"type": "multipolygon", "natural": "water"},
        {"type": "multipolygon", "waterway": "riverbank"},
    ],
)
def test_an_area_that_does_not_close_is_listed(tags):
    extract = unclosed_relation(**tags)
    assert extract.areas.empty
    assert extract.defects[["osm_id", "name"]].to_numpy().tolist() == [["r901", "Half"]]
    assert "close" in extract.defects["problem"].iloc[0]


def test_a_building_that_does_not_close_is_listed():
    town = Town()
    town.street((0, 0), (100, 0))
    town.way((0, 50), (10, 50), (10, 60), building="house", name="Открытый дом")
    assert town.extract().defects["name"].tolist() == ["Открытый дом"]


def test_a_building_with_a_missing_corner_is_listed():
    town = Town()
    town.street((0, 0), (100, 0))
    town.square(0, 50, 10, building="house", name="Corner")
    town.missing.add(town.node(10, 60))
    extract = town.extract()
    assert extract.defects["name"].tolist() == ["Corner"]
    assert extract.areas.empty


@pytest.mark.parametrize(
    "corners",
    [
        [(0, 50), (10, 60), (10, 50), (0, 62), (0, 50)],  # crosses itself
        [(0, 50), (10, 60), (0, 50)],  # there and back
        [(0, 50), (0, 50), (0, 50), (0, 50)],
    ],
)
def test_a_building_whose_outline_is_no_ring_is_listed(corners):
    town = Town()
    town.street((0, 0), (100, 0))
    town.square(0, 100, 10, building="house", name="Whole")
    town.way(*corners, building="house", name="Knot")
    extract = town.extract()
    assert extract.areas["name"].tolist() == ["Whole"]
    assert extract.defects["name"].tolist() == ["Knot"]
    assert "close" in extract.defects["problem"].iloc[0]


def test_a_street_without_two_known_nodes_is_listed():
    town = Town()
    town.street((0, 0), (100, 0))
    lost = town.street((200, 0), (300, 0), name="Lost")
    town.missing.add(town.node(300, 0))
    defects = town.extract().defects
    assert defects[["osm_id", "name"]].to_numpy().tolist() == [[f"w{lost}", "Lost"]]


def test_a_railway_without_two_known_nodes_is_listed():
    town = Town()
    town.street((0, 0), (100, 0))
    lost = town.way((200, 0), (300, 0), railway="rail", name="Турксиб")
    town.missing.add(town.node(300, 0))
    extract = town.extract()
    assert extract.defects[["osm_id", "name"]].to_numpy().tolist() == [[f"w{lost}", "Турксиб"]]


# --- streets alone -------------------------------------------------------------------------------


def city_of_all_sorts():
    """Squares and lakes as relations, sidewalks, gates, gaps, hostile words, no rings."""
    town = busy_town()
    outer, inner = town.square(300, 400, 100), town.square(330, 430, 20)
    town.relation(
        ("w", outer, "outer"), ("w", inner, "inner"), type="multipolygon", highway="pedestrian"
    )
    town.street((300, 300), (300, 400), name=HOSTILE[1])
    town.street((300, 305), (400, 305), highway="footway", footway="sidewalk", name=HOSTILE[4])
    town.square(0, 600, 50, natural="water", building="yes", name=HOSTILE[3])
    town.square(100, 600, 50, natural="wood", highway="pedestrian", area="yes")
    town.way((200, 600), (210, 610), (210, 600), (200, 612), (200, 600), natural="water")
    town.node(200, 200, ford="yes")
    town.way((400, 300), (450, 300), man_made="pier")
    town.way((0, -20), (100, -20), railway="platform")
    gap = town.node(150, 700)
    town.street((50, 700), (100, 700), gap, (200, 700), (250, 700))
    town.way(gap, (150, 800), railway="rail", name="Lost")
    half = town.way((0, 900), (100, 900), (100, 950))
    town.relation(("w", half, "outer"), ("w", 9999, "outer"), type="multipolygon", natural="water")
    town.relation(("w", half, "outer"), type="multipolygon", building="yes")
    town.missing.add(gap)
    return town


@pytest.fixture(scope="module", params=["monaco", "town.osm.pbf", "town.osm", "town.osm.gz"])
def both_readings(request, tmp_path_factory):
    path = MONACO
    if request.param != "monaco":
        path = city_of_all_sorts().write(tmp_path_factory.mktemp("town") / request.param)
    return read_streets(path), read_osm(path)


def test_streets_alone_are_the_streets_of_the_whole_file(both_readings):
    streets, extract = both_readings
    assert (streets.name, streets.sha256) == (extract.name, extract.sha256)
    assert (streets.osm_date, streets.bounds) == (extract.osm_date, extract.bounds)
    for name in ("ways", "node_tags"):
        pd.testing.assert_frame_equal(getattr(streets, name), getattr(extract, name))
    for name in ("way_start", "node_ref", "node_lonlat"):
        assert getattr(streets, name).tobytes() == getattr(extract, name).tobytes(), name
    assert list(streets.lines.index) == list(extract.lines.index)
    assert streets.lines.geometry.to_wkb().equals(extract.lines.geometry.to_wkb())
    assert f"{len(streets.ways)} street ways" in repr(streets)


def test_streets_alone_come_with_water_and_with_squares_that_are_relations(both_readings):
    streets, extract = both_readings
    areas = extract.areas
    square = areas.index.str.startswith("r") & (areas["highway"] != "").to_numpy()
    water = (areas["natural"] == "water") | (areas["waterway"] == "riverbank")
    wanted = areas[square | water.to_numpy()]
    assert len(wanted)
    assert list(streets.areas.index) == list(wanted.index)
    pd.testing.assert_frame_equal(
        pd.DataFrame(streets.areas.drop(columns="geometry")),
        pd.DataFrame(wanted.drop(columns="geometry")),
    )
    assert streets.areas.geometry.to_wkb().equals(wanted.geometry.to_wkb())


def test_what_is_wrong_with_streets_alone_is_wrong_with_the_whole_file(both_readings):
    ours, all_of_them = (reading.defects.to_numpy().tolist() for reading in both_readings)
    assert ours == [row for row in all_of_them if row in ours]
    expected = [r for r in all_of_them if r[2].startswith(("street", "line"))]
    assert ours[: len(expected)] == expected


def test_the_network_of_streets_alone_is_that_of_the_whole_file(both_readings):
    crs = metric_crs(both_readings[0].bounds)
    one, other = (
        build_network(read, crs=crs, speed_kmh=4.8, steps_speed_kmh=2.4) for read in both_readings
    )
    for name, values in one.__getstate__().items():
        assert np.array_equal(values, other.__getstate__()[name]), name
    one, other = (explain_network(read, crs=crs) for read in both_readings)
    pd.testing.assert_frame_equal(one, other)


# --- what is refused -----------------------------------------------------------------------------


def refused(path, *readers):
    messages = set()
    for read in readers or (read_osm, read_streets):
        with pytest.raises(SourceError) as caught:
            read(path)
        assert str(path) in str(caught.value)
        assert isinstance(caught.value, ValueError)
        messages.add(str(caught.value))
    return " ".join(messages)


def test_a_missing_file_and_a_folder_are_refused(tmp_path):
    assert "no such file" in refused(tmp_path / "taraz.osm.pbf")
    refused(tmp_path)


@pytest.mark.parametrize("share", [0.001, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0])
def test_a_pbf_that_is_cut_off_is_refused(share, tmp_path):
    whole = MONACO.read_bytes()
    path = tmp_path / "monaco.osm.pbf"
    path.write_bytes(whole[: int(len(whole) * share) - (share == 1.0)])
    assert "cut off" in refused(path)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("name", ["town.osm", "town.osm.gz"])
def test_xml_that_is_cut_off_is_refused(name, share, tmp_path):
    path = busy_town().write(tmp_path / name)
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    assert "cut off" in refused(path)


def test_a_damaged_pbf_is_refused(tmp_path):
    damaged = bytearray(MONACO.read_bytes())
    damaged[len(damaged) // 2 : len(damaged) // 2 + 64] = bytes(64)
    path = tmp_path / "monaco.osm.pbf"
    path.write_bytes(damaged)
    assert "damaged" in refused(path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.osm.pbf", b"<html><body>404 Not Found</body></html>"),
        ("page.osm", b"<html><body>404 Not Found</body></html>"),
        ("noise.osm.pbf", bytes(range(256)) * 20),
        ("empty.osm.pbf", b""),
        ("empty.osm", b""),
        ("posts.csv", b"post_id,lon,lat\n1,71.37,42.9\n"),
        ("nodes.osm", b"<osm version='0.6'><node id='1' lat='north' lon='71'/></osm>"),
        ("no-suffix", b"<osm version='0.6'></osm>"),
    ],
)
def test_what_is_no_openstreetmap_data_is_refused(name, content, tmp_path):
    path = tmp_path / name
    path.write_bytes(content)
    refused(path)


@pytest.mark.parametrize("name", ["town.osm", "town.osm.pbf"])
def test_an_extract_without_streets_is_refused(name, tmp_path):
    town = Town()
    assert "holds no street" in refused(town.write(tmp_path / name))
    town.square(0, 0, 10, building="house")
    assert "holds no street" in refused(town.write(tmp_path / name))


def test_a_file_out_of_order_is_refused_with_the_reason(tmp_path):
    town = grid_town()
    town.ways.reverse()
    assert "out of order" in refused(town.write(tmp_path / "town.osm"))


NODES = '<node id="1" lat="43" lon="71"/><node id="2" lat="43.1" lon="71"/>'
STREET = '<way id="5"><nd ref="1"/><nd ref="2"/><tag k="highway" v="path"/></way>'


def osm_xml(path, *objects):
    path.write_text(f'<osm version="0.6">{"".join(objects)}</osm>', encoding="utf-8")
    return path


def test_a_name_that_is_no_text_is_refused_and_nothing_breaks_down(tmp_path):
    path = tmp_path / "town.osm.pbf"
    plain = osmium.io.File(str(path), "pbf,pbf_compression=none")
    with osmium.SimpleWriter(plain) as writer:
        for node in (1, 2):
            writer.add_node(mutable.Node(id=node, location=(71 + node / 1000, 43)))
        tags = {"highway": "path", "name": "Abay"}
        writer.add_way(mutable.Way(id=1, nodes=[1, 2], tags=tags))
    path.write_bytes(path.read_bytes().replace(b"Abay", b"Ab\xff\xfe"))
    assert "damaged" in refused(path)


def test_relations_before_nodes_are_refused_with_the_reason(tmp_path):
    relation = '<relation id="3"><tag k="highway" v="pedestrian"/></relation>'
    assert "out of order" in refused(osm_xml(tmp_path / "town.osm", relation, NODES, STREET))


def test_a_street_off_the_globe_is_refused_and_nothing_breaks_down(tmp_path):
    far = STREET.replace('<nd ref="2"/>', '<nd ref="2"/><nd ref="3"/>')
    path = osm_xml(tmp_path / "town.osm", NODES, '<node id="3" lat="95" lon="71"/>', far)
    assert "invalid location" in refused(path)


@pytest.mark.parametrize("place", ['lat="43" lon="190"', ""])
def test_a_post_off_the_globe_or_nowhere_is_refused(place, tmp_path):
    post = f'<node id="3" {place}><tag k="amenity" v="police"/></node>'
    refused(osm_xml(tmp_path / "town.osm", NODES, post, STREET), read_osm)


def test_the_last_of_two_equal_keys_counts_and_an_empty_value_is_kept(tmp_path):
    twice = '<tag k="name" v="one"/><tag k="name" v="other"/><tag k="" v="none"/></way>'
    street = STREET.replace("path", "").replace("</way>", twice)
    for read in (read_osm, read_streets):
        ways = read(osm_xml(tmp_path / "town.osm", NODES, street)).ways
        assert ways[["highway", "name"]].to_numpy().tolist() == [["", "other"]]


@pytest.mark.parametrize("read", [read_osm, read_streets])
def test_a_study_given_for_its_extract_is_not_called_damaged(tmp_path, read):
    study = tmp_path / "study.toml"
    study.write_text("city = 'Taraz'")
    with pytest.raises(SourceError, match=r"study\.toml: a \.toml file.*give an extract") as told:
        read(study)
    assert "damaged" not in str(told.value)
