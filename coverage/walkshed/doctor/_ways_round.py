"""How far it is on foot from one position to another: the way round what is not joined."""

import numpy as np
import pandas as pd

from ..network import WalkNetwork
from ..travel_times import walking_times
from .findings import FloatArray

LEG_M = 1.0
"""A leg that every second position is given, so that no walk takes no time and goes unstored."""


def ways_round_m(
    network: WalkNetwork,
    start: pd.DataFrame,
    end: pd.DataFrame,
    *,
    speed_kmh: float,
    longest_m: float,
) -> FloatArray:
    """Metres on foot from each start to the end of the same row, at the pace of the level.

    Steps and slopes count as the level that takes as long. Infinite beyond `longest_m`.

    Parameters
    ----------
    start, end
        Columns `edge` and `offset_m`, all rows snapped.
    """
    starts, ends = (
        pd.DataFrame(
            {"edge": at["edge"].to_numpy(), "offset_m": at["offset_m"].to_numpy(), "access_m": leg}
        )
        for at, leg in ((start, 0.0), (end, LEG_M))
    )
    m_per_s = speed_kmh / 3.6
    cutoff_min = (longest_m + LEG_M) / m_per_s / 60
    times = walking_times(network, starts, ends, cutoff_min=cutoff_min, speed_kmh=speed_kmh)
    stored = times.seconds.tocoo()
    own = stored.row == stored.col
    metres = np.full(len(starts), np.inf)
    metres[stored.row[own]] = stored.data[own] * m_per_s - LEG_M
    return metres
