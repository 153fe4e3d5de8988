"""From the plan to curved ground, to degrees, to an `.osm.pbf`."""

import math
from collections.abc import Iterator
from itertools import count, pairwise
from pathlib import Path

import numpy as np
import osmium
import pyproj

from .city import draw_city
from .draft import Buildings, Draft, names, rectangles
from .parameters import SchematicCity
from .plan import Line, StreetPlan

GENERATOR = "walkshed schematic"
SHAPE_STEP_M = 80.0
MAXSPEED = {"primary": "60", "secondary": "60", "tertiary": "40"}

NAMED = ("secondary", "tertiary", "residential", "living_street")
Way = tuple[list[int], dict[str, str]]


class Ground:
    """Bends the straight plan into curved ground, and ground into degrees.

    Every bend slides points sideways by an amount that depends on the other coordinate
    alone, so areas stay as they are and nothing can fold over. The centre stays in place.
    """

    def __init__(self, city: SchematicCity) -> None:
        rng = np.random.default_rng([city.seed, 1])
        self._span_m = min(city.width_m, city.height_m)
        self._phases = rng.uniform(0, 2 * math.pi, (2, 2))
        self._turn = math.radians(float(rng.uniform(-9, -5)))
        self._to_metres = pyproj.Transformer.from_crs("EPSG:4326", city.crs, always_xy=True)
        self._centre = self._to_metres.transform(city.centre_lon, city.centre_lat)

    def metres(self, points: np.ndarray) -> np.ndarray:
        """Plan to metres east and north of the city's centre, shape (n, 2)."""
        metres: np.ndarray = self._bent(points) - self._bent(np.zeros((1, 2)))
        return metres

    def degrees(self, metres: np.ndarray) -> np.ndarray:
        """Metres from the centre to (longitude, latitude), 7 decimals, shape (n, 2)."""
        east, north = metres[:, 0] + self._centre[0], metres[:, 1] + self._centre[1]
        lon, lat = self._to_metres.transform(east, north, direction="INVERSE")
        return np.round(np.column_stack((lon, lat)), 7)

    def _bent(self, points: np.ndarray) -> np.ndarray:
        north = points[:, 1]
        east = points[:, 0] + self._slide(north, self._phases[0])
        north = north + self._slide(east, self._phases[1])
        cos, sin = math.cos(self._turn), math.sin(self._turn)
        return np.column_stack((cos * east - sin * north, sin * east + cos * north))

    def _slide(self, across: np.ndarray, phases: np.ndarray) -> np.ndarray:
        scaled = 2 * math.pi * across / self._span_m
        slide: np.ndarray = self._span_m * (
            0.028 * np.sin(0.9 * scaled + phases[0]) + 0.007 * np.sin(2.7 * scaled + phases[1])
        )
        return slide

    def footprints(self, buildings: Buildings) -> np.ndarray:
        """Corners in metres, shape (n, 4, 2): still rectangles, turned with the street."""
        ahead = self.metres(buildings.centre + buildings.along)
        back = self.metres(buildings.centre - buildings.along)
        along = ahead - back
        along /= np.hypot(along[:, 0], along[:, 1])[:, None]
        centre = self.metres(buildings.centre)
        return rectangles(centre, along, buildings.length_m, buildings.depth_m)


def write_schematic(city: SchematicCity, path: Path) -> None:
    """Draw a schematic city and write it as an `.osm.pbf`.

    Parameters
    ----------
    city
        What to draw; the same parameters give the same bytes.
    path
        Where to write; an older file there is replaced once the new one is whole.

    Raises
    ------
    SettingsError
        The rectangle has no room for what is asked.

    Examples
    --------
    >>> import tempfile
    >>> village = SchematicCity(width_m=500, height_m=500, superblock_m=250, houses=30)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_schematic(village, Path(folder) / "village.osm.pbf")
    ...     [file.name for file in Path(folder).iterdir()]
    ['village.osm.pbf']
    """
    draft = draw_city(city)
    header = osmium.io.Header()
    header.set("generator", GENERATOR)
    partial = path.with_name(f"partial-{path.name}")
    with osmium.SimpleWriter(str(partial), header=header, overwrite=True) as writer:
        _write(draft, city, writer)
    partial.replace(path)


def _write(draft: Draft, city: SchematicCity, writer: osmium.SimpleWriter) -> None:
    """Nodes first, then ways: ids rise within each, as readers expect."""
    ground = Ground(city)
    plan_ways = [*_street_ways(draft.plan), *draft.ways]
    used = sorted({node for nodes, _ in plan_ways for node in nodes})
    ids = {node: position for position, node in enumerate(used, start=1)}
    next_node = len(used) + 1
    plan_metres = ground.metres(np.array(draft.plan.points)[used])
    place_metres = ground.metres(np.array([point for point, _ in draft.places]).reshape(-1, 2))
    area_metres = [ground.metres(ring) for ring, _ in draft.areas]
    buildings = draft.buildings[0]
    corners = ground.footprints(buildings).reshape(-1, 2)
    degrees = ground.degrees(np.concatenate([plan_metres, place_metres, corners, *area_metres]))
    tags = {ids[node]: tags for node, tags in draft.plan.node_tags.items() if node in ids}
    tags |= {next_node + i: place_tags for i, (_, place_tags) in enumerate(draft.places)}
    for node_id, location in enumerate(degrees.tolist(), start=1):
        writer.add_node(
            osmium.osm.mutable.Node(id=node_id, location=location, tags=tags.get(node_id))
        )
    next_node += len(draft.places)
    way_ids = count(1)
    for nodes, way_tags in plan_ways:
        _add_way(writer, next(way_ids), [ids[node] for node in nodes], way_tags)
    for refs, way_tags in _building_ways(buildings, next_node):
        _add_way(writer, next(way_ids), refs, way_tags)
    next_node += 4 * len(buildings)
    for ring, way_tags in draft.areas:
        refs = list(range(next_node, next_node + len(ring)))
        _add_way(writer, next(way_ids), [*refs, refs[0]], way_tags)
        next_node += len(ring)


def _add_way(
    writer: osmium.SimpleWriter, way_id: int, refs: list[int], tags: dict[str, str]
) -> None:
    writer.add_way(osmium.osm.mutable.Way(id=way_id, nodes=refs, tags=tags))


def _building_ways(buildings: Buildings, first_node: int) -> Iterator[Way]:
    kinds, levels = buildings.kind.tolist(), buildings.levels.tolist()
    for position, (kind, level) in enumerate(zip(kinds, levels, strict=True)):
        start = first_node + 4 * position
        refs = [start, start + 1, start + 2, start + 3, start]
        yield refs, {"building": kind, "building:levels": str(level)}


def _street_ways(plan: StreetPlan) -> Iterator[Way]:
    """Streets as ways: what is really there, in pieces, with shape nodes for the bends."""
    named = _street_names(plan)
    for line_id, line in enumerate(list(plan.lines)):
        tags = {"highway": line.highway} | named.get(line_id, {}) | line.tags
        if line.highway in MAXSPEED:
            tags["maxspeed"] = MAXSPEED[line.highway]
        for run in _runs(line):
            yield _with_shape(plan, line, run), tags


def _runs(line: Line) -> Iterator[list[tuple[float, int]]]:
    """Stretches of consecutive stops between which the street is really there."""
    run: list[tuple[float, int]] = []
    for start, end in pairwise(line.stops):
        if line.is_drawn((start[0] + end[0]) / 2):
            run = run or [start]
            run.append(end)
        elif run:
            yield run
            run = []
    if run:
        yield run


def _with_shape(plan: StreetPlan, line: Line, run: list[tuple[float, int]]) -> list[int]:
    nodes = [run[0][1]]
    for (start_m, _), (end_m, node) in pairwise(run):
        pieces = math.ceil((end_m - start_m) / SHAPE_STEP_M)
        steps = [start_m + (end_m - start_m) * i / pieces for i in range(1, pieces)]
        nodes += [plan.add_point(line.at(metres)) for metres in steps]
        nodes.append(node)
    return nodes


def _street_names(plan: StreetPlan) -> dict[int, dict[str, str]]:
    """Plain numbered names: avenues, streets, lanes; short ways and paths have none."""
    numbers = {"avenue": count(1), "street": count(1), "lane": count(1)}
    avenues: dict[str, int] = {}
    found = {}
    for line_id, line in enumerate(plan.lines):
        if line.highway == "primary" and line.label:
            if line.label not in avenues:
                avenues[line.label] = next(numbers["avenue"])
            n = avenues[line.label]
            words = names(f"Проспект {n}", f"{n}-даңғыл", f"Avenue {n}", schematic=False)
        elif line.highway not in NAMED or line.tags or line.length_m < 60:
            continue
        elif line.length_m >= 260:
            n = next(numbers["street"])
            words = names(f"Улица {n}", f"{n}-көше", f"Street {n}", schematic=False)
        else:
            n = next(numbers["lane"])
            words = names(f"Переулок {n}", f"{n}-тұйық көше", f"Lane {n}", schematic=False)
        found[line_id] = words
    return found
