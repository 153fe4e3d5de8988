"""Tables that stand beside the registry, read by the same rules: all problems, none raised."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import TableError, one_message
from ._coordinates import Extent, Place, place_of, split_pair
from ._sheets import Problem, Row, Sheet, read_sheet
from ._table import heading_key
from ._values import Meaning
from ._vocabulary import registry_headings

Reader = Callable[[str], Meaning]

_PLACE = ("lat", "lon", "coordinates", "crs")


@dataclass(frozen=True)
class SideTable:
    """Rows of a file as values, with what was wrong with them and what is worth a note."""

    sheet: Sheet
    rows: tuple[tuple[int, Mapping[str, Any]], ...]
    problems: tuple[Problem, ...]
    notes: tuple[Problem, ...]

    def raise_problems(self, *more: Problem) -> None:
        """Tell all problems in one message.

        Raises
        ------
        TableError
            When there are any.
        """
        if self.problems or more:
            told = self.sheet.told([*self.problems, *more])
            raise TableError(one_message(self.sheet.path, told))

    def told_notes(self) -> list[str]:
        """Word the notes, each with the file."""
        return [f"{Path(self.sheet.path).name}: {text}" for text in self.sheet.told(self.notes)]


def read_side_table(
    path: Path,
    columns: Mapping[str, Reader],
    *,
    also: Mapping[str, tuple[str, ...]],
    required: tuple[str, ...] = (),
) -> SideTable:
    """Read a table with the given columns; `also` are other headings of these.

    A blank cell of a column that is not required is left out of the row's values. The
    coordinates stay texts, under `lat`, `lon`, `coordinates` and `crs`.

    Raises
    ------
    SourceError
        When the file is missing, empty, or not of its format.
    """
    sheet = read_sheet(path, headings_of(columns, also))
    problems = [*sheet.problems]
    missing = [column for column in required if column not in sheet.columns]
    problems += [Problem(f"no column `{column}`; add it ({sheet})") for column in missing]
    problems += [
        Problem(f"no use for the column `{column}`; if it is `{meant}`, rename it")
        for column, meant in sheet.misspelt((*columns, *_PLACE))
    ]
    notes = [*sheet.notes]
    ignored = sorted(set(sheet.columns) - {*columns, *_PLACE, "id"})
    if ignored:
        notes.append(Problem(f"columns without use, left out: {', '.join(ignored)}"))
    rows: list[tuple[int, Mapping[str, Any]]] = []
    for number, row in sheet.rows:
        values: dict[str, Any] = {name: row.get(name, "") for name in _PLACE if name in row}
        for column, meaning in _meanings(row, columns):
            values[column] = meaning.value
            problems += [Problem(meaning.problem, number)] if meaning.problem else []
            notes += [Problem(meaning.note, number)] if meaning.note else []
        problems += [
            Problem(f"`{column}` is empty; fill it in", number)
            for column in required
            if column in sheet.columns and column not in values
        ]
        rows.append((number, values))
    return SideTable(sheet, tuple(rows), tuple(problems), tuple(notes))


def headings_of(
    columns: Mapping[str, Reader], also: Mapping[str, tuple[str, ...]]
) -> Mapping[str, str]:
    """Map known headings to columns: those of the registry that are asked for, and `also`."""
    wanted = {*columns, *_PLACE}
    found = {key: column for key, column in registry_headings().items() if column in wanted}
    found |= {heading_key(text): column for column, texts in also.items() for text in texts}
    return found | {heading_key(column): column for column in wanted}


def _meanings(row: Row, columns: Mapping[str, Reader]) -> Iterator[tuple[str, Meaning]]:
    for column, read in columns.items():
        text = row.get(column, "")
        if text.strip():
            yield column, read(text)


def verbatim(text: str) -> Meaning:
    """Take a text as it is, without outer blanks."""
    return Meaning(text.strip())


def place_in(values: Mapping[str, Any], extent: Extent | None = None) -> Place:
    """Read the place of a row, if it names one."""
    lat, lon = str(values.get("lat", "")).strip(), str(values.get("lon", "")).strip()
    pair = str(values.get("coordinates", "")).strip()
    if not (lat or lon) and pair:
        parts = split_pair(pair)
        if parts is None:
            return Place(problems=(f"`coordinates` is `{pair}`; wanted a latitude and longitude",))
        lat, lon = parts
    if not (lat or lon):
        return Place()
    return place_of(lat, lon, str(values.get("crs", "")).strip(), extent)
