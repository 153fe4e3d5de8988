"""Neighbourhoods of an extract, and hexagons."""

import h3
import pandas as pd
import pytest
import shapely

from towns import CRS, ORIGIN, Town, places
from walkshed.settings import ZonesSettings
from walkshed.sources.zones import hexagon_ids, hexagons, neighbourhoods

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
