"""The peers, each behind one small function; one that is not installed is skipped by name."""

import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from pyproj import Transformer

from .city import CUTOFF_MIN, SPEED_KMH, City

OPTIONAL = ("pandana", "iduedu", "valhalla")


def missing() -> dict[str, str]:
    """Peers that are not here, and why."""
    why = {
        "pandana": "not installed (AGPL: found if present, never a dependency)",
        "iduedu": "not installed",
        "valhalla": "not installed; pyvalhalla has no wheel for Python 3.11, run under 3.12",
    }
    return {name: why[name] for name in OPTIONAL if find_spec(name) is None}


def pandana_network(city: City) -> Any:
    """The city's network in pandana, weighted in seconds."""
    import pandana
    import pandas as pd

    network = city.network
    x, y = (pd.Series(column) for column in network.node_xy.T)
    ends = (pd.Series(nodes) for nodes in (network.edge_u, network.edge_v))
    weights = pd.DataFrame({"walk_s": _both_ways_s(city)})
    return pandana.Network(x, y, *ends, weights, twoway=True)


def iduedu_graph(city: City) -> Any:
    """The city's network in iduedu."""
    import iduedu

    from walkshed.network.bridges import to_geodataframes

    nodes, edges = to_geodataframes(city.network)
    nodes.index = range(len(nodes))
    table = edges[["geometry"]].reset_index(drop=True)
    table["u"], table["v"] = city.network.edge_u, city.network.edge_v
    table["k"] = table.groupby(["u", "v"]).cumcount()
    table["length_meter"] = city.network.edge_length_m
    table["time_min"] = _both_ways_s(city) / 60
    return iduedu.UrbanGraph(nodes, table, is_multigraph=True, is_directed=False, crs=nodes.crs)


def _both_ways_s(city: City) -> np.ndarray:
    """Seconds for peers that know no direction: an escalator is walked against, too."""
    return np.minimum(city.network.edge_forward_s, city.network.edge_backward_s)


Isochrone = Callable[[shapely.Point, float], shapely.Geometry]


@contextmanager
def valhalla_isochrones(extract: Path, crs: str) -> Iterator[Isochrone]:
    """Valhalla's pedestrian isochrones of an extract, in metres; tiles go to a passing folder."""
    import valhalla

    to_lonlat = Transformer.from_crs(crs, 4326, always_xy=True)
    to_metres = Transformer.from_crs(4326, crs, always_xy=True)
    with tempfile.TemporaryDirectory() as folder:
        config = _valhalla_tiles(extract, Path(folder))
        actor = valhalla.Actor(str(config))

        def isochrone(point: shapely.Point, metres: float) -> shapely.Geometry:
            lon, lat = to_lonlat.transform(point.x, point.y)
            request = {
                "locations": [{"lat": lat, "lon": lon}],
                "costing": "pedestrian",
                "costing_options": {"pedestrian": {"walking_speed": SPEED_KMH}},
                "contours": [{"time": metres / (SPEED_KMH * 1000 / 60)}],
                "polygons": True,
            }
            found = [
                shapely.geometry.shape(feature["geometry"])
                for feature in actor.isochrone(request)["features"]
            ]
            area = shapely.make_valid(shapely.union_all(found))
            return shapely.transform(area, lambda xy: np.column_stack(to_metres.transform(*xy.T)))

        yield isochrone


def _valhalla_tiles(extract: Path, folder: Path) -> Path:
    import json

    import valhalla

    tiles = folder / "tiles"
    tiles.mkdir()
    config = valhalla.get_config(tile_extract="", tile_dir=str(tiles))
    config["mjolnir"]["concurrency"] = 1
    config["service_limits"]["isochrone"]["max_time_contour"] = int(CUTOFF_MIN * 4)
    path = folder / "valhalla.json"
    path.write_text(json.dumps(config))
    builder = Path(valhalla.PYVALHALLA_DIR) / "bin" / "valhalla_build_tiles"
    subprocess.run([builder, "-c", path, extract], check=True, capture_output=True)
    return path
