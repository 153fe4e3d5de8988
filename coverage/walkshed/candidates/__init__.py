"""Places where a post could stand, each with the reason why, or why nothing may stand there.

In: a `WalkNetwork`, areas where nothing may stand, and places that may take in a post: public
ones, and those on the user's list. Out: candidate sites as positions on edges. Straight-line
metres apart, in the network's CRS.
"""

from .exclusions import exclusion_zones
from .places import NO_PLACES, listed_places, public_places
from .sites import candidate_sites, without_doubles
from .words import place_name, why

__all__ = [
    "NO_PLACES",
    "candidate_sites",
    "exclusion_zones",
    "listed_places",
    "place_name",
    "public_places",
    "why",
    "without_doubles",
]
