"""Walking seconds of edges for one kind of walker: speed, steps, slope, winter, night, crossings.

In: a `WalkNetwork` and a `WalkingProfile`, heights of the ground if there are any. Out: the same
network with seconds both ways for that walker, without the edges that he never uses. Lengths are
metres on the map, slopes are rise over that length, seconds are computed afresh from lengths and
kinds: of the seconds that were there before, only a closed direction (infinite) is kept.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import fields, replace

import numpy as np
import numpy.typing as npt

from ..errors import SettingsError, SourceError, one_message
from ..standards import SlopeRule, WalkingProfile, slope_rule
from .graph import FloatArray, IntArray, WalkNetwork

logger = logging.getLogger(__name__)

EDGE_KINDS = (
    "crossing", "elevator", "footway", "ford", "narrow_gate", "square", "steps", "stile", "street",
)  # fmt: skip
CLIMBS = ("steps", "elevator")
PIECE_MAX_M = 50.0
"""Slope is taken over pieces of a street that are at most this long."""

UNLIT = 0
Heights = Callable[[FloatArray], FloatArray]
"""Ground heights in metres at (n, 2) coordinates of the network; NaN where none is known."""


def walking_seconds(
    length_m: npt.ArrayLike,
    kind: npt.ArrayLike,
    lit: npt.ArrayLike,
    rise_m: npt.ArrayLike,
    profile: WalkingProfile,
    *,
    edge_speeds_kmh: Mapping[str, float] | None = None,
    wholes: npt.ArrayLike = 1.0,
    wait_at_crossings: bool = False,
) -> tuple[FloatArray, FloatArray]:
    """Seconds forward and backward along stretches of street.

    A stretch takes `length_m * (3.6 / (v * t) + 0.06 * added_min_per_km) + delay`: `v` is the
    speed in km/h on that kind of street, lit or not, `t` what slope does to it
    (`slope_speed_factor`; 1 on steps and in elevators, whose climb is in their time already).
    Winter's minutes per kilometre are added and not multiplied. `delay` is that of kerbs and waits
    on crossings, and of waiting and riding in elevators.

    Parameters
    ----------
    length_m
        Length of each stretch on the map.
    kind, lit
        As `WalkNetwork.edge_kind` and `edge_lit`. Only 0, known to be unlit, counts as dark: most
        streets of OpenStreetMap do not say (-1), and these count as lit.
    rise_m
        How much higher the end lies than the start.
    profile
        Who walks.
    edge_speeds_kmh
        Speeds on level, lit ground by kind, instead of the profile's.
    wholes
        How much of a crossing or an elevator each stretch of such a kind is: 0.5 for a half.
    wait_at_crossings
        Whether the profile's `crossing_wait_s` counts; its `kerbs_s` always does.

    Returns
    -------
    tuple of float arrays
        Infinite, both ways, where the profile never walks.

    Raises
    ------
    SettingsError
        `edge_speeds_kmh` names a kind there is not or that the profile never uses, or holds a
        speed that is none.

    Examples
    --------
    100 m at 4.8 km/h take 75 s. Up 5 in 100, Tobler's function is exp(-0.175) of its value on the
    level, and down 5 in 100 exp(0.175), so 75 s become 89.3 s and 63.0 s:

    >>> from walkshed.standards import walking_profile
    >>> adult, winter = walking_profile("adult"), walking_profile("winter")
    >>> up, down = walking_seconds([100, 100], ["street", "steps"], [1, 1], [5, 5], adult)
    >>> up.round(1).tolist(), down.round(1).tolist()
    ([89.3, 150.0], [63.0, 150.0])

    A minute per kilometre adds 6 s:

    >>> walking_seconds([100], ["street"], [1], [0], winter)[0].round(1).tolist()
    [81.0]
    """
    length_m, rise_m = np.asarray(length_m, dtype=float), np.asarray(rise_m, dtype=float)
    kind = np.asarray(kind, dtype=object)
    kmh = _level_kmh(kind, profile, edge_speeds_kmh or {})
    if profile.unlit_speed_factor:
        kmh = np.where(np.asarray(lit) == UNLIT, kmh * profile.unlit_speed_factor.value, kmh)
    walked = kmh > 0
    pace = np.divide(3.6, kmh, out=np.zeros(kmh.shape), where=walked)
    slope = np.divide(
        rise_m, length_m, out=np.zeros(kmh.shape), where=(length_m > 0) & ~np.isin(kind, CLIMBS)
    )
    added = 0.06 * profile.added_min_per_km.value if profile.added_min_per_km else 0.0
    delay_s = np.where(kind == "crossing", wholes, 0.0) * _crossing_s(profile, wait_at_crossings)
    if profile.elevator_s:
        delay_s += np.where(kind == "elevator", wholes, 0.0) * profile.elevator_s.value
    forward_s, backward_s = (
        np.where(walked, length_m * (pace / slope_speed_factor(way) + added) + delay_s, np.inf)
        for way in (slope, -slope)
    )
    return forward_s, backward_s


def slope_speed_factor(slope: npt.ArrayLike, rule: SlopeRule | None = None) -> FloatArray:
    """Share of the speed on the level that is left on a slope (more than 1 on gentle descents).

    Tobler's hiking function, `W = 6 exp(-3.5 |S + 0.05|)` km/h (Tobler 1993), divided by its value
    on the level. Slopes steeper than the rule's steepest, up or down, count as that one.

    Parameters
    ----------
    slope
        Rise over distance on the map, positive uphill.
    rule
        The figures; those of `slope_rule()` by default.

    Examples
    --------
    Up 5 in 100 it is exp(-3.5 * 0.10) / exp(-3.5 * 0.05); down 5 in 100 the reciprocal, and down
    10 in 100 it is as on the level:

    >>> slope_speed_factor([0.0, 0.05, -0.05, -0.10]).round(4).tolist()
    [1.0, 0.8395, 1.1912, 1.0]
    >>> bool(slope_speed_factor(0.5) == slope_speed_factor(3.0))
    True
    """
    rule = rule or slope_rule()
    easiest, steepest = rule.easiest_descent.value, rule.steepest.value
    held = np.clip(np.asarray(slope, dtype=float), -steepest, steepest)
    factor: FloatArray = np.exp(-rule.steepness.value * (np.abs(held + easiest) - easiest))
    return factor


def apply_profile(
    network: WalkNetwork,
    profile: WalkingProfile,
    *,
    elevation: Heights | None = None,
    edge_speeds_kmh: Mapping[str, float] | None = None,
    wait_at_crossings: bool = False,
    flat_where_unknown: bool = False,
) -> WalkNetwork:
    """Give a network the seconds of one kind of walker.

    Edges that nobody of that kind walks either way are taken out, and nodes without an edge; the
    others keep their order. Speeds already in the network are replaced, closed directions (infinite
    seconds) stay closed. Kerbs and waits count once for each OSM way mapped as a crossing,
    and the ride once for each elevator, shared out by length where other ways cut it; apply the
    profile before `simplify`, which may merge two crossings into one edge.

    Parameters
    ----------
    network
        Any network; the lengths and kinds of its edges count.
    profile, edge_speeds_kmh, wait_at_crossings
        As in `walking_seconds`.
    elevation
        Heights of the ground, such as `read_elevation` gives; without it all ground is level.
        Slope is taken over pieces of at most 50 m along each street. On bridges and in tunnels
        the way rises evenly from end to end, whatever the ground does.
    flat_where_unknown
        Take pieces without a known height as level, and log how many; otherwise they are an error.

    Raises
    ------
    SettingsError
        `edge_speeds_kmh` cannot be used, see `walking_seconds`.
    SourceError
        Heights are missing, or the profile leaves no street.

    Examples
    --------
    A street of 80 m takes a minute at 4.8 km/h; steps beside it are of no use to a wheelchair:

    >>> import networkx as nx
    >>> from walkshed.network.bridges import from_networkx
    >>> from walkshed.standards import walking_profile
    >>> graph = nx.MultiGraph(crs="EPSG:32642")
    >>> graph.add_nodes_from([(1, {"x": 0.0, "y": 0.0}), (2, {"x": 80.0, "y": 0.0})])
    >>> ways = [(1, 2, {"highway": "footway"}), (1, 2, {"highway": "steps"})]
    >>> keys = graph.add_edges_from(ways)
    >>> network = from_networkx(graph)
    >>> apply_profile(network, walking_profile("adult")).edge_forward_s.round(3).tolist()
    [60.0, 120.0]
    >>> apply_profile(network, walking_profile("wheelchair_or_pushchair")).n_edges
    1
    """
    forward_s, backward_s = profile_seconds(
        network,
        profile,
        elevation=elevation,
        edge_speeds_kmh=edge_speeds_kmh,
        wait_at_crossings=wait_at_crossings,
        flat_where_unknown=flat_where_unknown,
    )
    timed = replace(network, edge_forward_s=forward_s, edge_backward_s=backward_s)
    walked = np.isfinite(forward_s) | np.isfinite(backward_s)
    if not walked.any():
        raise SourceError(
            f"walking profile `{profile.name}`: can walk no street here; choose another profile"
        )
    return _only(timed, walked)


def profile_seconds(
    network: WalkNetwork,
    profile: WalkingProfile,
    *,
    elevation: Heights | None = None,
    edge_speeds_kmh: Mapping[str, float] | None = None,
    wait_at_crossings: bool = False,
    flat_where_unknown: bool = False,
) -> tuple[FloatArray, FloatArray]:
    """Seconds of one kind of walker along each edge, forward and backward.

    Parameters and errors are those of `apply_profile`; nothing is taken out: an edge that nobody
    of that kind walks takes infinite seconds both ways.
    """
    edge, share, rise_m = _pieces(network, elevation, flat_where_unknown=flat_where_unknown)
    pieces_s = walking_seconds(
        network.edge_length_m[edge] * share,
        network.edge_kind[edge],
        network.edge_lit[edge],
        rise_m,
        profile,
        edge_speeds_kmh=edge_speeds_kmh,
        wholes=_wholes(network)[edge] * share,
        wait_at_crossings=wait_at_crossings,
    )
    forward_s, backward_s = (
        np.where(np.isfinite(before), np.bincount(edge, seconds, network.n_edges), np.inf)
        for seconds, before in zip(
            pieces_s, (network.edge_forward_s, network.edge_backward_s), strict=True
        )
    )
    return forward_s, backward_s


def _level_kmh(
    kind: npt.NDArray[np.object_], profile: WalkingProfile, edge_speeds_kmh: Mapping[str, float]
) -> FloatArray:
    """Speed on level, lit ground by kind of street; 0 where the profile never walks."""
    _check_speeds(profile, edge_speeds_kmh)
    kmh = np.full(kind.shape, profile.speed_kmh.value)
    kmh[kind == "steps"] = profile.steps_speed_kmh
    for name, speed_kmh in edge_speeds_kmh.items():
        kmh[kind == name] = speed_kmh
    for name in profile.never_uses.value if profile.never_uses else ():
        kmh[kind == name] = 0.0
    return kmh


def _check_speeds(profile: WalkingProfile, edge_speeds_kmh: Mapping[str, float]) -> None:
    problems = []
    for kind, speed_kmh in edge_speeds_kmh.items():
        if kind not in EDGE_KINDS:
            problems.append(f"no kind of street `{kind}`; there are: {', '.join(EDGE_KINDS)}")
        elif profile.never(kind):
            problems.append(f"`{kind}`: profile `{profile.name}` never uses it; remove it")
        elif not 0 < speed_kmh < np.inf:
            problems.append(f"`{kind}` = {speed_kmh}: give a speed above 0 km/h")
    if problems:
        raise SettingsError(one_message("edge_speeds_kmh", problems))


def _crossing_s(profile: WalkingProfile, wait_at_crossings: bool) -> float:
    kerbs_s = profile.kerbs_s.value if profile.kerbs_s else 0.0
    waits = wait_at_crossings and profile.crossing_wait_s
    return kerbs_s + (waits.value if waits else 0.0)


def _wholes(network: WalkNetwork) -> FloatArray:
    """How much of a mapped crossing or elevator each edge is: its share of that in the OSM way.

    An edge without a way of its own (id 0 or less, as streets added by hand) is a whole one.
    """
    is_elevator = network.edge_kind == "elevator"
    is_crossing = (network.edge_kind == "crossing") | is_elevator
    own = -1 - np.arange(network.n_edges)
    shared = 2 * network.edge_way_id + is_elevator
    ids = np.where(is_crossing & (network.edge_way_id > 0), shared, own)
    _, way = np.unique(ids, return_inverse=True)
    length_m = np.bincount(way, network.edge_length_m)[way]
    shares = np.divide(
        network.edge_length_m, length_m, out=np.ones(network.n_edges), where=length_m > 0
    )
    return np.where(is_crossing, shares, 0.0)


def _pieces(
    network: WalkNetwork, elevation: Heights | None, *, flat_where_unknown: bool
) -> tuple[IntArray, FloatArray, FloatArray]:
    """Edges in pieces: the edge of each, its share of it, its rise towards `edge_v` in metres."""
    if elevation is None:
        return np.arange(network.n_edges), np.ones(network.n_edges), np.zeros(network.n_edges)
    count = np.maximum(1, np.ceil(network.edge_length_m / PIECE_MAX_M)).astype(np.int64)
    edge = np.repeat(np.arange(network.n_edges), count + 1)
    first = np.cumsum(count + 1) - (count + 1)
    share = (np.arange(len(edge)) - first[edge]) / count[edge]
    ground_m = elevation(_along(network, edge, share))
    start_m, end_m = ground_m[first][edge], ground_m[first + count][edge]
    z_m = np.where(network.edge_is_open[edge], ground_m, start_m + (end_m - start_m) * share)
    rise_m = np.diff(z_m)[edge[1:] == edge[:-1]]
    _tell_unknown(z_m, flat_where_unknown=flat_where_unknown)
    edge = np.repeat(np.arange(network.n_edges), count)
    return edge, 1 / count[edge], np.where(np.isnan(rise_m), 0.0, rise_m)


def _along(network: WalkNetwork, edge: IntArray, share: FloatArray) -> FloatArray:
    """Coordinates at shares (0 to 1) of the way along edges."""
    step_m = np.hypot(*np.diff(network.xy, axis=0).T)
    # One metre apart, so that the end of a street is not the start of the next one.
    step_m[network.xy_start[1:-1] - 1] = 1.0
    along_m = np.concatenate([[0.0], np.cumsum(step_m)])
    start_m, end_m = along_m[network.xy_start[:-1]], along_m[network.xy_start[1:] - 1]
    at_m = np.minimum(start_m[edge] + share * (end_m - start_m)[edge], end_m[edge])
    return np.column_stack([np.interp(at_m, along_m, axis) for axis in network.xy.T])


def _tell_unknown(z_m: FloatArray, *, flat_where_unknown: bool) -> None:
    unknown = int(np.isnan(z_m).sum())
    if not unknown:
        return
    told = f"elevation: no height at {unknown:,} of {len(z_m):,} points along the streets"
    if not flat_where_unknown:
        raise SourceError(
            f"{told}; give a raster that covers them all, or take them as level "
            "(`flat_where_unknown`)"
        )
    logger.warning("%s; taken as level there", told)


def _only(network: WalkNetwork, kept: npt.NDArray[np.bool_]) -> WalkNetwork:
    """Give the network of some edges, in their order, and of the nodes at their ends."""
    ends = np.concatenate([network.edge_u[kept], network.edge_v[kept]])
    node, ends = np.unique(ends, return_inverse=True)
    size = np.diff(network.xy_start)
    parts = {
        field.name: getattr(network, field.name)[node if field.name.startswith("node_") else kept]
        for field in fields(network)
        if field.name.startswith(("node_", "edge_"))
    }
    parts["edge_u"], parts["edge_v"] = np.split(ends.astype(np.int32), 2)
    parts["xy"] = network.xy[np.repeat(kept, size)]
    parts["xy_start"] = np.concatenate([[0], np.cumsum(size[kept])]).astype(np.int32)
    return replace(network, **parts)
