"""What is built in which stage: several ways to find an order, each with what it can and cannot.

`forward` and `backward` need nothing of a model but its plans, `swapped` nothing but what settled
sites are worth; all three are heuristics. `together` states all stages as one program, for models
that weigh walks, and proves its order.
"""

import math
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, combinations
from typing import Any, TypeAlias

import numpy as np
from scipy import sparse

from ..errors import SolverError
from .clock import left_s, now_s
from .constrained import best_under_rows
from .models import Model, Weighing
from .plan import Measure, SitingPlan, improvement
from .problem import Floats, Ints, SitingProblem
from .program import Tell
from .rules import COST_TOLERANCE, SideRows, SitingRules, broken_rules, side_rows
from .settled import objective_of
from .worth import Gains, gains_of

Schedule: TypeAlias = tuple[tuple[Hashable, ...], ...]
"""Ids of the sites built in each stage."""


@dataclass(frozen=True, eq=False)
class Staging:
    """A question in stages.

    Attributes
    ----------
    model, own
        The location model and its own options.
    problem
        Doors, posts and sites; none may be closed.
    rules
        What holds over all stages together.
    limits
        New posts and money of each stage; infinite where there is no limit.
    seed
        Seed of every search.
    """

    model: Model
    problem: SitingProblem
    rules: SitingRules
    limits: tuple[tuple[float, float], ...]
    seed: int = 0
    own: dict[str, Any] = field(default_factory=dict)

    def up_to(self, stage: int) -> SitingRules:
        """Give the rules of a plan that is free in all stages up to this one, from 0 on."""
        posts, money = (sum(limit) for limit in zip(*self.limits[: stage + 1], strict=True))
        return _limited(self.rules, posts, money)

    def cost(self, site_ids: Sequence[Hashable]) -> float:
        """Sum up what sites cost."""
        costs = self.problem.sites["cost"].to_numpy(float)
        return math.fsum(costs[self.problem.positions(site_ids)])

    def solve(
        self, problem: SitingProblem, rules: SitingRules, until: float, tell: Tell | None
    ) -> SitingPlan:
        """Ask the model, until a time of `time.perf_counter`."""
        return self.model(
            problem, rules, time_limit_s=left_s(until), seed=self.seed, tell=tell, **self.own
        )

    def values(self, schedule: Schedule) -> list[float]:
        """Measure each stage as the model does."""
        return [
            objective_of(self.model, self.problem, self.rules, ids, seed=self.seed, **self.own)
            for ids in accumulate(schedule)
        ]

    def holds(self, schedule: Schedule) -> bool:
        """Tell whether each stage keeps to its limits and to the rules."""
        for stage, (ids, (posts, money)) in enumerate(zip(schedule, self.limits, strict=True)):
            if len(ids) > posts or self.cost(ids) > with_slack(money):
                return False
            built = self.problem.positions(
                [site for part in schedule[: stage + 1] for site in part]
            )
            if broken_rules(self.problem, self.up_to(stage), built):
                return False
        return True


def with_slack(money: float) -> float:
    """Allow for sums of money in floating point, as `side_rows` does."""
    return money + COST_TOLERANCE * max(1.0, money)


def _limited(rules: SitingRules, posts: float, money: float) -> SitingRules:
    return replace(
        rules,
        new_posts=int(posts) if math.isfinite(posts) else None,
        budget=money if math.isfinite(money) else None,
    )


def forward(staging: Staging, deadline: float, tell: Tell | None) -> Schedule:
    """Build in each stage what is best after the stages before it.

    Raises
    ------
    SolverError
        If what the model built in a stage passes its limits.
    """
    built: tuple[Hashable, ...] = ()
    for stage, (posts, money) in enumerate(staging.limits):
        now = now_s()
        status = staging.problem.sites["status"].to_numpy(object).copy()
        status[staging.problem.positions(built)] = "required"
        stands = replace(staging.problem, sites=staging.problem.sites.assign(status=status))
        rules = _limited(staging.rules, len(built) + posts, staging.cost(built) + money)
        until = now + (deadline - now) / (len(staging.limits) - stage)
        plan = staging.solve(stands, rules, until, tell)
        built = (*built, *(site for site in plan.site_ids if site not in built))
    schedule = packed(staging, built)
    if schedule is None:
        raise SolverError(f"the sites {built} pass the limits of their stages; please report it")
    return schedule


def packed(staging: Staging, order: Sequence[Hashable]) -> Schedule | None:
    """Build sites in this order, each in the first stage that has room; None if one finds none.

    Examples
    --------
    Money of 5 and 4 for sites of 3, 4 and 2: the second does not fit beside the first, the third
    does.

    >>> import pandas as pd
    >>> from walkshed.siting import mclp, problem_of_coverage
    >>> people = pd.Series([1.0])
    >>> sees = sparse.csc_array(np.ones((1, 3), dtype=bool))
    >>> town = problem_of_coverage(sees, people, pd.Index(list("PQR")), covered=np.array([False]))
    >>> town = replace(town, sites=town.sites.assign(cost=[3.0, 4.0, 2.0, 0.0]))
    >>> staging = Staging(mclp, town, SitingRules(), ((np.inf, 5.0), (np.inf, 4.0)))
    >>> packed(staging, ["P", "Q", "R"])
    (('P', 'R'), ('Q',))
    """
    left, stages = list(order), []
    for posts, money in staging.limits:
        stage: list[Hashable] = []
        for site in left:
            if len(stage) < posts and staging.cost([*stage, site]) <= with_slack(money):
                stage.append(site)
        left = [site for site in left if site not in stage]
        stages.append(tuple(stage))
    schedule = tuple(stages)
    return None if left or not staging.holds(schedule) else schedule


def swapped(
    staging: Staging,
    schedule: Schedule,
    pool: Sequence[Hashable],
    measure: Measure,
    deadline: float,
) -> Schedule:
    """Exchange sites between stages, or for others of a pool, as long as it helps."""
    best, value = schedule, sum(staging.values(schedule))
    moves = _exchanges(best, pool)
    while now_s() < deadline:
        fresh = next(moves, None)
        if fresh is None:
            break
        if not staging.holds(fresh):
            continue
        fresh_value = sum(staging.values(fresh))
        if improvement(value, fresh_value, measure) > 1e-9 * abs(value):
            best, value, moves = fresh, fresh_value, _exchanges(fresh, pool)
    return best


def _exchanges(schedule: Schedule, pool: Sequence[Hashable]) -> Iterator[Schedule]:
    """Give each schedule that is one exchange away."""
    built = [(stage, site) for stage, ids in enumerate(schedule) for site in ids]
    for (stage, site), (later, other) in combinations(built, 2):
        if stage != later:
            yield _renamed(schedule, {site: other, other: site})
    names = {site for _, site in built}
    for fresh in pool:
        if fresh not in names:
            yield from (_renamed(schedule, {site: fresh}) for _, site in built)


def _renamed(schedule: Schedule, names: dict[Hashable, Hashable]) -> Schedule:
    return tuple(tuple(names.get(site, site) for site in stage) for stage in schedule)


def together(
    staging: Staging,
    weighing: Weighing,
    among: Sequence[Hashable] | None,
    deadline: float,
    tell: Tell | None,
) -> tuple[Schedule | None, float]:
    r"""Choose all stages in one program.

    Each door stands in it once for every stage, each site once for every stage in which it may be
    built; a site built in stage t serves the doors of stage t and of all later ones.

    .. math:: \max \sum_t \sum_i \max_{j,\, s \le t} g_{ij} x_{js}, \quad \sum_j x_{jt} \le p_t,
              \quad \sum_j c_j x_{jt} \le b_t

    Parameters
    ----------
    staging, weighing
        The question, and what its model weighs.
    among
        Ids of the only sites to be chosen from; None is all.
    deadline, tell
        Of the search.

    Returns
    -------
    schedule
        None if time ran out before one was found.
    bound
        What no schedule of sites from `among` can pass, in the measure of the model, summed over
        the stages.
    """
    problem, stages = staging.problem, len(staging.limits)
    if among is not None:
        status = problem.sites["status"].to_numpy(object).copy()
        kept = np.isin(np.arange(status.size), problem.positions(among))
        status[problem.is_("candidate") & ~kept] = "forbidden"
        problem = replace(problem, sites=problem.sites.assign(status=status))
    gains = gains_of(problem, staging.rules, weighing.worth)

    def in_all(gain: float) -> float:
        return stages * weighing.as_measured(gains.standing + gain / stages)

    found = best_under_rows(
        stacked(gains, stages),
        _staged_rows(problem, staging, gains.columns),
        deadline=deadline,
        seed=staging.seed,
        tell=None if tell is None else lambda gain, bound: tell(in_all(gain), in_all(bound)),
    )
    ids = problem.sites.index[gains.columns]
    order = sorted(divmod(column, gains.columns.size) for column in found.plan)
    first: dict[int, int] = {}
    for stage, column in order:
        first.setdefault(column, stage)  # a site built twice is built the first time
    schedule = tuple(
        tuple(ids[column] for column, stage in first.items() if stage == wanted)
        for wanted in range(stages)
    )
    return schedule if staging.holds(schedule) else None, in_all(found.bound)


def stacked(gains: Gains, stages: int) -> "sparse.csc_array":
    """Repeat gains for every stage: a site of a stage gives to the doors of that and later ones.

    Examples
    --------
    >>> gains = Gains(sparse.csc_array([[5.0]]), np.array([0]), 0.0, np.array([]))
    >>> stacked(gains, 2).toarray().tolist()
    [[5.0, 0.0], [5.0, 5.0]]
    """
    since = sparse.csc_array(np.tri(stages))
    return sparse.kron(since, gains.matrix, format="csc")


def _staged_rows(problem: SitingProblem, staging: Staging, columns: Ints) -> SideRows:
    """State the limits of each stage, then the rules over all stages together."""
    stages, sites = len(staging.limits), columns.size
    rules = side_rows(problem, staging.rules)
    cost = problem.sites["cost"].to_numpy(float)[columns]
    rows: list[tuple[str, int, Floats, float]] = []
    for stage, (posts, money) in enumerate(staging.limits):
        if math.isfinite(posts):
            rows.append(("new_posts", stage, np.ones(sites), posts))
        if math.isfinite(money):
            rows.append(("budget", stage, cost, with_slack(money)))
    of_stage = np.eye(stages)
    by_stage = [
        sparse.csr_array(np.kron(of_stage[stage], row).reshape(1, -1)) for _, stage, row, _ in rows
    ]
    over_all = sparse.kron(np.ones((1, stages)), rules.matrix, format="csr")
    return SideRows(
        columns=np.tile(columns, stages),
        matrix=sparse.vstack([*by_stage, sparse.csr_array(over_all)], format="csr"),
        lower=np.r_[np.full(len(rows), -np.inf), rules.lower],
        upper=np.r_[[limit for *_, limit in rows], rules.upper],
        must_open=np.r_[rules.must_open, np.zeros((stages - 1) * sites, dtype=bool)],
        names=(*(name for name, *_ in rows), *rules.names),
    )
