"""`walkshed report`: the reports of a run, from its folder."""

from pathlib import Path
from typing import Annotated

import typer

from ._common import telling


def report(
    run_folder: Annotated[
        Path, typer.Argument(metavar="RUN_DIR", help="Folder of a run, such as maps/monaco.")
    ],
    language: Annotated[
        str | None,
        typer.Option(help="Language of the reports: ru, kk or en; by default the study's."),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the reports; by default that of the run.")
    ] = None,
) -> None:
    """Write the reports of a run: PDF, Excel workbook, and pictures as PNG and SVG.

    Example: walkshed report maps/monaco --language kk
    """
    from ..reports.write import write_report  # the heavy imports, only when they are needed

    with telling() as tell:
        files = write_report(run_folder, out, language=language, tell=tell)
    for file in files:
        typer.echo(str(file))
