"""Edits of streets and posts for the tests, drawn in metres near the origin of the CRS.

`scenario` takes them to degrees as a file would hold them.
"""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from towns import ADULT_KMH, CRS, STEPS_KMH, Edge, positions_of
from walkshed.network import WalkNetwork, snap
from walkshed.scenario import (
    ChangedNetwork,
    Scenario,
    apply_to_network,
    both_positions,
    quicker,
    scenario_of,
)
from walkshed.travel_times import nearest_facility

HOSTILE = '</script><b>{{ 7 * 7 }}</b> «Шығыс» & "co" \'; drop\n\u2028\\u0041 =1+1'
Line = list[tuple[float, float]]
Edit = tuple[str, Any, dict[str, Any]]


def line(*xy: tuple[float, float]) -> shapely.LineString:
    return shapely.LineString(xy)


def edits_of(*edits: Edit, shift: tuple[float, float] = (0, 0)) -> gpd.GeoDataFrame:
    rows = [{"action": action, **properties} for action, _, properties in edits]
    moved = [
        None if shape is None else shapely.transform(shape, lambda xy: xy + shift)
        for _, shape, _ in edits
    ]
    return gpd.GeoDataFrame(pd.DataFrame(rows, columns=_columns(rows)), geometry=moved, crs=CRS)


def _columns(rows: list[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(["action", *(key for row in rows for key in row)]))


def scenario(*edits: Edit, shift: tuple[float, float] = (0, 0)) -> Scenario:
    return scenario_of(edits_of(*edits, shift=shift))


def street(*xy: tuple[float, float], **properties: Any) -> Edit:
    return ("add_street", line(*xy), properties)


def close(shape: Any) -> Edit:
    return ("close", shape, {})


def change(network: WalkNetwork, *edits: Edit, **options: Any) -> ChangedNetwork:
    options = {"speed_kmh": ADULT_KMH, "steps_speed_kmh": STEPS_KMH, **options}
    return apply_to_network(network, scenario(*edits), **options)


def minutes(network: WalkNetwork, doors: pd.DataFrame, posts: pd.DataFrame) -> np.ndarray:
    return nearest_facility(network, doors, posts, speed_kmh=ADULT_KMH)["minutes"].to_numpy()


def same_network(left: WalkNetwork, right: WalkNetwork) -> bool:
    names = WalkNetwork.__dataclass_fields__
    return all(np.array_equal(getattr(left, name), getattr(right, name)) for name in names)


# Two streets of 400 m, 80 m apart, joined in the west only:
#
#   2 ────────────────── 3      y = 80
#   │
#   0 ────────────────── 1      y = 0
U_NODES = [(0.0, 0.0), (400.0, 0.0), (0.0, 80.0), (400.0, 80.0)]
U_EDGES = [Edge(0, 1, name="south"), Edge(0, 2, name="west"), Edge(2, 3, name="north")]


def walk(network: WalkNetwork, start: tuple[int, float], end: tuple[int, float]) -> float:
    """Minutes between two positions given as (edge, metres)."""
    spots_at = [
        (edge, offset_m / network.edge_length_m[edge], 0.0) for edge, offset_m in (start, end)
    ]
    door = positions_of(network, spots_at[:1])
    post = positions_of(network, spots_at[1:], letter="p")
    return float(minutes(network, door, post)[0])


def walk_after(changed: ChangedNetwork, before: WalkNetwork, *ends: tuple[int, float]) -> float:
    """Minutes between two positions on the old network, carried over to the new one."""
    at = [(edge, offset_m / before.edge_length_m[edge], 0.0) for edge, offset_m in ends]
    moved = changed.move_positions(positions_of(before, at))
    post = moved.iloc[1:].set_axis(["p"])
    return float(minutes(changed.network, moved.iloc[:1], post)[0])


def before_and_after(
    changed: ChangedNetwork, network: WalkNetwork, doors: Line, posts: Line, *, hold: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Minutes before, and after with both positions of every door and post."""
    tables = {}
    for name, xy in (("d", doors), ("p", posts)):
        points = gpd.GeoSeries(
            map(shapely.Point, xy), [f"{name}{i}" for i in range(len(xy))], crs=CRS
        )
        was, new = (
            snap(net, points, snap_max_m=400, island_max_m=150, barriers=np.array([], dtype=object))
            for net in (network, changed.network)
        )
        tables[name] = was, changed.move_positions(was), new
    before = minutes(network, tables["d"][0], tables["p"][0])
    _, kept, new = tables["d"]
    both = both_positions(*tables["p"][1:])
    kept, new = (
        table.join(nearest_facility(changed.network, table, both, speed_kmh=ADULT_KMH))
        for table in (kept, new)
    )
    held = pd.Series(before, index=kept.index) if hold else None
    return before, quicker(kept, new, at_least_min=held)["minutes"].to_numpy()
