"""A new post, a post moved, or one more inspector: both measures, and what each is for its cost."""

import math
from dataclasses import replace

import pandas as pd
import pytest
from scipy import sparse

from walkshed.errors import InputError
from walkshed.siting import SitingProblem, compare_spending
from walkshed.travel_times import TravelTimes

PRICES = {"post_cost": 50.0, "move_cost": 10.0, "inspector_cost": 5.0}
RESIDENTS = {"crowd": 90.0, "few": 4.0, "out": 30.0}


def street(**changes: list[float]) -> SitingProblem:
    """A crowded post, one with four residents, and thirty people whom only `site` reaches."""
    minutes = pd.DataFrame(
        {"P": [2, 0, 0], "Q": [6, 1, 0], "site": [0, 0, 3]}, index=list(RESIDENTS), dtype=float
    )
    sites = pd.DataFrame(
        {
            "status": ["existing", "existing", "candidate"],
            "capacity_residents": [40.0, 40.0, 20.0],
            **changes,
        },
        index=minutes.columns,
    )
    seconds = sparse.csc_array(minutes.to_numpy() * 60)
    times = TravelTimes(seconds, minutes.index, sites.index, 10)
    return SitingProblem(times, pd.Series(RESIDENTS), sites, 5)


def compared(problem: SitingProblem, **changes: object) -> pd.DataFrame:
    return compare_spending(problem, **{**PRICES, "residents_per_inspector": 20.0, **changes})


def test_a_new_post_and_a_move_gain_and_an_inspector_relieves() -> None:
    table = compared(street())
    assert table["residents_gained"].to_dict() == {
        "new_post": 30.0,
        "moved_post": 26.0,
        "inspector": 0.0,
    }
    assert table.loc["new_post", "opened"] == "site"
    assert table.loc["moved_post", ["opened", "closed"]].tolist() == ["site", "Q"]
    assert table.loc["inspector", "staffed"] == "P"


def test_the_excess_is_what_a_hand_finds() -> None:
    relieved = compared(street())["residents_relieved"]
    assert relieved["new_post"] == -10.0  # 30 at a post for 20
    assert relieved["moved_post"] == 0.0  # the staff of Q, for 40, goes with it
    assert relieved["inspector"] == 20.0  # of the 50 too many at P


def test_an_inspector_relieves_no_more_than_are_too_many() -> None:
    relieved = compared(street(), residents_per_inspector=70.0)["residents_relieved"]
    assert relieved["inspector"] == 50.0


def test_each_measure_is_told_for_its_cost() -> None:
    table = compared(street())
    assert table["residents_gained_per_cost"].tolist() == [0.6, 2.6, 0.0]
    assert table["residents_relieved_per_cost"].tolist() == [-0.2, 0.0, 4.0]


def test_only_posts_that_may_move_are_moved() -> None:
    table = compared(street(), movable=["P"])
    assert table.loc["moved_post", "closed"] is None
    assert table.loc["moved_post", "residents_gained"] == 0.0


def test_where_staff_is_not_known_nobody_is_said_to_be_relieved() -> None:
    table = compared(street(capacity_residents=[math.inf, 40.0, 20.0]))
    assert table["residents_relieved"].isna().all()
    assert table["residents_gained"].tolist() == [30.0, 26.0, 0.0]
    only_site = compared(street(capacity_residents=[40.0, 40.0, math.inf]))
    assert only_site["residents_relieved"].isna().tolist() == [True, False, False]


def test_with_no_better_place_nothing_is_opened() -> None:
    town = street()
    table = compared(replace(town, residents=town.residents * [1, 1, 0]))
    assert table.loc[["new_post", "moved_post"], "opened"].isna().all()
    assert (table["residents_gained"] == 0).all()


def test_the_order_of_doors_changes_nothing() -> None:
    town = street()
    order = ["out", "crowd", "few"]
    at = [list(RESIDENTS).index(door) for door in order]
    times = replace(town.times, seconds=town.times.seconds[at], door_ids=pd.Index(order))
    turned = replace(town, times=times, residents=town.residents[order])
    pd.testing.assert_frame_equal(compared(turned), compared(town))


@pytest.mark.parametrize("name", [*PRICES, "residents_per_inspector"])
@pytest.mark.parametrize("value", [0.0, -1.0, math.nan, math.inf])
def test_a_price_that_is_none_is_refused(name: str, value: float) -> None:
    with pytest.raises(InputError, match="give a number above 0"):
        compared(street(), **{name: value})


def test_an_unknown_post_to_move_is_refused() -> None:
    with pytest.raises(InputError, match="'site' is no post that stands; choose among P, Q"):
        compared(street(), movable=["site"])
