"""The result of every location model: what to build, what it gives, and how sure that is."""

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Literal

import geopandas as gpd
import pandas as pd

from ..errors import InputError, SolverError
from .figures import PlanFigures
from .problem import Bools, SitingProblem
from .rules import SitingRules

Status = Literal["optimal", "time_limit", "interrupted", "heuristic"]
Measure = Literal[
    "residents_within",
    "residents_weighted",
    "residents_backed_up",
    "residents_served",
    "worst_share",
    "mean_min",
    "longest_min",
    "new_posts",
    "cost",
]
SMALLER_IS_BETTER = frozenset({"mean_min", "longest_min", "new_posts", "cost"})

PROVEN_GAP = 1e-6
"""Largest relative gap at which a plan is called optimal."""


@dataclass(frozen=True, eq=False, repr=False)
class SitingPlan:
    """New posts, what they give, and the proof.

    Attributes
    ----------
    model
        Name of the location model, such as "mclp".
    problem, rules
        What was asked.
    site_ids
        The chosen sites in their best order of building.
    closed_ids
        Posts that are closed.
    measure
        What `objective` and `bound` are: residents within the cutoff, mean minutes and so on.
    objective
        What the plan reaches, counted again from the raw walks.
    bound
        What no plan can pass (reach more of, or for minutes, posts and money go below).
    status
        "optimal" when `gap` is at most 1e-6, else why the search ended: "time_limit",
        "interrupted" by the user, or "heuristic" where the question is too large for the exact
        step, so that more time would not help.
    figures, figures_now
        The plan, and what stands already, in the figures all models share.
    curve
        One row for each number of new posts, less closed ones, that was solved (index
        `new_posts`): `objective`,
        its `bound`, relative `gap`, `status`, the `gain` over the row before, the
        `residents_within`, and the `site_ids` of the best plan of that size, in building order,
        with the `residents_added` by each (as in `build_order`). The best plans of two sizes need
        not share a single site. `whole_curve` solves every size.
    build_order
        One row for each chosen site (index `rank`, from 1): `site_id`, the `residents_added`
        within the cutoff by building it after those before it, and the `residents_within` and
        `share_within` (0 to 1) reached then. Posts to be closed are closed first.
    seed
        Seed of the search.
    seconds
        Time the model took.
    alternatives
        Next best plans, if `best_alternatives` was asked for them.
    """

    model: str
    problem: SitingProblem
    rules: SitingRules
    site_ids: tuple[Hashable, ...]
    closed_ids: tuple[Hashable, ...]
    measure: Measure
    objective: float
    bound: float
    status: Status
    figures: PlanFigures
    figures_now: PlanFigures
    curve: pd.DataFrame
    build_order: pd.DataFrame
    seed: int
    seconds: float
    alternatives: pd.DataFrame = field(default_factory=pd.DataFrame)

    def __post_init__(self) -> None:
        """Refuse a plan that contradicts itself."""
        ahead = self.objective - self.bound
        if (ahead < 0) if self.measure in SMALLER_IS_BETTER else (ahead > 0):
            raise SolverError(f"objective {self.objective} passes the bound {self.bound}")
        if len(set(self.site_ids)) != len(self.site_ids):
            raise SolverError(f"a site stands twice in the plan {self.site_ids}")
        if (self.status == "optimal") != (self.gap <= PROVEN_GAP):
            raise SolverError(f"status {self.status!r} with a gap of {self.gap}")

    @property
    def new_posts(self) -> int:
        """How many posts the plan builds."""
        return len(self.site_ids)

    @property
    def more_posts(self) -> int:
        """How many posts more than today there are: new ones less closed ones."""
        return len(self.site_ids) - len(self.closed_ids)

    @property
    def is_open(self) -> Bools:
        """Which of the problem's sites have a post under the plan."""
        is_open = self.problem.standing | self.problem.closable
        is_open[self.problem.positions(self.closed_ids)] = False
        is_open[self.problem.positions(self.site_ids)] = True
        return is_open

    @property
    def gap(self) -> float:
        """How far the objective may be from the best one, 0 to 1; see `relative_gap`."""
        return relative_gap(self.objective, self.bound, self.measure)

    @property
    def cutoff_min(self) -> float | None:
        """Longest walk that counts as covered; None where it differs from door to door."""
        return self.problem.one_cutoff_min

    def __repr__(self) -> str:
        """Tell the story in a line."""
        posts = "1 new post" if self.new_posts == 1 else f"{self.new_posts} new posts"
        closed = f", {len(self.closed_ids)} closed" if self.closed_ids else ""
        people = f"{self.problem.total:,.0f}".replace(",", " ")
        limit = "the cutoff" if self.cutoff_min is None else f"{self.cutoff_min:g} min"
        share = 100 * self.figures.share_within
        reached = f"{share:.1f} % of {people} residents within {limit}"
        own = f", {self.measure} {self.objective:.6g}"
        if self.measure in {"residents_within", "new_posts"}:
            own = ""
        proof = "optimal" if self.status == "optimal" else f"{self.status}, gap {self.gap:.2%}"
        return f"SitingPlan({self.model}: {posts}{closed}, {reached}{own}, {proof})"

    def explain(
        self,
        language: str = "ru",
        *,
        inspectors: int | None = None,
        residents_per_inspector: float | None = None,
        money_unit: str = "",
    ) -> str:
        """Tell in plain sentences what the plan gives, to whom, at what cost and how surely.

        Parameters
        ----------
        language
            "ru", "kk" or "en".
        inspectors, residents_per_inspector, money_unit
            As for `plan_facts`: how many inspectors there are for all posts, their norm, and the
            word for the unit of cost.

        Returns
        -------
        str
            One sentence or two a line.

        Raises
        ------
        InputError
            If there is no such language, or a number of staff makes no sense.
        """
        from .explain import sentences
        from .facts import plan_facts  # both speak of plans

        facts = plan_facts(
            self,
            inspectors=inspectors,
            residents_per_inspector=residents_per_inspector,
            money_unit=money_unit,
        )
        return "\n".join(line for lines in sentences(facts, language).values() for line in lines)

    def to_geodataframe(self) -> gpd.GeoDataFrame:
        """Give the chosen sites in building order, with what each adds and where it is.

        Raises
        ------
        InputError
            If the problem's sites have no geometry.
        """
        sites = self.problem.sites
        if not isinstance(sites, gpd.GeoDataFrame):
            raise InputError("siting: the sites of this plan have no places; give a GeoDataFrame")
        chosen = sites.loc[list(self.site_ids)].reset_index(drop=True)
        order = self.build_order.reset_index()
        table = pd.concat([order, chosen], axis=1).set_index("rank")
        return gpd.GeoDataFrame(table, geometry=sites.geometry.name, crs=sites.crs)


def relative_gap(objective: float, bound: float, measure: Measure = "residents_within") -> float:
    """Share of the better of the two by which objective and bound are apart.

    Examples
    --------
    >>> relative_gap(75.0, 100.0)
    0.25
    >>> relative_gap(0.0, 0.0)
    0.0
    >>> relative_gap(10.0, 9.0, "mean_min")
    0.1
    """
    more, less = (objective, bound) if measure in SMALLER_IS_BETTER else (bound, objective)
    return (more - less) / more if more > 0 else 0.0


def improvement(before: float, after: float, measure: Measure) -> float:
    """Tell by how much an objective is better than another one; below 0 where it is worse.

    Examples
    --------
    >>> improvement(10.0, 9.0, "mean_min"), improvement(10.0, 9.0, "residents_within")
    (1.0, -1.0)
    >>> improvement(float("inf"), float("inf"), "longest_min")
    0.0
    """
    if before == after:
        return 0.0  # also where both are infinite
    return before - after if measure in SMALLER_IS_BETTER else after - before


def status_of(
    objective: float,
    bound: float,
    measure: Measure = "residents_within",
    *,
    interrupted: bool = False,
    too_large: bool = False,
) -> Status:
    """Tell by the gap whether a plan is proven, and else why the search ended."""
    if relative_gap(objective, bound, measure) <= PROVEN_GAP:
        return "optimal"
    if interrupted:
        return "interrupted"
    return "heuristic" if too_large else "time_limit"
