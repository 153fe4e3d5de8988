"""Residents at doors: which buildings are homes, how people are shared out, zones."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from towns import CRS, DRAWN_M, Town
from walkshed.demand import (
    demand_points,
    residential_buildings,
    residents_by_rule,
    with_zone,
)
from walkshed.demand.buildings import use_of_buildings
from walkshed.errors import SourceError, TableError
from walkshed.standards import housing_defaults

HOUSING = housing_defaults()


def areas_of(*buildings):
    """Buildings of (tag, levels, side in metres), in a row."""
    return gpd.GeoDataFrame(
        {
            "building": [tag for tag, _, _ in buildings],
            "building:levels": [levels for _, levels, _ in buildings],
            "amenity": "",
            "landuse": "",
        },
        geometry=[
            shapely.box(1000 * i, 0, 1000 * i + side, side)
            for i, (_, _, side) in enumerate(buildings)
        ],
        index=[f"w{i + 1}" for i in range(len(buildings))],
        crs=CRS,
    )


def homes_of(*buildings):
    return residential_buildings(areas_of(*buildings), crs=CRS, housing=HOUSING)


def test_floor_area_is_outline_times_levels():
    homes = homes_of(("house", "1", 10), ("apartments", "9", 20))
    assert homes["floor_area_m2"].tolist() == pytest.approx([100, 3600])
    assert homes["levels"].tolist() == [1, 9]
    assert homes["levels_known"].tolist() == [True, True]


@pytest.mark.parametrize("levels", ["", "abc", "-3", "0", "1e9", "nan", "inf", "3;5", "<b>2</b>"])
def test_levels_that_no_building_has_fall_back_to_the_default(levels):
    homes = homes_of(("apartments", levels, 10))
    assert homes["levels"].tolist() == [HOUSING.levels_of("apartments")]
    assert homes["levels_known"].tolist() == [False]


@pytest.mark.parametrize(("levels", "believed"), [("5", 5), ("2.5", 2.5), (" 3 ", 3), ("100", 100)])
def test_sensible_levels_are_believed(levels, believed):
    assert homes_of(("yes", levels, 10))["levels"].tolist() == [believed]


def test_buildings_that_nobody_lives_in_are_left_out():
    homes = homes_of(
        ("garage", "1", 10), ("yes", "", 10), ("school", "3", 50), ("house", "", 10),
        ("no", "", 10), ("church", "", 10), ("industrial", "", 90), ("", "", 10),
        ("hut-invented", "", 10),
    )  # fmt: skip
    assert homes["building"].tolist() == ["yes", "house", "hut-invented"]
    assert list(homes.index) == ["w2", "w4", "w9"]


def test_buildings_of_a_drawn_town_are_measured_in_metres():
    town = Town()
    town.street((0, 0), (100, 0))
    town.square(0, 20, 10, building="house", **{"building:levels": "2"})
    outer, yard = town.square(100, 20, 30, building="apartments"), town.square(110, 30, 10)
    town.ways[-2][2].clear()
    town.relation(
        ("w", outer, "outer"), ("w", yard, "inner"),
        type="multipolygon", building="apartments", **{"building:levels": "5"},
    )  # fmt: skip
    homes = residential_buildings(town.extract().areas, crs=CRS, housing=HOUSING)
    assert homes.crs == CRS
    areas = dict(zip(homes.index, homes["floor_area_m2"], strict=True))
    assert areas["w102"] == pytest.approx(200, rel=4 * DRAWN_M / 10)
    # the yard of 10 x 10 m is no floor
    assert areas["r901"] == pytest.approx(5 * (900 - 100), rel=4 * DRAWN_M / 10)


def test_a_building_of_unknown_use_is_told_by_its_amenity_and_its_ground():
    town = Town()
    town.street((0, 0), (1000, 0))
    town.square(-10, 90, 200, landuse="industrial")
    yes = [
        town.square(0, 100, 10, building="yes"),  # on the industrial ground
        town.square(500, 100, 10, building="yes", amenity="school"),
        town.square(600, 100, 10, building="yes", amenity="cafe"),
        town.square(700, 100, 10, building="yes"),
        town.square(20, 100, 10, building="apartments"),  # the tag says it, whatever the ground
    ]
    areas = town.extract().areas
    use = use_of_buildings(areas, housing=HOUSING)
    told = [use[f"w{way}"] for way in yes]
    assert told == ["not_residential", "not_residential", "unknown", "unknown", "residential"]
    homes = residential_buildings(areas, crs=CRS, housing=HOUSING)
    assert sorted(homes.index) == sorted(f"w{way}" for way in yes[2:])


def test_each_building_rule_tells_how_many_residents_it_touched():
    areas = areas_of(("house", "2", 10), ("house", "", 10), ("yes", "", 10), ("garage", "", 10))
    homes = residential_buildings(areas, crs=CRS, housing=HOUSING)
    doors = demand_points(homes, housing=HOUSING, residents=500)
    table = residents_by_rule(doors, areas, housing=HOUSING)
    rows = table.reset_index().set_index(["use", "building", "levels_from"])
    assert rows["residents"].to_dict() == pytest.approx(
        {
            ("residential", "house", "tag"): 200,
            ("residential", "house", "default"): 100,
            ("unknown", "yes", "default"): 200,
            ("not_residential", "garage", ""): 0,
        }
    )
    assert table["doors"].sum() == len(doors)
    assert table["buildings_without_residents"].sum() == 1
    assert rows.loc[("residential", "house", "tag"), "floor_area_m2"] == pytest.approx(200)


def test_residents_are_shared_out_by_floor_area():
    homes = homes_of(("house", "1", 10), ("apartments", "5", 20))
    doors = demand_points(homes, housing=HOUSING, residents=2100)
    assert doors["residents"].tolist() == pytest.approx([100, 2000])
    assert doors.index.name == "door_id"
    assert list(doors.index) == ["w1", "w2"]


def test_without_a_total_the_floor_area_gives_an_estimate():
    homes = homes_of(("house", "1", 10), ("apartments", "5", 20))
    doors = demand_points(homes, housing=HOUSING)
    net_m2 = HOUSING.net_share.value * np.array([100, 2000])
    expected = net_m2 / HOUSING.floor_area_m2_per_resident.value
    assert doors["residents"].tolist() == pytest.approx(expected.tolist())


def test_a_door_lies_inside_its_house_even_where_the_middle_does_not():
    horseshoe = shapely.box(0, 0, 100, 100) - shapely.box(10, 10, 90, 101)
    areas = gpd.GeoDataFrame(
        {"building": ["yes"], "building:levels": [""], "amenity": "", "landuse": ""},
        geometry=[horseshoe],
        crs=CRS,
    )
    homes = residential_buildings(areas, crs=CRS, housing=HOUSING)
    assert not horseshoe.contains(horseshoe.centroid)
    assert horseshoe.contains(demand_points(homes, housing=HOUSING).geometry.iloc[0])


def test_a_town_without_homes_is_refused():
    with pytest.raises(SourceError, match="building"):
        demand_points(homes_of(("garage", "1", 10)), housing=HOUSING)


def test_an_extract_without_any_area_is_refused_in_the_same_words():
    town = Town()
    town.street((0, 0), (100, 0))
    homes = residential_buildings(town.extract().areas, crs=CRS, housing=HOUSING)
    with pytest.raises(SourceError, match="building"):
        demand_points(homes, housing=HOUSING)


BUILDING = st.tuples(
    st.sampled_from(["yes", "house", "apartments", "dormitory"]),
    st.sampled_from(["", "1", "2.5", "abc", "99", "-3", "1e9"]),
    st.floats(1, 300),
)
LAW = settings(max_examples=40, deadline=None)


@LAW
@given(st.lists(BUILDING, min_size=1, max_size=12), st.floats(1, 2e7))
def test_all_residents_have_a_door_and_nobody_is_made_up(buildings, residents):
    homes = homes_of(*buildings)
    doors = demand_points(homes, housing=HOUSING, residents=residents)
    assert doors["residents"].sum() == pytest.approx(residents, rel=1e-12, abs=1e-9)
    assert (doors["residents"] > 0).all()
    per_m2 = doors["residents"] / homes["floor_area_m2"]
    assert per_m2.to_numpy() == pytest.approx(per_m2.iloc[0], rel=1e-9)
    turned = demand_points(homes.iloc[::-1], housing=HOUSING, residents=residents)
    assert turned["residents"].loc[doors.index].to_numpy() == pytest.approx(
        doors["residents"].to_numpy(), rel=1e-12
    )


# --- zones ---------------------------------------------------------------------------------------


def zones_of(shapes, crs=CRS):
    return gpd.GeoDataFrame(index=list(shapes), geometry=list(shapes.values()), crs=crs)


def doors_at(*xy):
    return gpd.GeoDataFrame(
        {"residents": np.arange(1.0, len(xy) + 1)},
        geometry=[shapely.Point(x, y) for x, y in xy],
        index=[f"w{i}" for i in range(len(xy))],
        crs=CRS,
    )


def test_each_door_has_the_zone_it_lies_in_or_none():
    zones = zones_of({"east": shapely.box(10, 0, 20, 10), "west": shapely.box(0, 0, 10, 10)})
    zone = with_zone(doors_at((5, 5), (15, 5), (25, 5)), zones, "ward")
    assert zone.to_dict() == {"w0": "west", "w1": "east", "w2": ""}
    assert zone.name == "ward"


def test_a_door_in_two_zones_or_on_a_border_counts_to_the_smaller():
    shapes = {"b": shapely.box(0, 0, 10, 10), "a": shapely.box(5, 0, 20, 10)}
    doors = doors_at((7, 5), (5, 5), (10, 5), (2, 5), (15, 5))
    for order in (["a", "b"], ["b", "a"]):
        zone = with_zone(doors, zones_of({name: shapes[name] for name in order}), "ward")
        assert zone.tolist() == ["b", "b", "b", "b", "a"]


def test_a_quarter_within_a_suburb_is_told_apart():
    shapes = {"suburb": shapely.box(0, 0, 100, 100), "quarter": shapely.box(40, 40, 50, 50)}
    zone = with_zone(doors_at((45, 45), (5, 5)), zones_of(shapes), "ward")
    assert zone.tolist() == ["quarter", "suburb"]


def test_of_two_zones_of_one_size_the_first_by_id_counts():
    shapes = {"b": shapely.box(0, 0, 10, 10), "a": shapely.box(5, 0, 15, 10)}
    for order in (["a", "b"], ["b", "a"]):
        zones = zones_of({name: shapes[name] for name in order})
        assert with_zone(doors_at((7, 5)), zones, "ward").tolist() == ["a"]


def test_zones_in_degrees_are_brought_to_the_doors():
    zones = zones_of({"a": shapely.box(690_000, 4_750_000, 700_000, 4_760_000)}).to_crs(4326)
    assert with_zone(doors_at((693_000, 4_752_000)), zones, "ward").tolist() == ["a"]


def test_without_zones_every_door_is_outside():
    assert with_zone(doors_at((5, 5), (6, 6)), zones_of({}), "ward").tolist() == ["", ""]


def test_no_doors_have_no_zones():
    zones = zones_of({"a": shapely.box(0, 0, 10, 10)})
    assert with_zone(doors_at(), zones, "ward").empty


@pytest.mark.parametrize(
    "shape", [shapely.Polygon(), shapely.Point(5, 5), shapely.LineString([(0, 0), (9, 9)])]
)
def test_a_zone_without_area_is_named(shape):
    zones = zones_of({"whole": shapely.box(0, 0, 10, 10), "flat": shape})
    with pytest.raises(TableError, match=r"ward.*flat"):
        with_zone(doors_at((5, 5)), zones, "ward")


def test_a_zone_that_crosses_itself_takes_each_door_once_at_most():
    bow = shapely.Polygon([(0, 0), (10, 10), (10, 0), (0, 12)])
    assert not bow.is_valid
    zones = zones_of({"bow": bow, "all": shapely.box(-1, -1, 11, 13)})
    doors = doors_at((1, 4), (9, 4), (5, 1), (5, 11))
    zone = with_zone(doors, zones, "ward")
    assert zone.index.equals(doors.index)
    assert set(zone) <= {"all", "bow"}


@LAW
@given(st.data())
def test_residents_are_conserved_over_zones(data):
    corner = st.tuples(st.integers(0, 20), st.integers(0, 20))
    boxes = data.draw(st.lists(st.tuples(corner, st.integers(1, 10)), max_size=6))
    shapes = {
        f"z{i}": shapely.box(x, y, x + side, y + side) for i, ((x, y), side) in enumerate(boxes)
    }
    doors = doors_at(*data.draw(st.lists(corner, min_size=1, max_size=10)))
    zone = with_zone(doors, zones_of(shapes), "ward")
    assert zone.index.equals(doors.index)
    totals = doors["residents"].groupby(zone).sum()
    assert totals.sum() == doors["residents"].sum()
    for point, found in zip(doors.geometry, zone, strict=True):
        inside = [name for name, shape in shapes.items() if shape.intersects(point)]
        inside.sort(key=lambda name: (shapes[name].area, name))
        assert found == (inside[0] if inside else "")
    turned = with_zone(doors.iloc[::-1], zones_of(dict(reversed(shapes.items()))), "ward")
    pd.testing.assert_series_equal(turned.loc[doors.index], zone)
