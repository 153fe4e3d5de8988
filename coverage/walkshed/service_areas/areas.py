"""Ground from which posts are reached in time, as polygons.

In: a `WalkNetwork`, its `Ground`, and posts on it. Out: polygons that hold the doors counted within
the time and no others, but for what falls between two spots of the ground. They are valid, nested,
and have holes where nobody gets to a post in time.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from ..network import WalkNetwork
from ..network.ground import Ground
from ..network.snapping import Met
from .outlines import FloatArray, IntArray, area_of, outlines
from .reach import Reach, reach_of_nearest, reach_with_posts

SIMPLIFY_M = 0.25
"""Tolerance to which outlines are simplified: far less than the width of a house."""

CORNER_M = 0.2
"""How near corners of outlines lie to where the label of the ground changes."""

POSITION = ["edge", "offset_m", "access_m"]

Window = tuple[slice, slice]


def service_areas(
    network: WalkNetwork,
    ground: Ground,
    posts: pd.DataFrame,
    *,
    minutes: Sequence[float],
    speed_kmh: float,
    study_area: shapely.Geometry | None = None,
) -> gpd.GeoDataFrame:
    """Ground within each number of minutes of any post.

    Parameters
    ----------
    network
        The walkable graph.
    ground
        Its ground, see `allocate_ground`.
    posts
        Positions, as `snap` gives them; those not snapped serve nothing.
    minutes
        Bands, in any order; exactly so many minutes are within.
    speed_kmh
        Speed along access legs, of doors and of posts.
    study_area
        Polygon to clip to, in the network's CRS.

    Returns
    -------
    GeoDataFrame
        One row a band, in growing order; `minutes`, geometry MultiPolygon (empty where no post
        is reached). Each band holds the one before.

    Examples
    --------
    On a street, people 400 m to either side of a post need 5 minutes; the ground goes 50 m aside.

    >>> import numpy as np
    >>> from walkshed.network import allocate_ground, one_street
    >>> street = one_street(1600)
    >>> posts = pd.DataFrame(
    ...     {"edge": 0, "offset_m": [400.0, 1000.0], "access_m": 0.0}, index=["west", "east"])
    >>> ground = allocate_ground(
    ...     street, snap_max_m=50, island_max_m=0, barriers=np.array([], dtype=object))
    >>> areas = service_areas(street, ground, posts, minutes=[2.5, 5], speed_kmh=4.8)
    >>> areas["minutes"].tolist(), [len(area.geoms) for area in areas.geometry]
    ([2.5, 5.0], [2, 1])
    >>> [round(abs(edge), -1) for edge in areas.total_bounds.tolist()]
    [0.0, 50.0, 1400.0, 50.0]
    """
    bands = sorted(minutes)
    snapped = posts[posts["edge"] >= 0]
    areas = [shapely.MultiPolygon()] * len(bands)
    if len(snapped) and bands:
        reach = reach_of_nearest(network, snapped, speed_kmh=speed_kmh, cutoff_min=bands[-1])
        areas = _clipped(_bands(ground, reach, bands), study_area)
    return gpd.GeoDataFrame({"minutes": bands}, geometry=areas, crs=network.crs)


def service_areas_by_post(
    network: WalkNetwork,
    ground: Ground,
    posts: pd.DataFrame,
    *,
    minutes: Sequence[float],
    speed_kmh: float,
    study_area: shapely.Geometry | None = None,
) -> gpd.GeoDataFrame:
    """Ground within each number of minutes of each post.

    Returns
    -------
    GeoDataFrame
        One row a post and band, in the order of the posts and then of the minutes; `post_id`
        (from the index of `posts`), `minutes`, geometry MultiPolygon (empty for a post that is
        not snapped). Positions of one id are one post.

    See Also
    --------
    service_areas : takes the same parameters.

    Examples
    --------
    The same street as for `service_areas`; 200 m to either side are 2.5 minutes.

    >>> import numpy as np
    >>> from walkshed.network import allocate_ground, one_street
    >>> street = one_street(1600)
    >>> posts = pd.DataFrame(
    ...     {"edge": 0, "offset_m": [400.0, 1000.0], "access_m": 0.0}, index=["west", "east"])
    >>> ground = allocate_ground(
    ...     street, snap_max_m=50, island_max_m=0, barriers=np.array([], dtype=object))
    >>> areas = service_areas_by_post(street, ground, posts, minutes=[2.5], speed_kmh=4.8)
    >>> areas["post_id"].tolist(), areas.bounds[["minx", "maxx"]].round(-1).to_numpy().tolist()
    (['west', 'east'], [[200.0, 600.0], [800.0, 1200.0]])
    """
    bands = sorted(minutes)
    areas: list[shapely.MultiPolygon] = []
    places = posts[POSITION]
    ids, snapped = _ids_of(posts)
    for number in range(len(ids)):
        own = [shapely.MultiPolygon()] * len(bands)
        post = places[snapped == number]
        if len(post) and bands:
            reach = reach_of_nearest(network, post, speed_kmh=speed_kmh, cutoff_min=bands[-1])
            own = _bands(ground, reach, bands)
        areas += _clipped(own, study_area)
    return gpd.GeoDataFrame(
        {"post_id": ids.repeat(len(bands)), "minutes": bands * len(ids)},
        geometry=areas,
        crs=network.crs,
    )


def rings(areas: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Bands as rings that do not overlap: each without the one before.

    Parameters
    ----------
    areas
        What `service_areas` or `service_areas_by_post` returns.

    Returns
    -------
    GeoDataFrame
        Same rows; the additional column `from_minutes` is where the ring begins, 0 in the
        middle. Exactly `from_minutes` belongs to the ring before.

    Examples
    --------
    Bands of 100 and 400 square metres:

    >>> areas = gpd.GeoDataFrame({"minutes": [5, 10]}, geometry=[
    ...     shapely.MultiPolygon([shapely.box(5, 5, 15, 15)]),
    ...     shapely.MultiPolygon([shapely.box(0, 0, 20, 20)])])
    >>> table = rings(areas)
    >>> table["from_minutes"].tolist(), table.area.tolist()
    ([0, 5], [100.0, 300.0])
    """
    table = areas.assign(from_minutes=0)
    inner = [shapely.MultiPolygon(), *table.geometry[:-1]]
    first = np.ones(len(table), dtype=bool)
    if "post_id" in table:
        first[1:] = table["post_id"].to_numpy()[1:] != table["post_id"].to_numpy()[:-1]
    else:
        first[1:] = False
    before = table["minutes"].shift(fill_value=0).to_numpy()
    table["from_minutes"] = np.where(first, 0, before)
    table["geometry"] = [
        outer if begins else _polygons_of(shapely.difference(outer, hole))
        for outer, hole, begins in zip(table.geometry, inner, first, strict=True)
    ]
    return table


def catchments(
    network: WalkNetwork,
    ground: Ground,
    posts: pd.DataFrame,
    *,
    speed_kmh: float,
    cutoff_min: float | None = None,
    study_area: shapely.Geometry | None = None,
) -> gpd.GeoDataFrame:
    """Ground from which each post is the nearest on foot.

    Parameters
    ----------
    cutoff_min
        Longest walk that belongs to a catchment; without it, however far.

    Returns
    -------
    GeoDataFrame
        One row a post, in the order of `posts`; `post_id`, geometry MultiPolygon, empty for a
        post that is nobody's nearest. Positions of one id are one post. Catchments do not
        overlap. Where posts are equally near the one whose id comes first in the order of text
        has the ground.

    See Also
    --------
    service_areas : takes the same parameters.

    Examples
    --------
    Of two posts 600 m apart on a street the border lies half way, 300 m from either.

    >>> import numpy as np
    >>> from walkshed.network import allocate_ground, one_street
    >>> street = one_street(1600)
    >>> posts = pd.DataFrame(
    ...     {"edge": 0, "offset_m": [400.0, 1000.0], "access_m": 0.0}, index=["west", "east"])
    >>> ground = allocate_ground(
    ...     street, snap_max_m=50, island_max_m=0, barriers=np.array([], dtype=object))
    >>> own = catchments(street, ground, posts, speed_kmh=4.8)
    >>> own["post_id"].tolist(), own.bounds[["minx", "maxx"]].round(-1).to_numpy().tolist()
    (['west', 'east'], [[-50.0, 700.0], [700.0, 1650.0]])
    """
    ids, number = _ids_of(posts)
    areas = [shapely.MultiPolygon()] * len(ids)
    row = np.flatnonzero(number >= 0)
    row = row[np.argsort(posts.index[row].astype(str), kind="stable")]
    if len(row):
        snapped = posts.iloc[row]
        cutoff = np.inf if cutoff_min is None else cutoff_min
        reach = reach_with_posts(network, snapped, speed_kmh=speed_kmh, cutoff_min=cutoff)
        nearest = partial(_nearest_post, reach, number[row] + 1)
        for label, area in _areas(ground, reach.may_be_in_time, nearest):
            areas[label - 1] = area
    return gpd.GeoDataFrame({"post_id": ids}, geometry=_clipped(areas, study_area), crs=network.crs)


def reach_counts(
    network: WalkNetwork,
    ground: Ground,
    posts: pd.DataFrame,
    *,
    cutoff_min: float,
    speed_kmh: float,
    study_area: shapely.Geometry | None = None,
) -> gpd.GeoDataFrame:
    """Ground by the number of posts within reach.

    Returns
    -------
    GeoDataFrame
        One row a number that occurs, in growing order, from 1; `posts` (how many), geometry
        MultiPolygon. Positions of one id are one post. The areas do not overlap.

    See Also
    --------
    service_areas : takes the same parameters, but for `cutoff_min`, the longest walk.

    Examples
    --------
    Within 5 minutes, 400 m, of two posts 600 m apart 200 m of the street have both.

    >>> import numpy as np
    >>> from walkshed.network import allocate_ground, one_street
    >>> street = one_street(1600)
    >>> posts = pd.DataFrame(
    ...     {"edge": 0, "offset_m": [400.0, 1000.0], "access_m": 0.0}, index=["west", "east"])
    >>> ground = allocate_ground(
    ...     street, snap_max_m=50, island_max_m=0, barriers=np.array([], dtype=object))
    >>> found = reach_counts(street, ground, posts, cutoff_min=5, speed_kmh=4.8)
    >>> found["posts"].tolist(), [round(x) for x in found.geometry[1].bounds[::2]]
    ([1, 2], [600, 800])
    """
    ids, number = _ids_of(posts)
    found: list[tuple[int, shapely.MultiPolygon]] = []
    if (number >= 0).any():
        reaches = [
            reach_of_nearest(
                network, posts[number == n], speed_kmh=speed_kmh, cutoff_min=cutoff_min
            )
            for n in range(len(ids))
        ]
        near = np.any([reach.may_be_in_time for reach in reaches], axis=0)
        found = list(_areas(ground, near, partial(_count, reaches)))
    areas = _clipped([area for _, area in found], study_area)
    return gpd.GeoDataFrame(
        {"posts": [count for count, _ in found]}, geometry=areas, crs=network.crs
    )


def _ids_of(posts: pd.DataFrame) -> tuple[pd.Index, IntArray]:
    """Ids of the posts, and the number among these of each position; -1 where it is not snapped."""
    number, ids = pd.factorize(posts.index)
    return ids, np.where(posts["edge"].to_numpy() >= 0, number, -1)


def _bands(ground: Ground, reach: Reach, bands: Sequence[float]) -> list[shapely.MultiPolygon]:
    """One area for each band, each united with the one before."""
    window = ground.window(reach.may_be_in_time)
    met = ground.met(*window)
    at, seconds, _ = reach.nearest(met)
    areas: list[shapely.MultiPolygon] = []
    for band in bands:
        within = replace(reach, limit_s=reach.limit_s - (bands[-1] - band) * 60)
        label = _marked(len(met.edge), at[seconds <= within.limit_s])
        found = _outlined(ground, window, label, partial(_in_time, within), simplify_m=SIMPLIFY_M)
        area = dict(found).get(1, shapely.MultiPolygon())
        if areas and not areas[-1].is_empty:
            area = _polygons_of(shapely.union(area, areas[-1]))
        areas.append(area)
    return areas


def _marked(size: int, at: IntArray, label: IntArray | int = 1) -> IntArray:
    """Labels of places: 0 but for those at some positions."""
    labels = np.zeros(size, dtype=np.int64)
    labels[at] = label
    return labels


def _in_time(reach: Reach, met: Met) -> IntArray:
    """1 where a post is reached in time."""
    at, _, _ = reach.nearest(met)
    return _marked(len(met.edge), at)


def _nearest_post(reach: Reach, label: IntArray, met: Met) -> IntArray:
    """Label of the nearest post, given the label of each."""
    at, _, post = reach.nearest(met)
    return _marked(len(met.edge), at, label[post])


def _count(reaches: Sequence[Reach], met: Met) -> IntArray:
    """Number of posts reached in time."""
    counts = np.zeros(len(met.edge), dtype=np.int64)
    for reach in reaches:
        at, _, _ = reach.nearest(met)
        counts[at] += 1
    return counts


def _areas(
    ground: Ground, near: npt.NDArray[np.bool_], label_of: Callable[[Met], IntArray]
) -> list[tuple[int, shapely.MultiPolygon]]:
    """Area of each label on the ground beside some edges; they share their borders."""
    window = ground.window(near)
    return _outlined(ground, window, label_of(ground.met(*window)), label_of)


def _outlined(
    ground: Ground,
    window: Window,
    labels: IntArray,
    label_of: Callable[[Met], IntArray],
    *,
    simplify_m: float = 0,
) -> list[tuple[int, shapely.MultiPolygon]]:
    """Area of each label, given for the spots of a window and asked for places between them."""
    rows, columns = window
    labels = labels.reshape(rows.stop - rows.start, columns.stop - columns.start)
    halvings = max(round(np.log2(ground.cell_m / (2 * CORNER_M))), 1)

    def label_at(row: FloatArray, column: FloatArray) -> IntArray:
        return label_of(ground.met_between(row + rows.start, column + columns.start))

    def in_metres(ring: FloatArray) -> FloatArray:
        return ground.xy(ring[:, 0] + rows.start, ring[:, 1] + columns.start)

    return [
        (label, area_of([in_metres(ring) for ring in rings_of], simplify_m=simplify_m))
        for label, rings_of in outlines(labels, label_at, halvings=halvings)
    ]


def _clipped(
    areas: Sequence[shapely.MultiPolygon], study_area: shapely.Geometry | None
) -> list[shapely.MultiPolygon]:
    if study_area is None:
        return list(areas)
    return [_polygons_of(shapely.intersection(area, study_area)) for area in areas]


def _polygons_of(shape: shapely.Geometry) -> shapely.MultiPolygon:
    """Drop the lines and points where two areas only touch."""
    parts = shapely.get_parts(shape)
    return shapely.multipolygons([part for part in parts if part.geom_type == "Polygon"])
