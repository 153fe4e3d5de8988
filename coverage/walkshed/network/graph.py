"""`WalkNetwork`: the walkable graph as frozen arrays, in metres and seconds."""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp
import shapely
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    import geopandas as gpd
    import networkx as nx

IntArray = npt.NDArray[np.int64]
PlaceArray = npt.NDArray[np.int32]
"""Places in another array of the network: half the memory of the rest's 64 bits."""

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Arcs:
    """What a search walks on: the arcs that leave each node, in seconds.

    They run against the direction of walking, for searches start at the posts: the arc from
    `edge_v` to `edge_u` costs what it takes to walk from `edge_u` to `edge_v`. Loops, closed
    directions (infinite seconds) and all but the quickest of parallel edges are left out.

    Attributes
    ----------
    start
        The arcs of node `i` are `start[i]:start[i + 1]`.
    head, seconds, edge
        Where each arc leads, what it costs, and the edge it belongs to.
    workspaces
        Work memory of searches that have ended, for the next ones.
    """

    start: IntArray
    head: npt.NDArray[np.int32]
    seconds: FloatArray
    edge: npt.NDArray[np.int32]
    workspaces: list[tuple[npt.NDArray[np.generic], ...]] = field(default_factory=list, repr=False)

    @property
    def unsigned(self) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.uint32], FloatArray]:
        """`start`, `head` and `seconds` as the compiled search takes them."""
        return self.start.view(np.uint64), self.head.view(np.uint32), self.seconds


@dataclass(frozen=True, eq=False)
class WalkNetwork:
    """A walkable graph. Nodes are ends and junctions of ways, edges keep their full shape.

    Two networks are equal only if they are the same object. Texts are held once each, as `texts`
    makes them: `edge_name[7]` is a `str`, and `edge_kind == "steps"` compares all edges at once.
    Where every edge takes as long forward as backward, both are one array.

    Attributes
    ----------
    crs
        The metric CRS of all coordinates, such as "EPSG:32642".
    node_ref, node_xy
        OSM id of each of the `n` nodes (negative where a closed gate cuts a node in parts), and
        its coordinates (n, 2) in metres.
    edge_u, edge_v
        First and last node of each of the `m` edges, as positions in `node_ref`; parallel edges
        and loops are kept.
    edge_length_m
        Length along the shape.
    edge_forward_s, edge_backward_s
        Walking seconds from `edge_u` to `edge_v` and back; infinite where nobody may walk.
    edge_way_id, edge_class, edge_name
        OSM way, "major" | "minor" | "path", and the street's name ("" when it has none).
    edge_kind, edge_lit
        What a walker meets there ("street", "footway", "steps", "elevator", "crossing", "square",
        "ford", "stile", "narrow_gate"), and whether it is lit at night: 1 yes, 0 no, -1 unknown.
    edge_is_open
        Whether a point beside the edge may step onto it: not so in tunnels and on bridges.
    xy, xy_start
        Shape of edge `i`: rows `xy_start[i]:xy_start[i + 1]` of `xy` (metres).

    Examples
    --------
    A street of 400 m and steps of 40 m: 300 s at 4.8 km/h, and 60 s at half that speed.

    >>> import networkx as nx
    >>> graph = nx.Graph(crs="EPSG:32642")
    >>> places = [(1, {"x": 0, "y": 0}), (2, {"x": 400, "y": 0}), (3, {"x": 440, "y": 0})]
    >>> graph.add_nodes_from(places)
    >>> graph.add_edges_from([(1, 2, {"highway": "residential"}), (2, 3, {"highway": "steps"})])
    >>> network = WalkNetwork.from_networkx(graph)
    >>> network.edge_forward_s.round(6).tolist()
    [300.0, 60.0]
    >>> network.edge_length_m[network.edge_kind == "steps"].tolist()
    [40.0]
    """

    crs: str
    node_ref: IntArray
    node_xy: FloatArray
    edge_u: PlaceArray
    edge_v: PlaceArray
    edge_length_m: FloatArray
    edge_forward_s: FloatArray
    edge_backward_s: FloatArray
    edge_way_id: IntArray
    edge_class: pd.Categorical
    edge_name: pd.Categorical
    edge_kind: pd.Categorical
    edge_lit: npt.NDArray[np.int8]
    edge_is_open: npt.NDArray[np.bool_]
    xy: FloatArray
    xy_start: PlaceArray

    def __post_init__(self) -> None:
        if np.array_equal(self.edge_forward_s, self.edge_backward_s):
            object.__setattr__(self, "edge_backward_s", self.edge_forward_s)

    def __repr__(self) -> str:
        length_km = self.edge_length_m.sum() / 1000
        size = f"{self.n_nodes} nodes, {self.n_edges} edges, {length_km:.0f} km"
        return f"WalkNetwork({size}, {self.crs})"

    @classmethod
    def from_networkx(cls, graph: "nx.Graph[int]", **choices: Any) -> "WalkNetwork":
        """Make a network of a networkx graph, as OSMnx makes them; see `bridges.from_networkx`."""
        from .bridges import from_networkx

        return from_networkx(graph, **choices)

    def to_networkx(self) -> "nx.MultiDiGraph[int]":
        """Make a graph after OSMnx's conventions; see `bridges.to_networkx`."""
        from .bridges import to_networkx

        return to_networkx(self)

    def to_geodataframes(self) -> "tuple[gpd.GeoDataFrame, gpd.GeoDataFrame]":
        """Nodes and edges as tables; see `bridges.to_geodataframes`."""
        from .bridges import to_geodataframes

        return to_geodataframes(self)

    def __getstate__(self) -> dict[str, object]:
        """What is pickled, for other processes: the fields, not what was worked out from them."""
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @property
    def n_nodes(self) -> int:
        """Number of nodes."""
        return len(self.node_ref)

    @property
    def n_edges(self) -> int:
        """Number of edges."""
        return len(self.edge_u)

    @cached_property
    def edge_lines(self) -> npt.NDArray[np.object_]:
        """Shape of each edge as a LineString."""
        edge_of_vertex = np.repeat(np.arange(self.n_edges), np.diff(self.xy_start))
        lines: npt.NDArray[np.object_] = shapely.linestrings(self.xy, indices=edge_of_vertex)
        return lines

    @cached_property
    def edge_component(self) -> IntArray:
        """Number of the connected component that each edge belongs to."""
        shape = (self.n_nodes, self.n_nodes)
        links = sp.coo_array((np.ones(self.n_edges), (self.edge_u, self.edge_v)), shape=shape)
        _, of_node = connected_components(links, directed=False)
        return of_node[self.edge_u].astype(np.int64)

    @cached_property
    def component_length_m(self) -> FloatArray:
        """Total street length of the component that each edge belongs to, in metres."""
        component = self.edge_component
        totals: FloatArray = np.bincount(component, weights=self.edge_length_m).astype(float)
        return totals[component]

    @cached_property
    def arcs(self) -> Arcs:
        """Arcs of a search against the direction of walking."""
        tail = np.concatenate([self.edge_v, self.edge_u])
        head = np.concatenate([self.edge_u, self.edge_v])
        seconds = np.concatenate([self.edge_forward_s, self.edge_backward_s])
        edge = np.tile(np.arange(self.n_edges, dtype=np.int32), 2)
        walked = np.flatnonzero((tail != head) & np.isfinite(seconds))
        tail, head, seconds, edge = tail[walked], head[walked], seconds[walked], edge[walked]
        order = np.lexsort([edge, seconds, head, tail])
        tail, head = tail[order], head[order]
        quickest = (np.diff(tail, prepend=-1) != 0) | (np.diff(head, prepend=-1) != 0)
        order = order[quickest]
        return Arcs(
            start=np.searchsorted(tail[quickest], np.arange(self.n_nodes + 1)).astype(np.int64),
            head=head[quickest],
            seconds=seconds[order],
            edge=edge[order],
        )

    @cached_property
    def turned(self) -> "WalkNetwork":
        """The same streets with the two directions of walking exchanged."""
        return replace(
            self, edge_forward_s=self.edge_backward_s, edge_backward_s=self.edge_forward_s
        )

    @cached_property
    def vertex_m(self) -> FloatArray:
        """Distance of each row of `xy` from the start of its edge, along the edge."""
        step = np.hypot(*np.diff(self.xy, axis=0, prepend=self.xy[:1]).T)
        step[self.xy_start[:-1]] = 0.0
        total = np.cumsum(step)
        begin: FloatArray = np.repeat(total[self.xy_start[:-1]], np.diff(self.xy_start))
        return total - begin

    def position_xy(self, edge: IntArray, offset_m: FloatArray) -> FloatArray:
        """Coordinates of positions along edges, measured from `edge_u`."""
        points = shapely.line_interpolate_point(self.edge_lines[edge], offset_m)
        xy: FloatArray = shapely.get_coordinates(points)
        return xy

    def cut(self, edge: IntArray, begin: FloatArray, end: FloatArray) -> npt.NDArray[np.object_]:
        """Parts of edges as LineStrings, each between two shares of its length, begin <= end."""
        lines = self.edge_lines[edge]
        ends = [shapely.line_interpolate_point(lines, at, normalized=True) for at in (begin, end)]
        size = np.diff(self.xy_start)[edge]
        part = np.repeat(np.arange(len(edge)), size)
        vertex = np.arange(len(part)) + np.repeat(
            self.xy_start[edge] - np.cumsum(size) + size, size
        )
        total_m = self.vertex_m[self.xy_start[1:] - 1][edge]
        at_m = self.vertex_m[vertex]
        inner = (at_m > (begin * total_m)[part]) & (at_m < (end * total_m)[part])
        parts = np.arange(len(edge))
        xy = np.concatenate([*map(shapely.get_coordinates, ends), self.xy[vertex[inner]]])
        key = np.concatenate([parts - 0.25, parts + 0.25, part[inner]])
        order = np.argsort(key, kind="stable")
        of_part = np.concatenate([parts, parts, part[inner]])[order]
        cut: npt.NDArray[np.object_] = shapely.linestrings(xy[order], indices=of_part)
        return cut

    def seconds_to_ends(self, positions: pd.DataFrame) -> tuple[FloatArray, FloatArray]:
        """Walking seconds from positions on edges to `edge_u` and to `edge_v`.

        Parameters
        ----------
        positions
            Columns `edge` and `offset_m`, as `snap` gives them, snapped rows only.
        """
        edge, part = self._parts(positions)
        return (
            share_of(part, self.edge_backward_s[edge]),
            share_of(1 - part, self.edge_forward_s[edge]),
        )

    def seconds_from_ends(self, positions: pd.DataFrame) -> tuple[FloatArray, FloatArray]:
        """Walking seconds from `edge_u` and from `edge_v` to positions on edges."""
        edge, part = self._parts(positions)
        return (
            share_of(part, self.edge_forward_s[edge]),
            share_of(1 - part, self.edge_backward_s[edge]),
        )

    def seconds_along(self, start: pd.DataFrame, end: pd.DataFrame) -> FloatArray:
        """Walking seconds from each start to each end, where both lie on the same edge."""
        edge, start_part = self._parts(start)
        _, end_part = self._parts(end)
        ahead = end_part - start_part
        return np.where(
            ahead >= 0,
            share_of(ahead, self.edge_forward_s[edge]),
            share_of(-ahead, self.edge_backward_s[edge]),
        )

    def shares(self, positions: pd.DataFrame) -> FloatArray:
        """Share of its edge, 0 to 1, that lies between `edge_u` and each position."""
        return self._parts(positions)[1]

    def _parts(self, positions: pd.DataFrame) -> tuple[IntArray, FloatArray]:
        """Edge, and share of its length that lies before each position."""
        edge = positions["edge"].to_numpy(np.int64)
        length_m = self.edge_length_m[edge]
        part = positions["offset_m"].to_numpy(float) / np.where(length_m > 0, length_m, 1.0)
        return edge, np.clip(part, 0.0, 1.0)


def texts(values: Iterable[str]) -> pd.Categorical:
    """Texts of edges, each held once: a number an edge, and the words in order.

    Examples
    --------
    >>> kind = texts(["street", "steps", "street"])
    >>> kind[1], (kind == "street").tolist(), kind.codes.tolist(), kind.codes.dtype
    ('steps', [True, False, True], [1, 0, 1], dtype('int8'))
    """
    # a column is told apart as a whole: to take its texts one by one costs ten times as much
    listed = values if isinstance(values, pd.Series) else pd.Series(list(values), dtype=object)
    codes, words = pd.factorize(listed, sort=True)
    return pd.Categorical.from_codes(codes, categories=pd.Index(list(words), dtype=object))


def share_of(share: FloatArray, seconds: FloatArray) -> FloatArray:
    """Seconds for a share of an edge: no share of a closed edge takes no time, any other for ever.

    Who stands at the very end of an edge stands on the node, and needs not walk the edge.
    """
    product: FloatArray = np.multiply(share, seconds, out=np.zeros(len(share)), where=share > 0)
    return product
