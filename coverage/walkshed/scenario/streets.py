"""Apply the edits of streets to a network, and carry old positions over to the new one.

What each edit does, and where things join, stands in `street_edits`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from ..errors import TableError
from ..network import WalkNetwork
from ..network.graph import FloatArray, IntArray
from ..network.pedestrian import PedestrianRules, pedestrian_rules
from .assemble import SecondsOf, assemble
from .features import told
from .geojson import Scenario
from .pieces import EXACT_M, Pieces
from .street_edits import DO, JOIN_MAX_M, Rules


@dataclass(frozen=True, eq=False)
class ChangedNetwork:
    """A network with a scenario applied, and how it came from the old one.

    Attributes
    ----------
    network
        The new network.
    old_edge, from_m
        Edge `i` is old edge `old_edge[i]` from `from_m[i]` metres on; -1 for a new street.
    edit
        Number of the feature that drew each edge; 0 for old edges.
    """

    network: WalkNetwork
    old_edge: IntArray
    from_m: FloatArray
    edit: IntArray

    def __repr__(self) -> str:
        new_m = self.network.edge_length_m[self.old_edge < 0].sum()
        return f"ChangedNetwork({self.network!r}, {new_m:.0f} m of it new)"

    def move_positions(self, positions: pd.DataFrame) -> pd.DataFrame:
        """Give where positions on the old network lie on the new one.

        Parameters
        ----------
        positions
            Columns `edge`, `offset_m`, `access_m`, and `status` if there is one, as `snap`
            gives them for the old network; other columns are kept.

        Returns
        -------
        DataFrame
            The same rows on the new edges; `access_m` stays. A position on a closed street is no
            longer snapped: `edge` -1, `access_m` infinite, `status` "street_closed". At a cut the
            part before it is taken.

        Examples
        --------
        A gate is closed in the middle of a street of 400 m. A door 300 m from its beginning is
        100 m from the beginning of the second half now:

        >>> import geopandas as gpd
        >>> import networkx as nx
        >>> from walkshed.scenario import scenario_of
        >>> graph = nx.Graph([(1, 2)], crs="EPSG:32642")
        >>> nx.set_node_attributes(graph, {1: {"x": 0, "y": 0}, 2: {"x": 400, "y": 0}})
        >>> street = WalkNetwork.from_networkx(graph)
        >>> gate = gpd.GeoDataFrame({"action": ["close"]}, geometry=[shapely.Point(200, 0)])
        >>> closed = scenario_of(gate.set_crs(street.crs))
        >>> changed = apply_to_network(street, closed, speed_kmh=4.8, steps_speed_kmh=2.4)
        >>> door = pd.DataFrame({"edge": [0], "offset_m": [300.0], "access_m": [10.0]})
        >>> changed.move_positions(door).round(6)
           edge  offset_m  access_m
        0     1     100.0      10.0
        """
        edge = positions["edge"].to_numpy(np.int64)
        offset_m = positions["offset_m"].to_numpy(float)
        snapped = np.flatnonzero(edge >= 0)
        wanted = pd.DataFrame({"old_edge": edge[snapped], "row": snapped})
        parts = pd.DataFrame({"old_edge": self.old_edge, "new": np.arange(len(self.old_edge))})
        pairs = wanted.merge(parts[self.old_edge >= 0], on="old_edge")
        row, new = pairs["row"].to_numpy(), pairs["new"].to_numpy()
        length_m = self.network.edge_length_m[new]
        at_m = offset_m[row] - self.from_m[new]
        inside_m = np.clip(at_m, 0.0, length_m)
        # The offset of the last vertex may exceed an edge's length by rounding.
        off_m = np.abs(at_m - inside_m)
        order = np.lexsort([self.from_m[new], off_m > 0, row])
        order = order[off_m[order] <= EXACT_M]
        order = order[np.diff(row[order], prepend=-1) != 0]
        closed = np.setdiff1d(snapped, row[order])
        changes: dict[str, npt.NDArray[Any]] = {
            "edge": _with(edge, closed, -1, row[order], new[order]),
            "offset_m": _with(offset_m, closed, np.nan, row[order], inside_m[order]),
            "access_m": _with(positions["access_m"].to_numpy(float), closed, np.inf),
        }
        if "status" in positions:
            status = positions["status"].to_numpy(object)
            changes["status"] = _with(status, closed, "street_closed")
        return positions.assign(**changes)


def apply_to_network(
    network: WalkNetwork,
    scenario: Scenario,
    *,
    speed_kmh: float,
    steps_speed_kmh: float,
    seconds_of: SecondsOf | None = None,
    join_max_m: float = JOIN_MAX_M,
    barriers: Sequence[shapely.Geometry] | npt.NDArray[np.object_] = (),
    closings: bool = True,
    pedestrian: PedestrianRules | None = None,
) -> ChangedNetwork:
    """Apply a scenario's edits of streets, in order, to a network; edits of posts are passed over.

    Parameters
    ----------
    network
        The old network; it stays as it is.
    scenario
        What `read_scenario` returns.
    speed_kmh, steps_speed_kmh
        Walking speed along new streets and new steps.
    seconds_of
        Seconds both ways along the edges of a network that holds the new streets alone, instead
        of the two speeds: `profile_seconds` of a walking profile, say. A street that takes for
        ever both ways is left out.
    join_max_m
        Longest leg to a street or a gate; exactly this long still counts.
    barriers
        Lines that no leg to a street crosses, see `barrier_lines`.
    closings
        False leaves open all that the scenario closes and changes nothing else: no walk is longer
        than in the whole scenario.
    pedestrian
        What a walker meets on new streets, what `pedestrian_rules` returns; the standard table
        when left out.

    Returns
    -------
    ChangedNetwork
        Split edges keep shape, and seconds in proportion. Old edges keep their order, and their
        numbers as long as none is closed as a whole. `edge_way_id` of a new street is the
        number of its feature, negative.

    Raises
    ------
    TableError
        With the numbers of all features that cannot be applied.

    Examples
    --------
    Two streets of 400 m, 80 m apart and joined in the west only. A footbridge of 80 m joins
    their eastern ends: 1 minute at 4.8 km/h, instead of (400 + 80 + 400) / 80 = 11:

    >>> import geopandas as gpd
    >>> import networkx as nx
    >>> from walkshed.scenario import scenario_of
    >>> graph = nx.Graph([(1, 2), (2, 3), (3, 4)], crs="EPSG:32642")
    >>> xy = {1: (400, 0), 2: (0, 0), 3: (0, 80), 4: (400, 80)}
    >>> nx.set_node_attributes(graph, {node: {"x": x, "y": y} for node, (x, y) in xy.items()})
    >>> town = WalkNetwork.from_networkx(graph)
    >>> bridge = {"action": ["add_street"], "bridge": [True], "reason": ["the way round is long"]}
    >>> line = shapely.LineString([(400, 0), (400, 80)])
    >>> scenario = scenario_of(gpd.GeoDataFrame(bridge, geometry=[line], crs=town.crs))
    >>> changed = apply_to_network(town, scenario, speed_kmh=4.8, steps_speed_kmh=2.4)
    >>> changed
    ChangedNetwork(WalkNetwork(4 nodes, 4 edges, 1 km, EPSG:32642), 80 m of it new)
    >>> changed.network.edge_forward_s.round(3).tolist()
    [300.0, 60.0, 300.0, 60.0]
    >>> changed.edit.tolist()
    [0, 0, 0, 1]
    """
    rules = Rules(join_max_m, shapely.STRtree(list(barriers)), pedestrian or pedestrian_rules())
    pieces = Pieces(network)
    edits = scenario.edits[scenario.edits["action"].isin(["add_street", "close", "open"])]
    metric = edits.geometry.to_crs(network.crs)
    problems = []
    for (number, edit), shape in zip(edits.iterrows(), metric, strict=True):
        do = DO[edit["action"], shape.geom_type]
        if np.isfinite(shapely.get_coordinates(shape)).all():
            problem = do(pieces, edit, shape, rules)
        else:
            problem = "far outside the city; check the coordinates"
        problems += [(problem, int(number))] if problem else []
    if problems:
        raise TableError(told(scenario.name, problems))
    seconds_of = seconds_of or _at_speeds(speed_kmh, steps_speed_kmh)
    put = assemble(pieces, seconds_of=seconds_of, closings=closings)
    is_old = put.strand < network.n_edges
    drawn = np.array([0, *(street.edit for street in pieces.streets)], dtype=np.int64)
    return ChangedNetwork(
        network=put.network,
        old_edge=np.where(is_old, put.strand, -1),
        from_m=put.from_m,
        edit=drawn[np.where(is_old, 0, put.strand - network.n_edges + 1)],
    )


def _at_speeds(speed_kmh: float, steps_speed_kmh: float) -> SecondsOf:
    def seconds_of(streets: WalkNetwork) -> tuple[FloatArray, FloatArray]:
        kmh = np.where(streets.edge_kind == "steps", steps_speed_kmh, speed_kmh)
        seconds = streets.edge_length_m / (kmh / 3.6)
        return seconds, seconds

    return seconds_of


def _with(
    values: npt.NDArray[Any],
    closed: IntArray,
    blank: Any,
    row: IntArray | None = None,
    new: npt.NDArray[Any] | None = None,
) -> npt.NDArray[Any]:
    """Copy values, with those of closed rows blank and some replaced."""
    copy = values.copy()
    copy[closed] = blank
    if row is not None:
        copy[row] = new
    return copy
