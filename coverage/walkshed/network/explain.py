"""Tell what became of the ways of an extract: what was kept, what was dropped, and why."""

import numpy as np
import pandas as pd
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components

from ..sources.osm import Streets
from .build import Layout, lay_out, lengths_m, metric_crs
from .graph import FloatArray, IntArray
from .pedestrian import PedestrianRules, pedestrian_rules
from .runs import Runs, project

Row = tuple[str, str, int, float]

HEADINGS = {
    "kept": "ways kept",
    "kept for residents": "ways kept for residents",
    "dropped": "ways dropped",
    "gates": "barriers on the ways kept",
    "yards": "private yards, ways",
    "edges": "edges of the network, by what a walker meets",
    "file": "the file",
}
"""What is counted under each topic, where its name does not say it."""


def explain_network(
    extract: Streets, *, crs: str | None = None, rules: PedestrianRules | None = None
) -> pd.DataFrame:
    """Explain the network of an extract.

    Parameters
    ----------
    extract
        What `read_streets` or `read_osm` returns.
    crs
        Metric CRS in which lengths are measured; the one of `metric_crs` when left out.
    rules
        What `pedestrian_rules` returns; the standard ones when left out.

    Returns
    -------
    DataFrame
        Columns `topic`, `what`, `count` and `length_m` (0 where a thing has no length): ways kept
        by `highway`, ways for residents alone and ways dropped by `highway` and reason, edges by
        what a walker meets, one-ways, gates, squares, sidewalks, private yards, islands, and what
        the file itself lacked. `explanation` makes a text of it.

    Raises
    ------
    SourceError
        No way of the extract can be walked.
    """
    crs = crs or metric_crs(extract.bounds)
    layout = lay_out(extract, crs=crs, rules=rules or pedestrian_rules())
    rows = [
        *_ways(extract, layout, crs),
        *_gates(extract, layout),
        *_squares(layout),
        *_sidewalks(layout),
        *_yards(layout),
        *_edges(layout),
        ("file", "ways without two known nodes", _broken(extract), 0.0),
    ]
    return pd.DataFrame(rows, columns=["topic", "what", "count", "length_m"])


def explanation(table: pd.DataFrame) -> str:
    """Lay out what `explain_network` returns as text, lengths in kilometres.

    Examples
    --------
    >>> table = pd.DataFrame(
    ...     [("dropped", "motorway", 2, 5100.0), ("squares", "areas walked across", 1, 0.0)],
    ...     columns=["topic", "what", "count", "length_m"])
    >>> print(explanation(table))
    ways dropped
      motorway                                     2       5.1 km
    squares
      areas walked across                          1
    """
    lines: list[str] = []
    for topic, rows in table.groupby("topic", sort=False):
        lines.append(HEADINGS.get(str(topic), str(topic)))
        for what, count, length_m in rows[["what", "count", "length_m"]].to_numpy().tolist():
            length = f"{length_m / 1000:10.1f} km" if length_m else ""
            lines.append(f"  {what:<38}{count:>8}{length}")
    return "\n".join(lines)


def _ways(extract: Streets, layout: Layout, crs: str) -> list[Row]:
    """Ways kept by `highway`, those that are not open with the reason, the longest first."""
    ways = layout.ways.iloc[: len(extract.ways)]
    length_m = lengths_m(project(extract.node_lonlat, crs), extract.way_start)
    topic = ways["walk"].map({"open": "kept", "residents": "kept for residents"})
    highway, reason = ways["highway"].replace("", "pier or platform"), ways["reason"]
    says_all = (reason == "") | (reason == highway)
    table = pd.DataFrame(
        {
            "topic": topic.fillna("dropped"),
            "what": highway.where(says_all, highway + ": " + reason),
            "way": ways["way_id"],
            "length_m": length_m,
        }
    )
    order = ["kept", "kept for residents", "dropped"]
    found = table.groupby(["topic", "what"]).agg({"way": "nunique", "length_m": "sum"})
    rows: list[Row] = [tuple(row) for row in found.reset_index().to_numpy().tolist()]
    return sorted(rows, key=lambda row: (order.index(row[0]), -row[3], row[1]))


def _gates(extract: Streets, layout: Layout) -> list[Row]:
    """Barriers that stand on walkable ways, by verdict."""
    walkable = layout.ways["walk"].iloc[: len(extract.ways)].isin(["open", "residents"])
    on_ways = extract.node_ref[np.repeat(walkable.to_numpy(), np.diff(extract.way_start))]
    verdict = layout.gates[layout.gates.index.isin(on_ways)]
    names = {"open": "passed", "residents": "passed by residents alone", "closed": "closed"}
    return [("gates", names[word], int((verdict == word).sum()), 0.0) for word in names]


def _squares(layout: Layout) -> list[Row]:
    square = (layout.ways["kind"] == "square").to_numpy()
    before, after = (int(r.begins.sum()) for r in (layout.drawn, layout.with_squares))
    relations = int((layout.ways.loc[square, "way_id"] < 0).sum())
    added_m = _total_m(layout.with_squares) - _total_m(layout.drawn)
    return [
        ("squares", "areas walked across", int(square.sum()), 0.0),
        ("squares", "of these multipolygons", relations, 0.0),
        ("squares", "lines across them, new outlines", after - before, added_m),
    ]


def _sidewalks(layout: Layout) -> list[Row]:
    before, after = layout.with_squares, layout.with_step_offs
    links = int(after.begins.sum() - before.begins.sum())
    return [("sidewalks", "places to step off", links, _total_m(after) - _total_m(before))]


def _yards(layout: Layout) -> list[Row]:
    """Ways cut in private yards, and ways of yards that have no exit."""
    before, after = layout.with_step_offs, layout.runs
    lost = np.setdiff1d(before.way, after.way)
    lost_ids = layout.ways["way_id"].iloc[lost].nunique()
    new = int((after.begins & (after.ref < before.ref.min())).sum())
    lost_m = _total_m(before) - _total_m(after)
    return [
        ("yards", "cut between two exits", new, 0.0),
        ("yards", "left out for want of an exit", lost_ids, lost_m),
    ]


def _edges(layout: Layout) -> list[Row]:
    """What a walker meets, one-ways and islands."""
    runs = layout.runs
    first, last = runs.cut()
    length_m = runs.along_m[last] - runs.along_m[first]
    tags = layout.ways.iloc[runs.way[first]]
    island_m, members = _components(runs, length_m)
    largest = int(np.argmax(island_m))
    rest = np.delete(island_m, largest)
    table = pd.DataFrame({"kind": tags["kind"].to_numpy(), "length_m": length_m})
    kinds = table.groupby("kind")["length_m"].agg(["size", "sum"]).sort_values("sum")[::-1]
    one_way = (tags["way"] != "").to_numpy()
    return [
        *(("edges", kind, n, m) for kind, n, m in kinds.reset_index().to_numpy().tolist()),
        ("one-way on foot", "edges", int(one_way.sum()), float(length_m[one_way].sum())),
        ("islands", "the largest part, edges", int(members[largest]), float(island_m[largest])),
        ("islands", "parts that are cut off", len(rest), float(rest.sum())),
    ]


def _components(runs: Runs, length_m: FloatArray) -> tuple[FloatArray, IntArray]:
    """Street length and number of edges of each connected part."""
    first, last = runs.cut()
    refs, node = np.unique(np.concatenate([runs.ref[first], runs.ref[last]]), return_inverse=True)
    u, v = node[: len(first)], node[len(first) :]
    links = sp.coo_array((np.ones(len(u)), (u, v)), shape=(len(refs), len(refs)))
    count, part = connected_components(links, directed=False)
    total_m: FloatArray = np.bincount(part[u], weights=length_m, minlength=count).astype(float)
    members: IntArray = np.bincount(part[u], minlength=count).astype(np.int64)
    return total_m, members


def _total_m(runs: Runs) -> float:
    return float(runs.along_m[-1])


def _broken(extract: Streets) -> int:
    return int(extract.defects["problem"].str.startswith("street").sum())
