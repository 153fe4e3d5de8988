"""The choice of most worth: by the fast engine where only counts matter, else under all rules."""

from dataclasses import dataclass

import numpy as np

from .constrained import best_under_rows
from .infeasible import refuse_clashes
from .problem import SitingProblem
from .program import Tell
from .rules import SitingRules, side_rows
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
    refuse_clashes(problem, rules)
    rows = side_rows(problem, rules)
    found = best_under_rows(gains.matrix, rows, deadline=deadline, seed=seed, tell=tell)
    kept = np.flatnonzero(problem.standing).tolist()
    chosen = gains.columns[list(found.plan)].tolist()
    return Choice((*kept, *chosen), found.bound, found.interrupted)
