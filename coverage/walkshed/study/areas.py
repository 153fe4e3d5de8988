"""The areas a study draws: service areas, their rings, catchments, and how many posts are in reach.

Polygons are drawn, numbers are counted at doors: residents in these tables are sums over doors.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import pandas as pd
import shapely

from ..network import allocate_ground, components_of
from ..network.ground import Ground
from ..service_areas import catchments, reach_counts, rings, service_areas
from ..settings import WalkSettings
from ..sources.osm import OsmExtract
from ..sources.water import water_areas
from ..travel_times import walking_times
from .walk import Walk

SUFFIX = {"existing": "", "after": "_after"}
"""Columns of doors that tell of each scenario."""


@dataclass(frozen=True, eq=False)
class StudyAreas:
    """Areas by `scenario` ("existing", "after"), in the CRS of the network.

    Attributes
    ----------
    service_areas
        Ground within each number of `minutes` of any post.
    service_rings
        The same without what is nearer than `from_minutes`.
    catchments
        Ground from which each post (`post_id`) is the nearest, with the `residents` and `doors`
        whose nearest it is; those who reach none are in a row of their own, "", which has no
        geometry.
    reach_counts
        Ground by the number of `posts` within `minutes`, with residents and doors; those with no
        post are in the row 0, which has no geometry.
    """

    service_areas: gpd.GeoDataFrame
    service_rings: gpd.GeoDataFrame
    catchments: gpd.GeoDataFrame
    reach_counts: gpd.GeoDataFrame


def posts_within(walk: Walk, doors: pd.DataFrame, posts: pd.DataFrame, minutes: float) -> pd.Series:
    """How many posts are within some minutes of each door; positions of one id are one post."""
    times = walking_times(walk.network, doors, posts, speed_kmh=walk.speed_kmh, cutoff_min=minutes)
    return times.facilities_within(minutes)


def study_areas(
    settings: WalkSettings,
    walk: Walk,
    extract: OsmExtract,
    doors: pd.DataFrame,
    zones: gpd.GeoDataFrame,
    positions: Mapping[str, pd.DataFrame],
    *,
    cutoffs_min: Sequence[int],
    planning_min: int,
) -> StudyAreas:
    """Draw the areas of each set of posts.

    Parameters
    ----------
    doors
        All doors: `residents`, and for each scenario the nearest post and the number of posts
        within the planning cutoff.
    zones
        Neighbourhoods. Where they hold all doors nothing is drawn outside them.
    positions
        Positions of the posts of each scenario, by its name.
    """
    ground = allocate_ground(
        walk.network,
        snap_max_m=settings.snap_max_m,
        island_max_m=settings.island_max_m,
        barriers=walk.barriers,
        keep_components=components_of(walk.network, walk.post_positions),
        water=water_areas(extract).to_crs(walk.network.crs).to_numpy(),
    )
    within_zones = not (doors["neighbourhood_id"] == "outside").any()
    study_area = zones.to_crs(walk.network.crs).union_all() if within_zones else None
    parts = [
        _of_scenario(walk, ground, doors, study_area, name, at, cutoffs_min, planning_min)
        for name, at in positions.items()
    ]
    return StudyAreas(
        *(pd.concat(tables, ignore_index=True) for tables in zip(*parts, strict=True))
    )


def _of_scenario(
    walk: Walk,
    ground: Ground,
    doors: pd.DataFrame,
    study_area: shapely.Geometry | None,
    name: str,
    posts: pd.DataFrame,
    cutoffs_min: Sequence[int],
    planning_min: int,
) -> list[gpd.GeoDataFrame]:
    """Service areas, rings, catchments and counts of one set of posts."""
    speed = walk.speed_kmh
    bands = service_areas(
        walk.network, ground, posts, minutes=cutoffs_min, speed_kmh=speed, study_area=study_area
    )
    own = catchments(walk.network, ground, posts, speed_kmh=speed, study_area=study_area)
    reach = reach_counts(
        walk.network,
        ground,
        posts,
        cutoff_min=planning_min,
        speed_kmh=speed,
        study_area=study_area,
    )
    nearest, count = doors[f"nearest_post{SUFFIX[name]}"], doors[f"posts_within{SUFFIX[name]}"]
    tables = [
        bands,
        rings(bands),
        _with_doors(own, doors["residents"], nearest),
        _with_doors(reach, doors["residents"], count)
        .assign(minutes=planning_min)
        .sort_values("posts"),
    ]
    return [table.assign(scenario=name) for table in tables]


def _with_doors(areas: gpd.GeoDataFrame, residents: pd.Series, key: pd.Series) -> gpd.GeoDataFrame:
    """Add residents and doors to areas, and rows without geometry for keys that have no area."""
    name = areas.columns[0]
    summed = residents.groupby(key.to_numpy()).agg(["sum", "size"])
    summed.columns = pd.Index(["residents", "doors"])
    shapes = areas.set_index(name)
    every = shapes.index.append(summed.index.difference(shapes.index))
    table = shapes.reindex(every).join(summed)
    table[["residents", "doors"]] = table[["residents", "doors"]].fillna(0)
    table["doors"] = table["doors"].astype("int64")
    return gpd.GeoDataFrame(table.rename_axis(name).reset_index(), crs=areas.crs)
