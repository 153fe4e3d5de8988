"""The table of questions in README: all 21 are there, and every name in their answers exists."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import walkshed as ws
from walkshed.scenario.features import ACTIONS
from walkshed.settings import StudySettings
from walkshed.standards import WalkingProfile, walking_profile

REPO = Path(__file__).parents[1]
QUESTIONS = 21
COMPARED = "_compared"


def section() -> str:
    text = (REPO / "README.md").read_text(encoding="utf-8")
    return text.split("## Questions, and where their answers are\n")[1].split("\n## ")[0]


def rows() -> dict[int, str]:
    found = re.findall(r"^\| (\d+) \| (.+?) \| (.+) \|$", section(), flags=re.MULTILINE)
    return {int(number): answer for number, _, answer in found}


def names(of: str) -> list[str]:
    return re.findall(r"`([^`]+)`", of)


ANSWERS = [(number, name) for number, answer in rows().items() for name in names(answer)]


@pytest.fixture(scope="module")
def tables(written) -> dict[str, set[str]]:
    """Columns of every table of the tiny town's run, and of its comparison."""
    run = ws.read_run(written.folder)
    before, after = (ws.state_of(run, is_built=is_built) for is_built in (False, True))
    found = ws.compare_states(before, after)
    every = dict(run.tables) | {
        f"{level}{COMPARED}": getattr(found, level)
        for level in ("doors", "neighbourhoods", "hexagons", "city", "posts")
    }
    return {
        name: {str(column) for column in (*table, table.index.name)}
        for name, table in every.items()
    }


def settings_keys(model: Any = StudySettings, table: str = "") -> Iterator[tuple[str, str]]:
    """Each key of a study file, with the table that it stands in."""
    for key, field in model.model_fields.items():
        yield table, key
        inner = getattr(field.annotation, "model_fields", None)
        if inner and not table:
            yield from settings_keys(field.annotation, key)


def unknown(name: str, tables: dict[str, set[str]], walkshed: Any, folder: Path) -> str:
    """Say what is wrong with a name, nothing where it exists."""
    if name.startswith("ws."):
        return "" if hasattr(ws, name.removeprefix("ws.")) else "no such function"
    if name.startswith("walkshed "):
        _, command, *words = name.split()
        ran = walkshed(command, "--help")
        options = [word for word in words if word.startswith("--")]
        lacking = [option for option in options if option not in ran.out]
        return f"{ran.code}, {lacking}" if ran.code or lacking else ""
    if re.match(r"\d\d-", name):
        return "" if (REPO / "notebooks" / f"{name}.ipynb").is_file() else "no such notebook"
    if match := re.match(r"\[(\w+)\] (\w+)$", name):
        return "" if match.groups() in set(settings_keys()) else "no such key"
    if "." in name and name.split(".")[0] in tables:
        table, column = name.split(".")
        return "" if column in tables[table] else "no such column"
    if re.match(r"[\w*]+\.\w+$", name):
        told = (REPO / "README.md").read_text(encoding="utf-8").replace(section(), "")
        return "" if [*folder.glob(name)] or f"`{name}`" in told else "no such file"
    known = {key for _, key in settings_keys()} | set(ACTIONS)
    return "" if name in known or _is_walker(name) else "no such key, action or walker"


def _is_walker(name: str) -> bool:
    try:
        return isinstance(walking_profile(name), WalkingProfile)
    except ws.WalkshedError:
        return False


def test_all_questions_are_in_the_table_once_each() -> None:
    numbers = [int(n) for n in re.findall(r"^\| (\d+) \|", section(), flags=re.MULTILINE)]
    assert numbers == list(range(1, QUESTIONS + 1))


def test_every_answer_names_something_that_can_be_looked_at() -> None:
    assert [number for number, answer in rows().items() if not names(answer)] == []


@pytest.mark.parametrize(("number", "name"), ANSWERS, ids=[f"{n}-{name}" for n, name in ANSWERS])
def test_every_name_in_an_answer_exists(number, name, tables, walkshed, written) -> None:
    assert unknown(name, tables, walkshed, written.folder) == ""


@pytest.mark.parametrize(
    "name",
    [
        *("ws.no_such_thing", "walkshed nothing", "walkshed run --nothing", "99-nothing"),
        *("city.nothing", "nothing.residents", "[residents] nothing", "nothing", "nothing.json"),
    ],
)
def test_a_name_that_does_not_exist_is_found(name, tables, walkshed, written) -> None:
    assert unknown(name, tables, walkshed, written.folder) != ""


def test_every_notebook_is_named_and_begins_with_what_it_assumes() -> None:
    for path in sorted((REPO / "notebooks").glob("*.ipynb")):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        assert f"`{path.stem}`" in section()
        assert "**What is assumed.**" in "".join(cells[0]["source"]), path.stem
        kinds = [cell["cell_type"] for cell in cells]
        bare = [at for at in range(1, len(kinds)) if kinds[at] == kinds[at - 1] == "code"]
        assert bare == [], f"{path.stem}: cells without a line above"
