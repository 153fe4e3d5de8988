"""Residents of cells (a raster, H3, squares) as doors: in buildings, else along streets.

The residents of a cell live in its homes by their floor area. Where the homes that are mapped
cannot hold them (`least_floor_area_m2_per_resident`), the rest live along the streets of the cell,
a door every `door_spacing_m`, by length; where it has no such street, in its middle. So nobody is
lost, and a single mapped house does not take in a quarter. Doors along streets stand on the
street itself: their walk lacks the few metres from house to street.
"""

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from ..sources.osm import OsmExtract
from ..standards import HousingDefaults

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.intp]


def streets_lived_on(
    extract: OsmExtract, *, crs: str, housing: HousingDefaults
) -> npt.NDArray[np.object_]:
    """Lines of the streets that houses stand along; no bridges, no tunnels."""
    ways = extract.ways
    lived_on = ways["highway"].isin(housing.door_streets.value)
    for tag in ("bridge", "tunnel"):
        lived_on &= ways[tag].isin(["", "no"])
    nodes, way = extract.node_lonlat, np.repeat(np.arange(len(ways)), np.diff(extract.way_start))
    kept = lived_on.to_numpy()[way]
    if not kept.any():
        return np.array([], dtype=object)
    _, number = np.unique(way[kept], return_inverse=True)
    lines = gpd.GeoSeries(shapely.linestrings(nodes[kept], indices=number), crs="EPSG:4326")
    drawn: npt.NDArray[np.object_] = lines.to_crs(crs).to_numpy()
    return drawn


def cell_doors(
    cells: gpd.GeoDataFrame,
    homes: gpd.GeoDataFrame,
    streets: npt.NDArray[np.object_],
    *,
    housing: HousingDefaults,
) -> gpd.GeoDataFrame:
    """Doors for the residents of cells.

    Parameters
    ----------
    cells
        Index `cell_id`; `residents` and other numbers to be shared out with them (columns that
        begin with `residents`), polygons in a metric CRS. They must not lie over each other.
    homes
        What `residential_buildings` returns; a home in several cells takes from each by the part
        of its area in it.
    streets
        Lines that people may live along; see `streets_lived_on`.
    housing
        How many a home can hold, and how far apart doors along streets stand.

    Returns
    -------
    GeoDataFrame
        Index `door_id`: all homes (`origin` "building"; without residents where no cell gives
        any), then doors "<cell>-1" ... along streets ("street") and in the middle of cells
        ("centre"). Sums are those of `cells`.

    Examples
    --------
    A house of 60 m2 holds seven people at most; the other three live along the street:

    >>> from shapely import LineString, box
    >>> from walkshed.standards import housing_defaults
    >>> cells = gpd.GeoDataFrame({"residents": [10.0]}, index=["c"],
    ...     geometry=[box(0, 0, 100, 100)], crs=32642)
    >>> homes = gpd.GeoDataFrame({"building": ["house"], "levels": [1.0], "levels_known": [True],
    ...     "floor_area_m2": [60.0]}, index=["w1"], geometry=[box(10, 10, 16, 20)], crs=32642)
    >>> doors = cell_doors(cells, homes, np.array([LineString([(0, 50), (100, 50)])]),
    ...     housing=housing_defaults())
    >>> doors["residents"].round(9).to_dict()
    {'w1': 7.0, 'c-1': 1.5, 'c-2': 1.5}
    """
    amounts = [str(column) for column in cells if str(column).startswith("residents")]
    values = cells[amounts].to_numpy(float)
    in_homes, share = _in_homes(cells, homes, housing)
    home, cell, weight = in_homes
    housed = np.zeros((len(homes), len(amounts)))
    np.add.at(housed, home, weight[:, None] * values[cell])
    doors = gpd.GeoDataFrame(
        {
            **dict(zip(amounts, housed.T, strict=True)),
            **homes[["floor_area_m2", "levels", "levels_known", "building"]],
            "origin": "building",
        },
        index=homes.index,
        geometry=homes.representative_point(),
        crs=cells.crs,
    )
    rest = cells[amounts].mul(1 - share, axis=0).set_axis(cells.index)
    beyond = gpd.GeoDataFrame(rest, geometry=cells.geometry, crs=cells.crs)
    others = _beyond_homes(beyond[rest["residents"] > 0], streets, housing.door_spacing_m.value)
    return pd.concat([doors, others]).rename_axis("door_id")


def _in_homes(
    cells: gpd.GeoDataFrame, homes: gpd.GeoDataFrame, housing: HousingDefaults
) -> tuple[tuple[IntArray, IntArray, FloatArray], FloatArray]:
    """Which home takes what share of which cell, and the share of each cell that homes take."""
    outlines, drawn = homes.geometry.to_numpy(), cells.geometry.to_numpy()
    home, cell = cells.sindex.query(outlines, predicate="intersects")
    part_m2 = shapely.area(shapely.intersection(outlines[home], drawn[cell]))
    part_m2 *= homes["levels"].to_numpy(float)[home]
    floor_m2 = np.bincount(cell, part_m2, minlength=len(cells))
    residents = cells["residents"].to_numpy(float)
    room = floor_m2 * housing.net_share.value / housing.least_floor_area_m2_per_resident.value
    share = np.where(residents > 0, np.minimum(room / np.where(residents > 0, residents, 1), 1), 0)
    per_m2 = np.divide(share, floor_m2, out=np.zeros(len(cells)), where=floor_m2 > 0)
    return (home, cell, part_m2 * per_m2[cell]), share


def _beyond_homes(
    cells: gpd.GeoDataFrame, streets: npt.NDArray[np.object_], spacing_m: float
) -> gpd.GeoDataFrame:
    """Doors every spacing along the streets of cells, by length; in the middle without any."""
    drawn = cells.geometry.to_numpy()
    line, cell = shapely.STRtree(drawn).query(streets, predicate="intersects")
    pieces, of = shapely.get_parts(
        shapely.intersection(streets[line], drawn[cell]), return_index=True
    )
    cell = cell[of]
    cell, pieces = cell[shapely.length(pieces) > 0], pieces[shapely.length(pieces) > 0]
    length_m = shapely.length(pieces)
    n = np.ceil(length_m / spacing_m).astype(int)
    piece = np.repeat(np.arange(len(pieces)), n)
    step = np.arange(n.sum()) - np.repeat(np.cumsum(n) - n, n)
    spots = shapely.line_interpolate_point(pieces[piece], (step + 0.5) / n[piece], normalized=True)
    street_m = np.bincount(cell, length_m, minlength=len(cells))
    share = (length_m / n)[piece] / street_m[cell[piece]]
    alone = np.flatnonzero(street_m == 0)
    origin = np.repeat(["street", "centre"], [len(piece), len(alone)])
    at = np.concatenate([spots, shapely.point_on_surface(drawn[alone])])
    of_cell = np.concatenate([cell[piece], alone]).astype(int)
    amounts = cells.drop(columns=cells.geometry.name).iloc[of_cell]
    shares = np.concatenate([share, np.ones(len(alone))])
    doors = gpd.GeoDataFrame(amounts.mul(shares, axis=0), geometry=at, crs=cells.crs).assign(
        floor_area_m2=np.nan, levels=np.nan, levels_known=False, building="", origin=origin
    )
    order = np.argsort(of_cell, kind="stable")
    doors = doors.iloc[order]
    number = doors.groupby(of_cell[order]).cumcount() + 1
    ids = [f"{name}-{i}" for name, i in zip(doors.index, number, strict=True)]
    return doors.set_axis(pd.Index(ids, dtype=object))
