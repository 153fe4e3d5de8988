"""The planner's map: tables in, one HTML file out that opens with no network.

`study_map` draws a study, `comparison_map` two of them side by side, `cities_map` many;
`OfflineMap` is the Folium map beneath them, for maps of one's own. Maps compute nothing: every
number on them stands in a table that was computed before.
"""

from typing import TYPE_CHECKING, Any

from .about import AboutMap
from .backdrop import Backdrop, pack_backdrop
from .cities import cities_map
from .comparing import comparison_map, read_page
from .finding import Findable
from .planner import study_map
from .travelling import PageWalk

if TYPE_CHECKING:
    from .offline import OfflineFigure as OfflineFigure
    from .offline import OfflineMap as OfflineMap

__all__ = [
    "AboutMap",
    "Backdrop",
    "Findable",
    "OfflineFigure",
    "OfflineMap",
    "PageWalk",
    "cities_map",
    "comparison_map",
    "pack_backdrop",
    "read_page",
    "study_map",
]


def __getattr__(name: str) -> Any:
    """Import Folium only when a map is made: it is slow to load."""
    if name in {"OfflineFigure", "OfflineMap"}:
        from . import offline

        return getattr(offline, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
