"""Named things of a city in OpenStreetMap: houses, streets, microdistricts, landmarks.

In: an extract. Out: a `Gazetteer` that finds things by the words of `_names`, in any of the
languages in which OpenStreetMap names them. Nothing here chooses: all that bear a name are given,
those that are pieces of one thing (blocks of a street, buildings of a university) as one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
import shapely.ops
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from ._names import Name, folded, house_number, name_of, stem
from .osm import OsmExtract

NAME_TAGS = (
    "name", "name:ru", "name:kk", "name:en", "alt_name", "old_name", "official_name", "short_name",
)  # fmt: skip
ADDRESS_TAGS = ("addr:street", "addr:place", "addr:suburb", "addr:neighbourhood")
AREA_PLACES = ("suburb", "quarter", "neighbourhood", "village", "hamlet")
POINT_PLACES = ("suburb", "quarter", "neighbourhood")
TOWNS = ("city", "town")
SETTLEMENTS = ("city", "town", "village", "hamlet")
LANDMARKS = {
    "amenity": ("university", "college", "school", "hospital", "clinic", "marketplace",
                "bus_station", "townhall", "theatre", "place_of_worship", "community_centre"),
    "railway": ("station", "halt"),
    "aeroway": ("aerodrome",),
    "leisure": ("park", "stadium"),
}  # fmt: skip
ONLY_ONE = {"station": "вокзал", "bus_station": "автовокзал", "aerodrome": "аэропорт"}
"""What a city may have one of: then the word alone names it."""

PIECES_M = {"house": 60.0, "street": 500.0, "area": 700.0, "landmark": 300.0,
            "settlement": 0.0, "town": 0.0}  # fmt: skip
"""Things of one name no further apart than this are pieces of one thing. Our own assumption: yards
of one house, gaps in a street, the extents that `schemas.PRECISION_RADIUS_M` assumes."""


@dataclass(frozen=True, eq=False)
class Thing:
    """One thing with a name, in metres: the ids of its pieces, the largest first."""

    what: str
    name: str
    osm_ids: tuple[str, ...]
    geometry: Any

    @property
    def address(self) -> str:
        """The largest piece as OpenStreetMap calls it: `way 123`."""
        kinds = {"n": "node", "w": "way", "r": "relation"}
        return f"{kinds[self.osm_ids[0][0]]} {self.osm_ids[0][1:]}"

    @cached_property
    def point(self) -> shapely.Point:
        """A point on the thing, near its middle."""
        if shapely.get_dimensions(self.geometry) == 2:
            return self.geometry.representative_point()
        return shapely.ops.nearest_points(self.geometry, self.geometry.centroid)[0]

    @property
    def radius_m(self) -> float:
        """How far the thing reaches from its point; 0 for a thing that is a point."""
        return float(shapely.hausdorff_distance(self.geometry, self.point))


@dataclass(frozen=True, eq=False)
class Gazetteer:
    """Named things of a city, in a metric CRS.

    Attributes
    ----------
    names
        One row for each name of each thing: `what` (street, area, landmark, settlement: an area,
        town: an area or a point), `key` and `kind` (see `_names.Name`), `osm_id`, `name`, geometry.
    houses
        One row for each name a house number belongs to: `key`, `kind`, `number`, `osm_id`, `name`,
        geometry.
    """

    names: gpd.GeoDataFrame
    houses: gpd.GeoDataFrame

    @cached_property
    def _rows(self) -> dict[tuple[str, str], Any]:
        """Rows by what and key, and by what, a mark, and the stem or a word of the key."""
        rows: dict[tuple[str, str], list[int]] = {}
        for i, (what, key) in enumerate(zip(self.names["what"], self.names["key"], strict=True)):
            rows.setdefault((what, key), []).append(i)
            rows.setdefault((f"{what} stem", stem(key)), []).append(i)
        return rows

    @cached_property
    def _house_rows(self) -> dict[str, list[int]]:
        rows: dict[str, list[int]] = {}
        for i, key in enumerate(self.houses["key"]):
            rows.setdefault(key, []).append(i)
            if stem(key) != key:
                rows.setdefault(f"{stem(key)} stem", []).append(i)
        return rows

    def things(self, what: str, name: Name) -> list[Thing]:
        """Find all things of a name: of the very name, else of its stem (streets only).

        A thing whose kind (street, lane) contradicts that of the name is another one.
        """
        key = " ".join(sorted(name.key.split())) if what == "landmark" else name.key
        found = self._of_kind(self.names, self._rows.get((what, key), []), name.kind)
        if not found and what == "street":
            found = self._of_kind(
                self.names, self._rows.get(("street stem", stem(key)), []), name.kind
            )
        return things_of(what, self.names.iloc[found])

    def is_of_one_town(self, name: Name) -> bool:
        """Whether the map has one city or town, and it bears this name."""
        towns = self.names[(self.names["what"] == "town").to_numpy()]
        named = set(towns["osm_id"][towns["key"] == name.key])
        return bool(named) and {*towns["osm_id"]} == named

    def houses_of(self, name: Name) -> gpd.GeoDataFrame:
        """Find all houses of a street or microdistrict."""
        found = self._of_kind(self.houses, self._house_rows.get(name.key, []), name.kind)
        if not found:
            stems = self._house_rows.get(f"{stem(name.key)} stem", [])
            plain = self._house_rows.get(stem(name.key), [])
            found = self._of_kind(self.houses, sorted({*stems, *plain}), name.kind)
        return self.houses.iloc[found]

    def _of_kind(self, table: pd.DataFrame, rows: Sequence[int], kind: str) -> list[int]:
        kinds = table["kind"].to_numpy()
        return [i for i in rows if not kind or kinds[i] in ("", kind)]


def things_of(what: str, rows: gpd.GeoDataFrame) -> list[Thing]:
    """Join rows that lie near each other to things; a street and a lane of one name are two."""
    rows = rows.sort_values("kind", ascending=False, kind="stable").drop_duplicates("osm_id")
    kinds = [kind for kind in rows["kind"].unique() if kind]
    groups = [rows[rows["kind"] == kind] for kind in kinds] if len(kinds) > 1 else [rows]
    return [thing for group in groups if len(group) for thing in _joined(what, group)]


def _joined(what: str, rows: gpd.GeoDataFrame) -> list[Thing]:
    geometry = rows.geometry.to_numpy()
    one, two = shapely.STRtree(geometry).query(
        geometry, predicate="dwithin", distance=PIECES_M[what]
    )
    links = coo_array((np.ones(len(one)), (one, two)), shape=(len(rows), len(rows)))
    _, labels = connected_components(links, directed=False)
    return [_thing(what, rows.iloc[np.flatnonzero(labels == i)]) for i in range(labels.max() + 1)]


def _thing(what: str, rows: gpd.GeoDataFrame) -> Thing:
    size = [(-g.area, -g.length) for g in rows.geometry]
    order = sorted(range(len(rows)), key=lambda i: (size[i], rows["osm_id"].iloc[i]))
    first = rows.iloc[order[0]]
    areal = shapely.get_dimensions(rows.geometry.to_numpy()) == 2
    shapes = rows.geometry[areal] if areal.any() else rows.geometry
    return Thing(what, first["name"], tuple(rows["osm_id"].iloc[order]), shapes.union_all())


def gazetteer(extract: OsmExtract, *, crs: Any) -> Gazetteer:
    """Gather the named things of an extract.

    Parameters
    ----------
    extract
        What `read_osm` returns.
    crs
        A metric CRS for the area.
    """
    tagged = pd.concat([extract.areas.reset_index(names="osm_id"), _points(extract)])
    tagged = gpd.GeoDataFrame(tagged, crs=extract.areas.crs).fillna({"landuse": ""})
    areal = tagged.geom_type.isin(["Polygon", "MultiPolygon"]).to_numpy()
    is_area = tagged["place"].isin(AREA_PLACES) & areal
    is_area |= tagged["place"].isin(POINT_PLACES) | (tagged["landuse"] == "residential")
    is_home = tagged["place"].isin(SETTLEMENTS) | (tagged["boundary"] == "administrative")
    is_mark = pd.Series(False, index=tagged.index)
    for tag, values in LANDMARKS.items():
        is_mark |= tagged[tag].isin(values)
    chosen = {
        "street": _street_lines(extract),
        "area": tagged[is_area.to_numpy()],
        "landmark": tagged[is_mark.to_numpy()],
        "settlement": tagged[(is_home & areal).to_numpy()],
        "town": tagged[tagged["place"].isin(TOWNS).to_numpy()],
    }
    names = [row for what, table in chosen.items() for row in _name_rows(what, table)]
    houses = list(_house_rows(tagged[(tagged["addr:housenumber"] != "").to_numpy()]))
    return Gazetteer(
        _table(names, ["what", "key", "kind", "osm_id", "name"], tagged.crs, crs),
        _table(houses, ["key", "kind", "number", "osm_id", "name"], tagged.crs, crs),
    )


def _points(extract: OsmExtract) -> gpd.GeoDataFrame:
    return extract.points.reset_index(names="osm_id")


def _table(rows: list[tuple[Any, ...]], columns: list[str], crs: Any, metric: Any) -> Any:
    table = pd.DataFrame(rows, columns=[*columns, "geometry"])
    return gpd.GeoDataFrame(table, geometry="geometry", crs=crs).to_crs(metric)


def _street_lines(extract: OsmExtract) -> gpd.GeoDataFrame:
    """Street ways with a name, a way in several runs as several rows."""
    ways = extract.ways
    named = np.flatnonzero((ways[[*NAME_TAGS[:6]]] != "").any(axis=1).to_numpy())
    lines = [
        shapely.LineString(extract.node_lonlat[extract.way_start[i] : extract.way_start[i + 1]])
        for i in named
    ]
    table = ways.iloc[named].assign(osm_id=[f"w{i}" for i in ways["way_id"].iloc[named]])
    return gpd.GeoDataFrame(table, geometry=lines, crs=extract.areas.crs)


def _name_rows(what: str, table: gpd.GeoDataFrame) -> Iterable[tuple[Any, ...]]:
    tags = [tag for tag in NAME_TAGS if tag in table]
    geometry = table.geometry.to_numpy()
    texts = [table[tag].to_list() for tag in tags]
    for i, osm_id in enumerate(table["osm_id"]):
        given = [column[i] for column in texts if column[i]]
        label = given[0] if given else ""
        keys = {name_of(part) for text in given for part in text.split(";")}
        if what == "landmark":
            keys = {Name(" ".join(sorted(key.split())), kind) for key, kind in keys}
            keys |= {name_of(word) for word in _only_words(table.iloc[i])}
        for key, kind in sorted(keys):
            if key:
                yield what, key, kind, osm_id, label or key, geometry[i]


def _only_words(row: pd.Series) -> list[str]:
    values = {row["railway"], row["aeroway"], row["amenity"]}
    return [word for value, word in ONLY_ONE.items() if value in values]


def _house_rows(table: gpd.GeoDataFrame) -> Iterable[tuple[Any, ...]]:
    geometry = table.geometry.to_numpy()
    texts = [table[tag].to_list() for tag in ADDRESS_TAGS]
    for i, (osm_id, text) in enumerate(
        zip(table["osm_id"], table["addr:housenumber"], strict=True)
    ):
        numbers = {number for part in text.split(";") if (number := house_number(part))}
        for column in texts:
            if not (column[i] and folded(column[i])):
                continue
            key, kind = name_of(column[i])
            for number in sorted(numbers):
                yield key, kind, number, osm_id, f"{column[i]} {text}", geometry[i]
