"""The best plan of every size, for choosing how many posts to build."""

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pandas as pd

from ..errors import InfeasibleError, InputError
from .choice import best_choices, share_of
from .clock import left_s
from .finish import Search
from .models import WEIGHINGS, Model, Weighing, plan_of_choice, weighing_of
from .plan import SMALLER_IS_BETTER, Measure, SitingPlan, improvement, relative_gap, status_of
from .problem import SitingProblem
from .program import Tell
from .rules import SitingRules
from .worth import gains_of


def whole_curve(
    model: Model,
    problem: SitingProblem,
    rules: SitingRules,
    *,
    time_limit_s: float = 60.0,
    seed: int = 0,
    tell: Tell | None = None,
    **own: Any,
) -> SitingPlan:
    r"""Find the best plan of each size 0, 1, .. `rules.new_posts`.

    Sizes help each other. More posts are never worse, so a bound of a size holds for all smaller
    ones, and a plan for all larger ones. For models that weigh walks there is more: a plan of k
    posts without its least useful one keeps (k - 1) / k of its gain [1]_, so

    .. math:: \mathrm{gain}_k \le \frac{k}{k - 1} \mathrm{gain}_{k-1},

    where no site is required and no post may be closed.

    Parameters
    ----------
    model
        Any location model that takes a number of new posts.
    problem, rules
        What the model is asked; `rules.new_posts` is the largest size.
    time_limit_s
        Seconds for all sizes together. They are solved from the largest down; larger ones, which
        are harder, have more of it.
    seed
        Seed of each search.
    tell
        Called with objective and bound of the size being solved.
    own
        Options of the model itself.

    Returns
    -------
    SitingPlan
        The plan of the largest size, with every size in its `curve`. Sizes smaller than any
        plan the rules allow (more sites are required) have no row; upon Ctrl-C neither have
        those not yet begun.

    Raises
    ------
    InfeasibleError, SolverError
        As the model does, asked for the largest size.
    InputError
        As the model does; if there is no `new_posts`, or the model finds the number of posts
        or the cost itself.

    References
    ----------
    .. [1] Nemhauser, G. L., Wolsey, L. A. and Fisher, M. L. (1978). An analysis of approximations
       for maximizing submodular set functions. Mathematical Programming 14, 265-294.

    Examples
    --------
    The street of `mclp`: one post is best in the middle; two are best at its ends.

    >>> import numpy as np
    >>> from scipy import sparse
    >>> from walkshed.siting import mclp, problem_of_coverage
    >>> doors = pd.Series([40.0, 10.0, 30.0, 25.0, 20.0], index=list("abcde"))
    >>> west, mid, east = [1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 0, 1, 1]
    >>> sees = sparse.csr_matrix(np.array([west, mid, east], dtype=bool).T)
    >>> street = pd.Index(["west", "mid", "east"])
    >>> town = problem_of_coverage(sees, doors, street, covered=doors.index == "a")
    >>> plan = whole_curve(mclp, town, SitingRules(new_posts=2))
    >>> plan.curve[["objective", "gain", "status"]]  # doctest: +NORMALIZE_WHITESPACE
               objective  gain   status
    new_posts
    0               40.0   NaN  optimal
    1              105.0  65.0  optimal
    2              125.0  20.0  optimal
    """
    search = Search(problem, rules, time_limit_s=time_limit_s, seed=seed, tell=tell)
    if rules.new_posts is None:
        raise InputError("whole_curve: give `new_posts`, the largest number to look at")
    plans = best_of_each_size(model, search, **own)
    return replace(
        plans[rules.new_posts],
        rules=rules,
        curve=_curve(plans),
        seconds=time.perf_counter() - search.started,
    )


def best_of_each_size(model: Model, search: Search, **own: Any) -> dict[int, SitingPlan]:
    """Find the plans of `whole_curve`, by size, the smallest first; the rules hold `new_posts`."""
    problem, rules = search.problem, search.rules
    plans = _plans_by_size(model, search, rules.new_posts or 0, own)
    measure = next(iter(plans.values())).measure
    chosen = _best_so_far(list(plans.values()))
    bounds = tightened(
        [plan.objective for plan in chosen],
        [plan.bound for plan in plans.values()],
        measure,
        from_nothing=0 in plans and keeps_its_share(model, problem, rules),
    )
    ended = {}
    for (size, plan), best, bound in zip(plans.items(), chosen, bounds, strict=True):
        interrupted = plan.status == "interrupted"
        status = status_of(best.objective, bound, measure, interrupted=interrupted)
        ended[size] = replace(best, bound=bound, status=status)
    return ended


def keeps_its_share(model: Model, problem: SitingProblem, rules: SitingRules) -> bool:
    """Tell whether a plan of k posts without its least useful keeps (k - 1) / k of its gain."""
    closing = problem.closable.any() and rules.closed_posts > 0
    return (
        model in WEIGHINGS
        and not closing
        and not rules.unlike
        and not problem.is_("required").any()
    )


def tightened(
    objectives: Sequence[float],
    bounds: Sequence[float],
    measure: Measure,
    *,
    from_nothing: bool,
) -> list[float]:
    """Let bounds of sizes that follow each other help each other.

    Parameters
    ----------
    objectives, bounds
        Of each size.
    measure
        What they are.
    from_nothing
        Whether the first size is 0 and plans keep their share of the gain; see `whole_curve`.

    Examples
    --------
    >>> tightened([0, 50, 110, 120], [0, 60, 130, 125], "residents_within", from_nothing=True)
    [0, 60, 120.0, 125]
    >>> tightened([9, 7, 6], [9, 5, 6], "mean_min", from_nothing=True)
    [9, 6, 6]
    """
    least = measure in SMALLER_IS_BETTER
    nearer, no_better = (max, min) if least else (min, max)
    tight = list(bounds)
    if from_nothing:
        for size in range(2, len(tight)):
            share = (tight[size - 1] - objectives[0]) * size / (size - 1)
            tight[size] = nearer(tight[size], objectives[0] + share)
    for size in range(len(tight) - 2, -1, -1):
        tight[size] = nearer(tight[size], tight[size + 1])
    # what rounding took from a bound is given back
    return [no_better(pair) for pair in zip(tight, objectives, strict=True)]


def _plans_by_size(
    model: Model, search: Search, largest: int, own: dict[str, Any]
) -> dict[int, SitingPlan]:
    """Solve each size, from the largest down; the smallest stands first."""
    weighing = weighing_of(model, search.problem, **own)
    if weighing is not None:
        found = _by_weighing(weighing, search)
    else:
        found = _by_asking(model, search, largest, own)
    return dict(sorted(found))


def _by_weighing(weighing: Weighing, search: Search) -> Iterator[tuple[int, SitingPlan]]:
    """Choose for all sizes with the same gains."""
    gains = gains_of(search.problem, search.rules, weighing.worth)
    choices = best_choices(
        search.problem,
        search.rules,
        gains,
        deadline=search.deadline,
        seed=search.seed,
        tell=search.telling(lambda gain: weighing.as_measured(gains.standing + gain)),
    )
    for size, found in choices:
        of_size = replace(search, rules=replace(search.rules, new_posts=size))
        yield size, plan_of_choice(weighing, of_size, gains, found)


def _by_asking(
    model: Model, search: Search, largest: int, own: dict[str, Any]
) -> Iterator[tuple[int, SitingPlan]]:
    """Ask a model for each size."""
    above: SitingPlan | None = None
    for size in range(largest, -1, -1):
        if above is not None and above.status == "interrupted":
            return
        if above is not None and above.status == "optimal" and above.more_posts <= size:
            yield size, above  # the best plan of a larger size, and short enough
            continue
        try:
            above = model(
                search.problem,
                replace(search.rules, new_posts=size),
                time_limit_s=share_of(size) * left_s(search.deadline),
                seed=search.seed,
                tell=search.tell,
                **own,
            )
        except InfeasibleError:
            if size == largest:
                raise
            return
        refuse_counting("whole_curve", above)
        yield size, above


def refuse_counting(asker: str, plan: SitingPlan) -> None:
    """Refuse a model that is not told how much to build."""
    if plan.measure in {"new_posts", "cost"}:
        raise InputError(
            f"{asker}: {plan.model} finds the {plan.measure} itself; take a model that is given a "
            "number of posts or a budget, such as mclp"
        )


def _best_so_far(plans: Sequence[SitingPlan]) -> list[SitingPlan]:
    """Take a smaller plan where a larger one, out of time, is worse."""
    best = list(plans[:1])
    for plan in plans[1:]:
        ahead = improvement(best[-1].objective, plan.objective, plan.measure)
        best.append(plan if ahead >= 0 else best[-1])
    return best


def _curve(by_size: dict[int, SitingPlan]) -> pd.DataFrame:
    plans = list(by_size.values())
    gains = [
        improvement(before.objective, after.objective, after.measure)
        for before, after in pairwise(plans)
    ]
    return pd.DataFrame(
        {
            "objective": [plan.objective for plan in plans],
            "bound": [plan.bound for plan in plans],
            "gap": [relative_gap(plan.objective, plan.bound, plan.measure) for plan in plans],
            "status": [plan.status for plan in plans],
            "gain": [math.nan, *gains],
            "residents_within": [plan.figures.residents_within for plan in plans],
            "site_ids": pd.Series([plan.site_ids for plan in plans], dtype=object).array,
            "residents_added": pd.Series(
                [tuple(plan.build_order["residents_added"]) for plan in plans], dtype=object
            ).array,
        },
        index=pd.Index(by_size, name="new_posts"),
    )
