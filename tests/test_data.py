"""The bundled data: listed, hashed, sourced, and as far as possible checked by arithmetic."""

import csv
import hashlib
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

DATA = Path(__file__).parents[1] / "data"
README = DATA / "README.md"
ROW = re.compile(r"\| `(?P<file>\w+/[^`]+)` \| (?P<cells>.*) \| `(?P<sha256>[^`]*)` \|")


def listed() -> list[tuple[str, list[str], str]]:
    text = README.read_text(encoding="utf-8")
    rows = filter(None, map(ROW.fullmatch, text.splitlines()))
    return [(row["file"], row["cells"].split(" | "), row["sha256"]) for row in rows]


def facts() -> dict[str, dict[str, dict[str, Any]]]:
    return tomllib.loads((DATA / "taraz" / "facts.toml").read_text(encoding="utf-8"))


def each_fact() -> Iterator[tuple[str, dict[str, Any]]]:
    for group, entries in facts().items():
        for name, entry in entries.items():
            yield f"{group}.{name}", entry


def test_every_file_is_listed_once_and_every_listed_file_is_there() -> None:
    there = {path for path in DATA.rglob("*") if path.is_file()} - {README}
    assert sorted(name for name, _, _ in listed()) == sorted(
        path.relative_to(DATA).as_posix() for path in there
    )


def test_every_listed_file_has_a_source_a_licence_and_a_date() -> None:
    for name, (source, licence, date), _ in listed():
        assert source.strip(), name
        assert licence in ("MIT", "ODbL 1.0"), name
        assert re.fullmatch(r"\d{4}-\d{2}-\d{2}", date), name


@pytest.mark.parametrize("name", [name for name, _, _ in listed()])
def test_hash_in_the_list_is_the_hash_of_the_file(name: str) -> None:
    sha256 = {file: sha256 for file, _, sha256 in listed()}[name]
    found = hashlib.sha256((DATA / name).read_bytes()).hexdigest()
    assert sha256 == found, f"{name} has changed; put {found} into data/README.md if that is meant"


def test_monaco_is_the_very_file_that_the_attribution_speaks_of() -> None:
    found = hashlib.sha256((DATA / "monaco" / "monaco.osm.pbf").read_bytes()).hexdigest()
    assert found == "1fdee8b72c48f932cab3aa9f1f74f87dfd954509a3b47cb932556d827189b97c"
    attribution = (DATA / "monaco" / "ATTRIBUTION.md").read_text(encoding="utf-8")
    assert "© OpenStreetMap contributors" in attribution
    assert "opendatacommons.org/licenses/odbl" in attribution


def test_every_fact_has_a_value_a_source_a_date_and_a_certainty() -> None:
    for name, fact in each_fact():
        assert set(fact) - {"derivation"} == {"value", "source", "date", "certainty"}, name
        assert fact["source"].strip(), name
        assert re.fullmatch(r"\d{4}(-\d{2}){0,2}", fact["date"]), name
        assert fact["certainty"] in ("seen", "inferred"), name


def test_inferred_facts_and_no_others_show_how() -> None:
    for name, fact in each_fact():
        assert (fact["certainty"] == "inferred") == ("derivation" in fact), name


def test_inferred_figures_can_be_derived_again() -> None:
    police, people = facts()["police"], facts()["population"]
    railway, norms, place = facts()["railway"], facts()["norms"], facts()["place"]
    inspectors = police["inspectors"]["value"]
    establishment = inspectors / (1 - police["shortage_share"]["value"])
    assert round(establishment) == police["establishment"]["value"]
    beyond = railway["residents_beyond"]["value"] / people["residents_2023_press"]["value"]
    assert round(beyond, 2) == railway["share_beyond"]["value"]
    region = people["region_residents_2024"]["value"]
    assert round(region / inspectors, -2) == norms["residents_per_inspector_zhambyl"]["value"]
    norm = norms["residents_per_inspector"]["value"]
    assert norm * 2 == norms["residents_per_inspector_national"]["value"]
    assert region / establishment == pytest.approx(norm, rel=0.04)
    per_point = people["residents_2023"]["value"] / police["highest_precinct_point_number"]["value"]
    assert round(per_point, -3) == police["residents_per_precinct_point"]["value"]
    joined_ha = sum(
        place[f"joined_from_{district}_district_ha"]["value"] for district in ("zhambyl", "baizak")
    )
    assert place["area_before_ha"]["value"] + joined_ha == pytest.approx(
        place["area_draft_ha"]["value"], abs=10
    )


def test_centre_of_taraz_lies_in_the_study_box_and_in_its_utm_zone() -> None:
    place = facts()["place"]
    west, south, east, north = place["study_box_lon_lat"]["value"]
    lon, lat = place["centre_lon"]["value"], place["centre_lat"]["value"]
    assert west < lon < east
    assert south < lat < north
    zone = int((lon + 180) // 6) + 1
    assert place["metric_crs"]["value"] == f"EPSG:{32600 + zone}"


def test_registry_has_plain_web_addresses_and_no_invented_coordinates() -> None:
    with (DATA / "taraz" / "posts.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 13
    for row in rows:
        assert re.fullmatch(r"https?://\S+", row["source_url"]), row["id"]
        assert row["source_date"], row["id"]
        assert (row["lat"], row["lon"], row["location_precision"]) == ("", "", "unlocated")


def test_registry_agrees_with_the_facts_about_posts_built_and_planned() -> None:
    with (DATA / "taraz" / "posts.csv").open(encoding="utf-8", newline="") as file:
        count = {row["id"]: int(row["count"]) for row in csv.DictReader(file)}
    police = facts()["police"]
    assert count["MOD-2021-1..4"] == police["modular_posts_built_2021"]["value"]
    assert count["MOD-2022-1..6"] == police["stationary_posts_planned_2022"]["value"]
    assert count["BAI-2021-1..5"] == police["housing_points_built_2021"]["value"]
    assert count["REG-2022-1..5"] == police["housing_points_planned_2022"]["value"]
