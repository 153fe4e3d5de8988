"""From an extract to a network, against OSMnx on the same streets; and memory."""

import re
import tempfile
from dataclasses import fields
from pathlib import Path
from typing import Any

import osmium

from walkshed.network.snapshot import save_network

from .city import City
from .measuring import in_a_new_process

NOT_WALKED = re.compile(
    "abandoned|bus_guideway|construction|cycleway|motor|no|planned|platform|proposed|raceway|"
    "razed|rest_area|services"
)
"""As OSMnx's own filter for `network_type="walk"` has it: a pattern found anywhere in `highway`."""

PAGE_MB = 0.004
"""Memory is told in pages: what is less cannot be told apart."""


def walked_by_osmnx(tags: Any) -> bool:
    """Whether OSMnx would have downloaded a way for walkers."""
    highway = tags.get("highway")
    return bool(
        highway
        and not NOT_WALKED.search(highway)
        and tags.get("area") != "yes"
        and tags.get("access") != "private"
        and tags.get("foot") != "no"
        and tags.get("service") != "private"
    )


def write_streets(extract: Path, xml: Path) -> None:
    """Write the walkable streets of an extract, and their nodes, as OSM XML."""
    with osmium.BackReferenceWriter(str(xml), str(extract), overwrite=True) as writer:
        for way in osmium.FileProcessor(str(extract), osmium.osm.WAY):
            if walked_by_osmnx(way.tags):
                writer.add(way)


def measure(extract: Path) -> dict[str, Any]:
    """CPU seconds and peak memory of both, each in a process of its own.

    Ours goes from the file as it is to a network: it reads streets, gates, squares, railways and
    water, passes over buildings and all else, and cuts and joins the streets to edges. OSMnx is
    given the walkable streets only, as XML, which spares it the rest of the file; writing them is
    not counted. Beside it, what our reading of the whole file takes, and what pyosmium needs at
    least to hand the streets and their nodes to Python one by one.
    """
    with tempfile.TemporaryDirectory() as folder:
        xml = Path(folder) / "streets.osm"
        write_streets(extract, xml)
        ours = in_a_new_process("ingest_ours", str(extract))
        osmnx = in_a_new_process("ingest_osmnx", str(xml))
        bare = in_a_new_process("ingest_bare", str(extract))
        whole = in_a_new_process("ingest_whole", str(extract))
    return {
        "walkshed": ours,
        "osmnx": osmnx,
        "pyosmium, streets only": bare,
        "walkshed, all of the file": whole,
        "times": osmnx["cpu_s"] / ours["cpu_s"],
    }


def memory(city: City, extract: Path) -> dict[str, Any]:
    """Doors and candidate sites from end to end, and what the graph takes, ours and networkx's.

    What the graph takes is told twice: what the process grew by, with what the allocator keeps for
    later of the memory that loading took; and the arrays alone.
    """
    with tempfile.TemporaryDirectory() as folder:
        snapshot = Path(folder) / "city.walk"
        header = {"source": city.name, "osm_date": "", "profile": "adult"}
        save_network(city.network, snapshot, header=header)
        whole = in_a_new_process("end_to_end", str(snapshot), str(extract), str(len(city.sites)))
        graphs = {
            kind: in_a_new_process("graph_memory", str(snapshot), kind)["mb"]
            for kind in ("walkshed", "networkx as of OSMnx", "networkx bare")
        }
    search = _arrays_mb(city.network.arcs)
    arrays = _arrays_mb(city.network) + search
    own = {"walkshed, its arrays": arrays, "walkshed, what the search needs": search}
    return {
        "end_to_end": whole,
        "graph_mb": {**graphs, **own},
        "times_of_whole": graphs["networkx as of OSMnx"] / max(graphs["walkshed"], PAGE_MB),
        "times_of_arrays": graphs["networkx as of OSMnx"] / arrays,
        "times_of_search": graphs["networkx bare"] / search,
    }


def _arrays_mb(of: Any) -> float:
    """Arrays of a frozen dataclass, each counted once, in megabytes."""
    parts = {id(part): part for part in (getattr(of, field.name) for field in fields(of))}
    return sum(getattr(part, "nbytes", 0) for part in parts.values()) / 1e6
