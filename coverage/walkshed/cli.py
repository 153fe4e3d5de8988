"""The command line: a thin skin over `study`.

Progress goes to stderr, the answer to stdout. Exit code 0 means success, 2 that an input cannot
be used, 1 that walkshed itself failed.
"""

import io
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, cast

import typer
from rich.console import Console
from rich.text import Text

from .errors import InputError, SettingsError, WalkshedError
from .language import format_minutes, format_number, format_share, translate, translate_count
from .reports.files import plain
from .settings import SourceName, StudySettings, read_settings, settings_from

app = typer.Typer(
    name="walkshed",
    help="Who can walk to a police post, who cannot, and where the next posts should stand.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


@app.command()
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
        typer.Option(help="With --osm: a registry of posts (CSV or GeoJSON) to count with them."),
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
    settings = _settings(study, osm, posts, scenario, new_posts, language)
    summary = _run_and_write(settings, source, out or _default_folder(study))
    if as_json:
        typer.echo(json.dumps(plain(summary), ensure_ascii=False, allow_nan=False))
    else:
        typer.echo("\n".join(answer(summary, settings.language)))


@app.command()
def network(
    osm: Annotated[Path, typer.Argument(help="An .osm.pbf or .osm file.")],
    explain: Annotated[
        bool, typer.Option(help="Tell what was kept, what was dropped, and why.")
    ] = False,
    study: Annotated[
        Path | None, typer.Option(help="A study file: go by its own lines of rules, too.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the explanation as JSON, for machines.")
    ] = False,
) -> None:
    """Build the walking network of an OpenStreetMap file and tell what became of its ways.

    Example: walkshed network data/monaco/monaco.osm.pbf --explain
    """
    from .network import (
        build_network,
        explain_network,
        explanation,
        metric_crs,
        pedestrian_rules,
    )
    from .sources.osm import read_streets
    from .standards import walking_profile

    rules = pedestrian_rules(read_settings(study).walk.rules if study else None)
    streets = read_streets(osm)
    if as_json:
        table = explain_network(streets, rules=rules)
        typer.echo(json.dumps(table.to_dict("records"), ensure_ascii=False, allow_nan=False))
        return
    adult = walking_profile("adult")
    built = build_network(
        streets,
        crs=metric_crs(streets.bounds),
        speed_kmh=adult.speed_kmh.value,
        steps_speed_kmh=adult.steps_speed_kmh,
        rules=rules,
    )
    typer.echo(repr(built))
    if explain:
        typer.echo(explanation(explain_network(streets, rules=rules)))


def answer(summary: Mapping[str, Any], language: str) -> list[str]:
    """Say the headline numbers of a summary in five plain lines, and a sixth for a scenario."""
    plan, after = summary["plan"], summary["after"]
    minutes = f"{plan['cutoff_min']:g}"
    nearest = summary["nearest_min"]
    gained = after["residents_within"][minutes] - summary["residents_within"][minutes]
    sites = ", ".join(
        f"{row['rank']}. {row['site_id']} (+{format_number(row['residents_added'], language)})"
        for row in plan["build_order"]
    )
    lines = [
        translate(
            "{city}: {residents}, {posts}; known posts located: {located} of {known}",
            language,
            city=_city(summary, language),
            residents=_residents(summary, language),
            posts=_posts(summary, language),
            located=summary["posts_located"],
            known=summary["posts_known"],
        ),
        translate(
            "Now within walking distance: {shares}", language, shares=_shares(summary, language)
        ),
        translate(
            "Half of them need at most {median}, nine of ten {p90}; {lost} residents reach no post",
            language,
            median=format_minutes(nearest["median"], language),
            p90=format_minutes(nearest["p90"], language),
            lost=format_number(summary["residents_not_reached"], language),
        ),
        translate(
            "With {posts}: {share} within {minutes} min, {gained} residents more ({proof})",
            language,
            posts=translate_count(
                "{count} new post", "{count} new posts", plan["new_posts"], language
            ),
            share=format_share(after["share_within"][minutes], language),
            minutes=minutes,
            gained=format_number(gained, language),
            proof=_proof(plan, language),
        ),
        translate("Order of building: {sites}", language, sites=sites or "–"),
    ]
    changes = summary["scenario"]
    if changes:
        lines.append(
            translate(
                "Scenario {name}: the walk is shorter for {gained} residents, longer for {lost}",
                language,
                name=changes["name"],
                gained=format_number(changes["residents_gained"], language),
                lost=format_number(changes["residents_lost"], language),
            )
        )
    return lines


def main() -> None:
    """Run the command line and end with its exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a code page may lack Kazakh letters
            stream.reconfigure(errors="replace")
    try:
        app()
    except WalkshedError as error:
        typer.echo(f"walkshed: {error}", err=True)
        sys.exit(2 if isinstance(error, InputError) else 1)


def _settings(
    study: Path | None,
    osm: Path | None,
    posts: Path | None,
    scenario: Path | None,
    new_posts: int | None,
    language: str | None,
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


def _default_folder(study: Path | None) -> Path:
    """`maps/<study>`, the study being the file's stem, or its folder's where that is "study"."""
    if study is None:
        raise SettingsError("--osm needs --out DIR: say where the results should go")
    return Path("maps") / (study.resolve().parent.name if study.stem == "study" else study.stem)


def _stem(path: Path) -> str:
    return path.name.split(".")[0] or path.name


def _run_and_write(
    settings: StudySettings, source: SourceName | None, folder: Path
) -> Mapping[str, Any]:
    """Run a study and write its files, telling each step on stderr."""
    from .study import run_study, write_study  # the heavy imports, only when they are needed

    console = Console(stderr=True, highlight=False, markup=False)
    with console.status("walkshed") as status:

        def tell(step: str) -> None:
            status.update(Text(step))
            console.print(f"  {step} ...", style="dim", soft_wrap=True)

        result = run_study(settings, source=source, tell=tell)
        tell("writing maps and tables")
        write_study(result, folder)
    console.print(f"  {folder / 'map.html'}", soft_wrap=True)
    return result.summary


def _city(summary: Mapping[str, Any], language: str) -> str:
    if not summary["schematic"]:
        return str(summary["city"])
    return translate("{city} (schematic city)", language, city=summary["city"])


def _posts(summary: Mapping[str, Any], language: str) -> str:
    """Say how many posts; with a scenario these are others than the known ones of today."""
    posts = translate_count("{count} post", "{count} posts", summary["posts"], language)
    if not summary["scenario"]:
        return posts
    return translate("{posts} as the scenario has them", language, posts=posts)


def _residents(summary: Mapping[str, Any], language: str) -> str:
    count = round(summary["residents"])
    if summary["residents_estimated"]:
        return translate_count(
            "about {count} resident by floor area",
            "about {count} residents by floor area",
            count,
            language,
        )
    counted = translate_count("{count} resident", "{count} residents", count, language)
    if summary["population"]["source"]:
        return counted
    return translate("{residents} (source not stated)", language, residents=counted)


def _shares(summary: Mapping[str, Any], language: str) -> str:
    return ", ".join(
        translate(
            "{share} within {minutes} min",
            language,
            share=format_share(summary["share_within"][minutes], language),
            minutes=minutes,
        )
        for minutes in map(str, summary["cutoffs_min"])
    )


def _proof(plan: Mapping[str, Any], language: str) -> str:
    if plan["status"] == "optimal":
        return translate("proven: no other choice reaches more", language)
    return translate(
        "not proven: at most {share} more could be reached",
        language,
        share=format_share(plan["gap"], language),
    )
