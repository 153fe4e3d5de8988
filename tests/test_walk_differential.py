"""From an OpenStreetMap file to minutes by two roads that share nothing but the file.

One is ours. The other reads the file with OSMnx, judges each way and gate by rules written down
here a second time, looks at every street for the nearest one to a place, and walks with networkx
on a graph that is split there. Towns are drawn at random: closed ways and gates, one-ways for
walkers, bridges, tunnels, steps, crossings at no common node, and a railway.
"""

import itertools
import tempfile
from pathlib import Path

import networkx as nx
import numpy as np
import osmnx
import pandas as pd
import pytest
import shapely
from hypothesis import Phase, given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from towns import ADULT_KMH, CRS, STEPS_KMH, Town, places
from walkshed.network import apply_profile, barrier_lines, build_network, simplify, snap
from walkshed.sources.osm import read_osm
from walkshed.standards import walking_profile
from walkshed.travel_times import nearest_facility

SNAP_MAX_M = 250.0
AGREE_S = 0.01
TIE_M = 0.001

WAYS = (
    {"highway": "residential", "maxspeed": "60", "oneway": "yes"},
    {"highway": "residential"},
    {"highway": "footway"},
    {"highway": "primary", "sidewalk": "separate", "oneway": "-1"},
    {"highway": "steps"},
    {"highway": "steps", "conveying": "backward"},
    {"highway": "footway", "oneway:foot": "yes", "access": "no", "foot": "designated"},
    {"highway": "path", "foot:forward": "no"},
    {"highway": "cycleway", "foot": "no"},
    {"highway": "service", "access": "no"},
    {"highway": "service", "access": "no", "foot": "yes"},
    {"highway": "trunk", "motorroad": "yes"},
    {"highway": "motorway"},
    {"highway": "construction", "foot": "yes"},
    {"highway": "footway", "bridge": "yes", "layer": "1"},
    {"highway": "footway", "tunnel": "yes", "layer": "-1"},
)
GATES = (
    {"barrier": "gate"},
    {"barrier": "gate", "locked": "yes"},
    {"barrier": "gate", "access": "no"},
    {"barrier": "gate", "access": "no", "foot": "yes"},
    {"barrier": "bollard", "access": "no"},
    {"barrier": "lift_gate", "foot": "no"},
    {"barrier": "wall"},
)
TAGS = ("highway", "railway", "access", "foot", "motorroad", "bridge", "tunnel", "conveying")
ONE_WAY = ("oneway:foot", "foot:forward")


@st.composite
def cities(draw):
    """A crooked grid of ways, some missing, with diagonals that join at their ends alone."""
    town, columns, rows = Town(), 4, 3
    jitter = st.floats(-30, 30, width=32)
    at = {
        (i, j): (120.0 * i + draw(jitter), 120.0 * j + draw(jitter))
        for i in range(columns)
        for j in range(rows)
    }
    across = [((i, j), (i + 1, j)) for i in range(columns - 1) for j in range(rows)]
    up = [((i, j), (i, j + 1)) for i in range(columns) for j in range(rows - 1)]
    diagonal = [((i, j), (i + 1, j + 1)) for i in range(columns - 1) for j in range(rows - 1)]
    drawn = draw(st.lists(st.sampled_from([*across, *up, *diagonal]), min_size=12, unique=True))
    for one, other in drawn:
        town.way(at[one], at[other], **draw(st.sampled_from(WAYS)))
    town.street(at[0, 0], at[1, 0])
    for place in draw(st.lists(st.sampled_from(sorted(at)), max_size=5, unique=True)):
        town.node(*at[place], **draw(st.sampled_from(GATES)))
    if draw(st.booleans()):
        level = draw(st.sampled_from([45.25, 171.75]))
        town.way((-300, level), (700, level + 7), railway="rail")
    return town


def is_walked(tags):
    if tags["highway"] == "construction" or tags["foot"] == "no":
        return False
    if tags["foot"] in ("yes", "designated"):
        return True
    return not (
        tags["access"] == "no" or tags["motorroad"] == "yes" or tags["highway"] == "motorway"
    )


def is_shut(tags):
    if "barrier" not in tags or tags.get("foot") == "yes":
        return False
    if tags.get("foot") == "no" or tags["barrier"] == "wall":
        return True
    by_car_alone = tags["barrier"] in ("bollard", "lift_gate")
    return not by_car_alone and (tags.get("locked") == "yes" or tags.get("access") == "no")


def only_direction(tags):
    """1 ahead, -1 back, 0 both."""
    if tags["foot:forward"] == "no" or tags["conveying"] == "backward":
        return -1
    return 1 if tags["oneway:foot"] == "yes" else 0


class Oracle:
    """A town by OSMnx, networkx and shapely."""

    def __init__(self, path):
        read = osmnx.graph_from_xml(path, simplify=False, retain_all=True, bidirectional=True)
        to_metres = Transformer.from_crs("EPSG:4326", CRS, always_xy=True)
        xy = {n: np.array(to_metres.transform(d["x"], d["y"])) for n, d in read.nodes(data=True)}
        shut = {n for n, data in read.nodes(data=True) if is_shut(data)}
        self.graph, self.streets, rails = nx.DiGraph(), [], []
        for u, v, data in read.edges(data=True):
            tags = {key: data.get(key, "") for key in (*TAGS, *ONE_WAY)}
            if data["reversed"]:  # a way comes in both directions; the drawn one tells all
                continue
            if tags["railway"] == "rail":
                rails.append(shapely.LineString([xy[u], xy[v]]))
            if not tags["highway"] or not is_walked(tags):
                continue
            ends = [(n, data["osmid"]) if n in shut else n for n in (u, v)]
            kmh = STEPS_KMH if tags["highway"] == "steps" else ADULT_KMH
            street = (*ends, xy[u], xy[v], kmh / 3.6, only_direction(tags))
            self.streets.append((street, not (tags["bridge"] or tags["tunnel"])))
        self.rails = shapely.union_all(rails)

    def feet(self, place):
        """Where a place may meet the street: all that are equally near."""
        found = []
        for i, ((_, _, a, b, *_), is_open) in enumerate(self.streets):
            share = float(np.clip((place - a) @ (b - a) / ((b - a) @ (b - a)), 0, 1))
            foot = a + share * (b - a)
            leg = shapely.LineString([place, foot])
            if is_open and leg.length <= SNAP_MAX_M and not leg.intersects(self.rails):
                found.append((leg.length, i, share))
        nearest_m = min((leg_m for leg_m, *_ in found), default=np.inf)
        return [foot for foot in found if foot[0] <= nearest_m + TIE_M]

    def seconds(self, door, post):
        """Seconds from one foot to another."""
        graph = nx.DiGraph()
        for i, ((u, v, a, b, speed, direction), _) in enumerate(self.streets):
            feet = {"door": door, "post": post}.items()
            stops = [(share, name) for name, (_, at, share) in feet if at == i]
            stops = [(0.0, u), *sorted(stops), (1.0, v)]
            for (here, one), (there, other) in itertools.pairwise(stops):
                seconds = (there - here) * float(np.hypot(*(b - a))) / speed
                for tail, head, closed in ((one, other, -1), (other, one, 1)):
                    known = graph.get_edge_data(tail, head, {"seconds": np.inf})
                    may_walk = (
                        direction != closed or here == there
                    )  # who stands at a corner is there
                    if may_walk and seconds < known["seconds"]:
                        graph.add_edge(tail, head, seconds=seconds)
        legs_s = (door[0] + post[0]) / (ADULT_KMH / 3.6)
        try:
            return legs_s + nx.dijkstra_path_length(graph, "door", "post", weight="seconds")
        except (nx.NetworkXNoPath, nx.NodeNotFound):
            return np.inf


def our_seconds(path, points):
    """Seconds from the first of some points to each of the others, as a study finds them."""
    extract = read_osm(path)
    network = build_network(extract, crs=CRS, speed_kmh=ADULT_KMH, steps_speed_kmh=STEPS_KMH)
    network = simplify(apply_profile(network, walking_profile("adult")))
    at = snap(
        network,
        points,
        snap_max_m=SNAP_MAX_M,
        island_max_m=0,
        barriers=barrier_lines(extract, crs=CRS),
    )
    post, doors = at.iloc[[0]], at.iloc[1:]
    minutes = nearest_facility(network, doors, post, speed_kmh=ADULT_KMH)["minutes"]
    return pd.Series(minutes * 60, index=doors.index)


@pytest.fixture(scope="module", autouse=True)
def osmnx_reads_all_tags():
    """Tell OSMnx to keep the tags that are about walking."""
    before = osmnx.settings.useful_tags_way, osmnx.settings.useful_tags_node
    osmnx.settings.useful_tags_way = [*TAGS, *ONE_WAY]
    osmnx.settings.useful_tags_node = ["barrier", "access", "foot", "locked"]
    yield
    osmnx.settings.useful_tags_way, osmnx.settings.useful_tags_node = before


# Without shrinking: a town that fails is small already, and each try reads a file twice.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate)
PLACE = st.tuples(st.floats(-60, 420, width=32), st.floats(-60, 300, width=32))


@settings(max_examples=40, deadline=None, phases=PHASES)
@given(cities(), st.lists(PLACE, min_size=6, max_size=8))
def test_minutes_of_a_drawn_town_are_those_of_osmnx_and_networkx(town, spots):
    points = places({f"p{i}": spot for i, spot in enumerate(spots)})
    with tempfile.TemporaryDirectory() as folder:
        path = town.write(Path(folder) / "town.osm")
        ours = our_seconds(path, points)
        oracle = Oracle(path)
    post, *doors = (oracle.feet(np.array([p.x, p.y])) for p in points)
    for found_s, door in zip(ours, doors, strict=True):
        if not (door and post):
            assert np.isinf(found_s)
            continue
        expected_s = [oracle.seconds(d, p) for d, p in itertools.product(door, post)]
        if np.isinf(found_s):
            assert np.isinf(expected_s).any()
        else:
            assert np.min(np.abs(np.subtract(expected_s, found_s))) < AGREE_S
