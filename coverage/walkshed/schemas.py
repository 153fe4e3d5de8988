"""What every table must contain, checked where it enters.

Each `check_` function takes a table and the name the user knows it by (a file, mostly), gives
nothing back, and raises one message with all that is wrong. Rows are counted from 1 in the
order of the table and named with their id; readers that know the user's file (`sources`)
report the rows of that file before.

Facilities and neighbourhoods may be in any stated CRS; demand points, on which distances are
measured, must be in a metric one.
"""

import math
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType

import geopandas as gpd
import numpy as np
import pandas as pd
from pyproj import CRS

from .errors import CRSError, TableError, one_message

KINDS = ("precinct_point", "modular_post", "housing_point", "department", "transport_police")
STATUSES = ("existing", "planned", "closed")

PRECISION_RADIUS_M: Mapping[str, float] = MappingProxyType(
    {
        "exact": 0.0,
        "address": 50.0,
        "landmark": 300.0,
        "microdistrict": 700.0,
        "district": 2000.0,
        "unlocated": math.nan,
    }
)
"""How far from its true place a post may be drawn, in metres.

The radii are our own rounded assumptions, not measurements: a house and its yard, a campus, a
microdistrict of about 1.5 km across, a part of a city. `unlocated` posts have no place to be
wrong about.
"""

_FACILITY_TEXTS = ("number", "name_ru", "name_kk", "name_en", "source_url", "source_date")
FACILITY_AMOUNTS = ("inspectors", "inspectors_establishment", "cost")
ANSWERS = ("yes", "no", "")
_KNOWN_TEXTS = (
    *("settlement", "address", "landmark", "location_text", "opening_hours", "owner", "precinct"),
    *("opened", "closed", "planned_for", "verified_by", "notes", "location_source"),
)
_ORIGINS = ("registry", "osm", "scenario", "schematic")
_DATE = re.compile(r"([0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?\??)?")
_WEB_MERCATOR = CRS.from_epsg(3857)
_ROWS_TOLD = 10


def check_facilities(facilities: gpd.GeoDataFrame, name: str) -> None:
    """Check a table of posts: ids, kinds, status, names, precision, points.

    Parameters
    ----------
    facilities
        Index of unique texts; columns `kind`, `status`, `number`, `name_ru`, `name_kk`,
        `name_en`, `location_precision`, `precision_m`, `origin`, `source_url`, `source_date`.
        Checked where the table has them: `inspectors`, `inspectors_establishment`, `cost` (from 0
        up, missing when unknown), `has_cameras`, `has_computers` (yes, no, or empty when
        unknown), the texts of a registry (empty when unknown) and its dates (ISO 8601, `?` behind
        one that is uncertain).
        A post has a point, or none and then the precision `unlocated`. An empty table passes.
    name
        What the user calls the table.

    Raises
    ------
    TableError
        With all problems of rows and columns (and of the CRS, if both).
    CRSError
        When the CRS is missing and nothing else is wrong.
    """
    problems = [*_index_problems(facilities)]
    for column, allowed in {
        "kind": KINDS,
        "status": STATUSES,
        "location_precision": tuple(PRECISION_RADIUS_M),
        "origin": _ORIGINS,
    }.items():
        problems += _value_problems(facilities, column, allowed.__contains__, _one_of(allowed))
    for column in _FACILITY_TEXTS:
        problems += _value_problems(facilities, column, _is_text, "a text, empty when unknown")
    problems += _registry_problems(facilities)
    wanted = "metres from 0 up, or missing for an unlocated post"
    problems += _value_problems(facilities, "precision_m", _is_amount_or_missing, wanted)
    problems += _geometry_problems(facilities, ("Point",), may_be_missing=True)
    problems += _precision_problems(facilities)
    _raise(name, problems, _crs_problems(facilities))


def _registry_problems(facilities: gpd.GeoDataFrame) -> Iterator[str]:
    """Look into the columns that only a registry has, where they are."""
    for column in (name for name in FACILITY_AMOUNTS if name in facilities.columns):
        wanted = "a number from 0 up, or missing when unknown"
        yield from _value_problems(facilities, column, _is_amount_or_missing, wanted)
    for column in (c for c in ("has_cameras", "has_computers") if c in facilities.columns):
        wanted = "yes, no, or empty when unknown"
        yield from _value_problems(facilities, column, ANSWERS.__contains__, wanted)
    for column in (name for name in _KNOWN_TEXTS if name in facilities.columns):
        yield from _value_problems(facilities, column, _is_text, "a text, empty when unknown")
    for column in (c for c in ("opened", "closed", "planned_for") if c in facilities.columns):
        wanted = "a date such as 2021-12-31 or 2021, empty when unknown"
        yield from _value_problems(facilities, column, _is_date_or_empty, wanted)


def check_demand_points(demand_points: gpd.GeoDataFrame, name: str) -> None:
    """Check a table of doors: ids, residents, floor area, levels, points, a metric CRS.

    Parameters
    ----------
    demand_points
        Index of unique texts; columns `residents` (finite, from 0 up), `floor_area_m2` and
        `levels` (from 0 up, or missing when unknown); a point in every row.
    name
        What the user calls the table.

    Raises
    ------
    TableError
        With all problems of rows and columns (and of the CRS, if both).
    CRSError
        When only the CRS is wrong: missing, in degrees, or Web Mercator.
    """
    problems = [*_index_problems(demand_points)]
    problems += _value_problems(demand_points, "residents", _is_amount, "a number from 0 up")
    for column in ("floor_area_m2", "levels"):
        wanted = "a number from 0 up, or missing"
        problems += _value_problems(demand_points, column, _is_amount_or_missing, wanted)
    problems += _geometry_problems(demand_points, ("Point",))
    _raise(name, problems, _metric_crs_problems(demand_points))


def check_neighbourhoods(neighbourhoods: gpd.GeoDataFrame, name: str) -> None:
    """Check a table of neighbourhoods: ids, names, valid areas.

    Parameters
    ----------
    neighbourhoods
        Index of unique texts; column `name` (a text, empty when unknown); a valid polygon or
        multipolygon in every row. An empty table passes.
    name
        What the user calls the table.

    Raises
    ------
    TableError
        With all problems of rows and columns (and of the CRS, if both).
    CRSError
        When the CRS is missing and nothing else is wrong.
    """
    problems = [*_index_problems(neighbourhoods)]
    problems += _value_problems(neighbourhoods, "name", _is_text, "a text, empty when unknown")
    problems += _geometry_problems(neighbourhoods, ("Polygon", "MultiPolygon"))
    _raise(name, problems, _crs_problems(neighbourhoods))


def require_metric_crs(table: gpd.GeoDataFrame, name: str) -> None:
    """Refuse a table whose coordinates cannot be measured in metres.

    Refused are a missing CRS, degrees, other units than metres, and EPSG:3857 (Web Mercator),
    whose metres are 1.37 times too long at the latitude of Taraz.

    Raises
    ------
    CRSError
        With what was found and what to do.

    Examples
    --------
    >>> from shapely import Point
    >>> doors = gpd.GeoDataFrame(geometry=[Point(71.37, 42.90)], crs=4326)
    >>> require_metric_crs(doors.to_crs(32642), "doors")
    >>> require_metric_crs(doors, "doors")
    Traceback (most recent call last):
    walkshed.errors.CRSError: doors: the CRS EPSG:4326 is in degrees ...
    """
    _raise(name, [], _metric_crs_problems(table))


def _raise(name: str, problems: list[str], crs_problems: list[str]) -> None:
    if problems:
        raise TableError(one_message(name, [*crs_problems, *problems]))
    if crs_problems:
        raise CRSError(one_message(name, crs_problems))


def _crs_problems(table: gpd.GeoDataFrame) -> list[str]:
    if table.active_geometry_name is None:
        return ["no geometry column; set one with `set_geometry`"]
    if table.crs is None:
        return ["the CRS is missing; set it with `set_crs` (EPSG:4326 for longitude and latitude)"]
    return []


def _metric_crs_problems(table: gpd.GeoDataFrame) -> list[str]:
    if problems := _crs_problems(table):
        return problems
    crs = CRS.from_user_input(table.crs)
    label = crs.to_string() if len(crs.to_string()) < 40 else crs.name
    advice = "convert the table to a metric CRS, such as the UTM zone (`estimate_utm_crs`)"
    if crs.is_geographic:
        return [f"the CRS {label} is in degrees where metres are due; {advice}"]
    if crs == _WEB_MERCATOR:
        return [f"the CRS {label} (Web Mercator) stretches distances; {advice}"]
    units = {axis.unit_name for axis in crs.axis_info[:2]}
    if units != {"metre"}:
        return [f"the CRS {label} is in {' and '.join(sorted(units))}, not in metres; {advice}"]
    return []


def _index_problems(table: gpd.GeoDataFrame) -> Iterator[str]:
    """Look for ids that are no texts, empty or there twice."""
    ids = table.index.to_list()
    wrong = [i for i, value in enumerate(ids) if not (isinstance(value, str) and value.strip())]
    if wrong:
        yield f"{_rows(table, wrong)}: the id must be a text that is not empty"
    places: dict[object, list[int]] = {}
    for i, value in enumerate(ids):
        places.setdefault(value, []).append(i)
    for value, twice in places.items():
        if len(twice) > 1:
            yield f"{_rows(table, twice)}: the same id `{value}` more than once; make ids unique"


def _value_problems(
    table: gpd.GeoDataFrame, column: str, is_right: Callable[[object], bool], wanted: str
) -> Iterator[str]:
    """Look for a missing column and for values that are not right."""
    if column not in table.columns:
        yield f"no column `{column}`; it must hold {wanted}"
        return
    values = table[column].to_list()
    wrong = [i for i, value in enumerate(values) if not is_right(value)]
    if wrong:
        yield f"{_rows(table, wrong)}: `{column}` is {values[wrong[0]]!r}; wanted {wanted}"


def _geometry_problems(
    table: gpd.GeoDataFrame, types: tuple[str, ...], *, may_be_missing: bool = False
) -> Iterator[str]:
    if table.active_geometry_name is None:
        return  # told with the CRS, which hangs on the geometry column
    geometry = table.geometry
    missing = geometry.isna().to_numpy()
    if missing.any() and not may_be_missing:
        yield f"{_rows(table, np.flatnonzero(missing))}: no geometry; wanted {_one_of(types)}"
    other = ~missing & ~geometry.geom_type.isin(types).to_numpy()
    if other.any():
        found = geometry.geom_type.to_numpy()[other][0]
        yield f"{_rows(table, np.flatnonzero(other))}: a {found}; wanted {_one_of(types)}"
    unusable = ~missing & ~other & ~_usable(geometry)
    if unusable.any():
        yield (
            f"{_rows(table, np.flatnonzero(unusable))}: the geometry is empty, crosses itself or "
            "has coordinates that are no numbers; draw it again or repair it (`make_valid`)"
        )


def _usable(geometry: gpd.GeoSeries) -> np.ndarray:
    bounds_finite = np.isfinite(geometry.bounds.to_numpy()).all(axis=1)
    usable: np.ndarray = (
        bounds_finite & ~geometry.is_empty.to_numpy() & geometry.is_valid.to_numpy()
    )
    return usable


def _precision_problems(facilities: gpd.GeoDataFrame) -> Iterator[str]:
    """Look for posts whose precision and point contradict each other."""
    if "location_precision" not in facilities.columns or not facilities.active_geometry_name:
        return
    unlocated = (facilities["location_precision"] == "unlocated").to_numpy()
    missing = facilities.geometry.isna().to_numpy()
    if (missing & ~unlocated).any():
        rows = _rows(facilities, np.flatnonzero(missing & ~unlocated))
        yield f"{rows}: no point; give one, or set `location_precision` to `unlocated`"
    if (unlocated & ~missing).any():
        rows = _rows(facilities, np.flatnonzero(unlocated & ~missing))
        yield f"{rows}: a point, yet `unlocated`; say in `location_precision` what it is worth"


def _rows(table: gpd.GeoDataFrame, positions: Iterable[int]) -> str:
    rows = list(positions)
    listed = ", ".join(f"{i + 1} (`{table.index[i]}`)" for i in rows[:_ROWS_TOLD])
    more = f" and {len(rows) - _ROWS_TOLD} more" if len(rows) > _ROWS_TOLD else ""
    return f"row{'s' if len(rows) > 1 else ''} {listed}{more}"


def _one_of(allowed: Iterable[str]) -> str:
    *most, last = allowed
    return f"{', '.join(most)} or {last}" if most else last


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_date_or_empty(value: object) -> bool:
    return isinstance(value, str) and _DATE.fullmatch(value) is not None


def _is_amount(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float | np.integer | np.floating):
        return False
    return 0 <= float(value) < math.inf


def _is_amount_or_missing(value: object) -> bool:
    if value is None or value is pd.NA:
        return True
    return (isinstance(value, float | np.floating) and math.isnan(value)) or _is_amount(value)
