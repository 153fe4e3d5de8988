"""The zone of each door."""

import geopandas as gpd
import numpy as np
import pandas as pd

from ..errors import TableError


def with_zone(doors: gpd.GeoDataFrame, zones: gpd.GeoDataFrame, name: str) -> pd.Series:
    """Zone that each door lies in; "" outside all of them.

    A door in several zones, or on the border of two, counts to the smallest, and of equal ones to
    the first by id: every resident is in one zone at most, a quarter is told apart from the
    suburb around it, and the order of the zones changes nothing.

    Raises
    ------
    TableError
        A zone has no area.
    """
    zones = zones.to_crs(doors.crs)
    if (zones.geometry.area == 0).any():
        empty = ", ".join(map(str, zones.index[zones.geometry.area == 0]))
        raise TableError(f"{name}: zones without area: {empty}; give polygons")
    by_id = zones.loc[sorted(zones.index, key=str)]
    ordered = by_id.iloc[np.argsort(by_id.geometry.area.to_numpy(), kind="stable")]
    zone, door = ordered.sindex.query(doors.geometry, predicate="intersects")[::-1]
    first = pd.Series(zone).groupby(door).min()
    ids = np.full(len(doors), "", dtype=object)
    ids[first.index.to_numpy(int)] = ordered.index.to_numpy(object)[first.to_numpy(int)]
    return pd.Series(ids, index=doors.index, name=name)
