"""Reports of a run: the tables' own numbers, anybody's text as text, the same bytes each time."""

import dataclasses
import json
import re
import shutil
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
import openpyxl
import pandas as pd
import pypdf
import pytest

from walkshed.language import format_minutes, format_number, format_share
from walkshed.reports import RunTables, read_run
from walkshed.reports.pdf import report_data, write_pdf
from walkshed.reports.pictures import write_pictures
from walkshed.reports.sheets import sheets
from walkshed.reports.workbook import write_workbook

KAZAKH = "ӘәҒғҚқҢңӨөҰұҮүҺһІі"
LIKE_CODE = '=1+1 #panic("x") *a* $x^2$ `b` <label> @ref // c \\ "d" [e] {f} & ~'


class Reported(NamedTuple):
    folder: Path
    run: RunTables
    out: str


@pytest.fixture(scope="module")
def reported(written, walkshed, tmp_path_factory) -> Reported:
    """The tiny town's report in Kazakh, by the command line, in a folder of its own."""
    folder = tmp_path_factory.mktemp("report") / "new" / "kk"
    ran = walkshed("report", written.folder, "--language", "kk", "--out", folder)
    assert ran.code == 0, ran.err
    return Reported(folder, read_run(written.folder), ran.out)


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


def pdf_text(path: Path) -> str:
    return "\n".join(page.extract_text() for page in pypdf.PdfReader(path).pages)


def strings_of(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for item in value.values() for text in strings_of(item)]
    if isinstance(value, list):
        return [text for item in value for text in strings_of(item)]
    return [value] if isinstance(value, str) else []


# -- the command -----------------------------------------------------------------------------------


def test_the_command_writes_pdf_workbook_and_pictures(reported: Reported) -> None:
    names = {path.name for path in reported.folder.iterdir()}
    pictures = ("coverage_now", "coverage_after", "coverage_change", "curve", "workload")
    assert names == {
        "report.kk.pdf",
        "report.kk.xlsx",
        *(f"{name}.kk.{kind}" for name in pictures for kind in ("png", "svg")),
    }
    assert set(reported.out.split("\n")) >= {str(reported.folder / name) for name in names}


def test_reports_beside_a_run_leave_it_whole(written, reported: Reported, tmp_path: Path) -> None:
    run = Path(shutil.copytree(written.folder, tmp_path / "run"))
    for file in reported.folder.iterdir():
        shutil.copy(file, run)
    assert set(read_run(run).tables) == set(reported.run.tables)
    assert not {"report.kk.pdf", "report.kk.xlsx"} & set(reported.run.manifest["outputs"])


def test_a_folder_that_is_no_run_and_an_unknown_language_end_with_a_message(
    walkshed, written, tmp_path: Path
) -> None:
    ran = walkshed("report", tmp_path)
    assert ran.code == 2
    assert "not the folder of a run" in ran.err
    ran = walkshed("report", written.folder, "--language", "de", "--out", tmp_path)
    assert ran.code == 2
    assert "use one of ru, kk, en" in ran.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("missing", ["matplotlib", "typst"])
def test_without_the_extra_the_message_says_what_to_install(
    missing, walkshed, written, tmp_path: Path, monkeypatch
) -> None:
    if missing == "typst":
        monkeypatch.setattr("walkshed.reports.write.write_pictures", lambda *_: [])
    monkeypatch.setitem(sys.modules, missing, None)
    ran = walkshed("report", written.folder, "--out", tmp_path)
    assert ran.code == 2
    assert "pip install 'walkshed[report]'" in ran.err
    assert list(tmp_path.iterdir()) == []


# -- PDF -------------------------------------------------------------------------------------------


def test_the_pdf_says_all_it_was_given_and_no_other_number(reported: Reported) -> None:
    reader = pypdf.PdfReader(reported.folder / "report.kk.pdf")
    data = report_data(reported.run, "kk")
    data = {key: data[key] for key in data if key not in ("language", "maps", "change", "charts")}
    given = sorted({squeezed(text) for text in strings_of(data)}, key=len, reverse=True)
    pages = [squeezed(page.extract_text()) for page in reader.pages]
    counters = [f"{number}/{len(pages)}" for number in range(1, len(pages) + 1)]
    assert all(page.count(counter) == 1 for page, counter in zip(pages, counters, strict=True))
    text = "".join(p.replace(counter, "") for p, counter in zip(pages, counters, strict=True))
    assert [part for part in given if part not in text] == []
    for part in given:
        text = text.replace(part, "·" if part else "")
    assert re.findall(r"\d+", text) == []


def test_the_six_numbers_are_those_of_the_parquet_tables(written, reported: Reported) -> None:
    doors = pd.read_parquet(written.folder / "doors.parquet")
    curve = pd.read_parquet(written.folder / "curve.parquet")
    spots = pd.read_parquet(written.folder / "white_spots.parquet")
    total = doors["residents"].sum()
    cards = report_data(reported.run, "kk")["cards"]
    assert len(cards) == 6
    now, after, beyond, median, p90, load = cards
    assert now["value"] == format_share(curve["residents_within"].iloc[0] / total, "kk")
    assert after["value"] == format_share(curve["residents_within"].iloc[-1] / total, "kk")
    assert beyond["value"] == format_number(spots["residents_beyond"].sum(), "kk")
    assert format_number(spots["residents_beyond_after"].sum(), "kk") in beyond["note"]
    walks = doors[np.isfinite(doors["nearest_min"])].sort_values("nearest_min")
    share = walks["residents"].cumsum() / walks["residents"].sum()
    for card, part in ((median, 0.5), (p90, 0.9)):
        minutes = walks["nearest_min"][share >= part - 1e-12].iloc[0]
        assert card["value"] == format_minutes(minutes, "kk", decimals=1)
    assert load["value"] == "—"  # nobody said how many inspectors there are
    assert "2\u00a0000" in load["note"]


def test_tables_of_the_pdf_are_those_of_the_parquet_tables(written, reported: Reported) -> None:
    data = report_data(reported.run, "kk")
    proposed = pd.read_parquet(written.folder / "proposed_posts.parquet")
    rows = data["proposed"]["rows"]
    assert [row[2] for row in rows] == [format_number(n, "kk") for n in proposed["residents_added"]]
    assert [row[4] for row in rows] == [format_share(n, "kk") for n in proposed["share_within"]]
    spots = pd.read_parquet(written.folder / "white_spots.parquet")
    assert [row[2] for row in data["spots"]["rows"]] == [
        format_number(residents, "kk") for residents in spots["residents_beyond"]
    ]
    assert [row[-1] for row in data["spots"]["rows"]] == spots["streets"].to_list()


def test_kazakh_letters_and_anybodys_text_are_read_back(reported: Reported, tmp_path: Path) -> None:
    settings = {**reported.run.manifest["settings"], "title": {"kk": f"{KAZAKH} {LIKE_CODE}"}}
    run = dataclasses.replace(
        reported.run, manifest={**reported.run.manifest, "settings": settings}
    )
    write_pdf(run, reported.folder, tmp_path / "a.pdf", "kk")
    text = squeezed(pdf_text(tmp_path / "a.pdf"))
    assert KAZAKH in text
    assert squeezed(LIKE_CODE) in text


def test_the_head_of_department_reads_two_pages_and_no_claim_on_crime(reported: Reported) -> None:
    pages = [
        page.extract_text() for page in pypdf.PdfReader(reported.folder / "report.kk.pdf").pages
    ]
    assert len(pages) >= 3
    about = [number for number, page in enumerate(pages) if "Бұл сандар туралы" in page]
    assert about == [1]
    assert "жаңа бекеттердің қылмысқа әсері зерттелмеген" in " ".join(pages[1].split())
    assert all("белгілі бекеттер: 2" in " ".join(page.split()) for page in pages)


# -- workbook --------------------------------------------------------------------------------------


def test_the_first_sheet_holds_the_summary(reported: Reported) -> None:
    page = openpyxl.load_workbook(reported.folder / "report.kk.xlsx").worksheets[0]
    rows = {row[0]: row[1:3] for row in page.iter_rows(values_only=True)}
    summary = reported.run.summary
    band = summary["plan"]["band"]
    assert rows["10 мин шегіндегі үлес"] == pytest.approx(
        (summary["share_within"][band], summary["after"]["share_within"][band]), rel=1e-14
    )
    assert rows["Тұрғындар"] == (pytest.approx(3000), None)


def test_no_text_becomes_a_formula_or_a_link(reported, tmp_path: Path, hostile_name) -> None:
    posts = reported.run.tables["posts"].assign(
        name_kk=["=1+1", "@SUM(A1)"], address=["+7 701", "https://example.org"]
    )
    run = dataclasses.replace(reported.run, tables={**reported.run.tables, "posts": posts})
    write_workbook(run, tmp_path / "a.xlsx", "kk")
    book = openpyxl.load_workbook(tmp_path / "a.xlsx")
    cells = [cell for page in book.worksheets for row in page.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"n", "s"}
    assert [cell for cell in cells if cell.hyperlink] == []
    texts = {cell.value for cell in cells}
    assert {"=1+1", "@SUM(A1)", "+7 701", "https://example.org", hostile_name} <= texts


def test_sheets_can_be_filtered_and_explain_their_columns(reported: Reported) -> None:
    book = openpyxl.load_workbook(reported.folder / "report.kk.xlsx")
    page = book["Шағын аудандар"]
    assert page.freeze_panes == "C2"
    assert page.auto_filter.ref.startswith("A1:")
    assert page["C2"].number_format == "#,##0"
    assert "[residents]" in page["C1"].comment.text
    assert len(page._charts) == 1
    assert len(book["Бекет саны бойынша қисық"]._charts) == 1


def test_a_table_the_run_lacks_has_no_sheet_and_a_new_one_shows_all_it_has(reported) -> None:
    load = pd.DataFrame(
        {"residents": [5.0], "new_share": [0.5]}, index=pd.Index(["a"], name="post_id")
    )
    run = dataclasses.replace(
        reported.run, tables={**reported.run.tables, "workload": load, "stages": load.iloc[:0]}
    )
    found = {sheet.name: sheet for sheet in sheets(run, "en")}
    assert "stages" not in found
    columns = found["workload"].columns
    assert {name: columns[name].form for name in columns} == {
        "name": "text",
        "post_id": "text",
        "residents": "count",
        "new_share": "share",
    }
    assert columns["new_share"].title == "new_share"


# -- the same bytes --------------------------------------------------------------------------------


def test_the_same_tables_give_the_same_bytes(reported: Reported, tmp_path: Path) -> None:
    write_workbook(reported.run, tmp_path / "report.kk.xlsx", "kk")
    write_pictures(reported.run, tmp_path, "kk")
    write_pdf(reported.run, tmp_path, tmp_path / "report.kk.pdf", "kk")
    differ = [
        file.name
        for file in tmp_path.iterdir()
        if file.read_bytes() != (reported.folder / file.name).read_bytes()
    ]
    assert differ == []


# -- tables made for the reports -------------------------------------------------------------------


def test_white_spots_hold_everybody_beyond_the_limit(written) -> None:
    spots = pd.read_parquet(written.folder / "white_spots.parquet")
    doors = pd.read_parquet(written.folder / "doors.parquet")
    beyond = doors[doors["posts_within"] == 0]
    assert spots["residents_beyond"].sum() == pytest.approx(beyond["residents"].sum(), rel=1e-12)
    assert spots["doors_beyond"].sum() == len(beyond)
    assert spots["residents_beyond"].is_monotonic_decreasing
    named = {street for streets in spots["streets"] for street in streets.split("; ")}
    assert "Island" in named or any(name.startswith(("Row", "Column")) for name in named)


def test_the_ground_of_a_run_is_small_and_has_its_streets(written) -> None:
    run = read_run(written.folder)
    ground = run.tables["ground"]
    assert set(ground["layer"]) >= {"major", "minor", "rail", "place"}
    assert ground.crs == run.manifest["crs"]
    assert ground.set_index("layer").loc["place", "name_en"].iloc[0] == "Test"
    assert (written.folder / "ground.parquet").stat().st_size < 50_000


def test_geojson_is_in_degrees_and_says_what_it_is(written, lonlat) -> None:
    layer = json.loads((written.folder / "posts.geojson").read_text("utf-8"))
    assert layer["description"]
    at = sorted(tuple(feature["geometry"]["coordinates"]) for feature in layer["features"])
    np.testing.assert_allclose(at, sorted([lonlat(100, -15), lonlat(700, 615)]), atol=2e-7)
    assert all(len(str(number).split(".")[1]) <= 7 for point in at for number in point)
    assert {feature["properties"]["post_id"] for feature in layer["features"]} == set(
        read_run(written.folder).tables["posts"].index
    )
