# ruff: noqa: F811 (fixtures of another module are imported by name)
"""The map of many cities: its numbers are those of the tables, and no name is more than text."""

import json
import re
from typing import Any, NamedTuple

import pandas as pd
import pytest
from axe_playwright_python.base import AXE_SCRIPT

from batch_records import done, failed, study, summary, write_tables
from browsing import DESKTOP, HOSTILE, PHONE, Opener, browser, open_page  # noqa: F401
from walkshed.batch.overview import overview_map
from walkshed.batch.region import region_table
from walkshed.batch.table import results_table

NAMES = {"ru": "Тараз", "kk": "Тараз қаласы", "en": "Taraz"}


class Batch(NamedTuple):
    """Tables of a batch that was never run, and its page."""

    results: pd.DataFrame
    region: pd.DataFrame
    html: str


@pytest.fixture(scope="module")
def batch(tmp_path_factory: pytest.TempPathFactory) -> Batch:
    """Two scenarios of a city, of a schematic one with a hostile name, and of one that failed."""
    out = tmp_path_factory.mktemp("batch")
    hostile = dict.fromkeys(("ru", "kk", "en"), HOSTILE["img"] + HOSTILE["jinja2"])
    studies, records = [], []
    for profile in ("adult", "older"):
        walk = {"walk": {"profile": profile}, "scenario": profile}
        studies += [study("taraz", names=NAMES, **walk), study("b/..'", names=hostile, **walk)]
        studies += [study("lost", source={"bbox": [71.5, 42.9, 71.7, 43.1]}, **walk)]
        share = 0.5 if profile == "adult" else 0.25
        told = summary(422_800, 422_800 * share, 300_000)
        records.append(done(f"taraz-{profile}", told))
        records.append(done(f"b/..'-{profile}", summary(400, 0, 100, schematic=True)))
        records.append(failed(f"lost-{profile}", HOSTILE["script"]))
        figures = [("taraz", "inspectors_establishment", 592.0)]
        figures += [("taraz", "inspectors_in_post", 367.0)]
        write_tables(out / f"taraz-{profile}", figures=figures, at=(42.9, 71.37))
        write_tables(out / f"b/..'-{profile}", at=(43.1, 71.6))
    results, region = results_table(studies, records), region_table(studies, records, out)
    page = overview_map(studies, records, results, region, out, language="en")
    return Batch(results, region, page.to_html())


def island(html: str) -> dict[str, Any]:
    found = re.search(r'<script type="application/json" id="walkshed-data">(.*?)</script>', html)
    assert found
    return dict(json.loads(found[1]))


def test_every_number_of_the_page_is_that_of_the_tables(batch: Batch) -> None:
    data = island(batch.html)
    results = batch.results.set_index("name")
    region = batch.region.set_index("study")
    assert [city["study"] for city in data["cities"]] == list(results.index)
    compared = 0
    for city in data["cities"]:
        for table in (results, region):
            row = table.loc[city["study"]].dropna()
            for name in set(row.index) & set(city) - {"scenario"}:
                value = row[name]
                assert city[name] == (value if isinstance(value, str) else pytest.approx(value))
                compared += 1
        row = region.loc[city["study"]].drop("place")
        assert not set(row.index[row.isna()]) & set(city)
    assert compared > 100
    totals = batch.region[batch.region["level"] == "total"].set_index("scenario")
    for total in data["totals"]:
        for name in ("residents", "residents_within_after", "share_within", "inspectors_vacant"):
            assert total[name] == pytest.approx(totals[name][total["scenario"]])


def test_cities_stand_where_their_residents_live_or_where_they_were_asked_for(batch: Batch) -> None:
    cities = island(batch.html)["cities"][:3]
    assert [city["at"] for city in cities] == [
        pytest.approx([42.9, 71.37], abs=1e-4),
        pytest.approx([43.1, 71.6], abs=1e-4),
        pytest.approx([43.0, 71.6]),
    ]


@pytest.mark.browser
def test_a_reader_chooses_a_scenario_and_a_city_offline(open_page: Opener, batch: Batch) -> None:
    opened = open_page(batch.html, DESKTOP)
    assert len(opened.requests) == 1
    assert opened.run("document.querySelectorAll('.leaflet-marker-icon').length") == 3
    rows = "document.querySelectorAll('.towns tbody tr').length"
    assert opened.run(rows) == 3
    share = opened.text(".figure strong")
    opened.page.select_option("#variant", "older")
    assert (opened.text(".figure strong"), share) == ("25.0%", "50.0%")
    opened.page.click("#shown-after")
    assert opened.text(".figure strong") == "70.9%"
    opened.page.click("#city-taraz-older")
    assert "of 592 on the establishment, vacant: 225" in opened.text("#info")
    opened.page.click("#language-kk")
    assert opened.text("#info h3") == "Тараз қаласы"
    opened.page.click("#city-lost-older")
    assert HOSTILE["script"] in opened.text("#info")
    hrefs = opened.run(
        "[...document.querySelectorAll('.towns a')].map((a) => a.getAttribute('href'))"
    )
    assert hrefs == ["./taraz-older/map.html", "./b%2F..'-older/map.html"]
    opened.page.click("#language-en")
    opened.page.click("#order-residents")
    assert opened.text(".towns tbody tr:nth-child(1) th") == "Taraz"
    assert HOSTILE["img"] in opened.text(".towns tbody")
    assert "(schematic)" in opened.text(".towns tbody")
    assert opened.run("window.__xss") is None
    assert opened.errors == []


@pytest.mark.browser
def test_axe_finds_nothing_light_or_dark_and_a_phone_has_room(
    open_page: Opener, batch: Batch
) -> None:
    opened = open_page(batch.html, PHONE)
    assert opened.run(
        "document.querySelector('.towns table').scrollWidth"
        " <= document.querySelector('#panel-body').clientWidth"
    )
    opened.run(AXE_SCRIPT + "; 0")
    for scheme in ("light", "dark"):
        opened.page.emulate_media(color_scheme=scheme)
        for language in ("ru", "kk"):
            opened.page.click(f"#language-{language}")
            faults = opened.run(
                "axe.run(document).then(({ violations }) => violations.map((one) =>"
                " [one.id, one.nodes.map(({ html }) => html.slice(0, 120))]))"
            )
            assert faults == [], (scheme, language)
