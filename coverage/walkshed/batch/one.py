"""One study of a batch: done, unless it was done before; and the record of it.

The record, `batch.json` in the study's folder, is written when all else is on the disk. It holds a
hash of all that the study follows from, so a study is done again whenever an input, a setting or
the code is another one, or a file of its results is gone or changed.
"""

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from ..alone import alone_in
from ..errors import InputError, SourceError, WalkshedError
from ..given_files import json_of, read_bytes
from ..maps import Backdrop
from ..network import WalkNetwork
from ..network.ground import Ground
from ..network.snapping import Kerbs
from ..reports.files import OTHERS_END_S, plain, staged, write_json
from ..settings import SourceName, StudySettings, settings_from
from ..sources.choose import OpenedSource
from ..sources.osm import OsmExtract, file_sha256
from ..sources.snapshot import description_path
from ..study import run_study, write_study
from ..study.inputs import EXTRACTS, paths_of, with_paths
from ..study.remembering import Remember, made_anew
from ..study.residents import Population
from ..travel_times import TravelTimes
from .cache import digest_of, made_by, remembered

T = TypeVar("T")
Record = dict[str, Any]

RECORD = "batch.json"
MANIFEST = "manifest.json"
KINDS: Mapping[str, type] = {
    kind.__name__: kind
    for kind in (
        OpenedSource,
        OsmExtract,
        WalkNetwork,
        Population,
        TravelTimes,
        Ground,
        Kerbs,
        Backdrop,
    )
}
"""What steps of a study make, beside tables and arrays."""


def do_study(
    name: str,
    values: Mapping[str, Any],
    folder: Path,
    *,
    source: SourceName | None,
    cache: Path | None,
) -> Record:
    """Do one study and write its results into a folder, unless they stand there.

    Parameters
    ----------
    name, values
        The study's name in the batch, and its settings.
    folder
        Folder of its results.
    source
        Use this source and no other.
    cache
        Folder of the cache; None for none.

    Returns
    -------
    dict
        `name`, `status` ("done", "failed"), `before` (it was done in an earlier batch), `message`
        (why it failed), `may_pass` (it failed for want of the network), `follows_from` (a hash),
        `seconds`, `cpu_s` (processor time), `memory_mb` (the most that this process ever took),
        `steps` (each "made" or "remembered"), and `summary`. A study that fails writes nothing.
    """
    begun = time.perf_counter(), time.process_time()
    settings = settings_from({k: v for k, v in values.items() if k != "name"}, str(values["name"]))
    record: Record = {"name": name, "status": "failed", "before": False, "message": ""}
    record |= {"may_pass": False, "steps": {}}
    try:
        with alone_in(folder, wait_s=OTHERS_END_S):  # of the worker of a batch that was killed
            inputs = hashed(settings, source)
            record["follows_from"] = digest_of([inputs, made_by()])
            if (done := done_before(folder, record["follows_from"])) is not None:
                return done | {"name": name, "before": True}
            remember = _memory(inputs, cache, record["steps"])
            result = run_study(settings, source=source, remember=remember)
            write_study(result, folder, remember=remember)
            own = {"status": "done", "summary": plain(result.summary)}
            record |= own | {"manifest": file_sha256(folder / MANIFEST)} | _cost(begun)
            with staged(folder) as stage:
                write_json(stage / RECORD, record)
    except WalkshedError as error:
        may_pass = isinstance(error, SourceError) and asks_live(settings, source)
        kind = "" if isinstance(error, InputError) else "walkshed failed: "
        return record | {"message": f"{kind}{error}", "may_pass": may_pass} | _cost(begun)
    return record


def _cost(begun: tuple[float, float]) -> Record:
    """What a study cost since it was begun, by the clock and by the processor's."""
    passed, worked = time.perf_counter() - begun[0], time.process_time() - begun[1]
    seconds = {"seconds": round(passed, 3), "cpu_s": round(worked, 3)}
    return seconds | {"memory_mb": _most_memory_mb()}


def _most_memory_mb() -> float | None:
    """The most that this process ever held in memory; None on Windows."""
    if sys.platform == "win32":
        return None
    import resource

    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return round(most / (1e6 if sys.platform == "darwin" else 1e3), 1)


def asks_live(settings: StudySettings, source: SourceName | None) -> bool:
    """Tell whether OpenStreetMap may be asked for the study's data."""
    given = settings.source
    at_hand = given.file or given.graphml or (given.snapshot and given.snapshot.exists())
    return source == "live" or (source is None and given.is_asked_live and not at_hand)


def hashed(settings: StudySettings, source: SourceName | None) -> Record:
    """Settings of a study as JSON, with the name and the hash of each file in place of its path.

    A file that is not there has no hash. `source` is the one that is forced, `live` whether data
    may be asked for that are no file.
    """
    values = settings.model_dump(mode="json")
    files = {
        key: [path.name, _sha256(path), *_description(key, path)]
        for key, path in paths_of(values).items()
    }
    told = with_paths({**values, "name": Path(settings.name).name}, files)  # type: ignore[arg-type]
    return told | {"forced": source, "live": asks_live(settings, source)}


def _description(key: str, path: Path) -> list[str | None]:
    return [_sha256(description_path(path))] if key in EXTRACTS else []


def _sha256(path: Path) -> str | None:
    return file_sha256(path) if path.is_file() else None


def _memory(inputs: Record, cache: Path | None, steps: dict[str, str]) -> Remember:
    """How steps of a study are remembered; `steps` tells of each whether it was.

    What is asked live is nowhere a file, so nothing that follows from it is kept.
    """
    if cache is None or inputs["live"]:
        return made_anew
    folder = cache

    def remember(
        step: str, make: Callable[[], T], *, by: Sequence[str], and_by: object = None
    ) -> T:
        follows_from = {key: _value(inputs, key) for key in by}
        steps[step] = "remembered"

        def made() -> T:
            steps[step] = "made"
            return make()

        whole = [follows_from, and_by, inputs["forced"]]
        return remembered(step, whole, made, folder=folder, kinds=KINDS)

    return remember


def _value(values: Mapping[str, Any], key: str) -> Any:
    table, _, inner = key.partition(".")
    return values[table][inner] if inner else values[table]


def done_before(folder: Path, follows_from: str) -> Record | None:
    """Give the record of a study whose results all stand in a folder, as they were written."""
    try:
        record, manifest = (json_of(read_bytes(folder / name)) for name in (RECORD, MANIFEST))
        same = record["follows_from"] == follows_from
        whole = (
            same
            and record["manifest"] == file_sha256(folder / MANIFEST)
            and all(
                file_sha256(folder / name) == sha256 for name, sha256 in manifest["outputs"].items()
            )
        )
    except (InputError, OSError, ValueError, LookupError, TypeError, AttributeError):
        return None
    return record if whole else None
