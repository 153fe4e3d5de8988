"""Totals of zones, one within another: met to the last resident, or told why not."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from towns import CRS
from walkshed.demand import doors_in, scaled_to_totals, zones_named
from walkshed.errors import TableError

LAW = settings(max_examples=40, deadline=None)


def members_of(**doors: str):
    """Zones as the letters of their doors, out of "abcdef"; smaller zones first."""
    return {
        zone: np.array([door in letters for door in "abcdef"]) for zone, letters in doors.items()
    }


def residents_of(*numbers: float) -> pd.Series:
    return pd.Series(map(float, numbers), index=list("abcdef")[: len(numbers)])


SIX = residents_of(10, 30, 20, 40, 50, 50)


def test_known_totals_are_met_and_the_rest_shares_the_rest():
    scaled = scaled_to_totals(SIX, members_of(A="ab"), {"A": 100}, city=420)
    assert scaled.to_dict() == {"a": 25, "b": 75, "c": 40, "d": 80, "e": 100, "f": 100}
    assert SIX["a"] == 10  # what was given is not changed


def test_without_a_total_of_the_city_the_other_doors_keep_their_estimate():
    scaled = scaled_to_totals(SIX, members_of(A="ab"), {"A": 80})
    assert scaled.to_list() == [20, 60, 20, 40, 50, 50]


def test_city_districts_and_microdistricts_agree():
    inside = members_of(micro="a", other="b", district="abc")
    scaled = scaled_to_totals(SIX, inside, {"micro": 5, "other": 15, "district": 100}, city=240)
    assert scaled.to_dict() == {"a": 5, "b": 15, "c": 80, "d": 40, "e": 50, "f": 50}


def test_zones_that_fill_the_one_around_them_need_only_add_up():
    inside = members_of(west="ab", east="c", district="abc")
    scaled = scaled_to_totals(SIX, inside, {"west": 0.1, "east": 0.2, "district": 0.3})
    assert scaled[["a", "b", "c"]].sum() == pytest.approx(0.3, rel=1e-12)


@pytest.mark.parametrize(
    ("zones", "totals", "city", "said"),
    [
        ({"A": ""}, {"A": 5}, None, "A has a total of 5 and no homes"),
        ({"A": "ab"}, {"A": 500}, 100, r"the city has 100, .*\(A\) 500: that is more"),
        (
            {"A": "ab", "B": "ab", "D": "abcd"},
            {"A": 10, "D": 5},
            None,
            r"D has 5, the zones in it \(A\) 10: that is more",
        ),
        (
            {"A": "ab", "D": "ab"},
            {"A": 10, "D": 15},
            None,
            "the other 5 have no home",
        ),
        ({"A": "abc", "B": "cdef"}, {"A": 5, "B": 5}, None, "A and B overlap in part"),
    ],
)
def test_totals_that_cannot_be_are_told(zones, totals, city, said):
    with pytest.raises(TableError, match=said):
        scaled_to_totals(SIX, members_of(**zones), totals, city=city)


def test_all_disagreements_are_told_at_once_by_name():
    names = {"A": "Қарасу", "B": "Центр"}
    with pytest.raises(TableError) as caught:
        scaled_to_totals(SIX, members_of(A="", B=""), {"A": 5, "B": 6}, names=names)
    assert "Қарасу has a total of 5" in str(caught.value)
    assert "Центр has a total of 6" in str(caught.value)


def test_borders_drawn_twice_do_not_make_zones_overlap():
    """Door c holds under a hundredth of either zone, and counts to the smaller."""
    residents = residents_of(100, 100, 1, 200, 0, 0)
    scaled = scaled_to_totals(residents, members_of(A="abc", B="cd"), {"A": 50, "B": 70})
    assert scaled[["a", "b", "c"]].sum() == pytest.approx(50)
    assert scaled["d"] == pytest.approx(70)


@LAW
@given(
    weights=st.lists(st.floats(0.1, 1e4), min_size=8, max_size=40),
    shares=st.tuples(*[st.floats(0.05, 0.9)] * 4),
    city=st.floats(1, 1e7),
)
def test_nobody_is_lost_in_any_nest_of_totals(weights, shares, city):
    """Two districts; the first has two microdistricts, all with homes outside them."""
    residents = pd.Series(weights)
    place = np.arange(len(weights)) % 8
    inside = {
        "m1": place == 0,
        "m2": place == 1,
        "d1": place <= 2,
        "d2": (place >= 3) & (place <= 5),
    }
    d1, d2 = city * shares[0] / 2, city * shares[1] / 2
    totals = {"m1": d1 * shares[2] / 2, "m2": d1 * shares[3] / 2, "d1": d1, "d2": d2}
    scaled = scaled_to_totals(residents, inside, totals, city=city)
    for zone, total in totals.items():
        assert scaled[inside[zone]].sum() == pytest.approx(total, rel=1e-9)
    assert scaled.sum() == pytest.approx(city, rel=1e-9)
    assert (scaled >= 0).all()
    for alike in (place == 0, place == 2, place >= 6):  # proportions within a zone stay
        factor = scaled[alike] / residents[alike]
        assert factor.to_numpy() == pytest.approx(factor.iloc[0], rel=1e-9)


def zones(**rows):
    return gpd.GeoDataFrame(
        {
            "name": [name for name, _ in rows.values()],
            "name_en": [f"{name}-en" for name, _ in rows.values()],
        },
        index=list(rows),
        geometry=[shape for _, shape in rows.values()],
        crs=CRS,
    )


TWO = zones(
    w1=("Қарасу", shapely.box(0, 0, 10, 10)), w2=("Южный", shapely.box(0, 0, 100, 100)),
    w3=("Twin", shapely.box(0, 0, 1, 1)), w4=("twin", shapely.box(5, 0, 6, 1)),
)  # fmt: skip


def test_zones_are_known_by_id_and_by_any_name_whatever_the_capitals():
    found, problems = zones_named([" w1 ", "ЮЖНЫЙ", "Қарасу-EN"], TWO)
    assert found == {" w1 ": "w1", "ЮЖНЫЙ": "w2", "Қарасу-EN": "w1"}
    assert problems == []


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("Южнный", "no zone `Южнный`; did you mean `Южный`?"),
        ("Xyz", "no zone `Xyz`; there are 4"),
        ("Twin", "several zones `Twin`: w3, w4; give the id of one"),
    ],
)
def test_names_that_are_no_one_zone_are_told(name, said):
    assert zones_named([name], TWO) == ({}, [said])


def test_doors_of_zones_come_smallest_zone_first_and_borders_count():
    doors = gpd.GeoDataFrame(
        geometry=[shapely.Point(10, 5), shapely.Point(50, 50), shapely.Point(200, 0)], crs=CRS
    )
    inside = doors_in(doors, TWO[:2].iloc[::-1])
    assert list(inside) == ["w1", "w2"]
    assert inside["w1"].tolist() == [True, False, False]
    assert inside["w2"].tolist() == [True, True, False]
