"""How things are measured: CPU time of this process, in rounds that take turns, medians told.

Wall time says little on a computer that does other work too; the CPU time of a process counts all
its threads. Engines are measured one after another within each round, each round with fresh
sources, so that whatever disturbs the computer disturbs all of them.
"""

import gc
import json
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Engine:
    """One way to do a job: `run(round)` does it for fresh sources and tells for how many."""

    name: str
    run: Callable[[int], int]


@dataclass(frozen=True)
class Measured:
    """CPU seconds a source, one value a round."""

    name: str
    seconds: tuple[float, ...]

    @property
    def median_s(self) -> float:
        return float(np.median(self.seconds))

    def ratio(self, base: "Measured") -> tuple[float, float, float]:
        """How many times the CPU of another: median, least and most over the rounds."""
        ratios = np.array(self.seconds) / np.array(base.seconds)
        return float(np.median(ratios)), float(ratios.min()), float(ratios.max())


def take_turns(engines: Sequence[Engine], rounds: int) -> dict[str, Measured]:
    """Run every engine once a round; the first, uncounted round warms up caches and compilers."""
    seconds: dict[str, list[float]] = {engine.name: [] for engine in engines}
    gc.freeze()  # what is there already, millions of objects of graphs, is nobody's garbage
    for turn in range(rounds + 1):
        for shift in range(len(engines)):
            engine = engines[(turn + shift) % len(engines)]
            gc.collect()
            begin = time.process_time()
            sources = engine.run(turn)
            spent = time.process_time() - begin
            if turn:
                seconds[engine.name].append(spent / max(sources, 1))
    gc.unfreeze()
    return {name: Measured(name, tuple(values)) for name, values in seconds.items()}


def cpu_s(job: Callable[[], Any]) -> tuple[float, Any]:
    """CPU seconds of a job done once, and what it returns."""
    gc.collect()
    begin = time.process_time()
    result = job()
    return time.process_time() - begin, result


def exponent(sizes: Sequence[float], costs: Sequence[float]) -> float:
    """Power of the size with which a cost grows: slope of a line through the logarithms.

    Examples
    --------
    >>> round(exponent([1, 2, 4], [3, 12, 48]), 6)
    2.0
    """
    return float(np.polyfit(np.log(sizes), np.log(costs), 1)[0])


def in_a_new_process(job: str, *arguments: str) -> dict[str, float]:
    """Run a function of `.jobs` in a process of its own, for its memory is then its own."""
    package = __package__ or "tests.benchmarks"
    code = f"import sys\nfrom {package}.jobs import run\nrun({job!r}, *sys.argv[1:])"
    root = Path(__file__).parents[len(package.split("."))]
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"{job} failed:\n{done.stderr}")
    answer: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return answer
