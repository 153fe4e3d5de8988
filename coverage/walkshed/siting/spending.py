"""What money does best: a new post, a post moved, or one more inspector.

The three do not do the same: the first two bring residents within the cutoff, the third relieves a
post that has too many of them. So each is told by both measures, and by both for its cost; which
of them matters more is not decided here.
"""

import math
from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from ..errors import InputError
from .models import mclp
from .plan import SitingPlan
from .problem import Bools, Floats, SitingProblem
from .rules import SitingRules


def compare_spending(
    problem: SitingProblem,
    *,
    post_cost: float,
    move_cost: float,
    inspector_cost: float,
    residents_per_inspector: float,
    movable: Sequence[Hashable] | None = None,
    time_limit_s: float = 60.0,
    seed: int = 0,
) -> pd.DataFrame:
    r"""Compare the best new post, the best move of a post, and one more inspector, for their cost.

    A resident beyond what the staff of the nearest open post may serve is in excess:
    :math:`\sum_j \max(0, L_j - c_j)`, with the residents L whose nearest post j is, and c what its
    staff may serve. Who is relieved is the excess now less the excess then.

    Parameters
    ----------
    problem
        Doors, posts and sites, with `capacity_residents` (inspectors times the norm) of each.
        Residents count at the nearest open post among the walks that are known; who has none
        within them is in nobody's excess.
    post_cost, move_cost, inspector_cost
        Money for one of each, in one unit and over the same years; that of a post includes its
        staff. Above 0. There is no default: no source was found that gives such prices.
    residents_per_inspector
        The norm: so many more may be served by one more inspector.
    movable
        Ids of the posts that may be moved, such as the modular ones; all that stand if None. Its
        staff goes with a post.
    time_limit_s, seed
        As for `mclp`, for each of both plans.

    Returns
    -------
    DataFrame
        Index `option`: "new_post", "moved_post", "inspector". `cost`; `opened` and `closed`, ids
        or None (a plan that helps nobody opens none); `staffed`, the post that gets the inspector;
        `residents_gained` within the cutoff, `residents_relieved` (negative where posts become
        more crowded; NaN where the staff of an open post is not known), both also `_per_cost`;
        `status` of the plan.

    Raises
    ------
    InputError
        If a cost or the norm is not above 0, or `movable` names no post that stands.

    Examples
    --------
    60 residents at a post whose staff may serve 20, and 30 residents without a post. A post there
    reaches them; one more inspector reaches nobody, but relieves 20.

    >>> from scipy import sparse
    >>> from walkshed.travel_times import TravelTimes
    >>> people = pd.Series([60.0, 30.0], index=["d", "e"])
    >>> walks = sparse.csc_array([[60.0, 0.0], [0.0, 60.0]])
    >>> walks.eliminate_zeros()
    >>> sites = pd.DataFrame(
    ...     {"status": ["existing", "candidate"], "capacity_residents": [20.0, 40.0]}, ["P", "Q"]
    ... )
    >>> times = TravelTimes(walks, people.index, sites.index, 10)
    >>> town = SitingProblem(times, people, sites, 10)
    >>> prices = {"post_cost": 10, "move_cost": 2, "inspector_cost": 1}
    >>> table = compare_spending(town, **prices, residents_per_inspector=20)
    >>> table["residents_gained"].to_dict()
    {'new_post': 30.0, 'moved_post': 0.0, 'inspector': 0.0}
    >>> table["residents_relieved_per_cost"].to_dict()
    {'new_post': 0.0, 'moved_post': 0.0, 'inspector': 20.0}
    """
    costs = {"new_post": post_cost, "moved_post": move_cost, "inspector": inspector_cost}
    given = {**costs, "residents_per_inspector": residents_per_inspector}
    wrong = [name for name, value in given.items() if not (value > 0 and math.isfinite(value))]
    if wrong:
        raise InputError(f"compare_spending: {', '.join(wrong)}: give a number above 0")
    may_move = _movable(problem, movable)
    capacity = problem.sites["capacity_residents"].to_numpy(float)
    stands = problem.is_("existing", "planned")
    limits: dict[str, Any] = {"time_limit_s": time_limit_s, "seed": seed}
    fixed = replace(problem, sites=problem.sites.assign(may_close=False))
    loose = replace(problem, sites=problem.sites.assign(may_close=may_move))
    new = mclp(fixed, SitingRules(new_posts=1), **limits)
    moved = mclp(loose, SitingRules(new_posts=0, closed_posts=1), **limits)
    excess = _excess(problem, stands, capacity)
    now = float(excess.sum())
    rows = {
        "new_post": _of_plan(new, now, capacity),
        "moved_post": _of_plan(moved, now, _with_staff_moved(moved, capacity)),
        "inspector": _of_inspector(problem, excess, residents_per_inspector),
    }
    table = pd.DataFrame.from_dict(rows, orient="index", columns=COLUMNS).rename_axis("option")
    table.insert(0, "cost", pd.Series(costs, dtype=float))
    for measure in ("residents_gained", "residents_relieved"):
        table[measure] = table[measure].astype(float)
        table[f"{measure}_per_cost"] = table[measure] / table["cost"]
    return table


COLUMNS = ["opened", "closed", "staffed", "residents_gained", "residents_relieved", "status"]


def _movable(problem: SitingProblem, movable: Sequence[Hashable] | None) -> Bools:
    stands = problem.is_("existing", "planned")
    if movable is None:
        return stands
    standing = problem.sites.index[stands]
    unknown = [post for post in movable if post not in standing]
    if unknown:
        raise InputError(
            f"compare_spending: `movable`: {unknown[0]!r} is no post that stands; choose among "
            f"{', '.join(map(str, standing[:10]))}"
        )
    chosen: Bools = problem.sites.index.isin(list(movable))
    return chosen


def _excess(problem: SitingProblem, is_open: Bools, capacity: Floats) -> Floats:
    """Residents of each site beyond what its staff may serve; NaN where that is not known.

    Each resident counts at the nearest open site; 0 for sites that are not open.
    """
    walks = problem.times.seconds[:, is_open].tocoo()
    order = np.lexsort((walks.col, walks.data, walks.row))
    door, site = walks.row[order], walks.col[order]
    first = np.diff(door, prepend=-1) != 0
    load = np.zeros(len(capacity))
    load[is_open] = np.bincount(
        site[first], weights=problem.people[door[first]], minlength=int(is_open.sum())
    )
    excess: Floats = np.where(np.isinf(capacity) & is_open, np.nan, np.maximum(load - capacity, 0))
    return excess


def _of_plan(plan: SitingPlan, excess_now: float, capacity: Floats) -> dict[str, Any]:
    gained = plan.figures.residents_within - plan.figures_now.residents_within
    then = float(_excess(plan.problem, plan.is_open, capacity).sum())
    return {
        "opened": next(iter(plan.site_ids), None),
        "closed": next(iter(plan.closed_ids), None),
        "staffed": None,
        "residents_gained": gained,
        "residents_relieved": excess_now - then,
        "status": plan.status,
    }


def _with_staff_moved(plan: SitingPlan, capacity: Floats) -> Floats:
    """What each site may serve when the staff of the closed post is at the new one."""
    moved = capacity.copy()
    if plan.site_ids and plan.closed_ids:
        there, here = (plan.problem.positions(ids) for ids in (plan.site_ids, plan.closed_ids))
        moved[there] = capacity[here]
    return moved


def _of_inspector(problem: SitingProblem, excess: Floats, norm: float) -> dict[str, Any]:
    """One more inspector where most is relieved; the first of posts that are alike."""
    known = not np.isnan(excess).any()
    relieved = np.minimum(excess, norm) if known else excess
    most = int(np.argmax(relieved)) if known else -1
    helps = known and relieved[most] > 0
    return {
        "opened": None,
        "closed": None,
        "staffed": problem.sites.index[most] if helps else None,
        "residents_gained": 0.0,
        "residents_relieved": float(relieved[most]) if known else math.nan,
        "status": "optimal" if known else "",
    }
