"""Fewest posts, least money, shortest longest walk: equal to enumeration under all rules."""

import numpy as np
import pytest

from siting_cases import CASES, allowed_plans, problem_of, random_case, within_cutoff
from walkshed.errors import InfeasibleError, InputError
from walkshed.siting import SitingRules, least_cost_cover, lscp, p_center, share_cover


def share_of(seed):
    return float(np.random.default_rng(seed).choice([0.3, 0.6, 0.8, 0.95, 1.0]))


def covers(problem, plan, share):
    people = problem.people
    inside = within_cutoff(problem)[:, plan].any(axis=1)
    return people[inside].sum() >= share * people.sum() * (1 - 1e-9)


def built(problem, plan):
    return problem.sites["status"].iloc[plan].isin(["candidate", "required"]).to_numpy()


def longest_min(problem, plan, share):
    seconds = problem.times.seconds.toarray()
    walks = np.where(seconds > 0, seconds, np.inf)[:, plan].min(axis=1, initial=np.inf)
    people = problem.people
    radii = [
        radius
        for radius in [0.0, *np.unique(walks)]
        if people[walks <= radius].sum() >= share * people.sum() * (1 - 1e-9)
    ]
    return min(radii) / 60


def expect_infeasible(model, problem, rules, share):
    with pytest.raises(InfeasibleError):
        model(problem, rules, share=share)


@pytest.mark.parametrize("engine_from", [0, 200_000])
def test_no_plan_covers_the_share_with_fewer_posts(engine_from, monkeypatch):
    monkeypatch.setattr(share_cover, "ENGINE_FROM", engine_from)
    for seed in CASES:
        problem, rules = random_case(seed)
        share = share_of(seed)
        plans = [plan for plan in allowed_plans(problem, rules) if covers(problem, plan, share)]
        if not plans:
            expect_infeasible(lscp, problem, rules, share)
            continue
        plan = lscp(problem, rules, share=share)
        assert plan.status == "optimal"
        assert plan.objective == min(built(problem, some).sum() for some in plans)
        assert plan.figures.share_within >= share - 1e-9 or problem.total == 0


def cost_of(problem, plan):
    sites, is_open = problem.sites, np.isin(np.arange(len(problem.sites)), plan)
    new = sites["status"].isin(["candidate", "required"])
    closed = sites["closing_cost"][~new & ~is_open & (sites["status"] != "forbidden")]
    return sites["cost"][new & is_open].sum() + closed.sum()


@pytest.mark.parametrize("engine_from", [0, 200_000])
def test_no_plan_covers_the_share_for_less_money(engine_from, monkeypatch):
    monkeypatch.setattr(share_cover, "ENGINE_FROM", engine_from)
    for seed in CASES:
        problem, rules = random_case(seed)
        share = share_of(seed)
        if not problem.choosable.any():
            continue
        plans = [plan for plan in allowed_plans(problem, rules) if covers(problem, plan, share)]
        if not plans:
            expect_infeasible(least_cost_cover, problem, rules, share)
            continue
        plan = least_cost_cover(problem, rules, share=share)
        assert plan.status == "optimal"
        assert plan.objective == min(cost_of(problem, some) for some in plans)


def test_no_plan_has_a_shorter_longest_walk():
    for seed in CASES:
        problem, rules = random_case(seed)
        share = share_of(seed)
        walks = [longest_min(problem, plan, share) for plan in allowed_plans(problem, rules)]
        if not walks or np.isinf(min(walks)):
            expect_infeasible(p_center, problem, rules, share)
            continue
        plan = p_center(problem, rules, share=share)
        assert plan.status == "optimal"
        assert plan.objective == pytest.approx(min(walks), abs=1e-9)


def test_doors_out_of_reach_are_named_with_the_share_and_the_cutoff_that_would_do():
    town = problem_of([[300, 0], [0, 700]], [30, 10])
    with pytest.raises(InfeasibleError) as refused:
        lscp(town, SitingRules())
    words = str(refused.value)
    for part in ["1 doors with 10 residents", "door 1", "only 0.75 of", "`cutoff_min` to 11.67"]:
        assert part in words
    assert lscp(town, SitingRules(), share=0.75).site_ids == ("site 0",)


def test_doors_beyond_all_known_walks_have_no_cutoff_that_would_do():
    with pytest.raises(InfeasibleError, match="no cutoff up to the 20 min"):
        lscp(problem_of([[300], [0]], [30, 10]), SitingRules())


@pytest.mark.parametrize("share", [0, -0.1, 1.01])
@pytest.mark.parametrize("model", [lscp, p_center, least_cost_cover])
def test_a_share_that_makes_no_sense_is_refused(model, share):
    with pytest.raises(InputError, match="share"):
        model(problem_of([[300]], [30]), SitingRules(), share=share)


def test_without_costs_the_least_cost_is_refused():
    town = problem_of([[300]], [30])
    town.sites["cost"] = 0.0
    with pytest.raises(InputError, match="lscp"):
        least_cost_cover(town, SitingRules())


def test_an_odd_ring_needs_more_posts_than_its_halves_would():
    # Each of nine sites reaches itself and the next: halves of all would cover for 4.5 posts.
    ring = np.eye(9) + np.roll(np.eye(9), 1, axis=1)
    plan = lscp(problem_of(300 * ring, np.ones(9)), SitingRules())
    assert (plan.objective, plan.bound, plan.status) == (5, 5, "optimal")


def test_when_time_runs_out_the_plan_covers_and_the_bound_holds():
    rng = np.random.default_rng(5)
    town = problem_of(300 * (rng.random((300, 120)) < 0.06), np.ones(300))
    plan = lscp(town, SitingRules(), share=0.9, time_limit_s=0.1)
    assert plan.figures.share_within >= 0.9
    assert plan.bound <= plan.objective


def test_ctrl_c_keeps_the_plan_and_the_bound():
    def stop(_objective, _bound):
        raise KeyboardInterrupt

    rng = np.random.default_rng(5)
    seconds = np.where(rng.random((80, 40)) < 0.3, rng.integers(60, 900, (80, 40)), 0)
    town = problem_of(seconds, np.ones(80))
    for plan in (
        lscp(town, SitingRules(), share=0.9, tell=stop),
        p_center(town, SitingRules(new_posts=10), share=0.9, tell=stop),
    ):
        assert plan.status in {"interrupted", "optimal"}
        assert plan.bound <= plan.objective


def test_fewer_posts_allowed_than_needed_is_refused_with_the_number_needed(monkeypatch):
    monkeypatch.setattr(share_cover, "ENGINE_FROM", 0)
    ring = np.eye(9) + np.roll(np.eye(9), 1, axis=1)
    with pytest.raises(InfeasibleError, match="at least 5 new posts are needed"):
        lscp(problem_of(300 * ring, np.ones(9)), SitingRules(new_posts=4))
