"""What looks wrong with streets: islands, ends that do not meet, crossings without a junction.

All that is told is a question to the map: a gap of two metres may be a wall.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import shapely

from ..language import format_metres, format_number, translate
from ..network import WalkNetwork
from ..sources.osm import OsmExtract
from ..standards import DoctorLimits
from ..study.walk import Walk
from ._ways_round import ways_round_m
from .findings import Finding, FloatArray, lonlat_of, neighbours

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
    if empty.any():
        yield Finding(
            "note",
            "islands_without_doors",
            translate(
                "{count} parts of the network, {length} in all, are cut off and nobody lives there",
                language,
                count=format_number(len(np.unique(component[empty])), language),
                length=format_metres(network.edge_length_m[empty].sum(), language),
            ),
            translate("Nothing, unless a place should be reached that is not.", language),
        )


def gaps(walk: Walk, extract: OsmExtract, limits: DoctorLimits, language: str) -> Iterator[Finding]:
    """Ends of streets near another street that they do not meet, where the way round is long."""
    network = walk.network
    node, edge, offset_m = _loose_ends(network)
    open_edges = _drawn(network)
    tree = shapely.STRtree(network.edge_lines[open_edges])
    xy = network.node_xy[node]
    end, other = tree.query(
        shapely.points(xy), predicate="dwithin", distance=limits.gap_max_m.value
    )
    other = open_edges[other]
    layer = _layers(network, extract)
    own = (edge[end] == other) | (layer[edge[end]] != layer[other])
    end, other = end[~own], other[~own]
    foot_m = shapely.line_locate_point(network.edge_lines[other], shapely.points(xy[end]))
    foot = network.position_xy(other, foot_m)
    gap_m = np.hypot(*(foot - xy[end]).T)
    legs = shapely.linestrings(np.stack([xy[end], foot], axis=1))
    free = np.ones(len(end), dtype=bool)
    free[shapely.STRtree(walk.barriers).query(legs, predicate="intersects")[0]] = False
    end, other, foot_m, gap_m = end[free], other[free], foot_m[free], gap_m[free]
    start = pd.DataFrame({"edge": edge[end], "offset_m": offset_m[end]})
    round_m = _round(walk, start, pd.DataFrame({"edge": other, "offset_m": foot_m}), limits)
    table = pd.DataFrame({"end": end, "other": other, "gap_m": gap_m, "round_m": round_m})
    table["mine"] = edge[end]
    # a true neighbour of the same end is reached at once: then the end is joined by a short way
    joined = table.groupby("end")["round_m"].transform("min") < limits.way_round_min_m.value
    table = table[~joined].sort_values(["gap_m", "end", "other"]).drop_duplicates("end")
    pair = np.sort(table[["mine", "other"]].to_numpy(), axis=1)
    table = table[~pd.DataFrame(pair).duplicated().to_numpy()]
    near = neighbours(walk.doors, xy[table["end"]], limits.near_m.value)
    lonlat = lonlat_of(xy[table["end"]], network.crs)
    todo = translate(
        "Look at the place: if one can walk through, join the two in OpenStreetMap (or add the "
        "link by a scenario); if there is a wall or a gate, draw it.",
        language,
    )
    mine, other = table["mine"].to_numpy(), table["other"].to_numpy()
    gap_m, round_m = table["gap_m"].to_numpy(), table["round_m"].to_numpy()
    for i, (lon, lat) in enumerate(lonlat):
        yield Finding(
            "warning",
            "gap",
            translate(
                "The street ends {gap} from {other} and does not meet it; {way_round}",
                language,
                gap=_centimetres(gap_m[i], language),
                other=f"w{network.edge_way_id[other[i]]}",
                way_round=_way_round(round_m[i], limits, language),
            ),
            todo,
            f"w{network.edge_way_id[mine[i]]}",
            lon,
            lat,
            int(near.doors[i]),
            float(near.residents[i]),
        )


def crossings_without_junction(
    walk: Walk, extract: OsmExtract, limits: DoctorLimits, language: str
) -> Iterator[Finding]:
    """Streets on one level that cross and share no node, where the way round is long."""
    network = walk.network
    open_edges = _drawn(network)
    lines = network.edge_lines[open_edges]
    one, other = shapely.STRtree(lines).query(lines, predicate="crosses")
    one, other = open_edges[one[one < other]], open_edges[other[one < other]]
    layer = _layers(network, extract)
    level = layer[one] == layer[other]
    one, other = one[level], other[level]
    met = shapely.intersection(network.edge_lines[one], network.edge_lines[other])
    at = shapely.get_geometry(shapely.extract_unique_points(met), 0)
    known = shapely.get_type_id(at) == shapely.GeometryType.POINT
    one, other, at = one[known], other[known], at[known]
    ends = np.stack([network.edge_u[one], network.edge_v[one]])
    far = np.ones(len(one), dtype=bool)
    xy = shapely.get_coordinates(at)
    for node in ends:
        shared = (node == network.edge_u[other]) | (node == network.edge_v[other])
        far &= ~shared | (np.hypot(*(network.node_xy[node] - xy).T) > TOUCH_M)
    one, other, at, xy = one[far], other[far], at[far], xy[far]
    start, end = (
        pd.DataFrame(
            {"edge": edge, "offset_m": shapely.line_locate_point(network.edge_lines[edge], at)}
        )
        for edge in (one, other)
    )
    round_m = _round(walk, start, end, limits)
    near = neighbours(walk.doors, xy, limits.near_m.value)
    lonlat = lonlat_of(xy, network.crs)
    todo = translate(
        "Look at the place: give the two a common node in OpenStreetMap, or one of them its "
        "bridge, tunnel or layer.",
        language,
    )
    for i in np.flatnonzero(round_m >= limits.way_round_min_m.value):
        lon, lat = lonlat[i]
        yield Finding(
            "warning",
            "crossing_without_junction",
            translate(
                "The street crosses {other} on one level and does not meet it; {way_round}",
                language,
                other=f"w{network.edge_way_id[other[i]]}",
                way_round=_way_round(round_m[i], limits, language),
            ),
            todo,
            f"w{network.edge_way_id[one[i]]}",
            lon,
            lat,
            int(near.doors[i]),
            float(near.residents[i]),
        )


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
