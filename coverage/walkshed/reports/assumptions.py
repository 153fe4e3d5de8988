"""Where a run's data and figures come from, as rows and sentences that every report repeats."""

from collections.abc import Iterator, Mapping
from typing import Any

import pandas as pd

from ..language import translate
from .catalogue import Column
from .columns import in_words
from .read import RunTables
from .sheets import Sheet
from .vocabulary import figure_in_words

VALUES_MAX = 6


def sources_sheet(run: RunTables, language: str) -> Sheet:
    """List the files a run was made from, with date and hash."""
    rows = [
        {key: str(item.get(key) or "") for key in ("name", "date", "source", "licence", "sha256")}
        for item in run.manifest["inputs"]
    ]
    columns = {
        "name": Column(translate("Name", language), "text"),
        "date": Column(translate("Date", language), "text"),
        "source": Column(translate("Source", language), "text"),
        "licence": Column(translate("Licence", language), "text"),
        "sha256": Column("SHA-256", "text"),
    }
    return Sheet("sources", translate("Sources", language), pd.DataFrame(rows), columns)


def assumptions_sheet(run: RunTables, language: str) -> Sheet:
    """List every figure taken as given, with its source and whether it was read there."""
    rows = [
        {
            "key": figure_in_words(key, language),
            "value": _text(figure["value"]),
            "source": str(figure["source"]),
            "date": str(figure["date"]),
            "verified": in_words(figure["verified"], "text", language),
        }
        for key, figure in _figures(run.manifest["standards"])
    ]
    columns = {
        "key": Column(translate("Figure", language), "text"),
        "value": Column(translate("Value", language), "text"),
        "source": Column(translate("Source", language), "text"),
        "date": Column(translate("Date", language), "text"),
        "verified": Column(translate("Read in the source", language), "text"),
    }
    return Sheet("assumptions", translate("Assumptions", language), pd.DataFrame(rows), columns)


def assumptions_listed(run: RunTables, language: str) -> list[dict[str, str]]:
    """Give the same as short entries: a figure, its value, and its source; long lists counted."""
    found = []
    for key, figure in _figures(run.manifest["standards"]):
        value, read = figure["value"], ""
        words = _text(value)
        if isinstance(value, list | tuple | Mapping) and len(value) > VALUES_MAX:
            words = translate(
                "{count} values; listed in the workbook", language, count=str(len(value))
            )
        if figure["verified"]:
            read = f"; {translate('read in the source', language)}"
        source = f"{figure['source']} ({figure['date']}{read})"
        found.append({"title": f"{figure_in_words(key, language)}: {words}.", "text": source})
    return found


def methods(language: str) -> list[str]:
    """Say how the figures were found."""
    return [
        translate(
            "Times are measured along streets and paths from door to post. Exactly at the limit "
            "counts as within.",
            language,
        ),
        translate(
            "Residents are counted at the doors of buildings; areas on maps are for drawing.",
            language,
        ),
        translate(
            "No walk crosses a railway or a river but where there is a way across.", language
        ),
        translate(
            "Proposed posts are the choice that the location model finds best among the sites "
            "studied, with existing posts kept; the bound says how much better any other choice "
            "could be.",
            language,
        ),
        translate(
            "This is about walks only; what new posts do to crime was not studied.", language
        ),
    ]


def _figures(part: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Walk through nested standards to every figure that has a value and a source."""
    for key, value in part.items():
        name = f"{path}.{key}" if path else str(key)
        if isinstance(value, Mapping) and {"value", "source"} <= value.keys():
            yield name, value
        elif isinstance(value, Mapping):
            yield from _figures(value, name)


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(_text, value))
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_text(item)}" for key, item in value.items())
    return f"{value:g}" if isinstance(value, float) else str(value)
