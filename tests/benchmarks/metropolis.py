"""A metropolis: seconds and memory of every step from tables to a plan, city by city.

    python -m benchmarks.metropolis [--doors 100000 200000 500000 1000000] [--folder F] [--whole]

Each city is schematic, drawn as `walkshed.schematic` draws Taraz, with all that is counted there
multiplied: about 760 doors on a square kilometre of built ground, where Reykjavik has about 700 (a
door is a building, in Taraz mostly a house). A candidate site comes on 50 doors, a post that stands
on 1,250 and a new one on 7,000, as in Taraz. Sites lie at random beside streets.

Every city has processes of its own: one draws it, one reads the OpenStreetMap file and writes its
tables, and one goes from tables to a plan, whose memory is the figure told. `--whole` runs
`walkshed site` on the file besides. Seconds are CPU seconds of all threads; the exponent is the
slope of their logarithm over that of the doors. The search for a plan ends when it is proven to
one in a thousand, as by Ctrl-C: its status then says "interrupted". Megabytes are 10^6 bytes.
"""

import argparse
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .measuring import exponent, in_a_new_process

DOORS = (100_000, 200_000, 500_000, 1_000_000)
STEPS = ("load", "snap", "existing", "times", "siting", "scores")


def measure(doors: int, folder: Path, *, whole: bool) -> dict[str, Any]:
    """Draw a city unless it is there, and go through it."""
    drawn = folder / f"{doors}.osm.pbf"
    if not drawn.is_file():
        in_a_new_process("draw_metropolis", str(doors), str(drawn))
    tables = folder / f"{doors}-tables"
    found: dict[str, Any] = {}
    if not (tables / "read.json").is_file():
        read = in_a_new_process("tables_of_metropolis", str(drawn), str(tables))
        (tables / "read.json").write_text(json.dumps(read))
    found["read"] = json.loads((tables / "read.json").read_text())
    found["engine"] = in_a_new_process("metropolis", str(tables))
    if whole:
        found["whole"] = in_a_new_process("whole_metropolis", str(drawn))
    return found


def told(found: dict[str, Any]) -> str:
    """One city in a few lines."""
    read, engine = found["read"], found["engine"]
    steps = ", ".join(f"{step} {engine[step + '_s']:.1f} s" for step in STEPS)
    lines = [
        (
            f"{engine['doors']:,} doors, {engine['sites']:,} sites, {engine['posts']:,} posts, "
            f"{engine['edges']:,} edges, {engine['walks']:,} walks within 15 minutes"
        ),
        f"  tables: read {read['read_s']:.1f} s, network {read['network_s']:.1f} s",
        f"  peak of that {read['peak_mb']:,.0f} MB",
        f"  {steps}; peak {engine['peak_mb']:,.0f} MB",
        f"  {engine['new_posts']:.0f} new posts, {engine['status']}, gap {engine['gap']:.2%}",
        f"  within 15 minutes: {engine['share_now']:.1%} now, {engine['share_after']:.1%} after",
        "  peak after each step, MB: "
        + ", ".join(f"{step} {engine[step + '_peak_mb']:,.0f}" for step in STEPS[1:]),
    ]
    if "whole" in found:
        run = found["whole"]
        lines.append(f"  walkshed site: {run['cpu_s']:.0f} s, peak {run['peak_mb']:,.0f} MB")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    """Measure all sizes and print what they cost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--doors", type=int, nargs="+", default=list(DOORS))
    parser.add_argument("--folder", type=Path, help="keep cities and tables here")
    parser.add_argument("--whole", action="store_true", help="run `walkshed site` too")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        found = {}
        for doors in given.doors:
            found[doors] = measure(doors, folder, whole=given.whole)
            print(told(found[doors]), flush=True)  # noqa: T201
    if len(found) > 1:
        sizes = [each["engine"]["doors"] for each in found.values()]
        for step in (*STEPS, "cpu"):
            cost = [max(each["engine"][f"{step}_s"], 1e-3) for each in found.values()]
            print(f"{step}: exponent {exponent(sizes, cost):.2f}")  # noqa: T201
        peaks = [each["engine"]["peak_mb"] for each in found.values()]
        print(f"peak memory: exponent {exponent(sizes, peaks):.2f}")  # noqa: T201
    return found


if __name__ == "__main__":
    main()
