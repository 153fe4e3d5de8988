"""Ours and the peers, each a function from a case to a plan and a bound.

The peers get the plain model, made of arrays: one variable a site (built or not) and one a door
that no post covers (covered, 0 to 1); a door is covered no more than the sites that reach it are
built, and as many sites are built as asked. Nothing is merged or dropped for them.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np
from scipy import sparse

from .cities import Case

ABSOLUTE_GAP = 0.49  # residents are whole numbers: half of one decides nothing

PEERS = {
    "cbc": ("mip", "not installed; in an environment of your own: uv pip install mip"),
    "highs": ("highspy", "not installed"),
    "spopt": ("spopt", "not installed; in an environment of your own: uv pip install spopt"),
}


@dataclass(frozen=True)
class Answer:
    """What a solver has found, and the CPU time that went by until it had the model.

    `bound` is infinite where a solver tells none.
    """

    sites: np.ndarray
    bound: float
    stating_s: float = 0.0


def missing() -> dict[str, str]:
    """Peers that are not here, and why."""
    return {name: why for name, (package, why) in PEERS.items() if find_spec(package) is None}


def ours(case: Case, posts: int, limit_s: float) -> Answer:
    """Solve with the public model, counting of the plan and its building order included."""
    import pandas as pd

    from walkshed.siting import SitingRules, mclp, problem_of_coverage

    begin = time.process_time()
    problem = problem_of_coverage(
        case.coverage,
        pd.Series(case.residents),
        pd.RangeIndex(case.coverage.shape[1]),
        covered=case.covered,
    )
    stating_s = time.process_time() - begin
    plan = mclp(problem, SitingRules(new_posts=posts), time_limit_s=limit_s)
    already = plan.figures_now.residents_within
    return Answer(np.array(plan.site_ids, dtype=np.int64), plan.bound - already, stating_s)


def cbc(case: Case, posts: int, limit_s: float) -> Answer:
    """Solve with CBC through python-mip."""
    import mip

    begin = time.process_time()
    coverage, residents = case.left()
    model = mip.Model(sense=mip.MAXIMIZE, solver_name="CBC")
    model.verbose = 0
    model.threads = 1
    model.max_mip_gap, model.max_mip_gap_abs = 0.0, ABSOLUTE_GAP
    built = [model.add_var(var_type=mip.BINARY) for _ in range(coverage.shape[1])]
    doors = [model.add_var(lb=0.0, ub=1.0, obj=float(people)) for people in residents]
    start, index = coverage.indptr, coverage.indices
    for row, door in enumerate(doors):
        some = [built[site] for site in index[start[row] : start[row + 1]]]
        model.add_constr(mip.LinExpr([door, *some], [1.0] + [-1.0] * len(some)) <= 0)
    model.add_constr(mip.xsum(built) == posts)
    stating_s = time.process_time() - begin
    model.optimize(max_seconds=limit_s)
    chosen = [site for site, variable in enumerate(built) if (variable.x or 0.0) > 0.5]
    return Answer(np.array(chosen, dtype=np.int64), float(model.objective_bound), stating_s)


def highs(case: Case, posts: int, limit_s: float) -> Answer:
    """Solve with HiGHS, the model handed over as arrays."""
    import highspy

    begin = time.process_time()
    coverage, residents = case.left()
    doors, sites = coverage.shape
    blocks: Any = [[-coverage.astype(float), sparse.eye_array(doors)], [np.ones((1, sites)), None]]
    rows = sparse.csr_array(sparse.block_array(blocks))
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = sites + doors, doors + 1
    model.sense_ = highspy.ObjSense.kMaximize
    model.col_cost_ = np.r_[np.zeros(sites), residents]
    model.col_lower_, model.col_upper_ = np.zeros(sites + doors), np.ones(sites + doors)
    model.row_lower_ = np.r_[np.full(doors, -highspy.kHighsInf), float(posts)]
    model.row_upper_ = np.r_[np.zeros(doors), float(posts)]
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_, model.a_matrix_.index_ = rows.indptr, rows.indices
    model.a_matrix_.value_ = rows.data
    kinds = highspy.HighsVarType
    model.integrality_ = [kinds.kInteger] * sites + [kinds.kContinuous] * doors
    solver = highspy.Highs()
    for option, setting in {
        "output_flag": False,
        "threads": 1,
        "time_limit": limit_s,
        "mip_rel_gap": 0.0,
        "mip_abs_gap": ABSOLUTE_GAP,
    }.items():
        solver.setOptionValue(option, setting)
    solver.passModel(model)
    stating_s = time.process_time() - begin
    solver.run()
    chosen = np.flatnonzero(np.array(solver.getSolution().col_value[:sites]) > 0.5)
    return Answer(chosen, float(solver.getInfo().mip_dual_bound), stating_s)


def spopt(case: Case, posts: int, limit_s: float) -> Answer:
    """Solve with spopt, which states its model door by door and calls CBC through PuLP."""
    import pulp
    from spopt.locate import MCLP

    begin = time.process_time()
    coverage, residents = case.left()
    away = 1.0 - coverage.toarray()
    model = MCLP.from_cost_matrix(away, residents[:, None], service_radius=0.5, p_facilities=posts)
    stating_s = time.process_time() - begin
    model = model.solve(pulp.PULP_CBC_CMD(msg=False, timeLimit=limit_s, gapAbs=ABSOLUTE_GAP))
    chosen = [site for site, doors in enumerate(model.fac2cli) if doors]
    optimal = model.problem.status == pulp.LpStatusOptimal
    bound = pulp.value(model.problem.objective) if optimal else np.inf
    return Answer(np.array(chosen, dtype=np.int64), bound, stating_s)


SOLVERS: dict[str, Callable[[Case, int, float], Answer]] = {
    "walkshed": ours,
    "cbc": cbc,
    "highs": highs,
    "spopt": spopt,
}
