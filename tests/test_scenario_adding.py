"""Scenarios that add streets."""

from functools import partial

import geopandas as gpd
import numpy as np
import pytest
import shapely

from edits import (
    HOSTILE,
    U_EDGES,
    U_NODES,
    change,
    close,
    line,
    minutes,
    scenario,
    street,
    walk,
    walk_after,
)
from towns import ADULT_KMH, CRS, ORIGIN, STEPS_KMH, Edge, Town, network_of, places
from walkshed.errors import TableError
from walkshed.network import (
    WalkNetwork,
    barrier_lines,
    pedestrian_rules,
    profile_seconds,
    snap,
)
from walkshed.scenario import JOIN_MAX_M, apply_to_network, scenario_of
from walkshed.standards import walking_profile


@pytest.fixture
def u_town() -> WalkNetwork:
    return network_of(U_NODES, U_EDGES)


def test_a_footbridge_shortens_the_walk(u_town: WalkNetwork) -> None:
    assert walk(u_town, (0, 400), (2, 400)) == pytest.approx(880 / 80)
    changed = change(u_town, street((400, 0), (400, 80)))
    assert walk_after(changed, u_town, (0, 400), (2, 400)) == pytest.approx(1.0)


def test_a_street_that_joins_in_the_middle_splits_edges_and_keeps_their_shape() -> None:
    bent = network_of(
        [(0.0, 0.0), (200.0, 100.0), (0.0, 300.0), (200.0, 300.0)],
        [Edge(0, 1, via=((0.0, 100.0),), slow_back=2.0), Edge(2, 3)],
    )
    changed = change(bent, street((100, 100), (100, 300)))
    network = changed.network
    assert network.n_edges == 5
    assert changed.old_edge.tolist() == [0, 1, 0, 1, -1]
    assert changed.from_m == pytest.approx([0, 0, 200, 100, 0], abs=1e-6)
    assert network.edge_length_m == pytest.approx([200, 100, 100, 100, 200], abs=1e-6)
    assert network.edge_forward_s == pytest.approx([150, 75, 75, 75, 150], abs=1e-6)
    assert network.edge_backward_s == pytest.approx([300, 75, 150, 75, 150], abs=1e-6)
    first = shapely.get_coordinates(network.edge_lines[0])
    assert first == pytest.approx(np.array([[0, 0], [0, 100], [100, 100]]), abs=1e-6)
    for i in range(network.n_edges):
        ends = network.xy[[network.xy_start[i], network.xy_start[i + 1] - 1]]
        assert np.array_equal(ends, network.node_xy[[network.edge_u[i], network.edge_v[i]]])
    assert len(np.unique(network.node_ref)) == network.n_nodes
    assert network.node_ref[:4].tolist() == bent.node_ref.tolist()
    assert (network.node_ref[4:] < 0).all()


def test_a_new_street_carries_what_its_edit_says(u_town: WalkNetwork) -> None:
    changed = change(
        u_town,
        street((400, 0), (400, 80), highway="steps", bridge=True, lit="no", name=HOSTILE),
        street((300, 0), (300, 80), highway="residential", lit=True),
    )
    network = changed.network
    assert changed.edit.tolist() == [0, 0, 0, 0, 0, 1, 2]
    assert network.edge_kind[-2:].tolist() == ["steps", "street"]
    assert network.edge_class[-2:].tolist() == ["path", "minor"]
    assert network.edge_name[-2:].tolist() == [HOSTILE, ""]
    assert network.edge_lit[-2:].tolist() == [0, 1]
    assert network.edge_is_open[-2:].tolist() == [False, True]
    assert network.edge_way_id[-2:].tolist() == [-1, -2]
    assert network.edge_forward_s[-2:] == pytest.approx([120, 60])
    for name, before in ((n, getattr(u_town, n)) for n in WalkNetwork.__dataclass_fields__):
        if isinstance(before, np.ndarray):
            assert getattr(network, name).dtype == before.dtype, name


def test_an_end_beside_the_street_walks_the_leg_to_it(u_town: WalkNetwork) -> None:
    changed = change(u_town, street((400, 20), (400, 55)))
    assert changed.network.edge_length_m[-1] == pytest.approx(80)
    assert walk_after(changed, u_town, (0, 400), (2, 400)) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("gap_m", "joins"), [(JOIN_MAX_M - 1e-6, True), (JOIN_MAX_M + 1e-6, False)]
)
def test_an_end_joins_up_to_the_longest_leg(u_town: WalkNetwork, gap_m, joins) -> None:
    edit = street((400 + gap_m, 0), (400, 80))
    if joins:
        assert change(u_town, edit).network.n_edges == 4
    else:
        with pytest.raises(
            TableError, match="the first end of the line reaches no street within 25 m"
        ):
            change(u_town, edit)


def test_a_new_street_is_what_the_rules_of_the_study_say(u_town: WalkNetwork) -> None:
    ours = pedestrian_rules({"highway": {"trail": {"kind": "steps"}}})
    drawn = scenario(street((400, 0), (400, 80), highway="trail"))
    speeds = {"speed_kmh": ADULT_KMH, "steps_speed_kmh": STEPS_KMH}
    kinds = [
        apply_to_network(u_town, drawn, **speeds, **rules).network.edge_kind[-1]
        for rules in ({"pedestrian": ours}, {})
    ]
    assert kinds == ["steps", "footway"]


def test_all_edits_that_cannot_be_applied_are_told_at_once(u_town: WalkNetwork) -> None:
    with pytest.raises(TableError) as refused:
        change(
            u_town,
            street((400, 0), (400, 80)),
            street((400, 300), (400, 500)),
            close(shapely.Point(200, 40)),
            ("open", shapely.Point(200, 0), {}),
            street((0, 0), (5_000_000, 0)),
            close(line((0, 40), (200, 40))),
            close(line((300, 0), (300, 80))),
        )
    assert str(refused.value).splitlines()[0] == "scenario: 6 problems"
    told = [text.split(":")[0] for text in str(refused.value).splitlines()[1:]]
    assert told == [f"  - feature {i}" for i in (2, 3, 4, 5, 6, 7)]
    assert "the first and the last end of the line reach no street" in str(refused.value)


def test_a_place_beyond_the_metric_crs_is_told(u_town: WalkNetwork) -> None:
    far = gpd.GeoDataFrame(
        {"action": ["close"]}, geometry=[shapely.Point(-116, 0)], crs=4326
    )  # 180 degrees from the middle of the zone
    with pytest.raises(TableError, match="feature 1"):
        apply_to_network(u_town, scenario_of(far), speed_kmh=4.8, steps_speed_kmh=2.4)


# A street in the middle, crossed by a footbridge from the southern to the northern one.
H_NODES = [(0.0, 0.0), (400.0, 0.0), (0.0, 100.0), (400.0, 100.0), (0.0, 200.0), (400.0, 200.0)]
H_EDGES = [Edge(0, 1), Edge(2, 3), Edge(4, 5), Edge(0, 2), Edge(2, 4)]


@pytest.mark.parametrize("via", [(), ((200.0, 100.0),)])
def test_a_bridge_joins_nothing_that_it_crosses(via) -> None:
    town = network_of(H_NODES, H_EDGES)
    changed = change(town, street((200, 0), *via, (200, 200), bridge=True))
    assert changed.network.n_edges == town.n_edges + 3
    # From the middle street the bridge is reached by its ends only: 200 + 100 + 200 m to one.
    assert walk_after(changed, town, (1, 200), (0, 200)) == pytest.approx(500 / 80)
    assert walk_after(changed, town, (0, 200), (2, 200)) == pytest.approx(200 / 80)


def test_inner_vertices_join_what_they_lie_on_when_asked() -> None:
    town = network_of(H_NODES, H_EDGES)
    changed = change(town, street((200, 0), (200, 99.5), (250, 150), (200, 200), joins=True))
    assert walk_after(changed, town, (1, 200), (0, 200)) == pytest.approx(100 / 80)
    assert changed.network.n_edges == town.n_edges + 3 + 2
    beside = change(town, street((200, 0), (200, 98.5), (200, 200), joins=True))
    assert beside.network.n_edges == town.n_edges + 3


def test_nobody_steps_onto_a_new_bridge_from_beside_it(u_town: WalkNetwork) -> None:
    changed = change(u_town, street((400, 0), (400, 80), bridge=True), street((300, 0), (300, 80)))
    points = gpd.GeoSeries([shapely.Point(399, 40), shapely.Point(301, 40)], crs=CRS)
    at = snap(changed.network, points, snap_max_m=250, island_max_m=0, barriers=np.array([]))
    assert changed.edit[at["edge"]].tolist() == [0, 2]


def test_an_end_joins_a_bridge_only_where_it_is_drawn_on_it() -> None:
    town = network_of(
        [(0.0, 0.0), (400.0, 0.0), (0.0, 15.0), (400.0, 15.0), (0.0, 100.0), (400.0, 100.0)],
        [Edge(0, 1), Edge(2, 3, is_open=False), Edge(4, 5)],
    )
    below = change(town, street((200, 11), (200, 100)))
    assert below.network.edge_length_m[-1] == pytest.approx(100)
    on_deck = change(town, street((200, 14.2), (200, 100), highway="steps"))
    assert on_deck.network.edge_length_m[-1] == pytest.approx(85.8 + 0.8)


def test_the_leg_of_an_end_crosses_no_railway(u_town: WalkNetwork) -> None:
    rails = [line((-100, 10), (500, 10))]
    with pytest.raises(TableError, match="the first end of the line reaches no street"):
        change(u_town, street((200, 20), (200, 80)), barriers=rails)
    # The street itself may: that is what it is drawn for. A quay along the rails is no crossing.
    assert change(u_town, street((200, 0), (200, 80)), barriers=rails).network.n_edges == 6
    along = [line((-100, 0), (500, 0))]
    assert change(u_town, street((200, 20), (200, 80)), barriers=along).network.n_edges == 6


def test_seconds_may_come_from_a_walking_profile(u_town: WalkNetwork, caplog) -> None:
    def in_a_pushchair(streets: WalkNetwork):
        assert streets.edge_lit.tolist() == [-1, 0]
        seconds = np.where(streets.edge_kind == "steps", np.inf, streets.edge_length_m * 2)
        return seconds, seconds * 3

    edits = street((400, 0), (400, 80), highway="steps"), street((300, 0), (300, 80), lit=False)
    changed = change(u_town, *edits, seconds_of=in_a_pushchair)
    assert changed.edit.tolist() == [0, 0, 0, 0, 0, 2]
    assert "cannot use the new streets of features 1" in caplog.text
    assert changed.network.edge_forward_s[-1] == pytest.approx(160)
    assert changed.network.edge_backward_s[-1] == pytest.approx(480)


def test_a_new_street_climbs_with_the_ground_and_a_new_bridge_evenly(u_town: WalkNetwork) -> None:
    def over_a_hill(xy):
        return 10 - np.abs(xy[:, 1] - 40) / 4

    def seconds(**properties):
        pace = partial(profile_seconds, profile=walking_profile("adult"), elevation=over_a_hill)
        changed = change(u_town, street((200, 0), (200, 80), **properties), seconds_of=pace)
        return changed.network.edge_forward_s[-1]

    # 40 m up and 40 m down, 25 in 100, by Tobler: exp(-3.5 x 0.25) and exp(-3.5 x 0.15)
    assert seconds() == pytest.approx(30 * (np.exp(3.5 * 0.25) + np.exp(3.5 * 0.15)))
    assert seconds(bridge=True) == pytest.approx(60)


def test_streets_may_be_built_on_new_streets(u_town: WalkNetwork) -> None:
    changed = change(u_town, street((200, 0), (200, 80)), street((200, 40), (300, 80)))
    assert walk_after(changed, u_town, (0, 200), (2, 300)) == pytest.approx(
        (40 + np.hypot(100, 40)) / 80
    )
    loop = change(u_town, street((400, 0), (450, 0), (450, 50), (400, 0)))
    assert loop.network.edge_u[-1] == loop.network.edge_v[-1] == 1


def test_a_crossing_opened_is_a_crossing_mapped() -> None:
    def town(**tags: str) -> Town:
        drawn = Town()
        drawn.street((0, 0), (200, 0), (400, 0))
        drawn.street((0, 100), (200, 100), (400, 100))
        drawn.street((0, 0), (0, 100))
        drawn.way((-50, 50), (450, 50), railway="rail")
        if tags:
            drawn.way((200, 0), (200, 100), **tags)
        return drawn

    mapped = town(highway="footway")
    network = town().network()
    opened = ("open", line((200, 0), (200, 100)), {})
    changed = apply_to_network(
        network,
        scenario(opened, shift=ORIGIN),
        speed_kmh=ADULT_KMH,
        steps_speed_kmh=STEPS_KMH,
        barriers=barrier_lines(town().extract(), crs=CRS),
    )
    at = places({"d": (300, 10), "p": (300, 95)})
    no_lines = np.array([], dtype=object)
    there = snap(changed.network, at, snap_max_m=50, island_max_m=0, barriers=no_lines)
    assert minutes(changed.network, there.loc[["d"]], there.loc[["p"]])[0] == pytest.approx(
        mapped.minutes((300, 10), (300, 95)), abs=0.001
    )
