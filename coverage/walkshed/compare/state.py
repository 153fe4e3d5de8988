"""One state of a city to be compared: a run as it found the posts, or with its plan built."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd

from ..errors import SourceError, one_message
from ..reports import RunTables

OF_STATE = ("nearest_post", "nearest_min", "not_reached_reason", "band", "within_standard")
"""Columns of doors that are told of the plan too, with `_after`."""
OF_DOORS = ("residents", "neighbourhood_id", "hexagon_id", *OF_STATE)

NEEDED = {
    "doors": (*OF_DOORS, *(f"{column}_after" for column in OF_STATE)),
    "posts": ("kind", "status"),
    "proposed_posts": ("site_id",),
    "neighbourhoods": ("name",),
    "service_areas": ("scenario",),
    "catchments": ("post_id", "residents", "scenario"),
}
"""Tables of a run that are read, and the columns they must have."""

OWN = "standard"
"""In place of a band's label: within the standard that each run plans for, where these differ."""


@dataclass(frozen=True, eq=False)
class State:
    """One state of a city.

    Attributes
    ----------
    run
        The run it is read from.
    name
        What to call it: the folder of its run.
    is_built
        Whether the proposed posts stand.
    doors
        Index `door_id`: `residents`, zones, `nearest_post`, `nearest_min`,
        `not_reached_reason`, `band`, and for each band of the run's standard `within_<band>`;
        `within_standard` by the band that is planned for.
    posts
        Posts that residents can walk into, the proposed ones among them where they stand.
    service_areas, catchments
        As in the run, of this state alone.
    """

    run: RunTables
    name: str
    is_built: bool
    doors: gpd.GeoDataFrame
    posts: gpd.GeoDataFrame
    service_areas: gpd.GeoDataFrame
    catchments: gpd.GeoDataFrame

    @property
    def bands(self) -> list[Mapping[str, Any]]:
        """Bands of the access standard, the narrowest first: `label`, `unit`, `limits`."""
        return list(self.run.summary["standard"]["bands"])

    @property
    def planning_band(self) -> str:
        """Label of the band that new posts are planned for."""
        return str(self.run.summary["standard"]["planning_band"])

    @property
    def crs(self) -> str:
        """Metric CRS of the run."""
        return str(self.run.manifest["crs"])

    def __repr__(self) -> str:
        plan = " with its plan built" if self.is_built else ""
        return f"State({self.name}{plan}: {len(self.doors)} doors, {len(self.posts)} posts)"


def state_of(run: RunTables, *, is_built: bool = False, name: str | None = None) -> State:
    """Take one state out of a run.

    Parameters
    ----------
    run
        What `reports.read_run` gives.
    is_built
        Whether the proposed posts stand.
    name
        What to call it; by default the name of the run's folder.

    Raises
    ------
    SourceError
        The run lacks a table or a column: it was written by an older version.
    """
    _refuse_older(run)
    suffix, scenario = ("_after", "after") if is_built else ("", "existing")
    tables = run.tables
    doors = tables["doors"]
    told = doors.drop(columns=[column for column in doors if str(column).endswith("_after")])
    if is_built:
        told = told.assign(**{column: doors[f"{column}{suffix}"] for column in OF_STATE})
    labels = [str(band["label"]) for band in run.summary["standard"]["bands"]]
    place = told["band"].map({label: at for at, label in enumerate(labels)})
    for at, label in enumerate(labels):
        told[f"within_{label}"] = place <= at  # bands nest; beyond all of them it is NaN: False
    return State(
        run=run,
        name=run.folder.resolve().name if name is None else name,
        is_built=is_built,
        doors=told,
        posts=_posts(tables["posts"], tables["proposed_posts"] if is_built else None),
        service_areas=_of(tables["service_areas"], scenario),
        catchments=_of(tables["catchments"], scenario),
    )


def _refuse_older(run: RunTables) -> None:
    problems = []
    for name, columns in NEEDED.items():
        if name not in run.tables:
            problems.append(f"{name}.parquet is not among the files of the run")
            continue
        lacking = [f"`{column}`" for column in columns if column not in run.tables[name]]
        if lacking:
            problems.append(f"{name}.parquet lacks {', '.join(lacking)}")
    keys = [key for key in ("standard", "residents", "population") if key not in run.summary]
    problems += [f"summary.json lacks `{key}`" for key in keys]
    if problems:
        version = run.manifest.get("versions", {}).get("walkshed", "unknown")
        problems.append(f"written by walkshed {version}: run the study again with this version")
        raise SourceError(one_message(str(run.folder), problems))


def _of(areas: pd.DataFrame, scenario: str) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(areas[areas["scenario"] == scenario])


def _posts(posts: pd.DataFrame, proposed: pd.DataFrame | None) -> gpd.GeoDataFrame:
    """Posts, and proposed ones after them in building order, by the ids that doors know."""
    if proposed is None or not len(proposed):
        return gpd.GeoDataFrame(posts)
    built = gpd.GeoDataFrame(
        {
            "kind": proposed.get("post_kind", ""),
            "status": "planned",
            "origin": "plan",
            "location_precision": "exact",
            "address": proposed.get("near", ""),
        },
        geometry=proposed.geometry,
    ).set_axis(pd.Index(proposed["site_id"], name=posts.index.name))
    texts = [column for column in posts if pd.api.types.is_string_dtype(posts[column])]
    table = pd.concat([posts, built])
    table[texts] = table[texts].fillna("")
    return gpd.GeoDataFrame(table, crs=posts.crs)
