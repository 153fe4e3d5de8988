"""Small siting problems, and what plans give counted densely; nothing shared with the package."""

from itertools import chain, combinations

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from scipy import sparse

from walkshed.siting import SitingProblem
from walkshed.travel_times import TravelTimes

LIMIT_MIN, CUTOFF_MIN = 20.0, 10.0


def town(seconds, residents, status, limit_min=LIMIT_MIN, cutoff_min=CUTOFF_MIN, **columns):
    """State a problem from a dense array of seconds; infinite is beyond the limit."""
    doors = pd.Index([f"d{n}" for n in range(len(residents))])
    ids = pd.Index([f"s{n}" for n in range(len(status))])
    door, site = np.nonzero(np.isfinite(seconds))
    walks = sparse.csc_array((seconds[door, site], (door, site)), shape=seconds.shape)
    return SitingProblem(
        TravelTimes(walks, doors, ids, limit_min),
        pd.Series(residents, index=doors, dtype=float),
        pd.DataFrame({"status": status, **columns}, index=ids),
        cutoff_min,
        pd.Series([f"n{n % 3}" for n in range(len(residents))], index=doors),
    )


def random_town(seed, sites=7, doors=14, existing=1):
    """Scatter doors and sites in a square of 2 km; walks at 80 m a minute, block by block."""
    rng = np.random.default_rng(seed)
    at, where = rng.uniform(0, 2000, (doors, 2)), rng.uniform(0, 2000, (sites + existing, 2))
    seconds = np.abs(at[:, None, :] - where[None, :, :]).sum(axis=2) / 80 * 60
    seconds = np.where(seconds <= LIMIT_MIN * 60, seconds, np.inf)
    residents = np.round(rng.gamma(2, 10, doors), 1)
    status = ["candidate"] * sites + ["existing"] * existing
    problem = town(seconds, residents, status, cost=np.round(rng.uniform(2, 9, sites + existing)))
    points = gpd.GeoSeries(shapely.points(where), index=problem.sites.index, crs="EPSG:32642")
    placed = gpd.GeoDataFrame(problem.sites, geometry=points)
    return SitingProblem(
        problem.times, problem.residents, placed, CUTOFF_MIN, problem.neighbourhoods
    )


def dense(problem):
    seconds = np.full(problem.times.seconds.shape, np.inf)
    walks = problem.times.seconds.tocoo()
    seconds[walks.row, walks.col] = walks.data
    return seconds


def nearest_min(problem, ids):
    standing = problem.sites["status"].isin(["existing", "planned"])
    is_open = standing | problem.sites.index.isin(list(ids))
    return dense(problem)[:, is_open.to_numpy()].min(axis=1, initial=np.inf) / 60


def residents_within(problem, ids):
    inside = nearest_min(problem, ids) <= problem.cutoff_min + 1e-9
    return float(problem.residents.to_numpy() @ inside)


def mean_min(problem, ids):
    walk = np.minimum(nearest_min(problem, ids), problem.times.cutoff_min)
    return float(problem.residents.to_numpy() @ walk / problem.residents.sum())


def weighted(problem, ids, full_min=4.0, none_min=14.0):
    share = np.clip((none_min - nearest_min(problem, ids)) / (none_min - full_min), 0, 1)
    return float(problem.residents.to_numpy() @ share)


def worst_share(problem, ids):
    inside = nearest_min(problem, ids) <= problem.cutoff_min + 1e-9
    people = problem.residents
    reached = (people * inside).groupby(problem.neighbourhoods.to_numpy()).sum()
    total = people.groupby(problem.neighbourhoods.to_numpy()).sum()
    return float((reached / total).min())


def cost(problem, ids):
    return float(problem.sites.loc[list(ids), "cost"].sum())


def candidates(problem):
    return problem.sites.index[problem.sites["status"].isin(["candidate", "required"])].tolist()


def subsets(ids, largest):
    return [set(some) for some in chain(*(combinations(ids, size) for size in range(largest + 1)))]


def non_dominated(pairs):
    """Keep the pairs (more is better, less is better) that none is better than; each once."""
    pairs = sorted({(round(more, 6), round(less, 6)) for more, less in pairs})
    return [
        one
        for one in pairs
        if not any(other != one and other[0] >= one[0] and other[1] <= one[1] for other in pairs)
    ]
