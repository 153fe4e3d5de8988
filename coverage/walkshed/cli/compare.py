"""`walkshed compare`: two runs side by side, or one before and after its plan."""

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from ..alone import alone_in
from ..errors import SettingsError
from ._common import echo_json, telling


def compare(
    before: Annotated[Path, typer.Argument(help="Folder of a run, such as maps/monaco.")],
    after: Annotated[
        Path | None, typer.Argument(help="Folder of the run to compare it with.")
    ] = None,
    plan: Annotated[
        bool,
        typer.Option("--after", help="In place of a second run: the first with its plan built."),
    ] = False,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the map and the tables; without it, words only.")
    ] = None,
    allow: Annotated[
        list[str] | None,
        typer.Option(
            help="Compare although this differs: population, standard, walk, extent, crs or "
            "schematic. May be given more than once."
        ),
    ] = None,
    moved_m: Annotated[
        float, typer.Option(help="Metres that a post must be elsewhere by to count as moved.")
    ] = 10.0,
    language: Annotated[
        str | None, typer.Option(help="Language of the answer and the map: ru, kk or en.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the headline numbers as JSON, for machines.")
    ] = False,
) -> None:
    """Compare two runs: who gains and who loses, by door, neighbourhood and post.

    Example: walkshed compare maps/taraz maps/taraz-bridge --out maps/taraz-compared

    Before and after the plan of one run: walkshed compare maps/monaco --after --out maps/compared
    """
    from ..compare import compare_states, comparison_in_words, state_of, write_comparison
    from ..reports import read_run

    if (after is None) != plan:
        raise SettingsError("give either a second run, or --after; see walkshed compare --help")
    with alone_in(out) if out else nullcontext(), telling() as tell:
        tell("reading the runs")
        first = read_run(before)
        second = first if after is None else read_run(after)
        tell("comparing doors, neighbourhoods and posts")
        found = compare_states(
            state_of(first), state_of(second, is_built=plan), allow=allow or (), moved_m=moved_m
        )
        if out is not None:
            tell("writing the map and tables")
            write_comparison(found, out, language=language)
            Console(stderr=True, highlight=False, markup=False).print(
                f"  {out / 'map.html'}", soft_wrap=True
            )
    if as_json:
        echo_json(found.summary)
    else:
        typer.echo("\n".join(comparison_in_words(found, language or second.language)))
