"""A network small enough to check by hand: one straight street."""

from .bridges import from_networkx
from .graph import WalkNetwork


def one_street(length_m: float, *, crs: str = "EPSG:32642") -> WalkNetwork:
    """One straight street from (0, 0) to the east, walked at the speed of an adult.

    Examples
    --------
    >>> street = one_street(800)
    >>> street.edge_length_m.tolist(), street.edge_forward_s.round(3).tolist()
    ([800.0], [600.0])
    """
    import networkx as nx

    graph: nx.MultiGraph[int] = nx.MultiGraph(crs=crs)
    graph.add_node(1, x=0.0, y=0.0)
    graph.add_node(2, x=length_m, y=0.0)
    graph.add_edge(1, 2)
    return from_networkx(graph)
