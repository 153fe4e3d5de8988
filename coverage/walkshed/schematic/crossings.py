"""The few ways over the railway, the river and the canals, and these lines themselves.

Streets end at the banks of a corridor, so whatever crosses it is drawn here: level
crossings, bridges and underpasses over the railway, bridges over the water.
"""

from itertools import pairwise

import numpy as np

from .draft import Draft, names
from .layout import CANAL_WIDTH_M, Corridor, Layout
from .parameters import SchematicCity
from .plan import Line, Point, StreetPlan

CLASSES = ("primary", "secondary", "tertiary", "unclassified", "residential", "living_street")
MAIN_STREETS = CLASSES.index("tertiary")
NO_CLASS = (len(CLASSES), "")
AVENUE_REACH_M = 20.0
Classes = dict[int, tuple[int, str]]
BRIDGE = {"bridge": "yes", "layer": "1"}
UNDERPASS = {"tunnel": "yes", "layer": "-1"}


def draw_crossings(
    draft: Draft, city: SchematicCity, layout: Layout, rng: np.random.Generator
) -> None:
    """Draw railway, river and canals with everything that crosses them."""
    best = _class_at_nodes(draft.plan)
    railways, rivers = layout.of_kind("railway"), layout.of_kind("river")
    for railway in railways:
        _railway(draft, city, railway, rivers)
    for river in rivers:
        _river(draft, city, river, layout, rng)
    for number, canal in enumerate(layout.of_kind("canal"), start=1):
        _canal(draft, city, canal, rivers, number)
        for left, right in canal.banks:
            _canal_bridges(draft, left, right, best, rng)


def _class_at_nodes(plan: StreetPlan) -> Classes:
    """Find the best street class at each node, with the street's label."""
    best: Classes = {}
    for line in plan.lines:
        if line.highway not in CLASSES:
            continue
        rank = CLASSES.index(line.highway)
        for _, node in line.stops:
            if node not in best or rank < best[node][0]:
                best[node] = (rank, line.label)
    return best


def _along(corridor: Corridor, metres: float, offset_m: float = 0.0) -> Point:
    """Find the point so far along a corridor's middle, and so far to its left."""
    (east, north), (cos, sin) = corridor.through, corridor.direction
    return (east + metres * cos - offset_m * sin, north + metres * sin + offset_m * cos)


def _metres_along(corridor: Corridor, point: Point) -> float:
    east, north = point[0] - corridor.through[0], point[1] - corridor.through[1]
    return east * corridor.direction[0] + north * corridor.direction[1]


def _span(city: SchematicCity, corridor: Corridor) -> tuple[float, float]:
    """Where a corridor's middle enters and leaves the rectangle, metres along it."""
    upright = abs(corridor.direction[1]) > abs(corridor.direction[0])
    axis, half_m = (1, city.height_m / 2) if upright else (0, city.width_m / 2)
    anchor, slope = corridor.through[axis], corridor.direction[axis]
    low, high = sorted(((-half_m - anchor) / slope, (half_m - anchor) / slope))
    return low, high


def _meeting(first: Corridor, second: Corridor) -> float:
    """Metres along the first corridor's middle where it meets the second's."""
    (cos, sin) = second.direction
    across = first.direction[1] * cos - first.direction[0] * sin
    return -second.offset_m(first.through) / across


def _facing(plan: StreetPlan, left: Line, right: Line, best: Classes) -> list[tuple[int, Point]]:
    """Nodes of the left bank from which something leads on at both banks."""
    return [
        (node, plan.points[node])
        for metres, node in left.stops
        if _leads_on(left, metres, best)
        and _leads_on(right, right.metres_to(plan.points[node]), best)
    ]


def _leads_on(bank: Line, metres: float, best: Classes) -> bool:
    """Whether a bank is built up at a place, or an avenue leaves it there."""
    return bank.is_drawn(metres) or any(
        abs(at_m - metres) <= AVENUE_REACH_M and best.get(node, NO_CLASS)[0] == 0
        for at_m, node in bank.stops
    )


def _spread(candidates: list[tuple[int, Point]], corridor: Corridor, wanted: int) -> list[int]:
    """So many of the candidates, evenly spread along the corridor."""
    if not candidates:
        return []
    metres = np.array([_metres_along(corridor, point) for _, point in candidates])
    chosen: list[int] = []
    for target in np.quantile(metres, (np.arange(wanted) + 0.5) / wanted) if wanted else ():
        order = np.argsort(np.abs(metres - target), kind="stable")
        free = [int(i) for i in order if candidates[int(i)][0] not in chosen]
        if free:
            chosen.append(candidates[free[0]][0])
    return chosen


def _railway(draft: Draft, city: SchematicCity, railway: Corridor, rivers: list[Corridor]) -> None:
    """Draw the railway with its legal crossings, and a bridge over the river."""
    plan = draft.plan
    low, high = _span(city, railway)
    vertices = [(float(metres), -1) for metres in np.linspace(low, high, int((high - low) / 60))]
    cuts = [_meeting(railway, river) + side for river in rivers for side in (-66.0, 66.0)]
    vertices = [each for each in vertices if all(abs(each[0] - cut) > 5 for cut in cuts)]
    vertices += [(cut, -1) for cut in cuts]
    for left_id, right_id in railway.banks:
        left, right = plan.lines[left_id], plan.lines[right_id]
        for node, kind in zip(*_railway_crossings(plan, city, railway, left, right), strict=True):
            opposite = plan.stop_at(right_id, plan.points[node], snap_m=40)
            tags = {"level": {}, "bridge": BRIDGE, "underpass": UNDERPASS}[kind]
            line_id = plan.add_line(node, opposite, "secondary", tags=dict(tags))
            if kind == "level":
                ends = plan.points[node], plan.points[opposite]
                share = railway.offset_m(ends[0])
                share /= share - railway.offset_m(ends[1])
                crossing = plan.stop_at(
                    line_id, plan.lines[line_id].at(share * plan.lines[line_id].length_m)
                )
                plan.node_tags[crossing] = {"railway": "level_crossing"}
                vertices.append((_metres_along(railway, plan.points[crossing]), crossing))
    words = names("Железная дорога", "Теміржол", "Railway")
    vertices = sorted(vertices)
    nodes = [
        node if node >= 0 else plan.add_point(_along(railway, metres)) for metres, node in vertices
    ]
    breaks = [0, *(vertices.index((cut, -1)) for cut in sorted(cuts)), len(nodes) - 1]
    for position, (start, end) in enumerate(pairwise(breaks)):
        tags = {"railway": "rail"} | words | (BRIDGE if position % 2 else {})
        draft.ways.append((nodes[start : end + 1], tags))


def _railway_crossings(
    plan: StreetPlan, city: SchematicCity, railway: Corridor, left: Line, right: Line
) -> tuple[list[int], list[str]]:
    """Nodes of the left bank where something crosses, and what; kinds take turns."""
    left_over = {
        "underpass": city.railway_underpasses,
        "level": city.level_crossings,
        "bridge": city.railway_bridges,
    }
    kinds: list[str] = []
    while any(left_over.values()):
        for kind, count in left_over.items():
            if count:
                kinds.append(kind)
                left_over[kind] -= 1
    nodes = _avenues_first(plan, left, right, railway, len(kinds))
    return nodes, kinds[: len(nodes)]


def _avenues_first(
    plan: StreetPlan, left: Line, right: Line, corridor: Corridor, wanted: int
) -> list[int]:
    """Nodes of the left bank to cross from: those of avenues, and others evenly spread."""
    best = _class_at_nodes(plan)
    facing = _facing(plan, left, right, best)
    main = [each for each in facing if best[each[0]][0] == 0][:wanted]
    others = [each for each in facing if 0 < best[each[0]][0] <= MAIN_STREETS]
    if len(others) < wanted:
        others = [each for each in facing if each not in main]
    return [node for node, _ in main] + _spread(others, corridor, wanted - len(main))


def _river(
    draft: Draft,
    city: SchematicCity,
    river: Corridor,
    layout: Layout,
    rng: np.random.Generator,
) -> None:
    """Draw the river as line and as water, its bridges, a path with steps beside it."""
    plan = draft.plan
    low, high = _span(city, river)
    metres = np.linspace(low, high, max(int((high - low) / 45), 3))
    phase = rng.uniform(0, 6.28, 4)
    middle_m = 9 * np.sin(metres / 310 + phase[0]) + 4 * np.sin(metres / 127 + phase[1])
    half_m = 24 + 4 * np.sin(metres / 220 + phase[2]) + 3 * np.sin(metres / 83 + phase[3])
    words = names("Река", "Өзен", "River")
    line = [
        plan.add_point(_along(river, along_m, off_m))
        for along_m, off_m in zip(metres, middle_m, strict=True)
    ]
    draft.ways.append((line, {"waterway": "river"} | words))
    shores = [
        [_along(river, a, o) for a, o in zip(metres, middle_m + side * half_m, strict=True)]
        for side in (-1, 1)
    ]
    ring = np.array(shores[0] + shores[1][::-1])
    draft.areas.append((ring, {"natural": "water", "water": "river"} | words))
    for left_id, right_id in river.banks:
        left, right = plan.lines[left_id], plan.lines[right_id]
        middle = left.at(left.length_m / 2)
        if any(railway.offset_m(middle) < 0 for railway in layout.of_kind("railway")):
            continue
        best = _class_at_nodes(plan)
        nodes = _avenues_first(plan, left, right, river, city.river_bridges)
        for node in nodes:
            opposite = plan.stop_at(right_id, plan.points[node], snap_m=45)
            highway = "primary" if best.get(node, NO_CLASS)[0] == 0 else "secondary"
            plan.add_line(node, opposite, highway, tags=dict(BRIDGE))
        _riverside_path(plan, left, river, layout.of_kind("canal"))


def _riverside_path(plan: StreetPlan, bank: Line, river: Corridor, canals: list[Corridor]) -> None:
    """Draw a path near the water, reached by steps, where the bank is built up."""
    mouths = [_meeting(river, canal) for canal in canals]
    drawn = [node for metres, node in bank.stops if bank.is_drawn(metres)]
    feet = []
    for top in drawn[1::3]:
        along_m = _metres_along(river, plan.points[top])
        foot = plan.add_point(_along(river, along_m, 46.0))
        plan.add_line(top, foot, "steps")
        feet.append((along_m, foot))
    for (first_m, first), (second_m, second) in pairwise(feet):
        low, high = sorted((first_m, second_m))
        if not any(low - CANAL_WIDTH_M < mouth < high + CANAL_WIDTH_M for mouth in mouths):
            plan.add_line(first, second, "path")


def _canal(
    draft: Draft, city: SchematicCity, canal: Corridor, rivers: list[Corridor], number: int
) -> None:
    """Draw an irrigation canal, from the river if it would meet one."""
    low, high = _span(city, canal)
    if abs(canal.direction[0]) > abs(canal.direction[1]):
        high = min([high, *(_meeting(canal, river) for river in rivers)])
    nodes = [
        draft.plan.add_point(_along(canal, float(metres)))
        for metres in np.linspace(low, high, max(int((high - low) / 70), 3))
    ]
    words = names(f"Канал {number}", f"{number}-канал", f"Canal {number}")
    draft.ways.append((nodes, {"waterway": "canal"} | words))


def _canal_bridges(
    draft: Draft,
    left_id: int,
    right_id: int,
    best: Classes,
    rng: np.random.Generator,
) -> None:
    """Short bridges where streets meet a canal: always if they face, else now and then."""
    plan = draft.plan
    bridged: set[int] = set()
    for near_id, far_id in ((left_id, right_id), (right_id, left_id)):
        near, far = plan.lines[near_id], plan.lines[far_id]
        for node, point in _facing(plan, near, far, best):
            faced = plan.find_stop(far_id, point, snap_m=22)
            if node in bridged or faced in bridged:
                continue
            if faced is None and rng.random() > 0.35:
                continue
            opposite = plan.stop_at(far_id, point) if faced is None else faced
            bridged |= {node, opposite}
            rank = max(best.get(each, NO_CLASS)[0] for each in (node, opposite))
            highway = CLASSES[rank] if rank < len(CLASSES) else "residential"
            plan.add_line(node, opposite, highway, tags=dict(BRIDGE))
