# ruff: noqa: F811 (fixtures of another module are imported by name)
"""The map of a comparison in a real browser: two states under a bar, and who gains and loses."""

import json
import re
from pathlib import Path

import pytest

from browsing import DESKTOP, Opener, browser, open_page  # noqa: F401
from walkshed.compare import compare_states, comparison_map_of, state_of
from walkshed.errors import SourceError
from walkshed.maps import read_page
from walkshed.reports import read_run


@pytest.fixture(scope="module")
def found(written):
    run = read_run(written.folder)
    return compare_states(state_of(run), state_of(run, is_built=True))


@pytest.fixture(scope="module")
def html(found) -> str:
    return comparison_map_of(found).to_html()


def island(html: str) -> dict:
    found = re.search(r'<script type="application/json" id="walkshed-data">(.*?)</script>', html)
    assert found
    return dict(json.loads(found[1]))


def test_numbers_of_the_page_are_those_of_the_tables(found, html) -> None:
    data, city = island(html), found.city.iloc[0]
    for band in found.bands:
        for then, part in (("before", data["summary"]), ("after", data["summary"]["after"])):
            within = city[f"residents_within_{band}_{then}"]
            assert part["residents_within"][band] == pytest.approx(within, abs=1e-9)
        cells = data["hexagons"]
        net = dict(zip(cells["ids"], cells["columns"][f"residents_net_{band}"], strict=True))
        told = found.hexagons.loc[list(net), f"residents_net_{band}"]
        assert list(net.values()) == pytest.approx(told.tolist(), abs=5e-5)
    assert data["walk"] is None
    assert [post["id"] for post in data["posts"] if post.get("only") == "after"] == list(
        found.posts.index[found.posts["change"] == "opened"]
    )


def test_a_page_that_is_none_of_ours_is_refused(tmp_path: Path) -> None:
    page = tmp_path / "map.html"
    page.write_text("<p>nothing</p>")
    with pytest.raises(SourceError, match=r"map\.html: no map of walkshed"):
        read_page(page)


@pytest.mark.browser
def test_the_page_opens_with_its_bar_offline_and_tells_who_gains(
    open_page: Opener, found, html, hostile_name
) -> None:
    opened = open_page(html, DESKTOP)
    assert len(opened.requests) == 1
    assert opened.errors == []
    assert opened.text("#swipe-bar .today") == "Now"
    assert opened.text("#swipe-bar .then") == "With new posts"
    opened.page.click("#language-kk")
    assert opened.text("#swipe-bar .today") == "Қазір"
    opened.page.click("#language-en")
    city = found.city.iloc[0]
    net = opened.text("#flows tr.chosen td")
    assert int(re.sub(r"\D", "", net)) == round(city["residents_net_10"])
    assert net.startswith("+")
    opened.page.click("#cutoff-5")
    assert int(re.sub(r"\D", "", opened.text("#flows tr.chosen td"))) == round(
        city["residents_net_5"]
    )
    opened.page.click("#cutoff-10")
    stood = opened.run("document.querySelectorAll('.sign:not(.pin)').length")
    opened.page.click("#swipe")
    opened.page.click("#scenario-now")
    assert opened.run("document.querySelectorAll('.sign:not(.pin)').length") == 2 < stood
    opened.page.click("#fill-change")
    ramp = opened.text("#ramp")
    assert "+100" in ramp
    opened.page.click("#gainers-0")
    most = found.neighbourhoods["residents_net_10"].max()
    assert f"+{most:,.0f}" in opened.text("#info")
    assert opened.text("#info h3") in {"Батыс", hostile_name}
    assert opened.run("window.__xss") is None
    assert opened.errors == []


@pytest.mark.browser
def test_every_control_of_the_page_can_be_pressed(open_page: Opener, html) -> None:
    opened = open_page(html, DESKTOP)
    opened.run("window.print = () => {}")
    controls = "#panel button, #panel input[type=checkbox], #panel summary, .view-tools button"
    pressed = []
    for language in ("ru", "kk", "en"):
        opened.page.click(f"#language-{language}")
        for name in opened.run(
            f"[...document.querySelectorAll('{controls}')].map(({{ id }}) => id)"
        ):
            if name.startswith("language-") or name == "view-screen":
                continue
            button = opened.page.locator(f"[id='{name}']" if name else "#panel summary").first
            if button.count():
                button.evaluate("(node) => node.click()")
                pressed.append(name)
            assert opened.errors == [], name
    assert {"swipe", "fill-change", "layer-flows", "layer-rings", "print", "view-theme"} <= {
        *pressed
    }
    assert not {"layer-reach", "layer-surface", "scenario-whatif", "minutes"} & {*pressed}
