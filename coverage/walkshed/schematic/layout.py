"""The large shape of the city: corridors, avenues, superblocks and their uses.

Railway, river and canals are corridors: strips that are taken out of the land before any
street is drawn, so that no street can cross them but those of `crossings`. Avenues then
cut the land, and secondary streets cut it on into superblocks, each with one use.
"""

import math
from dataclasses import dataclass, replace

import numpy as np

from ..errors import SettingsError
from .parameters import SchematicCity
from .plan import NO_LINE, Block, Grain, Point, StreetPlan, split, subdivide

RAILWAY_WIDTH_M = 70.0
RIVER_WIDTH_M = 130.0
CANAL_WIDTH_M = 24.0

WEST_EAST: Point = (1.0, 0.0)
SOUTH_NORTH: Point = (0.0, 1.0)


@dataclass(frozen=True)
class Corridor:
    """A straight strip of the plan, and the pairs of streets along its two banks."""

    kind: str
    through: Point
    direction: Point
    width_m: float
    banks: tuple[tuple[int, int], ...] = ()

    def offset_m(self, point: Point) -> float:
        """Metres to the left of the strip's middle; negative to the right."""
        east, north = point[0] - self.through[0], point[1] - self.through[1]
        return self.direction[0] * north - self.direction[1] * east


@dataclass(frozen=True)
class Superblock:
    """Land between main streets, with one use."""

    block: Block
    quarter: int
    centre: Point
    beyond_railway: bool
    beyond_river: bool
    use: str = "fields"


@dataclass(frozen=True)
class Layout:
    """Corridors by kind (in drawing order), superblocks, and the avenue's height."""

    corridors: tuple[Corridor, ...]
    superblocks: tuple[Superblock, ...]
    avenue_north_m: float

    def of_kind(self, kind: str) -> list[Corridor]:
        """Pick the corridors of a kind."""
        return [corridor for corridor in self.corridors if corridor.kind == kind]

    def of_use(self, use: str) -> list[Superblock]:
        """Pick the superblocks of a use, nearest to the centre first."""
        return [superblock for superblock in self.superblocks if superblock.use == use]


def lay_out(city: SchematicCity, plan: StreetPlan, rng: np.random.Generator) -> Layout:
    """Cut the city's rectangle into corridors and superblocks, and choose their uses."""
    east, north = city.width_m / 2, city.height_m / 2
    rim = [(-east, -north), (east, -north), (east, north), (-east, north)]
    corners = tuple(plan.add_point(point) for point in rim)
    blocks = [Block(corners, (NO_LINE,) * 4)]
    corridors: list[Corridor] = []
    for corridor in _corridors(city):
        blocks, corridor = _carve(plan, blocks, corridor, corridors)
        corridors.append(corridor)
    avenue_north_m = round(0.045 * city.height_m)
    blocks = _avenue(plan, blocks, (0.0, avenue_north_m), WEST_EAST, "avenue 1")
    blocks = _avenue(plan, blocks, (-0.03 * city.width_m, 0.0), SOUTH_NORTH, "avenue 2")
    superblocks = _superblocks(city, plan, blocks, corridors, rng)
    return Layout(tuple(corridors), tuple(_uses(city, superblocks, rng)), avenue_north_m)


def _corridors(city: SchematicCity) -> list[Corridor]:
    """List this city's strips; the railway first, since others end at its banks."""
    width, height = city.width_m, city.height_m
    found = []
    if city.share_beyond_railway > 0:
        through = (0.0, -0.17 * height)
        found.append(Corridor("railway", through, _turned(WEST_EAST, 0.05), RAILWAY_WIDTH_M))
    if city.river_bridges > 0:
        through = (0.235 * width, 0.0)
        found.append(Corridor("river", through, _turned(SOUTH_NORTH, 0.04), RIVER_WIDTH_M))
    if city.canals > 0:
        through = (-0.17 * width, 0.0)
        found.append(Corridor("canal", through, _turned(SOUTH_NORTH, -0.14), CANAL_WIDTH_M))
    if city.canals > 1:
        through = (0.0, 0.2 * height)
        found.append(Corridor("canal", through, _turned(WEST_EAST, -0.08), CANAL_WIDTH_M))
    return found


def _turned(direction: Point, angle: float) -> Point:
    cos, sin = math.cos(angle), math.sin(angle)
    return (
        cos * direction[0] - sin * direction[1],
        sin * direction[0] + cos * direction[1],
    )


def _carve(
    plan: StreetPlan, blocks: list[Block], corridor: Corridor, earlier: list[Corridor]
) -> tuple[list[Block], Corridor]:
    """Take a strip out of all blocks it crosses; a canal begins at the river's near bank."""
    kept, banks = [], []
    normal = (-corridor.direction[1], corridor.direction[0])
    half_m = corridor.width_m / 2
    left, right = (
        (corridor.through[0] + side * normal[0], corridor.through[1] + side * normal[1])
        for side in (half_m, -half_m)
    )
    for block in blocks:
        middle = _middle(plan, block)
        beyond = corridor.kind == "canal" and any(
            other.kind == "river" and other.offset_m(middle) < 0 for other in earlier
        )
        first = None if beyond else split(plan, block, left, corridor.direction, "residential")
        second = first and split(plan, first[2], right, corridor.direction, "residential")
        if first is None or second is None:
            kept.append(block)
            continue
        kept += [first[1], second[2]]
        banks.append((first[0], second[0]))
        for line_id in banks[-1]:
            plan.lines[line_id].drawn = []
    return kept, replace(corridor, banks=tuple(banks))


def _avenue(
    plan: StreetPlan, blocks: list[Block], through: Point, direction: Point, label: str
) -> list[Block]:
    """Cut all blocks that a main avenue crosses."""
    kept = []
    for block in blocks:
        cut = split(plan, block, through, direction, "primary", snap_m=1.0, label=label)
        kept += [block] if cut is None else list(cut[1:])
    return kept


def _superblocks(
    city: SchematicCity,
    plan: StreetPlan,
    blocks: list[Block],
    corridors: list[Corridor],
    rng: np.random.Generator,
) -> list[Superblock]:
    """Cut the land on, first into quarters and those into superblocks."""
    size = city.superblock_m
    small = Grain(
        size,
        size,
        ("secondary", "tertiary"),
        jitter=0.16,
        tilt=0.12,
        snap_m=0.09 * size,
        margin_m=0.13 * size,
        drawn=False,
    )
    large = replace(
        small, along_m=3.4 * size, across_m=3.0 * size, highways=("secondary",), tilt=0.07
    )
    found = []
    quarters = 0
    for block in blocks:
        axis = _turned(WEST_EAST, float(rng.uniform(-0.08, 0.08)))
        for quarter in subdivide(plan, block, axis, large, rng):
            axis = _turned(WEST_EAST, float(rng.uniform(-0.2, 0.2)))
            for piece in subdivide(plan, quarter, axis, small, rng):
                middle = _middle(plan, piece)
                beyond_railway, beyond_river = (
                    any(c.kind == kind and c.offset_m(middle) < 0 for c in corridors)
                    for kind in ("railway", "river")
                )
                found.append(Superblock(piece, quarters, middle, beyond_railway, beyond_river))
            quarters += 1
    return found


def _middle(plan: StreetPlan, block: Block) -> Point:
    east, north = plan.corners(block).mean(axis=0)
    return (float(east), float(north))


def _uses(
    city: SchematicCity, superblocks: list[Superblock], rng: np.random.Generator
) -> list[Superblock]:
    """Give uses to superblocks, the scarcest places first; the rest may become massifs.

    Nobody builds beyond both the railway and the river: no crossing would lead there.
    """
    east, north = np.array([superblock.centre for superblock in superblocks]).T
    east, north = east / city.width_m, north / city.height_m
    inner = np.array([not (s.beyond_railway or s.beyond_river) for s in superblocks])
    dry = np.array([not (s.beyond_railway and s.beyond_river) for s in superblocks])
    noise = rng.uniform(0, 1, len(superblocks))
    angle = np.arctan2(north, east)
    lobes = 1 + 0.14 * np.sin(3 * angle + rng.uniform(0, 6.28)) + 0.1 * np.sin(7 * angle)
    far = np.hypot(east, north)
    near_railway = np.abs(north + 0.17 - 0.05 * east) + 0.15 * np.exp(-((east / 0.12) ** 2))
    wishes = [
        ("centre", city.centre_superblocks, far + 10.0 * ~inner),
        (
            "station",
            int(bool(city.share_beyond_railway) and city.centre_superblocks > 0),
            near_railway
            - 0.15 * np.exp(-((east / 0.12) ** 2))
            + 0.5 * np.abs(east + 0.02)
            + 10.0 * ~inner,
        ),
        ("park", city.parks, np.hypot(east - 0.13, north - 0.09) + 0.15 * noise + 10.0 * ~inner),
        (
            "industrial",
            city.industrial_zones,
            near_railway + 0.05 * noise + 10.0 * (far > 0.33) + 10.0 * ~dry,
        ),
        (
            "microdistrict",
            city.microdistricts,
            np.hypot(east, north - 0.1) + 0.1 * noise + 10.0 * ~inner,
        ),
        ("cemetery", city.cemeteries, np.abs(far - 0.3) + 0.4 * noise + 10.0 * ~inner),
    ]
    free = np.ones(len(superblocks), dtype=bool)
    use = np.full(len(superblocks), "fields", dtype="U16")
    for name, wanted, cost in wishes:
        order = np.argsort(np.where(free & dry, cost, np.inf), kind="stable")[:wanted]
        if len(order) < wanted or not np.all(free[order] & dry[order]):
            raise SettingsError(
                f"schematic city: no room for {wanted} superblocks of use {name}; "
                "enlarge `width_m` and `height_m` or lower `superblock_m`"
            )
        use[order] = name
        free[order] = False
    use[free & dry] = "massif"
    used = [replace(each, use=str(use[i])) for i, each in enumerate(superblocks)]
    by_distance = np.argsort(far * lobes * (1 + 0.12 * noise), kind="stable")
    return [used[i] for i in by_distance]
