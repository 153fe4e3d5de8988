"""Residents of cells become doors: in homes as far as these hold them, else along streets."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from towns import CRS, Town
from walkshed.demand import cell_doors, streets_lived_on
from walkshed.standards import housing_defaults

HOUSING = housing_defaults()
PER_M2 = HOUSING.net_share.value / HOUSING.least_floor_area_m2_per_resident.value
NO_STREETS = np.array([], dtype=object)
LAW = settings(max_examples=40, deadline=None)


def cells_of(*residents, side=100.0, **ages):
    """Square cells in a row, from the west."""
    return gpd.GeoDataFrame(
        {"residents": [float(n) for n in residents], **ages},
        index=[f"c{i}" for i in range(len(residents))],
        geometry=[shapely.box(side * i, 0, side * (i + 1), side) for i in range(len(residents))],
        crs=CRS,
    )


def homes_of(*boxes):
    """Homes of (levels, west, south, east, north)."""
    outlines = [shapely.box(*corners) for _, *corners in boxes]
    levels = [float(level) for level, *_ in boxes]
    return gpd.GeoDataFrame(
        {
            "building": "house",
            "levels": levels,
            "levels_known": True,
            "floor_area_m2": shapely.area(outlines) * levels if outlines else [],
        },
        index=[f"w{i}" for i in range(len(boxes))],
        geometry=outlines,
        crs=CRS,
    )


def doors_of(cells, homes=None, streets=NO_STREETS):
    homes = homes_of() if homes is None else homes
    return cell_doors(cells, homes, np.asarray(streets, dtype=object), housing=HOUSING)


def test_people_of_a_cell_live_in_its_homes_by_floor_area():
    homes = homes_of((1, 0, 0, 20, 10), (3, 50, 50, 70, 60), (9, 150, 0, 160, 10))
    doors = doors_of(cells_of(40, 0), homes)
    assert doors["residents"].tolist() == pytest.approx([10, 30, 0])
    assert set(doors["origin"]) == {"building"}
    assert doors.index.name == "door_id"


def test_a_home_in_two_cells_takes_from_each_by_its_part():
    homes = homes_of((2, 75, 0, 150, 10), (2, 0, 50, 25, 60))
    doors = doors_of(cells_of(30, 12), homes)
    # Of the first, 25 m lie in the western cell, as much as the second home has there.
    assert doors["residents"].tolist() == pytest.approx([15 + 12, 15])


def test_one_mapped_house_does_not_take_in_a_quarter():
    homes = homes_of((1, 0, 0, 6, 10))
    street = shapely.LineString([(0, 50), (100, 50)])
    doors = doors_of(cells_of(1007), homes, [street])
    assert doors["residents"].to_dict() == pytest.approx(
        {"w0": 60 * PER_M2, "c0-1": 500, "c0-2": 500}
    )
    assert doors.loc["c0-1"].geometry.equals(shapely.Point(25, 50))
    assert doors["origin"].tolist() == ["building", "street", "street"]


def test_people_without_homes_live_along_their_streets_by_length():
    long, short = [(0, 10), (100, 10)], [(10, 50), (10, 70)]
    beside = [(150, 0), (150, 100)]  # another cell's
    doors = doors_of(cells_of(120), streets=shapely.linestrings([long, short])[:])
    assert doors["residents"].tolist() == pytest.approx([50, 50, 20])
    both = doors_of(cells_of(120, 60), streets=[*map(shapely.LineString, (long, short, beside))])
    assert both.groupby(both.index.str[:2])["residents"].sum().to_dict() == pytest.approx(
        {"c0": 120, "c1": 60}
    )


def test_people_without_home_or_street_stay_in_the_middle_of_their_cell():
    doors = doors_of(cells_of(5, 0))
    assert doors["residents"].to_dict() == {"c0-1": 5}
    assert doors["origin"].tolist() == ["centre"]
    assert doors.geometry.iloc[0].equals(shapely.Point(50, 50))


def test_a_street_that_only_touches_a_cell_holds_nobody_of_it():
    doors = doors_of(cells_of(5), streets=[shapely.LineString([(100, 100), (200, 200)])])
    assert doors["origin"].tolist() == ["centre"]


def test_age_groups_go_with_the_residents():
    cells = cells_of(100, 50, residents_children=[30.0, 5.0], residents_65_plus=[10.0, 20.0])
    doors = doors_of(cells, homes_of((1, 0, 0, 6, 10)))
    assert doors["residents_children"].to_dict() == pytest.approx(
        {"w0": 0.3 * 60 * PER_M2, "c0-1": 0.3 * (100 - 60 * PER_M2), "c1-1": 5}
    )
    assert doors["residents_65_plus"].sum() == pytest.approx(30)


@LAW
@given(data=st.data())
def test_nobody_is_lost_or_made_up_whatever_lies_where(data):
    count = data.draw(st.integers(1, 4))
    people = data.draw(st.lists(st.floats(0, 1e6), min_size=count, max_size=count))
    spot, size = st.integers(-2, 42).map(lambda i: 10.0 * i), st.integers(1, 20)
    squares = data.draw(st.lists(st.tuples(spot, spot, size, st.integers(1, 9)), max_size=6))
    homes = homes_of(*[(levels, x, y, x + side, y + side) for x, y, side, levels in squares])
    ends = data.draw(st.lists(st.tuples(spot, spot, spot, spot), max_size=5))
    streets = [shapely.LineString([(a, b), (c, d)]) for a, b, c, d in ends if (a, b) != (c, d)]
    cells = cells_of(*people, residents_children=[n / 4 for n in people])
    doors = doors_of(cells, homes, streets)
    assert doors["residents"].sum() == pytest.approx(sum(people), rel=1e-9, abs=1e-9)
    assert doors["residents_children"].sum() == pytest.approx(sum(people) / 4, rel=1e-9, abs=1e-9)
    assert (doors["residents"] >= 0).all()
    assert doors.index.is_unique
    per_cell = {
        name: doors["residents"][doors.index.str.startswith(f"{name}-")].sum()
        for name in cells.index
    }
    assert all(per_cell[name] <= cells["residents"][name] * (1 + 1e-9) for name in cells.index)
    reversed_ = doors_of(cells.iloc[::-1], homes, streets)
    pd.testing.assert_series_equal(
        reversed_["residents"].loc[doors.index], doors["residents"], rtol=1e-9
    )


def test_houses_stand_along_streets_not_along_paths_bridges_or_motorways():
    town = Town()
    kept = town.street((0, 0), (100, 0), (100, 50))
    town.street((0, 100), (100, 100), bridge="yes")
    town.way((0, 200), (100, 200), highway="motorway")
    town.way((0, 300), (100, 300), highway="footway")
    lines = streets_lived_on(town.extract(), crs=CRS, housing=HOUSING)
    assert kept
    assert shapely.length(lines).tolist() == pytest.approx([150], rel=1e-3)


def test_a_town_without_such_streets_has_no_lines():
    town = Town()
    town.way((0, 0), (100, 0), highway="footway")
    assert len(streets_lived_on(town.extract(), crs=CRS, housing=HOUSING)) == 0
