"""The last step of every model that is stated as a program: scaled, begun from a start, proven."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from ..errors import InfeasibleError, SolverError
from .clock import first_by
from .finish import Search
from .prices import PriceBound
from .problem import Bools, Floats
from .program import SCALE, Program, Tell, solve
from .rules import SideRows

SAME = 1e-9  # relative to the worth, or to the largest cost; less is rounding


@dataclass(frozen=True, eq=False)
class Proven:
    """The best values known of a program whose first unknowns are the columns of the rules.

    Attributes
    ----------
    values
        One number for each unknown.
    worth, bound
        What they are worth, and what no values are worth more than.
    interrupted
        Whether the user stopped the search.
    too_large
        Whether the exact step was left out, as its program would be too large.
    """

    values: Floats
    worth: float
    bound: float
    interrupted: bool
    too_large: bool = False

    def open_columns(self, side: SideRows) -> Bools:
        """Tell which columns of the rules are open."""
        return self.values[: side.columns.size] > 0.5


def proven(
    model: str,
    program: Program,
    side: SideRows,
    search: Search,
    *,
    start: Floats | None,
    prices: PriceBound,
    as_measured: Callable[[float], float] = float,
) -> Proven:
    """Solve a program whose cost is worth below 0, within a bound that is known already.

    Parameters
    ----------
    start
        Values that keep to all rows; None where none are known.
    prices
        A bound on the worth, and which columns a choice better than the start must have or
        cannot have.
    as_measured
        Tells worth in the measure of the model, for those who watch.

    Raises
    ------
    InfeasibleError
        If nothing keeps to the rows.
    SolverError
        If time ran out before anything that keeps to the rows was found.
    """
    tell = search.telling(as_measured)
    known = -np.inf if start is None else float(-program.cost @ start)
    if start is not None:
        stopped = prices.interrupted or is_stopped(tell, known, prices.bound)
        rounding = SAME * max(abs(known), float(np.abs(program.cost).max(initial=0.0)))
        if prices.bound - known <= rounding:
            return Proven(start, known, known, interrupted=False)
        if stopped:
            return Proven(start, known, prices.bound, interrupted=True)
    scale = _scale(program, known, prices.bound)
    narrow = _narrowed(replace(program, cost=scale * program.cost), prices)
    found = solve(
        narrow,
        start=start if start is not None and narrow.holds(start) else None,
        deadline=first_by(search.deadline) if start is None else search.deadline,
        seed=search.seed,
        tell=None
        if tell is None
        else lambda cost, bound: tell(
            max(known, -cost / scale), min(prices.bound, max(known, -bound / scale))
        ),
    )
    if found.status == "infeasible" and start is None:
        raise InfeasibleError(
            f"{model}: no plan keeps to the rules ({', '.join(sorted(set(side.names)))})"
        )
    interrupted = found.status == "interrupted"
    values, worth = start, known
    if found.values is not None and -found.objective / scale > known:
        values, worth = found.values, -found.objective / scale
    if values is None:
        raise SolverError(
            f"{model}: no plan was found in {search.time_limit_s:g} s; give it more time"
        )
    bound = min(prices.bound, max(worth, -found.bound / scale))
    return Proven(values, worth, max(worth, bound), interrupted)


def is_stopped(tell: Tell | None, known: float, bound: float) -> bool:
    """Tell how far the search is, and whether the user stops it at that."""
    try:
        if tell is not None:
            tell(known, bound)
    except KeyboardInterrupt:
        return True
    return False


def _scale(program: Program, known: float, bound: float) -> float:
    """Make the largest sum that can matter worth `SCALE`."""
    costs = np.abs(program.cost)
    least = -known if np.isfinite(known) else 0.0 if bound > 0 else float(costs.sum())
    size = max(bound, least)
    size = max(size, 1e-6 * float(costs.max(initial=0.0)))
    return SCALE / size if size > 0 else 1.0


def _narrowed(program: Program, prices: PriceBound) -> Program:
    """Leave out what cannot be in a better choice, and hold what must be."""
    columns = prices.out.size
    lower, upper = program.lower.copy(), program.upper.copy()
    upper[:columns] = np.where(prices.out, 0.0, upper[:columns])
    lower[:columns] = np.where(prices.inside, 1.0, lower[:columns])
    return replace(program, lower=lower, upper=upper)
