"""A plan in plain sentences, for who decides: in Russian, Kazakh and English.

Each sentence takes its numbers from `PlanFacts` and only writes them as offices do: residents
whole, shares and minutes with one decimal. What could still be better is rounded up, so that "at
most" stays true. Nothing is claimed of crime: a walk is all that was measured.
"""

import math
from collections.abc import Callable, Iterator
from typing import TypeAlias

import pandas as pd

from ..language import (
    format_minutes,
    format_number,
    format_share,
    translate,
    translate_count,
)
from .amounts import (
    NOTHING,
    decimals_of,
    minutes_known,
    money,
    of_measure,
    rounded_up,
    signed,
    whole,
    within_cutoff,
)
from .facts import PlanFacts, Staff
from .goals import told_goal

Telling: TypeAlias = Callable[[PlanFacts, str], Iterator[str]]


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
        "asked": told_goal,
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


def _gained(facts: PlanFacts, language: str) -> Iterator[str]:
    now, after = facts.now, facts.after
    yield translate(
        "Residents {within} of a police post: now {now} of {all} ({share_now}), with the plan "
        "{after} ({share_after}).",
        language,
        within=within_cutoff(facts, language),
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
            whole(gained),
            language,
        )
    return translate_count(
        "That is {count} resident fewer.",
        "That is {count} residents fewer.",
        whole(-gained),
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
                now=minutes_known(now.mean_min, facts, language),
                after=minutes_known(after.mean_min, facts, language),
            )
        case "longest_min":
            yield translate(
                "Longest walk to the nearest post: now {now}, with the plan {after}.",
                language,
                now=minutes_known(now.longest_min, facts, language),
                after=minutes_known(after.longest_min, facts, language),
            )
            if facts.objective < after.longest_min - NOTHING:
                yield translate(
                    "Longest walk of the share of residents that counts: {minutes}.",
                    language,
                    minutes=minutes_known(facts.objective, facts, language),
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
                "Residents with two posts {within}: now {now}, with the plan {after}.",
                language,
                within=within_cutoff(facts, language),
                now=format_number(facts.twice_now, language),
                after=format_number(facts.twice_after, language),
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
            whole(row["residents_outside"]),
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
            change=signed(row["residents_gained"], language),
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
            cost=money(cost, facts, language),
            budget=money(budget, facts, language),
        )
    elif cost or facts.measure == "cost":
        yield translate("Cost: {cost}.", language, cost=money(cost, facts, language))


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
            whole(row["residents_added"]),
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
        whole(facts.residents_losing),
        language,
        within=within_cutoff(facts, language),
        left=format_number(facts.residents_left_without, language),
    )


def _next_best(facts: PlanFacts, language: str) -> Iterator[str]:
    other = facts.next_best
    if other is None:
        return
    yield _exchange(", ".join(other.added), ", ".join(other.left_out), language)
    if other.gives_up < -NOTHING:
        yield translate(
            "It is better, by {difference}: this plan is not the best.",
            language,
            difference=of_measure(-other.gives_up, facts, language),
        )
    elif other.gives_up < NOTHING:
        yield translate("It is just as good.", language)
    else:
        yield translate(
            "What it gives up: {difference}.",
            language,
            difference=of_measure(other.gives_up, facts, language),
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
            due=format_number(rounded_up(staff.due, 0), language),
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
    elif facts.status == "heuristic":
        yield translate(
            "Not proven: the question is too large for an exact search, and more time would not "
            "help.",
            language,
        )
    else:
        yield translate("Not proven: the time for the search ran out.", language)
    if math.isfinite(facts.could_be_better):
        yield translate(
            "Another choice could be better by no more than this: {difference}.",
            language,
            difference=of_measure(facts.could_be_better, facts, language),
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
            whole(facts.after.residents_beyond),
            language,
            limit=format_minutes(facts.searched_min, language, decimals_of(facts.searched_min)),
        )
    yield translate(
        "This is about walks only; what new posts do to crime was not studied.", language
    )
