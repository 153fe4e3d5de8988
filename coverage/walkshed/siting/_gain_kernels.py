"""Sums over doors and sites, compiled. Imported only where it is used: it imports numba."""

import numpy as np

from ..network._numba import njit


@njit
def best_first(indptr, indices, data):  # type: ignore[no-untyped-def]
    """Order the sites of each door by what they give, the best first, in place."""
    for row in range(len(indptr) - 1):
        start, stop = indptr[row], indptr[row + 1]
        in_order = True
        for k in range(start + 1, stop):
            if data[k] > data[k - 1]:
                in_order = False
                break
        if not in_order:
            order = np.argsort(-data[start:stop], kind="mergesort")
            data[start:stop] = data[start:stop][order]
            indices[start:stop] = indices[start:stop][order]


@njit
def beyond(indptr, indices, data, base, total):  # type: ignore[no-untyped-def]
    """Add to each site's total what it gives to doors beyond their base; sites best first."""
    for row in range(len(indptr) - 1):
        least = base[row]
        for k in range(indptr[row], indptr[row + 1]):
            more = data[k] - least
            if more <= 0:
                break
            total[indices[k]] += more
