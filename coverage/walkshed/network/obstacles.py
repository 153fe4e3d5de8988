"""Fords, stiles and narrow gates that are mapped as nodes: the metre of way that they stand on.

Who cannot pass one may still come up to it from either side, so it takes away no more of the way
than half a metre before it and half a metre behind.
"""

import numpy as np
import pandas as pd

from .runs import Runs

HALF_M = 0.5
"""How far before and behind its node an obstacle reaches; a third of the way to the next node
where that is less."""


def with_obstacles(ways: pd.DataFrame, runs: Runs, kinds: pd.Series) -> tuple[pd.DataFrame, Runs]:
    """Cut the obstacles out of their ways, as pieces of a kind of their own.

    Parameters
    ----------
    ways
        Tags of the ways, with the columns of `walk_rules`.
    runs
        All ways.
    kinds
        Kind of each obstacle, index = OSM id of its node.

    Returns
    -------
    tuple
        The ways with a row for each piece, and the runs, each piece a chain. What stands on the
        outline of an area stops nobody, who walks across it.
    """
    on_line = (ways["area"] != "yes").to_numpy()
    at = np.flatnonzero(np.isin(runs.ref, kinds.index.to_numpy()) & on_line[runs.way])
    if not len(at):
        return ways, runs
    row = len(ways) + np.arange(len(at))
    pieces = ways.iloc[runs.way[at]].assign(kind=kinds.reindex(runs.ref[at]).to_numpy())
    way = runs.way.copy()
    way[at] = row
    behind, before = ~runs.ends[at], ~runs.begins[at]  # has a neighbour there
    first = np.concatenate([at[behind], at[before] - 1])
    step_m = runs.along_m[first + 1] - runs.along_m[first]
    is_behind = np.arange(len(first)) < behind.sum()
    half_m = np.minimum(HALF_M, step_m / 3)
    places = runs.place(first, first + 1, np.where(is_behind, half_m, step_m - half_m))
    # each cut is two vertices of one id: the last of one chain, the first of the next
    index = np.repeat(first + 1, 2)
    old = runs.way[first]
    cut = np.concatenate([row[behind], row[before]])
    sides = np.column_stack([np.where(is_behind, cut, old), np.where(is_behind, old, cut)])
    cut_runs = Runs(
        begins=np.insert(runs.begins, index, np.tile([False, True], len(first))),
        way=np.insert(way, index, sides.ravel()),
        ref=np.insert(runs.ref, index, np.repeat(runs.new_refs(len(first)), 2)),
        xy=np.insert(runs.xy, index, np.repeat(places.xy, 2, axis=0), axis=0),
    )
    return pd.concat([ways, pieces], ignore_index=True), cut_runs
