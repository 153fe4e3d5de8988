"""The form of the registry, and the commands that write it and check what was filled in."""

import json
from pathlib import Path

import openpyxl
import pytest

from walkshed.errors import SettingsError
from walkshed.language import LANGUAGES
from walkshed.sources._vocabulary import CHOICES, column_labels
from walkshed.sources.posts import read_posts, read_registry
from walkshed.sources.posts_form import column_help, write_form

TARAZ_CSV = Path(__file__).parents[1] / "data" / "taraz" / "posts.csv"
MONACO = Path(__file__).parents[1] / "data" / "monaco" / "study.toml"


def filled(path: Path, language: str, **changes: object) -> Path:
    """Copy the example row below itself with an id of its own, as a user would."""
    write_form(path, language)
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    columns = list(column_labels(language))
    for place, column in enumerate(columns, start=1):
        value = {"id": "UPP-17", **changes}.get(column, sheet.cell(2, place).value)
        sheet.cell(3, place).value = value
    book.save(path)
    return path


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_the_form_writes_is_read_back(tmp_path, language) -> None:
    posts = read_posts(filled(tmp_path / "form.xlsx", language))
    assert posts.index.to_list() == ["UPP-17"]
    row = posts.iloc[0]
    assert (row["kind"], row["status"], row["location_precision"]) == (
        *("precinct_point", "existing", "exact"),
    )
    assert (row["has_cameras"], row["has_computers"]) == ("yes", "no")
    assert (row["inspectors"], row["inspectors_establishment"]) == (2, 3)
    assert (row["opened"], row["opening_hours"]) == ("2021-12-31", "Mo-Fr 17:00-20:00")
    assert (row.geometry.x, row.geometry.y) == (71.373, 42.898)
    assert row["name_kk"] == "№ 17 учаскелік полиция пункті"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_example_is_left_out_and_told(tmp_path, language) -> None:
    read = read_registry(filled(tmp_path / "form.xlsx", language))
    assert read.sheet.told(read.notes) == ["row 2: the example of the form, left out"]
    assert (read.rows, read.rows_wrong) == (1, 0)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("column", sorted(CHOICES))
def test_every_value_of_every_drop_down_is_understood(tmp_path, language, column) -> None:
    for value, label in CHOICES[column](language).items():
        path = tmp_path / f"{value or 'unknown'}.xlsx"
        changes = {column: label} | ({"lat": "", "lon": ""} if value == "unlocated" else {})
        posts = read_posts(filled(path, language, **changes))
        assert posts.iloc[0][column] == value


@pytest.mark.parametrize("language", LANGUAGES)
def test_form_has_help_drop_downs_and_a_frozen_header(tmp_path, language) -> None:
    write_form(tmp_path / "form.xlsx", language)
    book = openpyxl.load_workbook(tmp_path / "form.xlsx")
    sheet, lists = book.worksheets
    labels, helps = column_labels(language), column_help(language)
    assert [cell.value for cell in sheet[1]] == list(labels.values())
    assert [cell.comment.text for cell in sheet[1]] == [helps[column] for column in labels]
    assert sheet.freeze_panes == "B2"
    assert lists.sheet_state == "hidden"
    validated = {
        str(rule.sqref).split(":")[0]: rule for rule in sheet.data_validations.dataValidation
    }
    for column, labels_of in CHOICES.items():
        cell = sheet.cell(2, list(labels).index(column) + 1).coordinate
        letter = validated[cell].formula1.split("$")[1]
        offered = [cell.value for cell in lists[letter] if cell.value is not None]
        assert offered == list(labels_of(language).values())


def test_headings_of_a_language_are_all_different() -> None:
    for language in LANGUAGES:
        labels = column_labels(language)
        assert len({label.casefold() for label in labels.values()}) == len(labels)
        assert set(column_help(language)) == set(labels)


def test_form_is_never_written_over_a_file(tmp_path) -> None:
    path = tmp_path / "form.xlsx"
    path.write_text("mine", encoding="utf-8")
    with pytest.raises(SettingsError, match="is there already"):
        write_form(path)
    assert path.read_text("utf-8") == "mine"
    with pytest.raises(SettingsError, match=r"ends in \.xlsx"):
        write_form(tmp_path / "form.csv")
    with pytest.raises(SettingsError, match="no such folder"):
        write_form(tmp_path / "none" / "form.xlsx")
    with pytest.raises(SettingsError, match="`de`"):
        write_form(tmp_path / "other.xlsx", "de")


# -- the commands ----------------------------------------------------------------------------------


def test_template_and_check_work_together(tmp_path, walkshed) -> None:
    form = tmp_path / "form.xlsx"
    assert walkshed("posts", "template", form, "--language", "kk").out.strip() == str(form)
    empty = walkshed("posts", "check", form)
    assert empty.code == 2
    assert "no rows but the example of the form" in empty.err


def test_check_counts_the_registry_of_taraz(walkshed) -> None:
    ran = walkshed("posts", "check", TARAZ_CSV, "--json")
    assert ran.code == 0
    told = json.loads(ran.out)
    assert told["problems"] == []
    counts = told["summary"]
    assert (counts["posts"], counts["located"], counts["known"]) == (29, 0, 18)
    assert counts["by_status"] == {"existing": 18, "planned": 11, "closed": 0}
    assert counts["by_kind"]["modular_post"] == 10
    assert counts["by_precision"]["unlocated"] == 29
    assert {"row": 9, "text": "`source_date` is `2022 spring`: kept as text, it is no date"} in (
        told["notes"]
    )


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("ru", "место определено у 0 из 18 известных"),
        ("kk", "белгілі 18 бекеттің 0 орны анықталды"),
        ("en", "known posts located: 0 of 18"),
    ],
)
def test_check_counts_in_three_languages(walkshed, language, words) -> None:
    assert words in walkshed("posts", "check", TARAZ_CSV, "--language", language).out


def test_check_tells_all_problems_and_still_counts_the_rest(tmp_path, walkshed) -> None:
    path = tmp_path / "posts.csv"
    path.write_text(
        "id,lat,lon,kind\nA,42.9,71.3,castle\n,x,71.3,\nC,42.9,71.3,\n", encoding="utf-8"
    )
    ran = walkshed("posts", "check", path, "--language", "en")
    assert ran.code == 2
    assert "posts.csv: 1 posts; known posts located: 1 of 1" in ran.out
    assert "Not counted: 2 of 3 rows, which have problems" in ran.out
    for words in (
        "3 problems",
        "row 2: `kind` is `castle`",
        "row 3: `id` is empty",
        "`lat` is `x`",
    ):
        assert words in ran.err
    asked = walkshed("posts", "check", path, "--json")
    assert asked.code == 2
    rows = [problem["row"] for problem in json.loads(asked.out)["problems"]]
    assert rows == [2, 3, 3]


def test_check_looks_at_the_area_of_a_study(tmp_path, walkshed) -> None:
    path = tmp_path / "posts.csv"
    path.write_text("id,lat,lon\nA,7.42,43.73\n", encoding="utf-8")
    assert walkshed("posts", "check", path).code == 0
    ran = walkshed("posts", "check", path, "--study", MONACO)
    assert ran.code == 2
    assert "look swapped" in ran.err


def test_check_tells_where_openstreetmap_says_otherwise(tmp_path, walkshed) -> None:
    from walkshed.settings import read_settings
    from walkshed.sources.city_posts import police_of
    from walkshed.sources.osm import read_osm

    found = police_of(read_osm(read_settings(MONACO).source.file))
    osm_id, post = found.index[0], found.iloc[0]
    path = tmp_path / "posts.csv"
    place = f"{post.geometry.y:.7f},{post.geometry.x:.7f}"
    path.write_text(f"id,lat,lon,kind,status\nA,{place},{post['kind']},closed\n", encoding="utf-8")
    ran = walkshed("posts", "check", path, "--study", MONACO)
    assert ran.code == 0
    told = (
        f"post `A` and `{osm_id}` of OpenStreetMap: closed_in_registry (closed here, existing there"
    )
    assert told in ran.out


def test_check_says_when_a_study_has_no_extract_to_look_at(tmp_path, walkshed) -> None:
    study = tmp_path / "study.toml"
    study.write_text('city = "X"\n[source]\nplace = "Nowhere"\n', encoding="utf-8")
    ran = walkshed("posts", "check", TARAZ_CSV, "--study", study, "--language", "en")
    assert ran.code == 0
    assert "has no extract at hand" in ran.out


def test_check_of_no_file_ends_with_2(tmp_path, walkshed) -> None:
    ran = walkshed("posts", "check", tmp_path / "none.xlsx")
    assert (ran.code, ran.out) == (2, "")
    assert "no such file" in ran.err


def test_check_shows_where_posts_without_coordinates_would_be(tmp_path, walkshed) -> None:
    path = tmp_path / "posts.csv"
    path.write_text("id,address\nA,Rue Grimaldi\nB,nowhere known\n", encoding="utf-8")
    extract = MONACO.parent / "monaco.osm.pbf"
    ran = walkshed("posts", "check", path, "--osm", extract, "--language", "en")
    assert ran.code == 0
    assert "found on the map by their words: 1" in ran.out
    rows = json.loads(walkshed("posts", "check", path, "--osm", extract, "--json").out)
    found, lost = rows["without_coordinates"]
    assert (found["post_id"], found["matched"], found["reason"]) == ("A", "Rue Grimaldi", "")
    assert (lost["osm_id"], lost["precision_m"]) == ("", None)
    assert "nowhere known" in lost["reason"]
