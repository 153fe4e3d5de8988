"""What a walk is worth, and what each site gives to each door beyond what stands already.

Maximal covering, gradual coverage and the p-median are one question asked with three prices on a
walk: choose sites so that the sum over residents of the worth of their shortest walk is largest.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from scipy import sparse

from ..travel_times import within
from .problem import Floats, Ints, SitingProblem, Sparse
from .rules import SitingRules, only_counts

Worth: TypeAlias = Callable[[Floats, Ints], Floats]
"""Worth to one resident of walks of so many seconds from these doors: never rises with seconds,
never below 0, and 0 for a walk that is not known."""


WALKS_AT_ONCE = 2_000_000
"""Walks that are weighed in one go: bounds the memory, changes nothing in the result."""


@dataclass(frozen=True, eq=False)
class Gains:
    """What each site that may be open gives to each door, beyond what stands for good.

    Attributes
    ----------
    matrix
        Sparse by columns, doors by sites; only what is above 0 is stored.
    columns
        Position in `problem.sites` of each column.
    standing
        Worth to all residents of what stands for good.
    kept
        Positions of what stands for good.
    """

    matrix: Sparse
    columns: Ints
    standing: float
    kept: Ints


def covered(problem: SitingProblem) -> Worth:
    """Make the worth of maximal covering: 1 within the door's cutoff, exactly at it too."""
    limit = np.broadcast_to(np.asarray(problem.cutoff_min, dtype=float), len(problem.residents))

    def worth(seconds: Floats, doors: Ints) -> Floats:
        return within(seconds / 60, limit[doors]).astype(float)

    return worth


def fading(full_min: float, none_min: float) -> Worth:
    """Make the worth of gradual coverage: 1 up to `full_min`, falling evenly to 0 at `none_min`."""

    def worth(seconds: Floats, _doors: Ints) -> Floats:
        far = (seconds / 60 - full_min) / (none_min - full_min)
        return np.clip(1.0 - far, 0.0, 1.0)

    return worth


def nearness(problem: SitingProblem) -> Worth:
    """Make the worth of the p-median: the seconds saved against the longest walk known."""
    limit_s = problem.limit_s

    def worth(seconds: Floats, _doors: Ints) -> Floats:
        return np.maximum(limit_s - seconds, 0.0)

    return worth


def gains_of(problem: SitingProblem, rules: SitingRules, worth: Worth) -> Gains:
    """Sum up what each site that may be open gives to each door.

    Posts that may be closed are among them; but where only counts matter none will be, and they
    stand for good.

    Examples
    --------
    A post 300 s from the first of two doors, a site 60 s from it and 120 s from the second, and
    walks known up to 10 minutes: the site saves the first door 240 s more, the second 480.

    >>> import pandas as pd
    >>> from walkshed.travel_times import TravelTimes
    >>> seconds = sparse.csc_array([[300.0, 60.0], [0.0, 120.0]])
    >>> times = TravelTimes(seconds, pd.Index(["d", "e"]), pd.Index(["post", "site"]), 10)
    >>> sites = pd.DataFrame({"status": ["existing", "candidate"]}, index=["post", "site"])
    >>> people = pd.Series([1.0, 2.0], index=["d", "e"])
    >>> problem = SitingProblem(times, people, sites, 5)
    >>> gains = gains_of(problem, SitingRules(1), nearness(problem))
    >>> gains.matrix.toarray().tolist(), gains.standing
    ([[240.0], [960.0]], 300.0)
    """
    people = problem.people
    stays = problem.standing | (problem.closable & only_counts(problem, rules))
    kept, columns = np.flatnonzero(stays), np.flatnonzero(problem.permitted & ~stays)
    now = _worth_of_nearest(problem, worth, kept)
    matrix = _beyond(problem, worth, now, columns)
    return Gains(matrix, columns, math.fsum(people * now), kept)


def _beyond(problem: SitingProblem, worth: Worth, now: Floats, columns: Ints) -> Sparse:
    """Sum up, block by block of sites, what each gives to each door beyond what it has now."""
    people, seconds = problem.people, problem.times.seconds
    size = np.diff(seconds.indptr)[columns]
    # as large as it can become; what is never written takes no memory
    doors = np.empty(size.sum(), np.int32)
    values = np.empty(doors.size)
    start = np.zeros(columns.size + 1, np.int64)
    for block in blocks_of(size, WALKS_AT_ONCE):
        some = seconds[:, columns[block]]
        reached: Ints = some.indices.astype(np.int64)
        gain = people[reached] * (worth(some.data, reached) - now[reached])
        above = gain > 0
        kept_before = np.concatenate([[0], np.cumsum(above)])
        begin = start[block.start]
        start[block.start + 1 : block.stop + 1] = begin + kept_before[some.indptr[1:]]
        end = start[block.stop]
        doors[begin:end], values[begin:end] = reached[above], gain[above]
    shape = (people.size, columns.size)
    return sparse.csc_array((values[: start[-1]], doors[: start[-1]], start), shape=shape)


def blocks_of(size: Ints, at_once: int) -> Iterator[slice]:
    """Cut columns that hold so much each into blocks that hold about so much together.

    Examples
    --------
    >>> [(block.start, block.stop) for block in blocks_of(np.array([3, 4, 9, 1, 1]), 8)]
    [(0, 2), (2, 3), (3, 5)]
    """
    number = (np.cumsum(size) - 1) // at_once
    ends = [*(np.flatnonzero(np.diff(number)) + 1).tolist(), len(size)]
    for begin, end in pairwise([0, *ends]):
        if end > begin:
            yield slice(begin, end)


def total_worth(problem: SitingProblem, worth: Worth, open_sites: Sequence[int]) -> float:
    """Sum, over all residents, the worth of the walk to the nearest open site, from raw times.

    The sum is exactly rounded, so the order of doors cannot change it.
    """
    return math.fsum(problem.people * _worth_of_nearest(problem, worth, open_sites))


def _worth_of_nearest(
    problem: SitingProblem, worth: Worth, open_sites: Sequence[int] | Ints
) -> Floats:
    nearest = problem.nearest_seconds(np.asarray(open_sites, dtype=np.int64))
    known = np.isfinite(nearest)
    value = np.zeros(nearest.size)
    value[known] = worth(nearest[known], np.flatnonzero(known))
    return value
