"""Keep two programs from writing into one folder at once.

The folder holds a locked file while one writes there, and none when it has ended. The system lets
go of the lock however a process ends, so what a killed one left behind stops nobody.
"""

import errno
import logging
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path

from .errors import SettingsError

logger = logging.getLogger(__name__)

LOCK = ".walkshed.lock"
ASIDE = ".walkshed-"
"""How the name of a folder begins in which files are made aside, in the one they are meant for."""

TAKEN = frozenset({errno.EAGAIN, errno.EACCES, errno.EDEADLK})
LOOK_AGAIN_S = 0.1

_held: ContextVar[frozenset[Path]] = ContextVar("_held", default=frozenset())


@contextmanager
def alone_in(folder: Path, *, wait_s: float = 0.0) -> Iterator[None]:
    """Keep others out of a folder, which is made if need be and goes again if it stays empty.

    Whoever has it may ask for it again within. What a killed process left aside there is removed.
    On a disk that knows no locks, which is logged, nobody is kept out.

    Parameters
    ----------
    folder
        The folder; those in it are not meant.
    wait_s
        How long another's end is waited for.

    Raises
    ------
    SettingsError
        Another writes there, or the folder cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with alone_in(Path(folder)), alone_in(Path(folder)):
    ...         print([file.name for file in Path(folder).iterdir()])
    ...     print(list(Path(folder).iterdir()))
    ['.walkshed.lock']
    []
    """
    place = folder.resolve()
    if place in _held.get():
        yield
        return
    made = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        handle = _locked_by(folder, time.monotonic() + wait_s)
    except OSError as error:
        _remove_empty(made)
        raise SettingsError(
            f"{folder}: cannot write there ({error.strerror}); choose another with --out"
        ) from error
    token = _held.set(_held.get() | {place})
    try:
        yield
    finally:
        _held.reset(token)
        _let_go(handle, folder / LOCK)
        _remove_empty(made)


def _locked_by(folder: Path, deadline_s: float) -> int:
    """Open the lock of a folder and lock it, or say that another has it."""
    while True:
        folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            _lock(handle)
        except OSError as error:
            if error.errno not in TAKEN:
                logger.warning("%s: cannot be locked (%s)", folder, error.strerror)
                return handle
            os.close(handle)
            if time.monotonic() >= deadline_s:
                raise SettingsError(
                    f"{folder}: another walkshed writes there; wait for its end, or choose another "
                    "folder with --out"
                ) from error
            time.sleep(LOOK_AGAIN_S)
            continue
        if _is_still(handle, folder / LOCK):
            for left in folder.glob(f"{ASIDE}*"):
                shutil.rmtree(left, ignore_errors=True)
            return handle
        os.close(handle)  # whoever had it removed it in the meantime


def _lock(handle: int) -> None:
    if os.name == "nt":
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined,unused-ignore]
    else:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _is_still(handle: int, path: Path) -> bool:
    """Whether an open file is the one that has this name now."""
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(handle), path.stat())
    return False


def _let_go(handle: int, path: Path) -> None:
    """Remove the lock, and only then let go of it; Windows removes no file that is open."""
    with suppress(OSError):
        path.unlink()
    os.close(handle)
    if os.name == "nt":
        with suppress(OSError):
            path.unlink()


def _remove_empty(folders: list[Path]) -> None:
    for path in folders:
        with suppress(OSError):
            path.rmdir()
