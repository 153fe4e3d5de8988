"""The checks at the doors: what a good table passes and what a bad one is told."""

import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely import LineString, MultiPolygon, Point, Polygon, box

from walkshed.errors import CRSError, TableError
from walkshed.schemas import (
    PRECISION_RADIUS_M,
    check_demand_points,
    check_facilities,
    check_neighbourhoods,
    require_metric_crs,
)

TARAZ = 32642


def facilities(**changed: object) -> gpd.GeoDataFrame:
    columns: dict[str, object] = {
        "kind": ["precinct_point", "department"],
        "status": ["existing", "planned"],
        "number": ["17", ""],
        "name_ru": ["УПП № 17", "<script>alert(1)</script>"],
        "name_kk": ["№17 УПП", "{{ 7 * 7 }}"],
        "name_en": ["", "'; drop table posts; --"],
        "location_precision": ["exact", "unlocated"],
        "precision_m": [0.0, math.nan],
        "origin": ["registry", "osm"],
        "source_url": ["https://example.org", ""],
        "source_date": ["2022", ""],
        "geometry": [Point(71.37, 42.9), None],
    }
    index = pd.Index(changed.pop("index", ["A", "B"]), name="post_id")
    return gpd.GeoDataFrame(columns | changed, index=index, geometry="geometry", crs=4326)


def doors(**changed: object) -> gpd.GeoDataFrame:
    columns: dict[str, object] = {
        "residents": [3.5, 0.0],
        "floor_area_m2": [80.0, math.nan],
        "levels": [1.0, None],
        "geometry": [Point(0, 0), Point(100, 0)],
    }
    index = pd.Index(changed.pop("index", ["w1", "w2"]), name="door_id")
    crs = changed.pop("crs", TARAZ)
    return gpd.GeoDataFrame(columns | changed, index=index, geometry="geometry", crs=crs)


def neighbourhoods(**changed: object) -> gpd.GeoDataFrame:
    columns: dict[str, object] = {
        "name": ["Карасу", ""],
        "geometry": [box(0, 0, 1, 1), MultiPolygon([box(2, 0, 3, 1)])],
    }
    crs = changed.pop("crs", TARAZ)
    return gpd.GeoDataFrame(columns | changed, index=["r1", "r2"], geometry="geometry", crs=crs)


def test_good_tables_pass_hostile_names_too() -> None:
    check_facilities(facilities(), "posts.csv")
    check_demand_points(doors(), "doors")
    check_neighbourhoods(neighbourhoods(), "wards.geojson")


def test_empty_tables_pass_when_their_columns_are_there() -> None:
    check_facilities(facilities().iloc[:0], "posts.csv")
    check_demand_points(doors().iloc[:0], "doors")
    check_neighbourhoods(neighbourhoods().iloc[:0], "wards.geojson")


def test_checks_change_nothing() -> None:
    table = doors()
    before = table.copy(deep=True)
    check_demand_points(table, "doors")
    pd.testing.assert_frame_equal(pd.DataFrame(table), pd.DataFrame(before))


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"kind": ["precinct_point", "castle"]}, "row 2 (`B`): `kind` is 'castle'; wanted"),
        ({"status": ["open", "planned"]}, "row 1 (`A`): `status` is 'open'; wanted existing"),
        ({"location_precision": ["about", "unlocated"]}, "`location_precision` is 'about'"),
        ({"origin": ["hearsay", "osm"]}, "`origin` is 'hearsay'"),
        ({"name_ru": ["УПП", None]}, "row 2 (`B`): `name_ru` is"),
        ({"number": [17, ""]}, "row 1 (`A`): `number` is 17; wanted a text"),
        ({"precision_m": [-1.0, math.nan]}, "row 1 (`A`): `precision_m` is -1.0"),
        ({"precision_m": [math.inf, math.nan]}, "row 1 (`A`): `precision_m` is inf"),
        ({"index": ["A", "A"]}, "rows 1 (`A`), 2 (`A`): the same id `A` more than once"),
        ({"index": ["A", ""]}, "row 2 (``): the id must be a text"),
        ({"index": [1, 2]}, "rows 1 (`1`), 2 (`2`): the id must be a text"),
        ({"geometry": [Point(71, 42), Point(71, 42)]}, "row 2 (`B`): a point, yet `unlocated`"),
        ({"geometry": [None, None]}, "row 1 (`A`): no point; give one, or set"),
        ({"geometry": [box(0, 0, 1, 1), None]}, "row 1 (`A`): a Polygon; wanted Point"),
        ({"geometry": [Point(), None]}, "row 1 (`A`): the geometry is empty"),
        ({"geometry": [Point(71, math.inf), None]}, "coordinates that are no numbers"),
    ],
)
def test_bad_facilities_are_told_the_row_the_fault_and_what_is_wanted(changed, told) -> None:
    with pytest.raises(TableError) as caught:
        check_facilities(facilities(**changed), "posts.csv")
    assert str(caught.value).startswith("posts.csv: ")
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"residents": [-1.0, 0.0]}, "row 1 (`w1`): `residents` is -1.0; wanted a number from 0"),
        ({"residents": [math.nan, 0.0]}, "row 1 (`w1`): `residents` is nan"),
        ({"residents": [math.inf, 0.0]}, "row 1 (`w1`): `residents` is inf"),
        ({"residents": ["3", "0"]}, "`residents` is '3'"),
        ({"residents": [True, 1.0]}, "`residents` is True"),
        ({"levels": [-2, 1]}, "row 1 (`w1`): `levels` is -2"),
        ({"geometry": [Point(0, 0), None]}, "row 2 (`w2`): no geometry; wanted Point"),
        ({"geometry": [Point(0, 0), LineString([(0, 0), (1, 1)])]}, "row 2 (`w2`): a LineString"),
    ],
)
def test_bad_doors_are_told_the_row_the_fault_and_what_is_wanted(changed, told) -> None:
    with pytest.raises(TableError) as caught:
        check_demand_points(doors(**changed), "doors")
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"name": ["Карасу", None]}, "row 2 (`r2`): `name` is"),
        ({"geometry": [Point(0, 0), box(0, 0, 1, 1)]}, "row 1 (`r1`): a Point; wanted Polygon or"),
        (
            {"geometry": [Polygon([(0, 0), (1, 1), (1, 0), (0, 1)]), box(0, 0, 1, 1)]},
            "row 1 (`r1`): the geometry is empty, crosses itself",
        ),
    ],
)
def test_bad_neighbourhoods_are_told_the_row_the_fault_and_what_is_wanted(changed, told) -> None:
    with pytest.raises(TableError) as caught:
        check_neighbourhoods(neighbourhoods(**changed), "wards.geojson")
    assert told in str(caught.value)


@pytest.mark.parametrize("column", ["kind", "status", "name_kk", "precision_m", "source_url"])
def test_missing_column_is_named(column) -> None:
    with pytest.raises(TableError, match=f"posts.csv: no column `{column}`"):
        check_facilities(facilities().drop(columns=column), "posts.csv")


def test_all_problems_of_a_table_come_in_one_message() -> None:
    table = doors(residents=[-1.0, 0.0], geometry=[Point(0, 0), None], crs=4326)
    with pytest.raises(TableError) as caught:
        check_demand_points(table.drop(columns="levels"), "doors")
    lines = str(caught.value).splitlines()
    assert lines[0] == "doors: 4 problems"
    assert [
        part
        for part in ("degrees", "residents", "levels", "no geometry")
        if not any(part in line for line in lines[1:])
    ] == []


def test_long_lists_of_rows_are_cut_and_counted() -> None:
    table = gpd.GeoDataFrame(
        {"name": [""] * 30, "geometry": [Point(0, 0)] * 30},
        index=[f"r{i}" for i in range(30)],
        crs=TARAZ,
    )
    with pytest.raises(TableError, match=r"10 \(`r9`\) and 20 more: a Point"):
        check_neighbourhoods(table, "wards.geojson")


def test_missing_crs_alone_is_a_crs_error() -> None:
    with pytest.raises(CRSError, match=r"posts.csv: the CRS is missing; set it"):
        check_facilities(facilities().set_crs(None, allow_override=True), "posts.csv")
    with pytest.raises(CRSError, match="the CRS is missing"):
        check_neighbourhoods(neighbourhoods(crs=None), "wards.geojson")
    with pytest.raises(CRSError, match="the CRS is missing"):
        check_demand_points(doors(crs=None), "doors")


def test_facilities_and_neighbourhoods_may_be_in_degrees_but_doors_may_not() -> None:
    check_facilities(facilities(), "posts.csv")
    check_neighbourhoods(neighbourhoods(crs=4326), "wards.geojson")
    with pytest.raises(CRSError, match=r"doors: the CRS EPSG:4326 is in degrees"):
        check_demand_points(doors(crs=4326), "doors")


@pytest.mark.parametrize("crs", [32642, 32632, 3067, 28992])
def test_metric_crs_passes(crs) -> None:
    require_metric_crs(doors(crs=crs), "doors")


@pytest.mark.parametrize(
    ("crs", "told"),
    [
        (None, "the CRS is missing"),
        (4326, "EPSG:4326 is in degrees where metres are due; convert"),
        (4284, "EPSG:4284 is in degrees"),
        (3857, "Web Mercator"),
        (2263, "not in metres"),
    ],
)
def test_crs_that_cannot_measure_metres_is_refused(crs, told) -> None:
    with pytest.raises(CRSError) as caught:
        require_metric_crs(doors(crs=crs), "doors")
    assert told in str(caught.value)


def test_table_without_geometry_is_told_so() -> None:
    with pytest.raises(CRSError, match="doors: no geometry column"):
        require_metric_crs(gpd.GeoDataFrame({"residents": [1.0]}), "doors")
    with pytest.raises(TableError, match="no geometry column"):
        check_facilities(gpd.GeoDataFrame({"kind": ["department"]}, index=["A"]), "posts.csv")


def test_radius_of_uncertainty_grows_with_vagueness() -> None:
    *known, unlocated = PRECISION_RADIUS_M.values()
    assert known == sorted(known)
    assert known[0] == 0
    assert math.isnan(unlocated)
    with pytest.raises(TypeError):
        PRECISION_RADIUS_M["exact"] = 5.0


def test_numbers_of_numpy_are_numbers() -> None:
    table = doors(residents=np.array([1, 2], dtype="int32"), levels=np.float32([1, 2]))
    check_demand_points(table, "doors")
    check_demand_points(table.assign(levels=pd.array([3, None], dtype="Int64")), "doors")
