"""Names of the page's scripts: they share one scope, so each is defined once and used somewhere.

A check by words, not by a parser. It sees `function`, `const`, `let` and `class` at the start of a
line, and any later mention of that word in code. It cannot see that a mention is another thing of
the same name (a property, a local variable), nor that the code which uses a name never runs.
"""

import re
from importlib import resources

import pytest

from walkshed.maps.cities import CITIES
from walkshed.maps.frame import PLANNER, Page

DEFINED = re.compile(r"^(?:async )?(?:function\*?|const|let|class) (\w+)", re.MULTILINE)
UNTOLD = re.compile(r"//[^\n]*|/\*.*?\*/|\"(?:[^\"\\\n]|\\.)*\"", re.DOTALL)
ENTRY = "start"  # called by the page itself


def code_of(scripts: dict[str, str]) -> dict[str, str]:
    """Scripts without comments and plain strings; templates stay, for they call functions."""
    return {name: UNTOLD.sub('""', text) for name, text in scripts.items()}


def defined_twice(scripts: dict[str, str]) -> set[str]:
    names = [name for text in code_of(scripts).values() for name in DEFINED.findall(text)]
    return {name for name in names if names.count(name) > 1}


def not_used(scripts: dict[str, str]) -> set[str]:
    code = "\n".join(code_of(scripts).values())
    words = re.findall(r"\w+", code)
    counts = {name: words.count(name) for name in DEFINED.findall(code)}
    return {name for name, count in counts.items() if count == 1} - {ENTRY}


def page_scripts(*pages: Page) -> dict[str, str]:
    folder = resources.files("walkshed.maps") / "page"
    names = {name for page in pages for name in page.scripts}
    return {name: (folder / name).read_text("utf-8") for name in names}


@pytest.mark.parametrize("page", [PLANNER, CITIES], ids=["planner", "cities"])
def test_no_name_of_a_page_is_defined_twice(page: Page) -> None:
    assert defined_twice(page_scripts(page)) == set()


def test_every_name_of_the_pages_is_used() -> None:
    assert not_used(page_scripts(PLANNER, CITIES)) == set()


def test_every_script_and_style_of_the_folder_is_part_of_a_page() -> None:
    folder = resources.files("walkshed.maps") / "page"
    parts = {*PLANNER.scripts, *CITIES.scripts, *PLANNER.styles, *CITIES.styles}
    assert {file.name for file in folder.iterdir()} == parts


def test_the_checks_see_both_faults() -> None:
    scripts = {
        "one.js": 'const lost = 1; // kept\nfunction kept() {}\nfunction twice() { "lost"; }\n',
        "two.js": "/* lost */\nasync function twice() {}\nkept(`${kept}`);\n",
    }
    assert defined_twice(scripts) == {"twice"}
    assert not_used(scripts) == {"lost"}
