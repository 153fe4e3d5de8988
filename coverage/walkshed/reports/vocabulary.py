"""Words for the codes of a run's tables, such as `existing` or `adult`, in each language."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from ..language import translate
from ..sources._vocabulary import answer_labels, kind_labels, precision_labels, status_labels


def value_in_words(column: str, value: Any, language: str) -> Any:
    """Give the word of a code of a column's vocabulary; any other value stays as it is.

    Examples
    --------
    >>> value_in_words("scenario", "after", "en"), value_in_words("name", "after", "en")
    ('with new posts', 'after')
    """
    words = vocabularies(language).get(column.removesuffix("_after"), {})
    return words.get(value, value)


@lru_cache(maxsize=3)
def vocabularies(language: str) -> dict[str, Mapping[Any, str]]:
    """Give the vocabulary of each column that has one: code to word."""
    return {
        "kind": _kinds(language),
        "post_kind": _kinds(language),
        "status": _states_of_posts(language),
        "free_status": _states_of_posts(language),
        "location_precision": precision_labels(language),
        "description_precision": precision_labels(language),
        "level": _levels(language),
        "item": _equipment(language),
        "state": _states(language),
        "inspectors_from": _staff_sources(language),
        "varied": _varied(language),
        "scenario": _scenarios(language),
        "profile": _walkers(language),
        "group": _groups(language),
        "weekday": _weekdays(language),
        "origin": _origins(language),
        "use": _uses(language),
        "levels_from": _storeys(language),
        "snap_status": _snapping(language),
        "not_reached_reason": _reasons(language),
        "change": _changes(language),
        "road_class": _roads(language),
        "has_cameras": _answers(language),
        "has_computers": _answers(language),
        "conflict": _conflicts(language),
        "how": _matches(language),
    }


def _kinds(language: str) -> dict[Any, str]:
    return {
        **kind_labels(language),
        "junction": translate("junction", language),
        "street": translate("along a street", language),
        "public_place": translate("public place", language),
        "listed": translate("the user's list", language),
        "all": translate("all kinds", language),
    }


def _states_of_posts(language: str) -> dict[Any, str]:
    return {
        **status_labels(language),
        "optimal": translate("proven", language),
        "heuristic": translate("not proven", language),
        "time_limit": translate("not proven", language),
        "interrupted": translate("not proven", language),
    }


def _levels(language: str) -> dict[Any, str]:
    return {
        "city": translate("city", language),
        "district": translate("city district", language),
        "neighbourhood": translate("neighbourhood", language),
        "precinct": translate("precinct", language),
    }


def _equipment(language: str) -> dict[Any, str]:
    return {
        "cameras": translate("cameras", language),
        "computers": translate("computers", language),
    }


def _states(language: str) -> dict[Any, str]:
    return {
        "existing": translate("existing", language),
        "proposed": translate("proposed", language),
    }


def _staff_sources(language: str) -> dict[Any, str]:
    return {
        "registry": translate("registry", language),
        "list": translate("list of inspectors", language),
        "assumed": translate("assumed by the study", language),
        "average": translate("average of the region", language),
    }


def _varied(language: str) -> dict[Any, str]:
    return {
        "all": translate("everything together", language),
        "speed": translate("walking speed", language),
        "residents": translate("residents", language),
        "places": translate("places of posts", language),
    }


def _scenarios(language: str) -> dict[Any, str]:
    return {
        "existing": translate("now", language),
        "after": translate("with new posts", language),
        "gained": translate("gained by new posts", language),
    }


def _walkers(language: str) -> dict[Any, str]:
    return {
        "adult": translate("adult", language),
        "older": translate("older person", language),
        "winter": translate("adult in winter", language),
        "winter_ice": translate("adult on ice", language),
        "child": translate("with a small child", language),
        "night": translate("adult at night", language),
        "night_lit_only": translate("adult at night, lit streets only", language),
        "wheelchair_or_pushchair": translate("wheelchair or pushchair", language),
    }


def _groups(language: str) -> dict[Any, str]:
    return {
        "all": translate("all", language),
        "children": translate("children", language),
        "65_plus": translate("65 and older", language),
    }


def _weekdays(language: str) -> dict[Any, str]:
    return {
        1: translate("Monday", language),
        2: translate("Tuesday", language),
        3: translate("Wednesday", language),
        4: translate("Thursday", language),
        5: translate("Friday", language),
        6: translate("Saturday", language),
        7: translate("Sunday", language),
    }


def _origins(language: str) -> dict[Any, str]:
    return {
        "registry": translate("registry", language),
        "osm": "OpenStreetMap",
        "scenario": translate("scenario", language),
        "schematic": translate("made up", language),
        "building": translate("building as mapped", language),
        "street": translate("along a street", language),
        "centre": translate("centre of a cell", language),
        "point": translate("point of the user", language),
        "planned": translate("planned", language),
    }


def _uses(language: str) -> dict[Any, str]:
    return {
        "residential": translate("lived in", language),
        "not_residential": translate("not lived in", language),
        "unknown": translate("not known", language),
    }


def _storeys(language: str) -> dict[Any, str]:
    return {
        "tag": translate("OpenStreetMap", language),
        "default": translate("assumed", language),
    }


def _snapping(language: str) -> dict[Any, str]:
    return {
        "snapped": translate("joined", language),
        "moved_off_island": translate("joined beyond an island of streets", language),
        "across_fence": translate("across a fence", language),
        "behind_barrier": translate("behind a barrier", language),
        "too_far": translate("too far from any street", language),
    }


def _reasons(language: str) -> dict[Any, str]:
    return {
        "too_far": translate("too far from any street", language),
        "behind_barrier": translate("behind a barrier", language),
        "street_closed": translate("street closed", language),
        "no_way": translate("no way on foot", language),
    }


def _changes(language: str) -> dict[Any, str]:
    return {
        "gained": translate("shorter", language),
        "lost": translate("longer", language),
    }


def _roads(language: str) -> dict[Any, str]:
    return {
        "path": translate("path", language),
        "minor": translate("minor street", language),
        "major": translate("major street", language),
    }


def _answers(language: str) -> dict[Any, str]:
    """Leave the unknown empty, as everywhere in a report."""
    return {answer: word for answer, word in answer_labels(language).items() if answer}


def _conflicts(language: str) -> dict[Any, str]:
    return {
        "same_number_other_place": translate("same number, another place", language),
        "same_number_registry_unlocated": translate(
            "same number, no place in the registry", language
        ),
        "same_place_other_number": translate("same place, another number", language),
        "same_place_other_kind": translate("same place, another kind", language),
        "same_place_other_name": translate("same place, another name", language),
        "closed_in_registry": translate("closed in the registry", language),
        "planned_in_registry": translate("planned in the registry", language),
    }


def _matches(language: str) -> dict[Any, str]:
    return {
        "house": translate("house", language),
        "post number": translate("number of the post", language),
        "between houses": translate("between houses", language),
        "landmark": translate("landmark", language),
        "area": translate("area", language),
        "street": translate("street", language),
    }


def figure_in_words(key: str, language: str) -> str:
    """Name a figure of the standards by its key; one without a name keeps the key's last part."""
    *path, leaf = key.split(".")
    place = _exclusions(language).get(path[-1], path[-1]) if path else ""
    words = _figures(language).get(leaf)
    return leaf.replace("_", " ") if words is None else words.replace("{place}", place)


@lru_cache(maxsize=3)
def _figures(language: str) -> dict[str, str]:
    return {
        "speed_kmh": translate("Walking speed, km/h", language),
        "steps_speed_factor": translate("Speed on stairs, times that on the level", language),
        "elevator_s": translate("An elevator takes, s", language),
        "crossing_wait_s": translate("Wait at a crossing, s", language),
        "kerbs_s": translate("Two kerbs of a crossing, s", language),
        "never_uses": translate("Never uses", language),
        "unlit_speed_factor": translate(
            "Speed where it is unlit, times that where it is lit", language
        ),
        "cutoffs_min": translate("Limits of walking, min", language),
        "planning_cutoff_min": translate("Limit that new posts are planned for, min", language),
        "target_share": translate("Share the standard asks for", language),
        "residents_per_inspector": translate("Norm of residents per inspector", language),
        "zones_min": translate("Floating catchments: zones, min", language),
        "weights": translate("Floating catchments: weights", language),
        "speed_spread": translate("Uncertainty of speed", language),
        "residents_spread": translate("Uncertainty of residents of a building", language),
        "neighbourhood_spread": translate("Uncertainty of residents of a neighbourhood", language),
        "distance_m": translate("No posts near: {place}, m", language),
        "choice": translate("Choice of candidate sites", language),
        "residential": translate("Buildings that are lived in", language),
        "not_residential": translate("Buildings that are not lived in", language),
        "not_residential_amenity": translate("Amenities that are not lived in", language),
        "not_residential_landuse": translate("Ground that is not lived on", language),
        "levels": translate("Storeys of buildings that do not say", language),
        "levels_otherwise": translate("Storeys of all other buildings", language),
        "net_share": translate("Living area of the floor area", language),
        "floor_area_m2_per_resident": translate("Floor area per resident, m²", language),
        "least_floor_area_m2_per_resident": translate(
            "Least floor area per resident, m²", language
        ),
        "door_streets": translate("Streets that have doors", language),
        "door_spacing_m": translate("Doors where no homes are mapped, every so many m", language),
    }


def _exclusions(language: str) -> dict[str, str]:
    return {
        "water": translate("water", language),
        "cemetery": translate("cemetery", language),
        "industry": translate("industry", language),
        "railway land": translate("railway land", language),
        "military": translate("military ground", language),
        "quarry or landfill": translate("quarry or landfill", language),
    }
