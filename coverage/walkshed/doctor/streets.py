"""What looks wrong with streets: islands, ends that do not meet, crossings without a junction.

All that is told is a question to the map: a gap of two metres may be a wall.
"""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from ..language import format_metres, format_number, translate
from ..network import WalkNetwork
from ..sources.osm import OsmExtract
from ..standards import DoctorLimits
from ..study.walk import Walk
from ._ways_round import ways_round_m
from .findings import Finding, FloatArray, lonlat_of, warnings_at

TOUCH_M = 0.01
"""Lines that cross this near to a node they share meet there."""


def islands(walk: Walk, language: str) -> Iterator[Finding]:
    """Parts of the network that no way leads out of: each with doors on it, the rest in one line.

    Streets that hold a post are an island like any other: nobody comes to it from elsewhere.
    """
    network, doors = walk.network, walk.doors
    component, length_m = network.edge_component, network.component_length_m
    largest = component[np.argmax(length_m)]
    snapped = doors[doors["edge"] >= 0]
    home = pd.Series(component[snapped["edge"]], index=snapped.index)
    lived_on = home[home != largest]
    todo = translate(
        "See in OpenStreetMap what joins these streets to the rest: a missing link, crossing or "
        "gate. Who lives there is counted as not reached, or by the posts there alone.",
        language,
    )
    for number, ids in lived_on.groupby(lived_on).groups.items():
        edge = int(np.flatnonzero(component == number)[0])
        lon, lat = lonlat_of(network.xy[network.xy_start[edge]], network.crs)[0]
        here = snapped.loc[ids]
        yield Finding(
            "warning",
            "island",
            translate(
                "{length} of streets without a way to the rest of the network",
                language,
                length=format_metres(length_m[edge], language),
            ),
            todo,
            f"w{network.edge_way_id[edge]}" if network.edge_way_id[edge] > 0 else "",
            lon,
            lat,
            len(here),
            float(here["residents"].sum()),
        )
    empty = ~np.isin(component, [largest, *lived_on.unique()])
    yield from _empty_islands(network, empty, language)


def gaps(walk: Walk, extract: OsmExtract, limits: DoctorLimits, language: str) -> Iterator[Finding]:
    """Ends of streets near another street that they do not meet, where the way round is long."""
    network = walk.network
    found = _gaps_between(walk, extract, limits)
    way = network.edge_way_id
    said = [
        translate(
            "The street ends {gap} from {other} and does not meet it; {way_round}",
            language,
            gap=_centimetres(gap_m, language),
            other=f"w{way[other]}",
            way_round=_way_round(round_m, limits, language),
        )
        for other, gap_m, round_m in zip(
            found["other"], found["gap_m"], found["round_m"], strict=True
        )
    ]
    todo = translate(
        "Look at the place: if one can walk through, join the two in OpenStreetMap (or add the "
        "link by a scenario); if there is a wall or a gate, draw it.",
        language,
    )
    xy = network.node_xy[found["node"].to_numpy(int)]
    ways = way[found["edge"].to_numpy(int)]
    yield from warnings_at("gap", said, todo, ways, xy, walk.doors, limits.near_m.value)


def crossings_without_junction(
    walk: Walk, extract: OsmExtract, limits: DoctorLimits, language: str
) -> Iterator[Finding]:
    """Streets on one level that cross and share no node, where the way round is long."""
    network = walk.network
    one, other, xy = _crossings(network, extract)
    at = shapely.points(xy)
    start, end = (
        pd.DataFrame(
            {"edge": edge, "offset_m": shapely.line_locate_point(network.edge_lines[edge], at)}
        )
        for edge in (one, other)
    )
    round_m = _round(walk, start, end, limits)
    long = round_m >= limits.way_round_min_m.value
    said = [
        translate(
            "The street crosses {other} on one level and does not meet it; {way_round}",
            language,
            other=f"w{network.edge_way_id[edge]}",
            way_round=_way_round(metres, limits, language),
        )
        for edge, metres in zip(other[long], round_m[long], strict=True)
    ]
    todo = translate(
        "Look at the place: give the two a common node in OpenStreetMap, or one of them its "
        "bridge, tunnel or layer.",
        language,
    )
    ways = network.edge_way_id[one[long]]
    code, near_m = "crossing_without_junction", limits.near_m.value
    yield from warnings_at(code, said, todo, ways, xy[long], walk.doors, near_m)


def _empty_islands(network: WalkNetwork, empty: np.ndarray, language: str) -> Iterator[Finding]:
    if empty.any():
        yield Finding(
            "note",
            "islands_without_doors",
            translate(
                "{count} parts of the network, {length} in all, are cut off and nobody lives there",
                language,
                count=format_number(len(np.unique(network.edge_component[empty])), language),
                length=format_metres(network.edge_length_m[empty].sum(), language),
            ),
            translate("Nothing, unless a place should be reached that is not.", language),
        )


def _gaps_between(walk: Walk, extract: OsmExtract, limits: DoctorLimits) -> pd.DataFrame:
    """Loose ends near a street: `node`, `edge`, `other`, `gap_m`, `round_m`, each pair once.

    An end from which any street nearby is soon reached is joined to it in its own way.
    """
    found = _ends_near_streets(walk, extract, limits.gap_max_m.value)
    found["round_m"] = _round(
        walk,
        found[["edge", "offset_m"]],
        found[["other", "foot_m"]].set_axis(["edge", "offset_m"], axis=1),
        limits,
    )
    shortest_m = found.groupby("node")["round_m"].transform("min")
    found = found[shortest_m >= limits.way_round_min_m.value]
    found = found.sort_values(["gap_m", "node", "other"]).drop_duplicates("node")
    pair = np.sort(found[["edge", "other"]].to_numpy(), axis=1)
    return found[~pd.DataFrame(pair).duplicated().to_numpy()]


def _ends_near_streets(walk: Walk, extract: OsmExtract, gap_max_m: float) -> pd.DataFrame:
    """Loose ends and each other street on their level that no barrier parts them from."""
    network = walk.network
    node, edge, offset_m = _loose_ends(network)
    drawn = _drawn(network)
    points = shapely.points(network.node_xy[node])
    tree = shapely.STRtree(network.edge_lines[drawn])
    end, other = tree.query(points, predicate="dwithin", distance=gap_max_m)
    other = drawn[other]
    layer = _layers(network, extract)
    marked = _is_highway(network, extract)
    apart = (edge[end] != other) & (layer[edge[end]] == layer[other])
    apart &= marked[edge[end]] & marked[other]  # few map the kerb between a street and a platform
    end, other = end[apart], other[apart]
    foot_m = shapely.line_locate_point(network.edge_lines[other], points[end])
    foot = network.position_xy(other, foot_m)
    legs = shapely.linestrings(np.stack([network.node_xy[node[end]], foot], axis=1))
    free = np.ones(len(end), dtype=bool)
    free[
        shapely.STRtree(np.concatenate([walk.barriers, walk.fences])).query(
            legs, predicate="intersects"
        )[0]
    ] = False
    table = {
        "node": node[end],
        "edge": edge[end],
        "offset_m": offset_m[end],
        "other": other,
        "foot_m": foot_m,
        "gap_m": shapely.length(legs),
    }
    return pd.DataFrame(table)[free]


def _crossings(
    network: WalkNetwork, extract: OsmExtract
) -> tuple[np.ndarray, np.ndarray, FloatArray]:
    """Pairs of edges on one level that cross, and where; not where they share a node."""
    drawn = _drawn(network)
    lines = network.edge_lines[drawn]
    one, other = shapely.STRtree(lines).query(lines, predicate="crosses")
    one, other = drawn[one[one < other]], drawn[other[one < other]]
    layer = _layers(network, extract)
    level = layer[one] == layer[other]
    one, other = one[level], other[level]
    met = shapely.intersection(network.edge_lines[one], network.edge_lines[other])
    first = shapely.get_geometry(shapely.extract_unique_points(met), 0)
    xy = shapely.get_coordinates(first)
    far = np.ones(len(one), dtype=bool)
    for node in (network.edge_u[one], network.edge_v[one]):
        shared = (node == network.edge_u[other]) | (node == network.edge_v[other])
        far &= ~shared | (np.hypot(*(network.node_xy[node] - xy).T) > TOUCH_M)
    return one[far], other[far], xy[far]


def _loose_ends(
    network: WalkNetwork,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Nodes of the data at which a single street ends; that street, and where on it.

    Ends that closed gates or private yards make are none: their ids are not of the data.
    """
    ends = np.column_stack([network.edge_u, network.edge_v]).astype(np.int64)
    count = np.bincount(ends.ravel(), minlength=network.n_nodes)
    edge, side = np.nonzero(count[ends] == 1)
    node = ends[edge, side]
    kept = (network.node_ref[node] >= 0) & np.isin(edge, _drawn(network))
    offset_m = np.where(side == 0, 0.0, network.edge_length_m[edge])
    return node[kept], edge[kept], offset_m[kept]


def _drawn(network: WalkNetwork) -> np.ndarray:
    """Edges on the ground that somebody drew: no bridges, tunnels, or lines across squares."""
    found: np.ndarray = np.flatnonzero(network.edge_is_open & (network.edge_kind != "square"))
    return found


def _is_highway(network: WalkNetwork, extract: OsmExtract) -> npt.NDArray[np.bool_]:
    """Whether each edge is of a way tagged `highway`, and not of a bare pier or platform."""
    bare = extract.ways.loc[extract.ways["highway"] == "", "way_id"]
    return ~np.isin(network.edge_way_id, bare)


def _layers(network: WalkNetwork, extract: OsmExtract) -> np.ndarray:
    """Layer of each edge as its way is tagged, "0" where it is not."""
    layer = extract.ways.drop_duplicates("way_id").set_index("way_id")["layer"]
    found: np.ndarray = layer.reindex(network.edge_way_id).fillna("").replace("", "0").to_numpy()
    return found


def _round(walk: Walk, start: pd.DataFrame, end: pd.DataFrame, limits: DoctorLimits) -> FloatArray:
    return ways_round_m(
        walk.network,
        start,
        end,
        speed_kmh=walk.speed_kmh,
        longest_m=limits.way_round_told_m.value,
    )


def _way_round(round_m: float, limits: DoctorLimits, language: str) -> str:
    if np.isfinite(round_m):
        return translate(
            "the way round is {length}", language, length=format_metres(round_m, language)
        )
    return translate(
        "there is no way round of {length} or less",
        language,
        length=format_metres(limits.way_round_told_m.value, language),
    )


def _centimetres(metres: float, language: str) -> str:
    return f"{format_number(metres, language, decimals=2)} {translate('m', language)}"
