"""Opening hours, groups of walkers, and how sure a share is; all of them in a study."""

import datetime as dt
from pathlib import Path
from unittest import mock

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from walkshed.errors import SettingsError
from walkshed.maps.rows import post_rows
from walkshed.scores.draws import SPEED, Spreads, factors
from walkshed.scores.groups import group_scores
from walkshed.scores.opening import open_in_week, opening_scores
from walkshed.scores.uncertainty import intervals, share_draws
from walkshed.settings import read_settings, settings_from
from walkshed.standards import uncertainty_rule
from walkshed.study import run_study, study_map_of

MONDAY = dt.date(2026, 10, 5)

# -- opening hours ---------------------------------------------------------------------------------


def test_hours_over_midnight_reach_into_the_next_day() -> None:
    week = open_in_week(pd.Series({"P": "Fr 22:00-02:00"}), MONDAY).loc["P"]
    assert [hour for hour in week.index if week[hour]] == [(5, 22), (5, 23), (6, 0), (6, 1)]


def test_only_a_monday_begins_a_week() -> None:
    with pytest.raises(ValueError, match="is no Monday"):
        open_in_week(pd.Series({"P": "24/7"}), dt.date(2026, 10, 6))
    values = {"city": "X", "source": {"file": "x"}, "scores": {"week": dt.date(2026, 10, 6)}}
    with pytest.raises(SettingsError, match=r"scores\.week.* is no Monday"):
        settings_from(values, "study.toml")


def test_each_set_of_open_posts_is_scored_once() -> None:
    week = open_in_week(pd.Series({"P": "Mo-Fr 17:00-20:00", "Q": "24/7"}), MONDAY)
    asked = []
    table = opening_scores(week, lambda posts: asked.append(tuple(posts)) or {"n": len(posts)})
    assert asked == [("Q",), ("P", "Q")]
    assert (table["n_unknown_open"] == 2).sum() == 5 * 3
    assert table[["posts_open", "posts_closed", "posts_unknown"]].sum(axis=1).eq(2).all()


HOURS = st.sampled_from(["", "24/7", "Mo-Fr 09:00-18:00", "Sa 10:00-12:00", "off", "по звонку"])


@settings(max_examples=20, deadline=None)
@given(st.lists(HOURS, min_size=1, max_size=5))
def test_truth_lies_between_unknown_closed_and_unknown_open(texts) -> None:
    week = open_in_week(pd.Series(texts), MONDAY)
    table = opening_scores(week, lambda posts: {"posts": len(posts)})
    assert (table["posts_unknown_closed"] == table["posts_open"]).all()
    assert (table["posts_unknown_open"] == table["posts_open"] + table["posts_unknown"]).all()


# -- groups ----------------------------------------------------------------------------------------


def test_residents_of_unknown_age_are_in_no_age_group() -> None:
    people = pd.DataFrame({"all": [10.0, 20.0], "children": [4.0, np.nan]})
    inside = pd.DataFrame({"5": [True, True]})
    table = group_scores(pd.Series([1.0, np.inf]), people, inside=inside).set_index("group")
    assert table["residents"].to_list() == [30.0, 4.0]
    assert table["residents_not_reached"].to_list() == [20.0, 0.0]


# -- uncertainty -----------------------------------------------------------------------------------


def drawn(minutes, residents, *, speed=0.0, doors=0.0, zones=0.0, draws=40, seed=0, zone=None):
    index = pd.Index([f"d{i}" for i in range(len(minutes))])
    table = pd.DataFrame({"existing": minutes}, index=index, dtype=float)
    limits = pd.DataFrame({"5": 5.0, "10": 10.0}, index=index)
    return share_draws(
        lambda _: table,
        pd.Series(residents, index, dtype=float),
        limits,
        spreads=Spreads(speed, doors, zones),
        draws=draws,
        seed=seed,
        neighbourhoods=None if zone is None else pd.Series(zone, index),
    )


def test_speed_alone_is_the_share_within_the_limit_times_the_factor() -> None:
    minutes, residents = [3.0, 5.0, 9.0, 11.0], [10.0, 20.0, 30.0, 40.0]
    found = drawn(minutes, residents, speed=0.2, draws=25, seed=3)
    for draw in range(25):
        faster = factors(0.2, 1, 3, draw, SPEED)[0]
        within = sum(r for m, r in zip(minutes, residents, strict=True) if m <= 5 * faster)
        assert found.loc[draw, ("existing", "5")] == pytest.approx(within / 100)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 20), st.integers(1, 50)), min_size=1, max_size=8),
    st.integers(0, 99),
)
def test_bands_nest_in_every_draw_and_a_seed_repeats_itself(rows, seed) -> None:
    minutes, residents = zip(*rows, strict=True)
    spreads = {"speed": 0.2, "doors": 0.4, "zones": 0.2, "zone": ["A"] * len(rows)}
    found = drawn(minutes, residents, **spreads, draws=8, seed=seed)
    assert (found[("existing", "5")] <= found[("existing", "10")] + 1e-12).all()
    assert found.to_numpy().min() >= 0
    pd.testing.assert_frame_equal(
        found, drawn(minutes, residents, **spreads, draws=8, seed=seed), check_exact=True
    )
    table = intervals(found)
    assert (table["share_low"] <= table["share_median"]).all()
    assert (table["share_median"] <= table["share_high"]).all()


def test_more_draws_repeat_the_first_ones() -> None:
    few, many = (drawn([4, 6], [5, 5], speed=0.3, draws=draws) for draws in (5, 9))
    pd.testing.assert_frame_equal(many.head(5), few)


def test_neighbourhood_that_is_all_there_is_changes_no_share() -> None:
    found = drawn([4.0, 9.0], [10, 30], zones=0.5, zone=["A", "A"])
    assert np.allclose(found[("existing", "5")], 0.25)


def test_every_spread_has_a_source_or_says_that_it_is_assumed() -> None:
    rule = uncertainty_rule()
    for figure in (rule.speed_spread, rule.residents_spread, rule.neighbourhood_spread):
        assert figure.verified or figure.source.startswith("Assumption")


# -- in a study ------------------------------------------------------------------------------------


def test_tables_of_a_study_agree_with_its_headline(studied) -> None:
    scores, summary = studied.scores, studied.summary
    all_walkers = scores.walking_profiles
    own = all_walkers[all_walkers["profile"] == "adult"].set_index("band")
    assert list(all_walkers["profile"].unique()) == ["adult", "older", "winter"]
    for band, share in summary["share_within"].items():
        assert own.loc[band, "share_within"] == share
    hours = scores.opening_hours
    assert len(hours) == 168
    assert (hours["posts_unknown"] == len(studied.posts)).all()
    assert (hours["share_within_10_unknown_closed"] == 0).all()
    assert (hours["share_within_10_unknown_open"] == summary["share_within"]["10"]).all()
    unsure = scores.uncertainty.set_index(["varied", "scenario"])["share_within"]
    assert unsure["all", "existing"] == pytest.approx(summary["share_within"]["10"])
    assert unsure["all", "after"] == pytest.approx(summary["after"]["share_within"]["10"])
    residents = scores.workload["residents"]
    assert residents.sum() == pytest.approx(summary["residents"])
    assert scores.workload["residents_after"].sum() == pytest.approx(summary["residents"])
    nearest = studied.areas.catchments.query("scenario == 'existing'").set_index("post_id")
    for post in studied.posts.index:
        assert residents[post] == pytest.approx(nearest.loc[post, "residents"])


def test_slower_walkers_never_have_a_larger_share(studied) -> None:
    table = studied.scores.walking_profiles.pivot_table(
        index="band", columns="profile", values="share_within"
    )
    assert (table["older"] <= table["winter"]).all()
    assert (table["winter"] <= table["adult"]).all()


def test_unknown_profile_is_refused_by_its_key(write_study, tmp_path) -> None:
    study = read_settings(write_study(tmp_path, scores={"profiles": ["old"]}))
    with pytest.raises(SettingsError, match=r"`scores\.profiles`: no walking profile `old`"):
        run_study(study)


REGISTRY = (
    "id,kind,lat,lon,location_precision,opening_hours,inspectors,inspectors_establishment,has_cameras"
    "\nR1,precinct_point,{first},exact,Mo-Fr 17:00-20:00,2,3,да\n"
    "R2,modular_post,{second},landmark,24/7,,,нет\n"
)


@pytest.fixture(scope="module")
def staffed(tmp_path_factory, write_study, lonlat):
    """The tiny town with a registry: a post open in the evening, and one of approximate place."""
    folder = tmp_path_factory.mktemp("staffed")
    (lon, lat), (far_lon, far_lat) = lonlat(100, -15), lonlat(1600, 100)
    text = REGISTRY.format(first=f"{lat},{lon}", second=f"{far_lat},{far_lon}")
    (folder / "posts.csv").write_text(text, encoding="utf-8")

    def run(**changes):
        posts = {"registry": "posts.csv", "osm": False}
        return run_study(read_settings(write_study(folder, posts=posts, **changes)))

    return run


@pytest.fixture(scope="module")
def staffed_once(staffed):
    return staffed()


def test_evening_hours_and_staff_of_the_registry_are_scored(staffed_once) -> None:
    study = staffed_once
    scores = study.scores
    hours = scores.opening_hours.set_index(["weekday", "hour"])
    assert (hours.loc[(1, 18), "posts_open"], hours.loc[(1, 20), "posts_open"]) == (2, 1)
    share = hours["share_within_10_unknown_closed"]
    assert share[1, 18] == study.summary["share_within"]["10"] > share[1, 20] > 0
    load = scores.workload
    assert load.loc["R1", ["inspectors", "inspectors_vacant"]].to_list() == [2.0, 1.0]
    assert load.loc["R1", "residents_per_inspector"] == load.loc["R1", "residents"] / 2
    assert load["inspectors_from"].to_dict()["R2"] == ""
    assert study.summary["scores"]["floating_catchments"] == {"posts_without_inspectors_known": 1}
    assert not [name for name in study.doors if str(name).endswith("sfca")]
    cameras = scores.equipment.query("item == 'cameras' and kind == 'all'").iloc[0]
    assert cameras[["posts", "posts_with", "posts_without"]].to_list() == [2, 1, 1]


def test_map_shows_the_inspectors_of_the_workload_table_but_no_average(staffed, tmp_path) -> None:
    study = staffed(siting={"new_posts": 1, "inspectors": 2})
    assert study_map_posts(study) == {"R1": 2, "R2": 2}
    figures = "place,figure,value,period,source_url\n"
    rows = "Z,residents,1000,2024,x\nZ,inspectors_in_post,2,2024,x\n"
    (tmp_path / "staff.csv").write_text(figures + rows, encoding="utf-8")
    (tmp_path / "town.osm").write_bytes(Path(study.settings.source.file).read_bytes())
    values = {
        "city": "Test",
        "source": {"file": str(tmp_path / "town.osm")},
        "posts": {"establishment": str(tmp_path / "staff.csv")},
        "residents": {"total": 3000},
        "siting": {"new_posts": 1},
        "scores": {"draws": 5, "profiles": []},
    }
    averaged = run_study(settings_from(values, "study.toml"))
    load = averaged.scores.workload
    now = load[load["state"] == "existing"]
    assert (now["inspectors_from"] == "average").all()
    assert now["inspectors"].to_list() == pytest.approx([3.0, 3.0])
    assert load["inspectors_after"].dropna().to_list() == pytest.approx([2.0, 2.0, 2.0])
    assert averaged.summary["scores"]["workload"]["average"]["place"] == "Z"
    assert set(study_map_posts(averaged).values()) == {None}


def study_map_posts(study) -> dict[str, float | None]:
    """Inspectors by post as the map's page is given them."""
    with mock.patch("walkshed.maps.study_map") as drawn:
        study_map_of(study)
    posts = post_rows(drawn.call_args.kwargs["posts"].to_crs(4326))
    return {post["id"]: post["inspectors"] for post in posts}


def test_places_of_approximate_posts_make_the_share_unsure(staffed, staffed_once) -> None:
    study = staffed_once
    assert study.summary["scores"]["uncertainty"]["posts_moved"] == 1
    places = study.scores.uncertainty.query("varied == 'places' and scenario == 'existing'").iloc[0]
    assert places["share_low"] < places["share_high"]
    again = staffed().scores.uncertainty
    pd.testing.assert_frame_equal(study.scores.uncertainty, again, check_exact=True)


def test_assumed_inspectors_are_said_to_be_and_reach_every_zone(staffed) -> None:
    study = staffed(siting={"new_posts": 1, "inspectors": 2})
    load = study.scores.workload
    assert load.loc[["R1", "R2"], "inspectors_from"].to_list() == ["registry", "assumed"]
    for column in ("2sfca", "e2sfca", "3sfca"):
        name = f"inspectors_per_1000_{column}"
        people = study.doors["residents"]
        assert (study.doors[name] * people).sum() == pytest.approx(4000)
        for zones in (study.hexagons, study.neighbourhoods, study.city):
            summed = (zones[name] * zones["residents"]).sum()
            assert summed == pytest.approx(4000)


def test_standard_in_metres_does_not_depend_on_speed(staffed) -> None:
    study = staffed(standard={"name": "everyday_500_800"}, scores={"draws": 10})
    speed = study.scores.uncertainty.query("varied == 'speed'")
    assert (speed["share_low"] == speed["share_high"]).all()
    assert np.allclose(speed["share_median"], speed["share_within"])
    assert study.summary["scores"]["uncertainty"]["speed_matters"] is False


# -- homes of inspectors ---------------------------------------------------------------------------


def test_no_file_of_a_run_holds_the_home_of_an_inspector(
    tmp_path, write_study, walkshed, lonlat
) -> None:
    """Homes lie where no house, street or post is; any trace of them would be theirs."""
    homes = [lonlat(1837.3 + 7 * i, 391.7 + 3 * i) for i in range(12)]
    rows = "".join(
        f"I{i},R1,{12 + i % 2},{lat:.7f},{lon:.7f}\n" for i, (lon, lat) in enumerate(homes)
    )
    (tmp_path / "inspectors.csv").write_text(f"id,post,precinct,lat,lon\n{rows}", encoding="utf-8")
    lon, lat = lonlat(100, -15)
    text = f"id,kind,lat,lon,location_precision\nR1,precinct_point,{lat},{lon},exact\n"
    (tmp_path / "posts.csv").write_text(text, encoding="utf-8")
    (west, south), (east, north) = lonlat(-200, -300), lonlat(900, 300)
    square = shapely.box(west, south, east, north)
    squares = gpd.GeoDataFrame({"id": ["12", "13"]}, geometry=[square, square], crs=4326)
    squares.to_file(tmp_path / "precincts.geojson", engine="pyogrio")
    posts = {
        "registry": "posts.csv",
        "inspectors": "inspectors.csv",
        "precincts": "precincts.geojson",
    }
    ran = walkshed("run", write_study(tmp_path, posts=posts), "--out", tmp_path / "out")
    assert ran.code == 0, ran.err
    table = pd.read_parquet(tmp_path / "out" / "inspectors_housing.parquet")
    assert table["living_elsewhere"].to_dict() == {"12": 6, "13": 6, "all": 12}
    written = [path for path in (tmp_path / "out").rglob("*") if path.is_file()]
    told = ran.out + ran.err + "".join(text_of(path) for path in written)
    assert len(told) > 10_000
    for lon, lat in homes:
        for degrees in (lon, lat):
            assert f"{degrees:.5f}"[:-1] not in told
    points = gpd.GeoSeries(gpd.points_from_xy(*zip(*homes, strict=True)), crs=4326)
    for path in written:
        for shapes in shapes_of(path):
            near = shapes.to_crs(32642).get_coordinates()
            for home in points.to_crs(32642):
                away_m = np.hypot(near["x"] - home.x, near["y"] - home.y)
                assert away_m.min() > 1.0, (path.name, home)


def text_of(path) -> str:
    """Everything of a file that can be read as words or numbers, but the shapes."""
    if path.suffix == ".parquet":
        table = pd.read_parquet(path)
        return table.drop(columns="geometry", errors="ignore").reset_index().to_csv()
    if path.suffix == ".geojson":
        return str(gpd.read_file(path).drop(columns="geometry").to_csv())
    return path.read_bytes().decode("utf-8", errors="ignore")


def shapes_of(path) -> list[gpd.GeoSeries]:
    if path.suffix == ".geojson":
        shapes = gpd.read_file(path).geometry
    elif path.suffix == ".parquet" and "geometry" in pd.read_parquet(path):
        shapes = gpd.read_parquet(path).geometry
    else:
        return []
    return [shapes[shapes.notna()]] if shapes.notna().any() else []
