"""A good plan, fast: greedy, swap, and swap again from a plan that was shaken.

Plans are tuples of columns of a `Benefit`. Ties go to the first site.
"""

from collections.abc import Sequence

import numpy as np

from .benefit import Benefit, Plan
from .clock import now_s

ROUNDING = 1e-9  # relative; sums of residents are good to about 1e-12
SHAKEN = 2  # sites exchanged at random


def greedy(benefit: Benefit, start: Sequence[int], posts: int) -> Plan:
    """Add to a plan, one by one, the site that adds most."""
    plan, standing = list(start), Standing(benefit, start)
    while len(plan) < posts:
        plan.append(standing.most_gaining())
        standing.open(plan[-1])
    return tuple(plan)


def swap(benefit: Benefit, start: Sequence[int]) -> Plan:
    """Exchange one site of a plan for a better one, as long as there is one."""
    plan, standing = list(start), Standing(benefit, start)
    worth, position, since_change = standing.worth, 0, 0
    while since_change < len(plan):
        standing.close(plan[position])
        other = standing.most_gaining()
        since_change += 1
        if standing.worth + standing.gain[other] > worth * (1 + ROUNDING):
            plan[position], since_change = other, 0
        standing.open(plan[position])
        if since_change == 0:
            worth = standing.worth
        position = (position + 1) % len(plan)
    return tuple(plan)


class Standing:
    """Open sites, what each group has of them, and what each other site would add.

    Only what opening or closing a site changes is counted again: its groups, and the sites that
    give to these. What is left to do for all of a city is to add up and to look for the most.

    Attributes
    ----------
    best
        What each group has of the best open site, 0 if there is none.
    gain
        What each site would add.
    """

    def __init__(self, benefit: Benefit, plan: Sequence[int]) -> None:
        """Open the sites of a plan."""
        self.benefit = benefit
        self.best = benefit.best_of(plan)
        self.gain = benefit.above(self.best)
        self._is_open = np.zeros(benefit.sites.size, dtype=bool)
        self._is_open[list(plan)] = True
        self._changed = np.empty(int(np.diff(benefit.columns[0]).max(initial=0)), np.int64)
        self._is_marked = np.zeros(benefit.sites.size, dtype=bool)
        self._marked = np.empty(benefit.sites.size, np.int64)

    @property
    def worth(self) -> float:
        """What the open sites give to all groups."""
        return float(self.best.sum())

    def most_gaining(self) -> int:
        """The first of the closed sites that would add most."""
        return int(np.where(self._is_open, -1.0, self.gain).argmax())

    def open(self, site: int) -> None:
        """Open a site."""
        from . import _kernels

        self._is_open[site] = True
        self._count_again(_kernels.opened(*self.benefit.columns, site, self.best, self._changed))

    def close(self, site: int) -> None:
        """Close a site."""
        from . import _kernels

        self._is_open[site] = False
        columns = self.benefit.columns[:2]
        self._count_again(
            _kernels.closed(
                *self.benefit.rows, *columns, self._is_open, site, self.best, self._changed
            )
        )

    def _count_again(self, changed: int) -> None:
        from ..network import _numba
        from . import _kernels

        if not _numba.HAS_NUMBA:  # numpy is quicker at all sites than plain loops at some
            self.gain = self.benefit.above(self.best)
            return
        _kernels.sum_above_again(
            *self.benefit.rows[:2],
            *self.benefit.columns,
            self._changed[:changed],
            self.best,
            self._is_marked,
            self._marked,
            self.gain,
        )


def shake(benefit: Benefit, plan: Plan, *, tries: int, seed: int, deadline: float) -> Plan:
    """Exchange some sites of a plan at random and swap again; keep the best plan met."""
    random = np.random.default_rng(seed)
    worth, others = benefit.worth(plan), min(SHAKEN, len(plan))
    for _ in range(tries):
        if now_s() > deadline:
            break
        shaken = list(plan)
        for position in random.choice(len(plan), others, replace=False):
            outside = np.setdiff1d(np.arange(benefit.sites.size), shaken, assume_unique=False)
            if outside.size:
                shaken[position] = int(random.choice(outside))
        found = swap(benefit, shaken)
        if benefit.worth(found) > worth * (1 + ROUNDING):
            plan, worth = found, benefit.worth(found)
    return plan
