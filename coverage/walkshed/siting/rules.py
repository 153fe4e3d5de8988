"""What a plan must keep to: how many posts, what they may cost, what may be closed."""

import math
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from numbers import Integral, Real

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy import sparse

from ..errors import InputError, one_message
from .problem import Bools, Floats, Ints, SitingProblem, Sparse

COST_TOLERANCE = 1e-9  # relative; sums of money in floating point


@dataclass(frozen=True)
class SitingRules:
    """The rules of a plan; all of them hold together.

    Attributes
    ----------
    new_posts
        At most so many posts more than today: new ones less closed ones. None where only money
        limits them.
    budget
        Money for building and closing, in the unit of the sites' `cost`; None is no limit.
    closed_posts
        At most so many of the posts that may be closed are. Each post closed allows one more to
        be built, which is a relocation: with `new_posts` 0, posts are only moved.
    least_distance_m
        Between any two new posts, as the crow flies; 0 is no rule.
    unlike
        Sets of ids of open sites (new ones, and posts that may be closed but are not). A plan lacks
        one of each set, and has one that is not in it: so the next best plan is asked for.

    Raises
    ------
    InputError
        If a number makes no sense.

    Examples
    --------
    >>> SitingRules(new_posts=6, closed_posts=2)
    SitingRules(new_posts=6, budget=None, closed_posts=2, least_distance_m=0.0, unlike=())

    A post stands where 10 people live; 30 live where one could stand. To move it serves more than
    to leave it, though no post is added.

    >>> from walkshed.siting import mclp, problem_of_coverage
    >>> people = pd.Series([10.0, 30.0], index=["here", "there"])
    >>> sees = sparse.csr_array([[False], [True]])
    >>> stands = np.array([True, False])
    >>> town = problem_of_coverage(sees, people, pd.Index(["site"]), covered=stands)
    >>> town.sites.loc["existing posts", "may_close"] = True
    >>> plan = mclp(town, SitingRules(new_posts=0, closed_posts=1))
    >>> plan.site_ids, plan.closed_ids, plan.objective
    (('site',), ('existing posts',), 30.0)
    """

    new_posts: int | None = None
    budget: float | None = None
    closed_posts: int = 0
    least_distance_m: float = 0.0
    unlike: tuple[frozenset[Hashable], ...] = ()

    def __post_init__(self) -> None:
        """Refuse numbers no model can work with."""
        problems = [
            *_whole("new_posts", self.new_posts),
            *_whole("closed_posts", self.closed_posts),
            *_amount("budget", self.budget),
            *_amount("least_distance_m", self.least_distance_m),
        ]
        if problems:
            raise InputError(one_message("siting", problems))


def _whole(name: str, value: int | None) -> Iterator[str]:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, Integral) or value < 0:
        yield f"`{name}` is {value}; give a whole number, 0 or more"


def _amount(name: str, value: float | None) -> Iterator[str]:
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 <= float(value) < math.inf:
        yield f"`{name}` is {value}; give a number of 0 or more"


@dataclass(frozen=True, eq=False)
class SideRows:
    """The rules as rows over the sites that can be open or not: `lower <= matrix @ open <= upper`.

    Attributes
    ----------
    columns
        Positions in `problem.sites` of the sites that the rows speak of: choosable and closable.
    matrix
        Sparse by rows, one column for each of `columns`.
    lower, upper
        Limits of each row.
    must_open
        Whether a site must be open (it is required), by column.
    names
        Which rule each row is of.
    posts_row, budget_row
        The row of `new_posts` and that of `budget`; None where there is none.
    closings
        How many posts may be closed.
    """

    columns: Ints
    matrix: Sparse
    lower: Floats
    upper: Floats
    must_open: Bools
    names: tuple[str, ...]
    posts_row: int | None = None
    budget_row: int | None = None
    closings: int = 0


def side_rows(problem: SitingProblem, rules: SitingRules) -> SideRows:
    """State the rules as rows over open sites."""
    columns = np.flatnonzero(problem.choosable | problem.closable)
    new = problem.choosable[columns].astype(float)
    old = 1.0 - new
    sites = problem.sites.iloc[columns]
    rows: list[tuple[str, Floats | Sparse, float, float]] = []
    if rules.new_posts is not None:
        # new ones less closed ones; what is open of the closable has not been closed
        rows.append(("new_posts", new + old, -np.inf, float(rules.new_posts + old.sum())))
    if old.any():
        rows.append(("closed_posts", old, float(max(old.sum() - rules.closed_posts, 0)), np.inf))
    if rules.budget is not None:
        closing = sites["closing_cost"].to_numpy(float) * old
        cost = sites["cost"].to_numpy(float) * new - closing
        slack = COST_TOLERANCE * max(1.0, rules.budget)
        rows.append(("budget", cost, -np.inf, rules.budget - float(closing.sum()) + slack))
    for others in rules.unlike:
        inside = sites.index.isin(pd.Index(list(others), tupleize_cols=False)).astype(float)
        rows.append(("unlike", inside, -np.inf, inside.sum() - 1.0))
        rows.append(("unlike", 1.0 - inside, 1.0, np.inf))
    conflicts = [
        *(("group", pair) for pair in _groups(sites, new > 0)),
        *(("least_distance_m", pair) for pair in _too_near(sites, new > 0, rules)),
    ]
    together = _at_most_one([members for _, members in conflicts], columns.size)
    names = tuple([name for name, *_ in rows] + [name for name, _ in conflicts])
    return SideRows(
        columns=columns,
        matrix=sparse.vstack(
            [sparse.csr_array((0, columns.size)), *(_row(row) for _, row, _, _ in rows), together],
            format="csr",
        ),
        lower=np.array([low for *_, low, _ in rows] + [-np.inf] * len(conflicts)),
        upper=np.array([up for *_, up in rows] + [1.0] * len(conflicts)),
        must_open=problem.is_("required")[columns],
        names=names,
        posts_row=None if rules.new_posts is None else names.index("new_posts"),
        budget_row=None if rules.budget is None else names.index("budget"),
        closings=min(rules.closed_posts, int(old.sum())),
    )


def open_sites_of(problem: SitingProblem, rows: SideRows, is_open: Bools) -> list[int]:
    """Positions in the problem's sites of all that is open, where columns of the rows are."""
    return [*np.flatnonzero(problem.standing).tolist(), *rows.columns[is_open].tolist()]


def broken_rules(problem: SitingProblem, rules: SitingRules, open_sites: Sequence[int]) -> set[str]:
    """Name the rules that a set of open sites breaks; empty for a plan that keeps to all."""
    rows = side_rows(problem, rules)
    is_open = np.isin(rows.columns, list(open_sites)).astype(float)
    value = rows.matrix @ is_open
    wrong = (value < rows.lower - COST_TOLERANCE) | (value > rows.upper + COST_TOLERANCE)
    broken = {rows.names[row] for row in np.flatnonzero(wrong)}
    if (rows.must_open & (is_open == 0)).any():
        broken.add("required")
    if not problem.permitted[list(open_sites)].all():
        broken.add("forbidden")
    return broken


def only_counts(problem: SitingProblem, rules: SitingRules) -> bool:
    """Tell whether nothing but the number of new posts limits a plan.

    What cannot bind is no rule: a group of one site, or posts that may be closed where the rules
    let none be.
    """
    return (
        rules.new_posts is not None
        and rules.budget is None
        and rules.least_distance_m == 0
        and not rules.unlike
        and not (rules.closed_posts and problem.closable.any())
        and not problem.is_("required").any()
        and not problem.sites["group"][problem.choosable].dropna().duplicated().any()
    )


def _row(values: Floats) -> Sparse:
    return sparse.csr_array(values.reshape(1, -1))


def _groups(sites: pd.DataFrame, new: Bools) -> list[Ints]:
    places = pd.Series(np.arange(len(sites)))[new]
    group = sites["group"].reset_index(drop=True)[new]
    found = [members.to_numpy() for _, members in places.groupby(group, dropna=True, sort=True)]
    return [members for members in found if members.size > 1]


def _too_near(sites: pd.DataFrame, new: Bools, rules: SitingRules) -> list[Ints]:
    if rules.least_distance_m == 0:
        return []
    if not isinstance(sites, gpd.GeoDataFrame):
        raise InputError(
            "siting: `least_distance_m` needs the place of each site; give sites as a GeoDataFrame"
        )
    places = np.flatnonzero(new)
    points = sites.geometry.to_numpy()[places]
    first, second = shapely.STRtree(points).query(
        points, predicate="dwithin", distance=rules.least_distance_m
    )
    apart = shapely.distance(points[first], points[second])
    near = (first < second) & (apart < rules.least_distance_m)
    return [np.array(pair) for pair in zip(places[first[near]], places[second[near]], strict=True)]


def _at_most_one(members: list[Ints], columns: int) -> Sparse:
    row = np.repeat(np.arange(len(members)), [len(some) for some in members])
    column = np.concatenate([np.zeros(0, dtype=np.int64), *members])
    return sparse.csr_array((np.ones(len(row)), (row, column)), shape=(len(members), columns))
