"""A registry of posts and OpenStreetMap in one table, and where the two contradict each other."""

import difflib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
from shapely import STRtree

from ..errors import TableError
from ..schemas import check_facilities
from .posts import located

SAME_POST_M = 50.0
"""An OpenStreetMap post this near to a located registry row, or nearer, is that row again.

Two points on one building are rarely further apart; two different posts rarely nearer. Our own
rounded assumption, the uncertainty of a street address.
"""

CONFLICTS = (
    "same_number_other_place",
    "same_number_registry_unlocated",
    "same_place_other_number",
    "same_place_other_kind",
    "same_place_other_name",
    "closed_in_registry",
    "planned_in_registry",
)

_COLUMNS = (
    *("conflict", "post_id", "osm_post_id", "registry_says", "osm_says", "distance_m"),
    "kept_post_id",
)
_ALIKE = 0.6
"""Names less alike than this (difflib's ratio) are told: spelling alone differs less."""

_TELLS_DEPARTMENT = re.compile(
    r"отдел|управлен|департамент|бөлім|басқарма|department", re.IGNORECASE
)


@dataclass(frozen=True, eq=False)
class MergedPosts:
    """Registry and OpenStreetMap in one table, what was left out as double, and conflicts.

    Attributes
    ----------
    posts
        Posts of both, the registry's first.
    dropped
        One row for each OpenStreetMap post left out, by its `post_id`, with the `kept_post_id` of
        the registry row that stands for it and the `distance_m` between them.
    conflicts
        One row for each contradiction: `conflict` (one of `CONFLICTS`), `post_id` in the registry,
        `osm_post_id`, what each says, `distance_m` (NaN where the registry has no place), and
        `kept_post_id`, the post that stays; nothing there means that both stay.
    """

    posts: gpd.GeoDataFrame
    dropped: pd.DataFrame
    conflicts: pd.DataFrame


def merge_posts(registry: gpd.GeoDataFrame, osm: gpd.GeoDataFrame) -> MergedPosts:
    """Join the located rows of a registry with posts from OpenStreetMap.

    An OpenStreetMap post within `SAME_POST_M` of a located registry row (exactly that far
    still counts) is left out: the registry knows its kind and status better. A planned row is no
    post yet and takes nobody's place. Unlocated registry rows are not in the result; count them
    with `located_count` before.

    Parameters
    ----------
    registry, osm
        Facilities, each in any stated CRS.

    Returns
    -------
    MergedPosts
        Posts in the CRS of the registry, registry first; what was dropped; what contradicts.

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
    metric = _metric_crs(kept, found)
    there, here = kept.to_crs(metric), found.to_crs(metric)
    is_built = (there["status"] != "planned").to_numpy()
    dropped = _nearest_within(there[is_built], here)
    planned = _nearest_within(there[~is_built], here)
    conflicts = [
        *_at_one_place(registry, osm, dropped),
        *(_row("planned_in_registry", registry, osm, *pair, kept="") for pair in _pairs(planned)),
        *_of_one_number(registry, osm, there, here, dropped),
    ]
    tables = [table for table in (kept, found.drop(index=dropped.index)) if len(table)]
    return MergedPosts(pd.concat(tables) if tables else kept, dropped, conflict_table(conflicts))


def conflict_table(rows: list[dict[str, Any]] | None = None) -> pd.DataFrame:
    """Make a table of conflicts; without rows, an empty one."""
    table = pd.DataFrame(rows or [], columns=list(_COLUMNS))
    return table.astype({"distance_m": "float64"}).astype(
        {column: "object" for column in _COLUMNS if column != "distance_m"}
    )


def _metric_crs(kept: gpd.GeoDataFrame, found: gpd.GeoDataFrame) -> Any:
    if kept.crs.is_projected:
        return kept.crs
    return next((t.estimate_utm_crs() for t in (kept, found) if len(t)), kept.crs)


def _nearest_within(kept: gpd.GeoDataFrame, found: gpd.GeoDataFrame) -> pd.DataFrame:
    """Pair each found post with the kept one nearest to it, where that is near enough."""
    tree = STRtree(kept.geometry.to_numpy())
    (at, near), distance_m = tree.query_nearest(
        found.geometry.to_numpy(),
        max_distance=SAME_POST_M * (1 + 1e-9),
        return_distance=True,
        all_matches=False,
    )
    exactly = distance_m <= SAME_POST_M
    index = pd.Index(found.index[at[exactly]], name="post_id", dtype="object")
    pairs = {"kept_post_id": kept.index[near[exactly]], "distance_m": distance_m[exactly]}
    table = pd.DataFrame(pairs, index=index)
    return table.astype({"kept_post_id": "object", "distance_m": "float64"})


def _pairs(table: pd.DataFrame) -> Iterator[tuple[str, str, float]]:
    for osm_id, post_id, distance_m in table.itertuples():
        yield post_id, osm_id, distance_m


def _row(
    conflict: str,
    registry: gpd.GeoDataFrame,
    osm: gpd.GeoDataFrame,
    post_id: str,
    osm_id: str,
    distance_m: float,
    *,
    kept: str,
) -> dict[str, Any]:
    column = _SAYS[conflict]
    return {
        "conflict": conflict,
        "post_id": post_id,
        "osm_post_id": osm_id,
        "registry_says": registry.loc[post_id, column],
        "osm_says": osm.loc[osm_id, column],
        "distance_m": round(distance_m, 1),
        "kept_post_id": kept,
    }


_SAYS = dict(
    zip(
        CONFLICTS,
        ("number", "number", "number", "kind", "name_ru", "status", "status"),
        strict=True,
    )
)


def _at_one_place(
    registry: gpd.GeoDataFrame, osm: gpd.GeoDataFrame, dropped: pd.DataFrame
) -> Iterator[dict[str, Any]]:
    """Look for what differs between a registry row and the OpenStreetMap post it stands for."""
    for post_id, osm_id, distance_m in _pairs(dropped):
        ours, theirs = registry.loc[post_id], osm.loc[osm_id]
        for conflict, differs in _DIFFERS.items():
            if differs(ours, theirs):
                yield _row(conflict, registry, osm, post_id, osm_id, distance_m, kept=post_id)


def _other_number(ours: pd.Series, theirs: pd.Series) -> bool:
    one, two = number_key(ours["number"]), number_key(theirs["number"])
    return bool(one and two and one != two)


def _other_kind(ours: pd.Series, theirs: pd.Series) -> bool:
    """Tell whether kinds differ; a department that no word of its name tells is a guess."""
    told = theirs["kind"] != "department" or _TELLS_DEPARTMENT.search(_names(theirs))
    return bool(told) and ours["kind"] != theirs["kind"]


def _other_name(ours: pd.Series, theirs: pd.Series) -> bool:
    one, two = (" ".join(row["name_ru"].casefold().split()) for row in (ours, theirs))
    return bool(one and two) and difflib.SequenceMatcher(None, one, two).ratio() < _ALIKE


def _is_closed(ours: pd.Series, _: pd.Series) -> bool:
    return bool(ours["status"] == "closed")


_DIFFERS: dict[str, Callable[[pd.Series, pd.Series], bool]] = {
    "same_place_other_number": _other_number,
    "same_place_other_kind": _other_kind,
    "same_place_other_name": _other_name,
    "closed_in_registry": _is_closed,
}


def _of_one_number(
    registry: gpd.GeoDataFrame,
    osm: gpd.GeoDataFrame,
    there: gpd.GeoDataFrame,
    here: gpd.GeoDataFrame,
    dropped: pd.DataFrame,
) -> Iterator[dict[str, Any]]:
    """Look for posts of one kind and number that stand in two places, or in one unknown."""
    kept_by_osm_id = dict(zip(dropped.index, dropped["kept_post_id"], strict=True))
    ours_by_key: dict[tuple[str, str], list[str]] = {}
    for post_id, kind, number in registry[["kind", "number"]].itertuples():
        if number_key(number):
            ours_by_key.setdefault((kind, number_key(number)), []).append(post_id)
    for osm_id, kind, number in osm.loc[here.index, ["kind", "number"]].itertuples():
        for post_id in ours_by_key.get((kind, number_key(number)), []):
            if kept_by_osm_id.get(osm_id) == post_id:
                continue
            unlocated = post_id not in there.index
            conflict = "same_number_registry_unlocated" if unlocated else "same_number_other_place"
            distance_m = (
                np.nan if unlocated else there.geometry[post_id].distance(here.geometry[osm_id])
            )
            kept = kept_by_osm_id.get(osm_id, "")
            yield _row(conflict, registry, osm, post_id, osm_id, distance_m, kept=kept)


def number_key(number: str) -> str:
    """Reduce a post's number to what tells it apart.

    Examples
    --------
    >>> number_key("№ 017"), number_key(" 17 "), number_key("б/н")
    ('17', '17', '')
    """
    match = re.search(r"[0-9]+\S*", number)
    return match[0].lstrip("0").casefold() if match else ""


def _names(row: pd.Series) -> str:
    return " ".join(row[f"name_{language}"] for language in ("ru", "kk", "en"))
