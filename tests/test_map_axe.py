"""No fault of accessibility in any language and scenario, light or dark: one page is asked."""

from typing import Any

import pytest
from axe_playwright_python.base import AXE_SCRIPT

from browsing import Opened, Opener, browser, open_page
from walkshed.study.files import study_map_of

__all__ = ["browser", "open_page"]  # fixtures shared with the page's other tests

pytestmark = pytest.mark.browser

LANGUAGES = ("ru", "kk", "en")
SCENARIOS = ("now", "after", "whatif")


def faults(opened: Opened, rules: str = "{}") -> list[Any]:
    found: list[Any] = opened.run(
        f"axe.run(document, {rules}).then(({{ violations }}) => violations.map((one) =>"
        " [one.id, one.nodes.map(({ html }) => html.slice(0, 120))]))"
    )
    return found


def test_axe_finds_nothing_in_any_language_and_scenario_light_or_dark(
    open_page: Opener, studied: Any
) -> None:
    opened = open_page(study_map_of(studied).to_html())
    opened.run(AXE_SCRIPT + "; 0")
    for scheme in ("light", "dark"):
        opened.page.emulate_media(color_scheme=scheme)
        opened.page.wait_for_timeout(200)
        assert opened.run("document.documentElement.dataset.theme") == scheme
        # what is dark differs in its colours only
        rules = "{}" if scheme == "light" else "{runOnly: ['color-contrast']}"
        for language in LANGUAGES:
            opened.page.click(f"#language-{language}")
            for scenario in SCENARIOS:
                opened.page.click(f"#scenario-{scenario}")
                opened.page.click("#spot-0")
                assert faults(opened, rules) == [], (scheme, language, scenario)
    assert opened.errors == []


def test_the_search_sees_words_that_are_too_pale_in_the_dark(
    open_page: Opener, studied: Any
) -> None:
    opened = open_page(study_map_of(studied).to_html())
    opened.page.emulate_media(color_scheme="dark")
    opened.page.wait_for_timeout(200)
    opened.run("document.documentElement.style.setProperty('--soft', '#39424d')")
    opened.run(AXE_SCRIPT + "; 0")
    assert [name for name, _ in faults(opened, "{runOnly: ['color-contrast']}")] == [
        "color-contrast"
    ]
