"""Which studies a batch is made of: study files, or a grid of cities and what is varied in them.

A grid is a file such as::

    cities = ["data/taraz/study.toml", "data/monaco/study.toml"]
    standards = ["minutes_5_10_15", "everyday_500_800"]
    new_posts = [2, 4, 6]
    profiles = ["adult", "older"]

Every study of it is a city's own study file with one of each list laid over it.
"""

import itertools
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..errors import SettingsError, one_message
from ..given_files import read_toml
from ..settings import (
    File,
    NotNegative,
    StudySettings,
    in_words,
    read_settings,
    settings_from,
    study_name,
)

Listed = Field(min_length=1, strict=False)
Texts = Annotated[tuple[str, ...], Listed]

AXES: Mapping[str, tuple[str, str, str]] = {
    "standards": ("standard", "name", ""),
    "new_posts": ("siting", "new_posts", "posts-"),
    "budgets": ("siting", "budget", "budget-"),
    "profiles": ("walk", "profile", ""),
}
"""What is varied: the key of the study that it replaces, and how the study's name tells it."""

REPLACED: Mapping[str, tuple[str, ...]] = {
    "standards": ("planning_cutoff_min", "custom"),
    "new_posts": ("stages",),
}
"""Keys of the same table that would contradict what is varied."""


class Grid(BaseModel):
    """A grid of studies: each city with each combination of the others, where they are given."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    cities: Annotated[tuple[File, ...], Listed]
    standards: Texts | None = None
    new_posts: Annotated[tuple[Annotated[int, Field(ge=0)], ...], Listed] | None = None
    budgets: Annotated[tuple[NotNegative, ...], Listed] | None = None
    profiles: Texts | None = None


@dataclass(frozen=True)
class BatchStudy:
    """One study of a batch.

    Attributes
    ----------
    name
        Its name, and that of the folder of its results.
    settings
        None where they are wrong.
    problem
        What is wrong with them, else "".
    scenario
        What a grid varies in it, as its name ends; "" for a study file as it is.
    """

    name: str
    settings: StudySettings | None
    problem: str = ""
    scenario: str = ""


def city_of(study: BatchStudy) -> str:
    """What studies share that are of one city: where its streets come from."""
    return study.settings.source.model_dump_json() if study.settings else study.name


def batch_studies(paths: Sequence[Path]) -> list[BatchStudy]:
    """Read study files and grids.

    Parameters
    ----------
    paths
        Files of studies, or of grids (those with a key `cities`).

    Returns
    -------
    list of BatchStudy
        In the order given. A study file that is wrong is in it, with its problem: it stops no
        other.

    Raises
    ------
    SettingsError
        A grid is wrong, or two studies have one name: all in one message.
    """
    problems: list[str] = []
    found: list[tuple[Path, BatchStudy]] = []
    for path in paths:
        try:
            found += [(path, study) for study in _studies_of(path)]
        except SettingsError as error:
            problems.append(str(error))
    named = defaultdict(list)
    for path, study in found:
        named[study.name.casefold()].append(path)  # some disks hold a and A to be one
    problems += [
        f"two studies are called {name!r}: {' and '.join(map(str, of))}; rename one of the files"
        for name, of in named.items()
        if len(of) > 1
    ]
    if problems:
        raise SettingsError(problems[0] if len(problems) == 1 else one_message("batch", problems))
    return [study for _, study in found]


def _studies_of(path: Path) -> Iterator[BatchStudy]:
    """Studies of one file; a grid's cities by their own files."""
    values = _toml_or_nothing(path)
    if "cities" not in values:
        yield _study(study_name(path), path, {})
        return
    grid = _grid(values, path)
    axes = {axis: of for axis in AXES if (of := getattr(grid, axis)) is not None}
    for city in grid.cities:
        for choice in itertools.product(*axes.values()):
            chosen = dict(zip(axes, choice, strict=True))
            at = path.parent / city
            scenario = "-".join(f"{AXES[axis][2]}{value}" for axis, value in chosen.items())
            name = "-".join(filter(None, [study_name(at), scenario]))
            yield replace(_study(name, at, chosen), scenario=scenario)


def _toml_or_nothing(path: Path) -> dict[str, Any]:
    """Tables of a file; what is wrong with it is told by whoever reads it as a study."""
    try:
        return read_toml(path, advice="give the path of a study file", error=SettingsError)
    except SettingsError:
        return {}


def _grid(values: Mapping[str, Any], path: Path) -> Grid:
    try:
        grid = Grid.model_validate(values)
    except ValidationError as error:
        raise SettingsError(one_message(str(path), map(in_words, error.errors()))) from error
    problems = [
        f"`{axis}` has {value!r} twice; leave one out"
        for axis in ("cities", *AXES)
        for value, same in itertools.groupby(sorted(getattr(grid, axis) or ()))
        if len(list(same)) > 1
    ]
    texts = (*(grid.standards or ()), *(grid.profiles or ()))
    problems += [
        f"{text!r} is no name: it becomes part of a folder's; use letters, digits, _ and -"
        for text in texts
        if not text.replace("-", "_").isidentifier()
    ]
    if problems:
        raise SettingsError(one_message(str(path), problems))
    return grid


def _study(name: str, path: Path, chosen: Mapping[str, Any]) -> BatchStudy:
    """A study file with choices laid over it; wrong ones have their problem told."""
    try:
        settings = read_settings(path)
        return BatchStudy(name, _laid_over(settings, chosen) if chosen else settings)
    except SettingsError as error:
        return BatchStudy(name, None, str(error))


def _laid_over(settings: StudySettings, chosen: Mapping[str, Any]) -> StudySettings:
    values = settings.model_dump()
    name = values.pop("name")
    for axis, value in chosen.items():
        table, key, _ = AXES[axis]
        kept = {k: v for k, v in values[table].items() if k not in REPLACED.get(axis, ())}
        values[table] = {**kept, key: value}
    return settings_from(values, name)
