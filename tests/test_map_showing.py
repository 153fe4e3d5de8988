"""What the planner's map shows: minutes, curves, years, before and after, workload."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from browsing import Opened, Opener
from map_pages import town_page
from walkshed.settings import read_settings
from walkshed.study import run_study, study_map_of
from walkshed.study.result import StudyResult
from walkshed.travel_times import nearest_facility, within

pytestmark = pytest.mark.browser

OFF_RESIDENTS = 1.0
"""What rounding of walks to tenths of a second may move over a limit that is no band's."""


@pytest.fixture(scope="module")
def staged(tmp_path_factory: pytest.TempPathFactory, write_study: Callable[..., Path]) -> Any:
    """The tiny town, three posts planned over two years."""
    folder = tmp_path_factory.mktemp("years")
    stages = {"2026": 1, "2028": 2}
    return run_study(read_settings(write_study(folder, siting={"stages": stages})))


@pytest.fixture(scope="module")
def html(staged: StudyResult) -> str:
    return study_map_of(staged).to_html()


def number(text: str) -> int:
    return int(re.sub(r"\D", "", text))


def told(opened: Opened, row: int = 1) -> int:
    """Residents within the minutes of the slider, in a row of the table beside it."""
    return number(opened.text(f"#minutes-numbers tr:nth-child({row}) td:last-child"))


def press(opened: Opened, selector: str, key: str, times: int = 1) -> None:
    opened.page.locator(selector).focus()
    for _ in range(times):
        opened.page.keyboard.press(key)


def ink(opened: Opened, pane: str) -> int:
    """All bytes of a pane's canvas together, once it has settled; -1 without a canvas."""
    opened.page.wait_for_timeout(400)
    return int(
        opened.run(
            f"""(() => {{
              const canvas = document.querySelector('.leaflet-{pane}-pane canvas');
              if (!canvas) return -1;
              const {{ width, height }} = canvas;
              const {{ data }} = canvas.getContext('2d').getImageData(0, 0, width, height);
              let sum = 0;
              for (const byte of data) sum += byte;
              return sum;
            }})()"""
        )
    )


# ---- minutes


def test_residents_within_any_minutes_are_those_of_the_study_s_doors(
    open_page: Opener, html: str, staged: StudyResult
) -> None:
    opened = open_page(html)
    minutes = staged.doors["nearest_min"].to_numpy()
    after = staged.doors["nearest_min_after"].to_numpy()
    residents = staged.doors["residents"].to_numpy()
    seen = []
    opened.page.locator("#minutes").focus()
    opened.page.keyboard.press("Home")
    for limit in range(1, 31):
        seen.append((told(opened), told(opened, 2)))
        sure = np.abs(minutes - limit) > 0.1
        assert abs(seen[-1][0] - residents[minutes <= limit].sum()) <= OFF_RESIDENTS + (
            residents[~sure].sum()
        )
        assert abs(seen[-1][1] - residents[after <= limit].sum()) <= OFF_RESIDENTS + (
            residents[np.abs(after - limit) <= 0.1].sum()
        )
        opened.page.keyboard.press("ArrowRight")
    assert len(set(seen)) > 5
    assert opened.errors == []


def test_at_the_limits_of_the_standard_the_page_counts_what_the_tables_say(
    open_page: Opener, html: str, staged: StudyResult
) -> None:
    opened = open_page(html)
    for band in staged.standard.bands:
        opened.run(
            f"(() => {{ const s = document.getElementById('minutes'); s.value = {band.cutoff};"
            " s.dispatchEvent(new Event('input')); })()"
        )
        now = staged.summary["residents_within"][band.label]
        after = staged.summary["after"]["residents_within"][band.label]
        assert (told(opened), told(opened, 2)) == (round(now), round(after))


def test_the_slider_says_its_minutes_in_words_and_colours_more_ground(
    open_page: Opener, html: str
) -> None:
    opened = open_page(html)
    opened.page.click("#fill-reach")
    press(opened, "#minutes", "Home")
    assert opened.page.get_attribute("#minutes", "aria-valuetext") == "within 1\u00a0min"
    assert opened.text("#minutes-now") == "within 1 min"
    few = ink(opened, "reach")
    press(opened, "#minutes", "ArrowRight", 6)
    assert opened.text("#ramp").startswith("Ground within 7 min")
    assert 0 < few < ink(opened, "reach")


def test_one_fill_of_the_ground_is_shown_at_a_time(open_page: Opener, html: str) -> None:
    opened = open_page(html)
    assert opened.page.is_checked("#layer-hexagons")
    opened.page.click("#fill-surface")
    assert ink(opened, "surface") > 0
    assert "15–20" in opened.text("#ramp")
    assert not opened.page.is_checked("#layer-hexagons")
    opened.page.check("#layer-hexagons")
    assert not opened.page.is_checked("#layer-surface")
    assert ink(opened, "surface") == -1


def test_a_click_on_the_curve_of_minutes_moves_the_slider(open_page: Opener, html: str) -> None:
    opened = open_page(html)
    chart = opened.page.locator("#minutes-curve svg")
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    chart.click(position={"x": box["width"] * (58 + 260 * 20 / 30) / 350, "y": box["height"] / 2})
    assert opened.page.input_value("#minutes") == "20"


# ---- the plan of each size, and of each year


def test_a_number_of_posts_on_the_curve_shows_the_best_plan_of_that_many(
    open_page: Opener, html: str, staged: StudyResult
) -> None:
    opened = open_page(html)
    press(opened, "#size", "Home")
    curve = staged.plan.curve
    for size in (1, 2):
        press(opened, "#size", "ArrowRight")
        assert opened.page.locator(".sign.pin").count() == size
        row = curve.loc[size]
        words = opened.text("#size-words")
        assert f"{row['residents_within']:,.0f} of 3,000 residents" in words
        assert "proven optimum" in words
        assert opened.page.get_attribute("#scenario-after", "aria-pressed") == "true"
        added = [number(text) for text in opened.page.locator("#proposed .much").all_inner_texts()]
        assert added == [round(value) for value in row["residents_added"]]
    assert opened.errors == []


def test_residents_of_every_plan_are_those_of_its_walks(
    open_page: Opener, html: str, staged: StudyResult
) -> None:
    opened = open_page(html)
    press(opened, "#size", "Home")
    press(opened, "#size", "ArrowRight", 2)
    opened.page.click("#cutoff-15")
    sites = staged.sites.loc[list(staged.plan.curve.loc[2, "site_ids"])]
    columns = ["edge", "offset_m", "access_m"]
    posts = [staged.posts[columns], sites[columns]]
    residents = staged.doors["residents"]
    best = np.minimum(
        *(
            nearest_facility(
                staged.network, staged.doors, at, speed_kmh=staged.profile.speed_kmh.value
            )["minutes"]
            for at in posts
        )
    )
    expected = residents[within(best, 15.0)].sum()
    assert abs(number(opened.text(".headline .figure span").split(" of ")[0]) - expected) <= 1


def test_posts_of_later_years_are_hollow_and_the_year_has_its_residents(
    open_page: Opener, html: str, staged: StudyResult
) -> None:
    assert staged.staged is not None
    opened = open_page(html)
    opened.page.click("#year-2026")
    fills = opened.run(
        "[...document.querySelectorAll('.sign.pin path')].map((path) => path.getAttribute('fill'))"
    )
    assert sorted(fills) == ["#c2410c", "#fff", "#fff"]
    stages = staged.staged.stages
    shown = opened.text(".stages .chosen")
    assert f"2026 +1 {stages.loc[2026, 'residents_within']:,.0f}" in shown
    headline = number(opened.text(".headline .figure span").split(" of ")[0])
    assert headline == round(stages.loc[2026, "residents_within"])
    opened.page.click("#year-2028")
    assert opened.page.locator(".sign.pin path[fill='#fff']").count() == 0


def test_a_what_if_begins_with_the_plan_that_is_shown(open_page: Opener, html: str) -> None:
    opened = open_page(html)
    press(opened, "#size", "Home")
    press(opened, "#size", "ArrowRight")
    within_plan = opened.text(".headline .figure strong")
    opened.page.click("#scenario-whatif")
    assert opened.text(".headline .figure strong") == within_plan
    assert opened.page.locator(".sign.pin").count() == 1


# ---- before and after


def shown_pins(opened: Opened) -> list[float]:
    left: list[float] = opened.run(
        """[...document.querySelectorAll('.sign.pin')]
          .filter((pin) => pin.style.visibility !== 'hidden')
          .map((pin) => { const { left, width } = pin.getBoundingClientRect();
            return left + width / 2; })"""
    )
    return left


def test_proposed_posts_show_only_on_the_right_of_the_bar(open_page: Opener, html: str) -> None:
    opened = open_page(html)
    opened.page.click("#swipe")
    opened.page.wait_for_timeout(400)
    for _ in range(20):
        bar = opened.page.locator("#swipe-bar").bounding_box()
        assert all(x >= bar["x"] + bar["width"] / 2 - 1 for x in shown_pins(opened))
        press(opened, "#swipe-bar", "ArrowLeft")
    assert len(shown_pins(opened)) == 3
    press(opened, "#swipe-bar", "End")
    assert shown_pins(opened) == []
    opened.page.click("#swipe")
    assert len(shown_pins(opened)) == 3
    assert opened.errors == []


@pytest.mark.parametrize("fill", ["hexagons", "reach", "surface"])
def test_each_side_of_the_bar_has_a_pane_of_its_own(
    open_page: Opener, html: str, fill: str
) -> None:
    opened = open_page(html)
    opened.page.click(f"#fill-{fill}")
    opened.page.click("#swipe")
    opened.page.wait_for_timeout(600)
    assert ink(opened, fill) > 0
    assert ink(opened, f"{fill}-today") > 0
    assert ink(opened, fill) != ink(opened, f"{fill}-today")
    cuts = opened.run(
        f"['{fill}', '{fill}-today'].map((name) =>"
        " document.querySelector(`.leaflet-${name}-pane`).style.clipPath)"
    )
    assert all(cut.startswith("polygon") for cut in cuts)
    assert cuts[0] != cuts[1]
    opened.page.click("#swipe")
    assert ink(opened, f"{fill}-today") <= 0


def test_the_bar_is_dragged_and_says_where_it_is(open_page: Opener, html: str) -> None:
    opened = open_page(html)
    opened.page.click("#swipe")
    bar = opened.page.locator("#swipe-bar")
    box = bar.bounding_box()
    opened.page.mouse.move(box["x"] + box["width"] / 2, 300)
    opened.page.mouse.down()
    opened.page.mouse.move(box["x"] - 200, 300, steps=4)
    opened.page.mouse.up()
    assert bar.bounding_box()["x"] < box["x"] - 150
    assert int(bar.get_attribute("aria-valuenow")) < 50
    assert "of the map shows today" in bar.get_attribute("aria-valuetext")


# ---- workload


def test_workload_is_residents_nearest_by_inspectors_and_only_where_both_are_known(
    open_page: Opener, staged: StudyResult
) -> None:
    posts = staged.posts
    inspectors = np.where(np.arange(len(posts)) == 0, 2.0, np.nan)
    load = staged.scores.workload.copy()
    load.loc[posts.index, "inspectors"] = inspectors
    load.loc[posts.index, "inspectors_from"] = "registry"
    scores = replace(staged.scores, workload=load)
    with_staff = study_map_of(replace(staged, scores=scores))
    opened = open_page(with_staff.to_html())
    nearest = staged.areas.catchments
    mine = (nearest["post_id"] == posts.index[0]) & (nearest["scenario"] == "existing")
    load = round(float(nearest.loc[mine, "residents"].iloc[0]) / 2)
    assert number(opened.text("#workload .much")) == load
    assert opened.page.locator("#workload li").count() == 1
    norm = staged.staffing.residents_per_inspector
    assert norm.source in opened.text("section.workload")
    opened.page.click("#load-0")
    assert f"{load:,} (norm {norm.value:,.0f})" in opened.text("#info")


def test_nothing_is_said_of_workload_without_figures(open_page: Opener, html: str) -> None:
    opened = open_page(html)
    assert opened.page.locator("section.workload").count() == 0


# ---- a map without a walk


def test_a_map_without_a_network_has_no_slider_and_the_curve_still_shows(
    open_page: Opener,
) -> None:
    opened = open_page(town_page())
    assert opened.page.locator("#minutes, #size").count() == 0
    assert opened.page.locator(".further svg circle").count() == 3
    assert opened.errors == []


def test_sites_of_every_size_travel_with_the_page(html: str, staged: StudyResult) -> None:
    found = re.search(r'id="walkshed-data">(.*?)</script>', html, re.DOTALL)
    assert found
    data = json.loads(found.group(1))
    named = {str(site) for ids in staged.plan.curve["site_ids"] for site in ids}
    assert staged.staged is not None
    named |= set(map(str, staged.staged.site_ids))
    assert set(data["sites"]) == set(data["walk"]["sites"]) == named
