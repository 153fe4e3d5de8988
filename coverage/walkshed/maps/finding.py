"""What the page needs to find a street, a house or a place by the words of its reader.

The rules that fold letters are those of `sources` (one skeleton for Russian, Kazakh and Latin
spelling), handed to the page as they are; `page/search.js` applies them.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from ..candidates import place_name
from ..language import LANGUAGES
from ..sources.addresses import spelling_rules
from .ground import Integers, degrees, pack_integers

ADDRESSES_PER_DEGREE = 100_000  # 1.1 m of latitude: a house is found, not drawn
ALIKE_DEGREES = 0.003
"""Landmarks of one kind and name in one cell of this size, some 250 m, are told once."""

_NUMBER = re.compile(r"([1-9][0-9]{0,6})(.*)", re.DOTALL)


@dataclass(frozen=True, eq=False)
class Findable:
    """What a reader may look for beside streets, posts and neighbourhoods.

    Attributes
    ----------
    addresses
        What `sources.addresses.house_addresses` gives, or None.
    landmarks
        What `candidates.public_places` gives, or None.
    other_names
        From a name to what else it is called.
    """

    addresses: gpd.GeoDataFrame | None = None
    landmarks: gpd.GeoDataFrame | None = None
    other_names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


def pack_finding(
    findable: Findable, *, doors: pd.Index, origin: tuple[float, float]
) -> dict[str, Any]:
    """Give the page what it finds things by.

    Parameters
    ----------
    doors
        Ids of the doors, in the order of the page.
    origin
        Longitude and latitude that steps are counted from.

    Returns
    -------
    dict
        `rules` of spelling, `also` (pairs of a name and its other names), `landmarks` (see
        `pack_landmarks`) and `houses` (see `pack_addresses`); None where there are none.
    """
    return {
        "rules": spelling_rules(),
        "also": [[name, list(others)] for name, others in findable.other_names.items()],
        "landmarks": pack_landmarks(findable.landmarks, origin=origin),
        "houses": pack_addresses(findable.addresses, doors=doors, origin=origin),
    }


def pack_landmarks(
    landmarks: gpd.GeoDataFrame | None, *, origin: tuple[float, float]
) -> dict[str, Any] | None:
    """Write landmarks by kind and name; the same name near by, as of a school and its yard, once.

    Returns
    -------
    dict or None
        `kinds`, each with its name in every language; `count`, how many landmarks each has; and of
        each landmark its name, in `names`, and `xy`: steps east, then north, in units of
        1 / 100 000 of a degree.
    """
    if landmarks is None or not len(landmarks):
        return None
    points = shapely.get_coordinates(degrees(landmarks, "landmarks").geometry.to_numpy())
    east, north = np.floor(points / ALIKE_DEGREES).T
    table = pd.DataFrame(
        {
            "kind": landmarks["place"].to_numpy(object),
            "name": landmarks["name"].to_numpy(object),
            "east": east,
            "north": north,
            "x": points[:, 0],
            "y": points[:, 1],
        }
    )
    table = table.drop_duplicates(["kind", "name", "east", "north"])
    table = table.sort_values(["kind", "name"], kind="stable")
    count = table["kind"].value_counts(sort=False)
    return {
        "kinds": [{code: place_name(kind, code) for code in LANGUAGES} for kind in count.index],
        "count": [int(number) for number in count],
        "names": table["name"].tolist(),
        "xy": _pack_steps(table[["x", "y"]].to_numpy(), origin),
    }


def _pack_steps(points: npt.NDArray[np.float64], origin: tuple[float, float]) -> str:
    whole: Integers = np.rint((points - origin) * ADDRESSES_PER_DEGREE).astype(np.int64)
    return pack_integers(np.diff(whole, axis=0, prepend=0).T.ravel())


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
    return {
        "streets": streets.tolist(),
        "endings": endings.tolist(),
        "count": pack_integers(count),
        "number": pack_integers(number),
        "ending": pack_integers(ending),
        "door": pack_integers(np.diff(table["door"].to_numpy(np.int64), prepend=0)),
        "xy": _pack_steps(apart, origin),
    }
