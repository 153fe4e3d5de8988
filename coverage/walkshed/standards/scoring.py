"""Figures that scores rest on: weights of floating catchments, spreads of what is not sure."""

from functools import cache
from typing import Self

from pydantic import model_validator

from ._cited import Cited, NotNegative, PositiveNumber, Standard, named_table


class CatchmentRule(Standard):
    """What a walk weighs in floating catchments: the end of each zone, and its weight."""

    zones_min: Cited[tuple[PositiveNumber, ...]]
    weights: Cited[tuple[PositiveNumber, ...]]

    @model_validator(mode="after")
    def _zones_have_weights(self) -> Self:
        if len(self.zones_min.value) != len(self.weights.value):
            raise ValueError("give as many `weights` as `zones_min`")
        if list(self.zones_min.value) != sorted(self.zones_min.value):
            raise ValueError("give `zones_min` from the shortest on")
        return self


class UncertaintyRule(Standard):
    """How far from the truth speed and residents may be: standard deviations of factors."""

    speed_spread: Cited[NotNegative]
    residents_spread: Cited[NotNegative]
    neighbourhood_spread: Cited[NotNegative]


@cache
def catchment_rule() -> CatchmentRule:
    """Get the zones and weights of floating catchments.

    Examples
    --------
    >>> rule = catchment_rule()
    >>> rule.zones_min.value, rule.weights.value
    ((5.0, 10.0, 15.0), (1.0, 0.68, 0.22))
    """
    name = "floating_catchment"
    return CatchmentRule(name=name, **named_table("scoring", name, "rule of scores"))


@cache
def uncertainty_rule() -> UncertaintyRule:
    """Get the spreads of what is not sure.

    Examples
    --------
    >>> uncertainty_rule().speed_spread.value, uncertainty_rule().speed_spread.verified
    (0.1, False)
    """
    name = "uncertainty"
    return UncertaintyRule(name=name, **named_table("scoring", name, "rule of scores"))
