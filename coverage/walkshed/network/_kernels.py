"""Dijkstra's search, compiled: seconds from posts against the direction of walking.

Exact: the seconds are those of the quickest way, added up in floating point from the post on, so
any other exact search finds the very same numbers. The queue is a row of buckets `BUCKET_S` wide;
inside a bucket nodes are corrected until they stay. Each node is linked into one bucket at most,
so the queue never outgrows the network; what lies beyond the last bucket waits in it, and is dealt
out anew when the search gets there.

Work memory is made once and handed on: a search leaves it as it found it (`seconds` infinite,
`following` at `FREE`, buckets empty).

Two things here look odd and halve the time. Numbers of nodes, arcs and slots are unsigned, because
numba asks of every signed index whether it counts from the end. And the inmost loops call nothing
that takes arrays, because numba counts references at each call.

Imported only where it is used: it imports numba.
"""

from heapq import heappop, heappush
from typing import Any

import numpy as np

from ._numba import njit

BUCKET_S = 16.0
"""Width of a bucket. Anything from 5 to 40 s gives the same answer in about the same time."""

PER_BUCKET = 1 / BUCKET_S

LAST = np.uint32(1024)
"""The last bucket. Those before it look 4.5 hours of walk ahead."""

NONE = np.uint32(0xFFFFFFFF)
FREE = np.uint32(0xFFFFFFFE)
IS_BUCKET = np.uint32(0x80000000)
ZERO, ONE = np.uint32(0), np.uint32(1)

U, V, BEGIN, END = 0, 1, 2, 3

Arrays = tuple[Any, ...]


def new_workspace(n_nodes: int) -> Arrays:
    """Work memory of one search at a time: seconds, links of the queue, buckets, nodes reached.

    The last two arrays take what is found; they are exchanged for longer ones as needed.
    """
    return (
        np.full(n_nodes, np.inf),
        np.full(n_nodes, FREE, np.uint32),
        np.empty(n_nodes, np.uint32),
        np.full(int(LAST) + 1, NONE, np.uint32),
        np.empty(n_nodes, np.uint32),
        np.empty(0, np.int32),
        np.empty(0),
    )


@njit
def _bucket(seconds, base_s):  # type: ignore[no-untyped-def]
    ahead = (seconds - base_s) * PER_BUCKET
    return LAST if ahead >= LAST else np.uint32(ahead)


@njit
def _deal_out(seconds, following, previous, first):  # type: ignore[no-untyped-def]
    """Spread the last bucket over all buckets, from its least seconds on."""
    chain = first[LAST]
    base_s, node = np.inf, chain
    while node != NONE:
        base_s = min(base_s, seconds[node])
        node = following[node]
    first[LAST] = NONE
    while chain != NONE:
        node, chain = chain, following[chain]
        _link(node, _bucket(seconds[node], base_s), following, previous, first)
    return base_s


@njit
def _link(node, bucket, following, previous, first):  # type: ignore[no-untyped-def]
    """Put a node at the head of a bucket; the head's `previous` names the bucket itself."""
    head = first[bucket]
    following[node] = head
    previous[node] = bucket | IS_BUCKET
    if head != NONE:
        previous[head] = node
    first[bucket] = node


@njit
def search(  # type: ignore[no-untyped-def]  # noqa: C901
    start, head, arc_s, seed, seed_s, limit_s, seconds, following, previous, first, reached
):
    """Search from some nodes (`seed`, each already `seed_s` away), up to and with a limit.

    Fills `seconds`, lists the nodes in `reached`, and returns how many they are.
    """
    count = ZERO
    for i in range(len(seed)):
        node, walk_s = seed[i], seed_s[i]
        if walk_s <= limit_s and walk_s < seconds[node]:
            if seconds[node] == np.inf:
                reached[count] = node
                count += ONE
            seconds[node] = walk_s
    for i in range(count):
        node = reached[i]
        _link(node, _bucket(seconds[node], 0.0), following, previous, first)
    waiting = np.int64(count)
    bucket, base_s = ZERO, 0.0
    while waiting:
        node = first[bucket]
        if node == NONE:
            bucket += ONE
            continue
        if bucket == LAST:
            base_s = _deal_out(seconds, following, previous, first)
            bucket = ZERO
            continue
        after = following[node]
        first[bucket] = after
        if after != NONE:
            previous[after] = bucket | IS_BUCKET
        following[node] = FREE
        waiting -= 1
        here_s = seconds[node]
        for arc in range(start[node], start[node + ONE]):
            other = head[arc]
            walk_s = here_s + arc_s[arc]
            known_s = seconds[other]
            if walk_s >= known_s or walk_s > limit_s:
                continue
            after = following[other]
            if after != FREE:
                # it waits in a later bucket, or further back in this one: take it out
                before = previous[other]
                if before & IS_BUCKET:
                    first[before ^ IS_BUCKET] = after
                else:
                    following[before] = after
                if after != NONE:
                    previous[after] = before
            else:
                waiting += 1
                if known_s == np.inf:
                    reached[count] = other
                    count += ONE
            seconds[other] = walk_s
            into = _bucket(walk_s, base_s)
            after = first[into]
            following[other] = after
            previous[other] = into | IS_BUCKET
            if after != NONE:
                previous[after] = other
            first[into] = other
    return np.int64(count)


@njit
def _room_for(needed, rows, values):  # type: ignore[no-untyped-def]
    """Arrays at least as long as needed, with what they hold."""
    if needed <= len(rows):
        return rows, values
    size = needed + needed // 2
    more_rows, more_values = np.empty(size, rows.dtype), np.empty(size, values.dtype)
    more_rows[: len(rows)] = rows
    more_values[: len(values)] = values
    return more_rows, more_values


@njit
def nodes_within(  # type: ignore[no-untyped-def]
    start, head, arc_s, seed, seed_s, limit_s,
    seconds, following, previous, first, reached, found, found_s,
):  # fmt: skip
    """Nodes within the limit of each post; row `i` of `seed` and `seed_s` is where post `i` begins.

    Returns where the nodes of each post begin in `found`, and `found` and `found_s` themselves.
    """
    begin = np.zeros(len(seed) + 1, np.int64)
    for post in range(len(seed)):
        count = search(
            start, head, arc_s, seed[post], seed_s[post], limit_s,
            seconds, following, previous, first, reached,
        )  # fmt: skip
        into = begin[post]
        found, found_s = _room_for(into + count, found, found_s)
        for i in range(count):
            node = reached[i]
            found[into + i] = node
            found_s[into + i] = seconds[node]
            seconds[node] = np.inf
        begin[post + 1] = into + count
    return begin, found, found_s


@njit
def doors_within(  # type: ignore[no-untyped-def]
    start, head, arc_s, seed, seed_s, limit_s,
    post_slot, post_share, post_access_s,
    slot_start, slots_of_node, slots, slot_s, door, by_end_s, door_share, door_access_s,
    seconds, following, previous, first, reached, found, found_s,
):  # fmt: skip
    """Doors within the limit of each post.

    A slot is an edge with doors. Its row of `slots` tells both ends, and where its doors begin and
    end; `by_end_s` has a door's seconds to both ends. The slots at node `i` are
    `slots_of_node[slot_start[i]:slot_start[i + 1]]`.

    Returns where the doors of each post begin in `found`, and `found` and `found_s` themselves.
    """
    begin = np.zeros(len(seed) + 1, np.int64)
    for post in range(len(seed)):
        count = search(
            start, head, arc_s, seed[post], seed_s[post], limit_s,
            seconds, following, previous, first, reached,
        )  # fmt: skip
        # no door comes twice
        found, found_s = _room_for(begin[post] + len(door), found, found_s)
        own, into = post_slot[post], np.uint64(begin[post])
        for i in range(count):
            node = reached[i]
            for k in range(slot_start[node], slot_start[node + ONE]):
                slot = slots_of_node[k]
                u = slots[slot, U]
                at_u, at_v = seconds[u], seconds[slots[slot, V]]
                # an edge reached at both ends is seen to at `u`
                if slot == own or (u != node and at_u < np.inf):
                    continue
                for j in range(slots[slot, BEGIN], slots[slot, END]):
                    walk_s = min(at_u + by_end_s[j, U], at_v + by_end_s[j, V])
                    if walk_s <= limit_s:
                        found[into] = door[j]
                        found_s[into] = walk_s
                        into += np.uint64(1)
        if own != NONE:
            into = _doors_along(
                slots[own], slot_s[own], seconds, limit_s, post_share[post], post_access_s[post],
                door, by_end_s, door_share, door_access_s, found, found_s, into,
            )  # fmt: skip
        for i in range(count):
            seconds[reached[i]] = np.inf
        begin[post + 1] = np.int64(into)
    return begin, found, found_s


@njit
def _doors_along(  # type: ignore[no-untyped-def]
    slot, slot_s, seconds, limit_s, share, access_s,
    door, by_end_s, door_share, door_access_s, found, found_s, into,
):  # fmt: skip
    """Enter the doors of a post's own edge, who may also walk along it."""
    at_u, at_v = seconds[slot[U]], seconds[slot[V]]
    for j in range(slot[BEGIN], slot[END]):
        along_s, ahead = 0.0, share - door_share[j]
        if ahead > 0:
            along_s = ahead * slot_s[U]
        elif ahead < 0:
            along_s = -ahead * slot_s[V]
        along_s = along_s + door_access_s[j] + access_s
        walk_s = min(along_s, at_u + by_end_s[j, U], at_v + by_end_s[j, V])
        if walk_s <= limit_s:
            found[into] = door[j]
            found_s[into] = walk_s
            into += np.uint64(1)
    return into


@njit
def put(begin, found, found_s, at, rows, rows_s):  # type: ignore[no-untyped-def]
    """Put what was found for each post at its place among that of all posts."""
    for post in range(len(at)):
        for i in range(begin[post + 1] - begin[post]):
            rows[at[post] + i] = found[begin[post] + i]
            rows_s[at[post] + i] = found_s[begin[post] + i]


@njit
def spread_labels(order, start, head, arc_s, seconds, label):  # type: ignore[no-untyped-def]
    """Give each node the least label among the posts that are equally near, in place.

    `label` holds that of the posts that begin at the node (a large number where none does);
    `order` lists the reached nodes by growing seconds.
    """
    changed = True
    while changed:
        changed = False
        for node in order:
            for arc in range(start[node], start[node + ONE]):
                other = head[arc]
                if label[node] < label[other] and seconds[node] + arc_s[arc] == seconds[other]:
                    # only an arc that costs nothing can lead back to a node already seen to
                    changed |= seconds[other] == seconds[node]
                    label[other] = label[node]


@njit
def keep_nearest(best_s, best_post, walk_s, post):  # type: ignore[no-untyped-def]
    """Enter a post into a short list of the nearest, sorted by seconds and then by post."""
    k = len(best_s)
    at = k
    for i in range(k):
        if best_post[i] == post:
            if best_s[i] <= walk_s:
                return
            at = i
            break
    i = min(at, k - 1)
    if at == k and (walk_s, post) >= (best_s[i], best_post[i]):
        return
    while i > 0 and (walk_s, post) < (best_s[i - 1], best_post[i - 1]):
        best_s[i], best_post[i] = best_s[i - 1], best_post[i - 1]
        i -= 1
    best_s[i], best_post[i] = walk_s, post


@njit
def nodes_nearest(start, head, arc_s, seed, seed_s, best_s, best_post):  # type: ignore[no-untyped-def]
    """Nearest posts of every node; row `i` of `seed` and `seed_s` is where post `i` begins.

    Fills `best_s` (infinite at first) and `best_post`, both (nodes, k).
    """
    k = best_s.shape[1]
    known = np.zeros(len(best_s), np.int64)
    queue = [(np.inf, 0, np.uint32(0))]
    for post in range(len(seed)):
        for i in range(seed.shape[1]):
            if seed_s[post, i] < np.inf:
                heappush(queue, (seed_s[post, i], post, seed[post, i]))
    while True:
        walk_s, post, node = heappop(queue)
        if walk_s == np.inf:
            return
        count = known[node]
        seen = count == k
        for i in range(count):
            seen |= best_post[node, i] == post
        if seen:
            continue
        best_s[node, count], best_post[node, count] = walk_s, post
        known[node] = count + 1
        for arc in range(start[node], start[node + ONE]):
            other = head[arc]
            if known[other] < k:
                heappush(queue, (walk_s + arc_s[arc], post, other))


@njit
def doors_nearest(  # type: ignore[no-untyped-def]
    node_s, node_post, u, v, by_u_s, by_v_s, pair_start, pair_post, pair_s, best_s, best_post
):
    """Nearest posts of every door, from those of both ends of its edge and those on its edge.

    The posts on the edge of door `i` are rows `pair_start[i]:pair_start[i + 1]` of the pairs.
    """
    for door in range(len(u)):
        for i in range(node_s.shape[1]):
            if node_s[u[door], i] + by_u_s[door] < np.inf:
                keep_nearest(
                    best_s[door], best_post[door],
                    node_s[u[door], i] + by_u_s[door], node_post[u[door], i],
                )  # fmt: skip
            if node_s[v[door], i] + by_v_s[door] < np.inf:
                keep_nearest(
                    best_s[door], best_post[door],
                    node_s[v[door], i] + by_v_s[door], node_post[v[door], i],
                )  # fmt: skip
        for j in range(pair_start[door], pair_start[door + 1]):
            if pair_s[j] < np.inf:
                keep_nearest(best_s[door], best_post[door], pair_s[j], pair_post[j])
