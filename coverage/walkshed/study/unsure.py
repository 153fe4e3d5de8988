"""How sure the share within the planning band is: speed, residents, and places of posts."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from ..network import components_of
from ..scores.draws import PLACES, Spreads, speed_factor
from ..scores.uncertainty import MinutesOf, intervals, share_draws, shares_side_by_side
from ..settings import StudySettings
from ..standards import Band, UncertaintyRule, uncertainty_rule
from ..travel_times import TravelTimes, walking_times
from .bands import cutoffs_min
from .walk import Walk, beside_streets, nearest_post

GAINED = "gained"


def uncertainty_table(
    settings: StudySettings,
    measured: Walk,
    planned: pd.DataFrame,
    minutes_after: pd.Series,
    planning: Band,
) -> pd.DataFrame:
    """Share of residents within the planning band, and between what it lies in nine of ten draws.

    Posts of approximate place stand anywhere within their radius (`precision_m`), on the street
    that is nearest there; where there is none near they stay. A standard in metres does not
    depend on speed. What is planned is sure of its place.

    Parameters
    ----------
    measured
        The walk that the band belongs to.
    planned
        Positions of the planned posts.
    minutes_after
        Minutes of that walk with the plan built.

    Returns
    -------
    DataFrame
        `varied` ("all", or "speed", "residents", "places" alone), `scenario` ("existing", "after",
        and "gained", the difference of both), `band`, `share_within` as the study has it,
        `share_median`, `share_low`, `share_high`, `draws`.
    """
    rule, scores = uncertainty_rule(), settings.scores
    doors = measured.doors
    minutes = pd.DataFrame({"existing": doors["nearest_min"], "after": minutes_after})
    limit_min = pd.DataFrame({planning.label: cutoffs_min(planning, doors)}, index=doors.index)
    spreads = _spreads(rule, measured)
    fastest = max(speed_factor(spreads, settings.seed, draw) for draw in range(scores.draws))
    farthest_min = float(limit_min.to_numpy().max(initial=0.0)) * fastest
    moved = _moved(settings, measured, planned, minutes, farthest_min)

    def fixed(_: int) -> pd.DataFrame:
        return minutes

    sure = Spreads(speed=0.0, doors=0.0)
    variants: dict[str, tuple[MinutesOf, Spreads]] = {
        "all": (moved or fixed, spreads),
        "speed": (fixed, Spreads(spreads.speed, 0.0)),
        "residents": (fixed, Spreads(0.0, spreads.doors, spreads.neighbourhoods)),
        "places": (moved or fixed, sure),
    }
    people = doors["residents"], limit_min
    as_is = share_draws(fixed, *people, spreads=sure, draws=1, seed=settings.seed)
    drawn = [name for name in variants if name != "places" or moved]  # else each is as it is
    found = shares_side_by_side(
        [variants[name] for name in drawn],
        *people,
        draws=scores.draws,
        seed=settings.seed,
        neighbourhoods=doors["neighbourhood_id"],
    )
    shares = {"places": as_is} | dict(zip(drawn, found, strict=True))
    tables = []
    for varied in variants:
        table = intervals(_with_gain(shares[varied])).assign(draws=len(shares[varied]))
        table.insert(0, "varied", varied)
        table.insert(3, "share_within", _with_gain(as_is).iloc[0].to_numpy())
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def approximate_posts(walk: Walk) -> gpd.GeoDataFrame:
    """Posts that may stand elsewhere than where they are drawn."""
    return walk.posts[(walk.posts["precision_m"] > 0) & (walk.posts["edge"] >= 0)]


def uncertainty_summary(table: pd.DataFrame, measured: Walk) -> dict[str, Any]:
    """Tell the interval of the share, what it is made of, and what was assumed."""
    every = table[table["varied"] == "all"].set_index("scenario")
    figures = ["share_median", "share_low", "share_high"]
    return {
        "band": str(table["band"].iloc[0]),
        "draws": int(table["draws"].max()),
        "posts_moved": len(approximate_posts(measured)),
        "speed_matters": measured.unit == "min",
        **{
            str(name): {figure: float(every.loc[name, figure]) for figure in figures}
            for name in every.index
        },
    }


def _spreads(rule: UncertaintyRule, measured: Walk) -> Spreads:
    by_speed = rule.speed_spread.value if measured.unit == "min" else 0.0
    return Spreads(by_speed, rule.residents_spread.value, rule.neighbourhood_spread.value)


def _with_gain(shares: pd.DataFrame) -> pd.DataFrame:
    """Add to each draw what the plan gains, the difference of both scenarios."""
    gained = {GAINED: shares["after"] - shares["existing"]}
    return shares.join(pd.concat(gained, axis=1, names=shares.columns.names))


def _moved(
    settings: StudySettings,
    walk: Walk,
    planned: pd.DataFrame,
    minutes: pd.DataFrame,
    farthest_min: float,
) -> MinutesOf | None:
    """Minutes of each draw of places; None where every post is where it is drawn.

    Of posts that moved only walks that can count are known: longer ones are infinite.
    """
    unsure = approximate_posts(walk)
    if unsure.empty:
        return None
    sure_at = walk.post_positions[~walk.post_positions.index.isin(unsure.index)]
    existing = nearest_post(walk, walk.doors, sure_at)["nearest_min"]
    after = np.minimum(existing, nearest_post(walk, walk.doors, planned)["nearest_min"])
    sure = pd.DataFrame({"existing": existing, "after": after}).to_numpy(float)
    times = _walks_to_drawn(settings, walk, unsure, farthest_min)
    seconds, columns, each = times.seconds, list(minutes), len(unsure)

    def minutes_of(draw: int) -> pd.DataFrame:
        begin, end = seconds.indptr[draw * each], seconds.indptr[(draw + 1) * each]
        nearest = np.full(len(minutes), np.inf)
        np.minimum.at(nearest, seconds.indices[begin:end], seconds.data[begin:end] / 60)
        return pd.DataFrame(
            np.minimum(sure, nearest[:, None]), index=minutes.index, columns=columns
        )

    return minutes_of


def _walks_to_drawn(
    settings: StudySettings, walk: Walk, unsure: gpd.GeoDataFrame, farthest_min: float
) -> TravelTimes:
    """Walks to the unsure posts as they are placed in each draw, draw by draw in columns."""
    by_id = unsure.iloc[np.argsort(unsure.index.map(str).to_numpy(str), kind="stable")]
    turn, far = _discs(settings.seed, settings.scores.draws, len(by_id))
    radius_m = np.sqrt(far) * by_id["precision_m"].to_numpy(float)
    east = by_id.geometry.x.to_numpy() + radius_m * np.cos(2 * np.pi * turn)
    north = by_id.geometry.y.to_numpy() + radius_m * np.sin(2 * np.pi * turn)
    drawn = gpd.GeoDataFrame(
        geometry=gpd.points_from_xy(east.ravel(), north.ravel()), crs=unsure.crs
    )
    position = ["edge", "offset_m", "access_m"]
    lines = walk.barriers, walk.fences
    kept = components_of(walk.network, walk.post_positions)
    at = beside_streets(settings.walk, walk.network, lines, drawn, kept)[position]
    stayed = pd.concat([by_id[position]] * settings.scores.draws, ignore_index=True)
    at = at.where(at["edge"] >= 0, stayed).astype({"edge": "int64"})
    return walking_times(
        walk.network, walk.doors, at, speed_kmh=walk.speed_kmh, cutoff_min=farthest_min
    )


def _discs(seed: int, draws: int, posts: int) -> tuple[np.ndarray, np.ndarray]:
    """Two numbers from 0 to 1 for each draw and post: the turn, and how far out, by area."""
    drawn = np.array(
        [np.random.default_rng([seed, draw, PLACES]).random((2, posts)) for draw in range(draws)]
    )
    return drawn[:, 0, :], drawn[:, 1, :]
