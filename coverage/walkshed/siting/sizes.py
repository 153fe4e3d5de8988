"""The best choice of every size, where only the number of sites counts."""

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

    How bounds of sizes help each other is left to `curve.tightened`. Each size starts from the
    plan and the prices of the size before, and has an even share of the time left. A plan of as
    many posts as there are useful sites takes them all, and so do all larger ones, which stay
    that short. `tell` hears of one size after the other.
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
    return [replace(each, interrupted=stopped) for each in solved]
