"""Read one OpenStreetMap file (`.osm.pbf`, `.osm`, `.osm.gz` ...) into tables.

In: a file. Out: an `OsmExtract`: street ways with their nodes, areas (buildings, water, green,
places, boundaries), barrier lines (railways, waterways, coastlines), and named points, all in
EPSG:4326, with the file's SHA-256 and the date of its data.

Nothing is judged here: which way can be walked is the business of `network`, which building has
residents that of `demand`. What cannot be used is listed in `OsmExtract.defects`, never dropped
in silence.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from ..errors import SourceError

WAY_TAGS = (
    "highway", "foot", "access", "area", "bridge", "tunnel", "layer", "covered", "indoor",
    "motorroad", "service", "footway", "path", "cycleway", "ford", "lit", "oneway:foot",
    "foot:backward", "foot:forward", "conveying", "incline", "surface", "kerb", "wheelchair",
    "sidewalk", "name", "name:ru", "name:kk", "name:en",
)  # fmt: skip
NODE_TAGS = ("barrier", "access", "foot", "locked")
LINE_TAGS = ("railway", "waterway", "natural", "tunnel", "bridge", "layer", "service", "name")
PLACE_TAGS = (
    "name", "name:ru", "name:kk", "name:en", "amenity", "place", "boundary", "admin_level",
    "ref", "opening_hours", "operator", "population", "railway", "walkshed:kind",
)  # fmt: skip
AREA_TAGS = (
    *PLACE_TAGS, "building", "building:levels", "natural", "water", "waterway", "landuse",
    "leisure", "highway", "area", "foot", "access", "layer", "lit", "bridge", "tunnel",
)  # fmt: skip
STATIONS = ("station", "halt")
AREA_KEYS = frozenset(
    ("amenity", "boundary", "building", "landuse", "leisure", "natural", "place", "waterway")
)

Tags = dict[str, str]
Run = list[tuple[int, float, float]]


@dataclass(frozen=True)
class OsmExtract:
    """What one OpenStreetMap file says, in EPSG:4326.

    Attributes
    ----------
    name, sha256, osm_date
        The file's name, the hash of its bytes, and the date of its data (ISO; where the file
        does not say, of its newest street; empty when that is unknown too).
    ways
        One row for each unbroken run of nodes of a `highway=*` way (a way whose nodes are partly
        missing from the file makes several runs): `way_id` and the tags of `WAY_TAGS`.
    way_start, node_ref, node_lonlat
        The nodes of run `i` are rows `way_start[i]:way_start[i + 1]` of `node_ref` (OSM ids)
        and `node_lonlat` (degrees).
    node_tags
        Nodes with a `barrier`, index = OSM id, columns `NODE_TAGS`.
    areas
        Closed ways and multipolygons, index = "w123" or "r123", columns `AREA_TAGS`.
    lines
        Railways, waterways and coastlines (land on the left), index = "w123", columns `LINE_TAGS`.
    points
        Nodes with `amenity` or `place`, and railway stations, index = "n123", columns `PLACE_TAGS`.
    defects
        Objects that could not be used: `osm_id`, `name`, `problem`.
    """

    name: str
    sha256: str
    osm_date: str
    ways: pd.DataFrame
    way_start: npt.NDArray[np.int64]
    node_ref: npt.NDArray[np.int64]
    node_lonlat: npt.NDArray[np.float64]
    node_tags: pd.DataFrame
    areas: gpd.GeoDataFrame
    lines: gpd.GeoDataFrame
    points: gpd.GeoDataFrame
    defects: pd.DataFrame

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east and north of the streets, in degrees."""
        west, south = self.node_lonlat.min(axis=0)
        east, north = self.node_lonlat.max(axis=0)
        return float(west), float(south), float(east), float(north)

    def __repr__(self) -> str:
        buildings = int((self.areas["building"] != "").sum())
        date = self.osm_date or "undated"
        return (
            f"OsmExtract({self.name}, {date}: {len(self.ways)} street ways, {buildings} buildings)"
        )


def read_osm(path: Path) -> OsmExtract:
    """Read an OpenStreetMap file.

    Raises
    ------
    SourceError
        The file is missing, is not OpenStreetMap data, is cut off, or holds no street.
    """
    if not path.is_file():
        raise SourceError(f"{path}: no such file; give the path of an .osm.pbf or .osm file")
    import osmium

    try:
        rows, date = _scan(path)
    except (RuntimeError, ValueError, osmium.InvalidLocationError) as error:
        raise SourceError(
            f"{path}: cannot be read as OpenStreetMap data ({error}); the file may be cut off or "
            "damaged: get it again, and check that its name ends in .osm.pbf or .osm"
        ) from error
    if not rows.ways:
        raise SourceError(
            f"{path}: holds no street (no way with a `highway` tag); give an extract of the city"
        )
    return _extract(rows, path.name, file_sha256(path), date)


def file_sha256(path: Path) -> str:
    """Hash the bytes of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass
class _Rows:
    """What one pass over a file gathers, before it becomes tables."""

    ways: list[tuple[Any, ...]] = field(default_factory=list)
    nodes: list[Run] = field(default_factory=list)
    node_tags: dict[int, list[str]] = field(default_factory=dict)
    areas: dict[str, tuple[Any, list[str]]] = field(default_factory=dict)
    lines: dict[str, tuple[Any, list[str]]] = field(default_factory=dict)
    points: dict[str, tuple[Any, list[str]]] = field(default_factory=dict)
    expected_areas: dict[str, tuple[str, str]] = field(default_factory=dict)
    defects: list[tuple[str, str, str]] = field(default_factory=list)


def _scan(path: Path) -> tuple[_Rows, str]:
    """Pass over the file once (for multipolygons osmium looks ahead by itself)."""
    import osmium

    rows = _Rows()
    newest = ""
    area_keys = osmium.filter.KeyFilter("highway", *sorted(AREA_KEYS))
    keys = osmium.filter.KeyFilter("highway", "railway", "barrier", *sorted(AREA_KEYS))
    to_wkb = osmium.geom.WKBFactory().create_multipolygon
    processor = osmium.FileProcessor(str(path)).with_areas(area_keys).with_filter(keys)
    item: Any
    for item in processor:
        tags = dict(item.tags)
        if item.is_area():
            if item.from_way() and AREA_KEYS.isdisjoint(tags):
                continue  # a street that ends where it began; its way comes by itself
            _add_area(rows, item, tags, to_wkb)
        elif item.is_way():
            _add_way(rows, item, tags)
            if "highway" in tags:
                newest = max(newest, f"{item.timestamp:%Y-%m-%d}")
        elif item.is_node():
            _add_node(rows, item, tags)
        elif tags.get("type") in ("multipolygon", "boundary") and not AREA_KEYS.isdisjoint(tags):
            rows.expected_areas[f"r{item.id}"] = (_kind(tags), tags.get("name", ""))
    stamp = processor.header.get("osmosis_replication_timestamp") or newest
    return rows, "" if stamp.startswith("1970") else stamp[:10]


def _add_area(rows: _Rows, area: Any, tags: Tags, to_wkb: Any) -> None:
    osm_id = f"{'w' if area.from_way() else 'r'}{area.orig_id()}"
    try:
        rows.areas[osm_id] = (to_wkb(area), _pick(tags, AREA_TAGS))
    except RuntimeError:  # osmium's word for a ring that is no ring
        rows.expected_areas[osm_id] = (_kind(tags), tags.get("name", ""))


def _add_way(rows: _Rows, way: Any, tags: Tags) -> None:
    """Keep a street as its unbroken runs of nodes; a railway, waterway or coastline as a line."""
    osm_id = f"w{way.id}"
    if "building" in tags:
        rows.expected_areas[osm_id] = ("building", tags.get("name", ""))
    if "highway" in tags:
        runs = list(_runs(way))
        rows.nodes.extend(runs)
        rows.ways.extend([(way.id, *_pick(tags, WAY_TAGS))] * len(runs))
        if not runs:
            rows.defects.append((osm_id, tags.get("name", ""), "street without two known nodes"))
    elif "railway" in tags or "waterway" in tags or tags.get("natural") == "coastline":
        parts = [[(lon, lat) for _, lon, lat in run] for run in _runs(way)]
        rows.lines[osm_id] = (shapely.MultiLineString(parts), _pick(tags, LINE_TAGS))
        if not parts:
            rows.defects.append((osm_id, tags.get("name", ""), "line without two known nodes"))


def _add_node(rows: _Rows, node: Any, tags: Tags) -> None:
    """Keep a barrier, and a point that is an amenity, a place or a railway station."""
    if "barrier" in tags:
        rows.node_tags[node.id] = _pick(tags, NODE_TAGS)
    if "amenity" in tags or "place" in tags or tags.get("railway") in STATIONS:
        rows.points[f"n{node.id}"] = (shapely.Point(node.lon, node.lat), _pick(tags, PLACE_TAGS))


def _runs(way: Any) -> Iterator[Run]:
    """Cut a way at nodes that the file does not hold: a gap is never bridged."""
    run: Run = []
    for node in way.nodes:
        if node.location.valid():
            run.append((node.ref, node.lon, node.lat))
            continue
        if len(run) > 1:
            yield run
        run = []
    if len(run) > 1:
        yield run


def _kind(tags: Tags) -> str:
    return next((key for key in ("building", "boundary", "place") if key in tags), "area")


def _pick(tags: Tags, keys: tuple[str, ...]) -> list[str]:
    return [tags.get(key, "") for key in keys]


def _extract(rows: _Rows, name: str, sha256: str, osm_date: str) -> OsmExtract:
    """Turn gathered rows into tables."""
    nodes = np.array(
        [node for run in rows.nodes for node in run],
        dtype=[("ref", "i8"), ("lon", "f8"), ("lat", "f8")],
    )
    unclosed = [
        (osm_id, label, f"{kind} does not close")
        for osm_id, (kind, label) in rows.expected_areas.items()
        if osm_id not in rows.areas
    ]
    return OsmExtract(
        name=name,
        sha256=sha256,
        osm_date=osm_date,
        ways=pd.DataFrame(rows.ways, columns=["way_id", *WAY_TAGS]),
        way_start=np.cumsum([0, *map(len, rows.nodes)], dtype=np.int64),
        node_ref=nodes["ref"].copy(),
        node_lonlat=np.column_stack([nodes["lon"], nodes["lat"]]),
        node_tags=pd.DataFrame.from_dict(rows.node_tags, orient="index", columns=list(NODE_TAGS)),
        areas=_table(rows.areas, AREA_TAGS),
        lines=_table(rows.lines, LINE_TAGS),
        points=_table(rows.points, PLACE_TAGS),
        defects=pd.DataFrame(rows.defects + unclosed, columns=["osm_id", "name", "problem"]),
    )


def _table(rows: dict[str, tuple[Any, list[str]]], keys: tuple[str, ...]) -> gpd.GeoDataFrame:
    geometry = [shape for shape, _ in rows.values()]
    if geometry and isinstance(geometry[0], str):
        geometry = list(shapely.from_wkb(geometry))
    tags = pd.DataFrame(
        [tags for _, tags in rows.values()],
        columns=list(keys),
        index=pd.Index(list(rows), name="osm_id", dtype=object),
    )
    return gpd.GeoDataFrame(tags, geometry=geometry, crs="EPSG:4326")
