"""Small random siting problems with every kind of site and rule, and all plans they allow."""

import os
from itertools import combinations

import geopandas as gpd
import numpy as np
import pandas as pd
from scipy import sparse
from shapely.geometry import Point

from walkshed.siting import SitingProblem, SitingRules
from walkshed.travel_times import TravelTimes

LIMIT_MIN = 20
CASES = range(int(os.environ.get("SITING_CASES", "40")))  # 500 take a minute a model


def problem_of(seconds, residents, sites=None, *, cutoff_min=10, neighbourhoods=None):
    """Make a problem from a dense table of seconds; 0 is a walk beyond the limit."""
    doors = pd.Index([f"door {n}" for n in range(len(residents))])
    ids = pd.Index([f"site {n}" for n in range(np.shape(seconds)[1])])
    sites = pd.DataFrame(index=ids) if sites is None else sites.set_index(ids)
    times = TravelTimes(sparse.csc_array(np.asarray(seconds, dtype=float)), doors, ids, LIMIT_MIN)
    where = None if neighbourhoods is None else pd.Series(neighbourhoods, index=doors)
    people = pd.Series(residents, index=doors, dtype=float)
    return SitingProblem(times, people, sites, cutoff_min, where)


def random_case(seed, *, money=True, neighbourhoods=False):
    """Make up to 10 doors and 8 sites of all statuses, with one to four kinds of rules."""
    rng = np.random.default_rng(seed)
    doors, sites = int(rng.integers(1, 11)), int(rng.integers(2, 9))
    seconds = np.where(
        rng.random((doors, sites)) < 0.55, rng.integers(1, 20, (doors, sites)) * 60, 0
    )
    people = np.round(rng.gamma(2, 10, doors), 1) * (rng.random(doors) < 0.9)
    status = rng.choice(
        ["existing", "planned", "required", "candidate", "forbidden"],
        sites,
        p=[0.15, 0.03, 0.03, 0.74, 0.05],
    )
    table = gpd.GeoDataFrame(
        {
            "status": status,
            "may_close": rng.random(sites) < 0.5,
            "cost": rng.integers(1, 6, sites).astype(float),
            "closing_cost": rng.integers(0, 2, sites).astype(float),
            "capacity_residents": rng.choice([15.0, 30.0, 60.0, np.inf], sites),
            "group": rng.choice([None, None, None, "a", "b"], sites),
        },
        geometry=[Point(*rng.uniform(0, 100, 2)) for _ in range(sites)],
        crs="EPSG:32642",
    )
    free = int(np.isin(status, ["candidate", "required"]).sum())
    rules = SitingRules(
        new_posts=int(rng.integers(0, free + 1)) if rng.random() < 0.8 or not money else None,
        budget=float(rng.integers(2, 12)) if money and rng.random() < 0.4 else None,
        closed_posts=int(rng.integers(0, 2)),
        least_distance_m=float(rng.choice([0, 0, 30])),
    )
    where = rng.choice(["north", "south", "west"], doors) if neighbourhoods else None
    return problem_of(seconds, people, table, neighbourhoods=where), rules


def allowed_plans(problem, rules):
    """Yield every set of open sites that keeps to the rules; written without the package's."""
    sites = problem.sites.reset_index(drop=True)
    stands = sites["status"].isin(["existing", "planned"])
    fixed = sites.index[stands & ~sites["may_close"]].tolist()
    closable = sites.index[stands & sites["may_close"]].tolist()
    required = sites.index[sites["status"] == "required"].tolist()
    free = sites.index[sites["status"] == "candidate"].tolist()
    for closed in subsets(closable):
        if len(closed) > rules.closed_posts:
            continue
        kept = [site for site in closable if site not in closed]
        for more in subsets(free):
            new = [*required, *more]
            if _is_allowed(sites, new, closed, rules):
                yield [*fixed, *kept, *new]


def _is_allowed(sites, new, closed, rules):
    if rules.new_posts is not None and len(new) - len(closed) > rules.new_posts:
        return False
    cost = sites["cost"][new].sum() + sites["closing_cost"][list(closed)].sum()
    if rules.budget is not None and cost > rules.budget:
        return False
    for one, other in combinations(new, 2):
        group = sites["group"][one]
        if group is not None and group == sites["group"][other]:
            return False
        if sites.geometry[one].distance(sites.geometry[other]) < rules.least_distance_m:
            return False
    return True


def subsets(items):
    return [some for size in range(len(items) + 1) for some in combinations(items, size)]


def within_cutoff(problem):
    """Tell which door is within the cutoff of which site, dense."""
    seconds = problem.times.seconds.toarray()
    return (seconds > 0) & (seconds <= problem.cutoff_min * 60)
