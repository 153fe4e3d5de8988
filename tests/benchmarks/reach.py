"""Which nodes does one source reach in 15 minutes? CPU time a source.

All walk from the source on: that is what the peers do. (Ours usually asks who reaches a post.)
"""

from typing import Any

import networkx as nx
import numpy as np
from scipy.sparse.csgraph import dijkstra

from walkshed.travel_times import node_seconds, one_to_all

from .city import CUTOFF_MIN, CUTOFF_S, SPEED_KMH, City
from .measuring import Engine, take_turns
from .peers import iduedu_graph, missing, pandana_network

OURS = "walkshed, many at once"


def engines(city: City, *, scale: float = 1.0) -> list[Engine]:
    """Every engine that is here; slow ones get fewer sources."""

    def some(count: int) -> int:
        return max(1, round(count * scale))

    def many(turn: int) -> int:
        posts = city.at_nodes(city.some_nodes(some(1000), turn))
        node_seconds(city.network.turned, posts, speed_kmh=SPEED_KMH, limit_s=CUTOFF_S)
        return len(posts)

    def one_by_one(turn: int) -> int:
        posts = city.at_nodes(city.some_nodes(some(100), turn))
        for _, post in posts.iterrows():
            one_to_all(
                city.network, post, speed_kmh=SPEED_KMH, cutoff_min=CUTOFF_MIN, direction="from"
            )
        return len(posts)

    def scipy_one(turn: int) -> int:
        nodes = city.some_nodes(some(500), turn)
        for node in nodes:
            np.flatnonzero(np.isfinite(dijkstra(city.matrix, indices=node, limit=CUTOFF_S)))
        return len(nodes)

    def scipy_chunk(turn: int) -> int:
        nodes = city.some_nodes(some(100), turn)
        np.nonzero(np.isfinite(dijkstra(city.matrix, indices=nodes, limit=CUTOFF_S)))
        return len(nodes)

    def networkx_cutoff(turn: int) -> int:
        return sum(1 for node in refs(city, some(50), turn) if _networkx_reach(city, node))

    def ego_graph(turn: int) -> int:
        nodes = refs(city, some(25), turn)
        for node in nodes:
            nx.ego_graph(city.graph, node, radius=CUTOFF_S, distance="walk_s")
        return len(nodes)

    found = [
        Engine(OURS, many),
        Engine("walkshed, one by one, all nodes", one_by_one),
        Engine("scipy dijkstra(limit)", scipy_one),
        Engine("scipy dijkstra(limit), 100 at once", scipy_chunk),
        Engine("networkx single_source_dijkstra(cutoff)", networkx_cutoff),
        Engine("networkx ego_graph (the OSMnx example)", ego_graph),
    ]
    return found + _optional(city, some)


def refs(city: City, count: int, turn: int) -> list[int]:
    return city.network.node_ref[city.some_nodes(count, turn)].tolist()


def _networkx_reach(city: City, node: int) -> dict[int, float]:
    return nx.single_source_dijkstra_path_length(city.graph, node, cutoff=CUTOFF_S, weight="walk_s")


def _optional(city: City, some: Any) -> list[Engine]:
    found = []
    if "pandana" not in missing():
        network = pandana_network(city)

        def in_range(turn: int) -> int:
            nodes = city.some_nodes(some(300), turn)
            network.nodes_in_range(nodes.tolist(), CUTOFF_S)
            return len(nodes)

        found.append(Engine("pandana nodes_in_range", in_range))
    if "iduedu" not in missing():
        graph = iduedu_graph(city)

        def iduedu(turn: int) -> int:
            nodes = city.some_nodes(some(50), turn)
            for node in nodes.tolist():
                graph.single_source_dijkstra_path_length(node, cutoff=CUTOFF_MIN)
            return len(nodes)

        found.append(Engine("iduedu single_source_dijkstra", iduedu))
    return found


def agreement(city: City, sources: int = 8) -> dict[str, int]:
    """Nodes reached from the same sources, by each of three: they must be the same nodes."""
    nodes = city.some_nodes(sources, 0)
    ours = node_seconds(
        city.network.turned, city.at_nodes(nodes), speed_kmh=SPEED_KMH, limit_s=CUTOFF_S + 1e-6
    )
    scipy = dijkstra(city.matrix, indices=nodes, limit=CUTOFF_S + 1e-6)
    graph = sum(
        len(nx.ego_graph(city.graph, ref, radius=CUTOFF_S + 1e-6, distance="walk_s"))
        for ref in city.network.node_ref[nodes].tolist()
    )
    return {
        "walkshed": int(ours.nnz),
        "scipy": int(np.isfinite(scipy).sum()),
        "networkx": graph,
    }


def measure(city: City, *, rounds: int, scale: float = 1.0) -> list[dict[str, Any]]:
    """Rows of the table, slowest last."""
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
