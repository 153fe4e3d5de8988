"""A plan in plain sentences, for who decides: in Russian, Kazakh and English.

Each sentence takes its numbers from `PlanFacts` and only writes them as offices do: residents
whole, shares and minutes with one decimal. What could still be better is rounded up, so that "at
most" stays true. Nothing is claimed of crime: a walk is all that was measured.
"""

import math
from collections.abc import Callable, Iterator
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import TypeAlias

import pandas as pd

from ..language import (
    format_metres,
    format_minutes,
    format_number,
    format_share,
    translate,
    translate_count,
)
from .facts import PlanFacts, Staff

Telling: TypeAlias = Callable[[PlanFacts, str], Iterator[str]]

NOTHING = 1e-6  # residents, minutes or money: less than this is what floating point leaves


def sentences(facts: PlanFacts, language: str) -> dict[str, list[str]]:
    """Tell the facts of a plan in sentences, by subject, in the order of reading.

    Parameters
    ----------
    facts
        Of `plan_facts`.
    language
        "ru", "kk" or "en".

    Returns
    -------
    dict
        Keys "asked", "gained", "for_whom", "cost", "order", "closed", "next_best", "staff",
        "proof" and "limits"; a list is empty where there is nothing to say.

    Raises
    ------
    InputError
        If there is no such language.
    """
    subjects: dict[str, Telling] = {
        "asked": _asked,
        "gained": _gained,
        "for_whom": _for_whom,
        "cost": _cost,
        "order": _order,
        "closed": _closed,
        "next_best": _next_best,
        "staff": _staff,
        "proof": _proof,
        "limits": _limits,
    }
    return {subject: list(tell(facts, language)) for subject, tell in subjects.items()}


def _asked(facts: PlanFacts, language: str) -> Iterator[str]:
    yield _goal(facts, language)
    conditions = "; ".join(_conditions(facts, language))
    if conditions:
        yield translate("Conditions: {conditions}.", language, conditions=conditions)


def _goal(facts: PlanFacts, language: str) -> str:
    within = _within(facts, language)
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
                "Goal: as many residents as possible with two police posts {within}.",
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
    if rules.new_posts is not None:
        yield translate_count(
            "at most {count} new post", "at most {count} new posts", rules.new_posts, language
        )
    if rules.budget is not None:
        yield translate(
            "a budget of {money}", language, money=_money(rules.budget, facts, language)
        )
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
        yield translate_count(
            "at most {count} post may be closed",
            "at most {count} posts may be closed",
            rules.closed_posts,
            language,
        )
    if rules.least_distance_m:
        yield translate(
            "new posts at least {distance} apart",
            language,
            distance=format_metres(rules.least_distance_m, language),
        )


def _gained(facts: PlanFacts, language: str) -> Iterator[str]:
    now, after = facts.now, facts.after
    yield translate(
        "Residents {within} of a police post: now {now} of {all} ({share_now}), with the plan "
        "{after} ({share_after}).",
        language,
        within=_within(facts, language),
        now=format_number(now.residents_within, language),
        all=format_number(facts.residents, language),
        share_now=format_share(now.share_within, language),
        after=format_number(after.residents_within, language),
        share_after=format_share(after.share_within, language),
    )
    yield _difference(after.residents_within - now.residents_within, language)
    yield from _by_measure(facts, language)


def _difference(gained: float, language: str) -> str:
    if abs(gained) < NOTHING:
        return translate("Their number does not change.", language)
    if gained > 0:
        return translate_count(
            "That is {count} resident more.",
            "That is {count} residents more.",
            _whole(gained),
            language,
        )
    return translate_count(
        "That is {count} resident fewer.",
        "That is {count} residents fewer.",
        _whole(-gained),
        language,
    )


def _by_measure(facts: PlanFacts, language: str) -> Iterator[str]:
    """Say what the model was asked to reach, where it is more than residents within the limit."""
    now, after = facts.now, facts.after
    share = facts.objective / facts.residents if facts.residents else 0.0
    reached = {
        "count": format_number(facts.objective, language),
        "share": format_share(share, language),
    }
    match facts.measure:
        case "mean_min":
            yield translate(
                "Mean walk to the nearest post: now {now}, with the plan {after}.",
                language,
                now=_minutes(now.mean_min, facts, language),
                after=_minutes(after.mean_min, facts, language),
            )
        case "longest_min":
            yield translate(
                "Longest walk to the nearest post: now {now}, with the plan {after}.",
                language,
                now=_minutes(now.longest_min, facts, language),
                after=_minutes(after.longest_min, facts, language),
            )
        case "worst_share":
            yield translate(
                "Share in the neighbourhood that is worst off: now {now}, with the plan {after}.",
                language,
                now=format_share(now.worst_share or 0.0, language),
                after=format_share(after.worst_share or 0.0, language),
            )
        case "residents_weighted":
            yield translate("Reached, as weighted: {count}.", language, **reached)
        case "residents_backed_up":
            yield translate(
                "Residents with two posts {within}: {count} ({share}).",
                language,
                within=_within(facts, language),
                **reached,
            )
        case "residents_served":
            yield translate(
                "Residents served: {count} ({share}); not served: {left}, as posts have no room or "
                "are too far.",
                language,
                left=format_number(facts.residents - facts.objective, language),
                **reached,
            )


def _for_whom(facts: PlanFacts, language: str) -> Iterator[str]:
    if len(facts.gaining):
        yield translate(
            "Most is gained by: {areas}.", language, areas=_changes(facts.gaining, language)
        )
    if len(facts.losing_areas):
        yield translate(
            "Less than before have: {areas}.",
            language,
            areas=_changes(facts.losing_areas, language),
        )
    if len(facts.worst_off):
        yield translate(
            "Still worst off: {areas}.", language, areas=_outside(facts.worst_off, language)
        )


def _outside(areas: pd.DataFrame, language: str) -> str:
    return "; ".join(
        translate_count(
            "{area} ({share}, {count} resident farther off)",
            "{area} ({share}, {count} residents farther off)",
            _whole(row["residents_outside"]),
            language,
            area=area,
            share=format_share(row["share_after"], language),
        )
        for area, row in areas.iterrows()
    )


def _changes(areas: pd.DataFrame, language: str) -> str:
    return "; ".join(
        translate(
            "{area} ({change} residents, {now} → {after})",
            language,
            area=area,
            change=_signed(row["residents_gained"], language),
            now=format_share(row["share_now"], language),
            after=format_share(row["share_after"], language),
        )
        for area, row in areas.iterrows()
    )


def _cost(facts: PlanFacts, language: str) -> Iterator[str]:
    cost, budget = facts.after.cost, facts.rules.budget
    if budget is not None:
        yield translate(
            "Cost: {cost} of a budget of {budget}.",
            language,
            cost=_money(cost, facts, language),
            budget=_money(budget, facts, language),
        )
    elif cost or facts.measure == "cost":
        yield translate("Cost: {cost}.", language, cost=_money(cost, facts, language))


def _order(facts: PlanFacts, language: str) -> Iterator[str]:
    if facts.order.empty:
        yield translate("The plan has no new posts.", language)
        return
    yield translate_count(
        "To build, in order: {count} new post.",
        "To build, in order: {count} new posts.",
        len(facts.order),
        language,
    )
    for rank, row in facts.order.iterrows():
        yield translate_count(
            "{rank}. {site}: {count} resident more, {share} covered then.",
            "{rank}. {site}: {count} residents more, {share} covered then.",
            _whole(row["residents_added"]),
            language,
            rank=rank,
            site=row["site"],
            share=format_share(row["share_within"], language),
        )


def _closed(facts: PlanFacts, language: str) -> Iterator[str]:
    if not facts.closed:
        return
    yield translate("To close: {posts}.", language, posts=", ".join(facts.closed))
    yield translate_count(
        "This takes the post {within} away from {count} resident; without one remain {left}.",
        "This takes the post {within} away from {count} residents; without one remain {left}.",
        _whole(facts.residents_losing),
        language,
        within=_within(facts, language),
        left=format_number(facts.residents_left_without, language),
    )


def _next_best(facts: PlanFacts, language: str) -> Iterator[str]:
    other = facts.next_best
    if other is None:
        return
    yield _exchange(", ".join(other.added), ", ".join(other.left_out), language)
    if other.gives_up < NOTHING:
        yield translate("It is just as good.", language)
    else:
        yield translate(
            "What it gives up: {difference}.",
            language,
            difference=_amount(other.gives_up, facts, language),
        )


def _exchange(added: str, left_out: str, language: str) -> str:
    if added and left_out:
        return translate(
            "The next best plan: {added} instead of {left_out}.",
            language,
            added=added,
            left_out=left_out,
        )
    if added:
        return translate("The next best plan has in addition: {added}.", language, added=added)
    if left_out:
        return translate("The next best plan does without: {sites}.", language, sites=left_out)
    return translate("The next best plan closes other posts.", language)


def _staff(facts: PlanFacts, language: str) -> Iterator[str]:
    staff = facts.staff
    if staff is None:
        return
    yield translate(
        "Residents per post: now {now}, with the plan {after}.",
        language,
        now=format_number(staff.residents_per_post_now, language),
        after=format_number(staff.residents_per_post_after, language),
    )
    yield _inspectors(staff, language)
    if staff.norm is not None and staff.due is not None:
        yield translate(
            "Residents per inspector: {residents}; by the norm of {norm}, {due} inspectors are "
            "due.",
            language,
            residents=format_number(staff.residents_per_inspector, language),
            norm=format_number(staff.norm, language),
            due=format_number(_up(staff.due, 0), language),
        )


def _inspectors(staff: Staff, language: str) -> str:
    now = format_number(staff.per_post_now, language, 1)
    after = format_number(staff.per_post_after, language, 1)
    if staff.posts_after > staff.posts_now > 0:
        return translate(
            "Attention: more posts, but still {count} inspectors: {after} per post instead of "
            "{now}.",
            language,
            count=format_number(staff.inspectors, language),
            now=now,
            after=after,
        )
    return translate(
        "Inspectors per post: now {now}, with the plan {after}.", language, now=now, after=after
    )


def _proof(facts: PlanFacts, language: str) -> Iterator[str]:
    if facts.status == "optimal":
        yield translate_count(
            "Proven: under these conditions no other choice from {count} site is better.",
            "Proven: under these conditions no other choice from {count} sites is better.",
            facts.sites,
            language,
        )
        return
    if facts.status == "interrupted":
        yield translate("Not proven: the search was stopped by the user.", language)
    else:
        yield translate("Not proven: the time for the search ran out.", language)
    if math.isfinite(facts.could_be_better):
        yield translate(
            "The most that another choice could be better by: {difference}.",
            language,
            difference=_amount(facts.could_be_better, facts, language),
        )
    else:
        yield translate("How much better another choice could be is not known.", language)


def _limits(facts: PlanFacts, language: str) -> Iterator[str]:
    if facts.after.residents_beyond > NOTHING:
        yield translate_count(
            "Even with the plan {count} resident is more than {limit} from every post; "
            "longer walks were not measured and count as this long.",
            "Even with the plan {count} residents are more than {limit} from every post; "
            "longer walks were not measured and count as this long.",
            _whole(facts.after.residents_beyond),
            language,
            limit=format_minutes(facts.searched_min, language, _decimals(facts.searched_min)),
        )
    yield translate(
        "This is about walks only; what new posts do to crime was not studied.", language
    )


def _within(facts: PlanFacts, language: str) -> str:
    cutoff = facts.cutoff_min
    if cutoff is None:
        return translate("within the standard", language)
    if cutoff == int(cutoff):
        return translate_count(
            "within {count} minute on foot", "within {count} minutes on foot", int(cutoff), language
        )
    return translate("within {limit} on foot", language, limit=format_minutes(cutoff, language, 1))


def _minutes(minutes: float, facts: PlanFacts, language: str) -> str:
    if math.isfinite(minutes):
        return format_minutes(minutes, language, 1)
    searched = format_minutes(facts.searched_min, language, _decimals(facts.searched_min))
    return translate("more than {limit}", language, limit=searched)


def _amount(difference: float, facts: PlanFacts, language: str) -> str:
    """Write a difference of the measure, rounded up."""
    match facts.measure:
        case "mean_min" | "longest_min":
            return format_minutes(_up(difference, 1), language, 1)
        case "worst_share":
            return translate(
                "{points} percentage points",
                language,
                points=format_number(_up(100 * difference, 1), language, 1),
            )
        case "new_posts":
            return translate_count(
                "{count} post", "{count} posts", int(_up(difference, 0)), language
            )
        case "cost":
            return _money(_up(difference, 2), facts, language)
        case "residents_weighted":
            return translate(
                "{count} as weighted", language, count=format_number(_up(difference, 0), language)
            )
        case _:
            return translate_count(
                "{count} resident", "{count} residents", int(_up(difference, 0)), language
            )


def _money(amount: float, facts: PlanFacts, language: str) -> str:
    number = format_number(amount, language, _decimals(amount))
    return f"{number}\u00a0{facts.money_unit}" if facts.money_unit else number


def _decimals(value: float) -> int:
    """Tell how many decimals show a number well: none, one or two."""
    return next((digits for digits in (0, 1) if round(value, digits) == round(value, 2)), 2)


def _signed(value: float, language: str) -> str:
    number = format_number(value, language)
    return f"+{number}" if value > 0 else number.replace("-", "\u2212")


def _whole(value: float) -> int:
    return int(Decimal(value).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def _up(value: float, decimals: int) -> float:
    step = Decimal(1).scaleb(-decimals)
    return float(Decimal(value - NOTHING).quantize(step, rounding=ROUND_CEILING))
