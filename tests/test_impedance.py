"""Seconds of one kind of walker, by hand on small streets."""

import logging
from collections.abc import Callable

import numpy as np
import pytest

from towns import ADULT_KMH, STEPS_KMH, Edge, Town, network_of, places, with_arrays
from walkshed.errors import SettingsError, SourceError
from walkshed.network import WalkNetwork, snap
from walkshed.network.impedance import (
    EDGE_KINDS,
    PIECE_MAX_M,
    apply_profile,
    slope_speed_factor,
    walking_seconds,
)
from walkshed.standards import slope_rule, walking_profile, walking_profile_names
from walkshed.travel_times import nearest_facility

ADULT = walking_profile("adult")
WINTER = walking_profile("winter")
WHEELS = walking_profile("wheelchair_or_pushchair")
NIGHT = walking_profile("night")

UP = np.exp(0.175)
"""Up 5 in 100, Tobler: exp(-3.5 x 0.10) / exp(-3.5 x 0.05) of the speed, so this much longer."""


def street(*, length_m: float = 100.0, **arrays: object) -> WalkNetwork:
    """One straight street from west to east, with arrays of one value in place of its own."""
    return with_arrays(network_of([(0, 0), (length_m, 0)], [Edge(0, 1)]), **arrays)


def minutes(network: WalkNetwork, door: tuple[float, float], post: tuple[float, float]) -> float:
    """Walk from a place on the paper to another, snapped to a network of a `Town`."""
    at = snap(
        network,
        places({"door": door, "post": post}),
        snap_max_m=250,
        island_max_m=0,
        barriers=np.array([], dtype=object),
    )
    found = nearest_facility(network, at.loc[["door"]], at.loc[["post"]], speed_kmh=ADULT_KMH)
    return float(found["minutes"].iloc[0])


# --- one stretch of street, by hand -------------------------------------------------------------


@pytest.mark.parametrize("name", walking_profile_names())
def test_kilometre_takes_an_hour_over_the_speed_and_what_the_season_adds(name: str) -> None:
    profile = walking_profile(name)
    added = profile.added_min_per_km.value if profile.added_min_per_km else 0
    ahead, back = walking_seconds([1000.0], ["street"], [1], [0.0], profile)
    assert ahead[0] == pytest.approx(3600 / profile.speed_kmh.value + 60 * added)
    assert ahead[0] == pytest.approx(3600 / profile.level_speed_kmh)
    assert back[0] == ahead[0]


def test_older_people_walk_720_m_in_15_minutes() -> None:
    ahead, _ = walking_seconds([720.0], ["street"], [-1], [0.0], walking_profile("older"))
    assert ahead[0] / 60 == pytest.approx(15)


def test_up_five_in_a_hundred_and_down_again_by_hand() -> None:
    # 100 m at 4.8 km/h take 75 s on the level.
    up, down = walking_seconds([100.0], ["street"], [1], [5.0], ADULT)
    assert up[0] == pytest.approx(75 * UP)
    assert up[0] == pytest.approx(89.34, abs=0.01)
    assert down[0] == pytest.approx(75 / UP)
    assert down[0] == pytest.approx(62.96, abs=0.01)


@pytest.mark.parametrize("slope", [-0.3, -0.05, 0.0, 0.05, 0.12, 0.5])
def test_slope_is_toblers_function_over_its_value_on_the_level(slope: float) -> None:
    def tobler_kmh(of: float) -> float:
        return 6 * np.exp(-3.5 * abs(of + 0.05))

    assert slope_speed_factor(slope) == pytest.approx(tobler_kmh(slope) / tobler_kmh(0))


def test_walls_are_no_steeper_than_the_steepest_slope() -> None:
    steepest = slope_rule().steepest.value
    assert steepest == 0.5
    cliff = walking_seconds([10.0], ["street"], [1], [300.0], ADULT)
    steep = walking_seconds([10.0], ["street"], [1], [5.0], ADULT)
    assert np.array_equal(cliff, steep)


def test_climb_of_steps_is_in_their_speed_already() -> None:
    up, down = walking_seconds([12.0], ["steps"], [1], [6.0], ADULT)
    assert up[0] == down[0] == pytest.approx(12 / (STEPS_KMH / 3.6))


def test_winter_adds_the_same_to_a_fast_street_and_to_a_slow_one() -> None:
    kind, rise_m = ["street", "steps", "street"], [0, 0, 50]
    bare = walking_seconds([500.0] * 3, kind, [1] * 3, rise_m, ADULT)
    snow = walking_seconds([500.0] * 3, kind, [1] * 3, rise_m, WINTER)
    assert np.subtract(snow, bare) == pytest.approx(np.full((2, 3), 30.0))


def test_ice_adds_twice_as_much_as_snow() -> None:
    ice, _ = walking_seconds([1000.0], ["street"], [1], [0], walking_profile("winter_ice"))
    assert ice[0] == pytest.approx(750 + 120)


def test_only_streets_known_to_be_unlit_are_dark() -> None:
    ahead, _ = walking_seconds([100.0] * 3, ["street"] * 3, [1, 0, -1], [0] * 3, NIGHT)
    assert ahead.tolist() == pytest.approx([75, 75 / 0.9, 75])
    by_day, _ = walking_seconds([100.0] * 3, ["street"] * 3, [1, 0, -1], [0] * 3, ADULT)
    assert by_day.tolist() == pytest.approx([75, 75, 75])


def test_dark_streets_can_be_avoided_altogether() -> None:
    seconds = walking_seconds(
        [100.0, 100.0], ["street"] * 2, [0, 1], [0, 0], walking_profile("night_lit_only")
    )
    assert np.array_equal(np.isinf(seconds), [[True, False]] * 2)


def test_kerbs_slow_wheels_and_waits_count_where_asked() -> None:
    metres, kind, lit = [10.0, 10.0], ["crossing", "street"], [1, 1]
    rolled = 10 / (0.79)
    plain, _ = walking_seconds(metres, kind, lit, [0, 0], WHEELS)
    assert plain.tolist() == pytest.approx([rolled + 10, rolled])
    waiting, _ = walking_seconds(metres, kind, lit, [0, 0], WHEELS, wait_at_crossings=True)
    assert waiting.tolist() == pytest.approx([rolled + 10 + 15, rolled])
    on_foot, _ = walking_seconds(metres, kind, lit, [0, 0], ADULT)
    assert on_foot.tolist() == pytest.approx([7.5, 7.5])


def test_an_elevator_costs_its_wait_and_its_ride_once_however_it_is_cut() -> None:
    town = Town()
    town.street((0, 0), (100, 0))
    town.way((100, 0), (100, 2), (100, 4), highway="elevator")
    town.way((100, 2), (150, 2), highway="footway")
    for profile in (ADULT, WHEELS):
        network = apply_profile(town.network(), profile)
        ride = network.edge_kind == "elevator"
        assert ride.sum() == 2
        walked_s = 4 / (profile.speed_kmh.value / 3.6)
        assert network.edge_forward_s[ride].sum() == pytest.approx(60 + walked_s, abs=0.05)
        assert not network.edge_is_open[ride].any()


def test_nobody_climbs_inside_an_elevator() -> None:
    up, down = walking_seconds([4.0], ["elevator"], [1], [12.0], ADULT)
    assert (up[0], down[0]) == (63.0, 63.0)


def test_study_may_set_speeds_by_kind() -> None:
    ahead, _ = walking_seconds(
        [100.0] * 2, ["steps", "street"], [1, 1], [0, 0], ADULT, edge_speeds_kmh={"steps": 2.0}
    )
    assert ahead.tolist() == pytest.approx([180, 75])
    snow, _ = walking_seconds([100.0], ["steps"], [1], [0], WINTER, edge_speeds_kmh={"steps": 2.0})
    assert snow[0] == pytest.approx(186)


def test_speeds_that_make_no_sense_are_all_told_at_once() -> None:
    speeds = {"motorway": 5.0, "steps": 1.0, "street": 0.0, "footway": float("nan")}
    with pytest.raises(SettingsError) as told:
        apply_profile(street(), WHEELS, edge_speeds_kmh=speeds)
    message = str(told.value)
    assert "4 problems" in message
    assert "no kind of street `motorway`" in message
    assert "`steps`: profile `wheelchair_or_pushchair` never uses it" in message
    assert "`street` = 0.0" in message
    assert "`footway` = nan" in message


def test_kinds_that_profiles_name_are_kinds_of_edges() -> None:
    named = [walking_profile(name).never_uses for name in walking_profile_names()]
    assert {kind for names in named if names for kind in names.value} <= set(EDGE_KINDS)


# --- networks -----------------------------------------------------------------------------------


def test_adults_find_the_times_that_the_network_was_built_with() -> None:
    town = Town()
    town.street((0, 0), (100, 0))
    town.way((100, 0), (130, 0), highway="steps")
    built = town.network()
    applied = apply_profile(built, ADULT)
    assert applied.edge_forward_s == pytest.approx(built.edge_forward_s)
    assert applied.edge_backward_s == pytest.approx(built.edge_backward_s)
    assert applied.n_edges == 2


def stairs_town() -> Town:
    """A street up and around a block of 100 m, and steps straight through it."""
    town = Town()
    town.street((0, 0), (0, 100), (100, 100), (100, 0))
    town.way((0, 0), (100, 0), highway="steps")
    town.street((-100, 0), (0, 0))
    town.street((100, 0), (200, 0))
    return town


def test_wheels_go_around_where_others_take_the_steps() -> None:
    built = stairs_town().network()
    door, post = (-100, 0), (200, 0)
    on_foot = minutes(apply_profile(built, ADULT), door, post)
    assert on_foot == pytest.approx((200 / 80) + 100 / 40, abs=0.01)
    on_wheels = minutes(apply_profile(built, WHEELS), door, post)
    assert on_wheels == pytest.approx(500 / 0.79 / 60, abs=0.01)


def test_streets_behind_steps_are_out_of_reach_on_wheels() -> None:
    town = Town()
    town.street((0, 0), (100, 0))
    town.way((100, 0), (130, 0), highway="steps")
    town.street((130, 0), (300, 0))
    built = town.network()
    assert np.isfinite(minutes(apply_profile(built, ADULT), (0, 0), (300, 0)))
    assert np.isinf(minutes(apply_profile(built, WHEELS), (0, 0), (300, 0)))


def test_doors_never_snap_to_edges_that_are_not_used() -> None:
    town = Town()
    town.street((0, 100), (100, 100))
    town.way((0, 0), (100, 0), highway="steps")
    applied = apply_profile(town.network(), WHEELS)
    at = snap(
        applied,
        places({"door": (50, 1)}),
        snap_max_m=250,
        island_max_m=0,
        barriers=np.array([], dtype=object),
    )
    assert at["access_m"].iloc[0] == pytest.approx(99, abs=0.05)


def test_nodes_and_shapes_follow_the_edges_that_are_kept() -> None:
    nodes = [(0.0, 0.0), (100.0, 0.0), (100.0, 50.0), (0.0, 50.0)]
    edges = [Edge(0, 1), Edge(1, 2), Edge(2, 3, via=((50.0, 80.0),)), Edge(3, 2)]
    drawn = with_arrays(network_of(nodes, edges), kind=("steps", "steps", "street", "footway"))
    applied = apply_profile(drawn, WHEELS)
    assert applied.node_ref.tolist() == [3, 4]
    assert applied.node_xy.tolist() == [[100.0, 50.0], [0.0, 50.0]]
    assert applied.edge_u.tolist() == [0, 1]
    assert applied.edge_v.tolist() == [1, 0]
    assert applied.edge_way_id.tolist() == [103, 104]
    assert applied.edge_kind.tolist() == ["street", "footway"]
    assert applied.xy_start.tolist() == [0, 3, 5]
    assert applied.xy[:3].tolist() == [[100.0, 50.0], [50.0, 80.0], [0.0, 50.0]]
    assert applied.edge_lines[1].length == 100.0


def test_closed_directions_stay_closed_and_closed_edges_go() -> None:
    nodes = [(0.0, 0.0), (100.0, 0.0)]
    drawn = with_arrays(
        network_of(nodes, [Edge(0, 1)] * 3),
        forward_s=[np.inf, 1.0, np.inf],
        backward_s=[1.0, np.inf, np.inf],
    )
    applied = apply_profile(drawn, ADULT)
    assert applied.edge_forward_s.tolist() == pytest.approx([np.inf, 75.0])
    assert applied.edge_backward_s.tolist() == pytest.approx([75.0, np.inf])
    assert applied.edge_way_id.tolist() == [101, 102]


def test_network_that_a_profile_cannot_walk_is_refused() -> None:
    with pytest.raises(SourceError, match="can walk no street here"):
        apply_profile(street(kind=("steps",)), WHEELS)


def test_crossing_cut_by_the_road_in_its_middle_is_one_crossing() -> None:
    town = Town()
    town.street((0, -100), (0, 0), (0, 100))
    town.way((-4, 0), (0, 0), (12, 0), highway="footway", footway="crossing")
    town.way((-50, 0), (-4, 0), highway="footway")
    town.way((12, 0), (50, 0), highway="footway")
    built = town.network()
    assert (built.edge_kind == "crossing").sum() == 2
    applied = apply_profile(built, WHEELS, wait_at_crossings=True)
    across_s = applied.edge_forward_s[applied.edge_kind == "crossing"]
    assert across_s.sum() == pytest.approx(16 / 0.79 + 10 + 15, abs=0.1)
    assert across_s.min() == pytest.approx(across_s.sum() / 4, abs=0.1)
    assert minutes(applied, (-50, 0), (50, 0)) == pytest.approx((100 / 0.79 + 25) / 60, abs=0.01)


def test_crossings_without_a_way_of_their_own_are_whole_ones() -> None:
    nodes = [(0.0, 0.0), (10.0, 0.0), (20.0, 0.0)]
    drawn = with_arrays(
        network_of(nodes, [Edge(0, 1), Edge(1, 2)]),
        kind=("crossing", "crossing"),
        way_id=[0, 0],
    )
    applied = apply_profile(drawn, WHEELS)
    assert applied.edge_forward_s == pytest.approx([10 / 0.79 + 10] * 2)


# --- slope --------------------------------------------------------------------------------------

Heights = Callable[[np.ndarray], np.ndarray]


def rising_east(slope: float) -> Heights:
    return lambda xy: slope * xy[:, 0]


def test_slope_counts_both_ways() -> None:
    applied = apply_profile(street(length_m=1000), ADULT, elevation=rising_east(0.05))
    assert applied.edge_forward_s == pytest.approx([750 * UP])
    assert applied.edge_backward_s == pytest.approx([750 / UP])


def test_way_up_to_a_post_takes_longer_than_the_way_down() -> None:
    town = Town()
    town.street((0, 0), (1000, 0))
    built = apply_profile(town.network(), ADULT, elevation=rising_east(0.05))
    assert minutes(built, (0, 0), (1000, 0)) == pytest.approx(12.5 * UP, abs=0.01)
    assert minutes(built, (1000, 0), (0, 0)) == pytest.approx(12.5 / UP, abs=0.01)


def test_hill_in_the_middle_of_a_street_is_climbed() -> None:
    # 5 in 100 up to the middle, the same down again: half the way slow, half of it quick.
    applied = apply_profile(
        street(length_m=400), ADULT, elevation=lambda xy: 10 - np.abs(xy[:, 0] - 200) * 0.05
    )
    assert applied.edge_forward_s == pytest.approx([150 * UP + 150 / UP])
    assert applied.edge_backward_s == pytest.approx(applied.edge_forward_s)


def test_slope_follows_the_bends_of_a_street() -> None:
    # 200 m east on the level, then 200 m north, 5 in 100 uphill.
    drawn = network_of([(0, 0), (200, 200)], [Edge(0, 1, via=((200.0, 0.0),))])
    applied = apply_profile(drawn, ADULT, elevation=lambda xy: 0.05 * xy[:, 1])
    assert applied.edge_forward_s == pytest.approx([150 + 150 * UP])


def test_heights_are_asked_at_ends_and_at_most_fifty_metres_apart() -> None:
    asked: list[np.ndarray] = []

    def level(xy: np.ndarray) -> np.ndarray:
        asked.append(xy)
        return np.zeros(len(xy))

    drawn = network_of([(0, 0), (130, 0), (130, 40)], [Edge(0, 1), Edge(1, 2)])
    apply_profile(drawn, ADULT, elevation=level)
    (points,) = asked
    assert points[:4, 0] == pytest.approx([0, 130 / 3, 260 / 3, 130])
    assert points[4:].tolist() == [[130, 0], [130, 40]]
    assert PIECE_MAX_M == 50


def test_bridges_span_the_valley_below_them() -> None:
    def valley(xy: np.ndarray) -> np.ndarray:
        return np.where((xy[:, 0] > 1) & (xy[:, 0] < 199), -80.0, 0.05 * xy[:, 0])

    on_bridge = apply_profile(street(length_m=200, is_open=[False]), ADULT, elevation=valley)
    assert on_bridge.edge_forward_s == pytest.approx([150 * UP])
    below = apply_profile(street(length_m=200), ADULT, elevation=valley)
    assert below.edge_forward_s[0] > 2 * on_bridge.edge_forward_s[0]


def test_unknown_heights_are_an_error_that_counts_them() -> None:
    def half_known(xy: np.ndarray) -> np.ndarray:
        return np.where(xy[:, 0] > 120, np.nan, 0.05 * xy[:, 0])

    with pytest.raises(SourceError, match="no height at 2 of 5 points along the streets"):
        apply_profile(street(length_m=200), ADULT, elevation=half_known)


def test_unknown_heights_taken_as_level_are_told(caplog: pytest.LogCaptureFixture) -> None:
    def half_known(xy: np.ndarray) -> np.ndarray:
        return np.where(xy[:, 0] > 120, np.nan, 0.05 * xy[:, 0])

    with caplog.at_level(logging.WARNING):
        applied = apply_profile(
            street(length_m=200), ADULT, elevation=half_known, flat_where_unknown=True
        )
    # Known at 0, 50 and 100 m: two pieces climb, two are taken as level.
    assert applied.edge_forward_s == pytest.approx([75 * UP + 75])
    assert "no height at 2 of 5 points along the streets; taken as level there" in caplog.text
