"""Two runs side by side: who gains, who loses, nobody lost, and what cannot be compared."""

import json
import math
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from walkshed.compare import (
    ALLOWABLE,
    Comparison,
    compare_doors,
    compare_posts,
    compare_states,
    compare_zones,
    comparison_in_words,
    residual_residents,
    state_of,
)
from walkshed.compare.state import OWN
from walkshed.errors import InputError, SettingsError, SourceError, TableError
from walkshed.reports import read_run
from walkshed.sources.osm import file_sha256

BANDS = ("5", "10")
FEW = settings(max_examples=15)
"""Each case is a tenth of a second of pandas."""
RELATIVE = 1e-9


# ---- doors on paper


def doors_of(rows: dict[str, tuple[float, float]]) -> pd.DataFrame:
    """Doors by id: residents and minutes; who is within 5 and 10 minutes follows."""
    table = pd.DataFrame(rows.values(), columns=["residents", "nearest_min"], index=list(rows))
    table = table.astype(float)
    table["nearest_post"] = np.where(np.isinf(table["nearest_min"]), "", "P")
    for band in BANDS:
        table[f"within_{band}"] = table["nearest_min"] <= float(band)
    return table


RESIDENTS = st.sampled_from([0.0, 0.1, 1 / 3]) | st.floats(0, 5000, width=64)
MINUTES = st.sampled_from([0.0, 5.0, 10.0, math.inf]) | st.floats(0, 60, width=64)
TOWNS = st.dictionaries(st.sampled_from("abcdefghij"), st.tuples(RESIDENTS, MINUTES), max_size=10)


def zones_of(table: pd.DataFrame) -> pd.Series:
    return pd.Series([str(ord(door) % 3) for door in table.index], index=table.index, dtype=object)


def moved(a: pd.DataFrame, b: pd.DataFrame, zone: Callable[[pd.DataFrame], pd.Series]) -> Any:
    compared = compare_doors(a, b, bands=BANDS)
    return compared, compare_zones(compared, zone(compared), bands=BANDS)


@FEW
@given(TOWNS, TOWNS)
def test_gained_less_lost_with_who_came_and_went_is_the_difference(before, after) -> None:
    a, b = doors_of(before), doors_of(after)
    compared, zones = moved(a, b, zones_of)
    most = max(1.0, a["residents"].sum(), b["residents"].sum())
    assert residual_residents(zones, BANDS) <= RELATIVE * most
    for band in BANDS:
        within = [t["residents"][t[f"within_{band}"]].sum() for t in (a, b)]
        net = zones[f"residents_net_{band}"].sum()
        assert net == pytest.approx(within[1] - within[0], abs=RELATIVE * most)
        gained, lost, arrived, departed = (
            compared[f"residents_{flow}_{band}"].sum()
            for flow in ("gained", "lost", "arrived", "departed")
        )
        assert gained - lost + arrived - departed == pytest.approx(net, abs=RELATIVE * most)
    came = zones["residents_arrived"].sum() - zones["residents_departed"].sum()
    assert b["residents"].sum() - a["residents"].sum() == pytest.approx(came, abs=RELATIVE * most)


@FEW
@given(TOWNS)
def test_a_town_compared_with_itself_differs_in_exactly_nothing(rows) -> None:
    compared, zones = moved(doors_of(rows), doors_of(rows), zones_of)
    assert not compared["changed"].any()
    flows = [c for c in compared if c.startswith(("residents_gained", "residents_lost"))]
    flows += ["residents_arrived", "residents_departed"]
    assert (compared[flows] == 0.0).all(axis=None)
    assert (zones[[c for c in zones if "_net_" in c]] == 0.0).all(axis=None)
    assert (zones["doors_changed"] == 0).all()


@FEW
@given(TOWNS, TOWNS)
def test_turned_round_who_gained_has_lost_and_who_came_has_gone(before, after) -> None:
    a, b = doors_of(before), doors_of(after)
    there, back = (compare_doors(*pair, bands=BANDS) for pair in ((a, b), (b, a)))
    back = back.reindex(there.index)
    for one, other in (("gained", "lost"), ("arrived", "departed")):
        for band in BANDS:
            forth = there[f"residents_{one}_{band}"]
            assert forth.tolist() == back[f"residents_{other}_{band}"].tolist()


@FEW
@given(TOWNS, TOWNS, st.randoms())
def test_the_order_of_rows_changes_nothing(before, after, random) -> None:
    a, b = doors_of(before), doors_of(after)
    mixed = [t.loc[random.sample(list(t.index), len(t))] for t in (a, b)]
    one, other = moved(a, b, zones_of)[0], moved(*mixed, zones_of)[0]
    pd.testing.assert_frame_equal(one.sort_index(), other.sort_index())


def test_each_cause_is_counted_where_it_belongs() -> None:
    before = doors_of({"stays": (10, 4), "gains": (20, 12), "loses": (30, 8), "gone": (40, 9)})
    after = doors_of({"stays": (14, 4), "gains": (15, 9), "loses": (30, 11), "new": (50, 3)})
    table = compare_doors(before, after, bands=["10"])
    told = table[[f"residents_{f}_10" for f in ("gained", "lost", "arrived", "departed")]]
    assert told.loc["stays"].tolist() == [0, 0, 4, 0]  # four more live there
    assert told.loc["gains"].tolist() == [15, 0, 0, 0]  # five left a house beyond the limit
    assert told.loc["loses"].tolist() == [0, 30, 0, 0]
    assert told.loc["gone"].tolist() == [0, 0, 0, 40]
    assert told.loc["new"].tolist() == [0, 0, 50, 0]
    assert table["change_10"].to_dict() == {
        "stays": "same", "gains": "gained", "loses": "lost", "gone": "gone", "new": "new"
    }  # fmt: skip
    assert table["walk"].to_dict() == {
        "stays": "same", "gains": "shorter", "loses": "longer", "gone": "", "new": ""
    }  # fmt: skip


def test_a_door_reached_for_the_first_time_has_a_shorter_walk() -> None:
    table = compare_doors(
        doors_of({"a": (1, math.inf), "b": (1, math.inf)}),
        doors_of({"a": (1, 30), "b": (1, math.inf)}),
        bands=BANDS,
    )
    assert table["walk"].tolist() == ["shorter", "same"]
    assert table["minutes_change"].tolist() == [-math.inf, 0.0]


@pytest.mark.parametrize(
    "bad", [{"residents": np.nan}, {"residents": -1.0}, {"nearest_min": np.nan}]
)
def test_doors_without_residents_or_minutes_are_refused(bad) -> None:
    good = doors_of({"a": (1, 2)})
    with pytest.raises(TableError, match="doors after: `"):
        compare_doors(good, good.assign(**bad), bands=BANDS)


def test_doors_that_come_twice_are_refused() -> None:
    good = doors_of({"a": (1, 2)})
    with pytest.raises(TableError, match="more than once"):
        compare_doors(pd.concat([good, good]), good, bands=BANDS)


# ---- posts


def posts_of(rows: dict[str, tuple[float, str]]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {"kind": "department", "number": [number for _, number in rows.values()]},
        index=list(rows),
        geometry=[shapely.Point(east, 0) for east, _ in rows.values()],
        crs="EPSG:32642",
    )


def test_posts_open_close_move_and_change() -> None:
    before = posts_of({"same": (0, "1"), "nudged": (0, "2"), "moved": (0, "3"), "shut": (9, "4")})
    after = posts_of({"same": (0, "1"), "nudged": (10, "7"), "moved": (10.1, "3"), "new": (5, "")})
    table = compare_posts(before, after)
    assert table["change"].to_dict() == {
        "same": "same", "nudged": "changed", "moved": "moved", "new": "opened", "shut": "closed"
    }  # fmt: skip
    assert table.loc["nudged", ["differs", "was", "now"]].tolist() == ["number", "2", "7"]
    assert compare_posts(before, after, moved_m=20)["change"]["moved"] == "same"
    assert table.geometry["shut"].x == 9


# ---- runs


def footbridge(lonlat: Callable[[float, float], tuple[float, float]]) -> dict[str, Any]:
    """A way from the road in the east to the town's north, and a post in the far east."""
    over = [list(lonlat(*place)) for place in ((1500, 0), (1500, 300), (800, 600))]
    lines = {"type": "LineString", "coordinates": over}
    point = {"type": "Point", "coordinates": list(lonlat(2390, 150))}
    note = {"reason": "проба", "date": "2026-11-22"}
    street = {"action": "add_street", "highway": "footway", "bridge": "yes", **note}
    return {
        "type": "FeatureCollection",
        "features": [
            {"type": "Feature", "properties": street, "geometry": lines},
            {"type": "Feature", "properties": {"action": "add_post", "id": "NEW", **note},
             "geometry": point},
        ],
    }  # fmt: skip


@pytest.fixture(scope="module")
def bridged(written, walkshed, lonlat, tmp_path_factory) -> Path:
    """The tiny town run again, with a footbridge and a post more."""
    base = tmp_path_factory.mktemp("bridged")
    scenario = base / "bridge.geojson"
    scenario.write_text(json.dumps(footbridge(lonlat)))
    ran = walkshed("run", written.study, "--scenario", scenario, "--out", base / "with-bridge")
    assert ran.code == 0, ran.err
    return base / "with-bridge"


@pytest.fixture(scope="module")
def found(written, bridged) -> Comparison:
    return compare_states(state_of(read_run(written.folder)), state_of(read_run(bridged)))


def edited(run: Path, folder: Path, file: str, edit: Callable[[Any], None]) -> Path:
    """A copy of a run whose summary or manifest says something else, and agrees with itself."""
    shutil.copytree(run, folder)
    value = json.loads((folder / file).read_text("utf-8"))
    edit(value)
    (folder / file).write_text(json.dumps(value), "utf-8")
    if file != "manifest.json":
        manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
        manifest["outputs"][file] = file_sha256(folder / file)
        (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    return folder


def with_doors(run: Path, folder: Path, doors: gpd.GeoDataFrame) -> Path:
    shutil.copytree(run, folder)
    doors.to_parquet(folder / "doors.parquet")
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    manifest["outputs"]["doors.parquet"] = file_sha256(folder / "doors.parquet")
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    return folder


def test_the_difference_is_that_of_the_two_summaries(found, written, bridged) -> None:
    summaries = [written.summary, json.loads((bridged / "summary.json").read_text("utf-8"))]
    city = found.city.iloc[0]
    for band in found.bands:
        within = [summary["residents_within"][band] for summary in summaries]
        assert city[f"residents_net_{band}"] == pytest.approx(within[1] - within[0], abs=1e-9)
        flows = city[f"residents_gained_{band}"] - city[f"residents_lost_{band}"]
        assert flows == pytest.approx(within[1] - within[0], abs=1e-9)
        assert found.neighbourhoods[f"residents_net_{band}"].sum() == pytest.approx(flows, abs=1e-9)
        assert found.hexagons[f"residents_net_{band}"].sum() == pytest.approx(flows, abs=1e-9)
    assert city["residents_gained_10"] > 0
    assert found.summary["residual_residents"] <= 1e-9


def test_the_doors_that_change_are_those_the_scenario_tells_of(found, bridged) -> None:
    told = pd.read_parquet(bridged / "doors_changed.parquet")
    walks = found.doors[found.doors["walk"].isin(["shorter", "longer"])]
    assert sorted(walks.index) == sorted(told.index)
    saved = told["minutes_saved"].reindex(walks.index)
    assert (-walks["minutes_change"]).tolist() == pytest.approx(saved.tolist())


def test_posts_and_their_residents_are_compared(found) -> None:
    assert found.summary["posts"] == {"opened": 1, "closed": 0, "moved": 0, "changed": 0, "same": 2}
    assert found.posts.loc["NEW", "residents_before"] == 0
    assert found.posts.loc["NEW", "residents_after"] > 0
    reached = found.doors["residents_after"][found.doors["post_after"] != ""].sum()
    assert found.posts["residents_after"].sum() == pytest.approx(reached)


def test_a_run_compared_with_itself_differs_in_exactly_nothing(written) -> None:
    run = read_run(written.folder)
    same = compare_states(state_of(run), state_of(run))
    assert same.summary["doors"]["changed"] == 0
    assert same.summary["posts"]["same"] == len(same.posts)
    assert same.summary["residual_residents"] == 0.0
    for table in (same.neighbourhoods, same.hexagons, same.city):
        assert (table[[c for c in table if "_net_" in c or "_gained_" in c]] == 0).all(axis=None)


def test_before_and_after_of_one_run_are_its_own_headlines(written) -> None:
    run = read_run(written.folder)
    plan = compare_states(state_of(run), state_of(run, is_built=True))
    city, summary = plan.city.iloc[0], written.summary
    assert city["residents_within_10_before"] == pytest.approx(summary["residents_within"]["10"])
    after = summary["after"]["residents_within"]["10"]
    assert city["residents_within_10_after"] == pytest.approx(after)
    assert plan.summary["posts"]["opened"] == 2
    assert "Now → With new posts" in comparison_in_words(plan, "en")[0]


def test_city_districts_are_compared_where_both_runs_have_them(written) -> None:
    run = read_run(written.folder)
    parts = run.tables["neighbourhoods"].drop(index="outside", errors="ignore")
    doors = run.tables["doors"].assign(district_id=run.tables["doors"]["neighbourhood_id"])
    tables = {**run.tables, "doors": doors, "districts": parts.rename_axis("district_id")}
    with_parts = replace(run, tables=tables)
    states = (state_of(with_parts, is_built=built) for built in (False, True))
    found = compare_states(*states)
    assert found.districts is not None
    net = found.districts["residents_net_10"].sum()
    assert net == pytest.approx(found.city["residents_net_10"].iloc[0], abs=1e-9)
    none = replace(run, tables={**tables, "districts": parts.iloc[:0]})
    assert compare_states(state_of(none), state_of(none)).districts is None


# ---- what cannot be compared


def change_of(key: str) -> tuple[str, Callable[[Any], None]]:
    """The file to edit, and the edit, that makes two runs differ in one thing."""

    def standard(summary: Any) -> None:
        summary["standard"]["bands"][0] |= {"label": "6", "limits": [6]}

    def walk(manifest: Any) -> None:
        manifest["standards"]["walking_profile"]["speed_kmh"]["value"] = 3.0

    def schematic(summary: Any) -> None:
        summary["schematic"] = True

    return {
        "standard": ("summary.json", standard),
        "walk": ("manifest.json", walk),
        "schematic": ("summary.json", schematic),
    }[key]


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("standard", ["5 min, 10 min, 15 min", "6 min, 10 min, 15 min"]),
        ("walk", ["speed_kmh = 4.8", "speed_kmh = 3.0"]),
        ("schematic", ["a real city", "a schematic city"]),
    ],
)
def test_what_differs_is_named_with_both_values_and_the_way_to_allow_it(
    key, said, written, tmp_path
) -> None:
    other = edited(written.folder, tmp_path / "other", *change_of(key))
    if key == "standard":  # bands of doors are named after the standard
        doors = gpd.read_parquet(other / "doors.parquet")
        labels = {"band": {"5": "6"}, "band_after": {"5": "6"}}
        other = with_doors(other, tmp_path / "third", doors.replace(labels))
    states = state_of(read_run(written.folder)), state_of(read_run(other))
    with pytest.raises(InputError) as refused:
        compare_states(*states)
    message = str(refused.value)
    assert all(text in message for text in said), message
    assert f"--allow {key}" in message
    compared = compare_states(*states, allow=[key])
    assert [one.what for one in compared.allowed] == [key]
    if key == "standard":
        assert compared.bands == ("10", "15", OWN)
        assert compared.planning_band == OWN


def test_another_population_is_refused_and_told_apart_when_allowed(written, tmp_path) -> None:
    doors = gpd.read_parquet(written.folder / "doors.parquet")
    fewer = doors.iloc[1:].copy()
    fewer["residents"] *= 1.5
    other = with_doors(written.folder, tmp_path / "other", fewer)
    states = state_of(read_run(written.folder)), state_of(read_run(other))
    with pytest.raises(InputError, match=r"another population: 3,000\.00 residents.*--allow popul"):
        compare_states(*states)
    compared = compare_states(*states, allow=["population"])
    city = compared.city.iloc[0]
    assert compared.summary["doors"]["gone"] == 1
    assert city["residents_gained_10"] == city["residents_lost_10"] == 0
    net = city["residents_arrived_10"] - city["residents_departed_10"]
    assert city["residents_net_10"] == pytest.approx(net, abs=1e-9)
    assert city["residents_arrived"] - city["residents_departed"] == pytest.approx(
        fewer["residents"].sum() - doors["residents"].sum()
    )
    assert compared.summary["residual_residents"] <= 1e-9


def test_another_extent_is_refused(written, tmp_path) -> None:
    doors = gpd.read_parquet(written.folder / "doors.parquet")
    away = doors.set_geometry(doors.geometry.translate(xoff=2000))
    other = with_doors(written.folder, tmp_path / "other", away)
    states = state_of(read_run(written.folder)), state_of(read_run(other))
    with pytest.raises(InputError, match=r"another extent: .* N, .* E against"):
        compare_states(*states)
    assert compare_states(*states, allow=["extent"]).summary["doors"]["changed"] == 0


def test_an_unknown_word_is_not_allowed(written) -> None:
    state = state_of(read_run(written.folder))
    with pytest.raises(SettingsError, match=f"use one of {', '.join(ALLOWABLE)}"):
        compare_states(state, state, allow=["everything"])


def test_a_run_of_an_older_version_says_what_it_lacks(written, tmp_path) -> None:
    doors = gpd.read_parquet(written.folder / "doors.parquet").drop(columns="nearest_post_after")
    other = with_doors(written.folder, tmp_path / "other", doors)
    with pytest.raises(SourceError, match=r"doors\.parquet lacks `nearest_post_after`"):
        state_of(read_run(other))


# ---- the command line


def test_the_command_tells_writes_and_keeps_the_runs(
    written, bridged, walkshed, contents, tmp_path
) -> None:
    before = contents(written.folder)
    out = tmp_path / "compared"
    ran = walkshed("compare", written.folder, bridged, "--out", out)
    assert ran.code == 0, ran.err
    assert "out → with-bridge" in ran.out
    assert contents(written.folder) == before
    assert {path.name for path in out.iterdir()} >= {
        "map.html", "compare.gpkg", "compare.json", "manifest.json", "doors_compared.csv",
        "doors_compared.parquet", "neighbourhoods_compared.parquet", "posts_compared.parquet",
    }  # fmt: skip
    told = json.loads((out / "compare.json").read_text("utf-8"))
    as_json = walkshed("compare", written.folder, bridged, "--json")
    assert json.loads(as_json.out) == told
    manifest = json.loads((out / "manifest.json").read_text("utf-8"))
    assert {"out/manifest.json", "with-bridge/manifest.json", "bridge.geojson"} <= {
        given["name"] for given in manifest["inputs"]
    }
    again = tmp_path / "again"
    assert walkshed("compare", written.folder, bridged, "--out", again).code == 0
    one, two = contents(out), contents(again)
    assert {n: b for n, b in one.items() if n != "manifest.json"} == {
        n: b for n, b in two.items() if n != "manifest.json"
    }


def test_without_a_folder_only_words_are_given(written, walkshed) -> None:
    ran = walkshed("compare", written.folder, written.folder, "--language", "ru")
    assert (ran.code, ran.out.splitlines()[1]) == (
        0,
        "Различий нет: путь от каждой двери прежний",
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["{run}"], "give either a second run, or --after"),
        (["{run}", "{run}", "--after"], "give either a second run, or --after"),
        (["{run}", "{empty}"], "no manifest.json"),
        (["{run}", "{empty}/nowhere"], "there is no such folder"),
        (["{run}", "--after", "--out", "{run}"], "choose another with --out"),
        (["{run}", "--after", "--allow", "all"], "use one of population"),
    ],
)
def test_what_cannot_be_done_ends_with_one_message(
    arguments, said, written, walkshed, tmp_path
) -> None:
    named = {"run": written.folder, "empty": tmp_path}
    ran = walkshed("compare", *[text.format(**named) for text in arguments])
    assert ran.code == 2
    assert ran.err.splitlines()[-1].startswith("walkshed: ") or "\n  - " in ran.err
    assert said in ran.err


def test_a_map_that_was_changed_is_not_taken_for_the_ground(written, walkshed, tmp_path) -> None:
    run = tmp_path / "run"
    shutil.copytree(written.folder, run)
    (run / "map.html").write_text("<p>another</p>")
    ran = walkshed("compare", run, "--after", "--out", tmp_path / "out")
    assert ran.code == 2
    assert "not the map that the run wrote" in ran.err
    assert not (tmp_path / "out").exists()
