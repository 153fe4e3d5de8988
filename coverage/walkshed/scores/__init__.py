"""Scores of how well residents are covered: functions from tables to tables of the same index.

Each module answers one question of doors, hexagons, neighbourhoods, city districts or the city;
nothing here reads a file or draws.

===========  ===========================================================================
coverage     residents within each band, minutes by share of residents, who is not reached
white_spots  zones by how many residents are out of walking distance
=============  =============================================================================
"""

from .coverage import band_scores, coverage_scores, not_reached, weighted_quantile
from .white_spots import white_spots

__all__ = ["band_scores", "coverage_scores", "not_reached", "weighted_quantile", "white_spots"]
