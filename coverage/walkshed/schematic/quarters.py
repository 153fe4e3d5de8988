"""How a superblock is filled, one function for each use.

Every function cuts its superblock by streets, puts buildings on the pieces and leaves
areas and landmarks in the draft; blocks with one purpose are filled by `institutions`.
"""

from dataclasses import replace

import numpy as np
import shapely

from .buildings import (
    Frame,
    Frontage,
    along_streets,
    behind,
    frame_of,
    one_building,
)
from .draft import Buildings, Draft, joined, names
from .institutions import (
    DOORSTEP_M,
    edge_of,
    fenced,
    inset,
    kindergarten,
    market,
    school,
    square,
    station,
    university,
)
from .layout import Superblock
from .plan import NO_LINE, Block, Grain, Point, StreetPlan, subdivide

HOUSES = Frontage(
    pitch_m=19.5,
    length_m=(9.0, 11.5),
    depth_m=(9.0, 10.5),
    setback_m=(6.5, 12.0),
    corner_m=40.0,
    kinds=("house",),
    levels=(1,) * 12 + (2,),
    vacant=0.05,
)
MID_RISE = Frontage(
    pitch_m=60.0,
    length_m=(32.0, 52.0),
    depth_m=(12.0, 15.0),
    setback_m=(10.0, 15.0),
    corner_m=36.0,
    kinds=("apartments", "apartments", "apartments", "apartments", "retail", "office", "public"),
    levels=(2, 3, 3, 4, 4, 5),
    gap_m=7.0,
)
WORKS = Frontage(
    pitch_m=75.0,
    length_m=(38.0, 62.0),
    depth_m=(18.0, 32.0),
    setback_m=(16.0, 24.0),
    corner_m=60.0,
    kinds=("industrial", "industrial", "warehouse"),
    levels=(1, 1, 2),
    gap_m=9.0,
)
DRIVEWAYS = 0.06  # share of houses whose driveway is on the map
ROW_PITCH_M = 41.0
PANEL_DEPTH_M = 12.0
DRIVE_M = 13.0  # from the middle of a panel row to the drive along its doors


def cut_superblock(
    draft: Draft, superblock: Superblock, grain: Grain, rng: np.random.Generator
) -> list[Block]:
    """Cut a superblock into blocks along its own axis, and make its rim streets real."""
    draft.plan.mark_drawn(superblock.block)
    axis = frame_of(draft.plan, superblock.block).along
    if rng.random() < 0.5:
        axis = np.array((-axis[1], axis[0]))
    return subdivide(draft.plan, superblock.block, (float(axis[0]), float(axis[1])), grain, rng)


def nearest(plan: StreetPlan, blocks: list[Block], point: Point) -> int:
    """Position of the block whose middle is nearest to a point."""
    middles = np.array([plan.corners(block).mean(axis=0) for block in blocks])
    return int(np.argmin(np.hypot(*(middles - point).T)))


def microdistrict(
    draft: Draft,
    superblock: Superblock,
    rng: np.random.Generator,
    *,
    campus: bool,
    schools: list[int],
    share_islands: float,
) -> None:
    """Panel blocks around yards, a school if one is due, a campus in one of them."""
    grain = Grain(205, 150, ("residential", "living_street", "service"), margin_m=30)
    blocks = cut_superblock(draft, superblock, grain, rng)
    if campus:
        university(draft, blocks.pop(nearest(draft.plan, blocks, superblock.centre)))
    for number in schools:
        if blocks:
            school(draft, blocks.pop(nearest(draft.plan, blocks, superblock.centre)), number)
    if len(blocks) > 4:
        kindergarten(draft, blocks.pop(int(rng.integers(len(blocks)))))
        green = blocks.pop(int(rng.integers(len(blocks))))
        draft.areas.append((inset(draft.plan, green, 7), {"leisure": "garden"}))
    for block in blocks:
        panels(draft, block, rng, share_islands=share_islands)


def panels(draft: Draft, block: Block, rng: np.random.Generator, *, share_islands: float) -> None:
    """Parallel rows of panel blocks, each with a drive and a path to every entrance."""
    frame = frame_of(draft.plan, block)
    low, high = frame.corners[:, 1].min() + 17, frame.corners[:, 1].max() - 25
    if high < low:
        low = high = (low + high) / 2
    rows = int((high - low) // ROW_PITCH_M) + 1
    first = low + ((high - low) - (rows - 1) * ROW_PITCH_M) / 2
    below: tuple[int, float] | None = None
    passable = True
    for row in range(rows):
        middle_m = float(first + row * ROW_PITCH_M)
        stands, gap_m = _panel_row(frame, middle_m, rng)
        if not stands:
            continue
        drive = _drive(draft, frame, block, middle_m + DRIVE_M, rng)
        if drive is None:
            continue
        draft.buildings += stands
        _entrances(draft, frame, drive, stands, middle_m)
        if rng.random() < share_islands:
            _cut_off(draft.plan, drive)
            passable = False
            continue
        if gap_m is not None and passable:
            _through_path(draft, frame, block, drive, below, gap_m, middle_m)
        below, passable = (drive, middle_m), True


def _panel_row(
    frame: Frame, middle_m: float, rng: np.random.Generator
) -> tuple[list[Buildings], float | None]:
    """Panel blocks side by side on one row, and where the first gap between them is."""
    half_m = PANEL_DEPTH_M / 2
    chords = [frame.chord(middle_m - half_m), frame.chord(middle_m + half_m)]
    if chords[0] is None or chords[1] is None:
        return [], None
    west = max(chords[0][0][1], chords[1][0][1]) + 13
    east = min(chords[0][1][1], chords[1][1][1]) - 13
    gap_m = 16.0
    count = max(int((east - west + gap_m) // (60 + gap_m)), 1)
    length_m = min((east - west - (count - 1) * gap_m) / count, 76.0)
    if length_m < 26:
        return [], None
    start = west + (east - west - count * length_m - (count - 1) * gap_m) / 2
    found = []
    for position in range(count):
        along_m = start + position * (length_m + gap_m) + length_m / 2
        tower = rng.random() < 0.22
        found.append(
            one_building(
                frame,
                along_m,
                middle_m,
                length_m=0.7 * length_m if tower else length_m,
                depth_m=PANEL_DEPTH_M,
                levels=9 if tower else 5,
                kind="apartments",
            )
        )
    return found, start + length_m + gap_m / 2 if count > 1 else None


def _drive(
    draft: Draft,
    frame: Frame,
    block: Block,
    across_m: float,
    rng: np.random.Generator,
) -> int | None:
    """Draw a yard drive from street to street; now and then one end stops short."""
    chord = frame.chord(across_m)
    if chord is None:
        return None
    plan = draft.plan
    chance = rng.random()
    ends = []
    for inward_m, (side, along_m) in zip((9.0, -9.0), chord, strict=True):
        line_id = block.sides[side]
        if (chance > 0.86 and inward_m < 0) or line_id == NO_LINE:
            ends.append(plan.add_point(frame.place(along_m + inward_m, across_m)))
        else:
            ends.append(plan.stop_at(line_id, frame.place(along_m, across_m), snap_m=5))
    if plan.points[ends[0]] == plan.points[ends[1]]:
        return None
    highway = "service" if rng.random() < 0.75 else "footway"
    drive = plan.add_line(ends[0], ends[1], highway)
    if highway == "service" and 0.80 < chance <= 0.86:
        gate = plan.stop_at(drive, plan.lines[drive].at(11.0))
        plan.node_tags[gate] = {"barrier": "gate"}
        if chance < 0.815:
            plan.lines[drive].tags["access"] = "private"
    return drive


def _cut_off(plan: StreetPlan, drive: int) -> None:
    """Let a drive end just before the streets at both its ends, as careless maps do."""
    line = plan.lines[drive]
    first_m, last_m = line.stops[1][0], line.stops[-2][0]
    start_m, end_m = min(6.0, first_m / 2), max(line.length_m - 6.0, (last_m + line.length_m) / 2)
    line.stops[0] = (start_m, plan.add_point(line.at(start_m)))
    line.stops[-1] = (end_m, plan.add_point(line.at(end_m)))


def _entrances(
    draft: Draft, frame: Frame, drive: int, stands: list[Buildings], middle_m: float
) -> None:
    """Draw a short footway from the drive to each entrance of each panel block."""
    plan = draft.plan
    for building in stands:
        length_m = float(building.length_m[0])
        centre = float((building.centre[0] - frame.origin) @ frame.along)
        count = max(round(length_m / 15), 1)
        for position in range(count):
            along_m = centre + (position + 0.5 - count / 2) * length_m / count
            door = frame.place(along_m, middle_m + PANEL_DEPTH_M / 2 + DOORSTEP_M)
            foot = plan.stop_at(drive, frame.place(along_m, middle_m + DRIVE_M))
            plan.add_line(foot, plan.add_point(door), "footway")


def _through_path(
    draft: Draft,
    frame: Frame,
    block: Block,
    drive: int,
    below: tuple[int, float] | None,
    gap_m: float,
    middle_m: float,
) -> None:
    """Draw a footway through the gap of a row, to the drive below or to the street."""
    plan = draft.plan
    top = plan.stop_at(drive, frame.place(gap_m, middle_m + DRIVE_M), snap_m=2)
    if below is not None:
        foot = plan.stop_at(below[0], frame.place(gap_m, below[1] + DRIVE_M), snap_m=2)
    else:
        turned = Frame(
            frame.origin, frame.across, -frame.along, frame.corners[:, ::-1] * np.array((1, -1))
        )
        chord = turned.chord(-gap_m)
        if chord is None or block.sides[chord[0][0]] == NO_LINE:
            return
        side, across_m = chord[0]
        foot = plan.stop_at(block.sides[side], frame.place(gap_m, across_m), snap_m=5)
    if foot != top:
        plan.add_line(top, foot, "footway")


def centre(
    draft: Draft, superblock: Superblock, rng: np.random.Generator, *, specials: list[str]
) -> None:
    """Mid-rise buildings along streets; `specials` are kept for square, market, station."""
    grain = Grain(165, 125, ("tertiary", "residential", "living_street"), margin_m=30)
    blocks = cut_superblock(draft, superblock, grain, rng)
    for special in specials:
        towards = draft.landmarks.get(f"towards {special}", (0.0, 0.0))
        block = blocks.pop(nearest(draft.plan, blocks, towards))
        if special == "station":
            station(draft, block)
        elif special == "market":
            market(draft, block, rng)
        else:
            square(draft, block, rng)
    found, streets = along_streets(draft.plan, blocks, MID_RISE, rng)
    draft.buildings.append(found)
    for block in blocks:
        _inner_drive(draft, block, found)
    ways_to_doors(draft, found, streets, found, highway="footway", tags={})


def ways_to_doors(
    draft: Draft,
    found: Buildings,
    streets: np.ndarray,
    standing: Buildings,
    *,
    highway: str,
    tags: dict[str, str],
) -> None:
    """Draw a short way from the street to each building's front, if nothing stands between."""
    plan = draft.plan
    on_street = streets != NO_LINE
    found, streets = found.take(on_street), streets[on_street]
    inward = np.column_stack((-found.along[:, 1], found.along[:, 0]))
    doors = found.centre - inward * (found.depth_m / 2 + DOORSTEP_M)[:, None]
    lines = [plan.lines[street] for street in streets.tolist()]
    feet = [
        line.at(line.metres_to((east, north)))
        for line, (east, north) in zip(lines, doors.tolist(), strict=True)
    ]
    walks = shapely.linestrings(np.stack((np.array(feet).reshape(-1, 2), doors), axis=1))
    blocked = shapely.STRtree(shapely.polygons(standing.footprints())).query(
        walks, predicate="dwithin", distance=0.4
    )[0]
    free = np.setdiff1d(np.arange(len(found)), blocked)
    for position in free.tolist():
        foot = plan.stop_at(int(streets[position]), feet[position], snap_m=2)
        door = plan.add_point((doors[position, 0], doors[position, 1]))
        plan.add_line(foot, door, highway, tags=tags)


def _inner_drive(draft: Draft, block: Block, standing: Buildings) -> None:
    """Draw a drive through the middle of a block if no building stands on its way."""
    frame = frame_of(draft.plan, block)
    chord = frame.chord(0.0)
    if chord is None or any(block.sides[side] == NO_LINE for side, _ in chord):
        return
    ends = [frame.place(along_m, 0.0) for _, along_m in chord]
    path = shapely.LineString(ends)
    near = shapely.dwithin(shapely.points(standing.centre), path, 34.0)
    shapes = shapely.polygons(standing.take(near).footprints())
    if len(shapes) and shapely.dwithin(shapes, path, 3.0).any():
        return
    nodes = [
        draft.plan.stop_at(block.sides[side], point, snap_m=5)
        for (side, _), point in zip(chord, ends, strict=True)
    ]
    if nodes[0] != nodes[1]:
        draft.plan.add_line(nodes[0], nodes[1], "service")


def park(draft: Draft, superblock: Superblock, number: int, rng: np.random.Generator) -> None:
    """Turn the whole superblock into a park with paths."""
    draft.areas.append(
        (
            inset(draft.plan, superblock.block, 6),
            {"leisure": "park"} | names(f"Парк {number}", f"{number}-саябақ", f"Park {number}"),
        )
    )
    cut_superblock(draft, superblock, Grain(170, 140, ("footway",), tilt=0.25), rng)
    draft.landmarks.setdefault("park", edge_of(draft.plan, superblock.block))


def cemetery(draft: Draft, superblock: Superblock, number: int, rng: np.random.Generator) -> None:
    """Turn the whole superblock into a cemetery with a few paths."""
    words = names(f"Кладбище {number}", f"{number}-зират", f"Cemetery {number}")
    draft.areas.append((inset(draft.plan, superblock.block, 8), {"landuse": "cemetery"} | words))
    cut_superblock(draft, superblock, Grain(210, 190, ("service", "path")), rng)


def industrial(draft: Draft, superblock: Superblock, number: int, rng: np.random.Generator) -> None:
    """Works behind walls, each with one gate."""
    words = names(f"Промзона {number}", f"{number}-өнеркәсіп аймағы", f"Industrial zone {number}")
    draft.areas.append((inset(draft.plan, superblock.block, 5), {"landuse": "industrial"} | words))
    grain = Grain(300, 220, ("unclassified", "service"), margin_m=50)
    for block in cut_superblock(draft, superblock, grain, rng):
        fenced(draft, block, fence_m=8, highway="service", wall="wall", private=True)
        draft.buildings.append(along_streets(draft.plan, [block], WORKS, rng)[0])


def massif(
    draft: Draft, superblock: Superblock, rng: np.random.Generator, *, schools: list[int]
) -> list[Block]:
    """Streets and lanes of a one-storey massif; gives the blocks that houses go on."""
    grain = Grain(
        float(rng.uniform(190, 270)),
        float(rng.uniform(86, 96)),
        ("residential", "residential", "residential"),
        jitter=float(rng.uniform(0.02, 0.16)),
        tilt=float(rng.uniform(0.005, 0.05)),
    )
    blocks = cut_superblock(draft, superblock, grain, rng)
    for number in schools:
        if blocks:
            school(draft, blocks.pop(nearest(draft.plan, blocks, superblock.centre)), number)
    lanes = replace(grain, along_m=0.55 * grain.along_m, highways=("path",), snap_m=10.0)
    found = []
    for block in blocks:
        if rng.random() < 0.3:
            axis = frame_of(draft.plan, block).along
            found += subdivide(draft.plan, block, (float(axis[0]), float(axis[1])), lanes, rng)
        else:
            found.append(block)
    return found


def houses(draft: Draft, blocks: list[Block], most: int, rng: np.random.Generator) -> int:
    """Put at most so many houses, with sheds, along the streets of a massif; gives how many."""
    found, streets = along_streets(draft.plan, blocks, HOUSES, rng)
    found, streets = found.take(np.arange(min(most, len(found)))), streets[:most]
    sheds = behind(draft.plan, blocks, found, 0.1, rng)
    draft.buildings += [found, sheds]
    driven = rng.random(len(found)) < DRIVEWAYS
    driveway = {"service": "driveway"}
    standing = joined([found, sheds])
    ways_to_doors(
        draft, found.take(driven), streets[driven], standing, highway="service", tags=driveway
    )

    return len(found)
