"""Files of a run: their manifest, the same bytes twice, never half-written, strict JSON."""

import hashlib
import json
import math
import os
import subprocess
import sys
from importlib.metadata import version

import numpy as np
import pytest

from walkshed import reports
from walkshed.alone import LOCK
from walkshed.errors import SettingsError

# -- the manifest ----------------------------------------------------------------------------------


def manifest_of(written) -> dict:
    return json.loads((written.folder / "manifest.json").read_text("utf-8"))


def test_the_hashes_of_inputs_and_outputs_can_be_recomputed(written) -> None:
    manifest = manifest_of(written)
    inputs = {entry["name"]: entry["sha256"] for entry in manifest["inputs"]}
    data = (written.study.parent / "town.osm").read_bytes()
    assert inputs["town.osm"] == hashlib.sha256(data).hexdigest()
    outputs = {path.name for path in written.folder.iterdir()} - {"manifest.json"}
    assert set(manifest["outputs"]) == outputs
    for name, sha256 in manifest["outputs"].items():
        assert sha256 == hashlib.sha256((written.folder / name).read_bytes()).hexdigest(), name


def test_the_manifest_says_what_made_the_results(written) -> None:
    manifest = manifest_of(written)
    assert manifest["source"] == "file"
    assert manifest["crs"] == "EPSG:32642"
    assert manifest["seed"] == 0
    assert manifest["created"]
    for package in ("walkshed", "geopandas", "shapely", "highspy", "osmium", "folium"):
        assert manifest["versions"][package] == version(package)
    assert manifest["settings"]["candidates"]["spacing_m"] == 200
    assert manifest["settings"]["residents"]["total"] == 3000
    assert manifest["inputs"][0]["date"] == "2024-03-05"
    assert manifest["standards"]["walking_profile"]["speed_kmh"]["value"] == 4.8


def test_no_file_tells_the_folders_of_this_machine(written) -> None:
    for path in written.folder.iterdir():
        assert str(written.study.parent).encode() not in path.read_bytes(), path.name


# -- the same bytes --------------------------------------------------------------------------------


def test_two_runs_give_the_same_bytes(written, tmp_path) -> None:
    """One in this process, one in another, with other hashes of texts and another time zone."""
    subprocess.run(
        [sys.executable, "-m", "walkshed", "run", written.study, "--out", tmp_path / "out"],
        check=True, capture_output=True, timeout=180, cwd=tmp_path,
        env={**os.environ, "PYTHONHASHSEED": "77", "TZ": "Asia/Almaty"},
    )  # fmt: skip
    here = {path.name: path.read_bytes() for path in written.folder.iterdir()}
    there = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    assert set(there) == set(here)
    assert {name for name in here if here[name] != there[name]} <= {"manifest.json"}
    manifests = [json.loads(files["manifest.json"]) for files in (here, there)]
    for manifest in manifests:
        del manifest["created"]
    assert manifests[0] == manifests[1]


# -- never half-written ----------------------------------------------------------------------------


class KilledError(BaseException):
    """Stands for a run that is ended from outside."""


@pytest.mark.parametrize(
    "writer", ["write_geopackage", "write_parquet", "write_csv", "write_json", "manifest"]
)
def test_a_killed_run_leaves_the_old_results_whole(
    writer, written, tmp_path, monkeypatch, contents, studied
) -> None:
    from walkshed.study import write_study

    out = tmp_path / "out"
    out.mkdir()
    for path in written.folder.iterdir():
        (out / path.name).write_bytes(path.read_bytes())
    (out / "notes.txt").write_text("mine", encoding="utf-8")
    before = contents(out)

    def killed(*args: object, **options: object) -> None:
        raise KilledError

    monkeypatch.setattr(reports, writer, killed)
    with pytest.raises(KilledError):
        write_study(studied, out)
    assert contents(out) == before


def test_files_of_others_are_left_alone(tmp_path, studied) -> None:
    from walkshed.study import write_study

    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "a.txt").write_text("mine", encoding="utf-8")
    (tmp_path / "summary.json").write_text("old", encoding="utf-8")
    write_study(studied, tmp_path)
    assert (tmp_path / "notes" / "a.txt").read_text("utf-8") == "mine"
    assert json.loads((tmp_path / "summary.json").read_text("utf-8"))["city"] == "Test"


def test_files_appear_only_at_the_end(tmp_path) -> None:
    with reports.staged(tmp_path / "out") as stage:
        (stage / "a.txt").write_text("a", encoding="utf-8")
        files = [path.name for path in (tmp_path / "out").iterdir() if path.is_file()]
        assert files == [LOCK]
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["a.txt"]


def test_a_folder_in_the_place_of_a_file_moves_nothing(tmp_path) -> None:
    (tmp_path / "b.txt").mkdir()

    def write() -> None:
        with reports.staged(tmp_path) as stage:
            for name in ("a.txt", "b.txt", "c.txt"):
                (stage / name).write_text(name, encoding="utf-8")

    with pytest.raises(SettingsError, match=r"b\.txt"):
        write()
    assert [path.name for path in tmp_path.iterdir()] == ["b.txt"]


def test_a_run_that_fails_makes_no_folder(tmp_path) -> None:
    with pytest.raises(KilledError), reports.staged(tmp_path / "new"):
        raise KilledError
    assert not (tmp_path / "new").exists()


# -- JSON ------------------------------------------------------------------------------------------


def test_infinity_and_not_a_number_become_null(tmp_path) -> None:
    value = {
        "far": math.inf,
        "none": np.float64("nan"),
        "deep": [{"x": np.float32("-inf")}, (1.5, np.int64(3), np.bool_(True))],
    }
    reports.write_json(tmp_path / "a.json", value)
    text = (tmp_path / "a.json").read_text("utf-8")
    assert json.loads(text, parse_constant=pytest.fail) == {
        "far": None, "none": None, "deep": [{"x": None}, [1.5, 3, True]],
    }  # fmt: skip


def test_json_keeps_letters_readable(tmp_path) -> None:
    reports.write_json(tmp_path / "a.json", {"city": "Тараз, Жамбыл, Қ"})
    assert "Тараз, Жамбыл, Қ" in (tmp_path / "a.json").read_text("utf-8")


def test_every_json_file_is_strict(written) -> None:
    for path in written.folder.glob("*.json"):
        json.loads(path.read_text("utf-8"), parse_constant=pytest.fail)
