"""Which tables of a run a report shows, under what title and with which columns.

A further table needs one line in `sheets`; a run that does not have it simply lacks the sheet.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import pandas as pd

from ..candidates import why
from ..language import translate
from ..sources.zones import OUTSIDE
from .catalogue import Column
from .columns import code_in_words, column_of, limits_in_words
from .read import RunTables
from .vocabulary import value_in_words

SHOWN: Mapping[str, Sequence[str]] = MappingProxyType(
    {
        "white_spots": (
            *("rank", "name", "residents", "residents_beyond", "share_beyond"),
            *("residents_beyond_after", "doors_beyond", "longest_min", "streets"),
        ),
        "proposed_posts": (
            *("rank", "site_id", "why", "residents_added", "residents_within", "share_within"),
            *("owner", "cost"),
        ),
        "curve": ("new_posts", "residents_within", "gain", "bound", "gap", "status"),
        "posts": (
            *("post_id", "name", "kind", "number", "status", "address", "landmark"),
            *("location_precision", "precision_m", "opening_hours", "inspectors"),
            *("inspectors_establishment", "has_cameras", "has_computers", "access_m"),
            *("source_url", "source_date"),
        ),
    }
)
"""Columns of tables that are not shown whole."""
_FIRST = ("rank", "level", "name", "post_id", "place", "kind")
_NAMES = ("name_ru", "name_kk", "name_en", "repaired")


@dataclass(frozen=True)
class Sheet:
    """One table as a report shows it: title, names of columns, and how each is written."""

    name: str
    title: str
    table: pd.DataFrame
    columns: dict[str, Column]


def sheets(run: RunTables, language: str) -> list[Sheet]:
    """Give the tables of a run that a report shows, in their order.

    A table has the columns of `SHOWN`, else all of its own, under their own names where the
    catalogue has no title. Geometry is left out, names and codes are in words of the language.
    """
    found = []
    for name, title in titles(language).items():
        if name in run.tables and len(run.tables[name]):
            found.append(_sheet(run, name, title, SHOWN.get(name), language))
    return found


def titles(language: str) -> dict[str, str]:
    """Give the tables that a report shows, in their order, with their titles."""
    return {
        "city": translate("The city as a whole", language),
        "districts": translate("City districts", language),
        "neighbourhoods": translate("Neighbourhoods", language),
        "compliance": translate("Compliance", language),
        "white_spots": translate("White spots", language),
        "proposed_posts": translate("Proposed posts", language),
        "curve": translate("Curve", language),
        "stages": translate("Years", language),
        "posts": translate("Police posts", language),
        "workload": translate("Workload", language),
        "equipment": translate("Equipment", language),
        "opening_hours": translate("Opening hours", language),
        "walking_profiles": translate("Walking profiles", language),
        "uncertainty": translate("Uncertainty", language),
        "inspectors_housing": translate("Inspectors' housing", language),
        "region": translate("Region", language),
        "region_posts": translate("Posts by place, kind and year", language),
        "residents_by_rule": translate("Residents by rule", language),
        "post_conflicts": translate("Contradictions", language),
        "posts_without_coordinates": translate("Posts not located", language),
    }


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
    if name in ("posts", "workload", "inspectors_housing"):
        table = _named(table, run, language)
    limits = limits_in_words(run.summary, language)
    names = [str(column) for column in table]
    first = [column for column in _FIRST if column in names]
    whole = dict.fromkeys([*first, *(column for column in names if column not in _NAMES)])
    chosen = list(whole) if shown is None else chosen_columns(names, shown)
    columns = {
        column: column_of(column, language, limits) or Column(column, _form(table[column]))
        for column in dict.fromkeys(chosen)
    }
    kept = table[list(columns)].copy()
    for column, told in columns.items():
        if told.form == "text":
            kept[column] = [
                code_in_words(column, value, language, limits) for value in kept[column]
            ]
    return Sheet(name, title, kept, columns)


def _named(table: pd.DataFrame, run: RunTables, language: str) -> pd.DataFrame:
    """Name the posts and the groups of a table that knows them by their ids alone."""
    if "post_id" in table:
        posts = run.tables["posts"]
        nobody = translate("reach no post", language)
        proposed = {
            site: translate("Proposed post {rank}", language, rank=rank)
            for rank, site in run.tables["proposed_posts"]["site_id"].items()
        }
        names = {**post_names(posts, language), **proposed, "": nobody}
        own = [names.get(post, post) for post in table["post_id"]]
        return table.assign(name=own)
    districts = run.tables.get("districts", pd.DataFrame(columns=[f"name_{language}"]))
    names = districts[f"name_{language}"].to_dict()
    return table.assign(group=[names.get(group) or group for group in table["group"]])


def post_names(posts: pd.DataFrame, language: str) -> "pd.Series[Any]":
    """Name posts in a language: by name, else by kind with the number, else with the id."""
    ids = pd.Series(posts.index.astype(str), index=posts.index)
    numbers = posts["number"].where(posts["number"] != "", ids)
    kinds = posts["kind"].map(lambda kind: str(value_in_words("kind", kind, language)))
    own = posts[f"name_{language}"]
    return own.where(own != "", kinds + " " + numbers)


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
        for zone in ("zone_id", "neighbourhood_id", "district_id", "zone"):
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
