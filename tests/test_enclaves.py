"""Private yards and gated quarters: ways out, and no ways through."""

import numpy as np

from towns import Town
from walks import metres, network_of, walk_m


def two_streets_and_a_yard(**yard):
    """Streets 200 m apart joined in the west; in the east a private way joins them too."""
    town = Town()
    town.street((1000, 0), (0, 0), (0, 200), (1000, 200))
    tags = {"highway": "service", "access": "private", **yard}
    town.way((1000, 0), (1000, 80), (1000, 200), **tags)
    return town


def test_a_private_way_is_a_way_out():
    town = two_streets_and_a_yard()
    assert walk_m(town, (1005, 50), (900, 0)) == metres(5 + 50 + 100)
    assert walk_m(town, (1005, 150), (900, 200)) == metres(5 + 50 + 100)


def test_a_private_way_is_no_way_through():
    town = two_streets_and_a_yard()
    assert walk_m(town, (900, 0), (900, 200)) == metres(900 + 200 + 900)
    assert walk_m(two_streets_and_a_yard(foot="yes"), (900, 0), (900, 200)) == metres(400)


def test_of_two_exits_a_resident_takes_the_nearer_one():
    town = two_streets_and_a_yard()
    network = network_of(town)
    assert network.edge_length_m.sum() == metres(2200 + 200)
    assert walk_m(town, (1000, 99), (900, 0)) == metres(199)
    assert walk_m(town, (1000, 101), (900, 0)) == metres(99 + 1000 + 200 + 900)


def test_a_yard_with_one_exit_is_not_cut():
    town = Town()
    town.street((0, 0), (100, 0), (200, 0))
    town.way((100, 0), (100, 50), (50, 50), (50, 80), (150, 80), (150, 50), (100, 50),
             highway="service", access="private")  # fmt: skip
    network = network_of(town)
    assert (network.node_ref > 0).all()
    assert walk_m(town, (150, 85), (0, 0)) == metres(5 + 30 + 50 + 50 + 100)


def test_a_yard_behind_its_own_gate_lets_residents_out():
    town = two_streets_and_a_yard()
    town.node(1000, 0, barrier="gate", access="private", locked="yes")
    town.node(1000, 200, barrier="gate", access="private")
    assert walk_m(town, (1005, 50), (900, 0)) == metres(5 + 50 + 100)
    assert walk_m(town, (900, 0), (900, 200)) == metres(2000)


def gated_quarter(gates=((100, 0),), **tags):
    """A long street, and a quarter of untagged streets behind gates on it."""
    town = Town()
    town.street((0, 0), (100, 0), (300, 0), (1000, 0))
    town.street((100, 0), (100, 10), (100, 200), (300, 200), (300, 10), (300, 0))
    for x, _ in gates:
        town.node(x, 10, barrier="gate", **{"access": "private", **tags})
    return town


def test_a_gated_quarter_with_one_gate_is_not_lost():
    town = gated_quarter(gates=[(100, 0), (300, 0)])
    assert walk_m(town, (100, 150), (0, 0)) == metres(150 + 100)
    assert walk_m(town, (300, 150), (1000, 0)) == metres(150 + 700)


def test_nobody_walks_through_a_gated_quarter():
    town = gated_quarter(gates=[(100, 0), (300, 0)])
    town.street((100, 200), (100, 250))
    inside = walk_m(town, (100, 250), (0, 0))
    assert inside == metres(250 + 100)
    town = Town()
    town.street((100, 0), (0, 0), (0, 1000), (300, 1000), (300, 0))
    town.street((100, 0), (110, 0), (290, 0), (300, 0))
    for x in (110, 290):
        town.node(x, 0, barrier="gate", access="private")
    assert walk_m(town, (100, 0), (300, 0)) == metres(100 + 1000 + 300 + 1000)


def test_a_town_of_its_own_behind_a_private_gate_stays_apart():
    town = Town()
    town.street((0, 0), (600, 0))
    town.street((600, 0), (1000, 0))
    town.node(600, 0, barrier="gate", access="private")
    assert walk_m(town, (1000, 0), (0, 0)) == metres(1000)
    apart = {"limits": {"enclave_max_m": 300.0}}
    assert walk_m(town, (1000, 0), (0, 0), rules=apart) == np.inf


def test_a_yard_without_any_exit_is_left_out_and_its_doors_find_the_open_street():
    town = Town()
    town.street((0, 0), (1000, 0))
    town.street((0, 80), (1000, 80), access="private")
    network = network_of(town)
    assert network.edge_length_m.sum() == metres(1000)
    assert walk_m(town, (500, 85), (0, 0)) == metres(85 + 500)


def test_a_square_in_a_private_yard_is_crossed_by_residents_alone():
    town = Town()
    town.street((0, 0), (0, 300), (100, 300), (100, 100))
    town.square(0, 0, 100, highway="pedestrian", area="yes", access="private")
    assert walk_m(town, (0, 0), (100, 100)) == metres(300 + 100 + 200)
