"""The walkable network: which ways can be walked, the graph in metres and seconds, snapping.

In: an `OsmExtract`. Out: a `WalkNetwork`, and positions on its edges for posts, doors and
candidate sites. All coordinates are metres in the network's CRS. The usual order::

    build_network -> apply_profile -> simplify -> snap, allocate_ground
"""

from .build import barrier_lines, build_network, fence_lines, metric_crs, street_lines
from .elevation import read_elevation
from .explain import explain_network, explanation
from .graph import WalkNetwork
from .ground import Ground, allocate_ground
from .impedance import apply_profile, profile_seconds, walking_seconds
from .one_street import one_street
from .pedestrian import pedestrian_rules
from .simplify import simplify
from .snapping import SNAP_STATUSES, components_of, snap

__all__ = [
    "SNAP_STATUSES",
    "Ground",
    "WalkNetwork",
    "allocate_ground",
    "apply_profile",
    "barrier_lines",
    "build_network",
    "components_of",
    "explain_network",
    "explanation",
    "fence_lines",
    "metric_crs",
    "one_street",
    "pedestrian_rules",
    "profile_seconds",
    "read_elevation",
    "simplify",
    "snap",
    "street_lines",
    "walking_seconds",
]
