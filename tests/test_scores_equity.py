"""Equity, backup and detour: figures a hand can check, residents asked one by one, and laws."""

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from walkshed.scores import (
    backup_scores,
    coverage_scores,
    detour_index,
    equity_scores,
    second_nearest,
    zone_scores,
)

EQUITY = ["mean_min", "worst_tenth_min", "gini", "palma"]
LAW = settings(max_examples=40, deadline=None)


def equity(*rows) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["minutes", "residents", "zone"])
    return equity_scores(table["minutes"].astype(float), table["residents"], table["zone"])


# -- by hand ---------------------------------------------------------------------------------------


def test_where_all_walk_alike_nobody_differs() -> None:
    found = equity((7.3, 0.1, "A"), (7.3, 0.2, "A"), (7.3, 91.7, "A")).loc["A"]
    assert found["gini"] == 0
    assert found[["mean_min", "worst_tenth_min", "palma"]].tolist() == pytest.approx(
        [7.3, 7.3, 0.25]
    )


def test_a_door_on_the_border_of_a_tenth_is_split() -> None:
    """Of 25 residents the worst tenth are 2.5: one at 30 minutes, and 1.5 of the four at 20."""
    found = equity((5, 20, "A"), (20, 4, "A"), (30, 1, "A")).loc["A"]
    assert found["worst_tenth_min"] == pytest.approx((30 + 1.5 * 20) / 2.5)
    assert found["palma"] == pytest.approx((30 + 1.5 * 20) / (10 * 5))


def test_one_resident_is_his_own_worst_tenth() -> None:
    found = equity((12, 1, "A")).loc["A"]
    assert found["gini"] == 0
    assert found["worst_tenth_min"] == pytest.approx(12)


def test_who_reaches_no_post_has_no_minutes_to_be_unequal_in() -> None:
    found = equity((5, 9, "A"), (15, 1, "A"), (np.inf, 500, "A"), (np.inf, 3, "B"))
    assert found.loc["A", EQUITY].tolist() == pytest.approx([6, 15, 0.15, 0.75])
    assert found.loc["B"].isna().all()


def test_an_empty_house_says_nothing() -> None:
    assert equity((5, 9, "A"), (15, 1, "A"), (90, 0, "A")).loc["A", "worst_tenth_min"] == 15
    assert equity((90, 0, "A")).loc["A"].isna().all()


def test_who_lives_at_the_post_walks_no_time() -> None:
    found = equity((0, 10, "A"), (0, 50, "B"), (8, 50, "B"))
    assert found.loc["A", ["mean_min", "worst_tenth_min", "gini"]].tolist() == [0, 0, 0]
    assert found["palma"].isna().all()  # four tenths walk no time: nothing to divide by
    assert found.loc["B", "gini"] == pytest.approx(0.5)


def test_a_rounding_splits_no_door() -> None:
    """Two fifths of the residents live at the post, though in binary 0.4 of five 0.7 is more."""
    rows = [(0.0, 0.7, "A")] * 2 + [(9.0, 0.7, "A")] * 3
    assert np.isnan(equity(*rows).loc["A", "palma"])


def test_no_doors_give_no_zones() -> None:
    found = equity()
    assert len(found) == 0
    assert set(found) == set(EQUITY)


# -- residents asked one by one --------------------------------------------------------------------

DOOR = st.tuples(
    st.sampled_from([0.0, 1.0, 2.5, 4.0, 10.0, 33.0, float("inf")]),
    st.integers(0, 6),
    st.sampled_from(["A", "B"]),
)


def asked(rows, zone: str) -> dict[str, float]:
    """Figures of a zone by the definitions, each resident on his own and in exact numbers."""
    minutes = sorted(
        Fraction(m) for m, people, z in rows if z == zone and m < np.inf for _ in range(people)
    )
    tenths = [m for m in minutes for _ in range(10)]  # ten tenths of each: no border cuts one
    nan, n = float("nan"), len(minutes)
    if not n:
        return dict.fromkeys(EQUITY, nan)
    total, worst, best = sum(minutes), sum(tenths[-n:]), sum(tenths[: 4 * n])
    differences = sum(abs(a - b) for a in minutes for b in minutes)
    return {
        "mean_min": float(total / n),
        "worst_tenth_min": float(worst / n),
        "gini": float(differences / (2 * n * total)) if total else 0.0,
        "palma": float(worst / best) if best else nan,
    }


@LAW
@given(st.lists(DOOR, min_size=1, max_size=12))
def test_figures_are_those_of_residents_asked_one_by_one(rows) -> None:
    found = equity(*rows)
    for zone, row in found.iterrows():
        assert row.to_dict() == pytest.approx(asked(rows, zone), rel=1e-12, abs=1e-12, nan_ok=True)


# -- laws ------------------------------------------------------------------------------------------

WALKS = st.lists(
    st.tuples(
        st.just(0.0) | st.floats(0.01, 90), st.floats(0.01, 400), st.sampled_from(["A", "B"])
    ),
    min_size=1,
    max_size=12,
)


@LAW
@given(WALKS, st.floats(0.1, 10))
def test_slower_walkers_are_as_unequal(rows, factor) -> None:
    one, other = equity(*rows), equity(*((m * factor, r, z) for m, r, z in rows))
    for name in ("gini", "palma"):
        np.testing.assert_allclose(other[name], one[name], rtol=1e-9, atol=1e-9)
    for name in ("mean_min", "worst_tenth_min"):
        np.testing.assert_allclose(other[name], factor * one[name], rtol=1e-9, atol=1e-9)


@LAW
@given(WALKS, st.integers(2, 4))
def test_a_city_next_to_its_own_copy_is_as_unequal(rows, copies) -> None:
    one = equity(*rows)
    np.testing.assert_allclose(equity(*(rows * copies)), one, rtol=1e-9, atol=1e-9)
    more = equity(*((m, copies * r, z) for m, r, z in rows))
    np.testing.assert_allclose(more, one, rtol=1e-9, atol=1e-9)


@LAW
@given(WALKS, st.randoms(use_true_random=False))
def test_gini_is_a_share_tails_are_in_order_and_rows_in_any(rows, random) -> None:
    found = equity(*rows)
    assert found["gini"].between(0, 1, inclusive="left").all()
    table = pd.DataFrame(rows, columns=["minutes", "residents", "zone"])
    longest = coverage_scores(table["minutes"], table["residents"], table["zone"], cutoffs_min=[])
    rounding = 1e-9
    assert (found["mean_min"] <= found["worst_tenth_min"] + rounding).all()
    assert (found["worst_tenth_min"] <= longest["max_min"] + rounding).all()
    assert not (found["palma"] < 0.25 - rounding).any()
    shuffled = random.sample(rows, len(rows))
    pd.testing.assert_frame_equal(equity(*shuffled), found, check_exact=True)


@LAW
@given(WALKS)
def test_a_zone_knows_nothing_of_the_others(rows) -> None:
    alone = [row for row in rows if row[2] == "A"]
    pd.testing.assert_frame_equal(
        equity(*rows).reindex(["A"]), equity(*alone).reindex(["A"]), check_exact=True
    )


# -- backup and detour -----------------------------------------------------------------------------


def ranked(*doors) -> pd.DataFrame:
    """Posts of each door with their minutes, the nearest first."""
    rows = [(i, post, minutes) for i, door in enumerate(doors) for post, minutes in door]
    return pd.DataFrame(rows, columns=["door_id", "facility", "minutes"])


def test_the_second_nearest_is_another_post_not_another_door_of_it() -> None:
    table = ranked(
        [("a", 1.0), ("a", 2.0), ("b", 3.0)],
        [("b", 1.0), ("a", 4.0), ("a", 5.0)],
        [("a", 1.0), ("", np.inf), ("", np.inf)],
        [("", np.inf)] * 3,
    )
    found = second_nearest(table, pd.Series(["a", "b", "a", ""], index=list("wxyz")))
    assert found["second_nearest_post"].to_dict() == {"w": "b", "x": "a", "y": "", "z": ""}
    assert found["second_nearest_min"].tolist() == [3.0, 4.0, np.inf, np.inf]


def test_no_doors_have_no_second_post() -> None:
    assert second_nearest(ranked(), pd.Series([], dtype=object)).empty


def test_backup_counts_residents_by_their_second_post() -> None:
    second = pd.Series([5.0, 5.1, np.inf, 1.0])
    residents, zone = pd.Series([10.0, 20.0, 30.0, 0.0]), pd.Series(["A", "A", "A", "B"])
    inside = pd.DataFrame({"5": second <= 5, "10": second <= 10})
    found = backup_scores(second, residents, zone, inside=inside)
    assert found.loc["A", "residents_backup_5"] == 10
    assert found.loc["A", "backup_share_10"] == pytest.approx(0.5)
    assert found.loc["A", "median_second_nearest_min"] == 5.1
    assert found.loc["A", "residents_no_second_post"] == 30
    assert found.loc["B", ["backup_share_5", "median_second_nearest_min"]].isna().all()


def test_a_detour_needs_a_way_and_a_direction() -> None:
    found = detour_index(pd.Series([30.0, 30.0, 0.0, np.inf]), pd.Series([30.0, 20.0, 0.0, 9.0]))
    assert found.tolist() == pytest.approx([1.0, 1.5, np.nan, np.nan], nan_ok=True)


# -- all at once -----------------------------------------------------------------------------------

ROWS = st.lists(
    st.tuples(
        st.sampled_from([1.0, 5.0, 5.5, 10.0, 40.0, np.inf]),
        st.sampled_from([0.0, 3.0, np.inf]),
        st.integers(0, 40).map(float),
        st.sampled_from(["A", "B", ""]),
    ),
    min_size=1,
    max_size=15,
)


@LAW
@given(ROWS)
def test_residents_are_conserved_at_every_level(rows) -> None:
    """The city's row is the sum of its zones', whatever is counted; a backup is within the band."""
    table = pd.DataFrame(rows, columns=["nearest_min", "more", "residents", "zone"])
    doors = table.assign(
        second_nearest_min=table["nearest_min"] + table["more"],
        detour_index=np.where(np.isinf(table["nearest_min"]), np.nan, 1 + table["more"]),
        not_reached_reason=np.where(np.isinf(table["nearest_min"]), "no_way", ""),
    )
    inside, backup = (
        pd.DataFrame({"5": doors[name] <= 5, "10": doors[name] <= 10})
        for name in ("nearest_min", "second_nearest_min")
    )
    parts, whole = (
        zone_scores(doors, zone, inside=inside, backup=backup, reasons=["no_way", "too_far"])
        for zone in (doors["zone"], pd.Series("city", index=doors.index))
    )
    counts = [name for name in whole if name.startswith(("residents", "not_reached"))]
    assert len(counts) == 9
    pd.testing.assert_series_equal(
        parts[counts].sum(), whole.loc["city", counts], check_names=False, rtol=1e-12
    )
    for band in ("5", "10"):
        assert (parts[f"residents_backup_{band}"] <= parts[f"residents_within_{band}"]).all()
    assert parts.index.to_list() == sorted(doors["zone"].unique())
