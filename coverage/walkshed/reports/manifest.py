"""The manifest: what a run was made from, and the hash of everything it made."""

import os
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ..sources.osm import file_sha256

PACKAGES = (
    "walkshed", "folium", "geopandas", "h3", "highspy", "numpy", "osmium", "pandas", "pyproj",
    "scipy", "shapely",
)  # fmt: skip


def manifest(
    folder: Path,
    *,
    settings: Mapping[str, Any],
    standards: Mapping[str, Any],
    inputs: Sequence[Mapping[str, Any]],
    source: str,
    passed_over: Sequence[str],
    notes: Sequence[str],
    posts_left_out: Sequence[Mapping[Any, Any]],
    crs: str,
    seed: int,
) -> dict[str, Any]:
    """Describe a run whose files stand in `folder`.

    Parameters
    ----------
    folder
        Every file in it is listed with its SHA-256.
    settings, standards
        The study's settings, and the named standards as they were applied, with their sources.
    inputs
        `name`, `sha256`, `date` and what else is known of each file read.
    source, passed_over
        Which of the study's sources answered, and why those before it did not.
    notes
        What there is to know of the files read: rows and columns left out, texts kept as text.
    posts_left_out
        Posts taken to be another one again.
    crs, seed
        Metric CRS of the run, and the seed of the optimiser.
    """
    return {
        "created": _now().isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in PACKAGES},
        "source": source,
        "sources_passed_over": list(passed_over),
        "input_notes": list(notes),
        "posts_left_out": list(posts_left_out),
        "crs": crs,
        "seed": seed,
        "inputs": list(inputs),
        "settings": settings,
        "standards": standards,
        "outputs": {
            file.name: file_sha256(file) for file in sorted(folder.iterdir()) if file.is_file()
        },
    }


def _now() -> datetime:
    """The time of day, or the one that SOURCE_DATE_EPOCH names (reproducible-builds.org)."""
    asked = os.environ.get("SOURCE_DATE_EPOCH", "")
    return datetime.fromtimestamp(int(asked), UTC) if asked.isdecimal() else datetime.now(UTC)
