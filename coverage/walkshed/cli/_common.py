"""What commands share: settings from a study file and options, progress, JSON."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

import typer
from rich.console import Console
from rich.text import Text

from ..errors import SettingsError
from ..reports.files import plain
from ..settings import StudySettings, read_settings, settings_from


def given_settings(
    study: Path | None,
    *,
    osm: Path | None = None,
    posts: Path | None = None,
    scenario: Path | None = None,
    new_posts: int | None = None,
    language: str | None = None,
) -> StudySettings:
    """Read the study file, or make settings from the options alone."""
    if (study is None) == (osm is None):
        raise SettingsError("give either a study file or --osm FILE; see walkshed run --help")
    if study:
        if posts:
            raise SettingsError(f"{study}: --posts goes with --osm; name the registry in the file")
        values = read_settings(study).model_dump()
    else:
        values = {"city": _stem(cast(Path, osm)), "source": {"file": osm}, "language": "en"}
        values["posts"] = {"registry": posts}
    if scenario is not None:
        values["scenario"] = scenario
    if new_posts is not None:
        values["siting"] = {**values.get("siting", {}), "new_posts": new_posts}
    if language is not None:
        values["language"] = language
    return settings_from(values, str(study or osm))


@contextmanager
def telling() -> Iterator[Callable[[str], None]]:
    """Tell each step on stderr as it begins."""
    console = Console(stderr=True, highlight=False, markup=False)
    with console.status("walkshed") as status:

        def tell(step: str) -> None:
            status.update(Text(step))
            console.print(f"  {step} ...", style="dim", soft_wrap=True)

        yield tell


def echo_json(value: Any) -> None:
    """Print a value as one line of JSON, for machines."""
    typer.echo(json.dumps(plain(value), ensure_ascii=False, allow_nan=False))


def _stem(path: Path) -> str:
    return path.name.split(".")[0] or path.name
