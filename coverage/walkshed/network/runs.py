"""`Runs`: the walkable ways as chains of vertices, before they are cut into edges.

Whatever changes who may walk where (closed gates, squares, sidewalks, private yards) is done here,
by adding chains and vertices; edges are cut only once all is said.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely
from pyproj import Transformer

from .graph import FloatArray, IntArray

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Runs:
    """Chains of vertices, one after the other.

    Attributes
    ----------
    begins
        Whether a chain begins with this vertex.
    way
        Row of the table of ways that each vertex belongs to.
    ref
        OSM id of each vertex; chains that share one join there. Ids below all of the data's are
        of vertices that are not in the data.
    xy
        Coordinates (n, 2) in metres.
    """

    begins: Flags
    way: IntArray
    ref: IntArray
    xy: FloatArray

    @property
    def ends(self) -> Flags:
        """Whether a chain ends with this vertex."""
        return np.append(self.begins[1:], True)

    @cached_property
    def number(self) -> IntArray:
        """Number of the chain of each vertex."""
        return np.cumsum(self.begins) - 1

    @cached_property
    def vertex(self) -> IntArray:
        """The vertices numbered from 0, the same number for the same id."""
        return pd.factorize(self.ref)[0].astype(np.int64, copy=False)

    @cached_property
    def along_m(self) -> FloatArray:
        """Metres walked from the first chain's begin to each vertex; gaps count nothing."""
        step = np.hypot(*np.diff(self.xy, axis=0, prepend=self.xy[:1]).T)
        return np.cumsum(np.where(self.begins, 0.0, step))

    def lines(self, chains: IntArray) -> npt.NDArray[np.object_]:
        """Some chains, by their growing numbers, as LineStrings."""
        row = np.full(int(self.number[-1]) + 1, -1)
        row[chains] = np.arange(len(chains))
        wanted = row[self.number]
        lines: npt.NDArray[np.object_] = shapely.linestrings(
            self.xy[wanted >= 0], indices=wanted[wanted >= 0]
        )
        return lines

    @cached_property
    def chains_at(self) -> IntArray:
        """How many different chains meet at each vertex."""
        chains = self.number[-1] + 1
        visits = pd.unique(self.vertex * chains + self.number)
        count: IntArray = np.bincount(visits // chains)[self.vertex]
        return count

    def new_refs(self, count: int) -> IntArray:
        """Ids that no vertex has yet."""
        return min(int(self.ref.min()), 0) - 1 - np.arange(count)

    def cut(self) -> tuple[IntArray, IntArray]:
        """Cut chains at ends and junctions: first and last vertex of each edge."""
        nodes = np.flatnonzero(
            (np.bincount(self.vertex) > 1)[self.vertex] | self.begins | self.ends
        )
        together = ~self.begins[nodes[1:]]
        return nodes[:-1][together], nodes[1:][together]

    def place(self, first: IntArray, last: IntArray, offset_m: FloatArray) -> "Places":
        """Find the places `offset_m` after the vertices `first`, before the vertices `last`."""
        at_m = self.along_m[first] + offset_m
        before = np.searchsorted(self.along_m, at_m, side="right") - 1
        before = np.clip(before, first, last - 1)
        step_m = self.along_m[before + 1] - self.along_m[before]
        part = (at_m - self.along_m[before]) / np.where(step_m > 0, step_m, 1.0)
        part = np.clip(part, 0.0, 1.0)[:, None]
        return Places(before, at_m, (1 - part) * self.xy[before] + part * self.xy[before + 1])

    def inserted(self, places: "Places", ref: IntArray) -> "Runs":
        """Insert vertices at places."""
        order = np.lexsort([places.at_m, places.before])
        at = places.before[order] + 1
        return Runs(
            begins=np.insert(self.begins, at, False),
            way=np.insert(self.way, at, self.way[at - 1]),
            ref=np.insert(self.ref, at, ref[order]),
            xy=np.insert(self.xy, at, places.xy[order], axis=0),
        )

    def severed(self, places: "Places", *, dropped: Flags) -> "Runs":
        """Cut chains apart at places, so that nobody passes there, and drop vertices.

        The dropped ones are those of whole chains.
        """
        order = np.lexsort([places.at_m, places.before])
        at = np.repeat(places.before[order] + 1, 2)
        kept = np.insert(~dropped, at, True)
        begins = np.insert(self.begins, at, np.tile([False, True], len(order)))
        xy = np.insert(self.xy, at, np.repeat(places.xy[order], 2, axis=0), axis=0)
        return Runs(
            begins=begins[kept],
            way=np.insert(self.way, at, self.way[at - 1])[kept],
            ref=np.insert(self.ref, at, self.new_refs(len(at)))[kept],
            xy=xy[kept],
        )

    def joined(self, chains: Iterable[tuple[int, IntArray, FloatArray]]) -> "Runs":
        """Add chains of (way, refs, coordinates)."""
        listed = list(chains)
        if not listed:
            return self
        ways, refs, xys = zip(*listed, strict=True)
        size = np.array([len(ref) for ref in refs])
        begins = np.zeros(size.sum(), dtype=bool)
        begins[np.cumsum(size) - size] = True
        added = Runs(begins, np.repeat(ways, size), np.concatenate(refs), np.concatenate(xys))
        return self.followed_by(added)

    def followed_by(self, other: "Runs") -> "Runs":
        """Add the chains of other runs."""
        return Runs(
            begins=np.concatenate([self.begins, other.begins]),
            way=np.concatenate([self.way, other.way]),
            ref=np.concatenate([self.ref, other.ref]),
            xy=np.concatenate([self.xy, other.xy]),
        )


@dataclass(frozen=True)
class Places:
    """Places along runs: the vertex before each, its measure in `along_m`, its coordinates."""

    before: IntArray
    at_m: FloatArray
    xy: FloatArray

    def __getitem__(self, which: Flags) -> "Places":
        """Some of the places."""
        return Places(self.before[which], self.at_m[which], self.xy[which])


def project(lonlat: FloatArray, crs: str) -> FloatArray:
    """Turn degrees into coordinates of a CRS."""
    to_metres = Transformer.from_crs("EPSG:4326", crs, always_xy=True)
    return np.column_stack(to_metres.transform(lonlat[:, 0], lonlat[:, 1]))
