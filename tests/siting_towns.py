"""Towns to site posts in, and oracles: dense, slow, and sharing nothing with the package."""

from itertools import combinations

import numpy as np
import pandas as pd
from scipy import optimize, sparse

from walkshed.siting import SitingRules, mclp, problem_of_coverage


def reached(sees, residents, covered, sites):
    served = covered | sees[:, list(sites)].any(axis=1)
    return float(np.sum(residents[served]))


def best_by_enumeration(sees, residents, covered, posts):
    plans = combinations(range(sees.shape[1]), posts)
    return max(reached(sees, residents, covered, plan) for plan in plans)


def best_by_plain_model(sees, residents, covered, posts):
    """State the model over raw doors, with no presolve, and give it to SciPy's HiGHS."""
    doors, sites = sees.shape
    upper = np.r_[np.ones(sites), np.ones(doors)]
    cost = np.r_[np.zeros(sites), -np.where(covered, 0.0, residents)]
    by_site = sparse.hstack([-sparse.csr_matrix(sees.astype(float)), sparse.eye(doors)])
    total = sparse.csr_matrix(np.r_[np.ones(sites), np.zeros(doors)])
    answer = optimize.milp(
        cost,
        bounds=optimize.Bounds(0, upper),
        integrality=np.r_[np.ones(sites), np.zeros(doors)],
        constraints=[
            optimize.LinearConstraint(by_site.tocsr(), -np.inf, 0),
            optimize.LinearConstraint(total, -np.inf, posts),
        ],
        options={"mip_rel_gap": 1e-9},
    )
    assert answer.status == 0
    return -answer.fun + residents[covered].sum()


def random_town(seed):
    """Make up to 14 doors, 8 sites, crowded enough for overlaps, equal rows and useless sites."""
    rng = np.random.default_rng(seed)
    doors, sites = int(rng.integers(1, 15)), int(rng.integers(1, 9))
    sees = rng.random((doors, sites)) < rng.uniform(0.1, 0.6)
    residents = np.round(rng.gamma(2, 10, doors), 2) * (rng.random(doors) < 0.9)
    return sees, residents, rng.random(doors) < 0.2


FANO_LINES = [(0, 1, 2), (0, 3, 4), (0, 5, 6), (1, 3, 5), (1, 4, 6), (2, 3, 6), (2, 4, 5)]


def fano_town(seed, quarters=2):
    """Make quarters in which any two sites share a door, so that sharing sites out pays falsely.

    Two of the seven sites of a quarter reach five of its seven doors, but two sevenths of every
    site would reach six: no bound from prices or a linear relaxation can close this.
    """
    rng = np.random.default_rng(seed)
    quarter = np.zeros((7, 7), dtype=bool)
    for site, doors in enumerate(FANO_LINES):
        quarter[list(doors), site] = True
    sees = np.kron(np.eye(quarters, dtype=bool), quarter)
    residents = np.round(rng.uniform(90, 110, 7 * quarters), 1)
    return sees, residents, np.zeros(7 * quarters, dtype=bool)


def crowded_town(seed):
    """Make 40 doors, each seen by about three of 16 sites at random."""
    rng = np.random.default_rng(seed)
    sees = rng.random((40, 16)) < 0.2
    return sees, np.round(rng.uniform(5, 15, 40), 1), np.zeros(40, dtype=bool)


def street_town(seed, doors=700, sites=70):
    """Scatter doors in a square of 3 km, with sites that reach 500 m."""
    rng = np.random.default_rng(seed)
    at, where = rng.uniform(0, 3000, (doors, 2)), rng.uniform(0, 3000, (sites, 2))
    away = np.abs(at[:, None, :] - where[None, :, :]).sum(axis=2)
    return away <= 500, rng.lognormal(2, 1, doors), rng.random(doors) < 0.1


def problem_of(sees, residents, covered):
    return problem_of_coverage(
        sparse.csr_matrix(sees),
        pd.Series(residents, index=[f"door {n}" for n in range(len(residents))], dtype=float),
        pd.Index([f"site {n}" for n in range(sees.shape[1])]),
        covered=covered,
    )


def solve(sees, residents, covered, posts, **options):
    return mclp(problem_of(sees, residents, covered), SitingRules(new_posts=posts), **options)


def values_of_sizes(sees, residents, covered, most):
    """Solve every number of new posts up to the most."""
    plans = [solve(sees, residents, covered, posts) for posts in range(most + 1)]
    assert all(plan.status == "optimal" for plan in plans)
    return np.array([plan.objective for plan in plans])


def chosen(plan):
    return [int(site.removeprefix("site ")) for site in plan.site_ids]
