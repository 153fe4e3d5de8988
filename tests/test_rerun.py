"""A run done again from its manifest: what is equal, what differs, and what stands in the way."""

import json
import shutil
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from walkshed.settings import read_settings, settings_from
from walkshed.study.inputs import portable_settings
from walkshed.study.rerun import (
    _columns_that_differ,
    _first_byte_that_differs,
    _keys_that_differ,
    find_inputs,
)

REPO = Path(__file__).parents[1]


@pytest.fixture
def ran(written, tmp_path: Path) -> Path:
    """A copy of the tiny town's run, to be spoilt."""
    return Path(shutil.copytree(written.folder, tmp_path / "ran"))


def spoil(folder: Path, **changes: Any) -> Path:
    """Change a manifest."""
    path = folder / "manifest.json"
    manifest = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**manifest, **changes}), "utf-8")
    return path


def manifest_of(folder: Path) -> dict[str, Any]:
    manifest: dict[str, Any] = json.loads((folder / "manifest.json").read_text("utf-8"))
    return manifest


def test_a_rerun_makes_the_same_bytes_whatever_was_written_beside(
    written, ran: Path, walkshed, tmp_path: Path
) -> None:
    (ran / "report.pdf").write_bytes(b"written afterwards")
    inputs = written.study.parent
    done = walkshed("rerun", ran / "manifest.json", "--out", tmp_path / "again", "--inputs", inputs)
    assert (done.code, done.err.count("\n") > 3) == (0, True)
    files = len(manifest_of(ran)["outputs"])
    assert done.out == f"{files} of {files} files are the same byte for byte\n"
    assert manifest_of(tmp_path / "again")["outputs"] == manifest_of(ran)["outputs"]


def test_a_rerun_says_which_tables_columns_and_keys_differ(
    written, ran: Path, walkshed, tmp_path: Path
) -> None:
    settings = manifest_of(ran)["settings"]
    more = {**settings["residents"], "total": settings["residents"]["total"] * 2}
    path = spoil(
        ran,
        settings={**settings, "residents": more},
        versions={**manifest_of(ran)["versions"], "numpy": "0.9"},
    )
    done = walkshed(
        *("rerun", path, "--out", tmp_path / "again", "--inputs", written.study.parent, "--json")
    )
    assert done.code == 3
    told = json.loads(done.out)
    changed = {one["file"]: one for one in told["differences"]}
    assert {one["what"] for one in told["differences"]} == {"changed"}
    assert "residents" in changed["doors.parquet"]["parts"]
    assert "nearest_min" not in changed["doors.parquet"]["parts"]
    assert {"residents", "after.residents_within.10"} <= set(changed["summary.json"]["parts"])
    assert "share_within.10" not in changed["summary.json"]["parts"]
    assert changed["map.html"]["first_byte"] > 0
    assert "candidate_sites.parquet" not in changed
    assert told["versions"]["numpy"][0] == "0.9"


def test_a_file_that_is_no_longer_at_hand_is_compared_by_its_hash(
    written, ran: Path, walkshed, tmp_path: Path
) -> None:
    outputs = manifest_of(ran)["outputs"]
    gone = {"summary.json": "0" * 64, "of_old.csv": "1" * 64}
    path = spoil(ran, outputs={**outputs, **gone})
    done = walkshed("rerun", path, "--out", tmp_path / "again", "--inputs", written.study.parent)
    assert done.code == 3
    assert f"{len(outputs) - 1} of {len(outputs) + 1} files are the same" in done.out
    assert "summary.json: changed (the file of the run is not at hand" in done.out
    assert "of_old.csv: the rerun does not write it" in done.out


def test_an_input_that_is_gone_or_another_file_now_stops_all_before_it_begins(
    ran: Path, walkshed, tmp_path: Path
) -> None:
    posts = {"key": "posts.registry", "name": "posts.csv", "sha256": "0" * 64}
    path = spoil(ran, inputs=[*manifest_of(ran)["inputs"], posts])
    inputs = tmp_path / "inputs"
    inputs.mkdir()
    (inputs / "posts.csv").write_text("id,lat,lon\n", "utf-8")
    done = walkshed("rerun", path, "--out", tmp_path / "again", "--inputs", inputs)
    assert (done.code, done.out) == (2, "")
    assert f"{path}: 2 problems" in done.err
    assert f"`source.file`: no town.osm in {inputs}; say where it is with --inputs" in done.err
    assert f"`posts.registry`: {inputs / 'posts.csv'} is not the file of the run" in done.err
    assert not (tmp_path / "again").exists()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "cannot be read"),
        ("[]", "not a manifest of walkshed"),
        ('{"settings": {}}', "not a manifest of walkshed"),
        (None, "no manifest.json"),
    ],
)
def test_what_is_no_manifest_is_refused(text, told, walkshed, tmp_path: Path) -> None:
    path = tmp_path / "manifest.json"
    if text is not None:
        path.write_text(text, "utf-8")
    done = walkshed("rerun", path, "--out", tmp_path / "again")
    assert done.code == 2
    assert told in done.err
    assert str(tmp_path) in done.err


def test_a_run_that_asked_live_says_how_to_make_it_repeatable(
    ran: Path, walkshed, tmp_path: Path
) -> None:
    done = walkshed("rerun", spoil(ran, source="live"), "--out", tmp_path / "again")
    assert done.code == 2
    assert "walkshed fetch" in done.err


def test_a_run_is_never_written_over_by_its_rerun(ran: Path, walkshed, contents) -> None:
    before = contents(ran)
    done = walkshed("rerun", ran / "manifest.json", "--out", ran)
    assert done.code == 2
    assert "choose another" in done.err
    assert contents(ran) == before


@pytest.mark.parametrize("study", ["data/taraz/study.toml", "data/monaco/study.toml"])
def test_settings_come_back_from_a_manifest_as_they_went_in(study: str) -> None:
    settings = read_settings(REPO / study)
    portable = portable_settings(settings)
    assert str(REPO) not in json.dumps(portable)
    name = portable.pop("name")
    again = settings_from(portable, name)
    assert portable_settings(again) == {**portable, "name": name}
    files = {"source", "posts", "name"}
    assert again.model_dump(exclude=files) == settings.model_dump(exclude=files)


def test_every_kind_of_setting_comes_back_from_a_manifest() -> None:
    settings = settings_from(
        {
            "city": "X",
            "title": {"kk": "Ж"},
            "scenario": "bridge.geojson",
            "source": {"file": "x.osm", "bbox": [71, 42, 72, 43]},
            "standard": {
                "name": "custom",
                "custom": {"source": "mine", "date": "2026", "cutoffs_min": [5, 12.5]},
            },
            "siting": {
                "stages": {"2022": 6},
                "may_close": ["UPP-3"],
                "kinds": {"module": {"cost": 10, "allowed_at": ["school"]}},
            },
            "walk": {"rules": {"foot": {"no": False}}, "edge_speeds_kmh": {"steps": 2}},
        },
        "study.toml",
    )
    portable = json.loads(json.dumps(portable_settings(settings)))
    assert (
        settings_from({k: v for k, v in portable.items() if k != "name"}, "study.toml") == settings
    )


def test_of_files_with_one_name_the_one_with_the_hash_is_taken(tmp_path: Path) -> None:
    from walkshed.sources.osm import file_sha256

    for folder, text in (("a", "one"), ("b/c", "two"), (".hidden", "three")):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "posts.csv").write_text(text)
    wanted = {
        text: ("posts.csv", file_sha256(tmp_path / folder / "posts.csv"))
        for folder, text in (("a", "one"), ("b/c", "two"))
    }
    found = find_inputs(wanted, [tmp_path], "manifest.json")
    assert {key: path.read_text() for key, path in found.items()} == {"one": "one", "two": "two"}
    hidden = ("posts.csv", file_sha256(tmp_path / ".hidden" / "posts.csv"))
    with pytest.raises(ValueError, match="is not the file of the run"):
        find_inputs({"three": hidden}, [tmp_path], "manifest.json")


@given(left=st.binary(max_size=40), right=st.binary(max_size=40))
def test_the_first_byte_that_differs_is_found(left, right, tmp_path_factory) -> None:
    if left == right:
        return
    folder = tmp_path_factory.mktemp("bytes")
    (folder / "old").write_bytes(left)
    (folder / "new").write_bytes(right)
    at = _first_byte_that_differs(folder / "old", folder / "new")
    assert left[:at] == right[:at]
    assert left[at : at + 1] != right[at : at + 1]


def test_columns_and_keys_that_differ_are_named() -> None:
    table = pd.DataFrame({"minutes": [1.0, float("nan")], "post": ["A", "B"]})
    assert _columns_that_differ(table, table.copy()) == ()
    assert _columns_that_differ(table, table.assign(minutes=[1.0, 2.0])) == ("minutes",)
    assert _columns_that_differ(table, table.drop(columns="post")) == ("post",)
    assert _columns_that_differ(table, table.iloc[:1]) == ("minutes", "post")
    old, new = {"plan": {"gap": 0.0, "status": "optimal"}}, {"plan": {"gap": 0.1}, "city": "X"}
    assert _keys_that_differ(old, new) == ["city", "plan.gap", "plan.status"]
