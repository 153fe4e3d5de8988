"""Every number of the PDF, the workbook and the map is one of the run's Parquet tables."""

import json
import re
import sqlite3
from collections.abc import Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import openpyxl
import pandas as pd
import pypdf
import pytest

from walkshed.language import LANGUAGES, translate
from walkshed.maps.ground import unpack_integers
from walkshed.reports import RunTables, read_run
from walkshed.reports.columns import code_in_words, column_of, in_words, limits_in_words
from walkshed.reports.pdf import report_data
from walkshed.reports.sheets import sheets, titles
from walkshed.reports.vocabulary import vocabularies

NOT_REACHED = {translate("not reached", language) for language in LANGUAGES}
DECIMALS = {"residents": 4, "share": 6, "minutes": 4}
CODE_COLUMNS = frozenset(vocabularies("en"))
FREE = frozenset({"kind", "group", "place"})
"""Columns of codes that hold anybody's words too: `group` an id, `kind` of OpenStreetMap."""


class Written(NamedTuple):
    run: RunTables
    parquet: Mapping[str, pd.DataFrame]
    folder: Path


@pytest.fixture(scope="module", params=["en", "ru"])
def reported(request, written, walkshed, tmp_path_factory) -> tuple[Written, str]:
    folder = tmp_path_factory.mktemp("agree")
    ran = walkshed("report", written.folder, "--language", request.param, "--out", folder)
    assert ran.code == 0, ran.err
    parquet = {path.stem: pd.read_parquet(path) for path in written.folder.glob("*.parquet")}
    return Written(read_run(written.folder), parquet, folder), request.param


def flat(table: pd.DataFrame) -> pd.DataFrame:
    return table.reset_index(drop=table.index.names == [None])


def same(found: Any, wanted: Any, decimals: int | None = None) -> None:
    """Equal to the last bit that Excel keeps, or to the decimals that numbers travel with."""
    rtol, atol = (1e-14, 0.0) if decimals is None else (0.0, 0.51 * 10.0**-decimals)
    np.testing.assert_allclose(
        np.asarray(found, float), np.asarray(wanted, float), rtol=rtol, atol=atol
    )


# -- words -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_column_of_every_table_has_a_title(written, language: str) -> None:
    run = read_run(written.folder)
    limits = limits_in_words(run.summary, language)
    nameless = {
        (name, str(column))
        for name, table in run.tables.items()
        for column in flat(table)
        if column != "geometry" and column_of(str(column), language, limits) is None
    }
    assert nameless == set()


def test_every_code_of_every_table_has_a_word(written) -> None:
    run = read_run(written.folder)
    limits = limits_in_words(run.summary, "ru")
    wordless = {
        (name, column, value)
        for name, table in run.tables.items()
        for column in (CODE_COLUMNS | {"band"}) & set(flat(table)) - FREE
        for value in flat(table)[column].dropna().unique()
        if value != ""
        and column != "status"
        and code_in_words(column, value, "ru", limits) == value
    }
    assert wordless == set()


def test_no_code_and_no_name_of_a_column_is_left_in_a_report(reported) -> None:
    (run, _, folder), language = reported
    if language == "en":
        pytest.skip("a code may be the English word")
    codes = {code for words in vocabularies("ru").values() for code in words}
    columns = {str(column) for table in run.tables.values() for column in flat(table)}
    found = set()
    for page in openpyxl.load_workbook(folder / "report.ru.xlsx").worksheets:
        for row in page.iter_rows(values_only=True):
            found |= {text for text in row if isinstance(text, str)}
    for texts in strings_of(report_data(run, "ru")):
        found.add(texts)
    own = {str(text) for text in run.tables["residents_by_rule"].reset_index()["building"]}
    assert (codes | columns) & found - own == set()


def strings_of(value: object) -> list[str]:
    if isinstance(value, dict):
        kept = {key: item for key, item in value.items() if key not in ("language", "picture")}
        return [text for item in kept.values() for text in strings_of(item)]
    if isinstance(value, list):
        return [text for item in value for text in strings_of(item)]
    return [value] if isinstance(value, str) else []


# -- Excel -----------------------------------------------------------------------------------------


def columns_of(page: Any) -> dict[str, list[Any]]:
    """Columns of a sheet by the name that the note of the heading gives."""
    found = {}
    for cells in page.iter_cols():
        name = re.search(r"\[(.+)\]$", cells[0].comment.text)
        assert name is not None
        found[name[1]] = [cell.value for cell in cells[1:]]
    return found


def test_every_number_of_the_workbook_is_that_of_its_table(reported) -> None:
    (run, parquet, folder), language = reported
    book = openpyxl.load_workbook(folder / f"report.{language}.xlsx")
    compared = set()
    for sheet in sheets(run, language):
        table = flat(parquet[sheet.name])
        read = columns_of(book[sheet.title[:31]])
        assert list(read) == list(sheet.columns)
        for name, values in read.items():
            if sheet.columns[name].form == "text":
                continue
            numbers = [np.inf if v in NOT_REACHED else np.nan if v is None else v for v in values]
            same(numbers, table[name].astype(float))
            compared.add((sheet.name, name))
    assert {name for name, _ in compared} >= {
        *("city", "neighbourhoods", "compliance", "white_spots", "proposed_posts", "curve"),
        *("posts", "workload", "opening_hours", "walking_profiles", "uncertainty"),
    }
    assert len(compared) > 100


def test_the_first_sheet_is_the_city_of_the_tables(reported) -> None:
    (run, parquet, folder), language = reported
    page = openpyxl.load_workbook(folder / f"report.{language}.xlsx").worksheets[0]
    rows = {row[0]: row[1:3] for row in page.iter_rows(values_only=True)}
    limits = limits_in_words(run.summary, language)
    city = parquet["city"].iloc[0]
    compared = 0
    for name in map(str, city.index):
        column = column_of(name, language, limits)
        assert column is not None
        if column.title in rows and not name.endswith("_after"):
            now, after = rows[column.title]
            same(now, city[name])
            if after is not None:
                same(after, city[f"{name}_after"])
            compared += 1
    assert compared > 10


# -- summary ---------------------------------------------------------------------------------------


def test_the_headline_of_the_summary_is_the_table_of_the_city(written) -> None:
    run = read_run(written.folder)
    city, summary = run.tables["city"].iloc[0], run.summary
    same(summary["residents"], city["residents"])
    for part, suffix in ((summary, ""), (summary["after"], "_after")):
        for label in limits_in_words(summary, "en"):
            same(part["share_within"][label], city[f"share_within_{label}{suffix}"])
            same(part["residents_within"][label], city[f"residents_within_{label}{suffix}"])
            same(part["backup"]["share"][label], city[f"backup_share_{label}{suffix}"])
        for name in ("median", "p90", "max", "mean", "worst_tenth"):
            same(part["nearest_min"][name], city[f"{name}_min{suffix}"])
        same(part["equity"]["gini"], city[f"gini{suffix}"])
        same(part["residents_not_reached"], city[f"residents_not_reached{suffix}"])


# -- PDF -------------------------------------------------------------------------------------------


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


def pdf_rows(run: RunTables, language: str) -> list[tuple[str, list[str]]]:
    """Rows that the PDF shows of each table, written out from the Parquet tables themselves."""
    data = report_data(run, language)
    shown = [data["spots"], data["proposed"], data["compliance"]]
    shown += [part for beside in data["annex"] for part in beside]
    by_title = {title: name for name, title in titles(language).items()}
    limits = limits_in_words(run.summary, language)
    found = []
    for part in (part for part in shown if part and part["rows"]):
        name = by_title[part["title"]]
        if name == "opening_hours":
            continue
        table = flat(run.tables[name])
        columns = {
            column.title: (str(key), column)
            for key in table
            if (column := column_of(str(key), language, limits))
        }
        places = [place for place, heading in enumerate(part["columns"]) if heading["number"]]
        written = set(
            zip(
                *(
                    [in_words(value, column.form, language) for value in table[key]]
                    for key, column in (
                        columns[part["columns"][place]["title"]] for place in places
                    )
                ),
                strict=True,
            )
        )
        for row in part["rows"]:
            cells = [row[place] for place in places]
            assert tuple(cells) in written, (name, cells)
            found.append((name, cells))
    return found


def test_every_number_of_the_pdf_is_written_out_from_its_table(reported) -> None:
    (run, _, folder), language = reported
    rows = pdf_rows(run, language)
    assert {name for name, _ in rows} >= {
        *("white_spots", "proposed_posts", "compliance", "neighbourhoods", "posts", "workload"),
        *("walking_profiles", "uncertainty", "curve"),
    }
    pages = pypdf.PdfReader(folder / f"report.{language}.pdf").pages
    text = squeezed("".join(page.extract_text() for page in pages))
    assert [(name, cell) for name, cells in rows for cell in cells
            if squeezed(cell) not in text] == []  # fmt: skip


def test_the_cards_of_the_pdf_are_the_table_of_the_city(reported) -> None:
    (run, parquet, _), language = reported
    city, band = parquet["city"].iloc[0], run.summary["plan"]["band"]
    now, after, beyond, median, p90, _ = report_data(run, language)["cards"]
    assert now["value"] == in_words(city[f"share_within_{band}"], "share", language)
    assert after["value"] == in_words(city[f"share_within_{band}_after"], "share", language)
    farther = city["residents"] - city[f"residents_within_{band}"]
    assert beyond["value"] == in_words(farther, "count", language)
    for card, name in ((median, "median_min"), (p90, "p90_min")):
        assert card["value"] == in_words(city[name], "minutes", language)
        assert in_words(city[f"{name}_after"], "minutes", language) in card["note"]


# -- map -------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def island(written) -> dict[str, Any]:
    """What the page of the run has inside."""
    page = (written.folder / "map.html").read_text("utf-8")
    found = re.findall(r'<script type="application/json" id="walkshed-data">(.*?)</script>', page)
    assert len(found) == 1
    return dict(json.loads(found[0]))


def numbers(values: list[Any]) -> list[float]:
    return [np.nan if value is None else float(value) for value in values]


def decimals_of(name: str) -> int:
    return next((n for word, n in DECIMALS.items() if name.startswith(word)), 4)


@pytest.mark.parametrize("zones", ["hexagons", "neighbourhoods"])
def test_zones_of_the_map_are_those_of_the_tables(written, island, zones: str) -> None:
    table = pd.read_parquet(written.folder / f"{zones}.parquet").loc[island[zones]["ids"]]
    for name, values in island[zones]["columns"].items():
        same(numbers(values), table[name], decimals_of(name))
    assert len(island[zones]["columns"]) > 15


def test_doors_of_the_map_are_those_of_the_table(written, island) -> None:
    """Doors travel in an order of their own, residents in thousandths, minutes in hundredths."""
    doors = pd.read_parquet(written.folder / "doors.parquet")
    packed = {
        name: unpack_integers(column)
        for name, column in island["doors"].items()
        if name in ("residents", "nearest_min", "nearest_min_after")
    }
    assert len(packed["residents"]) == len(doors)
    sent = np.sort(packed["residents"]) / 1000  # each up or down, so that the whole is kept
    np.testing.assert_allclose(sent, np.sort(doors["residents"]), rtol=0, atol=0.001)
    same(packed["residents"].sum() / 1000, doors["residents"].sum(), 2)
    for name in ("nearest_min", "nearest_min_after"):
        sent = np.where(packed[name] < 0, np.inf, packed[name] / 100)
        same(np.sort(sent), np.sort(doors[name]), 2)


def test_the_plan_and_the_curve_of_the_map_are_those_of_the_tables(written, island) -> None:
    proposed = pd.read_parquet(written.folder / "proposed_posts.parquet")
    curve = pd.read_parquet(written.folder / "curve.parquet")
    same([site["added"] for site in island["proposed"]], proposed["residents_added"], 4)
    same([site["within"] for site in island["proposed"]], proposed["residents_within"], 4)
    same([site["share"] for site in island["proposed"]], proposed["share_within"], 6)
    for name in ("residents_within", "gain", "bound", "gap"):
        same(numbers([row[name] for row in island["curve"]]), curve[name], 4)


def test_catchments_of_the_map_are_those_of_the_table(written, island) -> None:
    table = pd.read_parquet(written.folder / "catchments.parquet").set_index(
        ["post_id", "scenario"]
    )
    keys = zip(island["catchments"]["posts"], island["catchments"]["scenario"], strict=True)
    same(island["catchments"]["residents"], table["residents"].loc[list(keys)], 4)


def test_the_summary_of_the_map_is_the_run_s(written, island) -> None:
    summary = json.loads((written.folder / "summary.json").read_text("utf-8"))
    for part in ("residents", "share_within", "residents_within", "posts", "posts_known"):
        assert island["summary"][part] == pytest.approx(summary[part], rel=1e-14)


def test_columns_of_the_geopackage_have_their_titles(written) -> None:
    with closing(sqlite3.connect(written.folder / "results.gpkg")) as file:
        rows = file.execute("SELECT table_name, column_name, title FROM gpkg_data_columns")
        titles = {(layer, column): title for layer, column, title in rows}
        fields = {
            (layer, field[1])
            for (layer,) in file.execute("SELECT table_name FROM gpkg_contents").fetchall()
            for field in file.execute(f"PRAGMA table_info({layer})")
            if field[1] not in ("fid", "geom", "index")
        }
    assert set(titles) == fields
    assert titles["neighbourhoods", "share_within_10"] == "Share within 10 min"
    read = gpd.read_file(written.folder / "results.gpkg", layer="neighbourhoods")
    assert "share_within_10" in read


# -- studies of other kinds ------------------------------------------------------------------------

KINDS: dict[str, dict[str, Any]] = {
    "no new posts": {"siting": {"new_posts": 0}},
    "a standard in metres": {"standard": {"name": "everyday_500_800"}},
    "no neighbourhoods": {"zones": {"place": ["hamlet"]}},
    "built year by year": {"siting": {"stages": {"2027": 1, "2028": 1}}},
}


@pytest.mark.parametrize("kind", KINDS)
def test_a_study_of_another_kind_has_its_report(
    kind: str, walkshed, write_study, tmp_path: Path
) -> None:
    study = write_study(tmp_path, **KINDS[kind])
    ran = walkshed("run", study, "--out", tmp_path / "out")
    assert ran.code == 0, ran.err
    ran = walkshed("report", tmp_path / "out", "--language", "ru", "--out", tmp_path / "report")
    assert ran.code == 0, ran.err
    run = read_run(tmp_path / "out")
    pages = [p.extract_text() for p in pypdf.PdfReader(tmp_path / "report/report.ru.pdf").pages]
    about = [place for place, page in enumerate(pages) if "Об этих цифрах" in page]
    assert about == [1]
    assert pdf_rows(run, "ru")
    limits = limits_in_words(run.summary, "ru")
    assert [
        (name, column)
        for name, table in run.tables.items()
        for column in map(str, flat(table))
        if column != "geometry" and column_of(column, "ru", limits) is None
    ] == []


def test_the_average_of_a_region_is_called_so(reported) -> None:
    (run, _, _), language = reported
    region = pd.DataFrame(
        {"residents_per_inspector": [3000.25]}, index=pd.Index(["Region Z"], name="place")
    )
    workload = {**run.summary["scores"]["workload"], "average": {"place": "Region Z"}}
    scores = {**run.summary["scores"], "workload": workload}
    told = replace(
        run, summary={**run.summary, "scores": scores}, tables={**run.tables, "region": region}
    )
    card = report_data(told, language)["cards"][-1]
    assert card["value"] == in_words(3000.25, "count", language)
    assert "Region Z" in card["note"]
