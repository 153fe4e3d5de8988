"""Make every check of a study, and say what was found."""

import logging
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pandas as pd

from ..errors import InputError
from ..language import format_number, translate, translate_count
from ..network import pedestrian_rules
from ..settings import SourceName, StudySettings
from ..standards import doctor_limits, housing_defaults
from ..study.run import standards_of
from ..study.survey import Survey, survey_city
from . import barriers, doors, inputs, people, posts, streets, tags
from .findings import SEVERITIES, Finding, as_table
from .missing_crossings import missing_crossings

logger = logging.getLogger(__name__)

ROWS_TOLD = 5
"""Findings of one check that are printed; the table holds all."""


def examine_study(
    settings: StudySettings,
    *,
    today: date,
    source: SourceName | None = None,
    tell: Callable[[str], None] = logger.info,
) -> pd.DataFrame:
    """Examine the inputs of a study and the network, doors and posts made of them.

    Nothing is changed and nothing is sited. Inputs that cannot be used are told, all of them; then
    there is nothing else to look at.

    Parameters
    ----------
    settings
        What `read_settings` returns; `language` is that of the sentences.
    today
        The day from which the age of the data counts.
    source
        Use this source and no other.
    tell
        Called with the name of each step as it begins.

    Returns
    -------
    DataFrame
        One row a finding, the worst first: `severity` ("error": a run stops there, "warning": it
        may change numbers, "note"), `code` of the check, `what` was found and `todo` in words,
        `osm_id`, `lon`, `lat` in degrees, `doors` and `residents` it touches (None where that says
        nothing).
    """
    language = settings.language
    wrong = [*inputs.unusable(settings, language)]
    if wrong:
        return as_table(wrong)
    profile, _ = standards_of(settings)
    try:
        survey = survey_city(settings, profile, tell=tell, source=source)
    except InputError as error:
        return as_table([inputs.refusal(error, language)])
    tell("examining")
    return as_table(_examined(settings, survey, today))


def _examined(settings: StudySettings, survey: Survey, today: date) -> Iterator[Finding]:
    """All checks, in the order in which they are told within one severity."""
    language, limits, housing = settings.language, doctor_limits(), housing_defaults()
    walk, extract = survey.walk, survey.opened.extract
    rules = pedestrian_rules(settings.walk.rules)
    profile, standard = standards_of(settings)
    facts = Path(settings.name).parent / people.FACTS
    residents = float(walk.doors["residents"].sum())
    yield from inputs.sources(survey.opened, limits, today, language)
    yield from inputs.areas_cut(survey.areas, extract, limits, language)
    told = (*survey.known.notes, *survey.beside.notes, *survey.notes, *survey.population.notes)
    yield from inputs.notes(told, language)
    yield from posts.how_posts_are_known(survey.known, walk, language)
    yield from posts.where_posts_stand(walk, extract, limits, language)
    yield from people.totals(settings.residents, residents, extract, facts, limits, language)
    yield from people.homes(walk.doors, extract, housing, limits, language)
    yield from doors.not_reached(walk.doors, settings.walk.snap_max_m, language)
    yield from streets.islands(walk, language)
    yield from streets.gaps(walk, extract, limits, language)
    yield from streets.crossings_without_junction(walk, extract, limits, language)
    yield from missing_crossings(walk, extract, limits, language)
    yield from barriers.level_crossings(walk, extract, limits, language)
    yield from barriers.river_crossings(walk, extract, limits, language)
    yield from tags.closed_to_walkers(walk, extract, rules, limits, language)
    yield from tags.private_with_many_doors(walk, extract, rules, limits, language)
    yield from tags.unknown_highways(extract, rules, language)
    yield from tags.one_way_on_foot(walk.network, extract, language)
    yield from tags.drawn_twice(extract, rules, language)
    yield from doors.long_legs(walk.doors, limits, language)
    named = {"walking_profile": profile, "access_standard": standard, "housing": housing}
    yield from inputs.unverified(named, language)


def findings_in_words(findings: pd.DataFrame, language: str) -> list[str]:
    r"""Say what was found: one block a check, the worst first, at most `ROWS_TOLD` lines each.

    Examples
    --------
    >>> found = as_table([Finding("warning", "gap", "A gap.", "Join it.", "w7", 71.37, 42.9)])
    >>> print("\n".join(findings_in_words(found, "en")))
    Errors: 0, warnings: 1, notes: 0
    <BLANKLINE>
    warning · gap · 1
      A gap. (w7, 42.9, 71.37)
      → Join it.
    """
    count = findings["severity"].value_counts()
    errors, warnings, notes = (
        format_number(count.get(severity, 0), language) for severity in SEVERITIES
    )
    lines = [
        translate(
            "Errors: {errors}, warnings: {warnings}, notes: {notes}",
            language,
            errors=errors,
            warnings=warnings,
            notes=notes,
        )
    ]
    name = {
        "error": translate("error", language),
        "warning": translate("warning", language),
        "note": translate("note", language),
    }
    for (severity, code), rows in findings.groupby(["severity", "code"], sort=False):
        lines += ["", f"{name[str(severity)]} · {code} · {format_number(len(rows), language)}"]
        told = [Finding(*row) for row in rows.head(ROWS_TOLD).itertuples(index=False)]
        lines += [f"  {finding.what}{_where(finding, language)}" for finding in told]
        if len(rows) > ROWS_TOLD:
            more = format_number(len(rows) - ROWS_TOLD, language)
            lines.append(
                "  " + translate("and {count} more (--json tells all)", language, count=more)
            )
        lines.append(f"  → {told[0].todo}")
    return lines


def _where(finding: Finding, language: str) -> str:
    """Object, place and residents of a finding, in brackets; nothing where it has none."""
    parts = [finding.osm_id] if finding.osm_id else []
    if finding.lat is not None and finding.lon is not None:
        parts.append(f"{finding.lat}, {finding.lon}")
    if finding.residents is not None:
        count = round(finding.residents)
        parts.append(translate_count("{count} resident", "{count} residents", count, language))
    return f" ({', '.join(parts)})" if parts else ""
