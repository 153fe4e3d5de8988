"""Many studies at once: what two workers gain, and what a city's further scenarios cost.

Draws schematic cities of several sizes and shapes, each an OpenStreetMap file with a study of its
own, and runs `walkshed batch` on all of them with 1 to S new posts: by one worker, and by two, each
with an empty cache, an empty folder and one thread. The tables must be equal but for their cost.

    cd tests && python -m benchmarks.batch
    cd tests && python -m benchmarks.batch --cities 4 --blocks 6 --workers 1
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from walkshed.schematic import SchematicCity, write_schematic

WANTED = {"two workers": 1.7, "a later scenario": 1 / 5}
COST = ["seconds", "cpu_s", "memory_mb", "steps_made", "steps_remembered"]
"""Columns in which tables may differ: what a study cost, and who made what it shares."""

ONE_THREAD = ("WALKSHED_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


def city_of(number: int, blocks: int) -> SchematicCity:
    """Draw the plan of a city, each number another: about `blocks` superblocks each way."""
    rng = np.random.default_rng([2026, number])
    across = blocks + int(rng.integers(-1, 2))
    massifs = max(blocks * across - 12, 4)
    return SchematicCity(
        name_en=f"Town {number}",
        name_ru=f"Город {number}",
        name_kk=f"{number}-қала",
        residents=int(massifs * rng.uniform(1200, 1800)),
        seed=number,
        width_m=640.0 * across + 700,
        height_m=640.0 * blocks + 700,
        superblock_m=640,
        houses=int(massifs * rng.uniform(80, 110)),
        share_beyond_railway=(0.0, 0.08)[number % 2],
        level_crossings=2,
        railway_underpasses=1,
        river_bridges=(0, 4)[number // 2 % 2],
        canals=number % 3,
        microdistricts=max(blocks // 3, 1),
        centre_superblocks=2,
        parks=1,
        industrial_zones=1,
        cemeteries=1,
        schools=blocks,
        precinct_points=max(blocks // 2, 2),
        modular_posts=2,
        departments=1,
        share_islands=0.03,
    )


def write_cities(folder: Path, *, cities: int, scenarios: int, blocks: int) -> Path:
    """Write cities, a study of each, and the batch of their scenarios."""
    studies = []
    for number in range(1, cities + 1):
        place = folder / f"town{number:02}"
        place.mkdir(parents=True)
        city = city_of(number, blocks)
        write_schematic(city, place / "town.osm.pbf")
        (place / "study.toml").write_text(
            f'city = "{city.name_en}"\n[source]\nfile = "town.osm.pbf"\n'
            f"[residents]\ntotal = {city.residents}\n[siting]\nnew_posts = 1\n",
            encoding="utf-8",
        )
        studies.append(f"{place.name}/study.toml")
    return write_grid(folder, studies, scenarios)


def write_grid(folder: Path, studies: Sequence[str], scenarios: int) -> Path:
    """Write the batch of studies, each with 1 to so many new posts."""
    path = folder / "batch.toml"
    posts = list(range(1, scenarios + 1))
    path.write_text(f"cities = {json.dumps(studies)}\nnew_posts = {posts}\n", encoding="utf-8")
    return path


def start(*studies: Path, folder: Path, workers: int) -> "subprocess.Popen[str]":
    """Start a batch on one thread a worker; its results and its cache are folders in this one."""
    command = [sys.executable, "-m", "walkshed", "batch", *map(str, studies), "--json"]
    command += ["--workers", str(workers)]
    return subprocess.Popen(
        [*command, "--out", str(folder / "out"), "--cache", str(folder / "cache")],
        env=os.environ | dict.fromkeys(ONE_THREAD, "1"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def wait(batch: "subprocess.Popen[str]", longest_s: float | None = None) -> None:
    """Wait for the end of a batch that should end well."""
    _, err = batch.communicate(timeout=longest_s)
    if batch.returncode:
        raise RuntimeError(f"the batch ended with {batch.returncode}:\n{err}")


def run(batch: Path, folder: Path, workers: int) -> tuple[float, pd.DataFrame]:
    """Run the command with an empty cache; wall seconds and its table."""
    begun = time.perf_counter()
    wait(start(batch, folder=folder, workers=workers))
    seconds = time.perf_counter() - begun
    return seconds, pd.read_parquet(folder / "out" / "batch.parquet").set_index("name")


def scenario_costs(table: pd.DataFrame, cost: str) -> pd.DataFrame:
    """Cost of the first scenario of each city, mean of the later ones, and their ratio.

    The first is the one that made the steps that the others remember.
    """
    rows = {}
    for city, of in table.groupby("city"):
        first = of["steps_made"].astype(int).idxmax()
        later = of[cost].drop(first).mean()
        rows[str(city)] = {"first": of.loc[first, cost], "later": later}
    costs = pd.DataFrame(rows).T.astype(float)
    return costs.assign(ratio=costs["later"] / costs["first"])


def measure(batch: Path, folder: Path, *, workers: Sequence[int], rounds: int) -> dict[str, Any]:
    """Run the batch in turns by each number of workers."""
    walls: dict[int, list[float]] = {count: [] for count in workers}
    tables = {}
    for turn in range(rounds):
        for count in workers:
            with tempfile.TemporaryDirectory(dir=folder) as own:
                wall_s, table = run(batch, Path(own), count)
            walls[count].append(wall_s)
            tables.setdefault(count, table)
            print(f"round {turn + 1}, {count} workers: {wall_s:.1f} s", flush=True)  # noqa: T201
    results = [table.drop(columns=COST) for table in tables.values()]
    costs = scenario_costs(tables[workers[0]], "cpu_s")
    return {
        "studies": len(results[0]),
        "wall_s": {str(count): seconds for count, seconds in walls.items()},
        "speed_up": [walls[workers[0]][turn] / walls[workers[-1]][turn] for turn in range(rounds)],
        "tables_equal": all(results[0].equals(other) for other in results[1:]),
        "cities": costs.reset_index(names="city").to_dict("records"),
        "ratio_median": float(costs["ratio"].median()),
        "ratio_worst": float(costs["ratio"].max()),
    }


def _tell(found: dict[str, Any], workers: Sequence[int]) -> None:
    costs = pd.DataFrame(found["cities"]).round(3)
    wanted = f"wanted: at most {WANTED['a later scenario']:.2f}"
    ratios = f"median {found['ratio_median']:.3f}, worst {found['ratio_worst']:.3f}"
    lines = [
        "",
        f"{found['studies']} studies; CPU seconds of a city's first scenario, mean of the others",
        costs.to_string(index=False),
        f"later / first: {ratios} ({wanted})",
        f"tables equal but for cost: {found['tables_equal']}",
    ]
    if len(workers) > 1:
        told = ", ".join(f"{ratio:.2f}" for ratio in found["speed_up"])
        lines.append(
            f"times as quick by {workers[-1]} workers as by {workers[0]}: {told} "
            f"(wanted: at least {WANTED['two workers']})"
        )
    print("\n".join(lines))  # noqa: T201


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    """Measure, and print what was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cities", type=int, default=20)
    parser.add_argument("--scenarios", type=int, default=5)
    parser.add_argument("--blocks", type=int, default=17, help="superblocks each way, 640 m")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        batch = write_cities(
            Path(folder), cities=asked.cities, scenarios=asked.scenarios, blocks=asked.blocks
        )
        found = measure(batch, Path(folder), workers=asked.workers, rounds=asked.rounds)
    _tell(found, asked.workers)
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=2), encoding="utf-8")
    return found


if __name__ == "__main__":
    main()
