"""Residents mixed with need: offences, age groups, or whatever else is counted at doors."""

import math
from dataclasses import replace

import numpy as np
import pandas as pd

from ..errors import InputError, one_message
from .figures import figures_of
from .plan import SitingPlan
from .problem import SitingProblem


def with_need(problem: SitingProblem, need: pd.Series, share: float) -> SitingProblem:
    r"""Weigh each door by its residents and its need, mixed by a stated share.

    .. math:: w_i' = (1 - s)\, w_i + s\, n_i \frac{\sum_k w_k}{\sum_k n_k}

    The total stays the number of residents, so that with s = 0.3 three tenths of all weight
    follows the need. A plan then counts weighted residents: `beside_residents` tells what it
    means in residents, and what mixing costs.

    Parameters
    ----------
    need
        By door id, 0 or more, in any unit: offences nearby, residents above 65.
    share
        The s of the formula, 0 to 1.

    Raises
    ------
    InputError
        If doors differ, numbers make no sense, or there is no need anywhere.

    Examples
    --------
    >>> from scipy import sparse
    >>> from walkshed.siting import problem_of_coverage
    >>> doors = pd.Series([60.0, 40.0], index=["a", "b"])
    >>> sees = sparse.csr_array([[True], [True]])
    >>> town = problem_of_coverage(sees, doors, pd.Index(["P"]), covered=np.zeros(2, dtype=bool))
    >>> offences = pd.Series([0.0, 5.0], index=["a", "b"])
    >>> with_need(town, offences, 0.5).residents.to_dict()
    {'a': 30.0, 'b': 70.0}
    """
    problems = []
    values = pd.to_numeric(need, errors="coerce").to_numpy(float)
    if not need.index.equals(problem.residents.index):
        problems.append("`need` has other doors than the problem, or another order; reindex it")
    if not (np.isfinite(values) & (values >= 0)).all():
        problems.append("`need` has doors without a number of 0 or more; fill them in")
    elif math.fsum(values) == 0:
        problems.append("`need` is 0 at all doors; there is nothing to weigh by")
    if not 0 <= share <= 1:
        problems.append(f"`share` is {share}; give a number from 0 to 1")
    if problems:
        raise InputError(one_message("need", problems))
    as_residents = values * (problem.total / math.fsum(values))
    mixed = (1 - share) * problem.people + share * as_residents
    return replace(problem, residents=pd.Series(mixed, index=problem.residents.index))


def beside_residents(plan: SitingPlan, plain_plan: SitingPlan) -> pd.DataFrame:
    """Count a plan that was made for weighted residents in residents, beside the plain plan.

    Parameters
    ----------
    plan
        Of a problem of `with_need`.
    plain_plan
        Of the problem before mixing, by the same model and rules.

    Returns
    -------
    DataFrame
        Index `measure` (as in `PlanFigures`), both plans counted in residents as columns
        `with_need` and `without_need`, and their `difference`.

    Raises
    ------
    InputError
        If the two plans are of different doors, sites or models.

    Examples
    --------
    Site P reaches 60 residents at a, Q 40 at b, where all offences are. Half by need, Q wins,
    which costs 20 residents.

    >>> from scipy import sparse
    >>> from walkshed.siting import SitingRules, mclp, problem_of_coverage
    >>> doors = pd.Series([60.0, 40.0], index=["a", "b"])
    >>> sees = sparse.csr_array([[True, False], [False, True]])
    >>> nobody = np.zeros(2, dtype=bool)
    >>> town = problem_of_coverage(sees, doors, pd.Index(["P", "Q"]), covered=nobody)
    >>> offences = pd.Series([0.0, 5.0], index=["a", "b"])
    >>> one = SitingRules(new_posts=1)
    >>> beside = beside_residents(mclp(with_need(town, offences, 0.5), one), mclp(town, one))
    >>> beside.loc["residents_within"].to_dict()
    {'with_need': 40.0, 'without_need': 60.0, 'difference': -20.0}
    """
    same = (
        plan.model == plain_plan.model
        and plan.problem.residents.index.equals(plain_plan.problem.residents.index)
        and plan.problem.sites.index.equals(plain_plan.problem.sites.index)
    )
    if not same:
        raise InputError(
            "need: the two plans are of different models, doors or sites; make both with one "
            "model from one problem, once mixed by `with_need` and once as it was"
        )
    counted = figures_of(plain_plan.problem, np.flatnonzero(plan.is_open).tolist())
    rows = ["residents_within", "share_within", "mean_min", "residents_beyond", "cost"]
    table = pd.DataFrame(
        {
            "with_need": [getattr(counted, row) for row in rows],
            "without_need": [getattr(plain_plan.figures, row) for row in rows],
        },
        index=pd.Index(rows, name="measure"),
    )
    table["difference"] = table["with_need"] - table["without_need"]
    return table
