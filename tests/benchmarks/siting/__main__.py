"""Where the next posts should stand: ours and its peers on the same cases, side by side.

    python -m tests.benchmarks.siting [--seeds 101-110] [--posts 6 10] [--peers cbc highs]
                                      [--spopt] [--large 1000000] [--orlib FOLDER] [--json FILE]

from the root of the repository. Every run is a process of its own (see `contest`), and what is
called of ours is the public model, with all that a user of it waits for: `mclp`, `p_median`,
`p_center`. `CPU s` is the time of the solver; what it took to state the model to it stands beside,
as `stating`. For ours that is making the problem, where the doors of the large family are read in
blocks and merged; making the blocks themselves is in no column.

Peers are found if they are installed, and named if they are not. To have them all, outside the
project:

    uv venv ENVIRONMENT
    uv pip install --python ENVIRONMENT/bin/python -e . coverage mip spopt

Ratios to CBC and HiGHS leave out the stating of both sides; spopt is run on 5,000 doors and 625
sites only, which it needs most of its time to state, and that is part of its ratio.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from .contest import HEAD, compete, told
from .orlib import MODELS, graphs_in
from .solvers import missing

SPOPT_CITY = {"doors": 5_000, "sites": 625}
LARGE_POSTS = (5, 10, 20)


def main(arguments: Sequence[str] | None = None) -> list[dict[str, Any]]:
    """Run all that was asked for, and print each row when it is there."""
    options = _options(arguments)
    away = missing()
    for name, why in away.items():
        _say(f"skipped: {name}: {why}")
    _say(HEAD)
    rows: list[dict[str, Any]] = []
    for job, asked in _contests(options):
        if asked["solver"] not in away:
            rows.append(compete(job, {**asked, "limit_s": options.limit}))
            _say(told(rows[-1]))
            if options.json:
                options.json.write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")
    for posts in options.posts:
        for line in _ratios([row for row in rows if row["case"] == "city" and row["p"] == posts]):
            _say(f"p={posts}: {line}")
    return rows


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks.siting", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument(
        "--seeds", type=_span, default=range(101, 111), help="cities, as 101-110; none is 0"
    )
    parser.add_argument("--posts", type=int, nargs="+", default=[6, 10], help="new posts")
    parser.add_argument("--doors", type=int, default=40_000, help="doors of a city")
    parser.add_argument("--sites", type=int, default=5_000, help="candidate sites of a city")
    parser.add_argument("--limit", type=float, default=150.0, help="CPU seconds for one solver")
    parser.add_argument("--peers", nargs="*", choices=["cbc", "highs"], default=["cbc"])
    parser.add_argument("--spopt", action="store_true", help="5,000 x 625, spopt too")
    parser.add_argument("--large", type=int, nargs="*", default=[], help="doors, with 100 sites")
    parser.add_argument(
        "--radii", type=float, nargs="+", default=[750.0, 1_000.0, 1_500.0], help="m, of --large"
    )
    parser.add_argument("--orlib", type=Path, help="folder with files pmed1.txt and so on")
    parser.add_argument("--json", type=Path, help="write all rows to this file")
    return parser.parse_args(arguments)


def _span(words: str) -> range:
    first, _, last = words.partition("-")
    return range(int(first), int(last or first) + 1) if int(first) else range(0)


def _contests(options: argparse.Namespace) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the job and what it is asked, but for the time limit."""
    for seed in options.seeds:
        for posts in options.posts:
            place = {"seed": seed, "doors": options.doors, "sites": options.sites, "p": posts}
            for solver in ("walkshed", *options.peers):
                yield "city", {"solver": solver, **place}
    for posts in options.posts if options.spopt else ():
        for solver in ("walkshed", "spopt"):
            yield "city", {"solver": solver, "seed": 101, **SPOPT_CITY, "p": posts}
    for doors in options.large:
        for radius_m in options.radii:
            for posts in LARGE_POSTS:
                place = {"seed": 101, "doors": doors, "radius_m": radius_m, "p": posts}
                yield "large", {"solver": "walkshed", **place}
    for solver in MODELS if options.orlib else ():
        for file in graphs_in(options.orlib):
            folder = str(options.orlib.resolve())
            yield "orlib", {"solver": solver, "folder": folder, "file": file}


def _ratios(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Tell how many times our CPU time each peer took; at least, where a limit stopped it."""
    solved = {(row["solver"], row["seed"], row["doors"]): row for row in rows if "cpu_s" in row}
    for peer in sorted({solver for solver, *_ in solved} - {"walkshed"}):
        times = {
            case[0]: _spent(row, peer) / max(_spent(solved["walkshed", *case], peer), 0.01)
            for (solver, *case), row in solved.items()
            if solver == peer and ("walkshed", *case) in solved
        }
        if times:
            yield f"{peer} took so many times our CPU time: " + ", ".join(
                f"{seed} {ratio:.2f}" for seed, ratio in times.items()
            )
            some = list(times.values())
            yield f"{peer}: median {np.median(some):.2f}, least {min(some):.2f}"


def _spent(row: dict[str, Any], peer: str) -> float:
    """CPU time that is compared with a peer: with stating where the peer is spopt."""
    return row["cpu_s"] + (row["stating_s"] if peer == "spopt" else 0.0)


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201


if __name__ == "__main__":
    main(sys.argv[1:])
