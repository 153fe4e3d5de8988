"""Candidate sites at public places and on the user's list: which stay, which go, and why."""

import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from towns import CRS, ORIGIN, Edge, Town, drawings, network_of
from walkshed.candidates import (
    NO_PLACES,
    candidate_sites,
    exclusion_zones,
    listed_places,
    public_places,
    why,
    without_doubles,
)
from walkshed.errors import SettingsError, SourceError, TableError
from walkshed.network import snap
from walkshed.settings import settings_from
from walkshed.sources.sites import read_exclusions, read_sites
from walkshed.study import run_study

NOWHERE = gpd.GeoDataFrame({"reason": []}, geometry=[], crs=CRS)
LONG = [(0, 0), (2000, 0)]


def place(x, y, *, kind="public_place", what="school", name="№ 5", **more):
    row = {"kind": kind, "place": what, "name": name, "owner": "", "cost": np.nan, "listed_id": ""}
    return row | more | {"geometry": shapely.Point(x, y)}


def sites_at(network, *places, spacing_m=400.0, exclusions=NOWHERE):
    table = gpd.GeoDataFrame(places, crs=CRS) if places else NO_PLACES.to_crs(CRS)
    at = snap(network, table.geometry, snap_max_m=250, island_max_m=0, barriers=np.array([]))
    return candidate_sites(
        network,
        spacing_m=spacing_m,
        island_max_m=0.0,
        exclusions=exclusions,
        places=table.join(at),
    )


def test_a_school_comes_before_the_street_it_stands_on() -> None:
    sites = sites_at(network_of(LONG, [Edge(0, 1, name="Abay")]), place(1000, 60))
    first = sites.iloc[0]
    assert (first["kind"], first["why"], first["access_m"]) == ("public_place", "school «№ 5»", 60)
    assert (first.geometry.x, first.geometry.y) == (1000, 60)
    others = sites.iloc[1:]
    assert (others.geometry.distance(first.geometry) >= 400).all()
    assert set(others["why"]) == {"along Abay"}


def test_the_better_kind_stays_and_the_other_is_told_which() -> None:
    listed = place(1010, 20, kind="listed", what="ground floor", name="Abay 7", owner="akimat")
    twin = place(1020, 20, kind="listed", what="", name="", cost=5.0)
    sites = sites_at(network_of(LONG, [Edge(0, 1)]), listed, twin, place(1000, 60))
    assert sites["kind"].tolist()[:3] == ["listed", "listed", "public_place"]
    assert sites["exclude_reason"].tolist()[:3] == ["", "", "within 400 m of S1"]
    assert sites["why"].tolist()[:3] == [
        "the user's list: ground floor «Abay 7»",
        "the user's list",
        "",
    ]
    assert (sites.loc["S1", "owner"], sites.loc["S2", "cost"]) == ("akimat", 5.0)


def test_a_place_in_a_lake_or_far_from_any_street_stays_with_its_reason() -> None:
    lake = gpd.GeoDataFrame(
        {"reason": ["water"]}, geometry=[shapely.box(900, 10, 1100, 90)], crs=CRS
    )
    network = network_of(LONG, [Edge(0, 1)])
    sites = sites_at(network, place(1000, 60), place(500, 900), exclusions=lake)
    assert sites["exclude_reason"].tolist()[:2] == ["water", "no street near"]
    assert sites["why"].tolist()[:2] == ["", ""]
    assert sites["edge"].tolist()[1] == -1
    taken = sites_at(network, place(1000, 60))
    assert len(sites.iloc[2:]) > len(taken.iloc[1:])  # the street is free where the place is not


def test_junctions_are_told_by_their_streets() -> None:
    cross = [(0, 0), (500, 0), (1000, 0), (500, 500), (500, -500)]
    edges = [
        Edge(0, 1, road_class="major", name="Abay"),
        Edge(1, 2, road_class="major", name="Abay"),
        Edge(1, 3, name="Tole bi"),
        Edge(1, 4),
    ]
    first = sites_at(network_of(cross, edges)).iloc[0]
    assert first["why"] == "junction of Abay and Tole bi"
    assert why(first, "ru") == "перекрёсток: Abay и Tole bi"
    alone = sites_at(network_of(cross, [Edge(e.u, e.v) for e in edges])).iloc[0]
    assert alone["why"] == "junction of unnamed streets"


# -- OpenStreetMap ---------------------------------------------------------------------------------


def public_town() -> Town:
    town = Town()
    town.street((0, 0), (2000, 0))
    town.square(100, 50, 60, amenity="school", name="Школа № 5", building="school")
    town.square(400, 50, 60, amenity="school")
    town.square(700, 50, 60, leisure="park", name="Парк")
    town.node(900, 30, railway="station", name="Тараз")
    town.node(950, 30, railway="level_crossing", name="Переезд")
    town.node(1200, 30, amenity="townhall", name="Әкімдік")
    town.node(1300, 30, amenity="cafe", name="Кафе")
    return town


def test_named_public_places_are_found_by_their_tags() -> None:
    found = public_places(public_town().extract())
    assert list(zip(found["place"], found["name"], strict=True)) == [
        ("akimat", "Әкімдік"),
        ("school", "Школа № 5"),
        ("station", "Тараз"),
        ("park", "Парк"),
    ]
    school = found.to_crs(CRS).geometry.iloc[1]
    assert (school.x - ORIGIN[0], school.y - ORIGIN[1]) == pytest.approx((130, 80), abs=0.1)


def test_a_study_chooses_kinds_and_a_wrong_one_is_told_those_there_are() -> None:
    extract = public_town().extract()
    assert public_places(extract, ["park"])["name"].tolist() == ["Парк"]
    assert public_places(extract, []).empty
    with pytest.raises(SettingsError, match="`casino`; there are: akimat, school"):
        public_places(extract, ["school", "casino"])


@pytest.mark.parametrize(
    ("tags", "shut"),
    [
        ({"waterway": "river"}, 35),
        ({"waterway": "river", "tunnel": "culvert"}, None),
        ({"waterway": "ditch"}, None),
        ({"railway": "rail"}, 20),
        ({"railway": "rail", "tunnel": "yes"}, None),
    ],
)
def test_rivers_and_rails_shut_a_strip_unless_in_a_tunnel(tags, shut) -> None:
    town = Town()
    town.street((0, 0), (2000, 0))
    town.way((0, 500), (2000, 500), **tags)
    zones = exclusion_zones(town.extract(), crs=CRS)
    assert len(zones) == (shut is not None)
    for away_m in (10, 19, 21, 34, 36):
        point = shapely.Point(ORIGIN[0] + 1000, ORIGIN[1] + 500 + away_m)
        assert zones.intersects(point).any() == (shut is not None and away_m < shut)


def test_the_users_own_ground_is_told_first() -> None:
    town = public_town()
    town.square(0, -300, 600, landuse="cemetery")
    own = gpd.GeoDataFrame(
        {"reason": ["sold"]}, geometry=[shapely.box(0, -300, 600, 300)], crs=CRS
    ).translate(*ORIGIN)
    own = gpd.GeoDataFrame({"reason": ["sold"]}, geometry=own)
    zones = exclusion_zones(town.extract(), crs=CRS, own=own.to_crs(4326))
    assert zones["reason"].tolist() == ["sold", "cemetery"]
    network = town.network()
    sites = candidate_sites(network, spacing_m=100, island_max_m=0, exclusions=zones)
    assert set(sites["exclude_reason"]) == {"", "sold"}


# -- doubles ---------------------------------------------------------------------------------------


@given(st.lists(st.lists(st.booleans(), min_size=4, max_size=4), min_size=1, max_size=9), st.data())
@settings(max_examples=60, deadline=None)
def test_of_sites_with_the_same_doors_one_is_left_and_no_door_loses(rows, data) -> None:
    kinds = st.lists(
        st.sampled_from(["listed", "street"]), min_size=len(rows), max_size=len(rows)
    ).map(sorted)
    index = [f"S{i}" for i in range(len(rows))]
    sites = gpd.GeoDataFrame(
        {"kind": data.draw(kinds), "why": "x", "exclude_reason": ""}, index=index
    )
    reach = np.array(rows).T
    left = without_doubles(sites, [np.flatnonzero(column) for column in reach.T])
    stays = (left["exclude_reason"] == "").to_numpy()
    assert ((left["why"] == "") == ~stays).all()
    assert stays[sites["kind"] == "listed"].all()
    assert (reach[:, stays].any(axis=1) == reach.any(axis=1)).all()
    told = {tuple(row) for row, kind in zip(rows, sites["kind"], strict=True) if kind == "listed"}
    others = [
        tuple(r) for r, s, k in zip(rows, stays, sites["kind"], strict=True) if s and k != "listed"
    ]
    reaching = [row for row in others if any(row)]
    assert len(reaching) == len(set(reaching))
    assert told.isdisjoint(reaching)


# -- laws ------------------------------------------------------------------------------------------


@st.composite
def towns_with_places(draw):
    nodes, edges = draw(drawings())
    corner = st.integers(-1, 10).map(lambda i: 100 * i + 37)
    spot = st.tuples(corner, corner, st.sampled_from(["listed", "public_place"]))
    places = [place(x, y, kind=kind) for x, y, kind in draw(st.lists(spot, max_size=6))]
    places.sort(key=lambda row: row["kind"])
    lakes = [shapely.box(x, y, x + 250, y + 150) for x, y, _ in draw(st.lists(spot, max_size=2))]
    zones = gpd.GeoDataFrame({"reason": ["water"] * len(lakes)}, geometry=lakes, crs=CRS)
    return nodes, edges, places, zones if lakes else NOWHERE


@given(towns_with_places(), st.sampled_from([60.0, 150.0, 400.0]))
@settings(max_examples=60, deadline=None)
def test_each_site_has_why_or_a_reason_against_and_open_ones_keep_their_distance(
    town, spacing_m
) -> None:
    nodes, edges, places, zones = town
    network = network_of(nodes, edges)
    sites = sites_at(network, *places, spacing_m=spacing_m, exclusions=zones)
    assert ((sites["why"] != "") != (sites["exclude_reason"] != "")).all()
    assert sites.index.is_unique
    assert (sites["kind"].isin(["listed", "public_place"])).sum() == len(places)
    is_open = sites[sites["exclude_reason"] == ""]
    assert (is_open["edge"] >= 0).all()
    away_m = shapely.distance(
        is_open.geometry.to_numpy()[:, None], is_open.geometry.to_numpy()[None, :]
    )
    own = (is_open["kind"] == "listed").to_numpy()
    counted = ~np.eye(len(is_open), dtype=bool) & ~(own[:, None] & own[None, :])
    assert (away_m[counted] >= spacing_m * (1 - 1e-6)).all()
    again = sites_at(network, *places, spacing_m=spacing_m, exclusions=zones)
    pd.testing.assert_frame_equal(pd.DataFrame(sites), pd.DataFrame(again))


# -- files -----------------------------------------------------------------------------------------


def test_the_users_list_is_read_with_owner_and_cost(tmp_path) -> None:
    path = tmp_path / "sites.csv"
    path.write_text(
        "id;name;lat;lon;owner;cost;kind\nA;Абая 7;42,9;71,37;акимат;1 500,5;первый этаж\n"
        "B;;42.91;71.38;;;\n",
        encoding="utf-8-sig",
    )
    sites = read_sites(path, extent=(71.2, 42.8, 71.5, 43.0))
    assert sites.index.tolist() == ["A", "B"]
    assert sites["cost"].tolist()[0] == 1500.5
    assert np.isnan(sites["cost"].tolist()[1])
    assert (sites.loc["A", "owner"], sites.loc["A", "kind"]) == ("акимат", "первый этаж")
    assert listed_places(sites)["listed_id"].tolist() == ["A", "B"]


def test_all_that_is_wrong_with_the_list_is_told_at_once(tmp_path) -> None:
    path = tmp_path / "sites.csv"
    path.write_text(
        "id,lat,lon,cost,onwer\n,42.9,71.37,,x\nA,north,71.37,,x\nA,42.9,71.37,dear,x\n"
        "B,42.9,171.37,-3,x\n",
        encoding="utf-8",
    )
    with pytest.raises(TableError) as told:
        read_sites(path, extent=(71.2, 42.8, 71.5, 43.0))
    for words in (
        "sites.csv", "row 2: `id` is empty", "row 3: `lat` is `north`", "rows 3, 4: the id `A`",
        "row 4: `cost` is `dear`", "row 5: `cost` is `-3`", "km outside the study area", "`onwer`",
    ):  # fmt: skip
        assert words in str(told.value)
    path.write_text("name\nAbay 7\n", encoding="utf-8")
    with pytest.raises(TableError, match="no column `id`"):
        read_sites(path)


def test_ground_ruled_out_is_read_or_all_its_faults_are_told(tmp_path) -> None:
    box, bow = shapely.box(0, 0, 1, 1), shapely.Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    good = gpd.GeoDataFrame({"reason": [" sold "]}, geometry=[box], crs=4326)
    good.to_file(tmp_path / "good.geojson")
    assert read_exclusions(tmp_path / "good.geojson")["reason"].tolist() == ["sold"]
    bad = gpd.GeoDataFrame(
        {"reason": ["", "x", "y"]}, geometry=[box, bow, shapely.Point(0, 0)], crs=4326
    )
    bad.to_file(tmp_path / "bad.geojson")
    with pytest.raises(TableError) as told:
        read_exclusions(tmp_path / "bad.geojson")
    for words in ("feature 1: `reason`", "feature 2: the polygon", "feature 3: a geometry of"):
        assert words in str(told.value)
    with pytest.raises(SourceError, match="no such file"):
        read_exclusions(tmp_path / "none.geojson")
    (tmp_path / "text.geojson").write_text("not this")
    with pytest.raises(SourceError, match="cannot be read"):
        read_exclusions(tmp_path / "text.geojson")


def test_owner_cost_and_why_reach_the_proposed_posts_and_the_page(
    tmp_path, town_of, lonlat
) -> None:
    from walkshed.study import study_map_of, write_study

    town = town_of()
    town.node(600, 210, {"amenity": "school", "name": "</script>№ 5"})
    town.write(tmp_path / "town.osm")
    lon, lat = lonlat(2300, 30)
    site = f"id,name,lat,lon,owner,cost,kind\nA,Дом 7,{lat},{lon},акимат,1500,этаж\n"
    (tmp_path / "sites.csv").write_text(site, encoding="utf-8")
    corners = [lonlat(*at) for at in ((1010, -99), (1590, -99), (1590, 99), (1010, 99))]
    shut = gpd.GeoDataFrame({"reason": ["sold"]}, geometry=[shapely.Polygon(corners)], crs=4326)
    shut.to_file(tmp_path / "shut.geojson")
    values = {
        "city": "Test",
        "source": {"file": str(tmp_path / "town.osm")},
        "siting": {"new_posts": 3},
        "candidates": {
            "spacing_m": 200,
            "sites": str(tmp_path / "sites.csv"),
            "exclusions": str(tmp_path / "shut.geojson"),
        },
    }
    result = run_study(settings_from(values, "study.toml"))
    kinds = result.candidates["kind"].tolist()
    assert kinds[:2] == ["listed", "public_place"]
    assert "sold" in set(result.candidates["exclude_reason"])
    chosen = result.proposed[result.proposed["kind"] == "listed"]
    assert chosen[["why", "owner", "cost", "listed_id"]].to_numpy().tolist() == [
        ["the user's list: этаж «Дом 7»", "акимат", 1500.0, "A"]
    ]
    html = study_map_of(result).to_html()
    assert "список пользователя: этаж" in html
    assert "</script>№" not in html
    write_study(result, tmp_path / "out")
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text("utf-8"))
    assert {"sites.csv", "shut.geojson"} <= {file["name"] for file in manifest["inputs"]}
    assert manifest["settings"]["candidates"]["sites"] == "sites.csv"
    layer = gpd.read_file(tmp_path / "out" / "results.gpkg", layer="candidate_sites")
    assert {"why", "exclude_reason", "owner", "cost", "listed_id"} <= set(layer.columns)
