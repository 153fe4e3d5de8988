"""Residents at doors: where they live, and how many.

A door is a building that may be lived in, a point somebody gave, or a spot along a street where
people are known and no building is. Residents come from floor area, from the cells of a grid or
from points, and are scaled to known totals of zones. Fractions of residents are kept: rounding
would lose people.
"""

from .buildings import demand_points, residential_buildings
from .cells import cell_doors, streets_lived_on
from .planned import with_planned
from .rules import residents_by_rule
from .totals import doors_in, scaled_to_totals, zones_named
from .zones import with_zone

__all__ = [
    "cell_doors",
    "demand_points",
    "doors_in",
    "residential_buildings",
    "residents_by_rule",
    "scaled_to_totals",
    "streets_lived_on",
    "with_planned",
    "with_zone",
    "zones_named",
]
