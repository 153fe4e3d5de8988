"""The page's what-if against this package: the same whole numbers, the same residents."""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from walkshed.maps.ground import along_curve, degrees, unpack_integers
from walkshed.maps.rounding import PEOPLE, SHARES, TENTHS, rounded_network
from walkshed.settings import read_settings
from walkshed.study import run_study
from walkshed.study.files import study_map_of
from walkshed.study.result import StudyResult
from walkshed.study.walk import network_by_length
from walkshed.travel_times import nearest_facility, within

REPO = Path(__file__).parents[1]
SCENARIOS = Path(__file__).parent / "page" / "scenarios.mjs"
OFF_S = 3.0
"""What rounding may add to a walk: a tenth of a second an edge, half a 255th of the door's own."""


def island(result: StudyResult) -> dict[str, Any]:
    html = study_map_of(result).to_html()
    found = re.search(r'id="walkshed-data">(.*?)</script>', html, re.DOTALL)
    assert found
    data: dict[str, Any] = json.loads(found.group(1))
    return data


@pytest.fixture(scope="module", params=["tiny town", "tiny town in metres", "monaco", "taraz"])
def study(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, write_study: Any
) -> Iterator[tuple[StudyResult, dict[str, Any]]]:
    if request.param == "tiny town":
        result = request.getfixturevalue("studied")
    elif request.param == "tiny town in metres":
        folder = tmp_path_factory.mktemp("metres")
        written = write_study(folder, standard={"name": "everyday_500_800"})
        result = run_study(read_settings(written))
    else:
        settings = read_settings(REPO / "data" / request.param / "study.toml")
        result = run_study(settings, source="schematic" if request.param == "taraz" else "file")
    return result, island(result)


def limits_s(data: Mapping[str, Any]) -> list[Any]:
    """Limits in seconds of the page's walk: one a band, or one for each door by its storeys."""
    bands = data["summary"]["standard"]["bands"]
    if bands[0]["unit"] == "m":
        return [unpack_integers(data["doors"]["limit_m"]).tolist()]
    return [band["limits"][0] * 60 for band in bands]


def walked_network(result: StudyResult, data: Mapping[str, Any]) -> Any:
    """The network that the page walks on: by length where the standard is in metres."""
    in_metres = data["summary"]["standard"]["bands"][0]["unit"] == "m"
    return rounded_network(network_by_length(result.network) if in_metres else result.network)


def asked_of_the_page(
    data: Mapping[str, Any], scenarios: list[dict[str, Any]], doors: list[int] | None = None
) -> Any:
    node = shutil.which("node")
    if node is None:
        reason = "no node on this machine: the page's what-if was not asked"
        if os.environ.get("WALKSHED_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    question = {
        "walk": data["walk"],
        "doors": data["doors"],
        "origin": data["origin"],
        "limits": limits_s(data),
        "zones": len(data["neighbourhoods"]["ids"]) if data["neighbourhoods"] else 0,
        "cells": len(data["hexagons"]["ids"]),
        "scenarios": scenarios,
        "asked": doors or [],
    }
    asked = json.dumps(question)
    done = subprocess.run(
        [node, SCENARIOS], input=asked, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def at_places(network: Any, places: Mapping[str, Any], speed_kmh: float) -> pd.DataFrame:
    edge = np.asarray(places["edge"])
    length_m = network.edge_length_m[np.maximum(edge, 0)]
    return pd.DataFrame(
        {
            "edge": edge,
            "offset_m": np.asarray(places["share"]) / SHARES * length_m,
            "access_m": np.asarray(places["access"]) / TENTHS * (speed_kmh / 3.6),
        }
    )


def random_scenario(rng: np.random.Generator, data: Mapping[str, Any]) -> dict[str, Any]:
    posts, edges = len(data["walk"]["posts"]), data["walk"]["streets"]["edges"]
    added = [
        {
            "edge": int(rng.integers(edges)),
            "share": int(rng.integers(SHARES + 1)),
            "access": int(rng.integers(600)),
        }
        for _ in range(rng.integers(0, 4))
    ]
    return {
        "shut": [post for post in range(posts) if rng.random() < 0.3],
        "added": added,
        "closed": rng.integers(0, edges, rng.integers(0, edges // 50 + 2)).tolist(),
        "speed_kmh": round(float(rng.uniform(3, 6)), 1),
    }


def seconds_here(
    result: StudyResult, data: Mapping[str, Any], scenario: Mapping[str, Any]
) -> np.ndarray:
    """Walk the same scenario with this package, from the whole numbers of the page."""
    walk, network = data["walk"], walked_network(result, data)
    speed = walk["speed_kmh"]
    shut = np.isin(np.arange(network.n_edges), scenario["closed"])
    network = replace(
        network,
        edge_forward_s=np.where(shut, np.inf, network.edge_forward_s),
        edge_backward_s=np.where(shut, np.inf, network.edge_backward_s),
    )
    columns = {name: unpack_integers(walk["doors"][name]) for name in ("edge", "share", "access")}
    doors = at_places(network, {**columns, "edge": np.cumsum(columns["edge"])}, speed)
    kept = [post for i, post in enumerate(walk["posts"]) if i not in scenario["shut"]]
    posts = pd.DataFrame([*kept, *scenario["added"]], columns=["edge", "share", "access"])
    nearest = nearest_facility(network, doors, at_places(network, posts, speed), speed_kmh=speed)
    found: np.ndarray = nearest["minutes"].to_numpy() * 60 * speed / scenario["speed_kmh"]
    return found


def test_page_and_package_agree_on_every_door_and_resident_in_random_scenarios(study):
    result, data = study
    rng = np.random.default_rng(len(data["posts"]))
    scenarios = [random_scenario(rng, data) for _ in range(17)]
    answers = asked_of_the_page(data, scenarios)
    residents = unpack_integers(data["doors"]["residents"])
    zone = unpack_integers(data["doors"]["zone"])
    limits = [np.asarray(limit) / 60 for limit in limits_s(data)]
    for scenario, answer in zip(scenarios, answers, strict=True):
        here = seconds_here(result, data, scenario)
        page = np.array([np.inf if s is None else s for s in answer["seconds"]])
        np.testing.assert_allclose(page, here, atol=1e-6)
        inside = np.column_stack([within(here / 60, limit) for limit in limits])
        assert answer["within"] == [int(residents[column].sum()) for column in inside.T]
        of_zones = np.zeros((len(answer["inZone"]) // len(limits), len(limits)))
        np.add.at(of_zones, zone[zone >= 0], (inside * residents[:, None])[zone >= 0])
        assert answer["inZone"] == of_zones.ravel().tolist()
        assert answer["notReached"] == int(residents[np.isinf(here)].sum())


def test_the_untouched_city_of_the_page_is_that_of_the_tables(study):
    result, data = study
    speed = data["walk"]["speed_kmh"]
    untouched = {"shut": [], "added": [], "closed": [], "speed_kmh": speed}
    (answer,) = asked_of_the_page(data, [untouched])
    assert data["walk"]["apart"] == 0
    told = data["summary"]["residents_within"].values()
    assert np.array(answer["within"]) / PEOPLE == pytest.approx(list(told), abs=0.5)
    seconds = np.array([np.inf if s is None else s for s in answer["seconds"]])
    walked = result.doors.get("nearest_m", None)
    true = np.sort(result.doors["nearest_min"] * 60 if walked is None else walked)
    found = np.isfinite(true)
    assert (np.isfinite(np.sort(seconds)) == found).all()
    assert np.abs(np.sort(seconds)[found] - true[found]).max() < OFF_S


def test_asking_at_doors_gives_the_nearest_post_and_the_minutes_of_the_tables(study):
    result, data = study
    table = along_curve(degrees(result.doors, "doors"))  # the order of the page
    rng = np.random.default_rng(7)
    chosen = rng.choice(len(table), min(100, len(table)), replace=False).tolist()
    answers = asked_of_the_page(data, [], chosen)
    posts = [post["id"] for post in data["posts"]]
    reached = 0
    for door, walks in zip(chosen, answers, strict=True):
        row = table.iloc[door]
        assert bool(walks) == np.isfinite(row["nearest_min"])
        if not walks:
            continue
        reached += 1
        in_metres = "nearest_m" in row  # the page walks by length then, a metre a second
        told = row["nearest_m"] if in_metres else row["nearest_min"] * 60
        assert walks[0]["seconds"] == pytest.approx(told, abs=OFF_S)
        seconds = [walk["seconds"] for walk in walks]
        assert seconds == sorted(seconds)
        assert len({walk["post"] for walk in walks}) == len(walks)
        by_table = next((w for w in walks if posts[w["post"]] == row["nearest_post"]), None)
        assert by_table is not None
        assert by_table["seconds"] - seconds[0] <= 2 * OFF_S  # two posts as near as rounding
    assert reached > 0.8 * len(chosen)
