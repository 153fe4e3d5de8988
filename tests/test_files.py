"""Files of a run: whole, and equal to each other."""

import csv
import itertools
import json
import math
import re
import sqlite3
from contextlib import closing

import geopandas as gpd
import networkx as nx
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pyogrio
import pytest
from shapely import LineString, Point
from shapely.affinity import translate

LAYERS = {
    "posts": "post_id",
    "doors": "door_id",
    "hexagons": "hexagon_id",
    "neighbourhoods": "neighbourhood_id",
    "service_areas": None,
    "service_rings": None,
    "catchments": None,
    "reach_counts": None,
    "proposed_posts": "rank",
}
SMALL = ("posts", "proposed_posts", "neighbourhoods", "districts", "city", "hexagons", "curve")
CUTOFFS = ("5", "10", "15")


def table(written, name: str) -> gpd.GeoDataFrame:
    return gpd.read_parquet(written.folder / f"{name}.parquet")


@pytest.fixture(scope="module")
def island(written) -> dict:
    page = (written.folder / "map.html").read_text("utf-8")
    found = re.findall(r'<script type="application/json"[^>]*>(.*?)</script>', page, re.DOTALL)
    assert len(found) == 1
    return json.loads(found[0])


# -- tables ----------------------------------------------------------------------------------------


def test_the_geopackage_has_every_layer(written) -> None:
    layers = {name for name, _ in pyogrio.list_layers(written.folder / "results.gpkg")}
    assert layers >= set(LAYERS)


@pytest.mark.parametrize(("name", "key"), LAYERS.items())
def test_parquet_and_geopackage_hold_the_same(name, key, written) -> None:
    parquet = table(written, name)
    package = gpd.read_file(written.folder / "results.gpkg", layer=name)
    if key:
        assert parquet.index.name == key
        package = package.set_index(key)
    assert len(parquet) == len(package) > 0
    assert parquet.index.to_list() == package.index.to_list()
    assert parquet.crs == package.crs == "EPSG:32642"
    plain = parquet.drop(columns="geometry")
    for column in plain:
        ours, theirs = plain[column], package[column]
        if pd.api.types.is_numeric_dtype(ours) and ours.dtype != bool:
            np.testing.assert_array_equal(ours.to_numpy(float), theirs.to_numpy(float))
        else:
            assert ours.astype(str).to_list() == theirs.fillna("").astype(str).to_list()
    there = parquet.geometry.notna()
    assert there.equals(package.geometry.notna())
    assert parquet.geometry[there].geom_equals(package.geometry[there]).all()


def test_every_layer_says_what_it_is_in_each_format(written) -> None:
    words = "Existing police posts, and where each meets the street."
    with closing(sqlite3.connect(written.folder / "results.gpkg")) as package:
        said = dict(package.execute("SELECT table_name, description FROM gpkg_contents"))
    assert said["posts"] == words
    assert [name for name in LAYERS if not said[name]] == []
    schema = pq.read_schema(written.folder / "posts.parquet")
    assert schema.metadata[b"description"].decode() == words
    assert json.loads((written.folder / "posts.geojson").read_text("utf-8"))["description"] == words


@pytest.mark.parametrize("name", SMALL)
def test_small_tables_are_csv_too(name, written) -> None:
    parquet = pd.read_parquet(written.folder / f"{name}.parquet")
    with (written.folder / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(parquet)
    index = parquet.index.name
    assert [row[index] for row in rows] == [str(value) for value in parquet.index]
    for column in parquet.select_dtypes("number"):
        read = [float(row[column]) if row[column] else math.nan for row in rows]
        np.testing.assert_allclose(read, parquet[column].to_numpy(float), rtol=1e-12)


def test_points_are_in_degrees_in_csv(written, lonlat) -> None:
    posts = pd.read_csv(written.folder / "posts.csv")
    expected = np.array(sorted([lonlat(100, -15), lonlat(700, 615)]))
    read = posts[["lon", "lat"]].sort_values("lon").to_numpy()
    np.testing.assert_allclose(read, expected, rtol=0, atol=2e-7)


def test_names_are_kept_to_the_letter_in_every_table(written, hostile_name) -> None:
    assert hostile_name in table(written, "neighbourhoods")["name"].to_list()
    package = gpd.read_file(written.folder / "results.gpkg", layer="neighbourhoods")
    assert hostile_name in package["name"].to_list()
    with (written.folder / "neighbourhoods.csv").open(encoding="utf-8", newline="") as file:
        assert hostile_name in [row["name"] for row in csv.DictReader(file)]


def test_nothing_else_lies_in_the_folder(written) -> None:
    names = {path.name for path in written.folder.iterdir()}
    assert {"map.html", "results.gpkg", "summary.json", "manifest.json"} <= names
    assert not [name for name in names if name.startswith((".", "tmp"))]
    assert {name.rpartition(".")[2] for name in names} == {
        "html", "gpkg", "geojson", "json", "parquet", "csv",
    }  # fmt: skip


# -- residents -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["doors", "hexagons", "neighbourhoods"])
def test_residents_are_conserved(name, written) -> None:
    assert table(written, name)["residents"].sum() == pytest.approx(3000, rel=1e-12)
    assert written.summary["residents"] == pytest.approx(3000, rel=1e-12)


@pytest.mark.parametrize("zones", ["hexagons", "neighbourhoods"])
@pytest.mark.parametrize("suffix", ["", "_after"])
def test_zones_add_up_to_the_city(zones, suffix, written) -> None:
    zone, summary = table(written, zones), written.summary
    headline = summary["after"] if suffix else summary
    for cutoff in CUTOFFS:
        within = zone[f"residents_within_{cutoff}{suffix}"].sum()
        assert within == pytest.approx(headline["residents_within"][cutoff], rel=1e-9)
    lost = zone[f"residents_not_reached{suffix}"].sum()
    assert lost == pytest.approx(headline["residents_not_reached"], rel=1e-9)


@pytest.mark.parametrize("key", ["hexagon_id", "neighbourhood_id"])
def test_each_zone_is_the_sum_of_its_doors(key, written) -> None:
    doors = table(written, "doors")
    zones = table(written, {"hexagon_id": "hexagons", "neighbourhood_id": "neighbourhoods"}[key])
    lived_in = zones[zones["residents"] > 0]
    by_zone = doors.groupby(key)["residents"].sum()
    pd.testing.assert_series_equal(by_zone, lived_in["residents"].sort_index(), rtol=1e-9)
    near = doors[doors["nearest_min"] <= 10 + 1e-9].groupby(key)["residents"].sum()
    expected = near.reindex(lived_in.index, fill_value=0.0).rename("residents_within_10")
    pd.testing.assert_series_equal(expected, lived_in["residents_within_10"], rtol=1e-9)
    shares = lived_in["residents_within_10"] / lived_in["residents"]
    np.testing.assert_allclose(shares, lived_in["share_within_10"], rtol=1e-12)


def test_doors_tell_who_is_not_reached_and_why(written) -> None:
    doors = table(written, "doors")
    lost = ~np.isfinite(doors["nearest_min"])
    assert sorted(doors.loc[lost, "not_reached_reason"]) == ["behind_barrier", "no_way", "too_far"]
    assert (doors.loc[lost, "nearest_post"] == "").all()
    assert (doors.loc[~lost, "not_reached_reason"] == "").all()
    assert set(doors.loc[~lost, "nearest_post"]) == set(table(written, "posts").index)


def test_service_areas_nest(written) -> None:
    areas = table(written, "service_areas")
    assert sorted(areas["scenario"].unique()) == ["after", "existing"]
    for _, scenario in areas.groupby("scenario"):
        bands = scenario.set_index("minutes").geometry.sort_index()
        assert bands.index.to_list() == [5, 10, 15]
        assert bands[5].difference(bands[10]).area < 1
        assert bands[10].difference(bands[15]).area < 1


def test_rings_make_up_the_bands(written) -> None:
    rings, bands = table(written, "service_rings"), table(written, "service_areas")
    for name, scenario in bands.groupby("scenario"):
        own = rings[rings["scenario"] == name]
        assert own["from_minutes"].to_list() == [0, 5, 10]
        sums = own.area.cumsum().to_list()
        assert sums == pytest.approx(scenario.sort_values("minutes").area.to_list(), abs=1)


@pytest.mark.parametrize("suffix", ["", "_after"])
def test_catchments_tell_the_residents_of_the_doors_whose_nearest_post_it_is(
    suffix, written
) -> None:
    doors, areas = table(written, "doors"), table(written, "catchments")
    own = areas[areas["scenario"] == ("after" if suffix else "existing")].set_index("post_id")
    by_post = doors.groupby(f"nearest_post{suffix}")["residents"].agg(["sum", "size"])
    assert own["residents"].sum() == pytest.approx(3000, rel=1e-12)
    for post, (residents, count) in by_post.iterrows():
        assert own.loc[post, "residents"] == pytest.approx(residents, rel=1e-12)
        assert own.loc[post, "doors"] == count
        if post:
            area = own.loc[post].geometry
            clear = (
                doors.distance(area.boundary) > 1
            )  # two doors are as near to one post as to the other
            wrong = doors.within(area) != (doors[f"nearest_post{suffix}"] == post)
            assert clear.sum() >= len(doors) - 2
            assert not wrong[clear].any()
    assert own[own.geometry.isna()].index.to_list() == [""]


@pytest.mark.parametrize("suffix", ["", "_after"])
def test_residents_are_told_by_the_number_of_posts_in_reach(suffix, written) -> None:
    doors, areas = table(written, "doors"), table(written, "reach_counts")
    own = areas[areas["scenario"] == ("after" if suffix else "existing")].set_index("posts")
    assert own.index[0] == 0
    assert own.index.is_monotonic_increasing
    summary = written.summary["after"] if suffix else written.summary
    reached = own["residents"].drop(0).sum()
    assert reached == pytest.approx(summary["residents_within"]["10"], rel=1e-12)
    assert own["residents"].sum() == pytest.approx(3000, rel=1e-12)
    by_posts = {str(posts): n for posts, n in own["residents"].items() if n}
    assert summary["residents_by_posts_within"] == pytest.approx(by_posts, rel=1e-12)
    assert (own["minutes"] == 10).all()
    for count, area in own.geometry.drop(0).items():
        assert (doors.within(area) == (doors[f"posts_within{suffix}"] == count)).all()


# -- the summary -----------------------------------------------------------------------------------


def test_the_summary_has_what_it_promises(written) -> None:
    summary = written.summary
    headline = {"residents_within", "share_within", "nearest_min", "residents_not_reached"}
    assert headline | {
        "city", "source", "residents", "posts_known", "posts_located", "cutoffs_min", "after",
        "plan",
    } <= set(summary)  # fmt: skip
    assert headline <= set(summary["after"])
    assert {
        "model", "cutoff_min", "new_posts", "objective", "bound", "gap", "status", "curve",
        "build_order",
    } <= set(summary["plan"])  # fmt: skip
    assert (summary["city"], summary["source"]) == ("Test", "file")
    assert (summary["posts_known"], summary["posts_located"]) == (2, 2)
    assert summary["cutoffs_min"] == [5, 10, 15]
    assert summary["plan"]["model"] == "mclp"
    assert summary["plan"]["cutoff_min"] == 10
    for part in (summary, summary["after"]):
        assert set(part["nearest_min"]) >= {"median", "p90", "max"}
        assert set(part["residents_within"]) == set(part["share_within"]) == set(CUTOFFS)


@pytest.mark.parametrize("suffix", ["", "_after"])
def test_the_summary_follows_from_the_doors(suffix, written) -> None:
    doors = table(written, "doors")
    part = written.summary["after"] if suffix else written.summary
    minutes, residents = doors[f"nearest_min{suffix}"], doors["residents"]
    for cutoff in CUTOFFS:
        within = residents[minutes <= int(cutoff) + 1e-9].sum()
        assert part["residents_within"][cutoff] == pytest.approx(within, rel=1e-9)
        assert part["share_within"][cutoff] == pytest.approx(within / 3000, rel=1e-9)
    reached = doors[np.isfinite(minutes)].sort_values(f"nearest_min{suffix}")
    half = reached["residents"].cumsum() >= 0.5 * reached["residents"].sum() * (1 - 1e-12)
    most = reached["residents"].cumsum() >= 0.9 * reached["residents"].sum() * (1 - 1e-12)
    expected = [reached.loc[share, f"nearest_min{suffix}"].iloc[0] for share in (half, most)]
    nearest = part["nearest_min"]
    assert [nearest["median"], nearest["p90"]] == pytest.approx(expected)
    assert nearest["max"] == pytest.approx(reached[f"nearest_min{suffix}"].max())
    lost = residents[np.isinf(minutes)].sum()
    assert part["residents_not_reached"] == pytest.approx(lost, rel=1e-9)


def test_the_plan_lowers_nothing(written) -> None:
    now, after = written.summary, written.summary["after"]
    for cutoff in CUTOFFS:
        assert after["residents_within"][cutoff] >= now["residents_within"][cutoff]
    assert after["residents_within"]["10"] > now["residents_within"]["10"]
    assert after["residents_not_reached"] <= now["residents_not_reached"]
    doors = table(written, "doors")
    assert (doors["nearest_min_after"] <= doors["nearest_min"]).all()


def test_the_plan_agrees_with_the_doors_and_with_itself(written) -> None:
    summary = written.summary
    plan, after = summary["plan"], summary["after"]
    assert plan["objective"] == pytest.approx(after["residents_within"]["10"], rel=1e-6)
    assert plan["bound"] >= plan["objective"]
    assert plan["gap"] == pytest.approx((plan["bound"] - plan["objective"]) / plan["bound"])
    assert plan["status"] == "optimal"
    assert plan["gap"] <= 1e-6


def test_the_curve_runs_from_nothing_to_the_plan(written) -> None:
    summary = written.summary
    plan = summary["plan"]
    assert [row["new_posts"] for row in plan["curve"]] == list(range(plan["new_posts"] + 1))
    within = [row["residents_within"] for row in plan["curve"]]
    assert within == sorted(within)
    assert within[0] == pytest.approx(summary["residents_within"]["10"], rel=1e-9)
    assert within[-1] == pytest.approx(plan["objective"], rel=1e-9)
    assert [row["gain"] for row in plan["curve"]][1:] == pytest.approx(np.diff(within))
    assert {row["status"] for row in plan["curve"]} == {"optimal"}


def test_the_build_order_is_cumulative(written) -> None:
    plan = written.summary["plan"]
    stages = plan["build_order"]
    assert [stage["rank"] for stage in stages] == [1, 2]
    assert len({stage["site_id"] for stage in stages}) == 2
    start = plan["curve"][0]["residents_within"]
    added = np.cumsum([stage["residents_added"] for stage in stages])
    within = [stage["residents_within"] for stage in stages]
    assert within == pytest.approx(start + added, rel=1e-9)
    assert within[-1] == pytest.approx(plan["objective"], rel=1e-9)
    for stage, best in zip(stages, plan["curve"][1:], strict=True):
        assert stage["residents_within"] <= best["residents_within"] * (1 + 1e-9)
        assert stage["share_within"] == pytest.approx(stage["residents_within"] / 3000)


def test_no_pair_of_candidates_reaches_more_than_the_plan(written, corner) -> None:
    """Every pair is tried on walking times of networkx over the streets as they were drawn."""
    doors, sites = table(written, "doors"), table(written, "candidate_sites")
    sites = sites[sites["exclude_reason"] == ""]
    lines = _streets(corner)
    graph = nx.Graph()
    by_a_street = doors["not_reached_reason"].isin(["", "no_way"])
    for table_ in (doors[by_a_street], sites):
        for key, point in table_.geometry.items():
            _join(graph, lines, str(key), point)
    _close(graph, lines)
    reach = {}
    for site in sites.index:
        metres = nx.single_source_dijkstra_path_length(graph, str(site), cutoff=800 + 1e-6)
        reach[site] = {door for door in doors.index if door in metres}
    served = set(doors.index[doors["nearest_min"] <= 10 + 1e-9])
    best = max(
        doors.loc[sorted(served | reach[one] | reach[two]), "residents"].sum()
        for one in reach
        for two in reach
    )
    assert written.summary["plan"]["objective"] == pytest.approx(best, rel=1e-9)


def _streets(corner: tuple[float, float]) -> list:
    """The town's streets as they were drawn, in metres."""
    blocks = range(0, 801, 200)
    drawn = [[(east, north) for east in blocks] for north in range(0, 601, 200)]
    drawn += [[(east, north) for north in range(0, 601, 200)] for east in blocks]
    drawn += [[(800, 0), (1600, 0), (2400, 0)], [(1600, 0), (1600, 300)], [(2400, 0), (2400, 300)]]
    drawn += [[(0, -3000), (600, -3000)]]
    return [translate(LineString(points), *corner) for points in drawn]


def _join(graph: nx.Graph, lines: list, key: str, point: Point) -> None:
    """Join a point to its nearest street; remember where along it."""
    nearest = min(range(len(lines)), key=lambda i: lines[i].distance(point))
    if lines[nearest].distance(point) > 250:
        return
    along = lines[nearest].project(point)
    graph.add_edge(key, (nearest, along), weight=lines[nearest].distance(point))


def _close(graph: nx.Graph, lines: list) -> None:
    """Join the places along each street in their order, and streets where they cross."""
    for i, line in enumerate(lines):
        for j in range(i + 1, len(lines)):
            if line.intersects(lines[j]):
                cross = line.intersection(lines[j]).centroid
                places = (i, line.project(cross)), (j, lines[j].project(cross))
                graph.add_edge(*places, weight=0.0)
    for i in range(len(lines)):
        places = sorted(node for node in graph if isinstance(node, tuple) and node[0] == i)
        for one, two in itertools.pairwise(places):
            graph.add_edge(one, two, weight=two[1] - one[1])


# -- the map ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["hexagons", "neighbourhoods"])
def test_the_map_holds_the_numbers_of_the_tables(name, island, written) -> None:
    zones, shown = table(written, name), island[name]
    drawn = (zones["residents"] > 0) & zones.geometry.notna()
    assert sorted(shown["ids"]) == sorted(zones.index[drawn])
    for column, values in shown["columns"].items():
        expected = zones.loc[shown["ids"], column].to_numpy(float)
        read = [math.nan if value is None else float(value) for value in values]
        np.testing.assert_allclose(read, expected, rtol=0, atol=6e-5, err_msg=column)
    total = zones.loc[drawn, "residents"].sum()
    assert sum(shown["columns"]["residents"]) == pytest.approx(total, abs=0.01)


def test_the_map_holds_the_summary(island, written) -> None:
    summary, shown = written.summary, island["summary"]
    assert shown["residents"] == pytest.approx(summary["residents"])
    for part, other in ((shown, summary), (shown["after"], summary["after"])):
        assert part["residents_within"] == pytest.approx(other["residents_within"])
        assert part["nearest_min"] == pytest.approx(other["nearest_min"])
    assert shown["plan"]["objective"] == pytest.approx(summary["plan"]["objective"])
    within = [row["residents_within"] for row in summary["plan"]["curve"]]
    assert [row["residents_within"] for row in island["curve"]] == pytest.approx(within)
    assert (island["known"], island["located"]) == (2, 2)
    assert island["schematic"] is False


def test_the_map_holds_the_posts_old_and_new(island, written) -> None:
    posts, proposed = table(written, "posts"), table(written, "proposed_posts")
    assert [post["id"] for post in island["posts"]] == posts.index.to_list()
    assert [site["rank"] for site in island["proposed"]] == [1, 2]
    assert [site["site"] for site in island["proposed"]] == proposed["site_id"].to_list()
    places = [*island["posts"], *island["proposed"]]
    points = pd.concat([posts.geometry, proposed.geometry]).to_crs(4326)
    for shown, point in zip(places, points, strict=True):
        assert shown["at"] == pytest.approx([point.y, point.x], abs=1e-6)
    added = [site["added"] for site in island["proposed"]]
    assert added == pytest.approx(proposed["residents_added"].to_list(), abs=1e-3)


def test_a_hostile_name_stays_in_the_island_as_text(island, written, hostile_name) -> None:
    page = (written.folder / "map.html").read_text("utf-8")
    assert hostile_name in island["neighbourhoods"]["names"]
    assert "</script><b>" not in page
    assert "49" not in [name.strip() for name in island["neighbourhoods"]["names"]]


def test_the_map_asks_for_nothing(written) -> None:
    page = (written.folder / "map.html").read_text("utf-8")
    assert not re.search(r'<(script|link|img|iframe)[^>]+(src|href)="?(https?:)?//', page)
