"""Candidate sites x doors within 15 minutes, door to door. CPU time a candidate site."""

from typing import Any

import numpy as np
import pandas as pd

from walkshed.travel_times import walking_times

from .city import CUTOFF_MIN, CUTOFF_S, SPEED_KMH, City
from .measuring import Engine, cpu_s, take_turns
from .peers import missing, pandana_network

OURS = "walkshed walking_times"


def engines(city: City, *, scale: float = 1.0) -> list[Engine]:
    """Every engine that is here; slow ones get fewer candidates, and all the doors."""

    def some(count: int) -> int:
        return max(1, round(count * scale))

    def ours(turn: int) -> int:
        walking_times(
            city.network, city.doors, city.sites, speed_kmh=SPEED_KMH, cutoff_min=CUTOFF_MIN
        )
        return len(city.sites)

    def scipy(turn: int) -> int:
        sites = city.some_sites(some(500), turn)
        scipy_pairs(city, sites)
        return len(sites)

    found = [Engine(OURS, ours), Engine("scipy dijkstra(limit), dense rows", scipy)]
    if "pandana" not in missing():
        found += _pandana(city, some)
    return found


def scipy_pairs(city: City, sites: pd.DataFrame) -> tuple[np.ndarray, ...]:
    """The same job by scipy: what walkshed falls back on where there is no numba."""
    from walkshed.travel_times import _scipy

    doors = city.doors[city.doors["edge"] >= 0]
    return _scipy.doors_within(
        city.network, doors, sites[sites["edge"] >= 0], SPEED_KMH, CUTOFF_S + 1e-6
    )


def _pandana(city: City, some: Any) -> list[Engine]:
    network = pandana_network(city)

    def nearest_nodes(positions: pd.DataFrame) -> pd.Series:
        snapped = positions[positions["edge"] >= 0]
        xy = city.network.position_xy(snapped["edge"].to_numpy(), snapped["offset_m"].to_numpy())
        return network.get_node_ids(pd.Series(xy[:, 0]), pd.Series(xy[:, 1]))

    door_nodes = nearest_nodes(city.doors)

    def in_range(turn: int) -> int:
        """From node to node: which doors these are, and their legs, is left out in its favour."""
        nodes = nearest_nodes(city.some_sites(some(500), turn)).unique()
        network.nodes_in_range(nodes.tolist(), CUTOFF_S)
        return len(nodes)

    def aggregate(turn: int) -> int:
        """Doors within reach of every node, counted only."""
        network.set(door_nodes, name="doors")
        network.precompute(CUTOFF_S)
        network.aggregate(CUTOFF_S, type="count", decay="flat", name="doors")
        return city.network.n_nodes

    return [
        Engine("pandana nodes_in_range", in_range),
        Engine("pandana precompute + aggregate", aggregate),
    ]


def result_size(city: City) -> dict[str, float]:
    """Walks found and bytes of the result for each; and whether scipy finds the same."""
    cpu, times = cpu_s(
        lambda: walking_times(
            city.network, city.doors, city.sites, speed_kmh=SPEED_KMH, cutoff_min=CUTOFF_MIN
        )
    )
    matrix = times.seconds
    held = matrix.data.nbytes + matrix.indices.nbytes + matrix.indptr.nbytes
    few = city.sites[city.sites["edge"] >= 0].iloc[:64]
    size, _, _ = scipy_pairs(city, few)
    columns = city.sites.index.get_indexer(few.index)
    return {
        "cpu_s": cpu,
        "candidates": len(city.sites),
        "doors": len(city.doors),
        "walks": int(matrix.nnz),
        "bytes_a_walk": held / max(matrix.nnz, 1),
        "ns_a_walk": cpu * 1e9 / max(matrix.nnz, 1),
        "walks_of_64": int(np.diff(matrix.indptr)[columns].sum()),
        "walks_of_64_scipy": int(size.sum()),
    }


def measure(city: City, *, rounds: int, scale: float = 1.0) -> list[dict[str, Any]]:
    measured = take_turns(engines(city, scale=scale), rounds)
    base = measured[OURS]
    rows = []
    for name, one in measured.items():
        ratio, least, most = one.ratio(base)
        rows.append(
            {
                "engine": name,
                "cpu_us": one.median_s * 1e6,
                "times": ratio,
                "min": least,
                "max": most,
            }
        )
    return sorted(rows, key=lambda row: row["cpu_us"])
