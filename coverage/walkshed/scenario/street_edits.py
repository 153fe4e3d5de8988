"""Edits of streets: add one, close a gate, a way or an area, open a gate or a crossing.

Where things join:

- An end of a new street joins the nearest position on a street within `join_max_m`, by a straight
  leg that belongs to the new street and is walked like it; it crosses no barrier. Onto a bridge or
  out of a tunnel it joins only where it is drawn on it (`DRAWN_ON_M`). An end that reaches nothing
  is an error.
- What a new street crosses it does not join, for it may be a bridge. With `joins` its inner
  vertices join the streets that they lie on (`DRAWN_ON_M`).
- A closed point is a gate: at the nearest position on any way, bridges included, nobody passes;
  at a junction, nobody passes the junction.
- A closed line closes the way that it follows, from end to end: its vertices are taken to the
  nearest position (to a junction within `CORNER_M`), and between them the way is closed that
  stays within `JOIN_MAX_M` of the line, of parallel ones the nearer. A line equal to that of a
  street added before takes that street away.
- A closed area closes all that lies in it, cut at its border.
- An opened point opens the nearest closed gate within `join_max_m`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
import shapely

from ..network.graph import FloatArray
from ..network.pedestrian import PedestrianRules
from .features import highway_rule
from .pieces import EXACT_M, TOUCH_M, Pieces, Place, Street

JOIN_MAX_M = 25.0
"""Longest straight leg by which an end of a new street joins the network; our own choice: the
width of a main street of Taraz with its pavements, and less than a block."""

DRAWN_ON_M = 1.0
"""A vertex this near to a way is drawn on it: half the width of a footway."""

CORNER_M = 5.0
"""The end of a closed line this near to a junction means the junction: half a carriageway."""

LIT: Mapping[str, int] = MappingProxyType({"yes": 1, "no": 0, "": -1})


@dataclass(frozen=True)
class Rules:
    """How far an end may be from what it joins, what its leg may not cross, who walks where."""

    join_max_m: float
    barriers: shapely.STRtree
    pedestrian: PedestrianRules

    def crosses_barrier(self, leg: FloatArray) -> bool:
        """Whether a leg crosses a barrier; one that only touches it at the street does not."""
        length_m = np.hypot(*(leg[1] - leg[0]))
        if length_m <= TOUCH_M:
            return False
        line = shapely.LineString([leg[0], leg[1] + (leg[0] - leg[1]) * TOUCH_M / length_m])
        return len(self.barriers.query(line, predicate="intersects")) > 0


def _add_street(pieces: Pieces, edit: pd.Series, line: shapely.LineString, rules: Rules) -> str:
    """Add a street; returns what is wrong, or nothing."""
    xy = shapely.get_coordinates(line)
    ends = [_joined(pieces, end, rules) for end in (xy[0], xy[-1])]
    missing = [word for word, at in zip(("first", "last"), ends, strict=True) if at is None]
    if missing:
        return (
            f"the {' and the '.join(missing)} end of the line reach{'es' * (len(missing) < 2)} no "
            f"street within {rules.join_max_m:g} m; draw it up to a street"
        )
    at = {}
    if edit["joins"]:
        for i in range(1, len(xy) - 1):
            if found := pieces.near(xy[i], DRAWN_ON_M):
                at[i] = pieces.split(found[0].piece, found[0].offset_m, touch_m=TOUCH_M)
    # Splitting moves offsets to other pieces, so each end is looked for again.
    legs = []
    for i in (0, len(xy) - 1):
        place = _joined(pieces, xy[i], rules)
        if place is not None:
            at[i] = pieces.split(place.piece, place.offset_m, touch_m=TOUCH_M)
            legs += [i] if place.distance_m > TOUCH_M else []
    xy, at = _with_legs(xy, at, legs)
    rule = highway_rule(edit["highway"], rules.pedestrian)
    street = Street(
        xy=xy,
        edit=int(str(edit.name)),
        road_class=rule.road_class,
        kind=rule.kind,
        name=edit["name"],
        lit=LIT[edit["lit"]],
        is_open=not (edit["bridge"] or edit["tunnel"]),
        drawn=line,
    )
    pieces.add(street, at)
    return ""


def _joined(pieces: Pieces, end: FloatArray, rules: Rules) -> Place | None:
    """Where an end of a new street joins: what it is drawn on, else the nearest street."""
    places = pieces.near(end, rules.join_max_m)
    drawn_on = [place for place in places if place.distance_m <= DRAWN_ON_M]
    drawn_on.sort(key=lambda place: (round(place.distance_m, 2), not pieces.is_open(place.piece)))
    beside = (place for place in places if pieces.is_open(place.piece))
    for place in (*drawn_on, *beside):
        if not rules.crosses_barrier(np.stack([end, place.xy])):
            return place
    return None


def _with_legs(
    xy: FloatArray, at: Mapping[int, int], legs: list[int]
) -> tuple[FloatArray, dict[int, int]]:
    """Double the ends that join by a leg: the outer copy is to lie on the street."""
    copies = np.ones(len(xy), dtype=np.int64)
    copies[legs] = 2
    last = len(xy) - 1
    shift = 1 if 0 in legs else 0
    moved = {(i if i == 0 else i + shift + (i == last and last in legs)): at[i] for i in at}
    return np.repeat(xy, copies, axis=0), moved


def _close_gate(pieces: Pieces, _: pd.Series, point: shapely.Point, rules: Rules) -> str:
    places = pieces.near(shapely.get_coordinates(point)[0], rules.join_max_m)
    if not places:
        return f"no street within {rules.join_max_m:g} m of the point; put it on a street"
    node = pieces.split(places[0].piece, places[0].offset_m, touch_m=TOUCH_M)
    pieces.close_gate(node)
    return ""


def _open_gate(pieces: Pieces, _: pd.Series, point: shapely.Point, rules: Rules) -> str:
    gates = [
        (point.distance(shapely.Point(pieces.node_xy(gate[0]))), gate)
        for gate in pieces.closed_gates()
    ]
    distance_m, gate = min(gates, default=(np.inf, []))
    if distance_m > rules.join_max_m:
        return f"no closed gate within {rules.join_max_m:g} m of the point; put it on the gate"
    pieces.open_gate(gate)
    return ""


def _close_way(pieces: Pieces, _: pd.Series, line: shapely.LineString, rules: Rules) -> str:
    same = [street.drawn in (line, line.reverse()) for street in pieces.streets]
    for i in reversed(np.flatnonzero(same)):
        strand = pieces.network.n_edges + i
        of_street = np.flatnonzero((pieces.strand == strand) & pieces.live)
        if len(of_street):
            pieces.close(of_street)
            return ""
    nodes = []
    for number, xy in enumerate(shapely.get_coordinates(line), start=1):
        places = pieces.near(xy, rules.join_max_m)
        if not places:
            return f"no street within {rules.join_max_m:g} m of vertex {number} of the line"
        nodes.append(pieces.split(places[0].piece, places[0].offset_m, touch_m=CORNER_M))
    walked: list[int] = []
    for i, (start, end) in enumerate(pairwise(nodes), start=1):
        way = _way(pieces, start, end, line)
        if way is None:
            return (
                f"no street along the line between its vertices {i} and {i + 1}; draw it within "
                f"{JOIN_MAX_M:g} m of the street"
            )
        walked += way
    piece, times = np.unique(np.array(walked, dtype=np.int64), return_counts=True)
    # A spur walked in and out again is a vertex drawn beside a side street.
    closed = piece[times % 2 == 1]
    pieces.close(closed)
    return "" if len(closed) else "the line follows no street; draw it longer"


def _way(pieces: Pieces, start: int, end: int, line: shapely.LineString) -> list[int] | None:
    """Pieces of the way from node to node that keeps to a line, if there is one."""
    import networkx as nx

    graph: Any = nx.Graph()
    graph.add_nodes_from([start, end])
    for piece, xy in pieces.around(line, JOIN_MAX_M):
        shape = shapely.LineString(xy)
        middle = shapely.line_interpolate_point(shape, 0.5, normalized=True)
        cost = shape.length * (1 + middle.distance(line))
        u, v = int(pieces.u[piece]), int(pieces.v[piece])
        if not graph.has_edge(u, v) or cost < graph.edges[u, v]["cost"]:
            graph.add_edge(u, v, cost=cost, piece=piece)
    if not nx.has_path(graph, start, end):
        return None
    nodes = nx.shortest_path(graph, start, end, weight="cost")
    return [graph.edges[pair]["piece"] for pair in pairwise(nodes)]


def _close_area(pieces: Pieces, _: pd.Series, area: shapely.Polygon, __: Rules) -> str:
    shapely.prepare(area)
    for piece in pieces.touched(area, 0.0):
        xy, offsets = pieces.shape(piece)
        if offsets[-1] - offsets[0] <= EXACT_M:
            if area.contains_properly(shapely.Point(xy[0])):
                pieces.close([piece])
            continue
        if stretches := _inside(xy, offsets, area):
            pieces.close_between(piece, stretches)
    return ""


def _inside(
    xy: FloatArray, offsets: FloatArray, area: shapely.Polygon
) -> list[tuple[float, float]]:
    """Stretches of a shape that lie in an area, as offsets, in order and apart."""
    steps = shapely.linestrings(np.stack([xy[:-1], xy[1:]], axis=1))
    cut = shapely.intersection(steps, area)
    stretches: list[tuple[float, float]] = []
    for i in np.flatnonzero(shapely.length(cut) > 0):
        size_m, length_m = offsets[i + 1] - offsets[i], shapely.length(steps[i])
        parts = [part for part in shapely.get_parts(cut[i]) if part.length > 0]
        ends = [shapely.get_coordinates(part)[[0, -1]] - xy[i] for part in parts]
        shares = np.sort(np.minimum(np.hypot(*np.moveaxis(np.array(ends), -1, 0)) / length_m, 1.0))
        for start_m, end_m in offsets[i] + shares[np.argsort(shares[:, 0])] * size_m:
            if stretches and start_m - stretches[-1][1] <= EXACT_M:
                stretches[-1] = (stretches[-1][0], end_m)
            elif end_m - start_m > EXACT_M:
                stretches.append((start_m, end_m))
    return stretches


Do = Callable[[Pieces, pd.Series, Any, Rules], str]
DO: Mapping[tuple[str, str], Do] = MappingProxyType(
    {
        ("add_street", "LineString"): _add_street,
        ("open", "LineString"): _add_street,
        ("open", "Point"): _open_gate,
        ("close", "Point"): _close_gate,
        ("close", "LineString"): _close_way,
        ("close", "Polygon"): _close_area,
    }
)
