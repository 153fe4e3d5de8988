"""The question every location model answers: who lives where, what stands, where posts could stand.

A `SitingProblem` is checked once, when it is made; models trust it.
"""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeAlias

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from ..errors import CRSError, InputError, one_message
from ..travel_times import TravelTimes, within

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]
Bools: TypeAlias = npt.NDArray[np.bool_]
Sparse: TypeAlias = Any  # a scipy sparse matrix or array; its stubs change with every release

STATUSES = ("existing", "planned", "required", "candidate", "forbidden")
STANDING = ("existing", "planned")
DEFAULTS: dict[str, Any] = {
    "status": "candidate",
    "may_close": False,
    "cost": 0.0,
    "closing_cost": 0.0,
    "capacity_residents": np.inf,
    "group": None,
    "kind": "",
}


@dataclass(frozen=True, eq=False)
class SitingProblem:
    """Doors, posts and candidate sites, and the walks between them.

    Attributes
    ----------
    times
        Walks from doors (rows) to posts and sites (columns), up to a limit. A walk that is not
        stored is longer than the limit; it counts as the limit where minutes are averaged.
    residents
        Residents of each door, by door id; fractions are fine. Doors no site reaches belong here
        too, or shares will be too high.
    sites
        One row for each column of `times`, by its id. Columns, all optional:

        `status`
            "existing" and "planned" posts stand; "required" sites are in every plan, and count
            as new; "candidate" sites (the default) may be; "forbidden" ones may not.
        `may_close`
            Whether a standing post may be closed, if the rules let any be closed.
        `cost`, `closing_cost`
            Of building at a site, and of closing a post; in one unit of money, 0 if not given.
        `capacity_residents`
            How many residents a post can serve (inspectors x norm); without limit if not given.
        `group`
            Of sites of one group at most one is chosen; None is no group.
        `kind`
            Kind of post.
        `neighbourhood`, geometry and all else
            Are kept; a GeoDataFrame must be in metres.
    cutoff_min
        Longest walk that counts as covered, one for all or one for each door; exactly this long
        still counts. In the minutes of `times`.
    neighbourhoods
        Neighbourhood of each door, by door id; None where nothing is asked by neighbourhood.

    Raises
    ------
    InputError
        All that does not fit, in one message.
    """

    times: TravelTimes
    residents: pd.Series
    sites: pd.DataFrame
    cutoff_min: float | Floats
    neighbourhoods: pd.Series | None = None

    def __post_init__(self) -> None:
        """Check all tables, and fill in the columns of sites that were left out."""
        problems = list(_problems(self))
        if problems:
            raise InputError(one_message("siting", problems))
        missing = {name: value for name, value in DEFAULTS.items() if name not in self.sites}
        object.__setattr__(self, "sites", self.sites.assign(**missing))
        object.__setattr__(self, "residents", self.residents.astype(float))
        if isinstance(self.sites, gpd.GeoDataFrame) and not _in_metres(self.sites):
            raise CRSError("siting: sites are not in metres; use sites.to_crs(a metric CRS)")

    def __repr__(self) -> str:
        counts = self.sites["status"].value_counts()
        parts = [f"{counts[status]} {status}" for status in STATUSES if status in counts]
        return (
            f"SitingProblem({len(self.residents)} doors, {self.people.sum():.0f} residents; "
            f"sites: {', '.join(parts)})"
        )

    @property
    def people(self) -> Floats:
        """Residents of each door, as an array."""
        return self.residents.to_numpy()

    @cached_property
    def total(self) -> float:
        """All residents, reached or not."""
        return math.fsum(self.people)

    @property
    def limit_s(self) -> float:
        """Longest walk known, in seconds."""
        return float(self.times.cutoff_min * 60)

    @property
    def one_cutoff_min(self) -> float | None:
        """The cutoff, where it is one for all doors."""
        return None if np.ndim(self.cutoff_min) else float(self.cutoff_min)

    def is_(self, *statuses: str) -> Bools:
        """Tell which sites have one of these statuses."""
        found: Bools = np.logical_or.reduce([self._statuses == status for status in statuses])
        return found

    @cached_property
    def _statuses(self) -> npt.NDArray[np.object_]:
        """Status of each site; models ask for it dozens of times."""
        return self.sites["status"].to_numpy(object)

    @property
    def standing(self) -> Bools:
        """Posts that stand whatever is planned: existing or planned, and not to be closed."""
        return self.is_(*STANDING) & ~self.closable

    @property
    def closable(self) -> Bools:
        """Standing posts that may be closed."""
        may_close: Bools = self.sites["may_close"].to_numpy(bool)
        return self.is_(*STANDING) & may_close

    @property
    def choosable(self) -> Bools:
        """Sites where a new post may be built, or must be."""
        return self.is_("candidate", "required")

    @property
    def permitted(self) -> Bools:
        """Sites where a post stands, or may: all that are not forbidden."""
        return ~self.is_("forbidden")

    def coverage(self, sites: Sequence[int] | None = None) -> Sparse:
        """Whether a door is within the cutoff of a site: sparse by columns, True where so.

        Of all sites, or of those at the positions given.
        """
        seconds = self.times.seconds if sites is None else self.times.seconds[:, list(sites)]
        limit = np.asarray(self.cutoff_min, dtype=float)
        limit = limit[seconds.indices] if limit.ndim else limit
        covered = within(seconds.data / 60, limit)
        columns = sparse.csc_array(
            (covered, seconds.indices.copy(), seconds.indptr.copy()), shape=seconds.shape
        )
        columns.eliminate_zeros()
        return columns

    def doors_within(self, sites: Iterable[int]) -> Iterator[Ints]:
        """Positions of the doors within the cutoff of each of these sites, ascending."""
        seconds, limit = self.times.seconds, np.asarray(self.cutoff_min, dtype=float)
        for site in sites:
            walks = slice(*seconds.indptr[site : site + 2])
            doors: Ints = seconds.indices[walks].astype(np.int64)
            near = within(seconds.data[walks] / 60, limit[doors] if limit.ndim else limit)
            yield np.sort(doors[near])

    def nearest_seconds(self, columns: Sequence[int] | Ints | Bools) -> Floats:
        """Seconds from each door to the nearest of these sites; infinite beyond the limit."""
        nearest = np.full(len(self.residents), np.inf)
        some = self.times.seconds[:, columns]
        np.minimum.at(nearest, some.indices, some.data)
        return nearest

    def positions(self, ids: Sequence[Any]) -> list[int]:
        """Columns of sites, by their ids."""
        return self.sites.index.get_indexer(pd.Index(ids, tupleize_cols=False)).tolist()


def problem_of_coverage(
    coverage: Sparse,
    residents: pd.Series,
    site_ids: pd.Index,
    *,
    covered: "np.ndarray[Any, Any] | pd.Series",
) -> SitingProblem:
    """State a problem where only who is within the cutoff of which site is known.

    Parameters
    ----------
    coverage
        Sparse, doors by sites, True where the walk is within the cutoff.
    residents
        Residents of each door, by door id.
    site_ids
        An id for each column of `coverage`; all are candidates.
    covered
        Doors that existing posts serve, in the order of `residents`. They stand as one post
        with the id "existing posts".

    Raises
    ------
    InputError
        If tables do not fit each other, or hold anything but true and false.

    Examples
    --------
    >>> sees = sparse.csr_array([[True, False], [True, True]])
    >>> people = pd.Series([10.0, 5.0], index=["d", "e"])
    >>> problem_of_coverage(sees, people, pd.Index(["P", "Q"]), covered=np.array([False, True]))
    SitingProblem(2 doors, 15 residents; sites: 1 existing, 2 candidate)
    """
    problems = list(about_coverage(coverage, residents, len(site_ids), covered))
    if problems:
        raise InputError(one_message("siting", problems))
    everything = sparse.hstack(
        [
            sparse.csc_array(coverage).astype(bool),
            sparse.csc_array(np.asarray(covered).reshape(-1, 1)),
        ],
        format="csc",
    )
    everything.eliminate_zeros()
    seconds = sparse.csc_array(
        (np.zeros(everything.nnz), everything.indices, everything.indptr), shape=everything.shape
    )
    ids = pd.Index([*site_ids, "existing posts"], dtype=object, tupleize_cols=False)
    sites = pd.DataFrame({"status": ["candidate"] * len(site_ids) + ["existing"]}, index=ids)
    return SitingProblem(TravelTimes(seconds, residents.index, ids, 1.0), residents, sites, 1.0)


def _in_metres(sites: gpd.GeoDataFrame) -> bool:
    return sites.crs is not None and sites.crs.is_projected


def _problems(problem: SitingProblem) -> Iterator[str]:
    times, residents, sites = problem.times, problem.residents, problem.sites
    if not residents.index.equals(times.door_ids):
        yield (
            f"`residents` ({len(residents)} doors) has other doors than `times` "
            f"({len(times.door_ids)}), or another order; reindex it first"
        )
    if not sites.index.equals(times.facility_ids):
        yield (
            f"`sites` ({len(sites)} rows) has other ids than the facilities of `times` "
            f"({len(times.facility_ids)}), or another order; reindex it first"
        )
    yield from about_residents(residents)
    yield from _about_sites(sites)
    cutoff = np.asarray(problem.cutoff_min, dtype=float)
    if cutoff.ndim and cutoff.shape != (len(residents),):
        yield f"`cutoff_min` has shape {cutoff.shape}, but there are {len(residents)} doors"
    elif not (np.isfinite(cutoff).all() and (cutoff > 0).all()):
        yield f"`cutoff_min` is {problem.cutoff_min}; give minutes above 0"
    elif cutoff.max(initial=0.0) > times.cutoff_min:
        yield (
            f"`cutoff_min` is {cutoff.max():g}, but times are known up to "
            f"{times.cutoff_min:g} min; search the times further"
        )
    where = problem.neighbourhoods
    if where is not None and not where.index.equals(residents.index):
        yield "`neighbourhoods` has other doors than `residents`, or another order; reindex it"


def about_residents(residents: pd.Series) -> Iterator[str]:
    """Tell what is wrong with residents, if anything is."""
    people = pd.to_numeric(residents, errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    wrong = np.flatnonzero(~(np.isfinite(people) & (people >= 0)))
    if wrong.size:
        doors = ", ".join(str(door) for door in residents.index[wrong[:5]])
        more = f" and {wrong.size - 5} more" if wrong.size > 5 else ""
        yield (
            f"`residents` of {wrong.size} of {people.size} doors are missing, negative or not "
            f"finite (doors {doors}{more}); give each door a number of 0 or more"
        )


def _about_sites(sites: pd.DataFrame) -> Iterator[str]:
    if sites.index.has_duplicates:
        twice = sites.index[sites.index.duplicated()][0]
        yield f"site id {twice!r} stands more than once; give each site an id of its own"
    if "status" in sites:
        wrong = sites["status"][~sites["status"].isin(STATUSES)]
        if len(wrong):
            yield (
                f"`status` of site {wrong.index[0]!r} is {wrong.iloc[0]!r}; "
                f"use one of {', '.join(STATUSES)}"
            )
    for name in ("cost", "closing_cost", "capacity_residents"):
        if name in sites:
            numbers = pd.to_numeric(sites[name], errors="coerce")
            bad = sites.index[~(numbers >= 0)]
            if len(bad):
                yield (
                    f"`{name}` of {len(bad)} sites is missing, negative or no number "
                    f"(site {bad[0]!r}); give a number of 0 or more"
                )


def about_coverage(
    coverage: Sparse,
    residents: pd.Series,
    sites: int,
    covered: "np.ndarray[Any, Any] | pd.Series",
) -> Iterator[str]:
    """Tell what is wrong with the tables of `problem_of_coverage`, if anything is."""
    yield from _about_shape(coverage, len(residents), sites)
    yield from _about_covered(covered, residents)


def _about_shape(coverage: Sparse, doors: int, sites: int) -> Iterator[str]:
    given: Any = coverage  # the stubs of `issparse` would forget its shape
    if not sparse.issparse(given):
        yield "`coverage` is not a scipy.sparse matrix; wrap it in scipy.sparse.csr_array"
    elif coverage.shape != (doors, sites):
        yield (
            f"`coverage` is {coverage.shape[0]} x {coverage.shape[1]}, but there are {doors} doors "
            f"and {sites} sites; give doors in rows and sites in columns"
        )
    elif coverage.dtype != bool and not np.isin(coverage.tocoo().data, (0, 1)).all():
        yield (
            "`coverage` holds numbers other than 0 and 1; compare walking times with the cutoff "
            "first"
        )


def _about_covered(
    covered: "np.ndarray[Any, Any] | pd.Series", residents: pd.Series
) -> Iterator[str]:
    if np.shape(covered) != (len(residents),):
        yield f"`covered` has shape {np.shape(covered)}, but there are {len(residents)} doors"
    elif isinstance(covered, pd.Series) and not covered.index.equals(residents.index):
        yield "`covered` has other doors than `residents`, or another order; reindex it first"
    if np.asarray(covered).dtype != bool:
        yield "`covered` does not hold true and false only; compare minutes with the cutoff first"
