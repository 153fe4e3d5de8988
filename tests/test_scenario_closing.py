"""Scenarios that close and open streets and gates."""

import numpy as np
import pytest
import shapely

from edits import (
    U_EDGES,
    U_NODES,
    change,
    close,
    line,
    minutes,
    same_network,
    scenario,
    street,
    walk_after,
)
from towns import ADULT_KMH, ORIGIN, STEPS_KMH, Edge, Town, network_of, places, positions_of
from walkshed.network import WalkNetwork, snap
from walkshed.scenario import apply_to_network


@pytest.fixture
def u_town() -> WalkNetwork:
    return network_of(U_NODES, U_EDGES)


def test_a_closed_point_stops_everybody_there(u_town: WalkNetwork) -> None:
    changed = change(u_town, close(shapely.Point(200, 3)))
    assert walk_after(changed, u_town, (0, 100), (2, 0)) == pytest.approx(180 / 80)
    assert walk_after(changed, u_town, (0, 300), (2, 0)) == np.inf
    assert changed.network.edge_length_m == pytest.approx([200, 80, 400, 200])
    refs = changed.network.node_ref
    assert (refs < 0).sum() == 2


def test_a_closed_point_on_a_bridge_closes_the_bridge() -> None:
    town = network_of(
        [(0.0, 0.0), (100.0, 0.0), (0.0, 50.0), (100.0, 50.0)],
        [Edge(0, 1), Edge(2, 3), Edge(0, 2, is_open=False)],
    )
    changed = change(town, close(shapely.Point(0, 25)))
    assert walk_after(changed, town, (0, 50), (1, 50)) == np.inf


def test_a_closed_junction_lets_nobody_pass() -> None:
    star = network_of(
        [(0.0, 0.0), (100.0, 0.0), (0.0, 100.0), (-100.0, 0.0)], [Edge(0, i) for i in (1, 2, 3)]
    )
    changed = change(star, close(shapely.Point(0, 0)))
    assert changed.network.n_nodes == 6
    assert (changed.network.node_ref < 0).sum() == 3
    reopened = change(changed.network, ("open", shapely.Point(0, 0), {})).network
    assert reopened.n_nodes == 4
    assert reopened.edge_component.max() == 0
    assert changed.network.n_edges == 3
    assert {walk_after(changed, star, (a, 50), (b, 50)) for a in range(3) for b in range(a)} == {
        np.inf
    }
    assert changed.network.edge_length_m.tolist() == star.edge_length_m.tolist()


def test_an_area_is_cut_out_at_its_border() -> None:
    town = network_of([(0.0, 0.0), (400.0, 0.0)], [Edge(0, 1, via=((200.0, 50.0),))])
    area = shapely.box(100, -10, 300, 100) - shapely.box(190, -20, 210, 60)
    changed = change(town, close(area))
    network = changed.network
    slope = np.hypot(200, 50) / 200
    assert network.edge_length_m == pytest.approx([100 * slope, 20 * slope, 100 * slope])
    assert changed.from_m == pytest.approx([0, 190 * slope, 300 * slope])
    assert changed.old_edge.tolist() == [0, 0, 0]
    assert network.edge_component.max() == 2
    at = positions_of(town, [(0, share, 5.0) for share in (0.1, 0.3, 0.5, 0.6, 0.9)])
    moved = changed.move_positions(at)
    assert moved["edge"].tolist() == [0, -1, 1, -1, 2]
    assert moved["status"].tolist() == [
        "snapped", "street_closed", "snapped", "street_closed", "snapped",
    ]  # fmt: skip
    assert moved["access_m"].tolist() == [5, np.inf, 5, np.inf, 5]
    assert moved["offset_m"].isna().tolist() == [False, True, False, True, False]


def test_an_area_that_only_touches_a_street_closes_nothing(u_town: WalkNetwork) -> None:
    touching = shapely.Polygon([(200, 0), (250, -50), (150, -50)])
    assert same_network(change(u_town, close(touching)).network, u_town)


def test_an_area_closes_bridges_and_whole_streets_in_it(u_town: WalkNetwork) -> None:
    changed = change(
        u_town, street((400, 0), (400, 80), bridge=True), close(shapely.box(-50, -50, 500, 40))
    )
    assert changed.network.edge_length_m == pytest.approx([40, 400, 40])
    assert changed.old_edge.tolist() == [1, 2, -1]
    assert changed.network.n_nodes == 4


def test_a_closed_line_leaves_the_streets_that_cross_it() -> None:
    grid = network_of(
        [(0.0, 0.0), (100.0, 0.0), (200.0, 0.0), (100.0, 100.0), (100.0, -100.0)],
        [Edge(0, 1), Edge(1, 2), Edge(1, 3), Edge(4, 1)],
    )
    changed = change(grid, close(line((0, 3), (101, 4), (200, -3))))
    assert changed.old_edge.tolist() == [2, 3]
    assert walk_after(changed, grid, (2, 100), (3, 0)) == pytest.approx(200 / 80)


def test_a_vertex_beside_a_side_street_leaves_it_open() -> None:
    grid = network_of(
        [(0.0, 0.0), (100.0, 0.0), (200.0, 0.0), (100.0, 100.0)],
        [Edge(0, 1), Edge(1, 2), Edge(1, 3)],
    )
    changed = change(grid, close(line((0, 0), (101, 8), (200, 0))))
    assert changed.old_edge.tolist() == [2]
    assert changed.network.edge_length_m == pytest.approx([100])


def test_part_of_a_street_is_closed_from_end_to_end_of_the_line(u_town: WalkNetwork) -> None:
    changed = change(u_town, close(line((100, 2), (300, 2))))
    assert changed.network.edge_length_m == pytest.approx([100, 80, 400, 100])
    reverse = change(u_town, close(line((300, 2), (100, 2))))
    assert reverse.network.edge_length_m.tolist() == changed.network.edge_length_m.tolist()


def test_of_parallel_streets_the_nearer_is_closed() -> None:
    winding = tuple((20.0 * i + 10, 6.0 * (-1) ** i) for i in range(10))
    pair = network_of(
        [(0.0, 0.0), (200.0, 0.0)], [Edge(0, 1, via=((100.0, 15.0),)), Edge(0, 1, via=winding)]
    )
    assert pair.edge_length_m[0] < pair.edge_length_m[1]
    assert change(pair, close(line((0, 0), (200, 0)))).old_edge.tolist() == [0]
    assert change(pair, close(line((0, 0), (100, 16), (200, 0)))).old_edge.tolist() == [1]


def locked_gate() -> Town:
    town = Town()
    town.node(200, 0, barrier="gate", locked="yes")
    town.street((0, 0), (200, 0), (400, 0))
    town.street((0, 0), (0, 100))
    return town


def test_a_closed_gate_is_opened() -> None:
    network = locked_gate().network()
    ends = places({"d": (390, 0), "p": (0, 90)})
    at = snap(network, ends, snap_max_m=50, island_max_m=0, barriers=np.array([], dtype=object))
    assert minutes(network, at.loc[["d"]], at.loc[["p"]])[0] == np.inf
    changed = apply_to_network(
        network,
        scenario(("open", shapely.Point(203, 4), {}), shift=ORIGIN),
        speed_kmh=ADULT_KMH,
        steps_speed_kmh=STEPS_KMH,
    )
    moved = changed.move_positions(at)
    assert minutes(changed.network, moved.loc[["d"]], moved.loc[["p"]])[0] == pytest.approx(
        480 / 80, abs=0.001
    )
    assert changed.network.n_nodes == network.n_nodes - 1


def test_edits_apply_in_the_order_they_are_written(u_town: WalkNetwork) -> None:
    built, gate = street((400, 0), (400, 80)), close(shapely.box(390, -10, 410, 90))
    ends = (0, 300), (2, 300)
    first_built = change(u_town, built, gate)
    assert walk_after(first_built, u_town, *ends) == pytest.approx(680 / 80)
    # Closed first, the ends of the street join what is left, 10 m to the west.
    first_closed = change(u_town, gate, built)
    assert walk_after(first_closed, u_town, *ends) == pytest.approx((90 + 10 + 80 + 10 + 90) / 80)


def test_a_gate_closed_and_opened_again_changes_nothing(u_town: WalkNetwork) -> None:
    gate, junction = shapely.Point(200, 0), shapely.Point(0, 0)
    for at in (gate, junction):
        assert same_network(change(u_town, close(at), ("open", at, {})).network, u_town)
    reopened = change(u_town, close(gate), close(gate), ("open", gate, {}))
    assert same_network(reopened.network, u_town)


def test_without_closings_all_else_is_the_same(u_town: WalkNetwork) -> None:
    edits = (
        street((400, 0), (400, 80)),
        close(shapely.Point(200, 0)),
        close(line((100, 80), (300, 80))),
        close(shapely.Point(0, 0)),
    )
    assert same_network(
        change(u_town, *edits, closings=False).network, change(u_town, edits[0]).network
    )


def test_a_scenario_of_posts_leaves_the_network_as_it_is(u_town: WalkNetwork) -> None:
    changed = change(u_town, ("close_post", None, {"post_id": "P"}))
    assert changed.network is u_town
