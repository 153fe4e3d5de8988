"""Streets that cut blocks out of a rectangle.

The plan is drawn with straight lines, in metres east and north of the city's middle; the
curves come at the very end (`osm.Ground`). A block is always convex: it begins as the
whole rectangle and is only ever cut in two by a straight street. Where a street ends on
another, both get the same node, so junctions are exact and nothing is ever intersected
afterwards.
"""

import bisect
import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

Point = tuple[float, float]
NO_LINE = -1


@dataclass
class Line:
    """A straight street: its stops are (metres from its start, node), in order.

    `drawn` lists the stretches, in metres, that are really there; None means all of it.
    """

    start: Point
    direction: Point
    length_m: float
    highway: str
    tags: dict[str, str]
    stops: list[tuple[float, int]]
    drawn: list[tuple[float, float]] | None = None
    label: str = ""

    def metres_to(self, point: Point) -> float:
        """Metres from the start to the foot of `point` on this line."""
        east, north = point[0] - self.start[0], point[1] - self.start[1]
        along = east * self.direction[0] + north * self.direction[1]
        return min(max(along, 0.0), self.length_m)

    def at(self, metres: float) -> Point:
        """Find the point so many metres from the start."""
        return (
            self.start[0] + metres * self.direction[0],
            self.start[1] + metres * self.direction[1],
        )

    def is_drawn(self, metres: float) -> bool:
        """Whether the street is really there, so many metres from its start."""
        return self.drawn is None or any(
            low - 0.5 <= metres <= high + 0.5 for low, high in self.drawn
        )


@dataclass(frozen=True)
class Block:
    """A convex piece of land: corner nodes anticlockwise, and the line along each side.

    Side `i` runs from corner `i` to the next; `NO_LINE` marks the rim of the plan.
    """

    corners: tuple[int, ...]
    sides: tuple[int, ...]


@dataclass
class StreetPlan:
    """All nodes and streets drawn so far."""

    points: list[Point] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    node_tags: dict[int, dict[str, str]] = field(default_factory=dict)

    def add_point(self, point: Point) -> int:
        """Add a node and give its number."""
        self.points.append((float(point[0]), float(point[1])))
        return len(self.points) - 1

    def add_line(
        self,
        first: int,
        last: int,
        highway: str,
        *,
        tags: dict[str, str] | None = None,
        label: str = "",
    ) -> int:
        """Draw a straight street between two nodes and give its number."""
        (west, south), (east, north) = self.points[first], self.points[last]
        length_m = math.hypot(east - west, north - south)
        direction = ((east - west) / length_m, (north - south) / length_m)
        stops = [(0.0, first), (length_m, last)]
        line = Line((west, south), direction, length_m, highway, tags or {}, stops, label=label)
        self.lines.append(line)
        return len(self.lines) - 1

    def find_stop(
        self,
        line_id: int,
        point: Point,
        *,
        snap_m: float,
        between: tuple[float, float] = (0.0, math.inf),
    ) -> int | None:
        """Node of a street within `snap_m` of a point and `between` two distances, if any."""
        line = self.lines[line_id]
        metres = line.metres_to(point)
        here = bisect.bisect_left(line.stops, (metres, -1))
        near = [
            (abs(stop[0] - metres), stop[1])
            for stop in line.stops[max(here - 1, 0) : here + 1]
            if abs(stop[0] - metres) <= snap_m and between[0] <= stop[0] <= between[1]
        ]
        return min(near)[1] if near else None

    def stop_at(
        self,
        line_id: int,
        point: Point,
        *,
        snap_m: float = 0.5,
        between: tuple[float, float] = (0.0, math.inf),
    ) -> int:
        """Node of a street at a point: one that `find_stop` finds, else a new one."""
        found = self.find_stop(line_id, point, snap_m=snap_m, between=between)
        if found is not None:
            return found
        line = self.lines[line_id]
        metres = line.metres_to(point)
        node = self.add_point(line.at(metres))
        bisect.insort(line.stops, (metres, node))
        return node

    def corners(self, block: Block) -> np.ndarray:
        """Corner coordinates of a block, one row each."""
        return np.array([self.points[node] for node in block.corners])

    def stretches(self, block: Block) -> Iterator[tuple[Line, float, float]]:
        """Each side of a block as its street and the two distances it spans on it."""
        for position, line_id in enumerate(block.sides):
            if line_id == NO_LINE:
                continue
            line = self.lines[line_id]
            ends = (block.corners[position], block.corners[(position + 1) % len(block.corners)])
            low, high = sorted(line.metres_to(self.points[node]) for node in ends)
            yield line, low, high

    def mark_drawn(self, block: Block) -> None:
        """Make the streets around a block really there."""
        for line, low, high in self.stretches(block):
            if line.drawn is not None:
                line.drawn.append((low, high))


@dataclass(frozen=True)
class Grain:
    """How land is cut up: piece size along and across the axis, and how unevenly.

    `highways` names the class of the first cut, the second, and so on; the last repeats.
    """

    along_m: float
    across_m: float
    highways: tuple[str, ...]
    jitter: float = 0.12
    tilt: float = 0.03
    snap_m: float = 16.0
    margin_m: float = 28.0
    drawn: bool = True


def split(
    plan: StreetPlan,
    block: Block,
    point: Point,
    direction: Point,
    highway: str,
    *,
    snap_m: float = 0.0,
    margin_m: float = 0.0,
    label: str = "",
) -> tuple[int, Block, Block] | None:
    """Cut a block in two by a street through a point.

    Gives the new street, the part to its left and the part to its right; None when the
    street misses the block or would end nearer than `margin_m` to a corner that leaves no
    room for it. Street ends move up to `snap_m` to meet a street that is already there.
    """
    corners = plan.corners(block)
    side = direction[0] * (corners[:, 1] - point[1]) - direction[1] * (corners[:, 0] - point[0])
    following = np.roll(side, -1)
    entering = np.flatnonzero((side <= 0) & (following > 0))
    leaving = np.flatnonzero((side > 0) & (following <= 0))
    if len(entering) != 1 or len(leaving) != 1:
        return None
    ends = []
    for cut in (int(leaving[0]), int(entering[0])):
        share = side[cut] / (side[cut] - following[cut])
        node = _node_on_side(plan, block, cut, float(share), snap_m=snap_m, margin_m=margin_m)
        if node is None:
            return None
        ends.append((cut, node))
    # anticlockwise, the street runs from where the left part's rim leaves it
    (out, last), (back, first) = ends
    line_id = plan.add_line(first, last, highway, label=label)
    return (
        line_id,
        _part(block, back, out, first, last, line_id),
        _part(block, out, back, last, first, line_id),
    )


def _node_on_side(
    plan: StreetPlan, block: Block, cut: int, share: float, *, snap_m: float, margin_m: float
) -> int | None:
    """Node where a cut meets one side of a block, away from its corners."""
    start = plan.points[block.corners[cut]]
    end = plan.points[block.corners[(cut + 1) % len(block.corners)]]
    length_m = math.hypot(end[0] - start[0], end[1] - start[1])
    if length_m < 2 * margin_m or length_m == 0:
        return None
    keep = margin_m / length_m
    share = min(max(share, keep), 1 - keep)
    point = (start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1]))
    if block.sides[cut] == NO_LINE:
        return plan.add_point(point)
    line = plan.lines[block.sides[cut]]
    low, high = sorted((line.metres_to(start), line.metres_to(end)))
    return plan.stop_at(
        block.sides[cut], point, snap_m=snap_m, between=(low + margin_m, high - margin_m)
    )


def _part(block: Block, enter: int, leave: int, first: int, last: int, line_id: int) -> Block:
    """Part of a block from node `first` on side `enter` round to `last` on side `leave`."""
    size = len(block.corners)
    steps = (leave - enter) % size
    rim = [(enter + 1 + step) % size for step in range(steps)]
    corners = (first, *(block.corners[position] for position in rim), last)
    sides = (block.sides[enter], *(block.sides[position] for position in rim), line_id)
    return Block(corners, sides)


def subdivide(
    plan: StreetPlan,
    block: Block,
    axis: Point,
    grain: Grain,
    rng: np.random.Generator,
    *,
    depth: int = 0,
) -> list[Block]:
    """Cut a block by streets, again and again, until the pieces have the grain's size."""
    corners = plan.corners(block)
    along = corners @ np.array(axis)
    across = corners @ np.array((-axis[1], axis[0]))
    pieces_along = round(float(np.ptp(along)) / grain.along_m)
    pieces_across = round(float(np.ptp(across)) / grain.across_m)
    if pieces_along <= 1 and pieces_across <= 1:
        return [block]
    weight = max(pieces_along - 1, 0) / (max(pieces_along - 1, 0) + max(pieces_across - 1, 0))
    lengthwise = rng.random() >= weight
    pieces = pieces_across if lengthwise else pieces_along
    share = (pieces // 2 + rng.uniform(-grain.jitter, grain.jitter)) / pieces
    if rng.random() < 0.5:
        share = 1 - share
    middle = corners.mean(axis=0)
    low, extent = (across.min(), np.ptp(across)) if lengthwise else (along.min(), np.ptp(along))
    normal = np.array((-axis[1], axis[0])) if lengthwise else np.array(axis)
    point = middle + normal * (low + share * extent - middle @ normal)
    angle = math.atan2(axis[1], axis[0]) + rng.uniform(-grain.tilt, grain.tilt)
    angle += 0 if lengthwise else math.pi / 2
    highway = grain.highways[min(depth, len(grain.highways) - 1)]
    cut = split(
        plan,
        block,
        (float(point[0]), float(point[1])),
        (math.cos(angle), math.sin(angle)),
        highway,
        snap_m=grain.snap_m,
        margin_m=grain.margin_m,
    )
    if cut is None:
        return [block]
    if not grain.drawn:
        plan.lines[cut[0]].drawn = []
    return [
        piece
        for part in cut[1:]
        for piece in subdivide(plan, part, axis, grain, rng, depth=depth + 1)
    ]
