"""Plans of new posts: what they hold, time that runs out, inputs that cannot be used."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from siting_towns import (
    best_by_enumeration,
    chosen,
    fano_town,
    random_town,
    reached,
    solve,
    street_town,
)
from walkshed.errors import InputError, SolverError
from walkshed.siting import SitingPlan, SitingRules, mclp, problem_of_coverage

# --- the plan -----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(40))
def test_the_plan_is_counted_from_the_raw_doors_and_built_in_the_best_order(seed):
    sees, residents, _ = town = random_town(seed)
    posts = min(5, sees.shape[1])
    plan = solve(*town, posts)
    sites = chosen(plan)
    assert len(set(sites)) <= posts
    stages = [reached(*town, sites[:stage]) for stage in range(len(sites) + 1)]
    assert plan.objective == pytest.approx(stages[-1], abs=1e-9)
    assert plan.problem.total == pytest.approx(residents.sum())
    assert plan.figures.residents_within == plan.objective
    assert plan.figures_now.residents_within == pytest.approx(stages[0], abs=1e-9)
    assert plan.build_order["residents_within"].to_numpy() == pytest.approx(stages[1:], abs=1e-9)
    assert plan.build_order["residents_added"].to_numpy() == pytest.approx(
        np.diff(stages), abs=1e-9
    )
    best = max(
        sum(reached(*town, order[:stage]) for stage in range(1, len(sites) + 1))
        for order in permutations(sites)
    )
    assert sum(stages[1:]) == pytest.approx(best, rel=1e-9)


def test_tables_have_the_promised_columns_and_indexes():
    plan = solve(*fano_town(3), 2)
    assert plan.curve.index.name == "new_posts"
    assert plan.curve.index.tolist() == [2]
    assert set(plan.curve) == {
        *("objective", "bound", "gap", "status", "gain", "residents_within", "site_ids"),
        "residents_added",
    }
    assert plan.curve.loc[2, "site_ids"] == plan.site_ids
    assert plan.build_order.index.name == "rank"
    assert plan.build_order.index.tolist() == [1, 2]
    assert list(plan.build_order) == [
        "site_id",
        "residents_added",
        "residents_within",
        "share_within",
    ]
    assert tuple(plan.build_order["site_id"]) == plan.site_ids
    assert plan.build_order["residents_within"].iloc[-1] == plan.objective
    assert plan.build_order["share_within"].iloc[-1] == plan.objective / plan.problem.total


def test_sites_that_add_nobody_are_not_built():
    sees = np.array([[1, 0, 0, 1, 0], [0, 0, 0, 1, 0]], dtype=bool)
    plan = solve(sees, np.array([3.0, 4.0]), np.zeros(2, dtype=bool), 3)
    assert plan.site_ids == ("site 3",)
    assert plan.build_order["residents_added"].tolist() == [7.0]
    assert plan.curve.index.tolist() == [1]
    assert plan.status == "optimal"


def test_more_than_fourteen_sites_are_built_greedily_so_gains_never_rise():
    plan = solve(*street_town(5), 16)
    assert len(set(plan.site_ids)) == 16
    assert (plan.build_order["residents_added"].diff().dropna() <= 1e-9).all()
    assert plan.status == "optimal"


def test_no_new_posts_tell_what_existing_posts_reach():
    covered = np.array([True, False])
    plan = solve(np.ones((2, 1), dtype=bool), np.array([6.0, 2.0]), covered, 0)
    assert (plan.objective, plan.bound, plan.site_ids) == (6.0, 6.0, ())
    assert plan.curve.index.tolist() == [0]
    assert plan.build_order.empty


@pytest.mark.parametrize(
    ("sees", "residents"),
    [
        (np.zeros((3, 2), dtype=bool), np.ones(3)),
        (np.ones((3, 2), dtype=bool), np.zeros(3)),
        (np.zeros((0, 2), dtype=bool), np.zeros(0)),
    ],
    ids=["no site reaches a door", "nobody lives here", "there are no doors"],
)
def test_a_town_where_nothing_can_be_gained_still_has_a_plan(sees, residents):
    plan = solve(sees, residents, np.zeros(len(residents), dtype=bool), 2)
    assert plan.site_ids == ()
    assert (plan.objective, plan.bound, plan.gap, plan.status) == (0.0, 0.0, 0.0, "optimal")
    assert plan.figures.share_within == 0.0


def test_ids_of_any_kind_are_kept():
    sees = sparse.csr_matrix(np.eye(3, dtype=bool))
    ids = pd.Index([("street", 1), 7, "x"], dtype=object, tupleize_cols=False)
    people = pd.Series([1.0, 2.0, 4.0])
    town = problem_of_coverage(sees, people, ids, covered=np.zeros(3, dtype=bool))
    plan = mclp(town, SitingRules(new_posts=3))
    assert plan.site_ids == ("x", 7, ("street", 1))


def test_stored_false_entries_are_not_coverage():
    sees = sparse.csr_matrix(np.array([[True, True]]))
    sees.data[0] = False
    people = pd.Series([5.0])
    town = problem_of_coverage(sees, people, pd.Index(["a", "b"]), covered=np.array([False]))
    plan = mclp(town, SitingRules(new_posts=1))
    assert plan.site_ids == ("b",)


def test_a_plan_tells_its_story_in_one_line():
    plan = solve(
        np.array([[1], [0]], dtype=bool), np.array([291_054.0, 66_946.0]), np.zeros(2, bool), 1
    )
    assert repr(plan) == (
        "SitingPlan(mclp: 1 new post, 81.3 % of 358 000 residents within 1 min, optimal)"
    )


def test_a_plan_that_contradicts_itself_cannot_be_made():
    good = solve(*fano_town(3), 2)
    fields = {name: getattr(good, name) for name in SitingPlan.__dataclass_fields__}
    for wrong in (
        {"bound": good.objective - 1},
        {"site_ids": good.site_ids[:1] * 2},
        {"status": "time_limit"},
    ):
        with pytest.raises(SolverError):
            SitingPlan(**{**fields, **wrong})


# --- time ---------------------------------------------------------------------------------------


def test_when_time_runs_out_the_bound_still_holds():
    town = fano_town(1)
    plan = solve(*town, 4, time_limit_s=1e-9)
    assert plan.status == "time_limit"
    assert plan.gap > 1e-6
    assert "time_limit, gap" in repr(plan)
    best = best_by_enumeration(*town, 4)
    assert plan.objective <= best + 1e-9
    assert plan.bound >= best - 1e-9


# --- inputs that cannot be used -----------------------------------------------------------------

EYE = sparse.csr_matrix(np.eye(3, dtype=bool))
NONE = np.zeros(3, dtype=bool)
PEOPLE = pd.Series([1.0, 2.0, 3.0], index=["a", "b", "c"])
NINE = {"coverage": sparse.csr_matrix((9, 3), dtype=bool), "covered": np.zeros(9, dtype=bool)}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"new_posts": 4}, r"there are 3 candidate sites; ask for 3 or fewer"),
        ({"new_posts": -1}, r"`new_posts` is -1"),
        ({"new_posts": 1.5}, r"`new_posts` is 1.5"),
        ({"new_posts": True}, r"`new_posts` is True"),
        ({"new_posts": "six"}, r"`new_posts` is six"),
        ({"time_limit_s": 0}, r"`time_limit_s` is 0"),
        ({"seed": -1}, r"`seed` is -1"),
        ({"residents": PEOPLE.where(PEOPLE != 2)}, r"1 of 3 doors .*\(doors b\)"),
        ({"residents": -PEOPLE}, r"3 of 3 doors .*\(doors a, b, c\)"),
        ({"residents": PEOPLE.replace(3.0, np.inf)}, r"doors c"),
        ({"residents": PEOPLE.astype(str) + "?"}, r"3 of 3 doors"),
        ({**NINE, "residents": pd.Series([-1.0] * 9)}, r"doors 0, 1, 2, 3, 4 and 4 more"),
        ({"coverage": EYE[:2]}, r"2 x 3, but there are 3 doors and 3 sites"),
        ({"coverage": EYE.toarray()}, r"not a scipy.sparse matrix"),
        ({"coverage": 600.0 * EYE}, r"numbers other than 0 and 1"),
        ({"site_ids": pd.Index(["x", "y"])}, r"3 x 3, but there are 3 doors and 2 sites"),
        ({"site_ids": pd.Index(["x", "y", "x"])}, r"'x' stands more than once"),
        ({"covered": NONE[:2]}, r"shape \(2,\), but there are 3 doors"),
        ({"covered": np.array([0.0, 1.0, np.nan])}, r"does not hold true and false"),
        ({"covered": pd.Series(NONE, index=["b", "a", "c"])}, r"another order; reindex"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_way_out(changes, message):
    call = {
        "coverage": EYE,
        "residents": PEOPLE,
        "site_ids": pd.Index(["x", "y", "z"]),
        "covered": NONE,
        "new_posts": 1,
        **changes,
    }
    with pytest.raises(InputError, match=message):
        asked(**call)


def asked(*, new_posts, time_limit_s=60.0, seed=0, **tables):
    rules = SitingRules(new_posts=new_posts)
    return mclp(problem_of_coverage(**tables), rules, time_limit_s=time_limit_s, seed=seed)


def test_all_problems_of_the_tables_are_told_at_once():
    ids = pd.Index(["x", "y", "z"])
    with pytest.raises(InputError, match=r"siting: 2 problems"):
        problem_of_coverage(EYE[:2], PEOPLE, ids, covered=NONE[1:])


@pytest.mark.parametrize(
    "coverage", [EYE.astype(int), sparse.csc_array(np.eye(3, dtype=bool)), EYE.tocoo()]
)
def test_any_sparse_matrix_of_zeros_and_ones_will_do(coverage):
    covered = pd.Series(NONE, index=PEOPLE.index)
    ids = pd.Index(["x", "y", "z"])
    plan = asked(coverage=coverage, residents=PEOPLE, site_ids=ids, covered=covered, new_posts=1)
    assert plan.site_ids == ("z",)
