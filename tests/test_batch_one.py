"""One study of a batch: the same bytes whatever was remembered, and done again only when due."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from walkshed.batch.cache import _held, contents_of
from walkshed.batch.one import RECORD, do_study, done_before, hashed
from walkshed.batch.stored import write_value
from walkshed.settings import read_settings

FIRST = {"source", "network", "population", "snapped", "candidates", "times"}
Do = Callable[..., dict[str, Any]]


@pytest.fixture
def do(write_study: Callable[..., Path], tmp_path: Path) -> Do:
    """Do the tiny town's study, with settings changed, into a folder."""

    def done(folder: str, *, cache: Path | None = None, **changes: Any) -> dict[str, Any]:
        study = write_study(tmp_path / "town", **{"scores": {"draws": 5}, **changes})
        values = read_settings(study).model_dump(mode="json")
        return do_study("town", values, tmp_path / folder, source=None, cache=cache)

    return done


class First(NamedTuple):
    """The tiny town's study, done once with an empty cache."""

    folder: Path
    cache: Path
    record: dict[str, Any]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory, write_study: Callable[..., Path]) -> First:
    base = tmp_path_factory.mktemp("first")
    study = write_study(base / "town", scores={"draws": 5})
    values = read_settings(study).model_dump(mode="json")
    folder, cache = base / "out", base / "cache"
    return First(folder, cache, do_study("town", values, folder, source=None, cache=cache))


def results(folder: Path) -> dict[str, str]:
    """Hashes of the results in a folder."""
    outputs: dict[str, str] = json.loads((folder / "manifest.json").read_text())["outputs"]
    return outputs


def made(record: dict[str, Any]) -> set[str]:
    return {step for step, how in record["steps"].items() if how == "made"}


def test_what_is_remembered_changes_no_byte(first: First, do: Do, tmp_path: Path) -> None:
    do("alone")
    second = do("second", cache=first.cache)
    assert made(first.record) == set(second["steps"]) >= FIRST
    assert made(second) == set()
    written = [
        results(folder) for folder in (tmp_path / "alone", first.folder, tmp_path / "second")
    ]
    assert written[0] == written[1] == written[2]
    assert first.record["summary"] == second["summary"]


def test_what_a_process_holds_is_what_stands_on_the_disk(
    first: First, do: Do, tmp_path: Path
) -> None:
    """Steps may be given the same value again, so none may change it."""
    for number in (1, 2):
        do(f"turn{number}", cache=first.cache, siting={"new_posts": number})
    held = {path: value for path, (value, *_) in _held.items() if path.parent == first.cache}
    assert {path.name.rpartition("-")[0] for path in held} >= FIRST
    for path, value in held.items():
        write_value(value, tmp_path / "again")
        assert (tmp_path / "again").read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    ("changes", "anew"),
    [
        ({"siting": {"new_posts": 1}}, set()),
        (
            {"standard": {"name": "everyday_500_800"}},
            {
                *("times", "opening_hours", "walking_profiles", "compliance", "areas"),
                *("backdrop", "doors_now", "zones_now"),
            },
        ),
        ({"walk": {"profile": "older"}}, None),
    ],
    ids=["posts", "standard", "profile"],
)
def test_only_what_a_setting_matters_to_is_made_anew(
    changes: dict[str, Any], anew: set[str] | None, first: First, do: Do, tmp_path: Path
) -> None:
    other = do("other", cache=first.cache, **changes)
    if anew is None:
        anew = set(other["steps"]) - {"source", "population"}
    assert made(other) == anew
    do("alone", **changes)
    assert results(tmp_path / "other") == results(tmp_path / "alone")


@pytest.fixture
def again(first: First, tmp_path: Path) -> Path:
    """A copy of the results, to be spoilt."""
    return Path(shutil.copytree(first.folder, tmp_path / "again"))


def test_a_study_that_is_done_is_not_done_again(first: First, again: Path, do: Do) -> None:
    told = do("again")
    assert (first.record["before"], told["before"]) == (False, True)
    assert told == first.record | {"before": True}


@pytest.mark.parametrize("loss", ["map.html", "summary.json", "manifest.json", RECORD])
@pytest.mark.parametrize("way", ["removed", "changed"])
def test_a_study_that_lost_a_file_is_not_done(
    loss: str, way: str, first: First, again: Path
) -> None:
    follows_from = first.record["follows_from"]
    assert done_before(again, follows_from) == first.record
    path = again / loss
    whole = path.read_bytes()
    path.unlink()
    if way == "changed":
        path.write_bytes(whole.replace(b'"', b"'", 1))
    assert done_before(again, follows_from) is None


@pytest.mark.parametrize("name", ["manifest.json", RECORD])
@pytest.mark.parametrize("text", [b"[" * 100_000, b"[]", b'{"outputs": 1}', b"\xff\xfe" * 9])
def test_a_study_whose_record_is_spoilt_is_not_done(
    text: bytes, name: str, first: First, again: Path
) -> None:
    (again / name).write_bytes(text)
    assert done_before(again, first.record["follows_from"]) is None
    with (again / name).open("wb") as file:
        file.truncate(1 << 40)
    assert done_before(again, first.record["follows_from"]) is None


def test_results_that_another_run_left_are_not_taken_for_a_study(first: First, again: Path) -> None:
    manifest = json.loads((again / "manifest.json").read_text())
    (again / "manifest.json").write_text(json.dumps(manifest | {"seed": 1}))
    assert done_before(again, first.record["follows_from"]) is None


def test_a_bad_study_tells_why_and_writes_nothing(do: Do, tmp_path: Path) -> None:
    told = do("out", posts={"registry": "nowhere.csv"})
    assert (told["status"], told["may_pass"], told["before"]) == ("failed", False, False)
    assert "nowhere.csv" in told["message"]
    assert not (tmp_path / "out").exists()


def test_a_cache_emptied_and_spoilt_changes_nothing(first: First, do: Do, tmp_path: Path) -> None:
    cache = Path(shutil.copytree(first.cache, tmp_path / "cache"))
    for number, kept in enumerate(contents_of(cache)):
        if number % 2:
            kept.path.unlink()
        else:
            kept.path.write_bytes(kept.path.read_bytes()[:-100])
    second = do("second", cache=cache)
    assert made(second) == set(second["steps"])
    assert results(tmp_path / "second") == results(first.folder)


def test_a_place_on_the_disk_does_not_matter_but_names_and_bytes_do(
    write_study: Callable[..., Path], tmp_path: Path
) -> None:
    here, there = (write_study(tmp_path / name) for name in ("here", "there"))
    told = [hashed(read_settings(path), None) for path in (here, there)]
    assert told[0] == told[1]
    (tmp_path / "there" / "town.osm").write_text("<osm/>")
    assert hashed(read_settings(there), None) != told[0]


def test_nothing_asked_live_is_kept(write_study: Callable[..., Path], tmp_path: Path) -> None:
    study = write_study(tmp_path, source={"place": "Brigadoon"})
    assert hashed(read_settings(study), None)["live"]
    assert not hashed(read_settings(write_study(tmp_path)), None)["live"]
