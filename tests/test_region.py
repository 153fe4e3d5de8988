"""The table of a region: sums are those of its towns, and what nobody says stays unsaid."""

import csv
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from batch_records import done, failed, study, summary, write_tables
from walkshed.batch.grid import batch_studies
from walkshed.batch.region import COLUMNS, SUMS, by_scenario, region_table
from walkshed.errors import InputError
from walkshed.settings import read_settings
from walkshed.study import run_study

VILLAGES = Path(__file__).parents[1] / "data" / "villages"
STAFF = "inspectors_establishment", "inspectors_in_post"


def rows_of(name: str) -> list[dict[str, str]]:
    with (VILLAGES / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def figures(place: str, establishment: float, in_post: float) -> list[tuple[str, str, float]]:
    return [(place, STAFF[0], establishment), (place, STAFF[1], in_post)]


@pytest.fixture
def region(tmp_path: Path) -> pd.DataFrame:
    """Two towns of one list of inspectors, one without any figure, one that failed."""
    studies = [study(city) for city in ("A", "B", "C", "D")]
    both = [*figures("A", 5, 3), *figures("B", 3, 3), *figures("Region", 8, 6)]
    both += [("Region", "inspectors_living_elsewhere", 2)]
    posts = [("housing_point", "existing", "A"), ("housing_point", "planned", "B")]
    write_tables(tmp_path / "A", figures=both, posts=posts, lives=["no"] * 5 + ["yes"] * 5)
    write_tables(tmp_path / "B", figures=both, posts=posts, lives=["no", "yes", "yes"])
    write_tables(tmp_path / "C")
    records = [
        done("A", summary(1000, 500, 800)),
        done("B", summary(200, 100, 100)),
        done("C", summary(300, 0, 300)),
        failed("D", "no file"),
    ]
    return region_table(studies, records, tmp_path)


def test_each_sum_is_that_of_its_towns(region: pd.DataFrame) -> None:
    towns, total = region[region["level"] == "town"], region[region["level"] == "total"].iloc[0]
    assert list(region) == list(COLUMNS)
    for name in SUMS:
        wanted = towns[name].sum(min_count=1)
        assert (pd.isna(total[name]) and pd.isna(wanted)) or total[name] == wanted, name
    assert (total["towns"], total["towns_done"]) == (4, 3)
    assert (total["residents"], total["residents_within"]) == (1500, 600)
    assert (total["share_within"], total["share_within_after"]) == (0.4, 0.8)
    assert (total["inspectors_vacant"], total["vacant_share"]) == (2, 0.25)
    assert total["residents_per_inspector"] == 1200 / 6  # of the towns that have figures


def test_towns_say_what_their_studies_say_and_no_more(region: pd.DataFrame) -> None:
    towns = region[region["level"] == "town"].set_index("place")
    assert list(towns["status"]) == ["done", "done", "done", "failed"]
    assert list(towns["existing_housing_point"].fillna(-1)) == [1, 0, -1, -1]
    assert list(towns["planned_housing_point"].fillna(-1)) == [0, 1, -1, -1]
    assert towns.loc["C", list(STAFF)].isna().all()
    assert pd.isna(towns["residents"]["D"])


def test_a_count_too_small_to_tell_is_in_no_row_nor_to_be_had_from_the_sum(
    region: pd.DataFrame,
) -> None:
    by_place = region.set_index("level")["living_elsewhere"]
    assert list(by_place["town"].fillna(-1)) == [5, -1, -1, -1]
    assert pd.isna(by_place["total"])


def test_places_that_are_no_town_of_the_batch_are_told_as_stated(region: pd.DataFrame) -> None:
    (stated,) = region[region["level"] == "stated"].to_dict("records")
    assert (stated["place"], stated["inspectors_living_elsewhere"]) == ("Region", 2)
    assert (stated["inspectors_establishment"], stated["inspectors_vacant"]) == (8, 2)


def test_a_city_is_in_each_scenario_once() -> None:
    grid = [study(city, scenario=s) for city in ("A", "B") for s in ("old", "young")]
    assert by_scenario(grid) == {"old": ["A-old", "B-old"], "young": ["A-young", "B-young"]}
    files = [study("A"), study("B"), study("A", walk={"profile": "older"})]
    again = type(files[2])("A-older", files[2].settings)
    assert by_scenario([*files[:2], again]) == {"": ["A", "B"], "A-older": ["A-older"]}


# --- the district that is bundled ----------------------------------------------------------------


def test_figures_of_the_villages_add_up_to_those_of_their_district() -> None:
    stated: dict[str, dict[str, float]] = {}
    for row in rows_of("establishment.csv"):
        stated.setdefault(row["figure"], {})[row["place"]] = float(row["value"])
    for figure in ("residents", *STAFF):
        (district,) = (v for place, v in stated[figure].items() if place == "Schematic district")
        assert sum(stated[figure].values()) == 2 * district, figure
    posts = rows_of("posts.csv")
    for place, in_post in stated["inspectors_in_post"].items():
        own = [row for row in posts if row["settlement"] == place and row["inspectors"]]
        if place != "Schematic district":
            assert sum(int(row["inspectors"]) for row in own) == in_post, place
    built = [r for r in posts if r["kind"] == "housing_point" and r["status"] == "existing"]
    assert len(built) == stated["housing_points_built"]["Schematic district"]
    lives = [row["lives_in_precinct"] for row in rows_of("inspectors.csv")]
    elsewhere = stated["inspectors_living_elsewhere"]["Schematic district"]
    assert (len(lives), lives.count("no")) == (8, elsewhere)


def test_every_village_says_that_it_is_made_up_and_has_its_residents() -> None:
    studies = batch_studies([VILLAGES / "batch.toml"])
    assert [study.problem for study in studies] == [""] * 7
    people = {r["place"]: r["value"] for r in rows_of("establishment.csv") if "res" in r["figure"]}
    for one in studies:
        settings = one.settings
        assert settings is not None
        assert "схема" in settings.title["ru"]
        assert settings.posts.schematic
        assert settings.residents.total == float(people[str(settings.posts.settlement)])
    assert all(row["source_url"] == "made up" for row in rows_of("posts.csv"))


def test_a_village_without_a_post_has_residents_who_reach_none() -> None:
    found = run_study(read_settings(VILLAGES / "village_7" / "study.toml"))
    told: dict[str, Any] = dict(found.summary)
    assert (told["posts"], told["posts_known"], told["schematic"]) == (0, 0, True)
    assert told["residents_not_reached"] == pytest.approx(400)
    assert told["nearest_min"]["median"] is None
    assert set(found.doors["nearest_min"]) == {float("inf")}


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"none": True}, r"town\.osm: `posts.none` says that there is no post, but 2 are known"),
        ({"schematic": True, "registry": VILLAGES / "posts.csv"}, "the registry is made up"),
    ],
)
def test_what_contradicts_the_data_is_refused(
    write_study: Any, tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    path = write_study(tmp_path)
    values = read_settings(path)
    posts = values.posts.model_copy(update=changes)
    with pytest.raises(InputError, match=message):
        run_study(values.model_copy(update={"posts": posts}))
