"""The map of a batch: a circle for each city, from the tables of the batch."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from ..errors import SettingsError
from ..language import LANGUAGES, format_limits, format_number, translate
from ..reports.vocabulary import value_in_words
from ..schematic import read_schematic
from .grid import BatchStudy, city_of
from .one import Record

if TYPE_CHECKING:
    from ..maps import OfflineMap

Words = dict[str, str]
VARIED = ("standard", "new_posts", "budget", "profile")
"""Columns of the table of results by which scenarios are told apart."""


def overview_map(
    studies: Sequence[BatchStudy],
    records: Sequence[Record],
    results: pd.DataFrame,
    region: pd.DataFrame,
    out: Path,
    *,
    language: str,
) -> "OfflineMap":
    """Draw the cities of a batch.

    Parameters
    ----------
    studies, records
        What `batch_studies` returns, and what `run_batch` gave.
    results, region
        What `results_table` and `region_table` give.
    out
        Folder of the folders of results: there the middle of each city is looked up.
    language
        The language the page opens in.
    """
    from ..maps import cities_map

    by_name = {study.name: study for study in studies}
    limits = {record["name"]: limit_in_words(record) for record in records}
    towns = region[region["level"] == "town"].drop(columns=["level", "towns", "towns_done"])
    study = towns["study"]
    places = _places([by_name[name] for name in study], out)
    towns = towns.assign(
        names=study.map({name: _names(one) for name, one in by_name.items()}),
        message=study.map(results.set_index("name")["message"]),
        limit=study.map(limits),
        lat=study.map({name: lat for name, (lat, _) in places.items()}).astype(float),
        lon=study.map({name: lon for name, (_, lon) in places.items()}).astype(float),
    )
    totals = region[region["level"] == "total"].drop(columns=["level", "place", "study", "status"])
    shared = {one: _shared(towns, one) for one in totals["scenario"]}
    return cities_map(
        language=language,
        scenarios=_scenarios(towns, results),
        towns=towns,
        totals=totals.assign(limit=totals["scenario"].map(shared)),
        stated=region[region["level"] == "stated"].drop(columns=["level", "scenario"]),
    )


def limit_in_words(record: Record) -> Words | None:
    """Say the limit that new posts are planned for, such as "10 min"; None of a failed study."""
    if "summary" not in record:
        return None
    standard = record["summary"]["standard"]
    (band,) = (b for b in standard["bands"] if str(b["label"]) == str(standard["planning_band"]))
    return {code: format_limits(band["limits"], band["unit"], code) for code in LANGUAGES}


def _shared(towns: pd.DataFrame, scenario: str) -> Words | None:
    """The limit of all cities of a scenario, None where they have several."""
    found = [limit for limit in towns["limit"][towns["scenario"] == scenario] if limit]
    return found[0] if found and all(limit == found[0] for limit in found) else None


def _names(study: BatchStudy) -> Words:
    if study.settings is None:
        return dict.fromkeys(LANGUAGES, study.name)
    names: Mapping[Any, str] = study.settings.names
    return {code: names.get(code, study.settings.city) for code in LANGUAGES}


def _places(studies: Sequence[BatchStudy], out: Path) -> dict[str, tuple[float, float]]:
    """Latitude and longitude of the middle of each city.

    It is weighted by residents, from a study of the city that was done; else the middle of the
    area asked for, or of the schematic city.
    """
    cities = {study.name: city_of(study) for study in studies}
    known = {
        city: place
        for name, city in cities.items()
        if (place := _middle(out / name / "hexagons.parquet")) is not None
    }
    for study in studies:
        place = _named_place(study)
        if place is not None:
            known.setdefault(cities[study.name], place)
    return {name: known[city] for name, city in cities.items() if city in known}


def _middle(hexagons: Path) -> tuple[float, float] | None:
    """Middle of the residents of a study that was done, in degrees."""
    if not hexagons.is_file():
        return None
    cells = gpd.read_parquet(hexagons, columns=["residents", "geometry"])
    lived_in = cells[cells["residents"] > 0]
    if lived_in.empty:
        return None
    centre = lived_in.geometry.centroid
    weight = lived_in["residents"]
    x, y = np.average(centre.x, weights=weight), np.average(centre.y, weights=weight)
    point = gpd.GeoSeries.from_xy([x], [y], crs=cells.crs).to_crs("EPSG:4326").iloc[0]
    return round(point.y, 6), round(point.x, 6)


def _named_place(study: BatchStudy) -> tuple[float, float] | None:
    """Where the settings of a study say that it is."""
    if study.settings is None:
        return None
    source = study.settings.source
    if source.bbox:
        west, south, east, north = source.bbox
        return (south + north) / 2, (west + east) / 2
    if source.schematic is None:
        return None
    try:
        city = read_schematic(source.schematic)
    except SettingsError:
        return None
    return city.centre_lat, city.centre_lon


def _scenarios(towns: pd.DataFrame, results: pd.DataFrame) -> dict[str, Words]:
    """What to call each scenario: what differs between them, else its name."""
    first = towns.drop_duplicates("scenario")
    rows = results.set_index("name").loc[list(first["study"]), list(VARIED)]
    varied = [name for name in VARIED if len(rows[name].drop_duplicates()) > 1]
    found = {
        scenario: {
            code: ", ".join(
                words for name in varied if (words := _varied(name, row[name], limit, code))
            )
            for code in LANGUAGES
        }
        for (scenario, limit, (_, row)) in zip(
            first["scenario"], first["limit"], rows.iterrows(), strict=True
        )
    }
    is_told = len({words["en"] for words in found.values()}) == len(found)
    named = {scenario: dict.fromkeys(LANGUAGES, scenario) for scenario in found}
    return found if is_told else named


def _varied(name: str, value: Any, limit: Words | None, language: str) -> str:
    """Say one of the things that are varied."""
    if pd.isna(value):
        return ""
    if name == "standard":
        return f"{value} ({limit[language]})" if limit else str(value)
    if name == "profile":
        return str(value_in_words("profile", value, language))
    count = format_number(float(value), language)
    if name == "new_posts":
        return translate("new posts: {count}", language, count=count)
    return translate("budget: {count}", language, count=count)
