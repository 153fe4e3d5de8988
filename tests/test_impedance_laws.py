"""Seconds of all kinds of walkers: laws on odd towns."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from towns import drawings, network_of, seconds, with_arrays
from walkshed.network import WalkNetwork
from walkshed.network.impedance import EDGE_KINDS, apply_profile
from walkshed.standards import Cited, WalkingProfile, walking_profile, walking_profile_names

ADULT = walking_profile("adult")
WINTER = walking_profile("winter")
WHEELS = walking_profile("wheelchair_or_pushchair")

Heights = Callable[[np.ndarray], np.ndarray]


@st.composite
def towns(draw: st.DrawFn) -> WalkNetwork:
    """Odd networks with all kinds of edges, lit and unlit; the first edge is a lit street."""
    network = network_of(*draw(drawings()))
    size = network.n_edges - 1
    kind = draw(st.lists(st.sampled_from(EDGE_KINDS), min_size=size, max_size=size))
    lit = draw(st.lists(st.sampled_from([-1, 0, 1]), min_size=size, max_size=size))
    way = draw(st.lists(st.integers(0, 3), min_size=size, max_size=size))
    closed = draw(st.lists(st.booleans(), min_size=size, max_size=size))
    return with_arrays(
        network,
        kind=("street", *kind),
        lit=[1, *lit],
        way_id=[9, *way],
        forward_s=np.where([False, *closed], np.inf, network.edge_forward_s),
    )


def profile_at(speed_kmh: float, like: WalkingProfile) -> WalkingProfile:
    speed = Cited[float](value=speed_kmh, source="a test", date="2026", verified=False)
    return like.model_copy(update={"speed_kmh": speed})


def hills(*, steep: float, east_m: float, north_m: float) -> Heights:
    return lambda xy: (
        steep * (east_m * np.sin(xy[:, 0] / east_m) + north_m * np.cos(xy[:, 1] / north_m))
    )


PROFILES = st.sampled_from([walking_profile(name) for name in walking_profile_names()])
HILLS = st.builds(
    hills, steep=st.floats(0, 0.4), east_m=st.floats(40, 400), north_m=st.floats(40, 400)
)
SPEEDS = st.floats(0.5, 8)


@given(towns(), PROFILES, HILLS, SPEEDS, SPEEDS)
def test_more_speed_never_lengthens(town, profile, ground, one_kmh, other_kmh) -> None:
    slow, fast = sorted([one_kmh, other_kmh])
    slower = apply_profile(town, profile_at(slow, profile), elevation=ground)
    faster = apply_profile(town, profile_at(fast, profile), elevation=ground)
    assert slower.n_edges == faster.n_edges
    assert (seconds(faster) <= seconds(slower)).all()


@given(towns(), HILLS, SPEEDS)
def test_more_speed_on_one_kind_changes_no_other(town, ground, speed_kmh) -> None:
    plain = apply_profile(town, ADULT, elevation=ground)
    steps = apply_profile(town, ADULT, elevation=ground, edge_speeds_kmh={"footway": speed_kmh})
    changed = (seconds(plain) != seconds(steps)).any(axis=0)
    assert (plain.edge_kind[changed] == "footway").all()


@given(towns(), HILLS)
def test_winter_never_shortens_and_adds_a_minute_per_kilometre(town, ground) -> None:
    bare = apply_profile(town, ADULT, elevation=ground)
    snow = apply_profile(town, WINTER, elevation=ground)
    open_ways = np.isfinite(seconds(bare))
    assert np.array_equal(np.isfinite(seconds(snow)), open_ways)
    added_s = seconds(snow)[open_ways] - seconds(bare)[open_ways]
    expected_s = np.stack([0.06 * bare.edge_length_m] * 2)[open_ways]
    assert added_s == pytest.approx(expected_s, abs=1e-6)


@given(towns(), HILLS)
def test_wheels_never_use_steps_or_fords(town, ground) -> None:
    never = ["steps", "ford", "stile", "narrow_gate"]
    applied = apply_profile(town, WHEELS, elevation=ground)
    assert not set(applied.edge_kind) & set(never)
    kept = ~np.isin(town.edge_kind, never)
    assert applied.edge_length_m.tolist() == town.edge_length_m[kept].tolist()
    assert applied.n_nodes == len({*town.edge_u[kept], *town.edge_v[kept]})


@given(towns(), PROFILES, st.floats(-100, 5000))
def test_flat_ground_changes_nothing(town, profile, height_m) -> None:
    without = apply_profile(town, profile)
    flat = apply_profile(town, profile, elevation=lambda xy: np.full(len(xy), height_m))
    assert np.allclose(seconds(flat), seconds(without), rtol=1e-12, atol=0)


@given(towns(), PROFILES, HILLS, st.floats(-1000, 1000))
def test_lifting_the_whole_ground_changes_nothing(town, profile, ground, lift_m) -> None:
    before = apply_profile(town, profile, elevation=ground)
    after = apply_profile(town, profile, elevation=lambda xy: ground(xy) + lift_m)
    assert np.allclose(seconds(after), seconds(before), rtol=1e-6, atol=1e-6)


@given(towns(), PROFILES, HILLS)
def test_turning_the_streets_around_swaps_forward_and_backward(town, profile, ground) -> None:
    shapes = np.split(town.xy, town.xy_start[1:-1])
    around = replace(
        town,
        edge_u=town.edge_v,
        edge_v=town.edge_u,
        edge_forward_s=town.edge_backward_s,
        edge_backward_s=town.edge_forward_s,
        xy=np.concatenate([shape[::-1] for shape in shapes]),
    )
    one = apply_profile(town, profile, elevation=ground)
    other = apply_profile(around, profile, elevation=ground)
    assert np.allclose(seconds(other)[::-1], seconds(one), rtol=1e-6, atol=1e-6)
    assert np.array_equal(other.node_xy, one.node_xy)


@given(towns(), PROFILES, PROFILES, HILLS)
def test_profile_replaces_the_one_before(town, first, second, ground) -> None:
    once = apply_profile(town, second, elevation=ground)
    twice = apply_profile(once, second, elevation=ground)
    assert np.allclose(seconds(twice), seconds(once), rtol=1e-6, atol=1e-6)
    if first.never_uses is None and first.name != "night_lit_only":
        after_other = apply_profile(apply_profile(town, first), second, elevation=ground)
        assert np.allclose(seconds(after_other), seconds(once), rtol=1e-6, atol=1e-6)


@given(towns(), PROFILES)
def test_waits_never_shorten_and_come_once_for_each_crossing(town, profile) -> None:
    plain = apply_profile(town, profile)
    waits = apply_profile(town, profile, wait_at_crossings=True)
    added_s = waits.edge_backward_s - plain.edge_backward_s
    crossing = plain.edge_kind == "crossing"
    assert (np.abs(added_s[~crossing]) == 0).all()
    own = crossing & (plain.edge_way_id == 0)
    assert added_s[own] == pytest.approx(np.full(own.sum(), 15.0))
    for way in (1, 2, 3):
        of_way = crossing & (plain.edge_way_id == way)
        walked_m = plain.edge_length_m[of_way].sum()
        drawn = (town.edge_kind == "crossing") & (town.edge_way_id == way)
        if walked_m > 0:  # a part that the profile never walks keeps its share of the wait
            share = walked_m / town.edge_length_m[drawn].sum()
            assert added_s[of_way].sum() == pytest.approx(15.0 * share)
