"""Snapping: where a point meets the street, and what its leg may not cross."""

from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from towns import CRS, DRAWN_M, MONACO, Edge, Town, drawings, network_of, places
from walkshed.errors import CRSError
from walkshed.network import (
    SNAP_STATUSES,
    _numba,
    barrier_lines,
    build_network,
    fence_lines,
    metric_crs,
    snap,
)
from walkshed.network.snapping import CHUNK, components_of, kerbs_of
from walkshed.sources.osm import read_osm

NO_BARRIER = np.empty(0, dtype=object)
STREET = network_of([(0, 0), (400, 0)], [Edge(0, 1)])


def points(*xy, crs=CRS):
    names = [f"d{i}" for i in range(len(xy))]
    return gpd.GeoSeries([shapely.Point(x, y) for x, y in xy], index=names, crs=crs)


def at(
    network, *xy, barriers=NO_BARRIER, fences=NO_BARRIER, snap_max_m=250.0, island_max_m=0.0,
    keep_components=(),
):  # fmt: skip
    return snap(
        network,
        points(*xy),
        snap_max_m=snap_max_m,
        island_max_m=island_max_m,
        barriers=np.array(barriers, dtype=object),
        fences=np.array(fences, dtype=object),
        keep_components=keep_components,
    )


@pytest.fixture(params=["numba", "shapely"], autouse=True)
def engine(request, monkeypatch):
    """Every test runs on both engines; the compiled one is used where numba can be had."""
    monkeypatch.setattr(_numba, "HAS_NUMBA", request.param == "numba" and _numba.HAS_NUMBA)


def pieces_of(network):
    """Every straight piece of every edge: edge, length of the edge before it, and a line."""
    for edge, line in enumerate(network.edge_lines):
        before_m = 0.0
        corners = shapely.get_coordinates(line)
        for a, b in pairwise(corners):
            yield edge, before_m, shapely.LineString([a, b])
            before_m += float(np.hypot(*(b - a)))


def test_a_point_meets_the_street_at_its_nearest_place_not_at_a_node():
    row = at(STREET, (150, 30)).iloc[0]
    assert (row["edge"], row["offset_m"], row["access_m"]) == (0, 150, 30)
    assert row["status"] == "snapped"


def test_a_point_beyond_the_end_meets_the_end():
    table = at(STREET, (-30, 40), (430, -40))
    assert table["offset_m"].tolist() == [0, 400]
    assert table["access_m"].tolist() == [50, 50]


def test_a_point_on_the_street_has_no_leg():
    assert at(STREET, (123, 0)).iloc[0][["offset_m", "access_m"]].tolist() == [123, 0]


def test_offsets_are_measured_along_the_bends_from_the_first_node():
    network = network_of([(0, 0), (100, 100)], [Edge(1, 0, via=((100, 0),))])
    row = at(network, (60, -10)).iloc[0]
    assert row["offset_m"] == pytest.approx(100 + 40)
    assert row["access_m"] == pytest.approx(10)


def test_exactly_the_longest_leg_still_counts():
    table = at(STREET, (100, 250), (100, 250.01), snap_max_m=250)
    assert table["status"].tolist() == ["snapped", "too_far"]
    assert table["access_m"].tolist() == [250, np.inf]


def test_a_point_too_far_is_kept_with_its_reason():
    row = at(STREET, (0, 9999)).iloc[0]
    assert row["edge"] == -1
    assert np.isnan(row["offset_m"])
    assert row["access_m"] == np.inf
    assert row["status"] == "too_far"


def test_a_nearer_street_on_an_island_is_passed_over():
    network = network_of([(0, 0), (400, 0), (100, 50), (130, 50)], [Edge(0, 1), Edge(2, 3)])
    row = at(network, (115, 45), island_max_m=100).iloc[0]
    assert (row["edge"], row["access_m"], row["status"]) == (0, 45, "moved_off_island")
    row = at(network, (115, 45), island_max_m=30).iloc[0]  # 30 m of street are no island here
    assert (row["edge"], row["access_m"], row["status"]) == (1, 5, "snapped")


def test_a_point_that_reaches_nothing_but_an_island_stays_on_it():
    network = network_of([(0, 0), (400, 0), (100, 50), (130, 50)], [Edge(0, 1), Edge(2, 3)])
    row = at(network, (115, 60), island_max_m=100, snap_max_m=40).iloc[0]
    assert (row["edge"], row["status"]) == (1, "snapped")


def test_islands_joined_to_the_mainland_by_a_bridge_are_mainland():
    town = [(0, 0), (30, 0), (60, 0), (1000, 0)]
    network = network_of(town, [Edge(0, 1), Edge(1, 2, is_open=False), Edge(2, 3)])
    assert at(network, (10, 5), island_max_m=500).iloc[0]["edge"] == 0


def test_bridges_and_tunnels_are_not_stepped_onto():
    network = network_of(
        [(0, 0), (400, 0), (0, 100), (400, 100)], [Edge(0, 1, is_open=False), Edge(2, 3)]
    )
    row = at(network, (200, 10)).iloc[0]
    assert (row["edge"], row["access_m"], row["status"]) == (1, 90, "snapped")


def test_where_there_is_only_a_bridge_every_point_is_too_far():
    network = network_of([(0, 0), (400, 0)], [Edge(0, 1, is_open=False)])
    table = at(network, (200, 10), (0, 9999))
    assert table["status"].tolist() == ["too_far", "too_far"]
    assert table["edge"].tolist() == [-1, -1]


def test_a_leg_does_not_cross_a_barrier_while_another_street_is_on_this_side():
    network = network_of([(0, 0), (400, 0), (0, 100), (400, 100)], [Edge(0, 1), Edge(2, 3)])
    river = shapely.LineString([(-100, 20), (500, 20)])
    row = at(network, (200, 25), barriers=[river]).iloc[0]
    assert (row["edge"], row["access_m"], row["status"]) == (1, 75, "snapped")
    row = at(network, (200, 15), barriers=[river]).iloc[0]
    assert (row["edge"], row["access_m"]) == (0, 15)


def test_a_point_with_all_streets_across_the_river_is_behind_a_barrier():
    river = shapely.LineString([(-100, 20), (500, 20)])
    row = at(STREET, (200, 30), barriers=[river]).iloc[0]
    assert (row["edge"], row["access_m"], row["status"]) == (-1, np.inf, "behind_barrier")


def test_a_point_too_far_is_not_said_to_be_behind_a_barrier():
    river = shapely.LineString([(-100, 20), (500, 20)])
    assert at(STREET, (200, 300), barriers=[river]).iloc[0]["status"] == "too_far"


def test_a_barrier_that_ends_before_the_leg_does_not_matter():
    pond = shapely.LineString([(210, 20), (500, 20)])
    assert at(STREET, (200, 30), barriers=[pond]).iloc[0]["status"] == "snapped"


def test_an_island_across_the_river_is_neither_taken_nor_blamed():
    network = network_of([(0, 0), (400, 0), (100, 50), (130, 50)], [Edge(0, 1), Edge(2, 3)])
    river = shapely.LineString([(0, 47), (400, 47)])
    row = at(network, (115, 45), barriers=[river], island_max_m=100).iloc[0]
    assert (row["edge"], row["status"]) == (0, "snapped")


TWO_STREETS = network_of([(0, 0), (400, 0), (0, 100), (400, 100)], [Edge(0, 1), Edge(2, 3)])
FENCE = shapely.LineString([(-100, 20), (500, 20)])


def test_a_leg_goes_to_the_street_this_side_of_a_fence():
    row = at(TWO_STREETS, (200, 25), fences=[FENCE]).iloc[0]
    assert (row["edge"], row["access_m"], row["status"]) == (1, 75, "snapped")


def test_who_is_fenced_in_crosses_his_fence_to_the_nearest_street():
    plot = shapely.box(180, 10, 220, 40).exterior
    row = at(TWO_STREETS, (200, 25), fences=[plot]).iloc[0]
    assert (row["edge"], row["access_m"], row["status"]) == (0, 25, "across_fence")


def test_a_fence_is_gone_around_no_farther_than_the_longest_leg():
    row = at(TWO_STREETS, (200, 25), fences=[FENCE], snap_max_m=70).iloc[0]
    assert (row["edge"], row["access_m"], row["status"]) == (0, 25, "across_fence")


def test_a_fence_opens_no_way_over_a_river():
    river = shapely.LineString([(-100, 10), (500, 10)])
    table = at(TWO_STREETS, (200, 25), (200, 15), fences=[FENCE], barriers=[river])
    assert table["edge"].tolist() == [1, 1]
    assert table["status"].tolist() == ["snapped", "across_fence"]
    row = at(STREET, (200, 25), fences=[FENCE], barriers=[river]).iloc[0]
    assert (row["edge"], row["status"]) == (-1, "behind_barrier")


def test_a_fence_is_crossed_rather_than_an_island_taken():
    network = network_of([(0, 0), (400, 0), (100, 50), (130, 50)], [Edge(0, 1), Edge(2, 3)])
    row = at(network, (115, 45), fences=[FENCE], island_max_m=100).iloc[0]
    assert (row["edge"], row["access_m"], row["status"]) == (0, 45, "across_fence")
    row = at(network, (115, 45), fences=[FENCE], island_max_m=100, snap_max_m=20).iloc[0]
    assert (row["edge"], row["access_m"], row["status"]) == (1, 5, "snapped")


def test_a_spot_between_is_not_given_a_leg_over_a_fence_that_it_could_go_around():
    kerbs = kerbs_of(
        TWO_STREETS,
        snap_max_m=250,
        island_max_m=0,
        barriers=NO_BARRIER,
        fences=np.array([FENCE], dtype=object),
    )
    met = kerbs.meet(np.array([[200.0, 25.0]]), np.array([30.0]))
    assert (met.edge[0], met.access_m[0]) == (-1, np.inf)


@pytest.mark.parametrize("barrier", ["fence", "wall", "city_wall", "retaining_wall", "hedge"])
def test_a_drawn_fence_turns_the_walk_to_the_other_street(barrier):
    town = Town()
    town.street((0, 100), (0, 0), (400, 0))
    town.street((0, 100), (400, 100))
    town.way((-50, 20), (450, 20), barrier=barrier)
    assert town.minutes((300, 25), (300, 0)) == pytest.approx(
        (75 + 300 + 100 + 300) / 80, abs=2 * DRAWN_M / 80
    )


@pytest.mark.parametrize("barrier", ["kerb", "bollard", "chain", "yes"])
def test_what_a_walker_steps_over_is_no_fence(barrier):
    town = Town()
    town.street((0, 0), (400, 0))
    town.way((-50, 20), (450, 20), barrier=barrier)
    assert len(fence_lines(town.extract(), crs=CRS)) == 0


def railway_town():
    """A level crossing at x = 0, streets along both sides of the rails, one a little nearer."""
    town = Town()
    town.street((-400, -40), (0, -40), (400, -40))
    town.street((-400, 60), (0, 60), (400, 60))
    town.street((0, -40), (0, 0), (0, 60))
    town.way((-500, 0), (0, 0), (500, 0), railway="rail")
    return town


def test_legs_in_a_drawn_town_do_not_cross_the_rails():
    extract = railway_town().extract()
    network = build_network(extract, crs=CRS, speed_kmh=4.8, steps_speed_kmh=2.4)
    barriers = barrier_lines(extract, crs=CRS)
    doors = places({"north": (300, 5), "south": (300, -5)})
    table = snap(network, doors, snap_max_m=250, island_max_m=0, barriers=barriers)
    assert table["access_m"].tolist() == pytest.approx([55, 35], abs=DRAWN_M)
    legs = shapely.shortest_line(doors.to_numpy(), network.edge_lines[table["edge"]])
    assert not shapely.intersects(legs, shapely.union_all(barriers)).any()


def test_the_walk_over_the_rails_goes_by_the_level_crossing():
    walk = railway_town().minutes((300, 5), (300, -40))
    assert walk == pytest.approx((55 + 300 + 100 + 300) / 80, abs=2 * DRAWN_M / 80)


def test_a_quay_drawn_along_the_shore_is_stepped_onto_from_the_land():
    town = Town()
    town.street((0, 0), (100, 0), (200, 0), name="Quay")
    town.way((0, 0), (100, 0), (200, 0), (200, -100), (0, -100), (0, 0), natural="water")
    assert town.minutes((100, 20), (0, 0)) == pytest.approx(120 / 80, abs=DRAWN_M / 80)


def test_the_index_is_kept_and_the_order_of_points_changes_nothing():
    network = network_of(
        [(0, 0), (400, 0), (0, 100), (400, 100)], [Edge(0, 1), Edge(2, 3), Edge(0, 2), Edge(1, 3)]
    )
    doors = points((50, 50), (0, -10), (420, 120), (200, 50), (0, 5000))
    options = {"snap_max_m": 250.0, "island_max_m": 0.0, "barriers": NO_BARRIER}
    table = snap(network, doors, **options)
    assert table.index.equals(doors.index)
    turned = snap(network, doors.iloc[::-1], **options)
    pd.testing.assert_frame_equal(turned.loc[doors.index], table, check_exact=True)


def test_no_points_give_an_empty_table():
    table = snap(STREET, points(), snap_max_m=250, island_max_m=0, barriers=NO_BARRIER)
    assert table.empty
    assert {"edge", "offset_m", "access_m", "status"} <= set(table.columns)


@pytest.mark.parametrize("crs", ["EPSG:4326", "EPSG:32643", None])
def test_points_in_another_crs_or_in_none_are_refused(crs):
    doors = points((71.37, 42.9), crs=crs)
    with pytest.raises(CRSError, match="32642"):
        snap(STREET, doors, snap_max_m=250, island_max_m=0, barriers=NO_BARRIER)


def test_of_two_streets_equally_near_the_lower_number_is_met():
    network = network_of(
        [(0, 0), (400, 0), (0, 100), (400, 100), (0, 300), (400, 300)],
        [Edge(4, 5), Edge(2, 3), Edge(0, 1)],
    )
    row = at(network, (130, 50)).iloc[0]
    assert (row["edge"], row["offset_m"], row["access_m"]) == (1, 130, 50)


def test_at_a_junction_the_lowest_of_its_streets_is_met():
    ends = [(0, 0), (400, 10), (-400, 10), (0, 400)]
    network = network_of(ends, [Edge(1, 0), Edge(0, 2), Edge(0, 3)])
    row = at(network, (0, -30)).iloc[0]
    assert (row["edge"], row["access_m"]) == (0, 30)
    assert row["offset_m"] == pytest.approx(network.edge_length_m[0])


def test_of_two_places_equally_near_on_one_street_the_first_is_met():
    hairpin = network_of([(0, 0), (0, 100)], [Edge(0, 1, via=((300, 0), (300, 100)))])
    assert at(hairpin, (100, 50)).iloc[0]["offset_m"] == pytest.approx(100)


def test_a_street_is_met_where_it_bends_back_to_this_side_of_the_river():
    # the street runs beyond the river, crosses it by x = 300, and comes back on this side
    network = network_of([(0, 100), (0, -60)], [Edge(0, 1, via=((300, 100), (300, -60)))])
    river = shapely.LineString([(-50, 50), (290, 50)])
    row = at(network, (100, 40), barriers=[river]).iloc[0]
    assert row["access_m"] == 100
    assert row["offset_m"] == 300 + 160 + 200


def test_the_answer_does_not_depend_on_where_a_street_is_cut_in_edges():
    bends = [(0, 0), (100, 20), (200, -10), (300, 40)]
    whole = network_of([bends[0], bends[-1]], [Edge(0, 1, via=tuple(bends[1:-1]))])
    parts = network_of(bends, [Edge(i, i + 1) for i in range(3)])
    wall = shapely.LineString([(50, 30), (250, 30)])
    spots = [(x, y) for x in range(-20, 330, 35) for y in (-55, 5, 33, 70)]
    one, three = (at(n, *spots, barriers=[wall]) for n in (whole, parts))
    assert one["status"].tolist() == three["status"].tolist()
    assert one["access_m"].tolist() == pytest.approx(three["access_m"].tolist())
    starts = np.concatenate([[0], np.cumsum(parts.edge_length_m)])
    snapped = three["edge"] >= 0
    along = starts[three["edge"][snapped]] + three["offset_m"][snapped]
    assert one["offset_m"][snapped].tolist() == pytest.approx(along.tolist())


def test_a_component_that_is_kept_is_no_island():
    network = network_of([(0, 0), (400, 0), (100, 50), (130, 50)], [Edge(0, 1), Edge(2, 3)])
    post = at(network, (115, 60), island_max_m=100, snap_max_m=20)
    assert post["edge"].tolist() == [1]
    keep = components_of(network, post)
    assert keep.tolist() == [network.edge_component[1]]
    door = at(network, (115, 45), island_max_m=100, keep_components=keep).iloc[0]
    assert (door["edge"], door["status"]) == (1, "snapped")


def test_components_of_positions_that_are_not_snapped_are_none():
    assert components_of(STREET, at(STREET, (0, 9999))).tolist() == []


def test_from_amid_a_lake_no_street_is_met_however_many_there_are():
    around = [(300 * np.cos(a), 300 * np.sin(a)) for a in np.linspace(0, 2 * np.pi, 60)]
    network = network_of(around, [Edge(i, i + 1) for i in range(59)])
    shore = shapely.Point(0, 0).buffer(280).boundary
    spots = [
        (r * np.cos(a), r * np.sin(a)) for r in (60, 150, 270) for a in np.arange(0, 6.3, 0.37)
    ]
    amid = at(network, *spots, barriers=[shore])
    assert set(amid["status"]) == {"behind_barrier"}
    assert set(at(network, *spots, barriers=[])["status"]) == {"snapped"}


def test_both_engines_give_the_same_in_a_real_city(monkeypatch):
    extract = read_osm(MONACO)
    crs = metric_crs(extract.bounds)
    network = build_network(extract, crs=crs, speed_kmh=4.8, steps_speed_kmh=2.4)
    low, high = network.xy.min(axis=0) - 300, network.xy.max(axis=0) + 300
    spots = np.random.default_rng(3).uniform(low, high, (2 * CHUNK, 2))
    kerbs = kerbs_of(
        network,
        snap_max_m=250,
        island_max_m=500,
        barriers=barrier_lines(extract, crs=crs),
        fences=fence_lines(extract, crs=crs),
    )
    here = kerbs.meet(spots)
    monkeypatch.setattr(_numba, "HAS_NUMBA", not _numba.HAS_NUMBA)
    there = kerbs.meet(spots)
    for column in ("edge", "status"):
        assert (getattr(here, column) == getattr(there, column)).all()
    met = here.edge >= 0
    assert set(here.status) == {0, 1, 2, 3, 4}
    assert here.offset_m[met] == pytest.approx(there.offset_m[met], abs=1e-6)
    assert here.access_m[met] == pytest.approx(there.access_m[met], abs=1e-6)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_every_point_meets_the_nearest_street_that_the_rules_allow(data):
    nodes, edges = data.draw(drawings())
    network = network_of(nodes, edges)
    # off the tenths of a metre on which streets lie, so that no leg touches a barrier's end
    spot = st.tuples(st.integers(-2, 11), st.integers(-2, 11)).map(
        lambda xy: (97.3 * xy[0] + 0.7, 101.9 * xy[1] + 0.3)
    )
    doors = data.draw(st.lists(spot, min_size=1, max_size=5))
    ends = data.draw(st.lists(st.tuples(spot, spot), max_size=3))
    walls = [shapely.LineString(pair) for pair in ends if pair[0] != pair[1]]
    # a door on a wall is on this side or on that by the last digit alone
    walls = [w for w in walls if all(w.distance(shapely.Point(xy)) > 1e-6 for xy in doors)]
    fences = walls[: data.draw(st.integers(0, len(walls)))]
    walls = walls[len(fences) :]
    island_max_m = data.draw(st.sampled_from([0.0, 300.0, 1500.0]))
    keep = data.draw(st.sampled_from([(), (0,)]))
    table = at(
        network, *doors, barriers=walls, fences=fences, island_max_m=island_max_m,
        snap_max_m=300, keep_components=keep,
    )  # fmt: skip
    assert set(table["status"]) <= set(SNAP_STATUSES)
    for xy, row in zip(doors, table.itertuples(), strict=True):
        near, legs = [], []
        for edge, before_m, piece in pieces_of(network):
            leg = shapely.shortest_line(shapely.Point(xy), piece)
            if leg.length > 300:
                continue
            near.append(leg.length)
            if any(leg.intersects(wall) for wall in walls):
                continue
            kept = network.edge_component[edge] in keep
            on_island = not kept and network.component_length_m[edge] < island_max_m
            fenced = any(leg.intersects(fence) for fence in fences)
            offset_m = before_m + piece.project(shapely.Point(xy))
            legs.append(((on_island, fenced), leg.length, edge, offset_m))
        if not near:
            assert (row.status, row.edge) == ("too_far", -1)
            continue
        if not legs:
            assert (row.status, row.edge) == ("behind_barrier", -1)
            continue
        best = min(kind for kind, *_ in legs)  # the mainland first, then what no fence parts
        shortest_m = min(leg_m for kind, leg_m, *_ in legs if kind == best)
        assert row.access_m == pytest.approx(shortest_m, abs=1e-5)
        as_near = [(e, o) for kind, m, e, o in legs if kind == best and m <= row.access_m + 1e-5]
        assert any(e == row.edge and abs(o - row.offset_m) < 1e-5 for e, o in as_near)
        island_m = min((m for kind, m, *_ in legs if kind == (True, False)), default=np.inf)
        if best[1]:
            assert row.status == "across_fence"
        elif best[0] or island_m >= shortest_m - 1e-5:
            assert row.status in ("snapped", "moved_off_island")
        else:
            assert row.status == "moved_off_island"
