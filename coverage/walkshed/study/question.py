"""What a study asks of the optimiser: one of the location models, its rules, its own options."""

import inspect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ..errors import SettingsError, one_message
from ..settings import FIND_THE_NUMBER, OWN_OPTIONS, SitingSettings, StudySettings
from ..siting import (
    SitingRules,
    backup_coverage,
    capacitated_coverage,
    gradual_coverage,
    least_cost_cover,
    lscp,
    mclp,
    mclp_with_least_share,
    p_center,
    p_median,
    worst_neighbourhood,
)
from ..siting.models import Model
from ..standards import Band

_ALL: tuple[Model, ...] = (
    *(mclp, gradual_coverage, backup_coverage, capacitated_coverage),
    *(lscp, least_cost_cover, p_median, p_center),
    *(worst_neighbourhood, mclp_with_least_share),
)
MODELS: Mapping[str, Model] = MappingProxyType({model.__name__: model for model in _ALL})
"""All location models, by their names: those are the names in study files and on the command
line."""

COUNT_MINUTES = frozenset({"gradual_coverage", "p_median", "p_center"})
"""Models that look beyond the cutoff, and in minutes."""

COUNT_MONEY = frozenset({"least_cost_cover"})
"""Models that weigh what sites cost, budget or not."""

COUNT_CAPACITY = frozenset({"capacitated_coverage"})
"""Models that weigh how many residents a post can serve."""

NEW_POSTS = 6
"""How many new posts a study plans that says nothing else: Taraz 2022."""


@dataclass(frozen=True, eq=False)
class Question:
    """A location model, its rules, and its own options."""

    model: Model
    rules: SitingRules
    own: Mapping[str, float]

    @property
    def name(self) -> str:
        """Name of the model."""
        return self.model.__name__


def question_of(settings: StudySettings, planning: Band) -> Question:
    """Make the question that a study's `[siting]` asks.

    Raises
    ------
    SettingsError
        There is no such model, it does not know an option or lacks one, or it cannot go with the
        standard; all problems in one message.
    """
    asked = settings.siting
    if asked.model not in MODELS:
        raise SettingsError(
            f"{settings.name}: `siting.model` = {asked.model!r}: no such location model; choose "
            f"one of {', '.join(MODELS)}"
        )
    problems = [*_about_options(asked), *_about_standard(asked, planning)]
    if problems:
        raise SettingsError(one_message(settings.name, problems))
    return Question(
        MODELS[asked.model],
        SitingRules(
            new_posts=new_posts_of(asked),
            budget=asked.budget,
            closed_posts=asked.closed_posts,
            least_distance_m=asked.least_distance_m,
        ),
        _given(asked),
    )


def new_posts_of(asked: SitingSettings) -> int | None:
    """How many new posts at most; None where money or the model itself sets the limit."""
    if asked.stages:
        return sum(asked.stages.values())
    if asked.new_posts is not None or asked.budget is not None or asked.model in FIND_THE_NUMBER:
        return asked.new_posts
    return NEW_POSTS


def _given(asked: SitingSettings) -> dict[str, float]:
    values = {key: getattr(asked, key) for key in OWN_OPTIONS}
    return {key: value for key, value in values.items() if value is not None}


def _about_options(asked: SitingSettings) -> Iterator[str]:
    """Compare the options given with those of the model's signature."""
    given = _given(asked)
    known = _options_of(MODELS[asked.model])
    for key, value in given.items():
        if key not in known:
            others = [name for name, model in MODELS.items() if key in _options_of(model)]
            there = f", or choose a model that does: {', '.join(others)}" if others else ""
            yield (
                f"`siting.{key}` = {value:g}: the model {asked.model} does not know this option; "
                f"remove it{there}"
            )
    for key, is_needed in known.items():
        if is_needed and key not in given:
            yield f"key `siting.{key}` is missing: the model {asked.model} needs it; add it"


def _options_of(model: Model) -> dict[str, bool]:
    """Own options of a model, and whether it needs them."""
    parameters = inspect.signature(model).parameters
    return {
        key: parameters[key].default is inspect.Parameter.empty
        for key in OWN_OPTIONS
        if key in parameters
    }


def _about_standard(asked: SitingSettings, planning: Band) -> Iterator[str]:
    if asked.model in COUNT_MINUTES and planning.unit == "m":
        yield (
            f"`siting.model` = {asked.model!r} counts minutes, but the standard is in metres "
            f"({planning}); choose a standard in minutes, or another model"
        )
