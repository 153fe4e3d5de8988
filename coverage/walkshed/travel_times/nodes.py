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
    """
    streets = {"to": network, "from": network.turned}[direction]
    limit_s = np.inf if cutoff_min is None else cutoff_min * 60 + CUTOFF_TOLERANCE_S
    return _search.to_nearest(streets, one_row(facility), speed_kmh, limit_s)
