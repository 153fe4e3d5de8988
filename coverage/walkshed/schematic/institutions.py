"""Single blocks with one purpose: square, market, station, schools, campus, fenced works.

Each function fills one block, names it where it has a name, and leaves a landmark where a
police post would stand. Fences have one gate, a node that fence and way share.
"""

import numpy as np
import shapely

from .buildings import Frontage, along_streets, frame_of, one_building
from .draft import Draft, names
from .plan import NO_LINE, Block, Grain, Point, StreetPlan, subdivide

DOORSTEP_M = 2.5  # ways end before the wall, since the ground's bends squeeze a little
STALLS = Frontage(
    pitch_m=16.0,
    length_m=(9.0, 13.0),
    depth_m=(6.0, 9.0),
    setback_m=(9.0, 12.0),
    corner_m=16.0,
    kinds=("retail", "kiosk"),
    levels=(1,),
)


def square(draft: Draft, block: Block, rng: np.random.Generator) -> None:
    """Draw an open square with paths across."""
    tags = {"place": "square"} | names("Площадь", "Алаң", "Square")
    _open_area(draft, block, tags, "square", rng)


def market(draft: Draft, block: Block, rng: np.random.Generator) -> None:
    """Draw a market with stalls around it."""
    tags = {"amenity": "marketplace"} | names("Рынок", "Базар", "Market")
    pieces = _open_area(draft, block, tags, "market", rng)
    draft.buildings.append(along_streets(draft.plan, pieces, STALLS, rng)[0])


def station(draft: Draft, block: Block) -> None:
    """Draw the railway station: its building, its name, a place for a post."""
    frame = frame_of(draft.plan, block)
    draft.buildings.append(
        one_building(frame, 0, 0, length_m=58, depth_m=16, levels=2, kind="train_station")
    )
    place = frame.place(0, 0)
    tags = {"railway": "station", "public_transport": "station"}
    draft.places.append((place, tags | names("Вокзал", "Вокзал", "Station")))
    draft.landmarks["station"] = edge_of(draft.plan, block)


def _open_area(
    draft: Draft, block: Block, tags: dict[str, str], landmark: str, rng: np.random.Generator
) -> list[Block]:
    """Draw a named area with paths that cut it into pieces."""
    ring = inset(draft.plan, block, 6)
    draft.areas.append((ring, tags))
    draft.landmarks[landmark] = edge_of(draft.plan, block)
    axis = frame_of(draft.plan, block).along
    grain = Grain(80, 60, ("footway",), margin_m=18, tilt=0.1)
    return subdivide(draft.plan, block, (float(axis[0]), float(axis[1])), grain, rng)


def edge_of(plan: StreetPlan, block: Block) -> Point:
    """Find a point a few steps from the street, where a kiosk would stand."""
    frame = frame_of(plan, block)
    return frame.place(25.0, float(frame.corners[:, 1].min()) + 9.0)


def school(draft: Draft, block: Block, number: int) -> None:
    """Draw a fenced school with a gate."""
    words = names(f"Школа {number}", f"№ {number} мектеп", f"School {number}")
    _fenced_institution(draft, block, {"amenity": "school"} | words, "school", 3)


def kindergarten(draft: Draft, block: Block) -> None:
    """Draw a fenced kindergarten with a gate."""
    _fenced_institution(draft, block, {"amenity": "kindergarten"}, "kindergarten", 2)


def _fenced_institution(
    draft: Draft, block: Block, tags: dict[str, str], kind: str, levels: int
) -> None:
    frame = frame_of(draft.plan, block)
    room_m = float(np.ptp(frame.corners[:, 0]))
    length_m = min(62.0, 0.45 * room_m)
    draft.buildings.append(
        one_building(frame, 0, 0, length_m=length_m, depth_m=17, levels=levels, kind=kind)
    )
    door = frame.place(0.0, -17 / 2 - DOORSTEP_M)
    ring = fenced(
        draft, block, fence_m=9, door=door, highway="footway", wall="fence", private=False
    )
    draft.areas.append((ring, tags))


def university(draft: Draft, block: Block) -> None:
    """Draw a campus of three buildings with a path between them."""
    frame = frame_of(draft.plan, block)
    length_m = min(60.0, 0.3 * float(np.ptp(frame.corners[:, 0])))
    for along_m, across_m in ((-0.62, 22.0), (0.62, 22.0), (0.0, -24.0)):
        draft.buildings.append(
            one_building(
                frame,
                along_m * length_m,
                across_m,
                length_m=length_m,
                depth_m=16,
                levels=4,
                kind="university",
            )
        )
    tags = {"amenity": "university"} | names("Университет", "Университет", "University")
    draft.areas.append((inset(draft.plan, block, 6), tags))
    draft.landmarks["university"] = edge_of(draft.plan, block)
    chord = frame.chord(0.0)
    if chord is not None and all(block.sides[side] != NO_LINE for side, _ in chord):
        ends = [
            draft.plan.stop_at(block.sides[side], frame.place(along_m, 0.0), snap_m=5)
            for side, along_m in chord
        ]
        draft.plan.add_line(ends[0], ends[1], "footway")


def fenced(
    draft: Draft,
    block: Block,
    *,
    fence_m: float,
    door: Point | None = None,
    highway: str,
    wall: str,
    private: bool,
) -> np.ndarray:
    """Fence a block in, with one gate and a way through it from the street; gives the ring.

    The gate is a node of both the fence and the way; the way leads to the `door`, or just inside.
    """
    plan = draft.plan
    ring = inset(plan, block, fence_m)
    frame = frame_of(plan, block)
    lower = frame.chord(float(frame.corners[:, 1].min()) + 0.01)
    side = int(np.argmin(frame.corners[:, 1] + np.roll(frame.corners[:, 1], -1)))
    nodes = [plan.add_point((float(east), float(north))) for east, north in ring]
    if lower is not None and block.sides[side] != NO_LINE:
        start, end = frame.corners[side], frame.corners[(side + 1) % len(frame.corners)]
        street = (start + end) / 2
        inward = np.array((start[1] - end[1], end[0] - start[0])) / np.hypot(*(end - start))
        points = [
            frame.place(*(street + inward * metres)) for metres in (0.0, fence_m, fence_m + 6)
        ]
        gate = plan.add_point(points[1])
        plan.node_tags[gate] = {"barrier": "gate"}
        cut = _ring_side(ring, points[1])
        nodes.insert(cut + 1, gate)
        tags = {"access": "private"} if private else {}
        foot = plan.stop_at(block.sides[side], points[0])
        plan.add_line(foot, gate, highway)
        plan.add_line(gate, plan.add_point(door or points[2]), highway, tags=tags)
    draft.ways.append(([*nodes, nodes[0]], {"barrier": wall}))
    return ring


def _ring_side(ring: np.ndarray, point: Point) -> int:
    """Position of the ring's side that is nearest to a point."""
    sides = shapely.linestrings(np.stack((ring, np.roll(ring, -1, axis=0)), axis=1))
    return int(np.argmin(shapely.distance(sides, shapely.Point(point))))


def inset(plan: StreetPlan, block: Block, metres: float) -> np.ndarray:
    """Corners of a block drawn in by some metres from its sides (open ring)."""
    whole = shapely.Polygon(plan.corners(block))
    shape = whole.buffer(-metres, join_style="mitre")
    return np.array((whole if shape.is_empty else shape).exterior.coords)[:-1]
