"""Charts of a run: the curve over the number of posts, and the load of each post."""

from typing import Any

import numpy as np
import pandas as pd

from ..language import format_number, format_share, translate
from .columns import limits_in_words
from .facts import average_place
from .picture_style import ABOVE_IN, EXISTING, PROPOSED, SHARE_COLOURS, WIDTH_IN, headline
from .read import RunTables
from .sheets import post_names
from .vocabulary import value_in_words

BARS_MAX = 12


def curve_figure(run: RunTables, language: str) -> Any:
    """Draw residents within the planning limit by the number of new posts."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    curve = run.tables["curve"]
    figure = Figure(figsize=(WIDTH_IN, 2.3), facecolor="white")
    axes = _chart_axes(figure)
    axes.plot(curve.index, curve["residents_within"], color=PROPOSED, marker="o", markersize=3)
    for posts, residents in curve["residents_within"].items():
        axes.annotate(format_number(residents, language), (posts, residents), (0, 4),
                      textcoords="offset points", ha="center", size=5.2)  # fmt: skip
    axes.margins(x=0.07, y=0.18)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: format_number(value, language)))
    axes.set_xlabel(translate("New posts", language))
    limit = limits_in_words(run.summary, language)[run.summary["plan"]["band"]]
    headline(figure, translate("Residents within {limit}", language, limit=limit))
    _plain_axes(axes)
    return figure


def opening_figure(run: RunTables, language: str) -> Any:
    """Draw by the hour who is near an open post, on the week's first day and its last."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import FuncFormatter, MultipleLocator

    hours, band = run.tables["opening_hours"], run.summary["plan"]["band"]
    figure = Figure(figsize=(WIDTH_IN, 2.0), facecolor="white")
    axes = _chart_axes(figure)
    for weekday, colour in ((1, EXISTING), (7, PROPOSED)):
        day = hours[hours["weekday"] == weekday]
        least, most = (
            day[f"share_within_{band}_unknown_{state}"].to_numpy(float)
            for state in ("closed", "open")
        )
        words = value_in_words("weekday", weekday, language)
        edges = [*day["hour"], 24]
        axes.stairs(least, edges, color=colour, linewidth=1.2, label=words)
        axes.stairs(most, edges, color=colour, linewidth=0.6, linestyle=":")
        axes.stairs(most, edges, baseline=least, fill=True, color=colour, alpha=0.12)
    axes.set(xlim=(0, 24), ylim=(0, 1))
    axes.xaxis.set_major_locator(MultipleLocator(3))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:.0f}:00"))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: format_share(value, language, 0)))
    if (hours["posts_unknown"] > 0).any():
        words = translate("hours of some posts are not known: between the lines", language)
        axes.set_xlabel(words, size=5.6)
    axes.legend(frameon=False, fontsize=5.6, loc="upper left")
    limit = limits_in_words(run.summary, language)[band]
    title = translate("Within {limit} of an open post, by the hour", language, limit=limit)
    headline(figure, title)
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
    )
    axes = _chart_axes(figure)
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
    if len(run.tables["posts"]) > len(values):
        axes.set_xlabel(
            translate(
                "The {count} posts with the most of {all}",
                language,
                count=format_number(len(values), language),
                all=format_number(len(run.tables["posts"]), language),
            ),
            size=5.6,
        )
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: format_number(value, language)))
    headline(figure, title)
    _plain_axes(axes)
    return figure


def _chart_axes(figure: Any) -> Any:
    """Give axes that leave room for the title above them."""
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    above = ABOVE_IN / figure.get_figheight()
    figure.set_layout_engine(ConstrainedLayoutEngine(rect=(0, 0, 1, 1 - above)))
    return figure.add_subplot()


def _loads(run: RunTables, language: str) -> tuple["pd.Series[Any]", str, float | None]:
    """Give the load of each post, what it is, and the norm it is held to."""
    posts = run.tables["posts"]
    names = post_names(posts, language)
    of_posts = run.tables["workload"].loc[names.index]
    loads = of_posts["residents_per_inspector"].dropna()
    loads = loads[np.isfinite(loads)]
    if len(loads):
        norm = run.summary["staffing"]["residents_per_inspector"]
        shown = format_number(norm, language)
        if average_place(run) is None:
            title = translate("Residents per inspector (norm {norm})", language, norm=shown)
        else:
            title = translate(
                "Residents per inspector at the region's average (norm {norm})",
                language,
                norm=shown,
            )
        return _by_load(loads, names), title, float(norm)
    title = translate("Residents whose nearest post it is", language)
    return _by_load(of_posts["residents"], names), title, None


def _by_load(loads: "pd.Series[Any]", names: "pd.Series[Any]") -> "pd.Series[Any]":
    ordered = loads.sort_values(ascending=False, kind="stable").head(BARS_MAX)
    return ordered.set_axis(list(names[ordered.index]))


def _short(name: str) -> str:
    return name if len(name) <= 34 else f"{name[:33]}…"


def _plain_axes(axes: Any) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=5.6, width=0.5, length=2)
