"""The layout of the repository, and the one way that imports go."""

import ast
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

REPO = Path(__file__).parents[1]
PACKAGE = REPO / "coverage" / "walkshed"

# In the order of flow: a module imports only from those before it.
LAYERS = [
    "errors",
    "alone",
    "given_files",
    "language",
    "settings",
    "standards",
    "schemas",
    "schematic",
    "sources",
    "demand",
    "network",
    "scenario",
    "candidates",
    "travel_times",
    "service_areas",
    "scores",
    "siting",
    "maps",
    "reports",
    "study",
    "compare",
    "doctor",
    "batch",
    "cli",
]
SIDE_BY_SIDE = [{"service_areas", "scores"}, {"maps", "reports"}]


def modules() -> list[Path]:
    return sorted(path for path in PACKAGE.rglob("*.py") if not path.stem.startswith("__main"))


def layer_of(path: Path) -> str:
    first = path.relative_to(PACKAGE).parts[0]
    return first.removesuffix(".py")


def imported_layers(path: Path) -> set[str]:
    """Layers of our own package that a module names in any import, also inside functions."""
    package = ("walkshed", *path.relative_to(PACKAGE).parts[:-1])
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module) if part)
            names = [f"{module}.{alias.name}" for alias in node.names]
        for name in names:
            parts = name.split(".")
            if parts[0] == "walkshed" and len(parts) > 1:
                found.add(parts[1])
    return found & set(LAYERS)


def test_every_module_has_a_place_in_the_flow() -> None:
    assert {layer_of(path) for path in modules()} == {*LAYERS, "__init__"}


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_one_way(path: Path) -> None:
    here = layer_of(path)
    if here == "__init__":
        return
    allowed = set(LAYERS[: LAYERS.index(here) + 1])
    for pair in SIDE_BY_SIDE:
        if here in pair:
            allowed -= pair - {here}
    assert imported_layers(path) <= allowed


def test_the_layer_test_sees_an_import_against_the_flow(tmp_path: Path) -> None:
    # Without this the parser above could be blind and every module would pass.
    assert "siting" in imported_layers(PACKAGE / "study" / "sites.py")
    assert "sources" in imported_layers(PACKAGE / "network" / "build.py")
    assert "maps" in imported_layers(PACKAGE / "study" / "files.py")  # imported inside a function


def test_source_folder_does_not_shadow_coverage_py() -> None:
    assert not (REPO / "coverage" / "__init__.py").exists()
    spec = find_spec("coverage")
    assert spec is not None
    assert spec.origin is not None  # the real coverage.py, not our folder


def test_the_top_level_is_the_one_agreed_on() -> None:
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=REPO, capture_output=True, text=True, check=False
    ).stdout.split()
    if not tracked:
        pytest.skip("not a git checkout: nothing says which files belong here")
    top = {name.split("/")[0] for name in tracked}
    agreed = {"coverage", "notebooks", "data", "maps", "tests", "pyproject.toml", "README.md"}
    beside = {"LICENSE", "CHANGELOG.md", "CONTRIBUTING.md"}
    assert {name for name in top if not name.startswith(".")} <= agreed | beside
    assert agreed <= top


def test_importing_changes_nothing_and_keeps_heavy_libraries_for_later(tmp_path: Path) -> None:
    heavy = ["folium", "osmnx", "highspy", "matplotlib", "typst", "distributed"]
    code = (
        "import logging, sys, warnings; filters = list(warnings.filters)\n"
        "import walkshed\n"
        "assert not logging.getLogger().handlers and not logging.getLogger('walkshed').handlers\n"
        "ours = [f for f in warnings.filters if f not in filters]\n"
        f"print([name for name in {heavy!r} if name in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(REPO / "coverage")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == "[]"
    assert list(tmp_path.iterdir()) == []
