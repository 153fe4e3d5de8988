"""Scores of the zones of a study: hexagons, neighbourhoods, city districts and the city."""

import geopandas as gpd
import numpy as np
import pandas as pd

from ..network import WalkNetwork
from ..scores import white_spots, zone_scores
from ..scores.floating_catchment import mean_by_zone
from ..sources.population import AGES
from ..sources.zones import NAMES, OUTSIDE, hexagons
from ..standards import Band
from .doors import ScoredDoors
from .remembering import CITY
from .walk import NOT_REACHED_REASONS

SCORED = [
    "nearest_min",
    "not_reached_reason",
    "second_nearest_min",
    "detour_index",
]
"""Columns of doors that scores of zones are made of, each now and `_after`."""


def scored_hexagons(scored: ScoredDoors) -> gpd.GeoDataFrame:
    """Score the hexagons that doors lie in."""
    scores = _scores(scored, scored.doors["hexagon_id"])
    outlines = hexagons(scores.index)
    table = gpd.GeoDataFrame(scores, geometry=outlines, crs=outlines.crs)
    return table.rename_axis("hexagon_id")


def scored_areas(areas: gpd.GeoDataFrame, scored: ScoredDoors) -> gpd.GeoDataFrame:
    """Score named areas, those without a door too, and the doors outside all of them.

    Parameters
    ----------
    areas
        Neighbourhoods or city districts; the name of the index is the column of doors that says
        in which of them each door is.
    """
    key = str(areas.index.name)
    scores = _scores(scored, scored.doors[key])
    table = areas.reindex(areas.index.union(scores.index, sort=True)).join(scores)
    names = [column for column in areas if column != areas.geometry.name]
    table[names] = table[names].fillna("")
    sums = [column for column in scores if str(column).startswith(("residents", "not_reached"))]
    sums = [column for column in sums if column not in AGES]
    table[sums] = table[sums].fillna(0.0)
    table["doors"] = table["doors"].fillna(0).astype(int)
    return gpd.GeoDataFrame(table, geometry="geometry", crs=areas.crs).rename_axis(key)


def scored_districts(areas: gpd.GeoDataFrame, scored: ScoredDoors) -> gpd.GeoDataFrame:
    """Score the city districts; no rows, not even that of doors outside, where there are none."""
    table = scored_areas(areas, scored)
    return table.drop(index=OUTSIDE) if areas.empty else table


def scored_city(city: str, scored: ScoredDoors) -> pd.DataFrame:
    """Score the city as a whole: one row."""
    everywhere = pd.Series(city, index=scored.doors.index, name="city")
    return _scores(scored, everywhere).rename_axis("city")


def _scores(scored: ScoredDoors, zone: pd.Series) -> pd.DataFrame:
    """Scores of each zone, now and `_after`; its doors, age groups and floating catchments."""

    def scores_at(suffix: str) -> pd.DataFrame:
        return zone_scores(
            _doors_at(scored.doors, suffix),
            zone,
            inside=scored.within[suffix],
            backup=scored.backup[suffix],
            reasons=NOT_REACHED_REASONS,
        )

    now = scored.remember(
        "zones_now", lambda: scores_at(""), by=(*CITY, "standard", "city"), and_by=zone.name
    )
    after = scores_at("_after")
    scores = now.join(after.drop(columns="residents").add_suffix("_after"))
    known = [column for column in scored.doors if str(column) in AGES]
    zones = scored.doors.groupby(zone)
    supply = [name for name in scored.doors if str(name).startswith("inspectors_per_")]
    means = mean_by_zone(scored.doors[supply], scored.doors["residents"], zone)
    return scores.join(zones[known].sum(min_count=1).assign(doors=zones.size())).join(means)


def _doors_at(doors: pd.DataFrame, suffix: str) -> pd.DataFrame:
    """Columns of one time, by their names without suffix."""
    columns = {f"{name}{suffix}": name for name in SCORED}
    return doors[["residents", *columns]].rename(columns=columns)


def neighbourhoods_beyond(
    areas: gpd.GeoDataFrame, scored: ScoredDoors, planning: Band, network: WalkNetwork
) -> pd.DataFrame:
    """White spots of the planning band by neighbourhood, with their names and streets.

    Doors outside all neighbourhoods are the zone "outside", which has no name.
    """
    doors = scored.doors
    on_a_street = doors["edge"] >= 0
    at = doors["edge"].clip(lower=0).to_numpy()
    names = pd.Series(np.asarray(network.edge_name)[at], index=doors.index)
    spots = white_spots(
        doors["residents"],
        doors["neighbourhood_id"],
        is_within=scored.within[""][planning.label],
        is_within_after=scored.within["_after"][planning.label],
        minutes=doors["nearest_min"],
        street=names.astype(str).where(on_a_street, ""),
    )
    told = list(NAMES)
    found = spots.join(areas[told], on="zone_id")
    found[told] = found[told].fillna("")
    return found
