"""Positions on edges as the arrays that a search takes."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..network import WalkNetwork

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
NodeArray = npt.NDArray[np.int32]
SeedArray = npt.NDArray[np.uint32]

COLUMNS = ["edge", "offset_m", "access_m"]


def snapped(positions: pd.DataFrame) -> tuple[IntArray, pd.DataFrame]:
    """Rows of the positions that lie on an edge, and those positions alone."""
    row = np.flatnonzero(positions["edge"].to_numpy() >= 0)
    return row, pd.DataFrame(
        {column: positions[column].to_numpy()[row] for column in COLUMNS},
        index=positions.index[row],
    )


def one_row(position: pd.Series) -> pd.DataFrame:
    """Table of one position, from a row that may hold anything else besides; empty if not snapped.

    Made column by column: pandas takes ten times as long to make it of a row.
    """
    edge = np.array([position["edge"]], np.int64)
    offset_m, access_m = (np.array([position[column]], float) for column in COLUMNS[1:])
    row = dict(zip(COLUMNS, (edge, offset_m, access_m), strict=True))
    return pd.DataFrame({column: values[edge >= 0] for column, values in row.items()})


def access_seconds(positions: pd.DataFrame, speed_kmh: float) -> FloatArray:
    """Walking seconds of the access legs."""
    return positions["access_m"].to_numpy(float) / (speed_kmh / 3.6)


def seeds(
    network: WalkNetwork, posts: pd.DataFrame, speed_kmh: float
) -> tuple[SeedArray, FloatArray]:
    """Where the search from each post begins: both ends of its edge, and the seconds from there.

    The two ends of a loop are one node: the longer way round is infinite.
    """
    edge = posts["edge"].to_numpy(np.int64)
    access_s = access_seconds(posts, speed_kmh)
    from_u_s, from_v_s = network.seconds_from_ends(posts)
    u, v = network.edge_u[edge], network.edge_v[edge]
    from_u_s = np.where(u == v, np.minimum(from_u_s, from_v_s), from_u_s)
    from_v_s = np.where(u == v, np.inf, from_v_s)
    seed = np.column_stack([u, v]).astype(np.uint32)
    return seed, np.column_stack([from_u_s + access_s, from_v_s + access_s])


def by_either_end(
    network: WalkNetwork, doors: pd.DataFrame, speed_kmh: float
) -> tuple[IntArray, IntArray, FloatArray, FloatArray]:
    """Both ends of each door's edge, and the seconds from the door to them, access leg included."""
    edge = doors["edge"].to_numpy(np.int64)
    to_u_s, to_v_s = network.seconds_to_ends(doors)
    access_s = access_seconds(doors, speed_kmh)
    return network.edge_u[edge], network.edge_v[edge], to_u_s + access_s, to_v_s + access_s


def on_one_edge(
    network: WalkNetwork, doors: pd.DataFrame, posts: pd.DataFrame, speed_kmh: float
) -> tuple[IntArray, IntArray, FloatArray]:
    """Doors and posts on one edge: door, post, and seconds of the walk along it; by door."""
    edge = doors["edge"].to_numpy(np.int64)
    post = np.argsort(posts["edge"].to_numpy(), kind="stable")
    post_edge = posts["edge"].to_numpy(np.int64)[post]
    first = np.searchsorted(post_edge, edge, side="left")
    count = np.searchsorted(post_edge, edge, side="right") - first
    door = np.repeat(np.arange(len(doors)), count)
    within = np.arange(len(door)) - np.repeat(np.cumsum(count) - count, count)
    post = post[first[door] + within]
    start, end = doors.iloc[door], posts.iloc[post]
    along_s = network.seconds_along(start, end)
    return door, post, along_s + access_seconds(start, speed_kmh) + access_seconds(end, speed_kmh)
