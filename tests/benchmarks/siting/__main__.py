"""Where the next posts should stand: ours and its peers on the same cases, side by side.

    python -m tests.benchmarks.siting [--seeds 101-110] [--posts 6 10] [--peers cbc highs]
                                      [--spopt] [--large 1000000] [--json FILE]

from the root of the repository. Every run is a process of its own (see `contest`). The CPU time is
that of the solver; what it took to state the model to it stands beside, as `stating`: ours states
nothing, but the doors of the large family are merged there, block by block as they are made. Peers
are found if they are installed, and named if they are not. To have them all, outside the project:

    uv venv ENVIRONMENT
    uv pip install --python ENVIRONMENT/bin/python -e . coverage mip spopt

spopt is run on 5,000 doors and 625 sites only, which it needs most of its time to state.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .contest import HEAD, compete, told
from .solvers import missing


def main(arguments: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Run all that was asked for, and print each row when it is there."""
    options = _options(arguments)
    away = missing()
    for name, why in away.items():
        _say(f"skipped: {name}: {why}")
    _say(HEAD)
    rows = []
    for solver, kind, numbers, posts in _contests(options):
        if solver not in away:
            rows.append(compete(solver, kind, numbers, posts, options.limit))
            _say(told(rows[-1]))
    for posts in options.posts:
        for line in _ratios([row for row in rows if row["case"] == "city" and row["p"] == posts]):
            _say(f"p={posts}: {line}")
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    return rows


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.siting", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--seeds", type=_span, default=range(101, 111), help="cities, as 101-110")
    parser.add_argument("--posts", type=int, nargs="+", default=[6, 10], help="new posts")
    parser.add_argument("--doors", type=int, default=40_000, help="doors of a city")
    parser.add_argument("--sites", type=int, default=5_000, help="candidate sites of a city")
    parser.add_argument("--limit", type=float, default=120.0, help="seconds for one solver")
    parser.add_argument("--peers", nargs="*", choices=["cbc", "highs"], default=["cbc"])
    parser.add_argument("--spopt", action="store_true", help="5,000 x 625, spopt too")
    parser.add_argument("--large", type=int, nargs="*", default=[], help="doors, with 100 sites")
    parser.add_argument("--json", type=Path, help="write all rows to this file")
    return parser.parse_args(arguments)


def _span(words: str) -> range:
    first, _, last = words.partition("-")
    return range(int(first), int(last or first) + 1)


def _contests(options: argparse.Namespace) -> Iterator[tuple[str, str, dict[str, int], int]]:
    for seed in options.seeds:
        for posts in options.posts:
            numbers = {"seed": seed, "doors": options.doors, "sites": options.sites}
            for solver in ("walkshed", *options.peers):
                yield solver, "city", numbers, posts
    for posts in options.posts if options.spopt else ():
        for solver in ("walkshed", "spopt"):
            yield solver, "city", {"seed": options.seeds[0], "doors": 5_000, "sites": 625}, posts
    for doors in options.large:
        for posts in (5, 10, 20):
            yield "walkshed", "large", {"seed": options.seeds[0], "doors": doors}, posts


def _ratios(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Tell how many times our CPU time each peer took; at least, where a limit stopped it."""
    solved = [row for row in rows if "failed" not in row]
    spent = {(row["solver"], row["seed"], row["doors"]): row["cpu_s"] for row in solved}
    for peer in sorted({row["solver"] for row in solved} - {"walkshed"}):
        times = [
            seconds / max(spent["walkshed", *case], 0.01)
            for (solver, *case), seconds in spent.items()
            if solver == peer and ("walkshed", *case) in spent
        ]
        if times:
            yield (
                f"{peer} took {np.median(times):.2f} times our CPU time (median of {len(times)}), "
                f"from {min(times):.2f} to {max(times):.2f}"
            )


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
