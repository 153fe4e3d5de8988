"""Where the next posts should stand: location models with standing posts, and proven.

What comes in: a `SitingProblem` (doors, posts, candidate sites, the walks between them) and
`SitingRules` (how many posts, what they may cost, what may be closed). What goes out: a
`SitingPlan` with the chosen sites, what it reaches, and a bound that no plan can pass.

Every model is one function with the same call and the same result::

    mclp, gradual_coverage, p_median     what a walk is worth                        models

and all share these steps::

    side_rows            the rules as rows over sites                                rules
    gains_of             what each site gives beyond what stands                     worth
    best_choice          the choice of most worth, and its bound                     choice
    finished_plan        counted again from the raw walks, in building order         finish

What cannot be is refused with the rules that clash and what would do (infeasible), and a plan
tells itself in plain sentences (`SitingPlan.explain`; facts, explain).
"""

from .backup import backup_coverage, residents_by_posts
from .capacity import allocation, capacitated_coverage, post_loads
from .clashes import Clash
from .covering_models import least_cost_cover, lscp, p_center
from .equity import mclp_with_least_share, worst_neighbourhood
from .facts import PlanFacts, plan_facts
from .figures import PlanFigures, figures_of
from .infeasible import least_cutoff_min, refuse_clashes, unreachable_doors
from .kinds import with_kinds
from .models import gradual_coverage, mclp, p_median
from .need import beside_residents, with_need
from .plan import SitingPlan
from .problem import SitingProblem, problem_of_coverage
from .rules import SitingRules

__all__ = [
    "Clash",
    "PlanFacts",
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
    "least_cutoff_min",
    "lscp",
    "mclp",
    "mclp_with_least_share",
    "p_center",
    "p_median",
    "plan_facts",
    "post_loads",
    "problem_of_coverage",
    "refuse_clashes",
    "residents_by_posts",
    "unreachable_doors",
    "with_kinds",
    "with_need",
    "worst_neighbourhood",
]
