"""`walkshed site`: where the next posts should stand, by any location model."""

import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated

import typer

from ..alone import alone_in
from ..errors import SettingsError
from ..language import format_limits, format_number, translate
from ..settings import SourceName
from ._common import echo_json, given_settings, telling

if TYPE_CHECKING:
    from ..study import SitedStudy

SECONDS_BETWEEN_LINES = 3.0
"""How often progress is told: a search of seconds tells nothing, one of a minute some twenty."""


def site(
    study: Annotated[Path, typer.Argument(help="Study file, such as data/taraz/study.toml.")],
    model: Annotated[
        str | None,
        typer.Option(help="Location model: mclp, p_median ...; a wrong name lists all there are."),
    ] = None,
    new_posts: Annotated[int | None, typer.Option(help="At most so many new posts.")] = None,
    share: Annotated[
        float | None,
        typer.Option(help="Share of residents to be reached, 0 to 1 (lscp, p_center)."),
    ] = None,
    full_min: Annotated[
        float | None, typer.Option(help="Walk up to which one counts fully (gradual_coverage).")
    ] = None,
    none_min: Annotated[
        float | None, typer.Option(help="Walk from which one does not count (gradual_coverage).")
    ] = None,
    backup_share: Annotated[
        float | None, typer.Option(help="Weight of a second post in reach (backup_coverage).")
    ] = None,
    least_share: Annotated[
        float | None, typer.Option(help="Least share of each neighbourhood, 0 to 1.")
    ] = None,
    budget: Annotated[float | None, typer.Option(help="Money for building and closing.")] = None,
    closed_posts: Annotated[
        int | None, typer.Option(help="At most so many posts are closed.")
    ] = None,
    least_distance_m: Annotated[
        float | None, typer.Option(help="Metres between any two new posts, as the crow flies.")
    ] = None,
    time_limit: Annotated[
        float | None, typer.Option(help="Seconds for the search.", metavar="SECONDS")
    ] = None,
    curve: Annotated[
        bool, typer.Option(help="Find the best plan of each number of new posts up to it, too.")
    ] = False,
    alternatives: Annotated[
        int, typer.Option(min=0, help="Find so many next best plans, too.")
    ] = 0,
    stages: Annotated[
        str | None,
        typer.Option(help="New posts by year: in which order to build.", metavar="2022=6,2023=4"),
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for plan.json, sites and tables.")
    ] = None,
    source: Annotated[SourceName | None, typer.Option(help="Use this source and no other.")] = None,
    language: Annotated[
        str | None, typer.Option(help="Language of the answer: ru, kk or en.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the plan as one JSON object, for machines.")
    ] = False,
) -> None:
    """Choose sites for new posts, with a proof, and say what they give.

    Options overrule the study's [siting] table. Once the search has begun, Ctrl-C ends it with
    the best plan so far; a second Ctrl-C ends everything.

    Example: walkshed site data/monaco/study.toml --model mclp --new-posts 3
    """
    from ..siting.clock import ctrl_c_stops_searches
    from ..study import Search, explained, plan_record, site_study, write_plan

    asked = {
        "model": model,
        "new_posts": new_posts,
        "share": share,
        "full_min": full_min,
        "none_min": none_min,
        "backup_share": backup_share,
        "least_share": least_share,
        "budget": budget,
        "closed_posts": closed_posts,
        "least_distance_m": least_distance_m,
        "time_limit_s": time_limit,
        "stages": None if stages is None else posts_by_year(stages),
    }
    settings = given_settings(study, siting=asked, language=language)
    with ExitStack() as to_the_end:
        if out is not None:
            to_the_end.enter_context(alone_in(out))
        with telling() as tell:
            sited = site_study(
                settings,
                source=source,
                tell=tell,
                search=Search(
                    with_curve=curve,
                    alternatives=alternatives,
                    with_stages=True,
                    progress=closing_in(tell, settings.language),
                    begins=lambda: to_the_end.enter_context(ctrl_c_stops_searches()),
                ),
            )
            if out is not None:
                write_plan(sited, out)
        if as_json:
            echo_json(plan_record(sited))
        else:
            words = explained(sited, settings.language)
            typer.echo("\n".join([*words, *tables_in_words(sited, settings.language)]))


def posts_by_year(text: str) -> dict[str, int]:
    """Read how many posts each year has.

    Examples
    --------
    >>> posts_by_year("2022=6, 2023=4")
    {'2022': 6, '2023': 4}
    """
    parts = [part.partition("=") for part in text.split(",")]
    if not all(posts.strip().isdecimal() for _, _, posts in parts):
        raise SettingsError(f"--stages {text}: give years and numbers of posts, as 2022=6,2023=4")
    return {year.strip(): int(posts) for year, _, posts in parts}


def closing_in(tell: Callable[[str], None], language: str) -> Callable[[float, float], None]:
    """Tell objective and bound of a search now and then, as they close in."""
    last = monotonic()

    def progress(objective: float, bound: float) -> None:
        nonlocal last
        is_known = math.isfinite(objective) and math.isfinite(bound)
        if not is_known or monotonic() - last < SECONDS_BETWEEN_LINES:
            return
        last = monotonic()
        tell(
            translate(
                "best so far {objective}, bound {bound}",
                language,
                objective=format_number(objective, language, decimals=1),
                bound=format_number(bound, language, decimals=1),
            )
        )

    return progress


def tables_in_words(sited: "SitedStudy", language: str) -> Iterator[str]:
    """List the next best plans, and what is built in which year."""
    plan, band = sited.plan, sited.city.standards.planning
    limit = format_limits(band.limits, band.unit, language)
    for rank, other in plan.alternatives.iterrows():
        yield translate(
            "Plan {rank}: {sites}; {reached} residents within {limit}",
            language,
            rank=rank,
            sites=", ".join(map(str, other["site_ids"])) or "–",
            reached=format_number(other["residents_within"], language),
            limit=limit,
        )
    if sited.staged is not None:
        for year, stage in sited.staged.stages.iterrows():
            yield translate(
                "{year}: {sites}; {reached} residents within {limit}",
                language,
                year=year,
                sites=", ".join(map(str, stage["site_ids"])) or "–",
                reached=format_number(stage["residents_within"], language),
                limit=limit,
            )
