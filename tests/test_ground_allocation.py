"""The ground: each of its spots meets the street as a door there would."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from towns import CRS, Edge, drawings, network_of
from walkshed.network import _numba, ground, snap
from walkshed.network.ground import CELL_M, FINE_CELL_M, allocate_ground

NO_BARRIER = np.empty(0, dtype=object)
STREET = network_of([(0, 0), (400, 0)], [Edge(0, 1)])
RULE = {"snap_max_m": 250.0, "island_max_m": 0.0, "barriers": NO_BARRIER}


def spots_of(allocated):
    row, column = np.indices(allocated.shape)
    return allocated.xy(row.ravel(), column.ravel())


def assert_as_snapped(network, allocated, rule):
    points = gpd.GeoSeries(shapely.points(spots_of(allocated)), crs=network.crs)
    table = snap(network, points, **rule)
    assert (allocated.edge.ravel() == table["edge"]).all()
    met = table["edge"] >= 0
    assert allocated.offset_m.ravel()[met] == pytest.approx(table["offset_m"][met], abs=1e-3)
    assert allocated.access_m.ravel()[met] == pytest.approx(table["access_m"][met], abs=1e-3)
    assert np.isinf(allocated.access_m.ravel()[~met]).all()


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_every_spot_meets_the_street_as_a_door_there_would(data):
    nodes, edges = data.draw(drawings())
    network = network_of(nodes, edges)
    place = st.tuples(st.floats(0, 1000, width=32), st.floats(0, 1000, width=32))
    walls = [
        shapely.LineString(pair)
        for pair in data.draw(st.lists(st.tuples(place, place), max_size=3))
        if pair[0] != pair[1]
    ]
    rule = {
        "snap_max_m": data.draw(st.sampled_from([20.0, 250.0])),
        "island_max_m": data.draw(st.sampled_from([0.0, 500.0])),
        "barriers": np.array(walls[:1], dtype=object),
        "fences": np.array(walls[1:], dtype=object),
        "keep_components": data.draw(st.sampled_from([(), (0,)])),
    }
    assert_as_snapped(network, allocate_ground(network, cell_m=47, **rule), rule)


def test_without_numba_the_ground_is_the_same(monkeypatch):
    rule = {**RULE, "barriers": np.array([shapely.LineString([(100, 20), (300, 20)])])}
    compiled = allocate_ground(STREET, cell_m=10, **rule)
    monkeypatch.setattr(_numba, "HAS_NUMBA", False)
    plain = allocate_ground(STREET, cell_m=10, **rule)
    assert (compiled.edge == plain.edge).all()
    assert np.array_equal(compiled.offset_m, plain.offset_m)
    assert np.array_equal(compiled.access_m, plain.access_m)


def test_ground_behind_a_barrier_or_too_far_meets_nothing():
    river = shapely.LineString([(-500, 20), (900, 20)])
    allocated = allocate_ground(STREET, cell_m=10, **{**RULE, "barriers": np.array([river])})
    y = spots_of(allocated)[:, 1]
    assert (allocated.edge.ravel()[y >= 20] == -1).all()
    x, y = spots_of(allocate_ground(STREET, cell_m=10, **RULE)).T
    far = np.hypot(x - np.clip(x, 0, 400), y) > 250
    assert ((allocate_ground(STREET, cell_m=10, **RULE).edge.ravel() == -1) == far).all()


def test_the_ground_goes_as_far_as_a_leg_does():
    x, y = spots_of(allocate_ground(STREET, cell_m=10, **RULE)).T
    assert (x.min(), x.max(), y.min(), y.max()) == (-250, 650, -250, 250)


def test_bounds_are_covered_and_not_exceeded_by_more_than_a_cell():
    allocated = allocate_ground(STREET, cell_m=10, bounds=(101, -33, 205, 60), **RULE)
    x, y = spots_of(allocated).T
    assert (x.min(), x.max(), y.min(), y.max()) == (100, 210, -40, 60)
    assert_as_snapped(STREET, allocated, RULE)


def test_spots_lie_on_multiples_of_the_cell_so_that_scenarios_share_them():
    longer = network_of([(-137.3, 8.1), (400, 0)], [Edge(0, 1)])
    allocated = allocate_ground(longer, cell_m=7, **RULE)
    assert np.allclose(np.remainder(np.array(allocated.origin) / 7 + 0.5, 1), 0.5)


def test_a_small_city_has_finer_ground_than_a_large_one():
    assert allocate_ground(STREET, **RULE).cell_m == FINE_CELL_M
    large = network_of([(0, 0), (20_000, 8_000)], [Edge(0, 1)])
    assert allocate_ground(large, **RULE).cell_m == CELL_M


def test_threads_and_chunks_change_nothing(monkeypatch):
    network = network_of([(0, 0), (400, 0), (0, 300)], [Edge(0, 1), Edge(1, 2)])
    whole = allocate_ground(network, cell_m=5, **RULE)
    monkeypatch.setattr(ground, "SPOTS_AT_ONCE", 1000)
    monkeypatch.setattr(ground, "ThreadPoolExecutor", partial(ThreadPoolExecutor, 7))
    parts = allocate_ground(network, cell_m=5, **RULE)
    assert np.array_equal(whole.edge, parts.edge)
    assert np.array_equal(whole.offset_m, parts.offset_m)
    assert np.array_equal(whole.access_m, parts.access_m)


def test_a_spot_takes_twelve_bytes():
    allocated = allocate_ground(STREET, cell_m=10, **RULE)
    size = allocated.edge.nbytes + allocated.offset_m.nbytes + allocated.access_m.nbytes
    assert size == 12 * allocated.edge.size


def test_a_window_is_the_smallest_that_holds_the_spots_of_some_edges():
    network = network_of([(0, 0), (400, 0), (0, 900), (400, 900)], [Edge(0, 1), Edge(2, 3)])
    allocated = allocate_ground(network, cell_m=10, **{**RULE, "snap_max_m": 100.0})
    for edges in ([True, False], [False, True], [True, True]):
        row, column = np.nonzero(np.isin(allocated.edge, np.flatnonzero(edges)))
        rows, columns = allocated.window(np.array(edges))
        assert (rows.start, rows.stop) == (row.min(), row.max() + 1)
        assert (columns.start, columns.stop) == (column.min(), column.max() + 1)
    nothing = allocated.window(np.array([False, False]))
    assert allocated.met(*nothing).edge.size == 0


def test_an_edge_that_no_spot_meets_has_an_empty_window():
    network = network_of([(0, 0), (400, 0)], [Edge(0, 1), Edge(0, 1, is_open=False)])
    allocated = allocate_ground(network, cell_m=10, **RULE)
    assert allocated.met(*allocated.window(np.array([False, True]))).edge.size == 0


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_between_spots_the_street_is_met_as_a_door_there_would_unless_a_barrier_is_near(data):
    nodes, edges = data.draw(drawings())
    network = network_of(nodes, edges)
    allocated = allocate_ground(network, cell_m=47, **RULE)
    part = st.floats(0, 1, width=16)
    row, column = (
        np.array(data.draw(st.lists(part, min_size=5, max_size=5))) * (size - 1)
        for size in allocated.shape
    )
    one_way = data.draw(st.booleans())  # places between two spots, and places amid four
    row = np.floor(row) if one_way else np.floor(row) + 0.5
    between = allocated.met_between(row, column if one_way else np.floor(column) + 0.5)
    whole = allocated.kerbs.meet(allocated.xy(row, column if one_way else np.floor(column) + 0.5))
    legs = np.isfinite(between.access_m)
    assert (between.edge[legs] == whole.edge[legs]).all()
    corners = [
        allocated.edge[
            tuple(np.clip(s([row, column]), 0, np.array(allocated.shape)[:, None] - 1).astype(int))
        ]
        >= 0
        for s in (np.floor, np.ceil)
    ]
    assert (
        legs[np.any(corners, axis=0)].tolist()
        == (whole.edge >= 0)[np.any(corners, axis=0)].tolist()
    )


def test_where_all_is_bridge_no_ground_meets_the_street():
    bridge = network_of([(0, 0), (400, 0)], [Edge(0, 1, is_open=False)])
    assert (allocate_ground(bridge, cell_m=50, **RULE).edge == -1).all()


def test_the_ground_tells_how_large_it_is():
    text = repr(allocate_ground(STREET, cell_m=10, **RULE))
    assert text == "Ground(51 x 91 spots, 10 m, 0.4 km2 beside streets)"
    assert STREET.crs == CRS


def test_a_place_asked_for_again_meets_the_street_where_it_did():
    """In any order, among others, beyond the spots too; and other places are not taken for it."""
    rule = {**RULE, "barriers": np.array([shapely.LineString([(100, 20), (300, 20)])])}
    remembering = allocate_ground(STREET, cell_m=10, **rule)
    rows, columns = remembering.shape
    rng = np.random.default_rng(8)
    for _ in range(4):
        row = rng.integers(-32, 32 * rows + 1, 3000) / 32
        column = rng.integers(-32, 32 * columns + 1, 3000) / 32
        found = [remembering.met_between(row, column) for _ in range(2)]
        anew = allocate_ground(STREET, cell_m=10, **rule).met_between(row, column)
        for met in found:
            for name in ("edge", "offset_m", "access_m", "status"):
                assert np.array_equal(getattr(met, name), getattr(anew, name))
                assert getattr(met, name).dtype == getattr(anew, name).dtype
