"""Door-to-door walking seconds from doors to posts or candidate sites.

In: a `WalkNetwork` and positions on its edges (from `snap`). Out: seconds, in floating point,
from each door to each facility, both access legs included; two positions on one edge walk along
it. What cannot be reached is infinite. Rows are doors, columns are facilities.

The search is Dijkstra's, run from the facilities against the direction of walking: compiled where
numba can be had, scipy's where not, with the same numbers.
"""

from ._scipy import CHUNK, search_graph
from .matrix import CUTOFF_TOLERANCE_S, TravelTimes, walking_times, within
from .nearest import nearest_facilities, nearest_facility
from .nodes import node_seconds, one_to_all, seconds_to_nearest
from .ways import reached_streets, walking_path

__all__ = [
    "CHUNK",
    "CUTOFF_TOLERANCE_S",
    "TravelTimes",
    "nearest_facilities",
    "nearest_facility",
    "node_seconds",
    "one_to_all",
    "reached_streets",
    "search_graph",
    "seconds_to_nearest",
    "walking_path",
    "walking_times",
    "within",
]
