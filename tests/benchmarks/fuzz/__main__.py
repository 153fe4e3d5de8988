"""Give every reader files that are a little wrong, for as long as is asked.

    cd tests && python -m benchmarks.fuzz --minutes 60 [--target posts.csv ...] [--keep FOLDER]

Each reader has a process of its own, of at most `--memory-gb`, and some seconds for each input.
What may come of an input is an answer or a clear error: one that names its file and a way out. All
else (a traceback, an unclear error, too much memory, a hang, the end of the process) is told with
its place in the code and the file is kept; the exit code is then 1. The time is CPU time of these
processes, making of inputs counted, and shared out evenly. The same `--seed` gives the same inputs
in the same order. `guided.py` does the same for one reader, guided by the lines reached.
"""

import argparse
import multiprocessing
import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from .judging import ANSWER, BAD, CLEAR, kind_of
from .reading import work
from .targets import TARGETS

SECONDS_EACH = 10.0
SECONDS_EACH_COSTLY = 60.0
"""Of CPU time, for one input; and `BLOCKED_S` by the clock, should it wait for something."""
BLOCKED_S = 900.0


@dataclass
class Found:
    """What became of the inputs of one reader."""

    counts: Counter[str] = field(default_factory=Counter)
    bad: dict[tuple[str, str], int] = field(default_factory=dict)
    kinds: set[str] = field(default_factory=set)
    cpu_s: float = 0.0
    peak_mb: float = 0.0


def fuzz(target: str, seconds: float, *, seed: int, gb: float, keep: Path) -> Found:
    """Give a reader changed files for so many seconds of its CPU time."""
    found, start = Found(), 0
    each_s = SECONDS_EACH_COSTLY if TARGETS[target].costly else SECONDS_EACH
    while found.cpu_s < seconds:
        start = _one_process(target, seconds, start, found, each_s, (seed, gb, keep))
    return found


def _one_process(
    target: str,
    seconds: float,
    start: int,
    found: Found,
    each_s: float,
    options: tuple[int, float, Path],
) -> int:
    """Watch one process until the time is up or it ends; give the number of the next input."""
    seed, gb, keep = options
    ours, theirs = multiprocessing.Pipe(duplex=False)
    with tempfile.TemporaryDirectory(prefix="walkshed-fuzz-") as folder:
        process = multiprocessing.get_context("spawn").Process(
            target=work, args=(target, seed, start, Path(folder), gb, theirs, keep), daemon=True
        )
        process.start()
        theirs.close()
        number, name, began = start - 1, "", False
        try:
            while found.cpu_s < seconds:
                if not _told_in_time(ours, process.pid, each_s if began else BLOCKED_S):
                    _bad(found, target, "hang", f"{name}, more than {each_s:g} s")
                    found.cpu_s += each_s
                    keep_input(Path(folder) / "stage" / name, keep, target, number)
                    break
                number, outcome, detail, cpu_s, peak_mb = ours.recv()
                began = True
                if outcome is None:
                    name = detail
                    continue
                found.counts[outcome] += 1
                found.cpu_s += cpu_s
                found.peak_mb = max(found.peak_mb, peak_mb)
                if outcome == CLEAR:
                    found.kinds.add(detail)
                elif outcome in BAD and _is_new(found, outcome, detail):
                    tell(f"  {target} #{number}: {outcome}: {detail[:250]}")
        except EOFError:
            process.join()
            if not began:
                raise RuntimeError(f"{target}: could not begin") from None
            _bad(found, target, "crash", f"{name}, exit code {process.exitcode}")
            keep_input(Path(folder) / "stage" / name, keep, target, number)
        finally:
            process.kill()
            process.join()
    return number + 1


def _told_in_time(pipe: Connection, pid: int | None, seconds: float) -> bool:
    """Wait for word from a process until it has used so much CPU time since."""
    begin_s, blocked_s = _cpu_s(pid), time.monotonic() + BLOCKED_S
    while not pipe.poll(0.5):
        if _cpu_s(pid) - begin_s > seconds or time.monotonic() > blocked_s:
            return False
    return True


def _cpu_s(pid: int | None) -> float:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:  # it has ended, and its end of the pipe says so
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _bad(found: Found, target: str, outcome: str, detail: str) -> None:
    found.counts[outcome] += 1
    _is_new(found, outcome, detail)
    tell(f"  {target}: {outcome}: {detail}")


def _is_new(found: Found, outcome: str, detail: str) -> bool:
    place = outcome, detail.partition(": ")[0] if outcome == "traceback" else kind_of(detail)
    found.bad[place] = found.bad.get(place, 0) + 1
    return found.bad[place] == 1


def keep_input(path: Path, keep: Path, target: str, number: int) -> None:
    keep.mkdir(parents=True, exist_ok=True)
    if path.is_file():
        shutil.copy(path, keep / f"{target}-{number}-{path.name}")


def tell(line: str) -> None:
    print(line, flush=True)  # noqa: T201


def main(arguments: Sequence[str] | None = None) -> dict[str, Found]:
    parser = argparse.ArgumentParser(prog="benchmarks.fuzz", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="of CPU time, in all")
    parser.add_argument("--target", nargs="+", choices=TARGETS, default=list(TARGETS))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--memory-gb", type=float, default=3.0)
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "fuzz-found")
    options = parser.parse_args(arguments)
    seconds = options.minutes * 60 / len(options.target)
    results: dict[str, Any] = {}
    tell(f"{'reader':20} {'inputs':>8} {'answers':>8} {'clear':>8} {'kinds':>6} bad")
    for target in options.target:
        found = fuzz(target, seconds, seed=options.seed, gb=options.memory_gb, keep=options.keep)
        results[target] = found
        counts = found.counts
        bad = ", ".join(f"{counts[what]} {what}" for what in BAD if counts[what]) or "0"
        tell(
            f"{target:20} {counts.total():8} {counts[ANSWER]:8} {counts[CLEAR]:8} "
            f"{len(found.kinds):6} {bad}; {found.cpu_s:.0f} s, {found.peak_mb:.0f} MB",
        )
    total = sum((found.counts for found in results.values()), Counter[str]())
    cpu_min = sum(found.cpu_s for found in results.values()) / 60
    bad = sum(total[what] for what in BAD)
    tell(f"{total.total()} inputs in {cpu_min:.1f} minutes of CPU: {bad} that must not be")
    return results


if __name__ == "__main__":
    found = main()
    raise SystemExit(any(each.bad for each in found.values()))
