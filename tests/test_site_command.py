"""`walkshed site`: every location model from the command line and from the study file."""

import json
import re
import shlex
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest

from walkshed.errors import SettingsError
from walkshed.settings import read_settings, settings_from
from walkshed.siting import SitingRules, mclp
from walkshed.study import site_study
from walkshed.study.question import MODELS, question_of
from walkshed.study.walked import named_standards

REPO = Path(__file__).parents[1]
KEYS = {"model", "plan", "closed", "objective", "measure", "bound", "gap", "status", "seed"}
OPTIONS = {
    "gradual_coverage": {"full_min": 3.0, "none_min": 9.0},
    "backup_coverage": {"backup_share": 0.3},
    "lscp": {"share": 0.8},
    "p_center": {"share": 0.7},
    "mclp_with_least_share": {"least_share": 0.1},
}
NEEDS_MORE = {"least_cost_cover": "a cost", "capacitated_coverage": "inspectors"}


@pytest.fixture
def planned(walkshed, write_study, tmp_path) -> Callable[..., dict[str, Any]]:
    """Run `walkshed site --json` on the tiny town and give its one object."""

    def run(*options: object, siting: dict[str, Any] | None = None, **changes: Any) -> Any:
        study = write_study(tmp_path, siting=siting or {}, **changes)
        ran = walkshed("site", study, "--json", *options)
        assert ran.code == 0, ran.err
        return json.loads(ran.out)

    return run


@pytest.fixture
def refused(walkshed, write_study, tmp_path) -> Callable[..., str]:
    def run(*options: object, siting: dict[str, Any] | None = None, **changes: Any) -> str:
        study = write_study(tmp_path, siting=siting or {}, **changes)
        ran = walkshed("site", study, *options)
        assert (ran.code, ran.out) == (2, ""), ran.err
        assert "Traceback" not in ran.err
        return str(ran.err.split("walkshed: ", 1)[1])

    return run


def test_the_plan_is_one_json_object_with_its_proof(planned, written) -> None:
    plan = planned("--new-posts", 2)
    assert set(plan) >= KEYS
    asked = written.summary["plan"]
    assert plan["objective"] == asked["objective"]
    assert plan["plan"] == [row["site_id"] for row in asked["build_order"]]
    assert plan["residents_within"] == plan["objective"] <= plan["bound"] <= plan["residents"]
    assert (plan["model"], plan["measure"], plan["status"]) == (
        "mclp", "residents_within", "optimal",
    )  # fmt: skip
    assert plan["curve"] == []


def test_without_a_number_of_posts_six_are_planned(planned) -> None:
    assert planned()["rules"]["new_posts"] == 6


@pytest.mark.parametrize("model", MODELS)
def test_every_model_is_asked_by_its_name_on_the_command_line_and_in_the_file(
    model, planned
) -> None:
    if model in NEEDS_MORE:
        pytest.skip(f"needs {NEEDS_MORE[model]}: has a test of its own")
    own = OPTIONS.get(model, {})
    options = [part for key, value in own.items() for part in (f"--{key.replace('_', '-')}", value)]
    typed = planned("--model", model, *options)
    filed = planned(siting={"model": model, **own})
    assert typed["model"] == filed["model"] == model
    assert {**typed, "seconds": 0} == {**filed, "seconds": 0}


def test_the_words_name_every_site_of_the_plan(walkshed, write_study, tmp_path) -> None:
    study = write_study(tmp_path)
    ran = walkshed("site", study, "--new-posts", 2)
    plan = json.loads(walkshed("site", study, "--new-posts", 2, "--json").out)
    for row in plan["build_order"]:
        assert re.search(
            rf"^{row['rank']}\. {row['site_id']}\b.*{row['residents_added']:,.0f}",
            ran.out,
            re.MULTILINE,
        )
    assert "\x1b" not in ran.out
    assert "walking from every door" in ran.err


def test_the_curve_has_the_best_plan_of_each_number_of_posts(planned) -> None:
    curve = planned("--new-posts", 3, "--curve")["curve"]
    assert [row["new_posts"] for row in curve] == [0, 1, 2, 3]
    for row in curve[1:]:
        assert row["objective"] == planned("--new-posts", row["new_posts"])["objective"]


def test_next_best_plans_and_years_come_with_the_plan(planned, walkshed, tmp_path) -> None:
    options = ("--stages", "2022=1,2023=2", "--alternatives", 2, "--out", tmp_path / "plan")
    plan = planned(*options)
    assert plan["rules"]["new_posts"] == 3
    assert [row["rank"] for row in plan["alternatives"]] == [2, 3]
    assert all(row["objective"] <= plan["objective"] + 1e-6 for row in plan["alternatives"])
    years = plan["stages"]["years"]
    assert [(row["year"], row["new_posts"]) for row in years] == [(2022, 1), (2023, 3)]
    assert [site for row in years for site in row["site_ids"]] == plan["stages"]["plan"]
    assert {path.name for path in (tmp_path / "plan").iterdir()} == {
        *("plan.json", "sites.geojson", "sites.csv", "alternatives.csv", "stages.csv")
    }
    words = walkshed("site", tmp_path / "study.toml", *options).out
    assert "\n2023: " + ", ".join(years[1]["site_ids"]) in words


@pytest.mark.parametrize("stages", ["2022", "2022=six", "=3", "2022=1,", "22=1"])
def test_stages_that_are_no_years_and_numbers_are_refused(stages, refused) -> None:
    assert "stages" in refused("--stages", stages)


def test_options_overrule_the_study_and_another_model_forgets_its_options(planned) -> None:
    siting = {"model": "gradual_coverage", "full_min": 3, "none_min": 9, "new_posts": 1}
    assert planned(siting=siting)["options"] == {"full_min": 3, "none_min": 9}
    other = planned("--model", "mclp", siting=siting)
    assert (other["model"], other["options"], other["rules"]["new_posts"]) == ("mclp", {}, 1)
    assert planned("--none-min", 8, siting=siting)["options"] == {"full_min": 3, "none_min": 8}


# --- what is written ----------------------------------------------------------------------------


def test_plan_and_sites_are_written_and_a_refused_run_leaves_them(
    planned, refused, contents, tmp_path
) -> None:
    out = tmp_path / "plan"
    plan = planned("--new-posts", 2, "--curve", "--out", out)
    assert json.loads((out / "plan.json").read_text("utf-8")) == plan
    sites = gpd.read_file(out / "sites.geojson")
    assert sites["site_id"].tolist() == plan["plan"]
    assert sites.crs.to_epsg() == 4326
    assert pd.read_csv(out / "sites.csv")["site_id"].tolist() == plan["plan"]
    curve = pd.read_csv(out / "curve.csv", keep_default_na=False)
    assert curve["site_ids"].tolist()[-1].split() == plan["plan"]
    before = contents(out)
    refused("--new-posts", 500, "--out", out)
    assert contents(out) == before


def test_a_plan_without_sites_is_written_too(planned, tmp_path) -> None:
    plan = planned("--new-posts", 0, "--out", tmp_path / "plan")
    assert plan["plan"] == []
    written = json.loads((tmp_path / "plan" / "sites.geojson").read_text("utf-8"))
    assert written["features"] == []


def test_ctrl_c_gives_the_best_plan_so_far_and_ends_well(
    walkshed, write_study, tmp_path, monkeypatch
) -> None:
    def pressed(*_numbers: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(import_module("walkshed.cli.site"), "closing_in", lambda *_: pressed)
    ran = walkshed("site", write_study(tmp_path), "--json")
    assert ran.code == 0, ran.err
    plan = json.loads(ran.out)
    assert plan["objective"] <= plan["bound"]
    assert plan["status"] in {"interrupted", "optimal"}


# --- rules --------------------------------------------------------------------------------------


def test_kinds_of_posts_cost_money_and_stand_where_they_may(planned) -> None:
    kinds = {
        "module": {"cost": 10, "inspectors": 2},
        "house": {"cost": 30.5, "inspectors": 6, "allowed_at": ["junction"]},
    }
    plan = planned("--budget", 25, siting={"kinds": kinds})
    assert plan["figures"]["cost"] <= 25
    assert all(site.endswith(" module") for site in plan["plan"])
    assert 1 <= len(plan["plan"]) <= 2
    places = [site.split()[0] for site in plan["plan"]]
    assert len(set(places)) == len(places)


def test_a_cover_of_least_cost_weighs_the_cost_of_kinds(planned) -> None:
    kinds = {"module": {"cost": 10}, "room": {"cost": 4, "allowed_at": ["junction"]}}
    plan = planned("--model", "least_cost_cover", "--share", 0.8, siting={"kinds": kinds})
    costs = {"module": 10, "room": 4}
    assert plan["objective"] == sum(costs[site.split()[1]] for site in plan["plan"])
    assert plan["residents_within"] >= 0.8 * plan["residents"] - 1e-6


def test_capacity_needs_the_number_of_inspectors(planned, refused) -> None:
    assert "`siting.inspectors`" in refused("--model", "capacitated_coverage")
    model = {"model": "capacitated_coverage", "new_posts": 1}
    few, many = (planned(siting={**model, "inspectors": n}) for n in (0.1, 10))
    assert few["measure"] == "residents_served"
    assert few["objective"] <= 3 * 0.1 * 2000 + 1e-6  # two posts and a new one, by the norm
    assert few["objective"] < many["objective"] == pytest.approx(many["residents_within"])


def test_least_distance_is_kept(planned, tmp_path) -> None:
    near = planned("--new-posts", 3)
    far = planned("--new-posts", 3, "--least-distance-m", 900, "--out", tmp_path / "plan")
    sites = gpd.read_file(tmp_path / "plan" / "sites.geojson").to_crs(32638)
    apart = [a.distance(b) for i, a in enumerate(sites.geometry) for b in sites.geometry[i + 1 :]]
    assert min(apart, default=900) >= 899
    assert far["objective"] <= near["objective"]


def test_posts_may_close_where_the_study_lets_them(planned, refused) -> None:
    kept = planned("--new-posts", 1)
    moved = planned("--new-posts", 1, "--closed-posts", 1)
    assert moved["objective"] >= kept["objective"]
    assert len(moved["closed"]) <= 1
    told = refused("--closed-posts", 1, siting={"may_close": ["nobody's post"]})
    assert "`siting.may_close`" in told
    assert "nobody's post" in told


def test_required_places_of_the_list_are_built_and_forbidden_ones_are_not(
    planned, refused, tmp_path, lonlat
) -> None:
    lines = ["id,lat,lon,status,cost"]
    for name, east, status in (("far", 2300, "required"), ("shut", 300, "forbidden")):
        lon, lat = lonlat(east, 0)
        lines.append(f"{name},{lat},{lon},{status},7")
    (tmp_path / "sites.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    candidates = {"spacing_m": 200, "sites": str(tmp_path / "sites.csv")}
    planned("--new-posts", 2, "--out", tmp_path / "plan", candidates=candidates)
    listed = gpd.read_file(tmp_path / "plan" / "sites.geojson")["listed_id"].tolist()
    assert "far" in listed
    assert "shut" not in listed
    (tmp_path / "sites.csv").write_text("id,lat,lon,status\na,43,7,perhaps\n", encoding="utf-8")
    assert "`status` is `perhaps`" in refused(candidates=candidates)


# --- what cannot be asked -----------------------------------------------------------------------


def test_an_unknown_model_is_refused_and_all_there_are_are_named(refused) -> None:
    told = refused("--model", "p_mediam")
    assert "`siting.model` = 'p_mediam'" in told
    assert all(model in told for model in MODELS)


def test_an_option_that_a_model_does_not_know_is_refused_not_ignored(refused) -> None:
    told = refused("--model", "p_median", "--full-min", 3)
    assert "`siting.full_min` = 3: the model p_median does not know this option" in told
    assert "gradual_coverage" in told


def test_options_that_a_model_needs_are_asked_for_all_at_once(refused) -> None:
    told = refused("--model", "gradual_coverage")
    assert "2 problems" in told
    assert "`siting.full_min` is missing" in told
    assert "`siting.none_min` is missing" in told


def test_a_budget_needs_costs(refused) -> None:
    told = refused("--budget", 100)
    assert "no cost" in told
    assert "siting.kinds" in told


def test_minutes_do_not_go_with_a_standard_in_metres(refused) -> None:
    told = refused("--model", "p_median", standard={"name": "everyday_500_800"})
    assert "counts minutes" in told


@pytest.mark.parametrize(
    ("siting", "key"),
    [
        ({"kinds": {"module": {}}}, "`siting.kinds.module.cost`"),
        ({"kinds": {"module": {"cost": -1}}}, "`siting.kinds.module.cost`"),
        ({"share": 1.5}, "`siting.share`"),
        ({"stages": {"22": 3}}, "`siting.stages.22"),
        ({"stages": {"2022": 3}, "new_posts": 2}, "`new_posts` and `stages`"),
        ({"may_close": "some"}, "`siting.may_close"),
        ({"limit_min": 0}, "`siting.limit_min`"),
    ],
)
def test_wrong_keys_of_siting_are_named(siting, key) -> None:
    values = {"city": "Test", "source": {"file": "town.osm"}, "siting": siting}
    with pytest.raises(SettingsError, match=re.escape(key)):
        settings_from(values, "study.toml")


def test_a_kind_that_may_stand_nowhere_is_refused(refused) -> None:
    told = refused(siting={"kinds": {"m": {"cost": 1, "allowed_at": ["volcano"]}}})
    assert "`siting.kinds.m.allowed_at`" in told
    assert "junction" in told


# --- the problem of a study ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def sited(write_study, tmp_path_factory) -> Any:
    study = write_study(tmp_path_factory.mktemp("sited"))
    return site_study(read_settings(study))


def test_the_problem_counts_what_the_study_counts(sited, written) -> None:
    problem, summary = sited.plan.problem, written.summary
    assert sited.plan.figures_now.residents_within == pytest.approx(
        summary["residents_within"]["10"]
    )
    assert problem.total == pytest.approx(summary["residents"])
    nearest = problem.nearest_seconds(problem.standing) / 60
    walked = sited.city.walk.doors["nearest_min"].to_numpy()
    near = walked <= 10
    assert nearest[near] == pytest.approx(walked[near])
    assert np.isinf(nearest[~near]).all()


def test_any_model_can_be_asked_again_of_the_problem(sited) -> None:
    again = mclp(sited.plan.problem, SitingRules(new_posts=2))
    assert again.site_ids == sited.plan.site_ids


def test_doors_outside_all_neighbourhoods_belong_to_none(sited) -> None:
    zones = sited.plan.problem.neighbourhoods
    outside = sited.city.walk.doors["neighbourhood_id"] == "outside"
    assert (zones.isna() == outside).all()


def test_models_that_count_minutes_know_walks_beyond_the_cutoff(write_study, tmp_path) -> None:
    study = write_study(tmp_path, siting={"model": "p_median", "new_posts": 1, "limit_min": 25})
    assert site_study(read_settings(study)).plan.problem.times.cutoff_min == 25


# --- the readme ---------------------------------------------------------------------------------


def commands_of_the_readme() -> list[str]:
    text = (REPO / "README.md").read_text(encoding="utf-8")
    lines = re.findall(r"^walkshed site .*$", text, re.MULTILINE)
    return [line.split("  #")[0].strip() for line in lines]


def test_the_readme_shows_how_to_site() -> None:
    assert len(commands_of_the_readme()) >= 5


@pytest.mark.parametrize("command", commands_of_the_readme())
def test_every_command_of_the_readme_asks_a_question(command, walkshed, monkeypatch) -> None:
    """All but the search: it is the same for all, and takes seconds each."""
    import walkshed.study as library

    asked = []

    def ask(settings, **_: Any) -> None:
        asked.append(question_of(settings, named_standards(settings).planning))
        raise SettingsError("far enough")

    monkeypatch.setattr(library, "site_study", ask)
    monkeypatch.chdir(REPO)
    ran = walkshed(*shlex.split(command)[1:])
    assert "far enough" in ran.err
    assert len(asked) == 1


def test_the_readme_chooses_sites_in_python_as_it_says() -> None:
    text = (REPO / "README.md").read_text(encoding="utf-8")
    section = text.split("### Choose sites in Python", 1)[1]
    code = section.split("```python", 1)[1].split("```", 1)[0]
    said: list[str] = []
    exec(code, {"print": lambda value: said.append(str(value))})
    assert said[0] == re.search(r"print\(plan\)  # (.+)", code)[1]
    assert "Proven" in said[1]
