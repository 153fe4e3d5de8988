"""One door to HiGHS: a mixed-integer program in, the best answer and a proven bound out.

Whatever happens (the time runs out, HiGHS overruns its own limit, Ctrl-C), what was found so far
comes back with a bound that is true. HiGHS works in a thread of its own, so that it can be left
behind; all else, `tell` too, happens in the thread of the caller.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Any, Literal, TypeAlias

import numpy as np
from scipy import sparse

from ..errors import SolverError
from .clock import now_s
from .problem import Bools, Floats, Sparse

logger = logging.getLogger(__name__)

SolverStatus: TypeAlias = Literal["optimal", "time_limit", "infeasible", "interrupted"]
Tell: TypeAlias = Callable[[float, float], None]

LOOKS_UP_EVERY_S = 0.1  # while HiGHS has no news: to see whether the user wants it to stop
GRACE_S = 0.4  # how long HiGHS may take to stop before it is left behind
FEASIBLE = 1e-6  # by how much a start may break a row or a bound
SCALE = 1e4  # HiGHS is to see choices worth about this: far above its absolute tolerances

OPTIONS: dict[str, bool | float | str] = {
    "output_flag": False,
    "parallel": "off",
    "mip_rel_gap": 0.0,
    "mip_abs_gap": 1e-6,
    "mip_feasibility_tolerance": 1e-9,
}
STATUSES: dict[str, SolverStatus] = {
    "kOptimal": "optimal",
    "kModelEmpty": "optimal",
    "kInfeasible": "infeasible",
    "kTimeLimit": "time_limit",
    "kInterrupt": "time_limit",  # by us, at the deadline or upon Ctrl-C
    "kHighsInterrupt": "time_limit",
}


@dataclass(frozen=True)
class Program:
    """Minimise `cost` x within `row_lower` <= `rows` x <= `row_upper`, `lower` <= x <= `upper`.

    The absolute gap is 1e-6 and a row may be off by 1e-9: scale costs so that the smallest
    difference that matters lies well above the one, and rows so that it does above the other.

    Attributes
    ----------
    cost
        One number per column.
    rows
        Sparse, one row per condition, one column per unknown.
    row_lower, row_upper
        What each row must lie between; infinite where there is no limit.
    lower, upper
        What each unknown must lie between.
    is_integer
        Which unknowns are whole numbers.
    """

    cost: Floats
    rows: Sparse
    row_lower: Floats
    row_upper: Floats
    lower: Floats
    upper: Floats
    is_integer: Bools

    def holds(self, values: Floats) -> bool:
        """Tell whether values keep all conditions, to one part in a million."""
        row = self.rows @ values
        whole = values[self.is_integer]
        slack = [row - self.row_lower, self.row_upper - row]
        slack += [values - self.lower, self.upper - values, -np.abs(whole - np.round(whole))]
        return all((part >= -FEASIBLE).all() for part in slack)


@dataclass(frozen=True)
class Solution:
    """What is known of a `Program`.

    Attributes
    ----------
    values
        The best values known, whole where they must be; None when none are known.
    objective
        Their cost; infinite when there are none.
    bound
        No values that keep all conditions cost less.
    status
        `optimal`, `infeasible`, or why it ended early: `time_limit`, `interrupted`.
    """

    values: Floats | None
    objective: float
    bound: float
    status: SolverStatus


News: TypeAlias = "SimpleQueue[Solution | None]"  # None once HiGHS has ended


def solve(
    program: Program,
    *,
    start: Floats | None = None,
    deadline: float,
    seed: int = 0,
    tell: Tell | None = None,
) -> Solution:
    """Solve a program to proven optimality, or as far as time allows.

    Parameters
    ----------
    start
        Values that keep all conditions, from which to begin.
    deadline
        A time of `time.perf_counter`, or infinity. The answer may come half a second later.
    seed
        Seed of HiGHS; the same program gives the same values unless the time runs out.
    tell
        Called with the best cost and the bound whenever one of them has changed, in the thread of
        the caller. What it raises ends the solve and is handed on; but KeyboardInterrupt, here or
        anywhere during the solve, ends it with what is known and the status `interrupted`.

    Raises
    ------
    ValueError
        If `start` breaks a condition.
    SolverError
        If HiGHS fails, or if the cost can fall without end.

    Examples
    --------
    Two things of size 3 and 2 are worth 5 and 4; four units of room take only one of them.

    >>> knapsack = Program(
    ...     cost=np.array([-5.0, -4.0]), rows=sparse.csr_array([[3.0, 2.0]]),
    ...     row_lower=np.array([-np.inf]), row_upper=np.array([4.0]),
    ...     lower=np.zeros(2), upper=np.ones(2), is_integer=np.ones(2, dtype=bool),
    ... )
    >>> solve(knapsack, deadline=np.inf)
    Solution(values=array([1., 0.]), objective=-5.0, bound=-5.0, status='optimal')
    """
    known = Solution(None, np.inf, -np.inf, "time_limit")
    if start is not None:
        if not program.holds(start):
            raise ValueError("the start of a program breaks one of its conditions")
        known = replace(known, values=start, objective=float(program.cost @ start))
    if now_s() >= deadline:
        return known
    solver, stop = _solver(program, start, deadline, seed), Event()
    news: News = SimpleQueue()
    _listen(solver, news, stop)
    thread = Thread(target=_run, args=(solver, news), daemon=True)
    thread.start()
    is_interrupted = False
    try:
        for fresh in _until(deadline, news):
            known = _better(known, fresh)
            if tell:
                tell(known.objective, known.bound)
    except KeyboardInterrupt:
        is_interrupted = True
    finally:
        stop.set()
    thread.join(GRACE_S)
    if thread.is_alive():
        logger.warning("HiGHS did not stop when told to and was left behind")
    else:
        for fresh in _until(np.inf, news):
            known = _better(known, fresh)
        known = _ending(solver, program, known)
    known = _with_whole_numbers(program, known)
    return replace(known, status="interrupted") if is_interrupted else known


def _solver(program: Program, start: Floats | None, deadline: float, seed: int) -> Any:
    import highspy

    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    seconds = max(deadline - now_s(), 0.0)
    for option, setting in {**OPTIONS, "time_limit": seconds, "random_seed": seed}.items():
        solver.setOptionValue(option, setting)
    rows = sparse.csr_array(program.rows)
    solver.passModel(
        *(rows.shape[1], rows.shape[0], rows.nnz),
        *(int(highspy.MatrixFormat.kRowwise), int(highspy.ObjSense.kMinimize), 0.0),
        *(program.cost, program.lower, program.upper, program.row_lower, program.row_upper),
        *(rows.indptr, rows.indices, rows.data.astype(float)),
        program.is_integer.astype(np.int32),
    )
    if start is not None:
        first = highspy.HighsSolution()
        first.col_value = start.tolist()
        solver.setSolution(first)
    return solver


def _listen(solver: Any, news: News, stop: Event) -> None:
    """Have HiGHS report better values and bounds, and stop when told to."""
    bound = -np.inf

    def report(event: Any) -> None:
        nonlocal bound
        if event.data_out.mip_dual_bound > bound:
            bound = event.data_out.mip_dual_bound
            news.put(Solution(None, np.inf, bound, "time_limit"))

    def keep(event: Any) -> None:
        values, cost = event.data_out.mip_solution, event.data_out.objective_function_value
        news.put(Solution(np.array(values, dtype=float), cost, -np.inf, "time_limit"))

    def obey(event: Any) -> None:
        if stop.is_set():
            event.interrupt()

    solver.cbMipInterrupt.subscribe(report)
    solver.cbMipImprovingSolution.subscribe(keep)
    for chance in (solver.cbMipInterrupt, solver.cbSimplexInterrupt, solver.cbIpmInterrupt):
        chance.subscribe(obey)


def _run(solver: Any, news: News) -> None:
    try:
        solver.run()
        solver.resetGlobalScheduler(False)  # else Windows may wait for ever, as highspy notes
    finally:
        news.put(None)


def _until(deadline: float, news: News) -> Iterator[Solution]:
    """Hand on the news until HiGHS ends, which stays the last of them, or the time is up."""
    while (left := deadline - now_s()) > 0:
        try:
            fresh = news.get(timeout=min(left, LOOKS_UP_EVERY_S))
        except Empty:
            continue
        if fresh is None:
            news.put(None)
            return
        yield fresh


def _better(known: Solution, fresh: Solution) -> Solution:
    bound = max(known.bound, fresh.bound)
    return replace(fresh if fresh.objective < known.objective else known, bound=bound)


def _ending(solver: Any, program: Program, known: Solution) -> Solution:
    """Add to what is known what HiGHS ended with."""
    ended = solver.getModelStatus()
    status = STATUSES.get(ended.name)
    if ended.name == "kModelEmpty" and not program.holds(np.zeros(program.cost.size)):
        status = "infeasible"  # HiGHS looks at no row of a model without columns
    if status is None or (status == "infeasible" and known.values is not None):
        raise SolverError(
            f"HiGHS ended with '{solver.modelStatusToString(ended)}' on {program.rows.shape[0]} "
            f"rows and {program.cost.size} columns; this is a fault of ours or of HiGHS, please "
            "report it"
        )
    if status == "infeasible":
        return Solution(None, np.inf, np.inf, status)
    if status == "optimal":
        values = np.array(solver.getSolution().col_value)
        known = replace(known, values=values, objective=float(program.cost @ values))
    if program.is_integer.any():
        known = replace(known, bound=max(known.bound, solver.getInfo().mip_dual_bound))
    elif status == "optimal":
        known = replace(known, bound=known.objective)
    return replace(known, status=status)


def _with_whole_numbers(program: Program, known: Solution) -> Solution:
    if known.values is None:
        return known
    values = np.where(program.is_integer, np.round(known.values) + 0.0, known.values)
    objective = float(program.cost @ values)
    return replace(known, values=values, objective=objective, bound=min(known.bound, objective))
