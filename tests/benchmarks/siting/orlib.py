"""The p-median graphs of OR-Library, from a folder that holds its files.

Beasley, J. E. (1990). OR-Library: distributing test problems by electronic mail. Journal of the
Operational Research Society 41, 1069-1072. The files are `pmed1.txt` to `pmed40.txt`, with the
optima in `pmedopt.txt` (p-median) and `kcenteropt.txt` (p-center): one line a file, name and value.
"""

from pathlib import Path

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import shortest_path


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
