"""Ctrl-C: whenever it comes once the search has begun, a plan and a bound come back."""

import json
import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from siting_cases import random_case
from walkshed.errors import InfeasibleError
from walkshed.siting import (
    SitingProblem,
    SitingRules,
    backup_coverage,
    capacitated_coverage,
    clock,
    gradual_coverage,
    least_cost_cover,
    lscp,
    mclp,
    mclp_with_least_share,
    p_center,
    p_median,
    whole_curve,
    worst_neighbourhood,
)
from walkshed.siting.plan import SMALLER_IS_BETTER

MODELS = {
    mclp: {},
    gradual_coverage: {"full_min": 4, "none_min": 14},
    p_median: {},
    p_center: {"share": 0.6},
    lscp: {"share": 0.5},
    least_cost_cover: {"share": 0.5},
    backup_coverage: {"backup_share": 0.3},
    capacitated_coverage: {},
    worst_neighbourhood: {},
    mclp_with_least_share: {"least_share": 0.05},
}


def press_ctrl_c() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def holds(plan) -> bool:
    sign = -1 if plan.measure in SMALLER_IS_BETTER else 1
    return sign * plan.objective <= sign * plan.bound + 1e-9


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_stopped_before_it_looks_at_anything_every_model_has_a_plan(model):
    statuses = set()
    for seed in range(4):
        problem, rules = random_case(seed, neighbourhoods=True)
        try:
            proven = model(problem, rules, **MODELS[model])
        except InfeasibleError:
            continue
        with clock.ctrl_c_stops_searches():
            press_ctrl_c()
            plan = model(problem, rules, **MODELS[model])
        assert holds(plan)
        sign = -1 if plan.measure in SMALLER_IS_BETTER else 1
        assert sign * plan.objective <= sign * proven.objective + 1e-6
        assert sign * plan.bound >= sign * proven.objective - 1e-6
        statuses.add(plan.status)
    assert statuses <= {"interrupted", "optimal"}
    assert statuses


def test_the_whole_curve_has_every_size_when_stopped():
    problem, _ = random_case(1)
    problem = SitingProblem(problem.times, problem.residents, problem.sites, problem.cutoff_min)
    rules = SitingRules(new_posts=int(problem.choosable.sum()))
    with clock.ctrl_c_stops_searches():
        press_ctrl_c()
        curve = whole_curve(mclp, problem, rules).curve
    required = int(problem.is_("required").sum())
    assert list(curve.index) == list(range(required, rules.new_posts + 1))
    assert (curve["objective"] <= curve["bound"]).all()


def test_the_second_ctrl_c_ends_everything_and_then_all_is_as_before():
    before = signal.getsignal(signal.SIGINT)
    with clock.ctrl_c_stops_searches():
        press_ctrl_c()
        assert clock.stop_is_asked()
        with pytest.raises(KeyboardInterrupt):
            press_ctrl_c()
    assert signal.getsignal(signal.SIGINT) is before
    assert not clock.stop_is_asked()


def test_a_thread_that_hears_no_signals_can_search_all_the_same():
    heard = []

    def run() -> None:
        with clock.ctrl_c_stops_searches():
            heard.append(clock.stop_is_asked())

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert heard == [False]


@pytest.mark.skipif(sys.platform == "win32", reason="a process is sent no Ctrl-C alone there")
@pytest.mark.parametrize("after_s", [0.0, 0.3])
def test_a_real_ctrl_c_at_any_moment_of_the_search_ends_with_a_plan_as_json(
    after_s, write_study, tmp_path
):
    command = ["site", str(write_study(tmp_path)), "--json", "--curve", "--alternatives", "2"]
    process = subprocess.Popen(
        [sys.executable, "-c", TELLS_WHEN_IT_BEGINS, *command],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    told = iter(process.stderr.readline, "")
    assert any("the search begins" in line for line in told)
    time.sleep(after_s)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, err
    plan = json.loads(out)
    assert plan["objective"] <= plan["bound"]
    assert plan["status"] in {"interrupted", "optimal"}


# The search is drawn out, and the process ends late, so that the signal meets a living process.
TELLS_WHEN_IT_BEGINS = """
import sys, time
from walkshed import cli
from walkshed.study import plan
search = plan._plan
def slow(*args):
    print("the search begins", file=sys.stderr, flush=True)
    time.sleep(0.2)
    found = search(*args)
    time.sleep(0.5)
    return found
plan._plan = slow
cli.main()
"""
