"""`WalkNetwork`: the walkable graph as frozen arrays, in metres and seconds."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp
import shapely
from scipy.sparse.csgraph import connected_components

IntArray = npt.NDArray[np.int64]
FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class WalkNetwork:
    """A walkable graph. Nodes are ends and junctions of ways, edges keep their full shape.

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
        Walking seconds from `edge_u` to `edge_v` and back.
    edge_way_id, edge_class, edge_name
        OSM way, "major" | "minor" | "path", and the street's name ("" when it has none).
    edge_kind, edge_lit
        What a walker meets there ("street", "footway", "steps", "crossing", "square", "ford"),
        and whether it is lit at night: 1 yes, 0 no, -1 unknown.
    edge_is_open
        Whether a point beside the edge may step onto it: not so in tunnels and on bridges.
    xy, xy_start
        Shape of edge `i`: rows `xy_start[i]:xy_start[i + 1]` of `xy` (metres).
    """

    crs: str
    node_ref: IntArray
    node_xy: FloatArray
    edge_u: IntArray
    edge_v: IntArray
    edge_length_m: FloatArray
    edge_forward_s: FloatArray
    edge_backward_s: FloatArray
    edge_way_id: IntArray
    edge_class: npt.NDArray[np.object_]
    edge_name: npt.NDArray[np.object_]
    edge_kind: npt.NDArray[np.object_]
    edge_lit: npt.NDArray[np.int8]
    edge_is_open: npt.NDArray[np.bool_]
    xy: FloatArray
    xy_start: IntArray

    def __repr__(self) -> str:
        length_km = self.edge_length_m.sum() / 1000
        size = f"{self.n_nodes} nodes, {self.n_edges} edges, {length_km:.0f} km"
        return f"WalkNetwork({size}, {self.crs})"

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

    def position_xy(self, edge: IntArray, offset_m: FloatArray) -> FloatArray:
        """Coordinates of positions along edges, measured from `edge_u`."""
        points = shapely.line_interpolate_point(self.edge_lines[edge], offset_m)
        xy: FloatArray = shapely.get_coordinates(points)
        return xy

    def seconds_to_ends(self, positions: pd.DataFrame) -> tuple[FloatArray, FloatArray]:
        """Walking seconds from positions on edges to `edge_u` and to `edge_v`.

        Parameters
        ----------
        positions
            Columns `edge` and `offset_m`, as `snap` gives them, snapped rows only.
        """
        edge, part = self._parts(positions)
        return part * self.edge_backward_s[edge], (1 - part) * self.edge_forward_s[edge]

    def seconds_from_ends(self, positions: pd.DataFrame) -> tuple[FloatArray, FloatArray]:
        """Walking seconds from `edge_u` and from `edge_v` to positions on edges."""
        edge, part = self._parts(positions)
        return part * self.edge_forward_s[edge], (1 - part) * self.edge_backward_s[edge]

    def seconds_along(self, start: pd.DataFrame, end: pd.DataFrame) -> FloatArray:
        """Walking seconds from each start to each end, where both lie on the same edge."""
        edge, start_part = self._parts(start)
        _, end_part = self._parts(end)
        ahead = end_part - start_part
        return np.where(
            ahead >= 0, ahead * self.edge_forward_s[edge], -ahead * self.edge_backward_s[edge]
        )

    def _parts(self, positions: pd.DataFrame) -> tuple[IntArray, FloatArray]:
        """Edge, and share of its length that lies before each position."""
        edge = positions["edge"].to_numpy(np.int64)
        length_m = self.edge_length_m[edge]
        part = positions["offset_m"].to_numpy(float) / np.where(length_m > 0, length_m, 1.0)
        return edge, np.clip(part, 0.0, 1.0)
