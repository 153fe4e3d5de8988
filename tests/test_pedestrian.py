"""The rules of walking, on drawn towns: sidewalks, squares, private yards, one-ways.

Where a case is one that users of other systems met, the test bears the issue's number.
"""

import dataclasses
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from towns import ADULT_KMH, CRS, DRAWN_M, MONACO, STEPS_KMH, Town, places
from walkshed.errors import SettingsError
from walkshed.network import barrier_lines, build_network, snap
from walkshed.network.explain import explain_network, explanation
from walkshed.network.impedance import EDGE_KINDS
from walkshed.network.pedestrian import gate_rules, pedestrian_rules, walk_rules
from walkshed.sources.osm import WAY_TAGS, read_osm
from walkshed.travel_times import nearest_facility

M = DRAWN_M / 80


def network_of(town, *, rules=None, extract=None):
    extract = extract or town.extract()
    kmh = {"speed_kmh": ADULT_KMH, "steps_speed_kmh": STEPS_KMH}
    return build_network(extract, crs=CRS, rules=pedestrian_rules(rules), **kmh)


def walk_m(town, door, post, *, rules=None, extract=None):
    """Metres from a door to a post, at 80 m in a minute."""
    extract = extract or town.extract()
    network = network_of(town, rules=rules, extract=extract)
    at = snap(
        network,
        places({"door": door, "post": post}),
        snap_max_m=100,
        island_max_m=0,
        barriers=barrier_lines(extract, crs=CRS),
    )
    found = nearest_facility(network, at.loc[["door"]], at.loc[["post"]], speed_kmh=ADULT_KMH)
    return 80 * float(found["minutes"].iloc[0])


def metres(length):
    return pytest.approx(length, abs=10 * DRAWN_M)


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


# --- sidewalks -----------------------------------------------------------------------------------


def street_with_a_sidewalk(highway="residential", sidewalk_y=8.0, **tags):
    """A street of 400 m; its sidewalk joins it at the western end and nowhere else."""
    town = Town()
    town.street((0, 0), (200, 0), (400, 0), highway=highway, sidewalk="separate", **tags)
    town.way((0, sidewalk_y), (400, sidewalk_y), highway="footway", footway="sidewalk")
    town.way((0, 0), (0, sidewalk_y), highway="footway")
    town.street((200, 0), (200, -100))
    return town


NO_STEPPING_OFF = {"limits": {"step_off_m": 0.0}}


def test_a_walker_leaves_the_sidewalk_valhalla_4419():
    town = street_with_a_sidewalk()
    assert walk_m(town, (200, 18), (200, -100), rules=NO_STEPPING_OFF) == metres(10 + 408 + 100)
    assert walk_m(town, (200, 18), (200, -100)) == metres(10 + 8 + 100)
    at_most = walk_m(town, (225, 18), (200, -100))
    assert metres(10 + 8 + 25 + 100) == at_most


def test_a_sidewalk_that_joins_nothing_is_no_island_valhalla_4419():
    town = Town()
    town.street((0, 0), (400, 0))
    town.way((100, 8), (300, 8), highway="footway", footway="sidewalk")
    network = network_of(town)
    assert len(np.unique(network.edge_component)) == 1
    assert walk_m(town, (300, 18), (400, 0)) == metres(10 + 8 + 100)


@pytest.mark.parametrize(
    "tags", [{"sidewalk": "separate"}, {"foot": "use_sidepath"}, {"sidewalk:both": "separate"}]
)
def test_a_street_with_sidewalks_of_its_own_stays_walkable_osmnx_1253(tags):
    town = Town()
    town.street((0, 0), (400, 0), highway="tertiary", **tags)
    town.way((0, 8), (400, 8), highway="footway", footway="sidewalk")
    town.street((400, 0), (400, -100))
    assert walk_m(town, (350, -20), (400, -100)) == metres(20 + 50 + 100)


def test_sidewalks_drawn_twice_change_the_walk_by_the_width_of_the_street_osmnx_1253():
    alone = Town()
    alone.street((0, 0), (200, 0), (400, 0))
    alone.street((200, 0), (200, -100))
    drawn = street_with_a_sidewalk()
    for door in [(0, 20), (130, 20), (390, 20)]:
        ours, plain = walk_m(drawn, door, (200, -100)), walk_m(alone, door, (200, -100))
        assert abs(ours - plain) <= 8 + 10 * DRAWN_M


def test_a_crossing_drawn_as_a_cycleway_joins_two_sidewalks_osmnx_1269():
    town = Town()
    town.street((0, 0), (400, 0), highway="primary")
    for y in (-10, 10):
        town.way((0, y), (200, y), (400, y), highway="footway", footway="sidewalk")
    assert walk_m(town, (200, 10), (200, -10)) == metres(200 + 20 + 200)
    tags = {"highway": "cycleway", "foot": "designated", "cycleway": "crossing"}
    town.way((200, 10), (200, -10), **tags)
    assert walk_m(town, (200, 10), (200, -10)) == metres(20)


@pytest.mark.parametrize("highway", ["primary", "secondary", "trunk"])
def test_nobody_steps_onto_a_big_road_but_at_the_end_of_the_sidewalk(highway):
    town = street_with_a_sidewalk(highway=highway)
    assert walk_m(town, (210, 18), (200, -100)) == metres(10 + 190 + 8 + 200 + 100)


def test_the_street_behind_a_big_road_is_not_stepped_onto():
    town = Town()
    town.street((0, 0), (400, 0), highway="primary")
    town.street((0, -6), (400, -6), highway="service")
    town.way((0, 6), (400, 6), highway="footway", footway="sidewalk")
    assert walk_m(town, (200, 6), (200, -6)) == np.inf


@pytest.mark.parametrize(
    "tags", [{"bridge": "yes", "layer": "1"}, {"tunnel": "yes", "layer": "-1"}, {"layer": "2"}]
)
def test_nobody_steps_off_a_bridge_onto_the_street_below(tags):
    town = Town()
    town.street((0, 0), (400, 0))
    town.way((100, 8), (300, 8), highway="footway", footway="sidewalk", **tags)
    assert len(np.unique(network_of(town).edge_component)) == 2


@pytest.mark.parametrize("tags", [{"railway": "rail"}, {"waterway": "canal"}])
def test_nobody_steps_off_a_sidewalk_across_a_railway_or_a_canal(tags):
    town = Town()
    town.street((0, 0), (400, 0))
    town.way((100, 8), (300, 8), highway="footway", footway="sidewalk")
    town.way((0, 4), (400, 4), **tags)
    assert len(np.unique(network_of(town).edge_component)) == 2


# --- squares -------------------------------------------------------------------------------------


def test_a_square_is_crossed_in_a_straight_line_pyrosm_96():
    town = Town()
    town.square(0, 0, 100, highway="pedestrian", area="yes", name="Big")
    town.street((-100, 0), (0, 0))
    town.street((100, 100), (200, 100))
    assert walk_m(town, (-100, 0), (200, 100)) == metres(200 + 100 * 2**0.5)
    network = network_of(town)
    across = network.edge_kind == "square"
    assert (network.edge_name[across] == "Big").all()
    assert across.sum() == network.n_edges - 2


def test_a_closed_street_that_is_no_area_is_walked_around_pyrosm_96():
    town = Town()
    town.square(0, 0, 100, highway="pedestrian")
    town.street((-100, 0), (0, 0))
    town.street((100, 100), (200, 100))
    assert walk_m(town, (-100, 0), (200, 100)) == metres(200 + 200)


def test_a_walk_across_a_bent_square_bends_at_its_inner_corner():
    town = Town()
    corners = [(0, 0), (100, 0), (100, 20), (100, 50), (50, 50), (50, 100), (20, 100), (0, 100)]
    town.way(*corners, (0, 0), highway="footway", area="yes")
    town.street((100, 20), (200, 20))
    town.street((20, 100), (20, 200))
    assert walk_m(town, (200, 20), (20, 200)) == metres(200 + 2 * (50**2 + 30**2) ** 0.5)


def with_highway(extract, value="pedestrian"):
    """Give `highway` to the areas that are squares, as an extract that reads relations does."""
    highway = np.where(extract.areas["place"] == "square", value, "")
    return dataclasses.replace(extract, areas=extract.areas.assign(highway=highway))


def square_with_a_bed(bed_side=20.0):
    """A square of 100 m with a flower bed in its middle, as a multipolygon relation."""
    town = Town()
    lawn = (100 - bed_side) / 2
    outer = town.way((0, 0), (100, 0), (100, 50), (100, 100), (0, 100), (0, 50), (0, 0))
    inner = town.square(lawn, lawn, bed_side)
    members = [("w", outer, "outer"), ("w", inner, "inner")]
    town.relation(*members, type="multipolygon", place="square", name="Forum")
    town.street((-100, 50), (0, 50))
    town.street((100, 50), (200, 50))
    return town


def test_a_square_that_is_a_relation_is_crossed_around_its_flower_bed_pyrosm_96():
    town = square_with_a_bed()
    extract = with_highway(town.extract())
    across_m = 2 * (40**2 + 10**2) ** 0.5 + 20
    assert walk_m(town, (-100, 50), (200, 50), extract=extract) == metres(200 + across_m)
    network = network_of(town, extract=extract)
    square = network.edge_kind == "square"
    assert set(network.edge_way_id[square]) == {-901}
    assert set(network.edge_name[square]) == {"Forum"}


def test_areas_that_nobody_may_walk_on_are_no_squares():
    town = square_with_a_bed()
    closed = network_of(town, extract=with_highway(town.extract(), "construction"))
    assert (closed.edge_kind != "square").all()
    town = Town()
    town.street((0, 0), (-50, 0))
    town.square(0, 0, 100, highway="pedestrian", area="yes", access="no")
    town.square(0, 200, 100, highway="steps", area="yes")
    assert (network_of(town).edge_kind != "square").all()


def test_a_huge_square_with_many_entrances_gets_a_bounded_number_of_lines():
    town = Town()
    around = 2 * np.pi * np.arange(300) / 300
    ring = [
        (float(x), float(y)) for x, y in 500 * np.column_stack([np.cos(around), np.sin(around)])
    ]
    town.way(*ring, ring[0], highway="pedestrian", area="yes")
    for x, y in ring:
        town.street((x, y), (1.1 * x, 1.1 * y))
    most = pedestrian_rules().limits.square_places_max
    network = network_of(town)
    assert network.n_edges <= 300 + 300 + most * (most - 1) / 2
    assert len(np.unique(network.edge_component)) == 1
    opposite = walk_m(town, ring[0], ring[150])
    assert 1000 - 1 <= opposite <= 1.05 * 1000


def test_a_square_with_an_impossible_outline_is_walked_along_its_outline():
    town = Town()
    town.way((0, 0), (100, 100), (100, 0), (0, 100), (0, 0), highway="pedestrian", area="yes")
    town.street((0, 0), (-50, 0))
    town.street((100, 0), (150, 0))
    assert network_of(town).n_edges == 4


# --- private yards -------------------------------------------------------------------------------


def two_streets_and_a_yard(**yard):
    """Streets 200 m apart joined in the west; in the east a private way joins them too."""
    town = Town()
    town.street((1000, 0), (0, 0), (0, 200), (1000, 200))
    tags = {"highway": "service", "access": "private", **yard}
    town.way((1000, 0), (1000, 80), (1000, 200), **tags)
    return town


def test_a_private_way_is_a_way_out():
    town = two_streets_and_a_yard()
    assert walk_m(town, (1005, 50), (900, 0)) == metres(5 + 50 + 100)
    assert walk_m(town, (1005, 150), (900, 200)) == metres(5 + 50 + 100)


def test_a_private_way_is_no_way_through():
    town = two_streets_and_a_yard()
    assert walk_m(town, (900, 0), (900, 200)) == metres(900 + 200 + 900)
    assert walk_m(two_streets_and_a_yard(foot="yes"), (900, 0), (900, 200)) == metres(400)


def test_of_two_exits_a_resident_takes_the_nearer_one():
    town = two_streets_and_a_yard()
    network = network_of(town)
    assert network.edge_length_m.sum() == metres(2200 + 200)
    assert walk_m(town, (1000, 99), (900, 0)) == metres(199)
    assert walk_m(town, (1000, 101), (900, 0)) == metres(99 + 1000 + 200 + 900)


def test_a_yard_with_one_exit_is_not_cut():
    town = Town()
    town.street((0, 0), (100, 0), (200, 0))
    town.way((100, 0), (100, 50), (50, 50), (50, 80), (150, 80), (150, 50), (100, 50),
             highway="service", access="private")  # fmt: skip
    network = network_of(town)
    assert (network.node_ref > 0).all()
    assert walk_m(town, (150, 85), (0, 0)) == metres(5 + 30 + 50 + 50 + 100)


def test_a_yard_behind_its_own_gate_lets_residents_out():
    town = two_streets_and_a_yard()
    town.node(1000, 0, barrier="gate", access="private", locked="yes")
    town.node(1000, 200, barrier="gate", access="private")
    assert walk_m(town, (1005, 50), (900, 0)) == metres(5 + 50 + 100)
    assert walk_m(town, (900, 0), (900, 200)) == metres(2000)


def gated_quarter(gates=((100, 0),), **tags):
    """A long street, and a quarter of untagged streets behind gates on it."""
    town = Town()
    town.street((0, 0), (100, 0), (300, 0), (1000, 0))
    town.street((100, 0), (100, 10), (100, 200), (300, 200), (300, 10), (300, 0))
    for x, _ in gates:
        town.node(x, 10, barrier="gate", **{"access": "private", **tags})
    return town


def test_a_gated_quarter_with_one_gate_is_not_lost():
    town = gated_quarter(gates=[(100, 0), (300, 0)])
    assert walk_m(town, (100, 150), (0, 0)) == metres(150 + 100)
    assert walk_m(town, (300, 150), (1000, 0)) == metres(150 + 700)


def test_nobody_walks_through_a_gated_quarter():
    town = gated_quarter(gates=[(100, 0), (300, 0)])
    town.street((100, 200), (100, 250))
    inside = walk_m(town, (100, 250), (0, 0))
    assert inside == metres(250 + 100)
    town = Town()
    town.street((100, 0), (0, 0), (0, 1000), (300, 1000), (300, 0))
    town.street((100, 0), (110, 0), (290, 0), (300, 0))
    for x in (110, 290):
        town.node(x, 0, barrier="gate", access="private")
    assert walk_m(town, (100, 0), (300, 0)) == metres(100 + 1000 + 300 + 1000)


def test_a_town_of_its_own_behind_a_private_gate_stays_apart():
    town = Town()
    town.street((0, 0), (600, 0))
    town.street((600, 0), (1000, 0))
    town.node(600, 0, barrier="gate", access="private")
    assert walk_m(town, (1000, 0), (0, 0)) == metres(1000)
    apart = {"limits": {"enclave_max_m": 300.0}}
    assert walk_m(town, (1000, 0), (0, 0), rules=apart) == np.inf


def test_a_yard_without_any_exit_is_left_out_and_its_doors_find_the_open_street():
    town = Town()
    town.street((0, 0), (1000, 0))
    town.street((0, 80), (1000, 80), access="private")
    network = network_of(town)
    assert network.edge_length_m.sum() == metres(1000)
    assert walk_m(town, (500, 85), (0, 0)) == metres(85 + 500)


def test_a_square_in_a_private_yard_is_crossed_by_residents_alone():
    town = Town()
    town.street((0, 0), (0, 300), (100, 300), (100, 100))
    town.square(0, 0, 100, highway="pedestrian", area="yes", access="private")
    assert walk_m(town, (0, 0), (100, 100)) == metres(300 + 100 + 200)


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
    made = (network.node_ref < 0).sum()
    assert made <= 2 * np.isin(on_way, closed).sum() + len(set(network.edge_way_id[squares]))


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


# --- what was kept and dropped -------------------------------------------------------------------


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
  areas walked across                         21
  of these multipolygons                       2
  lines across them, new outlines            498      20.0 km
sidewalks
  places to step off                         335       1.6 km
private yards, ways
  cut between two exits                       13
  left out for want of an exit                14       1.1 km
edges of the network, by what a walker meets
  street                                    2200      62.7 km
  footway                                   2540      52.2 km
  square                                     737      23.8 km
  steps                                      376       6.0 km
  crossing                                   530       3.0 km
  ford                                         1       0.0 km
one-way on foot
  edges                                       15       0.2 km
islands
  the largest part, edges                   6322     144.6 km
  parts that are cut off                      27       3.1 km
the file
  ways without two known nodes                 0
"""


def test_monaco_is_explained_as_it_was():
    assert explanation(explain_network(read_osm(MONACO))) == MONACO_EXPLAINED.rstrip("\n")
