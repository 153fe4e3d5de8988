"""The exact step: HiGHS over the sites that the bounds have left open."""

import logging
import time
from threading import TIMEOUT_MAX
from typing import Any

import numpy as np
from scipy import sparse

from ..errors import SolverError
from .cover import Bools, Cover, Ints, restrict
from .search import ROUNDING, Bounds, Plan, greedy

logger = logging.getLogger(__name__)

SCALE = 1e4  # the optimiser sees plans worth about this: far above its absolute tolerances
GRACE_S = 2.0  # how long the optimiser may overrun its own limit before we leave it

OPTIONS: dict[str, bool | float | str] = {
    "output_flag": False,
    "parallel": "off",
    "mip_rel_gap": 0.0,
    "mip_abs_gap": 1e-6,
    "mip_feasibility_tolerance": 1e-9,
}


def prove(
    cover: Cover, plan: Plan, bounds: Bounds, *, deadline: float, seed: int
) -> tuple[Plan, float]:
    """Find the best plan of this size and the bound that proves it.

    Sites that no better plan can hold are left out first; often none remain. Past `deadline` (a
    time of `time.perf_counter`) the plan given and the bound of `bounds` are handed back.

    Raises
    ------
    SolverError
        If HiGHS ends with anything but an optimum or a time limit.
    """
    value = cover.residents_within(plan)
    is_open = bounds.by_site > value * (1 + ROUNDING)
    shut = float(bounds.by_site[~is_open].max(initial=value))
    if not is_open.any():
        return plan, min(bounds.upper, shut)
    columns = np.flatnonzero(is_open)
    answer = _best_within(
        restrict(cover, columns),
        len(plan),
        start=np.isin(columns, plan),
        value=value,
        seconds=deadline - time.perf_counter(),
        seed=seed,
    )
    if answer is None:
        return plan, bounds.upper
    chosen, upper = answer
    found = greedy(cover, columns[chosen].tolist(), len(plan))
    return max(plan, found, key=cover.residents_within), min(bounds.upper, max(upper, shut))


def _best_within(
    cover: Cover, posts: int, *, start: Bools, value: float, seconds: float, seed: int
) -> tuple[Ints, float] | None:
    """Solve the whole model; None when the time is up."""
    import highspy

    if seconds <= 0:
        return None
    solver: Any = highspy.Highs()  # type: ignore[no-untyped-call]
    for option, setting in {**OPTIONS, "time_limit": seconds, "random_seed": seed}.items():
        solver.setOptionValue(option, setting)
    solver.passModel(_model(cover, posts, SCALE / value))
    first = highspy.HighsSolution()
    first.col_value = np.r_[start, cover.matrix @ start > 0].astype(float).tolist()
    solver.setSolution(first)

    # HiGHS has been seen to run past its own limit, so it runs in a thread that we can leave.
    solver.HandleUserInterrupt = True
    solver.startSolve()
    ended, _ = solver.wait(min(seconds + GRACE_S, TIMEOUT_MAX))
    if not ended:
        solver.cancelSolve()
        logger.warning("HiGHS overran its limit of %.1f s and was left behind", seconds)
        return None
    status = solver.getModelStatus()
    if status.name in {"kTimeLimit", "kInterrupt"}:
        return None
    if status.name != "kOptimal":
        raise SolverError(
            f"HiGHS ended with '{solver.modelStatusToString(status)}' on {cover.sites.size} sites "
            f"and {posts} posts; this is a fault of ours or of HiGHS, please report it"
        )
    built = np.array(solver.getSolution().col_value[: cover.sites.size])
    upper = -solver.getInfo().mip_dual_bound * value / SCALE
    return np.flatnonzero(built > 0.5), upper


def _model(cover: Cover, posts: int, scale: float) -> Any:
    """State the model as HiGHS takes it.

    Columns are sites (built or not), then groups (reached, 0 to 1). Rows are one for each group,
    reached - sum of built sites that reach it <= 0, then one for the number of posts.
    """
    import highspy

    groups, sites = cover.matrix.shape
    blocks: Any = [[-cover.matrix, sparse.eye_array(groups)], [np.ones((1, sites)), None]]
    rows = sparse.csr_array(sparse.block_array(blocks))
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = sites + groups, groups + 1
    model.col_cost_ = np.r_[np.zeros(sites), -scale * cover.residents]
    model.col_lower_, model.col_upper_ = np.zeros(sites + groups), np.ones(sites + groups)
    model.row_lower_ = np.full(groups + 1, -highspy.kHighsInf)
    model.row_upper_ = np.r_[np.zeros(groups), float(posts)]
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = rows.indptr
    model.a_matrix_.index_ = rows.indices
    model.a_matrix_.value_ = rows.data
    kinds = highspy.HighsVarType
    model.integrality_ = [kinds.kInteger] * sites + [kinds.kContinuous] * groups
    return model
