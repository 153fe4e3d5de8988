"""How far a batch is, and how long it will take yet."""

from collections.abc import Sequence
from statistics import mean

from .grid import BatchStudy
from .one import Record
from .run import firsts_and_rest


def left_s(studies: Sequence[BatchStudy], ended: Sequence[Record], workers: int) -> float | None:
    """Seconds that a batch will take yet, by what its studies have taken so far.

    The first studies of cities, and those that found in the cache what they share with one, are
    averaged apart: they take longer. What runs now counts as not begun, and the last study takes as
    long as one does however many workers wait for it, so that the answer is rather too long.

    Parameters
    ----------
    studies
        All of the batch.
    ended
        Records of those that ended, in this run or before.
    workers
        How many run at once.

    Returns
    -------
    float or None
        None until a study was done in this run, unless none is left.
    """
    names = {record["name"] for record in ended}
    firsts, rest = firsts_and_rest(studies)
    left = [sum(s.name not in names for s in firsts)]
    left.append(sum(s.name not in names for of in rest.values() for s in of))
    if not any(left):
        return 0.0
    is_first = {study.name for study in firsts}
    done = [record for record in ended if record["status"] == "done" and not record["before"]]
    seconds = [
        [record["seconds"] for record in done if (record["name"] in is_first) is wanted]
        for wanted in (True, False)
    ]
    known = [mean(of) if of else None for of in seconds]
    either = known[0] if known[0] is not None else known[1]
    if either is None:
        return None
    each = [either if one is None else one for one in known]
    longest = max(seconds for count, seconds in zip(left, each, strict=True) if count)
    return max(float(left[0] * each[0] + left[1] * each[1]) / workers, float(longest))
