"""The p-median graphs of OR-Library, from a folder that holds its files.

Beasley, J. E. (1990). OR-Library: distributing test problems by electronic mail. Journal of the
Operational Research Society 41, 1069-1072. The files are `pmed1.txt` to `pmed40.txt`, with the
optima in `pmedopt.txt` (p-median) and `kcenteropt.txt` (p-center): one line a file, name and value.
"""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse
from scipy.sparse.csgraph import shortest_path

from walkshed.siting import SitingPlan, SitingProblem, SitingRules, p_center, p_median
from walkshed.travel_times import TravelTimes

OPTIMA = {"p_median": "pmedopt.txt", "p_center": "kcenteropt.txt"}
MODELS: dict[str, Callable[..., SitingPlan]] = {"p_median": p_median, "p_center": p_center}


def read_graph(path: Path) -> tuple[np.ndarray, int]:
    """Read the distances between all vertices of one file, and its number of posts.

    Where an edge stands twice the last one wins, or the published optima are not reached.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = Path(folder) / "pmed0.txt"
    ...     _ = path.write_text(" 3 3 1 \\n 1 2 5 \\n 2 3 4 \\n 2 1 9 \\n")
    ...     read_graph(path)
    (array([[ 0.,  9., 13.],
           [ 9.,  0.,  4.],
           [13.,  4.,  0.]]), 1)
    """
    vertices, _, posts = (int(word) for word in path.read_text().split(None, 3)[:3])
    rows = np.loadtxt(path, skiprows=1, dtype=np.int64, ndmin=2)
    ends = np.sort(rows[:, :2], axis=1) - 1
    length = {(u, v): d for (u, v), d in zip(ends.tolist(), rows[:, 2].tolist(), strict=True)}
    u, v = np.array(list(length)).T
    graph = sparse.csr_matrix((list(length.values()), (u, v)), shape=(vertices, vertices))
    return shortest_path(graph, directed=False), posts


def read_optima(path: Path) -> dict[str, float]:
    """Read the published optimum of each file, by its name without ending."""
    words = (line.split() for line in path.read_text().splitlines() if line.strip())
    return {name: float(value) for name, value in words}


def graphs_in(folder: Path) -> list[str]:
    """Name the graphs of a folder, in the order of their numbers."""
    return sorted(
        (path.stem for path in folder.glob("pmed[0-9]*.txt")), key=lambda name: int(name[4:])
    )


def problem_of_graph(away: np.ndarray) -> SitingProblem:
    """State the question of a graph: a resident at each vertex, any of which may be chosen.

    A unit of distance is a second of walking.
    """
    vertices = len(away)
    ids = pd.RangeIndex(vertices)
    begin = np.arange(vertices + 1) * vertices
    everyone = np.tile(np.arange(vertices), vertices)
    seconds = sparse.csc_array((away.T.ravel(), everyone, begin), shape=away.shape)
    times = TravelTimes(seconds, ids, ids, max(away.max(), 1.0) / 60)
    return SitingProblem(
        times, pd.Series(1.0, index=ids), pd.DataFrame(index=ids), times.cutoff_min
    )


def solve_file(*, solver: str, folder: str, file: str, limit_s: float) -> dict[str, Any]:
    """Solve one file by one model, in the unit of the published optimum: a sum, or a longest."""
    model, published = MODELS[solver], read_optima(Path(folder) / OPTIMA[solver])
    model(problem_of_graph(np.eye(3)), SitingRules(new_posts=1))  # loads and compiles all it needs
    away, posts = read_graph(Path(folder) / f"{file}.txt")
    unit = 60.0 * len(away) if solver == "p_median" else 60.0
    begin_s, wall_s = time.process_time(), time.perf_counter()
    problem = problem_of_graph(away)
    stated_s = time.process_time()
    plan = model(problem, SitingRules(new_posts=posts), time_limit_s=limit_s)
    return {
        "p": posts,
        "value": round(plan.objective * unit, 6),
        "bound": round(plan.bound * unit, 6),
        "proven": plan.objective * unit - plan.bound * unit < 1 - 1e-6,  # distances are whole
        "published": published.get(file),
        "stating_s": stated_s - begin_s,
        "cpu_s": time.process_time() - stated_s,
        "wall_s": time.perf_counter() - wall_s,
    }
