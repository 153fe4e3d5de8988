"""Ways and gates that everybody, residents alone or nobody may pass."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from towns import ADULT_KMH, CRS, DRAWN_M, STEPS_KMH, Town, components
from walkshed.errors import SourceError
from walkshed.network import build_network
from walkshed.network.pedestrian import walk_rules


def two_halves(**gate):
    """Two streets that meet in one node, which bears a gate."""
    town = Town()
    town.street((0, 0), (100, 0))
    town.street((100, 0), (200, 0))
    town.node(100, 0, **gate)
    return town


WALKABLE = [
    {"highway": "residential"},
    {"highway": "footway"},
    {"highway": "path"},
    {"highway": "steps"},
    {"highway": "track"},
    {"highway": "cycleway"},
    {"highway": "primary"},
    {"highway": "trunk"},
    {"highway": "service", "access": "destination"},
    {"highway": "service", "access": "private", "foot": "yes"},
    {"highway": "service", "access": "no", "foot": "designated"},
    {"highway": "trunk", "motorroad": "yes", "foot": "yes"},
    {"highway": "something-invented"},
]
NOT_WALKABLE = [
    {"highway": "motorway"},
    {"highway": "motorway_link"},
    {"highway": "via_ferrata"},
    {"highway": "trunk", "motorroad": "yes"},
    {"highway": "construction"},
    {"highway": "construction", "foot": "yes"},
    {"highway": "proposed", "foot": "designated"},
    {"highway": "service", "access": "private"},
    {"highway": "residential", "access": "no"},
    {"highway": "residential", "foot": "no"},
    {"highway": "footway", "foot": "private"},
    {"highway": "path", "access": "private", "foot": "no"},
    {"highway": "path", "foot:forward": "no", "foot:backward": "no"},
    {"highway": "path", "foot": "yes", "foot:forward": "no", "foot:backward": "no"},
]


@pytest.mark.parametrize("tags", WALKABLE)
def test_open_ways_can_be_walked(tags):
    town = Town()
    town.way((0, 0), (100, 0), **tags)
    assert town.network().n_edges == 1


@pytest.mark.parametrize("tags", NOT_WALKABLE)
def test_closed_ways_cannot_be_walked_and_a_town_without_others_is_refused(tags):
    town = Town()
    town.way((0, 0), (100, 0), **tags)
    with pytest.raises(SourceError, match=r"town\.osm\.pbf.*walked"):
        town.network()


def test_each_closed_way_has_a_reason_and_the_index_is_kept():
    keys = ["highway", "foot", "access", "motorroad", "foot:forward", "foot:backward"]
    ways = pd.DataFrame(
        [{key: tags.get(key, "") for key in keys} for tags in NOT_WALKABLE + WALKABLE]
    ).set_axis(range(50, 50 + len(NOT_WALKABLE + WALKABLE)))
    verdict = walk_rules(ways)
    assert verdict.index.equals(ways.index)
    closed, open_ways = verdict.iloc[: len(NOT_WALKABLE)], verdict.iloc[len(NOT_WALKABLE) :]
    assert (closed["reason"] != "").all()
    assert (closed["walk"] != "open").all()
    assert (open_ways["reason"] == "").all()
    assert (open_ways["walk"] == "open").all()


def test_a_closed_way_does_not_cut_the_streets_it_crosses():
    town = Town()
    town.street((0, 0), (100, 0), (200, 0))
    town.street((100, 0), (100, 100), access="no")
    network = town.network()
    assert network.n_edges == 1
    assert network.edge_length_m[0] == pytest.approx(200, abs=DRAWN_M)


@pytest.mark.parametrize(
    "tags", [{"man_made": "pier"}, {"railway": "platform"}, {"public_transport": "platform"}]
)
def test_a_pier_or_a_platform_on_which_footways_end_is_walked(tags):
    town = Town()
    town.street((0, 0), (100, 0))
    town.way((100, 0), (200, 0), **tags)
    town.street((200, 0), (300, 0), highway="footway")
    assert town.minutes((0, 0), (300, 0)) == pytest.approx(300 / 80, abs=DRAWN_M / 80)
    town.ways[1][2]["access"] = "no"
    assert town.minutes((0, 0), (300, 0)) == np.inf


CLOSED = [
    {"access": "no"},
    {"locked": "yes"},
    {"foot": "no"},
    {"access": "private", "foot": "no"},
    {"access": "no", "locked": "yes"},
]
FOR_RESIDENTS = [
    {"access": "private"},
    {"foot": "private", "access": "yes"},
    {"access": "private", "locked": "yes"},
    {"access": "residents"},
]
OPEN = [
    {},
    {"access": "yes"},
    {"locked": "no"},
    {"access": "private", "foot": "yes"},
    {"access": "no", "foot": "designated"},
    {"motor_vehicle": "no"},
]


def ring_with_a_gate(**gate):
    """A ring of 600 m whose southern side bears a gate in its middle."""
    town = Town()
    town.street((0, 0), (100, 0), (200, 0))
    town.street((0, 0), (0, 100), (200, 100), (200, 0))
    town.node(100, 0, **gate)
    return town


@pytest.mark.parametrize("tags", CLOSED)
def test_a_closed_gate_cuts_the_way(tags):
    network = two_halves(barrier="gate", **tags).network()
    assert components(network) == 2
    assert (network.node_ref < 0).sum() == 2
    assert network.edge_length_m == pytest.approx(100, abs=DRAWN_M)


@pytest.mark.parametrize("tags", CLOSED + FOR_RESIDENTS)
def test_nobody_walks_through_a_gate_that_is_closed_or_for_residents(tags):
    network = ring_with_a_gate(barrier="gate", **tags).network()
    assert (network.node_ref < 0).sum() == 2
    assert network.edge_length_m.sum() == pytest.approx(600, abs=6 * DRAWN_M)
    assert components(network) == 1


@pytest.mark.parametrize("tags", FOR_RESIDENTS)
def test_residents_pass_their_gate_where_it_is_their_only_way_out(tags):
    town = two_halves(barrier="gate", **tags)
    assert components(town.network()) == 1
    assert town.minutes((0, 0), (200, 0)) == pytest.approx(2.5, abs=DRAWN_M / 80)


@pytest.mark.parametrize("tags", OPEN)
@pytest.mark.parametrize("barrier", ["gate", "bollard", "lift_gate"])
def test_an_open_gate_does_not(barrier, tags):
    network = two_halves(barrier=barrier, **tags).network()
    assert components(network) == 1
    assert (network.node_ref > 0).all()


@pytest.mark.parametrize("tags", [{"access": "private"}, {"access": "no"}, {"locked": "yes"}])
@pytest.mark.parametrize(
    "barrier", ["bollard", "lift_gate", "cycle_barrier", "block", "kerb", "planter", "debris"]
)
def test_what_stops_vehicles_alone_is_walked_past(barrier, tags):
    assert components(two_halves(barrier=barrier, **tags).network()) == 1
    assert components(two_halves(barrier=barrier, foot="no", **tags).network()) == 2


@pytest.mark.parametrize("barrier", ["wall", "fence", "hedge"])
def test_nobody_walks_through_a_wall_unless_it_says_so(barrier):
    assert components(two_halves(barrier=barrier).network()) == 2
    assert components(two_halves(barrier=barrier, foot="yes").network()) == 1


def test_a_closed_gate_in_the_middle_of_one_way_cuts_it():
    town = Town()
    town.street((0, 0), (100, 0), (250, 0))
    town.node(100, 0, barrier="gate", access="no")
    network = town.network()
    assert sorted(network.edge_length_m.round()) == [100, 150]
    assert components(network) == 2


def test_a_closed_gate_on_a_junction_parts_all_its_streets():
    town = Town()
    town.street((0, 0), (100, 0), (200, 0))
    town.street((100, 0), (100, 100))
    town.node(100, 0, barrier="gate", locked="yes")
    assert components(town.network()) == 3


@pytest.mark.parametrize("tags", [{"access": "private"}, {"access": "no"}])
def test_closed_gates_at_the_ends_and_on_a_loop_lose_no_street(tags):
    town = Town()
    town.street((0, 0), (100, 0))
    town.node(0, 0, barrier="gate", **tags)
    town.node(100, 0, barrier="gate", **tags)
    town.square(500, 0, 50, highway="service")
    town.node(500, 0, barrier="gate", **tags)
    network = town.network()
    assert network.edge_length_m.sum() == pytest.approx(300, abs=5 * DRAWN_M)
    assert (network.edge_u != network.edge_v).all()
    assert components(network) == 2


def test_walkers_behind_a_closed_gate_go_round():
    town = two_halves(barrier="gate", access="no")
    assert town.minutes((0, 0), (200, 0)) == np.inf
    town.street((0, 0), (0, 100), (200, 100), (200, 0))
    assert town.minutes((0, 0), (200, 0)) == pytest.approx(400 / 80, abs=DRAWN_M / 80)


def test_ids_of_cut_gates_keep_clear_of_negative_ids_in_the_data():
    town = two_halves(barrier="gate", access="no")
    extract = town.extract()
    shifted = dataclasses.replace(
        extract,
        node_ref=extract.node_ref - 3,
        node_tags=extract.node_tags.set_axis(extract.node_tags.index - 3),
    )
    network = build_network(shifted, crs=CRS, speed_kmh=ADULT_KMH, steps_speed_kmh=STEPS_KMH)
    assert components(network) == 2
    assert network.n_nodes == 4
