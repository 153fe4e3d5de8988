r"""Inspectors for each resident within a walk: two-step and three-step floating catchments.

In: walking times of doors and posts, residents of each door, inspectors of each post. Out: one
number a door, inspectors per resident. All of them share what the inspectors of a post give among
the residents who would walk to it, and add up for each door what its posts give:

.. math:: R_j = \frac{S_j}{\sum_k P_k w_{kj}}, \quad A_i = \sum_j R_j w_{ij}

with inspectors S, residents P and weights w of a walk. They differ in the weights alone: 1 within
the cutoff (2SFCA), falling with the minutes (E2SFCA), or falling and parted among the posts that
one could walk to (3SFCA). Whatever the weights, residents times their scores add up to the
inspectors of all posts that somebody can walk to: nobody is served twice.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import scipy.sparse as sp

from ..errors import InputError, one_message
from ..travel_times import TravelTimes, within

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]
Weight = Callable[[FloatArray], FloatArray]
"""What a walk of so many minutes weighs, from 0 up."""


def step_weight(zones_min: Sequence[float], weights: Sequence[float]) -> Weight:
    """Weigh walks by zones; exactly at the end of a zone is in it, beyond the last weighs 0.

    Examples
    --------
    >>> step_weight([5, 10], [1.0, 0.5])(np.array([0.0, 5.0, 7.0, 10.0, 11.0])).tolist()
    [1.0, 1.0, 0.5, 0.5, 0.0]
    """

    def weight(minutes: FloatArray) -> FloatArray:
        conditions = [within(minutes, zone) for zone in zones_min]
        return np.select(conditions, list(weights), default=0.0)

    return weight


def two_step_fca(
    times: TravelTimes, residents: pd.Series, inspectors: pd.Series, *, cutoff_min: float
) -> pd.Series:
    """Inspectors per resident by the two-step floating catchment area, 2SFCA [1]_.

    Parameters
    ----------
    times
        Walks of doors and posts, known at least as far as the cutoff; positions of the same post
        are one, the nearest counts.
    residents
        Of each door, indexed as the doors of `times`.
    inspectors
        Of each post of `times`, all of them known, 0 if there are none.
    cutoff_min
        Longest walk that counts; exactly at it counts.

    Returns
    -------
    Series
        Index of `times.door_ids`; 0 where no post is within the cutoff. A post that only empty
        doors reach gives nothing to anybody.

    Raises
    ------
    InputError
        Inspectors of a post are not known (to count them as none would be wrong), or times are
        not known far enough.

    References
    ----------
    .. [1] Luo, W. and Wang, F. (2003). Measures of spatial accessibility to health care in a GIS
       environment. Environment and Planning B 30, 865-884.

    Examples
    --------
    A post of 2 inspectors that 400 residents can walk to; the 100 of the second door can walk to
    another one too, which has 1 inspector for them alone:

    >>> seconds = sp.csc_array([[60.0, 0.0], [120.0, 60.0]])
    >>> times = TravelTimes(seconds, pd.Index(["a", "b"]), pd.Index(["P", "Q"]), 10)
    >>> people, staff = pd.Series([300, 100], ["a", "b"]), pd.Series([2, 1], ["P", "Q"])
    >>> two_step_fca(times, people, staff, cutoff_min=10).to_dict()
    {'a': 0.005, 'b': 0.015}
    """
    return _shared(times, residents, inspectors, _weights(times, _all_alike, cutoff_min))


def enhanced_two_step_fca(
    times: TravelTimes,
    residents: pd.Series,
    inspectors: pd.Series,
    *,
    weight: Weight,
    cutoff_min: float,
) -> pd.Series:
    """Inspectors per resident by the enhanced two-step floating catchment area, E2SFCA [1]_.

    As `two_step_fca`, with each walk weighted by its minutes in both steps.

    Parameters
    ----------
    weight
        What a walk weighs, such as `step_weight` gives.

    References
    ----------
    .. [1] Luo, W. and Qi, Y. (2009). An enhanced two-step floating catchment area (E2SFCA) method
       for measuring spatial accessibility to primary care physicians. Health & Place 15,
       1100-1107.

    Examples
    --------
    300 residents near and 100 farther off, who weigh half: 2 inspectors for 300 + 50.

    >>> times = TravelTimes(
    ...     sp.csc_array([[60.0], [480.0]]), pd.Index(["a", "b"]), pd.Index(["P"]), 10
    ... )
    >>> people, staff = pd.Series([300, 100], ["a", "b"]), pd.Series([2], ["P"])
    >>> by_zone = step_weight([5, 10], [1.0, 0.5])
    >>> found = enhanced_two_step_fca(times, people, staff, weight=by_zone, cutoff_min=10)
    >>> (found * 350).round(9).to_dict()
    {'a': 2.0, 'b': 1.0}
    """
    return _shared(times, residents, inspectors, _weights(times, weight, cutoff_min))


def three_step_fca(
    times: TravelTimes,
    residents: pd.Series,
    inspectors: pd.Series,
    *,
    weight: Weight,
    cutoff_min: float,
) -> pd.Series:
    r"""Inspectors per resident by the three-step floating catchment area, 3SFCA [1]_.

    Who can walk to several posts asks less of each: the first step gives every walk the share
    :math:`G_{ij} = w_{ij} / \sum_k w_{ik}` of its door, and :math:`G_{ij} w_{ij}` takes the place
    of the weight in the other two. With one post in reach it is `enhanced_two_step_fca`.

    Parameters
    ----------
    weight
        What a walk weighs, such as `step_weight` gives.

    References
    ----------
    .. [1] Wan, N., Zou, B. and Sternberg, T. (2012). A three-step floating catchment area method
       for analyzing spatial access to health services. International Journal of Geographical
       Information Science 26, 1073-1089.

    Examples
    --------
    The 100 residents of b could walk to both posts and count half at each: P serves 300 + 50.

    >>> seconds = sp.csc_array([[60.0, 0.0], [60.0, 60.0]])
    >>> seconds.eliminate_zeros()
    >>> times = TravelTimes(seconds, pd.Index(["a", "b"]), pd.Index(["P", "Q"]), 10)
    >>> people, staff = pd.Series([300, 100], ["a", "b"]), pd.Series([7, 1], ["P", "Q"])
    >>> found = three_step_fca(times, people, staff, weight=step_weight([10], [1]), cutoff_min=10)
    >>> found.round(9).to_dict()
    {'a': 0.02, 'b': 0.02}
    """
    weights = _weights(times, weight, cutoff_min)
    of_door = np.asarray(weights.sum(axis=1)).ravel()
    parted = np.divide(1.0, of_door, out=np.zeros(len(of_door)), where=of_door > 0)
    squared = sp.csr_array((weights.data**2, weights.indices, weights.indptr), weights.shape)
    return _shared(times, residents, inspectors, sp.csr_array(sp.diags_array(parted) @ squared))


def mean_by_zone(scores: pd.DataFrame, residents: pd.Series, zone: pd.Series) -> pd.DataFrame:
    """Mean of each score in each zone, weighted by residents; NaN where nobody lives.

    Examples
    --------
    >>> scores, residents = pd.DataFrame({"score": [1.0, 4.0]}), pd.Series([200.0, 100.0])
    >>> mean_by_zone(scores, residents, pd.Series(["A", "A"]))["score"].to_dict()
    {'A': 2.0}
    """
    zone = zone.rename("zone")
    sums = scores.mul(residents, axis=0).groupby(zone, sort=True).sum(min_count=1)
    people = residents.groupby(zone, sort=True).sum()
    return sums.div(people.where(people > 0), axis=0)


def _all_alike(minutes: FloatArray) -> FloatArray:
    return np.ones(len(minutes))


def _weights(times: TravelTimes, weight: Weight, cutoff_min: float) -> sp.csr_array:
    """Weights of the walks within the cutoff: doors in rows, each post once."""
    if cutoff_min > times.cutoff_min:
        raise InputError(
            f"times are known up to {times.cutoff_min:g} min, not {cutoff_min:g}; search them "
            "farther, or give a shorter cutoff"
        )
    door, post, minutes, posts = _walks(times)
    kept = within(minutes, cutoff_min)
    places: Any = (door[kept], post[kept])
    shape: Any = (len(times.door_ids), posts)
    return sp.csr_array((weight(minutes[kept]), places), shape=shape, dtype=float)


def _walks(times: TravelTimes) -> tuple[IntArray, IntArray, FloatArray, int]:
    """Door, post and minutes of each walk, to the nearest position of each; how many posts."""
    walks = times.seconds.tocoo()
    door, position = (np.asarray(part, dtype=np.int64) for part in walks.coords)
    minutes = np.asarray(walks.data, dtype=np.float64) / 60
    number, ids = pd.factorize(times.facility_ids)
    post = np.asarray(number, dtype=np.int64)[position]
    if times.facility_ids.is_unique:
        return door, post, minutes, len(ids)
    order = np.lexsort([minutes, post, door])
    door, post, minutes = door[order], post[order], minutes[order]
    first = (np.diff(door, prepend=-1) != 0) | (np.diff(post, prepend=-1) != 0)
    return door[first], post[first], minutes[first], len(ids)


def _shared(
    times: TravelTimes, residents: pd.Series, inspectors: pd.Series, weights: sp.csr_array
) -> pd.Series:
    """Share the inspectors of each post among who walks there; add up what each door gets."""
    posts = pd.unique(times.facility_ids)
    supply = inspectors.reindex(posts)
    unknown = [str(post) for post in supply.index[~(supply >= 0)]]
    if unknown:
        told = [
            f"the inspectors of post `{post}` are not known; give 0 or more" for post in unknown
        ]
        raise InputError(one_message("floating catchments", told))
    people = residents.reindex(times.door_ids).to_numpy(float)
    demand = weights.T @ people
    ratio = np.divide(supply.to_numpy(float), demand, out=np.zeros(len(demand)), where=demand > 0)
    return pd.Series(weights @ ratio, index=times.door_ids, name="inspectors_per_resident")
