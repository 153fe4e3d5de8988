"""The search, compiled: seconds from posts against the direction of walking.

Exact: the seconds are those of the quickest way, added up in floating point from the post on, so
any other exact search finds the very same numbers. What was reached waits in one heap, in no
order; again and again all that lies within `AHEAD_S` of the least seconds there is walked on from,
and a node whose seconds fall waits once more. (Meyer and Sanders, 2003, call it delta-stepping.)

Work memory is made once and handed on: a search leaves it as it found it (`seconds` infinite,
nothing waiting).

Three things here look odd and make it quick. What is appended to a list is always written, and the
list then grows by one or by nothing: a branch that goes either way by chance would cost a
processor more than all the rest. Numbers of nodes and arcs are unsigned, because numba asks of
every signed index whether it counts from the end. And the inmost loops call nothing that takes
arrays, because numba counts references at each call.

Imported only where it is used: it imports numba.
"""

from heapq import heappop, heappush
from typing import Any

import numpy as np

from ._numba import njit

AHEAD_S = 32.0
"""Any width gives the same answer; from 20 to 60 s it takes about the same time."""

ZERO, ONE = np.uint32(0), np.uint32(1)

U, V = 0, 1
FORWARD, BACKWARD = 0, 1
TAIL, BEGIN, END = 0, 1, 2

Arrays = tuple[Any, ...]


def new_workspace(n_nodes: int) -> Arrays:
    """Work memory of one search at a time: seconds, what waits, and the nodes reached.

    Lists of nodes are one longer than they need be, for what is written and not kept. The last two
    arrays take what is found; they are exchanged for longer ones as needed.
    """
    return (
        np.full(n_nodes, np.inf),
        np.zeros(n_nodes, np.bool_),
        np.empty(n_nodes + 1, np.uint32),
        np.empty(n_nodes + 1, np.uint32),
        np.empty(n_nodes + 1, np.uint32),
        np.empty(0, np.int32),
        np.empty(0),
    )


@njit
def search(  # type: ignore[no-untyped-def]
    start, head, arc_s, seed, seed_s, limit_s, seconds, is_waiting, waiting, near, reached
):
    """Search from some nodes (`seed`, each already `seed_s` away), up to and with a limit.

    Fills `seconds`, lists the nodes in `reached`, and returns how many they are.
    """
    count = ZERO
    for i in range(len(seed)):
        node, walk_s = seed[i], seed_s[i]
        if walk_s <= limit_s and walk_s < seconds[node]:
            if seconds[node] == np.inf:
                reached[count] = waiting[count] = node
                is_waiting[node] = True
                count += ONE
            seconds[node] = walk_s
    n_waiting = count
    while n_waiting:
        least_s = np.inf
        for i in range(n_waiting):
            least_s = min(least_s, seconds[waiting[i]])
        n_near, n_left = ZERO, ZERO
        for i in range(n_waiting):
            node = waiting[i]
            is_near = seconds[node] <= least_s + AHEAD_S
            near[n_near] = waiting[n_left] = node
            n_near += np.uint32(is_near)
            n_left += np.uint32(not is_near)
        n_waiting = n_left
        for i in range(n_near):
            node = near[i]
            is_waiting[node] = False
            here_s = seconds[node]
            for arc in range(start[node], start[node + ONE]):
                other = head[arc]
                walk_s, known_s = here_s + arc_s[arc], seconds[other]
                is_better = (walk_s < known_s) & (walk_s <= limit_s)
                seconds[other] = walk_s if is_better else known_s
                reached[count] = waiting[n_waiting] = other
                count += np.uint32(is_better & (known_s == np.inf))
                waited = is_waiting[other]
                n_waiting += np.uint32(is_better & (not waited))
                is_waiting[other] = waited | is_better
    return count


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
    seconds, is_waiting, waiting, near, reached, found, found_s,
):  # fmt: skip
    """Nodes within the limit of each post; row `i` of `seed` and `seed_s` is where post `i` begins.

    Returns where the nodes of each post begin in `found`, and `found` and `found_s` themselves.
    """
    begin = np.zeros(len(seed) + 1, np.int64)
    for post in range(len(seed)):
        count = search(
            start, head, arc_s, seed[post], seed_s[post], limit_s,
            seconds, is_waiting, waiting, near, reached,
        )  # fmt: skip
        into = np.uint64(begin[post])
        found, found_s = _room_for(begin[post] + np.int64(count), found, found_s)
        for i in range(count):
            node = reached[i]
            found[into + i] = node
            found_s[into + i] = seconds[node]
            seconds[node] = np.inf
        begin[post + 1] = np.int64(into + np.uint64(count))
    return begin, found, found_s


@njit
def doors_within(  # type: ignore[no-untyped-def]
    start, head, arc_s, seed, seed_s, limit_s,
    own_doors, own_edge_s, post_share, post_access_s,
    door_start, across_s, side_start, sides, door, door_v, by_end_s, door_share, door_access_s,
    seconds, is_waiting, waiting, near, reached, found, found_s,
):  # fmt: skip
    """Doors within the limit of each post.

    Doors are sorted by the first end of their edge, then by edge: those at node `i` are
    `door_start[i]:door_start[i + 1]`, and `by_end_s` has their seconds to both ends. An edge with
    doors is known at its last end, too: `sides[side_start[i]:side_start[i + 1]]` are the edges
    that end at node `i`, each with its other end and its doors, and `across_s[i]` is the longest
    walk along them. `own_doors` are those on the edge of each post.

    Returns where the doors of each post begin in `found`, and `found` and `found_s` themselves.
    """
    begin = np.zeros(len(seed) + 1, np.int64)
    for post in range(len(seed)):
        count = search(
            start, head, arc_s, seed[post], seed_s[post], limit_s,
            seconds, is_waiting, waiting, near, reached,
        )  # fmt: skip
        # no door comes twice
        found, found_s = _room_for(begin[post] + len(door) + 1, found, found_s)
        own_begin, own_end = own_doors[post, 0], own_doors[post, 1]
        into = np.uint64(begin[post])
        # nothing waits any more: its lists take the nodes with doors, and those at the rim
        with_doors, at_rim, n_with_doors, n_at_rim = near, waiting, ZERO, ZERO
        for i in range(count):
            node = reached[i]
            with_doors[n_with_doors] = at_rim[n_at_rim] = node
            n_with_doors += np.uint32(door_start[node] < door_start[node + ONE])
            n_at_rim += np.uint32(seconds[node] + across_s[node] > limit_s)
        for i in range(n_with_doors):
            node = with_doors[i]
            at_u = seconds[node]
            for j in range(door_start[node], door_start[node + ONE]):
                walk_s = min(at_u + by_end_s[j, U], seconds[door_v[j]] + by_end_s[j, V])
                found[into], found_s[into] = door[j], walk_s
                into += np.uint64((walk_s <= limit_s) & ((j < own_begin) | (j >= own_end)))
        for i in range(n_at_rim):
            node = at_rim[i]
            at_v = seconds[node]
            for k in range(side_start[node], side_start[node + ONE]):
                if seconds[sides[k, TAIL]] < np.inf:
                    continue
                for j in range(sides[k, BEGIN], sides[k, END]):
                    walk_s = at_v + by_end_s[j, V]
                    found[into], found_s[into] = door[j], walk_s
                    into += np.uint64((walk_s <= limit_s) & ((j < own_begin) | (j >= own_end)))
        into = _doors_along(
            own_doors[post], own_edge_s[post], post_share[post], post_access_s[post],
            seconds[seed[post, U]], seconds[seed[post, V]], limit_s,
            door, by_end_s, door_share, door_access_s, found, found_s, into,
        )  # fmt: skip
        for i in range(count):
            seconds[reached[i]] = np.inf
        begin[post + 1] = np.int64(into)
    return begin, found, found_s


@njit
def _doors_along(  # type: ignore[no-untyped-def]
    own_doors, own_edge_s, share, access_s, at_u, at_v, limit_s,
    door, by_end_s, door_share, door_access_s, found, found_s, into,
):  # fmt: skip
    """Enter the doors of a post's own edge, who may also walk along it."""
    for j in range(own_doors[0], own_doors[1]):
        along_s, ahead = 0.0, share - door_share[j]
        if ahead > 0:
            along_s = ahead * own_edge_s[FORWARD]
        elif ahead < 0:
            along_s = -ahead * own_edge_s[BACKWARD]
        along_s = along_s + door_access_s[j] + access_s
        walk_s = min(along_s, at_u + by_end_s[j, U], at_v + by_end_s[j, V])
        found[into], found_s[into] = door[j], walk_s
        into += np.uint64(walk_s <= limit_s)
    return into


@njit
def put(begin, found, found_s, at, rows, rows_s):  # type: ignore[no-untyped-def]
    """Put what was found for each post at its place among that of all posts."""
    for post in range(len(at)):
        first, into = np.uint64(begin[post]), np.uint64(at[post])
        size = np.uint64(begin[post + 1]) - first
        for i in range(size):
            rows[into + i] = found[first + i]
        for i in range(size):
            rows_s[into + i] = found_s[first + i]


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
