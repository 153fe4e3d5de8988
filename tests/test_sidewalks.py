"""Sidewalks drawn beside their streets; the numbers are those of others' issues."""

import numpy as np
import pytest

from towns import DRAWN_M, Town
from walks import metres, network_of, walk_m


def street_with_a_sidewalk(highway="residential", sidewalk_y=8.0, **tags):
    """A street of 400 m; its sidewalk joins it at the western end and nowhere else."""
    town = Town()
    town.street((0, 0), (200, 0), (400, 0), highway=highway, sidewalk="separate", **tags)
    town.way((0, sidewalk_y), (400, sidewalk_y), highway="footway", footway="sidewalk")
    town.way((0, 0), (0, sidewalk_y), highway="footway")
    town.street((200, 0), (200, -100))
    return town


NO_STEPPING_OFF = {"limits": {"step_off_m": 0.0}}


def test_a_walker_leaves_the_sidewalk_valhalla_4419():
    town = street_with_a_sidewalk()
    assert walk_m(town, (200, 18), (200, -100), rules=NO_STEPPING_OFF) == metres(10 + 408 + 100)
    assert walk_m(town, (200, 18), (200, -100)) == metres(10 + 8 + 100)
    at_most = walk_m(town, (225, 18), (200, -100))
    assert metres(10 + 8 + 25 + 100) == at_most


def test_a_sidewalk_that_joins_nothing_is_no_island_valhalla_4419():
    town = Town()
    town.street((0, 0), (400, 0))
    town.way((100, 8), (300, 8), highway="footway", footway="sidewalk")
    network = network_of(town)
    assert len(np.unique(network.edge_component)) == 1
    assert walk_m(town, (300, 18), (400, 0)) == metres(10 + 8 + 100)


@pytest.mark.parametrize(
    "tags", [{"sidewalk": "separate"}, {"foot": "use_sidepath"}, {"sidewalk:both": "separate"}]
)
def test_a_street_with_sidewalks_of_its_own_stays_walkable_osmnx_1253(tags):
    town = Town()
    town.street((0, 0), (400, 0), highway="tertiary", **tags)
    town.way((0, 8), (400, 8), highway="footway", footway="sidewalk")
    town.street((400, 0), (400, -100))
    assert walk_m(town, (350, -20), (400, -100)) == metres(20 + 50 + 100)


def test_sidewalks_drawn_twice_change_the_walk_by_the_width_of_the_street_osmnx_1253():
    alone = Town()
    alone.street((0, 0), (200, 0), (400, 0))
    alone.street((200, 0), (200, -100))
    drawn = street_with_a_sidewalk()
    for door in [(0, 20), (130, 20), (390, 20)]:
        ours, plain = walk_m(drawn, door, (200, -100)), walk_m(alone, door, (200, -100))
        assert abs(ours - plain) <= 8 + 10 * DRAWN_M


def test_a_crossing_drawn_as_a_cycleway_joins_two_sidewalks_osmnx_1269():
    town = Town()
    town.street((0, 0), (400, 0), highway="primary")
    for y in (-10, 10):
        town.way((0, y), (200, y), (400, y), highway="footway", footway="sidewalk")
    assert walk_m(town, (200, 10), (200, -10)) == metres(200 + 20 + 200)
    tags = {"highway": "cycleway", "foot": "designated", "cycleway": "crossing"}
    town.way((200, 10), (200, -10), **tags)
    assert walk_m(town, (200, 10), (200, -10)) == metres(20)


@pytest.mark.parametrize("highway", ["primary", "secondary", "trunk"])
def test_nobody_steps_onto_a_big_road_but_at_the_end_of_the_sidewalk(highway):
    town = street_with_a_sidewalk(highway=highway)
    assert walk_m(town, (210, 18), (200, -100)) == metres(10 + 190 + 8 + 200 + 100)


def test_the_street_behind_a_big_road_is_not_stepped_onto():
    town = Town()
    town.street((0, 0), (400, 0), highway="primary")
    town.street((0, -6), (400, -6), highway="service")
    town.way((0, 6), (400, 6), highway="footway", footway="sidewalk")
    assert walk_m(town, (200, 6), (200, -6)) == np.inf


@pytest.mark.parametrize(
    "tags", [{"bridge": "yes", "layer": "1"}, {"tunnel": "yes", "layer": "-1"}, {"layer": "2"}]
)
def test_nobody_steps_off_a_bridge_onto_the_street_below(tags):
    town = Town()
    town.street((0, 0), (400, 0))
    town.way((100, 8), (300, 8), highway="footway", footway="sidewalk", **tags)
    assert len(np.unique(network_of(town).edge_component)) == 2


@pytest.mark.parametrize("tags", [{"railway": "rail"}, {"waterway": "canal"}, {"barrier": "fence"}])
def test_nobody_steps_off_a_sidewalk_across_a_railway_a_canal_or_a_fence(tags):
    town = Town()
    town.street((0, 0), (400, 0))
    town.way((100, 8), (300, 8), highway="footway", footway="sidewalk")
    town.way((0, 4), (400, 4), **tags)
    assert len(np.unique(network_of(town).edge_component)) == 2
