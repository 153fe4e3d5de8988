"""Pictures of a run on paper: coverage now, with the plan and what changes; curve; workload.

Drawn from the run's tables alone, each on a figure of its own; nothing is computed, and the same
tables give the same bytes.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import SettingsError
from .charts import curve_figure, opening_figure, workload_figure
from .picture_maps import VIEWS, coverage_figure
from .picture_style import DPI, STYLE, SVG_DPI
from .read import RunTables


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
            for view in VIEWS
            if view == "now" or run.summary["plan"]["new_posts"]
        }
        if run.summary["plan"]["new_posts"]:
            figures["curve"] = curve_figure(run, language)
        figures["workload"] = workload_figure(run, language)
        if run.summary["scores"]["opening_hours"]["posts_with_known_hours"]:
            figures["opening_hours"] = opening_figure(run, language)
        for name, figure in figures.items():
            figure.savefig(folder / f"{name}.{language}.png", dpi=DPI, metadata={"Software": None})
            figure.savefig(folder / f"{name}.{language}.svg", dpi=SVG_DPI, metadata={"Date": None})
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
        mpl.rcParams.update(STYLE)
        yield
