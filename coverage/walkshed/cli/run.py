"""`walkshed run`: one study, from its file to its map."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from ..alone import alone_in
from ..errors import SettingsError
from ..settings import SourceName, StudySettings, study_name
from ._common import echo_json, given_settings, telling
from .answer import answer


def run(
    study: Annotated[
        Path | None, typer.Argument(help="Study file, such as data/taraz/study.toml.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the results; by default maps/<study>.")
    ] = None,
    source: Annotated[SourceName | None, typer.Option(help="Use this source and no other.")] = None,
    osm: Annotated[
        Path | None, typer.Option(help="An .osm.pbf or .osm file, in place of a study file.")
    ] = None,
    posts: Annotated[
        Path | None,
        typer.Option(help="With --osm: a registry of posts (Excel, CSV ...) to count with them."),
    ] = None,
    scenario: Annotated[
        Path | None,
        typer.Option(help="A scenario (GeoJSON): streets opened or closed, posts moved."),
    ] = None,
    new_posts: Annotated[int | None, typer.Option(help="How many new posts to propose.")] = None,
    language: Annotated[
        str | None, typer.Option(help="Language of the answer and the map: ru, kk or en.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the summary as JSON, for machines.")
    ] = False,
) -> None:
    """Score a city's coverage, propose new posts, and write maps and tables.

    Example: walkshed run data/taraz/study.toml
    """
    settings = given_settings(
        study,
        osm=osm,
        posts=posts,
        scenario=scenario,
        siting={"new_posts": new_posts},
        language=language,
    )
    summary = _run_and_write(settings, source, out or _default_folder(study))
    if as_json:
        echo_json(summary)
    else:
        typer.echo("\n".join(answer(summary, settings.language)))


def _default_folder(study: Path | None) -> Path:
    """`maps/<study>`."""
    if study is None:
        raise SettingsError("--osm needs --out DIR: say where the results should go")
    return Path("maps") / study_name(study)


def _run_and_write(
    settings: StudySettings, source: SourceName | None, folder: Path
) -> Mapping[str, Any]:
    """Run a study and write its files, telling each step on stderr."""
    from ..study import run_study, write_study  # the heavy imports, only when they are needed

    with alone_in(folder), telling() as tell:
        result = run_study(settings, source=source, tell=tell)
        tell("writing maps and tables")
        write_study(result, folder)
    Console(stderr=True, highlight=False, markup=False).print(
        f"  {folder / 'map.html'}", soft_wrap=True
    )
    return result.summary
