"""Doors that the same sites reach, taken as one: the same question with fewer rows."""

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from .merge import equal_rows
from .problem import Floats, Ints, Sparse


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


def door_groups(people: Floats, reach: Sparse, *labels: Ints) -> DoorGroups:
    """Group the doors by the sites that reach them, and by labels.

    Doors where nobody lives are left out. The order of groups follows the sites they see, so the
    order of doors changes nothing.

    Parameters
    ----------
    people
        Residents of each door.
    reach
        Sparse, doors by sites, True where a site reaches a door.
    labels
        Whole numbers of 0 or more, one for each door; doors of one group have the same.

    Examples
    --------
    >>> sees = sparse.csr_array([[True, False], [True, True], [True, False]])
    >>> groups = door_groups(np.array([10.0, 5.0, 3.0]), sees)
    >>> groups.reach.toarray().tolist(), groups.residents.tolist()
    ([[1.0, 0.0], [1.0, 1.0]], [13.0, 5.0])
    """
    lived_in = np.flatnonzero(people > 0)
    reach = sparse.csr_array(reach.astype(float))[lived_in]
    labels = tuple(label[lived_in] for label in labels)
    marks = sparse.csr_array(
        np.stack([label + 1.0 for label in labels], axis=1)
        if labels
        else np.zeros((lived_in.size, 0))
    )
    keys = sparse.csr_matrix(sparse.hstack([reach, marks], format="csr"))
    keys.sort_indices()
    group, first = equal_rows(keys)
    order = np.lexsort((people[lived_in], group))  # one order of summing, whatever the doors'
    sums = np.bincount(group[order], people[lived_in][order], minlength=first.size)
    return DoorGroups(reach[first], sums.astype(float), tuple(label[first] for label in labels))
