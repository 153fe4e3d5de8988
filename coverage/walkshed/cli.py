"""The command line: a thin skin over `study`.

Progress goes to stderr, the answer to stdout. Exit code 0 means success, 2 that an input cannot
be used, 1 that walkshed itself failed.
"""

import datetime as dt
import io
import json
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, cast

import typer
from rich.console import Console
from rich.text import Text

from .errors import InputError, SettingsError, TableError, WalkshedError, one_message
from .language import (
    format_limits,
    format_minutes,
    format_number,
    format_share,
    translate,
    translate_count,
)
from .reports.files import plain
from .settings import SourceName, SourceSettings, StudySettings, read_settings, settings_from

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


posts_app = typer.Typer(
    help="The registry of posts: an empty form, and a check of a filled one. "
    "Example: walkshed posts check data/taraz/posts.csv",
    no_args_is_help=True,
    rich_markup_mode=None,
)
app.add_typer(posts_app, name="posts")


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
    from .sources.posts_form import write_form

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
    from .sources.posts_check import check_as_json, check_in_words, check_registry

    read, matches = check_registry(file, read_settings(study) if study else None, osm)
    if as_json:
        typer.echo(json.dumps(check_as_json(read, matches), ensure_ascii=False, allow_nan=False))
    else:
        typer.echo("\n".join(check_in_words(read, language, matches)))
    if read.problems:
        raise TableError(one_message(str(file), read.sheet.told(read.problems)))


@app.command()
def fetch(
    what: Annotated[
        str | None, typer.Argument(help="Name of a place, or a study file (.toml).")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(help="The .osm.pbf to write; by default the study's, or the place's name."),
    ] = None,
    bbox: Annotated[
        tuple[float, float, float, float] | None,
        typer.Option(
            help="West, south, east and north in degrees, in place of the place's outline.",
            metavar="W S E N",
        ),
    ] = None,
    boundary: Annotated[
        Path | None,
        typer.Option(help="A file of polygons (GeoJSON), in place of the place's outline."),
    ] = None,
) -> None:
    """Download an area from OpenStreetMap once and pin it, so that studies run offline.

    Example: walkshed fetch "Taraz, Kazakhstan" --out taraz.osm.pbf
    """
    from .sources.fetch import fetch_snapshot, patient

    source, path = _area_and_file(what, out, {"bbox": bbox, "boundary": boundary})
    extract = fetch_snapshot(
        source,
        path,
        patience=patient(source.live_timeout_s),
        tell=lambda step: typer.echo(f"  {step} ...", err=True),
    )
    typer.echo(repr(extract))


@app.command()
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
    from .doctor import examine_study, findings_in_words

    settings = _settings(study, None, None, None, None, language)
    with _telling() as tell:
        today = dt.date.today()  # noqa: DTZ011 - the age of data in years
        findings = examine_study(settings, today=today, source=source, tell=tell)
    if as_json:
        records = plain(findings.to_dict("records"))
        typer.echo(json.dumps(records, ensure_ascii=False, allow_nan=False))
    else:
        typer.echo("\n".join(findings_in_words(findings, settings.language)))
    if (findings["severity"] == "error").any():
        raise typer.Exit(2)


def answer(summary: Mapping[str, Any], language: str) -> list[str]:
    """Say the headline numbers of a summary in five plain lines, and a sixth for a scenario."""
    plan, after = summary["plan"], summary["after"]
    band = plan["band"]
    limits = {
        str(band["label"]): format_limits(band["limits"], band["unit"], language)
        for band in summary["standard"]["bands"]
    }
    nearest = summary["nearest_min"]
    gained = after["residents_within"][band] - summary["residents_within"][band]
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
        _coverage(summary, limits, language),
        translate(
            "Half of them need at most {median}, nine of ten {p90}; {lost} residents reach no post",
            language,
            median=format_minutes(nearest["median"], language),
            p90=format_minutes(nearest["p90"], language),
            lost=format_number(summary["residents_not_reached"], language),
        ),
        translate(
            "With {posts}: {share} within {limit}, {gained} residents more ({proof})",
            language,
            posts=translate_count(
                "{count} new post", "{count} new posts", plan["new_posts"], language
            ),
            share=format_share(after["share_within"][band], language),
            limit=limits[band],
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


def _area_and_file(
    what: str | None, out: Path | None, area: Mapping[str, Any]
) -> tuple[SourceSettings, Path]:
    """What to fetch, and where to put it: as a study file says, or as the options do."""
    from .sources.fetch import place_file_name

    given = area if any(area.values()) else {}
    if not what and not (given and out):
        raise SettingsError(
            "name a place or a study file, or give --bbox or --boundary with --out FILE; see "
            "walkshed fetch --help"
        )
    if what and what.endswith(".toml"):
        study = read_settings(Path(what)).model_dump()
        values = {**study, "source": {**study["source"], **given}}
    else:
        out = out or (Path(place_file_name(what)) if what else None)
        values = {"city": what or "area", "source": {"place": what, **given}}
    source = settings_from(values, what or "fetch").source
    path = out or source.snapshot
    if path is None or not source.is_asked_live:
        raise SettingsError(
            f"{what}: names no `place`, `boundary` or `bbox` to ask for, or no `snapshot` to "
            "write; add them under [source], or give --bbox and --out"
        )
    return source, path


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

    with _telling() as tell:
        result = run_study(settings, source=source, tell=tell)
        tell("writing maps and tables")
        write_study(result, folder)
    Console(stderr=True, highlight=False, markup=False).print(
        f"  {folder / 'map.html'}", soft_wrap=True
    )
    return result.summary


@contextmanager
def _telling() -> Iterator[Callable[[str], None]]:
    """Tell each step on stderr as it begins."""
    console = Console(stderr=True, highlight=False, markup=False)
    with console.status("walkshed") as status:

        def tell(step: str) -> None:
            status.update(Text(step))
            console.print(f"  {step} ...", style="dim", soft_wrap=True)

        yield tell


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


def _coverage(summary: Mapping[str, Any], limits: Mapping[str, str], language: str) -> str:
    """Say the shares within walking distance, and how much of it rests on approximate places."""
    shares, band = _shares(summary, limits, language), summary["plan"]["band"]
    resting = summary["approximate_share_of_covered"][band]
    if not resting:
        return translate("Now within walking distance: {shares}", language, shares=shares)
    return translate(
        "Now within walking distance: {shares}; {resting} of those within {limit} rely on "
        "posts whose place is only approximate",
        language,
        shares=shares,
        resting=format_share(resting, language),
        limit=limits[band],
    )


def _shares(summary: Mapping[str, Any], limits: Mapping[str, str], language: str) -> str:
    return ", ".join(
        translate(
            "{share} within {limit}",
            language,
            share=format_share(summary["share_within"][band], language),
            limit=limit,
        )
        for band, limit in limits.items()
    )


def _proof(plan: Mapping[str, Any], language: str) -> str:
    if plan["status"] == "optimal":
        return translate("proven: no other choice reaches more", language)
    return translate(
        "not proven: at most {share} more could be reached",
        language,
        share=format_share(plan["gap"], language),
    )
