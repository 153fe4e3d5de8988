"""The models that spopt has too, on the same small towns: the same optima.

Skipped, and said so, where spopt is not: it is a peer, not a dependency. To run them, see
`tests/benchmarks/siting`.
"""

from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from walkshed.siting import (
    SitingPlan,
    SitingProblem,
    SitingRules,
    lscp,
    mclp,
    p_center,
    p_median,
)
from walkshed.travel_times import TravelTimes

pytestmark = [
    pytest.mark.filterwarnings("ignore"),  # theirs, of their dependencies
    pytest.mark.skipif(find_spec("spopt") is None, reason="spopt is not installed"),
]

CUTOFF_S = 600.0


def walks(seed: int, doors: int = 40, sites: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """Walk from 40 doors to 12 sites in a square of 1.5 km, as seconds, and count residents."""
    rng = np.random.default_rng(seed)
    door_xy, site_xy = rng.uniform(0, 1500, (doors, 2)), rng.uniform(0, 1500, (sites, 2))
    away_m = np.hypot(*(door_xy[:, None] - site_xy[None]).transpose(2, 0, 1))
    return away_m / 1.25, rng.integers(1, 60, doors).astype(float)


def problem_of(seconds: np.ndarray, residents: np.ndarray, standing: int) -> SitingProblem:
    """All walks are known; the first sites are posts that stand."""
    doors, sites = (pd.RangeIndex(size) for size in seconds.shape)
    times = TravelTimes(sparse.csc_array(seconds), doors, sites, float(seconds.max()) / 60)
    status = np.where(np.arange(len(sites)) < standing, "existing", "candidate")
    table = pd.DataFrame({"status": status}, index=sites)
    return SitingProblem(times, pd.Series(residents, index=doors), table, CUTOFF_S / 60)


def theirs(model: Any, *arguments: Any, **options: Any) -> float:
    """Solve with spopt, and take the objective of its optimum."""
    import pulp

    stated = model.from_cost_matrix(*arguments, **options)
    stated = stated.solve(pulp.PULP_CBC_CMD(msg=False))
    assert stated.problem.status == pulp.LpStatusOptimal
    return float(pulp.value(stated.problem.objective))


def by_mclp(seconds: np.ndarray, residents: np.ndarray, new: int, posts: np.ndarray) -> float:
    from spopt.locate import MCLP

    chosen = new + int(posts.sum())
    return theirs(
        MCLP, seconds, residents[:, None], CUTOFF_S, chosen, predefined_facilities_arr=posts
    )


def by_lscp(seconds: np.ndarray, _residents: np.ndarray, _new: int, posts: np.ndarray) -> float:
    from spopt.locate import LSCP

    return theirs(LSCP, seconds, CUTOFF_S, predefined_facilities_arr=posts) - posts.sum()


def by_p_median(seconds: np.ndarray, residents: np.ndarray, new: int, posts: np.ndarray) -> float:
    from spopt.locate import PMedian

    total = theirs(
        PMedian,
        seconds,
        residents[:, None],
        p_facilities=new + int(posts.sum()),
        predefined_facilities_arr=posts,
    )
    return total / residents.sum() / 60


def by_p_center(seconds: np.ndarray, _residents: np.ndarray, new: int, posts: np.ndarray) -> float:
    from spopt.locate import PCenter

    chosen = new + int(posts.sum())
    return theirs(PCenter, seconds, chosen, predefined_facilities_arr=posts) / 60


@pytest.mark.parametrize(
    ("model", "peer"),
    [(mclp, by_mclp), (lscp, by_lscp), (p_median, by_p_median), (p_center, by_p_center)],
    ids=["mclp", "lscp", "p_median", "p_center"],
)
@pytest.mark.parametrize("standing", [0, 2])
@pytest.mark.parametrize("seed", range(5))
def test_spopt_finds_the_same_optimum(
    model: Callable[..., SitingPlan], peer: Callable[..., float], standing: int, seed: int
) -> None:
    seconds, residents = walks(seed)
    reachable = seconds.min(axis=1) <= CUTOFF_S  # or lscp has no answer
    seconds, residents = seconds[reachable], residents[reachable]
    new = 2 + seed % 2
    posts = (np.arange(seconds.shape[1]) < standing).astype(int)
    rules = SitingRules() if model is lscp else SitingRules(new_posts=new)
    plan = model(problem_of(seconds, residents, standing), rules)
    assert plan.status == "optimal"
    assert plan.objective == pytest.approx(peer(seconds, residents, new, posts), rel=1e-6)
