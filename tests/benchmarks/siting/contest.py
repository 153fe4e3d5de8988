"""One solver on one case, in a process of its own, and the rows of a table of many.

A process of its own tells its own memory and CPU time, and one that does not keep its time limit
is ended from outside. Libraries of linear algebra have one thread in all of them.
"""

import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from walkshed.siting import SitingRules, mclp, problem_of_blocks

from ..jobs import peak_mb
from .cities import LARGE_SITES, city, large_blocks
from .orlib import solve_file
from .solvers import SOLVERS

MORE_S = 60.0  # CPU time for making the case and stating the model
CLOCK_FOR_CPU = 10.0  # a computer may be as busy as that before a solver has less than its limit
ONE_THREAD = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL", "NUMBA")}


def solve_city(
    *, solver: str, seed: int, doors: int, sites: int, p: int, limit_s: float
) -> dict[str, Any]:
    """Make a city and let a solver choose sites; its plan is counted again on the city."""
    case = city(seed, doors, sites)
    SOLVERS[solver](city(0, doors=60, sites=12, posts=1), 2, 5.0)  # loads and compiles all it needs
    cpu_s, wall_s = _cpu_s(), time.perf_counter()
    answer = SOLVERS[solver](case, p, limit_s)
    spent_s, waited_s = _cpu_s() - cpu_s, time.perf_counter() - wall_s
    value = case.newly_covered(answer.sites)
    return {
        "value": value,
        "bound": answer.bound,
        "proven": answer.bound < value + 1,
        "stating_s": answer.stating_s,
        "cpu_s": spent_s - answer.stating_s,
        "wall_s": waited_s,
    }


def solve_large(
    *, solver: str, seed: int, doors: int, radius_m: float, p: int, limit_s: float
) -> dict[str, Any]:
    """State the very large family block by block, solve it, and count it again on new blocks.

    Making the blocks is in no time told here; that a process made them is in its memory.
    """
    SOLVERS[solver](city(0, doors=60, sites=12, posts=1), 2, 5.0)
    making_s = 0.0

    def timed() -> Iterator[tuple[Any, np.ndarray, np.ndarray]]:
        nonlocal making_s
        begin = time.process_time()
        for block in large_blocks(seed, doors, radius_m):
            making_s += time.process_time() - begin
            yield block
            begin = time.process_time()

    begin_s, wall_s = time.process_time(), time.perf_counter()
    problem = problem_of_blocks(timed(), pd.RangeIndex(LARGE_SITES))
    stated_s = time.process_time()
    plan = mclp(problem, SitingRules(new_posts=p), time_limit_s=limit_s)
    solved_s, end_s = time.process_time(), time.perf_counter()
    value = sum(
        float(residents[np.asarray(sees[:, list(plan.site_ids)].sum(axis=1)) > 0].sum())
        for sees, residents, _ in large_blocks(seed, doors, radius_m)
    )
    return {
        "value": value,
        "bound": plan.bound,
        "proven": plan.bound < value + 1,
        "groups": len(problem.residents),
        "stating_s": stated_s - begin_s - making_s,
        "cpu_s": solved_s - stated_s,
        "wall_s": end_s - wall_s,
    }


JOBS: dict[str, Callable[..., dict[str, Any]]] = {
    "city": solve_city,
    "large": solve_large,
    "orlib": solve_file,
}


def run(job: str, asked: Mapping[str, Any]) -> None:
    """Do a job, and print what it found as one line of JSON.

    Solvers keep their limit by the clock on the wall or do not keep it; here CPU time counts, so
    that a busy computer takes nothing away from them.
    """
    most_s = round(asked["limit_s"] + MORE_S)
    resource.setrlimit(resource.RLIMIT_CPU, (most_s, most_s + 5))
    asked = {**asked, "limit_s": CLOCK_FOR_CPU * asked["limit_s"]}
    print(json.dumps({**JOBS[job](**asked), "peak_mb": peak_mb()}))  # noqa: T201


def compete(job: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    """Do a job in a process of its own; a row that says `failed` where there is no answer."""
    package = __package__ or "tests.benchmarks.siting"
    code = (
        f"import json, sys\nfrom {package}.contest import run\n"
        f"run({job!r}, json.loads(sys.argv[1]))"
    )
    row = {"case": job, **asked}
    done = subprocess.run(
        [sys.executable, "-c", code, json.dumps(asked)],
        cwd=Path(__file__).parents[len(package.split("."))],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, **ONE_THREAD},
    )
    if done.returncode == -signal.SIGXCPU:
        cpu_s = asked["limit_s"]
        return {**row, "cpu_s": cpu_s, "stating_s": 0.0, "failed": f"no answer in {cpu_s:.0f} s"}
    if done.returncode:
        return {**row, "failed": done.stderr.strip().splitlines()[-1]}
    return {**row, **json.loads(done.stdout.splitlines()[-1])}


def _cpu_s() -> float:
    """CPU time of this process, and of programs it has started and seen end."""
    return sum(os.times()[:4])


HEAD = (
    f"{'case':26} {'p':>3} {'solver':9} {'value':>11} {'bound':>12} {'gap %':>7} {'proven':>6} "
    f"{'CPU s':>7} {'stating':>7} {'both':>7} {'wall s':>7} {'MB':>6}"
)


def told(row: Mapping[str, Any]) -> str:
    """One line of the table; `both` is stating the model and solving it."""
    named = ("seed", "file", "doors", "sites", "radius_m")
    numbers = (str(row[key]) for key in named if key in row)
    begin = f"{' '.join([row['case'], *numbers]):26} {row.get('p', ''):3} {row['solver']:9}"
    if "failed" in row:
        return f"{begin} {row['failed']}"
    gap = 100 * abs(row["bound"] - row["value"]) / max(row["value"], 1.0)
    line = (
        f"{begin} {row['value']:11.0f} {row['bound']:12.1f} {gap:7.3f} "
        f"{'yes' if row['proven'] else 'no':>6} {row['cpu_s']:7.2f} {row['stating_s']:7.2f} "
        f"{row['cpu_s'] + row['stating_s']:7.2f} {row['wall_s']:7.2f} {row['peak_mb']:6.0f}"
    )
    if "published" in row and row["published"] != row["value"]:
        line += f"  published: {row['published']:.0f}"
    return line
