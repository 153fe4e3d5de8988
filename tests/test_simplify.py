"""Simplifying joins what a walker does not notice, and changes no walk."""

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from towns import ADULT_KMH, MONACO, Edge, drawings, network_of, positions_of, spots
from walkshed.network import build_network, metric_crs
from walkshed.network.graph import texts
from walkshed.network.simplify import chains, simplified_positions, simplify
from walkshed.sources.osm import read_osm
from walkshed.travel_times import nearest_facility, walking_times


def minutes_between(network, doors, posts):
    times = walking_times(network, doors, posts, speed_kmh=ADULT_KMH, cutoff_min=1e6)
    walks = times.seconds.tocoo()
    minutes = np.full(walks.shape, np.inf)
    minutes[walks.row, walks.col] = walks.data / 60
    return minutes


def row_of(count, **edge):
    return network_of(
        [(100.0 * i, 0) for i in range(count + 1)], [Edge(i, i + 1, **edge) for i in range(count)]
    )


def test_a_street_cut_in_pieces_becomes_one_edge_with_its_whole_shape():
    network = simplify(row_of(4))
    assert (network.n_nodes, network.n_edges) == (2, 1)
    assert network.edge_length_m.tolist() == [400]
    assert network.edge_forward_s.tolist() == pytest.approx([300])
    xy = network.xy if network.xy[0, 0] == 0 else network.xy[::-1]
    assert xy.tolist() == [[0, 0], [100, 0], [200, 0], [300, 0], [400, 0]]


def test_pieces_drawn_against_each_other_are_joined_too():
    slopes = [Edge(0, 1, slow_back=2.0), Edge(2, 1, slow_ahead=2.0), Edge(2, 3, slow_back=2.0)]
    network = simplify(network_of([(100.0 * i, 0) for i in range(4)], slopes))
    assert network.n_edges == 1
    downhill = network.node_xy[network.edge_u[0], 0] == 0
    ahead, back = network.edge_forward_s[0], network.edge_backward_s[0]
    assert (ahead, back) == pytest.approx((225, 450) if downhill else (450, 225))


@pytest.mark.parametrize(
    "other",
    [
        {"road_class": "major"},
        {"name": "Абай даңғылы"},
        {"is_open": False},
        {"slow_ahead": 2.0},
        {"slow_back": 2.0},
    ],
)
def test_a_change_that_a_walker_notices_keeps_the_node(other):
    network = network_of([(0, 0), (100, 0), (200, 0)], [Edge(0, 1), Edge(1, 2, **other)])
    assert simplify(network).n_edges == 2


@pytest.mark.parametrize(
    "changed", [{"edge_kind": texts(["street", "steps"])}, {"edge_lit": np.array([-1, 1])}]
)
def test_kind_and_light_keep_the_node(changed):
    assert simplify(replace(row_of(2), **changed)).n_edges == 2


def test_a_wait_at_a_place_is_not_spread_along_the_street():
    network = network_of([(0, 0), (80, 0), (80, 0), (160, 0)], [Edge(0, 1), Edge(1, 2), Edge(2, 3)])
    seconds = network.edge_forward_s.copy()
    seconds[1] = 30
    waiting = replace(network, edge_forward_s=seconds, edge_backward_s=seconds)
    assert simplify(network).n_edges == 1
    assert simplify(waiting).n_edges == 3


def test_closed_and_open_pieces_are_not_joined():
    network = row_of(3)
    seconds = network.edge_forward_s.copy()
    seconds[1] = np.inf
    assert simplify(replace(network, edge_forward_s=seconds)).n_edges == 3
    seconds[:] = np.inf
    joined = simplify(replace(network, edge_forward_s=seconds, edge_backward_s=seconds))
    assert joined.edge_forward_s.tolist() == [np.inf]


def test_a_junction_stays():
    star = [Edge(0, 1), Edge(0, 2), Edge(0, 3)]
    network = simplify(network_of([(0, 0), (9, 0), (0, 9), (-9, 0)], star))
    assert (network.n_nodes, network.n_edges) == (4, 3)


def test_a_ring_becomes_a_loop_and_a_loop_stays():
    ring = [Edge(0, 1), Edge(2, 1), Edge(2, 0)]
    corners = [(0, 0), (80, 0), (0, 60)]
    network = simplify(network_of(corners, ring))
    assert (network.n_nodes, network.n_edges) == (1, 1)
    assert network.edge_u.tolist() == network.edge_v.tolist()
    assert network.edge_length_m.tolist() == [240]
    assert network.xy[0].tolist() == network.xy[-1].tolist()
    assert simplify(network).xy.tolist() == network.xy.tolist()
    with_tail = network_of([*corners, (-50, 0)], [*ring, Edge(0, 3)])
    assert simplify(with_tail).n_edges == 2


def test_parallel_edges_stay():
    network = network_of([(0, 0), (100, 0), (-9, 0), (109, 0)], [
        Edge(0, 1), Edge(0, 1, via=((50, 50),)), Edge(2, 0), Edge(1, 3),
    ])  # fmt: skip
    assert simplify(network).n_edges == 4


def test_the_way_of_a_chain_is_that_of_its_longest_edge():
    network = network_of([(0, 0), (10, 0), (90, 0), (100, 0)], [Edge(i, i + 1) for i in range(3)])
    assert simplify(network).edge_way_id.tolist() == [102]


def test_two_nodes_at_one_place_are_not_joined():
    # so a closed gate parts two ways
    places = [(0, 0), (100, 0), (100, 0), (200, 0)]
    assert simplify(network_of(places, [Edge(0, 1), Edge(2, 3)])).n_edges == 2


def test_what_is_near_on_the_ground_is_near_in_memory():
    rng = np.random.default_rng(1)
    side = 40
    number = rng.permutation(side * side).reshape(side, side)
    nodes = np.empty((side * side, 2))
    nodes[number.ravel()] = np.argwhere(np.ones((side, side))) * 100.0
    edges = [
        Edge(int(a), int(b)) for a, b in zip(number[:, :-1].flat, number[:, 1:].flat, strict=True)
    ]
    edges += [Edge(int(a), int(b)) for a, b in zip(number[:-1].flat, number[1:].flat, strict=True)]
    mixed = network_of([tuple(xy) for xy in nodes], edges)
    ordered = simplify(mixed)
    apart, before = (np.median(np.abs(n.edge_u - n.edge_v)) for n in (ordered, mixed))
    assert apart < 0.05 * before


LAW = settings(max_examples=120, deadline=None)


@LAW
@given(st.data())
def test_no_walk_changes(data):
    nodes, edges = data.draw(drawings())
    network = network_of(nodes, edges)
    doors = positions_of(network, data.draw(spots(len(edges), min_size=1)))
    posts = positions_of(network, data.draw(spots(len(edges), min_size=1)), letter="p")
    plan, simple = chains(network), simplify(network)
    moved = [simplified_positions(network, plan, table) for table in (doors, posts)]
    before, after = minutes_between(network, doors, posts), minutes_between(simple, *moved)
    assert np.array_equal(np.isfinite(before), np.isfinite(after))
    reached = np.isfinite(before)
    assert np.allclose(before[reached], after[reached], rtol=0, atol=1e-9)
    for old, new in zip((doors, posts), moved, strict=True):
        snapped = (old["edge"] >= 0).to_numpy()
        assert ((new["edge"] >= 0) == snapped).all()
        here, there = (
            n.position_xy(t["edge"].to_numpy()[snapped], t["offset_m"].to_numpy()[snapped])
            for n, t in ((network, old), (simple, new))
        )
        assert np.allclose(here, there, rtol=0, atol=1e-6)


@LAW
@given(drawings())
def test_no_street_is_lost_and_every_edge_ends_at_its_nodes(drawing):
    network = network_of(*drawing)
    simple = simplify(network)
    assert simple.edge_length_m.sum() == pytest.approx(network.edge_length_m.sum())
    assert sorted(chains(network).edge) == list(range(network.n_edges))
    first, last = simple.xy_start[:-1], simple.xy_start[1:] - 1
    assert np.array_equal(simple.xy[first], simple.node_xy[simple.edge_u])
    assert np.array_equal(simple.xy[last], simple.node_xy[simple.edge_v])
    for i in range(simple.n_edges):
        steps = np.diff(simple.xy[first[i] : last[i] + 1], axis=0)
        assert np.hypot(*steps.T).sum() == pytest.approx(simple.edge_length_m[i], abs=1e-9)
    again = simplify(simple)
    for field in fields(simple):
        assert np.array_equal(getattr(again, field.name), getattr(simple, field.name)), field.name


def test_monaco_keeps_its_walks_with_fewer_edges():
    extract = read_osm(MONACO)
    crs = metric_crs(extract.bounds)
    network = build_network(extract, crs=crs, speed_kmh=ADULT_KMH, steps_speed_kmh=2.4)
    simple, plan = simplify(network), chains(network)
    assert simple.n_edges <= network.n_edges
    rng = np.random.default_rng(2)
    edge = rng.integers(0, network.n_edges, 3000)
    doors = positions_of(
        network, [(int(e), s, 5.0) for e, s in zip(edge, rng.random(3000), strict=True)]
    )
    moved = simplified_positions(network, plan, doors)
    before = nearest_facility(network, doors, doors.iloc[:20], speed_kmh=ADULT_KMH)["minutes"]
    after = nearest_facility(simple, moved, moved.iloc[:20], speed_kmh=ADULT_KMH)["minutes"]
    assert np.isfinite(before).mean() > 0.9
    assert np.allclose(before, after, rtol=0, atol=1e-9, equal_nan=True)
