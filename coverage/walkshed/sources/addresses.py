"""Addresses of houses, and the other names of streets and places: what a reader may look for.

In: an extract. Out: plain tables; nothing is matched here (see `gazetteer` for that).
"""

from collections.abc import Mapping
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from ..language import LANGUAGES
from ._names import KINDS, LETTERS, PHRASES, PLAIN, SOUNDS
from .gazetteer import ADDRESS_TAGS
from .osm import OsmExtract

OTHER_NAMES = ("name:ru", "name:kk", "name:en", "alt_name", "old_name", "short_name")


def house_addresses(extract: OsmExtract) -> gpd.GeoDataFrame:
    """Houses that bear a number, each address once, in EPSG:4326.

    Parameters
    ----------
    extract
        What `read_osm` returns.

    Returns
    -------
    GeoDataFrame
        Index: the `osm_id` of the building the address lies on, or of its own point where it lies
        on none (several addresses may share one).  Columns `street` (or the place the number
        belongs to), `number` and a point.  The same address twice is told once, a building first.
    """
    tagged = pd.concat([extract.areas, extract.points])
    tagged = tagged[(tagged["addr:housenumber"] != "").to_numpy()]
    street = pd.Series("", index=tagged.index)
    for tag in ADDRESS_TAGS:
        street = street.where(street != "", tagged[tag])
    table = gpd.GeoDataFrame(
        {"street": street.to_numpy(), "number": tagged["addr:housenumber"].to_numpy()},
        geometry=tagged.geometry.representative_point().to_numpy(),
        index=tagged.index.rename("osm_id"),
        crs=extract.areas.crs,
    )
    table = table[(table["street"] != "").to_numpy()].drop_duplicates(["street", "number"])
    return table.set_axis(_buildings_at(table, extract).rename("osm_id"))


def _buildings_at(points: gpd.GeoDataFrame, extract: OsmExtract) -> pd.Index:
    """Id of the building each point lies on, else its own."""
    buildings = extract.areas[~extract.areas["building"].isin(["", "no"])]
    point, building = buildings.sindex.query(points.geometry, predicate="within")
    ids = points.index.to_numpy(object).copy()
    is_own = points.index.isin(buildings.index)
    first = np.unique(point, return_index=True)[1]
    point, building = point[first], building[first]
    ids[point] = np.where(is_own[point], ids[point], buildings.index.to_numpy(object)[building])
    found: pd.Index = pd.Index(ids)
    return found


def other_names(
    extract: OsmExtract, landmarks: pd.Index | None = None
) -> Mapping[str, tuple[str, ...]]:
    """What else streets and places are called: in other languages, for short, and in the past.

    Parameters
    ----------
    landmarks
        `osm_id` of further points and areas that count as places.

    Returns
    -------
    Mapping
        From a name to its other names, sorted; names that have no others are left out.
    """
    found: dict[str, set[str]] = {}
    for table in _named(extract, landmarks):
        tags = [tag for tag in OTHER_NAMES if tag in table]
        rows = table[["name", *tags]].drop_duplicates()
        for name, *others in rows.itertuples(index=False, name=None):
            parts = {part.strip() for text in others for part in str(text).split(";")}
            found.setdefault(name, set()).update(parts - {"", name})
    return {name: tuple(sorted(others)) for name, others in sorted(found.items()) if others}


def names_in_languages(extract: OsmExtract) -> Mapping[str, Mapping[str, str]]:
    """What streets and places are called in each of the languages, where it differs from `name`.

    Returns
    -------
    Mapping
        By language, from a name to the one in that language; where ways of one name disagree, the
        first in the alphabet stands.
    """
    found: dict[str, dict[str, str]] = {}
    for language in LANGUAGES:
        tag = f"name:{language}"
        pairs = {
            (name, text)
            for table in _named(extract)
            if tag in table
            for name, text in table[["name", tag]].itertuples(index=False, name=None)
            if text not in ("", name)
        }
        if pairs:
            found[language] = dict(sorted(pairs, reverse=True))
    return {language: dict(sorted(names.items())) for language, names in found.items()}


def _named(extract: OsmExtract, landmarks: pd.Index | None = None) -> list[Any]:
    """Streets, places and landmarks that have a name."""
    also = pd.Index([]) if landmarks is None else landmarks
    places = [
        table[((table["place"] != "") | table.index.isin(also)).to_numpy()]
        for table in (extract.areas, extract.points)
    ]
    return [table[(table["name"] != "").to_numpy()] for table in (extract.ways, *places)]


def spelling_rules() -> dict[str, Any]:
    """Give the rules of `_names` as plain data, for a page that folds what its reader types.

    Returns
    -------
    dict
        `letters`, each with what stands for it; `sounds` and `phrases`, pairs of a pattern and
        what replaces it, in the order they apply; `kinds`, the words of each kind of place;
        `plain`, words that say nothing.

    Examples
    --------
    >>> rules = spelling_rules()
    >>> rules["letters"]["қ"], "mkr" in rules["kinds"]["microdistrict"]
    ('k', True)
    """
    return {
        "letters": dict(LETTERS),
        "sounds": [[sound.pattern, letters] for sound, letters in SOUNDS],
        "phrases": [list(pair) for pair in PHRASES],
        "kinds": {kind: words.split() for kind, words in KINDS.items()},
        "plain": sorted(PLAIN),
    }
