"""Which rules cannot hold together, and what would do.

What is asked is put in rows with names: the rules, and the coverage a model asks for. Rows are
dropped name by name for as long as the rest cannot hold, which leaves a smallest clash: without
any one of its rules the others can hold together (a deletion filter [1]_). Then each limit of the
clash is loosened just so far that all can hold.

References
----------
.. [1] Chinneck, J. W. and Dravnieks, E. W. (1991). Locating minimal infeasible constraint sets in
   linear programs. ORSA Journal on Computing 3, 157-168.
"""

import math
from collections.abc import Callable, Collection
from dataclasses import dataclass
from numbers import Real

import numpy as np
import shapely

from .asked import ALWAYS, Asked, NamedRows, named_rows
from .clock import now_s
from .greedy_cover import greedy_values
from .problem import Floats, Ints, SitingProblem
from .program import Program, solve


@dataclass(frozen=True)
class Clash:
    """Rules that cannot hold together, while without any one of them the others can.

    Attributes
    ----------
    rules
        Their names: "required", "share", "share_of_each", "group" or a limit of `SitingRules`.
    would_do
        For each limit among them: the nearest value with which all that is asked can hold.
    would_need
        For each limit that has no such value, as something else clashes too: the nearest with
        which this clash is gone.
    perhaps_nearer
        Names of limits for which a value nearer to the one asked may do too: time ran out.
    """

    rules: tuple[str, ...]
    would_do: dict[str, float]
    would_need: dict[str, float]
    perhaps_nearer: frozenset[str] = frozenset()


def clashes(asked: Asked, *, time_limit_s: float = 10.0) -> list[Clash]:
    """Find the smallest sets of rules that cannot hold together; none if a plan exists.

    When the time runs out, what could not be shown is left out: a clash may then name a rule too
    many, or a limit too loose, but what it names cannot hold.

    Examples
    --------
    Two sites must be built, but only one new post is allowed.

    >>> import pandas as pd
    >>> from scipy import sparse
    >>> from walkshed.siting import SitingRules, problem_of_coverage
    >>> people = pd.Series([5.0, 9.0], index=["a", "b"])
    >>> sees = sparse.csc_array([[True, False], [False, True]])
    >>> town = problem_of_coverage(sees, people, pd.Index(["A", "B"]), covered=np.zeros(2, bool))
    >>> town.sites.loc[["A", "B"], "status"] = "required"
    >>> clashes(Asked(town, SitingRules(new_posts=1)))
    [Clash(rules=('required', 'new_posts'), would_do={'new_posts': 2.0}, would_need={}, \
perhaps_nearer=frozenset())]
    """
    deadline = now_s() + time_limit_s
    rows = named_rows(asked)
    summed = rows.summed()

    def cannot_hold(names: tuple[str, ...]) -> bool:
        return any(_can_hold(some.only(names), deadline) is False for some in (summed, rows))

    left, found = rows.rules, list[Clash]()
    while cannot_hold(left):
        smallest = _smallest(left, cannot_hold)
        found.append(_with_ways_out(asked, rows, smallest, deadline))
        left = tuple(name for name in left if name != smallest[-1])
    return found


def limit_of(asked: Asked, name: str) -> float | None:
    """Give the limit that a rule sets; None where it sets none, as "required" and "group"."""
    limit = getattr(asked, name, getattr(asked.rules, name, None))
    return float(limit) if isinstance(limit, Real) else None


def _can_hold(program: Program, deadline: float) -> bool | None:
    """Tell whether all rows can hold together; None if that is not known in time."""
    found = solve(program, deadline=deadline)
    if found.status == "infeasible":
        return False
    return None if found.values is None else True


def _smallest(
    names: tuple[str, ...], cannot_hold: Callable[[tuple[str, ...]], bool]
) -> tuple[str, ...]:
    """Drop rules one by one for as long as the others cannot hold."""
    kept = names
    for name in names:
        others = tuple(other for other in kept if other != name)
        if cannot_hold(others):
            kept = others
    return kept


def _with_ways_out(asked: Asked, rows: NamedRows, clash: tuple[str, ...], deadline: float) -> Clash:
    """Add to a clash the value of each limit that would do."""
    would_do, would_need = dict[str, float](), dict[str, float]()
    unproven = set[str]()
    for name in clash:
        for values, names in ((would_do, rows.rules), (would_need, clash)):
            others = [other for other in names if other != name]
            found = _nearest_value(asked, rows, others, name, deadline)
            if found is not None:
                values[name], is_proven = found
                unproven |= set() if is_proven else {name}
                break
    return Clash(clash, would_do, would_need, frozenset(unproven))


def _nearest_value(
    asked: Asked, rows: NamedRows, others: Collection[str], name: str, deadline: float
) -> tuple[float, bool] | None:
    """Value of a limit, near the one asked, with which all can hold, and whether none is nearer."""
    if name == "least_distance_m":
        metres = _largest_distance_m(asked.problem, rows, others, deadline)
        return None if metres is None else (metres, now_s() < deadline)
    limit = limit_of(asked, name)
    if limit is None:
        return None
    program, start = rows.loosened(others, name), greedy_values(rows, others, name)
    found = solve(program, start=start if program.holds(start) else None, deadline=deadline)
    if found.values is None:
        return None
    return _eased(name, limit, float(found.values[-1])), found.status == "optimal"


def _eased(name: str, limit: float, by: float) -> float:
    """Ease a limit, and a little more so that it can be written in few digits."""
    if name in ("new_posts", "closed_posts"):
        return float(round(limit + by))
    if name == "budget":
        return math.ceil((limit + by) * 100 - 2e-7) / 100
    return max(0.0, math.floor((limit - by) * 1000 + 2e-6) / 1000)


def _largest_distance_m(
    problem: SitingProblem, rows: NamedRows, others: Collection[str], deadline: float
) -> float | None:
    """Search the distances between sites that are too near for the largest that can hold."""
    pairs = rows.rows_of({"least_distance_m"})
    apart = _apart_m(problem, rows, pairs)

    def can_hold(metres: float) -> bool:
        kept = np.setdiff1d(rows.rows_of({*others, ALWAYS}), pairs)
        program = rows.at(np.r_[kept, pairs[apart < metres]], is_required="required" in others)
        return _can_hold(program, deadline) is True

    steps = np.unique(apart)
    if not can_hold(float(steps[0])):
        return None
    low, high = 0, steps.size
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if can_hold(float(steps[middle])) else (low, middle)
    return math.floor(float(steps[low]) * 100) / 100


def _apart_m(problem: SitingProblem, rows: NamedRows, pairs: Ints) -> Floats:
    """Metres between the two sites of each row that keeps them apart."""
    places = problem.sites.geometry.to_numpy()[rows.sites]
    one, other = rows.program.rows[pairs].indices.reshape(-1, 2).T
    apart: Floats = shapely.distance(places[one], places[other])
    return apart
