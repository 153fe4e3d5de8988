"""The answer of a run in plain lines."""

from collections.abc import Mapping
from typing import Any

from ..language import (
    format_limits,
    format_minutes,
    format_number,
    format_share,
    translate,
    translate_count,
)


def answer(summary: Mapping[str, Any], language: str) -> list[str]:
    """Say the headline numbers of a summary in five plain lines, and a sixth for a scenario."""
    plan, after = summary["plan"], summary["after"]
    band = plan["band"]
    limits = {
        str(band["label"]): format_limits(band["limits"], band["unit"], language)
        for band in summary["standard"]["bands"]
    }
    gained = after["residents_within"][band] - summary["residents_within"][band]
    sites = ", ".join(
        f"{row['rank']}. {row['site_id']} (+{format_number(row['residents_added'], language)})"
        for row in plan["build_order"]
    )
    lines = [
        translate(
            "{city}: {residents}, {posts}; known posts located: {located} of {known}",
            language,
            city=_city(summary, language),
            residents=_residents(summary, language),
            posts=_posts(summary, language),
            located=summary["posts_located"],
            known=summary["posts_known"],
        ),
        _coverage(summary, limits, language),
        _minutes(summary, language),
        translate(
            "With {posts}: {share} within {limit}, {gained} residents more ({proof})",
            language,
            posts=translate_count(
                "{count} new post", "{count} new posts", plan["new_posts"], language
            ),
            share=format_share(after["share_within"][band], language),
            limit=limits[band],
            gained=format_number(gained, language),
            proof=_proof(plan, language),
        ),
        translate("Order of building: {sites}", language, sites=sites or "–"),
    ]
    changes = summary["scenario"]
    if changes:
        lines.append(
            translate(
                "Scenario {name}: the walk is shorter for {gained} residents, longer for {lost}",
                language,
                name=changes["name"],
                gained=format_number(changes["residents_gained"], language),
                lost=format_number(changes["residents_lost"], language),
            )
        )
    return lines


def _city(summary: Mapping[str, Any], language: str) -> str:
    if not summary["schematic"]:
        return str(summary["city"])
    return translate("{city} (schematic city)", language, city=summary["city"])


def _minutes(summary: Mapping[str, Any], language: str) -> str:
    nearest = summary["nearest_min"]
    if nearest["median"] is None:
        return translate("No resident reaches a post", language)
    return translate(
        "Half of them need at most {median}, nine of ten {p90}; {lost} residents reach no post",
        language,
        median=format_minutes(nearest["median"], language),
        p90=format_minutes(nearest["p90"], language),
        lost=format_number(summary["residents_not_reached"], language),
    )


def _posts(summary: Mapping[str, Any], language: str) -> str:
    """Say how many posts; with a scenario these are others than the known ones of today."""
    posts = translate_count("{count} post", "{count} posts", summary["posts"], language)
    if not summary["scenario"]:
        return posts
    return translate("{posts} as the scenario has them", language, posts=posts)


def _residents(summary: Mapping[str, Any], language: str) -> str:
    count = round(summary["residents"])
    if summary["residents_estimated"]:
        return translate_count(
            "about {count} resident by floor area",
            "about {count} residents by floor area",
            count,
            language,
        )
    counted = translate_count("{count} resident", "{count} residents", count, language)
    if summary["population"]["source"]:
        return counted
    return translate("{residents} (source not stated)", language, residents=counted)


def _coverage(summary: Mapping[str, Any], limits: Mapping[str, str], language: str) -> str:
    """Say the shares within walking distance, and how much of it rests on approximate places."""
    shares, band = _shares(summary, limits, language), summary["plan"]["band"]
    resting = summary["approximate_share_of_covered"][band]
    if not resting:
        return translate("Now within walking distance: {shares}", language, shares=shares)
    return translate(
        "Now within walking distance: {shares}; {resting} of those within {limit} rely on "
        "posts whose place is only approximate",
        language,
        shares=shares,
        resting=format_share(resting, language),
        limit=limits[band],
    )


def _shares(summary: Mapping[str, Any], limits: Mapping[str, str], language: str) -> str:
    return ", ".join(
        translate(
            "{share} within {limit}",
            language,
            share=format_share(summary["share_within"][band], language),
            limit=limit,
        )
        for band, limit in limits.items()
    )


def _proof(plan: Mapping[str, Any], language: str) -> str:
    """Say how sure the plan is, by what its model asks for."""
    if plan["measure"] != "residents_within":
        return _proof_by_model(plan, language)
    if plan["status"] == "optimal":
        return translate("proven: no other choice reaches more", language)
    return translate(
        "not proven: at most {share} more could be reached",
        language,
        share=format_share(plan["gap"], language),
    )


def _proof_by_model(plan: Mapping[str, Any], language: str) -> str:
    if plan["status"] == "optimal":
        return translate(
            "proven: by the model {model} no other choice is better", language, model=plan["model"]
        )
    return translate(
        "not proven: by the model {model} another choice could be better by at most {share}",
        language,
        model=plan["model"],
        share=format_share(plan["gap"], language),
    )
