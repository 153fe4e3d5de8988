"""Run one study: from settings to tables, step by step."""

import logging
from collections.abc import Callable, Mapping, Sequence

import geopandas as gpd
import pandas as pd

from ..candidates import (
    candidate_sites,
    exclusion_zones,
    listed_places,
    public_places,
    without_doubles,
)
from ..demand import demand_points, residential_buildings, scaled_to_totals, with_zone
from ..errors import SettingsError, SourceError, TableError
from ..network import allocate_ground, components_of, metric_crs
from ..scenario import read_scenario
from ..scores import band_scores, not_reached
from ..settings import SourceName, StandardSettings, StudySettings
from ..siting import SitingPlan, mclp
from ..sources.choose import OpenedSource, open_source
from ..sources.city_posts import city_posts
from ..sources.osm import OsmExtract
from ..sources.sites import read_exclusions, read_sites
from ..sources.zones import hexagon_ids, hexagons, neighbourhoods
from ..standards import (
    AccessStandard,
    Band,
    StaffingNorm,
    WalkingProfile,
    access_standard,
    custom_standard,
    housing_defaults,
    staffing_norm,
    walking_profile,
)
from ..travel_times import walking_times, within
from .bands import band_areas, cutoffs_min, door_columns, inside, planning_band
from .result import StudyResult
from .summary import summarise
from .walk import (
    NOT_REACHED_REASONS,
    POSITION,
    Walk,
    beside_streets,
    by_length,
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
    profile, standard, staffing = _standards(settings)
    planning = planning_band(settings, standard)
    scenario = read_scenario(settings.scenario) if settings.scenario else None
    tell("reading OpenStreetMap")
    opened = open_source(settings.source, source, study=settings.name)
    tell(f"source: {opened.source}" + "".join(f" ({why})" for why in opened.passed_over))
    extract = opened.extract
    crs = metric_crs(extract.bounds)
    known = city_posts(settings.posts, opened)
    tell("building the walking network")
    network = study_network(settings.walk, extract, profile, crs=crs)
    areas = neighbourhoods(extract, settings.zones)
    doors = _doors(settings, extract, areas, crs)
    tell("walking from every door")
    posts = known.posts.to_crs(crs)
    walk = before = walk_from_doors(settings.walk, network, extract, profile, posts, doors)
    measured = by_length(walk) if planning.unit == "m" else walk
    if scenario:
        tell("applying the scenario")
        every = known.every.to_crs(crs)
        walk, measured = (
            walk_in_scenario(settings.walk, of, every, scenario, extent=extract.bounds)
            for of in (walk, measured)
        )
    changed = changes_of(before, walk)
    tell("choosing sites for new posts")
    candidates = _candidates(settings, opened, walk)
    candidates, plan = _plan(settings, measured, candidates, planning)
    proposed = _proposed(plan, candidates)
    planned = proposed.set_index("site_id")[POSITION]
    both = pd.concat([walk.post_positions, planned])
    tell("scoring hexagons and neighbourhoods")
    doors, within_bands = _doors_now_and_after(walk, measured, planned, standard.bands, planning)
    hexes, scored = _hexagons(doors, within_bands), _neighbourhoods(areas, doors, within_bands)
    tell("drawing service areas")
    drawn = _service_areas(
        settings, measured, {"existing": walk.post_positions, "after": both}, standard.bands
    )
    return StudyResult(
        settings=settings,
        opened=opened,
        crs=crs,
        network=walk.network,
        profile=profile,
        standard=standard,
        planning_band=planning,
        staffing=staffing,
        posts=walk.posts,
        known=known,
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


def _standards(
    settings: StudySettings,
) -> tuple[WalkingProfile, AccessStandard, StaffingNorm | None]:
    """Get the named standards; a wrong name is told with its key."""
    key = "walk.profile"
    try:
        profile = walking_profile(settings.walk.profile)
        key = "standard.custom" if settings.standard.custom else "standard.name"
        standard = _access_standard(settings.standard)
        key = "standard.staffing"
        named = settings.standard.staffing
        return profile, standard, staffing_norm(named) if named else None
    except SettingsError as error:
        way_out = "mend it" if key == "standard.custom" else "choose one of them"
        raise SettingsError(f"{settings.name}: `{key}`: {error}; {way_out}") from error


def _access_standard(settings: StandardSettings) -> AccessStandard:
    """Get the standard that is named, or make the study's own."""
    own = settings.custom
    if own is None:
        return access_standard(settings.name)
    figures = own.model_dump(exclude_none=True, exclude={"source", "date"})
    return custom_standard(figures, source=own.source, date=own.date)


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


def _service_areas(
    settings: StudySettings,
    walk: Walk,
    positions: Mapping[str, pd.DataFrame],
    bands: Sequence[Band],
) -> gpd.GeoDataFrame:
    """Draw the ground within each band, for each set of posts."""
    ground = allocate_ground(
        walk.network,
        snap_max_m=settings.walk.snap_max_m,
        island_max_m=settings.walk.island_max_m,
        barriers=walk.barriers,
        keep_components=components_of(walk.network, walk.post_positions),
    )
    areas = [
        band_areas(bands, walk, ground, at).assign(scenario=name) for name, at in positions.items()
    ]
    return pd.concat(areas, ignore_index=True)


def _candidates(settings: StudySettings, opened: OpenedSource, walk: Walk) -> gpd.GeoDataFrame:
    """Sites at the user's places, at public places and along streets."""
    chosen, extract = settings.candidates, opened.extract
    extent = None if opened.is_schematic else extract.bounds
    try:
        public = public_places(extract, chosen.public_places)
    except SettingsError as error:
        raise SettingsError(f"{settings.name}: `candidates.public_places`: {error}") from error
    listed = [listed_places(read_sites(chosen.sites, extent=extent))] if chosen.sites else []
    places = pd.concat([*listed, public.to_crs(4326)]).to_crs(walk.network.crs)
    kept = components_of(walk.network, walk.post_positions)
    at = beside_streets(settings.walk, walk.network, walk.barriers, places, kept)
    return candidate_sites(
        walk.network,
        spacing_m=chosen.spacing_m,
        island_max_m=settings.walk.island_max_m,
        exclusions=exclusion_zones(
            extract,
            crs=walk.network.crs,
            own=read_exclusions(chosen.exclusions) if chosen.exclusions else None,
        ),
        places=at.rename(columns={"snap_status": "status"}),
    )


def _plan(
    settings: StudySettings, walk: Walk, candidates: gpd.GeoDataFrame, planning: Band
) -> tuple[gpd.GeoDataFrame, SitingPlan]:
    """Choose the new posts; candidates that reach the same doors as a better one are left out."""
    doors = walk.doors
    limit = cutoffs_min(planning, doors)
    open_sites = candidates[candidates["exclude_reason"] == ""]
    times = walking_times(
        walk.network,
        doors,
        open_sites,
        speed_kmh=walk.speed_kmh,
        cutoff_min=float(limit.max(initial=0.0)),
    )
    reached = times.coverage(limit)
    candidates = without_doubles(candidates, reached)
    sites = candidates[candidates["exclude_reason"] == ""]
    if settings.siting.new_posts > len(sites):
        raise SettingsError(
            f"{settings.name}: `siting.new_posts` = {settings.siting.new_posts}: there are only "
            f"{len(sites)} candidate sites; ask for fewer, or lower `candidates.spacing_m`"
        )
    plan = mclp(
        reached[:, open_sites.index.isin(sites.index)],
        doors["residents"],
        sites.index,
        new_posts=settings.siting.new_posts,
        cutoff_min=planning.cutoff if planning.unit == "min" else None,
        covered=within(doors["nearest_min"].to_numpy(), limit),
        time_limit_s=settings.siting.time_limit_s,
        seed=settings.seed,
    )
    return candidates, plan


def _doors_now_and_after(
    walk: Walk, measured: Walk, planned: pd.DataFrame, bands: Sequence[Band], planning: Band
) -> tuple[gpd.GeoDataFrame, dict[str, pd.DataFrame]]:
    """Doors with their nearest post and what the standard says; who is within which band.

    Both for now (suffix "") and with the plan built ("_after").
    """
    doors = walk.doors.join(nearest_with(walk, planned).add_suffix("_after"))
    nearest_min = {
        "": measured.doors["nearest_min"],
        "_after": nearest_with(measured, planned)["nearest_min"],
    }
    if planning.unit == "m":
        doors["limit_m"] = planning.cutoff_of(doors["levels"])
    for suffix, minutes in nearest_min.items():
        doors = doors.join(door_columns(bands, planning, doors, minutes).add_suffix(suffix))
    tables = {suffix: inside(bands, doors, minutes) for suffix, minutes in nearest_min.items()}
    return doors, tables


def _proposed(plan: SitingPlan, candidates: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Sites of the plan in building order, with what each adds."""
    sites = candidates.loc[list(plan.build_order["site_id"])]
    columns = [
        *("kind", "place", "name", "near", "crosses", "why", "owner", "cost", "listed_id"),
        *("road_class", *POSITION, "geometry"),
    ]
    order = plan.build_order.reset_index()
    table = pd.concat([order, sites[columns].reset_index(drop=True)], axis=1)
    return gpd.GeoDataFrame(table.set_index("rank"), geometry="geometry", crs=candidates.crs)


def _hexagons(doors: pd.DataFrame, within_bands: Mapping[str, pd.DataFrame]) -> gpd.GeoDataFrame:
    scores = _scores_now_and_after(doors, doors["hexagon_id"], within_bands)
    outlines = hexagons(scores.index)
    table = gpd.GeoDataFrame(scores, geometry=outlines, crs=outlines.crs)
    return table.rename_axis("hexagon_id")


def _neighbourhoods(
    areas: gpd.GeoDataFrame, doors: pd.DataFrame, within_bands: Mapping[str, pd.DataFrame]
) -> gpd.GeoDataFrame:
    """Score neighbourhoods, those without a door too, and the doors outside all of them."""
    scores = _scores_now_and_after(doors, doors["neighbourhood_id"], within_bands)
    table = areas.reindex(areas.index.union(scores.index, sort=True)).join(scores)
    names = [column for column in areas if column != areas.geometry.name]
    table[names] = table[names].fillna("")
    sums = [column for column in scores if str(column).startswith(("residents", "not_reached"))]
    table[sums] = table[sums].fillna(0.0)
    scored = gpd.GeoDataFrame(table, geometry="geometry", crs=areas.crs)
    return scored.rename_axis("neighbourhood_id")


def _scores_now_and_after(
    doors: pd.DataFrame, zone: pd.Series, within_bands: Mapping[str, pd.DataFrame]
) -> pd.DataFrame:
    residents = doors["residents"]
    now, after = (
        band_scores(doors[f"nearest_min{suffix}"], residents, zone, inside=table).join(
            not_reached(
                doors[f"not_reached_reason{suffix}"], residents, zone, reasons=NOT_REACHED_REASONS
            )
        )
        for suffix, table in within_bands.items()
    )
    return now.join(after.drop(columns="residents").add_suffix("_after"))
