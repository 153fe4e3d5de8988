"""Models that weigh walks: maximal covering, gradual coverage, p-median.

Side by side: the same call, the same result; they differ in what a walk is worth.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from ..errors import InputError, one_message
from .choice import Choice, best_choice
from .finish import Search, finished_plan
from .plan import Measure, SitingPlan
from .problem import SitingProblem
from .program import Tell
from .rules import SitingRules
from .worth import Gains, Worth, covered, fading, gains_of, nearness, total_worth

Model: TypeAlias = Callable[..., SitingPlan]
"""A location model: `model(problem, rules, *, time_limit_s, seed, tell, ...its own)`."""


@dataclass(frozen=True, eq=False)
class Weighing:
    """What a model that weighs walks asks for.

    Attributes
    ----------
    model, measure
        Names, as in the plan.
    worth
        What a walk is worth.
    as_measured
        Turns the worth to all residents into the measure of the plan, along a straight line.
    """

    model: str
    measure: Measure
    worth: Worth
    as_measured: Callable[[float], float]


def weighing_of(model: Model, problem: SitingProblem, **own: Any) -> Weighing | None:
    """Tell what a model weighs, given its own options; None for a model of another kind."""
    make = WEIGHINGS.get(model)
    return None if make is None else make(problem, **own)


def mclp(
    problem: SitingProblem,
    rules: SitingRules,
    *,
    time_limit_s: float = 60.0,
    seed: int = 0,
    tell: Tell | None = None,
) -> SitingPlan:
    r"""Choose new posts so that the most residents are within the cutoff of a post.

    The maximal covering location problem [1]_ with standing posts:

    .. math:: \max \sum_i w_i y_i, \quad y_i \le \sum_{j \in N_i} x_j, \quad \sum_j x_j \le p,

    where w are residents, N_i the sites within the cutoff of door i, and x the sites built. Sites
    that add nobody are not built, so that a plan may hold fewer posts than allowed. Among equally
    good plans the answer depends on the order of sites, never on the order of doors.

    Parameters
    ----------
    problem
        Doors, posts, sites and walks.
    rules
        How many posts, what they may cost, what may be closed.
    time_limit_s
        Seconds for the search. When they run out, plan and bound stay valid and the status says
        that it is not proven.
    seed
        Seed of the search; the same inputs give the same plan unless time runs out.
    tell
        Called with objective and bound as they close in.

    Returns
    -------
    SitingPlan
        `measure` is "residents_within".

    Raises
    ------
    InfeasibleError
        If no plan keeps to the rules; the message says which clash.
    InputError
        If a limit or seed makes no sense.
    SolverError
        If the optimiser fails.

    References
    ----------
    .. [1] Church, R. and ReVelle, C. (1974). The maximal covering location problem. Papers of the
       Regional Science Association 32, 101-118.

    Examples
    --------
    Five doors along a street, and a post near the first. Site `west` reaches doors a, b, c; site
    `mid` b, c, d; site `east` d, e. Door a is served already, so `mid` gives most for one post
    (10 + 30 + 25 new residents) while two are best placed west and east.

    >>> import numpy as np, pandas as pd
    >>> from scipy import sparse
    >>> from walkshed.siting import problem_of_coverage
    >>> doors = pd.Series([40.0, 10.0, 30.0, 25.0, 20.0], index=list("abcde"))
    >>> west, mid, east = [1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 0, 1, 1]
    >>> sees = sparse.csr_matrix(np.array([west, mid, east], dtype=bool).T)
    >>> street = pd.Index(["west", "mid", "east"])
    >>> town = problem_of_coverage(sees, doors, street, covered=doors.index == "a")
    >>> mclp(town, SitingRules(new_posts=1)).site_ids
    ('mid',)
    >>> plan = mclp(town, SitingRules(new_posts=2))
    >>> plan
    SitingPlan(mclp: 2 new posts, 100.0 % of 125 residents within 1 min, optimal)
    >>> plan.build_order[["site_id", "residents_added"]]  # doctest: +NORMALIZE_WHITESPACE
         site_id  residents_added
    rank
    1        mid             65.0
    2       east             20.0

    With nothing to build, the plan tells what there is.

    >>> mclp(town, SitingRules(new_posts=0))
    SitingPlan(mclp: 0 new posts, 32.0 % of 125 residents within 1 min, optimal)
    """
    search = Search(problem, rules, time_limit_s=time_limit_s, seed=seed, tell=tell)
    return _by_worth(_weigh_coverage(problem), search)


def _weigh_coverage(problem: SitingProblem) -> Weighing:
    return Weighing("mclp", "residents_within", covered(problem), _unchanged)


def gradual_coverage(
    problem: SitingProblem,
    rules: SitingRules,
    *,
    full_min: float,
    none_min: float,
    time_limit_s: float = 60.0,
    seed: int = 0,
    tell: Tell | None = None,
) -> SitingPlan:
    r"""Choose new posts so that residents are covered most, where coverage fades with the walk.

    Gradual covering [1]_: a resident counts fully up to `full_min`, not at all from `none_min`
    on, and in proportion between. Only the nearest open post counts.

    .. math:: \max \sum_i w_i \max_j f(t_{ij}), \quad
              f(t) = \min(1, \max(0, 1 - \frac{t - a}{b - a}))

    Parameters
    ----------
    problem, rules, time_limit_s, seed, tell
        As for `mclp`.
    full_min, none_min
        The a and b of the formula, in minutes of the problem's walks.

    Returns
    -------
    SitingPlan
        `measure` is "residents_weighted".

    Raises
    ------
    InfeasibleError, InputError, SolverError
        As for `mclp`; also if the times were not searched as far as `none_min`.

    References
    ----------
    .. [1] Berman, O., Krass, D. and Drezner, Z. (2003). The gradual covering decay location
       problem on a network. European Journal of Operational Research 151, 474-480.

    Examples
    --------
    Two sites; the near one is 5 minutes from 10 residents, the far one 8 from 30. Falling from 1
    at 5 minutes to 0 at 10, the far one is worth 0.4 x 30 = 12.

    >>> import pandas as pd
    >>> from scipy import sparse
    >>> from walkshed.travel_times import TravelTimes
    >>> seconds = sparse.csc_array([[300.0, 0.0], [0.0, 480.0]])
    >>> ids, doors = pd.Index(["near", "far"]), pd.Index(["d", "e"])
    >>> people = pd.Series([10.0, 30.0], index=doors)
    >>> sites = pd.DataFrame(index=ids)
    >>> town = SitingProblem(TravelTimes(seconds, doors, ids, 15), people, sites, 10)
    >>> plan = gradual_coverage(town, SitingRules(new_posts=1), full_min=5, none_min=10)
    >>> plan.site_ids, round(plan.objective, 6)
    (('far',), 12.0)
    """
    search = Search(problem, rules, time_limit_s=time_limit_s, seed=seed, tell=tell)
    return _by_worth(_weigh_fading(problem, full_min=full_min, none_min=none_min), search)


def _weigh_fading(problem: SitingProblem, *, full_min: float, none_min: float) -> Weighing:
    if not 0 <= full_min < none_min <= problem.times.cutoff_min:
        raise InputError(
            f"gradual_coverage: `full_min` is {full_min} and `none_min` {none_min}; give "
            f"0 <= full_min < none_min <= {problem.times.cutoff_min:g}, as far as times are known"
        )
    worth = fading(full_min, none_min)
    return Weighing("gradual_coverage", "residents_weighted", worth, _unchanged)


def p_median(
    problem: SitingProblem,
    rules: SitingRules,
    *,
    time_limit_s: float = 60.0,
    seed: int = 0,
    tell: Tell | None = None,
) -> SitingPlan:
    r"""Choose new posts so that the mean walk of a resident to the nearest post is shortest.

    The p-median problem [1]_ with standing posts. A walk beyond the limit of the problem's times
    counts as the limit; `figures.residents_beyond` tells for how many residents.

    .. math:: \min \sum_i w_i \min_{j \text{ open}} t_{ij} \,/\, \sum_i w_i

    Parameters
    ----------
    problem, rules, time_limit_s, seed, tell
        As for `mclp`.

    Returns
    -------
    SitingPlan
        `measure` is "mean_min".

    Raises
    ------
    InfeasibleError, InputError, SolverError
        As for `mclp`; also if nobody lives at any door.

    References
    ----------
    .. [1] Hakimi, S. L. (1964). Optimum locations of switching centers and the absolute centers
       and medians of a graph. Operations Research 12, 450-459.

    Examples
    --------
    The sites of `gradual_coverage`: the near one leaves 30 residents beyond the 15 minutes known,
    the far one 10, so the far one wins with (30 x 8 + 10 x 15) / 40 minutes.

    >>> import pandas as pd
    >>> from scipy import sparse
    >>> from walkshed.travel_times import TravelTimes
    >>> seconds = sparse.csc_array([[300.0, 0.0], [0.0, 480.0]])
    >>> ids, doors = pd.Index(["near", "far"]), pd.Index(["d", "e"])
    >>> people = pd.Series([10.0, 30.0], index=doors)
    >>> sites = pd.DataFrame(index=ids)
    >>> town = SitingProblem(TravelTimes(seconds, doors, ids, 15), people, sites, 10)
    >>> plan = p_median(town, SitingRules(new_posts=1))
    >>> plan.site_ids, plan.objective, plan.figures.residents_beyond
    (('far',), 9.75, 10.0)
    """
    search = Search(problem, rules, time_limit_s=time_limit_s, seed=seed, tell=tell)
    return _by_worth(_weigh_nearness(problem), search)


def _weigh_nearness(problem: SitingProblem) -> Weighing:
    total = problem.total
    if total == 0:
        raise InputError(one_message("p_median", ["nobody lives at any door; check `residents`"]))

    def mean_min(saved: float) -> float:
        return (problem.limit_s - saved / total) / 60

    return Weighing("p_median", "mean_min", nearness(problem), mean_min)


def _unchanged(worth: float) -> float:
    return worth


WEIGHINGS: dict[Model, Callable[..., Weighing]] = {
    mclp: _weigh_coverage,
    gradual_coverage: _weigh_fading,
    p_median: _weigh_nearness,
}


def _by_worth(weighing: Weighing, search: Search) -> SitingPlan:
    """Find the choice of most worth, and tell it in the measure of the model."""
    gains = gains_of(search.problem, search.rules, weighing.worth)
    found = best_choice(
        search.problem,
        search.rules,
        gains,
        deadline=search.deadline,
        seed=search.seed,
        tell=search.telling(lambda gain: weighing.as_measured(gains.standing + gain)),
    )
    return plan_of_choice(weighing, search, gains, found)


def plan_of_choice(weighing: Weighing, search: Search, gains: Gains, found: Choice) -> SitingPlan:
    """Count a choice again from the raw walks, and make the plan of a model that weighs walks."""
    as_measured = weighing.as_measured
    reached = total_worth(search.problem, weighing.worth, found.open_sites)
    return finished_plan(
        weighing.model,
        weighing.measure,
        search,
        found.open_sites,
        objective=as_measured(reached),
        bound=as_measured(max(reached, gains.standing + found.bound)),
        interrupted=found.interrupted,
        seconds=time.perf_counter() - search.started,
    )
