"""The area of a study: what a box or a file of polygons may be, and what is kept of an extract."""

import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from walkshed.errors import SettingsError, SourceError
from walkshed.settings import SourceSettings, settings_from
from walkshed.sources import cut
from walkshed.sources.boundary import read_boundary, study_boundary
from walkshed.sources.choose import open_source
from walkshed.sources.clip import clip_extract
from walkshed.sources.cut import read_clipped
from walkshed.sources.osm import OsmExtract, read_osm

MONACO = Path(__file__).parents[1] / "data" / "monaco" / "monaco.osm.pbf"
BOW_TIE = [[71.3, 42.8], [71.4, 42.9], [71.4, 42.8], [71.3, 42.9], [71.3, 42.8]]
SQUARE = [[71.3, 42.8], [71.4, 42.8], [71.4, 42.9], [71.3, 42.9], [71.3, 42.8]]


@pytest.fixture(scope="module")
def town(town_of, tmp_path_factory) -> OsmExtract:
    return read_osm(town_of().write(tmp_path_factory.mktemp("clip") / "town.osm"))


@pytest.fixture(scope="module")
def box_of(lonlat):
    """A box in metres east and north of the town's corner, in degrees."""

    def box(west: float, south: float, east: float, north: float) -> shapely.Polygon:
        return shapely.box(*lonlat(west, south), *lonlat(east, north))

    return box


# -- what is kept ----------------------------------------------------------------------------------


def test_a_street_that_touches_is_kept_whole(town, box_of) -> None:
    clipped = clip_extract(town, box_of(-10, -10, 10, 10))
    assert sorted(clipped.ways["name"]) == ["Column 0", "Row 0"]
    assert len(clipped.node_ref) == 5 + 4, "to the ends of both, far outside"
    for i in range(len(clipped.ways)):
        part = slice(*clipped.way_start[i : i + 2])
        before = town.ways.index[town.ways["way_id"] == clipped.ways["way_id"][i]][0]
        whole = slice(*town.way_start[before : before + 2])
        assert clipped.node_ref[part].tolist() == town.node_ref[whole].tolist()


def test_a_building_that_touches_is_kept_whole(town, box_of) -> None:
    clipped = clip_extract(town, box_of(0, -5, 60, 20))
    (house,) = clipped.areas.index[clipped.areas["building"] != ""]
    assert clipped.areas.geometry[house].equals(town.areas.geometry[house])


def test_what_does_not_touch_is_left_out(town, box_of) -> None:
    box = box_of(-10, -10, 30, 30)
    clipped = clip_extract(town, box)
    assert len(clipped.points) == 0
    assert len(clipped.lines) == 0
    assert set(clipped.areas["place"]) == {"suburb"}
    for table in (clipped.areas, clipped.lines, clipped.points):
        assert table.crs == "EPSG:4326"
        assert table.intersects(box).all()


def test_gates_are_kept_on_kept_streets(new_town, tmp_path, box_of) -> None:
    new_town.way([(0, 0), (100, 0)], {"highway": "residential"})
    new_town.way([(0, 500), (100, 500)], {"highway": "residential"})
    near, far = (new_town.node(100, north, {"barrier": "gate"}) for north in (0, 500))
    extract = read_osm(new_town.write(tmp_path / "town.osm"))
    assert set(extract.node_tags.index) == {near, far}
    assert set(clip_extract(extract, box_of(-10, -10, 10, 10)).node_tags.index) == {near}


def test_a_way_of_several_runs_is_kept_whole(tmp_path, box_of, new_town) -> None:
    new_town.way([(0, 0), (50, 0), (100, 0), (150, 0), (200, 0)], {"highway": "residential"})
    text = new_town.text()
    start = text.index('<node id="3"')
    text = text[:start] + text[text.index('<node id="4"') :]
    (tmp_path / "town.osm").write_text(text, encoding="utf-8")
    extract = read_osm(tmp_path / "town.osm")
    assert len(extract.ways) == 2
    assert len(clip_extract(extract, box_of(-10, -10, 10, 10)).ways) == 2


def test_an_area_without_streets_is_told_with_where_the_streets_are(town) -> None:
    with pytest.raises(SourceError, match=r"town\.osm: no street .* between 71\.36.* E, 42\.87"):
        clip_extract(town, shapely.box(42.8, 71.3, 42.9, 71.4))


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_a_larger_area_keeps_all_that_a_smaller_one_does(town, box_of, data) -> None:
    metres = st.integers(-300, 2600)
    west, east = sorted((data.draw(metres), data.draw(metres)))
    south, north = sorted((data.draw(metres), data.draw(metres)))
    smaller = box_of(west, south, east + 1, north + 1)
    larger = smaller.buffer(data.draw(st.floats(1e-5, 0.01)))
    try:
        within = clip_extract(town, smaller)
    except SourceError:
        return
    around = clip_extract(town, larger)
    assert set(within.ways["way_id"]) <= set(around.ways["way_id"])
    for table in ("areas", "lines", "points"):
        assert set(getattr(within, table).index) <= set(getattr(around, table).index)
    again = clip_extract(within, smaller)
    assert again.ways.equals(within.ways)
    assert (again.node_ref == within.node_ref).all()


def test_a_study_s_file_is_clipped(town_of, tmp_path, box_of) -> None:
    path = town_of().write(tmp_path / "town.osm")
    bbox = box_of(-10, -10, 10, 10).bounds
    opened = open_source(SourceSettings(file=path, bbox=bbox))
    assert (opened.source, len(opened.extract.ways)) == ("file", 2)


# -- a large file ----------------------------------------------------------------------------------


@pytest.fixture
def all_files_are_large(monkeypatch) -> None:
    monkeypatch.setattr(cut, "LARGE_BYTES", 0)


@pytest.mark.parametrize(
    "box",
    [(7.415, 43.727, 7.43, 43.74), (7.4205, 43.7355, 7.4215, 43.7362), (7.3, 43.7, 7.5, 43.8)],
    ids=["a part", "a corner within areas", "all of it"],
)
def test_a_large_file_cut_first_gives_what_all_of_it_gives(box, all_files_are_large) -> None:
    area = shapely.box(*box)
    whole = clip_extract(read_osm(MONACO), area)
    part = read_clipped(MONACO, area)
    for table in ("ways", "node_tags", "areas", "lines", "points"):
        ours, theirs = getattr(part, table), getattr(whole, table)
        assert ours.index.tolist() == theirs.index.tolist(), table
        assert ours.to_dict("records") == theirs.to_dict("records"), table
    assert (part.way_start == whole.way_start).all()
    assert (part.node_ref == whole.node_ref).all()
    assert (part.node_lonlat == whole.node_lonlat).all()
    assert (part.name, part.sha256, part.osm_date) == (whole.name, whole.sha256, whole.osm_date)
    assert set(part.defects["osm_id"]) <= set(whole.defects["osm_id"])


def test_a_large_file_with_gaps_is_cut_too(all_files_are_large, tmp_path, box_of, new_town) -> None:
    new_town.way([(0, 0), (50, 0), (100, 0), (150, 0)], {"highway": "residential"})
    text = new_town.text()
    start = text.index('<node id="2"')
    text = text[:start] + text[text.index('<node id="3"') :]
    (tmp_path / "town.osm").write_text(text, encoding="utf-8")
    area = box_of(90, -10, 300, 10)
    part = read_clipped(tmp_path / "town.osm", area)
    assert part.node_ref.tolist() == [3, 4]
    assert part.osm_date == "2024-03-05"


def test_a_large_file_that_cannot_be_used_is_told(all_files_are_large, tmp_path, box_of) -> None:
    with pytest.raises(SourceError, match=r"none\.osm: no such file"):
        read_clipped(tmp_path / "none.osm", box_of(0, 0, 1, 1))
    path = tmp_path / "Қазақстан 2026.osm.pbf"
    path.write_bytes(MONACO.read_bytes()[:100_000])
    with pytest.raises(SourceError, match=r"Қазақстан 2026\.osm\.pbf: cannot be read"):
        read_clipped(path, box_of(0, 0, 1, 1))
    with pytest.raises(SourceError, match=r"monaco\.osm\.pbf: holds no street within the area"):
        read_clipped(MONACO, box_of(0, 0, 1, 1))


def test_a_schematic_city_is_not_clipped(tmp_path) -> None:
    village = "width_m=600\nheight_m=600\nsuperblock_m=300\nhouses=20\nprecinct_points=1\n"
    (tmp_path / "village.toml").write_text(village, encoding="utf-8")
    for box in ({}, {"bbox": (0, 0, 1, 1)}, {"boundary": tmp_path / "none.geojson"}):
        settings = SourceSettings(schematic=tmp_path / "village.toml", **box)
        assert len(open_source(settings, "schematic").extract.ways)


# -- what an area may be ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bbox", "reason"),
    [
        ([71.4, 42.8, 71.3, 42.9], "west must be less than east"),
        ([71.3, 42.9, 71.4, 42.8], "south less than north"),
        ([71.3, 42.8, 71.3, 42.9], "encloses nothing"),
        ([71.3, 42.8, 71.4, 42.8], "encloses nothing"),
        ([42.8, 171.3, 42.9, 171.4], "no degrees"),
        ([7917000, 5284000, 7930000, 5290000], "no degrees"),
        ([71.3, 42.8, float("nan"), 42.9], "no degrees"),
        ([71.3, 42.8, 71.4], "is missing; add it"),
        ([71.3, 42.8, 71.4, 42.9, 0], "at most 4"),
        (["71", "42", "72", "43"], "valid number"),
        ("71,42,72,43", "valid tuple"),
    ],
)
def test_a_box_that_is_none_is_told(bbox, reason) -> None:
    with pytest.raises(SettingsError) as caught:
        settings_from({"city": "T", "source": {"bbox": bbox}}, "study.toml")
    message = str(caught.value)
    assert message.startswith("study.toml: ")
    assert "`source.bbox" in message
    assert reason in message


def test_two_areas_are_told() -> None:
    source = {"bbox": [71, 42, 72, 43], "boundary": "a.geojson"}
    with pytest.raises(SettingsError, match="two areas; give one of them"):
        settings_from({"city": "T", "source": source}, "study.toml")


def feature(geometry: dict[str, Any] | None) -> dict[str, Any]:
    return {"type": "Feature", "properties": {}, "geometry": geometry}


def collection(*geometries: dict[str, Any] | None, **more: Any) -> dict[str, Any]:
    return {"type": "FeatureCollection", "features": [feature(g) for g in geometries], **more}


def polygon(ring: list[list[float]]) -> dict[str, Any]:
    return {"type": "Polygon", "coordinates": [ring]}


@pytest.fixture
def boundary_file(tmp_path):
    def write(value: Any, name: str = "Тараз қаласы, шекара.geojson") -> Path:
        path = tmp_path / name
        text = value if isinstance(value, str) else json.dumps(value)
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.mark.parametrize(
    "value",
    [
        polygon(SQUARE),
        feature(polygon(SQUARE)),
        collection(polygon(SQUARE)),
    ],
)
def test_a_polygon_is_read_however_it_is_wrapped(value, boundary_file) -> None:
    assert read_boundary(boundary_file(value)).equals(shapely.Polygon(SQUARE))


def test_several_polygons_are_one_area(boundary_file) -> None:
    east = [[lon + 0.05, lat] for lon, lat in SQUARE]
    path = boundary_file(collection(polygon(SQUARE), polygon(east)))
    assert read_boundary(path).equals(shapely.box(71.3, 42.8, 71.45, 42.9))


@pytest.mark.parametrize("crs", ["EPSG:32642", "EPSG:3857"])
def test_another_crs_is_turned_into_degrees(crs, tmp_path) -> None:
    path = tmp_path / "area.gpkg"
    gpd.GeoSeries([shapely.Polygon(SQUARE)], crs=4326).to_crs(crs).to_file(path)
    found = study_boundary(SourceSettings(boundary=path))
    assert found is not None
    assert found.hausdorff_distance(shapely.Polygon(SQUARE)) < 1e-6


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (polygon(BOW_TIE), r"feature 1: crosses itself \(Self-intersection"),
        (collection(polygon(SQUARE), polygon(BOW_TIE)), "feature 2: crosses itself"),
        (polygon(SQUARE[:-1]), "closed"),
        (polygon([SQUARE[0]] * 4), "feature 1: "),
        ({"type": "Point", "coordinates": SQUARE[0]}, "is a Point; draw a polygon"),
        ({"type": "LineString", "coordinates": SQUARE}, "is a LineString"),
        (polygon([[lat, lon + 100] for lon, lat in SQUARE]), "no degrees"),
        (polygon([[lon * 1e5, lat * 1e5] for lon, lat in SQUARE]), "no degrees"),
        (collection(None), "feature 1: is empty"),
        (collection(), "polygon"),
        ("", "cannot be read"),
        ("<html>no</html>", "cannot be read"),
        ("{", "cannot be read"),
        ("{}", "cannot be read"),
    ],
)
def test_a_boundary_that_is_none_is_told(value, reason, boundary_file) -> None:
    path = boundary_file(value)
    with pytest.raises(SourceError, match=reason) as caught:
        read_boundary(path)
    assert str(caught.value).startswith(f"{path}: ")


def test_all_wrong_polygons_are_told_at_once(boundary_file) -> None:
    path = boundary_file(collection(polygon(BOW_TIE), polygon(SQUARE), None))
    with pytest.raises(SourceError, match=r"2 problems\n  - feature 1: .*\n  - feature 3: "):
        read_boundary(path)


def test_a_missing_boundary_is_told(tmp_path) -> None:
    with pytest.raises(SourceError, match=r"none\.geojson: no such file"):
        read_boundary(tmp_path / "none.geojson")


def test_the_command_line_tells_a_boundary_that_crosses_itself(
    walkshed, write_study, boundary_file, tmp_path
) -> None:
    path = boundary_file(polygon(BOW_TIE))
    study = write_study(tmp_path, source={"file": "town.osm", "boundary": path.name})
    ran = walkshed("run", study, "--out", tmp_path / "out")
    assert ran.code == 2
    assert f"{path}: feature 1: crosses itself" in ran.err
    assert not (tmp_path / "out").exists()
