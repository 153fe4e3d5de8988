"""The one door to HiGHS: optimal, infeasible, out of time, interrupted, left behind."""

import signal
import time
from itertools import product
from threading import Event

import numpy as np
import pytest
from scipy import sparse

from walkshed.errors import SolverError
from walkshed.siting.program import Program, solve


def pack(worth, size, room, is_integer=True):
    """State a packing problem: the most worth in every room; one row per room."""
    worth, size = np.asarray(worth, dtype=float), np.atleast_2d(size)
    return Program(
        cost=-worth,
        rows=sparse.csr_array(size.astype(float)),
        row_lower=np.full(len(size), -np.inf),
        row_upper=np.atleast_1d(room).astype(float),
        lower=np.zeros(worth.size),
        upper=np.ones(worth.size),
        is_integer=np.full(worth.size, is_integer),
    )


def random_packing(seed, things, rooms):
    rng = np.random.default_rng(seed)
    size = rng.integers(1, 100, (rooms, things)) * (rng.random((rooms, things)) < 0.5)
    return pack(rng.integers(1, 100, things), size, size.sum(axis=1) * 0.35)


HARD = random_packing(1, things=250, rooms=60)


def soon(seconds):
    return time.perf_counter() + seconds


def test_a_knapsack_is_solved_as_by_enumeration():
    for seed in range(40):
        program = random_packing(seed, things=8, rooms=2)
        choices = [np.array(choice) for choice in product([0.0, 1.0], repeat=8)]
        best = min(program.cost @ x for x in choices if program.holds(x))
        answer = solve(program, deadline=np.inf)
        assert answer.status == "optimal"
        assert answer.objective == best == pytest.approx(answer.bound, abs=1e-5)
        assert program.holds(answer.values)
        assert set(answer.values) <= {0.0, 1.0}


def test_fractions_are_allowed_where_they_are_not_forbidden():
    answer = solve(pack([5, 4], [3, 2], 4, is_integer=False), deadline=np.inf)
    assert answer.values == pytest.approx([2 / 3, 1])
    assert (answer.objective, answer.bound) == pytest.approx((-22 / 3, -22 / 3))


def test_conditions_that_contradict_each_other_are_infeasible():
    program = pack([1, 1], [[1, 1], [-1, -1]], [1, -2])
    answer = solve(program, deadline=np.inf)
    assert (answer.status, answer.values) == ("infeasible", None)
    assert (answer.objective, answer.bound) == (np.inf, np.inf)


def test_a_program_of_no_unknowns_costs_nothing():
    answer = solve(pack([], np.zeros((1, 0)), 1), deadline=np.inf)
    assert (answer.status, answer.objective, answer.values.size) == ("optimal", 0.0, 0)
    answer = solve(pack([], np.zeros((1, 0)), -1), deadline=np.inf)
    assert answer.status == "infeasible"


def test_a_cost_that_falls_without_end_is_an_error_by_name():
    free = Program(
        cost=np.array([-1.0]),
        rows=sparse.csr_array((0, 1)),
        row_lower=np.zeros(0),
        row_upper=np.zeros(0),
        lower=np.zeros(1),
        upper=np.array([np.inf]),
        is_integer=np.zeros(1, dtype=bool),
    )
    with pytest.raises(SolverError, match="Unbounded"):
        solve(free, deadline=np.inf)


def test_when_time_runs_out_the_best_values_and_a_true_bound_come_back():
    answer = solve(HARD, deadline=soon(0.7))
    assert answer.status == "time_limit"
    assert HARD.holds(answer.values)
    assert answer.objective == HARD.cost @ answer.values
    assert answer.bound < answer.objective - 1
    assert answer.bound > HARD.cost.sum()


def test_a_start_is_kept_when_there_is_no_time_at_all():
    start = np.zeros(250)
    answer = solve(HARD, start=start, deadline=time.perf_counter())
    assert (answer.status, answer.objective, answer.bound) == ("time_limit", 0.0, -np.inf)
    assert answer.values is start
    assert solve(HARD, deadline=time.perf_counter()).values is None


def test_the_answer_is_never_worse_than_the_start():
    good = solve(HARD, deadline=soon(0.7))
    again = solve(HARD, start=good.values, deadline=soon(0.1))
    assert again.objective <= good.objective


def test_a_start_that_breaks_a_condition_is_refused():
    with pytest.raises(ValueError, match="start"):
        solve(HARD, start=np.ones(250), deadline=soon(1))
    with pytest.raises(ValueError, match="start"):
        solve(HARD, start=np.full(250, 0.01), deadline=soon(1))


def test_best_and_bound_are_told_as_they_close_in():
    told = []
    program = random_packing(3, things=40, rooms=12)
    answer = solve(program, deadline=np.inf, tell=lambda best, bound: told.append((best, bound)))
    best, bound = np.array(told).T
    assert len(told) > 2
    assert (np.diff(best[np.isfinite(best)]) <= 0).all()
    assert (np.diff(bound[np.isfinite(bound)]) >= 0).all()
    assert answer.objective == pytest.approx(best[-1], abs=1e-6)
    assert bound[0] < bound[-1] <= answer.bound


def test_interrupting_while_being_told_gives_what_is_known():
    def enough(best, bound):
        if np.isfinite(best) and np.isfinite(bound):
            raise KeyboardInterrupt

    answer = solve(HARD, deadline=soon(60), tell=enough)
    assert answer.status == "interrupted"
    assert HARD.holds(answer.values)
    assert HARD.cost.sum() < answer.bound <= answer.objective < 0


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="needs a timer that signals")
def test_ctrl_c_during_the_solve_gives_what_is_known():
    before = signal.signal(signal.SIGALRM, signal.default_int_handler)
    signal.setitimer(signal.ITIMER_REAL, 0.7)
    try:
        answer = solve(HARD, deadline=soon(60))
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
    assert answer.status == "interrupted"
    assert HARD.holds(answer.values)
    assert np.isfinite(answer.bound)


def test_what_else_is_raised_while_being_told_ends_the_solve():
    told = []

    def broken(best, bound):
        told.append(bound)
        raise OSError("the screen is gone")

    with pytest.raises(OSError, match="screen"):
        solve(HARD, deadline=soon(60), tell=broken)
    assert len(told) == 1


def test_an_optimiser_that_does_not_stop_is_left_behind(monkeypatch, caplog):
    import highspy

    released, ended = Event(), []
    monkeypatch.setattr(highspy.Highs, "run", lambda _: ended.append(released.wait(60)))
    start = np.zeros(250)
    answer = solve(HARD, start=start, deadline=soon(0.2))
    assert ended == [], "the solve waited for it"
    released.set()
    assert (answer.status, answer.objective, answer.bound) == ("time_limit", 0.0, -np.inf)
    assert "left behind" in caplog.text
    monkeypatch.undo()
    assert solve(pack([1], [1], 1), deadline=np.inf).status == "optimal"


def test_an_optimiser_that_ends_without_an_answer_is_an_error(monkeypatch):
    import highspy

    monkeypatch.setattr(highspy.Highs, "run", lambda _: None)
    with pytest.raises(SolverError, match="Not Set"):
        solve(HARD, deadline=soon(5))


def test_the_same_program_gives_the_same_values():
    program = random_packing(5, things=30, rooms=8)
    first, second = solve(program, deadline=np.inf), solve(program, deadline=np.inf)
    assert (first.values == second.values).all()
    assert first.bound == second.bound
