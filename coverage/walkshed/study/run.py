"""Run one study: from settings to tables, step by step."""

import logging
from collections.abc import Callable, Sequence

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from ..candidates import candidate_sites, exclusion_zones
from ..demand import demand_points, residential_buildings, scaled_to_totals, with_zone
from ..errors import SettingsError, SourceError, TableError
from ..network import WalkNetwork, barrier_lines, build_network, metric_crs, snap
from ..scores import coverage_scores, not_reached
from ..service_areas import service_areas
from ..settings import SourceName, StudySettings
from ..siting import SitingPlan, mclp
from ..sources.choose import open_source
from ..sources.city_posts import city_posts
from ..sources.osm import OsmExtract
from ..sources.zones import hexagon_ids, hexagons, neighbourhoods
from ..standards import (
    AccessStandard,
    WalkingProfile,
    access_standard,
    housing_defaults,
    walking_profile,
)
from ..travel_times import nearest_facility, walking_times, within
from .result import StudyResult
from .summary import summarise

logger = logging.getLogger(__name__)

NOT_REACHED_REASONS = ("too_far", "behind_barrier", "no_way")
"""Why a door reaches no post: no street near, none this side of a barrier, no way from there."""

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
    tell("reading OpenStreetMap")
    opened = open_source(settings.source, source, study=settings.name)
    tell(f"source: {opened.source}" + "".join(f" ({why})" for why in opened.passed_over))
    extract = opened.extract
    crs = metric_crs(extract.bounds)
    known = city_posts(settings.posts, opened)
    tell("building the walking network")
    network = build_network(
        extract,
        crs=crs,
        speed_kmh=profile.speed_kmh.value,
        steps_speed_kmh=profile.steps_speed_kmh,
    )
    barriers = barrier_lines(extract, crs=crs)
    areas = neighbourhoods(extract, settings.zones)
    doors = _doors(settings, extract, areas, crs)
    tell("walking from every door")
    posts = _beside_streets(settings, network, known.posts.to_crs(crs), barriers)
    doors = _beside_streets(settings, network, doors, barriers)
    doors = doors.join(_nearest(network, doors, posts, profile))
    tell("choosing sites for new posts")
    candidates = candidate_sites(
        network,
        spacing_m=settings.siting.candidate_spacing_m,
        island_max_m=settings.walk.island_max_m,
        exclusions=exclusion_zones(extract, crs=crs),
    )
    plan = _plan(settings, network, doors, candidates, profile, planning_min)
    proposed = _proposed(plan, candidates)
    both = pd.concat([posts[_POSITION], proposed.set_index("site_id")[_POSITION]])
    doors = doors.join(_nearest(network, doors, both, profile).add_suffix("_after"))
    tell("scoring hexagons and neighbourhoods")
    cutoffs_min = [int(cutoff) for cutoff in standard.cutoffs_min.value]
    hexes, scored = _hexagons(doors, cutoffs_min), _neighbourhoods(areas, doors, cutoffs_min)
    tell("drawing service areas")
    speed_kmh = profile.speed_kmh.value
    reached = [
        service_areas(network, at, minutes=cutoffs_min, speed_kmh=speed_kmh).assign(scenario=name)
        for name, at in (("existing", posts), ("after", both))
    ]
    return StudyResult(
        settings=settings,
        opened=opened,
        crs=crs,
        network=network,
        profile=profile,
        standard=standard,
        planning_cutoff_min=planning_min,
        posts=posts,
        known=known,
        doors=doors,
        hexagons=hexes,
        neighbourhoods=scored,
        service_areas=pd.concat(reached, ignore_index=True),
        candidates=candidates,
        plan=plan,
        proposed=proposed,
        summary=summarise(settings, opened, known, posts, doors, plan, cutoffs_min),
    )


_POSITION = ["edge", "offset_m", "access_m"]


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


def _doors(
    settings: StudySettings, extract: OsmExtract, areas: gpd.GeoDataFrame, crs: str
) -> gpd.GeoDataFrame:
    """Residents at doors and the neighbourhood and hexagon of each."""
    housing = housing_defaults()
    known = settings.residents
    homes = residential_buildings(extract.areas, crs=crs, housing=housing)
    try:
        doors = demand_points(homes, housing=housing, residents=known.total)
    except SourceError as error:
        raise SourceError(f"{extract.name}: {error}") from error
    zone = with_zone(doors, areas, "neighbourhoods")
    if known.by_neighbourhood:
        ids = dict(zip(areas["name"], areas.index, strict=True))
        totals = {ids.get(name, name): total for name, total in known.by_neighbourhood.items()}
        try:
            doors["residents"] = scaled_to_totals(
                doors["residents"], zone, totals, city=known.total
            )
        except TableError as error:
            raise SettingsError(
                f"{settings.name}: `residents.by_neighbourhood`: {error}"
            ) from error
    cells = hexagon_ids(doors.geometry, settings.zones.hexagon_resolution)
    return doors.assign(neighbourhood_id=zone.replace("", "outside"), hexagon_id=cells)


def _beside_streets(
    settings: StudySettings,
    network: WalkNetwork,
    points: gpd.GeoDataFrame,
    barriers: npt.NDArray[np.object_],
) -> gpd.GeoDataFrame:
    """Add where points meet the street."""
    walk = settings.walk
    at = snap(
        network,
        points.geometry,
        snap_max_m=walk.snap_max_m,
        island_max_m=walk.island_max_m,
        barriers=barriers,
    )
    return points.join(at.rename(columns={"status": "snap_status"}))


def _nearest(
    network: WalkNetwork, doors: pd.DataFrame, posts: pd.DataFrame, profile: WalkingProfile
) -> pd.DataFrame:
    """Nearest post of each door, its minutes, and why there is none."""
    nearest = nearest_facility(network, doors, posts, speed_kmh=profile.speed_kmh.value)
    reached = np.isfinite(nearest["minutes"])
    snapped = doors["edge"] >= 0
    return pd.DataFrame(
        {
            "nearest_post": nearest["facility"],
            "nearest_min": nearest["minutes"],
            "not_reached_reason": doors["snap_status"].where(~snapped, "no_way").mask(reached, ""),
        }
    )


def _plan(
    settings: StudySettings,
    network: WalkNetwork,
    doors: gpd.GeoDataFrame,
    candidates: gpd.GeoDataFrame,
    profile: WalkingProfile,
    planning_min: int,
) -> SitingPlan:
    sites = candidates[candidates["exclude_reason"] == ""]
    if settings.siting.new_posts > len(sites):
        raise SettingsError(
            f"{settings.name}: `siting.new_posts` = {settings.siting.new_posts}: there are only "
            f"{len(sites)} candidate sites; ask for fewer, or lower `siting.candidate_spacing_m`"
        )
    times = walking_times(
        network, doors, sites, speed_kmh=profile.speed_kmh.value, cutoff_min=planning_min
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
    columns = ["near", "road_class", *_POSITION, "geometry"]
    order = plan.build_order.reset_index()
    table = pd.concat([order, sites[columns].reset_index(drop=True)], axis=1)
    return gpd.GeoDataFrame(table.set_index("rank"), geometry="geometry", crs=candidates.crs)


def _hexagons(doors: pd.DataFrame, cutoffs_min: Sequence[int]) -> gpd.GeoDataFrame:
    scores = _scores_now_and_after(doors, doors["hexagon_id"], cutoffs_min)
    outlines = hexagons(scores.index)
    table = gpd.GeoDataFrame(scores, geometry=outlines, crs=outlines.crs)
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
    scored = gpd.GeoDataFrame(table, geometry="geometry", crs=areas.crs)
    return scored.rename_axis("neighbourhood_id")


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
