"""Tags that contradict what lies around them, or that the rules do not know."""

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ..language import format_metres, format_number, translate, translate_count
from ..network import WalkNetwork
from ..network.pedestrian import PedestrianRules, walk_rules
from ..sources.osm import OsmExtract
from ..standards import DoctorLimits
from ..study.walk import Walk
from .findings import Finding, FloatArray, lonlat_of

MADE_FOR_WALKERS = ("footway", "pedestrian", "steps")
LIVED_IN = ("residential", "living_street")


def unknown_highways(
    extract: OsmExtract, rules: PedestrianRules, language: str
) -> Iterator[Finding]:
    """Values of `highway` that have no line in the rules: taken for footways."""
    ways = extract.ways
    unknown = ~ways["highway"].isin(["", *rules.highway])  # piers and platforms bear none
    for value, rows in ways[unknown].groupby("highway"):
        lon, lat = _where(extract, int(rows.index[0]))
        yield Finding(
            "note",
            "highway_unknown",
            translate(
                "highway={value}, {count} times, is no value the rules know; taken for a footway",
                language,
                value=value,
                count=format_number(rows["way_id"].nunique(), language),
            ),
            translate("Mend the tag, or add a line to `[walk.rules.highway]`.", language),
            f"w{rows['way_id'].iloc[0]}",
            lon,
            lat,
        )


def closed_to_walkers(
    walk: Walk, extract: OsmExtract, rules: PedestrianRules, limits: DoctorLimits, language: str
) -> Iterator[Finding]:
    """Streets made for walkers, or lived in, that `foot` closes, with nothing to walk on beside.

    A carriageway closed to walkers whose pavement is drawn by itself is no finding.
    """
    network, ways = walk.network, extract.ways
    verdict = walk_rules(ways, rules=rules)["walk"]
    named = ways["highway"].isin([*MADE_FOR_WALKERS, *LIVED_IN]) & (ways["foot"] != "")
    rows = np.flatnonzero((verdict == "closed") & named)
    lines = gpd.GeoSeries(
        [shapely.LineString(_lonlat(extract, int(row))) for row in rows], crs="EPSG:4326"
    ).to_crs(network.crs)
    places = lines.segmentize(limits.beside_street_m.value).extract_unique_points().explode()
    near, _ = shapely.STRtree(network.edge_lines).query(
        places.to_numpy(), predicate="dwithin", distance=limits.beside_street_m.value
    )
    walked = np.isin(np.arange(len(places)), near)
    alone = pd.Series(~walked, index=places.index).groupby(level=0).mean() > 1 / 2
    for row in rows[alone[alone].index.to_numpy(int)]:
        way = ways.iloc[row]
        lon, lat = _where(extract, int(row))
        yield Finding(
            "warning",
            "closed_to_walkers",
            translate(
                "highway={highway} with foot={foot}, and nothing to walk on beside it",
                language,
                highway=way["highway"],
                foot=way["foot"],
            ),
            translate("Check on the ground who may walk there, and mend `foot`.", language),
            f"w{way['way_id']}",
            lon,
            lat,
        )


def drawn_twice(extract: OsmExtract, rules: PedestrianRules, language: str) -> Iterator[Finding]:
    """Pieces of walkable street that two ways share, and pieces without length, counted."""
    ways = extract.ways
    open_way = walk_rules(ways, rules=rules)["walk"].isin(["open", "residents"])
    open_way &= ways["area"].isin(["", "no"]) & ~ways["highway"].isin(["platform", "corridor"])
    way = np.repeat(np.arange(len(ways)), np.diff(extract.way_start))
    first = np.flatnonzero((way[:-1] == way[1:]) & open_way.to_numpy()[way[:-1]])
    ends = np.sort(np.stack([extract.node_ref[first], extract.node_ref[first + 1]], axis=1), axis=1)
    piece = pd.DataFrame(
        {"u": ends[:, 0], "v": ends[:, 1], "way": ways["way_id"].to_numpy()[way[first]]}
    )
    shared = piece.groupby(["u", "v"])["way"].transform("nunique") > 1
    again = shared & piece.duplicated(["u", "v"])
    step = extract.node_lonlat[first + 1] - extract.node_lonlat[first]
    none = pd.Series((step == 0).all(axis=1))
    todo = translate("Nothing for the walks; tidy it up in OpenStreetMap at leisure.", language)
    for code, found in (("drawn_twice", again), ("no_length", none)):
        if found.any():
            at, count = int(np.flatnonzero(found)[0]), int(found.sum())
            lon, lat = extract.node_lonlat[first[at]].round(6).tolist()
            what = _twice(count, language) if code == "drawn_twice" else _none(count, language)
            yield Finding("note", code, what, todo, f"w{piece['way'].iloc[at]}", lon, lat)


def _twice(count: int, language: str) -> str:
    return translate_count(
        "{count} piece of street is drawn twice",
        "{count} pieces of street are drawn twice",
        count,
        language,
    )


def _none(count: int, language: str) -> str:
    return translate_count(
        "{count} piece of street has no length",
        "{count} pieces of street have no length",
        count,
        language,
    )


def private_with_many_doors(
    walk: Walk, extract: OsmExtract, rules: PedestrianRules, limits: DoctorLimits, language: str
) -> Iterator[Finding]:
    """Private ways that many doors stand on: nobody walks through them."""
    network, ways = walk.network, extract.ways
    private = ways["way_id"][walk_rules(ways, rules=rules)["walk"] == "residents"].unique()
    doors = walk.doors[walk.doors["edge"] >= 0]
    way = pd.Series(network.edge_way_id[doors["edge"]], index=doors.index)
    on_private = doors.assign(way=way)[way.isin(private)]
    for way_id, here in on_private.groupby("way"):
        if len(here) < limits.private_doors_min.value:
            continue
        lon, lat = lonlat_of(shapely.get_coordinates(here.geometry.iloc[0]), network.crs)[0]
        yield Finding(
            "note",
            "private_with_many_doors",
            translate_count(
                "A private way with {count} door: only who lives there walks on it",
                "A private way with {count} doors: only who lives there walks on it",
                len(here),
                language,
            ),
            translate(
                "Check `access`: a public street that is tagged private is a dead end.", language
            ),
            f"w{way_id}",
            lon,
            lat,
            len(here),
            float(here["residents"].sum()),
        )


def one_way_on_foot(network: WalkNetwork, extract: OsmExtract, language: str) -> Iterator[Finding]:
    """Streets on which tags let walkers go one way only; escalators are none."""
    one_way = np.isinf(network.edge_forward_s) != np.isinf(network.edge_backward_s)
    moving = extract.ways["way_id"][~extract.ways["conveying"].isin(["", "no"])]
    one_way &= ~np.isin(network.edge_way_id, moving)
    ids, first = np.unique(network.edge_way_id[one_way], return_index=True)
    for way_id, edge in zip(ids, np.flatnonzero(one_way)[first], strict=True):
        lon, lat = lonlat_of(network.xy[network.xy_start[edge]], network.crs)[0]
        yield Finding(
            "note",
            "one_way_on_foot",
            translate(
                "Walkers may go one way only, for {length}",
                language,
                length=format_metres(network.edge_length_m[edge], language),
            ),
            translate(
                "Check `oneway:foot` and `foot:backward`: few streets bind walkers.", language
            ),
            f"w{way_id}",
            lon,
            lat,
        )


def _lonlat(extract: OsmExtract, run: int) -> FloatArray:
    lonlat: FloatArray = extract.node_lonlat[extract.way_start[run] : extract.way_start[run + 1]]
    return lonlat


def _where(extract: OsmExtract, run: int) -> tuple[float, float]:
    lon, lat = _lonlat(extract, run)[0].round(6)
    return float(lon), float(lat)
