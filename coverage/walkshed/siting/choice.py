"""The choice of most worth: by the fast engine where only counts matter, else under all rules."""

from dataclasses import dataclass

import numpy as np

from .benefit import presolve
from .constrained import best_under_rows
from .exact import best_plan
from .infeasible import refuse_clashes
from .problem import SitingProblem
from .program import Tell
from .rules import SitingRules, only_counts, side_rows
from .worth import Gains


@dataclass(frozen=True)
class Choice:
    """Sites to be open, and the proof.

    Attributes
    ----------
    open_sites
        Positions in the problem's sites of all that is open, posts that stand for good too.
    bound
        No choice gains more than this beyond what stands for good.
    interrupted
        Whether the user stopped the search.
    """

    open_sites: tuple[int, ...]
    bound: float
    interrupted: bool


def best_choice(
    problem: SitingProblem,
    rules: SitingRules,
    gains: Gains,
    *,
    deadline: float,
    seed: int,
    tell: Tell | None,
) -> Choice:
    """Choose the open sites of most worth that keep to the rules.

    `deadline` is a time of `time.perf_counter`.
    """
    kept = np.flatnonzero(problem.standing).tolist()
    if only_counts(problem, rules):
        benefit = presolve(gains.matrix)
        solved = best_plan(benefit, rules.new_posts or 0, deadline=deadline, seed=seed, tell=tell)
        chosen = gains.columns[benefit.sites[list(solved.plan)]].tolist()
        return Choice((*kept, *chosen), solved.bound, solved.interrupted)
    refuse_clashes(problem, rules)
    rows = side_rows(problem, rules)
    found = best_under_rows(gains.matrix, rows, deadline=deadline, seed=seed, tell=tell)
    chosen = gains.columns[list(found.plan)].tolist()
    return Choice((*kept, *chosen), found.bound, found.interrupted)
