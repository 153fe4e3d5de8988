"""Registries as offices keep them: encodings, workbooks, GeoPackage, languages, ways of writing."""

import contextlib
import csv
import datetime as dt
import json
import math
from pathlib import Path

import geopandas as gpd
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer
from shapely import Point

from walkshed.errors import SourceError, TableError
from walkshed.reports.files import guarded_text, write_csv
from walkshed.sources._coordinates import degrees_of
from walkshed.sources._sheets import read_sheet
from walkshed.sources._values import amount, date, opening_hours
from walkshed.sources.posts import read_posts, read_registry

TARAZ_BOX = (71.20, 42.80, 71.56, 42.99)
HOSTILE = ("{{7*191}}", "</script>", "=1+1", "+7 701", "-", "@SUM(A1)", "'=kept")


def write(folder: Path, text: str | bytes, name: str = "posts.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode("utf-8"))
    return path


def workbook(folder: Path, *sheets: list[list[object]], name: str = "posts.xlsx") -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for i, rows in enumerate(sheets):
        sheet = book.create_sheet(f"Лист{i + 1}")
        for row in rows:
            sheet.append(row)
    path = folder / name
    book.save(path)
    return path


def told(path: Path, error: type[Exception] = TableError, **options: object) -> str:
    with pytest.raises(error) as caught:
        read_posts(path, **options)
    return str(caught.value).removeprefix(f"{path}: ")


def notes(path: Path) -> list[str]:
    read = read_registry(path)
    return read.sheet.told(read.notes)


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


# -- coordinates -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lat", "lon"),
    [
        ("42°53'52\"N", "71°22'24\"E"),
        ("N 42°53'52\"", "E 71°22'24\""),
        ("42° 53′ 52″ с.ш.", "71° 22′ 24″ в.д."),
        ("42 53 52", "71 22 24"),
        ("42°53.8667'", "71°22,4'"),
        ("42º53’52”", "71º22’24”"),
        ("42,8977778", "71.3733333°"),
        ("\u00a042.8977778\u2009", "71.3733333"),
    ],
)
def test_degrees_are_read_however_they_are_written(tmp_path, lat, lon) -> None:
    point = read_posts(write(tmp_path, f"id\tlat\tlon\nA\t{quoted(lat)}\t{quoted(lon)}\n"))
    assert point.geometry["A"].distance(Point(71.3733333, 42.8977778)) < 2e-6


def quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


@pytest.mark.parametrize("text", ["42°61'00\"", "42°53'60\"N", "N42S", "42-53-52", "°", "1e400"])
def test_what_is_no_degree_is_none(text) -> None:
    assert degrees_of(text) is None or not math.isfinite(degrees_of(text)[0])


def test_compass_letters_tell_swapped_columns(tmp_path) -> None:
    message = told(write(tmp_path, "id;lat;lon\nA;71°22'24E;42°53'52N\n"))
    assert message.startswith("row 2: `lat` and `lon` look swapped")


@pytest.mark.parametrize("pair", ["42.898, 71.373", "42,898; 71,373", "42.898 71.373"])
def test_both_coordinates_may_stand_in_one_cell(tmp_path, pair) -> None:
    posts = read_posts(write(tmp_path, f"id,Координаты\nA,{quoted(pair)}\n"))
    assert posts.geometry["A"].equals(Point(71.373, 42.898))


@given(st.floats(-89.9, 89.9), st.sampled_from("NS"))
@settings(max_examples=60, deadline=None)
def test_degrees_minutes_and_seconds_come_back(value, letter) -> None:
    size = abs(value)
    d, rest = divmod(size * 3600, 3600)
    m, s = divmod(rest, 60)
    read = degrees_of(f"{int(d)}°{int(m)}'{min(s, 59.9999):.4f}\"{letter}")
    assert read is not None
    assert read[0] == pytest.approx(size if letter == "N" else -size, abs=1e-7)


def test_row_without_coordinates_needs_words_about_its_place(tmp_path) -> None:
    text = "id,lat,lon,address,landmark,location_precision\nA,,,Абая 280,,\nB,,,,школа,landmark\n"
    posts = read_posts(write(tmp_path, text))
    assert posts["location_precision"].to_list() == ["unlocated", "unlocated"]
    assert posts["description_precision"].to_list() == ["", "landmark"]
    assert (posts.loc["A", "address"], posts.loc["B", "landmark"]) == ("Абая 280", "школа")


# -- numbers, dates, hours -------------------------------------------------------------------------


@pytest.mark.parametrize("blank", ["", " ", "\u00a0", "\u2009", "\u202f"])
@pytest.mark.parametrize("unit", ["", " тг", " ₸", " тенге"])
def test_thousands_may_be_parted_by_any_blank(blank, unit) -> None:
    assert amount("cost", f"4{blank}500{blank}000{unit}").value == 4_500_000


@pytest.mark.parametrize("text", ["-3", "many", "3.4.5", "1e9", "nan", "inf", "٣", "²"])
def test_what_is_no_amount_is_told(text) -> None:
    assert amount("cost", text).problem.startswith(f"`cost` is `{text}`; wanted a number from 0")


@pytest.mark.parametrize(
    "text", ["2021-12-31", "31.12.2021", "31.12.2021 г.", "12/31/2021", "31/12/2021", "44561",
             "2021-12-31T00:00:00", "31.12.2021 17:30"],
)  # fmt: skip
def test_one_day_is_read_however_it_is_written(text) -> None:
    assert date("opened", text).value == "2021-12-31"


@given(st.dates(dt.date(1960, 1, 1), dt.date(2110, 1, 1)))
@settings(max_examples=60, deadline=None)
def test_every_day_comes_back_from_every_writing(day) -> None:
    serial = (day - dt.date(1899, 12, 30)).days
    for text in (day.isoformat(), f"{day:%d.%m.}{day.year}", str(serial)):
        assert date("opened", text).value == day.isoformat()


@pytest.mark.parametrize(
    "text", ["31.02.2021", "2021-13-01", "весна", "1.1.21", "99999", "12345678"]
)
def test_what_is_no_day_is_told(text) -> None:
    assert date("opened", text).problem.startswith(f"`opened` is `{text}`; wanted a date")


def test_closing_before_opening_is_told(tmp_path) -> None:
    text = "id,lat,lon,opened,closed\nA,42.9,71.3,2021-05-01,01.04.2021\n"
    assert told(write(tmp_path, text)).startswith("row 2: `closed` 2021-04-01 is before")


def test_date_that_contradicts_the_status_is_noted(tmp_path) -> None:
    path = write(tmp_path, "id,lat,lon,status,closed\nA,42.9,71.3,existing,2020\n")
    assert any("`status` is existing: counted as existing" in note for note in notes(path))


@pytest.mark.parametrize(
    ("text", "osm"),
    [
        ("Mo-Fr 17:00-20:00", "Mo-Fr 17:00-20:00"),
        ("пн-пт с 17.00 до 20.00", "Mo-Fr 17:00-20:00"),
        ("дс-жм 9:00-18:00; сб, жс демалыс", "Mo-Fr 09:00-18:00; Sa, Su off"),
        ("Ежедневно 08:00–20:00", "Mo-Su 08:00-20:00"),
        ("Круглосуточно", "24/7"),
    ],
)
def test_plain_hours_become_those_of_openstreetmap(text, osm) -> None:
    read = opening_hours("opening_hours", text)
    assert (read.value, read.problem) == (osm, "")
    assert read.note == ("" if text == osm else f"`opening_hours` is `{text}`: read as {osm}")


@pytest.mark.parametrize("text", ["по звонку", "{{7*191}}", "Mo-Fr 25:00-26:00", "=1+1"])
def test_other_hours_are_kept_to_the_letter_with_a_note(text) -> None:
    read = opening_hours("opening_hours", text)
    assert (read.value, read.problem) == (text, "")
    assert "kept as text" in read.note


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
