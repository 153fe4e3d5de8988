"""The linear relaxation of siting by cuts, against enumeration and the whole linear programme."""

from itertools import combinations

import numpy as np
import pytest
from scipy import sparse
from scipy.optimize import linprog

from walkshed.siting.cuts import relaxations


def some_benefit(seed: int) -> tuple[np.ndarray, int]:
    """Benefits of 7 sites: equal in a row (coverage) in every other case, else of any size."""
    rng = np.random.default_rng(seed)
    sees = rng.random((rng.integers(1, 40), 7)) < rng.choice([0.2, 0.5])
    size = rng.integers(1, 50, (len(sees), 1 if seed % 2 else 7)).astype(float)
    benefit = sees * size
    return benefit[benefit.any(axis=1)], int(rng.integers(1, 7))


def start(posts: int) -> np.ndarray:
    return np.arange(7) < posts


def linear_optimum(benefit: np.ndarray, posts: int) -> float:
    """Solve the relaxation with a variable for each pair of group and site."""
    groups, sites = benefit.shape
    of_site, of_pair = np.zeros(sites), -benefit.ravel()
    one_site_a_group = sparse.kron(sparse.eye_array(groups), np.ones((1, sites)))
    built = sparse.vstack([sparse.eye_array(sites)] * groups)
    rows = sparse.block_array([
        [None, one_site_a_group],
        [-built, sparse.eye_array(groups * sites)],
        [sparse.csr_array(np.ones((1, sites))), None],
    ])  # fmt: skip
    limits = np.r_[np.ones(groups), np.zeros(groups * sites), posts]
    found = linprog(np.r_[of_site, of_pair], rows.tocsr(), limits, bounds=(0, 1))
    return float(-found.fun)


@pytest.mark.parametrize("seed", range(60))
def test_every_relaxation_bounds_every_plan_and_the_last_is_the_linear_optimum(seed) -> None:
    benefit, posts = some_benefit(seed)
    worth = {plan: benefit[:, plan].max(axis=1).sum() for plan in combinations(range(7), posts)}
    upper = np.inf
    for found in relaxations(sparse.csr_matrix(benefit), posts, start(posts)):
        assert found.upper <= upper
        upper = found.upper
        assert upper >= max(worth.values()) - 1e-9
        for plan, value in worth.items():
            held = np.isin(np.arange(7), plan)
            assert (found.with_site[held] >= value - 1e-9).all()
            assert (found.without_site[~held] >= value - 1e-9).all()
    assert upper == pytest.approx(linear_optimum(benefit, posts), rel=1e-6, abs=1e-6)


def test_the_first_relaxation_already_bounds_when_nothing_is_known() -> None:
    benefit, posts = some_benefit(4)
    first = next(iter(relaxations(sparse.csr_matrix(benefit), posts, np.zeros(7))))
    assert first.upper >= max(
        benefit[:, plan].max(axis=1).sum() for plan in combinations(range(7), posts)
    )


def test_the_order_of_groups_changes_no_optimum() -> None:
    benefit, posts = some_benefit(6)
    *_, one = relaxations(sparse.csr_matrix(benefit), posts, start(posts))
    *_, other = relaxations(sparse.csr_matrix(benefit[::-1]), posts, start(posts))
    assert one.upper == pytest.approx(other.upper, rel=1e-9)
