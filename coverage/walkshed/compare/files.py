"""Write a comparison: its map, its tables, its headline numbers and its manifest."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import reports
from ..errors import SettingsError, SourceError
from ..language import LANGUAGES
from ..sources.osm import file_sha256
from .comparison import Comparison
from .state import OWN, State
from .words import limit_in_words, state_names

if TYPE_CHECKING:
    from ..maps import OfflineMap

MAP, MANIFEST = "map.html", "manifest.json"


def write_comparison(found: Comparison, folder: Path, *, language: str | None = None) -> None:
    """Write a comparison into a folder.

    `map.html`, `compare.gpkg`, the tables `doors_compared`, `neighbourhoods_compared`,
    `districts_compared` (where both runs have districts), `hexagons_compared`, `city_compared` and
    `posts_compared` (`*.parquet`, `*.csv`), `compare.json` and `manifest.json`. Files are made
    aside and moved in place at the end.

    Raises
    ------
    SettingsError
        The folder cannot be written, or is that of one of the runs.
    SourceError
        The map of the run after is not the one that the run wrote.
    """
    if any(folder.resolve() == s.run.folder.resolve() for s in (found.before, found.after)):
        raise SettingsError(
            f"{folder}: it is the folder of a run that is compared, and its map would be lost; "
            "choose another with --out"
        )
    page = comparison_map_of(found, language=language)
    layers = {
        "doors_compared": found.doors,
        "neighbourhoods_compared": found.neighbourhoods,
        "hexagons_compared": found.hexagons,
        "posts_compared": found.posts,
    }
    if found.districts is not None:
        layers["districts_compared"] = found.districts
    plain = {"city_compared": found.city}
    with reports.staged(folder) as stage:
        reports.write_geopackage(stage / "compare.gpkg", layers)
        reports.write_parquet(stage, {**layers, **plain})
        reports.write_csv(stage, {**layers, **plain})
        reports.write_json(stage / "compare.json", found.summary)
        (stage / MAP).write_text(page.to_html(), encoding="utf-8")
        reports.write_json(stage / "manifest.json", _manifest(found, stage))


def comparison_map_of(found: Comparison, *, language: str | None = None) -> "OfflineMap":
    """Draw a comparison; `to_html()` gives the page, a notebook shows it as it is.

    The ground is that of the map of the run after.

    Raises
    ------
    SourceError
        That map is missing, or is not the one that the run wrote.
    """
    from ..maps import comparison_map, read_page

    path = found.after.run.folder / MAP
    wanted = found.after.run.manifest["outputs"].get(MAP)
    if not path.is_file() or file_sha256(path) != wanted:
        raise SourceError(
            f"{path}: missing, or not the map that the run wrote; the map of the comparison takes "
            "its ground from there: run the study again"
        )
    names = state_names(found.before, found.after)
    return comparison_map(
        page=read_page(path),
        language=language,
        names=names,
        schematic=any(s.run.summary["schematic"] for s in (found.before, found.after)),
        doors=found.doors,
        hexagons=found.hexagons,
        neighbourhoods=found.neighbourhoods,
        posts=(found.before.posts, found.after.posts),
        posts_compared=found.posts,
        service_areas=(found.before.service_areas, found.after.service_areas),
        catchments=(found.before.catchments, found.after.catchments),
        bands=_page_bands(found),
        planning_band=found.planning_band,
        summary=found.summary,
        estimated=bool(found.after.run.summary["residents_estimated"]),
    )


def _page_bands(found: Comparison) -> list[dict[str, Any]]:
    """Bands as the page shows them; where standards differ, the own one of each alone."""
    if found.planning_band != OWN:
        return [dict(band) for band in found.after.bands]
    told = {code: limit_in_words(found, code) for code in LANGUAGES}
    unit = next(b["unit"] for b in found.after.bands if b["label"] == found.after.planning_band)
    return [{"label": OWN, "unit": unit, "limits": [], "told": told}]


def _manifest(found: Comparison, folder: Path) -> dict[str, Any]:
    states = (found.before, found.after)
    return reports.manifest(
        folder,
        settings={
            "compare": [{"run": state.name, "with_plan": state.is_built} for state in states],
            "allow": [one.what for one in found.allowed],
            "moved_m": found.summary["posts_moved_m"],
        },
        standards={"access_standard": found.after.run.manifest["standards"]["access_standard"]},
        inputs=[given for state in _runs(states) for given in _inputs(state)],
        source="compare",
        passed_over=(),
        notes=(),
        posts_left_out=(),
        crs=found.after.crs,
        seed=0,
    )


def _runs(states: tuple[State, State]) -> list[State]:
    """Give each run once."""
    before, after = states
    return [after] if before.run is after.run else [before, after]


def _inputs(state: State) -> list[dict[str, Any]]:
    """Name a run's manifest, and what that run was made from."""
    path = state.run.folder / MANIFEST
    own = {"name": f"{state.name}/{path.name}", "sha256": file_sha256(path)}
    return [own, *({**given, "run": state.name} for given in state.run.manifest["inputs"])]
