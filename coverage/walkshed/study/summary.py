"""The headline numbers of a study, as `summary.json` holds them."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from ..scenario import Scenario
from ..scores import band_scores
from ..settings import StudySettings
from ..siting import SitingPlan
from ..sources.choose import OpenedSource
from ..sources.city_posts import CityPosts
from ..standards import AccessStandard, Band, Cited, StaffingNorm
from .bands import whole


def summarise(
    settings: StudySettings,
    opened: OpenedSource,
    known: CityPosts,
    posts: pd.DataFrame,
    doors: pd.DataFrame,
    plan: SitingPlan,
    within_bands: Mapping[str, pd.DataFrame],
    scenario: Scenario | None,
    changed: pd.DataFrame,
    *,
    standard: AccessStandard,
    planning: Band,
    staffing: StaffingNorm | None,
) -> dict[str, Any]:
    """Headline numbers: of the existing posts alone, and `after` with the plan built."""
    residents = float(doors["residents"].sum())
    return {
        "city": settings.city,
        "source": opened.source,
        "schematic": opened.is_schematic,
        "osm_date": opened.extract.osm_date,
        "residents": residents,
        "residents_estimated": settings.residents.total is None,
        "doors": len(doors),
        "posts": len(posts),
        "posts_known": known.count.known,
        "posts_located": known.count.located,
        "posts_off_the_network": [str(i) for i in posts.index[posts["edge"] < 0]],
        "posts_by_status": _by_status(posts),
        "doors_by_status": _by_status(doors),
        "scenario": None if scenario is None else _scenario(scenario, changed),
        "cutoffs_min": [whole(band.cutoff) for band in standard.bands if band.unit == "min"],
        "standard": _standard(standard, planning),
        "staffing": staffing and _staffing(staffing, residents),
        **_headline(doors, "", within_bands[""]),
        "after": _headline(doors, "_after", within_bands["_after"]),
        "plan": {
            "model": plan.model,
            "band": planning.label,
            "cutoff_min": plan.cutoff_min,
            "new_posts": plan.new_posts,
            "objective": plan.objective,
            "bound": plan.bound,
            "gap": plan.gap,
            "status": plan.status,
            "curve": plan.curve.reset_index().to_dict("records"),
            "build_order": plan.build_order.reset_index().to_dict("records"),
        },
    }


def _by_status(points: pd.DataFrame) -> dict[str, int]:
    """Count points by how they meet the street."""
    return {str(status): int(n) for status, n in points["snap_status"].value_counts().items()}


def _scenario(scenario: Scenario, changed: pd.DataFrame) -> dict[str, Any]:
    """What a scenario changes: doors and residents that gain or lose minutes."""
    gained, lost = (changed[changed["change"] == change] for change in ("gained", "lost"))
    return {
        "name": scenario.name,
        "edits": len(scenario.edits),
        "doors_gained": len(gained),
        "doors_lost": len(lost),
        "residents_gained": float(gained["residents"].sum()),
        "residents_lost": float(lost["residents"].sum()),
    }


def _standard(standard: AccessStandard, planning: Band) -> dict[str, Any]:
    """Name the standard, its bands and where its figures come from."""
    bands = [
        {"label": band.label, "unit": band.unit, "limits": list(band.limits)}
        for band in standard.bands
    ]
    return {
        "name": standard.name,
        "bands": bands,
        "planning_band": planning.label,
        "figures": [
            {"key": key, **figure.model_dump(mode="json")}
            for key, figure in standard
            if isinstance(figure, Cited)
        ],
    }


def _staffing(norm: StaffingNorm, residents: float) -> dict[str, Any]:
    """Tell how many inspectors the norm asks for, and where it comes from."""
    figure = norm.residents_per_inspector
    return {
        "name": norm.name,
        "residents_per_inspector": figure.value,
        "inspectors": norm.inspectors_for(residents),
        "source": figure.source,
        "date": figure.date,
        "verified": figure.verified,
    }


def _headline(doors: pd.DataFrame, suffix: str, inside: pd.DataFrame) -> dict[str, Any]:
    minutes, reason = doors[f"nearest_min{suffix}"], doors[f"not_reached_reason{suffix}"]
    city = pd.Series("city", index=doors.index)
    scores = band_scores(minutes, doors["residents"], city, inside=inside)
    row = scores.iloc[0].astype(object).where(scores.iloc[0].notna(), None)
    by_reason = doors["residents"][reason != ""].groupby(reason[reason != ""]).sum()
    return {
        "residents_within": {band: row[f"residents_within_{band}"] for band in inside},
        "share_within": {band: row[f"share_within_{band}"] for band in inside},
        "nearest_min": {name: row[f"{name}_min"] for name in ("median", "p90", "max")},
        "residents_not_reached": row["residents_not_reached"],
        "residents_not_reached_by_reason": {str(why): float(n) for why, n in by_reason.items()},
    }
