"""Scores of how well residents are covered: functions from tables to tables of the same index.

Each module answers one question of doors, hexagons, neighbourhoods, city districts or the city;
nothing here reads a file or draws.

===========  =========================================================================
coverage     residents within each band, minutes by share of residents, who is not reached
equity       mean, worst tenth, Gini and Palma of minutes
backup       the second nearest post, and the detour to the nearest
zones        all of these at once, for the zones of one level
white_spots  zones by how many residents are out of walking distance
spread       a figure sorted over the residents of each zone, which the others read
===========  =========================================================================
"""

from .backup import backup_scores, detour_index, second_nearest
from .coverage import band_scores, coverage_scores, not_reached, weighted_quantile
from .equity import equity_scores
from .white_spots import white_spots
from .zones import zone_scores

__all__ = [
    "backup_scores",
    "band_scores",
    "coverage_scores",
    "detour_index",
    "equity_scores",
    "not_reached",
    "second_nearest",
    "weighted_quantile",
    "white_spots",
    "zone_scores",
]
