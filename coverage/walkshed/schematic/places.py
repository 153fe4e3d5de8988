"""Neighbourhoods, city districts, and police posts."""

import math

import numpy as np
import shapely

from .draft import Buildings, Draft, names
from .layout import Layout, Superblock
from .parameters import SchematicCity
from .plan import NO_LINE, Block, Point, StreetPlan

STEP_M = 90.0
LETTERS_RU = "АБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЭЮЯ"
LETTERS_EN = (
    *("A", "B", "V", "G", "D", "E", "Zh", "Z", "I", "K", "L", "M", "N", "O", "P", "R", "S"),
    *("T", "U", "F", "Kh", "Ts", "Ch", "Sh", "Eh", "Yu", "Ya"),
)
KINDS = {
    "precinct_point": "Mo-Fr 17:00-20:00",
    "modular_post": "08:00-20:00",
    "department": "24/7",
}


def rim(plan: StreetPlan, block: Block) -> np.ndarray:
    """Draw the open ring around a block, with a vertex at every node of its streets.

    Neighbours get the same vertices on their common side, so they still fit after the
    plan is bent.
    """
    found: list[Point] = []
    for position, line_id in enumerate(block.sides):
        start = plan.points[block.corners[position]]
        end = plan.points[block.corners[(position + 1) % len(block.corners)]]
        if line_id == NO_LINE:
            steps = math.ceil(math.dist(start, end) / STEP_M)
            shares = np.arange(steps) / steps
            found += [
                (
                    float(start[0] + s * (end[0] - start[0])),
                    float(start[1] + s * (end[1] - start[1])),
                )
                for s in shares
            ]
            continue
        line = plan.lines[line_id]
        first, last = line.metres_to(start), line.metres_to(end)
        low, high = min(first, last), max(first, last)
        marks = [(m, plan.points[node]) for m, node in line.stops]
        # every street has vertices at fixed distances too, whichever block asks
        marks += [(float(m), line.at(float(m))) for m in np.arange(STEP_M, line.length_m, STEP_M)]
        between = sorted(mark for mark in marks if low + 0.01 < mark[0] < high - 0.01)
        found.append(start)
        found += [point for _, point in (between if first < last else between[::-1])]
    return np.array(found)


def add_neighbourhoods(draft: Draft, layout: Layout) -> None:
    """One neighbourhood for each microdistrict, and one for each quarter of the rest."""
    for number, superblock in enumerate(numbered_microdistricts(layout), start=1):
        words = names(f"Микрорайон {number}", f"{number} шағын аудан", f"Microdistrict {number}")
        draft.areas.append((rim(draft.plan, superblock.block), {"place": "neighbourhood"} | words))
    centre = [each for use in ("centre", "station") for each in layout.of_use(use)]
    for number, ring in enumerate(_merged(draft.plan, centre), start=1):
        words = names(f"Центр {number}", f"{number}-орталық", f"Centre {number}")
        draft.areas.append((ring, {"place": "neighbourhood"} | words))
    for number, ring in enumerate(_merged(draft.plan, layout.of_use("massif"))):
        turn, letter = divmod(number, len(LETTERS_RU))
        mark = str(turn + 1) if turn else ""
        ru, en = LETTERS_RU[letter] + mark, LETTERS_EN[letter] + mark
        words = names(f"Массив {ru}", f"{ru} алабы", f"Massif {en}")
        draft.areas.append((ring, {"place": "neighbourhood"} | words))


def numbered_microdistricts(layout: Layout) -> list[Superblock]:
    """Microdistricts in the order of their numbers: round the centre."""
    found = layout.of_use("microdistrict")
    return sorted(found, key=lambda each: math.atan2(each.centre[1], each.centre[0]))


def _merged(plan: StreetPlan, superblocks: list[Superblock]) -> list[np.ndarray]:
    """Superblocks of one quarter as one ring; those that only touch stay apart."""
    rings = []
    for quarter in sorted({each.quarter for each in superblocks}):
        parts = [
            shapely.Polygon(rim(plan, each.block))
            for each in superblocks
            if each.quarter == quarter
        ]
        whole = shapely.union_all(parts)
        pieces = [part for part in shapely.get_parts(whole) if part.area > 1000]
        if any(len(part.interiors) for part in pieces):
            pieces = parts
        rings += [np.array(part.exterior.coords)[:-1] for part in pieces]
    return rings


def add_districts(draft: Draft, city: SchematicCity, layout: Layout) -> None:
    """Two city districts, north and south of the main avenue."""
    east, north = city.width_m / 2, city.height_m / 2
    steps = max(int(city.width_m / STEP_M), 2)
    border = [(float(x), layout.avenue_north_m) for x in np.linspace(-east, east, steps)]
    for number, height in ((1, north), (2, -north)):
        far = [(float(x), height) for x in np.linspace(east, -east, steps)]
        tags = {"boundary": "administrative", "admin_level": "9"}
        words = names(f"Район {number}", f"{number}-аудан", f"District {number}")
        draft.areas.append((np.array(border + far), tags | words))


def add_posts(
    draft: Draft,
    city: SchematicCity,
    layout: Layout,
    buildings: Buildings,
    rng: np.random.Generator,
) -> None:
    """Police posts of all kinds, each a tagged point marked schematic."""
    placed: dict[int, Point] = {}
    if city.precinct_point_at_university and "university" in draft.landmarks:
        placed[city.precinct_point_at_university] = draft.landmarks["university"]
    microdistricts = numbered_microdistricts(layout)
    if city.precinct_point_in_last_microdistrict and microdistricts:
        spot = _nearest_building(buildings, microdistricts[-1].centre)
        placed[city.precinct_point_in_last_microdistrict] = spot
    others = [n for n in range(1, city.precinct_points + 1) if n not in placed]
    spots = _spread_by_floor_area(city, buildings, list(placed.values()), len(others), rng)
    placed |= dict(zip(others, spots, strict=True))
    for number, spot in sorted(placed.items()):
        words = names(
            f"Участковый пункт полиции № {number}",
            f"№ {number} учаскелік полиция пункті",
            f"Precinct police point No {number}",
        )
        _post(draft, spot, "precinct_point", number, words)
    crowded = [
        draft.landmarks[each]
        for each in ("market", "station", "park", "square")
        if each in draft.landmarks
    ]
    missing = max(city.modular_posts - len(crowded), 0)
    crowded += _spread_by_floor_area(city, buildings, crowded, missing, rng)
    for number, spot in enumerate(crowded[: city.modular_posts], start=1):
        words = names(
            f"Модульный пост полиции {number}",
            f"{number}-модульдік полиция бекеті",
            f"Modular police post {number}",
        )
        _post(draft, spot, "modular_post", number, words)
    for number in range(1, city.departments + 1):
        turn = 2.4 * number
        reach = 0.0 if number == 1 else 0.14
        target = (reach * city.width_m * math.cos(turn), reach * city.height_m * math.sin(turn))
        words = names(
            f"Отдел полиции № {number}", f"№ {number} полиция бөлімі", f"Police department {number}"
        )
        _post(draft, _nearest_building(buildings, target), "department", number, words)


def _post(draft: Draft, spot: Point, kind: str, number: int, words: dict[str, str]) -> None:
    tags = {
        "amenity": "police",
        "ref": str(number),
        "opening_hours": KINDS[kind],
        "walkshed:kind": kind,
        "source": "schematic",
    }
    draft.places.append((spot, tags | words))


def _nearest_building(buildings: Buildings, target: Point) -> Point:
    if len(buildings) == 0:
        return target
    position = int(np.argmin(np.hypot(*(buildings.centre - target).T)))
    east, north = buildings.centre[position]
    return (float(east), float(north))


def _spread_by_floor_area(
    city: SchematicCity,
    buildings: Buildings,
    taken: list[Point],
    wanted: int,
    rng: np.random.Generator,
) -> list[Point]:
    """Dwellings drawn by floor area, kept apart as far as their number allows."""
    dwellings = buildings.take(buildings.is_residential())
    if wanted == 0 or len(dwellings) == 0:
        return [(0.0, 0.0)] * wanted
    weight = dwellings.floor_area_m2()
    draws = rng.choice(len(dwellings), size=60 * wanted, p=weight / weight.sum())
    apart_m = 0.075 * min(city.width_m, city.height_m)
    chosen: list[Point] = []
    while True:
        for east, north in dwellings.centre[draws].tolist():
            near = (math.dist((east, north), other) < apart_m for other in (*taken, *chosen))
            if not any(near):
                chosen.append((east, north))
            if len(chosen) == wanted:
                return chosen
        apart_m = apart_m / 2 if apart_m > 1 else -1.0
