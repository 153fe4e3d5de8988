"""One study as a function call: what is counted, by whom, and the walks one can add up by hand."""

import math

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from walkshed.errors import InputError
from walkshed.settings import read_settings, settings_from
from walkshed.study import run_study
from walkshed.travel_times import nearest_facility

M_PER_MIN = 80.0  # 4.8 km/h


@pytest.fixture
def study_of(tmp_path, town_of):
    """Run the tiny town's study, some settings replaced; `town` draws another town."""

    def run(town=None, *, registry: str | None = None, **changes):
        (town or town_of()).write(tmp_path / "town.osm")
        values = {
            "city": "Test",
            "source": {"file": str(tmp_path / "town.osm")},
            "siting": {"new_posts": 1},
            "candidates": {"spacing_m": 200},
            **changes,
        }
        if registry is not None:
            (tmp_path / "posts.csv").write_text(registry, encoding="utf-8")
            posts = {"registry": str(tmp_path / "posts.csv"), **changes.get("posts", {})}
            values["posts"] = posts
        return run_study(settings_from(values, "study.toml"))

    return run


@pytest.fixture
def registry_of(lonlat):
    """CSV of posts at places in metres; other columns as given."""

    def text(*rows: tuple, columns: str = "") -> str:
        lines = [f"id,lat,lon,location_precision,{columns}"]
        for post_id, place, *others in rows:
            lon, lat = lonlat(*place) if place else ("", "")
            precision = "exact" if place else "unlocated"
            lines.append(",".join(map(str, [post_id, lat, lon, precision, *others])))
        return "\n".join(lines) + "\n"

    return text


def door_at(result, lonlat, place) -> str:
    """Id of the door in the house at a place."""
    point = gpd.GeoSeries.from_xy(*[[value] for value in lonlat(*place)], crs=4326)
    distance_m = result.doors.distance(point.to_crs(result.crs).iloc[0])
    assert distance_m.min() < 0.1
    return distance_m.idxmin()


# -- walks -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("place", "legs_m"),
    [
        ((140, 20), (20, 40, 15)),  # along Row 0 to the post 15 m off it, at 100 m
        ((300, 20), (20, 200, 15)),
        ((1100, 20), (20, 1000, 15)),
        ((1620, 250), (20, 250, 1500, 15)),  # down the lane, then along the road
        ((2420, 250), (20, 250, 2300, 15)),
        ((540, 420), (20, 60, 200, 100, 15)),  # up Column 600, then along Row 600
    ],
)
def test_minutes_can_be_added_up_by_hand(place, legs_m, studied, lonlat) -> None:
    door = door_at(studied, lonlat, place)
    expected = sum(legs_m) / M_PER_MIN
    assert studied.doors.loc[door, "nearest_min"] == pytest.approx(expected, abs=1e-3)


@pytest.mark.parametrize(
    ("place", "reason"),
    [((500, -120), "behind_barrier"), ((1200, 800), "too_far"), ((300, -2980), "no_way")],
)
def test_who_reaches_no_post_is_told_why(place, reason, studied, lonlat) -> None:
    door = studied.doors.loc[door_at(studied, lonlat, place)]
    assert door["nearest_min"] == math.inf
    assert door["not_reached_reason"] == reason
    assert door["nearest_post"] == ""


def test_a_garage_and_a_school_have_no_residents(studied) -> None:
    assert len(studied.doors) == 30
    assert (studied.doors["residents"] > 0).all()


def test_residents_follow_floor_area(studied, lonlat) -> None:
    """The houses at (140, 20) and (220, 20) have two and three levels of 100 m2."""
    two, three = (
        studied.doors.loc[door_at(studied, lonlat, place)] for place in ((140, 20), (220, 20))
    )
    assert (two["levels"], three["levels"]) == (2, 3)
    assert three["residents"] / two["residents"] == pytest.approx(1.5, rel=1e-4)


def test_neighbourhoods_hold_their_doors_and_the_rest_is_outside(studied, lonlat) -> None:
    zones = studied.neighbourhoods
    by_name = {name: key for key, name in zones["name"].items() if name}
    assert len(by_name) == 2
    west = studied.doors.loc[door_at(studied, lonlat, (300, 20))]
    island = studied.doors.loc[door_at(studied, lonlat, (300, -2980))]
    assert west["neighbourhood_id"] == by_name["Батыс"]
    assert island["neighbourhood_id"] not in by_name.values()
    assert zones["residents"].sum() == pytest.approx(3000)


def test_a_detour_can_be_measured_by_hand(studied, lonlat) -> None:
    """From (140, 20) down to Row 0, 40 m along it, and to the post at (100, -15)."""
    door = studied.doors.loc[door_at(studied, lonlat, (140, 20))]
    assert door["detour_index"] == pytest.approx((20 + 40 + 15) / math.hypot(40, 35), rel=1e-3)


def test_no_way_is_shorter_than_the_straight_line(studied) -> None:
    doors = studied.doors
    for suffix in ("", "_after"):
        reached = np.isfinite(doors[f"nearest_min{suffix}"])
        assert (doors.loc[reached, f"detour_index{suffix}"] >= 1 - 1e-9).all()
        assert doors.loc[~reached, f"detour_index{suffix}"].isna().all()


def test_the_second_nearest_post_is_the_second_of_all_walks(studied) -> None:
    doors, network = studied.doors, studied.network
    speed_kmh = studied.profile.level_speed_kmh
    posts = studied.posts[["edge", "offset_m", "access_m"]]
    new = studied.proposed.set_index("site_id")[list(posts)]
    for suffix, at in (("", posts), ("_after", pd.concat([posts, new]))):
        each = [
            nearest_facility(network, doors, at.loc[[post]], speed_kmh=speed_kmh)["minutes"]
            for post in at.index
        ]
        walks = np.sort(np.stack(each), axis=0)
        np.testing.assert_allclose(doors[f"second_nearest_min{suffix}"], walks[1], rtol=1e-12)
        reached = doors[np.isfinite(walks[1])]
        assert (reached[f"second_nearest_post{suffix}"] != reached[f"nearest_post{suffix}"]).all()


def test_a_study_without_city_districts_has_an_empty_table_of_them(studied) -> None:
    assert len(studied.districts) == 0
    assert set(studied.districts) == set(studied.neighbourhoods)
    assert studied.districts.index.name == "district_id"


def test_every_level_counts_the_residents_of_the_city(study_of, town_of) -> None:
    town = town_of()
    tags = {"boundary": "administrative", "admin_level": "9", "name": "Аудан"}
    town.area(-150, -250, 1150, 700, tags)
    result = study_of(town, zones={"district_admin_level": 9})
    assert sorted(result.districts["name"]) == ["", "Аудан"]
    assert result.city.index.to_list() == ["Test"]
    whole = result.city.loc["Test"]
    counts = [name for name in whole.index if name.startswith(("residents", "not_reached"))]
    assert {"residents_backup_10", "residents_backup_10_after"} <= set(counts)
    for zones in (result.hexagons, result.neighbourhoods, result.districts):
        assert set(result.city) <= set(zones)
        for name in (*counts, "doors"):
            assert zones[name].sum() == pytest.approx(whole[name], rel=1e-9), name
    two = result.doors["posts_within_after"] >= 2
    assert whole["residents_backup_10_after"] == pytest.approx(
        result.doors.loc[two, "residents"].sum(), rel=1e-9
    )
    west = result.doors[result.doors["district_id"] != "outside"]
    district = result.districts.loc[west["district_id"].iloc[0]]
    assert district["residents"] == pytest.approx(west["residents"].sum(), rel=1e-9)
    for suffix, told in (("", result.summary), ("_after", result.summary["after"])):
        assert told["equity"]["gini"] == whole[f"gini{suffix}"]
        assert told["nearest_min"]["worst_tenth"] == whole[f"worst_tenth_min{suffix}"]
        assert told["backup"]["share"]["10"] == whole[f"backup_share_10{suffix}"]


def test_a_level_without_closed_boundaries_is_told(study_of) -> None:
    result = study_of(zones={"district_admin_level": 7})
    assert len(result.districts) == 0
    told = "no city districts: no boundary of admin_level 7 closes in the extract"
    assert told in result.summary["notes_on_neighbourhoods"]


# -- posts -----------------------------------------------------------------------------------------


def test_registry_and_openstreetmap_are_counted_once(study_of, registry_of) -> None:
    """One row is the same post as in OpenStreetMap, one is another, one has no place."""
    registry = registry_of(("A", (110, -15)), ("B", (1600, 100)), ("C", None))
    result = study_of(registry=registry)
    assert result.summary["posts"] == 3
    assert (result.summary["posts_known"], result.summary["posts_located"]) == (4, 3)
    assert {"A", "B"} <= set(result.posts.index)
    assert "C" not in result.posts.index


def test_post_without_coordinates_is_found_by_its_words_and_told_as_approximate(
    study_of, registry_of
) -> None:
    rows = [("W", None, "УПП", "Батыс"), ("N", None, "УПП", "nowhere known")]
    result = study_of(registry=registry_of(*rows, columns="name_ru,location_text"))
    matches = result.known.matches
    assert matches["osm_id"].ne("").to_dict() == {"W": True, "N": False}
    assert matches["reason"]["N"] != ""
    west = result.posts.loc["W"]
    assert west["location_precision"] == matches["location_precision"]["W"] != "exact"
    assert west["location_source"].startswith("matched to OSM ")
    summary = result.summary
    assert (summary["posts_known"], summary["posts_located"]) == (4, 3)
    assert summary["posts_located_by"] == {"coordinates": 2, "words": 1, "unlocated": 1}
    assert summary["posts_approximate"] == 1


def test_openstreetmap_can_be_left_out(study_of, registry_of) -> None:
    result = study_of(registry=registry_of(("B", (1600, 100))), posts={"osm": False})
    assert result.posts.index.to_list() == ["B"]
    assert set(result.doors["nearest_post"]) == {"B", ""}


def test_planned_and_closed_posts_serve_nobody(study_of, registry_of) -> None:
    rows = [("P", (1600, 100), "planned"), ("C", (1600, 200), "closed"), ("E", (300, 200), "")]
    result = study_of(registry=registry_of(*rows, columns="status"))
    assert {"P", "C"} & set(result.posts.index) == set()
    assert "E" in result.posts.index
    assert (result.summary["posts_known"], result.summary["posts_located"]) == (3, 3)


def test_transport_police_is_known_but_nobody_walks_to_it(study_of, registry_of) -> None:
    rows = [("T", (1600, 100), "transport_police"), ("E", (300, 200), "precinct_point")]
    result = study_of(registry=registry_of(*rows, columns="kind"))
    assert "T" not in set(result.posts.index) | set(result.doors["nearest_post"])
    assert (result.summary["posts_known"], result.summary["posts"]) == (4, 3)


def test_posts_of_another_settlement_are_left_out(study_of, registry_of) -> None:
    rows = [("H", (1600, 100), "Test"), ("O", (1600, 200), "Other"), ("N", (300, 200), "")]
    registry = registry_of(*rows, columns="settlement")
    result = study_of(registry=registry, posts={"settlement": "test"})
    assert {"H", "N"} <= set(result.posts.index)
    assert "O" not in result.posts.index
    assert result.summary["posts_known"] == 4


def test_a_post_more_never_makes_a_walk_longer(study_of, registry_of, studied) -> None:
    result = study_of(registry=registry_of(("B", (1200, 15))))
    now, before = result.doors["nearest_min"], studied.doors["nearest_min"]
    assert (now <= before.reindex(now.index) + 1e-9).all()
    assert (now < before.reindex(now.index) - 1).any()


def test_posts_off_the_network_are_named_and_reach_nobody(study_of, town_of) -> None:
    town = town_of(police=False)
    post = f"n{town.node(1200, 900, {'amenity': 'police'})}"
    result = study_of(town)
    assert result.summary["posts_off_the_network"] == [post]
    assert np.isinf(result.doors["nearest_min"]).all()
    assert result.summary["residents_within"] == {"5": 0, "10": 0, "15": 0}
    assert result.summary["residents_not_reached"] == pytest.approx(result.summary["residents"])
    assert result.summary["after"]["residents_within"]["10"] > 0


def test_a_post_drawn_as_a_building_counts(study_of, town_of) -> None:
    town = town_of(police=False)
    post = f"w{town.area(690, 605, 710, 625, {'amenity': 'police', 'building': 'yes'})}"
    assert study_of(town).posts.index.to_list() == [post]


# -- residents -------------------------------------------------------------------------------------


def test_without_a_total_residents_are_an_estimate(study_of) -> None:
    result = study_of()
    assert result.summary["residents_estimated"] is True
    assert result.summary["residents"] > 0


def test_with_a_total_they_are_not(studied) -> None:
    assert studied.summary["residents_estimated"] is False
    assert studied.summary["residents"] == pytest.approx(3000, rel=1e-12)


# -- at the edges ----------------------------------------------------------------------------------


def test_no_new_post_changes_nothing(tmp_path, write_study, walkshed) -> None:
    import json

    study = write_study(tmp_path, siting={"new_posts": 0})
    ran = walkshed("run", study, "--json", "--out", tmp_path / "out")
    assert ran.code == 0, ran.err
    summary = json.loads(ran.out)
    for key in ("residents_within", "share_within", "nearest_min", "residents_not_reached"):
        assert summary["after"][key] == summary[key]
    plan = summary["plan"]
    assert plan["build_order"] == []
    assert [row["new_posts"] for row in plan["curve"]] == [0]
    assert plan["objective"] == plan["bound"]
    proposed = gpd.read_file(tmp_path / "out" / "results.gpkg", layer="proposed_posts")
    assert len(proposed) == 0


def test_as_many_new_posts_as_candidates_can_be_built(study_of) -> None:
    sites = (study_of().candidates["exclude_reason"] == "").sum()
    siting = {"new_posts": int(sites)}
    result = study_of(siting=siting)
    assert 0 < len(result.proposed) <= sites  # sites that add nobody are not built
    reachable = result.plan.problem.coverage().max(axis=1).toarray().ravel()
    assert result.plan.objective == pytest.approx(result.plan.problem.people[reachable].sum())
    with pytest.raises(InputError, match=str(sites)):
        study_of(siting={**siting, "new_posts": int(sites) + 1})


def test_a_town_without_neighbourhoods_is_scored_as_a_whole(
    town_of, tmp_path, write_study, walkshed
) -> None:
    town_of(suburbs=False).write(tmp_path / "town.osm")
    ran = walkshed("run", write_study(tmp_path), "--out", tmp_path / "out")
    assert ran.code == 0, ran.err
    zones = gpd.read_parquet(tmp_path / "out" / "neighbourhoods.parquet")
    assert zones["residents"].to_list() == pytest.approx([3000])


def test_an_old_planning_cutoff_is_overruled(study_of) -> None:
    result = study_of(standard={"planning_cutoff_min": 5})
    summary = result.summary
    assert summary["plan"]["cutoff_min"] == 5
    assert summary["plan"]["objective"] == pytest.approx(summary["after"]["residents_within"]["5"])


def test_sites_keep_the_spacing_and_stand_on_streets(studied) -> None:
    sites = studied.candidates.geometry
    between = sites.apply(sites.distance).to_numpy()
    assert between[~np.eye(len(sites), dtype=bool)].min() >= 200 - 1e-6
    streets = studied.network.edge_lines
    assert max(min(line.distance(site) for line in streets) for site in sites) < 1e-6


def test_nothing_stands_in_a_pond_or_a_graveyard(study_of, town_of) -> None:
    town = town_of()
    town.area(900, -50, 2500, 310, {"landuse": "cemetery"})
    result = study_of(town)
    excluded = result.candidates["exclude_reason"]
    assert (excluded == "cemetery").any()
    assert set(result.proposed["site_id"]).isdisjoint(excluded.index[excluded != ""])


def test_the_order_of_buildings_in_the_extract_changes_nothing(study_of, town_of) -> None:
    town = town_of()
    result = study_of(town)
    homes = [i for i, (_, tags) in enumerate(town._ways) if "building" in tags]
    before = [town._ways[i] for i in homes]
    for i, way in zip(homes, reversed(before), strict=True):
        town._ways[i] = way
    again = study_of(town)
    for key in ("residents_within", "nearest_min", "residents"):
        assert again.summary[key] == pytest.approx(result.summary[key])
    assert list(again.proposed["site_id"]) == list(result.proposed["site_id"])


# -- a made-up city --------------------------------------------------------------------------------


def test_a_schematic_city_has_its_own_posts_and_the_registry_only_counts(
    study_of, registry_of, tmp_path
) -> None:
    (tmp_path / "village.toml").write_text(
        "width_m=600\nheight_m=600\nsuperblock_m=300\nhouses=30\nprecinct_points=2\n"
    )
    registry = registry_of(("A", (110, -15)), ("B", (1600, 100)), ("C", None))
    source = {"schematic": str(tmp_path / "village.toml")}
    result = study_of(registry=registry, source=source)
    assert result.summary["source"] == "schematic"
    assert result.summary["schematic"] is True
    assert (result.summary["posts_known"], result.summary["posts_located"]) == (3, 2)
    assert set(result.posts["origin"]) == {"schematic"}
    assert len(result.posts) == 2
    assert {"A", "B", "C"}.isdisjoint(result.posts.index)


# -- how it is told --------------------------------------------------------------------------------


def test_each_step_is_told_as_it_begins(written) -> None:
    from walkshed.settings import read_settings

    steps: list[str] = []
    run_study(read_settings(written.study), tell=steps.append)
    assert len(steps) == len(set(steps)) >= 5
    assert steps[0].startswith("reading")


def test_a_study_tells_its_story_in_a_line(studied) -> None:
    assert "Test" in repr(studied)
    assert "2 new posts" in repr(studied)
    assert "\n" not in repr(studied)


def test_tables_are_in_metres(studied) -> None:
    for table in (studied.posts, studied.doors, studied.proposed, studied.areas.service_areas):
        assert table.crs == "EPSG:32642"


def test_a_post_planned_beside_a_standing_one_does_not_take_its_place(
    study_of, registry_of, studied
) -> None:
    result = study_of(registry=registry_of(("P", (110, -15), "planned"), columns="status"))
    assert len(result.posts) == 2
    now, before = result.doors["nearest_min"], studied.doors["nearest_min"]
    np.testing.assert_allclose(now, before.reindex(now.index))


def with_residents(study, **residents):
    values = read_settings(study).model_dump(exclude={"name"})
    return settings_from({**values, "residents": residents}, "study.toml")


def test_a_neighbourhood_with_a_known_number_of_residents_holds_it(write_study, tmp_path) -> None:
    known = {"Батыс": 1000}
    study = run_study(with_residents(write_study(tmp_path), total=3000, by_neighbourhood=known))
    zones = study.neighbourhoods.set_index("name")["residents"]
    assert zones["Батыс"] == pytest.approx(1000, rel=1e-9)
    assert study.doors["residents"].sum() == pytest.approx(3000, rel=1e-9)


def test_a_total_for_an_unknown_neighbourhood_names_the_key(write_study, tmp_path) -> None:
    settings = with_residents(write_study(tmp_path), total=3000, by_neighbourhood={"Nowhere": 10})
    with pytest.raises(InputError, match=r"study.toml: .*by_neighbourhood.*Nowhere"):
        run_study(settings)


def test_why_nobody_is_reached_adds_up_in_every_zone(studied) -> None:
    for zones in (studied.hexagons, studied.neighbourhoods):
        for suffix in ("", "_after"):
            reasons = [
                f"not_reached_{why}{suffix}" for why in ("too_far", "behind_barrier", "no_way")
            ]
            summed = zones[reasons].sum(axis=1)
            assert summed.to_numpy() == pytest.approx(
                zones[f"residents_not_reached{suffix}"].to_numpy(), rel=1e-9
            )
    assert (
        studied.doors["not_reached_reason"].isin(["", "too_far", "behind_barrier", "no_way"]).all()
    )


@pytest.mark.parametrize(("east", "clipped"), [(400, True), (200, False)])
def test_areas_end_at_the_neighbourhoods_where_these_hold_every_door(
    east, clipped, study_of, new_town
) -> None:
    new_town.way([(0, 0), (1000, 0)], {"highway": "residential"})
    new_town.node(100, -10, {"amenity": "police"})
    for x in (50, 250, 350):
        new_town.house(x, 20, {"building": "house"})
    new_town.area(-30, -100, east, 100, {"place": "suburb", "name": "West"})
    areas = study_of(new_town).areas
    for table in (areas.service_areas, areas.service_rings, areas.catchments, areas.reach_counts):
        west, south, farthest, north = table.total_bounds
        assert (north - south == pytest.approx(200, abs=1)) == clipped
        assert (farthest - west == pytest.approx(430, abs=1)) == clipped
