"""Door-to-door walking seconds from doors to posts or candidate sites.

In: a `WalkNetwork` and positions on its edges (from `snap`). Out: seconds, in floating point,
from each door to each facility, both access legs included; two positions on one edge walk along
it. What cannot be reached is infinite. Rows are doors, columns are facilities.

The search is Dijkstra's, run from the facilities against the direction of walking.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp
from scipy.sparse.csgraph import dijkstra

from .network import WalkNetwork

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]

CUTOFF_TOLERANCE_S = 1e-6
"""Seconds by which a walk may exceed a cutoff through rounding and still be exactly at it."""

CHUNK = 64
"""Facilities searched at once: bounds the memory, changes nothing in the result."""


def within(minutes: FloatArray, cutoff_min: float) -> npt.NDArray[np.bool_]:
    """Whether walks are within the cutoff; exactly at the cutoff counts.

    Examples
    --------
    >>> within(np.array([9.5, 10.0, 10.1, np.inf]), 10).tolist()
    [True, True, False, False]
    """
    limit: npt.NDArray[np.bool_] = np.asarray(minutes) <= cutoff_min + CUTOFF_TOLERANCE_S / 60
    return limit


@dataclass(frozen=True)
class TravelTimes:
    """Walking seconds within a cutoff, sparse: what is not stored is farther than the cutoff.

    Attributes
    ----------
    seconds
        Doors in rows, facilities in columns; a stored zero is a walk of no length.
    door_ids, facility_ids
        Labels of rows and columns.
    cutoff_min
        Longest walk stored.
    """

    seconds: sp.csr_array
    door_ids: pd.Index
    facility_ids: pd.Index
    cutoff_min: float

    def __repr__(self) -> str:
        doors, facilities = self.seconds.shape
        return (
            f"TravelTimes({doors} doors x {facilities} facilities, {self.seconds.nnz} walks "
            f"within {self.cutoff_min:g} min)"
        )

    def coverage(self, cutoff_min: float) -> sp.csr_array:
        """Who can be reached by whom: True where the walk is within the cutoff.

        Raises
        ------
        ValueError
            The cutoff is longer than the one the times were searched to.
        """
        if cutoff_min > self.cutoff_min:
            raise ValueError(f"times are known up to {self.cutoff_min:g} min, not {cutoff_min:g}")
        rows = np.repeat(np.arange(self.seconds.shape[0]), np.diff(self.seconds.indptr))
        keep = within(self.seconds.data / 60, cutoff_min)
        columns = self.seconds.indices[keep]
        ones = np.ones(len(columns), dtype=bool)
        return sp.csr_array((ones, (rows[keep], columns)), shape=self.seconds.shape)


def walking_times(
    network: WalkNetwork,
    doors: pd.DataFrame,
    facilities: pd.DataFrame,
    *,
    speed_kmh: float,
    cutoff_min: float,
) -> TravelTimes:
    """Walking times from doors to facilities, up to a cutoff.

    Parameters
    ----------
    network
        The walkable graph.
    doors, facilities
        Positions, as `snap` gives them; those not snapped have no walks.
    speed_kmh
        Speed along the two access legs.
    cutoff_min
        Longest walk of interest; exactly this long is kept.
    """
    door_row = np.flatnonzero(doors["edge"] >= 0)
    facility_column = np.flatnonzero(facilities["edge"] >= 0)
    limit_s = cutoff_min * 60 + CUTOFF_TOLERANCE_S
    found: list[tuple[IntArray, IntArray, FloatArray]] = []
    for start in range(0, len(facility_column), CHUNK):
        column = facility_column[start : start + CHUNK]
        seconds = _dense_seconds(
            network, doors.iloc[door_row], facilities.iloc[column], speed_kmh, limit_s
        )
        row, at = np.nonzero(seconds <= limit_s)
        found.append((door_row[row], column[at], seconds[row, at]))
    row, column, value = (np.concatenate(part) for part in zip(_NONE, *found, strict=True))
    matrix = sp.csr_array((value, (row, column)), shape=(len(doors), len(facilities)))
    return TravelTimes(matrix, doors.index, facilities.index, cutoff_min)


def nearest_facility(
    network: WalkNetwork, doors: pd.DataFrame, facilities: pd.DataFrame, *, speed_kmh: float
) -> pd.DataFrame:
    """Nearest facility of each door, however far.

    Returns
    -------
    DataFrame
        Index of `doors`; `facility` (id, or "" where none can be reached) and `minutes`
        (infinite where none can be reached). The order of the rows changes nothing.

    See Also
    --------
    walking_times : takes the same parameters.
    """
    ids = np.full(len(doors), "", dtype=object)
    minutes = np.full(len(doors), np.inf)
    door_row = np.flatnonzero(doors["edge"] >= 0)
    posts = facilities[facilities["edge"] >= 0]
    posts = posts.iloc[np.argsort(posts.index.astype(str), kind="stable")]
    if len(posts) and len(door_row):
        seconds, post = _nearest(network, doors.iloc[door_row], posts, speed_kmh)
        minutes[door_row] = seconds / 60
        reached = np.isfinite(seconds)
        ids[door_row[reached]] = posts.index.to_numpy(object)[post[reached]]
    return pd.DataFrame({"facility": ids, "minutes": minutes}, index=doors.index)


def search_graph(network: WalkNetwork, facilities: pd.DataFrame, speed_kmh: float) -> sp.csr_array:
    """Arcs against the direction of walking, in seconds, for a search from the facilities.

    Nodes beyond `network.n_nodes` are the facilities, in order: sources only, their access legs
    counted. Of parallel edges the quickest is kept.
    """
    from_u_s, from_v_s = network.seconds_from_ends(facilities)
    access_s = _access_s(facilities, speed_kmh)
    edge = facilities["edge"].to_numpy()
    facility = network.n_nodes + np.arange(len(facilities))
    u, v = network.edge_u, network.edge_v
    tail = np.concatenate([v, u, facility, facility])
    head = np.concatenate([u, v, u[edge], v[edge]])
    seconds = np.concatenate(
        [network.edge_forward_s, network.edge_backward_s, from_u_s + access_s, from_v_s + access_s]
    )
    order = np.lexsort([seconds, head, tail])
    tail, head, seconds = tail[order], head[order], seconds[order]
    shortest = (np.diff(tail, prepend=-1) != 0) | (np.diff(head, prepend=-1) != 0)
    n = network.n_nodes + len(facilities)
    return sp.csr_array((seconds[shortest], (tail[shortest], head[shortest])), shape=(n, n))


def _nearest(
    network: WalkNetwork, doors: pd.DataFrame, posts: pd.DataFrame, speed_kmh: float
) -> tuple[FloatArray, IntArray]:
    """Seconds from snapped doors to the nearest of the snapped posts, and which one it is."""
    graph = search_graph(network, posts, speed_kmh)
    to_node, _, label = dijkstra(
        graph,
        indices=np.arange(network.n_nodes, graph.shape[0]),
        min_only=True,
        return_predecessors=True,
    )
    edge = doors["edge"].to_numpy()
    by_u, by_v = _by_either_end(network, doors, to_node[None, :], speed_kmh)
    u_first = by_u[:, 0] <= by_v[:, 0]
    seconds = np.where(u_first, by_u[:, 0], by_v[:, 0])
    post = label[np.where(u_first, network.edge_u[edge], network.edge_v[edge])] - network.n_nodes
    row, column, along_s = _same_edge(network, doors, posts, speed_kmh)
    quickest = np.lexsort([along_s, row])
    quickest = quickest[np.diff(row[quickest], prepend=-1) != 0]
    nearer = quickest[along_s[quickest] < seconds[row[quickest]]]
    seconds[row[nearer]], post[row[nearer]] = along_s[nearer], column[nearer]
    return seconds, post


def _dense_seconds(
    network: WalkNetwork,
    doors: pd.DataFrame,
    facilities: pd.DataFrame,
    speed_kmh: float,
    limit_s: float,
) -> FloatArray:
    """Seconds from snapped doors (rows) to a few snapped facilities (columns)."""
    graph = search_graph(network, facilities, speed_kmh)
    to_node = dijkstra(graph, indices=np.arange(network.n_nodes, graph.shape[0]), limit=limit_s)
    seconds = np.minimum(*_by_either_end(network, doors, to_node, speed_kmh))
    row, column, along_s = _same_edge(network, doors, facilities, speed_kmh)
    np.minimum.at(seconds, (row, column), along_s)
    return seconds


def _by_either_end(
    network: WalkNetwork, doors: pd.DataFrame, to_node: FloatArray, speed_kmh: float
) -> tuple[FloatArray, FloatArray]:
    """Seconds from doors (rows) to facilities (columns) by `edge_u` and by `edge_v`."""
    to_u_s, to_v_s = network.seconds_to_ends(doors)
    access_s = _access_s(doors, speed_kmh)
    edge = doors["edge"].to_numpy()
    by_u = to_node[:, network.edge_u[edge]] + (to_u_s + access_s)
    by_v = to_node[:, network.edge_v[edge]] + (to_v_s + access_s)
    return by_u.T, by_v.T


def _same_edge(
    network: WalkNetwork, doors: pd.DataFrame, facilities: pd.DataFrame, speed_kmh: float
) -> tuple[IntArray, IntArray, FloatArray]:
    """Doors and facilities on one edge: row, column, and seconds of the walk along it."""
    rows = pd.DataFrame({"edge": doors["edge"].to_numpy(), "row": np.arange(len(doors))})
    columns = pd.DataFrame(
        {"edge": facilities["edge"].to_numpy(), "column": np.arange(len(facilities))}
    )
    pairs = rows.merge(columns, on="edge")
    row, column = pairs["row"].to_numpy(), pairs["column"].to_numpy()
    start, end = doors.iloc[row], facilities.iloc[column]
    along_s = network.seconds_along(start, end)
    return row, column, along_s + _access_s(start, speed_kmh) + _access_s(end, speed_kmh)


def _access_s(positions: pd.DataFrame, speed_kmh: float) -> FloatArray:
    return positions["access_m"].to_numpy(float) / (speed_kmh / 3.6)


_NONE = (np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0))
