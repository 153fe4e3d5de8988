"""What a study read: its files by key, name and hash, and its settings without a machine's folders.

A manifest holds both, and `rerun` finds the files again by them.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ..settings import PATHS, StudySettings
from ..sources.choose import OpenedSource
from ..sources.osm import file_sha256
from .result import StudyResult

EXTRACTS = frozenset({"source.file", "source.graphml", "source.snapshot"})
ON_RESIDENTS = frozenset(
    f"residents.{key}" for key in ("raster", "cells", "points", "totals", "planned")
)


def inputs_of(result: StudyResult) -> list[dict[str, Any]]:
    """List the files a study read, the extract first.

    Each has its `key` in the study file, `name` and `sha256`. A live download has no key, and what
    a schematic city was drawn to has none: their bytes are not kept. Files that say where people
    live tell their source and date too, or that none is stated.
    """
    settings, opened = result.settings, result.opened
    extract = {
        "key": _key_of_extract(opened),
        "name": opened.extract.name,
        "sha256": opened.extract.sha256,
        "date": opened.extract.osm_date,
        **opened.provenance,
        "defects": opened.extract.defects.to_dict("records"),
    }
    unread = {"source.boundary"} if opened.is_schematic else {"source.schematic"}
    files = {
        key: path
        for key, path in paths_of(settings.model_dump()).items()
        if key not in EXTRACTS | unread
    }
    return [extract, *(_file(key, path, settings) for key, path in files.items())]


def _key_of_extract(opened: OpenedSource) -> str | None:
    key = f"source.{opened.source}"
    return key if key in EXTRACTS else None


def _file(key: str, path: Path, settings: StudySettings) -> dict[str, Any]:
    described = {"key": key, "name": path.name, "sha256": file_sha256(path)}
    if key in ON_RESIDENTS:
        told = settings.residents
        described |= {"source": told.source or "not stated", "date": told.date or "not stated"}
    return described


def paths_of(settings: Mapping[str, Any]) -> dict[str, Path]:
    """Files that settings name, by key.

    Examples
    --------
    >>> paths_of({"scenario": "bridge.geojson", "zones": {"file": None}})["scenario"].name
    'bridge.geojson'
    """
    found = {}
    for *tables, key in PATHS:
        section = settings.get(tables[0], {}) if tables else settings
        if section.get(key) is not None:
            found[".".join((*tables, key))] = Path(section[key])
    return found


def with_paths(settings: Mapping[str, Any], paths: Mapping[str, Path | str]) -> dict[str, Any]:
    """Settings with other files under some keys.

    Examples
    --------
    >>> with_paths({"zones": {"file": "areas.gpkg"}}, {"zones.file": "mended.gpkg"})
    {'zones': {'file': 'mended.gpkg'}}
    """
    changed = {
        key: dict(value) if isinstance(value, dict) else value for key, value in settings.items()
    }
    for name, path in paths.items():
        *tables, key = name.split(".")
        (changed[tables[0]] if tables else changed)[key] = path
    return changed


def portable_settings(settings: StudySettings) -> dict[str, Any]:
    """Keep names of files, not the folders of the machine that ran the study."""
    values = settings.model_dump(mode="json")
    names = {key: path.name for key, path in paths_of(values).items()}
    return {**with_paths(values, names), "name": Path(settings.name).name}
