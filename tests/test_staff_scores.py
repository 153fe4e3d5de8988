"""Workload, equipment, and inspectors who live outside their precinct: sums, laws, secrecy."""

from itertools import product

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely import Point, box

from walkshed.scores.equipment import equipment_counts
from walkshed.scores.workload import workload_scores
from walkshed.sources.housing import TOTAL, district_of_inspectors, housing_counts
from walkshed.sources.inspectors import SMALLEST_TOLD, inspector_counts

# -- workload --------------------------------------------------------------------------------------

POST = st.sampled_from(["A", "B", "C", ""])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 90), POST), max_size=12), st.integers(1, 3000))
def test_residents_of_all_posts_and_of_none_are_all_residents(rows, norm) -> None:
    doors = pd.DataFrame(rows, columns=["residents", "post"]).astype({"residents": float})
    staff = pd.Series({"A": 2.0, "B": np.nan, "C": 0.0})
    table = workload_scores(doors["residents"], doors["post"], staff, residents_per_inspector=norm)
    assert table.index.to_list() == ["A", "B", "C", ""]
    assert table["residents"].sum() == doors["residents"].sum()
    assert (table["inspectors_needed"] * norm).sum() == pytest.approx(doors["residents"].sum())
    assert table.loc[["B", ""], "residents_per_inspector"].isna().all()
    assert table.loc["A", "inspectors_missing"] == max(0, table.loc["A", "inspectors_needed"] - 2)


def test_post_without_inspectors_has_no_end_of_workload_unless_nobody_comes() -> None:
    staff = pd.Series({"A": 0.0, "B": 0.0})
    table = workload_scores(
        pd.Series([10.0]), pd.Series(["A"]), staff, residents_per_inspector=2000
    )
    assert table["residents_per_inspector"].to_list()[:2] == [np.inf, 0.0]


# -- equipment -------------------------------------------------------------------------------------


def test_posts_with_and_without_and_unknown_are_all_posts_of_each_kind() -> None:
    answers = ["yes", "no", "", "yes"]
    posts = pd.DataFrame({"kind": ["u", "u", "m", "m"], "has_cameras": answers})
    table = equipment_counts(posts, {"has_cameras": "cameras"}).set_index("kind")
    assert table.loc[["all", "m", "u"], "posts_with"].to_list() == [2, 1, 1]
    assert table.loc["m", "share_with"] == 1.0
    parts = table[["posts_with", "posts_without", "posts_unknown"]].sum(axis=1)
    assert (parts == table["posts"]).all()


# -- housing ---------------------------------------------------------------------------------------

GROUP = st.tuples(st.integers(0, 14), st.integers(0, 14), st.integers(0, 3))


def inspectors_of(groups) -> tuple[pd.DataFrame, pd.Series]:
    """Inspectors by group: how many live elsewhere, inside, and where nobody knows."""
    lives, names = [], []
    for number, (elsewhere, inside, unknown) in enumerate(groups):
        lives += ["no"] * elsewhere + ["yes"] * inside + [""] * unknown
        names += [f"P{number}"] * (elsewhere + inside + unknown)
    return pd.DataFrame({"lives_in_precinct": lives}), pd.Series(names, dtype=object)


@settings(max_examples=150, deadline=None)
@given(st.lists(GROUP, min_size=1, max_size=4))
def test_no_small_count_of_persons_can_be_worked_out(groups) -> None:
    """Whoever knows all that is told, and how it is told, tries every town that would fit."""
    table = housing_counts(*inspectors_of(groups))
    total, told = table.loc[TOTAL, "living_elsewhere"], table.drop(index=TOTAL)
    hidden = told[told["living_elsewhere"].isna()]
    for group in told.index.difference(hidden.index):
        count, known = told.loc[group, ["living_elsewhere", "home_known"]]
        assert count == groups[int(group[1:])][0]
        assert count not in range(1, SMALLEST_TOLD)
        assert known - count not in range(1, SMALLEST_TOLD)
    if pd.isna(total) or len(hidden) == len(told[told["home_known"] > 0]):
        return
    left = int(total) - int(told["living_elsewhere"].sum())
    fits = [
        counts
        for counts in product(*(range(known + 1) for known in hidden["home_known"]))
        if sum(counts) == left
    ]
    for place, (group, known) in enumerate(hidden["home_known"].items()):
        elsewhere, inside, _ = groups[int(group[1:])]
        if 0 < elsewhere < SMALLEST_TOLD or 0 < inside < SMALLEST_TOLD:
            may_be = {counts[place] for counts in fits}
            assert len(may_be) > min(known, SMALLEST_TOLD)


@given(st.lists(GROUP, min_size=1, max_size=4))
@settings(max_examples=40, deadline=None)
def test_total_is_told_as_in_the_summary_and_inspectors_add_up(groups) -> None:
    inspectors, group = inspectors_of(groups)
    table, counts = housing_counts(inspectors, group), inspector_counts(inspectors)
    total = table.loc[TOTAL, "living_elsewhere"]
    assert ("<5" if pd.isna(total) else total) == counts["living_elsewhere"]
    assert table.drop(index=TOTAL)["inspectors"].sum() == table.loc[TOTAL, "inspectors"]
    assert table.loc[TOTAL, "inspectors"] == counts["listed"]


def test_district_is_that_of_the_precinct_else_of_the_post() -> None:
    west, east = box(71.30, 42.9, 71.31, 42.91), box(71.31, 42.9, 71.32, 42.91)
    districts = gpd.GeoDataFrame(geometry=[west, east], index=["W", "E"], crs=4326)
    precincts = gpd.GeoDataFrame(geometry=[east], index=["12"], crs=4326)
    places = [Point(71.305, 42.905), Point(80, 40), None]
    posts = gpd.GeoDataFrame(geometry=places, index=["A", "B", "C"], crs=4326)
    rows = [("12", "A"), ("", "A"), ("99", "A"), ("", "B"), ("", "C"), ("", "")]
    inspectors = pd.DataFrame(rows, columns=["precinct", "post"])
    found = district_of_inspectors(inspectors, posts, precincts, districts)
    assert found.to_list() == ["E", "W", "W", "", "", ""]
    by_post = district_of_inspectors(inspectors, posts, None, districts)
    assert by_post.to_list() == ["W", "W", "W", "", "", ""]


def test_share_is_told_exactly_where_the_count_is() -> None:
    table = housing_counts(*inspectors_of([(6, 14, 2), (0, 9, 0), (2, 8, 0), (7, 9, 0)]))
    assert (table["share_elsewhere"].isna() == table["living_elsewhere"].isna()).all()
    assert table.loc[TOTAL, "share_elsewhere"] == 15 / 55
    assert pd.isna(table.loc["P2", "living_elsewhere"])
    assert table["living_elsewhere"].isna().sum() >= 2
