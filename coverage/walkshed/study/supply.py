"""Inspectors of each post, each figure with where it is from, and how they compare with residents.

A figure is that of the registry; else the number of the list of inspectors who serve there; else
the one that the study assumes (`siting.inspectors`). Only where no post has any, and the study
names a region's staff and residents, the city's share of them is spread evenly, and says so.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ..scores.floating_catchment import (
    enhanced_two_step_fca,
    step_weight,
    three_step_fca,
    two_step_fca,
)
from ..scores.workload import inspectors_on_average, workload_scores
from ..settings import StudySettings
from ..sources.beside_posts import BesidePosts
from ..standards import StaffingNorm, catchment_rule
from ..travel_times import walking_times
from .walk import Walk

PER = 1000
"""Floating catchments are told as inspectors for so many residents."""


@dataclass(frozen=True, eq=False)
class Supply:
    """Inspectors of each post.

    Attributes
    ----------
    posts
        By `post_id`, existing posts, then the proposed: `state` ("existing", "proposed"),
        `inspectors` now and `inspectors_after` with the plan built (missing where not known),
        `inspectors_from` ("registry", "list", "assumed", "average", "" where not known),
        `inspectors_establishment` and `inspectors_vacant`.
    average
        What the average was made of, None where none was needed or could be had.
    """

    posts: pd.DataFrame
    average: dict[str, Any] | None


def inspectors_of_posts(
    settings: StudySettings,
    posts: pd.DataFrame,
    proposed: pd.DataFrame,
    beside: BesidePosts,
    residents: float,
) -> Supply:
    """Find the inspectors of each post, now and with the plan built.

    Parameters
    ----------
    posts
        Existing posts that residents can walk into.
    proposed
        Posts of the plan by `site_id`, with `inspectors` where they say.
    residents
        Of the whole city.
    """
    staff = pd.concat(
        [
            _told_by(posts, beside, settings).assign(state="existing"),
            _told_by(proposed, None, settings).assign(state="proposed"),
        ]
    ).rename_axis("post_id")
    is_new = (staff["state"] == "proposed").to_numpy()
    staff["inspectors_after"] = staff["inspectors"]
    staff.loc[is_new, "inspectors"] = np.nan
    if staff["inspectors_after"].notna().any():
        return Supply(staff, None)
    region = _region(beside.places, settings.posts.settlement)
    if region is None or not len(posts):
        return Supply(staff, None)
    figures = {
        "region_inspectors": region["inspectors_in_post"],
        "region_residents": region["residents"],
    }
    staff.loc[~is_new, "inspectors"] = inspectors_on_average(len(posts), residents, **figures)
    staff["inspectors_after"] = inspectors_on_average(len(staff), residents, **figures)
    average = {
        "place": region["place"],
        "inspectors_in_post": region["inspectors_in_post"],
        "inspectors_establishment": region.get("inspectors_establishment"),
        "residents": region["residents"],
        "inspectors_per_post": float(staff["inspectors"].iloc[0]),
        "inspectors_per_post_after": float(staff["inspectors_after"].iloc[0]),
    }
    return Supply(staff.assign(inspectors_from="average"), average)


def _told_by(
    posts: pd.DataFrame, beside: BesidePosts | None, settings: StudySettings
) -> pd.DataFrame:
    """The first figure there is of each post, and where it is from."""
    unknown = pd.Series(np.nan, index=posts.index)
    listed = None if beside is None else beside.inspectors_by_post
    assumed = settings.siting.inspectors
    sources = {
        "registry": posts.get("inspectors", unknown).astype(float),
        "list": unknown if listed is None else listed.reindex(posts.index).astype(float),
        "assumed": unknown if assumed is None else pd.Series(float(assumed), index=posts.index),
    }
    told = pd.DataFrame(sources)
    establishment = posts.get("inspectors_establishment", unknown).astype(float)
    found = told.bfill(axis=1).iloc[:, 0]
    named = told.notna().to_numpy()
    names = np.array([*sources, ""], dtype=object)
    first = np.where(named.any(axis=1), named.argmax(axis=1), len(sources))
    vacant = (establishment - found).mask(names[first] == "assumed")
    return pd.DataFrame(
        {
            "inspectors": found,
            "inspectors_from": names[first],
            "inspectors_establishment": establishment,
            "inspectors_vacant": vacant,
        },
        index=posts.index,
    )


def _region(places: Sequence[Mapping[str, Any]], settlement: str | None) -> Any:
    """The place whose staff and residents are known: the study's own, else the only one."""
    known = [p for p in places if p.get("residents") and "inspectors_in_post" in p]
    own = [place for place in known if settlement and place["place"] == settlement]
    found = own or known
    return found[0] if len(found) == 1 else None


def workload_table(supply: Supply, doors: pd.DataFrame, norm: StaffingNorm) -> pd.DataFrame:
    """Workload of each post, now and with the plan built, and who reaches none in the row ""."""
    posts = supply.posts
    state = posts["state"].to_dict() | {"": ""}
    per_inspector = norm.residents_per_inspector.value
    now, after = (
        workload_scores(
            doors["residents"],
            doors[f"nearest_post{suffix}"],
            posts[f"inspectors{suffix}"],
            residents_per_inspector=per_inspector,
        )
        for suffix in ("", "_after")
    )
    order = [
        *("state", "inspectors", "inspectors_from", "inspectors_establishment"),
        *("inspectors_vacant", "inspectors_after"),
    ]
    own = posts.reindex(now.index)[order]
    own["state"] = [state[post] for post in now.index]
    own["inspectors_from"] = own["inspectors_from"].fillna("")
    return own.join(now).join(after.add_suffix("_after")).rename_axis("post_id")


def floating_catchments(walk: Walk, doors: pd.DataFrame, supply: Supply) -> pd.DataFrame:
    """Inspectors per 1,000 residents of each door, by three methods; no columns where not known.

    Of the posts that stand now. Where the inspectors of one post are not known nothing is said: to
    count them as none would be wrong for every door near it.
    """
    inspectors = supply.posts["inspectors"][supply.posts["state"] == "existing"]
    if inspectors.isna().any():
        return pd.DataFrame(index=doors.index)
    rule = catchment_rule()
    weight = step_weight(rule.zones_min.value, rule.weights.value)
    cutoff_min = rule.zones_min.value[-1]
    times = walking_times(
        walk.network, doors, walk.post_positions, speed_kmh=walk.speed_kmh, cutoff_min=cutoff_min
    )
    people = doors["residents"]
    found = {
        "2sfca": two_step_fca(times, people, inspectors, cutoff_min=cutoff_min),
        "e2sfca": enhanced_two_step_fca(
            times, people, inspectors, weight=weight, cutoff_min=cutoff_min
        ),
        "3sfca": three_step_fca(times, people, inspectors, weight=weight, cutoff_min=cutoff_min),
    }
    return pd.DataFrame({f"inspectors_per_{PER}_{name}": PER * one for name, one in found.items()})
