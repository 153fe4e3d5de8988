"""Run a batch on Dask: on a cluster of this machine, or on one that is there already.

Each worker does one study at a time, on one thread. The first study of a city goes before the
others of that city, which then find in the cache what they share.
"""

import os
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from ..errors import SettingsError
from ..network.threads import VARIABLE as THREADS
from ..settings import SourceName
from .grid import BatchStudy, city_of
from .one import Record, do_study

if TYPE_CHECKING:
    from distributed import Client, Future

STUDY_BYTES = 3 * 1000**3
"""Memory that each worker has where there are several: enough for a large city's study."""

DEATHS = 1
"""How often the worker of a study may be killed before the study is given up."""

_one_at_a_time = Lock()


@contextmanager
def cluster(scheduler: str | None, workers: int | None) -> Iterator["Client"]:
    """Lend a client of a cluster.

    Parameters
    ----------
    scheduler
        Address of a cluster that is there, such as "tcp://10.0.0.7:8786"; None for one of this
        machine's own.
    workers
        How many workers that one has; see `workers_for`.

    Raises
    ------
    SettingsError
        The extra `batch` is missing, no cluster answers, or both are given.
    """
    try:
        import dask
        from distributed import Client, LocalCluster
        from distributed.system import MEMORY_LIMIT
    except ImportError as error:
        raise SettingsError(
            "a batch runs on Dask, which is not installed: `pip install 'walkshed[batch]'`"
        ) from error
    if scheduler is not None:
        if workers is not None:
            raise SettingsError("--workers are those of this machine: leave it or --scheduler out")
        try:
            client = Client(scheduler, timeout=10)
        except (OSError, ValueError) as error:
            raise SettingsError(
                f"--scheduler {scheduler}: no cluster answers there ({error}); check the address"
            ) from error
        with client:
            yield client
        return
    count, memory_bytes = workers_for(os.cpu_count() or 1, int(MEMORY_LIMIT), workers)
    asked = {
        "distributed.scheduler.allowed-failures": DEATHS,
        "distributed.scheduler.worker-ttl": None,  # a study may keep its worker from answering
    }
    with (
        dask.config.set(asked),
        LocalCluster(
            n_workers=count,
            threads_per_worker=1,
            memory_limit=memory_bytes,
            host="127.0.0.1",
            dashboard_address=None,
            scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},  # not 8787 of another batch
            silence_logs=50,
        ) as local,
        Client(local) as client,
    ):
        yield client


def workers_for(processors: int, memory_bytes: int, asked: int | None) -> tuple[int, int]:
    """Tell how many workers a machine should have, and the memory of each in bytes.

    As many as it has processors, as long as each has `STUDY_BYTES`; or as many as are asked for.

    Examples
    --------
    >>> workers_for(8, 16_000_000_000, None)
    (5, 3200000000)
    >>> workers_for(2, 2_000_000_000, None), workers_for(8, 16_000_000_000, 8)
    ((1, 2000000000), (8, 2000000000))
    """
    count = asked or max(1, min(processors, memory_bytes // STUDY_BYTES))
    return count, memory_bytes // count


def run_batch(
    studies: Sequence[BatchStudy],
    out: Path,
    client: "Client",
    *,
    source: SourceName | None = None,
    cache: Path | None = None,
) -> Iterator[Record]:
    """Do studies, each into its own folder in `out`, and give the record of each as it ends.

    Those whose results stand in `out` are not done again. One that fails stops no other. One
    that failed for want of the network is tried once more, after all others.

    Parameters
    ----------
    studies
        What `batch_studies` returns.
    out
        Folder of the folders of results; every worker must see it under this path.
    client
        What `cluster` lends.
    source
        Use this source and no other, for all studies.
    cache
        Folder of the cache, likewise seen by every worker; None for none.

    Yields
    ------
    dict
        As of `do_study`, in the order in which studies end.
    """

    def start(study: BatchStudy) -> "Future":
        values = study.settings.model_dump(mode="json") if study.settings else {}
        return client.submit(
            _in_worker, study.name, values, out / study.name, source, cache, pure=False
        )

    def workers() -> int:
        return max(len(client.ncores()), 1)

    yield from (_failed(study.name, study.problem) for study in studies if study.problem)
    later = []
    for study, record in _ended([s for s in studies if not s.problem], start, workers):
        if record["may_pass"]:
            later.append(study)
        else:
            yield record
    yield from (record for _, record in _ended(later, start, workers))


def _ended(
    studies: Sequence[BatchStudy],
    start: Callable[[BatchStudy], "Future"],
    workers: Callable[[], int],
) -> Iterator[tuple[BatchStudy, Record]]:
    """Start studies, as many as there are workers at once, and give each as it ends.

    No more are handed over, so that a worker that is killed takes no study with it but its own.
    """
    from distributed import as_completed

    ready, rest = firsts_and_rest(studies)
    running: dict[Any, BatchStudy] = {}
    ended = as_completed()
    while ready or running:
        while ready and len(running) < workers():
            study = ready.popleft()
            future = start(study)
            running[future] = study
            ended.add(future)
        future = next(ended)
        study = running.pop(future)
        ready.extendleft(reversed(rest.pop(city_of(study), [])))
        yield study, _record_of(study.name, future)


def firsts_and_rest(
    studies: Sequence[BatchStudy],
) -> tuple[deque[BatchStudy], dict[str, list[BatchStudy]]]:
    """Give the first study of each city, and the others of each."""
    cities: dict[str, list[BatchStudy]] = defaultdict(list)
    for study in studies:
        cities[city_of(study)].append(study)
    return deque(of[0] for of in cities.values()), {city: of[1:] for city, of in cities.items()}


def _in_worker(name: str, values: Any, folder: Path, source: Any, cache: Path | None) -> Record:
    """Do one study in a worker: on one thread, and not beside another."""
    os.environ.setdefault(THREADS, "1")
    with _one_at_a_time:
        return do_study(name, values, folder, source=source, cache=cache)


def _record_of(name: str, future: "Future") -> Record:
    """Give what a worker said of a study, or why it said nothing."""
    from distributed import KilledWorker

    if future.cancelled():
        return _failed(name, "the cluster was lost; run the batch again")
    error = future.exception()
    if error is None:
        record: Record = future.result()
        return record
    if isinstance(error, KilledWorker):
        return _failed(
            name,
            f"its worker was killed {DEATHS + 1} times, as a rule for want of memory; give fewer "
            "--workers, so that each has more",
        )
    return _failed(name, f"walkshed failed: {type(error).__name__}: {error}")


def _failed(name: str, message: str) -> Record:
    told = {"name": name, "status": "failed", "before": False, "message": message}
    return told | {"may_pass": False, "steps": {}, "seconds": 0.0, "cpu_s": 0.0, "memory_mb": None}
