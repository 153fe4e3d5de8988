"""Capacitated coverage: equal to a maximum flow for every plan; who is served adds up."""

import networkx as nx
import numpy as np
import pandas as pd
import pytest

from siting_cases import CASES, allowed_plans, problem_of, random_case, within_cutoff
from walkshed.errors import InfeasibleError
from walkshed.siting import (
    SitingProblem,
    SitingRules,
    allocation,
    capacitated_coverage,
    capacity,
    mclp,
    post_loads,
    prices,
)
from walkshed.travel_times import TravelTimes


def most_served(problem, plan):
    """Count who can be served as a maximum flow, in tenths of a resident."""
    graph = nx.DiGraph()
    graph.add_nodes_from(["from", "to"])
    inside, capacity = within_cutoff(problem), problem.sites["capacity_residents"].to_numpy()
    for door, people in enumerate(problem.people):
        graph.add_edge("from", ("door", door), capacity=round(10 * people))
    for post in plan:
        room = {} if np.isinf(capacity[post]) else {"capacity": round(10 * capacity[post])}
        graph.add_edge(("post", post), "to", **room)
        for door in np.flatnonzero(inside[:, post]):
            graph.add_edge(("door", int(door)), ("post", post))
    return nx.maximum_flow_value(graph, "from", "to") / 10


def best_served(problem, rules):
    plans = list(allowed_plans(problem, rules))
    maximal = [one for one in plans if not any(set(one) < set(other) for other in plans)]
    return max((most_served(problem, plan) for plan in maximal), default=None)


def small_case(seed):
    problem, rules = random_case(seed)
    people = problem.residents.round(1)
    return SitingProblem(problem.times, people, problem.sites, problem.cutoff_min), rules


@pytest.mark.parametrize("priced_from", [0, 20_000])
def test_a_plan_serves_as_many_as_the_best_of_all_plans(priced_from, monkeypatch):
    monkeypatch.setattr(prices, "PRICED_FROM", priced_from)
    for seed in CASES[: len(CASES) if priced_from else len(CASES) // 2]:
        problem, rules = small_case(seed)
        best = best_served(problem, rules)
        if best is None:
            with pytest.raises(InfeasibleError):
                capacitated_coverage(problem, rules)
            continue
        plan = capacitated_coverage(problem, rules)
        assert plan.status == "optimal"
        assert plan.objective == pytest.approx(best, abs=1e-5)
        assert plan.bound >= best - 1e-5


def test_the_account_of_who_is_served_adds_up():
    for seed in CASES[:50]:
        problem, _ = small_case(seed)
        sites = list(range(0, len(problem.sites), 2))
        doors, posts = allocation(problem, sites), post_loads(problem, sites)
        assert doors["served"].sum() == pytest.approx(most_served(problem, sites), abs=1e-5)
        assert posts["residents_served"].sum() == pytest.approx(doors["served"].sum())
        assert (posts["free"] >= 0).all()
        assert (doors["unserved"] >= 0).all()
        assert (doors["served"] + doors["unserved"]).to_numpy() == pytest.approx(problem.people)
        inside = pd.DataFrame(
            within_cutoff(problem), index=doors.index, columns=problem.sites.index
        )
        for door, names in doors["posts"].items():
            assert all(inside.loc[door, name] for name in names)


def test_of_equal_allocations_the_one_with_least_walking_is_taken():
    town = problem_of(
        [[60, 300], [300, 60]], [10, 10], pd.DataFrame({"capacity_residents": [10.0, 10.0]})
    )
    assert allocation(town, [0, 1])["posts"].tolist() == [("site 0",), ("site 1",)]


def test_serving_one_more_comes_before_any_walk_saved():
    # Site 0 is next door to door 0, but alone reaches door 1: door 0 must walk to site 1.
    town = problem_of(
        [[60, 600], [600, 0]], [10, 10], pd.DataFrame({"capacity_residents": [10.0, 10.0]})
    )
    found = allocation(town, [0, 1])
    assert found["posts"].tolist() == [("site 1",), ("site 0",)]
    assert found["served"].tolist() == [10, 10]


def test_the_order_of_doors_changes_nothing():
    problem, _ = small_case(11)
    order = np.random.default_rng(1).permutation(len(problem.residents))
    ids = problem.residents.index[order]
    times = TravelTimes(
        problem.times.seconds[order], ids, problem.sites.index, problem.times.cutoff_min
    )
    turned = SitingProblem(times, problem.residents.loc[ids], problem.sites, problem.cutoff_min)
    sites = list(range(len(problem.sites)))
    before = allocation(problem, sites).loc[ids]
    pd.testing.assert_frame_equal(allocation(turned, sites), before)


def test_without_limits_it_is_maximal_covering():
    problem, rules = small_case(3)
    free = SitingProblem(
        problem.times,
        problem.residents,
        problem.sites.assign(capacity_residents=np.inf),
        problem.cutoff_min,
    )
    assert capacitated_coverage(free, rules).objective == pytest.approx(mclp(free, rules).objective)


def test_a_post_without_capacity_serves_nobody():
    town = problem_of([[60]], [10], pd.DataFrame({"capacity_residents": [0.0]}))
    assert capacitated_coverage(town, SitingRules(new_posts=1)).objective == 0
    assert allocation(town, [0])["unserved"].tolist() == [10]


def test_where_parts_of_sites_would_pay_the_exact_step_decides():
    # Of three sites each pair shares a door; one and a half of them would serve all 30.
    seconds = [[60, 60, 0], [60, 0, 60], [0, 60, 60]]
    sites = pd.DataFrame({"capacity_residents": [20.0] * 3, "cost": [2.0] * 3})
    plan = capacitated_coverage(problem_of(seconds, [10] * 3, sites), SitingRules(budget=3))
    assert (plan.objective, plan.status, plan.new_posts) == (20, "optimal", 1)


def test_a_question_too_large_for_the_exact_step_says_so(monkeypatch):
    monkeypatch.setattr(capacity, "PROGRAM_UP_TO", 0)
    seconds = [[60, 60, 0], [60, 0, 60], [0, 60, 60]]
    sites = pd.DataFrame({"capacity_residents": [20.0] * 3, "cost": [2.0] * 3})
    plan = capacitated_coverage(problem_of(seconds, [10] * 3, sites), SitingRules(budget=3))
    assert (plan.objective, plan.status) == (20, "heuristic")
    assert plan.bound > 20
