"""Scores of all levels for a city the size of Taraz, beside a plain groupby and apply of pandas.

    python -m benchmarks.scores [--doors 45000] [--posts 40] [--rounds 5]

Both are given the same table of doors, with minutes to the nearest two posts and metres of the way,
and both score hexagons, neighbourhoods, city districts and the city, now and with a plan built.
What they find is compared; ours is also timed with the choice of the two nearest posts out of a
full table of doors by posts.
"""

import argparse
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from walkshed.scores import detour_index, second_nearest, zone_scores

from .measuring import Engine, Measured, take_turns

BANDS = (5.0, 10.0, 15.0)
REASONS = ("no_way", "too_far")
LEVELS = {"hexagon": 400, "neighbourhood": 30, "district": 2, "city": 1}
SPEED_M_PER_MIN = 80.0
LONGEST_MIN = 45.0
SIDE_M = 12_000.0


def made_up_city(doors: int, posts: int, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Doors with residents and zones in a square, and their minutes to every post (inf beyond)."""
    rng = np.random.default_rng(seed)
    at, post_at = (rng.uniform(0, SIDE_M, (n, 2)) for n in (doors, posts))
    straight_m = np.hypot(*(at[:, None, :] - post_at[None, :, :]).transpose(2, 0, 1))
    minutes = straight_m * rng.uniform(1.1, 1.6, straight_m.shape) / SPEED_M_PER_MIN
    minutes[minutes > LONGEST_MIN] = np.inf
    table = pd.DataFrame({"residents": rng.gamma(2.0, 5.0, doors)})
    table["straight_m"] = straight_m[np.arange(doors), minutes.argmin(axis=1)]
    for level, zones in LEVELS.items():
        side = int(np.ceil(np.sqrt(zones)))
        column, row = (at // (SIDE_M / side)).astype(int).T
        number = np.minimum(column * side + row, zones - 1)
        table[level] = np.array([f"{level} {i}" for i in range(zones)], dtype=object)[number]
    names = [f"post {i}" for i in range(posts)]
    return table, pd.DataFrame(minutes, index=table.index, columns=names)


def nearest_two(table: pd.DataFrame, minutes: pd.DataFrame) -> pd.DataFrame:
    """Choose the two nearest posts of each door, and the detour to the first."""
    two = np.argpartition(minutes.to_numpy(), 1, axis=1)[:, :2]
    chosen = np.take_along_axis(minutes.to_numpy(), two, axis=1)
    order = np.argsort(chosen, axis=1)
    two, chosen = (np.take_along_axis(each, order, axis=1) for each in (two, chosen))
    posts = np.where(np.isfinite(chosen), minutes.columns.to_numpy(object)[two], "")
    ranked = pd.DataFrame({"facility": posts.ravel(), "minutes": chosen.ravel()})
    nearest = pd.Series(posts[:, 0], index=table.index)
    nearest_min = pd.Series(chosen[:, 0], index=table.index)
    return table.join(second_nearest(ranked, nearest)).assign(
        nearest_min=nearest_min,
        not_reached_reason=np.where(np.isfinite(nearest_min), "", "no_way"),
        detour_index=detour_index(nearest_min * SPEED_M_PER_MIN, table["straight_m"]),
    )


def ours(doors: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Score all levels."""
    inside, backup = (
        pd.DataFrame({f"{band:g}": doors[name] <= band for band in BANDS})
        for name in ("nearest_min", "second_nearest_min")
    )
    return {
        level: zone_scores(doors, doors[level], inside=inside, backup=backup, reasons=REASONS)
        for level in LEVELS
    }


def plain(doors: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Do the same with groupby and apply, a zone at a time, as one would write it in a notebook."""
    with np.errstate(invalid="ignore", divide="ignore"):  # zones that reach no post
        return {
            level: doors.groupby(level)[list(doors)].apply(_plain_zone).rename_axis("zone")
            for level in LEVELS
        }


def _plain_zone(part: pd.DataFrame) -> pd.Series:
    residents, total = part["residents"], part["residents"].sum()
    walks = part[np.isfinite(part["nearest_min"])].sort_values("nearest_min")
    minutes, people = walks["nearest_min"], walks["residents"]
    up_to, count = people.cumsum(), people.sum()
    worst = (up_to.clip(lower=0.9 * count) - (up_to - people).clip(lower=0.9 * count)) * minutes
    best = (up_to.clip(upper=0.4 * count) - (up_to - people).clip(upper=0.4 * count)) * minutes
    mean = (minutes * people).sum() / count
    gini = (people * minutes * (2 * up_to - people)).sum() / (count**2 * mean) - 1
    found = {
        "residents": total,
        "residents_not_reached": residents[np.isinf(part["nearest_min"])].sum(),
        "residents_no_second_post": residents[np.isinf(part["second_nearest_min"])].sum(),
        "median_min": _plain_quantile(walks, "nearest_min", 0.5),
        "p90_min": _plain_quantile(walks, "nearest_min", 0.9),
        "max_min": minutes.max(),
        "mean_min": mean,
        "worst_tenth_min": worst.sum() / (0.1 * count),
        "gini": gini,
        "palma": worst.sum() / best.sum(),
    }
    for name in ("second_nearest_min", "detour_index"):
        kept = part[np.isfinite(part[name])].sort_values(name)
        found[f"median_{name}"] = _plain_quantile(kept, name, 0.5)
    for band in BANDS:
        within = residents[part["nearest_min"] <= band].sum()
        backup = residents[part["second_nearest_min"] <= band].sum()
        found |= {f"residents_within_{band:g}": within, f"share_within_{band:g}": within / total}
        found |= {f"residents_backup_{band:g}": backup, f"backup_share_{band:g}": backup / total}
    for reason in REASONS:
        found[f"not_reached_{reason}"] = residents[part["not_reached_reason"] == reason].sum()
    return pd.Series(found)


def _plain_quantile(rows: pd.DataFrame, name: str, share: float) -> float:
    up_to = rows["residents"].cumsum()
    reaches = rows[name][up_to >= share * rows["residents"].sum() * (1 - 1e-12)]
    return float(reaches.iloc[0]) if len(reaches) else np.nan


def furthest_apart(one: dict[str, pd.DataFrame], other: dict[str, pd.DataFrame]) -> float:
    """Largest difference of any figure of any zone, over the figure where that is above 1."""
    apart = 0.0
    for level, table in one.items():
        theirs = other[level].loc[table.index, table.columns]
        if not table.isna().equals(theirs.isna()):
            return float("inf")
        difference = (table - theirs).abs() / table.abs().clip(lower=1.0)
        apart = max(apart, float(difference.max().max()))
    return apart


def main(arguments: Sequence[str] | None = None) -> dict[str, Any]:
    """Measure and print CPU seconds and ratios."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--doors", type=int, default=45_000)
    parser.add_argument("--posts", type=int, default=40)
    parser.add_argument("--rounds", type=int, default=5)
    given = parser.parse_args(arguments)
    table, minutes = made_up_city(given.doors, given.posts, seed=7)
    doors = nearest_two(table, minutes)

    def twice(job: Callable[[], Any]) -> Callable[[int], int]:
        """Score one city twice: now, and as with the plan built."""

        def run(_: int) -> int:
            job(), job()
            return 1

        return run

    times: dict[str, Measured] = take_turns(
        [
            Engine("all scores", twice(lambda: ours(doors))),
            Engine("with the two nearest", twice(lambda: ours(nearest_two(table, minutes)))),
            Engine("pandas groupby apply", twice(lambda: plain(doors))),
        ],
        given.rounds,
    )
    base = times["all scores"]
    found = {
        "doors": given.doors,
        "posts": given.posts,
        "zones": {level: int(doors[level].nunique()) for level in LEVELS},
        "cpu_s": {name: measured.median_s for name, measured in times.items()},
        "times_ours": {name: measured.ratio(base)[0] for name, measured in times.items()},
        "furthest_apart": furthest_apart(ours(doors), plain(doors)),
    }
    for name, seconds in found["cpu_s"].items():
        ratio = found["times_ours"][name]
        print(f"{name}: {seconds:.3f} s CPU, {ratio:.1f} times ours")  # noqa: T201
    print(f"zones {found['zones']}, figures apart by {found['furthest_apart']:.1e}")  # noqa: T201
    return found


if __name__ == "__main__":
    main()
