"""Run one study: from settings to tables, step by step."""

import logging
from collections.abc import Mapping, Sequence

import geopandas as gpd
import pandas as pd

from ..settings import SourceName, StudySettings
from ..standards import Band
from .areas import SUFFIX, posts_within, study_areas
from .bands import door_columns, inside
from .plan import Search, site_study, sites_of_all
from .result import StudyResult
from .summary import summarise
from .survey import Tell
from .walk import POSITION, Walk, nearest_with
from .zones import neighbourhoods_beyond, scored_hexagons, scored_neighbourhoods

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
    search = Search(with_curve=True, with_stages=True)
    sited = site_study(settings, source=source, tell=tell, search=search)
    city, plan, proposed = sited.city, sited.plan, sited.proposed
    survey, walk, measured = city.survey, city.walk, city.measured
    bands, planning = city.standards.access.bands, city.standards.planning
    planned = proposed.set_index("site_id")[POSITION]
    positions = {
        "existing": walk.post_positions,
        "after": pd.concat([walk.post_positions, planned]),
    }
    tell("scoring hexagons and neighbourhoods")
    doors, within_bands = _doors_now_and_after(walk, measured, positions, bands, planning)
    tell("drawing service areas")
    areas = study_areas(
        settings.walk,
        walk,
        measured,
        survey.opened.extract,
        doors,
        survey.areas,
        positions,
        bands=bands,
        planning=planning,
    )
    return StudyResult(
        settings=settings,
        opened=survey.opened,
        crs=survey.crs,
        network=walk.network,
        profile=city.standards.profile,
        standard=city.standards.access,
        planning_band=planning,
        staffing=city.standards.staffing,
        posts=walk.posts,
        known=survey.known,
        beside=survey.beside,
        population=survey.population,
        doors=doors,
        hexagons=scored_hexagons(doors, within_bands),
        neighbourhoods=scored_neighbourhoods(survey.areas, doors, within_bands),
        white_spots=neighbourhoods_beyond(
            survey.areas, doors, within_bands, planning, walk.network
        ),
        areas=areas,
        candidates=sited.candidates,
        scenario=city.scenario,
        doors_changed=city.doors_changed,
        plan=plan,
        proposed=proposed,
        staged=sited.staged,
        sites=sites_of_all(sited),
        summary=summarise(sited, doors, within_bands),
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
