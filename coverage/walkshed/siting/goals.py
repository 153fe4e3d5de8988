"""What was asked of a plan, in a sentence or two."""

from collections.abc import Iterator

from ..language import format_metres, translate, translate_count
from .amounts import money, within_cutoff
from .facts import PlanFacts


def told_goal(facts: PlanFacts, language: str) -> Iterator[str]:
    """Say what the plan is to reach, and what it must keep to."""
    yield _goal(facts, language)
    conditions = "; ".join(_conditions(facts, language))
    if conditions:
        yield translate("Conditions: {conditions}.", language, conditions=conditions)


def _goal(facts: PlanFacts, language: str) -> str:
    within = within_cutoff(facts, language)
    match facts.measure:
        case "residents_within":
            return translate(
                "Goal: as many residents as possible {within} of a police post.",
                language,
                within=within,
            )
        case "residents_weighted" if facts.model == "gradual_coverage":
            return translate(
                "Goal: posts as near as possible to as many residents as possible; the longer "
                "the walk, the less a resident counts.",
                language,
            )
        case "residents_weighted":
            return translate(
                "Goal: as much of the need as possible {within} of a police post; residents are "
                "weighted.",
                language,
                within=within,
            )
        case "residents_backed_up":
            return translate(
                "Goal: as many residents as possible {within} of a police post, and of a second "
                "one in reserve.",
                language,
                within=within,
            )
        case "residents_served":
            return translate(
                "Goal: as many residents as possible served by a police post {within}, no post "
                "serving more than it can.",
                language,
                within=within,
            )
        case "worst_share":
            return translate(
                "Goal: in the neighbourhood that is worst off, as many residents as possible "
                "{within} of a police post.",
                language,
                within=within,
            )
        case "mean_min":
            return translate(
                "Goal: the mean walk to the nearest police post as short as possible.", language
            )
        case "longest_min":
            return translate(
                "Goal: the longest walk to the nearest police post as short as possible.", language
            )
        case "new_posts":
            return translate(
                "Goal: as few new posts as possible for the coverage that was asked.", language
            )
        case "cost":
            return translate("Goal: the coverage that was asked, at the lowest cost.", language)


def _conditions(facts: PlanFacts, language: str) -> Iterator[str]:
    rules = facts.rules
    may_move = bool(facts.closable and rules.closed_posts) and rules.new_posts is not None
    if rules.new_posts is not None:
        yield _posts_in_all(rules.new_posts, language, may_move=may_move)
    if rules.budget is not None:
        yield translate("a budget of {money}", language, money=money(rules.budget, facts, language))
    if facts.required:
        yield translate_count(
            "{count} site must be built on",
            "{count} sites must be built on",
            facts.required,
            language,
        )
    if facts.groups:
        yield translate("of alternative sites at most one", language)
    if facts.closable:
        yield _closings(rules.closed_posts, language, may_move=may_move)
    if rules.least_distance_m:
        yield translate(
            "new posts at least {distance} apart",
            language,
            distance=format_metres(rules.least_distance_m, language),
        )


def _posts_in_all(count: int, language: str, *, may_move: bool) -> str:
    """Say how many posts may be added; a post that is moved is new, but adds none."""
    if may_move:
        return translate_count(
            "at most {count} post more than today",
            "at most {count} posts more than today",
            count,
            language,
        )
    return translate_count("at most {count} new post", "at most {count} new posts", count, language)


def _closings(count: int, language: str, *, may_move: bool) -> str:
    if may_move:
        return translate_count(
            "at most {count} post may be closed, and built anew elsewhere",
            "at most {count} posts may be closed, and each built anew elsewhere",
            count,
            language,
        )
    return translate_count(
        "at most {count} post may be closed",
        "at most {count} posts may be closed",
        count,
        language,
    )
