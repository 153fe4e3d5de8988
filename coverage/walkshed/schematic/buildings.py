"""Rows of buildings: houses along streets, and panel blocks along yard drives.

Both stand inside one convex block and keep away from all its sides, so nothing ever
stands on a street, a railway or a river.
"""

from dataclasses import dataclass

import numpy as np
import shapely

from .draft import Buildings, joined
from .plan import Block, Point, StreetPlan


@dataclass(frozen=True)
class Frontage:
    """How buildings stand along a street: sizes as (least, most), metres.

    `pitch_m` is the distance from one to the next, `corner_m` what is kept free where the
    block's short side meets its long one, `kinds` and `levels` are drawn evenly; `gap_m` is
    kept between any two, more than wanted since the ground's bends squeeze a little.
    """

    pitch_m: float
    length_m: tuple[float, float]
    depth_m: tuple[float, float]
    setback_m: tuple[float, float]
    corner_m: float
    kinds: tuple[str, ...]
    levels: tuple[int, ...]
    vacant: float = 0.0
    gap_m: float = 3.5


def along_streets(
    plan: StreetPlan, blocks: list[Block], frontage: Frontage, rng: np.random.Generator
) -> tuple[Buildings, np.ndarray]:
    """Put buildings along every side of every block; tell the street that each one faces."""
    if not blocks:
        return joined([]), np.empty(0, dtype=int)
    corners, sizes = _padded([plan.corners(block) for block in blocks])
    start, direction, length_m, of_block = _sides(corners, sizes)
    long_axis = np.zeros((len(blocks), 2))
    for position in np.argsort(length_m, kind="stable"):
        long_axis[of_block[position]] = direction[position]
    is_long = np.abs((direction * long_axis[of_block]).sum(axis=1)) > 0.75
    edge_m = np.where(is_long, 10 + frontage.length_m[1] / 2, frontage.corner_m)
    room_m = length_m - 2 * edge_m
    count = np.where(room_m >= 0, np.floor(room_m / frontage.pitch_m) + 1, 0).astype(int)
    side = np.repeat(np.arange(len(count)), count)
    rank = np.arange(len(side)) - np.repeat(np.cumsum(count) - count, count)
    slack_m = room_m[side] - (count[side] - 1) * frontage.pitch_m
    wobble_m = rng.uniform(-0.06, 0.06, len(side)) * frontage.pitch_m
    metres = edge_m[side] + slack_m / 2 + rank * frontage.pitch_m + wobble_m
    front_m = rng.uniform(*frontage.length_m, len(side))
    depth_m = rng.uniform(*frontage.depth_m, len(side))
    inward_m = rng.uniform(*frontage.setback_m, len(side)) + depth_m / 2
    along = direction[side]
    inward = np.column_stack((-along[:, 1], along[:, 0]))
    centre = start[side] + along * metres[:, None] + inward * inward_m[:, None]
    found = Buildings(
        centre,
        along,
        front_m,
        depth_m,
        rng.choice(frontage.levels, len(side)),
        rng.choice(np.array(frontage.kinds, dtype="U16"), len(side)),
    )
    keep = _inside(found, corners[of_block[side]], clear_m=min(5.5, frontage.setback_m[0] - 0.5))
    keep &= rng.random(len(side)) >= frontage.vacant
    streets = np.concatenate([block.sides for block in blocks])[side][keep]
    found = found.take(keep)
    apart = apart_from_earlier(found, gap_m=frontage.gap_m)
    return found.take(apart), streets[apart]


def _padded(rings: list[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Corner arrays of different lengths as one, the last corner repeated."""
    sizes = np.array([len(ring) for ring in rings])
    padded = np.empty((len(rings), int(sizes.max()), 2))
    for position, ring in enumerate(rings):
        padded[position, : len(ring)] = ring
        padded[position, len(ring) :] = ring[-1]
    return padded, sizes


def _sides(
    corners: np.ndarray, sizes: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """All sides of all blocks: start, unit direction, length in metres, block."""
    vector = np.roll(corners, -1, axis=1) - corners
    length_m = np.hypot(vector[..., 0], vector[..., 1])
    real = length_m > 1
    direction = vector[real] / length_m[real][:, None]
    of_block = np.repeat(np.arange(len(sizes)), real.sum(axis=1))
    return corners[real], direction, length_m[real], of_block


def _inside(found: Buildings, corners: np.ndarray, *, clear_m: float) -> np.ndarray:
    """Whether each building keeps `clear_m` from every side of its block."""
    vector = np.roll(corners, -1, axis=1) - corners
    length_m = np.hypot(vector[..., 0], vector[..., 1])
    real = length_m > 1
    vector = vector / np.where(real, length_m, 1)[..., None]
    normal = np.stack((-vector[..., 1], vector[..., 0]), axis=-1)
    distance_m = ((found.centre[:, None, :] - corners) * normal).sum(axis=-1)
    across = np.column_stack((-found.along[:, 1], found.along[:, 0]))
    reach_m = np.abs((normal * found.along[:, None, :]).sum(axis=-1)) * found.length_m[:, None] / 2
    reach_m += np.abs((normal * across[:, None, :]).sum(axis=-1)) * found.depth_m[:, None] / 2
    clear: np.ndarray = ((distance_m - reach_m >= clear_m) | ~real).all(axis=1)
    return clear


def apart_from_earlier(found: Buildings, *, gap_m: float) -> np.ndarray:
    """Whether each building keeps `gap_m` from those before it (that are kept)."""
    shapes = shapely.polygons(found.footprints())
    pairs = shapely.STRtree(shapes).query(shapes, predicate="dwithin", distance=gap_m).T
    pairs = pairs[pairs[:, 0] < pairs[:, 1]]
    keep = np.ones(len(found), dtype=bool)
    for first, second in pairs[np.lexsort(pairs.T[::-1])]:
        if keep[first]:
            keep[second] = False
    return keep


def behind(
    plan: StreetPlan,
    blocks: list[Block],
    houses: Buildings,
    share: float,
    rng: np.random.Generator,
) -> Buildings:
    """Put sheds and garages behind a share of the houses, where blocks leave room for them."""
    chosen = houses.take(rng.random(len(houses)) < share)
    size = len(chosen)
    inward = np.column_stack((-chosen.along[:, 1], chosen.along[:, 0]))
    depth_m = rng.uniform(3.5, 5, size)
    sheds = Buildings(
        chosen.centre + inward * (chosen.depth_m / 2 + 3.5 + depth_m / 2)[:, None],
        chosen.along,
        rng.uniform(4, 7, size),
        depth_m,
        np.ones(size, dtype=int),
        rng.choice(np.array(["garage", "shed"], dtype="U16"), size),
    )
    streets = [shapely.LinearRing(plan.corners(block)) for block in blocks]
    near_street = shapely.STRtree(streets).query(
        shapely.polygons(sheds.footprints()), predicate="dwithin", distance=4.0
    )[0]
    sheds = sheds.take(np.setdiff1d(np.arange(size), near_street))
    both = joined([houses, sheds])
    return both.take(apart_from_earlier(both, gap_m=2.0) & ~both.is_residential())


@dataclass(frozen=True)
class Frame:
    """Coordinates along and across a block, from its middle; the long side is along."""

    origin: np.ndarray
    along: np.ndarray
    across: np.ndarray
    corners: np.ndarray

    def place(self, along_m: float, across_m: float) -> Point:
        """Turn a point of the frame into one of the plan."""
        east, north = self.origin + along_m * self.along + across_m * self.across
        return (float(east), float(north))

    def chord(self, across_m: float) -> tuple[tuple[int, float], tuple[int, float]] | None:
        """Where a line along the frame enters and leaves: (side, metres along) each."""
        across = self.corners[:, 1] - across_m
        following = np.roll(across, -1)
        hits = []
        for side in np.flatnonzero((across < 0) != (following < 0)):
            share = across[side] / (across[side] - following[side])
            start, end = self.corners[side], self.corners[(side + 1) % len(self.corners)]
            hits.append((float(start[0] + share * (end[0] - start[0])), int(side)))
        if len(hits) != 2:
            return None
        (west, first), (east, last) = sorted(hits)
        return (first, west), (last, east)


def frame_of(plan: StreetPlan, block: Block) -> Frame:
    """Lay a frame over a block."""
    corners = plan.corners(block)
    vector = np.roll(corners, -1, axis=0) - corners
    along = vector[np.argmax(np.hypot(vector[:, 0], vector[:, 1]))]
    along = along / np.hypot(*along)
    across = np.array((-along[1], along[0]))
    origin = corners.mean(axis=0)
    local = np.column_stack(((corners - origin) @ along, (corners - origin) @ across))
    return Frame(origin, along, across, local)


def one_building(
    frame: Frame,
    along_m: float,
    across_m: float,
    *,
    length_m: float,
    depth_m: float,
    levels: int,
    kind: str,
) -> Buildings:
    """One rectangle in a frame."""
    return Buildings(
        np.array([frame.place(along_m, across_m)]),
        frame.along[None, :],
        np.array([length_m]),
        np.array([depth_m]),
        np.array([levels]),
        np.array([kind], dtype="U16"),
    )
