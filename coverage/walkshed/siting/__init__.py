"""Where the next posts should stand: location models with standing posts, and proven.

What comes in: a `SitingProblem` (doors, posts, candidate sites, the walks between them) and
`SitingRules` (how many posts, what they may cost, what may be closed). What goes out: a
`SitingPlan` with the chosen sites, what it reaches, and a bound that no plan can pass.

Every model is one function with the same call and the same result::

    mclp, gradual_coverage, p_median             what a walk is worth        models
    p_center                                     the longest walk            longest_walk
    lscp, least_cost_cover                       as little as will do        covering_models
    backup_coverage                              a second post in reach      backup
    capacitated_coverage                         how many a post can serve   capacity
    worst_neighbourhood, mclp_with_least_share   fair to neighbourhoods      equity

All begin with the same `Search` and end with the same step. Models that weigh walks choose by
what each site gives beyond what stands; covers, the p-center and the other models have engines of
their own where these are faster, and else are stated as a program::

    side_rows            the rules as rows over sites                                rules
    best_choice          the choice of most worth: by counts alone, or under rules   choice
    least_sites          the cheapest cover                                          covering
    least_longest_walk   the p-center                                                center
    proven               any program, from a quick choice and a bound by prices      exact_step
    finished_plan        counted again from the raw walks, in building order         finish

What cannot be is refused with the rules that clash and what would do (infeasible), and a plan
tells itself in plain sentences (`SitingPlan.explain`; facts, explain).

With any of them::

    whole_curve          the best plan of every size                                 curve
    staged_plan          years with posts or money, what stands stays                stages
    best_alternatives    the next best plans, and how alike they are                 alternatives
    pareto_front         plans of which none is better in two measures               pareto
    compare_spending     a new post, a post moved, an inspector more, for their cost spending
    robustness           how often a site is chosen where inputs are not sure        robustness
"""

from .alternatives import best_alternatives
from .backup import backup_coverage, residents_by_posts
from .blocks import problem_of_blocks
from .capacity import allocation, capacitated_coverage, post_loads
from .clashes import Clash
from .covering_models import least_cost_cover, lscp
from .curve import whole_curve
from .equity import mclp_with_least_share, worst_neighbourhood
from .facts import PlanFacts, plan_facts
from .figures import PlanFigures, figures_of
from .infeasible import least_cutoff_min, refuse_clashes, unreachable_doors
from .kinds import with_kinds
from .longest_walk import p_center
from .models import gradual_coverage, mclp, p_median
from .need import beside_residents, with_need
from .pareto import ParetoFront, pareto_front
from .plan import SitingPlan
from .problem import SitingProblem, problem_of_coverage
from .robustness import Robustness, robustness
from .rules import SitingRules
from .shortfall import shortfall
from .spending import compare_spending
from .stages import StagedPlan, staged_plan

__all__ = [
    "Clash",
    "ParetoFront",
    "PlanFacts",
    "PlanFigures",
    "Robustness",
    "SitingPlan",
    "SitingProblem",
    "SitingRules",
    "StagedPlan",
    "allocation",
    "backup_coverage",
    "beside_residents",
    "best_alternatives",
    "capacitated_coverage",
    "compare_spending",
    "figures_of",
    "gradual_coverage",
    "least_cost_cover",
    "least_cutoff_min",
    "lscp",
    "mclp",
    "mclp_with_least_share",
    "p_center",
    "p_median",
    "pareto_front",
    "plan_facts",
    "post_loads",
    "problem_of_blocks",
    "problem_of_coverage",
    "refuse_clashes",
    "residents_by_posts",
    "robustness",
    "shortfall",
    "staged_plan",
    "unreachable_doors",
    "whole_curve",
    "with_kinds",
    "with_need",
    "worst_neighbourhood",
]
