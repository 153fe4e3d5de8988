"""Open the source of a study: the first that answers of file, snapshot, live and schematic."""

import logging
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from ..errors import SettingsError, SourceError
from ..settings import SourceName, SourceSettings
from .live import download_place
from .osm import OsmExtract, read_osm

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class OpenedSource:
    """An extract and the name of the source it came from."""

    extract: OsmExtract
    source: SourceName
    passed_over: tuple[str, ...]

    @property
    def is_schematic(self) -> bool:
        """Whether the city is made up."""
        return self.source == "schematic"


def open_source(
    settings: SourceSettings, forced: SourceName | None = None, *, study: str = "the study"
) -> OpenedSource:
    """Open the first source that answers.

    Parameters
    ----------
    settings
        The study's sources; those not given are passed over.
    forced
        Open this one and no other.
    study
        What messages call the study.

    Raises
    ------
    SettingsError
        The forced source is not in the settings.
    SourceError
        No source answers; the message says why for each. A file that is there but cannot be
        read is an error at once: nothing else is taken in its place.
    """
    openers: dict[SourceName, Callable[[], OsmExtract]] = {}
    if settings.file:
        openers["file"] = partial(read_osm, settings.file)
    if settings.snapshot and (settings.snapshot.exists() or forced == "snapshot"):
        openers["snapshot"] = partial(read_osm, settings.snapshot)
    if settings.place:
        openers["live"] = partial(_open_live, settings.place, settings.live_timeout_s)
    if settings.schematic:
        openers["schematic"] = partial(_open_schematic, settings.schematic)
    if forced and forced not in openers:
        raise SettingsError(f"{study}: there is no source `{forced}`; name it under [source]")
    passed_over: list[str] = []
    for name in [forced] if forced else list(openers):
        try:
            return OpenedSource(openers[name](), name, tuple(passed_over))
        except SourceError as error:
            if name != "live" or forced:
                raise
            passed_over.append(str(error))
            logger.info("%s", error)
    raise SourceError("; ".join(passed_over) or "no snapshot is pinned; add another source")


def _open_live(place: str, timeout_s: float) -> OsmExtract:
    with tempfile.TemporaryDirectory(prefix="walkshed-") as folder:
        path = Path(folder) / "live.osm"
        download_place(place, path, timeout_s=timeout_s)
        try:
            return read_osm(path)
        except SourceError as error:
            raise SourceError(
                f"{place}: the download cannot be used "
                f"({str(error).removeprefix(f'{path}: ')}); try again later"
            ) from error


def _open_schematic(path: Path) -> OsmExtract:
    from ..schematic import read_schematic, write_schematic

    city = read_schematic(path)
    with tempfile.TemporaryDirectory(prefix="walkshed-") as folder:
        extract = Path(folder) / "schematic.osm.pbf"
        write_schematic(city, extract)
        return read_osm(extract)
