"""The choice of most worth: by the fast engine where only counts matter, else under all rules."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from ..errors import InfeasibleError
from .benefit import presolve
from .clock import left_s, now_s
from .constrained import best_under_rows
from .exact import best_plan
from .infeasible import refuse_clashes
from .problem import SitingProblem
from .program import Tell
from .rules import SitingRules, only_counts, side_rows
from .sizes import best_plans
from .worth import Gains


@dataclass(frozen=True)
class Choice:
    """Sites to be open, and the proof.

    Attributes
    ----------
    open_sites
        Positions in the problem's sites of all that is open, posts that stand for good too.
    bound
        No choice gains more than this beyond what stands for good.
    interrupted
        Whether the user stopped the search.
    """

    open_sites: tuple[int, ...]
    bound: float
    interrupted: bool


def best_choice(
    problem: SitingProblem,
    rules: SitingRules,
    gains: Gains,
    *,
    deadline: float,
    seed: int,
    tell: Tell | None,
) -> Choice:
    """Choose the open sites of most worth that keep to the rules.

    `deadline` is a time of `time.perf_counter`.
    """
    kept = gains.kept.tolist()
    if only_counts(problem, rules):
        benefit = presolve(gains.matrix)
        solved = best_plan(benefit, rules.new_posts or 0, deadline=deadline, seed=seed, tell=tell)
        chosen = gains.columns[benefit.sites[list(solved.plan)]].tolist()
        return Choice((*kept, *chosen), solved.bound, solved.interrupted)
    refuse_clashes(problem, rules)
    rows = side_rows(problem, rules)
    found = best_under_rows(gains.matrix, rows, deadline=deadline, seed=seed, tell=tell)
    chosen = gains.columns[list(found.plan)].tolist()
    return Choice((*kept, *chosen), found.bound, found.interrupted)


def best_choices(
    problem: SitingProblem,
    rules: SitingRules,
    gains: Gains,
    *,
    deadline: float,
    seed: int,
    tell: Tell | None,
) -> Iterator[tuple[int, Choice]]:
    """Choose for each number of new posts from `rules.new_posts` down to 0; see `best_choice`.

    Each size has a share of the time left, see `share_of`. It ends where fewer posts are too few
    for the rules, or the user stopped the search. Where only counts matter, each size starts from
    the one before it, and a user who stops the search gets a quick plan of every size.

    Raises
    ------
    InfeasibleError
        If nothing keeps to the rules even of the largest size.
    """
    largest, kept = rules.new_posts or 0, gains.kept.tolist()
    if only_counts(problem, rules):
        benefit = presolve(gains.matrix)
        solved = best_plans(benefit, largest, deadline=deadline, seed=seed, tell=tell)
        for size, best in reversed(list(enumerate(solved))):
            chosen = gains.columns[benefit.sites[list(best.plan)]].tolist()
            yield size, Choice((*kept, *chosen), best.bound, best.interrupted)
        return
    for size in range(largest, -1, -1):
        until = now_s() + share_of(size) * left_s(deadline)
        smaller = replace(rules, new_posts=size)
        try:
            found = best_choice(problem, smaller, gains, deadline=until, seed=seed, tell=tell)
        except InfeasibleError:
            if size == largest:
                raise
            return
        yield size, found
        if found.interrupted:
            return


def share_of(size: int) -> float:
    """Tell which share of the time left a size has before all smaller ones, by size + 1.

    Examples
    --------
    Sizes 2, 1 and 0 have three, two and one sixth of the whole.

    >>> share_of(2), round(share_of(1), 3), share_of(0)
    (0.5, 0.667, 1.0)
    """
    return 2 / (size + 2)
