"""How far a plan can be relied on when speed, residents and places of posts are not sure."""

import math
import time
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from ..errors import InputError, one_message
from ..scores.draws import Spreads, door_order, residents_factors, speed_factor
from ..travel_times import TravelTimes
from .alternatives import jaccard
from .clock import left_s
from .finish import Search
from .models import Model
from .plan import SitingPlan, improvement
from .problem import SitingProblem
from .program import Tell
from .rules import SitingRules
from .settled import objective_of


@dataclass(frozen=True, eq=False, repr=False)
class Robustness:
    """How often each site is chosen under uncertainty, and what the plan loses.

    Attributes
    ----------
    plan
        The plan for the problem as it was given.
    sites
        One row for each site that is in the plan or was chosen in a draw (index `site_id`), the
        most chosen first: whether it is `in_plan`; the `chosen_share` of draws in whose best plan
        it is, 0 to 1; and `mean_residents_added`, the mean over these draws of what it adds in the
        best order of building (missing where there is none).
    draws
        One row for each draw (index `draw`, from 0): `speed_factor`, `residents`; `objective`,
        `bound` and `status` of the draw's own best plan; `planned_objective` of the given plan
        under the draw; the `regret`, by which it stays behind; and `same_sites`, the share of the
        sites of either plan that both have.
    seed, seconds
        Seed of draws and searches, and the time all took.
    """

    plan: SitingPlan
    sites: pd.DataFrame
    draws: pd.DataFrame
    seed: int
    seconds: float

    @property
    def mean_regret(self) -> float:
        """What the plan loses on average against the best plan of each draw."""
        return float(self.draws["regret"].mean())

    @property
    def worst_regret(self) -> float:
        """What the plan loses in the worst draw."""
        return float(self.draws["regret"].max())

    def __repr__(self) -> str:
        """Tell the story in a line."""
        shares = self.sites["chosen_share"][self.sites["in_plan"]]
        often = f"sites of the plan chosen in {shares.min():.0%} to {shares.max():.0%} of them"
        return (
            f"Robustness({self.plan.model}: {len(self.draws)} draws; "
            f"{often if len(shares) else 'no site in the plan'}; {self.plan.measure} lost "
            f"{self.mean_regret:.6g} on average, {self.worst_regret:.6g} at worst)"
        )


def robustness(
    model: Model,
    problem: SitingProblem,
    rules: SitingRules,
    *,
    draws: int = 100,
    speed_spread: float,
    residents_spread: float,
    neighbourhood_spread: float = 0.0,
    times_of: Callable[[int], TravelTimes] | None = None,
    time_limit_s: float = 600.0,
    seed: int = 0,
    tell: Tell | None = None,
    **own: Any,
) -> Robustness:
    r"""Plan again and again for a city that is a little different each time.

    In each draw everyone walks :math:`e^{\sigma z - \sigma^2 / 2}` times as fast, z normal, and
    residents of each neighbourhood and of each door are multiplied in the same way: the mean of
    such a factor is 1, its standard deviation the spread, where :math:`\sigma^2 = \ln(1 +
    \mathrm{spread}^2)`. A draw is the same whatever the model, the rules, the other spreads, the
    number of draws and the order of doors, so that differences between answers are not chance.

    Parameters
    ----------
    model, problem, rules
        As for the model. Walks must be known farther than the cutoff: as far as the fastest draw
        gets within it. What is beyond the limit stays unknown, and the limit moves with the speed.
    draws
        How many.
    speed_spread, residents_spread, neighbourhood_spread
        Standard deviations of the factors, of 1: 0.1 is ten per cent. Of walking speed, the same
        for all; of the residents of each door; of those of each neighbourhood, all doors alike.
    times_of
        Walks of the draw of a number (from 0 on), where it is not sure where posts are: the same
        doors, posts and sites at the speed of the problem. None takes the problem's own.
    time_limit_s
        Seconds for all; each plan has an even share of the time left.
    seed
        Of the draws, and of each search.
    tell
        As for the model; it hears of each draw in turn.
    own
        Options of the model itself.

    Returns
    -------
    Robustness
        With fewer draws after Ctrl-C.

    Raises
    ------
    InfeasibleError, SolverError
        As the model does, in any draw.
    InputError
        If numbers make no sense, or walks are not known far enough for the fastest draw.

    Examples
    --------
    Two sites of 30 and 29 residents and one of 5: which of the first two is chosen is chance.

    >>> from walkshed.siting import mclp, problem_of_coverage
    >>> people = pd.Series([30.0, 29.0, 5.0], index=list("abc"))
    >>> sees, nobody = sparse.eye(3, dtype=bool), np.zeros(3, dtype=bool)
    >>> town = problem_of_coverage(sees, people, pd.Index(list("PQR")), covered=nobody)
    >>> found = robustness(
    ...     mclp, town, SitingRules(1), draws=20, speed_spread=0.0, residents_spread=0.2
    ... )
    >>> sorted(found.sites.index), float(found.sites["chosen_share"].sum())
    (['P', 'Q'], 1.0)
    """
    search = Search(problem, rules, time_limit_s=time_limit_s, seed=seed, tell=tell)
    spreads = Spreads(speed_spread, residents_spread, neighbourhood_spread)
    problems = [*_about_numbers(draws, spreads), *_about_fastest(problem, draws, spreads, seed)]
    if problems:
        raise InputError(one_message("robustness", problems))

    def best(asked: SitingProblem, left: int) -> SitingPlan:
        seconds = left_s(search.deadline) / left
        return model(asked, rules, time_limit_s=seconds, seed=seed, tell=tell, **own)

    plan = last = best(problem, draws + 1)
    plans, planned = [], []
    for draw in range(draws):
        if last.status == "interrupted":
            break
        asked = problem if times_of is None else replace(problem, times=times_of(draw))
        last = best(drawn_problem(asked, spreads, seed, draw), draws - draw)
        plans.append(last)
        planned.append(
            objective_of(
                model, last.problem, rules, plan.site_ids, plan.closed_ids, seed=seed, **own
            )
        )
    return Robustness(
        plan=plan,
        sites=_sites(plan, plans),
        draws=_draws(
            plan, plans, planned, [speed_factor(spreads, seed, draw) for draw in range(len(plans))]
        ),
        seed=seed,
        seconds=time.perf_counter() - search.started,
    )


def drawn_problem(problem: SitingProblem, spreads: Spreads, seed: int, draw: int) -> SitingProblem:
    """Make the city of one draw; see `robustness`."""
    order = door_order(problem.residents.index, problem.neighbourhoods)
    factor = residents_factors(order, spreads, seed, draw)
    times, speed = problem.times, speed_factor(spreads, seed, draw)
    walks = times.seconds
    seconds = sparse.csc_array((walks.data / speed, walks.indices, walks.indptr), shape=walks.shape)
    return replace(
        problem,
        times=replace(times, seconds=seconds, cutoff_min=times.cutoff_min / speed),
        residents=problem.residents * factor,
    )


def _about_numbers(draws: int, spreads: Spreads) -> Iterator[str]:
    if isinstance(draws, bool) or draws < 1:
        yield f"`draws` is {draws}; give 1 or more"
    for name, spread in (
        ("speed_spread", spreads.speed),
        ("residents_spread", spreads.doors),
        ("neighbourhood_spread", spreads.neighbourhoods),
    ):
        if not 0 <= spread < math.inf:
            yield f"`{name}` is {spread}; give 0 or more, such as 0.1 for ten per cent"


def _about_fastest(
    problem: SitingProblem, draws: int, spreads: Spreads, seed: int
) -> Iterator[str]:
    if not 0 <= spreads.speed < math.inf:
        return
    fastest = max((speed_factor(spreads, seed, draw) for draw in range(draws)), default=1.0)
    far_min = float(np.max(problem.cutoff_min)) * fastest
    if far_min > problem.times.cutoff_min:
        yield (
            f"the fastest draw walks {fastest:.3f} times as fast, but walks are known up to "
            f"{problem.times.cutoff_min:g} min only; search the times up to "
            f"{math.ceil(far_min * 10) / 10:g} min, or give a smaller `speed_spread`"
        )


def _sites(plan: SitingPlan, plans: list[SitingPlan]) -> pd.DataFrame:
    """Count how often each site is chosen; equal counts stay in the order of the problem."""
    added: dict[Hashable, list[float]] = {site: [] for site in plan.site_ids}
    for other in plans:
        built = other.build_order
        for site, more in zip(built["site_id"], built["residents_added"], strict=True):
            added.setdefault(site, []).append(more)
    ids = [site for site in plan.problem.sites.index if site in added]
    table = pd.DataFrame(
        {
            "in_plan": [site in plan.site_ids for site in ids],
            "chosen_share": [len(added[site]) / max(len(plans), 1) for site in ids],
            "mean_residents_added": [
                math.fsum(added[site]) / len(added[site]) if added[site] else math.nan
                for site in ids
            ],
        },
        index=pd.Index(ids, name="site_id", tupleize_cols=False),
    )
    return table.sort_values("chosen_share", ascending=False, kind="stable")


def _draws(
    plan: SitingPlan, plans: list[SitingPlan], planned: list[float], speeds: list[float]
) -> pd.DataFrame:
    behind = [
        improvement(value, other.objective, plan.measure)
        for value, other in zip(planned, plans, strict=True)
    ]
    return pd.DataFrame(
        {
            "speed_factor": speeds,
            "residents": [other.problem.total for other in plans],
            "objective": [other.objective for other in plans],
            "bound": [other.bound for other in plans],
            "status": [other.status for other in plans],
            "planned_objective": planned,
            # a plan that ran out of time may be worse than the given one
            "regret": [max(0.0, lost) for lost in behind],
            "same_sites": [jaccard(plan.site_ids, other.site_ids) for other in plans],
        },
        index=pd.RangeIndex(len(plans), name="draw"),
    )
