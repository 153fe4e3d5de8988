"""What was kept of an extract and what was dropped, told."""

from types import SimpleNamespace

import pytest

from towns import CRS, MONACO, Town
from walks import metres
from walkshed.network import build_network
from walkshed.network.explain import explain_network, explanation
from walkshed.sources.osm import read_osm


def test_each_thing_is_told_once_with_its_length():
    town = Town()
    town.street((0, 0), (100, 0), (200, 0))
    town.way((100, 0), (100, 50), highway="service", access="private")
    town.way((0, 0), (0, 80), highway="construction")
    town.way((0, 0), (-80, 0), highway="footway", foot="no")
    town.way((200, 0), (240, 0), highway="steps", **{"oneway:foot": "yes"})
    town.street((0, 500), (30, 500))
    town.node(240, 0, barrier="gate", locked="yes")
    table = explain_network(town.extract(), crs=CRS)
    told = {
        (topic, what): SimpleNamespace(n=n, m=length_m)
        for topic, what, n, length_m in table.to_numpy().tolist()
    }
    assert told["kept", "residential"].n == 2
    assert told["kept", "residential"].m == metres(230)
    assert told["kept for residents", "service: private"].m == metres(50)
    assert told["dropped", "construction: not built yet"].m == metres(80)
    assert told["dropped", "footway: closed to walkers"].m == metres(80)
    assert told["one-way on foot", "edges"].m == metres(40)
    assert told["gates", "closed"].n == 1
    assert told["islands", "parts that are cut off"].n == 1
    assert told["islands", "parts that are cut off"].m == metres(30)


def test_kept_and_dropped_ways_add_up_to_all_ways():
    extract = read_osm(MONACO)
    table = explain_network(extract)
    ways = table[table["topic"].isin(["kept", "kept for residents", "dropped"])]
    assert ways["count"].sum() == extract.ways["way_id"].nunique()
    network = build_network(extract, crs="EPSG:32632", speed_kmh=4.8, steps_speed_kmh=2.4)
    for topic in ("edges", "islands"):  # each edge stands once in either
        told_m = table.loc[table["topic"] == topic, "length_m"].sum()
        assert told_m == pytest.approx(network.edge_length_m.sum())


MONACO_EXPLAINED = """\
ways kept
  footway                                   1355      51.0 km
  residential                                255      22.1 km
  service                                    277      14.7 km
  tertiary                                   114       9.0 km
  secondary                                  156       8.4 km
  steps                                      345       6.0 km
  pedestrian                                  55       6.0 km
  pier or platform                            84       5.8 km
  primary                                     82       3.5 km
  path                                        34       2.1 km
  primary_link                                 6       0.7 km
  secondary_link                              15       0.4 km
  tertiary_link                                6       0.2 km
  corridor                                     5       0.2 km
  platform                                     8       0.2 km
  living_street                                1       0.1 km
  unclassified                                 1       0.0 km
ways kept for residents
  service: private                            43       1.9 km
  primary: private                             5       0.4 km
  residential: private                         1       0.2 km
  footway: private                             5       0.1 km
ways dropped
  primary: closed to walkers                  29       3.4 km
  secondary: closed to walkers                12       1.6 km
  construction: not built yet                  6       1.2 km
  raceway: not a public way                    7       0.9 km
  residential: closed to walkers               5       0.6 km
  service: closed to walkers                  13       0.5 km
  tertiary: closed to walkers                  2       0.4 km
  primary_link: closed to walkers              5       0.3 km
  secondary_link: closed to walkers            1       0.1 km
  service: no access                           2       0.1 km
  steps: no access                             1       0.0 km
barriers on the ways kept
  passed                                      88
  passed by residents alone                    3
  closed                                       1
squares
  areas walked across                         89
  of these multipolygons                       2
  lines across them, new outlines            530      20.5 km
sidewalks
  places to step off                         326       1.6 km
private yards, ways
  cut between two exits                       13
  left out for want of an exit                14       1.1 km
edges of the network, by what a walker meets
  street                                    2191      62.7 km
  footway                                   2597      52.4 km
  square                                     902      29.8 km
  steps                                      376       6.0 km
  crossing                                   530       3.0 km
  ford                                         1       0.0 km
  narrow_gate                                  5       0.0 km
one-way on foot
  edges                                       15       0.2 km
islands
  the largest part, edges                   6490     146.6 km
  parts that are cut off                      76       7.5 km
the file
  ways without two known nodes                 0
"""


def test_monaco_is_explained_as_it_was():
    assert explanation(explain_network(read_osm(MONACO))) == MONACO_EXPLAINED.rstrip("\n")
