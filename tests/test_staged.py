"""Files of a run move in place only when all of them are written and on the disk."""

import errno
import os
from pathlib import Path

import pytest

from walkshed.errors import SettingsError
from walkshed.reports import files


def test_files_are_on_the_disk_before_they_are_moved_and_the_manifest_is_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    sync, replace = os.fsync, Path.replace
    name_of = {True: lambda _: "the folder", False: lambda path: path.name}

    def synced(handle: int) -> None:
        path = Path(f"/proc/self/fd/{handle}").readlink()
        told.append(f"sync {name_of[path == tmp_path](path)}")
        sync(handle)

    def moved(self: Path, target: Path) -> Path:
        told.append(f"move {self.name}")
        return replace(self, target)

    if not Path("/proc/self/fd").exists():
        pytest.skip("nothing here tells the file of a handle")
    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(Path, "replace", moved)
    with files.staged(tmp_path) as stage:
        for name in ("manifest.json", "a.csv", "z.csv"):
            (stage / name).write_text(name)
    assert set(told[:3]) == {"sync a.csv", "sync z.csv", "sync manifest.json"}
    assert told[3:] == [
        *("move a.csv", "move z.csv", "sync the folder", "move manifest.json", "sync the folder")
    ]


def test_a_full_disk_is_told_and_what_stood_there_is_whole(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("old")

    def fill() -> None:
        with files.staged(tmp_path) as stage:
            (stage / "a.csv").write_text("new")
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(stage / "b.csv"))

    with pytest.raises(SettingsError, match="the disk is full; what stood there is whole"):
        fill()
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("a.csv", "old")]


def test_another_fault_of_the_disk_stays_what_it_is(tmp_path: Path) -> None:
    def fail() -> None:
        with files.staged(tmp_path):
            raise OSError(errno.EIO, os.strerror(errno.EIO))

    with pytest.raises(OSError, match=os.strerror(errno.EIO)):
        fail()
