"""Write the reports of a run: pictures, workbook and PDF."""

from collections.abc import Callable
from pathlib import Path

from ..alone import alone_in
from ..errors import SettingsError
from ..language import LANGUAGES
from .files import staged
from .pdf import write_pdf
from .pictures import write_pictures
from .read import read_run
from .workbook import write_workbook


def write_report(
    run_folder: Path,
    folder: Path | None = None,
    *,
    language: str | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> list[Path]:
    """Write `report.<language>.pdf`, `report.<language>.xlsx` and the pictures of a run.

    Nothing is studied anew: every number stands in the run's tables. The files are made aside and
    moved in place at the end; the run's own stay as they are, and its manifest does not name these.

    Parameters
    ----------
    run_folder
        What `walkshed run` wrote.
    folder
        Where the reports go, the run's own folder if left out.
    language
        One of `LANGUAGES`, the study's own if left out.
    tell
        Called with the name of each step as it begins.

    Returns
    -------
    list of Path
        The files, in the order of their names.

    Raises
    ------
    SourceError
        The folder is not that of a whole run.
    SettingsError
        An unknown language, a folder that cannot be written or that another writes
        into, or the extra `report` is missing.
    """
    if language is not None and language not in LANGUAGES:
        raise SettingsError(f"language `{language}`: use one of {', '.join(LANGUAGES)}")
    folder = folder or run_folder
    with alone_in(folder):
        tell("reading the run")
        run = read_run(run_folder)
        language = language or run.language
        with staged(folder) as stage:
            tell("writing the workbook")
            write_workbook(run, stage / f"report.{language}.xlsx", language)
            tell("drawing pictures")
            write_pictures(run, stage, language)
            tell("writing the PDF")
            write_pdf(run, stage, stage / f"report.{language}.pdf", language)
            names = sorted(path.name for path in stage.iterdir())
    return [folder / name for name in names]
