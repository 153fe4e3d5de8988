"""What the page needs to find a street, a house or a place by the words of its reader.

The rules that fold letters are those of `sources` (one skeleton for Russian, Kazakh and Latin
spelling), handed to the page as they are; `page/search.js` applies them.
"""

import re
from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ..sources.addresses import spelling_rules
from .ground import Integers, pack_integers

ADDRESSES_PER_DEGREE = 100_000  # 1.1 m of latitude: a house is found, not drawn
_NUMBER = re.compile(r"([1-9][0-9]{0,6})(.*)", re.DOTALL)


def pack_finding(
    *,
    addresses: gpd.GeoDataFrame | None,
    other_names: Mapping[str, tuple[str, ...]],
    doors: pd.Index,
    origin: tuple[float, float],
) -> dict[str, Any]:
    """Give the page what it finds things by.

    Parameters
    ----------
    addresses
        What `sources.addresses.house_addresses` gives, or None.
    other_names
        From a name to what else it is called.
    doors
        Ids of the doors, in the order of the page.
    origin
        Longitude and latitude that steps are counted from.

    Returns
    -------
    dict
        `rules` of spelling, `also` (pairs of a name and its other names), and `houses`: see
        `pack_addresses`; None where there are none.
    """
    return {
        "rules": spelling_rules(),
        "also": [[name, list(others)] for name, others in other_names.items()],
        "houses": pack_addresses(addresses, doors=doors, origin=origin),
    }


def pack_addresses(
    addresses: gpd.GeoDataFrame | None, *, doors: pd.Index, origin: tuple[float, float]
) -> dict[str, Any] | None:
    """Write addresses as streams, street by street, in the order of their numbers.

    Returns
    -------
    dict or None
        `streets`, their names; `count`, how many houses each has; of each house `number` (its
        digits, as steps within the street; 0 where it begins with none) and `ending` (place in
        `endings` of what follows the digits); `door` (its place among the doors, as steps; -1 for
        a house that is no door) and, of those that are no door, `xy`: steps east, then north, in
        units of 1 / 100 000 of a degree.
    """
    if addresses is None or not len(addresses):
        return None
    parts = [_NUMBER.fullmatch(text) for text in addresses["number"]]
    table = pd.DataFrame(
        {
            "street": addresses["street"].to_numpy(),
            "number": [int(part[1]) if part else 0 for part in parts],
            "ending": [
                part[2] if part else text
                for part, text in zip(parts, addresses["number"], strict=True)
            ],
            "door": doors.get_indexer(addresses.index),
            "point": addresses.to_crs(4326).geometry.to_numpy(),
        }
    ).sort_values(["street", "number", "ending"], kind="stable")
    streets, first, count = np.unique(
        table["street"].to_numpy(str), return_index=True, return_counts=True
    )
    endings, ending = np.unique(table["ending"].to_numpy(str), return_inverse=True)
    number = np.diff(table["number"].to_numpy(), prepend=0)
    number[first] = table["number"].to_numpy()[first]
    apart = shapely.get_coordinates(table["point"][table["door"] < 0].to_numpy())
    whole: Integers = np.rint((apart - origin) * ADDRESSES_PER_DEGREE).astype(np.int64)
    return {
        "streets": streets.tolist(),
        "endings": endings.tolist(),
        "count": pack_integers(count),
        "number": pack_integers(number),
        "ending": pack_integers(ending),
        "door": pack_integers(np.diff(table["door"].to_numpy(np.int64), prepend=0)),
        "xy": pack_integers(np.diff(whole, axis=0, prepend=0).T.ravel()),
    }
