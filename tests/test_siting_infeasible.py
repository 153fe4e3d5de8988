"""What cannot be is told why: clashes are real, smallest, and what is said to do does."""

from itertools import chain, combinations, product

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse

from walkshed.errors import InfeasibleError
from walkshed.siting import SitingProblem, SitingRules, mclp, refuse_clashes, unreachable_doors
from walkshed.siting.asked import COVERAGE, Asked
from walkshed.siting.clashes import clashes
from walkshed.siting.infeasible import clash_in_words, least_cutoff_min
from walkshed.siting.program import Solution, solve
from walkshed.travel_times import TravelTimes

NEVER = 0.0  # minutes of a walk that is not known


def town(minutes, people, *, cutoff_min=10, limit_min=30, areas=None, at=None, **columns):
    """Make a problem of walks in minutes, doors in rows and sites in columns.

    Sites have the letters from A, doors from a; `at` are their places along a street in metres.
    """
    seconds = sparse.csc_array(np.array(minutes, dtype=float) * 60)
    doors = pd.Index([chr(97 + row) for row in range(seconds.shape[0])])
    ids = pd.Index([chr(65 + column) for column in range(seconds.shape[1])])
    x = np.arange(len(ids)) * 1000.0 if at is None else np.array(at, dtype=float)
    places = gpd.points_from_xy(x, np.zeros(len(ids)), crs="EPSG:32642")
    sites = gpd.GeoDataFrame(columns, index=ids, geometry=places)
    where = None if areas is None else pd.Series(areas, index=doors)
    times = TravelTimes(seconds, doors, ids, limit_min)
    return SitingProblem(
        times, pd.Series(people, index=doors, dtype=float), sites, cutoff_min, where
    )


def told(problem, rules, **shares):
    """Give what is said, and the clashes themselves."""
    with pytest.raises(InfeasibleError) as caught:
        refuse_clashes(problem, rules, **shares)
    return str(caught.value), [clash.rules for clash in caught.value.clashes]


def row_of_three(**columns):
    """Three doors of 10 residents; site A reaches the first, B the second, C the third."""
    return town(np.diag([5, 5, 5]), [10, 10, 10], **columns)


# --- clashes made by hand ------------------------------------------------------------------------


def test_more_required_sites_than_new_posts() -> None:
    problem = row_of_three(status=["required", "required", "required"])
    said, found = told(problem, SitingRules(new_posts=2))
    assert found == [("required", "new_posts")]
    assert said == (
        "siting: 3 required sites (A, B and C) and `new_posts` of 2 cannot hold together: "
        "require fewer sites or raise `new_posts` to 3"
    )


def test_required_sites_that_cost_more_than_the_budget() -> None:
    problem = row_of_three(status=["required", "candidate", "required"], cost=[40.0, 5.0, 30.0])
    said, found = told(problem, SitingRules(budget=50))
    assert found == [("required", "budget")]
    assert said == (
        "siting: 2 required sites (A and C) cost 70 of a budget of 50: "
        "require fewer sites or raise `budget` to 70"
    )


def test_required_sites_of_one_group() -> None:
    problem = row_of_three(
        status=["required", "candidate", "required"], group=["market", None, "market"]
    )
    said, found = told(problem, SitingRules(new_posts=3))
    assert found == [("required", "group")]
    assert "required sites A and C are of one group (market)" in said
    assert "require one of them only" in said


def test_required_sites_too_near_each_other() -> None:
    problem = row_of_three(status=["required", "candidate", "required"], at=[0.0, 5000.0, 250.4567])
    said, found = told(problem, SitingRules(new_posts=3, least_distance_m=400))
    assert found == [("required", "least_distance_m")]
    assert said == (
        "siting: required sites A and C are 250.45 m apart, but `least_distance_m` is 400: "
        "require fewer sites or lower `least_distance_m` to 250.45"
    )


def test_a_share_that_needs_more_posts() -> None:
    said, found = told(row_of_three(), SitingRules(new_posts=1), share=0.6)
    assert found == [("share", "new_posts")]
    assert said == (
        "siting: `share` of 0.6 and `new_posts` of 1 cannot hold together: "
        "lower `share` to 0.333 or raise `new_posts` to 2"
    )


def test_a_share_that_needs_more_money() -> None:
    problem = row_of_three(cost=[40.0, 10.0, 25.5])
    said, found = told(problem, SitingRules(budget=30), share=0.6)
    assert found == [("share", "budget")]
    assert "lower `share` to 0.333 or raise `budget` to 35.5" in said


def test_a_share_of_each_neighbourhood_that_needs_more_posts() -> None:
    problem = row_of_three(areas=["North", "North", "South"])
    said, found = told(problem, SitingRules(new_posts=1), share_of_each=0.5)
    assert found == [("share_of_each", "new_posts")]
    assert "lower `share_of_each` to 0 or raise `new_posts` to 2" in said


def test_a_share_and_groups_of_alternatives() -> None:
    problem = row_of_three(group=["market", "market", None])
    said, found = told(problem, SitingRules(), share=1.0)
    assert found == [("share", "group")]
    assert "lower `share` to 0.666 or split the groups" in said


def test_a_share_and_a_least_distance() -> None:
    problem = row_of_three(at=[0.0, 300.0, 500.0])
    said, found = told(problem, SitingRules(least_distance_m=450), share=1.0)
    assert found == [("share", "least_distance_m")]
    assert "lower `share` to 0.666 or lower `least_distance_m` to 200" in said


def test_three_rules_that_hold_two_by_two() -> None:
    # The required site reaches nobody: it takes the one post from where the residents are.
    problem = town(
        [[NEVER, 5], [NEVER, 5]], [10, 10], status=["required", "candidate"], cost=[10.0, 10.0]
    )
    said, found = told(problem, SitingRules(new_posts=1, budget=20), share=0.5)
    assert found == [("required", "share", "new_posts")]
    assert said == (
        "siting: 1 required site (A), `share` of 0.5 and `new_posts` of 1 cannot hold together: "
        "require fewer sites, lower `share` to 0 or raise `new_posts` to 2"
    )


def test_clashes_that_have_nothing_in_common_are_told_in_one_message() -> None:
    problem = row_of_three(
        status=["required", "required", "candidate"],
        cost=[40.0, 30.0, 0.0],
        group=["market", "market", None],
    )
    said, found = told(problem, SitingRules(new_posts=1, budget=60))
    assert sorted(found) == [
        ("required", "budget"),
        ("required", "group"),
        ("required", "new_posts"),
    ]
    assert said.startswith("siting: 3 problems\n  - ")
    assert "raise `new_posts` to 2 (which is not enough for all else)" in said


# --- who is out of reach -------------------------------------------------------------------------


def far_town(**options):
    """Four doors, 5, 12, 16.21 and no known minutes from the nearest site."""
    minutes = [[5, 9], [NEVER, 12], [16.21, NEVER], [NEVER, NEVER]]
    return town(
        minutes, [40, 30, 20, 10], areas=["Center", "Karasu", "Karasu", "Nauryz"], **options
    )


def test_doors_out_of_reach_are_counted_and_named_with_the_cutoff_that_would_do() -> None:
    said, found = told(far_town(), SitingRules(), share=0.9)
    assert found == [("share",)]
    assert said == (
        "siting: `share` is 0.9, but with every site open only 0.4 of the residents are within "
        "the cutoff; 3 doors with 60 residents are farther from every post and site (doors b, c "
        "and d; residents by neighbourhood: Karasu 50 and Nauryz 10): lengthen `cutoff_min` to "
        "16.21, add candidate sites there, or lower `share` to 0.4"
    )


def test_no_cutoff_would_do_where_no_walk_is_known() -> None:
    said, _ = told(far_town(), SitingRules(), share=0.95)
    assert "no cutoff up to the 30 min searched would do; search the times further" in said


def test_cutoffs_that_differ_from_door_to_door_are_not_summed_up_in_one_number() -> None:
    problem = far_town(cutoff_min=np.array([4.0, 12.0, 10.0, 10.0]))
    assert list(unreachable_doors(problem).index) == ["a", "c", "d"]
    said, _ = told(problem, SitingRules(), share=0.9)
    assert ": lengthen `cutoff_min`, add candidate sites" in said


def test_doors_without_residents_and_forbidden_sites_are_not_counted() -> None:
    minutes = [[5, 5], [NEVER, 5], [NEVER, NEVER]]
    problem = town(minutes, [10, 10, 0], status=["existing", "forbidden"])
    assert unreachable_doors(problem)["residents"].to_dict() == {"b": 10.0}


def test_a_longer_cutoff_may_be_asked_about() -> None:
    assert list(unreachable_doors(far_town(), 15.0).index) == ["c", "d"]


def test_neighbourhoods_out_of_reach_are_named() -> None:
    said, found = told(far_town(), SitingRules(), share_of_each=0.5)
    assert found == [("share_of_each",)]
    assert "no more is within the cutoff in Karasu 0 and Nauryz 0" in said


def test_the_cutoff_that_would_do_does_and_a_shorter_one_does_not() -> None:
    least = least_cutoff_min(far_town(), 0.9)
    refuse_clashes(far_town(cutoff_min=least), SitingRules(), share=0.9)
    with pytest.raises(InfeasibleError):
        refuse_clashes(far_town(cutoff_min=least - 0.1), SitingRules(), share=0.9)


# --- models ------------------------------------------------------------------------------------


def test_a_model_refuses_what_clashes_and_hands_the_clashes_on() -> None:
    problem = row_of_three(status=["required", "required", "candidate"])
    with pytest.raises(InfeasibleError, match="raise `new_posts` to 2") as caught:
        mclp(problem, SitingRules(new_posts=1))
    assert [clash.would_do for clash in caught.value.clashes] == [{"new_posts": 2.0}]


def test_what_can_be_is_not_refused() -> None:
    refuse_clashes(row_of_three(), SitingRules(new_posts=3), share=1.0)
    refuse_clashes(row_of_three(), SitingRules(new_posts=0, budget=0))


def test_nothing_is_claimed_when_no_time_is_left() -> None:
    asked = Asked(row_of_three(), SitingRules(new_posts=1), share=0.6)
    assert clashes(asked, time_limit_s=0.0) == []


def test_a_way_out_that_is_not_proven_nearest_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def out_of_time(program, *, start=None, deadline):
        if start is None:
            return solve(program, deadline=deadline)
        return Solution(start, float(program.cost @ start), -np.inf, "time_limit")

    monkeypatch.setattr("walkshed.siting.clashes.solve", out_of_time)
    # Site A reaches most at once, though B and C together reach all.
    problem = town([[5, 5, 0], [5, 0, 5], [5, 0, 5], [0, 5, 0], [0, 0, 5]], [10] * 5)
    said, found = told(problem, SitingRules(new_posts=1), share=1.0)
    assert found == [("share", "new_posts")]
    assert "raise `new_posts` to 3 (a nearer value may do too)" in said


# --- laws, by enumeration ------------------------------------------------------------------------

ROUNDED = 1e-9


def keeps(asked: Asked, opened, closed, names) -> bool:
    """Tell by hand whether opening and closing these sites keeps to the rules with these names."""
    problem, rules = asked.problem, asked.rules
    sites, chosen = problem.sites, problem.sites.loc[list(opened)]
    minutes = problem.times.seconds.toarray() / 60
    sees = (minutes > 0) & (minutes <= problem.cutoff_min)
    kept = sites["status"].eq("existing") & ~sites.index.isin(list(closed))
    post = kept | sites.index.isin(list(opened))
    reached = sees[:, post.to_numpy()].any(axis=1)
    people = problem.people
    by_area = [
        people[here & reached].sum() / people[here].sum()
        for here in (problem.neighbourhoods.to_numpy() == area for area in "NS")
        if people[here].any()
    ]
    x = chosen.geometry.x.to_numpy()
    keeps_to = {
        "required": set(sites.index[sites["status"].eq("required")]) <= set(opened),
        "share": people[reached].sum() >= asked.share * people.sum() - ROUNDED,
        "share_of_each": min(by_area, default=1) >= asked.share_of_each - ROUNDED,
        "group": not chosen["group"].dropna().duplicated().any(),
        "least_distance_m": all(
            abs(a - b) >= rules.least_distance_m for a, b in combinations(x, 2)
        ),
        "new_posts": rules.new_posts is None or len(opened) - len(closed) <= rules.new_posts,
        "budget": rules.budget is None or chosen["cost"].sum() <= rules.budget + ROUNDED,
        "closed_posts": len(closed) <= rules.closed_posts,
    }
    return all(keeps_to[name] for name in names)


def can_hold(asked: Asked, names) -> bool:
    sites = asked.problem.sites
    stands = sites["status"] == "existing"
    opened, closed = (
        subsets(sites.index[~stands]),
        subsets(sites.index[stands & sites["may_close"]]),
    )
    return any(keeps(asked, *plan, names) for plan in product(opened, closed))


def subsets(ids):
    return list(chain.from_iterable(combinations(ids, size) for size in range(len(ids) + 1)))


@st.composite
def questions(draw) -> Asked:
    """Ask of a street of up to five sites and six doors more than it may be able to give."""
    seed = draw(st.integers(0, 2**20))
    rng = np.random.default_rng(seed)
    doors, sites = int(rng.integers(1, 7)), int(rng.integers(1, 6))
    minutes = np.where(rng.random((doors, sites)) < 0.5, rng.integers(1, 21, (doors, sites)), 0)
    problem = town(
        minutes,
        rng.integers(0, 9, doors) + (np.arange(doors) == 0),
        areas=rng.choice(list("NS"), doors),
        at=rng.integers(0, 9, sites) * 100.0 + np.arange(sites),
        status=rng.choice(["existing", "candidate", "required"], sites, p=[0.2, 0.4, 0.4]),
        cost=rng.integers(0, 6, sites) / 2,
        group=rng.choice(np.array([None, "g", "h"], dtype=object), sites, p=[0.6, 0.2, 0.2]),
        may_close=rng.random(sites) < 0.3,
    )
    rules = SitingRules(
        new_posts=draw(st.sampled_from([None, 0, 1, 2])),
        budget=draw(st.sampled_from([None, 0, 1, 3.5])),
        closed_posts=draw(st.sampled_from([0, 0, 1])),
        least_distance_m=draw(st.sampled_from([0, 150, 400])),
    )
    share, share_of_each = draw(st.sampled_from([(0, 0), (0.5, 0), (1, 0), (0, 0.4), (0.7, 0.7)]))
    return Asked(problem, rules, share, share_of_each)


EVERY = frozenset(
    (
        *("required", "share", "share_of_each", "group", "least_distance_m"),
        *("closed_posts", "new_posts", "budget"),
    )
)
WHOLE = {"new_posts", "closed_posts"}


@settings(max_examples=40)
@given(questions())
def test_clashes_are_real_and_smallest_and_found_when_there_are_any(asked: Asked) -> None:
    found = clashes(asked)
    assert bool(found) != can_hold(asked, EVERY)
    for clash in found:
        assert not can_hold(asked, clash.rules)
        for size in range(len(clash.rules)):
            for some in combinations(clash.rules, size):
                assert can_hold(asked, some)
        assert clash_in_words(asked, clash)
    assert len({clash.rules for clash in found}) == len(found)


def with_limit(asked: Asked, name: str, value: float) -> Asked:
    limits = ("new_posts", "budget", "closed_posts", "least_distance_m")
    rules = {key: getattr(asked.rules, key) for key in limits}
    shares = {"share": asked.share, "share_of_each": asked.share_of_each}
    if name in shares:
        shares[name] = value
    else:
        rules[name] = int(value) if name in WHOLE else value
    return Asked(asked.problem, SitingRules(**rules), **shares)


@settings(max_examples=40)
@given(questions())
def test_what_would_do_does_and_anything_nearer_to_what_was_asked_does_not(asked: Asked) -> None:
    nearer = dict.fromkeys(WHOLE, -1) | {"budget": -0.02} | dict.fromkeys(COVERAGE, 0.002)
    for clash in clashes(asked):
        for names, values in ((EVERY, clash.would_do), (clash.rules, clash.would_need)):
            for name, value in values.items():
                assert can_hold(with_limit(asked, name, value), names)
                almost = value + nearer.get(name, 0.02)
                assert not can_hold(with_limit(asked, name, almost), names)
