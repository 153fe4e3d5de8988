"""Heights of the ground from a raster, and a real city on a made-up hillside."""

import sys
from pathlib import Path

import numpy as np
import pytest
import rasterio
from pyproj import Transformer

from towns import ADULT_KMH, CRS, MONACO, STEPS_KMH, seconds
from walkshed.errors import SourceError
from walkshed.network import WalkNetwork, build_network, metric_crs
from walkshed.network.elevation import read_elevation
from walkshed.network.impedance import EDGE_KINDS, apply_profile
from walkshed.sources.osm import read_osm
from walkshed.standards import walking_profile, walking_profile_names


def write_raster(path: Path, cells: np.ndarray, west_north: tuple[float, float], **how: object):
    """Write heights; `how` holds what differs from cells of 10 m in the CRS of the towns."""
    cell = float(how.pop("cell", 10.0))
    options = {"crs": CRS, "nodata": -9999.0, **how}
    scale, offset, unit = (options.pop(name, None) for name in ("scale", "offset", "unit"))
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=cells.shape[1],
        height=cells.shape[0],
        count=1,
        dtype="float32",
        transform=rasterio.Affine(cell, 0, west_north[0], 0, -cell, west_north[1]),
        **options,
    ) as raster:
        raster.write(cells.astype("float32"), 1)
        if scale is not None:
            raster.scales, raster.offsets = (scale,), (offset,)
        if unit is not None:
            raster.units = (unit,)
    return path


def plane(rows: int, columns: int) -> np.ndarray:
    """Heights at the centres of cells of 10 m: 0.1 m up per metre east, 0.3 m per metre south."""
    row, column = np.mgrid[:rows, :columns]
    return 0.1 * (10 * column + 5) + 0.3 * (10 * row + 5)


def test_heights_between_centres_of_cells_are_interpolated(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "plane.tif", plane(20, 30), (1000, 5000))
    heights = read_elevation(path, CRS)
    east, south = np.array([5.0, 50.0, 123.4, 295.0]), np.array([5.0, 60.0, 77.7, 195.0])
    found = heights(np.column_stack([1000 + east, 5000 - south]))
    assert found == pytest.approx(0.1 * east + 0.3 * south, abs=1e-4)


def test_points_in_the_outermost_half_cell_take_its_height(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "plane.tif", plane(2, 2), (0, 20))
    corner = read_elevation(path, CRS)(np.array([[0.0, 20.0], [1.0, 19.0], [20.0, 0.0]]))
    assert corner == pytest.approx([2.0, 2.0, 6.0])


def test_heights_outside_the_raster_are_unknown(tmp_path: Path) -> None:
    path = write_raster(tmp_path / "plane.tif", plane(2, 2), (0, 20))
    found = read_elevation(path, CRS)(np.array([[-0.1, 10.0], [10.0, 20.1], [10.0, 10.0]]))
    assert np.isnan(found).tolist() == [True, True, False]


def test_cells_without_data_are_left_out(tmp_path: Path) -> None:
    cells = np.array([[10.0, -9999.0], [-9999.0, -9999.0]])
    cells = np.pad(cells, ((0, 2), (0, 2)), constant_values=-9999.0)
    path = write_raster(tmp_path / "holes.tif", cells, (0, 40))
    found = read_elevation(path, CRS)(np.array([[5.0, 35.0], [9.0, 31.0], [25.0, 15.0]]))
    assert found[:2] == pytest.approx([10.0, 10.0])
    assert np.isnan(found[2])


def test_raster_in_degrees_serves_a_network_in_metres(tmp_path: Path) -> None:
    lon, lat = 71.36, 42.90
    cells = np.repeat(np.arange(40.0)[None, :], 40, axis=0)
    path = write_raster(tmp_path / "degrees.tif", cells, (lon, lat), crs="EPSG:4326", cell=0.001)
    x, y = Transformer.from_crs("EPSG:4326", CRS, always_xy=True).transform(
        [lon + 0.0105, lon + 0.02], [lat - 0.02, lat - 0.02]
    )
    found = read_elevation(path, CRS)(np.column_stack([x, y]))
    assert found == pytest.approx([10.0, 19.5], abs=1e-3)


def test_scale_and_offset_of_a_raster_are_applied(tmp_path: Path) -> None:
    path = write_raster(
        tmp_path / "scaled.tif", np.full((3, 3), 50.0), (0, 30), scale=0.1, offset=600.0
    )
    assert read_elevation(path, CRS)(np.array([[15.0, 15.0]])) == pytest.approx([605.0])


def test_rasters_that_cannot_be_used_are_refused(tmp_path: Path) -> None:
    cells = np.zeros((2, 2))
    feet = write_raster(tmp_path / "feet.tif", cells, (0, 20), unit="ft")
    nowhere = write_raster(tmp_path / "nowhere.tif", cells, (0, 20), crs=None)
    text = tmp_path / "text.tif"
    text.write_text("no raster")
    for path, why in (
        (feet, "heights are in `ft`"),
        (nowhere, "has no CRS"),
        (text, "not a raster"),
        (tmp_path / "missing.tif", "no such file"),
    ):
        with pytest.raises(SourceError, match=why) as told:
            read_elevation(path, CRS)
        assert path.name in str(told.value)


def test_missing_rasterio_is_told_with_the_way_to_install_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "rasterio", None)
    with pytest.raises(SourceError, match=r"pip install 'walkshed\[raster\]'"):
        read_elevation(tmp_path / "any.tif", CRS)


# --- a real city --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def monaco() -> WalkNetwork:
    extract = read_osm(MONACO)
    crs = metric_crs(extract.bounds)
    return build_network(extract, crs=crs, speed_kmh=ADULT_KMH, steps_speed_kmh=STEPS_KMH)


def test_all_kinds_of_a_real_city_are_known(monaco: WalkNetwork) -> None:
    assert set(monaco.edge_kind) <= set(EDGE_KINDS)
    assert {"steps", "crossing", "footway", "street"} <= set(monaco.edge_kind)


@pytest.mark.parametrize("name", walking_profile_names())
def test_every_profile_walks_a_real_city_on_a_made_up_hillside(
    monaco: WalkNetwork, name: str, tmp_path: Path
) -> None:
    # A raster of 30 m cells that rises 1 in 10 towards the north, as high as Monaco's hillside.
    (west, south), (east, north) = monaco.xy.min(axis=0) - 60, monaco.xy.max(axis=0) + 60
    rows, columns = int((north - south) // 30) + 1, int((east - west) // 30) + 1
    cells = np.repeat((3.0 * np.arange(rows)[::-1])[:, None], columns, axis=1)
    path = write_raster(tmp_path / "hillside.tif", cells, (west, north), crs=monaco.crs, cell=30.0)
    profile = walking_profile(name)
    flat = apply_profile(monaco, profile)
    hilly = apply_profile(monaco, profile, elevation=read_elevation(path, monaco.crs))
    assert hilly.n_edges == flat.n_edges <= monaco.n_edges
    both_ways = np.isfinite(seconds(hilly)).all(axis=0)
    assert np.array_equal(np.isfinite(seconds(hilly)), np.isfinite(seconds(flat)))
    up = (hilly.xy[hilly.xy_start[1:] - 1] - hilly.xy[hilly.xy_start[:-1]])[:, 1]
    plain = (hilly.edge_kind != "steps") & (np.abs(up) > 1) & both_ways
    climbs = np.where(up > 0, hilly.edge_forward_s, hilly.edge_backward_s)[plain]
    falls = np.where(up > 0, hilly.edge_backward_s, hilly.edge_forward_s)[plain]
    assert (climbs > falls).mean() > 0.99
    steps = hilly.edge_kind == "steps"
    assert np.allclose(seconds(hilly)[:, steps], seconds(flat)[:, steps])
