"""Ground on which no post may stand: by tags of OpenStreetMap, and the user's own polygons."""

import geopandas as gpd
import pandas as pd

from ..sources.osm import OsmExtract
from ..standards import CandidateRules, candidate_rules


def exclusion_zones(
    extract: OsmExtract,
    *,
    crs: str,
    rules: CandidateRules | None = None,
    own: gpd.GeoDataFrame | None = None,
) -> gpd.GeoDataFrame:
    """Areas where no post may stand, with the `reason` of each.

    Parameters
    ----------
    extract
        Whose areas and lines are looked at; lines in tunnels shut nothing.
    crs
        Metric CRS of the result.
    rules
        Which tags shut ground, and how wide the strip around it is; `candidate_rules()` if left
        out.
    own
        The user's polygons with a `reason`, in any stated CRS.

    Returns
    -------
    GeoDataFrame
        `reason`, geometry. The user's polygons come first, then the rules in their order: where
        zones meet the first reason is told.
    """
    rules = rules or candidate_rules()
    areas = extract.areas.to_crs(crs)
    lines = extract.lines.to_crs(crs)
    lines = lines[~lines["tunnel"].isin(("yes", "culvert", "building_passage"))]
    found = [] if own is None else [own[["reason", "geometry"]].to_crs(crs)]
    for reason, rule in rules.exclusions.items():
        shut = [
            areas.geometry[tagged(areas, rule.areas)],
            lines.geometry[tagged(lines, rule.lines)],
        ]
        distance_m = rule.distance_m.value
        told = f"{reason} or within {distance_m:g} m of it" if distance_m else reason
        ground = pd.concat(shut)
        ground = gpd.GeoSeries(ground, crs=crs).buffer(distance_m) if distance_m else ground
        found.append(gpd.GeoDataFrame({"reason": told}, index=ground.index, geometry=ground))
    zones = gpd.GeoDataFrame(pd.concat(found), geometry="geometry", crs=crs)
    return zones[~zones.geometry.is_empty]


def tagged(table: pd.DataFrame, tags: tuple[str, ...]) -> pd.Series:
    """Tell which rows have one of the tags, each as `key=value`."""
    has = pd.Series(False, index=table.index)
    for tag in tags:
        key, _, value = tag.partition("=")
        if key in table:
            has |= table[key] == value
    return has
