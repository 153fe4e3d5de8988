"""Parts of a question: at most so many of some neighbouring sites are open, or at least one more.

A site alone is a poor thing to branch on: leave it out and its neighbour does nearly as well. Of
sites that serve much the same doors, how many are open makes a difference either way.
"""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from scipy import sparse

from .problem import Bools, Floats, Ints
from .reduced import Reduced, Rows, restrict

LIKENESS = (0.85, 0.7, 0.5, 0.35, 0.2, 0.05)  # shares of what two sites have in common
CENTRES = 40  # sites around which neighbours are looked at
LEAST_SHARE = 0.02  # of a site that is looked at
CLEAR = 1e-3  # a sum of shares nearer to a whole number tells nothing


def branches(question: Reduced, prices: Floats, share: Floats) -> Iterator[tuple[Reduced, Floats]]:
    """Part a question in two that hold all its choices between them, or one if the other is empty.

    `share` tells how much of each site a relaxed best choice holds, on average.
    """
    sites, most = _to_branch_on(question, share)
    row = np.zeros(question.columns.size)
    row[sites] = 1.0
    nothing = np.zeros(row.size, dtype=bool)
    for lower, upper in ((-np.inf, float(most)), (most + 1.0, np.inf)):
        rows = question.rows
        limited = Rows(
            sparse.vstack([rows.matrix, sparse.csr_array(row.reshape(1, -1))], format="csr"),
            np.r_[rows.lower, lower],
            np.r_[rows.upper, upper],
        )
        part = restrict(replace(question, rows=limited), nothing, nothing, prices)
        if part is not None:
            yield part


def _to_branch_on(question: Reduced, share: Floats) -> tuple[Ints, int]:
    """Find sites whose shares sum to what is farthest from a whole number, and how much that is."""
    centres = np.argsort(-share, kind="stable")[:CENTRES]
    reach = question.by_site.sum(axis=0)
    best, farthest = (centres[:1], 0), CLEAR
    for centre in centres[share[centres] > LEAST_SHARE]:
        smaller = np.minimum(reach, reach[centre])
        like = _in_common(question, int(centre)) / np.where(smaller > 0, smaller, 1.0)
        for least in (*LIKENESS, 2.0):
            near: Bools = like >= least
            near[centre] = True
            total = float(share[near].sum())
            apart = min(total - np.floor(total), np.ceil(total) - total)
            apart -= 0.2 if least > 1 else 0.0
            if apart > farthest:
                best, farthest = (np.flatnonzero(near), int(total)), apart
    return best


def _in_common(question: Reduced, site: int) -> Floats:
    """Sum, for each site, what both it and one site would give."""
    start, stop = question.by_site.indptr[site : site + 2]
    rows = question.by_door[question.by_site.indices[start:stop]]
    own = np.repeat(question.by_site.data[start:stop], np.diff(rows.indptr))
    both = np.minimum(rows.data, own)
    found: Floats = np.bincount(rows.indices, both, question.columns.size).astype(float)
    return found
