"""Coverage of the zones of a study: hexagons and neighbourhoods, now and with the plan built."""

from collections.abc import Mapping

import geopandas as gpd
import pandas as pd

from ..scores import band_scores, not_reached
from ..scores.floating_catchment import mean_by_zone
from ..sources.population import AGES
from ..sources.zones import hexagons
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


def with_means(
    zones: gpd.GeoDataFrame, of_doors: pd.DataFrame, doors: pd.DataFrame
) -> gpd.GeoDataFrame:
    """Add the mean over residents of figures of doors to zones; missing where nobody lives."""
    zone = doors[zones.index.name]
    table: gpd.GeoDataFrame = zones.join(mean_by_zone(of_doors, doors["residents"], zone))
    return table


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
