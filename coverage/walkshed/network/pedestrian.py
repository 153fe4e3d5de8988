"""Which OpenStreetMap ways a person on foot may use, and why not.

The rules read only tags about walking and access; `maxspeed`, `oneway` and all else about cars is
never looked at. https://wiki.openstreetmap.org/wiki/OSM_tags_for_routing/Access_restrictions
gives the defaults by country; these are the ones common to all.
"""

from collections.abc import Mapping

import pandas as pd

NOT_FOR_WALKING: Mapping[str, str] = {
    "motorway": "motorway",
    "motorway_link": "motorway",
    "construction": "not built yet",
    "proposed": "not built yet",
    "planned": "not built yet",
    "abandoned": "no longer there",
    "razed": "no longer there",
    "disused": "no longer there",
    "raceway": "not a public way",
    "bus_guideway": "not a public way",
    "escape": "not a public way",
    "elevator": "not a way",
    "rest_area": "not a way",
    "services": "not a way",
    "no": "not a way",
}
ALLOWED = ("yes", "designated", "permissive", "official", "destination", "customers")
FORBIDDEN = ("no", "private")

ROAD_CLASS: Mapping[str, str] = {
    "trunk": "major",
    "trunk_link": "major",
    "primary": "major",
    "primary_link": "major",
    "secondary": "major",
    "secondary_link": "major",
    "tertiary": "major",
    "tertiary_link": "major",
    "unclassified": "minor",
    "residential": "minor",
    "living_street": "minor",
    "pedestrian": "minor",
    "road": "minor",
}


def not_walkable_reason(ways: pd.DataFrame) -> pd.Series:
    """Why each way cannot be walked; an empty string where it can.

    A permission for walkers (`foot=yes`, `foot=designated` ...) outweighs every other tag but a
    way that is not there.

    Parameters
    ----------
    ways
        Columns `highway`, `foot`, `access`, `motorroad`; empty strings where a tag is missing.

    Examples
    --------
    >>> ways = pd.DataFrame(
    ...     [("residential", "", "", ""), ("service", "", "private", ""),
    ...      ("service", "yes", "private", ""), ("motorway", "", "", "")],
    ...     columns=["highway", "foot", "access", "motorroad"])
    >>> not_walkable_reason(ways).tolist()
    ['', 'private', '', 'motorway']
    """
    welcome = ways["foot"].isin(ALLOWED)
    reason = ways["highway"].map(NOT_FOR_WALKING).fillna("")
    gone = reason.isin(["not built yet", "no longer there", "not a way"])
    reason = reason.mask((ways["motorroad"] == "yes") & (reason == ""), "motor road")
    reason = reason.mask((ways["access"] == "private") & (reason == ""), "private")
    reason = reason.mask((ways["access"] == "no") & (reason == ""), "no access")
    reason = reason.mask(welcome & ~gone, "")
    return reason.mask(ways["foot"].isin(FORBIDDEN) & (reason == ""), "closed to walkers")


def road_class(highway: pd.Series) -> pd.Series:
    """Sort `highway` values into "major" roads, "minor" streets and "path" for all else.

    Examples
    --------
    >>> road_class(pd.Series(["primary", "residential", "steps"])).tolist()
    ['major', 'minor', 'path']
    """
    return highway.map(ROAD_CLASS).fillna("path")


def blocks_walkers(nodes: pd.DataFrame) -> pd.Series:
    """Tell the barriers (gates, bollards ...) that no walker may pass.

    Only what is said to be closed counts: a gate without tags is taken as open.

    Examples
    --------
    >>> nodes = pd.DataFrame(
    ...     [("gate", "private", "", ""), ("gate", "", "", ""), ("bollard", "no", "yes", "")],
    ...     columns=["barrier", "access", "foot", "locked"])
    >>> blocks_walkers(nodes).tolist()
    [True, False, False]
    """
    welcome = nodes["foot"].isin(ALLOWED)
    closed = nodes["access"].isin(FORBIDDEN) | (nodes["locked"] == "yes")
    return (closed & ~welcome) | nodes["foot"].isin(FORBIDDEN)
