"""What there is to say about a registry of posts, for a person or for a machine."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..language import format_number, translate
from ..schemas import KINDS, PRECISION_RADIUS_M, STATUSES
from ..settings import StudySettings
from ._sheets import Problem, Sheet
from ._vocabulary import kind_labels, precision_labels, status_labels
from .posts import RegistryRead, located_count, read_registry


def check_registry(path: Path, study: StudySettings | None = None) -> RegistryRead:
    """Read a registry for checking; a study adds its area and the CRS it states.

    The area is that of the study's extract, where one is at hand; nothing is downloaded.

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
        return _with_note(read, why)
    from .osm import read_osm

    return read_registry(path, extent=read_osm(extract).bounds, crs=study.posts.crs)


def _extract_at_hand(study: StudySettings) -> Path | None:
    files = (study.source.file, study.source.snapshot)
    return next((path for path in files if path and path.exists()), None)


def _with_note(read: RegistryRead, text: str) -> RegistryRead:
    notes = (Problem(text), *read.notes)
    return RegistryRead(read.sheet, read.posts, read.rows, read.rows_wrong, read.problems, notes)


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
