"""The fewest, or cheapest, sites that reach everyone, or residents worth a certain need.

The set covering problem and its partial kind, solved in steps that each keep a valid plan and a
valid bound: reduction (rows and sites that cannot matter go), a greedy plan, a search that
exchanges sites, a bound by prices that shuts sites out, and HiGHS on what is left.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import sparse

from ..errors import SolverError
from .clock import now_s
from .cover import Cover, presolve
from .covering_bound import CoverBound, cover_bound
from .covering_task import CoveringTask, as_program, reduced, restricted, take
from .problem import Bools, Floats, Ints, Sparse
from .program import SolverStatus, Tell, solve

ROUNDING = 1e-9  # relative; needs and costs are kept to this
WHOLE = 1e-6  # a bound this little above a whole number is that number
ROUNDS_FEWEST, ROUNDS_MOST = 100, 1500  # of the bound; more where more is stored, within reason
STORED_PER_ROUND, STORED_IN_ALL = 30, 1_000_000_000
FINENESS = 100.0  # what the dearest site costs as we count, where costs are not whole numbers
STUCK = 0.9  # of the sites still open: too many to look again before HiGHS gets them
EFFORT, EFFORT_UNCOMPILED = 20_000, 200  # steps of the search for each thing stored
MOST_WORK, WORK_AT_ONCE = 20_000_000_000, 20_000_000  # steps
BOUND_TIME, SEARCH_TIME = 0.25, 0.7  # of the time left, at most


@dataclass(frozen=True)
class LeastSites:
    """The best plan known and what no plan can be cheaper than.

    Attributes
    ----------
    plan
        Columns of the matrix, ascending; None where no plan is known.
    objective
        What the plan costs: the number of its sites, where no costs were given.
    bound
        No plan costs less; infinite where there is none.
    status
        `optimal`, `infeasible`, or why it ended early: `time_limit`, `interrupted`.
    unreachable
        Rows with residents that no site reaches.
    """

    plan: tuple[int, ...] | None
    objective: float
    bound: float
    status: SolverStatus
    unreachable: tuple[int, ...]


@dataclass(frozen=True)
class Known:
    """A plan as sites of the task it began with, its cost, and what no plan costs less than.

    Costs are counted so that two millionths are nothing: they are whole, or the dearest is 100.
    """

    plan: tuple[int, ...] | None = None
    upper: float = math.inf
    lower: float = 0.0

    def is_closed(self, enough: float | None = None) -> bool:
        """Tell whether the plan is the best, or good enough, or none can be."""
        if self.lower >= self.upper * (1 - ROUNDING) - 2 * WHOLE:
            return True
        return enough is not None and (self.upper <= enough or self.lower > enough * (1 + ROUNDING))


def least_sites(
    coverage: Sparse,
    residents: Floats,
    *,
    need: float,
    cost: Floats | None = None,
    conflicts: Ints | None = None,
    deadline: float,
    seed: int = 0,
    tell: Tell | None = None,
) -> LeastSites:
    """Find the fewest (or cheapest) sites that reach residents worth at least `need`.

    Parameters
    ----------
    coverage
        Sparse, rows by sites; anything stored and not 0 means within the cutoff.
    residents
        Residents of each row, 0 or more; rows without residents need not be reached.
    need
        How many residents must be reached, to one part in a billion. All of them: their sum.
    cost
        What each site costs, above 0; 1 where not given.
    conflicts
        Pairs of columns that exclude each other, one pair a row.
    deadline
        A time of `time.perf_counter`, or infinity; the answer may come half a second later.
    seed
        Seed of the search and of HiGHS. Row order changes nothing, unless the time runs out.
    tell
        Called with the objective and the bound as they close in. KeyboardInterrupt, there or
        anywhere else, ends the search with what is known.

    Examples
    --------
    The second site reaches all but the last door, which only the third reaches.

    >>> from scipy import sparse
    >>> sees = sparse.csc_matrix([[1, 1, 0], [0, 1, 0], [0, 0, 1]])
    >>> people = np.array([20.0, 30.0, 1.0])
    >>> least_sites(sees, people, need=51.0, deadline=np.inf)
    LeastSites(plan=(1, 2), objective=2.0, bound=2.0, status='optimal', unreachable=())
    >>> least_sites(sees, people, need=50.0, deadline=np.inf).plan
    (1,)
    >>> least_sites(sees[:, :2], people, need=51.0, deadline=np.inf)
    LeastSites(plan=None, objective=inf, bound=inf, status='infeasible', unreachable=(2,))
    """
    price = np.ones(coverage.shape[1]) if cost is None else cost
    unit = _unit(price)
    columns = sparse.csc_matrix(coverage)
    task = covering_task(columns, residents, need, price / unit, conflicts)
    known: Known = Known()
    status: SolverStatus = "time_limit"
    heard = tell and (lambda upper, lower: tell(upper * unit, lower * unit))
    try:
        for known in closing_in(task, deadline=deadline, seed=seed, tell=heard):
            if heard:
                heard(known.upper, known.lower)
    except KeyboardInterrupt:
        status = "interrupted"
    if known.is_closed():
        status = "infeasible" if known.plan is None else "optimal"
    plan = None if known.plan is None else tuple(sorted(known.plan))
    if plan is not None and reached(columns, residents, plan) < need - tolerance(residents):
        raise SolverError("a plan that reaches too few residents was found; please report it")
    objective = math.inf if plan is None else math.fsum(price[list(plan)])
    bound = objective if status == "optimal" else min(known.lower * unit, objective)
    return LeastSites(plan, objective, bound, status, unreachable_rows(columns, residents))


def covering_task(
    columns: Sparse, residents: Floats, need: float, cost: Floats, conflicts: Ints | None
) -> CoveringTask:
    """State a task, hopeless where all sites together reach too few."""
    cover = presolve(columns, residents)
    spare = math.fsum(cover.residents) - need + tolerance(residents)
    rivals = np.empty((0, 2), dtype=np.int64) if conflicts is None else np.asarray(conflicts)
    return CoveringTask(cover, cost[cover.sites], spare, rivals)


def reached(columns: Sparse, residents: Floats, plan: Sequence[int]) -> float:
    """Sum the residents of the rows that a plan reaches, from the raw matrix."""
    is_reached = np.zeros(residents.size, dtype=bool)
    for site in plan:
        is_reached[columns.indices[columns.indptr[site] : columns.indptr[site + 1]]] = True
    return math.fsum(residents[is_reached])


def unreachable_rows(columns: Sparse, residents: Floats) -> tuple[int, ...]:
    """List the rows with residents that no site reaches."""
    is_reached = np.zeros(residents.size, dtype=bool)
    is_reached[columns.indices] = True
    return tuple(np.flatnonzero(~is_reached & (residents > 0)).tolist())


def closing_in(
    task: CoveringTask,
    *,
    enough: float | None = None,
    deadline: float,
    seed: int,
    tell: Tell | None = None,
) -> Iterator[Known]:
    """Hand on ever better plans and bounds until they meet, the time is up, or one is good enough.

    Good enough is a plan that costs no more than `enough`, or a bound above it. `tell` hears of
    the last step, which can be long.
    """
    task = rest = reduced(task)
    if task.is_hopeless or task.is_done:
        yield _of_what_was_taken(task)
        return
    has_rivals = task.rivals.size > 0
    known = Known() if has_rivals else _by_greedy(task)
    yield known
    bound = _bound(task, known, enough, _part(BOUND_TIME, deadline))
    known = _raised(known, task, bound.lower + task.paid, enough)
    yield known
    if not has_rivals:
        until = _part(SEARCH_TIME, deadline)
        search = _by_search(task, known, bound.price, enough, deadline=until, seed=seed)
        for known in search:
            yield known
    is_stuck = has_rivals
    while not known.is_closed(enough) and now_s() < deadline:
        if is_stuck:
            yield from _by_program(rest, known, enough, deadline=deadline, seed=seed, tell=tell)
            return
        smaller = reduced(_with_what_better_plans_need(rest, known, bound, enough))
        if smaller.is_hopeless or smaller.is_done:
            known = _better(_of_what_was_taken(smaller), known)
            yield _raised(known, task, math.inf, enough)
            return
        is_stuck = smaller.cost.size > STUCK * rest.cost.size
        rest = smaller
        bound = _bound(rest, known, enough, deadline)
        known = _raised(known, rest, bound.lower + rest.paid, enough)
        yield known


def _part(share: float, deadline: float) -> float:
    """Give a step its share of the time left."""
    now = now_s()
    return now + share * (deadline - now)


def _of_what_was_taken(task: CoveringTask) -> Known:
    if task.is_hopeless:
        return Known(None, math.inf, math.inf)
    return Known(task.taken, task.paid, task.paid)


def _better(one: Known, other: Known) -> Known:
    return one if one.upper < other.upper else other


def _with(task: CoveringTask, chosen: Bools) -> Known:
    plan = (*task.taken, *task.cover.sites[chosen].tolist())
    return Known(plan, task.paid + float(task.cost[chosen].sum()))


def _by_greedy(task: CoveringTask) -> Known:
    from . import _cover_kernels

    return _with(task, _cover_kernels.greedy_cover(*task.sets, task.cost, *_weights(task)))


def _weights(task: CoveringTask) -> tuple[Floats, float]:
    """Weigh each row, and say how much may stay uncovered; where none may, all weigh the same."""
    if task.is_full:
        return np.ones(task.cover.residents.size), 0.0
    return task.cover.residents, task.spare


def _dearest(task: CoveringTask, known: Known, enough: float | None) -> float:
    """Say what a plan may cost at most to be better, and good enough."""
    better = known.upper - 1 if task.is_whole else known.upper * (1 - ROUNDING)
    return better if enough is None else min(better, enough)


def _raised(known: Known, task: CoveringTask, lower: float, enough: float | None) -> Known:
    """Raise the bound of all plans by that of the plans that are better, and good enough."""
    dearest = _dearest(task, known, enough)
    if task.is_whole:
        rounded = math.ceil(lower * (1 - ROUNDING) - WHOLE) if math.isfinite(lower) else lower
        lower = min(rounded, dearest + 1)
    else:
        lower = min(lower * (1 - ROUNDING), dearest * (1 + 2 * ROUNDING))
    return replace(known, lower=max(known.lower, min(known.upper, lower)))


def _bound(task: CoveringTask, known: Known, enough: float | None, deadline: float) -> CoverBound:
    stored = max(task.cover.matrix.nnz, 1)
    most = min(ROUNDS_MOST, STORED_IN_ALL // stored)
    return cover_bound(
        *(task.cover.matrix, task.cost, task.cover.residents, task.spare),
        enough=_dearest(task, known, enough) - task.paid + 2 * WHOLE,
        rounds=max(ROUNDS_FEWEST, min(most, stored // STORED_PER_ROUND)),
        deadline=deadline,
    )


def _by_search(
    task: CoveringTask,
    known: Known,
    price: Floats,
    enough: float | None,
    *,
    deadline: float,
    seed: int,
) -> Iterator[Known]:
    """Exchange sites, for a while that depends on the size of the task."""
    from ..network import _numba
    from . import _cover_kernels

    plan = np.isin(task.cover.sites, known.plan or ())
    if not task.is_full:
        by_price = _covering_the_cheap(task, price)
        plan = min(plan, by_price, key=lambda chosen: float(task.cost[chosen].sum()))
    weight, spare = _weights(task)
    state = _cover_kernels.search_state(*task.sets, weight, plan, seed)
    effort = EFFORT if _numba.HAS_NUMBA else EFFORT_UNCOMPILED
    work = min(effort * task.cover.matrix.nnz, MOST_WORK)
    aim = max(known.lower, -math.inf if enough is None else enough) - task.paid
    while work > 0 and not known.is_closed(enough) and now_s() < deadline:
        now = min(work, WORK_AT_ONCE)
        if task.is_full:
            _cover_kernels.cheaper_cover(*task.sets, task.cost, plan, aim, now, state)
        else:
            _cover_kernels.cheaper_share(
                *task.sets, task.cost, weight, spare, plan, aim, now, state
            )
        work -= now
        known = _better(replace(_with(task, plan), lower=known.lower), known)
        yield known


def _covering_the_cheap(task: CoveringTask, price: Floats) -> Bools:
    """Choose sites for all rows but those with the highest prices."""
    from . import _cover_kernels

    residents = task.cover.residents
    by_price = np.argsort(-price / residents, kind="stable")
    may_stay = np.cumsum(residents[by_price]) <= task.spare
    matrix = task.cover.matrix[np.sort(by_price[~may_stay])]
    cheap = replace(task, cover=Cover(matrix, np.ones(matrix.shape[0]), task.cover.sites))
    weight = np.ones(matrix.shape[0])
    plan: Bools = _cover_kernels.greedy_cover(*cheap.sets, task.cost, weight, 0.0)
    state = _cover_kernels.search_state(*cheap.sets, weight, plan, 0)
    work = min(EFFORT_UNCOMPILED * matrix.nnz, WORK_AT_ONCE)
    _cover_kernels.cheaper_cover(*cheap.sets, task.cost, plan, -math.inf, work, state)
    return plan


def _with_what_better_plans_need(
    task: CoveringTask, known: Known, bound: CoverBound, enough: float | None
) -> CoveringTask:
    """Drop sites that no better plan can hold, and take those that every better plan must hold."""
    dearest = _dearest(task, known, enough) - task.paid + WHOLE
    keep = np.flatnonzero(bound.with_site <= dearest)
    must = (bound.without_site > dearest) & ~np.isin(task.cover.sites, task.rivals)
    if must.any() and not np.isin(np.flatnonzero(must), keep).all():
        return replace(task, spare=-1.0)
    smaller = restricted(task, keep)
    if must.any() and not smaller.is_hopeless:
        return take(smaller, np.searchsorted(keep, np.flatnonzero(must)).tolist())
    return smaller


def _by_program(
    task: CoveringTask,
    known: Known,
    enough: float | None,
    *,
    deadline: float,
    seed: int,
    tell: Tell | None,
) -> Iterator[Known]:
    """Ask HiGHS for a better plan."""
    dearest = _dearest(task, known, enough)

    def told(objective: float, bound: float) -> None:
        if tell:
            now = _raised(known, task, bound + task.paid, enough)
            tell(min(known.upper, objective + task.paid), now.lower)

    answer = solve(as_program(task, dearest - task.paid), deadline=deadline, seed=seed, tell=told)
    known = _raised(known, task, answer.bound + task.paid, enough)
    if answer.values is not None:
        found = _with(task, answer.values[: task.cost.size] > 0.5)
        known = _better(replace(found, lower=min(found.upper, known.lower)), known)
    yield known
    if answer.status == "interrupted":
        raise KeyboardInterrupt


def tolerance(residents: Floats) -> float:
    """Say by how many residents a need may be missed: one in a billion."""
    return ROUNDING * math.fsum(residents)


def _unit(cost: Floats) -> float:
    """Find what to count costs in: all are whole, or the dearest is 100."""
    if (cost == np.round(cost)).all() and (cost < 2**53).all():
        return float(np.gcd.reduce(cost.astype(np.int64)))
    return float(cost.max()) / FINENESS
