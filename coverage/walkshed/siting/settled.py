"""A plan whose sites are settled beforehand, in the measure of any model.

Plans that are compared (next year's, the second best, last year's under this year's residents)
must be measured by the model's own yardstick, whatever that is.
"""

from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from .models import Model, weighing_of
from .problem import STANDING, SitingProblem
from .rules import SitingRules
from .worth import total_worth


def settled(
    problem: SitingProblem, site_ids: Sequence[Hashable], closed_ids: Sequence[Hashable] = ()
) -> SitingProblem:
    """Leave nothing to choose: these sites are built, these posts closed, and no others."""
    sites = problem.sites
    status = (
        sites["status"]
        .where(sites["status"].isin(STANDING), "forbidden")
        .to_numpy(object, copy=True)
    )
    status[problem.positions(site_ids)] = "required"
    status[problem.positions(closed_ids)] = "forbidden"
    return replace(problem, sites=sites.assign(status=status, may_close=False))


def objective_of(
    model: Model,
    problem: SitingProblem,
    rules: SitingRules,
    site_ids: Sequence[Hashable],
    closed_ids: Sequence[Hashable] = (),
    *,
    time_limit_s: float = 60.0,
    seed: int = 0,
    **own: Any,
) -> float:
    """Measure settled sites as a model does.

    Parameters
    ----------
    model, problem, rules
        As the model was asked.
    site_ids, closed_ids
        Sites that are built and posts that are closed.
    time_limit_s, seed, own
        As for the model, which decides what sites alone do not: who is served where.

    Raises
    ------
    InfeasibleError
        If the settled sites cannot keep to what the model asks.

    Examples
    --------
    Of two sites, 5 and 8 minutes from 10 and 30 residents, the first leaves 30 at the limit of 15.

    >>> import pandas as pd
    >>> from scipy import sparse
    >>> from walkshed.siting import mclp, p_median
    >>> from walkshed.travel_times import TravelTimes
    >>> seconds = sparse.csc_array([[300.0, 0.0], [0.0, 480.0]])
    >>> ids, doors = pd.Index(["near", "far"]), pd.Index(["d", "e"])
    >>> people, sites = pd.Series([10.0, 30.0], index=doors), pd.DataFrame(index=ids)
    >>> town = SitingProblem(TravelTimes(seconds, doors, ids, 15), people, sites, 10)
    >>> objective_of(mclp, town, SitingRules(1), ["near"])
    10.0
    >>> objective_of(p_median, town, SitingRules(1), ["near"])
    12.5
    """
    weighing = weighing_of(model, problem, **own)
    fixed = settled(problem, site_ids, closed_ids)
    if weighing is not None:
        is_open = np.flatnonzero(fixed.standing | fixed.choosable).tolist()
        return weighing.as_measured(total_worth(problem, weighing.worth, is_open))
    only = replace(rules, new_posts=len(site_ids), closed_posts=0, unlike=())
    return model(fixed, only, time_limit_s=time_limit_s, seed=seed, **own).objective
