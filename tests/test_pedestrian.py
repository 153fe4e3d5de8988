"""The rules of walking, on drawn towns: the table of rules, one-ways, rivers.

Where a case is one that users of other systems met, the test bears the issue's number.
"""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from towns import ADULT_KMH, CRS, DRAWN_M, MONACO, STEPS_KMH, Town
from walks import metres, network_of, walk_m
from walkshed.errors import SettingsError
from walkshed.network import build_network
from walkshed.network.impedance import EDGE_KINDS
from walkshed.network.pedestrian import (
    gate_rules,
    obstacle_kinds,
    pedestrian_rules,
    walk_rules,
)
from walkshed.sources.osm import WAY_TAGS, read_osm

M = DRAWN_M / 80

# --- the table of rules --------------------------------------------------------------------------


def test_every_rule_reads_a_tag_that_is_read_from_the_file():
    rules = pedestrian_rules()
    keys = {f.alias or name for name, f in type(rules).model_fields.items()}
    assert keys - {"limits", "sources", "barrier", "cycleway"} <= set(WAY_TAGS)


def test_every_kind_has_a_time_and_every_source_says_whether_it_was_read():
    rules = pedestrian_rules()
    kinds = {r.kind for table in (rules.highway, rules.footway, rules.ford) for r in table.values()}
    assert kinds - {None} <= set(EDGE_KINDS)
    assert all(source.source and source.date for source in rules.sources.values())


def test_all_that_is_not_open_says_why():
    rules = pedestrian_rules()
    for table in (rules.highway, rules.motorroad, rules.access, rules.foot):
        for value, line in table.items():
            assert bool(line.reason) == (line.walk in ("residents", "closed", "absent")), value


def test_rules_name_no_tag_about_cars():
    rules = pedestrian_rules()
    keys = {f.alias or name for name, f in type(rules).model_fields.items()}
    assert keys.isdisjoint({"maxspeed", "oneway", "lanes", "motor_vehicle", "vehicle"})
    assert {"maxspeed", "oneway", "lanes"}.isdisjoint(WAY_TAGS)


def test_a_study_changes_single_lines_and_the_rest_stays():
    standard = pedestrian_rules()
    ours = pedestrian_rules({"highway": {"cycleway": {"walk": "closed", "reason": "fast"}}})
    assert ours.highway["cycleway"].walk == "closed"
    assert ours.highway["steps"] == standard.highway["steps"]
    assert ours.limits == standard.limits
    assert pedestrian_rules() == standard


def test_a_line_that_a_study_adds_applies():
    town = Town()
    town.street((0, 0), (100, 0))
    town.way((100, 0), (200, 0), highway="trail_of_ours")
    assert network_of(town).n_edges == 2
    line = {"walk": "closed", "reason": "for climbers"}
    assert network_of(town, rules={"highway": {"trail_of_ours": line}}).n_edges == 1


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"hihgway": {}}, r"hihgway.*no such key.*highway"),
        ({"highway": {"steps": {"speed": 3}}}, r"highway\.steps\.speed.*no such key.*reason"),
        ({"highway": {"steps": {"walk": "maybe"}}}, r"highway\.steps\.walk"),
        ({"access": {"private": {"kind": "yard"}}}, r"access\.private\.kind"),
        ({"limits": {"step_of_m": 3.0}}, r"limits\.step_of_m.*no such key.*step_off_m"),
        ({"limits": {"step_off_m": -1.0}}, r"limits\.step_off_m"),
        ({"highway": 7}, "highway"),
        ({"a": 1, "b": 2}, "2 problems"),
    ],
)
def test_wrong_changes_are_refused_and_named(changes, told):
    with pytest.raises(SettingsError, match=f"(?s){told}"):
        pedestrian_rules(changes)


def test_steps_stay_steps_and_fords_and_crossings_are_told():
    ways = pd.DataFrame(
        [
            ("steps", "crossing", "", ""),
            ("footway", "crossing", "", ""),
            ("cycleway", "", "crossing", ""),
            ("track", "", "", "yes"),
            ("path", "", "", "stepping_stones"),
            ("path", "", "", "no"),
            ("residential", "", "", ""),
            ("ladder", "", "", ""),
        ],
        columns=["highway", "footway", "cycleway", "ford"],
    )
    kinds = ["steps", "crossing", "crossing", "ford", "ford", "footway", "street", "steps"]
    assert walk_rules(ways)["kind"].tolist() == kinds


def test_tables_without_rows_are_judged_too():
    assert walk_rules(pd.DataFrame({"highway": []}, dtype=object)).empty
    nodes = pd.DataFrame({k: [] for k in ("barrier", "access", "foot", "locked")}, dtype=object)
    assert gate_rules(nodes).empty


# --- cars ----------------------------------------------------------------------------------------


def old_town(**tags):
    """A bit of everything; `tags` on every way."""
    town = Town()
    town.street((0, 0), (100, 0), (200, 0), **tags)
    town.way((0, 10), (200, 10), highway="footway", footway="sidewalk", **tags)
    town.square(100, -80, 80, highway="pedestrian", area="yes", **tags)
    town.way((180, 0), (200, 0), highway="steps", **tags)
    town.way((0, 0), (0, -80), (100, -80), highway="service", access="private", **tags)
    town.way((0, 0), (0, 90), **{"highway": "footway", "oneway:foot": "yes", **tags})
    return town


def test_a_city_tagged_60_everywhere_takes_the_same_time_to_walk():
    plain, fast = old_town().network(), old_town(maxspeed="60", oneway="yes").network()
    for field in dataclasses.fields(plain):
        assert np.array_equal(getattr(plain, field.name), getattr(fast, field.name)), field.name


# --- one-way for walkers -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("tags", "ahead", "back"),
    [
        ({}, True, True),
        ({"oneway": "yes"}, True, True),
        ({"oneway": "-1"}, True, True),
        ({"oneway:foot": "yes"}, True, False),
        ({"oneway:foot": "-1"}, False, True),
        ({"oneway:foot": "no", "oneway": "yes"}, True, True),
        ({"foot:backward": "no"}, True, False),
        ({"foot:forward": "no"}, False, True),
        ({"highway": "steps", "conveying": "forward"}, True, False),
        ({"highway": "steps", "conveying": "backward"}, False, True),
        ({"highway": "steps", "conveying": "yes"}, True, True),
        ({"highway": "steps", "conveying": "reversible"}, True, True),
    ],
)
def test_one_way_binds_walkers_only_where_it_says_so(tags, ahead, back):
    town = Town()
    town.street((0, 0), (80, 0), **{"highway": "footway", **tags})
    network = network_of(town)
    assert np.isfinite(network.edge_forward_s).tolist() == [ahead]
    assert np.isfinite(network.edge_backward_s).tolist() == [back]


def test_up_the_escalator_that_runs_down_one_goes_round():
    town = Town()
    town.way((0, 0), (80, 0), highway="steps", conveying="forward")
    town.street((0, 0), (0, 100), (80, 100), (80, 0))
    town.street((0, 0), (-50, 0))
    town.street((80, 0), (130, 0))
    assert walk_m(town, (-50, 0), (130, 0)) == metres(100 + 2 * 80)
    assert walk_m(town, (130, 0), (-50, 0)) == metres(100 + 280)


AS_DRAWN = {
    "access": {"private": {"walk": "closed"}, "permit": {"walk": "closed"}},
    "foot": {"private": {"walk": "closed"}},
    "limits": {"step_off_m": 0.0, "square_places_max": 0},
}


def test_a_study_can_have_the_streets_as_they_are_drawn_and_nothing_more():
    extract = read_osm(MONACO)
    kmh = {"speed_kmh": ADULT_KMH, "steps_speed_kmh": STEPS_KMH}
    network = build_network(extract, crs=CRS, rules=pedestrian_rules(AS_DRAWN), **kmh)
    walk = walk_rules(extract.ways)["walk"]
    drawn = extract.ways.loc[walk == "open", "way_id"]
    squares = network.edge_way_id < 0  # the outlines of two squares that are relations
    assert set(network.edge_way_id[~squares]) == set(drawn)
    assert len(set(network.edge_way_id[squares])) == 2
    assert set(network.node_ref[network.node_ref > 0]) <= set(extract.node_ref)
    closed = extract.node_tags.index[gate_rules(extract.node_tags) != "open"]
    on_way = extract.node_ref[np.repeat((walk == "open").to_numpy(), np.diff(extract.way_start))]
    narrow = obstacle_kinds(extract.node_tags).index
    made = (network.node_ref < 0).sum()
    cut = 2 * np.isin(on_way, [*closed, *narrow]).sum()
    assert made <= cut + len(set(network.edge_way_id[squares]))


# --- rivers and railways -------------------------------------------------------------------------


def two_banks(*, bridge=False):
    """A street on each bank of a river, 60 m apart, and perhaps a bridge 700 m to the east."""
    town = Town()
    town.street((0, 0), (700, 0))
    town.street((0, 60), (700, 60))
    town.way((-100, 30), (900, 30), waterway="river")
    if bridge:
        town.way((700, 0), (700, 60), highway="footway", bridge="yes", layer="1")
    return town


def test_the_walk_never_jumps_the_river_graphhopper_2181():
    assert walk_m(two_banks(), (0, 0), (0, 60)) == np.inf
    assert walk_m(two_banks(bridge=True), (0, 0), (0, 60)) == metres(700 + 60 + 700)


def test_a_bridge_over_a_railway_joins_nothing_on_the_way_graphhopper_2181():
    town = Town()
    town.street((-200, 0), town.apart(0, 0), (200, 0))
    town.street((0, -200), town.apart(0, 0), (0, 200), bridge="yes", layer="1")
    town.way((-200, 20), (200, 20), railway="rail")
    assert walk_m(town, (-50, 0), (0, -200)) == np.inf


def test_a_door_by_the_river_leaves_by_its_own_bank_openrouteservice_972():
    town = two_banks(bridge=True)
    assert walk_m(town, (100, 28), (0, 0)) == metres(28 + 100)
    assert walk_m(town, (100, 32), (0, 60)) == metres(28 + 100)
    assert walk_m(town, (100, 32), (0, 0)) == metres(28 + 600 + 60 + 700)


def test_no_walk_is_shorter_than_the_straight_line_qneat3_82():
    extract = read_osm(MONACO)
    network = build_network(extract, crs="EPSG:32632", speed_kmh=4.8, steps_speed_kmh=2.4)
    straight_m = np.hypot(*(network.node_xy[network.edge_u] - network.node_xy[network.edge_v]).T)
    assert (network.edge_length_m >= straight_m - 1e-6).all()
    fastest_s = straight_m / (4.8 / 3.6)
    assert (network.edge_forward_s >= fastest_s - 1e-6).all()
    assert (network.edge_backward_s >= fastest_s - 1e-6).all()


def test_a_walk_beyond_the_threshold_is_beyond_it_however_near_the_post_qneat3_82():
    town = two_banks(bridge=True)
    assert walk_m(town, (300, 0), (300, 60)) == metres(400 + 60 + 400)
    assert walk_m(town, (690, 0), (690, 60)) == metres(10 + 60 + 10)
