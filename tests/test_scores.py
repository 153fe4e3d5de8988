"""Scores: arithmetic on a few doors, an exact oracle, and conservation of residents."""

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from walkshed.scores import coverage_scores, weighted_quantile

CUTOFFS = [5, 10, 15]


def table(*rows):
    doors = pd.DataFrame(rows, columns=["minutes", "residents", "zone"])
    doors.index = [f"w{i}" for i in range(len(doors))]
    return doors


def scores(doors, cutoffs_min=CUTOFFS):
    return coverage_scores(
        doors["minutes"], doors["residents"], doors["zone"], cutoffs_min=cutoffs_min
    )


def test_exactly_at_the_cutoff_counts_and_a_second_more_does_not():
    found = scores(table((5.0, 100.0, "A"), (5 + 1 / 60, 10.0, "A"), (15.0, 1.0, "A"))).loc["A"]
    assert found["residents_within_5"] == 100
    assert found["residents_within_10"] == 110
    assert found["residents_within_15"] == 111
    assert found["share_within_5"] == pytest.approx(100 / 111)
    assert found["share_within_15"] == 1


def test_residents_not_reached_count_among_all_but_not_in_the_minutes():
    found = scores(table((4.0, 30.0, "A"), (np.inf, 70.0, "A"))).loc["A"]
    assert found["residents"] == 100
    assert found["residents_not_reached"] == 70
    assert found["share_within_15"] == pytest.approx(0.3)
    assert found[["median_min", "p90_min", "max_min"]].tolist() == [4, 4, 4]


def test_a_walk_beyond_all_cutoffs_is_long_but_reached():
    found = scores(table((90.0, 30.0, "A"))).loc["A"]
    assert found["residents_within_15"] == 0
    assert found["residents_not_reached"] == 0
    assert found["max_min"] == 90


def test_a_zone_that_nobody_can_leave_has_no_minutes():
    found = scores(table((np.inf, 30.0, "A"))).loc["A"]
    assert found["residents_not_reached"] == 30
    assert found["share_within_15"] == 0
    assert found[["median_min", "p90_min", "max_min"]].isna().all()


def test_a_zone_without_residents_has_no_share():
    found = scores(table((3.0, 0.0, "A"), (3.0, 8.0, "B")))
    assert np.isnan(found.loc["A", "share_within_5"])
    assert found.loc["A", "residents_within_5"] == 0
    assert found.loc["B", "share_within_5"] == 1


def test_doors_outside_all_zones_are_a_zone_of_their_own():
    found = scores(table((3.0, 5.0, ""), (3.0, 8.0, "B")))
    assert found["residents"].to_dict() == {"": 5, "B": 8}


def test_median_and_tenth_follow_residents_not_doors():
    # 90 of 100 residents live at one door
    found = scores(table((1.0, 5.0, "A"), (2.0, 90.0, "A"), (30.0, 5.0, "A"))).loc["A"]
    assert found[["median_min", "p90_min", "max_min"]].tolist() == [2, 2, 30]


def test_rounding_in_the_sum_of_residents_does_not_move_the_median():
    # half of 2 residents live at ten of twenty doors; the sum of twenty tenths is a little over 2
    doors = table(*[(float(minute), 0.1, "A") for minute in range(1, 21)])
    found = scores(doors).loc["A"]
    assert found["median_min"] == 10
    assert found["p90_min"] == 18


def test_an_empty_house_far_away_is_not_the_longest_walk():
    assert scores(table((2.0, 5.0, "A"), (99.0, 0.0, "A"))).loc["A", "max_min"] == 2


def test_no_doors_give_no_zones():
    found = scores(table().astype({"minutes": float, "residents": float, "zone": object}))
    assert len(found) == 0
    assert {"residents", "residents_within_5", "share_within_5", "median_min"} <= set(found)


AMOUNT = st.integers(0, 40)
DOOR = st.tuples(
    st.sampled_from([1.0, 5.0, 5.5, 10.0, 15.0, 40.0, float("inf")]),
    AMOUNT.map(float),
    st.sampled_from(["A", "B", ""]),
)
LAW = settings(max_examples=40, deadline=None)


@LAW
@given(st.lists(DOOR, min_size=1, max_size=15), st.sampled_from([Fraction(1, 2), Fraction(9, 10)]))
def test_a_quantile_is_the_least_time_that_reaches_the_share(rows, share):
    doors = table(*rows)
    found = weighted_quantile(
        doors["minutes"].to_numpy(), doors["residents"].to_numpy(), float(share)
    )
    walkers = [(m, int(r)) for m, r, _ in rows if np.isfinite(m) and r > 0]
    if not walkers:
        assert np.isnan(found)
        return
    wanted = share * sum(r for _, r in walkers)
    least = min(t for t, _ in walkers if sum(r for m, r in walkers if m <= t) >= wanted)
    assert found == least


@LAW
@given(st.lists(DOOR, min_size=1, max_size=15), st.randoms(use_true_random=False))
def test_residents_are_conserved_bands_nest_and_order_changes_nothing(rows, random):
    doors = table(*rows)
    found = scores(doors)
    assert found["residents"].sum() == doors["residents"].sum()
    unreached = doors["residents"][np.isinf(doors["minutes"])].sum()
    assert found["residents_not_reached"].sum() == unreached
    for cutoff in CUTOFFS:
        inside = doors["residents"][doors["minutes"] <= cutoff].sum()
        assert found[f"residents_within_{cutoff}"].sum() == inside
    bands = [found[f"residents_within_{cutoff}"] for cutoff in CUTOFFS]
    assert (bands[0] <= bands[1]).all()
    assert (bands[1] <= bands[2]).all()
    assert (bands[2] + found["residents_not_reached"] <= found["residents"]).all()
    lived_in = found[found["residents"] > 0]
    for cutoff in CUTOFFS:
        assert lived_in[f"share_within_{cutoff}"].between(0, 1).all()
    order = list(range(len(doors)))
    random.shuffle(order)
    pd.testing.assert_frame_equal(scores(doors.iloc[order]), found, check_exact=True)


@LAW
@given(st.lists(DOOR, min_size=1, max_size=15), st.floats(0.1, 1.0))
def test_quicker_walks_never_lower_any_share(rows, factor):
    doors = table(*rows)
    before, after = scores(doors), scores(doors.assign(minutes=doors["minutes"] * factor))
    for cutoff in CUTOFFS:
        assert (after[f"residents_within_{cutoff}"] >= before[f"residents_within_{cutoff}"]).all()
