"""The siting problem of a study: its doors, its posts, its candidate sites, and the walks."""

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy import sparse

from ..siting import SitingProblem
from ..sources.zones import OUTSIDE
from ..standards import Band
from ..travel_times import TravelTimes, walking_times
from .bands import cutoffs_min
from .walk import Walk

SITE_COLUMNS = ["kind", "place", "name", "near", "crosses", "why", "owner", "listed_id"]


def study_problem(
    walk: Walk, candidates: gpd.GeoDataFrame, planning: Band, *, limit_min: float = 0.0
) -> SitingProblem:
    """State where posts stand, where they could stand, and who walks how long to each.

    Parameters
    ----------
    walk
        Doors and posts, in the unit of the planning band.
    candidates
        What `study_candidates` returns; excluded ones are left out.
    planning
        The band that new posts are planned for: its limit, door by door, is the cutoff.
    limit_min
        Walks are searched at least so far, and always to the longest cutoff.

    Returns
    -------
    SitingProblem
        Posts first, then candidates, by their ids; where a post has the id of a candidate, all
        posts are called "post ID". A post with two positions has one row, and the shorter walk. No
        walk to a post is shorter than the walk of the study to the nearest post. Doors outside all
        neighbourhoods have none.
    """
    doors = walk.doors
    cutoff_min = cutoffs_min(planning, doors)
    longest_min = max(limit_min, float(cutoff_min.max(initial=0.0)))
    sites = candidates[candidates["exclude_reason"] == ""]
    to_posts, to_sites = (
        walking_times(walk.network, doors, at, speed_kmh=walk.speed_kmh, cutoff_min=longest_min)
        for at in (walk.post_positions, sites)
    )
    table = _sites_of(walk.posts, sites)
    seconds = sparse.hstack([_by_post(to_posts, walk), to_sites.seconds], format="csc")
    return SitingProblem(
        TravelTimes(seconds, doors.index, table.index, longest_min),
        doors["residents"],
        table,
        planning.cutoff if planning.unit == "min" else cutoff_min,
        doors["neighbourhood_id"].astype(object).mask(doors["neighbourhood_id"] == OUTSIDE, None),
    )


def _by_post(times: TravelTimes, walk: Walk) -> sparse.csc_array:
    """Shortest walk to each post, over its positions; never shorter than the study has it.

    A scenario may hold a door to the minutes that it had before a street was closed.
    """
    walks = times.seconds.tocoo()
    column = walk.posts.index.get_indexer(times.facility_ids)[walks.col]
    least = pd.Series(walks.data).groupby([column, walks.row]).min()
    post, door = (least.index.get_level_values(level) for level in (0, 1))
    floor_s = walk.doors["nearest_min"].to_numpy(float)[door] * 60
    seconds = np.maximum(least.to_numpy(), floor_s)
    known = np.isfinite(seconds)
    shape = (len(times.door_ids), len(walk.posts))
    return sparse.csc_array((seconds[known], (door[known], post[known])), shape=shape)


def _sites_of(posts: gpd.GeoDataFrame, sites: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """One table of posts and candidate sites, each with its status."""
    standing = gpd.GeoDataFrame(
        {"status": "existing", "kind": posts["kind"]}, geometry=posts.geometry
    )
    if posts.index.intersection(sites.index).size:
        standing.index = pd.Index([f"post {post}" for post in posts.index], dtype=object)
    possible = sites[[*SITE_COLUMNS, "geometry"]].assign(status="candidate")
    table = pd.concat([standing, possible]).fillna(dict.fromkeys(SITE_COLUMNS, ""))
    return gpd.GeoDataFrame(table.rename_axis("site_id"), geometry="geometry", crs=sites.crs)
