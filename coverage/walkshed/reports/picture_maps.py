"""Map pictures of a run: the city's ground, hexagons or doors, posts, legend, scale and sources."""

import math
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ..language import format_metres, format_number, format_share, translate
from ..schemas import PRECISION_RADIUS_M
from .columns import limits_in_words
from .picture_style import (
    ABOVE_IN,
    BELOW_IN,
    EXISTING,
    INK,
    PAPER,
    PROPOSED,
    SHARE_CLASSES,
    SHARE_COLOURS,
    WIDTH_IN,
    headline,
)
from .read import RunTables

View = Literal["now", "after", "change"]

VIEWS: tuple[View, ...] = ("now", "after", "change")
WITHIN, GAINED, BEYOND = "#b9cfe4", "#15803d", "#e8720c"
GROUND = {
    "green": ("#e7eee0", 0.0, 1.0),
    "water": ("#c8dfee", 0.0, 1.1),
    "rivers": ("#a9cce3", 0.8, 1.2),
    "minor": ("#c3c8cf", 0.25, 3.0),
    "major": ("#9aa1ab", 0.7, 3.1),
    "rail": ("#55565f", 0.9, 3.2),
}
"""Colour, width and place in the order of drawing; 0 wide is an area."""
LABELS_MAX = 14


def coverage_figure(run: RunTables, view: View, language: str) -> Any:
    """Draw the city: coverage by hexagon now or with the plan, or the doors that the plan gains."""
    from matplotlib.figure import Figure

    hexagons: Any = run.tables["hexagons"]
    peopled = hexagons[hexagons["residents"] > 0]
    west, south, east, north = _extent(peopled.total_bounds)
    height = WIDTH_IN * (north - south) / (east - west)
    whole = height + ABOVE_IN + BELOW_IN
    figure = Figure(figsize=(WIDTH_IN, whole), facecolor="white")
    axes = figure.add_axes((0.002, BELOW_IN / whole, 0.996, height / whole))
    axes.set(xlim=(west, east), ylim=(south, north), aspect="equal", facecolor=PAPER)
    axes.set(xticks=[], yticks=[])
    _ground(axes, run)
    if view == "change":
        keys = _doors(axes, run, language)
    else:
        keys = _hexagons(axes, peopled, run, "" if view == "now" else "_after", language)
    post_keys = _posts(axes, run, language, with_plan=view != "now")
    _labels(axes, run, language)
    _scale_and_north(axes, language)
    headline(figure, _title(run, view, language))
    for handles, above in ((keys, 0.38), (post_keys, 0.25)):
        figure.legend(handles=handles, loc="center left", ncols=len(handles), frameon=False,
                      fontsize=5.6, bbox_to_anchor=(0.0, above / whole), handlelength=1.2,
                      columnspacing=0.9, borderpad=0.0, borderaxespad=0.0,
                      handletextpad=0.5)  # fmt: skip
    figure.text(0.0, 0.006, _credit(run, language), size=4.8, color="#5b6470", va="bottom")
    return figure


def _extent(bounds: Any) -> tuple[float, float, float, float]:
    """Give room around the city: from 2/3 as high as wide to 1.15 times."""
    west, south, east, north = (float(bound) for bound in bounds)
    wide, high = (east - west) * 1.04, (north - south) * 1.04
    wide, high = max(wide, high / 1.15), max(high, wide / 1.5)
    x, y = (west + east) / 2, (south + north) / 2
    return x - wide / 2, y - high / 2, x + wide / 2, y + high / 2


def _ground(axes: Any, run: RunTables) -> None:
    from matplotlib.collections import LineCollection, PathCollection

    if "ground" not in run.tables:
        return
    ground: Any = run.tables["ground"].set_index("layer").geometry
    for name, (colour, width, order) in GROUND.items():
        if name not in ground.index:
            continue
        parts = shapely.get_parts(ground[name])
        common = {"zorder": order, "rasterized": True}
        if width:
            lines = [shapely.get_coordinates(part) for part in parts]
            dashes = (0, (4, 1.5)) if name == "rail" else "solid"
            drawn: Any = LineCollection(
                lines, colors=colour, linewidths=width, linestyles=[dashes], **common
            )
        else:
            drawn = PathCollection(
                [_path(part) for part in parts], facecolors=colour, edgecolors="none", **common
            )
        axes.add_collection(drawn, autolim=False)


def _path(polygon: Any) -> Any:
    """Turn a polygon with its holes into one path."""
    from matplotlib.path import Path as Outline

    rings = [polygon.exterior, *polygon.interiors]
    return Outline.make_compound_path(*(Outline(shapely.get_coordinates(ring)) for ring in rings))


def _hexagons(
    axes: Any, hexagons: gpd.GeoDataFrame, run: RunTables, suffix: str, language: str
) -> list[Any]:
    """Colour hexagons by the share within the planning limit."""
    from matplotlib.collections import PolyCollection
    from matplotlib.patches import Patch

    shares = hexagons[f"share_within_{run.summary['plan']['band']}{suffix}"].to_numpy(float)
    place = np.clip(np.searchsorted(SHARE_CLASSES, shares, side="right") - 1, 0, 4)
    axes.add_collection(
        PolyCollection(
            [shapely.get_coordinates(shape.exterior) for shape in hexagons.geometry],
            facecolors=[SHARE_COLOURS[i] for i in place],
            edgecolors="#7f969e",
            linewidths=0.15,
            alpha=0.82,
            zorder=2.0,
        ),
        autolim=False,
    )
    return [
        Patch(
            facecolor=colour,
            edgecolor="#7f969e",
            linewidth=0.3,
            label=f"{format_number(low * 100, language)}–{format_share(high, language, 0)}",
        )
        for low, high, colour in zip(SHARE_CLASSES, SHARE_CLASSES[1:], SHARE_COLOURS, strict=False)
    ]


def _doors(axes: Any, run: RunTables, language: str) -> list[Any]:
    """Draw doors by whether they are within the standard now, with the plan, or not at all."""
    doors: Any = run.tables["doors"]
    doors = doors[doors["residents"] > 0]
    now, after = doors["within_standard"], doors["within_standard_after"]
    kinds = (
        (now, WITHIN, translate("Now", language)),
        (~now & after, GAINED, translate("With new posts", language)),
        (~now & ~after, BEYOND, translate("still farther", language)),
    )
    size = min(6.0, max(0.4, 6000 / max(len(doors), 1)))
    keys = []
    for order, (chosen, colour, label) in enumerate(kinds):
        at = doors.geometry[chosen]
        axes.scatter(at.x, at.y, s=size, c=colour, linewidths=0, zorder=4 + order / 10,
                     rasterized=True)  # fmt: skip
        keys.append(_key("o", colour, colour, label))
    return keys


def _key(marker: str, face: str, edge: str, label: str) -> Any:
    from matplotlib.lines import Line2D

    return Line2D([], [], marker=marker, linestyle="none", markersize=4, markerfacecolor=face,
                  markeredgecolor=edge, markeredgewidth=0.7, label=label)  # fmt: skip


def _posts(axes: Any, run: RunTables, language: str, *, with_plan: bool) -> list[Any]:
    """Draw posts, hollow where the place is approximate, and the sites of the plan by number."""
    posts: Any = run.tables["posts"]
    posts = posts[posts.geometry.notna()]
    rough = posts["precision_m"] > PRECISION_RADIUS_M["address"]
    keys = []
    for chosen, face, label in (
        (~rough, EXISTING, translate("Police posts", language)),
        (rough, "white", translate("location approximate", language)),
    ):
        at = posts.geometry[chosen]
        if len(at):
            axes.scatter(at.x, at.y, s=15, c=face, edgecolors=EXISTING if face == "white" else
                         "white", linewidths=0.7, zorder=6, marker="o")  # fmt: skip
            edge = EXISTING if face == "white" else "white"
            keys.append(_key("o", face, edge, label))
    proposed: Any = run.tables["proposed_posts"]
    if with_plan and len(proposed):
        at = proposed.geometry
        axes.scatter(at.x, at.y, s=44, c=PROPOSED, edgecolors="white", linewidths=0.7, zorder=7)
        for rank, point in at.items():
            axes.text(point.x, point.y, str(rank), color="white", size=5, weight="bold",
                      ha="center", va="center_baseline", zorder=8)  # fmt: skip
        keys.append(_key("o", PROPOSED, "white", translate("Proposed posts", language)))
    return keys


def _labels(axes: Any, run: RunTables, language: str) -> None:
    """Name the most important places that are in sight and do not cover each other."""
    if "ground" not in run.tables:
        return
    ground: Any = run.tables["ground"]
    places = ground[ground["layer"] == "place"].sort_values(["rank", "name"], kind="stable")
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    per_letter, line = (east - west) * 0.0125, (east - west) * 0.016
    marks = pd.concat([run.tables[name].geometry for name in ("posts", "proposed_posts")])
    marks = marks[marks.notna()].buffer(line)
    taken: list[Any] = list(marks)
    for name, own, at in zip(
        places["name"], places[f"name_{language}"], places.geometry, strict=True
    ):
        half = per_letter * len(own or name) / 2
        box = shapely.box(at.x - half, at.y - line, at.x + half, at.y + line)
        inside = shapely.box(west, south + 0.08 * (north - south), east, north).contains(box)
        if not inside or any(box.intersects(other) for other in taken):
            continue
        taken.append(box)
        axes.text(at.x, at.y, own or name, size=5.2, color=INK, ha="center", va="center",
                  zorder=5, path_effects=_halo())  # fmt: skip
        if len(taken) == LABELS_MAX + len(marks):
            return


def _halo() -> list[Any]:
    """Keep words legible on whatever they stand."""
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=1.4, foreground="white", alpha=0.85)]


def _scale_and_north(axes: Any, language: str) -> None:
    """Draw a bar of a round length and an arrow to the north of the grid."""
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    wide, high = east - west, north - south
    length = _round_length(wide / 4)
    x, y = west + 0.03 * wide, south + 0.035 * high
    axes.plot([x, x + length], [y, y], color=INK, linewidth=1.6, solid_capstyle="butt", zorder=9)
    axes.text(x + length / 2, y + 0.012 * high, format_metres(length, language), size=5.2,
              ha="center", va="bottom", color=INK, zorder=9, path_effects=_halo())  # fmt: skip
    axes.annotate(
        translate("N", language),
        (east - 0.035 * wide, north - 0.03 * high),
        (east - 0.035 * wide, north - 0.13 * high),
        arrowprops={"arrowstyle": "-|>", "color": INK, "linewidth": 0.9},
        ha="center", va="top", size=6, weight="bold", color=INK, zorder=9,
    )  # fmt: skip


def _round_length(metres: float) -> float:
    """Give the largest 1, 2 or 5 times a power of ten that is no longer.

    Examples
    --------
    >>> [_round_length(metres) for metres in (99.0, 260.0, 5400.0)]
    [50.0, 200.0, 5000.0]
    """
    power = 10.0 ** math.floor(math.log10(metres))
    return max(step * power for step in (1.0, 2.0, 5.0) if step * power <= metres)


def _title(run: RunTables, view: View, language: str) -> str:
    summary = run.summary
    limit = limits_in_words(summary, language)[summary["plan"]["band"]]
    words = {
        "now": translate("Now: residents within {limit}", language, limit=limit),
        "after": translate("With new posts: residents within {limit}", language, limit=limit),
        "change": translate("What new posts change: homes within {limit}", language, limit=limit),
    }
    return words[view]


def _credit(run: RunTables, language: str) -> str:
    if run.summary["schematic"]:
        return translate("schematic city, drawn from given parameters", language)
    licence = translate("© OpenStreetMap contributors, ODbL 1.0", language)
    date = translate("Data as of {date}", language, date=run.summary["osm_date"])
    return f"{licence}. {date}" if run.summary["osm_date"] else licence
