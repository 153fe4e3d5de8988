"""Jobs that run in a process of their own, so that their memory can be told apart.

Each prints one line of JSON. Megabytes are 10^6 bytes of resident memory.
"""

import gc
import json
import os
import time
from pathlib import Path
from typing import Any

from . import metropolis_jobs

MB = 1e6


def run(job: str, *arguments: str) -> None:
    print(json.dumps(JOBS[job](*arguments)))  # noqa: T201


def end_to_end(snapshot: str, extract: str, sites: str) -> dict[str, float]:
    """Snap all doors and candidate sites and time them at 15 minutes, from a snapshot."""
    from walkshed.network import snap
    from walkshed.network.snapshot import load_network
    from walkshed.travel_times import walking_times

    from .city import (
        CUTOFF_MIN,
        SNAPPING,
        SPEED_KMH,
        doors_of,
        read_city_file,
        sites_of,
        walls_of,
    )

    read = read_city_file(Path(extract))
    imported_s = time.process_time()
    network, _ = load_network(Path(snapshot))
    loaded_s = time.process_time()
    walls = walls_of(read, network.crs)
    points = doors_of(read, network.crs), sites_of(network, int(sites))
    del read
    walking_times(
        network,
        *[snap(network, p.iloc[:2], **walls, **SNAPPING) for p in points],
        speed_kmh=SPEED_KMH,
        cutoff_min=1,
    )  # loads what was compiled before
    gc.collect()
    before_mb = _resident_mb()
    begin = time.process_time()
    doors, at = (snap(network, p, **walls, **SNAPPING) for p in points)
    snapped = time.process_time()
    times = walking_times(network, doors, at, speed_kmh=SPEED_KMH, cutoff_min=CUTOFF_MIN)
    end = time.process_time()
    return {
        "load_s": loaded_s - imported_s,
        "snap_s": snapped - begin,
        "times_s": end - snapped,
        "cpu_s": loaded_s - imported_s + end - begin,
        "peak_mb": peak_mb(),
        "before_mb": before_mb,
        "walks": int(times.seconds.nnz),
        "doors": len(doors),
        "sites": len(at),
    }


def graph_memory(snapshot: str, kind: str) -> dict[str, float]:
    """Growth of resident memory when a graph is made: ours, or networkx with or without shapes."""
    from walkshed.network.bridges import to_networkx
    from walkshed.network.snapshot import load_network

    if kind == "walkshed":
        gc.collect()
        before = _resident_mb()
        network, _ = load_network(Path(snapshot))
        network.arcs  # noqa: B018  made on first use
        gc.collect()
        return {"mb": _resident_mb() - before}
    import networkx as nx

    network, _ = load_network(Path(snapshot))
    gc.collect()
    before = _resident_mb()
    if kind == "networkx as of OSMnx":
        graph = to_networkx(network)
    else:
        graph = nx.MultiDiGraph()
        graph.add_nodes_from(
            (i, {"x": x, "y": y}) for i, (x, y) in enumerate(network.node_xy.tolist())
        )
        for u, v, s in zip(
            network.edge_u.tolist(),
            network.edge_v.tolist(),
            network.edge_forward_s.tolist(),
            strict=True,
        ):
            graph.add_edge(u, v, walk_s=s)
            graph.add_edge(v, u, walk_s=s)
    gc.collect()
    return {"mb": _resident_mb() - before, "edges": graph.number_of_edges()}


def ingest_ours(extract: str) -> dict[str, float]:
    """From a file to a network: the streets of the file and what else the network is made of."""
    import osmium  # noqa: F401  imports are done before the clock starts
    import pyarrow.csv  # noqa: F401

    from .city import network_of, read_city_streets

    begin = time.process_time()
    streets = read_city_streets(Path(extract))
    middle = time.process_time()
    network = network_of(streets)
    end = time.process_time()
    return {
        "cpu_s": end - begin,
        "read_s": middle - begin,
        "build_s": end - middle,
        "peak_mb": peak_mb(),
        "nodes": network.n_nodes,
        "edges": network.n_edges,
    }


def ingest_whole(extract: str) -> dict[str, float]:
    """Read all of a file: buildings, areas and named points too, for a study."""
    import osmium  # noqa: F401  imports are done before the clock starts
    import pyarrow.csv  # noqa: F401

    from .city import read_city_file

    begin = time.process_time()
    read_city_file(Path(extract))
    return {"cpu_s": time.process_time() - begin, "peak_mb": peak_mb()}


def ingest_osmnx(xml: str) -> dict[str, float]:
    """From OSM XML that holds the walkable streets only, to OSMnx's graph."""
    import osmnx

    begin = time.process_time()
    graph = osmnx.graph_from_xml(xml, bidirectional=True, retain_all=True)
    end = time.process_time()
    return {
        "cpu_s": end - begin,
        "peak_mb": peak_mb(),
        "nodes": graph.number_of_nodes(),
        "edges": graph.number_of_edges(),
    }


def ingest_bare(extract: str) -> dict[str, float]:
    """Hand every street and its nodes to Python, and do nothing with them."""
    import osmium

    begin = time.process_time()
    streets = (
        osmium.FileProcessor(extract, osmium.osm.NODE | osmium.osm.WAY)
        .with_locations()
        .with_filter(osmium.filter.EntityFilter(osmium.osm.WAY))
        .with_filter(osmium.filter.KeyFilter("highway"))
    )
    nodes = sum(
        len([(n.ref, n.lon, n.lat) for n in way.nodes if n.location.valid()]) for way in streets
    )
    return {"cpu_s": time.process_time() - begin, "nodes": nodes}


def peak_mb() -> float:
    """Peak of this program; `ru_maxrss` would be that of the one that started it, if larger."""
    status = Path("/proc/self/status").read_text()
    return float(status.split("VmHWM:")[1].split()[0]) * 1024 / MB


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / MB


JOBS: dict[str, Any] = {
    "end_to_end": end_to_end,
    "graph_memory": graph_memory,
    "ingest_ours": ingest_ours,
    "ingest_whole": ingest_whole,
    "ingest_osmnx": ingest_osmnx,
    "ingest_bare": ingest_bare,
    **metropolis_jobs.JOBS,
}
