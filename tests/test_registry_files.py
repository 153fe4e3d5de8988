"""Registries as offices keep them: encodings, languages, workbooks, GeoPackages."""

import datetime as dt
import math

import geopandas as gpd
import openpyxl
import pytest
from pyproj import Transformer
from shapely import Point

from registries import TARAZ_BOX, notes, told, workbook, write
from walkshed.errors import SourceError
from walkshed.sources.posts import read_posts

# -- encodings and separators ----------------------------------------------------------------------

RUSSIAN = "id;lat;lon;name_ru\nA;42,9;71,37;Участковый пункт ё\n"
KAZAKH = "id;lat;lon;name_kk\nA;42,9;71,37;Қарасу учаскелік пункті Әә Өө Ұұ Үү Ңң Ғғ Іі Һһ\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1251"])
def test_russian_names_are_read_in_each_encoding(tmp_path, encoding) -> None:
    posts = read_posts(write(tmp_path, RUSSIAN.encode(encoding)))
    assert posts.loc["A", "name_ru"] == "Участковый пункт ё"
    assert posts.geometry["A"].equals(Point(71.37, 42.9))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "kz1048"])
def test_kazakh_names_are_read_in_each_encoding(tmp_path, encoding) -> None:
    posts = read_posts(write(tmp_path, KAZAKH.encode(encoding)))
    assert posts.loc["A", "name_kk"] == KAZAKH.split(";")[-1].strip()


def test_an_old_encoding_is_a_guess_and_told(tmp_path) -> None:
    assert any(
        "read as cp1251" in note for note in notes(write(tmp_path, RUSSIAN.encode("cp1251")))
    )
    assert any(
        "read as KZ-1048" in note for note in notes(write(tmp_path, KAZAKH.encode("kz1048")))
    )
    assert not any("read as" in note for note in notes(write(tmp_path, RUSSIAN)))


def test_lines_of_two_encodings_are_each_read_in_their_own(tmp_path) -> None:
    lines = [line.encode(code) for line, code in zip(
        ("id,lat,lon,name_ru", "A,42.9,71.3,Абая", "B,42.8,71.3,Толе би"),
        ("ascii", "utf-8", "cp1251"),
        strict=True,
    )]  # fmt: skip
    path = write(tmp_path, b"\n".join(lines))
    assert read_posts(path)["name_ru"].to_list() == ["Абая", "Толе би"]
    assert any("in two encodings, line 3 and 0 more not in UTF-8" in note for note in notes(path))


def test_header_below_a_title_is_found_and_the_title_told(tmp_path) -> None:
    text = "Реестр постов, г. Тараз, на 1 ноября\n\nКод;Широта;Долгота\nA;42,9;71,37\n"
    assert read_posts(write(tmp_path, text)).index.to_list() == ["A"]
    assert any("row 1: above the header" in note for note in notes(write(tmp_path, text)))


# -- languages -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        (
            "Код;Вид поста;Состояние;Широта;Долгота;Видеонаблюдение;Компьютеры\n"
            "A;Модульный пост полиции;Действующий;42,9;71,37;да;нет\n"
        ),
        (
            "Коды;Бекет түрі;Күйі;Ендік;Бойлық;Бейнебақылау;Компьютерлер\n"
            "A;модульдік бекет;жұмыс істеп тұрған;42,9;71,37;иә;жоқ\n"
        ),
        (
            "Id;Kind of post;State;Latitude;Longitude;Cameras;Computers\n"
            "A;modular police post;EXISTING;42.9;71.37;yes;no\n"
        ),
        "ИД;Тип;Статус;Ш;Д;Камеры;Компьютер\nA;стационарный пост;работает;42.9;71.37;есть;0\n",
    ],
)
def test_headings_and_values_are_understood_in_each_language(tmp_path, text) -> None:
    row = read_posts(write(tmp_path, text)).loc["A"]
    assert (row["kind"], row["status"]) == ("modular_post", "existing")
    assert (row["has_cameras"], row["has_computers"]) == ("yes", "no")


def test_what_a_registry_does_not_say_is_missing_and_never_zero(tmp_path) -> None:
    text = "id,lat,lon,inspectors,cost,cameras\nA,42.9,71.37,,,\nB,42.8,71.3,0,0,unknown\n"
    posts = read_posts(write(tmp_path, text))
    assert math.isnan(posts.loc["A", "inspectors"])
    assert math.isnan(posts.loc["A", "cost"])
    assert posts.loc["B", ["inspectors", "cost"]].to_list() == [0, 0]
    assert posts["has_cameras"].to_list() == ["", ""]
    assert posts["opened"].to_list() == ["", ""]


def test_plain_name_stands_in_for_languages_without_one(tmp_path) -> None:
    text = "id,lat,lon,Название,name_kk\nA,42.9,71.37,Пост,Бекет\n"
    row = read_posts(write(tmp_path, text)).loc["A"]
    assert (row["name_ru"], row["name_kk"], row["name_en"]) == ("Пост", "Бекет", "Пост")


# -- workbooks -------------------------------------------------------------------------------------

HEAD = ["Код", "Широта", "Долгота", "Вид поста", "Дата открытия", "Участок"]


def test_workbook_gives_the_same_posts_as_csv(tmp_path) -> None:
    rows = [
        ["A", 42.898, 71.373, "УПП", dt.date(2021, 12, 31), 17.0],
        ["B", 42.9, 71.4, "", "", ""],
    ]
    text = "id,lat,lon,kind,opened,precinct\nA,42.898,71.373,,2021-12-31,17\nB,42.9,71.4,,,\n"
    from_book = read_posts(workbook(tmp_path, [HEAD, *rows]))
    assert from_book.equals(read_posts(write(tmp_path, text)))


def test_all_sheets_with_a_registry_are_read_and_the_others_named(tmp_path) -> None:
    book = workbook(
        tmp_path, [HEAD, ["A", 42.9, 71.37]], [["Всего", 2]], [HEAD[:3], [], ["B", 42.8, 71.3]]
    )
    assert read_posts(book).index.to_list() == ["A", "B"]
    assert any("«Лист2» has no headings" in note for note in notes(book))


def test_rows_of_a_workbook_are_told_with_their_sheet(tmp_path) -> None:
    book = workbook(
        tmp_path, [HEAD, ["A", 42.9, 71.37]], [HEAD, ["A", 42.9, 71.37], ["", "x", 71.3]]
    )
    lines = told(book).splitlines()
    assert lines[1:] == [
        "  - sheet «Лист1», row 2: the id `A` more than once; give each its own",
        "  - sheet «Лист2», row 2: the id `A` more than once; give each its own",
        "  - sheet «Лист2», row 3: `id` is empty; give the post a name of its own",
        (
            "  - sheet «Лист2», row 3: `lat` is `x`; wanted degrees, such as 42.898, 42,898 "
            "or 42°53'52\"N"
        ),
    ]


def test_cells_merged_downwards_hold_for_each_row(tmp_path) -> None:
    path = workbook(tmp_path, [HEAD, ["A", 42.9, 71.37, "", "", "12"], ["B", 42.8, 71.3]])
    book = openpyxl.load_workbook(path)
    book.active.merge_cells("F2:F3")
    book.save(path)
    assert read_posts(path)["precinct"].to_list() == ["12", "12"]
    assert any("«12» is one merged cell down to row 3" in note for note in notes(path))


def test_header_of_two_rows_with_merged_groups_is_read(tmp_path) -> None:
    path = workbook(
        tmp_path,
        [["Код", "Координаты", None], [None, "Широта", "Долгота"], ["A", 42.9, 71.37]],
    )
    book = openpyxl.load_workbook(path)
    book.active.merge_cells("A1:A2")
    book.active.merge_cells("B1:C1")
    book.save(path)
    assert read_posts(path).geometry["A"].equals(Point(71.37, 42.9))


def test_heading_across_the_columns_is_no_post_and_is_told(tmp_path) -> None:
    path = workbook(tmp_path, [HEAD, ["Отдел № 1"], ["A", 42.9, 71.37]])
    book = openpyxl.load_workbook(path)
    book.active.merge_cells("A2:F2")
    book.save(path)
    assert read_posts(path).index.to_list() == ["A"]
    assert any("row 2: «Отдел № 1» across columns" in note for note in notes(path))


def test_cell_merged_across_columns_in_a_row_is_a_problem(tmp_path) -> None:
    path = workbook(tmp_path, [HEAD, ["A", 42.9, 71.37, "", "x"]])
    book = openpyxl.load_workbook(path)
    book.active.merge_cells("B2:C2")
    book.save(path)
    assert "row 2: «42.9» is one cell merged across columns; unmerge it" in told(path)


def test_formula_gives_the_value_that_was_computed(tmp_path) -> None:
    import xlsxwriter

    path = tmp_path / "posts.xlsx"
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, HEAD[:3])
        sheet.write_string(1, 0, "A")
        sheet.write_formula(1, 1, "=40+2.9", None, 42.9)
        sheet.write_number(1, 2, 71.37)
    assert read_posts(path).geometry["A"].equals(Point(71.37, 42.9))


def test_formula_never_computed_is_told_with_its_cell(tmp_path) -> None:
    message = told(workbook(tmp_path, [HEAD[:3], ["A", "=40+2.9", 71.37]]))
    assert "row 2: the formula in B2 has no computed value; open the file in Excel" in message


def test_error_in_a_cell_is_told_with_its_cell(tmp_path) -> None:
    path = workbook(tmp_path, [HEAD[:3], ["A", 42.9, 71.37]])
    book = openpyxl.load_workbook(path)
    book.active["B2"].value = "#REF!"
    book.active["B2"].data_type = "e"
    book.save(path)
    assert "row 2: the cell B2 holds the error #REF!; mend it" in told(path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"id,lat,lon\nA,42.9,71.3\n"])
def test_what_is_no_workbook_is_refused(tmp_path, content) -> None:
    assert told(write(tmp_path, content, "posts.xlsx"), SourceError).startswith("not a workbook")


def test_empty_workbook_is_refused(tmp_path) -> None:
    assert told(workbook(tmp_path, []), SourceError) == "no rows; give at least one"


# -- GeoPackage and stated CRS ---------------------------------------------------------------------


@pytest.mark.parametrize("crs", [4326, 3857, 32642])
def test_geopackage_in_any_crs_gives_the_same_place(tmp_path, crs) -> None:
    made = gpd.GeoDataFrame(
        {"Код": ["A", "B"], "inspectors": [2, 0]},
        geometry=[Point(71.373341, 42.897993), None],
        crs=4326,
    ).assign(address=["", "ул. Абая, 280"])
    path = tmp_path / "posts.gpkg"
    made.to_crs(crs).to_file(path, driver="GPKG", engine="pyogrio")
    posts = read_posts(path, extent=TARAZ_BOX)
    assert posts.geometry["A"].distance(made.geometry.iloc[0]) < 1e-9
    assert posts.loc["B", "location_precision"] == "unlocated"
    assert posts["inspectors"].to_list() == [2, 0]


@pytest.mark.parametrize("crs", ["EPSG:3857", "EPSG:32642"])
def test_metres_are_told_with_their_crs_and_read_where_it_is_stated(tmp_path, crs) -> None:
    to_metres = Transformer.from_crs(4326, crs, always_xy=True)
    x, y = to_metres.transform(71.3733, 42.898)
    plain = write(tmp_path, f"id,lat,lon\nA,{y:.2f},{x:.2f}\n", "plain.csv")
    message = told(plain, extent=TARAZ_BOX)
    assert f"look like metres of {crs} (42.89800, 71.37330); write {crs} into" in message
    assert f"look like metres of {crs}" in told(plain) or "such as EPSG:32642" in told(plain)
    column = write(tmp_path, f"id,lat,lon,crs\nA,{y:.2f},{x:.2f},{crs}\n")
    for posts in (read_posts(column, extent=TARAZ_BOX), read_posts(plain, crs=crs)):
        assert posts.geometry["A"].distance(Point(71.3733, 42.898)) < 1e-6


def test_exchanged_metres_are_told_too(tmp_path) -> None:
    x, y = Transformer.from_crs(4326, 32642, always_xy=True).transform(71.3733, 42.898)
    path = write(tmp_path, f"id,lat,lon\nA,{x:.1f},{y:.1f}\n")
    assert "and swapped; exchange `lat` and `lon`" in told(path, extent=TARAZ_BOX)


def test_crs_nobody_knows_is_told(tmp_path) -> None:
    path = write(tmp_path, "id,lat,lon,crs\nA,4752000,693500,EPSG:999999\n")
    assert "`crs` is `EPSG:999999`; wanted one such as EPSG:32642" in told(path)
