"""The residents of a study: where they live, by which rule, and who says so."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ..demand import (
    cell_doors,
    demand_points,
    doors_in,
    residential_buildings,
    residents_by_rule,
    scaled_to_totals,
    streets_lived_on,
    with_planned,
    with_zone,
    zones_named,
)
from ..errors import SourceError, TableError, one_message
from ..settings import ResidentsSettings, StudySettings
from ..sources.choose import OpenedSource
from ..sources.osm import OsmExtract
from ..sources.population import AGES, read_cells, read_planned, read_points, read_totals
from ..sources.population_raster import population_cells
from ..sources.zones import OUTSIDE, hexagon_ids, named_areas
from ..standards import HousingDefaults, housing_defaults


@dataclass(frozen=True, eq=False)
class Population:
    """Doors with residents, and how they came there.

    Attributes
    ----------
    doors
        Demand points with `residents`, `origin`, `neighbourhood_id`, `district_id`, `hexagon_id`.
    by_rule
        Doors, floor area and residents of each rule; see `demand.residents_by_rule`.
    totals
        Totals of zones that were met: index zone id; `zone` (as written), `residents`, `year`,
        `source`, age groups if given.
    planned
        Planned housing that is counted and that is not yet: rows and residents; None without.
    notes
        What one must know to read the numbers, a sentence each.
    """

    doors: gpd.GeoDataFrame
    by_rule: pd.DataFrame
    totals: pd.DataFrame
    planned: Mapping[str, Any] | None
    notes: tuple[str, ...]


def study_population(
    settings: StudySettings,
    opened: OpenedSource,
    areas: gpd.GeoDataFrame,
    districts: gpd.GeoDataFrame,
    *,
    crs: str,
) -> Population:
    """Residents at doors, scaled to the totals that are known, with planned housing added.

    Parameters
    ----------
    areas, districts
        Neighbourhoods and city districts of the study.
    crs
        Metric CRS of the doors.

    Raises
    ------
    SettingsError, SourceError, TableError
        An input cannot be used, or totals do not agree.
    """
    given, housing, extract = settings.residents, housing_defaults(), opened.extract
    study = opened.boundary or _rectangle(extract)
    doors, notes = _where_people_live(given, extract, study, housing, crs)
    totals = _zone_totals(settings)
    if len(totals) or given.total is not None:
        doors, totals, told = _at_totals(settings, doors, totals, areas, extract)
        notes += told
    doors, planned, told = _planned(given, doors, study)
    doors = doors.assign(
        neighbourhood_id=with_zone(doors, areas, "neighbourhoods").replace("", OUTSIDE),
        district_id=with_zone(doors, districts, "city districts").replace("", OUTSIDE),
        hexagon_id=hexagon_ids(doors.geometry, settings.zones.hexagon_resolution),
    )
    return Population(
        doors=doors,
        by_rule=residents_by_rule(doors, extract.areas, housing=housing),
        totals=totals,
        planned=planned,
        notes=(*notes, *told),
    )


def _where_people_live(
    given: ResidentsSettings,
    extract: OsmExtract,
    study: shapely.Geometry,
    housing: HousingDefaults,
    crs: str,
) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    """Doors before they are scaled to any total, and what to know about them."""
    notes: tuple[str, ...]
    if given.points:
        places, notes = _in_study(read_points(given.points, crs=crs), study, given.points)
        unknown = {"floor_area_m2": np.nan, "levels": np.nan, "levels_known": False}
        return places.assign(**unknown, building="", origin="point"), notes
    homes = residential_buildings(extract.areas, crs=crs, housing=housing)
    if given.raster:
        found = population_cells(given.raster, study, crs=crs, values=given.raster_values)
        cells = found.cells
        told = (
            f"{given.raster.name}: lies over {found.share_covered:.1%} of the study; in it, "
            f"{found.share_without_data:.1%} of its cells have no data: nobody is counted there"
        )
        notes = (told,)
    elif given.cells:
        cells, notes = _in_study(read_cells(given.cells, crs=crs), study, given.cells)
    else:
        try:
            return demand_points(homes, housing=housing), ()
        except SourceError as error:
            raise SourceError(f"{extract.name}: {error}") from error
    streets = streets_lived_on(extract, crs=crs, housing=housing)
    doors = cell_doors(cells, homes, streets, housing=housing)
    return doors, (*notes, *_notes_on_cells(doors))


def _rectangle(extract: OsmExtract) -> shapely.Geometry:
    """The ground that people are looked for on where the study has no boundary of its own.

    Around all streets and all buildings.
    """
    buildings = extract.areas.geometry[extract.areas["building"] != ""].to_numpy()
    outline: shapely.Geometry = shapely.box(
        *shapely.total_bounds(np.array([shapely.box(*extract.bounds), *buildings], dtype=object))
    )
    return outline


def _in_study(
    table: gpd.GeoDataFrame, study: shapely.Geometry, path: Path
) -> tuple[gpd.GeoDataFrame, tuple[str, ...]]:
    """Rows whose middle lies in the study; the others are told."""
    middle = table.geometry.representative_point().to_crs("EPSG:4326")
    inside = middle.intersects(study).to_numpy()
    if not inside.any():
        raise SourceError(f"{path}: no row lies in the study; check the coordinates")
    left = table[~inside]
    told = (
        f"{path.name}: {len(left)} of {len(table)} rows with {left['residents'].sum():,.0f} "
        "residents lie outside the study and are left out"
    )
    return table[inside], (told,) if len(left) else ()


def _notes_on_cells(doors: gpd.GeoDataFrame) -> tuple[str, ...]:
    """Tell who lives where no mapped home holds him, and which homes nobody was found for."""
    by_origin = doors.groupby("origin")["residents"].sum()
    beyond = float(by_origin.drop("building", errors="ignore").sum())
    empty = int(((doors["origin"] == "building") & (doors["residents"] == 0)).sum())
    notes = []
    if beyond:
        notes.append(
            f"{beyond:,.0f} of {by_origin.sum():,.0f} residents live beyond what the mapped homes "
            "of their cells hold: they are placed along the streets of the cell, or in its middle"
        )
    if empty:
        notes.append(f"{empty:,} mapped homes lie in no cell with residents and count 0")
    return tuple(notes)


def _zone_totals(settings: StudySettings) -> pd.DataFrame:
    """Totals of zones from the file and from the settings, index as a message names them."""
    given = settings.residents
    if given.totals:
        table = read_totals(given.totals)
        table.index = pd.Index([f"{given.totals}: row {row}" for row in table.index], dtype=object)
    else:
        table = pd.DataFrame(columns=["residents", "zone", "year", "source"])
    key = f"{settings.name}: `residents.by_neighbourhood`"
    named = pd.DataFrame(
        {
            "residents": list(map(float, given.by_neighbourhood.values())),
            "zone": list(given.by_neighbourhood),
            "year": given.date,
            "source": given.source,
        },
        index=pd.Index([key] * len(given.by_neighbourhood), dtype=object),
    )
    return pd.concat([part for part in (table, named) if len(part)] or [table])


def _at_totals(
    settings: StudySettings,
    doors: gpd.GeoDataFrame,
    totals: pd.DataFrame,
    areas: gpd.GeoDataFrame,
    extract: OsmExtract,
) -> tuple[gpd.GeoDataFrame, pd.DataFrame, tuple[str, ...]]:
    """Scale doors to the totals of zones and of the city; age groups go with their residents."""
    zones = _zones_of_totals(totals, areas, named_areas(extract))
    totals = totals.set_axis(pd.Index(zones.index, name="zone_id"))
    members = doors_in(doors, zones)
    called = dict(zip(totals.index, totals["zone"], strict=True))

    def scaled(weights: pd.Series, column: str, city: float | None) -> pd.Series:
        asked = totals[column].dropna().to_dict()
        return scaled_to_totals(weights, members, asked, names=called, city=city)

    before = doors["residents"]
    try:
        after = scaled(before, "residents", settings.residents.total)
        changed = {"residents": after}
        for group in AGES:
            if group in totals:
                ages = scaled(doors.get(group, after), group, None)
                known = [members[zone] for zone in totals.index[totals[group].notna()]]
                changed[group] = ages if group in doors else ages.where(np.any(known, axis=0))
            elif group in doors:
                changed[group] = doors[group] * (after / before.where(before > 0)).fillna(0.0)
    except TableError as error:
        place = settings.residents.totals or f"{settings.name}: `residents`"
        raise TableError(f"{place}: totals of residents: {error}") from error
    emptied = int(((before > 0) & (after == 0)).sum())
    told = f"{emptied:,} homes count 0: the totals of the zones around them are used up elsewhere"
    return doors.assign(**changed), totals, (told,) if emptied else ()


def _zones_of_totals(
    totals: pd.DataFrame, areas: gpd.GeoDataFrame, named: gpd.GeoDataFrame
) -> gpd.GeoDataFrame:
    """The zone of each total: a neighbourhood, else any named area of OpenStreetMap."""
    names = list(totals["zone"])
    found, _ = zones_named(names, areas)
    every = pd.concat([areas, named[~named.index.isin(areas.index)]])
    others, _ = zones_named([name for name in names if name not in found], every)
    found |= others
    problems = []
    for where, name in zip(totals.index, names, strict=True):
        if name not in found:
            problems += [f"{where}: {problem}" for problem in zones_named([name], every)[1]]
        elif list(found.values()).count(found[name]) > 1 or names.count(name) > 1:
            problems.append(f"{where}: zone `{name}` has several totals; give one")
    if problems:
        raise TableError(one_message("totals of residents", problems))
    return every.loc[[found[name] for name in names]]


def _planned(
    given: ResidentsSettings, doors: gpd.GeoDataFrame, study: shapely.Geometry
) -> tuple[gpd.GeoDataFrame, dict[str, Any] | None, tuple[str, ...]]:
    """Add planned housing of the year asked for; tell what is counted and what is not yet."""
    if given.planned is None or given.year is None:
        return doors, None, ()
    table, notes = _in_study(read_planned(given.planned, crs=doors.crs), study, given.planned)
    if both := sorted(set(table.index) & set(doors.index)):
        raise TableError(
            f"{given.planned}: ids that doors have already: {', '.join(both)}; change them"
        )
    come = table["year"] <= given.year
    counts = {
        "year": given.year,
        "rows_counted": int(come.sum()),
        "residents_counted": float(table["residents"][come].sum()),
        "rows_later": int((~come).sum()),
        "residents_later": float(table["residents"][~come].sum()),
    }
    return with_planned(doors, table, year=given.year), counts, notes
