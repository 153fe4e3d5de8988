"""A scenario in words, one line an edit."""

from typing import Any

from pyproj import Geod

from .geojson import Scenario

_GEOD = Geod(ellps="WGS84")


def edits_in_words(scenario: Scenario) -> str:
    """Tell the edits in order, one line each: number, action, what, how long, why and when.

    Line breaks and control characters in names and reasons become blanks.

    Examples
    --------
    >>> import geopandas as gpd, shapely
    >>> from walkshed.scenario import scenario_of
    >>> edits = gpd.GeoDataFrame(
    ...     {"action": ["add_street", "close_post"], "highway": ["steps", ""], "bridge": [True, ""],
    ...      "post_id": ["", "P-7"], "reason": ["over the railway", "fire"], "date": ["2026", ""]},
    ...     geometry=[shapely.LineString([(71.37, 42.9), (71.371, 42.9)]), None], crs=4326)
    >>> print(edits_in_words(scenario_of(edits)))
    1. add_street: steps, bridge, 82 m (over the railway; 2026)
    2. close_post: P-7 (fire)
    """
    rows = scenario.edits.reset_index().to_dict("records")
    return "\n".join(map(_line, rows))


def _line(edit: dict[str, Any]) -> str:
    named = [edit["post_id"], edit["kind"], edit["highway"]]
    named += [key for key in ("bridge", "tunnel", "joins") if edit[key]]
    named += [f"«{edit['name']}»" if edit["name"] else "", _size(edit["geometry"])]
    what = ", ".join(_plain(text) for text in named if text)
    why = "; ".join(_plain(text) for text in (edit["reason"], edit["date"]) if text)
    return f"{edit['edit']}. {edit['action']}: {what}" + (f" ({why})" if why else "")


def _size(shape: Any) -> str:
    """Size of a line or an area on the ground; a point is told by its place."""
    if shape is None:
        return ""
    if shape.geom_type == "Point":
        return f"at {shape.y:.5f}, {shape.x:.5f}"
    if shape.geom_type == "Polygon":
        return f"{abs(_GEOD.geometry_area_perimeter(shape)[0]) / 10_000:.1f} ha"
    return f"{_GEOD.geometry_length(shape):.0f} m"


def _plain(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)
