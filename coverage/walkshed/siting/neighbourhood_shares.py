"""Shares of neighbourhoods within the cutoff: what open columns give to each, priced and stated."""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from ..errors import InputError
from .door_groups import door_groups
from .finish import Search
from .greedy import Appraisal
from .prices import Relax, Relaxed
from .problem import Bools, Floats, Sparse
from .program import Program
from .rules import SideRows, side_rows

TIE = 1e-3  # what reaching everyone weighs beside the worst share, in the quick choice only


@dataclass(frozen=True, eq=False)
class Shares:
    """Groups of doors that nothing covers for good, and what they add to which neighbourhood.

    `parts` holds, groups by neighbourhoods, the share of the neighbourhood that lives in the
    group; `now` is the share of each that is covered for good, `standing` all residents who are.
    """

    side: SideRows
    reach: Sparse
    residents: Floats
    parts: Sparse
    names: pd.Index
    now: Floats
    standing: float

    def of(self, covered: Bools) -> Floats:
        """Share of each neighbourhood within the cutoff, where these groups are covered."""
        shares: Floats = self.now + self.parts.T @ covered.astype(float)
        return shares

    def covered(self, is_open: Bools) -> Bools:
        """Tell which groups open columns cover."""
        some: Bools = self.reach @ is_open.astype(float) > 0
        return some


def shares_of(model: str, search: Search) -> Shares:
    """Group the doors that nothing covers for good, and tell what they are of neighbourhoods.

    Raises
    ------
    InputError
        If there are no neighbourhoods with residents; `model` is named.
    """
    problem = search.problem
    if problem.neighbourhoods is None:
        raise InputError(f"{model}: the problem has no `neighbourhoods`; give one to each door")
    side = side_rows(problem, search.rules)
    code, names = pd.factorize(problem.neighbourhoods, sort=True)
    everyone = np.bincount(code + 1, problem.people, minlength=len(names) + 1)[1:]
    lived_in = np.flatnonzero(everyone > 0)
    if lived_in.size == 0:
        raise InputError(f"{model}: nobody lives in any neighbourhood; check `residents`")
    sees = problem.coverage()
    covered = sees[:, np.flatnonzero(problem.standing)].sum(axis=1) > 0
    left = np.where(covered, 0.0, problem.people)
    groups = door_groups(left, sees[:, side.columns], code + 1)
    (label,) = groups.labels
    inside = np.flatnonzero(label > 0)
    part = groups.residents[inside] / everyone[label[inside] - 1]
    parts = sparse.csr_array((part, (inside, label[inside] - 1)), shape=(label.size, len(names)))
    reached = np.bincount(code + 1, problem.people - left, minlength=len(names) + 1)[1:]
    return Shares(
        side=side,
        reach=groups.reach,
        residents=groups.residents,
        parts=sparse.csr_array(parts[:, lived_in]),
        names=pd.Index(names)[lived_in],
        now=(reached[lived_in] / everyone[lived_in]),
        standing=math.fsum(problem.people[covered]),
    )


def program_of_shares(shares: Shares, weight: Floats, shift: Floats, *, worst: bool) -> Program:
    """State the question: covered groups are reached, and shares + `shift` >= the worst, or 0."""
    side, reach = shares.side, shares.reach
    size, sites = reach.shape
    areas = shares.names.size
    of_worst = sparse.csr_array(-np.ones((areas, 1))) if worst else sparse.csr_array((areas, 0))
    extra = of_worst.shape[1]
    rows = sparse.block_array(
        [
            [-reach, sparse.eye_array(size), sparse.csr_array((size, extra))],
            [None, shares.parts.T, of_worst],
            [side.matrix, None, None],
        ],
        format="csr",
    )
    unknowns = sites + size + extra
    return Program(
        cost=-np.r_[np.zeros(sites), weight],
        rows=rows,
        row_lower=np.r_[np.full(size, -np.inf), -shift, side.lower],
        row_upper=np.r_[np.zeros(size), np.full(areas, np.inf), side.upper],
        lower=np.r_[side.must_open.astype(float), np.zeros(size + extra)],
        upper=np.ones(unknowns),
        is_integer=np.arange(unknowns) < sites,
    )


def appraisal_of_shares(shares: Shares, least: float) -> Appraisal:
    """Worth of open columns: the worst share, as far as it is below `least`, then residents."""
    reached_by = sparse.csr_array(shares.reach.T)
    total = max(float(shares.residents.sum()), 1.0)
    tie = TIE if least == 1 else 1 / (1 / TIE + shares.names.size)

    def worth(share: Floats, residents: Floats) -> Floats:
        capped = np.minimum(share, least)
        lacking = capped.min(axis=0) + TIE * capped.mean(axis=0)
        value: Floats = lacking + tie * residents / total
        return value

    def appraise(is_open: Bools) -> tuple[float, Floats]:
        covered = shares.covered(is_open)
        left = np.where(covered, 0.0, 1.0)
        share, now = shares.of(covered), float(shares.residents[covered].sum())
        more = (reached_by @ sparse.csr_array(shares.parts.multiply(left[:, None]))).toarray()
        values = worth(share[:, None] + more.T, now + reached_by @ (left * shares.residents))
        value = float(worth(share, np.asarray(now)))
        return value, np.where(is_open, value, values)

    return appraise


def relaxation_of_shares(shares: Shares) -> Relax:
    """Price the cover of each group, per share of its neighbourhood, and weigh neighbourhoods.

    The worst share is at most any weighted mean of shares, if the weights sum to 1.
    """
    size = shares.reach.shape[0]
    part = np.asarray(shares.parts.sum(axis=1)).ravel()
    area = sparse.csr_array(shares.parts > 0)
    reached_by = sparse.csr_array(shares.reach.T)

    def relax(prices: Floats) -> Relaxed:
        price, weight = prices[:size], prices[size:]
        worth = part * (area @ weight - price)
        taken = worth > 0

        def slope(chosen: Floats) -> Floats:
            return np.concatenate([part * (shares.reach @ chosen - taken), shares.of(taken)])

        of_doors = float(weight @ shares.now) + math.fsum(worth[taken])
        return Relaxed(of_doors, reached_by @ (part * price), slope)

    return relax


def relaxation_of_residents(shares: Shares) -> Relax:
    """Price the cover of each resident; what neighbourhoods need is left out."""
    people = shares.residents
    reached_by = sparse.csr_array(shares.reach.T)

    def relax(prices: Floats) -> Relaxed:
        return Relaxed(
            float(people @ np.maximum(1.0 - prices, 0.0)),
            reached_by @ (people * prices),
            lambda chosen: people * (shares.reach @ chosen - (prices < 1.0)),
        )

    return relax


def on_simplex(values: Floats) -> Floats:
    """Give the nearest weights of 0 or more that sum to 1.

    Examples
    --------
    >>> on_simplex(np.array([0.9, 0.5, -1.0])).round(6).tolist()
    [0.7, 0.3, 0.0]
    """
    ranked = -np.sort(-values)
    excess = (np.cumsum(ranked) - 1) / np.arange(1, values.size + 1)
    weights: Floats = np.maximum(values - excess[np.flatnonzero(ranked > excess)[-1]], 0.0)
    return weights
