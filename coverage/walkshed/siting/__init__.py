"""Where the next posts should stand: location models with existing posts fixed, and proven.

What comes in: a sparse matrix that tells which doors (rows) lie within the cutoff of which
candidate sites (columns), the residents of each door, and the doors that existing posts already
serve. What goes out: a `SitingPlan` with the chosen sites, the residents within the cutoff, an
upper bound that no plan can pass, and both for every number of new posts up to the one asked.

Every model is one function with the same call and the same result; `mclp` is the first.
All models share these steps, each a function of plain arrays::

    merge_blocks      doors that see the same sites, summed up block by block             merge
    presolve          merge doors that see the same sites, drop sites that cannot matter   cover
    greedy, swap      a good plan                                                          search
    lagrangian_bound  what no plan can pass, in total and for each site                    search
    relaxations       the same, tighter, by cuts in a linear programme                       cuts
    prove             exact optimisation (HiGHS) over the sites still open                 proof

This package knows no geometry and no minutes: only who is within the cutoff.
"""

from .models import mclp
from .plan import SitingPlan

__all__ = ["SitingPlan", "mclp"]
