"""Where people live, as tables say it: cells, points, totals of zones, planned housing.

Residents stand in a column `residents` (or `population`, «жителей», «халық саны»), age groups,
where they are known, in `residents_children` and `residents_65_plus`. All problems of a file are
told in one message, with its rows.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import geopandas as gpd
import h3
import numpy as np
import pandas as pd
import shapely

from ..errors import TableError, one_message
from ._amounts import amounts, column_of
from ._polygons import VECTOR_SUFFIXES, read_polygons
from ._sheets import Problem, Sheet, read_sheet
from .zones import hexagons, overlapping

RESIDENTS = (
    "residents", "population", "pop", "жителей", "жители", "население", "численность",
    "тұрғындар", "халық", "халық саны", "халық_саны",
)  # fmt: skip
WEIGHTS = (*RESIDENTS, "weight", "weights")
AGES: Mapping[str, tuple[str, ...]] = {
    "residents_children": ("residents_children", "children", "дети", "детей", "балалар"),
    "residents_65_plus": ("residents_65_plus", "65+", "aged_65_plus", "65 и старше", "65 жас+"),
}
H3_COLUMNS = ("h3", "h3_index", "h3index", "hex_id", "hexagon_id", "h3_id")
ZONE = ("zone", "name", "neighbourhood", "район", "микрорайон", "зона", "аудан", "ықшамаудан")
YEAR = ("year", "год", "жыл")
SOURCE = ("source", "источник", "дереккөз")
LATITUDE, LONGITUDE = ("lat", "latitude", "широта"), ("lon", "lng", "longitude", "долгота")

LARGEST_SIDE_M = 100_000.0
"""Of a cell; a larger one is no place of a city."""

_H3 = re.compile("[0-9a-f]{15}")


def read_cells(path: Path, *, crs: str) -> gpd.GeoDataFrame:
    """Read cells with residents.

    A cell is an H3 cell (column `h3`, `hex_id` ... or, where nothing else draws the cell, `id`),
    a polygon of a GeoJSON or GeoPackage, or a square around `lat` and `lon` with the side
    `size_m`.

    Parameters
    ----------
    path
        CSV, GeoJSON, GeoPackage.
    crs
        Metric CRS of the result; squares are upright in it.

    Returns
    -------
    GeoDataFrame
        Index `cell_id`, unique; `residents`, age groups if given, polygons in `crs`.

    Raises
    ------
    SourceError
        The file cannot be read.
    TableError
        Residents that are no numbers from 0 up, cells that are no cells, twice the same, of
        several resolutions, or lying over each other: all in one message.
    """
    is_vector = path.suffix.lower() in VECTOR_SUFFIXES
    polygons = read_polygons(path) if is_vector else None
    sheet = polygons.sheet if polygons else read_sheet(path)
    table, problems = _people(sheet, RESIDENTS)
    column = column_of(sheet, H3_COLUMNS)
    if column or (polygons is None and "size_m" not in sheet.columns and "id" in sheet.columns):
        ids, found = _h3_ids(sheet, column or "id")
        found += [] if polygons else sheet.problems  # outlines of H3 cells are not looked at
        shapes = None
    elif polygons:
        ids, found = _ids(sheet, "cell"), list(sheet.problems)
        shapes = polygons.shapes.to_crs(crs)
    else:
        ids = _ids(sheet, "cell")
        shapes, found = _squares(sheet, crs)
        found += sheet.problems
    problems += found + _repeated(ids)
    if not problems and shapes is not None:
        problems += [
            Problem(
                f"the cells `{ids[a]}` and `{ids[b]}` lie over each other; give each place once"
            )
            for a, b, _ in overlapping(shapes)
        ]
    _raise(sheet, problems)
    table.index = pd.Index(ids.to_numpy(object), name="cell_id")
    drawn = hexagons(table.index).to_crs(crs) if shapes is None else shapes.to_numpy()
    return gpd.GeoDataFrame(table, geometry=drawn, crs=crs)


def read_points(path: Path, *, crs: str) -> gpd.GeoDataFrame:
    """Read points with residents (or another `weight`): each is a door.

    Returns
    -------
    GeoDataFrame
        Index `door_id` (the column `id` where there is one, else "point 1" ...); `residents`,
        age groups if given, points in `crs`.

    Raises
    ------
    SourceError
        The file cannot be read.
    TableError
        All problems of its rows.
    """
    sheet = read_sheet(path)
    table, problems = _people(sheet, WEIGHTS)
    places, found = _places(sheet)
    ids = _ids(sheet, "point")
    _raise(sheet, [*sheet.problems, *problems, *found, *_repeated(ids)])
    table.index = pd.Index(ids.to_numpy(object), name="door_id")
    return gpd.GeoDataFrame(table, geometry=places.to_numpy(), crs="EPSG:4326").to_crs(crs)


def read_planned(path: Path, *, crs: str) -> gpd.GeoDataFrame:
    """Read planned housing: points with `residents` and the `year` they move in.

    Returns
    -------
    GeoDataFrame
        Index `door_id` ("planned 1" ..., or "planned " and the `id`); `residents`, age groups if
        given, `year`, `source`, points in `crs`.

    Raises
    ------
    SourceError
        The file cannot be read.
    TableError
        All problems of its rows.
    """
    sheet = read_sheet(path)
    table, problems = _people(sheet, RESIDENTS)
    places, found = _places(sheet)
    years, wrong = _years(sheet, required=True)
    ids = _ids(sheet, "")
    _raise(sheet, [*sheet.problems, *problems, *found, *wrong, *_repeated(ids)])
    source = column_of(sheet, SOURCE)
    table["year"] = years.astype(int)
    table["source"] = [row.get(source, "") if source else "" for _, row in sheet.rows]
    table.index = pd.Index(
        [f"planned {name.strip()}" for name in ids], name="door_id", dtype=object
    )
    return gpd.GeoDataFrame(table, geometry=places.to_numpy(), crs="EPSG:4326").to_crs(crs)


def read_totals(path: Path) -> pd.DataFrame:
    """Read totals of residents by zone.

    Returns
    -------
    DataFrame
        Index: numbers of the rows; `zone` (name or id, as written), `residents`, age groups if
        given, `year` and `source` (texts, "" where not given).

    Raises
    ------
    SourceError
        The file cannot be read.
    TableError
        All problems of its rows.
    """
    sheet = read_sheet(path)
    table, problems = _people(sheet, RESIDENTS)
    column = column_of(sheet, ZONE)
    if column is None:
        _raise(
            sheet, [*problems, Problem(f"no column `zone`; add it, with names or ids ({sheet})")]
        )
    zones = pd.Series({number: row.get(str(column), "").strip() for number, row in sheet.rows})
    problems += [
        Problem("no `zone`; give its name or id", number) for number in zones[zones == ""].index
    ]
    _, wrong = _years(sheet, required=False)
    _raise(sheet, [*sheet.problems, *problems, *wrong, *_repeated(zones[zones != ""])])
    year, source = column_of(sheet, YEAR), column_of(sheet, SOURCE)
    table["zone"] = zones
    for name, given in (("year", year), ("source", source)):
        table[name] = [row.get(given, "").strip() if given else "" for _, row in sheet.rows]
    return table


def _raise(sheet: Sheet, problems: Sequence[Problem]) -> None:
    if problems:
        raise TableError(one_message(sheet.path, sheet.told(dict.fromkeys(problems))))


def _people(sheet: Sheet, names: Sequence[str]) -> tuple[pd.DataFrame, list[Problem]]:
    """Residents and the age groups there are, by number of the row, and what is wrong."""
    numbers = [number for number, _ in sheet.rows]
    column = column_of(sheet, names)
    if column is None:
        return pd.DataFrame(index=numbers), [Problem(f"no column `residents`; add it ({sheet})")]
    values, problems = amounts(sheet, column)
    table = pd.DataFrame({"residents": values}, index=numbers)
    for group, known in AGES.items():
        if given := column_of(sheet, known):
            table[group], wrong = amounts(sheet, given)
            problems += wrong
    ages = table.drop(columns="residents").sum(axis=1)
    more = _numbers_where(table.index, ages > table["residents"] * (1 + 1e-9))
    problems += [Problem("age groups are more than the residents; mend them", row) for row in more]
    if not problems and not table["residents"].sum() > 0:
        problems = [Problem(f"`{column}` is 0 in every {sheet.unit}; give a file with residents")]
    return table, problems


def _numbers_where(index: pd.Index, wrong: Any) -> list[int]:
    """Give the numbers of the rows that are wrong."""
    return [int(number) for number in index[np.asarray(wrong, dtype=bool)]]


def _ids(sheet: Sheet, what: str) -> pd.Series:
    """Ids as given; rows without one are counted."""
    ids = {n: row.get("id", "").strip() or f"{what} {n}".strip() for n, row in sheet.rows}
    return pd.Series(ids, dtype=object)


def _repeated(ids: pd.Series) -> list[Problem]:
    twice = ids[ids.duplicated(keep=False).to_numpy()]
    return [
        Problem(f"`{name}` more than once; give each once", number)
        for number, name in zip(twice.index.tolist(), twice, strict=True)
    ]


def _h3_ids(sheet: Sheet, column: str) -> tuple[pd.Series, list[Problem]]:
    """Ids of H3 cells in lower case, and what is wrong with them."""
    ids = {n: row.get(column, "").strip().lower().removeprefix("0x") for n, row in sheet.rows}
    good = {n: name for n, name in ids.items() if _H3.fullmatch(name) and h3.is_valid_cell(name)}
    problems = [
        Problem(f"`{column}` is `{name}`, no H3 cell; export ids as text", n)
        for n, name in ids.items()
        if n not in good
    ]
    resolutions = sorted({h3.get_resolution(name) for name in good.values()})
    if len(resolutions) > 1:
        listed = " and ".join(map(str, resolutions))
        problems.append(Problem(f"H3 cells of the resolutions {listed}; give one resolution"))
    return pd.Series(ids, dtype=object), problems


def _places(sheet: Sheet) -> tuple[gpd.GeoSeries, list[Problem]]:
    """Points in degrees by number of the row, and what is wrong."""
    columns = [column_of(sheet, names) for names in (LATITUDE, LONGITUDE)]
    if None in columns:
        return gpd.GeoSeries(crs="EPSG:4326"), [
            Problem(f"no columns `lat` and `lon`; add them ({sheet})")
        ]
    numbers = [number for number, _ in sheet.rows]
    degrees, problems = [], []
    for column, limit in zip(columns, (90, 180), strict=True):
        texts = [row.get(str(column), "").strip().replace(",", ".") for _, row in sheet.rows]
        values = pd.to_numeric(pd.Series(texts, index=numbers, dtype=object), errors="coerce")
        wrong = _numbers_where(values.index, ~(values.abs() <= limit))
        problems += [Problem(f"`{column}` is no degrees; write such as 42.9", n) for n in wrong]
        degrees.append(values.to_numpy(float))
    return gpd.GeoSeries.from_xy(degrees[1], degrees[0], index=numbers, crs="EPSG:4326"), problems


def _squares(sheet: Sheet, crs: str) -> tuple[gpd.GeoSeries, list[Problem]]:
    """Squares around the centres that rows give, and what is wrong."""
    if "size_m" not in sheet.columns:
        wanted = "`h3` with ids of cells, or `lat`, `lon` and `size_m`"
        return gpd.GeoSeries(crs=crs), [
            Problem(f"no column that draws the cells; add {wanted} ({sheet})")
        ]
    places, problems = _places(sheet)
    sides_m, wrong = amounts(sheet, "size_m")
    half_m = np.array(sides_m) / 2
    problems += wrong
    problems += [
        Problem(f"`size_m` is {side_m:g}; give the side of the square in metres", number)
        for (number, _), side_m in zip(sheet.rows, sides_m, strict=True)
        if side_m == 0 or side_m > LARGEST_SIDE_M
    ]
    if problems:
        return gpd.GeoSeries(crs=crs), problems
    x, y = shapely.get_coordinates(places.to_crs(crs).to_numpy()).T
    drawn = shapely.box(x - half_m, y - half_m, x + half_m, y + half_m)
    return gpd.GeoSeries(drawn, index=places.index, crs=crs), problems


def _years(sheet: Sheet, *, required: bool) -> tuple[pd.Series, list[Problem]]:
    """Years by number of the row (NaN where there is none), and what is wrong."""
    column = column_of(sheet, YEAR)
    texts = pd.Series({n: row.get(column or "", "").strip() for n, row in sheet.rows}, dtype=object)
    years = pd.to_numeric(texts, errors="coerce")
    wrong = ~years.between(1900, 2200) | (years % 1 != 0)
    if not required:
        wrong &= texts != ""
    return years, [
        Problem(f"`year` is `{texts[n]}`; write a year such as 2027", n)
        for n in _numbers_where(texts.index, wrong)
    ]
