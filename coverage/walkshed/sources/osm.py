"""Read one OpenStreetMap file (`.osm.pbf`, `.osm`, `.osm.gz` ...) into tables.

In: a file. Out: an `OsmExtract`: street ways with their nodes, areas (buildings, water, green,
places, boundaries), barrier lines (railways, waterways, coastlines, fences), and named points,
all in EPSG:4326, with the file's SHA-256 and the date of its data. Or its `Streets` alone, which
are all that a walking network is made of.

Nothing is judged here: which way can be walked is the business of `network`, which building has
residents that of `demand`. What cannot be used is listed in `OsmExtract.defects`, never dropped
in silence.
"""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from ..errors import SourceError
from ..given_files import check_file
from ._objects import Flags, IntArray, NodeRuns, Objects, OsmFile, Tags, scan

WAY_TAGS = (
    "highway", "foot", "access", "area", "bridge", "tunnel", "layer", "covered", "indoor",
    "motorroad", "service", "footway", "path", "cycleway", "ford", "lit", "oneway:foot",
    "foot:backward", "foot:forward", "conveying", "incline", "surface", "kerb", "wheelchair",
    "sidewalk", "name", "name:ru", "name:kk", "name:en", "alt_name", "old_name",
)  # fmt: skip
NODE_TAGS = ("barrier", "access", "foot", "locked", "ford")
LINE_TAGS = (
    "railway", "waterway", "natural", "barrier", "tunnel", "bridge", "layer", "service", "name",
)  # fmt: skip
OTHER_FILES = (".toml", ".geojson", ".json", ".csv", ".xlsx", ".gpkg", ".graphml")
"""Files of a study that are easily given where its extract is asked for."""
WALKED = {"man_made": "pier", "railway": "platform", "public_transport": "platform"}
"""Tags that make a way a street though it bears no `highway`: footways end on such ways."""
LINE_KEYS = ("railway", "waterway", "barrier")
PLACE_TAGS = (
    "name", "name:ru", "name:kk", "name:en", "alt_name", "old_name", "official_name",
    "short_name", "amenity", "place", "boundary", "admin_level", "ref", "opening_hours",
    "operator", "population", "walkshed:kind", "addr:street", "addr:place", "addr:suburb",
    "addr:neighbourhood", "addr:housenumber", "railway", "aeroway", "leisure",
)  # fmt: skip
POINT_KEYS = ("amenity", "place", "addr:housenumber", "railway", "aeroway", "leisure")
AREA_TAGS = (
    *PLACE_TAGS, "building", "building:levels", "natural", "water", "waterway", "landuse",
    "highway", "area", "foot", "access", "layer", "lit", "bridge", "tunnel",
)  # fmt: skip
AREA_KEYS = (
    "amenity", "boundary", "building", "landuse", "leisure", "natural", "place", "waterway",
)  # fmt: skip
AREA_KINDS = ("building", "boundary", "place")

Defect = tuple[str, str, str]
Shapes = Mapping[str, str | None]
IsArea = Callable[[Tags], Flags]


@dataclass(frozen=True)
class Streets:
    """What a walking network is made of, in EPSG:4326.

    Attributes
    ----------
    name, sha256, osm_date
        The file's name, the hash of its bytes, and the date of its data (ISO; where the file
        does not say, of its newest street; empty when that is unknown too).
    ways
        One row for each unbroken run of nodes of a `highway=*` way, a pier or a platform (a way
        whose nodes are partly missing from the file makes several runs): `way_id` and the tags of
        `WAY_TAGS`.
    way_start, node_ref, node_lonlat
        The nodes of run `i` are rows `way_start[i]:way_start[i + 1]` of `node_ref` (OSM ids)
        and `node_lonlat` (degrees).
    node_tags
        Nodes with a `barrier` or a `ford`, index = OSM id, columns `NODE_TAGS`.
    areas
        Squares that are multipolygons, and water; index = "w123" or "r123", columns `AREA_TAGS`.
    lines
        Railways, waterways, coastlines (land on the left), walls and fences, index = "w123",
        columns `LINE_TAGS`.
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
    defects: pd.DataFrame

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east and north of the streets, in degrees."""
        lon, lat = self.node_lonlat.T  # one by one: along short rows numpy takes ten times as long
        return float(lon.min()), float(lat.min()), float(lon.max()), float(lat.max())

    def __repr__(self) -> str:
        return f"Streets({self.name}, {self.osm_date or 'undated'}: {len(self.ways)} street ways)"


@dataclass(frozen=True)
class OsmExtract(Streets):
    """What one OpenStreetMap file says: its streets, and all else that a study reads.

    Attributes
    ----------
    areas
        All closed ways and multipolygons with a key of `AREA_KEYS`, airports, and those of
        `Streets`.
    points
        Nodes with `amenity` or `place`, and those with a house number or the name of a station, an
        airport, a park: what addresses and landmarks are found by. Index = "n123", columns
        `PLACE_TAGS`.
    """

    points: gpd.GeoDataFrame

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
    streets, nodes = _read(
        path,
        keys=("highway", *WALKED, "barrier", "aeroway", *AREA_KEYS),
        node_keys=("barrier", "ford", *POINT_KEYS),
        is_area=lambda tags: tags.has(*AREA_KEYS) | tags.says("aeroway", "aerodrome"),
    )
    return OsmExtract(**vars(streets), points=_points(path, nodes))


def read_streets(path: Path) -> Streets:
    """Read what a walking network needs of an OpenStreetMap file, in a fraction of the time.

    A network that is built from it equals the one built from the whole extract.

    Raises
    ------
    SourceError
        As `read_osm`.
    """
    streets, _ = _read(
        path,
        keys=("highway", "natural", *WALKED, *LINE_KEYS),
        node_keys=("barrier", "ford"),
        is_area=lambda t: t.says("natural", "water") | t.says("waterway", "riverbank"),
    )
    return streets


def file_sha256(path: Path) -> str:
    """Hash the bytes of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _read(
    path: Path, *, keys: tuple[str, ...], node_keys: tuple[str, ...], is_area: IsArea
) -> tuple[Streets, Objects]:
    """Read streets, with the areas that are wanted beside them, and the nodes."""
    check_file(path, advice="give the path of an .osm.pbf or .osm file")
    if path.suffix in OTHER_FILES:
        raise SourceError(
            f"{path}: a {path.suffix} file, not OpenStreetMap data; give an extract, "
            "an .osm.pbf or .osm file"
        )
    import osmium

    try:
        file = scan(path, keys=keys, node_keys=node_keys)
        areas, unclosed = _areas(file, is_area)
    except (RuntimeError, ValueError, osmium.InvalidLocationError) as error:
        raise _unreadable(path, error) from error
    ways = file.ways
    is_street = ways.tags.has("highway")
    for key, value in WALKED.items():
        is_street |= ways.tags.says(key, value)
    street = np.flatnonzero(is_street)
    is_line = ways.tags.has(*LINE_KEYS) | ways.tags.says("natural", "coastline")
    line = np.flatnonzero(is_line & ~is_street)
    runs, parts = ways.runs(street), ways.runs(line)
    if not len(runs.way):
        raise SourceError(
            f"{path}: holds no street (no way with a `highway` tag); give an extract of the city"
        )
    way = street[runs.way]
    barrier = np.flatnonzero(file.nodes.tags.has("barrier", "ford"))
    broken = _broken(ways, np.setdiff1d(street, way), np.setdiff1d(line, line[parts.way]))
    streets = Streets(
        name=path.name,
        sha256=file_sha256(path),
        osm_date=_date(file, street),
        ways=ways.tags.table(WAY_TAGS, way).assign(way_id=ways.number[way])[["way_id", *WAY_TAGS]],
        way_start=runs.start,
        node_ref=runs.ref,
        node_lonlat=runs.lonlat,
        node_tags=file.nodes.tags.table(NODE_TAGS, barrier).set_axis(file.nodes.number[barrier]),
        areas=areas,
        lines=_table(_lines(parts, len(line)), ways, line, LINE_TAGS),
        defects=pd.DataFrame(broken + unclosed, columns=["osm_id", "name", "problem"]),
    )
    return streets, file.nodes


def _unreadable(path: Path, error: Exception) -> SourceError:
    return SourceError(
        f"{path}: cannot be read as OpenStreetMap data ({error}); the file may be cut off or "
        "damaged: get it again, and check that its name ends in .osm.pbf or .osm"
    )


def _date(file: OsmFile, street: IntArray) -> str:
    """Date of the data: what the header says, or the last change of a street."""
    date = file.stamp or file.ways.newest(street)
    return "" if date.startswith("1970") else date[:10]


def _lines(parts: NodeRuns, count: int) -> list[Any]:
    """Each line as a MultiLineString of its runs, an empty one where it has none."""
    run = np.repeat(np.arange(len(parts.way)), np.diff(parts.start))
    lines = np.full(count, shapely.MultiLineString(), dtype=object)
    shapely.multilinestrings(
        shapely.linestrings(parts.lonlat, indices=run), indices=parts.way, out=lines
    )
    return list(lines)


def _broken(ways: Objects, streets: IntArray, lines: IntArray) -> list[Defect]:
    """Streets and lines of which no two neighbouring nodes are known."""
    rows = np.sort(np.concatenate([streets, lines]))
    kind = np.where(np.isin(rows, streets), "street", "line")
    return _defects(ways, rows, [f"{word} without two known nodes" for word in kind])


def _areas(file: OsmFile, is_area: IsArea) -> tuple[gpd.GeoDataFrame, list[Defect]]:
    """Areas in the order in which they were put together, and those that do not close."""
    ways, relations = file.ways, file.relations
    wanted_ways = is_area(ways.tags)
    wanted = is_area(relations.tags) | relations.tags.has("highway")
    shapes = file.areas({*ways.number[wanted_ways].tolist(), *relations.member_ways(wanted)})
    of_type = relations.tags.says("type", "multipolygon") | relations.tags.says("type", "boundary")
    closed_ways, open_ways = _closed(ways, wanted_ways, shapes, ways.tags.has("building"))
    closed, still_open = _closed(
        relations, wanted, shapes, relations.tags.has(*AREA_KEYS) & of_type
    )
    areas = pd.concat([closed_ways, closed])
    listed = pd.Index([osm_id for osm_id in shapes if osm_id in areas.index], dtype=object)
    return areas.loc[listed].set_axis(listed.rename("osm_id")), open_ways + still_open


def _closed(
    objects: Objects, wanted: Flags, shapes: Shapes, expected: Flags
) -> tuple[gpd.GeoDataFrame, list[Defect]]:
    """Wanted objects that are areas, and those that were expected to be but do not close."""
    asked = np.flatnonzero(wanted)
    shape = np.array([shapes.get(osm_id, "") for osm_id in objects.osm_id[asked]], dtype=object)
    is_closed, no_ring = shape.astype(bool), pd.isna(shape)
    rows = asked[is_closed]
    areas = _table(list(shapely.from_wkb(shape[is_closed])), objects, rows, AREA_TAGS)
    is_open = asked[(expected[asked] | no_ring) & ~is_closed]
    kinds = [objects.tags.has(key) for key in AREA_KINDS]
    kind = np.select([flags[is_open] for flags in kinds], AREA_KINDS, "area")
    return areas, _defects(objects, is_open, [f"{word} does not close" for word in kind])


def _defects(objects: Objects, rows: IntArray, problems: list[str]) -> list[Defect]:
    names = objects.tags.table(("name",), rows)["name"]
    return list(zip(objects.osm_id[rows], names, problems, strict=True))


def _points(path: Path, nodes: Objects) -> gpd.GeoDataFrame:
    tags = nodes.tags
    is_named = tags.has("name") & tags.has("railway", "aeroway", "leisure")
    rows = np.flatnonzero(tags.has("amenity", "place", "addr:housenumber") | is_named)
    try:
        lonlat = nodes.lonlat(rows)
    except ValueError as error:
        raise _unreadable(path, error) from error
    return _table(list(shapely.points(lonlat)), nodes, rows, PLACE_TAGS)


def _table(
    geometry: list[Any], objects: Objects, rows: IntArray, keys: tuple[str, ...]
) -> gpd.GeoDataFrame:
    index = pd.Index(objects.osm_id[rows], name="osm_id", dtype=object)
    tags = objects.tags.table(keys, rows).set_axis(index)
    return gpd.GeoDataFrame(tags, geometry=geometry, crs="EPSG:4326")
