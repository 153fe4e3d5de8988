"""Seconds of one kind of walker: by hand on small streets, as laws on odd ones, on a real city."""

import logging
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import rasterio
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from towns import (
    ADULT_KMH,
    CRS,
    MONACO,
    STEPS_KMH,
    Edge,
    Town,
    drawings,
    network_of,
    places,
)
from walkshed.errors import SettingsError, SourceError
from walkshed.network import WalkNetwork, build_network, metric_crs, snap
from walkshed.network.elevation import read_elevation
from walkshed.network.impedance import (
    EDGE_KINDS,
    PIECE_MAX_M,
    apply_profile,
    slope_speed_factor,
    walking_seconds,
)
from walkshed.sources.osm import read_osm
from walkshed.standards import (
    Cited,
    WalkingProfile,
    slope_rule,
    walking_profile,
    walking_profile_names,
)
from walkshed.travel_times import nearest_facility

ADULT = walking_profile("adult")
WINTER = walking_profile("winter")
WHEELS = walking_profile("wheelchair_or_pushchair")
NIGHT = walking_profile("night")

UP = np.exp(0.175)
"""Up 5 in 100, Tobler: exp(-3.5 x 0.10) / exp(-3.5 x 0.05) of the speed, so this much longer."""


def street(*, length_m: float = 100.0, **arrays: object) -> WalkNetwork:
    """One straight street from west to east, with arrays of one value in place of its own."""
    return with_arrays(network_of([(0, 0), (length_m, 0)], [Edge(0, 1)]), **arrays)


def with_arrays(network: WalkNetwork, **arrays: object) -> WalkNetwork:
    return replace(network, **{f"edge_{name}": np.array(of) for name, of in arrays.items()})


def kinds(*of: str) -> np.ndarray:
    return np.array(of, dtype=object)


def minutes(network: WalkNetwork, door: tuple[float, float], post: tuple[float, float]) -> float:
    """Walk from a place on the paper to another, snapped to a network of a `Town`."""
    at = snap(
        network,
        places({"door": door, "post": post}),
        snap_max_m=250,
        island_max_m=0,
        barriers=np.array([], dtype=object),
    )
    found = nearest_facility(network, at.loc[["door"]], at.loc[["post"]], speed_kmh=ADULT_KMH)
    return float(found["minutes"].iloc[0])


# --- one stretch of street, by hand -------------------------------------------------------------


@pytest.mark.parametrize("name", walking_profile_names())
def test_kilometre_takes_an_hour_over_the_speed_and_what_the_season_adds(name: str) -> None:
    profile = walking_profile(name)
    added = profile.added_min_per_km.value if profile.added_min_per_km else 0
    ahead, back = walking_seconds([1000.0], ["street"], [1], [0.0], profile)
    assert ahead[0] == pytest.approx(3600 / profile.speed_kmh.value + 60 * added)
    assert ahead[0] == pytest.approx(3600 / profile.level_speed_kmh)
    assert back[0] == ahead[0]


def test_older_people_walk_720_m_in_15_minutes() -> None:
    ahead, _ = walking_seconds([720.0], ["street"], [-1], [0.0], walking_profile("older"))
    assert ahead[0] / 60 == pytest.approx(15)


def test_up_five_in_a_hundred_and_down_again_by_hand() -> None:
    # 100 m at 4.8 km/h take 75 s on the level.
    up, down = walking_seconds([100.0], ["street"], [1], [5.0], ADULT)
    assert up[0] == pytest.approx(75 * UP)
    assert up[0] == pytest.approx(89.34, abs=0.01)
    assert down[0] == pytest.approx(75 / UP)
    assert down[0] == pytest.approx(62.96, abs=0.01)


@pytest.mark.parametrize("slope", [-0.3, -0.05, 0.0, 0.05, 0.12, 0.5])
def test_slope_is_toblers_function_over_its_value_on_the_level(slope: float) -> None:
    def tobler_kmh(of: float) -> float:
        return 6 * np.exp(-3.5 * abs(of + 0.05))

    assert slope_speed_factor(slope) == pytest.approx(tobler_kmh(slope) / tobler_kmh(0))


def test_walls_are_no_steeper_than_the_steepest_slope() -> None:
    steepest = slope_rule().steepest.value
    assert steepest == 0.5
    cliff = walking_seconds([10.0], ["street"], [1], [300.0], ADULT)
    steep = walking_seconds([10.0], ["street"], [1], [5.0], ADULT)
    assert np.array_equal(cliff, steep)


def test_climb_of_steps_is_in_their_speed_already() -> None:
    up, down = walking_seconds([12.0], ["steps"], [1], [6.0], ADULT)
    assert up[0] == down[0] == pytest.approx(12 / (STEPS_KMH / 3.6))


def test_winter_adds_the_same_to_a_fast_street_and_to_a_slow_one() -> None:
    kind, rise_m = ["street", "steps", "street"], [0, 0, 50]
    bare = walking_seconds([500.0] * 3, kind, [1] * 3, rise_m, ADULT)
    snow = walking_seconds([500.0] * 3, kind, [1] * 3, rise_m, WINTER)
    assert np.subtract(snow, bare) == pytest.approx(np.full((2, 3), 30.0))


def test_ice_adds_twice_as_much_as_snow() -> None:
    ice, _ = walking_seconds([1000.0], ["street"], [1], [0], walking_profile("winter_ice"))
    assert ice[0] == pytest.approx(750 + 120)


def test_only_streets_known_to_be_unlit_are_dark() -> None:
    ahead, _ = walking_seconds([100.0] * 3, ["street"] * 3, [1, 0, -1], [0] * 3, NIGHT)
    assert ahead.tolist() == pytest.approx([75, 75 / 0.9, 75])
    by_day, _ = walking_seconds([100.0] * 3, ["street"] * 3, [1, 0, -1], [0] * 3, ADULT)
    assert by_day.tolist() == pytest.approx([75, 75, 75])


def test_dark_streets_can_be_avoided_altogether() -> None:
    seconds = walking_seconds(
        [100.0, 100.0], ["street"] * 2, [0, 1], [0, 0], walking_profile("night_lit_only")
    )
    assert np.array_equal(np.isinf(seconds), [[True, False]] * 2)


def test_kerbs_slow_wheels_and_waits_count_where_asked() -> None:
    metres, kind, lit = [10.0, 10.0], ["crossing", "street"], [1, 1]
    rolled = 10 / (0.79)
    plain, _ = walking_seconds(metres, kind, lit, [0, 0], WHEELS)
    assert plain.tolist() == pytest.approx([rolled + 10, rolled])
    waiting, _ = walking_seconds(metres, kind, lit, [0, 0], WHEELS, wait_at_crossings=True)
    assert waiting.tolist() == pytest.approx([rolled + 10 + 15, rolled])
    on_foot, _ = walking_seconds(metres, kind, lit, [0, 0], ADULT)
    assert on_foot.tolist() == pytest.approx([7.5, 7.5])


def test_study_may_set_speeds_by_kind() -> None:
    ahead, _ = walking_seconds(
        [100.0] * 2, ["steps", "street"], [1, 1], [0, 0], ADULT, edge_speeds_kmh={"steps": 2.0}
    )
    assert ahead.tolist() == pytest.approx([180, 75])
    snow, _ = walking_seconds([100.0], ["steps"], [1], [0], WINTER, edge_speeds_kmh={"steps": 2.0})
    assert snow[0] == pytest.approx(186)


def test_speeds_that_make_no_sense_are_all_told_at_once() -> None:
    speeds = {"motorway": 5.0, "steps": 1.0, "street": 0.0, "footway": float("nan")}
    with pytest.raises(SettingsError) as told:
        apply_profile(street(), WHEELS, edge_speeds_kmh=speeds)
    message = str(told.value)
    assert "4 problems" in message
    assert "no kind of street `motorway`" in message
    assert "`steps`: profile `wheelchair_or_pushchair` never uses it" in message
    assert "`street` = 0.0" in message
    assert "`footway` = nan" in message


def test_kinds_that_profiles_name_are_kinds_of_edges() -> None:
    named = [walking_profile(name).never_uses for name in walking_profile_names()]
    assert {kind for names in named if names for kind in names.value} <= set(EDGE_KINDS)


# --- networks -----------------------------------------------------------------------------------


def test_adults_find_the_times_that_the_network_was_built_with() -> None:
    town = Town()
    town.street((0, 0), (100, 0))
    town.way((100, 0), (130, 0), highway="steps")
    built = town.network()
    applied = apply_profile(built, ADULT)
    assert applied.edge_forward_s == pytest.approx(built.edge_forward_s)
    assert applied.edge_backward_s == pytest.approx(built.edge_backward_s)
    assert applied.n_edges == 2


def stairs_town() -> Town:
    """A street up and around a block of 100 m, and steps straight through it."""
    town = Town()
    town.street((0, 0), (0, 100), (100, 100), (100, 0))
    town.way((0, 0), (100, 0), highway="steps")
    town.street((-100, 0), (0, 0))
    town.street((100, 0), (200, 0))
    return town


def test_wheels_go_around_where_others_take_the_steps() -> None:
    built = stairs_town().network()
    door, post = (-100, 0), (200, 0)
    on_foot = minutes(apply_profile(built, ADULT), door, post)
    assert on_foot == pytest.approx((200 / 80) + 100 / 40, abs=0.01)
    on_wheels = minutes(apply_profile(built, WHEELS), door, post)
    assert on_wheels == pytest.approx(500 / 0.79 / 60, abs=0.01)


def test_streets_behind_steps_are_out_of_reach_on_wheels() -> None:
    town = Town()
    town.street((0, 0), (100, 0))
    town.way((100, 0), (130, 0), highway="steps")
    town.street((130, 0), (300, 0))
    built = town.network()
    assert np.isfinite(minutes(apply_profile(built, ADULT), (0, 0), (300, 0)))
    assert np.isinf(minutes(apply_profile(built, WHEELS), (0, 0), (300, 0)))


def test_doors_never_snap_to_edges_that_are_not_used() -> None:
    town = Town()
    town.street((0, 100), (100, 100))
    town.way((0, 0), (100, 0), highway="steps")
    applied = apply_profile(town.network(), WHEELS)
    at = snap(
        applied,
        places({"door": (50, 1)}),
        snap_max_m=250,
        island_max_m=0,
        barriers=np.array([], dtype=object),
    )
    assert at["access_m"].iloc[0] == pytest.approx(99, abs=0.05)


def test_nodes_and_shapes_follow_the_edges_that_are_kept() -> None:
    nodes = [(0.0, 0.0), (100.0, 0.0), (100.0, 50.0), (0.0, 50.0)]
    edges = [Edge(0, 1), Edge(1, 2), Edge(2, 3, via=((50.0, 80.0),)), Edge(3, 2)]
    drawn = with_arrays(network_of(nodes, edges), kind=kinds("steps", "steps", "street", "footway"))
    applied = apply_profile(drawn, WHEELS)
    assert applied.node_ref.tolist() == [3, 4]
    assert applied.node_xy.tolist() == [[100.0, 50.0], [0.0, 50.0]]
    assert applied.edge_u.tolist() == [0, 1]
    assert applied.edge_v.tolist() == [1, 0]
    assert applied.edge_way_id.tolist() == [103, 104]
    assert applied.edge_kind.tolist() == ["street", "footway"]
    assert applied.xy_start.tolist() == [0, 3, 5]
    assert applied.xy[:3].tolist() == [[100.0, 50.0], [50.0, 80.0], [0.0, 50.0]]
    assert applied.edge_lines[1].length == 100.0


def test_closed_directions_stay_closed_and_closed_edges_go() -> None:
    nodes = [(0.0, 0.0), (100.0, 0.0)]
    drawn = with_arrays(
        network_of(nodes, [Edge(0, 1)] * 3),
        forward_s=[np.inf, 1.0, np.inf],
        backward_s=[1.0, np.inf, np.inf],
    )
    applied = apply_profile(drawn, ADULT)
    assert applied.edge_forward_s.tolist() == pytest.approx([np.inf, 75.0])
    assert applied.edge_backward_s.tolist() == pytest.approx([75.0, np.inf])
    assert applied.edge_way_id.tolist() == [101, 102]


def test_network_that_a_profile_cannot_walk_is_refused() -> None:
    with pytest.raises(SourceError, match="can walk no street here"):
        apply_profile(street(kind=kinds("steps")), WHEELS)


def test_crossing_cut_by_the_road_in_its_middle_is_one_crossing() -> None:
    town = Town()
    town.street((0, -100), (0, 0), (0, 100))
    town.way((-4, 0), (0, 0), (12, 0), highway="footway", footway="crossing")
    town.way((-50, 0), (-4, 0), highway="footway")
    town.way((12, 0), (50, 0), highway="footway")
    built = town.network()
    assert (built.edge_kind == "crossing").sum() == 2
    applied = apply_profile(built, WHEELS, wait_at_crossings=True)
    across_s = applied.edge_forward_s[applied.edge_kind == "crossing"]
    assert across_s.sum() == pytest.approx(16 / 0.79 + 10 + 15, abs=0.1)
    assert across_s.min() == pytest.approx(across_s.sum() / 4, abs=0.1)
    assert minutes(applied, (-50, 0), (50, 0)) == pytest.approx((100 / 0.79 + 25) / 60, abs=0.01)


def test_crossings_without_a_way_of_their_own_are_whole_ones() -> None:
    nodes = [(0.0, 0.0), (10.0, 0.0), (20.0, 0.0)]
    drawn = with_arrays(
        network_of(nodes, [Edge(0, 1), Edge(1, 2)]),
        kind=kinds("crossing", "crossing"),
        way_id=[0, 0],
    )
    applied = apply_profile(drawn, WHEELS)
    assert applied.edge_forward_s == pytest.approx([10 / 0.79 + 10] * 2)


# --- slope --------------------------------------------------------------------------------------

Heights = Callable[[np.ndarray], np.ndarray]


def rising_east(slope: float) -> Heights:
    return lambda xy: slope * xy[:, 0]


def test_slope_counts_both_ways() -> None:
    applied = apply_profile(street(length_m=1000), ADULT, elevation=rising_east(0.05))
    assert applied.edge_forward_s == pytest.approx([750 * UP])
    assert applied.edge_backward_s == pytest.approx([750 / UP])


def test_way_up_to_a_post_takes_longer_than_the_way_down() -> None:
    town = Town()
    town.street((0, 0), (1000, 0))
    built = apply_profile(town.network(), ADULT, elevation=rising_east(0.05))
    assert minutes(built, (0, 0), (1000, 0)) == pytest.approx(12.5 * UP, abs=0.01)
    assert minutes(built, (1000, 0), (0, 0)) == pytest.approx(12.5 / UP, abs=0.01)


def test_hill_in_the_middle_of_a_street_is_climbed() -> None:
    # 5 in 100 up to the middle, the same down again: half the way slow, half of it quick.
    applied = apply_profile(
        street(length_m=400), ADULT, elevation=lambda xy: 10 - np.abs(xy[:, 0] - 200) * 0.05
    )
    assert applied.edge_forward_s == pytest.approx([150 * UP + 150 / UP])
    assert applied.edge_backward_s == pytest.approx(applied.edge_forward_s)


def test_slope_follows_the_bends_of_a_street() -> None:
    # 200 m east on the level, then 200 m north, 5 in 100 uphill.
    drawn = network_of([(0, 0), (200, 200)], [Edge(0, 1, via=((200.0, 0.0),))])
    applied = apply_profile(drawn, ADULT, elevation=lambda xy: 0.05 * xy[:, 1])
    assert applied.edge_forward_s == pytest.approx([150 + 150 * UP])


def test_heights_are_asked_at_ends_and_at_most_fifty_metres_apart() -> None:
    asked: list[np.ndarray] = []

    def level(xy: np.ndarray) -> np.ndarray:
        asked.append(xy)
        return np.zeros(len(xy))

    drawn = network_of([(0, 0), (130, 0), (130, 40)], [Edge(0, 1), Edge(1, 2)])
    apply_profile(drawn, ADULT, elevation=level)
    (points,) = asked
    assert points[:4, 0] == pytest.approx([0, 130 / 3, 260 / 3, 130])
    assert points[4:].tolist() == [[130, 0], [130, 40]]
    assert PIECE_MAX_M == 50


def test_bridges_span_the_valley_below_them() -> None:
    def valley(xy: np.ndarray) -> np.ndarray:
        return np.where((xy[:, 0] > 1) & (xy[:, 0] < 199), -80.0, 0.05 * xy[:, 0])

    on_bridge = apply_profile(street(length_m=200, is_open=[False]), ADULT, elevation=valley)
    assert on_bridge.edge_forward_s == pytest.approx([150 * UP])
    below = apply_profile(street(length_m=200), ADULT, elevation=valley)
    assert below.edge_forward_s[0] > 2 * on_bridge.edge_forward_s[0]


def test_unknown_heights_are_an_error_that_counts_them() -> None:
    def half_known(xy: np.ndarray) -> np.ndarray:
        return np.where(xy[:, 0] > 120, np.nan, 0.05 * xy[:, 0])

    with pytest.raises(SourceError, match="no height at 2 of 5 points along the streets"):
        apply_profile(street(length_m=200), ADULT, elevation=half_known)


def test_unknown_heights_taken_as_level_are_told(caplog: pytest.LogCaptureFixture) -> None:
    def half_known(xy: np.ndarray) -> np.ndarray:
        return np.where(xy[:, 0] > 120, np.nan, 0.05 * xy[:, 0])

    with caplog.at_level(logging.WARNING):
        applied = apply_profile(
            street(length_m=200), ADULT, elevation=half_known, flat_where_unknown=True
        )
    # Known at 0, 50 and 100 m: two pieces climb, two are taken as level.
    assert applied.edge_forward_s == pytest.approx([75 * UP + 75])
    assert "no height at 2 of 5 points along the streets; taken as level there" in caplog.text


# --- heights from a raster ----------------------------------------------------------------------


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
        (tmp_path / "missing.tif", "not a raster that can be read"),
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


# --- laws ---------------------------------------------------------------------------------------


@st.composite
def towns(draw: st.DrawFn) -> WalkNetwork:
    """Odd networks with all kinds of edges, lit and unlit; the first edge is a lit street."""
    network = network_of(*draw(drawings()))
    size = network.n_edges - 1
    kind = draw(st.lists(st.sampled_from(EDGE_KINDS), min_size=size, max_size=size))
    lit = draw(st.lists(st.sampled_from([-1, 0, 1]), min_size=size, max_size=size))
    way = draw(st.lists(st.integers(0, 3), min_size=size, max_size=size))
    closed = draw(st.lists(st.booleans(), min_size=size, max_size=size))
    return with_arrays(
        network,
        kind=kinds("street", *kind),
        lit=[1, *lit],
        way_id=[9, *way],
        forward_s=np.where([False, *closed], np.inf, network.edge_forward_s),
    )


def profile_at(speed_kmh: float, like: WalkingProfile) -> WalkingProfile:
    speed = Cited[float](value=speed_kmh, source="a test", date="2026", verified=False)
    return like.model_copy(update={"speed_kmh": speed})


def hills(*, steep: float, east_m: float, north_m: float) -> Heights:
    return lambda xy: (
        steep * (east_m * np.sin(xy[:, 0] / east_m) + north_m * np.cos(xy[:, 1] / north_m))
    )


PROFILES = st.sampled_from([walking_profile(name) for name in walking_profile_names()])
HILLS = st.builds(
    hills, steep=st.floats(0, 0.4), east_m=st.floats(40, 400), north_m=st.floats(40, 400)
)
SPEEDS = st.floats(0.5, 8)


def seconds(network: WalkNetwork) -> np.ndarray:
    return np.stack([network.edge_forward_s, network.edge_backward_s])


@given(towns(), PROFILES, HILLS, SPEEDS, SPEEDS)
def test_more_speed_never_lengthens(town, profile, ground, one_kmh, other_kmh) -> None:
    slow, fast = sorted([one_kmh, other_kmh])
    slower = apply_profile(town, profile_at(slow, profile), elevation=ground)
    faster = apply_profile(town, profile_at(fast, profile), elevation=ground)
    assert slower.n_edges == faster.n_edges
    assert (seconds(faster) <= seconds(slower)).all()


@given(towns(), HILLS, SPEEDS)
def test_more_speed_on_one_kind_changes_no_other(town, ground, speed_kmh) -> None:
    plain = apply_profile(town, ADULT, elevation=ground)
    steps = apply_profile(town, ADULT, elevation=ground, edge_speeds_kmh={"footway": speed_kmh})
    changed = (seconds(plain) != seconds(steps)).any(axis=0)
    assert (plain.edge_kind[changed] == "footway").all()


@given(towns(), HILLS)
def test_winter_never_shortens_and_adds_a_minute_per_kilometre(town, ground) -> None:
    bare = apply_profile(town, ADULT, elevation=ground)
    snow = apply_profile(town, WINTER, elevation=ground)
    open_ways = np.isfinite(seconds(bare))
    assert np.array_equal(np.isfinite(seconds(snow)), open_ways)
    added_s = seconds(snow)[open_ways] - seconds(bare)[open_ways]
    expected_s = np.stack([0.06 * bare.edge_length_m] * 2)[open_ways]
    assert added_s == pytest.approx(expected_s, abs=1e-6)


@given(towns(), HILLS)
def test_wheels_never_use_steps_or_fords(town, ground) -> None:
    applied = apply_profile(town, WHEELS, elevation=ground)
    assert not set(applied.edge_kind) & {"steps", "ford"}
    kept = ~np.isin(town.edge_kind, ["steps", "ford"])
    assert applied.edge_length_m.tolist() == town.edge_length_m[kept].tolist()
    assert applied.n_nodes == len({*town.edge_u[kept], *town.edge_v[kept]})


@given(towns(), PROFILES, st.floats(-100, 5000))
def test_flat_ground_changes_nothing(town, profile, height_m) -> None:
    without = apply_profile(town, profile)
    flat = apply_profile(town, profile, elevation=lambda xy: np.full(len(xy), height_m))
    assert np.allclose(seconds(flat), seconds(without), rtol=1e-12, atol=0)


@given(towns(), PROFILES, HILLS, st.floats(-1000, 1000))
def test_lifting_the_whole_ground_changes_nothing(town, profile, ground, lift_m) -> None:
    before = apply_profile(town, profile, elevation=ground)
    after = apply_profile(town, profile, elevation=lambda xy: ground(xy) + lift_m)
    assert np.allclose(seconds(after), seconds(before), rtol=1e-6, atol=1e-6)


@given(towns(), PROFILES, HILLS)
def test_turning_the_streets_around_swaps_forward_and_backward(town, profile, ground) -> None:
    shapes = np.split(town.xy, town.xy_start[1:-1])
    around = replace(
        town,
        edge_u=town.edge_v,
        edge_v=town.edge_u,
        edge_forward_s=town.edge_backward_s,
        edge_backward_s=town.edge_forward_s,
        xy=np.concatenate([shape[::-1] for shape in shapes]),
    )
    one = apply_profile(town, profile, elevation=ground)
    other = apply_profile(around, profile, elevation=ground)
    assert np.allclose(seconds(other)[::-1], seconds(one), rtol=1e-6, atol=1e-6)
    assert np.array_equal(other.node_xy, one.node_xy)


@given(towns(), PROFILES, PROFILES, HILLS)
def test_profile_replaces_the_one_before(town, first, second, ground) -> None:
    once = apply_profile(town, second, elevation=ground)
    twice = apply_profile(once, second, elevation=ground)
    assert np.allclose(seconds(twice), seconds(once), rtol=1e-6, atol=1e-6)
    if first.never_uses is None and first.name != "night_lit_only":
        after_other = apply_profile(apply_profile(town, first), second, elevation=ground)
        assert np.allclose(seconds(after_other), seconds(once), rtol=1e-6, atol=1e-6)


@given(towns(), PROFILES)
def test_waits_never_shorten_and_come_once_for_each_crossing(town, profile) -> None:
    plain = apply_profile(town, profile)
    waits = apply_profile(town, profile, wait_at_crossings=True)
    added_s = waits.edge_backward_s - plain.edge_backward_s
    crossing = plain.edge_kind == "crossing"
    assert (np.abs(added_s[~crossing]) == 0).all()
    own = crossing & (plain.edge_way_id == 0)
    assert added_s[own] == pytest.approx(np.full(own.sum(), 15.0))
    for way in (1, 2, 3):
        of_way = crossing & (plain.edge_way_id == way)
        drawn = (town.edge_kind == "crossing") & (town.edge_way_id == way)
        if of_way.sum() < drawn.sum():
            continue  # the profile walks a part of it alone, as no way of OpenStreetMap has it
        if plain.edge_length_m[of_way].sum() > 0:
            assert added_s[of_way].sum() == pytest.approx(15.0)


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
