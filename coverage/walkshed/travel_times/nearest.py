"""Nearest facilities of each door, however far."""

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..network import WalkNetwork
from . import _search
from ._positions import FloatArray, IntArray, by_either_end, on_one_edge, snapped


def nearest_facility(
    network: WalkNetwork, doors: pd.DataFrame, facilities: pd.DataFrame, *, speed_kmh: float
) -> pd.DataFrame:
    """Nearest facility of each door, however far.

    Returns
    -------
    DataFrame
        Index of `doors`; `facility` (id, or "" where none can be reached) and `minutes`
        (infinite where none can be reached). Of facilities equally near the first by name is
        told, so the order of the rows changes nothing.

    See Also
    --------
    walking_times : takes the same parameters.
    nearest_facilities : the second and third nearest too.

    Examples
    --------
    A street of 400 m with posts at both ends. A door 100 m from its beginning walks 100 / 80
    minutes; a door that is not snapped reaches nobody:

    >>> import networkx as nx
    >>> graph = nx.Graph([(1, 2)], crs="EPSG:32642")
    >>> nx.set_node_attributes(graph, {1: {"x": 0, "y": 0}, 2: {"x": 400, "y": 0}})
    >>> street = WalkNetwork.from_networkx(graph)
    >>> doors = {"edge": [0, -1], "offset_m": [100.0, np.nan], "access_m": [0.0, np.inf]}
    >>> posts = {"edge": 0, "offset_m": [0.0, 400.0], "access_m": 0.0}
    >>> posts = pd.DataFrame(posts, index=["west", "east"])
    >>> nearest_facility(street, pd.DataFrame(doors), posts, speed_kmh=4.8).round(6)
      facility  minutes
    0     west     1.25
    1               inf
    """
    row, at_doors = snapped(doors)
    posts = _by_name(snapped(facilities)[1])
    ids = np.full(len(doors), "", dtype=object)
    minutes = np.full(len(doors), np.inf)
    if len(posts):
        seconds, post = _nearest(network, at_doors, posts, speed_kmh)
        minutes[row] = seconds / 60
        ids[row] = _names(posts)[post]
    return pd.DataFrame({"facility": ids, "minutes": minutes}, index=doors.index)


def nearest_facilities(
    network: WalkNetwork, doors: pd.DataFrame, facilities: pd.DataFrame, *, speed_kmh: float, k: int
) -> pd.DataFrame:
    """The `k` nearest facilities of each door, however far.

    Returns
    -------
    DataFrame
        `k` rows a door, in the order of `doors`: `door_id`, `rank` (1 is the nearest),
        `facility` and `minutes`. Where fewer than `k` can be reached, `facility` is "" and
        `minutes` infinite. Facilities equally near come by name.

    See Also
    --------
    nearest_facility : the first rank alone, faster.

    Examples
    --------
    A street of 400 m with posts at both ends, and a door 100 m from its beginning: 100 / 80 and
    300 / 80 minutes:

    >>> import networkx as nx
    >>> graph = nx.Graph([(1, 2)], crs="EPSG:32642")
    >>> nx.set_node_attributes(graph, {1: {"x": 0, "y": 0}, 2: {"x": 400, "y": 0}})
    >>> street = WalkNetwork.from_networkx(graph)
    >>> door = pd.DataFrame({"edge": 0, "offset_m": 100.0, "access_m": 0.0}, index=["home"])
    >>> posts = {"edge": 0, "offset_m": [0.0, 400.0], "access_m": 0.0}
    >>> posts = pd.DataFrame(posts, index=["west", "east"])
    >>> nearest_facilities(street, door, posts, speed_kmh=4.8, k=2).round(6)
      door_id  rank facility  minutes
    0    home     1     west     1.25
    1    home     2     east     3.75
    """
    if k < 1:
        raise ValueError(f"k is {k}; ask for one facility at least")
    row, at_doors = snapped(doors)
    posts = _by_name(snapped(facilities)[1])
    ids = np.full((len(doors), k), "", dtype=object)
    minutes = np.full((len(doors), k), np.inf)
    if len(posts):
        seconds, post = _search.doors_nearest(network, at_doors, posts, speed_kmh, k)
        minutes[row] = seconds / 60
        ids[row] = _names(posts)[np.where(np.isfinite(seconds), post, len(posts))]
    return pd.DataFrame(
        {
            "door_id": doors.index.repeat(k),
            "rank": np.tile(np.arange(1, k + 1), len(doors)),
            "facility": ids.ravel(),
            "minutes": minutes.ravel(),
        }
    )


def _nearest(
    network: WalkNetwork, doors: pd.DataFrame, posts: pd.DataFrame, speed_kmh: float
) -> tuple[FloatArray, IntArray]:
    """Seconds from snapped doors to the nearest snapped post, and the first that is so near."""
    node_s, node_post = _search.which_nearest(network, posts, speed_kmh)
    u, v, by_u_s, by_v_s = by_either_end(network, doors, speed_kmh)
    door, post_along, along_s = on_one_edge(network, doors, posts, speed_kmh)
    seconds, post = np.full(len(doors), np.inf), np.full(len(doors), len(posts))
    every = np.arange(len(doors))
    best_last = np.lexsort([post_along, along_s])[::-1]  # a door may be on an edge with several
    for at, by_way_s, by_way in (
        (every, node_s[u] + by_u_s, node_post[u]),
        (every, node_s[v] + by_v_s, node_post[v]),
        (door[best_last], along_s[best_last], post_along[best_last]),
    ):
        is_as_near = np.isfinite(by_way_s) & (by_way_s == seconds[at]) & (by_way < post[at])
        better = (by_way_s < seconds[at]) | is_as_near
        seconds[at[better]], post[at[better]] = by_way_s[better], by_way[better]
    return seconds, post


def _by_name(posts: pd.DataFrame) -> pd.DataFrame:
    """Posts in the order of their names, whatever the ids are."""
    ids = posts.index.to_numpy(object)
    return posts.iloc[sorted(range(len(ids)), key=lambda i: (str(ids[i]), repr(type(ids[i]))))]


def _names(posts: pd.DataFrame) -> npt.NDArray[np.object_]:
    """Ids of the posts, and "" behind them for none."""
    names = np.full(len(posts) + 1, "", dtype=object)
    for i, name in enumerate(posts.index):
        names[i] = name
    return names
