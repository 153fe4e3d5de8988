"""What steps of studies made, kept on disk under the hash of all that they follow from.

A name is a hash of settings, files, code and versions, so nothing in the cache is ever out of
date, and any file of it may go at any time. Files are written aside, put on the disk, and moved in
place: several processes may use one folder, and at worst make the same thing twice.
"""

import hashlib
import json
import logging
import os
import platform
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cache as once
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

from ..errors import SettingsError
from ..reports.files import synced
from ..reports.manifest import PACKAGES
from .stored import DAMAGE, Kinds, read_value, write_value

logger = logging.getLogger(__name__)

T = TypeVar("T")

SUFFIX = ".walkshed"
LIMIT_BYTES = 20 * 1000**3
HELD_BYTES = 150 * 1000**2
"""Files whose values a process holds in memory: enough for the next scenario of a large town."""

_held: dict[Path, tuple[Any, int, int]] = {}
"""Values of files, and the sizes and numbers of these; the one unasked for longest first."""
PACKAGE = Path(__file__).parents[1]


@dataclass(frozen=True)
class Kept:
    """A file of the cache: its step, its size, and when it was last used."""

    path: Path
    step: str
    size_bytes: int
    used_s: float


def cache_folder() -> Path:
    """Folder of the cache where none is named: WALKSHED_CACHE, or the user's own for caches.

    Raises
    ------
    SettingsError
        The user has no home.
    """
    if own := os.environ.get("WALKSHED_CACHE"):
        return Path(own)
    try:
        home = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
        return (Path(home) if home else Path.home() / ".cache") / "walkshed"
    except RuntimeError as error:
        raise SettingsError(
            "the cache has no place, for this user has no home: give a folder with --cache, or in "
            "the variable WALKSHED_CACHE"
        ) from error


def remembered(
    step: str, follows_from: object, make: Callable[[], T], *, folder: Path, kinds: Kinds
) -> T:
    """Give what a step makes: as it was kept, or made now and kept.

    Parameters
    ----------
    step
        Name of the step.
    follows_from
        All that it follows from, as JSON has it, files by their hashes; the code and the versions
        of the packages are added.
    make
        Makes it.
    folder
        Folder of the cache; made if need be.
    kinds
        Dataclasses that may be in it, by name.

    Returns
    -------
    T
        What `make` gives, or its equal; never to be changed, for the next to ask may be given the
        same. A file that is damaged is made anew; where nothing can be kept (a full disk), that is
        logged and nothing fails.
    """
    path = folder / f"{step}-{digest_of([step, follows_from, made_by()])}{SUFFIX}"
    with suppress(*DAMAGE):
        os.utime(path)
        found: T = _read(path, kinds)
        logger.info("%s: from the cache", step)
        return found
    made = make()
    try:
        _keep(made, path)
    except OSError as error:
        logger.warning("%s: not kept in %s (%s)", step, folder, error.strerror)
    return made


def _read(path: Path, kinds: Kinds) -> Any:
    """Read a file, or give what it held when this process read or wrote it last."""
    held = _held.get(path)
    value = held[0] if held and held[1:] == _told(path) else read_value(path, kinds)
    _hold(path, value)
    return value


def _hold(path: Path, value: object) -> None:
    _held.pop(path, None)
    _held[path] = value, *_told(path)  # the last one is the one last asked for
    while sum(size for _, size, _ in _held.values()) > HELD_BYTES:
        del _held[next(iter(_held))]


def _told(path: Path) -> tuple[int, int]:
    """Size of a file, and its number on the disk: another file of its name has another."""
    told = path.stat()
    return told.st_size, told.st_ino


def _keep(value: object, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    passing = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        write_value(value, passing)
        synced([passing])
        passing.replace(path)
        _hold(path, value)
    finally:
        passing.unlink(missing_ok=True)


def digest_of(value: object) -> str:
    """SHA-256 of a value of JSON."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


@once
def made_by() -> Mapping[str, Any]:
    """What makes things: the code, to the letter, Python and packages; also their machine's kind.

    Another processor or library may round the last bit another way.
    """
    digest = hashlib.sha256()
    for path in sorted(PACKAGE.rglob("*")):
        if path.suffix in (".py", ".toml"):
            digest.update(path.relative_to(PACKAGE).as_posix().encode() + b"\0")
            digest.update(path.read_bytes() + b"\0")
    versions = {name: version(name) for name in PACKAGES}
    machine = [platform.machine(), platform.system(), platform.python_version()]
    return {"code": digest.hexdigest(), "versions": versions, "machine": machine}


def contents_of(folder: Path) -> list[Kept]:
    """Files of a cache, the one unused for longest first, with what a killed process left."""
    found = []
    for path in folder.glob(f"*{SUFFIX}*"):
        with suppress(FileNotFoundError):  # another process may have removed it
            told = path.stat()
            step = path.name.rpartition("-")[0].lstrip(".")
            found.append(Kept(path, step, told.st_size, told.st_mtime))
    return sorted(found, key=lambda kept: (kept.used_s, kept.path.name))


def shrink(folder: Path, limit_bytes: int) -> list[Kept]:
    """Remove what was unused for longest, until the rest is no larger than the limit.

    Returns
    -------
    list of Kept
        What was removed.
    """
    kept = contents_of(folder)
    size, removed = sum(one.size_bytes for one in kept), []
    for one in kept:
        if size <= limit_bytes:
            break
        one.path.unlink(missing_ok=True)
        size -= one.size_bytes
        removed.append(one)
    return removed
