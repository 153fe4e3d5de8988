"""The result of every location model: what to build, what it gives, and how sure that is."""

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from ..errors import SolverError

Status = Literal["optimal", "time_limit"]

PROVEN_GAP = 1e-6
"""Largest relative gap at which a plan is called optimal."""


@dataclass(frozen=True, eq=False, repr=False)
class SitingPlan:
    """New posts, what they give, and the proof.

    Attributes
    ----------
    model
        Name of the location model, such as "mclp".
    cutoff_min
        Longest walk that counts, in minutes; exactly this long still counts. None where the
        standard is in metres, or differs from door to door.
    new_posts
        How many posts the plan adds to the existing ones.
    site_ids
        The chosen sites in their best order of building.
    objective
        Residents within the cutoff of an existing or a new post.
    bound
        No plan with as many new posts reaches more residents than this.
    status
        "optimal" when `gap` is at most 1e-6, else "time_limit".
    residents
        All residents, reached or not.
    curve
        One row for each number of new posts, 0 to `new_posts` (index `new_posts`): the best
        `residents_within` of any plan of that size, its `bound`, relative `gap`, `gain` over the
        row before (0 in the first), and `status`. The best plans of two sizes need not share
        a single site.
    build_order
        One row for each chosen site (index `rank`, from 1): `site_id`, the `residents_added` by
        building it after those before it, and the `residents_within` and `share_within` (0 to 1)
        reached then.
    seed
        Seed of the optimiser.
    seconds
        Time the model took.
    """

    model: str
    cutoff_min: float | None
    new_posts: int
    site_ids: tuple[Hashable, ...]
    objective: float
    bound: float
    status: Status
    residents: float
    curve: pd.DataFrame
    build_order: pd.DataFrame
    seed: int
    seconds: float

    def __post_init__(self) -> None:
        """Refuse a plan that contradicts itself."""
        if self.bound < self.objective:
            raise SolverError(f"bound {self.bound} is below the objective {self.objective}")
        if not len(self.site_ids) == len(set(self.site_ids)) == self.new_posts:
            raise SolverError(f"{self.new_posts} new posts, but sites {self.site_ids}")
        if (self.status == "optimal") != (self.gap <= PROVEN_GAP):
            raise SolverError(f"status {self.status!r} with a gap of {self.gap}")

    @property
    def gap(self) -> float:
        """Share of the bound that is not reached: (bound - objective) / bound, 0 if bound is 0."""
        return relative_gap(self.objective, self.bound)

    def __repr__(self) -> str:
        """Tell the story in a line."""
        posts = "1 new post" if self.new_posts == 1 else f"{self.new_posts} new posts"
        share = 100 * self.objective / self.residents if self.residents else 0.0
        people = f"{self.residents:,.0f}".replace(",", " ")
        limit = "the cutoff" if self.cutoff_min is None else f"{self.cutoff_min:g} min"
        proof = "optimal" if self.status == "optimal" else f"time_limit, gap {self.gap:.2%}"
        return (
            f"SitingPlan({self.model}: {posts}, {share:.1f} % of {people} residents "
            f"within {limit}, {proof})"
        )


def relative_gap(objective: float, bound: float) -> float:
    """Share of the bound that the objective does not reach.

    Examples
    --------
    >>> relative_gap(75.0, 100.0)
    0.25
    >>> relative_gap(0.0, 0.0)
    0.0
    """
    return (bound - objective) / bound if bound > 0 else 0.0


def status_of(objective: float, bound: float) -> Status:
    """Tell by the gap whether a plan is proven."""
    return "optimal" if relative_gap(objective, bound) <= PROVEN_GAP else "time_limit"
