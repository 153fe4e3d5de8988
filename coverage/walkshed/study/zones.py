"""Coverage of the zones of a study: hexagons and neighbourhoods, now and with the plan built."""

from collections.abc import Mapping

import geopandas as gpd
import numpy as np
import pandas as pd

from ..network import WalkNetwork
from ..scores import band_scores, not_reached, white_spots
from ..sources.population import AGES
from ..sources.zones import hexagons
from ..standards import Band
from .walk import NOT_REACHED_REASONS


def scored_hexagons(
    doors: pd.DataFrame, within_bands: Mapping[str, pd.DataFrame]
) -> gpd.GeoDataFrame:
    """Score the hexagons that doors lie in."""
    scores = _scores_now_and_after(doors, doors["hexagon_id"], within_bands)
    outlines = hexagons(scores.index)
    counted = scores.join(_people_and_doors(doors, doors["hexagon_id"]))
    table = gpd.GeoDataFrame(counted, geometry=outlines, crs=outlines.crs)
    return table.rename_axis("hexagon_id")


def scored_neighbourhoods(
    areas: gpd.GeoDataFrame, doors: pd.DataFrame, within_bands: Mapping[str, pd.DataFrame]
) -> gpd.GeoDataFrame:
    """Score neighbourhoods, those without a door too, and the doors outside all of them."""
    scores = _scores_now_and_after(doors, doors["neighbourhood_id"], within_bands)
    table = areas.reindex(areas.index.union(scores.index, sort=True)).join(scores)
    names = [column for column in areas if column != areas.geometry.name]
    table[names] = table[names].fillna("")
    sums = [column for column in scores if str(column).startswith(("residents", "not_reached"))]
    table[sums] = table[sums].fillna(0.0)
    table = table.join(_people_and_doors(doors, doors["neighbourhood_id"]))
    table["doors"] = table["doors"].fillna(0).astype(int)
    scored = gpd.GeoDataFrame(table, geometry="geometry", crs=areas.crs)
    return scored.rename_axis("neighbourhood_id")


def _people_and_doors(doors: pd.DataFrame, zone: pd.Series) -> pd.DataFrame:
    """Doors of each zone, and its age groups as far as they are known (NaN where of no door)."""
    known = [column for column in doors if str(column) in AGES]
    zones = doors.groupby(zone)
    return zones[known].sum(min_count=1).assign(doors=zones.size())


def _scores_now_and_after(
    doors: pd.DataFrame, zone: pd.Series, within_bands: Mapping[str, pd.DataFrame]
) -> pd.DataFrame:
    residents = doors["residents"]
    now, after = (
        band_scores(doors[f"nearest_min{suffix}"], residents, zone, inside=table).join(
            not_reached(
                doors[f"not_reached_reason{suffix}"], residents, zone, reasons=NOT_REACHED_REASONS
            )
        )
        for suffix, table in within_bands.items()
    )
    return now.join(after.drop(columns="residents").add_suffix("_after"))


def neighbourhoods_beyond(
    areas: gpd.GeoDataFrame,
    doors: pd.DataFrame,
    within_bands: Mapping[str, pd.DataFrame],
    planning: Band,
    network: WalkNetwork,
) -> pd.DataFrame:
    """White spots of the planning band by neighbourhood, with their names and streets.

    Doors outside all neighbourhoods are the zone "outside", which has no name.
    """
    on_a_street = doors["edge"] >= 0
    at = doors["edge"].clip(lower=0).to_numpy()
    names = pd.Series(np.asarray(network.edge_name)[at], index=doors.index)
    spots = white_spots(
        doors["residents"],
        doors["neighbourhood_id"],
        is_within=within_bands[""][planning.label],
        is_within_after=within_bands["_after"][planning.label],
        minutes=doors["nearest_min"],
        street=names.astype(str).where(on_a_street, ""),
    )
    named = areas[[name for name in areas if str(name).startswith("name")]]
    found = spots.join(named, on="zone_id")
    found[list(named)] = found[list(named)].fillna("")
    return found
