"""Loops over benefits that arrays cannot say, compiled.

A matrix comes as three arrays. By rows: where each row begins, the site and the benefit of each
entry, the best first. By columns: where each site begins, the group and the benefit of each entry.

Imported only where it is used: it imports numba. Without numba all of it is right, and slow, but
for `sum_above`, which takes most of the time and then is numpy's.
"""

from typing import Any

import numpy as np

from ..network._numba import HAS_NUMBA, njit

PRIME = np.uint64(1099511628211)
START = np.uint64(14695981039346656037)
FOLD = np.uint64(29)


@njit
def _sum_above_compiled(begin, site, benefit, price, total):  # type: ignore[no-untyped-def]
    total[:] = 0.0
    for row in range(len(begin) - 1):
        paid = price[row]
        for entry in range(begin[row], begin[row + 1]):
            above = benefit[entry] - paid
            if above <= 0.0:
                break
            total[site[entry]] += above


def _sum_above_numpy(begin, site, benefit, price, total):  # type: ignore[no-untyped-def]
    above = np.maximum(benefit - np.repeat(price, np.diff(begin)), 0.0)
    total[:] = np.bincount(site, weights=above, minlength=total.size)


sum_above: Any = _sum_above_compiled if HAS_NUMBA else _sum_above_numpy
"""Sum for each site, into `total`, what its benefits are above the price of their group."""


@njit
def count_above(begin, group, benefit, plan, price, times):  # type: ignore[no-untyped-def]
    """Count for each group, into `times`, the sites of a plan that give more than its price."""
    times[:] = 0.0
    for site in plan:
        for entry in range(begin[site], begin[site + 1]):
            if benefit[entry] > price[group[entry]]:
                times[group[entry]] += 1.0


@njit
def best_of(begin, group, benefit, plan, best):  # type: ignore[no-untyped-def]
    """Find for each group, into `best`, its benefit from the best site of a plan."""
    best[:] = 0.0
    for site in plan:
        for entry in range(begin[site], begin[site + 1]):
            best[group[entry]] = max(best[group[entry]], benefit[entry])


@njit
def opened(begin, group, benefit, one, best, changed):  # type: ignore[no-untyped-def]
    """Raise `best` to what one more site gives; list the groups that gain, return how many."""
    count = 0
    for entry in range(begin[one], begin[one + 1]):
        if benefit[entry] > best[group[entry]]:
            best[group[entry]] = benefit[entry]
            changed[count] = group[entry]
            count += 1
    return count


@njit
def closed(row_begin, site, row_benefit, begin, group, is_open, one, best, changed):  # type: ignore[no-untyped-def]
    """Lower `best` to what the open sites give without one; list who loses, return how many."""
    count = 0
    for entry in range(begin[one], begin[one + 1]):
        row = group[entry]
        rest = 0.0
        for other in range(row_begin[row], row_begin[row + 1]):
            if is_open[site[other]]:
                rest = row_benefit[other]
                break
        if rest < best[row]:
            best[row] = rest
            changed[count] = row
            count += 1
    return count


@njit
def sum_above_again(  # type: ignore[no-untyped-def]
    row_begin, site, begin, group, benefit, changed, price, is_marked, marked, total
):
    """Sum anew, into `total`, what sites give above prices, where prices of their groups changed.

    The same numbers in the same order as in `sum_above`, so the same to the last bit.
    """
    count = 0
    for row in changed:
        for entry in range(row_begin[row], row_begin[row + 1]):
            if not is_marked[site[entry]]:
                is_marked[site[entry]] = True
                marked[count] = site[entry]
                count += 1
    for at in range(count):
        one = marked[at]
        above = 0.0
        for entry in range(begin[one], begin[one + 1]):
            more = benefit[entry] - price[group[entry]]
            if more > 0.0:
                above += more
        total[one] = above
        is_marked[one] = False


@njit
def shared(begin, site, benefit, col_begin, group, col_benefit, one, total):  # type: ignore[no-untyped-def]
    """Sum for each site, into `total`, the benefit that it has in common with one site."""
    total[:] = 0.0
    for mine in range(col_begin[one], col_begin[one + 1]):
        row, most = group[mine], col_benefit[mine]
        for entry in range(begin[row], begin[row + 1]):
            total[site[entry]] += min(most, benefit[entry])


@njit
def transposed(begin, index, benefit, size):  # type: ignore[no-untyped-def]
    """Turn rows into columns, or columns into rows; within each, indexes ascend."""
    other_begin = np.zeros(size + 1, np.int64)
    for entry in range(len(index)):
        other_begin[index[entry] + 1] += 1
    for at in range(size):
        other_begin[at + 1] += other_begin[at]
    into = other_begin[:-1].copy()
    other, value = np.empty(len(index), np.int32), np.empty(len(index))
    for at in range(len(begin) - 1):
        for entry in range(begin[at], begin[at + 1]):
            place = into[index[entry]]
            other[place], value[place] = at, benefit[entry]
            into[index[entry]] += 1
    return other_begin, other, value


@njit
def best_first(begin, site, benefit):  # type: ignore[no-untyped-def]
    """Sort the entries of each row by benefit, in place; of equal ones the first stays first."""
    for row in range(len(begin) - 1):
        first, end = begin[row], begin[row + 1]
        for entry in range(first + 1, end):
            if benefit[entry] > benefit[entry - 1]:
                order = np.argsort(-benefit[first:end], kind="mergesort")
                benefit[first:end] = benefit[first:end][order]
                site[first:end] = site[first:end][order]
                break


@njit
def count_kept(begin, site, benefit, number):  # type: ignore[no-untyped-def]
    """Count the entries that `kept_columns` keeps."""
    size = 0
    for entry in range(begin[-1]):
        size += number[site[entry]] >= 0 and benefit[entry] > 0.0
    return size


@njit
def kept_columns(begin, site, benefit, number, new_site, new_benefit):  # type: ignore[no-untyped-def]
    """Keep of each row the sites that have a new number (0 or more), in the arrays given.

    These may be those of the rows themselves: nothing is written over that is still to be read.
    Returns the rows that are left, and which they were.
    """
    rows = len(begin) - 1
    new_begin, was = np.zeros(rows + 1, np.int64), np.empty(rows, np.int64)
    size, kept = 0, 0
    for row in range(rows):
        before = size
        for entry in range(begin[row], begin[row + 1]):
            if number[site[entry]] >= 0 and benefit[entry] > 0.0:
                new_site[size], new_benefit[size] = number[site[entry]], benefit[entry]
                size += 1
        if size > before:
            was[kept] = row
            kept += 1
            new_begin[kept] = size
    return new_begin[: kept + 1].copy(), new_site[:size], new_benefit[:size], was[:kept].copy()


@njit
def signatures(begin, site, benefit_bits, of_sites, of_benefits):  # type: ignore[no-untyped-def]
    """Hash each row's list of sites, and its list of benefits."""
    for row in range(len(begin) - 1):
        sites, benefits = START, START
        for entry in range(begin[row], begin[row + 1]):
            sites = (sites ^ np.uint64(site[entry])) * PRIME
            sites ^= sites >> FOLD
            benefits = (benefits ^ benefit_bits[entry]) * PRIME
            benefits ^= benefits >> FOLD
        of_sites[row], of_benefits[row] = sites, benefits


@njit
def grouped(begin, site, order, signature):  # type: ignore[no-untyped-def]
    """Number the groups of rows with the same sites in the same order, in the order given.

    Equal signatures are only a hint: the lists themselves are compared.
    """
    rows = len(order)
    group, first = np.full(rows, -1, np.int64), np.empty(rows, np.int64)
    groups = 0
    for at in range(rows):
        one = order[at]
        if group[one] >= 0:
            continue
        group[one], first[groups] = groups, one
        size = begin[one + 1] - begin[one]
        ahead = at + 1
        while ahead < rows and signature[order[ahead]] == signature[one]:
            other = order[ahead]
            if group[other] < 0 and begin[other + 1] - begin[other] == size:
                same = True
                for entry in range(size):
                    if site[begin[one] + entry] != site[begin[other] + entry]:
                        same = False
                        break
                if same:
                    group[other] = groups
            ahead += 1
        groups += 1
    return group, first[:groups].copy()


@njit
def summed(begin, site, benefit, order, group, first):  # type: ignore[no-untyped-def]
    """Add up the rows of each group, in the order given."""
    new_begin = np.zeros(len(first) + 1, np.int64)
    for at in range(len(first)):
        new_begin[at + 1] = new_begin[at] + begin[first[at] + 1] - begin[first[at]]
    new_site, new_benefit = np.empty(new_begin[-1], np.int32), np.zeros(new_begin[-1])
    for row in order:
        into = new_begin[group[row]]
        for entry in range(begin[row + 1] - begin[row]):
            new_site[into + entry] = site[begin[row] + entry]
            new_benefit[into + entry] += benefit[begin[row] + entry]
    return new_begin, new_site, new_benefit


@njit
def dominated(begin, site, col_begin, group, benefit):  # type: ignore[no-untyped-def]
    """Tell which sites some other site replaces fully (of equal ones, all but the first).

    Of all rows of a site, the one with fewest sites tells which others can replace it.
    """
    sites = len(col_begin) - 1
    is_dominated = np.zeros(sites, np.bool_)
    for one in range(sites):
        first, end = col_begin[one], col_begin[one + 1]
        if first == end:
            is_dominated[one] = True
            continue
        rare = group[first]
        for entry in range(first, end):
            row = group[entry]
            if begin[row + 1] - begin[row] < begin[rare + 1] - begin[rare]:
                rare = row
        for other_entry in range(begin[rare], begin[rare + 1]):
            other = site[other_entry]
            theirs, other_end = col_begin[other], col_begin[other + 1]
            if other == one or other_end - theirs < end - first:
                continue
            equal = other_end - theirs == end - first
            within = True
            for entry in range(first, end):
                while theirs < other_end and group[theirs] < group[entry]:
                    theirs += 1
                if (
                    theirs == other_end
                    or group[theirs] > group[entry]
                    or benefit[theirs] < benefit[entry]
                ):
                    within = False
                    break
                equal = equal and benefit[theirs] == benefit[entry]
            if within and (not equal or other < one):
                is_dominated[one] = True
                break
    return is_dominated
