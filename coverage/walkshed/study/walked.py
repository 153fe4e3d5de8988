"""A city surveyed and walked: as it is, or as the study's scenario would have it."""

from dataclasses import dataclass

import pandas as pd

from ..network import pedestrian_rules
from ..scenario import Scenario, read_scenario
from ..settings import SourceName, StudySettings
from ..standards import AccessStandard, Band, StaffingNorm, WalkingProfile
from .bands import other_walkers, planning_band, standards_of
from .remembering import Remember, made_anew
from .survey import Survey, Tell, survey_city
from .walk import (
    Walk,
    by_length,
    changes_of,
    study_network,
    walk_from_doors,
    walk_in_scenario,
)


@dataclass(frozen=True, eq=False)
class Standards:
    """The standards of a study: who walks, what is near enough, the band that is planned for.

    `beside` are the other walkers that it looks at.
    """

    profile: WalkingProfile
    beside: tuple[WalkingProfile, ...]
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
    remember
        Gives what a step of this study made before.
    """

    standards: Standards
    survey: Survey
    walk: Walk
    measured: Walk
    scenario: Scenario | None
    doors_changed: pd.DataFrame
    remember: Remember = made_anew


def named_standards(settings: StudySettings) -> Standards:
    """Get all standards that a study names.

    Raises
    ------
    SettingsError
        One of them does not exist.
    """
    profile, access, staffing = standards_of(settings)
    planning = planning_band(settings, access)
    return Standards(profile, other_walkers(settings), access, planning, staffing)


def walk_city(
    settings: StudySettings,
    standards: Standards,
    *,
    tell: Tell,
    source: SourceName | None = None,
    remember: Remember = made_anew,
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
    survey = survey_city(settings, standards.profile, tell=tell, source=source, remember=remember)
    if scenario:
        tell("applying the scenario")
    walk, measured = _both_walks(settings, survey, survey.walk, standards.planning, scenario)
    changes = changes_of(survey.walk, walk)
    return WalkedCity(standards, survey, walk, measured, scenario, changes, remember)


def walks_of(
    settings: StudySettings,
    survey: Survey,
    profile: WalkingProfile,
    planning: Band,
    scenario: Scenario | None,
) -> tuple[Walk, Walk]:
    """Walk the surveyed city as somebody else: in minutes, and in the unit of the planning band."""
    extract = survey.opened.extract
    network = study_network(settings.walk, extract, profile, crs=survey.crs)
    posts, doors = survey.known.posts.to_crs(survey.crs), survey.population.doors
    walk = walk_from_doors(settings.walk, network, extract, profile, posts, doors)
    return _both_walks(settings, survey, walk, planning, scenario)


def _both_walks(
    settings: StudySettings,
    survey: Survey,
    walk: Walk,
    planning: Band,
    scenario: Scenario | None,
) -> tuple[Walk, Walk]:
    """A walk in minutes and in the unit of the planning band, as the scenario has both."""
    measured = by_length(walk) if planning.unit == "m" else walk
    if scenario is None:
        return walk, measured
    every, extent = survey.known.every.to_crs(survey.crs), survey.opened.extract.bounds
    in_minutes, in_unit = (
        walk_in_scenario(settings.walk, of, every, scenario, extent=extent)
        for of in (walk, measured)
    )
    return in_minutes, in_unit
