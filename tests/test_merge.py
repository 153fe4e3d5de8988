"""Merging doors that see the same sites, against plain Python; a hash may collide as it likes."""

from collections import defaultdict
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from walkshed.siting import merge
from walkshed.siting.merge import equal_rows, merge_blocks, merge_rows

ROWS = st.lists(
    st.tuples(
        st.lists(st.sampled_from([0.0, 0.0, 1.0, 0.5]), min_size=4, max_size=4),
        st.sampled_from([0.0, 0.1, 0.3, 7.0, 1e-9, 123456.7]),
    ),
    max_size=30,
)
GOOD = merge._mixed
HASHES = {
    "good": GOOD,
    "two bits": lambda numbers: GOOD(numbers) & np.uint64(3),
    "all the same": lambda numbers: numbers * np.uint64(0),
}


def by_hand(rows) -> dict[tuple[float, ...], Fraction]:
    sums: dict[tuple[float, ...], Fraction] = defaultdict(Fraction)
    for values, residents in rows:
        sums[tuple(values)] += Fraction(residents)
    return sums


def tables(rows) -> tuple[sparse.csr_matrix, np.ndarray]:
    values = np.array([values for values, _ in rows]).reshape(-1, 4)
    return sparse.csr_matrix(values), np.array([residents for _, residents in rows], dtype=float)


def same(one, other) -> bool:
    return (
        one[0].shape == other[0].shape
        and (one[0] != other[0]).nnz == 0
        and np.array_equal(one[1], other[1])
    )


@pytest.mark.parametrize("mixed", HASHES.values(), ids=HASHES)
@given(rows=ROWS)
def test_merged_rows_are_those_of_plain_python_whatever_the_hash(mixed, rows) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(merge, "_mixed", mixed)
        merged, residents = merge_rows(*tables(rows))
    expected = by_hand(rows)
    found = [tuple(row) for row in merged.toarray().tolist()]
    assert len(found) == len(set(found))
    assert set(found) == set(expected)
    for row, people in zip(found, residents, strict=True):
        assert people == pytest.approx(float(expected[row]), rel=1e-15, abs=1e-13)


@given(rows=ROWS, data=st.data())
def test_neither_the_order_of_doors_nor_the_blocks_change_a_bit(rows, data) -> None:
    whole = merge_rows(*tables(rows))
    order = data.draw(st.permutations(rows))
    assert same(merge_rows(*tables(order)), whole)
    cut = data.draw(st.integers(0, len(rows)))
    assert same(merge_blocks([tables(order[:cut]), tables(order[cut:])]), whole)
    assert same(merge_blocks(tables([row]) for row in [*order, ([0.0] * 4, 0.0)]), merge_rows(
        *tables([*rows, ([0.0] * 4, 0.0)])
    ))  # fmt: skip


def test_large_tables_are_cut_into_blocks_that_change_nothing(monkeypatch) -> None:
    rng = np.random.default_rng(5)
    rows = sparse.csr_matrix(rng.random((5000, 6)) < 0.3)
    people = rng.random(5000)
    whole = merge_rows(rows, people)
    monkeypatch.setattr(merge, "ROWS_AT_ONCE", 7)
    assert same(merge_rows(rows, people), whole)
    assert whole[1].sum() == pytest.approx(people.sum())
    assert whole[0].shape == (64, 6)


def test_rows_are_numbered_by_the_sites_they_see_then_by_value() -> None:
    rows = sparse.csr_matrix([[0, 300, 0], [2, 0, 0], [1, 0, 0], [0, 0, 0], [2, 0, 0]])
    group, first = equal_rows(rows)
    assert group.tolist()[:1] == [3]
    assert group[1] == group[4]
    assert group[3] == 0  # it sees nothing
    assert sorted(first) == [0, 1, 2, 3]


def test_columns_stored_in_another_order_are_the_same_row() -> None:
    columns = np.array([2, 0, 0, 2])
    rows = sparse.csr_matrix((np.array([5.0, 1.0, 1.0, 5.0]), columns, [0, 2, 4]), shape=(2, 3))
    merged, residents = merge_rows(rows, np.array([1.0, 2.0]))
    assert merged.toarray().tolist() == [[1.0, 0.0, 5.0]]
    assert residents.tolist() == [3.0]
