"""Backup coverage: equal to enumeration, its bound holds, and a second post is told apart."""

import time
from itertools import count

import numpy as np
import pytest

from siting_cases import CASES, allowed_plans, problem_of, random_case, within_cutoff
from walkshed.errors import InfeasibleError, InputError
from walkshed.siting import SitingRules, backup_coverage, mclp, prices, residents_by_posts


def backed_up(problem, plan, share):
    posts = within_cutoff(problem)[:, plan].sum(axis=1)
    people = problem.people
    return (1 - share) * people[posts >= 1].sum() + share * people[posts >= 2].sum()


def test_a_plan_is_as_good_as_the_best_of_all_plans():
    for seed in CASES:
        problem, rules = random_case(seed)
        share = float(np.random.default_rng(seed).choice([0.0, 0.2, 0.5, 0.7, 1.0]))
        worths = [backed_up(problem, plan, share) for plan in allowed_plans(problem, rules)]
        if not worths:
            with pytest.raises(InfeasibleError):
                backup_coverage(problem, rules, backup_share=share)
            continue
        plan = backup_coverage(problem, rules, backup_share=share)
        assert plan.status == "optimal"
        assert plan.objective == pytest.approx(max(worths), abs=1e-6)
        assert plan.bound >= max(worths) - 1e-6


def test_prices_give_a_bound_and_the_best_plan_where_programs_are_large(monkeypatch):
    monkeypatch.setattr(prices, "PRICED_FROM", 0)
    for seed in CASES:
        problem, rules = random_case(seed)
        share = float(np.random.default_rng(seed).choice([0.0, 0.2, 0.5, 0.7, 1.0]))
        worths = [backed_up(problem, plan, share) for plan in allowed_plans(problem, rules)]
        if worths:
            plan = backup_coverage(problem, rules, backup_share=share)
            assert plan.objective == pytest.approx(max(worths), abs=1e-6)
            assert plan.bound >= max(worths) - 1e-6


def test_without_weight_on_second_posts_it_is_maximal_covering():
    problem, rules = random_case(7)
    plan = backup_coverage(problem, rules, backup_share=0.0)
    assert plan.objective == pytest.approx(mclp(problem, rules).objective)


def test_with_weight_on_second_posts_only_posts_stand_in_pairs():
    town = problem_of([[300, 300, 0], [0, 0, 300]], [10, 50])
    plan = backup_coverage(town, SitingRules(new_posts=2), backup_share=1.0)
    assert set(plan.site_ids) == {"site 0", "site 1"}
    assert residents_by_posts(town, [0, 1]).tolist() == [50, 0, 10]


def test_where_parts_of_sites_would_pay_the_exact_step_decides():
    # Three sevenths of each line of the Fano plane would be worth 0.6 x 7 + 0.4 x 2.
    lines = [(0, 1, 2), (0, 3, 4), (0, 5, 6), (1, 3, 5), (1, 4, 6), (2, 3, 6), (2, 4, 5)]
    seconds = np.zeros((7, 7))
    for site, doors in enumerate(lines):
        seconds[list(doors), site] = 300
    plan = backup_coverage(
        problem_of(seconds, np.ones(7)), SitingRules(new_posts=3), backup_share=0.4
    )
    # Three lines that form a triangle reach 6 doors, and its corners twice.
    assert plan.objective == pytest.approx(0.6 * 6 + 0.4 * 3)
    assert plan.status == "optimal"


def test_a_share_outside_0_to_1_is_refused():
    with pytest.raises(InputError, match="backup_share"):
        backup_coverage(problem_of([[300]], [1]), SitingRules(new_posts=1), backup_share=1.1)


def test_when_time_runs_out_plan_and_bound_hold(monkeypatch):
    rng = np.random.default_rng(3)
    town = problem_of(300 * (rng.random((2000, 150)) < 0.08), rng.integers(1, 9, 2000))
    looks = count()
    started = time.perf_counter()
    monkeypatch.setattr(prices, "now_s", lambda: started + 0.1 * next(looks))
    plan = backup_coverage(town, SitingRules(new_posts=8), backup_share=0.4, time_limit_s=0.5)
    assert next(looks) <= 7, "prices were sought after the time was up"
    assert plan.new_posts == 8
    assert plan.objective <= plan.bound
    assert plan.status in {"time_limit", "optimal"}


def test_ctrl_c_keeps_the_plan_and_the_bound():
    def stop(_objective, _bound):
        raise KeyboardInterrupt

    rng = np.random.default_rng(3)
    town = problem_of(300 * (rng.random((60, 40)) < 0.15), rng.integers(1, 9, 60))
    plan = backup_coverage(town, SitingRules(new_posts=5), backup_share=0.4, tell=stop)
    assert plan.status in {"interrupted", "optimal"}
    assert plan.new_posts > 0
    assert plan.objective <= plan.bound
