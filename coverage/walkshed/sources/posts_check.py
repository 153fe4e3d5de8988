"""What there is to say about a registry of posts, for a person or for a machine."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from ..language import format_number, translate
from ..schemas import KINDS, PRECISION_RADIUS_M, STATUSES
from ..settings import StudySettings
from ._sheets import Problem, Sheet
from ._vocabulary import kind_labels, precision_labels, status_labels
from .city_posts import police_of
from .merged_posts import merge_posts
from .osm import read_osm
from .posts import RegistryRead, located_count, read_registry


def check_registry(path: Path, study: StudySettings | None = None) -> RegistryRead:
    """Read a registry for checking; a study adds its area and the CRS it states.

    The area is that of the study's extract, where one is at hand; nothing is downloaded. Where
    the posts of that extract contradict the registry, that is told in notes.

    Raises
    ------
    SourceError
        When the registry or the extract is missing or not of its format.
    """
    if study is None:
        return read_registry(path)
    extract = _extract_at_hand(study)
    if extract is None:
        read = read_registry(path, crs=study.posts.crs)
        why = (
            f"{study.name} has no extract at hand: places far outside the study area, and swapped "
            "coordinates that are places all the same, were not looked for"
        )
        return replace(read, notes=(Problem(why), *read.notes))
    found = read_osm(extract)
    read = read_registry(path, extent=found.bounds, crs=study.posts.crs)
    conflicts = merge_posts(read.posts, police_of(found)).conflicts
    return replace(read, notes=(*read.notes, *_conflicts_told(conflicts)))


def _conflicts_told(conflicts: pd.DataFrame) -> Iterator[Problem]:
    for row in conflicts.to_dict("records"):
        says = f"{row['registry_says']} here, {row['osm_says']} there"
        apart = "" if math.isnan(row["distance_m"]) else f", {row['distance_m']:.0f} m apart"
        whose = f"post `{row['post_id']}` and `{row['osm_post_id']}` of OpenStreetMap"
        yield Problem(f"{whose}: {row['conflict']} ({says}{apart})")


def _extract_at_hand(study: StudySettings) -> Path | None:
    files = (study.source.file, study.source.snapshot)
    return next((path for path in files if path and path.exists()), None)


def registry_summary(read: RegistryRead) -> dict[str, Any]:
    """Count the posts of a registry: of the rows without problems, and how many rows have some."""
    posts = read.posts
    count = located_count(posts)
    counted = {
        column: Counter(posts[column]) for column in ("kind", "status", "location_precision")
    }
    return {
        "file": Path(read.sheet.path).name,
        "rows": read.rows,
        "rows_with_problems": read.rows_wrong,
        "posts": len(posts),
        "by_kind": {kind: counted["kind"][kind] for kind in KINDS},
        "by_status": {status: counted["status"][status] for status in STATUSES},
        "known": count.known,
        "located": count.located,
        "by_precision": {name: counted["location_precision"][name] for name in PRECISION_RADIUS_M},
    }


def check_as_json(read: RegistryRead) -> dict[str, Any]:
    """Give problems, notes and counts for machines; a problem of no row has the row null."""
    return {
        "problems": _placed(read.sheet, read.problems),
        "notes": _placed(read.sheet, read.notes),
        "summary": registry_summary(read),
    }


def _placed(sheet: Sheet, problems: Sequence[Problem]) -> list[dict[str, Any]]:
    ordered = sorted(problems, key=lambda problem: problem.row or 0)
    return [sheet.place(problem.row) | {"text": problem.text} for problem in ordered]


def check_in_words(read: RegistryRead, language: str) -> list[str]:
    """Word notes and counts for a person, a line each."""
    counts = registry_summary(read)
    lines = [f"! {text}" for text in read.sheet.told(read.notes)]
    lines.append(
        translate(
            "{file}: {posts} posts; known posts located: {located} of {known}",
            language,
            file=counts["file"],
            posts=format_number(counts["posts"], language),
            located=format_number(counts["located"], language),
            known=format_number(counts["known"], language),
        )
    )
    for column, labels in {
        "by_kind": kind_labels(language),
        "by_status": status_labels(language),
        "by_precision": precision_labels(language),
    }.items():
        found = {labels[name]: n for name, n in counts[column].items() if n}
        lines.append("  " + ", ".join(f"{label}: {n}" for label, n in found.items()))
    if counts["rows_with_problems"]:
        lines.append(
            translate(
                "Not counted: {wrong} of {rows} rows, which have problems",
                language,
                wrong=format_number(counts["rows_with_problems"], language),
                rows=format_number(counts["rows"], language),
            )
        )
    return [line for line in lines if line.strip()]
