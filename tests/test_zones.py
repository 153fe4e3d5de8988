"""Neighbourhoods of an extract or of the user, and hexagons."""

import json

import geopandas as gpd
import h3
import pandas as pd
import pytest
import shapely

from towns import CRS, ORIGIN, Town, places
from walkshed.errors import SourceError, TableError
from walkshed.settings import ZonesSettings
from walkshed.sources.zones import districts, hexagon_ids, hexagons, neighbourhoods, notes_on

HOSTILE = "<b>{{ 1/0 }}</b> Ақжар \"'; --"


@pytest.fixture(scope="module")
def extract():
    town = Town()
    town.street((0, 0), (100, 0))
    town.square(0, 0, 500, place="suburb", name="Южный", **{"name:en": "South"})
    town.square(500, 0, 500, place="quarter", name=HOSTILE)
    town.square(0, 500, 500, place="village", name="Elsewhere")
    town.square(
        0, 1000, 500, boundary="administrative", admin_level="10", name="Ward", place="island"
    )
    town.square(0, 2000, 500, boundary="administrative", admin_level="9", name="Other")
    town.square(0, 3000, 500, boundary="census", admin_level="10", name="Census")
    town.node(50, 50, place="suburb", name="Only a point")
    return town.extract()


def test_neighbourhoods_are_areas_with_the_chosen_place_values(extract):
    table = neighbourhoods(extract, ZonesSettings())
    assert table["name"].to_dict() == {"w102": "Южный", "w103": HOSTILE}
    assert table.index.name == "neighbourhood_id"
    assert table.crs == "EPSG:4326"
    assert table.to_crs(CRS).area.tolist() == pytest.approx([250_000] * 2, rel=1e-3)


def test_neighbourhoods_may_be_the_boundaries_of_one_level_instead(extract):
    table = neighbourhoods(extract, ZonesSettings(boundary_admin_level=10))
    assert table["name"].tolist() == ["Ward"]


def test_city_districts_are_boundaries_of_their_own_level_or_polygons_of_a_file(extract, tmp_path):
    by_level = districts(extract, ZonesSettings(district_admin_level=9))
    assert by_level["name"].tolist() == ["Other"]
    assert by_level.index.name == "district_id"
    path = tmp_path / "districts.geojson"
    south = neighbourhoods(extract, ZonesSettings()).loc[["w102"]]
    south[["name", "geometry"]].reset_index(drop=True).to_file(path)
    from_file = districts(extract, ZonesSettings(districts=path, district_admin_level=10))
    assert from_file.index.to_list() == ["Южный"]
    assert from_file.index.name == "district_id"


def test_a_study_that_names_no_city_districts_has_none(extract):
    none = districts(extract, ZonesSettings())
    assert none.empty
    assert list(none) == list(neighbourhoods(extract, ZonesSettings()))


def test_a_name_that_is_missing_in_a_language_is_the_name(extract):
    row = neighbourhoods(extract, ZonesSettings()).loc["w102"]
    assert row[["name_ru", "name_kk", "name_en"]].tolist() == ["Южный", "Южный", "South"]


def test_an_extract_without_neighbourhoods_gives_an_empty_table(extract):
    table = neighbourhoods(extract, ZonesSettings(place=("hamlet",)))
    assert table.empty
    assert {"name", "name_ru", "name_kk", "name_en", "geometry"} <= set(table.columns)


def test_every_door_lies_in_its_hexagon():
    doors = places({f"d{i}": (137.0 * i, 211.0 * (i % 7)) for i in range(40)})
    ids = hexagon_ids(doors, 9)
    assert ids.index.equals(doors.index)
    cells = pd.Index(sorted(set(ids)))
    outlines = hexagons(cells)
    assert outlines.index.equals(cells)
    lonlat = doors.to_crs("EPSG:4326")
    assert all(outlines[ids[door]].covers(lonlat[door]) for door in doors.index)
    assert len(cells) > 5


def test_hexagons_have_the_resolution_that_was_asked_for():
    doors = places({"d": (0, 0)})
    for resolution in (7, 10):
        cell = hexagon_ids(doors, resolution)["d"]
        assert h3.get_resolution(cell) == resolution
        assert h3.latlng_to_cell(*h3.cell_to_latlng(cell), resolution) == cell


def test_no_doors_have_no_hexagons():
    none = places({"d": ORIGIN}).iloc[:0]
    assert hexagon_ids(none, 9).empty
    assert len(hexagons(pd.Index([], dtype=object))) == 0


def test_hexagon_outlines_are_east_then_north():
    cell = h3.latlng_to_cell(42.9, 71.37, 9)
    middle = hexagons(pd.Index([cell]))[cell].centroid
    assert shapely.distance(middle, shapely.Point(71.37, 42.9)) < 0.01


# --- the user's polygons -------------------------------------------------------------------------


def ring_of(*corners):
    """A ring of lon and lat at places on the paper, as drawn: closed only if the corners are."""
    points = places({f"{i}": corner for i, corner in enumerate(corners)}).to_crs(4326)
    return [[point.x, point.y] for point in points]


def box(west, south, east, north):
    return ring_of((west, south), (east, south), (east, north), (west, north), (west, south))


def polygons(*features):
    """GeoJSON of (properties, ring, ...)."""
    return json.dumps(
        {
            "type": "FeatureCollection",
            "features": [
                {
                    "type": "Feature",
                    "properties": properties,
                    "geometry": rings and {"type": "Polygon", "coordinates": rings},
                }
                for properties, *rings in features
            ],
        }
    )


@pytest.fixture
def read(extract, tmp_path):
    def of(text, name="wards.geojson"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return neighbourhoods(extract, ZonesSettings(file=tmp_path / name))

    return of


@pytest.fixture
def refused(read):
    def of(text, error=TableError):
        with pytest.raises(error) as caught:
            read(text)
        message = str(caught.value)
        return message[message.index("wards.geojson: ") + len("wards.geojson: ") :]

    return of


WEST, EAST = box(0, 0, 500, 500), box(500, 0, 1000, 500)


def test_the_users_polygons_are_the_neighbourhoods_with_their_names(read):
    names = {"name_ru": "Южный", "name_kk": "Оңтүстік", "name_en": "South"}
    table = read(polygons(({**names, "id": "S"}, WEST), ({"name": HOSTILE}, EAST)))
    assert table["name"].to_dict() == {"S": "Южный", HOSTILE: HOSTILE}
    assert table.loc["S", ["name_ru", "name_kk", "name_en"]].tolist() == list(names.values())
    assert table.loc[HOSTILE, "name_kk"] == HOSTILE
    assert table.index.name == "neighbourhood_id"
    assert table.crs == "EPSG:4326"
    assert set(table["repaired"]) == {""}


def test_a_geopackage_in_metres_is_read_the_same(read, extract, tmp_path):
    table = read(polygons(({"id": "W", "name": "Запад"}, WEST), ({"id": "E", "name": "E"}, EAST)))
    path = tmp_path / "wards.gpkg"
    table[["name", "geometry"]].rename_axis("id").reset_index().to_crs(CRS).to_file(path)
    again = neighbourhoods(extract, ZonesSettings(file=path))
    assert again["name"].to_dict() == table["name"].to_dict()
    assert again.geom_equals_exact(table.geometry, 1e-9).all()


def test_a_polygon_that_crosses_itself_is_repaired_and_says_so(read):
    bow = ring_of((0, 0), (400, 400), (400, 0), (0, 400), (0, 0))
    table = read(polygons(({"name": "Bow"}, bow), ({"name": "East"}, EAST)))
    assert "Self-intersection" in table.loc["Bow", "repaired"]
    assert table.loc["East", "repaired"] == ""
    assert table.geometry.is_valid.all()
    assert table.to_crs(CRS).area["Bow"] == pytest.approx(80_000, rel=1e-3)


def test_borders_drawn_twice_may_differ_by_a_sliver(read):
    sliver = box(497, 0, 1000, 500)
    assert len(read(polygons(({"name": "W"}, WEST), ({"name": "E"}, sliver)))) == 2


def test_a_quarter_may_lie_within_a_district(read):
    inner = box(100, 100, 200, 200)
    assert len(read(polygons(({"name": "District"}, WEST), ({"name": "Quarter"}, inner)))) == 2


UNCLOSED = WEST[:-1]


@pytest.mark.parametrize(
    ("features", "said"),
    [
        ([({"name": "Запад"}, UNCLOSED)], "feature 1: «Запад»: the ring does not close"),
        ([({"name": "N"},)], "feature 1: «N»: no geometry"),
        ([({}, WEST)], "feature 1: no `name`; give it one"),
        ([({"name": "outside"}, WEST)], "feature 1: `outside` names the doors outside all"),
        (
            [({"name": "A"}, WEST), ({"name": "A"}, EAST)],
            "features 1, 2: `A` more than once; make it one feature, or add `id`",
        ),
        (
            [({"name": "A"}, WEST), ({"name": "B"}, box(400, 0, 900, 500))],
            "«A» and «B» (features 1 and 2) overlap by 20% of the smaller; mend their border",
        ),
        (
            [({"name": "A"}, WEST), ({"name": "B"}, WEST)],
            "«A» and «B» (features 1 and 2) overlap by 100%",
        ),
        ([({"name": "Far"}, box(90_000, 0, 90_500, 500))], "no polygon lies in the study"),
        (
            [({"name": "Flat"}, ring_of((0, 0), (10, 0), (0, 0), (0, 0)))],
            "feature 1: «Flat»: the polygon has no area",
        ),
        (
            [({"name": "Metres"}, [[7e5, 4e6], [8e5, 4e6], [8e5, 5e6], [7e5, 4e6]])],
            "feature 1: «Metres»: coordinates that are no degrees",
        ),
    ],
)
def test_polygons_that_cannot_be_neighbourhoods_are_named(refused, features, said):
    assert refused(polygons(*features)).startswith(said)


def test_all_problems_of_the_polygons_are_told_at_once(refused):
    message = refused(polygons(({"name": "A"}, UNCLOSED), ({}, EAST)))
    assert message.startswith("2 problems")
    assert "feature 1" in message
    assert "feature 2" in message


def test_points_are_no_neighbourhoods(refused):
    point = {"type": "Point", "coordinates": WEST[0]}
    feature = {"type": "Feature", "properties": {"name": "A"}, "geometry": point}
    text = json.dumps({"type": "FeatureCollection", "features": [feature]})
    assert refused(text).startswith("feature 1: «A»: a Point; wanted a Polygon")


@pytest.mark.parametrize("text", ["", "{", '{"type": "FeatureCollection", "features": []}'])
def test_a_file_without_polygons_is_told(refused, text):
    refused(text, SourceError)


def test_a_file_without_crs_or_with_several_layers_is_told(extract, tmp_path):
    squares = gpd.GeoDataFrame({"name": ["A"]}, geometry=[shapely.box(0, 0, 9, 9)])
    with pytest.warns(UserWarning, match="'crs' was not provided"):
        squares.to_file(tmp_path / "bare.gpkg")
    with pytest.raises(SourceError, match=r"bare.gpkg: has no CRS"):
        neighbourhoods(extract, ZonesSettings(file=tmp_path / "bare.gpkg"))
    for layer in ("one", "two"):
        squares.set_crs(4326).to_file(tmp_path / "both.gpkg", layer=layer)
    with pytest.raises(SourceError, match=r"both.gpkg: has the layers one, two"):
        neighbourhoods(extract, ZonesSettings(file=tmp_path / "both.gpkg"))
    with pytest.raises(SourceError, match="no such file"):
        neighbourhoods(extract, ZonesSettings(file=tmp_path / "none.gpkg"))


def test_overlaps_repairs_and_open_rings_are_told(read):
    town = Town()
    town.street((0, 0), (100, 0))
    town.square(0, 0, 500, place="suburb", name="Whole")
    town.square(100, 100, 100, place="quarter", name="Inner")
    open_way = town.way((0, 0), (900, 0), (900, 900))
    town.relation(("w", open_way, "outer"), type="boundary", boundary="administrative", name="Open")
    drawn = town.extract()
    overlap, unclosed = notes_on(neighbourhoods(drawn, ZonesSettings()), drawn.defects)
    assert overlap.startswith("neighbourhoods that overlap: 1 pairs, such as Whole and Inner")
    assert unclosed == "boundaries and places that do not close and are left out: Open"
    bow = ring_of((0, 0), (400, 400), (400, 0), (0, 400), (0, 0))
    repaired = notes_on(read(polygons(({"name": "Bow"}, bow))), drawn.defects.iloc[:0])
    assert repaired == ("crossed themselves and were repaired: Bow",)
    nothing = neighbourhoods(drawn, ZonesSettings(place=("hamlet",)))
    assert notes_on(nothing, drawn.defects.iloc[:0]) == ()
