"""What if: one GeoJSON format for changes of streets and posts, and what they change.

In: a file whose features carry `action`, `reason` and `date` (see `read_scenario`). Out: a new
network with the way old positions move over to it, a new table of posts, and the doors whose
minutes change. Inputs are never altered.
"""

from .doors import both_positions, doors_changed, quicker
from .features import ACTIONS
from .geojson import Scenario, read_scenario, scenario_of, write_scenario
from .posts import apply_to_posts
from .street_edits import JOIN_MAX_M
from .streets import ChangedNetwork, apply_to_network
from .words import edits_in_words

__all__ = [
    "ACTIONS",
    "JOIN_MAX_M",
    "ChangedNetwork",
    "Scenario",
    "apply_to_network",
    "apply_to_posts",
    "both_positions",
    "doors_changed",
    "edits_in_words",
    "quicker",
    "read_scenario",
    "scenario_of",
    "write_scenario",
]
