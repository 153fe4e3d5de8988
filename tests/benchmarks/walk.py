"""The walk against its peers, side by side in one run on one extract.

    python -m tests.benchmarks.walk EXTRACT.osm.pbf [--json FILE]

from the root of the repository; a `schematic.toml` will do for an extract. All figures are CPU
time of this process (see `measuring`), or of a process of its own for ingest and memory. Peers
are found if they are installed, and named if they are not. To have them all, outside the project:

    uv venv --python 3.12 ENVIRONMENT
    uv pip install --python ENVIRONMENT/bin/python -e . pandana pyvalhalla iduedu

pyvalhalla has no wheel for Python 3.11, hence 3.12; pandana is AGPL and never a dependency. A run
on a city of 40,000 doors takes about five minutes of CPU; `--only` and `--without` choose parts.
"""

import argparse
import json
import os
import platform
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from . import growth, ingest, pairs, polygons, reach
from .city import CUTOFF_MIN, SPEED_KMH, City, open_city
from .peers import missing

PARTS = ("reach", "pairs", "polygons", "growth", "memory", "ingest")
PACKAGES = (
    "numba", "numpy", "scipy", "networkx", "osmnx", "shapely", "osmium", "pandana", "pyvalhalla",
    "iduedu",
)  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    """Measure, print the tables, and write the JSON file."""
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # threads of pandana that wait cost nothing
    options = _options(arguments)
    parts = [p for p in options.only or PARTS if p not in options.without]
    city = open_city(options.extract, sites=options.sites, max_doors=options.max_doors)
    report = {
        "city": {
            "name": city.name,
            "nodes": city.network.n_nodes,
            "edges": city.network.n_edges,
            "street_km": float(city.network.edge_length_m.sum() / 1000),
            "doors": len(city.doors),
            "candidate_sites": len(city.sites),
            "speed_kmh": SPEED_KMH,
            "cutoff_min": CUTOFF_MIN,
        },
        "computer": {
            "python": platform.python_version(),
            "machine": platform.machine(),
            "cores": os.cpu_count(),
            "load_before": os.getloadavg()[0],
            "packages": {name: _version(name) for name in PACKAGES},
        },
        "skipped": missing(),
        "rounds": options.rounds,
    }
    _say(f"{city.name}: {city.network!r}, {len(city.doors)} doors, {len(city.sites)} sites")
    for name, why in missing().items():
        _say(f"skipped: {name}: {why}")
    for part in parts:
        report[part] = RUN[part](city, options)
        _say(f"\n{TITLES[part]}")
        for line in TOLD[part](report[part]):
            _say(line)
    report["must_hold"] = must_hold(report)
    _say("\nMust hold")
    for row in report["must_hold"]:
        _say(_held(row))
    if options.json:
        options.json.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    return report


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.walk", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("extract", type=Path, help=".osm.pbf file, or a schematic.toml")
    parser.add_argument("--json", type=Path, help="write all figures to this file")
    parser.add_argument("--rounds", type=int, default=5, help="counted rounds of each contest")
    parser.add_argument("--sites", type=int, default=5000, help="candidate sites")
    parser.add_argument("--posts", type=int, default=40, help="posts of the table of polygons")
    parser.add_argument("--max-doors", type=int, help="doors, if fewer than all buildings")
    parser.add_argument("--scale", type=float, default=1.0, help="sources of each round, times")
    parser.add_argument("--only", nargs="+", choices=PARTS, help="measure these parts only")
    parser.add_argument("--without", nargs="+", choices=PARTS, default=[], help="leave out")
    return parser.parse_args(arguments)


# --- parts ---------------------------------------------------------------------------------------


def _reach(city: City, options: argparse.Namespace) -> dict[str, Any]:
    rows = reach.measure(city, rounds=options.rounds, scale=options.scale)
    return {"rows": rows, "nodes_reached": reach.agreement(city)}


def _pairs(city: City, options: argparse.Namespace) -> dict[str, Any]:
    rows = pairs.measure(city, rounds=options.rounds, scale=options.scale)
    return {"rows": rows, "result": pairs.result_size(city)}


def _polygons(city: City, options: argparse.Namespace) -> dict[str, Any]:
    allocation_s, ground = polygons.allocate(city)
    rows = polygons.measure(city, ground, options.extract, posts=options.posts)
    return {"rows": rows, "allocation_cpu_s": allocation_s, "ground": repr(ground)}


def _growth(city: City, options: argparse.Namespace) -> dict[str, Any]:
    return growth.measure(city, rounds=options.rounds)


RUN: Mapping[str, Callable[[City, argparse.Namespace], dict[str, Any]]] = {
    "reach": _reach,
    "pairs": _pairs,
    "polygons": _polygons,
    "growth": _growth,
    "memory": lambda city, options: ingest.memory(city, options.extract),
    "ingest": lambda _, options: ingest.measure(options.extract),
}


# --- tables --------------------------------------------------------------------------------------


def _contest(found: dict[str, Any]) -> list[str]:
    lines = [f"{'engine':44} {'CPU us':>10}  {'times ours':>10}  over the rounds"]
    lines += [
        f"{row['engine']:44} {row['cpu_us']:10.1f}  {row['times']:10.2f}  "
        + f"{row['min']:.2f}-{row['max']:.2f}"
        for row in found["rows"]
    ]
    rest = {key: value for key, value in found.items() if key != "rows"}
    return [*lines, *(f"{key}: {_short(value)}" for key, value in rest.items())]


def _polygon_table(found: dict[str, Any]) -> list[str]:
    lines = [
        f"{'':44} {'m':>5} {'false in':>9} {'out':>7}  {'of reached':>10}"
        + f"  {'union in':>9} {'out':>7}  {'CPU ms':>7}  (% of doors)"
    ]
    for row in found["rows"]:
        shares = [
            f"{100 * row[key]:.3f}"
            for key in ("false_in", "false_out", "of_reached", "union_false_in", "union_false_out")
        ]
        lines.append(
            f"{row['method']:44} {row['metres']:5.0f} {shares[0]:>9} {shares[1]:>7}  "
            f"{shares[2]:>10}  {shares[3]:>9} {shares[4]:>7}  {row['cpu_ms']:7.1f}"
        )
    return [*lines, f"ground: {found['ground']} in {found['allocation_cpu_s']:.2f} s CPU"]


def _growth_table(found: dict[str, Any]) -> list[str]:
    sizes = "  ".join(f"x{k}" for k in found["steps"])
    return [f"{'':10} exponent   CPU s at {sizes}"] + [
        f"{what:10} {found[what]['exponent']:8.3f}   "
        + "  ".join(f"{s:.3f}" for s in found[what]["cpu_s"])
        for what in ("sources", "doors", "network", "all")
    ]


def _plain(found: dict[str, Any]) -> list[str]:
    return [f"{key}: {_short(value)}" for key, value in found.items()]


TITLES: Mapping[str, str] = {
    "reach": "Reach of one 15-minute source (CPU time a source)",
    "pairs": "Candidate sites x doors within 15 minutes (CPU time a candidate)",
    "polygons": "Polygons against door counts",
    "growth": "Growth of the work",
    "memory": "Memory, and doors x candidate sites from end to end",
    "ingest": "From extract to network",
}
TOLD: Mapping[str, Callable[[dict[str, Any]], list[str]]] = {
    "reach": _contest,
    "pairs": _contest,
    "polygons": _polygon_table,
    "growth": _growth_table,
    "memory": _plain,
    "ingest": _plain,
}


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_short(one)}" for key, one in value.items())
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


# --- must hold -----------------------------------------------------------------------------------


def must_hold(report: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What is promised, and what was found; None where it was not measured."""
    ours = f"{polygons.OURS}"
    areas = [r for r in report.get("polygons", {}).get("rows", []) if r["method"] == ours]
    at_15 = [row["cpu_ms"] for row in areas if row["metres"] == max(polygons.METRES)]
    whole = report.get("memory", {}).get("end_to_end", {})
    rows = [
        ("reach: times less CPU than ego_graph", ">=", 250, _times(report, "reach", "ego_graph")),
        ("reach: times less CPU than scipy", ">=", 5, _times(report, "reach", "scipy")),
        ("pairs: times less CPU than scipy", ">=", 25, _times(report, "pairs", "scipy")),
        ("pairs: than pandana nodes_in_range", ">=", 30, _times(report, "pairs", "in_range")),
        ("pairs: than pandana aggregate", ">=", 1.5, _times(report, "pairs", "aggregate")),
        ("pairs: bytes a walk", "<=", 16, _at(report, "pairs", "result", "bytes_a_walk")),
        ("polygon of 15 minutes, CPU ms", "<=", 20, at_15[0] if at_15 else None),
        ("ground of the city, CPU s", "<=", 5, _at(report, "polygons", "allocation_cpu_s")),
        ("growth of all together, exponent", "<=", 1.05, _at(report, "growth", "all", "exponent")),
        ("growth of one source in network size", "<=", 0.25,
         _at(report, "growth", "network", "exponent")),
        ("ingest: times less CPU than OSMnx", ">=", 20, _at(report, "ingest", "times")),
        ("memory: networkx over ours, whole graphs", ">=", 40,
         _at(report, "memory", "times_of_whole")),
        ("memory: networkx over ours, search only", ">=", 40,
         _at(report, "memory", "times_of_search")),
        ("end to end, CPU s", "<=", 5, whole.get("cpu_s")),
        ("end to end, peak MB", "<=", 1000, whole.get("peak_mb")),
    ]  # fmt: skip
    for row in areas:
        wrong = 100 * (row["false_in"] + row["false_out"])
        any_post = 100 * (row["union_false_in"] + row["union_false_out"])
        rows.append((f"doors wrong at {row['metres']:.0f} m, % of all", "<=", 0.3, wrong))
        rows.append(("  and for the union of the posts", "<=", 0.3, any_post))
    return [
        {
            "what": what,
            "sign": sign,
            "goal": goal,
            "found": found,
            "holds": _holds(found, sign, goal),
        }
        for what, sign, goal, found in rows
    ]


def _times(report: Mapping[str, Any], part: str, engine: str) -> float | None:
    """Of several engines of a kind the quickest is the one to beat."""
    rows = report.get(part, {}).get("rows", [])
    return min((row["times"] for row in rows if engine in row["engine"]), default=None)


def _at(report: Mapping[str, Any], *keys: str) -> Any:
    value: Any = report
    for key in keys:
        value = value.get(key, {})
    return None if value == {} else value


def _holds(found: float | None, sign: str, goal: float) -> bool | None:
    if found is None:
        return None
    return found >= goal if sign == ">=" else found <= goal


def _held(row: Mapping[str, Any]) -> str:
    found = "not measured" if row["found"] is None else f"{row['found']:.4g}"
    verdict = {True: "holds", False: "FAILS", None: ""}[row["holds"]]
    return f"{row['what']:44} {row['sign']} {row['goal']:<6g} {found:>12}  {verdict}"


if __name__ == "__main__":
    main(sys.argv[1:])
