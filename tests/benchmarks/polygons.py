"""Polygons against door counts: doors wrongly in and wrongly out, and CPU time a polygon.

The truth of all rows is the walk from door to door, both legs counted, at 400, 800 and 1,200 m.
Valhalla walks on its own network, made by its own rules from the same extract, so its errors are
also differences of rules. Peers without polygons count doors by the nearest node.
"""

import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import shapely

from walkshed.network.ground import Ground, allocate_ground
from walkshed.service_areas import service_areas, service_areas_by_post
from walkshed.travel_times import walking_times

from .city import CUTOFF_MIN, SNAPPING, SPEED_KMH, City
from .measuring import cpu_s
from .peers import missing, pandana_network, valhalla_isochrones

METRES = (400.0, 800.0, 1200.0)
M_PER_S = SPEED_KMH / 3.6
OURS = "walkshed service_areas"

Area = shapely.Geometry | np.ndarray
"""A polygon, or for peers that have none a True for each door that is counted."""

Method = Callable[[int, float], Area]


def allocate(city: City) -> tuple[float, Ground]:
    """CPU seconds to snap the ground, and the ground."""
    return cpu_s(lambda: allocate_ground(city.network, **city.walls, water=city.water, **SNAPPING))


def methods(city: City, ground: Ground, posts: Any, extract: Path, open_files: ExitStack) -> Any:
    """Every way to draw where a post is within a number of metres."""
    points = city.site_points.loc[posts.index].to_numpy()
    nearest = shapely.STRtree(shapely.points(city.network.node_xy)).nearest(points)
    refs = city.network.node_ref[nearest].tolist()

    def ours(i: int, metres: float) -> Area:
        areas = service_areas_by_post(
            city.network,
            ground,
            posts.iloc[[i]],
            minutes=[metres / M_PER_S / 60],
            speed_kmh=SPEED_KMH,
        )
        return areas.geometry.iloc[0]

    def circle(i: int, metres: float) -> Area:
        return points[i].buffer(metres)

    def reached(i: int, metres: float) -> nx.MultiDiGraph:
        return nx.ego_graph(city.graph, refs[i], radius=metres / M_PER_S, distance="walk_s")

    def nodes(i: int, metres: float) -> shapely.MultiPoint:
        return shapely.MultiPoint(
            [(d["x"], d["y"]) for _, d in reached(i, metres).nodes(data=True)]
        )

    def convex_hull(i: int, metres: float) -> Area:
        return nodes(i, metres).convex_hull

    def concave_hull(i: int, metres: float) -> Area:
        return shapely.concave_hull(nodes(i, metres), ratio=0.2).buffer(25)

    def osmnx_example(i: int, metres: float) -> Area:
        return osmnx_buffers(reached(i, metres))

    found: dict[str, Method] = {
        OURS: ours,
        "straight-line circle": circle,
        "convex hull of reached nodes (OSMnx example)": convex_hull,
        "concave hull 0.2, buffer 25 m": concave_hull,
        "OSMnx example make_iso_polys, 25 m / 50 m": osmnx_example,
    }
    if "valhalla" not in missing() and extract.suffix == ".pbf":
        isochrone = open_files.enter_context(valhalla_isochrones(extract, city.network.crs))
        found["Valhalla isochrone, own network"] = lambda i, metres: isochrone(points[i], metres)
    if "pandana" not in missing():
        found["pandana, nearest nodes (no polygon)"] = _pandana(city, nearest)
    return found


def osmnx_buffers(reached: nx.MultiDiGraph) -> shapely.Geometry:
    """Draw `make_iso_polys` of OSMnx's example notebook 13: buffered edges and nodes, filled."""
    points = [shapely.Point(d["x"], d["y"]) for _, d in reached.nodes(data=True)]
    lines = [d["geometry"] for *_, d in reached.edges(data=True)]
    area = shapely.union_all([*shapely.buffer(points, 50), *shapely.buffer(lines, 25)])
    parts = shapely.get_parts(area)
    return shapely.union_all(shapely.polygons(shapely.get_exterior_ring(parts)))


def _pandana(city: City, nearest: np.ndarray) -> Method:
    import pandas as pd

    network = pandana_network(city)
    x, y = (pd.Series(column) for column in shapely.get_coordinates(city.door_points).T)
    door_nodes = network.get_node_ids(x, y).to_numpy()

    def counted(i: int, metres: float) -> Area:
        found = network.nodes_in_range([int(nearest[i])], metres / M_PER_S)
        return np.isin(door_nodes, found["destination"].to_numpy())

    return counted


def measure(
    city: City, ground: Ground, extract: Path, *, posts: int, turn: int = 0
) -> list[dict[str, Any]]:
    """One row a method and distance: shares of doors wrongly in and out, CPU time a polygon.

    `false_in` and `false_out` are pooled over posts, as shares of all doors: the sum over posts of
    doors wrongly in, over (posts x doors). `of_reached` is the sum of both kinds of error over the
    doors truly reached. `union_*` ask of the union of all posts: who is within reach of any?
    """
    chosen = city.some_sites(posts, turn)
    chosen = chosen[chosen["edge"] >= 0]
    doors = city.door_points.to_numpy()
    rows = []
    with ExitStack() as open_files:
        found = methods(city, ground, chosen, extract, open_files)
        city.graph  # noqa: B018  built before anything is measured
        for method in found.values():
            method(0, METRES[0])
        for metres in METRES:
            truth = true_doors(city, chosen, metres)
            for name, method in found.items():
                areas, cpu = _areas(method, len(chosen), metres)
                inside = np.stack([_doors_in(area, doors) for area in areas], axis=1)
                rows.append({"method": name, "metres": metres, **errors(inside, truth), **cpu})
            inside, cpu = _dissolved(city, ground, chosen, metres)
            dissolved = errors(inside[:, None], truth.any(axis=1)[:, None])
            rows.append({"method": f"{OURS}, dissolved", "metres": metres, **dissolved, **cpu})
    return rows


def _areas(method: Method, posts: int, metres: float) -> tuple[list[Area], dict[str, float]]:
    areas, spent = [], []
    for i in range(posts):
        begin = time.process_time()
        areas.append(method(i, metres))
        spent.append(time.process_time() - begin)
    return areas, {"cpu_ms": float(np.median(spent) * 1e3), "cpu_ms_max": max(spent) * 1e3}


def _dissolved(
    city: City, ground: Ground, posts: Any, metres: float
) -> tuple[np.ndarray, dict[str, float]]:
    minutes = [metres / M_PER_S / 60]
    cpu, areas = cpu_s(
        lambda: service_areas(city.network, ground, posts, minutes=minutes, speed_kmh=SPEED_KMH)
    )
    inside = _doors_in(areas.geometry.iloc[0], city.door_points.to_numpy())
    return inside, {"cpu_ms": cpu * 1e3, "cpu_ms_max": cpu * 1e3}


def true_doors(city: City, posts: Any, metres: float) -> np.ndarray:
    """Doors (rows) within the metres of posts (columns), counted door to door."""
    times = walking_times(
        city.network, city.doors, posts, speed_kmh=SPEED_KMH, cutoff_min=CUTOFF_MIN
    )
    return times.coverage(metres / M_PER_S / 60).toarray()


def _doors_in(area: Area, doors: np.ndarray) -> np.ndarray:
    if isinstance(area, np.ndarray):
        return area
    shapely.prepare(area)
    return shapely.contains(area, doors) | shapely.intersects(area, doors)


def errors(inside: np.ndarray, truth: np.ndarray) -> dict[str, float]:
    """Shares of doors (rows) wrongly in and out, over all posts (columns) and for their union.

    Examples
    --------
    >>> inside, truth = np.array([[True], [True], [False]]), np.array([[True], [False], [False]])
    >>> round(errors(inside, truth)["false_in"], 3), errors(inside, truth)["of_reached"]
    (0.333, 1.0)
    """
    both = inside.any(axis=1), truth.any(axis=1)
    return {
        "false_in": float((inside & ~truth).mean()),
        "false_out": float((~inside & truth).mean()),
        "of_reached": float((inside != truth).sum() / max(truth.sum(), 1)),
        "union_false_in": float((both[0] & ~both[1]).mean()),
        "union_false_out": float((~both[0] & both[1]).mean()),
        "union_truth": float(both[1].mean()),
    }
