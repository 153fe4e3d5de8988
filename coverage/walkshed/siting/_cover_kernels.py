"""Compiled loops over sets: which set holds another, and the search for cheaper covers.

Sets come as sorted members behind one another, `member[start[s]:start[s + 1]]`, and the other way
round as `holder[begin[m]:begin[m + 1]]`: the sets that hold each member. Rows are groups of doors,
columns are sites.

Imported only where it is used: it imports numba. Without numba all is right, and slow.
"""

import numpy as np

from ..network._numba import njit

BUMP, BUMPS = 0.1, 20  # how much heavier an uncovered row gets at a time, and how many do
MODULUS = 2147483648  # of the generator of chance: the same numbers compiled and not


@njit
def _holds(start, member, big, small):  # type: ignore[no-untyped-def]
    """Tell whether one set holds all of another."""
    low = start[big]
    for at in range(start[small], start[small + 1]):
        wanted, high = member[at], start[big + 1]
        while low < high:
            middle = (low + high) // 2
            if member[middle] < wanted:
                low = middle + 1
            else:
                high = middle
        if low == start[big + 1] or member[low] != wanted:
            return False
    return True


@njit
def _rarest(start, member, begin, one):  # type: ignore[no-untyped-def]
    """Find the member of a set that the fewest sets hold."""
    best = member[start[one]]
    for at in range(start[one] + 1, start[one + 1]):
        other = member[at]
        if begin[other + 1] - begin[other] < begin[best + 1] - begin[best]:
            best = other
    return best


@njit
def hold_another(start, member, begin, holder):  # type: ignore[no-untyped-def]
    """Mark the sets that hold another set whole; of equal sets, all but the first."""
    marked = np.zeros(len(start) - 1, np.bool_)
    for small in range(len(marked)):
        if marked[small]:
            continue
        size = start[small + 1] - start[small]
        rare = _rarest(start, member, begin, small)
        for at in range(begin[rare], begin[rare + 1]):
            big = holder[at]
            larger = start[big + 1] - start[big] - size
            if marked[big] or larger < 0 or (larger == 0 and big <= small):
                continue
            marked[big] = _holds(start, member, big, small)
    return marked


@njit
def lie_in_another(start, member, begin, holder, cost, may_replace):  # type: ignore[no-untyped-def]
    """Mark the sets that lie within another that costs no more; of equals, all but the first."""
    marked = np.zeros(len(start) - 1, np.bool_)
    for small in range(len(marked)):
        size = start[small + 1] - start[small]
        rare = _rarest(start, member, begin, small)
        for at in range(begin[rare], begin[rare + 1]):
            big = holder[at]
            larger = start[big + 1] - start[big] - size
            if marked[big] or not may_replace[big] or larger < 0 or cost[big] > cost[small]:
                continue
            if larger == 0 and cost[big] == cost[small] and (big > small and may_replace[small]):
                continue
            if big != small and _holds(start, member, big, small):
                marked[small] = True
                break
    return marked


@njit
def _add(one, start, member, begin, holder, weight, times, score, chosen):  # type: ignore[no-untyped-def]
    """Put a set into the plan; hand back what that took, and the weight that it covers anew.

    The score of a set in the plan is the weight that would be uncovered without it, of any other
    the weight that it would cover: so its own score stays as it is.
    """
    work, gain = 0, 0.0
    chosen[one] = True
    for at in range(start[one], start[one + 1]):
        row = member[at]
        times[row] += 1
        if times[row] > 2:
            continue
        work += begin[row + 1] - begin[row]
        for by in range(begin[row], begin[row + 1]):
            other = holder[by]
            if other != one and (times[row] == 1 or chosen[other]):
                score[other] -= weight[row]
        if times[row] == 1:
            gain += weight[row]
    return work, gain


@njit
def _remove(one, start, member, begin, holder, weight, times, score, chosen):  # type: ignore[no-untyped-def]
    """Take a set out of the plan; hand back what that took, and the weight now uncovered."""
    work, loss = 0, 0.0
    chosen[one] = False
    for at in range(start[one], start[one + 1]):
        row = member[at]
        times[row] -= 1
        if times[row] > 1:
            continue
        work += begin[row + 1] - begin[row]
        for by in range(begin[row], begin[row + 1]):
            other = holder[by]
            if other != one and (times[row] == 0 or chosen[other]):
                score[other] += weight[row]
        if times[row] == 0:
            loss += weight[row]
    return work, loss


@njit
def _state(start, member, begin, holder, weight, best):  # type: ignore[no-untyped-def]
    """Count how often each row is covered, and score each set."""
    times = np.zeros(len(begin) - 1, np.int64)
    for one in range(len(best)):
        if best[one]:
            for at in range(start[one], start[one + 1]):
                times[member[at]] += 1
    score = np.zeros(len(best))
    for row in range(len(times)):
        for by in range(begin[row], begin[row + 1]):
            other = holder[by]
            if times[row] == 0 or (times[row] == 1 and best[other]):
                score[other] += weight[row]
    return times, score


@njit
def _best(may, score, cost, sign):  # type: ignore[no-untyped-def]
    """Find the set with the highest (lowest, where `sign` is -1) score for its cost, or -1."""
    best = -1
    for one in range(len(may)):
        if may[one] and (
            best < 0 or sign * (score[one] * cost[best] - score[best] * cost[one]) > 0
        ):
            best = one
    return best


@njit
def greedy_cover(start, member, begin, holder, cost, weight, spare):  # type: ignore[no-untyped-def]
    """Add the set that covers most weight for its cost until at most `spare` is uncovered.

    Then take out again, the dearest first, what is not needed.
    """
    chosen = np.zeros(len(start) - 1, np.bool_)
    times, score = _state(start, member, begin, holder, weight, chosen)
    uncovered = weight.sum()
    while uncovered > spare:
        into = _best(~chosen & (score > 0), score, cost, 1)
        if into < 0:
            break
        uncovered -= _add(into, start, member, begin, holder, weight, times, score, chosen)[1]
    for out in np.argsort(-cost, kind="mergesort"):
        if chosen[out] and uncovered + score[out] <= spare:
            lost = _remove(out, start, member, begin, holder, weight, times, score, chosen)[1]
            uncovered += lost
    return chosen


@njit
def search_state(start, member, begin, holder, weight, plan, seed):  # type: ignore[no-untyped-def]
    """Make what a search remembers from one call to the next."""
    times, score = _state(start, member, begin, holder, weight, plan)
    stamp, may_return = np.zeros(len(plan), np.int64), np.ones(len(plan), np.bool_)
    waiting, place = np.zeros(len(weight), np.int64), np.zeros(len(weight), np.int64)
    counters = np.array([0, -1, 0, seed])  # the clock, the last one in, how many wait, chance
    for row in range(len(weight)):
        if times[row] == 0:
            waiting[counters[2]], place[row] = row, counters[2]
            counters[2] += 1
    return weight.copy(), times, score, plan.copy(), stamp, may_return, waiting, place, counters


@njit
def _least_missed(chosen, score, cost, stamp, spared):  # type: ignore[no-untyped-def]
    """Find the set of the plan that is missed least for its cost; of equals, the longest there."""
    least = -1
    for one in range(len(chosen)):
        if not chosen[one] or one == spared:
            continue
        if least >= 0:
            this, that = score[one] * cost[least], score[least] * cost[one]
            if this > that or (this == that and stamp[one] >= stamp[least]):
                continue
        least = one
    return least


@njit
def _to_cover(row, begin, holder, cost, score, stamp, may_return):  # type: ignore[no-untyped-def]
    """Find the best set that covers a row; of equals, the longest out."""
    into = holder[begin[row]]
    for by in range(begin[row], begin[row + 1]):
        one = holder[by]
        if may_return[one] != may_return[into]:
            into = one if may_return[one] else into
            continue
        this, that = score[one] * cost[into], score[into] * cost[one]
        if this > that or (this == that and stamp[one] < stamp[into]):
            into = one
    return into


@njit
def _exchange(one, start, member, begin, holder, state):  # type: ignore[no-untyped-def]
    """Take a set out of the plan or put it in; hand back what that took."""
    weight, times, score, chosen, stamp, may_return, waiting, place, counters = state
    is_out = chosen[one]
    if is_out:
        took, _ = _remove(one, start, member, begin, holder, weight, times, score, chosen)
    else:
        took, _ = _add(one, start, member, begin, holder, weight, times, score, chosen)
    stamp[one] = counters[0]
    for at in range(start[one], start[one + 1]):
        row = member[at]
        if is_out and times[row] == 0:
            waiting[counters[2]], place[row] = row, counters[2]
            counters[2] += 1
        elif not is_out and times[row] == 1:
            counters[2] -= 1
            waiting[place[row]] = waiting[counters[2]]
            place[waiting[counters[2]]] = place[row]
        for by in range(begin[row], begin[row + 1]):
            may_return[holder[by]] = True
    may_return[one] = not is_out
    return took


@njit
def cheaper_cover(start, member, begin, holder, cost, best, enough, work, state):  # type: ignore[no-untyped-def]
    """Search for cheaper plans that cover every row; `best`, one of them, is replaced in place.

    Row weighting: one set too many is taken out, then sets are exchanged, and each row weighs more
    the longer it has been uncovered [1]_. What it may take, `work`, is counted in steps of the
    inner loops, not in time, so the same calls give the same plan. It ends early with a plan that
    costs no more than `enough`.

    .. [1] Gao, C., Weise, T. and Li, J. (2015). An efficient local search heuristic with row
       weighting for the unicost set covering problem. European Journal of Operational Research
       246, 750-761.
    """
    weight, _, score, chosen, stamp, may_return, waiting, _, counters = state
    total, best_total = (cost * chosen).sum(), (cost * best).sum()
    while work > 0:
        if counters[2] == 0 and total <= best_total:
            best[:], best_total = chosen, total
        out = _least_missed(chosen, score, cost, stamp, counters[1])
        if out < 0 or best_total <= enough:
            return
        counters[0] += 1
        work -= _exchange(out, start, member, begin, holder, state) + len(best)
        total -= cost[out]
        while counters[2] > 0:
            counters[3] = (counters[3] * 1103515245 + 12345) % MODULUS
            row = waiting[(counters[3] // 65536) % counters[2]]
            into = _to_cover(row, begin, holder, cost, score, stamp, may_return)
            if total + cost[into] >= best_total:
                break
            work -= _exchange(into, start, member, begin, holder, state)
            total, counters[1] = total + cost[into], into
        for at in range(counters[2]):
            row = waiting[at]
            weight[row] += 1
            for by in range(begin[row], begin[row + 1]):
                score[holder[by]] += 1


@njit
def cheaper_share(  # type: ignore[no-untyped-def]
    start, member, begin, holder, cost, residents, spare, best, enough, work, state
):
    """Search for cheaper plans that leave at most `spare` residents uncovered.

    As `cheaper_cover`, but any set may come next, and rows that stay uncovered gain weight slowly.
    """
    weight, times, score, chosen, stamp, may_return, waiting, _, counters = state
    total, best_total = (cost * chosen).sum(), (cost * best).sum()
    uncovered = residents[times == 0].sum()
    while work > 0 and best_total > enough:
        counters[0] += 1
        out = _least_missed(chosen, score, cost, stamp, counters[1])
        if out < 0:
            return
        work -= _exchange(out, start, member, begin, holder, state) + len(best)
        total, uncovered = total - cost[out], residents[times == 0].sum()
        while uncovered > spare:
            may = ~chosen & may_return & (total + cost < best_total)
            into = _best(may, score, cost, 1)
            if into < 0:
                break
            work -= _exchange(into, start, member, begin, holder, state) + len(best)
            total, uncovered = total + cost[into], residents[times == 0].sum()
            counters[1] = into
        if uncovered <= spare and total < best_total:
            best[:], best_total = chosen, total
        for _ in range(min(counters[2], BUMPS)):
            counters[3] = (counters[3] * 1103515245 + 12345) % MODULUS
            row = waiting[(counters[3] // 65536) % counters[2]]
            weight[row] += BUMP * residents[row]
            for by in range(begin[row], begin[row + 1]):
                score[holder[by]] += BUMP * residents[row]
