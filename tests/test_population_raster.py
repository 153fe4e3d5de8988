"""Population rasters: every cell of the study counted once, whatever the grid."""

import sys

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from exactextract import exact_extract

from walkshed.errors import SourceError
from walkshed.sources.population_raster import population_cells

CRS = "EPSG:32642"
WEST, NORTH = 693_000.0, 4_752_000.0
NODATA = -99999.0


@pytest.fixture
def raster_of(tmp_path):
    """Write a raster of cells of 100 m whose north-western corner is (WEST, NORTH)."""

    def write(values, *, crs=CRS, nodata=NODATA, transform=None, name="people.tif", **how):
        values = np.asarray(values, dtype="float32")
        grid = transform or rasterio.Affine(100, 0, WEST, 0, -100, NORTH)
        shape = {"height": values.shape[0], "width": values.shape[1], "count": 1}
        path = tmp_path / name
        with rasterio.open(
            path, "w", driver="GTiff", dtype="float32", crs=crs, nodata=nodata, transform=grid,
            **shape, **how,
        ) as file:  # fmt: skip
            file.write(values, 1)
        return path

    return write


def study_of(west, south, east, north, crs=CRS):
    """A rectangle in metres east and south of the corner, as a polygon in degrees."""
    shape = shapely.box(WEST + west, NORTH + south, WEST + east, NORTH + north)
    return gpd.GeoSeries([shapely.segmentize(shape, 10)], crs=crs).to_crs(4326).iloc[0]


ALL = study_of(-50, -1050, 1050, 50)


def test_each_cell_with_people_is_a_square_with_its_residents(raster_of):
    values = np.zeros((4, 5))
    values[1, 3], values[2, 0] = 12.5, 4
    cells = population_cells(raster_of(values), ALL, crs=CRS).cells
    assert cells["residents"].to_dict() == {"r1c3": 12.5, "r2c0": 4}
    square = shapely.box(WEST + 300, NORTH - 200, WEST + 400, NORTH - 100)
    assert cells.geometry["r1c3"].symmetric_difference(square).area < 1e-6
    assert cells.crs == CRS


def test_cells_across_the_border_count_by_their_part_and_agree_with_exactextract(raster_of):
    rng = np.random.default_rng(1)
    values = rng.integers(0, 100, (10, 10)).astype(float)
    values[3, 3] = NODATA
    path, study = raster_of(values), study_of(130, -777, 666, -45)
    found = population_cells(path, study, crs=CRS)
    drawn = gpd.GeoDataFrame(geometry=[study], crs=4326).to_crs(CRS)
    oracle = exact_extract(str(path), drawn, ["sum"], output="pandas")["sum"].iloc[0]
    assert found.cells["residents"].sum() == pytest.approx(oracle, rel=1e-6)
    outline = drawn.geometry.iloc[0].buffer(1e-6)
    assert found.cells.within(outline).all()


def test_neighbouring_studies_share_a_cell_without_losing_anybody(raster_of):
    values = np.arange(100.0).reshape(10, 10)
    path = raster_of(values)
    halves = [study_of(-50, -1050, 333, 50), study_of(333, -1050, 1050, 50)]
    sums = [population_cells(path, half, crs=CRS).cells["residents"].sum() for half in halves]
    assert sum(sums) == pytest.approx(values.sum(), rel=1e-9)


def test_density_is_people_per_square_kilometre(raster_of):
    path = raster_of(np.full((3, 3), 500.0))
    cells = population_cells(path, ALL, crs=CRS, values="per_km2").cells
    assert cells["residents"].tolist() == pytest.approx([5.0] * 9)


def test_a_turned_grid_in_another_crs_keeps_everybody(raster_of):
    east, down = 120 * np.cos(np.pi / 6), 120 * np.sin(np.pi / 6)
    turned = rasterio.Affine(east, down, 7_945_000, down, -east, 5_297_000)
    values = np.arange(1.0, 13.0).reshape(3, 4)
    path = raster_of(values, crs="EPSG:3857", transform=turned)
    with rasterio.open(path) as raster:
        corners = [raster.xy(*at, offset="ul") for at in ((0, 0), (0, 4), (3, 4), (3, 0))]
    outline = shapely.Polygon(corners)
    study = gpd.GeoSeries([outline.buffer(500)], crs=3857).to_crs(4326).iloc[0]
    found = population_cells(path, study, crs=CRS)
    assert found.cells["residents"].sum() == pytest.approx(values.sum(), rel=1e-9)
    back = found.cells.to_crs(3857)
    assert back.union_all().symmetric_difference(outline).area < 1e-3 * outline.area
    # the first row and column is where the grid begins
    assert back.geometry["r0c0"].distance(shapely.Point(corners[0])) < 0.01


def test_degrees_are_a_grid_as_any_other(raster_of):
    grid = rasterio.Affine(1 / 1200, 0, 71.36, 0, -1 / 1200, 42.91)
    path = raster_of(np.full((6, 6), 3.0), crs="EPSG:4326", transform=grid)
    study = shapely.box(71.36 + 1 / 1200, 42.9, 71.37, 42.92)
    cells = population_cells(path, study, crs=CRS).cells
    assert cells["residents"].sum() == pytest.approx(6 * 5 * 3, rel=1e-6)


def test_nodata_is_nobody_and_is_told(raster_of):
    values = np.full((10, 10), 2.0)
    values[:, :4] = NODATA
    values[0, 9] = np.nan
    found = population_cells(raster_of(values), study_of(0, -1000, 1000, 0), crs=CRS)
    assert found.cells["residents"].sum() == pytest.approx(59 * 2, rel=1e-6)
    assert found.share_without_data == pytest.approx(0.41)
    assert found.share_covered == pytest.approx(1, abs=1e-6)


def test_a_raster_over_part_of_the_study_says_over_how_much(raster_of):
    path = raster_of(np.ones((5, 10)))
    found = population_cells(path, study_of(0, -1000, 1000, 0), crs=CRS)
    assert found.share_covered == pytest.approx(0.5, abs=1e-3)
    assert found.cells["residents"].sum() == pytest.approx(50, rel=1e-6)


@pytest.mark.parametrize(
    ("values", "how", "said"),
    [
        (np.ones((3, 3)), {"crs": None}, "has no CRS"),
        (np.full((3, 3), NODATA), {}, "nothing but nodata in the study"),
        (np.full((3, 3), np.nan), {"nodata": None}, "nothing but nodata in the study"),
        (
            np.array([[1, -200], [-200, 3]]),
            {"nodata": None},
            "2 cells hold numbers below 0 (such as -200)",
        ),
        (np.zeros((3, 3)), {}, "nobody lives in the study"),
        (
            np.ones((3, 3)),
            {"transform": rasterio.Affine(100, 0, WEST + 9e4, 0, -100, NORTH)},
            "lies outside the study",
        ),
    ],
)
def test_rasters_of_no_use_are_told(raster_of, values, how, said):
    path = raster_of(values, **how)
    with pytest.raises(SourceError) as caught:
        population_cells(path, ALL, crs=CRS)
    assert str(caught.value).startswith(f"{path}: {said}")


def test_a_raster_without_any_georeference_is_told_the_same(tmp_path):
    path = tmp_path / "picture.png"
    with (
        pytest.warns(rasterio.errors.NotGeoreferencedWarning),
        rasterio.open(path, "w", driver="PNG", dtype="uint8", height=2, width=2, count=1) as file,
    ):
        file.write(np.ones((2, 2), dtype="uint8"), 1)
    with pytest.raises(SourceError, match="has no CRS"):
        population_cells(path, ALL, crs=CRS)


@pytest.mark.parametrize("text", ["", "not a raster"])
def test_what_is_no_raster_is_told(tmp_path, text):
    path = tmp_path / "people.tif"
    path.write_text(text)
    with pytest.raises(SourceError, match="not a raster that can be read"):
        population_cells(path, ALL, crs=CRS)


def test_a_missing_extra_says_how_to_install_it(raster_of, monkeypatch):
    path = raster_of(np.ones((2, 2)))
    monkeypatch.setitem(sys.modules, "rasterio", None)
    with pytest.raises(SourceError, match=r"pip install 'walkshed\[raster\]'"):
        population_cells(path, ALL, crs=CRS)
