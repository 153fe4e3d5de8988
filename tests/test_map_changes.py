# ruff: noqa: F811 (fixtures of another module are imported by name)
"""What «What if» is compared with, how it is placed, and that little motion is heeded."""

import re

import pytest

from browsing import PHONE, Opened, Opener, browser, open_page, until  # noqa: F401

pytestmark = pytest.mark.browser


def number(cell: str) -> float:
    """Read a number as the page writes it; nought where it has no digit."""
    digits = re.sub(r"[^\d.+−-]", "", cell.replace("−", "-"))
    return float(digits or 0)


def rows(opened: Opened, table: str = "#try-numbers") -> list[list[str]]:
    """Cells of a table of changes: before, with the changes, change."""
    found = opened.page.locator(f"{table} tbody tr")
    return [found.nth(place).locator("td").all_inner_texts() for place in range(found.count())]


def middle(box: list[float]) -> tuple[float, float]:
    x, y, width, height = box
    return x + width / 2, y + height / 2


def overlap(one: list[float], other: list[float]) -> bool:
    apart = (abs(a - b) for a, b in zip(middle(one), middle(other), strict=True))
    return all(far < (one[2 + axis] + other[2 + axis]) / 2 for axis, far in enumerate(apart))


def heads(opened: Opened) -> list[str]:
    return [
        text.replace("\n", " ")
        for text in opened.page.locator("#try-numbers th[scope=col]").all_inner_texts()
    ]


@pytest.mark.parametrize(("scenario", "against"), [("now", "today"), ("after", "the plan")])
def test_an_untouched_what_if_shows_no_change_and_says_against_what(
    open_page: Opener, studied_page: str, scenario: str, against: str
) -> None:
    opened = open_page(studied_page)
    opened.page.click(f"#scenario-{scenario}")
    opened.page.click("#scenario-whatif")
    assert [change for _, _, change in rows(opened)] == ["0"] * len(rows(opened))
    assert all(before == then for before, then, _ in rows(opened))
    assert opened.page.locator("#try-numbers .better, #try-numbers .worse").count() == 0
    assert f"against {against}" in heads(opened)[-1]
    assert heads(opened)[1] == ("Now" if scenario == "now" else "Plan")
    assert opened.page.locator("#try-changes, #try-zones").count() == 0


def test_every_change_is_the_difference_of_the_numbers_beside_it(
    open_page: Opener, studied_page: str
) -> None:
    opened = open_page(studied_page)
    opened.page.click("#scenario-after")
    opened.page.click("#scenario-whatif")
    opened.page.locator("[data-post]").first.focus()
    for _ in range(4):
        opened.page.keyboard.press("Shift+ArrowRight")
    opened.page.click("#try-all-zones summary")
    changed = rows(opened) + rows(opened, "#try-all-zones")
    assert any(change != "0" for *_, change in changed)
    for before, then, change in changed:
        assert number(then) - number(before) == pytest.approx(number(change), abs=1e-9)


def test_what_if_stands_right_under_the_headline(open_page: Opener, studied_page: str) -> None:
    opened = open_page(studied_page, PHONE)
    order = "[...document.querySelectorAll('#panel-body > section')].map((one) => one.className)"
    opened.page.click("#scenario-whatif")
    assert opened.run(order)[:3] == ["headline", "trying", "minutes"]


def test_little_motion_is_heeded(open_page: Opener, studied_page: str) -> None:
    opened = open_page(studied_page)
    moves = "[walkshed.map._zoomAnimated, walkshed.map._fadeAnimated, walkshed.map.options.inertia]"
    assert opened.run(moves) == [True, True, True]
    opened.page.emulate_media(reduced_motion="reduce")
    try:
        opened.page.reload()
        until(opened, "Boolean(window.walkshed && window.walkshed.ready)")
        assert opened.run(moves) == [False, False, False]
        ended = """([name, to]) => {
          let ended = false;
          walkshed.map.once("moveend", () => { ended = true; });
          walkshed.map[name](to);
          return ended; }"""
        for move in (["panBy", [60, 20]], ["setZoom", 15]):
            assert opened.page.evaluate(ended, move), move  # done before the next line is
    finally:
        opened.page.emulate_media(reduced_motion="null")
    assert opened.errors == []


def test_no_name_stands_under_the_legend_on_a_phone(open_page: Opener, studied_page: str) -> None:
    opened = open_page(studied_page, PHONE)
    boxes = """(() => {
      const box = (node) => { const { x, y, width, height } = node.getBoundingClientRect();
        return [x, y, width, height]; };
      const names = [...document.querySelectorAll(".place span")];
      return [names.map(box), box(document.querySelector(".ramp"))]; })()"""
    names, legend = opened.run(boxes)
    x, y = (middle(names[0])[axis] - middle(legend)[axis] for axis in (0, 1))
    opened.run(f"walkshed.map.panBy([{x}, {y}], {{animate: false}}); 0")  # under the legend
    names, legend = opened.run(boxes)
    assert not [name for name in names if overlap(name, legend)]


def test_a_name_makes_way_for_a_post_that_the_reader_adds(
    open_page: Opener, studied_page: str
) -> None:
    opened = open_page(studied_page)
    boxes = """(() => {
      const box = (node) => { const { x, y, width, height } = node.getBoundingClientRect();
        return [x, y, width, height]; };
      return [...document.querySelectorAll(".place span")].map(box); })()"""
    name = opened.run(boxes)[0]
    opened.page.click("#scenario-whatif")
    opened.page.click("#try-add")
    opened.page.mouse.click(*middle(name))
    sign = opened.page.locator("[data-post='new-1']").bounding_box()
    post = [sign[side] for side in ("x", "y", "width", "height")]
    assert overlap(name, post)
    assert not [other for other in opened.run(boxes) if overlap(other, post)]
