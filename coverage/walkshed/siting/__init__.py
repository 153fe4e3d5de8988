"""Where the next posts should stand: location models with standing posts, and proven.

What comes in: a `SitingProblem` (doors, posts, candidate sites, the walks between them) and
`SitingRules` (how many posts, what they may cost, what may be closed). What goes out: a
`SitingPlan` with the chosen sites, what it reaches, and a bound that no plan can pass.

Every model is one function with the same call and the same result::

    mclp, gradual_coverage, p_median     what a walk is worth                        models
    lscp, least_cost_cover               a share of residents within the cutoff      covering_models
    p_center                             the longest walk                            longest_walk
    backup_coverage                      a second post in reach                      backup
    capacitated_coverage                 posts that serve only so many               capacity
    worst_neighbourhood,
    mclp_with_least_share                shares of neighbourhoods                    equity
    with_kinds, with_need                options of a site; residents mixed          kinds, need

and all share these steps::

    side_rows            the rules as rows over sites                                rules
    gains_of             what each site gives beyond what stands                     worth
    best_choice          the choice of most worth, and its bound                     choice
    finished_plan        counted again from the raw walks, in building order         finish
"""

from .backup import backup_coverage, residents_by_posts
from .capacity import allocation, capacitated_coverage, post_loads
from .covering_models import least_cost_cover, lscp
from .equity import mclp_with_least_share, worst_neighbourhood
from .figures import PlanFigures, figures_of
from .kinds import with_kinds
from .longest_walk import p_center
from .models import gradual_coverage, mclp, p_median
from .need import beside_residents, with_need
from .plan import SitingPlan
from .problem import SitingProblem, problem_of_coverage
from .rules import SitingRules

__all__ = [
    "PlanFigures",
    "SitingPlan",
    "SitingProblem",
    "SitingRules",
    "allocation",
    "backup_coverage",
    "beside_residents",
    "capacitated_coverage",
    "figures_of",
    "gradual_coverage",
    "least_cost_cover",
    "lscp",
    "mclp",
    "mclp_with_least_share",
    "p_center",
    "p_median",
    "post_loads",
    "problem_of_coverage",
    "residents_by_posts",
    "with_kinds",
    "with_need",
    "worst_neighbourhood",
]
