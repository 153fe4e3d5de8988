"""numba is imported late, past the trap that our folder `coverage/` sets it, or done without."""

import subprocess
import sys
from pathlib import Path

import pytest

REPO = Path(__file__).parents[1]

WALK = """
from walkshed.network import _numba
from towns import Edge, network_of, positions_of
from walkshed.travel_times import nearest_facility, walking_times

network = network_of([(0, 0), (400, 0), (800, 0)], [Edge(0, 1), Edge(1, 2)])
doors = positions_of(network, [(0, 0.0, 0.0)])
posts = positions_of(network, [(1, 0.5, 0.0)], letter="p")
times = walking_times(network, doors, posts, speed_kmh=4.8, cutoff_min=10)
nearest = nearest_facility(network, doors, posts, speed_kmh=4.8)
print("numba" if _numba.HAS_NUMBA else "scipy", times.seconds.data.tolist()[0] / 60)
print(nearest["facility"].iloc[0], nearest["minutes"].iloc[0])
"""

HIDE_COVERAGE_PY = """
import importlib.machinery, sys

class OnlyTheFolder:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "coverage":
            return importlib.machinery.PathFinder.find_spec(name, ["."])

sys.meta_path.insert(0, OnlyTheFolder)
"""

HIDE_NUMBA = """
import sys
sys.modules["numba"] = None
"""


def run_in_the_root(code: str) -> subprocess.CompletedProcess[str]:
    """Run code as Python started in the root of the repository does."""
    paths = f"import sys; sys.path[:0] = [{str(REPO / 'coverage')!r}, {str(REPO / 'tests')!r}]\n"
    return subprocess.run(
        [sys.executable, "-c", paths + code], cwd=REPO, capture_output=True, text=True, check=False
    )


def test_without_coverage_py_our_folder_breaks_a_plain_import_of_numba():
    # the trap itself; were it gone, hiding the folder would test nothing
    pytest.importorskip("numba")
    run = run_in_the_root(HIDE_COVERAGE_PY + "import numba")
    assert run.returncode != 0
    assert "module 'coverage' has no attribute" in run.stderr


@pytest.mark.parametrize("hide", ["", HIDE_COVERAGE_PY], ids=["coverage.py", "our folder alone"])
def test_kernels_run_when_python_is_started_in_the_root(hide):
    pytest.importorskip("numba")
    run = run_in_the_root(hide + WALK)
    assert run.stderr == ""
    assert run.stdout.split() == ["numba", "7.5", "p0", "7.5"]


def test_after_the_import_the_folder_is_hidden_no_longer():
    pytest.importorskip("numba")
    code = "from walkshed.network import _numba\nimport coverage\nprint(coverage.__file__)"
    run = run_in_the_root(HIDE_COVERAGE_PY + code)
    assert run.stderr == ""
    assert run.stdout.strip() == "None"


def test_without_numba_the_walks_are_the_same():
    run = run_in_the_root(HIDE_NUMBA + WALK)
    assert run.stderr == ""
    assert run.stdout.split() == ["scipy", "7.5", "p0", "7.5"]


def test_importing_walkshed_imports_no_numba():
    run = run_in_the_root(
        "import sys, walkshed, walkshed.travel_times\nprint('numba' in sys.modules)"
    )
    assert run.stderr == ""
    assert run.stdout.strip() == "False"
