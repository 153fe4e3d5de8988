"""The tables of a study beside its zones: hours, walkers, workload, doubts, staff, equipment."""

from dataclasses import dataclass
from typing import Any

import pandas as pd

from ..scores.equipment import ALL_KINDS, equipment_counts
from ..scores.floating_catchment import mean_by_zone
from ..scores.region import region_posts, region_table
from ..settings import StudySettings
from ..sources.city_posts import CityPosts, of_city
from ..sources.posts import existing
from ..standards import StaffingNorm
from .bands import M_PER_MIN
from .compliance import compliance_table
from .hours import opening_hours_table
from .plan import SitedStudy
from .remembering import CITY, SITES
from .supply import Supply, floating_catchments, inspectors_of_posts, workload_table
from .unsure import uncertainty_summary, uncertainty_table
from .walk import POSITION
from .walkers import walking_profiles_table

OF_SITES = (
    *("siting.model", "siting.budget", "siting.kinds", "siting.inspectors"),
    *("siting.closed_posts", "siting.may_close"),
    *("siting.limit_min", "siting.none_min", "siting.time_limit_s"),
)
"""Settings of siting that posts and sites follow from, whatever number is chosen."""

EQUIPMENT = {"has_cameras": "cameras", "has_computers": "computers"}


@dataclass(frozen=True, eq=False)
class ScoreTables:
    """What a study says beside its doors and zones.

    Attributes
    ----------
    opening_hours
        Coverage by the posts open at each `weekday` and `hour`, see `opening_hours_table`.
    walking_profiles
        Coverage by walking profile, age group and band, see `walking_profiles_table`.
    workload
        One row a post, and "" for who reaches none, see `workload_table`.
    uncertainty
        Intervals of the share within the planning band, see `uncertainty_table`.
    equipment
        How many posts have what, see `equipment_counts`.
    compliance
        Each zone against the standard, and what it lacks, see `compliance_table`.
    region, region_posts
        Staff and posts of each place that figures or the registry name, see `region_table` and
        `region_posts`; no rows where the study has neither.
    inspectors_housing
        By city district, or by precinct where there are no districts (`level`), how many
        inspectors live outside their precinct, see `housing_counts`; no rows without a list of
        inspectors.
    doors
        Inspectors per 1,000 residents of each door by floating catchments; no columns where the
        inspectors of a post are not known.
    summary
        The headline numbers of all these.
    """

    opening_hours: pd.DataFrame
    walking_profiles: pd.DataFrame
    workload: pd.DataFrame
    uncertainty: pd.DataFrame
    equipment: pd.DataFrame
    compliance: pd.DataFrame
    region: pd.DataFrame
    region_posts: pd.DataFrame
    inspectors_housing: pd.DataFrame
    doors: pd.DataFrame
    summary: dict[str, Any]

    def tables(self) -> dict[str, pd.DataFrame]:
        """Give the tables by the names of their files."""
        return {
            "opening_hours": self.opening_hours,
            "walking_profiles": self.walking_profiles,
            "workload": self.workload,
            "uncertainty": self.uncertainty,
            "equipment": self.equipment,
            "compliance": self.compliance,
            "region": self.region,
            "region_posts": self.region_posts,
            "inspectors_housing": self.inspectors_housing,
        }


def score_tables(sited: SitedStudy, doors: pd.DataFrame) -> ScoreTables:
    """Score what is not by zone; `doors` have their nearest post now and with the plan built."""
    settings, city = sited.settings, sited.city
    walk, measured, survey = city.walk, city.measured, city.survey
    bands, planning = city.standards.access.bands, city.standards.planning
    proposed = sited.proposed.set_index("site_id")
    supply = inspectors_of_posts(
        settings, walk.posts, proposed, survey.beside, float(doors["residents"].sum())
    )
    workload = workload_table(supply, doors, city.standards.staffing)
    catchments = floating_catchments(walk, doors, supply)
    in_metres = planning.unit == "m"
    after = doors["nearest_m_after"] / M_PER_MIN if in_metres else doors["nearest_min_after"]
    unsure = uncertainty_table(settings, measured, proposed[POSITION], after, planning)
    housing = survey.beside.housing
    known = _known_posts(settings, survey.known, is_schematic=survey.opened.is_schematic)
    equipment = equipment_counts(known, EQUIPMENT)
    opening = city.remember(
        "opening_hours",
        lambda: opening_hours_table(walk, measured, bands, monday=settings.scores.week),
        by=(*CITY, "standard", "scores.week"),
    )
    profiles = city.remember(
        "walking_profiles",
        lambda: walking_profiles_table(settings, city),
        by=(*CITY, "standard", "scores.profiles"),
    )
    compliance = city.remember(
        "compliance",
        lambda: compliance_table(sited, doors),
        by=(*SITES, "standard", "city", "seed", *OF_SITES),
        and_by=list(map(str, sited.plan.problem.sites.index)),
    )
    return ScoreTables(
        opening_hours=opening,
        walking_profiles=profiles,
        workload=workload,
        uncertainty=unsure,
        equipment=equipment,
        compliance=compliance,
        region=region_table(
            survey.beside.figures,
            pd.DataFrame(survey.known.registered),
            residents_per_inspector=city.standards.staffing.residents_per_inspector.value,
        ),
        region_posts=region_posts(survey.beside.figures, pd.DataFrame(survey.known.registered)),
        inspectors_housing=_no_housing() if housing is None else housing,
        doors=catchments,
        summary={
            "opening_hours": _opening_summary(opening, len(walk.posts)),
            "workload": _workload_summary(workload, supply, city.standards.staffing),
            "floating_catchments": _catchment_summary(catchments, doors, supply),
            "uncertainty": uncertainty_summary(unsure, measured),
            "equipment": _of_all_kinds(equipment),
        },
    )


def _known_posts(settings: StudySettings, known: CityPosts, *, is_schematic: bool) -> pd.DataFrame:
    """Existing posts of the real city, those without a place too."""
    posts = of_city(known.registered, settings.posts) if is_schematic else known.every
    return pd.DataFrame(existing(posts))


def _of_all_kinds(equipment: pd.DataFrame) -> list[dict[str, Any]]:
    every = equipment[equipment["kind"] == ALL_KINDS].drop(columns="kind")
    return [{str(key): value for key, value in row.items()} for row in every.to_dict("records")]


def _no_housing() -> pd.DataFrame:
    index = pd.Index([], name="group", dtype=object)
    counts = {"inspectors": "int64", "home_known": "int64", "living_elsewhere": "Int64"}
    types = counts | {"share_elsewhere": "float64", "level": "object"}
    return pd.DataFrame(columns=list(types), index=index).astype(types)


def _opening_summary(opening: pd.DataFrame, posts: int) -> dict[str, Any]:
    """How many posts have known hours, and in how many hours of a week none of them is open.

    The second is None where the hours of no post are known.
    """
    known = posts - int(opening["posts_unknown"].max())
    closed = int((opening["posts_open"] == 0).sum())
    return {
        "posts": posts,
        "posts_with_known_hours": known,
        "hours_no_known_post_open": closed if known else None,
    }


def _workload_summary(workload: pd.DataFrame, supply: Supply, norm: StaffingNorm) -> dict[str, Any]:
    existing_posts = workload[workload["state"] == "existing"]
    by_source = existing_posts["inspectors_from"].value_counts()
    return {
        "norm": norm.residents_per_inspector.value,
        "posts": len(existing_posts),
        "posts_by_source_of_inspectors": {
            str(name) or "not known": int(n) for name, n in by_source.items()
        },
        "posts_over_norm": int((existing_posts["norm_ratio"] > 1).sum()),
        "posts_over_norm_after": int((workload["norm_ratio_after"] > 1).sum()),
        "inspectors_missing": _sum_known(existing_posts["inspectors_missing"]),
        "inspectors_vacant": _sum_known(existing_posts["inspectors_vacant"]),
        "average": supply.average,
    }


def _sum_known(figures: pd.Series) -> float | None:
    """Sum of the figures there are, None where there is none."""
    return float(figures.sum()) if figures.notna().any() else None


def _catchment_summary(
    catchments: pd.DataFrame, doors: pd.DataFrame, supply: Supply
) -> dict[str, Any]:
    """Mean over residents of each method, or how many posts have no figure of inspectors."""
    now = supply.posts[supply.posts["state"] == "existing"]
    means = mean_by_zone(catchments, doors["residents"], pd.Series("city", index=doors.index))
    return {
        "posts_without_inspectors_known": int(now["inspectors"].isna().sum()),
        **{str(name): float(means[name].iloc[0]) for name in means},
    }
