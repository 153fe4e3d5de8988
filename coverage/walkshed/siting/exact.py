"""The best plan of one size, and the proof: branch and bound with the Lagrangian bound.

A bound that relaxes prices shares sites out: half of this one, half of a neighbour that reaches
nearly the same doors. To forbid one of them says nothing, for another neighbour takes over. So we
branch on how many sites a plan holds in a whole set of sites that overlap: where the relaxed
optimum holds one and a half, a plan holds at most one, or at least two.
"""

import heapq
import logging
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count

import numpy as np

from .benefit import Benefit, Plan, restrict
from .bound import Quotas, lagrangian_bound
from .clock import now_s
from .problem import Floats, Ints
from .program import Tell
from .search import greedy, shake, swap

logger = logging.getLogger(__name__)

TOLERANCE = 1e-8  # relative; a mean walk of a hundredth of what it saves is still proven by it
BELOW_ONE = 1 - 1e-3  # the same where all plans are worth whole numbers

ROOT_STAGES, ROOT_ROUNDS = 10, 60
ROOT_STALLED = 0.03  # share of the gap that a stage must close, or it is the last
NODE_ROUNDS, NODE_STEP = 200, 0.3
SHAKES, SHAKEN_AT = 8, 2
NODES_SEARCHED, THEN_EVERY = 20, 8  # nodes from which a plan is made by swapping

OVERLAPS = (0.85, 0.7, 0.5, 0.35, 0.2, 0.05)  # shares in common that make a set of sites
SITES_LOOKED_AT = 60
LEAST_SHARE = 0.02
SINGLE_IS_WORSE = 0.2  # branching on one site is worth less than on a set
BARELY_SPLIT = 0.02
MOST_QUOTAS = 40


@dataclass(frozen=True)
class Solved:
    """The best plan known of one size.

    Attributes
    ----------
    plan
        Columns of the benefit, in no order that means anything.
    objective
        What the plan is worth.
    bound
        No plan of this size is worth more.
    price
        Prices of groups to start from for the next size.
    nodes
        How many parts the plans were split into, 0 where that was not needed.
    interrupted
        Whether the user stopped the search.
    """

    plan: Plan
    objective: float
    bound: float
    price: Floats
    nodes: int = 0
    interrupted: bool = False


@dataclass(frozen=True)
class Quota:
    """At most so many of some sites (sign 1), or at least so many (sign -1, limit below 0)."""

    columns: Ints
    sign: int
    limit: int


@dataclass(frozen=True)
class Node:
    """Plans that take their sites from some columns, hold others for sure, and keep quotas."""

    upper: float
    columns: Ints
    held: Ints
    quotas: tuple[Quota, ...]
    price: Floats
    quota_price: Floats


def best_plan(
    benefit: Benefit,
    posts: int,
    *,
    start: Plan = (),
    price: Floats | None = None,
    deadline: float,
    seed: int = 0,
    tell: Tell | None = None,
) -> Solved:
    """Find the plan of some size that is worth most, and prove it.

    Past `deadline` (a time of `time.perf_counter`), or on Ctrl-C, the best plan and bound known
    come back. Of as many posts as there are sites, or more, the plan takes all sites.

    Parameters
    ----------
    start
        Sites to begin with; the answer need not hold them.
    price
        Prices of groups to begin with.
    tell
        Told objective and bound whenever one of them has become better.
    """
    price = np.zeros(benefit.groups) if price is None else price
    if posts <= 0 or posts >= benefit.sites.size:
        plan = tuple(range(benefit.sites.size))[: max(posts, 0)]
        return Solved(plan, benefit.worth(plan), benefit.worth(plan), price)
    best = Solved((), 0.0, float(benefit.most.sum()), price)
    try:
        for best in _closing_in(benefit, posts, start, price, deadline, seed):
            if tell:
                tell(best.objective, best.bound)
    except KeyboardInterrupt:
        logger.info("interrupted: the best plan and bound so far are handed back")
        best = replace(best, interrupted=True)
    return best


def _closing_in(
    benefit: Benefit, posts: int, start: Plan, price: Floats, deadline: float, seed: int
) -> Iterator[Solved]:
    """Yield ever better plans and bounds; the last is proven unless time has run out."""
    plan = swap(benefit, greedy(benefit, start[:posts], posts))
    best = Solved(plan, benefit.worth(plan), float(benefit.most.sum()), price)
    yield best
    best, home, root, shut = yield from _at_the_root(benefit, best, deadline, seed)
    waiting = [(-root.upper, 0, root)] if root.columns.size >= posts else []
    for nodes in count(1):
        upper = max(shut, -waiting[0][0]) if waiting else shut
        closed = upper <= _closes_at(benefit, best.objective)
        if upper < best.bound:
            best = _bounded(best, benefit, upper, nodes - 1)
            yield best
        if not waiting or closed or now_s() > deadline:
            return
        node = heapq.heappop(waiting)[2]
        closes_at = _closes_at(benefit, best.objective)
        part = _relaxed(home, node, posts, closes_at, NODE_ROUNDS, NODE_STEP, deadline)
        shut = max(shut, part.shut)
        if part.plan and (nodes <= NODES_SEARCHED or nodes % THEN_EVERY == 0):
            best = _better(best, benefit, home.sites[list(swap(home, part.plan))])
        elif part.plan:
            best = _better(best, benefit, home.sites[list(part.plan)])
        for number, child in enumerate(_split(part, posts)):
            heapq.heappush(waiting, (-child.upper, 2 * nodes + number, child))


def _at_the_root(
    benefit: Benefit, best: Solved, deadline: float, seed: int
) -> Generator[Solved, None, tuple[Solved, Benefit, Node, float]]:
    """Relax the whole, leave out what no better plan holds, and again while that helps."""
    posts, nothing = len(best.plan), np.empty(0, dtype=np.int64)
    home, member = Benefit(benefit.rows, np.arange(benefit.sites.size)), np.arange(benefit.groups)
    node = Node(best.bound, home.sites, nothing, (), best.price, np.empty(0))
    shut, step = -np.inf, 1.0
    for stage in range(ROOT_STAGES):
        before = node.upper
        closes_at = _closes_at(benefit, best.objective)
        part = _relaxed(home, node, posts, closes_at, ROOT_ROUNDS, step, deadline)
        node, step, shut = part.node, part.step, max(shut, part.shut)
        if part.plan:
            found = swap(home, part.plan)
            if stage == SHAKEN_AT:
                found = shake(home, found, tries=SHAKES, seed=seed, deadline=deadline)
            best = _better(best, benefit, home.sites[list(found)])
        price = _spread(node.price, member, benefit.most, best.price)
        best = _bounded(replace(best, price=price), benefit, max(shut, node.upper), 0)
        yield best
        gap = node.upper - best.objective
        stalled = stage > SHAKEN_AT and before - node.upper < ROOT_STALLED * gap
        if node.columns.size < posts or stalled or now_s() > deadline:
            break
        home, now = restrict(home, node.columns)
        member = np.where(member >= 0, now[member], -1)
        node = replace(
            node,
            columns=np.arange(home.sites.size),
            held=np.searchsorted(node.columns, node.held),
            price=_gathered(node.price, now, home.groups),
        )
    return best, home, node, shut


def _closes_at(benefit: Benefit, worth: float) -> float:
    """Tell the bound at which no plan that matters can be better."""
    return worth + (BELOW_ONE if benefit.is_whole else TOLERANCE * worth)


def _better(best: Solved, benefit: Benefit, plan: Sequence[int] | Ints) -> Solved:
    worth = benefit.worth(plan)
    if worth <= best.objective:
        return best
    return replace(best, plan=tuple(int(site) for site in plan), objective=worth)


def _bounded(best: Solved, benefit: Benefit, upper: float, nodes: int) -> Solved:
    if benefit.is_whole:
        upper = np.floor(upper + (1 - BELOW_ONE) / 2)
    return replace(best, bound=max(best.objective, min(best.bound, float(upper))), nodes=nodes)


@dataclass(frozen=True)
class Part:
    """A node after its relaxation.

    Attributes
    ----------
    node
        What is left of it, with the new bound; no columns if no better plan is in it.
    columns
        The columns it had before.
    local
        The benefit of these columns.
    share
        How much of each of these columns the relaxed optimum holds.
    plan
        A plan made from the shares, as columns of home; None if there is none.
    shut
        The largest bound at which something was left out.
    step
        How long steps were at last.
    """

    node: Node
    columns: Ints
    local: Benefit
    share: Floats
    plan: Plan | None
    shut: float
    step: float


def _relaxed(
    home: Benefit,
    node: Node,
    posts: int,
    closes_at: float,
    rounds: int,
    step: float,
    deadline: float,
) -> Part:
    """Bound a node, and leave out or hold for sure the sites that its bounds tell of."""
    local, now = home, np.arange(home.groups)
    if node.columns.size < home.sites.size:
        local, now = restrict(home, node.columns)
    if node.held.size == posts:
        return _closed(node, local, tuple(node.held.tolist()), home.worth(node.held), step)
    if node.columns.size <= posts:
        plan = tuple(node.columns.tolist())
        worth = home.worth(plan)
        return _closed(node, local, plan if len(plan) == posts else None, worth, step)
    held = np.isin(node.columns, node.held)
    bound = lagrangian_bound(
        local,
        posts,
        held,
        _quotas(node),
        _gathered(node.price, now, local.groups),
        node.quota_price,
        target=closes_at,
        rounds=rounds,
        step=step,
        deadline=deadline,
    )
    upper = min(node.upper, bound.upper)
    first = np.argsort(-np.where(held, np.inf, bound.share), kind="stable")[:posts]
    plan = tuple(node.columns[first].tolist())
    if upper <= closes_at:
        return _closed(node, local, plan, upper, bound.step)
    is_open = bound.with_site > closes_at
    must = is_open & (held | (bound.without_site <= closes_at))
    shut = max(
        float(bound.with_site[~is_open].max(initial=-np.inf)),
        float(bound.without_site[must & ~held].max(initial=-np.inf)),
    )
    possible = bool(is_open[held].all()) and is_open.sum() >= posts >= must.sum()
    left = replace(
        node,
        upper=upper,
        columns=node.columns[is_open & possible],
        held=node.columns[must & possible],
        price=_spread(bound.price, now, home.most, node.price),
        quota_price=bound.quota_price,
    )
    return Part(left, node.columns, local, bound.share, plan, shut, bound.step)


def _closed(node: Node, local: Benefit, plan: Plan | None, upper: float, step: float) -> Part:
    """Leave nothing of a node."""
    nothing = np.empty(0, dtype=np.int64)
    empty = replace(node, upper=upper, columns=nothing, held=nothing)
    return Part(empty, node.columns, local, np.empty(0), plan, upper, step)


def _quotas(node: Node) -> Quotas:
    counts = [quota.sign * np.isin(node.columns, quota.columns) for quota in node.quotas]
    return Quotas(
        np.array(counts, dtype=float).reshape(len(counts), node.columns.size),
        np.array([quota.limit for quota in node.quotas], dtype=float),
    )


def _gathered(price: Floats, now: Ints, groups: int) -> Floats:
    """Add up prices of groups that were merged."""
    stays = now >= 0
    return np.bincount(now[stays], weights=price[stays], minlength=groups).astype(np.float64)


def _spread(price: Floats, now: Ints, most: Floats, before: Floats) -> Floats:
    """Give back to groups that were merged their part of the price."""
    stays = now >= 0
    spread, whole = before.copy(), np.bincount(now[stays], weights=most[stays])
    spread[stays] = price[now[stays]] * most[stays] / whole[now[stays]]
    return spread


def _split(part: Part, posts: int) -> list[Node]:
    """Branch a node in two on the number of sites that a plan holds in a set."""
    node = part.node
    if node.columns.size < posts:
        return []
    if node.columns.size == posts or node.held.size == posts:
        return [node]  # one plan is left
    columns, chosen = _set_to_split(part)
    split, k = node.columns, int(np.floor(chosen))
    price = np.append(node.quota_price, 0.0)
    at_most = replace(node, quotas=(*node.quotas, Quota(columns, 1, k)), quota_price=price)
    if k == 0:
        left = np.setdiff1d(split, columns)
        at_most = replace(node, columns=left)
    at_least = replace(node, quotas=(*node.quotas, Quota(columns, -1, -k - 1)), quota_price=price)
    if columns.size == 1:
        at_least = replace(node, held=np.union1d(node.held, columns))
    return [at_least, at_most]


def _set_to_split(part: Part) -> tuple[Ints, float]:
    """Find sites that overlap and of which the relaxed optimum holds about half of one.

    No set is split twice at the same number, and past `MOST_QUOTAS` single sites are split, so
    branching ends even where the shares are poor. Returns the columns of the set, and how much of
    them the relaxed optimum holds.
    """
    from . import _kernels

    free = ~np.isin(part.node.columns, part.node.held)
    split = {
        (
            np.intersect1d(quota.columns, part.node.columns).tobytes(),
            max(quota.limit, -quota.limit - 1),
        )
        for quota in part.node.quotas
    }
    at = np.searchsorted(part.columns, part.node.columns)
    share = part.share[at]
    reach = np.bincount(part.local.rows[1], part.local.rows[2], part.columns.size)
    common = np.empty(part.columns.size)
    best_score, best = -np.inf, (part.node.columns[:1], 0.0)
    candidates = np.argsort(-share, kind="stable")[:SITES_LOOKED_AT]
    for one in candidates[share[candidates] >= LEAST_SHARE]:
        _kernels.shared(*part.local.rows, *part.local.columns, at[one], common)
        overlap = (common / np.minimum(reach, reach[at[one]]))[at]
        overlap[one] = 1.0
        for least in (*OVERLAPS, 1.0):
            inside = overlap >= least
            chosen = float(share[inside].sum())
            score = min(chosen - np.floor(chosen), np.ceil(chosen) - chosen)
            score -= SINGLE_IS_WORSE if inside.sum() == 1 else 0.0
            if score > best_score and free[inside].any():
                columns = part.node.columns[inside]
                if (columns.tobytes(), int(chosen)) not in split:
                    best_score, best = score, (columns, chosen)
    if best_score > BARELY_SPLIT - SINGLE_IS_WORSE and len(split) < MOST_QUOTAS:
        return best
    one = np.flatnonzero(free)[share[free].argmax()]
    return part.node.columns[[one]], 0.5
