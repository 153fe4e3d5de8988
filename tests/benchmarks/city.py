"""The city that is measured: network, doors, candidate sites, and the same graph for the peers."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import geopandas as gpd
import numpy as np
import pandas as pd
import scipy.sparse as sp
import shapely

from walkshed.network import (
    WalkNetwork,
    barrier_lines,
    build_network,
    fence_lines,
    metric_crs,
    snap,
)
from walkshed.network.bridges import to_networkx
from walkshed.network.simplify import simplify
from walkshed.settings import WalkSettings
from walkshed.sources.osm import OsmExtract, Streets, read_osm, read_streets
from walkshed.sources.water import water_areas
from walkshed.standards import walking_profile

Read = TypeVar("Read", bound=Streets)

ADULT = walking_profile("adult")
SPEED_KMH = ADULT.speed_kmh.value
SNAPPING = {"snap_max_m": WalkSettings().snap_max_m, "island_max_m": WalkSettings().island_max_m}
CUTOFF_MIN = 15.0
CUTOFF_S = CUTOFF_MIN * 60
SETBACK_M = 25.0
"""Candidate sites lie up to this far beside a street."""


def read_city_file(path: Path) -> OsmExtract:
    """Read an extract, or draw the schematic city that a TOML file describes."""
    return _read_city(path, read_osm)


def read_city_streets(path: Path) -> Streets:
    """Read only what the network is made of."""
    return _read_city(path, read_streets)


def _read_city(path: Path, read: Callable[[Path], Read]) -> Read:
    if path.suffix != ".toml":
        return read(path)
    from walkshed.schematic import read_schematic, write_schematic

    with tempfile.TemporaryDirectory() as folder:
        drawn = Path(folder) / f"{path.parent.name}-schematic.osm.pbf"
        write_schematic(read_schematic(path), drawn)
        return read(drawn)


def network_of(streets: Streets) -> WalkNetwork:
    return simplify(
        build_network(
            streets,
            crs=metric_crs(streets.bounds),
            speed_kmh=SPEED_KMH,
            steps_speed_kmh=ADULT.steps_speed_kmh,
        )
    )


@dataclass(frozen=True)
class City:
    """One city, read once; `doors` are all its buildings, `sites` lie at random beside streets."""

    name: str
    network: WalkNetwork
    walls: dict[str, Any]
    water: Any
    door_points: gpd.GeoSeries
    site_points: gpd.GeoSeries
    doors: pd.DataFrame
    sites: pd.DataFrame

    @cached_property
    def graph(self) -> Any:
        """The network as OSMnx has it."""
        return to_networkx(self.network)

    @cached_property
    def matrix(self) -> sp.csr_array:
        """The network as scipy wants it: seconds, the quickest of parallel edges."""
        network = self.network
        tail = np.concatenate([network.edge_u, network.edge_v])
        head = np.concatenate([network.edge_v, network.edge_u])
        seconds = np.concatenate([network.edge_forward_s, network.edge_backward_s])
        order = np.lexsort([seconds, head, tail])
        first = (np.diff(tail[order], prepend=-1) != 0) | (np.diff(head[order], prepend=-1) != 0)
        kept = order[first & (tail != head)[order]]
        shape = (network.n_nodes, network.n_nodes)
        return sp.csr_array((seconds[kept], (tail[kept], head[kept])), shape=shape)

    @cached_property
    def mainland(self) -> np.ndarray:
        """Nodes of the largest component."""
        component = self.network.edge_component
        largest = np.bincount(component).argmax()
        edges = np.flatnonzero(component == largest)
        return np.unique([self.network.edge_u[edges], self.network.edge_v[edges]])

    def some_nodes(self, count: int, turn: int) -> np.ndarray:
        """Nodes chosen at random, others each turn; a smaller count takes the first of them."""
        return np.random.default_rng(turn).permutation(self.mainland)[:count]

    def some_sites(self, count: int, turn: int) -> pd.DataFrame:
        """Candidate sites chosen at random, in the same manner."""
        return self.sites.iloc[np.random.default_rng(turn).permutation(len(self.sites))[:count]]

    def at_nodes(self, nodes: np.ndarray) -> pd.DataFrame:
        """Nodes as positions on edges: where peers start, we start."""
        edge, is_v = self._edge_at_node
        return pd.DataFrame(
            {
                "edge": edge[nodes],
                "offset_m": np.where(is_v[nodes], self.network.edge_length_m[edge[nodes]], 0.0),
                "access_m": 0.0,
                "status": "snapped",
            },
            index=[f"n{node}" for node in nodes],
        )

    @cached_property
    def _edge_at_node(self) -> tuple[np.ndarray, np.ndarray]:
        edge = np.full(self.network.n_nodes, -1)
        is_v = np.zeros(self.network.n_nodes, dtype=bool)
        for ends, last in ((self.network.edge_u, False), (self.network.edge_v, True)):
            edge[ends] = np.arange(self.network.n_edges)
            is_v[ends] = last
        return edge, is_v


def open_city(path: Path, *, sites: int, max_doors: int | None = None) -> City:
    """Read a city and snap its doors and `sites` candidate sites; the same every time."""
    extract = read_city_file(path)
    network = network_of(extract)
    walls = walls_of(extract, network.crs)
    door_points = doors_of(extract, network.crs)
    if max_doors and len(door_points) > max_doors:
        door_points = door_points.sample(max_doors, random_state=0)
    site_points = sites_of(network, sites)
    return City(
        name=extract.name.removesuffix(".osm.pbf"),
        network=network,
        walls=walls,
        water=water_areas(extract).to_crs(network.crs).to_numpy(),
        door_points=door_points,
        site_points=site_points,
        doors=snap(network, door_points, **walls, **SNAPPING),
        sites=snap(network, site_points, **walls, **SNAPPING),
    )


def walls_of(extract: Streets, crs: str) -> dict[str, Any]:
    """What legs do not cross, as `snap` and `allocate_ground` want it."""
    return {
        "barriers": barrier_lines(extract, crs=crs),
        "fences": fence_lines(extract, crs=crs),
    }


def doors_of(extract: OsmExtract, crs: str) -> gpd.GeoSeries:
    """Every building is a door."""
    areas = extract.areas[extract.areas["building"] != ""]
    return areas.geometry.to_crs(crs).representative_point()


def sites_of(network: WalkNetwork, count: int) -> gpd.GeoSeries:
    """Places beside streets that may be stepped onto, by length of street, a little way off."""
    rng = np.random.default_rng(0)
    chance = np.where(network.edge_is_open, network.edge_length_m, 0.0)
    edge = rng.choice(network.n_edges, count, p=chance / chance.sum())
    at = shapely.line_interpolate_point(
        network.edge_lines[edge], rng.random(count), normalized=True
    )
    xy = shapely.get_coordinates(at) + rng.uniform(-SETBACK_M, SETBACK_M, (count, 2))
    return gpd.GeoSeries(shapely.points(xy), index=[f"s{i}" for i in range(count)], crs=network.crs)
