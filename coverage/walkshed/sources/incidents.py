"""Offences or calls: dated points, summed to cells as they are read.

Single cases are nobody's business: a point lives only until its cell is known. The tables that
leave `read_incidents` hold cells of at least `CELL_MIN_M` and no date of a single case. What is
registered is not all that happens, and not always where it is registered.
"""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
from pyproj import Transformer
from shapely import box

from ..errors import SettingsError
from ._coordinates import Extent
from ._side_table import Reader, place_in, read_side_table, verbatim
from ._table import Problem
from ._values import date_or_text

CELL_MIN_M = 200.0
"""No cell is smaller: below, a cell of private houses would point at households."""

_COLUMNS: Mapping[str, Reader] = {
    "date": partial(date_or_text, "date"),
    "kind": verbatim,
}
_ALSO = {
    "date": (
        *("дата", "күні", "дата совершения", "дата регистрации", "dat sover", "day", "datetime"),
        "дата и время",
    ),
    "kind": ("вид", "статья", "категория", "stat", "type"),
}


class IncidentsRead(NamedTuple):
    """Cells with at least one incident, and counts.

    `cells`: squares by `cell_id`, with `incidents`, in the metric CRS asked for. `counts`: how
    many there are, how many have no place and no date, and the `first` and the `last` month.
    """

    cells: gpd.GeoDataFrame
    counts: dict[str, Any]
    notes: tuple[str, ...]


def read_incidents(
    path: str | Path, *, crs: str, cell_m: float = CELL_MIN_M, extent: Extent | None = None
) -> IncidentsRead:
    """Read dated points and sum them to square cells.

    A point on the border of two cells is in the eastern or northern one. Rows without coordinates
    are counted and in no cell; rows whose coordinates cannot be read are problems.

    Parameters
    ----------
    path
        CSV, Excel, GeoJSON or GeoPackage with `lat` and `lon`, and `date` if known.
    crs
        Metric CRS of the cells.
    cell_m
        Side of a cell in metres, `CELL_MIN_M` or more.
    extent
        West, south, east and north of the study in degrees: points far outside are problems.

    Raises
    ------
    SettingsError
        When the cells would be smaller than `CELL_MIN_M`.
    SourceError
        When the file is missing, empty, or not of its format.
    TableError
        With all problems of the rows.
    """
    if not cell_m >= CELL_MIN_M:
        raise SettingsError(f"{path}: cells of {cell_m:g} m; give {CELL_MIN_M:g} m or more")
    table = read_side_table(Path(path), _COLUMNS, also=_ALSO)
    problems: list[Problem] = []
    if not {"lat", "lon"} <= set(table.sheet.columns) and "coordinates" not in table.sheet.columns:
        problems.append(Problem(f"no columns `lat` and `lon`; add them ({table.sheet})"))
    places: list[tuple[float, float]] = []
    for number, values in table.rows:
        place = place_in(values, extent)
        problems += [Problem(_anonymous(text), number) for text in place.problems]
        if place.lat is not None and place.lon is not None:
            places.append((place.lon, place.lat))
    table.raise_problems(*problems)
    months = sorted(
        str(values["date"])[:7]
        for _, values in table.rows
        if str(values.get("date", ""))[:4].isdigit()
    )
    counts = {
        "incidents": len(table.rows),
        "without_place": len(table.rows) - len(places),
        "without_date": len(table.rows) - len(months),
        "first": months[0] if months else "",
        "last": months[-1] if months else "",
        "cell_m": cell_m,
    }
    cells = _cells(np.array(places, dtype=float).reshape(-1, 2), crs, cell_m)
    notes = [note for note in table.told_notes() if "kept as text" not in note]
    return IncidentsRead(cells, counts, tuple(notes))


def _anonymous(problem: str) -> str:
    """Leave out what a problem repeats of the row: many rows share the rest, and one message."""
    if problem.startswith(("`lat` is", "`lon` is")):
        return f"{problem[:5]} cannot be read; wanted degrees, such as 42.898"
    return problem


def _cells(lonlat: npt.NDArray[np.float64], crs: str, cell_m: float) -> gpd.GeoDataFrame:
    """Count points by the square they are in."""
    to_metres = Transformer.from_crs(4326, crs, always_xy=True)
    east_m, north_m = to_metres.transform(lonlat[:, 0], lonlat[:, 1])
    corners = np.floor(np.column_stack([east_m, north_m]) / cell_m).astype(np.int64)
    unique, incidents = np.unique(corners, axis=0, return_counts=True)
    index = pd.Index([f"{i}_{j}" for i, j in unique], name="cell_id", dtype="object")
    west_m, south_m = unique[:, 0] * cell_m, unique[:, 1] * cell_m
    squares = box(west_m, south_m, west_m + cell_m, south_m + cell_m)
    return gpd.GeoDataFrame(
        {"incidents": incidents.astype(np.int64)}, index=index, geometry=list(squares), crs=crs
    )
