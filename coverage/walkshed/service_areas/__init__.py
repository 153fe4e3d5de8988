"""Service areas as polygons that agree with the numbers.

In: a `WalkNetwork`, its `Ground` (`allocate_ground`), and posts on it. Out: polygons in the
network's CRS, to draw. Nothing is counted from them: a door lies in the polygon of N minutes if it
is counted within N minutes.
"""

from .areas import catchments, reach_counts, rings, service_areas, service_areas_by_post

__all__ = [
    "catchments",
    "reach_counts",
    "rings",
    "service_areas",
    "service_areas_by_post",
]
