"""The printed report: two pages for the head of department, and an annex with tables.

Words and numbers are written out here, from the tables, and laid out by Typst (`report.typ`), which
takes them from a file of data and never as markup.
"""

import shutil
import tempfile
from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

from ..errors import SettingsError
from ..language import format_date, translate, translate_count
from .annex import COMPLIANCE_COLUMNS, annex, ordered, part, told
from .assumptions import assumptions_listed, methods, sources_sheet
from .columns import limits_in_words
from .facts import (
    Fact,
    average_place,
    facts,
    located_in_words,
    proof_in_words,
    standard_in_words,
    warnings_in_words,
)
from .files import write_json
from .read import RunTables
from .sheets import Sheet, sheets

SPOTS_MAX, PROPOSED_MAX = 15, 10
SPOT_COLUMNS = (
    "rank", "name", "residents_beyond", "share_beyond", "residents_beyond_after", "streets"
)  # fmt: skip


def write_pdf(run: RunTables, pictures: Path, path: Path, language: str) -> None:
    """Write the report of a run in a language.

    Parameters
    ----------
    pictures
        Folder that holds what `write_pictures` wrote in the same language.

    Raises
    ------
    SettingsError
        Typst, of the extra `report`, is not installed.
    """
    try:
        import matplotlib as mpl
        import typst
    except ImportError as error:
        raise SettingsError(
            "pictures and PDF need the extra `report`: pip install 'walkshed[report]'"
        ) from error
    with tempfile.TemporaryDirectory(prefix="walkshed-") as made:
        folder = Path(made)
        template = resources.files(__package__) / "report.typ"
        (folder / "report.typ").write_text(template.read_text("utf-8"), encoding="utf-8")
        for picture in pictures.glob(f"*.{language}.png"):
            shutil.copy(picture, folder / picture.name.replace(f".{language}", ""))
        write_json(folder / "data.json", report_data(run, language))
        typst.compile(
            folder / "report.typ",
            output=path,
            font_paths=[Path(mpl.get_data_path()) / "fonts" / "ttf"],
            ignore_system_fonts=True,
            timestamp=0,
        )


def report_data(run: RunTables, language: str) -> dict[str, Any]:
    """Write out all that the report says, in the order of its pages."""
    found = {sheet.name: sheet for sheet in sheets(run, language)}
    headline = facts(run, language)
    summary = run.summary
    with_plan = bool(summary["plan"]["new_posts"])
    banner = _banner(run, language)
    return {
        "language": language,
        "title": _title(run, language),
        "date": _date(run, language),
        "banner": banner,
        "footer": _footer(run, language),
        "standard": translate(
            "Standard and speed: {standard}", language, standard=standard_in_words(run, language)
        ),
        "cards": _cards(run, headline, language),
        "maps": ["coverage_now.png", *(["coverage_after.png"] if with_plan else [])],
        "notices": [
            located_in_words(run, language),
            *(line for line in warnings_in_words(run, language) if line != banner),
        ],
        "proposed": part(
            found.get("proposed_posts"),
            language,
            columns=("rank", "why", "residents_added", "residents_within", "share_within"),
            rows=PROPOSED_MAX,
            intro=translate(
                "Each adds residents who can walk to a post within {limit}.",
                language,
                limit=_limit(run, language),
            ),
            after=proof_in_words(run, language),
        ),
        "spots": part(
            found.get("white_spots"), language, columns=told(SPOT_COLUMNS, run), rows=SPOTS_MAX
        ),
        "change": ["coverage_change.png"] if with_plan else [],
        "charts": [*(["curve.png"] if with_plan else []), "workload.png"],
        "about": {
            "title": translate("About these figures", language),
            "items": about(run, language),
        },
        "signatures": [translate("Prepared by", language), translate("Approved by", language)],
        "compliance": _compliance(found.get("compliance"), run, language),
        "annex": annex(run, found, language),
        "sources": part(sources_sheet(run, language), language),
        "assumptions": {
            "title": translate("Assumptions: figures taken as given", language),
            "items": assumptions_listed(run, language),
        },
    }


def _compliance(sheet: Sheet | None, run: RunTables, language: str) -> dict[str, Any] | None:
    """Hold the city and its districts, or where it has none its parts, to the standard."""
    if sheet is None:
        return None
    levels = run.tables["compliance"]["level"]
    is_large = (levels != "neighbourhood") | (not (levels == "district").any())
    large = replace(sheet, table=sheet.table[is_large.to_numpy()])
    return part(ordered(large), language, columns=COMPLIANCE_COLUMNS, rows=PROPOSED_MAX)


def _title(run: RunTables, language: str) -> str:
    title = run.manifest["settings"]["title"]
    own = title.get(language) if isinstance(title, dict) else title
    return str(
        own
        or translate("{city}: police within walking distance", language, city=run.summary["city"])
    )


def _limit(run: RunTables, language: str) -> str:
    return limits_in_words(run.summary, language)[run.summary["plan"]["band"]]


def _date(run: RunTables, language: str) -> str:
    date = run.summary["osm_date"] or run.summary["population"]["date"]
    if not date:
        return ""
    return translate("Data as of {date}", language, date=format_date(date, language))


def _banner(run: RunTables, language: str) -> str:
    return warnings_in_words(run, language)[0] if run.summary["schematic"] else ""


def _footer(run: RunTables, language: str) -> str:
    return " · ".join(
        (
            _title(run, language),
            located_in_words(run, language),
            f"walkshed {run.manifest['versions']['walkshed']}",
        )
    )


def _cards(run: RunTables, headline: dict[str, Fact], language: str) -> list[dict[str, str]]:
    """Give the six numbers: now in large, with the plan beneath."""
    band, limit = run.summary["plan"]["band"], _limit(run, language)
    share, people = headline[f"share_within_{band}"], headline[f"residents_within_{band}"]
    posts = translate_count(
        "{count} new post", "{count} new posts", run.summary["plan"]["new_posts"], language
    )
    everybody = headline["residents"]
    whole = everybody.words(everybody.now, language)

    def within(label: str, part: float | None, count: float | None) -> dict[str, str]:
        told = people.words(count, language)
        note = translate("{count} of {all} residents", language, count=told, all=whole)
        return {"label": label, "value": share.words(part, language), "note": note}

    cards = [
        within(
            translate("Residents within {limit}, now", language, limit=limit),
            share.now,
            people.now,
        ),
        within(translate("With {posts}", language, posts=posts), share.after, people.after),
        _card(headline["residents_beyond"], language),
        _card(headline["median_min"], language),
        _card(headline["p90_min"], language),
        _load_card(run, headline, language),
    ]
    if run.summary["plan"]["new_posts"]:
        return cards
    cards[1] = {"label": everybody.label, "value": whole}
    return [cards[0], *({**card, "note": ""} for card in cards[1:-1]), cards[-1]]


def _card(fact: Fact, language: str) -> dict[str, str]:
    after = fact.words(fact.after, language)
    return {
        "label": fact.label,
        "value": fact.words(fact.now, language),
        "note": translate("with new posts: {value}", language, value=after),
    }


def _load_card(run: RunTables, headline: dict[str, Fact], language: str) -> dict[str, str]:
    """Say the load of an inspector: of the city, else of its region, and the norm."""
    load, norm = headline["residents_per_inspector"], headline["residents_per_inspector_norm"]
    due, average = headline["inspectors_due"], headline.get("residents_per_inspector_average")
    norm_words, place = norm.words(norm.now, language), average_place(run)
    if load.now is None and average is not None:
        value = average.words(average.now, language)
        note = translate(
            "average of {place}, not of the city; norm {norm}",
            language,
            place=place,
            norm=norm_words,
        )
    else:
        value = load.words(load.now, language)
        note = translate(
            "norm {norm}; by it {due} inspectors are due",
            language,
            norm=norm_words,
            due=due.words(due.now, language),
        )
    return {"label": load.label, "value": value, "note": note}


def about(run: RunTables, language: str) -> list[str]:
    """Say where the data are from and how the figures were found."""
    summary = run.summary
    population = summary["population"]
    if population["source"]:
        residents = translate("residents: {source}", language, source=population["source"])
    elif summary["residents_estimated"]:
        residents = translate("residents: estimated by floor area", language)
    else:
        residents = translate("residents: source not stated", language)
    files = ", ".join(
        f"{item['name']} ({item['date']})" if item.get("date") else str(item["name"])
        for item in run.manifest["inputs"]
    )
    return [
        translate(
            "Data: {files}; {residents}. The sources of the standard and of all figures taken as "
            "given are listed in the annex.",
            language,
            files=files,
            residents=residents,
        ),
        *methods(language),
    ]
