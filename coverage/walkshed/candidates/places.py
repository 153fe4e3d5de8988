"""Places that may take in a post: public ones by their tags, and those of the user's own list."""

from collections.abc import Sequence

import geopandas as gpd
import pandas as pd

from ..errors import SettingsError
from ..sources.osm import OsmExtract
from ..standards import CandidateRules, candidate_rules
from .exclusions import tagged

NO_PLACES = gpd.GeoDataFrame(
    {
        "kind": pd.Series(dtype=object),
        "place": pd.Series(dtype=object),
        "name": pd.Series(dtype=object),
        "owner": pd.Series(dtype=object),
        "cost": pd.Series(dtype=float),
        "listed_id": pd.Series(dtype=object),
    },
    geometry=[],
    crs="EPSG:4326",
)
"""The table of places without a row: `kind` is "listed" or "public_place"."""


def public_places(
    extract: OsmExtract,
    kinds: Sequence[str] | None = None,
    *,
    rules: CandidateRules | None = None,
) -> gpd.GeoDataFrame:
    """Named public places of an extract, in EPSG:4326.

    Parameters
    ----------
    kinds
        Kinds of places, such as "school"; all there are if left out.
    rules
        Which tags make which kind; `candidate_rules()` if left out.

    Returns
    -------
    GeoDataFrame
        As `NO_PLACES`, by OpenStreetMap id; `place` is the kind, the kinds in the order of the
        rules. A place of two kinds counts as the first. Areas are a point inside them. Places
        without a name are left out: nobody could tell where they are.

    Raises
    ------
    SettingsError
        There is no such kind.
    """
    rules = rules or candidate_rules()
    unknown = [kind for kind in kinds or () if kind not in rules.public_places]
    if unknown:
        raise SettingsError(
            f"no kind of public place `{unknown[0]}`; there are: {', '.join(rules.public_places)}"
        )
    tables = [extract.points, extract.areas.set_geometry(extract.areas.representative_point())]
    everything = gpd.GeoDataFrame(pd.concat(tables)).fillna({"leisure": "", "railway": ""})
    everything = everything[everything["name"].str.strip() != ""]
    place = pd.Series("", index=everything.index, dtype=object)
    for kind, rule in rules.public_places.items():
        if kinds is None or kind in kinds:
            place[(place == "") & tagged(everything, rule.tags)] = kind
    chosen = everything[place != ""]
    table = gpd.GeoDataFrame(
        {
            "kind": "public_place",
            "place": place[place != ""],
            "name": chosen["name"].str.strip(),
            "owner": "",
            "cost": float("nan"),
            "listed_id": "",
        },
        geometry=chosen.geometry,
        crs=extract.areas.crs,
    )
    order = {kind: i for i, kind in enumerate(rules.public_places)}
    return table.iloc[table["place"].map(order).argsort(kind="stable").to_numpy()]


def listed_places(sites: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """The user's list, as `sources.sites.read_sites` gives it, as a table of places."""
    return gpd.GeoDataFrame(
        {
            "kind": "listed",
            "place": sites["kind"],
            "name": sites["name"],
            "owner": sites["owner"],
            "cost": sites["cost"],
            "listed_id": sites.index.astype(object),
        },
        geometry=sites.geometry,
        crs=sites.crs,
    )
