"""Scores of how well residents are covered: functions from tables to tables of the same index.

Each module answers one question of doors, hexagons, neighbourhoods, city districts or the city;
nothing here reads a file or draws.

==================  ===============================================================================
coverage            residents within each band, minutes by share of residents, who is not reached
equity              mean, worst tenth, Gini and Palma of minutes
backup              the second nearest post, and the detour to the nearest
zones               all of these at once, for the zones of one level
white_spots         zones by how many residents are out of walking distance
spread              a figure sorted over the residents of each zone, which the others read
floating_catchment  inspectors for each resident within a walk: 2SFCA, E2SFCA, 3SFCA
workload            residents per inspector by nearest post against the norm, inspectors missing
opening             which posts are open at a weekday and an hour, and what is covered then
groups              age groups side by side, for any walker
equipment           so many of so many posts have cameras, computers
uncertainty         how sure a share is, when speed, residents and places of posts are not
region              staff and posts of many places, planned against built
draws               the draws that this, and the robustness of plans, are made of
==================  ===============================================================================
"""

from .backup import backup_scores, detour_index, second_nearest
from .coverage import band_scores, coverage_scores, not_reached, weighted_quantile
from .equipment import equipment_counts
from .equity import equity_scores
from .floating_catchment import (
    enhanced_two_step_fca,
    mean_by_zone,
    step_weight,
    three_step_fca,
    two_step_fca,
)
from .groups import group_scores
from .opening import open_in_week, opening_scores, posts_open
from .region import region_posts, region_table
from .uncertainty import intervals, share_draws
from .white_spots import white_spots
from .workload import workload_scores
from .zones import zone_scores

__all__ = [
    "backup_scores",
    "band_scores",
    "coverage_scores",
    "detour_index",
    "enhanced_two_step_fca",
    "equipment_counts",
    "equity_scores",
    "group_scores",
    "intervals",
    "mean_by_zone",
    "not_reached",
    "open_in_week",
    "opening_scores",
    "posts_open",
    "region_posts",
    "region_table",
    "second_nearest",
    "share_draws",
    "step_weight",
    "three_step_fca",
    "two_step_fca",
    "weighted_quantile",
    "white_spots",
    "workload_scores",
    "zone_scores",
]
