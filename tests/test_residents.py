"""The residents of a study: everybody has a door, every door its zones, every number its source."""

import json
from pathlib import Path

import geopandas as gpd
import h3
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely

from walkshed.errors import InputError, SettingsError, TableError
from walkshed.network import metric_crs
from walkshed.settings import settings_from
from walkshed.sources.choose import OpenedSource
from walkshed.sources.osm import read_osm
from walkshed.sources.zones import districts, neighbourhoods
from walkshed.study import run_study
from walkshed.study.residents import Population, study_population

MONACO = Path(__file__).parents[1] / "data" / "monaco" / "monaco.osm.pbf"


@pytest.fixture(scope="module")
def town(town_of, tmp_path_factory):
    """The tiny town with two suburbs and a district around the western one."""
    drawn = town_of()
    tags = {"boundary": "administrative", "admin_level": "8", "name": "Аудан"}
    drawn.area(-150, -250, 1150, 700, tags)
    return read_osm(drawn.write(tmp_path_factory.mktemp("town") / "town.osm"))


@pytest.fixture
def people(town, tmp_path):
    """Count the residents of the tiny town, or of another extract, with some settings."""

    def count(extract=town, zones=None, boundary=None, **residents) -> Population:
        values = {"city": "Test", "source": {"file": "town.osm"}, "residents": residents}
        settings = settings_from({**values, "zones": zones or {}}, "study.toml")
        areas = neighbourhoods(extract, settings.zones)
        crs = metric_crs(extract.bounds)
        opened = OpenedSource(extract, "file", (), boundary)
        parts = districts(extract, settings.zones)
        return study_population(settings, opened, areas, parts, crs=crs)

    return count


@pytest.fixture
def csv_of(tmp_path):
    def write(text, name="people.csv"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        return str(tmp_path / name)

    return write


def cells_around(extract, resolution=10):
    west, south, east, north = extract.bounds
    shape = h3.LatLngPoly([(south, west), (south, east), (north, east), (north, west)])
    return sorted(h3.polygon_to_cells(shape, resolution))


def in_zone(population, areas_name, column="residents"):
    return population.doors.groupby("neighbourhood_id")[column].sum()[areas_name]


# -- totals ----------------------------------------------------------------------------------------


def test_totals_of_city_district_and_suburb_are_met_and_named(people, csv_of):
    text = "zone;residents;year;source\nаудан;1 500;2023;акимат\nБатыс;1200;2024;акимат\n"
    found = people(total=3000, totals=csv_of(text), source="census", date="2023-01-01")
    inside = found.totals.reset_index().set_index("zone")
    doors = found.doors
    assert doors["residents"].sum() == pytest.approx(3000, rel=1e-9)
    suburb = inside.loc["Батыс", "zone_id"]
    assert in_zone(found, suburb) == pytest.approx(1200, rel=1e-9)
    assert inside["year"].to_dict() == {"аудан": "2023", "Батыс": "2024"}
    assert found.by_rule["residents"].sum() == pytest.approx(3000, rel=1e-9)


def test_people_outside_the_boundary_of_the_study_are_left_out_and_told(people, town, csv_of):
    west, south, east, north = town.bounds
    middle = (west + east) / 2
    rows = [
        f"{(south + north) / 2},{lon},10"
        for lon in (middle - 2e-4, middle - 1e-4, middle + 1e-4, middle + 2e-4)
    ]
    path = csv_of("\n".join(["lat,lon,weight", *rows]))
    western = shapely.box(west - 1, south - 1, middle, north + 1)
    assert people(points=path).doors["residents"].sum() == pytest.approx(40)
    found = people(points=path, boundary=western)
    assert found.doors["residents"].sum() == pytest.approx(20)
    assert "2 of 4 rows with 20 residents lie outside the study" in found.notes[0]


def test_a_total_of_a_zone_misspelt_is_told_with_the_nearest_name(people, csv_of):
    path = csv_of("zone,residents\nБатысс,500\nNowhere,5\n")
    with pytest.raises(TableError) as caught:
        people(totals=path)
    message = str(caught.value)
    assert f"{path}: row 2: no zone `Батысс`; did you mean `Батыс`?" in message
    assert f"{path}: row 3: no zone `Nowhere`" in message


def test_totals_of_a_town_without_any_zone_are_told(people, town_of, tmp_path):
    bare = read_osm(town_of(suburbs=False).write(tmp_path / "bare.osm"))
    with pytest.raises(TableError, match="no zone `Батыс`; there are 0"):
        people(bare, by_neighbourhood={"Батыс": 500.0})


@pytest.mark.parametrize(
    ("key", "text", "said"),
    [
        ("cells", "h3,residents\nnone,5\n", "row 2: `h3` is `none`, no H3 cell"),
        ("points", "lat,lon,weight\n42,71,-5\n", "row 2: `weight` is `-5`"),
        ("raster", "no raster", "not a raster that can be read"),
    ],
)
def test_the_command_line_tells_bad_residents_in_one_message(
    walkshed, write_study, tmp_path, key, text, said
):
    (tmp_path / "people.csv").write_text(text, encoding="utf-8")
    ran = walkshed("run", write_study(tmp_path, residents={key: "people.csv"}), "--out", tmp_path)
    assert ran.code == 2
    assert f"walkshed: {tmp_path / 'people.csv'}: {said}" in ran.err
    assert "Traceback" not in ran.err


def test_a_zone_named_twice_has_several_totals(people, csv_of):
    with pytest.raises(TableError, match="zone `Батыс` has several totals"):
        people(totals=csv_of("zone,residents\nБатыс,500\n"), by_neighbourhood={"БАТЫС": 600.0})


def test_nested_totals_that_do_not_agree_are_told(people, csv_of):
    with pytest.raises(TableError, match=r"Аудан has 100, .*Батыс\) 500: that is more"):
        people(totals=csv_of("zone,residents\nАудан,100\nБатыс,500\n"))


def test_homes_that_totals_leave_empty_are_told(people):
    found = people(total=500, by_neighbourhood={"Батыс": 500.0})
    empty = int((found.doors["residents"] == 0).sum())
    assert empty > 0
    assert any(note.startswith(f"{empty} homes count 0") for note in found.notes)


def test_age_groups_of_totals_are_spread_with_their_residents(people, csv_of):
    text = "zone,residents,children,65+\nБатыс,1200,300,120\n"
    found = people(total=3000, totals=csv_of(text))
    zone = found.totals.index[0]
    here = found.doors["neighbourhood_id"] == zone
    assert found.doors["residents_children"][here].sum() == pytest.approx(300)
    assert found.doors["residents_65_plus"][here].sum() == pytest.approx(120)
    assert found.doors["residents_children"][~here].isna().all()  # unknown is not nobody


# -- cells, rasters, points, planned ---------------------------------------------------------------


def test_cells_of_a_town_with_buildings_keep_everybody_and_their_ages(people, town, csv_of):
    cells = cells_around(town)
    rows = "\n".join(f"{cell},{i % 7},{i % 7 / 4}" for i, cell in enumerate(cells))
    found = people(cells=csv_of(f"h3,residents,children\n{rows}\n"))
    total = sum(i % 7 for i in range(len(cells)))
    assert found.doors["residents"].sum() == pytest.approx(total, rel=1e-9)
    assert found.doors["residents_children"].sum() == pytest.approx(total / 4, rel=1e-9)
    assert found.doors.index.is_unique
    assert set(found.doors["origin"]) == {"building", "street", "centre"}
    assert found.by_rule["doors"].sum() == len(found.doors)
    assert found.by_rule["residents"].sum() == pytest.approx(total, rel=1e-9)
    scaled = people(cells=csv_of(f"h3,residents,children\n{rows}\n"), total=2.0 * total)
    assert scaled.doors["residents_children"].sum() == pytest.approx(total / 2, rel=1e-9)


def test_cells_outside_the_study_are_left_out_and_told(people, town, csv_of):
    inside, far = cells_around(town, 9)[0], h3.latlng_to_cell(10, 10, 9)
    found = people(cells=csv_of(f"h3,residents\n{inside},40\n{far},1000\n"))
    assert found.doors["residents"].sum() == pytest.approx(40)
    assert "1 of 2 rows with 1,000 residents lie outside the study" in found.notes[0]
    with pytest.raises(InputError, match="no row lies in the study"):
        people(cells=csv_of(f"h3,residents\n{far},1000\n"))


def test_a_raster_is_spread_over_the_buildings_of_its_cells(people, town, tmp_path):
    west, south, east, north = shapely.total_bounds(
        [shapely.box(*town.bounds), *town.areas.geometry[town.areas["building"] != ""]]
    )
    size = 0.001
    shape = int((north - south) / size) + 1, int((east - west) / size) + 1
    values = np.full(shape, 2.0, dtype="float32")
    with rasterio.open(
        tmp_path / "p.tif", "w", driver="GTiff", dtype="float32", crs="EPSG:4326", nodata=-1,
        height=shape[0], width=shape[1], count=1,
        transform=rasterio.Affine(size, 0, west, 0, -size, north),
    ) as file:  # fmt: skip
        file.write(values, 1)
    found = people(raster=str(tmp_path / "p.tif"))
    cells = (east - west) / size * (north - south) / size
    assert found.doors["residents"].sum() == pytest.approx(2 * cells, rel=1e-5)
    housed = found.doors["residents"][found.doors["origin"] == "building"]
    assert (housed > 0).all()
    assert "p.tif: lies over 100.0% of the study" in found.notes[0]


def test_points_are_the_doors(people, csv_of, lonlat):
    rows = [(lonlat(140, 20), 30), (lonlat(300, 420), 10), ((10, 10), 99)]
    text = "\n".join(f"{lat},{lon},{weight}" for (lon, lat), weight in rows)
    found = people(points=csv_of(f"lat,lon,weight\n{text}\n"), by_neighbourhood={"Батыс": 80.0})
    assert found.doors["residents"].to_list() == pytest.approx([60, 20])
    assert set(found.doors["origin"]) == {"point"}
    assert "1 of 3 rows with 99 residents lie outside" in found.notes[0]


def test_planned_housing_counts_from_its_year_on_top_of_the_total(people, csv_of, lonlat):
    lon, lat = lonlat(1500, 100)
    text = f"id,lat,lon,residents,year\nA,{lat},{lon},600,2027\nB,{lat},{lon},50,2030\n"
    found = people(total=3000, planned=csv_of(text), year=2028)
    assert found.doors.loc["planned A", ["residents", "origin"]].tolist() == [600, "planned"]
    assert found.doors["residents"].sum() == pytest.approx(3600)
    assert "planned B" not in found.doors.index
    assert found.planned == {
        "year": 2028, "rows_counted": 1, "residents_counted": 600.0,
        "rows_later": 1, "residents_later": 50.0,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("residents", "said"),
    [
        ({"raster": "a.tif", "cells": "b.csv"}, "`raster` and `cells` at once; give one"),
        ({"planned": "a.csv"}, "`planned` housing without a `year`"),
        ({"raster": "a.tif", "raster_values": "km2"}, "residents.raster_values"),
    ],
)
def test_settings_that_contradict_each_other_are_told(people, residents, said):
    with pytest.raises(SettingsError, match=said):
        people(**residents)


# -- real streets ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def monaco():
    return read_osm(MONACO)


def test_the_wards_of_monaco_hold_each_door_once(people, monaco):
    found = people(monaco, {"boundary_admin_level": 10}, total=38_000)
    per_zone = found.doors.groupby("neighbourhood_id")["residents"].sum()
    per_hexagon = found.doors.groupby("hexagon_id")["residents"].sum()
    assert "outside" in per_zone.index
    assert len(per_zone) == 7
    assert per_zone.sum() == pytest.approx(38_000, rel=1e-9)
    assert per_hexagon.sum() == pytest.approx(38_000, rel=1e-9)


def test_cells_of_monaco_keep_everybody(people, monaco, csv_of):
    cells = cells_around(monaco, 9)
    rows = "\n".join(f"{cell},{100 + i}" for i, cell in enumerate(cells))
    found = people(monaco, cells=csv_of(f"h3,residents\n{rows}\n"))
    total = sum(100 + i for i in range(len(cells)))
    assert found.doors["residents"].sum() == pytest.approx(total, rel=1e-9)


# -- the whole study -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def cell_study(town_of, tmp_path_factory, lonlat):
    """A town without buildings, its people in cells with ages, two polygons of the user's."""
    folder = tmp_path_factory.mktemp("cells")
    extract = read_osm(town_of(houses=False).write(folder / "town.osm"))
    cells = cells_around(extract, 9)
    rows = [f"{cell},{10 + i},{i / 4}" for i, cell in enumerate(cells)]
    (folder / "cells.csv").write_text("\n".join(["h3,residents,children", *rows]), "utf-8")
    features = []
    for name, west, east in (("Батыс", 0, 400), ("Шығыс", 400, 810)):
        corners = [(west, -50), (east, -50), (east, 500), (west, 500), (west, -50)]
        shape = {"type": "Polygon", "coordinates": [[lonlat(*corner) for corner in corners]]}
        features.append({"type": "Feature", "properties": {"name": name}, "geometry": shape})
    collection = {"type": "FeatureCollection", "features": features}
    (folder / "wards.geojson").write_text(json.dumps(collection), encoding="utf-8")
    values = {
        "city": "Test",
        "source": {"file": str(folder / "town.osm")},
        "residents": {"cells": str(folder / "cells.csv")},
        "zones": {"file": str(folder / "wards.geojson")},
        "siting": {"new_posts": 1},
        "candidates": {"spacing_m": 200},
    }
    return run_study(settings_from(values, "study.toml")), len(cells)


def test_a_town_without_buildings_runs_on_its_cells(cell_study):
    result, count = cell_study
    total = sum(10 + i for i in range(count))
    doors = result.doors
    assert doors["residents"].sum() == pytest.approx(total, rel=1e-9)
    for table, column in (
        (result.hexagons, "hexagon_id"),
        (result.neighbourhoods, "neighbourhood_id"),
    ):
        assert table["residents"].sum() == pytest.approx(total, rel=1e-9)
        assert table["residents_children"].sum() == pytest.approx(count * (count - 1) / 8, rel=1e-9)
        assert table["doors"].sum() == len(doors)  # every door in one and only one row
        assert doors[column].isin(table.index).all()
    assert result.neighbourhoods["name"].to_dict() == {
        "Батыс": "Батыс", "Шығыс": "Шығыс", "outside": "",
    }  # fmt: skip
    outside = doors["neighbourhood_id"] == "outside"
    assert result.summary["outside_neighbourhoods"] == {
        "doors": int(outside.sum()),
        "residents": pytest.approx(doors["residents"][outside].sum()),
    }


def test_a_study_without_a_source_of_its_residents_says_so(cell_study):
    population = cell_study[0].summary["population"]
    assert (population["base"], population["source"], population["date"]) == ("cells", "", "")
    assert cell_study[0].summary["residents_estimated"] is False


def test_everything_about_residents_is_written(walkshed, write_study, tmp_path, lonlat):
    lon, lat = lonlat(1500, 100)
    folder = tmp_path / "study"
    folder.mkdir()
    (folder / "totals.csv").write_text("zone,residents\nБатыс,2000\n", encoding="utf-8")
    planned = f"lat,lon,residents,year\n{lat},{lon},500,2027\n"
    (folder / "planned.csv").write_text(planned, encoding="utf-8")
    residents = {"total": 3000, "totals": "totals.csv", "planned": "planned.csv", "year": 2027}
    study = write_study(folder, residents=residents)
    ran = walkshed("run", study, "--out", tmp_path / "out")
    assert ran.code == 0, ran.err
    assert "3,500 residents (source not stated)" in ran.out
    rules = pd.read_csv(tmp_path / "out" / "residents_by_rule.csv")
    assert rules["residents"].sum() == pytest.approx(3500)
    assert set(rules["origin"]) == {"building", "planned"}
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    inputs = {entry["name"]: entry for entry in manifest["inputs"]}
    assert inputs["totals.csv"]["source"] == "not stated"
    assert inputs["planned.csv"]["sha256"]
    assert manifest["settings"]["residents"]["totals"] == "totals.csv"
    zones = gpd.read_file(tmp_path / "out" / "results.gpkg", layer="neighbourhoods")
    assert zones["residents"].sum() == pytest.approx(3500)
    assert shapely.is_empty(zones.geometry[zones["neighbourhood_id"] == "outside"]).sum() == 0
    page = (tmp_path / "out" / "map.html").read_text("utf-8")
    assert "residents: source not stated" in page
