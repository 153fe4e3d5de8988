"""Residents: the total against other sources, floor area that cannot be, buildings too full."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pydantic import BaseModel, Field

from ..demand.buildings import MAX_LEVELS, residential_buildings
from ..errors import SettingsError
from ..given_files import read_toml
from ..language import format_date, format_number, format_share, translate
from ..settings import ResidentsSettings
from ..sources.osm import OsmExtract
from ..standards import DoctorLimits, HousingDefaults
from .findings import Finding, lonlat_of

FACTS = "facts.toml"
"""The figures known of a city, beside its study: `population.residents_<year>` are read."""

SETTLEMENTS = ("city", "town", "village")


def totals(
    known: ResidentsSettings,
    residents: float,
    extract: OsmExtract,
    facts: Path,
    limits: DoctorLimits,
    language: str,
) -> Iterator[Finding]:
    """The total of the study: its source, newer figures, the places of OpenStreetMap."""
    yield from _how_known(known, residents, language)
    try:
        fact = newest_fact(facts)
    except (OSError, ValueError) as error:  # ours and pydantic's are ValueErrors
        fact = None
        yield Finding(
            "warning",
            "facts_unreadable",
            translate("{file} cannot be read: {why}", language, file=facts.name, why=error),
            translate("Mend it; a run does not need it.", language),
        )
    if fact:
        yield from _against_fact(fact, known, residents, limits, language)
    said = _of_places(extract)
    if said and residents > said * limits.floor_area_ratio_max.value:  # fewer: a part of the city
        yield Finding(
            "warning",
            "residents_against_places",
            translate(
                "The study has {residents} residents; the towns of OpenStreetMap say {said}",
                language,
                residents=format_number(residents, language),
                said=format_number(said, language),
            ),
            translate(
                "Give `residents.total` for the area of the study, with source and date.", language
            ),
        )


def homes(
    doors: gpd.GeoDataFrame,
    extract: OsmExtract,
    housing: HousingDefaults,
    limits: DoctorLimits,
    language: str,
) -> Iterator[Finding]:
    """Floor area a resident, levels that cannot be or are not known, buildings too full."""
    buildings = residential_buildings(extract.areas, crs=str(doors.crs), housing=housing)
    estimate = housing.residents_in(float(buildings["floor_area_m2"].sum()))
    if not estimate > 0:
        return  # people live in cells or at points, and no building says otherwise
    ratio = float(doors["residents"].sum()) / estimate
    if not 1 / limits.floor_area_ratio_max.value <= ratio <= limits.floor_area_ratio_max.value:
        yield Finding(
            "warning",
            "floor_area_implausible",
            translate(
                "{residents} residents live on floor area that suggests {estimate}",
                language,
                residents=format_number(float(doors["residents"].sum()), language),
                estimate=format_number(estimate, language),
            ),
            translate(
                "Check that the buildings of the whole study are mapped, and whose total it is.",
                language,
            ),
        )
    yield from _levels_unknown(buildings, limits, language)
    yield from _levels(extract.areas.loc[buildings.index], doors, limits, language)
    yield from _too_full(doors, limits, language)


def _how_known(known: ResidentsSettings, residents: float, language: str) -> Iterator[Finding]:
    counted = known.total or known.totals or known.by_neighbourhood or known.base != "floor_area"
    if counted and not (known.source and known.date):
        yield Finding(
            "warning",
            "residents_without_source",
            translate("The number of residents has no source or no date", language),
            translate("Fill in `residents.source` and `residents.date`.", language),
        )
    if not counted:
        yield Finding(
            "note",
            "residents_estimated",
            translate(
                "Residents are estimated from floor area: about {count}",
                language,
                count=format_number(residents, language),
            ),
            translate("Give the number of residents as `residents.total`.", language),
        )


def _levels_unknown(
    buildings: gpd.GeoDataFrame, limits: DoctorLimits, language: str
) -> Iterator[Finding]:
    floor_m2 = buildings["floor_area_m2"]
    unknown = float(floor_m2[~buildings["levels_known"]].sum() / floor_m2.sum())
    if unknown > limits.levels_unknown_share_max.value:
        yield Finding(
            "note",
            "levels_unknown",
            translate(
                "{share} of the floor area rests on default levels; residents of single "
                "buildings are a guess there",
                language,
                share=format_share(unknown, language),
            ),
            translate("Add `building:levels` in OpenStreetMap, blocks of flats first.", language),
        )


def _too_full(doors: gpd.GeoDataFrame, limits: DoctorLimits, language: str) -> Iterator[Finding]:
    mapped = doors[doors["floor_area_m2"] > 0]  # a door of a cell may stand for many buildings
    full = mapped[mapped["residents"] > limits.door_residents_max.value]
    yield from _each(
        full,
        "building_too_full",
        [
            translate(
                "building={kind}: {residents} residents in one building of {area} m² of floor",
                language,
                kind=kind,
                residents=format_number(residents, language),
                area=format_number(area_m2, language),
            )
            for kind, residents, area_m2 in full[
                ["building", "residents", "floor_area_m2"]
            ].itertuples(index=False)
        ],
        translate(
            "See what it is: if nobody lives there, give `building` its use (retail, industrial).",
            language,
        ),
    )


def _levels(
    areas: gpd.GeoDataFrame, doors: gpd.GeoDataFrame, limits: DoctorLimits, language: str
) -> Iterator[Finding]:
    """Levels that are no number, none, or more than a home has."""
    tag = areas["building:levels"]
    levels = pd.to_numeric(tag, errors="coerce")
    odd = (tag != "") & ~levels.between(0, limits.levels_max.value, inclusive="right")
    odd = odd[odd & odd.index.isin(doors.index)]
    yield from _each(
        doors.loc[odd.index],
        "levels_odd",
        [
            translate("building:levels={levels}", language, levels=text)
            if number <= MAX_LEVELS
            else translate("building:levels={levels} is not believed", language, levels=text)
            for text, number in zip(tag[odd.index], levels[odd.index], strict=True)
        ],
        translate("Mend the tag.", language),
    )


def _each(doors: gpd.GeoDataFrame, code: str, said: list[str], todo: str) -> Iterator[Finding]:
    where = lonlat_of(shapely.get_coordinates(doors.geometry.to_numpy()), str(doors.crs))
    for i, (lon, lat) in enumerate(where):
        residents = float(doors["residents"].iloc[i])
        yield Finding("warning", code, said[i], todo, str(doors.index[i]), lon, lat, 1, residents)


class _Fact(BaseModel):
    value: float = Field(gt=0, allow_inf_nan=False)
    date: str
    source: str


class _Facts(BaseModel):
    population: dict[str, Any] = {}


def newest_fact(facts: Path) -> _Fact | None:
    """The newest `population.residents_<year>`; None without the file.

    Raises
    ------
    ValueError
        The file is no TOML, or such a figure lacks its value, date or source.
    """
    if not facts.is_file():
        return None
    told = _Facts.model_validate(
        read_toml(facts, advice="give the figures of the city", error=SettingsError)
    )
    named = [
        told.population[key] for key in told.population if re.fullmatch(r"residents_\d{4}", key)
    ]
    found = [_Fact.model_validate(fact) for fact in named]
    return max(found, key=lambda fact: fact.date, default=None)


def _against_fact(
    fact: _Fact,
    known: ResidentsSettings,
    residents: float,
    limits: DoctorLimits,
    language: str,
) -> Iterator[Finding]:
    if fact.date <= known.date or abs(residents / fact.value - 1) <= limits.fact_share_max.value:
        return
    yield Finding(
        "warning",
        "residents_out_of_date",
        translate(
            "The study has {residents} residents; a newer figure is {value} ({date}, {source})",
            language,
            residents=format_number(residents, language),
            value=format_number(fact.value, language),
            date=format_date(fact.date, language),
            source=fact.source,
        ),
        translate(
            "Take the newer figure as `residents.total` if it is of the same area, or say why not.",
            language,
        ),
    )


def _of_places(extract: OsmExtract) -> float:
    """Population of the cities, towns and villages among the points of an extract."""
    west, south, east, north = extract.bounds
    inside = extract.points.cx[west:east, south:north]
    places = inside[inside["place"].isin(SETTLEMENTS)]
    population = pd.to_numeric(places["population"], errors="coerce")
    return float(np.nansum(population))
