"""Zones that results are summed over: neighbourhoods, city districts and H3 hexagons.

Neighbourhoods and districts are areas of OpenStreetMap or the user's polygons. They may lie in
each other: a door then counts to the smallest that holds it (`demand.with_zone`).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import h3
import numpy as np
import pandas as pd
import shapely

from ..errors import TableError, one_message
from ..settings import ZonesSettings
from ._polygons import read_polygons
from ._sheets import Problem
from .osm import OsmExtract

SLIVER_SHARE = 0.01
"""Polygons that share no more of the smaller one than this only touch: borders drawn twice are
never quite the same. Beyond all but this of it, the smaller lies in the larger."""

NAMES = ("name", "name_ru", "name_kk", "name_en")
OUTSIDE = "outside"
"""Id of the row of doors that lie in no neighbourhood, or in no city district."""


def neighbourhoods(extract: OsmExtract, settings: ZonesSettings) -> gpd.GeoDataFrame:
    """Neighbourhoods of a study, in EPSG:4326.

    Returns
    -------
    GeoDataFrame
        Index `neighbourhood_id` (OSM id, or that of the user's file); `name`, `name_ru`,
        `name_kk`, `name_en`, `repaired` (what was mended of the outline, "" for nothing),
        geometry. Empty where the extract has none that close.

    Raises
    ------
    SourceError, TableError
        The user's file cannot be used; see `read_neighbourhoods`.
    """
    if settings.file is not None:
        return read_neighbourhoods(settings.file, shapely.box(*extract.bounds))
    if settings.boundary_admin_level is not None:
        return _boundaries(extract, settings.boundary_admin_level)
    return _named(extract.areas[extract.areas["place"].isin(settings.place)])


def districts(extract: OsmExtract, settings: ZonesSettings) -> gpd.GeoDataFrame:
    """City districts of a study, in EPSG:4326.

    Returns
    -------
    GeoDataFrame
        Index `district_id`, columns as of `neighbourhoods`. Empty where the study names neither a
        file nor a level, and where no boundary of the level closes.

    Raises
    ------
    SourceError, TableError
        The user's file cannot be used; see `read_neighbourhoods`.
    """
    if settings.districts is not None:
        found = read_neighbourhoods(settings.districts, shapely.box(*extract.bounds))
    elif settings.district_admin_level is not None:
        found = _boundaries(extract, settings.district_admin_level)
    else:
        found = _named(extract.areas.iloc[:0])
    return found.rename_axis("district_id")


def _boundaries(extract: OsmExtract, admin_level: int) -> gpd.GeoDataFrame:
    """Closed administrative boundaries of one level."""
    areas = extract.areas
    return _named(areas[_administrative(areas) & (areas["admin_level"] == str(admin_level))])


def named_areas(extract: OsmExtract) -> gpd.GeoDataFrame:
    """All boundaries and places of an extract that have a name, as `neighbourhoods` gives them."""
    areas = extract.areas
    return _named(areas[(_administrative(areas) | (areas["place"] != "")) & (areas["name"] != "")])


def _administrative(areas: gpd.GeoDataFrame) -> pd.Series:
    is_boundary: pd.Series = areas["boundary"] == "administrative"
    return is_boundary


def _named(chosen: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    names = {
        f"name_{code}": chosen[f"name:{code}"].where(chosen[f"name:{code}"] != "", chosen["name"])
        for code in ("ru", "kk", "en")
    }
    table = gpd.GeoDataFrame(
        {"name": chosen["name"], **names, "repaired": ""},
        geometry=chosen.geometry,
        crs=chosen.crs,
    )
    return table.rename_axis("neighbourhood_id").sort_index()


def read_neighbourhoods(path: Path, study: shapely.Geometry) -> gpd.GeoDataFrame:
    """Read the user's polygons of neighbourhoods, or of city districts.

    Columns `id` (the name where there is none), `name`, `name_ru`, `name_kk`, `name_en`: at least
    one of them in every row; a name missing in a language is the first there is. A polygon that
    crosses itself is repaired, and its row says so. Polygons may touch, may overlap by a sliver
    (`SLIVER_SHARE` of the smaller) and may lie one in another; other overlaps are refused.

    Parameters
    ----------
    path
        GeoJSON, GeoPackage or another file with one layer of polygons.
    study
        Polygon in EPSG:4326: at least one neighbourhood must lie in it.

    Raises
    ------
    SourceError
        The file cannot be read.
    TableError
        All problems of its features: unclosed or without area, without name, named twice,
        overlapping, none of them in the study.
    """
    polygons = read_polygons(path)
    sheet, shapes = polygons.sheet, polygons.shapes
    names = pd.DataFrame(
        [[row.get(name, "").strip() for name in ("id", *NAMES)] for _, row in sheet.rows],
        columns=["id", *NAMES],
        index=shapes.index,
    )
    any_name = names[list(NAMES)].replace("", pd.NA).bfill(axis=1).iloc[:, 0].fillna(names["id"])
    names[list(NAMES)] = names[list(NAMES)].apply(
        lambda column: column.where(column != "", any_name)
    )
    ids = names["id"].where(names["id"] != "", any_name)
    problems = [_with_name(problem, any_name) for problem in sheet.problems]
    problems += _id_problems(ids)
    if not problems:
        problems += [*_overlap_problems(shapes, any_name)]
        if not shapes.intersects(study).any():
            problems.append(Problem("no polygon lies in the study; check the coordinates"))
    if problems:
        raise TableError(one_message(str(path), sheet.told(problems)))
    table = gpd.GeoDataFrame(
        {**{name: names[name] for name in NAMES}, "repaired": polygons.repaired},
        geometry=shapes,
        crs=shapes.crs,
    )
    return table.set_axis(pd.Index(ids, name="neighbourhood_id", dtype=object)).sort_index()


def _with_name(problem: Problem, names: pd.Series) -> Problem:
    name = names.get(problem.row, "")
    return Problem(f"«{name}»: {problem.text}", problem.row) if name else problem


def _id_problems(ids: pd.Series) -> Iterator[Problem]:
    twice = ids.duplicated(keep=False)
    for number, name, is_twice in zip(ids.index.tolist(), ids, twice, strict=True):
        if not name:
            yield Problem("no `name`; give it one", number)
        elif name == OUTSIDE:
            yield Problem(f"`{OUTSIDE}` names the doors outside all; give another id", number)
        elif is_twice:
            yield Problem(f"`{name}` more than once; make it one feature, or add `id`", number)


def _overlap_problems(shapes: gpd.GeoSeries, names: pd.Series) -> Iterator[Problem]:
    metric = shapes.to_crs(shapes.estimate_utm_crs())
    for a, b, share in overlapping(metric):
        smaller, larger = sorted((a, b), key=lambda number: float(metric[number].area))
        alike = metric[smaller].area >= (1 - SLIVER_SHARE) * metric[larger].area
        if share < 1 - SLIVER_SHARE or alike:
            yield Problem(
                f"«{names[a]}» and «{names[b]}» (features {a} and {b}) overlap by {share:.0%} of "
                "the smaller; mend their border"
            )


NAMES_TOLD = 3
"""How many names a note lists; the manifest has all defects of the extract."""


def notes_on(areas: gpd.GeoDataFrame, defects: pd.DataFrame) -> tuple[str, ...]:
    """Tell what one must know to read a table of neighbourhoods, a sentence each.

    Parameters
    ----------
    areas
        What `neighbourhoods` returns.
    defects
        Defects of the extract that they are from (`OsmExtract.defects`); no rows for the user's.

    Returns
    -------
    tuple
        Which overlap, which were repaired, which boundaries and places do not close and are
        therefore missing.
    """
    notes = []
    metric = areas.geometry.to_crs(areas.estimate_utm_crs()) if len(areas) else areas.geometry
    names = areas["name"].where(areas["name"] != "", areas.index.to_series())
    if pairs := overlapping(metric):
        a, b, _ = pairs[0]
        notes.append(
            f"neighbourhoods that overlap: {len(pairs)} pairs, such as {names[a]} and {names[b]}; "
            "a door in both counts to the smaller"
        )
    if repaired := list(names[areas["repaired"] != ""]):
        notes.append(f"crossed themselves and were repaired: {', '.join(repaired)}")
    lost = defects[defects["problem"].isin(["boundary does not close", "place does not close"])]
    if len(lost):
        named = lost["name"].where(lost["name"] != "", lost["osm_id"]).drop_duplicates()
        more = f" and {len(named) - NAMES_TOLD} more" if len(named) > NAMES_TOLD else ""
        notes.append(
            "boundaries and places that do not close and are left out: "
            f"{', '.join(named[:NAMES_TOLD])}{more}"
        )
    return tuple(notes)


def overlapping(shapes: gpd.GeoSeries) -> list[tuple[Any, Any, float]]:
    """Pairs of polygons that overlap by more than a sliver, and by what share of the smaller.

    Examples
    --------
    >>> squares = gpd.GeoSeries([shapely.box(0, 0, 2, 2), shapely.box(1, 0, 3, 2)], index=[7, 8])
    >>> overlapping(squares)
    [(7, 8, 0.5)]
    """
    drawn = shapes.to_numpy()
    a, b = shapes.sindex.query(drawn, predicate="intersects")
    a, b = a[a < b], b[a < b]
    smaller = np.minimum(shapely.area(drawn[a]), shapely.area(drawn[b]))
    share = shapely.area(shapely.intersection(drawn[a], drawn[b])) / smaller
    order = [i for i in np.lexsort([b, a]) if share[i] > SLIVER_SHARE]
    names = shapes.index.tolist()
    return [(names[a[i]], names[b[i]], float(share[i])) for i in order]


def hexagon_ids(doors: gpd.GeoSeries, resolution: int) -> pd.Series:
    """H3 cell that each door lies in."""
    lonlat = shapely.get_coordinates(doors.to_crs("EPSG:4326"))
    cells = [h3.latlng_to_cell(lat, lon, resolution) for lon, lat in lonlat]
    return pd.Series(cells, index=doors.index, name="hexagon_id", dtype=object)


def hexagons(cells: pd.Index) -> gpd.GeoSeries:
    """Outlines of H3 cells, in EPSG:4326.

    Examples
    --------
    >>> cell = h3.latlng_to_cell(42.9, 71.37, 9)
    >>> hexagons(pd.Index([cell]))[cell].geom_type
    'Polygon'
    """
    outlines = [shapely.Polygon(np.array(h3.cell_to_boundary(cell))[:, ::-1]) for cell in cells]
    return gpd.GeoSeries(outlines, index=cells, crs="EPSG:4326")
