"""A walk as whole numbers, which the page and Python read alike.

Seconds along an edge are kept to a tenth, places along an edge to 1/255 of it, legs beside it to a
tenth of a second.  `rounded_network` and `rounded_positions` are the same numbers as tables of
this package, so that `travel_times` on them gives what `page/engine.js` gives.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import pandas as pd

from ..network import WalkNetwork
from ..travel_times import nearest_facility, within
from .ground import Integers, pack_integers

TENTHS = 10
PEOPLE = 1000
"""Residents are kept to a thousandth, so that sums over a city are right to a whole one."""

SHARES = 255
Floats = npt.NDArray[np.float64]


def rounded_network(network: WalkNetwork) -> WalkNetwork:
    """Round the seconds of each edge to tenths; closed directions stay closed.

    Examples
    --------
    >>> from walkshed.network.one_street import one_street
    >>> rounded_network(one_street(100)).edge_forward_s.tolist(), one_street(100).edge_length_m[0]
    ([75.0], np.float64(100.0))
    """
    return replace(
        network,
        edge_forward_s=np.rint(network.edge_forward_s * TENTHS) / TENTHS,
        edge_backward_s=np.rint(network.edge_backward_s * TENTHS) / TENTHS,
    )


@dataclass(frozen=True, eq=False)
class RoundedPositions:
    """Places on edges as the page holds them.

    Attributes
    ----------
    edge
        Edge of each place; -1 meets no street.
    share
        255ths of the edge between its first node and the place.
    access
        Tenths of a second of the leg beside the street.
    """

    edge: Integers
    share: Integers
    access: Integers

    def positions(self, network: WalkNetwork, *, speed_kmh: float, index: pd.Index) -> pd.DataFrame:
        """Give the rounded places as `travel_times` takes them."""
        on_edge = np.maximum(self.edge, 0)
        return pd.DataFrame(
            {
                "edge": self.edge,
                "offset_m": self.share / SHARES * network.edge_length_m[on_edge],
                "access_m": self.access / TENTHS * (speed_kmh / 3.6),
            },
            index=index,
        )

    def pack(self) -> dict[str, str]:
        """Write the columns as streams; edges as steps from row to row."""
        return {
            "edge": pack_integers(np.diff(self.edge, prepend=0)),
            "share": pack_integers(self.share),
            "access": pack_integers(self.access),
        }


def rounded_positions(
    network: WalkNetwork, positions: pd.DataFrame, *, speed_kmh: float
) -> RoundedPositions:
    """Round places on edges to what the page holds.

    Parameters
    ----------
    positions
        Columns `edge`, `offset_m` and `access_m`, as `snap` gives them.
    speed_kmh
        Speed along the legs beside the street.
    """
    edge = positions["edge"].to_numpy(np.int64)
    met = edge >= 0
    length_m = network.edge_length_m[np.maximum(edge, 0)]
    offset_m = np.where(met, positions["offset_m"].to_numpy(float), 0.0)
    access_m = np.where(met, positions["access_m"].to_numpy(float), 0.0)
    share = np.clip(offset_m / np.where(length_m > 0, length_m, 1.0), 0.0, 1.0)
    return RoundedPositions(
        edge=edge,
        share=np.rint(share * SHARES).astype(np.int64),
        access=np.rint(access_m / (speed_kmh / 3.6) * TENTHS).astype(np.int64),
    )


def agreeing_doors(
    network: WalkNetwork,
    doors: RoundedPositions,
    posts: Sequence[pd.DataFrame],
    tables: Sequence[pd.DataFrame],
    *,
    limits_min: Sequence[float | Floats],
    speed_kmh: float,
) -> tuple[RoundedPositions, int]:
    """Let rounded doors be within each limit exactly when the study's tables say so.

    A door whose walk ends within a rounding of a limit may fall on its other side.  The leg beside
    the street of such a door is made longer or shorter by what is needed, a few tenths of a second.

    Parameters
    ----------
    network
        The rounded network.
    posts, tables
        For each state of the city (now, with the plan): rounded positions of its posts, and a
        table of the doors, one column of true and false for each limit.
    limits_min
        One limit for all doors, or one for each.

    Returns
    -------
    doors, left
        The doors, and how many still disagree somewhere: a leg cannot be shorter than nothing,
        and states may ask for opposite things.
    """
    access = doors.access.copy()
    index = tables[0].index
    for _ in range(2):
        for at, inside in zip(posts, tables, strict=True):
            walks = _tenths(network, replace(doors, access=access), at, speed_kmh, index)
            for column, limit in enumerate(limits_min):
                bound = np.floor(np.broadcast_to(limit, len(index)) * 60 * TENTHS + 1e-6)
                says = inside.iloc[:, column].to_numpy(bool)
                over = np.where(says & np.isfinite(walks), np.ceil(walks - bound - 1e-6), 0.0)
                under = np.where(
                    ~says & (walks <= bound + 1e-6), np.floor(bound - walks) + 1.0, 0.0
                )
                step = (under - np.maximum(over, 0.0)).astype(np.int64)
                access = np.maximum(access + step, 0)
                walks = walks + step
    agreed = replace(doors, access=access)
    wrong = np.zeros(len(index), dtype=bool)
    for at, inside in zip(posts, tables, strict=True):
        walks = _tenths(network, agreed, at, speed_kmh, index)
        for column, limit in enumerate(limits_min):
            now = within(walks / TENTHS / 60, limit)
            wrong |= now != inside.iloc[:, column].to_numpy(bool)
    return agreed, int(wrong.sum())


def _tenths(
    network: WalkNetwork,
    doors: RoundedPositions,
    posts: pd.DataFrame,
    speed_kmh: float,
    index: pd.Index,
) -> Floats:
    at = doors.positions(network, speed_kmh=speed_kmh, index=index)
    nearest = nearest_facility(network, at, posts, speed_kmh=speed_kmh)
    return nearest["minutes"].to_numpy() * 60 * TENTHS


def rounded_residents(residents: npt.ArrayLike, zone: npt.ArrayLike) -> Integers:
    """Round residents to thousandths so that the sum of each zone stays within one.

    Examples
    --------
    >>> rounded_residents([0.0004, 0.0004, 0.0004, 7.0], [0, 0, 0, 1]).tolist()
    [0, 1, 0, 7000]
    """
    people, of = np.asarray(residents, dtype=float) * PEOPLE, np.asarray(zone)
    order = np.argsort(of, kind="stable")
    total = pd.Series(people[order]).groupby(of[order]).cumsum().to_numpy()
    first = np.diff(of[order], prepend=of[order][:1] - 1) != 0
    whole = np.rint(total).astype(np.int64)
    before = np.where(first, 0, np.concatenate([[0], whole[:-1]]))
    rounded = np.empty(len(people), dtype=np.int64)
    rounded[order] = whole - before
    return rounded
