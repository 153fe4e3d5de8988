"""The benchmark keeps running, on little; what it finds is not judged here, nor any time."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from benchmarks import (
    batch,
    growth,
    ingest,
    jobs,
    metropolis,
    peers,
    polygons,
    residents,
    scores,
    walk,
)
from benchmarks import map as planners_map
from benchmarks.city import CUTOFF_S, open_city
from benchmarks.measuring import in_a_new_process
from benchmarks.siting import __main__ as siting
from benchmarks.siting import contest, orlib, solvers
from benchmarks.siting.cities import city, large_blocks
from towns import MONACO, Edge, grid_town, network_of
from walkshed.batch.grid import batch_studies
from walkshed.travel_times import seconds_to_nearest

LITTLE = ["--rounds", "1", "--sites", "40", "--posts", "2", "--scale", "0.02", "--max-doors", "300"]


@pytest.fixture
def no_peers(monkeypatch) -> None:
    monkeypatch.setattr(peers, "find_spec", lambda _: None)


def test_monaco_is_measured_without_peers(no_peers, tmp_path, capsys) -> None:
    found = walk.main([
        str(MONACO), *LITTLE, "--json", str(tmp_path / "walk.json"),
        "--only", "reach", "pairs", "polygons", "growth",
    ])  # fmt: skip
    told = capsys.readouterr().out
    for name in peers.OPTIONAL:
        assert f"skipped: {name}" in told
    assert json.loads((tmp_path / "walk.json").read_text()) == json.loads(json.dumps(found))
    assert len(set(found["reach"]["nodes_reached"].values())) == 1
    result = found["pairs"]["result"]
    assert result["walks_of_64"] == result["walks_of_64_scipy"] > 0
    for row in found["reach"]["rows"] + found["pairs"]["rows"]:
        assert row["engine"] in told
        assert row["times"] > 0
    judged = {row["what"]: row["found"] for row in found["must_hold"]}
    assert judged["pairs: than pandana aggregate"] is None
    assert judged["doors wrong at 400 m, % of all"] is not None
    assert "not measured" in told


def test_ingest_and_memory_are_measured(no_peers, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(ingest, "in_a_new_process", lambda job, *args: jobs.JOBS[job](*args))
    town = grid_town()
    town.square(20, 20, 10, building="house")
    path = town.write(tmp_path / "town.osm.pbf")
    found = walk.main([str(path), *LITTLE, "--only", "memory", "ingest"])
    assert found["ingest"]["osmnx"]["nodes"] == 12  # OSMnx merges the four corners
    assert found["ingest"]["walkshed"]["edges"] == 20
    assert found["memory"]["end_to_end"]["walks"] > 0
    assert set(found["memory"]["graph_mb"]) > {"walkshed", "networkx bare"}


def test_a_small_metropolis_is_measured_step_by_step(tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.setattr(metropolis, "in_a_new_process", lambda job, *args: jobs.JOBS[job](*args))
    found = metropolis.main(["--doors", "2000", "4000", "--folder", str(tmp_path)])
    told = capsys.readouterr().out
    for asked, each in found.items():
        engine = each["engine"]
        assert asked <= engine["doors"] < 1.2 * asked
        assert engine["sites"] == round(engine["doors"] / 50)
        assert engine["share_now"] <= engine["share_after"] <= 1
        assert f"{engine['walks']:,} walks" in told
    assert "peak memory: exponent" in told


def test_a_job_may_have_a_process_of_its_own() -> None:
    assert in_a_new_process("ingest_bare", str(MONACO))["nodes"] > 1000
    with pytest.raises(RuntimeError, match="no such job"):
        in_a_new_process("no such job")


def test_the_circle_is_told_to_hold_doors_across_the_river() -> None:
    inside = np.array([[True, True], [True, False], [False, False], [False, False]])
    truth = np.array([[True, False], [False, False], [False, True], [False, False]])
    found = polygons.errors(inside, truth)
    assert (found["false_in"], found["false_out"]) == (2 / 8, 1 / 8)
    assert found["of_reached"] == 3 / 2
    assert (found["union_false_in"], found["union_false_out"]) == (1 / 4, 1 / 4)


def test_larger_networks_are_copies_joined_by_one_street() -> None:
    town = network_of([(0, 0), (100, 0), (100, 50)], [Edge(0, 1, ((50, 20),)), Edge(1, 2)])
    three = growth.copies(town, 3)
    assert (three.n_nodes, three.n_edges) == (9, 3 * 2 + 2)
    assert three.component_length_m[0] == pytest.approx(three.edge_length_m.sum())
    assert np.allclose(three.edge_length_m[:-2], np.tile(town.edge_length_m, 3))
    measured = [line.length for line in three.edge_lines]
    assert np.allclose(measured, three.edge_length_m)
    assert growth.copies(town, 1).n_edges == 2


def test_a_node_as_a_position_is_no_walk_from_the_node(tmp_path) -> None:
    path: Path = grid_town().write(tmp_path / "town.osm.pbf")
    city = open_city(path, sites=5)
    nodes = city.some_nodes(4, 0)
    for node in nodes:
        at = city.at_nodes(np.array([node]))
        assert seconds_to_nearest(city.network, at, speed_kmh=4.8, limit_s=CUTOFF_S)[node] == 0


def test_residents_of_a_study_are_counted_in_every_table(write_study, tmp_path, capsys) -> None:
    study = write_study(tmp_path)
    found = residents.main([str(study)])["Test"]
    assert "lost_in_hexagons" in capsys.readouterr().out
    assert found["doors"] == found["doors_in_hexagons"] == found["doors_in_neighbourhoods"]
    lost = [value for key, value in found.items() if key.startswith("lost")]
    assert len(lost) == 4
    assert max(lost) < 1e-9


def test_scores_are_those_of_a_plain_groupby(capsys, monkeypatch) -> None:
    few = {"hexagon": 40, "neighbourhood": 6, "district": 2, "city": 1}
    monkeypatch.setattr(scores, "LEVELS", few)
    found = scores.main(["--doors", "600", "--posts", "5", "--rounds", "1"])
    assert "times ours" in capsys.readouterr().out
    assert found["furthest_apart"] < 1e-9
    assert found["zones"]["neighbourhood"] > found["zones"]["district"] == 2


def test_the_first_scenario_of_a_city_is_the_one_that_made_most() -> None:
    table = pd.DataFrame(
        {"city": "A", "steps_made": [0, 12, 0], "cpu_s": [2.0, 10.0, 1.0]}, index=list("abc")
    )
    found = batch.scenario_costs(table, "cpu_s").loc["A"]
    assert found.to_dict() == {"first": 10.0, "later": 1.5, "ratio": 0.15}


def test_cities_of_a_batch_are_all_different_and_each_has_its_scenarios(tmp_path) -> None:
    studies = batch_studies([batch.write_cities(tmp_path, cities=2, scenarios=3, blocks=4)])
    assert [study.problem for study in studies] == [""] * 6
    one, two = (tmp_path / f"town0{n}" / "town.osm.pbf" for n in (1, 2))
    assert one.read_bytes() != two.read_bytes()


def test_a_registry_is_made_of_the_schools_of_cells(tmp_path) -> None:
    cells, registry = tmp_path / "cells.csv", tmp_path / "posts.csv"
    cells.write_text("id,lat,lon,schools\na,42.9,71.3,2\nb,42.8,71.3,0\n", encoding="utf-8")
    assert residents.write_registry(cells, "schools", registry) == 2
    assert registry.read_text("utf-8").splitlines()[1].startswith("a-0,42.9,71.3,")


def test_sites_are_chosen_beside_a_peer_each_in_a_process_of_its_own(tmp_path, capsys) -> None:
    little = ["--seeds", "1", "--doors", "400", "--sites", "40", "--posts", "2", "--limit", "20"]
    path = tmp_path / "siting.json"
    rows = siting.main([*little, "--peers", "highs", "--json", str(path)])
    assert json.loads(path.read_text()) == rows
    ours, highs = rows
    assert (ours["solver"], highs["solver"]) == ("walkshed", "highs")
    assert ours["value"] == highs["value"] > 0
    assert all(row["proven"] for row in rows)
    assert "highs took" in capsys.readouterr().out


def test_a_peer_that_is_not_there_is_named_and_left_out(monkeypatch, capsys) -> None:
    ran: list[str] = []
    failed = {"case": "city", "seed": 1, "p": 2, "solver": "walkshed", "failed": "not run"}
    monkeypatch.setattr(solvers, "find_spec", lambda _: None)
    monkeypatch.setattr(siting, "compete", lambda _, asked: ran.append(asked["solver"]) or failed)
    siting.main(["--seeds", "1", "--posts", "2", "--spopt"])
    assert ran == ["walkshed", "walkshed"]
    assert "skipped: cbc: not installed" in capsys.readouterr().out


def test_a_made_up_city_is_as_dense_as_it_says() -> None:
    one, same = (city(7, doors=3000, sites=300, posts=5) for _ in range(2))
    assert np.array_equal(one.residents, same.residents)
    assert (one.coverage != same.coverage).nnz == 0
    assert one.coverage.shape == (3000, 300)
    share = one.coverage.T @ one.residents / one.residents.sum()
    assert share.mean() == pytest.approx(0.0165, rel=0.05)
    assert np.quantile(share, 0.95) > 5 * np.quantile(share, 0.05) > 0
    assert 0.02 < one.covered.mean() < 0.4


def test_the_very_large_family_is_read_in_blocks_and_counted_again() -> None:
    asked = {"solver": "walkshed", "seed": 3, "doors": 250_000, "radius_m": 1_000.0, "p": 2}
    blocks = list(large_blocks(3, 250_000, 1_000.0))
    assert [len(people) for _, people, _ in blocks] == [100_000, 100_000, 50_000]
    row = contest.solve_large(**asked, limit_s=60.0)
    alone = sum(sees.T @ people for sees, people, _ in blocks)
    assert row["proven"]
    assert alone.max() < row["value"] <= np.sort(alone)[-2:].sum()
    assert 100 < row["groups"] < 5_000


def test_graphs_are_solved_by_both_models_and_compared_with_what_was_published(tmp_path) -> None:
    """Vertices on a line, 5 and 4 apart: the middle one is best for both."""
    (tmp_path / "pmed1.txt").write_text(" 3 2 1 \n 1 2 5 \n 2 3 4 \n")
    (tmp_path / "pmedopt.txt").write_text("pmed1 9\n")
    (tmp_path / "kcenteropt.txt").write_text("pmed1 5\n")
    assert orlib.graphs_in(tmp_path) == ["pmed1"]
    for solver, best in {"p_median": 9.0, "p_center": 5.0}.items():
        row = orlib.solve_file(solver=solver, folder=str(tmp_path), file="pmed1", limit_s=20.0)
        assert row["value"] == row["bound"] == row["published"] == best
        assert row["proven"]


def test_the_plain_page_draws_every_row_that_ours_draws_and_loads_nothing(studied) -> None:
    tables = planners_map.plain_tables(studied)
    assert {"streets", "hexagons", "doors", "posts", "proposed"} <= set(tables)
    page = planners_map.plain_page(studied, on_canvas=True)
    assert page.count('{"features": [{') == len(tables)
    assert page.count('"type": "Feature"') == sum(len(table) for table in tables.values())
    assert "<script src" not in page
