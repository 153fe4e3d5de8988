"""Where the sea is, told by the coastline, and that nobody steps across it."""

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from towns import CRS, ORIGIN, Edge, Town, network_of
from walkshed.network import allocate_ground, barrier_lines
from walkshed.network.ground import spots_inside
from walkshed.sources.ground import ground_layers
from walkshed.sources.water import BREAKS_OFF_DEG, sea, water_areas

BOX = (0.0, 0.0, 3.0, 2.0)
NO_STREET = np.array([], dtype=object)


def lines(*places):
    return np.array([shapely.LineString(line) for line in places], dtype=object)


def sea_of(*coastlines, streets=NO_STREET):
    return shapely.union_all(sea(lines(*coastlines), BOX, streets=streets))


def test_the_sea_is_to_the_right_of_the_coastline() -> None:
    assert sea_of([(1, -1), (1, 3)]).bounds == (1, 0, 3, 2)
    assert sea_of([(1, 3), (1, -1)]).bounds == (0, 0, 1, 2)


def test_without_a_coastline_there_is_no_sea() -> None:
    assert sea(NO_STREET, BOX, streets=NO_STREET).size == 0
    assert sea(lines([(9, 9), (9, 8)]), BOX, streets=NO_STREET).size == 0


def test_a_coastline_may_come_in_pieces_of_any_order() -> None:
    whole = sea_of([(1, -1), (1, 1), (2, 1), (2, 3)])
    parts = sea_of([(2, 1), (2, 3)], [(1, -1), (1, 1)], [(1, 1), (2, 1)])
    assert whole.equals(parts)
    assert whole.area == 3 * 2 - (1 + 2)


def test_an_island_is_land_and_a_lagoon_is_sea() -> None:
    island = [(2, 0.5), (2.5, 0.5), (2.5, 1), (2, 1), (2, 0.5)]
    assert sea_of([(1, -1), (1, 3)], island).area == pytest.approx(4 - 0.25)
    assert sea_of(island).area == pytest.approx(6 - 0.25)
    assert sea_of(island[::-1]).area == pytest.approx(0.25)


def test_a_coastline_that_breaks_off_far_from_the_box_tells_nothing() -> None:
    assert sea_of([(1, -1), (1, 1)]).is_empty
    assert sea_of([(1, -1), (1, 0.5)], [(1, 1.5), (1, 3)]).is_empty


def test_one_that_breaks_off_near_the_box_goes_on_to_it() -> None:
    end = 2 - BREAKS_OFF_DEG / 2
    assert sea_of([(1, -1), (1, end)]).area == pytest.approx(4)


def test_but_never_across_a_street() -> None:
    end = 2 - BREAKS_OFF_DEG / 2
    street = lines([(0, end + 0.001), (3, end + 0.001)])
    assert sea_of([(1, -1), (1, end)], streets=street).is_empty


@pytest.fixture
def shore():
    """A street at y = 0; the coast runs 60 m north of it, with a lake 60 m to the south."""
    town = Town()
    town.street((0, 0), (400, 0))
    town.way((2000, 60), (-1600, 60), natural="coastline")  # the land, in the south, on the left
    town.square(150, -160, 100, natural="water")
    return town.extract()


def test_water_is_lakes_and_the_sea(shore) -> None:
    water = water_areas(shore).to_crs(CRS).translate(-ORIGIN[0], -ORIGIN[1])
    assert [name[0] for name in water.index] == ["w", "s"]
    assert water.iloc[0].bounds == pytest.approx((150, -160, 250, -60), abs=0.1)
    assert water["sea0"].bounds[1] == pytest.approx(60, abs=0.5)
    assert water["sea0"].covers(shapely.Point(200, 300))
    assert len(ground_layers(shore)["water"]) == 2


def test_no_leg_crosses_a_coastline_and_no_ground_is_kept_on_water(shore) -> None:
    barriers = barrier_lines(shore, crs=CRS)
    x, y = ORIGIN
    network = network_of([(x, y), (x + 400, y)], [Edge(0, 1)])
    rule = {"cell_m": 10, "snap_max_m": 250.0, "island_max_m": 0.0, "barriers": barriers}
    water = water_areas(shore).to_crs(CRS).to_numpy()
    ground = allocate_ground(network, water=water, **rule)
    row, column = np.indices(ground.shape).reshape(2, -1)
    spots = ground.xy(row, column)
    reached = ground.edge.ravel() >= 0
    assert spots[reached, 1].max() == pytest.approx(y + 60, abs=10)
    wet = shapely.contains_xy(shapely.union_all(water), spots)
    assert wet.sum() > 1000
    assert not reached[wet].any()
    open_sea = np.hypot(spots[:, 0] - x - 200, spots[:, 1] - y - 120) < 30
    by_barrier = allocate_ground(network, **rule).edge.ravel()
    assert (by_barrier[open_sea] == -1).all()


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(*[st.floats(-60, 460, width=16)] * 2), min_size=3, max_size=9), st.data())
def test_spots_inside_are_those_that_shapely_finds(corners, data) -> None:
    network = network_of([(0, 0), (400, 300)], [Edge(0, 1)])
    none = np.empty(0, dtype=object)
    ground = allocate_ground(network, cell_m=23, snap_max_m=50.0, island_max_m=0.0, barriers=none)
    hole = shapely.Point(data.draw(st.tuples(*[st.floats(0, 400, width=16)] * 2))).buffer(60)
    shape = shapely.difference(shapely.make_valid(shapely.Polygon(corners)), hole)
    polygons = np.array([p for p in shapely.get_parts(shape) if p.area > 0], dtype=object)
    row, column = np.indices(ground.shape).reshape(2, -1)
    points = shapely.points(ground.xy(row, column))
    every = shapely.union_all(polygons)
    clear = (
        shapely.distance(every.boundary, points) > 1e-6
        if len(polygons)
        else np.ones(len(row), bool)
    )
    found = spots_inside(polygons, ground).ravel()
    assert (found == shapely.intersects(every, points))[clear].all()
