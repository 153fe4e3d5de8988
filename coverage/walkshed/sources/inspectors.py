"""Precinct inspectors: who serves where, and how many do not live in their precinct.

Where an inspector lives is a private matter. Homes are read, compared with the precinct, and
forgotten within `read_inspectors`: no table that leaves it holds a home, no message repeats one,
and counts below `SMALLEST_TOLD` are not told.
"""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import geopandas as gpd
import pandas as pd
from shapely import Point

from ._side_table import Reader, SideTable, place_in, read_side_table, verbatim
from ._table import Problem
from ._values import Meaning, choice

SMALLEST_TOLD = 5
"""Counts of persons from 1 up to below this are told as «<5»: fewer could be recognised."""

_COLUMNS: Mapping[str, Reader] = {
    "id": verbatim,
    "post": verbatim,
    "precinct": verbatim,
    "lives_in_precinct": lambda text: _answer(text),
}
_ALSO = {
    "id": ("табельный номер", "жетон", "inspector"),
    "post": ("пост", "упп", "код поста", "бекет"),
    "precinct": ("precinct id", "номер участка"),
    "lives_in_precinct": ("живет на участке", "учаскеде тұрады", "проживает на участке"),
    "lat": ("home lat", "широта дома", "home latitude"),
    "lon": ("home lon", "долгота дома", "home longitude"),
    "coordinates": ("home", "дом", "home location", "место жительства"),
}


class InspectorsRead(NamedTuple):
    """Inspectors by `inspector_id`: `post`, `precinct`, `lives_in_precinct` (yes, no or empty)."""

    inspectors: pd.DataFrame
    notes: tuple[str, ...]


def read_inspectors(
    path: str | Path,
    *,
    precincts: gpd.GeoDataFrame | None = None,
    post_ids: Collection[str] | None = None,
) -> InspectorsRead:
    """Read a list of inspectors: `id`, `post`, `precinct`, and where they live, if known.

    Whether an inspector lives in his precinct is what `lives_in_precinct` says, else what the
    coordinates of the home say about the polygon of the precinct (on its border counts as in it),
    else not known.

    Parameters
    ----------
    path
        CSV, Excel, GeoJSON or GeoPackage.
    precincts
        What `read_precincts` gives; a precinct that is not among them is a problem.
    post_ids
        Ids of the registry; a post that is not among them is a problem.

    Raises
    ------
    SourceError
        When the file is missing, empty, or not of its format.
    TableError
        With all problems of the rows; none repeats a home.
    """
    table = read_side_table(Path(path), _COLUMNS, also=_ALSO, required=("id",))
    problems = [*_repeated(table)]
    rows = []
    for number, values in table.rows:
        problems += [Problem(text, number) for text in _unknown(values, precincts, post_ids)]
        lives, problem = _lives_in_precinct(values, precincts)
        problems += [Problem(problem, number)] if problem else []
        rows.append(
            {
                "inspector_id": values.get("id", ""),
                "post": values.get("post", ""),
                "precinct": values.get("precinct", ""),
                "lives_in_precinct": lives,
            }
        )
    table.raise_problems(*problems)
    columns = ["inspector_id", "post", "precinct", "lives_in_precinct"]
    found = pd.DataFrame(rows, columns=columns).set_index("inspector_id")
    return InspectorsRead(found, tuple(table.told_notes()))


def _answer(text: str) -> Meaning:
    read = choice("has_cameras", text)
    if not read.problem:
        return read
    return Meaning("", "`lives_in_precinct` must be yes, no or empty")


def _repeated(table: SideTable) -> Iterator[Problem]:
    rows_by_id: dict[str, list[int]] = {}
    for number, values in table.rows:
        rows_by_id.setdefault(values.get("id", ""), []).append(number)
    for inspector_id, rows in rows_by_id.items():
        if inspector_id and len(rows) > 1:
            text = f"the id `{inspector_id}` more than once; give each inspector one row"
            yield from (Problem(text, number) for number in rows)


def _unknown(
    values: Mapping[str, Any],
    precincts: gpd.GeoDataFrame | None,
    post_ids: Collection[str] | None,
) -> Iterator[str]:
    post, precinct = values.get("post", ""), values.get("precinct", "")
    if post and post_ids is not None and post not in post_ids:
        yield f"`post` is `{post}`, which is in no registry of posts; mend the id"
    if precinct and precincts is not None and precinct not in precincts.index:
        yield f"`precinct` is `{precinct}`, which is not among the precincts; mend the id"


def _lives_in_precinct(
    values: Mapping[str, Any], precincts: gpd.GeoDataFrame | None
) -> tuple[str, str]:
    """Say yes, no or nothing, and what is wrong; the home itself is told to nobody."""
    if values.get("lives_in_precinct"):
        return str(values["lives_in_precinct"]), ""
    home = place_in(values)
    if home.problems:
        return "", "the coordinates of the home cannot be read; write degrees, such as 42.898"
    precinct = values.get("precinct", "")
    if home.lat is None or precincts is None or precinct not in precincts.index:
        return "", ""
    inside = precincts.geometry[precinct].intersects(Point(home.lon, home.lat))
    return ("yes" if inside else "no"), ""


def inspector_counts(inspectors: pd.DataFrame) -> dict[str, int | str]:
    """Count inspectors, and those who do not live in their precinct.

    A count from 1 to 4, or one that would give such a count away by subtraction, is «<5».

    Examples
    --------
    >>> some = pd.DataFrame({"lives_in_precinct": ["no"] * 30 + ["yes"] * 330 + [""] * 7})
    >>> inspector_counts(some)
    {'listed': 367, 'home_known': 360, 'living_elsewhere': 30}
    >>> inspector_counts(some.iloc[27:40])
    {'listed': 13, 'home_known': 13, 'living_elsewhere': '<5'}
    """
    lives = inspectors["lives_in_precinct"]
    known, elsewhere = int((lives != "").sum()), int((lives == "no").sum())
    small = any(0 < count < SMALLEST_TOLD for count in (elsewhere, known - elsewhere))
    told: int | str = f"<{SMALLEST_TOLD}" if small else elsewhere
    return {"listed": len(inspectors), "home_known": known, "living_elsewhere": told}
