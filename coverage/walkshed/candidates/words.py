"""Why a place is a candidate, in words."""

from collections.abc import Mapping
from typing import Any

from ..language import translate


def why(site: Mapping[str, Any], language: str = "en") -> str:
    """Tell why a place is a candidate.

    Parameters
    ----------
    site
        A row of `candidate_sites`: `kind`, `place`, `name`, `near`, `crosses`.

    Examples
    --------
    >>> why({"kind": "public_place", "place": "school", "name": "№ 5", "near": "", "crosses": ""})
    'school «№ 5»'
    >>> why({"kind": "junction", "place": "", "name": "", "near": "Abay", "crosses": "Tole bi"})
    'junction of Abay and Tole bi'
    """
    name, near, crosses = site["name"], site["near"], site["crosses"]
    match site["kind"]:
        case "listed":
            return _named(translate("the user's list", language), ": ", site["place"], name)
        case "public_place":
            return _named(place_name(site["place"], language), "", "", name)
        case "junction" if near and crosses:
            return translate("junction of {one} and {other}", language, one=near, other=crosses)
        case "junction" if near:
            return translate("junction on {street}", language, street=near)
        case "junction":
            return translate("junction of unnamed streets", language)
    if near:
        return translate("along {street}", language, street=near)
    return translate("along an unnamed street", language)


def place_name(kind: str, language: str) -> str:
    """Name a kind of public place; the kind itself where it is none of ours."""
    names = {
        "akimat": translate("akimat", language),
        "school": translate("school", language),
        "university": translate("university or college", language),
        "market": translate("market", language),
        "station": translate("station", language),
        "hospital": translate("hospital or clinic", language),
        "library": translate("library", language),
        "park": translate("park", language),
    }
    return names.get(kind, kind)


def _named(head: str, mark: str, detail: str, name: str) -> str:
    text = f"{head}{mark}{detail}" if detail else head
    return f"{text} «{name}»" if name else text
