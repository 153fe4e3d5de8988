"""Compare two runs, or one run before and after its plan: who gains, who loses, and where.

In: folders that `walkshed run` wrote. Out: tables by door, neighbourhood, district and post, and a
map with a bar between the two. Nothing is walked anew: what the runs found is matched and summed.
"""

from .comparable import ALLOWABLE, Difference, differences, refuse_incomparable
from .comparison import Comparison, compare_states
from .doors import compare_doors, compare_zones, residual_residents
from .files import comparison_map_of, write_comparison
from .posts import compare_posts
from .state import State, state_of
from .words import comparison_in_words

__all__ = [
    "ALLOWABLE",
    "Comparison",
    "Difference",
    "State",
    "compare_doors",
    "compare_posts",
    "compare_states",
    "compare_zones",
    "comparison_in_words",
    "comparison_map_of",
    "differences",
    "refuse_incomparable",
    "residual_residents",
    "state_of",
    "write_comparison",
]
