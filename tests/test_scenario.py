"""Scenarios: the file, edits of streets and posts, and the doors that change.

Towns are drawn in metres near the origin of the CRS, and so are the edits; `scenario` takes them to
degrees as a file would hold them.
"""

import hashlib
import json
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from towns import (
    ADULT_KMH,
    COORDINATE,
    CRS,
    ORIGIN,
    STEPS_KMH,
    Edge,
    Town,
    drawings,
    network_of,
    places,
    positions_of,
    spots,
)
from walkshed.errors import CRSError, SourceError, TableError
from walkshed.network import WalkNetwork, barrier_lines, profile_seconds, snap
from walkshed.scenario import (
    ACTIONS,
    JOIN_MAX_M,
    ChangedNetwork,
    Scenario,
    apply_to_network,
    apply_to_posts,
    both_positions,
    doors_changed,
    edits_in_words,
    quicker,
    read_scenario,
    scenario_of,
    write_scenario,
)
from walkshed.schemas import check_facilities
from walkshed.sources.posts import posts_from_osm
from walkshed.standards import walking_profile
from walkshed.travel_times import nearest_facility

HOSTILE = '</script><b>{{ 7 * 7 }}</b> «Шығыс» & "co" \'; drop\n\u2028\\u0041 =1+1'
Line = list[tuple[float, float]]
Edit = tuple[str, Any, dict[str, Any]]


def line(*xy: tuple[float, float]) -> shapely.LineString:
    return shapely.LineString(xy)


def edits_of(*edits: Edit, shift: tuple[float, float] = (0, 0)) -> gpd.GeoDataFrame:
    rows = [{"action": action, **properties} for action, _, properties in edits]
    moved = [
        None if shape is None else shapely.transform(shape, lambda xy: xy + shift)
        for _, shape, _ in edits
    ]
    return gpd.GeoDataFrame(pd.DataFrame(rows, columns=_columns(rows)), geometry=moved, crs=CRS)


def _columns(rows: list[dict[str, Any]]) -> list[str]:
    return list(dict.fromkeys(["action", *(key for row in rows for key in row)]))


def scenario(*edits: Edit, shift: tuple[float, float] = (0, 0)) -> Scenario:
    return scenario_of(edits_of(*edits, shift=shift))


def street(*xy: tuple[float, float], **properties: Any) -> Edit:
    return ("add_street", line(*xy), properties)


def close(shape: Any) -> Edit:
    return ("close", shape, {})


def change(network: WalkNetwork, *edits: Edit, **options: Any) -> ChangedNetwork:
    options = {"speed_kmh": ADULT_KMH, "steps_speed_kmh": STEPS_KMH, **options}
    return apply_to_network(network, scenario(*edits), **options)


def minutes(network: WalkNetwork, doors: pd.DataFrame, posts: pd.DataFrame) -> np.ndarray:
    return nearest_facility(network, doors, posts, speed_kmh=ADULT_KMH)["minutes"].to_numpy()


def same_network(left: WalkNetwork, right: WalkNetwork) -> bool:
    names = WalkNetwork.__dataclass_fields__
    return all(np.array_equal(getattr(left, name), getattr(right, name)) for name in names)


# Two streets of 400 m, 80 m apart, joined in the west only:
#
#   2 ────────────────── 3      y = 80
#   │
#   0 ────────────────── 1      y = 0
U_NODES = [(0.0, 0.0), (400.0, 0.0), (0.0, 80.0), (400.0, 80.0)]
U_EDGES = [Edge(0, 1, name="south"), Edge(0, 2, name="west"), Edge(2, 3, name="north")]


@pytest.fixture
def u_town() -> WalkNetwork:
    return network_of(U_NODES, U_EDGES)


def walk(network: WalkNetwork, start: tuple[int, float], end: tuple[int, float]) -> float:
    """Minutes between two positions given as (edge, metres)."""
    spots_at = [
        (edge, offset_m / network.edge_length_m[edge], 0.0) for edge, offset_m in (start, end)
    ]
    door = positions_of(network, spots_at[:1])
    post = positions_of(network, spots_at[1:], letter="p")
    return float(minutes(network, door, post)[0])


def walk_after(changed: ChangedNetwork, before: WalkNetwork, *ends: tuple[int, float]) -> float:
    """Minutes between two positions on the old network, carried over to the new one."""
    at = [(edge, offset_m / before.edge_length_m[edge], 0.0) for edge, offset_m in ends]
    moved = changed.move_positions(positions_of(before, at))
    post = moved.iloc[1:].set_axis(["p"])
    return float(minutes(changed.network, moved.iloc[:1], post)[0])


# -- the file --------------------------------------------------------------------------------------

ALL_ACTIONS = edits_of(
    street((0, 0), (50, 50), highway="steps", bridge=True, lit="no", name=HOSTILE, reason=HOSTILE),
    ("open", line((0, 0), (0, 60)), {"date": "2026-11"}),
    ("open", shapely.Point(1, 2), {"date": "2026"}),
    close(shapely.Point(5, 5)),
    close(line((0, 0), (9, 9))),
    close(shapely.Polygon([(0, 0), (9, 0), (9, 9)], [[(5, 1), (6, 1), (6, 2)]])),
    ("add_post", shapely.Point(7, 7), {"post_id": HOSTILE, "kind": "modular_post", "name_kk": "Ә"}),
    ("move_post", shapely.Point(8, 8), {"post_id": "P-1", "date": "2026-11-22"}),
    (
        "close_post",
        None,
        {"post_id": "P-2", "properties": {"colour": [1, {"a": None}], "x": HOSTILE}},
    ),
)


def written(tmp_path: Path, features: Any, **members: Any) -> Path:
    path = tmp_path / "what-if.geojson"
    if isinstance(features, list):
        features = [{"type": "Feature", **feature} for feature in features]
    collection = {"type": "FeatureCollection", "features": features, **members}
    path.write_text(json.dumps(collection), encoding="utf-8")
    return path


def point(action: str, *, lonlat: Any = (71.37, 42.9), **properties: Any) -> dict[str, Any]:
    geometry = {"type": "Point", "coordinates": list(lonlat)}
    return {"properties": {"action": action, **properties}, "geometry": geometry}


def problem_of(tmp_path: Path, *features: dict[str, Any]) -> str:
    path = written(tmp_path, list(features))
    with pytest.raises(TableError) as refused:
        read_scenario(path)
    message = str(refused.value)
    assert message.startswith(f"{path}: ")
    return message.removeprefix(f"{path}: ")


def test_what_is_written_reads_back_equal(tmp_path: Path) -> None:
    path = tmp_path / "все.geojson"
    made = scenario_of(ALL_ACTIONS)
    write_scenario(made.edits, path)
    read = read_scenario(path)
    assert_geodataframe_equal(read.edits, made.edits)
    assert read.sha256 == hashlib.sha256(path.read_bytes()).hexdigest() == made.sha256
    first = path.read_bytes()
    write_scenario(read.edits, path)
    assert path.read_bytes() == first


def test_hostile_text_survives_to_the_letter(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    write_scenario(ALL_ACTIONS, path)
    edits = read_scenario(path).edits
    assert edits.loc[1, "name"] == edits.loc[1, "reason"] == edits.loc[7, "post_id"] == HOSTILE
    assert edits.loc[9, "properties"] == {"colour": [1, {"a": None}], "x": HOSTILE}


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(), inner, max_size=2),
    max_leaves=4,
)


@given(
    reason=st.text(),
    name=st.text(),
    extras=st.dictionaries(st.text().map("x-{}".format), JSON, max_size=3),
    lon=st.floats(-180, 180),
    lat=st.floats(-90, 90),
)
def test_any_text_and_place_reads_back_equal(
    tmp_path_factory, reason, name, extras, lon, lat
) -> None:
    edits = gpd.GeoDataFrame(
        {"action": ["close"], "reason": [reason], "name": [name], "properties": [extras]},
        geometry=[shapely.Point(lon, lat)],
        crs=4326,
    )
    path = tmp_path_factory.mktemp("scenario") / "a.geojson"
    write_scenario(edits, path)
    read = read_scenario(path).edits
    assert read.loc[1, ["reason", "name", "properties"]].to_list() == [reason, name, extras]
    assert (read.geometry[1].x, read.geometry[1].y) == (lon, lat)


def test_what_is_left_out_has_its_default(tmp_path: Path) -> None:
    way = {"type": "LineString", "coordinates": [[71.37, 42.9, 512.5], [71.38, 42.9, 512.5]]}
    path = written(
        tmp_path,
        [
            {"properties": {"action": "add_street"}, "geometry": way},
            point("add_post", id=5, reason=None),
            {"properties": {"action": "close_post", "post_id": "P"}},
        ],
    )
    edits = read_scenario(path).edits
    assert edits.loc[1, ["highway", "lit", "reason", "date", "kind"]].to_list() == [
        "footway",
        *[""] * 4,
    ]
    assert edits[["bridge", "tunnel", "joins"]].to_numpy().tolist() == [[False] * 3] * 3
    assert edits.loc[2, ["post_id", "kind", "reason"]].to_list() == ["5", "precinct_point", ""]
    assert edits.geometry[1].equals(line((71.37, 42.9), (71.38, 42.9)))
    assert not edits.geometry[1].has_z
    assert edits.geometry[3] is None
    assert edits.crs == "EPSG:4326"


def test_a_scenario_tells_what_it_holds(tmp_path: Path) -> None:
    made = scenario_of(ALL_ACTIONS, name="мост.geojson")
    assert repr(made) == (
        "Scenario(мост.geojson: 1 add_street, 3 close, 2 open, 1 add_post, 1 move_post, "
        "1 close_post)"
    )
    assert made.changes_streets
    assert made.changes_posts
    assert made.closes_streets
    empty = read_scenario(written(tmp_path, []))
    assert repr(empty) == "Scenario(what-if.geojson: no edits)"
    for changes in (empty.changes_streets, empty.changes_posts, empty.closes_streets):
        assert not changes


def test_edits_in_words_are_one_line_each_whatever_they_hold() -> None:
    lines = edits_in_words(scenario_of(ALL_ACTIONS)).split("\n")
    assert [text.split(":")[0] for text in lines] == [
        f"{i}. {action}" for i, action in enumerate(ALL_ACTIONS["action"], start=1)
    ]
    assert "steps, bridge" in lines[0]
    assert "71 m" in lines[0]
    assert "</script>" in lines[0]
    assert lines[-1] == "9. close_post: P-2"
    assert all(text.isprintable() for text in lines)


def test_all_problems_are_told_at_once_with_the_numbers_of_the_features(tmp_path: Path) -> None:
    message = problem_of(
        tmp_path,
        point("demolish"),
        point("add_post"),
        point("close"),
        point("add_street"),
        point("move_post", lonlat=(42.9, 171.37)),
        point("demolish"),
    )
    assert message.splitlines() == [
        "5 problems",
        f"  - features 1, 6: `action` is `demolish`; wanted one of {', '.join(ACTIONS)}",
        "  - feature 2: no `id`; give the id of the post",
        "  - feature 4: a geometry of type `Point`; wanted LineString",
        "  - feature 5: no `post_id`; give the id of the post",
        "  - feature 5: latitude 171.37 is beyond 90: give longitude first, then latitude",
    ]


@pytest.mark.parametrize(
    ("feature", "told"),
    [
        ({"properties": None, "geometry": None}, "no `action`"),
        ({"properties": [1], "geometry": None}, "`properties` must be"),
        (point("close_post", post_id=" "), "no `post_id`"),
        (point("move_post", id="P-1"), "no `post_id`"),
        (point("close", reson="flood"), "no use for `reson`; if it is `reason`, rename it"),
        (point("close", date="22.11.2026"), "`date` is `22.11.2026`"),
        (point("close", date="2026-13"), "`date` is `2026-13`"),
        (point("close", reason=["flood"]), '`reason` is `["flood"]`; wanted a text'),
        (
            point("add_post", id="P", kind="kiosk"),
            "`kind` is `kiosk`; wanted one of precinct_point",
        ),
        (point("close", lonlat=(200, 95)), "no place has longitude 200 and latitude 95"),
        (point("close", lonlat=()), "a Point without coordinates"),
        (point("close", lonlat=("a", 1)), "not those of a Point"),
        (point("close", lonlat=(71,)), "not those of a Point"),
        (
            {"properties": {"action": "close"}, "geometry": None},
            "type `null`; wanted Point or Line",
        ),
        ({"properties": {"action": "close"}, "geometry": 5}, "type `5`"),
        ({"properties": {"action": "close"}, "geometry": {"type": "Circle"}}, "type `Circle`"),
    ],
)
def test_what_is_wrong_with_a_feature_is_told(tmp_path: Path, feature, told) -> None:
    message = problem_of(tmp_path, feature)
    assert message.startswith("feature 1: ")
    assert told in message


@pytest.mark.parametrize(
    ("properties", "coordinates", "told"),
    [
        ({"highway": "motorway"}, [[71, 42], [71.1, 42]], "`highway` is `motorway`: motorway"),
        ({"bridge": "viaduct"}, [[71, 42], [71.1, 42]], "`bridge` is `viaduct`; wanted true or"),
        ({"lit": 7}, [[71, 42], [71.1, 42]], "`lit` is `7`; wanted true or false"),
        ({}, [[71, 42], [71, 42]], "a LineString that crosses itself or has no extent"),
        ({}, [[71, 42]], "not those of a LineString"),
        ({}, [], "a LineString without coordinates"),
    ],
)
def test_what_is_wrong_with_a_street_is_told(tmp_path, properties, coordinates, told) -> None:
    geometry = {"type": "LineString", "coordinates": coordinates}
    feature = {"properties": {"action": "add_street", **properties}, "geometry": geometry}
    assert told in problem_of(tmp_path, feature)


def test_an_area_that_crosses_itself_is_told(tmp_path: Path) -> None:
    ring = [[71, 42], [71.1, 42.1], [71.1, 42], [71, 42.1], [71, 42]]
    geometry = {"type": "Polygon", "coordinates": [ring]}
    message = problem_of(tmp_path, {"properties": {"action": "close"}, "geometry": geometry})
    assert "crosses itself" in message


def test_an_id_given_to_two_new_posts_is_told(tmp_path: Path) -> None:
    message = problem_of(tmp_path, point("add_post", id="A"), point("add_post", id="A"))
    assert message.startswith("features 1, 2: `add_post` with the id `A` more than once")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "not GeoJSON"),
        (b"{", "not GeoJSON"),
        (b"[" * 100_000, "not GeoJSON"),
        (b"[]", "not a GeoJSON collection of features"),
        (b'{"features": 5}', "not a GeoJSON collection of features"),
        (b'{"features": [5]}', "not a GeoJSON collection of features"),
        (b'{"features": [{"properties": {"x": NaN}}]}', "not GeoJSON (NaN"),
        (b'{"features": [], "crs": {"properties": {"name": "EPSG:32642"}}}', "not WGS 84"),
        ('{"features": ["Тараз"]}'.encode("cp1251"), "not UTF-8"),
    ],
)
def test_a_file_that_is_no_scenario(tmp_path: Path, content, told) -> None:
    path = tmp_path / "a.geojson"
    path.write_bytes(content)
    with pytest.raises(SourceError, match="geojson: ") as refused:
        read_scenario(path)
    assert str(refused.value).startswith(f"{path}: ")
    assert told in str(refused.value)


def test_a_file_that_is_not_there_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="no such file"):
        read_scenario(tmp_path / "none.geojson")
    with pytest.raises(SourceError, match="cannot be read"):
        read_scenario(tmp_path)


def test_half_a_character_is_replaced(tmp_path: Path) -> None:
    path = written(tmp_path, [point("close", reason="a\ud800b")])
    read = read_scenario(path)
    assert read.edits.loc[1, "reason"] == "a\ufffdb"
    write_scenario(read.edits, path)
    assert_geodataframe_equal(read_scenario(path).edits, read.edits)


def test_wrong_edits_are_not_written(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    with pytest.raises(TableError, match="feature 1: no `id`"):
        write_scenario(edits_of(("add_post", shapely.Point(0, 0), {})), path)
    with pytest.raises(TableError, match="feature 1: no `action`"):
        write_scenario(gpd.GeoDataFrame(geometry=[shapely.Point(0, 0)], crs=CRS), path)
    with pytest.raises(TableError, match="cannot be written as JSON"):
        write_scenario(
            edits_of(("close", shapely.Point(0, 0), {"properties": {"a": object()}})), path
        )
    with pytest.raises(TableError, match="cannot be written as JSON"):
        write_scenario(edits_of(("close", shapely.Point(0, 0), {"reason": np.inf})), path)
    with pytest.raises(CRSError, match="CRS"):
        write_scenario(
            gpd.GeoDataFrame({"action": ["close"]}, geometry=[shapely.Point(0, 0)]), path
        )
    assert not path.exists()


# -- adding streets --------------------------------------------------------------------------------


def test_a_footbridge_shortens_the_walk(u_town: WalkNetwork) -> None:
    assert walk(u_town, (0, 400), (2, 400)) == pytest.approx(880 / 80)
    changed = change(u_town, street((400, 0), (400, 80)))
    assert walk_after(changed, u_town, (0, 400), (2, 400)) == pytest.approx(1.0)


def test_a_street_that_joins_in_the_middle_splits_edges_and_keeps_their_shape() -> None:
    bent = network_of(
        [(0.0, 0.0), (200.0, 100.0), (0.0, 300.0), (200.0, 300.0)],
        [Edge(0, 1, via=((0.0, 100.0),), slow_back=2.0), Edge(2, 3)],
    )
    changed = change(bent, street((100, 100), (100, 300)))
    network = changed.network
    assert network.n_edges == 5
    assert changed.old_edge.tolist() == [0, 1, 0, 1, -1]
    assert changed.from_m == pytest.approx([0, 0, 200, 100, 0], abs=1e-6)
    assert network.edge_length_m == pytest.approx([200, 100, 100, 100, 200], abs=1e-6)
    assert network.edge_forward_s == pytest.approx([150, 75, 75, 75, 150], abs=1e-6)
    assert network.edge_backward_s == pytest.approx([300, 75, 150, 75, 150], abs=1e-6)
    first = shapely.get_coordinates(network.edge_lines[0])
    assert first == pytest.approx(np.array([[0, 0], [0, 100], [100, 100]]), abs=1e-6)
    for i in range(network.n_edges):
        ends = network.xy[[network.xy_start[i], network.xy_start[i + 1] - 1]]
        assert np.array_equal(ends, network.node_xy[[network.edge_u[i], network.edge_v[i]]])
    assert len(np.unique(network.node_ref)) == network.n_nodes
    assert network.node_ref[:4].tolist() == bent.node_ref.tolist()
    assert (network.node_ref[4:] < 0).all()


def test_a_new_street_carries_what_its_edit_says(u_town: WalkNetwork) -> None:
    changed = change(
        u_town,
        street((400, 0), (400, 80), highway="steps", bridge=True, lit="no", name=HOSTILE),
        street((300, 0), (300, 80), highway="residential", lit=True),
    )
    network = changed.network
    assert changed.edit.tolist() == [0, 0, 0, 0, 0, 1, 2]
    assert network.edge_kind[-2:].tolist() == ["steps", "street"]
    assert network.edge_class[-2:].tolist() == ["path", "minor"]
    assert network.edge_name[-2:].tolist() == [HOSTILE, ""]
    assert network.edge_lit[-2:].tolist() == [0, 1]
    assert network.edge_is_open[-2:].tolist() == [False, True]
    assert network.edge_way_id[-2:].tolist() == [-1, -2]
    assert network.edge_forward_s[-2:] == pytest.approx([120, 60])
    for name, before in ((n, getattr(u_town, n)) for n in WalkNetwork.__dataclass_fields__):
        if isinstance(before, np.ndarray):
            assert getattr(network, name).dtype == before.dtype, name


def test_an_end_beside_the_street_walks_the_leg_to_it(u_town: WalkNetwork) -> None:
    changed = change(u_town, street((400, 20), (400, 55)))
    assert changed.network.edge_length_m[-1] == pytest.approx(80)
    assert walk_after(changed, u_town, (0, 400), (2, 400)) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("gap_m", "joins"), [(JOIN_MAX_M - 1e-6, True), (JOIN_MAX_M + 1e-6, False)]
)
def test_an_end_joins_up_to_the_longest_leg(u_town: WalkNetwork, gap_m, joins) -> None:
    edit = street((400 + gap_m, 0), (400, 80))
    if joins:
        assert change(u_town, edit).network.n_edges == 4
    else:
        with pytest.raises(
            TableError, match="the first end of the line reaches no street within 25 m"
        ):
            change(u_town, edit)


def test_all_edits_that_cannot_be_applied_are_told_at_once(u_town: WalkNetwork) -> None:
    with pytest.raises(TableError) as refused:
        change(
            u_town,
            street((400, 0), (400, 80)),
            street((400, 300), (400, 500)),
            close(shapely.Point(200, 40)),
            ("open", shapely.Point(200, 0), {}),
            street((0, 0), (5_000_000, 0)),
            close(line((0, 40), (200, 40))),
            close(line((300, 0), (300, 80))),
        )
    assert str(refused.value).splitlines()[0] == "scenario: 6 problems"
    told = [text.split(":")[0] for text in str(refused.value).splitlines()[1:]]
    assert told == [f"  - feature {i}" for i in (2, 3, 4, 5, 6, 7)]
    assert "the first and the last end of the line reach no street" in str(refused.value)


def test_a_place_beyond_the_metric_crs_is_told(u_town: WalkNetwork) -> None:
    far = gpd.GeoDataFrame(
        {"action": ["close"]}, geometry=[shapely.Point(-116, 0)], crs=4326
    )  # 180 degrees from the middle of the zone
    with pytest.raises(TableError, match="feature 1"):
        apply_to_network(u_town, scenario_of(far), speed_kmh=4.8, steps_speed_kmh=2.4)


# A street in the middle, crossed by a footbridge from the southern to the northern one.
H_NODES = [(0.0, 0.0), (400.0, 0.0), (0.0, 100.0), (400.0, 100.0), (0.0, 200.0), (400.0, 200.0)]
H_EDGES = [Edge(0, 1), Edge(2, 3), Edge(4, 5), Edge(0, 2), Edge(2, 4)]


@pytest.mark.parametrize("via", [(), ((200.0, 100.0),)])
def test_a_bridge_joins_nothing_that_it_crosses(via) -> None:
    town = network_of(H_NODES, H_EDGES)
    changed = change(town, street((200, 0), *via, (200, 200), bridge=True))
    assert changed.network.n_edges == town.n_edges + 3
    # From the middle street the bridge is reached by its ends only: 200 + 100 + 200 m to one.
    assert walk_after(changed, town, (1, 200), (0, 200)) == pytest.approx(500 / 80)
    assert walk_after(changed, town, (0, 200), (2, 200)) == pytest.approx(200 / 80)


def test_inner_vertices_join_what_they_lie_on_when_asked() -> None:
    town = network_of(H_NODES, H_EDGES)
    changed = change(town, street((200, 0), (200, 99.5), (250, 150), (200, 200), joins=True))
    assert walk_after(changed, town, (1, 200), (0, 200)) == pytest.approx(100 / 80)
    assert changed.network.n_edges == town.n_edges + 3 + 2
    beside = change(town, street((200, 0), (200, 98.5), (200, 200), joins=True))
    assert beside.network.n_edges == town.n_edges + 3


def test_nobody_steps_onto_a_new_bridge_from_beside_it(u_town: WalkNetwork) -> None:
    changed = change(u_town, street((400, 0), (400, 80), bridge=True), street((300, 0), (300, 80)))
    points = gpd.GeoSeries([shapely.Point(399, 40), shapely.Point(301, 40)], crs=CRS)
    at = snap(changed.network, points, snap_max_m=250, island_max_m=0, barriers=np.array([]))
    assert changed.edit[at["edge"]].tolist() == [0, 2]


def test_an_end_joins_a_bridge_only_where_it_is_drawn_on_it() -> None:
    town = network_of(
        [(0.0, 0.0), (400.0, 0.0), (0.0, 15.0), (400.0, 15.0), (0.0, 100.0), (400.0, 100.0)],
        [Edge(0, 1), Edge(2, 3, is_open=False), Edge(4, 5)],
    )
    below = change(town, street((200, 11), (200, 100)))
    assert below.network.edge_length_m[-1] == pytest.approx(100)
    on_deck = change(town, street((200, 14.2), (200, 100), highway="steps"))
    assert on_deck.network.edge_length_m[-1] == pytest.approx(85.8 + 0.8)


def test_the_leg_of_an_end_crosses_no_railway(u_town: WalkNetwork) -> None:
    rails = [line((-100, 10), (500, 10))]
    with pytest.raises(TableError, match="the first end of the line reaches no street"):
        change(u_town, street((200, 20), (200, 80)), barriers=rails)
    # The street itself may: that is what it is drawn for. A quay along the rails is no crossing.
    assert change(u_town, street((200, 0), (200, 80)), barriers=rails).network.n_edges == 6
    along = [line((-100, 0), (500, 0))]
    assert change(u_town, street((200, 20), (200, 80)), barriers=along).network.n_edges == 6


def test_seconds_may_come_from_a_walking_profile(u_town: WalkNetwork, caplog) -> None:
    def in_a_pushchair(streets: WalkNetwork):
        assert streets.edge_lit.tolist() == [-1, 0]
        seconds = np.where(streets.edge_kind == "steps", np.inf, streets.edge_length_m * 2)
        return seconds, seconds * 3

    edits = street((400, 0), (400, 80), highway="steps"), street((300, 0), (300, 80), lit=False)
    changed = change(u_town, *edits, seconds_of=in_a_pushchair)
    assert changed.edit.tolist() == [0, 0, 0, 0, 0, 2]
    assert "cannot use the new streets of features 1" in caplog.text
    assert changed.network.edge_forward_s[-1] == pytest.approx(160)
    assert changed.network.edge_backward_s[-1] == pytest.approx(480)


def test_a_new_street_climbs_with_the_ground_and_a_new_bridge_evenly(u_town: WalkNetwork) -> None:
    def over_a_hill(xy):
        return 10 - np.abs(xy[:, 1] - 40) / 4

    def seconds(**properties):
        pace = partial(profile_seconds, profile=walking_profile("adult"), elevation=over_a_hill)
        changed = change(u_town, street((200, 0), (200, 80), **properties), seconds_of=pace)
        return changed.network.edge_forward_s[-1]

    # 40 m up and 40 m down, 25 in 100, by Tobler: exp(-3.5 x 0.25) and exp(-3.5 x 0.15)
    assert seconds() == pytest.approx(30 * (np.exp(3.5 * 0.25) + np.exp(3.5 * 0.15)))
    assert seconds(bridge=True) == pytest.approx(60)


def test_streets_may_be_built_on_new_streets(u_town: WalkNetwork) -> None:
    changed = change(u_town, street((200, 0), (200, 80)), street((200, 40), (300, 80)))
    assert walk_after(changed, u_town, (0, 200), (2, 300)) == pytest.approx(
        (40 + np.hypot(100, 40)) / 80
    )
    loop = change(u_town, street((400, 0), (450, 0), (450, 50), (400, 0)))
    assert loop.network.edge_u[-1] == loop.network.edge_v[-1] == 1


def test_a_crossing_opened_is_a_crossing_mapped() -> None:
    def town(**tags: str) -> Town:
        drawn = Town()
        drawn.street((0, 0), (200, 0), (400, 0))
        drawn.street((0, 100), (200, 100), (400, 100))
        drawn.street((0, 0), (0, 100))
        drawn.way((-50, 50), (450, 50), railway="rail")
        if tags:
            drawn.way((200, 0), (200, 100), **tags)
        return drawn

    mapped = town(highway="footway")
    network = town().network()
    opened = ("open", line((200, 0), (200, 100)), {})
    changed = apply_to_network(
        network,
        scenario(opened, shift=ORIGIN),
        speed_kmh=ADULT_KMH,
        steps_speed_kmh=STEPS_KMH,
        barriers=barrier_lines(town().extract(), crs=CRS),
    )
    at = places({"d": (300, 10), "p": (300, 95)})
    no_lines = np.array([], dtype=object)
    there = snap(changed.network, at, snap_max_m=50, island_max_m=0, barriers=no_lines)
    assert minutes(changed.network, there.loc[["d"]], there.loc[["p"]])[0] == pytest.approx(
        mapped.minutes((300, 10), (300, 95)), abs=0.001
    )


# -- closing and opening ---------------------------------------------------------------------------


def test_a_closed_point_stops_everybody_there(u_town: WalkNetwork) -> None:
    changed = change(u_town, close(shapely.Point(200, 3)))
    assert walk_after(changed, u_town, (0, 100), (2, 0)) == pytest.approx(180 / 80)
    assert walk_after(changed, u_town, (0, 300), (2, 0)) == np.inf
    assert changed.network.edge_length_m == pytest.approx([200, 80, 400, 200])
    refs = changed.network.node_ref
    assert (refs < 0).sum() == 2


def test_a_closed_point_on_a_bridge_closes_the_bridge() -> None:
    town = network_of(
        [(0.0, 0.0), (100.0, 0.0), (0.0, 50.0), (100.0, 50.0)],
        [Edge(0, 1), Edge(2, 3), Edge(0, 2, is_open=False)],
    )
    changed = change(town, close(shapely.Point(0, 25)))
    assert walk_after(changed, town, (0, 50), (1, 50)) == np.inf


def test_a_closed_junction_lets_nobody_pass() -> None:
    star = network_of(
        [(0.0, 0.0), (100.0, 0.0), (0.0, 100.0), (-100.0, 0.0)], [Edge(0, i) for i in (1, 2, 3)]
    )
    changed = change(star, close(shapely.Point(0, 0)))
    assert changed.network.n_nodes == 6
    assert (changed.network.node_ref < 0).sum() == 3
    reopened = change(changed.network, ("open", shapely.Point(0, 0), {})).network
    assert reopened.n_nodes == 4
    assert reopened.edge_component.max() == 0
    assert changed.network.n_edges == 3
    assert {walk_after(changed, star, (a, 50), (b, 50)) for a in range(3) for b in range(a)} == {
        np.inf
    }
    assert changed.network.edge_length_m.tolist() == star.edge_length_m.tolist()


def test_an_area_is_cut_out_at_its_border() -> None:
    town = network_of([(0.0, 0.0), (400.0, 0.0)], [Edge(0, 1, via=((200.0, 50.0),))])
    area = shapely.box(100, -10, 300, 100) - shapely.box(190, -20, 210, 60)
    changed = change(town, close(area))
    network = changed.network
    slope = np.hypot(200, 50) / 200
    assert network.edge_length_m == pytest.approx([100 * slope, 20 * slope, 100 * slope])
    assert changed.from_m == pytest.approx([0, 190 * slope, 300 * slope])
    assert changed.old_edge.tolist() == [0, 0, 0]
    assert network.edge_component.max() == 2
    at = positions_of(town, [(0, share, 5.0) for share in (0.1, 0.3, 0.5, 0.6, 0.9)])
    moved = changed.move_positions(at)
    assert moved["edge"].tolist() == [0, -1, 1, -1, 2]
    assert moved["status"].tolist() == [
        "snapped", "street_closed", "snapped", "street_closed", "snapped",
    ]  # fmt: skip
    assert moved["access_m"].tolist() == [5, np.inf, 5, np.inf, 5]
    assert moved["offset_m"].isna().tolist() == [False, True, False, True, False]


def test_an_area_that_only_touches_a_street_closes_nothing(u_town: WalkNetwork) -> None:
    touching = shapely.Polygon([(200, 0), (250, -50), (150, -50)])
    assert same_network(change(u_town, close(touching)).network, u_town)


def test_an_area_closes_bridges_and_whole_streets_in_it(u_town: WalkNetwork) -> None:
    changed = change(
        u_town, street((400, 0), (400, 80), bridge=True), close(shapely.box(-50, -50, 500, 40))
    )
    assert changed.network.edge_length_m == pytest.approx([40, 400, 40])
    assert changed.old_edge.tolist() == [1, 2, -1]
    assert changed.network.n_nodes == 4


def test_a_closed_line_leaves_the_streets_that_cross_it() -> None:
    grid = network_of(
        [(0.0, 0.0), (100.0, 0.0), (200.0, 0.0), (100.0, 100.0), (100.0, -100.0)],
        [Edge(0, 1), Edge(1, 2), Edge(1, 3), Edge(4, 1)],
    )
    changed = change(grid, close(line((0, 3), (101, 4), (200, -3))))
    assert changed.old_edge.tolist() == [2, 3]
    assert walk_after(changed, grid, (2, 100), (3, 0)) == pytest.approx(200 / 80)


def test_a_vertex_beside_a_side_street_leaves_it_open() -> None:
    grid = network_of(
        [(0.0, 0.0), (100.0, 0.0), (200.0, 0.0), (100.0, 100.0)],
        [Edge(0, 1), Edge(1, 2), Edge(1, 3)],
    )
    changed = change(grid, close(line((0, 0), (101, 8), (200, 0))))
    assert changed.old_edge.tolist() == [2]
    assert changed.network.edge_length_m == pytest.approx([100])


def test_part_of_a_street_is_closed_from_end_to_end_of_the_line(u_town: WalkNetwork) -> None:
    changed = change(u_town, close(line((100, 2), (300, 2))))
    assert changed.network.edge_length_m == pytest.approx([100, 80, 400, 100])
    reverse = change(u_town, close(line((300, 2), (100, 2))))
    assert reverse.network.edge_length_m.tolist() == changed.network.edge_length_m.tolist()


def test_of_parallel_streets_the_nearer_is_closed() -> None:
    winding = tuple((20.0 * i + 10, 6.0 * (-1) ** i) for i in range(10))
    pair = network_of(
        [(0.0, 0.0), (200.0, 0.0)], [Edge(0, 1, via=((100.0, 15.0),)), Edge(0, 1, via=winding)]
    )
    assert pair.edge_length_m[0] < pair.edge_length_m[1]
    assert change(pair, close(line((0, 0), (200, 0)))).old_edge.tolist() == [0]
    assert change(pair, close(line((0, 0), (100, 16), (200, 0)))).old_edge.tolist() == [1]


def locked_gate() -> Town:
    town = Town()
    town.node(200, 0, barrier="gate", locked="yes")
    town.street((0, 0), (200, 0), (400, 0))
    town.street((0, 0), (0, 100))
    return town


def test_a_closed_gate_is_opened() -> None:
    network = locked_gate().network()
    ends = places({"d": (390, 0), "p": (0, 90)})
    at = snap(network, ends, snap_max_m=50, island_max_m=0, barriers=np.array([], dtype=object))
    assert minutes(network, at.loc[["d"]], at.loc[["p"]])[0] == np.inf
    changed = apply_to_network(
        network,
        scenario(("open", shapely.Point(203, 4), {}), shift=ORIGIN),
        speed_kmh=ADULT_KMH,
        steps_speed_kmh=STEPS_KMH,
    )
    moved = changed.move_positions(at)
    assert minutes(changed.network, moved.loc[["d"]], moved.loc[["p"]])[0] == pytest.approx(
        480 / 80, abs=0.001
    )
    assert changed.network.n_nodes == network.n_nodes - 1


def test_edits_apply_in_the_order_they_are_written(u_town: WalkNetwork) -> None:
    built, gate = street((400, 0), (400, 80)), close(shapely.box(390, -10, 410, 90))
    ends = (0, 300), (2, 300)
    first_built = change(u_town, built, gate)
    assert walk_after(first_built, u_town, *ends) == pytest.approx(680 / 80)
    # Closed first, the ends of the street join what is left, 10 m to the west.
    first_closed = change(u_town, gate, built)
    assert walk_after(first_closed, u_town, *ends) == pytest.approx((90 + 10 + 80 + 10 + 90) / 80)


def test_a_gate_closed_and_opened_again_changes_nothing(u_town: WalkNetwork) -> None:
    gate, junction = shapely.Point(200, 0), shapely.Point(0, 0)
    for at in (gate, junction):
        assert same_network(change(u_town, close(at), ("open", at, {})).network, u_town)
    reopened = change(u_town, close(gate), close(gate), ("open", gate, {}))
    assert same_network(reopened.network, u_town)


def test_without_closings_all_else_is_the_same(u_town: WalkNetwork) -> None:
    edits = (
        street((400, 0), (400, 80)),
        close(shapely.Point(200, 0)),
        close(line((100, 80), (300, 80))),
        close(shapely.Point(0, 0)),
    )
    assert same_network(
        change(u_town, *edits, closings=False).network, change(u_town, edits[0]).network
    )


def test_a_scenario_of_posts_leaves_the_network_as_it_is(u_town: WalkNetwork) -> None:
    changed = change(u_town, ("close_post", None, {"post_id": "P"}))
    assert changed.network is u_town


# -- laws ------------------------------------------------------------------------------------------

SHAPES = st.lists(st.tuples(COORDINATE, COORDINATE), min_size=2, max_size=4).filter(
    lambda xy: shapely.LineString(xy).length > 1
)
EDIT = st.one_of(
    SHAPES.map(lambda xy: street(*xy)),
    SHAPES.map(lambda xy: street(*xy, joins=True)),
    SHAPES.map(lambda xy: street(*xy, highway="steps", bridge=True)),
)
CLOSING = st.one_of(
    st.tuples(COORDINATE, COORDINATE).map(lambda xy: close(shapely.Point(xy))),
    st.tuples(COORDINATE, COORDINATE, st.floats(1, 400)).map(
        lambda at: close(shapely.box(at[0], at[1], at[0] + at[2], at[1] + at[2] / 2))
    ),
)
law = settings(deadline=None, max_examples=50)
FAR = {"join_max_m": 2000}


@st.composite
def towns(draw: st.DrawFn) -> tuple[WalkNetwork, pd.DataFrame, pd.DataFrame]:
    nodes, edges = draw(drawings())
    network = network_of(nodes, edges)
    doors = positions_of(network, draw(spots(len(edges), min_size=1)))
    posts = positions_of(network, draw(spots(len(edges), min_size=1, max_size=3)), letter="p")
    return network, doors, posts


def no_less(left: np.ndarray, right: np.ndarray) -> bool:
    return bool((left >= right - 1e-6).all())


@law
@given(town=towns(), edits=st.lists(EDIT, min_size=1, max_size=3))
def test_adding_streets_never_makes_a_walk_longer(town, edits) -> None:
    network, doors, posts = town
    changed = change(network, *edits, **FAR)
    before = minutes(network, doors, posts)
    after = minutes(changed.network, changed.move_positions(doors), changed.move_positions(posts))
    assert no_less(before, after)


@law
@given(town=towns(), edits=st.lists(EDIT, min_size=1, max_size=3))
def test_splitting_streets_changes_no_walk(town, edits) -> None:
    network, doors, posts = town
    endless = change(network, *edits, speed_kmh=1e-9, steps_speed_kmh=1e-9, **FAR)
    # Where streets meet at one place the new street may be no longer than rounding.
    assume(endless.network.edge_length_m[endless.old_edge < 0].min() > 1)
    after = minutes(endless.network, endless.move_positions(doors), endless.move_positions(posts))
    # Whom only the endless street connects is as good as not connected.
    before = np.minimum(minutes(network, doors, posts), 1e6)
    assert np.minimum(after, 1e6) == pytest.approx(before, abs=1e-6)


@law
@given(town=towns(), edits=st.lists(CLOSING, min_size=1, max_size=3))
def test_closing_never_makes_a_walk_shorter(town, edits) -> None:
    network, doors, posts = town
    changed = change(network, *edits, **FAR)
    before = minutes(network, doors, posts)
    after = minutes(changed.network, changed.move_positions(doors), changed.move_positions(posts))
    assert no_less(after, before)


@law
@given(town=towns(), edits=st.lists(EDIT | CLOSING, min_size=1, max_size=4))
def test_nothing_closed_is_never_longer(town, edits) -> None:
    network, doors, posts = town
    whole, nothing_closed = (change(network, *edits, closings=c, **FAR) for c in (True, False))
    after, at_least = (
        minutes(c.network, c.move_positions(doors), c.move_positions(posts))
        for c in (whole, nothing_closed)
    )
    assert no_less(after, at_least)
    assert no_less(minutes(network, doors, posts), at_least)


@law
@given(town=towns(), xy=SHAPES, joins=st.booleans(), backward=st.booleans())
def test_a_street_added_and_closed_again_changes_nothing(town, xy, joins, backward) -> None:
    network, _, _ = town
    again = close(shapely.LineString(xy[::-1] if backward else xy))
    changed = change(network, street(*xy, joins=joins), again, **FAR)
    assert same_network(changed.network, network)


@law
@given(town=towns(), edits=st.lists(EDIT | CLOSING, min_size=1, max_size=4))
def test_positions_stay_where_they_are(town, edits) -> None:
    network, doors, _ = town
    changed = change(network, *edits, **FAR)
    moved = changed.move_positions(doors)
    on = (moved["edge"] >= 0).to_numpy()
    assert moved.index.equals(doors.index)
    assert not (on & (doors["edge"] < 0)).any()
    if changed.network.n_edges == 0 or not on.any():
        return
    was = network.position_xy(doors["edge"].to_numpy()[on], doors["offset_m"].to_numpy()[on])
    now = changed.network.position_xy(
        moved["edge"].to_numpy()[on], moved["offset_m"].to_numpy()[on]
    )
    assert now == pytest.approx(was, abs=1e-5)


@law
@given(town=towns(), edits=st.lists(EDIT | CLOSING, min_size=1, max_size=4))
def test_networks_stay_sound_and_inputs_stay_as_they_were(town, edits) -> None:
    network, doors, _ = town
    arrays = {name: np.copy(getattr(network, name)) for name in WalkNetwork.__dataclass_fields__}
    kept = doors.copy()
    made = scenario(*edits)
    table = made.edits.copy()
    changed = apply_to_network(network, made, speed_kmh=4.8, steps_speed_kmh=2.4, **FAR)
    changed.move_positions(doors)
    assert all(np.array_equal(getattr(network, name), arrays[name]) for name in arrays)
    assert_frame_equal(doors, kept)
    assert_geodataframe_equal(made.edits, table)
    now = changed.network
    assert len(np.unique(now.node_ref)) == now.n_nodes
    assert now.xy_start[-1] == len(now.xy)
    assert (np.diff(now.xy_start) >= 2).all()
    assert np.isfinite(now.edge_forward_s).all()
    ends = now.xy[now.xy_start[:-1]], now.xy[now.xy_start[1:] - 1]
    assert ends[0] == pytest.approx(now.node_xy[now.edge_u], abs=1e-6)
    assert ends[1] == pytest.approx(now.node_xy[now.edge_v], abs=1e-6)
    assert changed.old_edge[changed.old_edge >= 0].max(initial=-1) < network.n_edges


@law
@given(
    drawing=drawings(),
    points=st.lists(st.tuples(COORDINATE, COORDINATE), min_size=2, max_size=6),
    edits=st.lists(EDIT, min_size=1, max_size=3),
)
def test_adding_streets_lowers_no_coverage_when_doors_are_snapped_anew(
    drawing, points, edits
) -> None:
    network = network_of(*drawing)
    changed = change(network, *edits, **FAR)
    before, after = before_and_after(changed, network, points[:-1], points[-1:])
    assert no_less(before, after)


@law
@given(
    drawing=drawings(),
    points=st.lists(st.tuples(COORDINATE, COORDINATE), min_size=2, max_size=6),
    edits=st.lists(CLOSING, min_size=1, max_size=2),
)
def test_closing_gains_nothing_when_doors_are_snapped_anew(drawing, points, edits) -> None:
    network = network_of(*drawing)
    changed = change(network, *edits, **FAR)
    assume(changed.network.n_edges > 0)
    # The posts keep their places: one whose own street is closed is moved by its owner.
    before, after = before_and_after(changed, network, points[:-1], points[-1:], hold=True)
    assert no_less(after, before)


def before_and_after(
    changed: ChangedNetwork, network: WalkNetwork, doors: Line, posts: Line, *, hold: bool = False
) -> tuple[np.ndarray, np.ndarray]:
    """Minutes before, and after with both positions of every door and post."""
    tables = {}
    for name, xy in (("d", doors), ("p", posts)):
        points = gpd.GeoSeries(
            map(shapely.Point, xy), [f"{name}{i}" for i in range(len(xy))], crs=CRS
        )
        was, new = (
            snap(net, points, snap_max_m=400, island_max_m=150, barriers=np.array([], dtype=object))
            for net in (network, changed.network)
        )
        tables[name] = was, changed.move_positions(was), new
    before = minutes(network, tables["d"][0], tables["p"][0])
    _, kept, new = tables["d"]
    both = both_positions(*tables["p"][1:])
    kept, new = (
        table.join(nearest_facility(changed.network, table, both, speed_kmh=ADULT_KMH))
        for table in (kept, new)
    )
    held = pd.Series(before, index=kept.index) if hold else None
    return before, quicker(kept, new, at_least_min=held)["minutes"].to_numpy()


def test_the_nearest_street_may_be_the_worse_one_and_the_door_keeps_its_old_one() -> None:
    # A house 60 m north of the main street; a new alley passes 10 m behind it, a long way round.
    main = network_of([(0.0, 0.0), (1000.0, 0.0)], [Edge(0, 1)])
    changed = change(main, street((1000, 0), (1000, 70), (500, 70), (0, 70), (0, 0)))
    door, post = (500.0, 60.0), (490.0, -5.0)
    at = gpd.GeoSeries([shapely.Point(door)], crs=CRS)
    naive = snap(changed.network, at, snap_max_m=250, island_max_m=0, barriers=np.array([]))
    assert changed.edit[naive["edge"]].tolist() == [1]
    posts = positions_of(changed.network, [(0, 0.49, 5.0)], letter="p")
    before, after = before_and_after(changed, main, [door], [post])
    assert minutes(changed.network, naive, posts)[0] > before[0] + 10
    assert before[0] == pytest.approx((60 + 10 + 5) / 80)
    assert after[0] == before[0]


# -- doors -----------------------------------------------------------------------------------------


def test_an_informal_crossing_changes_the_right_doors() -> None:
    # A railway runs between two streets, joined by a level crossing at x = 1000 only. The post is
    # on the northern street at x = 100; a path over the rails is opened at x = 200.
    town = network_of(
        [(0.0, 0.0), (1000.0, 0.0), (0.0, 60.0), (1000.0, 60.0)],
        [Edge(0, 1), Edge(2, 3), Edge(1, 3)],
    )
    rails = np.array([line((-100, 30), (990, 30))], dtype=object)
    x = np.arange(0, 1001, 50.0)
    doors = {f"south-{i:g}": (i, -20.0) for i in x} | {f"north-{i:g}": (i, 80.0) for i in x}
    points = gpd.GeoSeries([shapely.Point(xy) for xy in doors.values()], list(doors), crs=CRS)
    post = gpd.GeoSeries([shapely.Point(100, 60)], ["P"], crs=CRS)
    changed = change(town, ("open", line((200, 0), (200, 60)), {}), barriers=rails)

    def snapped(network: WalkNetwork, what: gpd.GeoSeries) -> pd.DataFrame:
        return snap(network, what, snap_max_m=250, island_max_m=0, barriers=rails)

    before = nearest_facility(
        town, snapped(town, points), snapped(town, post), speed_kmh=ADULT_KMH
    )["minutes"]
    posts = both_positions(
        changed.move_positions(snapped(town, post)), snapped(changed.network, post)
    )
    kept, new = (
        table.join(nearest_facility(changed.network, table, posts, speed_kmh=ADULT_KMH))
        for table in (
            changed.move_positions(snapped(town, points)),
            snapped(changed.network, points),
        )
    )
    table = doors_changed(before, quicker(kept, new)["minutes"])
    # By the level crossing: 1000 - x + 60 + 900; by the path: |x - 200| + 60 + 100.
    by_road, by_path = 1000 - x + 960, np.abs(x - 200) + 160
    gain = {
        f"south-{i:g}": (r - p) / 80 for i, r, p in zip(x, by_road, by_path, strict=True) if p < r
    }
    assert len(gain) == 20
    assert "south-1000" not in gain
    assert table["minutes_saved"].to_dict() == pytest.approx(gain)
    assert (table["change"] == "gained").all()
    assert table.index.name == "door_id"


def test_doors_that_change() -> None:
    ids = pd.Index(list("abcdefg"), name="whatever")
    before = pd.Series([5, 5, 5, np.inf, np.inf, 5, 7], ids, dtype=float)
    after = pd.Series([5, 5 + 1e-7, 4, np.inf, 9, np.inf, 7.5], ids)
    table = doors_changed(before, after.iloc[::-1])
    expected = pd.DataFrame(
        {
            "minutes_before": [5, np.inf, 5, 7],
            "minutes_after": [4, 9, np.inf, 7.5],
            "minutes_saved": [1, np.inf, -np.inf, -0.5],
            "change": ["gained", "gained", "lost", "lost"],
        },
        index=pd.Index(list("cefg"), name="door_id"),
    )
    assert_frame_equal(table, expected, check_dtype=False)
    assert doors_changed(before.iloc[:0], after.iloc[:0]).empty


def test_doors_that_differ_are_refused() -> None:
    some = pd.Series([1.0, 2.0], ["a", "b"])
    for wrong in (
        some.iloc[:1],
        pd.Series([1.0, 2.0], ["a", "a"]),
        pd.Series([1.0, np.nan], ["a", "b"]),
    ):
        with pytest.raises(TableError, match="doors: "):
            doors_changed(some, wrong)
    positions = pd.DataFrame({"edge": [0, 1], "minutes": [1.0, 2.0]}, index=["a", "b"])
    with pytest.raises(TableError, match="doors: "):
        quicker(positions, positions.iloc[::-1])


def test_a_door_whose_street_is_closed_gains_nothing(u_town: WalkNetwork) -> None:
    # Its street leads round 1 km to the post; the street behind the house is far quicker.
    town = network_of(
        [(0.0, 0.0), (500.0, 0.0), (500.0, 30.0), (0.0, 30.0)], [Edge(0, 1), Edge(1, 2), Edge(2, 3)]
    )
    doors, posts = [(10.0, 10.0)], [(10.0, 40.0)]
    changed = change(town, close(line((0, 0), (400, 0))))
    before, after = before_and_after(changed, town, doors, posts)
    assert after[0] < before[0] / 10
    _, held = before_and_after(changed, town, doors, posts, hold=True)
    assert held[0] == before[0]


def test_posts_have_both_positions() -> None:
    kept = pd.DataFrame({"edge": [0, -1, 2, -1], "offset_m": [5, np.nan, 7, np.nan]}, list("abcd"))
    new = pd.DataFrame({"edge": [0, 1, 9, -1], "offset_m": [5, 6, 7, np.nan]}, list("abcd"))
    both = both_positions(kept, new)
    assert [*zip(both.index, both["edge"], strict=True)] == [
        ("a", 0), ("c", 2), ("b", 1), ("c", 9), ("d", -1),
    ]  # fmt: skip


# -- posts -----------------------------------------------------------------------------------------


@pytest.fixture
def posts() -> gpd.GeoDataFrame:
    police = gpd.GeoDataFrame(
        {"osm_id": ["n1", "w2"], "name": ["УПП № 7", HOSTILE]},
        geometry=[shapely.Point(71.3, 42.9), shapely.Point(71.4, 42.9)],
        crs=4326,
    )
    return posts_from_osm(police, source_date="2025-01-01").to_crs(CRS)


def test_posts_are_added_moved_and_closed(posts: gpd.GeoDataFrame) -> None:
    new = {"kind": "modular_post", "number": "8", "name": HOSTILE, "name_kk": "Сегізінші"}
    before = posts.copy()
    after = apply_to_posts(
        posts,
        scenario(
            ("add_post", shapely.Point(1, 2), {"post_id": "NEW", "date": "2027", **new}),
            ("move_post", shapely.Point(3, 4), {"post_id": "w2"}),
            ("close_post", None, {"post_id": "n1"}),
            ("move_post", shapely.Point(5, 6), {"post_id": "NEW"}),
        ),
    )
    assert_geodataframe_equal(posts, before)
    assert after.crs == posts.crs
    assert after.dtypes.to_dict() == posts.dtypes.to_dict()
    assert after.index.to_list() == ["n1", "w2", "NEW"]
    assert after.index.name == "post_id"
    assert after["status"].to_list() == ["closed", "existing", "existing"]
    assert after["origin"].to_list() == ["osm", "scenario", "scenario"]
    xy = shapely.get_coordinates(after.geometry)
    assert xy[1:] == pytest.approx(np.array([[3, 4], [5, 6]]), abs=1e-6)
    assert after.geometry["n1"].equals(posts.geometry["n1"])
    names = ["kind", "number", "name_ru", "name_kk", "name_en", "source_date", "source_url"]
    assert after.loc["NEW", names].to_list() == [
        "modular_post", "8", HOSTILE, "Сегізінші", HOSTILE, "2027", "",
    ]  # fmt: skip
    assert after.loc["w2", names].to_list() == posts.loc["w2", names].to_list()
    check_facilities(after.assign(origin="osm"), "posts")


def test_a_scenario_of_streets_leaves_the_posts_as_they_are(posts: gpd.GeoDataFrame) -> None:
    assert_geodataframe_equal(apply_to_posts(posts, scenario(close(shapely.Point(0, 0)))), posts)
    assert_geodataframe_equal(
        apply_to_posts(posts.iloc[:0], scenario(close(shapely.Point(0, 0)))), posts.iloc[:0]
    )


def test_all_edits_of_posts_that_cannot_be_applied_are_told_at_once(posts) -> None:
    with pytest.raises(TableError) as refused:
        apply_to_posts(
            posts,
            scenario(
                ("add_post", shapely.Point(0, 0), {"post_id": "n1"}),
                ("move_post", shapely.Point(0, 0), {"post_id": "n9"}),
                ("close_post", None, {"post_id": "n9"}),
                ("close_post", None, {"post_id": "w2"}),
                ("move_post", shapely.Point(0, 0), {"post_id": "w2"}),
                ("close_post", None, {"post_id": "w2"}),
            ),
        )
    assert str(refused.value).splitlines() == [
        "scenario: 3 problems",
        "  - feature 1: there is a post `n1` already; give the new one an id of its own",
        "  - features 2, 3: there is no post `n9`; check its id",
        "  - features 5, 6: the post `w2` is closed; leave the edit out",
    ]
    with pytest.raises(CRSError, match="CRS"):
        apply_to_posts(posts.set_crs(None, allow_override=True), scenario())


def test_a_post_that_had_no_place_is_given_one(posts: gpd.GeoDataFrame) -> None:
    posts = posts.assign(located=pd.array([1, 2], dtype="int64"))
    posts.loc["n1", ["location_precision", "precision_m", "geometry"]] = "unlocated", np.nan, None
    after = apply_to_posts(
        posts,
        scenario(
            ("move_post", shapely.Point(3, 4), {"post_id": "n1"}),
            ("add_post", shapely.Point(3, 4), {"post_id": "NEW"}),
        ),
    )
    assert after.loc["n1", ["location_precision", "precision_m"]].to_list() == ["exact", 0.0]
    assert after["located"].isna().to_list() == [False, False, True]
    check_facilities(after.assign(origin="osm"), "posts")
