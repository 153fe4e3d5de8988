"""Two states of a city side by side, as tables and headline numbers."""

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from ..sources.zones import NAMES, hexagons
from .comparable import Difference, refuse_incomparable
from .doors import SAME_RESIDENTS, compare_doors, compare_zones, residual_residents
from .posts import MOVED_M, compare_posts
from .state import OWN, State

CITY = "city"


@dataclass(frozen=True, eq=False)
class Comparison:
    """What differs between two states.

    Attributes
    ----------
    before, after
        The two states.
    bands, planning_band
        Labels of the bands compared, and the one that headlines are told by. Where the two have
        different standards, the last is `state.OWN`.
    allowed
        Differences that would have kept them from being compared, had they not been allowed.
    doors
        As `doors.compare_doors` gives it, with `neighbourhood_id`, `hexagon_id` (of `after`; of
        `before` for doors that are gone) and where the door is.
    neighbourhoods, hexagons
        As `doors.compare_zones` gives it, with names and outlines. Borders are those of `after`.
    districts
        The same for city districts; None where a run has none.
    city
        The same, in one row.
    posts
        As `posts.compare_posts` gives it, with `residents_before` and `residents_after` whose
        nearest it is.
    summary
        The headline numbers, as written to `compare.json`.
    """

    before: State
    after: State
    bands: tuple[str, ...]
    planning_band: str
    allowed: tuple[Difference, ...]
    doors: gpd.GeoDataFrame
    neighbourhoods: gpd.GeoDataFrame
    districts: gpd.GeoDataFrame | None
    hexagons: gpd.GeoDataFrame
    city: pd.DataFrame
    posts: gpd.GeoDataFrame
    summary: Mapping[str, Any]


def compare_states(
    before: State, after: State, *, allow: Collection[str] = (), moved_m: float = MOVED_M
) -> Comparison:
    """Compare two states of a city.

    Parameters
    ----------
    before, after
        What `state_of` gives.
    allow
        What may differ between them; see `comparable`.
    moved_m
        Metres that a post must be elsewhere by to count as moved.

    Raises
    ------
    InputError
        They cannot be compared, and were not allowed to be.
    """
    allowed = refuse_incomparable(before, after, allow=allow)
    bands, planning = _bands(before, after)
    old, new = before.doors.to_crs(after.crs), after.doors
    doors = compare_doors(_own(old), _own(new), bands=bands)
    placed = gpd.GeoDataFrame(doors, geometry=_latest("geometry", old, new), crs=new.crs)
    zones = {
        column: _latest(column, old, new)
        for column in ("neighbourhood_id", "hexagon_id", "district_id")
        if column in old and column in new
    }
    placed = placed.assign(**zones)
    cells = compare_zones(doors, zones["hexagon_id"], bands=bands).rename_axis("hexagon_id")
    posts = compare_posts(before.posts.to_crs(after.crs), after.posts, moved_m=moved_m)
    city = compare_zones(doors, pd.Series(CITY, index=doors.index), bands=bands)
    tables = {
        "doors": placed,
        "neighbourhoods": _zones_of("neighbourhood", before, after, placed, bands),
        "districts": _zones_of("district", before, after, placed, bands)
        if "district_id" in zones and _have_districts(before, after)
        else None,
        "hexagons": gpd.GeoDataFrame(cells, geometry=hexagons(cells.index)).to_crs(after.crs),
        "city": city.rename_axis("city_id"),
        "posts": _with_residents(posts, doors),
    }
    summary = _summary(before, after, tables, bands, planning, allowed, moved_m)
    return Comparison(
        before=before,
        after=after,
        bands=bands,
        planning_band=planning,
        allowed=tuple(allowed),
        summary=summary,
        **tables,
    )


def _bands(before: State, after: State) -> tuple[tuple[str, ...], str]:
    """Give the bands that both have, and the one to tell headlines by."""
    same = tuple(str(band["label"]) for band in after.bands if band in before.bands)
    if before.bands == after.bands and before.planning_band == after.planning_band:
        return same, after.planning_band
    return (*same, OWN), OWN


def _own(doors: gpd.GeoDataFrame) -> pd.DataFrame:
    """Doors without geometry; they have `within_standard` already."""
    return pd.DataFrame(doors.drop(columns="geometry"))


def _latest(column: str, before: pd.DataFrame, after: pd.DataFrame) -> pd.Series:
    """A column of the doors as they are after, and as they were for those that are gone."""
    gone = before.index.difference(after.index, sort=False)
    latest: pd.Series = pd.concat([after[column], before.loc[gone, column]])
    return latest


def _have_districts(before: State, after: State) -> bool:
    """Whether a run has city districts; where it has none its table of them is empty."""
    rows = [len(s.run.tables["districts"]) for s in (before, after) if "districts" in s.run.tables]
    return len(rows) == 2 and max(rows) > 0


def _zones_of(
    kind: str, before: State, after: State, doors: pd.DataFrame, bands: tuple[str, ...]
) -> gpd.GeoDataFrame:
    """Compare neighbourhoods or districts: those of `after`, then those that are gone."""
    areas = [gpd.GeoDataFrame(state.run.tables[f"{kind}s"]) for state in (before, after)]
    old, new = (area.to_crs(after.crs)[_kept(area)] for area in areas)
    outlines = pd.concat([new, old.loc[old.index.difference(new.index, sort=False)]])
    flows = compare_zones(doors, doors[f"{kind}_id"], bands=bands)
    table = outlines.reindex(outlines.index.append(flows.index.difference(outlines.index)))
    names = [name for name in NAMES if name in table]
    table[names] = table[names].fillna("")
    table = table.join(flows)
    shares = [name for name in flows if str(name).startswith("share")]
    minutes = [name for name in flows if "_min_" in str(name)]
    amounts = flows.columns.difference([*shares, *minutes])
    table[amounts] = table[amounts].fillna(0)
    counts = [name for name in flows if str(name).startswith("doors_")]
    table[counts] = table[counts].astype("int64")
    return gpd.GeoDataFrame(table, geometry="geometry", crs=after.crs).rename_axis(f"{kind}_id")


def _kept(areas: gpd.GeoDataFrame) -> list[str]:
    return [*(name for name in NAMES if name in areas), "geometry"]


def _with_residents(posts: gpd.GeoDataFrame, doors: pd.DataFrame) -> gpd.GeoDataFrame:
    """Add the residents whose nearest post each was, and is."""
    for then in ("before", "after"):
        nearest = doors[f"residents_{then}"].groupby(doors[f"post_{then}"]).sum()
        posts[f"residents_{then}"] = nearest.reindex(posts.index).fillna(0.0)
    return posts


def _summary(
    before: State,
    after: State,
    tables: Mapping[str, Any],
    bands: tuple[str, ...],
    planning: str,
    allowed: Collection[Difference],
    moved_m: float,
) -> dict[str, Any]:
    """Headline numbers, as `compare.json` holds them."""
    doors, zones, posts = tables["doors"], tables["neighbourhoods"], tables["posts"]
    net = zones[f"residents_net_{planning}"]
    summed = [tables[name] for name in ("city", "neighbourhoods", "districts", "hexagons")]
    return {
        "before": _told(before),
        "after": _told(after),
        "allowed": [asdict(one) for one in allowed],
        "bands": list(bands),
        "planning_band": planning,
        "city": tables["city"].astype(object).iloc[0].to_dict() if len(tables["city"]) else {},
        "doors": {
            "compared": len(doors),
            "changed": int(doors["changed"].sum()),
            **{kind: int((doors["presence"] == kind).sum()) for kind in ("both", "new", "gone")},
            **{
                change: int((doors[f"change_{planning}"] == change).sum())
                for change in ("gained", "lost")
            },
        },
        "neighbourhoods": {
            "better": int((net > SAME_RESIDENTS).sum()),
            "worse": int((net < -SAME_RESIDENTS).sum()),
            "same": int((net.abs() <= SAME_RESIDENTS).sum()),
        },
        "posts": {
            kind: int((posts["change"] == kind).sum())
            for kind in ("opened", "closed", "moved", "changed", "same")
        },
        "posts_moved_m": moved_m,
        "residual_residents": max(
            residual_residents(table, bands) for table in summed if table is not None
        ),
    }


def _told(state: State) -> dict[str, Any]:
    """Say which state it is, and how many live there."""
    summary = state.run.summary
    scenario = summary.get("scenario")
    return {
        "name": state.name,
        "city": summary["city"],
        "with_plan": state.is_built,
        "scenario": scenario["name"] if scenario else None,
        "osm_date": summary["osm_date"],
        "schematic": summary["schematic"],
        "residents": float(state.doors["residents"].sum()),
        "population": {key: summary["population"].get(key) for key in ("source", "date")},
        "posts": len(state.posts),
        "standard": summary["standard"]["name"],
        "bands": state.bands,
        "planning_band": state.planning_band,
    }
