"""The choice of most worth under rules: as enumeration finds it, and never beyond its bound."""

import itertools
import math
import time

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from walkshed.errors import InfeasibleError
from walkshed.siting import constrained
from walkshed.siting.constrained import best_under_rows
from walkshed.siting.plain import plain_program, steps_of
from walkshed.siting.program import solve
from walkshed.siting.rules import SideRows


N = 30


def random_gains(rng, worth, doors, sites):
    """Doors x sites: what a covered, a fading or a nearest walk is worth to the residents."""
    apart = rng.random((doors, sites))
    people = np.round(rng.gamma(2, 10, doors), 2)[:, None]
    reach = rng.uniform(0.2, 0.6)
    value = {
        "mclp": (apart < reach).astype(float),
        "gradual": np.clip((reach - apart) / reach * 2, 0, 1),
        "p_median": np.maximum(reach - apart, 0) * 600,
    }[worth]
    twice = rng.integers(0, doors, doors // 3)  # doors that see what others see
    value[: twice.size] = value[twice]
    return sparse.csc_array(people * value)


def random_rows(rng, sites):
    """A mixture of rules; the last few sites are posts that may be closed."""
    old = np.arange(sites) >= sites - rng.integers(0, 3)
    new = (~old).astype(float)
    rows = [("new_posts", new, -np.inf, float(rng.integers(1, 4)))]
    if old.any():
        rows.append(("closed_posts", old.astype(float), old.sum() - rng.integers(0, 3.0), np.inf))
    if rng.random() < 0.4:  # no more new posts than are closed, and one
        rows.append(("relocation", np.ones(sites), -np.inf, old.sum() + 1.0))
    if rng.random() < 0.5:
        cost = np.where(old, -rng.choice([0.0, 2.0], sites), rng.choice([3.0, 5.0, 8.0], sites))
        rows.append(("budget", cost, -np.inf, rng.uniform(4, 16) + cost[old].sum()))
    if rng.random() < 0.5:
        group = rng.integers(0, 4, sites)
        rows += [("group", new * (group == k), -np.inf, 1.0) for k in range(4)]
    if rng.random() < 0.5:
        at = rng.random((sites, 2))
        for a, b in itertools.combinations(np.flatnonzero(~old), 2):
            if np.hypot(*(at[a] - at[b])) < 0.35:
                rows.append(
                    ("least_distance_m", np.isin(np.arange(sites), [a, b]) * 1.0, -np.inf, 1.0)
                )
    if rng.random() < 0.2:  # at least so many of some: a start must be looked for
        rows.append(("least", new * (rng.random(sites) < 0.5), 1.0, np.inf))
    must = (rng.random(sites) < 0.07) & ~old
    return side(rows, must)


def side(rows, must):
    names, values, lower, upper = zip(*rows, strict=True)
    matrix = sparse.csr_array(np.array(values))
    matrix.eliminate_zeros()
    columns = np.arange(must.size)
    return SideRows(columns, matrix, np.array(lower), np.array(upper), must, names)


def keeps(rows, is_open):
    value = rows.matrix.toarray() @ is_open
    fits = (value >= rows.lower - 1e-9) & (value <= rows.upper + 1e-9)
    return fits.all() and not (rows.must_open & ~is_open).any()


def worth(gains, plan):
    chosen = gains.toarray()[:, list(plan)]
    return math.fsum(chosen.max(axis=1)) if chosen.size else 0.0


def best_by_enumeration(gains, rows):
    dense, best = gains.toarray(), -np.inf
    for bits in itertools.product([False, True], repeat=gains.shape[1]):
        is_open = np.array(bits)
        if keeps(rows, is_open):
            value = dense[:, is_open].max(axis=1).sum() if is_open.any() else 0.0
            best = max(best, value)
    return best


def find(gains, rows, *, seconds=60.0, **options):
    deadline = time.perf_counter() + seconds
    return best_under_rows(gains, rows, deadline=deadline, seed=0, tell=None, **options)


@pytest.mark.parametrize("model", ["mclp", "gradual", "p_median"])
@pytest.mark.parametrize("exact_step", ["HiGHS", "branching"])
def test_the_choice_is_the_best_of_all(model, exact_step, monkeypatch):
    if exact_step == "branching":
        monkeypatch.setattr(constrained, "SMALL", 0)
        monkeypatch.setattr(constrained, "WHOLE", (4, 1.0, 0.5))  # leaves much to the parts
    infeasible = 0
    for seed in range(N):
        rng = np.random.default_rng([seed, len(model)])
        sites = int(rng.integers(2, 10))
        gains = random_gains(rng, model, int(rng.integers(1, 20)), sites)
        rows = random_rows(rng, sites)
        best = best_by_enumeration(gains, rows)
        if best == -np.inf:
            infeasible += 1
            with pytest.raises(InfeasibleError):
                find(gains, rows)
            continue
        found = find(gains, rows)
        is_open = np.isin(np.arange(sites), found.plan)
        assert keeps(rows, is_open), seed
        assert worth(gains, found.plan) == pytest.approx(best, rel=1e-9, abs=1e-9), seed
        assert found.bound >= best * (1 - 1e-12), seed
        assert found.bound <= best * (1 + 1e-6) + 1e-9, seed
    assert infeasible < N / 2
