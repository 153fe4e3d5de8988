"""What no plan can pass: a Lagrangian bound, and what it tells about each site."""

from dataclasses import dataclass

import numpy as np

from .benefit import Benefit
from .clock import now_s
from .problem import Bools, Floats, Ints

LARGEST_SHARE_OF_LAST = 0.3
"""How much the last round may count in the mean of all, at first."""
SMALLEST_SHARE_OF_LAST = 1e-3
ROUNDS_TO_JUDGE = 50
SLOW_PROGRESS = 1e-4  # relative
PATIENCE = 8  # rounds in vain before steps are cut
STEP_CUT = 0.66
STEP_GROWTH = 1.1
LONGEST_STEP = 2.0
SHORTEST_STEP = 2e-3


@dataclass(frozen=True)
class Quotas:
    """Limits on how many sites of some sets a plan may hold: `counts @ chosen <= limits`.

    Attributes
    ----------
    counts
        Quotas by sites: 1 where a site counts towards "at most", -1 where towards "at least".
    limits
        The most of each quota; of "at least k" it is -k.
    """

    counts: Floats
    limits: Floats


@dataclass(frozen=True)
class Bound:
    """What no plan of some size can pass.

    Attributes
    ----------
    upper
        No plan that keeps the quotas is worth more.
    with_site, without_site
        For each site: no such plan that holds it, or that does not, is worth more.
    price
        For each group, the multiplier that gave `upper`.
    quota_price
        The same for each quota.
    share
        For each site, roughly how much of it (0 to 1) the relaxed optimum holds.
    step
        How long steps were at last.
    """

    upper: float
    with_site: Floats
    without_site: Floats
    price: Floats
    quota_price: Floats
    share: Floats
    step: float


def lagrangian_bound(
    benefit: Benefit,
    posts: int,
    held: Bools,
    quotas: Quotas,
    price: Floats,
    quota_price: Floats,
    *,
    target: float,
    rounds: int,
    step: float,
    deadline: float,
) -> Bound:
    r"""Bound what plans of some size can be worth.

    Whoever pays the price u_i gets group i for nothing, and pays any site only what its benefits
    are above the prices. So no plan of p sites is worth more than

    .. math:: L(u, v) = \sum_i u_i + \sum_q v_q b_q + \text{the } p \text{ largest } c_j,
              \quad c_j = \sum_i \max(0, B_{ij} - u_i) - \sum_q v_q a_{qj}

    for any prices u of groups and v of quotas, 0 or more. The best prices are looked for by the
    volume algorithm [1]_: steps from the best prices known along the mean of all subgradients so
    far, whose weights also say how much of each site the relaxed optimum holds.

    Parameters
    ----------
    posts
        Sites of a plan, fewer than there are.
    held
        Sites that the plan must hold, fewer than `posts`.
    target
        Stop once the bound is no more than this; it also sets the length of steps.
    rounds
        The most steps to make.
    step
        How long the first steps are, about 1 when nothing is known, less near the best prices.
    deadline
        A time of `time.perf_counter`; one bound is computed even when it has passed.

    References
    ----------
    .. [1] Barahona, F. and Anbil, R. (2000). The volume algorithm: producing primal solutions with
       a subgradient method. Mathematical Programming 87, 385-399.
    """
    from . import _kernels

    groups, sites = benefit.groups, benefit.sites.size
    credit, times = np.empty(sites), np.empty(groups)
    _kernels.sum_above(*benefit.rows, price, credit)
    # prices of groups and of quotas are one list, each with a scale for its steps; no `@` here:
    # it may run on threads, and then sums would depend on how many
    best = point = np.concatenate([price, quota_price])
    given = np.concatenate([np.ones(groups), quotas.limits])
    most = np.concatenate([benefit.most, np.full(quota_price.size, np.inf)])
    scale = np.concatenate([benefit.most, np.full(quota_price.size, credit.max())])
    mean = np.zeros(point.size)
    with_site, without_site = np.full((2, sites), np.inf)
    share, weight = np.zeros(sites), 1.0
    upper = judged = np.inf
    last_counts, in_vain = LARGEST_SHARE_OF_LAST, 0
    for done in range(1, rounds + 1):
        _kernels.sum_above(*benefit.rows, point[:groups], credit)
        if quota_price.size:
            credit -= np.einsum("q,qs->s", point[groups:], quotas.counts)
        chosen, last, following = _largest(credit, posts, held)
        here = float((point * given).sum() + credit[chosen].sum())
        short = np.where(held, 0.0, np.maximum(last - credit, 0.0))
        np.minimum(with_site, here - short, out=with_site)
        freely = chosen[~held[chosen]]
        without_site[freely] = np.minimum(without_site[freely], here - credit[freely] + following)
        _kernels.count_above(*benefit.columns, chosen, point, times)
        slope = given.copy()
        slope[:groups] -= times
        slope[groups:] -= quotas.counts[:, chosen].sum(axis=1)
        straight = float((scale * mean * slope).sum())
        if done > 1:
            weight = _weight_of_last(mean, slope, scale, straight, last_counts)
        mean += weight * (slope - mean)
        share *= 1.0 - weight
        share[chosen] += weight
        if here < upper:
            upper, best, in_vain = here, point, 0
            step = min(LONGEST_STEP, step * STEP_GROWTH) if straight > 0 else step
        else:
            in_vain += 1
        if in_vain > PATIENCE:
            step, in_vain = step * STEP_CUT, 0
        if done % ROUNDS_TO_JUDGE == 0:
            if upper > judged - SLOW_PROGRESS * abs(judged):
                last_counts = max(last_counts / 2, SMALLEST_SHARE_OF_LAST)
            judged = upper
        if upper <= target or step < SHORTEST_STEP or now_s() > deadline:
            break
        leads = mean.copy()
        leads[((best <= 0) & (mean > 0)) | ((best >= most) & (mean < 0))] = 0.0
        leads *= scale
        length = float((leads * mean).sum())
        if length <= 0:
            break
        point = np.clip(best - step * (upper - target) / length * leads, 0.0, most)
    return Bound(upper, with_site, without_site, best[:groups], best[groups:], share, step)


def _largest(credit: Floats, posts: int, held: Bools) -> tuple[Ints, float, float]:
    """Choose the held sites and the most credited others; also what the last and the next have."""
    free = np.where(held, np.inf, credit)
    order = np.argpartition(-free, posts)[: posts + 1]
    order = order[np.lexsort((order, -free[order]))]
    return order[:posts], float(free[order[posts - 1]]), float(free[order[posts]])


def _weight_of_last(
    mean: Floats, slope: Floats, scale: Floats, both: float, largest: float
) -> float:
    """Weigh the last slope so that the new mean is short; `both` is their inner product."""
    old, new = float((scale * mean * mean).sum()), float((scale * slope * slope).sum())
    apart = old + new - 2 * both
    best = (old - both) / apart if apart > 0 else largest
    return min(max(best, largest / 10), largest)
