"""Run one study: from settings to tables, step by step."""

import logging
from collections.abc import Mapping, Sequence

import geopandas as gpd
import pandas as pd

from ..network import pedestrian_rules
from ..scenario import read_scenario
from ..settings import SourceName, StudySettings
from ..standards import Band
from .areas import SUFFIX, posts_within, study_areas
from .bands import door_columns, inside, planning_band, standards_of
from .problem import study_problem
from .result import StudyResult
from .sites import proposed_posts, study_candidates, study_plan, without_double_sites
from .summary import summarise
from .survey import Tell, survey_city
from .walk import POSITION, Walk, by_length, changes_of, nearest_with, walk_in_scenario
from .zones import scored_hexagons, scored_neighbourhoods

logger = logging.getLogger(__name__)


def run_study(
    settings: StudySettings, *, source: SourceName | None = None, tell: Tell = logger.info
) -> StudyResult:
    """Run one study.

    Parameters
    ----------
    settings
        What `read_settings` returns.
    source
        Use this source and no other.
    tell
        Called with the name of each step as it begins.

    Raises
    ------
    WalkshedError
        An input cannot be used, or the optimiser fails.
    """
    profile, standard, staffing = standards_of(settings)
    planning = planning_band(settings, standard)
    scenario = None
    if settings.scenario:
        rules = pedestrian_rules(settings.walk.rules)
        scenario = read_scenario(settings.scenario, rules=rules)
    survey = survey_city(settings, profile, tell=tell, source=source)
    opened, extract = survey.opened, survey.opened.extract
    walk = before = survey.walk
    measured = by_length(walk) if planning.unit == "m" else walk
    if scenario:
        tell("applying the scenario")
        every = survey.known.every.to_crs(survey.crs)
        walk, measured = (
            walk_in_scenario(settings.walk, of, every, scenario, extent=extract.bounds)
            for of in (walk, measured)
        )
    changed = changes_of(before, walk)
    tell("choosing sites for new posts")
    candidates = study_candidates(settings, opened, walk)
    problem = study_problem(measured, candidates, planning)
    candidates, problem = without_double_sites(candidates, problem)
    plan = study_plan(settings, problem)
    proposed = proposed_posts(plan, candidates)
    planned = proposed.set_index("site_id")[POSITION]
    positions = {
        "existing": walk.post_positions,
        "after": pd.concat([walk.post_positions, planned]),
    }
    tell("scoring hexagons and neighbourhoods")
    doors, within_bands = _doors_now_and_after(walk, measured, positions, standard.bands, planning)
    tell("drawing service areas")
    areas = study_areas(
        settings.walk,
        walk,
        measured,
        extract,
        doors,
        survey.areas,
        positions,
        bands=standard.bands,
        planning=planning,
    )
    return StudyResult(
        settings=settings,
        opened=opened,
        crs=survey.crs,
        network=walk.network,
        profile=profile,
        standard=standard,
        planning_band=planning,
        staffing=staffing,
        posts=walk.posts,
        known=survey.known,
        beside=survey.beside,
        population=survey.population,
        doors=doors,
        hexagons=scored_hexagons(doors, within_bands),
        neighbourhoods=scored_neighbourhoods(survey.areas, doors, within_bands),
        areas=areas,
        candidates=candidates,
        scenario=scenario,
        doors_changed=changed,
        plan=plan,
        proposed=proposed,
        summary=summarise(
            settings,
            survey,
            walk.posts,
            doors,
            plan,
            within_bands,
            scenario,
            changed,
            standard=standard,
            planning=planning,
            staffing=staffing,
        ),
    )


def _doors_now_and_after(
    walk: Walk,
    measured: Walk,
    positions: Mapping[str, pd.DataFrame],
    bands: Sequence[Band],
    planning: Band,
) -> tuple[gpd.GeoDataFrame, dict[str, pd.DataFrame]]:
    """Doors with their nearest post and what the standard says; who is within which band.

    Both for now (suffix "") and with the plan built ("_after").
    """
    planned = positions["after"].iloc[len(positions["existing"]) :]
    doors = walk.doors.join(nearest_with(walk, planned).add_suffix("_after"))
    nearest_min = {
        "": measured.doors["nearest_min"],
        "_after": nearest_with(measured, planned)["nearest_min"],
    }
    if planning.unit == "m":
        doors["limit_m"] = planning.cutoff_of(doors["levels"])
    for suffix, minutes in nearest_min.items():
        doors = doors.join(door_columns(bands, planning, doors, minutes).add_suffix(suffix))
    for name, at in positions.items():
        doors[f"posts_within{SUFFIX[name]}"] = posts_within(measured, doors, at, planning)
    tables = {suffix: inside(bands, doors, minutes) for suffix, minutes in nearest_min.items()}
    return doors, tables
