"""Standards in metres: limits by storeys, measured along the streets whatever the speed there."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from towns import drawings, network_of, positions_of, spots
from walkshed.errors import SettingsError
from walkshed.settings import settings_from
from walkshed.standards import access_standard, access_standard_names, walking_profile
from walkshed.study import run_study
from walkshed.study.bands import door_columns, inside
from walkshed.study.walk import NEAREST, Walk, by_length, nearest_post
from walkshed.travel_times import nearest_facility

EVERYDAY = access_standard("everyday_500_800")
(BAND,) = EVERYDAY.bands
METRES_ALONG = (465, 475, 670, 765, 775)  # 30 m more from door to post


def street_town(new_town, *, middle="residential"):
    """One street of 1.2 km with the post at its beginning; a low house and a high one each time."""
    town = new_town()
    town.way([(0, 0), (100, 0)], {"highway": "residential", "name": "Long"})
    town.way([(100, 0), (300, 0)], {"highway": middle, "name": "Long"})
    town.way([(300, 0), (1200, 0)], {"highway": "residential", "name": "Long"})
    town.node(0, -10, {"amenity": "police", "name": "Post"})
    for east in METRES_ALONG:
        for north, levels in ((20, "1"), (-20, "5")):
            town.house(east, north, {"building": "yes", "building:levels": levels})
    return town


@pytest.fixture
def metre_study(tmp_path, town_of):
    def run(town=None, *, standard="everyday_500_800", **changes):
        (town or street_town(type(town_of()))).write(tmp_path / "town.osm")
        values = {
            "city": "Test",
            "source": {"file": str(tmp_path / "town.osm")},
            "standard": standard if isinstance(standard, dict) else {"name": standard},
            "siting": {"new_posts": 1},
            "candidates": {"spacing_m": 200},
            **changes,
        }
        return run_study(settings_from(values, "study.toml"))

    return run


def test_a_low_house_at_700_m_is_covered_and_a_high_one_is_not(metre_study) -> None:
    doors = metre_study().doors.set_index(["levels", "nearest_m"]).sort_index()
    walks = [along + 30 for along in METRES_ALONG]
    for levels, covered in ((1.0, [True, True, True, True, False]), (5.0, [True] + [False] * 4)):
        own = doors.loc[levels]
        assert own.index.to_numpy() == pytest.approx(walks, abs=0.05)
        assert own["within_standard"].tolist() == covered
        assert own["band"].tolist() == ["500_800" if within else "" for within in covered]
        assert (own["limit_m"] == (800 if levels == 1 else 500)).all()


def test_residents_are_counted_by_the_limit_of_their_own_house(metre_study) -> None:
    result = metre_study()
    doors = result.doors
    share = doors.loc[doors["within_standard"], "residents"].sum() / doors["residents"].sum()
    assert result.summary["share_within"] == {"500_800": pytest.approx(share)}
    assert share == pytest.approx((4 * 1 + 1 * 5) / (5 * 1 + 5 * 5), rel=1e-3)
    for table in (result.hexagons, result.neighbourhoods):
        reached = table["residents_within_500_800"].sum()
        assert reached == pytest.approx(share * doors["residents"].sum())


def test_a_backup_is_a_second_post_within_the_limit_of_their_own_house(metre_study) -> None:
    """Counted once by the second nearest, once by all posts within the limit."""
    result = metre_study()
    doors = result.doors
    two = doors["posts_within_after"] >= 2
    assert two.any()
    assert not two.all()
    backup = doors.loc[two, "residents"].sum()
    assert result.city["residents_backup_500_800_after"].sum() == pytest.approx(backup)
    assert result.city["residents_backup_500_800"].sum() == 0  # one post is nobody's second


def test_steps_cost_minutes_and_no_metres(metre_study, town_of) -> None:
    level = metre_study().doors
    stepped = metre_study(street_town(type(town_of()), middle="steps")).doors
    assert stepped["nearest_m"].to_numpy() == pytest.approx(level["nearest_m"].to_numpy())
    slower = stepped["nearest_min"] - level["nearest_min"]
    assert slower.to_numpy() == pytest.approx(200 / 80, abs=1e-3)  # 200 m at half of 80 m a minute


def test_the_new_post_is_where_it_covers_most_by_each_houses_limit(metre_study) -> None:
    result = metre_study()
    after = result.doors.loc[result.doors["within_standard_after"], "residents"].sum()
    assert after == pytest.approx(result.plan.objective)
    assert result.plan.objective == pytest.approx(result.plan.problem.total)
    assert result.plan.cutoff_min is None
    assert result.summary["plan"]["band"] == "500_800"
    assert "within the cutoff" in repr(result.plan)


def test_areas_are_drawn_for_both_limits_and_hold_the_doors_within_them(metre_study) -> None:
    result = metre_study()
    areas = result.areas.service_areas[result.areas.service_areas["scenario"] == "existing"]
    assert areas["metres"].tolist() == [500, 800]
    for limit, area in zip(areas["metres"], areas.geometry, strict=True):
        clear = (result.doors["nearest_m"] - limit).abs() > 1
        inside_area = result.doors.geometry.intersects(area)
        assert (inside_area == (result.doors["nearest_m"] <= limit))[clear].all()


def test_the_study_names_standard_figures_and_sources(metre_study) -> None:
    told = metre_study(standard="periodic_1000_1500").summary["standard"]
    assert told["name"] == "periodic_1000_1500"
    assert told["bands"] == [{"label": "1000_1500", "unit": "m", "limits": [1000.0, 1500.0]}]
    assert {figure["key"]: figure["value"] for figure in told["figures"]} == {
        "multi_storey_m": 1000.0,
        "low_rise_m": 1500.0,
        "low_rise_levels_max": 2.0,
        "target_share": 0.9,
    }
    assert all(figure["source"] and "verified" in figure for figure in told["figures"])


def test_a_study_may_bring_its_own_standard_with_its_source(metre_study) -> None:
    own = {"multi_storey_m": 490, "low_rise_m": 490, "low_rise_levels_max": 2}
    cited = {"source": "city council", "date": "2026-11"}
    result = metre_study(standard={"name": "custom", "custom": own | cited})
    assert list(result.summary["share_within"]) == ["490"]
    assert not result.doors["within_standard"].any()
    assert {figure["source"] for figure in result.summary["standard"]["figures"]} == {
        "city council"
    }
    assert not any(figure["verified"] for figure in result.summary["standard"]["figures"])
    minutes = {"cutoffs_min": [7.5, 10], "planning_cutoff_min": 7.5}
    result = metre_study(standard={"name": "custom", "custom": minutes | cited})
    assert list(result.summary["share_within"]) == ["7.5", "10"]
    assert set(result.areas.service_areas["minutes"]) == {7.5, 10}
    with pytest.raises(SettingsError, match=r"`standard\.custom`: give `cutoffs_min`"):
        metre_study(standard={"name": "custom", "custom": {"low_rise_m": 490} | cited})
    with pytest.raises(SettingsError, match="go together"):
        metre_study(standard={"name": "custom"})


def test_inspectors_due_by_a_norm_are_residents_over_the_norm(metre_study) -> None:
    named = metre_study(
        residents={"total": 5000}, standard={"name": "minutes_5_10_15", "staffing": "norm_2000"}
    )
    assert named.summary["staffing"]["inspectors"] == pytest.approx(2.5)
    assert metre_study().summary["staffing"]["name"] == "norm_2000"  # where the study names none
    with pytest.raises(SettingsError, match=r"`standard\.staffing`: no staffing norm `norm_1`"):
        metre_study(standard={"name": "minutes_5_10_15", "staffing": "norm_1"})


def test_planning_minutes_go_with_a_standard_in_minutes_only(metre_study) -> None:
    with pytest.raises(SettingsError, match=r"planning_cutoff_min` = 5.*leave the key out"):
        metre_study(standard={"name": "everyday_500_800", "planning_cutoff_min": 5})


def test_who_is_cut_off_by_a_closed_street_has_no_way_in_metres_either(
    metre_study, tmp_path, lonlat
) -> None:
    corners = [(600, -15), (620, -15), (620, 15), (600, 15), (600, -15)]
    shape = shapely.Polygon([lonlat(*corner) for corner in corners])
    closed = gpd.GeoDataFrame(
        {"action": ["close"], "reason": ["works"], "date": ["2026-11-22"]},
        geometry=[shape],
        crs=4326,
    )
    closed.to_file(tmp_path / "close.geojson")
    before, after = metre_study(), metre_study(scenario=str(tmp_path / "close.geojson"))
    beyond = before.doors["nearest_m"] > 600
    assert np.isinf(after.doors["nearest_m"][beyond]).all()
    nearer = before.doors["nearest_m"][~beyond].to_numpy()
    assert after.doors["nearest_m"][~beyond].to_numpy() == pytest.approx(nearer)
    assert not after.doors["within_standard"][beyond].any()
    assert before.doors["within_standard"][beyond].any()


def test_bands_in_metres_know_storeys_and_the_unknown_walk_less() -> None:
    assert BAND.cutoff_of([1, 2, 2.5, 3, np.nan]).tolist() == [800, 800, 500, 500, 500]
    assert str(BAND) == "500/800 m"
    assert [str(access_standard(name).planning_band) for name in access_standard_names()] == [
        "500/800 m",
        "10 min",
        "1000/1500 m",
    ]


# -- laws ------------------------------------------------------------------------------------------

LAW = settings(max_examples=60, deadline=None)


def walk_of(network, doors, posts, levels) -> Walk:
    adult = walking_profile("adult")
    table = doors.rename(columns={"status": "snap_status"}).assign(
        levels=np.resize(levels, len(doors)).astype(float)
    )
    walk = Walk(network, np.array([]), np.array([]), adult, posts, posts, table)
    return by_length(replace(walk, doors=table.join(nearest_post(walk, table, posts))))


@st.composite
def walked_towns(draw: st.DrawFn):
    nodes, edges = draw(drawings())
    doors = draw(spots(len(edges), min_size=1))
    posts = draw(spots(len(edges), min_size=2, max_size=4))
    levels = draw(st.lists(st.sampled_from([1, 2, 3, 5, np.nan]), min_size=1, max_size=8))
    return nodes, edges, doors, posts, levels


@LAW
@given(walked_towns())
def test_a_post_more_never_lowers_coverage_in_metres(town) -> None:
    nodes, edges, doors, posts, levels = town
    network = network_of(nodes, edges)
    at = positions_of(network, doors)
    fewer, more = (
        walk_of(network, at, positions_of(network, some, letter="p"), levels).doors
        for some in (posts[:-1], posts)
    )
    held = [
        door_columns(EVERYDAY.bands, BAND, table, table["nearest_min"])["within_standard"]
        for table in (fewer, more)
    ]
    assert (held[0] <= held[1]).all()


@LAW
@given(walked_towns())
def test_metres_are_those_of_a_town_where_all_streets_are_as_fast(town) -> None:
    nodes, edges, doors, posts, levels = town
    network = network_of(nodes, edges)
    even = network_of(nodes, [type(e)(e.u, e.v, e.via) for e in edges], speed_kmh=3.6)
    at, to = positions_of(network, doors), positions_of(network, posts, letter="p")
    walked = walk_of(network, at, to, levels).doors
    metres = nearest_facility(even, at, to, speed_kmh=3.6)["minutes"] * 60
    told = door_columns(EVERYDAY.bands, BAND, walked, walked["nearest_min"])["nearest_m"]
    pd.testing.assert_series_equal(told, metres, check_names=False, rtol=1e-9, atol=1e-6)
    by_hand = metres <= np.where(walked["levels"] <= 2, 800, 500) + 1e-6
    assert inside(EVERYDAY.bands, walked, walked["nearest_min"])["500_800"].equals(by_hand)
    assert set(NEAREST) <= set(walked.columns)
