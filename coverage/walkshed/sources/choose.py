"""Open the source of a study: the first that answers of those that it names.

The order is file, graphml, snapshot, live, schematic. Each gives an `OsmExtract`, clipped to the
area of the study where it names one.
"""

import logging
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import shapely

from ..errors import SettingsError, SourceError
from ..settings import SourceName, SourceSettings
from ._http import Tell
from .boundary import study_boundary
from .clip import clip_extract
from .fetch import fetch_snapshot, hasty
from .graphml import read_graphml
from .osm import OsmExtract, read_osm
from .snapshot import read_snapshot

logger = logging.getLogger(__name__)

Provenance = Mapping[str, Any]
Found = tuple[OsmExtract, shapely.Geometry | None, Provenance]


@dataclass(frozen=True)
class OpenedSource:
    """An extract and the name of the source it came from.

    Attributes
    ----------
    extract, source
        The data, and which of the study's sources they are.
    boundary
        The area that the data are clipped to, in EPSG:4326; None where the study names none.
    passed_over
        Why the sources before it did not answer.
    provenance
        What is known of the data besides name, hash and date: query, time of download, licence.
    """

    extract: OsmExtract
    source: SourceName
    passed_over: tuple[str, ...]
    boundary: shapely.Geometry | None = None
    provenance: Provenance = field(default_factory=dict)

    @property
    def is_schematic(self) -> bool:
        """Whether the city is made up."""
        return self.source == "schematic"


def open_source(
    settings: SourceSettings,
    forced: SourceName | None = None,
    *,
    study: str = "the study",
    tell: Tell = logger.info,
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
    tell
        Called with the name of each step of a download.

    Raises
    ------
    SettingsError
        The forced source is not in the settings.
    SourceError
        No source answers; the message says why for each. A file that is there but cannot be
        read is an error at once: nothing else is taken in its place.
    """
    openers = _openers(settings, forced, tell)
    if forced and forced not in openers:
        raise SettingsError(f"{study}: there is no source `{forced}`; name it under [source]")
    passed_over: list[str] = []
    for name in [forced] if forced else list(openers):
        try:
            extract, boundary, provenance = openers[name]()
        except SourceError as error:
            if name != "live" or forced:
                raise
            passed_over.append(str(error))
            logger.info("%s", error)
        else:
            return OpenedSource(extract, name, tuple(passed_over), boundary, provenance)
    raise SourceError("; ".join(passed_over) or "no snapshot is pinned; add another source")


def _openers(
    settings: SourceSettings, forced: SourceName | None, tell: Tell
) -> dict[SourceName, Callable[[], Found]]:
    """How to open each source that the settings name, in the order in which they are tried."""
    boundary = study_boundary(settings) if forced != "schematic" else None
    openers: dict[SourceName, Callable[[], Found]] = {}
    if settings.file:
        openers["file"] = partial(_open_file, settings.file, boundary)
    if settings.graphml:
        openers["graphml"] = partial(_open_graphml, settings.graphml, boundary)
    if settings.snapshot and (settings.snapshot.exists() or forced == "snapshot"):
        openers["snapshot"] = partial(_open_file, settings.snapshot, boundary)
    if settings.is_asked_live:
        openers["live"] = partial(_open_live, settings, tell)
    if settings.schematic:
        openers["schematic"] = partial(_open_schematic, settings.schematic)
    return openers


def _open_file(path: Path, boundary: shapely.Geometry | None) -> Found:
    extract, description = read_snapshot(path, boundary)
    if description is None:
        return extract, boundary, {}
    return extract, boundary or description.outline, description.provenance


def _open_graphml(path: Path, boundary: shapely.Geometry | None) -> Found:
    extract = read_graphml(path)
    return extract if boundary is None else clip_extract(extract, boundary), boundary, {}


def _open_live(settings: SourceSettings, tell: Tell) -> Found:
    with tempfile.TemporaryDirectory(prefix="walkshed-") as folder:
        path = Path(folder) / "live.osm.pbf"
        fetch_snapshot(settings, path, patience=hasty(settings.live_timeout_s), tell=tell)
        return _open_file(path, None)


def _open_schematic(path: Path) -> Found:
    from ..schematic import read_schematic, write_schematic

    city = read_schematic(path)
    with tempfile.TemporaryDirectory(prefix="walkshed-") as folder:
        extract = Path(folder) / "schematic.osm.pbf"
        write_schematic(city, extract)
        return read_osm(extract), None, {}
