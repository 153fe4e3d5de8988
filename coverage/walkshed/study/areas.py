"""The areas a study draws: service areas, their rings, catchments, and how many posts are in reach.

Polygons are drawn, numbers are counted at doors: residents in these tables are sums over doors.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from ..network import allocate_ground, components_of
from ..network.ground import Ground
from ..service_areas import catchments, reach_counts, rings
from ..settings import WalkSettings
from ..sources.osm import OsmExtract
from ..sources.water import water_areas
from ..sources.zones import OUTSIDE
from ..standards import Band
from ..travel_times import walking_times
from .bands import band_areas, cutoffs_min, in_units_of, minutes_of
from .remembering import CITY, Remember, made_anew
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


def posts_within(walk: Walk, doors: pd.DataFrame, posts: pd.DataFrame, band: Band) -> pd.Series:
    """How many posts are within each door's own limit; positions of one id are one post.

    `walk` is the one that the band belongs to.
    """
    return _posts_within(walk, doors, posts, cutoffs_min(band, doors))


def _posts_within(
    walk: Walk, doors: pd.DataFrame, posts: pd.DataFrame, limit_min: npt.NDArray[np.float64]
) -> pd.Series:
    times = walking_times(
        walk.network,
        doors,
        posts,
        speed_kmh=walk.speed_kmh,
        cutoff_min=float(limit_min.max(initial=0.0)),
    )
    return times.facilities_within(limit_min)


def study_areas(
    settings: WalkSettings,
    walk: Walk,
    measured: Walk,
    extract: OsmExtract,
    doors: pd.DataFrame,
    zones: gpd.GeoDataFrame,
    positions: Mapping[str, pd.DataFrame],
    *,
    bands: Sequence[Band],
    planning: Band,
    remember: Remember = made_anew,
) -> StudyAreas:
    """Draw the areas of each set of posts.

    Parameters
    ----------
    walk, measured
        The quickest walks, which say whose nearest post is which, and those that the bands
        belong to: the same for a standard in minutes, the shortest ways for one in metres.
    doors
        All doors: `residents`, and for each scenario the nearest post.
    zones
        Neighbourhoods. Where they hold all doors nothing is drawn outside them.
    positions
        Positions of the posts of each scenario, by its name.
    remember
        Gives what a step made before.
    """
    ground = remember("ground", lambda: _ground(settings, walk, extract), by=CITY)
    within_zones = not (doors["neighbourhood_id"] == OUTSIDE).any()
    study_area = zones.to_crs(walk.network.crs).union_all() if within_zones else None

    def drawn_around(name: str) -> list[gpd.GeoDataFrame]:
        posts = positions[name]
        drawn = band_areas(bands, measured, ground, posts, study_area)
        own = catchments(
            walk.network, ground, posts, speed_kmh=walk.speed_kmh, study_area=study_area
        )
        nearest = doors[f"nearest_post{SUFFIX[name]}"]
        tables = [
            in_units_of(drawn, measured),
            in_units_of(rings(drawn), measured),
            _with_doors(own, doors["residents"], nearest),
            _reach(measured, ground, doors, posts, planning, study_area),
        ]
        return [table.assign(scenario=name) for table in tables]

    now = remember("areas", lambda: drawn_around("existing"), by=(*CITY, "standard"))
    parts = now, drawn_around("after")
    return StudyAreas(
        *(pd.concat(tables, ignore_index=True) for tables in zip(*parts, strict=True))
    )


def _ground(settings: WalkSettings, walk: Walk, extract: OsmExtract) -> Ground:
    return allocate_ground(
        walk.network,
        snap_max_m=settings.snap_max_m,
        island_max_m=settings.island_max_m,
        barriers=walk.barriers,
        fences=walk.fences,
        keep_components=components_of(walk.network, walk.post_positions),
        water=water_areas(extract).to_crs(walk.network.crs).to_numpy(),
    )


def _reach(
    walk: Walk,
    ground: Ground,
    doors: pd.DataFrame,
    posts: pd.DataFrame,
    planning: Band,
    study_area: shapely.Geometry | None,
) -> gpd.GeoDataFrame:
    """Counts of posts within each limit of the planning band, all doors held to the same limit."""
    tables = []
    for limit_min in (minutes_of(limit, walk) for limit in planning.limits):
        reach = reach_counts(
            walk.network,
            ground,
            posts,
            cutoff_min=limit_min,
            speed_kmh=walk.speed_kmh,
            study_area=study_area,
        )
        count = _posts_within(walk, doors, posts, np.full(len(doors), float(limit_min)))
        table = _with_doors(reach, doors["residents"], count).assign(minutes=limit_min)
        tables.append(in_units_of(table.sort_values("posts"), walk))
    return pd.concat(tables, ignore_index=True)


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
