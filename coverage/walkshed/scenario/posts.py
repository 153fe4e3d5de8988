"""Edits of posts: open one, move one, close one."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from ..errors import CRSError, TableError
from ..sources.posts import FAR_OUTSIDE_KM, Extent, outside_km
from .features import told
from .geojson import Scenario

ORIGIN = "scenario"


def apply_to_posts(
    posts: gpd.GeoDataFrame, scenario: Scenario, *, extent: Extent | None = None
) -> gpd.GeoDataFrame:
    """Apply a scenario's edits of posts, in order; edits of streets are passed over.

    Parameters
    ----------
    posts
        Facilities in any stated CRS, closed and planned ones included or not.
    scenario
        What `read_scenario` returns.
    extent
        West, south, east and north of the study in degrees: a post put farther outside than
        `FAR_OUTSIDE_KM` is told as an error.

    Returns
    -------
    GeoDataFrame
        The same rows, then the new ones. Closed posts stay with the `status` "closed". New and
        moved posts are `existing`, `exact` and of `origin` "scenario": they stand in no registry.
        Texts that a new post does not have are empty, other values are missing.

    Raises
    ------
    CRSError
        The CRS of the posts is missing.
    TableError
        With the numbers of all features that cannot be applied: an id that no post has, or that
        two would have, a post that is closed already, or a place far outside the study.

    Examples
    --------
    Of two posts A is closed, and B moves about 800 m west and 1.1 km north:

    >>> from shapely import Point
    >>> from walkshed.scenario import scenario_of
    >>> posts = {"post_id": ["A", "B"], "status": "existing", "origin": "registry"}
    >>> at = [Point(71.36, 42.90), Point(71.38, 42.90)]
    >>> posts = gpd.GeoDataFrame(posts, geometry=at, crs="EPSG:4326").set_index("post_id")
    >>> edits = {"action": ["close_post", "move_post"], "post_id": ["A", "B"]}
    >>> edits = gpd.GeoDataFrame(edits, geometry=[None, Point(71.37, 42.91)], crs="EPSG:4326")
    >>> after = apply_to_posts(posts, scenario_of(edits))
    >>> after["status"].to_dict(), after["origin"].to_dict()
    ({'A': 'closed', 'B': 'existing'}, {'A': 'registry', 'B': 'scenario'})
    >>> after.geometry["B"]
    <POINT (71.37 42.91)>
    """
    if posts.crs is None:
        raise CRSError("posts: the CRS is missing; set EPSG:4326")
    edits = scenario.edits[scenario.edits["action"].isin(list(_DO))]
    edits = edits.assign(place=edits.geometry.to_crs(posts.crs))
    name = posts.active_geometry_name
    rows: dict[str, dict[str, Any]] = posts.to_dict("index")
    texts = [c for c in posts if c != name and not pd.api.types.is_numeric_dtype(posts[c])]
    problems = []
    for number, edit in edits.iterrows():
        blank = dict.fromkeys(texts, "")
        problem = _far_outside(edit, extent) or _DO[edit["action"]](rows, edit, blank, str(name))
        problems += [(problem, int(number))] if problem else []
    if problems:
        raise TableError(told(scenario.name, problems))
    table = pd.DataFrame.from_dict(rows, orient="index", columns=list(posts.columns))
    kept = {c: posts[c].dtype for c in posts if not _needs_missing(table[c], posts[c].dtype)}
    table = table.astype({c: dtype for c, dtype in kept.items() if c != name})
    table.index = pd.Index(list(rows), name=posts.index.name, dtype=posts.index.dtype)
    return gpd.GeoDataFrame(table, geometry=str(name), crs=posts.crs)


def _needs_missing(column: pd.Series, dtype: Any) -> bool:
    """Whether a new post has no value in a column that cannot hold a missing one."""
    return bool(column.isna().any()) and isinstance(dtype, np.dtype) and dtype.kind in "iub"


def _place(edit: pd.Series, geometry: str) -> dict[str, Any]:
    return {
        geometry: edit["place"],
        "status": "existing",
        "location_precision": "exact",
        "precision_m": 0.0,
        "origin": ORIGIN,
    }


def _add(
    rows: dict[str, dict[str, Any]], edit: pd.Series, blank: Mapping[str, Any], geometry: str
) -> str:
    """Add a post; returns what is wrong, or nothing."""
    if edit["post_id"] in rows:
        return f"there is a post `{edit['post_id']}` already; give the new one an id of its own"
    names = {f"name_{code}": edit[f"name_{code}"] or edit["name"] for code in ("ru", "kk", "en")}
    told_by = {"kind": edit["kind"], "number": edit["number"], "source_date": edit["date"]}
    rows[edit["post_id"]] = {**blank, **names, **told_by, **_place(edit, geometry)}
    return ""


def _move(
    rows: dict[str, dict[str, Any]], edit: pd.Series, _: Mapping[str, Any], geometry: str
) -> str:
    if problem := _not_there(rows, edit["post_id"]):
        return problem
    rows[edit["post_id"]] |= _place(edit, geometry)
    return ""


def _close(rows: dict[str, dict[str, Any]], edit: pd.Series, _: Mapping[str, Any], __: str) -> str:
    if problem := _not_there(rows, edit["post_id"]):
        return problem
    rows[edit["post_id"]]["status"] = "closed"
    return ""


def _far_outside(edit: pd.Series, extent: Extent | None) -> str:
    """Tell a post that is put far outside the study."""
    point = edit["geometry"]
    if extent is None or point is None or edit["action"] == "close_post":
        return ""
    km = outside_km(point.y, point.x, extent)
    if km <= FAR_OUTSIDE_KM:
        return ""
    return f"{km:.0f} km outside the study area; check the coordinates (longitude comes first)"


def _not_there(rows: Mapping[str, Mapping[str, Any]], post_id: str) -> str:
    if post_id not in rows:
        return f"there is no post `{post_id}`; check its id"
    if rows[post_id]["status"] == "closed":
        return f"the post `{post_id}` is closed; leave the edit out"
    return ""


_DO: Mapping[str, Callable[..., str]] = MappingProxyType(
    {"add_post": _add, "move_post": _move, "close_post": _close}
)
