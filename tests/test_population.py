"""Tables that say where people live: read to the last resident, or all problems told at once."""

import json

import geopandas as gpd
import h3
import pytest
import shapely

from towns import CRS
from walkshed.errors import SourceError, TableError
from walkshed.sources.population import read_cells, read_planned, read_points, read_totals

LAT, LON = 42.9, 71.37
CELL = h3.latlng_to_cell(LAT, LON, 9)
RING = sorted(h3.grid_disk(CELL, 1))
NBSP, THIN = "\u00a0", "\u202f"


@pytest.fixture
def file_of(tmp_path):
    def write(text, name="people.csv"):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return write


@pytest.fixture
def refused(file_of):
    """Read a bad file and give the one message, without the file's name."""

    def read(reader, text, name="people.csv", error=TableError, **how):
        path = file_of(text, name)
        with pytest.raises(error) as caught:
            reader(path, **how)
        message = str(caught.value)
        assert message.startswith(f"{path}: ")
        return message.removeprefix(f"{path}: ")

    return read


def geojson(*features, **others):
    return json.dumps(
        {
            "type": "FeatureCollection",
            "features": [
                {"type": "Feature", "properties": properties, "geometry": geometry}
                for geometry, properties in features
            ],
            **others,
        }
    )


def square(west, south, side=0.002):
    east, north = west + side, south + side
    ring = [[west, south], [east, south], [east, north], [west, north], [west, south]]
    return {"type": "Polygon", "coordinates": [ring]}


# -- cells -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("column", ["h3", "hex_id", "H3_Index", "id"])
def test_h3_cells_are_read_by_their_ids(file_of, column):
    rows = "\n".join(f"{cell},{10 * i}" for i, cell in enumerate(RING))
    cells = read_cells(file_of(f"{column},population\n{rows}\n"), crs=CRS)
    assert cells["residents"].to_dict() == {cell: 10.0 * i for i, cell in enumerate(RING)}
    assert cells.crs == CRS
    assert cells.area.to_numpy() == pytest.approx(h3.cell_area(CELL, "m^2"), rel=0.02)
    middle = gpd.GeoSeries([shapely.Point(LON, LAT)], crs=4326).to_crs(CRS).iloc[0]
    assert cells.loc[CELL].geometry.contains(middle)


def test_squares_are_drawn_around_their_centres(file_of):
    text = f"lat;lon;size_m;residents\n{LAT};71,37;250;12,5\n42.92;71.37;250;7\n"
    cells = read_cells(file_of(text), crs=CRS)
    assert cells.area.tolist() == pytest.approx([62_500, 62_500])
    assert cells["residents"].tolist() == [12.5, 7]


def test_polygons_are_cells_of_any_shape(file_of, tmp_path):
    text = geojson(
        (square(LON, LAT), {"id": "A", "Население": 5}),
        (square(71, 42), {"id": "B", "Население": 6}),
    )
    cells = read_cells(file_of(text, "cells.geojson"), crs=CRS)
    assert cells["residents"].to_dict() == {"A": 5, "B": 6}
    package = tmp_path / "cells.gpkg"
    cells.rename(columns={"residents": "population"}).reset_index(names="id").to_crs(3857).to_file(
        package
    )
    again = read_cells(package, crs=CRS)
    assert again["residents"].to_dict() == {"A": 5, "B": 6}
    assert again.geom_equals_exact(cells.geometry, 0.01).all()


def test_h3_cells_may_come_with_their_outlines_as_kontur_gives_them(tmp_path):
    table = gpd.GeoDataFrame(
        {"h3": RING, "population": 3.0},
        geometry=[shapely.Polygon([(b, a) for a, b in h3.cell_to_boundary(c)]) for c in RING],
        crs=4326,
    )
    table.to_crs(3857).to_file(tmp_path / "kontur.gpkg")
    cells = read_cells(tmp_path / "kontur.gpkg", crs=CRS)
    assert sorted(cells.index) == RING
    assert cells["residents"].sum() == 21


def test_age_groups_are_carried_through(file_of):
    cells = read_cells(file_of(f"h3,residents,children,65+\n{CELL},100,30,12\n"), crs=CRS)
    assert cells.loc[CELL, ["residents_children", "residents_65_plus"]].tolist() == [30, 12]


def test_numbers_are_read_as_people_write_them(file_of):
    text = (
        f"h3;жителей\n{RING[0]};1{NBSP}234,5\n{RING[1]};1{THIN}000\n{RING[2]};12 345\n{RING[3]};7\n"
    )
    cells = read_cells(file_of(text), crs=CRS)
    assert cells["residents"].tolist() == [1234.5, 1000, 12345, 7]


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([f"{CELL},-4"], "row 2: `residents` is `-4`; write a number from 0 up"),
        ([f"{CELL},many"], "row 2: `residents` is `many`; write a number from 0 up"),
        ([f"{CELL},nan"], "row 2: `residents` is `nan`"),
        ([f"{CELL},inf"], "row 2: `residents` is `inf`"),
        ([f"{CELL},1e999"], "row 2"),
        ([f"{CELL},"], "row 2: `residents` is empty"),
        ([f'{CELL},"1,234"'], "row 2: `residents` is `1,234`: write 1234 or 1.234"),
        ([f"{CELL},0"], "`residents` is 0 in every row"),
        (["8.9A9E+14,5"], "row 2: `h3` is `8.9a9e+14`, no H3 cell"),
        (["{{7*191}},5"], "row 2: `h3` is `{{7*191}}`, no H3 cell"),
        ([",5"], "row 2: `h3` is ``, no H3 cell"),
        ([f"{CELL},5", f"{RING[0]},1", f"{CELL},5"], f"rows 2, 4: `{CELL}` more than once"),
        ([f"{CELL},5", f"{h3.cell_to_parent(CELL, 8)},1"], "H3 cells of the resolutions 8 and 9"),
    ],
)  # fmt: skip
def test_cells_that_cannot_be_are_told_with_their_row(refused, rows, said):
    text = "h3,residents\n" + "\n".join(rows) + "\n"
    assert refused(read_cells, text, crs=CRS).startswith(said)


def test_a_comma_is_decimal_where_another_number_of_the_column_tells_so(file_of):
    text = f"h3;residents\n{RING[0]};1,234\n{RING[1]};2,5\n"
    assert read_cells(file_of(text), crs=CRS)["residents"].tolist() == [1.234, 2.5]


def test_all_problems_are_told_in_one_message(refused):
    message = refused(read_cells, f"h3,residents\nxyz,5\n{CELL},-1\n{CELL},\n", crs=CRS)
    assert message.startswith("4 problems")
    assert all(part in message for part in ("row 2", "row 3", "row 4"))


def test_ages_cannot_be_more_than_the_residents(refused):
    text = f"h3,residents,children,65+\n{CELL},10,8,3\n"
    assert refused(read_cells, text, crs=CRS).startswith("row 2: age groups are more than")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"h3,people\n{CELL},5\n", "no column `residents`; add it (the file has `h3`, `people`)"),
        ("lat,lon,residents\n42.9,71.3,5\n", "no column that draws the cells"),
        ("lat,lon,size_m,residents\n42.9,71.3,0,5\n", "row 2: `size_m` is 0"),
        ("lat,lon,size_m,residents\n420.9,71.3,100,5\n", "row 2: `lat` is no degrees"),
        (
            "lat,lon,size_m,residents\n42.9,71.3,100,5\n42.9,71.3,100,6\n",
            "the cells `cell 2` and `cell 3` lie over each other",
        ),
    ],
)
def test_columns_that_do_not_tell_are_told(refused, text, said):
    assert refused(read_cells, text, crs=CRS).startswith(said)


def test_cells_that_lie_over_each_other_are_refused(refused):
    text = geojson(
        (square(LON, LAT), {"id": "A", "residents": 5}),
        (square(LON + 0.001, LAT), {"id": "B", "residents": 5}),
    )
    message = refused(read_cells, text, "cells.geojson", crs=CRS)
    assert message.startswith("the cells `A` and `B` lie over each other")


def test_residents_that_are_text_in_geojson_are_told_by_feature(refused):
    text = geojson((square(LON, LAT), {"residents": "много"}))
    message = refused(read_cells, text, "cells.geojson", crs=CRS)
    assert message.startswith("feature 1: `residents` is `много`")


# -- points ----------------------------------------------------------------------------------------


def test_points_with_weights_are_doors(file_of):
    text = f"id,lat,lon,weight,children\nA,{LAT},{LON},12.5,2\n,42.91,71.38,3,1\n"
    points = read_points(file_of(text), crs=CRS)
    assert points["residents"].to_dict() == {"A": 12.5, "point 3": 3}
    assert points["residents_children"].tolist() == [2, 1]
    degrees = points.to_crs(4326).geometry
    assert [degrees.iloc[0].x, degrees.iloc[0].y] == pytest.approx([LON, LAT])


def test_points_of_geojson_are_read_the_same(file_of):
    point = {"type": "Point", "coordinates": [LON, LAT]}
    text = geojson((point, {"id": "A", "weight": 12.5}))
    assert read_points(file_of(text, "p.geojson"), crs=CRS)["residents"].to_dict() == {"A": 12.5}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("lat,weight\n42,1\n", "no columns `lat` and `lon`"),
        ("lat,lon,weight\n42,271,1\n", "row 2: `lon` is no degrees"),
        ("lat,lon,weight\n,71,1\n", "row 2: `lat` is no degrees"),
        ("lat,lon,weight\n42,71,-1\n", "row 2: `weight` is `-1`"),
        ("id,lat,lon,weight\nA,42,71,1\nA,42,71,1\n", "rows 2, 3: `A` more than once"),
    ],
)
def test_points_that_cannot_be_are_told(refused, text, said):
    assert refused(read_points, text, crs=CRS).startswith(said)


# -- planned housing and totals --------------------------------------------------------------------


def test_planned_housing_has_its_year(file_of):
    rows = [f"Alem,{LAT},{LON},6000,2028,akimat", ",42.91,71.3,10,2030,"]
    text = "\n".join(["id,lat,lon,residents,year,source", *rows])
    planned = read_planned(file_of(text), crs=CRS)
    assert planned["year"].to_dict() == {"planned Alem": 2028, "planned 3": 2030}
    assert planned["source"].tolist() == ["akimat", ""]


@pytest.mark.parametrize("year", ["", "soon", "20", "2027.5"])
def test_planned_housing_without_a_year_is_told(refused, year):
    text = f"lat,lon,residents,year\n42,71,10,{year}\n"
    assert refused(read_planned, text, crs=CRS).startswith("row 2: `year` is")


def test_totals_carry_their_year_and_source(file_of):
    text = "zone,residents,year,source\nҚарасу,12000,2024,akimat\nw1,500,,\n"
    totals = read_totals(file_of(text))
    assert totals["zone"].tolist() == ["Қарасу", "w1"]
    assert totals["residents"].tolist() == [12000, 500]
    assert totals[["year", "source"]].to_numpy().tolist() == [["2024", "akimat"], ["", ""]]
    assert totals.index.tolist() == [2, 3]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("residents\n5\n", "no column `zone`"),
        ("zone,residents\n,5\n", "row 2: no `zone`"),
        ("zone,residents\nA,5\nA,6\n", "rows 2, 3: `A` more than once"),
        ("zone,residents,year\nA,5,never\n", "row 2: `year` is `never`"),
    ],
)
def test_totals_that_cannot_be_are_told(refused, text, said):
    assert refused(read_totals, text).startswith(said)


@pytest.mark.parametrize("reader", [read_cells, read_points, read_planned])
@pytest.mark.parametrize("name", ["none.csv", "none.geojson"])
def test_a_file_that_is_not_there_is_told(reader, name, tmp_path):
    with pytest.raises(SourceError, match="no such file"):
        reader(tmp_path / name, crs=CRS)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"type": "FeatureCollection", "features": []}'])
def test_what_is_no_geojson_is_told(refused, text):
    refused(read_cells, text, "cells.geojson", SourceError, crs=CRS)
