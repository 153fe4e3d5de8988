"""The doors of a study with their scores, now and with the plan built."""

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from ..scores import detour_index, second_nearest
from ..travel_times import nearest_facilities
from .areas import SUFFIX, posts_within
from .bands import M_PER_MIN, door_columns, inside
from .remembering import CITY, Remember, made_anew
from .walk import POSITION, Walk, by_length, nearest_with
from .walked import WalkedCity


@dataclass(frozen=True, eq=False)
class ScoredDoors:
    """Doors with their scores, each for now (suffix "") and with the plan built ("_after").

    Attributes
    ----------
    doors
        The doors of the walk and `nearest_*`, `second_nearest_post`, `second_nearest_min`,
        `detour_index`, `posts_within` and what the standard says; see `StudyResult`.
    within, backup
        Whether the nearest, and the second nearest post, is within each band: a table for each
        suffix, one column a band.
    remember
        Gives what a step of this study made before.
    """

    doors: gpd.GeoDataFrame
    within: Mapping[str, pd.DataFrame]
    backup: Mapping[str, pd.DataFrame]
    remember: Remember = made_anew


def score_doors(
    city: WalkedCity, positions: Mapping[str, pd.DataFrame], proposed: gpd.GeoDataFrame
) -> ScoredDoors:
    """Score every door by the posts there are, and by those and the proposed ones.

    Parameters
    ----------
    positions
        Positions of the posts of each scenario ("existing", "after"), the planned ones last.
    proposed
        The planned posts: `site_id`, geometry.
    """
    walk, measured = city.walk, city.measured
    bands, planning = city.standards.access.bands, city.standards.planning
    planned = positions["after"].iloc[len(positions["existing"]) :]
    by_walk = {"": nearest_with(walk, planned.iloc[:0]), "_after": nearest_with(walk, planned)}
    doors = walk.doors.join(by_walk["_after"].add_suffix("_after"))
    if planning.unit == "m":
        doors["limit_m"] = planning.cutoff_of(doors["levels"])
    places = pd.concat([walk.posts.geometry, proposed.set_index("site_id").geometry])
    lengths = measured if measured.unit == "m" else by_length(walk)

    def scored(name: str) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        """Columns of doors, who is within each band, and whose second nearest post is."""
        suffix, at = SUFFIX[name], positions[name]
        new, nearest = planned if suffix else planned.iloc[:0], by_walk[SUFFIX[name]]
        second = _second(walk, nearest, at)
        second_min = second["second_nearest_min"]
        if measured is not walk:
            nearest = nearest_with(measured, new)
            second_min = _second(measured, nearest, at)["second_nearest_min"]
        shortest = nearest if lengths is measured else nearest_with(lengths, new)
        columns = door_columns(bands, planning, doors, nearest["nearest_min"])
        columns["posts_within"] = posts_within(measured, doors, at, planning)
        columns = columns.join(second)
        columns["detour_index"] = _detour(lengths, shortest, places)
        within = inside(bands, doors, nearest["nearest_min"])
        return columns, within, inside(bands, doors, second_min)

    now = city.remember("doors_now", lambda: scored("existing"), by=(*CITY, "standard"))
    at_times = {"": now, "_after": scored("after")}
    for suffix, (columns, _, _) in at_times.items():
        doors = doors.join(columns.add_suffix(suffix))
    return ScoredDoors(
        doors,
        within={suffix: within for suffix, (_, within, _) in at_times.items()},
        backup={suffix: backup for suffix, (_, _, backup) in at_times.items()},
        remember=city.remember,
    )


def _second(walk: Walk, nearest: pd.DataFrame, posts: pd.DataFrame) -> pd.DataFrame:
    """Second nearest post of each door; never nearer than the nearest.

    One post may have several positions: so many more are asked for. A scenario that closes
    streets may hold the nearest to what it was, and then holds the second too.
    """
    positions = int(posts.index.value_counts().max()) if len(posts) else 1
    ranked = nearest_facilities(
        walk.network, walk.doors[POSITION], posts, speed_kmh=walk.speed_kmh, k=positions + 1
    )
    found = second_nearest(ranked, nearest["nearest_post"])
    return found.assign(
        second_nearest_min=np.maximum(found["second_nearest_min"], nearest["nearest_min"])
    )


def _detour(lengths: Walk, nearest: pd.DataFrame, places: gpd.GeoSeries) -> pd.Series:
    """Detour of each door to the post that is the nearest by the length of the way."""
    posts = places.reindex(nearest["nearest_post"]).to_numpy()
    straight_m: npt.NDArray[np.float64] = shapely.distance(lengths.doors.geometry.to_numpy(), posts)
    return detour_index(
        nearest["nearest_min"] * M_PER_MIN, pd.Series(straight_m, index=nearest.index)
    )
