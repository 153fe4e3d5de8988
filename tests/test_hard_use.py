"""Files as strangers send them: a clear error or a right answer; no traceback, no hang.

Each case was found by `python -m benchmarks.fuzz`, or is what an office's computers do to files.
"""

import json
import os
import sqlite3
import time
import tracemalloc
import zipfile
from contextlib import closing
from pathlib import Path
from random import Random

import geopandas as gpd
import numpy as np
import openpyxl
import pyarrow.parquet as pq
import pytest
import rasterio
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.fuzz.judging import ADVICE, ANSWER, CLEAR, judged
from benchmarks.fuzz.mutate import mutated
from benchmarks.fuzz.targets import TARGETS
from walkshed.batch.grid import batch_studies
from walkshed.errors import InputError, SettingsError
from walkshed.given_files import check_file, json_of
from walkshed.reports.read import read_manifest, read_table
from walkshed.schematic.parameters import read_schematic
from walkshed.settings import read_settings, study_name
from walkshed.sources._coordinates import split_pair
from walkshed.sources._sheets import read_sheet
from walkshed.sources.boundary import read_boundary
from walkshed.sources.graphml import read_graphml
from walkshed.sources.osm import read_osm
from walkshed.sources.posts import read_posts
from walkshed.sources.precincts import read_precincts
from walkshed.sources.rasters import opened_raster
from walkshed.sources.sites import read_exclusions

READERS = (read_settings, read_schematic, read_osm, read_graphml, read_posts, read_boundary)


def told(read, path: Path) -> str:
    with pytest.raises(InputError) as caught:
        read(path)
    message = str(caught.value)
    assert path.name in message
    assert ADVICE.search(message), message
    return message


# -- what is no file -------------------------------------------------------------------------------


@pytest.mark.parametrize("read", READERS, ids=lambda read: read.__name__)
def test_a_pipe_is_refused_and_not_waited_for(read, tmp_path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    assert "a pipe or a device" in told(read, tmp_path / "pipe.csv")


@pytest.mark.parametrize("read", READERS, ids=lambda read: read.__name__)
def test_links_in_a_circle_a_folder_and_names_that_cannot_be(read, tmp_path) -> None:
    (tmp_path / "a.csv").symlink_to(tmp_path / "b.csv")
    (tmp_path / "b.csv").symlink_to(tmp_path / "a.csv")
    assert "cannot be read" in told(read, tmp_path / "a.csv")
    (tmp_path / "folder.csv").mkdir()
    assert "it is a folder" in told(read, tmp_path / "folder.csv")
    assert "cannot be read" in told(read, tmp_path / f"{'x' * 300}.csv")
    with pytest.raises(InputError, match="cannot be the name of a file"):
        read(tmp_path / "nul\0.csv")


def test_four_gigabytes_of_nothing_are_not_read(tmp_path) -> None:
    for name in ("posts.csv", "posts.xlsx", "posts.geojson", "study.toml"):
        path = tmp_path / name
        with path.open("wb") as file:
            file.truncate(4 << 30)
        read = read_settings if name == "study.toml" else read_posts
        assert "are read of such a file" in told(read, path)


def test_a_large_extract_is_not_refused_for_its_size(tmp_path) -> None:
    with (tmp_path / "kz.osm.pbf").open("wb") as file:
        file.truncate(4 << 30)
    check_file(tmp_path / "kz.osm.pbf")


# -- TOML and JSON ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "a = " + "[" * 5000,
        "[" + "a." * 5000 + "b]\nc = {" * 2,
        "seed = " + "9" * 5000,
        "'a' . " * 10_000 + "b = 1",
    ],
    ids=["lists in lists", "tables in tables", "a number of 5000 digits", "a key of 10001 parts"],
)
@pytest.mark.parametrize("read", [read_settings, read_schematic])
def test_toml_that_exhausts_its_parser_is_refused(text, read, tmp_path) -> None:
    path = tmp_path / "study.toml"
    path.write_text(text, encoding="utf-8")
    assert "not TOML" in told(read, path)
    assert batch_studies([path])[0].problem


def test_json_deeper_than_any_map_is_refused_and_brackets_in_texts_are_not_counted() -> None:
    with pytest.raises(ValueError, match="brackets within one another"):
        json_of('{"a": ' * 65 + "1" + "}" * 65)
    assert json_of(json.dumps(["[{" * 500, '"\\']))[0] == "[{" * 500
    assert json_of("[" * 64 + "]" * 64)
    with pytest.raises(ValueError, match="a number of 301 digits"):
        json_of("1" * 301)


def test_a_text_of_json_that_never_ends_is_read_once() -> None:
    begin = time.process_time()
    with pytest.raises(ValueError, match="Unterminated string"):
        json_of('["' + '\\"' * 20_000)
    assert time.process_time() - begin < 1  # 5 s where every quote is taken for a beginning


@pytest.mark.parametrize(
    "change",
    [
        {"properties": [1]},
        {"geometry": {"type": "Point", "coordinates": [1e308, float("nan")]}},
        {"geometry": {"type": "Point", "coordinates": [10**299, {}]}},
        {"geometry": [[]]},
    ],
)
def test_a_feature_of_strange_parts_is_told_by_its_number(change, tmp_path) -> None:
    point = {"type": "Point", "coordinates": [71.4, 42.9]}
    feature = {"type": "Feature", "properties": {"id": "A"}, "geometry": point} | change
    path = tmp_path / "posts.geojson"
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    told(read_posts, path)


@pytest.mark.parametrize("crs", [{"properties": []}, [], 7, {"properties": {"name": {}}}, "+proj"])
def test_a_crs_of_any_json_is_told(crs, tmp_path) -> None:
    path = tmp_path / "posts.geojson"
    feature = {"type": "Feature", "properties": {"id": "A"}, "geometry": None}
    path.write_text(json.dumps({"crs": crs, "features": [feature]}))
    assert "is not known" in told(read_posts, path)


# -- tables ----------------------------------------------------------------------------------------


def test_a_million_columns_are_refused_at_once(tmp_path) -> None:
    path = tmp_path / "posts.csv"
    path.write_text("id,lat,lon" + ",c" * 10**6 + "\nA,1,2\n")
    assert "1000003 columns" in told(read_posts, path)


@pytest.mark.parametrize("heads", [",c{}", ",resident{}", ","], ids=["named", "misspelt", "none"])
def test_short_rows_below_a_wide_heading_take_the_memory_of_short_rows(heads, tmp_path) -> None:
    path = tmp_path / "points.csv"
    head = "".join(heads.format(i) for i in range(10_000))
    path.write_text(f"id,lat,lon,residents{head}\n" + "p{},42.9,71.37,1\n" * 1000)
    tracemalloc.start()
    try:
        assert len(read_sheet(path, {"id": "id", "size m": "size_m"}).rows) == 1000
        assert tracemalloc.get_traced_memory()[1] < 20e6  # a place for each heading: 340 million
    finally:
        tracemalloc.stop()


def test_brackets_that_never_close_and_blanks_without_end_are_soon_read(tmp_path) -> None:
    path = tmp_path / "posts.csv"
    path.write_text("id,lat,lon," + "(" * 100_000 + "\nA,42.9,71.3,\n")
    assert list(read_posts(path).index) == ["A"]
    assert split_pair("1" + " " * 100_000 + "2") is None
    path.write_text("id,lat,lon\nA,4" + " " * 100_000 + "2,71.3\n")
    assert "wanted degrees" in told(read_posts, path)


def test_utf_16_without_a_mark_is_read(tmp_path) -> None:
    (tmp_path / "posts.csv").write_bytes("id;lat;lon\nА1;42,9;71,3\n".encode("utf-16-le"))
    assert list(read_posts(tmp_path / "posts.csv").index) == ["А1"]


@pytest.mark.parametrize("name", ["posts.xlsx", "posts.xls", "posts.ods", "posts.csv"])
@pytest.mark.parametrize(
    "data",
    [
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
        b"PK\3\4" + bytes(60),
        b"PK\5\6" + bytes(18),
    ],
    ids=["an old workbook", "a cut zip", "an empty zip"],
)
def test_a_file_by_another_formats_name_is_refused(data, name, tmp_path) -> None:
    (tmp_path / name).write_bytes(data)
    told(read_posts, tmp_path / name)


def packed(path: Path, book: Path, **members: bytes) -> Path:
    """A copy of a workbook with the first sheet replaced."""
    with zipfile.ZipFile(book) as good, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as bad:
        for name in good.namelist():
            bad.writestr(name, members.get(Path(name).stem, good.read(name)))
    return path


@pytest.fixture
def book(tmp_path) -> Path:
    made = openpyxl.Workbook()
    made.active.append(["id", "lat", "lon"])
    made.active.append(["A", 42.9, 71.4])
    made.save(tmp_path / "good.xlsx")
    return tmp_path / "good.xlsx"


def test_a_workbook_with_a_cell_in_the_last_corner_is_refused(book, tmp_path) -> None:
    made = openpyxl.load_workbook(book)
    made.active["XFD1048576"] = 1
    made.save(tmp_path / "far.xlsx")
    assert "1048576 rows and 16384 columns" in told(read_posts, tmp_path / "far.xlsx")


def test_a_workbook_styled_to_the_last_corner_is_read(book, tmp_path) -> None:
    made = openpyxl.load_workbook(book)
    made.active["XFD1048576"].font = openpyxl.styles.Font(bold=True)
    made.active["D1"], made.active["D2"] = "cost", "=1+1"
    made.save(tmp_path / "styled.xlsx")
    assert "has no computed value" in told(read_posts, tmp_path / "styled.xlsx")


def test_a_workbook_that_lies_of_its_size_is_counted_as_it_unpacks(
    book, tmp_path, monkeypatch
) -> None:
    monkeypatch.setattr("walkshed.sources._workbook_bounds.LARGEST_BYTES", 10**7)
    path = packed(tmp_path / "bomb.xlsx", book, sheet1=b"<a>" + bytes(3 * 10**7))
    data = path.read_bytes()
    real, told_size = (3 * 10**7 + 3).to_bytes(4, "little"), (10).to_bytes(4, "little")
    assert data.count(real) == 2
    path.write_bytes(data.replace(real, told_size))
    assert len(data) < 10**5
    assert "unpacks to more than 1 GB" in told(read_posts, path)


# -- maps ------------------------------------------------------------------------------------------

VRT = b'<OGRVRTDataSource><OGRVRTLayer name="a"><SrcDataSource>/vsicurl/http://127.0.0.1/a'
KML = b'<!DOCTYPE kml [<!ENTITY x SYSTEM "file:///etc/passwd">]><kml><name>&x;</name></kml>'


@pytest.mark.parametrize("read", [read_boundary, read_precincts, read_exclusions])
@pytest.mark.parametrize("data", [VRT, KML, b"", b"PK\3\4", b"\0" * 90, b"SQLite format 3\0"])
def test_a_map_that_is_none_is_never_shown_to_gdal(data, read, tmp_path) -> None:
    path = tmp_path / "zones.geojson"
    path.write_bytes(data)
    told(read, path)


def test_a_raster_that_lists_other_files_is_refused(tmp_path) -> None:
    path = tmp_path / "people.tif"
    path.write_bytes(b' <VRTDataset rasterXSize="1"><SourceFilename>/etc/passwd</SourceFilename>')
    assert "give the raster itself" in told(lambda path: opened_raster(path, "heights"), path)


def test_a_raster_in_the_metres_of_some_workshop_is_refused(tmp_path) -> None:
    path = tmp_path / "people.tif"
    options = {"driver": "GTiff", "width": 2, "height": 2, "count": 1, "dtype": "float32"}
    workshop = 'LOCAL_CS["a workshop",UNIT["metre",1]]'
    grid = rasterio.Affine(1, 0, 7, 0, -1, 7)
    with rasterio.open(path, "w", crs=workshop, transform=grid, **options) as raster:
        raster.write(np.ones((1, 2, 2), dtype="float32"))
    assert "no place on Earth" in told(lambda path: opened_raster(path, "heights"), path)
    path.write_bytes(b"II*\0" + bytes(9))
    assert "get it again" in told(lambda path: opened_raster(path, "heights"), path)


def test_fifty_collections_in_one_another_are_told(tmp_path) -> None:
    shape = '{"type": "GeometryCollection", "geometries": [' * 50 + "]}" * 50
    for name, read in (("posts.geojson", read_posts), ("zones.geojson", read_boundary)):
        path = tmp_path / name
        path.write_text('{"features": [{"geometry": ' + shape + ', "properties": {}}]}')
        told(read, path)


@pytest.mark.parametrize(
    "geo",
    [
        b"[]",
        b"{}",
        b"[" * 100_000,
        b'{"version": "1.0.0", "primary_column": "geometry", "columns": []}',
        (
            b'{"version": "1.0.0", "primary_column": "geometry", "columns": {"geometry":'
            b' {"encoding": "WKB", "crs": {"type": "GeographicCRS"}}}}'
        ),
        b'{"version": 1, "primary_column": [], "columns": {"x": {"encoding": "WKB"}}}',
    ],
)
def test_a_table_of_a_run_that_lies_of_its_shapes_is_told(geo, tmp_path) -> None:
    table = gpd.GeoDataFrame({"id": ["A"]}, geometry=[shapely.Point(71, 42)], crs=4326)
    table.to_parquet(tmp_path / "doors.parquet")
    arrow = pq.read_table(tmp_path / "doors.parquet")
    spoilt = arrow.replace_schema_metadata({**arrow.schema.metadata, b"geo": geo})
    pq.write_table(spoilt, tmp_path / "doors.parquet")
    assert "run the study again" in told(read_table, tmp_path / "doors.parquet")


@pytest.mark.parametrize("entry", ["x", {"key": [], "name": "a", "sha256": "b"}, {"name": "a"}])
def test_a_manifest_of_strange_inputs_is_told(entry, tmp_path) -> None:
    manifest = {key: {} for key in ("settings", "standards", "versions", "outputs")}
    text = json.dumps({**manifest, "source": "file", "inputs": [entry]})
    (tmp_path / "manifest.json").write_text(text)
    assert "not a manifest of walkshed" in told(read_manifest, tmp_path / "manifest.json")


def test_a_geopackage_whose_view_never_ends_is_refused(tmp_path) -> None:
    path = tmp_path / "posts.gpkg"
    gpd.GeoDataFrame({"id": ["A"]}, geometry=[shapely.Point(71, 42)], crs=4326).to_file(path)
    with closing(sqlite3.connect(path)) as database:
        database.execute("DROP TABLE posts")
        endless = "WITH RECURSIVE n(fid) AS (SELECT 1 UNION ALL SELECT fid + 1 FROM n)"
        database.execute(f"CREATE VIEW posts AS {endless} SELECT fid, NULL AS geom FROM n")
        database.commit()
    assert "may never end" in told(read_sheet, path)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("read", [read_sheet, read_boundary, read_precincts, read_exclusions])
@pytest.mark.parametrize(
    "damage",
    [
        "DELETE FROM gpkg_contents",
        "DROP TABLE zones",
        "UPDATE gpkg_contents SET table_name = CAST(x'E3CF' AS TEXT)",
        "UPDATE gpkg_geometry_columns SET table_name = CAST(x'E3CF' AS TEXT)",
    ],
)
def test_a_geopackage_without_its_layer_or_with_a_name_of_no_letters_is_told(
    damage, read, tmp_path
) -> None:
    path = tmp_path / "zones.gpkg"
    square = gpd.GeoDataFrame({"name": ["A"]}, geometry=[shapely.box(71, 42, 72, 43)], crs=4326)
    square.to_file(path)
    with closing(sqlite3.connect(path)) as database:
        for trigger in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
            database.execute(f'DROP TRIGGER "{trigger[0]}"')
        database.execute("PRAGMA foreign_keys = OFF")
        database.execute(damage)
        database.commit()
    outcome, detail = judged(read, path)
    assert outcome in (ANSWER, CLEAR), detail


# -- XML -------------------------------------------------------------------------------------------

LAUGHS = "".join(f'<!ENTITY l{i + 1} "{f"&l{i};" * 10}">' for i in range(9))
TYPES = {
    "a billion laughs": f'<!DOCTYPE a [<!ENTITY l0 "ha">{LAUGHS}]>',
    "a file from elsewhere": '<!DOCTYPE a [<!ENTITY l9 SYSTEM "file:///etc/hostname">]>',
    "a page from elsewhere": '<!DOCTYPE a [<!ENTITY l9 SYSTEM "http://127.0.0.1:9/">]>',
}


@pytest.mark.parametrize("head", TYPES.values(), ids=TYPES)
def test_entities_of_xml_are_not_resolved(head, tmp_path, town_of) -> None:
    text = town_of().text().partition("\n")[2].replace("Row 0", "&l9;")
    (tmp_path / "town.osm").write_text(head + text)
    told(read_osm, tmp_path / "town.osm")
    graph = '<graphml><graph edgedefault="directed"><node id="1">&l9;</node></graph></graphml>'
    (tmp_path / "town.graphml").write_text(head + graph)
    told(read_graphml, tmp_path / "town.graphml")


def test_graphml_in_an_encoding_that_there_is_not_is_told(tmp_path) -> None:
    (tmp_path / "town.graphml").write_text('<?xml version="1.0" encoding="butf-8"?><graphml/>')
    told(read_graphml, tmp_path / "town.graphml")


def test_a_way_of_an_unheard_of_id_takes_no_memory(tmp_path, town_of) -> None:
    before = len(read_osm(town_of().write(tmp_path / "town.osm")).ways)
    head, mark, last = town_of().text().rpartition('<way id="')
    (tmp_path / "town.osm").write_text(f"{head}{mark}{2**62}{last.lstrip('0123456789')}")
    assert len(read_osm(tmp_path / "town.osm").ways) == before


# -- where results go ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["...toml", "..toml", " .toml"])
def test_no_name_of_a_study_leads_out_of_the_folder_of_results(name, tmp_path) -> None:
    with pytest.raises(SettingsError, match="no name for a folder"):
        study_name(tmp_path / name)
    (tmp_path / name).write_text('city = "X"\n[source]\nfile = "x.osm"\n')
    with pytest.raises(SettingsError, match="no name for a folder"):
        batch_studies([tmp_path / name])


def test_a_study_does_not_have_a_snapshot_written_elsewhere(walkshed, tmp_path) -> None:
    study = tmp_path / "inner" / "study.toml"
    study.parent.mkdir()
    study.write_text('city = "X"\n[source]\nplace = "X"\nsnapshot = "../x.osm.pbf"\n')
    ran = walkshed("fetch", study)
    assert ran.code == 2
    assert "outside the study's folder" in ran.err
    assert [path.name for path in tmp_path.iterdir()] == ["inner"]


# -- any file a little wrong -----------------------------------------------------------------------

QUICK = [name for name in TARGETS if name not in ("study", "run", "rerun", "raster.tif")]


@pytest.fixture(scope="module")
def good_files(tmp_path_factory) -> dict[str, list[Path]]:
    return {name: list(TARGETS[name].seeds(tmp_path_factory.mktemp("good"))) for name in QUICK}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", QUICK)
@given(seed=st.integers(0, 2**32))
@settings(max_examples=2)
def test_a_file_a_little_wrong_is_read_or_its_error_names_it(name, seed, good_files) -> None:
    random = Random(seed)
    path = random.choice(good_files[name])
    good = path.read_bytes()
    try:
        path.write_bytes(mutated(good, path.suffix, random))
        outcome, detail = judged(TARGETS[name].read, path)
    finally:
        path.write_bytes(good)
    assert outcome in (ANSWER, CLEAR), detail
