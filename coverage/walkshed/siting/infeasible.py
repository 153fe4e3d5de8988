"""Why no plan can keep to what was asked, in words, and what would do."""

import math
from collections.abc import Iterable

import numpy as np
import pandas as pd

from ..errors import InfeasibleError, one_message
from ..travel_times import within
from .asked import Asked
from .clashes import Clash, clashes, limit_of
from .figures import by_neighbourhood, longest_walk_s
from .problem import Floats, SitingProblem
from .rules import SideRows, SitingRules, side_rows

NAMED_AT_MOST = 3  # doors, sites or neighbourhoods in a sentence
RAISED = frozenset({"new_posts", "budget", "closed_posts"})


def refuse_clashes(
    problem: SitingProblem,
    rules: SitingRules,
    *,
    share: float = 0.0,
    share_of_each: float = 0.0,
    time_limit_s: float = 10.0,
) -> None:
    """Refuse a question that no plan can answer, and say why.

    Where only rules are given and required sites alone keep to all of them, this takes no search.

    Parameters
    ----------
    problem, rules
        The question.
    share, share_of_each
        Least share of all residents, and of the residents of each neighbourhood, that a model
        asks to be within the cutoff.
    time_limit_s
        Seconds for the search for what clashes; when it cannot be told in time, nothing is
        refused.

    Raises
    ------
    InfeasibleError
        With every clash in the message and in `clashes`.

    Examples
    --------
    >>> from scipy import sparse
    >>> from walkshed.siting import problem_of_coverage
    >>> people = pd.Series([5.0, 9.0, 6.0], index=["a", "b", "c"])
    >>> sees = sparse.csc_array([[True, False], [False, True], [False, False]])
    >>> town = problem_of_coverage(sees, people, pd.Index(["A", "B"]), covered=np.zeros(3, bool))
    >>> refuse_clashes(town, SitingRules(new_posts=1))
    >>> refuse_clashes(town, SitingRules(new_posts=1), share=0.6)
    Traceback (most recent call last):
    ...
    walkshed.errors.InfeasibleError: siting: `share` of 0.6 and `new_posts` of 1 cannot hold \
together: lower `share` to 0.45 or raise `new_posts` to 2
    """
    asked = Asked(problem, rules, share, share_of_each)
    if not (share or share_of_each) and _required_alone_will_do(side_rows(problem, rules), problem):
        return
    found = clashes(asked, time_limit_s=time_limit_s)
    if found:
        raise InfeasibleError(
            one_message("siting", [clash_in_words(asked, clash) for clash in found]), found
        )


def unreachable_doors(
    problem: SitingProblem, cutoff_min: float | Floats | None = None
) -> pd.DataFrame:
    """List the doors with residents that no post and no site reaches within the cutoff.

    Parameters
    ----------
    problem
        Forbidden sites reach nobody; all others count, whatever the rules are.
    cutoff_min
        That of the problem if not given.

    Returns
    -------
    DataFrame
        Index: ids of doors. Columns: `residents`, `nearest_min` (minutes to the nearest post or
        site, infinite if farther than the times were searched), `neighbourhood` ("" if unknown).

    Examples
    --------
    >>> from scipy import sparse
    >>> from walkshed.travel_times import TravelTimes
    >>> seconds = sparse.csc_array([[300.0], [720.0], [0.0]])
    >>> times = TravelTimes(seconds, pd.Index(list("abc")), pd.Index(["A"]), 15)
    >>> people = pd.Series([5.0, 9.0, 6.0], index=list("abc"))
    >>> town = SitingProblem(times, people, pd.DataFrame(index=["A"]), 10)
    >>> unreachable_doors(town)["nearest_min"].to_dict()
    {'b': 12.0, 'c': inf}
    """
    limit = np.asarray(problem.cutoff_min if cutoff_min is None else cutoff_min, dtype=float)
    nearest_min = problem.nearest_seconds(problem.permitted) / 60
    far = ~within(nearest_min, limit) & (problem.people > 0)
    where = problem.neighbourhoods
    return pd.DataFrame(
        {
            "residents": problem.people[far],
            "nearest_min": nearest_min[far],
            "neighbourhood": "" if where is None else where.fillna("").astype(str).to_numpy()[far],
        },
        index=problem.residents.index[far],
    )


def least_cutoff_min(problem: SitingProblem, share: float = 1.0) -> float:
    """Tell the shortest cutoff within which all posts and sites together reach a share.

    One cutoff for all doors is meant; infinite if it is longer than the times were searched.

    Examples
    --------
    In the town of `unreachable_doors` 5 of 20 residents are 5 minutes away, 9 are 12 minutes
    away, and for 6 no walk is known.

    >>> from scipy import sparse
    >>> from walkshed.travel_times import TravelTimes
    >>> seconds = sparse.csc_array([[300.0], [720.0], [0.0]])
    >>> times = TravelTimes(seconds, pd.Index(list("abc")), pd.Index(["A"]), 15)
    >>> people = pd.Series([5.0, 9.0, 6.0], index=list("abc"))
    >>> town = SitingProblem(times, people, pd.DataFrame(index=["A"]), 10)
    >>> [least_cutoff_min(town, share) for share in (0.25, 0.7, 0.71)]
    [5.0, 12.0, inf]
    """
    return longest_walk_s(problem, problem.nearest_seconds(problem.permitted), share) / 60


def out_of_reach(model: str, asked: Asked) -> InfeasibleError:
    """Refuse a share that all posts and sites together do not reach, without any search."""
    clash = Clash(("share",), {"share": _share_in_reach(asked.problem)}, {})
    return InfeasibleError(one_message(model, [clash_in_words(asked, clash)]), [clash])


def clash_in_words(asked: Asked, clash: Clash) -> str:
    """Say what clashes and what would do."""
    match clash.rules:
        case ("share",):
            return _out_of_reach(asked, clash)
        case ("share_of_each",):
            return _neighbourhoods_out_of_reach(asked, clash)
        case ("required", "group"):
            return _same_group(asked.problem)
        case ("required", "least_distance_m"):
            return _too_near(asked, clash)
        case ("required", "budget"):
            cost = asked.problem.sites["cost"][asked.problem.is_("required")].sum()
            what = f"{_required(asked.problem)} cost {_number(cost)} of a budget of "
            return f"{what}{_number(asked.rules.budget or 0.0)}: {_ways_out(clash)}"
    what = _joined([_in_words(asked, name) for name in clash.rules], "and")
    return f"{what} cannot hold together: {_ways_out(clash)}"


def _required_alone_will_do(rows: SideRows, problem: SitingProblem) -> bool:
    """Tell whether building what is required, and closing nothing, keeps to all rules."""
    is_open = (rows.must_open | problem.closable[rows.columns]).astype(float)
    value = rows.matrix @ is_open
    return bool(((value >= rows.lower) & (value <= rows.upper)).all())


def _in_words(asked: Asked, name: str) -> str:
    if name == "required":
        return _required(asked.problem)
    if name == "group":
        return "at most one site of each group"
    limit = limit_of(asked, name)
    return f"`{name}`" if limit is None else f"`{name}` of {_number(limit)}"


def _ways_out(clash: Clash) -> str:
    ways = []
    for name in clash.rules:
        nearer = " (a nearer value may do too)" if name in clash.perhaps_nearer else ""
        verb = "raise" if name in RAISED else "lower"
        if name == "required":
            ways.append("require fewer sites")
        elif name == "group":
            ways.append("split the groups")
        elif name in clash.would_do:
            ways.append(f"{verb} `{name}` to {_number(clash.would_do[name])}{nearer}")
        elif name in clash.would_need:
            number = _number(clash.would_need[name])
            ways.append(f"{verb} `{name}` to {number} (which is not enough for all else)")
        else:
            ways.append(f"ease `{name}`")
    return _joined(ways, "or")


def _required(problem: SitingProblem) -> str:
    names = _some(problem.sites.index[problem.is_("required")])
    count = int(problem.is_("required").sum())
    return f"{count} required site{'' if count == 1 else 's'} ({names})"


def _same_group(problem: SitingProblem) -> str:
    required = problem.sites[problem.is_("required")]
    sizes = required["group"].value_counts()
    group = sizes.index[0]
    names = _some(required.index[required["group"] == group])
    return (
        f"required sites {names} are of one group ({group}), of which at most one is chosen: "
        "require one of them only, or put them in different groups"
    )


def _too_near(asked: Asked, clash: Clash) -> str:
    required = asked.problem.sites[asked.problem.is_("required")]
    places = required.geometry.reset_index(drop=True)
    apart, one, other = min(
        (float(places[a].distance(places[b])), a, b) for a in range(len(required)) for b in range(a)
    )
    return (
        f"required sites {required.index[other]} and {required.index[one]} are "
        f"{_number(math.floor(apart * 100) / 100)} m apart, but `least_distance_m` is "
        f"{_number(asked.rules.least_distance_m)}: {_ways_out(clash)}"
    )


def _out_of_reach(asked: Asked, clash: Clash) -> str:
    problem = asked.problem
    return (
        f"`share` is {_number(asked.share)}, but with every site open only "
        f"{_share_in_reach(problem):g} of the residents are within the cutoff; "
        f"{_doors(unreachable_doors(problem))}: {_longer_cutoff(problem, asked.share)}, add "
        f"candidate sites there, or {_ways_out(clash)}"
    )


def _share_in_reach(problem: SitingProblem) -> float:
    """Share of residents whom any post or site reaches, rounded down."""
    most = 1 - math.fsum(unreachable_doors(problem)["residents"]) / problem.total
    return math.floor(most * 1000) / 1000


def _neighbourhoods_out_of_reach(asked: Asked, clash: Clash) -> str:
    problem = asked.problem
    table = by_neighbourhood(problem, np.flatnonzero(problem.permitted).tolist())
    short = table["share_within"][table["share_within"] < asked.share_of_each].sort_values()
    listed = _some([f"{area} {math.floor(most * 1000) / 1000:g}" for area, most in short.items()])
    return (
        f"`share_of_each` is {_number(asked.share_of_each)}, but with every site open no more is "
        f"within the cutoff in {listed}: lengthen `cutoff_min`, add candidate sites there, or "
        f"{_ways_out(clash)}"
    )


def _doors(doors: pd.DataFrame) -> str:
    residents = doors["residents"].groupby(doors["neighbourhood"]).sum()
    by_area = residents.drop("", errors="ignore").sort_values(ascending=False)
    areas = _some([f"{area} {people:.0f}" for area, people in by_area.items()])
    where = f"; residents by neighbourhood: {areas}" if areas else ""
    return (
        f"{len(doors)} doors with {doors['residents'].sum():.0f} residents are farther from every "
        f"post and site (doors {_some(doors.index)}{where})"
    )


def _longer_cutoff(problem: SitingProblem, share: float) -> str:
    if problem.one_cutoff_min is None:
        return "lengthen `cutoff_min`"
    least = least_cutoff_min(problem, share)
    if math.isinf(least):
        searched = _number(problem.times.cutoff_min)
        return f"no cutoff up to the {searched} min searched would do; search the times further"
    return f"lengthen `cutoff_min` to {_number(math.ceil(least * 100) / 100)}"


def _some(names: Iterable[object]) -> str:
    listed = [str(name) for name in names]
    more = len(listed) - NAMED_AT_MOST
    if more > 0:
        return f"{', '.join(listed[:NAMED_AT_MOST])} and {more} more"
    return _joined(listed, "and")


def _joined(parts: list[str], word: str) -> str:
    return (
        f" {word} ".join(part for part in [", ".join(parts[:-1]), parts[-1]] if part)
        if parts
        else ""
    )


def _number(value: float) -> str:
    return f"{value:.3f}".rstrip("0").rstrip(".")
