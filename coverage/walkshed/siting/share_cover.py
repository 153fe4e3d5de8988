"""Covering a share of all residents: who must be covered, a quick choice, and the program."""

import math
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from scipy import sparse

from ..errors import InputError
from .clock import first_by
from .door_groups import DoorGroups, door_groups
from .figures import SHARE_TOLERANCE
from .finish import Search
from .greedy import above_zero, filled_up, keeps_to
from .problem import Bools, Floats, Ints, SitingProblem, Sparse
from .program import Program
from .rules import SideRows


@dataclass(frozen=True, eq=False)
class ShareCover:
    """Groups of doors that what stands for good does not cover, and how many residents must be.

    Attributes
    ----------
    groups
        By the columns of the rules that reach them.
    needed
        Residents that new and closable posts must cover together.
    everyone
        Whether that is all of them.
    """

    groups: DoorGroups
    needed: float
    everyone: bool

    def is_met(self, is_open: Bools) -> bool:
        """Tell whether open columns cover enough."""
        covered = self.groups.reach @ is_open.astype(float) > 0
        if self.everyone:
            return bool(covered.all())
        return math.fsum(self.groups.residents[covered]) >= self.needed


def share_cover(problem: SitingProblem, side: SideRows, reach: Sparse, share: float) -> ShareCover:
    """State who must be covered, where `reach` tells for doors and all sites who reaches whom."""
    covered = reach[:, np.flatnonzero(problem.standing)].sum(axis=1) > 0
    left = np.where(covered, 0.0, problem.people)
    groups = door_groups(left, reach[:, side.columns])
    needed = share * problem.total - math.fsum(problem.people[covered])
    slack = SHARE_TOLERANCE * problem.total
    return ShareCover(groups, max(0.0, needed - slack), share == 1)


def quick_cover(cover: ShareCover, search: Search, side: SideRows, price: Floats) -> Bools | None:
    """Open what covers most for its price until enough is covered; then close what is not needed.

    Returns
    -------
    Bools or None
        Which columns are open; None where this way leads to no plan.
    """
    reach, residents = cover.groups.reach, cover.groups.residents
    reached_by = sparse.csr_array(reach.T)

    def appraise(is_open: Bools) -> tuple[float, Floats]:
        covered = reach @ is_open.astype(float) > 0
        now = float(residents[covered].sum())
        if cover.is_met(is_open):
            return now, np.full(is_open.size, now)
        return now, now + reached_by @ np.where(covered, 0.0, residents)

    may_build = search.problem.choosable[side.columns]
    first = side.must_open | ~may_build
    if not keeps_to(side, first):
        return None
    chosen = filled_up(side, appraise, first, above_zero(price), deadline=first_by(search.deadline))
    if not cover.is_met(chosen):
        return None
    return without_spare(cover, side, may_build, chosen, price)


def without_spare(
    cover: ShareCover, side: SideRows, may_build: Bools, is_open: Bools, price: Floats
) -> Bools:
    """Close new sites that are not needed, the dearest first; keep posts that need not close."""
    kept = is_open.copy()
    spare = np.flatnonzero(kept & may_build & ~side.must_open)
    for site in spare[np.argsort(-price[spare], kind="stable")]:
        kept[site] = False
        kept[site] = not (cover.is_met(kept) and keeps_to(side, kept))
    for post in np.flatnonzero(~kept & ~may_build):
        kept[post] = True
        kept[post] = keeps_to(side, kept)
    return kept


def cover_program(cover: ShareCover, search: Search, side: SideRows, price: Floats) -> Program:
    """State the cheapest choice that covers enough; posts are closed only to make room.

    Unknowns are the columns, and, where not everyone must be covered, who is.
    """
    reach, residents = cover.groups.reach, cover.groups.residents
    size, sites = reach.shape
    stays = side.must_open.copy()
    if side.closings == 0 or side.posts_row is None:
        stays |= ~search.problem.choosable[side.columns]
    if cover.everyone:
        return Program(
            cost=price,
            rows=sparse.vstack([reach, side.matrix], format="csr"),
            row_lower=np.r_[np.ones(size), side.lower],
            row_upper=np.r_[np.full(size, np.inf), side.upper],
            lower=stays.astype(float),
            upper=np.ones(sites),
            is_integer=np.ones(sites, dtype=bool),
        )
    unit = max(float(residents.sum()), 1.0) / 100
    enough = sparse.csr_array((residents / unit).reshape(1, -1))
    return Program(
        cost=np.r_[price, np.zeros(size)],
        rows=sparse.block_array(
            [[-reach, sparse.eye_array(size)], [None, enough], [side.matrix, None]], format="csr"
        ),
        row_lower=np.r_[np.full(size, -np.inf), cover.needed / unit, side.lower],
        row_upper=np.r_[np.zeros(size), np.inf, side.upper],
        lower=np.r_[stays.astype(float), np.zeros(size)],
        upper=np.ones(sites + size),
        is_integer=np.arange(sites + size) < sites,
    )


def program_values(cover: ShareCover, is_open: Bools) -> Floats:
    """Give the values of the unknowns of `cover_program` for open columns."""
    covered = cover.groups.reach @ is_open.astype(float) > 0
    values: Floats = np.r_[is_open, [] if cover.everyone else covered].astype(float)
    return values


@dataclass(frozen=True, eq=False)
class EngineTask:
    """A cover as the covering engine takes it: what stays open is taken off.

    Attributes
    ----------
    reach, residents
        Groups that what stays does not cover, by the columns that are free to choose.
    free
        Those columns, by their place among the columns of the rules.
    stays
        Columns that are open in every plan.
    need
        Residents that are still to be covered; 0 or less where what stays does.
    conflicts
        Pairs of free columns that exclude each other.
    """

    reach: Sparse
    residents: Floats
    free: Ints
    stays: Bools
    need: float
    conflicts: Ints


PAIRWISE = {"group", "least_distance_m"}
ENGINE_FROM = 200_000
"""Pairs of doors and sites from which a cover goes to the engine; below, HiGHS alone was quicker in
the few cities that were tried. Either proves the same plans."""


def engine_task(
    cover: ShareCover, search: Search, side: SideRows, price: Floats
) -> EngineTask | None:
    """State a large cover for the covering engine; None where it is small, or rules forbid it.

    The engine knows no rules but pairs of sites that exclude each other, and closes nothing. A
    limit on the number of posts is left to the caller, where posts are what is counted.
    """
    if cover.groups.reach.nnz < ENGINE_FROM:
        return None
    may_build = search.problem.choosable[side.columns]
    counted = bool((price[may_build] == 1).all()) and side.closings == 0
    names = set(side.names) - {"closed_posts"} - ({"new_posts"} if counted else set())
    stays = side.must_open | ~may_build
    if names - PAIRWISE or not keeps_to(side, stays) or (price[may_build] <= 0).any():
        return None
    pairs = _pairs(side)
    beside = np.zeros(stays.size, dtype=bool)
    beside[pairs[stays[pairs].any(axis=1)].ravel()] = True
    free = np.flatnonzero(~stays & ~beside)
    left = cover.groups.reach @ stays.astype(float) == 0
    covered = math.fsum(cover.groups.residents[~left])
    residents = cover.groups.residents[left]
    place = np.full(stays.size, -1)
    place[free] = np.arange(free.size)
    conflicts = place[pairs]
    return EngineTask(
        reach=sparse.csc_array(cover.groups.reach[left][:, free]),
        residents=residents,
        free=free,
        stays=stays,
        need=math.fsum(residents) if cover.everyone else cover.needed - covered,
        conflicts=conflicts[(conflicts >= 0).all(axis=1)],
    )


def _pairs(side: SideRows) -> Ints:
    """List all pairs of columns that a row of at most one forbids."""
    rows = sparse.csr_array(side.matrix)
    pairs = [
        pair
        for row, name in enumerate(side.names)
        if name in PAIRWISE
        for pair in combinations(rows.indices[rows.indptr[row] : rows.indptr[row + 1]], 2)
    ]
    return np.array(pairs, dtype=np.int64).reshape(-1, 2)


def check_share(model: str, share: float) -> None:
    """Refuse a share that makes no sense."""
    if not 0 < share <= 1:
        raise InputError(f"{model}: `share` is {share}; give a number above 0 and up to 1")
