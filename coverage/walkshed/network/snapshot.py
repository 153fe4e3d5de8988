"""Snapshots: a `WalkNetwork` in one file, written once and loaded in tenths of a second.

A snapshot is a zip archive of `.npy` arrays (NumPy opens it as an `.npz`) with two JSON texts:
`header.json`, which says what the file is and where its data come from, and `words.json`, the
texts whose numbers the edges' names, classes and kinds are. Nothing is pickled, and nothing is
compressed: the same network with the same header gives the same bytes on every machine, and no
entry is larger than the file. The hash in the header covers all that the file holds but itself.
"""

import hashlib
import json
import math
import os
import struct
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..errors import SourceError
from ..given_files import check_file, json_of, stored_entry
from .graph import WalkNetwork, texts

FORMAT = "walkshed network"
VERSION = 2

ARRAYS: Mapping[str, tuple[str, str]] = {
    "node_ref": ("<i8", "nodes"),
    "node_xy": ("<f8", "nodes x 2"),
    "edge_u": ("<i4", "edges"),
    "edge_v": ("<i4", "edges"),
    "edge_length_m": ("<f8", "edges"),
    "edge_forward_s": ("<f8", "edges"),
    "edge_backward_s": ("<f8", "edges"),
    "edge_way_id": ("<i8", "edges"),
    "edge_class": ("<i4", "edges"),
    "edge_name": ("<i4", "edges"),
    "edge_kind": ("<i4", "edges"),
    "edge_lit": ("|i1", "edges"),
    "edge_is_open": ("|b1", "edges"),
    "xy": ("<f8", "vertices x 2"),
    "xy_start": ("<i4", "edges + 1"),
}
"""Arrays of a snapshot, in order, with type and shape; texts are numbers of words."""

TEXTS = ("edge_class", "edge_name", "edge_kind")
REQUIRED = ("source", "osm_date", "profile")
COUNTS = ("nodes", "edges", "vertices")
OWN_KEYS = ("format", "version", "crs", *COUNTS, "sha256")

# What `zipfile`, `json` and our own checks raise on a file that is not whole.
_DAMAGE = (
    zipfile.BadZipFile,
    ArithmeticError,
    EOFError,
    KeyError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
    struct.error,
)

Arrays = dict[str, npt.NDArray[Any]]
Words = dict[str, list[str]]


def save_network(network: WalkNetwork, path: Path, *, header: Mapping[str, Any]) -> None:
    """Write a network to one file; a file of that name is replaced once the new one is whole.

    Parameters
    ----------
    network
        The network.
    path
        File to write; any name.
    header
        Where the network comes from, as JSON values: at least `source` (the extract's name),
        `osm_date` and `profile`. The file adds `format`, `version`, `crs`, the counts `nodes`,
        `edges` and `vertices`, and `sha256`.

    Raises
    ------
    ValueError
        The header lacks a key, sets one that the file sets itself, or holds no JSON values.
    """
    if missing := [key for key in REQUIRED if key not in header]:
        raise ValueError(f"the header of a snapshot lacks {', '.join(missing)}")
    if taken := [key for key in OWN_KEYS if key in header]:
        raise ValueError(f"{', '.join(taken)}: the file sets this itself")
    named = {key: texts(getattr(network, key)) for key in TEXTS}
    words = {key: list(column.categories) for key, column in named.items()}
    values = {key: named[key].codes if key in TEXTS else getattr(network, key) for key in ARRAYS}
    arrays = {key: np.ascontiguousarray(values[key], dtype=ARRAYS[key][0]) for key in ARRAYS}
    full = {**header, "format": FORMAT, "version": VERSION, "crs": network.crs}
    full |= {"nodes": network.n_nodes, "edges": network.n_edges, "vertices": len(network.xy)}
    full["sha256"] = _sha256(full, words, arrays)
    passing = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with zipfile.ZipFile(passing, "w", zipfile.ZIP_STORED) as archive:
            _add(archive, "header.json", _json(full))
            _add(archive, "words.json", _json(words))
            for key, array in arrays.items():
                _add(archive, f"{key}.npy", _npy_start(array.dtype.str, array.shape), array)
        passing.replace(path)
    finally:
        passing.unlink(missing_ok=True)


def load_network(path: Path) -> tuple[WalkNetwork, dict[str, Any]]:
    """Read a network and its header from a snapshot.

    Raises
    ------
    SourceError
        The file is missing, is no snapshot, was cut off or changed, or was written by a newer
        version of walkshed.
    """
    check_file(path, advice="give the path of a snapshot")
    with path.open("rb") as file:
        if file.read(2) != b"PK":
            raise _foreign(path)
    try:
        with zipfile.ZipFile(path) as archive:
            header = _header(path, archive)
            words, arrays = _contents(archive, header)
            network = _network(header, words, arrays)
    except SourceError:
        raise
    except _DAMAGE as error:
        raise SourceError(
            f"{path}: the snapshot is damaged or cut off ({error}); build the network again"
        ) from error
    return network, header


# --- writing -------------------------------------------------------------------------------------


def _add(archive: zipfile.ZipFile, name: str, *parts: Any) -> None:
    """Add an entry that tells neither when nor on what system it was written."""
    entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
    entry.create_system = 3
    entry.external_attr = 0o644 << 16
    archive.writestr(entry, b"".join(parts))


def _json(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, allow_nan=False, indent=1).encode()


def _npy_start(dtype: str, shape: tuple[int, ...]) -> bytes:
    """First bytes of a `.npy` file; NumPy writes the same, padded by its version's taste."""
    text = f"{{'descr': '{dtype}', 'fortran_order': False, 'shape': {shape}, }}"
    text = text.ljust(117 if len(text) < 118 else 181) + "\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text.encode()


def _sha256(header: Mapping[str, Any], words: Words, arrays: Arrays) -> str:
    """Hash all that a snapshot holds but the hash."""
    signed = {key: value for key, value in header.items() if key != "sha256"}
    digest = hashlib.sha256(_json(signed) + _json(words))
    for key, array in arrays.items():
        digest.update(key.encode())
        digest.update(array.data)
    return digest.hexdigest()


# --- reading -------------------------------------------------------------------------------------


def _foreign(path: Path) -> SourceError:
    return SourceError(
        f"{path}: is no snapshot of a network; give a file that walkshed saved, or an .osm.pbf "
        "as the source"
    )


def _header(path: Path, archive: zipfile.ZipFile) -> dict[str, Any]:
    if "header.json" not in archive.namelist():
        raise _foreign(path)
    header = json_of(stored_entry(archive, "header.json"))
    if not isinstance(header, dict) or header.get("format") != FORMAT:
        raise _foreign(path)
    if header["version"] != VERSION:
        raise SourceError(
            f"{path}: was written by another version of walkshed (format {header['version']}, "
            f"this one reads {VERSION}); update walkshed, or build the network again"
        )
    return header


def _contents(archive: zipfile.ZipFile, header: Mapping[str, Any]) -> tuple[Words, Arrays]:
    """Read words and arrays, each of the very size that the header says, and check the hash."""
    if sorted(archive.namelist()) != sorted(
        ["header.json", "words.json", *(f"{key}.npy" for key in ARRAYS)]
    ):
        raise ValueError("entries are missing or strange")
    words = json_of(stored_entry(archive, "words.json"))
    arrays = {}
    for key, (dtype, shape) in ARRAYS.items():
        data = stored_entry(archive, f"{key}.npy")
        size = _shape(shape, header)
        start = _npy_start(dtype, size)
        if not data.startswith(start) or len(data) - len(start) != _bytes(dtype, size):
            raise ValueError(f"{key} is not what the header says")
        arrays[key] = np.frombuffer(data, dtype, offset=len(start)).reshape(size).copy()
    if _sha256(header, words, arrays) != header["sha256"]:
        raise ValueError("its hash is wrong")
    return words, arrays


def _shape(said: str, header: Mapping[str, Any]) -> tuple[int, ...]:
    """Turn "vertices x 2" into numbers.

    Examples
    --------
    >>> _shape("vertices x 2", {"vertices": 7}), _shape("edges + 1", {"edges": 3})
    ((7, 2), (4,))
    """
    count, *rest = said.split()
    rows = int(header[count])
    return (rows, 2) if rest == ["x", "2"] else (rows + (rest == ["+", "1"]),)


def _bytes(dtype: str, shape: tuple[int, ...]) -> int:
    return np.dtype(dtype).itemsize * math.prod(shape)


def _network(header: Mapping[str, Any], words: Words, arrays: Arrays) -> WalkNetwork:
    """Make the network, with numbers turned into words, if all numbers point somewhere."""
    nodes, vertices = int(header["nodes"]), int(header["vertices"])
    start = arrays["xy_start"]
    pointers = {key: (arrays[key], len(words[key])) for key in TEXTS}
    pointers |= {key: (arrays[key], nodes) for key in ("edge_u", "edge_v")}
    for key, (at, size) in pointers.items():
        if len(at) and not (at.min() >= 0 and at.max() < size):
            raise ValueError(f"{key} points nowhere")
    if start[0] != 0 or start[-1] != vertices or (np.diff(start) < 2).any():
        raise ValueError("xy_start points nowhere")
    named = {
        key: pd.Categorical.from_codes(arrays[key], categories=pd.Index(words[key], dtype=object))
        for key in TEXTS
    }
    return WalkNetwork(**{**arrays, **named, "crs": header["crs"]})
