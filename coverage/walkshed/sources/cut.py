"""Cut the surroundings of a study out of a large OpenStreetMap file, such as that of a country.

Only what may touch the study is then read into tables. The cut is by bounding boxes, so it keeps
too much and never too little; `clip_extract` has the last word.
"""

import tempfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import shapely

from ..errors import SourceError
from ._writing import osm_writer
from .clip import clip_extract
from .osm import OsmExtract, file_sha256, read_osm

Box = tuple[float, float, float, float]
NOWHERE: Box = (181.0, 91.0, -181.0, -91.0)
LARGE_BYTES = 50_000_000
"""Smaller files are read whole, which is quicker; a large one would take some thirty times its size
in memory."""
AREA_TYPES = ("multipolygon", "boundary")


def read_clipped(path: Path, boundary: shapely.Geometry) -> OsmExtract:
    """Read of a file what touches a boundary (EPSG:4326), as `clip_extract` of all of it would.

    Of a large file, objects that cannot be used are told only where they may touch the boundary;
    and where it does not say the date of its data, that is of the newest street there.

    Raises
    ------
    SourceError
        The file is missing, is not OpenStreetMap data, is cut off, or holds no street there.
    """
    if not path.is_file() or path.stat().st_size < LARGE_BYTES:
        return clip_extract(read_osm(path), boundary)
    import osmium

    with tempfile.TemporaryDirectory(prefix="walkshed-") as folder:
        part = Path(folder) / "part.osm.pbf"
        try:
            n_streets = _cut(path, boundary.bounds, part)
        except (
            MemoryError,  # of an id beyond all bounds
            RuntimeError,
            ValueError,
            osmium.InvalidLocationError,
        ) as error:
            raise SourceError(
                f"{path}: cannot be read as OpenStreetMap data ({error}); the file may be cut off "
                "or damaged: get it again, and check that its name ends in .osm.pbf or .osm"
            ) from error
        if not n_streets:
            raise SourceError(
                f"{path}: holds no street within the area of the study; correct `bbox` or "
                "`boundary`, or give another extract"
            )
        extract = read_osm(part)
    return clip_extract(replace(extract, name=path.name, sha256=file_sha256(path)), boundary)


def _cut(path: Path, bounds: Box, out: Path) -> int:
    """Write the objects whose boxes touch the bounds, with all that they refer to.

    Returns
    -------
    int
        How many of them are streets.
    """
    import osmium

    kept, n_streets = _touching(path, bounds)
    source = osmium.io.Reader(str(path), osmium.osm.NOTHING)
    stamp = source.header().get("osmosis_replication_timestamp")
    source.close()
    kept.complete_backward_references(str(path))
    with osm_writer(out, osm_base=stamp) as writer:
        for item in osmium.FileProcessor(str(path)).with_filter(kept.id_filter()):
            writer.add(item)
    return n_streets


def _touching(path: Path, bounds: Box) -> tuple[Any, int]:
    """Ids of the objects whose boxes touch the bounds, and how many of them are streets."""
    import osmium

    relations: Any = osmium.FileProcessor(str(path), osmium.osm.RELATION)
    areas = {
        relation.id: [member.ref for member in relation.members if member.type == "w"]
        for relation in relations
        if relation.tags.get("type") in AREA_TYPES
    }
    of_area = {ref for refs in areas.values() for ref in refs}
    boxes: dict[int, Box] = {}
    kept, n_streets = osmium.IdTracker(), 0
    item: Any
    tagged_or_way = osmium.filter.EmptyTagFilter()
    tagged_or_way.enable_for(osmium.osm.NODE)
    for item in (
        osmium.FileProcessor(str(path), osmium.osm.NODE | osmium.osm.WAY)
        .with_locations()
        .with_filter(tagged_or_way)
    ):
        if item.is_node():
            if _touch((item.lon, item.lat, item.lon, item.lat), bounds):
                kept.add_node(item.id)
            continue
        box = _box(item.nodes)
        if item.id in of_area:
            boxes[item.id] = box
        if _touch(box, bounds):
            kept.add_way(item.id)
            n_streets += "highway" in item.tags
    for relation_id, refs in areas.items():
        if _touch(_around(boxes[ref] for ref in refs if ref in boxes), bounds):
            kept.add_relation(relation_id)
            for ref in refs:
                kept.add_way(ref)
    return kept, n_streets


def _box(nodes: Any) -> Box:
    """Box around those nodes of a way that the file holds."""
    import osmium

    try:
        lon, lat = [node.lon for node in nodes], [node.lat for node in nodes]
    except osmium.InvalidLocationError:
        here = [node for node in nodes if node.location.valid()]
        lon, lat = [node.lon for node in here], [node.lat for node in here]
    return (min(lon), min(lat), max(lon), max(lat)) if lon else NOWHERE


def _around(boxes: Iterable[Box]) -> Box:
    """Box around boxes.

    Examples
    --------
    >>> _around([(0, 0, 1, 1), (2, -3, 4, 0)])
    (0, -3, 4, 1)
    """
    west, south, east, north = zip(NOWHERE, *boxes, strict=True)
    return min(west), min(south), max(east), max(north)


def _touch(one: Box, other: Box) -> bool:
    return one[0] <= other[2] and other[0] <= one[2] and one[1] <= other[3] and other[1] <= one[3]
