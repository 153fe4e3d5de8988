"""Sites of a study: where a post could stand, which are chosen, and what each adds."""

from collections.abc import Hashable, Iterable

import geopandas as gpd
import pandas as pd

from ..candidates import (
    candidate_sites,
    exclusion_zones,
    listed_places,
    public_places,
)
from ..errors import SettingsError
from ..network import components_of
from ..settings import StudySettings
from ..siting import SitingPlan, SitingProblem
from ..sources.choose import OpenedSource
from ..sources.sites import read_exclusions, read_sites
from .walk import POSITION, Walk, beside_streets


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


def proposed_posts(plan: SitingPlan, candidates: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Sites of the plan in building order, with what each adds, and which kind of post it is."""
    sites = planned_sites(plan.problem, candidates, plan.build_order["site_id"])
    order = plan.build_order.reset_index()
    table = pd.concat([order, sites.reset_index(drop=True)], axis=1)
    return gpd.GeoDataFrame(table.set_index("rank"), geometry="geometry", crs=candidates.crs)


def planned_sites(
    problem: SitingProblem, candidates: gpd.GeoDataFrame, site_ids: Iterable[Hashable]
) -> gpd.GeoDataFrame:
    """Where sites of plans are, why there, and which kind of post each is; index `site_id`."""
    chosen = problem.sites.loc[list(site_ids)]
    columns = [
        *("kind", "place", "name", "near", "crosses", "why", "owner", "cost", "listed_id"),
        *("road_class", *POSITION, "geometry"),
    ]
    sites = candidates.loc[chosen["candidate_id"], columns]
    table: gpd.GeoDataFrame = sites.set_index(chosen.index.rename("site_id"))
    return table.assign(post_kind=chosen["kind"])
