"""`walkshed rerun`: a run done again from its manifest, compared byte by byte."""

from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..alone import alone_in
from ..language import translate
from ._common import echo_json, telling

if TYPE_CHECKING:
    from ..study.rerun import Difference, Rerun

DIFFERS = 3
"""Exit code: done, but there is something to look at."""

PARTS_TOLD = 8


def rerun(
    manifest: Annotated[Path, typer.Argument(help="manifest.json of a run.")],
    out: Annotated[Path, typer.Option(help="Folder for the rerun.")],
    inputs: Annotated[
        list[Path] | None,
        typer.Option(
            help="Where to look for the run's inputs, by name and hash; by default the folder of "
            "the manifest and the current one, with all folders in them."
        ),
    ] = None,
    language: Annotated[str, typer.Option(help="Language of the answer: ru, kk or en.")] = "en",
    as_json: Annotated[
        bool, typer.Option("--json", help="Print what differs as JSON, for machines.")
    ] = False,
) -> None:
    """Do a run again from its manifest, and say byte for byte what differs.

    Exit code 0 when nothing does, 3 when something does.

    Example: walkshed rerun maps/monaco/manifest.json --out again
    """
    from ..study.rerun import rerun as run_again

    with alone_in(out), telling() as tell:
        done = run_again(manifest, out, folders=inputs or [manifest.parent, Path()], tell=tell)
    if as_json:
        echo_json(asdict(done))
    else:
        typer.echo("\n".join(_in_words(done, language)))
    if done.differences:
        raise typer.Exit(DIFFERS)


def _in_words(done: "Rerun", language: str) -> Iterator[str]:
    same = done.files - len(done.differences)
    yield translate(
        "{same} of {files} files are the same byte for byte", language, same=same, files=done.files
    )
    for difference in done.differences:
        yield f"  {difference.file}: {_what(difference, language)}"
    if not done.differences:
        return
    for name, (then, now) in done.versions.items():
        yield translate(
            "{name} was {then} then, and is {now} now",
            language,
            name=name,
            then=then,
            now=now or "–",
        )
    if done.search_was_stopped:
        yield translate(
            "The search for new posts ended by its time limit: it may end elsewhere each time",
            language,
        )


def _what(difference: "Difference", language: str) -> str:
    if difference.what == "missing":
        return translate("the rerun does not write it", language)
    if difference.what == "new":
        return translate("only the rerun writes it", language)
    if difference.first_byte is None:
        return translate("changed (the file of the run is not at hand to compare with)", language)
    told = translate("changed from byte {byte} on", language, byte=difference.first_byte)
    if not difference.parts:
        return told
    more = len(difference.parts) - PARTS_TOLD
    parts = ", ".join(difference.parts[:PARTS_TOLD]) + (f" (+{more})" if more > 0 else "")
    return f"{told}: {parts}"
