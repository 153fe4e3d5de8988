"""Walking seconds between posts and the nodes of the network, for drawing and for reading."""

from typing import Literal

import numpy as np
import pandas as pd
import scipy.sparse as sp

from ..network import WalkNetwork
from . import _search
from ._positions import FloatArray, one_row, snapped
from .matrix import CUTOFF_TOLERANCE_S

Direction = Literal["to", "from"]


def seconds_to_nearest(
    network: WalkNetwork, facilities: pd.DataFrame, *, speed_kmh: float, limit_s: float = np.inf
) -> FloatArray:
    """Walking seconds from every node to the nearest of some facilities.

    Parameters
    ----------
    network
        The walkable graph.
    facilities
        Positions, as `snap` gives them; those not snapped are nobody's nearest.
    speed_kmh
        Speed along the facilities' access legs, which count.
    limit_s
        Longest walk of interest, in seconds; exactly this long is kept.

    Returns
    -------
    ndarray
        One value a node; infinite beyond the limit and where no facility can be reached. A
        position between two nodes may be nearer than its ends tell: by a facility on its edge.

    Examples
    --------
    Two blocks of 400 m and 600 m, and a post on the corner between them. At 4.8 km/h a walker
    needs 3600 / 4800 = 0.75 s a metre:

    >>> import networkx as nx
    >>> graph = nx.Graph([(1, 2), (2, 3)], crs="EPSG:32642")
    >>> x_m = {1: 0, 2: 400, 3: 1000}
    >>> nx.set_node_attributes(graph, {node: {"x": x, "y": 0} for node, x in x_m.items()})
    >>> street = WalkNetwork.from_networkx(graph)
    >>> post = pd.DataFrame({"edge": 0, "offset_m": 400.0, "access_m": 0.0}, index=["P1"])
    >>> seconds_to_nearest(street, post, speed_kmh=4.8).round(6).tolist()
    [300.0, 0.0, 450.0]
    >>> seconds_to_nearest(street, post, speed_kmh=4.8, limit_s=300).round(6).tolist()
    [300.0, 0.0, inf]
    """
    return _search.to_nearest(network, snapped(facilities)[1], speed_kmh, limit_s)


def node_seconds(
    network: WalkNetwork, facilities: pd.DataFrame, *, speed_kmh: float, limit_s: float
) -> sp.csc_array:
    """Walking seconds from nodes (rows) to each facility (columns), up to a limit.

    Sparse: a node that is not stored is farther than `limit_s`; a stored zero is a walk of no
    length. The nodes of a facility stand in no order. Facilities that are not snapped have an
    empty column.

    See Also
    --------
    seconds_to_nearest : takes the same parameters.

    Examples
    --------
    Two blocks of 400 m and 600 m with a post at either end, 0.75 s a metre:

    >>> import networkx as nx
    >>> graph = nx.Graph([(1, 2), (2, 3)], crs="EPSG:32642")
    >>> x_m = {1: 0, 2: 400, 3: 1000}
    >>> nx.set_node_attributes(graph, {node: {"x": x, "y": 0} for node, x in x_m.items()})
    >>> street = WalkNetwork.from_networkx(graph)
    >>> posts = {"edge": [0, 1], "offset_m": [0.0, 600.0], "access_m": 0.0}
    >>> posts = pd.DataFrame(posts, index=["west", "east"])
    >>> node_seconds(street, posts, speed_kmh=4.8, limit_s=1000).toarray().round(6).tolist()
    [[0.0, 750.0], [300.0, 450.0], [750.0, 0.0]]
    """
    column, posts = snapped(facilities)
    found = _search.nodes_within(network, posts, speed_kmh, limit_s)
    return _search.as_columns(found, column, (network.n_nodes, len(facilities)))


def one_to_all(
    network: WalkNetwork,
    facility: pd.Series,
    *,
    speed_kmh: float,
    cutoff_min: float | None = None,
    direction: Direction = "to",
) -> FloatArray:
    """Walking seconds between one facility and every node.

    Parameters
    ----------
    network
        The walkable graph.
    facility
        One row of positions: `facilities.loc["17"]`.
    speed_kmh
        Speed along the access leg, which counts.
    cutoff_min
        Longest walk of interest in minutes, exactly this long included; without it all walks.
    direction
        "to" the facility, as residents go, or "from" it, as a patrol goes. They differ where a
        slope makes the two directions of a street differ.

    Returns
    -------
    ndarray
        One value a node; infinite where there is no walk, or none within the cutoff.

    Examples
    --------
    A street of 400 m that takes 5 minutes down to the post and 8 minutes up again:

    >>> import networkx as nx
    >>> graph = nx.DiGraph(crs="EPSG:32642")
    >>> graph.add_nodes_from([(1, {"x": 0, "y": 0}), (2, {"x": 400, "y": 0})])
    >>> graph.add_edges_from([(1, 2, {"walk_s": 300}), (2, 1, {"walk_s": 480})])
    >>> hill = WalkNetwork.from_networkx(graph)
    >>> post = pd.Series({"edge": 0, "offset_m": 400.0, "access_m": 0.0})
    >>> one_to_all(hill, post, speed_kmh=4.8).tolist()
    [300.0, 0.0]
    >>> one_to_all(hill, post, speed_kmh=4.8, direction="from").tolist()
    [480.0, 0.0]
    """
    streets = {"to": network, "from": network.turned}[direction]
    limit_s = np.inf if cutoff_min is None else cutoff_min * 60 + CUTOFF_TOLERANCE_S
    return _search.to_nearest(streets, one_row(facility), speed_kmh, limit_s)
