"""Fords, stiles and narrow gates on nodes: who passes them and who does not."""

import numpy as np
import pytest

from towns import ADULT_KMH, Town, places
from walks import metres, network_of, walk_m
from walkshed.network import apply_profile, snap
from walkshed.standards import walking_profile
from walkshed.travel_times import nearest_facility

WHEELS = walking_profile("wheelchair_or_pushchair")


def short_cut(**tags):
    """A street around three sides of 200 m, and a path across, a node of which bears tags."""
    town = Town()
    town.street((0, 0), (0, 200), (200, 200), (200, 0))
    town.way((0, 0), (100, 0), (200, 0), highway="path")
    town.node(100, 0, **tags)
    return town


def walk_on_wheels_m(town, door, post):
    network = apply_profile(network_of(town), WHEELS)
    at = snap(
        network,
        places({"d": door, "p": post}),
        snap_max_m=100,
        island_max_m=0,
        barriers=np.array([]),
    )
    found = nearest_facility(network, at.loc[["d"]], at.loc[["p"]], speed_kmh=ADULT_KMH)
    return float(found["minutes"].iloc[0]) * WHEELS.speed_kmh.value / 0.06


OBSTACLES = [
    {"barrier": "stile"},
    {"barrier": "turnstile"},
    {"barrier": "full-height_turnstile"},
    {"barrier": "kissing_gate"},
    {"barrier": "cycle_barrier"},
    {"ford": "yes"},
]


@pytest.mark.parametrize("tags", OBSTACLES)
def test_wheels_go_round_what_a_walker_passes(tags):
    town = short_cut(**tags)
    assert walk_m(town, (0, 0), (200, 0)) == metres(200)
    assert walk_on_wheels_m(town, (0, 0), (200, 0)) == metres(600)


@pytest.mark.parametrize("tags", [{}, {"barrier": "gate"}, {"barrier": "bollard"}, {"ford": "no"}])
def test_wheels_pass_what_is_wide_enough(tags):
    assert walk_on_wheels_m(short_cut(**tags), (0, 0), (200, 0)) == metres(200)


@pytest.mark.parametrize("tags", OBSTACLES)
def test_who_cannot_pass_still_comes_up_to_it_from_both_sides(tags):
    town = short_cut(**tags)
    assert walk_on_wheels_m(town, (0, 0), (90, 0)) == metres(90)
    assert walk_on_wheels_m(town, (0, 0), (110, 0)) == metres(600 + 90)


def test_the_way_keeps_its_length_and_loses_a_metre_to_the_obstacle():
    plain, network = network_of(short_cut()), network_of(short_cut(barrier="stile"))
    assert network.edge_length_m.sum() == pytest.approx(plain.edge_length_m.sum())
    stile = np.flatnonzero(network.edge_kind == "stile")
    assert network.edge_length_m[stile].sum() == pytest.approx(1.0, abs=1e-6)
    assert set(network.edge_way_id[stile]) == {102}


def test_a_stile_at_a_junction_cuts_every_way_there():
    town = Town()
    for end in ((-100, 0), (100, 0), (0, 100)):
        town.street((0, 0), end, highway="path")
    town.node(0, 0, barrier="stile")
    assert walk_m(town, (-100, 0), (100, 0)) == metres(200)
    assert walk_on_wheels_m(town, (-100, 0), (100, 0)) == np.inf
    assert walk_on_wheels_m(town, (-100, 0), (-5, 0)) == metres(95)


def test_obstacles_close_to_each_other_are_each_their_own():
    town = Town()
    town.street((0, 0), (100, 0), (100.6, 0), (200, 0), highway="path")
    town.node(100, 0, barrier="stile")
    town.node(100.6, 0, ford="yes")
    network = network_of(town)
    assert network.edge_length_m.sum() == metres(200)
    assert {"stile", "ford"} < set(network.edge_kind)
    assert walk_m(town, (0, 0), (200, 0)) == metres(200)


def test_a_stile_on_the_outline_of_a_square_stops_nobody_on_it():
    town = Town()
    town.square(0, 0, 100, highway="pedestrian", area="yes")
    town.street((0, 0), (-100, 0))
    town.street((100, 100), (200, 100))
    town.node(100, 0, barrier="stile")
    assert walk_on_wheels_m(town, (-100, 0), (200, 100)) == metres(100 + 100 * 2**0.5 + 100)


def test_a_study_says_what_stops_wheels():
    ours = {"barrier": {"cycle_barrier": {"kind": None}, "bollard": {"kind": "narrow_gate"}}}
    kinds = {
        tag: set(network_of(short_cut(barrier=tag), rules=ours).edge_kind)
        for tag in ("cycle_barrier", "bollard")
    }
    assert "narrow_gate" not in kinds["cycle_barrier"]
    assert "narrow_gate" in kinds["bollard"]
