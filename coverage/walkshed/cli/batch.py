"""`walkshed batch` and `walkshed cache`: many studies, and what they share."""

import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from ..alone import alone_in
from ..language import format_minutes, format_number, format_share, translate, translate_count
from ..settings import SourceName
from ._common import echo_json

if TYPE_CHECKING:
    from pandas import DataFrame

    from ..batch.one import Record

FAILED = 3
"""Exit code: done, but there is something to look at."""

Cache = Annotated[
    Path | None,
    typer.Option(
        "--cache", help="Folder of the cache; by default WALKSHED_CACHE, or the user's own."
    ),
]
Limit = Annotated[float, typer.Option(help="Largest size of the cache, in GB.", min=0)]
Language = Annotated[str, typer.Option(help="Language of the answer: ru, kk or en.")]
Json = Annotated[bool, typer.Option("--json", help="Print lines of JSON, for machines.")]


def batch(
    studies: Annotated[
        list[Path],
        typer.Argument(help="Study files, or a grid (batch.toml: cities x standards ...)."),
    ],
    out: Annotated[Path, typer.Option(help="Folder for the results, one folder a study.")],
    source: Annotated[SourceName | None, typer.Option(help="Use this source and no other.")] = None,
    workers: Annotated[
        int | None,
        typer.Option(help="How many studies at once; by default by processors and memory.", min=1),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(help="A Dask cluster that is there (tcp://HOST:PORT); it sees all folders."),
    ] = None,
    cache_at: Cache = None,
    limit_gb: Limit = 20,
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """Run many studies, each into its own folder; write one table of results and a map of all.

    What is done is not done again: run it once more after whatever stopped it. Exit code 0 when
    all studies are done, 3 when some failed.

    Example: walkshed batch data/taraz/study.toml data/monaco/study.toml --out maps/batch
    """
    from pandas import isna

    from ..batch.cache import cache_folder, shrink
    from ..batch.grid import batch_studies
    from ..batch.overview import overview_map
    from ..batch.progress import left_s
    from ..batch.region import region_table
    from ..batch.run import cluster, run_batch
    from ..batch.table import results_table, write_results

    asked = batch_studies(studies)
    folder = (cache_at or cache_folder()).resolve()
    records: list[Record] = []
    begun = time.monotonic()
    stderr = Console(stderr=True, highlight=False, markup=False)
    with alone_in(out), cluster(scheduler, workers) as client:
        for record in run_batch(asked, out.resolve(), client, source=source, cache=folder):
            records.append(record)
            rest_s = left_s(asked, records, len(client.ncores()))
            passed_min = (time.monotonic() - begun) / 60
            for line in _progress(records, len(asked), passed_min, rest_s, language):
                stderr.print(line, soft_wrap=True)
            if as_json:
                (row,) = results_table(asked, [record]).to_dict("records")
                known = {key: value for key, value in row.items() if not isna(value)}
                own = {key: value for key, value in record.items() if key != "summary"}
                how_far = {"ended": len(records), "studies": len(asked), "left_s": rest_s}
                echo_json({**own, **known, **how_far, "passed_s": round(60 * passed_min, 1)})
            shrink(folder, int(limit_gb * 1e9))
        results, region = results_table(asked, records), region_table(asked, records, out)
        page = overview_map(asked, records, results, region, out, language=language)
        write_results(results, region, page.to_html(), out)
    failed = [record for record in records if record["status"] == "failed"]
    if as_json:
        echo_json({"studies": len(asked), "failed": [record["name"] for record in failed]})
    else:
        typer.echo("\n".join([*_answer(records, failed, language), *_together(region, language)]))
        typer.echo(f"  {out / 'batch.xlsx'}\n  {out / 'map.html'}")
    if failed:
        raise typer.Exit(FAILED)


def _progress(
    records: Sequence["Record"],
    studies: int,
    passed_min: float,
    rest_s: float | None,
    language: str,
) -> Iterator[str]:
    """Tell what ended last, how many do so in a minute, and how long the rest may take."""
    last = records[-1]
    done = translate("done before", language) if last["before"] else ""
    if last["status"] == "failed":
        done = translate("failed: {why}", language, why=last["message"])
    taken = f"{format_number(last['seconds'], language, 1)} s"
    yield f"  {len(records)}/{studies} {last['name']}: {done or taken}"
    here = sum(not record["before"] for record in records)
    if here and rest_s and passed_min:
        yield "    " + translate(
            "{rate} studies a minute, about {minutes} left",
            language,
            rate=format_number(here / passed_min, language, decimals=1),
            minutes=format_minutes(rest_s / 60, language, decimals=1),
        )


def _answer(
    records: Sequence["Record"], failed: Sequence["Record"], language: str
) -> Iterator[str]:
    """Say how many studies are done, which failed and why."""
    done = len(records) - len(failed)
    yield translate_count("{count} study is done", "{count} studies are done", done, language)
    if before := sum(record["before"] for record in records):
        yield "  " + translate("of these done before: {count}", language, count=before)
    for record in failed:
        why = translate("failed: {why}", language, why=record["message"])
        yield f"{record['name']}: {why}"


def _together(region: "DataFrame", language: str) -> Iterator[str]:
    """Say of each scenario how many residents of all cities walk, now and with the plans built."""
    totals = region[(region["level"] == "total") & (region["towns_done"] > 0)]
    for row in totals.to_dict("records"):
        told = translate(
            "{count} of {all} residents within walking distance ({share}), with new posts {after} "
            "({share_after})",
            language,
            count=format_number(row["residents_within"], language),
            all=format_number(row["residents"], language),
            share=format_share(row["share_within"], language),
            after=format_number(row["residents_within_after"], language),
            share_after=format_share(row["share_within_after"], language),
        )
        yield f"{row['scenario']}: {told}" if row["scenario"] else told


def cache(
    cache_at: Cache = None,
    clear: Annotated[bool, typer.Option("--clear", help="Remove all that is in it.")] = False,
    language: Language = "en",
    as_json: Json = False,
) -> None:
    """Show what batches keep on disk to share between studies, or remove it.

    Nothing in it is needed: what is gone is made anew.

    Example: walkshed cache --clear
    """
    from ..batch.cache import cache_folder, contents_of, shrink

    place = cache_at or cache_folder()
    kept = contents_of(place)
    size = sum(one.size_bytes for one in kept)
    steps = {
        step: [one.size_bytes for one in kept if one.step == step]
        for step in sorted({one.step for one in kept})
    }
    if clear:
        shrink(place, 0)
    if as_json:
        sizes = {step: {"files": len(of), "bytes": sum(of)} for step, of in steps.items()}
        echo_json({"folder": str(place), "bytes": size, "steps": sizes, "cleared": clear})
        return
    typer.echo(str(place))
    for step, of in {**steps, translate("all", language): [one.size_bytes for one in kept]}.items():
        typer.echo(f"  {step}: {len(of)}, {format_number(sum(of) / 1e6, language, 1)} MB")
    if clear:
        typer.echo(translate("All of it is removed", language))
