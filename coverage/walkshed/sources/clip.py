"""Clip an extract to the area of a study.

What touches the area is kept whole, what does not is left out: the rule of Overpass, so that a
file clipped here and a download of the same area hold the same streets. A street that leaves the
area is kept to its end; a building on the edge keeps all of its floor area.
"""

from dataclasses import replace

import numpy as np
import shapely

from ..errors import SourceError
from .osm import OsmExtract


def clip_extract(extract: OsmExtract, boundary: shapely.Geometry) -> OsmExtract:
    """Keep what touches a boundary, in EPSG:4326; a point on its edge touches it.

    A way of several runs is kept whole if one of them touches. Barriers are kept on kept ways.
    Defects have no place that is known, so all of them are kept.

    Raises
    ------
    SourceError
        No street touches the boundary.
    """
    shapely.prepare(boundary)
    size = np.diff(extract.way_start)
    run_of_node = np.repeat(np.arange(len(size)), size)
    lines = shapely.linestrings(extract.node_lonlat, indices=run_of_node)
    way_id = extract.ways["way_id"].to_numpy()
    keep = np.isin(way_id, way_id[shapely.intersects(boundary, lines)])
    if not keep.any():
        west, south, east, north = extract.bounds
        raise SourceError(
            f"{extract.name}: no street within the area of the study; its streets lie between "
            f"{west:.4f} and {east:.4f} E, {south:.4f} and {north:.4f} N: correct `bbox` or "
            "`boundary`, or give another extract"
        )
    node = keep[run_of_node]
    refs = extract.node_ref[node]
    areas, drawn_lines, points = (
        table[shapely.intersects(boundary, table.geometry.to_numpy())]
        for table in (extract.areas, extract.lines, extract.points)
    )
    return replace(
        extract,
        ways=extract.ways[keep].reset_index(drop=True),
        way_start=np.concatenate([[0], np.cumsum(size[keep])]).astype(np.int64),
        node_ref=refs,
        node_lonlat=extract.node_lonlat[node],
        node_tags=extract.node_tags[extract.node_tags.index.isin(refs)],
        areas=areas,
        lines=drawn_lines,
        points=points,
    )
