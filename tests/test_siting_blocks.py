"""Doors that come in blocks: merged on the way, the question and its answer are the same."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from siting_towns import best_by_enumeration, random_town
from walkshed.errors import InputError
from walkshed.siting import SitingRules, mclp, problem_of_blocks, problem_of_coverage


def blocks_of(sees, residents, covered, cuts):
    """Cut the doors where told; blocks come one by one and only once."""
    doors = np.split(np.arange(len(residents)), cuts)
    return ((sparse.csr_array(sees[part]), residents[part], covered[part]) for part in doors)


@pytest.mark.parametrize("seed", range(40))
def test_a_problem_of_blocks_has_the_answer_of_the_whole_problem(seed):
    sees, residents, covered = random_town(seed)
    rng = np.random.default_rng(seed)
    ids = pd.Index([f"s{number}" for number in range(sees.shape[1])])
    cuts = np.sort(rng.integers(0, len(residents) + 1, 3))  # blocks may be empty
    merged = problem_of_blocks(blocks_of(sees, residents, covered, cuts), ids)
    whole = problem_of_coverage(sparse.csr_array(sees), pd.Series(residents), ids, covered=covered)
    assert merged.total == pytest.approx(whole.total, rel=1e-12)
    rules = SitingRules(new_posts=int(rng.integers(0, sees.shape[1] + 1)))
    one, other = mclp(merged, rules), mclp(whole, rules)
    best = best_by_enumeration(sees, residents, covered, rules.new_posts)
    assert one.objective == pytest.approx(best, rel=1e-12, abs=1e-9)
    assert one.objective == pytest.approx(other.objective, rel=1e-12)
    assert one.bound == pytest.approx(other.bound, rel=1e-12)
    assert one.site_ids == other.site_ids
    assert one.figures_now.share_within == pytest.approx(other.figures_now.share_within)


def test_order_of_doors_and_cuts_change_no_bit():
    rng = np.random.default_rng(3)
    sees = rng.random((300, 9)) < 0.3
    residents, covered = rng.gamma(2.0, 10.0, 300), rng.random(300) < 0.2
    ids, order = pd.RangeIndex(9), rng.permutation(300)
    one = problem_of_blocks(blocks_of(sees, residents, covered, [100]), ids)
    other = problem_of_blocks(
        blocks_of(sees[order], residents[order], covered[order], [7, 50, 200]), ids
    )
    assert one.residents.equals(other.residents)
    assert (one.times.seconds != other.times.seconds).nnz == 0
    assert np.array_equal(one.coverage().toarray(), other.coverage().toarray())
    assert len(one.residents) == len(np.unique(np.c_[sees, covered], axis=0))


def test_a_false_that_is_stored_is_no_coverage():
    stored = sparse.csr_array((np.array([True, False]), [0, 0], [0, 1, 2]), shape=(2, 1))
    block = stored, np.array([4.0, 3.0]), np.zeros(2, dtype=bool)
    plan = mclp(problem_of_blocks([block], pd.Index(["P"])), SitingRules(new_posts=1))
    assert plan.objective == 4.0


def test_what_is_wrong_with_a_block_is_told_with_its_number():
    good = sparse.csr_array([[True, False]]), np.array([5.0]), np.array([False])
    ids = pd.Index(["P", "Q"])
    for bad, words in [
        ((sparse.csr_array([[True]]), good[1], good[2]), "block 2.*1 x 1, but there are 1 doors"),
        ((good[0], np.array([-1.0]), good[2]), "block 2.*residents"),
        ((good[0], good[1], np.array([0.0])), "block 2.*covered"),
        ((good[0] * 3.0, good[1], good[2]), "block 2.*other than 0 and 1"),
        ((np.ones((1, 2)), good[1], good[2]), "block 2.*scipy.sparse"),
    ]:
        with pytest.raises(InputError, match=f"(?s){words}"):
            problem_of_blocks([good, bad], ids)
    with pytest.raises(InputError, match="no block"):
        problem_of_blocks([], ids)
