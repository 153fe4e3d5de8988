"""The walking network, its doors and its posts as streams for a page that walks by itself.

All numbers are those of `rounding`; the streams are those of `ground.pack_integers`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from ..network import WalkNetwork
from ..standards import WalkingProfile
from ..travel_times import within
from .ground import PER_DEGREE, Integers, pack_integers
from .rounding import (
    TENTHS,
    Floats,
    RoundedPositions,
    agreeing_doors,
    rounded_network,
    rounded_positions,
)

SIMPLIFY_M = 1.0
"""Tolerance to which the shape of streets is drawn; seconds are those of the full shape."""

M_PER_MIN = 60.0
"""Metres that a walk by length counts as a minute: one a second."""

KINDS = ("path", "minor", "major")


def pack_network(
    network: WalkNetwork, may_step_on: npt.NDArray[np.bool_], *, origin: tuple[float, float]
) -> dict[str, Any]:
    """Write a rounded network as streams for the page.

    Parameters
    ----------
    network
        From `rounded_network`.
    may_step_on
        Edges that a place may be snapped to: not in tunnels, on bridges or small islands.
    origin
        Longitude and latitude that steps are counted from.

    Returns
    -------
    dict
        `nodes` and `edges`, how many; streams `xy` (nodes, east then north, as steps), `u` (as
        steps), `v` (from `u`), `forward` (tenths, -1 closed), `backward` (more than forward; left
        out where all are equal), `bends` (inner vertices of each edge), `bendsXy` (steps along
        each edge from its first node, east then north), `flags` (class 0 path, 1 minor, 2 major;
        + 4 may be stepped on; + 8 steps; + 16 bridge, tunnel or crossing: what can be closed
        alone), `name` (place in `names`, as steps); and `names`.
    """
    u, v = network.edge_u.astype(np.int64), network.edge_v.astype(np.int64)
    forward, backward = (
        _closed_as_minus(network.edge_forward_s),
        _closed_as_minus(network.edge_backward_s),
    )
    nodes = _whole_degrees(gpd.GeoSeries(shapely.points(network.node_xy), crs=network.crs), origin)
    bends, bend_steps = _bends(network, nodes, origin)
    class_of = np.array([KINDS.index(name) for name in network.edge_class.categories])
    kind = np.asarray(network.edge_kind)
    flags = class_of[network.edge_class.codes]
    flags = flags + 4 * may_step_on + 8 * (kind == "steps")
    flags = flags + 16 * (~network.edge_is_open | np.isin(kind, ["crossing", "elevator", "ford"]))
    packed: dict[str, Any] = {
        "nodes": network.n_nodes,
        "edges": network.n_edges,
        "xy": pack_integers(np.diff(nodes, axis=0, prepend=0).T.ravel()),
        "u": pack_integers(np.diff(u, prepend=0)),
        "v": pack_integers(v - u),
        "forward": pack_integers(forward),
        "bends": pack_integers(bends),
        "bendsXy": pack_integers(bend_steps.T.ravel()),
        "flags": pack_integers(flags),
        "name": pack_integers(np.diff(network.edge_name.codes.astype(np.int64), prepend=0)),
        "names": [str(name) for name in network.edge_name.categories],
    }
    if not np.array_equal(forward, backward):
        packed["backward"] = pack_integers(backward - forward)
    return packed


def _closed_as_minus(seconds: Floats) -> Integers:
    open_ = np.isfinite(seconds)
    tenths = np.rint(np.where(open_, seconds, 0.0) * TENTHS)
    return np.where(open_, tenths, -1).astype(np.int64)


def _whole_degrees(points: gpd.GeoSeries, origin: tuple[float, float]) -> Integers:
    lonlat = shapely.get_coordinates(points.to_crs(4326).array)
    whole: Integers = np.rint((lonlat - origin) * PER_DEGREE).astype(np.int64)
    return whole


def _bends(
    network: WalkNetwork, nodes: Integers, origin: tuple[float, float]
) -> tuple[Integers, Integers]:
    """How many inner vertices each edge has, and the steps to each from the one before."""
    lines = shapely.simplify(network.edge_lines, SIMPLIFY_M)
    xy, edge = shapely.get_coordinates(lines, return_index=True)
    whole = _whole_degrees(gpd.GeoSeries(shapely.points(xy), crs=network.crs), origin)
    first = np.diff(edge, prepend=-1) != 0
    last = np.diff(edge, append=len(lines)) != 0
    whole[first] = nodes[network.edge_u[edge[first]]]
    step: Integers = np.diff(whole, axis=0, prepend=0)
    inner = ~(first | last)
    count: Integers = np.bincount(edge[inner], minlength=len(lines)).astype(np.int64)
    return count, step[inner]


@dataclass(frozen=True, eq=False)
class PageWalk:
    """The walk of a study, for a page that can ask «what if».

    Attributes
    ----------
    network
        The walkable graph that doors, posts and sites lie on.
    may_step_on
        Edges that a post may be put beside: not in tunnels, on bridges or on small islands.
    limits_min
        Limits of the standard's bands, in minutes, the narrowest first. None where the standard
        is one in metres: the network is one by length then, every metre a second, and each door
        has its own `limit_m` and its `nearest_m`.
    speed_kmh
        Speed on the level, also from a door to its street; 3.6 by length.
    snap_max_m, join_max_m
        How far a post may stand from its street, and the end of a new street from an old one.
    profiles
        Walking profiles that the reader may choose from, the study's own first.
    """

    network: WalkNetwork
    may_step_on: npt.NDArray[np.bool_]
    limits_min: tuple[float, ...] | None
    speed_kmh: float
    snap_max_m: float
    join_max_m: float
    profiles: tuple[WalkingProfile, ...] = ()

    def limits_of(self, doors: pd.DataFrame) -> list[float | Floats]:
        """Limits of the bands in minutes of this walk: one for all doors, or one for each."""
        if self.limits_min is not None:
            return list(self.limits_min)
        return [doors["limit_m"].to_numpy(float) / M_PER_MIN]

    def minutes_of(self, doors: pd.DataFrame, suffix: str) -> Floats:
        """Minutes of this walk from each door to its nearest post."""
        if self.limits_min is not None:
            return doors[f"nearest_min{suffix}"].to_numpy(float)
        return doors[f"nearest_m{suffix}"].to_numpy(float) / M_PER_MIN


def what_if(
    walk: PageWalk,
    *,
    doors: gpd.GeoDataFrame,
    posts: gpd.GeoDataFrame,
    proposed: gpd.GeoDataFrame | None,
    sites: gpd.GeoDataFrame | None = None,
) -> dict[str, Any]:
    """Give the page what it needs to walk by itself, beside its streets.

    Parameters
    ----------
    doors
        In the order of the page: `edge`, `offset_m`, `access_m`, `nearest_min` and, with a plan,
        `nearest_min_after`; by length `nearest_m`, `nearest_m_after` and `limit_m`.
    posts, proposed
        Existing and proposed posts, with `edge`, `offset_m` and `access_m`.
    sites
        Sites of other plans, with the same; index `site_id`.

    Returns
    -------
    dict
        `doors` (streams `edge`, `share`, `access`), `posts` and `proposed` (places), `sites`
        (places by `site_id`), `speed_kmh`, `snap_max_m`, `join_max_m`, `profiles`, and `apart`:
        doors whose limit the page sees otherwise.
    """
    speed_kmh, network = walk.speed_kmh, rounded_network(walk.network)
    at = rounded_positions(network, doors, speed_kmh=speed_kmh)
    now = rounded_positions(network, posts, speed_kmh=speed_kmh)
    standing = now.positions(network, speed_kmh=speed_kmh, index=posts.index)
    states, minutes, then = [standing], [walk.minutes_of(doors, "")], None
    if proposed is not None and len(proposed) and "nearest_min_after" in doors:
        then = rounded_positions(network, proposed, speed_kmh=speed_kmh)
        index = pd.Index([f"proposed {rank}" for rank in proposed.index])
        planned = then.positions(network, speed_kmh=speed_kmh, index=index)
        states.append(pd.concat([standing, planned]))
        minutes.append(walk.minutes_of(doors, "_after"))
    limits_min = walk.limits_of(doors)
    agreed, apart = agreeing_doors(
        network,
        at,
        states,
        [_inside(of, limits_min, doors.index) for of in minutes],
        limits_min=limits_min,
        speed_kmh=speed_kmh,
    )
    return {
        "doors": agreed.pack(),
        "posts": _places(now),
        "proposed": _places(then) if then else [],
        "sites": {} if sites is None else _places_by_id(network, sites, speed_kmh),
        "speed_kmh": speed_kmh,
        "snap_max_m": walk.snap_max_m,
        "join_max_m": walk.join_max_m,
        "profiles": [_profile(profile) for profile in walk.profiles],
        "apart": apart,
    }


def _inside(minutes: Floats, limits_min: Sequence[float | Floats], index: pd.Index) -> pd.DataFrame:
    columns = {place: within(minutes, limit) for place, limit in enumerate(limits_min)}
    return pd.DataFrame(columns, index=index)


def _profile(profile: WalkingProfile) -> dict[str, Any]:
    """What the page tells of a profile: its speed on the level, and where its figures are from."""
    figures = [figure for figure in (profile.speed_kmh, profile.added_min_per_km) if figure]
    return {
        "name": profile.name,
        "speed_kmh": profile.level_speed_kmh,
        "sources": [figure.source for figure in figures],
        "verified": all(figure.verified for figure in figures),
    }


def _places_by_id(
    network: WalkNetwork, sites: gpd.GeoDataFrame, speed_kmh: float
) -> dict[str, dict[str, int]]:
    places = _places(rounded_positions(network, sites, speed_kmh=speed_kmh))
    return dict(zip(map(str, sites.index), places, strict=True))


def _places(rounded: RoundedPositions) -> list[dict[str, int]]:
    rows = zip(rounded.edge, rounded.share, rounded.access, strict=True)
    return [{"edge": int(e), "share": int(s), "access": int(a)} for e, s, a in rows]
