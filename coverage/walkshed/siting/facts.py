"""What there is to say about a plan, as numbers: the facts that its sentences are made of.

Everything is taken from the plan or counted from its raw walks; no words, no rounding.
"""

import math
from collections.abc import Hashable, Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ..errors import InputError, one_message
from ..travel_times import within
from .figures import PlanFigures, by_neighbourhood
from .plan import SMALLER_IS_BETTER, Measure, SitingPlan, Status
from .problem import Bools, SitingProblem
from .rules import SitingRules

NAMED_AT_MOST = 3  # neighbourhoods in a sentence


@dataclass(frozen=True)
class Staff:
    """Inspectors and residents by post, before and after; missing where there is no post.

    `due` is how many inspectors the norm calls for, a fraction, and None without a norm.
    """

    inspectors: int
    posts_now: int
    posts_after: int
    per_post_now: float
    per_post_after: float
    residents_per_post_now: float
    residents_per_post_after: float
    residents_per_inspector: float
    norm: float | None
    due: float | None


@dataclass(frozen=True)
class NextBest:
    """Another plan: what it builds instead of what, and by how much it is worse.

    It is better (`gives_up` is below 0) only where the plan is not the best.
    """

    added: tuple[str, ...]
    left_out: tuple[str, ...]
    gives_up: float


@dataclass(frozen=True, eq=False)
class PlanFacts:
    """The facts of one plan.

    Attributes
    ----------
    model, measure, status, objective, bound, rules
        Of the plan.
    cutoff_min
        Longest walk that counts; None where it differs from door to door.
    searched_min
        Longest walk that is known.
    residents
        All of them.
    sites, required, closable, groups
        How many sites a post could be built at, how many of them must be, how many posts may be
        closed, and how many groups of alternative sites there are.
    now, after
        Figures of what stands, and of the plan.
    order
        The plan's building order, with the `site` in words.
    closed
        Closed posts, in words.
    residents_losing, residents_left_without
        Residents who were within the cutoff and are not by the posts that are kept; and those of
        them whom the new posts do not reach either.
    twice_now, twice_after
        Residents with two posts within the cutoff, or more.
    gaining, losing_areas, worst_off
        Neighbourhoods, at most three of each: with most residents gained, most lost, and the
        smallest share after the plan. Columns `residents_gained`, `residents_outside`,
        `share_now`, `share_after`. Empty where there are no neighbourhoods.
    next_best
        The next best plan, if it was asked for.
    staff
        If the number of inspectors is known.
    money_unit
        What cost and budget are counted in, as it was given.
    """

    model: str
    measure: Measure
    status: Status
    objective: float
    bound: float
    rules: SitingRules
    cutoff_min: float | None
    searched_min: float
    residents: float
    sites: int
    required: int
    closable: int
    groups: int
    now: PlanFigures
    after: PlanFigures
    order: pd.DataFrame
    closed: tuple[str, ...]
    residents_losing: float
    residents_left_without: float
    twice_now: float
    twice_after: float
    gaining: pd.DataFrame
    losing_areas: pd.DataFrame
    worst_off: pd.DataFrame
    next_best: NextBest | None
    staff: Staff | None
    money_unit: str

    @property
    def could_be_better(self) -> float:
        """How far bound and objective are apart, in the unit of the measure."""
        return abs(self.bound - self.objective)


def plan_facts(
    plan: SitingPlan,
    *,
    inspectors: int | None = None,
    residents_per_inspector: float | None = None,
    money_unit: str = "",
) -> PlanFacts:
    """Gather what there is to say about a plan.

    Parameters
    ----------
    plan
        A plan of any model.
    inspectors
        How many there are for all posts, now and after.
    residents_per_inspector
        The norm, such as that of `standards.staffing_norm`.
    money_unit
        Word for the unit of cost and budget, in the language of the reader.

    Raises
    ------
    InputError
        If a number of staff is not above 0, or there is a norm but no inspectors.

    Examples
    --------
    The street of `mclp`: five doors, a post near the first of them, one new post in the middle.

    >>> from scipy import sparse
    >>> from walkshed.siting import SitingRules, mclp, problem_of_coverage
    >>> doors = pd.Series([40.0, 10.0, 30.0, 25.0, 20.0], index=list("abcde"))
    >>> sees = sparse.csr_array(np.array([[0, 1, 1, 1, 0]], dtype=bool).T)
    >>> town = problem_of_coverage(sees, doors, pd.Index(["mid"]), covered=doors.index == "a")
    >>> facts = plan_facts(mclp(town, SitingRules(new_posts=1)), inspectors=3)
    >>> facts.now.residents_within, facts.after.residents_within, facts.residents
    (40.0, 105.0, 125.0)
    >>> facts.staff.per_post_now, facts.staff.per_post_after
    (3.0, 1.5)
    """
    problem = plan.problem
    open_now, kept, open_after = _open_sites(plan)
    inside_now, inside_kept, inside_after = (
        _inside(problem, sites) for sites in (open_now, kept, open_after)
    )
    areas = _areas(problem, open_now, open_after)
    sizes = problem.sites["group"][problem.choosable].value_counts()
    return PlanFacts(
        model=plan.model,
        measure=plan.measure,
        status=plan.status,
        objective=plan.objective,
        bound=plan.bound,
        rules=plan.rules,
        cutoff_min=plan.cutoff_min,
        searched_min=problem.limit_s / 60,
        residents=problem.total,
        sites=int(problem.choosable.sum()),
        required=int(problem.is_("required").sum()),
        closable=int(problem.closable.sum()),
        groups=int((sizes > 1).sum()),
        now=plan.figures_now,
        after=plan.figures,
        order=plan.build_order.assign(site=list(_named(problem, plan.site_ids))),
        closed=_named(problem, plan.closed_ids),
        residents_losing=math.fsum(problem.people[inside_now & ~inside_kept]),
        residents_left_without=math.fsum(problem.people[inside_now & ~inside_after]),
        twice_now=_twice(problem, open_now),
        twice_after=_twice(problem, open_after),
        gaining=_most(areas, "residents_gained"),
        losing_areas=_most(areas.assign(lost=-areas["residents_gained"]), "lost"),
        worst_off=_worst_off(areas),
        next_best=_next_best(plan),
        staff=_staff(
            problem, int(open_now.sum()), int(open_after.sum()), inspectors, residents_per_inspector
        ),
        money_unit=money_unit,
    )


def _open_sites(plan: SitingPlan) -> tuple[Bools, Bools, Bools]:
    """Posts that stand now, those of them that are kept, and all that are open in the end."""
    now = plan.problem.standing | plan.problem.closable
    return now, now & plan.is_open, plan.is_open


def _inside(problem: SitingProblem, is_open: Bools) -> Bools:
    nearest_min = problem.nearest_seconds(np.flatnonzero(is_open)) / 60
    found: Bools = within(nearest_min, np.asarray(problem.cutoff_min, dtype=float))
    return found


def _twice(problem: SitingProblem, is_open: Bools) -> float:
    posts = problem.coverage()[:, np.flatnonzero(is_open)].astype(np.int64).sum(axis=1)
    return math.fsum(problem.people[np.asarray(posts).ravel() > 1])


def _named(problem: SitingProblem, site_ids: Iterable[Hashable]) -> tuple[str, ...]:
    """Name sites: by id, and the `name` or the street `near` where there is one."""
    sites = problem.sites
    names = sites.reindex(columns=["name", "near"]).loc[list(site_ids)].itertuples(name=None)
    return tuple(_with_place(str(site), (name, near)) for site, name, near in names)


def _with_place(site: str, places: tuple[object, ...]) -> str:
    place = next((str(place) for place in places if isinstance(place, str) and place), site)
    return site if place == site else f"{site} ({place})"


def _areas(problem: SitingProblem, now: Bools, after: Bools) -> pd.DataFrame:
    """Put neighbourhoods with residents side by side, before and after."""
    before = by_neighbourhood(problem, np.flatnonzero(now).tolist())
    then = by_neighbourhood(problem, np.flatnonzero(after).tolist())
    table = pd.DataFrame(
        {
            "residents_gained": then["residents_within"] - before["residents_within"],
            "residents_outside": then["residents"] - then["residents_within"],
            "share_now": before["share_within"],
            "share_after": then["share_within"],
        }
    )
    return table[then["residents"] > 0]


def _most(areas: pd.DataFrame, column: str) -> pd.DataFrame:
    ordered = areas.sort_values(column, ascending=False, kind="stable")
    return ordered[ordered[column] >= 0.5].head(NAMED_AT_MOST)


def _worst_off(areas: pd.DataFrame) -> pd.DataFrame:
    outside = areas[areas["share_after"] < 1]
    order = ["share_after", "residents_outside"]
    return outside.sort_values(order, ascending=[True, False], kind="stable").head(NAMED_AT_MOST)


def _next_best(plan: SitingPlan) -> NextBest | None:
    if plan.alternatives.empty:
        return None
    other = plan.alternatives.iloc[0]
    sites, lost = tuple(other["site_ids"]), plan.objective - float(other["objective"])
    return NextBest(
        added=_named(plan.problem, [site for site in sites if site not in plan.site_ids]),
        left_out=_named(plan.problem, [site for site in plan.site_ids if site not in sites]),
        gives_up=lost if plan.measure not in SMALLER_IS_BETTER else -lost,
    )


def _staff(
    problem: SitingProblem,
    posts_now: int,
    posts_after: int,
    inspectors: int | None,
    norm: float | None,
) -> Staff | None:
    given = {"inspectors": inspectors, "residents_per_inspector": norm}
    wrong = [
        f"`{key}` is {value}; give a number above 0"
        for key, value in given.items()
        if value is not None and not (0 < value < math.inf)
    ]
    if inspectors is None and norm is not None:
        wrong.append("`residents_per_inspector` is given without `inspectors`; give both")
    if wrong:
        raise InputError(one_message("explain", wrong))
    if inspectors is None:
        return None
    total = problem.total
    return Staff(
        inspectors=inspectors,
        posts_now=posts_now,
        posts_after=posts_after,
        per_post_now=_each(inspectors, posts_now),
        per_post_after=_each(inspectors, posts_after),
        residents_per_post_now=_each(total, posts_now),
        residents_per_post_after=_each(total, posts_after),
        residents_per_inspector=_each(total, inspectors),
        norm=norm,
        due=None if norm is None else total / norm,
    )


def _each(whole: float, parts: int) -> float:
    return whole / parts if parts else math.nan
