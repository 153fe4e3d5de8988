"""Registries of posts that are refused, and what is told of them."""

import pytest

from registries import told, write
from walkshed.errors import SourceError


def test_missing_file_and_folder_are_told_apart(tmp_path) -> None:
    assert told(tmp_path / "none.csv", SourceError).startswith("no such file")
    assert "cannot be read" in told(tmp_path, SourceError)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "the file is empty"),
        (b"\xef\xbb\xbf \r\n", "the file is empty"),
        (b"id,lat,lon\n", "no rows; give at least one"),
        (b"PK\x03\x04\x00\x00", "not a text in UTF-8, UTF-16 or cp1251"),
        (b"id,lat,lon\nA,42.9,71.3,\x98\n", "not a text in UTF-8, UTF-16 or cp1251"),
        (b'id,lat,lon\nA,42.9,71.3\n"B,42.9,71.3\n', "is not CSV"),
    ],
)
def test_file_that_is_no_table_of_text_is_refused(tmp_path, content, message) -> None:
    assert message in told(write(tmp_path, content), SourceError)


def test_missing_coordinate_columns_are_told_with_the_columns_there_are(tmp_path) -> None:
    message = told(write(tmp_path, "id,height,title\nA,42.9,x\nB,42.8,y\n"))
    assert message == (
        "no column `lat` and no column `lon`; add the coordinates in degrees, or set "
        "`location_precision` to `unlocated` in rows that have none "
        "(the file has `id`, `height`, `title`)"
    )


def test_missing_id_column_is_told_once(tmp_path) -> None:
    message = told(write(tmp_path, "lat,lon\n42.9,71.3\n42.8,71.3\n"))
    assert message.startswith("no column `id`; ")
    assert "\n" not in message


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (",42.9,71.3,,,", "row 3: `id` is empty; give the post a name of its own"),
        ("B,42.9,71.3,castle,,", "row 3: `kind` is `castle`; wanted one of precinct_point, "),
        ("B,42.9,71.3,,open,", "row 3: `status` is `open`; wanted one of existing, planned, "),
        ("B,42.9,71.3,,,roughly", "row 3: `location_precision` is `roughly`; wanted one of exact"),
        ("B,,,,,", "row 3: `lat` and `lon` are empty; fill in, or set `location_precision` to"),
        ("B,,,,,landmark", "row 3: `lat` and `lon` are empty"),
        ("B,42.9,,,,", "row 3: `lon` is ``; wanted degrees"),
        ("B,north,71.3,,,", "row 3: `lat` is `north`; wanted degrees"),
        ("B,nan,71.3,,,", "row 3: `lat` is `nan`; wanted degrees"),
        ("B,inf,71.3,,,", "row 3: `lat` is `inf`; wanted degrees"),
        ('B,"42.9,5",71.3,,,', "row 3: `lat` is `42.9,5`; wanted degrees"),
        ("B,42.9,71.3,,,unlocated", "row 3: `unlocated`, yet with coordinates"),
        ("B,100.1,42.9,,,", "row 3: `lat` 100.1 is beyond 90: `lat` and `lon` look swapped"),
        ("B,420,713,,,", "row 3: no place has `lat` 420 and `lon` 713"),
        ("B-1..4,42.9,71.3,,,", "row 3: several posts cannot share one pair of coordinates"),
        ("B-4..1,,,,,unlocated", "row 3: the range of `id` must grow, and to 1000 posts"),
        ("B-1..1001,,,,,unlocated", "row 3: the range of `id` must grow, and to 1000 posts"),
        ("B,42.9,71.3,,,,,extra", "row 3: 8 cells for 6 columns; put a text that holds `,`"),
    ],
)
def test_bad_row_is_told_its_number_the_fault_and_the_way_out(tmp_path, row, message) -> None:
    text = f"id,lat,lon,kind,status,location_precision\nA,42.9,71.37,,,\n{row}\n"
    found = told(write(tmp_path, text))
    assert found.startswith(message)
    assert "\n" not in found


def test_count_must_agree_with_the_range(tmp_path) -> None:
    text = "id,count,location_precision\nA,4,unlocated\nB-1..3,4,unlocated\nC-1..3,3,unlocated\n"
    lines = told(write(tmp_path, text)).splitlines()
    assert lines[1].strip().startswith("- row 2: `count` is 4, but `id` names 1;")
    assert lines[2].strip().startswith("- row 3: `count` is 4, but `id` names 3;")
    assert len(lines) == 3


def test_repeated_ids_are_told_with_all_their_rows(tmp_path) -> None:
    text = (
        "id,lat,lon,location_precision\n"
        "A,42.9,71.3,\n"
        "B-1..3,,,unlocated\n"
        "A,42.8,71.3,\n"
        "B-2,42.8,71.3,\n"
    )
    lines = told(write(tmp_path, text)).splitlines()
    assert lines[0] == "2 problems"
    assert lines[1:] == [
        "  - rows 2, 4: the id `A` more than once; give each its own",
        "  - rows 3, 5: the id `B-2` more than once; give each its own",
    ]


def test_long_lists_of_rows_are_cut_and_counted(tmp_path) -> None:
    rows = "".join(f"P{i},,\n" for i in range(30))
    message = told(write(tmp_path, "id,lat,lon\n" + rows))
    assert message.startswith("rows 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 20 more: `lat` and `lon`")


def test_rows_are_numbered_as_a_spreadsheet_numbers_them(tmp_path) -> None:
    text = 'id,lat,lon,notes\nA,42.9,71.3,"two\nlines"\n\nB,x,71.3,\n'
    assert told(write(tmp_path, text)).startswith("row 4: `lat` is `x`")


def test_all_problems_of_a_file_come_in_one_message(tmp_path) -> None:
    text = "id,lat,lon,kind,statsu\nA,42.9,71.3,castle,\n,42.9,71.3,,\nA,x,71.3,,\n"
    lines = told(write(tmp_path, text)).splitlines()
    assert lines[0] == "5 problems"
    assert lines[1] == "  - no use for the column `statsu`; if it is `status`, rename it"
    assert [line.split(":")[0] for line in lines[2:]] == [
        "  - row 2",
        "  - rows 2, 4",
        "  - row 3",
        "  - row 4",
    ]


def test_column_named_twice_is_refused(tmp_path) -> None:
    text = "id,lat,lon,lat\nA,42.9,71.3,42.8\n"
    assert told(write(tmp_path, text)) == "the column `lat` twice; leave one out"
