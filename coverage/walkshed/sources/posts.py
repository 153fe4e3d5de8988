"""Police posts: a registry the user keeps, and `amenity=police` from OpenStreetMap.

Both come out as the same table of facilities, in longitude and latitude (EPSG:4326), with
where each row is from and how well its place is known. A post without coordinates stays in the
table, without a point and with the precision `unlocated`: it is known, so it is counted, but
it is never mapped and nobody walks to it. What a source says in words about its place
(«ул. Абая, 280») is kept in `location_text`, and `description_precision` says how exact those
words are; `location_precision` says only what the coordinates are worth.

Nothing here looks up an address or guesses a coordinate.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import pandas as pd
from shapely import Point

from ..errors import CRSError, TableError, one_message
from ..schemas import KINDS, PRECISION_RADIUS_M, check_facilities
from ._registry import (
    DEFAULT_STATUS,
    FAR_OUTSIDE_KM,
    NAMES,
    PROVENANCE,
    REMARKS,
    Extent,
    column_problems,
    outside_km,
    posts_of,
    repeated_ids,
    row_problems,
)
from ._sheets import Problem, read_sheet

__all__ = [
    "FAR_OUTSIDE_KM",
    "SAME_POST_M",
    "Extent",
    "LocatedCount",
    "MergedPosts",
    "existing",
    "located",
    "located_count",
    "merge_posts",
    "of_settlement",
    "outside_km",
    "posts_from_osm",
    "read_posts",
    "walk_in",
]

SAME_POST_M = 50.0
"""An OpenStreetMap post this near to a located registry row, or nearer, is that row again.

Two points on one building are rarely further apart; two different posts rarely nearer. Our own
rounded assumption, the uncertainty of a street address.
"""

_TABLE_COLUMNS = (
    *("kind", "status", *NAMES, "location_precision", "precision_m", "origin"),
    *(*PROVENANCE, *REMARKS),
)
_KIND_BY_NAME = (
    ("transport_police", re.compile(r"линейн|транспортн|желілік|көлік")),
    ("modular_post", re.compile(r"модуль")),
    ("precinct_point", re.compile(r"участков|опорн|учаскел|тірек|\bупп\b")),
)


class LocatedCount(NamedTuple):
    """How many of the known existing posts have coordinates."""

    located: int
    known: int


@dataclass(frozen=True, eq=False)
class MergedPosts:
    """Registry and OpenStreetMap in one table, and what was left out as double.

    `dropped` has one row for each OpenStreetMap post left out, by its `post_id`, with the
    `kept_post_id` of the registry row that stands for it and the `distance_m` between them.
    """

    posts: gpd.GeoDataFrame
    dropped: pd.DataFrame


def read_posts(
    path: str | Path, *, extent: Extent | None = None, crs_of_result: Any = None
) -> gpd.GeoDataFrame:
    """Read a registry of posts from CSV or GeoJSON.

    CSV is UTF-8 with a header, separated by commas, semicolons or tabs; `lat` and `lon` are
    degrees with a decimal point or comma. GeoJSON is a collection of points. The columns:

    - `id`, required and unique; `MOD-1..4` stands for the four posts MOD-1 to MOD-4, which
      cannot have coordinates yet (`count`, if given, must say the same number);
    - `lat` and `lon`, or `location_precision` = `unlocated` in rows that have none;
    - `location_precision`: `exact` (the default), `address`, `landmark`, `microdistrict`,
      `district`, `unlocated`; see `schemas.PRECISION_RADIUS_M`;
    - `kind`: `precinct_point` (the default: the object the principle «полиция в шаговой
      доступности» is about), `modular_post`, `housing_point`, `department`,
      `transport_police`; `status`: `existing` (the default), `planned`, `closed`;
    - texts, kept to the letter: `number`, `name_ru`, `name_kk`, `name_en`, `source_url`,
      `source_date`, `settlement`, `location_text`, `description_precision`, `opened`, `notes`.

    Other columns are left out, unless they look like one of these misspelt.

    Parameters
    ----------
    path
        A `.geojson` or `.json` file, or CSV by any other name.
    extent
        West, south, east and north of the study in degrees. With it, points that fall inside
        only with `lat` and `lon` exchanged are found, and points more than `FAR_OUTSIDE_KM`
        outside.
    crs_of_result
        CRS of the result; EPSG:4326 if not given.

    Returns
    -------
    geopandas.GeoDataFrame
        Facilities by `post_id`, in the order of the file; no geometry when unlocated.

    Raises
    ------
    SourceError
        When the file is missing, empty, or not a text of its format.
    TableError
        With all problems of the rows, numbered as a spreadsheet does (the header is row 1).
    """
    sheet = read_sheet(path)
    problems = [*column_problems(sheet), *sheet.problems]
    posts: list[dict[str, Any]] = []
    for number, row in sheet.rows:
        found = list(row_problems(row, extent))
        problems += [Problem(text, number) for text in found]
        posts += [post | {"row": number} for post in posts_of(row)]
    problems += repeated_ids(posts)
    if problems:
        raise TableError(one_message(str(path), sheet.told(problems)))
    table = _facilities(posts)
    check_facilities(table, str(path))
    return table if crs_of_result is None else table.to_crs(crs_of_result)


def posts_from_osm(
    amenities: gpd.GeoDataFrame, *, origin: str = "osm", source_date: str = ""
) -> gpd.GeoDataFrame:
    """Turn `amenity=police` of OpenStreetMap into facilities.

    The kind is `walkshed:kind` where that is one of ours; else the name tells («участковый»,
    «опорный», «учаскелік», «УПП»: a precinct point; «модульный»; «линейный» and «транспортной»:
    transport police); a post that no word tells apart is a department. A name missing in one
    language is the plain `name`.

    Parameters
    ----------
    amenities
        Points, lines or areas in any stated CRS; column or index `osm_id` (`n123`, `w45`,
        `r6`), and where known `amenity` (rows of other amenities are left out), `name`, `name:ru`,
        `name:kk`, `name:en`, `ref`, `walkshed:kind`.
    origin
        `osm`, or `schematic` for a made-up city, whose posts have no address on the web.
    source_date
        Date of the data, if known.

    Returns
    -------
    geopandas.GeoDataFrame
        Facilities by `post_id` (the OpenStreetMap id), in EPSG:4326: an area becomes a point
        surely inside it; `exact`, or `unlocated` if it has no geometry.

    Raises
    ------
    CRSError
        When the CRS is missing.
    TableError
        When `osm_id` is missing or not unique.

    Examples
    --------
    >>> police = gpd.GeoDataFrame(
    ...     {"osm_id": ["n1", "w2"], "name": ["Участковый пункт № 7", None]},
    ...     geometry=[Point(71.3, 42.9), Point(71.4, 42.9)], crs=4326)
    >>> posts_from_osm(police)["kind"].to_list()
    ['precinct_point', 'department']
    """
    where = "amenity=police of OpenStreetMap"
    if amenities.crs is None:
        raise CRSError(f"{where}: the CRS is missing; set EPSG:4326")
    if amenities.index.name == "osm_id" and "osm_id" not in amenities.columns:
        amenities = amenities.reset_index()
    if "osm_id" not in amenities.columns:
        raise TableError(f"{where}: no column `osm_id`; it must hold ids such as n123 or w45")
    if "amenity" in amenities.columns:
        amenities = amenities[amenities["amenity"] == "police"]
    points = amenities.geometry.to_crs(4326).representative_point()
    records = amenities.drop(columns=amenities.active_geometry_name).to_dict("records")
    posts = [
        _post_of_osm({str(key): _text(value) for key, value in tags.items()}, point, origin)
        | {"source_date": source_date}
        for tags, point in zip(records, points, strict=True)
    ]
    table = _facilities(posts)
    check_facilities(table, where)
    return table


def merge_posts(registry: gpd.GeoDataFrame, osm: gpd.GeoDataFrame) -> MergedPosts:
    """Join the located rows of a registry with posts from OpenStreetMap.

    An OpenStreetMap post within `SAME_POST_M` of a located registry row (exactly that far
    still counts) is left out: the registry knows its kind and status better. A planned row is no
    post yet and takes nobody's place. Unlocated
    registry rows are not in the result; count them with `located_count` before.

    Parameters
    ----------
    registry, osm
        Facilities, each in any stated CRS.

    Returns
    -------
    MergedPosts
        Posts in the CRS of the registry, registry first; and the table of what was dropped.

    Raises
    ------
    TableError, CRSError
        When a table is not one of facilities, or an id is in both.
    """
    check_facilities(registry, "registry of posts")
    check_facilities(osm, "posts from OpenStreetMap")
    kept, found = located(registry), located(osm).to_crs(registry.crs)
    both = kept.index.intersection(found.index)
    if len(both):
        listed = ", ".join(both)
        raise TableError(f"posts: ids both in the registry and in OpenStreetMap: {listed}")
    built = kept[(kept["status"] != "planned").to_numpy()]
    dropped = _doubles(built, found)
    tables = [table for table in (kept, found.drop(index=dropped.index)) if len(table)]
    return MergedPosts(pd.concat(tables) if tables else kept, dropped)


def located(posts: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Keep posts that have a point, however rough; nobody can walk to the rest."""
    return posts[posts.geometry.notna().to_numpy()]


def existing(posts: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Keep posts that stand today: not the planned, not the closed."""
    return posts[(posts["status"] == "existing").to_numpy()]


def walk_in(posts: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    """Keep posts a resident can walk into: all kinds but transport police.

    The line department at the airport of Taraz is transport police and no precinct point that
    receives residents, so it does not count as walking access unless a study says so
    (z-taraz.kz/migrant-za-syz-k-shi-on-a-zhol-zho/).
    """
    return posts[(posts["kind"] != "transport_police").to_numpy()]


def of_settlement(posts: gpd.GeoDataFrame, settlement: str) -> gpd.GeoDataFrame:
    """Keep posts of one settlement; rows that name none belong to every study.

    Case does not matter. A registry of a region so serves the study of its city.
    """
    names = posts["settlement"].str.strip().str.casefold()
    return posts[names.isin(["", settlement.strip().casefold()]).to_numpy()]


def located_count(posts: gpd.GeoDataFrame) -> LocatedCount:
    """Count for the line «N of M known posts located».

    M are the existing posts of all kinds in the table, transport police included; N those of
    them with coordinates. Planned and closed posts are in neither.
    """
    known = existing(posts)
    return LocatedCount(located=len(located(known)), known=len(known))


def _post_of_osm(tags: Mapping[str, str], point: Point | None, origin: str) -> dict[str, Any]:
    has_point = point is not None and not point.is_empty
    kinds = {"n": "node", "w": "way", "r": "relation"}
    osm_id, name = tags["osm_id"], tags.get("name", "")
    on_the_web = origin == "osm" and osm_id[:1] in kinds
    return {
        "post_id": osm_id,
        "kind": _kind_of_osm(tags),
        "status": DEFAULT_STATUS,
        "number": tags.get("ref", ""),
        **{f"name_{code}": tags.get(f"name:{code}", "") or name for code in ("ru", "kk", "en")},
        "location_precision": "exact" if has_point else "unlocated",
        "origin": origin,
        "source_url": f"https://www.openstreetmap.org/{kinds[osm_id[0]]}/{osm_id[1:]}"
        if on_the_web
        else "",
        "geometry": point if has_point else None,
    }


def _kind_of_osm(tags: Mapping[str, str]) -> str:
    if tags.get("walkshed:kind") in KINDS:
        return tags["walkshed:kind"]
    names = " ".join(tags.get(key, "") for key in ("name", "name:ru", "name:kk")).casefold()
    return next((kind for kind, words in _KIND_BY_NAME if words.search(names)), "department")


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _facilities(posts: Sequence[dict[str, Any]]) -> gpd.GeoDataFrame:
    """Build the table; texts not given are empty, the radius follows from the precision."""
    blank = dict.fromkeys(_TABLE_COLUMNS, "")
    rows = [
        blank | post | {"precision_m": PRECISION_RADIUS_M[post["location_precision"]]}
        for post in posts
    ]
    table = pd.DataFrame(rows, columns=["post_id", *_TABLE_COLUMNS, "geometry"])
    table["precision_m"] = table["precision_m"].astype("float64")
    return gpd.GeoDataFrame(table.set_index("post_id"), geometry="geometry", crs=4326)


def _doubles(kept: gpd.GeoDataFrame, found: gpd.GeoDataFrame) -> pd.DataFrame:
    """Pair each found post with the kept one nearest to it, where that is near enough."""
    doubles: dict[str, tuple[str, float]] = {}
    if len(kept) and len(found):
        metric = kept.crs if kept.crs.is_projected else kept.estimate_utm_crs()
        kept_points = kept.geometry.to_crs(metric)
        for post_id, point in found.geometry.to_crs(metric).items():
            distances_m = kept_points.distance(point)
            if distances_m.min() <= SAME_POST_M:
                doubles[post_id] = (distances_m.idxmin(), distances_m.min())
    index = pd.Index(list(doubles), name="post_id", dtype="object")
    dropped = pd.DataFrame(
        list(doubles.values()), index=index, columns=["kept_post_id", "distance_m"]
    )
    return dropped.astype({"kept_post_id": "object", "distance_m": "float64"})
