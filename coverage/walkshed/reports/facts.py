"""The headline figures of a run, now and with the plan built, for every kind of report.

Nothing is computed: each figure is one of the summary, or of the table `city`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..language import format_number, format_share, translate, translate_count
from .catalogue import Form
from .columns import column_of, in_words, limits_in_words
from .read import RunTables

_KEYS = frozenset({"name", "name_ru", "name_kk", "name_en", "geometry", "doors"})


@dataclass(frozen=True)
class Fact:
    """One figure: `now`, and `after` with the plan built (None where it has no second value)."""

    key: str
    label: str
    form: Form
    now: float | None
    after: float | None = None

    def words(self, value: float | None, language: str) -> str:
        """Write one of the two values."""
        return in_words(value, self.form, language)


def facts(run: RunTables, language: str) -> dict[str, Fact]:
    """Give the headline figures by key, in the order in which a report tells them."""
    summary = run.summary
    staff, staffing, plan = summary["staff"], summary["staffing"], summary["plan"]
    rows = [
        Fact("residents", translate("Residents", language), "count", summary["residents"]),
        *_coverage(summary, language),
        Fact(
            "residents_beyond",
            translate("Residents beyond walking distance", language),
            "count",
            *_both(summary, lambda part: part["residents_by_posts_within"].get("0", 0.0)),
        ),
        *_minutes(summary, language),
        Fact(
            "residents_not_reached",
            translate("Residents who reach no post", language),
            "count",
            *_both(summary, lambda part: part["residents_not_reached"]),
        ),
        Fact("posts", translate("Police posts", language), "count", summary["posts"]),
        Fact("new_posts", translate("New posts", language), "count", plan["new_posts"]),
        Fact(
            "inspectors_in_post",
            translate("Inspectors in post", language),
            "staff",
            staff["inspectors_in_post"],
        ),
        Fact(
            "inspectors_vacant",
            translate("Vacant posts of inspectors", language),
            "staff",
            staff["inspectors_vacant"],
        ),
        Fact(
            "inspectors_due",
            translate("Inspectors due by the norm", language),
            "count",
            staffing["inspectors"],
        ),
        Fact(
            "residents_per_inspector",
            translate("Residents per inspector", language),
            "count",
            staff["residents_per_inspector"],
        ),
        *_average_load(run, language),
        Fact(
            "residents_per_inspector_norm",
            translate("Norm of residents per inspector", language),
            "count",
            staffing["residents_per_inspector"],
        ),
        *_of_city(run, language),
    ]
    return {fact.key: fact for fact in rows}


def average_place(run: RunTables) -> str | None:
    """Name the place whose average stands for inspectors that nobody knows post by post."""
    average = run.summary["scores"]["workload"]["average"]
    return None if average is None else str(average["place"])


def _average_load(run: RunTables, language: str) -> list[Fact]:
    """Give the residents per inspector of the region, where only those are known."""
    place = average_place(run)
    if place is None:
        return []
    label = translate("Residents per inspector, average of {place}", language, place=place)
    load = float(run.tables["region"]["residents_per_inspector"].loc[place])
    return [Fact("residents_per_inspector_average", label, "count", load)]


def _both(summary: Mapping[str, Any], figure: Any) -> tuple[float | None, float | None]:
    return figure(summary), figure(summary["after"])


def _coverage(summary: Mapping[str, Any], language: str) -> list[Fact]:
    found = []
    for label, limit in limits_in_words(summary, language).items():
        for name in ("share_within", "residents_within"):
            column = column_of(f"{name}_{label}", language, {label: limit})
            values = summary[name][label], summary["after"][name][label]
            if column is not None:
                found.append(Fact(f"{name}_{label}", column.title, column.form, *values))
    return found


def _minutes(summary: Mapping[str, Any], language: str) -> list[Fact]:
    titles = {
        "median": translate("half of residents walk at most", language),
        "p90": translate("nine in ten walk at most", language),
        "max": translate("the longest walk", language),
    }
    return [
        Fact(
            f"{name}_min",
            title[:1].upper() + title[1:],
            "minutes",
            summary["nearest_min"][name],
            summary["after"]["nearest_min"][name],
        )
        for name, title in titles.items()
    ]


def _of_city(run: RunTables, language: str) -> list[Fact]:
    """Add what the table `city` holds beyond the summary, where the catalogue knows its name."""
    limits = limits_in_words(run.summary, language)
    row = run.tables["city"].iloc[0]
    known = {
        *(f"{name}_{label}" for label in limits for name in ("share_within", "residents_within")),
        *("median_min", "p90_min", "max_min", "residents", "residents_not_reached"),
    }
    found = []
    for name in map(str, row.index):
        column = column_of(name, language, limits)
        if name in known | _KEYS or name.endswith("_after") or column is None:
            continue
        if column.form == "text":
            continue
        after = f"{name}_after"
        found.append(Fact(name, column.title, column.form, row[name], row.get(after)))
    return found


def standard_in_words(run: RunTables, language: str) -> str:
    """Say the standard and the speed of the walk."""
    summary = run.summary
    limits = ", ".join(limits_in_words(summary, language).values())
    speed = run.manifest["standards"]["walking_profile"]["speed_kmh"]["value"]
    return translate(
        "within {limits} on foot at {speed} km/h",
        language,
        limits=limits,
        speed=format_number(speed, language, decimals=1),
    )


def located_in_words(run: RunTables, language: str) -> str:
    """Say how many of the known posts have a place."""
    return translate(
        "{located} of {known} known posts are on the map.",
        language,
        located=format_number(run.summary["posts_located"], language),
        known=format_number(run.summary["posts_known"], language),
    )


def warnings_in_words(run: RunTables, language: str) -> list[str]:
    """Say what makes the figures less than certain: a made-up city, estimates, rough places."""
    summary, band = run.summary, run.summary["plan"]["band"]
    found = []
    if summary["schematic"]:
        found.append(
            translate(
                "The city on this map is made up: streets, houses and posts are not real.", language
            )
        )
    if summary["residents_estimated"]:
        found.append(
            translate(
                "The number of residents is an estimate from the floor area of buildings.", language
            )
        )
    resting = summary["approximate_share_of_covered"][band]
    if resting:
        found.append(
            translate(
                "Of the residents within {limit}, {share} rely on posts whose place is only "
                "approximate.",
                language,
                limit=limits_in_words(summary, language)[band],
                share=format_share(resting, language),
            )
        )
    return found


def proof_in_words(run: RunTables, language: str) -> str:
    """Say how sure the plan is."""
    plan = run.summary["plan"]
    values = {
        "posts": translate_count(
            "{count} new post", "{count} new posts", plan["new_posts"], language
        ),
        "model": plan["model"],
        "gap": format_share(plan["gap"] or 0.0, language),
    }
    if plan["status"] != "optimal":
        return translate(
            "{posts}: the best choice found; it is not proven optimal (gap to the bound {gap}).",
            language,
            **values,
        )
    if plan["measure"] == "residents_within":
        return translate(
            "{posts}: no other choice among the sites studied covers more residents (proven "
            "optimum, gap {gap}).",
            language,
            **values,
        )
    return translate(
        "{posts}: by the model {model} no other choice among the sites studied is better "
        "(proven optimum, gap {gap}).",
        language,
        **values,
    )
