"""Small towns for the tests, drawn on paper in metres.

`Town` writes a town as OpenStreetMap data and reads it back through `read_osm`, the door that
real data use. `network_of` makes the arrays of a `WalkNetwork` directly, so that lengths are exact;
`networks` and `positions` are Hypothesis strategies over such networks, odd ones included.
"""

import tempfile
from dataclasses import dataclass, field, replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import osmium
import pandas as pd
import shapely
from hypothesis import strategies as st
from osmium.osm import mutable
from pyproj import Transformer

from walkshed.network import WalkNetwork, barrier_lines, build_network, fence_lines, snap
from walkshed.network.graph import texts
from walkshed.sources.osm import OsmExtract, read_osm
from walkshed.travel_times import nearest_facility

CRS = "EPSG:32642"
ORIGIN = (693_000.0, 4_752_000.0)
"""Where (0, 0) of the paper lies: in Taraz, so that lengths are those of EPSG:32642."""

ADULT_KMH = 4.8
"""80 m in a minute: 400 m take exactly 5 minutes."""

STEPS_KMH = 2.4
DRAWN_M = 0.03
"""OpenStreetMap keeps seven decimals of a degree: a drawn length is right to about a centimetre."""

MONACO = Path(__file__).parents[1] / "data" / "monaco" / "monaco.osm.pbf"

Place = tuple[float, float] | int


@dataclass
class Town:
    """A town on paper. A place given twice as (x, y) is one node; `apart` makes a second one."""

    nodes: dict[int, tuple[float, float]] = field(default_factory=dict)
    node_tags: dict[int, dict[str, str]] = field(default_factory=dict)
    ways: list[tuple[int, list[int], dict[str, str]]] = field(default_factory=list)
    relations: list[tuple[int, list[tuple[str, int, str]], dict[str, str]]] = field(
        default_factory=list
    )
    missing: set[int] = field(default_factory=set)

    def apart(self, x: float, y: float, **tags: str) -> int:
        """Make a node that joins nothing, even where another one lies."""
        node = 1 + len(self.nodes)
        self.nodes[node] = (x, y)
        self.node_tags[node] = tags
        return node

    def node(self, x: float, y: float, **tags: str) -> int:
        """Find or make the node at a place, and tag it."""
        found = [node for node, place in self.nodes.items() if place == (x, y)]
        node = found[0] if found else self.apart(x, y)
        self.node_tags[node].update(tags)
        return node

    def way(self, *places: Place, **tags: str) -> int:
        """Draw a way; returns its id."""
        refs = [place if isinstance(place, int) else self.node(*place) for place in places]
        way = 101 + len(self.ways)
        self.ways.append((way, refs, tags))
        return way

    def street(self, *places: Place, **tags: str) -> int:
        """Draw a residential street, unless tags say otherwise."""
        return self.way(*places, **{"highway": "residential", **tags})

    def square(self, x: float, y: float, side: float, **tags: str) -> int:
        """Draw a closed square by its south-western corner."""
        east, north = x + side, y + side
        return self.way((x, y), (east, y), (east, north), (x, north), (x, y), **tags)

    def relation(self, *members: tuple[str, int, str], **tags: str) -> int:
        """Add a relation of (type, id, role)."""
        relation = 901 + len(self.relations)
        self.relations.append((relation, list(members), tags))
        return relation

    def write(self, path: Path) -> Path:
        """Write the town as the file type that the name says."""
        to_lonlat = Transformer.from_crs(CRS, "EPSG:4326", always_xy=True)
        with osmium.SimpleWriter(str(path), overwrite=True) as writer:
            for node, (x, y) in self.nodes.items():
                if node not in self.missing:
                    lonlat = to_lonlat.transform(ORIGIN[0] + x, ORIGIN[1] + y)
                    writer.add_node(
                        mutable.Node(id=node, location=lonlat, tags=self.node_tags[node])
                    )
            for way, refs, tags in self.ways:
                writer.add_way(mutable.Way(id=way, nodes=refs, tags=tags))
            for relation, members, tags in self.relations:
                writer.add_relation(mutable.Relation(id=relation, members=members, tags=tags))
        return path

    def extract(self, name: str = "town.osm.pbf") -> OsmExtract:
        """Write the town to a passing folder and read it back."""
        with tempfile.TemporaryDirectory() as folder:
            return read_osm(self.write(Path(folder) / name))

    def network(self, *, speed_kmh: float = ADULT_KMH) -> WalkNetwork:
        """Build the town's network."""
        return build_network(
            self.extract(), crs=CRS, speed_kmh=speed_kmh, steps_speed_kmh=STEPS_KMH
        )

    def minutes(
        self, door: tuple[float, float], post: tuple[float, float], *, snap_max_m: float = 250
    ) -> float:
        """Walk from a door to a post: snapped, with the town's own barriers."""
        extract = self.extract()
        network = build_network(extract, crs=CRS, speed_kmh=ADULT_KMH, steps_speed_kmh=STEPS_KMH)
        at = snap(
            network,
            places({"door": door, "post": post}),
            snap_max_m=snap_max_m,
            island_max_m=0,
            barriers=barrier_lines(extract, crs=CRS),
            fences=fence_lines(extract, crs=CRS),
        )
        nearest = nearest_facility(network, at.loc[["door"]], at.loc[["post"]], speed_kmh=ADULT_KMH)
        return float(nearest["minutes"].iloc[0])


def grid_town(blocks: int = 3, block_m: float = 100.0, **tags: str) -> Town:
    """Draw `blocks` x `blocks` blocks; each street is one way from end to end."""
    town = Town()
    at = [i * block_m for i in range(blocks + 1)]
    for line in at:
        town.street(*[(x, line) for x in at], **tags)
        town.street(*[(line, y) for y in at], **tags)
    return town


def places(xy: dict[str, tuple[float, float]]) -> gpd.GeoSeries:
    """Points on the paper, in the CRS of the networks."""
    points = [shapely.Point(ORIGIN[0] + x, ORIGIN[1] + y) for x, y in xy.values()]
    return gpd.GeoSeries(points, index=list(xy), crs=CRS)


def on_paper(xy: np.ndarray) -> np.ndarray:
    """Coordinates of a network of a `Town`, back on the paper."""
    return np.asarray(xy) - ORIGIN


@dataclass(frozen=True)
class Edge:
    """One edge of `network_of`: nodes, the bends between them, and how slow each direction is."""

    u: int
    v: int
    via: tuple[tuple[float, float], ...] = ()
    slow_ahead: float = 1.0
    slow_back: float = 1.0
    is_open: bool = True
    road_class: str = "minor"
    name: str = ""


def network_of(
    nodes: list[tuple[float, float]], edges: list[Edge], *, speed_kmh: float = ADULT_KMH
) -> WalkNetwork:
    """Make a network from nodes in metres (not shifted to `ORIGIN`) and edges."""
    shapes = [np.array([nodes[e.u], *e.via, nodes[e.v]], dtype=float) for e in edges]
    length_m = np.array([np.hypot(*np.diff(shape, axis=0).T).sum() for shape in shapes])
    seconds = length_m / (speed_kmh / 3.6)
    return WalkNetwork(
        crs=CRS,
        node_ref=np.arange(1, len(nodes) + 1),
        node_xy=np.array(nodes, dtype=float),
        edge_u=np.array([e.u for e in edges], dtype=np.int32),
        edge_v=np.array([e.v for e in edges], dtype=np.int32),
        edge_length_m=length_m,
        edge_forward_s=seconds * [e.slow_ahead for e in edges],
        edge_backward_s=seconds * [e.slow_back for e in edges],
        edge_way_id=np.arange(101, 101 + len(edges)),
        edge_class=texts(e.road_class for e in edges),
        edge_name=texts(e.name for e in edges),
        edge_kind=texts(["street"] * len(edges)),
        edge_lit=np.full(len(edges), -1, dtype=np.int8),
        edge_is_open=np.array([e.is_open for e in edges]),
        xy=np.concatenate(shapes),
        xy_start=np.cumsum([0, *map(len, shapes)], dtype=np.int32),
    )


def with_arrays(
    network: WalkNetwork, *, kind: tuple[str, ...] = (), **arrays: object
) -> WalkNetwork:
    """The same network with other arrays of edges; `kind` is `edge_kind`, and so on."""
    new = {f"edge_{name}": np.array(of) for name, of in arrays.items()}
    return replace(network, **new, **({"edge_kind": texts(kind)} if kind else {}))


def seconds(network: WalkNetwork) -> np.ndarray:
    """Walking seconds of all edges: forward and backward, in rows."""
    return np.stack([network.edge_forward_s, network.edge_backward_s])


def components(network: WalkNetwork) -> int:
    """How many parts of a network are cut off from each other."""
    return len(np.unique(network.edge_component))


def positions_of(
    network: WalkNetwork, at: list[tuple[int, float, float]], *, letter: str = "d"
) -> pd.DataFrame:
    """Positions as `snap` gives them, from (edge or -1, share of its length, access metres)."""
    edge = np.array([e for e, _, _ in at], dtype=np.int64)
    share = np.array([s for _, s, _ in at], dtype=float)
    access_m = np.array([a for _, _, a in at], dtype=float)
    snapped = edge >= 0
    return pd.DataFrame(
        {
            "edge": edge,
            "offset_m": np.where(snapped, share * network.edge_length_m[edge], np.nan),
            "access_m": np.where(snapped, access_m, np.inf),
            "status": np.where(snapped, "snapped", "too_far"),
        },
        index=pd.Index([f"{letter}{i}" for i in range(len(at))], dtype=object),
    )


COORDINATE = st.integers(0, 10).map(lambda i: 100.0 * i) | st.floats(0, 1000, width=32)


@st.composite
def drawings(draw: st.DrawFn, *, two_way: bool = False) -> tuple[list, list[Edge]]:
    """Nodes and edges: parallel edges, loops, bends, islands, edges of no length, slow edges."""
    nodes = draw(st.lists(st.tuples(COORDINATE, COORDINATE), min_size=1, max_size=7))
    node = st.integers(0, len(nodes) - 1)
    slow = st.sampled_from([1.0, 1.0, 2.0, 1.25])
    bends = st.lists(st.tuples(COORDINATE, COORDINATE), max_size=2).map(tuple)
    edges = draw(
        st.lists(
            st.builds(Edge, u=node, v=node, via=bends, slow_ahead=slow, slow_back=slow),
            min_size=1,
            max_size=10,
        )
    )
    if two_way:
        edges = [Edge(e.u, e.v, e.via, e.slow_ahead, e.slow_ahead) for e in edges]
    return nodes, edges


def spots(edges: int, *, min_size: int = 0, max_size: int = 8) -> st.SearchStrategy:
    """What `positions_of` takes: spots on edges, ends of edges and ties among them."""
    # whether 1e-70 s more is a tie is a matter of rounding, and of nothing else
    share = st.sampled_from([0.0, 0.25, 0.5, 1.0]) | st.floats(0, 1).map(lambda at: round(at, 9))
    access_m = st.sampled_from([0.0, 0.0, 10.0, 100.0])
    spot = st.tuples(st.integers(-1, edges - 1), share, access_m)
    return st.lists(spot, min_size=min_size, max_size=max_size)
