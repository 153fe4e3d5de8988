"""Scenarios as files: what is written, read, refused and told in words."""

import hashlib
import json
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pytest
import shapely
from geopandas.testing import assert_geodataframe_equal
from hypothesis import given
from hypothesis import strategies as st

from edits import HOSTILE, close, edits_of, line, street
from towns import CRS
from walkshed.errors import CRSError, SourceError, TableError
from walkshed.network import pedestrian_rules
from walkshed.scenario import ACTIONS, edits_in_words, read_scenario, scenario_of, write_scenario

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


def test_the_rules_of_a_study_say_which_new_streets_may_be_walked(tmp_path: Path) -> None:
    drawn = {"type": "LineString", "coordinates": [[71.37, 42.9], [71.38, 42.9]]}
    path = written(
        tmp_path,
        [
            {"properties": {"action": "add_street", "highway": highway}, "geometry": drawn}
            for highway in ("motorway", "cycleway")
        ],
    )
    ours = pedestrian_rules(
        {
            "highway": {
                "motorway": {"walk": "open"},
                "cycleway": {"walk": "closed", "reason": "for cyclists"},
            }
        }
    )
    with pytest.raises(TableError, match=r"feature 2.*`cycleway`: for cyclists"):
        read_scenario(path, rules=ours)
    with pytest.raises(TableError, match=r"feature 1.*`motorway`: motorway"):
        read_scenario(path)


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
