"""What the cells of a registry say: degrees, numbers, dates, hours."""

import datetime as dt
import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point

from registries import notes, told, write
from walkshed.sources._coordinates import degrees_of
from walkshed.sources._values import amount, date, opening_hours
from walkshed.sources.posts import read_posts

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
