"""Which tables of a run a report shows, under what title and with which columns.

A further table needs one line in `sheets`; a run that does not have it simply lacks the sheet.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from ..candidates import why
from ..language import translate
from .columns import Column, column_of, limits_in_words, value_in_words
from .read import RunTables

_ZONE = (
    *("name", "residents", "doors", "share_within_", "residents_within_", "residents_not_reached"),
    *("median_min", "p90_min", "max_min", "residents_65_plus", "residents_children"),
)
_NAMES = ("name_ru", "name_kk", "name_en", "repaired", "schematic")
OUTSIDE = "outside"


@dataclass(frozen=True)
class Sheet:
    """One table as a report shows it: title, names of columns, and how each is written."""

    name: str
    title: str
    table: pd.DataFrame
    columns: dict[str, Column]


def sheets(run: RunTables, language: str) -> list[Sheet]:
    """Give the tables of a run that a report shows, in their order.

    Columns given below come first, in that order (one that ends in `_` stands for all that begin
    so); with `None` a table has all of its columns, under their own names where the catalogue has
    no title. Geometry is left out, names are those of the language.
    """
    wanted: Sequence[tuple[str, str, Sequence[str] | None]] = (
        ("neighbourhoods", translate("Neighbourhoods", language), _ZONE),
        ("districts", translate("City districts", language), None),
        ("white_spots", translate("White spots", language), (
            "rank", "name", "residents", "residents_beyond", "share_beyond",
            "residents_beyond_after", "doors_beyond", "longest_min", "streets")),
        ("proposed_posts", translate("Proposed posts", language), (
            "rank", "site_id", "why", "residents_added", "residents_within", "share_within",
            "owner", "cost")),
        ("curve", translate("Curve", language), (
            "new_posts", "residents_within", "gain", "bound", "gap", "status")),
        ("stages", translate("Years", language), None),
        ("posts", translate("Police posts", language), (
            "post_id", "name", "kind", "number", "status", "address", "landmark",
            "location_precision", "precision_m", "opening_hours", "inspectors",
            "inspectors_establishment", "access_m", "source_url", "source_date")),
        ("workload", translate("Workload", language), None),
        ("equipment", translate("Equipment", language), None),
        ("compliance", translate("Compliance", language), None),
        ("opening_hours", translate("Opening hours", language), None),
        ("walking_profiles", translate("Walking profiles", language), None),
        ("uncertainty", translate("Uncertainty", language), None),
        ("inspectors_housing", translate("Inspectors' housing", language), None),
        ("region", translate("Region", language), None),
        ("residents_by_rule", translate("Residents by rule", language), None),
        ("post_conflicts", translate("Contradictions", language), None),
        ("posts_without_coordinates", translate("Posts not located", language), None),
    )  # fmt: skip
    return [
        _sheet(run, name, title, shown, language)
        for name, title, shown in wanted
        if name in run.tables and len(run.tables[name])
    ]


def chosen_columns(names: Sequence[str], shown: Sequence[str]) -> list[str]:
    """Choose columns in the order of `shown`, each with its `_after`.

    Examples
    --------
    >>> chosen_columns(["share_within_5", "name", "name_after"], ["name", "share_within_"])
    ['name', 'name_after', 'share_within_5']
    """
    return [
        column
        for wanted in shown
        for column in names
        if column.removesuffix("_after") == wanted
        or (wanted.endswith("_") and column.startswith(wanted))
    ]


def _sheet(
    run: RunTables, name: str, title: str, shown: Sequence[str] | None, language: str
) -> Sheet:
    table = _plain(
        run.tables[name], language, outside=translate("outside neighbourhoods", language)
    )
    limits = limits_in_words(run.summary, language)
    names = [str(column) for column in table]
    if shown is None:
        chosen = [column for column in names if column not in _NAMES]
    else:
        chosen = chosen_columns(names, shown)
    columns = {
        column: column_of(column, language, limits) or Column(column, _form(table[column]))
        for column in dict.fromkeys(chosen)
    }
    kept = table[list(columns)]
    for column in kept.columns.intersection(["kind", "status", "location_precision"]):
        words = [value_in_words(column, value, language) for value in kept[column]]
        kept = kept.assign(**{column: words})
    return Sheet(name, title, kept, columns)


def _plain(table: pd.DataFrame, language: str, *, outside: str) -> pd.DataFrame:
    """Turn a table's index into columns, without geometry, names and reasons in the language."""
    is_drawn = isinstance(table, gpd.GeoDataFrame)
    plain = pd.DataFrame(table.drop(columns=table.geometry.name) if is_drawn else table)
    found = plain.reset_index(drop=plain.index.names == [None])
    if "why" in found and "place" in found:
        found["why"] = [why(row, language) for row in _rows(found)]
    own = f"name_{language}"
    if own in found:
        fallback = found["name"] if "name" in found else found["name_ru"]
        found["name"] = found[own].where(found[own].fillna("") != "", fallback)
        for zone in ("zone_id", "neighbourhood_id", "district_id"):
            if zone in found:
                nameless = translate("Neighbourhood without a name", language)
                found["name"] = found["name"].where(found["name"] != "", nameless)
                found["name"] = found["name"].where(found[zone] != OUTSIDE, outside)
    return found


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    rows: list[Any] = table.to_dict("records")
    return rows


def _form(values: "pd.Series[Any]") -> Any:
    """Tell how to write a column the catalogue does not know, by its name and kind."""
    name = str(values.name)
    if not pd.api.types.is_numeric_dtype(values) or pd.api.types.is_bool_dtype(values):
        return "text"
    if name.endswith("_min"):
        return "minutes"
    if name.endswith("_m"):
        return "metres"
    if name.startswith("share") or "_share" in name:
        return "share"
    return "count" if name.startswith("residents") else "number"
