"""Pages in headless Chromium with the network off, and what their tests share.

A module's tests take turns in the same few tabs: each page is loaded anew, so nothing of the one
before is left but the running program, whose start costs more than the page's own.
"""

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

ARGS = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
DESKTOP = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
SMALL_PHONE = {"width": 360, "height": 640}
LANGUAGES = ("ru", "kk", "en")

HOSTILE = {
    "img": '<img src=x onerror="window.__xss=(window.__xss||0)+1">',
    "script": "<script>window.__xss=1</script>",
    "close": "</script><script>window.__xss=1</script>",
    "js": '"};window.__xss=1;//',
    "js1": "\"');window.__xss=1;//",
    "tick": "`;window.__xss=1;//",
    "tmpl": "${window.__xss=1}",
    "bs": "\\`;window.__xss=1;//",
    "jinja": "{{7*7}}{% raw %}",
    "jinja2": "{{7*191}}",
    "title": "</title><script>window.__xss=1</script>",
    "pattern": "$& $1 {count} {minutes} {0.__class__}",
}


@dataclass
class Opened:
    """A page in the browser, and all that happened to it."""

    page: Any
    requests: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    def text(self, selector: str) -> str:
        return re.sub(r"\s+", " ", self.page.inner_text(selector)).strip()

    def run(self, script: str) -> Any:
        return self.page.evaluate(script)


@dataclass
class Tab:
    """A page of the browser, and whom to tell what happens to it: what was opened last in it."""

    page: Any
    now: Opened

    def renewed(self, size: dict[str, int]) -> Opened:
        """Make the tab as a new one is, but for the page that is still in it."""
        self.page.mouse.up()
        self.page.mouse.move(-10, -10)
        self.page.emulate_media(media="null", color_scheme="null")
        self.page.set_viewport_size(size)
        self.now = Opened(self.page)
        return self.now


def new_tab(browser: Any) -> Tab:
    page = browser.new_context(offline=True, viewport=DESKTOP).new_page()
    tab = Tab(page, Opened(page))
    page.on("request", lambda request: tab.now.requests.append(request.url))
    page.on("requestfailed", lambda request: tab.now.failed.append(request.url))
    page.on("pageerror", lambda error: tab.now.errors.append(str(error)))
    page.on("console", lambda line: tab.now.errors.append(line.text))
    return tab


@dataclass
class Opener:
    """Opens pages, offline; a test's second page is in a second tab."""

    browser: Any
    folder: Path
    tabs: list[Tab]
    pages: int = 0

    def __call__(self, html: str, size: dict[str, int] = DESKTOP, *, wait: bool = True) -> Opened:
        path = self.folder / f"map{self.pages}.html"
        path.write_text(html, "utf-8")
        if self.pages == len(self.tabs):
            self.tabs.append(new_tab(self.browser))
        opened = self.tabs[self.pages].renewed(size)
        self.pages += 1
        opened.page.goto(path.as_uri())
        if wait:
            until(opened, "Boolean(window.walkshed && window.walkshed.ready)")
        return opened


def until(opened: Opened, condition: str) -> None:
    """Wait for the page, which may be slow where other work is done."""
    for _ in range(500):
        if opened.run(condition):
            return
        opened.page.wait_for_timeout(20)
    pytest.fail(f"never: {condition}; {opened.errors}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    executable = shutil.which("chromium") or shutil.which("chromium-browser")
    if executable is None:
        reason = "no chromium on this machine: the map's page was not opened"
        if os.environ.get("WALKSHED_REQUIRE_BROWSER") == "1":
            pytest.fail(reason)
        pytest.skip(reason)
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=ARGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def tabs() -> list[Tab]:
    """Tabs in which a module's tests take turns."""
    return []


@pytest.fixture
def open_page(browser: Any, tabs: list[Tab], tmp_path: Path) -> Opener:
    return Opener(browser, tmp_path, tabs)


@pytest.fixture(scope="module")
def keep_page(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Opener:
    """Open a page that a module's tests look at one after another, in a tab of its own."""
    return Opener(browser, tmp_path_factory.mktemp("kept"), [])


def visible_words(opened: Opened) -> str:
    """All that can be read on the page or heard: texts, titles, labels."""
    labels = opened.run(
        """[...document.querySelectorAll('[aria-label], [title]')]
             .flatMap((node) => [node.getAttribute('aria-label'), node.title]).join(' ')"""
    )
    return " ".join([opened.page.inner_text("body"), labels, opened.page.title()])
