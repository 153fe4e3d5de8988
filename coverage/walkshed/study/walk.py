"""The walk of a study: from every door to the nearest post, now or as a scenario would have it."""

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd

from ..network import (
    WalkNetwork,
    apply_profile,
    barrier_lines,
    build_network,
    components_of,
    fence_lines,
    pedestrian_rules,
    profile_seconds,
    read_elevation,
    simplify,
    snap,
)
from ..network.graph import FloatArray
from ..scenario import (
    ChangedNetwork,
    Scenario,
    apply_to_network,
    apply_to_posts,
    both_positions,
    doors_changed,
    quicker,
)
from ..scenario.assemble import SecondsOf
from ..settings import WalkSettings
from ..sources.osm import OsmExtract
from ..sources.posts import Extent, existing, located, walk_in
from ..standards import WalkingProfile
from ..standards.access import Unit
from ..travel_times import nearest_facility
from .remembering import WALK, Remember, made_anew

METRE_A_SECOND_KMH = 3.6
Lines = npt.NDArray[np.object_]

POSITION = ["edge", "offset_m", "access_m"]
"""Columns that say where something meets the street."""

NOT_REACHED_REASONS = ("too_far", "behind_barrier", "street_closed", "no_way")
"""Why a door reaches no post: no street near, none this side of a barrier, its street closed by
the scenario, or no way from there."""


@dataclass(frozen=True, eq=False)
class Walk:
    """Doors and posts on a network, and who is nearest to whom.

    Attributes
    ----------
    network, barriers, fences
        The walkable graph, the lines that no leg to the street crosses, and those that it crosses
        only where it must.
    profile
        Who walks.
    posts
        Existing posts that residents can walk into, and where they meet the street.
    post_positions
        Positions of the posts; one post may have two in a scenario.
    doors
        Doors, where they meet the street, and their nearest post.
    unit
        What the network's seconds are: those of the walker ("min"), or metres of the way ("m").
    """

    network: WalkNetwork
    barriers: Lines
    fences: Lines
    profile: WalkingProfile
    posts: gpd.GeoDataFrame
    post_positions: pd.DataFrame
    doors: gpd.GeoDataFrame
    unit: Unit = "min"

    @property
    def speed_kmh(self) -> float:
        """Speed on the level, along the legs from door to street; a metre a second by length."""
        return self.profile.level_speed_kmh if self.unit == "min" else METRE_A_SECOND_KMH


def study_network(
    settings: WalkSettings, extract: OsmExtract, profile: WalkingProfile, *, crs: str
) -> WalkNetwork:
    """Build the network of a study: its rules, its walker, its slopes."""
    speed_kmh = profile.speed_kmh.value
    network = build_network(
        extract,
        crs=crs,
        speed_kmh=speed_kmh,
        steps_speed_kmh=speed_kmh,  # the profile gives every edge its own speed next
        rules=pedestrian_rules(settings.rules),
    )
    return simplify(apply_profile(network, profile, **_pace(settings, crs)))


def _pace(settings: WalkSettings, crs: str) -> dict[str, Any]:
    """What a study says of speed besides its profile, for streets old and new."""
    return {
        "elevation": read_elevation(settings.elevation, crs) if settings.elevation else None,
        "edge_speeds_kmh": settings.edge_speeds_kmh,
        "wait_at_crossings": settings.wait_at_crossings,
        "flat_where_unknown": settings.flat_where_unknown,
    }


def walk_from_doors(
    settings: WalkSettings,
    network: WalkNetwork,
    extract: OsmExtract,
    profile: WalkingProfile,
    posts: gpd.GeoDataFrame,
    doors: gpd.GeoDataFrame,
    *,
    remember: Remember = made_anew,
) -> Walk:
    """Snap posts and doors, and walk from every door to its nearest post.

    Posts are snapped first: the streets they stand on are no island, however small.

    Parameters
    ----------
    posts, doors
        Points in the CRS of the network.
    remember
        Gives what a step made before.
    """
    lines = barrier_lines(extract, crs=network.crs), fence_lines(extract, crs=network.crs)

    def snapped() -> tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]:
        posts_at = beside_streets(settings, network, lines, posts, ())
        kept = components_of(network, posts_at)
        return posts_at, beside_streets(settings, network, lines, doors, kept)

    posts_at, doors_at = remember("snapped", snapped, by=WALK)
    walk = Walk(network, *lines, profile, posts_at, posts_at[POSITION], doors_at)
    return replace(walk, doors=doors_at.join(nearest_post(walk, doors_at, walk.post_positions)))


def by_length(walk: Walk) -> Walk:
    """The same doors, posts and streets, the shortest way taken in place of the quickest.

    Every metre takes a second, whatever slope or steps do to the walker; where he never walks
    nobody walks. So `nearest_min` of its doors is metres / 60.
    """
    measured = replace(walk, network=network_by_length(walk.network), unit="m")
    doors = walk.doors.drop(columns=NEAREST)
    return replace(measured, doors=doors.join(nearest_post(measured, doors, walk.post_positions)))


def network_by_length(network: WalkNetwork) -> WalkNetwork:
    """The same streets where every metre takes a second; closed ones stay closed."""
    seconds = network.edge_forward_s, network.edge_backward_s
    forward_s, backward_s = _metres_as_seconds(network, seconds)
    return replace(network, edge_forward_s=forward_s, edge_backward_s=backward_s)


def _metres_as_seconds(
    streets: WalkNetwork, seconds: tuple[FloatArray, FloatArray]
) -> tuple[FloatArray, FloatArray]:
    """Length of each street, forward and backward; infinite where the seconds are."""
    forward, backward = (
        np.where(np.isfinite(one_way), streets.edge_length_m, np.inf) for one_way in seconds
    )
    return forward, backward


def _seconds_of(settings: WalkSettings, walk: Walk) -> SecondsOf:
    """How long the walk takes along new streets, in the unit of the walk."""
    timed: SecondsOf = partial(
        profile_seconds, profile=walk.profile, **_pace(settings, walk.network.crs)
    )
    if walk.unit == "min":
        return timed
    return lambda streets: _metres_as_seconds(streets, timed(streets))


def walk_in_scenario(
    settings: WalkSettings,
    before: Walk,
    posts: gpd.GeoDataFrame,
    scenario: Scenario,
    *,
    extent: Extent,
) -> Walk:
    """Walk as a scenario would have it.

    Each door takes its old position or its new nearest one, whichever is quicker: so a new street
    never lengthens a walk, and a closed one never shortens it.

    Parameters
    ----------
    posts
        All posts of the city before the scenario, in the CRS of the network.
    extent
        West, south, east and north of the study in degrees.

    Raises
    ------
    TableError
        Features of the scenario that cannot be applied, all in one message.
    """
    posts = walk_in(existing(located(apply_to_posts(posts, scenario, extent=extent))))
    floor = None
    if scenario.closes_streets:
        unclosed = _walk_changed(settings, before, posts, scenario, closings=False)
        floor = unclosed.doors["nearest_min"]
    return _walk_changed(settings, before, posts, scenario, at_least_min=floor)


def _walk_changed(
    settings: WalkSettings,
    before: Walk,
    posts: gpd.GeoDataFrame,
    scenario: Scenario,
    *,
    closings: bool = True,
    at_least_min: pd.Series | None = None,
) -> Walk:
    """Walk on the streets of a scenario, from old positions and from new ones."""
    profile = before.profile
    changed = apply_to_network(
        before.network,
        scenario,
        speed_kmh=profile.speed_kmh.value,
        steps_speed_kmh=profile.steps_speed_kmh,
        seconds_of=_seconds_of(settings, before),
        barriers=before.barriers,
        closings=closings,
        pedestrian=pedestrian_rules(settings.rules),
    )
    network = changed.network
    lines = before.barriers, before.fences
    posts = beside_streets(settings, network, lines, posts, ())
    positions = both_positions(_kept_posts(before, posts, changed), posts[POSITION])
    after = Walk(network, *lines, profile, posts, positions, before.doors, before.unit)
    doors = before.doors.drop(columns=[*POSITION, "snap_status", *NEAREST])
    kept = components_of(network, positions)
    new_at = beside_streets(settings, network, lines, doors, kept)
    old_at = before.doors[[*POSITION, "snap_status"]].rename(columns={"snap_status": "status"})
    old_at = changed.move_positions(old_at).rename(columns={"status": "snap_status"})
    found = [
        at[[*POSITION, "snap_status"]]
        .join(nearest_post(after, at, positions))
        .rename(columns={"nearest_min": "minutes"})
        for at in (old_at, new_at)
    ]
    best = quicker(*found, at_least_min=at_least_min).rename(columns={"minutes": "nearest_min"})
    return replace(after, doors=doors.join(best))


def _kept_posts(before: Walk, posts: gpd.GeoDataFrame, changed: ChangedNetwork) -> pd.DataFrame:
    """Positions of posts that stay where they were, moved over; the others at their new ones."""
    same = posts.index.intersection(before.posts.index)
    stayed = same[posts.geometry.loc[same].geom_equals(before.posts.geometry.loc[same])]
    kept: pd.DataFrame = posts[POSITION].copy()
    kept.loc[stayed] = changed.move_positions(before.posts.loc[stayed, POSITION])
    return kept


def changes_of(before: Walk, after: Walk) -> pd.DataFrame:
    """Doors whose walk a scenario changes: residents, posts before and after, why no longer."""
    changed = doors_changed(before.doors["nearest_min"], after.doors["nearest_min"])
    was, now = (walk.doors.reindex(changed.index) for walk in (before, after))
    return changed.assign(
        residents=was["residents"],
        post_before=was["nearest_post"],
        post_after=now["nearest_post"],
        not_reached_reason=now["not_reached_reason"],
    )


NEAREST = ["nearest_post", "nearest_min", "not_reached_reason"]


def nearest_post(walk: Walk, doors: pd.DataFrame, posts: pd.DataFrame) -> pd.DataFrame:
    """Nearest of the posts to each door: `nearest_post`, `nearest_min`, `not_reached_reason`."""
    nearest = nearest_facility(walk.network, doors, posts, speed_kmh=walk.speed_kmh)
    reached = np.isfinite(nearest["minutes"])
    snapped = doors["edge"] >= 0
    return pd.DataFrame(
        {
            "nearest_post": nearest["facility"],
            "nearest_min": nearest["minutes"],
            "not_reached_reason": doors["snap_status"].where(~snapped, "no_way").mask(reached, ""),
        }
    )


def nearest_with(walk: Walk, new_posts: pd.DataFrame) -> pd.DataFrame:
    """Nearest post to each door of a walk where new posts are built: columns as of `nearest_post`.

    A new post takes a door only where it is nearer than what the door has: without new posts
    nothing changes, also where a scenario holds minutes to what they were.
    """
    had: pd.DataFrame = walk.doors[NEAREST]
    if new_posts.empty:
        return had
    new = nearest_post(walk, walk.doors, new_posts)
    nearer = new["nearest_min"] < had["nearest_min"]
    table: pd.DataFrame = had.where(~nearer, new)
    return table


def beside_streets(
    settings: WalkSettings,
    network: WalkNetwork,
    lines: tuple[Lines, Lines],
    points: gpd.GeoDataFrame,
    keep_components: npt.NDArray[np.int64] | tuple[()],
) -> gpd.GeoDataFrame:
    """Add where points meet the street: `edge`, `offset_m`, `access_m` and `snap_status`.

    `lines` are barriers and fences.
    """
    barriers, fences = lines
    at = snap(
        network,
        points.geometry,
        snap_max_m=settings.snap_max_m,
        island_max_m=settings.island_max_m,
        barriers=barriers,
        fences=fences,
        keep_components=keep_components,
    )
    return points.join(at.rename(columns={"status": "snap_status"}))
