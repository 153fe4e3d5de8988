"""What each zone lacks to a standard: residents, and the fewest new posts that would do."""

import math
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from .covering_models import lscp
from .problem import Bools, Ints, SitingProblem, problem_of_coverage
from .rules import SitingRules

CLOSE = 1e-9
"""A share of residents is asked for up to this much less than all that can be reached."""


def shortfall(
    problem: SitingProblem,
    zone: pd.Series,
    *,
    share: float,
    time_limit_s: float = 60.0,
    seed: int = 0,
) -> pd.DataFrame:
    """Count what each zone lacks until a share of its residents is within the cutoff.

    Each zone is asked by itself: a new post may stand anywhere among the candidates, and counts
    for each zone that it serves, so that zones do not add up to the city. Posts that stand, and
    those that may be closed, stay open.

    Parameters
    ----------
    problem
        Doors, posts and sites.
    zone
        Zone of each door, by door id.
    share
        Share of a zone's residents that is to be within the cutoff, above 0 and up to 1.
    time_limit_s, seed
        As for `lscp`, for each zone.

    Returns
    -------
    DataFrame
        Index: the zones in order. `residents`; `residents_within` the cutoff of a standing post;
        `residents_missing` to the share; `residents_out_of_reach`: those missing whom no site
        reaches, so that no number of posts would do; `posts_missing`: the fewest new posts that
        bring all others of them; `posts_missing_at_least`: no fewer would do (the same number
        where it is proven).

    Examples
    --------
    A house with a post, one with a site, and a third that no site reaches:

    >>> from scipy import sparse
    >>> people = pd.Series([10.0, 5.0, 5.0], index=["d", "e", "f"])
    >>> sees = sparse.csr_array([[False], [True], [False]])
    >>> problem = problem_of_coverage(
    ...     sees, people, pd.Index(["Q"]), covered=np.array([True, False, False])
    ... )
    >>> table = shortfall(problem, pd.Series("A", index=people.index), share=1.0)
    >>> table.loc["A", "residents_missing":].tolist()
    [10.0, 5.0, 1.0, 1.0]
    """
    within = problem.coverage().tocsr()
    code, ids = pd.factorize(zone.reindex(problem.residents.index), sort=True)
    order = np.argsort(code, kind="stable")
    ends = np.searchsorted(code[order], np.arange(len(ids) + 1))
    parts = (order[start:end] for start, end in pairwise(ends))
    limits = {"time_limit_s": time_limit_s, "seed": seed}
    rows = [_of_zone(problem, within, doors, share, limits) for doors in parts]
    table = pd.DataFrame(rows, index=pd.Index(ids, name="zone"), columns=COLUMNS)
    return table.fillna(0.0).astype(dict.fromkeys(COUNTS, int))


COUNTS = ["posts_missing", "posts_missing_at_least"]
COLUMNS = [
    "residents",
    "residents_within",
    "residents_missing",
    "residents_out_of_reach",
    *COUNTS,
]


def _of_zone(
    problem: SitingProblem, within: Any, doors: Ints, share: float, limits: dict[str, Any]
) -> dict[str, float]:
    people = problem.people[doors]
    reach = within[doors]
    standing = problem.standing | problem.closable
    is_within = _any(reach[:, standing])
    reachable = is_within | _any(reach[:, problem.choosable])
    residents, inside = math.fsum(people), math.fsum(people[is_within])
    wanted = share * residents
    most = math.fsum(people[reachable])
    found: dict[str, float] = {"residents": residents, "residents_within": inside}
    if inside >= wanted * (1 - CLOSE):
        return found
    found["residents_missing"] = wanted - inside
    found["residents_out_of_reach"] = max(0.0, wanted - most)
    if most <= inside * (1 + CLOSE):
        return found
    sites = np.flatnonzero(_any(reach.T) & problem.choosable)
    alone = problem_of_coverage(
        reach[:, sites],
        problem.residents.iloc[doors],
        problem.sites.index[sites],
        covered=is_within,
    )
    plan = lscp(
        alone,
        SitingRules(),
        share=min(share, most / residents * (1 - CLOSE)),
        **limits,
    )
    bound = math.ceil(plan.bound - CLOSE)
    return found | {"posts_missing": len(plan.site_ids), "posts_missing_at_least": bound}


def _any(reach: Any) -> Bools:
    found: Bools = np.diff(reach.tocsr().indptr) > 0
    return found
