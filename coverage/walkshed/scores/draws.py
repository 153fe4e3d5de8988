"""Draws of what is not sure: how fast everyone walks, and how many live where.

Every factor has a mean of 1. A draw is the same whatever else is drawn, how many draws there are
and in what order the doors come: each number and kind of draw has a stream of its own.
"""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

FloatArray = npt.NDArray[np.float64]
SPEED, NEIGHBOURHOODS, DOORS, PLACES = range(4)
"""The streams of random numbers."""


@dataclass(frozen=True)
class Spreads:
    """Standard deviations of the factors of walking speed and residents."""

    speed: float
    doors: float
    neighbourhoods: float = 0.0


def factors(spread: float, size: int, seed: int, draw: int, stream: int) -> FloatArray:
    r"""Draw lognormal factors with a mean of 1 and this standard deviation.

    A factor is :math:`e^{\sigma z - \sigma^2 / 2}`, z normal, :math:`\sigma^2 = \ln(1 +
    \mathrm{spread}^2)`.

    Examples
    --------
    >>> factors(0.0, 2, seed=1, draw=0, stream=0).tolist()
    [1.0, 1.0]
    >>> many = factors(0.5, 100_000, seed=1, draw=0, stream=0)
    >>> round(float(many.mean()), 2), round(float(many.std()), 2)
    (1.0, 0.5)
    """
    if spread == 0:
        return np.ones(size)
    sigma = math.sqrt(math.log1p(spread**2))
    normal = np.random.default_rng([seed, draw, stream]).standard_normal(size)
    return np.exp(sigma * normal - sigma**2 / 2)


def speed_factor(spreads: Spreads, seed: int, draw: int) -> float:
    """How many times as fast everyone walks in a draw."""
    return float(factors(spreads.speed, 1, seed, draw, SPEED)[0])


@dataclass(frozen=True, eq=False)
class DoorOrder:
    """Doors in the order in which their numbers are drawn: by id, whatever the order of rows.

    Attributes
    ----------
    by_id
        Rows in the order of their ids.
    zone, zones
        Number of each row's neighbourhood, and how many there are; none without neighbourhoods.
    """

    by_id: npt.NDArray[np.intp]
    zone: npt.NDArray[np.intp] | None
    zones: int


def door_order(ids: pd.Index, neighbourhoods: pd.Series | None) -> DoorOrder:
    """Find the order of doors once, for all draws."""
    by_id = np.argsort(ids.map(str).to_numpy(str), kind="stable")
    if neighbourhoods is None:
        return DoorOrder(by_id, None, 0)
    where, names = pd.factorize(neighbourhoods.astype(str), sort=True)
    return DoorOrder(by_id, where, len(names))


def residents_factors(order: DoorOrder, spreads: Spreads, seed: int, draw: int) -> FloatArray:
    """How many times as many live at each door in a draw: its own factor, and its zone's."""
    found = np.empty(order.by_id.size)
    found[order.by_id] = factors(spreads.doors, order.by_id.size, seed, draw, DOORS)
    if order.zone is not None:
        found *= factors(spreads.neighbourhoods, order.zones, seed, draw, NEIGHBOURHOODS)[
            order.zone
        ]
    return found
