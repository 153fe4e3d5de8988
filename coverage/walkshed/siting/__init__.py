"""Where the next posts should stand: location models with existing posts fixed, and proven.

What comes in: a sparse matrix that tells which doors (rows) lie within the cutoff of which
candidate sites (columns), the residents of each door, and the doors that existing posts already
serve. What goes out: a `SitingPlan` with the chosen sites, the residents within the cutoff, an
upper bound that no plan can pass, and both for every number of new posts up to the one asked.

Every model is one function with the same call and the same result; `mclp` is the first.
All models share these steps, each a function of plain arrays::

    presolve          merge doors that act as one, drop sites that cannot matter     benefit
    greedy, swap      a good plan                                                    search
    lagrangian_bound  what no plan can pass, in total and for each site              bound
    best_plan         branch and bound on how many sites of a set a plan holds       exact
    best_plans        the same for every number of posts                             curve

This package knows no geometry and no minutes: only who is within the cutoff.
"""

from .models import mclp
from .plan import SitingPlan

__all__ = ["SitingPlan", "mclp"]
