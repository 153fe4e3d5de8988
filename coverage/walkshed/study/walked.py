"""A city surveyed and walked: as it is, or as the study's scenario would have it."""

from dataclasses import dataclass

import pandas as pd

from ..network import pedestrian_rules
from ..scenario import Scenario, read_scenario
from ..settings import SourceName, StudySettings
from ..standards import AccessStandard, Band, StaffingNorm, WalkingProfile
from .bands import planning_band, standards_of
from .survey import Survey, Tell, survey_city
from .walk import Walk, by_length, changes_of, walk_in_scenario


@dataclass(frozen=True, eq=False)
class Standards:
    """The standards of a study: who walks, what is near enough, the band that is planned for."""

    profile: WalkingProfile
    access: AccessStandard
    planning: Band
    staffing: StaffingNorm


@dataclass(frozen=True, eq=False)
class WalkedCity:
    """What sites are chosen from, and areas are drawn of.

    Attributes
    ----------
    standards, survey
        What it was made by, and from.
    walk
        The walk in minutes.
    measured
        The walk in the unit of the planning band: by length where that is in metres.
    scenario, doors_changed
        The scenario that was applied (None without one), and the doors whose walk it changes.
    """

    standards: Standards
    survey: Survey
    walk: Walk
    measured: Walk
    scenario: Scenario | None
    doors_changed: pd.DataFrame


def named_standards(settings: StudySettings) -> Standards:
    """Get all standards that a study names.

    Raises
    ------
    SettingsError
        One of them does not exist.
    """
    profile, access, staffing = standards_of(settings)
    return Standards(profile, access, planning_band(settings, access), staffing)


def walk_city(
    settings: StudySettings,
    standards: Standards,
    *,
    tell: Tell,
    source: SourceName | None = None,
) -> WalkedCity:
    """Survey a city, and walk in it as the scenario has it.

    Raises
    ------
    InputError
        An input cannot be used.
    """
    scenario = None
    if settings.scenario:
        rules = pedestrian_rules(settings.walk.rules)
        scenario = read_scenario(settings.scenario, rules=rules)
    survey = survey_city(settings, standards.profile, tell=tell, source=source)
    walk = before = survey.walk
    measured = by_length(walk) if standards.planning.unit == "m" else walk
    if scenario:
        tell("applying the scenario")
        every = survey.known.every.to_crs(survey.crs)
        extent = survey.opened.extract.bounds
        walk, measured = (
            walk_in_scenario(settings.walk, of, every, scenario, extent=extent)
            for of in (walk, measured)
        )
    return WalkedCity(standards, survey, walk, measured, scenario, changes_of(before, walk))
