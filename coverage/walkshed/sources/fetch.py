"""Fetch an area from OpenStreetMap once and pin it as a snapshot, so that studies run offline.

The parts of a download are kept in a folder beside the snapshot until all are there: a download
that breaks off goes on where it stopped when it is asked for again.
"""

import hashlib
import logging
import re
from datetime import UTC, datetime
from pathlib import Path

import shapely

from ..alone import LOCK, alone_in
from ..errors import SettingsError, SourceError
from ..settings import SourceSettings
from ._http import Patience, Tell
from ._writing import osm_writer
from .boundary import study_boundary
from .live import ask_overpass, osm_base_of, overpass_queries, place_outline
from .osm import OsmExtract, file_sha256
from .snapshot import Description, Part, description_path, read_snapshot

logger = logging.getLogger(__name__)


def patient(timeout_s: float) -> Patience:
    """Patience of one who wants the data: pauses of 2 to 32 seconds."""
    return Patience(timeout_s, tries=6, first_pause_s=2, longest_pause_s=300)


def hasty(timeout_s: float) -> Patience:
    """Patience of a study that may have another source."""
    return Patience(timeout_s, tries=3, first_pause_s=0.5, longest_pause_s=60)


def fetch_snapshot(
    settings: SourceSettings, path: Path, *, patience: Patience, tell: Tell = logger.info
) -> OsmExtract:
    """Download an area and pin it: an `.osm.pbf` and its description beside it.

    Parameters
    ----------
    settings
        `boundary` or `bbox` name the area, else `place` does.
    path
        File to write; `<path>.parts` keeps what is there of a download that is not whole.
    patience
        How often, and for how long, the services are asked.
    tell
        Called with the name of each step as it begins.

    Returns
    -------
    OsmExtract
        The snapshot as it is read from now on.

    Raises
    ------
    SettingsError
        There is a file at `path` already, it cannot be written there, or another fetches it.
    SourceError
        The area is unknown or holds no street, a service does not answer in time, refuses, or
        answers nonsense.
    """
    for taken in (path, description_path(path)):
        if taken.exists():
            raise SettingsError(
                f"{taken}: is there already, and a snapshot stays as it is; move it away to fetch "
                "anew, or choose another name"
            )
    parts_folder = path.with_name(f"{path.name}.parts")
    try:
        with alone_in(parts_folder):
            extract = _fetch(settings, path, parts_folder, patience, tell)
            _clear(parts_folder)
    except OSError as error:
        raise SettingsError(
            f"{path}: cannot be written ({error.strerror}); choose another place"
        ) from error
    except SourceError as error:
        raise SourceError(f"{area_name(settings)}: {error}") from error
    finally:
        _remove_if_empty(parts_folder)
    return extract


def area_name(settings: SourceSettings) -> str:
    """What messages call the area that is asked for.

    Examples
    --------
    >>> area_name(SourceSettings(bbox=(71.3, 42.8, 71.5, 43.0)))
    '71.3 42.8 71.5 43.0'
    """
    if settings.bbox:
        return " ".join(map(str, settings.bbox))
    return settings.boundary.name if settings.boundary else str(settings.place)


def place_file_name(place: str) -> str:
    """Name of the snapshot of a place, whatever letters the place is written in.

    Examples
    --------
    >>> place_file_name("Taraz, Kazakhstan"), place_file_name("../Тараз")
    ('taraz-kazakhstan.osm.pbf', 'тараз.osm.pbf')
    """
    words = re.sub(r"[\W_]+", "-", place.lower())[:60].strip("-")
    return f"{words or 'place'}.osm.pbf"


def _fetch(
    settings: SourceSettings, path: Path, folder: Path, patience: Patience, tell: Tell
) -> OsmExtract:
    """Make the snapshot and its description in the folder of parts, and move them out."""
    import osmnx

    boundary = study_boundary(settings)
    if boundary is None:
        boundary = _outline(str(settings.place), folder, patience, tell)
    parts = _parts(boundary, folder, patience, tell)
    tell("writing the snapshot")
    bases = [part.osm_base for part in parts.values()]
    osm_base = min(bases) if all(bases) else ""
    whole = folder / path.name
    _merge(list(parts), whole, osm_base)
    description = Description(
        file=path.name,
        sha256=file_sha256(whole),
        area=area_name(settings),
        boundary=boundary.wkt,
        osm_base=osm_base,
        downloaded=max(part.downloaded for part in parts.values()),
        overpass=osmnx.settings.overpass_url,
        parts=tuple(parts.values()),
    )
    text = description.model_dump_json(indent=2) + "\n"
    description_path(whole).write_text(text, encoding="utf-8")
    extract = _read_or_give_up(whole, folder)
    description_path(whole).replace(description_path(path))
    whole.replace(path)
    return extract


def _parts(
    boundary: shapely.Geometry, folder: Path, patience: Patience, tell: Tell
) -> dict[Path, Part]:
    """Ask for each part that is not there yet."""
    queries = overpass_queries(boundary, patience.timeout_s)
    parts = {}
    for i, (name, query) in enumerate(queries.items(), start=1):
        file = folder / f"{_short_hash(query.partition(';')[2])}.osm"  # whatever the time-out
        if not file.exists():
            tell(f"asking Overpass for {name} ({i} of {len(queries)})")
            ask_overpass(query, file, patience, tell=tell)
        parts[file] = Part(
            name=name, query=query, osm_base=osm_base_of(file), downloaded=_modified(file)
        )
    return parts


def _read_or_give_up(whole: Path, folder: Path) -> OsmExtract:
    """Read a snapshot; where it is of no use, asking again would bring the same."""
    try:
        return read_snapshot(whole)[0]
    except SourceError as error:
        _clear(folder)
        reason = str(error).removeprefix(f"{whole}: ").removeprefix(f"{whole.name}: ")
        raise SourceError(
            f"the download cannot be used ({reason}); ask for another area"
        ) from error


def _outline(place: str, folder: Path, patience: Patience, tell: Tell) -> shapely.Geometry:
    """Ask for the outline of a place, or take the one that an earlier call was given."""
    file = folder / f"{_short_hash(place)}.wkt"
    if file.exists():
        return shapely.from_wkt(file.read_text(encoding="ascii"))
    tell("asking Nominatim for the outline")
    outline = place_outline(place, patience, tell=tell)
    unfinished = file.with_suffix(".unfinished")
    unfinished.write_text(outline.wkt, encoding="ascii")
    unfinished.replace(file)
    return outline


def _merge(parts: list[Path], path: Path, osm_base: str) -> None:
    """Write the objects of all parts, each once and in its newest version, without user names."""
    import osmium

    merged = osmium.MergeInputReader()
    for part in parts:
        try:
            merged.add_file(str(part))
        except (RuntimeError, ValueError, osmium.InvalidLocationError) as error:
            part.unlink()
            raise SourceError(
                f"Overpass sent data that cannot be read ({error}); ask again: what came well is "
                "kept"
            ) from error
    try:
        with osm_writer(path, generator="walkshed", osm_base=osm_base) as writer:
            merged.apply(writer, simplify=True)
    except RuntimeError as error:
        raise SettingsError(
            f"{path.name}: cannot be written ({error}); make room on the disk and ask again: what "
            "came is kept"
        ) from error


def _short_hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _modified(path: Path) -> str:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat(timespec="seconds")


def _clear(folder: Path) -> None:
    for file in folder.iterdir():
        if file.name != LOCK:
            file.unlink()


def _remove_if_empty(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
