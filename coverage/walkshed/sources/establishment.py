"""Staff and plans of a region or a city, each figure with its source."""

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from ._side_table import Reader, SideTable, read_side_table, verbatim
from ._table import Problem
from ._values import Meaning, amount, date_or_text
from ._vocabulary import word_key

FIGURES = (
    "residents",
    "inspectors_in_post",
    "inspectors_establishment",
    "inspectors_living_elsewhere",
    "stationary_posts_planned",
    "precinct_points_planned",
    "housing_points_planned",
    "stationary_posts_built",
    "precinct_points_built",
    "housing_points_built",
)
"""What a row may be about; all are counts."""

_COLUMNS: Mapping[str, Reader] = {
    "place": verbatim,
    "figure": lambda text: _figure(text),
    "value": partial(amount, "value"),
    "period": verbatim,
    "source_url": verbatim,
    "source_date": partial(date_or_text, "source_date"),
    "certainty": verbatim,
    "notes": verbatim,
}
_ALSO = {
    "place": ("место", "регион", "область", "город", "орын", "өңір", "region"),
    "figure": ("показатель", "көрсеткіш", "indicator"),
    "value": ("значение", "мәні", "число"),
    "period": ("период", "год", "годы", "кезең", "year", "years"),
    "certainty": ("достоверность",),
}


class EstablishmentRead(NamedTuple):
    """Rows of `place`, `figure`, `value`, `period`, `source_url`, `source_date`, `certainty`."""

    figures: pd.DataFrame
    notes: tuple[str, ...]


def read_establishment(path: str | Path) -> EstablishmentRead:
    """Read figures of staff and plans: one row a figure, each with its source.

    `place` is the region, district or city; `figure` one of `FIGURES`; `period` a year or years.

    Raises
    ------
    SourceError
        When the file is missing, empty, or not of its format.
    TableError
        With all problems of the rows: no source is one.
    """
    required = ("place", "figure", "value", "source_url")
    table = read_side_table(Path(path), _COLUMNS, also=_ALSO, required=required)
    table.raise_problems(*_repeated(table))
    columns = list(_COLUMNS)
    rows = [{name: values.get(name, "") for name in columns} for _, values in table.rows]
    figures = pd.DataFrame(rows, columns=columns).astype({"value": "float64"})
    notes = [*table.told_notes(), *_doubtful(figures, Path(path).name)]
    return EstablishmentRead(figures, tuple(notes))


def no_figures() -> pd.DataFrame:
    """Give the columns of `read_establishment` without a row."""
    return pd.DataFrame(columns=list(_COLUMNS)).astype({"value": "float64"})


def _figure(text: str) -> Meaning:
    word = word_key(text)
    if word in FIGURES:
        return Meaning(word)
    return Meaning("", f"`figure` is `{text}`; wanted one of {', '.join(FIGURES)}")


def _repeated(table: SideTable) -> Iterator[Problem]:
    rows_by_key: dict[tuple[Any, ...], list[int]] = {}
    for number, values in table.rows:
        key = tuple(values.get(name, "") for name in ("place", "figure", "period"))
        rows_by_key.setdefault(key, []).append(number)
    for (place, figure, period), rows in rows_by_key.items():
        if figure and len(rows) > 1:
            text = f"{figure} of {place} in `{period}` more than once; keep one row"
            yield from (Problem(text, number) for number in rows)


def _doubtful(figures: pd.DataFrame, name: str) -> Iterator[str]:
    for staff in establishment_summary(figures):
        vacant = staff.get("inspectors_vacant")
        if vacant is not None and vacant < 0:
            yield f"{name}: {staff['place']}: more inspectors in post than on establishment"


def establishment_summary(figures: pd.DataFrame) -> list[dict[str, Any]]:
    """Put the figures of each place together; the latest period counts.

    Vacant posts are the establishment less those in post; residents per inspector are the
    residents divided by those in post. Neither is there without both of its figures.

    Examples
    --------
    >>> rows = [("Z", "inspectors_in_post", 367.0), ("Z", "inspectors_establishment", 592.0)]
    >>> table = pd.DataFrame(rows, columns=["place", "figure", "value"]).assign(period="2022")
    >>> establishment_summary(table)[0]["inspectors_vacant"]
    225.0
    """
    return [_of_place(place, rows) for place, rows in figures.groupby("place", sort=True)]


def _of_place(place: Any, rows: pd.DataFrame) -> dict[str, Any]:
    latest = rows.sort_values("period", kind="stable").groupby("figure").last()
    by_figure = dict(zip(latest.index, latest["value"].astype(float), strict=True))
    values = {name: by_figure[name] for name in FIGURES if name in by_figure}
    in_post = values.get("inspectors_in_post", np.nan)
    derived = {
        "inspectors_vacant": values.get("inspectors_establishment", np.nan) - in_post,
        "residents_per_inspector": values.get("residents", np.nan) / in_post if in_post else np.nan,
    }
    known = {name: round(value, 1) for name, value in derived.items() if np.isfinite(value)}
    periods = {name: str(latest.loc[name, "period"]) for name in values}
    return {"place": str(place), **values, **known, "periods": periods}
