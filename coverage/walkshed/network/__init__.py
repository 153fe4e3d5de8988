"""The walkable network: which ways can be walked, the graph in metres and seconds, snapping.

In: an `OsmExtract`. Out: a `WalkNetwork`, and positions on its edges for posts, doors and
candidate sites. All coordinates are metres in the network's CRS.
"""

from .build import barrier_lines, build_network, metric_crs, street_lines
from .graph import WalkNetwork
from .pedestrian import not_walkable_reason
from .snapping import SNAP_STATUSES, snap

__all__ = [
    "SNAP_STATUSES",
    "WalkNetwork",
    "barrier_lines",
    "build_network",
    "metric_crs",
    "not_walkable_reason",
    "snap",
    "street_lines",
]
