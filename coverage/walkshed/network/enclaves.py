"""Private yards: a way out for those who live there, never a way through.

A private way, and a street behind a gate to which only residents have the key, belongs to the
exit that is nearest along the yard's own ways. Where the yards of two exits meet the way is cut,
at the point from which both exits are equally far: so every yard hangs on the open streets by one
exit, everybody gets out, and nobody walks through. What one pays: a resident whose second nearest
exit would be the better one for where he goes walks round by the nearest.

A yard without any exit (its gate is locked to all, or the file ends there) is left out, so that
its doors find the nearest open street instead.
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components, dijkstra

from .graph import FloatArray, IntArray
from .runs import Flags, Runs

KEY_M = 1e-6
"""Length of the step through a gate, so that a sparse graph can hold it."""


@dataclass(frozen=True)
class Gates:
    """Ends of chains at gates to which residents have the key.

    `ref` is the id of each end, `gate` the number of its gate.
    """

    ref: IntArray
    gate: IntArray


@dataclass(frozen=True)
class _Graph:
    """The edges of runs, as positions in `node_ref`."""

    node_ref: IntArray
    u: IntArray
    v: IntArray
    length_m: FloatArray

    @property
    def n_nodes(self) -> int:
        return len(self.node_ref)


def without_through_traffic(
    runs: Runs, gates: Gates, *, private_way: Flags, enclave_max_m: float
) -> Runs:
    """Cut private yards so that each hangs on one exit, and let residents through their gates.

    Parameters
    ----------
    runs
        All ways, private ones among them, cut apart at every closed gate.
    gates
        The gates to which residents have the key.
    private_way
        For each row of the table of ways whether it is private.
    enclave_max_m
        Open streets that only private ways or residents' gates join to the rest are part of the
        yard up to this length in all.
    """
    if not (private_way[runs.way].any() or len(gates.ref)):
        return runs
    first, last = runs.cut()
    node, node_ref = pd.factorize(np.concatenate([runs.ref[first], runs.ref[last]]), sort=True)
    u, v = node[: len(first)], node[len(first) :]
    graph = _Graph(node_ref, u, v, runs.along_m[last] - runs.along_m[first])
    keys = np.searchsorted(node_ref, gates.ref)
    private = private_way[runs.way[first]]
    private |= _in_enclaves(graph, private, keys, enclave_max_m)
    exit_of, exit_m = _nearest_exits(graph, private, keys, gates.gate)
    cut = private & (exit_of[u] != exit_of[v])
    offset_m = (exit_m[v[cut]] + graph.length_m[cut] - exit_m[u[cut]]) / 2
    offset_m = np.clip(offset_m, 0.0, graph.length_m[cut])
    shut_in = private_way[runs.way[first]] & (exit_of[u] < 0)
    dropped = np.isin(runs.number, runs.number[first[shut_in]])
    unlocked = replace(runs, ref=_unlocked(runs.ref, gates, exit_of[keys]))
    places = runs.place(first[cut], last[cut], offset_m)
    return unlocked.severed(places, dropped=dropped)


def _in_enclaves(graph: _Graph, private: Flags, keys: IntArray, enclave_max_m: float) -> Flags:
    """Which open edges have no way out but by private ways and residents' gates."""
    shape = (graph.n_nodes, graph.n_nodes)
    u, v = graph.u[~private], graph.v[~private]
    links = sp.coo_array((np.ones(len(u)), (u, v)), shape=shape)
    count, part = connected_components(links, directed=False)
    length_m = np.bincount(part[u], weights=graph.length_m[~private], minlength=count)
    touched = np.zeros(count, dtype=bool)
    touched[part[np.concatenate([graph.u[private], graph.v[private], keys])]] = True
    enclave = touched & (length_m <= enclave_max_m)
    enclave[np.argmax(length_m)] = False
    inside: Flags = enclave[part[graph.u]] & ~private
    return inside


def _nearest_exits(
    graph: _Graph, private: Flags, keys: IntArray, gate: IntArray
) -> tuple[IntArray, FloatArray]:
    """For each node the exit of its yard, and how far that is; -1 and 0 where there is none."""
    order = np.argsort(gate, kind="stable")
    same = np.diff(gate[order]) == 0
    u = np.concatenate([graph.u[private], keys[order][:-1][same]])
    v = np.concatenate([graph.v[private], keys[order][1:][same]])
    length_m = np.concatenate([graph.length_m[private], np.zeros(same.sum())])
    is_open = np.zeros(graph.n_nodes, dtype=bool)
    is_open[graph.u[~private]] = is_open[graph.v[~private]] = True
    inside = np.unique(np.concatenate([u, v]))
    exits = inside[is_open[inside]]
    exit_of = np.full(graph.n_nodes, -1)
    exit_m = np.zeros(graph.n_nodes)
    if not len(exits):
        return exit_of, exit_m
    shortest = np.lexsort([length_m, v, u])
    u, v, length_m = u[shortest], v[shortest], np.maximum(length_m[shortest], KEY_M)
    new = (np.diff(u, prepend=-1) != 0) | (np.diff(v, prepend=-1) != 0)
    shape = (graph.n_nodes, graph.n_nodes)
    yards = sp.csr_array((length_m[new], (u[new], v[new])), shape=shape)
    distance, _, source = dijkstra(
        yards, directed=False, indices=exits, min_only=True, return_predecessors=True
    )
    reached = np.isfinite(distance)
    exit_of[reached], exit_m[reached] = source[reached], distance[reached]
    return exit_of, exit_m


def _unlocked(ref: IntArray, gates: Gates, exit_of: IntArray) -> IntArray:
    """Join the ends at a gate that belong to one exit, by giving them one id."""
    if not len(gates.ref):
        return ref
    order = np.lexsort([gates.ref, exit_of, gates.gate])
    new = np.diff(gates.gate[order], prepend=-1) != 0
    new |= np.diff(exit_of[order], prepend=-2) != 0
    shared = np.empty_like(gates.ref)
    shared[order] = gates.ref[order][new][np.cumsum(new) - 1]
    by_ref = np.argsort(gates.ref)
    at = np.clip(np.searchsorted(gates.ref[by_ref], ref), 0, len(by_ref) - 1)
    found = gates.ref[by_ref][at] == ref
    return np.where(found, shared[by_ref][at], ref)
