"""What no plan can pass: a Lagrangian bound, and what it tells about each site."""

import time
from dataclasses import dataclass

import numpy as np

from .benefit import Benefit, Bools, Floats, Ints

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

    most = benefit.most
    point, quota_point = price, quota_price
    upper, judged = np.inf, np.inf
    with_site, without_site = np.full((2, benefit.sites.size), np.inf)
    share = np.zeros(benefit.sites.size)
    mean = quota_mean = np.empty(0)
    credit, times = np.empty(benefit.sites.size), np.empty(benefit.groups)
    quota_scale = 1.0
    last_counts, in_vain = LARGEST_SHARE_OF_LAST, 0
    for done in range(1, rounds + 1):
        _kernels.credits(*benefit.rows, point, credit)
        quota_scale = quota_scale if done > 1 else float(credit.max())
        credit -= quota_point @ quotas.counts
        chosen, last, following = _largest(credit, posts, held)
        here = float(point.sum() + quota_point @ quotas.limits + credit[chosen].sum())
        short = np.where(held, 0.0, np.maximum(last - credit, 0.0))
        np.minimum(with_site, here - short, out=with_site)
        freely = chosen[~held[chosen]]
        without = here - credit[freely] + following
        without_site[freely] = np.minimum(without_site[freely], without)
        _kernels.count_above(*benefit.columns, chosen, point, times)
        slope, quota_slope = 1.0 - times, quotas.limits - quotas.counts[:, chosen].sum(axis=1)
        if done == 1:
            mean, quota_mean = slope, quota_slope
            share[chosen] = 1.0
            upper = here
        else:
            straight, counts = _weight_of_last(
                mean, slope, most, quota_mean, quota_slope, quota_scale, last_counts
            )
            mean = mean + counts * (slope - mean)
            quota_mean = quota_mean + counts * (quota_slope - quota_mean)
            share *= 1.0 - counts
            share[chosen] += counts
            if here < upper:
                upper, price, quota_price, in_vain = here, point, quota_point, 0
                step = min(LONGEST_STEP, step * STEP_GROWTH) if straight else step
            else:
                in_vain += 1
        if in_vain > PATIENCE:
            step, in_vain = step * STEP_CUT, 0
        if done % ROUNDS_TO_JUDGE == 0:
            if upper > judged - SLOW_PROGRESS * abs(judged):
                last_counts = max(last_counts / 2, SMALLEST_SHARE_OF_LAST)
            judged = upper
        if upper <= target or step < SHORTEST_STEP or time.perf_counter() > deadline:
            break
        is_free = ~(((price <= 0) & (mean > 0)) | ((price >= most) & (mean < 0)))
        quota_is_free = (quota_price > 0) | (quota_mean < 0)
        length = float((most * mean**2 * is_free).sum())
        length += float(quota_scale * (quota_mean**2 * quota_is_free).sum())
        if length <= 0:
            break
        stride = step * (upper - target) / length
        point = np.clip(price - stride * most * mean, 0.0, most)
        quota_point = np.maximum(quota_price - stride * quota_scale * quota_mean, 0.0)
    return Bound(upper, with_site, without_site, price, quota_price, share, step)


def _largest(credit: Floats, posts: int, held: Bools) -> tuple[Ints, float, float]:
    """Choose the held sites and the most credited others; also what the last and the next have."""
    free = np.where(held, np.inf, credit)
    order = np.argpartition(-free, posts)[: posts + 1]
    order = order[np.lexsort((order, -free[order]))]
    return order[:posts], float(free[order[posts - 1]]), float(free[order[posts]])


def _weight_of_last(
    mean: Floats,
    slope: Floats,
    most: Floats,
    quota_mean: Floats,
    quota_slope: Floats,
    quota_scale: float,
    largest: float,
) -> tuple[bool, float]:
    """Weigh the last slope so that the new mean is short; also whether it points the same way."""
    both = float((most * mean * slope).sum() + quota_scale * (quota_mean * quota_slope).sum())
    old = float((most * mean**2).sum() + quota_scale * (quota_mean**2).sum())
    new = float((most * slope**2).sum() + quota_scale * (quota_slope**2).sum())
    apart = old + new - 2 * both
    best = (old - both) / apart if apart > 0 else largest
    return both >= 0, float(np.clip(best, largest / 10, largest))
