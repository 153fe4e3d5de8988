"""Numbers and shapes packed for the page come back as they went in."""

from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from map_town import SOUTH, WEST, at, square, town_ground, way
from walkshed.maps.ground import (
    PER_DEGREE,
    pack_geometry,
    pack_ground,
    pack_integers,
    unpack_integers,
)


@given(st.lists(st.integers(-(2**31), 2**31 - 1), max_size=50))
def test_packed_integers_come_back(values: list[int]) -> None:
    assert unpack_integers(pack_integers(values)).tolist() == values


def read_parts(shape: dict[str, Any], origin: tuple[float, float]) -> list[np.ndarray]:
    """Read a packed layer with plain loops: an independent reading of the format."""
    numbers = unpack_integers(shape["stream"]).tolist()
    features = numbers.pop(0)
    parts = [numbers.pop(0) for _ in range(features)]
    lengths = [numbers.pop(0) for _ in range(sum(parts))]
    half = len(numbers) // 2
    steps = np.array([numbers[:half], numbers[half:]]).T
    points = np.array(origin) + steps.cumsum(axis=0) / PER_DEGREE
    return np.split(points, np.cumsum(lengths)[:-1])


def test_packed_geometry_comes_back_within_a_quarter_of_a_metre() -> None:
    pond = square(2.2, 2.2, 0.6).difference(square(2.4, 2.4, 0.2))
    islands = shapely.MultiPolygon([square(0, 0), square(2, 0)])
    shapes = gpd.GeoSeries([way((0, 1), (4, 1)), pond, islands, at(1, 1)])
    packed = pack_geometry(shapes, origin=(WEST, SOUTH))
    assert packed["features"] == 4
    parts = read_parts(packed, (WEST, SOUTH))
    assert [len(part) for part in parts] == [2, 4, 4, 4, 4, 1]
    metres = np.abs(parts[0] - np.array(shapes[0].coords)) * 111_320
    assert metres.max() <= 0.25
    again = shapely.Polygon(parts[1], [parts[2]])
    assert again.area == pytest.approx(pond.area, rel=1e-3)


def test_shells_and_holes_turn_opposite_ways() -> None:
    pond = square(0, 0, 2).difference(square(0.5, 0.5, 0.5))
    shell, hole = read_parts(
        pack_geometry(gpd.GeoSeries([pond]), origin=(WEST, SOUTH)), (WEST, SOUTH)
    )
    assert shapely.is_ccw(shapely.LinearRing(shell)) != shapely.is_ccw(shapely.LinearRing(hole))


def test_ground_counts_every_row_that_has_a_geometry() -> None:
    ground = town_ground()
    ground["buildings"].loc[9] = None
    packed = pack_ground(ground, origin=(WEST, SOUTH))
    assert {name: layer["features"] for name, layer in packed.items()} == {
        "green": 1, "water": 1, "rivers": 1, "rail": 1, "buildings": 4,
        "path": 1, "minor": 2, "major": 1,
    }  # fmt: skip
