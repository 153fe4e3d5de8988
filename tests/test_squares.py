"""Squares are crossed in straight lines; the numbers are those of others' issues."""

import dataclasses

import numpy as np

from towns import Town
from walks import metres, network_of, walk_m
from walkshed.network.pedestrian import pedestrian_rules


def test_a_square_is_crossed_in_a_straight_line_pyrosm_96():
    town = Town()
    town.square(0, 0, 100, highway="pedestrian", area="yes", name="Big")
    town.street((-100, 0), (0, 0))
    town.street((100, 100), (200, 100))
    assert walk_m(town, (-100, 0), (200, 100)) == metres(200 + 100 * 2**0.5)
    network = network_of(town)
    across = network.edge_kind == "square"
    assert (network.edge_name[across] == "Big").all()
    assert across.sum() == network.n_edges - 2


def test_a_closed_street_that_is_no_area_is_walked_around_pyrosm_96():
    town = Town()
    town.square(0, 0, 100, highway="pedestrian")
    town.street((-100, 0), (0, 0))
    town.street((100, 100), (200, 100))
    assert walk_m(town, (-100, 0), (200, 100)) == metres(200 + 200)


def test_a_walk_across_a_bent_square_bends_at_its_inner_corner():
    town = Town()
    corners = [(0, 0), (100, 0), (100, 20), (100, 50), (50, 50), (50, 100), (20, 100), (0, 100)]
    town.way(*corners, (0, 0), highway="footway", area="yes")
    town.street((100, 20), (200, 20))
    town.street((20, 100), (20, 200))
    assert walk_m(town, (200, 20), (20, 200)) == metres(200 + 2 * (50**2 + 30**2) ** 0.5)


def with_highway(extract, value="pedestrian"):
    """Give `highway` to the areas that are squares, as an extract that reads relations does."""
    highway = np.where(extract.areas["place"] == "square", value, "")
    return dataclasses.replace(extract, areas=extract.areas.assign(highway=highway))


def square_with_a_bed(bed_side=20.0):
    """A square of 100 m with a flower bed in its middle, as a multipolygon relation."""
    town = Town()
    lawn = (100 - bed_side) / 2
    outer = town.way((0, 0), (100, 0), (100, 50), (100, 100), (0, 100), (0, 50), (0, 0))
    inner = town.square(lawn, lawn, bed_side)
    members = [("w", outer, "outer"), ("w", inner, "inner")]
    town.relation(*members, type="multipolygon", place="square", name="Forum")
    town.street((-100, 50), (0, 50))
    town.street((100, 50), (200, 50))
    return town


def test_a_square_that_is_a_relation_is_crossed_around_its_flower_bed_pyrosm_96():
    town = square_with_a_bed()
    extract = with_highway(town.extract())
    across_m = 2 * (40**2 + 10**2) ** 0.5 + 20
    assert walk_m(town, (-100, 50), (200, 50), extract=extract) == metres(200 + across_m)
    network = network_of(town, extract=extract)
    square = network.edge_kind == "square"
    assert set(network.edge_way_id[square]) == {-901}
    assert set(network.edge_name[square]) == {"Forum"}


def test_areas_that_nobody_may_walk_on_are_no_squares():
    town = square_with_a_bed()
    closed = network_of(town, extract=with_highway(town.extract(), "construction"))
    assert (closed.edge_kind != "square").all()
    town = Town()
    town.street((0, 0), (-50, 0))
    town.square(0, 0, 100, highway="pedestrian", area="yes", access="no")
    town.square(0, 200, 100, highway="steps", area="yes")
    assert (network_of(town).edge_kind != "square").all()


def test_a_huge_square_with_many_entrances_gets_a_bounded_number_of_lines():
    town = Town()
    around = 2 * np.pi * np.arange(300) / 300
    ring = [
        (float(x), float(y)) for x, y in 500 * np.column_stack([np.cos(around), np.sin(around)])
    ]
    town.way(*ring, ring[0], highway="pedestrian", area="yes")
    for x, y in ring:
        town.street((x, y), (1.1 * x, 1.1 * y))
    most = pedestrian_rules().limits.square_places_max
    network = network_of(town)
    assert network.n_edges <= 300 + 300 + most * (most - 1) / 2
    assert len(np.unique(network.edge_component)) == 1
    opposite = walk_m(town, ring[0], ring[150])
    assert 1000 - 1 <= opposite <= 1.05 * 1000


def test_a_square_with_an_impossible_outline_is_walked_along_its_outline():
    town = Town()
    town.way((0, 0), (100, 100), (100, 0), (0, 100), (0, 0), highway="pedestrian", area="yes")
    town.street((0, 0), (-50, 0))
    town.street((100, 0), (150, 0))
    assert network_of(town).n_edges == 4
