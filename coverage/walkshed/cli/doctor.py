"""`walkshed doctor`: what looks wrong with a study's inputs."""

import datetime as dt
from pathlib import Path
from typing import Annotated

import typer

from ..settings import SourceName
from ._common import echo_json, given_settings, telling


def doctor(
    study: Annotated[Path, typer.Argument(help="Study file, such as data/taraz/study.toml.")],
    source: Annotated[SourceName | None, typer.Option(help="Use this source and no other.")] = None,
    language: Annotated[
        str | None, typer.Option(help="Language of the findings: ru, kk or en.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print all findings as JSON, for machines.")
    ] = False,
) -> None:
    """Examine a study's inputs: what looks wrong, where, whom it touches, what to do.

    Example: walkshed doctor data/monaco/study.toml
    """
    from ..doctor import examine_study, findings_in_words

    settings = given_settings(study, language=language)
    with telling() as tell:
        today = dt.date.today()  # noqa: DTZ011 - the age of data in years
        findings = examine_study(settings, today=today, source=source, tell=tell)
    if as_json:
        echo_json(findings.to_dict("records"))
    else:
        typer.echo("\n".join(findings_in_words(findings, settings.language)))
    if (findings["severity"] == "error").any():
        raise typer.Exit(2)
