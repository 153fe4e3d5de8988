"""What a first-time visitor does with the map of a city: by words and roles, as a reader would.

One page of the schematic Taraz for all; every number read is held against the run's tables.
"""

import re
from typing import Any

import pandas as pd
import pytest

from browsing import Opened, Opener
from walkshed.study.result import StudyResult
from walkshed.travel_times import nearest_facility, within

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def visited(keep_page: Opener, taraz_page: str) -> Opened:
    return keep_page(taraz_page)


@pytest.fixture(autouse=True)
def from_the_start(visited: Opened) -> None:
    press(visited, "РУС")
    press(visited, "Сейчас")


def press(opened: Opened, words: str) -> None:
    opened.page.get_by_role("button", name=words, exact=True).click()


def section(opened: Opened, heading: str) -> Any:
    title = opened.page.get_by_role("heading", name=heading)
    return opened.page.locator("section").filter(has=title)


def numbers(text: str) -> list[int]:
    """Whole numbers of a text, their thousands parted by fixed spaces; shares are left out."""
    whole = re.sub(r"\d+,\d+", "", text)
    found = re.findall(r"([+−]?)(\d{1,3}(?:\u00a0\d{3})+|\d+)", whole)
    return [int(sign.replace("−", "-") + digits.replace("\u00a0", "")) for sign, digits in found]


def row(opened: Opened, heading: str, label: str) -> list[int]:
    """Numbers of the row of a section's first table."""
    line = section(opened, heading).get_by_role("row").filter(has_text=label).first
    return numbers(line.inner_text().split(label)[1])


def test_the_worst_neighbourhood_is_the_first_named_and_a_press_tells_of_it(
    visited: Opened, taraz: StudyResult
) -> None:
    table = taraz.neighbourhoods
    beyond = table["residents"] - table["residents_within_10"]
    worst = table.loc[beyond.idxmax()]
    first = section(visited, "Вне шаговой доступности").get_by_role("button").first
    name, *count = first.inner_text().split("\n")
    assert name == worst["name_ru"]
    assert numbers(" ".join(count)) == [
        round(worst["residents_within_10"]),
        round(worst["residents"]),
    ]
    first.click()
    assert visited.page.get_by_role("heading", name=name, exact=True).is_visible()
    assert f"{worst['share_within_10']:.1%}".replace(".", ",").replace("%", "") in visited.text(
        "body"
    )


def test_what_the_six_posts_add_is_read_after_one_press(
    visited: Opened, taraz: StudyResult
) -> None:
    press(visited, "С новыми постами")
    now = taraz.summary["residents_within"]["10"]
    after = taraz.summary["after"]["residents_within"]["10"]
    told = section(visited, "Жители в шаговой доступности").inner_text()
    assert f"{taraz.summary['after']['share_within']['10']:.1%}".replace(".", ",")[:-1] in told
    assert row(visited, "Жители в шаговой доступности", "до 10 мин") == [round(now), round(after)]
    proposals = section(visited, "Предлагаемые посты").get_by_role("button").all_inner_texts()
    assert taraz.proposed is not None
    assert [numbers(text)[-1] for text in proposals] == [
        round(value) for value in taraz.proposed["residents_added"]
    ]
    assert len(proposals) == 6


def drag(opened: Opened, name: str, pixels: int) -> None:
    """Drag a post south by mouse, once the map has come to rest."""
    post = opened.page.get_by_role("button", name=name, exact=True)
    box = None
    while box != (box := post.bounding_box()):
        opened.page.wait_for_timeout(200)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    opened.page.mouse.move(x, y)
    opened.page.mouse.down()
    opened.page.mouse.move(x, y + pixels, steps=6)
    opened.page.mouse.up()


def residents_without(taraz: StudyResult, rank: int) -> float:
    """Residents within 10 minutes of the plan that lacks one of its sites."""
    assert taraz.proposed is not None
    sites = taraz.sites.loc[taraz.proposed.drop(index=rank)["site_id"]]
    columns = ["edge", "offset_m", "access_m"]
    posts = pd.concat([taraz.posts[columns].dropna(), sites[columns]], ignore_index=True)
    speed = taraz.profile.speed_kmh.value
    walks = nearest_facility(taraz.network, taraz.doors, posts, speed_kmh=speed)
    return float(taraz.doors["residents"][within(walks["minutes"], 10.0)].sum())


def test_a_proposed_post_is_dragged_away_and_the_loss_is_read(
    visited: Opened, taraz: StudyResult
) -> None:
    press(visited, "С новыми постами")
    section(visited, "Предлагаемые посты").get_by_role("button").first.click()
    visited.page.keyboard.press("Escape")  # the box with its name
    press(visited, "Что если")
    planned = taraz.summary["after"]["residents_within"]["10"]
    began, before, untouched = row(visited, "Что если", "до 10 мин")
    assert (began, before, untouched) == (round(planned), round(planned), 0)
    drag(visited, "Предлагаемый пост 1", 150)
    began_again, moved, change = row(visited, "Что если", "до 10 мин")
    assert began_again == began
    assert change == moved - began
    most = planned - residents_without(taraz, 1)
    assert 0 < before - moved <= most + 1
    press(visited, "Отменить")
    assert row(visited, "Что если", "до 10 мин")[1] == before


def test_the_page_prints_on_one_sheet_with_its_numbers(visited: Opened, taraz: StudyResult) -> None:
    assert visited.page.get_by_role("button", name="Печать", exact=True).first.is_visible()
    pdf = visited.page.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page\b(?!s)", pdf)) == 1
    visited.page.emulate_media(media="print")
    told = numbers(section(visited, "Жители в шаговой доступности").inner_text())
    visited.page.emulate_media(media="null")
    assert round(taraz.summary["residents_within"]["10"]) in told
    assert round(taraz.summary["residents"]) in told


def test_in_kazakh_the_same_numbers_are_read(visited: Opened, taraz: StudyResult) -> None:
    headline = section(visited, "Жители в шаговой доступности")
    in_russian = numbers(headline.get_by_role("table").inner_text())
    press(visited, "ҚАЗ")
    table = visited.page.get_by_role("table").first
    assert numbers(table.inner_text()) == in_russian
    assert "тұрғын" in table.inner_text().lower()
    assert round(taraz.summary["residents_within"]["10"]) in in_russian
    assert visited.page.get_by_role("heading", name="Жители").count() == 0
    assert visited.errors == []
    assert len(visited.requests) == 1
