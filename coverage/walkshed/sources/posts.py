"""Police posts: a registry the user keeps, and `amenity=police` from OpenStreetMap.

Both come out as the same table of facilities, in longitude and latitude (EPSG:4326), with
where each row is from and how well its place is known. A post without coordinates stays in the
table, without a point and with the precision `unlocated`: it is known, so it is counted, but
it is never mapped and nobody walks to it. What a source says in words about its place
(«ул. Абая, 280») is kept in `location_text`, and `description_precision` says how exact those
words are; `location_precision` says only what the coordinates are worth.

Nothing here looks up an address or guesses a coordinate.
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import pandas as pd
from shapely import Point

from ..errors import CRSError, TableError, one_message
from ..schemas import KINDS, PRECISION_RADIUS_M, check_facilities
from ._coordinates import FAR_OUTSIDE_KM, Extent, outside_km
from ._registry import (
    AMOUNTS,
    DEFAULT_STATUS,
    TEXTS,
    column_notes,
    column_problems,
    is_example,
    read_row,
    repeated_ids,
)
from ._sheets import Problem, Sheet, read_sheet
from ._vocabulary import registry_headings

__all__ = [
    "FAR_OUTSIDE_KM",
    "Extent",
    "LocatedCount",
    "RegistryRead",
    "existing",
    "located",
    "located_count",
    "of_settlement",
    "outside_km",
    "posts_from_osm",
    "read_posts",
    "read_registry",
    "walk_in",
]

_TABLE_COLUMNS = (
    *("kind", "status", "location_precision", "precision_m", "origin"),
    *(*TEXTS, *AMOUNTS),
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
class RegistryRead:
    """A registry of posts as it was read: its posts, and all there is to say about its rows.

    Attributes
    ----------
    sheet
        The rows of the file, for their numbers.
    posts
        Facilities by `post_id`, of the rows without problems, in the order of the file.
    rows
        How many rows there are, and `rows_wrong` of them with problems.
    problems
        What must be mended before the file can be used.
    notes
        What its user should know all the same: columns and rows left out, texts kept as they are,
        posts that may be one post twice.
    """

    sheet: Sheet
    posts: gpd.GeoDataFrame
    rows: int
    rows_wrong: int
    problems: tuple[Problem, ...]
    notes: tuple[Problem, ...]

    def usable_posts(self) -> gpd.GeoDataFrame:
        """Give the posts, or tell all problems in one message.

        Raises
        ------
        TableError
            When there are any.
        """
        if self.problems:
            raise TableError(one_message(self.sheet.path, self.sheet.told(self.problems)))
        check_facilities(self.posts, self.sheet.path)
        return self.posts

    def told_notes(self) -> tuple[str, ...]:
        """Word the notes, each with the name of the file."""
        name = Path(self.sheet.path).name
        return tuple(f"{name}: {text}" for text in self.sheet.told(self.notes))


def read_posts(
    path: str | Path, *, extent: Extent | None = None, crs: str = "", crs_of_result: Any = None
) -> gpd.GeoDataFrame:
    """Read a registry of posts from Excel, CSV, GeoJSON or GeoPackage.

    CSV may be in UTF-8, UTF-16, cp1251 or KZ-1048, separated by commas, semicolons or tabs; of a
    workbook all visible sheets with a registry are read. Headings and values may be in English,
    Russian or Kazakh. The columns:

    - `id`, required and unique; `MOD-1..4` stands for the four posts MOD-1 to MOD-4, which
      cannot have coordinates yet (`count`, if given, must say the same number);
    - `lat` and `lon` in degrees, 42.898, 42,898 or 42°53'52"N, or both in `coordinates`; in metres
      where `crs` (or the argument) names their CRS; none where `location_precision` is
      `unlocated` or `address`, `landmark` or `location_text` name the place in words;
    - `location_precision`: `exact` (the default), `address`, `landmark`, `microdistrict`,
      `district`, `unlocated`; see `schemas.PRECISION_RADIUS_M`; where there are no coordinates
      it is taken to be about the words, `description_precision`;
    - `kind`: `precinct_point` (the default: the object the principle «полиция в шаговой
      доступности» is about), `modular_post`, `housing_point`, `department`,
      `transport_police`; `status`: `existing` (the default), `planned`, `closed`;
    - `opened`, `closed`, `planned_for`: dates, written by ISO 8601 in the result, `2021?` where
      uncertain; `opening_hours` in the syntax of OpenStreetMap, else as it is;
    - `inspectors` in post, `inspectors_establishment`, `cost`: from 0 up, NaN when unknown;
      `has_cameras`, `has_computers`: `yes`, `no`, or nothing when unknown;
    - texts, kept to the letter: `number`, `name_ru`, `name_kk`, `name_en` (`name` stands in for
      those not given), `settlement`, `address`, `landmark`, `location_text`,
      `description_precision`, `owner`, `precinct`, `source_url`, `verified_by`, `notes`;
      `source_date` too where it is no date.

    Other columns are left out, unless they look like one of these misspelt.

    Parameters
    ----------
    path
        The file; what it is follows from the ending of its name, CSV by default.
    extent
        West, south, east and north of the study in degrees. With it, points that fall inside
        only with `lat` and `lon` exchanged are found, and points more than `FAR_OUTSIDE_KM`
        outside.
    crs
        CRS of the coordinates of rows that name none, such as `EPSG:32642`; degrees if empty.
    crs_of_result
        CRS of the result; EPSG:4326 if not given.

    Returns
    -------
    geopandas.GeoDataFrame
        Facilities by `post_id`, in the order of the file; no geometry when unlocated.

    Raises
    ------
    SourceError
        When the file is missing, empty, or not of its format.
    TableError
        With all problems of the rows, numbered as a spreadsheet does (the header is row 1).
    """
    posts = read_registry(path, extent=extent, crs=crs).usable_posts()
    return posts if crs_of_result is None else posts.to_crs(crs_of_result)


def read_registry(path: str | Path, *, extent: Extent | None = None, crs: str = "") -> RegistryRead:
    """Read a registry as `read_posts` does, but tell its problems and notes instead of raising.

    Raises
    ------
    SourceError
        When the file is missing, empty, or not of its format.
    """
    sheet = read_sheet(path, registry_headings())
    problems = [*column_problems(sheet), *sheet.problems]
    notes = [*sheet.notes, *column_notes(sheet)]
    posts: list[dict[str, Any]] = []
    ids: list[tuple[str, int]] = []
    examples = 0
    for number, row in sheet.rows:
        if is_example(row):
            notes.append(Problem("the example of the form, left out", number))
            examples += 1
            continue
        read = read_row(row, extent, crs)
        problems += [Problem(text, number) for text in read.problems]
        notes += [Problem(text, number) for text in read.notes]
        ids += [(post["post_id"], number) for post in read.posts]
        posts += [post | {"row": number} for post in read.posts]
    if examples == len(sheet.rows):
        problems.append(Problem("no rows but the example of the form; give at least one"))
    problems += repeated_ids(ids)
    notes += _perhaps_twice(posts)
    wrong = {problem.row for problem in problems if problem.row is not None}
    right = {post["post_id"]: post for post in posts if post["row"] not in wrong}
    return RegistryRead(
        sheet,
        _facilities(list(right.values())),
        len(sheet.rows) - examples,
        len(wrong),
        tuple(problems),
        tuple(notes),
    )


def _perhaps_twice(posts: Sequence[Mapping[str, Any]]) -> Iterator[Problem]:
    """Note rows that may be one post written twice: kind and number, or coordinates, the same."""
    rows_by_mark: dict[str, list[int]] = {}
    for post in posts:
        number = post["number"].strip()
        if number and post["status"] != "closed":
            mark = f"{post['kind']} with the number {number} in {post['settlement'] or 'the file'}"
            rows_by_mark.setdefault(mark, []).append(post["row"])
        if post["geometry"] is not None:
            mark = f"post at {post['geometry'].y:.6f}, {post['geometry'].x:.6f}"
            rows_by_mark.setdefault(mark, []).append(post["row"])
    for mark, rows in rows_by_mark.items():
        if len(rows) > 1:
            yield from (Problem(f"more than one {mark}: is it one post twice?", i) for i in rows)


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
        `name:kk`, `name:en`, `ref`, `opening_hours`, `walkshed:kind`.
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
        "opening_hours": tags.get("opening_hours", ""),
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
    blank = dict.fromkeys(_TABLE_COLUMNS, "") | dict.fromkeys(AMOUNTS, math.nan)
    rows = [
        blank | post | {"precision_m": PRECISION_RADIUS_M[post["location_precision"]]}
        for post in posts
    ]
    table = pd.DataFrame(rows, columns=["post_id", *_TABLE_COLUMNS, "geometry"])
    table = table.astype(dict.fromkeys(("precision_m", *AMOUNTS), "float64"))
    return gpd.GeoDataFrame(table.set_index("post_id"), geometry="geometry", crs=4326)
