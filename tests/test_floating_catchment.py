"""Floating catchments: sums by hand, PySAL's `access` as an oracle, and nobody served twice."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from hypothesis import given, settings
from hypothesis import strategies as st

from walkshed.errors import InputError
from walkshed.scores.floating_catchment import (
    enhanced_two_step_fca,
    mean_by_zone,
    step_weight,
    three_step_fca,
    two_step_fca,
)
from walkshed.travel_times import TravelTimes

ZONES_MIN, WEIGHTS = [5, 10, 15], [1.0, 0.68, 0.22]
BY_ZONE = step_weight(ZONES_MIN, WEIGHTS)
CUTOFF_MIN = 15.0


def times_of(minutes: list[list[float]], posts: list[str] | None = None) -> TravelTimes:
    """Walks by door and post; infinite ones are not stored, those of no length are."""
    table = np.array(minutes, dtype=float)
    door, post = np.nonzero(np.isfinite(table))
    seconds = sp.csc_array((table[door, post] * 60, (door, post)), shape=table.shape)
    names = posts or [f"P{i}" for i in range(table.shape[1])]
    doors = pd.Index([f"d{i}" for i in range(len(table))])
    return TravelTimes(seconds, doors, pd.Index(names), 30)


def scores_of(times, residents, inspectors, weight=BY_ZONE) -> dict[str, pd.Series]:
    given_ = (times, residents, inspectors)
    return {
        "2sfca": two_step_fca(*given_, cutoff_min=CUTOFF_MIN),
        "e2sfca": enhanced_two_step_fca(*given_, weight=weight, cutoff_min=CUTOFF_MIN),
        "3sfca": three_step_fca(*given_, weight=weight, cutoff_min=CUTOFF_MIN),
    }


MINUTE = st.one_of(st.just(np.inf), st.just(0.0), st.integers(0, 80).map(lambda n: n / 4))


@st.composite
def towns(draw, *, least_residents: int = 0):
    doors, posts = draw(st.integers(1, 6)), draw(st.integers(1, 4))
    row = st.lists(MINUTE, min_size=posts, max_size=posts)
    minutes = draw(st.lists(row, min_size=doors, max_size=doors))
    people = draw(st.lists(st.integers(least_residents, 90), min_size=doors, max_size=doors))
    staff = draw(st.lists(st.integers(0, 5), min_size=posts, max_size=posts))
    times = times_of(minutes)
    return (
        times,
        pd.Series(people, times.door_ids, dtype=float),
        pd.Series(staff, times.facility_ids, dtype=float),
    )


# `access` itself uses what the newest pandas is about to drop
@pytest.mark.filterwarnings("ignore:The inplace keyword")
@settings(max_examples=40, deadline=None)
@given(towns(least_residents=1), st.sampled_from(["step", "gaussian"]))
def test_scores_are_those_of_pysal_access(town, shape) -> None:
    access = pytest.importorskip("access")
    times, people, staff = town
    weigh_one = (
        access.weights.step_fn(dict(zip(ZONES_MIN, WEIGHTS, strict=True)))
        if shape == "step"
        else access.weights.gaussian(6.0)
    )
    ours = scores_of(
        times, people, staff, BY_ZONE if shape == "step" else lambda m: np.exp(-(m**2) / 72)
    )
    walks = times.seconds.tocoo()
    cost = pd.DataFrame(
        {
            "origin": times.door_ids[walks.coords[0]],
            "dest": times.facility_ids[walks.coords[1]],
            "cost": walks.data / 60,
        }
    )
    cost = cost[cost["cost"] <= CUTOFF_MIN].reset_index(drop=True)
    if cost.empty:
        assert all((one == 0).all() for one in ours.values())
        return
    demand = people.rename("demand").rename_axis("geoid").to_frame()
    supply = staff.rename("supply").rename_axis("geoid").to_frame()
    asked = {"max_cost": CUTOFF_MIN, "demand_index": True, "supply_index": True}
    two, three = access.fca.two_stage_fca, access.fca.three_stage_fca
    theirs = {
        "2sfca": two(demand, supply, cost, **asked),
        "e2sfca": two(demand, supply, cost, weight_fn=weigh_one, **asked),
        "3sfca": three(demand, supply, cost, weight_fn=weigh_one, **asked),
    }
    for name, found in theirs.items():
        expected = found.reindex(times.door_ids).fillna(0.0)
        np.testing.assert_allclose(ours[name], expected, rtol=1e-9, atol=1e-15)


@settings(max_examples=40, deadline=None)
@given(towns(), st.randoms(use_true_random=False))
def test_residents_times_scores_are_the_inspectors_that_somebody_reaches(town, random) -> None:
    times, people, staff = town
    minutes = np.full(times.seconds.shape, np.inf)
    walks = times.seconds.tocoo()
    minutes[walks.coords] = walks.data / 60
    reached = ((minutes <= CUTOFF_MIN) & (people.to_numpy() > 0)[:, None]).any(axis=0)
    order = list(range(len(staff)))
    random.shuffle(order)
    turned = TravelTimes(times.seconds[:, order], times.door_ids, times.facility_ids[order], 30)
    for name, found in scores_of(times, people, staff).items():
        assert (found >= 0).all()
        assert (people * found).sum() == pytest.approx(staff[reached].sum())
        again = scores_of(turned, people, staff)[name]
        np.testing.assert_allclose(again, found, rtol=1e-9, atol=1e-15)


def test_one_more_inspector_never_takes_anything_from_anybody() -> None:
    times = times_of([[3, 12], [9, np.inf], [np.inf, 4]])
    people = pd.Series([100.0, 50.0, 30.0], times.door_ids)
    before = scores_of(times, people, pd.Series([2.0, 1.0], times.facility_ids))
    after = scores_of(times, people, pd.Series([2.0, 2.0], times.facility_ids))
    for name in before:
        assert (after[name] >= before[name]).all()


def test_exactly_at_the_cutoff_counts_and_a_second_more_does_not() -> None:
    times = times_of([[15.0], [15.0 + 1 / 60]])
    people = pd.Series([100.0, 100.0], times.door_ids)
    found = two_step_fca(times, people, pd.Series([1.0], ["P0"]), cutoff_min=15)
    assert found.to_list() == [0.01, 0.0]


def test_two_positions_of_a_post_are_one_post() -> None:
    once = times_of([[4.0], [12.0]], ["P"])
    twice = times_of([[4.0, 9.0], [13.0, 12.0]], ["P", "P"])
    people, staff = pd.Series([80.0, 20.0], once.door_ids), pd.Series([3.0], ["P"])
    for name, found in scores_of(once, people, staff).items():
        pd.testing.assert_series_equal(scores_of(twice, people, staff)[name], found)


@pytest.mark.parametrize("staff", [{"P0": 2.0}, {"P0": 2.0, "P1": np.nan}, {"P0": 2, "P1": -1}])
def test_posts_without_known_inspectors_are_refused_by_name(staff) -> None:
    times = times_of([[3, 12]])
    with pytest.raises(InputError, match="the inspectors of post `P1` are not known"):
        two_step_fca(times, pd.Series([1.0], ["d0"]), pd.Series(staff), cutoff_min=10)


def test_walks_not_searched_far_enough_are_refused() -> None:
    times = times_of([[3]])
    with pytest.raises(InputError, match="known up to 30 min, not 40"):
        two_step_fca(times, pd.Series([1.0], ["d0"]), pd.Series([1.0], ["P0"]), cutoff_min=40)


def test_mean_of_a_zone_is_that_of_its_residents_and_missing_where_nobody_lives() -> None:
    scores = pd.DataFrame({"x": [1.0, 4.0, 9.0]})
    means = mean_by_zone(scores, pd.Series([30.0, 10.0, 0.0]), pd.Series(["A", "A", "B"]))
    assert means.loc["A", "x"] == 1.75
    assert np.isnan(means.loc["B", "x"])
