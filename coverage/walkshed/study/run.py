"""Run one study: from settings to tables, step by step."""

import logging
from collections.abc import Callable, Sequence

import geopandas as gpd
import pandas as pd

from ..candidates import candidate_sites, exclusion_zones
from ..errors import SettingsError
from ..scenario import read_scenario
from ..scores import coverage_scores, not_reached
from ..settings import SourceName, StudySettings
from ..siting import SitingPlan, mclp
from ..sources.population import AGES
from ..sources.zones import hexagons
from ..standards import (
    AccessStandard,
    WalkingProfile,
    access_standard,
    walking_profile,
)
from ..travel_times import walking_times, within
from .areas import SUFFIX, posts_within, study_areas
from .result import StudyResult
from .summary import summarise
from .survey import survey_city
from .walk import (
    NOT_REACHED_REASONS,
    POSITION,
    Walk,
    changes_of,
    nearest_with,
    walk_in_scenario,
)

logger = logging.getLogger(__name__)

Tell = Callable[[str], None]


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
    profile, standard = standards_of(settings)
    planning_min = _planning_cutoff_min(settings, standard)
    scenario = read_scenario(settings.scenario) if settings.scenario else None
    survey = survey_city(settings, profile, tell=tell, source=source)
    opened, crs, known, areas = survey.opened, survey.crs, survey.known, survey.areas
    beside, population, notes = survey.beside, survey.population, survey.notes
    extract, walk = opened.extract, survey.walk
    before = walk
    if scenario:
        tell("applying the scenario")
        every = known.every.to_crs(crs)
        walk = walk_in_scenario(settings.walk, before, every, scenario, extent=extract.bounds)
    changed = changes_of(before, walk)
    tell("choosing sites for new posts")
    candidates = candidate_sites(
        walk.network,
        spacing_m=settings.siting.candidate_spacing_m,
        island_max_m=settings.walk.island_max_m,
        exclusions=exclusion_zones(extract, crs=crs),
    )
    plan = _plan(settings, walk, candidates, planning_min)
    proposed = _proposed(plan, candidates)
    planned = proposed.set_index("site_id")[POSITION]
    positions = {
        "existing": walk.post_positions,
        "after": pd.concat([walk.post_positions, planned]),
    }
    doors = walk.doors.join(nearest_with(walk, planned).add_suffix("_after"))
    for name, at in positions.items():
        doors[f"posts_within{SUFFIX[name]}"] = posts_within(walk, doors, at, planning_min)
    tell("scoring hexagons and neighbourhoods")
    cutoffs_min = [int(cutoff) for cutoff in standard.cutoffs_min.value]
    hexes, scored = _hexagons(doors, cutoffs_min), _neighbourhoods(areas, doors, cutoffs_min)
    tell("drawing service areas")
    drawn = study_areas(
        settings.walk,
        walk,
        extract,
        doors,
        areas,
        positions,
        cutoffs_min=cutoffs_min,
        planning_min=planning_min,
    )
    return StudyResult(
        settings=settings,
        opened=opened,
        crs=crs,
        network=walk.network,
        profile=profile,
        standard=standard,
        planning_cutoff_min=planning_min,
        posts=walk.posts,
        known=known,
        beside=beside,
        population=population,
        doors=doors,
        hexagons=hexes,
        neighbourhoods=scored,
        areas=drawn,
        candidates=candidates,
        scenario=scenario,
        doors_changed=changed,
        plan=plan,
        proposed=proposed,
        summary=summarise(
            settings,
            opened,
            known,
            beside,
            population,
            notes,
            walk.posts,
            doors,
            plan,
            cutoffs_min,
            scenario,
            changed,
        ),
    )


def standards_of(settings: StudySettings) -> tuple[WalkingProfile, AccessStandard]:
    """Get the named standards; a wrong name is told with its key."""
    key = "walk.profile"
    try:
        profile = walking_profile(settings.walk.profile)
        key = "standard.name"
        return profile, access_standard(settings.standard.name)
    except SettingsError as error:
        raise SettingsError(f"{settings.name}: `{key}`: {error}; choose one of them") from error


def _planning_cutoff_min(settings: StudySettings, standard: AccessStandard) -> int:
    """Give the minutes that new posts are planned for: the study's, else the standard's."""
    cutoffs_min = [int(cutoff) for cutoff in standard.cutoffs_min.value]
    chosen = settings.standard.planning_cutoff_min or int(standard.planning_cutoff_min.value)
    if chosen not in cutoffs_min:
        raise SettingsError(
            f"{settings.name}: `standard.planning_cutoff_min` = {chosen}: the cutoffs of standard "
            f"`{standard.name}` are {', '.join(map(str, cutoffs_min))}; choose one of them"
        )
    return chosen


def _plan(
    settings: StudySettings, walk: Walk, candidates: gpd.GeoDataFrame, planning_min: int
) -> SitingPlan:
    """Choose the new posts among the candidate sites that are not excluded."""
    sites = candidates[candidates["exclude_reason"] == ""]
    if settings.siting.new_posts > len(sites):
        raise SettingsError(
            f"{settings.name}: `siting.new_posts` = {settings.siting.new_posts}: there are only "
            f"{len(sites)} candidate sites; ask for fewer, or lower `siting.candidate_spacing_m`"
        )
    doors = walk.doors
    times = walking_times(
        walk.network, doors, sites, speed_kmh=walk.speed_kmh, cutoff_min=planning_min
    )
    return mclp(
        times.coverage(planning_min),
        doors["residents"],
        sites.index,
        new_posts=settings.siting.new_posts,
        cutoff_min=planning_min,
        covered=within(doors["nearest_min"].to_numpy(), planning_min),
        time_limit_s=settings.siting.time_limit_s,
        seed=settings.seed,
    )


def _proposed(plan: SitingPlan, candidates: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Sites of the plan in building order, with what each adds."""
    sites = candidates.loc[list(plan.build_order["site_id"])]
    columns = ["near", "road_class", *POSITION, "geometry"]
    order = plan.build_order.reset_index()
    table = pd.concat([order, sites[columns].reset_index(drop=True)], axis=1)
    return gpd.GeoDataFrame(table.set_index("rank"), geometry="geometry", crs=candidates.crs)


def _hexagons(doors: pd.DataFrame, cutoffs_min: Sequence[int]) -> gpd.GeoDataFrame:
    scores = _scores_now_and_after(doors, doors["hexagon_id"], cutoffs_min)
    outlines = hexagons(scores.index)
    counted = scores.join(_people_and_doors(doors, doors["hexagon_id"]))
    table = gpd.GeoDataFrame(counted, geometry=outlines, crs=outlines.crs)
    return table.rename_axis("hexagon_id")


def _neighbourhoods(
    areas: gpd.GeoDataFrame, doors: pd.DataFrame, cutoffs_min: Sequence[int]
) -> gpd.GeoDataFrame:
    """Score neighbourhoods, those without a door too, and the doors outside all of them."""
    scores = _scores_now_and_after(doors, doors["neighbourhood_id"], cutoffs_min)
    table = areas.reindex(areas.index.union(scores.index, sort=True)).join(scores)
    names = [column for column in areas if column != areas.geometry.name]
    table[names] = table[names].fillna("")
    sums = [column for column in scores if str(column).startswith(("residents", "not_reached"))]
    table[sums] = table[sums].fillna(0.0)
    table = table.join(_people_and_doors(doors, doors["neighbourhood_id"]))
    table["doors"] = table["doors"].fillna(0).astype(int)
    scored = gpd.GeoDataFrame(table, geometry="geometry", crs=areas.crs)
    return scored.rename_axis("neighbourhood_id")


def _people_and_doors(doors: pd.DataFrame, zone: pd.Series) -> pd.DataFrame:
    """Doors of each zone, and its age groups as far as they are known (NaN where of no door)."""
    known = [column for column in doors if str(column) in AGES]
    zones = doors.groupby(zone)
    return zones[known].sum(min_count=1).assign(doors=zones.size())


def _scores_now_and_after(
    doors: pd.DataFrame, zone: pd.Series, cutoffs_min: Sequence[int]
) -> pd.DataFrame:
    residents = doors["residents"]
    now, after = (
        coverage_scores(
            doors[f"nearest_min{suffix}"], residents, zone, cutoffs_min=cutoffs_min
        ).join(
            not_reached(
                doors[f"not_reached_reason{suffix}"], residents, zone, reasons=NOT_REACHED_REASONS
            )
        )
        for suffix in ("", "_after")
    )
    return now.join(after.drop(columns="residents").add_suffix("_after"))
