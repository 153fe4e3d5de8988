"""Choose the new posts of a study: walk the city, state the problem, ask the model."""

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import geopandas as gpd
import pandas as pd

from ..errors import SettingsError
from ..settings import FIND_THE_NUMBER, SourceName, StudySettings
from ..siting import (
    SitingPlan,
    SitingProblem,
    StagedPlan,
    best_alternatives,
    staged_plan,
    whole_curve,
)
from ..siting.clock import stop_is_asked
from ..siting.program import Tell as Progress
from ..siting.rules import only_counts
from .problem import study_problem, without_double_sites
from .question import Question, question_of
from .remembering import SITES, Remember, made_anew
from .sites import planned_sites, proposed_posts, study_candidates
from .survey import Tell
from .walked import WalkedCity, named_standards, walk_city

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Search:
    """What is looked for besides the plan; each search has the time limit of the study.

    Attributes
    ----------
    with_curve
        The best plan of each smaller number of posts, where the model takes a number.
    alternatives
        How many next best plans.
    with_stages
        The order of building by the years of `siting.stages`.
    progress
        Called with objective and bound of each search as they close in.
    begins
        Called when the city is walked, the question stated, and the search begins.
    """

    with_curve: bool = False
    alternatives: int = 0
    with_stages: bool = False
    progress: Progress | None = None
    begins: Callable[[], object] | None = None


PLAIN = Search()


@dataclass(frozen=True, eq=False)
class SitedStudy:
    """A study up to its plan, before anything is drawn.

    Attributes
    ----------
    settings, city, question
        What it was made from.
    candidates
        Candidate sites with why they are, excluded ones with their reason.
    plan
        The plan, free of any order of years.
    staged
        The same number of posts built year by year, if the study has `stages` and they were asked
        for.
    proposed
        Sites of the plan in building order as a table of points.
    """

    settings: StudySettings
    city: WalkedCity
    question: Question
    candidates: gpd.GeoDataFrame
    plan: SitingPlan
    staged: StagedPlan | None
    proposed: gpd.GeoDataFrame


def site_study(
    settings: StudySettings,
    *,
    source: SourceName | None = None,
    tell: Tell = logger.info,
    search: Search = PLAIN,
    remember: Remember = made_anew,
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
    search
        What is looked for besides the plan.
    remember
        Gives what a step made before; by default all are made anew.

    Raises
    ------
    WalkshedError
        An input cannot be used, no plan can keep to what is asked, or the optimiser fails.
    """
    standards = named_standards(settings)
    question = question_of(settings, standards.planning)
    city = walk_city(settings, standards, tell=tell, source=source, remember=remember)
    tell("choosing sites for new posts")
    candidates = remember(
        "candidates",
        lambda: study_candidates(settings, city.survey.opened, city.walk),
        by=SITES,
    )
    problem = study_problem(settings, question, city, candidates)
    if _are_alike(settings, question, problem):
        candidates, problem = without_double_sites(candidates, problem)
    _enough_sites(settings, question, problem)
    if search.begins is not None:
        search.begins()
    plan = _plan(settings, question, problem, search)
    staged = _staged(settings, question, problem, search)
    proposed = proposed_posts(plan, candidates)
    return SitedStudy(settings, city, question, candidates, plan, staged, proposed)


def curve_of(plan: SitingPlan) -> pd.DataFrame:
    """The curve of a plan as files and maps have it: gains in residents within."""
    gain = plan.curve["residents_within"].diff().fillna(0.0)
    columns = ["residents_within", "bound", "gap", "gain", "status", "site_ids", "residents_added"]
    return plan.curve.assign(gain=gain)[columns]


def sites_of_all(sited: SitedStudy) -> gpd.GeoDataFrame:
    """Sites of the best plan of every size and of the stages, each once; index `site_id`."""
    plans = [*sited.plan.curve["site_ids"], sited.plan.site_ids]
    if sited.staged is not None:
        plans.append(sited.staged.site_ids)
    every = dict.fromkeys(site for plan in plans for site in plan)
    return planned_sites(sited.plan.problem, sited.candidates, every)


def stages_record(staged: StagedPlan) -> dict[str, Any]:
    """Give a plan by years as one object for machines."""
    return {
        "plan": list(staged.site_ids),
        "measure": staged.measure,
        "objective": staged.objective,
        "bound": staged.bound,
        "gap": staged.gap,
        "status": staged.status,
        "seconds": staged.seconds,
        "years": staged.stages.reset_index().to_dict("records"),
    }


def without_lists(table: pd.DataFrame) -> pd.DataFrame:
    """Write lists as texts."""
    lists = {
        name: table[name].map(lambda ids: " ".join(map(str, ids)))
        for name in ("site_ids", "closed_ids", "free_site_ids", "residents_added")
        if name in table
    }
    return table.assign(**lists)


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
    settings: StudySettings, question: Question, problem: SitingProblem, search: Search
) -> SitingPlan:
    """Ask the model, for each number of posts if the curve is wanted, then for the next best."""
    limits: dict[str, Any] = {
        "time_limit_s": settings.siting.time_limit_s,
        "seed": settings.seed,
        "tell": search.progress,
        **question.own,
    }
    takes_a_number = question.rules.new_posts is not None and question.name not in FIND_THE_NUMBER
    if search.with_curve and takes_a_number:
        plan = whole_curve(question.model, problem, question.rules, **limits)
    else:
        plan = question.model(problem, question.rules, **limits)
    if not search.alternatives or stop_is_asked() or plan.status == "interrupted":
        return plan
    return best_alternatives(question.model, plan, search.alternatives, **limits)


def _staged(
    settings: StudySettings, question: Question, problem: SitingProblem, search: Search
) -> StagedPlan | None:
    """Choose what to build year by year, where the study says how many posts each year has."""
    stages = settings.siting.stages
    if not search.with_stages or not stages:
        return None
    own: dict[str, Any] = dict(question.own)
    return staged_plan(
        question.model,
        problem,
        new_posts={int(year): posts for year, posts in sorted(stages.items())},
        rules=replace(question.rules, new_posts=None),
        time_limit_s=settings.siting.time_limit_s,
        seed=settings.seed,
        tell=search.progress,
        **own,
    )
