"""The walking network as the page carries it: whole numbers that page and Python read alike.

Seconds along an edge are kept to a tenth, places along an edge to 1/255 of it, legs beside it to a
tenth of a second.  `rounded_network` and `rounded_positions` are the same numbers as tables of
this package, so that `travel_times` on them gives what `page/engine.js` gives.  The streams are
those of `ground.pack_integers`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from ..network import WalkNetwork
from ..standards import WalkingProfile
from ..travel_times import nearest_facility, within
from .ground import PER_DEGREE, Integers, pack_integers

TENTHS = 10
PEOPLE = 1000
"""Residents are kept to a thousandth, so that sums over a city are right to a whole one."""

SHARES = 255
SIMPLIFY_M = 1.0
"""Tolerance to which the shape of streets is drawn; seconds are those of the full shape."""

M_PER_MIN = 60.0
"""Metres that a walk by length counts as a minute: one a second."""

KINDS = ("path", "minor", "major")
Floats = npt.NDArray[np.float64]


def rounded_network(network: WalkNetwork) -> WalkNetwork:
    """Round the seconds of each edge to tenths; closed directions stay closed.

    Examples
    --------
    >>> from walkshed.network.one_street import one_street
    >>> rounded_network(one_street(100)).edge_forward_s.tolist(), one_street(100).edge_length_m[0]
    ([75.0], np.float64(100.0))
    """
    return replace(
        network,
        edge_forward_s=np.rint(network.edge_forward_s * TENTHS) / TENTHS,
        edge_backward_s=np.rint(network.edge_backward_s * TENTHS) / TENTHS,
    )


@dataclass(frozen=True, eq=False)
class RoundedPositions:
    """Places on edges as the page holds them.

    Attributes
    ----------
    edge
        Edge of each place; -1 meets no street.
    share
        255ths of the edge between its first node and the place.
    access
        Tenths of a second of the leg beside the street.
    """

    edge: Integers
    share: Integers
    access: Integers

    def positions(self, network: WalkNetwork, *, speed_kmh: float, index: pd.Index) -> pd.DataFrame:
        """Give the rounded places as `travel_times` takes them."""
        on_edge = np.maximum(self.edge, 0)
        return pd.DataFrame(
            {
                "edge": self.edge,
                "offset_m": self.share / SHARES * network.edge_length_m[on_edge],
                "access_m": self.access / TENTHS * (speed_kmh / 3.6),
            },
            index=index,
        )

    def pack(self) -> dict[str, str]:
        """Write the columns as streams; edges as steps from row to row."""
        return {
            "edge": pack_integers(np.diff(self.edge, prepend=0)),
            "share": pack_integers(self.share),
            "access": pack_integers(self.access),
        }


def rounded_positions(
    network: WalkNetwork, positions: pd.DataFrame, *, speed_kmh: float
) -> RoundedPositions:
    """Round places on edges to what the page holds.

    Parameters
    ----------
    positions
        Columns `edge`, `offset_m` and `access_m`, as `snap` gives them.
    speed_kmh
        Speed along the legs beside the street.
    """
    edge = positions["edge"].to_numpy(np.int64)
    met = edge >= 0
    length_m = network.edge_length_m[np.maximum(edge, 0)]
    offset_m = np.where(met, positions["offset_m"].to_numpy(float), 0.0)
    access_m = np.where(met, positions["access_m"].to_numpy(float), 0.0)
    share = np.clip(offset_m / np.where(length_m > 0, length_m, 1.0), 0.0, 1.0)
    return RoundedPositions(
        edge=edge,
        share=np.rint(share * SHARES).astype(np.int64),
        access=np.rint(access_m / (speed_kmh / 3.6) * TENTHS).astype(np.int64),
    )


def agreeing_doors(
    network: WalkNetwork,
    doors: RoundedPositions,
    posts: Sequence[pd.DataFrame],
    tables: Sequence[pd.DataFrame],
    *,
    limits_min: Sequence[float | Floats],
    speed_kmh: float,
) -> tuple[RoundedPositions, int]:
    """Let rounded doors be within each limit exactly when the study's tables say so.

    A door whose walk ends within a rounding of a limit may fall on its other side.  The leg beside
    the street of such a door is made longer or shorter by what is needed, a few tenths of a second.

    Parameters
    ----------
    network
        The rounded network.
    posts, tables
        For each state of the city (now, with the plan): rounded positions of its posts, and a
        table of the doors, one column of true and false for each limit.
    limits_min
        One limit for all doors, or one for each.

    Returns
    -------
    doors, left
        The doors, and how many still disagree somewhere: a leg cannot be shorter than nothing,
        and states may ask for opposite things.
    """
    access = doors.access.copy()
    index = tables[0].index
    for _ in range(2):
        for at, inside in zip(posts, tables, strict=True):
            walks = _tenths(network, replace(doors, access=access), at, speed_kmh, index)
            for column, limit in enumerate(limits_min):
                bound = np.floor(np.broadcast_to(limit, len(index)) * 60 * TENTHS + 1e-6)
                says = inside.iloc[:, column].to_numpy(bool)
                over = np.where(says & np.isfinite(walks), np.ceil(walks - bound - 1e-6), 0.0)
                under = np.where(
                    ~says & (walks <= bound + 1e-6), np.floor(bound - walks) + 1.0, 0.0
                )
                step = (under - np.maximum(over, 0.0)).astype(np.int64)
                access = np.maximum(access + step, 0)
                walks = walks + step
    agreed = replace(doors, access=access)
    wrong = np.zeros(len(index), dtype=bool)
    for at, inside in zip(posts, tables, strict=True):
        walks = _tenths(network, agreed, at, speed_kmh, index)
        for column, limit in enumerate(limits_min):
            now = within(walks / TENTHS / 60, limit)
            wrong |= now != inside.iloc[:, column].to_numpy(bool)
    return agreed, int(wrong.sum())


def _tenths(
    network: WalkNetwork,
    doors: RoundedPositions,
    posts: pd.DataFrame,
    speed_kmh: float,
    index: pd.Index,
) -> Floats:
    at = doors.positions(network, speed_kmh=speed_kmh, index=index)
    nearest = nearest_facility(network, at, posts, speed_kmh=speed_kmh)
    return nearest["minutes"].to_numpy() * 60 * TENTHS


def rounded_residents(residents: npt.ArrayLike, zone: npt.ArrayLike) -> Integers:
    """Round residents to thousandths so that the sum of each zone stays within one.

    Examples
    --------
    >>> rounded_residents([0.0004, 0.0004, 0.0004, 7.0], [0, 0, 0, 1]).tolist()
    [0, 1, 0, 7000]
    """
    people, of = np.asarray(residents, dtype=float) * PEOPLE, np.asarray(zone)
    order = np.argsort(of, kind="stable")
    total = pd.Series(people[order]).groupby(of[order]).cumsum().to_numpy()
    first = np.diff(of[order], prepend=of[order][:1] - 1) != 0
    whole = np.rint(total).astype(np.int64)
    before = np.where(first, 0, np.concatenate([[0], whole[:-1]]))
    rounded = np.empty(len(people), dtype=np.int64)
    rounded[order] = whole - before
    return rounded


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
    origin: tuple[float, float],
) -> dict[str, Any]:
    """Give the page what it needs to walk by itself.

    Parameters
    ----------
    doors
        In the order of the page: `edge`, `offset_m`, `access_m`, `nearest_min` and, with a plan,
        `nearest_min_after`; by length `nearest_m`, `nearest_m_after` and `limit_m`.
    posts, proposed
        Existing and proposed posts, with `edge`, `offset_m` and `access_m`.
    sites
        Sites of other plans, with the same; index `site_id`.
    origin
        Longitude and latitude that steps are counted from.

    Returns
    -------
    dict
        `streets` (see `pack_network`), `doors` (streams `edge`, `share`, `access`), `posts` and
        `proposed` (places), `sites` (places by `site_id`), `speed_kmh`, `snap_max_m`, `join_max_m`,
        `profiles`, and `apart`: doors whose limit the page sees otherwise.
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
        "streets": pack_network(network, walk.may_step_on, origin=origin),
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
