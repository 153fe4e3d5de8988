"""A quick choice that keeps to named rules, or nearly: the site that helps most comes next."""

from collections.abc import Collection

import numpy as np
from scipy import sparse

from .asked import COVERAGE, NamedRows
from .problem import Bools, Floats


def greedy_values(rows: NamedRows, kept: Collection[str], name: str) -> Floats:
    """Choose sites for the coverage that is asked, within the limits of the rules that are kept.

    Returns
    -------
    array
        A value for each unknown of `rows.loosened(kept, name)`: sites, doors, and last by how
        much the rule `name` is broken. They need not keep to the other rules.
    """
    sites, program = rows.sites.size, rows.program
    wanted = rows.rows_of(COVERAGE & {*kept, name})
    limits = rows.rows_of({*kept} - COVERAGE)
    shares, least = program.rows[wanted][:, sites:], program.row_lower[wanted]
    limit, most = sparse.coo_array(program.rows[limits][:, :sites]), program.row_upper[limits]
    reach = sparse.csr_array(rows.reach())
    is_open = rows.stays_open[:sites].copy()
    if "required" in kept:
        is_open |= rows.must_open[:sites]
    while True:
        reached = reach @ is_open.astype(float) > 0
        short = shares @ reached.astype(float) < least
        helps = reach.T @ np.where(reached, 0.0, shares[short].sum(axis=0))
        blocked = limit.data > (most - limit @ is_open.astype(float))[limit.row]
        helps[limit.col[blocked]] = 0.0
        helps[is_open] = 0.0
        if not helps.any():
            break
        is_open[int(helps.argmax())] = True
    by = _broken_by(rows, name, is_open, reached)
    values: Floats = np.r_[is_open.astype(float), reached.astype(float), by]
    return values


def _broken_by(rows: NamedRows, name: str, is_open: Bools, reached: Bools) -> float:
    """Tell by how much the rows of a rule are broken."""
    places, program = rows.rows_of({name}), rows.program
    value = program.rows[places] @ np.r_[is_open, reached].astype(float)
    off = np.r_[program.row_lower[places] - value, value - program.row_upper[places]]
    return float(off.max(initial=0.0))
