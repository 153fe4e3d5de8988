"""Norms and profiles: the figures, their citations, and what a wrong name is told."""

from collections.abc import Iterator

import pytest
from pydantic import BaseModel, ValidationError

from walkshed import standards
from walkshed.errors import SettingsError


def every_standard() -> Iterator[BaseModel]:
    yield from map(standards.walking_profile, standards.walking_profile_names())
    yield from map(standards.access_standard, standards.access_standard_names())
    yield standards.housing_defaults()
    yield standards.slope_rule()
    yield standards.doctor_limits()
    yield from map(standards.staffing_norm, standards.staffing_norm_names())
    rules = standards.candidate_rules()
    yield from (rules, *rules.exclusions.values())


def every_citation() -> Iterator[standards.Cited[object]]:
    for standard in every_standard():
        for _, figure in standard:
            if isinstance(figure, standards.Cited):
                yield figure


def test_adult_walks_400_800_and_1200_m_in_5_10_and_15_minutes() -> None:
    metres_per_minute = standards.walking_profile("adult").speed_kmh.value * 1000 / 60
    assert [round(metres_per_minute * minutes) for minutes in (5, 10, 15)] == [400, 800, 1200]


def test_steps_are_slower_than_the_flat() -> None:
    adult = standards.walking_profile("adult")
    assert adult.steps_speed_kmh == pytest.approx(2.4)


@pytest.mark.parametrize(
    ("name", "metres_per_second"),
    [("older", 0.80), ("child", 0.88), ("wheelchair_or_pushchair", 0.79), ("adult", 4 / 3)],
)
def test_speeds_are_those_of_the_studies(name, metres_per_second) -> None:
    speed_kmh = standards.walking_profile(name).speed_kmh.value
    assert speed_kmh / 3.6 == pytest.approx(metres_per_second)


def test_older_people_reach_36_percent_of_the_area() -> None:
    older, adult = (standards.walking_profile(name) for name in ("older", "adult"))
    assert (older.speed_kmh.value / adult.speed_kmh.value) ** 2 == pytest.approx(0.36)


@pytest.mark.parametrize(
    ("name", "min_per_km"), [("adult", 12.5), ("winter", 13.5), ("winter_ice", 14.5)]
)
def test_winter_adds_minutes_to_every_kilometre(name, min_per_km) -> None:
    assert 60 / standards.walking_profile(name).level_speed_kmh == pytest.approx(min_per_km)


def test_profiles_take_over_what_they_do_not_say() -> None:
    ice, winter, adult = map(standards.walking_profile, ("winter_ice", "winter", "adult"))
    assert ice.speed_kmh == winter.speed_kmh == adult.speed_kmh
    assert ice.steps_speed_factor == adult.steps_speed_factor
    assert ice.added_min_per_km != winter.added_min_per_km
    assert adult.added_min_per_km is None


def test_wheels_never_use_steps() -> None:
    wheels = standards.walking_profile("wheelchair_or_pushchair")
    assert wheels.never("steps")
    assert wheels.steps_speed_kmh == 0
    assert not wheels.never("crossing")


def test_profile_says_how_fast_steps_are_or_that_they_are_never_used() -> None:
    adult = standards.walking_profile("adult").model_dump()
    wheels = standards.walking_profile("wheelchair_or_pushchair").model_dump()
    for settled in (
        {**adult, "steps_speed_factor": None},
        {**adult, "never_uses": wheels["never_uses"]},
    ):
        with pytest.raises(ValidationError, match="steps_speed_factor"):
            standards.WalkingProfile(**settled)


def test_planning_cutoff_is_the_middle_band() -> None:
    standard = standards.access_standard("minutes_5_10_15")
    assert standard.cutoffs_min.value == (5, 10, 15)
    assert standard.planning_cutoff_min.value == 10


def test_figures_that_nobody_has_seen_in_their_source_are_not_called_verified() -> None:
    verified = {
        (name, key)
        for name in standards.walking_profile_names()
        for key, figure in standards.walking_profile(name)
        if isinstance(figure, standards.Cited) and figure.verified
    }
    assert verified == {
        ("older", "speed_kmh"),
        ("child", "speed_kmh"),
        ("wheelchair_or_pushchair", "speed_kmh"),
        ("winter", "added_min_per_km"),
        ("winter_ice", "added_min_per_km"),
    }
    assert not standards.slope_rule().steepness.verified
    assert not standards.access_standard("minutes_5_10_15").planning_cutoff_min.verified
    assert not standards.housing_defaults().levels.verified
    assert not standards.housing_defaults().floor_area_m2_per_resident.verified


def test_every_figure_says_where_it_comes_from() -> None:
    citations = list(every_citation())
    walking, access, housing, slope, staffing, candidates, doctor = 37, 11, 11, 3, 3, 7, 18
    every = walking + access + housing + slope + staffing + candidates + doctor
    assert len(citations) == every
    for citation in citations:
        assert len(citation.source) >= 20
        assert not (citation.verified and citation.source.startswith("Assumption"))
        assert citation.date[:2] == "20"


@pytest.mark.parametrize(
    ("ask", "there_is"),
    [
        (standards.walking_profile, "walking profile `runner`; there are: adult, child, night"),
        (
            standards.access_standard,
            "access standard `runner`; there are: everyday_500_800, minutes_5",
        ),
        (standards.staffing_norm, "staffing norm `runner`; there are: kazakhstan_4000"),
    ],
)
def test_wrong_name_is_told_the_names_there_are(ask, there_is) -> None:
    with pytest.raises(SettingsError, match=there_is):
        ask("runner")


def test_standards_are_frozen() -> None:
    adult = standards.walking_profile("adult")
    with pytest.raises(ValidationError, match="frozen"):
        adult.speed_kmh = adult.speed_kmh
    with pytest.raises(ValidationError, match="frozen"):
        adult.speed_kmh.value = 100.0
    with pytest.raises(TypeError):
        standards.housing_defaults().levels.value["house"] = 100.0


def test_homes_have_levels_and_garages_have_nobody() -> None:
    housing = standards.housing_defaults()
    assert [housing.levels_of(tag) for tag in ("house", "apartments", "yes", "юрта")] == [
        1,
        5,
        2,
        2,
    ]
    assert [housing.use_of(tag) for tag in ("yes", "юрта")] == ["unknown"] * 2
    assert housing.use_of("house") == "residential"
    nobody = ("garages", "school", "construction")
    assert [housing.use_of(tag) for tag in nobody] == ["not_residential"] * 3


def test_every_residential_value_has_levels_of_its_own() -> None:
    housing = standards.housing_defaults()
    assert housing.residential.value <= set(housing.levels.value)
    assert not housing.not_residential.value & set(housing.levels.value)


def test_residents_come_from_net_floor_area() -> None:
    # 100 m2 x 5 levels = 500 m2; 70 % of it is 350 m2; at 23.4 m2 each, 14.957 people.
    assert standards.housing_defaults().residents_in(500) == pytest.approx(14.957, abs=0.001)


@pytest.mark.parametrize(
    ("speed_kmh", "factor"), [(0, 0.5), (-4.8, 0.5), (float("inf"), 0.5), (4.8, 0), (4.8, 1.5)]
)
def test_speeds_and_factors_that_make_no_sense_are_refused(speed_kmh, factor) -> None:
    def cited(value: float) -> dict[str, object]:
        return {"value": value, "source": "a test", "date": "2026", "verified": False}

    with pytest.raises(ValidationError):
        standards.WalkingProfile(
            name="test", speed_kmh=cited(speed_kmh), steps_speed_factor=cited(factor)
        )


@pytest.mark.parametrize(
    ("cutoffs_min", "planning"), [((10, 5), 5), ((5, 5), 5), ((), 5), ((5,), 7)]
)
def test_bands_must_grow_and_hold_the_planning_cutoff(cutoffs_min, planning) -> None:
    def cited(value: object) -> dict[str, object]:
        return {"value": value, "source": "a test", "date": "2026", "verified": False}

    with pytest.raises(ValidationError, match="cutoffs_min"):
        standards.AccessStandard(
            name="test", cutoffs_min=cited(cutoffs_min), planning_cutoff_min=cited(planning)
        )


def test_figure_without_a_source_is_refused() -> None:
    with pytest.raises(ValidationError, match="source"):
        standards.Cited[float](value=1.0, source="", date="2026", verified=False)
    with pytest.raises(ValidationError, match="date"):
        standards.Cited[float](value=1.0, source="a test", date="lately", verified=False)


def test_standards_are_dumped_in_the_same_order_every_time() -> None:
    dumped = standards.housing_defaults().model_dump(mode="json")
    for names in ("residential", "not_residential"):
        assert dumped[names]["value"] == sorted(dumped[names]["value"])
    assert dumped["levels"]["value"]["apartments"] == 5


def test_value_cannot_be_residential_and_not() -> None:
    housing = standards.housing_defaults().model_dump()
    housing["not_residential"]["value"] = ["garage", "house"]
    with pytest.raises(ValidationError, match="both residential and not: house"):
        standards.HousingDefaults(**housing)
