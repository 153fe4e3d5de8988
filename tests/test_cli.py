"""The command line: what it prints, where it writes, and how it ends."""

import io
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import click
import pytest
import typer

from walkshed.cli import answer, app

REPO = Path(__file__).parents[1]
PROGRAM = Path(sys.executable).parent / "walkshed"
LATIN_WORD = re.compile(r"[A-Za-z]{3,}")

VILLAGE = """
width_m = 600
height_m = 600
superblock_m = 300
houses = 40
precinct_points = 1
"""


def commands(group: Any = None, before: str = "") -> dict[str, click.Command]:
    """Every command by what one types for it, such as "posts check"."""
    group = group or typer.main.get_command(app)
    found: dict[str, click.Command] = {}
    for name, command in sorted(group.commands.items()):
        inner = commands(command, f"{before}{name} ") if hasattr(command, "commands") else None
        found |= inner if inner is not None else {f"{before}{name}": command}
    return found


def test_the_answer_is_five_plain_lines(written) -> None:
    lines = written.ran.out.splitlines()
    assert len(lines) == 5
    assert all(line.strip() for line in lines)
    assert "\x1b" not in written.ran.out
    assert lines[0].startswith("Test: 3,000 residents, 2 posts")


def test_the_answer_gives_the_numbers_of_the_summary(written) -> None:
    summary, text = written.summary, written.ran.out
    for share in summary["share_within"].values():
        assert f"{share * 100:.1f}%" in text
    assert f"{summary['after']['share_within']['10'] * 100:.1f}%" in text
    for site in summary["plan"]["build_order"]:
        assert f"{site['rank']}. {site['site_id']} (+{site['residents_added']:,.0f})" in text


def test_progress_goes_to_stderr(written) -> None:
    assert "map.html" in written.ran.err
    assert len(written.ran.err.splitlines()) > 3
    assert "..." not in written.ran.out


@pytest.mark.parametrize("language", ["ru", "kk"])
def test_the_answer_keeps_to_one_language(language, written) -> None:
    summary = json.loads(json.dumps({**written.summary, "city": "Тест"}))
    for site in summary["plan"]["build_order"]:
        site["site_id"] = "№"
    text = "\n".join(answer(summary, language))
    assert LATIN_WORD.findall(text) == []
    assert "3\N{NO-BREAK SPACE}000" in text


def test_an_unproven_plan_says_how_much_more_could_be_reached(written) -> None:
    summary = written.summary
    plan = {**summary["plan"], "status": "time_limit", "gap": 0.125}
    *_, proof, _ = answer({**summary, "plan": plan}, "en")
    assert "12.5%" in proof
    assert "not proven" in proof


@pytest.mark.parametrize(("language", "word"), [("ru", "схем"), ("kk", "сызба")])
def test_a_made_up_city_says_so_in_every_language(language, word, written) -> None:
    first, *_ = answer({**written.summary, "schematic": True}, language)
    assert word in first.lower()


@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_the_posts_of_a_scenario_are_not_mistaken_for_the_known_ones(written, language) -> None:
    plain, *_ = answer(written.summary, language)
    changes = {
        "name": "a.geojson", "edits": 1, "doors_gained": 1, "doors_lost": 0,
        "residents_gained": 3.0, "residents_lost": 0.0,
    }  # fmt: skip
    first, *_ = answer({**written.summary, "scenario": changes}, language)
    word = {"en": "as the scenario has them", "ru": "по сценарию", "kk": "сценарий бойынша"}
    assert word[language] in first
    assert word[language] not in plain


def test_a_terminal_without_kazakh_letters_still_gets_the_answer(
    tmp_path, write_study, monkeypatch
) -> None:
    """Output sent to a file on a Russian Windows is written in cp1251."""
    from walkshed import cli

    study = write_study(tmp_path, city="Қарағанды", language="kk")
    out = io.TextIOWrapper(io.BytesIO(), encoding="cp1251")
    monkeypatch.setattr(sys, "stdout", out)
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(io.BytesIO(), encoding="cp1251"))
    monkeypatch.setattr(
        sys, "argv", ["walkshed", "run", str(study), "--out", str(tmp_path / "out")]
    )
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert not end.value.code
    out.flush()
    text = out.buffer.getvalue()
    assert len(text.splitlines()) == 5
    assert "ара".encode("cp1251") in text


def test_json_is_the_summary_file_and_nothing_else(tmp_path, walkshed, write_study) -> None:
    ran = walkshed("run", write_study(tmp_path), "--json", "--out", tmp_path / "out")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out) == json.loads((tmp_path / "out" / "summary.json").read_text("utf-8"))


def test_results_go_to_maps_and_the_name_of_the_study(
    tmp_path, walkshed, write_study, monkeypatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_study(tmp_path, name="evening.toml", language="ru")
    ran = walkshed("run", "evening.toml", "--language", "en")
    assert ran.code == 0
    assert "residents" in ran.out  # the language of the study overruled
    assert (tmp_path / "maps" / "evening" / "map.html").is_file()


def test_a_file_called_study_is_named_by_its_folder(
    tmp_path, walkshed, write_study, monkeypatch
) -> None:
    study = write_study(tmp_path / "cities" / "oskemen")
    monkeypatch.chdir(study.parent)
    assert walkshed("run", "study.toml").code == 0
    assert (study.parent / "maps" / "oskemen" / "map.html").is_file()


def test_an_extract_alone_is_enough(tmp_path, walkshed, town_of) -> None:
    osm = town_of().write(tmp_path / "old.town.osm")
    ran = walkshed("run", "--osm", osm, "--new-posts", 3, "--out", tmp_path / "out")
    assert ran.code == 0, ran.err
    summary = json.loads((tmp_path / "out" / "summary.json").read_text("utf-8"))
    assert summary["source"] == "file"
    assert summary["posts"] == 2
    assert summary["plan"]["new_posts"] == len(summary["plan"]["build_order"]) == 3
    assert len(ran.out.splitlines()) == 5


def test_posts_of_a_registry_count_with_those_of_the_extract(
    tmp_path, walkshed, town_of, lonlat
) -> None:
    osm = town_of().write(tmp_path / "town.osm")
    lon, lat = lonlat(1600, 100)
    posts = tmp_path / "posts.csv"
    posts.write_text(f"id,lat,lon\nUPP-9,{lat},{lon}\n", encoding="utf-8")
    out = tmp_path / "out"
    ran = walkshed("run", "--osm", osm, "--posts", posts, "--new-posts", 1, "--out", out)
    assert ran.code == 0, ran.err
    summary = json.loads((out / "summary.json").read_text("utf-8"))
    assert (summary["posts"], summary["posts_known"], summary["posts_located"]) == (3, 3, 3)
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    assert [entry["name"] for entry in manifest["inputs"]] == ["town.osm", "posts.csv"]


def test_new_posts_overrule_the_study(tmp_path, walkshed, write_study) -> None:
    study = write_study(tmp_path)
    ran = walkshed("run", study, "--new-posts", 1, "--json", "--out", tmp_path / "out")
    plan = json.loads(ran.out)["plan"]
    assert (plan["new_posts"], len(plan["curve"])) == (1, 2)


def test_a_source_can_be_forced_and_is_named(tmp_path, walkshed, write_study) -> None:
    (tmp_path / "village.toml").write_text(VILLAGE, encoding="utf-8")
    source = {"file": "town.osm", "schematic": "village.toml"}
    study = write_study(tmp_path, source=source, siting={"new_posts": 1}, language="en")
    ran = walkshed("run", study, "--source", "schematic", "--out", tmp_path / "out")
    assert ran.code == 0, ran.err
    assert "schematic" in ran.out
    summary = json.loads((tmp_path / "out" / "summary.json").read_text("utf-8"))
    assert (summary["source"], summary["schematic"]) == ("schematic", True)
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    assert manifest["source"] == "schematic"
    assert "village.toml" in [entry["name"] for entry in manifest["inputs"]]
    assert set(_column(tmp_path / "out" / "posts.csv", "origin")) == {"schematic"}


def test_the_source_that_answered_is_told(tmp_path, walkshed, write_study) -> None:
    study = write_study(tmp_path, source={"snapshot": "town.osm", "place": "Nowhere"})
    ran = walkshed("run", study, "--out", tmp_path / "out")
    assert ran.code == 0, ran.err
    assert "snapshot" in ran.out + ran.err


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_why_the_live_source_was_passed_over_is_told(
    tmp_path, walkshed, write_study, monkeypatch
) -> None:
    import osmnx

    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr(osmnx.settings, "nominatim_url", "http://127.0.0.1:9/")
    monkeypatch.setattr(osmnx.settings, "overpass_url", "http://127.0.0.1:9/api")
    (tmp_path / "village.toml").write_text(VILLAGE, encoding="utf-8")
    source = {"place": "Brigadoon [/b]", "live_timeout_s": 1, "schematic": "village.toml"}
    study = write_study(tmp_path, source=source, siting={"new_posts": 1})
    ran = walkshed("run", study, "--out", tmp_path / "out")
    assert ran.code == 0, ran.err
    assert "schematic" in ran.out
    assert "Brigadoon [/b]: OpenStreetMap cannot be reached" in ran.err


def test_a_failure_of_ours_ends_with_1(tmp_path, walkshed, write_study, monkeypatch) -> None:
    import walkshed.study as library
    from walkshed.errors import SolverError

    def fail(*args, **options):
        raise SolverError("the optimiser gave up")

    monkeypatch.setattr(library, "run_study", fail)
    ran = walkshed("run", write_study(tmp_path), "--out", tmp_path / "out")
    assert ran.code == 1
    assert ran.out == ""
    assert "the optimiser gave up" in ran.err
    assert not (tmp_path / "out").exists()


def test_the_network_is_explained_by_the_rules_of_a_study(tmp_path, walkshed, write_study) -> None:
    rules = tmp_path / "study.toml"
    write_study(tmp_path)
    rules.write_text(
        rules.read_text("utf-8")
        + '[walk.rules.highway.living_street]\nwalk = "closed"\nreason = "a test"\n',
        encoding="utf-8",
    )
    plain = walkshed("network", tmp_path / "town.osm", "--explain")
    by_study = walkshed("network", tmp_path / "town.osm", "--explain", "--study", rules)
    assert (plain.code, by_study.code) == (0, 0)
    assert plain.out.startswith("WalkNetwork(")
    assert "living_street: a test" not in plain.out
    assert "living_street: a test" in by_study.out
    told = json.loads(walkshed("network", tmp_path / "town.osm", "--json", "--study", rules).out)
    assert ["dropped", "living_street: a test", 1] in [list(row.values())[:3] for row in told]


def test_wrong_usage_ends_with_2(walkshed) -> None:
    for arguments in (["run", "--nonsense"], ["nonsense"], ["run", "--new-posts", "six"]):
        ran = walkshed(*arguments)
        assert (ran.code, ran.out) == (2, "")
        assert "Traceback" not in ran.err


def test_help_of_each_command_has_an_example(walkshed) -> None:
    assert {"run", "network", "posts template", "posts check"} <= set(commands())
    for name in commands():
        ran = walkshed(*name.split(), "--help")
        assert ran.code == 0
        assert f"Example: walkshed {name}" in " ".join(ran.out.split())


def test_each_option_has_help() -> None:
    for name, command in commands().items():
        for parameter in command.params:
            assert getattr(parameter, "help", None), f"{name} {parameter.name}"


def test_each_command_is_named_in_the_readme() -> None:
    readme = (REPO / "README.md").read_text(encoding="utf-8")
    for name in commands():
        assert f"walkshed {name}" in readme


def test_the_readme_names_the_options_of_run() -> None:
    readme = (REPO / "README.md").read_text(encoding="utf-8")
    for option in ("--osm", "--out", "--new-posts", "--source", "--json"):
        assert option in readme


def test_the_installed_program_runs_and_ends_well(tmp_path, write_study) -> None:
    study = write_study(tmp_path)
    ran = subprocess.run(
        [PROGRAM, "run", study, "--out", tmp_path / "out"],
        capture_output=True, text=True, encoding="utf-8", timeout=180, check=False,
    )  # fmt: skip
    assert ran.returncode == 0, ran.stderr
    assert len(ran.stdout.splitlines()) == 5
    assert "Warning" not in ran.stderr


def test_the_module_runs_and_ends_with_2_for_bad_input(tmp_path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "walkshed", "run", tmp_path / "none.toml"],
        capture_output=True, text=True, encoding="utf-8", timeout=180, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert ran.returncode == 2
    assert ran.stdout == ""
    assert "none.toml: " in ran.stderr
    assert "Traceback" not in ran.stderr
    assert list(tmp_path.iterdir()) == []


def _column(path: Path, name: str) -> list[str]:
    import csv

    with path.open(encoding="utf-8", newline="") as file:
        return [row[name] for row in csv.DictReader(file)]
