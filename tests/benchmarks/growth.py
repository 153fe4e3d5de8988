"""How the work grows with sources, doors and the size of the network: exponents.

Larger networks are copies of the city side by side, each joined to the next by one street, so that
the density stays and only the size differs.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from walkshed.network import WalkNetwork
from walkshed.travel_times import node_seconds, walking_times

from .city import CUTOFF_MIN, CUTOFF_S, SPEED_KMH, City
from .measuring import Engine, exponent, take_turns

STEPS = (1, 2, 4, 8)
TAGS = ("edge_way_id", "edge_class", "edge_name", "edge_kind", "edge_lit", "edge_is_open")


def copies(network: WalkNetwork, count: int) -> WalkNetwork:
    """The network `count` times from west to east, each joined to the next by one street."""
    n, m, joints = network.n_nodes, network.n_edges, count - 1
    copy, edge = np.divmod(np.arange(m * count), m)
    step = np.array([np.ptp(network.node_xy[:, 0]) + 1000.0, 0.0])
    joint_m = np.full(joints, step[0])
    joint_s = joint_m / (SPEED_KMH / 3.6)
    first = np.arange(joints) * n
    joint_xy = network.node_xy[0] + (np.arange(joints)[:, None, None] + [[0], [1]]) * step

    def shifted(xy: np.ndarray) -> np.ndarray:
        return np.concatenate([xy + i * step for i in range(count)])

    def tags(name: str) -> Any:
        return getattr(network, name)[np.concatenate([edge, np.zeros(joints, dtype=np.int64)])]

    sizes = np.concatenate([np.diff(network.xy_start)[edge], np.full(joints, 2)])
    return replace(
        network,
        node_ref=np.arange(n * count),
        node_xy=shifted(network.node_xy),
        edge_u=np.concatenate([network.edge_u[edge] + copy * n, first]).astype(np.int32),
        edge_v=np.concatenate([network.edge_v[edge] + copy * n, first + n]).astype(np.int32),
        edge_length_m=np.concatenate([network.edge_length_m[edge], joint_m]),
        edge_forward_s=np.concatenate([network.edge_forward_s[edge], joint_s]),
        edge_backward_s=np.concatenate([network.edge_backward_s[edge], joint_s]),
        xy=np.concatenate([shifted(network.xy), joint_xy.reshape(-1, 2)]),
        xy_start=np.concatenate([[0], np.cumsum(sizes)]).astype(np.int32),
        **{name: tags(name) for name in TAGS},
    )


def spread(positions: pd.DataFrame, count: int, edges: int) -> pd.DataFrame:
    """Positions repeated on every copy."""
    parts = [
        positions.assign(edge=np.where(positions["edge"] >= 0, positions["edge"] + i * edges, -1))
        for i in range(count)
    ]
    return pd.concat(parts, ignore_index=True)


def measure(city: City, *, rounds: int, steps: tuple[int, ...] = STEPS) -> dict[str, Any]:
    """CPU seconds at each size, and the exponents."""
    sites = city.sites.iloc[: max(1, len(city.sites) // steps[-1])]
    doors = city.doors.iloc[: max(1, len(city.doors) // steps[-1])]
    towns = {k: copies(city.network, k) for k in steps}

    def pairs(network: WalkNetwork, doors: pd.DataFrame, sites: pd.DataFrame) -> None:
        walking_times(network, doors, sites, speed_kmh=SPEED_KMH, cutoff_min=CUTOFF_MIN)

    def reach(network: WalkNetwork, sites: pd.DataFrame) -> None:
        node_seconds(network, sites, speed_kmh=SPEED_KMH, limit_s=CUTOFF_S)

    engines = []
    for k in steps:
        more_sites = city.sites.iloc[: len(sites) * k]
        more_doors = city.doors.iloc[: len(doors) * k]
        all_sites, all_doors = (spread(p, k, city.network.n_edges) for p in (sites, city.doors))
        engines += [
            _engine(f"sources x{k}", pairs, city.network, city.doors, more_sites),
            _engine(f"doors x{k}", pairs, city.network, more_doors, city.sites),
            _engine(f"network x{k}", reach, towns[k], city.sites),
            _engine(f"all x{k}", pairs, towns[k], all_doors, all_sites),
        ]
    measured = take_turns(engines, rounds)
    found: dict[str, Any] = {}
    for what in ("sources", "doors", "network", "all"):
        cost = [measured[f"{what} x{k}"].median_s for k in steps]
        found[what] = {"cpu_s": cost, "exponent": exponent(steps, cost)}
    found["steps"] = list(steps)
    return found


def _engine(name: str, job: Any, *arguments: Any) -> Engine:
    def run(turn: int) -> int:
        job(*arguments)
        return 1

    return Engine(name, run)
