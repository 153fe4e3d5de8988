"""Registries that are long, hostile or odd: nothing is lost and nothing runs."""

import contextlib
import csv
import json

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registries import TARAZ_BOX, notes, told, workbook, write
from walkshed.errors import SourceError
from walkshed.reports.files import guarded_text, write_csv
from walkshed.sources._sheets import read_sheet
from walkshed.sources.posts import read_posts, read_registry

HOSTILE = ("{{7*191}}", "</script>", "=1+1", "+7 701", "-", "@SUM(A1)", "'=kept")


# -- many rows, hostile texts ----------------------------------------------------------------------


def test_ten_thousand_rows_of_one_id_are_one_line(tmp_path) -> None:
    message = told(write(tmp_path, "id,lat,lon\n" + "A,42.9,71.3\n" * 10_000))
    assert "\n" not in message
    assert message.startswith("rows 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 9990 more: the id `A`")


def test_thousands_of_ids_twice_are_told_and_counted(tmp_path) -> None:
    rows = "".join(f"P{i},42.9,71.3\n" for i in range(3000))
    lines = told(write(tmp_path, "id,lat,lon\n" + rows * 2)).splitlines()
    assert len(lines) == 12
    assert "2990 other ids more than once" in lines[1]


def test_one_place_or_number_twice_is_noted(tmp_path) -> None:
    path = write(tmp_path, "id,lat,lon,number\nA,42.9,71.3,17\nB,42.9,71.3,\nC,42.8,71.3,17\n")
    assert len(read_posts(path)) == 3
    assert "rows 2, 3: more than one post at 42.900000, 71.300000: is it one post twice?" in notes(
        path
    )
    assert any(
        "rows 2, 4: more than one precinct_point with the number 17" in n for n in notes(path)
    )


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_is_kept_by_a_workbook_and_by_geojson(tmp_path, hostile) -> None:
    book = openpyxl.Workbook()
    book.active.append(["id", "lat", "lon", "name_ru"])
    book.active.append(["A", 42.9, 71.37])
    book.active["D2"].value = hostile
    book.active["D2"].data_type = "s"
    book.save(tmp_path / "posts.xlsx")
    assert read_posts(tmp_path / "posts.xlsx").loc["A", "name_ru"] == hostile
    point = {"type": "Point", "coordinates": [71.37, 42.9]}
    feature = {"type": "Feature", "properties": {"id": "A", "name_ru": hostile}, "geometry": point}
    collection = json.dumps({"type": "FeatureCollection", "features": [feature]})
    path = write(tmp_path, collection, "posts.geojson")
    assert read_posts(path).loc["A", "name_ru"] == hostile


@pytest.mark.parametrize("hostile", [*HOSTILE[:-1], "\tx", "plain"])
def test_csv_that_we_write_holds_no_formula_and_is_read_back(tmp_path, hostile) -> None:
    posts = read_posts(write(tmp_path, "id,lat,lon\nA,42.9,71.37\n")).assign(name_ru=hostile)
    write_csv(tmp_path, {"out": posts.rename_axis("id")})
    cells = (tmp_path / "out.csv").read_text("utf-8")
    assert f",{hostile}," not in cells or guarded_text(hostile) == hostile
    assert read_posts(tmp_path / "out.csv").loc["A", "name_ru"] == hostile


def test_numbers_below_zero_are_no_formula(tmp_path) -> None:
    assert guarded_text(-5.5) == -5.5
    assert guarded_text("-5.5") == "'-5.5"


def test_values_below_no_heading_are_told(tmp_path) -> None:
    path = write(tmp_path, "id,lat,lon,\nA,42.9,71.3,\nB,42.8,71.3,mobile\n")
    assert notes(path) == ["row 3: a value in a column without a heading, left out"]


def test_a_table_read_without_headings_keeps_its_own(tmp_path) -> None:
    book = workbook(tmp_path, [["Zone", "Residents"], ["A", 12.0]])
    sheet = read_sheet(book)
    assert sheet.columns == ("zone", "residents")
    assert sheet.rows == ((2, {"zone": "A", "residents": "12"}),)


CELLS = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "42.9",
            "71,3",
            "1e300",
            "-1e-300",
            "42°53'52\"N",
            "УПП",
            "A-1..3",
            "..",
            "9..1",
            "4,500",
            "31.12.2021",
            "44561",
            "EPSG:32642",
            "EPSG:0",
            "nan",
            "²",
            "=1+1",
        ]
    ),
)
COLUMNS = (
    "id",
    "count",
    "lat",
    "lon",
    "coordinates",
    "crs",
    "kind",
    "location_precision",
    "opened",
    "closed",
    "opening_hours",
    "inspectors",
    "cost",
    "has_cameras",
    "address",
)


@given(st.lists(st.lists(CELLS, min_size=len(COLUMNS), max_size=len(COLUMNS)), max_size=4))
@settings(max_examples=150, deadline=None)
def test_any_cells_give_posts_or_problems_and_lose_no_row(tmp_path_factory, rows) -> None:
    path = tmp_path_factory.mktemp("any") / "posts.csv"
    with path.open("w", encoding="utf-8", newline="", errors="replace") as file:
        csv.writer(file).writerows([COLUMNS, *rows])
    try:
        read = read_registry(path, extent=TARAZ_BOX)
    except SourceError:
        return
    wrong = {problem.row for problem in read.problems}
    assert len(wrong - {None}) == read.rows_wrong
    assert read.problems or len(read.posts) >= read.rows


@given(st.binary(max_size=200))
@settings(max_examples=150, deadline=None)
def test_any_bytes_are_read_or_refused(tmp_path_factory, content) -> None:
    folder = tmp_path_factory.mktemp("bytes")
    for name in ("posts.csv", "posts.geojson", "posts.xlsx", "posts.gpkg"):
        path = write(folder, content, name)
        with contextlib.suppress(SourceError):
            assert read_registry(path).rows >= 1
