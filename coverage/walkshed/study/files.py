"""Write what a study found: its map, its tables, its summary and its manifest."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import geopandas as gpd
import numpy as np
import pandas as pd

from .. import reports
from ..candidates import public_places
from ..language import LANGUAGES, format_number, translate
from ..network import street_lines
from ..scenario import JOIN_MAX_M
from ..settings import ResidentsSettings
from ..sources.addresses import house_addresses, names_in_languages, other_names
from ..sources.ground import ground_layers
from ..sources.osm import OsmExtract
from ..standards import (
    WalkingProfile,
    candidate_rules,
    catchment_rule,
    housing_defaults,
    uncertainty_rule,
    walking_profile,
    walking_profile_names,
)
from .ground import drawn_ground
from .inputs import inputs_of, portable_settings
from .plan import curve_of, without_lists
from .remembering import CITY, Remember, made_anew
from .result import StudyResult
from .walk import METRE_A_SECOND_KMH, network_by_length

if TYPE_CHECKING:
    from ..maps import AboutMap, Backdrop, Findable, OfflineMap, PageWalk


SHARED = ("posts", "proposed_posts", "neighbourhoods", "hexagons", "service_areas")
"""Layers written as GeoJSON too."""


def write_study(result: StudyResult, folder: Path, *, remember: Remember = made_anew) -> None:
    """Write a study's map, tables, summary and manifest into a folder.

    Files are made aside and moved in place at the end: a run that fails leaves old results whole.

    Raises
    ------
    SettingsError
        The folder cannot be written.
    """
    layers = {
        "posts": result.posts.drop(columns=["edge", "offset_m"]),
        "proposed_posts": result.proposed.drop(columns=["edge", "offset_m", "access_m"]),
        "doors": result.doors.drop(columns=["edge", "offset_m"]),
        "hexagons": result.hexagons.to_crs(result.crs),
        "neighbourhoods": result.neighbourhoods.to_crs(result.crs),
        "districts": result.districts.to_crs(result.crs),
        "service_areas": result.areas.service_areas,
        "service_rings": result.areas.service_rings,
        "catchments": result.areas.catchments,
        "reach_counts": result.areas.reach_counts,
        "planned_sites": result.sites.drop(columns=["edge", "offset_m", "access_m"]),
        "candidate_sites": result.candidates.drop(columns=["edge", "offset_m", "access_m"]),
    }
    layers |= _layers_beside(result)
    plain = {
        "city": result.city,
        "curve": without_lists(curve_of(result.plan)),
        "white_spots": result.white_spots,
        "residents_by_rule": result.population.by_rule,
        "post_conflicts": result.known.conflicts,
        "posts_without_coordinates": result.known.matches,
        **result.scores.tables(),
    }
    if result.staged is not None:
        plain["stages"] = without_lists(result.staged.stages)
    if result.scenario is not None:
        plain["doors_changed"] = result.doors_changed
    small = ("posts", "proposed_posts", "neighbourhoods", "districts", "hexagons")
    ground = remember(
        "drawn_ground", lambda: drawn_ground(result.network, result.opened.extract), by=CITY
    )
    with reports.staged(folder) as stage:
        words = reports.descriptions(result.settings.language)
        titles = reports.titles_of_columns(
            layers.values(), result.summary, result.settings.language
        )
        reports.write_geopackage(stage / "results.gpkg", layers, words, titles)
        reports.write_parquet(stage, {**layers, **plain, "ground": ground}, words)
        reports.write_geojson(stage, {name: layers[name] for name in SHARED}, words)
        reports.write_csv(stage, {**{k: layers[k] for k in small}, **plain})
        reports.write_json(stage / "summary.json", result.summary)
        page = study_map_of(result, remember=remember).to_html()
        (stage / "map.html").write_text(page, encoding="utf-8")
        reports.write_json(stage / "manifest.json", _manifest(result, stage))


def study_map_of(result: StudyResult, *, remember: Remember = made_anew) -> "OfflineMap":
    """Draw the study's map; `to_html()` gives the page, a notebook shows it as it is."""
    from ..maps import study_map

    walk = _page_walk(result)
    return study_map(
        about=_about_map(result),
        language=result.settings.language,
        posts=result.posts.assign(inspectors=_inspectors_told(result)),
        proposed=result.proposed,
        hexagons=result.hexagons,
        neighbourhoods=result.neighbourhoods,
        service_areas=result.areas.service_areas,
        catchments=result.areas.catchments,
        doors=result.doors,
        curve=curve_of(result.plan),
        sites=result.sites,
        summary=result.summary,
        backdrop=remember("backdrop", lambda: _backdrop(result, walk), by=(*CITY, "standard")),
        walk=walk,
    )


def _backdrop(result: StudyResult, walk: "PageWalk") -> "Backdrop":
    """Pack what the map holds whatever is planned."""
    from ..maps import pack_backdrop

    extract = result.opened.extract
    return pack_backdrop(
        {**ground_layers(extract), "streets": street_lines(result.network)},
        hexagons=result.hexagons,
        posts=result.posts,
        doors=result.doors,
        walk=walk,
        findable=_findable(extract),
        names_in=names_in_languages(extract),
    )


def _about_map(result: StudyResult) -> "AboutMap":
    from ..maps import AboutMap

    settings, count = result.settings, result.known.count
    return AboutMap(
        title={language: settings.title_in(language) for language in LANGUAGES},
        standard=_standard_in_words(result),
        schematic=result.opened.is_schematic,
        sources=_sources(result),
        data_date=result.opened.extract.osm_date or settings.residents.date,
        posts_known=count.known,
        posts_located=count.located,
    )


def _findable(extract: OsmExtract) -> "Findable":
    """Give what the page's search finds beside streets and posts."""
    from ..maps import Findable

    landmarks = public_places(extract)
    return Findable(
        addresses=house_addresses(extract),
        landmarks=landmarks,
        other_names=other_names(extract, landmarks.index),
    )


def _inspectors_told(result: StudyResult) -> pd.Series:
    """Inspectors of each post as the workload table has them; an average is nobody's figure."""
    load = result.scores.workload.loc[result.posts.index]
    told: pd.Series = load["inspectors"].where(load["inspectors_from"] != "average")
    return told


def _page_walk(result: StudyResult) -> "PageWalk":
    """Give the page the study's walk: by length where the standard is in metres."""
    from ..maps import PageWalk

    bands, network, settings = result.standard.bands, result.network, result.settings.walk
    mainland = network.component_length_m >= settings.island_max_m
    with_posts = np.isin(
        network.edge_component, network.edge_component[result.posts["edge"].clip(lower=0)]
    )
    in_metres = bands[0].unit == "m"
    return PageWalk(
        network=network_by_length(network) if in_metres else network,
        may_step_on=network.edge_is_open & (mainland | with_posts),
        limits_min=None if in_metres else tuple(float(band.cutoff) for band in bands),
        speed_kmh=METRE_A_SECOND_KMH if in_metres else result.profile.level_speed_kmh,
        snap_max_m=settings.snap_max_m,
        join_max_m=JOIN_MAX_M,
        profiles=() if in_metres else _profiles_by_speed(result.profile),
    )


def _profiles_by_speed(own: WalkingProfile) -> tuple[WalkingProfile, ...]:
    """The study's walking profile, and those that differ from an adult's by speed alone."""
    others = (walking_profile(name) for name in walking_profile_names() if name != own.name)
    by_speed = [
        profile
        for profile in others
        if profile.never_uses is None and profile.unlit_speed_factor is None
    ]
    return own, *sorted(by_speed, key=lambda profile: -profile.level_speed_kmh)


def _layers_beside(result: StudyResult) -> dict[str, gpd.GeoDataFrame]:
    """Give the layers of what the study has beside its posts."""
    beside = {"precincts": result.beside.precincts, "incident_cells": result.beside.incident_cells}
    return {name: table.to_crs(result.crs) for name, table in beside.items() if table is not None}


def _sources(result: StudyResult) -> list[dict[str, Any]]:
    """Name the sources of data for the map."""
    settings, extract = result.settings, result.opened.extract
    if result.opened.is_schematic:
        words = {
            language: translate("schematic city, drawn from given parameters", language)
            for language in LANGUAGES
        }
        found: list[dict[str, Any]] = [{"name": words, "date": "", "licence": ""}]
    else:
        licence = {
            language: translate("© OpenStreetMap contributors, ODbL 1.0", language)
            for language in LANGUAGES
        }
        name = f"OpenStreetMap ({extract.name})"
        found = [{"name": name, "date": extract.osm_date, "licence": licence}]
    residents = settings.residents
    words = {language: _residents_in_words(residents, language) for language in LANGUAGES}
    found.append({"name": words, "date": residents.date, "licence": ""})
    return found


def _residents_in_words(residents: ResidentsSettings, language: str) -> str:
    """Say where the number of residents is from, or that nobody said."""
    if residents.source:
        return translate("residents: {source}", language, source=residents.source)
    if residents.base == "floor_area" and residents.total is None:
        return translate("residents: estimated by floor area", language)
    return translate("residents: source not stated", language)


def _standard_in_words(result: StudyResult) -> dict[str, str]:
    """Say the standard and the speed in each language."""
    bands = result.standard.bands
    words = {}
    for language in LANGUAGES:
        speed = format_number(result.profile.speed_kmh.value, language, decimals=1)
        if bands[0].unit == "min":
            words[language] = translate(
                "{minutes} minutes on foot at {speed} km/h",
                language,
                minutes=", ".join(f"{band.cutoff:g}" for band in bands),
                speed=speed,
            )
            continue
        words[language] = translate(
            "along the streets {low} m from houses of up to {levels} storeys, {high} m from "
            "higher ones; minutes at {speed} km/h",
            language,
            low=format_number(bands[0].low_rise_cutoff, language),
            levels=f"{bands[0].low_rise_levels_max:g}",
            high=format_number(bands[0].cutoff, language),
            speed=speed,
        )
    return words


def _manifest(result: StudyResult, folder: Path) -> dict[str, Any]:
    settings = result.settings
    return reports.manifest(
        folder,
        settings=portable_settings(settings),
        standards={
            "walking_profile": result.profile.model_dump(mode="json"),
            "access_standard": result.standard.model_dump(mode="json", exclude_none=True),
            "staffing": result.staffing.model_dump(mode="json"),
            "floating_catchment": catchment_rule().model_dump(mode="json"),
            "uncertainty": uncertainty_rule().model_dump(mode="json"),
            "candidates": candidate_rules().model_dump(mode="json"),
            "housing": housing_defaults().model_dump(mode="json"),
        },
        inputs=inputs_of(result),
        source=result.opened.source,
        passed_over=result.opened.passed_over,
        notes=(*result.known.notes, *result.beside.notes),
        posts_left_out=result.known.left_out.reset_index().to_dict("records"),
        crs=result.crs,
        seed=settings.seed,
    )
