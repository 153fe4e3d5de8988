"""Refuse to compare what cannot be compared, unless told to.

A difference of coverage says something of posts and streets only where all else is the same. What
must be the same, by the word that `--allow` takes:

==========  =======================================================================
population  the same doors (by id), each with the same residents (`SAME_RESIDENTS`)
standard    the same bands, and the same one that is planned for
walk        the same walking profile, figure by figure, and the same `[walk]` settings
extent      the box around all doors, each side to `EXTENT_M`
crs         the same metric CRS
schematic   both cities real, or both made up
==========  =======================================================================

What is allowed is told with the result. A population that differs is then told apart from the walk
(`doors.FLOWS`); of standards that differ, the bands that both have are compared, and each run's
own standard.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..errors import InputError, SettingsError, one_message
from .doors import SAME_RESIDENTS
from .state import State

ALLOWABLE = ("population", "standard", "walk", "extent", "crs", "schematic")
EXTENT_M = 500.0
"""Metres that a side of the box around all doors may differ by: new houses at a city's edge."""


@dataclass(frozen=True)
class Difference:
    """What two states differ in, and how: words for people, in English as all errors are."""

    what: str
    before: str
    after: str


def differences(before: State, after: State) -> list[Difference]:
    """All that keeps two states from being compared, in the order of `ALLOWABLE`."""
    found = (
        Difference("population", *_populations(before, after)),
        Difference("standard", _standard(before), _standard(after)),
        Difference("walk", *_unlike(_walk(before), _walk(after))),
        Difference("extent", *_extents(before, after)),
        Difference("crs", before.crs, after.crs),
        Difference("schematic", _reality(before), _reality(after)),
    )
    return [one for one in found if one.before != one.after]


def refuse_incomparable(
    before: State, after: State, *, allow: Collection[str] = ()
) -> list[Difference]:
    """Refuse two states that differ in what is not allowed to; give the differences allowed.

    Raises
    ------
    SettingsError
        `allow` holds a word that is not one of `ALLOWABLE`.
    InputError
        They cannot be compared; every difference with both values, and how to allow it.
    """
    unknown = [word for word in allow if word not in ALLOWABLE]
    if unknown:
        raise SettingsError(
            f"--allow {unknown[0]}: no such word; use one of {', '.join(ALLOWABLE)}"
        )
    found = differences(before, after)
    refused = [
        f"another {one.what}: {one.before} against {one.after}; "
        f"to compare them nonetheless: --allow {one.what}"
        for one in found
        if one.what not in allow
    ]
    if refused:
        name = f"{before.run.folder} and {after.run.folder} cannot be compared"
        raise InputError(one_message(name, refused))
    return found


def _populations(before: State, after: State) -> tuple[str, str]:
    """Say both populations; equal texts where they are the same."""
    old, new = before.doors["residents"], after.doors["residents"]
    both = old.index.intersection(new.index)
    other = int(((old[both] - new[both]).abs() > SAME_RESIDENTS).sum())
    only = len(old) - len(both), len(new) - len(both)
    if not other and not any(only):
        return "", ""
    apart = f" ({other} doors of both have other residents)" if other else ""
    return _population(before, only[0]), _population(after, only[1]) + apart


def _population(state: State, only_here: int) -> str:
    told = state.run.summary["population"]
    said = ", ".join(str(told[key]) for key in ("source", "date") if told.get(key))
    return (
        f"{state.doors['residents'].sum():,.2f} residents ({said or 'source not stated'}) at "
        f"{len(state.doors):,} doors, {only_here:,} of them only there"
    )


def _standard(state: State) -> str:
    bands = ", ".join(
        f"{'/'.join(f'{limit:g}' for limit in band['limits'])} {band['unit']}"
        for band in state.bands
    )
    return f"{bands}, planned for {state.planning_band}"


def _walk(state: State) -> dict[str, Any]:
    """Name every figure that a walk is measured by."""
    manifest = state.run.manifest
    profile = {
        key: figure.get("value") if isinstance(figure, Mapping) else figure
        for key, figure in manifest["standards"]["walking_profile"].items()
    }
    return {**manifest["settings"]["walk"], **profile, "profile": profile.get("name")}


def _unlike(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, str]:
    """Say the keys that differ, with their values."""
    keys = sorted({*before, *after} - {"name"})
    told = [key for key in keys if before.get(key) != after.get(key)]
    return (
        ", ".join(f"{key} = {before.get(key)}" for key in told),
        ", ".join(f"{key} = {after.get(key)}" for key in told),
    )


def _extents(before: State, after: State) -> tuple[str, str]:
    """Say both boxes in degrees where they differ; equal texts where they do not."""
    old, new = before.doors.total_bounds, after.doors.to_crs(before.doors.crs).total_bounds
    if np.abs(old - new).max() <= EXTENT_M:
        return "", ""
    return _box(before), _box(after)


def _box(state: State) -> str:
    west, south, east, north = state.doors.to_crs("EPSG:4326").total_bounds
    return f"{south:.4f}..{north:.4f} N, {west:.4f}..{east:.4f} E"


def _reality(state: State) -> str:
    return "a schematic city" if state.run.summary["schematic"] else "a real city"
