"""Files that a user gave, read so that none can hang, fill memory or end in a traceback.

In: a path that somebody wrote into a study or typed. Out: its bytes, its TOML or its JSON; or one
message that names the file, says what is wrong, and what to do.
"""

import json
import os
import re
import stat
import tomllib
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from .errors import InputError, SourceError

LARGEST_TABLE_BYTES = 256 * 1000**2
"""Of a table or a GeoJSON, some four million rows; read, it takes about ten times as much memory.

A GeoPackage, a raster, an extract of OpenStreetMap are read in parts and may be larger.
"""
LARGEST_SETTINGS_BYTES = 1000**2
DEEPEST = 64
"""Brackets within brackets of JSON, parts of a key of TOML; GeoJSON needs some ten."""

_MOST_DIGITS = 300
"""Whole numbers of more do not fit a float."""
_PIECE = 1 << 20
# A text that never ends is taken to the end: no quote within is tried again.
_TEXTS_OF_JSON = re.compile(rb'"(?:[^"\\]++|\\.)*+"?', re.DOTALL)
_KEY = r"""(?:[\w-]++|"(?:[^"\\\n]++|\\.)*+"|'[^'\n]*+')"""
_DEEP_KEY = re.compile(rf"(?<![\w\\-])(?:{_KEY}[ \t]*+\.[ \t]*+){{{DEEPEST}}}")
"""Tomllib takes time and memory by the square of the parts of a key."""


def check_file(
    path: Path,
    *,
    advice: str = "check the name and the folder",
    error: type[InputError] = SourceError,
    largest_bytes: float = float("inf"),
) -> None:
    """Refuse what is no plain file that can be opened, and what is larger than may be read.

    A pipe or a device is refused, for it may never end.

    Raises
    ------
    InputError
        Of the kind asked for, with the advice.
    """
    try:
        told = path.stat()
        if stat.S_ISREG(told.st_mode):
            path.open("rb").close()
    except (FileNotFoundError, NotADirectoryError):
        raise error(f"{path}: no such file; {advice}") from None
    except OSError as problem:
        raise error(f"{path}: cannot be read ({problem.strerror}); {advice}") from None
    except ValueError as problem:  # a NUL in the name
        raise error(f"{str(path)!r}: cannot be the name of a file ({problem}); {advice}") from None
    if stat.S_ISDIR(told.st_mode):
        raise error(f"{path}: cannot be read (it is a folder); {advice}")
    if not stat.S_ISREG(told.st_mode):
        raise error(f"{path}: cannot be read (a pipe or a device); save it as a file, give that")
    if told.st_size > largest_bytes:
        raise error(
            f"{path}: {told.st_size / 1e6:,.0f} MB, and at most {largest_bytes / 1e6:,.0f} MB are "
            "read of such a file; check that it is the right one, or leave out what is not needed"
        )


def read_bytes(
    path: Path,
    *,
    advice: str = "check the name and the folder",
    error: type[InputError] = SourceError,
    largest_bytes: float = LARGEST_TABLE_BYTES,
) -> bytes:
    """Read a file; what the system says against it becomes one message, as of `check_file`."""
    check_file(path, advice=advice, error=error, largest_bytes=largest_bytes)
    try:
        return path.read_bytes()
    except OSError as problem:
        raise error(f"{path}: cannot be read ({problem.strerror}); {advice}") from None


def read_toml(path: Path, *, advice: str, error: type[InputError]) -> dict[str, Any]:
    """Read a TOML file.

    Raises
    ------
    InputError
        Of the kind asked for: the file is missing, is no TOML in UTF-8, or is too large or too
        deep to be settings.
    """
    data = read_bytes(path, advice=advice, error=error, largest_bytes=LARGEST_SETTINGS_BYTES)
    try:
        text = data.decode("utf-8-sig")
        if _DEEP_KEY.search(text):
            raise ValueError(f"a key of more than {DEEPEST} parts")
        return tomllib.loads(text)
    except UnicodeDecodeError as problem:
        raise error(f"{path}: not UTF-8 text; save it as UTF-8") from problem
    except tomllib.TOMLDecodeError as problem:
        raise error(f"{path}: not TOML: {problem}; mend that line") from problem
    except RecursionError:
        raise error(f"{path}: not TOML: tables or lists too deep; leave the deepest out") from None
    except ValueError as problem:  # or a number of thousands of digits
        raise error(f"{path}: not TOML: {str(problem).partition(';')[0]}; mend it") from None


def stored_entry(archive: zipfile.ZipFile, name: str) -> bytes:
    """Read an entry of an archive of ours: not compressed, and no larger than the file it is in.

    Raises
    ------
    KeyError, ValueError, zipfile.BadZipFile, EOFError
        There is none of that name, or it is not as we write them.
    """
    entry = archive.getinfo(name)
    whole = os.fstat(archive.fp.fileno()).st_size if archive.fp else 0
    if entry.compress_type != zipfile.ZIP_STORED or entry.flag_bits & 1:
        raise ValueError(f"{name} is compressed or encrypted")
    if max(entry.file_size, entry.compress_size) > whole:
        raise ValueError(f"{name} says it is larger than the file")
    return archive.read(entry)


def json_of(data: bytes | str, *, parse_constant: Callable[[str], Any] | None = None) -> Any:
    """Parse JSON that a stranger may have written.

    Raises
    ------
    ValueError
        It is no JSON, or deeper than `DEEPEST`, or has numbers beyond what floats hold.

    Examples
    --------
    >>> json_of('{"a": [1, "[[["]}')
    {'a': [1, '[[[']}
    >>> json_of("[" * 100 + "]" * 100)
    Traceback (most recent call last):
    ...
    ValueError: 100 brackets within one another, more than 64
    """
    text = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data
    if (depth := _depth(text)) > DEEPEST:
        raise ValueError(f"{depth} brackets within one another, more than {DEEPEST}")
    return json.loads(data, parse_constant=parse_constant, parse_int=_whole_number)


def _depth(text: bytes) -> int:
    """The most brackets within one another, counted a piece at a time."""
    octets = np.frombuffer(_TEXTS_OF_JSON.sub(b"", text), dtype=np.uint8)
    depth = deepest = 0
    for piece in np.split(octets, range(_PIECE, len(octets), _PIECE)):
        opens = (piece == ord("[")) | (piece == ord("{"))
        closes = (piece == ord("]")) | (piece == ord("}"))
        depths = depth + (opens.astype(np.int64) - closes).cumsum()
        deepest = int(depths.max(initial=deepest))
        depth = int(depths[-1]) if len(depths) else depth
    return deepest


def _whole_number(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise ValueError(f"a number of {len(digits)} digits")
    return int(digits)
