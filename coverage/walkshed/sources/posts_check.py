"""What there is to say about a registry of posts, for a person or for a machine."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from ..language import format_number, translate
from ..schemas import KINDS, PRECISION_RADIUS_M, STATUSES
from ..settings import PostsSettings, StudySettings
from ._sheets import Problem, Sheet
from ._vocabulary import kind_labels, precision_labels, status_labels
from .city_posts import located_by_words, of_city, police_of
from .merged_posts import merge_posts
from .osm import read_osm
from .posts import RegistryRead, located_count, read_registry


def check_registry(
    path: Path, study: StudySettings | None = None, osm: Path | None = None
) -> tuple[RegistryRead, pd.DataFrame | None]:
    """Read a registry for checking; a study adds its area and the CRS it states.

    The area is that of the extract given, or of the study's where one is at hand; nothing is
    downloaded. Posts without coordinates are looked up in it (`matching.match_posts`). Where its
    posts contradict the registry, that is told in notes.

    Returns
    -------
    tuple
        What was read, and one row for each post of the study without coordinates; None where
        there is no extract to look them up in.

    Raises
    ------
    SourceError
        When the registry or the extract is missing or not of its format.
    """
    posts = study.posts if study else PostsSettings()
    file = osm or (_extract_at_hand(study) if study else None)
    if file is None:
        read = read_registry(path, crs=posts.crs)
        notes = (Problem(_nothing_at_hand(study)), *read.notes) if study else read.notes
        return replace(read, notes=notes), None
    extract = read_osm(file)
    read = read_registry(path, extent=extract.bounds, crs=posts.crs)
    crs = gpd.GeoSeries([shapely.box(*extract.bounds)], crs=4326).estimate_utm_crs()
    found = police_of(extract)
    city, matches = located_by_words(of_city(read.posts, posts), found, posts, extract, crs=crs)
    conflicts = merge_posts(city, found).conflicts
    return replace(read, notes=(*read.notes, *_conflicts_told(conflicts))), matches


def _nothing_at_hand(study: StudySettings) -> str:
    return (
        f"{study.name} has no extract at hand: places far outside the study area, and swapped "
        "coordinates that are places all the same, were not looked for, nor posts by their words"
    )


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


def check_as_json(read: RegistryRead, matches: pd.DataFrame | None = None) -> dict[str, Any]:
    """Give problems, notes and counts for machines; a problem of no row has the row null."""
    return {
        "without_coordinates": None
        if matches is None
        else matches.astype(object).where(matches.notna(), None).reset_index().to_dict("records"),
        "problems": _placed(read.sheet, read.problems),
        "notes": _placed(read.sheet, read.notes),
        "summary": registry_summary(read),
    }


def _placed(sheet: Sheet, problems: Sequence[Problem]) -> list[dict[str, Any]]:
    ordered = sorted(problems, key=lambda problem: problem.row or 0)
    return [sheet.place(problem.row) | {"text": problem.text} for problem in ordered]


def check_in_words(
    read: RegistryRead, language: str, matches: pd.DataFrame | None = None
) -> list[str]:
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
    lines += [] if matches is None else _matches_in_words(matches, language)
    return [line for line in lines if line.strip()]


def _matches_in_words(matches: pd.DataFrame, language: str) -> list[str]:
    """Say of each post without coordinates what its words name on the map, or why nothing."""
    labels = precision_labels(language)
    lines = [
        translate(
            "Without coordinates: {missing}; found on the map by their words: {found}",
            language,
            missing=format_number(len(matches), language),
            found=format_number(int((matches["osm_id"] != "").sum()), language),
        )
    ]
    for post_id, row in matches.iterrows():
        place = f"{row['matched']} ({row['osm_id']}), {labels[row['location_precision']]}"
        told = [place if row["osm_id"] else "", row["reason"], row["alternatives"]]
        lines.append(f"  {post_id}: {'; '.join(text for text in told if text)}")
    return lines
