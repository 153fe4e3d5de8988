"""What a set of open posts gives, counted from the raw walks."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd

from ..travel_times import within
from .problem import Bools, Floats, SitingProblem

SHARE_TOLERANCE = 1e-9  # relative; sums of residents in floating point


@dataclass(frozen=True)
class PlanFigures:
    """The figures by which plans of any model are compared.

    Attributes
    ----------
    new_posts, closed_posts, cost
        What is built and closed, and the money for both.
    residents_within, share_within
        Residents within the cutoff of an open post, and their share (0 to 1).
    mean_min
        Mean walk of a resident to the nearest open post; a walk beyond the limit of the times
        counts as the limit, so that with `residents_beyond` above 0 this is a lower bound.
    longest_min
        Longest walk of a door with residents; infinite if one is beyond the limit.
    residents_beyond
        Residents whose nearest open post is farther than the times were searched.
    worst_neighbourhood, worst_share
        The neighbourhood with the smallest share within the cutoff ("" and None where the problem
        has no neighbourhoods).
    """

    new_posts: int
    closed_posts: int
    cost: float
    residents_within: float
    share_within: float
    mean_min: float
    longest_min: float
    residents_beyond: float
    worst_neighbourhood: str
    worst_share: float | None


def figures_of(problem: SitingProblem, open_sites: Sequence[int]) -> PlanFigures:
    """Count what a set of open posts gives; it must hold all that stands for good.

    Examples
    --------
    A post 5 minutes from the first of two doors; the second is farther than the 10 minutes known.

    >>> from scipy import sparse
    >>> from walkshed.travel_times import TravelTimes
    >>> seconds = sparse.csc_array([[300.0], [0.0]])
    >>> times = TravelTimes(seconds, pd.Index(["d", "e"]), pd.Index(["post"]), 10)
    >>> sites = pd.DataFrame({"status": ["existing"]}, index=["post"])
    >>> problem = SitingProblem(times, pd.Series([30.0, 10.0], index=["d", "e"]), sites, 5)
    >>> found = figures_of(problem, [0])
    >>> found.residents_within, found.share_within, found.mean_min, found.residents_beyond
    (30.0, 0.75, 6.25, 10.0)
    """
    people, nearest_s = problem.people, problem.nearest_seconds(list(open_sites))
    inside = within(nearest_s / 60, np.asarray(problem.cutoff_min, dtype=float))
    reached = math.fsum(people[inside])
    capped = np.minimum(nearest_s, problem.limit_s)
    is_open = np.zeros(len(problem.sites), dtype=bool)
    is_open[list(open_sites)] = True
    built, closed = is_open & problem.choosable, ~is_open & problem.closable
    where, share = _worst(problem, inside)
    return PlanFigures(
        new_posts=int(built.sum()),
        closed_posts=int(closed.sum()),
        cost=math.fsum(problem.sites["cost"].to_numpy(float)[built])
        + math.fsum(problem.sites["closing_cost"].to_numpy(float)[closed]),
        residents_within=reached,
        share_within=_share(reached, problem.total),
        mean_min=_share(math.fsum(people * capped), problem.total) / 60,
        longest_min=float(nearest_s[people > 0].max(initial=0.0)) / 60,
        residents_beyond=math.fsum(people[~np.isfinite(nearest_s)]),
        worst_neighbourhood=where,
        worst_share=share,
    )


def figures_now(problem: SitingProblem) -> PlanFigures:
    """Count what the posts of today give, which plans of every size are told against."""
    found = _now.get(problem)
    if found is None:
        today = np.flatnonzero(problem.standing | problem.closable).tolist()
        found = _now[problem] = figures_of(problem, today)
    return found


_now: WeakKeyDictionary[SitingProblem, PlanFigures] = WeakKeyDictionary()


def longest_walk_s(problem: SitingProblem, walks_s: Floats, share: float) -> float:
    """Tell within how many seconds the nearest share of residents is; walks by door.

    Infinite where fewer have a walk that is known; 0 where nobody lives.
    """
    lived_in = np.flatnonzero(problem.people > 0)
    if lived_in.size == 0:
        return 0.0
    order = lived_in[np.argsort(walks_s[lived_in], kind="stable")]
    reached = np.cumsum(problem.people[order])
    enough = reached >= share * reached[-1] - SHARE_TOLERANCE * reached[-1]
    last = int(enough.argmax()) if share < 1 else -1
    return float(walks_s[order[last]])


def by_neighbourhood(problem: SitingProblem, open_sites: Sequence[int]) -> pd.DataFrame:
    """Residents and who of them is within the cutoff of an open post, by neighbourhood.

    Returns
    -------
    DataFrame
        Index `neighbourhood`, in the order of their names; columns `residents`,
        `residents_within`, `share_within` (missing where nobody lives). Empty where the problem
        has no neighbourhoods.
    """
    nearest_min = problem.nearest_seconds(list(open_sites)) / 60
    inside = within(nearest_min, np.asarray(problem.cutoff_min, dtype=float))
    return _by_neighbourhood(problem, inside)


def _by_neighbourhood(problem: SitingProblem, inside: Bools) -> pd.DataFrame:
    columns = ["residents", "residents_within", "share_within"]
    if problem.neighbourhoods is None:
        return pd.DataFrame(columns=columns, index=pd.Index([], name="neighbourhood"), dtype=float)
    people = pd.DataFrame(
        {"residents": problem.people, "residents_within": np.where(inside, problem.people, 0.0)}
    )
    table = people.groupby(problem.neighbourhoods.to_numpy()).sum()
    table["share_within"] = table["residents_within"] / table["residents"].where(
        table["residents"] > 0
    )
    return table.rename_axis("neighbourhood")[columns]


def _worst(problem: SitingProblem, inside: Bools) -> tuple[str, float | None]:
    shares = _by_neighbourhood(problem, inside)["share_within"].dropna()
    return ("", None) if shares.empty else (str(shares.idxmin()), float(shares.min()))


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0
