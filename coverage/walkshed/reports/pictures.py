"""Pictures of a run on paper: coverage now, with the plan and what changes; curve; workload.

Drawn from the run's tables alone, each on a figure of its own; nothing is computed, and the same
tables give the same bytes.
"""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from ..errors import SettingsError
from ..language import format_metres, format_number, format_share, translate
from .columns import limits_in_words
from .read import RunTables

View = Literal["now", "after", "change"]

SHARE_CLASSES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
SHARE_COLOURS = ("#fdf3bf", "#cfe8b4", "#97d4ba", "#62b5cc", "#5790c6")
"""As on the map's page."""
EXISTING, PROPOSED, INK, PAPER = "#1c3f6e", "#c2410c", "#2b3440", "#fbfbf9"
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
WIDTH_IN, DPI = 3.55, 300
ABOVE_IN, BELOW_IN = 0.16, 0.48
LABELS_MAX = 14
_STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 6.5,
    "svg.hashsalt": "walkshed",
    "svg.fonttype": "path",
    "axes.linewidth": 0.5,
}


def write_pictures(run: RunTables, folder: Path, language: str) -> list[str]:
    """Write each picture as `name.language.png` and `.svg`; gives the names of those there are.

    Raises
    ------
    SettingsError
        matplotlib, of the extra `report`, is not installed.
    """
    with _drawing():
        figures = {
            f"coverage_{view}": coverage_figure(run, view, language)
            for view in ("now", "after", "change")
            if view == "now" or run.summary["plan"]["new_posts"]
        }
        figures["curve"] = curve_figure(run, language)
        figures["workload"] = workload_figure(run, language)
        for name, figure in figures.items():
            figure.savefig(folder / f"{name}.{language}.png", dpi=DPI, metadata={"Software": None})
            figure.savefig(folder / f"{name}.{language}.svg", dpi=DPI, metadata={"Date": None})
    return list(figures)


@contextmanager
def _drawing() -> Iterator[None]:
    """Draw by our own style, whatever style the reader's matplotlib has."""
    try:
        import matplotlib as mpl
    except ImportError as error:
        raise SettingsError(
            "pictures and PDF need the extra `report`: pip install 'walkshed[report]'"
        ) from error
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_STYLE)
        yield


# -- maps ------------------------------------------------------------------------------------------


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
    figure.text(0.0, 0.998, _title(run, view, language), weight="bold", size=7.2, va="top")
    for handles, above in ((keys, 0.38), (post_keys, 0.25)):
        figure.legend(handles=handles, loc="center left", ncols=len(handles), frameon=False,
                      fontsize=5.6, bbox_to_anchor=(0.0, above / whole), handlelength=1.2,
                      columnspacing=0.9, borderpad=0.0, borderaxespad=0.0,
                      handletextpad=0.5)  # fmt: skip
    figure.text(0.0, 0.006, _credit(run, language), size=4.8, color="#5b6470", va="bottom")
    return figure


def _extent(bounds: Any) -> tuple[float, float, float, float]:
    """Give room around the city, at least 2 wide for 3 high and the other way round."""
    west, south, east, north = (float(bound) for bound in bounds)
    wide, high = (east - west) * 1.04, (north - south) * 1.04
    wide, high = max(wide, high / 1.25), max(high, wide / 1.5)
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
        (~now & ~after, BEYOND, translate("still farther", language)),
        (~now & after, GAINED, translate("With new posts", language)),
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
    rough = posts["precision_m"] > 50  # coarser than an address
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
    from matplotlib.patheffects import withStroke

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
                  zorder=5, path_effects=[withStroke(linewidth=1.4, foreground="white",
                  alpha=0.85)])  # fmt: skip
        if len(taken) == LABELS_MAX + len(marks):
            return


def _scale_and_north(axes: Any, language: str) -> None:
    """Draw a bar of a round length and an arrow to the north of the grid."""
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    wide, high = east - west, north - south
    length = _round_length(wide / 4)
    x, y = west + 0.03 * wide, south + 0.035 * high
    axes.plot([x, x + length], [y, y], color=INK, linewidth=1.6, solid_capstyle="butt", zorder=9)
    axes.text(x + length / 2, y + 0.012 * high, format_metres(length, language), size=5.2,
              ha="center", va="bottom", color=INK, zorder=9)  # fmt: skip
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
    return (
        f"{words[view]} ({translate('schematic', language)})"
        if summary["schematic"]
        else (words[view])
    )


def _credit(run: RunTables, language: str) -> str:
    if run.summary["schematic"]:
        return translate(
            "schematic city (parameters of {city})", language, city=run.summary["city"]
        )
    licence = translate("© OpenStreetMap contributors, ODbL 1.0", language)
    date = translate("Data as of {date}", language, date=run.summary["osm_date"])
    return f"{licence}. {date}" if run.summary["osm_date"] else licence


# -- charts ----------------------------------------------------------------------------------------


def curve_figure(run: RunTables, language: str) -> Any:
    """Draw residents within the planning limit by the number of new posts."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    curve = run.tables["curve"]
    figure = Figure(figsize=(WIDTH_IN, 2.0), facecolor="white", layout="constrained")
    axes = figure.add_subplot()
    axes.plot(curve.index, curve["residents_within"], color=PROPOSED, marker="o", markersize=3)
    for posts, residents in curve["residents_within"].items():
        axes.annotate(format_number(residents, language), (posts, residents), (0, 4),
                      textcoords="offset points", ha="center", size=5.2)  # fmt: skip
    axes.margins(x=0.07, y=0.18)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: format_number(value, language)))
    axes.set_xlabel(translate("New posts", language))
    limit = limits_in_words(run.summary, language)[run.summary["plan"]["band"]]
    axes.set_title(translate("Residents within {limit}", language, limit=limit), size=7.5,
                   weight="bold", loc="left")  # fmt: skip
    _plain_axes(axes)
    return figure


def workload_figure(run: RunTables, language: str) -> Any:
    """Draw residents by nearest post, or by inspector against the norm where that is known."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    values, title, norm = _loads(run, language)
    figure = Figure(
        figsize=(WIDTH_IN, 0.65 + 0.17 * max(len(values), 3)),
        facecolor="white",
        layout="constrained",
    )
    axes = figure.add_subplot()
    axes.barh(range(len(values)), values.to_numpy(float), color=SHARE_COLOURS[4], height=0.68)
    axes.set_yticks(range(len(values)), [_short(str(name)) for name in values.index], size=5.4)
    axes.invert_yaxis()
    for place, load in enumerate(values):
        axes.annotate(format_number(load, language), (load, place), (2, 0),
                      textcoords="offset points", va="center", size=5.2)  # fmt: skip
    if norm is not None:
        axes.axvline(norm, color=PROPOSED, linewidth=1.0)
    axes.margins(x=0.14)
    axes.xaxis.set_major_locator(MaxNLocator(4))
    axes.set_xlim(left=0)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: format_number(value, language)))
    axes.set_title(title, size=7.5, weight="bold", loc="left")
    _plain_axes(axes)
    return figure


def _loads(run: RunTables, language: str) -> tuple["pd.Series[Any]", str, float | None]:
    """Give the load of each post, what it is, and the norm it is held to."""
    posts = run.tables["posts"]
    names = post_names(posts, language)
    if "workload" in run.tables:
        loads = run.tables["workload"]["residents_per_inspector"].dropna()
        loads = loads[np.isfinite(loads) & loads.index.isin(names.index)]
        if len(loads):
            norm = run.summary["staffing"]["residents_per_inspector"]
            title = translate(
                "Residents per inspector (norm {norm})",
                language,
                norm=format_number(norm, language),
            )
            return _by_load(loads, names), title, float(norm)
    areas = run.tables["catchments"]
    today = areas[(areas["scenario"] == "existing") & areas["post_id"].isin(names.index)]
    title = translate("Residents whose nearest post it is", language)
    return _by_load(today.set_index("post_id")["residents"], names), title, None


def _by_load(loads: "pd.Series[Any]", names: "pd.Series[Any]") -> "pd.Series[Any]":
    ordered = loads.sort_values(ascending=False, kind="stable").head(20)
    return ordered.set_axis(list(names[ordered.index]))


def post_names(posts: pd.DataFrame, language: str) -> "pd.Series[Any]":
    """Name posts in a language: by name, else number, else id."""
    ids = pd.Series(posts.index.astype(str), index=posts.index)
    numbers = posts["number"].where(posts["number"] != "", ids)
    own = posts[f"name_{language}"]
    return own.where(own != "", numbers)


def _short(name: str) -> str:
    return name if len(name) <= 34 else f"{name[:33]}…"


def _plain_axes(axes: Any) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=5.6, width=0.5, length=2)
