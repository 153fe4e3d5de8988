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
    plan = list(start)
    while len(plan) < posts:
        gain = benefit.above(benefit.best_of(plan))
        gain[plan] = -1.0
        plan.append(int(gain.argmax()))
    return tuple(plan)


def swap(benefit: Benefit, start: Sequence[int]) -> Plan:
    """Exchange one site of a plan for a better one, as long as there is one."""
    plan = list(start)
    worth, position, since_change = benefit.worth(plan), 0, 0
    while since_change < len(plan):
        rest = plan[:position] + plan[position + 1 :]
        best = benefit.best_of(rest)
        gain = benefit.above(best)
        gain[rest] = -1.0
        other = int(gain.argmax())
        since_change += 1
        if best.sum() + gain[other] > worth * (1 + ROUNDING):
            plan[position] = other
            worth, since_change = benefit.worth(plan), 0
        position = (position + 1) % len(plan)
    return tuple(plan)


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
