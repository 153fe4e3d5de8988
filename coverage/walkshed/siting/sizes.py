"""The best choice of every size, where only the number of sites counts."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from .benefit import Benefit
from .clock import now_s
from .exact import Solved, best_plan
from .program import Tell


def best_plans(
    benefit: Benefit, posts: int, *, deadline: float, seed: int = 0, tell: Tell | None = None
) -> list[Solved]:
    """Find the best plan of each size 0, 1, .. `posts`, and what no plan of that size can pass.

    Each size starts from the plan and the prices of the size before, and has an even share of the
    time left. A plan of as many posts as there are useful sites takes them all, and so do all
    larger ones, which stay that short. `tell` hears of one size after the other.
    """
    solved = [Solved((), 0.0, 0.0, np.zeros(benefit.groups))]
    for size in range(1, posts + 1):
        now = now_s()
        if any(each.interrupted for each in solved):
            deadline = now  # a quick plan is better than none
        solved.append(
            best_plan(
                benefit,
                size,
                start=solved[-1].plan,
                price=solved[-1].price,
                deadline=now + max(0.0, deadline - now) / (posts - size + 1),
                seed=seed,
                tell=tell,
            )
        )
    stopped = any(each.interrupted for each in solved)
    bounds = tighten([each.bound for each in solved])
    return [
        replace(each, bound=max(each.objective, bound), interrupted=stopped)
        for each, bound in zip(solved, bounds, strict=True)
    ]


def tighten(bounds: Sequence[float]) -> list[float]:
    """Let bounds of different sizes help each other; the first is of size 0.

    A plan of k posts without its least useful one still reaches (k - 1) / k of its residents, and
    a larger plan never reaches fewer.

    Examples
    --------
    >>> tighten([0.0, 60.0, 130.0, 125.0])
    [0.0, 60.0, 120.0, 125.0]
    """
    tight = list(bounds)
    for size in range(2, len(tight)):
        tight[size] = min(tight[size], tight[size - 1] * size / (size - 1))
    for size in range(len(tight) - 2, 0, -1):
        tight[size] = min(tight[size], tight[size + 1])
    return tight
