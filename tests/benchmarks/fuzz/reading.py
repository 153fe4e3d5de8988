"""One reader in a process of its own: inputs are made, read, and what became of them is told."""

import os
import resource
import shutil
import socket
import time
import warnings
from collections import deque
from multiprocessing.connection import Connection
from pathlib import Path
from random import Random

from .judging import ANSWER, CLEAR, judged
from .mutate import mutated
from .targets import TARGETS

GB = 1 << 30
CORPUS = 300
"""Inputs that were refused for a new reason are kept, so many, and changed further."""
LARGEST_KEPT_BYTES = 300_000
"""Larger ones are not: changing them would take the time that is for reading."""


def work(
    target: str, seed: int, start: int, home: Path, gb: float, pipe: Connection, keep: Path
) -> None:
    """Read changed files until killed; before each input its number is told, after it the rest."""
    warnings.simplefilter("ignore")
    socket.socket.connect = _no_network  # type: ignore[method-assign,assignment]
    chosen = TARGETS[target]
    seeds = home / "seeds"
    seeds.mkdir(exist_ok=True)
    good = [(path.name, path.read_bytes()) for path in chosen.seeds(seeds)]
    for name, _ in good:  # all is loaded before memory is limited; a good file must be read
        outcome, detail = judged(chosen.read, seeds / name)
        if outcome not in (ANSWER, CLEAR):
            raise RuntimeError(f"{target}: the good file {name}: {outcome} {detail}")
    bound = _address_space() + int(gb * GB)
    resource.setrlimit(resource.RLIMIT_AS, (bound, bound))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    stage, number = home / "stage", start
    kinds: set[str] = set()
    found: deque[tuple[str, bytes]] = deque(maxlen=CORPUS)
    begin = time.process_time()
    while True:
        random = Random(f"{target} {seed} {number}")
        name, data = random.choice([*good, *found] if random.random() < 0.5 else good)
        data = mutated(data, Path(name).suffix, random)
        shutil.rmtree(stage, ignore_errors=True)
        shutil.copytree(seeds, stage, copy_function=os.link)
        (stage / name).unlink()
        (stage / name).write_bytes(data)
        for json_file in stage.glob("manifest.json"):  # is written again: no link to the good one
            text = json_file.read_bytes()
            json_file.unlink()
            json_file.write_bytes(text)
        pipe.send((number, None, name, 0.0, 0.0))
        outcome, detail = judged(chosen.read, stage / name)
        cpu_s, begin = time.process_time() - begin, time.process_time()
        if outcome == CLEAR and detail not in kinds:
            kinds.add(detail)
            found += [(name, data)] if len(data) < LARGEST_KEPT_BYTES else []
        elif outcome not in (ANSWER, CLEAR) and (place := detail[:30]) not in kinds:
            kinds.add(place)
            keep.mkdir(parents=True, exist_ok=True)
            (keep / f"{target}-{number}-{name}").write_bytes(data)
        pipe.send((number, outcome, detail, cpu_s, _peak_mb()))
        number += 1


def _no_network(*_: object) -> None:
    raise AssertionError("a file made a reader open a connection")


def _address_space() -> int:
    return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6
