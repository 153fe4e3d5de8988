"""Siting against enumeration, a plain HiGHS model, and the laws a covering model obeys."""

import logging
from itertools import combinations, permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize, sparse

from walkshed.errors import InputError, SolverError
from walkshed.siting import SitingPlan, mclp
from walkshed.siting.cover import Cover, presolve
from walkshed.siting.curve import best_plans, tighten
from walkshed.siting.proof import prove
from walkshed.siting.search import Bounds, greedy, lagrangian_bound, swap

# --- oracles: dense, slow, and sharing nothing with the package ---------------------------------


def reached(sees, residents, covered, sites):
    served = covered | sees[:, list(sites)].any(axis=1)
    return float(np.sum(residents[served]))


def best_by_enumeration(sees, residents, covered, posts):
    plans = combinations(range(sees.shape[1]), posts)
    return max(reached(sees, residents, covered, plan) for plan in plans)


def best_by_plain_model(sees, residents, covered, posts):
    """State the model over raw doors, with no presolve, and give it to SciPy's HiGHS."""
    doors, sites = sees.shape
    upper = np.r_[np.ones(sites), np.ones(doors)]
    cost = np.r_[np.zeros(sites), -np.where(covered, 0.0, residents)]
    by_site = sparse.hstack([-sparse.csr_matrix(sees.astype(float)), sparse.eye(doors)])
    total = sparse.csr_matrix(np.r_[np.ones(sites), np.zeros(doors)])
    answer = optimize.milp(
        cost,
        bounds=optimize.Bounds(0, upper),
        integrality=np.r_[np.ones(sites), np.zeros(doors)],
        constraints=[
            optimize.LinearConstraint(by_site.tocsr(), -np.inf, 0),
            optimize.LinearConstraint(total, -np.inf, posts),
        ],
        options={"mip_rel_gap": 1e-9},
    )
    assert answer.status == 0
    return -answer.fun + residents[covered].sum()


# --- towns --------------------------------------------------------------------------------------


def random_town(seed):
    """Make up to 14 doors, 8 sites, crowded enough for overlaps, equal rows and useless sites."""
    rng = np.random.default_rng(seed)
    doors, sites = int(rng.integers(1, 15)), int(rng.integers(1, 9))
    sees = rng.random((doors, sites)) < rng.uniform(0.1, 0.6)
    residents = np.round(rng.gamma(2, 10, doors), 2) * (rng.random(doors) < 0.9)
    return sees, residents, rng.random(doors) < 0.2


FANO_LINES = [(0, 1, 2), (0, 3, 4), (0, 5, 6), (1, 3, 5), (1, 4, 6), (2, 3, 6), (2, 4, 5)]


def fano_town(seed, quarters=2):
    """Make quarters in which any two sites share a door, so that sharing sites out pays falsely.

    Two of the seven sites of a quarter reach five of its seven doors, but two sevenths of every
    site would reach six: no bound from prices or a linear relaxation can close this.
    """
    rng = np.random.default_rng(seed)
    quarter = np.zeros((7, 7), dtype=bool)
    for site, doors in enumerate(FANO_LINES):
        quarter[list(doors), site] = True
    sees = np.kron(np.eye(quarters, dtype=bool), quarter)
    residents = np.round(rng.uniform(90, 110, 7 * quarters), 1)
    return sees, residents, np.zeros(7 * quarters, dtype=bool)


def crowded_town(seed):
    """Make 40 doors, each seen by about three of 16 sites at random."""
    rng = np.random.default_rng(seed)
    sees = rng.random((40, 16)) < 0.2
    return sees, np.round(rng.uniform(5, 15, 40), 1), np.zeros(40, dtype=bool)


def street_town(seed, doors=700, sites=70):
    """Scatter doors in a square of 3 km, with sites that reach 500 m."""
    rng = np.random.default_rng(seed)
    at, where = rng.uniform(0, 3000, (doors, 2)), rng.uniform(0, 3000, (sites, 2))
    away = np.abs(at[:, None, :] - where[None, :, :]).sum(axis=2)
    return away <= 500, rng.lognormal(2, 1, doors), rng.random(doors) < 0.1


def solve(sees, residents, covered, posts, **options):
    return mclp(
        sparse.csr_matrix(sees),
        pd.Series(residents, index=[f"door {n}" for n in range(len(residents))], dtype=float),
        pd.Index([f"site {n}" for n in range(sees.shape[1])]),
        new_posts=posts,
        cutoff_min=10,
        covered=covered,
        **options,
    )


def chosen(plan):
    return [int(site.removeprefix("site ")) for site in plan.site_ids]


def unmerged(sees, residents):
    """Make a cover by hand, without any presolve."""
    columns = sparse.csc_matrix(sees, dtype=float)
    return Cover(columns, residents, np.arange(sees.shape[1]))


# --- the optimum --------------------------------------------------------------------------------


@pytest.mark.parametrize("batch", range(8))
def test_every_point_of_the_curve_is_the_optimum_found_by_enumeration(batch):
    for seed in range(30 * batch, 30 * batch + 30):
        town = random_town(seed)
        sites = town[0].shape[1]
        plan = solve(*town, sites)
        expected = [best_by_enumeration(*town, posts) for posts in range(sites + 1)]
        assert plan.curve["residents_within"].to_numpy() == pytest.approx(expected, abs=1e-9)
        assert plan.status == "optimal"
        assert (plan.curve["status"] == "optimal").all()


@pytest.mark.parametrize("seed", range(8))
def test_where_bounds_cannot_close_the_exact_step_finds_the_optimum(seed):
    town = fano_town(seed)
    cover = presolve(sparse.csr_matrix(town[0]), town[1])
    plan = swap(cover, greedy(cover, (), 3))
    known = lagrangian_bound(cover, plan, np.ones(cover.residents.size), deadline=np.inf)
    assert known.upper > 1.02 * best_by_enumeration(*town, 3)
    proven = solve(*town, 4).curve
    for posts in range(5):
        best = best_by_enumeration(*town, posts)
        assert proven.loc[posts, "residents_within"] == pytest.approx(best, abs=1e-9)
        assert proven.loc[posts, "bound"] == pytest.approx(best, rel=1e-6)


@pytest.mark.parametrize("seed", [0, 30, 51, 56, 63, 88])
def test_the_exact_step_finds_plans_that_no_search_found(seed):
    town = crowded_town(seed)
    cover = presolve(sparse.csr_matrix(town[0]), town[1])
    plan, price = (), np.ones(cover.residents.size)
    for size in range(1, 6):
        plan = swap(cover, greedy(cover, plan, size))
        known = lagrangian_bound(cover, plan, price, deadline=np.inf)
        plan, price = known.plan, known.price
    best = best_by_enumeration(*town, 5)
    assert cover.residents_within(plan) < best - 0.1
    assert solve(*town, 5).objective == pytest.approx(best, abs=1e-9)


def test_a_poor_plan_is_replaced_by_the_exact_step():
    sees, residents, _ = fano_town(5, quarters=1)
    cover = unmerged(sees, residents)
    anything = Bounds(np.inf, np.full(7, np.inf), np.ones(7), (0, 1))
    worst = min(combinations(range(7), 3), key=cover.residents_within)
    plan, bound = prove(cover, worst, anything, deadline=np.inf, seed=0)
    assert cover.residents_within(plan) == pytest.approx(residents.sum())
    assert bound == pytest.approx(residents.sum(), rel=1e-9)
    assert cover.residents_within(worst) < bound


def test_swapping_leaves_a_plan_that_greedy_cannot_leave():
    # Greedy takes the middle site (12), which the sites left and right of it (11 each) replace.
    left, middle, right = [1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1]
    cover = unmerged(np.array([left, middle, right], dtype=bool).T, np.array([5.0, 6.0, 6.0, 5.0]))
    plan = greedy(cover, (), 2)
    assert (plan[0], cover.residents_within(plan)) == (1, 17.0)
    assert sorted(swap(cover, plan)) == [0, 2]


@pytest.mark.parametrize("seed", [1, 2])
def test_a_plain_model_over_raw_doors_agrees(seed):
    town = street_town(seed)
    plan = solve(*town, 8)
    for posts in (3, 8):
        expected = best_by_plain_model(*town, posts)
        assert plan.curve.loc[posts, "residents_within"] == pytest.approx(expected, rel=1e-7)
    assert plan.curve["gap"].max() <= 1e-6


@pytest.mark.parametrize("make", [random_town, fano_town])
@pytest.mark.parametrize("seed", range(6))
def test_presolve_never_changes_the_optimum(make, seed):
    sees, residents, _ = make(seed)
    people = residents + 1.0
    posts = min(3, sees.shape[1])
    covers = [
        presolve(sparse.csr_matrix(sees), people),
        presolve(sparse.csr_matrix(sees), people, drop_dominated=False),
        unmerged(sees, people),
    ]
    for cover in covers:
        plans, bounds = best_plans(cover, posts, deadline=np.inf, seed=0)
        values = [cover.residents_within(plan) for plan in plans]
        for size in range(posts + 1):
            best = best_by_enumeration(sees, people, np.zeros(len(people), dtype=bool), size)
            assert values[size] == pytest.approx(best, rel=1e-8)
            assert bounds[size] == pytest.approx(best, rel=1e-6)


def test_presolve_keeps_the_first_of_equal_sites_and_the_larger_of_nested_ones():
    sees = np.array([[1, 1, 1, 0, 0], [1, 1, 1, 0, 0], [0, 1, 1, 0, 0], [0, 0, 0, 1, 0]])
    cover = presolve(sparse.csr_matrix(sees), np.array([1.0, 2.0, 4.0, 8.0]))
    assert cover.sites.tolist() == [1, 3]
    assert sorted(cover.residents) == [7.0, 8.0]


# --- the plan -----------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(40))
def test_the_plan_is_counted_from_the_raw_doors_and_built_in_the_best_order(seed):
    sees, residents, _ = town = random_town(seed)
    posts = min(5, sees.shape[1])
    plan = solve(*town, posts)
    sites = chosen(plan)
    assert len(set(sites)) == posts
    stages = [reached(*town, sites[:stage]) for stage in range(posts + 1)]
    assert plan.objective == pytest.approx(stages[-1], abs=1e-9)
    assert plan.residents == pytest.approx(residents.sum())
    assert plan.build_order["residents_within"].to_numpy() == pytest.approx(stages[1:], abs=1e-9)
    assert plan.build_order["residents_added"].to_numpy() == pytest.approx(
        np.diff(stages), abs=1e-9
    )
    best = max(
        sum(reached(*town, order[:stage]) for stage in range(1, posts + 1))
        for order in permutations(sites)
    )
    assert sum(stages[1:]) == pytest.approx(best, rel=1e-9)


def test_tables_have_the_promised_columns_and_indexes():
    plan = solve(*fano_town(3), 2)
    assert plan.curve.index.name == "new_posts"
    assert plan.curve.index.tolist() == [0, 1, 2]
    assert list(plan.curve) == ["residents_within", "bound", "gap", "gain", "status"]
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
    assert plan.build_order["share_within"].iloc[-1] == plan.objective / plan.residents


def test_sites_that_add_nobody_fill_the_plan_up_in_the_order_of_their_ids():
    sees = np.array([[1, 0, 0, 1, 0], [0, 0, 0, 1, 0]], dtype=bool)
    plan = solve(sees, np.array([3.0, 4.0]), np.zeros(2, dtype=bool), 3)
    assert plan.site_ids == ("site 3", "site 0", "site 1")
    assert plan.build_order["residents_added"].tolist() == [7.0, 0.0, 0.0]
    assert plan.curve["gain"].tolist() == [0.0, 7.0, 0.0, 0.0]
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
    assert plan.site_ids == ("site 0", "site 1")
    assert (plan.objective, plan.bound, plan.gap, plan.status) == (0.0, 0.0, 0.0, "optimal")
    assert plan.build_order["share_within"].tolist() == [0.0, 0.0]


def test_ids_of_any_kind_are_kept():
    sees = sparse.csr_matrix(np.eye(3, dtype=bool))
    ids = pd.Index([("street", 1), 7, "x"], dtype=object, tupleize_cols=False)
    people = pd.Series([1.0, 2.0, 4.0])
    plan = mclp(sees, people, ids, new_posts=3, cutoff_min=5, covered=np.zeros(3, dtype=bool))
    assert plan.site_ids == ("x", 7, ("street", 1))


def test_stored_false_entries_are_not_coverage():
    sees = sparse.csr_matrix(np.array([[True, True]]))
    sees.data[0] = False
    people = pd.Series([5.0])
    plan = mclp(
        sees, people, pd.Index(["a", "b"]), new_posts=1, cutoff_min=5, covered=np.array([False])
    )
    assert plan.site_ids == ("b",)


def test_a_plan_tells_its_story_in_one_line():
    plan = solve(
        np.array([[1], [0]], dtype=bool), np.array([291_054.0, 66_946.0]), np.zeros(2, bool), 1
    )
    assert repr(plan) == (
        "SitingPlan(mclp: 1 new post, 81.3 % of 358 000 residents within 10 min, optimal)"
    )


def test_a_plan_that_contradicts_itself_cannot_be_made():
    good = solve(*fano_town(3), 2)
    fields = {name: getattr(good, name) for name in SitingPlan.__dataclass_fields__}
    for wrong in (
        {"bound": good.objective - 1},
        {"site_ids": good.site_ids[:1]},
        {"site_ids": good.site_ids[:1] * 2},
        {"status": "time_limit"},
    ):
        with pytest.raises(SolverError):
            SitingPlan(**{**fields, **wrong})


# --- laws ---------------------------------------------------------------------------------------


@st.composite
def towns(draw):
    doors, sites = draw(st.integers(1, 12)), draw(st.integers(1, 7))
    row = st.lists(st.booleans(), min_size=sites, max_size=sites)
    sees = np.array(draw(st.lists(row, min_size=doors, max_size=doors)), dtype=bool)
    tenths = st.lists(st.integers(0, 500), min_size=doors, max_size=doors)
    covered = st.lists(st.booleans(), min_size=doors, max_size=doors)
    return sees, np.array(draw(tenths)) / 10, np.array(draw(covered), dtype=bool)


law = settings(max_examples=60, deadline=None, derandomize=True)


@law
@given(towns())
def test_value_never_falls_with_more_posts_and_never_passes_its_bound(town):
    plan = solve(*town, town[0].shape[1])
    assert (plan.curve["gain"] >= 0).all()
    assert (plan.curve["bound"] >= plan.curve["residents_within"]).all()
    assert plan.curve["bound"].max() <= plan.residents
    assert plan.bound >= plan.objective


@law
@given(towns(), st.randoms(use_true_random=False))
def test_the_order_of_doors_changes_nothing_at_all(town, random):
    sees, residents, covered = town
    order = random.sample(range(len(residents)), len(residents))
    posts = sees.shape[1]
    plan = solve(*town, posts)
    shuffled = solve(sees[order], residents[order], covered[order], posts)
    assert shuffled.site_ids == plan.site_ids
    pd.testing.assert_frame_equal(shuffled.curve, plan.curve, check_exact=True)
    pd.testing.assert_frame_equal(shuffled.build_order, plan.build_order, check_exact=True)


def test_the_order_of_many_fractional_doors_changes_nothing_at_all():
    sees, residents, covered = street_town(9)
    order = np.random.default_rng(0).permutation(len(residents))
    plan = solve(sees, residents, covered, 5)
    shuffled = solve(sees[order], residents[order], covered[order], 5)
    assert shuffled.site_ids == plan.site_ids
    pd.testing.assert_frame_equal(shuffled.curve, plan.curve, check_exact=True)


def test_presolve_gives_the_same_groups_in_any_order_of_doors():
    sees, residents, _ = street_town(9)
    order = np.random.default_rng(0).permutation(len(residents))
    cover = presolve(sparse.csr_matrix(sees), residents)
    shuffled = presolve(sparse.csr_matrix(sees[order]), residents[order])
    assert (shuffled.matrix.indices == cover.matrix.indices).all()
    assert (shuffled.matrix.indptr == cover.matrix.indptr).all()
    assert (shuffled.residents == cover.residents).all()


@law
@given(towns(), st.randoms(use_true_random=False))
def test_the_order_of_sites_changes_no_value(town, random):
    sees, residents, covered = town
    order = random.sample(range(sees.shape[1]), sees.shape[1])
    posts = min(3, sees.shape[1])
    before = solve(*town, posts).curve["residents_within"]
    after = solve(sees[:, order], residents, covered, posts).curve["residents_within"]
    assert after.to_numpy() == pytest.approx(before.to_numpy(), rel=1e-9)


@law
@given(towns())
def test_splitting_every_door_in_two_changes_no_value(town):
    sees, residents, covered = town
    posts = min(3, sees.shape[1])
    halves = np.r_[residents * 0.25, residents * 0.75]
    whole = solve(*town, posts).curve["residents_within"]
    split = solve(np.r_[sees, sees], halves, np.r_[covered, covered], posts)
    assert split.curve["residents_within"].to_numpy() == pytest.approx(whole.to_numpy(), rel=1e-9)


@law
@given(towns())
def test_reaching_further_never_lowers_the_value(town):
    sees, residents, covered = town
    posts = min(3, sees.shape[1])
    further = sees | np.roll(sees, 1, axis=0)
    assert (
        solve(further, residents, covered, posts).objective >= solve(*town, posts).objective - 1e-9
    )


@law
@given(towns(), st.integers(1, 6))
def test_any_prices_give_a_bound_in_total_and_for_each_site(town, posts):
    sees, residents, _ = town
    people = residents + 0.1
    posts = min(posts, sees.shape[1] - 1)
    if posts < 1:
        return
    cover = unmerged(sees, people)
    nobody = np.zeros(len(people), dtype=bool)
    prices = np.linspace(0, 1, len(people))
    known = lagrangian_bound(cover, greedy(cover, (), posts), prices, deadline=0.0)
    for plan in combinations(range(sees.shape[1]), posts):
        value = reached(sees, people, nobody, plan)
        assert value <= known.upper + 1e-9
        assert (value <= known.by_site[list(plan)] + 1e-9).all()


def test_no_limit_on_time_is_a_limit_too():
    assert solve(*fano_town(2), 3, time_limit_s=np.inf).status == "optimal"


def test_same_inputs_give_the_same_plan():
    town = fano_town(3)
    first, second = solve(*town, 4), solve(*town, 4)
    assert first.site_ids == second.site_ids
    pd.testing.assert_frame_equal(first.curve, second.curve, check_exact=True)


def test_bounds_of_neighbouring_sizes_help_each_other():
    assert tighten([0.0, 100.0, 250.0, 240.0, 400.0]) == [0.0, 100.0, 200.0, 240.0, 320.0]


# --- time, and an optimiser that misbehaves -----------------------------------------------------


def check_time_limit(plan, town):
    assert plan.status == "time_limit"
    assert plan.gap > 1e-6
    assert "time_limit, gap" in repr(plan)
    for posts in plan.curve.index:
        best = best_by_enumeration(*town, posts)
        assert plan.curve.loc[posts, "residents_within"] <= best + 1e-9
        assert plan.curve.loc[posts, "bound"] >= best - 1e-9
    assert (plan.curve["gain"] >= 0).all()


def test_when_time_runs_out_bounds_still_hold():
    town = fano_town(1)
    check_time_limit(solve(*town, 4, time_limit_s=1e-9), town)


def test_an_optimiser_that_overruns_its_limit_is_left_behind(monkeypatch, caplog):
    import highspy

    town = fano_town(1)
    real_wait = highspy.Highs.wait

    def overrun(solver, timeout=-1.0):
        real_wait(solver)
        return False, None

    monkeypatch.setattr(highspy.Highs, "wait", overrun)
    with caplog.at_level(logging.WARNING):
        check_time_limit(solve(*town, 4), town)
    assert "overran" in caplog.text


def test_an_optimiser_that_stops_at_its_limit_leaves_a_bound(monkeypatch):
    import highspy

    town = fano_town(1)
    stopped = highspy.HighsModelStatus.kTimeLimit
    monkeypatch.setattr(highspy.Highs, "getModelStatus", lambda _: stopped)
    check_time_limit(solve(*town, 4), town)


def test_any_other_end_of_the_optimiser_is_an_error(monkeypatch):
    import highspy

    ended = highspy.HighsModelStatus.kInfeasible
    monkeypatch.setattr(highspy.Highs, "getModelStatus", lambda _: ended)
    with pytest.raises(SolverError, match="Infeasible"):
        solve(*fano_town(1), 4)


# --- inputs that cannot be used -----------------------------------------------------------------

EYE = sparse.csr_matrix(np.eye(3, dtype=bool))
NONE = np.zeros(3, dtype=bool)
PEOPLE = pd.Series([1.0, 2.0, 3.0], index=["a", "b", "c"])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"new_posts": 4}, r"there are 3 candidate sites; ask for 3 or fewer"),
        ({"new_posts": -1}, r"`new_posts` is -1"),
        ({"new_posts": 1.5}, r"`new_posts` is 1.5"),
        ({"new_posts": True}, r"`new_posts` is True"),
        ({"new_posts": "six"}, r"`new_posts` is six"),
        ({"cutoff_min": 0}, r"`cutoff_min` is 0"),
        ({"cutoff_min": np.nan}, r"`cutoff_min` is nan"),
        ({"time_limit_s": 0}, r"`time_limit_s` is 0"),
        ({"seed": -1}, r"`seed` is -1"),
        ({"residents": PEOPLE.where(PEOPLE != 2)}, r"1 of 3 doors .*\(doors b\)"),
        ({"residents": -PEOPLE}, r"3 of 3 doors .*\(doors a, b, c\)"),
        ({"residents": PEOPLE.replace(3.0, np.inf)}, r"doors c"),
        ({"residents": PEOPLE.astype(str) + "?"}, r"3 of 3 doors"),
        ({"residents": pd.Series([-1.0] * 9)}, r"doors 0, 1, 2, 3, 4 and 4 more"),
        ({"coverage": EYE[:2]}, r"2 x 3, but there are 3 doors and 3 sites"),
        ({"coverage": EYE.toarray()}, r"not a scipy.sparse matrix"),
        ({"coverage": 600.0 * EYE}, r"numbers other than 0 and 1"),
        ({"site_ids": pd.Index(["x", "y"])}, r"3 doors and 2 sites"),
        ({"site_ids": pd.Index(["x", "y", "x"])}, r"'x' more than once"),
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
        "new_posts": 1,
        "cutoff_min": 10,
        "covered": NONE,
        **changes,
    }
    tables = [call.pop(name) for name in ("coverage", "residents", "site_ids")]
    with pytest.raises(InputError, match=message):
        mclp(*tables, **call)


def test_all_problems_are_told_at_once():
    with pytest.raises(InputError, match=r"mclp: 3 problems"):
        mclp(
            EYE[:2], -PEOPLE, pd.Index(["x", "y", "z"]), new_posts=1, cutoff_min=5, covered=NONE[1:]
        )


@pytest.mark.parametrize(
    "coverage", [EYE.astype(int), sparse.csc_array(np.eye(3, dtype=bool)), EYE.tocoo()]
)
def test_any_sparse_matrix_of_zeros_and_ones_will_do(coverage):
    covered = pd.Series(NONE, index=PEOPLE.index)
    plan = mclp(
        coverage, PEOPLE, pd.Index(["x", "y", "z"]), new_posts=1, cutoff_min=5, covered=covered
    )
    assert plan.site_ids == ("z",)
