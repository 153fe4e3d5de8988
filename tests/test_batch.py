"""Batches: grids, one table, nothing lost, one bad study beside good ones."""

import json
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import psutil
import pytest

from benchmarks.batch import start
from walkshed.batch.grid import BatchStudy, batch_studies
from walkshed.batch.one import do_study
from walkshed.batch.progress import left_s
from walkshed.batch.run import firsts_and_rest, run_batch
from walkshed.batch.table import COLUMNS, results_table, write_results
from walkshed.errors import SettingsError
from walkshed.network.threads import threads
from walkshed.settings import read_settings

Write = Callable[..., Path]


@pytest.fixture
def towns(write_study: Write, tmp_path: Path) -> Callable[..., list[Path]]:
    """Studies of one town, each in a file of its own."""

    def written(**by_name: dict[str, Any]) -> list[Path]:
        return [
            write_study(tmp_path / "town", name=f"{name}.toml", scores={"draws": 2}, **changes)
            for name, changes in by_name.items()
        ]

    return written


# --- which studies -------------------------------------------------------------------------------


def grid(folder: Path, text: str) -> Path:
    path = folder / "batch.toml"
    path.write_text(text, "utf-8")
    return path


def test_a_grid_is_every_city_with_every_choice(write_study: Write, tmp_path: Path) -> None:
    for city in ("north", "south"):
        write_study(tmp_path / city, standard={"planning_cutoff_min": 5})
    found = batch_studies(
        [
            grid(
                tmp_path,
                'cities = ["north/study.toml", "south/study.toml"]\nnew_posts = [1, 2]\n'
                'standards = ["minutes_5_10_15", "everyday_500_800"]\nprofiles = ["older"]\n',
            )
        ]
    )
    assert [study.problem for study in found] == [""] * 8
    assert [study.name for study in found[:3]] == [
        *("north-minutes_5_10_15-posts-1-older", "north-minutes_5_10_15-posts-2-older"),
        "north-everyday_500_800-posts-1-older",
    ]
    settings = found[-1].settings
    assert settings is not None
    assert (settings.standard.name, settings.standard.planning_cutoff_min) == (
        "everyday_500_800",
        None,
    )
    assert (settings.siting.new_posts, settings.walk.profile) == (2, "older")
    assert settings.source.file == tmp_path / "south" / "town.osm"


def test_two_studies_of_one_name_and_all_else_that_is_wrong_are_told_at_once(
    write_study: Write, tmp_path: Path
) -> None:
    paths = [write_study(tmp_path / place / "Town") for place in ("a", "b")]
    wrong = grid(tmp_path, 'cities = []\nprofile = ["adult"]\nstandards = ["x"]\n')
    with pytest.raises(SettingsError) as told:
        batch_studies([*paths, wrong])
    for words in ("two studies are called 'town'", "`cities`", "unknown key `profile`"):
        assert words in str(told.value)


def test_a_name_that_leads_out_of_the_folder_is_refused(write_study: Write, tmp_path: Path) -> None:
    write_study(tmp_path)
    wrong = grid(tmp_path, 'cities = ["study.toml"]\nprofiles = ["../../adult", "a", "a"]\n')
    with pytest.raises(SettingsError, match=r"(?s)'a' twice.*'../../adult' is no name"):
        batch_studies([wrong])


def test_a_study_file_that_is_wrong_is_listed_and_stops_none(
    write_study: Write, tmp_path: Path
) -> None:
    good = write_study(tmp_path / "good")
    bad = write_study(tmp_path / "bad", sped=1)
    found = batch_studies([bad, good, tmp_path / "nowhere.toml"])
    assert [study.settings is None for study in found] == [True, False, True]
    assert "unknown key `sped`" in found[0].problem
    assert "no such file" in found[2].problem


def test_the_first_study_of_a_city_goes_before_the_others(
    write_study: Write, tmp_path: Path
) -> None:
    for city in ("north", "south"):
        write_study(tmp_path / city)
    text = 'cities = ["north/study.toml", "south/study.toml"]\nnew_posts = [1, 2, 3]\n'
    firsts, rest = firsts_and_rest(batch_studies([grid(tmp_path, text)]))
    assert [study.name for study in firsts] == ["north-posts-1", "south-posts-1"]
    assert [[study.name[-1] for study in of] for of in rest.values()] == [["2", "3"], ["2", "3"]]


# --- how long, and the table ---------------------------------------------------------------------


def ended(name: str, seconds: float, **told: Any) -> dict[str, Any]:
    """A record of a study that has no results."""
    plain = {"status": "done", "before": False, "message": "", "memory_mb": 100.0, "steps": {}}
    return {"name": name, "seconds": seconds, "cpu_s": seconds, **plain, **told}


def test_what_is_left_is_told_by_what_first_and_later_studies_took(
    write_study: Write, tmp_path: Path
) -> None:
    for city in ("north", "south"):
        write_study(tmp_path / city)
    text = 'cities = ["north/study.toml", "south/study.toml"]\nnew_posts = [1, 2, 3]\n'
    studies = batch_studies([grid(tmp_path, text)])
    assert left_s(studies, [], 2) is None
    assert left_s(studies, [ended("north-posts-1", 10)], 2) == 5 * 10 / 2
    two = [ended("north-posts-1", 10), ended("north-posts-2", 2)]
    assert left_s(studies, two, 1) == 10 + 3 * 2
    most = [ended(study.name, 10) for study in studies[:-1]]
    assert left_s(studies, most, 2) == 10  # the second worker does not help with the last one
    before = [ended(study.name, 0, before=True) for study in studies]
    assert left_s(studies, before[:2], 1) is None
    assert left_s(studies, before, 1) == 0


def test_the_table_has_a_row_for_each_study_and_no_formula(tmp_path: Path) -> None:
    studies = [BatchStudy(name, None, "wrong") for name in ("b", "a")]
    records = [ended("a", 1, status="failed", message="=1+1"), ended("b", 2)]
    table = results_table(studies, records)
    assert (list(table["name"]), list(table)) == (["b", "a"], list(COLUMNS))
    write_results(table, table[["name"]], "<p>map</p>", tmp_path)
    read = pd.read_parquet(tmp_path / "batch.parquet")
    pd.testing.assert_frame_equal(read, table)
    book = openpyxl.load_workbook(tmp_path / "batch.xlsx")
    assert book.sheetnames == ["batch", "region"]
    sheet = book["batch"]
    assert [cell.value for cell in sheet[3]][:3] == ["a", "failed", "=1+1"]
    assert sheet["C3"].data_type == "s"


# --- on a cluster --------------------------------------------------------------------------------


def results(folder: Path) -> dict[str, Any]:
    """Hashes of the results of each study in a folder."""
    manifests = {path.parent.name: path for path in folder.glob("*/manifest.json")}
    return {name: json.loads(path.read_text())["outputs"] for name, path in manifests.items()}


def test_a_killed_batch_resumes_and_a_bad_study_stops_no_other(
    towns: Callable[..., list[Path]], tmp_path: Path
) -> None:
    studies = towns(
        a={}, bad={"posts": {"registry": "nowhere.csv"}}, b={"siting": {"new_posts": 1}}
    )
    killed = start(*studies, folder=tmp_path, workers=1)
    assert killed.stdout is not None
    first = json.loads(killed.stdout.readline())
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    assert (first["name"], first["status"], round(first["residents"])) == ("a", "done", 3000)
    again = start(*studies, folder=tmp_path, workers=1)
    out, err = again.communicate(timeout=300)
    told = {line["name"]: line for line in map(json.loads, out.splitlines()[:-1])}
    assert (again.returncode, json.loads(out.splitlines()[-1])["failed"]) == (3, ["bad"]), err
    assert told["a"]["before"]
    assert "nowhere.csv" in told["bad"]["message"]
    for study in (studies[0], studies[2]):
        values = read_settings(study).model_dump(mode="json")
        do_study(study.stem, values, tmp_path / "alone" / study.stem, source=None, cache=None)
    assert results(tmp_path / "out") == results(tmp_path / "alone")
    assert set(results(tmp_path / "out")) == {"a", "b"}
    table = pd.read_parquet(tmp_path / "out" / "batch.parquet").set_index("name")
    assert list(table["status"]) == ["done", "failed", "done"]
    summary = json.loads((tmp_path / "alone" / "b" / "summary.json").read_text())
    assert table["share_within_after"]["b"] == summary["after"]["share_within"]["10"]
    assert table["steps_remembered"]["b"] > 0 == table["steps_remembered"]["a"]
    assert not list((tmp_path / "out").rglob(".walkshed-*"))


def test_a_study_whose_worker_is_killed_is_done_by_another(
    towns: Callable[..., list[Path]], tmp_path: Path
) -> None:
    (study,) = towns(a={})
    batch = start(study, folder=tmp_path, workers=1)
    while not list((tmp_path / "cache").glob("network-*")):
        assert batch.poll() is None
        time.sleep(0.01)
    inner = psutil.Process(batch.pid).children(recursive=True)
    max(inner, key=lambda process: process.memory_info().rss).kill()
    out, err = batch.communicate(timeout=300)
    first, last = map(json.loads, out.splitlines())
    assert (batch.returncode, first["status"], last["failed"]) == (0, "done", []), err
    assert first["steps"]["network"] == "remembered"  # another worker found what the first made
    assert not list((tmp_path / "out").rglob(".walkshed-*"))


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_what_may_pass_is_tried_once_more_after_all_others_and_nothing_else_is(
    write_study: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from distributed import Client

    tried: list[str] = []

    def fake(name: str, *_: Any, **__: Any) -> dict[str, Any]:
        tried.append(name)
        if name == "broken":
            raise ZeroDivisionError("by our own fault")
        is_down = name == "down" or (name == "slow" and tried.count("slow") == 1)
        how = {"status": "failed", "message": "no answer"} if is_down else {}
        return ended(name, 1, may_pass=is_down, **how)

    monkeypatch.setattr("walkshed.batch.run.do_study", fake)
    names = ("down", "slow", "broken", "good")
    studies = batch_studies([write_study(tmp_path / name) for name in names])
    here = {"processes": False, "n_workers": 1, "threads_per_worker": 1, "dashboard_address": None}
    here |= {"scheduler_kwargs": {"dashboard_address": "127.0.0.1:0"}}
    with Client(**here, host="127.0.0.1", protocol="tcp://") as one:
        told = {record["name"]: record for record in run_batch(studies, tmp_path, one)}
    assert tried == ["down", "slow", "broken", "good", "down", "slow"]
    assert {name: record["status"] for name, record in told.items()} == {
        "broken": "failed",
        "good": "done",
        "down": "failed",
        "slow": "done",
    }
    assert told["broken"]["message"] == "walkshed failed: ZeroDivisionError: by our own fault"


def test_the_cache_is_shown_and_cleared(walkshed: Callable[..., Any], tmp_path: Path) -> None:
    (tmp_path / "walk-1234.walkshed").write_bytes(b"x" * 2_000_000)
    shown = walkshed("cache", "--cache", tmp_path)
    assert (shown.code, shown.out.splitlines()[1:]) == (
        0,
        ["  walk: 1, 2.0 MB", "  all: 1, 2.0 MB"],
    )
    assert json.loads(walkshed("cache", "--cache", tmp_path, "--clear", "--json").out)["cleared"]
    assert list(tmp_path.iterdir()) == []


def test_without_dask_the_way_to_get_it_is_told(
    walkshed: Callable[..., Any], write_study: Write, tmp_path: Path, monkeypatch: Any
) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    told = walkshed("batch", write_study(tmp_path), "--out", tmp_path / "out")
    assert (told.code, "pip install 'walkshed[batch]'" in told.err) == (2, True)


def test_the_number_of_threads_is_a_whole_number_above_0(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WALKSHED_THREADS", "3")
    assert threads() == 3
    for wrong in ("0", "-1", "two", "1.5"):
        monkeypatch.setenv("WALKSHED_THREADS", wrong)
        with pytest.raises(SettingsError, match=f"WALKSHED_THREADS = '{wrong}'"):
            threads()
