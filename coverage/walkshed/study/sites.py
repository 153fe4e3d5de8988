"""Sites of a study: where a post could stand, which are chosen, and what each adds."""

import time
from dataclasses import replace

import geopandas as gpd
import pandas as pd

from ..candidates import (
    candidate_sites,
    exclusion_zones,
    listed_places,
    public_places,
    without_doubles,
)
from ..errors import SettingsError
from ..network import components_of
from ..settings import StudySettings
from ..siting import SitingPlan, SitingProblem, SitingRules, mclp
from ..sources.choose import OpenedSource
from ..sources.sites import read_exclusions, read_sites
from .walk import POSITION, Walk, beside_streets

LEAST_TIME_S = 1e-3  # for what is left to solve when the time is up


def study_candidates(settings: StudySettings, opened: OpenedSource, walk: Walk) -> gpd.GeoDataFrame:
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
    at = beside_streets(settings.walk, walk.network, (walk.barriers, walk.fences), places, kept)
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


def without_double_sites(
    candidates: gpd.GeoDataFrame, problem: SitingProblem
) -> tuple[gpd.GeoDataFrame, SitingProblem]:
    """Leave out candidates that reach just the doors that a better one reaches.

    The problem must hold the candidates that are not excluded, in their order.
    """
    reached = problem.coverage()[:, problem.choosable]
    candidates = without_doubles(candidates, reached)
    kept = candidates.index[candidates["exclude_reason"] == ""]
    columns = ~problem.choosable | problem.sites.index.isin(kept)
    times = problem.times
    fewer = replace(
        times, seconds=times.seconds[:, columns], facility_ids=times.facility_ids[columns]
    )
    return candidates, replace(problem, times=fewer, sites=problem.sites[columns])


def study_plan(settings: StudySettings, problem: SitingProblem) -> SitingPlan:
    """Choose the new posts, and the best for each smaller number of them."""
    posts, sites = settings.siting.new_posts, int(problem.choosable.sum())
    if posts > sites:
        raise SettingsError(
            f"{settings.name}: `siting.new_posts` = {posts}: there are only {sites} candidate "
            "sites; ask for fewer, or lower `candidates.spacing_m`"
        )
    return _with_curve(
        problem, posts, time_limit_s=settings.siting.time_limit_s, seed=settings.seed
    )


def _with_curve(
    problem: SitingProblem, new_posts: int, *, time_limit_s: float, seed: int
) -> SitingPlan:
    """Solve every number of new posts from 0 on; the time is for all of them together."""
    end = time.perf_counter() + time_limit_s
    plans = [
        mclp(
            problem,
            SitingRules(new_posts=size),
            time_limit_s=max(end - time.perf_counter(), LEAST_TIME_S),
            seed=seed,
        )
        for size in range(new_posts + 1)
    ]
    sizes = pd.RangeIndex(len(plans), name="new_posts")
    curve = pd.concat([plan.curve for plan in plans]).set_axis(sizes)
    curve["gain"] = curve["residents_within"].diff().fillna(0.0)
    return replace(plans[-1], curve=curve[["residents_within", "bound", "gap", "gain", "status"]])


def proposed_posts(plan: SitingPlan, candidates: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Sites of the plan in building order, with what each adds."""
    sites = candidates.loc[list(plan.build_order["site_id"])]
    columns = [
        *("kind", "place", "name", "near", "crosses", "why", "owner", "cost", "listed_id"),
        *("road_class", *POSITION, "geometry"),
    ]
    order = plan.build_order.reset_index()
    table = pd.concat([order, sites[columns].reset_index(drop=True)], axis=1)
    return gpd.GeoDataFrame(table.set_index("rank"), geometry="geometry", crs=candidates.crs)
