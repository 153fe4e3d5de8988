"""`walkshed posts`: the form of a registry, and the check of a filled one."""

from pathlib import Path
from typing import Annotated

import typer

from ..errors import TableError, one_message
from ..settings import read_settings
from ._common import echo_json

posts_app = typer.Typer(
    help="The registry of posts: an empty form, and a check of a filled one. "
    "Example: walkshed posts check data/taraz/posts.csv",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@posts_app.command("template")
def posts_template(
    file: Annotated[Path, typer.Argument(help="The Excel file to write, such as posts.xlsx.")],
    language: Annotated[
        str, typer.Option(help="Language of headings, values and help: ru, kk or en.")
    ] = "ru",
) -> None:
    """Write an empty registry of posts as an Excel form with drop-downs and help.

    Example: walkshed posts template posts.xlsx --language kk
    """
    from ..sources.posts_form import write_form

    write_form(file, language)
    typer.echo(file)


@posts_app.command("check")
def posts_check(
    file: Annotated[Path, typer.Argument(help="A registry: Excel, CSV, GeoJSON or GeoPackage.")],
    study: Annotated[
        Path | None, typer.Option(help="Its study: places outside its area are told as well.")
    ] = None,
    osm: Annotated[
        Path | None,
        typer.Option(help="An .osm.pbf or .osm file: look up posts without coordinates in it."),
    ] = None,
    language: Annotated[str, typer.Option(help="Language of the counts: ru, kk or en.")] = "ru",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print problems, notes and counts as JSON.")
    ] = False,
) -> None:
    """Tell all problems of a registry of posts at once, and count its posts.

    Example: walkshed posts check data/taraz/posts.csv --study data/taraz/study.toml
    """
    from ..sources.posts_check import check_as_json, check_in_words, check_registry

    read, matches = check_registry(file, read_settings(study) if study else None, osm)
    if as_json:
        echo_json(check_as_json(read, matches))
    else:
        typer.echo("\n".join(check_in_words(read, language, matches)))
    if read.problems:
        raise TableError(one_message(str(file), read.sheet.told(read.problems)))
