"""What is asked of a plan, as rows with names: the rules, and the coverage a model asks for.

So that rules can be dropped or loosened by name, to find out which of them clash.
"""

import math
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from scipy import sparse

from .figures import SHARE_TOLERANCE
from .problem import Bools, Floats, Ints, SitingProblem, Sparse
from .program import Program
from .rules import SideRows, SitingRules, side_rows

ALWAYS = ""  # name of rows that are no rule: who is reached by what
ORDER = (
    *("required", "share", "share_of_each", "group", "least_distance_m"),
    *("closed_posts", "new_posts", "budget"),
)
"""Rules in the order of being told."""
COVERAGE = frozenset({"share", "share_of_each"})


@dataclass(frozen=True)
class Asked:
    """What a plan must keep to: the rules, and the coverage that a model asks for.

    Attributes
    ----------
    problem, rules
        The question.
    share
        Least share of all residents within the cutoff, 0 to 1.
    share_of_each
        Least share of the residents of each neighbourhood.
    """

    problem: SitingProblem
    rules: SitingRules
    share: float = 0.0
    share_of_each: float = 0.0


@dataclass(frozen=True, eq=False)
class NamedRows:
    """All that is asked as one program without a cost, with a name for each row.

    Unknowns are the sites that can be open or not, then the doors that a plan could reach, each
    between 0 and 1.

    Attributes
    ----------
    program, names
        The rows, and which rule each is of.
    sites
        Positions in the problem's sites of the first unknowns.
    must_open
        Which unknowns are required sites.
    stays_open
        Which unknowns are posts that stand, and may be closed.
    """

    program: Program
    names: tuple[str, ...]
    sites: Ints
    must_open: Bools
    stays_open: Bools

    @property
    def rules(self) -> tuple[str, ...]:
        """Every rule that there is a row of, in the order of `ORDER`, others last."""
        names = {name for name in self.names if name != ALWAYS}
        if self.must_open.any():
            names.add("required")
        known = [name for name in ORDER if name in names]
        return (*known, *sorted(names - set(known)))

    def only(self, kept: Collection[str]) -> Program:
        """Give the program of some rules."""
        return self.at(self.rows_of({*kept, ALWAYS}), is_required="required" in kept)

    def at(self, positions: Ints, *, is_required: bool) -> Program:
        """Give the program of some rows, required sites open or not."""
        return replace(
            self.program,
            rows=self.program.rows[positions],
            row_lower=self.program.row_lower[positions],
            row_upper=self.program.row_upper[positions],
            lower=self.must_open.astype(float) if is_required else self.program.lower,
        )

    def loosened(self, kept: Collection[str], name: str) -> Program:
        """Give the program of some rules and one more, whose rows may be broken: by least."""
        strict, loose = self.only(kept), self.rows_of({name})
        lower, upper = self.program.row_lower[loose], self.program.row_upper[loose]
        by = np.where(np.isfinite(lower), 1.0, -1.0).reshape(-1, 1)
        return Program(
            cost=np.r_[strict.cost, 1.0],
            rows=sparse.csr_array(
                sparse.block_array(
                    [
                        [strict.rows, sparse.csr_array((strict.rows.shape[0], 1))],
                        [self.program.rows[loose], sparse.csr_array(by)],
                    ]
                )
            ),
            row_lower=np.r_[strict.row_lower, lower],
            row_upper=np.r_[strict.row_upper, upper],
            lower=np.r_[strict.lower, 0.0],
            upper=np.r_[strict.upper, np.inf],
            is_integer=np.r_[strict.is_integer, False],
        )

    def summed(self) -> "NamedRows":
        """Give the same rows over sites alone, a door counted as often as a site reaches it.

        What cannot hold so cannot hold at all, and that is seen much sooner.
        """
        sites, whole = self.sites.size, self.program
        rules = self.rows_of({*self.names} - COVERAGE - {ALWAYS})
        coverage = self.rows_of(COVERAGE)
        chosen = np.r_[rules, coverage]
        program = Program(
            cost=whole.cost[:sites],
            rows=sparse.csr_array(
                sparse.vstack(
                    [whole.rows[rules][:, :sites], whole.rows[coverage][:, sites:] @ self.reach()]
                )
            ),
            row_lower=whole.row_lower[chosen],
            row_upper=whole.row_upper[chosen],
            lower=whole.lower[:sites],
            upper=whole.upper[:sites],
            is_integer=whole.is_integer[:sites],
        )
        return NamedRows(
            program,
            tuple(self.names[row] for row in chosen),
            self.sites,
            must_open=self.must_open[:sites],
            stays_open=self.stays_open[:sites],
        )

    def reach(self) -> Sparse:
        """Tell which doors a plan could reach (rows) by which sites (columns)."""
        return -self.program.rows[self.rows_of({ALWAYS})][:, : self.sites.size]

    def rows_of(self, names: Collection[str]) -> Ints:
        """Positions of the rows with these names."""
        return np.flatnonzero([name in names for name in self.names])


def named_rows(asked: Asked) -> NamedRows:
    """State all that is asked as rows with names."""
    problem = asked.problem
    side = side_rows(problem, asked.rules)
    doors, reach, standing = _reachable(problem, side)
    wanted = list(_coverage_rows(asked, doors, standing))
    sites, steps = side.columns.size, doors.size if wanted else 0
    blocks: list[list[Sparse | None]] = [[side.matrix, None]]
    if wanted:
        blocks = [
            [side.matrix, sparse.csr_array((side.matrix.shape[0], steps))],
            [-reach, sparse.eye_array(steps)],
            [
                sparse.csr_array((len(wanted), sites)),
                sparse.vstack([sparse.csr_array(row.reshape(1, -1)) for _, row, _ in wanted]),
            ],
        ]
    program = Program(
        cost=np.zeros(sites + steps),
        rows=sparse.csr_array(sparse.block_array(blocks, format="csr")),
        row_lower=np.r_[side.lower, np.full(steps, -np.inf), [least for *_, least in wanted]],
        row_upper=np.r_[side.upper, np.zeros(steps), np.full(len(wanted), np.inf)],
        lower=np.zeros(sites + steps),
        upper=np.ones(sites + steps),
        is_integer=np.arange(sites + steps) < sites,
    )
    names = (*side.names, *[ALWAYS] * steps, *(name for name, *_ in wanted))
    no_doors = np.zeros(steps, dtype=bool)
    return NamedRows(
        program,
        names,
        side.columns,
        must_open=np.r_[side.must_open, no_doors],
        stays_open=np.r_[problem.closable[side.columns], no_doors],
    )


def _reachable(problem: SitingProblem, side: SideRows) -> tuple[Ints, Sparse, Bools]:
    """Doors with residents that only a choice can reach, by which sites, and who is reached."""
    sees = problem.coverage()
    standing = np.zeros(len(problem.residents), dtype=bool)
    standing[sees[:, np.flatnonzero(problem.standing)].indices] = True
    reach = sparse.csr_array(sees[:, side.columns]).astype(float)
    doors = np.flatnonzero(~standing & (problem.people > 0) & (np.diff(reach.indptr) > 0))
    return doors, reach[doors], standing


def _coverage_rows(
    asked: Asked, doors: Ints, standing: Bools
) -> Iterator[tuple[str, Floats, float]]:
    """Rows over the doors a choice can reach: their residents as shares of all, and the least."""
    people = asked.problem.people
    if asked.share:
        yield _share_row("share", people, doors, standing, asked.share)
    if asked.share_of_each and asked.problem.neighbourhoods is not None:
        codes, areas = pd.factorize(asked.problem.neighbourhoods)
        for area in range(len(areas)):
            here = np.where(codes == area, people, 0.0)
            if here.any():
                yield _share_row("share_of_each", here, doors, standing, asked.share_of_each)


def _share_row(
    name: str,
    people: Floats,
    doors: Ints,
    standing: Bools,
    share: float,
) -> tuple[str, Floats, float]:
    total = math.fsum(people)
    have = math.fsum(people[standing]) / total if total else 1.0
    return name, people[doors] / (total or 1.0), share - have - SHARE_TOLERANCE
