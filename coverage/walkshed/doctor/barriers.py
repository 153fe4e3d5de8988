"""Streets that cross railways and rivers without a word of how."""

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ..language import format_number, translate
from ..network.build import RAILWAYS, RIVERS
from ..sources.osm import OsmExtract
from ..standards import DoctorLimits
from ..study.walk import Walk
from .findings import Finding, warnings_at

JOINED_M = 0.05
"""A street and a railway with corners this near to their crossing share the node there."""

SAME_PLACE_M = 100.0
"""Crossings of one street and parallel tracks this near to each other are told once."""


def level_crossings(
    walk: Walk, extract: OsmExtract, limits: DoctorLimits, language: str
) -> Iterator[Finding]:
    """Streets that cross railways on one level: unsaid ones each, the others counted."""
    found = _crossed(walk, rails(extract, walk))
    todo = translate(
        "Look at the place: give street and railway a common node with `railway=level_crossing` "
        "or `railway=crossing`, or the street its bridge or tunnel.",
        language,
    )
    what = translate("The street crosses the railway {line} and no tag says how", language)
    yield from _unsaid("rail_crossed_unsaid", what, todo, found, walk, limits)
    joined = found[found["joined"]]
    if len(joined):
        yield Finding(
            "note",
            "level_crossings",
            translate(
                "At {count} places streets cross a railway on one level; walkers cross there",
                language,
                count=format_number(len(joined), language),
            ),
            translate(
                "Check that each may be crossed on foot; `foot=no` or a scenario closes one.",
                language,
            ),
        )


def river_crossings(
    walk: Walk, extract: OsmExtract, limits: DoctorLimits, language: str
) -> Iterator[Finding]:
    """Streets that cross a river or canal and are no bridge, tunnel or ford."""
    found = _crossed(walk, rivers(extract, walk))
    found = found[walk.network.edge_kind[found["edge"].to_numpy(int)] != "ford"]
    todo = translate(
        "Look at the place: tag the bridge or ford of the street, or the culvert of the water.",
        language,
    )
    what = translate("The street crosses the water {line} and is no bridge or ford", language)
    yield from _unsaid("water_crossed_unsaid", what, todo, found, walk, limits)


def rails(extract: OsmExtract, walk: Walk) -> gpd.GeoSeries:
    """Railways on the ground, in the CRS of the network."""
    lines = extract.lines
    on_ground = _none(lines["tunnel"]) & _none(lines["bridge"])
    return lines_of(lines[lines["railway"].isin(RAILWAYS) & on_ground], walk)


def rivers(extract: OsmExtract, walk: Walk) -> gpd.GeoSeries:
    """Rivers and canals that run in no tunnel, in the CRS of the network."""
    lines = extract.lines
    return lines_of(lines[lines["waterway"].isin(RIVERS) & _none(lines["tunnel"])], walk)


def lines_of(lines: gpd.GeoDataFrame, walk: Walk) -> gpd.GeoSeries:
    """Lines that are not empty, in the CRS of the network."""
    found = lines.geometry[~lines.geometry.is_empty]
    return found.to_crs(walk.network.crs)


def _none(tag: pd.Series) -> pd.Series:
    return tag.isin(["", "no"])


def _crossed(walk: Walk, lines: gpd.GeoSeries) -> pd.DataFrame:
    """Where streets on the ground cross lines: `edge`, `line`, `x`, `y`, `joined`."""
    network = walk.network
    edges = np.flatnonzero(network.edge_is_open & (network.edge_kind != "square"))
    streets, shapes = network.edge_lines[edges], lines.to_numpy()
    tree = shapely.STRtree(streets)
    line, edge = tree.query(shapes, predicate="intersects")
    met = shapely.intersection(streets[edge], shapes[line])
    xy, of = shapely.get_coordinates(met, return_index=True)
    place = shapely.points(xy)
    corners = [
        shapely.distance(shapely.multipoints(shapely.get_coordinates(one)), point) <= JOINED_M
        and shapely.distance(shapely.multipoints(shapely.get_coordinates(other)), point) <= JOINED_M
        for one, other, point in zip(streets[edge[of]], shapes[line[of]], place, strict=True)
    ]
    table = pd.DataFrame(
        {
            "edge": edges[edge[of]],
            "way": network.edge_way_id[edges[edge[of]]],
            "line": lines.index.to_numpy(object)[line[of]],
            "x": xy[:, 0],
            "y": xy[:, 1],
            "joined": np.array(corners, dtype=bool),
        }
    )
    cell = (table[["x", "y"]] // SAME_PLACE_M).astype(int)
    again = pd.concat([table[["way", "joined"]], cell], axis=1).duplicated()
    return table[~again].reset_index(drop=True)


def _unsaid(
    code: str, what: str, todo: str, crossed: pd.DataFrame, walk: Walk, limits: DoctorLimits
) -> Iterator[Finding]:
    """Crossings whose street and line have no common node."""
    apart = crossed[~crossed["joined"]]
    said = [what.format(line=line) for line in apart["line"]]
    ways, xy = apart["way"].to_numpy(np.int64), apart[["x", "y"]].to_numpy(float)
    yield from warnings_at(code, said, todo, ways, xy, walk.doors, limits.near_m.value)
