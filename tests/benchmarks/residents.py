"""Residents of real cities: is everybody kept, and does each door stand in one row of each table?

    python -m benchmarks.residents STUDY.toml ...

A study whose residents come from cells with a column `schools` or the like takes its registry from
`--posts-per-cell COLUMN`: so many posts in each cell, at its centre.
"""

import argparse
import csv
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from walkshed.settings import read_settings
from walkshed.study import StudyResult, run_study

APART_DEGREES = 0.0002
"""Posts of one cell are drawn this far apart, or a registry would take them for doubles."""


def write_registry(cells: Path, column: str, registry: Path) -> int:
    """Write as many posts as the column says for each cell with `id`, `lat` and `lon`."""
    table = pd.read_csv(cells)
    rows = [
        (f"{cell}-{i}", lat + i * APART_DEGREES, lon, "microdistrict")
        for cell, lat, lon, count in table[["id", "lat", "lon", column]].itertuples(index=False)
        for i in range(int(count))
    ]
    with registry.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("id", "lat", "lon", "location_precision"), *rows])
    return len(rows)


def found_of(result: StudyResult, expected: float | None) -> dict[str, Any]:
    """Figures that must hold: differences of residents are 0 to 1e-9, rows those of the doors."""
    doors, hexagons, zones = result.doors, result.hexagons, result.neighbourhoods
    total = float(doors["residents"].sum())
    known = total if expected is None else expected
    return {
        "residents": total,
        "lost": abs(total - known) / known,
        "lost_in_hexagons": abs(float(hexagons["residents"].sum()) - total) / total,
        "lost_in_neighbourhoods": abs(float(zones["residents"].sum()) - total) / total,
        "lost_in_rules": abs(float(result.population.by_rule["residents"].sum()) - total) / total,
        "doors": len(doors),
        "doors_in_hexagons": int(hexagons["doors"].sum()),
        "doors_in_neighbourhoods": int(zones["doors"].sum()),
        "neighbourhoods": len(zones) - int("outside" in zones.index),
        "doors_outside": result.summary["outside_neighbourhoods"]["doors"],
        "doors_by_origin": {str(k): int(n) for k, n in doors["origin"].value_counts().items()},
        "posts": result.summary["posts"],
        "notes": list(result.population.notes),
    }


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    """Run the studies and print what was found of each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("studies", nargs="+", type=Path)
    parser.add_argument("--posts-per-cell", metavar="COLUMN")
    parser.add_argument("--expected", type=float, help="residents there must be")
    given = parser.parse_args(arguments)
    found = {}
    for study in given.studies:
        settings = read_settings(study)
        if given.posts_per_cell and settings.residents.cells and settings.posts.registry:
            write_registry(settings.residents.cells, given.posts_per_cell, settings.posts.registry)
        begin = time.process_time()
        figures = found_of(run_study(settings), given.expected or settings.residents.total)
        found[settings.city] = {**figures, "cpu_s": time.process_time() - begin}
        lines = [settings.city, *(f"  {key}: {value}" for key, value in figures.items())]
        print("\n".join(lines), flush=True)  # noqa: T201
    return found


if __name__ == "__main__":
    main()
