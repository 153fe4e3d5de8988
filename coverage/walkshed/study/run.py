"""Run one study: from settings to tables, step by step."""

import logging
from dataclasses import replace

import pandas as pd

from ..settings import SourceName, StudySettings
from .areas import study_areas
from .doors import score_doors
from .plan import Search, site_study, sites_of_all
from .remembering import Remember, made_anew
from .result import StudyResult
from .score_tables import score_tables
from .summary import summarise
from .survey import Tell
from .walk import POSITION
from .zones import (
    neighbourhoods_beyond,
    scored_areas,
    scored_city,
    scored_districts,
    scored_hexagons,
)

logger = logging.getLogger(__name__)


def run_study(
    settings: StudySettings,
    *,
    source: SourceName | None = None,
    tell: Tell = logger.info,
    remember: Remember = made_anew,
) -> StudyResult:
    """Run one study.

    Parameters
    ----------
    settings, source, tell, remember
        As for `site_study`.

    Raises
    ------
    WalkshedError
        An input cannot be used, or the optimiser fails.
    """
    search = Search(with_curve=True, with_stages=True)
    sited = site_study(settings, source=source, tell=tell, search=search, remember=remember)
    city, plan, proposed = sited.city, sited.plan, sited.proposed
    survey, walk, measured = city.survey, city.walk, city.measured
    bands, planning = city.standards.access.bands, city.standards.planning
    planned = proposed.set_index("site_id")[POSITION]
    positions = {
        "existing": walk.post_positions,
        "after": pd.concat([walk.post_positions, planned]),
    }
    tell("scoring doors and zones")
    scored = score_doors(city, positions, proposed)
    tell("scoring hours, walkers and workload")
    scores = score_tables(sited, scored.doors)
    scored = replace(scored, doors=scored.doors.join(scores.doors))
    doors, whole_city = scored.doors, scored_city(settings.city, scored)
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
        remember=remember,
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
        hexagons=scored_hexagons(scored),
        neighbourhoods=scored_areas(survey.areas, scored),
        districts=scored_districts(survey.districts, scored),
        city=whole_city,
        white_spots=neighbourhoods_beyond(survey.areas, scored, planning, walk.network),
        areas=areas,
        candidates=sited.candidates,
        scenario=city.scenario,
        doors_changed=city.doors_changed,
        plan=plan,
        proposed=proposed,
        staged=sited.staged,
        sites=sites_of_all(sited),
        scores=scores,
        summary=summarise(sited, scored, whole_city) | {"scores": scores.summary},
    )
