"""Batches killed at random moments, and run again: do they end as one that nobody disturbed?

    python -m benchmarks.kills [--kills 30] [--seed 0] [--keep FOLDER]

Two schematic villages in two scenarios each, on two workers. Each kill is a SIGKILL of the batch
itself or of one of its workers, at a moment drawn between its start and the length of an
undisturbed batch. Some batches are killed once more while they resume.
"""

import argparse
import hashlib
import json
import random
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import psutil

from .batch import COST, start, wait, write_grid

VILLAGE = """
name_en = "Village {number}"
residents = 900
seed = {number}
width_m = 1000
height_m = 900
superblock_m = 300
houses = {houses}
schools = 1
precinct_points = 1
"""

STUDY = """
city = "Village {number}"
[source]
schematic = "schematic.toml"
[residents]
total = 900
[candidates]
spacing_m = 200
[scores]
draws = 20
"""

WORKERS = 2
LONGEST_S = 600
"""A batch that takes longer hangs."""


@dataclass(frozen=True)
class Kill:
    """What was killed, and how long after the start."""

    victim: str
    after_s: float


def write_villages(folder: Path, count: int = 2, scenarios: int = 2) -> Path:
    """Write so many villages, and the grid of their scenarios."""
    for number in range(1, count + 1):
        village = folder / f"village_{number}"
        village.mkdir(parents=True)
        parameters = VILLAGE.format(number=number, houses=150 + 30 * number)
        (village / "schematic.toml").write_text(parameters, "utf-8")
        (village / "study.toml").write_text(STUDY.format(number=number), "utf-8")
    cities = [f"village_{number}/study.toml" for number in range(1, count + 1)]
    return write_grid(folder, cities, scenarios)


def workers_of(batch: "subprocess.Popen[str]") -> list[psutil.Process]:
    """Give the processes of a batch that do studies: each has its nanny, in the batch itself."""
    inner = psutil.Process(batch.pid).children(recursive=True)
    return [process for process in inner if "spawn_main" in " ".join(process.cmdline())]


def kill_once(batch: "subprocess.Popen[str]", kill: Kill) -> bool:
    """Wait, then kill; tell whether there was anything left to kill."""
    try:
        batch.wait(kill.after_s)
    except subprocess.TimeoutExpired:
        pass
    else:
        return False
    if kill.victim == "batch":
        batch.kill()
        return True
    with suppress(psutil.NoSuchProcess):  # for the batch may end in the meantime
        if workers := workers_of(batch):
            random.Random(kill.after_s).choice(workers).kill()
            return True
    return False


def results(out: Path) -> dict[str, Any]:
    """Give the bytes of all results as hashes; of the manifest and the tables what must not differ.

    What was left by a killed run would be among them.
    """
    told: dict[str, Any] = {}
    for path in sorted(out.rglob("*")):
        name = path.relative_to(out).as_posix()
        if path.is_dir() or path.name in ("batch.json", "batch.xlsx"):  # these tell what it cost
            continue
        if path.name == "manifest.json":
            manifest = json.loads(path.read_text("utf-8"))
            told[name] = {key: value for key, value in manifest.items() if key != "created"}
        elif path.name == "batch.parquet":
            told[name] = pd.read_parquet(path).drop(columns=COST).to_json()
        else:
            told[name] = hashlib.sha256(path.read_bytes()).hexdigest()
    return told


def measure(folder: Path, kills: int, seed: int) -> dict[str, Any]:
    """Kill batches until so many kills have struck, and compare each with the undisturbed one."""
    grid, chance = write_villages(folder), random.Random(seed)
    begun = time.monotonic()
    wait(start(grid, folder=folder / "undisturbed", workers=WORKERS), LONGEST_S)
    length_s = time.monotonic() - begun
    wanted = results(folder / "undisturbed" / "out")
    struck: Counter[str] = Counter()
    rounds: list[dict[str, Any]] = []
    while struck.total() < kills:
        place, told = folder / f"round_{len(rounds)}", []
        for _ in range(chance.choice([1, 1, 2])):
            kill = Kill(chance.choice(["batch", "worker"]), chance.uniform(0, length_s))
            batch = start(grid, folder=place, workers=WORKERS)
            if kill_once(batch, kill):
                struck[kill.victim] += 1
                told.append(f"{kill.victim} after {kill.after_s:.1f} s")
            if kill.victim == "batch":
                batch.communicate()
            else:
                wait(batch, LONGEST_S)
        wait(start(grid, folder=place, workers=WORKERS), LONGEST_S)
        found = results(place / "out")
        differs = sorted(name for name in {*wanted, *found} if wanted.get(name) != found.get(name))
        rounds.append({"kills": told, "differs": differs})
        print(f"{struck.total()}/{kills}: {', '.join(told)}: {differs or 'equal'}", flush=True)  # noqa: T201
    return {
        "undisturbed_s": length_s,
        "files": len(wanted),
        "kills": dict(struck),
        "rounds": rounds,
        "rounds_that_differ": sum(bool(one["differs"]) for one in rounds),
    }


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    """Measure, print and return."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.kills", description=__doc__)
    parser.add_argument("--kills", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="an empty folder for all that is written")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as passing:
        found = measure(asked.keep or Path(passing), asked.kills, asked.seed)
    print(  # noqa: T201
        f"{sum(found['kills'].values())} kills {found['kills']}, {found['files']} files compared "
        f"in each of {len(found['rounds'])} rounds: {found['rounds_that_differ']} rounds differ "
        f"(undisturbed batch {found['undisturbed_s']:.0f} s)"
    )
    return found


if __name__ == "__main__":
    main()
