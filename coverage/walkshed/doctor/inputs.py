"""What a study is made from: files, their age, their extent, figures that nobody verified."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from functools import partial
from pathlib import Path

import geopandas as gpd
import shapely
from pydantic import BaseModel

from ..errors import InputError
from ..language import format_date, format_number, format_share, translate, translate_count
from ..scenario import read_scenario
from ..settings import PATHS, StudySettings
from ..sources.choose import OpenedSource
from ..sources.osm import OsmExtract
from ..sources.posts import read_posts
from ..standards import Cited, DoctorLimits
from ..study.bands import other_walkers, standards_of
from .findings import Finding

MAY_BE_MISSING = ("source", "snapshot")
"""The one file that a study may name before it is there."""


def unusable(settings: StudySettings, language: str) -> Iterator[Finding]:
    """Files that are missing, and what cannot be read: a run would stop there.

    Of each file all problems are told, and of a study all such files.
    """
    missing = [
        (".".join(key), path)
        for key in PATHS
        if key != MAY_BE_MISSING and (path := _path(settings, key)) and not path.exists()
    ]
    for name, path in missing:
        yield Finding(
            "error",
            "file_missing",
            translate("`{key}`: {file}: no such file", language, key=name, file=path),
            translate("Put the file there, or mend or remove the key.", language),
        )
    gone = {path for _, path in missing}
    readers: list[tuple[Callable[[Path], object], Path | None]] = [
        (read_posts, settings.posts.registry),
        (read_scenario, settings.scenario),
    ]
    checks: list[Callable[[], object]] = [
        partial(standards_of, settings),
        partial(other_walkers, settings),
    ]
    checks += [partial(read, path) for read, path in readers if path and path not in gone]
    for check in checks:
        try:
            check()
        except InputError as error:
            yield refusal(error, language)


def refusal(error: InputError, language: str) -> Finding:
    """An input that cannot be used, in the words of its reader."""
    todo = translate("Mend it as the message says; nothing can be computed before.", language)
    return Finding("error", "input_unusable", str(error), todo)


def sources(
    opened: OpenedSource, limits: DoctorLimits, today: date, language: str
) -> Iterator[Finding]:
    """Which source answered, how old it is, what of it could not be used."""
    for why in opened.passed_over:
        yield Finding(
            "note",
            "source_passed_over",
            translate("A source did not answer: {why}", language, why=why),
            translate("Pin a snapshot, so that the study stays what it is.", language),
        )
    extract = opened.extract
    if opened.is_schematic:
        yield Finding(
            "warning",
            "schematic",
            translate(
                "The city is made up from parameters: no finding is about a real place", language
            ),
            translate("Put an extract of the real city where `source.snapshot` says.", language),
        )
    else:
        yield from _age(extract, limits, today, language)
    for problem, rows in extract.defects.groupby("problem"):
        yield Finding(
            "note",
            "object_unusable",
            translate_count(
                "{problem}: {count} object",
                "{problem}: {count} objects",
                len(rows),
                language,
                problem=problem,
            ),
            translate(
                "Where the extract was cut this is to be expected; else mend it in OpenStreetMap.",
                language,
            ),
            str(rows["osm_id"].iloc[0]),
        )


def notes(told: Iterable[str], language: str) -> Iterator[Finding]:
    """What the readers of the inputs had to say, in their words."""
    for note in told:
        todo = translate("Nothing, if it is meant so; else mend the input.", language)
        yield Finding("note", "input_note", note, todo)


def _age(
    extract: OsmExtract, limits: DoctorLimits, today: date, language: str
) -> Iterator[Finding]:
    todo = translate("Get a newer extract; new housing and posts may be missing.", language)
    if not extract.osm_date:
        what = translate("{name} does not say of which date it is", language, name=extract.name)
        yield Finding("warning", "osm_undated", what, todo)
        return
    years = (today - date.fromisoformat(extract.osm_date)).days / 365.25
    if years > limits.osm_age_max_years.value:
        yield Finding(
            "warning",
            "osm_old",
            translate(
                "{name} is of {date}, {years} years old",
                language,
                name=extract.name,
                date=format_date(extract.osm_date, language),
                years=format_number(years, language, decimals=1),
            ),
            todo,
        )


def areas_cut(
    areas: gpd.GeoDataFrame, extract: OsmExtract, limits: DoctorLimits, language: str
) -> Iterator[Finding]:
    """Neighbourhoods that reach out of the data, by the share of their area."""
    frame = shapely.box(*extract.bounds)
    for osm_id, area in areas.iterrows():
        outside = area.geometry.difference(frame)
        share = outside.area / area.geometry.area
        if share > limits.area_outside_share_max.value:
            at = outside.representative_point()
            yield Finding(
                "note",
                "area_beyond_data",
                translate(
                    "{share} of {name} lie beyond the streets of the extract",
                    language,
                    share=format_share(share, language),
                    name=area["name"] or osm_id,
                ),
                translate(
                    "If people live there, give an extract that holds the whole of it.", language
                ),
                str(osm_id),
                round(at.x, 6),
                round(at.y, 6),
            )


def unverified(standards: Mapping[str, BaseModel], language: str) -> Iterator[Finding]:
    """Figures of the standards in use that nobody has seen in their source."""
    figures = {
        f"{name}.{key}": value
        for name, standard in standards.items()
        for key, value in standard
        if isinstance(value, Cited)
    }
    names = [name for name, figure in figures.items() if not figure.verified]
    if names:
        yield Finding(
            "note",
            "standards_unverified",
            translate(
                "{count} of {all} figures in use were not seen in their source: {names}",
                language,
                count=len(names),
                all=len(figures),
                names=", ".join(names),
            ),
            translate(
                "Have a person check them in the printed documents; `standards/*.toml` cites each.",
                language,
            ),
        )


def _path(settings: StudySettings, key: tuple[str, ...]) -> Path | None:
    value: object = settings
    for part in key:
        value = getattr(value, part)
    return value if isinstance(value, Path) else None
