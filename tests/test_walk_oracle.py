"""Walking times against networkx, which shares nothing with the code under test.

The oracle's graph is split at every point: each door and each post is a node on its street, its
access leg is an edge, and every edge is weighted in seconds. On random towns the streets are those
of the drawing. For Monaco they are read from the file once more, segment by segment, with rules
for walkers written down here a second time.
"""

import itertools
from collections import defaultdict

import networkx as nx
import numpy as np
import osmium
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from towns import ADULT_KMH, MONACO, STEPS_KMH, drawings, network_of, positions_of, spots
from walkshed.network import build_network, pedestrian_rules
from walkshed.settings import read_settings
from walkshed.sources.osm import read_osm
from walkshed.study import run_study
from walkshed.travel_times import (
    nearest_facilities,
    nearest_facility,
    one_to_all,
    walking_times,
)

AS_DRAWN = {
    "access": {"private": {"walk": "closed"}, "permit": {"walk": "closed"}},
    "foot": {"private": {"walk": "closed"}},
    "limits": {"step_off_m": 0.0, "square_places_max": 0},
}
"""Rules without private ways, steps off sidewalks and lines across squares."""

AGREE_M = 0.001
"""Largest difference that is allowed, as metres of an adult's walk."""

M_PER_S = ADULT_KMH / 3.6


def chain(graph, first, last, points, ahead_s, back_s):
    """Add one edge to a graph, split at points of (share of its length, node)."""
    stops = [(0.0, first), *sorted(points), (1.0, last)]
    for (here, one), (there, other) in itertools.pairwise(stops):
        for tail, head, whole_s in ((one, other, ahead_s), (other, one, back_s)):
            if np.isinf(whole_s):
                continue
            seconds = (there - here) * whole_s
            known = graph.get_edge_data(tail, head)
            if known is None or seconds < known["seconds"]:
                graph.add_edge(tail, head, seconds=seconds)


def add_leg(graph, place, on_street, access_m):
    for tail, head in ((place, on_street), (on_street, place)):
        graph.add_edge(tail, head, seconds=access_m / M_PER_S)


def seconds_to(graph, posts):
    """Seconds from every node to the nearest of some posts."""
    sources = {post for post in posts if post in graph}
    if not sources:
        return {}
    return nx.multi_source_dijkstra_path_length(
        graph.reverse(copy=False), sources, weight="seconds"
    )


def largest_difference_m(found_s, expected_s):
    """Largest difference in metres of walk; infinite where only one of the two is reached."""
    found_s, expected_s = np.asarray(found_s, float), np.asarray(expected_s, float)
    if not np.array_equal(np.isfinite(found_s), np.isfinite(expected_s)):
        return np.inf
    reached = np.isfinite(found_s)
    return np.abs(found_s[reached] - expected_s[reached]).max(initial=0.0) * M_PER_S


# --- random towns --------------------------------------------------------------------------------


def drawn_graph(nodes, edges, spots_by_name):
    """Graph of a drawing, split at spots of (edge or -1, share, access metres)."""
    graph = nx.DiGraph()
    on_edge = defaultdict(list)
    for name, (edge, share, access_m) in spots_by_name.items():
        if edge >= 0:
            on_edge[edge].append((share, ("street", name)))
            add_leg(graph, name, ("street", name), access_m)
    for i, edge in enumerate(edges):
        bends = [nodes[edge.u], *edge.via, nodes[edge.v]]
        walk_s = sum(np.hypot(*np.subtract(b, a)) for a, b in itertools.pairwise(bends)) / M_PER_S
        first, last = ("node", edge.u), ("node", edge.v)
        chain(graph, first, last, on_edge[i], walk_s * edge.slow_ahead, walk_s * edge.slow_back)
    return graph


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_on_random_towns_every_walk_is_that_of_networkx(data):
    nodes, edges = data.draw(drawings())
    at = {
        f"{letter}{i}": spot
        for letter in "dp"
        for i, spot in enumerate(data.draw(spots(len(edges), min_size=1, max_size=5)))
    }
    network = network_of(nodes, edges)
    doors, posts = (
        positions_of(network, [s for name, s in at.items() if name[0] == letter], letter=letter)
        for letter in "dp"
    )
    graph = drawn_graph(nodes, edges, at)
    walks = walking_times(network, doors, posts, speed_kmh=ADULT_KMH, cutoff_min=1e6)
    times = walks.seconds.tocoo()
    found = np.full(times.shape, np.inf)
    found[times.row, times.col] = times.data
    for column, post in enumerate(posts.index):
        expected = seconds_to(graph, [post])
        expected_s = [expected.get(door, np.inf) for door in doors.index]
        assert largest_difference_m(found[:, column], expected_s) < AGREE_M
    nearest = nearest_facility(network, doors, posts, speed_kmh=ADULT_KMH)
    expected = seconds_to(graph, posts.index)
    expected_s = [expected.get(door, np.inf) for door in doors.index]
    assert largest_difference_m(nearest["minutes"] * 60, expected_s) < AGREE_M


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_on_random_towns_ranks_and_both_directions_are_those_of_networkx(data):
    nodes, edges = data.draw(drawings())
    at = {f"d{i}": s for i, s in enumerate(data.draw(spots(len(edges), min_size=1, max_size=5)))}
    at |= {f"p{i}": s for i, s in enumerate(data.draw(spots(len(edges), min_size=1, max_size=5)))}
    network = network_of(nodes, edges)
    doors, posts = (
        positions_of(network, [s for name, s in at.items() if name[0] == letter], letter=letter)
        for letter in "dp"
    )
    graph = drawn_graph(nodes, edges, at)
    table = nearest_facilities(network, doors, posts, speed_kmh=ADULT_KMH, k=len(posts))
    for door, ranks in table.groupby("door_id"):
        by_post = [seconds_to(graph, [post]).get(door, np.inf) for post in posts.index]
        assert largest_difference_m(ranks["minutes"] * 60, np.sort(by_post)) < AGREE_M
    for post in posts.index[posts["edge"] >= 0]:
        place = posts.loc[post]
        to_it = one_to_all(network, place, speed_kmh=ADULT_KMH)
        expected = seconds_to(graph, [post])
        expected_s = [expected.get(("node", i), np.inf) for i in range(network.n_nodes)]
        assert largest_difference_m(to_it, expected_s) < AGREE_M
        from_it = one_to_all(network, place, speed_kmh=ADULT_KMH, direction="from")
        expected = nx.single_source_dijkstra_path_length(graph, post, weight="seconds")
        expected_s = [expected.get(("node", i), np.inf) for i in range(network.n_nodes)]
        assert largest_difference_m(from_it, expected_s) < AGREE_M


# --- Monaco --------------------------------------------------------------------------------------

NEVER = {
    "construction", "proposed", "planned", "abandoned", "razed", "disused",
    "rest_area", "services", "no",
}  # fmt: skip
NOT_WITHOUT_LEAVE = {"motorway", "motorway_link", "raceway", "bus_guideway", "escape"}
LEAVE = {"yes", "designated", "permissive", "official", "destination", "customers"}


def may_walk(tags):
    if tags["highway"] in NEVER or tags.get("foot") in {"no", "private"}:
        return False
    if tags.get("foot") in LEAVE:
        return True
    closed = tags.get("access") in {"no", "private", "permit"} or tags.get("motorroad") == "yes"
    return not closed and tags["highway"] not in NOT_WITHOUT_LEAVE


def is_pier_or_platform(tags):
    platform = "platform" in (tags.get("railway"), tags.get("public_transport"))
    return platform or tags.get("man_made") == "pier"


def is_closed_gate(tags):
    if "barrier" not in tags or tags.get("foot") in LEAVE:
        return False
    shut = {tags.get("foot"), tags.get("access")} & {"no", "private"}
    return bool(shut) or tags.get("locked") == "yes"


def street_segments(path, crs):
    """Straight segments of every walkable way: (end, end, xy, xy, km/h), by the way's id."""
    to_metres = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    items = osmium.FileProcessor(str(path)).with_locations()
    gates, segments = set(), defaultdict(list)
    for item in items:
        tags = dict(item.tags)
        if item.is_node() and is_closed_gate(tags):
            gates.add(item.id)
        if item.is_way() and "highway" not in tags and is_pier_or_platform(tags):
            tags["highway"] = "platform"
        if not item.is_way() or "highway" not in tags or not may_walk(tags):
            continue
        kmh = STEPS_KMH if tags["highway"] == "steps" else ADULT_KMH
        places = [
            (node.ref, to_metres.transform(node.lon, node.lat)) if node.location.valid() else None
            for node in item.nodes
        ]
        for i, (one, other) in enumerate(itertools.pairwise(places)):
            if one and other:
                # a closed gate has another end for every street that comes up to it
                a = (one[0], item.id, i, "after") if one[0] in gates else one[0]
                b = (other[0], item.id, i, "before") if other[0] in gates else other[0]
                segments[item.id].append((a, b, np.array(one[1]), np.array(other[1]), kmh))
    return segments


def place_on(segments, xy):
    """Number of the segment of a way that a place lies on, and the share of it before the place."""
    best = (np.inf, 0, 0.0)
    for i, (_, _, start, end, _) in enumerate(segments):
        along = end - start
        share = float(np.clip((xy - start) @ along / max(along @ along, 1e-12), 0, 1))
        best = min(best, (float(np.hypot(*(start + share * along - xy))), i, share))
    off_m, segment, share = best
    assert off_m < 1e-6, f"the place is {off_m} m beside its street"
    return segment, share


@pytest.fixture(scope="module")
def monaco():
    return run_study(read_settings(MONACO.with_name("study.toml")))


@pytest.fixture(scope="module")
def monaco_graph(monaco):
    """The streets of the study split at the places of all doors and posts, legs measured anew.

    Each straight segment is an edge of its own, timed by its own length and kind.
    """
    network, graph, on_segment = monaco.network, nx.DiGraph(), defaultdict(list)
    segments = [segments_of(network, edge) for edge in range(network.n_edges)]
    for kind, table in (("door", monaco.doors), ("post", monaco.posts)):
        snapped = table[table["edge"] >= 0]
        feet = network.position_xy(snapped["edge"].to_numpy(), snapped["offset_m"].to_numpy())
        edges = snapped["edge"]
        for (name, edge), foot, point in zip(edges.items(), feet, snapped.geometry, strict=True):
            segment, share = place_on(segments[edge], foot)
            on_segment[edge, segment].append((share, ("street", kind, name)))
            access_m = np.hypot(point.x - foot[0], point.y - foot[1])
            add_leg(graph, (kind, name), ("street", kind, name), access_m)
    for edge, parts in enumerate(segments):
        ahead = 1.0 if np.isfinite(network.edge_forward_s[edge]) else np.inf
        back = 1.0 if np.isfinite(network.edge_backward_s[edge]) else np.inf
        for i, (a, b, start, end, kmh) in enumerate(parts):
            seconds = np.hypot(*(end - start)) / (kmh / 3.6)
            closed = np.inf if seconds else 0.0  # a segment of no length may close a direction
            chain(
                graph,
                a,
                b,
                on_segment[edge, i],
                seconds if ahead == 1.0 else closed,
                seconds if back == 1.0 else closed,
            )
    return graph


def segments_of(network, edge):
    """Straight segments of an edge of the network, as `street_segments` gives those of a way."""
    xy = network.xy[network.xy_start[edge] : network.xy_start[edge + 1]]
    inner = [(int(edge), i) for i in range(1, len(xy) - 1)]
    names = [int(network.edge_u[edge]), *inner, int(network.edge_v[edge])]
    kmh = STEPS_KMH if network.edge_kind[edge] == "steps" else ADULT_KMH
    return [
        (a, b, start, end, kmh)
        for (a, b), (start, end) in zip(
            itertools.pairwise(names), itertools.pairwise(xy), strict=True
        )
    ]


def test_monaco_as_it_is_drawn_has_all_the_streets_of_the_file_and_no_others(monaco):
    expected = street_segments(MONACO, monaco.crs)
    kmh = {"speed_kmh": ADULT_KMH, "steps_speed_kmh": STEPS_KMH}
    rules = pedestrian_rules(AS_DRAWN)
    network = build_network(read_osm(MONACO), crs=monaco.crs, rules=rules, **kmh)
    length_m = pd.Series(network.edge_length_m).groupby(network.edge_way_id).sum()
    assert set(length_m.index[length_m.index > 0]) == set(expected)
    for way, segments in expected.items():
        drawn_m = sum(np.hypot(*(end - start)) for _, _, start, end, _ in segments)
        assert length_m[way] == pytest.approx(drawn_m, abs=1e-6)


@pytest.fixture(scope="module")
def monaco_seconds(monaco, monaco_graph):
    """What networkx says: seconds from every door (rows) to every post (columns)."""
    columns = {}
    for post in monaco.posts.index:
        reached = seconds_to(monaco_graph, [("post", post)])
        columns[post] = [reached.get(("door", door), np.inf) for door in monaco.doors.index]
    return pd.DataFrame(columns, index=monaco.doors.index)


def test_every_door_of_monaco_walks_to_its_nearest_post_as_networkx_says(monaco, monaco_seconds):
    found_s = monaco.doors["nearest_min"] * 60
    assert len(found_s) > 1000
    assert np.isfinite(found_s).mean() > 0.95
    assert largest_difference_m(found_s, monaco_seconds.min(axis=1)) < AGREE_M
    post = monaco.doors["nearest_post"]
    assert ((post == "") == np.isinf(found_s)).all()
    by_name_s = [monaco_seconds.loc[d, p] if p else np.inf for d, p in post.items()]
    assert largest_difference_m(found_s, by_name_s) < AGREE_M


def test_all_walks_of_monaco_within_15_minutes_are_those_of_networkx(monaco, monaco_seconds):
    walks = walking_times(
        monaco.network, monaco.doors, monaco.posts, speed_kmh=ADULT_KMH, cutoff_min=15
    )
    times = walks.seconds.tocoo()
    assert times.nnz > 3000
    found_s = np.full(times.shape, np.inf)
    found_s[times.row, times.col] = times.data
    expected_s = monaco_seconds.where(monaco_seconds <= 15 * 60, np.inf)
    assert largest_difference_m(found_s, expected_s) < AGREE_M
