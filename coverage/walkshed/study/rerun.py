"""Do a run again from its manifest, and say file by file whether the bytes are the same.

The manifest names every input with its hash, but not where it lies: inputs are looked for by name
and hash in folders that the caller gives. Files that were written into the run's folder
afterwards, such as reports, are not in the manifest and not compared.
"""

import json
import logging
import os
import platform
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, cast

import pandas as pd

from ..errors import SettingsError, SourceError, one_message
from ..reports.read import read_manifest
from ..settings import SourceName, StudySettings, settings_from
from ..sources.osm import file_sha256
from .files import write_study
from .inputs import EXTRACTS, with_paths
from .run import run_study
from .survey import Tell

logger = logging.getLogger(__name__)

UNPROVEN = frozenset({"time_limit", "interrupted"})
CHUNK_BYTES = 1 << 20


@dataclass(frozen=True)
class Difference:
    """A file of a run that its rerun did not make again byte for byte.

    Attributes
    ----------
    file
        Its name.
    what
        "changed"; "missing" (only the old run has it); "new" (only the rerun has it).
    first_byte
        Place of the first byte that differs, from 0; None where the old file is not at hand.
    parts
        Columns of a table, or keys of a JSON file, that differ; empty where that is not known.
    """

    file: str
    what: str
    first_byte: int | None = None
    parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rerun:
    """What came of doing a run again.

    Attributes
    ----------
    files
        How many files the two runs have together.
    differences
        Those that are not equal, by name; none where the rerun is the same byte for byte.
    versions
        Python and packages whose version is another one now: (then, now).
    search_was_stopped
        Whether the search for new posts ended by its time limit: it may end elsewhere each time.
    """

    files: int
    differences: tuple[Difference, ...]
    versions: Mapping[str, tuple[str, str]]
    search_was_stopped: bool


def rerun(
    manifest_path: Path, out: Path, *, folders: Sequence[Path], tell: Tell = logger.info
) -> Rerun:
    """Run a study again as a manifest describes it, and compare the files.

    Parameters
    ----------
    manifest_path
        `manifest.json` of a run. Files beside it that still have the hashes it names are compared
        byte by byte, else by their hash alone.
    out
        Folder for the rerun; not the one of the run itself.
    folders
        Where to look for the inputs, with all folders in them (hidden ones left out).
    tell
        Called with the name of each step as it begins.

    Raises
    ------
    SettingsError
        `out` is the run's own folder.
    SourceError
        The file is no manifest of a run; inputs were not found, or are other files now; or they
        were asked for live.
    """
    manifest = read_manifest(manifest_path)
    before = manifest_path.parent
    if out.resolve() == before.resolve():
        raise SettingsError(f"{out}: is the run's own folder; choose another with --out")
    settings = settings_again(manifest, manifest_path, folders)
    result = run_study(settings, source=cast(SourceName, manifest["source"]), tell=tell)
    tell("writing maps and tables")
    write_study(result, out)
    again = read_manifest(out / "manifest.json")
    return Rerun(
        files=len({*manifest["outputs"], *again["outputs"]}),
        differences=_differences(manifest["outputs"], again["outputs"], before, out),
        versions=_other_versions(manifest),
        search_was_stopped=result.plan.status in UNPROVEN,
    )


def settings_again(
    manifest: Mapping[str, Any], path: Path, folders: Sequence[Path]
) -> StudySettings:
    """Settings of the run, with its inputs where they lie now."""
    if manifest["source"] == "live":
        raise SourceError(
            f"{path}: the run asked OpenStreetMap live, and what it answered is not kept; pin it "
            "with `walkshed fetch`, run the study on that, and that run can be done again"
        )
    wanted = {
        entry["key"]: (str(entry["name"]), str(entry["sha256"]))
        for entry in manifest["inputs"]
        if entry.get("key")
    }
    if manifest["source"] != "schematic" and not EXTRACTS & wanted.keys():
        raise SettingsError(f"{path}: does not say which file the streets came from; run it anew")
    found = find_inputs(wanted, folders, str(path))
    values = with_paths(manifest["settings"], found)
    name = str(values.pop("name", path))
    return settings_from(values, name)


def find_inputs(
    wanted: Mapping[str, tuple[str, str]], folders: Sequence[Path], manifest_name: str
) -> dict[str, Path]:
    """Find files by name and hash.

    Parameters
    ----------
    wanted
        Name and SHA-256 of each file, by key.
    folders
        Where to look, with all folders in them; hidden ones are left out.
    manifest_name
        What messages call the manifest.

    Returns
    -------
    dict
        The path of each file, by key.

    Raises
    ------
    SourceError
        With all files that were not found, or found with other bytes.
    """
    places = _files_named({name for name, _ in wanted.values()}, folders)
    found, problems = {}, []
    for key, (name, sha256) in wanted.items():
        same = next((path for path in places[name] if file_sha256(path) == sha256), None)
        if same is not None:
            found[key] = same
            continue
        looked = ", ".join(str(folder) for folder in folders)
        if places[name]:
            others = ", ".join(str(path) for path in places[name])
            problems.append(
                f"`{key}`: {others} is not the file of the run (its SHA-256 was {sha256}); "
                "bring that one back"
            )
        else:
            problems.append(f"`{key}`: no {name} in {looked}; say where it is with --inputs")
    if problems:
        raise SourceError(one_message(manifest_name, problems))
    return found


def _files_named(names: set[str], folders: Sequence[Path]) -> dict[str, list[Path]]:
    places: dict[str, list[Path]] = {name: [] for name in names}
    for top in folders:
        for folder, inner, files in os.walk(top):
            inner[:] = sorted(name for name in inner if not name.startswith("."))
            for name in names.intersection(files):
                places[name].append(Path(folder) / name)
    return places


def _differences(
    then: Mapping[str, str], now: Mapping[str, str], before: Path, after: Path
) -> tuple[Difference, ...]:
    found = []
    for name in sorted({*then, *now}):
        if name not in now:
            found.append(Difference(name, "missing"))
        elif name not in then:
            found.append(Difference(name, "new"))
        elif then[name] != now[name]:
            old = before / name
            at_hand = old.is_file() and file_sha256(old) == then[name]
            found.append(
                _difference_within(old, after / name) if at_hand else Difference(name, "changed")
            )
    return tuple(found)


def _difference_within(old: Path, new: Path) -> Difference:
    parts: tuple[str, ...] = ()
    if new.suffix == ".parquet":
        parts = _columns_that_differ(pd.read_parquet(old), pd.read_parquet(new))
    elif new.suffix == ".json":
        values = (json.loads(path.read_text(encoding="utf-8")) for path in (old, new))
        parts = tuple(_keys_that_differ(*values))
    return Difference(new.name, "changed", _first_byte_that_differs(old, new), parts)


def _columns_that_differ(old: pd.DataFrame, new: pd.DataFrame) -> tuple[str, ...]:
    """Columns that hold other values, or that only one table has; all where the rows differ."""
    if not old.index.equals(new.index):
        return tuple(sorted({*map(str, old), *map(str, new)}))
    return tuple(
        str(name)
        for name in sorted({*old, *new})
        if name not in old or name not in new or not old[name].equals(new[name])
    )


def _keys_that_differ(old: Any, new: Any, within: str = "") -> list[str]:
    """Keys whose values differ, as `plan.gap`."""
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return [] if old == new else [within]
    prefix = f"{within}." if within else ""
    return [
        found
        for key in sorted({*old, *new})
        for found in _keys_that_differ(old.get(key), new.get(key), f"{prefix}{key}")
    ]


def _first_byte_that_differs(old: Path, new: Path) -> int:
    """Place of the first byte that differs; the end of the shorter file where it is all there."""
    at = 0
    with old.open("rb") as left, new.open("rb") as right:
        while True:
            a, b = left.read(CHUNK_BYTES), right.read(CHUNK_BYTES)
            if a != b:
                same = (i for i, pair in enumerate(zip(a, b, strict=False)) if pair[0] != pair[1])
                return at + next(same, min(len(a), len(b)))
            at += len(a)


def _other_versions(manifest: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    then = {"python": str(manifest.get("python", "")), **manifest["versions"]}
    now = {"python": platform.python_version()}
    now |= {name: _version(name) for name in manifest["versions"]}
    return {name: (then[name], now[name]) for name in then if then[name] != now[name]}


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return ""
