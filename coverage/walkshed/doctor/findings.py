"""One finding, and the table of them: what is wrong, where, whom it touches, what to do."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Literal

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from scipy.spatial import KDTree

Severity = Literal["error", "warning", "note"]

SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
"""An error stops a run; a warning may change its numbers; a note should be known."""

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Finding:
    """What one check found at one place.

    Attributes
    ----------
    severity, code
        How bad it is, and which check said so.
    what, todo
        A sentence each, in the reader's language.
    osm_id
        Object of OpenStreetMap ("w123"), "" where there is none.
    lon, lat
        Where, in degrees; None where it is nowhere or everywhere.
    doors, residents
        Whom it touches; None where that has no meaning.
    """

    severity: Severity
    code: str
    what: str
    todo: str
    osm_id: str = ""
    lon: float | None = None
    lat: float | None = None
    doors: int | None = None
    residents: float | None = None


def as_table(findings: Iterable[Finding]) -> pd.DataFrame:
    """Findings as a table: the worst first, checks in the order they were made.

    Within a check those that touch most residents come first.

    Examples
    --------
    >>> found = [Finding("note", "old", "Old.", "Update."),
    ...          Finding("warning", "gap", "Near.", "Join.", residents=3.0),
    ...          Finding("warning", "gap", "Far.", "Join.", residents=20.0)]
    >>> as_table(found)[["severity", "what", "residents"]].to_numpy().tolist()
    [['warning', 'Far.', 20.0], ['warning', 'Near.', 3.0], ['note', 'Old.', None]]
    """
    listed = list(findings)
    order = {code: i for i, code in reversed([*enumerate(f.code for f in listed)])}
    listed.sort(
        key=lambda f: (SEVERITIES.index(f.severity), order[f.code], -(f.residents or 0), f.osm_id)
    )
    columns = [field.name for field in fields(Finding)]
    return pd.DataFrame([asdict(f) for f in listed], columns=columns, dtype=object)


def lonlat_of(xy: FloatArray, crs: str) -> list[tuple[float, float]]:
    """Rows of x and y in metres as degrees, rounded to about a tenth of a metre."""
    points = gpd.GeoSeries(shapely.points(np.reshape(xy, (-1, 2))), crs=crs)
    lonlat = shapely.get_coordinates(points.to_crs("EPSG:4326")).round(6).tolist()
    return [(lon, lat) for lon, lat in lonlat]


@dataclass(frozen=True)
class Neighbours:
    """How many doors and residents are near each of some places."""

    doors: npt.NDArray[np.int64]
    residents: FloatArray


def neighbours(doors: gpd.GeoDataFrame, xy: FloatArray, within_m: float) -> Neighbours:
    """Count doors and residents within a straight distance; exactly that far still counts.

    Examples
    --------
    >>> doors = gpd.GeoDataFrame(
    ...     {"residents": [2.0, 3.0]}, geometry=gpd.points_from_xy([0, 100], [0, 0]))
    >>> near = neighbours(doors, np.array([[0.0, 50.0], [50.0, 0.0]]), 50)
    >>> near.doors.tolist(), near.residents.tolist()
    ([1, 2], [2.0, 5.0])
    """
    residents = doors["residents"].to_numpy(float)
    tree = KDTree(shapely.get_coordinates(doors.geometry.to_numpy()))
    found = [tree.query_ball_point(place, within_m) for place in np.reshape(xy, (-1, 2))]
    return Neighbours(
        np.array([len(rows) for rows in found], dtype=np.int64),
        np.array([residents[rows].sum() for rows in found], dtype=float),
    )


def warnings_at(
    code: str,
    said: Sequence[str],
    todo: str,
    ways: npt.NDArray[np.int64],
    xy: FloatArray,
    doors: gpd.GeoDataFrame,
    within_m: float,
) -> Iterator[Finding]:
    """One warning a place, rows of x and y in the CRS of the doors, with who lives around it."""
    near = neighbours(doors, xy, within_m)
    for i, (lon, lat) in enumerate(lonlat_of(xy, str(doors.crs))):
        count, residents = int(near.doors[i]), float(near.residents[i])
        yield Finding("warning", code, said[i], todo, f"w{ways[i]}", lon, lat, count, residents)
