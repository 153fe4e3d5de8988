"""The question every location model answers, checked once at the door."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from ..errors import InputError, one_message
from .benefit import Bools, Floats, Sparse

LARGEST_SEED = 2**31 - 1  # of HiGHS


@dataclass(frozen=True)
class Problem:
    """Who lives where, who is served, and who would be by which site.

    Attributes
    ----------
    coverage
        Sparse by columns, doors by candidate sites, True where within the cutoff.
    residents
        Residents of each door.
    served
        Doors within the cutoff of an existing post.
    site_ids
        One for each column.
    """

    coverage: Sparse
    residents: Floats
    served: Bools
    site_ids: pd.Index

    @property
    def total(self) -> float:
        """All residents, reached or not."""
        return math.fsum(self.residents)

    def residents_within(self, sites: Sequence[int]) -> float:
        """Sum the residents within the cutoff of an existing post or of one of these sites.

        The sum is exactly rounded, so the order of doors cannot change it.
        """
        served = self.served.copy()
        for site in sites:
            start, stop = self.coverage.indptr[site : site + 2]
            served[self.coverage.indices[start:stop]] = True
        return math.fsum(self.residents[served])


def checked_problem(
    model: str,
    coverage: Sparse,
    residents: pd.Series,
    site_ids: pd.Index,
    covered: "np.ndarray[Any, Any] | pd.Series",
) -> Problem:
    """Turn a model's tables into a `Problem`.

    Raises
    ------
    InputError
        If shapes do not fit, residents are not numbers of 0 or more, site ids repeat, or
        `coverage` or `covered` hold anything but true and false. All problems in one message.
    """
    site_ids = pd.Index(site_ids)
    people = pd.to_numeric(residents, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    problems = [
        *_about_residents(residents, people),
        *_about_coverage(coverage, len(people), site_ids),
        *_about_covered(covered, residents),
    ]
    if problems:
        raise InputError(one_message(model, problems))
    by_site = sparse.csc_matrix(coverage, dtype=bool)
    by_site.sum_duplicates()
    by_site.eliminate_zeros()
    return Problem(by_site, people, np.array(covered, dtype=bool), site_ids)


def check_choices(
    model: str,
    *,
    sites: int,
    new_posts: int,
    cutoff_min: float | None,
    time_limit_s: float,
    seed: int,
) -> None:
    """Refuse numbers no model can work with.

    Raises
    ------
    InputError
        If `new_posts` is negative or more than there are sites, or a limit or seed makes no sense.
    """
    problems = []
    if isinstance(new_posts, bool) or not isinstance(new_posts, Integral) or new_posts < 0:
        problems.append(f"`new_posts` is {new_posts}; give a whole number, 0 or more")
    elif new_posts > sites:
        problems.append(
            f"`new_posts` is {new_posts}, but there are {sites} candidate sites; "
            f"ask for {sites} or fewer, or place candidates closer together"
        )
    if cutoff_min is not None and not (math.isfinite(cutoff_min) and cutoff_min > 0):
        problems.append(f"`cutoff_min` is {cutoff_min}; give minutes above 0")
    if not time_limit_s > 0:
        problems.append(f"`time_limit_s` is {time_limit_s}; give seconds above 0")
    if not 0 <= seed <= LARGEST_SEED:
        problems.append(f"`seed` is {seed}; give a whole number from 0 to {LARGEST_SEED}")
    if problems:
        raise InputError(one_message(model, problems))


def _about_residents(residents: pd.Series, people: Floats) -> Iterator[str]:
    wrong = np.flatnonzero(~(np.isfinite(people) & (people >= 0)))
    if wrong.size:
        doors = ", ".join(str(door) for door in residents.index[wrong[:5]])
        more = f" and {wrong.size - 5} more" if wrong.size > 5 else ""
        yield (
            f"`residents` of {wrong.size} of {people.size} doors are missing, negative or not "
            f"finite (doors {doors}{more}); give each door a number of 0 or more"
        )


def _about_coverage(coverage: Sparse, doors: int, site_ids: pd.Index) -> Iterator[str]:
    given: Any = coverage  # the stubs of `issparse` would forget its shape
    if not sparse.issparse(given):
        yield "`coverage` is not a scipy.sparse matrix; wrap it in scipy.sparse.csr_matrix"
    elif coverage.shape != (doors, len(site_ids)):
        yield (
            f"`coverage` is {coverage.shape[0]} x {coverage.shape[1]}, but there are {doors} doors "
            f"and {len(site_ids)} sites; give doors in rows and sites in columns"
        )
    elif coverage.dtype != bool and not np.isin(coverage.tocoo().data, (0, 1)).all():
        yield (
            "`coverage` holds numbers other than 0 and 1; compare walking times with the cutoff "
            "first"
        )
    if site_ids.has_duplicates:
        twice = site_ids[site_ids.duplicated()][0]
        yield f"`site_ids` holds {twice!r} more than once; give each site an id of its own"


def _about_covered(
    covered: "np.ndarray[Any, Any] | pd.Series", residents: pd.Series
) -> Iterator[str]:
    if np.shape(covered) != (len(residents),):
        yield f"`covered` has shape {np.shape(covered)}, but there are {len(residents)} doors"
    elif isinstance(covered, pd.Series) and not covered.index.equals(residents.index):
        yield "`covered` has other doors than `residents`, or another order; reindex it first"
    if np.asarray(covered).dtype != bool:
        yield "`covered` does not hold true and false only; compare minutes with the cutoff first"
