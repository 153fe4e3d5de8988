"""Walking times within a cutoff, sparse: doors in rows, facilities in columns."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import scipy.sparse as sp

from ..network import WalkNetwork
from . import _search
from ._positions import FloatArray, snapped

CUTOFF_TOLERANCE_S = 1e-6
"""Seconds by which a walk may exceed a cutoff through rounding and still be exactly at it."""


def within(
    minutes: FloatArray, cutoff_min: float
) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Whether walks are within the cutoff; exactly at the cutoff counts.

    Examples
    --------
    >>> within(np.array([9.5, 10.0, 10.1, np.inf]), 10).tolist()
    [True, True, False, False]
    """
    return np.asarray(minutes) <= cutoff_min + CUTOFF_TOLERANCE_S / 60


@dataclass(frozen=True)
class TravelTimes:
    """Walking seconds within a cutoff, sparse: what is not stored is farther than the cutoff.

    Attributes
    ----------
    seconds
        Doors in rows, facilities in columns, stored facility by facility (12 bytes a walk; the
        doors of a facility in no order); a stored zero is a walk of no length.
    door_ids, facility_ids
        Labels of rows and columns.
    cutoff_min
        Longest walk stored.
    """

    seconds: sp.csc_array
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
        keep = within(self.seconds.data / 60, cutoff_min)
        kept_before = np.concatenate([[0], np.cumsum(keep)])
        start = kept_before[self.seconds.indptr].astype(self.seconds.indptr.dtype)
        columns = sp.csc_array(
            (keep[keep], self.seconds.indices[keep], start), shape=self.seconds.shape
        )
        return columns.tocsr()

    def facilities_within(self, cutoff_min: float) -> pd.Series:
        """How many facilities are within the cutoff of each door, in the order of the doors.

        Facilities of the same id are one: a post may have two positions.

        Raises
        ------
        ValueError
            The cutoff is longer than the one the times were searched to.

        Examples
        --------
        Two doors, and the posts "a", "b" and "a" again, 60, 0 and 300 seconds from the first door:

        >>> seconds = sp.csc_array(([60.0, 0.0, 300.0], ([0, 0, 0], [0, 1, 2])), shape=(2, 3))
        >>> times = TravelTimes(seconds, pd.Index(["d", "e"]), pd.Index(["a", "b", "a"]), 10)
        >>> times.facilities_within(5).tolist(), times.facilities_within(0.5).tolist()
        ([2, 0], [1, 0])
        """
        number, ids = pd.factorize(self.facility_ids)
        same = sp.csr_array(
            (np.ones(len(number), dtype=np.int64), (np.arange(len(number)), number)),
            shape=(len(number), len(ids)),
        )
        found = self.coverage(cutoff_min).astype(np.int64) @ same
        return pd.Series((found > 0).sum(axis=1), index=self.door_ids, name="facilities")


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
        Longest walk of interest, in minutes; exactly this long is kept.

    Examples
    --------
    A street of 400 m with a post at its end. At 4.8 km/h, 80 m in a minute, who lives at its
    beginning walks 400 / 80 = 5 minutes, which still counts; who lives halfway and 40 m beside it
    walks (200 + 40) / 80 = 3:

    >>> import networkx as nx
    >>> graph = nx.Graph([(1, 2)], crs="EPSG:32642")
    >>> nx.set_node_attributes(graph, {1: {"x": 0, "y": 0}, 2: {"x": 400, "y": 0}})
    >>> street = WalkNetwork.from_networkx(graph)
    >>> at = {"edge": 0, "offset_m": [0.0, 200.0], "access_m": [0.0, 40.0]}
    >>> doors = pd.DataFrame(at, index=["corner", "house"])
    >>> posts = pd.DataFrame({"edge": 0, "offset_m": 400.0, "access_m": 0.0}, index=["P1"])
    >>> times = walking_times(street, doors, posts, speed_kmh=4.8, cutoff_min=5)
    >>> times
    TravelTimes(2 doors x 1 facilities, 2 walks within 5 min)
    >>> (times.seconds.toarray() / 60).round(6).tolist()
    [[5.0], [3.0]]
    >>> times.coverage(4).toarray().tolist()
    [[False], [True]]
    """
    row, at_doors = snapped(doors)
    column, at_posts = snapped(facilities)
    limit_s = cutoff_min * 60 + CUTOFF_TOLERANCE_S
    found = _search.doors_within(network, row, at_doors, at_posts, speed_kmh, limit_s)
    matrix = _search.as_columns(found, column, (len(doors), len(facilities)))
    return TravelTimes(matrix, doors.index, facilities.index, cutoff_min)
