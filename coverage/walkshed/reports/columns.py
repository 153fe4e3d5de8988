"""What the columns of the tables are called, what they mean and in what unit, in each language.

One catalogue for workbooks, PDF and the descriptions inside GeoPackage and Parquet. Columns with a
suffix `_after` hold the same with the plan built; those of a band end in its label.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal

import numpy as np
import pandas as pd

from ..language import (
    format_limits,
    format_metres,
    format_minutes,
    format_number,
    format_share,
    translate,
)

Form = Literal["text", "count", "share", "minutes", "metres", "number"]

_BAND = re.compile(r"(residents_within|share_within|residents_backup|backup_share)_(?P<band>.+)")
_AFTER = "_after"


@dataclass(frozen=True)
class Column:
    """Title, unit and meaning of a column in one language; `note` is empty where there is none."""

    title: str
    form: Form
    note: str = ""


def column_of(name: str, language: str, limits: Mapping[str, str]) -> Column | None:
    """Give what is known of a column, None where nothing is.

    Parameters
    ----------
    name
        As in the tables, such as `share_within_10_after`.
    limits
        The bands of the study: label to words, such as `{"10": "10 min"}`.

    Examples
    --------
    >>> column_of("share_within_10_after", "en", {"10": "10 min"}).title
    'Share within 10 min, with new posts'
    """
    if name.endswith(_AFTER):
        now = column_of(name.removesuffix(_AFTER), language, limits)
        if now is None:
            return None
        title = translate("{column}, with new posts", language, column=now.title)
        return replace(now, title=title)
    band = _BAND.fullmatch(name)
    if band and band["band"] in limits:
        limit = limits[band["band"]]
        if name.startswith("residents_backup"):
            return Column(
                translate("Residents with a second post within {limit}", language, limit=limit),
                "count",
            )
        if name.startswith("backup_share"):
            return Column(
                translate("Share with a second post within {limit}", language, limit=limit),
                "share",
            )
        if name.startswith("share"):
            return Column(
                translate("Share within {limit}", language, limit=limit),
                "share",
                translate("Share of residents who walk at most {limit}.", language, limit=limit),
            )
        return Column(
            translate("Residents within {limit}", language, limit=limit),
            "count",
            translate("Residents who walk at most {limit} to a post.", language, limit=limit),
        )
    return _columns(language).get(name)


def limits_in_words(summary: Mapping[str, Any], language: str) -> dict[str, str]:
    """Give the bands of a run: label to words."""
    return {
        str(band["label"]): format_limits(band["limits"], band["unit"], language)
        for band in summary["standard"]["bands"]
    }


def in_words(value: Any, form: Form, language: str) -> str:
    """Write a value as people read it; what is not known is a dash.

    Examples
    --------
    >>> in_words(0.4726, "share", "en"), in_words(None, "count", "en"), in_words(True, "text", "en")
    ('47.3%', '—', 'yes')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, bool | np.bool_):
        return translate("yes", language) if value else translate("no", language)
    if pd.isna(value):
        return "—"
    return _WRITERS[form](float(value), language)


_WRITERS: Mapping[str, Callable[[float, str], str]] = {
    "text": lambda value, language: format_number(value, language),
    "count": lambda value, language: format_number(value, language),
    "share": lambda value, language: format_share(value, language),
    "minutes": lambda value, language: format_minutes(value, language, decimals=1),
    "metres": lambda value, language: format_metres(value, language),
    "number": lambda value, language: format_number(value, language, decimals=2),
}


def value_in_words(column: str, value: Any, language: str) -> Any:
    """Give a word of a fixed vocabulary (kind, status, precision) in a language; else the value."""
    return _values(language).get((column, value), value) if isinstance(value, str) else value


@lru_cache(maxsize=3)
def _values(language: str) -> dict[tuple[str, str], str]:
    kinds = {
        "precinct_point": translate("Precinct police point", language),
        "modular_post": translate("Modular police post", language),
        "housing_point": translate("Point combined with housing", language),
        "department": translate("Police department", language),
        "transport_police": translate("Transport police", language),
    }
    states = {
        "existing": translate("existing", language),
        "planned": translate("planned", language),
        "closed": translate("closed", language),
        "optimal": translate("proven", language),
        "heuristic": translate("not proven", language),
        "time_limit": translate("not proven", language),
        "interrupted": translate("not proven", language),
    }
    precision = {
        "exact": translate("exact", language),
        "address": translate("by address", language),
        "landmark": translate("by landmark", language),
        "microdistrict": translate("by microdistrict", language),
        "district": translate("by district", language),
        "unlocated": translate("not located", language),
    }
    return {
        (column, value): words
        for column, vocabulary in (
            ("kind", kinds),
            ("status", states),
            ("location_precision", precision),
        )
        for value, words in vocabulary.items()
    }


@lru_cache(maxsize=3)
def _columns(language: str) -> dict[str, Column]:
    return {
        **_people(language),
        **_walks(language),
        **_plans(language),
        **_posts(language),
        **_origins(language),
    }


def _people(language: str) -> dict[str, Column]:
    return {
        "residents": Column(
            translate("Residents", language),
            "count",
            translate("People who live there; a fraction of a person is kept.", language),
        ),
        "residents_beyond": Column(
            translate("Residents beyond the limit", language),
            "count",
            translate("Residents whose walk is longer than the planning limit.", language),
        ),
        "share_beyond": Column(
            translate("Share beyond the limit", language),
            "share",
            translate("Of the residents of the same row.", language),
        ),
        "residents_not_reached": Column(
            translate("Residents who reach no post", language),
            "count",
            translate("No way on foot leads from their door to any post.", language),
        ),
        "not_reached_too_far": Column(translate("of them: far from any street", language), "count"),
        "not_reached_behind_barrier": Column(
            translate("of them: behind a barrier", language), "count"
        ),
        "not_reached_street_closed": Column(translate("of them: street closed", language), "count"),
        "not_reached_no_way": Column(translate("of them: no way on foot", language), "count"),
        "residents_children": Column(translate("Children", language), "count"),
        "residents_65_plus": Column(translate("Residents of 65 and older", language), "count"),
        "doors": Column(
            translate("Doors", language),
            "count",
            translate("Buildings that may be lived in; walks are measured from each.", language),
        ),
        "doors_beyond": Column(translate("Doors beyond the limit", language), "count"),
        "buildings_without_residents": Column(
            translate("Buildings without residents", language), "count"
        ),
        "floor_area_m2": Column(translate("Floor area, m²", language), "count"),
    }


def _walks(language: str) -> dict[str, Column]:
    return {
        "median_min": Column(
            translate("Half walk at most, min", language),
            "minutes",
            translate("Half of the residents who reach a post walk no longer.", language),
        ),
        "p90_min": Column(
            translate("Nine in ten walk at most, min", language),
            "minutes",
            translate("Nine in ten of the residents who reach a post walk no longer.", language),
        ),
        "max_min": Column(
            translate("Longest walk, min", language),
            "minutes",
            translate("Of the residents who reach a post.", language),
        ),
        "longest_min": Column(
            translate("Longest walk, min", language),
            "minutes",
            translate(
                "Of those beyond the limit; «not reached» where a door reaches no post.", language
            ),
        ),
        "mean_min": Column(translate("Mean walk, min", language), "minutes"),
        "worst_tenth_min": Column(
            translate("Tenth who walk longest, mean, min", language),
            "minutes",
            translate("Mean of the tenth of residents who walk longest.", language),
        ),
        "gini": Column(
            translate("Gini index of minutes", language),
            "number",
            translate("0 where all walk alike; of the residents who reach a post.", language),
        ),
        "palma": Column(
            translate("Palma ratio of minutes", language),
            "number",
            translate(
                "Minutes of the tenth who walk longest by those of the four tenths who walk "
                "least; 1/4 where all walk alike.",
                language,
            ),
        ),
        "median_second_nearest_min": Column(
            translate("Half walk to the second post at most, min", language), "minutes"
        ),
        "residents_no_second_post": Column(
            translate("Residents without a second post", language), "count"
        ),
        "median_detour_index": Column(
            translate("Detour index, median", language),
            "number",
            translate("Walk by the straight line, of residents.", language),
        ),
        "streets": Column(
            translate("Streets", language),
            "text",
            translate("Those with the most residents beyond walking distance first.", language),
        ),
    }


def _plans(language: str) -> dict[str, Column]:
    return {
        "rank": Column(translate("No.", language), "count"),
        "new_posts": Column(translate("New posts", language), "count"),
        "site_id": Column(translate("Site", language), "text"),
        "residents_added": Column(
            translate("Residents added", language),
            "count",
            translate("Residents who come within the planning limit by this post.", language),
        ),
        "residents_within": Column(
            translate("Residents within the limit", language),
            "count",
            translate("Of the planning limit, with this post and those before it.", language),
        ),
        "share_within": Column(
            translate("Share within the limit", language),
            "share",
            translate("Of the planning limit, with this post and those before it.", language),
        ),
        "gain": Column(
            translate("Gain of one more post", language),
            "count",
            translate("Residents more than the best choice with one post fewer.", language),
        ),
        "bound": Column(
            translate("No choice exceeds", language),
            "count",
            translate("Proven upper bound of residents within the limit.", language),
        ),
        "gap": Column(
            translate("Gap to the bound", language),
            "share",
            translate("How much better another choice could be at most.", language),
        ),
        "near": Column(translate("Near", language), "text"),
        "why": Column(translate("Why here", language), "text"),
        "owner": Column(translate("Owner of the premises", language), "text"),
        "cost": Column(translate("Cost", language), "number"),
    }


def _posts(language: str) -> dict[str, Column]:
    return {
        "post_id": Column(translate("Id", language), "text"),
        "name": Column(translate("Name", language), "text"),
        "name_ru": Column(translate("Name in Russian", language), "text"),
        "name_kk": Column(translate("Name in Kazakh", language), "text"),
        "name_en": Column(translate("Name in English", language), "text"),
        "kind": Column(translate("Kind of post", language), "text"),
        "number": Column(translate("Number", language), "text"),
        "status": Column(translate("Status", language), "text"),
        "address": Column(translate("Address", language), "text"),
        "landmark": Column(translate("Landmark", language), "text"),
        "opening_hours": Column(translate("Opening hours", language), "text"),
        "inspectors": Column(translate("Inspectors in post", language), "number"),
        "inspectors_needed": Column(
            translate("Inspectors due by the norm", language),
            "number",
            translate("Residents by the norm; a fraction is kept.", language),
        ),
        "inspectors_missing": Column(translate("Inspectors missing", language), "number"),
        "residents_per_inspector": Column(translate("Residents per inspector", language), "count"),
        "over_norm": Column(
            translate("Load by the norm", language),
            "number",
            translate("Above 1 where it is more than the norm.", language),
        ),
        "inspectors_establishment": Column(
            translate("Inspectors on establishment", language), "number"
        ),
        "location_precision": Column(
            translate("Precision of the place", language),
            "text",
            translate("How the coordinates were found.", language),
        ),
        "precision_m": Column(
            translate("Within, m", language),
            "metres",
            translate("The true place may be so far from the one on the map.", language),
        ),
        "access_m": Column(
            translate("To the street, m", language),
            "metres",
            translate("Straight way to the street where walks begin or end.", language),
        ),
        "scenario": Column(translate("Scenario", language), "text"),
    }


def _origins(language: str) -> dict[str, Column]:
    return {
        "origin": Column(translate("Origin", language), "text"),
        "use": Column(translate("Use", language), "text"),
        "building": Column(translate("Building", language), "text"),
        "levels_from": Column(translate("Storeys from", language), "text"),
        "source_url": Column(translate("Source", language), "text"),
        "source_date": Column(translate("Date of source", language), "text"),
    }
