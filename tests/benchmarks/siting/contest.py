"""One solver on one case, in a process of its own, and the rows of a table of many.

A process of its own tells its own memory and CPU time, and one that does not keep its time limit
can be ended from outside.
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..jobs import peak_mb
from .cities import Case, city, large
from .solvers import SOLVERS

MORE_S = 60.0  # for making the case and stating the model, and for limits that are not kept

CASES: dict[str, Callable[..., Case]] = {"city": city, "large": large}


def solve(solver: str, kind: str, numbers: Mapping[str, int], posts: int, limit_s: float) -> None:
    """Make the case, solve it, and print what is found as one line of JSON."""
    case = CASES[kind](**numbers)
    SOLVERS[solver](city(0, doors=60, sites=12, posts=1), 2, 5.0)  # loads and compiles all it needs
    cpu_s, wall_s = _cpu_s(), time.perf_counter()
    answer = SOLVERS[solver](case, posts, limit_s)
    spent_s, waited_s = _cpu_s() - cpu_s, time.perf_counter() - wall_s
    value = case.newly_covered(answer.sites)
    found = {
        "value": value,
        "bound": answer.bound,
        "proven": answer.bound < value + 1,
        "stating_s": case.merging_s + answer.stating_s,
        "cpu_s": spent_s - answer.stating_s,
        "wall_s": waited_s,
        "peak_mb": peak_mb(),
    }
    print(json.dumps(found))  # noqa: T201


def compete(
    solver: str, kind: str, numbers: Mapping[str, int], posts: int, limit_s: float
) -> dict[str, Any]:
    """Run `solve` in a process of its own; a row that says `failed` where there is no answer."""
    package = __package__ or "tests.benchmarks.siting"
    asked = {"kind": kind, "numbers": dict(numbers), "posts": posts, "limit_s": limit_s}
    code = (
        f"import json, sys\nfrom {package}.contest import solve\n"
        f"solve({solver!r}, **json.loads(sys.argv[1]))"
    )
    row = {"case": kind, **numbers, "p": posts, "solver": solver}
    try:
        done = subprocess.run(
            [sys.executable, "-c", code, json.dumps(asked)],
            cwd=Path(__file__).parents[len(package.split("."))],
            capture_output=True,
            text=True,
            check=False,
            timeout=limit_s + MORE_S,
        )
    except subprocess.TimeoutExpired:
        return {**row, "failed": f"ended from outside after {limit_s + MORE_S:.0f} s"}
    if done.returncode:
        return {**row, "failed": done.stderr.strip().splitlines()[-1]}
    return {**row, **json.loads(done.stdout.splitlines()[-1])}


def _cpu_s() -> float:
    """CPU time of this process, and of programs it has started and seen end."""
    return sum(os.times()[:4])


HEAD = (
    f"{'case':26} {'p':>3} {'solver':9} {'value':>9} {'bound':>10} {'gap %':>7} {'proven':>6} "
    f"{'CPU s':>7} {'stating':>7} {'wall s':>7} {'MB':>6}"
)


def told(row: Mapping[str, Any]) -> str:
    """One line of the table."""
    numbers = (str(row[key]) for key in ("seed", "doors", "sites") if key in row)
    begin = f"{' '.join([row['case'], *numbers]):26} {row['p']:3} {row['solver']:9}"
    if "failed" in row:
        return f"{begin} {row['failed']}"
    gap = 100 * (row["bound"] - row["value"]) / max(row["value"], 1.0)
    return (
        f"{begin} {row['value']:9.0f} {row['bound']:10.1f} {gap:7.3f} "
        f"{'yes' if row['proven'] else 'no':>6} {row['cpu_s']:7.2f} {row['stating_s']:7.2f} "
        f"{row['wall_s']:7.2f} {row['peak_mb']:6.0f}"
    )
