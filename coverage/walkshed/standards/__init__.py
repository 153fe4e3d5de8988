"""Norms and profiles one can cite and switch: walking speeds, access standards, housing.

The figures stand in TOML files beside this one. Each carries its value (the unit is in the
key), its source, its date, and whether it was read in that source itself (`verified`).
They are read into frozen objects, so that a study can print what it rests on::

    speed = walking_profile("adult").speed_kmh
    speed.value, speed.source, speed.verified

Nothing here is applied by itself: a study names its profile and its standard.
"""

from functools import cache
from typing import Literal, Self

from pydantic import model_validator

from ._cited import (
    Cited,
    Names,
    NotNegative,
    NumberByName,
    PositiveNumber,
    Share,
    ShareOrZero,
    Standard,
    inherited_table,
    tables,
)
from .access import (
    AccessStandard,
    Band,
    access_standard,
    access_standard_names,
    custom_standard,
)
from .candidates import CandidateRules, ExclusionRule, PlaceRule, candidate_rules
from .scoring import CatchmentRule, UncertaintyRule, catchment_rule, uncertainty_rule
from .staffing import StaffingNorm, staffing_norm, staffing_norm_names

__all__ = [
    "AccessStandard",
    "Band",
    "CandidateRules",
    "CatchmentRule",
    "Cited",
    "ExclusionRule",
    "HousingDefaults",
    "PlaceRule",
    "SlopeRule",
    "StaffingNorm",
    "UncertaintyRule",
    "WalkingProfile",
    "access_standard",
    "access_standard_names",
    "candidate_rules",
    "catchment_rule",
    "custom_standard",
    "housing_defaults",
    "slope_rule",
    "staffing_norm",
    "staffing_norm_names",
    "uncertainty_rule",
    "walking_profile",
    "walking_profile_names",
]


class WalkingProfile(Standard):
    """How one kind of person walks at one time of the year or the day.

    Attributes
    ----------
    speed_kmh
        Speed on level, dry, lit ground.
    steps_speed_factor
        Share of that speed kept on steps; None where steps are never used.
    never_uses
        Kinds of edges (see `WalkNetwork.edge_kind`) that this person cannot or will not take.
    added_min_per_km
        What snow or ice adds to every kilometre, in minutes: an addition, not a factor.
    unlit_speed_factor
        Share of the speed kept on streets known to be unlit; 0 where they are never used.
    kerbs_s
        Seconds that the kerbs of one crossing cost.
    elevator_s
        Seconds that one elevator costs, the wait and the ride.
    crossing_wait_s
        Seconds one waits at a crossing, where a study asks for waits.
    """

    speed_kmh: Cited[PositiveNumber]
    steps_speed_factor: Cited[Share] | None = None
    never_uses: Cited[Names] | None = None
    added_min_per_km: Cited[NotNegative] | None = None
    unlit_speed_factor: Cited[ShareOrZero] | None = None
    kerbs_s: Cited[NotNegative] | None = None
    elevator_s: Cited[NotNegative] | None = None
    crossing_wait_s: Cited[NotNegative] | None = None

    @model_validator(mode="after")
    def _steps_are_settled(self) -> Self:
        if self.never("steps") != (self.steps_speed_factor is None):
            raise ValueError("give `steps_speed_factor`, or name `steps` in `never_uses`")
        return self

    def never(self, kind: str) -> bool:
        """Tell whether this person never uses edges of a kind.

        Examples
        --------
        >>> [walking_profile(name).never("steps") for name in ("older", "wheelchair_or_pushchair")]
        [False, True]
        """
        return self.never_uses is not None and kind in self.never_uses.value

    @property
    def steps_speed_kmh(self) -> float:
        """Speed along steps, up and down alike; 0 where they are never used."""
        factor = self.steps_speed_factor
        return self.speed_kmh.value * factor.value if factor else 0.0

    @property
    def level_speed_kmh(self) -> float:
        """Speed on level, lit ground with what the season adds: also from a door to its street.

        Examples
        --------
        12.5 minutes a kilometre, and one more in winter:

        >>> [round(walking_profile(name).level_speed_kmh, 2) for name in ("adult", "winter")]
        [4.8, 4.44]
        """
        added = self.added_min_per_km.value if self.added_min_per_km else 0.0
        return 60 / (60 / self.speed_kmh.value + added) if added else self.speed_kmh.value


class SlopeRule(Standard):
    """How slope changes walking speed: Tobler's function, see `slope.toml`."""

    steepness: Cited[PositiveNumber]
    easiest_descent: Cited[NotNegative]
    steepest: Cited[PositiveNumber]


class HousingDefaults(Standard):
    """What to take for a building whose tags do not say who lives in it."""

    residential: Cited[Names]
    not_residential: Cited[Names]
    not_residential_amenity: Cited[Names]
    not_residential_landuse: Cited[Names]
    levels: Cited[NumberByName]
    levels_otherwise: Cited[PositiveNumber]
    net_share: Cited[Share]
    floor_area_m2_per_resident: Cited[PositiveNumber]
    least_floor_area_m2_per_resident: Cited[PositiveNumber]
    door_streets: Cited[Names]
    door_spacing_m: Cited[PositiveNumber]

    @model_validator(mode="after")
    def _lists_are_apart(self) -> Self:
        both = sorted(self.residential.value & self.not_residential.value)
        if both:
            raise ValueError(f"both residential and not: {', '.join(both)}")
        return self

    def use_of(self, building: str) -> Literal["residential", "not_residential", "unknown"]:
        """Tell what a value of the tag `building` says about living there.

        Examples
        --------
        >>> [housing_defaults().use_of(tag) for tag in ("house", "garage", "yes")]
        ['residential', 'not_residential', 'unknown']
        """
        if building in self.residential.value:
            return "residential"
        return "not_residential" if building in self.not_residential.value else "unknown"

    def levels_of(self, building: str) -> float:
        """Levels to take where `building:levels` is missing.

        Examples
        --------
        >>> [housing_defaults().levels_of(tag) for tag in ("house", "apartments", "yes")]
        [1.0, 5.0, 2.0]
        """
        return self.levels.value.get(building, self.levels_otherwise.value)

    def residents_in(self, gross_floor_area_m2: float) -> float:
        """Estimate the residents of a home from its outline times its levels.

        Examples
        --------
        A block of 800 m2 and five levels has 4,000 m2 gross, 2,800 m2 net at a share of 0.7:

        >>> round(housing_defaults().residents_in(4000), 1)
        119.7
        >>> housing_defaults().residents_in(0)
        0.0
        """
        net_floor_area_m2 = gross_floor_area_m2 * self.net_share.value
        return net_floor_area_m2 / self.floor_area_m2_per_resident.value


class DoctorLimits(Standard):
    """From where on `walkshed doctor` speaks up, see `doctor.toml`."""

    beside_street_m: Cited[PositiveNumber]
    osm_age_max_years: Cited[PositiveNumber]
    near_m: Cited[PositiveNumber]
    gap_max_m: Cited[PositiveNumber]
    way_round_min_m: Cited[PositiveNumber]
    way_round_told_m: Cited[PositiveNumber]
    crossing_beside_m: Cited[PositiveNumber]
    crossing_way_round_min_m: Cited[PositiveNumber]
    crossing_residents_min: Cited[NotNegative]
    access_long_m: Cited[PositiveNumber]
    private_doors_min: Cited[PositiveNumber]
    same_post_max_m: Cited[NotNegative]
    fact_share_max: Cited[ShareOrZero]
    floor_area_ratio_max: Cited[PositiveNumber]
    door_residents_max: Cited[PositiveNumber]
    levels_max: Cited[PositiveNumber]
    levels_unknown_share_max: Cited[ShareOrZero]
    area_outside_share_max: Cited[ShareOrZero]


def walking_profile(name: str) -> WalkingProfile:
    """Get a walking profile by its name.

    Raises
    ------
    SettingsError
        When there is none of that name; the message lists those there are.

    Examples
    --------
    >>> adult = walking_profile("adult")
    >>> adult.speed_kmh.value, adult.steps_speed_kmh
    (4.8, 2.4)
    """
    return WalkingProfile(name=name, **inherited_table("walking", name, "walking profile"))


@cache
def housing_defaults() -> HousingDefaults:
    """Get what to take for buildings whose tags do not say who lives in them.

    Examples
    --------
    >>> housing_defaults().floor_area_m2_per_resident.verified
    False
    """
    return HousingDefaults(name="housing", **tables("housing"))


@cache
def slope_rule() -> SlopeRule:
    """Get the rule by which slope changes walking speed.

    Examples
    --------
    >>> slope_rule().steepness.value, slope_rule().steepest.value
    (3.5, 0.5)
    """
    return SlopeRule(name="slope", **tables("slope"))


@cache
def doctor_limits() -> DoctorLimits:
    """Get the limits from where on `walkshed doctor` speaks up.

    Examples
    --------
    >>> doctor_limits().gap_max_m.value, doctor_limits().gap_max_m.verified
    (2.0, False)
    """
    return DoctorLimits(name="doctor", **tables("doctor"))


def walking_profile_names() -> tuple[str, ...]:
    """List the walking profiles there are.

    Examples
    --------
    >>> len(walking_profile_names()), walking_profile_names()[:3]
    (8, ('adult', 'child', 'night'))
    """
    return tuple(sorted(tables("walking")))
