"""Geometry packed small enough to travel inside a page.

A layer is one stream of whole numbers: how many features, the parts of each feature, the
vertices of each part, then the steps from vertex to vertex, east first and then north, in
units of `1 / PER_DEGREE` of a degree.  The stream is written as zigzag varints, deflated and
put into base64; `page/ground.js` reads it back.  Polygons lose the vertex that repeats the
first; shells run clockwise and holes the other way, so the page can fill many in one stroke.
"""

import base64
import zlib
from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import shapely

from ..errors import CRSError

PER_DEGREE = 500_000  # 0.22 m of latitude
SIMPLIFY_M = {"buildings": 0.4, "green": 2.0, "water": 2.0}
GROUND_LAYERS = ("green", "water", "rivers", "rail", "buildings", "path", "minor", "major")

Integers = npt.NDArray[np.int64]


def pack_integers(values: npt.ArrayLike) -> str:
    """Write whole numbers as zigzag varints, deflated, in base64.

    Examples
    --------
    >>> unpack_integers(pack_integers([0, -1, 300, -70000])).tolist()
    [0, -1, 300, -70000]
    >>> unpack_integers(pack_integers([])).tolist()
    []
    """
    signed: Integers = np.asarray(values, dtype=np.int64)
    rest = ((signed << 1) ^ (signed >> 63)).astype(np.uint64)
    length = np.ones(rest.size, dtype=np.int64)
    for bits in range(7, 64, 7):
        length += rest >> np.uint64(bits) > 0
    start = np.cumsum(length) - length
    stream = np.zeros(int(length.sum()), dtype=np.uint8)
    for place in range(int(length.max(initial=0))):
        here = length > place
        byte = (rest[here] & np.uint64(127)).astype(np.uint8)
        stream[start[here] + place] = byte | ((length[here] > place + 1) << 7).astype(np.uint8)
        rest >>= np.uint64(7)
    return base64.b64encode(zlib.compress(stream.tobytes(), 9)).decode()


def unpack_integers(text: str) -> Integers:
    """Read what `pack_integers` wrote (the page does the same in its own language)."""
    values: list[int] = []
    value = shift = 0
    for byte in zlib.decompress(base64.b64decode(text)):
        value |= (byte & 127) << shift
        shift += 7
        if byte < 128:
            values.append((value >> 1) ^ -(value & 1))
            value = shift = 0
    return np.array(values, dtype=np.int64)


def origin_of(bounds: npt.ArrayLike) -> tuple[float, float]:
    """Give the south-west corner that all layers of a page are counted from.

    Examples
    --------
    >>> origin_of([71.2871, 42.8333, 71.46, 42.97])
    (71.28, 42.83)
    """
    west, south, *_ = np.asarray(bounds, dtype=float)
    return float(np.floor(west * 100) / 100), float(np.floor(south * 100) / 100)


def corners_of(bounds: npt.ArrayLike) -> list[list[float]]:
    """Give the south-west and the north-east corner as latitude and longitude, as Leaflet does.

    Examples
    --------
    >>> corners_of([71.25, 42.5, 71.5, 43.0])
    [[42.5, 71.25], [43.0, 71.5]]
    """
    west, south, east, north = np.asarray(bounds, dtype=float).tolist()
    return [[south, west], [north, east]]


def degrees(table: gpd.GeoDataFrame, name: str) -> gpd.GeoDataFrame:
    """Give a table in degrees (EPSG:4326), without rows that have no geometry."""
    if table.crs is None:
        raise CRSError(f"{name}: the CRS is missing; set it, for the map needs degrees")
    there = table[~(table.geometry.isna() | table.geometry.is_empty)]
    return there.to_crs(4326)


def pack_geometry(geometry: gpd.GeoSeries, *, origin: tuple[float, float]) -> dict[str, Any]:
    """Pack points, lines or polygons given in degrees, in the order of the rows.

    Parameters
    ----------
    geometry
        In degrees (EPSG:4326), no row empty.  Kinds may be mixed; a polygon's rings, and the
        members of a multi-part geometry, become the parts of its feature.
    origin
        Longitude and latitude that steps are counted from.

    Returns
    -------
    dict
        `features`, the number of rows, and `stream`, the packed text.

    Examples
    --------
    >>> line = gpd.GeoSeries([shapely.LineString([(71.0, 42.0), (71.00002, 42.00001)])])
    >>> unpack_integers(pack_geometry(line, origin=(71.0, 42.0))["stream"]).tolist()
    [1, 1, 2, 0, 10, 0, 5]
    """
    parts, feature = _parts(np.asarray(geometry.array))
    points, part = shapely.get_coordinates(parts, return_index=True)
    closing = np.zeros(len(points), dtype=bool)
    ring_ends = np.cumsum(shapely.get_num_coordinates(parts)) - 1
    closing[ring_ends[shapely.get_type_id(parts) == 2]] = True  # 2 is a ring
    points, part = points[~closing], part[~closing]
    whole = np.rint((points - origin) * PER_DEGREE).astype(np.int64)
    step = np.diff(whole, axis=0, prepend=0)
    header = (
        [len(geometry)],
        np.bincount(feature, minlength=len(geometry)),
        np.bincount(part, minlength=len(parts)),
    )
    stream = pack_integers(np.concatenate([*header, step[:, 0], step[:, 1]]))
    return {"features": len(geometry), "stream": stream}


def _parts(geometries: npt.NDArray[np.object_]) -> tuple[npt.NDArray[np.object_], Integers]:
    """Take geometries apart into points, lines and rings, with the row each came from."""
    single, row = shapely.get_parts(geometries, return_index=True)
    is_polygon = shapely.get_type_id(single) == 3
    rings, owner = shapely.get_rings(shapely.normalize(single[is_polygon]), return_index=True)
    parts = np.concatenate([single[~is_polygon], rings])
    rows = np.concatenate([row[~is_polygon], row[is_polygon][owner]])
    order = np.argsort(rows, kind="stable")
    return parts[order], rows[order]


def along_curve(table: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Order rows along a Hilbert curve: neighbours come together, steps become small."""
    if len(table) < 2:
        return table
    return table.iloc[np.argsort(table.geometry.hilbert_distance(), kind="stable")]


def pack_ground(
    ground: Mapping[str, gpd.GeoDataFrame], *, origin: tuple[float, float]
) -> dict[str, dict[str, Any]]:
    """Pack the ground the map is drawn on, one stream for each way of drawing.

    Parameters
    ----------
    ground
        `streets` with `road_class` (`major`, `minor`, `path`), `rail` and `rivers` (lines),
        `water`, `green` and `buildings` (polygons), each in any CRS; what is missing is not
        drawn.  Streets of another class are drawn as `minor`.
    origin
        Longitude and latitude that steps are counted from.

    Returns
    -------
    dict
        For each of `GROUND_LAYERS` that has rows, what `pack_geometry` gives.
    """
    tables = {name: degrees(table, name) for name, table in ground.items() if name != "places"}
    streets = tables.pop("streets", None)
    if streets is not None:
        known = streets["road_class"].where(streets["road_class"].isin(["major", "path"]), "minor")
        tables |= {name: streets[known == name] for name in ("path", "minor", "major")}
    packed = {}
    for name in GROUND_LAYERS:
        table = tables.get(name)
        if table is not None and len(table):
            thin = along_curve(table).geometry.simplify(SIMPLIFY_M.get(name, 1.0) / 111_000)
            packed[name] = pack_geometry(thin, origin=origin)
    return packed
