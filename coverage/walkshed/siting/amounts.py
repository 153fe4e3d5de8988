"""How the amounts in the sentences of a plan are written."""

import math
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal

from ..language import format_minutes, format_number, translate, translate_count
from .facts import PlanFacts

NOTHING = 1e-6  # residents, minutes or money: less than this is what floating point leaves


def within_cutoff(facts: PlanFacts, language: str) -> str:
    """Say how far a post may be, for the middle of a sentence."""
    cutoff = facts.cutoff_min
    if cutoff is None:
        return translate("within the standard", language)
    if cutoff == int(cutoff):
        return translate_count(
            "within {count} minute on foot", "within {count} minutes on foot", int(cutoff), language
        )
    return translate("within {limit} on foot", language, limit=format_minutes(cutoff, language, 1))


def minutes_known(minutes: float, facts: PlanFacts, language: str) -> str:
    """Write minutes; more than were searched is said so."""
    if math.isfinite(minutes):
        return format_minutes(minutes, language, 1)
    searched = format_minutes(facts.searched_min, language, decimals_of(facts.searched_min))
    return translate("more than {limit}", language, limit=searched)


def of_measure(difference: float, facts: PlanFacts, language: str) -> str:
    """Write a difference of the measure, rounded up."""
    match facts.measure:
        case "mean_min" | "longest_min":
            return format_minutes(rounded_up(difference, 1), language, 1)
        case "worst_share":
            return translate(
                "{points} percentage points",
                language,
                points=format_number(rounded_up(100 * difference, 1), language, 1),
            )
        case "new_posts":
            return translate_count(
                "{count} post", "{count} posts", int(rounded_up(difference, 0)), language
            )
        case "cost":
            return money(rounded_up(difference, 2), facts, language)
        case "residents_weighted" | "residents_backed_up":
            return translate(
                "{count} as weighted",
                language,
                count=format_number(rounded_up(difference, 0), language),
            )
        case _:
            return translate_count(
                "{count} resident", "{count} residents", int(rounded_up(difference, 0)), language
            )


def money(amount: float, facts: PlanFacts, language: str) -> str:
    """Write an amount of money with the unit that was given."""
    number = format_number(amount, language, decimals_of(amount))
    return f"{number}\u00a0{facts.money_unit}" if facts.money_unit else number


def decimals_of(value: float) -> int:
    """Tell how many decimals show a number well: none, one or two."""
    return next((digits for digits in (0, 1) if round(value, digits) == round(value, 2)), 2)


def signed(value: float, language: str) -> str:
    """Write a whole number with its sign."""
    number = format_number(value, language)
    return f"+{number}" if value > 0 else number.replace("-", "\u2212")


def whole(value: float) -> int:
    """Round as `format_number` does."""
    return int(Decimal(value).quantize(Decimal(1), rounding=ROUND_HALF_UP))


def rounded_up(value: float, decimals: int) -> float:
    """Round up, but for what floating point leaves."""
    step = Decimal(1).scaleb(-decimals)
    return float(Decimal(value - NOTHING).quantize(step, rounding=ROUND_CEILING))
