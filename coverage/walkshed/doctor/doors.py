"""Doors: who reaches no post and why, by hexagon, and legs to the street that are too long."""

from collections.abc import Iterator

import geopandas as gpd
import h3
import numpy as np

from ..language import format_metres, format_share, translate, translate_count
from ..standards import DoctorLimits
from .findings import Finding


def not_reached(doors: gpd.GeoDataFrame, snap_max_m: float, language: str) -> Iterator[Finding]:
    """Doors that reach no post, one finding for each reason and hexagon with residents."""
    todo = {
        "too_far": translate(
            "See whether a street is missing on the map; `walk.snap_max_m` sets the limit.",
            language,
        ),
        "behind_barrier": translate(
            "See whether a street or a crossing is missing on the map there.", language
        ),
        "no_way": translate(
            "See what cuts their streets off: an island of the network, or a one-way path.",
            language,
        ),
    }
    for reason, advice in todo.items():
        lost = doors[(doors["not_reached_reason"] == reason) & (doors["residents"] > 0)]
        for cell, here in lost.groupby("hexagon_id"):
            lat, lon = h3.cell_to_latlng(str(cell))
            yield Finding(
                "warning",
                f"doors_{reason}",
                _lost(reason, len(here), snap_max_m, language),
                advice,
                _building(here),
                round(lon, 6),
                round(lat, 6),
                len(here),
                float(here["residents"].sum()),
            )


def _lost(reason: str, count: int, snap_max_m: float, language: str) -> str:
    if reason == "too_far":
        return translate_count(
            "{count} door is farther than {length} from any street",
            "{count} doors are farther than {length} from any street",
            count,
            language,
            length=format_metres(snap_max_m, language),
        )
    if reason == "behind_barrier":
        return translate_count(
            "{count} door has no street on its side of a railway or water",
            "{count} doors have no street on their side of a railway or water",
            count,
            language,
        )
    return translate_count(
        "From {count} door no way leads to any post",
        "From {count} doors no way leads to any post",
        count,
        language,
    )


def long_legs(doors: gpd.GeoDataFrame, limits: DoctorLimits, language: str) -> Iterator[Finding]:
    """How far doors are from their streets, and the hexagons with the most long legs."""
    snapped = doors[np.isfinite(doors["access_m"].to_numpy(float))]
    if snapped.empty:
        return
    legs_m = snapped["access_m"]
    median_m, p90_m, longest_m = (float(legs_m.quantile(q)) for q in (0.5, 0.9, 1.0))
    yield Finding(
        "note",
        "legs_to_streets",
        translate(
            "From door to street: half of the doors within {median}, nine of ten within {p90}, "
            "the farthest {longest}; {share} are joined to a street at all",
            language,
            median=format_metres(median_m, language),
            p90=format_metres(p90_m, language),
            longest=format_metres(longest_m, language),
            share=format_share(len(snapped) / len(doors), language),
        ),
        translate("Nothing: this is how well streets and buildings fit together.", language),
    )
    long = snapped[(legs_m > limits.access_long_m.value) & (snapped["residents"] > 0)]
    for cell, here in long.groupby("hexagon_id"):
        lat, lon = h3.cell_to_latlng(str(cell))
        yield Finding(
            "note",
            "leg_long",
            translate_count(
                "{count} door is more than {length} from its street",
                "{count} doors are more than {length} from their street",
                len(here),
                language,
                length=format_metres(limits.access_long_m.value, language),
            ),
            translate("See whether drives or paths are missing on the map.", language),
            _building(here),
            round(lon, 6),
            round(lat, 6),
            len(here),
            float(here["residents"].sum()),
        )


def _building(doors: gpd.GeoDataFrame) -> str:
    """The building of a single door, "" for several and for doors of cells, which are none."""
    name = str(doors.index[0])
    return name if len(doors) == 1 and name[:1] in "wr" and name[1:].isdigit() else ""
