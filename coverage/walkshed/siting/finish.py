"""What all models begin and end with: a search and its limits, and the plan made from a choice."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from ..errors import InputError, SolverError, one_message
from .clock import LONGEST_S, stop_is_asked
from .figures import figures_now, figures_of
from .order import best_order
from .plan import Measure, SitingPlan, relative_gap, status_of
from .problem import SitingProblem
from .program import Tell
from .rules import SitingRules, broken_rules

LARGEST_SEED = 2**31 - 1  # of HiGHS


@dataclass(frozen=True, eq=False)
class Search:
    """One question and the limits of its search, checked.

    Raises
    ------
    InputError
        If the limit or the seed makes no sense, or more posts are asked for than there are sites.
    """

    problem: SitingProblem
    rules: SitingRules
    time_limit_s: float
    seed: int
    tell: Tell | None = None
    started: float = field(default_factory=time.perf_counter)

    def __post_init__(self) -> None:
        """Refuse what no search can work with."""
        problems = []
        posts, sites = self.rules.new_posts, int(self.problem.choosable.sum())
        if posts is not None and posts > sites:
            problems.append(
                f"`new_posts` is {posts}, but there are {sites} candidate sites; "
                f"ask for {sites} or fewer, or place candidates closer together"
            )
        if not self.time_limit_s > 0:
            problems.append(f"`time_limit_s` is {self.time_limit_s}; give seconds above 0")
        if not 0 <= self.seed <= LARGEST_SEED:
            problems.append(f"`seed` is {self.seed}; give a whole number from 0 to {LARGEST_SEED}")
        if problems:
            raise InputError(one_message("siting", problems))

    @property
    def deadline(self) -> float:
        """When the search must end, as `time.perf_counter` tells it."""
        return self.until(1.0)

    def until(self, share: float) -> float:
        """When this share of the time, 0 to 1, will have passed."""
        return self.started + share * min(self.time_limit_s, LONGEST_S)

    def telling(self, as_measured: Callable[[float], float]) -> Tell | None:
        """Let an engine tell its progress in the measure of the model."""
        outer = self.tell
        if outer is None:
            return None

        def tell(objective: float, bound: float) -> None:
            outer(as_measured(objective), as_measured(bound))

        return tell


def finished_plan(
    model: str,
    measure: Measure,
    search: Search,
    open_sites: Sequence[int],
    *,
    objective: float,
    bound: float,
    interrupted: bool,
    seconds: float,
    too_large: bool = False,
) -> SitingPlan:
    """Count a choice again from the raw walks and make the plan.

    `open_sites` are positions in the problem's sites; posts that stand for good may be left out.
    `too_large` tells that the exact step was left out.

    Raises
    ------
    SolverError
        If the choice breaks a rule: a fault of ours or of the optimiser.
    """
    problem, rules = search.problem, search.rules
    broken = broken_rules(problem, rules, open_sites)
    if broken:
        raise SolverError(
            f"{model}: the plan found breaks {', '.join(sorted(broken))}; this is a fault of ours "
            "or of the optimiser, please report it"
        )
    is_open = np.isin(np.arange(len(problem.sites)), list(open_sites)) | problem.standing
    built = np.flatnonzero(is_open & problem.choosable).tolist()
    closed = np.flatnonzero(~is_open & problem.closable)
    kept = np.flatnonzero(is_open & ~problem.choosable).tolist()
    build_order = _build_order(problem, kept, built)
    now = figures_now(problem)
    after = figures_of(problem, np.flatnonzero(is_open).tolist())
    ids = problem.sites.index
    status = status_of(
        objective,
        bound,
        measure,
        interrupted=interrupted or stop_is_asked(),
        too_large=too_large,
    )
    site_ids = tuple(build_order["site_id"])
    return SitingPlan(
        model=model,
        problem=problem,
        rules=rules,
        site_ids=site_ids,
        closed_ids=tuple(ids[closed]),
        measure=measure,
        objective=objective,
        bound=bound,
        status=status,
        figures=after,
        figures_now=now,
        curve=pd.DataFrame(
            {
                "objective": [objective],
                "bound": [bound],
                "gap": [relative_gap(objective, bound, measure)],
                "status": [status],
                "gain": [math.nan],
                "residents_within": [after.residents_within],
                "site_ids": pd.Series([site_ids], dtype=object).array,
                "residents_added": pd.Series(
                    [tuple(build_order["residents_added"])], dtype=object
                ).array,
            },
            index=pd.Index([len(built) - closed.size], name="new_posts"),
        ),
        build_order=build_order,
        seed=search.seed,
        seconds=seconds,
    )


def _build_order(problem: SitingProblem, kept: Sequence[int], built: Sequence[int]) -> pd.DataFrame:
    order = best_order(problem, kept, built)
    inside = np.zeros(len(problem.residents), dtype=bool)
    stages, sums = [], []
    for posts in (kept, *([site] for site in order)):
        near = np.unique(problem.coverage(posts).indices)
        new = problem.people[near[~inside[near]]]
        inside[near] = True
        # the sum of the new, and what rounding took from it: together as if all were summed anew
        sums.append(math.fsum(new))
        sums.append(math.fsum([*new, -sums[-1]]))
        stages.append(math.fsum(sums))
    reached = np.array(stages[1:])
    total = problem.total
    return pd.DataFrame(
        {
            "site_id": pd.Series([problem.sites.index[site] for site in order], dtype=object).array,
            "residents_added": np.diff(stages),
            "residents_within": reached,
            "share_within": reached / total if total else 0.0 * reached,
        },
        index=pd.RangeIndex(1, len(order) + 1, name="rank"),
    )
