"""The siting problem of a study: its doors, its posts, its candidate sites, and the walks."""

import math
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy import sparse

from ..candidates import without_doubles
from ..errors import SettingsError
from ..settings import PostKindSettings, StudySettings
from ..siting import SitingProblem
from ..sources.sites import read_sites
from ..sources.zones import OUTSIDE
from ..travel_times import TravelTimes, walking_times
from .bands import cutoffs_min
from .question import COUNT_CAPACITY, COUNT_MINUTES, COUNT_MONEY, Question
from .remembering import SITES
from .walk import Walk
from .walked import WalkedCity

NO_OWN_SITES = pd.DataFrame(
    {
        "status": pd.Series(dtype=object),
        "group": pd.Series(dtype=object),
        "inspectors": pd.Series(dtype=float),
    },
    index=pd.Index([], dtype=object),
)
SITE_COLUMNS = ["place_kind", "place", "name", "near", "crosses", "why", "owner", "listed_id"]
CANDIDATE_COLUMNS = [*SITE_COLUMNS, "cost", "exclude_reason", "geometry"]


def study_problem(
    settings: StudySettings, question: Question, city: WalkedCity, candidates: gpd.GeoDataFrame
) -> SitingProblem:
    """State where posts stand, where they could stand, and who walks how long to each.

    Parameters
    ----------
    settings, question
        What is asked: kinds of posts and which may close; how far walks must be known.
    city
        Doors and posts, in the unit of the planning band.
    candidates
        What `study_candidates` returns; excluded ones are left out.

    Returns
    -------
    SitingProblem
        Posts first, then candidates, by their ids; where a post has the id of a candidate, all
        posts are called "post ID". A post with two positions has one row, and the shorter walk. No
        walk to a post is shorter than the walk of the study to the nearest post. Where there are
        kinds of posts, a candidate has a row for each that it allows, by the id "SITE KIND", of
        which at most one is chosen (only the candidate's own id where there is one kind). Doors
        outside all neighbourhoods have none.

    Raises
    ------
    SettingsError
        A post that may close is not known, or a site has no cost where there is a budget.
    """
    walk, planning = city.measured, city.standards.planning
    doors = walk.doors
    cutoff_min = cutoffs_min(planning, doors)
    longest_min = max(_searched_min(settings, question), float(cutoff_min.max(initial=0.0)))
    sites = candidates[candidates["exclude_reason"] == ""]

    def times_to(at: pd.DataFrame) -> TravelTimes:
        return walking_times(
            walk.network, doors, at, speed_kmh=walk.speed_kmh, cutoff_min=longest_min
        )

    to_posts, to_sites = city.remember(
        "times",
        lambda: (times_to(walk.post_positions), times_to(sites)),
        by=SITES,
        and_by=[walk.unit, longest_min],
    )
    possible = _possible_posts(settings, _as_listed(settings, candidates))
    own = possible.pop("row").to_numpy()
    table = _sites_of(settings, question, city, possible)
    of_sites = to_sites.seconds
    if not np.array_equal(own, np.arange(len(sites))):  # a copy is as large as all else together
        of_sites = of_sites[:, own]
    seconds = sparse.hstack([_by_post(to_posts, walk), of_sites], format="csc")
    return SitingProblem(
        TravelTimes(seconds, doors.index, table.index, longest_min),
        doors["residents"],
        table,
        planning.cutoff if planning.unit == "min" else cutoff_min,
        _neighbourhoods(settings, city),
    )


def without_double_sites(
    candidates: gpd.GeoDataFrame, problem: SitingProblem
) -> tuple[gpd.GeoDataFrame, SitingProblem]:
    """Leave out candidates that reach just the doors that a better one reaches.

    The problem must hold the candidates that are not excluded, in their order.
    """
    reached = problem.doors_within(np.flatnonzero(problem.choosable).tolist())
    candidates = without_doubles(candidates, reached)
    kept = candidates.index[candidates["exclude_reason"] == ""]
    columns = ~problem.choosable | problem.sites.index.isin(kept)
    if columns.all():
        return candidates, problem
    times = problem.times
    fewer = replace(
        times, seconds=times.seconds[:, columns], facility_ids=times.facility_ids[columns]
    )
    return candidates, replace(problem, times=fewer, sites=problem.sites[columns])


def _by_post(times: TravelTimes, walk: Walk) -> sparse.csc_array:
    """Shortest walk to each post, over its positions; never shorter than the study has it.

    A scenario may hold a door to the minutes that it had before a street was closed.
    """
    walks = times.seconds.tocoo()
    column = walk.posts.index.get_indexer(times.facility_ids)[walks.col]
    least = pd.Series(walks.data).groupby([column, walks.row]).min()
    post, door = (least.index.get_level_values(level) for level in (0, 1))
    floor_s = walk.doors["nearest_min"].to_numpy(float)[door] * 60
    seconds = np.maximum(least.to_numpy(), floor_s)
    known = np.isfinite(seconds)
    shape = (len(times.door_ids), len(walk.posts))
    return sparse.csc_array((seconds[known], (door[known], post[known])), shape=shape)


def _neighbourhoods(settings: StudySettings, city: WalkedCity) -> pd.Series:
    """Name of each door's neighbourhood, with its id where two have the name; None outside all."""
    areas, zone = city.survey.areas, city.walk.doors["neighbourhood_id"]
    own = areas[f"name_{settings.language}"]
    name = own.where(own != "", areas["name"])
    is_clear = (name != "") & ~name.duplicated(keep=False)
    label = name.where(is_clear, (name + " (" + areas.index.astype(str) + ")").str.strip())
    found: pd.Series = zone.map(label).astype(object).mask(zone == OUTSIDE, None)
    return found


def _searched_min(settings: StudySettings, question: Question) -> float:
    """How far walks must be known beyond the cutoff."""
    if question.name not in COUNT_MINUTES:
        return 0.0
    return max(settings.siting.limit_min, question.own.get("none_min", 0.0))


def _sites_of(
    settings: StudySettings, question: Question, city: WalkedCity, possible: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """One table of posts and possible posts, each with its status, cost and capacity."""
    posts = city.walk.posts
    standing = gpd.GeoDataFrame(
        {"status": "existing", "kind": posts["kind"], "cost": 0.0},
        geometry=posts.geometry,
    ).assign(
        inspectors=posts.get("inspectors", math.nan),
        may_close=_may_close(settings, question, posts.index),
    )
    if posts.index.intersection(possible.index).size:
        standing.index = pd.Index([f"post {post}" for post in posts.index], dtype=object)
    table = pd.concat([standing, possible.assign(may_close=False)])
    table = table.fillna(dict.fromkeys([*SITE_COLUMNS, "candidate_id"], ""))
    norm = city.standards.staffing.residents_per_inspector.value
    inspectors = table["inspectors"].astype(float).fillna(_or_nan(settings.siting.inspectors))
    _all_known(settings, question, table["cost"], inspectors)
    return gpd.GeoDataFrame(
        table.assign(
            inspectors=inspectors,
            capacity_residents=(inspectors * norm).fillna(math.inf),
            cost=table["cost"].fillna(0.0),
        ).rename_axis("site_id"),
        geometry="geometry",
        crs=city.walk.network.crs,
    )


def _may_close(settings: StudySettings, question: Question, posts: pd.Index) -> "pd.Series[bool]":
    listed = settings.siting.may_close
    unknown = [] if listed == "all" else [post for post in listed if post not in posts]
    if unknown:
        raise SettingsError(
            f"{settings.name}: `siting.may_close`: there is no post {unknown[0]!r}; choose among "
            f"{', '.join(map(str, posts[:10]))}{' ...' if len(posts) > 10 else ''}"
        )
    chosen = posts.isin(posts if listed == "all" else listed)
    return pd.Series(chosen & (question.rules.closed_posts > 0), index=posts)


def _all_known(
    settings: StudySettings, question: Question, cost: pd.Series, inspectors: pd.Series
) -> None:
    """Refuse to weigh money or capacity where they are not known."""
    is_spent = question.rules.budget is not None or question.name in COUNT_MONEY
    if is_spent and cost.isna().any():
        raise SettingsError(
            f"{settings.name}: {cost.isna().sum()} sites have no cost ({cost.index[cost.isna()][0]}"
            " ...), so no budget can be kept; give kinds of posts with a cost "
            "(`[siting.kinds.NAME]`), or only sites with a `cost` (`candidates.sites`)"
        )
    if question.name in COUNT_CAPACITY and inspectors.isna().any():
        raise SettingsError(
            f"{settings.name}: {inspectors.isna().sum()} posts and sites do not say how many "
            f"inspectors they hold ({inspectors.index[inspectors.isna()][0]} ...); give "
            "`siting.inspectors` for all that do not say"
        )


def _as_listed(settings: StudySettings, candidates: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Candidates that are not excluded, with what the user's list says of status and group."""
    listed = settings.candidates.sites
    own = NO_OWN_SITES if listed is None else read_sites(listed)[list(NO_OWN_SITES)]
    table = candidates.rename(columns={"kind": "place_kind"})[[*CANDIDATE_COLUMNS]]
    table = table.join(own, on="listed_id").fillna({"status": "candidate"})
    shut = table[(table["status"] == "required") & (table["exclude_reason"] != "")]
    if len(shut):
        raise SettingsError(
            f"{settings.name}: `candidates.sites`: {shut['listed_id'].iloc[0]} is required, but no "
            f"post can stand there ({shut['exclude_reason'].iloc[0]}); change its place or status"
        )
    table["group"] = table["group"].where(table["group"] != "", None)
    return table[table["exclude_reason"] == ""].drop(columns="exclude_reason")


def _possible_posts(settings: StudySettings, sites: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """One row for each kind of post at each candidate; `row` is the candidate's.

    Not by `siting.with_kinds`, which takes a finished problem: here costs and inspectors may not be
    known yet and are asked for by the keys of the study, a required site takes the only kind, and
    ids are texts.
    """
    table = sites.assign(candidate_id=sites.index, row=np.arange(len(sites)), kind="")
    kinds = settings.siting.kinds
    if not kinds:
        return table
    of_kinds = [_of_kind(settings, name, kind, table) for name, kind in kinds.items()]
    every = pd.concat(of_kinds).sort_values("row", kind="stable")
    if len(kinds) == 1:
        return every
    _no_groups_twice(settings, every)
    every["group"] = every["candidate_id"]
    return every.set_axis(every["candidate_id"] + " " + every["kind"])


def _of_kind(
    settings: StudySettings, name: str, kind: PostKindSettings, table: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """Candidates where a post of this kind may stand, with what it costs there."""
    may = pd.Series(True, index=table.index)
    if kind.allowed_at is not None:
        may = table["place_kind"].isin(kind.allowed_at) | table["place"].isin(kind.allowed_at)
        there_is = sorted({*table["place_kind"], *table["place"]} - {""})
        unknown = [at for at in kind.allowed_at if at not in there_is]
        if unknown:
            raise SettingsError(
                f"{settings.name}: `siting.kinds.{name}.allowed_at`: no candidate site is of the "
                f"kind {unknown[0]!r}; choose among {', '.join(there_is)}"
            )
    return table[may].assign(
        kind=name,
        cost=table["cost"].fillna(0.0) + kind.cost,
        inspectors=_or_nan(kind.inspectors),
    )


def _no_groups_twice(settings: StudySettings, sites: gpd.GeoDataFrame) -> None:
    """Refuse what a choice among kinds cannot be combined with."""
    required = sites["status"] == "required"
    if sites["group"].notna().any() or required.any():
        raise SettingsError(
            f"{settings.name}: several `siting.kinds` go with neither groups nor required places "
            "of `candidates.sites`; give one kind, or leave those columns out"
        )


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else float(value)
