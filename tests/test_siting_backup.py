"""Backup coverage: equal to enumeration, its bound holds, and a second post is told apart."""

import time

import numpy as np
import pytest

from siting_cases import allowed_plans, problem_of, random_case, within_cutoff
from walkshed.errors import InfeasibleError, InputError
from walkshed.siting import SitingRules, backup_coverage, mclp, residents_by_posts


def backed_up(problem, plan, share):
    posts = within_cutoff(problem)[:, plan].sum(axis=1)
    people = problem.people
    return (1 - share) * people[posts >= 1].sum() + share * people[posts >= 2].sum()


@pytest.mark.parametrize("block", range(5))
def test_a_plan_is_as_good_as_the_best_of_all_plans(block):
    for seed in range(100 * block, 100 * block + 100):
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
