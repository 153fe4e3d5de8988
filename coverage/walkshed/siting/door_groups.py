"""Doors that the same sites reach, taken as one: the same question with fewer rows."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from .merge import equal_rows
from .problem import Floats, Ints, SitingProblem, Sparse


@dataclass(frozen=True, eq=False)
class DoorGroups:
    """Groups of doors with residents that the same sites reach, and that share their labels.

    Attributes
    ----------
    reach
        Sparse by rows, groups by sites, 1 where the sites are within the cutoff.
    residents
        Of each group.
    labels
        One array for each label asked for.
    """

    reach: Sparse
    residents: Floats
    labels: tuple[Ints, ...]


def door_groups(problem: SitingProblem, columns: Ints, *labels: Ints) -> DoorGroups:
    """Group the doors by the sites of `columns` within their cutoff, and by labels.

    Doors where nobody lives are left out. The order of groups follows the sites they see, so the
    order of doors changes nothing.

    Parameters
    ----------
    columns
        Positions in `problem.sites`.
    labels
        Whole numbers of 0 or more, one for each door; doors of one group have the same.

    Examples
    --------
    >>> import pandas as pd
    >>> from walkshed.siting import problem_of_coverage
    >>> sees = sparse.csr_array([[True, False], [True, True], [True, False]])
    >>> people = pd.Series([10.0, 5.0, 3.0], index=list("abc"))
    >>> nobody = np.zeros(3, dtype=bool)
    >>> town = problem_of_coverage(sees, people, pd.Index(["P", "Q"]), covered=nobody)
    >>> groups = door_groups(town, np.array([0, 1]))
    >>> groups.reach.toarray().tolist(), groups.residents.tolist()
    ([[1.0, 0.0], [1.0, 1.0]], [13.0, 5.0])
    """
    lived_in = np.flatnonzero(problem.people > 0)
    reach = sparse.csr_array(problem.coverage()[:, columns].astype(float))[lived_in]
    labels = tuple(label[lived_in] for label in labels)
    marks = sparse.csr_array(
        np.stack([label + 1.0 for label in labels], axis=1)
        if labels
        else np.zeros((lived_in.size, 0))
    )
    keys = sparse.csr_matrix(sparse.hstack([reach, marks], format="csr"))
    keys.sort_indices()
    group, first = equal_rows(keys)
    order = np.lexsort((problem.people[lived_in], group))  # sums do not hang on the order of doors
    people = problem.people[lived_in][order]
    residents: Floats = np.bincount(group[order], people, minlength=first.size).astype(float)
    return DoorGroups(reach[first], residents, tuple(label[first] for label in labels))
