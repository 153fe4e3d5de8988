"""Where there is water: lakes and wide rivers by their areas, the sea by the coastline.

A coastline has the land on its left. The sea is told only within a box around the streets, and
only where the coastline does so without doubt: where it breaks off amid the box, both sides of it
count as land.
"""

from itertools import product

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from .osm import OsmExtract

BEYOND_DEG = 0.005
"""How far beyond the streets the sea is told: farther than anybody steps from a street."""

BREAKS_OFF_DEG = 0.02
"""A coastline that ends this near to the box was cut by the extract: it is carried on straight to
the nearest side of the box that no street lies before."""

BESIDE_DEG = 1e-7
"""Where the sides of a coastline are looked at: a centimetre away from it."""

OPEN_SEA_DEG = 0.5
"""How far beyond the box the sea is drawn on a map."""

Shapes = npt.NDArray[np.object_]
FloatArray = npt.NDArray[np.float64]
Box = tuple[float, float, float, float]


def water_areas(extract: OsmExtract) -> gpd.GeoSeries:
    """Lakes, wide rivers and the sea of an extract, as polygons in EPSG:4326.

    Index "w123" or "r123" of lakes and rivers, "sea0", "sea1" ... of the sea.
    """
    areas, lines = extract.areas, extract.lines
    inland = areas.geometry[is_water(areas)]
    box = _box_around(extract)
    coastlines = lines.geometry[lines["natural"] == "coastline"].to_numpy()
    found = sea(coastlines, box, streets=_streets(extract) if len(coastlines) else coastlines)
    names = [f"sea{number}" for number in range(len(found))]
    return gpd.GeoSeries(
        np.concatenate([inland.to_numpy(), found]),
        index=[*inland.index, *names],
        crs=areas.crs,
    )


def drawn_water(extract: OsmExtract) -> gpd.GeoSeries:
    """Water to draw: as `water_areas`, with the sea carried straight out beyond the box.

    A picture of open water around a city; nothing is counted from it.
    """
    water = water_areas(extract)
    is_sea = water.index.str.startswith("sea")
    box = _box_around(extract)
    return water.where(~is_sea, [carried_out(shape, box) for shape in water])


def carried_out(sea_part: shapely.Geometry, box: Box) -> shapely.Geometry:
    """Carry a part of the sea straight out over the sides of the box that it touches.

    Examples
    --------
    Sea in the eastern half of a box, 2 wide and 2 high, goes on to the east, north and south:

    >>> carried_out(shapely.box(1, 0, 2, 2), (0, 0, 2, 2)).bounds
    (1.0, -0.5, 2.5, 2.5)
    """
    west, south, east, north = box
    far = (west - OPEN_SEA_DEG, south - OPEN_SEA_DEG, east + OPEN_SEA_DEG, north + OPEN_SEA_DEG)
    pieces = [sea_part]
    for side, outward in (
        (shapely.box(west, south, west + BESIDE_DEG, north), (far[0], None, west, None)),
        (shapely.box(east - BESIDE_DEG, south, east, north), (east, None, far[2], None)),
        (shapely.box(west, south, east, south + BESIDE_DEG), (None, far[1], None, south)),
        (shapely.box(west, north - BESIDE_DEG, east, north), (None, north, None, far[3])),
    ):
        for touching in shapely.get_parts(shapely.intersection(sea_part, side)):
            at = [
                bound if given is None else given
                for given, bound in zip(outward, touching.bounds, strict=True)
            ]
            pieces.append(shapely.box(*at))
    corners = product(((west, far[0]), (east, far[2])), ((south, far[1]), (north, far[3])))
    for (x, out_x), (y, out_y) in corners:
        if sea_part.intersects(shapely.Point(x, y)):
            pieces.append(shapely.box(min(x, out_x), min(y, out_y), max(x, out_x), max(y, out_y)))
    return shapely.union_all(pieces)


def is_water(areas: pd.DataFrame) -> pd.Series:
    """Whether areas of an extract are lakes or wide rivers."""
    return (areas["natural"] == "water") | (areas["waterway"] == "riverbank")


def sea(coastlines: Shapes, box: Box, *, streets: Shapes) -> Shapes:
    """Polygons of the sea within a box, in degrees.

    Parameters
    ----------
    coastlines
        Lines with the land on their left.
    box
        West, south, east and north.
    streets
        Lines that no coastline is carried on across.

    Examples
    --------
    A coast that runs north has the land in the west:

    >>> no_street = np.array([], dtype=object)
    >>> coast = np.array([shapely.LineString([(1, -1), (1, 3)])])
    >>> sea(coast, (0, 0, 3, 2), streets=no_street)[0].bounds
    (1.0, 0.0, 3.0, 2.0)

    One that breaks off in the middle tells nothing:

    >>> coast = np.array([shapely.LineString([(1, -1), (1, 1)])])
    >>> len(sea(coast, (0, 0, 3, 2), streets=no_street))
    0
    """
    frame = shapely.box(*box)
    chains = shapely.line_merge(shapely.union_all(shapely.intersection(coastlines, frame)))
    if chains.is_empty:
        return np.empty(0, dtype=object)
    drawn = [chains, *_carried_on(shapely.get_parts(chains), box, streets), frame.exterior]
    faces = shapely.get_parts(shapely.polygonize(shapely.get_parts(shapely.union_all(drawn))))
    left, right = _faces_beside(shapely.get_parts(coastlines), faces)
    votes = np.bincount(right[right >= 0], minlength=len(faces))
    votes -= np.bincount(left[left >= 0], minlength=len(faces))
    votes[left[left == right]] = 0  # land and sea are not told apart there
    found: Shapes = faces[votes > 0]
    return found


def _box_around(extract: OsmExtract) -> Box:
    west, south, east, north = extract.bounds
    return west - BEYOND_DEG, south - BEYOND_DEG, east + BEYOND_DEG, north + BEYOND_DEG


def _streets(extract: OsmExtract) -> Shapes:
    way = np.repeat(np.arange(len(extract.ways)), np.diff(extract.way_start))
    lines: Shapes = shapely.linestrings(extract.node_lonlat, indices=way)
    return lines


def _carried_on(chains: Shapes, box: Box, streets: Shapes) -> list[shapely.LineString]:
    """Lines from loose ends of coastlines straight to a side of the box."""
    ends = np.concatenate(
        [shapely.get_coordinates(shapely.get_point(chains, at)) for at in (0, -1)]
    )
    ends, count = np.unique(ends, axis=0, return_counts=True)
    west, south, east, north = box
    tree = shapely.STRtree(streets)
    found = []
    for x, y in ends[count == 1]:
        sides = [(west, y), (east, y), (x, south), (x, north)]
        ways = sorted((shapely.LineString([(x, y), side]) for side in sides), key=shapely.length)
        near = [way for way in ways if way.length <= BREAKS_OFF_DEG]
        free = [way for way in near if not len(tree.query(way, predicate="intersects"))]
        if near and near[0].length > 0:
            found += free[:1]
    return found


def _faces_beside(lines: Shapes, faces: Shapes) -> tuple[npt.NDArray[np.int64], ...]:
    """Face on the left and on the right of each straight piece of lines, -1 where there is none."""
    xy, line = shapely.get_coordinates(lines, return_index=True)
    first = np.flatnonzero(line[:-1] == line[1:])
    along = xy[first + 1] - xy[first]
    length = np.hypot(*along.T)[:, None]
    aside = along[:, ::-1] * [-1, 1] / np.where(length > 0, length, 1.0) * BESIDE_DEG
    tree = shapely.STRtree(faces)
    beside = []
    for sign in (1, -1):
        middle = (xy[first] + xy[first + 1]) / 2 + sign * aside
        place, face = tree.query(shapely.points(middle), predicate="intersects")
        found = np.full(len(first), -1)
        found[place] = face
        beside.append(found)
    return tuple(beside)
