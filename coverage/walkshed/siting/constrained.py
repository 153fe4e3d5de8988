"""The choice of most worth under rules that are rows over the sites: budget, groups, closing.

A good plan and a bound are known early and close in on each other, until they meet or the time is
up: greedy and repair, a Lagrangian bound that takes sites out, then branch and bound on how many
of some neighbouring sites are open, each part with its own bound, and HiGHS on what is small.
"""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from ..errors import InfeasibleError, SolverError
from .branching import branches
from .clock import first_by, now_s
from .lagrangian import Bound, descent, first_prices
from .plain import most_worth, plain_program
from .problem import Bools, Floats, Ints, Sparse
from .program import Program, Tell, solve
from .reduced import Reduced, Rows, best_of, never_harms, never_missed, restrict, settle, whole
from .repair import costs_of, filled, may_open, mended, shaken, swapped, worth_of
from .rules import SideRows

ROUNDS = 40  # of taking out two sites at random
SMALL = 30_000  # entries of the plain program up to which HiGHS is quicker than branching
SHRUNK = 0.7  # a part with so few of its sites left is looked at again before it is parted
WHOLE = (200, 1.0, 2e-3)  # steps, first and shortest of the descent for the whole question
PART = (150, 0.5, 2e-2)  # the same for its parts
PROOF = 1e-7  # relative; a plan that gains no more than this over the best known is not looked for


@dataclass(frozen=True)
class BestUnderRows:
    """Columns of the gains that are open, and what no choice can gain more than."""

    plan: tuple[int, ...]
    bound: float
    interrupted: bool


@dataclass(frozen=True)
class Known:
    """The best plan so far, what it gains, and what no plan can gain more than."""

    plan: tuple[int, ...]
    value: float
    bound: float

    def with_plan(self, question: Reduced, plan: Ints | None) -> "Known":
        """Take a plan over if it is better."""
        value = -np.inf if plan is None else worth_of(question, plan)
        if plan is None or value <= self.value:
            return self
        return Known(question.whole_plan(plan), value, max(self.bound, value))

    @property
    def target(self) -> float:
        """What a better plan must pass."""
        return self.value * (1 + PROOF)

    @property
    def is_proven(self) -> bool:
        """Whether no plan can be better."""
        return self.bound <= self.target


def best_under_rows(
    gains: Sparse,
    rows: SideRows,
    *,
    deadline: float,
    seed: int,
    tell: Tell | None,
) -> BestUnderRows:
    """Choose the columns of most worth that keep to the rows.

    The answer does not depend on the order of the doors, and unless time runs out it is proven.

    Raises
    ------
    InfeasibleError
        If nothing keeps to the rows.
    SolverError
        If no plan at all was found in the time.
    """
    known, interrupted = None, False
    try:
        for known in _search(gains, rows, deadline, seed):
            if tell is not None:
                tell(known.value, known.bound)
            if now_s() >= deadline:
                break
    except KeyboardInterrupt:
        interrupted = True
    if known is None:
        raise KeyboardInterrupt
    return BestUnderRows(known.plan, known.bound, interrupted)


def _search(gains: Sparse, rows: SideRows, deadline: float, seed: int) -> Iterator[Known]:
    """Yield what is known, better and better; each step between takes little time."""
    limits = Rows(rows.matrix, rows.lower, rows.upper)
    nothing = np.zeros(rows.columns.size, dtype=bool)
    settled = settle(limits, nothing, rows.must_open)
    if settled is None:
        raise InfeasibleError(_clash(rows))
    first = _first_plan(rows, limits, *settled, deadline)
    known = Known(tuple(first.tolist()), float(best_of(gains, first).sum()), most_worth(gains))
    yield known
    closed, opened = settled
    idle = np.asarray(gains.sum(axis=0)).ravel() == 0
    settled = settle(
        limits,
        closed | idle & never_missed(limits) & ~opened,
        opened | never_harms(limits) & ~closed & ~idle,
    )
    if settled is None:
        raise InfeasibleError(_clash(rows))
    question = whole(gains, limits, *settled)
    if not question.columns.size:
        yield replace(known.with_plan(question, question.columns), bound=question.worth)
        return
    for plan in _heuristic(question, first):
        known = known.with_plan(question, plan)
        yield known
    yield from _proved(question, known, deadline, seed)


def _clash(rows: SideRows) -> str:
    return f"no plan keeps to the rules ({', '.join(sorted(set(rows.names)))})"


def _first_plan(
    rows: SideRows, limits: Rows, closed: Bools, opened: Bools, deadline: float
) -> Ints:
    """Find a plan that keeps to the rows, by opening what mends them, or else by HiGHS."""
    is_open = opened | never_harms(limits) & ~closed
    is_open = mended(limits, is_open, closed)
    if limits.hold(is_open):
        return np.flatnonzero(is_open)
    program = Program(
        cost=np.zeros(closed.size),
        rows=limits.matrix,
        row_lower=limits.lower,
        row_upper=limits.upper,
        lower=opened.astype(float),
        upper=(~closed).astype(float),
        is_integer=np.ones(closed.size, dtype=bool),
    )
    found = solve(program, deadline=first_by(deadline))
    if found.status == "interrupted":
        raise KeyboardInterrupt
    if found.status == "infeasible":
        raise InfeasibleError(_clash(rows))
    if found.values is None or not limits.hold(found.values > 0.5):
        raise SolverError(
            "siting: no plan that keeps to the rules was found in the time; "
            "raise `time_limit_s`, or loosen the rules"
        )
    return np.flatnonzero(found.values > 0.5)


def _heuristic(question: Reduced, first: Ints) -> Iterator[Ints]:
    here = np.flatnonzero(np.isin(question.columns, first))
    starts = [filled(question, here, cost) for cost in costs_of(question.rows)]
    nothing = np.zeros(question.columns.size, dtype=bool)
    if question.rows.hold(nothing):
        starts += [filled(question, np.flatnonzero(nothing), costs_of(question.rows)[0])]
    starts = [plan for plan in starts if _holds(question, plan)]
    best = max(starts, key=lambda plan: worth_of(question, plan), default=here)
    yield from swapped(question, best)


def _holds(question: Reduced, plan: Ints) -> bool:
    return question.rows.hold(np.isin(np.arange(question.columns.size), plan))


def _proved(question: Reduced, known: Known, deadline: float, seed: int) -> Iterator[Known]:
    """Branch and bound, the part with the highest bound first."""
    here = np.flatnonzero(np.isin(question.columns, known.plan))
    count, prices = 0, first_prices(question, here)
    parts: list[tuple[float, int, Reduced, Floats]] = [(-known.bound, count, question, prices)]
    while parts:
        known = replace(known, bound=max(known.value, -parts[0][0]))
        if known.is_proven:
            break
        yield known
        upper, number, part, prices = heapq.heappop(parts)
        others = -parts[0][0] if parts else -np.inf
        for found in _one_part(
            Part(part, prices, -upper, is_first=number == 0), known, deadline, seed
        ):
            known = replace(found.known, bound=max(found.known.value, others, found.upper))
            yield known
        for smaller, its_prices in found.parts:
            count += 1
            heapq.heappush(parts, (-found.upper, count, smaller, its_prices))
    yield replace(known, bound=known.target)


@dataclass(frozen=True, eq=False)
class Part:
    """A part of the question: prices to begin with, and what no choice in it can pass."""

    question: Reduced
    prices: Floats
    upper: float
    is_first: bool

    def unknown(self) -> Bound:
        """Say what is known before any step."""
        sites = self.question.columns.size
        unknown = np.full(sites, np.inf)
        return Bound(self.upper, self.prices, unknown, unknown, np.zeros(sites))


@dataclass(frozen=True, eq=False)
class Looked:
    """What a look at a part has brought: a better plan perhaps, a bound, and smaller parts."""

    known: Known
    upper: float
    parts: tuple[tuple[Reduced, Floats], ...] = ()


def _one_part(part: Part, known: Known, deadline: float, seed: int) -> Iterator[Looked]:
    """Bound a part, look for a plan in it, and solve it or part it in two if it may hold better."""
    question, bound = part.question, part.unknown()
    upper = part.upper
    steps, first, shortest = WHOLE if part.is_first else PART
    for bound in descent(
        question, part.prices, known.target, steps=steps, first=first, shortest=shortest
    ):
        upper = min(upper, bound.upper)
        yield Looked(known, upper)
        if upper <= known.target:
            return
    known = known.with_plan(question, _plan_from(question, bound.share))
    yield Looked(known, upper)
    smaller = restrict(
        question, bound.if_open <= known.target, bound.if_closed <= known.target, bound.prices
    )
    if smaller is None:
        yield Looked(known, min(upper, known.target))
        return
    rest, prices = smaller
    if not rest.columns.size:
        yield Looked(known.with_plan(rest, rest.columns), max(known.target, rest.worth))
        return
    if part.is_first:
        here = filled(
            rest, np.flatnonzero(np.isin(rest.columns, known.plan)), np.ones(rest.columns.size)
        )
        for plan in shaken(rest, here, seed, ROUNDS) if _holds(rest, here) else ():
            known = known.with_plan(rest, plan)
            yield Looked(known, upper)
    if rest.by_site.nnz <= SMALL:
        yield from _solved(rest, prices, known, upper, deadline, seed)
        return
    if rest.columns.size < SHRUNK * question.columns.size:
        yield Looked(known, upper, ((rest, prices),))
        return
    share = bound.share[np.isin(question.columns, rest.columns)]
    yield Looked(known, upper, tuple(branches(rest, prices, share)))


def _plan_from(question: Reduced, share: Floats) -> Ints | None:
    """Make a plan of the sites of largest share that the rows allow, and better it."""
    is_open = np.zeros(share.size, dtype=bool)
    while True:
        allowed = np.where(may_open(question.rows, is_open), share, 0.0)
        if allowed.max(initial=0.0) <= 0:
            break
        is_open[int(allowed.argmax())] = True
    plan = filled(question, np.flatnonzero(is_open), np.ones(share.size))
    if not _holds(question, plan):
        return None
    *_, best = swapped(question, plan)
    return best


def _solved(
    question: Reduced, prices: Floats, known: Known, upper: float, deadline: float, seed: int
) -> Iterator[Looked]:
    """Solve the plain program of a small part; what the time does not allow stays a part."""
    rows, sites = question.rows, question.columns.size
    nothing = np.zeros(sites, dtype=bool)
    program, scale = plain_program(question.by_site, rows.matrix, rows.lower, rows.upper, nothing)
    found = solve(program, deadline=deadline, seed=seed)
    if found.values is not None:
        plan = np.flatnonzero(found.values[:sites] > 0.5)
        if _holds(question, plan):
            known = known.with_plan(question, plan)
    if found.status == "infeasible":
        upper = known.target
    upper = min(upper, max(known.target, question.worth - found.bound / scale))
    yield Looked(known, upper, ((question, prices),) if upper > known.target else ())
    if found.status == "interrupted":
        raise KeyboardInterrupt
