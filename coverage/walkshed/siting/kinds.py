"""Kinds of post: a modular post, a room in a building, a point combined with housing."""

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from ..errors import InputError, one_message
from ..travel_times import TravelTimes
from .problem import Bools, Floats, Ints, SitingProblem

SETS = (list, tuple, set, frozenset)


def with_kinds(
    problem: SitingProblem, kinds: pd.DataFrame, *, residents_per_inspector: float | None = None
) -> SitingProblem:
    """Let each candidate site be built as one of several kinds of post.

    A candidate becomes one option for each kind that may stand there; its options share a group,
    so that at most one is chosen, or keep the group that the site had. Any model and rule then
    works as before: `capacitated_coverage` under a budget chooses site and kind together, and
    the ids of its plan are pairs of both.

    Parameters
    ----------
    problem
        Its candidates are turned into options. A required site is not: it must name its `kind`,
        and takes its capacity from the table, and its cost as options do. All other sites stay as
        they are.
    kinds
        One row for each kind, its name as index. Columns, all optional: `cost`, which is added to
        that of the place (land and connections there; 0 if not given),
        `capacity_residents` (else `inspectors` x `residents_per_inspector`, else without limit),
        `inspectors`, and `allowed_at`: a list of places, as the `place` column of sites names
        them, where this kind may stand; None is everywhere.
    residents_per_inspector
        The norm of staffing, such as one of `standards.staffing_norms()`.

    Returns
    -------
    SitingProblem
        Options have the id `(site, kind)`, and columns `site`, `kind` and `inspectors`; the site
        of all other rows is their own id.

    Raises
    ------
    InputError
        All that does not fit, in one message: an empty or repeated kind, numbers that make no
        sense, `allowed_at` without `place`, inspectors without a norm, a required site without a
        known kind.

    Examples
    --------
    A room may stand only in housing; a modular post anywhere, but costs more and serves more.

    >>> from scipy import sparse
    >>> from walkshed.siting import SitingRules, capacitated_coverage
    >>> seconds = sparse.csc_array([[60.0, 60.0], [60.0, 60.0]])
    >>> ids, doors = pd.Index(["house", "square"]), pd.Index(["a", "b"])
    >>> people = pd.Series([3000.0, 2000.0], index=doors)
    >>> sites = pd.DataFrame({"place": ["housing", "street"]}, index=ids)
    >>> town = SitingProblem(TravelTimes(seconds, doors, ids, 15), people, sites, 10)
    >>> kinds = pd.DataFrame(
    ...     {"cost": [2.0, 5.0], "inspectors": [1, 2], "allowed_at": [["housing"], None]},
    ...     index=["room", "modular post"],
    ... )
    >>> options = with_kinds(town, kinds, residents_per_inspector=2000)
    >>> options.sites[["cost", "capacity_residents"]].to_records().tolist()  # doctest: +ELLIPSIS
    [(('house', 'room'), 2.0, 2000.0), (('house', 'modular post'), 5.0, 4000.0), (('square', ...
    >>> plan = capacitated_coverage(options, SitingRules(budget=5))
    >>> plan.objective, [kind for _, kind in plan.site_ids]
    (4000.0, ['modular post'])
    >>> plan = capacitated_coverage(options, SitingRules(budget=7))
    >>> plan.objective, sorted(plan.site_ids)
    (5000.0, [('house', 'room'), ('square', 'modular post')])
    """
    problems = list(_problems(problem, kinds, residents_per_inspector))
    if problems:
        raise InputError(one_message("kinds of post", problems))
    site, kind = _options(problem, kinds)
    sites = problem.sites.iloc[site]
    is_option = (sites["status"] == "candidate").to_numpy()
    labels = [
        (label, kinds.index[of]) if option else label
        for label, of, option in zip(sites.index, kind, is_option, strict=True)
    ]
    ids = pd.Index(labels, dtype=object, tupleize_cols=False)
    sites = sites.assign(
        site=pd.Series([*sites.index], dtype=object).array,
        group=_groups(sites, is_option).array,
        **_of_kinds(sites, kind, kinds, residents_per_inspector),
    ).set_axis(ids)
    times = problem.times
    walks = TravelTimes(times.seconds[:, site], times.door_ids, ids, times.cutoff_min)
    return dataclasses.replace(problem, times=walks, sites=sites)


def _options(problem: SitingProblem, kinds: pd.DataFrame) -> tuple[Ints, Ints]:
    """List site and kind of each option, by position; the kind is -1 for all other sites."""
    status = problem.sites["status"].to_numpy()
    places = problem.sites["place"].to_numpy() if "place" in problem.sites else status
    allowed = [_allowed(kinds, kind) for kind in range(len(kinds))]
    known = {name: kind for kind, name in enumerate(kinds.index)}
    options: list[tuple[int, int]] = []
    for site, (state, place) in enumerate(zip(status, places, strict=True)):
        if state == "candidate":
            options += [
                (site, kind) for kind, at in enumerate(allowed) if at is None or place in at
            ]
        else:
            own = problem.sites["kind"].iloc[site]
            options.append((site, known[own] if state == "required" else -1))
    pairs = np.array(options, dtype=np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]


def _allowed(kinds: pd.DataFrame, kind: int) -> frozenset[str] | None:
    """Tell at which places a kind may stand; None is everywhere."""
    at = kinds["allowed_at"].iloc[kind] if "allowed_at" in kinds else None
    return frozenset(at) if isinstance(at, SETS) else None


def _groups(sites: pd.DataFrame, is_option: Bools) -> pd.Series:
    groups = [
        f"options of site {label!r}" if option and pd.isna(group) else group
        for group, option, label in zip(sites["group"], is_option, sites.index, strict=True)
    ]
    return pd.Series(groups, dtype=object)


def _of_kinds(
    sites: pd.DataFrame, kind: Ints, kinds: pd.DataFrame, norm: float | None
) -> dict[str, "np.ndarray[Any, Any]"]:
    """Columns of sites, taken from their kind where they have one."""
    columns: dict[str, np.ndarray[Any, Any]] = {
        "cost": _numbers(kinds, "cost", 0.0),
        "capacity_residents": _capacity(kinds, norm),
        "inspectors": _numbers(kinds, "inspectors", np.nan),
        "kind": kinds.index.to_numpy(object),
    }
    filled = {}
    for name, of_kind in columns.items():
        own = sites[name].to_numpy() if name in sites else np.full(len(sites), np.nan)
        of_site = of_kind[np.maximum(kind, 0)]
        filled[name] = np.where(kind >= 0, of_site + own if name == "cost" else of_site, own)
    return filled


def _numbers(kinds: pd.DataFrame, name: str, default: float) -> Floats:
    if name not in kinds:
        return np.full(len(kinds), default)
    values: Floats = kinds[name].to_numpy(float)
    return values


def _capacity(kinds: pd.DataFrame, residents_per_inspector: float | None) -> Floats:
    if "capacity_residents" not in kinds and residents_per_inspector is not None:
        staff = _numbers(kinds, "inspectors", np.inf)
        return staff * residents_per_inspector
    return _numbers(kinds, "capacity_residents", np.inf)


def _problems(problem: SitingProblem, kinds: pd.DataFrame, norm: float | None) -> Iterator[str]:
    if kinds.empty or kinds.index.has_duplicates:
        yield "give each kind one row, with its name as index"
    for name in ("cost", "capacity_residents", "inspectors"):
        if name in kinds:
            bad = kinds.index[~(pd.to_numeric(kinds[name], errors="coerce") >= 0)]
            if len(bad):
                yield f"`{name}` of kind {bad[0]!r} is missing, negative or no number"
    if norm is not None and not norm > 0:
        yield f"`residents_per_inspector` is {norm}; give a number above 0"
    if "inspectors" in kinds and "capacity_residents" not in kinds and norm is None:
        yield "`inspectors` tell no capacity alone; give `residents_per_inspector` too"
    yield from _about_places(problem, kinds)
    required = problem.sites[problem.is_("required")]
    unknown = required.index[~required["kind"].isin(kinds.index)]
    if len(unknown):
        yield f"required site {unknown[0]!r} has no `kind` of the table; say which it will be"


def _about_places(problem: SitingProblem, kinds: pd.DataFrame) -> Iterator[str]:
    if "allowed_at" not in kinds:
        return
    wrong = [
        name
        for name, at in kinds["allowed_at"].items()
        if not (isinstance(at, SETS) or pd.isna(at))
    ]
    if wrong:
        yield f"`allowed_at` of kind {wrong[0]!r} is no list of places; write ['housing'], say"
        return
    if "place" not in problem.sites:
        yield "`allowed_at` needs to know what is at each site; give sites a `place`"
        return
    places = set(problem.sites["place"].dropna())
    for name, at in kinds["allowed_at"].items():
        if isinstance(at, SETS) and not places & set(at):
            yield (
                f"kind {name!r} may stand only at {', '.join(sorted(map(str, at)))}, but no "
                f"site is there; there are: {', '.join(sorted(map(str, places)))}"
            )
