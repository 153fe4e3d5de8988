"""Faults of disks, folders, signals, clocks, locales, names and networks; what each must come to.

The overview: each fault, and the tests that hold it where they are not in this file.

* OpenStreetMap's services refuse, are busy, silent, break off, answer a page or nonsense, run out
  of time or memory: `test_live.py`; a download goes on where it stopped: `test_fetch.py`; a batch
  asks once more, and only for that: `test_batch.py`. TLS and proxies: here.
* A full disk: here, `test_staged.py`, `test_fetch.py`, and `test_cache.py`, where it fails nothing.
* A folder that cannot be written: here and `test_fetch.py`. No home: `test_cache.py`.
* Two at once in one folder: here. A killed process: `test_writing.py`, `test_batch.py`.
* Ctrl-C and the system's wish to end: here; in a search for sites, `test_site_command.py`.
* Clocks, time zones, the same bytes: here and `test_writing.py`.
* Locales and code pages: here and `test_cli.py`. Names of files: here and `test_bad_input.py`.
* Python 3.11 to 3.13, lowest and newest versions: commands, in CONTRIBUTING.md.
"""

import errno
import logging
import os
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import geopandas as gpd
import osmnx
import pandas as pd
import pytest
import shapely

from overpass import BRIGADOON
from walkshed import alone
from walkshed.alone import LOCK, alone_in
from walkshed.batch.cache import contents_of, shrink
from walkshed.batch.table import write_results
from walkshed.errors import SettingsError, SourceError
from walkshed.reports import files
from walkshed.sources._polygons import read_polygons
from walkshed.sources.boundary import read_boundary
from walkshed.sources.osm import read_osm
from walkshed.sources.posts import read_posts

fcntl = pytest.importorskip("fcntl", reason="locks, limits and signals here are those of Unix")

BOX = gpd.GeoDataFrame(
    {"post_id": ["A"], "name": ["N"]}, geometry=[shapely.box(71.36, 42.89, 71.38, 42.91)], crs=4326
)
POINT = BOX.assign(geometry=BOX.geometry.representative_point()).set_index("post_id")


@contextmanager
def another_in(folder: Path) -> Iterator[None]:
    """Have another process, as far as the system can tell, write into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("a+b") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


# --- two at once ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "command",
    ["run STUDY", "site STUDY", "batch STUDY", "compare RUN RUN", "report RUN", "rerun M"],
)
def test_whoever_comes_second_is_refused_at_once_and_changes_nothing(
    command: str, written: Any, walkshed: Callable[..., Any], contents: Any, tmp_path: Path
) -> None:
    places = {"STUDY": written.study, "RUN": written.folder, "M": written.folder / "manifest.json"}
    words = [places.get(word, word) for word in command.split()]
    out = tmp_path / "out"
    with another_in(out):
        before = contents(out)
        ran = walkshed(*words, "--out", out)
        assert contents(out) == before
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.count("another walkshed writes there; wait for its end, or choose") == 1


def test_two_downloads_of_one_snapshot_are_not_mixed(
    walkshed: Callable[..., Any], tmp_path: Path
) -> None:
    with another_in(tmp_path / "town.osm.pbf.parts"):
        ran = walkshed("fetch", BRIGADOON, "--out", tmp_path / "town.osm.pbf")
    assert (ran.code, "another walkshed writes there" in ran.err) == (2, True)


def test_writing_waits_for_another_who_writes(tmp_path: Path) -> None:
    begun = threading.Event()

    def write() -> None:
        with files.staged(tmp_path) as stage:
            begun.set()
            time.sleep(0.2)
            (stage / "a.txt").write_text("first")

    other = threading.Thread(target=write)
    other.start()
    assert begun.wait(10)
    with files.staged(tmp_path) as stage:
        (stage / "a.txt").write_text((tmp_path / "a.txt").read_text() + ", second")
    other.join()
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "first, second"


def test_what_a_killed_process_left_stops_nobody_and_is_removed(tmp_path: Path) -> None:
    (tmp_path / LOCK).touch()  # the system has let go of it
    (tmp_path / ".walkshed-of-another").mkdir()
    (tmp_path / ".walkshed-of-another" / "a.txt").write_text("half")
    with alone_in(tmp_path):
        assert [path.name for path in tmp_path.iterdir()] == [LOCK]
    assert list(tmp_path.iterdir()) == []


def test_on_a_disk_without_locks_the_work_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def no_locks(_: int) -> None:
        raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))

    (tmp_path / ".walkshed-another").mkdir()
    monkeypatch.setattr(alone, "_lock", no_locks)
    with caplog.at_level(logging.WARNING), alone_in(tmp_path):
        pass
    assert "cannot be locked" in caplog.text
    assert [path.name for path in tmp_path.iterdir()] == [".walkshed-another"]


# --- disks and folders ---------------------------------------------------------------------------


@contextmanager
def room_for(size_bytes: int) -> Iterator[None]:
    """Let no file grow over a size: what a full disk is, to those who write."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


WIDE = pd.DataFrame({f"c{i}": range(i, i + 2000) for i in range(8)})
WRITERS: dict[str, Callable[[Path], None]] = {
    "gpkg": lambda stage: files.write_geopackage(stage / "a.gpkg", {"posts": POINT}),
    "parquet": lambda stage: files.write_parquet(stage, {"a": WIDE}),
    "xlsx": lambda stage: write_results(WIDE, WIDE, "", stage),
    "text": lambda stage: files.write_csv(stage, {"a": WIDE}),
}


@pytest.mark.parametrize("writer", WRITERS)
def test_a_full_disk_is_told_whatever_writes(writer: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("old")

    def fill() -> None:
        with files.staged(tmp_path) as stage:
            WRITERS[writer](stage)

    with room_for(9_000), pytest.raises(SettingsError, match="the disk is full; what stood there"):
        fill()
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.csv", "old")]


def test_a_failure_on_a_disk_with_room_stays_what_it_is(tmp_path: Path) -> None:
    def fail() -> None:
        with files.staged(tmp_path):
            raise RuntimeError("a fault of ours")

    with pytest.raises(RuntimeError, match="a fault of ours"):
        fail()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_told_before_any_work(
    written: Any,
    walkshed: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refused(*_: object) -> int:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(alone.os, "open", refused)  # who runs as root may write anywhere
    ran = walkshed("run", written.study, "--out", tmp_path / "deep" / "out")
    assert (ran.code, list(tmp_path.iterdir())) == (2, [])
    where = tmp_path / "deep" / "out"
    told = f"{where}: cannot write there (Read-only file system); choose another with --out"
    assert ran.err == f"walkshed: {told}\n"


def test_nothing_is_written_beside_the_inputs(written: Any) -> None:
    names = {path.name for path in written.study.parent.iterdir()}
    assert names == {"study.toml", "town.osm", "out"}


# --- ends ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_run_in_good_order(
    sent: signal.Signals,
    code: int,
    written: Any,
    walkshed: Callable[..., Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        with files.staged(tmp_path / "out") as stage:
            (stage / "half.txt").write_text("half")
            os.kill(os.getpid(), sent)
            time.sleep(10)

    before = signal.getsignal(sent)
    monkeypatch.setattr("walkshed.study.run_study", interrupted)
    ran = walkshed("run", written.study, "--out", tmp_path / "out")
    assert (ran.code, ran.out) == (code, "")
    assert ran.err.splitlines()[-1] == "walkshed: stopped; nothing is half-written"
    assert list(tmp_path.iterdir()) == []
    assert signal.getsignal(sent) == before


# --- clocks --------------------------------------------------------------------------------------


def test_files_of_the_cache_from_the_future_go_like_all_others(tmp_path: Path) -> None:
    for name, used_s in {"old": 1e9, "future": 4e9, "before_the_epoch": -1e9}.items():
        (tmp_path / f"{name}-1.walkshed").write_bytes(b"12345678")
        os.utime(tmp_path / f"{name}-1.walkshed", (used_s, used_s))
    assert [one.step for one in contents_of(tmp_path)] == ["before_the_epoch", "old", "future"]
    assert [one.step for one in shrink(tmp_path, 16)] == ["before_the_epoch"]
    assert len(shrink(tmp_path, 0)) == 2


@pytest.mark.parametrize("seconds", [0, 2**31 + 10**8])
def test_the_only_date_in_results_can_be_named(
    seconds: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from walkshed.reports.manifest import manifest

    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(seconds))
    nothing: dict[str, Any] = dict.fromkeys(
        ["settings", "standards", "inputs", "passed_over", "notes", "posts_left_out"], ()
    )
    told = manifest(tmp_path, **nothing, source="file", crs="EPSG:32642", seed=0)["created"]
    assert pd.Timestamp(told).timestamp() == seconds


# --- letters and names ---------------------------------------------------------------------------


def test_a_locale_without_letters_is_told(
    walkshed: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "PYTHONUTF8" not in walkshed("--help").err
    monkeypatch.setattr(sys, "getfilesystemencoding", lambda: "ascii")
    assert "set PYTHONUTF8=1" in walkshed("--help").err


NAMES = (
    *("a b", "Пост № 1", "a#1?", "x%20y", "q'\"", "-lead", "a|b", "a,b", "a:b", "http:--x", "[x]*"),
    *("!Срочно", "a.zip", "a.zip!b", "d.zip/in", "d!x/in", "#d?/in", "new\nline", "{0}", "я" * 110),
)


@pytest.mark.parametrize("name", NAMES)
def test_any_sign_may_be_in_a_name(name: str, tmp_path: Path, town_of: Callable[..., Any]) -> None:
    stem = tmp_path / name
    stem.parent.mkdir(exist_ok=True)

    def called(suffix: str) -> Path:
        return stem.with_name(stem.name + suffix)

    called(".geojson").write_text(BOX.to_json())
    assert read_boundary(called(".geojson")).area == pytest.approx(0.0004)
    assert len(read_polygons(called(".geojson")).shapes) == 1
    files.write_geopackage(called(".gpkg"), {"posts": POINT}, {}, {"name": ("Name", "what it is")})
    assert list(read_posts(called(".gpkg")).index) == ["A"]
    files.write_parquet(stem.parent, {stem.name: POINT}, {stem.name: "words"})
    assert len(gpd.read_parquet(called(".parquet"))) == 1
    town = town_of(houses=False, suburbs=False, police=False)
    assert read_osm(town.write(called(".osm"))).osm_date == "2024-03-05"
    names = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.*")}
    assert names - {"d.zip"} == {
        f"{name}{suffix}" for suffix in (".geojson", ".gpkg", ".parquet", ".osm")
    }


# --- networks ------------------------------------------------------------------------------------


@pytest.mark.allow_hosts(["127.0.0.1"])
@pytest.mark.parametrize(("fault", "asked"), [("SSLError", 1), ("ProxyError", 6)])
def test_neither_a_certificate_nor_a_proxy_ends_in_a_traceback(
    fault: str, asked: int, services: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from walkshed.settings import SourceSettings
    from walkshed.sources.fetch import fetch_snapshot, patient

    if fault == "SSLError":
        secure = services.url.replace("http:", "https:")
        monkeypatch.setattr(osmnx.settings, "nominatim_url", f"{secure}/nominatim/")
    else:
        monkeypatch.delenv("NO_PROXY")
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
        monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with pytest.raises(SourceError, match=rf"cannot be reached \(Nominatim: {fault}\); check"):
        fetch_snapshot(
            SourceSettings(place=BRIGADOON), tmp_path / "town.osm.pbf", patience=patient(5)
        )
    assert len(services.slept_s) == asked - 1
    assert list(tmp_path.iterdir()) == []
