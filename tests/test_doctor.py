"""The doctor finds what is wrong in towns drawn on paper, and is silent about what is right."""

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from towns import CRS, MONACO, Town, grid_town, places
from walkshed.doctor import (
    SEVERITIES,
    barriers,
    doors,
    examine_study,
    findings_in_words,
    inputs,
    people,
    posts,
    streets,
    tags,
)
from walkshed.doctor.findings import Finding, as_table
from walkshed.doctor.missing_crossings import missing_crossings
from walkshed.language import LANGUAGES
from walkshed.network import barrier_lines, build_network, fence_lines, pedestrian_rules, snap
from walkshed.settings import ResidentsSettings, read_settings, settings_from
from walkshed.sources.choose import OpenedSource
from walkshed.standards import doctor_limits, housing_defaults, walking_profile
from walkshed.study.walk import Walk, nearest_post

LIMITS = doctor_limits()
RULES = pedestrian_rules()
TODAY = dt.date(2026, 11, 22)


def walk_in(
    town: Town,
    homes: dict[str, tuple[float, float]],
    post: tuple[float, float] = (0, 0),
    residents: float = 40.0,
) -> tuple[Walk, object]:
    """Walk from homes to one post, as a study does, without islands being passed over."""
    extract = town.extract()
    network = build_network(extract, crs=CRS, speed_kmh=4.8, steps_speed_kmh=2.4)
    lines = barrier_lines(extract, crs=CRS)

    def beside(at: dict[str, tuple[float, float]]) -> gpd.GeoDataFrame:
        points = places(at)
        met = snap(network, points, snap_max_m=250, island_max_m=0, barriers=lines)
        table = gpd.GeoDataFrame(met, geometry=points, crs=CRS)
        return table.rename(columns={"status": "snap_status"})

    posts_at = beside({"P1": post}).assign(
        name_en="Post one", name_ru="", name_kk="", origin="registry", precision_m=0.0
    )
    door_at = beside(homes).assign(residents=residents, hexagon_id="8928308280fffff")
    walk = Walk(
        network,
        lines,
        fence_lines(extract, crs=network.crs),
        walking_profile("adult"),
        posts_at,
        posts_at[["edge", "offset_m", "access_m"]],
        door_at,
    )
    return replace(walk, doors=door_at.join(nearest_post(walk, door_at, posts_at))), extract


def two_streets(gap_m: float, **tags: str) -> Town:
    """A street eastwards, and one that ends `gap_m` north of its middle; both lead nowhere else."""
    town = Town()
    town.street((0, 0), (100, 0), (120, 0), (200, 0))
    town.street((100, gap_m), (100, 40), (100, 300), **tags)
    return town


def test_a_street_that_ends_short_of_another_is_found() -> None:
    walk, extract = walk_in(two_streets(1.5), {"home": (110, 100)})
    (gap,) = streets.gaps(walk, extract, LIMITS, "en")
    assert (gap.severity, gap.code, gap.osm_id, gap.doors) == ("warning", "gap", "w102", 1)
    assert gap.what.startswith("The street ends 1.50 m from w101")
    assert gap.residents == 40


@pytest.mark.parametrize(
    "town",
    [two_streets(0), two_streets(3), two_streets(1.5, layer="1"), two_streets(1.5, bridge="yes")],
    ids=["joined", "farther away", "on another layer", "a bridge"],
)
def test_streets_that_meet_or_are_apart_are_no_gap(town: Town) -> None:
    walk, extract = walk_in(town, {"home": (110, 0)})
    assert [*streets.gaps(walk, extract, LIMITS, "en")] == []


def test_a_gap_with_a_short_way_round_is_not_told() -> None:
    town = two_streets(1.5)
    town.street((100, 40), (120, 40), (120, 0))  # 40 + 20 + 40 + 20 m
    walk, extract = walk_in(town, {"home": (110, 100)})
    assert [*streets.gaps(walk, extract, LIMITS, "en")] == []


def test_a_gap_across_a_railway_is_none() -> None:
    town = two_streets(1.5)
    town.way((0, 0.7), (200, 0.7), railway="rail")
    walk, extract = walk_in(town, {"home": (110, 0)})
    assert [*streets.gaps(walk, extract, LIMITS, "en")] == []


def crossing(**tags: str) -> Town:
    """Two streets of 600 m that cross and share no node."""
    town = Town()
    town.street((-300, 0), (300, 0))
    town.street((0, -300), (0, 300), **tags)
    return town


def test_streets_that_cross_without_a_junction_are_found_unless_a_tag_says_why() -> None:
    walk, extract = walk_in(crossing(), {"home": (10, 10)})
    (found,) = streets.crossings_without_junction(walk, extract, LIMITS, "en")
    assert {found.osm_id, "w102"} == {"w101", "w102"}
    assert "w102" in found.what
    for way in ({"bridge": "yes"}, {"tunnel": "yes"}, {"layer": "1"}):
        walk, extract = walk_in(crossing(**way), {"home": (10, 10)})
        assert [*streets.crossings_without_junction(walk, extract, LIMITS, "en")] == []


def test_a_grid_of_streets_has_nothing_to_tell() -> None:
    walk, extract = walk_in(grid_town(4), {"home": (110, 100)})
    assert [*streets.islands(walk, "en")] == []
    assert [*streets.gaps(walk, extract, LIMITS, "en")] == []
    assert [*streets.crossings_without_junction(walk, extract, LIMITS, "en")] == []
    assert [*tags.drawn_twice(extract, RULES, "en")] == []
    assert [*doors.not_reached(walk.doors, 250, "en")] == []


def test_an_island_is_told_with_who_lives_there_and_an_empty_one_in_passing() -> None:
    town = grid_town(3)
    town.street((1000, 0), (1200, 0))
    town.street((2000, 0), (2100, 0))
    walk, _ = walk_in(town, {"home": (10, 10), "east": (1100, 10)})
    island, empty = streets.islands(walk, "en")
    assert (island.code, island.osm_id, island.doors, island.residents) == ("island", "w109", 1, 40)
    assert island.what.startswith("200")
    assert (empty.severity, empty.residents) == ("note", None)
    (lost,) = doors.not_reached(walk.doors, 250, "en")
    assert (lost.code, lost.doors, lost.osm_id) == ("doors_no_way", 1, "")  # "east" is no building


def by_the_railway(*, crossed_at_m: float | None = None) -> Town:
    """Two streets of 4 km, 100 m apart, a railway between them, joined at their western ends."""
    town = Town()
    ways = sorted({-2000.0, 0.0, 2000.0, *([] if crossed_at_m is None else [crossed_at_m])})
    town.street(*[(x, 0.0) for x in ways])
    town.street(*[(x, 100.0) for x in ways])
    town.street((-2000.0, 0.0), (-2000.0, 100.0), bridge="yes")
    if crossed_at_m is not None:
        town.street((crossed_at_m, 0.0), (crossed_at_m, 100.0), bridge="yes")
    town.street((0.0, 0.0), (0.0, -1500.0))  # the data reach farther, so no place is at the border
    town.street((0.0, 100.0), (0.0, 1600.0))
    town.way((-3000, 50), (3000, 50), railway="rail")
    return town


HOMES = {f"{side}{i}": (i * 50.0, y) for side, y in (("s", -20.0), ("n", 120.0)) for i in range(5)}


def test_a_crossing_is_missed_where_people_live_on_both_sides_of_a_long_railway() -> None:
    walk, extract = walk_in(by_the_railway(), HOMES, post=(0, -100))
    found = [*missing_crossings(walk, extract, LIMITS, "en")]
    assert {finding.code for finding in found} == {"crossing_missing_rail"}
    assert all("140\N{NO-BREAK SPACE}m" in finding.what for finding in found)
    # by the bridge in the west: 2 km there, 100 m over it and 2 km back, against 140 m
    assert found[0].severity == "warning"
    assert found[0].residents == 400


def test_a_side_from_which_no_post_is_reached_is_said_so() -> None:
    town = by_the_railway()
    town.ways = [way for way in town.ways if way[2].get("bridge") != "yes"]
    walk, extract = walk_in(town, HOMES, post=(0, -100))
    found = [*missing_crossings(walk, extract, LIMITS, "en")]
    assert found
    assert all(finding.what.endswith("no post is reached from one side") for finding in found)
    assert all("on foot more than 4.0" in finding.what for finding in found)


def test_no_crossing_is_missed_where_one_is_near_or_nobody_lives_across() -> None:
    walk, extract = walk_in(by_the_railway(crossed_at_m=100.0), HOMES, post=(0, -100))
    assert [*missing_crossings(walk, extract, LIMITS, "en")] == []
    south = {name: place for name, place in HOMES.items() if name.startswith("s")}
    walk, extract = walk_in(by_the_railway(), south, post=(0, -100))
    assert [*missing_crossings(walk, extract, LIMITS, "en")] == []


def test_a_street_over_the_rails_is_told_unless_it_is_a_bridge_or_shares_a_node() -> None:
    def found(join: bool, **tags: str) -> list[str]:
        town = Town()
        town.street((0, 0), *([(0.0, 50.0)] if join else []), (0, 100), **tags)
        town.way((-100, 50), *([(0.0, 50.0)] if join else []), (100, 50), railway="rail")
        town.street((0, 0), (50, 0))
        walk, extract = walk_in(town, {"home": (10, 10)})
        return [f.code for f in barriers.level_crossings(walk, extract, LIMITS, "en")]

    assert found(join=False) == ["rail_crossed_unsaid"]
    assert found(join=True) == ["level_crossings"]
    assert found(join=False, bridge="yes") == []


def test_a_street_through_a_river_is_told_unless_it_is_a_ford() -> None:
    def found(**tags: str) -> list[str]:
        town = Town()
        town.street((0, 0), (0, 100), **tags)
        town.way((-100, 50), (100, 50), waterway="river", name="Talas")
        walk, extract = walk_in(town, {"home": (10, 10)})
        return [f.code for f in barriers.river_crossings(walk, extract, LIMITS, "en")]

    assert found() == ["water_crossed_unsaid"]
    assert found(ford="yes") == found(bridge="yes") == []


def test_a_street_closed_to_walkers_is_told_where_no_pavement_is_beside_it() -> None:
    town = grid_town(2)
    town.street((0, 200), (0, 500), foot="no")
    walk, extract = walk_in(town, {"home": (10, 10)})
    (found,) = tags.closed_to_walkers(walk, extract, RULES, LIMITS, "en")
    assert (found.osm_id, found.code) == ("w107", "closed_to_walkers")
    town.street((8, 200), (8, 500), highway="footway", footway="sidewalk")
    walk, extract = walk_in(town, {"home": (10, 10)})
    assert [*tags.closed_to_walkers(walk, extract, RULES, LIMITS, "en")] == []


def test_odd_tags_are_told() -> None:
    town = grid_town(2)
    town.street((0, 200), (0, 300), highway="trail")
    town.street((0, 300), (0, 400), **{"oneway:foot": "yes"})
    town.street((0, 300), (0, 400))
    private = town.street((200, 200), (200, 600), highway="service", access="private")
    homes = {f"d{i}": (205.0, 210.0 + 10 * i) for i in range(25)}
    walk, extract = walk_in(town, homes)
    (unknown,) = tags.unknown_highways(extract, RULES, "en")
    assert "highway=trail, 1 times" in unknown.what
    (one_way,) = tags.one_way_on_foot(walk.network, extract, "en")
    assert one_way.osm_id == "w108"
    (twice,) = tags.drawn_twice(extract, RULES, "en")
    assert twice.what == "1 piece of street is drawn twice"
    (locked,) = tags.private_with_many_doors(walk, extract, RULES, LIMITS, "en")
    assert (locked.osm_id, locked.doors) == (f"w{private}", 25)


def test_posts_far_off_in_water_doubled_or_cut_off_are_told() -> None:
    town = grid_town(3)
    town.street((1000, 0), (1100, 0))
    town.square(90, 220, 60, natural="water")
    walk, extract = walk_in(town, {"home": (10, 10)}, post=(0, 10))
    standing = walk.posts.loc[["P1"] * 4].set_axis(["P1", "P2", "P3", "P4"])
    standing["geometry"] = list(
        places({"a": (0, 10), "b": (0, 25), "c": (120, 250), "d": (1050, 0)})
    )
    far = walk.network.edge_way_id.tolist().index(109)
    standing.loc["P3", ["edge", "access_m"]] = [-1, float("inf")]
    standing.loc["P4", "edge"] = far
    walk = replace(walk, posts=standing)
    found = [*posts.where_posts_stand(walk, extract, LIMITS, "en")]
    assert [finding.code for finding in found] == [
        "posts_same_place",
        "post_far_from_street",
        "post_cut_off",
        "post_in_water",
    ]
    assert "15\N{NO-BREAK SPACE}m apart" in found[0].what
    assert "meets no street" in found[1].what


def totals(residents: float, facts: Path, **known: object) -> list[Finding]:
    extract = grid_town(1).extract()
    settings = ResidentsSettings(**known)
    return [*people.totals(settings, residents, extract, facts, LIMITS, "en")]


def test_residents_are_held_against_newer_facts(tmp_path: Path) -> None:
    facts = tmp_path / "facts.toml"
    known = {"total": 422_800, "source": "upoint.market", "date": "2023-01-01"}
    assert totals(422_800, facts, **known) == []
    figure = '[population.residents_{}]\nvalue = {}\ndate = "{}"\nsource = "bureau"\n'
    facts.write_text(figure.format(2026, 488_133, "2026-02-01"), encoding="utf-8")
    (found,) = totals(422_800, facts, **known)
    assert found.code == "residents_out_of_date"
    assert "488,133 (1 February 2026, bureau)" in found.what
    assert totals(480_000, facts, **known) == []  # within a twentieth
    assert totals(422_800, facts, **known | {"date": "2026-03"}) == []  # the study's is newer
    for wrong in ("[population.residents_2026]\nvalue = 'many'\n", "population = 3", "no TOML"):
        facts.write_text(wrong, encoding="utf-8")
        assert [f.code for f in totals(422_800, facts, **known)] == ["facts_unreadable"]


def test_residents_without_a_source_and_estimates_are_told(tmp_path: Path) -> None:
    none = tmp_path / "facts.toml"
    assert [f.code for f in totals(100, none, total=100)] == ["residents_without_source"]
    assert [f.code for f in totals(100, none)] == ["residents_estimated"]


def test_odd_levels_and_full_buildings_are_told() -> None:
    town = grid_town(2)
    town.square(20, 20, 10, building="house", **{"building:levels": "3-5"})
    town.square(120, 20, 10, building="house", **{"building:levels": "2"})
    extract = town.extract()
    at = gpd.GeoDataFrame(
        {"residents": [10.0, 2000.0], "building": "house", "floor_area_m2": [100.0, 200.0]},
        geometry=list(places({"a": (25, 25), "b": (125, 25)})),
        index=["w107", "w108"],
        crs=CRS,
    )
    found = [*people.homes(at, extract, housing_defaults(), LIMITS, "en")]
    assert [f.code for f in found] == ["floor_area_implausible", "levels_odd", "building_too_full"]
    assert (found[1].osm_id, found[2].osm_id) == ("w107", "w108")


def test_the_age_of_the_data_counts_from_the_day_asked() -> None:
    extract = replace(grid_town(1).extract(), osm_date="2024-11-23")
    opened = OpenedSource(extract, "file", ("the server said no",))

    def codes(opened: OpenedSource) -> list[str]:
        return [f.code for f in inputs.sources(opened, LIMITS, TODAY, "en")]

    assert codes(opened) == ["source_passed_over"]  # two years old tomorrow
    older = replace(opened, extract=replace(extract, osm_date="2024-11-20"))
    assert codes(older) == ["source_passed_over", "osm_old"]
    undated = replace(opened, extract=replace(extract, osm_date=""))
    assert codes(undated) == ["source_passed_over", "osm_undated"]
    assert codes(replace(opened, source="schematic")) == ["source_passed_over", "schematic"]


def test_a_neighbourhood_beyond_the_streets_is_told() -> None:
    extract = grid_town(2).extract()
    west, south, east, north = extract.bounds
    wide = shapely.box(west, south, east + (east - west), north)
    areas = gpd.GeoDataFrame(
        {"name": ["Whole", "Half"]},
        geometry=[shapely.box(*extract.bounds), wide],
        index=["r1", "r2"],
        crs=4326,
    )
    (found,) = inputs.areas_cut(areas, extract, LIMITS, "en")
    assert (found.osm_id, found.what) == (
        "r2",
        "50.0% of Half lie beyond the streets of the extract",
    )


def test_all_inputs_that_cannot_be_used_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "posts.csv").write_text("id,lat,lon\nA,x,y\nA,1,2\n", encoding="utf-8")
    settings = settings_from(
        {
            "city": "X",
            "language": "en",
            "source": {"file": tmp_path / "no.osm.pbf", "snapshot": tmp_path / "later.osm"},
            "posts": {"registry": tmp_path / "posts.csv"},
            "scenario": tmp_path / "no.geojson",
            "standard": {"name": "nonsense"},
        },
        "study.toml",
    )
    found = examine_study(settings, today=TODAY)
    assert set(found["severity"]) == {"error"}
    assert found["code"].tolist() == ["file_missing"] * 2 + ["input_unusable"] * 2
    told = " ".join(found["what"])
    for part in ("no.osm.pbf", "no.geojson", "nonsense", "row 2", "rows 2, 3"):
        assert part in told


def test_a_city_without_a_post_stops_the_examination_as_it_stops_a_run(tmp_path: Path) -> None:
    file = grid_town(2).write(tmp_path / "town.osm.pbf")
    settings = settings_from(
        {"city": "X", "language": "en", "source": {"file": file}}, "study.toml"
    )
    (found,) = examine_study(settings, today=TODAY).to_dict("records")
    assert (found["severity"], found["code"]) == ("error", "input_unusable")
    assert "no existing post with coordinates" in found["what"]


@pytest.fixture(scope="module")
def monaco() -> pd.DataFrame:
    settings = read_settings(MONACO.parent / "study.toml").model_copy(update={"language": "en"})
    return examine_study(settings, today=TODAY)


def test_the_table_is_sorted_and_every_finding_says_what_to_do(monaco: pd.DataFrame) -> None:
    rank = monaco["severity"].map(SEVERITIES.index)
    assert rank.is_monotonic_increasing
    assert (monaco["todo"].str.len() > 0).all()
    assert not monaco["what"].str.contains(r"[{}]").any()
    west, south, east, north = 7.40, 43.72, 7.45, 43.76
    placed = monaco[monaco["lon"].notna()]
    assert placed["lon"].astype(float).between(west, east).all()
    assert placed["lat"].astype(float).between(south, north).all()


def test_monaco_has_the_findings_that_were_looked_up(monaco: pd.DataFrame) -> None:
    found = monaco.groupby("code")["osm_id"].agg(list)
    assert found["gap"] == ["w1086377402"]  # a footway 1.6 m from the platform at Grimaldi Forum
    assert found["island"] == ["w120062660", "w1214459885"]  # a road, and a pier with a house
    assert "closed_to_walkers" not in found  # five carriageways whose pavements are drawn
    assert "crossing_missing_rail" not in found  # the railway runs in a tunnel
    lost = monaco[monaco["code"].str.startswith("doors_no")]
    assert lost["doors"].sum() == 6


@pytest.mark.parametrize("language", LANGUAGES)
def test_long_lists_are_cut_and_say_so(language: str) -> None:
    rows = [Finding("warning", "gap", f"Gap {i}", "Join.", residents=float(i)) for i in range(8)]
    lines = findings_in_words(as_table(rows), language)
    assert next(line for line in lines if "Gap" in line).startswith("  Gap 7")
    assert sum("Gap" in line for line in lines) == 5
    assert any("3" in line and "--json" in line for line in lines)


def test_no_findings_are_one_line() -> None:
    assert findings_in_words(as_table([]), "en") == ["Errors: 0, warnings: 0, notes: 0"]


def test_the_command_prints_findings_and_ends_well(tmp_path, walkshed, write_study) -> None:
    study = write_study(tmp_path)
    ran = walkshed("doctor", study, "--language", "en")
    assert ran.code == 0
    assert ran.out.startswith("Errors: 0, ")
    told = json.loads(walkshed("doctor", study, "--json").out)
    assert {"severity", "code", "what", "todo", "osm_id", "lon", "lat", "doors", "residents"} == {
        *told[0]
    }


def test_the_command_ends_with_2_where_a_run_would(tmp_path, walkshed, write_study) -> None:
    study = write_study(tmp_path)
    (tmp_path / "town.osm").unlink()
    ran = walkshed("doctor", study, "--language", "en")
    assert ran.code == 2
    assert "error · file_missing" in ran.out
    assert walkshed("doctor", tmp_path / "nothing.toml").code == 2
