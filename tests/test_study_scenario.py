"""A study with a scenario: what changes is told door by door, and nothing else changes."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from walkshed.settings import read_settings
from walkshed.study import run_study


@pytest.fixture
def scenario_of(tmp_path, lonlat):
    """Write a scenario of features given as properties and corners in metres."""

    def write(*features: tuple[dict[str, str], str, list[tuple[float, float]]]) -> Path:
        written = []
        for properties, kind, corners in features:
            places = [list(lonlat(east, north)) for east, north in corners]
            shape = {"Point": places[0], "LineString": places, "Polygon": [places]}[kind]
            geometry = {"type": kind, "coordinates": shape}
            written.append({"type": "Feature", "properties": properties, "geometry": geometry})
        path = tmp_path / "what-if.geojson"
        path.write_text(json.dumps({"type": "FeatureCollection", "features": written}))
        return path

    return write


def add_post(east: float, north: float):
    properties = {"action": "add_post", "id": "NEW", "reason": "проба", "date": "2026-11-22"}
    return properties, "Point", [(east, north)]


def close_road(east: float):
    corners = [(east - 20, -20), (east + 20, -20), (east + 20, 20), (east - 20, 20)]
    return {"action": "close", "reason": "ремонт"}, "Polygon", [*corners, corners[0]]


def with_scenario(study: Path, scenario: Path):
    return run_study(read_settings(study).model_copy(update={"scenario": scenario}))


def test_a_new_post_gains_and_nobody_loses(write_study, studied, scenario_of, tmp_path) -> None:
    study = with_scenario(write_study(tmp_path), scenario_of(add_post(2390, 150)))
    told = study.summary["scenario"]
    assert told["name"] == "what-if.geojson"
    assert told["doors_gained"] > 0
    assert told["doors_lost"] == 0
    assert set(study.doors["nearest_post"]) == {*studied.doors["nearest_post"], "NEW"}
    assert study.posts.loc["NEW", "origin"] == "scenario"


def test_the_doors_told_are_those_whose_minutes_differ(
    write_study, studied, scenario_of, tmp_path
) -> None:
    study = with_scenario(write_study(tmp_path), scenario_of(add_post(2390, 150)))
    before = studied.doors["nearest_min"]
    after = study.doors["nearest_min"].reindex(before.index)
    differs = before.index[(before != after) & ~(np.isinf(before) & np.isinf(after))]
    assert list(study.doors_changed.index) == list(differs)
    saved = study.doors_changed["minutes_before"] - study.doors_changed["minutes_after"]
    assert saved.to_numpy() == pytest.approx(study.doors_changed["minutes_saved"].to_numpy())
    gained = study.doors_changed["residents"].sum()
    assert study.summary["scenario"]["residents_gained"] == pytest.approx(gained)


def test_a_closed_road_cuts_off_who_lives_beyond_it(write_study, scenario_of, tmp_path) -> None:
    study = with_scenario(write_study(tmp_path), scenario_of(close_road(1400)))
    assert study.summary["scenario"]["doors_gained"] == 0
    assert study.summary["scenario"]["doors_lost"] > 0
    lost = study.doors_changed
    assert (lost["minutes_after"] > lost["minutes_before"]).all()
    assert np.isinf(lost["minutes_after"]).any()
    unreached = lost[np.isinf(lost["minutes_after"])]
    assert set(unreached["not_reached_reason"]) == {"no_way"}
    assert set(study.doors.loc[unreached.index, "not_reached_reason"]) == {"no_way"}
    assert (unreached["post_before"] != "").all()
    assert (unreached["post_after"] == "").all()


def test_without_new_posts_a_plan_changes_nothing_though_closing_made_a_nearer_street_the_nearest(
    write_study, town_of, scenario_of, tmp_path
) -> None:
    # The house stands on a lane that leads to the post the long way; the lane's closing must not
    # bring it nearer by the street behind it, neither now nor in the plan.
    town = town_of()
    town.house(-100, 20, {"building": "house"})
    town.way([(-200, 0), (0, 0)], {"highway": "residential"})
    town.way([(-110, 30), (-90, 30), (-90, 600), (0, 600)], {"highway": "residential"})
    town.write(tmp_path / "town.osm")
    settings = read_settings(write_study(tmp_path, siting={"new_posts": 0}))
    lane = scenario_of(({"action": "close"}, "LineString", [(-110, 30), (-90, 30)]))
    study = run_study(settings.model_copy(update={"scenario": lane}))
    before, doors = run_study(settings).doors, study.doors
    assert (doors["nearest_min"] >= before["nearest_min"]).all()
    assert doors["nearest_min_after"].equals(doors["nearest_min"].rename("nearest_min_after"))
    assert study.summary["after"]["residents_within"] == study.summary["residents_within"]


@pytest.mark.parametrize("swapped", [False, True])
def test_a_post_put_far_outside_the_study_is_refused(
    swapped, write_study, walkshed, tmp_path, lonlat
) -> None:
    place = [*lonlat(300, 0)][:: -1 if swapped else 1]
    place[1] += 0 if swapped else 3
    feature = {
        "type": "Feature",
        "properties": {"action": "add_post", "id": "NEW"},
        "geometry": {"type": "Point", "coordinates": place},
    }
    scenario = tmp_path / "far.geojson"
    scenario.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    ran = walkshed("run", write_study(tmp_path), "--scenario", scenario, "--out", tmp_path / "o")
    assert ran.code == 2
    assert "far.geojson: feature 1" in ran.err
    assert "km outside the study area" in ran.err


def test_a_scenario_that_is_missing_is_told_before_anything_is_read(
    write_study, walkshed, tmp_path
) -> None:
    nowhere = tmp_path / "no.geojson"
    ran = walkshed("run", write_study(tmp_path), "--scenario", nowhere, "--out", tmp_path / "o")
    assert ran.code == 2
    assert ran.err.startswith(f"walkshed: {nowhere}: no such file")


def short_cut(highway: str = "footway"):
    """From the road in the east to the town's edge in the north-west."""
    properties = {"action": "add_street", "highway": highway}
    return properties, "LineString", [(1500, 0), (1500, 300), (800, 600)]


@pytest.mark.parametrize(
    ("highway", "walk"),
    [
        ("footway", {"edge_speeds_kmh": {"footway": 0.1}}),
        ("crossing", {"wait_at_crossings": True, "edge_speeds_kmh": {"crossing": 0.1}}),
    ],
)
def test_a_new_street_is_walked_at_the_speeds_of_the_study(
    highway, walk, write_study, scenario_of, tmp_path
) -> None:
    settings = read_settings(write_study(tmp_path))
    settings = settings.model_copy(update={"scenario": scenario_of(short_cut(highway))})
    assert run_study(settings).summary["scenario"]["doors_gained"] > 0
    slow = settings.model_copy(update={"walk": settings.walk.model_copy(update=walk)})
    assert run_study(slow).summary["scenario"]["doors_gained"] == 0


def test_the_command_line_takes_a_scenario_and_writes_the_doors(
    write_study, scenario_of, walkshed, tmp_path
) -> None:
    study, scenario = write_study(tmp_path), scenario_of(add_post(2390, 150))
    ran = walkshed("run", study, "--scenario", scenario, "--out", tmp_path / "out")
    assert ran.code == 0, ran.err
    assert "what-if.geojson" in ran.out
    told = json.loads((tmp_path / "out" / "summary.json").read_text("utf-8"))["scenario"]
    doors = pd.read_csv(tmp_path / "out" / "doors_changed.csv")
    assert len(doors) == told["doors_gained"] + told["doors_lost"]
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    assert "what-if.geojson" in {given["name"] for given in manifest["inputs"]}


def test_a_scenario_that_cannot_be_applied_names_its_feature(
    write_study, scenario_of, walkshed, tmp_path
) -> None:
    nowhere = ({"action": "add_street"}, "LineString", [(300, 5000), (400, 5000)])
    scenario = scenario_of(add_post(2390, 150), nowhere)
    ran = walkshed("run", write_study(tmp_path), "--scenario", scenario, "--out", tmp_path / "o")
    assert ran.code == 2
    assert "what-if.geojson" in ran.err
    assert "2" in ran.err
    assert not (tmp_path / "o").exists()


def test_without_a_scenario_no_door_changes(studied) -> None:
    assert studied.scenario is None
    assert studied.summary["scenario"] is None
    assert studied.doors_changed.empty
