"""The headline numbers of a study, as `summary.json` holds them."""

from typing import Any

import pandas as pd

from ..scenario import Scenario
from ..schemas import PRECISION_RADIUS_M
from ..settings import StudySettings
from ..sources.beside_posts import BesidePosts
from ..sources.city_posts import CityPosts, of_city
from ..sources.posts import existing
from ..sources.zones import OUTSIDE
from ..standards import AccessStandard, Band, Cited, StaffingNorm
from .bands import whole
from .doors import ScoredDoors
from .plan import SitedStudy, curve_of, stages_record
from .residents import Population


def summarise(sited: SitedStudy, scored: ScoredDoors, whole_city: pd.DataFrame) -> dict[str, Any]:
    """Headline numbers: of the existing posts alone, and `after` with the plan built.

    `residents_by_posts_within` has the residents by how many posts they have within the limit of
    the planning band.

    Parameters
    ----------
    whole_city
        Scores of the city: one row; see `zones.scored_city`.
    """
    doors = scored.doors
    settings, plan, city = sited.settings, sited.plan, sited.city
    survey, posts, scenario = city.survey, city.walk.posts, city.scenario
    standard, planning, staffing = (
        city.standards.access,
        city.standards.planning,
        city.standards.staffing,
    )
    opened, known, beside = survey.opened, survey.known, survey.beside
    approximate = posts.index[posts["precision_m"] > PRECISION_RADIUS_M["address"]]
    residents = float(doors["residents"].sum())
    return {
        "city": settings.city,
        "source": opened.source,
        "schematic": opened.is_schematic,
        "osm_date": opened.extract.osm_date,
        "residents": residents,
        "residents_estimated": settings.residents.base == "floor_area"
        and settings.residents.total is None,
        "population": _population(settings, survey.population),
        "outside_neighbourhoods": _outside(doors),
        "notes_on_neighbourhoods": list(survey.notes),
        "doors": len(doors),
        "posts": len(posts),
        "posts_known": known.count.known,
        "posts_located": known.count.located,
        "posts_located_by": _located_by(known),
        "posts_approximate": len(approximate),
        "approximate_share_of_covered": _resting_on(approximate, doors, scored.within[""]),
        "post_conflicts": len(known.conflicts),
        "staff": _staff(of_city(known.registered, settings.posts), beside, residents, staffing),
        "incidents": beside.incidents,
        "posts_off_the_network": [str(i) for i in posts.index[posts["edge"] < 0]],
        "posts_by_status": _by_status(posts),
        "doors_by_status": _by_status(doors),
        "scenario": None if scenario is None else _scenario(scenario, city.doors_changed),
        "cutoffs_min": [whole(band.cutoff) for band in standard.bands if band.unit == "min"],
        "standard": _standard(standard, planning),
        "staffing": _staffing(staffing, residents),
        **_headline(scored, "", whole_city),
        "after": _headline(scored, "_after", whole_city),
        "plan": {
            "model": plan.model,
            "band": planning.label,
            "cutoff_min": plan.cutoff_min,
            "new_posts": plan.new_posts,
            "measure": plan.measure,
            "objective": plan.objective,
            "bound": plan.bound,
            "gap": plan.gap,
            "status": plan.status,
            "curve": curve_of(plan).reset_index().to_dict("records"),
            "build_order": plan.build_order.reset_index().to_dict("records"),
        },
        "stages": None if sited.staged is None else stages_record(sited.staged),
    }


def _located_by(known: CityPosts) -> dict[str, int]:
    """Known existing posts by where their place is from; they add up to all that are known."""
    matches = known.matches
    matched = int(((matches["status"] == "existing") & (matches["osm_id"] != "")).sum())
    located, known_posts = known.count
    return {
        "coordinates": located - matched,
        "words": matched,
        "unlocated": known_posts - located,
    }


def _by_status(points: pd.DataFrame) -> dict[str, int]:
    """Count points by how they meet the street."""
    return {str(status): int(n) for status, n in points["snap_status"].value_counts().items()}


def _population(settings: StudySettings, population: Population) -> dict[str, Any]:
    """Who says how many people live where; `source` is "" where the study does not say."""
    given = settings.residents
    return {
        "base": given.base,
        "source": given.source,
        "date": given.date,
        "total": given.total,
        "totals_of_zones": population.totals.reset_index().to_dict("records"),
        "planned": population.planned,
        "notes": list(population.notes),
        "by_rule": population.by_rule.reset_index().to_dict("records"),
    }


def _outside(doors: pd.DataFrame) -> dict[str, Any]:
    """Doors that lie in no neighbourhood."""
    outside = doors["neighbourhood_id"] == OUTSIDE
    return {"doors": int(outside.sum()), "residents": float(doors["residents"][outside].sum())}


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


def _resting_on(
    approximate: pd.Index, doors: pd.DataFrame, inside: pd.DataFrame
) -> dict[str, float]:
    """Share of the covered residents whose nearest post has only an approximate place."""
    shares, rests = {}, doors["nearest_post"].isin(approximate)
    for band in inside:
        residents = doors["residents"][inside[band]].sum()
        resting = doors["residents"][inside[band] & rests].sum()
        shares[str(band)] = float(resting / residents) if residents else 0.0
    return shares


def _staff(
    registered: pd.DataFrame, beside: BesidePosts, residents: float, norm: StaffingNorm
) -> dict[str, Any]:
    """Inspectors of the city against the norm; None where the registry does not say.

    Residents per inspector are told only where every existing post has its figure, or a list of
    inspectors is given: else some inspectors would be left out, and the load be too high.
    """
    posts = existing(registered)
    both = posts[["inspectors", "inspectors_establishment"]].dropna()
    figures = posts["inspectors"].dropna()
    in_post = float(figures.sum()) if len(figures) else None
    counted = _inspectors(posts, beside)
    establishment = posts["inspectors_establishment"].dropna()
    return {
        "posts_with_figures": len(figures),
        "inspectors_in_post": in_post,
        "inspectors_establishment": float(establishment.sum()) if len(establishment) else None,
        "inspectors_vacant": float((both.iloc[:, 1] - both.iloc[:, 0]).sum())
        if len(both)
        else None,
        "inspectors": beside.inspectors,
        "residents_per_inspector": residents / counted if counted else None,
        "residents_per_inspector_norm": norm.residents_per_inspector.value,
        "places": beside.places,
    }


def _inspectors(posts: pd.DataFrame, beside: BesidePosts) -> float | None:
    """All inspectors, by the list of them or else by the posts; None where some are unknown."""
    if beside.inspectors:
        return float(beside.inspectors["listed"])
    figures = posts["inspectors"].dropna()
    return float(figures.sum()) if len(figures) == len(posts) > 0 else None


def explained(sited: SitedStudy, language: str) -> list[str]:
    """Say in plain sentences what a plan gives, with the staff that all posts share."""
    survey = sited.city.survey
    posts = existing(of_city(survey.known.registered, sited.settings.posts))
    inspectors = _inspectors(posts, survey.beside)
    if not inspectors:  # nobody knows, or nobody serves: then nobody is spread thinner
        return sited.plan.explain(language).splitlines()
    norm = sited.city.standards.staffing.residents_per_inspector.value
    return sited.plan.explain(
        language, inspectors=round(inspectors), residents_per_inspector=norm
    ).splitlines()


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


def _headline(scored: ScoredDoors, suffix: str, whole_city: pd.DataFrame) -> dict[str, Any]:
    """Take the headline numbers of one time from the city's row; None where there is none."""
    row = whole_city.iloc[0].astype(object).where(whole_city.iloc[0].notna(), None)
    doors = scored.doors
    reason = doors[f"not_reached_reason{suffix}"]
    by_posts = doors["residents"].groupby(doors[f"posts_within{suffix}"]).sum()
    by_reason = doors["residents"][reason != ""].groupby(reason[reason != ""]).sum()

    def by_band(score: str) -> dict[str, Any]:
        return {str(band): row[f"{score}_{band}{suffix}"] for band in scored.within[suffix]}

    return {
        "residents_within": by_band("residents_within"),
        "share_within": by_band("share_within"),
        "nearest_min": {
            name: row[f"{name}_min{suffix}"]
            for name in ("median", "p90", "max", "mean", "worst_tenth")
        },
        "equity": {name: row[f"{name}{suffix}"] for name in ("gini", "palma")},
        "backup": {
            "residents": by_band("residents_backup"),
            "share": by_band("backup_share"),
            "median_second_nearest_min": row[f"median_second_nearest_min{suffix}"],
            "residents_no_second_post": row[f"residents_no_second_post{suffix}"],
        },
        "median_detour_index": row[f"median_detour_index{suffix}"],
        "residents_by_posts_within": {str(posts): float(n) for posts, n in by_posts.items()},
        "residents_not_reached": row[f"residents_not_reached{suffix}"],
        "residents_not_reached_by_reason": {str(why): float(n) for why, n in by_reason.items()},
    }
