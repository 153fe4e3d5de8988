"""What a comparison found, in a few plain lines."""

from collections.abc import Mapping
from typing import Any

from ..language import (
    LANGUAGES,
    format_limits,
    format_minutes,
    format_number,
    format_share,
    translate,
    translate_count,
)
from .comparison import Comparison
from .state import OWN, State

PLACES_TOLD = 3


def state_names(before: State, after: State) -> tuple[dict[str, str], dict[str, str]]:
    """Name both states in each language: a run by its folder, its plan in words."""
    if before.run is after.run:
        return (
            {code: translate("Now", code) for code in LANGUAGES},
            {code: translate("With new posts", code) for code in LANGUAGES},
        )
    names = [before.name, after.name]
    if names[0] == names[1]:  # studies of two years in folders of one name
        names = [f"{s.run.folder.resolve().parent.name}/{s.name}" for s in (before, after)]
    return dict.fromkeys(LANGUAGES, names[0]), dict.fromkeys(LANGUAGES, names[1])


def limit_in_words(found: Comparison, language: str) -> str:
    """Say what the planning band allows: "10 min", "500/800 m", or each run's own."""
    if found.planning_band != OWN:
        return _limit(found.after, language)
    return translate(
        "{before} before and {after} after",
        language,
        before=_limit(found.before, language),
        after=_limit(found.after, language),
    )


def _limit(state: State, language: str) -> str:
    band = next(band for band in state.bands if band["label"] == state.planning_band)
    return format_limits(band["limits"], band["unit"], language)


def comparison_in_words(found: Comparison, language: str) -> list[str]:
    """Say in plain lines what differs, who gains and who loses.

    Parameters
    ----------
    found
        What `compare_states` returns.
    language
        One of `language.LANGUAGES`.
    """
    doors = found.summary["doors"]
    before, after = (names[language] for names in state_names(found.before, found.after))
    lines = [f"{before} → {after}"]
    if not doors["changed"] and not _posts_changed(found):
        return [*lines, translate("Nothing differs: every door walks as it did", language)]
    city, band = found.summary["city"], found.planning_band
    lines += [_coverage(found, city, language), _flows(city, band, language)]
    if doors["new"] or doors["gone"] or city["residents_arrived"] or city["residents_departed"]:
        lines.append(_moves(found, city, language))
    lines += [_walks(city, language), *_places(found, language)]
    if _posts_changed(found):
        lines.append(_posts(found, language))
    return lines


def _coverage(found: Comparison, city: Mapping[str, Any], language: str) -> str:
    band = found.planning_band
    return translate(
        "Within {limit}: {before} ({share_before}) → {after} ({share_after}), {net} residents",
        language,
        limit=limit_in_words(found, language),
        before=format_number(city[f"residents_within_{band}_before"], language),
        after=format_number(city[f"residents_within_{band}_after"], language),
        share_before=format_share(city[f"share_within_{band}_before"], language),
        share_after=format_share(city[f"share_within_{band}_after"], language),
        net=signed(city[f"residents_net_{band}"], language),
    )


def _flows(city: Mapping[str, Any], band: str, language: str) -> str:
    return translate(
        "By the walk {gained} residents come within it and {lost} fall out",
        language,
        gained=format_number(city[f"residents_gained_{band}"], language),
        lost=format_number(city[f"residents_lost_{band}"], language),
    )


def _moves(found: Comparison, city: Mapping[str, Any], language: str) -> str:
    """Tell what new, gone and grown houses make of it."""
    band, doors = found.planning_band, found.summary["doors"]
    return translate(
        "Other residents: {arrived} more live within it, {departed} no longer do; doors new "
        "{new}, gone {gone}",
        language,
        arrived=format_number(city[f"residents_arrived_{band}"], language),
        departed=format_number(city[f"residents_departed_{band}"], language),
        new=format_number(doors["new"], language),
        gone=format_number(doors["gone"], language),
    )


def _walks(city: Mapping[str, Any], language: str) -> str:
    return translate(
        "The walk is shorter for {shorter} residents, longer for {longer}; half walked at most "
        "{before}, now {after}",
        language,
        shorter=format_number(city["residents_walk_shorter"], language),
        longer=format_number(city["residents_walk_longer"], language),
        before=format_minutes(city["median_min_before"], language, decimals=1),
        after=format_minutes(city["median_min_after"], language, decimals=1),
    )


def _places(found: Comparison, language: str) -> list[str]:
    """Neighbourhoods that gain most and lose most, as far as they have names."""
    net = found.neighbourhoods[f"residents_net_{found.planning_band}"]
    named = net[found.neighbourhoods["name"].fillna("") != ""]
    most = named[named >= 0.5].sort_values(ascending=False, kind="stable")[:PLACES_TOLD]
    least = named[named <= -0.5].sort_values(kind="stable")[:PLACES_TOLD]

    def listed(rows: Any) -> str:
        column = f"name_{language}" if f"name_{language}" in found.neighbourhoods else "name"
        names = found.neighbourhoods.loc[rows.index, column]
        told = zip(names, rows, strict=True)
        return ", ".join(f"{name} ({signed(count, language)})" for name, count in told)

    lines = []
    if len(most):
        lines.append(translate("Most is gained in {places}", language, places=listed(most)))
    if len(least):
        lines.append(translate("Most is lost in {places}", language, places=listed(least)))
    return lines


def _posts_changed(found: Comparison) -> bool:
    posts = found.summary["posts"]
    return any(posts[kind] for kind in posts if kind != "same")


def _posts(found: Comparison, language: str) -> str:
    posts = found.summary["posts"]
    return translate(
        "{posts} after; opened {opened}, closed {closed}, moved {moved}, otherwise changed "
        "{changed}",
        language,
        posts=translate_count("{count} post", "{count} posts", len(found.after.posts), language),
        **{kind: format_number(posts[kind], language) for kind in posts},
    )


def signed(count: float, language: str) -> str:
    """Write a number of residents with its sign: "+1,200", "0", "−35".

    Examples
    --------
    >>> signed(1200.2, "en"), signed(-35.0, "en"), signed(-0.2, "en")
    ('+1,200', '−35', '0')
    """
    text = format_number(abs(count), language)
    if text == "0":
        return text
    return f"+{text}" if count > 0 else f"\N{MINUS SIGN}{text}"
