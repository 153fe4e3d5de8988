"""What all pictures share: width, colours, and how a title stands."""

from typing import Any

WIDTH_IN, DPI, SVG_DPI = 3.55, 300, 200
ABOVE_IN, BELOW_IN = 0.16, 0.48
TITLE_SIZE, TITLE_LETTERS = 7.2, 46
SHARE_CLASSES = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
SHARE_COLOURS = ("#fdf3bf", "#cfe8b4", "#97d4ba", "#62b5cc", "#5790c6")
"""As on the map's page."""
EXISTING, PROPOSED, INK, PAPER = "#1c3f6e", "#c2410c", "#2b3440", "#fbfbf9"
STYLE: Any = {
    "font.family": "DejaVu Sans",
    "font.size": 6.5,
    "svg.hashsalt": "walkshed",
    "svg.fonttype": "path",
    "axes.linewidth": 0.5,
}


def headline(figure: Any, title: str) -> None:
    """Write the title over the whole width, smaller where it is long."""
    size = min(TITLE_SIZE, TITLE_SIZE * TITLE_LETTERS / len(title))
    figure.text(0.0, 0.998, title, weight="bold", size=size, va="top")
