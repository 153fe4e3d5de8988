"""Run one study: from settings to tables, step by step."""

import logging
from collections.abc import Callable, Mapping, Sequence

import geopandas as gpd
import pandas as pd

from ..candidates import candidate_sites, exclusion_zones
from ..errors import SettingsError
from ..network import allocate_ground, components_of, metric_crs, pedestrian_rules
from ..scenario import read_scenario
from ..scores import coverage_scores, not_reached
from ..service_areas import service_areas
from ..settings import SourceName, StudySettings
from ..siting import SitingPlan, mclp
from ..sources.choose import open_source
from ..sources.city_posts import city_posts
from ..sources.population import AGES
from ..sources.zones import hexagons, neighbourhoods, notes_on
from ..standards import (
    AccessStandard,
    WalkingProfile,
    access_standard,
    walking_profile,
)
from ..travel_times import walking_times, within
from .residents import study_population
from .result import StudyResult
from .summary import summarise
from .walk import (
    NOT_REACHED_REASONS,
    POSITION,
    Walk,
    changes_of,
    nearest_with,
    study_network,
    walk_from_doors,
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
    profile, standard = _standards(settings)
    planning_min = _planning_cutoff_min(settings, standard)
    scenario = None
    if settings.scenario:
        rules = pedestrian_rules(settings.walk.rules)
        scenario = read_scenario(settings.scenario, rules=rules)
    tell("reading OpenStreetMap")
    opened = open_source(settings.source, source, study=settings.name)
    tell(f"source: {opened.source}" + "".join(f" ({why})" for why in opened.passed_over))
    extract = opened.extract
    crs = metric_crs(extract.bounds)
    known = city_posts(settings.posts, opened)
    tell("building the walking network")
    network = study_network(settings.walk, extract, profile, crs=crs)
    areas = neighbourhoods(extract, settings.zones)
    population = study_population(settings, extract, areas, crs=crs)
    from_osm = settings.zones.file is None
    notes = notes_on(areas, extract.defects if from_osm else extract.defects.iloc[:0])
    for note in (*notes, *population.notes):
        tell(note)
    tell("walking from every door")
    posts = known.posts.to_crs(crs)
    doors = population.doors
    walk = before = walk_from_doors(settings.walk, network, extract, profile, posts, doors)
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
    both = pd.concat([walk.post_positions, planned])
    doors = walk.doors.join(nearest_with(walk, planned).add_suffix("_after"))
    tell("scoring hexagons and neighbourhoods")
    cutoffs_min = [int(cutoff) for cutoff in standard.cutoffs_min.value]
    hexes, scored = _hexagons(doors, cutoffs_min), _neighbourhoods(areas, doors, cutoffs_min)
    tell("drawing service areas")
    drawn = _service_areas(
        settings, walk, {"existing": walk.post_positions, "after": both}, cutoffs_min
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
        population=population,
        doors=doors,
        hexagons=hexes,
        neighbourhoods=scored,
        service_areas=drawn,
        candidates=candidates,
        scenario=scenario,
        doors_changed=changed,
        plan=plan,
        proposed=proposed,
        summary=summarise(
            settings,
            opened,
            known,
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


def _standards(settings: StudySettings) -> tuple[WalkingProfile, AccessStandard]:
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


def _service_areas(
    settings: StudySettings,
    walk: Walk,
    positions: Mapping[str, pd.DataFrame],
    minutes: Sequence[int],
) -> gpd.GeoDataFrame:
    """Draw the ground within each number of minutes, for each set of posts."""
    ground = allocate_ground(
        walk.network,
        snap_max_m=settings.walk.snap_max_m,
        island_max_m=settings.walk.island_max_m,
        barriers=walk.barriers,
        fences=walk.fences,
        keep_components=components_of(walk.network, walk.post_positions),
    )
    areas = [
        service_areas(walk.network, ground, at, minutes=minutes, speed_kmh=walk.speed_kmh).assign(
            scenario=name
        )
        for name, at in positions.items()
    ]
    return pd.concat(areas, ignore_index=True)


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
