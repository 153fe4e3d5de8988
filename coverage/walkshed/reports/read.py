"""Read a run's folder back: its manifest, its summary and its tables, as they were written.

In: a folder that `walkshed run` wrote. Out: `RunTables`. Every file that is read is first held to
the SHA-256 that the manifest has of it, so that a report never shows a table that was edited
afterwards. Files that the manifest does not name (reports, written later) are not looked at.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
from shapely.errors import ShapelyError

from ..errors import SourceError, one_message
from ..given_files import json_of, read_bytes
from ..sources.osm import file_sha256

MANIFEST, SUMMARY = "manifest.json", "summary.json"
_DAMAGE = (AttributeError, LookupError, OSError, RuntimeError, TypeError, ValueError)
"""What is raised on a table that lies of itself: a CRS that is none is a `RuntimeError`."""
TABLE = ".parquet"
NEEDED = (SUMMARY, f"doors{TABLE}", f"city{TABLE}", f"workload{TABLE}")
"""What every run of this version names in its manifest; those of older ones lack some."""


@dataclass(frozen=True, eq=False)
class RunTables:
    """What one run found, read from its folder.

    Attributes
    ----------
    folder
        Where it was read from.
    manifest, summary
        As in `manifest.json` and `summary.json`.
    tables
        By name (`doors`, `posts`, `curve` ...), each with the index and the CRS it was written
        with; a GeoDataFrame where it has geometry. A run has the tables of its study: ask with
        `in` before a table that not every study has.
    """

    folder: Path
    manifest: Mapping[str, Any]
    summary: Mapping[str, Any]
    tables: Mapping[str, pd.DataFrame]

    @property
    def language(self) -> str:
        """Language of the study."""
        return str(self.manifest["settings"]["language"])

    def __repr__(self) -> str:
        return f"RunTables({self.summary['city']}, {len(self.tables)} tables of {self.folder})"


def read_run(folder: Path) -> RunTables:
    """Read the folder of a run.

    Raises
    ------
    SourceError
        There is no manifest or it is not one of ours; a file that it names is missing, or is not
        the one that the run wrote. All such files are named in one message.
    """
    folder = Path(folder)
    manifest = read_manifest(folder / MANIFEST)
    outputs = {str(name): str(digest) for name, digest in manifest["outputs"].items()}
    names = sorted(name for name in outputs if name == SUMMARY or name.endswith(TABLE))
    problems = [problem for name in names if (problem := _problem(folder, name, outputs[name]))]
    problems += [
        f"{MANIFEST} names no {name}, as that of an older version; run the study again"
        for name in NEEDED
        if name not in names
    ]
    if problems:
        raise SourceError(one_message(str(folder), problems))
    return RunTables(
        folder=folder,
        manifest=manifest,
        summary=_read_object(folder / SUMMARY),
        tables={
            name.removesuffix(TABLE): read_table(folder / name)
            for name in names
            if name.endswith(TABLE)
        },
    )


def read_table(path: Path) -> pd.DataFrame:
    """Read a table of Parquet, a GeoDataFrame where it has geometry.

    Raises
    ------
    SourceError
        It is none, or a damaged one.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        has_geometry = b"geo" in (pq.read_schema(path).metadata or {})
        return gpd.read_parquet(path) if has_geometry else pd.read_parquet(path)
    except (pa.ArrowException, ShapelyError, *_DAMAGE) as error:
        told = str(error).partition("\n")[0]
        raise SourceError(f"{path}: cannot be read ({told}); run the study again") from error


def read_manifest(path: Path) -> dict[str, Any]:
    """Read the manifest of a run.

    Raises
    ------
    SourceError
        There is none, or it is not one of ours.
    """
    if not path.parent.is_dir():
        raise SourceError(f"{path.parent}: there is no such folder; give the folder of a run")
    if not path.exists():
        raise SourceError(
            f"{path.parent}: no {MANIFEST}, so this is not the folder of a run; give the one that "
            "`walkshed run` wrote (maps/<study>, or its --out)"
        )
    found = _read_object(path)
    objects = ("settings", "standards", "versions", "outputs")
    wanted = {"source": str, "inputs": list, **dict.fromkeys(objects, dict)}
    whole = all(isinstance(found.get(key), kind) for key, kind in wanted.items())
    if not whole or not all(map(_is_input, found["inputs"])):
        raise SourceError(f"{path}: not a manifest of walkshed; give the folder of a run")
    return found


def _is_input(entry: Any) -> bool:
    """Tell whether this is what a manifest says of a file; `key` is missing for some."""
    if not isinstance(entry, dict) or not isinstance(entry.get("key", ""), str | None):
        return False
    return isinstance(entry.get("name"), str) and isinstance(entry.get("sha256"), str)


def _read_object(path: Path) -> dict[str, Any]:
    """Read a JSON file that holds keys and values."""
    try:
        found = json_of(read_bytes(path, advice="give the folder of a run").decode("utf-8"))
    except SourceError:
        raise
    except ValueError as error:
        raise SourceError(f"{path}: cannot be read ({error}); run the study again") from error
    if not isinstance(found, dict):
        raise SourceError(f"{path}: not a manifest of walkshed; give the folder of a run")
    return found


def _problem(folder: Path, name: str, sha256: str) -> str:
    """Say what is wrong with a file of the run, if anything."""
    path = folder / name
    if path.name != name:
        return f"{MANIFEST} names {name}, which is no file of the folder; run the study again"
    if not path.is_file():
        return f"{path.name} is missing; run the study again"
    if file_sha256(path) != sha256:
        return (
            f"{path.name} is not the file that the run wrote (another SHA-256 than in {MANIFEST}); "
            "put the original back, or run the study again"
        )
    return ""
