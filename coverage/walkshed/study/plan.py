"""Choose the new posts of a study: walk the city, state the problem, ask the model."""

import logging
import time
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import pandas as pd

from ..errors import SettingsError
from ..settings import FIND_THE_NUMBER, SourceName, StudySettings
from ..siting import SitingPlan, SitingProblem
from ..siting.program import Tell as Progress
from ..siting.rules import only_counts
from .problem import study_problem, without_double_sites
from .question import Question, question_of
from .sites import proposed_posts, study_candidates
from .survey import Tell
from .walked import WalkedCity, named_standards, walk_city

LEAST_TIME_S = 1e-3  # for what is left to solve when the time is up

logger = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class SitedStudy:
    """A study up to its plan, before anything is drawn.

    Attributes
    ----------
    settings, city, question
        What it was made from.
    candidates
        Candidate sites with why they are, excluded ones with their reason.
    plan, proposed
        The plan, and its sites in building order as a table of points.
    """

    settings: StudySettings
    city: WalkedCity
    question: Question
    candidates: gpd.GeoDataFrame
    plan: SitingPlan
    proposed: gpd.GeoDataFrame


def site_study(
    settings: StudySettings,
    *,
    source: SourceName | None = None,
    tell: Tell = logger.info,
    progress: Progress | None = None,
    with_curve: bool = False,
) -> SitedStudy:
    """Choose the new posts of a study, without scoring or drawing anything.

    Parameters
    ----------
    settings
        What `read_settings` returns.
    source
        Use this source and no other.
    tell
        Called with the name of each step as it begins.
    progress
        Called with objective and bound of the search as they close in.
    with_curve
        Find the best plan of each smaller number of posts as well, where the model takes one.

    Raises
    ------
    WalkshedError
        An input cannot be used, no plan can keep to what is asked, or the optimiser fails.
    """
    standards = named_standards(settings)
    question = question_of(settings, standards.planning)
    city = walk_city(settings, standards, tell=tell, source=source)
    tell("choosing sites for new posts")
    candidates = study_candidates(settings, city.survey.opened, city.walk)
    problem = study_problem(settings, question, city, candidates)
    if _are_alike(settings, question, problem):
        candidates, problem = without_double_sites(candidates, problem)
    _enough_sites(settings, question, problem)
    plan = _plan(settings, question, problem, progress, with_curve=with_curve)
    return SitedStudy(settings, city, question, candidates, plan, proposed_posts(plan, candidates))


def curve_of(plan: SitingPlan) -> pd.DataFrame:
    """The curve of a plan as files and maps have it: without sites, gains in residents within."""
    gain = plan.curve["residents_within"].diff().fillna(0.0)
    return plan.curve.assign(gain=gain)[["residents_within", "bound", "gap", "gain", "status"]]


def _are_alike(settings: StudySettings, question: Question, problem: SitingProblem) -> bool:
    """Tell whether candidates that reach the same doors are worth the same."""
    return (
        question.name == "mclp"
        and only_counts(problem, question.rules)
        and not problem.is_("required", "forbidden").any()
        and not settings.siting.kinds
    )


def _enough_sites(settings: StudySettings, question: Question, problem: SitingProblem) -> None:
    posts, sites = question.rules.new_posts, int(problem.choosable.sum())
    if posts is not None and posts > sites:
        raise SettingsError(
            f"{settings.name}: `siting.new_posts` = {posts}: there are only {sites} candidate "
            "sites; ask for fewer, or lower `candidates.spacing_m`"
        )


def _plan(
    settings: StudySettings,
    question: Question,
    problem: SitingProblem,
    progress: Progress | None,
    *,
    with_curve: bool,
) -> SitingPlan:
    limits: dict[str, Any] = {"time_limit_s": settings.siting.time_limit_s, "seed": settings.seed}
    if with_curve and question.rules.new_posts is not None and question.name not in FIND_THE_NUMBER:
        return _whole_curve(question, problem, progress, **limits)
    return question.model(problem, question.rules, tell=progress, **limits, **question.own)


def _whole_curve(
    question: Question,
    problem: SitingProblem,
    progress: Progress | None,
    *,
    time_limit_s: float,
    seed: int,
) -> SitingPlan:
    """Solve every number of new posts from 0 on; the time is for all of them together."""
    end = time.perf_counter() + time_limit_s
    plans = [
        question.model(
            problem,
            replace(question.rules, new_posts=size),
            time_limit_s=max(end - time.perf_counter(), LEAST_TIME_S),
            seed=seed,
            tell=progress,
            **question.own,
        )
        for size in range((question.rules.new_posts or 0) + 1)
    ]
    sizes = pd.RangeIndex(len(plans), name="new_posts")
    curve = pd.concat([plan.curve for plan in plans]).set_axis(sizes)
    return replace(plans[-1], curve=curve.assign(gain=curve["objective"].diff()))
